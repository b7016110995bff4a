"""The tables that users call by name, of both providers; and those of what was sent and what became
of it.

Each takes one model, a list of models, a page or a list of pages, and returns a DataFrame with
declared columns and dtypes. ``frame.attrs`` name the environment and say whether the answers were
verified.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

import pandas as pd

from toolkit.client.client import Client
from toolkit.client.journal import Entry, Journal
from toolkit.cobo.frames import (
    api_key,
    groups,
    holders,
    role_scopes,
    tss_key_share_groups,
    tss_requests,
    vaults,
)
from toolkit.errors import ApiError, InputError, escape_hidden
from toolkit.privy.frames import key_quorums, quorum_members, wallets
from toolkit.request.exchange import Exchange
from toolkit.tables import Column, Table

__all__ = [
    "api_key",
    "exchanges",
    "groups",
    "holders",
    "journal",
    "key_quorums",
    "quorum_members",
    "role_scopes",
    "tss_key_share_groups",
    "tss_requests",
    "vaults",
    "wallets",
]

T = TypeVar("T")
STATES = ("sent", "doubt", "answered", "adopted", "refused", "unsent", "replaced", "given-up")
JOURNAL = Table(
    (
        Column("number", "integer"),
        Column("begun", "moment"),
        Column("environment"),
        Column("service"),
        Column("operation"),
        Column("arguments"),
        Column("state", "word", STATES),
        Column("made"),
        Column("status", "integer"),
        Column("settled", "moment"),
        Column("last_known"),
        Column("fingerprint"),
    )
)
EXCHANGES = Table(
    (
        Column("environment"),
        Column("operation"),
        Column("arguments"),
        Column("outcome", "word", ("answered", "adopted", "refused", "unknown")),
        Column("status", "integer"),
        Column("verified", "flag"),
        Column("tries", "integer"),
        Column("duration_ms", "integer"),
        Column("cause"),
        Column("error"),
    )
)


def journal(what: Journal | Client | Entry | Iterable[Entry] | None = None) -> pd.DataFrame:
    """One row an entry, oldest first: every change, and what became of it. ``sent`` and ``doubt``
    are open.

    An entry's ``body`` and whole ``history`` are in ``client.pending()`` and
    ``journal.get(number)``.

    Args:
        what: a Journal; a client (its own journal, its own entries); entries, such as
            ``client.pending()``; or nothing, for the whole journal of this user. An in-process
            emulator has one of its own: ``frames.journal(emulator.journal)``.

    Raises:
        JournalRefused: the journal cannot be read.
    """
    if what is None:
        what = Journal.default()
    if isinstance(what, Client):
        found = what.journal.entries(base_url=what.environment.base_url, identity=what.identity)
    elif isinstance(what, Journal):
        found = what.entries()
    else:
        found = _listed(what, Entry)
    rows = [
        (
            entry.number, entry.begun_ms, entry.environment, entry.service, entry.operation,
            _pairs(entry.arguments.items()),
            entry.state, entry.made, entry.status, entry.settled_ms,
            escape_hidden(entry.history[-1][1]) if entry.history else None, entry.fingerprint[:12],
        )
        for entry in found
    ]  # fmt: skip
    frame = JOURNAL.frame(rows, [])
    return _of_environments(
        frame, {entry.environment for entry in found}, "written by this computer"
    )


def exchanges(what: Exchange[Any] | Iterable[Exchange[Any]]) -> pd.DataFrame:
    """One row an exchange, failed ones too: what ``client.send_many`` returns.

    ``cause`` and ``error`` say why.
    """
    found = _listed(what, Exchange)
    rows = [
        (
            x.prepared.environment.name, x.prepared.call.operation.name,
            _pairs((*x.prepared.call.arguments, *x.prepared.call.query)),
            x.outcome, x.status, x.verified, x.tries,
            round(x.duration_s * 1000), x.error.cause if x.error else None, _what(x),
        )
        for x in found
    ]  # fmt: skip
    frame = EXCHANGES.frame(rows, [])
    verdicts = {x.verified for x in found}
    words = {
        frozenset({True}): "every answer carried a valid signature",
        frozenset({None}): "this service signs no answers",
    }
    said = words.get(frozenset(verdicts), "see the column verified")
    return _of_environments(
        frame, {x.prepared.environment.name for x in found}, said, verdicts == {True} or None
    )


def _listed(what: Any, kind: type[T]) -> tuple[T, ...]:
    found = tuple(what) if isinstance(what, Iterable) else (what,)
    for thing in found:
        if not isinstance(thing, kind):
            raise InputError(
                f"A table of {kind.__name__} cannot be made of {type(thing).__name__}.",
                hint=f"Pass {kind.__name__} values.",
            )
    return found


def _of_environments(
    frame: pd.DataFrame, names: set[str], words: str, verified: bool | None = None
) -> pd.DataFrame:
    frame.attrs.update(
        {"environment": ", ".join(sorted(names)), "verified": verified, "verification": words}
    )
    return frame


def _pairs(pairs: Iterable[tuple[str, str]]) -> str:
    return escape_hidden(", ".join(f"{name}={value}" for name, value in pairs))


def _what(exchange: Exchange[Any]) -> str | None:
    error = exchange.error
    if error is None:
        return None
    return (
        f"{error.what} (HTTP {error.status})"
        if isinstance(error, ApiError) and "HTTP" not in error.what
        else error.what
    )

"""The tables that users call by name, of both providers; and those of what was sent and what became
of it.

Each takes one model, a list of models, a page or a list of pages, and returns a DataFrame with
declared columns and dtypes. ``frame.attrs`` name the environment and say whether the answers were
verified.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypeVar

from toolkit.client.client import Client
from toolkit.client.journal import Entry, Journal
from toolkit.cobo.frames import (
    api_key,
    cobo_wallets,
    groups,
    holders,
    permissions,
    projects,
    role_scopes,
    scope_matrix,
    tss_key_share_groups,
    tss_requests,
    vaults,
)
from toolkit.errors import ApiError, InputError
from toolkit.inventory.frames import changes, people, powers, wallet_owners
from toolkit.keys.public import spoken
from toolkit.privy.frames import (
    intents,
    key_quorums,
    policies,
    policy_rules,
    quorum_links,
    quorum_members,
    wallet_automations,
    wallets,
)
from toolkit.request.exchange import Exchange
from toolkit.table_files import save
from toolkit.tables import VERIFICATION, Column, Table, several

if TYPE_CHECKING:
    import pandas as pd

    from toolkit.inventory.report import Report

__all__ = [
    "api_key",
    "changes",
    "cobo_wallets",
    "exchanges",
    "findings",
    "groups",
    "holders",
    "intents",
    "journal",
    "key_quorums",
    "people",
    "permissions",
    "policies",
    "policy_rules",
    "powers",
    "projects",
    "quorum_links",
    "quorum_members",
    "role_scopes",
    "save",
    "scope_matrix",
    "tss_key_share_groups",
    "tss_requests",
    "vaults",
    "wallet_automations",
    "wallet_owners",
    "wallets",
]

T = TypeVar("T")


def __dir__() -> list[str]:
    return __all__


STATES = ("sent", "doubt", "answered", "adopted", "refused", "unsent", "replaced", "given-up")
OUTCOMES = ("answered", "adopted", "refused", "unknown")


def _pairs(pairs: Iterable[tuple[str, str]]) -> str:
    return ", ".join(f"{name}={value}" for name, value in pairs)


def _question(exchange: Exchange[Any]) -> str:
    call = exchange.prepared.call
    return _pairs((*call.arguments, *call.query))


def _why(exchange: Exchange[Any]) -> str | None:
    error = exchange.error
    if isinstance(error, ApiError) and "HTTP" not in error.what:
        return f"{error.what} (HTTP {error.status})"
    return error.what if error else None


JOURNAL = Table(
    (
        Column("number", "integer", of=lambda entry: entry.number),
        Column("begun", "moment", of=lambda entry: entry.begun_ms),
        Column("environment", of=lambda entry: entry.environment),
        Column("service", of=lambda entry: entry.service),
        Column("operation", of=lambda entry: entry.operation),
        Column("arguments", of=lambda entry: _pairs(entry.arguments.items())),
        Column("state", "word", STATES, of=lambda entry: entry.state),
        Column("made", "id", of=lambda entry: entry.made),
        Column("status", "integer", of=lambda entry: entry.status),
        Column("settled", "moment", of=lambda entry: entry.settled_ms),
        Column("last_known", of=lambda e: e.history[-1][1] if e.history else None),
        Column("fingerprint", "id", of=lambda entry: spoken(entry.fingerprint)),
        Column("idempotency_key", "id", of=lambda entry: entry.idempotency_key),
    )
)
EXCHANGES = Table(
    (
        Column("environment", of=lambda exchange: exchange.prepared.environment.name),
        Column("operation", of=lambda exchange: exchange.prepared.call.operation.name),
        Column("arguments", of=_question),
        Column("outcome", "word", OUTCOMES, of=lambda exchange: exchange.outcome),
        Column("status", "integer", of=lambda exchange: exchange.status),
        Column("verified", "flag", of=lambda exchange: exchange.verified),
        Column("tries", "integer", of=lambda exchange: exchange.tries),
        Column("duration_ms", "integer", of=lambda e: round(e.duration_s * 1000)),
        Column("cause", of=lambda e: e.error.cause if e.error else None),
        Column("error", of=_why),
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

    >>> request = cobo.CreateMpcVaultRequest(name="Savings vault", vault_type="Org-Controlled")
    >>> _ = custody.send(cobo.create_mpc_vault(request))
    >>> frames.journal(custody)[["operation", "state"]].values.tolist()
    [['create_mpc_vault', 'answered']]
    """
    if what is None:
        what = Journal.default()
    if isinstance(what, Client):
        entries = what.journal.entries(base_url=what.environment.base_url, identity=what.identity)
    elif isinstance(what, Journal):
        entries = what.entries()
    else:
        entries = _listed(what, Entry)
    frame = JOURNAL.frame(entries, [])
    return _of_environments(
        frame, {entry.environment for entry in entries}, "written by this computer"
    )


def exchanges(what: Exchange[Any] | Iterable[Exchange[Any]]) -> pd.DataFrame:
    """One row an exchange, failed ones too: what ``client.send_many`` returns.

    ``cause`` and ``error`` say why.

    >>> calls = [cobo.get_mpc_vault_by_id(vault_id) for vault_id in (emulator.vault_id, "gone")]
    >>> frames.exchanges(custody.send_many(calls))["outcome"].tolist()
    ['answered', 'refused']
    """
    listed = _listed(what, Exchange)
    frame = EXCHANGES.frame(listed, [])
    verdicts = frozenset(exchange.verified for exchange in listed)
    names = {exchange.prepared.environment.name for exchange in listed}
    words = {frozenset({True}): VERIFICATION[True], frozenset({None}): VERIFICATION[None]}
    verification = words.get(verdicts, "see the column verified")
    return _of_environments(frame, names, verification, verdicts == {True} or None)


def findings(what: Report | Iterable[Report]) -> pd.DataFrame:
    """One row a finding of a report, the worst first, those set aside too.

    Columns: ``severity`` (high, medium, low, note, good), ``title``, ``subject``, ``sentence``,
    ``remedy``, ``why``, ``documented``, ``source``, ``set_aside``, ``controls``, ``field``,
    ``kind`` and ``thing`` (its id: joins with the tables of an inventory), ``rule`` and
    ``fingerprint`` (the same from one audit to the next).

    Raises:
        InputError: something else than reports.

    >>> from toolkit import audit, collect
    >>> table = frames.findings(audit(collect(custody, app)))
    >>> table.loc[table["severity"] == "high", "rule"].tolist()
    ['quorum.alone', 'quorum.one-loss', 'wallet.no-owner', 'api.both-powers']
    """
    from toolkit.inventory.report import Report, findings_frame  # with numpy, which takes a while

    return findings_frame(_listed(what, Report))


def _listed(what: Any, kind: type[T]) -> tuple[T, ...]:
    things = tuple(several(what))
    for thing in things:
        if not isinstance(thing, kind):
            raise InputError(
                f"A table of {kind.__name__} cannot be made of {type(thing).__name__}.",
                hint=f"Pass {kind.__name__} values.",
            )
    return things


def _of_environments(
    frame: pd.DataFrame, names: set[str], words: str, verified: bool | None = None
) -> pd.DataFrame:
    frame.attrs.update(
        {"environment": ", ".join(sorted(names)), "verified": verified, "verification": words}
    )
    return frame

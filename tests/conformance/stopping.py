"""A program that is stopped again and again: changes, each with a real signal somewhere in it, each then run again.

Run by ``test_stopping.py``, with the emulator's facts, a journal's path, how many, and a seed. It prints one JSON line:
how often it was stopped, what tracebacks held, and what each change came to.
"""

from __future__ import annotations

import faulthandler
import io
import json
import signal
import sys
import traceback
from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import Any

from IPython.core import ultratb
from rich.console import Console
from rich.traceback import Traceback

from tests.inside import connection_of, is_locked, provider_of, replace_provider
from toolkit import cobo, privy
from toolkit.client.journal import Journal
from toolkit.keys import Ed25519Key

LONGEST_S = 0.012  # a change over loopback, with a journal on disk, takes some 5 ms here
WATCHDOG_S = 60


def spoken(error: BaseException) -> str:
    """The error in every way that a notebook, or a tool, may show it, with what each frame holds."""
    kind, trace = type(error), error.__traceback__
    shown = ultratb.FormattedTB(mode="Verbose", theme_name="nocolor", include_vars=True)
    out = io.StringIO()
    rich = Traceback.from_exception(
        kind, error, trace, show_locals=True, locals_max_string=None, locals_max_length=None
    )
    Console(file=out, width=400).print(rich)
    plain = traceback.TracebackException(kind, error, trace)
    whole = out.getvalue() + "".join((*plain.format(), *held(error)))
    try:
        return whole + shown.stb2text(shown.structured_traceback(kind, error, trace))
    except AssertionError as trouble:
        # IPython cannot show a frame that was stopped before its first line; in a notebook it then
        # shows its own failure, and what failed first as Python does
        return whole + "".join(traceback.TracebackException.from_exception(trouble).format())


def held(error: BaseException | None) -> Iterator[str]:
    """What the frames of an error hold, and of those that it came from."""
    while error is not None:
        for frame, _ in traceback.walk_tb(error.__traceback__):
            for value in frame.f_locals.values():
                try:
                    yield repr(value)
                except AttributeError as half_made:  # it was stopped in the middle of being made
                    yield repr(half_made)
        error = error.__cause__ or error.__context__


class Hunted:
    """Every credential and signature that was made."""

    def __init__(self, *clients: Any) -> None:
        self.texts: set[str] = set()
        for client in clients:
            replace_provider(client, _Watched(provider_of(client), self.texts))

    def within(self, text: str) -> int:
        return sum(spelling in text for spelling in self.texts)


class _Watched:
    """A provider whose credentials are written down."""

    def __init__(self, wire: Any, texts: set[str]) -> None:
        self._wire, self._texts = wire, texts

    def __getattr__(self, name: str) -> Any:
        return getattr(self._wire, name)

    def credentials(self, *arguments: Any) -> Any:
        headers = self._wire.credentials(*arguments)
        self._texts.update(
            part for value in headers.values() for part in value.removeprefix("Basic ").split(",")
        )
        return headers


def main() -> None:
    """Stop, look at the traceback, run again, and say what it came to."""
    facts, path, count, seed = (
        json.loads(sys.argv[1]),
        sys.argv[2],
        int(sys.argv[3]),
        int(sys.argv[4]),
    )
    random, journal = Random(seed), Journal(path)
    key = Ed25519Key.from_hex(facts["cobo"]["api_private_key"])
    place = cobo.Environment(
        facts["cobo"]["base_url"], facts["cobo"]["response_public_key"], "EMULATOR"
    )
    custody = cobo.Client(key, environment=place, journal=journal)
    here = privy.Environment(facts["privy"]["base_url"], "EMULATOR")
    app = privy.Client(
        facts["privy"]["app_id"], facts["privy"]["app_secret"], environment=here, journal=journal
    )
    hunted = Hunted(custody, app)
    counts: Counter[str] = Counter()
    told: dict[str, str] = {}
    signal.signal(
        signal.SIGALRM, signal.default_int_handler
    )  # as SIGINT does, at any instruction of this thread
    for number in range(count):
        name = f"Stopped {number}"
        if number % 2:
            client: Any = app
            request: Any = privy.CreateKeyQuorumRequest(
                user_ids=[f"did:privy:{number}"], display_name=name
            )
            call: Any = privy.create_key_quorum(request)
        else:
            client = custody
            call = cobo.create_mpc_vault(
                cobo.CreateMpcVaultRequest(name=name, vault_type="Org-Controlled")
            )
        result: Any = None
        stopped_in_a_look(counts, hunted, random, custody)
        faulthandler.dump_traceback_later(WATCHDOG_S, exit=True)  # a lock was left locked
        try:
            arm(random.uniform(0.000_01, LONGEST_S))
            result = client.send(call)
            arm(0)
        except KeyboardInterrupt as error:
            counts["stopped"] += 1
            counts["tracebacks with a credential"] += hunted.within(spoken(error)) > 0
        if result is None:
            result = client.send(call)  # the cell is run again
        told[name] = result.vault_id if client is custody else result.id
        counts["transactions left open"] += connection_of(journal).in_transaction
        counts["locks left locked"] += is_locked(journal)
        faulthandler.cancel_dump_traceback_later()
    left = [entry.number for entry in journal.entries(only_open=True)]
    print(json.dumps({"counts": counts, "told": told, "open": left}))


def stopped_in_a_look(counts: Counter[str], hunted: Hunted, random: Random, client: Any) -> None:
    """The same for what only looks: a read of the service, and one of the journal."""
    try:
        arm(random.uniform(0.000_01, LONGEST_S / 3))
        client.send(cobo.list_mpc_vaults(limit=1))
        client.pending()
        arm(0)
    except KeyboardInterrupt as error:
        counts["stopped in a look"] += 1
        if counts["stopped in a look"] % 4 == 0:  # showing one takes longer than all the rest
            counts["tracebacks with a credential"] += hunted.within(spoken(error)) > 0


def arm(after_s: float) -> None:
    """Send a real signal to this process once, after this long; 0 calls it off."""
    signal.setitimer(signal.ITIMER_REAL, after_s)


if __name__ == "__main__":
    main()

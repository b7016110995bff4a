"""What tests do to an emulator, and ask of it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.inside import provider_of, switch
from toolkit import Emulator
from toolkit.emulator import Fault
from toolkit.emulator.core import Received

LOST = {"status": 504, "unsigned": True}


def posts(emulator: Emulator) -> int:
    return sum(entry.method != "GET" for entry in emulator.ledger)


def lost(emulator: Emulator, operation: str, kind: str = "status-after", **more: Any) -> None:
    """The next answer of this operation is lost."""
    emulator.inject(Fault(kind, operation=operation, **(LOST | more)))


def free(emulator: Emulator) -> Emulator:
    switch(emulator, {"cobo.vault_name": "any", "cobo.node_in_two_groups": "accepted"})
    return emulator


def changes(emulator: Emulator) -> list[str]:
    return [entry.operation for entry in emulator.ledger if entry.method != "GET"]


def last_change(emulator: Emulator) -> Any:
    return next(entry for entry in reversed(emulator.ledger) if entry.method != "GET")


@contextmanager
def holding(emulator: Emulator) -> Iterator[tuple[threading.Event, threading.Event]]:
    """The emulator holds its answer to a change back: (it has arrived, it may be answered)."""
    arrived, may_answer = threading.Event(), threading.Event()
    answer = emulator.answer

    def held(received: Any) -> Any:
        if received.method != "GET":
            arrived.set()
            assert may_answer.wait(10)
        return answer(received)

    emulator.answer = held  # type: ignore[method-assign]
    try:
        yield arrived, may_answer
    finally:
        may_answer.set()
        emulator.answer = answer  # type: ignore[method-assign]


def received(client: Any, prepared: Any, signers: Any = ()) -> Received:
    """The request as it arrives at the emulator's door: around every check."""
    credentials = provider_of(client).credentials(prepared, signers)
    scheme, _, rest = prepared.url.partition("://")
    host, slash, target = rest.partition("/")
    headers = tuple(
        (name.lower(), value) for name, value in {**prepared.headers, **credentials}.items()
    )
    return Received(prepared.method, scheme, host, slash + target, headers, prepared.body)

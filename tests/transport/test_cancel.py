"""The last door: cancelled before the first byte is cancelled, after it is too late, and nothing lies between."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from tests.conftest import Door
from tests.emulated import changes
from toolkit import Emulator, privy
from toolkit.client.journal import Journal
from toolkit.errors import InputError, NotSent
from toolkit.transport.cancel import CancelToken
from toolkit.transport.http import HttpTransport

QUORUM = privy.create_key_quorum(privy.CreateKeyQuorumRequest(user_ids=["did:privy:x"]))


def test_shut_before() -> None:
    """Shut before it leaves: nothing may leave, however often it is asked, and the cause says who did it."""
    token = CancelToken()
    token.check()
    assert token.cancel()
    assert token.cancel()
    assert (token.cancelled, token.committed) == (True, False)
    for way in (token.check, token.commit):
        with pytest.raises(NotSent, match="cancelled before it left") as stopped:
            way()
        assert stopped.value.cause == "cancelled"
    assert not token.committed


def test_shut_after() -> None:
    """Once something has left, it is too late; another try of the same request may still pass."""
    token = CancelToken()
    token.commit()
    assert (token.committed, token.cancel(), token.cancelled) == (True, False, False)
    token.check()
    token.commit()
    assert token.committed


def test_one_of_them_comes_first() -> None:
    """200 threads race, again and again: either all who shut it won, or all who left did."""
    for _ in range(20):
        token, ready = CancelToken(), threading.Barrier(200)
        shut: list[bool] = []
        left: list[bool] = []

        def shuts(cancel: CancelToken = token, ready: Any = ready, shut: list[bool] = shut) -> None:
            ready.wait(20)
            shut.append(cancel.cancel())

        def leaves(
            cancel: CancelToken = token, ready: Any = ready, left: list[bool] = left
        ) -> None:
            ready.wait(20)
            try:
                cancel.commit()
                left.append(True)
            except NotSent:
                left.append(False)

        threads = [threading.Thread(target=way) for way in (shuts, leaves) * 100]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert (len(shut), len(left)) == (100, 100)
        assert len(set(shut)) == len(set(left)) == 1
        assert shut[0] is not left[0]
        assert (token.cancelled, token.committed) == (shut[0], left[0])


def states(journal: Journal) -> list[str]:
    return [entry.state for entry in journal.entries()]


def test_cancelled_is_not_sent(door: Door) -> None:
    """A shut token: refused as NotSent, nothing arrives, the journal says unsent; the same Prepared may then be sent."""
    token, prepared = CancelToken(), door.app.prepare(QUORUM)
    token.cancel()
    exchange = door.app.exchange(prepared, cancel=token)
    assert exchange.outcome == "refused"
    assert isinstance(exchange.error, NotSent)
    assert (exchange.error.cause, exchange.tries) == ("cancelled", 1)
    assert changes(door.emulator) == []
    assert states(door.app.journal) == ["unsent"]
    assert door.app.exchange(prepared, cancel=CancelToken()).outcome == "answered"
    assert changes(door.emulator) == ["create_key_quorum"]
    assert states(door.app.journal) == ["unsent", "answered"]
    with pytest.raises(InputError, match="sent already"):
        door.app.exchange(prepared, cancel=CancelToken())


@pytest.mark.parametrize("read", [False, True], ids=["change", "read"])
def test_a_person_means_it(door: Door, read: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was cancelled is not tried again, unlike what reached nobody."""
    tries = []
    send = HttpTransport.send

    def counted(*arguments: Any, **options: Any) -> Any:
        tries.append(1)
        return send(*arguments, **options)

    monkeypatch.setattr(HttpTransport, "send", counted)
    token = CancelToken()
    token.cancel()
    call: Any = privy.list_wallets(limit=1) if read else QUORUM
    exchange = door.app.exchange(call, cancel=token)
    assert exchange.error is not None
    assert (exchange.outcome, exchange.error.cause, len(tries)) == ("refused", "cancelled", 1)
    assert len(door.emulator.ledger) == 0


def test_left_when_it_was_sent(door: Door) -> None:
    """After an answer the token says that it has left; it cannot be shut any more."""
    token = CancelToken()
    assert door.app.exchange(QUORUM, cancel=token).outcome == "answered"
    assert token.committed
    assert not token.cancel()


def test_in_process_it_leaves_at_once(emulator: Emulator) -> None:
    """A transport in process tells of no first byte: the token is left before it is asked anything."""
    token, seen = CancelToken(), []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(token.committed)
        return emulator.handle(request)

    app = emulator.privy_client(transport=httpx.MockTransport(answer))
    assert app.exchange(QUORUM, cancel=token).outcome == "answered"
    assert seen == [True]


def test_too_late_in_flight(door: Door) -> None:
    """Shut while the service works on it: too late, and its answer counts."""
    token, answer = CancelToken(), door.emulator.answer
    shut: list[bool] = []

    def slow(received: Any) -> Any:
        shut.append(token.cancel())
        return answer(received)

    door.emulator.answer = slow  # type: ignore[method-assign]
    assert door.app.exchange(QUORUM, cancel=token).outcome == "answered"
    assert shut == [False]


@contextmanager
def mute() -> Iterator[tuple[int, list[bytes], threading.Event]]:
    """A server that takes connections and what comes through them, and never says a word: no TLS with it."""
    listener = socket.create_server(("127.0.0.1", 0))
    came: list[bytes] = []
    called = threading.Event()

    def serve() -> None:
        while True:
            try:
                caller, _ = listener.accept()
            except OSError:
                return
            with caller:
                caller.settimeout(10)
                try:
                    while part := caller.recv(65_536):
                        came.append(part)
                        called.set()
                except OSError:
                    pass

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1], came, called
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(10)


def test_cancelled_while_connecting() -> None:
    """Shut while TLS hangs: the next try finds the door shut, and not a byte of the request has left."""
    journal, token = Journal(), CancelToken()
    with mute() as (port, came, called):
        place = privy.Environment(f"https://127.0.0.1:{port}")
        timeout = httpx.Timeout(5.0, connect=0.3)
        with privy.Client(
            "app", "hush-hush", environment=place, timeout=timeout, journal=journal
        ) as app:

            def cancel() -> None:
                assert called.wait(10)
                assert token.cancel()

            person = threading.Thread(target=cancel)
            person.start()
            exchange = app.exchange(QUORUM, cancel=token)
            person.join(10)
    assert isinstance(exchange.error, NotSent)
    assert (exchange.outcome, exchange.error.cause, token.committed) == (
        "refused",
        "cancelled",
        False,
    )
    assert states(journal) == ["unsent"]
    assert came  # a greeting of TLS …
    assert not any(b"key_quorums" in part or b"POST" in part for part in came)  # … and nothing else

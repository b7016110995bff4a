"""The private parts that tests reach for, in one place: what lies behind a client, a journal and a key.

Where a public way exists (``transport=``, ``clock=``, ``journal=``), tests take that instead.
"""

from __future__ import annotations

import gc
import sqlite3
import threading
from collections.abc import Callable
from typing import Any

import httpx
import ipywidgets as w

from toolkit.client.journal import Intent, Journal
from toolkit.client.journal_file import JournalFile
from toolkit.keys.private import PrivateKey
from toolkit.request.prepared import Prepared
from toolkit.transport.http import HttpTransport, RawResponse, _Ways

Send = Callable[[], RawResponse]


def transport_of(client: Any) -> HttpTransport:
    """What a client sends with."""
    transport: HttpTransport = client._sender.transport
    return transport


def provider_of(client: Any) -> Any:
    """What knows the credentials of a client."""
    return client._sender.provider


def replace_provider(client: Any, provider: Any) -> None:
    """From now on this one signs."""
    client._sender.provider = provider


def raw_answers(client: Any, change: Callable[[Prepared[Any], Send], RawResponse]) -> None:
    """From now on each request brings back what ``change`` says; it sends when it likes, if at all."""
    transport = transport_of(client)
    send = transport.send

    def changed(prepared: Prepared[Any], *more: Any) -> RawResponse:
        return change(prepared, lambda: send(prepared, *more))

    transport.send = changed  # type: ignore[method-assign]


def answered_by(client: Any, handle: Callable[[httpx.Request], httpx.Response]) -> None:
    """From now on this answers, in place of the service: with the same client, which remembers."""
    door = httpx.MockTransport(lambda request: handle(_addressed(request)))
    transport_of(client)._ways = _Ways(door, door)


def _addressed(request: httpx.Request) -> httpx.Request:
    """A request with its whole address, of which a real connection is told host and target apart."""
    target = request.extensions.get("target")
    if target is not None:
        request.url = request.url.copy_with(raw_path=target)
    return request


def door_of(client: Any) -> httpx.BaseTransport:
    """What answers a client's reads."""
    return transport_of(client)._way(alone=False)


def set_clock(client: Any, now_ms: Callable[[], int]) -> None:
    """From now on this is a client's time."""
    client._sender.now_ms = now_ms


def without_keys(client: Any) -> None:
    """From now on no idempotency key of this client is of use any more: as after 24 hours."""
    client._changes.resending._longest_ms = 10**12


def held_back(client: Any) -> tuple[threading.Event, threading.Event]:
    """The client's answers wait: for the first event they set the one that is returned first."""
    arrived, go_on = threading.Event(), threading.Event()

    def waiting(prepared: Prepared[Any], send: Send) -> RawResponse:
        raw = send()
        arrived.set()
        assert go_on.wait(20)
        return raw

    raw_answers(client, waiting)
    return arrived, go_on


def intent_of(client: Any, prepared: Prepared[Any]) -> Intent:
    """What a client writes down before this leaves."""
    intent: Intent = client._changes._intent(prepared, None, ())
    return intent


def while_opening() -> threading.Lock:
    """What this process holds while it opens a journal."""
    from toolkit.client import journal_file

    return journal_file._OPENING.lock


def file_of(journal: Journal) -> JournalFile:
    """The file that Journals of one path share."""
    return journal._file


def connection_of(journal: Journal) -> sqlite3.Connection:
    """Its open database."""
    connection = file_of(journal)._connection
    assert connection is not None
    return connection


def is_locked(journal: Journal) -> bool:
    """Whether one of this process's threads has its file."""
    return file_of(journal)._lock.locked()


def native_of(key: PrivateKey) -> Any:
    """The same key, as cryptography has it."""
    return key._for_export()


def switched_in(emulator: Any) -> dict[str, str]:
    """The emulator's choices, to be switched while it runs: a person makes a new emulator instead."""
    chosen: dict[str, str] = emulator.choices._chosen
    return chosen


def switch(emulator: Any, choices: dict[str, str]) -> None:
    """Switch these choices while it runs."""
    switched_in(emulator).update(choices)


def ahead_ms(emulator: Any) -> int:
    """How far the emulator's clock was advanced."""
    ahead: int = emulator.clock._ahead_ms
    return ahead


def stop_clock(emulator: Any, at_ms: int) -> None:
    """Its clock stands still: only ``advance`` moves it."""
    emulator.clock._wall_ms = lambda: at_ms


def alive() -> set[str]:
    """The ids of the widgets in this kernel, as ipywidgets of either version counts them."""
    gc.collect()
    counted = getattr(w.widgets.widget, "_instances", None)
    return set(w.Widget.widgets if counted is None else counted)

"""Many reads at once: in order, with manners, failures among the rest, and no changes."""

from __future__ import annotations

import threading
from typing import Any

import httpx
import pytest

from tests.conftest import Door
from toolkit import Emulator, cobo, frames, privy
from toolkit.client import many
from toolkit.emulator import Fault
from toolkit.errors import InputError


def test_order_and_failures(door: Door) -> None:
    """Exchanges come in the order of the calls; a failed one is a row among the others."""
    vault = door.emulator.vault_id
    calls: list[Any] = [
        cobo.get_mpc_vault_by_id(vault),
        cobo.list_key_share_holder_groups("nope"),
    ] * 20
    exchanges = door.custody.send_many(calls, concurrency=8, progress=False)
    assert [exchange.prepared.call for exchange in exchanges] == calls
    frame = frames.exchanges(exchanges)
    assert frame.outcome.tolist() == ["answered", "refused"] * 20
    assert frame.cause.tolist()[1] == "not-found"
    assert frame.status.tolist()[:2] == [200, 404]
    assert frame.attrs["environment"] == "EMULATOR"
    assert frame.columns.tolist() == frames.exchanges([]).columns.tolist()
    assert frame.dtypes.tolist() == frames.exchanges([]).dtypes.tolist()


def test_one_after_the_other_without_threads(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no thread starts the calls are made here, in their order, with the same tries and pauses."""
    monkeypatch.setattr(many, "threads_can_start", lambda: False)
    waited: list[float] = []
    custody = emulator.cobo_client(sleep=waited.append)
    emulator.inject(Fault("status-before", status=429, retry_after_s=20, times=1))
    calls: list[Any] = [cobo.get_mpc_vault_by_id(emulator.vault_id), cobo.get_api_key_info()] * 3
    before = threading.active_count()
    exchanges = custody.send_many(calls, concurrency=4)
    assert threading.active_count() == before
    assert [exchange.prepared.call for exchange in exchanges] == calls
    assert [exchange.outcome for exchange in exchanges] == ["answered"] * 6
    assert [exchange.tries for exchange in exchanges] == [2, 1, 1, 1, 1, 1]
    assert waited == [20.0]


def test_changes_are_refused(emulator: Emulator) -> None:
    """A change among them sends nothing; so does a concurrency that makes no sense. Nothing to do is no error."""
    custody = emulator.cobo_client()
    vault = cobo.create_mpc_vault(
        cobo.CreateMpcVaultRequest(name="New", vault_type="Org-Controlled")
    )
    mixed: list[Any] = [cobo.get_api_key_info(), vault]
    with pytest.raises(InputError, match="create_mpc_vault changes something"):
        custody.send_many(mixed)
    for concurrency in (0, 33, True, 2.0):
        with pytest.raises(InputError, match="concurrency"):
            custody.send_many([cobo.get_api_key_info()], concurrency=concurrency)  # type: ignore[arg-type]
    assert custody.send_many([]) == []
    assert emulator.ledger == []


def test_all_wait_when_one_is_told_to(emulator: Emulator) -> None:
    """A Retry-After stops everybody once, for as long as it says, and all of it is answered in the end."""
    waited: list[float] = []
    custody = emulator.cobo_client(sleep=waited.append)
    emulator.inject(Fault("status-before", status=429, retry_after_s=20, times=1))
    exchanges = custody.send_many([cobo.get_api_key_info()] * 12, concurrency=4, progress=False)
    assert [exchange.outcome for exchange in exchanges] == ["answered"] * 12
    assert waited == [20.0]


def test_pauses_grow(emulator: Emulator) -> None:
    """Without a Retry-After the pauses double; in the end the refusal is told."""
    waited: list[float] = []
    app = privy.Client(
        "app", "s", environment=privy.Environment("https://emulator.invalid"), sleep=waited.append,
        transport=httpx.MockTransport(lambda request: httpx.Response(429, stream=httpx.ByteStream(b"{}"))),
    )  # fmt: skip
    (exchange,) = app.send_many([privy.get_key_quorum("q")], progress=False)
    assert exchange.status == 429
    assert waited == [1.0, 2.0]


def test_no_more_at_once_than_allowed(emulator: Emulator) -> None:
    """As many at a time as was said, and no more."""
    now, most, lock = [0], [0], threading.Lock()

    def handle(request: httpx.Request) -> httpx.Response:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        threading.Event().wait(0.02)
        with lock:
            now[0] -= 1
        return emulator.handle(request)

    custody = emulator.cobo_client(transport=httpx.MockTransport(handle))
    custody.send_many([cobo.get_api_key_info()] * 12, concurrency=3, progress=False)
    assert most[0] == 3

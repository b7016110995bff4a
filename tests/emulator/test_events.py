"""What an endpoint would be told: each change once, in order; nothing of what was undone or lived again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.inside import stop_clock
from tests.samples import keys_from_the_main_group
from toolkit import Emulator, cobo
from toolkit.emulator.events import Event, Watch

PASSED = ("MPCProcessing", "KeyGenerating", "Success")


class Told:
    """An emulator that is watched, and what it told since it was last asked."""

    def __init__(self, **options: Any) -> None:
        self.emulator = Emulator.seeded(**options)
        stop_clock(self.emulator, self.emulator.clock.now_ms())
        self.custody = self.emulator.cobo_client()
        self.watch: Watch | None = None
        self.events()

    def events(self) -> list[Event]:
        self.watch, news = self.emulator.news(self.watch)
        return news

    def kinds(self) -> list[tuple[str, str]]:
        return [
            (event.type.removeprefix("wallets.mpc.tss_request."), event.data["status"])
            for event in self.events()
        ]

    def request(self) -> cobo.TSSRequest:
        return keys_from_the_main_group(self.emulator)


@pytest.fixture
def told() -> Told:
    return Told()


def test_step_by_step(told: Told) -> None:
    """Created, each step as the clock brings it, and the end; asked again, nothing."""
    request = told.request()
    (created,) = told.events()
    assert (created.service, created.type) == ("cobo", "wallets.mpc.tss_request.created")
    assert created.data["tss_request_id"] == request.tss_request_id
    assert created.data["data_type"] == "TSSRequest"
    steps = []
    for _ in range(11):
        told.emulator.advance(1_000)
        steps += told.kinds()
    assert steps == [("updated", PASSED[0]), ("updated", PASSED[1]), ("succeeded", PASSED[2])]
    assert told.kinds() == []


def test_a_clock_that_jumps(told: Told) -> None:
    """What was passed while nobody looked is told all the same, creation included."""
    told.request()
    told.emulator.advance(11_000)
    kinds = [("created", "PendingKeyHolderConfirmation"), ("updated", PASSED[0])]
    assert told.kinds() == [*kinds, ("updated", PASSED[1]), ("succeeded", PASSED[2])]


def test_a_failure(told: Told) -> None:
    """A request that fails is told as failed, and then no more."""
    request = told.request()
    told.events()
    call = cobo.cancel_tss_request_by_id(told.emulator.vault_id, request.tss_request_id or "")
    told.custody.send(call)
    assert told.kinds() == [("failed", "KeyHolderConfirmationFailed")]
    told.emulator.advance(11_000)
    assert told.kinds() == []


def test_nothing_happened(told: Told) -> None:
    """Reads, refusals and a reset are no news."""
    told.custody.send(cobo.list_mpc_vaults())
    assert told.events() == []
    told.request()
    told.emulator.reset()
    assert told.events() == []


def test_what_is_lived_again_is_not_told(tmp_path: Path) -> None:
    """After a restart only what happens from then on is told, to the end of an open request."""
    before = Told(state=tmp_path / "state")
    before.request()
    before.emulator.close()
    after = Told(state=tmp_path / "state")
    assert after.kinds() == []
    after.emulator.advance(11_000)
    assert [kind for kind, _ in after.kinds()] == ["updated", "updated", "succeeded"]

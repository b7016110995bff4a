"""The sender: a nonce never twice, and never left behind by a clock that is set right."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit import Emulator, cobo, privy

MINUTE_MS = 60_000


class Clock:
    """A computer's clock that can be set."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator, self.off_ms = emulator, 0

    def __call__(self) -> int:
        return self._emulator.clock.now_ms() + self.off_ms


def ahead_and_set_right(emulator: Emulator, **options: Any) -> tuple[Any, Clock]:
    """A client whose clock ran ten minutes ahead while it asked, and is right now."""
    clock = Clock(emulator)
    custody = emulator.cobo_client(clock=clock, **options)
    clock.off_ms = 10 * MINUTE_MS
    for _ in range(3):
        custody.exchange(cobo.list_mpc_vaults())
    clock.off_ms = 0
    return custody, clock


@pytest.fixture
def emulator() -> Emulator:
    """A service that takes no nonce of another time than now."""
    return Emulator.seeded(choices={"cobo.nonce": "fresh"})


@pytest.mark.parametrize("freshness_s", [120.0, None])
def test_a_clock_set_right(emulator: Emulator, freshness_s: float | None) -> None:
    """After running ten minutes ahead, the first request with a clock that is right goes through, and all after it."""
    custody, _ = ahead_and_set_right(emulator, freshness_s=freshness_s)
    for _ in range(3):
        assert custody.exchange(cobo.list_mpc_vaults()).error is None
    prepared = custody.prepare(cobo.list_mpc_vaults())
    assert abs(prepared.made_ms - emulator.clock.now_ms()) < 1_000


def test_a_change_with_a_clock_set_right(emulator: Emulator) -> None:
    """A change that is refused for its nonce alone provably did nothing: it is signed afresh and made once."""
    custody, _ = ahead_and_set_right(emulator)
    made = custody.send(
        cobo.create_mpc_vault(cobo.CreateMpcVaultRequest(name="New", vault_type="Org-Controlled"))
    )
    assert [entry.made for entry in emulator.ledger if entry.made] == [made.vault_id]


def test_not_without_the_services_word(emulator: Emulator) -> None:
    """A clock that is set back is not followed before the service has said that it is right now."""
    clock = Clock(emulator)
    custody = emulator.cobo_client(clock=clock)
    clock.off_ms = MINUTE_MS
    first = custody.prepare(cobo.list_mpc_vaults()).made_ms
    clock.off_ms = 0
    assert custody.prepare(cobo.list_mpc_vaults()).made_ms == first + 1


@given(st.lists(st.integers(-20, 20), min_size=1, max_size=60))
def test_never_twice(steps: list[int]) -> None:
    """However the clock is set, no two requests of a client have one nonce."""
    emulator = Emulator.seeded("empty")
    clock = Clock(emulator)
    custody = emulator.cobo_client(clock=clock)
    nonces: list[int] = []
    with emulator.clock.pinned(emulator.clock.now_ms()):
        for step in steps:
            clock.off_ms += step * 1_000
            custody.exchange(cobo.list_mpc_vaults(limit=1))
            nonces.append(custody.prepare(cobo.list_mpc_vaults()).made_ms)
    sent = [entry.message.split("|")[2] for entry in emulator.ledger if entry.message]
    assert len(set(sent)) == len(sent)
    assert len(set(nonces)) == len(nonces)


def test_many_threads_on_one_client(emulator: Emulator) -> None:
    """Thousands of reads on one client from many threads: each is answered, none trips over another's memory."""
    custody, app = emulator.cobo_client(), emulator.privy_client()
    wrong: list[Any] = []

    def read() -> None:
        try:
            for _ in range(150):
                wrong.extend(
                    filter(
                        None,
                        (
                            custody.exchange(cobo.list_cobo_key_holders()).error,
                            app.exchange(privy.list_wallets()).error,
                        ),
                    )
                )
        except BaseException as error:  # noqa: BLE001  # whatever it is, the test must hear of it
            wrong.append(error)

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []

"""The sender: a nonce never twice, and never left behind by a clock that is set right."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit import Emulator, cobo, privy
from toolkit.emulator import Fault
from toolkit.errors import ClocksApart
from toolkit.keys import P256Key

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


# ---- clocks that are known to be too far apart ----------------------------------------------------

READ = cobo.list_mpc_vaults()
CHANGE = cobo.create_mpc_vault(cobo.CreateMpcVaultRequest(name="New", vault_type="Org-Controlled"))
# off by so many seconds, a client's freshness: whether the change goes
APART: list[tuple[int, float | None, bool]] = [
    (0, 120.0, True), (110, 120.0, True), (-110, 120.0, True), (130, 120.0, False), (-130, 120.0, False),
    (-13 * 3_600, 120.0, False), (13 * 3_600, 120.0, False), (-13 * 3_600, None, True), (20, 5.0, False), (20, 60.0, True),
]  # fmt: skip


@pytest.mark.parametrize(("off_s", "freshness_s", "goes"), APART)
def test_no_change_into_doubt(off_s: int, freshness_s: float | None, goes: bool) -> None:
    """Where the last answer told that the next would be refused for its age, a change stays here; reads go on."""
    emulator = Emulator.seeded()
    clock = Clock(emulator)
    custody = emulator.cobo_client(clock=clock, freshness_s=freshness_s)
    clock.off_ms = off_s * 1_000
    custody.exchange(READ)
    exchange = custody.exchange(CHANGE)
    vaults = [entry.made for entry in emulator.ledger if entry.made]
    assert (exchange.outcome, len(vaults)) == (("answered", 1) if goes else ("refused", 0))
    asked = len(emulator.ledger)
    custody.exchange(READ)
    assert len(emulator.ledger) == asked + 1
    assert [entry.state for entry in custody.journal.entries()] == [
        "answered" if goes else "unsent"
    ]
    if not goes:
        assert isinstance(exchange.error, ClocksApart)
        side = "ahead of" if off_s > 0 else "behind"
        assert f"{side} the service's" in str(exchange.error)
        assert "Set this computer's clock" in exchange.error.hint
        assert emulator.ledger[-1].method == "GET"


@pytest.mark.parametrize("way", ["Call", "Prepared"])
def test_the_clock_is_set_right(emulator: Emulator, way: str) -> None:
    """Once the clock is right and a read has shown so, the very same change goes, once."""
    clock = Clock(emulator)
    custody = emulator.cobo_client(clock=clock, freshness_s=5.0)
    clock.off_ms = -20_000
    custody.exchange(READ)
    what: Any = CHANGE if way == "Call" else custody.prepare(CHANGE)
    assert isinstance(custody.exchange(what).error, ClocksApart)
    clock.off_ms = 0
    assert isinstance(custody.exchange(what).error, ClocksApart)  # nobody has told otherwise yet
    assert custody.exchange(READ).error is None
    assert custody.exchange(what).outcome == "answered"
    assert len([entry for entry in emulator.ledger if entry.made]) == 1


def test_what_was_learned_of_a_clock_is_forgotten(emulator: Emulator) -> None:
    """A minute later nobody knows any more; a clock that was set by hours is another one at once."""
    clock = Clock(emulator)
    custody = emulator.cobo_client(clock=clock)
    clock.off_ms = -13 * 60 * MINUTE_MS
    custody.exchange(READ)
    assert isinstance(custody.exchange(CHANGE).error, ClocksApart)
    clock.off_ms = 0
    assert custody.exchange(CHANGE).outcome == "answered"


def test_sent_again_with_a_wrong_clock(emulator: Emulator) -> None:
    """A change in doubt that a person sends again stays open where the clock would put the new one in doubt, too."""
    clock = Clock(emulator)
    custody = emulator.cobo_client(clock=clock, window_s=0)
    emulator.inject(Fault("status-before", operation="create_mpc_vault", status=504, unsigned=True))
    assert custody.exchange(CHANGE).outcome == "unknown"
    clock.off_ms = -13 * 60 * MINUTE_MS
    custody.exchange(READ)
    exchange = custody.resolve(1, send_again=True)
    assert isinstance(exchange.error, ClocksApart)
    assert [entry.number for entry in custody.pending()] == [1]
    assert [entry.made for entry in emulator.ledger if entry.made] == []


# hours by which this computer's clock is off: whether a request that expires in 15 minutes goes
EXPIRIES = [(0.0, True), (-0.2, True), (-0.3, False), (-13.0, False), (13.0, True)]


@pytest.mark.parametrize(("hours", "goes"), EXPIRIES)
def test_what_would_be_expired_on_arrival(hours: float, goes: bool) -> None:
    """A co-signed change whose expiry has passed by the service's clock stays here; what carries none goes."""
    emulator = Emulator.seeded()
    app = emulator.privy_client(clock=lambda: emulator.clock.now_ms() + round(hours * 3_600_000))
    key = P256Key.generate()
    quorum = app.send(
        privy.create_key_quorum(privy.CreateKeyQuorumRequest(public_keys=[key.public]))
    )
    update = privy.update_key_quorum(quorum.id, privy.UpdateKeyQuorumRequest(display_name="z"))
    exchange = app.exchange(update, signers=[key])
    assert exchange.outcome == ("answered" if goes else "refused")
    if not goes:
        assert isinstance(exchange.error, ClocksApart)
        assert "expired on arrival" in str(exchange.error)
        assert emulator.ledger[-1].method == "POST"

"""Faults on demand: each befalls the next matching request, exactly, and what was committed is in the ledger."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.conftest import Door
from toolkit import cobo
from toolkit.emulator import Emulator, Fault
from toolkit.emulator.http import serving
from toolkit.errors import ApiError, InputError, UnverifiedAnswer

CREATE = cobo.CreateMpcVaultRequest(name="New", vault_type="Org-Controlled")


def made(emulator: Emulator) -> int:
    return sum(vault.name == "New" for vault in emulator.cobo.state.vaults.values())


APPLICATION: list[tuple[str, Fault, str, int, bool]] = [
    ("refused before", Fault("status-before", status=429, retry_after_s=3), "refused", 0, True),
    ("broken before", Fault("status-before", status=500), "unknown", 0, True),
    ("gateway before", Fault("status-before", status=502, unsigned=True), "unknown", 0, False),
    ("broken after", Fault("status-after", status=500), "adopted", 1, True),
    ("gateway after", Fault("status-after", status=504, unsigned=True), "adopted", 1, True),
    ("no signature", Fault("no-signature"), "adopted", 1, True),
    ("bad signature", Fault("bad-signature"), "adopted", 1, True),
    ("late", Fault("late-commit", status=503, unsigned=True), "adopted", 1, True),
    (
        "very late",
        Fault("late-commit", status=503, unsigned=True, after_ms=60_000),
        "unknown",
        0,
        False,
    ),
]


@pytest.mark.parametrize(
    ("fault", "outcome", "committed", "verified"),
    [a[1:] for a in APPLICATION],
    ids=[a[0] for a in APPLICATION],
)
def test_application_faults(
    door: Door, fault: Fault, outcome: str, committed: int, verified: bool
) -> None:
    """The client adopts what it finds and calls doubt doubt; the emulator knows what was committed; the next request is served."""
    door.emulator.inject(fault)
    call = cobo.create_mpc_vault(CREATE)
    exchange = door.custody.exchange(call)
    assert (exchange.outcome, exchange.verified, made(door.emulator)) == (
        outcome,
        verified,
        committed,
    )
    if fault.retry_after_s:
        assert dict(exchange.headers)["retry-after"] == "3"
    assert door.custody.send(cobo.get_api_key_info()).name == "treasury-bot"


def test_a_late_commit(emulator: Emulator) -> None:
    """What was put off happens on the emulator's clock, once, and the ledger says so."""
    custody = emulator.cobo_client()
    emulator.inject(Fault("late-commit", operation="create_mpc_vault", after_ms=30_000))
    custody.exchange(cobo.create_mpc_vault(CREATE))
    custody.send(cobo.list_mpc_vaults())
    assert made(emulator) == 0
    emulator.advance(15_000)
    names = [vault.name for vault in custody.send(cobo.list_mpc_vaults()).data]
    assert names.count("New") == 1
    assert any(entry.reason == "Fault: late-commit" and entry.made for entry in emulator.ledger)


def test_a_stale_list(emulator: Emulator) -> None:
    """A stale list leaves out what was just made, and is signed all the same; the next one is whole."""
    custody = emulator.cobo_client()
    custody.send(cobo.create_mpc_vault(CREATE))
    emulator.inject(Fault("stale-list", operation="list_*"))
    counts = [len(custody.send(cobo.list_mpc_vaults()).data) for _ in range(2)]
    assert counts == [2, 3]


def test_a_replayed_answer(emulator: Emulator) -> None:
    """An old answer played back verifies, and is refused where it contradicts the call."""
    custody = emulator.cobo_client()
    custody.send(cobo.get_mpc_vault_by_id(emulator.vault_id))
    emulator.inject(Fault("replayed-answer"))
    other = list(emulator.cobo.state.vaults)[1]
    with pytest.raises(Exception, match=r"answered with vault_id|received before"):
        custody.send(cobo.get_mpc_vault_by_id(other))


def test_matching_times_and_chance(emulator: Emulator) -> None:
    """A fault is for its operation only, for so many requests, and a seeded coin decides the same way again."""
    custody = emulator.cobo_client()

    def pattern() -> list[bool]:
        emulator.inject(
            Fault("status-before", operation="get_api_key_info", times=1000, chance=0.5, seed=3)
        )
        return [
            custody.exchange(custody.prepare(cobo.get_api_key_info())).error is None
            for _ in range(20)
        ]

    first = pattern()
    assert first == pattern()
    assert 3 < sum(first) < 17
    assert custody.exchange(cobo.list_mpc_vaults()).error is None
    emulator.inject(Fault("status-before", times=2))
    once = [
        custody.exchange(custody.prepare(cobo.list_mpc_vaults())).error is None for _ in range(3)
    ]
    assert once == [False, False, True]


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "moon"},
        {"kind": "status-before", "times": 0},
        {"kind": "status-before", "status": 200},
        {"kind": "status-before", "colour": 1},
        {"kind": "status-before", "times": True},
        {"kind": "status-before", "chance": "0.5"},
        {"kind": "status-before", "chance": float("nan")},
        {"kind": "status-before", "operation": 5},
        {"kind": "status-before", "unsigned": "yes"},
    ],
)
def test_faults_that_cannot_be(fields: dict[str, Any]) -> None:
    """Unknown faults and numbers that make no sense are refused by name."""
    with pytest.raises(InputError):
        Fault.of(fields)


def test_through_the_control_door(emulator: Emulator) -> None:
    """Another program can inject faults, move the clock and holders, and ask why."""
    with (
        serving(emulator) as facts,
        httpx.Client(
            headers={"X-Emulator-Token": facts["control"]["token"]}, trust_env=False
        ) as control,
    ):
        url = facts["control"]["url"]
        assert control.put(
            url + "/faults", json=[{"kind": "status-before", "status": 503, "unsigned": True}]
        ).json() == {"waiting": 1}
        assert (
            httpx.get(facts["url"] + "/v2/developers/api_key_info", trust_env=False).status_code
            == 503
        )
        before = emulator.clock.now_ms()
        assert (
            control.put(url + "/clock", json={"advance_ms": 5000}).json()["now_ms"] >= before + 5000
        )
        node = next(iter(emulator.cobo.state.nodes))
        assert (
            control.put(f"{url}/holders/{node}", json={"state": "offline"}).json()["state"]
            == "offline"
        )
        assert (
            httpx.get(facts["url"] + "/v2/developers/api_key_info", trust_env=False).status_code
            == 401
        )
        assert control.get(f"{url}/explain/2").json()["name"] == "missing-header"
        for method, path, body in (
            ("PUT", "/faults", [{"kind": "x"}]),
            ("PUT", "/clock", {"advance_ms": -1}),
            ("PUT", "/holders/x", {"state": "lost"}),
            ("GET", "/explain/99", None),
            ("PUT", "/clock", []),
        ):
            assert control.request(method, url + path, json=body).status_code == 400


def test_errors_are_of_their_kind(emulator: Emulator) -> None:
    """A signed refusal is an ApiError, an unsigned page is not data."""
    custody = emulator.cobo_client()
    emulator.inject(Fault("status-before", status=409))
    assert isinstance(custody.exchange(cobo.get_api_key_info()).error, ApiError)
    emulator.inject(Fault("status-before", unsigned=True, times=3))
    assert isinstance(custody.exchange(cobo.get_api_key_info()).error, UnverifiedAnswer)

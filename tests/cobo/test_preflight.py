"""Preflight: what stands in the way is what the emulator then refuses for; what is unknown is called unknown."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from toolkit import Emulator, cobo
from toolkit.errors import ApiError
from toolkit.keys import Ed25519Key

HOLDERS = [
    cobo.CreateKeyShareHolder(name=n, type="API", tss_node_id=n, signer=n == "a") for n in "ab"
]
GROUP = cobo.CreateKeyShareHolderGroupRequest(
    key_share_holder_group_type="SigningGroup",
    participants=3,
    threshold=2,
    key_share_holders=HOLDERS,
)


def with_key(emulator: Emulator, **changed: Any) -> None:
    keys = emulator.cobo.keys
    (name,) = keys
    keys[name] = msgspec.structs.replace(keys[name], **changed)


def role(name: str, **scopes: Any) -> cobo.RoleScope:
    return cobo.RoleScope(role_name=name, scopes=cobo.Scopes(**scopes))


CASES: list[tuple[str, dict[str, Any], dict[str, str]]] = [
    ("an operator", {"role_scopes": [role("API_Operator")]}, {"role": "clear", "scope": "clear"}),
    ("a viewer", {"role_scopes": [role("API_Viewer")]}, {"role": "probably"}),
    ("no role", {"role_scopes": []}, {"role": "probably"}),
    ("a role of one's own", {"role_scopes": [role("Night desk")]}, {"role": "unknown"}),
    (
        "another vault",
        {"role_scopes": [role("Operator", vault_ids=["v"])]},
        {"role": "clear", "scope": "probably"},
    ),
    (
        "one of two reaches",
        {"role_scopes": [role("Operator", vault_ids=["v"]), role("Manager")]},
        {"scope": "clear"},
    ),
    ("permanent", {"expired_timestamp": None}, {"expiry": "clear"}),
    ("end unknown", {"expired_timestamp": msgspec.UNSET}, {"expiry": "unknown"}),
    ("ended", {"expired_timestamp": 1}, {"expiry": "probably"}),
    ("addresses", {"valid_ips": ["192.0.2.1", "198.51.100.0/24"]}, {"addresses": "unknown"}),
]


@pytest.mark.parametrize(
    ("changed", "verdicts"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_obstacles(emulator: Emulator, changed: dict[str, Any], verdicts: dict[str, str]) -> None:
    """Each thing that was looked at has a verdict, a sentence and a source; nothing is sent but the one read."""
    with_key(emulator, **changed)
    from toolkit.cobo.preflight import obstacles

    info = next(iter(emulator.cobo.keys.values()))
    call = cobo.create_key_share_holder_group(emulator.vault_id, GROUP)
    found = {
        obstacle.about: obstacle for obstacle in obstacles(info, call, emulator.clock.now_ms())
    }
    assert {about: found[about].verdict for about in verdicts} == verdicts
    assert all(
        obstacle.sentence and obstacle.source and obstacle.about in str(obstacle)
        for obstacle in found.values()
    )


@pytest.mark.parametrize(
    "roles", [["API_Operator"], ["Viewer"], ["Spender"], ["Manager", "Viewer"], ["Admin"], []]
)
@pytest.mark.parametrize("reaches", [True, False])
def test_it_says_what_the_emulator_does(
    emulator: Emulator, roles: list[str], reaches: bool
) -> None:
    """Where preflight is sure, the emulator agrees: clear is created, probably is refused with 403."""
    vaults = [emulator.vault_id] if reaches else ["another"]
    with_key(emulator, role_scopes=[role(name, vault_ids=vaults) for name in roles])
    custody = emulator.cobo_client()
    call = cobo.create_key_share_holder_group(emulator.vault_id, GROUP)
    verdicts = {obstacle.verdict for obstacle in custody.preflight(call)}
    assert [entry.operation for entry in emulator.ledger] == ["get_api_key_info"]
    error = custody.exchange(call, acknowledge={"cobo.node-in-group"}).error
    assert verdicts == ({"clear"} if error is None else verdicts & {"clear", "probably"})
    assert ("probably" in verdicts) is (error is not None)
    assert error is None or (isinstance(error, ApiError) and error.status == 403)


def test_a_key_that_is_refused(emulator: Emulator) -> None:
    """Where the key itself is refused, that is the obstacle, with the service's words."""
    custody = emulator.cobo_client()
    stranger = cobo.Client(
        Ed25519Key.generate(),
        environment=custody.environment,
        transport=custody._sender.transport._http._transport,
    )
    (obstacle,) = stranger.preflight(cobo.list_mpc_vaults())
    assert (obstacle.about, obstacle.verdict) == ("key", "probably")
    assert "not registered in this environment" in obstacle.sentence

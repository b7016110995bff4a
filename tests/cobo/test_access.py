"""May this key do this, here? What stands in the way is what the emulator then refuses for."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from tests.emulated import received
from tests.inside import door_of
from tests.samples import node_id
from toolkit import Emulator, cobo
from toolkit.cobo.access import Place, access_to, may
from toolkit.cobo.operations import OPERATIONS
from toolkit.emulator import Fault
from toolkit.errors import ApiError
from toolkit.keys import Ed25519Key
from toolkit.request.call import Call, Operation

HOLDERS = [
    cobo.CreateKeyShareHolder(name=n, type="API", tss_node_id=node_id(n), signer=n == "a")
    for n in "ab"
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


CASES: list[tuple[str, dict[str, Any], str, dict[str, str]]] = [
    ("an operator", {"role_scopes": [role("API_Operator")]}, "yes", {"role": "good", "scope": "good"}),
    ("a viewer", {"role_scopes": [role("API_Viewer")]}, "no", {"role": "high"}),
    ("no role", {"role_scopes": []}, "no", {"role": "high"}),
    ("roles not said", {"role_scopes": msgspec.UNSET}, "unknown", {"addresses": "good"}),
    ("a role of one's own", {"role_scopes": [role("Night desk")]}, "unknown", {"role": "note"}),
    ("another vault", {"role_scopes": [role("Operator", vault_ids=["v"])]}, "no", {"role": "good", "scope": "high"}),
    ("one of two reaches", {"role_scopes": [role("Operator", vault_ids=["v"]), role("Manager")]}, "yes", {"scope": "good"}),
    ("a project", {"role_scopes": [role("Operator", project_ids=["p"])]}, "unknown", {"scope": "note"}),
    ("permanent", {"expired_timestamp": None}, "yes", {"expiry": "good"}),
    ("end unknown", {"expired_timestamp": msgspec.UNSET}, "yes", {"expiry": "note"}),
    ("ended", {"expired_timestamp": 1}, "no", {"expired": "high"}),
    ("addresses", {"valid_ips": ["192.0.2.1", "198.51.100.0/24"]}, "yes", {"addresses": "note"}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "answer", "severities"),
    [case[1:] for case in CASES],
    ids=[case[0] for case in CASES],
)
def test_what_was_looked_at(
    emulator: Emulator, changed: dict[str, Any], answer: str, severities: dict[str, str]
) -> None:
    """Each thing that was looked at is a finding with a sentence and a source, and they make the answer."""
    with_key(emulator, **changed)
    (info,) = emulator.cobo.keys.values()
    call = cobo.create_key_share_holder_group(emulator.vault_id, GROUP)
    access = access_to(info, call, emulator.clock.now_ms())
    found = {finding.rule.removeprefix("access."): finding for finding in access.findings}
    assert access.answer == answer
    assert {about: found[about].severity for about in severities} == severities
    assert all(finding.sentence and finding.source.place for finding in access.findings)
    assert access.reason in {finding.sentence for finding in access.findings}
    assert (access.answer == "no") is any(finding.blocks for finding in access.findings)


@pytest.mark.parametrize(
    "roles", [["API_Operator"], ["Viewer"], ["Spender"], ["Manager", "Viewer"], ["Admin"], []]
)
@pytest.mark.parametrize("reaches", [True, False])
def test_preflight_says_what_the_emulator_does(
    emulator: Emulator, roles: list[str], reaches: bool
) -> None:
    """Where preflight is sure, the emulator agrees; nothing is sent but the one read."""
    vaults = [emulator.vault_id] if reaches else ["another"]
    with_key(emulator, role_scopes=[role(name, vault_ids=vaults) for name in roles])
    custody = emulator.cobo_client()
    call = cobo.create_key_share_holder_group(emulator.vault_id, GROUP)
    findings = custody.preflight(call)
    reads = ["get_api_key_info"] if roles else ["get_api_key_info", "list_wallets"]
    assert [entry.operation for entry in emulator.ledger] == reads
    error = custody.exchange(call, acknowledge={"cobo.node-in-group", "cobo.node-shape"}).error
    blocked = any(finding.blocks for finding in findings)
    assert blocked is (
        error is not None and bool(roles)
    )  # of a key without a role nothing is known
    assert error is None or (isinstance(error, ApiError) and error.status == 403)


def test_a_key_that_is_refused(emulator: Emulator) -> None:
    """Where the key itself is refused, that is the obstacle, with the service's words."""
    custody = emulator.cobo_client()
    stranger = cobo.Client(
        Ed25519Key.generate(),
        environment=custody.environment,
        transport=door_of(custody),
    )
    (finding,) = stranger.preflight(cobo.list_mpc_vaults())
    assert (finding.rule, finding.severity) == ("access.key", "high")
    assert "not registered in this environment" in finding.sentence


TRIED: list[tuple[str, list[Any], str, str]] = [
    ("lists wallets", [], "unknown", "The key works: it lists wallets"),
    ("lists none either", [Fault("status-before", operation="list_wallets", status=403)], "unknown", "Nor did it list wallets"),
    ("is refused meanwhile", [Fault("status-before", operation="list_wallets", status=401)], "no", "The key itself was refused"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("faults", "answer", "words"), [c[1:] for c in TRIED], ids=[c[0] for c in TRIED]
)
def test_a_key_that_may_not_read_about_itself(
    emulator: Emulator, faults: list[Fault], answer: str, words: str
) -> None:
    """Whether it works at all is tried by Cobo's own test, one wallet listed; what it may do stays
    unknown, and is not called refused.
    """
    custody = emulator.cobo_client()
    emulator.inject(Fault("status-before", operation="get_api_key_info", status=403), *faults)
    access = custody.access_to(cobo.list_mpc_vaults())
    assert access.answer == answer
    assert any(words in finding.sentence for finding in access.findings)
    targets = [entry.target for entry in emulator.ledger]
    assert targets == ["/v2/developers/api_key_info", "/v2/wallets?limit=1"]


# ---- every field of a scope, every operation, two kinds of key: never a contradiction --------------

LISTS: dict[str, list[Any]] = {
    "vault_ids": [[], None, ["{vault}"], ["another"], ["another", "{vault}"]],
    "wallet_types": [[], ["MPC"], ["Custodial"], ["Custodial", "MPC"]],
    "wallet_subtypes": [[], ["Org-Controlled"], ["User-Controlled"]],
    "project_ids": [[], ["project"]],
    "wallet_ids": [[], ["wallet"]],
}
ROLES = ["API_Admin", "API_Operator", "Viewer", "Spender", "Night desk", ""]
KINDS = {"permanent": None, "temporary": 4_102_444_800_000}


def call_of(emulator: Emulator, operation: Operation[Any]) -> Call[Any]:
    """A call of this operation in the seeded vault; where more than its permission is wrong, no matter."""
    groups = emulator.cobo.state.groups[emulator.vault_id]
    ids = {
        "vault_id": emulator.vault_id,
        "key_share_holder_group_id": next(iter(groups)),
        "tss_request_id": "nothing",
        "tss_node_id": "nothing",
        "project_id": "nothing",
    }
    named = tuple(pair for pair in ids.items() if f"{{{pair[0]}}}" in operation.path)
    body = cobo.UpdateMpcVaultByIdRequest(name="x") if operation.changes else None
    return Call(operation, named, (), body)


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_no_contradiction(emulator: Emulator, operation: Operation[Any], kind: str) -> None:
    """Whatever a scope lists: a yes is not forbidden, a no is; only what is unknown may be either."""
    client, call = emulator.cobo_client(), call_of(emulator, operation)
    reply_to = received(client, client.prepare(call))
    answers = set()
    for role_name in ROLES:
        for field, lists in LISTS.items():
            for listed in lists:
                wanted = [each.format(vault=emulator.vault_id) for each in listed or ()]
                scope = role(role_name, **{field: None if listed is None else wanted})
                with_key(emulator, role_scopes=[scope], expired_timestamp=KINDS[kind])
                (info,) = emulator.cobo.keys.values()
                answer = access_to(info, call, client.now_ms()).answer
                forbidden = emulator.answer(reply_to).status == 403
                assert answer != "yes" or not forbidden, scope
                assert answer != "no" or forbidden, scope
                answers.add(answer)
    assert "yes" in answers


def test_a_listed_wallet_is_some() -> None:
    """A role that reaches listed wallets only gives neither all nor nothing."""
    info = cobo.ApiKeyInfo(
        name="bot", curve_type="ED25519", key="00", created_timestamp=0, updated_timestamp=0,
        role_scopes=[role("Spender", wallet_ids=["w"])],
    )  # fmt: skip
    assert may(info, "transaction:withdraw", Place("v"), 0).answer == "some"

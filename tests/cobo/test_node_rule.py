"""The rule of a TSS node: what YAML reads in it, where its values are from, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from tests.samples import group as request_for
from tests.samples import node_id
from toolkit import Emulator, cobo
from toolkit.errors import InputError

XPUBS = ("xpub661MyMwAqRbcG4vPN", "xpub9zzzzzzzzzzzzzzzz")
ROOTS = [cobo.models.RootPubkey(key, curve) for key, curve in zip(XPUBS, ("SECP256K1", "ED25519"), strict=True)]  # fmt: skip
VAULT = cobo.MPCVault(vault_id="v", name="Treasury", root_pubkeys=ROOTS)
EMPTY = cobo.MPCVault(vault_id="v", name="Treasury", root_pubkeys=[])
COBO = cobo.KeyShareHolder(name="Cobo", type="Cobo", tss_node_id=node_id("Cobo"))
IDS = [node_id("Cobo"), node_id("Alice"), node_id("Bob")]


def group(kind: str, **changed: Any) -> cobo.KeyShareHolderGroup:
    holders = [
        cobo.KeyShareHolder(name=name, type="API", tss_node_id=node_id(name))
        for name in ("Alice", "Bob")
    ]
    if kind != "RecoveryGroup":
        holders.append(COBO)
    facts: dict[str, Any] = {"type": kind, "threshold": 2, "key_share_holders": holders} | changed
    return cobo.KeyShareHolderGroup(**facts)


def read(rules: cobo.NodeRules) -> Any:
    return yaml.safe_load(rules.yaml)["embedded_risk_control_rules"]


REJECTED = {"reject_all": True}


def test_first_keys() -> None:
    """For a vault without keys the rule allows one key generation, with Cobo's node and the holders', and nothing else."""
    rules = cobo.node_rules(group("MainGroup"), EMPTY)
    assert read(rules) == {
        "enable": True,
        "key_gen": {"reject_all": False, "allow_list": [{"threshold": 2, "node_ids": IDS}]},
        "key_sign": REJECTED,
        "key_reshare": REJECTED,
        "key_share_sign": REJECTED,
    }
    assert cobo.node_rules(group("MainGroup")) == rules


@pytest.mark.parametrize(
    ("kind", "ids"),
    [("SigningGroup", IDS), ("RecoveryGroup", IDS[1:]), ("MainGroup", IDS)],
)
def test_shares_from_another_group(kind: str, ids: list[str]) -> None:
    """For a signing or recovery group, and the main group of a recovery, it names each root key of the vault."""
    rules = cobo.node_rules(group(kind), VAULT)
    assert read(rules) == {
        "enable": True,
        "key_gen": REJECTED,
        "key_sign": REJECTED,
        "key_reshare": {
            "reject_all": False,
            "allow_list": [
                {"xpubkey": key, "new_threshold": 2, "new_node_ids": ids} for key in XPUBS
            ],
        },
        "key_share_sign": REJECTED,
    }


def test_a_recovery_group_with_a_share_of_cobos() -> None:
    """Where a recovery group leaves a seat to Cobo its node belongs to the rule; where it leaves none, it does not."""
    holders = [cobo.CreateKeyShareHolder(name="A", tss_node_id=node) for node in IDS[1:]]
    for participants, ids in ((3, IDS), (2, IDS[1:])):
        request = cobo.CreateKeyShareHolderGroupRequest(
            key_share_holder_group_type="RecoveryGroup",
            participants=participants,
            threshold=2,
            key_share_holders=holders,
        )
        rules = cobo.node_rules(request, VAULT, cobo_holders=[COBO])
        assert list(rules.node_ids) == ids
    answered = group("RecoveryGroup", participants=3)
    with pytest.raises(InputError, match="none is listed"):
        cobo.node_rules(answered, VAULT)
    whole = [*(answered.key_share_holders or []), COBO]
    assert list(cobo.node_rules(group("RecoveryGroup", key_share_holders=whole), VAULT).node_ids) == IDS  # fmt: skip


def test_daily_work() -> None:
    """Once the keys are made the node signs, and makes no more keys and shares."""
    rules = read(cobo.node_rules(group("MainGroup"), VAULT, purpose="key_sign"))
    assert rules.pop("key_sign") == {"reject_all": False}
    assert rules.pop("enable") is True
    assert set(map(str, rules.values())) == {str(REJECTED)}


def test_a_group_that_is_asked_for() -> None:
    """Of a request the rule is that of the group it will make: Cobo's node is asked of Cobo."""
    emulator = Emulator.seeded()
    custody = emulator.cobo_client()
    own = custody.send(cobo.list_cobo_key_holders())
    vault = custody.send(cobo.get_mpc_vault_by_id(emulator.vault_id))
    request = request_for(emulator)
    before = cobo.node_rules(request, vault, cobo_holders=own)
    made = custody.send(cobo.create_key_share_holder_group(emulator.vault_id, request))
    assert cobo.node_rules(made, vault) == before
    assert read(before)["key_reshare"]["allow_list"][0]["new_node_ids"][0] == own[0].tss_node_id
    keys = [root.root_pubkey for root in vault.root_pubkeys or ()]
    assert [each["xpubkey"] for each in read(before)["key_reshare"]["allow_list"]] == keys


REFUSED = [
    ("Cobo's node", lambda: cobo.node_rules(cobo.CreateKeyShareHolderGroupRequest(key_share_holder_group_type="MainGroup", participants=2, threshold=2, key_share_holders=[cobo.CreateKeyShareHolder(tss_node_id=IDS[1])])), "none is listed"),
    ("two of Cobo's", lambda: cobo.node_rules(group("MainGroup", key_share_holders=[cobo.KeyShareHolder(type="API", tss_node_id=IDS[1])]), cobo_holders=[COBO, COBO]), "2 are listed"),
    ("the root keys", lambda: cobo.node_rules(group("SigningGroup")), "root public keys"),
    ("the root keys of an empty vault", lambda: cobo.node_rules(group("RecoveryGroup"), EMPTY), "root public keys"),
    ("the holders", lambda: cobo.node_rules(group("MainGroup", key_share_holders=None)), "its holders are not known"),
    ("a node", lambda: cobo.node_rules(group("RecoveryGroup", key_share_holders=[cobo.KeyShareHolder(name="A", type="API")]), VAULT), "holder is not known"),
    ("the threshold", lambda: cobo.node_rules(group("MainGroup", threshold=None)), "its threshold"),
    ("a purpose", lambda: cobo.node_rules(group("MainGroup"), purpose="all"), "purpose: 'all'"),  # type: ignore[arg-type]
    ("no group", lambda: cobo.node_rules("g"), "group must be a group"),  # type: ignore[arg-type]
]  # fmt: skip


@pytest.mark.parametrize(
    ("ask", "said"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED]
)
def test_what_is_not_known_is_named(ask: Any, said: str) -> None:
    """A rule is whole or there is none: what it lacks is named, with where to get it."""
    with pytest.raises(InputError, match=said) as refused:
        ask()
    assert refused.value.hint


@pytest.mark.parametrize(
    "text",
    [
        "cobo\n  key_gen:\n    reject_all: false",
        "cobo: yes",
        'cobo"',
        "cobo # all",
        "cobo\u2028",
        "coboO",
        "xobo" + IDS[0][4:],
        "&a",
        "*a",
        "cobo" * 40,
    ],
)
def test_nothing_else_gets_into_the_file(text: str) -> None:
    """A node id or root key that is more than Base58 is never copied into a configuration: it could allow anything."""
    odd = cobo.KeyShareHolder(name="A", type="API", tss_node_id=text)
    with pytest.raises(InputError, match="The node of"):
        cobo.node_rules(group("RecoveryGroup", key_share_holders=[odd]), VAULT)
    if not text.startswith("xobo"):
        vault = cobo.MPCVault(root_pubkeys=[cobo.models.RootPubkey(text, "SECP256K1")])
        with pytest.raises(InputError, match="root public key"):
            cobo.node_rules(group("RecoveryGroup"), vault)


def test_how_it_is_shown() -> None:
    """As text it is the YAML, on a card the YAML can be unfolded, and in a line it says what it is for; no name stands in it."""
    rules = cobo.node_rules(group("MainGroup"), EMPTY)
    assert str(rules) == rules.yaml
    assert "the first keys" in repr(rules)
    assert "\n" not in repr(rules)
    assert "embedded_risk_control_rules" in rules._repr_html_()
    assert "Alice" not in rules.yaml.replace(node_id("Alice"), "")
    assert rules.source.documented
    assert not rules.per_curve.documented

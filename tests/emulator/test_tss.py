"""TSS requests move on the emulator's clock: a group's whole life."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import Door
from tests.samples import node_id
from toolkit import cobo, frames
from toolkit.emulator import Emulator
from toolkit.errors import ApiError, NotFound

SOURCE = cobo.SourceKeyShareHolderGroup


def new_group(custody: cobo.Client, vault_id: str, kind: str, nodes: list[str]) -> str:
    signs = kind != "RecoveryGroup"
    holders = [
        cobo.CreateKeyShareHolder(
            name=f"N{at}", type="API", tss_node_id=node_id(name), signer=signs or None
        )
        for at, name in enumerate(nodes)
    ]
    request = cobo.CreateKeyShareHolderGroupRequest(
        key_share_holder_group_type=kind, participants=2, threshold=2, key_share_holders=holders
    )
    return (
        custody.send(
            cobo.create_key_share_holder_group(vault_id, request)
        ).key_share_holder_group_id
        or ""
    )


def tss(
    custody: cobo.Client, vault_id: str, kind: str, target: str, source: str | None = None
) -> cobo.TSSRequest:
    given = SOURCE(key_share_holder_group_id=source) if source else None
    request = cobo.CreateTssRequestRequest(
        type=kind,
        target_key_share_holder_group_id=target,
        source_key_share_holder_group=given,
        description="why",
    )
    call = cobo.create_tss_request(vault_id, request)
    return custody.send(call, acknowledge={"cobo.recovery-deletes"})


def status(custody: cobo.Client, vault_id: str, request: cobo.TSSRequest) -> str | None:
    return custody.send(cobo.get_tss_request_by_id(vault_id, request.tss_request_id or "")).status


def get(custody: cobo.Client, vault_id: str, group_id: str) -> cobo.KeyShareHolderGroup:
    return custody.send(cobo.get_key_share_holder_group_by_id(vault_id, group_id))


def test_from_nothing_to_recovery(door: Door) -> None:
    """A vault, its first keys, a signing and a recovery group, and the main group rebuilt: all on one clock."""
    door = door.again(world="empty")
    emulator, custody = door.emulator, door.custody
    vault = (
        custody.send(
            cobo.create_mpc_vault(
                cobo.CreateMpcVaultRequest(name="Treasury", vault_type="Org-Controlled")
            )
        ).vault_id
        or ""
    )
    for name in ("n1", "n2", "n3", "n4", "n5"):
        emulator.set_holder(node_id(name), "online")
    main = new_group(custody, vault, "MainGroup", ["n1"])
    request = tss(custody, vault, "KeyGen", main)
    seen = [status(custody, vault, request)]
    for step in (2_100, 3_000, 5_000):
        emulator.advance(step)
        seen.append(status(custody, vault, request))
    assert seen == ["PendingKeyHolderConfirmation", "MPCProcessing", "KeyGenerating", "Success"]
    made = get(custody, vault, main)
    assert made.status == "Valid"
    roots = {
        root.curve: root.root_pubkey
        for root in custody.send(cobo.get_mpc_vault_by_id(vault)).root_pubkeys or ()
    }
    assert {share.curve: share.root_pubkey for share in made.tss_key_share_groups or ()} == roots
    assert set(roots) == {"SECP256K1", "ED25519"}

    signing, recovery = (
        new_group(custody, vault, "SigningGroup", ["n2"]),
        new_group(custody, vault, "RecoveryGroup", ["n3", "n4"]),
    )
    for group in (signing, recovery):
        tss(custody, vault, "KeyGenFromKeyGroup", group, main)
    emulator.advance(11_000)
    assert [get(custody, vault, group).status for group in (signing, recovery)] == [
        "Valid",
        "Valid",
    ]

    again = new_group(custody, vault, "MainGroup", ["n5"])
    tss(custody, vault, "Recovery", again, recovery)
    emulator.advance(11_000)
    assert get(custody, vault, again).status == "Valid"
    with pytest.raises(NotFound):  # the Portal deletes the old main group when a recovery succeeds
        get(custody, vault, main)
    listed = custody.send(cobo.list_tss_requests(vault, again))
    assert frames.tss_requests(listed)["status"].tolist() == ["Success"]


@pytest.fixture
def life(emulator: Emulator) -> tuple[Emulator, cobo.Client, str, str, str]:
    """The demo world, its vault, main group and New group."""
    groups = list(emulator.cobo.state.groups[emulator.vault_id].values())
    ids = {group.status or "": group.key_share_holder_group_id or "" for group in groups}
    return (
        emulator,
        emulator.cobo_client(),
        emulator.vault_id,
        groups[0].key_share_holder_group_id or "",
        ids["New"],
    )


def test_an_absent_holder_keeps_it_waiting(life: Any) -> None:
    """A request waits for its holders; when the last one comes online it goes on, and not before."""
    emulator, custody, vault, main, new = life
    request = tss(custody, vault, "KeyGenFromKeyGroup", new, main)
    emulator.advance(3_600_000)
    assert status(custody, vault, request) == "PendingKeyHolderConfirmation"
    dana = next(
        node
        for node, holder in emulator.cobo.state.nodes.items()
        if holder.name == "Dana Lindqvist"
    )
    emulator.set_holder(dana, "online")
    emulator.advance(11_000)
    assert status(custody, vault, request) == "Success"


def test_a_day_without_confirmation(life: Any) -> None:
    """After a day without its holders a request has failed; the group stays New and may be tried again."""
    emulator, custody, vault, main, new = life
    request = tss(custody, vault, "KeyGenFromKeyGroup", new, main)
    emulator.advance(24 * 3_600_000)
    assert status(custody, vault, request) == "KeyHolderConfirmationFailed"
    assert get(custody, vault, new).status == "New"
    assert (
        tss(custody, vault, "KeyGenFromKeyGroup", new, main).status
        == "PendingKeyHolderConfirmation"
    )


def test_a_holder_that_leaves(life: Any) -> None:
    """A holder that goes offline while keys are made makes it fail; the group stays New."""
    emulator, custody, vault, main, new = life
    dana = next(
        node
        for node, holder in emulator.cobo.state.nodes.items()
        if holder.name == "Dana Lindqvist"
    )
    emulator.set_holder(dana, "online")
    request = tss(custody, vault, "KeyGenFromKeyGroup", new, main)
    emulator.advance(6_000)
    emulator.set_holder(dana, "offline")
    assert status(custody, vault, request) == "KeyGeneratingFailed"
    assert get(custody, vault, new).status == "New"


def test_a_changed_phone(life: Any) -> None:
    """While a holder moves to another phone its groups are Unavailable; afterwards they are Valid again."""
    emulator, custody, vault, main, _ = life
    bob = next(
        node for node, holder in emulator.cobo.state.nodes.items() if holder.name == "Bob Tanaka"
    )
    emulator.set_holder(bob, "changes-phone")
    assert get(custody, vault, main).status == "Unavailable"
    assert custody.send(cobo.get_key_share_holder_by_tss_node_id(vault, bob)).status == "Changed"
    emulator.set_holder(bob, "online")
    assert get(custody, vault, main).status == "Valid"


def test_cancel(life: Any) -> None:
    """Cancelling answers Success, which does not mean keys: the group stays New, and a later read says not confirmed."""
    _emulator, custody, vault, main, new = life
    request = tss(custody, vault, "KeyGenFromKeyGroup", new, main)
    answer = custody.send(cobo.cancel_tss_request_by_id(vault, request.tss_request_id or ""))
    assert answer.status == "Success"
    assert status(custody, vault, request) == "KeyHolderConfirmationFailed"
    assert get(custody, vault, new).status == "New"
    with pytest.raises(ApiError, match="cannot be cancelled"):
        custody.send(cobo.cancel_tss_request_by_id(vault, request.tss_request_id or ""))


REFUSED: list[tuple[str, str, str, str | None, str]] = [
    ("KeyGen for a Valid group", "KeyGen", "main", None, "must be a New MainGroup"),
    ("KeyGen for a signing group", "KeyGen", "new", None, "must be a New MainGroup"),
    ("from no source", "KeyGenFromKeyGroup", "new", None, "source_key_share_holder_group"),
    ("from a recovery group", "KeyGenFromKeyGroup", "new", "recovery", "must be a Valid MainGroup"),
    ("from nowhere", "KeyGenFromKeyGroup", "new", "nowhere", "not found"),
    ("recovery of a signing group", "Recovery", "new", "recovery", "must be a New MainGroup"),
    ("target nowhere", "KeyGenFromKeyGroup", "nowhere", "main", "not found"),
]


@pytest.mark.parametrize(
    ("kind", "target", "source", "text"),
    [case[1:] for case in REFUSED],
    ids=[case[0] for case in REFUSED],
)
def test_refused(life: Any, kind: str, target: str, source: str | None, text: str) -> None:
    """Targets and sources of the wrong type or status are refused with a text that names the field."""
    emulator, custody, vault, main, new = life
    recovery = next(
        g for g in emulator.cobo.state.groups[vault].values() if g.type == "RecoveryGroup"
    ).key_share_holder_group_id
    ids = {"main": main, "new": new, "recovery": recovery, "nowhere": "nowhere"}
    given = SOURCE(key_share_holder_group_id=ids[source]) if source else None
    request = cobo.CreateTssRequestRequest(
        type=kind, target_key_share_holder_group_id=ids[target], source_key_share_holder_group=given
    )
    with pytest.raises(ApiError, match=text):
        custody.send(
            cobo.create_tss_request(vault, request),
            acknowledge={"cobo.tss-source", "cobo.recovery-deletes"},
        )


def test_a_second_main_group() -> None:
    """KeyGen beside a main group that works is a choice."""
    for option, fine in (("refused", False), ("accepted", True)):
        emulator = Emulator.seeded(choices={"cobo.second_main_group": option})
        custody, vault = emulator.cobo_client(), emulator.vault_id
        group = new_group(custody, vault, "MainGroup", ["n"])
        if fine:
            assert tss(custody, vault, "KeyGen", group).status == "PendingKeyHolderConfirmation"
        else:
            with pytest.raises(ApiError, match="main group that works"):
                tss(custody, vault, "KeyGen", group)


@pytest.mark.parametrize(
    ("choice", "strict", "lenient"),
    [("cobo.tss_twice", "refused", "accepted"), ("cobo.tss_nodes", "members", "any")],
)
def test_switches(choice: str, strict: str, lenient: str) -> None:
    """A second open request, and nodes that hold no share of the source, are choices."""

    def act(option: str) -> None:
        emulator = Emulator.seeded(choices={choice: option})
        custody, vault = emulator.cobo_client(), emulator.vault_id
        groups = list(emulator.cobo.state.groups[vault].values())
        source = SOURCE(
            key_share_holder_group_id=groups[0].key_share_holder_group_id or "",
            tss_node_ids=[node_id("a"), node_id("b")] if choice == "cobo.tss_nodes" else None,
        )
        request = cobo.CreateTssRequestRequest(
            type="KeyGenFromKeyGroup",
            target_key_share_holder_group_id=groups[2].key_share_holder_group_id or "",
            source_key_share_holder_group=source,
        )
        for _ in range(2 if choice == "cobo.tss_twice" else 1):
            custody.send(cobo.create_tss_request(vault, request))

    act(lenient)
    with pytest.raises(ApiError):
        act(strict)

"""What Cobo's guides and manual do with groups, step by step, as our cases: with our client through both doors.

Where each is from: *Get started with User-Controlled Wallets* (its demo's configuration is 2 of 2), the manual's
*Key share transfer* and *Recover from active keys*, and the call that Cobo's skill for agents begins with.
"""

from __future__ import annotations

import pytest

from tests.conftest import Door
from tests.samples import node_id
from toolkit import cobo, frames
from toolkit.errors import NotFound

MINUTE_MS = 60_000


class Guide:
    """The guide's steps in one vault. Whose node it is, is a name."""

    def __init__(self, door: Door, vault_id: str) -> None:
        self.door, self.vault_id, self.send = door, vault_id, door.custody.send

    def group(self, kind: str, scheme: tuple[int, int], *people: str) -> str:
        """A new group of them, whose nodes run."""
        for name in people:
            self.door.emulator.set_holder(node_id(name), "online")
        signs = kind != "RecoveryGroup"
        holders = [
            cobo.CreateKeyShareHolder(
                name=name, type="API", tss_node_id=node_id(name), signer=at == 0 if signs else None
            )
            for at, name in enumerate(people)
        ]
        request = cobo.CreateKeyShareHolderGroupRequest(
            key_share_holder_group_type=kind,
            threshold=scheme[0],
            participants=scheme[1],
            key_share_holders=holders,
        )
        made = self.send(cobo.create_key_share_holder_group(self.vault_id, request))
        return made.key_share_holder_group_id or ""

    def keys(self, kind: str, target: str, source: str | None = None) -> str | None:
        """Ask for the keys of a group; what the request ends in."""
        given = cobo.SourceKeyShareHolderGroup(key_share_holder_group_id=source) if source else None
        request = cobo.CreateTssRequestRequest(
            type=kind, target_key_share_holder_group_id=target, source_key_share_holder_group=given
        )
        call = cobo.create_tss_request(self.vault_id, request)
        asked = self.door.custody.send(call, acknowledge={"cobo.recovery-deletes"})
        self.door.emulator.advance(MINUTE_MS)
        read = cobo.get_tss_request_by_id(self.vault_id, asked.tss_request_id or "")
        return self.send(read).status

    def status(self, group_id: str) -> tuple[str | None, str | None]:
        group = self.send(cobo.get_key_share_holder_group_by_id(self.vault_id, group_id))
        return group.type, group.status

    def is_gone(self, group_id: str) -> bool:
        with pytest.raises(NotFound):
            self.status(group_id)
        return True

    def upgrade(self, group_id: str) -> None:
        """As the Portal does it: the old main group is deleted."""
        request = cobo.UpdateKeyShareHolderGroupByIdRequest(
            original_main_group_handling="Invalidate"
        )
        call = cobo.update_key_share_holder_group_by_id(self.vault_id, group_id, request)
        self.door.custody.send(call, acknowledge={"cobo.upgrade-invalidates"})


@pytest.fixture
def treasury(door: Door) -> Guide:
    """The vault of an organisation, with nothing in it."""
    door = door.again(world="empty")
    return Guide(door, door.emulator.vault_id)


def test_wallets_of_users(door: Door) -> None:
    """Project, vault, main group of a phone, its keys, a wallet, a recovery group with that phone's node in it, and
    the main group rebuilt on another phone after the first one was lost.
    """
    door = door.again(world="empty")
    send = door.custody.send
    project = send(
        cobo.create_mpc_project(
            cobo.CreateMpcProjectRequest(name="App", participants=2, threshold=2)
        )
    )
    wanted = cobo.CreateMpcVaultRequest(
        name="User 1", vault_type="User-Controlled", project_id=project.project_id
    )
    vault = send(cobo.create_mpc_vault(wanted))
    assert (vault.type, vault.project_id) == ("User-Controlled", project.project_id)
    guide = Guide(door, vault.vault_id or "")
    main = guide.group("MainGroup", (2, 2), "phone")
    assert guide.keys("KeyGen", main) == "Success"
    wallet = cobo.CreateMpcWalletParams(
        name="Hot", wallet_subtype="User-Controlled", vault_id=guide.vault_id
    )
    made = send(cobo.create_wallet(wallet))
    assert (made.project_name, made.vault_name) == ("App", "User 1")
    recovery = guide.group("RecoveryGroup", (2, 3), "phone", "tablet", "safe")
    assert guide.keys("KeyGenFromKeyGroup", recovery, main) == "Success"
    door.emulator.set_holder(node_id("phone"), "offline")
    again = guide.group("MainGroup", (2, 2), "new phone")
    assert guide.keys("Recovery", again, recovery) == "Success"
    assert guide.status(again) == ("MainGroup", "Valid")
    assert guide.is_gone(main)
    listed = send(cobo.list_wallets(project_id=project.project_id))
    assert frames.cobo_wallets(listed)["name"].tolist() == ["Hot"]


def test_a_main_share_is_handed_over(treasury: Guide) -> None:
    """Three calls: a signing group for the successor, its keys from the main group, and the upgrade."""
    main = treasury.group("MainGroup", (2, 2), "Alice")
    assert treasury.keys("KeyGen", main) == "Success"
    successor = treasury.group("SigningGroup", (2, 2), "Bob")
    assert treasury.keys("KeyGenFromKeyGroup", successor, main) == "Success"
    treasury.upgrade(successor)
    assert treasury.status(successor) == ("MainGroup", "Valid")
    assert treasury.is_gone(main)


@pytest.mark.parametrize(
    ("kind", "old", "new"),
    [
        ("SigningGroup", ("Carol",), ("Dana",)),
        ("RecoveryGroup", ("Carol", "Erin"), ("Dana", "Frank")),
    ],
)
def test_another_share_is_handed_over(
    treasury: Guide, kind: str, old: tuple[str, ...], new: tuple[str, ...]
) -> None:
    """Three calls: the new group, its keys from the main group, and only then the old one is deleted. It does not
    matter that those of the old one are away: so a lost signing or recovery share is replaced, too.
    """
    main = treasury.group("MainGroup", (2, 2), "Alice")
    treasury.keys("KeyGen", main)
    first = treasury.group(kind, (2, 2), *old)
    assert treasury.keys("KeyGenFromKeyGroup", first, main) == "Success"
    for name in old:
        treasury.door.emulator.set_holder(node_id(name), "offline")
    second = treasury.group(kind, (2, 2), *new)
    assert treasury.keys("KeyGenFromKeyGroup", second, main) == "Success"
    delete = cobo.delete_key_share_holder_group_by_id(treasury.vault_id, first)
    assert treasury.send(delete).submitted
    assert treasury.is_gone(first)
    assert treasury.status(second) == (kind, "Valid")


def test_a_lost_main_share(treasury: Guide) -> None:
    """Where the main group's holder is lost a signing group takes its place, if there is one."""
    main = treasury.group("MainGroup", (2, 2), "Alice")
    treasury.keys("KeyGen", main)
    signing = treasury.group("SigningGroup", (2, 2), "Bob")
    treasury.keys("KeyGenFromKeyGroup", signing, main)
    treasury.door.emulator.set_holder(node_id("Alice"), "offline")
    treasury.upgrade(signing)
    assert treasury.status(signing) == ("MainGroup", "Valid")
    assert treasury.is_gone(main)
    third = treasury.group("SigningGroup", (2, 2), "Carol")
    assert treasury.keys("KeyGenFromKeyGroup", third, signing) == "Success"


def test_does_it_work(door: Door) -> None:
    """One wallet is listed, signed both ways: by that the vendor's own tools know that a key works."""
    exchange = door.custody.exchange(cobo.list_wallets(limit=1))
    assert (exchange.status, len(exchange.value.data)) == (200, 1)

"""Vaults, groups, holders, projects and permissions of the emulated Cobo, through the real client."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from tests.conftest import Door
from toolkit import cobo
from toolkit.cobo.models import preset_role, role_may
from toolkit.emulator import Emulator
from toolkit.errors import ApiError, Forbidden, NotFound

ENDS = {"cobo.upgrade-invalidates"}  # a person has said that the old main group may go


def ids_of(emulator: Emulator) -> dict[str, str]:
    return {
        group.type or "": group.key_share_holder_group_id or ""
        for group in emulator.cobo.state.groups[emulator.vault_id].values()
    }


def test_vaults(door: Door) -> None:
    """A vault can be made, read, renamed and found; names are unique and short, as in the Portal."""
    door = door.again(world="empty")
    custody = door.custody
    vault = custody.send(
        cobo.create_mpc_vault(
            cobo.CreateMpcVaultRequest(name="Payroll", vault_type="Org-Controlled")
        )
    )
    vault_id = vault.vault_id or ""
    assert custody.send(cobo.get_mpc_vault_by_id(vault_id)) == vault
    assert (
        custody.send(
            cobo.update_mpc_vault_by_id(vault_id, cobo.UpdateMpcVaultByIdRequest(name="Salaries"))
        ).name
        == "Salaries"
    )
    assert [v.name for v in custody.send(cobo.list_mpc_vaults()).data] == [
        "Default vault",
        "Salaries",
    ]
    with pytest.raises(ApiError, match="is taken"):
        custody.send(
            cobo.update_mpc_vault_by_id(
                vault_id, cobo.UpdateMpcVaultByIdRequest(name="Default vault")
            )
        )
    with pytest.raises(ApiError, match="30 characters"):
        custody.send(
            cobo.update_mpc_vault_by_id(vault_id, cobo.UpdateMpcVaultByIdRequest(name="x" * 31)),
            acknowledge={"cobo.vault-name"},
        )


def test_user_controlled_vaults(emulator: Emulator) -> None:
    """A User-Controlled vault belongs to a project and is listed by it."""
    custody = emulator.cobo_client()
    (project,) = custody.send(cobo.list_mpc_projects()).data
    project_id = project.project_id or ""
    assert custody.send(cobo.get_mpc_project_by_id(project_id)) == project
    request = cobo.CreateMpcVaultRequest(
        name="App", vault_type="User-Controlled", project_id=project_id
    )
    vault = custody.send(cobo.create_mpc_vault(request))
    listed = custody.send(cobo.list_mpc_vaults("User-Controlled", project_id=project_id)).data
    assert [each.name for each in listed] == ["App users", "App"]
    assert listed[1] == vault
    with pytest.raises(NotFound):
        custody.send(cobo.get_mpc_project_by_id("nowhere"))


@pytest.mark.parametrize(
    ("handling", "types"),
    [
        (None, ["RecoveryGroup", "MainGroup"]),
        ("ConvertToSigningGroup", ["SigningGroup", "RecoveryGroup", "MainGroup"]),
    ],
)
def test_upgrade(emulator: Emulator, handling: str | None, types: list[str]) -> None:
    """A Valid signing group becomes the main group; the old one is gone for good, or signs on."""
    custody, vault, ids = emulator.cobo_client(), emulator.vault_id, ids_of(emulator)
    request = cobo.UpdateKeyShareHolderGroupByIdRequest(original_main_group_handling=handling)
    call = cobo.update_key_share_holder_group_by_id(vault, ids["SigningGroup"], request)
    with pytest.raises(ApiError, match="only a Valid SigningGroup"):
        custody.send(call, acknowledge=ENDS)
    groups = emulator.cobo.state.groups[vault]
    groups[ids["SigningGroup"]] = msgspec.structs.replace(
        groups[ids["SigningGroup"]], status="Valid"
    )
    assert custody.send(call, acknowledge=ENDS).type == "MainGroup"
    assert [
        group.type for group in custody.send(cobo.list_key_share_holder_groups(vault)).data
    ] == types


def test_delete(emulator: Emulator) -> None:
    """Deleting says only that it was submitted; here it is immediate. A main group is not deleted."""
    custody, vault, ids = emulator.cobo_client(), emulator.vault_id, ids_of(emulator)
    assert custody.send(
        cobo.delete_key_share_holder_group_by_id(vault, ids["RecoveryGroup"])
    ).submitted
    with pytest.raises(NotFound):
        custody.send(cobo.get_key_share_holder_group_by_id(vault, ids["RecoveryGroup"]))
    call = cobo.delete_key_share_holder_group_by_id(vault, ids["MainGroup"])
    with pytest.raises(ApiError, match="cannot be deleted"):
        custody.send(call)
    lenient = Emulator.seeded(choices={"cobo.delete_main_group": "accepted"})
    assert lenient.cobo_client().send(call).submitted


def test_holders(door: Door) -> None:
    """Holders of a vault, of some groups, one by node; Cobo's own as a bare list."""
    custody, vault, ids = door.custody, door.emulator.vault_id, ids_of(door.emulator)
    everyone = custody.send(cobo.list_key_share_holders(vault, limit=50))
    assert everyone.pagination.total_count == 7  # Cobo's node once
    some = custody.send(
        cobo.list_key_share_holders(
            vault, key_share_holder_group_ids=[ids["RecoveryGroup"], ids["MainGroup"]]
        )
    )
    assert [holder.name for holder in some.data] == [
        "Carol Okafor",
        "Frank Ito",
        "Cobo",
        "Alice Moreau",
        "Bob Tanaka",
    ]
    one = custody.send(
        cobo.get_key_share_holder_by_tss_node_id(vault, some.data[0].tss_node_id or "")
    )
    assert one == some.data[0]
    assert [holder.type for holder in custody.send(cobo.list_cobo_key_holders())] == ["Cobo"]
    for call in (
        cobo.list_key_share_holders(vault, key_share_holder_group_ids=["x"]),
        cobo.get_key_share_holder_by_tss_node_id(vault, "x"),
    ):
        with pytest.raises(NotFound):
            custody.send(call)


def test_organization(emulator: Emulator) -> None:
    """The organisation of the key can be read."""
    assert emulator.cobo_client().send(cobo.get_org_info()).name == "Example Custody"


ROLES: list[tuple[str, str, bool]] = [
    ("API_Operator", "mpc_key_group:create", True),
    ("Operator", "mpc_key_group:delete", True),
    ("API_Spender", "mpc_key_group:create", False),
    ("API_Spender", "mpc_key_group:read", True),
    ("API_Manager", "mpc_vault:create", True),
    ("Compliance Officer", "mpc_vault:create", False),
    ("API_Compliance_Officer", "mpc_vault:read", True),
    ("API_Admin", "governance_policy:create", True),
    ("API_Approver", "wallet:create", False),
    ("Night shift", "mpc_vault:read", False),
]


@pytest.mark.parametrize(("role", "permission", "may"), ROLES)
def test_roles(role: str, permission: str, may: bool) -> None:
    """Preset roles have the permissions of Cobo's table, with or without API_; a custom role is unknown."""
    assert role_may(role, permission) is may
    assert (preset_role(role) is None) is (role == "Night shift")


def limited(roles: list[cobo.RoleScope], **choices: str) -> tuple[Emulator, cobo.Client]:
    emulator = Emulator.seeded(choices={f"cobo.{name}": option for name, option in choices.items()})
    key = next(iter(emulator.cobo.keys))
    emulator.cobo.keys[key] = msgspec.structs.replace(emulator.cobo.keys[key], role_scopes=roles)
    return emulator, emulator.cobo_client()


CREATE = cobo.CreateMpcVaultRequest(name="New", vault_type="Org-Controlled")
Act = Callable[[Emulator, cobo.Client], Any]
LIMITS: list[tuple[str, list[cobo.RoleScope], Act, bool]] = [
    (
        "a spender makes no vault",
        [cobo.RoleScope(role_name="API_Spender", scopes=cobo.Scopes())],
        lambda e, c: c.send(cobo.create_mpc_vault(CREATE)),
        False,
    ),
    (
        "a viewer reads",
        [cobo.RoleScope(role_name="API_Viewer", scopes=cobo.Scopes())],
        lambda e, c: c.send(cobo.list_mpc_vaults()),
        True,
    ),
    ("no roles, nothing", [], lambda e, c: c.send(cobo.list_mpc_vaults()), False),
    (
        "another vault's scope",
        [cobo.RoleScope(role_name="API_Admin", scopes=cobo.Scopes(vault_ids=["x"]))],
        lambda e, c: c.send(cobo.list_key_share_holder_groups(e.vault_id)),
        False,
    ),
    (
        "an empty scope limits nothing",
        [cobo.RoleScope(role_name="API_Admin", scopes=cobo.Scopes(vault_ids=[]))],
        lambda e, c: c.send(cobo.list_key_share_holder_groups(e.vault_id)),
        True,
    ),
    (
        "another wallet type",
        [cobo.RoleScope(role_name="API_Admin", scopes=cobo.Scopes(wallet_types=["Custodial"]))],
        lambda e, c: c.send(cobo.list_key_share_holder_groups(e.vault_id)),
        False,
    ),
    (
        "one role reads, the other reaches",
        [
            cobo.RoleScope(role_name="API_Spender", scopes=cobo.Scopes()),
            cobo.RoleScope(role_name="API_Operator", scopes=cobo.Scopes(vault_ids=["x"])),
        ],
        lambda e, c: c.send(
            cobo.delete_key_share_holder_group_by_id(e.vault_id, ids_of(e)["RecoveryGroup"])
        ),
        False,
    ),
]


@pytest.mark.parametrize(
    ("roles", "act", "allowed"), [case[1:] for case in LIMITS], ids=[case[0] for case in LIMITS]
)
def test_limits(roles: list[cobo.RoleScope], act: Act, allowed: bool) -> None:
    """Role and scope must both reach: 403 with code 2025 otherwise; a switch turns the table off."""
    act(*limited(roles, permissions="off"))
    if allowed:
        act(*limited(roles))
    else:
        with pytest.raises(Forbidden) as caught:
            act(*limited(roles))
        assert caught.value.code == 2025

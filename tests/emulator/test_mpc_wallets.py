"""Projects and MPC wallets of the emulated Cobo, through the real client."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import Door
from tests.emulated import lost
from toolkit import cobo, frames
from toolkit.emulator import Emulator
from toolkit.errors import ApiError, Forbidden, InDoubt, NotFound


def params(vault_id: str, **changed: Any) -> cobo.CreateMpcWalletParams:
    fields = {"name": "Settlement", "wallet_subtype": "Org-Controlled", "vault_id": vault_id}
    return cobo.CreateMpcWalletParams(**(fields | changed))


def test_a_project(door: Door) -> None:
    """A project is made, found, renamed and listed as a table; the demo key may use it."""
    custody = door.custody
    request = cobo.CreateMpcProjectRequest(name="Cards", participants=3, threshold=2)
    project = custody.send(cobo.create_mpc_project(request))
    assert project.org_id == custody.send(cobo.get_org_info()).org_id
    project_id = project.project_id or ""
    rename = cobo.UpdateMpcProjectByIdRequest(name="Card wallets")
    renamed = custody.send(cobo.update_mpc_project_by_id(project_id, rename))
    assert (renamed.name, renamed.threshold, renamed.participants) == ("Card wallets", 2, 3)
    assert custody.send(cobo.get_mpc_project_by_id(project_id)) == renamed
    table = frames.projects(custody.send(cobo.list_mpc_projects()))
    assert table["name"].tolist() == ["App wallets", "Card wallets"]
    vault = cobo.CreateMpcVaultRequest(
        name="Cards", vault_type="User-Controlled", project_id=project_id
    )
    made = custody.send(cobo.create_mpc_vault(vault))
    listed = custody.send(cobo.list_mpc_vaults("User-Controlled", project_id=project_id))
    assert listed.data == [made]
    with pytest.raises(NotFound):
        custody.send(cobo.update_mpc_project_by_id("nowhere", rename))


def test_what_a_vault_carries(door: Door) -> None:
    """Wallets are listed by each documented filter, by page, and with the names of today."""
    custody, vault = door.custody, door.emulator.vault_id
    made = custody.send(cobo.create_wallet(params(vault, enable_auto_sweep=True)))
    assert (made.vault_name, made.project_id, made.enable_auto_sweep) == (
        "Treasury vault",
        None,
        True,
    )
    rename = cobo.UpdateMpcVaultByIdRequest(name="Vault of today")
    custody.send(cobo.update_mpc_vault_by_id(vault, rename))
    table = frames.cobo_wallets(list(custody.iterate(cobo.list_wallets(vault_id=vault, limit=1))))
    assert table["name"].tolist() == ["Operations", "Payouts", "Settlement"]
    assert set(table["vault_name"]) == {"Vault of today"}
    counts = {
        name: len(custody.send(cobo.list_wallets(**{name: value})).data)
        for name, value in (
            ("wallet_type", "MPC"),
            ("wallet_subtype", "User-Controlled"),
            ("project_id", next(iter(door.emulator.cobo.state.projects))),
            ("vault_id", "nowhere"),
        )
    }
    assert counts == {"wallet_type": 3, "wallet_subtype": 0, "project_id": 0, "vault_id": 0}
    assert custody.send(cobo.list_wallets(wallet_type="Custodial")).data == []


def test_scopes(emulator: Emulator) -> None:
    """A vault that is named, in the query or the body, must be within the scopes of the key."""
    scopes = cobo.Scopes(vault_ids=["another"])
    emulator.set_api_key(role_scopes=[cobo.RoleScope(role_name="API_Operator", scopes=scopes)])
    custody, vault = emulator.cobo_client(), emulator.vault_id
    for call in (cobo.list_wallets(vault_id=vault), cobo.create_wallet(params(vault))):
        assert custody.access_to(call).answer == "no"
        with pytest.raises(Forbidden, match="outside the scopes"):
            custody.send(call)
    assert custody.send(cobo.list_wallets(limit=1)).data


def test_names_of_wallets(emulator: Emulator) -> None:
    """What Cobo documents of a wallet's name our client refuses first; a taken name is 2103."""
    custody, vault = emulator.cobo_client(), emulator.vault_id
    for name in ("a@b", "", "x" * 101):
        (finding, *_) = custody.problems(cobo.create_wallet(params(vault, name=name)))
        assert (finding.rule, finding.blocks) == ("cobo.wallet-name", True)
    with pytest.raises(ApiError, match="already exists") as caught:
        custody.send(cobo.create_wallet(params(vault, name="Operations")))
    assert (caught.value.status, caught.value.code) == (400, 2103)


def test_a_lost_wallet(emulator: Emulator) -> None:
    """A wallet says not when it was made, so that what is there is never taken for ours unasked."""
    custody = emulator.cobo_client()
    lost(emulator, "create_wallet")
    with pytest.raises(InDoubt):
        custody.send(cobo.create_wallet(params(emulator.vault_id)))
    assert len(custody.pending()) == 1
    names = [wallet.name for wallet in emulator.cobo.wallets.wallets.values()]
    assert names.count("Settlement") == 1


def test_a_lost_project(emulator: Emulator) -> None:
    """A project whose answer was lost is found again, and not made twice."""
    custody = emulator.cobo_client()
    lost(emulator, "create_mpc_project")
    request = cobo.CreateMpcProjectRequest(name="Cards", participants=2, threshold=2)
    exchange = custody.exchange(cobo.create_mpc_project(request))
    assert exchange.outcome == "adopted"
    assert len(emulator.cobo.state.projects) == 2


def test_one_node_in_two_groups_of_users(emulator: Emulator) -> None:
    """Where users control the vault, one node may stand in its main and its recovery group, as in
    Cobo's guide; in a vault of the organisation it may not.
    """
    custody, node = emulator.cobo_client(), emulator.spare_nodes[0]
    users = list(emulator.cobo.state.vaults)[2]
    outcomes = []
    for vault in (users, emulator.vault_id):
        for kind in ("SigningGroup", "RecoveryGroup"):
            nodes = [node] if kind == "SigningGroup" else [node, emulator.spare_nodes[-1]]
            holders = [
                cobo.CreateKeyShareHolder(name=n, type="API", tss_node_id=n, signer=True)
                for n in nodes
            ]
            request = cobo.CreateKeyShareHolderGroupRequest(
                key_share_holder_group_type=kind,
                participants=2,
                threshold=2,
                key_share_holders=holders,
            )
            call = cobo.create_key_share_holder_group(vault, request)
            outcomes.append(custody.exchange(call).status)
    assert outcomes == [201, 201, 201, 400]

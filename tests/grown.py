"""Worlds that have grown, and single pieces of work in them: for what must cost the same at any size."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from urllib.parse import quote

from msgspec.structs import replace

from tests.samples import KEYS
from toolkit.cobo import models as cobo
from toolkit.emulator import Emulator
from toolkit.emulator.core import LedgerLine, Received, Routed, routed
from toolkit.privy import models as privy

PUBLIC = KEYS[0].public.to_base64()
VAULTS = "/v2/wallets/mpc/vaults"
Work = Callable[[], object]


def asked(emulator: Emulator, method: str, target: str, body: object = None) -> None:
    """One request, without signatures, which cost the same at any size; its answer is written out, too."""
    content = b"" if body is None else json.dumps(body).encode()
    headers = (("content-type", "application/json"),)
    received = Received(method, "https", "emulator.invalid", target, headers, content)
    service = emulator.cobo if target.startswith("/v2/") else emulator.privy
    wanted = routed(service, received)
    assert isinstance(wanted, Routed), target
    service.perform(wanted, received, LedgerLine(0, 0, method, target))


def filled(size: int) -> Emulator:
    """A world with so many groups in one vault, each with nodes of its own, quorums, wallets and vaults.

    Each group has a TSS request that waits, since half of its nodes are off.
    """
    emulator = Emulator.seeded("empty")
    state, apps = emulator.cobo.state, emulator.privy
    groups = state.groups_of(emulator.vault_id)
    groups["main"] = cobo.KeyShareHolderGroup(
        key_share_holder_group_id="main",
        type="MainGroup",
        threshold=2,
        participants=2,
        status="Valid",
    )
    apps.quorums["many"] = privy.KeyQuorum(
        id="many",
        display_name=None,
        authorization_threshold=1,
        authorization_keys=[],
        user_ids=["did:privy:many"],
    )
    for at in range(size):
        holders = [
            cobo.KeyShareHolder(name="A", type="API", tss_node_id=f"node {at}-{seat}", online=True)
            for seat in range(2)
        ]
        groups[f"group {at}"] = cobo.KeyShareHolderGroup(
            key_share_holder_group_id=f"group {at}",
            type="RecoveryGroup",
            key_share_holders=holders,
            participants=2,
            threshold=2,
            status="New",
        )
        request = {
            "type": "KeyGenFromKeyGroup",
            "target_key_share_holder_group_id": f"group {at}",
            "source_key_share_holder_group": {"key_share_holder_group_id": "main"},
        }
        asked(emulator, "POST", f"{VAULTS}/{emulator.vault_id}/tss_requests", request)
        state.vaults[f"vault {at}"] = cobo.MPCVault(
            vault_id=f"vault {at}", name=f"Vault {at}", type="Org-Controlled"
        )
        apps.quorums[f"quorum {at}"] = privy.KeyQuorum(
            id=f"quorum {at}",
            display_name=None,
            authorization_threshold=1,
            authorization_keys=[privy.AuthorizationKey(PUBLIC)] if at == size // 2 else [],
            user_ids=["did:privy:x"],
        )
        apps.wallets[f"wallet {at}"] = privy.Wallet(
            id=f"wallet {at}",
            address="0x",
            chain_type="ethereum",
            created_at=0,
            owner_id=f"quorum {at}",
            external_id=f"external-{at}",
            entity=privy.WalletEntity(id="org", type="organization"),
        )
        owned = replace(apps.wallets[f"wallet {at}"], id=f"owned {at}", owner_id="many")
        apps.wallets[owned.id] = replace(owned, external_id=None, chain_type="solana")
        emulator.cobo.wallets.wallets[f"wallet {at}"] = cobo.WalletInfo(
            wallet_id=f"wallet {at}",
            wallet_type="MPC",
            wallet_subtype="Org-Controlled",
            name=f"Wallet {at}",
            org_id="org",
            vault_id=emulator.vault_id,
        )
    return emulator


def works(emulator: Emulator) -> dict[str, Work]:
    """What is measured, by name."""
    vault = f"{VAULTS}/{emulator.vault_id}"
    groups = vault + "/key_share_holder_groups"
    fresh = itertools.count()
    size = len(emulator.privy.quorums)
    middle = size // 2

    def group() -> None:
        seats = [{"name": "A", "tss_node_id": f"fresh {next(fresh)}"} for _ in range(2)]
        body = {
            "key_share_holder_group_type": "RecoveryGroup",
            "participants": 2,
            "threshold": 2,
            "key_share_holders": seats,
        }
        asked(emulator, "POST", groups, body)

    def vault_made() -> None:
        body = {"name": f"New {next(fresh)}", "vault_type": "Org-Controlled"}
        asked(emulator, "POST", VAULTS, body)

    def wallet() -> None:
        body = {"chain_type": "ethereum", "external_id": f"fresh-{next(fresh)}"}
        asked(emulator, "POST", "/v1/wallets", body)

    def quorum() -> None:
        asked(emulator, "POST", "/v1/key_quorums", {"user_ids": ["did:privy:x"]})

    return {
        "page of 50 groups": lambda: asked(emulator, "GET", groups + "?limit=50"),
        "last page of 50 groups": lambda: asked(
            emulator, "GET", groups + "?limit=50&before=infinity"
        ),
        "page of 50 holders": lambda: asked(emulator, "GET", vault + "/key_share_holders?limit=50"),
        "page of 50 vaults": lambda: asked(
            emulator, "GET", VAULTS + "?vault_type=Org-Controlled&limit=50"
        ),
        "page of 50 wallets, from the middle": lambda: asked(
            emulator, "GET", f"/v1/wallets?limit=50&cursor=wallet%20{middle}"
        ),
        "wallet by external id": lambda: asked(
            emulator, "GET", f"/v1/wallets?external_id=external-{middle}"
        ),
        "TSS requests of a group": lambda: asked(
            emulator, "GET", f"{vault}/tss_requests?key_share_holder_group_id=group%20{middle}"
        ),
        "holder by node": lambda: asked(
            emulator, "GET", f"{vault}/key_share_holders/node%20{middle}-1"
        ),
        "wallets by an owner's key": lambda: asked(
            emulator, "GET", f"/v1/wallets?authorization_key={quote(PUBLIC, safe='')}"
        ),
        "wallets of a user who owns many": lambda: asked(
            emulator, "GET", "/v1/wallets?user_id=did:privy:many&limit=50"
        ),
        "wallets of a chain, archived ones too": lambda: asked(
            emulator, "GET", "/v1/wallets?chain_type=solana&include_archived=true&limit=50"
        ),
        "wallets of an entity": lambda: asked(
            emulator, "GET", "/v1/wallets?entity_id=org&limit=50"
        ),
        "MPC wallets of a vault, by type": lambda: asked(
            emulator,
            "GET",
            f"/v2/wallets?wallet_type=MPC&wallet_subtype=Org-Controlled&vault_id={emulator.vault_id}"
            "&limit=50&before=infinity",
        ),
        "create a group": group,
        "create a vault": vault_made,
        "create a quorum": quorum,
        "create a wallet": wallet,
        "spare nodes": lambda: emulator.spare_nodes,
        "a holder goes off": lambda: emulator.set_holder(f"node {middle}-0", "offline"),
    }

"""What a client can see of an emulator, and a state file that somebody has left."""

from __future__ import annotations

from pathlib import Path

from toolkit import cobo, privy
from toolkit.emulator import Emulator


def seen(emulator: Emulator) -> object:
    """Everything that a client can see."""
    custody, app = emulator.cobo_client(), emulator.privy_client()
    vaults = custody.send(cobo.list_mpc_vaults()).data
    groups = [
        custody.send(cobo.list_key_share_holder_groups(vault.vault_id or "")).data
        for vault in vaults
    ]
    return (
        vaults,
        groups,
        dict(emulator.privy.quorums),
        app.send(privy.list_wallets()).data,
        dict(emulator.cobo.tss.requests),
    )


def state_of(file: Path) -> list[str]:
    """Lines of a good state file with a change, time that passed and a holder."""
    emulator = Emulator.seeded(state=file)
    emulator.privy_client().send(
        privy.create_key_quorum(privy.CreateKeyQuorumRequest(user_ids=["did:privy:x"]))
    )
    emulator.advance(1_000)
    emulator.set_holder(next(iter(emulator.cobo.state.nodes)), "offline")
    emulator.close()
    return file.read_text().splitlines()

"""Lived again from a state file, everything that was answered is there, after kill -9 too."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.emulator.states import seen
from toolkit import cobo, privy
from toolkit.client.journal import Journal
from toolkit.emulator import Emulator
from toolkit.errors import InputError, ToolkitError
from toolkit.keys import Ed25519Key


def test_a_restart_changes_nothing(tmp_path: Path) -> None:
    """Groups, TSS requests, holders, quorums, wallets and the clock are as they were; ids go on where they were."""
    file = tmp_path / "state"
    before = Emulator.seeded(seed=7, state=file)
    custody, app, vault = before.cobo_client(), before.privy_client(), before.vault_id
    groups = list(before.cobo.state.groups[vault].values())
    dana = next(
        node for node, holder in before.cobo.state.nodes.items() if holder.name == "Dana Lindqvist"
    )
    before.set_holder(dana, "online")
    source = cobo.SourceKeyShareHolderGroup(
        key_share_holder_group_id=groups[0].key_share_holder_group_id or ""
    )
    request = cobo.CreateTssRequestRequest(
        type="KeyGenFromKeyGroup",
        target_key_share_holder_group_id=groups[2].key_share_holder_group_id or "",
        source_key_share_holder_group=source,
    )
    custody.send(cobo.create_tss_request(vault, request))
    before.advance(11_000)
    quorum = app.send(
        privy.create_key_quorum(
            privy.CreateKeyQuorumRequest(public_keys=[before.authorization_keys["Ana"].public])
        )
    )
    app.send(
        privy.update_key_quorum(quorum.id, privy.UpdateKeyQuorumRequest(display_name="ü")),
        signers=[before.authorization_keys["Ana"]],
    )
    with pytest.raises(ToolkitError):
        app.send(privy.delete_key_quorum(quorum.id), signers=[before.authorization_keys["Bob"]])
    known = seen(before)
    with pytest.raises(InputError, match="in use by another emulator"):
        Emulator.seeded(state=file)
    before.close()
    after = Emulator.seeded(state=file)
    assert seen(after) == known
    assert after.seed == 7
    assert abs(after.clock.now_ms() - before.clock.now_ms()) < 5_000
    made = [
        e.privy_client()
        .send(privy.create_key_quorum(privy.CreateKeyQuorumRequest(user_ids=["did:privy:x"])))
        .id
        for e in (before, after)
    ]
    assert made[0] == made[1]


def test_refusals_change_no_later_id(tmp_path: Path) -> None:
    """What was refused leaves nothing behind: not a quorum, not a drawn id, not after a restart either."""
    file = tmp_path / "state"
    live = Emulator.seeded(state=file, choices={"cobo.permissions": "off"})
    app, custody = live.privy_client(), live.cobo_client()
    key = live.authorization_keys["Ana"].public
    with pytest.raises(ToolkitError):
        app.send(privy.create_key_quorum(privy.CreateKeyQuorumRequest(key_quorum_ids=["nowhere"])))
    free = next(wallet.id for wallet in live.privy.wallets.values() if wallet.owner_id is None)
    owner = privy.WalletOwner(public_key=key.to_base64())
    bad = privy.UpdateWalletRequest(
        owner=owner, additional_signers=[privy.AdditionalSigner(signer_id="bad")]
    )
    with pytest.raises(ToolkitError):
        app.send(privy.update_wallet(free, bad), acknowledge={"privy.owner-signs"})
    assert len(live.privy.quorums) == 3
    app.send(privy.create_key_quorum(privy.CreateKeyQuorumRequest(public_keys=[key])))
    custody.send(
        cobo.create_mpc_vault(cobo.CreateMpcVaultRequest(name="New", vault_type="Org-Controlled"))
    )
    known = seen(live)
    live.close()
    assert seen(Emulator.seeded(state=file)) == known


def test_kill_in_the_middle_of_writes(tmp_path: Path) -> None:
    """kill -9 in the middle of 200 writes: every quorum whose creation was answered is there afterwards."""
    file = tmp_path / "state"
    command = [
        sys.executable,
        "-m",
        "toolkit",
        "emulator",
        "--world",
        "empty",
        "--state",
        str(file),
    ]
    answered: list[str] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        facts = json.loads(process.stdout.readline())
        place = privy.Environment(facts["privy"]["base_url"])
        enough = threading.Event()

        def write() -> None:
            with privy.Client(
                facts["privy"]["app_id"], facts["privy"]["app_secret"], environment=place, timeout=5
            ) as app:
                for number in range(100):
                    try:
                        call = privy.create_key_quorum(
                            privy.CreateKeyQuorumRequest(user_ids=[f"did:privy:{number}"])
                        )
                        answered.append(app.send(call).id)
                    except ToolkitError:
                        return
                    if len(answered) > 60:
                        enough.set()

        threads = [threading.Thread(target=write) for _ in range(2)]
        for thread in threads:
            thread.start()
        assert enough.wait(30)
        os.kill(process.pid, signal.SIGKILL)
        for thread in threads:
            thread.join(10)
    assert 60 < len(answered) < 200
    again = Emulator.seeded("empty", state=file)
    assert set(answered) <= set(again.privy.quorums)
    assert Ed25519Key.from_hex(facts["cobo"]["api_private_key"]) == again.api_key


def test_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be written down did not happen: 503, the world as before; and when there is room again it goes on."""
    file = tmp_path / "state"
    emulator = Emulator.seeded(state=file)
    app = emulator.privy_client()
    create = privy.create_key_quorum(privy.CreateKeyQuorumRequest(user_ids=["did:privy:x"]))
    first = app.send(create).id
    before, quorums = file.read_bytes(), dict(emulator.privy.quorums)

    def full(handle: int, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("toolkit.emulator.log.os.write", full)
        exchange = app.exchange(create)
        assert exchange.status == 503
        with pytest.raises(InputError, match="No space left"):
            emulator.advance(1_000)
    assert file.read_bytes() == before
    assert emulator.privy.quorums == quorums
    assert emulator.ledger[-1].verdict == "refused"
    second = emulator.privy_client(journal=Journal()).send(create).id
    known = seen(emulator)
    emulator.close()
    again = Emulator.seeded(state=file)
    assert {first, second} < set(again.privy.quorums)
    assert seen(again) == known
    again.close()
    with monkeypatch.context() as patch:
        patch.setattr("toolkit.emulator.log.os.write", full)
        with pytest.raises(InputError, match="cannot be written"):
            Emulator.seeded(state=tmp_path / "other")
    Emulator.seeded(state=tmp_path / "other").close()


def test_without_a_file_nothing_is_kept(tmp_path: Path) -> None:
    """An emulator whose file was let go of goes on, and writes nothing down any more."""
    file = tmp_path / "state"
    emulator = Emulator.seeded(state=file)
    emulator.close()
    before = file.read_bytes()
    emulator.advance(1_000)
    call = privy.create_key_quorum(privy.CreateKeyQuorumRequest(user_ids=["did:privy:x"]))
    assert emulator.privy_client().send(call).id in emulator.privy.quorums
    assert file.read_bytes() == before


def test_another_world_is_not_lived(tmp_path: Path) -> None:
    """Other choices than the file has are refused by name; none at all take those of the file."""
    file = tmp_path / "state"
    Emulator.seeded(state=file, choices={"cobo.nonce": "fresh"}).close()
    content = file.read_bytes()
    with pytest.raises(InputError, match="choices of its own"):
        Emulator.seeded(state=file, choices={"cobo.nonce": "any"})
    assert file.read_bytes() == content
    again = Emulator.seeded(state=file)
    assert again.choices["cobo.nonce"] == "fresh"
    again.close()

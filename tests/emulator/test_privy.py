"""Wallets as far as one must see what a quorum owns, and requests that must not break the emulated Privy."""

from __future__ import annotations

import base64

import httpx
import pytest

from tests.conftest import Door
from toolkit import cobo, frames, privy
from toolkit.cobo import signing
from toolkit.emulator import Emulator
from toolkit.errors import ApiError, NotFound, SignatureRejected
from toolkit.keys import P256Key


def test_wallets_of_a_key(door: Door) -> None:
    """The filter finds wallets whose owner includes the key, nested ones too (a choice); pages have cursors."""
    app, keys = door.app, door.emulator.authorization_keys
    names = {
        name: [
            w.display_name for w in app.send(privy.list_wallets(authorization_key=keys[name].public.to_base64())).data
        ]
        for name in ("Alice", "Bob", "Ana")
    }
    assert names == {"Alice": ["Hot wallet", "Cold reserve"], "Bob": ["Cold reserve"], "Ana": ["Hot wallet"]}
    first = app.send(privy.list_wallets(limit=2))
    second = app.send(privy.list_wallets(limit=2, cursor=first.next_cursor))
    assert [len(first.data), len(second.data), second.next_cursor] == [2, 1, None]
    assert frames.wallets([first, second])["owner_id"].isna().tolist() == [False, False, True]
    direct = door.again(choices={"privy.nested_filter": "direct-keys"})
    assert direct.app.send(privy.list_wallets(authorization_key=keys["Ana"].public.to_base64())).data == []


def test_owner_changes(door: Door) -> None:
    """A new owner of an owned wallet is signed for by the old owner's quorum."""
    app, keys = door.app, door.emulator.authorization_keys
    cold = next(wallet for wallet in app.send(privy.list_wallets()).data if wallet.display_name == "Cold reserve")
    quorum = app.send(privy.create_key_quorum(privy.CreateKeyQuorumRequest(public_keys=[keys["Ana"].public])))
    change = privy.update_wallet(cold.id, privy.UpdateWalletRequest(owner_id=quorum.id))
    with pytest.raises(SignatureRejected):
        app.send(change, signers=[keys["Alice"]])
    assert app.send(change, signers=[keys["Alice"], keys["Bob"]]).owner_id == quorum.id
    back = privy.update_wallet(cold.id, privy.UpdateWalletRequest(owner_id=None))
    assert app.send(back, signers=[keys["Ana"]]).owner_id is None


def test_an_unowned_wallet(emulator: Emulator) -> None:
    """Without an owner the app secret suffices, once acknowledged; a key as owner becomes a quorum of one."""
    app, key = emulator.privy_client(), P256Key.generate()
    test = next(wallet for wallet in app.send(privy.list_wallets()).data if wallet.owner_id is None)
    call = privy.update_wallet(
        test.id, privy.UpdateWalletRequest(owner=privy.WalletOwner(public_key=key.public.to_base64()))
    )
    with pytest.raises(ValueError, match="If the wallet has an owner"):
        app.send(call)
    owned = app.send(call, acknowledge={"privy.owner-signs"})
    assert app.send(privy.get_key_quorum(owned.owner_id or "")).required == 1
    signer = privy.AdditionalSigner(signer_id=owned.owner_id or "")
    more = privy.update_wallet(test.id, privy.UpdateWalletRequest(additional_signers=[signer], display_name=None))
    assert app.send(more, signers=[key]).additional_signers == [signer]
    with pytest.raises(NotFound, match="Wallet not found"):
        app.send(privy.get_wallet("nowhere"))


def test_an_owner_is_not_deleted(emulator: Emulator) -> None:
    """A quorum that owns a wallet is not deleted, unless switched."""
    app, keys = emulator.privy_client(), emulator.authorization_keys
    owner = next(
        quorum for quorum in emulator.privy.quorums.values() if quorum.display_name == "Treasury approvals, EU"
    )
    with pytest.raises(ApiError, match="owns wallet"):
        app.send(privy.delete_key_quorum(owner.id), signers=[keys["Alice"], keys["Bob"]])


HOSTILE = [
    b"[" * 100_000,
    b'{"display_name":"\\ud800","user_ids":["a"]}',
    b'{"user_ids":false,"public_keys":["x"]}',
    b"\xff",
    b"null",
    b'{"authorization_threshold":1e400,"user_ids":["a"]}',
    b'{"user_ids":["a"],"display_name":7}',
]


@pytest.mark.parametrize("body", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_bodies(emulator: Emulator, body: bytes) -> None:
    """Whatever arrives is answered with 400 by both services, and the world goes on."""
    privy_pair = f"{emulator.privy.app_id}:{emulator.privy.app_secret.reveal()}".encode()
    headers = {"Authorization": "Basic " + base64.b64encode(privy_pair).decode(), "privy-app-id": emulator.privy.app_id}
    answer = emulator.handle(
        httpx.Request("POST", "https://emulator.invalid/v1/key_quorums", headers=headers, content=body)
    )
    assert answer.status_code == 400
    path = f"/v2/wallets/mpc/vaults/{emulator.vault_id}/key_share_holder_groups"
    text = signing.message("POST", path, "1", "", "")
    signature = emulator.api_key.sign(signing.digest(text.encode() + body)).hex()
    headers = {
        "Biz-Api-Key": emulator.api_key.public.to_hex(),
        "Biz-Api-Nonce": "1",
        "Biz-Api-Signature": signature,
        "Content-Type": "application/json",
    }
    answer = emulator.handle(httpx.Request("POST", "https://emulator.invalid" + path, headers=headers, content=body))
    assert answer.status_code == 400
    assert all(entry.trouble == "" for entry in emulator.ledger)
    assert len(emulator.cobo_client().send(cobo.list_key_share_holder_groups(emulator.vault_id)).data) == 3


def test_a_broken_handler_is_a_500(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Should the emulator itself break, it answers 500, keeps the evidence and serves the next request."""
    custody = emulator.cobo_client()
    monkeypatch.setattr(emulator.cobo, "get_api_key_info", lambda *a, **k: 1 / 0)
    with pytest.raises(ApiError) as caught:
        custody.send(cobo.get_api_key_info())
    assert (caught.value.status, caught.value.code) == (500, 1000)
    assert "ZeroDivisionError" in emulator.ledger[-1].trouble
    assert custody.send(cobo.list_mpc_vaults()).data


def test_a_quorum_that_is_gone_cannot_sign() -> None:
    """Where a nested quorum may be deleted, its parent needs it all the same: one key twice is no 2 of 2."""
    emulator = Emulator.seeded(choices={"privy.delete_in_use": "accepted"})
    app, keys = emulator.privy_client(), emulator.authorization_keys
    inner = app.send(privy.create_key_quorum(privy.CreateKeyQuorumRequest(public_keys=[keys["Ana"].public])))
    members = privy.CreateKeyQuorumRequest(
        public_keys=[keys["Bob"].public], key_quorum_ids=[inner.id], authorization_threshold=2
    )
    outer = app.send(privy.create_key_quorum(members))
    assert app.send(privy.delete_key_quorum(inner.id), signers=[keys["Ana"]]).success
    with pytest.raises(SignatureRejected):
        app.send(
            privy.delete_key_quorum(outer.id), signers=[keys["Bob"], keys["Bob"]], acknowledge={"privy.signer-twice"}
        )
    assert outer.id in emulator.privy.quorums

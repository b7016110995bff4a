"""What Privy's own pages and tests do, step by step, as our cases: with our client through both doors, and with its SDK.

Where each is from: privy-io/node-sdk ``tests/integration`` (key quorums, wallets), privy-io/rust-sdk
``examples/quorum_wallet.rs``, docs.privy.io ``controls/key-quorum/create`` and ``controls/quorum-approvals``.
"""

from __future__ import annotations

import base64
import time
from typing import Any

import pytest
from privy import AuthorizationContext, PrivyClient, PrivyRequestOptions

from tests.conftest import Door
from tests.samples import KEYS
from toolkit import Emulator, privy
from toolkit.emulator.http import serving
from toolkit.errors import NotFound, SignatureRejected
from toolkit.privy import signing

PUBLIC = [key.public for key in KEYS]
UNOWNED = {"privy.owner-signs"}


def quorum(threshold: int | None = None, **members: Any) -> Any:
    request = privy.CreateKeyQuorumRequest(authorization_threshold=threshold, **members)
    return privy.create_key_quorum(request)


def changed(threshold: int) -> privy.UpdateKeyQuorumRequest:
    return privy.UpdateKeyQuorumRequest(authorization_threshold=threshold)


def test_a_key_and_a_user(door: Door) -> None:
    """The page's 2 of 2: a key and a user, both must sign; the key alone is too few."""
    made = door.app.send(quorum(2, public_keys=[PUBLIC[0]], user_ids=["did:privy:alice"]))
    assert (made.size, made.required, made.user_ids) == (2, 2, ["did:privy:alice"])
    with pytest.raises(SignatureRejected):
        door.app.send(privy.update_key_quorum(made.id, changed(1)), signers=[KEYS[0]])


def test_two_of_two_and_back(door: Door) -> None:
    """2 of 2 → 1 of 2 with both, back to 2 of 2 with one, deleted with both; then it is not found."""
    app = door.app
    made = app.send(quorum(2, public_keys=PUBLIC[:2]))
    with pytest.raises(SignatureRejected):
        app.send(privy.update_key_quorum(made.id, changed(1)), signers=KEYS[:1])
    lower = app.send(privy.update_key_quorum(made.id, changed(1)), signers=KEYS[:2])
    assert lower.required == 1
    back = app.send(privy.update_key_quorum(made.id, changed(2)), signers=KEYS[1:2])
    assert back.required == 2
    assert app.send(privy.delete_key_quorum(made.id), signers=KEYS[:2]).success
    with pytest.raises(NotFound):
        app.send(privy.get_key_quorum(made.id))


def test_the_owner_of_a_wallet(door: Door) -> None:
    """None → a key → none: the first by the app secret alone, the second signed by the key."""
    app = door.app
    wallet = app.send(privy.create_wallet(privy.CreateWalletRequest(chain_type="ethereum")))
    owner = privy.WalletOwner(public_key=PUBLIC[0])
    owned = app.send(
        privy.update_wallet(wallet.id, privy.UpdateWalletRequest(owner=owner)), acknowledge=UNOWNED
    )
    assert owned.owner_id
    nobody = privy.update_wallet(wallet.id, privy.UpdateWalletRequest(owner=None))
    with pytest.raises(SignatureRejected):
        app.send(nobody, acknowledge=UNOWNED)
    assert app.send(nobody, signers=KEYS[:1]).owner_id is None


def test_a_wallet_of_two_of_three(door: Door) -> None:
    """Three keys, 2 of 3, a wallet made under an idempotency key: one key does not move it, two do."""
    app = door.app
    made = app.send(quorum(2, public_keys=PUBLIC))
    request = privy.CreateWalletRequest(chain_type="ethereum", owner_id=made.id)
    prepared = app.prepare(privy.create_wallet(request))
    assert prepared.idempotency_key
    wallet = app.send(prepared)
    rename = privy.update_wallet(wallet.id, privy.UpdateWalletRequest(display_name="Vault"))
    with pytest.raises(SignatureRejected):
        app.send(rename, signers=KEYS[:1])
    assert app.send(rename, signers=KEYS[1:]).display_name == "Vault"


def test_too_few_within(door: Door) -> None:
    """A nested 2 of 2 that has signed once does not count: its one signature is one too few."""
    app = door.app
    inner = app.send(quorum(2, public_keys=PUBLIC[:2]))
    outer = app.send(quorum(2, public_keys=PUBLIC[2:], key_quorum_ids=[inner.id]))
    change = privy.update_key_quorum(outer.id, changed(1))
    with pytest.raises(SignatureRejected):
        app.send(change, signers=[KEYS[0], KEYS[2]])
    assert app.send(change, signers=KEYS).required == 1


@pytest.mark.parametrize("way", ["signatures made elsewhere", "signers that hold the key"])
def test_a_coordinator_gathers(emulator: Emulator, way: str) -> None:
    """The SDK sends what others signed: signatures over one payload, or by callables as of a KMS."""
    made = emulator.privy_client().send(quorum(2, public_keys=PUBLIC[:2]))
    expiry = int(time.time() * 1000) + 600_000
    with serving(emulator) as facts:
        place = facts["privy"]
        headers = {
            signing.APP_ID: place["app_id"],
            signing.REQUEST_EXPIRY: str(expiry),
        }
        url = f"{place['base_url']}/v1/key_quorums/{made.id}"
        payload = signing.message("PATCH", url, headers, {"display_name": "Ops"}).encode()
        given: dict[str, Any] = {
            "signatures made elsewhere": {"signatures": [by(key, payload) for key in KEYS[:2]]},
            "signers that hold the key": {
                "signers": [lambda content, key=key: by(key, content) for key in KEYS[:2]]
            },
        }[way]
        options = PrivyRequestOptions(
            authorization_context=AuthorizationContext(**given), request_expiry=expiry
        )
        client = PrivyClient(**place)
        params: Any = {"display_name": "Ops"}
        answer = client.key_quorums.update(
            made.id, key_quorum_update_params=params, request_options=options
        )
        client._client.close()
    assert answer.display_name == "Ops"


def by(key: Any, content: bytes) -> str:
    """A signature as a KMS gives it: DER over SHA-256 of the content, in base64."""
    return base64.b64encode(key.sign(content)).decode()

"""Key quorums: who is in one, who can sign for it, and how deep they nest."""

from __future__ import annotations

import pytest

from toolkit import privy
from toolkit.emulator import Emulator
from toolkit.errors import ApiError, SignatureRejected
from toolkit.keys import P256Key


def test_users_only_quorum(emulator: Emulator) -> None:
    """A quorum of users alone cannot be signed for here, and the error says so in Privy's words."""
    app = emulator.privy_client()
    quorum = app.send(
        privy.create_key_quorum(privy.CreateKeyQuorumRequest(user_ids=["did:privy:x"]))
    )
    with pytest.raises(
        SignatureRejected, match="No valid authorization keys or user signing keys available"
    ):
        app.send(privy.delete_key_quorum(quorum.id), signers=[P256Key.generate()])


def test_nesting_is_one_level_deep(emulator: Emulator) -> None:
    """A quorum that has a nested quorum cannot be nested, and a nested one cannot get a nested one."""
    app = emulator.privy_client()
    nested = next(quorum for quorum in emulator.privy.quorums.values() if quorum.key_quorum_ids)
    with pytest.raises(ApiError, match="1 level deep"):
        app.send(privy.create_key_quorum(privy.CreateKeyQuorumRequest(key_quorum_ids=[nested.id])))
    inner_id = (nested.key_quorum_ids or [])[0]
    lone = app.send(privy.create_key_quorum(privy.CreateKeyQuorumRequest(user_ids=["did:privy:x"])))
    change = privy.update_key_quorum(
        inner_id, privy.UpdateKeyQuorumRequest(key_quorum_ids=[lone.id])
    )
    with pytest.raises(ApiError, match="1 level deep"):
        app.send(change, signers=[emulator.authorization_keys["Ana"]])


def test_a_quorum_that_is_gone_cannot_sign() -> None:
    """Where a nested quorum may be deleted, its parent needs it all the same: one key twice is no 2 of 2."""
    emulator = Emulator.seeded(choices={"privy.delete_in_use": "accepted"})
    app, keys = emulator.privy_client(), emulator.authorization_keys
    inner = app.send(
        privy.create_key_quorum(privy.CreateKeyQuorumRequest(public_keys=[keys["Ana"].public]))
    )
    members = privy.CreateKeyQuorumRequest(
        public_keys=[keys["Bob"].public], key_quorum_ids=[inner.id], authorization_threshold=2
    )
    outer = app.send(privy.create_key_quorum(members))
    assert app.send(privy.delete_key_quorum(inner.id), signers=[keys["Ana"]]).success
    with pytest.raises(SignatureRejected):
        app.send(
            privy.delete_key_quorum(outer.id),
            signers=[keys["Bob"], keys["Bob"]],
            acknowledge={"privy.signer-twice"},
        )
    assert outer.id in emulator.privy.quorums

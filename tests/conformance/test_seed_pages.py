"""The example bodies of the three pages this product was asked for, as printed there."""

from __future__ import annotations

import json

import msgspec
import pytest

from toolkit import cobo, frames, privy
from toolkit.base.inert import meant
from toolkit.emulator import Emulator
from toolkit.errors import RequestRefused

GROUP = """{"key_share_holder_group_id": "b33130a9-6e18-44a9-9e48-8b3b41921f0e", "type": "MainGroup",
"tss_key_share_groups": [{"tss_key_share_group_id": "mMedDioOKhTlhGyQRzMv", "curve": "SECP256K1",
"root_pubkey": "xpub661MyMwAqRbcG4vPNi58VQJrXW8D9VzmauuRq2rTY3oUVnKGuLTxQxvvoEXgLvZ7N9GQXQkWVgKn1rzEUUEm4NdvrBKUqjpNJEnn2UL4rYq"}],
"key_share_holders": [{"name": "Key share holder name", "type": "API",
"tss_node_id": "coboAbCdEfGhIjKlMnOpQrStUvWxYz1234567890abcdefghi", "online": true, "signer": true, "status": "Valid",
"account_id": "auth0|cobo|839305394802991371"}], "participants": 3, "threshold": 2, "status": "Valid",
"created_timestamp": 1718619403933}"""
KEY_1 = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEx4aoeD72yykviK+f/ckqE2CItVIG\n1rCnvC3/XZ1HgpOcMEMialRmTrqIK4oZlYd1RfxU3za/C9yjhboIuoPD3g=="
KEY_2 = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAErzZtQr/bMIh3Y8f9ZqseB9i/AfjQ\nhu+agbNqXcJy/TfoNqvc/Y3Mh7gIZ8ZLXQEykycx4mYSpqrxp1lBKqsZDQ=="
QUORUM = json.dumps(
    {
        "id": "tb54eps4z44ed0jepousxi4n",
        "display_name": "Prod key quorum",
        "authorization_threshold": 1,
        "authorization_keys": [
            {"public_key": KEY_1, "display_name": None},
            {"public_key": KEY_2, "display_name": None},
        ],
    }
)
ID = "f47ac10b-58cc-4372-a567-0e02b2c3d479"
API_KEY = json.dumps(
    {
        "name": "my_api_key",
        "curve_type": "ED25519",
        "key": "427b06814cca3359bd0e710c1187833b7f052748a3fdf59888fad4ddc4bd379f",
        "callback_url": "https://example.com/api/callback",
        "valid_ips": ["127.0.0.1"],
        "created_timestamp": 1701396866000,
        "updated_timestamp": 1701396866000,
        "expired_timestamp": 1701396866000,
        "role_scopes": [
            {
                "role_name": "API_Spender",
                "scopes": {
                    "wallet_types": ["Custodial"],
                    "wallet_subtypes": ["Asset"],
                    "wallet_ids": [ID],
                    "vault_ids": [ID],
                    "project_ids": [ID],
                },
            }
        ],
    }
)


def test_group_example() -> None:
    """The example answer of *Create key share holder group* decodes and becomes rows."""
    group = msgspec.json.decode(GROUP, type=cobo.KeyShareHolderGroup)
    row = frames.groups(group).iloc[0]
    assert (row["type"], row["threshold"], row["participants"], row["status"]) == (
        "MainGroup",
        2,
        3,
        "Valid",
    )
    assert row["created"].isoformat() == "2024-06-17T10:16:43.933000+00:00"
    holder = frames.holders(group).iloc[0]
    assert (holder["name"], bool(holder["online"]), bool(holder["signer"])) == (
        "Key share holder name",
        True,
        True,
    )
    assert (
        frames.tss_key_share_groups(group)["root_pubkey"]
        .iloc[0]
        .startswith("xpub661MyMwAqRbcG4vPNi58V")
    )
    assert frames.groups(group).attrs["environment"] == "unknown"


def test_quorum_example() -> None:
    """The example answer of *Create key quorum* decodes; missing lists mean no such members."""
    quorum = msgspec.json.decode(QUORUM, type=privy.KeyQuorum)
    members = frames.quorum_members(quorum)
    assert list(map(meant, members["member"])) == [KEY_1, KEY_2]
    assert members["fingerprint"].notna().all()
    row = frames.key_quorums(quorum).iloc[0]
    assert (row["authorization_threshold"], row["required"], row["members"], row["users"]) == (
        1,
        1,
        2,
        0,
    )


def test_api_key_example() -> None:
    """The example answer of *Get API key information* decodes; each scope value is a row."""
    info = msgspec.json.decode(API_KEY, type=cobo.ApiKeyInfo)
    assert frames.api_key(info).iloc[0]["kind"] == "temporary"
    scopes = frames.role_scopes(info)
    assert list(scopes["value"]) == ["Custodial", "Asset", ID, ID, ID]
    assert set(scopes["stated"]) == {"listed"}


def seed_group_request() -> cobo.CreateKeyShareHolderGroupRequest:
    holder = cobo.CreateKeyShareHolder(
        name="Key share holder name",
        type="API",
        tss_node_id="coboAbCdEfGhIjKlMnOpQrStUvWxYz1234567890abcdefghi",
        signer=True,
    )
    return cobo.CreateKeyShareHolderGroupRequest(
        key_share_holder_group_type="MainGroup",
        participants=3,
        threshold=2,
        key_share_holders=[holder],
    )


def test_group_request() -> None:
    """Our model makes the page's request body; its single holder and its made-up node need acknowledgements, and we say why."""
    emulator = Emulator.seeded(choices={"cobo.holder_count": "accepted"})
    custody = emulator.cobo_client()
    call = cobo.create_key_share_holder_group(emulator.vault_id, seed_group_request())
    assert json.loads(custody.prepare(call).body) == {
        "key_share_holder_group_type": "MainGroup",
        "participants": 3,
        "threshold": 2,
        "key_share_holders": [
            {
                "name": "Key share holder name",
                "type": "API",
                "tss_node_id": "coboAbCdEfGhIjKlMnOpQrStUvWxYz1234567890abcdefghi",
                "signer": True,
            }
        ],
    }
    with pytest.raises(
        RequestRefused, match="Cobo adds a holder of its own, so 3 participants need 2 holders"
    ) as caught:
        custody.send(call)
    rules = {problem.rule for problem in caught.value.problems}
    assert rules == {"cobo.holder-count"}
    assert not any(problem.documented for problem in caught.value.problems)
    assert not emulator.ledger
    (_, shape) = custody.problems(call)
    assert "a capital I as character 13" in shape.sentence
    assert custody.send(call, acknowledge=rules).status == "New"


def test_quorum_request() -> None:
    """Our model makes the page's request body, line breaks in the keys and all, and the emulator takes it."""
    app = Emulator.seeded().privy_client()
    request = privy.CreateKeyQuorumRequest(
        display_name="Prod key quorum", public_keys=[KEY_1, KEY_2], authorization_threshold=1
    )
    call = privy.create_key_quorum(request)
    prepared = app.prepare(call)
    assert json.loads(prepared.body) == {
        "display_name": "Prod key quorum",
        "public_keys": [KEY_1, KEY_2],
        "authorization_threshold": 1,
    }
    assert prepared.body == "".join(piece.text for piece in prepared.pieces).encode()
    assert [key.public_key for key in app.send(prepared).authorization_keys] == [KEY_1, KEY_2]

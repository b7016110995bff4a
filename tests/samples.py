"""Requests, keys and intents that many tests send."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from cryptography.hazmat.primitives import serialization

from tests.inside import native_of
from toolkit import Emulator, cobo, privy
from toolkit.client.journal import Intent
from toolkit.keys import P256Key
from toolkit.keys.base58 import ALPHABET


def node_id(name: str) -> str:
    """A TSS node id of the usual shape, the same for the same name, which can be read in it."""
    legible = "".join(letter for letter in name if letter in ALPHABET)
    rest = "".join(ALPHABET[byte % 58] for byte in hashlib.sha512(name.encode()).digest())
    return "cobo" + f"N{legible}{rest}"[:45]  # 45 digits that do not begin with 1 are 33 bytes


def group(emulator: Emulator, **changed: Any) -> cobo.CreateKeyShareHolderGroupRequest:
    holders = [
        cobo.CreateKeyShareHolder(name=f"Holder {at}", type="API", tss_node_id=node, signer=at == 0)
        for at, node in enumerate(emulator.spare_nodes[:2])
    ]
    fields: dict[str, Any] = {
        "key_share_holder_group_type": "SigningGroup",
        "participants": 3,
        "threshold": 2,
        "key_share_holders": holders,
    }
    return cobo.CreateKeyShareHolderGroupRequest(**(fields | changed))


def intent(fingerprint: str = "f", **changed: Any) -> Intent:
    facts: dict[str, Any] = {
        "service": "cobo", "environment": "EMULATOR", "base_url": "https://emulator.invalid/v2", "identity": "k",
        "operation": "create_mpc_vault", "arguments": {}, "query": (), "body": "{}", "fingerprint": fingerprint,
        "begun_ms": 1, "until_ms": 2,
    }  # fmt: skip
    return Intent(**(facts | changed))


VAULT = cobo.CreateMpcVaultRequest(name="New", vault_type="Org-Controlled")


QUORUM = privy.CreateKeyQuorumRequest(user_ids=["did:privy:x"], display_name="Ops")


KEYS = [P256Key.from_hex(f"{number:064x}") for number in (5, 6, 7)]


def pkcs8(key: P256Key) -> str:
    """The form the Python SDK takes: base64 PKCS#8 without the Dashboard's prefix."""
    der = native_of(key).private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return base64.b64encode(der).decode()


def keys_from_the_main_group(emulator: Emulator) -> cobo.TSSRequest:
    """A TSS request that was just made: keys for a new signing group, whose holders are there."""
    vault, custody = emulator.vault_id, emulator.cobo_client()
    groups = custody.send(cobo.list_key_share_holder_groups(vault))
    main = next(each for each in groups if each.type == "MainGroup")
    made = custody.send(cobo.create_key_share_holder_group(vault, group(emulator)))
    source = cobo.SourceKeyShareHolderGroup(
        key_share_holder_group_id=main.key_share_holder_group_id or "",
        tss_node_ids=[holder.tss_node_id or "" for holder in (main.key_share_holders or [])[:2]],
    )
    asked = cobo.CreateTssRequestRequest(
        type="KeyGenFromKeyGroup",
        target_key_share_holder_group_id=made.key_share_holder_group_id or "",
        source_key_share_holder_group=source,
    )
    return custody.send(cobo.create_tss_request(vault, asked))

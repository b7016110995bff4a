"""Well-formed extended public keys (BIP 32, depth 0) of fresh keys that nobody holds."""

from __future__ import annotations

import hashlib
from random import Random

from toolkit.keys import Ed25519Key, Secp256k1Key
from toolkit.keys.base58 import encoded

VERSION = bytes.fromhex("0488b21e")  # "xpub"


def xpub(random: Random, curve: str) -> str:
    """An extended public key for ``SECP256K1``.

    For ``ED25519`` the point is in the same envelope, as Cobo shows it.
    """
    scalar = random.getrandbits(255).to_bytes(32, "big").hex()
    if curve == "ED25519":
        public = Ed25519Key.from_hex(scalar).public.to_hex()
        point = b"\x00" + bytes.fromhex(public)  # an Ed25519 point is a byte shorter
    else:
        public = Secp256k1Key.from_hex(scalar).public.to_hex()
        point = bytes.fromhex(public)
    depth_and_parent = bytes(9)
    chain_code = random.randbytes(32)
    return base58check(VERSION + depth_and_parent + chain_code + point)


def base58check(payload: bytes) -> str:
    """Base58 with four bytes of double SHA-256 behind."""
    once = hashlib.sha256(payload).digest()
    return encoded(payload + hashlib.sha256(once).digest()[:4])

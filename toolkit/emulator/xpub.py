"""Well-formed extended public keys (BIP 32, depth 0) of fresh keys that nobody holds."""

from __future__ import annotations

import hashlib
from random import Random

from toolkit.keys import Ed25519Key, Secp256k1Key

BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
VERSION = bytes.fromhex("0488b21e")  # "xpub"


def xpub(random: Random, curve: str) -> str:
    """An extended public key for ``SECP256K1``, or in the same envelope for ``ED25519``, as Cobo shows it."""
    scalar = random.getrandbits(255).to_bytes(32, "big").hex()
    if curve == "ED25519":
        point = b"\x00" + bytes.fromhex(Ed25519Key.from_hex(scalar).public.to_hex())
    else:
        point = bytes.fromhex(Secp256k1Key.from_hex(scalar).public.to_hex())
    return base58check(VERSION + bytes(9) + random.randbytes(32) + point)


def base58check(payload: bytes) -> str:
    """Base58 with four bytes of double SHA-256 behind. The payload must not begin with a zero byte."""
    check = hashlib.sha256(hashlib.sha256(payload).digest()).digest()[:4]
    number, text = int.from_bytes(payload + check, "big"), ""
    while number:
        number, digit = divmod(number, 58)
        text = BASE58[digit] + text
    return text

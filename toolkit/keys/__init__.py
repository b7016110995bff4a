"""Keys that sign: Ed25519, secp256k1 and P-256, private and public.

A key has one identity, whatever its spelling: the text is parsed, the curve and the point are
checked, the key is encoded again as canonical SPKI, and ``fingerprint`` is SHA-256 of those bytes.
Private keys are shown by their public half only.

Signatures are raw bytes: 64 bytes for Ed25519 (RFC 8032), DER for the two ECDSA curves.
"""

from __future__ import annotations

from toolkit.keys.private import Ed25519Key, P256Key, Secp256k1Key
from toolkit.keys.public import Ed25519PublicKey, P256PublicKey, Secp256k1PublicKey

__all__ = [
    "Ed25519Key",
    "Ed25519PublicKey",
    "P256Key",
    "P256PublicKey",
    "Secp256k1Key",
    "Secp256k1PublicKey",
]


def __dir__() -> list[str]:
    return __all__

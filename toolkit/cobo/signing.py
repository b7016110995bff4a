"""How a Cobo request is signed and how a Cobo answer proves itself.

Source: Cobo's authentication guide and its Python SDK, ``crypto/signing_helper.py`` and
``crypto/local_*_signer.py``.
"""

from __future__ import annotations

import functools
import hashlib

from toolkit.errors import KeyRefused
from toolkit.keys import (
    Ed25519Key,
    Ed25519PublicKey,
    Secp256k1Key,
    Secp256k1PublicKey,
)

API_KEY = "Biz-Api-Key"
API_NONCE = "Biz-Api-Nonce"
API_SIGNATURE = "Biz-Api-Signature"
# The Python SDK and the docs read the hyphens, the Java SDK and the webhook samples the
# underscores.
TIMESTAMP = "BIZ-TIMESTAMP"
RESPONSE_SIGNATURE = "BIZ-RESP-SIGNATURE"

# Code of a refused authentication, and those of the older documentation (missing headers, bad
# signature).
AUTHENTICATION_CODES = (2022, 2023, 2024)

ApiKey = Ed25519Key | Secp256k1Key
ApiPublicKey = Ed25519PublicKey | Secp256k1PublicKey


def message(method: str, path: str, nonce: str, query: str, body: str) -> str:
    """The readable text that is signed: ``METHOD|path|nonce|query|body``.

    Path with ``/v2``, path and query as they travel (percent-encoded, no ``?``), the body byte for
    byte.
    """
    return f"{method.upper()}|{path}|{nonce}|{query}|{body}"


def digest(content: bytes) -> bytes:
    """SHA-256 twice, 32 bytes."""
    return hashlib.sha256(hashlib.sha256(content).digest()).digest()


def sign(key: ApiKey, text: str) -> str:
    """The request signature in hex.

    Ed25519 signs the digest as its message (64 bytes). secp256k1 signs it as a digest, not hashed
    again (DER, low-S).
    """
    hashed = digest(text.encode())
    if isinstance(key, Ed25519Key):
        return key.sign(hashed).hex()
    return key.sign_digest(hashed).hex()


def fits(public: ApiPublicKey, signature: bytes, content: bytes) -> bool:
    """Whether a request signature was made over ``content`` (the message, not its digest)."""
    hashed = digest(content)
    if isinstance(public, Ed25519PublicKey):
        return public.verify(signature, hashed)
    return public.verify_digest(signature, hashed)


@functools.lru_cache(maxsize=64)
def api_public_key(text: str) -> ApiPublicKey:
    """The key of a ``Biz-Api-Key`` header.

    That is 64 hex digits for Ed25519, 66 for secp256k1 (compressed).

    Raises:
        KeyRefused: neither.
    """
    if len(text) == 64:
        return Ed25519PublicKey.from_hex(text)
    if len(text) == 66:
        return Secp256k1PublicKey.from_hex(text)
    raise KeyRefused(
        "An API key is 64 hex digits (Ed25519) or 66 (secp256k1, compressed).",
        hint="Copy it again, whole.",
    )


def from_hex(text: str) -> bytes:
    """The bytes of hex digits of either case and nothing else (``bytes.fromhex`` skips blanks).

    Raises:
        ValueError: something else.
    """
    if not text.isalnum():
        raise ValueError("not hex")
    return bytes.fromhex(text)


def response_content(body: bytes, timestamp: str) -> bytes:
    """What the service signs: ``body|timestamp``, over the body as it travelled."""
    return body + b"|" + timestamp.encode()


def response_fits(
    public: Ed25519PublicKey,
    body: bytes,
    timestamp: str,
    signature_hex: str,
) -> bool:
    """Whether an answer was signed by the environment's key.

    That is always Ed25519, whatever the request key is.
    """
    try:
        signature = from_hex(signature_hex)
    except ValueError:
        return False
    if len(signature) != 64:
        return False
    hashed = digest(response_content(body, timestamp))
    return public.verify(signature, hashed)

"""Bytes that nothing names: a key by their number, their own checksum or their own public half."""

from __future__ import annotations

import base64
import itertools
import re
from collections.abc import Iterator
from dataclasses import replace

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from toolkit.keys import base58, wrappings
from toolkit.keys.der import Recognised, of_native

_NUMBER = Recognised(
    "64 hex digits: 32 bytes, which are a private key as often as a public one", "possibly"
)


def of_size(content: bytes, spelling: str) -> Iterator[Recognised]:
    """What bytes are by their number. ``spelling``: how they were written, e.g. ``hex``."""
    size = len(content)
    if size == 32:
        number = replace(_NUMBER, number=content)
        if spelling != "hex":
            number = replace(
                number,
                what=f"32 bytes in {spelling}, which are a private key as often as a public one",
            )
        yield number
    elif size == 33 and content[0] == 0:
        yield Recognised(
            f"33 bytes in {spelling}, the first of them zero: a private key as Java writes numbers",
            "possibly",
        )
    elif size in (33, 65) and content[0] in (2, 3, 4):
        point = "compressed" if size == 33 else "whole"
        yield Recognised(f"a {point} point of a curve in {spelling}: a public key", number=content)
    elif size == 64:
        yield _of_64(content, spelling)
    elif size == 97 and content[0] == 4:
        yield from _of_apple(content)


def _of_64(content: bytes, spelling: str) -> Recognised:
    """A seed with its public half; or a point, or a signature."""
    seed = ed25519.Ed25519PrivateKey.from_private_bytes(content[:32])
    if seed.public_key().public_bytes_raw() == content[32:]:
        return of_native(seed, "its 64 bytes, with the public half")
    what = f"64 bytes in {spelling}: a signature, a point without its 04, or a private key"
    return Recognised(what, "possibly", number=content)


def _of_apple(content: bytes) -> Iterator[Recognised]:
    """A point and its private number, as Apple's SecKey and CryptoKit write P-256 keys (X9.63)."""
    try:
        private = ec.derive_private_key(int.from_bytes(content[65:], "big"), ec.SECP256R1())
    except ValueError:
        return
    layout = (serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    if private.public_key().public_bytes(*layout) == content[:65]:
        yield of_native(private, "X9.63, as Apple writes it")


# Versions of base58check before a private key. Source: chainparams of Bitcoin, Litecoin, Dogecoin.
_WIF = (0x80, 0xEF, 0xB0, 0x9E, 0xCC)


def of_base58(word: str) -> Iterator[Recognised]:
    """What wallets write in base58: private keys with a checksum, and 64 bytes as Solana does."""
    if re.match(r"[xyztuvYZUV]prv[1-9A-HJ-NP-Za-km-z]{40}", word):
        yield Recognised("an extended private key (BIP-32)", "yes")
        return
    if re.match(r"[xyztuvYZUV]pub[1-9A-HJ-NP-Za-km-z]{40}", word):
        yield Recognised("an extended public key (BIP-32)")
        return
    content = base58.checked(word)
    if content and content[0] in _WIF and len(content) in (33, 34):
        yield Recognised("a Bitcoin private key (WIF)", "yes")
    elif content and word.startswith("6P") and len(content) == 39:
        yield Recognised("an encrypted Bitcoin private key (BIP-38)", "yes")
    elif content and word.startswith(("edsk", "edesk", "spsk", "p2sk")):
        yield Recognised("a Tezos private key", "yes")
    elif re.fullmatch(r"S[A-Z2-7]{55}", word) and _is_stellar(word):
        yield Recognised("a Stellar private key", "yes")
    whole = base58.decoded(word)
    if len(whole) == 64:
        known = _of_64(whole, "base58")
        if known.private == "yes":
            yield replace(known, what="a Solana private key (base58, 64 bytes)")
        else:
            yield Recognised("64 bytes in base58, such as a Solana signature")


def _is_stellar(word: str) -> bool:
    """Whether the last two bytes are the CRC-16 (XMODEM) of the others."""
    content = wrappings.of_base32(word)
    check = 0
    for byte in content[:-2]:
        check ^= byte << 8
        for _ in range(8):
            check = (check << 1) ^ 0x1021 if check & 0x8000 else check << 1
            check &= 0xFFFF
    return content[-2:] == check.to_bytes(2, "little")


def is_base64(word: str, padded: bool) -> bool:
    """Whether a word is base64 by its look, and no name or address that has its size by chance."""
    if word.endswith("="):
        return True
    if padded or word.startswith(("cobo", "did")):
        return False
    content = wrappings.of_base64(word)
    plain = word.replace("-", "+").replace("_", "/")
    if base64.b64encode(content).decode().rstrip("=") != plain:
        return False  # an encoder leaves the last bits zero; an address of that size has any
    kinds = re.sub(r"[a-z]", "a", re.sub(r"[A-Z]", "A", re.sub(r"\d", "0", word)))
    changes = sum(a != b for a, b in itertools.pairwise(kinds))
    return changes * 3 > len(word)

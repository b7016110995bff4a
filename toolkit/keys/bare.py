"""Bytes that nothing names: a key by their number, their own checksum or their own public half."""

from __future__ import annotations

import base64
import hashlib
import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from toolkit.keys import base58, wrappings
from toolkit.keys.containers import of_container
from toolkit.keys.der import Private, Recognised, of_der, of_native


def of_size(content: bytes, spelling: str) -> Iterator[Recognised]:
    """What bytes are by their number. ``spelling``: how they were written, e.g. ``hex``."""
    match len(content), content[:1]:
        case 32, _:
            yield _of_32(content, spelling)
        case 33, b"\0":
            what = f"33 bytes in {spelling}, the first of them zero, as Java writes private keys"
            yield Recognised(what, "possibly")
        case 33, b"\x02" | b"\x03":
            what = f"a compressed point of a curve in {spelling}: a public key"
            yield Recognised(what, number=content)
        case 65, b"\x04":
            what = f"a whole point of a curve in {spelling}: a public key"
            yield Recognised(what, number=content)
        case 64, _:
            yield _of_64(content, spelling)
        case 97, b"\x04":
            yield from _of_apple(content)


def _of_32(content: bytes, spelling: str) -> Recognised:
    if spelling == "hex":
        spelling = "hex (64 digits)"
    what = f"32 bytes in {spelling}, which are a private key as often as a public one"
    return Recognised(what, "possibly", number=content)


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
_WIF = (b"\x80", b"\xef", b"\xb0", b"\x9e", b"\xcc")


def of_base58(word: str) -> Iterator[Recognised]:
    """What wallets write in base58: private keys with a checksum, and 64 bytes as Solana does."""
    for prefix, what, private in _EXTENDED:
        if re.search(rf"[xyztuvYZUV]{prefix}[1-9A-HJ-NP-Za-km-z]{{40}}", word):
            yield Recognised(what, private)
            return
    wallet = _of_wallet(word, base58.checked(word))
    if wallet:
        yield Recognised(wallet, "yes")
    elif _LIKE_A_WALLET.fullmatch(word):
        yield Recognised("what a wallet’s private key looks like, with a letter wrong", "possibly")
    content = base58.decoded(word)
    inside = of_der(content) or of_container(base58.decoded(word[1:]) if word[:1] == "z" else b"")
    if inside is not None:
        yield inside
    elif len(content) == 64:
        known = _of_64(content, "base58")
        if known.private == "yes":
            yield replace(known, what="a Solana private key (base58, 64 bytes)")
        else:
            yield Recognised("64 bytes in base58, such as a Solana signature")


# WIF and Stellar by their letters, where the checksum does not hold
_LIKE_A_WALLET = re.compile(
    r"5[HJK][1-9A-HJ-NP-Za-km-z]{48,49}|[KL][1-9A-HJ-NP-Za-km-z]{50,51}|S[A-Z2-7]{55}"
)
_EXTENDED: tuple[tuple[str, str, Private], ...] = (
    ("prv", "an extended private key (BIP-32)", "yes"),
    ("pub", "an extended public key (BIP-32)", "no"),
)


def _of_wallet(word: str, content: bytes) -> str:
    """A wallet's private key by its version; ``content`` is empty where no checksum holds."""
    if content[:1] in _WIF and len(content) in (33, 34):
        return "a Bitcoin private key (WIF)"
    if len(content) == 39 and word.startswith("6P"):
        return "an encrypted Bitcoin private key (BIP-38)"
    if content and word.startswith(("edsk", "edesk", "spsk", "p2sk")):
        return "a Tezos private key"
    return next(
        (what for letters, holds, what in _BY_LETTERS if letters.fullmatch(word) and holds(word)),
        "",
    )


def _is_mini(word: str) -> bool:
    """Whether it is a key as coins of metal have it. Source: Bitcoin wiki, Mini private key."""
    has_digits = re.search(r"\d", word) is not None
    return has_digits and hashlib.sha256(word.encode() + b"?").digest()[0] == 0


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


# How a wallet's key looks, what must hold of it, and what it is
_BY_LETTERS: tuple[tuple[re.Pattern[str], Callable[[str], object], str], ...] = (
    (
        re.compile(r"(?i)S[A-Z2-7]{55}"),
        lambda word: _is_stellar(word.upper()),
        "a Stellar private key",
    ),
    (
        re.compile(r"s[1-9A-HJ-NP-Za-km-z]{28}"),
        base58.checked_of_ripple,
        "a private key of the XRP Ledger",
    ),
    (re.compile(r"S[1-9A-HJ-NP-Za-km-z]{21,29}"), _is_mini, "a Bitcoin private key (mini)"),
)


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

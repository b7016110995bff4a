"""Base58 and its checksum, as Bitcoin and Solana write keys."""

from __future__ import annotations

import hashlib

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_OF_RIPPLE = "rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz"
_AS_BITCOIN = str.maketrans(_OF_RIPPLE, ALPHABET)
_VALUES = {letter: value for value, letter in enumerate(ALPHABET)}
LONGEST = (
    160  # characters; nothing that is written so is longer, and the work grows with its square
)


def decoded(text: str) -> bytes:
    """The bytes that base58 spells; none for another text, or a longer one than any key."""
    if not text or len(text) > LONGEST or not _VALUES.keys() >= set(text):
        return b""
    number = 0
    for letter in text:
        number = number * 58 + _VALUES[letter]
    zeros = len(text) - len(text.lstrip("1"))
    return bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8, "big")


def encoded(content: bytes) -> str:
    """How base58 spells these bytes."""
    number = int.from_bytes(content, "big")
    letters = []
    while number:
        number, value = divmod(number, 58)
        letters.append(ALPHABET[value])
    zeros = len(content) - len(content.lstrip(b"\0"))
    return "1" * zeros + "".join(reversed(letters))


def checked(text: str) -> bytes:
    """The same without the four bytes of a checksum that holds; none where it does not."""
    whole = decoded(text)
    content, checksum = whole[:-4], whole[-4:]
    if len(whole) < 5 or hashlib.sha256(hashlib.sha256(content).digest()).digest()[:4] != checksum:
        return b""
    return content


def checked_of_ripple(text: str) -> bytes:
    """The same in the order of letters that the XRP Ledger has."""
    return checked(text.translate(_AS_BITCOIN))

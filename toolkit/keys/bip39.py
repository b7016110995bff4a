"""Recovery phrases of BIP-39: the English list of words, and its checksum.

Source: BIP-39, *Generating the mnemonic*. Words carry 11 bits each; the last bits are the first of
the SHA-256 of the rest, one for each 32 bits. The list is that of ``mnemonic`` (MIT licence, in
``words.LICENSE``).
"""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

COUNTS = (24, 21, 18, 15, 12)  # words of a phrase
BITS = 11  # of a word
_LIST = Path(__file__).with_name("words.txt")
_TOKEN = re.compile(r"[a-z]+")


@functools.cache
def word_list() -> tuple[str, ...]:
    """The 2,048 English words; the first four letters tell them apart."""
    return tuple(_LIST.read_text(encoding="ascii").split())


@functools.cache
def _numbers() -> Mapping[str, int]:
    return {word: number for number, word in enumerate(word_list())}


def phrase_in(text: str) -> tuple[str, ...]:
    """A recovery phrase that stands in a text, wherever: its words; empty where there is none.

    Capitals, line ends, numbers and signs between the words do not matter. A sentence of so many
    words of the list in a row that its checksum holds by chance is seldom, and is taken for one.
    """
    tokens = _TOKEN.findall(text.casefold())
    if len(tokens) < COUNTS[-1]:
        return ()
    for run in _runs(tokens):
        for count in COUNTS:
            for start in range(len(run) - count + 1):
                words = run[start : start + count]
                if checksum_holds(words):
                    return tuple(words)
    return ()


def _runs(tokens: Sequence[str]) -> Iterator[list[str]]:
    """Words of the list in a row, as many as a phrase has at least."""
    known = _numbers()
    run: list[str] = []
    for token in (*tokens, ""):
        if token in known:
            run.append(token)
            continue
        if len(run) >= COUNTS[-1]:
            yield run
        run = []


def checksum_holds(words: Sequence[str]) -> bool:
    """Whether these words are a phrase: each is of the list, and the last bits fit the others."""
    known = _numbers()
    if len(words) not in COUNTS or not all(word in known for word in words):
        return False
    value = 0
    for word in words:
        value = value << BITS | known[word]
    check_bits = len(words) * BITS // 33
    entropy = (value >> check_bits).to_bytes((len(words) * BITS - check_bits) // 8, "big")
    digest = int.from_bytes(hashlib.sha256(entropy).digest(), "big")
    return value & ((1 << check_bits) - 1) == digest >> (256 - check_bits)

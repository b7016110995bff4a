"""Recovery phrases of BIP-39: its lists of words, in all languages, and its checksum.

Source: BIP-39, *Generating the mnemonic*. Words carry 11 bits each; the last bits are the first of
the SHA-256 of the rest, one for each 32 bits. The lists are those of ``mnemonic`` (MIT licence, in
``words/LICENSE``).
"""

from __future__ import annotations

import functools
import hashlib
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

COUNTS = (24, 21, 18, 15, 12)  # words of a phrase
BITS = 11  # of a word
ENGLISH = "english"
ONE_MISSING = COUNTS[-1] - 1  # so many words of the list in a row are a phrase, or nearly one
TELLING = 4  # letters of an English word that tell it from all others
_LISTS = Path(__file__).with_name("words")
_TOKEN = re.compile(r"[^\W\d_]+")
_TAG = re.compile(r"<[^<>]{0,40}>")
# The places of a phrase's words in their list: four digits each as a SeedQR has them, or apart
_SEED_QR = re.compile(r"(?<!\d)(?:\d{12}){4,8}(?!\d)")
_PLACES = re.compile(r"(?:\d{1,4}[^\dA-Za-z]{1,3}){11,23}\d{1,4}")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")


@functools.cache
def word_list(language: str = ENGLISH) -> tuple[str, ...]:
    """The 2,048 words of a language, as NFKC spells them; of the English ones the first four
    letters tell them apart.
    """
    content = _LISTS.joinpath(f"{language}.txt").read_text(encoding="utf-8")
    return tuple(unicodedata.normalize("NFKC", content).split())


@functools.cache
def languages() -> tuple[str, ...]:
    """The languages that BIP-39 has a list of, English first."""
    others = {path.stem for path in _LISTS.glob("*.txt")} - {ENGLISH}
    return (ENGLISH, *sorted(others))


@functools.cache
def _numbers(language: str) -> Mapping[str, int]:
    words = word_list(language)
    numbers = {without_accents(word): number for number, word in enumerate(words)}
    numbers |= {word: number for number, word in enumerate(words)}
    if language == ENGLISH:  # as plates of metal have them
        numbers |= {word[:TELLING]: number for number, word in enumerate(words)}
    return numbers


def without_accents(word: str) -> str:
    """A word as who has no such keyboard types it."""
    letters = unicodedata.normalize("NFD", word)
    return "".join(letter for letter in letters if not "\u0300" <= letter <= "\u036f")


def tokens_of(text: str) -> list[str]:
    """The words of a text in small letters, without numbers, signs and tags; ``aWord`` is two."""
    return _TOKEN.findall(_HUMP.sub(" ", _TAG.sub(" ", text)).casefold())


def phrase_in(text: str) -> tuple[str, ...]:
    """A recovery phrase that stands in a text, wherever: its words; empty where there is none.

    Capitals, line ends, numbers and signs between the words do not matter, nor whether an English
    word is cut to its first four letters. A sentence of so many words of a list in a row that its
    checksum holds by chance is seldom, and is taken for one.
    """
    tokens = tokens_of(text)
    if len(tokens) < COUNTS[-1]:
        return ()
    for language in languages():
        for run in _runs(tokens, language, COUNTS[-1]):
            for count in COUNTS:
                for start in range(len(run) - count + 1):
                    words = run[start : start + count]
                    if checksum_holds(words, language):
                        return tuple(words)
    return ()


def is_nearly_a_phrase(text: str) -> bool:
    """Whether so many English words of the list stand in a row that one more, or another order,
    would make them a phrase.
    """
    tokens = tokens_of(text)
    return any(_runs(tokens, ENGLISH, ONE_MISSING))


def _runs(tokens: Sequence[str], language: str, least: int) -> Iterator[list[str]]:
    """Words of the list in a row, as many as ``least`` or more."""
    known = _numbers(language)
    run: list[str] = []
    for token in (*tokens, ""):
        if token in known:
            run.append(token)
            continue
        if len(run) >= least:
            yield run
        run = []


def checksum_holds(words: Sequence[str], language: str = ENGLISH) -> bool:
    """Whether these words are a phrase: each is of the list, and the last bits fit the others."""
    known = _numbers(language)
    return all(word in known for word in words) and numbers_hold([known[word] for word in words])


def numbers_hold(numbers: Sequence[int]) -> bool:
    """The same of the words' places in their list, from 0."""
    if len(numbers) not in COUNTS or not all(0 <= number < 2**BITS for number in numbers):
        return False
    value = 0
    for number in numbers:
        value = value << BITS | number
    check_bits = len(numbers) * BITS // 33
    entropy = (value >> check_bits).to_bytes((len(numbers) * BITS - check_bits) // 8, "big")
    digest = int.from_bytes(hashlib.sha256(entropy).digest(), "big")
    return value & ((1 << check_bits) - 1) == digest >> (256 - check_bits)


def has_seed_qr(text: str) -> bool:
    """Whether a phrase stands in a text as the places of its words, four digits each."""
    codes = (re.findall(r"\d{4}", match[0]) for match in _SEED_QR.finditer(text))
    return any(numbers_hold(list(map(int, code))) for code in codes)


def has_places(text: str) -> bool:
    """Whether numbers stand in a text that are those of a phrase's words, counted from 0 or 1."""
    lists = (re.findall(r"\d+", match[0]) for match in _PLACES.finditer(text))
    return any(
        numbers_hold([int(number) - first for number in numbers])
        for numbers in lists
        for first in (0, 1)
    )

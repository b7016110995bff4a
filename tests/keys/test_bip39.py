"""A recovery phrase is told by its words and its checksum, wherever it stands."""

from __future__ import annotations

import hashlib
import secrets

import pytest

from toolkit.keys.bip39 import BITS, COUNTS, checksum_holds, phrase_in, word_list
from toolkit.keys.detect import recognise

#: From BIP-39's own test vectors.
VECTORS = [
    "abandon " * 11 + "about",
    "legal winner thank year wave sausage worth useful legal winner thank yellow",
    "letter advice cage absurd amount doctor acoustic avoid letter advice cage above",
    "zoo " * 11 + "wrong",
    "abandon " * 17 + "agent",
    "legal winner thank year wave sausage worth useful legal winner thank year wave sausage worth useful legal will",
    "abandon " * 23 + "art",
    "zoo " * 23 + "vote",
]


def made(count: int) -> list[str]:
    """A phrase of so many words, as the standard makes one."""
    check = count * BITS // 33
    entropy = secrets.token_bytes((count * BITS - check) // 8)
    value = int.from_bytes(entropy, "big") << check
    value |= int.from_bytes(hashlib.sha256(entropy).digest(), "big") >> (256 - check)
    return [word_list()[value >> BITS * at & 2**BITS - 1] for at in reversed(range(count))]


@pytest.mark.parametrize("phrase", VECTORS)
def test_vectors(phrase: str) -> None:
    """The standard's own phrases hold."""
    assert checksum_holds(phrase.split())
    assert phrase_in(phrase) == tuple(phrase.split())


@pytest.mark.parametrize("count", COUNTS)
def test_each_length(count: int) -> None:
    """Whatever is made by the standard is told, and one with two words exchanged by its checksum nearly always not."""
    wrong = 0
    for _ in range(50):
        words = made(count)
        assert checksum_holds(words)
        assert phrase_in(" ".join(words)) == tuple(words)
        exchanged = [words[1], words[0], *words[2:]]
        wrong += exchanged != words and checksum_holds(exchanged)
    assert wrong < 15


WRAPPED = [
    ("in a sentence", "please keep this for me: {} and tell nobody, thanks"),
    ("numbered", "1. {}"),
    ("in capitals", "{}"),
    ("on lines", "words:\n{}\n"),
    ("in JSON", '{{"note": "{}"}}'),
    ("quoted", "“{}”"),
]


@pytest.mark.parametrize(("name", "wrapping"), WRAPPED)
def test_wherever_it_stands(name: str, wrapping: str) -> None:
    """In a sentence, numbered, in capitals, line by line: it is surely private."""
    phrase = " ".join(made(12))
    if name == "numbered":
        phrase = " ".join(f"{at}) {word}" for at, word in enumerate(phrase.split()))
    text = wrapping.format(phrase.upper() if name == "in capitals" else phrase)
    assert recognise(text).private == "yes"


PLAIN = [
    "Payroll approvals of the treasury in the second quarter",
    "the vault that we use every day for all the small orders which come from the shop",
    "Alice Moreau, Bob Tanaka and Carol Okafor",
]


@pytest.mark.parametrize("text", PLAIN)
def test_names_and_sentences_are_none(text: str) -> None:
    """What people write is no phrase."""
    assert phrase_in(text) == ()
    assert recognise(text).private == "no"


def test_the_list() -> None:
    """2,048 words in order, each known by its first four letters, as the standard publishes them."""
    words = word_list()
    assert len(words) == len({word[:4] for word in words}) == 2048
    assert list(words) == sorted(words)
    digest = hashlib.sha256("\n".join([*words, ""]).encode()).hexdigest()
    assert digest == "2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda"

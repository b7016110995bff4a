"""What a text looks like that is no encoding of bytes: a recovery phrase, an id, an address."""

from __future__ import annotations

import re
from collections.abc import Iterator

from toolkit.keys import base58
from toolkit.keys.der import Recognised

FINGERPRINT = re.compile(r"SHA256:[A-Za-z0-9+/]{43}=?")

_OTHERS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"0[xX][0-9a-fA-F]{40}"), "an Ethereum address"),
    (re.compile(r"(?:bc1|tb1)[02-9ac-hj-np-z]{11,71}"), "a Bitcoin address"),
    (re.compile(r"[13][1-9A-HJ-NP-Za-km-z]{25,34}"), "a Bitcoin address"),
    (re.compile(r"did:[a-z0-9]+:[\w.:-]{1,60}"), "a user id (did:…)"),
    (re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"), "an id (UUID)"),
    (re.compile(r"c[a-z0-9]{24}|[a-z][a-z0-9]{23}"), "an id of 24 or 25 letters and digits"),
    (re.compile(r"cobo[1-9A-HJ-NP-Za-km-z0OIl]{30,60}"), "a TSS node id"),
    (re.compile(r"[a-z][a-z0-9+.-]{1,20}://\S*"), "an address (URL)"),
    (re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+"), "an e-mail address"),
    (re.compile(r"\$\{?[A-Za-z_]\w*\}?|%[A-Za-z_]\w*%"), "the name of a variable, not its value"),
)  # fmt: skip


def other(text: str) -> Iterator[Recognised]:
    """What ids and addresses are, so that a refusal can name them."""
    for pattern, what in _OTHERS:
        if pattern.fullmatch(text):
            yield Recognised(what)
            return
    if len(base58.decoded(text)) == 32 and re.fullmatch(r"\w{43,44}", text):
        yield Recognised("32 bytes in base58, such as a Solana address")


# BIP-39; and 20, 25 and 33 of SLIP-39, Monero and Algorand
_COUNTS = (12, 15, 18, 21, 24, 20, 25, 33)
_OF_MONERO = 25  # whose words are longer
# Common English words that are not in BIP-39's list: a sentence has one of them.
_OF_SENTENCES = frozenset(
    """
    the and for from with not are was our has but who which its new keys his her their been were
    than into only your these those some such between each other shares share holder holders vault
    quorum threshold every does did had she him
    """.split()  # noqa: SIM905  # a list of words reads better as words
)
_LABELS = ("seed", "phrase", "mnemonic", "recovery")
_WORD = re.compile(r"[A-Za-z][a-z]{2,7}|[A-Z]{3,8}")
_LONG_WORD = re.compile(r"[A-Za-z][a-z]{2,11}")


def phrase(text: str) -> Iterator[Recognised]:
    """A recovery phrase: surely one of BIP-39 by its words and checksum, wherever in the text.

    By its shape alone (so many words of 3 to 8 letters) it is *possibly* one: of another list, or
    with a word mistyped.
    """
    from toolkit.keys import bip39  # only once a text is looked at that is no bare key

    words = bip39.phrase_in(text)
    if words:
        yield Recognised(f"a recovery phrase of {len(words)} words (BIP-39)", "yes")
        return
    if bip39.has_seed_qr(text):
        yield Recognised("a recovery phrase in digits (SeedQR)", "yes")
    if bip39.has_places(text):
        what = "numbers that a recovery phrase (BIP-39) has for its words"
        yield Recognised(what, "possibly")
    if bip39.is_nearly_a_phrase(text):
        yield Recognised("words of BIP-39 in a row, as a recovery phrase has them", "possibly")
    plain = re.sub(r"[\d.,;:()\[\]\"'#|/_+-]+", " ", text).split()
    label = [word for word in plain[:3] if word.lower() in _LABELS]
    spoken = plain[len(label) :]
    if len(spoken) in _COUNTS and _are_of_a_phrase(spoken):
        what = f"{len(spoken)} short words, as a recovery phrase (BIP-39) has"
        yield Recognised(what, "yes" if label else "possibly")


def _are_of_a_phrase(words: list[str]) -> bool:
    """Whether words could all be of BIP-39: short, alike, and none that only sentences have."""
    capitals = sum(word[0].isupper() for word in words)
    shape = _LONG_WORD if len(words) == _OF_MONERO else _WORD
    return (
        capitals in (0, len(words))
        and all(shape.fullmatch(word) for word in words)
        and not _OF_SENTENCES & {word.lower() for word in words}
    )

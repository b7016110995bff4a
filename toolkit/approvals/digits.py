"""Digits for the ear that nobody can prepare: over an approval, and words drawn once it was there.

Twelve digits of a fingerprint are no proof: two requests with the same ones are found in minutes.
So whoever *received* a file draws three words after loading it. Both programs then work out twelve
decimal digits over words and approval; the digits are said on the call, typed by whoever hears
them, and compared by the program. Whoever prepared a second file did not know the words.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field

from toolkit.errors import InputError
from toolkit.keys.bip39 import word_list

WORDS = 3
PLACES = 12  # decimal digits
_DOMAIN = "quorum toolkit, digits of an approval, 1"
_TELLING = 4  # letters of a word of the list, which tell it apart


def fresh_words() -> tuple[str, ...]:
    """Three words from the system's random source. Nobody chooses them."""
    return tuple(secrets.choice(word_list()) for _ in range(WORDS))


def read_words(text: str) -> tuple[str, ...]:
    """Words as somebody typed what was said; four letters of each are enough.

    Raises:
        InputError: another number of words, or one that is not in the list.
    """
    typed = re.findall(r"[a-z]+", text.casefold())
    if len(typed) != WORDS:
        raise InputError(
            f"words: {len(typed)} were typed, and there are {WORDS}.",
            hint="Type them with blanks between.",
        )
    by_start = {word[:_TELLING]: word for word in word_list()}
    words = []
    for at, each in enumerate(typed, 1):
        word = by_start.get(each[:_TELLING], "")
        if not word.startswith(each):
            raise InputError(f"words: word {at} is not in the list.", hint="Ask for it again.")
        words.append(word)
    return tuple(words)


def digits_of(approval_id: str, words: Sequence[str]) -> str:
    """Twelve decimal digits in groups of four, over three words and an approval's id."""
    text = "\n".join([_DOMAIN, " ".join(words), approval_id])
    number = int.from_bytes(hashlib.sha256(text.encode()).digest(), "big")
    written = f"{number % 10**PLACES:0{PLACES}}"
    return " ".join(written[at : at + 4] for at in range(0, PLACES, 4))


@dataclass(frozen=True, slots=True)
class Comparison:
    """One comparison by voice: words that were drawn for one approval, and what was heard.

    ``words`` are said on the call. ``heard`` takes the digits that the other program shows for
    them; this approval's own are kept back until then.

    >>> from toolkit import Approval
    >>> change = privy.UpdateKeyQuorumRequest(display_name="Payouts")
    >>> approval = Approval.of(app, privy.update_key_quorum(quorum.id, change))
    >>> comparison = approval.compare()
    >>> len(comparison.words)
    3
    """

    approval_id: str
    words: tuple[str, ...] = field(default_factory=fresh_words)

    def heard(self, typed: str) -> bool:
        """Whether these are the digits of this approval; blanks do not matter."""
        own = digits_of(self.approval_id, self.words).replace(" ", "")
        return re.sub(r"[\s-]", "", typed) == own


class Compared:
    """What two people compare by voice: an approval, a review, a member card."""

    __slots__ = ()

    @property
    @abstractmethod
    def compared(self) -> str:
        """What is compared, as 64 hex digits."""

    def compare(self) -> Comparison:
        """A comparison by voice, for whoever received it: words to say, and the digits to hear.

        The words are drawn now, and nobody chooses them.
        """
        return Comparison(self.compared)

    def digits(self, words: str) -> str:
        """The digits to say to whoever received it, for the words that their program drew.

        Raises:
            InputError: other words than such a program draws.
        """
        return digits_of(self.compared, read_words(words))

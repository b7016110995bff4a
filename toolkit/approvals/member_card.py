"""A member card: a public key, whose it is, and that its owner holds the private half.

A key that was sent as text proves nothing: it may be somebody else's, or nobody's. A card is signed
by the key that it names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import msgspec

from toolkit.approvals import file, statement
from toolkit.approvals.digits import Compared
from toolkit.base.card import Card, Sentence
from toolkit.base.text import plain_line
from toolkit.base.times import day, wall_clock_ms
from toolkit.errors import InputError
from toolkit.keys import P256PublicKey
from toolkit.keys.public import spoken
from toolkit.keys.signer import Signature, Signer
from toolkit.privy import signing

WHAT = "A member card of the quorum toolkit: a public key, and that its owner holds it."
TITLE = "quorum toolkit, member card, 1"
LONGEST_NAME, LONGEST_PURPOSE = 60, 80  # characters


class _Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    what: str
    format: int
    name: str
    public_key: str
    purpose: str
    made_at: str
    signature: str


@dataclass(frozen=True, slots=True)
class MemberCard(Compared):
    """Possession proven: whoever made it had the private half at that moment.

    It says nothing of who that is: compare it on a call, at a number that you know, by digits for
    words that are drawn after the card is there (``compare``). The first twelve digits of its
    fingerprint find a mix-up; another key with the same ones can be made, at some expense.
    ``made_ms``: Unix milliseconds, by the word of whoever made it.

    >>> from toolkit import MemberCard
    >>> path = MemberCard.make(alice, "Alice", purpose="payouts").save("alice.card.json")
    >>> card = MemberCard.load(path)
    >>> card.name, card.public == alice.public
    ('Alice', True)
    """

    name: str
    public: P256PublicKey
    purpose: str
    made_ms: int
    _signature: Signature

    @classmethod
    def make(
        cls, signer: Signer, name: str, *, purpose: str = "", made_ms: int | None = None
    ) -> Self:
        """Make one with the key that it is about.

        Args:
            purpose: what the key is for, at most 80 characters.

        Raises:
            InputError: a name or purpose that does not fit, or no P-256 key.
        """
        public = signing.public_of(signer)
        if public is None:
            raise InputError("A P-256 key signs a card.", hint="Pass a P256Key.")
        statement.must_be_words(name, "name", LONGEST_NAME)
        if not name.strip():
            raise InputError("name is empty.", hint="Say whose key it is.")
        statement.must_be_words(purpose, "purpose", LONGEST_PURPOSE)
        moment = wall_clock_ms() if made_ms is None else made_ms
        message = _message(name, public, purpose, moment)
        made = cls(name, public, purpose, moment, Signature(signer.sign(message)))
        statement.holder(public.to_base64(), made.document().signature, message)
        return made

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read one, and verify that its key signed it.

        Raises:
            InputError: it cannot be read, does not fit, or says what a card does not.
        """
        document = statement.read(path, _Document, WHAT)
        try:
            statement.must_be_words(document.name, "name", LONGEST_NAME)
            statement.must_be_words(document.purpose, "purpose", LONGEST_PURPOSE)
            moment = file.read_moment(document.made_at, "made_at")
            facts = _facts(document.name, document.public_key, document.purpose, moment)
            message = statement.text_of(TITLE, facts)
            key = statement.holder(document.public_key, document.signature, message)
        except InputError as error:
            trouble = error.what
        else:
            signature = Signature.from_base64(document.signature)
            return cls(document.name, key, document.purpose, moment, signature)
        name = plain_line(Path(path).name)
        raise InputError(f"{name} does not hold: {trouble}", hint="Ask for the card anew.")

    @property
    def fingerprint(self) -> str:
        """Of the key, 64 hex digits."""
        return self.public.fingerprint

    @property
    def proven(self) -> Mapping[str, int]:
        """Its key by fingerprint → when it was made: what ``People.with_proven`` takes."""
        return {self.fingerprint: self.made_ms}

    @property
    def compared(self) -> str:
        """What is compared by voice: its ``fingerprint``."""
        return self.fingerprint

    def save(self, path: str | Path) -> Path:
        """Write the file. Raises InputError where it cannot be written."""
        return statement.write(path, self.document())

    def document(self) -> _Document:
        """What stands in the file."""
        return _Document(
            what=WHAT,
            format=1,
            name=self.name,
            public_key=self.public.to_base64(),
            purpose=self.purpose,
            made_at=file.written_moment(self.made_ms),
            signature=self._signature.reveal_base64(),
        )

    def __repr__(self) -> str:
        facts = [
            ("name", self.name),
            ("key", Sentence(spoken(self.fingerprint))),
            ("purpose", self.purpose),
            ("made", day(self.made_ms)),
        ]
        return Card("MemberCard", facts).line()


def _message(name: str, public: P256PublicKey, purpose: str, made_ms: int) -> bytes:
    return statement.text_of(TITLE, _facts(name, public.to_base64(), purpose, made_ms))


def _facts(name: str, public_key: str, purpose: str, made_ms: int) -> dict[str, str]:
    return {
        "name": name,
        "public_key": public_key,
        "purpose": purpose,
        "made_at": file.written_moment(made_ms),
    }

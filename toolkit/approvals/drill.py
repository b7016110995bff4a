"""A fire drill: a harmless challenge that each member answers by file, long before it matters.

What is signed approves nothing: it begins with words, so it is neither JSON nor a request of either
vendor, and it names one quorum, one moment and a random number.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

import msgspec

from toolkit.approvals import file, statement
from toolkit.approvals.as_read import read_quorum, written_quorum
from toolkit.approvals.file import QuorumAsRead
from toolkit.base.home import at_home
from toolkit.base.text import plain_line, plural
from toolkit.base.times import day, wall_clock_ms
from toolkit.errors import InputError
from toolkit.keys.public import spoken
from toolkit.keys.signer import Signature, Signer
from toolkit.privy import signing
from toolkit.privy.authority import Authority
from toolkit.privy.models import KeyQuorum

WHAT = "A fire drill of the quorum toolkit: members answer it to show that they can. No key in it."
TITLE = "quorum toolkit, fire drill, 1"


class _Answer(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    public_key: str
    answered_at: str
    signature: str


class _Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    what: str
    format: int
    nonce: str
    made_at: str
    quorums: tuple[QuorumAsRead, ...]
    answers: tuple[_Answer, ...]


@dataclass(frozen=True, slots=True)
class Answered:
    """Who answered, and when by the word of whoever did, which is signed. Unix milliseconds."""

    fingerprint: str
    answered_ms: int
    answer: _Answer = field(repr=False)


@dataclass(frozen=True, slots=True)
class Drill:
    """One challenge to the members of a quorum, and the answers so far. A value.

    ``answered`` are verified whenever a file is read; ``not_counted`` says which did not hold.

    >>> from toolkit import drill
    >>> challenge = drill(quorum)
    >>> path = challenge.save("drill.json")
    >>> type(challenge).load(path).answer(bob)
    <Drill of l1sasn6n8ivm05dhro9fsnt9: 1 of 2 keys answered>
    """

    authority: Authority
    nonce: str
    made_ms: int
    answered: tuple[Answered, ...] = ()
    not_counted: tuple[str, ...] = ()

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read a file, and verify every answer. Raises InputError for what is no drill."""
        document = statement.read(path, _Document, WHAT)
        name = plain_line(Path(path).name)
        try:
            if not document.quorums:
                raise InputError("it names no quorum")
            first, *nested = map(read_quorum, document.quorums)
            made_ms = file.read_moment(document.made_at, "made_at")
        except InputError as error:
            trouble = error.what
        else:
            challenge = cls(Authority(first, tuple(nested)), document.nonce, made_ms)
            return challenge.with_answers(document.answers)
        raise InputError(f"{name} does not hold: {trouble}", hint="Ask for the file anew.")

    @classmethod
    def merge(cls, *drills: Drill | str | Path) -> Drill:
        """The first one, with the answers of all others: drills, files, or folders of files.

        Raises:
            InputError: there is none, or one is another drill.
        """
        copies = list(_copies(drills))
        if not copies:
            raise InputError("There is nothing to merge.", hint="Name the files that came back.")
        own = copies[0]
        for at, other in enumerate(copies[1:], 2):
            if other.challenge() != own.challenge():
                raise InputError(
                    f"Drill {at} is another one.", hint="Merge the answers to one challenge."
                )
            own = own.with_answers([each.answer for each in other.answered])
        return own

    def challenge(self) -> bytes:
        """What all answers have in common; each member signs it with its own moment."""
        facts = {
            "nonce": self.nonce,
            "made_at": file.written_moment(self.made_ms),
            "quorums": [msgspec.to_builtins(each) for each in self._quorums()],
        }
        return statement.text_of(TITLE, facts)

    def answer(self, signer: Signer, *, answered_ms: int | None = None) -> Self:
        """With this member's answer. It approves nothing.

        Raises:
            InputError: it is no member.
        """
        public = signing.public_of(signer)
        if public is None or public.fingerprint not in self.authority.keys:
            raise InputError("This key is no member of the quorum.", hint="Answer with a member's.")
        moment = file.written_moment(wall_clock_ms() if answered_ms is None else answered_ms)
        signature = Signature(signer.sign(self._message(moment)), "What the signer signed")
        given = _Answer(
            public_key=public.to_base64(),
            answered_at=moment,
            signature=signature.reveal_base64(),
        )
        added = self.with_answers([given])
        if len(added.not_counted) > len(self.not_counted):
            raise InputError(added.not_counted[-1], hint="Does the signer hold this key?")
        return added

    def with_answers(self, answers: Iterable[_Answer]) -> Self:
        """With those of these answers that hold; each member counts once, by the earliest."""
        holding, not_counted = list(self.answered), list(self.not_counted)
        for each in answers:
            try:
                holding.append(self._verified(each))
            except InputError as error:
                not_counted.append(error.what)
        first: dict[str, Answered] = {}
        for one in sorted(holding, key=lambda one: (one.answered_ms, one.answer.signature)):
            first.setdefault(one.fingerprint, one)
        ordered = tuple(first[each] for each in self.authority.keys if each in first)
        return replace(self, answered=ordered, not_counted=tuple(not_counted))

    def _verified(self, answer: _Answer) -> Answered:
        moment = file.read_moment(answer.answered_at, "answered_at")
        message = self._message(answer.answered_at)
        key = statement.holder(answer.public_key, answer.signature, message)
        if key.fingerprint not in self.authority.keys:
            raise InputError(f"key {spoken(key.fingerprint)} is not a member")
        return Answered(key.fingerprint, moment, answer)

    def _message(self, answered_at: str) -> bytes:
        return self.challenge() + b"\n" + answered_at.encode()

    # ---- what it says ----

    @property
    def missing(self) -> tuple[str, ...]:
        """Members' keys that have not answered, by fingerprint."""
        there = {each.fingerprint for each in self.answered}
        return tuple(each for each in self.authority.keys if each not in there)

    @property
    def proven(self) -> Mapping[str, int]:
        """Key by fingerprint → when it answered, Unix ms: what ``People.with_proven`` takes."""
        return {each.fingerprint: each.answered_ms for each in self.answered}

    @property
    def enough(self) -> bool:
        """Whether those who answered could sign together."""
        return self.authority.suffices(each.fingerprint for each in self.answered)

    @property
    def all_could(self) -> bool:
        """Whether every member's key has answered, and not only as many as are needed."""
        return not self.missing

    def report(self, names: Mapping[str, str] | None = None) -> Iterator[str]:
        """Who answered when, a line each, and what that means. ``names``: by fingerprint."""
        known = names or {}
        when = self.proven
        for each in self.authority.keys:
            name = f"{known[each]}, key {spoken(each)}" if each in known else f"key {spoken(each)}"
            said = f"answered {day(when[each])}" if each in when else "has not answered"
            yield f"{name}: {said}"
        for user in self.authority.quorum.user_ids or ():
            yield f"user {user}: cannot answer with this toolkit"
        if self.all_could:
            yield "Every key could sign."
        elif self.enough:
            yield f"Enough could sign, but {plural(len(self.missing), 'key')} did not answer."
        else:
            yield "Those who answered could not sign together."

    # ---- the file ----

    def save(self, path: str | Path) -> Path:
        """Write the file. Raises InputError where it cannot be written."""
        document = _Document(
            what=WHAT,
            format=1,
            nonce=self.nonce,
            made_at=file.written_moment(self.made_ms),
            quorums=self._quorums(),
            answers=tuple(each.answer for each in self.answered),
        )
        return statement.write(path, document)

    def _quorums(self) -> tuple[QuorumAsRead, ...]:
        return tuple(map(written_quorum, (self.authority.quorum, *self.authority.nested)))

    def __repr__(self) -> str:
        count = f"{len(self.answered)} of {len(self.authority.keys)} keys answered"
        return f"<Drill of {plain_line(self.authority.quorum.id)}: {count}>"


def drill(
    quorum: KeyQuorum, nested: Sequence[KeyQuorum] = (), *, made_ms: int | None = None
) -> Drill:
    """A challenge for every member of a quorum, those of its nested ones included.

    Raises:
        InputError: the quorum has no key that could answer.

    >>> from toolkit import drill
    >>> challenge = drill(quorum)
    >>> challenge.answer(alice)
    <Drill of l1sasn6n8ivm05dhro9fsnt9: 1 of 2 keys answered>
    """
    authority = Authority(quorum, tuple(nested))
    if not authority.keys:
        raise InputError("The quorum has no key that could answer.", hint="Users cannot sign here.")
    moment = wall_clock_ms() if made_ms is None else made_ms
    return Drill(authority, secrets.token_hex(16), moment)


def _copies(drills: Sequence[Any]) -> Iterator[Drill]:
    for each in drills:
        if isinstance(each, Drill):
            yield each
            continue
        place = at_home(each)
        if place.is_dir():
            yield from map(Drill.load, sorted(place.glob("*.json")))
        else:
            yield Drill.load(place)

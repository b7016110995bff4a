"""A registered quorum: what a person has reviewed once, pinned, and signed with a key of theirs.

An approval says who must sign as its sender read it. Whoever has registered that quorum need not
compare each key again: where it is what was reviewed, only what changes is shown; where it is not,
that is told in red. It is as good as the review, and worth nothing to anybody but its reviewer.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Self

import msgspec

from toolkit.approvals import file, statement
from toolkit.approvals.as_read import read_quorum, written_quorum
from toolkit.approvals.file import Place, QuorumAsRead
from toolkit.base.card import Card, Sentence
from toolkit.base.home import at_home
from toolkit.base.text import plain_line
from toolkit.base.times import DAY_MS, day, span, wall_clock_ms
from toolkit.client.names import LONGEST as LONGEST_NAME
from toolkit.client.names import known_names
from toolkit.errors import InputError
from toolkit.keys import P256PublicKey
from toolkit.keys.public import spoken
from toolkit.keys.signer import Signature, Signer
from toolkit.privy import signing
from toolkit.privy.authority import Authority, difference, quorum_as_it_is
from toolkit.privy.client import Client
from toolkit.privy.cosigning import before_and_after
from toolkit.privy.members import Names, fields_of
from toolkit.privy.models import KeyQuorum, member_identity

if TYPE_CHECKING:
    from toolkit.approvals.approval import Approval

WHAT = "A registered quorum of the quorum toolkit: what a person has reviewed. No key in it."
TITLE = "quorum toolkit, registered quorum, 1"
GOOD_FOR_DAYS = 180  # then somebody should look at all of it again
_TELLING = 12  # digits of a fingerprint, as they are said
_AHEAD_MS = 300_000  # by which two clocks may differ
_ANEW = "Review the quorum as it is now, and register it anew."


class _Document(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    what: str
    format: int
    environment: Place
    identity: str
    quorum: QuorumAsRead
    nested: tuple[QuorumAsRead, ...]
    names: dict[str, str]
    registered_at: str
    public_key: str
    signature: str


@dataclass(frozen=True, slots=True)
class Subject:
    """What a person reviews: a quorum with its nested ones, where it is, and of which app."""

    environment: Place
    identity: str
    quorum: KeyQuorum
    nested: tuple[KeyQuorum, ...] = ()

    @classmethod
    def of(cls, client: Client, quorum_id: str) -> Self:
        """A quorum read now. Raises ToolkitError where it cannot be read."""
        here = client.environment
        who = quorum_as_it_is(quorum_id, client.send, client.now_ms())
        return cls(Place(here.name, here.base_url), client.identity, who.quorum, who.nested)

    @classmethod
    def in_approval(cls, approval: Approval) -> Self:
        """The quorum as it stands in an approval: as its sender read it."""
        here, who = approval.prepared.environment, approval.as_read
        identity = approval.prepared.identity
        return cls(Place(here.name, here.base_url), identity, who.quorum, who.nested)

    @property
    def authority(self) -> Authority:
        """Who must sign."""
        return Authority(self.quorum, self.nested)

    def lines(self, names: Names) -> Iterator[str]:
        """All of it, a line each: what must be looked at before it is registered."""
        yield f"Environment  {self.environment.name}, {self.environment.base_url}"
        yield f"App          {self.identity}"
        yield f"Quorum       {_in_words(self.quorum)}"
        yield from self._members(self.quorum, names)
        for each in self.nested:
            yield f"Nested in it {_in_words(each)}"
            yield from self._members(each, names)

    def _members(self, quorum: KeyQuorum, names: Names) -> Iterator[str]:
        yield f"  {quorum.required} of {quorum.size} must sign:"
        known = {each.id: _in_words(each) for each in self.nested}
        for kind, text in fields_of(quorum).members:
            identity = member_identity(text)  # whole: some first digits can be prepared
            called = f"{names[identity]}: " if identity in names else ""
            yield f"  {called}{kind.lower()} {known.get(text, identity)}"

    def register(
        self, signer: Signer, *, names: Names | None = None, registered_ms: int | None = None
    ) -> Registered:
        """Sign that this was reviewed.

        Args:
            signer: the reviewer's own key; it need not be a member's.
            names: by the fingerprint of a member's key; those kept on this computer otherwise.
            registered_ms: now otherwise. Unix milliseconds.

        Raises:
            InputError: a name that does not fit, or no P-256 key.
        """
        public = signing.public_of(signer)
        if public is None:
            raise InputError("A P-256 key signs a registration.", hint="Pass a P256Key.")
        unsigned = _Document(
            what=WHAT,
            format=1,
            environment=self.environment,
            identity=self.identity,
            quorum=written_quorum(self.quorum),
            nested=tuple(map(written_quorum, self.nested)),
            names=self.known_names() if names is None else dict(names),
            registered_at=file.written_moment(
                wall_clock_ms() if registered_ms is None else registered_ms
            ),
            public_key=public.to_base64(),
            signature="",
        )
        _must_be_names(unsigned.names, self.authority)
        signature = Signature(signer.sign(_message(unsigned)), "What the signer signed")
        signed = msgspec.structs.replace(unsigned, signature=signature.reveal_base64())
        return _verified(signed)

    def named(self, given: Iterable[str]) -> dict[str, str]:
        """Names as they are typed, ``9b4177e0c2d5=Alice``, by fingerprint.

        Raises:
            InputError: one that names no member's key, or that does not fit.
        """
        names = {}
        for at, each in enumerate(given, 1):
            digits, _, name = each.partition("=")
            wanted = digits.replace(" ", "").casefold()
            fitting = [key for key in self.authority.keys if key.startswith(wanted)]
            if len(wanted) < _TELLING or len(fitting) != 1 or not name.strip():
                raise InputError(
                    f"names: number {at} names no member’s key.",
                    hint="Write the first 12 digits of its fingerprint, then =, then a name.",
                )
            names[fitting[0]] = name.strip()
        _must_be_names(names, self.authority)
        return names

    def known_names(self) -> dict[str, str]:
        """What this computer's user calls its members, by fingerprint."""
        members = self.authority.keys
        return {key: name for key, name in known_names().items() if key in members}


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """A quorum as a person has reviewed it, and what that says of an approval.

    Make one with ``Registered.of`` (read from Privy) or ``Registered.reviewed`` (as it stands in an
    approval), read one with ``Registered.load``, use one with ``approval.against``.

    ``names``: fingerprint of a member's key → what the reviewer calls it. ``by``: the reviewer's
    key. ``registered_ms``: Unix milliseconds, by the reviewer's word. ``source``: the file's name.

    >>> from toolkit import Registered
    >>> registered = Registered.of(app, quorum.id, alice)  # Alice has looked at it
    >>> registered.by == alice.public
    True
    """

    subject: Subject
    names: Mapping[str, str] = field(hash=False)
    registered_ms: int
    by: P256PublicKey
    source: str = field(default="", compare=False)
    _signature: Signature = field(repr=False)

    @classmethod
    def of(
        cls, client: Client, quorum_id: str, signer: Signer, *, names: Names | None = None
    ) -> Registered:
        """Read a quorum, and register it as it is. Look at it first: this says that you have.

        Raises:
            InputError: as ``Subject.register``.
            ToolkitError: the quorum cannot be read.
        """
        subject = Subject.of(client, quorum_id)
        return subject.register(signer, names=names, registered_ms=client.now_ms())

    @classmethod
    def reviewed(
        cls, approval: Approval, signer: Signer, *, names: Names | None = None
    ) -> Registered:
        """Register the quorum that stands in an approval: needs neither network nor account.

        Raises:
            InputError: as ``Subject.register``.
        """
        return Subject.in_approval(approval).register(signer, names=names)

    @classmethod
    def load(cls, path: str | Path) -> Registered:
        """Read one, and verify that the key in it signed all of it.

        Raises:
            InputError: it cannot be read, does not fit, or says what a registration does not.
        """
        document = statement.read(path, _Document, WHAT)
        name = plain_line(at_home(path).name)
        try:
            registered = _verified(document)
        except InputError as error:
            trouble = error.what
        else:
            return replace(registered, source=name)
        raise InputError(f"{name} does not hold: {trouble}", hint=_ANEW)

    # ---- what it says of an approval ----

    def must_be_about(self, subject: Subject, now_ms: int) -> None:
        """Raises InputError where it says nothing of this: another place, app or quorum, or a
        review that is too old to be relied on.
        """
        for what in ("environment", "identity", "quorum"):
            reviewed, asked = _identified(self.subject, what), _identified(subject, what)
            if reviewed != asked:
                raise InputError(
                    f"{self.called} is about another {what}: {plain_line(reviewed)} was reviewed, "
                    f"and this is about {plain_line(asked)}. Nothing was compared.",
                    hint="Name the registration of this quorum, or none.",
                )
        age_ms = now_ms - self.registered_ms
        if age_ms < -_AHEAD_MS:
            raise InputError(
                f"{self.called} was registered on {day(self.registered_ms)}, which is still to "
                "come. Nothing was compared.",
                hint=f"Is this computer’s clock right? If it is: {_ANEW}",
            )
        if age_ms > GOOD_FOR_DAYS * DAY_MS:
            raise InputError(
                f"{self.called} was registered {span(age_ms)} ago, and a review counts for "
                f"{GOOD_FOR_DAYS} days. Nothing was compared.",
                hint=_ANEW,
            )

    def deviations(self, as_read: Authority, names: Names) -> tuple[str, ...]:
        """What is different between the quorum as it was read and as it was reviewed, a sentence
        each; nothing where it is the same.

        Keys are compared as keys, whatever their spelling, and lists without their order.

        Args:
            names: what the reader calls keys, by fingerprint.
        """
        told = tuple(self._differences(as_read, names))
        other = difference(self.subject.authority, Authority(as_read.quorum, as_read.nested))
        if other and not told:  # what no row shows, such as a name that is “none”
            return (f"{other}.",)
        return told

    def _differences(self, as_read: Authority, names: Names) -> Iterator[str]:
        reviewed = {each.id: each for each in self.subject.nested}
        nested = reviewed | {each.id: each for each in as_read.nested}
        yield from _changes(self.subject.quorum, as_read.quorum, nested, names)
        for each in as_read.nested:
            if each.id in reviewed:  # another list of nested ones was told already
                where = f"In {each.display_name or each.id}: "
                changes = _changes(reviewed[each.id], each, nested, names)
                yield from (where + sentence for sentence in changes)

    @property
    def called(self) -> str:
        """By the name of its file."""
        return self.source or "The registration"

    # ---- the file ----

    def save(self, path: str | Path) -> Path:
        """Write the file, over an older registration of this quorum and nothing else.

        Raises:
            InputError: another file is there, or it cannot be written.
        """
        place = at_home(path)
        if place.exists() and not self._is_older(place):
            raise InputError(
                f"{plain_line(place)} exists, and is no registration of this quorum.",
                hint="Choose another name.",
            )
        return statement.write(place, self.document())

    def _is_older(self, place: Path) -> bool:
        try:
            there = Registered.load(place)
        except InputError:
            return False
        return there.subject.quorum.id == self.subject.quorum.id

    def document(self) -> _Document:
        """What stands in the file."""
        return _Document(
            what=WHAT,
            format=1,
            environment=self.subject.environment,
            identity=self.subject.identity,
            quorum=written_quorum(self.subject.quorum),
            nested=tuple(map(written_quorum, self.subject.nested)),
            names=dict(self.names),
            registered_at=file.written_moment(self.registered_ms),
            public_key=self.by.to_base64(),
            signature=self._signature.reveal_base64(),
        )

    def __repr__(self) -> str:
        quorum = self.subject.quorum
        facts = [
            ("quorum", quorum.id),
            ("members", Sentence(f"{quorum.required} of {quorum.size}")),
            ("reviewed", day(self.registered_ms)),
            ("by", Sentence(f"key {spoken(self.by.fingerprint)}")),
        ]
        return Card("Registered", facts, environment=self.subject.environment.name).line()


@dataclass(frozen=True, slots=True)
class Pinned:
    """What a registration tells its reader of a quorum as it was read.

    ``brief``: the reader has reviewed all of it, and it is the same, so that what stays need not be
    shown. ``trouble``: where it is not the same.
    ``names``: what the reader calls keys, those of an own registration included.
    """

    brief: bool
    names: Names
    facts: tuple[tuple[str, str], ...] = ()
    trouble: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


def pinned(
    registered: Registered | None, as_read: Authority, names: Names, mine: Collection[str]
) -> Pinned:
    """What a registration tells whoever has these keys (by fingerprint); nothing where there is
    none. That of somebody else shortens nothing, and its names are not taken.
    """
    if registered is None:
        return Pinned(False, names)
    key = f"key {spoken(registered.by.fingerprint)}"
    own = registered.by.fingerprint in mine
    who = "you" if own else key
    known = {**names, **registered.names} if own else names
    when = day(registered.registered_ms)
    deviations = registered.deviations(as_read, known)
    said = "NOT the same" if deviations else "the same"
    brief = own and not deviations and as_read.wallet is None
    if brief:
        said = "the same; only what changes is shown"
    return Pinned(
        brief=brief,
        names=known,
        facts=(("Registered", f"by {who}, {when}: {said}"),),
        trouble=tuple(
            f"The quorum is not as {who} reviewed it on {when}: {each}" for each in deviations
        ),
        remarks=() if own else (_of_another(key, mine),),
    )


def _of_another(key: str, mine: Collection[str]) -> str:
    whose = "which is not your key here" if mine else "and no key of yours is here to compare"
    return (
        f"The registration is signed by {key}, {whose}: if it is somebody else’s, then somebody "
        "else has reviewed the quorum, and you have not."
    )


def _verified(document: _Document) -> Registered:
    """What a document says, once its signature and its parts hold.

    Raises:
        InputError: the first field that does not fit.
    """
    key = statement.holder(document.public_key, document.signature, _message(document))
    if (key.to_base64(), document.quorum.key_quorum_ids) != (
        document.public_key,
        tuple(each.id for each in document.nested),
    ):
        raise InputError("nested, public_key: it is not as this format writes them")
    subject = Subject(
        document.environment,
        document.identity,
        read_quorum(document.quorum),
        tuple(map(read_quorum, document.nested)),
    )
    _must_be_names(document.names, subject.authority)
    return Registered(
        subject=subject,
        names=dict(document.names),
        registered_ms=file.read_moment(document.registered_at, "registered_at"),
        by=key,
        _signature=Signature.from_base64(document.signature),
    )


def _message(document: _Document) -> bytes:
    """What the reviewer signs: everything but the signature."""
    facts = msgspec.to_builtins(document)
    del facts["signature"]
    return statement.text_of(TITLE, facts)


def _must_be_names(names: Names, authority: Authority) -> None:
    """Raises InputError for a name of no member, or one that cannot be shown as it stands."""
    members = authority.keys
    for key, name in names.items():
        if key not in members:
            raise InputError(f"names: {plain_line(key)[:16]} is no fingerprint of a member’s key")
        statement.must_be_words(name, "names", LONGEST_NAME)
        if not name.strip():
            raise InputError("names: one is empty")


def _in_words(quorum: KeyQuorum) -> str:
    return f"{quorum.display_name or 'no name'} ({quorum.id})"


def _identified(subject: Subject, what: str) -> str:
    known = {
        "environment": f"{subject.environment.name}, {subject.environment.base_url}",
        "identity": subject.identity,
        "quorum": subject.quorum.id,
    }
    return known[what]


def _changes(
    reviewed: KeyQuorum, now: KeyQuorum, nested: Mapping[str, KeyQuorum], names: Names
) -> Iterator[str]:
    for old, new in before_and_after(reviewed, fields_of(now), nested, names):
        if old[0] and new[0]:
            yield f"“{new[1]}”; what was reviewed is “{old[1]}”."
        elif new[0]:
            yield f"{new[1]} is in it, and was not when it was reviewed."
        elif old[0]:
            yield f"{old[1]} was in it when it was reviewed, and is not."

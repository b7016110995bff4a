"""The order of changes from two files: a key quorum as Privy answers it, or a group as Cobo does,
and an edited copy of it.

Nothing else is needed to plan, and both can be read and mailed: no key, no client, no network.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from toolkit.approvals import file
from toolkit.approvals.drill import Drill
from toolkit.approvals.member_card import MemberCard
from toolkit.approvals.plan import plan
from toolkit.base.home import at_home
from toolkit.base.text import and_words, plain_line
from toolkit.base.typed import converted
from toolkit.client.names import known_names
from toolkit.cobo.models import KeyShareHolder, KeyShareHolderGroup
from toolkit.errors import InputError, KeyRefused, ToolkitError
from toolkit.keys.public import spoken
from toolkit.privy.models import AuthorizationKey, KeyQuorum, member_identity, taken_key
from toolkit.privy.powers import quorum_of
from toolkit.quorum import Quorum

_GROUP = "key_share_holder_group_id"  # by it a group at Cobo is known
T = TypeVar("T", KeyQuorum, KeyShareHolderGroup)


@dataclass(frozen=True, slots=True)
class _File:
    """A file: its name, and what stands in it."""

    name: str
    facts: Mapping[str, Any]

    @property
    def is_group(self) -> bool:
        """Whether it is of Cobo."""
        return _GROUP in self.facts

    def as_a(self, kind: type[T]) -> T:
        """What it is. Raises InputError where it is something else."""
        try:
            return converted(self.facts, kind)
        except (ValueError, ToolkitError) as error:
            trouble = f"{error}"
        raise _not_one(self.name, trouble)


@dataclass(frozen=True, slots=True)
class _Read:
    """A key quorum in a file."""

    name: str
    quorum: KeyQuorum

    @property
    def members(self) -> Quorum:
        """Who can sign, by fingerprint."""
        return quorum_of(self.quorum)

    @property
    def names(self) -> dict[str, str]:
        """What each key is called: by its name in the file, or by its digits."""
        called = {}
        for key in self.quorum.authorization_keys:
            fingerprint = member_identity(key.public_key)
            digits = f"key {spoken(fingerprint)}"
            called[fingerprint] = f"{key.display_name} ({digits})" if key.display_name else digits
        return called


def planned(
    before: str | Path,
    after: str | Path,
    proofs: Sequence[str | Path] = (),
    leaving_sign: Collection[str] = (),
    main: str | Path | None = None,
) -> Iterator[str]:
    """Both quorums, or both groups, in words, then the steps, a line each.

    Args:
        before: a file of a key quorum, as Privy answers ``get_key_quorum`` (JSON), or of a group,
            as Cobo answers ``get_key_share_holder_group_by_id``.
        after: a copy of it, edited to what shall be.
        proofs: of a quorum, files of member cards and fire drills: whose keys have been seen to
            work.
        leaving_sign: who leaves and will sign the first step: by fingerprint, or its first 12
            digits. Of a group, who leaves and will help until the last: by name, or node id.
        main: for a signing or recovery group, a file of the vault's main group.

    Raises:
        InputError: a file that cannot be read, or is no such copy, or no such order exists, with
            the reason.
    """
    now, then = _read(before), _read(after)
    if now.is_group or then.is_group:
        if proofs:
            raise InputError(
                "A proof is of Privy’s keys: holders of a group show theirs when its keys are made."
            )
        given = None if main is None else _read(main).as_a(KeyShareHolderGroup)
        yield from _groups_planned(now, then, leaving_sign, given)
        return
    if main is not None:
        raise InputError("A quorum has no main group.", hint="Leave --main out.")
    yield from _quorums_planned(now, then, proofs, leaving_sign)


def _groups_planned(
    before: _File, after: _File, leaving_sign: Collection[str], main: KeyShareHolderGroup | None
) -> Iterator[str]:
    now, then = before.as_a(KeyShareHolderGroup), after.as_a(KeyShareHolderGroup)
    _must_be_a_copy(before, after, KeyShareHolderGroup, _GROUP)
    order = plan(now, then, leaving_sign=leaving_sign, main=main)
    yield f"Before: {_scheme(now)}. After: {_scheme(then)}."
    for verb, people in (("stay", order.stay), ("come", order.come), ("leave", order.leave)):
        if people:
            yield f"Who {verb}s: {and_words(people)}."
    yield from order.in_words()
    if order.steps:
        yield "cobo.Handover carries it out, and goes on where it was after any stop."
    else:
        yield _NOTHING


def _scheme(group: KeyShareHolderGroup) -> str:
    return f"{group.threshold} of {group.participants}"


def _quorums_planned(
    before: _File, after: _File, proofs: Sequence[str | Path], leaving_sign: Collection[str]
) -> Iterator[str]:
    now, then = (_Read(each.name, each.as_a(KeyQuorum)) for each in (before, after))
    for each in (now, then):
        _must_be_shown(each)
    _must_be_a_copy(before, after, KeyQuorum, "id")
    proven = {fingerprint for path in proofs for fingerprint in _proven(path)}
    leaving = [_member(each, now) for each in leaving_sign]
    names = {**now.names, **then.names, **known_names()}
    order = plan(now.members, then.members, proven=proven, leaving_sign=leaving)
    yield f"Before: {now.members.in_words()}. After: {then.members.in_words()}."
    yield from order.in_words(names)
    if not order.steps:
        yield _NOTHING


_NOTHING = "Nothing is to be done: both say the same."


def _fields(kind: type[msgspec.Struct], within: str = "") -> set[str]:
    return {within + each.encode_name for each in msgspec.structs.fields(kind)}


#: What may stand in a copy although it does not in the original.
_KNOWN: Mapping[type[msgspec.Struct], set[str]] = {
    KeyQuorum: _fields(KeyQuorum) | _fields(AuthorizationKey, "authorization_keys: "),
    KeyShareHolderGroup: _fields(KeyShareHolderGroup)
    | _fields(KeyShareHolder, "key_share_holders: "),
}


def _read(path: str | Path) -> _File:
    place = at_home(path)
    name = plain_line(place.name)
    try:
        with place.open("rb") as opened:
            return _File(name, file.strict_json(opened.read(file.LARGEST + 1)))
    except (OSError, ValueError, ToolkitError) as error:
        trouble = getattr(error, "what", None) or getattr(error, "strerror", None) or f"{error}"
    raise _not_one(name, trouble)


def _not_one(name: str, trouble: str) -> InputError:
    return InputError(
        f"{name} is no key quorum, and no group: {trouble.rstrip('.')}.",
        hint="Save what Privy answers to get_key_quorum, or Cobo to "
        "get_key_share_holder_group_by_id, as JSON.",
    )


def _must_be_shown(read: _Read) -> None:
    """Whether each member is a key or a user that stands there."""
    quorum = read.quorum
    if quorum.key_quorum_ids:
        why = "it has quorums in it, which change on their own: plan each by itself"
        raise _not_one(read.name, why)
    for at, key in enumerate(quorum.authorization_keys):
        try:
            taken_key(key.public_key)
        except KeyRefused as refused:
            raise _not_one(read.name, f"authorization_keys[{at}]: {refused.what}") from None
    shown = {member_identity(key.public_key) for key in quorum.authorization_keys}
    if not {*quorum_of(quorum).ids} <= {*shown, *(quorum.user_ids or ())}:
        raise _not_one(read.name, "more must sign than it shows members")


def _must_be_a_copy(now: _File, then: _File, kind: type[msgspec.Struct], identity: str) -> None:
    """A name that was mistyped would be no field, and its value would be lost without a word."""
    strange = sorted(_names_in(then.facts) - _names_in(now.facts) - _KNOWN[kind])
    strange = strange or sorted(now.facts.keys() - then.facts.keys())
    if strange:
        raise InputError(
            f"{plain_line(strange[0])} stands in one of {now.name} and {then.name} only.",
            hint=f"Copy {now.name}, and change values in the copy.",
        )
    if now.facts.get(identity) != then.facts.get(identity):
        raise InputError(
            f"{now.name} and {then.name} are of two things: {identity} differs.",
            hint=f"Copy {now.name}, and change values in the copy.",
        )


def _names_in(facts: Mapping[str, Any]) -> set[str]:
    """The names of all fields, those of members included: ``authorization_keys: public_key``."""
    names = set(facts)
    for name, value in facts.items():
        if isinstance(value, list):
            inner = [each for each in value if isinstance(each, dict)]
            names |= {f"{name}: {field}" for each in inner for field in each}
    return names


def _proven(path: str | Path) -> Collection[str]:
    """Fingerprints that a card or a drill proves."""
    try:
        return MemberCard.load(path).proven
    except InputError as no_card:
        try:
            return Drill.load(path).proven
        except InputError as no_drill:
            raise InputError(
                f"{plain_line(Path(path).name)} proves nothing. As a card: {no_card.what} "
                f"As a drill: {no_drill.what}",
                hint="Pass files of member cards and fire drills.",
            ) from None


def _member(digits: str, now: _Read) -> str:
    wanted = digits.replace(" ", "").casefold()
    fitting = [each for each in now.members.ids if each.startswith(wanted)]
    if len(wanted) < 12 or len(fitting) != 1:
        raise InputError(
            f"{plain_line(digits)} is no member's fingerprint in {now.name}.",
            hint="Write all of it, or its first 12 digits.",
        )
    return fitting[0]

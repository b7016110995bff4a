"""The order of changes from two files: a key quorum as Privy answers it, and an edited copy of it.

Nothing else is needed to plan, and both can be read and mailed: no key, no client, no network.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from toolkit.approvals import file
from toolkit.approvals.drill import Drill
from toolkit.approvals.member_card import MemberCard
from toolkit.approvals.plan import plan
from toolkit.base.home import at_home
from toolkit.base.text import plain_line
from toolkit.base.typed import converted
from toolkit.client.names import known_names
from toolkit.errors import InputError, KeyRefused, ToolkitError
from toolkit.keys.public import spoken
from toolkit.privy.models import KeyQuorum, member_identity, taken_key
from toolkit.privy.powers import quorum_of
from toolkit.quorum import Quorum

_FIELDS = frozenset(field.encode_name for field in msgspec.structs.fields(KeyQuorum))


@dataclass(frozen=True, slots=True)
class _Read:
    """A file: its name, the fields that stand in it, and the key quorum."""

    name: str
    fields: frozenset[str]
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
) -> Iterator[str]:
    """Both quorums in words, then the steps, a line each.

    Args:
        before: a file of a key quorum, as Privy answers ``get_key_quorum`` (JSON).
        after: a copy of it, edited to what shall be.
        proofs: files of member cards and fire drills: whose keys have been seen to work.
        leaving_sign: who leaves and will sign the first step: by fingerprint, or its first 12
            digits.

    Raises:
        InputError: a file that cannot be read, or is no such copy, or no such order exists, with
            the reason.
    """
    now, then = _read(before), _read(after)
    _must_be_a_copy(now, then)
    proven = {fingerprint for path in proofs for fingerprint in _proven(path)}
    leaving = [_member(each, now) for each in leaving_sign]
    names = {**now.names, **then.names, **known_names()}
    order = plan(now.members, then.members, proven=proven, leaving_sign=leaving)
    yield f"Before: {now.members.in_words()}. After: {then.members.in_words()}."
    yield from order.in_words(names)
    if not order.steps:
        yield "Nothing is to be done: both say the same."


def _read(path: str | Path) -> _Read:
    place = at_home(path)
    name = plain_line(place.name)
    try:
        with place.open("rb") as opened:
            facts = file.strict_json(opened.read(file.LARGEST + 1))
        quorum = converted(facts, KeyQuorum)
        _must_be_shown(quorum)
    except (OSError, ValueError, ToolkitError) as error:
        trouble = getattr(error, "what", None) or getattr(error, "strerror", None) or f"{error}"
    else:
        return _Read(name, frozenset(facts), quorum)
    raise InputError(
        f"{name} is no key quorum: {trouble.rstrip('.')}.",
        hint="Save what Privy answers to get_key_quorum, as JSON.",
    )


def _must_be_shown(quorum: KeyQuorum) -> None:
    """Whether each member is a key or a user that stands there."""
    if quorum.key_quorum_ids:
        raise InputError("it has quorums in it, which change on their own: plan each by itself")
    for at, key in enumerate(quorum.authorization_keys):
        try:
            taken_key(key.public_key)
        except KeyRefused as refused:
            raise InputError(f"authorization_keys[{at}]: {refused.what}") from None
    shown = {member_identity(key.public_key) for key in quorum.authorization_keys}
    if not {*quorum_of(quorum).ids} <= {*shown, *(quorum.user_ids or ())}:
        raise InputError("more must sign than it shows members")


def _must_be_a_copy(now: _Read, then: _Read) -> None:
    """A name that was mistyped would be no field, and its value would be lost without a word."""
    strange = sorted(then.fields - now.fields - _FIELDS) or sorted(now.fields - then.fields)
    if strange:
        raise InputError(
            f"{plain_line(strange[0])} stands in one of {now.name} and {then.name} only.",
            hint=f"Copy {now.name}, and change values in the copy.",
        )
    if now.quorum.id != then.quorum.id:
        raise InputError(
            f"{now.name} and {then.name} are of two quorums: id differs.",
            hint=f"Copy {now.name}, and change values in the copy.",
        )


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

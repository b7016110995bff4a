"""Who can sign: k of n, nested, and what is left when somebody is lost. Pure.

An id is a key, a node, a user; with ``held_by`` it becomes whoever holds it. An id that stands in
several places counts in each of them. What has to be enumerated or searched for is in
``quorum_sets``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from toolkit import quorum_sets
from toolkit.base.card import LONGEST_SENTENCE, Card, Sentence
from toolkit.base.text import plain_line
from toolkit.base.validate import text, texts, whole_number
from toolkit.errors import InputError
from toolkit.quorum_change import PowerChange

__all__ = ["Outlook", "PowerChange", "Quorum", "power_change"]

DEPTH = 50  # quorums in quorums
PLACES = 1_000_000  # members in all, nested ones included
WRITTEN = 12  # places of a quorum that is shown as Python
NAMED = 5  # members that a line names
LONGEST_NAME = 24  # characters; a fingerprint has 64, and its first twelve are read


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is left of a quorum once some ids are lost.

    ``lost`` and ``left`` are its own ids only. ``spare``: how many more, whoever they are, may be
    lost while the rest can still sign; 0 when it cannot sign; None where too many members stand in
    several nested quorums to count it. ``single_points``: whose further loss alone stops signing;
    none when it has stopped already.

    >>> from toolkit.quorum import Quorum
    >>> outlook = Quorum(2, ["Alice", "Bob", "Carol"]).outlook(lost={"Alice"})
    >>> outlook.can_sign, outlook.spare, sorted(outlook.single_points)
    (True, 0, ['Bob', 'Carol'])
    """

    lost: tuple[str, ...]
    left: tuple[str, ...]
    can_sign: bool
    spare: int | None
    single_points: frozenset[str]


@dataclass(frozen=True, slots=True)
class Quorum:
    """``threshold`` of these members must take part. A nested quorum that can sign counts as one.

    An id may stand both here and inside a nested quorum; it then counts in each. ``depth`` is 1
    without nested ones; ``places`` counts the members, nested ones included.

    Raises:
        InputError: a threshold that is not a whole number from 1 to the number of members, an id
            twice, a member that is neither text nor a Quorum, more than 50 quorums in one another,
            or more than 1,000,000 places.

    >>> from toolkit.quorum import Quorum
    >>> night = Quorum(1, ["Dana", "Erik"])
    >>> payouts = Quorum(2, ["Alice", "Bob", night])
    >>> payouts.can_sign({"Alice", "Erik"})
    True
    >>> payouts.spare
    1
    """

    threshold: int
    members: tuple[str | Quorum, ...]
    depth: int = field(init=False, repr=False, compare=False)
    places: int = field(init=False, repr=False, compare=False)

    def __init__(self, threshold: int, members: Iterable[str | Quorum]) -> None:
        if isinstance(members, str | bytes) or not isinstance(members, Iterable):
            raise InputError(
                "members must be a list of ids and quorums.",
                hint="Put it in brackets.",
            )
        _fill(self, threshold, tuple(members))
        ids = self.direct
        if len(set(ids)) < len(ids):
            raise InputError(
                "members: the same id stands twice.",
                hint="Name it once; if one person holds several, "
                "give each its own id and use held_by.",
            )

    def in_words(self, names: Mapping[str, str] | None = None) -> str:
        """``2 of 3: Alice, Bob and 1 more``: the first members, long ids cut.

        Nested quorums stand there by their thresholds. ``names``: id → what to call it.
        """
        members = []
        for member in self.members[:NAMED]:
            if isinstance(member, Quorum):
                members.append(f"a quorum ({member.threshold} of {len(member.members)})")
            else:
                members.append(_cut((names or {}).get(member, member)))
        more = len(self.members) - NAMED
        listed = ", ".join(members)
        if more > 0:
            listed += f" and {more} more"
        return f"{self.threshold} of {len(self.members)}: {listed}"

    def __repr__(self) -> str:
        """A small one as it is written in Python; a larger one in words."""
        if self.places <= WRITTEN:
            written = plain_line(f"Quorum({self.threshold}, {list(self.members)!r})")
            if len(written) <= LONGEST_SENTENCE:
                return written
        return self._card().line()

    def _repr_html_(self) -> str:
        return self._card().html()

    def _card(self) -> Card:
        return Card("Quorum", [("who", Sentence(self.in_words()))])

    @property
    def direct(self) -> Sequence[str]:
        """Ids that are members themselves, nested quorums left out."""
        return [member for member in self.members if isinstance(member, str)]

    @property
    def nested(self) -> Sequence[Quorum]:
        """Members that are quorums."""
        return [member for member in self.members if isinstance(member, Quorum)]

    @property
    def ids(self) -> tuple[str, ...]:
        """All ids, nested ones included, each once, in the order in which they first appear."""
        return tuple(dict.fromkeys(self.leaves()))

    def leaves(self) -> Iterator[str]:
        """All ids, nested ones included, as often as they stand."""
        for member in self.members:
            if isinstance(member, Quorum):
                yield from member.leaves()
            else:
                yield member

    @property
    def spare(self) -> int:
        """How many ids, whoever they are, may be missing while the rest can still sign.

        That is n − k where nothing is nested.

        Raises:
            InputError: too many ids stand in several nested quorums to count it.
        """
        return quorum_sets.fewest(_dual(self)) - 1

    @property
    def fewest(self) -> int:
        """How few ids can sign: the threshold where nothing is nested and nobody stands twice.

        Raises:
            InputError: too many ids stand in several nested quorums to count it.
        """
        return quorum_sets.fewest(self)

    def can_sign(self, present: Collection[str]) -> bool:
        """Whether these ids together reach the threshold.

        Ids that are no members change nothing.
        """
        return _reached(self, frozenset(texts(present, "present")))

    def without(self, lost: Collection[str]) -> Quorum | None:
        """What is left, thresholds unchanged; nested quorums that cannot sign are gone.

        None: it cannot sign.
        """
        return _left(self, frozenset(texts(lost, "lost")))

    def given(self, present: Collection[str]) -> Quorum | None:
        """What is still needed once these ids take part; None: they are enough."""
        return _missing(self, frozenset(texts(present, "present")))

    def outlook(self, lost: Collection[str] = ()) -> Outlook:
        """How it stands once these ids are lost.

        Ids that are no members change nothing: one asks about a person over many quorums.
        """
        gone = frozenset(texts(lost, "lost"))
        ids = self.ids
        rest = _left(self, gone)
        spare: int | None = 0
        single_points: frozenset[str] = frozenset()
        if rest is not None:
            spare = _spare_or_none(rest)
            single_points = rest.single_points()
        return Outlook(
            lost=tuple(each for each in ids if each in gone),
            left=tuple(each for each in ids if each not in gone),
            can_sign=rest is not None,
            spare=spare,
            single_points=single_points,
        )

    def single_points(self) -> frozenset[str]:
        """Ids whose loss alone stops signing. Fast, however large or entangled the quorum is."""
        taken: Counter[str] = Counter()  # how many members the loss of an id takes away
        for member in self.members:
            if isinstance(member, Quorum):
                taken.update(member.single_points())
            else:
                taken[member] += 1
        bearable = len(self.members) - self.threshold
        return frozenset(each for each, times in taken.items() if times > bearable)

    def signing_sets(self) -> list[frozenset[str]]:
        """All minimal sets of ids that can sign, small ones first.

        Minimal: without any one of them, the others cannot.

        Raises:
            InputError: they are more than 10,000, or finding them takes too long.
        """
        return quorum_sets.minimal_sets(self, "signing_sets")

    def blocking_sets(self) -> list[frozenset[str]]:
        """All minimal sets of ids without which nobody can sign. Small ones first.

        Raises:
            InputError: they are more than 10,000, or finding them takes too long.
        """
        return quorum_sets.minimal_sets(_dual(self), "blocking_sets")

    def held_by(self, people: Mapping[str, str]) -> Quorum:
        """The same quorum with ids replaced by who holds them: people, devices, sites.

        An id that is not in the mapping keeps its own name; other names in the mapping change
        nothing, since a directory is usually larger than a quorum. Whoever holds several members
        counts for each of them.

        Raises:
            InputError: no mapping, or one that leads to something else than text.
        """
        if not isinstance(people, Mapping):
            raise InputError(
                "people must be a mapping.",
                hint="Write it as {id: who holds it}.",
            )
        for each, person in people.items():
            text(person, f"people[{each!r}]")
        return _held(self, people)


def power_change(before: Quorum | None, after: Quorum | None) -> PowerChange:
    """Who gains the power to sign once ``after`` takes the place of ``before``, and who loses it.

    None is a quorum that nobody can satisfy: one that is still to be made, or is gone. To ask about
    people instead of keys, pass both through ``held_by``.

    Raises:
        InputError: something else than a Quorum.

    >>> from toolkit.quorum import Quorum, power_change
    >>> change = power_change(Quorum(2, ["Alice", "Bob"]), Quorum(1, ["Alice"]))
    >>> change.smallest_gained()
    frozenset({'Alice'})
    >>> change.smallest_lost() is None
    True
    """
    for name, quorum in (("before", before), ("after", after)):
        if not isinstance(quorum, Quorum | None):
            raise InputError(
                f"{name} must be a Quorum, not {type(quorum).__name__}.",
                hint="privy.quorum_of(…) and cobo.powers_of(…) make one.",
            )
    return PowerChange(before, after)


# ---- making one ----------------------------------------------------------------------------------


def _cut(name: str) -> str:
    if len(name) <= LONGEST_NAME:
        return name
    return name[:12] + "…"


def _fill(quorum: Quorum, threshold: int, members: tuple[str | Quorum, ...]) -> None:
    """Check the parts of a new quorum and put them in: it is frozen, so past its own setter."""
    _must_be_members(members)
    if not 1 <= whole_number(threshold, "threshold") <= len(members):
        raise InputError(
            f"threshold {threshold} does not fit {len(members)} members.",
            hint="Choose from 1 to the number of members.",
        )
    object.__setattr__(quorum, "threshold", threshold)
    object.__setattr__(quorum, "members", members)
    nested = quorum.nested
    object.__setattr__(quorum, "depth", _depth(nested))
    object.__setattr__(quorum, "places", _places(len(members), nested))


def _must_be_members(members: Sequence[object]) -> None:
    for at, member in enumerate(members):
        if not isinstance(member, str | Quorum):
            raise InputError(
                f"members[{at}] is {type(member).__name__}.",
                hint="Pass an id as text, or a Quorum.",
            )


def _depth(nested: Iterable[Quorum]) -> int:
    depth = 1 + max((member.depth for member in nested), default=0)
    if depth > DEPTH:
        raise InputError(
            f"members: more than {DEPTH} quorums in one another.",
            hint="Flatten some of them.",
        )
    return depth


def _places(own: int, nested: Iterable[Quorum]) -> int:
    places = own + sum(member.places for member in nested)
    if places > PLACES:
        raise InputError(
            f"members: {places:,} with nested ones; {PLACES:,} is the most.",
            hint="Ask about parts of it.",
        )
    return places


def _with_repeats(threshold: int, members: Iterable[str | Quorum]) -> Quorum:
    """A quorum in which one id may stand several times at one level: what held_by makes."""
    quorum = object.__new__(Quorum)
    _fill(quorum, threshold, tuple(members))
    return quorum


# ---- walking through one -------------------------------------------------------------------------


def _reached(quorum: Quorum, present: frozenset[str]) -> bool:
    approvals = 0
    for member in quorum.members:
        if isinstance(member, Quorum):
            approvals += _reached(member, present)
        else:
            approvals += member in present
    return approvals >= quorum.threshold


def _left(quorum: Quorum, lost: frozenset[str]) -> Quorum | None:
    remaining: list[str | Quorum] = []
    for member in quorum.members:
        if isinstance(member, Quorum):
            rest = _left(member, lost)
            if rest is not None:
                remaining.append(rest)
        elif member not in lost:
            remaining.append(member)
    if len(remaining) < quorum.threshold:
        return None
    return _with_repeats(quorum.threshold, remaining)


def _missing(quorum: Quorum, present: frozenset[str]) -> Quorum | None:
    missing = quorum.threshold
    others: list[str | Quorum] = []
    for member in quorum.members:
        rest: str | Quorum | None = member
        if isinstance(member, Quorum):
            rest = _missing(member, present)
        elif member in present:
            rest = None
        if rest is None:
            missing -= 1
        else:
            others.append(rest)
    if missing <= 0:
        return None
    return _with_repeats(missing, others)


def _held(quorum: Quorum, people: Mapping[str, str]) -> Quorum:
    held: list[str | Quorum] = []
    for member in quorum.members:
        if isinstance(member, Quorum):
            held.append(_held(member, people))
        else:
            held.append(people.get(member, member))
    return _with_repeats(quorum.threshold, held)


def _dual(quorum: Quorum) -> Quorum:
    """The quorum that exactly those can satisfy without whom this one cannot sign."""
    members: list[str | Quorum] = []
    for member in quorum.members:
        if isinstance(member, Quorum):
            members.append(_dual(member))
        else:
            members.append(member)
    return _with_repeats(len(quorum.members) - quorum.threshold + 1, members)


def _spare_of_flat(quorum: Quorum) -> int:
    """Without nested ones: those who stand most often are lost first."""
    lost = accumulate(sorted(Counter(quorum.members).values(), reverse=True))
    bearable = len(quorum.members) - quorum.threshold
    return sum(together <= bearable for together in lost)


def _spare_or_none(quorum: Quorum) -> int | None:
    if quorum.depth == 1:
        return _spare_of_flat(quorum)
    mixtures = quorum_sets.mixtures_of(_dual(quorum))
    if mixtures.too_many:
        return None
    return mixtures.fewest() - 1

"""Who can sign: k of n, nested, and what is left when somebody is lost. Pure.

An id is a key, a node, a user; with ``held_by`` it becomes whoever holds it. An id that stands in several places
counts in each of them.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, product
from operator import or_

from toolkit.base.validate import text, texts, whole_number
from toolkit.errors import InputError

DEPTH = 50  # quorums in quorums
PLACES = 1_000_000  # members in all, nested ones included
LIMIT = 10_000  # minimal sets that are listed
ENTRIES = 1_000_000  # ids in all sets of one list
STEPS = 3_000_000  # of work for one list: a few seconds
MIXTURES = 200_000  # of shared members, times quorums, that are tried for spare: about a second
CEILING = 10**18  # counting stops here: nobody lists that many


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is left of a quorum once some ids are lost.

    ``lost`` and ``left`` are its own ids only. ``spare``: how many more, whoever they are, may be lost while the rest
    can still sign; 0 when it cannot sign; None where too many members stand in several nested quorums to count it.
    ``single_points``: whose further loss alone stops signing; none when it has stopped already.
    """

    lost: tuple[str, ...]
    left: tuple[str, ...]
    can_sign: bool
    spare: int | None
    single_points: frozenset[str]


@dataclass(frozen=True, slots=True)
class Quorum:
    """``threshold`` of these members must take part. A nested quorum that can sign counts as one.

    An id may stand both here and inside a nested quorum; it then counts in each. ``depth`` is 1 without nested ones;
    ``places`` counts the members, nested ones included.

    Raises:
        InputError: a threshold that is not a whole number from 1 to the number of members, an id twice, a member that
            is neither text nor a Quorum, more than 50 quorums in one another, or more than 1,000,000 places.
    """

    threshold: int
    members: tuple[str | Quorum, ...]
    depth: int = field(init=False, repr=False, compare=False)
    places: int = field(init=False, repr=False, compare=False)

    def __init__(self, threshold: int, members: Iterable[str | Quorum]) -> None:
        if isinstance(members, str | bytes) or not isinstance(members, Iterable):
            raise InputError(
                "members must be a list of ids and quorums.", hint="Put it in brackets."
            )
        _settle(self, threshold, members)
        ids = self.direct
        if len(set(ids)) < len(ids):
            raise InputError(
                "members: the same id stands twice.",
                hint="Name it once; if one person holds several, give each its own id and use held_by.",
            )

    @property
    def direct(self) -> Sequence[str]:
        """Ids that are members themselves, nested quorums left out."""
        return [member for member in self.members if isinstance(member, str)]

    @property
    def ids(self) -> tuple[str, ...]:
        """All ids, nested ones included, each once, in the order in which they first appear."""
        return tuple(dict.fromkeys(_leaves(self)))

    @property
    def spare(self) -> int:
        """How many ids, whoever they are, may be missing while the rest can still sign. n − k where nothing is nested.

        Raises:
            InputError: too many ids stand in several nested quorums to count it.
        """
        search = _Fewest(_dual(self))
        if search.too_many:
            raise InputError(
                f"spare: members stand in several nested quorums, in {_shown(search.mixtures)} mixtures over "
                f"{len(search.nodes):,} quorums. That is too many to try.",
                hint="Ask single_points(), or outlook(lost) for losses that you have in mind.",
            )
        return search.count() - 1

    def can_sign(self, present: Collection[str]) -> bool:
        """Whether these ids together reach the threshold. Ids that are no members change nothing."""
        return _reached(self, frozenset(texts(present, "present")))

    def without(self, lost: Collection[str]) -> Quorum | None:
        """What is left, thresholds unchanged; nested quorums that cannot sign are gone. None: it cannot sign."""
        return _left(self, frozenset(texts(lost, "lost")))

    def outlook(self, lost: Collection[str] = ()) -> Outlook:
        """How it stands once these ids are lost.

        Ids that are no members change nothing: one asks about a person over many quorums.
        """
        gone = frozenset(texts(lost, "lost"))
        ids = self.ids
        left = _left(self, gone)
        search = _Fewest(_dual(left)) if left else None
        return Outlook(
            lost=tuple(each for each in ids if each in gone),
            left=tuple(each for each in ids if each not in gone),
            can_sign=left is not None,
            spare=0 if search is None else None if search.too_many else search.count() - 1,
            single_points=left.single_points() if left else frozenset(),
        )

    def single_points(self) -> frozenset[str]:
        """Ids whose loss alone stops signing. Fast, however large or entangled the quorum is."""
        stopped: Counter[str] = Counter()  # members that the loss of an id takes away
        for member in self.members:
            stopped.update(member.single_points() if isinstance(member, Quorum) else (member,))
        bearable = len(self.members) - self.threshold
        return frozenset(each for each, times in stopped.items() if times > bearable)

    def signing_sets(self) -> list[frozenset[str]]:
        """All minimal sets of ids that can sign: without any one of them, the others cannot. Small ones first.

        Raises:
            InputError: they are more than 10,000, or finding them takes too long.
        """
        return _listed(self, "signing_sets")

    def blocking_sets(self) -> list[frozenset[str]]:
        """All minimal sets of ids without which nobody can sign. Small ones first.

        Raises:
            InputError: they are more than 10,000, or finding them takes too long.
        """
        return _listed(_dual(self), "blocking_sets")

    def held_by(self, people: Mapping[str, str]) -> Quorum:
        """The same quorum with ids replaced by who holds them: people, devices, sites.

        An id that is not in the mapping keeps its own name; other names in the mapping change nothing, since a
        directory is usually larger than a quorum. Whoever holds several members counts for each of them.

        Raises:
            InputError: no mapping, or one that leads to something else than text.
        """
        if not isinstance(people, Mapping):
            raise InputError("people must be a mapping.", hint="Write it as {id: who holds it}.")
        for each, person in people.items():
            text(person, f"people[{each!r}]")
        return _held(self, people)


def _settle(quorum: Quorum, threshold: int, members: Iterable[str | Quorum]) -> None:
    members = tuple(members)
    for at, member in enumerate(members):
        if not isinstance(member, str | Quorum):
            raise InputError(
                f"members[{at}] is {type(member).__name__}.",
                hint="Pass an id as text, or a Quorum.",
            )
    if not 1 <= whole_number(threshold, "threshold") <= len(members):
        raise InputError(
            f"threshold {threshold} does not fit {len(members)} members.",
            hint="Choose from 1 to the number of members.",
        )
    nested = [member for member in members if isinstance(member, Quorum)]
    depth = 1 + max((member.depth for member in nested), default=0)
    if depth > DEPTH:
        raise InputError(
            f"members: more than {DEPTH} quorums in one another.", hint="Flatten some of them."
        )
    places = len(members) + sum(member.places for member in nested)
    if places > PLACES:
        raise InputError(
            f"members: {places:,} with nested ones; {PLACES:,} is the most.",
            hint="Ask about parts of it.",
        )
    for name, value in (
        ("threshold", threshold),
        ("members", members),
        ("depth", depth),
        ("places", places),
    ):
        object.__setattr__(quorum, name, value)


def _made(threshold: int, members: Iterable[str | Quorum]) -> Quorum:
    """A quorum in which one id may stand several times at one level: what held_by makes."""
    made = object.__new__(Quorum)
    _settle(made, threshold, members)
    return made


def _leaves(quorum: Quorum) -> Iterator[str]:
    for member in quorum.members:
        if isinstance(member, Quorum):
            yield from _leaves(member)
        else:
            yield member


def _reached(quorum: Quorum, present: frozenset[str]) -> bool:
    reached = sum(
        _reached(member, present) if isinstance(member, Quorum) else member in present
        for member in quorum.members
    )
    return reached >= quorum.threshold


def _left(quorum: Quorum, lost: frozenset[str]) -> Quorum | None:
    left: list[str | Quorum] = []
    for member in quorum.members:
        rest = (
            _left(member, lost)
            if isinstance(member, Quorum)
            else None
            if member in lost
            else member
        )
        if rest is not None:
            left.append(rest)
    return _made(quorum.threshold, left) if len(left) >= quorum.threshold else None


def _held(quorum: Quorum, people: Mapping[str, str]) -> Quorum:
    held = (
        _held(member, people) if isinstance(member, Quorum) else people.get(member, member)
        for member in quorum.members
    )
    return _made(quorum.threshold, held)


def _dual(quorum: Quorum) -> Quorum:
    """The quorum that exactly those can satisfy without whom this one cannot sign."""
    members = (_dual(member) if isinstance(member, Quorum) else member for member in quorum.members)
    return _made(len(quorum.members) - quorum.threshold + 1, members)


# ---- the fewest who can sign -----------------------------------------------------------------------


class _Fewest:
    """How few ids can sign.

    Ids that stand in one nested quorum only are all alike there, but for how often they stand there: the cheapest
    choice is made quorum by quorum. Those that stand in several are tried: of each kind (the same places) none, one,
    … all. ``mixtures`` is how many tries that takes.
    """

    def __init__(self, quorum: Quorum) -> None:
        self.nodes: list[Quorum] = []
        self._parents: list[int] = []
        self._walk(quorum, 0)
        places: dict[str, list[tuple[int, int]]] = {}
        for at, node in enumerate(self.nodes):
            for each, times in Counter(node.direct).items():
                places.setdefault(each, []).append((at, times))
        weights: list[list[int]] = [[] for _ in self.nodes]
        shared: Counter[tuple[tuple[int, int], ...]] = Counter()
        for where in places.values():
            if len(where) > 1:
                shared[tuple(where)] += 1
            else:
                weights[where[0][0]].append(where[0][1])
        self._most = len(places)
        self._kinds = list(shared.items())
        # What the 0, 1, 2, … heaviest ids of a quorum reach together.
        self._reach = [
            list(accumulate(sorted(of_node, reverse=True), initial=0)) for of_node in weights
        ]
        self.mixtures = 1  # up to CEILING
        for size in shared.values():
            self.mixtures = min(CEILING, self.mixtures * (size + 1))
        self.too_many = self.mixtures > 1 and self.mixtures * len(self.nodes) > MIXTURES

    def _walk(self, quorum: Quorum, parent: int) -> None:
        at = len(self.nodes)
        self.nodes.append(quorum)
        self._parents.append(parent)
        for member in quorum.members:
            if isinstance(member, Quorum):
                self._walk(member, at)

    def count(self) -> int:
        fewest = self._most  # all of them can always sign
        for taken in product(*(range(size + 1) for _, size in self._kinds)):
            paid = sum(taken)
            if paid < fewest:
                fewest = int(min(fewest, paid + self._rest(taken)))
        return fewest

    def _rest(self, taken: Sequence[int]) -> float:
        """How many more it takes, once so many of each shared kind take part. Nested quorums come after their own."""
        missing = [node.threshold for node in self.nodes]
        for many, (kind, _) in zip(taken, self._kinds, strict=True):
            for at, times in kind:
                missing[at] -= many * times
        nested: list[list[float]] = [[] for _ in self.nodes]
        for at in range(len(self.nodes) - 1, 0, -1):
            nested[self._parents[at]].append(_cheapest(missing[at], self._reach[at], nested[at]))
        return _cheapest(missing[0], self._reach[0], nested[0])


def _cheapest(missing: int, reach: Sequence[int], nested: Iterable[float]) -> float:
    """The fewest ids that give ``missing`` approvals: so many of the cheapest nested quorums, the rest by own ids."""
    if missing <= 0:
        return 0
    cheapest = math.inf
    for quorums, paid in enumerate(accumulate(sorted(nested), initial=0.0)):
        still = missing - quorums
        if still <= reach[-1]:
            cheapest = min(cheapest, paid + bisect_left(reach, still))
        if not still or paid >= cheapest:
            break
    return cheapest


# ---- all minimal sets ------------------------------------------------------------------------------


def _listed(quorum: Quorum, what: str) -> list[frozenset[str]]:
    """All minimal sets that can sign, small ones first, then by the order of ids."""
    ids = quorum.ids
    bound = _bound(quorum)
    entangled = sum(1 for _ in _leaves(quorum)) > len(ids)
    shown = _shown(bound)
    if bound > LIMIT and not entangled:
        raise _too_many(f"{what}: {shown} minimal sets are too many to list.")
    listing = _Listing(ids, f"{what}: up to {shown} minimal sets are too much work to list.")
    masks = listing.sets(listing.node(quorum))
    if len(masks) > LIMIT:
        raise _too_many(f"{what}: {len(masks):,} minimal sets are too many to list.")
    entries = sum(mask.bit_count() for mask in masks)
    if entries > ENTRIES:
        raise _too_many(
            f"{what}: {len(masks):,} minimal sets with {entries:,} names in them are too many to list."
        )
    places = sorted((_bits(mask) for mask in masks), key=lambda bits: (len(bits), bits))
    return [frozenset(ids[at] for at in bits) for bits in places]


def _shown(count: int) -> str:
    return f"{count:,}{' or more' * (count == CEILING)}"


def _too_many(what: str) -> InputError:
    return InputError(
        what, hint="outlook(lost) and single_points() always answer, and spare nearly always."
    )


def _bits(mask: int) -> list[int]:
    found = []
    while mask:
        lowest = mask & -mask
        found.append(lowest.bit_length() - 1)
        mask ^= lowest
    return found


def _bound(quorum: Quorum) -> int:
    """How many minimal sets can sign: exact where no id stands twice, otherwise no more than this. Up to CEILING.

    The sum over all choices of k members of the product of their own counts.
    """
    n, k = len(quorum.members), quorum.threshold
    choices = 1
    for at in range(min(k, n - k)):
        choices = choices * (n - at) // (at + 1)
        if choices >= CEILING:
            return CEILING
    ways = [1] + [0] * k  # to choose 0, 1, … k of the members so far
    for at, member in enumerate(quorum.members, 1):
        own = _bound(member) if isinstance(member, Quorum) else 1
        for chosen in range(min(k, at), max(1, k - (n - at)) - 1, -1):
            ways[chosen] = min(CEILING, ways[chosen] + ways[chosen - 1] * own)
    return ways[k]


@dataclass(frozen=True, slots=True)
class _Node:
    """A quorum over bits. ``heavy``: its own ids as (bit, how often), the most frequent first."""

    threshold: int
    heavy: tuple[tuple[int, int], ...]
    layers: tuple[tuple[int, int], ...]  # the same, those that stand equally often in one mask
    nested: tuple[_Node, ...]
    own: int
    everyone: int
    size: int  # quorums in it, itself included

    def weight(self, present: int, nested: int) -> int:
        """Approvals by its own ids and its first so many nested quorums."""
        own = sum(times * (present & mask).bit_count() for mask, times in self.layers)
        return own + sum(
            each.weight(present, len(each.nested)) >= each.threshold
            for each in self.nested[:nested]
        )


class _Listing:
    """The search for minimal sets, which gives up in time."""

    def __init__(self, ids: Sequence[str], refusal: str) -> None:
        self._at = {each: at for at, each in enumerate(ids)}
        self._price = 1 + len(ids) // 1000  # wide sets cost more
        self._left = STEPS
        self._refusal = refusal

    def _spend(self, steps: int) -> None:
        self._left -= steps * self._price
        if self._left < 0:
            raise _too_many(self._refusal)

    def node(self, quorum: Quorum) -> _Node:
        self._spend(len(quorum.members))
        nested = tuple(self.node(member) for member in quorum.members if isinstance(member, Quorum))
        layers: dict[int, int] = {}
        heavy = []
        for each, times in Counter(quorum.direct).most_common():
            bit = 1 << self._at[each]
            heavy.append((bit, times))
            layers[times] = layers.get(times, 0) | bit
        own = sum(layers.values())
        everyone = own
        for member in nested:
            everyone |= member.everyone
        return _Node(
            threshold=quorum.threshold,
            heavy=tuple(heavy),
            layers=tuple((mask, times) for times, mask in layers.items()),
            nested=nested,
            own=own,
            everyone=everyone,
            size=1 + sum(member.size for member in nested),
        )

    def sets(self, node: _Node) -> list[int]:
        """All minimal sets that satisfy it: nested quorums join one after another.

        ``reached[t]``: the minimal sets with at least t approvals by the members so far. Only those t are kept from
        which the members to come can still lead to the threshold.
        """
        k, last = node.threshold, len(node.nested)
        reached = {t: self._own_sets(node, t) for t in range(max(0, k - last), k + 1)}
        independent = all(times == 1 for _, times in node.heavy)
        so_far = node.own
        for joined, member in enumerate(node.nested, 1):
            theirs = self.sets(member)
            independent = independent and not so_far & member.everyone
            so_far |= member.everyone
            for t in range(
                k, max(1, k - (last - joined)) - 1, -1
            ):  # downwards: reached[t - 1] is still the old one
                self._spend(len(reached[t]) + len(reached[t - 1]) * len(theirs))
                found = [
                    *reached[t],
                    *(mine | other for mine in reached[t - 1] for other in theirs),
                ]
                if not independent:
                    found = [
                        mask
                        for mask in dict.fromkeys(found)
                        if self._is_minimal(mask, node, joined, t)
                    ]
                reached[t] = found
        return reached[k]

    def _own_sets(self, node: _Node, t: int) -> list[int]:
        """Minimal sets of its own ids with at least t approvals.

        Heaviest first: whoever joins last is the lightest, and so every set found is minimal, and found once.
        """
        if not t:
            return [0]
        heavy = node.heavy
        self._spend(2 * len(heavy))
        to_come = list(accumulate((times for _, times in reversed(heavy)), initial=0))[::-1]
        all_to_come = list(accumulate((bit for bit, _ in reversed(heavy)), or_, initial=0))[::-1]
        found = []
        branches = [(0, 0, 0)]  # the next to decide on, those taken, their approvals
        while branches:
            self._spend(1)
            at, taken, approvals = branches.pop()
            if approvals + to_come[at] <= t:
                if approvals + to_come[at] == t:  # it takes all of them
                    found.append(taken | all_to_come[at])
                continue
            bit, times = heavy[at]
            branches.append((at + 1, taken, approvals))
            if approvals + times >= t:
                found.append(taken | bit)
            else:
                branches.append((at + 1, taken | bit, approvals + times))
        return found

    def _is_minimal(self, mask: int, node: _Node, joined: int, t: int) -> bool:
        self._spend(mask.bit_count() * node.size)
        rest = mask
        while rest:
            lowest = rest & -rest
            if node.weight(mask ^ lowest, joined) >= t:
                return False
            rest ^= lowest
        return True

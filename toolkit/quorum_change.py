"""What a change of a quorum does to power: who can sign now and could not, and the other way round.

Quorums are only read here. Coalitions are listed where they can be (``gained``, ``lost``); one
smallest of each is searched for at any size, within a stated number of nodes.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from toolkit import quorum_sets
from toolkit.base.text import and_words, plural

if TYPE_CHECKING:
    from toolkit.quorum import Quorum

NODES = 20_000  # of one search: about a tenth of a second

# Where an id stands in a quorum: (number of the nested quorum, how often it stands there).
Places = tuple[tuple[int, int], ...]
Counts = tuple[int, ...]  # approvals so far, for each nested quorum
Taken = tuple["Taken", str] | None  # who takes part, as a chain: states share what they have


@dataclass(frozen=True, slots=True)
class Smallest:
    """A smallest coalition, as far as the search came.

    ``members``: the ids, or None where none was seen. ``proven``: whether the search came to its
    end; otherwise a smaller one, or a first one, may exist. ``nodes``: how many it looked at.

    >>> from toolkit.quorum import Quorum, power_change
    >>> change = power_change(Quorum(2, ["Alice", "Bob"]), Quorum(1, ["Alice", "Bob"]))
    >>> change.search_gained().in_words("can now sign")
    'Alice alone can now sign.'
    """

    members: frozenset[str] | None
    proven: bool
    nodes: int

    def in_words(self, change: str, names: Mapping[str, str] | None = None) -> str:
        """A sentence: ``Alice alone can now sign``, where ``change`` is ``can now sign``.

        ``names``: id → what to call it.
        """
        if self.members is None and self.proven:
            return f"Nobody {change}."
        if self.members is None:
            return f"Nobody was seen who {change}; {self.nodes:,} combinations were tried."
        members = sorted((names or {}).get(each, each) for each in self.members)
        who = f"{and_words(members)} together"
        if len(members) == 1:
            who = f"{members[0]} alone"
        if self.proven:
            return f"{who} {change}."
        return f"{who} {change}; fewer than {plural(len(members), 'member')} may, too."


@dataclass(frozen=True, slots=True)
class PowerChange:
    """What it means that ``after`` takes the place of ``before``; None: nobody can sign.

    Made by ``toolkit.quorum.power_change``.

    >>> from toolkit.quorum import Quorum, power_change
    >>> change = power_change(Quorum(1, ["Alice", "Bob"]), Quorum(2, ["Alice", "Bob"]))
    >>> change.in_words()
    ('Nobody can now sign and could not before.', 'Alice alone could sign before and cannot now.')
    """

    before: Quorum | None
    after: Quorum | None

    @property
    def gained(self) -> list[frozenset[str]]:
        """All minimal coalitions that can sign now and could not before, small ones first.

        Whoever else gained it includes one of these.

        Raises:
            InputError: those who can sign now are more than 10,000 minimal sets, or finding them
                takes too long. ``smallest_gained()`` still answers.
        """
        return _won(self.after, self.before)

    @property
    def lost(self) -> list[frozenset[str]]:
        """All minimal coalitions that could sign before and cannot now, small ones first.

        Raises:
            InputError: as for ``gained``, of those who could sign before.
        """
        return _won(self.before, self.after)

    def smallest_gained(self, nodes: int = NODES) -> frozenset[str] | None:
        """One smallest coalition that can sign now and could not before; None: none was seen.

        ``search_gained`` says whether that is proven.
        """
        return self.search_gained(nodes).members

    def smallest_lost(self, nodes: int = NODES) -> frozenset[str] | None:
        """One smallest coalition that could sign before and cannot now; None: none was seen."""
        return self.search_lost(nodes).members

    def search_gained(self, nodes: int = NODES) -> Smallest:
        """The search behind ``smallest_gained``, over at most so many nodes."""
        return _smallest(self.after, self.before, nodes)

    def search_lost(self, nodes: int = NODES) -> Smallest:
        """The search behind ``smallest_lost``, over at most so many nodes."""
        return _smallest(self.before, self.after, nodes)

    def in_words(self, names: Mapping[str, str] | None = None) -> tuple[str, ...]:
        """Two sentences: what is gained and what is lost, each by one smallest example.

        ``names``: id → what to call it.
        """
        gained, lost = self.search_gained(), self.search_lost()
        return (
            gained.in_words("can now sign and could not before", names),
            lost.in_words("could sign before and cannot now", names),
        )


def _won(now: Quorum | None, then: Quorum | None) -> list[frozenset[str]]:
    """Minimal sets that satisfy one quorum and not the other.

    Each is a minimal set of ``now``: what a part of a coalition could do, all of it could.
    """
    if now is None:
        return []
    sets = quorum_sets.minimal_sets(now, "power_change")
    if then is None:
        return sets
    return [each for each in sets if not then.can_sign(each)]


# ---- one that surely follows from another --------------------------------------------------------


def implies(strong: Quorum, weak: Quorum) -> bool:
    """Whether whoever satisfies one quorum satisfies another, as far as their shapes show it.

    True is a proof. False says nothing: it may still be so.
    """
    strangers = Counter(strong.direct)
    strangers.subtract(Counter(weak.direct))
    unmatched = sum(times for times in strangers.values() if times > 0)
    unmatched += len(strong.nested) - _matched(strong.nested, weak.nested)
    return strong.threshold - unmatched >= weak.threshold


def _matched(strong: Sequence[Quorum], weak: Sequence[Quorum]) -> int:
    """How many of these quorums each imply another one of those (a largest matching)."""
    fits = [[at for at, other in enumerate(weak) if implies(each, other)] for each in strong]
    taken_by: dict[int, int] = {}

    def place(each: int, tried: set[int]) -> bool:
        for at in fits[each]:
            if at in tried:
                continue
            tried.add(at)
            if at not in taken_by or place(taken_by[at], tried):
                taken_by[at] = each
                return True
        return False

    return sum(place(each, set()) for each in range(len(strong)))


# ---- one smallest --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Tree:
    """A quorum as its nested quorums in a row, each before those in it."""

    thresholds: Counts
    parents: Counts

    @property
    def nothing(self) -> Counts:
        """No approvals yet."""
        return (0,) * len(self.thresholds)

    def satisfied(self, counts: Sequence[int]) -> bool:
        """Whether these approvals by ids, for each nested quorum, are enough."""
        approvals = list(counts)
        for at in range(len(approvals) - 1, 0, -1):
            if approvals[at] >= self.thresholds[at]:
                approvals[self.parents[at]] += 1
        return approvals[0] >= self.thresholds[0]


_NOBODY = _Tree((1,), (0,))  # nobody stands in it


@dataclass(frozen=True, slots=True)
class _Kind:
    """Ids that stand in the same places of both quorums: any of them will do."""

    ids: tuple[str, ...]
    wanted: Places  # in the quorum to satisfy
    harmful: Places  # in the quorum not to satisfy


@dataclass(frozen=True, slots=True)
class _State:
    """Some take part; which kinds may still be added is open."""

    kind: int
    used: int  # of that kind
    wanted: Counts
    harmful: Counts
    size: int
    taken: Taken


def _smallest(now: Quorum | None, then: Quorum | None, nodes: int) -> Smallest:
    if now is None or (then is not None and implies(now, then)):
        return Smallest(None, True, 0)
    return _Search(now, then).run(nodes)


class _Search:
    """Branch and bound: whoever does no harm first, and never more than the best so far."""

    def __init__(self, now: Quorum, then: Quorum | None) -> None:
        self._wanted, wanted_places = _tree_of(now)
        harmful_places: dict[str, Places] = {}
        self._harmful = _NOBODY
        if then is not None:
            self._harmful, harmful_places = _tree_of(then)
        self._kinds = _kinds(wanted_places, harmful_places)
        self._most_often = _most_often(wanted_places, self._wanted)
        #: how many places of the quorum to satisfy one id can fill at once
        self._shared = max(map(len, wanted_places.values()))
        self._to_come = self._sums()

    def _sums(self) -> list[Counts]:
        """For each kind: the approvals that it and all later ones could give."""
        sums = [self._wanted.nothing]
        for kind in reversed(self._kinds):
            sums.append(_plus(sums[-1], kind.wanted, len(kind.ids)))
        return sums[::-1]

    def run(self, limit: int) -> Smallest:
        """Look at no more than so many nodes."""
        start = _State(0, 0, self._wanted.nothing, self._harmful.nothing, 0, None)
        states = [(self._at_least(start), start)]
        best: _State | None = None
        nodes = 0
        while states and nodes < limit:
            at_least, state = states.pop()
            nodes += 1
            if best and at_least >= best.size:
                continue
            if self._wanted.satisfied(state.wanted):
                best = state
                continue
            states += self._next(state)
        members = frozenset(_chain(best.taken)) if best else None
        return Smallest(members, not states, nodes)

    def _next(self, state: _State) -> list[tuple[float, _State]]:
        """Without another one of this kind, and with one; what promises less comes last.

        With how large a coalition must be at least that grows from it.
        """
        open_states = []
        for following in self._following(state):
            at_least = following.size + self._at_least(following)
            if at_least < math.inf and not self._harmful.satisfied(following.harmful):
                open_states.append((at_least, following))
        return sorted(open_states, key=lambda each: -each[0])

    def _following(self, state: _State) -> Iterator[_State]:
        if state.kind == len(self._kinds):
            return
        kind = self._kinds[state.kind]
        yield _State(state.kind + 1, 0, state.wanted, state.harmful, state.size, state.taken)
        if state.used < len(kind.ids):
            yield _State(
                state.kind,
                state.used + 1,
                _plus(state.wanted, kind.wanted, 1),
                _plus(state.harmful, kind.harmful, 1),
                state.size + 1,
                (state.taken, kind.ids[state.used]),
            )

    def _at_least(self, state: _State) -> float:
        """No fewer than so many more are needed; infinite where not even all are enough."""
        could_give = self._to_come[state.kind]
        if state.used:
            could_give = _plus(could_give, self._kinds[state.kind].wanted, -state.used)
        prices: list[list[float]] = [[] for _ in could_give]
        for at in range(len(could_give) - 1, -1, -1):
            missing = self._wanted.thresholds[at] - state.wanted[at]
            price = self._price(missing, could_give[at], self._most_often[at], prices[at])
            if at:
                prices[self._wanted.parents[at]].append(price)
        return price

    def _price(
        self, missing: int, could_give: int, most_often: int, nested: Iterable[float]
    ) -> float:
        """A lower bound for ``missing`` approvals: of nested quorums the cheapest, then ids."""
        if missing <= 0:
            return 0
        cheapest = math.inf
        dearest = total = 0.0
        for satisfied, price in enumerate((0.0, *sorted(nested))):
            dearest = max(dearest, price)
            total += price
            still = max(0, missing - satisfied)
            if still <= could_give and total < math.inf:
                own = math.ceil(still / max(1, most_often))
                # an id that stands in several of them serves each
                shared = math.ceil((total + own) / self._shared)
                cheapest = min(cheapest, max(dearest, own, shared))
        return cheapest


def _tree_of(quorum: Quorum) -> tuple[_Tree, dict[str, Places]]:
    nodes, parents = zip(*quorum_sets.walk(quorum), strict=True)
    places = {each: tuple(where) for each, where in quorum_sets.places_of(nodes).items()}
    return _Tree(tuple(node.threshold for node in nodes), parents), places


def _kinds(wanted: Mapping[str, Places], harmful: Mapping[str, Places]) -> list[_Kind]:
    """Those who are of use, the least harmful first, then the most useful."""
    alike: dict[tuple[Places, Places], list[str]] = {}
    for each, places in wanted.items():
        alike.setdefault((places, harmful.get(each, ())), []).append(each)
    kinds = [_Kind(tuple(ids), *places) for places, ids in alike.items()]
    kinds.sort(key=lambda kind: (_times(kind.harmful), -_times(kind.wanted)))
    return kinds


def _times(places: Places) -> int:
    return sum(times for _, times in places)


def _most_often(places: Mapping[str, Places], tree: _Tree) -> list[int]:
    """For each nested quorum: how often one id stands in it at most."""
    most = list(tree.nothing)
    for where in places.values():
        for at, times in where:
            most[at] = max(most[at], times)
    return most


def _plus(counts: Counts, places: Places, many: int) -> Counts:
    changed = list(counts)
    for at, times in places:
        changed[at] += many * times
    return tuple(changed)


def _chain(taken: Taken) -> Iterable[str]:
    while taken is not None:
        taken, each = taken
        yield each

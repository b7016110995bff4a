"""What has to be enumerated of a quorum: the fewest who can sign, and all minimal sets of them.

Each search has a bound, and says so where it is reached. Quorums are only read here; those without
whom nobody can sign are the signing sets of a quorum's dual, which ``quorum`` makes.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, product
from operator import or_
from typing import TYPE_CHECKING

from toolkit.errors import InputError

if TYPE_CHECKING:
    from toolkit.quorum import Quorum

LIMIT = 10_000  # minimal sets that are listed
ENTRIES = 1_000_000  # ids in all sets of one list
STEPS = 3_000_000  # of work for one list: a few seconds
MIXTURES = 200_000  # of shared members, times quorums, that are tried for spare: about a second
CEILING = 10**18  # counting stops here: nobody lists that many

# Where an id stands: (number of the quorum, how often it stands there).
Places = tuple[tuple[int, int], ...]


def _shown(count: int) -> str:
    if count == CEILING:
        return f"{count:,} or more"
    return f"{count:,}"


# ---- the fewest who can sign ---------------------------------------------------------------------


def fewest(quorum: Quorum) -> int:
    """How few ids can sign.

    Raises:
        InputError: too many ids stand in several nested quorums to count it.
    """
    mixtures = mixtures_of(quorum)
    if mixtures.too_many:
        raise InputError(
            f"spare: members stand in several nested quorums, in {_shown(mixtures.count)} mixtures "
            f"over {len(mixtures.nodes):,} quorums. That is too many to try.",
            hint="Ask single_points(), or outlook(lost) for losses that you have in mind.",
        )
    return mixtures.fewest()


@dataclass(frozen=True, slots=True)
class Mixtures:
    """The choices to try when the fewest ids that can sign are looked for.

    Ids that stand in one nested quorum only are all alike there, but for how often they stand
    there: the cheapest choice is made quorum by quorum. Those that stand in several are tried: of
    each kind (the same places) none, one, … all. ``count`` is how many tries that takes, up to
    ``CEILING``.
    """

    nodes: tuple[Quorum, ...]  # each quorum before those in it
    parents: tuple[int, ...]
    kinds: tuple[tuple[Places, int], ...]  # shared ids of one kind, and how many they are
    reach: tuple[tuple[int, ...], ...]  # what the 0, 1, 2, … heaviest own ids of a node give
    ids: int
    count: int

    @property
    def too_many(self) -> bool:
        """Whether trying them all would take too long."""
        return self.count > 1 and self.count * len(self.nodes) > MIXTURES

    def fewest(self) -> int:
        """How few ids can sign."""
        best = self.ids  # all of them can always sign
        choices = [range(size + 1) for _, size in self.kinds]
        for taken in product(*choices):
            already = sum(taken)
            if already < best:
                best = int(min(best, already + self._rest(taken)))
        return best

    def _rest(self, taken: Sequence[int]) -> float:
        """How many more it takes, once so many of each shared kind take part."""
        missing = [node.threshold for node in self.nodes]
        for many, (kind, _) in zip(taken, self.kinds, strict=True):
            for at, times in kind:
                missing[at] -= many * times
        nested: list[list[float]] = [[] for _ in self.nodes]
        # from the last to the first: what is nested has its price before the quorum around it
        for at in range(len(self.nodes) - 1, 0, -1):
            price = _cheapest(missing[at], self.reach[at], nested[at])
            nested[self.parents[at]].append(price)
        return _cheapest(missing[0], self.reach[0], nested[0])


def mixtures_of(quorum: Quorum) -> Mixtures:
    """What would have to be tried to find the fewest ids that can sign."""
    nodes: list[Quorum] = []
    parents: list[int] = []
    for node, parent in walk(quorum):
        nodes.append(node)
        parents.append(parent)
    places = places_of(nodes)
    weights: list[list[int]] = [[] for _ in nodes]
    shared: Counter[Places] = Counter()
    for where in places.values():
        if len(where) > 1:
            shared[tuple(where)] += 1
        else:
            at, times = where[0]
            weights[at].append(times)
    count = 1
    for size in shared.values():
        count = min(CEILING, count * (size + 1))
    return Mixtures(
        nodes=tuple(nodes),
        parents=tuple(parents),
        kinds=tuple(shared.items()),
        reach=tuple(_sums(sorted(of_node, reverse=True)) for of_node in weights),
        ids=len(places),
        count=count,
    )


def walk(quorum: Quorum) -> Iterator[tuple[Quorum, int]]:
    """Each quorum, and the number of the one around it; the outermost is its own."""
    number = 0
    waiting = [(quorum, 0)]
    while waiting:
        node, parent = waiting.pop()
        yield node, parent
        # the first member is taken next
        waiting += [(member, number) for member in reversed(node.nested)]
        number += 1


def places_of(nodes: Sequence[Quorum]) -> dict[str, list[tuple[int, int]]]:
    """Where each id stands: (number of the quorum in this order, how often it stands there)."""
    places: dict[str, list[tuple[int, int]]] = {}
    for at, node in enumerate(nodes):
        for each, times in Counter(node.direct).items():
            places.setdefault(each, []).append((at, times))
    return places


def _sums(weights: Iterable[int]) -> tuple[int, ...]:
    return tuple(accumulate(weights, initial=0))


def _cheapest(missing: int, reach: Sequence[int], nested: Iterable[float]) -> float:
    """The fewest ids that give ``missing`` approvals.

    So many of the cheapest nested quorums, the rest by own ids.
    """
    if missing <= 0:
        return 0
    cheapest = math.inf
    prices = accumulate(sorted(nested), initial=0.0)
    for quorums, price in enumerate(prices):
        still = missing - quorums
        if still <= reach[-1]:
            own = bisect_left(reach, still)
            cheapest = min(cheapest, price + own)
        if not still or price >= cheapest:
            break
    return cheapest


# ---- all minimal sets ----------------------------------------------------------------------------


def minimal_sets(quorum: Quorum, what: str) -> list[frozenset[str]]:
    """All minimal sets that can sign, small ones first, then by the order of ids.

    Args:
        what: who asks, for the sentence of a refusal.

    Raises:
        InputError: they are more than ``LIMIT``, or finding them takes more than ``STEPS``.
    """
    ids = quorum.ids
    bound = _bound(quorum)
    entangled = sum(1 for _ in quorum.leaves()) > len(ids)
    shown = _shown(bound)
    if bound > LIMIT and not entangled:
        raise _too_many(f"{what}: {shown} minimal sets are too many to list.")
    refusal = f"{what}: up to {shown} minimal sets are too much work to list."
    search = _Search(ids, refusal)
    masks = search.sets(search.node(quorum))
    _must_be_listable(masks, what)
    places = [_bits(mask) for mask in masks]
    places.sort(key=lambda bits: (len(bits), bits))
    return [frozenset(ids[at] for at in bits) for bits in places]


def _must_be_listable(masks: Sequence[int], what: str) -> None:
    many = f"{len(masks):,} minimal sets"
    if len(masks) > LIMIT:
        raise _too_many(f"{what}: {many} are too many to list.")
    entries = sum(mask.bit_count() for mask in masks)
    if entries > ENTRIES:
        raise _too_many(f"{what}: {many} with {entries:,} names in them are too many to list.")


def _too_many(what: str) -> InputError:
    return InputError(
        what,
        hint="outlook(lost) and single_points() always answer, and spare nearly always.",
    )


def _bits(mask: int) -> list[int]:
    bits = []
    while mask:
        lowest = mask & -mask
        bits.append(lowest.bit_length() - 1)
        mask ^= lowest
    return bits


def _bound(quorum: Quorum) -> int:
    """How many minimal sets can sign, up to ``CEILING``.

    Exact where no id stands twice, otherwise no more than this: the sum over all choices of k
    members of the product of their own counts.
    """
    size = len(quorum.members)
    k = quorum.threshold
    choices = 1
    for at in range(min(k, size - k)):
        choices = choices * (size - at) // (at + 1)
        if choices >= CEILING:
            return CEILING
    ways = [1] + [0] * k  # to choose 0, 1, … k of the members so far
    for at, member in enumerate(quorum.members, 1):
        own = 1
        if not isinstance(member, str):
            own = _bound(member)
        least = max(1, k - (size - at))  # from fewer, the members to come do not lead to k
        for chosen in range(min(k, at), least - 1, -1):
            more = ways[chosen - 1] * own
            ways[chosen] = min(CEILING, ways[chosen] + more)
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

    def weight(self, present: int, joined: int) -> int:
        """Approvals by its own ids and its first so many nested quorums."""
        approvals = 0
        for mask, times in self.layers:
            approvals += times * (present & mask).bit_count()
        for node in self.nested[:joined]:
            approvals += node.weight(present, len(node.nested)) >= node.threshold
        return approvals


class _Search:
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
        """The quorum over bits: each id is the bit of its place in the order of ids."""
        self._spend(len(quorum.members))
        nested = tuple(self.node(member) for member in quorum.nested)
        layers: dict[int, int] = {}
        heavy = []
        for each, times in Counter(quorum.direct).most_common():
            bit = 1 << self._at[each]
            heavy.append((bit, times))
            layers[times] = layers.get(times, 0) | bit
        own = sum(layers.values())
        everyone = own
        for node in nested:
            everyone |= node.everyone
        return _Node(
            threshold=quorum.threshold,
            heavy=tuple(heavy),
            layers=tuple((mask, times) for times, mask in layers.items()),
            nested=nested,
            own=own,
            everyone=everyone,
            size=1 + sum(node.size for node in nested),
        )

    def sets(self, node: _Node) -> list[int]:
        """All minimal sets that satisfy it: nested quorums join one after another.

        ``reached[t]``: the minimal sets with at least t approvals by the members so far. Only
        those t are kept from which the members to come can still lead to the threshold.
        """
        k = node.threshold
        last = len(node.nested)
        reached = {t: self._own_sets(node, t) for t in range(max(0, k - last), k + 1)}
        independent = all(times == 1 for _, times in node.heavy)
        so_far = node.own
        for joined, member in enumerate(node.nested, 1):
            theirs = self.sets(member)
            independent = independent and not so_far & member.everyone
            so_far |= member.everyone
            least = max(1, k - (last - joined))
            # downwards: reached[t - 1] is still the old one
            for t in range(k, least - 1, -1):
                masks = self._joined(reached[t], reached[t - 1], theirs)
                if not independent:
                    masks = self._minimal(masks, node, joined, t)
                reached[t] = masks
        return reached[k]

    def _joined(self, without: list[int], one_less: list[int], theirs: list[int]) -> list[int]:
        """Sets that reach it without the new member, and those that do with one of its sets."""
        self._spend(len(without) + len(one_less) * len(theirs))
        masks = list(without)
        masks += [mine | other for mine in one_less for other in theirs]
        return masks

    def _own_sets(self, node: _Node, t: int) -> list[int]:
        """Minimal sets of its own ids with at least t approvals.

        Heaviest first: whoever joins last is the lightest, and so every set that comes out is
        minimal, and comes out once.
        """
        if not t:
            return [0]
        heavy = node.heavy
        self._spend(2 * len(heavy))
        lightest_first = heavy[::-1]
        to_come = _sums(times for _, times in lightest_first)[::-1]
        bits_to_come = list(accumulate((bit for bit, _ in lightest_first), or_, initial=0))[::-1]
        masks = []
        branches = [(0, 0, 0)]  # the next to decide on, those taken, their approvals
        while branches:
            self._spend(1)
            at, taken, approvals = branches.pop()
            most = approvals + to_come[at]
            if most < t:
                continue
            if most == t:  # it takes all of them
                masks.append(taken | bits_to_come[at])
                continue
            bit, times = heavy[at]
            branches.append((at + 1, taken, approvals))
            if approvals + times >= t:
                masks.append(taken | bit)
            else:
                branches.append((at + 1, taken | bit, approvals + times))
        return masks

    def _minimal(self, masks: list[int], node: _Node, joined: int, t: int) -> list[int]:
        """Those of them, each once, that can spare nobody."""
        minimal = []
        for mask in dict.fromkeys(masks):
            if self._is_minimal(mask, node, joined, t):
                minimal.append(mask)
        return minimal

    def _is_minimal(self, mask: int, node: _Node, joined: int, t: int) -> bool:
        self._spend(mask.bit_count() * node.size)
        rest = mask
        while rest:
            lowest = rest & -rest
            if node.weight(mask ^ lowest, joined) >= t:
                return False
            rest ^= lowest
        return True

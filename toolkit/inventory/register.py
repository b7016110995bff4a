"""What each partition of an inventory must know of the others: who comes first where, in 64-bit
hashes and numbers, so that a hundred million bytes hold it of four million quorums.

``found_in`` looks at one partition, ``registered`` puts what was found in all of them together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from toolkit.inventory.coding import Coding, coded, named_holders, owned, ruled, signed, unowned
from toolkit.inventory.columns import KIND_BITS, SEATS, TO_PROVE, Flags, Ints, hashes
from toolkit.inventory.inventory import Inventory, Unseen
from toolkit.inventory.people import People
from toolkit.inventory.powers import cobo_nodes

Hashes = npt.NDArray[np.uint64]


@dataclass(frozen=True, eq=False)
class Firsts:
    """Where things stand first in all of the inventory: sorted hashes, and the place of each."""

    hashes: Hashes
    places: Ints

    def places_of(self, wanted: Hashes) -> Ints:
        """The place of each; all of them stand somewhere."""
        return self.places[np.searchsorted(self.hashes, wanted)]


@dataclass(frozen=True, eq=False)
class Counts:
    """How often things are named: sorted hashes, and the number of each."""

    hashes: Hashes
    numbers: Ints

    def have(self, wanted: Hashes) -> Flags:
        """Which of them are among these."""
        return np.isin(wanted, self.hashes)

    def counts_of(self, wanted: Hashes) -> Ints:
        """The number of each, 0 for what is never named."""
        if not len(self.hashes):
            return np.zeros(len(wanted), np.int64)
        at = np.minimum(np.searchsorted(self.hashes, wanted), len(self.hashes) - 1)
        return np.where(self.hashes[at] == wanted, self.numbers[at], 0)


@dataclass(frozen=True, eq=False)
class Found:
    """What one partition has. ``labels``: names of keys by hash, and where each name stands."""

    seats: Firsts
    labels: Mapping[int, tuple[int, str]]
    nodes: frozenset[str]
    holders: Firsts
    quorums: Hashes
    owned: Counts
    signed: Counts
    policies: Hashes
    ruled: Counts
    unowned: Mapping[str, int]


@dataclass(frozen=True, eq=False)
class Register:
    """What a partition must know of the others, and of all that is in none of them: the moment that
    it is about (Unix ms), who holds which seat, and what was not seen.

    ``nodes`` are Cobo's own; ``labels`` the names of seats by hash; ``leads`` the places of the
    first seat of each person; ``quorums`` all that were seen; ``owned`` and ``signed`` how many
    wallets each owns or signs for; ``policies`` and ``ruled`` the same of policies; ``unowned`` how
    many wallets of an app have no owner; ``to_prove`` of how many seats a drill could be recorded.
    """

    at_ms: int
    people: People
    unseen: tuple[Unseen, ...]
    seats: Firsts
    labels: Mapping[int, str]
    nodes: frozenset[str]
    leads: Ints
    holders: Firsts
    quorums: Counts
    owned: Counts
    signed: Counts
    policies: Counts
    ruled: Counts
    unowned: Mapping[str, int]
    to_prove: int


def found_in(inventory: Inventory, lines: Mapping[str, Ints]) -> Found:
    """What a partition has; ``lines`` are those of its rows in all of the inventory."""
    coding = coded(inventory, lines, cobo_nodes(inventory))
    seats = hashes(list(coding.code))
    holders = [
        (row, number, holder)
        for row, group in enumerate(inventory.groups)
        for number, holder in enumerate(group.key_share_holders or (), 1)
    ]
    named = named_holders(holders, lines["groups"])
    places = np.array([place for _, place in named.values()], np.int64)
    return Found(
        seats=_firsts(seats, np.array(coding.first, np.int64)),
        labels=_labels(coding, seats),
        nodes=cobo_nodes(inventory),
        holders=_firsts(hashes(list(named)), places),
        quorums=hashes([quorum.id for quorum in inventory.quorums]),
        owned=_counts(owned(inventory)),
        signed=_counts(signed(inventory)),
        policies=hashes([policy.id for policy in inventory.policies]),
        ruled=_counts({each: len(rows) for each, rows in ruled(inventory.wallets).items()}),
        unowned=unowned(inventory),
    )


def _labels(coding: Coding, seats: Hashes) -> Mapping[int, tuple[int, str]]:
    listed = zip(seats.tolist(), coding.label_places, coding.labels, strict=True)
    return {seat: (place, label) for seat, place, label in listed if label}


def registered(
    found: Sequence[Found], at_ms: int, people: People, unseen: tuple[Unseen, ...]
) -> Register:
    """What was found in all partitions, together."""
    nodes = frozenset[str]().union(*_all(found, "nodes"))
    seats = _without(_all_firsts(_all(found, "seats")), nodes)
    kinds = np.bincount(seats.places >> KIND_BITS, minlength=len(SEATS))
    return Register(
        at_ms=at_ms,
        people=people,
        unseen=unseen,
        seats=seats,
        labels=_first_labels(found),
        nodes=nodes,
        leads=_leads(seats, people),
        holders=_all_firsts(_all(found, "holders")),
        quorums=_present(_all(found, "quorums")),
        owned=_all_counts(_all(found, "owned")),
        signed=_all_counts(_all(found, "signed")),
        policies=_present(_all(found, "policies")),
        ruled=_all_counts(_all(found, "ruled")),
        unowned=_sum(_all(found, "unowned")),
        to_prove=int(sum(kinds[SEATS.index(kind)] for kind in TO_PROVE)),
    )


def _firsts(hashed: Hashes, places: Ints) -> Firsts:
    """Each hash once, with its smallest place."""
    order = np.lexsort((places, hashed))
    hashed, places = hashed[order], places[order]
    new = np.ones(len(hashed), np.bool_)
    new[1:] = hashed[1:] != hashed[:-1]
    return Firsts(hashed[new], places[new])


def _all_firsts(found: Sequence[Firsts]) -> Firsts:
    return _firsts(
        np.concatenate([each.hashes for each in found]),
        np.concatenate([each.places for each in found]),
    )


def _without(seats: Firsts, nodes: Iterable[str]) -> Firsts:
    """The same but for Cobo's own nodes: one partition may not know whose a node is."""
    own = np.isin(seats.hashes, hashes(sorted(nodes)))
    kept = ~own | (seats.places >> KIND_BITS != SEATS.index("TSS node"))
    return Firsts(seats.hashes[kept], seats.places[kept])


def _first_labels(found: Sequence[Found]) -> Mapping[int, str]:
    first: dict[int, tuple[int, str]] = {}
    for each in found:
        for seat, named in each.labels.items():
            if seat not in first or named < first[seat]:
                first[seat] = named
    return {seat: label for seat, (_, label) in first.items()}


def _leads(seats: Firsts, people: People) -> Ints:
    """The place of the first seat of each person, of those that were seen."""
    ids = list(people.seats)
    hashed = hashes(ids)
    seen = np.isin(hashed, seats.hashes)
    places = seats.places_of(hashed[seen]).tolist()
    first: dict[str, int] = {}
    for at, place in zip(np.flatnonzero(seen).tolist(), places, strict=True):
        person = people.seats[ids[at]].person
        first[person] = min(place, first.get(person, place))
    return np.array(sorted(first.values()), np.int64)


def _counts(counts: Mapping[str, int]) -> Counts:
    hashed = hashes(list(counts))
    order = np.argsort(hashed)
    return Counts(hashed[order], np.array(list(counts.values()), np.int64)[order])


def _sum(counts: Sequence[Mapping[str, int]]) -> Mapping[str, int]:
    total: Counter[str] = Counter()
    for each in counts:
        total.update(each)
    return total


def _all(found: Sequence[Found], what: str) -> list[Any]:
    return [getattr(each, what) for each in found]


def _present(found: Sequence[Hashes]) -> Counts:
    hashed = np.sort(np.concatenate(found))
    return Counts(hashed, np.broadcast_to(np.int64(1), len(hashed)))


def _all_counts(found: Sequence[Counts]) -> Counts:
    every = np.concatenate([each.hashes for each in found])
    numbers = np.concatenate([each.numbers for each in found])
    hashed, at = np.unique(every, return_inverse=True)
    return Counts(hashed, np.bincount(at, numbers, len(hashed)).astype(np.int64))

"""What is left after the worst single loss, what ends soon, and who holds which power: for pictures
and tables alike.

Left out of the margins: day-to-day signing in a Cobo group, where every designated signer is
needed, so no loss is ever borne; and app secrets, which the vendor's dashboard makes anew.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from toolkit.base.collector import paused
from toolkit.base.times import DAY_MS
from toolkit.cobo.access import SOON_MS
from toolkit.inventory.powers import COBO, Power, held_by, persons_of
from toolkit.quorum import Quorum

if TYPE_CHECKING:
    from toolkit.inventory.inventory import Inventory


@dataclass(frozen=True, slots=True)
class Standing:
    """A power that is known, by who holds its seats; ``seats``: how many each person has."""

    power: Power
    quorum: Quorum
    seats: Mapping[str, int]
    people: Quorum | None  # the quorum by person, where something is nested in it

    def part(self, person: str) -> Part:
        """What somebody with a seat in it is to it."""
        if self.power.state:
            return "idle"
        if self.is_enough(person):
            return "alone"
        return "must" if self.is_needed(person) else "one"

    def is_enough(self, person: str) -> bool:
        """Whether somebody with a seat in it is enough alone."""
        if self.people is not None:
            return self.people.can_sign({person})
        return self.seats[person] >= self.quorum.threshold

    def is_needed(self, person: str) -> bool:
        """Whether it stops without somebody with a seat in it."""
        if self.people is not None:
            return person in self.people.single_points()
        return self.seats[person] > self._bearable

    def spare(self, lost: Collection[str] = ()) -> int | None:
        """How many people may be lost, whoever they are, beside those who are lost already; -1: it
        has stopped; None: too entangled to count.
        """
        if self.people is not None:
            outlook = self.people.outlook(lost)
            return outlook.spare if outlook.can_sign else -1
        bearable, others = self._without(lost)
        if bearable < 0:
            return -1
        taken = itertools.accumulate(sorted(others.values(), reverse=True))
        return sum(together <= bearable for together in taken)

    def single_points(self, lost: Collection[str] = ()) -> frozenset[str]:
        """Whose loss stops it once these are lost; nobody’s, where it has stopped."""
        if self.people is not None:
            return self.people.outlook(lost).single_points
        bearable, others = self._without(lost)
        if bearable < 0:
            return frozenset()
        return frozenset(person for person, seats in others.items() if seats > bearable)

    def _without(self, lost: Collection[str]) -> tuple[int, Mapping[str, int]]:
        """Where nothing is nested: how many more members may be missing, and who is left."""
        gone = sum(self.seats.get(person, 0) for person in lost)
        others = {person: seats for person, seats in self.seats.items() if person not in lost}
        return self._bearable - gone, others

    @property
    def _bearable(self) -> int:
        """How many members may be missing."""
        return len(self.quorum.members) - self.quorum.threshold


def standings_of(inventory: Inventory) -> tuple[Standing, ...]:
    """Of every power that is known, in the order of ``inventory.powers``."""
    persons = persons_of(inventory)
    with paused():
        return tuple(
            _standing(power, power.quorum, persons) for power in inventory.powers if power.quorum
        )


def by_person(inventory: Inventory) -> Mapping[str, Sequence[int]]:
    """Of each person, the places in ``inventory.standings`` in which they have a seat."""
    places: dict[str, list[int]] = {}
    with paused():
        for at, standing in enumerate(inventory.standings):
            for person in standing.seats:
                places.setdefault(person, []).append(at)
    return places


def standings_with(inventory: Inventory, people: Collection[str]) -> Sequence[Standing]:
    """Those in which some of these people have a seat, in their order."""
    places = {at for person in people for at in inventory.places_of_people.get(person, ())}
    return [inventory.standings[at] for at in sorted(places)]


def _standing(power: Power, quorum: Quorum, persons: Mapping[str, str]) -> Standing:
    people = None if quorum.depth == 1 else held_by(quorum, persons)
    seats: dict[str, int] = {}
    for seat in quorum.leaves():
        person = persons.get(seat, seat)
        seats[person] = seats.get(person, 0) + 1
    return Standing(power, quorum, seats, people)


@dataclass(frozen=True, slots=True)
class Margin:
    """How many more people a power bears to lose: ``today``, and ``worst`` after the worst single
    loss; -1: it stops. ``whose`` loss is the worst one. None: too entangled to count.
    """

    standing: Standing
    today: int | None

    @property
    def power(self) -> Power:
        """Which one."""
        return self.standing.power

    @property
    def worst(self) -> int | None:
        """One less than today: whoever it is, is one of the fewest without whom it stops."""
        return None if self.today is None else self.today - 1

    @property
    def whose(self) -> tuple[str, ...]:
        """Nobody's, where it is too entangled to count."""
        if self.today is None:
            return ()
        return tuple(
            each for each in self.standing.seats if self.standing.spare({each}) == self.worst
        )

    @property
    def stops(self) -> bool:
        """Whether one loss stops it."""
        return self.worst == -1


def margins_of(inventory: Inventory) -> tuple[Margin, ...]:
    """Of every power that can be used and is known, but signing day to day; the worst first."""
    with paused():
        rows = [
            Margin(each, each.spare())
            for each in inventory.standings
            if each.power.kind not in ("signs", "decides") and not each.power.state
        ]
        return tuple(sorted(rows, key=_worst_first))


def _worst_first(row: Margin) -> tuple[float, str]:
    return float("inf") if row.today is None else row.today, row.power.title


# ---- what ends -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ending:
    """Something that ends at ``ends_ms`` (Unix ms); None: it has no end."""

    kind: str
    name: str
    ends_ms: int | None

    def days(self, at_ms: int) -> float | None:
        """Days from a moment until then; negative once it has ended."""
        return None if self.ends_ms is None else (self.ends_ms - at_ms) / DAY_MS


#: Days before something ends in which we warn: as the key's own card and the rule have it.
WARNED_DAYS = SOON_MS // DAY_MS


def endings(inventory: Inventory) -> tuple[Ending, ...]:
    """API keys by when they end, the first first; those without an end last.

    A key whose end Cobo does not say is left out: it is neither.
    """
    keys = [
        Ending("API key", info.name, info.expired_timestamp)
        for info in inventory.api_keys
        if isinstance(info.expired_timestamp, int | None)
    ]
    return tuple(sorted(keys, key=lambda each: (each.ends_ms is None, each.ends_ms or 0)))


# ---- who holds power over what -------------------------------------------------------------------

#: ``alone``: enough alone. ``must``: must not be lost. ``one``: one of several. ``idle``: it cannot
#: be used now. ``none``: no seat.
Part = Literal["alone", "must", "one", "idle", "none"]
PARTS: Mapping[Part, str] = {
    "alone": "enough alone",
    "must": "must not be lost",
    "one": "one of several",
    "idle": "the group cannot be used now",
    "none": "no seat",
}


@dataclass(frozen=True, slots=True)
class Holding:
    """The part of one person in one power, and how many seats."""

    part: Part
    seats: int


@dataclass(frozen=True, slots=True)
class Holdings:
    """People by powers; ``parts``: of each person, the part in those powers in which they have a
    seat, by their place in ``powers``. Whoever is enough alone somewhere stands first.
    """

    people: tuple[str, ...]
    powers: tuple[Power, ...]
    parts: Mapping[str, Mapping[int, Holding]]

    def cells(self, person: str) -> tuple[Holding, ...]:
        """The part of a person in each power, those without a seat among them."""
        parts = self.parts[person]
        return tuple(parts.get(at, NOTHING) for at in range(len(self.powers)))

    def powers_of(self, person: str, part: Part) -> list[Power]:
        """The powers in which a person has this part."""
        return [self.powers[at] for at, each in self.parts[person].items() if each.part == part]


NOTHING = Holding("none", 0)


def holdings_of(inventory: Inventory) -> Holdings:
    """Who holds power over what: every person, and every seat that nobody has claimed.

    Signing day to day is left out, as in ``margins_of``; so are powers that are unknown.
    """
    columns = [each for each in inventory.standings if each.power.kind != "signs"]
    parts: dict[str, dict[int, Holding]] = {}
    with paused():
        for at, standing in enumerate(columns):
            for person, seats in standing.seats.items():
                parts.setdefault(person, {})[at] = Holding(standing.part(person), seats)
    parts.pop(COBO, None)
    ordered = sorted(parts, key=lambda person: _importance(parts[person].values()))
    return Holdings(tuple(ordered), tuple(each.power for each in columns), parts)


def _importance(held: Iterable[Holding]) -> tuple[int, int, int]:
    counts = Counter(each.part for each in held)
    return -counts["alone"], -counts["must"], -counts["one"]

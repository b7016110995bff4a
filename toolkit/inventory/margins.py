"""What is left after the worst single loss, what ends soon, and who holds which power: for pictures
and tables alike.

Left out of the margins: day-to-day signing in a Cobo group, where every designated signer is
needed, so no loss is ever borne; and app secrets, which the vendor's dashboard makes anew.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from toolkit.base.times import DAY_MS
from toolkit.cobo.access import SOON_MS
from toolkit.inventory.powers import COBO, Power, persons_of
from toolkit.quorum import Quorum

if TYPE_CHECKING:
    from toolkit.inventory.inventory import Inventory


@dataclass(frozen=True, slots=True)
class Margin:
    """How many more people a power bears to lose: ``today``, and ``worst`` after the worst single
    loss; -1: it stops. ``whose`` loss is the worst one. None: too entangled to count.
    """

    power: Power
    today: int | None
    worst: int | None
    whose: tuple[str, ...]

    @property
    def stops(self) -> bool:
        """Whether one loss stops it."""
        return self.worst == -1


def margins(inventory: Inventory) -> tuple[Margin, ...]:
    """Of every power that can be used and is known, but signing day to day; the worst first."""
    persons = persons_of(inventory)
    rows = [
        _margin(power, people)
        for power in inventory.powers
        if power.kind not in ("signs", "decides") and not power.state
        for people in [power.held_by(persons)]
        if people is not None
    ]
    return tuple(sorted(rows, key=_worst_first))


def _worst_first(row: Margin) -> tuple[float, float, str]:
    worst = float("inf") if row.worst is None else row.worst
    today = float("inf") if row.today is None else row.today
    return worst, today, row.power.title


def _margin(power: Power, people: Quorum) -> Margin:
    losses = {person: _left(people, {person}) for person in people.ids}
    known = {person: left for person, left in losses.items() if left is not None}
    worst = min(known.values(), default=None)
    whose = tuple(person for person, left in known.items() if left == worst)
    return Margin(power, _left(people, set()), worst, whose)


def _left(people: Quorum, lost: set[str]) -> int | None:
    """How many more may be lost once these are; -1: it stops; None: too entangled to count."""
    outlook = people.outlook(lost)
    return outlook.spare if outlook.can_sign else -1


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
    """People by powers; ``cells[row][column]``. Whoever is enough alone somewhere stands first."""

    people: tuple[str, ...]
    powers: tuple[Power, ...]
    cells: tuple[tuple[Holding, ...], ...]


def holdings(inventory: Inventory) -> Holdings:
    """Who holds power over what: every person, and every seat that nobody has claimed.

    Signing day to day is left out, as in ``margins``; so are powers that are unknown.
    """
    persons = persons_of(inventory)
    columns = [
        (power, _parts(power, people))
        for power in inventory.powers
        if power.kind != "signs"
        for people in [power.held_by(persons)]
        if people is not None
    ]
    rows = {person: _row(person, columns) for person in _everybody(columns)}
    ordered = sorted(rows, key=lambda person: _importance(rows[person]))
    powers = tuple(power for power, _ in columns)
    return Holdings(tuple(ordered), powers, tuple(rows[person] for person in ordered))


def _everybody(columns: Sequence[tuple[Power, Mapping[str, Holding]]]) -> list[str]:
    """Whoever has a part in any of them, but Cobo."""
    everybody = dict.fromkeys(person for _, parts in columns for person in parts)
    return [person for person in everybody if person != COBO]


def _row(
    person: str, columns: Sequence[tuple[Power, Mapping[str, Holding]]]
) -> tuple[Holding, ...]:
    nothing = Holding("none", 0)
    return tuple(parts.get(person, nothing) for _, parts in columns)


def _parts(power: Power, people: Quorum) -> dict[str, Holding]:
    needed = people.single_points()
    seats = Counter(people.leaves())
    parts = {}
    for person, many in seats.items():
        part: Part = "one"
        if power.state:
            part = "idle"
        elif people.can_sign({person}):
            part = "alone"
        elif person in needed:
            part = "must"
        parts[person] = Holding(part, many)
    return parts


def _importance(held: Sequence[Holding]) -> tuple[int, int, int]:
    counts = Counter(each.part for each in held)
    return -counts["alone"], -counts["must"], -counts["one"]

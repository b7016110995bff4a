"""A power in pictures: as it is and without some people, or with those who act together.

One drawing is of one power in one place: signing day to day and holding enough shares are never
drawn as one. Each seat stands there by whoever holds it; what a picture leaves out is said below.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from toolkit.base.html import Drawn, Seat, View, picture, some
from toolkit.base.text import plural
from toolkit.findings import Severity
from toolkit.inventory.powers import COBO, Kind, Power, names_of_seats, persons_of
from toolkit.quorum import Quorum

if TYPE_CHECKING:
    from toolkit.inventory.inventory import Inventory
    from toolkit.inventory.what_if import Fate, Reach

SEATS = 10  # of one picture; those that the question is about come first
#: What whoever has a seat does for a power.
PARTS: Mapping[Kind, str] = {
    "signs": "signs",
    "shares": "holds a share",
    "rebuilds": "holds a share",
    "approves": "approves",
    "decides": "decides",
}
#: What a gate counts, beside the number.
COUNTED: Mapping[Kind, str] = {"signs": "sign", "shares": "share", "rebuilds": "share"}
#: How a seat's kind is drawn; a person otherwise.
GLYPHS = {"key": "Key", "user": "User"}
ANOTHER = "Signing day to day is another power."


@dataclass(frozen=True, slots=True)
class Seating:
    """Seat → person, seat → name for eyes, seat → what it is; and the people it is about."""

    persons: Mapping[str, str]
    names: Mapping[str, str]
    kinds: Mapping[str, str]
    people: frozenset[str]

    @classmethod
    def of(cls, inventory: Inventory, people: frozenset[str]) -> Seating:
        """The seats of an inventory, and a question about these people."""
        persons = persons_of(inventory)
        names = {**names_of_seats(inventory), **persons}
        kinds = {seat.id: seat.kind for seat in inventory.seats.values()}
        return cls(persons, names, kinds, people)

    def theirs(self, quorum: Quorum) -> frozenset[str]:
        """The seats in a quorum that these people have."""
        return frozenset(seat for seat in quorum.ids if self.persons.get(seat, seat) in self.people)

    def seat(self, member: str | Quorum, state: str, word: str) -> Seat:
        """A member in a picture."""
        if isinstance(member, Quorum):
            return Seat(member.in_words(self.names), "Quorum", state, word, len(member.members))
        name = self.names.get(member, member)
        if name == COBO:
            return Seat(name, COBO, state, word)
        return Seat(name, GLYPHS.get(self.kinds.get(member, ""), ""), state, word)

    # ---- somebody is lost ----

    def lost(self, fate: Fate, quorum: Quorum) -> Drawn:
        """Two looks at one power: now, and without them."""
        gone = self.theirs(quorum)
        order = _in_order(quorum, [_stops(member, gone) for member in quorum.members])
        part = PARTS[fate.power.kind]
        now = [self.seat(member, "signs", part) for member, _ in order]
        then = [self._then(member, stops, part) for member, stops in order]
        left = sum(not _stops(member, gone) for member in quorum.members)
        more = _not_drawn(quorum)
        severity, today = self._as_it_is(fate.power)
        after = today if fate.power.state else _sentence(fate.after)
        views = (
            View("Now", picture(_gate(fate.power, quorum), now), severity, today + more),
            View(
                f"Without {some(sorted(self.people), 3)}",
                picture(f"{left} left, {quorum.threshold} needed", then),
                fate.severity,
                after + more,
            ),
        )
        return Drawn(fate.power.title, fate.power.act, views)

    def _then(self, member: str | Quorum, stops: bool, part: str) -> Seat:
        if stops:
            return self.seat(member, "lost", "gone")
        return self.seat(member, "signs", part)

    def _as_it_is(self, power: Power) -> tuple[Severity, str]:
        """How many people may be lost today."""
        people = power.held_by(self.persons)
        if power.state or people is None:
            return "note", f"It is {power.state or 'unknown'}: nobody can use it now."
        spare = people.outlook().spare
        if spare is None:
            return "note", "How many may be lost takes too long to count."
        if spare == 0:
            return "medium", "Nobody may be lost."
        return "good", f"{plural(spare, 'person')} may be lost, whoever it is."

    # ---- some act together ----

    def together(self, reach: Reach, quorum: Quorum, words: str) -> Drawn:
        """One look at a power: who of them takes part, and who does not; ``words``: how far that
        gets them.
        """
        mine = self.theirs(quorum)
        order = _in_order(quorum, [_takes_part(member, mine) for member in quorum.members])
        seats = [self._beside(member, takes_part) for member, takes_part in order]
        count = sum(_takes_part(member, mine) for member in quorum.members)
        sentence = f"{quorum.threshold} needed, {count} with them. {_sentence(f'They {words}')}"
        if reach.power.kind == "shares":
            sentence = f"{sentence} {ANOTHER}"
        gate = _gate(reach.power, quorum)
        view = View("", picture(gate, seats), reach.severity, sentence + _not_drawn(quorum))
        return Drawn(reach.power.title, reach.power.act, (view,))

    def _beside(self, member: str | Quorum, takes_part: bool) -> Seat:
        if takes_part:
            return self.seat(member, "signs", "with them")
        return self.seat(member, "standby", "not with them")


def _stops(member: str | Quorum, gone: frozenset[str]) -> bool:
    """Whether a member takes no part any more: a nested quorum once those who stay are too few."""
    if isinstance(member, Quorum):
        return member.without(gone) is None
    return member in gone


def _takes_part(member: str | Quorum, mine: frozenset[str]) -> bool:
    if isinstance(member, Quorum):
        return member.can_sign(mine)
    return member in mine


def _in_order(quorum: Quorum, concerned: list[bool]) -> list[tuple[str | Quorum, bool]]:
    """The members that are drawn as they stand; of too many, those concerned first."""
    members = list(zip(quorum.members, concerned, strict=True))
    if len(members) > SEATS:
        members.sort(key=lambda each: not each[1])
    return members[:SEATS]


def _not_drawn(quorum: Quorum) -> str:
    more = len(quorum.members) - SEATS
    return f" {plural(more, 'more seat')} not drawn." if more > 0 else ""


def _gate(power: Power, quorum: Quorum) -> str:
    """What opens it: ``any 2 of 3 shares``, ``all 3 sign``, ``2 of 2``."""
    needed, count = quorum.threshold, len(quorum.members)
    what = COUNTED.get(power.kind, "")
    if what == "share" and count > 1:
        what = "shares"
    if count == 1:
        scheme = "1 of 1"
    elif needed == count:
        scheme = f"all {count}"
    else:
        scheme = f"any {needed} of {count}"
    return f"{scheme} {what}".strip()


def _sentence(words: str) -> str:
    """Words as a sentence."""
    return f"{words[:1].upper()}{words[1:].rstrip('.')}."

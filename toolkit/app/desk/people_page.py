"""Who is who: every seat, who holds it and how we know; written here, kept on this computer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import ipywidgets as w
from markupsafe import Markup

from toolkit.base.html import isolated, render
from toolkit.base.inert import inert
from toolkit.base.text import plural
from toolkit.errors import InputError
from toolkit.forms.widgets import Panel, box, html, public, styled
from toolkit.inventory.lookalikes import Names, difference
from toolkit.inventory.people import KNOWN
from toolkit.inventory.powers import COBO, Seat

if TYPE_CHECKING:
    from toolkit.app.desk.desk import Desk

PAGE = 12  # seats at a time
SUMMED = 40  # people of whom it is said where they are enough, those first who are alone somewhere
LISTED = 12  # seats or places of one person that are named
NOBODY = "Nobody yet"
COLUMNS = ("Seat, and where it stands", "Person", "How we know")
HOW = {"call": "confirmed on a call", "file": "from a file", "guess": "a guess"}


def people(desk: Desk) -> Sequence[w.Widget]:
    """The seats, unclaimed ones first, and what that makes of people."""
    known = set(desk.sight.people.names)
    everybody = [person for person in desk.sight.inventory.holdings.people if person in known]
    seats: dict[str, list[str]] = {}
    for seat, holder in desk.sight.people.seats.items():
        seats.setdefault(holder.person, []).append(seat)
    rows = [_row(desk, person, seats[person]) for person in everybody[:SUMMED]]
    return [
        PeopleEditor(desk),
        html("people_page.html", rows=rows, more=len(everybody) - len(rows)),
    ]


def _row(desk: Desk, person: str, seats: Sequence[str]) -> dict[str, Any]:
    """One person: seats, where they are enough alone, and what cannot lose them."""
    held = desk.sight.inventory.holdings
    alone, must = held.powers_of(person, "alone"), held.powers_of(person, "must")
    return {
        "name": person,
        "seats": _first([_named(desk, seat) for seat in seats[:LISTED]], len(seats)),
        "alone": _first([power.title for power in alone[:LISTED]], len(alone)),
        "must": _first([power.title for power in must[:LISTED]], len(must)),
    }


def _first(words: list[str], every: int) -> list[str]:
    """The first of so many, and how many more there are."""
    return [*words, f"and {every - len(words):,} more"] if len(words) < every else words


def _named(desk: Desk, seat_id: str) -> str:
    seat = desk.sight.inventory.seats.get(seat_id)
    if seat is None:
        return f"{seat_id} (not seen)"
    guess = " (a guess)" if desk.sight.people.seats[seat_id].known == "guess" else ""
    return f"{seat.kind} {seat.label or seat.spoken}{guess}"


class PeopleEditor(Panel):
    """A row a seat: a person, and how we know. The desk follows once that is taken over."""

    title = "People"

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.is_inside = True
        self._desk = desk
        self._first = 0
        sight = desk.sight
        unclaimed = set(sight.unclaimed)
        self._seats = sorted(sight.inventory.seats.values(), key=lambda s: s.id not in unclaimed)
        self._written: dict[str, tuple[str, str]] = {}
        self._names = Names([*sight.people.persons.values(), COBO])
        self._shown: list[SeatRow] = []
        self.rows = styled(w.VBox(), "tk-rows", "person")
        self.where = w.HTML()
        self.back_button = w.Button(description="Back", icon="chevron-left")
        self.on_button = w.Button(description="On", icon="chevron-right")
        self.take_button = w.Button(description="Take over", button_style="primary")
        self.file = public(w.Text(description="File", placeholder="people.json"))
        self.save_button = w.Button(description="Save to this file")
        self.back_button.on_click(lambda _: self._turn(-PAGE))
        self.on_button.on_click(lambda _: self._turn(PAGE))
        self.take_button.on_click(lambda _: self.take_over())
        self.save_button.on_click(lambda _: self.save())
        self.children = [
            html("people_head.html", unclaimed=len(unclaimed), seats=len(self._seats)),
            self.rows,
            box("tk-pager", self.back_button, self.on_button, self.where),
            box("tk-foot", self.take_button, self.file, self.save_button),
        ]
        self._draw()

    def take_over(self) -> None:
        """Let every page follow what is written here."""
        changed = self._desk.sight.people
        for seat, (person, known) in self._written.items():
            changed = changed.with_seat(seat, person, known) if person else changed.without(seat)
        self._desk.look(self._desk.sight.with_people(changed))
        self._desk.say(f"{plural(len(changed), 'seat')} of {plural(len(changed.names), 'person')}.")

    def save(self) -> None:
        """Take over, and write the file."""
        if not self.file.value.strip():
            self._desk.say("Name a file to save to, such as people.json.", "medium")
            return
        place = self.file.value.strip()
        self.take_over()
        try:
            self._desk.sight.people.save(place)
        except InputError as error:
            self._desk.say(str(error), "high")
            return
        self._desk.say(f"Saved as {place}. It stays on this computer.", "good")

    def _turn(self, by: int) -> None:
        self._first = min(max(0, self._first + by), max(0, len(self._seats) - 1))
        self._draw()

    def _draw(self) -> None:
        some = self._seats[self._first : self._first + PAGE]
        self._shown = [SeatRow(seat, *self._of(seat)) for seat in some]
        for row in self._shown:
            row.person.observe(self._write, "value")
            row.how.observe(self._write, "value")
        head = html("rowhead.html", columns=COLUMNS, locked="")
        self.swap(self.rows, [head, *(row.box for row in self._shown)])
        self._mark()
        self.back_button.disabled = self._first == 0
        self.on_button.disabled = self._first + PAGE >= len(self._seats)
        end = self._first + len(some)
        self.where.value = f"Seats {self._first + 1} to {end} of {len(self._seats)}."

    def _of(self, seat: Seat) -> tuple[str, str]:
        """Who holds a seat, and how we know: as written here, else as the desk has it."""
        holder = self._desk.sight.people.seats.get(seat.id)
        known = (holder.person, holder.known) if holder else ("", "call")
        return self._written.get(seat.id, known)

    def _write(self, _: Any) -> None:
        for row in self._shown:
            before, now = self._of(row.seat), (row.person.value.strip(), row.how.value)
            if now != before:
                self._written[row.seat.id] = now
                self._names.remove(before[0])
                self._names.add(now[0])
        self._mark()

    def _mark(self) -> None:
        """Beside each row that is shown, what its names look like."""
        for row in self._shown:
            row.mark(self._names)


class SeatRow:
    """The row of one seat: what it is, a person, how we know, and what the names look like."""

    def __init__(self, seat: Seat, person: str, known: str) -> None:
        self.seat = seat
        spoken = inert(seat.label or seat.spoken)  # ipywidgets 7 takes a description for HTML
        self.person = public(w.Text(person, description=f"Who holds {spoken}", placeholder=NOBODY))
        self.how = w.Dropdown(
            description=f"How we know it of {spoken}",
            options=[(HOW[each], each) for each in KNOWN],
            value=known,
        )
        self.under = w.HTML()
        where = _first(list(seat.where[:LISTED]), len(seat.where))
        facts = {"label": seat.label, "kind": seat.kind, "spoken": seat.spoken, "where": where}
        fields = box("tk-row", html("seat.html", **facts), self.person, self.how)
        self.box = styled(w.VBox([fields, self.under]), "tk-item")

    def mark(self, names: Names) -> None:
        """Say which names of others these look like. Nothing is chosen for anybody."""
        lines = alike(self.person.value.strip(), self.seat.label, names)
        self.under.value = render("under.html", lines=[("medium", line) for line in lines])


def alike(person: str, label: str, names: Names) -> list[Markup]:
    """What is to be said of a person's name, and of what a seat calls itself, beside the names of
    others.
    """
    lines = []
    for other in names.like(person):
        sentence = (
            f"{person} looks like {other}, and is another name: {difference(person, other)}. "
            "They count as two people."
        )
        lines.append(isolated(sentence, [person, other]))
    for other in names.like(label):
        if other != person:
            sentence = (
                f"This seat calls itself {label}. That is not {other}: "
                f"{difference(label, other)}. Ask before you choose."
            )
            lines.append(isolated(sentence, [label, other]))
    return lines

"""What changed between two looks, and who ordered it: in words, as a table, on a card."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from toolkit.base.card import ROWS, Card, Count, Listed, Printed
from toolkit.base.html import isolated
from toolkit.base.text import plain_line, plural
from toolkit.base.times import day
from toolkit.findings import EXIT_CODES, SEVERITIES, Severity
from toolkit.inventory.difference import CAN, Difference, Shift
from toolkit.inventory.inventory import Ordered
from toolkit.tables import Column, Table

if TYPE_CHECKING:
    import pandas as pd

#: Who ordered a change. Nothing is called unauthorised: what no entry of our journal asked for may
#: have been ordered elsewhere.
Origin = Literal["not ordered here", "happened by itself", "ordered here"]
ORIGINS: tuple[Origin, ...] = ("not ordered here", "happened by itself", "ordered here")
#: What sort of thing can change.
THINGS = (
    "organisation",
    "API key",
    "project",
    "vault",
    "group",
    "holder",
    "TSS request",
    "Cobo’s node",
    "Cobo wallet",
    "quorum",
    "wallet",
    "policy",
    "intent",
)
ALIKE = 4  # changes of one sentence that a text tells as one
WIDTH = 88  # columns of the text
CHANGED = 4  # exit code: changed, and nothing of it is a finding


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that changed in one field.

    ``entry`` is the journal's, where one asked for exactly this.
    """

    difference: Difference
    origin: Origin
    severity: Severity
    entry: Ordered | None = None

    @property
    def kind(self) -> str:
        """What sort of thing it is: quorum, wallet, group, holder, …"""
        return self.difference.kind

    @property
    def id(self) -> str:
        """The thing's id: joins with every table that has it."""
        return self.difference.id

    @property
    def field(self) -> str:
        """What of it changed; ``made`` and ``gone`` are the thing itself."""
        return self.difference.field

    @property
    def about(self) -> str:
        """The thing, as people call it."""
        return self.difference.about

    @property
    def sentence(self) -> str:
        """What is so now, said of ``about``."""
        return self.difference.sentence

    @property
    def before(self) -> str:
        """How it was."""
        return self.difference.before

    @property
    def after(self) -> str:
        """How it is."""
        return self.difference.after

    @property
    def shifts(self) -> tuple[Shift, ...]:
        """What it does to each power, by person; two powers are never added up."""
        return self.difference.shifts

    @property
    def number(self) -> int | None:
        """The entry of the journal that asked for it."""
        return self.entry.number if self.entry else None

    @property
    def is_finding(self) -> bool:
        """Whether somebody should look: not ordered here, or a state that is not well."""
        if self.origin == "not ordered here":
            return True
        return self.origin == "happened by itself" and self.severity in ("high", "medium", "low")

    @property
    def power(self) -> str:
        """Who gains and who loses which power, in sentences; empty where nobody does."""
        return " ".join(_power_words(self.shifts))

    def __str__(self) -> str:
        return f"{self.about} {self.sentence}"


def _power_words(shifts: Iterable[Shift]) -> Iterator[str]:
    for shift in shifts:
        if shift.gained.members or not shift.gained.proven:
            yield shift.gain
        if shift.lost.members or not shift.lost.proven:
            yield shift.loss


class NotCompared(NamedTuple):
    """A thing that was seen in one look and could not have been in the other, and why."""

    kind: str
    id: str
    about: str
    why: str


@dataclass(frozen=True, repr=False)
class Changes(Printed):
    """What changed from ``before_ms`` to ``after_ms`` (Unix ms), the most urgent first.

    ``not_compared``: what only one of the two looks could see; it is no change.

    >>> from toolkit import collect, compare
    >>> inventory = collect(custody, app)
    >>> compare(inventory, inventory)
    <Changes on EMULATOR: 0 not ordered here, 0 happened by itself, 0 ordered here>
    """

    changes: tuple[Change, ...]
    not_compared: tuple[NotCompared, ...] = ()
    before_ms: int = 0
    after_ms: int = 0
    environments: tuple[str, ...] = ()
    looked_at: int = 0

    def __iter__(self) -> Iterator[Change]:
        return iter(self.changes)

    def __len__(self) -> int:
        return len(self.changes)

    def __bool__(self) -> bool:
        return bool(self.changes)

    def of(self, origin: Origin) -> tuple[Change, ...]:
        """Those of one origin."""
        return tuple(change for change in self.changes if change.origin == origin)

    def frame(self) -> pd.DataFrame:
        """One row a change, the most urgent first.

        ``origin``, ``severity``, ``kind``, ``about``, ``sentence``, ``before``, ``after``;
        ``power`` (who gains and loses what, in words), ``gained`` and ``lost`` (one smallest
        coalition for each power); ``journal`` (Int64: the entry that asked for it), ``field`` and
        ``id``.
        """
        frame = CHANGES.frame(self.changes, [])
        frame.attrs.update(
            environment=", ".join(self.environments),
            verified=None,
            verification="see the origins of both inventories",
            not_compared=len(self.not_compared),
        )
        return frame

    def exit_code(self, fail_on: Severity | None = None) -> int:
        """0: nothing changed; 3: nothing was looked at; 4: changed, as ordered or without a
        finding; 11 to 14: note, low, medium or high, by the worst finding.

        ``fail_on``: what is less severe counts as 0.
        """
        if not self.looked_at:
            return 3
        worst = [change.severity for change in self.changes if change.is_finding]
        worst = [severity for severity in worst if severity in EXIT_CODES]
        if fail_on is not None:
            worst = [each for each in worst if SEVERITIES.index(each) <= SEVERITIES.index(fail_on)]
            return max(map(EXIT_CODES.__getitem__, worst), default=0)
        return max(map(EXIT_CODES.__getitem__, worst), default=CHANGED if self.changes else 0)

    # ---- words ----

    @property
    def headline(self) -> str:
        """A count and a verb."""
        if not self.looked_at:
            return "Nothing could be compared."
        if not self.changes:
            return "Nothing changed."
        unordered = self.of("not ordered here")
        if not unordered:
            return f"{plural(len(self), 'change')}, each ordered here or a state."
        high = sum(change.severity == "high" for change in unordered)
        return (
            f"{len(unordered)} of {plural(len(self), 'change')} not ordered here; {high} of them "
            "high."
        )

    def in_words(self) -> tuple[str, ...]:
        """Each change as one sentence with its origin."""
        return tuple(f"{change} ({_origin_words(change)})" for change in self.changes)

    def text(self) -> str:
        """All of it for a terminal: what is hidden is written out."""
        period = f"{day(self.before_ms)} -> {day(self.after_ms)}"
        parts = ["What changed", ", ".join(self.environments), period]
        lines = [" · ".join(plain_line(part) for part in parts if part), "", self.headline]
        for origin in ORIGINS:
            if self.of(origin):
                lines += ["", origin.upper()]
            for alike in _alike(self.of(origin)):
                lines += _lines(alike)
        if self.not_compared:
            lines += ["", "NOT COMPARED: one of the two looks could not see it"]
            lines += [
                line
                for row in self.not_compared
                for line in _wrapped(f"{row.kind} {row.about}: {row.why}", "          ")
            ]
        return "\n".join(lines)

    def _card(self) -> Card:
        lists = [_listed(origin, self.of(origin)) for origin in ORIGINS if self.of(origin)]
        if self.not_compared:
            rows = [(row.kind, row.about, row.why) for row in self.not_compared[:ROWS]]
            count = len(self.not_compared)
            lists.append(Listed("not compared", ("kind", "what", "why"), rows, count))
        counts = [(origin, Count(len(self.of(origin)))) for origin in ORIGINS]
        return Card(
            "Changes",
            counts,
            environment=", ".join(self.environments),
            more=[("period", f"{day(self.before_ms)} → {day(self.after_ms)}")],
            lists=lists,
            lead=self.headline,
        )


def _origin_words(change: Change) -> str:
    if change.entry:
        return f"ordered here, journal #{change.entry.number}"
    return change.origin


def _alike(changes: Sequence[Change]) -> Iterator[list[Change]]:
    """Changes that are told together: many of one sentence as one, and how many they are."""
    groups: dict[tuple[object, ...], list[Change]] = {}
    for change in changes:
        key = (change.severity, change.kind, change.field, change.sentence, change.number)
        groups.setdefault((*key, change.before, change.after, change.power), []).append(change)
    for alike in groups.values():
        if len(alike) >= ALIKE:
            yield alike
        else:
            yield from ([change] for change in alike)


def _lines(alike: Sequence[Change]) -> list[str]:
    change = alike[0]
    sentence = str(change)
    if len(alike) > 1:
        sentence = f"{change.about} and {len(alike) - 1} more: each {change.sentence}"
    lines = _wrapped(sentence, f"  {change.severity.upper():<8}")
    moved = f"{change.before} -> {change.after}"
    if change.number is not None:
        moved += f"  (journal #{change.number})"
    lines += _wrapped(moved, " " * 10)
    if change.power:
        lines += _wrapped(change.power, " " * 10)
    return lines


def _wrapped(text: str, begin: str) -> list[str]:
    return textwrap.wrap(plain_line(text), WIDTH, initial_indent=begin, subsequent_indent=" " * 10)


def _listed(origin: Origin, changes: Sequence[Change]) -> Listed:
    rows: list[tuple[object, ...]] = []
    for change in changes[:ROWS]:
        moved = f"{change.sentence} ({change.before} → {change.after}). {change.power}"
        names = (*_names_in(change), change.before, change.after)
        rows.append((change.severity, change.about, isolated(moved.strip(), names)))
    columns = ["severity", "what", "how (before → now)"]
    if origin == "ordered here":
        columns.append("ordered by")
        rows = [
            (*row, f"journal #{change.number}") for row, change in zip(rows, changes, strict=False)
        ]
    return Listed(origin, columns, rows, len(changes))


def _names_in(change: Change) -> tuple[str, ...]:
    members = [
        shift.names.get(member, member)
        for shift in change.shifts
        for smallest in (shift.gained, shift.lost)
        for member in smallest.members or ()
    ]
    return (*change.difference.names, *members)


def _called(shift: Shift, members: Iterable[str]) -> list[str]:
    return sorted(shift.names.get(member, member) for member in members)


def _by_power(side: str) -> Column:
    def words(change: Change) -> str | None:
        sentences = [
            f"{CAN[shift.kind]}: {' + '.join(_called(shift, getattr(shift, side).members))}"
            for shift in change.shifts
            if getattr(shift, side).members
        ]
        return "; ".join(sentences) or None

    return Column(side, of=words)


CHANGES = Table(
    (
        Column("origin", "word", ORIGINS, of=lambda change: change.origin),
        Column("severity", "word", SEVERITIES, of=lambda change: change.severity),
        Column("kind", "word", THINGS, of=lambda change: change.kind),
        Column("about", of=lambda change: change.about),
        Column("sentence", of=lambda change: change.sentence),
        Column("before", of=lambda change: change.before),
        Column("after", of=lambda change: change.after),
        Column("power", of=lambda change: change.power or None),
        _by_power("gained"),
        _by_power("lost"),
        Column("journal", "integer", of=lambda change: change.number),
        Column("field", of=lambda change: change.field),
        Column("id", "id", of=lambda change: change.id),
    )
)

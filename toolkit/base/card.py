"""A value shown: as one line of text, and as a card of HTML, from the same facts.

Neither needs a widget, a kernel or a table; what draws the card is loaded when it is drawn.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from toolkit.base.text import plain_line

if TYPE_CHECKING:
    from toolkit.base.html import Drawn

LONGEST = 40  # characters of one text in a line
LONGEST_SENTENCE = 160  # of one of ours
ROWS = 20  # of a list on a card; a table of all of them is for frames
LIVE = "PROD"  # the environment that is marked


@dataclass(frozen=True, slots=True)
class Count:
    """How many things a list holds; ``words``: which, on a card."""

    number: int
    words: str = ""


class Sentence(str):
    """Words of ours, in which ids and names are short already."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Listed:
    """A list on a card: its columns, its rows as texts, and how many there are in all."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[object]]
    count: int

    @property
    def more(self) -> int:
        """Rows that are not shown."""
        return self.count - len(self.rows)


@dataclass(frozen=True, slots=True)
class Card:
    """What is shown of a value.

    ``kind`` is its type as a user writes it, ``environment`` where it is from or for, as far as is
    known. ``facts`` are names and values, in a line and on the card; ``more`` only on the card, as
    are ``alarms`` (what to do, and why: in red, above all else), pictures (``drawn``), ``lists``,
    ``texts`` (a title, and what can be folded away) and a sentence below, ``foot``. ``lead``: the
    sentence that stands first, above the facts.
    """

    kind: str
    facts: Sequence[tuple[str, object]] = ()
    environment: str = ""
    more: Sequence[tuple[str, object]] = ()
    lists: Sequence[Listed] = ()
    texts: Sequence[tuple[str, str]] = ()
    foot: str = ""
    alarms: Sequence[tuple[str, str]] = ()
    drawn: Sequence[Drawn] = ()
    lead: str = ""

    def line(self) -> str:
        """One line of plain text, whatever the facts hold: what is hidden is written out."""
        place = ""
        if self.environment:
            place = f" on {plain_line(self.environment)}"
        facts = ", ".join(_fact(name, value) for name, value in self.facts)
        if facts:
            facts = f": {facts}"
        return f"<{self.kind}{place}{facts}>"

    def html(self) -> str:
        """The card: through the one gate, without scripts, light and dark."""
        from toolkit.base.html import render  # only once something is drawn

        facts = [(name, on_a_card(value)) for name, value in (*self.facts, *self.more)]
        return str(
            render(
                "card.html",
                kind=self.kind,
                place=self.environment,
                live=self.environment == LIVE,
                alarms=self.alarms,
                facts=[(name.replace("_", " "), text) for name, text in facts],
                drawn=self.drawn,
                lists=self.lists,
                texts=self.texts,
                foot=self.foot,
                lead=self.lead,
            )
        )


class Carded(ABC):
    """A value that is shown by its card, in a line and in a notebook alike.

    A dataclass of this kind is one with ``repr=False``.
    """

    __slots__ = ()

    @abstractmethod
    def _card(self) -> Card:
        """What is shown of it."""

    def __repr__(self) -> str:
        return self._card().line()

    def _repr_html_(self) -> str:
        return self._card().html()


class Printed(Carded):
    """A value that is also printed, as a whole: ``print(x)`` is ``x.text()``."""

    __slots__ = ()

    @abstractmethod
    def text(self) -> str:
        """All of it for a terminal: what is hidden is written out."""

    def __str__(self) -> str:
        return self.text()


def _fact(name: str, value: object) -> str:
    if isinstance(value, Count):
        return f"{value.number} {name}"
    return f"{name}={in_a_line(value)}"


def in_a_line(value: object) -> str:
    """A value as Python writes it, cut where it is long; what is hidden is written out."""
    if isinstance(value, str):
        longest = LONGEST
        if isinstance(value, Sentence):
            longest = LONGEST_SENTENCE
        if len(value) > longest:
            value = value[:longest] + "…"
    return plain_line(repr(value))


def on_a_card(value: object) -> str:
    """A value in words: ``yes``, ``no``, ``none``, or its text."""
    if isinstance(value, Count):
        return value.words or str(value.number)
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)

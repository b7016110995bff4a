"""A row of the table of figures, as every benchmark prints it and ``table.py`` reads it: one line, one shape.

A ratio is ours over what stands beside it, so less is better; where an absolute figure is to be reached, that stands
beside it, and the aim is 1.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

MARK = "= "
FIELDS = 8
AT_MOST = "at most"  # the name of an absolute figure that is to be reached


@dataclass(frozen=True)
class Row:
    """``what`` was measured: ``ours``, and ``theirs`` of what stands beside it by its ``name``, with their units."""

    what: str
    ours: str
    name: str
    theirs: str
    ratio: float
    low: float
    high: float
    aim: float

    @property
    def reached(self) -> bool:
        """Whether the ratio is no more than the aim."""
        return self.ratio <= self.aim

    def line(self) -> str:
        """As a benchmark prints it."""
        figures = (f"{each:.3g}" for each in (self.ratio, self.low, self.high, self.aim))
        return MARK + " | ".join([self.what, self.ours, self.name, self.theirs, *figures])

    @classmethod
    def read(cls, line: str) -> Row | None:
        """What a line says; None where it is no row.

        Raises:
            ValueError: it begins as a row does, and is none.
        """
        if not line.startswith(MARK):
            return None
        fields = line.removeprefix(MARK).rstrip("\n").split(" | ")
        if len(fields) != FIELDS:
            raise ValueError(f"{len(fields)} fields in {line!r}; a row has {FIELDS}")
        what, ours, name, theirs, *figures = fields
        return cls(what, ours, name, theirs, *map(float, figures))


def show(row: Row) -> None:
    """Print it."""
    print(row.line(), flush=True)


def beside(what: str, ours: Sequence[float], name: str, theirs: Sequence[float], aim: float) -> Row:
    """Seconds of ours beside those of something else, round by round."""
    ratios = [one / other for one, other in zip(ours, theirs, strict=True)]
    low, middle, high = statistics.quantiles(ratios, n=4)
    mine, other = (spoken(statistics.median(each)) for each in (ours, theirs))
    return Row(what, mine, name, other, middle, low, high, aim)


def at_most(what: str, figures: Sequence[float], most: float, unit: str = "s") -> Row:
    """The median of some figures, beside what it is to be at most; the spread is least to most."""
    middle, low, high = statistics.median(figures), min(figures), max(figures)
    said = spoken if unit == "s" else lambda figure: f"{figure:,.0f} {unit}"
    return Row(what, said(middle), AT_MOST, said(most), middle / most, low / most, high / most, 1.0)


def spoken(seconds: float) -> str:
    """A time in the unit that suits it."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"

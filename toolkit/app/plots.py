"""Pictures of an inventory: what one loss leaves, what ends soon, who holds power over what.

Each is drawn twice, for light and dark, and the sheet shows one; the same numbers stand below as a
table, and the alternative text says what matters. matplotlib (the extra ``plots``) is loaded when
something is drawn.
"""

from __future__ import annotations

import base64
import functools
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from toolkit.base.html import render, some
from toolkit.base.text import escape_hidden, plural, written_out
from toolkit.base.times import DAY_MS, day, moment
from toolkit.errors import InputError
from toolkit.inventory import margins as facts
from toolkit.inventory.inventory import Inventory
from toolkit.inventory.margins import PARTS, WARNED_DAYS, Ending, Holding, Holdings, Margin
from toolkit.inventory.people import People
from toolkit.inventory.powers import Power, names_of_seats

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["expiries", "margins", "powers"]

Colours = Mapping[str, str]
#: Okabe and Ito's colours, darkened or lightened until they reach 3:1 on their paper.
THEMES: Mapping[str, Colours] = {
    "light": {
        "paper": "#ffffff",
        "ink": "#212121",
        "quiet": "#595959",
        "line": "#d9d9d9",
        "warn": "#b35900",
        "bad": "#c1272d",
        "main": "#0b62a8",
    },
    "dark": {
        "paper": "#111111",
        "ink": "#e6e6e6",
        "quiet": "#b0b0b0",
        "line": "#3c3c3c",
        "warn": "#f0a13a",
        "bad": "#ff7a70",
        "main": "#6cb4f5",
    },
}
WIDTH = 7.6  # inches; shown at 100 pixels each
DOTS = 150  # pixels an inch of the file: sharp on screens of twice the density
LONGEST_LABEL = 38  # characters: a longer name would leave no room for the chart
AS_A_TABLE = 20  # people; above, squares are easier to read than a table


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture with its words. ``light`` and ``dark`` are PNG files.

    ``columns`` and ``rows`` are the same as a table; ``alt`` is read out in place of the picture.
    """

    title: str
    hint: str
    alt: str
    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]
    light: bytes
    dark: bytes

    def _repr_html_(self) -> str:
        return str(Markup('<div class="tk"><style>{}</style>{}</div>').format(_sheet(), self.html))

    @property
    def html(self) -> Markup:
        """The picture with its caption and table, for a page that has the sheet already."""
        return render(
            "figure.html",
            title=self.title,
            hint=self.hint,
            alt=escape_hidden(self.alt),
            width=round(WIDTH * 100),
            columns=self.columns,
            rows=self.rows,
            light=base64.b64encode(self.light).decode(),
            dark=base64.b64encode(self.dark).decode(),
        )

    def __repr__(self) -> str:
        return f"<Chart {self.title!r}: {escape_hidden(self.alt)}>"


@dataclass(frozen=True, slots=True)
class Matrix:
    """Who holds power over what, as a table: for up to twenty people."""

    holdings: Holdings
    drawn: Sequence[int]  # which of the powers
    names: Mapping[str, str]

    @property
    def html(self) -> Markup:
        """The table, for a page that has the sheet already."""
        return render("holdings.html", **_matrix(self.holdings, self.drawn, self.names))

    def _repr_html_(self) -> str:
        return str(Markup('<div class="tk"><style>{}</style>{}</div>').format(_sheet(), self.html))

    def __repr__(self) -> str:
        people = plural(len(self.holdings.people), "holder")
        return f"<Matrix: {people}, {plural(len(self.holdings.powers), 'power')}>"


def _sheet() -> Markup:
    return render("core.css") + render("desk.css")


# ---- what remains after one loss -----------------------------------------------------------------


def margins(inventory: Inventory, people: People | None = None, most: int = 0) -> Chart:
    """What remains after the worst single loss, power by power, the worst first.

    Args:
        people: who holds which seat; what the inventory knows otherwise.
        most: draw the first so many only; 0: all. The title says how many there are.

    Raises:
        InputError: matplotlib is not installed.

    >>> from toolkit import collect, plots
    >>> plots.margins(collect(custody, app)).title
    'What remains after one loss'
    """
    inventory = _known(inventory, people)
    everything = inventory.margins
    rows = everything[:most] if most else everything
    stopping = [row.power.title for row in rows if row.stops]
    alt = (
        f"Dot chart of {plural(len(rows), 'power')}. After the worst single loss "
        f"{len(stopping)} stop{': ' if stopping else ''}{some(stopping, 6)}. The others go on."
    )
    left_out = _left_out("worst", len(rows), len(everything))
    names = names_of_seats(inventory)
    return _chart(
        "What remains after one loss",
        f"{left_out}○ today, ● after the worst single loss, ✖ stops. Approvals and shares only: "
        "in day-to-day signing every designated signer is needed.",
        alt,
        ("Where", "Power", "May be lost today", "After the worst loss", "Whose loss"),
        tuple(_margin_row(row, names) for row in rows),
        functools.partial(_draw_margins, rows[::-1], names),
        0.32 * len(rows) + 0.75,
    )


def _left_out(which: str, shown: int, every: int) -> str:
    """What stands before a hint where some are left out."""
    return f"The {which} {shown:,} of {every:,}. " if shown < every else ""


def _margin_row(row: Margin, names: Mapping[str, str]) -> tuple[object, ...]:
    after = "stops" if row.stops else _number(row.worst)
    whose = ", ".join(names.get(each, each) for each in row.whose)
    return row.power.title, row.power.act, _number(row.today), after, whose


def _number(value: int | None) -> str:
    return "too many to count" if value is None else str(value)


def _draw_margins(
    rows: Sequence[Margin], names: Mapping[str, str], axes: Axes, colours: Colours
) -> None:
    axes.axvspan(-1.5, -0.5, color=colours["bad"], alpha=0.13, lw=0)
    _draw_dots([each for each in enumerate(rows) if each[1].stops], "X", "bad", axes, colours)
    _draw_dots([each for each in enumerate(rows) if not each[1].stops], "o", "main", axes, colours)
    for at, row in enumerate(rows):
        x, words = _beside(row, names)
        axes.text(x, at, words, va="center", color=colours["quiet"])
    most = max((row.today or 0 for row in rows), default=0)
    axes.set_yticks(range(len(rows)), [_titled(row.power) for row in rows])
    axes.set_xticks(range(-1, most + 1), ["stops", *map(str, range(most + 1))])
    axes.set_xlim(-1.5, max(3, most) + 0.6)
    axes.set_ylim(-0.6, len(rows) - 0.4)
    axes.set_xlabel("how many more people may be lost", loc="left")


def _draw_dots(
    rows: Sequence[tuple[int, Margin]], marker: str, colour: str, axes: Axes, colours: Colours
) -> None:
    """Rows by their height, all at once: today, then the worst loss. What is not counted has no
    dots.
    """
    dots = [(y, row.today, row.worst) for y, row in rows if row.today is not None]
    y, today, worst = zip(*dots, strict=True) if dots else ((), (), ())
    axes.hlines(y, worst, today, color=colours["line"], lw=2, zorder=1)
    axes.scatter(today, y, s=54, facecolor=colours["paper"], edgecolor=colours["main"], lw=1.8)
    axes.scatter(worst, y, s=54, marker=marker, color=colours[colour], zorder=4)


def _beside(row: Margin, names: Mapping[str, str]) -> tuple[float, str]:
    """What stands beside the dots of a row, and where."""
    if row.today is None:
        return 0.1, "too entangled to count"
    if not row.stops:
        return 0, ""
    return row.today + 0.14, f"without {label(' or '.join(names.get(e, e) for e in row.whose))}"


def _titled(power: Power) -> str:
    what = {"shares": " · shares", "rebuilds": " · to rebuild"}
    return label(power.title) + what.get(power.kind, "")


# ---- what ends soon ------------------------------------------------------------------------------


def expiries(inventory: Inventory, days: int = 90, most: int = 0) -> Chart:
    """What ends within so many days, and what has no end.

    Args:
        most: draw the first so many only; 0: all.

    Raises:
        InputError: matplotlib is not installed, or less than a day.

    >>> from toolkit import collect, plots
    >>> plots.expiries(collect(custody, app), days=30).title
    'What ends in the next 30 days'
    """
    if type(days) is not int or days < 1:
        raise InputError("days must be a whole number, 1 or more.", hint="Leave it out for 90.")
    everything = [
        each
        for each in facts.endings(inventory)
        if each.ends_ms is None or each.ends_ms <= inventory.at_ms + days * DAY_MS
    ]
    rows = everything[:most] if most else everything
    alt = f"Time line of {days} days. {'; '.join(map(_spoken_ending, rows)) or 'Nothing ends'}."
    return _chart(
        f"What ends in the next {days} days",
        f"{_left_out('first', len(rows), len(everything))}"
        f"The band is the next {WARNED_DAYS} days, in which we warn.",
        alt,
        ("What", "Kind", "Ends"),
        tuple((each.name, each.kind, day(each.ends_ms) or "no end") for each in rows),
        functools.partial(_draw_expiries, rows[::-1], inventory.at_ms, days),
        0.36 * len(rows) + 0.75,
    )


def _spoken_ending(each: Ending) -> str:
    if each.ends_ms is None:
        return f"{each.name} ({each.kind}) has no end"
    return f"{each.name} ({each.kind}) ends {day(each.ends_ms)}"


def _draw_expiries(
    rows: Sequence[Ending], at_ms: int, days: int, axes: Axes, colours: Colours
) -> None:
    axes.axvspan(0, WARNED_DAYS, color=colours["warn"], alpha=0.12, lw=0)
    for y, row in enumerate(rows):
        left = row.days(at_ms)
        if left is None:
            axes.plot([0, days], [y, y], color=colours["line"], lw=1.6, ls=(0, (2, 3)))
            axes.text(days + 1, y, "no end", va="center", color=colours["quiet"])
            continue
        colour = colours[_urgency(left)]
        axes.plot([0, max(left, 0)], [y, y], color=colour, lw=2.4, solid_capstyle="butt")
        axes.scatter(max(left, 0), y, marker="|", s=130, color=colour, lw=2.4)
        axes.text(max(left, 0) + 1.5, y, _when(row, left), va="center", color=colours["ink"])
    start = datetime.fromtimestamp(at_ms / 1000, UTC)
    marks = [round(days * third / 3) for third in range(4)]
    days_marked = [start + timedelta(days=mark) for mark in marks]
    dates = [f"{marked.day} {marked:%b}" for marked in days_marked]
    axes.set_yticks(range(len(rows)), [label(f"{row.name} · {row.kind}") for row in rows])
    axes.set_xticks(marks, ["today", *dates[1:]])
    axes.set_xlim(0, days * 1.13)
    axes.set_ylim(-0.6, len(rows) - 0.4)
    axes.grid(axis="x", color=colours["line"], lw=0.7)
    axes.set_axisbelow(True)


def _urgency(days: float) -> str:
    if days <= 1:
        return "bad"
    return "warn" if days <= WARNED_DAYS else "main"


def _when(row: Ending, days: float) -> str:
    if days < 0:
        return f"ended {day(row.ends_ms)}"
    return (
        f"{moment(row.ends_ms or 0, '%d %b').removesuffix(' UTC')}, in {plural(round(days), 'day')}"
    )


# ---- who holds power over what -------------------------------------------------------------------


def powers(inventory: Inventory, people: People | None = None, most: int = 0) -> Chart | Matrix:
    """Who holds power over what: a table for up to twenty people, squares for more.

    In the picture whoever is enough alone or must not be lost has a row of their own, and all
    others share the line that counts them.

    Args:
        people: who holds which seat; what the inventory knows otherwise.
        most: draw so many people and so many powers only, those first in which one of these people
            is enough alone or must not be lost; 0: all.

    Raises:
        InputError: matplotlib is not installed, where there are more people.

    >>> from toolkit import collect, plots
    >>> plots.powers(collect(custody, app))
    <Matrix: 15 holders, 8 powers>
    """
    held = _known(inventory, people).holdings
    names = names_of_seats(inventory)
    if len(held.people) <= AS_A_TABLE:
        drawn = _columns(held, held.people, most)
        return Matrix(held, drawn, names)
    important = [person for person in held.people if _is_important(held, person)]
    rows = important[:most] if most else important
    alone = [names.get(each, each) for each in important if held.powers_of(each, "alone")]
    others = len(held.people) - len(important)
    drawn = _columns(held, rows, most)
    left_out = _left_out("first", len(rows), len(important)) + _of_powers(held, drawn)
    return _chart(
        f"Who holds power over what: {len(held.people):,} people, {len(held.powers):,} powers",
        f"{left_out}■ enough alone, □ must not be lost, · one of several. {others} more are one of "
        "several everywhere.",
        f"Matrix of {len(rows)} people by {len(drawn)} powers; {len(alone)} are enough alone "
        f"somewhere{': ' if alone else ''}{some(alone, 6)}. {others} more are nowhere alone and "
        "nowhere needed.",
        ("Who", "Enough alone for", "Must not be lost in", "One of several in"),
        tuple(_tallied(names.get(each, each), held.parts[each]) for each in rows),
        functools.partial(_draw_squares, _squares(held, rows[::-1], drawn, names), len(drawn)),
        0.19 * len(rows) + 0.5,
    )


def _is_important(held: Holdings, person: str) -> bool:
    return any(each.part in ("alone", "must") for each in held.parts[person].values())


def _columns(held: Holdings, people: Sequence[str], most: int) -> Sequence[int]:
    """Which powers are drawn, in their order: those in which one of these people is alone or must
    not be lost before others.
    """
    every = range(len(held.powers))
    if not most or most >= len(every):
        return every
    chosen = dict.fromkeys(
        at
        for person in people
        for at, each in held.parts[person].items()
        if each.part in ("alone", "must")
    )
    return sorted([*chosen, *(at for at in every if at not in chosen)][:most])


def _of_powers(held: Holdings, drawn: Sequence[int]) -> str:
    if len(drawn) == len(held.powers):
        return ""
    return f"{len(drawn):,} of {len(held.powers):,} powers. "


def _squares(
    held: Holdings, people: Sequence[str], drawn: Sequence[int], names: Mapping[str, str]
) -> Sequence[tuple[str, Sequence[Holding]]]:
    return [
        (names.get(person, person), [held.parts[person].get(at, facts.NOTHING) for at in drawn])
        for person in people
    ]


def _tallied(name: str, held: Mapping[int, Holding]) -> tuple[object, ...]:
    parts = [each.part for each in held.values()]
    return name, parts.count("alone"), parts.count("must"), parts.count("one")


def _draw_squares(
    rows: Sequence[tuple[str, Sequence[Holding]]], columns: int, axes: Axes, colours: Colours
) -> None:
    """A kind of mark at a time: one by one they would each be a drawing of their own."""
    marks: Mapping[str, Mapping[str, Any]] = {
        "alone": {"s": 34, "marker": "s", "color": colours["ink"], "lw": 0},
        "must": {"s": 30, "marker": "s", "facecolor": "none", "edgecolor": colours["ink"]},
        "one": {"s": 6, "color": colours["quiet"], "lw": 0},
    }
    for part, look in marks.items():
        places = [
            (x, y)
            for y, (_, cells) in enumerate(rows)
            for x, cell in enumerate(cells)
            if cell.part == part
        ]
        if places:
            axes.scatter(*zip(*places, strict=True), **look)
    axes.set_yticks(range(len(rows)), [label(name) for name, _ in rows])
    axes.set_xticks([])
    axes.set_xlim(-0.8, columns - 0.2)
    axes.set_ylim(-0.7, len(rows) - 0.3)
    axes.set_yticks([y - 0.5 for y in range(len(rows) + 1)], minor=True)
    axes.grid(axis="y", which="minor", color=colours["line"], lw=0.5)


def _matrix(held: Holdings, drawn: Sequence[int], names: Mapping[str, str]) -> dict[str, Any]:
    powers = [held.powers[at] for at in drawn]
    places = [power.place_name or "Privy" for power in powers]
    return {
        "left_out": _of_powers(held, drawn),
        "spans": [(place, len(list(group))) for place, group in groupby(places)],
        "columns": [label(power.name, 24) for power in powers],
        "rows": [
            (name, [_worded(cell) for cell in cells])
            for name, cells in _squares(held, held.people, drawn, names)
        ],
    }


def _worded(cell: Holding) -> tuple[str, str, str]:
    """A cell's part, the letter that stands in it, and what it means."""
    letters = {"alone": "A", "must": "!", "none": ""}
    words = PARTS[cell.part]
    if cell.seats > 1:
        words = f"{plural(cell.seats, 'seat')}, {words}"
    return cell.part, letters.get(cell.part, str(cell.seats)), words


# ---- drawing -------------------------------------------------------------------------------------


def _known(inventory: Inventory, people: People | None) -> Inventory:
    return inventory if people is None else inventory.with_people(people)


def label(text: str, most: int = LONGEST_LABEL) -> str:
    """A text in a picture: nothing hidden, no sign that the font would draw as something else, and
    not so long that it leaves no room.
    """
    known = _glyphs()
    plain = "".join(
        each if ord(each) in known else written_out(each) for each in escape_hidden(text)
    )
    if len(plain) <= most:
        return plain
    return f"{plain[: most - 1]}…"


@functools.cache
def _glyphs() -> frozenset[int]:
    """The characters that the font of matplotlib's own can draw."""
    font_manager = _matplotlib("font_manager")
    ft2font = _matplotlib("ft2font")
    path = font_manager.findfont("DejaVu Sans")
    return frozenset(ft2font.FT2Font(path).get_charmap())


def _matplotlib(name: str) -> Any:
    from importlib import import_module

    try:
        return import_module(f"matplotlib.{name}")
    except ModuleNotFoundError as error:
        raise InputError(
            "Pictures need matplotlib, which is not installed.",
            hint="pip install 'quorum-toolkit[plots]'",
        ) from error


def _chart(
    title: str,
    hint: str,
    alt: str,
    columns: tuple[str, ...],
    rows: tuple[tuple[object, ...], ...],
    draw: Callable[[Axes, Colours], None],
    height: float,
) -> Chart:
    pictures = {name: _drawn(draw, colours, height) for name, colours in THEMES.items()}
    return Chart(title, hint, alt, columns, rows, pictures["light"], pictures["dark"])


def _drawn(draw: Callable[[Axes, Colours], None], colours: Colours, height: float) -> bytes:
    """One picture, on nothing: it lies on whatever is behind it."""
    figures, style = _matplotlib("figure"), _matplotlib("style")
    with style.context(_style(colours)):
        figure = figures.Figure(figsize=(WIDTH, height), dpi=DOTS, layout="constrained")
        axes = figure.add_subplot()
        draw(axes, colours)
        axes.tick_params(length=0, which="both")
        axes.spines["left"].set_visible(False)
        content = io.BytesIO()
        figure.savefig(content, format="png", transparent=True)
    return content.getvalue()


def _style(colours: Colours) -> dict[str, Any]:
    return {
        "figure.facecolor": colours["paper"],
        "axes.facecolor": colours["paper"],
        "axes.edgecolor": colours["line"],
        "axes.labelcolor": colours["quiet"],
        "axes.labelsize": 9,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "text.color": colours["ink"],
        "xtick.color": colours["quiet"],
        "ytick.color": colours["ink"],
        "font.family": "DejaVu Sans",
        "font.size": 9,
        "text.parse_math": False,  # a dollar sign in a name is one
    }

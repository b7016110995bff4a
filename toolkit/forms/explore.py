"""A table too large to look at: what it is made of, then the rows that one asks for, page by page.

Only the page is drawn, and only the page is in a saved notebook. Counts, filters, search and order
are over all rows, in the kernel: nothing is sampled.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import ipywidgets as w

from toolkit.base.html import code, render
from toolkit.base.inert import meant
from toolkit.base.text import plural
from toolkit.errors import InputError
from toolkit.forms.widgets import Panel, box, html, option, styled

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

PAGE = 25  # rows
FEW = 12  # values that a column may have to be counted and filtered by
COUNTED = 4  # values of a column that are counted on the screen, the most frequent first
MOST_COUNTED = 6  # columns of few values that are offered
ALL = ""  # ipywidgets shows an option without a value as blank
AS_READ = ""
FLAGS = {"True": "yes", "False": "no"}
AN_ID = 30  # characters of a text without blanks that is set as an id


class Search:
    """The texts of a frame, ready to be searched: each column as one long text, a row a line."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self._frame = frame
        self._columns: list[tuple[str, np.ndarray]] | None = None

    def rows(self, words: str) -> np.ndarray:
        """Whether these words stand in each row, capitals or not."""
        import numpy as np

        hits = np.zeros(len(self._frame), dtype=bool)
        wanted = words.casefold()
        for text, ends in self._texts():
            places = [match.start() for match in re.finditer(re.escape(wanted), text)]
            hits[np.searchsorted(ends, places)] = True
        return hits

    def _texts(self) -> Sequence[tuple[str, np.ndarray]]:
        if self._columns is None:
            self._columns = list(self._joined())
        return self._columns

    def _joined(self) -> Iterator[tuple[str, np.ndarray]]:
        for name in self._frame.columns:
            column = self._frame[name]
            if _is_text(column):
                lines = [_line(text) if "\\" in text else text for text in _texts_of(column)]
                text = "\n".join([*lines, ""]).casefold()
                yield text, _line_ends(text)


def _line(text: str) -> str:
    """A text that has something written out, as the service said it; on one line."""
    return meant(text).replace("\n", " ")


def _line_ends(text: str) -> np.ndarray:
    """Where each line of a text ends; a look at its characters as numbers, which is quick."""
    import numpy as np

    if text.isascii():
        return np.flatnonzero(np.frombuffer(text.encode(), dtype=np.uint8) == ord("\n"))
    characters = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    return np.flatnonzero(characters == ord("\n"))


def _is_text(column: pd.Series[Any]) -> bool:
    import pandas as pd

    return bool(pd.api.types.is_string_dtype(column.dtype))


def _texts_of(column: pd.Series[Any], missing: str = "") -> list[str]:
    texts: list[str] = column.to_numpy(dtype=object, na_value=missing).tolist()
    return texts


LAST = "\U0010ffff"  # sorts after every text


def _sorted(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    """The rows in the order of one column, missing ones last, equal ones as they were."""
    if not _is_text(rows[name]):
        return rows.sort_values(name, kind="stable")
    # Python's own sort is several times as fast here as that of an array of objects
    texts = _texts_of(rows[name], LAST)
    return rows.iloc[sorted(range(len(texts)), key=texts.__getitem__)]


@dataclass(frozen=True, slots=True)
class Facet:
    """A column of few values, and how often each stands there, the most frequent first."""

    name: str
    counts: Sequence[tuple[Any, int]]

    @property
    def title(self) -> str:
        """The column's name as a label."""
        return self.name.replace("_", " ").capitalize()


class Explorer(Panel):
    """See ``explore``. ``rows`` are those that fit what is chosen, in the chosen order."""

    def __init__(self, frame: pd.DataFrame, title: str) -> None:
        super().__init__()
        self.title = title
        self.frame = self.rows = frame
        self._search = Search(frame)
        self._page = 0
        self.search = styled(w.Text(description="Search", placeholder="Any text in a row"), "wide")
        self.search.continuous_update = False
        facets = list(_facets(frame))
        self._values = {facet.name: [value for value, _ in facet.counts] for facet in facets}
        self.filters = {facet.name: _filter(facet) for facet in facets}
        orders = [("As read", AS_READ), *((name, name) for name in frame.columns)]
        self.order = w.Dropdown(description="Sort by", options=orders, value=AS_READ)
        self.back_button = w.Button(description="Back", icon="chevron-left")
        self.on_button = w.Button(description="On", icon="chevron-right")
        self.page, self.status = w.HTML(), w.HTML()
        self.back_button.on_click(lambda _: self._turn(-1))
        self.on_button.on_click(lambda _: self._turn(1))
        for field in (self.search, self.order, *self.filters.values()):
            field.observe(self._choose, "value")
        place = frame.attrs.get("environment", "")
        live = place == "PROD"
        self.children = [
            html("head.html", sheet="core.css", title=title, place=place, live=live, call=""),
            html("counts.html", facets=[_shares(facet, len(frame)) for facet in facets]),
            box("tk-tools", self.search, *self.filters.values(), self.order),
            self.page,
            box("tk-pager", self.back_button, self.on_button, self.status),
        ]
        styled(self, "tk")
        self._draw()

    def _choose(self, _: Any = None) -> None:
        rows = self.frame
        for name, chosen in self.filters.items():
            if chosen.value != ALL:
                value = self._values[name][int(chosen.value)]
                rows = rows[(rows[name] == value).fillna(False)]
        words = self.search.value.strip()
        if words:
            hits = self._search.rows(words)
            rows = rows[hits[rows.index]]
        if self.order.value != AS_READ:
            rows = _sorted(rows, self.order.value)
        self.rows = rows
        self._page = 0
        self._draw()

    def _turn(self, by: int) -> None:
        last = max(0, (len(self.rows) - 1) // PAGE)
        self._page = min(max(self._page + by, 0), last)
        self._draw()

    def _draw(self) -> None:
        first = self._page * PAGE
        some = self.rows.iloc[first : first + PAGE]
        cells = [[_cell(value) for value in row] for row in some.itertuples(index=False)]
        self.page.value = render("rows.html", title=self.title, columns=list(some), rows=cells)
        self.back_button.disabled = self._page == 0
        self.on_button.disabled = first + PAGE >= len(self.rows)
        self.status.value = render("status.html", kind="", text=self._where(first, len(some)))

    def _where(self, first: int, count: int) -> str:
        if not count:
            return f"No row fits. Choose All above. {len(self.frame):,} rows in all."
        where = f"Rows {first + 1:,} to {first + count:,} of {len(self.rows):,}"
        if len(self.rows) < len(self.frame):
            return f"{where} that fit, of {len(self.frame):,} in all."
        return f"{where}."


def explore(frame: pd.DataFrame, title: str = "Table") -> Explorer:
    """A large table in a notebook: counts first, filters, search over all rows, 25 rows a page.

    ``explorer.rows`` are the rows that fit, as a frame: ``frames.save(explorer.rows, "some.csv")``.

    Args:
        frame: a table of ``toolkit.frames``, or any DataFrame with texts that are inert.
        title: what stands above it.

    Raises:
        InputError: something else than a DataFrame, or a column twice.
    """
    import pandas as pd

    if not isinstance(frame, pd.DataFrame):
        raise InputError(
            f"explore takes a DataFrame, not {type(frame).__name__}.",
            hint="frames.holders(…) makes one.",
        )
    if not frame.columns.is_unique:
        raise InputError("A column stands twice in this frame.", hint="Rename one of them.")
    return Explorer(frame.reset_index(drop=True), title)


# ---- what it is made of --------------------------------------------------------------------------


def _facets(frame: pd.DataFrame) -> Iterator[Facet]:
    """Columns of few values: flags and words first seen."""
    offered = 0
    for name in frame.columns:
        if not _is_of_few(frame[name]) or offered == MOST_COUNTED:
            continue
        counts = frame[name].value_counts()
        counts = counts[counts > 0]
        if 1 < len(counts) <= FEW:
            offered += 1
            yield Facet(name, [(value, int(count)) for value, count in counts.items()])


def _is_of_few(column: pd.Series[Any]) -> bool:
    """Whether a column can have few values by its kind: words and flags, not texts and ids."""
    return str(column.dtype) in ("category", "boolean", "bool")


def _filter(facet: Facet) -> w.Dropdown:
    options = [("All", ALL)]
    for at, (value, count) in enumerate(facet.counts):
        options.append((option(_word(value), f"{count:,}"), str(at)))
    return w.Dropdown(description=facet.title, options=options, value=ALL)


def _shares(facet: Facet, whole: int) -> tuple[str, list[tuple[str, str, int]], str]:
    """A facet as the screen has it: title, (value, count, percent), and what is not shown of it."""
    shown = facet.counts[:COUNTED]
    rows = [(_word(value), f"{count:,}", round(100 * count / whole)) for value, count in shown]
    more = len(facet.counts) - len(shown)
    return facet.title, rows, f"and {plural(more, 'more value')}" if more > 0 else ""


# ---- cells ---------------------------------------------------------------------------------------


def _word(value: Any) -> str:
    """A flag, a word or a number; flags of pandas are none of Python's."""
    text = str(value)
    return FLAGS.get(text) or meant(text)


def _cell(value: Any) -> object:
    """A value as a person reads it, its hidden characters shown by the gate."""
    import pandas as pd

    if pd.isna(value):
        return ""
    if isinstance(value, pd.Timestamp):
        return value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, str):
        text = meant(value)
        return code(text) if len(text) > AN_ID and " " not in text else text
    return _word(value)

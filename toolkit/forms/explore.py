"""A table too large to look at: what it is made of, then the rows that one asks for, page by page.

Only the page is drawn, and only the page is in a saved notebook. Counts, filters, search and order
are over all rows, in the kernel: nothing is sampled.
"""

from __future__ import annotations

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
    """The texts of a frame, ready to be searched: those of a row as one, once they are asked."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self._frame = frame
        self._lines: list[str] | None = None

    def rows(self, words: str) -> np.ndarray:
        """Whether these words stand in each row, capitals or not."""
        import numpy as np

        if self._lines is None:
            self._lines = self._joined()
        wanted = words.casefold()
        return np.array([wanted in line for line in self._lines], dtype=bool)

    def _joined(self) -> list[str]:
        """The texts of each row, a line each, so that no words are found across two of them."""
        columns = [self._frame[name] for name in self._frame.columns]
        texts = [_as_said(_texts_of(column)) for column in columns if _is_text(column)]
        said = [column for column in texts if any(column)]
        if not said:
            return [""] * len(self._frame)
        return ["\n".join(cells).casefold() for cells in zip(*said, strict=True)]


def _as_said(texts: list[str]) -> list[str]:
    """Texts as the service said them, where something in them is written out."""
    if "\\" not in "".join(texts):
        return texts
    return [meant(text).replace("\n", " ") if "\\" in text else text for text in texts]


def _is_text(column: pd.Series[Any]) -> bool:
    import pandas as pd

    return bool(pd.api.types.is_string_dtype(column.dtype))


def _texts_of(column: pd.Series[Any]) -> list[str]:
    """The texts of a column, nothing where one is missing."""
    texts: list[str] = column.to_numpy(dtype=object, na_value="").tolist()
    return texts


class Orders:
    """The rows of a frame in the order of any column, each worked out once."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self._frame = frame
        self._places: dict[str, np.ndarray] = {}

    def by(self, name: str) -> np.ndarray:
        """Where each row stands: missing ones last, equal ones as they are."""
        if name not in self._places:
            self._places[name] = self._sorted(self._frame[name])
        return self._places[name]

    def _sorted(self, column: pd.Series[Any]) -> np.ndarray:
        import numpy as np

        if not _is_text(column):
            return column.sort_values(kind="stable").index.to_numpy()
        missing = column.isna().to_numpy()
        there = np.flatnonzero(~missing)
        texts = _texts_of(column.iloc[there]) if missing.any() else _texts_of(column)
        return np.concatenate([there[_order(texts)], np.flatnonzero(missing)])


def _order(texts: list[str]) -> np.ndarray:
    """The places of texts in their order, by code points; equal ones as they are."""
    import numpy as np

    whole = "".join(texts)
    if not whole.isascii() or "\0" in whole:  # numpy takes zeros at an end for no part of a text
        return np.array(sorted(range(len(texts)), key=texts.__getitem__), dtype=np.intp)
    letters = np.array(texts, dtype=bytes)
    keys = _first_that_differ(letters)
    order = np.argsort(keys)
    ordered = keys[order]
    if (ordered[1:] != ordered[:-1]).all():
        return order
    return np.argsort(letters, kind="stable")


def _first_that_differ(letters: np.ndarray) -> np.ndarray:
    """Eight letters of each text as one number, from the first that is not the same in all: ids
    of one kind, of which a table is full, mostly differ in these, and numbers are ordered at once.
    """
    import numpy as np

    table = letters.view(np.uint8).reshape(len(letters), letters.dtype.itemsize)
    first = int((table != table[:1]).any(axis=0).argmax())
    eight = np.zeros((len(letters), 8), dtype=np.uint8)
    some = table[:, first : first + 8]
    eight[:, : some.shape[1]] = some
    return eight.view(">u8").ravel().astype(np.uint64)


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
    """See ``explore``. What fits is known by its places; only a page of it is taken out.

    >>> from toolkit import explore
    >>> explorer = explore(frames.holders([main, recovery, signing]))
    >>> explorer.search.value = "Alice"
    >>> explorer.rows["name"].tolist()
    ['Alice Moreau']
    """

    def __init__(self, frame: pd.DataFrame, title: str) -> None:
        super().__init__()
        self.title = title
        self.frame = frame
        self._search, self._orders = Search(frame), Orders(frame)
        self._places = frame.index.to_numpy()
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

    @property
    def rows(self) -> pd.DataFrame:
        """The rows that fit what is chosen, in the chosen order."""
        return self.frame.iloc[self._places]

    def still(self) -> dict[str, str]:
        """Counts and the first page: an export has no widgets to turn the others."""
        parts = [part.value for part in (*self.children[:2], self.page, self.status)]
        return {"text/html": "\n".join(['<div class="tk">', *parts, "</div>"])}

    def _choose(self, _: Any = None) -> None:
        fits = self._fits()
        places = self.frame.index.to_numpy()
        if self.order.value != AS_READ:
            places = self._orders.by(self.order.value)
        self._places = places[fits[places]]
        self._page = 0
        self._draw()

    def _fits(self) -> np.ndarray:
        """Whether each row fits the words and every filter."""
        import numpy as np

        fits = np.ones(len(self.frame), dtype=bool)
        for name, chosen in self.filters.items():
            if chosen.value != ALL:
                value = self._values[name][int(chosen.value)]
                fits &= (self.frame[name] == value).fillna(False).to_numpy(dtype=bool)
        words = self.search.value.strip()
        if words:
            fits &= self._search.rows(words)
        return fits

    def _turn(self, by: int) -> None:
        last = max(0, (len(self._places) - 1) // PAGE)
        self._page = min(max(self._page + by, 0), last)
        self._draw()

    def _draw(self) -> None:
        first = self._page * PAGE
        some = self.frame.iloc[self._places[first : first + PAGE]]
        cells = [[_cell(value) for value in row] for row in some.itertuples(index=False)]
        self.page.value = render("rows.html", title=self.title, columns=list(some), rows=cells)
        self.back_button.disabled = self._page == 0
        self.on_button.disabled = first + PAGE >= len(self._places)
        self.status.value = render("status.html", kind="", text=self._where(first, len(some)))

    def _where(self, first: int, count: int) -> str:
        if not count:
            return f"No row fits. Choose All above. {len(self.frame):,} rows in all."
        where = f"Rows {first + 1:,} to {first + count:,} of {len(self._places):,}"
        if len(self._places) < len(self.frame):
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

    >>> from toolkit import explore
    >>> explorer = explore(frames.wallets(app.send(privy.list_wallets())), title="Wallets")
    >>> len(explorer.rows)
    3
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

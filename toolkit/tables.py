"""The table machinery: declared columns and dtypes, the same for zero rows. Knows no vendor.

dtypes: ``text`` is pandas' nullable string, ``integer`` Int64, ``flag`` nullable boolean,
``moment`` ``datetime64[ms, UTC]`` made from Unix milliseconds, ``word`` a categorical with the
words known today; a word that a service adds tomorrow is appended, never lost.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import numpy as np
import pandas as pd
from msgspec import UNSET

from toolkit.base.text import hidden, plain_line
from toolkit.errors import InputError, escape_hidden
from toolkit.request.exchange import Answer, Provenance

T = TypeVar("T")
Kind = Literal["text", "integer", "flag", "moment", "word"]
LATEST_MS = 253_402_300_800_000  # the year 10000
LARGEST = 2**63 - 1  # a larger number is missing in a table, as is a moment that no calendar has
NOT_RECEIVED = "unknown: not received by a client"


@dataclass(frozen=True, slots=True)
class Column:
    """A column's name, kind, and for ``word`` the words known today."""

    name: str
    kind: Kind = "text"
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """Columns in order.

    ``frame`` makes a DataFrame of exactly these, whatever the number of rows.
    """

    columns: tuple[Column, ...]

    def frame(self, rows: Sequence[tuple[Any, ...]], what: Any) -> pd.DataFrame:
        """One row one tuple, in the order of the columns. None and UNSET become missing values.

        ``attrs`` say where the rows came from: ``environment`` and ``verified`` of ``what``, the
        models they were made of.
        """
        lanes: Iterable[Sequence[Any]] = (
            zip(*rows, strict=True) if rows else [()] * len(self.columns)
        )
        made = {
            column.name: _array(column, lane)
            for column, lane in zip(self.columns, lanes, strict=True)
        }
        frame = Legible(made, columns=[column.name for column in self.columns])
        frame.attrs.update(origin(what))
        return frame


class Legible(pd.DataFrame):
    """A DataFrame that shows what cannot be seen: in HTML and text, hidden characters and line ends
    are written out.

    The data stays as it is. No mathematics is drawn from it: JupyterLab would take ``$…$`` in a
    name for a formula, which may say something else than the name, or link somewhere.
    """

    @property
    def _constructor(self) -> type[Legible]:
        return Legible  # filtered and sorted tables are shown the same way

    def _repr_html_(self) -> str | None:
        with pd.option_context("display.html.use_mathjax", False):
            html: str | None = _plain(self)._repr_html_()  # type: ignore[operator]  # pandas-stubs do not know it
        # JupyterLab's MathJax heeds this class; pandas before 3 sets another one
        return html and f'<div class="mathjax_ignore">{escape_hidden(html)}</div>'

    def __repr__(self) -> str:
        return escape_hidden(repr(_plain(self)))


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    """The same table to look at.

    Only the rows that pandas would show are gone through; labels are left to ``spelled``.
    """
    most = pd.get_option("display.max_rows") or len(frame)
    shown = pd.DataFrame(frame, copy=False)
    for at, dtype in enumerate(frame.dtypes):
        if dtype.kind == "O":  # texts and words
            texts = frame.iloc[:, at].to_numpy(dtype=object, copy=True)
            for rows in (slice(None, most), slice(max(most, len(frame) - most), None)):
                texts[rows] = [_written_out(value) for value in texts[rows]]
            shown.isetitem(at, pd.arrays.NumpyExtensionArray(texts))
    return shown


def _written_out(value: Any) -> Any:
    """As ``spelled``, but a line end is written out too: it could pass for another row."""
    if not isinstance(value, str) or not any(map(hidden, value)):
        return value
    return plain_line(value)


def _array(column: Column, values: Sequence[Any]) -> Any:
    values = [None if value is UNSET else value for value in values]
    match column.kind:
        case "text":
            return pd.array(values, dtype=pd.StringDtype("python"))
        case "integer":
            return pd.array(
                [v if v is not None and abs(v) <= LARGEST else None for v in values], dtype="Int64"
            )
        case "flag":
            return pd.array(values, dtype="boolean")
        case "moment":
            missing = np.iinfo(
                np.int64
            ).min  # what numpy reads as "not a time", as it does what is beyond its range
            stamps = np.fromiter(
                (v if v is not None and abs(v) < LATEST_MS else missing for v in values),
                dtype=np.int64,
                count=len(values),
            )
            return pd.DatetimeIndex(stamps.view("datetime64[ms]")).tz_localize("UTC")
        case "word":
            new = sorted({value for value in values if value is not None} - set(column.words))
            return pd.Categorical(values, categories=pd.Index([*column.words, *new], dtype=object))


def listed(what: Any, kinds: type[T] | tuple[type[T], ...]) -> tuple[list[T], Any]:
    """The things themselves, and what they came in: one thing, a list of things, a page, or a list
    of pages. ``kinds``: what they may be.

    Raises:
        InputError: something else than models of this kind.
    """
    if isinstance(what, Iterable) and not isinstance(what, Mapping | str | Answer):
        what = list(what)
    items = what if isinstance(what, list) else [what]
    things = [
        thing for item in items for thing in (item.data if hasattr(item, "data") else (item,))
    ]
    _must_be(things, kinds if isinstance(kinds, tuple) else (kinds,))
    return things, what


def _must_be(things: Iterable[Any], kinds: tuple[type, ...]) -> None:
    names = " or ".join(kind.__name__ for kind in kinds)
    for thing in things:
        if not isinstance(thing, kinds):
            raise InputError(
                f"A table of {names} cannot be made of {type(thing).__name__}.",
                hint=f"Pass {names} models, or a page of them.",
            )


def provenance_of(thing: Any) -> Provenance | None:
    """Where a model came from; None for one that no client received."""
    return thing.provenance if isinstance(thing, Answer) else None


def origin(what: Any) -> dict[str, Any]:
    """``environment``, ``verified`` (True, False, or None: unknown or never signed) and what that
    means, in words.
    """
    answers = list(what) if isinstance(what, Iterable) and not isinstance(what, Answer) else [what]
    found = [provenance_of(answer) for answer in answers]
    known = [provenance for provenance in found if provenance is not None]
    whole = bool(known) and len(known) == len(found)
    environments = sorted({provenance.environment for provenance in known}) + (
        [] if whole else ["unknown"]
    )
    verdicts = {provenance.verified for provenance in known} if whole else {None}
    verified = verdicts == {True} or (None if None in verdicts else False)
    if verified:
        words = "every answer carried a valid signature"
    else:
        words = "this service signs no answers" if whole else NOT_RECEIVED
    return {"environment": ", ".join(environments), "verified": verified, "verification": words}

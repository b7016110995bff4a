"""A table as a file that other programs take as it is: csv, xlsx, parquet, json, html.

Formulas are inert, moments are UTC, and what looks like a number but is an id stays a text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import Any

import pandas as pd
from markupsafe import Markup

from toolkit.base.files import replace_file
from toolkit.base.html import render
from toolkit.base.inert import inert, meant
from toolkit.base.text import written_out
from toolkit.errors import InputError

SHEET_ROWS, SHEET_COLUMNS, CELL_CHARACTERS = 1_048_576, 16_384, 32_767  # what an Excel sheet holds
WHOLE_IN_A_SHEET = 2**53  # Excel's numbers are floats: a larger one would lose digits
WIDEST = 48  # characters of a column in a sheet
MOMENT = "%Y-%m-%d %H:%M:%S.%f"
# Digits, with what stands in numbers, dates and times; and words that are a value or none
_NUMBER = re.compile(
    r"[\s().,:/%^eE+\-_'\u2019]*(?:[0-9][\s().,:/%^eE+\-_'\u2019]*)+|0x[0-9a-fA-F]+"
)
_VALUE_WORDS = {"true", "false", "nan", "inf", "infinity", "null", "none", "na", "n/a", "<na>"}
_VALUE_WORDS |= {"nat", "#n/a", "#na", "1.#ind", "1.#qnan"}


def save(frame: pd.DataFrame, path: str | Path) -> Path:
    """Write a table into a file, by the ending of its name: ``.csv``, ``.xlsx``, ``.parquet``,
    ``.json`` or ``.html``. Returns the path.

    An index that says something (a name, a group) becomes columns. Moments are UTC: without a zone
    in ``.csv`` and ``.xlsx``, because Excel takes no other; with it in the rest. In ``.csv`` a text
    that a spreadsheet or pandas would read as a number, a date or nothing has its first character
    written out. ``.xlsx`` has a second sheet with what ``frame.attrs`` say; ``.parquet`` keeps
    them; ``.html`` needs nothing else, and runs nothing. An older file of that name is replaced,
    whole or not at all.

    Raises:
        InputError: another ending, a part that is not installed, more than a sheet holds, or a
            place that cannot be written.

    >>> from pathlib import Path
    >>> from tempfile import mkdtemp
    >>> from toolkit import Emulator, cobo, frames
    >>> info = Emulator.seeded().cobo_client().send(cobo.get_api_key_info())
    >>> frames.save(frames.role_scopes(info), Path(mkdtemp()) / "scopes.csv").name
    'scopes.csv'
    """
    place = Path(path)
    write = _WRITERS.get(place.suffix.lower())
    if write is None:
        endings = ", ".join(_WRITERS)
        raise InputError(
            f"A table cannot be saved as {place.name}: its ending is none of {endings}.",
            hint="Name a file with one of these endings.",
        )
    return replace_file(place, write(_plain(frame)))


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    """Columns with names that are texts, every text inert, a telling index among the columns."""
    if not isinstance(frame, pd.DataFrame):
        raise InputError(
            f"Only a DataFrame can be saved, not {type(frame).__name__}.",
            hint="Of a Series, pass series.to_frame().",
        )
    labelled = _of_index(frame)
    labelled += [(label, frame.iloc[:, at]) for at, label in enumerate(frame.columns)]
    names = _distinct([_name(label) for label, _ in labelled])
    columns = [_inert_column(column).reset_index(drop=True) for _, column in labelled]
    plain = pd.DataFrame(dict(enumerate(columns)), index=pd.RangeIndex(len(frame)))
    plain.columns = pd.Index(names, dtype=object)
    plain.attrs.update({_inert(str(name)): _plain_fact(fact) for name, fact in frame.attrs.items()})
    return plain


def _of_index(frame: pd.DataFrame) -> list[tuple[Any, pd.Series[Any]]]:
    """The columns that an index becomes: none of one that only counts the rows."""
    if isinstance(frame.index, pd.RangeIndex):
        return []
    unnamed = "index" if frame.index.nlevels == 1 else "level_{}"
    return [
        (unnamed.format(level) if name is None else name, _of_level(frame.index, level))
        for level, name in enumerate(frame.index.names)
    ]


def _of_level(index: pd.Index[Any], level: int) -> pd.Series[Any]:
    return pd.Series(index.get_level_values(level))


def _name(label: Any) -> str:
    parts = label if isinstance(label, tuple) else (label,)
    return " · ".join(_inert(str(part)) for part in parts if not _is_nothing(part))


def _is_nothing(part: Any) -> bool:
    return isinstance(part, str) and part == ""


def _distinct(names: Sequence[str]) -> list[str]:
    """Each name once: a second column of the same one is told by its number, as files need it."""
    taken = set(names)
    given: set[str] = set()
    distinct = []
    for name in names:
        own, number = name, 1
        while own in given or (own != name and own in taken):
            number += 1
            own = f"{name} ({number})"
        given.add(own)
        distinct.append(own)
    return distinct


def _plain_fact(fact: Any) -> Any:
    """What a table says of itself, as every kind of file can hold it."""
    return fact if fact is None or isinstance(fact, int | float) else _inert(str(fact))


def _inert_column(column: pd.Series[Any]) -> pd.Series[Any]:
    """A column of texts that are inert, or of values that every kind of file can hold."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return _inert_words(column)
    if isinstance(column.dtype, pd.StringDtype):
        return column.map(_inert, na_action="ignore").astype(column.dtype)
    if column.dtype.kind == "O":
        return _inert_objects(column.astype(object))
    if column.dtype.kind == "c" or isinstance(column.dtype, pd.SparseDtype):
        return column.astype(object).map(str)
    return column


def _inert_words(column: pd.Series[Any]) -> pd.Series[Any]:
    words = [_inert(str(word)) for word in column.cat.categories]
    if len(set(words)) < len(words):  # two of somebody else’s that read the same
        return column.astype(object).map(lambda word: _inert(str(word)), na_action="ignore")
    return column.cat.rename_categories(words)


_PLAIN_OBJECTS = ((str,), (bool,), (int,), (float, int))


def _inert_objects(column: pd.Series[Any]) -> pd.Series[Any]:
    """Objects as they are where all are of one plain kind; everything as text where not."""
    kinds = {type(value) for value in column if not _is_missing(value)}
    if kinds == {str}:
        return column.map(_inert, na_action="ignore")
    if any(kinds <= set(plain) for plain in _PLAIN_OBJECTS) and _are_within(column):
        return column
    return column.map(lambda value: value if _is_missing(value) else _inert(_spelled(value)))


def _are_within(column: pd.Series[Any]) -> bool:
    return all(_is_missing(value) or abs(value) < 2**63 for value in column)


def _is_missing(value: Any) -> bool:
    return value is None or (pd.api.types.is_scalar(value) and bool(pd.isna(value)))


def _spelled(value: Any) -> str:
    """A value as a text; a moment in UTC."""
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC).isoformat()
    return str(value)


def _inert(text: str) -> str:
    """A text of our tables is inert already and stays as it is; somebody else's is made so."""
    return text if inert(meant(text)) == text else inert(text)


# ---- what each ending takes ----------------------------------------------------------------------


def _csv(frame: pd.DataFrame) -> bytes:
    texts = frame.copy()
    for name in texts.columns:
        texts[name] = _for_csv(texts[name])
    return texts.to_csv(index=False, lineterminator="\r\n").encode("utf-8-sig")  # as Excel wants it


def _for_csv(column: pd.Series[Any]) -> pd.Series[Any]:
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        milliseconds: pd.Series[Any] = _utc(column).dt.strftime(MOMENT).str[:-3]
        return milliseconds
    if isinstance(column.dtype, pd.CategoricalDtype) or column.dtype.kind == "O":
        return column.astype(object).map(_never_a_number, na_action="ignore")
    return column


def _never_a_number(value: Any) -> Any:
    """A text that would be read as something else has its first character written out."""
    if not isinstance(value, str) or not value:
        return value
    if _NUMBER.fullmatch(value) or value.strip().lower() in _VALUE_WORDS:
        return written_out(value[0]) + value[1:]
    return value


def _utc(column: pd.Series[Any]) -> pd.Series[Any]:
    """Moments in UTC, without a zone."""
    naive: pd.Series[Any] = column.dt.tz_convert("UTC").dt.tz_localize(None)
    return naive


def _xlsx(frame: pd.DataFrame) -> bytes:
    _needs("openpyxl", "excel", ".xlsx")
    _must_fit_a_sheet(frame)
    cells = frame.copy()
    for name in cells.columns:
        cells[name] = _for_a_sheet(cells[name])
    about = pd.DataFrame(
        [*((name, _inert(str(value))) for name, value in frame.attrs.items()), ("moments", "UTC")],
        columns=["about", "this table"],
    )
    content = BytesIO()
    with pd.ExcelWriter(content, engine="openpyxl", datetime_format="yyyy-mm-dd hh:mm:ss") as book:
        cells.to_excel(book, sheet_name="table", index=False, freeze_panes=(1, 0))
        about.to_excel(book, sheet_name="about", index=False)
        for sheet, columns in (("table", cells), ("about", about)):
            _set_widths(book.sheets[sheet], columns)
            _keep_texts(book.sheets[sheet])
    return content.getvalue()


def _must_fit_a_sheet(frame: pd.DataFrame) -> None:
    rows, columns = frame.shape
    if rows >= SHEET_ROWS or columns > SHEET_COLUMNS:
        raise InputError(
            f"{rows:,} rows and {columns:,} columns do not fit into a sheet of Excel, which has "
            f"{SHEET_ROWS:,} rows and {SHEET_COLUMNS:,} columns.",
            hint="Save it as .csv or .parquet, or save a part of it.",
        )
    for name in frame.columns:
        longest = _longest(frame[name])
        if longest > CELL_CHARACTERS:
            raise InputError(
                f"A text in {name} has {longest:,} characters; a cell of Excel holds "
                f"{CELL_CHARACTERS:,}.",
                hint="Save it as .csv or .parquet, or without this column.",
            )


def _for_a_sheet(column: pd.Series[Any]) -> pd.Series[Any]:
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        return _utc(column)
    if column.dtype.kind in "iu" and (column.abs() > WHOLE_IN_A_SHEET).any():
        return column.astype("string")
    return column


def _set_widths(sheet: Any, frame: pd.DataFrame) -> None:
    for at, name in enumerate(frame.columns):
        letter = sheet.cell(1, at + 1).column_letter
        widest = max(len(name), _longest(frame[name]))
        sheet.column_dimensions[letter].width = min(WIDEST, widest + 2)


def _keep_texts(sheet: Any) -> None:
    """A text is a text: openpyxl takes some for a formula or an error of Excel's (``#N/A``)."""
    for row in sheet.iter_rows():
        for cell in row:
            if isinstance(cell.value, str):
                cell.data_type = "s"


def _longest(column: pd.Series[Any]) -> int:
    """Characters of the longest value."""
    return max(map(len, map(str, column.dropna())), default=0)


def _parquet(frame: pd.DataFrame) -> bytes:
    _needs("pyarrow", "parquet", ".parquet")
    content = BytesIO()
    frame.to_parquet(content, engine="pyarrow", index=False)
    return content.getvalue()


def _json(frame: pd.DataFrame) -> bytes:
    text = frame.to_json(orient="records", date_format="iso", date_unit="ms", force_ascii=False)
    return str(text).encode()


def _html(frame: pd.DataFrame) -> bytes:
    table = frame.to_html(index=False, na_rep="", border=0)
    about = list(frame.attrs.items())
    return render("table_file.html", table=Markup(table), about=about).encode()  # noqa: S704  # pandas escapes


_WRITERS: dict[str, Callable[[pd.DataFrame], bytes]] = {
    ".csv": _csv,
    ".xlsx": _xlsx,
    ".parquet": _parquet,
    ".json": _json,
    ".html": _html,
}


def _needs(module: str, extra: str, ending: str) -> None:
    if find_spec(module) is None:
        raise InputError(
            f"Saving as {ending} needs {module}, which is not installed.",
            hint=f'pip install "quorum-toolkit[{extra}]", or save as .csv.',
        )

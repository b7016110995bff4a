"""The values of a column as pandas has them."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from msgspec import UNSET

from toolkit.arrays import LATEST_MS, array, repeated
from toolkit.base.inert import inert

CASES: list[tuple[str, str, list[Any], str, list[bool]]] = [
    ("texts", "text", ["a", None, UNSET], "string", [False, True, True]),
    ("ids", "id", ["a", None, UNSET], "string", [False, True, True]),
    ("numbers", "integer", [1, 2**64, UNSET], "Int64", [False, True, True]),
    ("truths", "flag", [True, None, UNSET], "boolean", [False, True, True]),
    ("moments", "moment", [0, 10**20, None], "datetime64[ms, UTC]", [False, True, True]),
    ("words", "word", ["New", None, UNSET], "category", [False, True, True]),
    ("no rows", "moment", [], "datetime64[ms, UTC]", []),
]


@pytest.mark.parametrize(
    ("kind", "values", "dtype", "missing"),
    [case[1:] for case in CASES],
    ids=[case[0] for case in CASES],
)
def test_arrays(kind: str, values: list[Any], dtype: str, missing: list[bool]) -> None:
    """Each kind has its dtype; what is not said, or fits into no column, is missing."""
    column = array(kind, ("Valid",), values)
    assert str(column.dtype) == dtype
    assert column.isna().tolist() == missing


@pytest.mark.parametrize(
    ("kind", "values", "dtype"),
    [case[1:4] for case in CASES if case[2]],
    ids=[case[0] for case in CASES if case[2]],
)
def test_the_same_in_each_row(kind: str, values: list[Any], dtype: str) -> None:
    """A column of one value has its dtype and is that value in each row."""
    for value in values:
        alone, many = (array(kind, ("Valid",), [value] * count) for count in (1, 5))
        assert str(many.dtype) == str(alone.dtype) == dtype
        assert pd.Series(many).equals(pd.Series([*alone] * 5, dtype=alone.dtype))
        other = array(kind, ("Valid",), [value, values[0], value])
        assert pd.Series(other[1:2]).equals(pd.Series(array(kind, ("Valid",), values[:1])))


def test_what_is_missing_among_many() -> None:
    """Texts that are written out stand where they stood, and what is missing is missing there."""
    values = ["<b>", None, "plain", UNSET, "=1"] * 1_000
    column = array("text", (), values)
    assert column[:5].tolist() == ["\\u003cb>", pd.NA, "plain", pd.NA, "\\u003d1"]
    assert (column[5:].isna() == column[:-5].isna()).all()
    assert (column[5:].dropna() == column[:-5].dropna()).all()


EDGES = [
    ("the largest", 2**63 - 1, 2**63 - 1, pd.NaT),
    ("the smallest", -(2**63) + 1, -(2**63) + 1, pd.NaT),
    ("one too small", -(2**63), pd.NA, pd.NaT),
    ("one too large", 2**63, pd.NA, pd.NaT),
    ("the last of the year 9999", LATEST_MS - 1, LATEST_MS - 1, LATEST_MS - 1),
    ("the year 10000", LATEST_MS, LATEST_MS, pd.NaT),
    ("as long ago", -LATEST_MS, -LATEST_MS, pd.NaT),
    ("a whole float", 2.0, 2, 2),
]  # fmt: skip


@pytest.mark.parametrize("others", [[1], [1, None]], ids=["all there", "one missing"])
@pytest.mark.parametrize(
    ("value", "number", "moment"),
    [case[1:] for case in EDGES],
    ids=[case[0] for case in EDGES],
)
def test_numbers_and_moments_at_the_edge(
    value: Any, number: Any, moment: Any, others: list[Any]
) -> None:
    """What no column can hold is missing, and what just fits is there, whether or not others are missing."""
    numbers, moments = (array(kind, (), [value, *others]) for kind in ("integer", "moment"))
    assert str(numbers.dtype) == "Int64"
    assert numbers[0] is number or numbers[0] == number
    assert numbers[1] == 1
    assert moments[0] is moment or moments.asi8[0] == moment
    assert moments.asi8[1] == 1


@pytest.mark.parametrize("value", [2.5, "2"])
def test_no_whole_number(value: Any) -> None:
    """A number that is not whole, or a text, is never cut or read to one."""
    with pytest.raises((TypeError, ValueError)):
        array("integer", (), [value, 1])


def test_new_words_come_after_the_known() -> None:
    """A word of tomorrow is appended, inert like every text."""
    column = array("word", ("Valid", "New"), ["<b>", "Valid"])
    assert list(column.categories) == ["Valid", "New", "\\u003cb>"]


def test_repeated() -> None:
    """Each value as often as its count says."""
    assert list(repeated(array("text", (), ["a", "b", "c"]), [2, 0, 1])) == ["a", "a", "c"]


def test_each_text_is_written_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of ten times the rows with the same texts no more is written out; where nothing has to be, nothing is asked."""
    asked: list[str] = []

    def counted(text: str) -> str:
        asked.append(text)
        return inert(text)

    monkeypatch.setattr("toolkit.base.inert.inert", counted)
    for times in (10, 100):
        asked.clear()
        column = array("text", (), ["<b>", "plain", "=1", None] * times)
        assert column.tolist()[:3] == ["\\u003cb>", "plain", "\\u003d1"]
        assert sorted(asked) == ["<b>", "=1", "plain"]
    asked.clear()
    array("text", (), ["plain", "too"] * 100)
    assert asked == []

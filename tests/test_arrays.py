"""The values of a column as pandas has them."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import UNSET

from toolkit.arrays import array, repeated
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

"""The table of figures: what a benchmark prints is what the pages have, and nothing else is touched."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest

from tests.docs.pages import ROOT

BENCHMARKS = ROOT / "benchmarks"


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The script that writes the tables."""
    monkeypatch.syspath_prepend(BENCHMARKS)
    yield import_module("table")
    for name in ("table", "row"):
        sys.modules.pop(name, None)


@pytest.fixture
def rows(table: Any) -> list[Any]:
    """A ratio that is reached, one that is missed, and an absolute figure."""
    row = import_module("row")
    return [
        row.beside(
            "process start to a Cobo client", [0.1, 0.1, 0.2], "cobo-waas2", [1.5, 2.0, 2.0], 0.1
        ),
        row.beside("the same, slower", [3e-3, 3e-3, 3e-3], "raw httpx", [2e-3, 2e-3, 2e-3], 1.25),
        row.at_most("a peak of memory", [640.0], 1_000.0, "MB"),
    ]


def test_a_printed_row_is_read_again(rows: list[Any]) -> None:
    """Name, figures with their units, ratio, spread and aim; whether it is reached follows."""
    read = [type(row).read(row.line()) for row in rows]
    assert [row.line() for row in read] == [row.line() for row in rows]
    assert [row.reached for row in read] == [True, False, True]
    assert [(row.ours, row.name, row.theirs) for row in read] == [
        ("100 ms", "cobo-waas2", "2 s"),
        ("3 ms", "raw httpx", "2 ms"),
        ("640 MB", "at most", "1,000 MB"),
    ]


def test_other_lines_are_no_rows(rows: list[Any]) -> None:
    """What else a benchmark prints is left; half a row is an error."""
    kind = type(rows[0])
    assert kind.read("  ours / cobo-waas2, cpu: 0.09") is None
    with pytest.raises(ValueError, match="a row has"):
        kind.read("= a row | cut off")


def test_the_long_table_is_read_again(table: Any, rows: list[Any]) -> None:
    """What did not run stays as it was, to the last digit that is written."""
    text = f"before\n{table.BEGIN}\n{table.END}\nafter\n"
    written = table.between(text, table.long_table(rows, "today"))
    assert written.startswith("before\n")
    assert written.endswith("after\n")
    assert [row.line() for row in table.rows_of(written)] == [row.line() for row in rows]
    again = table.between(written, table.long_table(table.rows_of(written), "today"))
    assert again == written


def test_the_short_table_has_names_of_the_long_one(table: Any, rows: list[Any]) -> None:
    """A ratio by its name, an absolute figure by itself."""
    short = table.short_table({row.what: row for row in rows}, "today")
    assert "| start, Cobo client | 0.067 × cobo-waas2 | 0.1 |" in short
    assert "slower" not in short


@pytest.mark.parametrize("text", ["", "{end} {begin}", "{begin} {begin} {end}"])
def test_markers_stand_once_each(table: Any, text: str) -> None:
    """A page without them is not written over."""
    with pytest.raises(ValueError, match="once each"):
        table.between(text.format(begin=table.BEGIN, end=table.END), "x")


def test_the_pages_have_the_table(table: Any) -> None:
    """Both pages have their markers; every row of the README is one of the long table, and as it says there."""
    long = {row.what: row for row in table.rows_of(table.PAGE.read_text())}
    readme = table.README.read_text()
    assert set(table.SHORT) <= set(long)
    _, inside, _ = table.cut(readme)
    when = inside.split("|")[1].strip()
    assert inside.strip() == table.short_table(long, when)
    assert f"Last measured: {when}" in table.PAGE.read_text()


def test_every_benchmark_is_run(table: Any) -> None:
    """A script that shows a row is one of those that ``make bench`` runs, and each of those exists."""
    showing = {path.name for path in BENCHMARKS.glob("*.py") if "show(" in path.read_text()} - {
        "row.py"
    }
    assert showing == {command[0] for command in table.SCRIPTS.values()}
    assert "benchmarks/table.py $(ROWS)" in (ROOT / "Makefile").read_text()

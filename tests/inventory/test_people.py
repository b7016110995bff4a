"""Who holds which seat: a value, and a file that people can read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from toolkit import People
from toolkit.errors import InputError
from toolkit.inventory.people import Holder


def test_names_alone_are_guesses() -> None:
    """A mapping of names says who, and nothing about how we know."""
    people = People({"node": "Alice", "key": Holder("Bob", "call", site="Lyon")})
    assert people.seats["node"] == Holder("Alice", "guess")
    assert people.persons == {"node": "Alice", "key": "Bob"}
    assert people.names == ("Alice", "Bob")
    assert people.sites() == {"key": "Lyon"}
    assert people.seats_of("Bob") == ("key",)


def test_a_value() -> None:
    """Giving a seat to somebody, or to nobody, makes another value; what was known of the same person stays."""
    people = People().with_seat("key", "Alice", "file", device="laptop", since_ms=5)
    confirmed = people.with_seat("key", "Alice", "call")
    assert confirmed.seats["key"] == Holder("Alice", "call", device="laptop", since_ms=5)
    assert confirmed.with_seat("key", "Bob").seats["key"] == Holder("Bob")
    assert len(confirmed.without("key")) == 0
    assert people.seats["key"].known == "file"


def test_the_file(tmp_path: Path) -> None:
    """What is saved is read again; it is plain JSON, and says nothing where nothing is known."""
    people = People({"b": Holder("Zoë", "call", since_ms=1), "a": "Alice"})
    path = people.save(tmp_path / "people.json")
    assert People.load(path) == people
    seats = json.loads(path.read_text())["seats"]
    assert seats == {
        "a": {"person": "Alice", "known": "guess"},
        "b": {"person": "Zoë", "known": "call", "since_ms": 1},
    }
    assert "Zoë" in path.read_text()


def test_what_was_proven(tmp_path: Path) -> None:
    """The latest moment of each key stays, through the file too; an older file has none, another holder has shown nothing."""
    people = People({"key": Holder("Ann", "call")})
    proven = people.with_proven({"key": 5}).with_proven({"key": 3})
    assert proven.seats["key"].proven_ms == 5
    assert People.load(proven.save(tmp_path / "people.json")) == proven
    older = '{"format": "quorum-toolkit-people", "version": 1, "seats": {"key": {"person": "Ann", "known": "call"}}}'
    (tmp_path / "older.json").write_text(older)
    assert People.load(tmp_path / "older.json") == people
    assert proven.with_seat("key", "Ann", "file").seats["key"].proven_ms == 5
    assert proven.with_seat("key", "Bob").seats["key"].proven_ms is None


@pytest.mark.parametrize(
    ("moments", "why"),
    [
        ({"other": 5}, "Nobody is known to hold key"),
        ({"key": 10**12}, "which is not yet"),
        ({"key": "5"}, "proven_ms must be"),
        (["key"], "must be a mapping"),
    ],
)
def test_what_proves_nothing(moments: Any, why: str) -> None:
    """A key of nobody, a moment that has not come, something else than a moment: refused, with why."""
    with pytest.raises(InputError, match=why):
        People({"key": "Ann"}).with_proven(moments, now_ms=5)


FILES = [
    ("not there", None, "cannot be read"),
    ("no JSON", "{", "is no JSON"),
    ("a name twice", '{"format": "x", "format": "y"}', "stands twice"),
    ("a list", "[]", "must hold an object"),
    ("another format", '{"format": "x"}', "is no file of people"),
    ("newer", '{"format": "quorum-toolkit-people", "version": 2}', "has version 2"),
    ("no seats", '{"format": "quorum-toolkit-people", "version": 1}', "seats must be"),
    (
        "an unknown field",
        '{"format": "quorum-toolkit-people", "version": 1, "seats": {"a": {"person": "A", "x": 1}}}',
        "x is nothing",
    ),
    (
        "no person",
        '{"format": "quorum-toolkit-people", "version": 1, "seats": {"a": {}}}',
        "person is missing",
    ),
    (
        "another way of knowing",
        '{"format": "quorum-toolkit-people", "version": 1, "seats": {"a": {"person": "A", "known": "dream"}}}',
        "known cannot be",
    ),
]


@pytest.mark.parametrize(
    ("content", "said"), [row[1:] for row in FILES], ids=[row[0] for row in FILES]
)
def test_what_is_no_file_of_people(tmp_path: Path, content: str | None, said: str) -> None:
    """It is refused, and what is wrong is named."""
    path = tmp_path / "people.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(InputError, match=said):
        People.load(path)


@pytest.mark.parametrize("wrong", [["a"], {"a": 3}, {3: "a"}, {"a": " "}])
def test_wrong_values(wrong: object) -> None:
    """Something else than seats and people is refused where it enters."""
    with pytest.raises(InputError):
        People(wrong)  # type: ignore[arg-type]

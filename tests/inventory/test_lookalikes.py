"""Names that look alike have one skeleton; those that do not, have two."""

from __future__ import annotations

import unicodedata

import pytest

from toolkit.inventory.lookalikes import Names, confusables, difference, skeleton

ALIKE = [
    ("Alice", "\u0410lice"), ("Alice", "Alic\u0435"), ("paypal", "\u0440\u0430\u0443\u0440\u0430l"), ("Summer", "Surnmer"), ("Bill", "Bi1l"),
    ("Bill", "BiIl"), ("OPS", "0PS"), ("Scope", "\u0405\u0441\u043e\u0440\u0435"), ("Alice", "Al\u200bice"), ("Ann Lee", "Ann\u00a0Lee"), ("Zoë", "Zoe\u0308"), ("Ann", "\uff21nn"),
]  # fmt: skip
UNLIKE = [
    ("Alice", "alice"),
    ("Zoe", "Zoë"),
    ("Ann", "Anna"),
    ("Ben", "Bem"),
    ("財務", "財勤"),
    ("", "Ann"),
    ("Ann B", "AnnB"),
]


@pytest.mark.parametrize(("name", "other"), ALIKE, ids=ascii)
def test_alike(name: str, other: str) -> None:
    """Letters of other scripts, digits for letters, pairs for one letter, and what is not seen at all."""
    assert skeleton(name) == skeleton(other)


@pytest.mark.parametrize(("name", "other"), UNLIKE, ids=ascii)
def test_unlike(name: str, other: str) -> None:
    """Case, accents and letters of one script that differ are told apart."""
    assert skeleton(name) != skeleton(other)


def test_the_table_is_whole() -> None:
    """Every character leads to a text that is not itself, and one that looks like a plain letter has that letter's skeleton."""
    table = confusables()
    assert len(table) > 6_000
    assert all(text and chr(character) != text for character, text in table.items())
    whole = [code for code in table if unicodedata.is_normalized("NFD", chr(code))]
    plain = [(chr(code), table[code]) for code in whole if table[code].isascii()]
    assert len(plain) > 1_000
    assert all(skeleton(character) == skeleton(text) for character, text in plain)


def test_difference_names_the_first_one() -> None:
    """The character that differs, by its number and its name."""
    assert difference("\u0410lice", "Alice") == "character 1 is U+0410, cyrillic capital letter a"
    assert difference("Ann", "Anna") == "it ends sooner"
    assert difference("A\x00", "A") == "character 2 is U+0000, a control character"


def test_names_are_asked_while_they_change() -> None:
    """Others that look like one, as long as somebody uses them; the same name is no other."""
    names = Names(["Alice", "Alice", "Bob", ""])
    assert names.like("\u0410lice") == ["Alice"]
    assert names.like("Alice") == []
    names.add("\u0410lice")
    assert names.like("Alice") == ["\u0410lice"]
    names.remove("Alice")
    assert names.like("\u0410lice") == ["Alice"]
    names.remove("Alice")
    assert names.like("\u0410lice") == []
    names.remove("")
    assert names.like("") == []

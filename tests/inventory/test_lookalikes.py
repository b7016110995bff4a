"""Names that look alike have one skeleton; those that do not, have two."""

from __future__ import annotations

import re
import unicodedata

import pytest

from tests.inventory import confusables_table
from toolkit.inventory.lookalikes import (
    TABLE,
    Names,
    confusables,
    difference,
    prototypes,
    skeleton,
)

ALIKE = [
    ("Alice", "\u0410lice"), ("Alice", "Alic\u0435"), ("paypal", "\u0440\u0430\u0443\u0440\u0430l"), ("Summer", "Surnmer"), ("Bill", "Bi1l"),
    ("Bill", "BiIl"), ("OPS", "0PS"), ("Scope", "\u0405\u0441\u043e\u0440\u0435"), ("Alice", "Al\u200bice"), ("Ann Lee", "Ann\u00a0Lee"), ("Zoë", "Zoe\u0308"), ("Ann", "\uff21nn"),
    ("D\u017dordan", "\u01c4ordan"),
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


def test_the_table_is_as_its_maker_writes_it() -> None:
    """Each prototype once and in order, its characters in order, each of them once; the version of Unicode is named."""
    text = TABLE.read_text("utf-8")
    head, lines = text.split("\n")[:3], text.split("\n")[3:-1]
    pairs = {character: tuple(map(ord, alike)) for character, alike in prototypes().items()}
    assert lines == list(confusables_table.lines_of(pairs))
    (version,) = re.findall(r"version (\d+\.\d+\.\d+)", head[1])
    assert "\n".join(head) + "\n" == confusables_table.HEAD.format(version=version)


def test_a_prototype_looks_like_nothing_else() -> None:
    """What a character leads to leads nowhere further: a skeleton of a skeleton is itself."""
    for table in (prototypes(), confusables()):
        assert not {ord(each) for alike in table.values() for each in alike} & table.keys()
    assert [
        each for each in map(chr, confusables()) if skeleton(skeleton(each)) != skeleton(each)
    ] == []


UNICODE = """\ufeff# confusables.txt
# Version: 13.0.0

05AD ;\t0596 ;\tMA\t# ( \u05ad → \u0596 ) HEBREW ACCENT DEHI → HEBREW ACCENT TIPEHA\t#
0430 ;\t0061 ;\tMA\t# ( а → a ) CYRILLIC SMALL LETTER A → LATIN SMALL LETTER A\t#
2028 ;\t0020 ;\tMA\t#* ( \u2028 →   ) LINE SEPARATOR → SPACE\t#
237A ;\t0061 ;\tMA\t#* ( ⍺ → a ) APL FUNCTIONAL SYMBOL ALPHA → LATIN SMALL LETTER A\t# →α→
203C ;\t0021 0021 ;\tMA\t#* ( ‼ → !! ) DOUBLE EXCLAMATION MARK → EXCLAMATION MARK, EXCLAMATION MARK\t#

# total: 5
"""


def test_the_table_is_made_of_the_file_of_unicode() -> None:
    """Every pair of it, characters that end a line among them; a line of another shape, or a file without a version, is refused."""
    text = confusables_table.table(UNICODE)
    assert "version 13.0.0" in text
    assert text.split("\n")[3:] == ["0020 < 2028", "0021 0021 < 203C", "0061 < 0430 237A", "0596 < 05AD", ""]  # fmt: skip
    for wrong in (UNICODE.replace("MA\t# ( а", "SA\t# ( а"), UNICODE.replace("# Version", "# x")):
        with pytest.raises(ValueError, match=r"another shape|no version"):
            confusables_table.table(wrong)


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

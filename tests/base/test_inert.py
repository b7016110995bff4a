"""Texts for tables: they do nothing, hide nothing, and stand for one text each."""

from __future__ import annotations

import html

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from toolkit.base.hidden import hidden_at
from toolkit.base.inert import PIECE, inert, inert_texts, meant

CASES: list[tuple[str, str, str]] = [
    ("a plain name", "Alice (backup) - 2", "Alice (backup) - 2"),
    ("a name with its accents", "Søren", "Søren"),
    ("money", "Treasury $5M", "Treasury $5M"),
    ("two of them could be mathematics", "$5 or $6", "\\u00245 or \\u00246"),
    ("a Windows name", "DOMAIN\\alice", "DOMAIN\\alice"),
    ("what reads as an escape of ours", "DOMAIN\\ursula", "DOMAIN\\u005cursula"),
    ("a formula", "=1+1", "\\u003d1+1"),
    ("a formula where a cell could begin", "a;=1+1", "a;\\u003d1+1"),
    ("a formula behind a quote", '"=1+1', '"\\u003d1+1'),
    ("a formula behind blanks", "  @SUM(A1)", "  \\u0040SUM(A1)"),
    ("a wide formula", "\uff1d1", "\\uff1d1"),
    ("a tag", "<b>", "\\u003cb>"),
    ("an entity", "a&lt;b", "a\\u0026lt;b"),
    ("an ampersand", "R&D", "R&D"),
    ("an override", "a\u202eb", "a\\u202eb"),
    ("beyond the first plane", "a\U000e0067b", "a\\U000e0067b"),
    ("half a character", "\ud800", "\\ud800"),
    ("a line end", "a\nb", "a\\u000ab"),
    ("TeX", "\\(x\\)", "\\u005c(x\\u005c)"),
    ("nothing", "", ""),
]


@pytest.mark.parametrize(
    ("text", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_inert(text: str, expected: str) -> None:
    """What could do something is written out, and the rest is as it was; alone and in a column."""
    assert inert(text) == expected
    assert inert_texts(["b", text, ""]) == ["b", expected, ""]
    assert meant(expected) == text


TEXTS = st.text(
    st.one_of(st.sampled_from("=+-@<&$\\()[]uU0eE;,|\"' \n\t"), st.characters(codec=None)),
    max_size=12,
)


@given(TEXTS)
@example("\\u005cu003c")
@example("&amp;lt;")
def test_one_text_each(text: str) -> None:
    """Each inert text stands for one text, and says nothing in HTML, a spreadsheet or a terminal."""
    shown = inert(text)
    assert meant(shown) == text
    assert html.unescape(shown) == shown
    assert hidden_at(shown) == ()
    assert "<" not in shown
    assert shown.lstrip(" ")[:1] not in tuple("=+-@\uff1d\uff0b\uff0d\uff20")
    assert shown.count("$") < 2


@given(st.lists(TEXTS, max_size=5))
def test_a_column_is_its_texts(texts: list[str]) -> None:
    """The quick look at a whole column comes to the same as each of its texts alone."""
    assert inert_texts(texts) == list(map(inert, texts))


@pytest.mark.parametrize("at", [0, PIECE - 1, PIECE, 2 * PIECE - 1, 2 * PIECE])
@pytest.mark.parametrize("text", ["=1", "ü<b>", "a\n=1", " "])
def test_a_long_column(text: str, at: int) -> None:
    """Wherever in a long column a text stands that is not inert, it is written out, and no other."""
    texts = [f"plain {number}" for number in range(2 * PIECE + 1)]
    texts[at] = text
    shown = inert_texts(texts)
    assert shown.pop(at) == inert(text)
    del texts[at]
    assert shown == texts


@pytest.mark.parametrize("other", [None, 1, b"bytes"])
def test_only_texts(other: object) -> None:
    """What is no text is refused, wherever it stands."""
    for texts in ([other, "a"], ["<b>", other], ["a"] * PIECE + [other]):
        with pytest.raises(TypeError):
            inert_texts(texts)  # type: ignore[arg-type]

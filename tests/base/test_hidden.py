"""Characters that hide or move others, judged where they stand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.base.hidden import hidden, hidden_at
from toolkit.base.text import escape_hidden, hidden_in_words, plain_line

ORDINARY = {
    "Persian": "خزانه\u200cداری", "Persian verb": "می\u200cخواهم", "Hindi": "क्\u200dष", "Hindi, apart": "क्\u200cष", "Sinhala": "ශ්\u200dරී",
    "Bengali": "র\u200d্যাব", "Kannada": "ರ\u200d್ಕ", "Malayalam": "ക്\u200d", "Japanese blank": "財務\u3000部", "Japanese variant": "葛\U000e0100城",
    "Mongolian": "ᠠ\u180b", "Arabic number sign": "\u0600123", "emoji with selector": "🗝\ufe0f Payouts", "family": "👨\u200d👩\u200d👧",
    "rainbow": "🏳\ufe0f\u200d🌈", "eye": "👁\ufe0f\u200d🗨\ufe0f", "nod": "🙂\u200d↔\ufe0f", "skin": "👩🏽\u200d🚀", "skin and selector": "👩🏽\u200d⚕\ufe0f",
    "England": "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", "keycap": "1\ufe0f\u20e3", "copyright": "©\ufe0f",
    "wave": "〰\ufe0f", "information": "ℹ\ufe0f", "accents": "Søren Ångström", "Hebrew": "משה", "Thai": "เงินสด",
}  # fmt: skip
HIDING: list[tuple[str, str, str]] = [
    ("override", "Alice\u202e (x)", "U+202E (right-to-left override) as character 6"),
    ("isolate", "a\u2066", "U+2066 (left-to-right isolate) as character 2"),
    ("joiner between Latin letters", "a\u200db", "U+200D (zero width joiner) as character 2"),
    (
        "non-joiner between Latin letters",
        "a\u200cb",
        "U+200C (zero width non-joiner) as character 2",
    ),
    (
        "non-joiner after a letter that never joins",
        "کار\u200cها",
        "U+200C (zero width non-joiner) as character 4",
    ),
    ("joiner after an emoji", "👩\u200d", "U+200D (zero width joiner) as character 2"),
    ("selector after a letter", "x\ufe0f", "U+FE0F (variation selector-16) as character 2"),
    ("selector after a digit", "1\ufe0f", "U+FE0F (variation selector-16) as character 2"),
    ("a tag", "\U000e0067", "U+E0067 (tag latin small letter g) as character 1"),
    ("a flag cut short", "🏴\U000e0067", "U+E0067 (tag latin small letter g) as character 2"),
    ("wide blank between Latin letters", "a\u3000b", "U+3000 (ideographic space) as character 2"),
    ("wide blank at the end", "財務\u3000", "U+3000 (ideographic space) as character 3"),
    ("no-break space", "a\u00a0b", "U+00A0 (no-break space) as character 2"),
    ("filler", "\u3164", "U+3164 (hangul filler) as character 1"),
    ("soft hyphen", "a\u00adb", "U+00AD (soft hyphen) as character 2"),
    ("half a character", "\ud800", "U+D800 (half of a character) as character 1"),
    ("no character", "a\uffff", "U+FFFF (no character) as character 2"),
    ("no character of another plane", "\U0001fffe", "U+1FFFE (no character) as character 1"),
    ("no character for exchange", "\ufdd0", "U+FDD0 (no character) as character 1"),
    ("private use", "\ue000", "U+E000 (private use) as character 1"),
    (
        "in place of an object",
        "a\ufffc",
        "U+FFFC (object replacement character) as character 2",
    ),
    ("line end", "a\n", "U+000A (control character) as character 2"),
    (
        "beside a character without a name",
        "\U000e0fff\u200c",
        "U+E0FFF (no character) as character 1 and U+200C (zero width non-joiner) as character 2",
    ),
    (
        "many",
        "\u200b" * 5,
        "U+200B (zero width space) as character 1, U+200B (zero width space) as character 2, U+200B (zero width space) as character 3 and 2 more",
    ),
]


@pytest.mark.parametrize("text", ORDINARY.values(), ids=ORDINARY)
def test_ordinary_names(text: str) -> None:
    """Names of all scripts, and emoji, hide nothing and are shown as they are."""
    assert hidden_at(text) == ()
    assert hidden_in_words(text) == ""
    assert plain_line(text) == text


@pytest.mark.parametrize(
    ("text", "words"), [case[1:] for case in HIDING], ids=[case[0] for case in HIDING]
)
def test_hiding(text: str, words: str) -> None:
    """What cannot be seen is told with its code point, its name and its place."""
    assert hidden_in_words(text) == words


def test_written_out() -> None:
    """An escape is the character again as Python reads it, beyond the first plane too."""
    assert plain_line("\U000e0067\u202e\n") == "\\U000e0067\\u202e\\u000a"
    assert escape_hidden("a\n\u202e") == "a\n\\u202e"


@given(
    st.text(
        st.sampled_from("a1#財🏴👩🏽❤ক্র\u200c\u200d\ufe0f\u3000\u20e3\U000e0067\U000e007f\u202e م")
        | st.characters(codec=None),
        max_size=8,
    )
)
def test_only_what_has_no_ink(text: str) -> None:
    """Whatever is told has no ink of its own; what moves others or is cut is told wherever it stands."""
    places = hidden_at(text)
    assert all(hidden(text[at]) for at in places)
    always = [
        at
        for at, character in enumerate(text)
        if character in "\u202e\u2066\u200e\u200b" or "\ud800" <= character <= "\udfff"
    ]
    assert set(always) <= set(places)
    line = plain_line(text)
    assert hidden_at(line) == ()

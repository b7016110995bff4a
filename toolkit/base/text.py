"""Texts: characters without ink, which let two names look alike, and numbers of things in words."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

# Blank by look: letters, marks and a notehead; and what nobody may draw, not even where it has no
# name yet. Source: Unicode, Default_Ignorable_Code_Point
BLANK = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0\U0001d159"
    "\u2065\ufff0\ufff1\ufff2\ufff3\ufff4\ufff5\ufff6\ufff7\ufff8"
)
_INKLESS = frozenset({"Cc", "Cf", "Zl", "Zp", "Cs", "Co"})  # Unicode's categories


def hidden(character: str) -> bool:
    """Whether a character has no ink of its own.

    Such are controls, bidi marks, zero widths, odd spaces, fillers.
    """
    if character in BLANK:
        return True
    if "\ufe00" <= character <= "\ufe0f":  # variation selectors
        return True
    if "\U000e0000" <= character <= "\U000e0fff":  # tags, and more variation selectors
        return True
    category = unicodedata.category(character)
    if category == "Zs":
        return character != " "
    return category in _INKLESS


def written_out(character: str) -> str:
    """A character as an escape, which is plain text and the same character in Python."""
    if character <= "\uffff":
        return f"\\u{ord(character):04x}"
    return f"\\U{ord(character):08x}"


def plain_line(text: object) -> str:
    """The text as one line that is what it looks like: what is hidden is written out.

    So is each line end. The gate for terminals: they obey control characters, and a line end begins
    what could pass for a line of ours.
    """
    return "".join(written_out(c) if hidden(c) else c for c in str(text))


def and_words(texts: Sequence[str]) -> str:
    """Texts as a sentence says them: ``A, B and C``."""
    if len(texts) < 2:
        return "".join(texts)
    return f"{', '.join(texts[:-1])} and {texts[-1]}"


def plural(count: int, thing: str) -> str:
    """A number of things in words: ``1 page``, ``2 pages``, ``no pages``."""
    if count == 1:
        return f"1 {thing}"
    return f"{count or 'no'} {thing}s"

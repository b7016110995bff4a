"""Characters without ink: they let two names look alike, or a name read differently than it is."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

# blank by look: letters, marks and a notehead; and what nobody may draw, not even where it has no name yet
# Source: Unicode, Default_Ignorable_Code_Point
BLANK = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0\U0001d159"
    "\u2065\ufff0\ufff1\ufff2\ufff3\ufff4\ufff5\ufff6\ufff7\ufff8"
)


def hidden(character: str) -> bool:
    """Whether a character has no ink of its own: controls, bidi marks, zero widths, odd spaces, fillers."""
    category = unicodedata.category(character)
    if (
        character in BLANK
        or "\ufe00" <= character <= "\ufe0f"
        or "\U000e0000" <= character <= "\U000e0fff"
    ):
        return True
    return category in {"Cc", "Cf", "Zl", "Zp", "Cs", "Co"} or (
        category == "Zs" and character != " "
    )


def written_out(character: str) -> str:
    """A character as an escape, which is plain text and the same character in Python."""
    return f"\\u{ord(character):04x}" if character <= "\uffff" else f"\\U{ord(character):08x}"


def plain_line(text: object) -> str:
    """The text as one line that is what it looks like: what is hidden, and each line end, written out.

    The gate for terminals: they obey control characters, and a line end begins what could pass for a line of ours.
    """
    return "".join(written_out(c) if hidden(c) else c for c in str(text))


def and_words(texts: Sequence[str]) -> str:
    """Texts as a sentence says them: ``A, B and C``."""
    if len(texts) < 2:
        return "".join(texts)
    return f"{', '.join(texts[:-1])} and {texts[-1]}"

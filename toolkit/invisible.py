"""Characters without ink: they let two names look alike, or a name read differently than it is."""

from __future__ import annotations

import unicodedata

BLANK = frozenset("\u034f\u115f\u1160\u2800\u3164\uffa0")  # letters and marks by name, blank by look


def hidden(character: str) -> bool:
    """Whether a character has no ink of its own: controls, bidi marks, zero widths, odd spaces, fillers."""
    category = unicodedata.category(character)
    if character in BLANK or "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef":
        return True
    return category in {"Cc", "Cf", "Zl", "Zp", "Cs", "Co"} or (category == "Zs" and character != " ")

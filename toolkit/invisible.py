"""Characters without ink: they let two names look alike, or a name read differently than it is."""

from __future__ import annotations

import unicodedata


def hidden(character: str) -> bool:
    """Whether a character has no ink of its own: controls, bidi marks, zero widths, odd spaces."""
    category = unicodedata.category(character)
    return category in {"Cc", "Cf", "Zl", "Zp", "Cs", "Co"} or (category == "Zs" and character != " ")

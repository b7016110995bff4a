"""Characters that hide, or move others: which they are in a text, judged where they stand.

Joiners, variation selectors, tags and wide blanks are ordinary where a script or an emoji needs
them (a Persian or Sinhala name, a flag, a Japanese name) and hidden anywhere else. Sources: Unicode
UTS 39 section 3.1.1 and UAX 31 for joiners, whose rules are those of RFC 5892, appendix A (the
``idna`` package has them and their data); UTS 51 for emoji; UTS 37 for ideographs.
"""

from __future__ import annotations

import collections
import re
import unicodedata
from collections.abc import Callable

# Blank by look: letters, marks and a notehead; and what nobody may draw, not even where it has no
# name yet. Source: Unicode, Default_Ignorable_Code_Point
BLANK = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0\U0001d159"
    "\u2065\ufff0\ufff1\ufff2\ufff3\ufff4\ufff5\ufff6\ufff7\ufff8"
    "\ufffc"  # stands for an object that a text cannot hold
)
# Format characters with ink: they stand before or around digits and names.
# Source: Unicode, Prepended_Concatenation_Mark
_WITH_INK = frozenset(
    "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"
)
_INKLESS = frozenset({"Cc", "Cf", "Zl", "Zp", "Cs", "Co"})  # Unicode's categories
_NON_JOINER, _JOINER = "\u200c", "\u200d"
_VIRAMA = 9  # the combining class of the sign that joins two Indic letters
_MARKED = re.compile("[^\\x20-\\x7e]")  # where a look is worth its time
_BLACK_FLAG = "\U0001f3f4"
_TAGGED_FLAG = re.compile("\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f")
# Characters that are drawn as emoji: pictographs, and older symbols that a selector makes one.
_SYMBOLS = range(0x203C, 0x329A)
_PICTOGRAPHS = range(0x1F000, 0x1FB00)
_OTHER_EMOJI = "\u203c\u2049\u2139\u2194\u25fb\u25fc\u25fd\u25fe\u3030"  # emoji, but no symbols
_SKINS = range(0x1F3FB, 0x1F400)
_IDEOGRAPH_SELECTORS = (range(0xFE00, 0xFE03), range(0xE0100, 0xE01F0))
_MONGOLIAN = range(0x1820, 0x18AB)


def hidden(character: str) -> bool:
    """Whether a character has no ink of its own, wherever it stands.

    Such are controls, bidi marks, zero widths, odd spaces, fillers.
    """
    if " " <= character <= "~":
        return False
    if character in BLANK:
        return True
    if "\ufe00" <= character <= "\ufe0f":  # variation selectors
        return True
    if "\U000e0000" <= character <= "\U000e0fff":  # tags, and more variation selectors
        return True
    category = unicodedata.category(character)
    if category == "Zs":
        return True
    if category == "Cn":
        return _is_noncharacter(ord(character))
    return category in _INKLESS and character not in _WITH_INK


def _is_noncharacter(code: int) -> bool:
    """Whether a code point will never be a character: XML, and so a sheet, refuses the file."""
    return code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF


def hidden_at(text: str) -> tuple[int, ...]:
    """Where in a text characters stand that hide or move others; none where they belong."""
    if text.isascii() and text.isprintable():
        return ()
    return tuple(
        match.start()
        for match in _MARKED.finditer(text)
        if hidden(match[0]) and not _belongs(text, match.start())
    )


def name_of(character: str) -> str:
    """What Unicode calls a character, in small letters; what it is where it has no name."""
    return unicodedata.name(character, _NAMELESS[unicodedata.category(character)]).lower()


_NAMELESS = collections.defaultdict(
    lambda: "control character",
    {"Cn": "no character", "Co": "private use", "Cs": "half of a character"},
)


# ---- where they belong ---------------------------------------------------------------------------


def _belongs(text: str, at: int) -> bool:
    """Whether a character without ink is what its script or emoji needs at this place."""
    character = text[at]
    if character in _CONTEXTS:
        return _CONTEXTS[character](text, at)
    if any(ord(character) in selectors for selectors in _IDEOGRAPH_SELECTORS):
        return _is_ideograph(_before(text, at))
    if "\U000e0020" <= character <= "\U000e007f":
        return any(flag.start() < at < flag.end() for flag in _TAGGED_FLAG.finditer(text))
    return False


def _before(text: str, at: int) -> str:
    return text[at - 1] if at else ""


def _after(text: str, at: int) -> str:
    return text[at + 1 : at + 2]


def _by_rfc_5892(text: str, at: int) -> bool:
    """Between letters that are joined, or after a virama."""
    from idna.core import valid_contextj  # its data takes a while to load, and joiners are rare

    if any(map(hidden, _before(text, at) + _after(text, at))):
        return False
    try:
        return valid_contextj(text[max(0, at - 30) : at + 30], min(at, 30))
    except ValueError:  # beside a character without a name
        return False


def _joins(text: str, at: int) -> bool:
    """A joiner: Indic letters, or the parts of an emoji."""
    if _by_rfc_5892(text, at) or _joins_before_virama(text, at):
        return True
    before = text[:at].removesuffix("\ufe0f")[-2:]
    if before and ord(before[-1]) in _SKINS:
        before = before[:-1]
    return _is_pictograph(before[-1:]) and _is_pictograph(_after(text, at))


def _joins_before_virama(text: str, at: int) -> bool:
    """In Bengali and Kannada a joiner keeps the first of two letters whole: ra, joiner, virama."""
    before, after = _before(text, at), _after(text, at)
    letters = bool(before) and unicodedata.category(before) == "Lo"
    return letters and bool(after) and unicodedata.combining(after) == _VIRAMA


def _selects_emoji(text: str, at: int) -> bool:
    """Text or emoji: after what can be either, digits of a keycap included."""
    before = _before(text, at)
    if before in ("#", "*", *"0123456789"):
        return bool(before) and _after(text, at) == "\u20e3"
    return before in ("\u00a9", "\u00ae") or _is_pictograph(before)


def _selects_mongolian(text: str, at: int) -> bool:
    before = _before(text, at)
    return bool(before) and ord(before) in _MONGOLIAN


def _between_wide(text: str, at: int) -> bool:
    """The blank of Japanese: between two characters as wide as it is."""
    return _is_wide(_before(text, at)) and _is_wide(_after(text, at))


def _is_wide(character: str) -> bool:
    if not character or hidden(character):
        return False
    return unicodedata.east_asian_width(character) in ("W", "F")


def _is_pictograph(character: str) -> bool:
    if character in _OTHER_EMOJI:
        return bool(character)
    if unicodedata.category(character) not in ("So", "Cn"):
        return False
    return ord(character) in _SYMBOLS or ord(character) in _PICTOGRAPHS


def _is_ideograph(character: str) -> bool:
    name = unicodedata.name(character, "") if character else ""
    return name.startswith(("CJK UNIFIED", "CJK COMPAT"))


_CONTEXTS: dict[str, Callable[[str, int], bool]] = {
    _NON_JOINER: _by_rfc_5892,
    _JOINER: _joins,
    "\ufe0e": _selects_emoji,
    "\ufe0f": _selects_emoji,
    "\u3000": _between_wide,
    **dict.fromkeys("\u180b\u180c\u180d\u180f", _selects_mongolian),
}

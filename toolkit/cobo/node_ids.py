"""The shape of a TSS node id: ``cobo`` and 33 bytes in Base58, 49 or 50 characters in all.

Cobo documents none. Inferred from the eight ids in its documentation and manual that are not made
up; none of the usual checksums fits them, so a letter that was misread for another one is not told.
"""

from __future__ import annotations

from toolkit.base.hidden import name_of
from toolkit.base.text import and_words
from toolkit.keys.base58 import ALPHABET, decoded

PREFIX = "cobo"
_LETTERS = frozenset(ALPHABET)
LENGTHS = (49, 50)
BYTES = 33
MOST = 3  # places that one sentence names
_MISREAD = {"0": "a zero", "O": "a capital O", "I": "a capital I", "l": "a small l"}


def has_shape(node_id: str) -> bool:
    """Whether a text is shaped like a TSS node id."""
    return not shape_sentence(node_id)


def shape_sentence(node_id: str) -> str:
    """What in a text is not as in a TSS node id, and where; empty for one that has the shape."""
    if not node_id.startswith(PREFIX):
        return f"TSS node ids begin with {PREFIX}, and this does not."
    if not _LETTERS.issuperset(node_id):
        return _strange_sentence(node_id)
    if len(node_id) not in LENGTHS:
        lengths = " or ".join(map(str, LENGTHS))
        return f"It has {len(node_id)} characters; TSS node ids have {lengths}."
    if len(decoded(node_id.removeprefix(PREFIX))) != BYTES:
        return f"It does not spell {BYTES} bytes, as TSS node ids do."
    return ""


def _strange_sentence(node_id: str) -> str:
    strange = [at for at, character in enumerate(node_id) if character not in _LETTERS]
    places = [f"{_called(node_id[at])} as character {at + 1}" for at in strange[:MOST]]
    if len(strange) > MOST:
        places.append(f"{len(strange) - MOST} more")
    sentence = f"What no TSS node id has: {and_words(places)}."
    if any(node_id[at] in _MISREAD for at in strange):
        return f"{sentence} Its letters leave out 0, O, I and l, because they are misread."
    return sentence


def _called(character: str) -> str:
    """A character in words, so that it is told from its look-alikes."""
    if character in _MISREAD:
        return _MISREAD[character]
    return f"U+{ord(character):04X} ({name_of(character)})"

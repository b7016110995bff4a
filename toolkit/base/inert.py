"""Texts for tables: they do nothing wherever a table is shown or saved, and hide nothing."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

from toolkit.base.text import plain_line, written_out

#: What a spreadsheet takes for the beginning of a formula; some take the wide forms for the same.
LEADERS = "=+\\-@\uff1d\uff0b\uff0d\uff20"
# At the beginning, blanks aside; and where a cell may begin when a text is split or unquoted.
_LEADING = re.compile(rf"(^ *|[,;|\"'])([{LEADERS}])")
# What begins or ends mathematics in a notebook, and what would read as an escape of ours.
_BACKSLASH = re.compile(r"\\(?=[uU()\[\]]|begin\b|end\b|(?:eq)?ref\b)")
# Characters that mean nothing on their own: printable ASCII but for those below.
_MEANING = "<&$\\\"',;|"
_PLAIN = "".join(c for c in map(chr, range(0x20, 0x7F)) if c not in _MEANING)
_PLAIN_BYTES = _PLAIN.encode()
_NOT_PLAIN = re.compile(rf"^[ {LEADERS}]|[^{re.escape(_PLAIN)}]")
_ESCAPE = re.compile(r"\\u([0-9a-f]{4})|\\U([0-9a-f]{8})")
_LEADING_LINE = re.compile(rb"\n[ =+\-@]")
PIECE = 2_000  # texts that are looked at together, few enough to stay in the processor's cache


def inert(text: str) -> str:
    """The text for a table: it does nothing wherever the table is shown or saved, and hides
    nothing.

    Written out, as ``\\u003c`` and the like, are controls and line ends, hidden and bidirectional
    characters, ``<``, ``&`` where it begins an entity, ``=``, ``+``, ``-``, ``@`` where a cell of a
    spreadsheet begins or could begin (it would be a formula), ``$`` where two could pair to
    mathematics, and a backslash that begins mathematics or would read as such an escape. Two texts
    never become one: each escape is the character again as Python reads it.
    """
    if _NOT_PLAIN.search(text) is None:
        return text
    text = _BACKSLASH.sub(lambda match: written_out(match[0]), text)
    text = _LEADING.sub(lambda match: match[1] + written_out(match[2]), text)
    text = text.replace("<", written_out("<"))
    if html.unescape(text) != text:
        text = text.replace("&", written_out("&"))
    if text.count("$") > 1:
        text = text.replace("$", written_out("$"))
    return plain_line(text)


def meant(text: str) -> str:
    """The text that an inert one stands for: the inverse of ``inert``."""
    return _ESCAPE.sub(lambda match: chr(int(match[1] or match[2], 16)), text)


def inert_texts(texts: Sequence[str]) -> list[str]:
    """The same for a column of texts.

    Raises:
        TypeError: one of them is no text.
    """
    written: dict[str, str] = {}
    shown: list[str] = []
    for at in range(0, len(texts), PIECE):
        piece = texts[at : at + PIECE]
        if _all_plain(piece):
            shown += piece
            continue
        written |= {text: inert(text) for text in set(piece) - written.keys()}
        shown += map(written.__getitem__, piece)
    return shown


def _all_plain(texts: Sequence[str]) -> bool:
    """Whether nothing has to be written out in any: in one look at all of them, which is what a
    table of 100,000 rows has time for.

    Raises:
        TypeError: one of them is no text.
    """
    lines = "\n".join(["", *texts])
    if not lines.isascii():
        return False
    content = lines.encode()
    others = content.translate(None, _PLAIN_BYTES)
    return len(others) == len(texts) and _LEADING_LINE.search(content) is None  # only line ends

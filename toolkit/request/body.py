"""A request body, serialised once, and cut where one field ends and the next begins.

The pieces are slices of the very text that travels, cut when somebody looks: so a preview can say
which field each byte came from, and cannot show another byte than the one that is sent.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import msgspec
import rfc8785

from toolkit.errors import InputError
from toolkit.findings import Path

_READER = json.JSONDecoder()


class Piece(NamedTuple):
    """A run of the body's text.

    ``path`` is where in the body it stands, ``("key_share_holders", 0, "name")``; empty for a
    bracket alone.
    """

    text: str
    path: Path
    depth: int


def compact(value: msgspec.Struct) -> bytes:
    """Fields in the model's order, no white space, non-ASCII as UTF-8.

    Absent fields are left out.

    Raises:
        InputError: it holds half of a character.
    """
    try:
        return msgspec.json.encode(value)
    except UnicodeEncodeError:
        pass
    raise _refused(_HALF)


def canonical(value: msgspec.Struct) -> bytes:
    """RFC 8785 (JCS): names sorted by UTF-16 code units, ECMAScript numbers.

    Raises:
        InputError: it holds half of a character, or a number that has no such form.
    """
    try:
        return rfc8785.dumps(msgspec.to_builtins(value))
    except rfc8785.CanonicalizationError as error:
        what = f"cannot be written as canonical JSON: {error}"
        if isinstance(error.__cause__, UnicodeEncodeError):
            what = _HALF
    except UnicodeEncodeError:
        what = _HALF
    raise _refused(what)


_HALF = "holds half of a character (a lone surrogate), which no UTF-8 text can carry"


def _refused(what: str) -> InputError:
    return InputError(
        f"The request {what}.",
        hint="Type the text again; use whole numbers below 2^53.",
    )


def pieces_of(content: bytes) -> tuple[Piece, ...]:
    """A body as ``compact`` or ``canonical`` wrote it, cut into pieces; none where it is empty."""
    if not content:
        return ()
    cutter = _Cutter(content.decode())
    cutter.value((), 0)
    return tuple(cutter.pieces)


class _Cutter:
    """Goes once through the text of a body, and cuts it into the lines of a preview."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._begin = 0  # of the next piece
        self._at = 0
        self.pieces: list[Piece] = []

    def value(self, path: Path, depth: int) -> None:
        """What begins here: its pieces, the last one with the comma behind it."""
        opening = self._text[self._at : self._at + 2]
        if opening[0] == "{" and opening != "{}":
            self._object(path, depth)
        elif opening[0] == "[" and opening != "[]":
            self._list(path, depth)
        else:
            self._read()
            self._cut(path, depth)

    def _object(self, path: Path, depth: int) -> None:
        self._at += 1
        if depth == 0:  # the outermost bracket has a line of its own
            self._cut((), 0)
        while self._text[self._at] != "}":
            # the bracket of an object in a list stands in the line of its first field
            level = depth if self._begin < self._at else depth + 1
            name = self._read()
            self._at += 1  # the colon
            self.value((*path, name), level)
        self._at += 1
        self._cut((), depth)

    def _list(self, path: Path, depth: int) -> None:
        self._at += 1
        self._cut(path, depth)
        number = 0
        while self._text[self._at] != "]":
            self.value((*path, number), depth + 1)
            number += 1
        self._at += 1
        self._cut((), depth)

    def _read(self) -> Any:
        value, self._at = _READER.raw_decode(self._text, self._at)
        return value

    def _cut(self, path: Path, depth: int) -> None:
        if self._text[self._at : self._at + 1] == ",":
            self._at += 1
        self.pieces.append(Piece(self._text[self._begin : self._at], path, depth))
        self._begin = self._at

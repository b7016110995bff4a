"""A request body, serialised once: its bytes, cut where one field ends and the next begins.

The pieces are recorded while writing, so a preview can say which field each byte came from without
ever parsing the bytes again.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import msgspec
import rfc8785

from toolkit.errors import InputError
from toolkit.findings import Path


class Piece(NamedTuple):
    """A run of the body's text.

    ``path`` is where in the body it stands, ``("key_share_holders", 0, "name")``; empty for a
    bracket alone.
    """

    text: str
    path: Path
    depth: int


def compact(value: msgspec.Struct) -> tuple[Piece, ...]:
    """Fields in the model's order, no white space, non-ASCII as UTF-8.

    Absent fields are left out.
    """
    return _written(value, _Writer(leaf=msgspec.json.encode, order=list))


def canonical(value: msgspec.Struct) -> tuple[Piece, ...]:
    """RFC 8785 (JCS): names sorted by UTF-16 code units, ECMAScript numbers."""
    return _written(value, _Writer(leaf=_canonical_leaf, order=_in_utf16_order))


def _canonical_leaf(node: Any) -> bytes:
    if isinstance(node, str):
        node.encode()  # raises for half a character, before rfc8785 says it in its own way
    return rfc8785.dumps(node)


def _in_utf16_order(names: Mapping[str, Any]) -> list[str]:
    return sorted(names, key=lambda name: name.encode("utf-16-be"))


def joined(pieces: tuple[Piece, ...]) -> bytes:
    """The body itself."""
    return "".join(piece.text for piece in pieces).encode()


def _written(value: msgspec.Struct, writer: _Writer) -> tuple[Piece, ...]:
    pieces: list[Piece] = []
    try:
        writer.write(msgspec.to_builtins(value), (), 0, pieces)
    except UnicodeEncodeError:
        what = "holds half of a character (a lone surrogate), which no UTF-8 text can carry"
    except rfc8785.CanonicalizationError as error:
        what = f"cannot be written as canonical JSON: {error}"
    else:
        return tuple(pieces)
    raise InputError(
        f"The request {what}.",
        hint="Type the text again; use whole numbers below 2^53.",
    )


@dataclass(frozen=True, slots=True)
class _Writer:
    """One way to write JSON: how a text or number is written, and in which order names come."""

    leaf: Callable[[Any], bytes]
    order: Callable[[Mapping[str, Any]], list[str]]

    def write(
        self,
        node: Any,
        path: Path,
        depth: int,
        pieces: list[Piece],
        before: str = "",
        after: str = "",
    ) -> None:
        """Add what is written for a node; ``before`` and ``after`` stand around it in the same
        line.
        """
        if node and isinstance(node, dict):
            self._object(node, path, depth, pieces, before, after)
        elif node and isinstance(node, list | tuple):
            self._list(node, path, depth, pieces, before, after)
        else:
            pieces.append(Piece(before + self.leaf(node).decode() + after, path, depth))

    def _object(
        self,
        node: Mapping[str, Any],
        path: Path,
        depth: int,
        pieces: list[Piece],
        before: str,
        after: str,
    ) -> None:
        if depth == 0:  # the outermost bracket has a line of its own
            pieces.append(Piece("{", (), 0))
            before = ""
        else:
            before += "{"
        names = self.order(node)
        last = names[-1]
        for name in names:
            # the bracket of an object in a list stands in the line of its first field
            level = depth if before else depth + 1
            opening = before + _opening(self.leaf, name)
            comma = "" if name is last else ","
            self.write(node[name], (*path, name), level, pieces, opening, comma)
            before = ""
        pieces.append(Piece("}" + after, (), depth))

    def _list(
        self,
        node: Sequence[Any],
        path: Path,
        depth: int,
        pieces: list[Piece],
        before: str,
        after: str,
    ) -> None:
        pieces.append(Piece(before + "[", path, depth))
        last = len(node) - 1
        for at, item in enumerate(node):
            self.write(item, (*path, at), depth + 1, pieces, "", "" if at == last else ",")
        pieces.append(Piece("]" + after, (), depth))


@functools.lru_cache(maxsize=1024)
def _opening(leaf: Callable[[Any], bytes], name: str) -> str:
    """How a member begins: its name and a colon."""
    return leaf(name).decode() + ":"

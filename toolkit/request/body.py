"""A request body, serialised once: its bytes, cut where one field ends and the next begins.

The pieces are recorded while writing, so a preview can say which field each byte came from without
ever parsing the bytes again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import rfc8785

from toolkit.errors import InputError
from toolkit.findings import Path


@dataclass(frozen=True, slots=True)
class Piece:
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
    try:
        return tuple(writer.pieces(msgspec.to_builtins(value), (), 0))
    except UnicodeEncodeError:
        what = "holds half of a character (a lone surrogate), which no UTF-8 text can carry"
    except rfc8785.CanonicalizationError as error:
        what = f"cannot be written as canonical JSON: {error}"
    raise InputError(
        f"The request {what}.",
        hint="Type the text again; use whole numbers below 2^53.",
    )


@dataclass(frozen=True, slots=True)
class _Writer:
    """One way to write JSON: how a text or number is written, and in which order names come."""

    leaf: Callable[[Any], bytes]
    order: Callable[[Mapping[str, Any]], list[str]]

    def pieces(
        self,
        node: Any,
        path: Path,
        depth: int,
        before: str = "",
        after: str = "",
    ) -> Iterator[Piece]:
        """What is written for a node; ``before`` and ``after`` stand around it in the same line."""
        if isinstance(node, dict) and node:
            yield from self._object(node, path, depth, before, after)
        elif isinstance(node, list | tuple) and node:
            yield from self._list(node, path, depth, before, after)
        else:
            yield Piece(before + self.leaf(node).decode() + after, path, depth)

    def _object(
        self,
        node: Mapping[str, Any],
        path: Path,
        depth: int,
        before: str,
        after: str,
    ) -> Iterator[Piece]:
        if depth == 0:  # the outermost bracket has a line of its own
            yield Piece("{", (), 0)
            before = ""
        else:
            before += "{"
        names = self.order(node)
        commas = [","] * (len(names) - 1) + [""]
        for name, comma in zip(names, commas, strict=True):
            # the bracket of an object in a list stands in the line of its first field
            level = depth + 1
            if before:
                level = depth
            opening = before + self.leaf(name).decode() + ":"
            yield from self.pieces(node[name], (*path, name), level, opening, comma)
            before = ""
        yield Piece("}" + after, (), depth)

    def _list(
        self,
        node: Sequence[Any],
        path: Path,
        depth: int,
        before: str,
        after: str,
    ) -> Iterator[Piece]:
        yield Piece(before + "[", path, depth)
        commas = [","] * (len(node) - 1) + [""]
        for at, (item, comma) in enumerate(zip(node, commas, strict=True)):
            yield from self.pieces(item, (*path, at), depth + 1, "", comma)
        yield Piece("]" + after, (), depth)

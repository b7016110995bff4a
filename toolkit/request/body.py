"""A request body, serialised once: its bytes, cut where one field ends and the next begins.

The pieces are recorded while writing, so a preview can say which field each byte came from without
ever parsing the bytes again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
import rfc8785

from toolkit.errors import InputError


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of the body's text. ``field`` is a path like ``key_share_holders[0].name``, or empty for brackets."""

    text: str
    field: str
    depth: int


def compact(value: msgspec.Struct) -> tuple[Piece, ...]:
    """Fields in the model's order, no white space, non-ASCII as UTF-8. Absent fields are left out."""
    return _written(value, msgspec.json.encode, lambda names: list(names))


def canonical(value: msgspec.Struct) -> tuple[Piece, ...]:
    """RFC 8785 (JCS): names sorted by UTF-16 code units, ECMAScript numbers."""
    return _written(
        value,
        _canonical_leaf,
        lambda names: sorted(names, key=lambda name: name.encode("utf-16-be")),
    )


def _canonical_leaf(node: Any) -> bytes:
    if isinstance(node, str):
        node.encode()  # raises for half a character, before rfc8785 says it in its own way
    return rfc8785.dumps(node)


def joined(pieces: tuple[Piece, ...]) -> bytes:
    """The body itself."""
    return "".join(piece.text for piece in pieces).encode()


def _written(
    value: msgspec.Struct, leaf: Callable[[Any], bytes], order: Callable[[Any], list[str]]
) -> tuple[Piece, ...]:
    def walk(node: Any, field: str, depth: int, before: str, after: str) -> Iterator[Piece]:
        if isinstance(node, dict) and node:
            if depth == 0:
                yield Piece("{", "", 0)
                before = ""
            else:
                before += "{"
            names = order(node)
            for name in names:
                opening = before + leaf(name).decode() + ":"
                inner = f"{field}.{name}" if field else name
                # the bracket of an object in a list stands in the line of its first field
                level = depth if before else depth + 1
                yield from walk(
                    node[name], inner, level, opening, "," if name is not names[-1] else ""
                )
                before = ""
            yield Piece("}" + after, "", depth)
        elif isinstance(node, list | tuple) and node:
            yield Piece(before + "[", field, depth)
            for at, item in enumerate(node):
                yield from walk(
                    item, f"{field}[{at}]", depth + 1, "", "," if at < len(node) - 1 else ""
                )
            yield Piece("]" + after, "", depth)
        else:
            yield Piece(before + leaf(node).decode() + after, field, depth)

    try:
        return tuple(walk(msgspec.to_builtins(value), "", 0, "", ""))
    except UnicodeEncodeError:
        what = "holds half of a character (a lone surrogate), which no UTF-8 text can carry"
    except rfc8785.CanonicalizationError as error:
        what = f"cannot be written as canonical JSON: {error}"
    raise InputError(
        f"The request {what}.", hint="Type the text again; use whole numbers below 2^53."
    )

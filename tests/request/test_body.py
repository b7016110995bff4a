"""A body is written once; its pieces are its bytes, each with the field it came from."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from toolkit.errors import InputError
from toolkit.request import body

text = st.text(st.characters(codec="utf-8"), max_size=20)
leaf = st.one_of(st.none(), st.booleans(), st.integers(-(2**53) + 1, 2**53 - 1), text)
tree = st.recursive(
    leaf,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=8,
)


class Anything(msgspec.Struct):
    """A body with every shape in it."""

    a: Any = None
    b: Any = None


def _spellings(value: Any) -> tuple[str, str]:
    """A leaf as each of the two writes it."""
    return msgspec.json.encode(value).decode(), rfc8785.dumps(value).decode()


@given(tree, tree)
def test_compact_is_json(a: Any, b: Any) -> None:
    """The compact body is JSON of the same value, without white space, exactly as msgspec writes it."""
    value = Anything(a, b)
    written = body.compact(value)
    assert written == msgspec.json.encode(value)
    assert json.loads(written) == {"a": a, "b": b}


@given(tree, tree)
def test_canonical_is_rfc8785(a: Any, b: Any) -> None:
    """The canonical body is byte for byte what the rfc8785 package makes of the value."""
    value = Anything(a, b)
    assert body.canonical(value) == rfc8785.dumps(msgspec.to_builtins(value))


@given(tree, tree)
@pytest.mark.parametrize("write", [body.compact, body.canonical], ids=["compact", "canonical"])
def test_pieces_are_the_bytes(write: Any, a: Any, b: Any) -> None:
    """Whatever is in a body, its pieces are its bytes in order, and each path leads to what its piece says."""
    content = write(Anything(a, b))
    pieces = body.pieces_of(content)
    assert "".join(piece.text for piece in pieces).encode() == content
    value = json.loads(content)
    for piece in pieces:
        there = value
        for step in piece.path:
            there = there[step]
        if piece.path and not (there and isinstance(there, dict | list)):
            said = piece.text.rstrip(",")
            assert any(said.endswith(ending) for ending in _spellings(there))


def test_no_body_has_no_pieces() -> None:
    """Where there is no body there is nothing to show of it."""
    assert body.pieces_of(b"") == ()


def test_pieces_name_their_field() -> None:
    """Each run of bytes that carries a value names its field; brackets name none, or their list."""
    pieces = body.pieces_of(body.compact(Anything([{"x": 1, "y": [2]}], "ü")))
    assert [(piece.text, piece.path) for piece in pieces] == [
        ("{", ()),
        ('"a":[', ("a",)),
        ('{"x":1,', ("a", 0, "x")),
        ('"y":[', ("a", 0, "y")),
        ("2", ("a", 0, "y", 0)),
        ("]", ()),
        ("}", ()),
        ("],", ()),
        ('"b":"ü"', ("b",)),
        ("}", ()),
    ]


@pytest.mark.parametrize("write", [body.compact, body.canonical], ids=["compact", "canonical"])
def test_lone_surrogates_are_refused(write: Any) -> None:
    """Half a character cannot travel as UTF-8, so it is refused with a sentence."""
    with pytest.raises(InputError, match="half of a character"):
        write(Anything("\ud800"))


@pytest.mark.parametrize("number", [2**53, -(2**53), float("nan"), float("inf")])
def test_numbers_that_a_double_cannot_hold_are_refused(number: float) -> None:
    """Canonical JSON refuses what a verifier would round."""
    with pytest.raises(InputError, match="canonical JSON"):
        body.canonical(Anything(number))

"""Values where they enter: what only looks like a number, a text or a list is refused by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from toolkit.errors import InputError


def whole_number(value: object, field: str) -> int:
    """The value, if it is an int and nothing that only looks like one.

    Raises:
        InputError: a bool, a float, NaN, text or nothing.
    """
    if type(value) is not int:
        raise InputError(
            f"{field} must be a whole number, not {value!r} ({type(value).__name__}).",
            hint="Write it as 2, without a point or quotes.",
        )
    return value


def text(value: object, field: str) -> str:
    """The value, if it is text. Raises InputError otherwise."""
    if not isinstance(value, str):
        raise InputError(
            f"{field} must be text, not {type(value).__name__}.",
            hint="Pass a str.",
        )
    return value


def texts(values: Any, field: str) -> tuple[str, ...]:
    """The values as a tuple, if they are a list of texts.

    One text alone is none: it would be split into letters.

    Raises:
        InputError: not a list, or an item that is not text.
    """
    if isinstance(values, str | bytes) or not isinstance(values, Iterable):
        raise InputError(
            f"{field} must be a list of texts.",
            hint="Put it in brackets; leave the field out to say nothing.",
        )
    return tuple(text(value, f"{field}[{at}]") for at, value in enumerate(values))


def once(refusal: Callable[[str], Exception]) -> Callable[[list[tuple[str, Any]]], dict[str, Any]]:
    """For ``json.loads``, as ``object_pairs_hook``: an object whose names are all different.

    Of two, nobody knows which one is meant. ``refusal`` makes the error for a name that stands
    twice.
    """

    def named(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        for name, value in pairs:
            if name in fields:
                raise refusal(name)
            fields[name] = value
        return fields

    return named

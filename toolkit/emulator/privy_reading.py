"""How the emulated Privy reads a request: parsed, then judged, in the words that are seen live."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Protocol, TypeVar
from urllib.parse import parse_qsl

from toolkit.emulator.choices import Choices
from toolkit.emulator.core import (
    Received,
    Refusal,
    Routed,
    digits,
    judge_nesting,
    repeated_query,
    to_json,
    unknown_query,
)
from toolkit.emulator.store import Rows
from toolkit.errors import KeyRefused
from toolkit.privy import models, signing

INVALID = "invalid_data"
PAGE_LIMIT = 100


class _Identified(Protocol):
    @property
    def id(self) -> str: ...


T = TypeVar("T", bound=_Identified)


def invalid(sentence: str) -> Refusal:
    """A request that makes no sense to Privy: 400."""
    return Refusal(400, sentence, INVALID)


def judge_query(
    wanted: Routed,
    received: Received,
    choices: Choices,
) -> None:
    """Raises Refusal for names that the operation lacks, repeated ones and empty values.

    Each is a choice: what is passed over in silence would answer another question than was asked.
    """
    if choices["privy.unknown_query"] == "refused":
        for name in unknown_query(wanted, received):
            raise invalid(f"Unrecognized query parameter: {name}")
    if choices["privy.repeated_query"] == "refused":
        for name in repeated_query(received):
            raise invalid(f"{name} is given more than once")
    if choices["privy.empty_query"] == "refused":
        for name, value in parse_qsl(received.query, keep_blank_values=True):
            if not value:
                raise invalid(f"{name} must have at least 1 character")


def query_of(received: Received) -> dict[str, str]:
    """The query's pairs; empty values count as absent."""
    return dict(parse_qsl(received.query))


def flag_of(query: Mapping[str, str], name: str) -> bool:
    """A parameter that is true or false; false where it is absent."""
    text = query.get(name, "false")
    if text not in ("true", "false"):
        raise invalid(f"{name} must be true or false")
    return text == "true"


def page_of(rows: Rows[T], query: Mapping[str, str]) -> tuple[list[T], str | None]:
    """One page of at most 100, and the cursor to the next one: the id of its first thing."""
    limit = digits(query.get("limit", str(PAGE_LIMIT)))
    if limit is None or not 1 <= limit <= PAGE_LIMIT:
        raise invalid(f"limit must be from 1 to {PAGE_LIMIT}")
    cursor = query.get("cursor", "")
    start: int | None = 0
    if cursor:
        start = rows.position(cursor)
    if start is None:
        raise invalid("Invalid cursor")
    page = rows.cut(start, start + limit + 1)  # one more says whether there is a next page
    next_cursor = None
    if len(page) > limit:
        next_cursor = page.pop().id
    return page, next_cursor


def object_of(received: Received, fields: Sequence[str], choices: Choices) -> dict[str, Any]:
    """The body as an object. Whether it may have other fields than these is a choice."""
    try:
        value = signing.parsed(received.body)
        judge_nesting(value)
        to_json(value)  # half a character could be stored and never be answered
    except (ValueError, RecursionError):
        raise invalid("The body is not JSON") from None
    return fields_of(value, fields, choices)


def fields_of(
    value: Any,
    fields: Sequence[str],
    choices: Choices,
    where: str = "",
) -> dict[str, Any]:
    """An object of a body, without the fields that are not read.

    ``where``: the field in which it stands; empty for the body itself.
    """
    if not isinstance(value, dict):
        raise invalid(f"{where or 'The body'} must be an object")
    unknown = sorted(set(value) - set(fields))
    if unknown and choices["privy.unknown_fields"] == "refused":
        raise invalid(f"Unrecognized key: {where}{'.' if where else ''}{unknown[0]}")
    return {name: part for name, part in value.items() if name in fields}


def texts(value: Any, name: str) -> list[str]:
    """An array of strings, none of them empty."""
    if not isinstance(value, list) or not all(isinstance(text, str) and text for text in value):
        raise invalid(f"{name} must be an array of strings")
    return list(value)


def fingerprint(text: str, where: str) -> str:
    """The identity of a key, however it is spelled; ``where``: the field in which it stands."""
    try:
        return models.taken_key(text).fingerprint
    except KeyRefused:
        raise invalid(f"{where} is not a P-256 public key in base64 DER") from None


def threshold(value: Any, size: int) -> int:
    """How many of so many members must sign. 2.0 is 2, as for Privy; True is no number."""
    if not _is_whole(value) or not 1 <= value <= size:
        raise invalid(f"authorization_threshold must be a whole number from 1 to {size}")
    return int(value)


def _is_whole(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value) and value == int(value)

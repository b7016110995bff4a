"""How the emulated Cobo reads a request: leniently parsed, then judged in Cobo's own words."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qsl

from toolkit.cobo import models
from toolkit.emulator.choices import Choices
from toolkit.emulator.core import Received, Refusal, digits, judge_nesting, no_constant
from toolkit.emulator.store import Backwards, Rows

PAGE_LIMIT = 50
PAGE_DEFAULT = "10"
_WORDS: dict[type, str] = {
    str: "a string",
    bool: "a boolean",
    int: "an integer",
    list: "an array",
    dict: "an object",
}


def missing(name: str) -> Refusal:
    """Code 2003: a required parameter is missing."""
    return Refusal(400, f"Required parameter missing: {name}", 2003)


def invalid(what: str) -> Refusal:
    """Code 2006: a parameter has a bad format or an unsupported value."""
    return Refusal(400, f"Invalid parameter: {what}", 2006)


def not_found(what: str) -> Refusal:
    """Code 2028: no such resource."""
    return Refusal(404, f"{what} not found", 2028)


def query_of(received: Received) -> dict[str, str]:
    """The query's pairs; empty values count as absent."""
    pairs = parse_qsl(received.query, keep_blank_values=True)
    return {name: value for name, value in pairs if value}


def body_of(received: Received, choices: Choices) -> dict[str, Any]:
    """The body as an object."""
    if not received.body:
        raise missing("the request has no body")
    announced = "json" in received.header("content-type")
    if choices["cobo.content_type"] == "checked" and not announced:
        raise Refusal(406, "The request content must be JSON", 2006)
    try:
        value = json.loads(received.body, parse_constant=no_constant)
        judge_nesting(value)
        # half a character could be stored and never be answered
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise invalid("the body is not JSON") from None
    if not isinstance(value, dict):
        raise invalid("the body must be an object")
    return value


def field_of(body: bytes, name: str) -> str:
    """A text in a body, before the body is judged; empty where there is none."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    field = value.get(name) if isinstance(value, dict) else None
    return field if isinstance(field, str) else ""


def required(
    body: dict[str, Any],
    name: str,
    kind: type,
) -> Any:
    """A field that must be there. True is no integer here, and 2.0 is none either."""
    value = body.get(name)
    if value is None:
        raise missing(name)
    if type(value) is not kind:
        raise invalid(f"{name} must be {_WORDS[kind]}")
    return value


def optional(
    body: dict[str, Any],
    name: str,
    kind: type,
) -> Any:
    """A field that may be absent or null."""
    if body.get(name) is None:
        return None
    return required(body, name, kind)


def texts_of(body: dict[str, Any], name: str) -> list[str] | None:
    """An optional array of strings."""
    value: list[str] | None = optional(body, name, list)
    if value is not None and not all(isinstance(text, str) for text in value):
        raise invalid(f"{name} must be an array of strings")
    return value


def one_of(
    body: dict[str, Any],
    name: str,
    words: Sequence[str],
) -> str:
    """A required field that must be one of these words."""
    value: str = required(body, name, str)
    if value not in words:
        raise invalid(f"{name} {value!r}")
    return value


def page(
    rows: Rows[Any],
    query: dict[str, str],
    id_of: Callable[[Any], str],
    choices: Choices,
) -> models.Page[Any]:
    """One page; cursors leave their object out. The orders are choices."""
    if choices["cobo.list_order"] == "newest-first":
        rows = Backwards(rows)
    start, end = _bounds(rows, query)
    data = rows.cut(start, end)
    before = after = ""  # where nothing lies before or after
    if 0 < start < end:
        before = _cursor(id_of(data[0]))
    if start < end < len(rows):
        after = _cursor(id_of(data[-1]))
    if "before" in query and choices["cobo.backward_page"] == "reversed":
        data.reverse()
    pagination = models.Pagination(
        before=before,
        after=after,
        total_count=len(rows),
    )
    return models.Page(data=data, pagination=pagination)


def _bounds(rows: Rows[Any], query: dict[str, str]) -> tuple[int, int]:
    """Where the page that is asked for begins and ends."""
    limit_text = query.get("limit", PAGE_DEFAULT)
    limit = digits(limit_text)
    if limit is None or not 1 <= limit <= PAGE_LIMIT:
        raise invalid(f"limit {limit_text!r} is not from 1 to {PAGE_LIMIT}")
    before = query.get("before")
    after = query.get("after")
    if before is not None and after is not None:
        raise invalid("before and after exclude each other")
    if before is not None:
        end = len(rows)
        if before != "infinity":
            end = _position(rows, before)
        return max(0, end - limit), end
    start = 0
    if after is not None:
        start = _position(rows, after) + 1
    return start, min(len(rows), start + limit)


def _cursor(resource_id: str) -> str:
    return base64.urlsafe_b64encode(resource_id.encode()).decode().rstrip("=")


def _position(rows: Rows[Any], cursor: str) -> int:
    padding = "=" * (-len(cursor) % 4)
    position = None
    with suppress(ValueError):  # what is no base64, or no text, is the cursor of nothing
        position = rows.position(base64.urlsafe_b64decode(cursor + padding).decode())
    if position is None:
        raise invalid("unknown cursor")
    return position

"""How the emulated Cobo reads a request: leniently parsed, then judged, in Cobo's words and codes."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import parse_qsl

from toolkit.cobo import models
from toolkit.emulator.choices import Choices
from toolkit.emulator.core import Received, Refusal, digits, judge_nesting, no_constant

_WORDS: dict[type, str] = {str: "a string", int: "an integer", list: "an array", dict: "an object"}


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
    return {
        name: value for name, value in parse_qsl(received.query, keep_blank_values=True) if value
    }


def body_of(received: Received, choices: Choices) -> dict[str, Any]:
    """The body as an object."""
    if not received.body:
        raise missing("the request has no body")
    if choices["cobo.content_type"] == "checked" and "json" not in received.header("content-type"):
        raise Refusal(406, "The request content must be JSON", 2006)
    try:
        value = json.loads(received.body, parse_constant=no_constant)
        judge_nesting(value)
        json.dumps(
            value, ensure_ascii=False
        ).encode()  # half a character could be stored and never be answered
    except (ValueError, RecursionError):
        raise invalid("the body is not JSON") from None
    if not isinstance(value, dict):
        raise invalid("the body must be an object")
    return value


def required(body: dict[str, Any], name: str, kind: type) -> Any:
    """A field that must be there. True is no integer here, and 2.0 is none either."""
    value = body.get(name)
    if value is None:
        raise missing(name)
    if type(value) is not kind:
        raise invalid(f"{name} must be {_WORDS[kind]}")
    return value


def optional(body: dict[str, Any], name: str, kind: type) -> Any:
    """A field that may be absent or null."""
    return None if body.get(name) is None else required(body, name, kind)


def texts_of(body: dict[str, Any], name: str) -> list[str] | None:
    """An optional array of strings."""
    value: list[str] | None = optional(body, name, list)
    if value is not None and not all(isinstance(item, str) for item in value):
        raise invalid(f"{name} must be an array of strings")
    return value


def one_of(body: dict[str, Any], name: str, words: Sequence[str]) -> str:
    """A required field that must be one of these words."""
    value: str = required(body, name, str)
    if value not in words:
        raise invalid(f"{name} {value!r}")
    return value


def page(
    found: Sequence[Any], query: dict[str, str], id_of: Callable[[Any], str], choices: Choices
) -> models.Page[Any]:
    """One page; cursors leave their object out. The orders are choices."""
    found = list(found) if choices["cobo.list_order"] == "oldest-first" else list(reversed(found))
    limit_text = query.get("limit", "10")
    limit = digits(limit_text)
    if limit is None or not 1 <= limit <= 50:
        raise invalid(f"limit {limit_text!r} is not from 1 to 50")
    before, after = query.get("before"), query.get("after")
    if before is not None and after is not None:
        raise invalid("before and after exclude each other")
    ids = [id_of(item) for item in found]
    if before is not None:
        end = len(ids) if before == "infinity" else _position(ids, before)
        start = max(0, end - limit)
    else:
        start = 0 if after is None else _position(ids, after) + 1
        end = min(len(ids), start + limit)
    backwards = before is not None and choices["cobo.backward_page"] == "reversed"
    return models.Page(
        data=found[start:end][::-1] if backwards else found[start:end],
        pagination=models.Pagination(
            before=_cursor(ids[start]) if 0 < start < end else "",
            after=_cursor(ids[end - 1]) if start < end < len(ids) else "",
            total_count=len(ids),
        ),
    )


def _cursor(item_id: str) -> str:
    return base64.urlsafe_b64encode(item_id.encode()).decode().rstrip("=")


def _position(ids: Sequence[str], cursor: str) -> int:
    try:
        return ids.index(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode())
    except (ValueError, binascii.Error):
        pass
    raise invalid("unknown cursor")

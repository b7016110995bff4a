"""How the emulated Privy reads a request: parsed, then judged, in the words that are seen live."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from toolkit.emulator.core import Received, Refusal, judge_nesting, to_json
from toolkit.errors import KeyRefused
from toolkit.privy import models, signing

INVALID = "invalid_data"


def invalid(sentence: str) -> Refusal:
    """A request that makes no sense to Privy: 400."""
    return Refusal(400, sentence, INVALID)


def object_of(received: Received, fields: Sequence[str]) -> dict[str, Any]:
    """The body as an object with no other fields than these."""
    try:
        value = signing.parsed(received.body)
        judge_nesting(value)
        to_json(value)  # half a character could be stored and never be answered
    except (ValueError, RecursionError):
        raise invalid("The body is not JSON") from None
    if not isinstance(value, dict):
        raise invalid("The body must be an object")
    unknown = sorted(set(value) - set(fields))
    if unknown:
        raise invalid(f"Unrecognized key: {unknown[0]}")
    return value


def texts(value: Any, name: str) -> list[str]:
    """An array of strings, none of them empty."""
    if not isinstance(value, list) or not all(isinstance(text, str) and text for text in value):
        raise invalid(f"{name} must be an array of strings")
    return list(value)


def fingerprint(text: str, at: int) -> str:
    """The identity of a member's key, however it is spelled."""
    try:
        return models.taken_key(text).fingerprint
    except KeyRefused:
        raise invalid(f"public_keys[{at}] is not a P-256 public key in base64 DER") from None


def threshold(value: Any, size: int) -> int:
    """How many of so many members must sign. 2.0 is 2, as for Privy; True is no number."""
    if not _is_whole(value) or not 1 <= value <= size:
        raise invalid(f"authorization_threshold must be a whole number from 1 to {size}")
    return int(value)


def _is_whole(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value) and value == int(value)

"""Faults on demand: what a real service, its gateway and its database do on a bad day.

Each fault is for the next ``times`` requests of an operation. With ``chance`` below one, a seeded coin decides.

- ``status-before``: answers ``status`` and does nothing; ``status-after``: does it, then answers ``status``.
  ``unsigned`` makes it a gateway's page: no envelope, no signature. ``retry_after_s`` adds the header.
- ``late-commit``: answers as ``status-before`` does, and does it ``after_ms`` later on the emulator's clock.
- ``stale-list``: a list leaves out what was made in the last ``after_ms``.
- ``no-signature``, ``bad-signature``, ``replayed-answer``: a Cobo answer that proves nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from random import Random
from typing import Any

from toolkit.base.validate import text, whole_number
from toolkit.cobo.signing import RESPONSE_SIGNATURE, TIMESTAMP
from toolkit.emulator.core import Reply
from toolkit.errors import InputError

PATTERN_LIMIT = 200  # characters of an operation's name
SEED_LIMIT = 2**64

KINDS = (
    "status-before",
    "status-after",
    "late-commit",
    "stale-list",
    "no-signature",
    "bad-signature",
    "replayed-answer",
)
PROOFS = tuple(
    name.replace("-", dash).lower() for name in (TIMESTAMP, RESPONSE_SIGNATURE) for dash in "-_"
)


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault for the next ``times`` requests whose operation matches (``*`` for all, ``list_*`` for lists).

    Raises:
        InputError: an unknown kind, or a number that makes no sense.
    """

    kind: str
    operation: str = "*"
    times: int = 1
    status: int = 503
    unsigned: bool = False
    retry_after_s: int | None = None
    after_ms: int = 5_000
    chance: float = 1.0
    seed: int = 0

    def __post_init__(self) -> None:
        if text(self.kind, "kind") not in KINDS:
            raise InputError(f"{self.kind!r} is no fault.", hint=f"There are {', '.join(KINDS)}.")
        for name, least, most in (
            ("times", 1, 10**6),
            ("status", 400, 599),
            ("after_ms", 0, 10**9),
        ):
            if not least <= whole_number(getattr(self, name), name) <= most:
                raise InputError(
                    f"{name} must be from {least} to {most}.", hint="Choose another number."
                )
        if len(text(self.operation, "operation")) > PATTERN_LIMIT:
            raise InputError(
                f"operation must have at most {PATTERN_LIMIT} characters.", hint="Use * for all."
            )
        if (
            self.retry_after_s is not None
            and not 0 <= whole_number(self.retry_after_s, "retry_after_s") <= 10**9
        ):
            raise InputError(
                "retry_after_s must be from 0 to 1000000000.", hint="Choose another number."
            )
        if abs(whole_number(self.seed, "seed")) >= SEED_LIMIT:
            raise InputError("seed must be below 2^64.", hint="Choose a smaller one.")
        if (
            type(self.unsigned) is not bool
            or type(self.chance) not in (int, float)
            or not 0 < self.chance <= 1
        ):
            raise InputError(
                "unsigned must be true or false, chance above 0 and at most 1.",
                hint="Mend the fault.",
            )

    @classmethod
    def of(cls, fields: Mapping[str, Any]) -> Fault:
        """From plain values, as they come through the control door. Raises InputError."""
        if not isinstance(fields, Mapping):
            raise InputError(
                "A fault must be an object.", hint='Write it as {"kind": "status-before"}.'
            )
        if "kind" not in fields:
            raise InputError("A fault must have a kind.", hint=f"There are {', '.join(KINDS)}.")
        unknown = sorted(set(fields) - set(cls.__dataclass_fields__))
        if unknown:
            raise InputError(
                f"A fault has no {unknown[0]!r}.",
                hint=f"It has {', '.join(cls.__dataclass_fields__)}.",
            )
        return cls(**fields)


@dataclass(slots=True)
class Faults:
    """The faults still to come."""

    waiting: list[tuple[Fault, Random]] = field(default_factory=list)

    def put(self, *faults: Fault) -> None:
        """Instead of all that were there."""
        self.waiting = [(fault, Random(fault.seed)) for fault in faults]

    def next(self, operation: str) -> Fault | None:
        """The fault for this request, used up by it."""
        for at, (fault, coin) in enumerate(self.waiting):
            if fnmatchcase(operation, fault.operation) and coin.random() < fault.chance:
                if fault.times > 1:
                    self.waiting[at] = (replace(fault, times=fault.times - 1), coin)
                else:
                    del self.waiting[at]
                return fault
        return None


def page(fault: Fault, signed: Reply) -> Reply:
    """What the caller gets instead: the vendor's own refusal, or a gateway's page."""
    reply = Reply(
        fault.status,
        b"<html><body>Service unavailable</body></html>",
        (("Content-Type", "text/html"),),
    )
    if not fault.unsigned:
        reply = replace(signed, status=fault.status)
    if fault.retry_after_s is not None:
        reply = replace(reply, headers=(*reply.headers, ("Retry-After", str(fault.retry_after_s))))
    return reply


def without_proof(reply: Reply) -> Reply:
    """The answer, stripped of its signature."""
    return replace(
        reply, headers=tuple((n, v) for n, v in reply.headers if n.lower() not in PROOFS)
    )


def with_bad_proof(reply: Reply) -> Reply:
    """The answer, one hex digit of its signature changed."""

    def bent(name: str, value: str) -> str:
        wrong = "0" if value[0] != "0" else "1"
        return wrong + value[1:] if "SIGNATURE" in name else value

    return replace(reply, headers=tuple((n, bent(n, v)) for n, v in reply.headers))


def stale(reply: Reply, now_ms: int, fault: Fault) -> Reply:
    """The list without what was made too recently. Only the body changes: it must be signed again."""
    value = json.loads(reply.body)
    items = value.get("data") if isinstance(value, dict) else None
    if not isinstance(items, list):
        return reply
    made = ("created_timestamp", "created_at")  # Cobo's word, and Privy's for wallets; both Unix ms
    value["data"] = [
        item
        for item in items
        if max(item.get(name) or 0 for name in made) <= now_ms - fault.after_ms
    ]
    return replace(reply, body=json.dumps(value).encode())

"""Faults on demand: what a real service, its gateway and its database do on a bad day.

Each fault is for the next ``times`` requests of an operation. With ``chance`` below one, a seeded
coin decides.

- ``status-before``: answers ``status`` and does nothing; ``status-after``: does it, then answers
  ``status``. ``unsigned`` makes it a gateway's page: no envelope, no signature. ``retry_after_s``
  adds the header.
- ``late-commit``: answers as ``status-before`` does, and does it ``after_ms`` later on the
  emulator's clock.
- ``stale-list``: a list leaves out what was made in the last ``after_ms``.
- ``no-signature``, ``bad-signature``, ``replayed-answer``: a Cobo answer that proves nothing.

A kind is a function from an ``Occasion`` to the answer; ``KINDS`` is the table of them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from random import Random
from typing import Any

from toolkit.base.validate import text, whole_number
from toolkit.cobo.signing import RESPONSE_SIGNATURE, TIMESTAMP
from toolkit.emulator import limits
from toolkit.emulator.core import LedgerLine, Received, Refusal, Reply, Service
from toolkit.errors import InputError

PATTERN_LIMIT = 200  # characters of an operation's name
SEED_LIMIT = 2**64
FAULT_CODE = 1000  # Cobo's code for an error of its own

# the headers that prove an answer, in both spellings
PROOFS = (
    TIMESTAMP.lower(),
    TIMESTAMP.lower().replace("-", "_"),
    RESPONSE_SIGNATURE.lower(),
    RESPONSE_SIGNATURE.lower().replace("-", "_"),
)
# when something was made: Cobo's word, and Privy's for wallets; both Unix ms
MADE = ("created_timestamp", "created_at")
_RANGES = (
    ("times", 1, 10**6),
    ("status", 400, 599),
    ("after_ms", 0, 10**9),
)


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault for the next ``times`` requests whose operation matches.

    ``operation`` is a pattern: ``*`` for all, ``list_*`` for lists.

    Raises:
        InputError: an unknown kind, or a number that makes no sense.

    >>> from toolkit.emulator import Fault
    >>> emulator.inject(Fault("status-before", operation="list_*", status=503))
    >>> custody.exchange(cobo.list_mpc_vaults()).tries
    2
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
            raise InputError(
                f"{self.kind!r} is no fault.",
                hint=f"There are {', '.join(KINDS)}.",
            )
        for name, least, most in _RANGES:
            self._must_be_within(name, least, most)
        if len(text(self.operation, "operation")) > PATTERN_LIMIT:
            raise InputError(
                f"operation must have at most {PATTERN_LIMIT} characters.",
                hint="Use * for all.",
            )
        if self.retry_after_s is not None:
            self._must_be_within("retry_after_s", 0, 10**9)
        if abs(whole_number(self.seed, "seed")) >= SEED_LIMIT:
            raise InputError("seed must be below 2^64.", hint="Choose a smaller one.")
        if type(self.unsigned) is not bool or not _is_chance(self.chance):
            raise InputError(
                "unsigned must be true or false, chance above 0 and at most 1.",
                hint="Put the fault right.",
            )

    def _must_be_within(
        self,
        name: str,
        least: int,
        most: int,
    ) -> None:
        if not least <= whole_number(getattr(self, name), name) <= most:
            raise InputError(
                f"{name} must be from {least} to {most}.",
                hint="Choose another number.",
            )

    @classmethod
    def of(cls, fields: Mapping[str, Any]) -> Fault:
        """From plain values, as they come through the control door. Raises InputError."""
        if not isinstance(fields, Mapping):
            raise InputError(
                "A fault must be an object.",
                hint='Write it as {"kind": "status-before"}.',
            )
        if "kind" not in fields:
            raise InputError(
                "A fault must have a kind.",
                hint=f"There are {', '.join(KINDS)}.",
            )
        unknown = sorted(set(fields) - set(cls.__dataclass_fields__))
        if unknown:
            raise InputError(
                f"A fault has no {unknown[0]!r}.",
                hint=f"It has {', '.join(cls.__dataclass_fields__)}.",
            )
        return cls(**fields)

    def befall(self, occasion: Occasion) -> Reply:
        """The answer that the caller gets. What is done beside it, and when, is the kind's."""
        return KINDS[self.kind](self, occasion)


def _is_chance(value: object) -> bool:
    return type(value) in (int, float) and 0 < value <= 1  # type: ignore[operator]


@dataclass(slots=True)
class Faults:
    """The faults still to come."""

    waiting: list[tuple[Fault, Random]] = field(default_factory=list)

    def put(self, *faults: Fault) -> None:
        """Instead of all that were there."""
        self.waiting.clear()
        for fault in faults:
            coin = Random(fault.seed)
            self.waiting.append((fault, coin))

    def next(self, operation: str) -> Fault | None:
        """The fault for this request, used up by it."""
        for at, (fault, coin) in enumerate(self.waiting):
            if not fnmatchcase(operation, fault.operation):
                continue
            if coin.random() >= fault.chance:
                continue
            if fault.times == 1:
                del self.waiting[at]
            else:
                left = replace(fault, times=fault.times - 1)
                self.waiting[at] = (left, coin)
            return fault
        return None


@dataclass(slots=True)
class PutOff:
    """Requests to be done later on the emulator's clock, within bounds."""

    requests: list[tuple[int, Received]] = field(default_factory=list)

    def add(self, due_ms: int, received: Received) -> bool:
        """Keep a request until then. False where there is no room: then it is dropped."""
        waiting_bytes = sum(request.memory_bytes for _, request in self.requests)
        if len(self.requests) >= limits.LATE:
            return False
        if waiting_bytes + received.memory_bytes > limits.LATE_BYTES:
            return False
        self.requests.append((due_ms, received))
        return True

    def due(self, now_ms: int) -> list[tuple[int, Received]]:
        """Those whose time has come, each with its moment; they wait no longer."""
        due = []
        later = []
        for request in self.requests:
            due_ms, _ = request
            if due_ms <= now_ms:
                due.append(request)
            else:
                later.append(request)
        self.requests = later
        return due


@dataclass(frozen=True, slots=True)
class Occasion:
    """The request that a fault befalls, and what the emulator can do about it."""

    service: Service
    received: Received
    line: LedgerLine
    now_ms: int
    previous: Reply | None  # what was answered before this request
    put_off: PutOff
    carry_out: Callable[[], Reply]  # do it, as without a fault


# ---- the kinds -----------------------------------------------------------------------------------


def _status_before(fault: Fault, occasion: Occasion) -> Reply:
    return _turned_away(fault, occasion, f"Fault: {fault.kind}")


def _late_commit(fault: Fault, occasion: Occasion) -> Reply:
    reason = f"Fault: {fault.kind}"
    due_ms = occasion.now_ms + fault.after_ms
    if not occasion.put_off.add(due_ms, occasion.received):
        reason += ", and dropped: too many are put off"
    return _turned_away(fault, occasion, reason)


def _status_after(fault: Fault, occasion: Occasion) -> Reply:
    _carried_out(fault, occasion)
    # the line in the ledger says what was done: the refusal that is shown has a line of its own
    elsewhere = LedgerLine(0, 0, "", "")
    refusal = Refusal(fault.status, f"Fault: {fault.kind}", FAULT_CODE)
    return _page(fault, occasion.service.refused(refusal, elsewhere))


def _stale_list(fault: Fault, occasion: Occasion) -> Reply:
    reply = _carried_out(fault, occasion)
    older = _without_the_latest(reply, occasion.now_ms - fault.after_ms)
    return occasion.service.signed(older)


def _no_signature(fault: Fault, occasion: Occasion) -> Reply:
    reply = _carried_out(fault, occasion)
    left = []
    for name, value in reply.headers:
        if name.lower() not in PROOFS:
            left.append((name, value))
    return replace(reply, headers=tuple(left))


def _bad_signature(fault: Fault, occasion: Occasion) -> Reply:
    reply = _carried_out(fault, occasion)
    bent = []
    for name, value in reply.headers:
        if "SIGNATURE" in name:
            value = _one_digit_changed(value)
        bent.append((name, value))
    return replace(reply, headers=tuple(bent))


def _replayed_answer(fault: Fault, occasion: Occasion) -> Reply:
    reply = _carried_out(fault, occasion)
    return occasion.previous or reply


KINDS: dict[str, Callable[[Fault, Occasion], Reply]] = {
    "status-before": _status_before,
    "status-after": _status_after,
    "late-commit": _late_commit,
    "stale-list": _stale_list,
    "no-signature": _no_signature,
    "bad-signature": _bad_signature,
    "replayed-answer": _replayed_answer,
}


# ---- what they are made of -----------------------------------------------------------------------


def _carried_out(fault: Fault, occasion: Occasion) -> Reply:
    reply = occasion.carry_out()
    occasion.line.reason = occasion.line.reason or f"Fault: {fault.kind}"
    return reply


def _turned_away(
    fault: Fault,
    occasion: Occasion,
    reason: str,
) -> Reply:
    refusal = Refusal(fault.status, reason, FAULT_CODE)
    return _page(fault, occasion.service.refused(refusal, occasion.line))


def _page(fault: Fault, refused: Reply) -> Reply:
    """What the caller gets instead: the vendor's own refusal, or a gateway's page."""
    if fault.unsigned:
        html = b"<html><body>Service unavailable</body></html>"
        reply = Reply(fault.status, html, (("Content-Type", "text/html"),))
    else:
        reply = replace(refused, status=fault.status)
    if fault.retry_after_s is None:
        return reply
    retry_after = ("Retry-After", str(fault.retry_after_s))
    return replace(reply, headers=(*reply.headers, retry_after))


def _one_digit_changed(hex_digits: str) -> str:
    wrong = "0"
    if hex_digits.startswith(wrong):
        wrong = "1"
    return wrong + hex_digits[1:]


def _without_the_latest(reply: Reply, until_ms: int) -> Reply:
    """The list without what was made later. Only the body changes: it must be signed again."""
    value = json.loads(reply.body)
    if not isinstance(value, dict) or not isinstance(value.get("data"), list):
        return reply
    value["data"] = [member for member in value["data"] if _made_ms(member) <= until_ms]
    return replace(reply, body=json.dumps(value).encode())


def _made_ms(member: dict[str, Any]) -> int:
    return max(member.get(name) or 0 for name in MADE)

"""Idempotency keys of the emulated Privy: under one key a request is done once, within 24 hours.

Source: Privy's page *Idempotency keys*. The same key with the same body is answered as before, and
nothing is done; with another body it is refused. What the page leaves open is a choice.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import rfc8785

from toolkit.emulator import limits
from toolkit.emulator.choices import Choices
from toolkit.emulator.core import Clock, LedgerLine, Received, Refusal, Routed
from toolkit.emulator.privy_reading import invalid
from toolkit.privy import signing

OTHER_BODY = "The idempotency key was used with another body"
AS_BEFORE = "Idempotency key: answered as before, and nothing was done"
EVERY_POST = "every-post"


@dataclass(frozen=True, slots=True)
class _Kept:
    """What a key was first used for: when (Unix ms), with which body, and what was answered.

    The answer is the model itself, as it was then: models never change.
    """

    at_ms: int
    body: bytes
    answer: Any = None
    refusal: Refusal | None = None


class IdempotencyKeys:
    """The answers of the last 24 hours, by their key."""

    def __init__(self, choices: Choices, clock: Clock) -> None:
        self.choices = choices
        self.clock = clock
        self._kept: OrderedDict[tuple[str, str], _Kept] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def key_of(self, routed: Routed, received: Received) -> str:
        """The key of a request that takes one; empty for none. Raises Refusal for a long one."""
        takes_one = routed.operation.idempotency is not None
        if self.choices["privy.idempotency_where"] == EVERY_POST and received.method == "POST":
            takes_one = True
        key = received.header(signing.IDEMPOTENCY_KEY)
        if not takes_one or not key:
            return ""
        if len(key) > signing.IDEMPOTENCY_LONGEST:
            raise invalid(
                f"{signing.IDEMPOTENCY_KEY} may have {signing.IDEMPOTENCY_LONGEST} characters"
            )
        return key

    def once(
        self,
        routed: Routed,
        received: Received,
        line: LedgerLine,
        do: Callable[[], Any],
    ) -> Any:
        """What ``do`` answers; or what it answered when this key came first, without doing it."""
        key = self.key_of(routed, received)
        if not key:
            return do()
        self._forget_old_ones()
        place = self._place(key, received)
        body = _digest(received.body)
        kept = self._kept.get(place)
        if kept is not None:
            return _as_before(kept, body, line)
        try:
            answer = do()
        except Refusal as refusal:
            if self.choices["privy.idempotency_errors"] == "stored":
                line.stored = True
                self._keep(place, _Kept(self.clock.now_ms(), body, refusal=refusal))
            raise
        self._keep(place, _Kept(self.clock.now_ms(), body, answer))
        return answer

    def _place(self, key: str, received: Received) -> tuple[str, str]:
        if self.choices["privy.idempotency_path"] == "part-of-key":
            return key, received.path
        return key, ""

    def _keep(self, place: tuple[str, str], kept: _Kept) -> None:
        self._kept[place] = kept
        if len(self._kept) > limits.IDEMPOTENCY_KEYS:
            self._kept.popitem(last=False)

    def _forget_old_ones(self) -> None:
        """Those that came first are the first to go: the clock never runs back."""
        oldest_ms = self.clock.now_ms() - signing.IDEMPOTENCY_MS
        while self._kept:
            place, kept = next(iter(self._kept.items()))
            if kept.at_ms > oldest_ms:
                break
            del self._kept[place]


def _as_before(kept: _Kept, body: bytes, line: LedgerLine) -> Any:
    if kept.body != body:
        raise invalid(OTHER_BODY)
    if kept.refusal is not None:
        raise kept.refusal
    line.reason = AS_BEFORE
    return kept.answer


def _digest(body: bytes) -> bytes:
    """The same for the same JSON, however it is written; of what is no JSON, of its bytes."""
    # what is no JSON is told by whoever reads it next
    with contextlib.suppress(ValueError, RecursionError, rfc8785.CanonicalizationError):
        body = rfc8785.dumps(signing.parsed(body))
    return hashlib.sha256(body).digest()

"""What is remembered of requests, so that they can be explained later: within bounds, oldest first.

What was refused for its signature is kept whole, and so are the latest that were accepted. The
reason of a refusal is kept beside it where it was found at the time: while the world was as it was.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace

from toolkit.emulator import explaining, limits
from toolkit.emulator.core import LedgerLine, Received, text_bytes
from toolkit.emulator.explanation import Explanation

_BYTES = 1_000  # of what is remembered of one request, beside its texts


@dataclass(frozen=True, slots=True)
class Remembered:
    """One request as it arrived, its line, and why it was refused as far as that is known."""

    received: Received
    line: LedgerLine
    reason: Explanation | None = None

    @property
    def explanation(self) -> Explanation | None:
        """The reason, if there is nothing more to be found out about it."""
        if self.reason is None or self.reason is explaining.TOO_LARGE:
            return self.reason
        if self.reason.name == "unknown":
            return None  # a longer search may tell
        return self.reason

    @property
    def memory_bytes(self) -> int:
        """Bytes of memory that it takes."""
        texts = [self.line.message, self.line.identity, self.line.reason]
        if self.reason is not None:
            texts += [self.reason.built, self.reason.signed, self.reason.detail]
        return _BYTES + self.received.memory_bytes + text_bytes(texts)


class Memory:
    """Requests by their number in the ledger. ``refused_bytes``: what the refused ones take."""

    def __init__(self) -> None:
        self.refused_bytes = 0
        self._requests: dict[int, Remembered] = {}
        self._latest_accepted: deque[int] = deque()

    def __len__(self) -> int:
        return len(self._requests)

    def get(self, n: int) -> Remembered | None:
        """Request ``n``; None where it was never kept, or dropped."""
        return self._requests.get(n)

    def add(
        self,
        received: Received,
        line: LedgerLine,
        reason: Explanation | None,
    ) -> None:
        """Keep a request; the oldest of its kind go where there is no room for it."""
        kept = Remembered(received, line, reason)
        if explaining.too_large(received):
            kept = _hull(kept)
        self._requests[line.n] = kept
        if line.verdict == "accepted":
            self._latest_accepted.append(line.n)
            if len(self._latest_accepted) > limits.LATEST_ACCEPTED:
                del self._requests[self._latest_accepted.popleft()]
        else:
            self.refused_bytes += kept.memory_bytes
            self._make_room()

    def _make_room(self) -> None:
        while self._is_full():
            oldest = next(
                n for n, kept in self._requests.items() if kept.line.verdict != "accepted"
            )
            self.refused_bytes -= self._requests.pop(oldest).memory_bytes

    def _is_full(self) -> bool:
        if len(self._requests) > limits.EXPLAINED:
            return True
        return self.refused_bytes > limits.EXPLAINED_BYTES


def _hull(kept: Remembered) -> Remembered:
    """A request that is too large to look for its mistake, without what made it large."""
    reason = kept.reason
    line = kept.line
    if line.cause:
        reason = reason or explaining.TOO_LARGE
    bare = replace(
        kept.received,
        target="",
        headers=(),
        body=b"",
        method="",
        host="",
    )
    short = LedgerLine(
        line.n,
        line.at_ms,
        "",
        "",
        verdict=line.verdict,
        cause=line.cause,
    )
    return Remembered(bare, short, reason)

"""How long a change in doubt is pursued before a person is asked, and the pauses in between."""

from __future__ import annotations

import time
from collections.abc import Callable

from toolkit.base.times import span
from toolkit.client.reconcile import PAUSES_S


def stopwatch() -> Callable[[], float]:
    """Seconds since now."""
    began = time.monotonic()
    return lambda: time.monotonic() - began


class Window:
    """How long a change is looked for, in seconds: what has passed of it, and how often it was."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._passed_s = stopwatch()
        self._pauses = iter(PAUSES_S)
        #: An emulator's clock may have run faster than ours.
        self.waited_s = 0.0
        self.looks = 0

    def passed_s(self) -> float:
        """Since it began."""
        return max(self.waited_s, self._passed_s())

    def left_s(self) -> float:
        """Until it has passed; below 0 after that."""
        return self._seconds - self.passed_s()

    def next_pause_s(self) -> float:
        """The next pause, longer than the last one, and not beyond the window."""
        left_s = self.left_s()
        return min(next(self._pauses, PAUSES_S[-1]), left_s)

    def summary(self, told: str) -> str:
        """What the last look told, and how many there were."""
        if self.looks <= 1:
            return told
        took = span(round(1000 * self.passed_s()))
        return f"{told.rstrip('.')}; the last of {self.looks} looks in {took}."

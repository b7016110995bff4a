"""Until a request's first byte leaves, a person may still call it off."""

from __future__ import annotations

import threading
from typing import Literal

from toolkit.errors import NotSent

CANCELLED = "cancelled"  # the cause of a NotSent that a person wanted


class CancelToken:
    """Passed by one request, and by each of its tries.

    ``cancel`` and ``commit`` are atomic: one of them comes first. ``to_the_byte``: it is passed
    when the first byte is about to leave, after connecting, which takes a little to watch;
    otherwise when the request is handed over.
    """

    def __init__(self, to_the_byte: bool = True) -> None:
        self.to_the_byte = to_the_byte
        self._lock = threading.Lock()
        self._state: Literal["open", "cancelled", "committed"] = "open"

    def cancel(self) -> bool:
        """Let nothing leave any more. False: too late, it has left."""
        with self._lock:
            if self._state == "open":
                self._state = "cancelled"
            return self._state == "cancelled"

    @property
    def cancelled(self) -> bool:
        """Whether a person has cancelled it in time: nothing leaves any more."""
        return self._state == "cancelled"

    @property
    def committed(self) -> bool:
        """Whether a first byte may have left."""
        return self._state == "committed"

    def commit(self) -> None:
        """Called right before the first byte. Raises NotSent if it was cancelled."""
        with self._lock:
            self._must_be_open()
            self._state = "committed"

    def check(self) -> None:
        """Called before connecting, when nothing has left. Raises NotSent if it was cancelled."""
        with self._lock:
            self._must_be_open()

    def _must_be_open(self) -> None:
        if self._state == "cancelled":
            raise NotSent(
                "It was cancelled before it left. Nothing was sent.",
                cause=CANCELLED,
            )

"""The last door before the wire: until a request's first byte leaves, a person may still say no."""

from __future__ import annotations

import threading
from typing import Literal

from toolkit.errors import NotSent

CANCELLED = "cancelled"  # the cause of a NotSent that a person wanted


class Gate:
    """Passed by one request, and by each of its tries. ``shut`` and ``leave`` are atomic: one of them comes first.

    ``to_the_byte``: it is passed when the first byte is about to leave, after connecting, which takes a little to
    watch; otherwise when the request is handed over.
    """

    def __init__(self, to_the_byte: bool = True) -> None:
        self.to_the_byte = to_the_byte
        self._lock = threading.Lock()
        self._state: Literal["open", "shut", "left"] = "open"

    def shut(self) -> bool:
        """Let nothing leave any more. False: too late, it has left."""
        with self._lock:
            if self._state == "open":
                self._state = "shut"
            return self._state == "shut"

    @property
    def closed(self) -> bool:
        """Whether a person has shut it in time: nothing leaves any more."""
        return self._state == "shut"

    @property
    def left(self) -> bool:
        """Whether a first byte may have left."""
        return self._state == "left"

    def leave(self) -> None:
        """Called right before the first byte. Raises NotSent if the gate is shut."""
        with self._lock:
            self._must_be_open()
            self._state = "left"

    def knock(self) -> None:
        """Called before connecting, when nothing has left yet. Raises NotSent if the gate is shut."""
        with self._lock:
            self._must_be_open()

    def _must_be_open(self) -> None:
        if self._state == "shut":
            raise NotSent("It was cancelled before it left. Nothing was sent.", cause=CANCELLED)

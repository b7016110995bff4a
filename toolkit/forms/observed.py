"""Traits that others observe and link, told in the order in which they changed."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import traitlets

from toolkit.base.theirs import call_theirs
from toolkit.forms.widgets import Panel

_NOTHING: Mapping[str, Any] = MappingProxyType({})


class Observed(Panel):
    """A panel that sends, with traits as any widget has them, for ``observe``, ``link``, ``dlink``.

    They live in the kernel alone: none is part of the widget's state, and none is set by others.
    When something has ended, ``busy`` falls last: the others are by then what it came to.

    Whoever observes is called in the thread in which a change is told. Changes are told one after
    the other and in their order, also those made meanwhile, by an observer or by another thread.
    An observer that raises is reported by ``sys.excepthook``, as an error in a thread is: what was
    sent, and what is known of it, do not depend on it.
    """

    #: Whether something of this panel, or of a step after it, is under way.
    busy: Any = traitlets.Bool(False, read_only=True)

    def __init__(self) -> None:
        self._to_tell: deque[tuple[dict[str, Any], bool | None]] = deque()
        self._telling = threading.Lock()
        self._is_sending = False  # itself, as told so far
        super().__init__()

    def steps(self) -> tuple[Any, ...]:
        """Panels of which any makes this one busy."""
        return ()

    def follow_step(self, step: Any) -> None:
        """From now on its ``busy`` is heard here."""
        if step.has_trait("busy"):
            step.observe(self._step_changed, "busy")

    def tell(self, values: Mapping[str, Any] = _NOTHING, sending: bool | None = None) -> None:
        """Change these traits; ``sending``: whether it is under way itself, None: as before.

        No lock is waited for: a change that is made while another is told is told after it, by
        whoever is at it.
        """
        self._to_tell.append((dict(values), sending))
        while self._to_tell and self._telling.acquire(blocking=False):
            try:
                self._tell_next()
            finally:
                self._telling.release()

    def _tell_next(self) -> None:
        if not self._to_tell:  # another thread has told it
            return
        values, sending = self._to_tell.popleft()
        if sending is not None:
            self._is_sending = sending
        values["busy"] = self._is_sending or any_busy(self.steps())
        for name, value in values.items():
            call_theirs(self.set_trait, name, value)

    def _step_changed(self, _: Any) -> None:
        self.tell()


def any_busy(panels: Any) -> bool:
    """Whether one of these panels has something under way."""
    return any(getattr(panel, "busy", False) for panel in panels)

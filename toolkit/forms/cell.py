"""What a cell has made, for when it is run again: what was typed in its form comes back, and its
panels of the last run are closed.

In this kernel's memory only; fields for secrets are no part of it. A cell is known by the id that
the front end gives it (JupyterLab, Notebook and VS Code do): without one no text is kept, because
two cells with the same form would take each other's.
"""

from __future__ import annotations

import sys
import weakref
from collections.abc import Hashable
from typing import Any, Protocol

Message = dict[str, Any]
_TYPED: dict[Hashable, Any] = {}
#: By cell: the message that ran it last, and what is open of that run.
_OPEN: dict[Hashable, tuple[Message, weakref.WeakSet[Any]]] = {}


def _running() -> Message:
    """What the front end has sent to run a cell, or for a click; nothing outside a notebook."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    kernel = getattr(shell, "kernel", None)
    if kernel is None:
        return {}
    message: Message = kernel.get_parent("shell") or {}
    return message


def running_cell() -> str | None:
    """The id of the cell that is being run; None outside a notebook, and in a click."""
    cell = _running().get("metadata", {}).get("cellId")
    return cell if isinstance(cell, str) else None


class Closable(Protocol):
    """What a cell shows, and can be closed."""

    #: Whether it stands inside another panel, which closes it.
    is_inside: bool

    def close(self) -> None:
        """Free everything that it holds."""


def opened(panel: Closable) -> None:
    """The running cell has made this. What its last run has made and is still open is closed.

    Where the front end gives no id, a cell is known by its text: run again, the same text has
    the last run's output replaced, and its panels cannot be reached any more.
    """
    message = _running()
    cell = running_cell() or message.get("content", {}).get("code")
    if cell is None:
        return
    before, panels = _OPEN.get(cell, (None, weakref.WeakSet[Any]()))
    if before is not message:  # another run
        for older in [each for each in panels if not each.is_inside]:
            older.close()
        panels = weakref.WeakSet()
        _OPEN[cell] = (message, panels)
    panels.add(panel)


class Typed:
    """The memory of one form in one cell; of none where there is no cell."""

    def __init__(self, *about: Hashable) -> None:
        cell = running_cell()
        self._key = None if cell is None else (cell, *about)

    def keep(self, fields: Any) -> None:
        """These stand in the form now."""
        if self._key is not None:
            _TYPED[self._key] = fields

    def forget(self) -> None:
        """They were sent, or taken back."""
        _TYPED.pop(self._key, None)

    @property
    def fields(self) -> Any:
        """What stood in the form when its cell was run before; None for nothing."""
        return _TYPED.get(self._key)

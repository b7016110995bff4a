"""What was typed in a form, for when its cell is run again.

In this kernel's memory only; fields for secrets are no part of it. A cell is known by the id that
the front end gives it (JupyterLab, Notebook and VS Code do): without one nothing is kept, because
two cells with the same form would take each other's texts.
"""

from __future__ import annotations

import sys
from collections.abc import Hashable
from typing import Any

_TYPED: dict[Hashable, Any] = {}


def running_cell() -> str | None:
    """The id of the cell that is being run; None outside a notebook, and in a click."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    kernel = getattr(shell, "kernel", None)
    if kernel is None:
        return None
    message: dict[str, Any] = kernel.get_parent("shell") or {}
    cell = message.get("metadata", {}).get("cellId")
    return cell if isinstance(cell, str) else None


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

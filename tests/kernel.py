"""A notebook as the kernel hears of it."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from toolkit.forms import cell


class Notebook:
    """Which cell is run, and with which text."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.message: dict[str, Any] = {}
        kernel = SimpleNamespace(get_parent=lambda channel: self.message)
        shell = SimpleNamespace(kernel=kernel)
        monkeypatch.setitem(cell.sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
        monkeypatch.setattr(cell, "_TYPED", {})
        monkeypatch.setattr(cell, "_OPEN", {})

    def run(self, make: Callable[[], Any], cell_id: str | None = "a", code: str = "form") -> Any:
        """Run a cell; clicks afterwards are in no cell."""
        metadata = {} if cell_id is None else {"cellId": cell_id}
        self.message = {"metadata": metadata, "content": {"code": code}}
        shown = make()
        self.message = {"metadata": {}, "content": {"comm_id": "a click"}}
        return shown

    def close(self) -> None:
        """Close what its cells have left open."""
        for _, panels in cell._OPEN.values():
            for panel in list(panels):
                panel.close()

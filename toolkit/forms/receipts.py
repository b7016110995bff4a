"""The receipts of a form, as an output of its own below it: a saved notebook keeps it, with no
widget and no kernel.
"""

from __future__ import annotations

from typing import Any

import ipywidgets as w

from toolkit.base.outside import variable
from toolkit.request.receipt import Receipt

#: Voilà names itself here to the kernels that it starts. It draws an output once, and a widget for
#: as long as the page is open.
SERVER_VARIABLE = "SERVER_SOFTWARE"


class Receipts:
    """What the forms of one cell have sent. The steps that follow a form share its receipts."""

    def __init__(self) -> None:
        self.shown: list[Receipt] = []
        self._slots: list[Any] = []

    def open_slot(self) -> None:
        """An output of the running cell, empty as long as nothing was sent."""
        from IPython.display import display

        if variable(SERVER_VARIABLE).startswith("voila/"):
            self._slots.append(_WidgetSlot())
            return
        slot = display(self._bundle(), raw=True, display_id=True)  # type: ignore[no-untyped-call]
        self._slots.append(slot)

    def add(self, receipt: Receipt) -> None:
        """One more, below the others."""
        self.shown.append(receipt)
        for slot in self._slots:
            slot.update(self._bundle(), raw=True)

    def _bundle(self) -> dict[str, str]:
        return {
            "text/html": "\n".join(receipt._repr_html_() for receipt in self.shown),
            "text/plain": "\n\n".join(receipt.text for receipt in self.shown),
        }


class _WidgetSlot:
    """A slot where an output cannot be written again: no notebook is saved there either."""

    def __init__(self) -> None:
        from IPython.display import display

        self._html = w.HTML()
        display(self._html)  # type: ignore[no-untyped-call]

    def update(self, bundle: dict[str, str], *, raw: bool) -> None:
        """What it shows from now on; ``raw`` as an output's own slot takes it."""
        self._html.value = bundle["text/html"]

"""The receipts of a form, as an output of its own below it: a saved notebook keeps it, with no
widget and no kernel.
"""

from __future__ import annotations

from typing import Any

from toolkit.request.receipt import Receipt


class Receipts:
    """What the forms of one cell have sent. The steps that follow a form share its receipts."""

    def __init__(self) -> None:
        self.shown: list[Receipt] = []
        self._slots: list[Any] = []

    def open_slot(self) -> None:
        """An output of the running cell, empty as long as nothing was sent."""
        from IPython.display import display

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

"""An emulator of Cobo's and Privy's API that checks every signature for real.

In process it is a function from request to response: no thread, no socket.
``toolkit.emulator.http`` puts the same function behind a port.
"""

from __future__ import annotations

from toolkit.emulator.choices import Choice, Choices
from toolkit.emulator.core import LedgerLine
from toolkit.emulator.faults import Fault
from toolkit.emulator.server import Emulator

__all__ = ["Choice", "Choices", "Emulator", "Fault", "LedgerLine"]


def __dir__() -> list[str]:
    return __all__

"""Tools for people who decide who can sign: Cobo key share holder groups, Privy key quorums, API
keys.

Everything is loaded when it is first used, so that importing this costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from toolkit import cobo, frames, privy
    from toolkit.app.connect import connect
    from toolkit.approvals.approval import Approval
    from toolkit.client import names
    from toolkit.client.journal import Journal
    from toolkit.emulator import Emulator

__all__ = [
    "Approval",
    "Emulator",
    "Journal",
    "__version__",
    "cobo",
    "connect",
    "frames",
    "names",
    "privy",
]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    if name == "Approval":
        return importlib.import_module("toolkit.approvals.approval").Approval
    if name == "Emulator":
        return importlib.import_module("toolkit.emulator").Emulator
    if name == "Journal":
        return importlib.import_module("toolkit.client.journal").Journal
    if name == "connect":
        return importlib.import_module("toolkit.app.connect").connect
    if name == "names":
        return importlib.import_module("toolkit.client.names")
    if name in ("cobo", "frames", "privy"):
        return importlib.import_module(f"toolkit.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__

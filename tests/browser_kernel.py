"""A browser's kernel, played in CPython: no thread starts, no socket opens, no process begins.

What this cannot play: the event loop of a browser, and which wheels there are for it.
"""

from __future__ import annotations

import _thread
import os
import socket
import subprocess
import sys
import threading
from typing import Any, NoReturn


def refuse_threads(*_: Any, **__: Any) -> NoReturn:
    """As CPython does where the system has none."""
    raise RuntimeError("can't start new thread")


def refuse_processes(*_: Any, **__: Any) -> NoReturn:
    """As Pyodide does."""
    raise OSError(138, "emscripten does not support processes.")


class NoSocket(socket.socket):
    """One that cannot be opened."""

    def __init__(self, *_: Any, **__: Any) -> None:
        raise OSError(138, "Not supported")


def play() -> None:
    """From here on this process has what a browser's kernel has. Before anything of ours is imported."""
    for module in (_thread, threading):
        for name in ("start_new_thread", "_start_new_thread", "start_joinable_thread", "_start_joinable_thread"):  # fmt: skip
            if hasattr(module, name):
                setattr(module, name, refuse_threads)
    socket.socket = NoSocket  # type: ignore[misc]
    subprocess.Popen.__init__ = refuse_processes  # type: ignore[method-assign]
    sys.modules["psutil"] = None  # type: ignore[assignment]  # as the import system marks what is not there
    for name in ("fork", "forkpty", "register_at_fork"):
        if hasattr(os, name):
            delattr(os, name)

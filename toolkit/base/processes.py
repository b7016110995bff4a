"""Processes by name: which one began something, and whether it may still be running."""

from __future__ import annotations

import contextlib
import os
import socket
from pathlib import Path
from types import ModuleType

from toolkit.base.forked import process_mark

_OURS: dict[str, str] = {}  # this process's name, by its mark


def this_process() -> str:
    """This process's name; a forked child has another one."""
    mark = process_mark()
    if mark not in _OURS:
        _OURS[mark] = _name(os.getpid())
    return _OURS[mark]


def alive(process: str) -> bool:
    """Whether the process of this name may still be running.

    Assumed where nobody can tell: of another computer, and in a browser, whose kernels all have one
    number.
    """
    host, _, rest = process.partition(" ")
    number, _, began = rest.partition(" ")
    psutil = _psutil()
    if host != socket.gethostname() or not number.isdigit() or psutil is None:
        return True
    if not psutil.pid_exists(int(number)):
        return False
    since = _began(int(number))
    # another process may have got the number since
    return not began or not since or began == since


def _name(pid: int) -> str:
    return f"{socket.gethostname()} {pid} {_began(pid)}".rstrip()


def _began(pid: int) -> str:
    """When it began, as a text that is the same whenever it is asked; empty where nobody knows."""
    with contextlib.suppress(OSError):  # Linux: ticks since the boot, which no clock moves
        return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[19].decode()
    psutil = _psutil()
    if psutil is None:
        return ""
    try:
        return str(psutil.Process(pid).create_time())
    except psutil.Error:  # gone, or not ours to look at
        return ""


def _psutil() -> ModuleType | None:
    """What knows the processes of each system; None in a browser, which has none."""
    try:
        import psutil  # only where somebody asks
    except (ImportError, NotImplementedError):  # it may be there, and refuse the platform
        return None
    return psutil  # type: ignore[no-any-return]  # ships no types

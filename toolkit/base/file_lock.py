"""An open file for one process alone: by POSIX's lock, or by that of Windows."""

from __future__ import annotations

import os
from importlib import import_module
from types import ModuleType

# Windows locks bytes, and what is locked nobody else can read: one far behind any content.
BEHIND = 2**31 - 2


class NoLockHere(Exception):
    """This system has no lock that is known here."""


def lock_alone(handle: int) -> None:
    """Lock an open file without waiting, until it is closed or the process ends.

    Raises:
        OSError: another process has it.
        NoLockHere: neither ``fcntl`` nor ``msvcrt`` is there.
    """
    posix, windows = _module("fcntl"), _module("msvcrt")
    if posix is not None:
        posix.flock(handle, posix.LOCK_EX | posix.LOCK_NB)
    elif windows is not None:
        _lock_behind(handle, windows)
    else:
        raise NoLockHere


def _lock_behind(handle: int, windows: ModuleType) -> None:
    here = os.lseek(handle, 0, os.SEEK_CUR)
    os.lseek(handle, BEHIND, os.SEEK_SET)
    try:
        windows.locking(handle, windows.LK_NBLCK, 1)
    finally:
        os.lseek(handle, here, os.SEEK_SET)


def _module(name: str) -> ModuleType | None:
    try:
        return import_module(name)
    except ImportError:
        return None

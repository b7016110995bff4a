"""Windows, played on a POSIX system: what it lacks is taken away, and its lock of bytes is there.

What this cannot play: how Windows names paths, refuses to replace an open file, and decides who may
read one.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from types import ModuleType
from typing import Any

#: Not ours: they take ``msvcrt``, or the name of the platform, for a sign of more than is played here.
LOADED_BEFORE = (
    "asyncio",
    "getpass",
    "multiprocessing",
    "platformdirs",
    "platformdirs.unix",
    "psutil",
    "subprocess",
    "tempfile",
)
MODULES = ("fcntl", "pwd", "grp", "resource", "termios", "pty", "tty", "syslog")
ATTRIBUTES = (
    "fork", "forkpty", "register_at_fork", "fchmod", "fchown", "chown", "lchown", "geteuid", "getuid", "getegid", "getgid",
    "pread", "pwrite", "mkfifo", "O_CLOEXEC", "O_NOFOLLOW", "O_NONBLOCK", "O_NOCTTY", "O_DIRECTORY", "killpg",
)  # fmt: skip


class Msvcrt(ModuleType):
    """Its lock of bytes, kept by POSIX's: enough to tell one process from another."""

    LK_NBLCK = 2

    def __init__(self, posix: Any) -> None:
        super().__init__("msvcrt")
        self._posix = posix
        self.locked: list[tuple[int, int, int]] = []
        self.taken = False

    def locking(self, handle: int, mode: int, size: int) -> None:
        """Lock so many bytes from where the file stands."""
        assert mode == self.LK_NBLCK
        if self.taken:
            raise PermissionError(13, "Permission denied")
        self._posix.flock(handle, self._posix.LOCK_EX | self._posix.LOCK_NB)
        self.locked.append((handle, os.lseek(handle, 0, os.SEEK_CUR), size))


def play() -> None:
    """From here on this process has what Windows has. Before anything of ours is imported."""
    for name in LOADED_BEFORE:
        import_module(name)
    sys.modules["msvcrt"] = Msvcrt(import_module("fcntl"))
    for name in MODULES:
        sys.modules[name] = None  # type: ignore[assignment]  # as the import system marks what is not there
    for name in ATTRIBUTES:
        if hasattr(os, name):
            delattr(os, name)

    usual = os.kill

    def ended(pid: int, signal: int) -> None:
        asking = sys._getframe(1).f_globals["__name__"]
        assert not asking.startswith("toolkit"), (
            "on Windows this ends a process, whatever the signal"
        )
        usual(pid, signal)

    os.kill = ended

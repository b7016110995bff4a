"""How often SQLite has the system put a file on the disk, counted where it asks for that: in its VFS.

Python has no way to a VFS, so ctypes lays one over SQLite's own, for files that are opened meanwhile. Structures:
https://www.sqlite.org/c3ref/vfs.html, https://www.sqlite.org/c3ref/io_methods.html.
"""

from __future__ import annotations

import _sqlite3
import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import POINTER, c_char_p, c_int, c_void_p
from pathlib import Path
from typing import Any

SYNC = ctypes.CFUNCTYPE(c_int, c_void_p, c_int)


class Methods(ctypes.Structure):
    """``sqlite3_io_methods``, version 3; what is not looked into is a pointer."""

    _fields_ = [
        ("version", c_int),
        *((name, c_void_p) for name in ("close", "read", "write", "truncate", "sync")),
        *((f"other_{at}", c_void_p) for at in range(13)),
    ]


class File(ctypes.Structure):
    """``sqlite3_file``: of whatever size, it begins with its methods."""

    _fields_ = [("methods", POINTER(Methods))]


# the name is passed on as it is: SQLite keeps the pointer
OPEN = ctypes.CFUNCTYPE(c_int, c_void_p, c_void_p, POINTER(File), c_int, POINTER(c_int))


class Vfs(ctypes.Structure):
    """``sqlite3_vfs``, version 3."""

    _fields_ = [
        ("version", c_int),
        ("size_of_file", c_int),
        ("longest_path", c_int),
        ("following", c_void_p),
        ("name", c_char_p),
        ("data", c_void_p),
        ("open", c_void_p),
        *((f"other_{at}", c_void_p) for at in range(15)),
    ]


@contextmanager
def synced_writes() -> Iterator[list[str]]:
    """The names of the files that are put on the disk, each time they are; of files that are opened in here."""
    library = ctypes.CDLL(_sqlite3.__file__)
    library.sqlite3_vfs_find.restype = POINTER(Vfs)
    own = library.sqlite3_vfs_find(None)
    counting = Vfs.from_buffer_copy(own.contents)
    counting.name = b"counting"
    opened = OPEN(own.contents.open)
    synced: list[str] = []
    kept: list[Any] = []  # what SQLite points to

    def open_counted(vfs: Any, name: int | None, file: Any, flags: int, out: Any) -> int:
        code = opened(vfs, name, file, flags, out)
        if code == 0 and file.contents.methods:
            methods = Methods.from_buffer_copy(file.contents.methods.contents)
            sync = SYNC(methods.sync)
            called = Path(ctypes.string_at(name).decode()).name if name else ""

            def sync_counted(of: Any, how: int) -> int:
                synced.append(called)
                return int(sync(of, how))

            callback = SYNC(sync_counted)
            methods.sync = ctypes.cast(callback, c_void_p)
            file.contents.methods = ctypes.pointer(methods)
            kept.extend((methods, callback, sync))
        return int(code)

    callback = OPEN(open_counted)
    counting.open = ctypes.cast(callback, c_void_p)
    library.sqlite3_vfs_register(ctypes.byref(counting), 1)
    try:
        yield synced
    finally:
        library.sqlite3_vfs_unregister(ctypes.byref(counting))
        library.sqlite3_vfs_register(own, 1)
        _ALIVE.extend((counting, callback, kept))


_ALIVE: list[Any] = []  # a connection may be closed later than the block ends

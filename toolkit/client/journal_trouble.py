"""Why a journal cannot be used, as far as SQLite and the system say; and what helps then.

Each remedy belongs to a code that was looked at. What nobody recognises is told without one.
"""

from __future__ import annotations

import errno
import sqlite3
from pathlib import Path

from toolkit.errors import JournalRefused

OLDEST_SQLITE = (3, 26, 0)  # what our statements need; tried with that one
_HOW = "journal=path, or the variable QUORUM_TOOLKIT_JOURNAL"
WRITABLE = f"Name a place for it that can be written: {_HOW}."
ANOTHER = f"Name another file: {_HOW}."
_ROOM = f"Free some room there, or name another place: {_HOW}."
_DISK = f"Look at that disk, or name a place on another one: {_HOW}."
_SQLITE = "Run it with another Python, or one that is linked to another SQLite."

_BY_CODE = {
    sqlite3.SQLITE_PERM: WRITABLE,
    sqlite3.SQLITE_READONLY: WRITABLE,
    sqlite3.SQLITE_CANTOPEN: WRITABLE,
    sqlite3.SQLITE_FULL: _ROOM,
    sqlite3.SQLITE_IOERR: _DISK,
    sqlite3.SQLITE_CORRUPT: f"It is damaged: restore it. {ANOTHER}",
    sqlite3.SQLITE_NOTADB: ANOTHER,
}
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)


def must_be_new_enough() -> None:
    """Raises JournalRefused for an SQLite that is older than our statements."""
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise JournalRefused(
            f"This Python has SQLite {sqlite3.sqlite_version}, "
            f"and a journal needs {'.'.join(map(str, OLDEST_SQLITE[:2]))} or newer.",
            hint=_SQLITE,
            cause="sqlite-too-old",
        )


def of_sqlite(path: str, error: sqlite3.Error) -> JournalRefused:
    """What SQLite refused."""
    code = (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF
    if code == sqlite3.SQLITE_ERROR and "syntax error" in str(error):
        what = f"SQLite {sqlite3.sqlite_version}, which this Python has, refused: {error}."
        return JournalRefused(f"The journal {path} cannot be used. {what}", hint=_SQLITE)
    return JournalRefused(
        f"The journal {path} cannot be used: {error}.", hint=_BY_CODE.get(code, "")
    )


def of_system(path: str, error: OSError) -> JournalRefused:
    """What the operating system refused where the journal is to be."""
    hint = WRITABLE
    if error.errno in _NO_ROOM:
        hint = _ROOM
    return JournalRefused(
        f"The journal {path} cannot be used: {error.strerror or error}.", hint=hint
    )


def of_value(path: str, error: Exception) -> JournalRefused:
    """What no journal can hold, such as a number beyond 64 bits."""
    return JournalRefused(f"The journal {path} cannot hold this: {error}.")


def of_home(reason: str) -> JournalRefused:
    """There is no home directory, so there is no place for this user's journal."""
    return JournalRefused(
        f"There is no place for this user's journal. {reason}",
        hint=f"Set HOME or XDG_STATE_HOME, or name its place: {_HOW}.",
        cause="no-home",
    )


def of_kind(path: str | Path) -> JournalRefused:
    """What is there is a folder, a device, a pipe."""
    return JournalRefused(
        f"The journal {path} cannot be used: it is no ordinary file.", hint=ANOTHER
    )

"""The journal's file: one SQLite database, opened once in a process, never touched beside it.

By POSIX, closing *any* descriptor of a file drops all locks that the process holds on it. So
nothing here opens an existing file by hand, and all Journals of one path share one connection.

On a disk of this computer SQLite writes ahead (WAL: one synced write a transaction), elsewhere it
keeps a rollback journal, which needs no memory that computers would have to share. Who writes ahead
holds a lock as long as the connection is open, and a forked child inherits none: so the connection
is closed while this process forks.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sqlite3
import stat
import threading
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from toolkit.base.forked import left_to_the_parent, renewed_in_a_child, set_aside_for_a_fork
from toolkit.base.home import at_home
from toolkit.base.owner_only import close_to_others
from toolkit.base.shield import shielded
from toolkit.client import journal_trouble
from toolkit.client.file_system import is_surely_local
from toolkit.errors import InputError, JournalRefused, ToolkitError

T = TypeVar("T")
FORMAT = 4  # PRAGMA user_version
MEMORY = ":memory:"
WRITING_S = 60.0  # how long a change waits for another process before it gives up
LOOKING_S = 1.0  # how long a look does
FORKING_S = 1.0  # how long a fork waits for a change that is just being written down
SLICE_S = 0.2  # a writer lets this process's other threads at the file in between
OPEN = "state IN ('sent', 'doubt')"  # not known what became of it, for the database

_ENTRIES = f"""
CREATE TABLE entries (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    service TEXT NOT NULL,
    environment TEXT NOT NULL,
    base_url TEXT NOT NULL,
    identity TEXT NOT NULL,
    operation TEXT NOT NULL,
    arguments TEXT NOT NULL,
    query TEXT NOT NULL,
    body TEXT,
    fingerprint TEXT NOT NULL,
    begun_ms INTEGER NOT NULL,
    until_ms INTEGER NOT NULL,
    skew_ms INTEGER,
    process TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'sent',
    settled_ms INTEGER,
    status INTEGER,
    made TEXT,
    resource_key TEXT,
    answer TEXT,
    history TEXT NOT NULL DEFAULT '[]'
);
CREATE UNIQUE INDEX one_open ON entries (base_url, identity, fingerprint) WHERE {OPEN};
CREATE UNIQUE INDEX made_once ON entries (base_url, resource_key) WHERE resource_key IS NOT NULL;
CREATE INDEX open_ones ON entries (state) WHERE {OPEN}
"""
# Format 2: what was stopped and not heard, and which prepared requests were sent.
_SINCE_1 = """
ALTER TABLE entries ADD COLUMN stopped INTEGER NOT NULL DEFAULT 0;
CREATE INDEX stopped_ones ON entries (base_url, identity, fingerprint) WHERE stopped;
CREATE TABLE tickets (ticket TEXT PRIMARY KEY, number INTEGER NOT NULL) WITHOUT ROWID
"""
# Format 3: the key under which a service does a request once.
_SINCE_2 = """
ALTER TABLE entries ADD COLUMN idempotency_key TEXT;
CREATE INDEX keyed_ones ON entries (idempotency_key) WHERE idempotency_key IS NOT NULL
"""
# Format 4: who has reviewed it, as a list of fingerprints.
_SINCE_3 = "ALTER TABLE entries ADD COLUMN reviewed_by TEXT NOT NULL DEFAULT '[]'"
_COLUMNS = frozenset(line.split()[0] for line in _ENTRIES.splitlines() if line.startswith("    "))
_BUSY = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)

_FILES: weakref.WeakValueDictionary[str, JournalFile] = weakref.WeakValueDictionary()


class _Opening:
    """Of this process: nobody has a file open that another thread is still making.

    A child may have been forked while one was: it has a lock of its own, which is free.
    """

    def __init__(self) -> None:
        self.begin_anew()
        renewed_in_a_child(self)

    def begin_anew(self) -> None:
        """Nobody is opening anything."""
        self.lock = threading.Lock()


_OPENING = _Opening()
_OPEN_IN_THE_PARENT: set[str] = set()  # paths that could not be set aside for a fork


class JournalFile:
    """One database for all Journals of its path, used by one thread at a time.

    ``:memory:`` is each Journal's own.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._connection: sqlite3.Connection | None = None
        self._finalizer: weakref.finalize[..., JournalFile]
        self._rolls_back = False
        self._is_aside = False
        self.begin_anew()
        renewed_in_a_child(self)
        set_aside_for_a_fork(self)

    @classmethod
    def at(cls, path: str) -> JournalFile:
        """The one of this path."""
        if path == MEMORY:
            return cls(path)
        with _OPENING.lock:
            file = _FILES.get(path)
            if file is None:
                file = _FILES[path] = cls(path)
            return file

    def begin_anew(self) -> None:
        """Nothing open yet."""
        if self._connection is not None:
            self._finalizer.detach()
            left_to_the_parent(self._connection)
            if self.path != MEMORY:
                _OPEN_IN_THE_PARENT.add(self.path)
        self._lock = threading.Lock()
        self._connection = None
        self._identity: tuple[int, int] | None = None

    def before_a_fork(self) -> None:
        """Closed, unless another thread is in the middle of it and stays there."""
        self._is_aside = self._lock.acquire(timeout=FORKING_S)
        if self._is_aside and self._connection is not None and self.path != MEMORY:
            self._finalizer()
            self._connection = None  # and its identity stays: it is opened as the same file

    def after_a_fork(self) -> None:
        """May be opened again."""
        if self._is_aside:
            self._is_aside = False
            self._lock.release()

    def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """What ``work`` reads. Where another process has the file, this waits a second.

        Raises:
            JournalRefused: it cannot be read.
        """
        return shielded(lambda: self._patiently(work, LOOKING_S))

    def write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """``work`` as one transaction, on disk when this returns.

        Waits a minute for other processes.

        Raises:
            JournalRefused: it cannot be written; nothing was.
        """
        return shielded(lambda: self._patiently(lambda db: self._transaction(db, work), WRITING_S))

    def close(self) -> None:
        """Close the file. Whoever uses it next opens it again."""
        shielded(self._close)

    def _close(self) -> None:
        with self._lock:
            if self._connection is not None:
                self._finalizer()
            self._connection, self._identity = None, None

    # ---- one use --------------------------------------------------------------------------------

    def _patiently(self, work: Callable[[sqlite3.Connection], T], patience_s: float) -> T:
        until = time.monotonic() + patience_s
        while True:
            try:
                return self._use(work)
            except _Locked:
                if time.monotonic() < until:
                    continue
            raise JournalRefused(
                f"The journal {self.path} is locked by another process.",
                hint="Another kernel, a backup or a viewer of databases has it; "
                "close that, then try again.",
                cause="journal-locked",
            )

    def _use(self, work: Callable[[sqlite3.Connection], T]) -> T:
        try:
            with self._lock:
                return work(self._opened())
        except sqlite3.Error as error:
            code = getattr(error, "sqlite_errorcode", None) or 0
            if code & 0xFF in _BUSY:
                raise _Locked(f"{self.path} is locked.") from None
            trouble = journal_trouble.of_sqlite(self.path, error)
        except ToolkitError:
            raise
        except (ValueError, OverflowError) as error:
            trouble = journal_trouble.of_value(self.path, error)
        except OSError as error:
            trouble = journal_trouble.of_system(self.path, error)
        raise trouble

    def _transaction(self, db: sqlite3.Connection, work: Callable[[sqlite3.Connection], T]) -> T:
        db.execute("BEGIN IMMEDIATE")
        try:
            if self._rolls_back:  # what was begun is not given up for somebody who is reading
                _wait_for_others(db, WRITING_S)
            value = work(db)
            db.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):  # the first error is the one to tell
                db.execute("ROLLBACK")
            raise
        finally:
            if self._rolls_back:
                _wait_for_others(db, SLICE_S)
        self._must_be_there()  # what was written into a file that has no name any more is lost
        return value

    # ---- opening --------------------------------------------------------------------------------

    def _opened(self) -> sqlite3.Connection:
        if self._connection is not None:
            self._must_be_there()
            return self._connection
        if self.path == MEMORY:
            return self._connect("file::memory:")
        if self.path in _OPEN_IN_THE_PARENT:
            raise JournalRefused(
                f"The journal {self.path} was in use when this process was forked from another.",
                hint="Fork while no change is being written down, or start this process anew.",
                cause="forked",
            )
        self._must_be_there()  # it may have been set aside for a fork
        with _OPENING.lock:
            self._create()
            identity = self._on_disk()
            if identity is None:
                raise JournalRefused(
                    f"The journal {self.path} was deleted while it was opened.",
                    hint="Try again.",
                )
            db = self._connect(f"{Path(self.path).as_uri()}?mode=rw")
            self._identity = identity
        self._for_its_owner_alone()
        return db

    def _create(self) -> None:
        """Make the file, for its owner alone, where there is none.

        What is no file is refused, before anything opens it.
        """
        place = Path(self.path)
        if place.parent.exists() and not place.parent.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            handle = os.open(place, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            kind = place.stat().st_mode  # a look, which opens nothing
        else:
            os.close(handle)  # brand new: nobody of this process can have a lock on it
            return
        if not stat.S_ISREG(kind):
            raise journal_trouble.of_kind(self.path)

    def _connect(self, uri: str) -> sqlite3.Connection:
        journal_trouble.must_be_new_enough()
        db = sqlite3.connect(
            uri,
            uri=True,
            timeout=SLICE_S,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            db.execute("PRAGMA synchronous = FULL")
            self._make_ours(db)
            self._rolls_back = self.path != MEMORY and not self._writes_ahead(db)
        except BaseException:
            db.close()
            raise
        self._connection = db
        # closed with the last Journal of this place, where nobody has closed it before
        self._finalizer = weakref.finalize(self, db.close)
        return db

    def _writes_ahead(self, db: sqlite3.Connection) -> bool:
        """See to it that the file is written as its place allows, and say how it is."""
        wanted = "wal" if is_surely_local(str(Path(self.path).parent)) else "delete"
        (mode,) = db.execute(f"PRAGMA journal_mode = {wanted}").fetchone()
        if mode == "wal" and wanted != "wal":
            raise _Locked(f"{self.path} is open elsewhere.")
        return bool(mode == "wal")

    def _make_ours(self, db: sqlite3.Connection) -> None:
        """Tables of this format, made or brought up to date; another database is left as it is."""
        if self._version_of(db) == FORMAT:
            return
        db.execute("BEGIN IMMEDIATE")
        try:
            version = self._version_of(db)  # again: two kernels may begin at the same moment
            steps = ";".join((_ENTRIES, _SINCE_1, _SINCE_2, _SINCE_3)[version:])
            for statement in filter(str.strip, steps.split(";")):
                db.execute(statement)
            db.execute(f"PRAGMA user_version = {FORMAT}")
            db.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                db.execute("ROLLBACK")
            raise

    def _version_of(self, db: sqlite3.Connection) -> int:
        """The journal's format; 0 for an empty database. Raises JournalRefused for others."""
        version = int(db.execute("PRAGMA user_version").fetchone()[0])
        things = db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        columns = {row[1] for row in db.execute("PRAGMA table_info(entries)")}
        if version == 0 and not things:
            return version
        if 1 <= version <= FORMAT and columns >= _COLUMNS:
            return version
        if version <= FORMAT and not columns:
            raise JournalRefused(
                f"{self.path} is a database of another program: no journal is in it.",
                hint="Name another file: journal=path, or the variable QUORUM_TOOLKIT_JOURNAL.",
            )
        raise JournalRefused(
            f"{self.path} is no journal of this version.",
            hint="Name another file, or use the newer toolkit.",
        )

    def _for_its_owner_alone(self) -> None:
        """Mode 0600, for what is a journal by now, and what SQLite writes ahead beside it."""
        for ending in ("", "-wal", "-shm"):
            with contextlib.suppress(FileNotFoundError):
                close_to_others(Path(self.path + ending))  # not where it is somebody else's

    # ---- still the same file? -------------------------------------------------------------------

    def _on_disk(self) -> tuple[int, int] | None:
        """Which file has the path now, as device and inode; None for none."""
        try:
            # asked at each use, and a Path takes as long again
            status = os.stat(self.path)  # noqa: PTH116
        except FileNotFoundError:
            return None
        return status.st_dev, status.st_ino

    def _must_be_there(self) -> None:
        if self._identity is None:
            return
        identity = self._on_disk()
        if identity == self._identity:
            return
        what = "replaced by another file"
        if identity is None:
            what = "deleted"
        raise JournalRefused(
            f"The journal {self.path} was {what} while it was open, "
            "so what it knew is no longer there.",
            hint="Put it back. If it was meant, client.journal.close() "
            "lets the next change begin anew.",
            cause="journal-gone",
        )

    def __repr__(self) -> str:
        return f"<JournalFile {self.path}>"


class _Locked(ToolkitError):
    """Another process has the file just now."""


def _wait_for_others(db: sqlite3.Connection, seconds: float) -> None:
    db.execute(f"PRAGMA busy_timeout = {round(1000 * seconds)}")


def canonical_path(path: str | Path) -> str:
    """The path, links followed. Raises InputError for what is no path."""
    if str(path) == MEMORY:
        return MEMORY
    try:
        resolved = str(at_home(path).resolve())
        resolved.encode()
    except InputError as error:
        raise InputError(f"journal: {error.what}", hint=error.hint) from None
    except OSError as error:  # a folder that is gone, links that go in circles
        raise InputError(
            f"journal: {path} cannot be followed to a file: {error.strerror or error}.",
            hint=journal_trouble.ANOTHER,
        ) from None
    except (TypeError, ValueError, RuntimeError) as error:
        raise InputError(
            f"journal: this is no path: {error}.",
            hint="Pass a path, or a Journal.",
        ) from None
    return resolved

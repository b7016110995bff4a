"""The journal: every change is written down before it leaves, and settled after.

One file for each user, which several kernels may share; it survives ``kill -9`` at any instant. It holds what was
asked and what became of it: no secret, no signature. A second entry for the very same change is not begun while
one is open, so two clicks, two kernels or a restart never send it twice: the database itself refuses.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import sqlite3
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from toolkit.errors import InputError, JournalRefused

FORMAT = 1  # PRAGMA user_version
VARIABLE = "QUORUM_TOOLKIT_JOURNAL"
MEMORY = ":memory:"
PATIENCE_S = 60.0  # how long one writer waits for another before it gives up

#: ``sent``: written before it leaves, and nothing known since. ``doubt``: it may have happened. Both are open.
#: The others are final: ``unsent`` provably never left; ``replaced`` was sent again, as another entry, because a
#: person said so; ``given-up`` was left alone because a person said so.
State = Literal["sent", "doubt", "answered", "adopted", "refused", "unsent", "replaced", "given-up"]
OPEN: tuple[State, ...] = ("sent", "doubt")
_OPEN = "state IN ('sent', 'doubt')"  # the same, for the database
_MORE = "json_insert(history, '$[#]', json_array(?, ?))"  # the history, with one more (Unix ms, sentence)

_SCHEMA = f"""
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
    made_key TEXT,
    answer TEXT,
    history TEXT NOT NULL DEFAULT '[]'
) STRICT;
CREATE UNIQUE INDEX one_open ON entries (base_url, identity, fingerprint) WHERE {_OPEN};
CREATE UNIQUE INDEX made_once ON entries (base_url, made_key) WHERE made_key IS NOT NULL;
CREATE INDEX open_ones ON entries (state) WHERE {_OPEN};
PRAGMA user_version = {FORMAT};
"""
_COLUMNS = (
    "number, service, environment, base_url, identity, operation, arguments, query, body, fingerprint, begun_ms, "
    "until_ms, skew_ms, process, state, settled_ms, status, made, answer, history"
)


@dataclass(frozen=True, slots=True)
class Intent:
    """A change about to leave. Times in Unix milliseconds, by this computer's clock."""

    service: str
    environment: str
    base_url: str
    identity: str  # the API key's public half, or the app id
    operation: str
    arguments: Mapping[str, str]
    query: Sequence[tuple[str, str]]
    body: str | None
    fingerprint: str  # SHA-256 (hex) of method, path, query and body: the same for the same change
    begun_ms: int
    until_ms: int  # after this no attempt can still be under way
    skew_ms: int | None = None  # service's clock minus ours, where it was known


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the journal. ``history`` is what is known, as (Unix ms, sentence)."""

    number: int
    service: str
    environment: str
    base_url: str
    identity: str
    operation: str
    arguments: Mapping[str, str]
    query: tuple[tuple[str, str], ...]
    body: str | None
    fingerprint: str
    begun_ms: int
    until_ms: int
    skew_ms: int | None
    process: str
    state: State
    settled_ms: int | None
    status: int | None
    made: str | None
    answer: str | None
    history: tuple[tuple[int, str], ...]

    @property
    def open(self) -> bool:
        """Whether it is not known what became of it."""
        return self.state in OPEN

    def __repr__(self) -> str:
        return f"<Entry {self.number}: {self.operation} on {self.environment}, {self.state}>"


class Journal:
    """A journal in one SQLite file (mode 0600), or ``:memory:``. Safe to use from many threads and processes.

    ``Journal.default()`` is the one of this user: the file that ``QUORUM_TOOLKIT_JOURNAL`` names, or one in the
    user's state folder. Nothing is opened before the first change or question.
    """

    _defaults: dict[str, Journal] = {}  # noqa: RUF012  # one for each place, shared by this process's clients

    def __init__(self, path: str | Path = MEMORY) -> None:
        """Raises InputError for what is no path."""
        try:
            self.path = str(path) if str(path) == MEMORY else str(Path(path).expanduser().resolve())
        except (TypeError, RuntimeError) as error:
            raise InputError(f"journal: this is no path: {error}.", hint="Pass a path, or a Journal.") from None
        self._begin_anew()
        _JOURNALS.add(self)

    def _begin_anew(self) -> None:
        """Nothing open yet. In a forked child, too: the parent's connection must not be touched, not even to close it."""
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self._process: str | None = None

    @classmethod
    def default(cls) -> Journal:
        """This user's journal."""
        place = os.environ.get(VARIABLE, "").strip()
        if not place:
            import platformdirs

            place = str(platformdirs.user_state_path("quorum-toolkit") / "journal.sqlite")
        return cls._defaults.setdefault(place, cls(place))

    @property
    def process(self) -> str:
        """This process, as entries name the one that began them: computer, number, and when it began."""
        if self._process is None:
            self._process = _process(os.getpid())
        return self._process

    # ---- writing ----

    def begin(
        self, intent: Intent, *, instead_of: int | None = None, now_ms: Callable[[], int] | None = None
    ) -> tuple[Entry, bool]:
        """Write an intent down; on disk when this returns. The entry, and whether it is new.

        Where the same change is open already, that entry is returned and nothing is written. ``instead_of``
        settles an open entry as ``replaced`` in the same breath: a person has said to send it again. ``now_ms``: the
        clock to read once the file is ours, which may take a while; the entry begins then.

        Raises:
            JournalRefused: it cannot be written.
        """
        with self._writing() as db:
            if now_ms is not None:
                late_ms = now_ms() - intent.begun_ms
                intent = replace(intent, begun_ms=intent.begun_ms + late_ms, until_ms=intent.until_ms + late_ms)
            if instead_of is not None:
                old = self._get(db, instead_of)
                if not old.open:  # somebody who shares the journal has settled it meanwhile
                    return old, False
                db.execute(
                    f"UPDATE entries SET state = 'replaced', settled_ms = ?, history = {_MORE} WHERE number = ?",
                    (intent.begun_ms, intent.begun_ms, "A person said: send it again.", instead_of),
                )
            row = db.execute(
                f"SELECT {_COLUMNS} FROM entries WHERE base_url = ? AND identity = ? AND fingerprint = ? AND {_OPEN}",
                (intent.base_url, intent.identity, intent.fingerprint),
            ).fetchone()
            if row is not None:
                return _entry(row), False
            values = (
                intent.service, intent.environment, intent.base_url, intent.identity, intent.operation,
                json.dumps(dict(intent.arguments)), json.dumps([list(pair) for pair in intent.query]), intent.body,
                intent.fingerprint, intent.begun_ms, intent.until_ms, intent.skew_ms, self.process,
            )  # fmt: skip
            row = db.execute(
                "INSERT INTO entries (service, environment, base_url, identity, operation, arguments, query, body, "
                "fingerprint, begun_ms, until_ms, skew_ms, process) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?) "
                f"RETURNING {_COLUMNS}",
                values,
            ).fetchone()
        return _entry(row), True

    def settle(
        self,
        number: int,
        state: State,
        at_ms: int,
        why: str,
        *,
        status: int | None = None,
        made: str | None = None,
        made_key: str | None = None,
        answer: str | None = None,
    ) -> Entry:
        """Write down what became of an entry; on disk when this returns. An entry is settled once: the first wins.

        Args:
            made: id of what it made. ``made_key``: what tells that thing from every other; one entry owns it.
            answer: the answer's JSON, verified where the service signs answers.

        Raises:
            JournalRefused: it cannot be written.
            AlreadyOwned: another entry owns ``made_key``.
        """
        with self._writing() as db:
            try:
                row = db.execute(
                    "UPDATE entries SET state = ?, settled_ms = ?, status = COALESCE(?, status), made = ?, made_key = ?, "
                    f"answer = ?, history = {_MORE} WHERE number = ? AND {_OPEN} RETURNING {_COLUMNS}",
                    (state, at_ms, status, made, made_key, answer, at_ms, why, number),
                ).fetchone()
                if row is not None:
                    return _entry(row)
                # a person had settled it, and then the answer came after all
                if state == "answered" and made is not None:
                    db.execute(
                        f"UPDATE entries SET made = ?, made_key = ?, answer = ?, history = {_MORE} "
                        "WHERE number = ? AND made IS NULL",
                        (made, made_key, answer, at_ms, why, number),
                    )
            except sqlite3.IntegrityError:
                raise AlreadyOwned(f"{made} belongs to another entry of the journal.") from None
            return self._get(db, number)

    def doubt(self, number: int, at_ms: int, why: str, *, status: int | None = None) -> Entry:
        """Write down why it is not known what became of an entry; it stays open. What was said last is not said again."""
        with self._writing() as db:
            history = self._get(db, number).history
            history = (*(history[:-1] if history and history[-1][1] == why else history), (at_ms, why))
            db.execute(
                f"UPDATE entries SET state = 'doubt', history = ?, status = COALESCE(?, status) WHERE number = ? AND {_OPEN}",
                (json.dumps(history), status, number),
            )
            return self._get(db, number)

    # ---- reading ----

    def entries(
        self,
        *,
        only_open: bool = False,
        base_url: str | None = None,
        identity: str | None = None,
    ) -> tuple[Entry, ...]:
        """Entries, oldest first."""
        sql, values = f"SELECT {_COLUMNS} FROM entries WHERE TRUE", list[str]()
        if only_open:
            sql += f" AND {_OPEN}"
        for column, value in (("base_url", base_url), ("identity", identity)):
            if value is not None:
                sql, values = f"{sql} AND {column} = ?", [*values, value]
        with self._reading() as db:
            return tuple(map(_entry, db.execute(sql + " ORDER BY number", values)))

    def get(self, number: int) -> Entry:
        """One entry. Raises InputError if there is none."""
        with self._reading() as db:
            return self._get(db, number)

    def owned(self, base_url: str) -> frozenset[str]:
        """The ``made_key`` of everything that entries of this journal made at this address."""
        with self._reading() as db:
            rows = db.execute("SELECT made_key FROM entries WHERE base_url = ? AND made_key NOT NULL", (base_url,))
            return frozenset(key for (key,) in rows)

    def _get(self, db: sqlite3.Connection, number: int) -> Entry:
        row = db.execute(f"SELECT {_COLUMNS} FROM entries WHERE number = ?", (number,)).fetchone()
        if row is None:
            raise InputError(f"The journal has no entry {number}.", hint="See frames.journal().")
        return _entry(row)

    # ---- one in flight ----

    @contextmanager
    def flight(self, base_url: str, identity: str, fingerprint: str) -> Iterator[tuple[Future[Any], bool]]:
        """While this change is under way in this process: its outcome to be, and whether somebody else has begun it."""
        place = self.path if self.path != MEMORY else f"{MEMORY}{id(self)}"  # two Journals of one file are one
        key, mine = (place, base_url, identity, fingerprint), Future[Any]()
        try:  # a person may press stop the moment after the next line
            under_way = _FLIGHTS.setdefault(key, mine)
            yield under_way, under_way is not mine
        finally:
            if _FLIGHTS.get(key) is mine:
                del _FLIGHTS[key]
            mine.cancel()  # who waits is told where it ended without an outcome

    # ---- the file ----

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction, synced at its end. Threads queue here, processes at the database's lock."""
        with self._reading() as db, _transaction(db):
            yield db

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                yield self._open()
            except InputError:
                raise
            except sqlite3.Error as error:
                trouble = str(error)
            except (OSError, ValueError, OverflowError) as error:
                trouble = getattr(error, "strerror", None) or str(error)
            else:
                return
        raise JournalRefused(f"The journal {self.path} cannot be used: {trouble}.")

    def _open(self) -> sqlite3.Connection:
        if self._connection is not None:
            return self._connection
        if self.path != MEMORY:
            place = Path(self.path)
            place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            os.close(os.open(place, os.O_RDWR | os.O_CREAT, 0o600))
            place.chmod(0o600)  # SQLite gives its own rollback file the same mode
        db = sqlite3.connect(self.path, timeout=PATIENCE_S, isolation_level=None, check_same_thread=False)
        try:
            db.execute("PRAGMA synchronous = FULL")
            db.execute("PRAGMA journal_mode = DELETE")
            self._prepare(db)
        except BaseException:
            db.close()
            raise
        self._connection = db
        return db

    def _prepare(self, db: sqlite3.Connection) -> None:
        if db.execute("PRAGMA user_version").fetchone()[0] == FORMAT:
            return
        with _transaction(db):  # two kernels may begin at the same moment
            version = db.execute("PRAGMA user_version").fetchone()[0]
            tables = db.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
            if version not in (0, FORMAT) or (version == 0 and tables):
                raise JournalRefused(
                    f"{self.path} is no journal of this version.", hint="Name another file, or use the newer toolkit."
                )
            if version == 0:
                for statement in _SCHEMA.split(";\n"):
                    db.execute(statement)

    def clear(self) -> None:
        """Forget everything: for the journal of an emulator that starts anew.

        Raises:
            InputError: a journal in a file; delete the file if that is what you want.
        """
        if self.path != MEMORY:
            raise InputError("Only a journal in memory can be cleared.", hint=f"Delete {self.path} yourself.")
        with self._writing() as db:
            db.execute("DELETE FROM entries")

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
            self._connection = None

    def __repr__(self) -> str:
        return f"<Journal {self.path}>"


class AlreadyOwned(InputError):
    """Another entry of the journal owns the thing that this one is said to have made."""


_FLIGHTS: dict[tuple[str, str, str, str], Future[Any]] = {}  # what is under way in this process
_JOURNALS: weakref.WeakSet[Journal] = weakref.WeakSet()


def _forked() -> None:
    _FLIGHTS.clear()
    for journal in list(_JOURNALS):
        journal._begin_anew()  # noqa: SLF001  # the same module


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)


@contextmanager
def _transaction(db: sqlite3.Connection) -> Iterator[None]:
    try:
        db.execute("BEGIN IMMEDIATE")  # inside: a person may press stop the moment after it
        yield
        db.execute("COMMIT")
    except BaseException:
        with contextlib.suppress(sqlite3.Error):  # the first error is the one to tell
            db.execute("ROLLBACK")
        raise


def alive(process: str) -> bool:
    """Whether the process that began an entry may still be running. Of another computer: assume so."""
    host, _, rest = process.partition(" ")
    pid = rest.partition(" ")[0]
    if host != socket.gethostname() or not pid.isdigit():
        return True
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass  # somebody else's
    return process == _process(int(pid))  # another process may have got the number since


def _process(pid: int) -> str:
    began = ""
    with contextlib.suppress(OSError):  # where there is no /proc, computer and number have to do
        began = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    return f"{socket.gethostname()} {pid} {began}".rstrip()


def _entry(row: Sequence[Any]) -> Entry:
    (number, service, environment, base_url, identity, operation, arguments, query, body, fingerprint, begun_ms, until_ms,
     skew_ms, process, state, settled_ms, status, made, answer, history) = row  # fmt: skip
    return Entry(
        number, service, environment, base_url, identity, operation, json.loads(arguments),
        tuple((name, value) for name, value in json.loads(query)), body, fingerprint, begun_ms, until_ms, skew_ms, process,
        state, settled_ms, status, made, answer, tuple((at_ms, text) for at_ms, text in json.loads(history)),
    )  # fmt: skip

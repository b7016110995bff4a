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
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, get_args

from toolkit.base.forked import process_mark, renewed_in_a_child
from toolkit.client.journal_file import MEMORY, OPEN, JournalFile, canonical_path
from toolkit.errors import AlreadySent, InputError, JournalRefused

VARIABLE = "QUORUM_TOOLKIT_JOURNAL"

#: ``sent``: written before it leaves, and nothing known since. ``doubt``: it may have happened. Both are open.
#: The others are final: ``unsent`` provably never left; ``replaced`` was sent again, as another entry, because a
#: person said so; ``given-up`` was left alone because a person said so.
State = Literal["sent", "doubt", "answered", "adopted", "refused", "unsent", "replaced", "given-up"]
OPEN_STATES: tuple[State, ...] = ("sent", "doubt")
_COLUMNS = (
    "number, service, environment, base_url, identity, operation, arguments, query, body, fingerprint, begun_ms, "
    "until_ms, skew_ms, process, state, settled_ms, status, made, answer, history, stopped"
)
_SAME = "base_url = ? AND identity = ? AND fingerprint = ?"


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
    ticket: str | None = None  # of a prepared request, which is sent once, by whichever process


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
    stopped: bool = False  # a person pressed stop, and nobody has been given its outcome yet

    @property
    def open(self) -> bool:
        """Whether it is not known what became of it."""
        return self.state in OPEN_STATES

    @property
    def unheard(self) -> bool:
        """Whether it was done, and whoever asked for it was stopped before hearing so."""
        return self.stopped and self.state in ("answered", "adopted")

    def __repr__(self) -> str:
        return f"<Entry {self.number}: {self.operation} on {self.environment}, {self.state}>"


class Journal:
    """A journal in one SQLite file (mode 0600), or ``:memory:``. Safe to use from many threads and processes.

    ``Journal.default()`` is the one of this user: the file that ``QUORUM_TOOLKIT_JOURNAL`` names, or one in the
    user's state folder. Nothing is opened before the first change or question. Two Journals of one path share it.
    """

    _defaults: dict[str, Journal] = {}  # noqa: RUF012  # one for each place, shared by this process's clients

    def __init__(self, path: str | Path = MEMORY) -> None:
        """Raises InputError for what is no path."""
        self.path = canonical_path(path)
        self._file = JournalFile.at(self.path)

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
        return _this_process()

    # ---- writing ----

    def begin(
        self,
        intent: Intent,
        *,
        instead_of: int | None = None,
        now_ms: Callable[[], int] | None = None,
    ) -> tuple[Entry, bool]:
        """Write an intent down; on disk when this returns. The entry, and whether it is new.

        Where the same change is open already, that entry is returned and nothing is written; so is one that was done
        while a person pressed stop, once. ``instead_of`` settles an open entry as ``replaced`` in the same breath: a
        person has said to send it again. ``now_ms``: the clock to read once the file is ours, which may take a while;
        the entry begins then.

        Raises:
            JournalRefused: it cannot be written.
            AlreadySent: the intent's ticket is spent, and what it was spent on is settled.
        """
        return self._file.write(lambda db: self._begin(db, intent, instead_of, now_ms))

    def _begin(
        self,
        db: sqlite3.Connection,
        intent: Intent,
        instead_of: int | None,
        now_ms: Callable[[], int] | None,
    ) -> tuple[Entry, bool]:
        if now_ms is not None:
            late_ms = now_ms() - intent.begun_ms
            intent = replace(
                intent, begun_ms=intent.begun_ms + late_ms, until_ms=intent.until_ms + late_ms
            )
        if instead_of is not None:
            old = _get(db, instead_of)
            if not old.open:  # somebody who shares the journal has settled it meanwhile
                return old, False
            history = _more(old, intent.begun_ms, "A person said: send it again.")
            db.execute(
                "UPDATE entries SET state = 'replaced', settled_ms = ?, history = ? WHERE number = ?",
                (intent.begun_ms, history, instead_of),
            )
        there = self._there_already(db, intent)
        if there is not None:
            self._spend(db, intent, there.number)
            return there, False
        values = (
            intent.service, intent.environment, intent.base_url, intent.identity, intent.operation,
            json.dumps(dict(intent.arguments)), json.dumps([list(pair) for pair in intent.query]), intent.body,
            intent.fingerprint, intent.begun_ms, intent.until_ms, intent.skew_ms, self.process,
        )  # fmt: skip
        number = db.execute(
            "INSERT INTO entries (service, environment, base_url, identity, operation, arguments, query, body, "
            "fingerprint, begun_ms, until_ms, skew_ms, process) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)",
            values,
        ).lastrowid
        assert number is not None
        self._spend(db, intent, number)
        return _get(db, number), True

    def _there_already(self, db: sqlite3.Connection, intent: Intent) -> Entry | None:
        """The entry that this change is already: open, done but unheard, or what the same prepared request was spent on."""
        if intent.ticket is not None:
            row = db.execute(
                "SELECT number FROM tickets WHERE ticket = ?", (intent.ticket,)
            ).fetchone()
            if row is not None:
                spent_on = _get(db, row[0])
                if not spent_on.open and not spent_on.unheard:
                    raise AlreadySent
        same = (intent.base_url, intent.identity, intent.fingerprint)
        row = db.execute(
            f"SELECT {_COLUMNS} FROM entries WHERE {_SAME} AND {OPEN}", same
        ).fetchone()
        if row is not None:
            return _entry(row)
        rows = db.execute(
            f"SELECT {_COLUMNS} FROM entries WHERE {_SAME} AND stopped ORDER BY number", same
        )
        unheard = [entry for entry in map(_entry, rows) if entry.unheard]
        return unheard[0] if unheard else None

    def _spend(self, db: sqlite3.Connection, intent: Intent, number: int) -> None:
        if intent.ticket is not None:
            db.execute(
                "INSERT OR IGNORE INTO tickets (ticket, number) VALUES (?, ?)",
                (intent.ticket, number),
            )

    def settle(
        self,
        number: int,
        state: State,
        at_ms: int,
        why: str,
        *,
        status: int | None = None,
        made: str | None = None,
        resource_key: str | None = None,
        answer: str | None = None,
    ) -> Entry:
        """Write down what became of an entry; on disk when this returns. An entry is settled once: the first wins.

        Args:
            made: id of what it made. ``resource_key``: what tells that thing from every other; one entry owns it.
            answer: the answer's JSON, verified where the service signs answers.

        Raises:
            JournalRefused: it cannot be written.
            AlreadyOwned: another entry owns ``resource_key``.
        """

        def settled(db: sqlite3.Connection) -> Entry:
            before = _get(db, number)
            history = _more(before, at_ms, why)
            if before.open:
                db.execute(
                    "UPDATE entries SET state = ?, settled_ms = ?, status = COALESCE(?, status), made = ?, "
                    "resource_key = ?, answer = ?, history = ? WHERE number = ?",
                    (state, at_ms, status, made, resource_key, answer, history, number),
                )
            elif state == "answered" and made is not None and before.made is None:
                # a person had settled it, and then the answer came after all
                db.execute(
                    "UPDATE entries SET made = ?, resource_key = ?, answer = ?, history = ? WHERE number = ?",
                    (made, resource_key, answer, history, number),
                )
            if state == "unsent":
                db.execute(
                    "DELETE FROM tickets WHERE number = ?", (number,)
                )  # it may be sent after all
            return _get(db, number)

        def once(db: sqlite3.Connection) -> Entry:
            try:
                return settled(db)
            except sqlite3.IntegrityError:
                raise AlreadyOwned(f"{made} belongs to another entry of the journal.") from None

        return self._file.write(once)

    def doubt(self, number: int, at_ms: int, why: str, *, status: int | None = None) -> Entry:
        """Write down why it is not known what became of an entry; it stays open. What was said last is not said again."""

        def doubted(db: sqlite3.Connection) -> Entry:
            entry = _get(db, number)
            if entry.history and entry.history[-1][1] == why:
                entry = replace(entry, history=entry.history[:-1])
            db.execute(
                f"UPDATE entries SET state = 'doubt', history = ?, status = COALESCE(?, status) WHERE number = ? AND {OPEN}",
                (_more(entry, at_ms, why), status, number),
            )
            return _get(db, number)

        return self._file.write(doubted)

    def stopped(self, number: int, unheard: bool = True) -> Entry:
        """Remember that whoever sent this was stopped before hearing of it; or that somebody has heard of it now."""

        def remembered(db: sqlite3.Connection) -> Entry:
            db.execute("UPDATE entries SET stopped = ? WHERE number = ?", (unheard, number))
            return _get(db, number)

        return self._file.write(remembered)

    # ---- reading ----

    def entries(
        self,
        *,
        only_open: bool = False,
        base_url: str | None = None,
        identity: str | None = None,
    ) -> tuple[Entry, ...]:
        """Entries, oldest first.

        Raises:
            JournalRefused: it cannot be read, or another process has held it for a second.
        """
        sql, values = f"SELECT {_COLUMNS} FROM entries WHERE TRUE", list[str]()
        if only_open:
            sql += f" AND {OPEN}"
        for column, value in (("base_url", base_url), ("identity", identity)):
            if value is not None:
                sql, values = f"{sql} AND {column} = ?", [*values, value]
        return self._file.read(
            lambda db: tuple(map(_entry, db.execute(sql + " ORDER BY number", values)))
        )

    def get(self, number: int) -> Entry:
        """One entry. Raises InputError if there is none."""
        return self._file.read(lambda db: _get(db, number))

    def owned(self, base_url: str) -> frozenset[str]:
        """The ``resource_key`` of everything that entries of this journal made at this address."""
        sql = "SELECT resource_key FROM entries WHERE base_url = ? AND resource_key NOT NULL"
        return self._file.read(lambda db: frozenset(key for (key,) in db.execute(sql, (base_url,))))

    # ---- one in flight ----

    def flight(self, base_url: str, identity: str, fingerprint: str) -> Flight:
        """This change, while it is under way in this process."""
        return Flight((str(id(self._file)), base_url, identity, fingerprint))

    # ---- the file ----

    def clear(self) -> None:
        """Forget everything: for the journal of an emulator that starts anew.

        Raises:
            InputError: a journal in a file; delete the file if that is what you want.
        """
        if self.path != MEMORY:
            raise InputError(
                "Only a journal in memory can be cleared.", hint=f"Delete {self.path} yourself."
            )

        def emptied(db: sqlite3.Connection) -> None:
            db.execute("DELETE FROM entries")
            db.execute("DELETE FROM tickets")

        self._file.write(emptied)

    def close(self) -> None:
        """Close the file. Whoever uses the journal next opens it again."""
        self._file.close()

    def __repr__(self) -> str:
        return f"<Journal {self.path}>"


class AlreadyOwned(InputError):
    """Another entry of the journal owns the thing that this one is said to have made."""


class Flight:
    """While this block runs, the same change in this process joins it. Who began it sets ``outcome``'s result."""

    def __init__(self, key: tuple[str, str, str, str]) -> None:
        self._key, self._mine = key, Future[Any]()
        #: The outcome to be; ``joined``: somebody else has begun it.
        self.outcome, self.joined = self._mine, False

    def __enter__(self) -> Flight:
        self.outcome = _FLIGHTS.under_way.setdefault(self._key, self._mine)
        self.joined = self.outcome is not self._mine
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if not self.joined:
            _FLIGHTS.under_way.pop(self._key, None)
            self._mine.cancel()  # who waits is told where it ended without an outcome


class _Flights:
    """What is under way in this process."""

    def __init__(self) -> None:
        self.begin_anew()

    def begin_anew(self) -> None:
        """What the parent has begun ends in the parent."""
        self.under_way: dict[tuple[str, str, str, str], Future[Any]] = {}


_FLIGHTS = _Flights()
renewed_in_a_child(_FLIGHTS)


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


_OURS: dict[str, str] = {}  # this process's name, by its mark


def _this_process() -> str:
    if process_mark() not in _OURS:
        _OURS[process_mark()] = _process(os.getpid())
    return _OURS[process_mark()]


def _get(db: sqlite3.Connection, number: int) -> Entry:
    row = db.execute(f"SELECT {_COLUMNS} FROM entries WHERE number = ?", (number,)).fetchone()
    if row is None:
        raise InputError(f"The journal has no entry {number}.", hint="See frames.journal().")
    return _entry(row)


def _more(entry: Entry, at_ms: int, why: str) -> str:
    """The history with one more sentence, as it is kept."""
    return json.dumps([*entry.history, (at_ms, why)])


def _entry(row: Sequence[Any]) -> Entry:
    (number, service, environment, base_url, identity, operation, arguments, query, body, fingerprint, begun_ms, until_ms,
     skew_ms, process, state, settled_ms, status, made, answer, history, stopped) = row  # fmt: skip
    try:
        entry = Entry(
            number, service, environment, base_url, identity, operation, _names(arguments), _pairs(query, str), body,
            fingerprint, begun_ms, until_ms, skew_ms, process, state, settled_ms, status, made, answer,
            _pairs(history, int), bool(stopped),
        )  # fmt: skip
        _must_be_whole(entry)
    except (ValueError, TypeError, RecursionError) as error:
        raise JournalRefused(
            f"Entry {number!r} of the journal is damaged: {error}.",
            hint="Something else than this toolkit wrote into it. Restore the file, or name another one.",
            cause="journal-damaged",
        ) from None
    return entry


def _names(text: Any) -> dict[str, str]:
    value = json.loads(text)
    if not isinstance(value, dict) or not all(isinstance(part, str) for part in value.values()):
        raise ValueError("its arguments are no names and texts")
    return value


def _pairs(text: Any, first: type) -> tuple[tuple[Any, str], ...]:
    pairs = tuple((left, right) for left, right in json.loads(text))
    if not all(type(left) is first and isinstance(right, str) for left, right in pairs):
        raise ValueError("its lists are no pairs")
    return pairs


def _must_be_whole(entry: Entry) -> None:
    """Raises ValueError where a column holds what nobody wrote there: SQLite keeps any type in any column."""
    texts = (
        entry.service,
        entry.environment,
        entry.base_url,
        entry.identity,
        entry.operation,
        entry.fingerprint,
    )
    numbers = (entry.number, entry.begun_ms, entry.until_ms)
    maybe_texts = (entry.body, entry.made, entry.answer)
    maybe_numbers = (entry.skew_ms, entry.settled_ms, entry.status)
    if not all(isinstance(value, str) for value in (*texts, entry.process)):
        raise ValueError("a text of it is none")
    if not all(isinstance(value, int) for value in numbers):
        raise ValueError("a number of it is none")
    if not all(isinstance(value, str | None) for value in maybe_texts):
        raise ValueError("a text of it is none")
    if not all(isinstance(value, int | None) for value in maybe_numbers):
        raise ValueError("a number of it is none")
    if entry.state not in _STATES:
        raise ValueError(f"it has no state {entry.state!r}")


_STATES = frozenset(get_args(State))

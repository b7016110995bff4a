"""The journal: every change is written down before it leaves, and settled after.

One file for each user, which several kernels may share; it survives ``kill -9`` at any instant. It
holds what was asked and what became of it: no secret, no signature. A second entry for the very
same change is not begun while one is open, so two clicks, two kernels or a restart never send it
twice: the database itself refuses.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from types import TracebackType, UnionType
from typing import Any, Literal, get_args

import msgspec
from msgspec.structs import replace

from toolkit.base.forked import renewed_in_a_child
from toolkit.base.home import at_home
from toolkit.base.outside import variable
from toolkit.base.processes import this_process
from toolkit.client import journal_trouble
from toolkit.client.journal_file import (
    MEMORY,
    OPEN,
    JournalFile,
    canonical_path,
)
from toolkit.errors import AlreadySent, InputError, JournalRefused

VARIABLE = "QUORUM_TOOLKIT_JOURNAL"

#: ``sent``: written before it leaves, and nothing known since. ``doubt``: it may have happened.
#: Both are open. The others are final: ``unsent`` provably never left; ``replaced`` was sent again,
#: as another entry, because a person said so; ``given-up`` was left alone because a person said so.
State = Literal[
    "sent",
    "doubt",
    "answered",
    "adopted",
    "refused",
    "unsent",
    "replaced",
    "given-up",
]
OPEN_STATES: tuple[State, ...] = ("sent", "doubt")
_COLUMNS = (
    "number, service, environment, base_url, identity, operation, arguments, query, body, "
    "fingerprint, begun_ms, until_ms, skew_ms, process, state, settled_ms, status, made, answer, "
    "history, stopped, idempotency_key, reviewed_by"
)
_NAMES = _COLUMNS.split(", ")  # also the fields of an Entry
_AS_THEY_ARE = (  # what is written of an entry when it begins
    "service",
    "environment",
    "base_url",
    "identity",
    "operation",
    "body",
    "fingerprint",
    "begun_ms",
    "until_ms",
    "skew_ms",
    "process",
    "idempotency_key",
)
_WRITTEN = (*_AS_THEY_ARE, "arguments", "query", "reviewed_by")
_INSERT = f"INSERT INTO entries ({', '.join(_WRITTEN)}) VALUES ({', '.join('?' for _ in _WRITTEN)})"
_STILL_SO = (
    "SELECT 1 FROM entries "
    "WHERE number = ? AND fingerprint = ? AND state = ? AND stopped = ? AND history = ?"
)
_SAME = "base_url = ? AND identity = ? AND fingerprint = ?"
_OF_THE_NUMBER = f"SELECT {_COLUMNS} FROM entries WHERE number = ?"
_OPEN_AND_THE_SAME = f"SELECT {_COLUMNS} FROM entries WHERE {_SAME} AND {OPEN}"
_STOPPED_AND_THE_SAME = f"SELECT {_COLUMNS} FROM entries WHERE {_SAME} AND stopped ORDER BY number"


class Intent(msgspec.Struct, frozen=True):
    """A change about to leave. Times in Unix milliseconds, by this computer's clock."""

    service: str
    environment: str
    base_url: str
    identity: str  # the API key's public half, or the app id
    operation: str
    arguments: Mapping[str, str]
    query: Sequence[tuple[str, str]]
    body: str | None
    fingerprint: str  # SHA-256 (hex) of the request: the same for the same change
    begun_ms: int
    until_ms: int  # after this no attempt can still be under way
    skew_ms: int | None = None  # service's clock minus ours, where it was known
    ticket: str | None = None  # of a prepared request, which is sent once, by whichever process
    idempotency_key: str | None = None  # under which the service does it once
    reviewed_by: tuple[str, ...] = ()  # keys by fingerprint, where a review is asked for


class Entry(msgspec.Struct, frozen=True):
    """One line of the journal. ``history`` is what is known, as (Unix ms, sentence).

    >>> request = cobo.CreateMpcVaultRequest(name="Savings vault", vault_type="Org-Controlled")
    >>> _ = custody.send(cobo.create_mpc_vault(request))
    >>> *_, entry = custody.journal.entries()
    >>> entry.operation, entry.state, entry.open
    ('create_mpc_vault', 'answered', False)
    """

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
    idempotency_key: str | None = None  # under which the service does it once
    reviewed_by: tuple[str, ...] = ()  # keys by fingerprint, where a review is asked for

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
    """A journal in one SQLite file (mode 0600), or ``:memory:``.

    Safe to use from many threads and processes. ``Journal.default()`` is the one of this user: the
    file that ``QUORUM_TOOLKIT_JOURNAL`` names, or one in the user's state folder. Nothing is opened
    before the first change or question. Two Journals of one path share it.

    >>> from toolkit import Emulator, Journal, cobo
    >>> custody = Emulator.seeded().cobo_client()
    >>> vault = cobo.CreateMpcVaultRequest(name="Payouts", vault_type="Org-Controlled")
    >>> _ = custody.send(cobo.create_mpc_vault(vault))
    >>> [(entry.operation, entry.state) for entry in custody.journal.entries()]
    [('create_mpc_vault', 'answered')]
    """

    # one for each place, shared by this process's clients
    _defaults: dict[str, Journal] = {}  # noqa: RUF012

    def __init__(self, path: str | Path = MEMORY) -> None:
        """Raises InputError for what is no path."""
        self.path = canonical_path(path)
        self._file = JournalFile.at(self.path)

    @classmethod
    def default(cls) -> Journal:
        """This user's journal.

        Raises:
            JournalRefused: the user has no home directory, and nothing names another place.
        """
        place = variable(VARIABLE)
        if not place:
            place = _users_place()
        return cls._defaults.setdefault(place, cls(place))

    @property
    def process(self) -> str:
        """This process, as entries name the one that began them: computer, number, beginning."""
        return this_process()

    # ---- writing ----

    def begin(
        self,
        intent: Intent,
        *,
        instead_of: int | None = None,
        now_ms: Callable[[], int] | None = None,
    ) -> tuple[Entry, bool]:
        """Write an intent down; on disk when this returns. The entry, and whether it is new.

        Where the same change is open already, that entry is returned and nothing is written; so is
        one that was done while a person pressed stop, once. ``instead_of`` settles an open entry as
        ``replaced`` in the same breath: a person has said to send it again. ``now_ms``: the clock
        to read once the file is ours, which may take a while; the entry begins then.

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
        late_ms = 0
        if now_ms is not None:
            late_ms = now_ms() - intent.begun_ms
        if late_ms:
            intent = replace(
                intent,
                begun_ms=intent.begun_ms + late_ms,
                until_ms=intent.until_ms + late_ms,
            )
        if instead_of is not None:
            old = _get(db, instead_of)
            if not old.open:  # somebody who shares the journal has settled it meanwhile
                return old, False
            _replace(db, old, intent.begun_ms)
        _must_be_unspent(db, intent.ticket)
        entry = _same_change(db, intent)
        is_new = entry is None
        if entry is None:
            entry = _insert(db, intent, self.process)
        _spend(db, intent.ticket, entry.number)
        return entry, is_new

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
        known: Entry | None = None,
    ) -> Entry:
        """Write down what became of an entry; on disk when this returns.

        An entry is settled once: the first wins.

        Args:
            known: the entry as it was last seen; where it is still so, it is not read again.
            made: id of what it made.
            resource_key: what tells that thing from every other; one entry owns it.
            answer: the answer's JSON, verified where the service signs answers.

        Raises:
            JournalRefused: it cannot be written.
            AlreadyOwned: another entry owns ``resource_key``.
        """

        def settled(db: sqlite3.Connection) -> Entry:
            before = _as_it_is(db, number, known)
            after = _after(before, state, at_ms, why, status, made, answer)
            if after is not before:
                db.execute(
                    "UPDATE entries SET state = ?, settled_ms = ?, status = ?, made = ?, "
                    "resource_key = ?, answer = ?, history = ? WHERE number = ?",
                    (
                        after.state,
                        after.settled_ms,
                        after.status,
                        made,
                        resource_key,
                        answer,
                        json.dumps(after.history),
                        number,
                    ),
                )
            if state == "unsent":  # it may be sent after all
                db.execute("DELETE FROM tickets WHERE number = ?", (number,))
            return after

        def once(db: sqlite3.Connection) -> Entry:
            try:
                return settled(db)
            except sqlite3.IntegrityError:
                raise AlreadyOwned(f"{made} belongs to another entry of the journal.") from None

        return self._file.write(once)

    def doubt(self, number: int, at_ms: int, why: str, *, status: int | None = None) -> Entry:
        """Write down why it is not known what became of an entry; it stays open.

        The same reason is not written twice in a row.

        Raises:
            JournalRefused: it cannot be written.
        """

        def doubted(db: sqlite3.Connection) -> Entry:
            entry = _get(db, number)
            if entry.history and entry.history[-1][1] == why:
                entry = replace(entry, history=entry.history[:-1])
            db.execute(
                "UPDATE entries SET state = 'doubt', history = ?, status = COALESCE(?, status) "
                f"WHERE number = ? AND {OPEN}",
                (_more(entry, at_ms, why), status, number),
            )
            return _get(db, number)

        return self._file.write(doubted)

    def stopped(self, number: int, unheard: bool = True) -> Entry:
        """Remember that whoever sent this was stopped before hearing of it.

        ``unheard=False``: that somebody has heard of it now.
        """

        def remembered(db: sqlite3.Connection) -> Entry:
            db.execute(
                "UPDATE entries SET stopped = ? WHERE number = ?",
                (unheard, number),
            )
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
        sql = f"SELECT {_COLUMNS} FROM entries WHERE TRUE"
        values: list[str] = []
        if only_open:
            sql += f" AND {OPEN}"
        if base_url is not None:
            sql += " AND base_url = ?"
            values.append(base_url)
        if identity is not None:
            sql += " AND identity = ?"
            values.append(identity)
        sql += " ORDER BY number"
        return self._file.read(lambda db: tuple(map(_entry, db.execute(sql, values))))

    def get(self, number: int) -> Entry:
        """One entry. Raises InputError if there is none."""
        if type(number) is not int:
            raise InputError(
                f"An entry is named by its number, not by {type(number).__name__}.",
                hint="See frames.journal(). An exchange has a receipt of its own: .receipt().",
            )
        return self._file.read(lambda db: _get(db, number))

    def owned(self, base_url: str) -> frozenset[str]:
        """The ``resource_key`` of everything that entries of this journal made at this address."""
        sql = "SELECT resource_key FROM entries WHERE base_url = ? AND resource_key NOT NULL"

        def keys(db: sqlite3.Connection) -> frozenset[str]:
            return frozenset(key for (key,) in db.execute(sql, (base_url,)))

        return self._file.read(keys)

    def first_sent_ms(self, idempotency_key: str) -> int:
        """When a request with this key was first written down to be sent, Unix milliseconds.

        Raises:
            InputError: no entry has it.
        """
        sql = "SELECT min(begun_ms) FROM entries WHERE idempotency_key = ?"

        def first(db: sqlite3.Connection) -> int | None:
            begun_ms: int | None = db.execute(sql, (idempotency_key,)).fetchone()[0]
            return begun_ms

        begun_ms = self._file.read(first)
        if begun_ms is None:
            raise InputError(
                "No entry of the journal has this idempotency key.", hint="See frames.journal()."
            )
        return begun_ms

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
                "Only a journal in memory can be cleared.",
                hint=f"Delete {self.path} yourself.",
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


def _users_place() -> str:
    """Where this user's journal is, if nothing names another place."""
    import platformdirs

    try:
        return str(at_home(platformdirs.user_state_path("quorum-toolkit") / "journal.sqlite"))
    except InputError as error:
        reason = error.what
    except RuntimeError as error:  # newer platformdirs look for the home directory themselves
        reason = f"{str(error)[:1].upper()}{str(error)[1:].rstrip('.')}."
    raise journal_trouble.of_home(reason)


class AlreadyOwned(InputError):
    """Another entry of the journal owns the thing that this one is said to have made."""


class Flight:
    """While this block runs, the same change in this process joins it.

    Who began it sets ``outcome``'s result.
    """

    def __init__(self, key: tuple[str, str, str, str]) -> None:
        self._key = key
        self._mine: Future[Any] = Future()
        #: The outcome to be.
        self.outcome = self._mine
        #: Whether somebody else has begun it.
        self.joined = False

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


# ---- rows ----------------------------------------------------------------------------------------


def _must_be_unspent(db: sqlite3.Connection, ticket: str | None) -> None:
    """Raises AlreadySent for a ticket that was spent on what is settled, and heard of."""
    if ticket is None:
        return
    row = db.execute("SELECT number FROM tickets WHERE ticket = ?", (ticket,)).fetchone()
    if row is None:
        return
    spent_on = _get(db, row[0])
    if not spent_on.open and not spent_on.unheard:
        raise AlreadySent


def _spend(db: sqlite3.Connection, ticket: str | None, number: int) -> None:
    if ticket is not None:
        db.execute(
            "INSERT OR IGNORE INTO tickets (ticket, number) VALUES (?, ?)",
            (ticket, number),
        )


def _same_change(db: sqlite3.Connection, intent: Intent) -> Entry | None:
    """The entry that this change is already: open, or done but unheard."""
    same = (intent.base_url, intent.identity, intent.fingerprint)
    row = db.execute(_OPEN_AND_THE_SAME, same).fetchone()
    if row is not None:
        return _entry(row)
    for entry in map(_entry, db.execute(_STOPPED_AND_THE_SAME, same).fetchall()):
        if entry.unheard:
            return entry
    return None


def _replace(db: sqlite3.Connection, entry: Entry, at_ms: int) -> None:
    db.execute(
        "UPDATE entries SET state = 'replaced', settled_ms = ?, history = ? WHERE number = ?",
        (
            at_ms,
            _more(entry, at_ms, "A person said: send it again."),
            entry.number,
        ),
    )


def _after(
    before: Entry,
    state: State,
    at_ms: int,
    why: str,
    status: int | None,
    made: str | None,
    answer: str | None,
) -> Entry:
    """An entry once it is settled so; the very same where it was settled before."""
    history = (*before.history, (at_ms, why))
    if before.open:
        return replace(
            before,
            state=state,
            settled_ms=at_ms,
            status=before.status if status is None else status,
            made=made,
            answer=answer,
            history=history,
        )
    if state == "answered" and made is not None and before.made is None:
        # a person had settled it, and then the answer came after all
        return replace(before, made=made, answer=answer, history=history)
    return before


def _insert(db: sqlite3.Connection, intent: Intent, process: str) -> Entry:
    """A new entry, as it is written and not read again."""
    entry = Entry(
        number=0,  # the database's to give
        service=intent.service,
        environment=intent.environment,
        base_url=intent.base_url,
        identity=intent.identity,
        operation=intent.operation,
        arguments=dict(intent.arguments),
        query=tuple((name, value) for name, value in intent.query),
        body=intent.body,
        fingerprint=intent.fingerprint,
        begun_ms=intent.begun_ms,
        until_ms=intent.until_ms,
        skew_ms=intent.skew_ms,
        process=process,
        state="sent",
        settled_ms=None,
        status=None,
        made=None,
        answer=None,
        history=(),
        idempotency_key=intent.idempotency_key,
        reviewed_by=intent.reviewed_by,
    )
    values = [getattr(entry, name) for name in _AS_THEY_ARE]
    values.append(json.dumps(entry.arguments))
    values += [_written(entry.query), _written(entry.reviewed_by)]
    number = db.execute(_INSERT, values).lastrowid
    assert number is not None
    return replace(entry, number=number)


def _get(db: sqlite3.Connection, number: int) -> Entry:
    row = db.execute(_OF_THE_NUMBER, (number,)).fetchone()
    if row is None:
        raise InputError(f"The journal has no entry {number}.", hint="See frames.journal().")
    return _entry(row)


def _as_it_is(db: sqlite3.Connection, number: int, known: Entry | None) -> Entry:
    """An entry as it is now; read where it is no longer what is known."""
    if known is None:
        return _get(db, number)
    same = (number, known.fingerprint, known.state, known.stopped, _written(known.history))
    if db.execute(_STILL_SO, same).fetchone() is None:
        return _get(db, number)
    return known


def _written(values: tuple[Any, ...]) -> str:
    """Pairs or texts as they are kept, in JSON; most often there are none."""
    return json.dumps(values) if values else "[]"


def _more(entry: Entry, at_ms: int, why: str) -> str:
    """The history with one more sentence, as it is kept."""
    return json.dumps([*entry.history, (at_ms, why)])


def _entry(row: Sequence[Any]) -> Entry:
    """A row of ``_COLUMNS`` as an entry. Raises JournalRefused for a damaged one."""
    values = dict(zip(_NAMES, row, strict=True))
    try:
        values["arguments"] = _names(values["arguments"])
        values["query"] = _pairs(values["query"], str)
        values["history"] = _pairs(values["history"], int)
        values["reviewed_by"] = tuple(json.loads(values["reviewed_by"]))
        values["stopped"] = bool(values["stopped"])
        entry = Entry(**values)
        _must_be_whole(entry)
    except (ValueError, TypeError, RecursionError) as error:
        raise JournalRefused(
            f"Entry {row[0]!r} of the journal is damaged: {error}.",
            hint="Something else than this toolkit wrote into it. "
            "Restore the file, or name another one.",
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
    """Raises ValueError where a column holds what nobody wrote there.

    SQLite keeps any type in any column.
    """
    _must_all_be(
        str,
        "a text",
        entry.service,
        entry.environment,
        entry.base_url,
        entry.identity,
        entry.operation,
        entry.fingerprint,
        entry.process,
        *entry.reviewed_by,
    )
    _must_all_be(int, "a number", entry.number, entry.begun_ms, entry.until_ms)
    _must_all_be(str | None, "a text", entry.body, entry.made, entry.answer, entry.idempotency_key)
    _must_all_be(int | None, "a number", entry.skew_ms, entry.settled_ms, entry.status)
    if entry.state not in _STATES:
        raise ValueError(f"it has no state {entry.state!r}")


def _must_all_be(kind: type | UnionType, what: str, *values: object) -> None:
    for value in values:
        if not isinstance(value, kind):
            raise ValueError(f"{what} of it is none")


_STATES = frozenset(get_args(State))

"""Why a journal cannot be used: each remedy belongs to a cause that was looked at, and no other is named."""

from __future__ import annotations

import errno
import gc
import os
import pwd
import re
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.emulated import lost
from tests.samples import QUORUM, VAULT, intent
from tests.screen import quorum_form, screen
from toolkit import Emulator, cobo, frames, privy
from toolkit.client import journal_trouble
from toolkit.client.journal import Journal
from toolkit.errors import InputError, JournalRefused

PLACE = "can be written"
REAL = sqlite3.connect


def played(monkeypatch: pytest.MonkeyPatch, look: Callable[[str], None]) -> None:
    """From now on each statement is looked at first, by whichever connection."""

    class Played(sqlite3.Connection):
        def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
            look(sql)
            return super().execute(sql, *values)

        def cursor(self, *_: Any) -> Any:
            raise AssertionError("nothing here makes a cursor of its own")

        executemany = executescript = cursor

    def connect(*place: Any, **options: Any) -> sqlite3.Connection:
        return REAL(*place, factory=Played, **options)

    monkeypatch.setattr(sqlite3, "connect", connect)


# ---- an old SQLite --------------------------------------------------------------------------------

#: What SQLite has learned since 3.26, by the word that stands in a statement (its release notes).
SINCE_3_26 = {
    "STRICT": 37, "RETURNING": 35, "->>": 38, "->": 38, "VACUUM INTO": 27, "FILTER": 30, "NULLS FIRST": 30, "NULLS LAST": 30,
    "GENERATED": 31, "IIF": 32, "DROP COLUMN": 35, "MATERIALIZED": 35, "RIGHT JOIN": 39, "FULL JOIN": 39, "IS DISTINCT": 39,
    "UNIXEPOCH": 38, "JSON": 38, "SQLITE_SCHEMA": 33, "TABLE_LIST": 37, "UPDATE FROM": 33, "STRING_AGG": 44, "CONCAT": 44,
}  # fmt: skip


def test_sqlite_3_26_is_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, emulator: Emulator
) -> None:
    """A journal's whole life, format 1 brought up to date included, in statements that SQLite 3.26 knows."""
    statements: list[str] = []

    def look(sql: str) -> None:
        statements.append(sql)
        for word, since in SINCE_3_26.items():
            if re.search(rf"(?<![\w-]){re.escape(word)}(?!\w)", sql, re.IGNORECASE):
                raise sqlite3.OperationalError(f'near "{word}": syntax error (since 3.{since})')

    played(monkeypatch, look)
    monkeypatch.setattr(sqlite3, "sqlite_version", "3.26.0")
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 26, 0))
    for journal in (Journal(), Journal(tmp_path / "journal.sqlite")):
        emulator.reset()
        custody = emulator.cobo_client(journal=journal, window_s=0)
        custody.send(custody.prepare(cobo.create_mpc_vault(VAULT)))
        lost(emulator, "create_mpc_vault", "status-before")
        other = cobo.CreateMpcVaultRequest(name="Other", vault_type="Org-Controlled")
        (number,) = [custody.exchange(cobo.create_mpc_vault(other)).entry]
        assert [entry.number for entry in custody.pending()] == [number]
        assert custody.resolve(number, send_again=True).outcome == "answered"
        journal.stopped(1)
        journal.doubt(number, 1, "again")
        assert len(frames.journal(journal)) == len(journal.entries()) == 3
        assert journal.owned(custody.environment.base_url)
    Journal(tmp_path / "journal.sqlite").close()
    old = REAL(tmp_path / "journal.sqlite")
    old.executescript(
        "DROP TABLE tickets; DROP INDEX stopped_ones; ALTER TABLE entries DROP COLUMN stopped; "
        "DROP INDEX keyed_ones; ALTER TABLE entries DROP COLUMN idempotency_key; ALTER TABLE entries DROP COLUMN reviewed_by; PRAGMA user_version = 1"
    )
    old.close()
    assert len(Journal(tmp_path / "journal.sqlite").entries()) == 3
    kinds = {sql.split()[0] for sql in statements}
    assert kinds >= {"ALTER", "BEGIN", "COMMIT", "CREATE", "INSERT", "PRAGMA", "SELECT", "UPDATE"}


def test_an_sqlite_that_is_too_old(monkeypatch: pytest.MonkeyPatch, emulator: Emulator) -> None:
    """An older one is named, with the version that is needed; nothing is sent, and reads go on."""
    monkeypatch.setattr(sqlite3, "sqlite_version", "3.22.0")
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 22, 0))
    custody = emulator.cobo_client(journal=Journal())
    with pytest.raises(JournalRefused, match=r"SQLite 3\.22\.0.*3\.26 or newer") as caught:
        custody.send(cobo.create_mpc_vault(VAULT))
    assert PLACE not in str(caught.value)
    assert emulator.ledger == []
    assert custody.send(cobo.get_api_key_info()).name == "treasury-bot"


# ---- what the codes say ---------------------------------------------------------------------------


def _refused(code: int, text: str) -> sqlite3.Error:
    error = sqlite3.OperationalError(text)
    error.sqlite_errorcode = code
    return error


REMEDIES: list[tuple[str, JournalRefused, str]] = [
    ("read-only", journal_trouble.of_sqlite("j", _refused(sqlite3.SQLITE_READONLY, "attempt to write a readonly database")), PLACE),
    ("an extended code", journal_trouble.of_sqlite("j", _refused(sqlite3.SQLITE_READONLY_DIRECTORY, "attempt to write")), PLACE),
    ("cannot be opened", journal_trouble.of_sqlite("j", _refused(sqlite3.SQLITE_CANTOPEN, "unable to open database file")), PLACE),
    ("full", journal_trouble.of_sqlite("j", _refused(sqlite3.SQLITE_FULL, "database or disk is full")), "Free some room"),
    ("the disk", journal_trouble.of_sqlite("j", _refused(sqlite3.SQLITE_IOERR_WRITE, "disk I/O error")), "Look at that disk"),
    ("damaged", journal_trouble.of_sqlite("j", _refused(sqlite3.SQLITE_CORRUPT, "database disk image is malformed")), "restore it"),
    ("no database", journal_trouble.of_sqlite("j", _refused(sqlite3.SQLITE_NOTADB, "file is not a database")), "another file"),
    ("a statement", journal_trouble.of_sqlite("j", _refused(sqlite3.SQLITE_ERROR, 'near "X": syntax error')), "another SQLite"),
    ("a missing table", journal_trouble.of_sqlite("j", _refused(sqlite3.SQLITE_ERROR, "no such table: tickets")), ""),
    ("misuse", journal_trouble.of_sqlite("j", _refused(sqlite3.SQLITE_MISUSE, "bad parameter")), ""),
    ("no code", journal_trouble.of_sqlite("j", sqlite3.ProgrammingError("Cannot operate on a closed database.")), ""),
    ("no leave", journal_trouble.of_system("j", PermissionError(errno.EACCES, "Permission denied")), PLACE),
    ("a read-only disk", journal_trouble.of_system("j", OSError(errno.EROFS, "Read-only file system")), PLACE),
    ("no room", journal_trouble.of_system("j", OSError(errno.ENOSPC, "No space left on device")), "Free some room"),
    ("a number", journal_trouble.of_value("j", OverflowError("Python int too large")), ""),
    ("a pipe", journal_trouble.of_kind("j"), "another file"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("error", "remedy"), [case[1:] for case in REMEDIES], ids=[case[0] for case in REMEDIES]
)
def test_each_cause_has_its_remedy(error: JournalRefused, remedy: str) -> None:
    """The remedy is that of the code; a place that can be written is asked for only where writing was refused."""
    assert remedy in error.hint
    assert bool(remedy) == bool(error.hint)
    assert (PLACE in error.hint) is (remedy == PLACE)
    assert "j" in error.what


def test_a_statement_that_is_not_known(monkeypatch: pytest.MonkeyPatch, emulator: Emulator) -> None:
    """Where SQLite itself refuses a statement, its version is named and no place is asked for."""

    def look(sql: str) -> None:
        if sql.startswith("INSERT"):
            raise _refused(sqlite3.SQLITE_ERROR, 'near "INSERT": syntax error')

    played(monkeypatch, look)
    with pytest.raises(JournalRefused, match=f"SQLite {sqlite3.sqlite_version}") as caught:
        emulator.cobo_client(journal=Journal()).send(cobo.create_mpc_vault(VAULT))
    assert PLACE not in str(caught.value)


# ---- no home, no file system ----------------------------------------------------------------------


@pytest.fixture
def homeless(monkeypatch: pytest.MonkeyPatch) -> None:
    """A user without a home, and nothing that names the journal's place."""

    def nobody(_: Any) -> Any:
        raise KeyError("no such user")

    for name in ("HOME", "XDG_STATE_HOME", "QUORUM_TOOLKIT_JOURNAL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(pwd, "getpwuid", nobody)


def client_of(emulator: Emulator, journal: Path | str | None = None) -> privy.Client:
    """A client that opens its own journal: this user's, where none is named."""
    return emulator.privy_client(journal=journal)


@pytest.mark.parametrize("folders", ["now", "older platformdirs"])
def test_no_home(
    homeless: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folders: str
) -> None:
    """This user's journal has no place: changes are refused with the remedy, reads go on, forms are drawn and say so."""
    monkeypatch.chdir(tmp_path)
    if folders != "now":  # these gave ~ back as it is, and did not look
        usual = Path("~/.local/state/quorum-toolkit")
        monkeypatch.setattr("platformdirs.user_state_path", lambda *_: usual)
    emulator = Emulator.seeded()
    app = client_of(emulator)
    for act in (lambda: app.send(privy.create_key_quorum(QUORUM)), app.pending, frames.journal):
        with pytest.raises(JournalRefused, match="no place for this user's journal") as caught:
            act()
        assert caught.value.cause == "no-home"
        assert "Set HOME" in caught.value.hint
        assert "QUORUM_TOOLKIT_JOURNAL" in caught.value.hint
    assert emulator.ledger == []
    assert app.send(privy.list_wallets(limit=1)) is not None
    assert "no place for this user" in screen(privy.forms.create_key_quorum(app))
    assert list(tmp_path.iterdir()) == []  # no folder named ~
    with pytest.raises(InputError, match="HOME is not set"):
        client_of(emulator, "~/journal.sqlite")
    assert client_of(emulator, tmp_path / "j").send(privy.create_key_quorum(QUORUM))


def test_memory_needs_no_file_system(homeless: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A journal in memory is made, written and read without one touch of a file: the emulator runs anywhere."""
    emulator = Emulator.seeded()
    form = quorum_form(emulator)
    touched: list[str] = []

    def refuse(name: str) -> Callable[..., Any]:
        def touch(*what: Any, **_: Any) -> Any:
            touched.append(f"{name} {what[:1]}")
            raise OSError(errno.EROFS, "Read-only file system")

        return touch

    emulator = Emulator.seeded()
    custody = emulator.cobo_client()
    for name in ("open", "mkdir", "stat", "lstat", "chmod", "unlink"):
        monkeypatch.setattr(os, name, refuse(name))
    made = custody.send(cobo.create_mpc_vault(VAULT))
    entries = custody.journal.entries()
    monkeypatch.undo()
    assert touched == []
    assert [entry.made for entry in entries] == [made.vault_id]
    assert form.title


# ---- every connection is closed -------------------------------------------------------------------


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[int, str]]:
    """The files and memories that are open, by number; not that of the emulator, which is open by then."""
    opened: dict[int, str] = {}

    class Counted(sqlite3.Connection):
        def __init__(self, place: str, *more: Any, **options: Any) -> None:
            super().__init__(place, *more, **options)
            self.place = place
            opened[id(self)] = place

        def close(self) -> None:
            super().close()
            opened.pop(id(self), None)

    def connect(*place: Any, **options: Any) -> sqlite3.Connection:
        return REAL(*place, factory=Counted, **options)

    monkeypatch.setattr(sqlite3, "connect", connect)
    yield opened
    gc.collect()
    assert opened == {}, "left open, which Python 3.13 warns of"


@pytest.mark.parametrize("place", ["a path", "this user's"])
def test_close_closes_the_file(
    emulator: Emulator, connections: dict[int, str], tmp_path: Path, place: str
) -> None:
    """A client that named its journal, or uses this user's, closes it; used again it opens again, with all that it knew."""
    journal = tmp_path / "j.sqlite" if place == "a path" else None
    with client_of(emulator, journal) as app:
        app.send(privy.create_key_quorum(QUORUM))
        assert len(connections) == 1
    assert connections == {}
    assert len(app.journal.entries()) == 1
    app.close()
    assert connections == {}


def test_a_journal_that_was_passed_stays_open(
    emulator: Emulator, connections: dict[int, str]
) -> None:
    """A Journal belongs to whoever made it: one in memory would be forgotten. It ends with its last reference."""
    journal = Journal()
    with emulator.privy_client(journal=journal) as app:
        app.send(privy.create_key_quorum(QUORUM))
    assert len(journal.entries()) == 1
    journal.close()
    assert connections == {}
    other = Journal()
    other.begin(intent())
    assert len(connections) == 1
    del other
    gc.collect()
    assert connections == {}


def test_what_cannot_be_opened_is_closed(connections: dict[int, str], tmp_path: Path) -> None:
    """A file that is no journal leaves nothing open."""
    path = tmp_path / "notes"
    path.write_text("these are somebody's notes " * 50)
    with pytest.raises(JournalRefused):
        Journal(path).entries()
    assert connections == {}

"""The journal's file: only ours is touched, another's is left as it was, and what happens to it meanwhile is told."""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.forked import held_by_another_thread
from tests.inside import file_of, while_opening
from tests.samples import intent
from tests.screen import screen
from toolkit import Emulator, privy
from toolkit.client.journal import Journal
from toolkit.client.journal_file import FORMAT, JournalFile
from toolkit.errors import InputError, JournalRefused


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


# ---- what it is pointed at ------------------------------------------------------------------------


def _notes(path: Path) -> None:
    path.write_text("somebody's notes\n" * 100)


def _database(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE entries (number INTEGER, text TEXT)")
        db.execute("PRAGMA user_version = 1")
    db.close()


def _write_ahead(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("CREATE TABLE notes (text)")
    db.close()


def _folder(path: Path) -> None:
    path.mkdir()


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _link_to_a_device(path: Path) -> None:
    path.symlink_to("/dev/null")


FOREIGN = [_notes, _database, _write_ahead, _folder, _pipe, _link_to_a_device]


@pytest.mark.parametrize("make", FOREIGN, ids=lambda make: make.__name__)
def test_anothers_is_left_as_it_was(tmp_path: Path, make: Callable[[Path], None]) -> None:
    """What is no journal is refused; its contents and its mode stay, and nothing is left beside it."""
    path = tmp_path / "place"
    make(path)
    if path.is_file() and not path.is_symlink():
        path.chmod(0o644)
    mode, content = _mode(path), path.read_bytes() if path.is_file() else b""
    for act in (lambda: Journal(path).begin(intent()), lambda: Journal(path).entries()):
        with pytest.raises(JournalRefused, match=r"place|/dev/null"):
            act()
    assert (_mode(path), path.read_bytes() if path.is_file() else b"") == (mode, content)
    assert [left.name for left in tmp_path.iterdir()] == ["place"]


def test_ours_is_for_its_owner_alone(tmp_path: Path) -> None:
    """A file that we made, an empty one, and a journal with another mode: each is a journal of mode 0600 then."""
    empty = tmp_path / "empty"
    empty.touch(mode=0o644)
    for path in (tmp_path / "new", empty):
        Journal(path).begin(intent())
        assert _mode(path) == 0o600
    Journal(empty).close()
    empty.chmod(0o640)
    assert len(Journal(empty).entries()) == 1
    assert _mode(empty) == 0o600


@pytest.mark.parametrize("path", ["a\0b", "a\ud800b", 5, b"bytes", "~nobody-of-that-name/j"])
def test_what_is_no_path(path: object) -> None:
    """A NUL, half a character, a number or a home that nobody has is refused by name."""
    with pytest.raises((InputError, JournalRefused), match=r"journal|path"):
        Journal(path).entries()  # type: ignore[arg-type]


#: What takes a journal back to a format, one after another from the newest: by the format before.
UNDONE = {
    1: "DROP TABLE tickets; DROP INDEX stopped_ones; ALTER TABLE entries DROP COLUMN stopped;",
    2: "DROP INDEX keyed_ones; ALTER TABLE entries DROP COLUMN idempotency_key;",
    3: "ALTER TABLE entries DROP COLUMN reviewed_by;",
}


@pytest.mark.parametrize("version", UNDONE)
def test_an_older_journal_is_brought_up_to_date(tmp_path: Path, version: int) -> None:
    """A journal of an earlier format keeps its entries and learns what the formats since know."""
    path = tmp_path / "journal.sqlite"
    Journal(path).begin(intent())
    Journal(path).close()
    with sqlite3.connect(path) as db:
        since = "".join(UNDONE[each] for each in UNDONE if each >= version)
        db.executescript(f"{since} PRAGMA user_version = {version}")
    db.close()
    (entry,) = Journal(path).entries()
    known = (entry.operation, entry.stopped, entry.idempotency_key, entry.reviewed_by)
    assert known == ("create_mpc_vault", False, None, ())
    Journal(path).close()
    with sqlite3.connect(path) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (FORMAT,)
    db.close()


# ---- one open file, one object --------------------------------------------------------------------


def test_two_journals_of_a_path_share_it(tmp_path: Path) -> None:
    """Two Journals of one path, by whatever name, have one connection; closing one lets the other go on."""
    (tmp_path / "link").symlink_to(tmp_path)
    one, two = Journal(tmp_path / "journal.sqlite"), Journal(tmp_path / "link" / "journal.sqlite")
    entry, _ = one.begin(intent())
    assert file_of(one) is file_of(two)
    one.close()
    assert two.get(entry.number) == entry


def test_locks_survive_another_journal(tmp_path: Path) -> None:
    """While one transaction is open, making, using and closing other Journals of the file lets nobody else in."""
    path = tmp_path / "journal.sqlite"
    journal = Journal(path)
    journal.entries()
    other = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)

    def meanwhile(db: sqlite3.Connection) -> None:
        for _ in range(20):
            Journal(path)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")

    file_of(journal).write(meanwhile)
    other.close()


# ---- how it is written ----------------------------------------------------------------------------


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on nothing is surely on a disk of this computer."""
    monkeypatch.setattr("toolkit.client.journal_file.is_surely_local", lambda folder: False)


@pytest.fixture
def local(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on everything is."""
    monkeypatch.setattr("toolkit.client.journal_file.is_surely_local", lambda folder: True)


def _written(path: Path) -> tuple[str, int]:
    """How its transactions are written, and how surely: 2 is FULL."""

    def told(db: sqlite3.Connection) -> tuple[str, int]:
        (mode,), (synchronous,) = (
            db.execute(f"PRAGMA {name}").fetchone() for name in ("journal_mode", "synchronous")
        )
        return mode, synchronous

    return file_of(Journal(path)).read(told)


@pytest.mark.usefixtures("local")
def test_ahead_on_a_disk_of_this_computer(tmp_path: Path) -> None:
    """There it writes ahead and syncs each transaction; what SQLite puts beside it is its owner's alone; closed, all is in it."""
    path = tmp_path / "journal.sqlite"
    journal = Journal(path)
    journal.begin(intent())
    assert _written(path) == ("wal", 2)
    journal.close()
    path.chmod(0o644)
    journal.begin(intent("another"))
    beside = sorted(tmp_path.iterdir())
    assert [each.name.removeprefix("journal.sqlite") for each in beside] == ["", "-shm", "-wal"]
    assert {_mode(each) for each in beside} == {0o600}
    journal.close()
    assert [each.name for each in tmp_path.iterdir()] == ["journal.sqlite"]
    assert len(Journal(path).entries()) == 2


@pytest.mark.usefixtures("elsewhere")
def test_with_a_rollback_journal_elsewhere(tmp_path: Path) -> None:
    """Where a file system is not surely local, nothing is written ahead, and nothing stays beside the file."""
    path = tmp_path / "journal.sqlite"
    Journal(path).begin(intent())
    assert _written(path) == ("delete", 2)
    assert [each.name for each in tmp_path.iterdir()] == ["journal.sqlite"]


@pytest.mark.usefixtures("local")
def test_moved_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A journal that was written ahead is taken back where that is not safe: all of it is kept, or it is not used."""
    path = tmp_path / "journal.sqlite"
    journal = Journal(path)
    entry, _ = journal.begin(intent())
    journal.close()
    monkeypatch.setattr("toolkit.client.journal_file.is_surely_local", lambda folder: False)
    monkeypatch.setattr("toolkit.client.journal_file.LOOKING_S", 0.05)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("SELECT count(*) FROM entries").fetchone()  # another program has it as it was
    with pytest.raises(JournalRefused, match="locked by another process"):
        journal.entries()
    other.close()
    assert journal.entries() == (entry,)
    assert _written(path) == ("delete", 2)


@pytest.mark.usefixtures("local")
def test_a_look_waits_for_nobody_who_writes(tmp_path: Path) -> None:
    """Written ahead, it can be read while another process writes into it."""
    path = tmp_path / "journal.sqlite"
    journal = Journal(path)
    journal.begin(intent())
    other = sqlite3.connect(path, timeout=0, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    assert len(journal.entries()) == 1
    other.close()


@pytest.mark.parametrize("mode", ["local", "elsewhere"])
def test_closed_for_a_fork(tmp_path: Path, mode: str, request: pytest.FixtureRequest) -> None:
    """While this process forks its journal is closed; parent and child then have one each, with locks of its own."""
    request.getfixturevalue(mode)
    path = tmp_path / "journal.sqlite"
    journal = Journal(path)
    journal.begin(intent("before"))
    file_of(journal).before_a_fork()
    other = sqlite3.connect(path, timeout=0, isolation_level=None)
    other.execute("PRAGMA locking_mode = EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")  # nobody else has it open
    other.close()
    file_of(journal).after_a_fork()
    child = os.fork()
    if child == 0:
        journal.begin(intent("in the child"))
        journal.close()
        os._exit(0)
    journal.begin(intent("in the parent"))
    assert os.waitpid(child, 0)[1] == 0
    prints = {entry.fingerprint for entry in journal.entries()}
    assert prints == {"before", "in the child", "in the parent"}


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded")
def test_forked_while_a_journal_is_opened(tmp_path: Path) -> None:
    """A child that was forked while another thread was opening a journal opens its own."""
    with held_by_another_thread(while_opening()):
        child = os.fork()
        if child == 0:
            journal = Journal(tmp_path / "journal.sqlite")
            os._exit(0 if not journal.entries() else 1)
        assert os.waitpid(child, 0)[1] == 0


@pytest.mark.usefixtures("local")
def test_gone_while_it_was_set_aside(tmp_path: Path) -> None:
    """A file that is deleted while this process forks is told as deleted, and not made anew without a word."""
    path = tmp_path / "journal.sqlite"
    journal = Journal(path)
    journal.begin(intent())
    file_of(journal).before_a_fork()
    path.unlink()
    file_of(journal).after_a_fork()
    with pytest.raises(JournalRefused, match="deleted"):
        journal.entries()


# ---- what happens to it meanwhile -----------------------------------------------------------------


@pytest.mark.usefixtures("elsewhere")
def test_locked_by_another_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A look says so after a second; a change waits until the other is done."""
    monkeypatch.setattr("toolkit.client.journal_file.LOOKING_S", 0.05)
    path = tmp_path / "journal.sqlite"
    journal = Journal(path)
    journal.begin(intent())
    other = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(JournalRefused, match="locked by another process") as caught:
        journal.entries()
    assert caught.value.cause == "journal-locked"
    threading.Timer(0.5, lambda: other.execute("COMMIT")).start()
    assert journal.begin(intent("other"))[1]
    other.close()


@pytest.mark.usefixtures("elsewhere")
def test_a_form_of_a_locked_journal(
    tmp_path: Path, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Something else has the file: a form is drawn after one short wait, says so, and reads go on."""
    monkeypatch.setattr("toolkit.client.journal_file.LOOKING_S", 0.05)
    monkeypatch.setattr("toolkit.client.journal_file.WRITING_S", 0.05)
    path = tmp_path / "journal.sqlite"
    app = emulator.privy_client(journal=path)
    app.send(privy.create_key_quorum(privy.CreateKeyQuorumRequest(user_ids=["did:privy:a"])))
    other = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN EXCLUSIVE")
    looks: list[JournalFile] = []
    look = JournalFile.read

    def noted(self: JournalFile, work: Any) -> Any:
        looks.append(self)
        return look(self, work)

    monkeypatch.setattr(JournalFile, "read", noted)
    form = privy.forms.create_key_quorum(app)
    assert "locked by another process" in screen(form)
    assert len(looks) == 1
    assert app.send(privy.list_wallets(limit=1)) is not None
    with pytest.raises(JournalRefused, match="locked"):
        app.send(privy.create_key_quorum(privy.CreateKeyQuorumRequest(user_ids=["did:privy:b"])))
    other.close()
    assert not app.pending()


def _deleted(path: Path) -> None:
    path.unlink()


def _replaced(path: Path) -> None:
    path.with_name("new").write_bytes(path.read_bytes())
    path.with_name("new").replace(path)


@pytest.mark.parametrize(("happen", "told"), [(_deleted, "deleted"), (_replaced, "replaced")])
def test_gone_while_it_was_open(
    tmp_path: Path, emulator: Emulator, happen: Callable[[Path], None], told: str
) -> None:
    """Deleted or replaced while it was open: changes are refused and say so, until somebody says that it was meant."""
    path = tmp_path / "journal.sqlite"
    app = emulator.privy_client(journal=path)
    app.send(privy.create_key_quorum(privy.CreateKeyQuorumRequest(user_ids=["did:privy:a"])))
    happen(path)
    other = privy.create_key_quorum(privy.CreateKeyQuorumRequest(user_ids=["did:privy:b"]))
    for _ in range(2):
        with pytest.raises(JournalRefused, match=told) as caught:
            app.send(other)
        assert caught.value.cause == "journal-gone"
    assert len(emulator.ledger) == 1
    app.journal.close()
    assert app.send(other).user_ids == ["did:privy:b"]


def test_deleted_in_the_middle(tmp_path: Path) -> None:
    """What is written into a file that has lost its name is not taken for written down."""
    path = tmp_path / "journal.sqlite"
    journal = Journal(path)
    journal.entries()
    with pytest.raises(JournalRefused, match="deleted"):
        file_of(journal).write(lambda db: path.unlink())


DAMAGE = [
    "history = '{'", "history = '[1]'", "history = '[[\"a\", 1]]'", "arguments = '[]'", "arguments = '{\"a\":1}'",
    "query = 'null'", "begun_ms = 'soon'", "state = 'moved'", "operation = x'00ff'", "body = x'35'", "made = x'80'",
    "history = '" + "[" * 100_000 + "'",
]  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGE, ids=lambda text: text[:24])
def test_a_damaged_row(damage: str) -> None:
    """A row that something else wrote is told as that, with its number; the others can still be read."""
    journal = Journal()
    journal.begin(intent())
    journal.begin(intent("whole"))
    file_of(journal).write(lambda db: db.execute(f"UPDATE entries SET {damage} WHERE number = 1"))  # noqa: S608
    with pytest.raises(JournalRefused, match="Entry 1 of the journal is damaged") as caught:
        journal.entries()
    assert caught.value.cause == "journal-damaged"
    assert journal.get(2).fingerprint == "whole"

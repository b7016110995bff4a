"""After a fork each process has connections, locks and memories of its own, and a prepared change is sent once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from toolkit import Emulator, privy
from toolkit.base.forked import process_mark
from toolkit.client.journal import Journal
from toolkit.emulator.http import serving
from toolkit.errors import InputError

FORKS = 60 if os.environ.get("TEST_CAMPAIGN") else 20


@pytest.mark.parametrize("place", ["local", "elsewhere"])
def test_no_answer_of_the_other(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], place: str
) -> None:
    """Parent and child go on with the same clients: each hears its own answers, and what both send is made once."""
    emulator = Emulator.seeded()
    with serving(emulator) as facts:
        command = [
            sys.executable,
            "-m",
            "tests.conformance.forking",
            json.dumps(facts),
            str(tmp_path / "j.sqlite"),
        ]
        done = subprocess.run(
            [*command, str(FORKS), place], capture_output=True, text=True, timeout=300, check=False
        )
    assert done.returncode == 0, done.stderr[-4000:]
    counts = json.loads(done.stdout)
    made = [entry.body for entry in emulator.ledger if entry.made and "Forked" in entry.body]
    with capsys.disabled():
        print(f"\n{place}, {FORKS} forks: {counts}")
    assert counts["answers"] == 16 * FORKS
    assert counts["foreign answers"] == 0
    assert len(made) == len(set(made)) == FORKS


def test_a_prepared_of_another_process(emulator: Emulator, tmp_path: Path) -> None:
    """A journal in memory cannot know what the other process sent, and says so; a file knows, and the ticket is spent."""
    app = emulator.privy_client(journal=Journal())
    request = privy.CreateKeyQuorumRequest(user_ids=["did:privy:x"])
    prepared = app.prepare(privy.create_key_quorum(request))
    object.__setattr__(prepared, "ticket", prepared.ticket.replace(process_mark(), "00000000"))
    with pytest.raises(InputError, match="another process"):
        app.exchange(prepared)
    one, two = (emulator.privy_client(journal=tmp_path / "journal.sqlite") for _ in range(2))
    assert one.exchange(prepared).outcome == "answered"
    with pytest.raises(InputError, match="sent already"):
        two.exchange(prepared)


def test_a_child_leaves_the_parents_transaction_alone(tmp_path: Path) -> None:
    """A child that is forked in the middle of a transaction neither ends it, nor undoes it, when it goes; nor does
    it use the file, whose locks it has not."""
    program = """
import os, sys, threading
from toolkit.client.journal import Journal
from toolkit.errors import JournalRefused
journal, begun, go_on = Journal(sys.argv[1]), threading.Event(), threading.Event()
def half(db):
    db.execute("INSERT INTO tickets VALUES ('a', 1)")
    begun.set()
    go_on.wait()
    db.execute("INSERT INTO tickets VALUES ('b', 1)")
writer = threading.Thread(target=journal._file.write, args=(half,))
writer.start()
begun.wait()
if os.fork() == 0:
    try:
        journal.entries()
    except JournalRefused as refused:
        print(refused.cause)
    sys.exit(0)  # the interpreter clears up what it has
os.wait()
go_on.set()
writer.join()
print(journal._file.read(lambda db: db.execute("SELECT group_concat(ticket) FROM tickets").fetchone()[0]))
"""
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "journal.sqlite")],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.stdout.split() == ["forked", "a,b"], done.stderr


def test_tickets_tell_processes_apart() -> None:
    """A forked child has another mark than its parent."""
    child = os.fork()
    if child == 0:
        os._exit(0 if process_mark() != _MARK else 1)
    assert os.waitpid(child, 0)[1] == 0


_MARK = process_mark()

"""Two processes, many threads, a Journal object for each use: nothing is begun twice, and the file stays whole."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from toolkit import Emulator
from toolkit.client.journal import Journal
from toolkit.emulator.http import serving

CAMPAIGN = bool(os.environ.get("TEST_CAMPAIGN"))
THREADS, CHANGES = (20, 120) if CAMPAIGN else (6, 40)


@pytest.mark.parametrize(("place", "mode"), [("local", "wal"), ("elsewhere", "delete")])
def test_two_processes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], place: str, mode: str
) -> None:
    """Of each change exactly one thread of one process is told that it is new; the database is in order after that."""
    path = tmp_path / "journal.sqlite"
    emulator = Emulator.seeded()
    emulator.explains = False
    with serving(emulator) as facts:
        command = [
            sys.executable,
            "-m",
            "tests.conformance.journalling",
            json.dumps(facts),
            str(path),
        ]
        programs = [
            subprocess.Popen(
                [*command, str(THREADS), str(CHANGES), place], stdout=subprocess.PIPE, text=True
            )
            for _ in range(2)
        ]
        printed = [program.communicate(timeout=600)[0] for program in programs]
    assert [program.returncode for program in programs] == [0, 0]
    seen = [json.loads(text) for text in printed]
    told_new = Counter(number for program in seen for number in program["new"])
    with capsys.disabled():
        twice = sum(count > 1 for count in told_new.values())
        print(
            f"\n{place}: 2 processes x {THREADS} threads x {CHANGES} changes: {twice} begun twice"
        )
    assert [program["wrong"] for program in seen] == [[], []]
    assert told_new == Counter(range(CHANGES))
    with sqlite3.connect(path) as db:
        assert db.execute("PRAGMA journal_mode").fetchone() == (mode,)
    db.close()
    entries = Journal(path).entries()
    assert sum(entry.fingerprint.startswith("change ") for entry in entries) == CHANGES
    Journal(path).close()
    with sqlite3.connect(path) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    db.close()

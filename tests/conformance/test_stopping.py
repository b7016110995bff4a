"""Pressing stop at any instant: no credential in a traceback, no lock or transaction left, nothing made again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from toolkit import Emulator
from toolkit.emulator.http import serving

SIGNALS = 2_000 if os.environ.get("TEST_CAMPAIGN") else 100
SEED = 20261126


def test_stopped_again_and_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each change is stopped somewhere and run again: made once, told rightly, and the journal knows all of them."""
    emulator = Emulator.seeded(choices={"cobo.vault_name": "any"})
    emulator.explains = False
    with serving(emulator) as facts:
        command = [
            sys.executable,
            "-m",
            "tests.conformance.stopping",
            json.dumps(facts),
            str(tmp_path / "journal.sqlite"),
        ]
        done = subprocess.run(
            [*command, str(SIGNALS), str(SEED)],
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-4000:]
        seen = json.loads(done.stdout)
    made: dict[str, list[str]] = {}
    for entry in emulator.ledger:
        if entry.made and "Stopped" in entry.body:
            fields = json.loads(entry.body)
            made.setdefault(fields.get("name") or fields["display_name"], []).append(entry.made)
    with capsys.disabled():
        print(f"\n{SIGNALS} signals: {seen['counts']}")
    assert seen["counts"]["stopped"] > SIGNALS / 4
    assert seen["counts"]["tracebacks with a credential"] == 0
    assert seen["counts"]["transactions left open"] == 0
    assert seen["counts"]["locks left locked"] == 0
    assert [name for name, ids in made.items() if len(ids) > 1] == []
    assert {name: ids[0] for name, ids in made.items()} == seen["told"]
    assert seen["open"] == []

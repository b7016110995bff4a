"""The page on leaving us: its commands and its script do what it says, with openssl and the standard library."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

from tests.approvals.together import approval_of
from tests.samples import KEYS
from toolkit import Approval, Emulator, Registered, privy
from toolkit.client.journal import Journal
from toolkit.emulator.http import serving

PAGE = (Path(__file__).parents[2] / "docs" / "leaving.md").read_text()
#: The language of each block, and what stands in it.
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
COMMANDS = [
    line
    for _, block in BLOCKS
    for line in block.splitlines()
    if line.startswith(("openssl", "python3"))
]
(SCRIPT,) = (block for language, block in BLOCKS if language == "python")


def shell(command: str, folder: Path) -> str:
    done = subprocess.run(
        ["bash", "-ec", command], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_openssl_signs_and_verifies(tmp_path: Path) -> None:
    """openssl reads our key, signs the message of a file, and verifies a signature in it."""
    approval = approval_of(Emulator.seeded().privy_client()).sign(KEYS[0])
    approval.save(tmp_path / "FILE")
    KEYS[1].save(tmp_path / "carol.pem")
    text, public, digest, message, sign, parts, verify = COMMANDS[:7]
    assert "Private-Key" in shell(text, tmp_path)
    assert shell(public, tmp_path) == KEYS[1].public.to_base64()
    assert shell(digest, tmp_path).startswith(KEYS[1].fingerprint)
    shell(message, tmp_path)
    assert (tmp_path / "message").read_text() == approval.message
    assert approval.add(shell(sign, tmp_path)).ready
    shell(parts, tmp_path)
    assert "Verified OK" in shell(verify, tmp_path)


def test_openssl_verifies_a_registered_quorum(tmp_path: Path) -> None:
    """openssl verifies a registered quorum over what the page says is signed, and nothing that was changed."""
    approval = approval_of(Emulator.seeded().privy_client())
    called = {KEYS[0].fingerprint: 'Zoë "the key"'}
    file = Registered.reviewed(approval, KEYS[1], names=called).save(tmp_path / "REGISTERED")
    parts, verify = COMMANDS[7:]
    shell(parts, tmp_path)
    assert "Verified OK" in shell(verify, tmp_path)
    file.write_text(file.read_text().replace("the key", "the kez"))
    shell(parts, tmp_path)
    assert "Verification failure" in shell(f"{verify} 2>&1 || true", tmp_path)


def test_the_script_sends_it(emulator: Emulator, tmp_path: Path) -> None:
    """The page's script sends an approval with enough signatures, and needs nothing of ours."""
    assert len(SCRIPT.splitlines()) <= 40
    with serving(emulator) as facts:
        place = facts["privy"]
        here = privy.Environment(place["base_url"], "EMULATOR")
        with privy.Client(place["app_id"], place["app_secret"], environment=here) as app:
            approval = approval_of(app).sign(KEYS[0]).sign(KEYS[1]).sign(KEYS[2])
        approval.save(tmp_path / "a.json")
        (tmp_path / "send.py").write_text(SCRIPT)
        done = subprocess.run(
            [sys.executable, "-I", "send.py", "a.json"],
            cwd=tmp_path,
            env={**os.environ, "PRIVY_APP_SECRET": place["app_secret"]},
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    assert '"authorization_threshold":3' in done.stdout.replace(" ", "")


def test_the_journal_is_plain_sqlite(tmp_path: Path) -> None:
    """The page's question to the journal is answered by SQLite alone."""
    path = tmp_path / "journal.sqlite"
    app = Emulator.seeded().privy_client(journal=Journal(path))
    approval = approval_of(app).sign(KEYS[0]).sign(KEYS[1])
    app.send(Approval.load(approval.save(tmp_path / "a.json")))
    app.journal.close()
    (question,) = re.findall(r"sqlite3 journal.sqlite '(.*)'", PAGE)
    with sqlite3.connect(path) as file:
        rows = file.execute(question).fetchall()
    file.close()
    assert [row[1:3] for row in rows][-1] == ("update_key_quorum", "answered")

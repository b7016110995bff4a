"""Where there is less than on Linux: the same parts work with what Windows, or a browser's kernel, lacks made absent."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import smoke

ROOT = Path(__file__).parents[1]
PLAY = """
import sys
from pathlib import Path
from tests import {system}
{system}.play()
from tests.smoke import run
run(Path(sys.argv[1]))
"""


@pytest.mark.parametrize("system", ["windows", "browser_kernel"])
def test_smoke(system: str, tmp_path: Path) -> None:
    """Every part works there, where a text file whose encoding is not named is an error, and a terminal that knows few letters."""
    around = {
        "PYTHONPATH": str(ROOT),
        "PYTHONIOENCODING": "cp1252",
        "QUORUM_TOOLKIT_JOURNAL": str(tmp_path / "users.sqlite"),
        "QUORUM_TOOLKIT_NAMES": str(tmp_path / "names.json"),
    }
    strict = ["-X", "warn_default_encoding", "-W", "error::EncodingWarning"]
    done = subprocess.run(
        [sys.executable, *strict, "-c", PLAY.format(system=system), tmp_path],
        cwd=tmp_path, env={**os.environ, **around}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    parts = [part.__name__.replace("_", " ") for part in smoke.PARTS]
    assert done.stdout.splitlines() == [f"{part}: works" for part in parts]


def test_what_is_played_is_absent() -> None:
    """The plays take away what they say: otherwise the test above would show nothing."""
    code = (
        "from tests import windows, browser_kernel; windows.play(); browser_kernel.play()\n"
        "import os, socket, subprocess, threading\n"
        "told = []\n"
        "for attempt in (lambda: __import__('fcntl'), lambda: os.geteuid(), socket.socket,\n"
        "    lambda: subprocess.Popen(['true']), threading.Thread(target=print).start):\n"
        "    try: attempt()\n"
        "    except Exception as error: told.append(type(error).__name__)\n"
        "print(*told)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stdout.split() == [
        "ModuleNotFoundError", "AttributeError", "OSError", "OSError", "RuntimeError",
    ], done.stderr  # fmt: skip

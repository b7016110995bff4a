"""A browser's own Python, under Node: what needs no compiled package runs there as it stands."""

from __future__ import annotations

import subprocess
import sysconfig
from pathlib import Path

from tests.node_packages import installed

ROOT = Path(__file__).parents[1]
SCRIPT = ROOT / "tests" / "node" / "in_pyodide.py"


def test_in_pyodide() -> None:
    """Files and locks, jobs and what stop must not cut, and who can sign: without a thread or a process."""
    packages = sysconfig.get_paths()["purelib"]
    command = ["node", "pyodide.mjs", ROOT, packages, SCRIPT]
    done = subprocess.run(
        command, cwd=installed(), capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    *parts, where = done.stdout.splitlines()
    assert len(parts) == 4
    assert all(line.endswith(": works") for line in parts)
    assert "emscripten" in where

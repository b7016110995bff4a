"""The Node packages that the tests use: the official SDKs, axe-core for what the browser shows, and
pyright for what a user's type checker says."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent / "node"
BUILD = Path(__file__).parents[1] / "build" / "node"
LOCK = "package-lock.json"


def installed() -> Path:
    """The folder in which they are, installed from the lock: ``build/node``. Anew where the lock has changed since."""
    if shutil.which("npm") is None:
        if os.environ.get("CI"):
            pytest.fail("npm is absent: the Node packages must be there in CI")
        pytest.skip("NOT RUN: there is no npm here, so what needs the Node packages was not tried")
    BUILD.mkdir(parents=True, exist_ok=True)
    with (BUILD / "lock").open("w") as lock:  # tests may run in several processes
        fcntl.flock(lock, fcntl.LOCK_EX)
        _install()
    return BUILD


def _install() -> None:
    done = BUILD / "installed.json"  # the lock that node_modules was made from
    for path in HERE.iterdir():
        if path.is_file():
            shutil.copy(path, BUILD)
    if not done.exists() or done.read_bytes() != (HERE / LOCK).read_bytes():
        command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        subprocess.run(command, cwd=BUILD, check=True, timeout=300)
        shutil.copy(HERE / LOCK, done)

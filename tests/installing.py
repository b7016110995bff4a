"""What the tests need beside their own environment: installed once from a lock, into ``build/``."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import pytest


@contextmanager
def installing(build: Path, lock: Path) -> Iterator[bool]:
    """Alone among the processes that run tests; whether ``build`` is to be made anew, because the lock has changed.

    What raises inside has not installed it: the next one tries again.
    """
    build.mkdir(parents=True, exist_ok=True)
    with (build / "lock").open("w") as alone:
        fcntl.flock(alone, fcntl.LOCK_EX)
        installed = build / f"installed{lock.suffix}"  # the lock that it was made from
        anew = not installed.exists() or installed.read_bytes() != lock.read_bytes()
        yield anew
        if anew:
            shutil.copy(lock, installed)


def absent(what: str, untried: str) -> NoReturn:
    """Ends the test where something is not to be had: in CI it must be there, elsewhere the test was not run."""
    if os.environ.get("CI"):
        pytest.fail(f"{what}, so {untried} was not tried, which it must be in CI")
    pytest.skip(f"NOT RUN: {what}, so {untried} was not tried")


NOTHING_THERE = ("(from versions: none)", "Max retries exceeded")  # pip, out of reach


def programs(build: Path, lock: Path, name: str) -> Path:
    """The folder of programs of an environment of their own, installed from the lock: ``build/venv/bin``."""
    venv = build / "venv"
    with installing(build, lock) as anew:
        if anew:
            _install(venv, lock, name)
    return venv / "bin"


def _install(venv: Path, lock: Path, name: str) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--clear", venv], check=True, timeout=120)
    pip = [venv / "bin" / "python", "-m", "pip", "install", "--disable-pip-version-check"]
    only = ["--quiet", "--require-hashes", "--only-binary", ":all:", "-r", lock]
    done = subprocess.run([*pip, *only], capture_output=True, text=True, timeout=900, check=False)
    if done.returncode == 0:
        return
    if any(words in done.stderr for words in NOTHING_THERE):
        absent(f"pip found nothing to install ({done.stderr.splitlines()[-1]})", name)
    pytest.fail(f"{name} was not installed:\n{done.stderr}")

"""Cobo's own command line, in an environment of its own: it pins what Cobo's SDK wants newer."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.installing import absent, installing

LOCK = Path(__file__).parent / "cobo_cli" / "requirements.txt"
BUILD = Path(__file__).parents[1] / "build" / "cobo-cli"
WITHOUT_WHEELS = (3, 14)  # from here on: it pins pydantic 2.9.2, whose core was built up to 3.13
NOTHING_THERE = ("(from versions: none)", "Max retries exceeded")  # pip, out of reach
NAME = "Cobo's command line"


def installed() -> Path:
    """The program, installed from the lock: ``build/cobo-cli/venv/bin/cobo``. Anew where the lock has changed since."""
    if sys.version_info >= WITHOUT_WHEELS:
        pytest.skip(f"NOT RUN: {NAME} pins a pydantic that has no wheel for this Python")
    venv = BUILD / "venv"
    with installing(BUILD, LOCK) as anew:
        if anew:
            _install(venv)
    return venv / "bin" / "cobo"


def _install(venv: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--clear", venv], check=True, timeout=120)
    pip = [venv / "bin" / "python", "-m", "pip", "install", "--disable-pip-version-check"]
    only = ["--quiet", "--require-hashes", "--only-binary", ":all:", "-r", LOCK]
    done = subprocess.run([*pip, *only], capture_output=True, text=True, timeout=300, check=False)
    if done.returncode == 0:
        return
    if any(words in done.stderr for words in NOTHING_THERE):
        absent(f"pip found nothing to install ({done.stderr.splitlines()[-1]})", NAME)
    pytest.fail(f"{NAME} was not installed:\n{done.stderr}")

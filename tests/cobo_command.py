"""Cobo's own command line, in an environment of its own: it pins what Cobo's SDK wants newer."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.installing import programs

LOCK = Path(__file__).parent / "cobo_cli" / "requirements.txt"
BUILD = Path(__file__).parents[1] / "build" / "cobo-cli"
WITHOUT_WHEELS = (3, 14)  # from here on: it pins pydantic 2.9.2, whose core was built up to 3.13
NAME = "Cobo's command line"


def installed() -> Path:
    """The program, installed from the lock: ``build/cobo-cli/venv/bin/cobo``. Anew where the lock has changed since."""
    if sys.version_info >= WITHOUT_WHEELS:
        pytest.skip(f"NOT RUN: {NAME} pins a pydantic that has no wheel for this Python")
    return programs(BUILD, LOCK, NAME) / "cobo"

"""The Node packages that the tests use: the official SDKs, axe-core for what the browser shows, and
pyright for what a user's type checker says, and Pyodide for the kernel of a browser."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from tests.installing import absent, installing

HERE = Path(__file__).parent / "node"
BUILD = Path(__file__).parents[1] / "build" / "node"


def installed() -> Path:
    """The folder in which they are, installed from the lock: ``build/node``. Anew where the lock has changed since."""
    if shutil.which("npm") is None:
        absent("there is no npm here", "what needs the Node packages")
    with installing(BUILD, HERE / "package-lock.json") as anew:
        for path in HERE.iterdir():
            if path.is_file():
                shutil.copy(path, BUILD)
        if anew:
            command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
            subprocess.run([*command, "--loglevel=error"], cwd=BUILD, check=True, timeout=300)
    return BUILD

"""The files of the project: those that git knows, or all of an unpacked source distribution."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[1]
MADE = {"PKG-INFO"}  # by whatever built the source distribution
MADE_BY_TESTS = {"build", "dist", "node_modules"}


def tracked() -> list[str]:
    """Their names, below the root."""
    if not (ROOT / ".git").exists():
        return [name for name in _unpacked() if name not in MADE]
    done = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [name for name in done.stdout.splitlines() if (ROOT / name).exists()]


def copied_to(folder: Path) -> None:
    """A copy of them, as a fresh checkout has it."""
    for name in tracked():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)


def _unpacked() -> list[str]:
    names = (path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file())
    return sorted(name.as_posix() for name in names if not _is_made(name))


def _is_made(name: Path) -> bool:
    """Whether tests and tools have made it: what is hidden, but for our own, and caches."""
    if name.parts[0] in MADE_BY_TESTS or name.parts[0].startswith(".venv"):
        return True
    return any(part == "__pycache__" or part.endswith("_cache") for part in name.parts)

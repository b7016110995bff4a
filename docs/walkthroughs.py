"""The walkthroughs as pages: every notebook executed from top to bottom, its widgets as still HTML."""

from __future__ import annotations

import json
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[1]
NOTEBOOKS = ROOT / "notebooks"
PAGES = ROOT / "docs" / "tutorial"
AT_ONCE = 2  # each notebook has a kernel, and a process that waits for it
sys.path[:0] = [str(NOTEBOOKS), str(ROOT / "docs")]

from execute import execute  # noqa: E402
from still import stilled  # noqa: E402


def write_all() -> None:
    """Execute them all; the copies stand beside the page that lists them, and git ignores them.

    Raises:
        nbclient.exceptions.CellExecutionError: a cell failed; it names the cell.
    """
    with ProcessPoolExecutor(AT_ONCE, get_context("spawn"), max_tasks_per_child=1) as pool:
        list(pool.map(_write, sorted(NOTEBOOKS.glob("*.ipynb"))))


def _is_current(target: Path) -> bool:
    """Whether it was written after the last change to any notebook, to the toolkit and to how it is drawn."""
    made_of = (
        *NOTEBOOKS.iterdir(),
        *(ROOT / "toolkit").rglob("*.*"),
        *(ROOT / "docs").glob("*.py"),
    )
    changed = max(path.stat().st_mtime for path in made_of if "__pycache__" not in path.parts)
    return target.exists() and target.stat().st_mtime > changed


def _write(source: Path) -> None:
    target = PAGES / source.name
    if _is_current(target):
        return
    with TemporaryDirectory() as folder:
        executed = Path(folder) / source.name
        execute(source, executed)
        notebook = json.loads(executed.read_text())
    stilled(notebook)
    for cell in notebook["cells"]:
        # a notebook stands in notebooks/, its page in docs/tutorial/
        cell["source"] = [line.replace("](../docs/", "](../") for line in cell["source"]]
    target.write_text(json.dumps(notebook))


if __name__ == "__main__":
    write_all()

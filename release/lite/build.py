"""``python release/lite/build.py FOLDER``: a JupyterLite site with the walkthroughs and our wheel.

The folder is served as it is, by any web server. Its pages come from there alone; its kernel
(Pyodide) and the packages that the wheel needs are fetched from a CDN by whoever opens it.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
FIRST = {
    "cell_type": "code",
    "execution_count": None,
    "id": "in-the-browser",
    "metadata": {},
    "outputs": [],
    "source": ["%pip install -q quorum-toolkit"],
}
KERNEL = {"display_name": "Python (Pyodide)", "language": "python", "name": "python"}


def for_the_browser(notebook: dict[str, Any]) -> dict[str, Any]:
    """The notebook with the browser's kernel, and a first cell that installs the toolkit there."""
    metadata = {**notebook["metadata"], "kernelspec": KERNEL}
    return {**notebook, "metadata": metadata, "cells": [FIRST, *notebook["cells"]]}


def build(folder: Path) -> None:
    """The whole site into this folder, anew."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
        ours = ["wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", work, ROOT]
        subprocess.run([*pip, *ours], check=True)
        (wheel,) = work.glob("*.whl")
        contents = work / "contents"
        contents.mkdir()
        for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
            adapted = for_the_browser(json.loads(path.read_text("utf-8")))
            (contents / path.name).write_text(json.dumps(adapted, indent=1), "utf-8")
        site = ["--contents", contents, "--piplite-wheels", wheel, "--output-dir", folder]
        lite = [
            Path(sys.executable).with_name("jupyter-lite"),
            "build",
            "--lite-dir",
            work / "site",
        ]
        (work / "site").mkdir()
        subprocess.run([*lite, *site], cwd=work, check=True)


if __name__ == "__main__":
    build(Path(sys.argv[1]).resolve())

"""Every notebook runs from top to bottom on the emulator, and is committed without outputs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
each = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def test_there_are_notebooks() -> None:
    """The list that the other tests go through is not empty."""
    assert [path.stem for path in NOTEBOOKS][:1] == ["01_quickstart"]


@each
def test_runs(path: Path, tmp_path: Path) -> None:
    """It runs without an error and without a word on stderr, in a kernel that knows nothing of the user's settings."""
    names = ("HOME", "IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")
    environment = {**os.environ, **dict.fromkeys(names, str(tmp_path))}
    target = tmp_path / "executed.ipynb"
    command = [sys.executable, FOLDER / "execute.py", path, target]
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=180, check=False
    )
    assert done.returncode == 0, done.stderr[-4000:]
    executed = json.loads(target.read_text())
    code = [cell for cell in executed["cells"] if cell["cell_type"] == "code"]
    assert all(cell["execution_count"] for cell in code)
    said = [output for cell in code for output in cell["outputs"] if output.get("name") == "stderr"]
    assert said == []
    assert "widgets" not in executed["metadata"]


@each
def test_committed_clean(path: Path) -> None:
    """No outputs, no execution counts, no widget state, fixed cell ids, short prose."""
    notebook = json.loads(path.read_text())
    assert "widgets" not in notebook["metadata"]
    ids = [cell["id"] for cell in notebook["cells"]]
    assert len(set(ids)) == len(ids)
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            assert cell["outputs"] == []
            assert cell["execution_count"] is None
        else:
            assert len("".join(cell["source"]).split()) < 120


def test_quickstart_is_short() -> None:
    """Both forms and the three kinds of table in at most a dozen cells."""
    notebook = json.loads((FOLDER / "01_quickstart.ipynb").read_text())
    source = "\n".join("".join(cell["source"]) for cell in notebook["cells"])
    assert len(notebook["cells"]) <= 12
    for words in (
        "forms.create_key_share_holder_group",
        "forms.create_key_quorum",
        "frames.holders",
        "frames.quorum_members",
        "frames.role_scopes",
    ):
        assert words in source

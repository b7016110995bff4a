"""The walkthroughs: where they are, that yours are kept, and how JupyterLab is started."""

from __future__ import annotations

import importlib.machinery
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from toolkit.app import walkthroughs
from toolkit.app.walkthroughs import FIRST, copied, open_in_lab, originals
from toolkit.errors import InputError

SOURCE = Path(__file__).parents[2] / "notebooks"


def test_originals() -> None:
    """In a checkout they are those of its folder, in their order."""
    assert originals() == sorted(SOURCE.glob("*.ipynb"))


def test_gone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Somebody took them out of the installation: said so."""
    monkeypatch.setattr(walkthroughs, "PACKAGE", tmp_path / "toolkit")
    with pytest.raises(InputError, match="not in this installation"):
        originals()


def test_inside_a_wheel(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What is inside the package comes first."""
    inside = tmp_path / "toolkit" / "notebooks"
    inside.mkdir(parents=True)
    (inside / FIRST).write_text("{}")
    monkeypatch.setattr(walkthroughs, "PACKAGE", tmp_path / "toolkit")
    assert originals() == [inside / FIRST]


def test_yours_are_kept(tmp_path: Path) -> None:
    """A copy is the original; one that is there already is left as it is."""
    (tmp_path / FIRST).write_text("mine")
    copies = list(copied(tmp_path))
    assert [copy.path.name for copy in copies if not copy.new] == [FIRST]
    assert (tmp_path / FIRST).read_text() == "mine"
    for copy in copies[1:]:
        assert copy.path.read_bytes() == (SOURCE / copy.path.name).read_bytes()


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What JupyterLab would be started with."""
    started: list[list[str]] = []
    module = SimpleNamespace(main=started.append)
    spec = importlib.machinery.ModuleSpec("jupyterlab", None)
    monkeypatch.setattr(walkthroughs, "find_spec", lambda name: spec)
    monkeypatch.setattr(walkthroughs, "import_module", lambda name: module)
    return started


def test_lab_is_started(lab: list[list[str]], tmp_path: Path) -> None:
    """In the folder of the copies, at the first one, with what was asked for behind."""
    said: list[Any] = []
    open_in_lab(tmp_path / "here", ["--no-browser"], said.append)
    root = tmp_path / "here"
    assert lab == [
        [f"--ServerApp.root_dir={root}", f"--LabApp.default_url=/lab/tree/{FIRST}", "--no-browser"]
    ]
    assert str(root) in said[0]


def test_without_lab(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It names the extra, and copies nothing."""
    monkeypatch.setattr(walkthroughs, "find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"quorum-toolkit\[lab\]"):
        open_in_lab(tmp_path / "here", [], print)
    assert not (tmp_path / "here").exists()

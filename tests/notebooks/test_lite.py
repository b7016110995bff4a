"""The JupyterLite folder: built from its lock, with every walkthrough, and our wheel where its kernel looks for it.

Its kernel comes from a CDN, so nothing is run in it here: ``tests/test_pyodide.py`` runs the core in Pyodide.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.installing import programs

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(
    not os.environ.get("TEST_FRONTS"), reason="make test-fronts: it installs JupyterLite"
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder."""
    folder = tmp_path_factory.mktemp("lite") / "site"
    lock = ROOT / "release" / "lite" / "requirements.txt"
    python = programs(ROOT / "build" / "lite-builder", lock, "JupyterLite") / "python"
    builder = ROOT / "release" / "lite" / "build.py"
    subprocess.run([python, builder, folder], check=True, timeout=300)
    return folder


def test_the_wheel_is_indexed(site: Path) -> None:
    """The kernel's index names our wheel, with its hash, and the wheel is there."""
    (index,) = site.glob("pypi/all.json")
    (release,) = json.loads(index.read_text())["quorum-toolkit"]["releases"].values()
    (file,) = (each for each in release if each["packagetype"] == "bdist_wheel")
    wheel = index.parent / file["filename"]
    assert hashlib.sha256(wheel.read_bytes()).hexdigest() == file["digests"]["sha256"]


def test_the_walkthroughs_are_there(site: Path) -> None:
    """Each is listed and is what it is here, behind a first cell that installs the toolkit, for the kernel that there is."""
    listed = json.loads((site / "api" / "contents" / "all.json").read_text())["content"]
    ours = sorted((ROOT / "notebooks").glob("*.ipynb"))
    assert {each["name"] for each in listed} == {path.name for path in ours}
    for path in ours:
        there = json.loads((site / "files" / path.name).read_text())
        first, *others = there["cells"]
        assert first["source"] == ["%pip install -q quorum-toolkit"]
        assert others == json.loads(path.read_text())["cells"]
        assert there["metadata"]["kernelspec"]["name"] == "python"


def test_pages_and_widgets(site: Path) -> None:
    """The page of JupyterLab is there, with the kernel and the widgets of ipywidgets among its extensions."""
    assert (site / "lab" / "index.html").exists()
    settings = json.loads((site / "jupyter-lite.json").read_text())["jupyter-config-data"]
    names = {each["name"] for each in settings["federated_extensions"]}
    assert {"@jupyter-widgets/jupyterlab-manager", "@jupyterlite/pyodide-kernel-extension"} <= names

"""Binder: repo2docker picks what we expect, and its environment, built from its own files, runs the quickstart."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest

from tests.tracked import copied_to

ROOT = Path(__file__).parents[2]
BINDER = ROOT / "binder"
pytestmark = pytest.mark.filterwarnings(
    "ignore:pythonjsonlogger:DeprecationWarning"
)  # repo2docker’s


def test_repo2docker(monkeypatch: pytest.MonkeyPatch) -> None:
    """The Python buildpack, Python 3.11, our pinned requirements and our postBuild."""
    from repo2docker.app import Repo2Docker

    monkeypatch.chdir(ROOT)
    app = Repo2Docker()
    packs = [pack for pack in app.buildpacks if pack(app.base_image).detect()]
    assert packs[0].__name__ == "PythonBuildPack"
    pack = packs[0](app.base_image)
    assert pack.python_version == "3.11"
    scripts = "\n".join(
        script for _, script in (*pack.get_preassemble_scripts(), *pack.get_assemble_scripts())
    )
    assert "binder/requirements.txt" in scripts
    assert pack.get_post_build_scripts() == ["binder/postBuild"]
    assert os.access(BINDER / "postBuild", os.X_OK)


def test_repo2docker_command() -> None:
    """``jupyter-repo2docker --no-build`` prints a Dockerfile with the same lines, without Docker."""
    command = [
        Path(sys.executable).parent / "jupyter-repo2docker",
        "--no-build",
        "--debug",
        "--user-id",
        "1000",
        "--user-name",
        "jovyan",
        ".",
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    text = done.stdout + done.stderr
    assert '-r "binder/requirements.txt"' in text or "binder/requirements.txt" in text
    assert "binder/postBuild" in text


#: What JupyterLab and its widgets are made of: Binder brings these, and they stay as they are.
FRONT_END = re.compile(
    r"jupyter|notebook|nb|ipy|widgetsnbextension$|traitlets$|tornado$|pyzmq$|comm$"
)


def brought() -> dict[str, str]:
    """What Binder's own environment has of them, by version: repo2docker's lock for our Python, of conda's packages."""
    folder = Path(str(files("repo2docker"))) / "buildpacks" / "conda"
    lock = (folder / "environment.py-3.11-linux-64.lock").read_text()
    packages = re.findall(r"/([\w.-]+)-([\d.]+)-[^/-]+\.conda", lock)
    names = {name.replace("_", "-"): version for name, version in packages}
    return {name: version for name, version in names.items() if FRONT_END.match(name)}


def test_nothing_of_binder_is_pinned() -> None:
    """Nothing that JupyterLab is made of stands in the lock; what does has the versions of the runtime lock."""
    theirs = brought()
    assert {"jupyterlab", "notebook", "ipywidgets", "ipykernel", "jupyter-server"} <= set(theirs)
    ours = pins(BINDER / "requirements.txt")
    assert [name for name in ours if FRONT_END.match(name)] == []
    assert ours.items() <= pins(ROOT / "notebooks" / "requirements.txt").items()


def pins(lock: Path) -> dict[str, str]:
    """Each package of a lock, with its marker, and its version."""
    found = re.findall(r"^([\w.-]+)==([\w.]+)(?: ; python_full.*)?", lock.read_text(), re.MULTILINE)
    return {f"{name} {version}": version for name, version in found}


#: Of Binder's own, what pip has too and what brings the rest: the hub and its pages are conda's alone.
SERVER = ("jupyterlab", "notebook", "ipywidgets", "widgetsnbextension", "jupyterlab-widgets", "ipykernel", "jupyter-server")  # fmt: skip
VERSIONS = "import importlib.metadata as m, json; print(json.dumps({d.metadata['Name'].lower().replace('_', '-'): d.version for d in m.distributions()}))"


def installed(venv: Path) -> dict[str, str]:
    """What is there of JupyterLab's own, by version."""
    done = subprocess.run(
        [venv / "bin" / "python", "-c", VERSIONS], capture_output=True, text=True, check=True
    )
    versions: dict[str, str] = json.loads(done.stdout)
    return {name: version for name, version in versions.items() if FRONT_END.match(name)}


def test_environment(tmp_path: Path) -> None:
    """Binder's own Lab, then binder/requirements.txt and binder/postBuild, in a copy of the checkout: Lab and its widgets
    stand as they were, everything fits, and notebook 01 runs."""
    copy = tmp_path / "checkout"
    copied_to(copy)
    venv = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    pip = [venv / "bin" / "pip", "--disable-pip-version-check"]
    theirs = brought()
    own = [f"{name}=={theirs[name]}" for name in SERVER]
    subprocess.run([*pip, "install", "--quiet", *own], check=True)
    before = installed(venv)
    assert {name: before[name] for name in SERVER} == {name: theirs[name] for name in SERVER}
    lock = ["--quiet", "-r", "binder/requirements.txt"]
    subprocess.run([*pip, "install", *lock], cwd=copy, check=True)
    here = {
        **os.environ,
        "PATH": f"{venv / 'bin'}:{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "BINDER_LAUNCH_HOST": "https://mybinder.org",
    }
    subprocess.run(["./binder/postBuild"], cwd=copy, env=here, check=True)
    assert installed(venv) == before
    subprocess.run([*pip, "check"], check=True)
    execute = "import nbformat, nbclient; nbclient.NotebookClient(nbformat.read('01_quickstart.ipynb', 4), timeout=120).execute(); import toolkit; print(toolkit.__file__)"
    done = subprocess.run(
        [venv / "bin" / "python", "-c", execute],
        cwd=copy / "notebooks",
        env=here,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert (
        str(venv) in done.stdout
    )  # the installed checkout, not a folder that happened to be there


def test_runtime() -> None:
    """The Python version is named: without it repo2docker takes 3.10, which pandas 3 does not run on."""
    assert (BINDER / "runtime.txt").read_text().strip() == "python-3.11"

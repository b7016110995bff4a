"""Binder: repo2docker picks what we expect, and its environment, built from its own files, runs the quickstart."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tracked import copied_to

ROOT = Path(__file__).parents[2]
BINDER = ROOT / "binder"


@pytest.mark.filterwarnings(
    "ignore:pythonjsonlogger:DeprecationWarning"
)  # what repo2docker imports
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


def test_environment(tmp_path: Path) -> None:
    """A fresh environment from binder/requirements.txt and binder/postBuild, in a copy of the checkout, runs notebook 01."""
    copy = tmp_path / "checkout"
    copied_to(copy)
    venv = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    quiet = ["--quiet", "--disable-pip-version-check"]
    subprocess.run(
        [venv / "bin" / "pip", "install", *quiet, "-r", "binder/requirements.txt"],
        cwd=copy,
        check=True,
    )
    here = {
        **os.environ,
        "PATH": f"{venv / 'bin'}:{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "BINDER_LAUNCH_HOST": "https://mybinder.org",
    }
    subprocess.run(["./binder/postBuild"], cwd=copy, env=here, check=True)
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

#!/usr/bin/env -S uv run --script
# /// script
# dependencies = ["nox[uv]>=2025.10.14"]
# ///
"""``make test-matrix``: the tests on each Python, with the newest and with the oldest versions that
the toolkit says it runs on; and what a notebook of Colab has.

uv brings the Pythons where it may download them; elsewhere those that are there are used, and nox
names each one that it had to leave out.
"""

from pathlib import Path

import nox

nox.needs_version = ">=2025.10.14"
nox.options.default_venv_backend = "uv|virtualenv"

PYTHONS = ["3.11", "3.12", "3.13", "3.14"]
EXTRAS = ["emulator", "excel", "parquet", "plots", "yaml"]
# Nothing here needs an official SDK, a linter or a browser, nor a notebook server.
LEFT_OUT = ["tests/browser", "tests/conformance", "tests/notebooks", "tests/test_house.py"]


@nox.session(python=PYTHONS, default=True)
@nox.parametrize("versions", ["highest", "lowest-direct"])
def matrix(session: nox.Session, versions: str) -> None:
    """Arguments after ``--`` go to pytest instead of all of tests/."""
    extras = [f"--extra={extra}" for extra in EXTRAS]
    # wheels only: the oldest version that this Python has one for
    wanted = ["--no-build", "--resolution", versions, *extras, "-r", "pyproject.toml"]
    session.run_install("uv", "pip", "install", *wanted)
    session.run_install("uv", "pip", "install", "-r", "tests/shipped.in")
    session.run_install("uv", "pip", "install", "--no-deps", "--editable", ".")
    session.run("uv", "pip", "list", "--format", "freeze")
    ignored = [f"--ignore={path}" for path in LEFT_OUT]
    # an old version on a new Python warns of what became old since
    quiet = ["-W", "ignore::DeprecationWarning"] if versions == "lowest-direct" else []
    session.run("python", "-m", "pytest", "-q", *quiet, *(session.posargs or ["tests", *ignored]))


@nox.session(python="3.12", default=True)
def colab(session: nox.Session) -> None:
    """What has to work everywhere, and each walkthrough, on the versions that Colab has."""
    extras = [f"--extra={extra}" for extra in EXTRAS]
    wanted = ["-c", "tests/colab.txt", *extras, "-r", "pyproject.toml"]
    session.run_install("uv", "pip", "install", *wanted, "ipykernel", "nbclient", "nbformat")
    session.run_install("uv", "pip", "install", "--no-deps", "--editable", ".")
    folder = Path(session.create_tmp())
    session.run("python", "-m", "tests.smoke", str(folder))
    for path in sorted(Path("notebooks").glob("*.ipynb")):
        session.run("python", "notebooks/execute.py", str(path), str(folder / path.name))


if __name__ == "__main__":
    nox.main()

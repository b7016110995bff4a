"""What people install: wheel and source distribution are whole, the same wherever they are built, and fit to be published."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import tarfile
import threading
import tomllib
import zipfile
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from typing import Any

import nbformat
import pytest
import yaml

import toolkit
from tests.docs.pages import blocks
from tests.installing import programs
from tests.node_packages import installed as node_packages
from tests.tracked import copied_to, tracked

ROOT = Path(__file__).parents[1]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
SOURCE = PROJECT["urls"]["Source"]
PYTHONS = ["3.11", "3.12", "3.13", "3.14"]
TOOLS = Path(__file__).parent / "packaging" / "requirements.txt"
#: All of them with TEST_CAMPAIGN=1; otherwise a room, and what reads files beside the package.
COLLECTED = ["tests"] if os.environ.get("TEST_CAMPAIGN") else ["tests/base", "tests/request", "tests/notebooks", "tests/test_house.py"]  # fmt: skip
#: The same for the walkthroughs, each executed from the wheel alone: here all run from the checkout too.
EXECUTED = sorted(path.name for path in (ROOT / "notebooks").glob("*.ipynb")) if os.environ.get("TEST_CAMPAIGN") else ["01_quickstart.ipynb"]  # fmt: skip
#: A user's file with two mistakes that only somebody sees who knows the types.
WRONG = """from toolkit import Emulator, privy

app = Emulator.seeded().privy_client()
privy.CreateKeyQuorumRequest(public_keys=[], authorization_threshold="2")
name: int = app.send(privy.get_key_quorum("q")).id
"""
WRONG_AT = ["wrong.py:4", "wrong.py:5"]
REPO_REVIEW = {
    "GH100": "the pipeline is .ci/run, which is the README's commands; no GitHub Actions are kept beside it",
    "PC180": "a paragraph is one line here, and a formatter of Markdown would break tables and long lines anew",
}


def built(checkout: Path, target: Path, **around: str) -> Path:
    """Wheel and source distribution of a checkout, by the build backend itself; with these variables."""
    command = [sys.executable, "-m", "hatchling", "build", "-d", target]
    environment = {**os.environ, **around}
    environment.pop("SOURCE_DATE_EPOCH", None)  # the backend's own moment: docs/verify_release.md
    subprocess.run(command, cwd=checkout, env=environment, check=True, capture_output=True)
    return target


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh checkout, and in its folder ``dist`` what is built from it."""
    checkout = tmp_path_factory.mktemp("checkout")
    copied_to(checkout)
    return built(checkout, checkout / "dist")


@pytest.fixture(scope="module")
def wheel(made: Path) -> Path:
    """The wheel."""
    return next(made.glob("quorum_toolkit-*.whl"))


@pytest.fixture(scope="module")
def sdist(made: Path) -> Path:
    """The source distribution."""
    return next(made.glob("quorum_toolkit-*.tar.gz"))


def about(wheel: Path) -> Message:
    """The metadata of a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return message_from_bytes(archive.read(name))


# ---- whole --------------------------------------------------------------------------------------


def test_the_wheel_is_whole(wheel: Path) -> None:
    """Every tracked file of the package, every walkthrough, the bill of materials, and nothing else."""
    names = zipfile.ZipFile(wheel).namelist()
    package = {name for name in tracked() if name.startswith("toolkit/")}
    walkthroughs = {f"toolkit/{name}" for name in tracked() if name.endswith(".ipynb")}
    beside = {name for name in names if ".dist-info/" in name}
    assert len(walkthroughs) >= 10
    assert set(names) - beside == package | walkthroughs
    assert {name.partition(".dist-info/")[2] for name in beside} == {
        "METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE", "sboms/sbom.cdx.json",
    }  # fmt: skip


def test_the_source_distribution_is_whole(sdist: Path) -> None:
    """Every tracked file, so that its tests run; beside them only what says which package it is."""
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert names - {"PKG-INFO"} == set(tracked())


def test_the_tests_of_the_source_distribution(sdist: Path, tmp_path: Path) -> None:
    """In an unpacked source distribution the tests are found, and those about the project's files hold."""
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    (unpacked,) = tmp_path.iterdir()
    pytest_here = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    plain = {**os.environ, "PYTHONPATH": str(unpacked)}
    found = subprocess.run(
        [*pytest_here, "--collect-only", *COLLECTED], cwd=unpacked, env=plain, capture_output=True, text=True, check=False
    )  # fmt: skip
    assert found.returncode == 0, found.stdout[-2000:]
    some = [
        "tests/test_house.py::test_every_lock_is_looked_at",
        "tests/test_house.py::test_the_project_speaks_of_the_product",
        "tests/docs/test_pages.py",
        "tests/test_quorum.py",
    ]
    run = subprocess.run(
        [*pytest_here, *some], cwd=unpacked, env=plain, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout[-2000:]


# ---- installed ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of a fresh environment with this wheel; what it needs is found in the tests' environment, behind it."""
    venv = tmp_path_factory.mktemp("installed") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    python = venv / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet"]
    subprocess.run([*pip, "--no-deps", "--no-index", wheel], check=True)
    (packages,) = venv.glob("lib/python*/site-packages")
    (packages / "beside.pth").write_text(
        "\n".join(path for path in sys.path if "site-packages" in path)
    )
    return venv / "bin"


def ran(bin_: Path, *arguments: str | Path, cwd: Path, **around: str) -> str:
    """What a program of that environment prints; it must end well."""
    outside = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [bin_ / arguments[0], *arguments[1:]], cwd=cwd, env={**outside, **around}, capture_output=True, text=True, check=False
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return done.stdout


def test_the_program(installed: Path, tmp_path: Path) -> None:
    """Installed, it is the wheel's; it has a version, completes commands with Tab, and checks the emulator."""
    where = ran(installed, "python", "-c", "import toolkit; print(toolkit.__file__)", cwd=tmp_path)
    assert where.startswith(str(installed.parent))
    version = ran(installed, "quorum-toolkit", "--version", cwd=tmp_path)
    assert version == f"quorum-toolkit, version {toolkit.__version__}\n"
    completing = {"_QUORUM_TOOLKIT_COMPLETE": "bash_complete", "COMP_WORDS": "quorum-toolkit tu", "COMP_CWORD": "1"}  # fmt: skip
    assert ran(installed, "quorum-toolkit", cwd=tmp_path, **completing) == "plain,tutorial\n"
    told = json.loads(
        ran(installed, "quorum-toolkit", "check", "--emulator", "--json", cwd=tmp_path)
    )
    assert {"format", "version", "findings"} == set(told)
    assert [row["subject"] for row in told["findings"]].count("API key") == 1


@pytest.mark.parametrize("name", EXECUTED)
def test_the_walkthroughs(installed: Path, tmp_path: Path, name: str) -> None:
    """From the wheel alone the walkthroughs are copied, and run from top to bottom with no checkout in sight."""
    copied = ran(installed, "quorum-toolkit", "notebooks", "walkthroughs", cwd=tmp_path)
    assert len(copied.splitlines()) >= 10
    folder, executed = tmp_path / "walkthroughs", tmp_path / "executed.ipynb"
    asked = f"import toolkit; assert toolkit.__file__.startswith({str(installed.parent)!r}), toolkit.__file__"
    notebook = nbformat.read(folder / name, as_version=4)
    notebook.cells.insert(0, nbformat.v4.new_code_cell(asked))
    nbformat.write(notebook, folder / name)
    script = ROOT / "notebooks" / "execute.py"
    ran(installed, "python", script, folder / name, executed, cwd=tmp_path, HOME=str(tmp_path))
    cells = nbformat.read(executed, as_version=4).cells
    assert all(cell.execution_count for cell in cells if cell.cell_type == "code")


def test_the_first_five_cells(installed: Path, tmp_path: Path) -> None:
    """The README's cells run as they stand with the wheel alone, and warn of nothing."""
    cells = blocks(ROOT / "README.md", "python")
    assert len(cells) == 5
    (tmp_path / "cells.py").write_text("\n".join(cells))
    ran(installed, "python", "-W", "error", "cells.py", cwd=tmp_path)
    assert (tmp_path / "scopes.csv").stat().st_size


@pytest.fixture
def downstream(tmp_path: Path) -> Path:
    """A user's own folder: what is well typed, and what is not."""
    (tmp_path / "right.py").write_text("\n".join(blocks(ROOT / "README.md", "python")))
    (tmp_path / "wrong.py").write_text(WRONG)
    return tmp_path


def test_types_downstream_by_mypy(installed: Path, downstream: Path) -> None:
    """To a user's mypy the installed package has types: what is right passes strictly, what is wrong is found where it stands."""
    mypy = [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--no-error-summary"]
    with_it = ["--python-executable", installed / "python", "--cache-dir", downstream / "cache"]
    done = subprocess.run(
        [*mypy, *with_it, "right.py", "wrong.py"], cwd=downstream, capture_output=True, text=True, check=False
    )  # fmt: skip
    assert re.findall(r"^(\S+:\d+): error", done.stdout, re.MULTILINE) == WRONG_AT, done.stdout
    assert done.stderr == ""


def test_types_downstream_by_pyright(installed: Path, downstream: Path) -> None:
    """The same to a user of pyright."""
    settings = {"include": ["right.py", "wrong.py"], "reportUnusedExpression": "none"}
    (downstream / "pyrightconfig.json").write_text(json.dumps(settings))
    pyright = node_packages() / "node_modules" / "pyright" / "index.js"
    command = ["node", pyright, "--pythonpath", installed / "python", "--outputjson"]
    done = subprocess.run(command, cwd=downstream, capture_output=True, text=True, check=False)
    told = json.loads(done.stdout)["generalDiagnostics"]
    places = [f"{Path(each['file']).name}:{each['range']['start']['line'] + 1}" for each in told]
    assert places == WRONG_AT, told


def test_the_tutorial_opens(installed: Path, tmp_path: Path) -> None:
    """``quorum-toolkit tutorial`` serves the first walkthrough in JupyterLab, in the folder it was copied into."""
    options = ["--no-browser", "--allow-root", "--ServerApp.port=0", "--ServerApp.ip=127.0.0.1", "--ServerApp.log_level=INFO"]  # fmt: skip
    command = [installed / "quorum-toolkit", "tutorial", "walkthroughs", "--", *options]
    here = {**os.environ, "HOME": str(tmp_path), "JUPYTER_RUNTIME_DIR": str(tmp_path / "runtime")}
    with subprocess.Popen(
        command, cwd=tmp_path, env=here, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    ) as lab:  # fmt: skip
        assert lab.stderr is not None
        patience = threading.Timer(120, lab.kill)
        patience.start()
        told = list(until(lab.stderr, "/lab/tree/01_quickstart.ipynb"))
        lab.terminate()
        lab.stderr.read()
        patience.cancel()
    assert any(f"local directory: {tmp_path / 'walkthroughs'}" in line for line in told), told
    assert (tmp_path / "walkthroughs" / "desk.ipynb").is_file()


def until(lines: Iterator[str] | Any, words: str) -> Iterator[str]:
    """The lines up to the one with these words; all of them where it never comes."""
    for line in lines:
        yield line
        if words in line:
            return
    raise AssertionError(f"it ended without a word of {words}")


# ---- the same wherever it is built --------------------------------------------------------------


def test_two_builds_one_hash(tmp_path: Path, wheel: Path) -> None:
    """Two checkouts, with other places, umasks, time zones, languages and hash seeds: the wheels are the same, byte for byte."""
    around = [
        {"TZ": "Pacific/Kiritimati", "LC_ALL": "C", "PYTHONHASHSEED": "1"},
        {"TZ": "America/St_Johns", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "2"},
    ]  # fmt: skip
    digests = {hashlib.sha256(wheel.read_bytes()).hexdigest()}
    for number, (variables, umask) in enumerate(zip(around, (0o077, 0o002), strict=True)):
        before = os.umask(umask)
        try:
            checkout = tmp_path / f"checkout {number}" / "deeper"
            copied_to(checkout)
            target = built(checkout, tmp_path / f"dist{number}", **variables)
        finally:
            os.umask(before)
        (again,) = target.glob("*.whl")
        digests.add(hashlib.sha256(again.read_bytes()).hexdigest())
    assert len(digests) == 1


def test_the_bill_of_materials(wheel: Path) -> None:
    """The wheel's bill of materials is the tracked one, which names every direct dependency as it is locked, and data of others."""
    committed = (ROOT / "release" / "sbom.cdx.json").read_text()
    made_anew = subprocess.run(
        [sys.executable, "-c", "import sbom; print(sbom.written(), end='')"],
        cwd=ROOT / "release", capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert committed == made_anew, "run: python release/sbom.py"
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if "/sboms/" in name)
        assert archive.read(name).decode() == committed
    bill = json.loads(committed)
    packages = {each["name"] for each in bill["components"] if each["type"] == "library"}
    assert packages == {re.split(r"[>=\[;]", line)[0] for line in PROJECT["dependencies"]}
    lock = (ROOT / "notebooks" / "requirements.txt").read_text()
    for each in bill["components"]:
        if each["type"] == "library":
            assert f"\n{each['name']}=={each['version']} " in lock
        else:
            assert (ROOT / each["name"]).is_file()
    assert bill["metadata"]["component"]["version"] == toolkit.__version__


# ---- fit to be published ------------------------------------------------------------------------


def test_classifiers(wheel: Path) -> None:
    """Each Python that the matrix tries is named, and no other; no system that it never ran on."""
    classifiers = about(wheel).get_all("Classifier") or []
    versions = [line.rpartition(" ")[2] for line in classifiers if re.search(r":: 3\.\d+$", line)]
    assert versions == PYTHONS
    assert f"PYTHONS = {json.dumps(PYTHONS)}" in (ROOT / "noxfile.py").read_text()
    assert PROJECT["requires-python"] == f">={PYTHONS[0]}"
    assert not any("Windows" in line or "OS Independent" in line for line in classifiers)


def test_addresses(wheel: Path) -> None:
    """Links and pictures of the long description lead below the project's address, which stands in one place."""
    text = str(about(wheel).get_payload())
    targets = re.findall(r"\]\(([^)#]+)\)", text)
    assert len(targets) > 10
    assert [target for target in targets if not target.startswith(f"{SOURCE}/")] == []
    pictures = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", text)
    assert [each for each in pictures if not each.startswith(f"{SOURCE}/raw/main/docs/")] == []
    assert all(address.startswith(SOURCE) for address in PROJECT["urls"].values())
    naming = [
        name
        for name in tracked()
        if not name.endswith(".png") and SOURCE in (ROOT / name).read_text()
    ]
    assert naming == ["pyproject.toml"]


def test_hooks_are_the_locked_tools() -> None:
    """pre-commit runs ruff and mypy in the versions that the tests run."""
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    revisions = {each["repo"].rpartition("/")[2]: each.get("rev") for each in hooks}
    lock = (ROOT / "tests" / "requirements.txt").read_text()
    for hook, tool in (("ruff-pre-commit", "ruff"), ("mirrors-mypy", "mypy")):
        assert f"\n{tool}=={revisions[hook].removeprefix('v')} " in lock


@pytest.fixture(scope="module")
def tools() -> Path:
    """twine, pyroma and repo-review, from a lock of their own."""
    return programs(ROOT / "build" / "packaging", TOOLS, "what a package index says")


def test_twine(tools: Path, wheel: Path, sdist: Path) -> None:
    """``twine check --strict`` passes both."""
    done = subprocess.run(
        [tools / "twine", "--no-color", "check", "--strict", wheel, sdist], capture_output=True, text=True, check=False
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("PASSED") == 2


def test_pyroma(tools: Path, sdist: Path) -> None:
    """pyroma gives 10 of 10."""
    done = subprocess.run([tools / "pyroma", sdist], capture_output=True, text=True, check=False)
    assert "Final rating: 10/10" in done.stdout, done.stdout + done.stderr


def test_repo_review(tools: Path) -> None:
    """Scientific Python's review: what fails is in the table with its reason, and all else passes."""
    done = subprocess.run(
        [tools / "repo-review", "--format", "json", ROOT], capture_output=True, text=True, check=False
    )  # fmt: skip
    told = json.loads(done.stdout)
    checks = told.get("checks", told)
    results = {name: each["result"] for name, each in checks.items()}
    assert {name for name, result in results.items() if result is False} == set(REPO_REVIEW)
    assert sum(result is True for result in results.values()) >= 44

"""Every code block of README and pages: Python runs, commands are commands, types hold."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest

from tests.docs.pages import DOCS, ROOT, blocks
from tests.node_packages import installed
from toolkit.__main__ import main

#: Blocks that another test runs, and which.
ELSEWHERE = {
    "how-to/official-sdks.md": "tests/conformance/test_official_cobo.py",
    "leaving.md": "tests/approvals/test_leaving.py",
}
README = ROOT / "README.md"
PAGES = [README, *sorted(DOCS.rglob("*.md"))]
WITH_PYTHON = [
    path
    for path in PAGES
    if blocks(path, "python")
    and path.relative_to(ROOT / "docs" if path != README else ROOT).as_posix() not in ELSEWHERE
]
CALL = re.compile(r"(?:python -m toolkit|(?<![\w-])quorum-toolkit) (?!&&)([^\n>`]*)")
CREDENTIALS = {  # nothing is sent with them: a client is only made
    "COBO_API_SECRET": "01" * 32,
    "PRIVY_APP_ID": "cm49410e6f9c4a24685a8e7e",
    "PRIVY_APP_SECRET": "a secret that is none",
    "QUORUM_TOOLKIT_JOURNAL": ":memory:",
    "QUORUM_TOOLKIT_NAMES": ":memory:",
}


def name_of(path: Path) -> str:
    return path.stem


@pytest.mark.parametrize("path", WITH_PYTHON, ids=name_of)
def test_python_blocks_run(path: Path, tmp_path: Path) -> None:
    """The blocks of a page run as they stand, in order, in one fresh process, and warn of nothing."""
    script = tmp_path / "page.py"
    script.write_text("\n".join(blocks(path, "python")))
    done = subprocess.run(
        [sys.executable, "-W", "error", script],
        env={**os.environ, **CREDENTIALS, "PYTHONPATH": str(ROOT)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_what_runs_elsewhere_does() -> None:
    """The test that is said to run a page's blocks names that page, or its file."""
    for page, test in ELSEWHERE.items():
        assert blocks(DOCS / page, "python")
        assert Path(page).name in (ROOT / test).read_text()


def test_no_other_language_hides() -> None:
    """A block is Python, a command, a file's text or a directive: none is left out because it is called otherwise."""
    known = {"python", "console", "yaml", "text", ""}
    used = {
        name
        for path in PAGES
        for name in re.findall(
            r"^```([^\n{]*)(?:\{.*)?\n.*?^```$", path.read_text(), re.DOTALL | re.MULTILINE
        )
    }
    assert used <= known


#: The command line's own page shows usage lines, and is written from the commands.
USAGE = DOCS / "reference" / "commands.md"
CALLS = sorted(
    {
        (name_of(path), call.strip())
        for path in PAGES
        if path != USAGE
        for call in CALL.findall(path.read_text())
    }
)


def test_there_are_calls() -> None:
    """The list that the next test goes through is not empty."""
    assert len(CALLS) > 20


@pytest.mark.parametrize(("page", "call"), CALLS, ids=[f"{page}: {call}" for page, call in CALLS])
def test_commands_are_commands(
    page: str, call: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each call of the command line that a page shows is one that the command line takes."""
    monkeypatch.chdir(tmp_path)
    words = shlex.split(call, comments=True)
    for name in ("today", "yesterday"):  # folders that must be there
        Path(name).mkdir()
    for name in ("people.json", "exclusions.json"):
        Path(name).touch()
    context = click.Context(main)
    name, command, rest = main.resolve_command(context, words)
    assert name is not None
    assert command is not None
    # a command that is only named in a sentence has no arguments there
    command.make_context(name, list(rest), parent=context, resilient_parsing=not rest)


def modules_of(paths: list[Path], folder: Path) -> list[Path]:
    """The blocks of each page as a module of its own."""
    written = []
    for path in paths:
        module = folder / f"{name_of(path).replace('-', '_').lower()}.py"
        module.write_text("\n".join(blocks(path, "python")))
        written.append(module)
    return written


def test_types(tmp_path: Path) -> None:
    """For a user who checks types strictly with mypy, every page's blocks are well typed, lists included."""
    modules = modules_of([*WITH_PYTHON, DOCS / "how-to" / "official-sdks.md"], tmp_path)
    mypy = Path(sys.executable).parent / "mypy"
    strictly = [mypy, "--strict", "--config-file=", "--follow-imports=silent", *modules]
    done = subprocess.run(strictly, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_types_by_pyright(tmp_path: Path) -> None:
    """The same for a user of pyright, which most editors run."""
    modules = modules_of(WITH_PYTHON, tmp_path)
    settings: dict[str, object] = {
        "extraPaths": [str(ROOT)],
        "include": [each.name for each in modules],
    }
    settings["reportUnusedExpression"] = "none"  # a cell shows a value by naming it
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(settings))
    pyright = installed() / "node_modules" / "pyright" / "index.js"
    command = ["node", pyright, "--pythonpath", sys.executable, "--outputjson"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    report = json.loads(done.stdout)
    assert report["summary"]["filesAnalyzed"] == len(modules)
    assert [each["message"] for each in report["generalDiagnostics"]] == []

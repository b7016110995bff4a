"""The commands together: each has help with examples that are typed as it takes them, and fails in one way."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

import toolkit
from toolkit.__main__ import main
from toolkit.commands.terminal import PROGRAM


def run(*arguments: str) -> Any:
    """The command's end."""
    return CliRunner().invoke(main, list(arguments))


def examples_of(command: click.Command) -> list[list[str]]:
    """What stands below *Examples*, as the shell would split it."""
    lines = (command.epilog or "").splitlines()
    assert lines[:2] == ["\b", "Examples:"]
    return [shlex.split(line) for line in lines[2:]]


@pytest.mark.parametrize("name", sorted(main.commands))
def test_examples(name: str) -> None:
    """Every command has at least one, of its own, whose options and arguments it takes; and its help shows them."""
    command = main.commands[name]
    examples = examples_of(command)
    assert examples
    for program, typed, *arguments in examples:
        assert (program, typed) == (PROGRAM, name)
        with click.Context(command, info_name=name) as context:
            _, left, _ = command.make_parser(context).parse_args(list(arguments))
            assert left == []
    shown = run(name, "--help").output
    assert f"  {PROGRAM} {name}" in shown
    assert command.help


def test_version_and_both_names() -> None:
    """``--version`` names the program and its version, whichever way it was started."""
    assert run("--version").output == f"{PROGRAM}, version {toolkit.__version__}\n"
    done = subprocess.run(
        [sys.executable, "-m", "toolkit", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout == f"{PROGRAM}, version {toolkit.__version__}\n"


def test_completion_is_told() -> None:
    """The help says how a shell learns to complete, in lines that can be pasted."""
    assert 'eval "$(_QUORUM_TOOLKIT_COMPLETE=bash_source quorum-toolkit)"' in run("--help").output


def test_starting_is_light() -> None:
    """The commands load what they need when they run: to show the help, no pandas, widgets or emulator."""
    code = (
        "import sys, toolkit.__main__;"
        "print({'pandas', 'ipywidgets', 'httpx', 'msgspec', 'toolkit.emulator'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


def test_check_as_json() -> None:
    """One document on one line: the same findings as the lines, and the same end."""
    told, lines = run("check", "--emulator", "--json"), run("check", "--emulator")
    assert told.exit_code == lines.exit_code == 0
    document = json.loads(told.output)
    assert told.output.count("\n") == 1
    assert (document["format"], document["version"]) == ("quorum-toolkit check", 1)
    rows = document["findings"]
    assert len(rows) == len(lines.output.splitlines())
    for row, line in zip(rows, lines.output.splitlines(), strict=True):
        assert set(row) == {"rule", "severity", "subject", "sentence", "remedy"}
        assert row["subject"] in line


def test_json_where_nothing_was_looked_at() -> None:
    """Without credentials there is no document, and the sentence stands where errors stand."""
    done = run("check", "--json")
    assert done.exit_code == 1
    assert done.stdout == ""
    assert "No credentials" in done.stderr


def test_notebooks(tmp_path: Path) -> None:
    """Copied as they came; a second time nothing is changed, and that is said."""
    place = tmp_path / "walk throughs"
    first = run("notebooks", str(place))
    assert first.exit_code == 0
    copies = sorted(place.glob("*.ipynb"))
    assert len(copies) == len(first.output.splitlines()) >= 10
    copies[0].write_text("mine")
    second = run("notebooks", str(place))
    assert copies[0].read_text() == "mine"
    assert second.output.count("left as it is") == len(copies)


def test_notebooks_nowhere(tmp_path: Path) -> None:
    """A folder that cannot be made is an error in a sentence."""
    (tmp_path / "file").touch()
    done = run("notebooks", str(tmp_path / "file" / "below"))
    assert done.exit_code == 1
    assert "cannot be made" in done.output

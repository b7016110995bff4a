"""Examples in docstrings: every public name has one, every one runs, and each name has its place on a page."""

from __future__ import annotations

import ast
import doctest
import importlib
import inspect
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import toolkit
from tests.docs.python import BEGINNING, beginning, entries, object_at, promised
from tests.figures import name_of
from toolkit.errors import ToolkitError

PACKAGE = Path(toolkit.__file__).parent
WITH_EXAMPLES = [
    name_of(path) for path in sorted(PACKAGE.rglob("*.py")) if ">>> " in path.read_text()
]
#: Methods by which one comes in, or which everybody calls.
METHODS = (
    "toolkit.Emulator.seeded", "toolkit.Emulator.cobo_client", "toolkit.Emulator.privy_client", "toolkit.Emulator.advance",
    "toolkit.Emulator.set_holder", "toolkit.Emulator.set_api_key", "toolkit.Inventory.load", "toolkit.cobo.Client.from_env",
    "toolkit.privy.Client.from_env", "toolkit.cobo.Client.prepare", "toolkit.cobo.Client.send", "toolkit.cobo.Client.exchange",
    "toolkit.cobo.Client.pending",
)  # fmt: skip
#: Names without an example, each with the reason.
WITHOUT = {
    "toolkit.__version__": "a text",
    "toolkit.cobo.OPERATIONS": "a tuple: Operation shows one",
    "toolkit.privy.OPERATIONS": "a tuple: Operation shows one",
    "toolkit.keys.private.PrivateKey": "never made itself: each of the three keys has one",
    "toolkit.keys.public.PublicKey": "never made itself: each of the three keys has one",
    "toolkit.client.client.Client": "never made itself: those of the services have one",
    "toolkit.findings.Source": "made by a rule",
}


def has_example(name: str) -> bool:
    return ">>> " in (inspect.getdoc(object_at(name)) or "")


def is_error(name: str) -> bool:
    """Errors are met, not made: the docstring of their module shows how."""
    found = object_at(name)
    return isinstance(found, type) and issubclass(found, ToolkitError)


@pytest.mark.parametrize("name", METHODS)
def test_the_ways_in_have_an_example(name: str) -> None:
    """``help(…)`` of what a newcomer calls first shows how it is used."""
    assert has_example(name)


def test_every_public_name_has_an_example() -> None:
    """So has each name that a page of Python shows; the few without are listed, each with its reason."""
    names = {name for name in {*promised(), *entries()} if not is_error(name)}
    assert {name for name in names if not has_example(name)} == set(WITHOUT)
    assert has_example("toolkit.errors")


def test_every_public_name_has_its_place() -> None:
    """Each name of a table of contents stands on one page of Python; errors stand there as well."""
    shown = set(entries())
    assert promised() - shown == {"toolkit.__version__"}
    errors = {
        f"toolkit.errors.{name}"
        for name in vars(toolkit.errors)
        if is_error(f"toolkit.errors.{name}")
    }
    assert errors <= shown


def test_help_says_how_examples_begin() -> None:
    """``help(toolkit)`` has the first lines of the pages, word for word."""
    assert textwrap.indent(BEGINNING, "    ").rstrip() in str(toolkit.__doc__)


def test_signatures_on_pages_are_true() -> None:
    """A page that writes a signature in short names only parameters that there are, in their order."""
    written = {name: signature for name, signature in entries().items() if signature}
    assert len(written) >= 5
    for name, signature in written.items():
        (function,) = ast.parse(f"def function{signature}: ...").body
        assert isinstance(function, ast.FunctionDef)
        own = [each.arg for each in (*function.args.args, *function.args.kwonlyargs)]
        there = [each for each in inspect.signature(object_at(name)).parameters if each != "self"]
        assert own == there[: len(own)], name


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_examples_run(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Each example gives what it says, for whoever has run the first lines of the pages and nothing else."""
    monkeypatch.chdir(tmp_path)
    examples = [
        each
        for each in doctest.DocTestFinder().find(importlib.import_module(name))
        if each.examples
    ]
    assert examples
    for example in examples:
        example.globs = beginning()
        done = doctest.DocTestRunner().run(example)
        assert not done.failed, example.name


def test_pytest_finds_them(tmp_path: Path) -> None:
    """``pytest --doctest-modules toolkit`` runs them too, and leaves nothing where users keep theirs."""
    root = PACKAGE.parent
    state = {"HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path)}
    rooms = ["toolkit/client/names.py", "toolkit/privy/intent_signing.py", "toolkit/quorum.py"]
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "--doctest-modules",
            *rooms,
        ],
        cwd=root,
        env={**os.environ, **state},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "passed" in done.stdout
    assert list(tmp_path.iterdir()) == []

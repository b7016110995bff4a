"""README and pages: short, linked, and true to what is there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import toolkit
from tests.docs.pages import DOCS, ROOT

README = (ROOT / "README.md").read_text()
PROMISES = (DOCS / "promises.md").read_text()
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "SECURITY.md",
    *sorted(DOCS.rglob("*.md")),
]
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)\s]*)?\)")


def test_the_readme_is_short() -> None:
    """It can be read in two minutes."""
    assert len(README) <= 6_000
    assert README.count("![") == 1


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_lead_somewhere(page: Path) -> None:
    """Pictures and links lead to files that are there; a walkthrough stands in ``notebooks/`` and on the site."""
    for target in LINK.findall(page.read_text()):
        place = (page.parent / target).resolve()
        if place.parent == DOCS / "tutorial" and place.suffix == ".ipynb":
            place = ROOT / "notebooks" / place.name
        assert place.exists(), target


def test_targets_exist() -> None:
    """Every make target that a page names exists; CI runs those that the README names as tests."""
    makefile = (ROOT / "Makefile").read_text()
    named = {
        name for page in PAGES for name in re.findall(r"(?m)(?:`|^)make ([\w-]+)", page.read_text())
    }
    assert {"demo", "test", "docs"} <= named
    for target in named:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
    assert "make test" in (ROOT / ".ci" / "run").read_text()


def test_choices_that_are_named_exist(emulator: toolkit.Emulator) -> None:
    """A choice that a page switches is one of the emulator's, and has that option."""
    switched = {
        pair
        for page in PAGES
        for pair in re.findall(r'\b((?:cobo|privy)\.\w+_\w+)"?[=:] ?"?(\w+)', page.read_text())
    }
    assert len(switched) > 1
    options = {each["name"]: each["options"] for each in emulator.choices.described()}
    for name, option in switched:
        assert option in options[name]


def test_every_page_is_in_the_site() -> None:
    """Each page stands in the list of one other page."""
    listed = set()
    for page in DOCS.rglob("*.md"):
        for entries in re.findall(r"```\{toctree\}\n(.*?)```", page.read_text(), re.DOTALL):
            names = [line for line in entries.splitlines() if line and not line.startswith(":")]
            if ":glob:" in entries:
                names = [path.stem for name in names for path in page.parent.glob(f"{name}.md")]
            listed |= {(page.parent / name).resolve() for name in names}
    notebooks = {DOCS / "tutorial" / path.stem for path in (ROOT / "notebooks").glob("*.ipynb")}
    pages = {path.with_suffix("") for path in DOCS.rglob("*.md")} - {DOCS / "index"}
    assert listed == pages | notebooks


def functions_in(path: str) -> set[str]:
    """Names of the functions of a file."""
    tree = ast.parse((ROOT / path).read_text())
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_promises_name_tests_that_exist() -> None:
    """Each promise has tests, and each test that is named exists."""
    for promise in PROMISES.split("\n## ")[1:-2]:
        named = re.findall(r"^- `(tests/[\w/]+\.py)::(test_\w+)`$", promise, re.MULTILINE)
        assert named, promise
        for path, test in named:
            assert test in functions_in(path), f"{path}::{test}"


def test_promises_are_the_readmes() -> None:
    """Each sentence that is quoted stands in the README; its section of promises is quoted whole."""
    one_line = " ".join(README.split())
    quoted = re.findall(r"^> (.*)$", PROMISES, re.MULTILINE)
    for sentence in quoted:
        assert sentence in one_line, sentence
    (section,) = re.findall(r"## What it promises\n\n(.*?)\n\n", README, re.DOTALL)
    for sentence in quoted:
        section = section.replace(sentence, "")
    left = re.sub(r"Each promise, with its tests: .*|\(\[how.*?\)\)", "", section)
    assert not re.search(r"\w{4}", left), left

"""The recorded cases come out as written; and without any one rule of the emulator, one of them does not."""

from __future__ import annotations

import ast
import importlib
import json
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.conformance.cases import CASES, Case, run
from toolkit.emulator import core

ROOMS = (
    "reading",
    "vaults",
    "mpc_wallets",
    "tss",
    "cobo",
    "privy_reading",
    "quorums",
    "wallets",
    "privy",
    "intents",
)
MODULES = [f"toolkit.emulator.{name}" for name in ROOMS]
HELPERS = {"missing", "invalid", "not_found", "taken"}
Place = tuple[str, int]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case(case: Case) -> None:
    """The verdict and the words are the recorded ones."""
    status, body = run(case)
    decoded = json.loads(body)
    said = decoded.get("error_message") or decoded.get("error") or body
    assert status == case.status, body
    assert case.text in said, body
    assert case.row.startswith(("C", "P"))


def test_names_are_unique() -> None:
    """Each case can be told from the others, and most are refusals."""
    assert len({case.name for case in CASES}) == len(CASES)
    assert sum(case.status >= 400 for case in CASES) > 0.8 * len(CASES)


# ---- every rule is needed --------------------------------------------------------------------------


def rules() -> Iterator[tuple[str, str | None, str, int]]:
    """Every refusal in the emulator's sources: module, class, function, line."""
    for name in MODULES:
        tree = ast.parse(Path(importlib.import_module(name).__file__ or "").read_text())
        for node in tree.body:
            owner = node.name if isinstance(node, ast.ClassDef) else None
            for function in node.body if isinstance(node, ast.ClassDef) else [node]:
                if isinstance(function, ast.FunctionDef):
                    for found in ast.walk(function):
                        if isinstance(found, ast.Raise) and found.exc is not None:
                            yield name, owner, function.name, found.lineno


RULES = list(rules())


@pytest.fixture(scope="module")
def reached() -> dict[Place, list[Case]]:
    """Which cases end at which refusal."""
    at: list[Place] = []
    original = core.Refusal.__init__

    def noted(self: core.Refusal, *arguments: Any, **options: Any) -> None:
        frame = sys._getframe(1)
        while frame.f_code.co_name in HELPERS and frame.f_back:
            frame = frame.f_back
        at.append((frame.f_globals["__name__"], frame.f_lineno))
        original(self, *arguments, **options)

    found: dict[Place, list[Case]] = defaultdict(list)
    core.Refusal.__init__ = noted  # type: ignore[method-assign]
    try:
        for case in CASES:
            at.clear()
            run(case)
            for module, line in at[-1:]:
                found[module, line].append(case)
    finally:
        core.Refusal.__init__ = original  # type: ignore[method-assign]
    return found


class Forgetful(ast.NodeTransformer):
    """Takes one refusal away."""

    def __init__(self, line: int) -> None:
        self.line = line

    def visit_Raise(self, node: ast.Raise) -> ast.AST:  # the name that ast looks for
        return ast.copy_location(ast.Pass(), node) if node.lineno == self.line else node


def without(
    monkeypatch: pytest.MonkeyPatch, name: str, owner: str | None, function: str, line: int
) -> None:
    """Replace a function by itself without the refusal on that line, everywhere it is known."""
    module = importlib.import_module(name)
    tree = Forgetful(line).visit(ast.parse(Path(module.__file__ or "").read_text()))
    namespace = dict(vars(module))
    exec(compile(ast.fix_missing_locations(tree), module.__file__ or "", "exec"), namespace)  # noqa: S102  # our own source
    if owner:
        monkeypatch.setattr(getattr(module, owner), function, vars(namespace[owner])[function])
        return
    old = getattr(module, function)
    for other in list(sys.modules.values()):
        if isinstance(other, ModuleType) and vars(other).get(function) is old:
            monkeypatch.setattr(other, function, namespace[function])


@pytest.mark.parametrize(
    ("name", "owner", "function", "line"),
    RULES,
    ids=[f"{r[0].rpartition('.')[2]}.{r[2]}:{r[3]}" for r in RULES],
)
def test_every_rule_is_needed(
    name: str,
    owner: str | None,
    function: str,
    line: int,
    reached: dict[Place, list[Case]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without this one rule a named case comes out otherwise."""
    cases = [
        case
        for (module, at), found in reached.items()
        if module == name and _same_statement(name, at, line)
        for case in found
    ]
    assert cases, "no case reaches this rule"
    expected = [run(case)[0] for case in cases]
    without(monkeypatch, name, owner, function, line)
    changed = []
    for case, (status) in zip(cases, expected, strict=True):
        got = run(case)
        if got[0] != status or case.text not in got[1]:
            changed.append(case.name)
    assert changed


def _same_statement(name: str, at: int, line: int) -> bool:
    """Whether a line lies within the raise statement that begins at ``line``."""
    tree = ast.parse(Path(importlib.import_module(name).__file__ or "").read_text())
    return any(
        isinstance(node, ast.Raise)
        and node.lineno == line
        and line <= at <= (node.end_lineno or line)
        for node in ast.walk(tree)
    )

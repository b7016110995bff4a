"""The house: layers, public names, documents that say what is true, strictness."""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import pkgutil
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import msgspec
import pytest

import toolkit
from tests.figures import (
    clever_texts,
    complex_functions,
    name_of,
    nested_conditionals,
    private_touches,
    public_names,
    undocumented,
)
from tests.tracked import tracked
from toolkit import cobo, frames, privy
from toolkit.cobo import models as cobo_models
from toolkit.privy import models as privy_models

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
MODULES = sorted(path for path in (ROOT / "toolkit").rglob("*.py"))


CHECKS = [
    ("ruff", ["ruff", "check", "."]),
    ("format", ["ruff", "format", "--check", "."]),
    ("mypy --strict", ["mypy"]),
    ("import layers", ["lint-imports"]),
]


@pytest.mark.parametrize(
    "command", [check[1] for check in CHECKS], ids=[check[0] for check in CHECKS]
)
def test_strict(command: list[str]) -> None:
    """ruff, mypy --strict and the import layers have nothing to say."""
    done = subprocess.run(
        [BIN / command[0], *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


#: Functions above a cyclomatic complexity of 10, each with the reason why it stays in one piece.
COMPLEX = {
    "toolkit.cobo.operations._same_group": "each part of a group that was asked for is compared",
    "toolkit.privy.operations._same_quorum": "each part of a quorum that was asked for is compared",
    "toolkit.privy.operations._same_new_wallet": "each part of a wallet that was asked for is compared",
    "toolkit.privy.operations._same_wallet": "each part of a wallet that was asked for is compared",
    "toolkit.cobo.powers.powers_of": "two powers, from an answer or from a request",
    "toolkit.cobo.powers._why_no_shares": "a sentence for each reason",
    "toolkit.cobo.powers._why_no_signing": "a sentence for each reason",
    "toolkit.cobo.checks.GroupColumns.of": "one value for each column",
    "toolkit.cobo.access.scope_reaches": "an answer for each list of a scope",
    "toolkit.cobo.tss.tss_advice": "a sentence for each thing to know",
    "toolkit.cobo.forms.group.GroupForm._show_findings": "what stands beside which field",
    "toolkit.cobo.forms.group.GroupForm.fill": "refuses what nobody could choose, field by field",
    "toolkit.cobo.forms.tss.progress_card": "a card for each state of a request",
    "toolkit.privy.forms.members.Members.show": "what stands beside which row",
    "toolkit.privy.forms.change.DeleteForm._what_becomes_of_wallets": "a sentence for each case",
    "toolkit.keys.encoding.why_refused": "a sentence for each thing that a text can be",
    "toolkit.forms.form.CallForm.submit": "waits, sends, and tells what was renewed",
    "toolkit.forms.in_doubt.InDoubtCard.__init__": "one widget for each choice",
    "toolkit.approvals.approval_check._pair": "DER of two numbers, written out to be read at once",
    "toolkit.approvals.approval_check._point": "both spellings of a point, written out",
    "toolkit.approvals.approval_check._base_url": "a line for each thing that an address must not be",
    "toolkit.forms.in_doubt.InDoubtCard._verdict": "a sentence for each state of a doubt",
}


def test_lines_read_at_once() -> None:
    """No conditional inside another, no clever arithmetic with texts; what is complex is listed with its reason."""
    assert nested_conditionals() == []
    assert clever_texts() == []
    assert {name for name, _ in complex_functions()} == set(COMPLEX)
    assert len(COMPLEX) <= 40


ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text()


def test_the_rooms_are_those_on_the_page() -> None:
    """The page that shows the house names every room of it and no other, and the floors that the linter holds."""
    named = set(re.findall(r"^\| `(\w+)` \|", ARCHITECTURE, re.MULTILINE))
    beside = {path.stem for path in (ROOT / "toolkit").iterdir() if is_room(path)}
    assert named == beside
    (floors,) = re.findall(r"```\n(.*?)\n```", ARCHITECTURE, re.DOTALL)
    contracts = PYPROJECT["tool"]["importlinter"]["contracts"]
    assert floors.splitlines() == contracts[0]["layers"]


def is_room(path: Path) -> bool:
    """Whether something in ``toolkit/`` is a room of its own: a package, or a module that is no entry."""
    if path.is_dir():
        return (path / "__init__.py").exists()
    return path.suffix == ".py" and not path.stem.startswith("__")


@pytest.mark.parametrize("page", sorted((ROOT / "docs").rglob("*.md")), ids=lambda page: page.name)
def test_pages_name_files_that_exist(page: Path) -> None:
    """A file that a page of ``docs/`` names is there."""
    for name in re.findall(r"`([\w./]+\.py)`", page.read_text()):
        assert any((ROOT / start / name).exists() for start in ("toolkit", "")), name


#: Where ``~`` is made a path: there nobody's home is refused by us; a field that is typed into never raises.
HOMES = {"base/home.py", "base/outside.py", "forms/secret_field.py", "keys/secret.py"}  # fmt: skip


def test_a_home_is_looked_for_in_few_places() -> None:
    """Nothing else asks the system for a home directory, which not every user has."""
    asking = re.compile(r"\.expanduser\(|Path\.home\(|user_\w+_path\(")
    places = {
        path.relative_to(ROOT / "toolkit").as_posix()
        for path in MODULES
        if asking.search(path.read_text())
    }
    # this user's own folders, and no home is told
    assert places - HOMES == {"client/journal.py", "client/names.py"}


@pytest.mark.parametrize(
    "module", [toolkit, cobo, privy, frames], ids=lambda module: module.__name__
)
def test_public_names(module: object) -> None:
    """``__all__`` is sorted as ruff sorts it, and everything in it can be reached."""
    for name in module.__all__:  # type: ignore[attr-defined]
        assert getattr(module, name) is not None


def test_names_users_rely_on() -> None:
    """The names of the plan, with the signatures that users write."""
    for path in (
        "toolkit.Emulator.seeded", "toolkit.cobo.Client.from_env", "toolkit.privy.Client.from_env", "toolkit.cobo.DEV",
        "toolkit.cobo.PROD", "toolkit.cobo.SANDBOX", "toolkit.cobo.Environment", "toolkit.privy.Environment", "toolkit.privy.PROD",
        "toolkit.cobo.forms.create_key_share_holder_group", "toolkit.cobo.forms.api_key_info", "toolkit.privy.forms.create_key_quorum",
        "toolkit.keys.Ed25519Key.prompt", "toolkit.keys.P256Key.from_env", "toolkit.keys.Secp256k1Key.from_file", "toolkit.quorum.Quorum",
        "toolkit.audit", "toolkit.collect", "toolkit.Exclusion", "toolkit.Inventory.load", "toolkit.People.load", "toolkit.frames.findings",
        "toolkit.connect", "toolkit.cobo.powers_of", "toolkit.privy.quorum_of", "toolkit.cobo.forms.create_tss_request",
        "toolkit.privy.forms.update_key_quorum", "toolkit.privy.forms.delete_key_quorum", "toolkit.privy.forms.update_wallet",
        "toolkit.privy.forms.create_wallet", "toolkit.quorum.Quorum.held_by", "toolkit.quorum.Quorum.outlook",
        "toolkit.cobo.what_approvers_see", "toolkit.cobo.node_rules", "toolkit.cobo.Handover.look", "toolkit.cobo.Handover.run",
        "toolkit.cobo.forms.update_key_share_holder_group_by_id", "toolkit.cobo.forms.delete_key_share_holder_group_by_id",
    ):  # fmt: skip
        parts = path.split(".")
        found = importlib.import_module(parts[0])
        for part in parts[1:]:
            if not hasattr(found, part):
                importlib.import_module(f"{found.__name__}.{part}")
            found = getattr(found, part)


@pytest.mark.parametrize("module", [toolkit, toolkit.cobo, toolkit.privy], ids=lambda m: m.__name__)
def test_no_name_is_that_of_a_module_inside(module: ModuleType) -> None:
    """A public name that is loaded when it is used must not be called like a module beside it: once that is loaded, by
    whomever, it would stand in the name's place.
    """
    inside = {found.name for found in pkgutil.iter_modules(module.__path__)}
    packages = {"cobo", "frames", "forms", "keys", "privy", "quorum"}  # modules that are meant
    assert sorted(inside & set(module.__all__) - packages) == []


def test_importing_is_light() -> None:
    """``import toolkit`` loads no pandas, widgets, charts, network or emulator; a client needs no display."""
    heavy = "{'pandas', 'ipywidgets', 'matplotlib', 'toolkit.emulator', 'IPython'}"
    for statement, more in (
        ("import toolkit", "{'httpx'}"),
        ("import toolkit.cobo, toolkit.privy", "set()"),
    ):
        code = f"import sys; {statement}; print(sorted(({heavy} | {more}) & set(sys.modules)))"
        assert (
            subprocess.run(
                [sys.executable, "-c", code], capture_output=True, text=True, check=True
            ).stdout.strip()
            == "[]"
        )


def test_public_docstrings() -> None:
    """Every module, and every public class, function and method, says what it is."""
    assert [
        str(path) for path in MODULES if not ast.get_docstring(ast.parse(path.read_text()))
    ] == []
    assert undocumented() == []
    assert len(list(public_names())) > 900  # and they are all looked at


def test_what_types_say_is_what_there_is() -> None:
    """A constructor that is written for type checkers takes exactly the fields, with the same defaults."""
    written = 0
    for module in (cobo_models, privy_models):
        classes = [
            node
            for node in ast.parse(inspect.getsource(module)).body
            if isinstance(node, ast.ClassDef)
        ]
        for node in classes:
            for each in ast.walk(node):
                if isinstance(each, ast.FunctionDef) and each.name == "__init__":
                    written += 1
                    fields = msgspec.structs.fields(getattr(module, node.name))
                    defaults = {
                        field.name: "" if field.required else repr(field.default)
                        for field in fields
                    }
                    assert defaults == {
                        argument.arg: ast.unparse(default) if default else ""
                        for argument, default in zip(
                            each.args.kwonlyargs, each.args.kw_defaults, strict=True
                        )
                    }
    assert written == 9


@pytest.mark.parametrize("module", [toolkit, cobo, privy], ids=lambda module: module.__name__)
def test_completion_offers_what_is_public(module: ModuleType) -> None:
    """``cobo.<Tab>`` offers what is public, forms included, before anything of it was used, and no more."""
    code = f"import {module.__name__} as module; print(dir(module))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ast.literal_eval(done.stdout) == sorted(module.__all__) == sorted(dir(module))


def test_options_have_names() -> None:
    """No public function takes ``**anything``: what it takes can be completed and checked."""
    taking = [
        f"{name_of(path)}.{node.name}"
        for path in MODULES
        for node in functions_of(ast.parse(path.read_text()))
        if node.args.kwarg is not None
        if not node.name.startswith("_") and "Unpack" not in ast.unparse(node.args.kwarg)
    ]
    assert set(taking) == ALL_SORTS


def functions_of(tree: ast.Module | ast.ClassDef) -> list[ast.FunctionDef]:
    """Functions and methods; not what stands inside them."""
    functions = []
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            functions.append(node)
        elif isinstance(node, ast.ClassDef):
            functions += functions_of(node)
    return functions


#: Facts of a template, of an event or of a node.
ALL_SORTS = {
    "toolkit.tables.frame",
    "toolkit.tables.card",
    "toolkit.base.html.render",
    "toolkit.forms.widgets.html",
    "toolkit.emulator.replay.happened",
    "toolkit.emulator.vaults.set_node",
}


#: Each lock, with what must be pinned in it: all that the toolkit needs and what builds it, or what was asked for.
NEEDED = {re.split(r"[>=\[]", line)[0] for line in PYPROJECT["project"]["dependencies"]}
LOCKS = {
    "binder/requirements.txt": (NEEDED - {"ipywidgets"}) | {"hatchling"},  # those are Binder's own
    "notebooks/requirements.txt": NEEDED | {"hatchling"},
    "tests/requirements.txt": NEEDED | {"hatchling", "cobo-waas2", "privy-client"},
    "tests/shipped.txt": {"hypothesis", "pytest"},
    "docs/requirements.txt": NEEDED | {"hatchling", "myst-nb", "sphinx"},
    "tests/cobo_cli/requirements.txt": {"cobo-cli"},
    "tests/packaging/requirements.txt": {"pyroma", "sp-repo-review", "twine"},
    "release/lite/requirements.txt": {
        "hatchling",
        "jupyterlite-core",
        "jupyterlite-pyodide-kernel",
    },
    "tests/browser/fronts/notebook7.txt": NEEDED | {"notebook"},
    "tests/browser/fronts/nbclassic.txt": NEEDED | {"nbclassic"},
    "tests/browser/fronts/voila.txt": NEEDED | {"voila", "ipykernel"},
    "tests/browser/fronts/notebook6.txt": NEEDED | {"notebook"},
}


def test_every_lock_is_looked_at() -> None:
    """No lock stands outside the table, and ``make lock`` renews each."""
    hashed = {
        name
        for name in tracked()
        if name.endswith(".txt") and "--hash=sha256:" in (ROOT / name).read_text()
    }
    assert hashed == set(LOCKS)
    makefile = (ROOT / "Makefile").read_text()
    assert [name for name in LOCKS if f"-o {name}" not in makefile] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_locks_name_packages_only(lock: str) -> None:
    """Locks and configuration name packages, never hosts; every line is hashed; the backend is locked too."""
    text = (ROOT / lock).read_text()
    assert "://" not in text
    assert "index-url" not in text
    assert "find-links" not in text
    pins = re.findall(r"^([\w.-]+)==", text, re.MULTILINE)
    assert LOCKS[lock] <= set(pins)
    hashed = re.findall(r"^([\w.-]+)==.* \\\n    --hash=sha256:", text, re.MULTILINE)
    assert hashed == pins


def test_witnesses_are_no_runtime_dependencies() -> None:
    """The official SDKs are for tests; nothing in the toolkit imports them."""
    runtime = (ROOT / "notebooks" / "requirements.txt").read_text()
    for name in ("cobo-waas2", "privy-client", "cobo-cli"):
        assert name not in runtime
    for path in MODULES:
        assert not re.search(
            r"^\s*(import|from) (cobo_waas2|cobo_cli|privy)\b", path.read_text(), re.MULTILINE
        ), path


def test_tests_mirror_the_package() -> None:
    """A module with rules of its own has a test file of the same name, or is named here with where it is tested."""
    elsewhere = {  # by their users' tests
        "__main__", "errors", "tables", "base/text", "forms/widgets", "transport/provider", "request/environment",
        "request/exchange", "request/prepared", "keys/private", "keys/public",
        "keys/bare", "keys/base58", "keys/der", "keys/jwk", "keys/marks", "keys/shapes", "keys/wrappings",
        "cobo/models", "cobo/operations", "cobo/client", "cobo/frames",
        "privy/models", "privy/operations", "privy/client", "privy/frames",
        "emulator/choices", "emulator/core", "emulator/cobo", "emulator/privy", "emulator/worlds",
        "app/rehearsal", "approvals/as_read", "approvals/shown", "approvals/statement", "client/gathered",
        "client/window", "cobo/findings", "cobo/seats", "cobo/tss", "findings", "forms/meaning", "forms/row",
        "forms/spec", "forms/outcome", "keys/signer",
        "inventory/controls", "inventory/words", "privy/members", "privy/cosigning", "emulator/reading", "emulator/vaults", "emulator/xpub", "emulator/server",
        "inventory/register", "inventory/judging",
        "inventory/changes", "inventory/difference", "inventory/presence", "inventory/orders", "inventory/advice",
        "inventory/privy_differences",
    }  # fmt: skip
    for path in MODULES:
        name = str(path.relative_to(ROOT / "toolkit").with_suffix(""))
        if path.name == "__init__.py":
            continue  # it only names
        mirrored = ROOT / "tests" / Path(name).parent / f"test_{Path(name).name}.py"
        together = (
            ROOT / "tests" / Path(name).parent.parent / f"test_{Path(name).parent.name}.py"
        )  # a package’s one file
        assert mirrored.exists() or together.exists() or name in elsewhere, name


def test_the_project_speaks_of_the_product() -> None:
    """No tracked file carries an address to download packages from, and notebooks are committed without outputs."""
    for name in tracked():
        if name.endswith((".png", ".json")):
            continue
        text = (ROOT / name).read_text()
        assert "index-url" not in text or name in ("Makefile", "tests/test_house.py"), name
        if name.endswith(".ipynb"):
            assert not any(cell.get("outputs") for cell in json.loads(text)["cells"])


def test_versions_agree() -> None:
    """The changelog knows the version."""
    assert f"## {toolkit.__version__}" in (ROOT / "CHANGELOG.md").read_text()
    assert inspect.ismodule(cobo)


def test_tests_do_not_import_tests() -> None:
    """What several tests need stands in a module that is no test."""
    importing = [
        f"{path.name}: {line}"
        for path in (ROOT / "tests").rglob("*.py")
        for line in path.read_text().splitlines()
        if re.match(r"(from|import) tests[.\w]*\.test_", line)
    ]
    assert importing == []


def test_tests_use_the_public_door() -> None:
    """Tests that reach for private parts break when the inside changes: few do, most in ``tests/inside.py``."""
    assert len(private_touches()) < 60

"""Every page that is made from the code is current and whole: ``python -m tests.docs`` writes them anew."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import click
import pytest

import toolkit
from tests.docs import causes, columns, request_rules, variables
from tests.docs.meanings import COMMON, MEANINGS, meaning
from tests.docs.pages import DOCS, PAGES
from toolkit import cobo, frames, privy
from toolkit.__main__ import main
from toolkit.approvals.file import KNOWN as FIELDS_OF_AN_APPROVAL
from toolkit.emulator.choices import KNOWN as CHOICES
from toolkit.inventory import store
from toolkit.inventory.expectations import ASSERTIONS
from toolkit.inventory.formats import FORMATS
from toolkit.inventory.people import Holder
from toolkit.inventory.rules import ALL_RULES
from toolkit.keys import P256Key

PACKAGE = Path(toolkit.__file__).parent
VARIABLE = re.compile(r"(QUORUM_TOOLKIT|COBO|PRIVY)_[A-Z_]+")
TABLE = re.compile(r"^([A-Z_]+) = Table\(", re.MULTILINE)


def text_of(name: str) -> str:
    return (DOCS / name).read_text()


@pytest.mark.parametrize("name", PAGES)
def test_current(name: str) -> None:
    """The page is what the code says now; what is missing there is written by ``python -m tests.docs``."""
    assert text_of(name) == PAGES[name]()


def test_every_operation_has_its_section() -> None:
    """Operations of both services, by the vendor's names."""
    page = text_of("reference/operations.md")
    for operation in (*cobo.OPERATIONS, *privy.OPERATIONS):
        assert f"## `{operation.service}.{operation.name}`" in page


def test_every_table_is_found() -> None:
    """No table of the code is missing, and every table that users call by name is one of them."""
    written = {
        name.lower() for path in PACKAGE.rglob("*.py") for name in TABLE.findall(path.read_text())
    }
    assert set(columns.tables()) == written
    assert set(frames.__all__) - {"save"} <= written


def test_every_column_has_a_meaning() -> None:
    """Each column says in a line what it means, and nothing is said of one that is not there."""
    tables = columns.tables()
    there = {(name, column.name) for name, table in tables.items() for column in table.columns}
    assert [each for each in sorted(there) if not meaning(*each)] == []
    assert [
        (name, column)
        for name, known in MEANINGS.items()
        for column in known
        if (name, column) not in there
    ] == []
    own = {column for name, column in there if column not in MEANINGS.get(name, {})}
    assert sorted(set(COMMON) - own) == []


def test_every_rule_has_its_line() -> None:
    """Rules of the audit and of requests, each with what it looks for."""
    for rule in ALL_RULES:
        assert f"## {rule.id}\n" in text_of("reference/rules.md")
    known = {rule.id for rules in request_rules.rules().values() for rule in rules}
    assert known | {"cobo.signers"} == set(request_rules.LOOKS_FOR)
    for rule_id in known:
        assert f"| `{rule_id}` |" in text_of("reference/request-rules.md")


def test_every_choice_has_its_line() -> None:
    """Each point that nobody documents, with every option."""
    page = text_of("reference/choices.md")
    for choice in CHOICES:
        (line,) = [each for each in page.splitlines() if each.startswith(f"| `{choice.name}` |")]
        assert all(f"`{option}`" in line for option in choice.options)


def test_every_cause_has_its_line() -> None:
    """Every word that an error's ``cause`` can be, and no other; the error that is named exists."""
    assert {*causes.CAUSES, *causes.CLOSED, causes.NOT_READ} == causes.in_code()
    for name, _, remedy in causes.CAUSES.values():
        assert issubclass(getattr(toolkit.errors, name), toolkit.errors.ToolkitError)
        assert remedy


def test_every_variable_has_its_line() -> None:
    """Every name of an environment variable that stands in the code, and no other."""
    named = {
        node.value
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and VARIABLE.fullmatch(node.value)
    }
    assert named == {*variables.READ, *variables.SHOWN}


def test_every_command_has_its_section() -> None:
    """Each command with each of its options; there is no other."""
    page = text_of("reference/commands.md")
    assert re.findall(r"^## (.*)$", page, re.MULTILINE) == sorted(main.commands)
    sections = dict(zip(sorted(main.commands), page.split("\n## ")[1:], strict=True))
    for name, command in main.commands.items():
        for param in command.params:
            words = (
                param.opts
                if isinstance(param, click.Option)
                else [param.make_metavar(click.Context(command))]
            )
            assert all(word.strip("[].") in sections[name] for word in words)


def test_every_file_is_described() -> None:
    """Each part of an inventory, field of an approval, form of a report, kind of expectation and format."""
    page = text_of("reference/files.md")
    formats = {
        value
        for path in PACKAGE.rglob("*.py")
        for value in re.findall(r'^FORMAT, VERSION = "([\w-]+)"', path.read_text(), re.MULTILINE)
    }
    assert len(formats) >= 5
    parts = [
        *formats,
        *map(store.file_of, store.LINES),
        store.MANIFEST,
        store.PEOPLE,
        store.RECEIVED,
    ]
    words = [*parts, *set(FIELDS_OF_AN_APPROVAL) - {"what", "format"}, *FORMATS, *ASSERTIONS]
    assert [word for word in words if f"`{word}`" not in page] == []


def test_what_is_in_a_file_is_described(emulator: toolkit.Emulator, tmp_path: Path) -> None:
    """Every name in the files that go round, and in those that a user keeps, stands on the page."""
    page, alice = text_of("reference/files.md"), P256Key.generate()
    app = emulator.privy_client()
    members = privy.CreateKeyQuorumRequest(public_keys=[alice.public])
    quorum = app.send(privy.create_key_quorum(members))
    change = privy.update_key_quorum(quorum.id, privy.UpdateKeyQuorumRequest(display_name="Ops"))
    reviewer = emulator.cobo_client(require_review=[alice.public])
    vault = cobo.CreateMpcVaultRequest(name="Payroll", vault_type="Org-Controlled")
    holder = Holder("Alice", "call", "laptop", "Bern", "Ours", since_ms=1, proven_ms=2)
    places = [
        toolkit.Approval.of(app, change).sign(alice).save(tmp_path / "approval"),
        toolkit.Review.of(reviewer, cobo.create_mpc_vault(vault))
        .sign(alice)
        .save(tmp_path / "review"),
        toolkit.MemberCard.make(alice, "Alice").save(tmp_path / "card"),
        toolkit.drill(quorum).answer(alice).save(tmp_path / "drill"),
        toolkit.People({"a seat": holder}).save(tmp_path / "people"),
    ]
    for place in places:
        document = json.loads(place.read_text())
        held = document.get("seats", {}).get("a seat") or (document.get("answers") or [{}])[0]
        missing = [name for name in (*document, *held) if f"`{name}`" not in page]
        assert missing == [], place.name

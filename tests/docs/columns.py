"""``docs/reference/columns.md``: every table, and what each of its columns means."""

from __future__ import annotations

import importlib
from collections.abc import Iterator

from tests.docs.meanings import meaning
from toolkit.tables import Column, Table

MODULES = (
    "toolkit.cobo.frames",
    "toolkit.privy.frames",
    "toolkit.inventory.frames",
    "toolkit.inventory.inventory",
    "toolkit.inventory.report",
    "toolkit.inventory.changes",
    "toolkit.inventory.what_if",
    "toolkit.inventory.expectations",
    "toolkit.frames",
)
#: How one gets each table, where that is not ``frames.<table>(…)``.
GIVEN_BY = {
    "unseen": 'inventory.frame("unseen")',
    "origins": 'inventory.frame("origins")',
    "fates": "what_if(inventory, lost={…}).frame()",
    "reaches": "what_if(inventory, together={…}).frame()",
    "steps": "what_if(…).steps_frame()",
    "outcomes": "expect(file, inventory).frame()",
}
HEAD = """# Tables: every column

<!-- Made from the tables of the code by `python -m tests.docs`; a test keeps it whole. -->

How tables join: [tables](tables.md).

Kinds: *text* and *id* are strings (an id is for joining, a text for reading), *integer* is Int64, *flag* is a boolean that may be missing, *moment* is UTC, *word* is a category of the words known today; a word that a service adds tomorrow is kept.
"""


def tables() -> dict[str, Table]:
    """Every table of the toolkit, by the name that users call it by."""
    found: dict[str, Table] = {}
    for module in MODULES:
        for name, value in vars(importlib.import_module(module)).items():
            if isinstance(value, Table):
                found.setdefault(name.lower(), value)
    return found


def page() -> str:
    """The page as it should be."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield HEAD.rstrip("\n")
    for name, table in tables().items():
        yield ""
        yield f"## {name}"
        yield ""
        yield f"`{GIVEN_BY.get(name, f'frames.{name}(…)')}`"
        yield ""
        yield "| column | kind | meaning |"
        yield "|---|---|---|"
        for column in table.columns:
            yield f"| `{column.name}` | {_kind(column)} | {meaning(name, column.name)} |"


def _kind(column: Column) -> str:
    if column.words:
        return f"word: {', '.join(column.words)}"
    return column.kind

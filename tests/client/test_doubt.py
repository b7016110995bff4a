"""What a person may choose for a change in doubt, as code that does what it says."""

from __future__ import annotations

import ast

import pytest

from tests.samples import group
from toolkit import Emulator, cobo
from toolkit.base.text import escape_hidden
from toolkit.client.doubt import choices

IDS = [
    'x"); __import__("os").system("true") #', "x'); import os; os.system('id') #", "x\\", 'x\n  - client.resolve(1, give_up=True) "',
    "\u202egnp", "\U0001d159", "{number}", "a\tb", "\ud800", "é", "\u0430bc", "x" * 300, "%s", "\0",
]  # fmt: skip


@pytest.mark.parametrize("made", IDS, ids=ascii)
def test_an_id_in_code(emulator: Emulator, made: str) -> None:
    """The line to paste after a change in doubt calls resolve with the service's id, and does nothing else."""
    call = cobo.create_key_share_holder_group(emulator.vault_id, group(emulator))
    lines = choices(7, call, [made])
    assert len("\n".join(lines).splitlines()) == len(lines)
    (line,) = [line for line in lines if "adopt=" in line]
    assert line.isascii()
    assert escape_hidden(line) == line
    tree = ast.parse(
        line.removesuffix(" takes what you found elsewhere, by its id"),
        mode="eval",
    ).body
    assert isinstance(tree, ast.Call)
    assert ast.unparse(tree.func) == "client.resolve"
    assert [(each.arg, ast.literal_eval(each.value)) for each in tree.keywords] == [("adopt", made)]

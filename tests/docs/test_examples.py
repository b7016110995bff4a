"""Examples in docstrings: the names that users write have one, and every one runs."""

from __future__ import annotations

import doctest
import importlib
import inspect
from pathlib import Path
from types import ModuleType

import pytest

import toolkit
from tests.figures import name_of

PACKAGE = Path(toolkit.__file__).parent
WITH_EXAMPLES = [
    name_of(path) for path in sorted(PACKAGE.rglob("*.py")) if ">>> " in path.read_text()
]
#: What a newcomer meets first.
FIRST = (
    "toolkit.Approval", "toolkit.Emulator", "toolkit.Emulator.seeded", "toolkit.Emulator.cobo_client",
    "toolkit.Emulator.privy_client", "toolkit.Emulator.advance", "toolkit.Emulator.set_holder", "toolkit.Emulator.set_api_key",
    "toolkit.Inventory", "toolkit.Inventory.load", "toolkit.Journal", "toolkit.People",
    "toolkit.audit", "toolkit.collect", "toolkit.compare", "toolkit.what_if",
    "toolkit.cobo.Client", "toolkit.cobo.Client.from_env", "toolkit.cobo.Environment", "toolkit.cobo.CreateKeyShareHolder",
    "toolkit.cobo.CreateKeyShareHolderGroupRequest", "toolkit.cobo.create_key_share_holder_group",
    "toolkit.cobo.get_api_key_info", "toolkit.cobo.powers_of", "toolkit.cobo.Client.prepare", "toolkit.cobo.Client.send",
    "toolkit.cobo.Client.exchange", "toolkit.cobo.Client.pending",
    "toolkit.cobo.forms.create_key_share_holder_group", "toolkit.cobo.forms.GroupFields", "toolkit.cobo.forms.api_key_info",
    "toolkit.privy.Client", "toolkit.privy.Client.from_env", "toolkit.privy.Environment", "toolkit.privy.CreateKeyQuorumRequest",
    "toolkit.privy.UpdateKeyQuorumRequest", "toolkit.privy.create_key_quorum", "toolkit.privy.update_key_quorum",
    "toolkit.privy.quorum_of", "toolkit.privy.forms.create_key_quorum", "toolkit.privy.forms.QuorumFields",
    "toolkit.frames.holders", "toolkit.frames.quorum_members", "toolkit.frames.role_scopes", "toolkit.frames.save",
    "toolkit.keys.Ed25519Key", "toolkit.keys.P256Key", "toolkit.keys.Secp256k1Key",
    "toolkit.quorum.Quorum", "toolkit.quorum.power_change", "toolkit.findings.Finding",
)  # fmt: skip


def object_at(path: str) -> object:
    """What a dotted name leads to; modules are imported on the way."""
    found: object = importlib.import_module("toolkit")
    for part in path.split(".")[1:]:
        if isinstance(found, ModuleType) and not hasattr(found, part):
            importlib.import_module(f"{found.__name__}.{part}")
        found = getattr(found, part)
    return found


@pytest.mark.parametrize("path", FIRST)
def test_the_first_names_have_an_example(path: str) -> None:
    """``help(…)`` of what a newcomer meets first shows how it is used."""
    assert ">>> " in (inspect.getdoc(object_at(path)) or "")


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_examples_run(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Each example of a module gives what it says, as ``pytest --doctest-modules toolkit`` would find it."""
    monkeypatch.chdir(tmp_path)
    done = doctest.testmod(importlib.import_module(name), raise_on_error=False)
    assert done.attempted
    assert not done.failed

"""The inventory as a value: its tables, its card, and what it says it did not see."""

from __future__ import annotations

import pytest

from toolkit import Emulator, Inventory, collect
from toolkit.errors import InputError
from toolkit.inventory.inventory import FRAMES


@pytest.fixture
def inventory(emulator: Emulator) -> Inventory:
    return collect(emulator.cobo_client(), emulator.privy_client())


@pytest.mark.parametrize("name", FRAMES)
def test_every_table(inventory: Inventory, name: str) -> None:
    """Each is a plain frame that names its environment, also where there is nothing in it."""
    assert inventory.frame(name).attrs["environment"] == "EMULATOR"
    assert list(Inventory(0, 0).frame(name).columns) == list(inventory.frame(name).columns)


def test_another_table_is_refused(inventory: Inventory) -> None:
    """With the names of those that there are."""
    with pytest.raises(InputError, match="is no table of an inventory") as refused:
        inventory.frame("secrets")
    assert "holders" in refused.value.hint


def test_shown(inventory: Inventory) -> None:
    """A line and a card with counts, the environment, the moment, and how much was not seen."""
    assert repr(inventory).startswith("<Inventory on EMULATOR: 3 vaults")
    html = inventory._repr_html_()
    assert "3 not seen" in html
    assert "EMULATOR" in html
    assert "<script" not in html

"""One organisation with every fault that a rule finds."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import Any

from tests.inventory.cases import CASES
from tests.inventory.organisation import World
from toolkit import Inventory

EVERY = [(rule, case) for rule, cases in CASES.items() for case in cases]


@cache
def organisation() -> tuple[Inventory, tuple[Any, ...], Counter[str]]:
    """Every case in one organisation, its exclusions, and what is planted in all of it."""
    world, finds = World(), Counter[str]()
    for number, (_, case) in enumerate(EVERY):
        with world.prefixed(f"{number}x"):
            case.plant(world)
        finds.update(case.finds)
    return world.inventory(), tuple(world.exclusions), finds

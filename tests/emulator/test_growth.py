"""What the emulator does does not grow with its world: counted in operations and bytes, not by a clock."""

from __future__ import annotations

import sys
import tracemalloc
from types import FrameType
from typing import Any

import pytest

from tests.grown import Work, filled, works
from toolkit.emulator import Emulator

SMALL, LARGE = 150, 1_500
SLACK = 1.02  # a binary search, and a dictionary that grows just then
SLACK_BYTES = 2_000
NAMES = sorted(works(Emulator.seeded("empty")))


@pytest.fixture(scope="module")
def worlds() -> dict[int, Emulator]:
    return {size: filled(size) for size in (SMALL, LARGE)}


def steps(work: Work) -> int:
    """How many instructions of Python it takes."""
    count = 0

    def each(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal count
        frame.f_trace_opcodes = True
        frame.f_trace_lines = False
        count += 1
        return each

    before = sys.gettrace()
    sys.settrace(each)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


def peak(work: Work) -> int:
    """How many bytes it needs at the same time: a list that is copied shows here."""
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        work()
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return most - before


def least(count: Any, work: Work) -> int:
    """The least of some times: a dictionary or list may have to grow in one of them."""
    work()
    return min(count(work) for _ in range(4))


@pytest.mark.parametrize("name", NAMES)
def test_nothing_grows(worlds: dict[int, Emulator], name: str) -> None:
    """The same work takes as many steps and as much memory in a world that is ten times as large."""
    small, large = works(worlds[SMALL])[name], works(worlds[LARGE])[name]
    assert least(steps, large) <= least(steps, small) * SLACK + 20
    assert least(peak, large) <= least(peak, small) + SLACK_BYTES


def test_growth_would_show(worlds: dict[int, Emulator]) -> None:
    """A look at every group, and a copy of the list of them, are seen by these counts."""

    def looks(size: int) -> Work:
        groups = worlds[size].cobo.state.groups[worlds[size].vault_id]
        return lambda: any(group.status == "none" for group in groups.values())

    def copies(size: int) -> Work:
        quorums = worlds[size].privy.quorums
        return lambda: list(quorums)

    assert least(steps, looks(LARGE)) > least(steps, looks(SMALL)) * 5
    assert least(peak, copies(LARGE)) > least(peak, copies(SMALL)) + SLACK_BYTES

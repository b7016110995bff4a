"""k of n, nested: who can sign."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.errors import InputError
from toolkit.quorum import Quorum


@given(st.integers(1, 6), st.data())
def test_can_sign_counts(size: int, data: st.DataObject) -> None:
    """k of n signs exactly when at least k of its members are present."""
    members = [f"m{at}" for at in range(size)]
    threshold = data.draw(st.integers(1, size))
    quorum = Quorum(threshold, members)
    for count in range(size + 1):
        for present in combinations(members, count):
            assert quorum.can_sign(present) is (count >= threshold)
    assert quorum.spare == size - threshold


def test_a_nested_quorum_counts_once() -> None:
    """A nested quorum is one approval once its own threshold is met; an id in both places counts in each."""
    inner = Quorum(1, ["b", "c"])
    outer = Quorum(2, ["a", "b", inner])
    assert outer.can_sign({"b"})
    assert outer.can_sign({"a", "c"})
    assert not outer.can_sign({"c"})
    assert not Quorum(2, ["a", Quorum(2, ["b", "c"])]).can_sign({"b", "c"})


@pytest.mark.parametrize("bad", [True, False, 2.0, float("nan"), "2", None])
def test_thresholds_are_ints(bad: object) -> None:
    """What only looks like a whole number is refused."""
    with pytest.raises(InputError, match="whole number"):
        Quorum(bad, ["a", "b"])  # type: ignore[arg-type]


@pytest.mark.parametrize(("threshold", "members"), [(0, ["a"]), (2, ["a"]), (1, []), (-1, ["a"]), (1, ["a", "a"])])
def test_quorums_that_cannot_be(threshold: int, members: list[str]) -> None:
    """A threshold that does not fit, and a member named twice, are refused."""
    with pytest.raises(InputError, match=r"threshold|same id"):
        Quorum(threshold, members)

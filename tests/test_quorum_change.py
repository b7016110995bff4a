"""Power gained and lost by a change, against every subset there is; and how large a quorum may be."""

from __future__ import annotations

import itertools
import os
import random

import pytest

from toolkit.errors import InputError
from toolkit.quorum import Quorum, power_change
from toolkit.quorum_change import NODES, implies

PAIRS = 10_000 if os.environ.get("TEST_CAMPAIGN") else 600
IDS = "abcdef"
SUBSETS = [frozenset(some) for size in range(7) for some in itertools.combinations(IDS, size)]


def drawn(rng: random.Random, depth: int) -> Quorum:
    """A quorum up to so many deep over few ids, so that the same one stands in many places."""
    members: list[str | Quorum] = []
    for _ in range(rng.randint(1, 4)):
        nested = depth and rng.random() < 0.4
        members.append(drawn(rng, depth - 1) if nested else rng.choice(IDS))
    members = list(dict.fromkeys(members))
    return Quorum(rng.randint(1, len(members)), members)


def pair(rng: random.Random) -> tuple[Quorum, Quorum]:
    """Two of them: strangers, one with a lower threshold, or one held by people."""
    before = drawn(rng, 2)
    after = rng.choice(
        [
            drawn(rng, 2),
            Quorum(max(1, before.threshold - 1), before.members),
            before.held_by({"a": "b", "c": "d"}),
        ]
    )
    return before, after


def test_against_every_subset() -> None:
    """What is gained and lost, all minimal coalitions and the size of a smallest, is what trying every subset finds."""
    rng = random.Random(2026)
    for _ in range(PAIRS):
        before, after = pair(rng)
        change = power_change(before, after)
        for now, then, listed, smallest in (
            (after, before, change.gained, change.search_gained()),
            (before, after, change.lost, change.search_lost()),
        ):
            won = [some for some in SUBSETS if now.can_sign(some) and not then.can_sign(some)]
            minimal = {some for some in won if not any(less < some for less in won)}
            assert set(listed) == minimal, (before, after)
            assert len(listed) == len(minimal)
            assert smallest.proven
            assert (smallest.members is None) == (not won)
            assert smallest.members is None or smallest.members in won
            assert len(smallest.members or ()) == min(map(len, won), default=0), (before, after)


def test_what_implies_another_is_true() -> None:
    """A quorum that is said to imply another one is satisfied by no subset that does not satisfy the other."""
    rng = random.Random(7)
    implied = 0
    for _ in range(PAIRS):
        strong, weak = pair(rng)
        if implies(strong, weak):
            implied += 1
            assert all(weak.can_sign(some) for some in SUBSETS if strong.can_sign(some))
    assert implied > PAIRS / 10


PEOPLE = [f"p{at}" for at in range(200)]
LARGE = [
    ("lower", Quorum(100, PEOPLE), Quorum(99, PEOPLE), 99, None),
    ("higher", Quorum(100, PEOPLE), Quorum(101, PEOPLE), None, 100),
    ("one replaced", Quorum(3, PEOPLE), Quorum(3, [*PEOPLE[1:], "new"]), 3, 3),
    ("all replaced", Quorum(3, PEOPLE), Quorum(2, ["x", "y", "z"]), 2, 3),
    (
        "a nested one lower",
        Quorum(2, [Quorum(40, PEOPLE[:80]), Quorum(40, PEOPLE[80:140]), Quorum(40, PEOPLE[140:])]),
        Quorum(2, [Quorum(39, PEOPLE[:80]), Quorum(40, PEOPLE[80:140]), Quorum(40, PEOPLE[140:])]),
        79,
        None,
    ),
]


@pytest.mark.parametrize(
    ("before", "after", "gained", "lost"), [row[1:] for row in LARGE], ids=[row[0] for row in LARGE]
)
def test_of_200_members(
    before: Quorum, after: Quorum, gained: int | None, lost: int | None
) -> None:
    """A smallest coalition is found, and proven to be one, within the stated number of nodes."""
    change = power_change(before, after)
    for smallest, size in ((change.search_gained(), gained), (change.search_lost(), lost)):
        assert smallest.proven
        assert smallest.nodes <= NODES
        assert (len(smallest.members) if smallest.members else None) == size


def test_a_search_that_ends_early_says_so() -> None:
    """Where the nodes are used up, it is not said that there is no smaller coalition."""
    rng = random.Random(2)
    before, after = (
        Quorum(3, [Quorum(5, rng.sample(PEOPLE, 40)) for _ in range(5)]) for _ in range(2)
    )
    change = power_change(before, after)
    early = change.search_gained(40)
    assert not early.proven
    assert early.nodes == 40
    assert change.search_gained().proven


def test_a_new_quorum_and_one_that_goes() -> None:
    """None is a quorum that nobody can satisfy: all who can sign gain it, and lose it at the end."""
    quorum = Quorum(2, ["a", "b", "c"])
    made, gone = power_change(None, quorum), power_change(quorum, None)
    assert made.gained == gone.lost == quorum.signing_sets()
    assert made.lost == gone.gained == []
    assert len(made.smallest_gained() or ()) == len(gone.smallest_lost() or ()) == 2
    assert made.smallest_lost() is None


WORDS = [
    (
        Quorum(2, ["a", "b"]),
        Quorum(1, ["a", "b"]),
        "Alice alone can now sign and could not before.",
        "Nobody could sign before and cannot now.",
    ),
    (
        Quorum(2, ["a", "b"]),
        Quorum(2, ["a", "c"]),
        "Alice and c together can now sign and could not before.",
        "Alice and b together could sign before and cannot now.",
    ),
]


@pytest.mark.parametrize(("before", "after", "gained", "lost"), WORDS)
def test_in_words(before: Quorum, after: Quorum, gained: str, lost: str) -> None:
    """Two sentences, each with one smallest example, by the names that people have."""
    assert power_change(before, after).in_words({"a": "Alice"}) == (gained, lost)


@pytest.mark.parametrize("wrong", ["2 of 3", 2, ["a"]])
def test_only_quorums_are_compared(wrong: object) -> None:
    """Anything else is refused by the name of the argument."""
    with pytest.raises(InputError, match="after must be a Quorum"):
        power_change(Quorum(1, ["a"]), wrong)  # type: ignore[arg-type]

"""k of n, nested: who can sign, who is needed, and what is left."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Collection
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.errors import InputError
from toolkit.quorum import DEPTH, Quorum


def names(count: int, prefix: str = "m") -> list[str]:
    return [f"{prefix}{at}" for at in range(count)]


def escape_hidden(sets: Collection[frozenset[str]]) -> list[str]:
    return ["".join(sorted(each)) for each in sets]


@given(st.integers(1, 6), st.data())
def test_can_sign_counts(size: int, data: st.DataObject) -> None:
    """k of n signs exactly when at least k of its members are present."""
    members = names(size)
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


@pytest.mark.parametrize(
    ("threshold", "members"), [(0, ["a"]), (2, ["a"]), (1, []), (-1, ["a"]), (1, ["a", "a"])]
)
def test_quorums_that_cannot_be(threshold: int, members: list[str]) -> None:
    """A threshold that does not fit, and a member named twice, are refused."""
    with pytest.raises(InputError, match=r"threshold|same id"):
        Quorum(threshold, members)


BOARD = Quorum(2, ["a", "b", "c"])
REFUSED: list[tuple[str, Callable[[], object], str]] = [
    ("one text as members", lambda: Quorum(1, "ab"), "members must be a list"),
    ("a number as members", lambda: Quorum(1, 5), "members must be a list"),  # type: ignore[arg-type]
    ("a number among them", lambda: Quorum(1, ["a", 5]), r"members\[1\] is int"),  # type: ignore[list-item]
    ("one text as present", lambda: BOARD.can_sign("ab"), "present must be a list"),
    ("one text as lost", lambda: BOARD.outlook(lost="a"), "lost must be a list"),
    ("one text as lost, without", lambda: BOARD.without("a"), "lost must be a list"),
    ("people as a list", lambda: BOARD.held_by(["x"]), "people must be a mapping"),  # type: ignore[arg-type]
    ("a person who is a number", lambda: BOARD.held_by({"a": 1}), r"people\['a'\] must be text"),  # type: ignore[dict-item]
]


@pytest.mark.parametrize(
    ("ask", "said"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED]
)
def test_what_is_refused(ask: Callable[[], object], said: str) -> None:
    """What is no list of ids is refused by name: text would be split into letters."""
    with pytest.raises(InputError, match=said):
        ask()


def nested_in_one_another(quorum: Quorum, times: int, copies: int = 1) -> Quorum:
    for _ in range(times):
        quorum = Quorum(1, [quorum] * copies)
    return quorum


def test_bounds() -> None:
    """Fifty quorums in one another can be asked everything; more, or a million places, are refused at once."""
    deepest = nested_in_one_another(BOARD, DEPTH - 1)
    assert deepest.depth == 50
    assert deepest.spare == 1
    assert len(deepest.signing_sets()) == len(deepest.blocking_sets()) == 3
    assert deepest.held_by({"a": "x"}).without(["x"]) is not None
    assert hash(deepest) == hash(pickle.loads(pickle.dumps(deepest)))  # noqa: S301  # our own bytes
    with pytest.raises(InputError, match="more than 50 quorums"):
        Quorum(1, [deepest])
    with pytest.raises(InputError, match=r"1,048,\d+ with nested ones; 1,000,000 is the most"):
        nested_in_one_another(Quorum(2, ["a", "b"]), 19, copies=2)


# ---- cases from real life ------------------------------------------------------------------------


ALICE = {"alice-laptop": "Alice", "alice-phone": "Alice", "bob-phone": "Bob"}
# name, quorum, signing sets, blocking sets, single points, spare
CASES: list[tuple[str, Quorum, list[str], list[str], str, int]] = [
    ("2 of 2", Quorum(2, ["a", "b"]), ["ab"], ["a", "b"], "ab", 0),
    ("2 of 3", BOARD, ["ab", "ac", "bc"], ["ab", "ac", "bc"], "", 1),
    ("1 of 3: each alone", Quorum(1, ["a", "b", "c"]), ["a", "b", "c"], ["abc"], "", 2),
    ("one alone", Quorum(1, ["a"]), ["a"], ["a"], "a", 0),
    (
        "the chair and any of two",
        Quorum(2, ["a", Quorum(1, ["b", "c"])]),
        ["ab", "ac"],
        ["a", "bc"],
        "a",
        0,
    ),
    (
        "two departments",
        Quorum(2, [Quorum(1, ["a", "b"]), Quorum(2, ["c", "d", "e"])]),
        ["acd", "ace", "ade", "bcd", "bce", "bde"],
        ["ab", "cd", "ce", "de"],
        "",
        1,
    ),
    (
        "in two departments",
        Quorum(2, [Quorum(1, ["a", "b"]), Quorum(1, ["a", "c"])]),
        ["a", "bc"],
        ["ab", "ac"],
        "",
        1,
    ),
    (
        "direct and nested",
        Quorum(2, ["a", "b", Quorum(1, ["b", "c"])]),
        ["b", "ac"],
        ["ab", "bc"],
        "",
        1,
    ),
    (
        "nobody can do without the one in both",
        Quorum(2, [Quorum(2, ["a", "b"]), Quorum(2, ["a", "c"])]),
        ["abc"],
        ["a", "b", "c"],
        "abc",
        0,
    ),
    (
        "one person with two of three keys",
        Quorum(2, ["k1", "k2", "k3"]).held_by({"k1": "a", "k2": "a", "k3": "b"}),
        ["a"],
        ["a"],
        "a",
        0,
    ),
    (
        "five keys, three people",
        Quorum(3, names(5, "k")).held_by({"k0": "a", "k1": "a", "k2": "b", "k3": "b", "k4": "c"}),
        ["ab", "ac", "bc"],
        ["ab", "ac", "bc"],
        "",
        1,
    ),
]


@pytest.mark.parametrize("case", CASES, ids=[case[0] for case in CASES])
def test_real_life(case: tuple[str, Quorum, list[str], list[str], str, int]) -> None:
    """Who can sign and who can stop it comes out as one would say by hand, small sets first."""
    _, quorum, signing, blocking, single, spare = case
    assert escape_hidden(quorum.signing_sets()) == signing
    assert escape_hidden(quorum.blocking_sets()) == blocking
    assert "".join(sorted(quorum.single_points())) == single
    assert quorum.spare == spare
    assert quorum.outlook().spare == spare


def test_ids() -> None:
    """Ids come once each, in the order in which they first appear; direct ones stay what they were."""
    quorum = Quorum(1, ["c", Quorum(1, ["b", "c", "a"]), "d"])
    assert quorum.ids == ("c", "b", "a", "d")
    assert quorum.direct == ["c", "d"]
    assert (quorum.depth, quorum.places) == (2, 6)


def test_held_by() -> None:
    """Members are replaced by who holds them; others keep their names, strangers in the directory do not matter."""
    quorum = Quorum(2, ["alice-laptop", "vault", Quorum(2, ["alice-phone", "bob-phone"])])
    held = quorum.held_by({**ALICE, "carol-phone": "Carol"})
    assert held == Quorum(2, ["Alice", "vault", Quorum(2, ["Alice", "Bob"])])
    assert held.can_sign(["Alice", "Bob"])
    assert held.single_points() == {"Alice"}
    assert quorum.single_points() == frozenset()
    both = Quorum(2, ["alice-laptop", "alice-phone", "bob-phone"]).held_by(ALICE)
    assert both.direct == ["Alice", "Alice", "Bob"]
    assert both.can_sign({"Alice"})
    assert eval(repr(BOARD)) == BOARD == BOARD.held_by({})  # noqa: S307  # a repr of ours
    assert both in {Quorum(2, names(3)).held_by({"m0": "Alice", "m1": "Alice", "m2": "Bob"})}


def test_without() -> None:
    """Thresholds stay; what cannot sign any more goes; None when that is the whole."""
    quorum = Quorum(2, ["a", Quorum(2, ["b", "c"]), Quorum(1, ["c", "d"])])
    assert quorum.without(["b"]) == Quorum(2, ["a", Quorum(1, ["c", "d"])])
    assert quorum.without({"d"}) == Quorum(2, ["a", Quorum(2, ["b", "c"]), Quorum(1, ["c"])])
    assert quorum.without(["c", "d"]) is None
    assert quorum.without([]) == quorum == quorum.without(["nobody"])


def test_outlook() -> None:
    """An outlook names its own ids only, and says how far it is from the end."""
    two = BOARD.outlook(lost=["nobody", "c"])
    assert (two.lost, two.left, two.can_sign, two.spare) == (("c",), ("a", "b"), True, 0)
    assert two.single_points == {"a", "b"}
    one = BOARD.outlook(lost={"c", "a"})
    assert (one.lost, one.left, one.can_sign, one.spare) == (("a", "c"), ("b",), False, 0)
    assert one.single_points == frozenset()

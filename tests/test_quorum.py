"""k of n, nested: who can sign, who is needed, and what is left."""

from __future__ import annotations

import pickle
import random
from collections.abc import Callable, Collection, Iterator
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit import quorum as module
from toolkit.errors import InputError
from toolkit.quorum import Quorum


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
    deepest = nested_in_one_another(BOARD, module.DEPTH - 1)
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


# ---- against brute force -------------------------------------------------------------------------

Spec = tuple[int, list["str | Spec"]]
RUNS = 10_000


def drawn(rng: random.Random, ids: list[str], depth: int) -> Spec:
    """A quorum up to so many deep, its ids from a few: the same one stands in many places."""
    direct = rng.sample(ids, rng.randint(0, len(ids)))
    nested = [drawn(rng, ids, depth - 1) for _ in range(rng.randint(0, 3))] if depth > 1 else []
    members: list[str | Spec] = [*direct, *nested] or [ids[0]]
    rng.shuffle(members)
    return rng.randint(1, len(members)), members


def built(spec: Spec) -> Quorum:
    return Quorum(
        spec[0], [member if isinstance(member, str) else built(member) for member in spec[1]]
    )


def held(spec: Spec, people: dict[str, str]) -> Spec:
    return spec[0], [
        people[each] if isinstance(each, str) else held(each, people) for each in spec[1]
    ]


def leaves(spec: Spec) -> Iterator[str]:
    for member in spec[1]:
        yield from [member] if isinstance(member, str) else leaves(member)


class Truth:
    """Who can sign, as one number: bit S of ``table`` says whether the ids in S can. Knows nothing of Quorum."""

    def __init__(self, spec: Spec) -> None:
        self.ids = list(dict.fromkeys(leaves(spec)))
        self.full = (1 << len(self.ids)) - 1
        self.columns = [
            sum(1 << present for present in range(self.full + 1) if present >> at & 1)
            for at in range(len(self.ids))
        ]
        self.table = self._table(spec)
        text = format(
            self.table, f"0{self.full + 1}b"
        )  # highest set first; S and its complement mirror each other
        self.stopped = (
            ~int(text[::-1], 2) & self._all
        )  # bit L: without the ids in L, the others cannot

    @property
    def _all(self) -> int:
        return (1 << (self.full + 1)) - 1

    def _table(self, spec: Spec) -> int:
        at_least = [self._all] + [0] * len(spec[1])
        for member in spec[1]:
            says = (
                self.columns[self.ids.index(member)]
                if isinstance(member, str)
                else self._table(member)
            )
            for count in range(len(spec[1]), 0, -1):
                at_least[count] |= at_least[count - 1] & says
        return at_least[spec[0]]

    def minimal(self, table: int) -> list[frozenset[str]]:
        for at, column in enumerate(self.columns):
            table &= ~((self._without(table, at) << (1 << at)) & column)
        found = [present for present in range(self.full + 1) if table >> present & 1]
        order = sorted(
            ([at for at in range(len(self.ids)) if present >> at & 1] for present in found),
            key=self._order,
        )
        return [frozenset(self.ids[at] for at in each) for each in order]

    def _without(self, table: int, at: int) -> int:
        return table & ~self.columns[at]

    @staticmethod
    def _order(each: list[int]) -> tuple[int, list[int]]:
        return len(each), each

    def names(self, present: int) -> list[str]:
        return [each for at, each in enumerate(self.ids) if present >> at & 1]

    def spare(self, lost: int) -> int:
        """How many more than these may be lost; 0 when they are too many already."""
        ends = [
            more
            for more in range(self.full + 1)
            if more & lost == lost and self.stopped >> more & 1
        ]
        return max(0, min(more.bit_count() for more in ends) - lost.bit_count() - 1)

    def single(self, lost: int) -> frozenset[str]:
        if self.stopped >> lost & 1:
            return frozenset()
        return frozenset(
            each for at, each in enumerate(self.ids) if self.stopped >> (lost | 1 << at) & 1
        )


def drawn_case(seed: int) -> tuple[Quorum, Truth]:
    rng = random.Random(seed)
    ids = names(rng.randint(1, rng.choice([4, 8, 9])))
    spec = drawn(rng, ids, rng.randint(1, 3))
    if seed % 2:
        return built(spec), Truth(spec)
    people = {each: f"p{rng.randrange(max(2, len(ids) // 2))}" for each in ids}
    return built(spec).held_by(people), Truth(held(spec, people))


@pytest.mark.parametrize("part", range(10))
def test_against_brute_force(part: int) -> None:
    """10,000 quorums, half of them by who holds the keys: every answer is what all subsets together say."""
    for seed in range(part, RUNS, 10):
        quorum, truth = drawn_case(seed)
        rng = random.Random(-1 - seed)
        subsets = range(truth.full + 1)
        for present in subsets if len(subsets) <= 64 else rng.sample(subsets, 32):
            signs = bool(truth.table >> present & 1)
            assert quorum.can_sign(truth.names(present)) is signs, seed
            more = present | rng.randrange(truth.full + 1)
            assert not signs or quorum.can_sign(truth.names(more)), seed  # monotone
        assert list(quorum.ids) == truth.ids, seed
        signing, blocking = quorum.signing_sets(), quorum.blocking_sets()
        assert signing == truth.minimal(truth.table), seed
        assert blocking == truth.minimal(truth.stopped), seed
        assert all(one & other for one in signing for other in blocking), seed
        assert quorum.single_points() == truth.single(0), seed
        assert quorum.spare == truth.spare(0), seed
        for lost in [
            rng.randrange(truth.full + 1) & rng.randrange(truth.full + 1) for _ in range(2)
        ]:
            outlook, left = quorum.outlook(truth.names(lost)), quorum.without(truth.names(lost))
            assert list(outlook.lost) == truth.names(lost), seed
            assert list(outlook.left) == truth.names(truth.full ^ lost), seed
            assert outlook.can_sign is (left is not None) is not bool(truth.stopped >> lost & 1), (
                seed
            )
            assert outlook.spare == truth.spare(lost), seed
            assert outlook.single_points == truth.single(lost), seed
            blocked = any(each <= set(truth.names(lost)) for each in blocking)
            assert blocked or quorum.can_sign(outlook.left), (
                seed
            )  # who does not block leaves enough
            present = rng.randrange(truth.full + 1)
            if left:
                assert left.can_sign(truth.names(present)) is bool(
                    truth.table >> (present & ~lost) & 1
                ), seed


def test_the_drawn_quorums_are_worth_asking() -> None:
    """Among them are flat and deep ones, ids in several places, and ids that stand twice at one level."""
    drawn_ones = [drawn_case(seed)[0] for seed in range(1000)]
    assert {quorum.depth for quorum in drawn_ones} == {1, 2, 3}
    assert {len(quorum.ids) for quorum in drawn_ones} == set(range(1, 10))
    assert sum(len(set(quorum.direct)) < len(quorum.direct) for quorum in drawn_ones) > 100
    assert sum(module._Fewest(quorum).mixtures > 1 for quorum in drawn_ones) > 300
    assert sum(quorum.spare > 0 for quorum in drawn_ones) > 250


# ---- size ----------------------------------------------------------------------------------------


def five_departments(threshold: int) -> Quorum:
    return Quorum(3, [Quorum(threshold, names(1000, f"{at}-")) for at in range(5)])


def entangled(boards: int, size: int, threshold: int, ids: int) -> Quorum:
    rng = random.Random(boards)
    return Quorum(
        boards // 2, [Quorum(threshold, rng.sample(names(ids), size)) for _ in range(boards)]
    )


def two_boards() -> Quorum:
    return Quorum(2, [Quorum(5, names(12)), Quorum(5, names(22)[10:])])


# name, what is asked, what is said
TOO_MANY: list[tuple[str, Callable[[], object], str]] = [
    (
        "15 of 30",
        Quorum(15, names(30)).signing_sets,
        "signing_sets: 155,117,520 minimal sets are too many",
    ),
    (
        "15 of 30 block",
        Quorum(16, names(30)).blocking_sets,
        "blocking_sets: 155,117,520 minimal sets are too many",
    ),
    (
        "nested",
        Quorum(2, [Quorum(5, names(10)), Quorum(5, names(10, "n"))]).signing_sets,
        "63,504 minimal sets",
    ),
    (
        "one above the limit",
        Quorum(1, names(10_001)).signing_sets,
        "10,001 minimal sets are too many",
    ),
    (
        "half of 900,000",
        Quorum(450_000, names(900_000)).signing_sets,
        "1,000,000,000,000,000,000 or more minimal sets",
    ),
    (
        "departments",
        five_departments(2).signing_sets,
        "1,000,000,000,000,000,000 or more minimal sets",
    ),
    (
        "all but one of 10,000",
        Quorum(9999, names(10_000)).signing_sets,
        "10,000 minimal sets with 99,990,000 names",
    ),
    (
        "shared, all found",
        Quorum(1, [Quorum(7, names(16)), Quorum(8, names(16))]).signing_sets,
        "11,440 minimal sets",
    ),
    (
        "entangled",
        entangled(40, 10, 5, 40).signing_sets,
        "up to 1,000,000,000,000,000,000 or more minimal sets",
    ),
    (
        "entangled block",
        entangled(40, 10, 5, 40).blocking_sets,
        "blocking_sets: up to .* are too much work",
    ),
    (
        "two boards that share two",
        two_boards().signing_sets,
        "up to 627,264 minimal sets are too much work",
    ),
    (
        "a giant of one set",
        Quorum(500_000, names(500_000)).signing_sets,
        "up to 1 minimal sets are too much work",
    ),
    (
        "spare",
        lambda: entangled(40, 10, 5, 40).spare,
        "in 1,099,511,627,776 mixtures over 41 quorums",
    ),
]


@pytest.mark.parametrize(
    ("ask", "said"), [case[1:] for case in TOO_MANY], ids=[case[0] for case in TOO_MANY]
)
def test_too_many_to_list(ask: Callable[[], object], said: str) -> None:
    """What nobody can read is refused with its number and with what answers instead; it never hangs."""
    with pytest.raises(InputError, match=said) as refused:
        ask()
    assert "single_points()" in refused.value.hint


def test_lists_up_to_the_limit() -> None:
    """The limit is on what is listed, not on the way: people with many keys, and 1 of 10,000, are listed."""
    assert len(Quorum(1, names(10_000)).signing_sets()) == 10_000
    assert [len(each) for each in Quorum(1, names(10_000)).blocking_sets()] == [10_000]
    assert len(Quorum(999, names(1000)).signing_sets()) == 1000
    people = {f"m{at}": f"p{at % 6}" for at in range(30)}
    fifteen = Quorum(15, names(30)).held_by(people)
    assert [len(each) for each in fifteen.signing_sets()] == [3] * 20
    assert fifteen.spare == 3


def test_large_ones_answer() -> None:
    """spare, single points, losses and can_sign are counted, not listed: 10,000 members are no trouble."""
    flat = Quorum(6000, names(10_000))
    assert flat.spare == 4000
    assert flat.single_points() == frozenset()
    assert not flat.can_sign(names(5999))
    assert flat.outlook(names(4000)).single_points == frozenset(flat.members[4000:])
    departments = five_departments(400)
    assert departments.spare == 3 * 601 - 1
    assert departments.single_points() == frozenset()
    assert departments.outlook([*names(601, "0-"), *names(601, "1-")]).spare == 600
    assert (
        len(five_departments(1000).without(names(1, "0-") + names(1, "1-")).single_points()) == 3000
    )
    twice = Quorum(
        2, [Quorum(500, names(1000)), Quorum(700, names(1000))]
    )  # the same thousand on two boards
    assert twice.spare == 300


def test_an_entangled_one_still_has_an_outlook() -> None:
    """Where spare cannot be counted, the outlook says None, and the rest of it as always."""
    outlook = entangled(40, 10, 5, 40).outlook(["m1"])
    assert outlook.spare is None
    assert outlook.can_sign
    assert outlook.lost == ("m1",)
    assert outlook.single_points == frozenset()

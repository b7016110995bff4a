"""What is enumerated of a quorum, against every subset there is; and how large it may be."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

import pytest

from toolkit.errors import InputError
from toolkit.quorum import Quorum
from toolkit.quorum_sets import mixtures_of


def names(count: int, prefix: str = "m") -> list[str]:
    return [f"{prefix}{at}" for at in range(count)]


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
    assert sum(mixtures_of(quorum).count > 1 for quorum in drawn_ones) > 300
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

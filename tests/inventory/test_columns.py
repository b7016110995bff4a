"""What columns say of people and quorums is what counting by hand says."""

from __future__ import annotations

import os
import random
from collections import Counter

from tests.inventory.organisation import NOW_MS, World, public_key
from toolkit import Inventory, People, privy
from toolkit.inventory.coding import columns_of
from toolkit.inventory.columns import Columns, Pairs, hashes
from toolkit.privy.models import member_identity

QUORUMS = 80_000 if os.environ.get("TEST_CAMPAIGN") else 2_000
PEOPLE = ("Ann", "Ben", "Cem", "Dee")
KEYS = [privy.AuthorizationKey(public_key(at).to_base64()) for at in range(8)]


def random_organisation(rng: random.Random, size: int) -> Inventory:
    """Quorums of a few keys and users, some in one another, some that nobody can reach; keys shared by people."""
    quorums: list[privy.KeyQuorum] = []
    for number in range(size):
        keys = rng.choices(KEYS, k=rng.randrange(4))
        users = rng.sample([f"user {at}" for at in range(4)], k=rng.randrange(3))
        inner = rng.sample(
            [each.id for each in quorums], k=min(len(quorums), rng.choice((0, 0, 1, 2)))
        )
        threshold = rng.choice((None, 1, 2, 2, 3, 4))
        quorums.append(privy.KeyQuorum(f"q{number}", keys, None, threshold, users, inner))
    seats = [member_identity(key.public_key) for key in KEYS] + [f"user {at}" for at in range(4)]
    held = {seat: rng.choice(PEOPLE) for seat in seats if rng.random() < 0.9}
    return Inventory(NOW_MS, NOW_MS, quorums=tuple(quorums), people=People(held))


def approves(quorum: privy.KeyQuorum, inventory: Inventory, people: set[str]) -> bool:
    """Whether these people reach a threshold, counted by hand; a key that is listed twice counts once."""
    known = {each.id: each for each in inventory.quorums}
    persons = inventory.people.persons
    seats = {
        *(member_identity(key.public_key) for key in quorum.authorization_keys),
        *(quorum.user_ids or ()),
    }
    inner = [known[each] for each in quorum.key_quorum_ids or ()]
    votes = sum(persons.get(seat, seat) in people for seat in seats)
    votes += sum(approves(each, inventory, people) for each in inner)
    needed = quorum.authorization_threshold
    return votes >= (len(seats) + len(inner) if needed is None else needed)


def fits(quorum: privy.KeyQuorum, inventory: Inventory) -> bool:
    """Whether its members, and those of the quorums in it, can reach the thresholds."""
    known = {each.id: each for each in inventory.quorums}
    seats = {
        *(member_identity(key.public_key) for key in quorum.authorization_keys),
        *(quorum.user_ids or ()),
    }
    size = len(seats) + len(quorum.key_quorum_ids or ())
    needed = size if quorum.authorization_threshold is None else quorum.authorization_threshold
    return 1 <= needed <= size and all(
        fits(known[each], inventory) for each in quorum.key_quorum_ids or ()
    )


def named(columns: Columns, pairs: Pairs) -> Counter[tuple[int, str]]:
    return Counter(
        (row, str(columns.seats.person_called(code)))
        for row, code in zip(pairs.rows.tolist(), pairs.codes.tolist(), strict=True)
    )


def everybody(inventory: Inventory) -> set[str]:
    """Every person, and every seat that nobody has claimed."""
    columns = columns_of(inventory)
    return {str(columns.seats.person_called(code)) for code in range(len(columns.seats.persons))}


def test_by_every_person() -> None:
    """In random quorums, 2,000 or in a campaign 80,000 of 10,000 organisations, who is enough alone and who must not be missing is what counting says."""
    rng, looked = random.Random(11), 0
    while looked < QUORUMS:
        inventory = random_organisation(rng, 8)
        columns = columns_of(inventory)
        seats = columns.seats
        persons = inventory.people.persons
        # people as counting has them → as columns call them
        called = {
            persons.get(seat, seat): str(seats.called(at)) for at, seat in enumerate(seats.ids)
        }
        alone, needed = Counter[tuple[int, str]](), Counter[tuple[int, str]]()
        for row, quorum in enumerate(inventory.quorums):
            looked += 1
            if not fits(quorum, inventory):
                continue
            for person, name in called.items():
                alone[row, name] += approves(quorum, inventory, {person})
                needed[row, name] += not approves(quorum, inventory, set(called) - {person})
        assert named(columns, columns.quorums.alone) == +alone
        assert named(columns, columns.quorums.needed) == +needed


def test_what_does_not_fit_is_no_majority() -> None:
    """What nobody can reach is neither sound nor in anybody's hands."""
    world = World()
    world.quorum(0, "Ann Ben")
    world.quorum(3, "Ann Ben")
    columns = columns_of(world.inventory())
    assert columns.quorums.reachable.tolist() == [False, True]
    assert not columns.quorums.known.any()
    assert not len(columns.quorums.alone.rows)
    assert not len(columns.quorums.needed.rows)


def test_hashes_are_the_same_everywhere() -> None:
    """A hash depends on the text alone: not on the run, the order or what stands beside it, half a character included."""
    texts = ["", "Ann", "Zażółć", "\ud800", "🗝"]
    each = [int(hashes([text])[0]) for text in texts]
    assert hashes(texts).tolist() == each
    assert each[1] == 10_458_428_397_405_552_801  # as in every run so far


def test_equal_names_are_not_one_person() -> None:
    """Two holders of one name that nobody claimed are two; claimed, they are whoever holds them."""
    world = World()
    vault = world.vault("signing", "recovery")
    holders = [world.holder("Ann", True), world.holder("Ann")]
    group = world.group(vault, "MainGroup", 2, holders)
    row = world.things["groups"].index(group)
    claimed = columns_of(world.inventory()).groups.by_person(row)
    assert len(set(claimed.names.values())) == 2  # Cobo and Ann
    for holder in holders:
        world.seats.pop(holder.tss_node_id or "")
    unclaimed = columns_of(world.inventory()).groups.by_person(row)
    assert len(set(unclaimed.names.values())) == 3

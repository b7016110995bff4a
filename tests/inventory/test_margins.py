"""What one loss leaves, what ends, and who holds which part: against counting by hand."""

from __future__ import annotations

import random

import pytest

from tests.organisations import organisation
from toolkit import Emulator, Inventory, People, cobo, collect, privy
from toolkit.inventory import margins as facts
from toolkit.inventory.powers import persons_of


@pytest.fixture
def inventory(emulator: Emulator) -> Inventory:
    seen = collect(emulator.cobo_client(), emulator.privy_client())
    rng = random.Random(4)
    return seen.with_people(
        People({seat: rng.choice(["Alice", "Bob", "Carol"]) for seat in seen.seats})
    )


def test_margins_are_what_losing_each_gives(inventory: Inventory) -> None:
    """The worst loss is the worst of all single ones, by person, Cobo among them."""
    persons = persons_of(inventory)
    rows = facts.margins_of(inventory)
    assert rows
    for row in rows:
        held = row.power.held_by(persons)
        assert held is not None
        left = {}
        for person in held.ids:
            rest = held.without({person})
            left[person] = -1 if rest is None else rest.spare
        assert row.worst == min(left.values())
        assert set(row.whose) == {each for each, spare in left.items() if spare == row.worst}
        assert row.today == held.spare
    assert [row.worst for row in rows] == sorted(row.worst for row in rows if row.worst is not None)


def test_margins_of_random_organisations() -> None:
    """Nested quorums, several seats of one person, seats of nobody: today, worst and whose, by losing each in turn."""
    rng = random.Random(17)
    for _ in range(60):
        seen = organisation(rng).inventory
        persons = persons_of(seen)
        for row in facts.margins_of(seen):
            held = row.power.held_by(persons)
            assert held is not None
            left = {person: held.outlook({person}) for person in held.ids}
            spares = {each: then.spare if then.can_sign else -1 for each, then in left.items()}
            assert row.today == held.spare
            assert row.worst == min(spare for spare in spares.values() if spare is not None)
            assert set(row.whose) == {each for each, spare in spares.items() if spare == row.worst}


def test_what_takes_too_long_to_count() -> None:
    """A power too entangled to count stands last, and its loss is nobody's."""
    inner = [
        privy.KeyQuorum(
            id=f"inner {at}",
            authorization_keys=[],
            user_ids=[f"u{(at * 7 + seat * 5) % 41}" for seat in range(9)],
            authorization_threshold=5,
        )
        for at in range(24)
    ]
    outer = privy.KeyQuorum(
        id="outer",
        authorization_keys=[],
        key_quorum_ids=[each.id for each in inner],
        authorization_threshold=12,
    )
    rows = facts.margins_of(Inventory(0, 0, quorums=(*inner, outer)))
    assert (rows[-1].power.thing, rows[-1].today, rows[-1].worst) == ("outer", None, None)
    assert rows[-1].whose == ()
    assert not rows[-1].stops


def test_holdings(inventory: Inventory) -> None:
    """Alone, must not be lost, one of several: what trying each person gives."""
    persons = persons_of(inventory)
    held = facts.holdings_of(inventory)
    for person in held.people:
        for power, cell in zip(held.powers, held.cells(person), strict=True):
            people = power.held_by(persons)
            assert people is not None
            if person not in people.ids:
                assert cell.part == "none"
            elif power.state:
                assert cell.part == "idle"
            elif people.can_sign({person}):
                assert cell.part == "alone"
            else:
                assert (cell.part == "must") == (people.without({person}) is None)
            assert cell.seats == list(people.leaves()).count(person)


def test_a_key_whose_end_is_not_said_is_neither() -> None:
    """It is left out: it neither ends nor is said to have no end."""
    keys = [
        cobo.ApiKeyInfo(
            name=name,
            curve_type="ED25519",
            key=name,
            created_timestamp=0,
            updated_timestamp=0,
            **end,
        )
        for name, end in (
            ("unsaid", {}),
            ("never", {"expired_timestamp": None}),
            ("ends", {"expired_timestamp": 5}),
        )
    ]
    assert [each.name for each in facts.endings(Inventory(0, 0, api_keys=tuple(keys)))] == [
        "ends",
        "never",
    ]

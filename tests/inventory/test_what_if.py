"""What if: against every subset of people of random organisations, and every step tried."""

from __future__ import annotations

import os
import random
from typing import Any

import pytest

from tests.inert import inert
from tests.organisations import COBO, NAMES, Organisation, organisation
from toolkit import Emulator, Inventory, People, collect, privy, what_if
from toolkit.base.hidden import hidden_at
from toolkit.errors import InputError
from toolkit.inventory.advice import State, nobody_loses
from toolkit.inventory.powers import SEAT_KINDS
from toolkit.inventory.what_if import WhatIf

ORGANISATIONS = 2_000 if os.environ.get("TEST_CAMPAIGN") else 150
SEARCHED = 2_000 if os.environ.get("TEST_CAMPAIGN") else 30  # every set of people, for every power
SEED = 20_261_127
EVERYBODY = frozenset((*NAMES, COBO))


def organisations() -> list[tuple[int, Organisation]]:
    rng = random.Random(SEED)
    return [(number, organisation(rng)) for number in range(ORGANISATIONS)]


def known(of: Organisation, people: frozenset[str]) -> frozenset[str]:
    """Those of these people who have a seat anywhere."""
    return people & {*of.persons.values()}


# ---- against brute force -------------------------------------------------------------------------


def test_can_and_who_can() -> None:
    """Who can do what, for every power and every set of people, is what counting seats by hand gives."""
    for number, of in organisations()[:SEARCHED]:
        powers = {power.id: power for power in of.inventory.powers}
        for power_id, power in powers.items():
            enough = {some for some in of.subsets if of.satisfied(power_id, some)}
            (who,) = of.inventory.who_can(power_id)
            smallest = {some for some in enough if not any(other < some for other in enough)}
            claimed = {some for some in who.coalitions or () if some <= EVERYBODY}
            assert claimed == smallest, (SEED, number, power_id)
            for some in of.subsets:
                present = known(of, some)
                said = bool(of.inventory.can(present, power_id))
                assert said == (present in enough and not power.state), (SEED, number, power_id)


def test_lost() -> None:
    """For every power: whether it stops without them, where else its vault goes on, and how many more may be lost."""
    for number, of in organisations():
        rng = random.Random(number)
        gone = known(of, frozenset(rng.sample(NAMES, rng.randint(1, 2))))
        if not gone:
            continue
        answer = what_if(of.inventory, lost=gone)
        assert len(answer.fates) == len(of.inventory.powers)
        seats = frozenset(of.persons) | {
            seat for power in of.inventory.powers if power.quorum for seat in power.quorum.ids
        }
        everybody = {of.persons.get(seat, seat) for seat in seats}
        stay = frozenset(everybody - gone)
        for fate in answer.fates:
            power = fate.power
            stops = not of.satisfied(power.id, stay) and not power.state
            assert fate.stops == stops, (SEED, number, power.id)
            if fate.stops and power.service == "cobo":
                others = [
                    group
                    for group in of.groups_of(power.place)
                    if group.key_share_holder_group_id != power.thing
                    and (group.type == "RecoveryGroup") == (power.kind == "rebuilds")
                    and of.satisfied(f"{group.key_share_holder_group_id}:{power.kind}", stay)
                ]
                assert bool(fate.elsewhere) == bool(others), (SEED, number, power.id)
            if fate.stops is False and not power.state:
                points = {each for each in stay if not of.satisfied(power.id, stay - {each})}
                assert fate.single_points == points, (SEED, number, power.id)
                assert (fate.spare == 0) == bool(points), (SEED, number, power.id)


def test_together() -> None:
    """For every power in which they have a part: whether they are enough, how many more they need, and who could be one."""
    for number, of in organisations():
        rng = random.Random(number)
        some = known(of, frozenset(rng.sample(NAMES, rng.randint(1, 3))))
        if not some:
            continue
        answer = what_if(of.inventory, together=some)
        for reach in answer.reaches:
            enough = of.satisfied(reach.power.id, some)
            assert reach.enough == enough, (SEED, number, reach.power.id)
            sizes = [
                len(other - some)
                for other in of.subsets
                if some <= other and of.satisfied(reach.power.id, other)
            ]
            if sizes and not any(seat not in of.persons for seat in reach.power.quorum.ids):  # type: ignore[union-attr]
                assert reach.more == min(sizes), (SEED, number, reach.power.id)
        for step in answer.steps:
            assert step.safe is not False


def test_each_step_is_safe() -> None:
    """Whoever is lost, and whether or not they can still sign: no step takes anything from those who stay."""
    steps = 0
    for number, of in organisations():
        gone = known(of, frozenset(random.Random(number).sample(NAMES, 1)))
        if not gone:
            continue
        for still_signing in (False, True):
            answer = what_if(of.inventory, lost=gone, still_signing=still_signing)
            assert [step for step in answer.steps if step.safe is False] == [], (SEED, number)
            steps += len(answer.steps)
            for step in answer.steps:
                if still_signing:  # whoever stays can be helped as long as the others sign
                    assert step.signers != "nobody can", (SEED, number)
    assert steps > ORGANISATIONS


def test_the_check_can_fail() -> None:
    """A step that takes power from those who stay is not called safe."""
    users = ["a", "b", "c"]
    quorum = privy.KeyQuorum(
        id="q", authorization_keys=[], user_ids=users, authorization_threshold=2
    )
    state = State.of(Inventory(0, 0, quorums=(quorum,)), frozenset("a"))
    worse = state.with_quorum(
        privy.KeyQuorum(id="q", authorization_keys=[], user_ids=users, authorization_threshold=3)
    )
    assert nobody_loses(state, state, "q", frozenset("a"))
    assert not nobody_loses(state, worse, "q", frozenset("a"))


# ---- the demo world ------------------------------------------------------------------------------


@pytest.fixture
def inventory(emulator: Emulator) -> Inventory:
    seen = collect(emulator.cobo_client(), emulator.privy_client(), progress=False)
    seats = {seat.id: seat.label.split()[0] for seat in seen.seats.values() if seat.label}
    seats |= {key.public.fingerprint: name for name, key in emulator.authorization_keys.items()}
    others = {
        seat.id: "Dev" for seat in seen.seats.values() if seat.kind in ("API key", "app secret")
    }
    return seen.with_people(People(seats | others))


def test_two_powers(inventory: Inventory) -> None:
    """Alice signs day to day and is one of three who hold shares: the first stops, the second goes on."""
    answer = what_if(inventory, lost={"Alice"})
    main = {fate.power.kind: fate for fate in answer.fates if fate.power.name == "main group"}
    assert main["signs"].stops
    assert main["shares"].stops is False
    assert answer.headline == "Without Alice: 1 thing stops, 3 go on."
    assert "1 × signing day to day" in answer.lead


def test_still_signing_changes_the_advice(emulator: Emulator) -> None:
    """Who can still sign makes possible what nobody can do afterwards, so that comes first."""
    users = ["a", "b"]
    quorum = privy.KeyQuorum(id="q", display_name="Both", authorization_keys=[], user_ids=users)
    seen = Inventory(0, 0, quorums=(quorum,), people=People({"a": "Alice", "b": "Bob"}))
    (locked,) = what_if(seen, lost={"Alice"}).steps
    assert (locked.sentence, locked.signers) == ("it is locked", "nobody can")
    add, remove = what_if(seen, lost={"Alice"}, still_signing=True).steps
    assert add.sentence == "add 2 members and leave the threshold at 2"
    assert "Only while Alice can sign" in add.why
    assert remove.sentence == "take Alice out"
    assert add.safe
    assert remove.safe


def test_first_somebody_new_then_nobody_old(inventory: Inventory) -> None:
    """Every removal comes after every addition."""
    for still_signing in (False, True):
        sentences = [
            step.sentence
            for step in what_if(inventory, lost={"Alice"}, still_signing=still_signing).steps
        ]
        last = [
            at
            for at, text in enumerate(sentences)
            if text.startswith(("take", "delete", "make the new"))
        ]
        assert last == list(range(len(sentences) - len(last), len(sentences)))


def test_what_was_in_their_hands(inventory: Inventory) -> None:
    """API keys and app secrets of whoever is lost are replaced."""
    steps = what_if(inventory, lost={"Dev"}).steps
    assert {step.about for step in steps} == {"API key treasury-bot", "app secret app secret"}
    assert set(SEAT_KINDS) >= {"API key", "app secret"}


def test_taking_power(inventory: Inventory) -> None:
    """What takes a quorum from two who are enough leaves them too few, and one loss bearable."""
    answer = what_if(inventory, together={"Alice", "Bob"})
    assert answer.headline == "Alice and Bob are enough in 2 places."
    step = next(step for step in answer.steps if step.about == "Treasury approvals, EU")
    assert step.sentence == "add 1 member and raise the threshold to 3 of 4, in one change"
    assert step.safe
    strongest = {names: places for names, places, _ in answer.strongest()}
    assert strongest["Alice", "Bob"] == 2
    assert ("Dev", "Frank") not in strongest  # Dev is enough alone


@pytest.mark.parametrize("question", [{"lost": {"Alice"}}, {"together": {"Alice", "Bob"}}])
def test_tables_and_looks(inventory: Inventory, question: dict[str, Any]) -> None:
    """One row a power, ids that join; a card that does nothing; a text of plain lines."""
    answer = what_if(inventory, **question)
    frame = answer.frame()
    assert len(frame) == len(answer.fates or answer.reaches)
    groups = {group.key_share_holder_group_id for group in inventory.groups}
    quorums = {quorum.id for quorum in inventory.quorums}
    apps = {origin.identity for origin in inventory.origins}
    assert set(frame["thing_id"]) <= groups | quorums | apps
    assert len(answer.steps_frame()) == len(answer.steps)
    inert(answer._repr_html_())
    assert not hidden_at(answer.text().replace("\n", ""))
    assert repr(answer).startswith("<WhatIf on EMULATOR")


def test_hostile_names(inventory: Inventory) -> None:
    """A person's name that moves or hides text is written out."""
    name = "Al\u202eice<b>\n  HIGH"
    seats = {
        seat: name if person == "Alice" else person
        for seat, person in inventory.people.persons.items()
    }
    answer = what_if(inventory, people=People(seats), lost={name})
    assert not hidden_at(answer.text().replace("\n", ""))
    inert(answer._repr_html_())


WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("no question", {}, "asks one question"),
    ("both", {"lost": {"Alice"}, "together": {"Bob"}}, "asks one question"),
    ("a text", {"lost": "Alice"}, "must be a set of names"),
    ("nobody", {"lost": {"Nobody"}}, "Nobody called 'Nobody'"),
]


@pytest.mark.parametrize(
    ("arguments", "words"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG]
)
def test_wrong_questions(inventory: Inventory, arguments: dict[str, Any], words: str) -> None:
    """Each is refused by what is wrong with it."""
    with pytest.raises(InputError, match=words):
        what_if(inventory, **arguments)
    with pytest.raises(InputError, match="asks an Inventory"):
        what_if(None, lost={"Alice"})  # type: ignore[arg-type]


def test_people_as_an_argument(inventory: Inventory) -> None:
    """People can be passed, as a value or a mapping; unclaimed seats can be asked about by id."""
    bare = inventory.with_people(People())
    persons = inventory.people.persons
    assert isinstance(what_if(bare, people=persons, lost={"Alice"}), WhatIf)
    seat = next(seat for seat, name in persons.items() if name == "Omar")
    assert what_if(bare, lost={seat}).fates

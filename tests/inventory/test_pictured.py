"""Pictures of powers: each of one power, and each seat as it is counted."""

from __future__ import annotations

import random
import re
from typing import Any

import pytest

from tests.inert import inert
from tests.organisations import organisation
from toolkit import Emulator, Inventory, People, collect, privy, what_if
from toolkit.base.card import ROWS
from toolkit.base.hidden import hidden_at
from toolkit.base.html import Drawn
from toolkit.inventory.pictured import ANOTHER, SEATS
from toolkit.inventory.what_if import WhatIf

SEED = 20_261_127
ORGANISATIONS = 60


def users(count: int, threshold: int, **more: Any) -> privy.KeyQuorum:
    return privy.KeyQuorum(
        id=more.pop("id", "q"),
        display_name="Payouts",
        authorization_keys=[],
        user_ids=[f"u{at}" for at in range(count)],
        authorization_threshold=threshold,
        **more,
    )


def asked(*quorums: privy.KeyQuorum, **question: set[str]) -> WhatIf:
    """A question about people P0, P1, … who hold the users u0, u1, … of these quorums."""
    seats = {seat for quorum in quorums for seat in quorum.user_ids or ()}
    people = People({seat: seat.replace("u", "P") for seat in sorted(seats)})
    return what_if(Inventory(0, 0, quorums=quorums, people=people), **question)


def states(drawn: Drawn, view: int = -1) -> list[tuple[str, str, str]]:
    """Each seat of a look: who, in which state, doing what."""
    seats = drawn.views[view].p["seats"]
    return [(seat["name"], seat["state"], seat["word"]) for seat in seats]


def test_now_and_without() -> None:
    """The same seats twice: now all take part, then those who are gone are crossed out, and it is said what follows."""
    (drawn,) = asked(users(3, 2), lost={"P1"}).drawn
    now, then = drawn.views
    assert (drawn.title, drawn.act) == ("Payouts", "approves")
    assert (now.title, now.p["gate"], now.severity) == ("Now", "any 2 of 3", "good")
    assert now.sentence == "1 person may be lost, whoever it is."
    assert states(drawn, 0) == [(f"P{at}", "signs", "approves") for at in range(3)]
    assert (then.title, then.p["gate"]) == ("Without P1", "2 left, 2 needed")
    assert (then.severity, then.sentence) == ("medium", "Goes on; nobody more may be lost.")
    assert states(drawn)[1] == ("P1", "lost", "gone")
    assert [state for _, state, _ in states(drawn)] == ["signs", "lost", "signs"]


def test_what_stops() -> None:
    """Too few are left, which is said in numbers and in a word."""
    (drawn,) = asked(users(2, 2), lost={"P0"}).drawn
    now, then = drawn.views
    assert (now.p["gate"], now.sentence) == ("all 2", "Nobody may be lost.")
    assert (then.p["gate"], then.severity, then.sentence) == ("1 left, 2 needed", "high", "Stops.")


def test_together_is_one_look() -> None:
    """Who takes part and who does not; and how far that gets them."""
    (drawn,) = asked(users(3, 3), together={"P0", "P2"}).drawn
    (view,) = drawn.views
    assert [word for _, _, word in states(drawn)] == ["with them", "not with them", "with them"]
    assert view.p["gate"] == "all 3"
    assert view.sentence == "3 needed, 2 with them. They need 1 more: P1."


def test_a_quorum_inside_is_one_seat() -> None:
    """It is gone once those who stay in it are too few, and its members are named."""
    inside = users(2, 2, id="inside")
    outer = privy.KeyQuorum(
        id="outer",
        display_name="Owners",
        authorization_keys=[],
        user_ids=["u7"],
        key_quorum_ids=["inside"],
        authorization_threshold=1,
    )
    lost = {each.title: each for each in asked(inside, outer, lost={"P0"}).drawn}
    assert ("2 of 2: P0, P1", "lost", "gone") in states(lost["Owners"])
    assert ("P7", "signs", "approves") in states(lost["Owners"])
    both = {each.title: each for each in asked(inside, outer, together={"P0", "P1"}).drawn}
    assert ("2 of 2: P0, P1", "signs", "with them") in states(both["Owners"])


def test_of_too_many_seats_those_concerned_are_drawn() -> None:
    """They come first, and how many are left out is said."""
    (drawn,) = asked(users(30, 20), lost={"P28"}).drawn
    assert len(states(drawn)) == SEATS
    assert states(drawn)[0] == ("P28", "lost", "gone")
    assert all("20 more seats not drawn" in view.sentence for view in drawn.views)
    assert drawn.views[1].p["gate"] == "29 left, 20 needed"


def test_all_is_in_words_for_whoever_sees_no_picture() -> None:
    """The label has the place, the power, every seat and what follows, on one line without hidden characters."""
    quorum = users(2, 1)
    people = People({"u0": "Al\u202eice", "u1": "Bob"})
    seen = Inventory(0, 0, quorums=(quorum,), people=people)
    (drawn,) = what_if(seen, lost={"Bob"}).drawn
    assert not hidden_at(drawn.alt)
    for words in (
        "Payouts, approves",
        "Now: any 1 of 2",
        "Bob gone",
        "1 left, 1 needed",
        "Goes on",
    ):
        assert words in drawn.alt


def test_many_powers_are_not_all_drawn() -> None:
    """As many as a list has on a card; the table has all of them."""
    quorums = [users(2, 1, id=f"q{at}") for at in range(ROWS + 5)]
    answer = asked(*quorums, lost={"P0"})
    assert len(answer.drawn) == ROWS
    assert len(answer.frame()) == ROWS + 5


@pytest.fixture(scope="module")
def seeded() -> Inventory:
    emulator = Emulator.seeded()
    seen = collect(emulator.cobo_client(), emulator.privy_client())
    names = ("Alice", "Bob", "Carol", "Dana")
    return seen.with_people(People({seat: names[at % 4] for at, seat in enumerate(seen.seats)}))


@pytest.mark.parametrize("question", [{"lost": {"Alice"}}, {"together": {"Alice", "Bob"}}])
def test_two_powers_are_never_one_picture(seeded: Inventory, question: dict[str, Any]) -> None:
    """Each drawing is of one power of one place; only those over shares speak of shares."""
    answer = what_if(seeded, **question)
    rows = [row.power for row in (*answer.touched, *answer.reaches) if row.power.quorum]
    assert [(each.title, each.act) for each in answer.drawn] == [(p.title, p.act) for p in rows]
    for drawn, power in zip(answer.drawn, rows, strict=True):
        words = " ".join(view.alt.replace(ANOTHER, "") for view in drawn.views)
        assert ("share" in words) == (power.kind in ("shares", "rebuilds"))
        assert ("day to day" in words) is False
        assert re.search(r"\bsigns?\b", words) is None or power.kind == "signs"


def test_what_cannot_be_used_is_said_in_both_looks(seeded: Inventory) -> None:
    """A group that is New stops nothing and saves nothing."""
    new = [fate for fate in what_if(seeded, lost={"Alice"}).touched if fate.power.state]
    assert new
    drawn = {(each.title, each.act): each for each in what_if(seeded, lost={"Alice"}).drawn}
    for fate in new:
        sentences = {view.sentence for view in drawn[fate.power.title, fate.power.act].views}
        assert sentences == {f"It is {fate.power.state}: nobody can use it now."}


def test_what_is_drawn_is_what_is_counted() -> None:
    """Over random organisations: enough seats are left in the picture exactly where the power goes on."""
    rng = random.Random(SEED)
    drawn = 0
    for number in range(ORGANISATIONS):
        inventory = organisation(rng).inventory
        for name in inventory.people.names[:2]:
            answer = what_if(inventory, lost={name})
            pictures = {(each.title, each.act): each for each in answer.drawn}
            for fate in answer.touched[:ROWS]:
                quorum = fate.power.quorum
                picture = pictures.get((fate.power.title, fate.power.act))
                if quorum is None or picture is None or fate.power.state or fate.stops is None:
                    continue
                drawn += 1
                left = [state for _, state, _ in states(picture) if state != "lost"]
                assert (len(left) < quorum.threshold) == fate.stops, (SEED, number, name)
    assert drawn > ORGANISATIONS


@pytest.mark.parametrize("question", ["lost", "together"])
def test_hostile_names_in_pictures(question: str) -> None:
    """A name that breaks out, hides or draws does nothing in a picture, a label or an initial."""
    name = '"><svg onload=x>\u202e<script>'
    seen = Inventory(0, 0, quorums=(users(2, 1),), people=People({"u0": name, "u1": "\u200bBob"}))
    html = what_if(seen, **{question: {name}})._repr_html_()
    inert(html)
    assert html.count("<svg") > 2

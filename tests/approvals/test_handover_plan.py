"""A handover as a plan: the steps of ``cobo.Handover``, enough shares at every moment, nobody who leaves at the end."""

from __future__ import annotations

import itertools
import os
import random
import re
from typing import Any

import pytest

from tests.cobo.handing_over import KINDS, WORD, Killed, Place, killed_at, resumed
from tests.emulated import changes
from tests.samples import node_id
from toolkit import cobo, plan
from toolkit.approvals.handover_plan import HandoverPlan, plan_handover
from toolkit.cobo.tss import people_of
from toolkit.errors import InputError
from toolkit.quorum import Quorum

TURNS = 10_000 if os.environ.get("TEST_CAMPAIGN") else 400
PEOPLE = [f"P{at}" for at in range(6)]


def a_group(
    kind: str, k: int, people: list[str], version: str = "old", **more: Any
) -> cobo.KeyShareHolderGroup:
    """A group with keys: Cobo's holder and these, all of whom sign as far as k allows."""
    holders = [
        cobo.KeyShareHolder(
            name=name,
            type="API",
            tss_node_id=node_id(f"{name}{version}"),
            signer=at < k - 1 if kind != "RecoveryGroup" else None,
        )
        for at, name in enumerate(people)
    ]
    own = cobo.KeyShareHolder(name="Cobo", type="Cobo", tss_node_id=node_id("Cobo"), signer=True)
    seats = holders if kind == "RecoveryGroup" else [own, *holders]
    facts: dict[str, Any] = {
        "key_share_holder_group_id": kind, "type": kind, "threshold": k, "participants": len(seats),
        "key_share_holders": seats, "status": "Valid",
    }  # fmt: skip
    return cobo.KeyShareHolderGroup(**(facts | more))


def seats(group: cobo.KeyShareHolderGroup) -> list[str]:
    """Who holds a share, by name, worked out by nothing of the plan's own."""
    return [holder.name or "" for holder in group.key_share_holders or ()]


def enough(group: cobo.KeyShareHolderGroup, there: set[str]) -> bool:
    return sum(name in there for name in seats(group)) >= (group.threshold or 0)


def order_exists(
    before: cobo.KeyShareHolderGroup,
    after: cobo.KeyShareHolderGroup,
    main: cobo.KeyShareHolderGroup | None,
    helping: set[str],
) -> bool:
    """Whether any order of making, asking, and ending keeps enough shares with those who may be relied on: all are tried."""
    return any(
        is_safe(order, before, after, main, helping)
        for order in itertools.permutations(("make", "ask", "end"))
    )


def is_safe(
    order: tuple[str, ...],
    before: cobo.KeyShareHolderGroup,
    after: cobo.KeyShareHolderGroup,
    main: cobo.KeyShareHolderGroup | None,
    helping: set[str],
) -> bool:
    everybody = {name for group in (before, after, main) if group for name in seats(group)}
    gone = set(seats(before)) - set(seats(after))
    beside = [] if main is None else [main]
    with_keys, made = [before, *beside], False
    for step in order:
        reliable = everybody - (gone - helping)
        if step == "make":
            made = True
        elif step == "ask":
            sources = [each for each in with_keys if each.type == "MainGroup"]
            asked = all(enough(each, reliable) for each in sources)  # not shown: not judged
            if not made or not asked or (before.type == "MainGroup" and not sources):
                return False
            with_keys = [*with_keys, after]
        else:  # whoever helped has gone, too
            with_keys = [each for each in with_keys if each is not before]
            reliable = everybody - gone
        if not any(enough(each, reliable) for each in with_keys):
            return False
    return after in with_keys and before not in with_keys


def must_hold(made: HandoverPlan, after: cobo.KeyShareHolderGroup) -> None:
    """At every moment some group holds enough; at the end it is the successor, and nobody who left is in it."""
    assert [step.name for step in made.steps] == ["group", "keys", "valid", "end"]
    assert all(step.holding for step in made.steps)
    group, keys, valid, end = (step.holding for step in made.steps)
    assert group == keys == valid[: len(group)]
    final = end[0]
    assert valid[-1] == final
    theirs = {holder.tss_node_id for holder in people_of(after)}
    own = set() if made.before.type == "RecoveryGroup" else {"Cobo"}
    assert set(final.ids) == theirs | own
    assert final.threshold == after.threshold
    old = {holder.tss_node_id for holder in people_of(made.before)}
    assert not old & set(final.ids)


def test_random_plans() -> None:
    """Over random groups each plan keeps enough shares at every moment, and one is refused exactly where no order exists."""
    numbers, refused = random.Random(15), 0
    for _ in range(TURNS):
        kind = numbers.choice(KINDS)
        cobos = 0 if kind == "RecoveryGroup" else 1
        schemes = [numbers.choice([(2, 2), (2, 3), (3, 3)]) for _ in range(2)]
        before, after = (
            a_group(kind, k, numbers.sample(PEOPLE, n - cobos), version)
            for (k, n), version in zip(schemes, ("old", "new"), strict=True)
        )
        main = None
        if kind != "MainGroup" and numbers.random() < 0.5:
            main = a_group("MainGroup", 2, numbers.sample(PEOPLE, 2), "main")
        leaving = [each for each in seats(before) if each not in seats(after)]
        helping = set(numbers.sample(leaving, numbers.randint(0, len(leaving))))
        try:
            made = plan(before, after, leaving_sign=helping, main=main)
        except InputError:
            refused += 1
            assert not order_exists(before, after, main, helping), (before, after, main, helping)
            continue
        assert order_exists(before, after, main, helping), (before, after, main, helping)
        must_hold(made, after)
    assert TURNS * 0.1 < refused < TURNS * 0.9


# ---- beside the service --------------------------------------------------------------------------


def planned(place: Place) -> HandoverPlan:
    request = cobo.CreateKeyShareHolderGroupRequest(
        key_share_holder_group_type="SigningGroup" if place.kind == "MainGroup" else place.kind,
        threshold=place.old.threshold or 0,
        participants=place.old.participants or 0,
        key_share_holders=place.holders(place.nodes),
    )
    staying = {holder.name for holder in request.key_share_holders}
    leaving = [holder.name or "" for holder in people_of(place.old) if holder.name not in staying]
    return plan(place.old, request, leaving_sign=leaving)


@pytest.mark.parametrize("kind", KINDS)
def test_its_steps_are_those_of_the_handover(kind: str) -> None:
    """Before anything is sent, the plan and the service's own look have the same steps, and the plan says nothing else of who must act."""
    place = Place(kind)
    made = planned(place)
    steps = made.handover(place.emulator.cobo_client(), place.vault).look().steps
    assert [(step.name, step.title) for step in made.steps] == [
        (step.name, step.title) for step in steps
    ]
    assert made.steps[1].who[0] == steps[1].who[0]
    assert set(steps[2].who) & set(made.steps[2].who)
    assert WORD[kind] in made.steps[3].who[-1]
    assert WORD[kind] in list(made.in_words())[3]
    assert changes(place.emulator) == []


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_carried_out_and_resumed(kind: str) -> None:
    """The plan's handover, killed at a request and taken up by another plan, ends with one successor in the old one's place."""
    for at in (1, 5, 9, 13):
        place = Place(kind)
        custody = place.emulator.cobo_client()
        killed_at(custody, at, arrives=True)
        with pytest.raises(Killed):
            planned(place).handover(custody, place.vault).run(acknowledge={WORD[kind]})
        again = planned(place).handover(place.emulator.cobo_client(), place.vault)
        assert not again.look().done or at == 13
        resumed(place)
        place.is_over()
        assert planned(place).handover(place.emulator.cobo_client(), place.vault).look().done


def test_a_node_that_holds_a_share_already() -> None:
    """A holder who stays on the same node is told in the first step, with the word that it takes (inferred)."""
    before = a_group("MainGroup", 2, ["P0", "P1"])
    after = a_group("MainGroup", 2, ["P0", "P2"], "new")
    kept = [people_of(before)[0], people_of(after)[1]]
    request = cobo.CreateKeyShareHolderGroupRequest(
        key_share_holder_group_type="SigningGroup",
        threshold=2,
        participants=3,
        key_share_holders=[
            cobo.CreateKeyShareHolder(
                name=each.name, type="API", tss_node_id=each.tss_node_id, signer=at == 0
            )
            for at, each in enumerate(kept)
        ],
    )
    made = plan(before, request)
    assert [each.rule for each in made.steps[0].findings] == ["cobo.node-in-vault"]
    assert "It takes a word (cobo.node-in-vault)" in next(made.in_words())
    assert (made.stay, made.come, made.leave) == (("P0",), ("P2",), ("P1",))
    assert repr(made) == "<HandoverPlan: 4 steps>"


def test_names_are_called_as_they_are_known() -> None:
    """Nodes are called by their holders' names, or by those that are given."""
    before, after = (
        a_group("SigningGroup", 2, people, version)
        for people, version in ((["P0", "P1"], "old"), (["P0", "P2"], "new"))
    )
    lines = list(plan(before, after).in_words({node_id("P2new"): "Dana’s HSM"}))
    assert lines[0].endswith("Enough shares then: 2 of 3: Cobo, P0, P1.")
    assert lines[2].endswith("2 of 3: Cobo, P0, P1 and 2 of 3: Cobo, P0, Dana’s HSM.")
    assert lines[3].endswith("Enough shares then: 2 of 3: Cobo, P0, Dana’s HSM.")


OLD, NEW = a_group("MainGroup", 2, ["P0", "P1"]), a_group("MainGroup", 2, ["P0", "P2"], "new")
SIGNING = a_group("SigningGroup", 2, ["P0", "P1"])


def without(field: str, group: cobo.KeyShareHolderGroup) -> cobo.KeyShareHolderGroup:
    """A successor whose holders lack a field."""
    holders = [
        cobo.KeyShareHolder(
            **{
                "name": each.name,
                "type": each.type,
                "tss_node_id": each.tss_node_id,
                "signer": each.signer,
                field: None,
            }
        )
        for each in group.key_share_holders or ()
    ]
    return a_group(group.type or "", 2, [], key_share_holders=holders, participants=3)


REFUSED: dict[str, tuple[Any, Any, dict[str, Any], str]] = {
    "nobody stays": (OLD, a_group("MainGroup", 2, ["P4", "P5"], "new"), {}, "only 1 node of them is with Cobo or with those who stay"),
    "the main group cannot give": (SIGNING, a_group("SigningGroup", 2, ["P0", "P2"], "new"), {"main": a_group("MainGroup", 3, ["P1", "P3"], "main")}, "give the shares of the main group"),
    "another kind": (OLD, a_group("RecoveryGroup", 2, ["P0", "P2"], "new"), {}, "is a RecoveryGroup, and the successor of a MainGroup"),
    "no keys yet": (a_group("MainGroup", 2, ["P0", "P1"], status="New"), NEW, {}, "is New, so it has no keys"),
    "holders that are not listed": (a_group("MainGroup", 2, ["P0"], participants=3), NEW, {}, "before: Who holds enough shares is unknown"),
    "a scheme that does not fit": (OLD, a_group("MainGroup", 2, ["P0"], "new", participants=3), {}, "after: Who holds enough shares is unknown"),
    "nobody signs": (OLD, without("signer", NEW), {}, "after: "),
    "no node": (OLD, without("tss_node_id", NEW), {}, "after: "),
    "one name for two": (OLD, a_group("MainGroup", 2, ["P0", "P0"], "new"), {}, "after: P0 stands there twice"),
    "one name for two before": (a_group("MainGroup", 2, ["P0", "P0"]), NEW, {}, "before: P0 stands there twice"),
    "who does not leave": (OLD, NEW, {"leaving_sign": ["P0"]}, "P0 does not leave"),
    "a main group that is none": (SIGNING, a_group("SigningGroup", 2, ["P0", "P2"], "new"), {"main": SIGNING}, "main is no main group"),
    "a quorum": (OLD, Quorum(1, ["a"]), {}, "after must be a group"),
    "proven": (OLD, NEW, {"proven": ["x"]}, "proven: holders of a group"),
    "a main group of a quorum": (Quorum(1, ["a"]), Quorum(1, ["a"]), {"main": OLD}, "main: a quorum has none"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_why_there_is_none(name: str) -> None:
    """Where no order exists, or a part of it is unknown, it is refused with the reason."""
    before, after, more, words = REFUSED[name]
    with pytest.raises(InputError, match=re.escape(words)):
        plan(before, after, **more)


def test_nothing_to_be_done() -> None:
    """The same nodes and the same scheme: no step; the same people in another scheme: a handover."""
    assert plan(OLD, OLD).steps == ()
    assert plan_handover(OLD, OLD).stay == ("P0", "P1")
    wider = a_group("MainGroup", 2, ["P0", "P1", "P2"], "new", participants=4)
    with pytest.raises(InputError, match="after: "):
        plan(OLD, wider)  # no scheme that Cobo has
    narrower = a_group("MainGroup", 2, ["P0"], "new")
    assert len(plan(OLD, narrower).steps) == 4

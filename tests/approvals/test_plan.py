"""The order of changes: never too few who can sign, and nobody who leaves at the end."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator

import pytest

from tests.approvals.together import quorum_of
from tests.samples import KEYS
from toolkit import Emulator, privy
from toolkit.approvals.plan import Plan, Step, plan
from toolkit.errors import InputError
from toolkit.keys import P256Key
from toolkit.quorum import Quorum

NEW = [P256Key.from_hex(f"{number:064x}") for number in range(50, 54)]
TURNS = 10_000 if os.environ.get("TEST_CAMPAIGN") else 1_000


def must_hold(made: Plan, proven: set[str], helping: set[str]) -> None:
    """What is promised, looked at step by step, by nothing of the plan's own."""
    state, trusted = made.before, (set(made.before.ids) & set(made.after.ids)) | proven
    for step in made.steps:
        assert step.before == state
        signers = set(step.signers)
        assert len(signers) == len(step.signers) == state.threshold
        assert signers <= set(state.ids)
        assert signers <= set(made.after.ids) | helping  # nobody who leaves is needed
        trusted |= signers & set(made.after.ids)
        state = step.after
        assert set(state.ids) == set(made.after.ids)  # whoever leaves is out with the first step
        assert state.threshold >= min(made.before.threshold, made.after.threshold, len(trusted))
        assert len(trusted & set(state.ids)) >= state.threshold  # those who are known can repair it
    assert (state.threshold, set(state.ids)) == (made.after.threshold, set(made.after.ids))


def reachable(before: Quorum, after: Quorum, proven: set[str], helping: set[str]) -> bool:
    """Whether any order exists: every state, every set of signers, and what is known by then is tried."""
    start = (
        before.threshold,
        frozenset(before.ids),
        frozenset(set(before.ids) & set(after.ids) | proven & set(after.ids)),
    )
    todo, seen = [start], {start}
    goal = (after.threshold, frozenset(after.ids))
    while todo:
        threshold, members, known = todo.pop()
        if (threshold, members) == goal:
            return True
        may_sign = members & (
            frozenset(after.ids) | (helping if members == frozenset(before.ids) else frozenset())
        )
        if len(may_sign) < threshold:
            continue
        newcomers = sorted(may_sign - known - helping)
        signing = frozenset([*newcomers, *sorted(may_sign - set(newcomers))][:threshold])
        learnt = known | (signing & frozenset(after.ids))
        for following in states(after):
            if len(learnt & following[1]) >= following[0]:
                state = (*following, learnt)
                if state not in seen:
                    seen.add(state)
                    todo.append(state)
    return False


def states(after: Quorum) -> Iterator[tuple[int, frozenset[str]]]:
    members = frozenset(after.ids)
    for threshold in range(1, len(members) + 1):
        yield threshold, members


def test_random_plans() -> None:
    """Over random quorums each plan keeps its promises, and one is refused exactly where no order exists."""
    numbers = random.Random(15)
    refused = 0
    for _ in range(TURNS):
        people = [f"p{at}" for at in range(7)]
        old = numbers.sample(people, numbers.randint(1, 5))
        new = numbers.sample(people, numbers.randint(1, 5))
        before, after = (
            Quorum(numbers.randint(1, len(old)), old),
            Quorum(numbers.randint(1, len(new)), new),
        )
        leaving = [each for each in old if each not in new]
        coming = [each for each in new if each not in old]
        helping = (
            set(numbers.sample(leaving, numbers.randint(0, len(leaving))))
            if numbers.random() < 0.3
            else set()
        )
        proven = set(numbers.sample(coming, numbers.randint(0, len(coming))))
        try:
            made = plan(before, after, proven=proven, leaving_sign=helping)
        except InputError:
            refused += 1
            assert not reachable(before, after, proven, helping), (before, after, proven, helping)
            continue
        must_hold(made, proven, helping)
    assert TURNS * 0.1 < refused < TURNS * 0.9


def test_one_step_where_those_who_stay_are_enough() -> None:
    """Two of three stay and two are needed: one step, signed by them."""
    made = plan(Quorum(2, ["a", "b", "c"]), Quorum(2, ["a", "b", "d"]))
    assert made.steps == (Step(Quorum(2, ["a", "b", "c"]), Quorum(2, ["a", "b", "d"]), ("a", "b")),)
    (line,) = made.in_words({"a": "Alice", "b": "Bob", "c": "Carol", "d": "Dana"})
    assert line == "1. Dana in, Carol out, 2 of 3 must sign. Signed by Alice and Bob."


def test_newcomers_are_relied_on_once_they_have_signed() -> None:
    """The threshold rises only as far as keys have been seen to work; with proven ones it is one step."""
    before, after = Quorum(1, ["a"]), Quorum(3, ["a", "b", "c"])
    made = plan(before, after)
    assert [(step.after.threshold, step.signers) for step in made.steps] == [
        (1, ("a",)),
        (2, ("b",)),
        (3, ("c", "a")),
    ]
    assert len(plan(before, after, proven={"b", "c"}).steps) == 1
    assert plan(before, before).steps == ()


def test_why_there_is_none() -> None:
    """Too few stay, nobody stays whom anybody has seen sign, nested quorums: refused with the reason."""
    with pytest.raises(
        InputError, match="only 1 member stays: without whoever leaves it cannot begin"
    ):
        plan(Quorum(2, ["a", "b"]), Quorum(1, ["a"]))
    assert plan(Quorum(2, ["a", "b"]), Quorum(1, ["a"]), leaving_sign={"b"}).steps[0].signers == (
        "a",
        "b",
    )
    with pytest.raises(InputError, match="Nobody stays, and nobody who comes in is proven"):
        plan(Quorum(1, ["a"]), Quorum(1, ["b"]), leaving_sign={"a"})
    with pytest.raises(InputError, match="without nested ones"):
        plan(Quorum(1, ["a"]), Quorum(1, [Quorum(1, ["b"])]))


def test_users_are_not_counted_on() -> None:
    """Users cannot sign with this toolkit, so no step needs one."""
    user = "did:privy:x"
    with pytest.raises(InputError, match="its keys alone can never be enough"):
        plan(Quorum(2, ["a", user]), Quorum(1, ["a", user]))
    made = plan(Quorum(1, ["a", user]), Quorum(1, ["b", user, "a"]))
    assert made.steps[0].signers == ("a",)


def test_a_killed_plan_goes_on_at_its_step(emulator: Emulator) -> None:
    """Each step is an approval; whoever comes anew finds the next one by the quorum, and none once it is done."""
    app = emulator.privy_client()
    quorum = quorum_of(app, KEYS[:1], 1)
    before = privy.quorum_of(quorum)
    after = Quorum(3, [KEYS[0].fingerprint, *(key.fingerprint for key in NEW[:2])])
    keys = {key.fingerprint: key for key in (*KEYS, *NEW)}
    publics = [key.public for key in NEW]
    steps = 0
    while True:
        again = plan(before, after)  # nothing is kept but the two quorums
        approval = again.approval(emulator.privy_client(), quorum.id, publics)
        if approval is None:
            break
        step = again.next_step(approval.as_read.power)
        assert step is not None
        for signer in step.signers:
            approval = approval.sign(keys[signer])
        app.send(approval)
        steps += 1
    assert steps == 3
    there = app.send(privy.get_key_quorum(quorum.id))
    assert (there.required, privy.quorum_of(there).ids) == (3, after.ids)
    rename = privy.UpdateKeyQuorumRequest(authorization_threshold=2)
    app.send(privy.update_key_quorum(quorum.id, rename), signers=[KEYS[0], *NEW[:2]])
    last = NEW[3].fingerprint
    elsewhere = plan(before, Quorum(1, [last]), proven={last}, leaving_sign=before.ids)
    with pytest.raises(InputError, match="at none of this plan"):
        elsewhere.approval(app, quorum.id, publics)


def test_a_key_that_comes_in_must_be_there(emulator: Emulator) -> None:
    """Without the public key of whoever comes in no step is made."""
    app = emulator.privy_client()
    quorum = quorum_of(app)
    after = Quorum(2, [KEYS[0].fingerprint, KEYS[1].fingerprint, NEW[0].fingerprint])
    with pytest.raises(InputError, match="keys: the key of"):
        plan(privy.quorum_of(quorum), after).approval(app, quorum.id)

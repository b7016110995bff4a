"""Handover: what it shows before, what it sends, and that no crash, doubt or delay leaves too few holders."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.cobo.handing_over import (
    ASK,
    CREATE,
    ENDS,
    KINDS,
    WORD,
    Killed,
    Place,
    killed_at,
    resumed,
)
from tests.emulated import changes
from tests.inside import raw_answers
from tests.samples import node_id
from toolkit import Emulator, cobo
from toolkit.cobo.tss import people_of
from toolkit.emulator.tss import EXPIRE_MS
from toolkit.errors import InputError, RequestRefused


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest) -> Place:
    return Place(request.param)


def test_one_call(place: Place) -> None:
    """One call makes the successor, its keys, waits, and ends the old group, in this order and each once."""
    handover = place.handover()
    end = handover.run(acknowledge={WORD[place.kind]})
    assert end.done
    assert end.now is None
    assert [step.state for step in end.steps] == ["done"] * 4
    assert changes(place.emulator) == [CREATE, ASK, ENDS[place.kind]]
    place.is_over()
    again = place.handover().run(acknowledge={WORD[place.kind]})
    assert again.done
    assert len(changes(place.emulator)) == 3
    assert place.emulator.cobo_client().pending() == ()


def test_it_can_be_looked_at_before(place: Place) -> None:
    """Steps are values: before anything is sent each says what it sends, who must act and what takes a word."""
    handover = place.handover()
    before = handover.look()
    assert changes(place.emulator) == []
    assert [(step.name, step.state) for step in before.steps] == [
        ("group", "now"), ("keys", "later"), ("valid", "later"), ("end", "later"),
    ]  # fmt: skip
    group, keys, valid, end = before.steps
    assert group.call is not None
    assert group.call.operation.name == CREATE
    body: Any = group.call.body
    asked = "SigningGroup" if place.kind == "MainGroup" else place.kind
    scheme = (place.old.threshold, place.old.participants)
    assert (body.key_share_holder_group_type, body.threshold, body.participants) == (asked, *scheme)
    assert cobo.what_approvers_see(group.call).holders[0].tss_node_id == place.nodes[0]
    assert keys.call is valid.call is end.call is None
    assert all(step.who for step in before.steps)
    assert "compares names, node ids and the group’s id" in end.who[0]
    assert "must be online within 24 hours" in keys.who[0]
    assert any("Bob Tanaka" in sentence for sentence in keys.who)  # of the main group, offline
    assert [finding.rule for finding in before.findings] == [WORD[place.kind]]
    assert (before.successor, before.done) == (None, False)
    assert before.old is not None
    assert "Make the successor" in repr(before)


def test_nothing_ends_without_a_word(place: Place) -> None:
    """Without the acknowledgement it stops before the old group ends: the successor is Valid, and the old one there."""
    handover = place.handover()
    with pytest.raises(RequestRefused, match=re.escape(WORD[place.kind])) as refused:
        handover.run()
    assert [problem.rule for problem in refused.value.problems] == [WORD[place.kind]]
    assert changes(place.emulator) == [CREATE, ASK]
    assert place.old_id in place.emulator.cobo.state.groups[place.vault]
    state = handover.look()
    assert state.now is not None
    assert state.now.name == "end"
    assert state.now.call is not None
    assert state.now.call.operation.name == ENDS[place.kind]
    assert state.successor is not None
    assert state.successor.status == "Valid"
    assert place.handover().run(acknowledge={WORD[place.kind]}).done
    place.is_over()


@pytest.mark.parametrize("kind", ["MainGroup", "SigningGroup"])
def test_a_successor_whose_nodes_are_away(kind: str) -> None:
    """Valid is not enough where nobody would sign: with too few nodes online the old group stays until they are back."""
    place = Place(kind)
    with pytest.raises(RequestRefused):
        place.handover().run()
    for node in place.nodes:
        place.emulator.set_holder(node, "offline")
    with pytest.raises(RequestRefused, match=r"cobo\.successor-offline") as refused:
        place.handover().run(acknowledge={WORD[kind]})
    assert "Holder 0 and Holder 1 are away" in str(refused.value)
    assert changes(place.emulator) == [CREATE, ASK]
    place.emulator.set_holder(place.nodes[0], "online")
    assert place.handover().run(acknowledge={WORD[kind]}).done
    place.is_over()


def test_an_old_main_group_may_be_kept() -> None:
    """With ConvertToSigningGroup nothing ends: no word is needed, the old one signs on, and a later look says done."""
    place = Place("MainGroup")
    keep = {"original_main_group_handling": "ConvertToSigningGroup"}
    assert place.handover(**keep).run().done
    state = place.emulator.cobo.state.groups[place.vault]
    assert state[place.old_id].type == "SigningGroup"
    for group in (place.old_id, place.old):
        again = place.handover(group=group, **keep)
        assert again.look().done
        assert again.run().done
    assert len(changes(place.emulator)) == 3
    assert place.broken == []


def test_it_waits_for_holders_who_are_away(place: Place) -> None:
    """While a holder is away it ends nothing and says for whom it waits; called again it goes on, and asks no second time."""
    place.emulator.set_holder(place.nodes[0], "offline")
    word = {WORD[place.kind]}
    waiting = place.handover().run(acknowledge=word, for_s=30)
    assert waiting.now is not None
    assert waiting.now.name == "valid"
    assert waiting.now.who[1] == "Not online now: Holder 0."
    assert waiting.tss_request is not None
    assert place.handover().run(acknowledge=word, for_s=30).now == waiting.now
    assert changes(place.emulator) == [CREATE, ASK]
    place.emulator.set_holder(place.nodes[0], "online")
    assert place.handover().run(acknowledge=word).done
    assert changes(place.emulator) == [CREATE, ASK, ENDS[place.kind]]
    place.is_over()


def test_it_waits_for_those_who_give_their_shares(place: Place) -> None:
    """Where too few of the main group are there no keys are made, so nothing ends; it says who is missing."""
    groups = place.groups
    main = next(each for each in groups if (each.type, each.status) == ("MainGroup", "Valid"))
    givers = [holder.tss_node_id or "" for holder in people_of(main)]
    for node in givers:
        place.emulator.set_holder(node, "offline")
    word = {WORD[place.kind]}
    waiting = place.handover().run(acknowledge=word, for_s=60)
    assert waiting.now is not None
    assert waiting.now.name == "valid"
    assert "Of the main group not online now: Alice Moreau and Bob Tanaka." in waiting.now.who
    assert changes(place.emulator) == [CREATE, ASK]
    place.emulator.set_holder(givers[0], "online")
    assert place.handover().run(acknowledge=word).done
    place.is_over()


def test_a_request_that_failed(place: Place) -> None:
    """A failed key generation ends the run, not the old group; the next run asks once more, of the same successor."""
    place.emulator.set_holder(place.nodes[0], "offline")
    word = {WORD[place.kind]}
    place.handover().run(acknowledge=word, for_s=10)
    place.emulator.advance(EXPIRE_MS)
    failed = place.handover().look()
    assert failed.now is not None
    assert failed.now.name == "keys"
    assert "KeyHolderConfirmationFailed" in failed.now.who[-1]
    place.emulator.set_holder(place.nodes[0], "online")
    assert place.handover().run(acknowledge=word).done
    assert changes(place.emulator) == [CREATE, ASK, ASK, ENDS[place.kind]]
    place.is_over()


def test_a_failure_is_not_repeated_in_one_run(place: Place) -> None:
    """A run sends each step once: where the keys fail it comes back with that, instead of asking for ever."""
    place.emulator.set_holder(place.nodes[0], "offline")
    custody = place.emulator.cobo_client(sleep=lambda _: place.emulator.advance(EXPIRE_MS))
    ended = place.handover(client=custody).run(acknowledge={WORD[place.kind]})
    assert ended.now is not None
    assert ended.now.name == "keys"
    assert changes(place.emulator) == [CREATE, ASK]
    assert place.old_id in place.emulator.cobo.state.groups[place.vault]


# ---- killed, and resumed -------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("arrives", [True, False], ids=["answer lost", "never arrived"])
def test_killed_at_every_request(kind: str, arrives: bool) -> None:
    """Whichever request is its last, the next program goes on there: one successor, and never too few holders."""
    at = 0
    while True:
        at += 1
        place = Place(kind)
        custody = place.emulator.cobo_client()
        killed_at(custody, at, arrives=arrives)
        try:
            place.handover(client=custody).run(acknowledge={WORD[kind]})
        except Killed:
            resumed(place)
            place.is_over()
            expected = [CREATE, ASK, ENDS[kind]]
            assert changes(place.emulator) == expected
            assert place.emulator.cobo_client().pending() == ()
        else:
            break  # it has fewer requests than that
    assert at > 12


@pytest.mark.parametrize("kind", KINDS)
def test_another_journal_makes_no_second_group(kind: str) -> None:
    """Where the journal is lost, too, what the service shows is enough: the successor is found by its nodes."""
    for at in range(1, 30):
        place = Place(kind)
        custody = place.emulator.cobo_client()
        killed_at(custody, at, arrives=True)
        try:
            place.handover(client=custody).run(acknowledge={WORD[kind]})
        except Killed:
            place.emulator.journal.clear()
            assert place.handover().run(acknowledge={WORD[kind]}).done
            place.is_over()
            assert changes(place.emulator) == [CREATE, ASK, ENDS[kind]]


LOOK = ["list_key_share_holder_groups", "get_key_share_holder_group_by_id", "list_tss_requests"]


@pytest.mark.parametrize("kind", ["MainGroup", "SigningGroup"])
@pytest.mark.parametrize("before", [*LOOK, CREATE, ASK, "end"])
def test_two_programs_at_once(kind: str, before: str, tmp_path: Path) -> None:
    """While one program is about to send, another one does it all: both come to say that it is done."""
    place, ended = Place(kind), []
    before = ENDS[kind] if before == "end" else before
    one = place.emulator.cobo_client()

    def overtaken(prepared: Any, send: Callable[[], Any]) -> Any:
        if prepared.call.operation.name == before and not ended:
            ended.append(False)
            with place.emulator.cobo_client(journal=tmp_path / "another.sqlite") as another:
                ended[0] = place.handover(client=another).run(acknowledge={WORD[kind]}).done
        return send()

    raw_answers(one, overtaken)
    assert place.handover(client=one).run(acknowledge={WORD[kind]}).done
    assert ended == [True]
    place.is_replaced()


PROGRAM = """
import os, signal, sys
from toolkit import Emulator, cobo
state, journal, kind, word, last = sys.argv[1:6]
emulator = Emulator.seeded(state=state)
custody = emulator.cobo_client(journal=journal)
vault = emulator.vault_id
old = sys.argv[6]
names = sys.argv[7:]
signs = kind != "RecoveryGroup"
holders = [cobo.CreateKeyShareHolder(name=f"H {at}", type="API", tss_node_id=node, signer=at == 0 if signs else None)
           for at, node in enumerate(names)]
answer = emulator.answer
def dying(received):
    reply = answer(received)
    line = emulator.ledger[-1]
    groups = emulator.cobo.state.groups[vault].values()
    assert any(each.type == kind and each.status == "Valid" for each in groups), "none is left"
    if line.operation == last:
        os.kill(os.getpid(), signal.SIGKILL)
    return reply
emulator.answer = dying
state = cobo.Handover(custody, vault, old, holders).run(acknowledge={word})
groups = emulator.cobo.state.groups[vault].values()
having = [each.type for each in groups if {h.tss_node_id for h in each.key_share_holders if h.type != "Cobo"} == set(names)]
print(state.done, having, old in emulator.cobo.state.groups[vault], len(custody.pending()))
"""


@pytest.mark.parametrize(
    ("kind", "deaths"),
    [("MainGroup", (CREATE, ASK, ENDS["MainGroup"])), ("RecoveryGroup", (ENDS["RecoveryGroup"],))],
)
def test_killed_for_real(kind: str, deaths: tuple[str, ...], tmp_path: Path) -> None:
    """A process that is killed right after its changes arrived, one after the other, ends with one successor."""
    state, journal = tmp_path / "world", tmp_path / "journal.sqlite"
    begun = Emulator.seeded(state=str(state))
    nodes = begun.spare_nodes[:2]
    groups = begun.cobo.state.groups[begun.vault_id].items()
    (old,) = [key for key, each in groups if (each.type, each.status) == (kind, "Valid")]
    begun.close()

    def run(last: str) -> subprocess.CompletedProcess[str]:
        arguments = [str(state), str(journal), kind, WORD[kind], last, old, *nodes]
        return subprocess.run(
            [sys.executable, "-c", PROGRAM, *arguments],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    for last in deaths:
        died = run(last)
        assert died.returncode == -signal.SIGKILL, died.stderr
    ended = run("none")
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.split("\n")[0] == f"True ['{kind}'] False 0"


# ---- what it refuses -----------------------------------------------------------------------------


def test_no_main_group_to_make_keys_from() -> None:
    """Without a Valid main group nothing is sent at all: no keys could be made, and the old group stays."""
    place = Place("SigningGroup")
    groups = place.emulator.cobo.state.groups[place.vault]
    for key in [key for key, each in groups.items() if each.type == "MainGroup"]:
        del groups[key]
    with pytest.raises(RequestRefused, match=r"cobo\.no-source"):
        place.handover().run(acknowledge={WORD["SigningGroup"], "cobo.no-source"})
    assert changes(place.emulator) == []


def test_another_main_group_than_the_one_that_works() -> None:
    """A main group that was never finished is not handed over: the upgrade would end the one that works."""
    place = Place("MainGroup")
    request = cobo.CreateKeyShareHolderGroupRequest(
        key_share_holder_group_type="MainGroup",
        participants=2,
        threshold=2,
        key_share_holders=place.holders([node_id("Zoe")]),
    )
    custody = place.emulator.cobo_client()
    unfinished = custody.send(cobo.create_key_share_holder_group(place.vault, request))
    handover = place.handover(group=unfinished, threshold=2, participants=3)
    with pytest.raises(RequestRefused, match="Valid main group is another one"):
        handover.run(acknowledge={WORD["MainGroup"]})
    assert changes(place.emulator) == [CREATE]


def test_a_node_that_holds_a_share_already(place: Place) -> None:
    """A successor on a node of the old group is told before: one node may not hold shares of two groups in a vault."""
    seated = people_of(place.old)[0].tss_node_id or ""
    holders = place.holders([seated, place.nodes[0]])
    with pytest.raises(RequestRefused, match=r"cobo\.node-in-vault"):
        place.handover(holders=holders).run(acknowledge={WORD[place.kind]})
    assert changes(place.emulator) == []


def test_a_successor_that_has_vanished(place: Place) -> None:
    """A successor that was made and is not there any more is not made again until somebody says so."""
    place.emulator.set_holder(place.nodes[0], "offline")
    word = WORD[place.kind]
    made = place.handover().run(acknowledge={word}, for_s=1).successor
    assert made is not None
    del place.emulator.cobo.state.groups[place.vault][made.key_share_holder_group_id or ""]
    with pytest.raises(RequestRefused, match=r"cobo\.successor-gone"):
        place.handover().run(acknowledge={word})
    assert changes(place.emulator) == [CREATE, ASK]
    place.emulator.set_holder(place.nodes[0], "online")
    assert place.handover().run(acknowledge={word, "cobo.successor-gone"}).done
    assert place.broken == []


def test_an_approval_that_takes_its_time() -> None:
    """A deletion that is submitted and not yet done is not sent again within a day; after it, it may be."""
    place = Place("SigningGroup")
    word = {WORD["SigningGroup"]}
    groups = place.emulator.cobo.state.groups[place.vault]
    kept, answer = groups[place.old_id], place.emulator.answer

    def submitted(received: Any) -> Any:
        reply = answer(received)
        groups.setdefault(place.old_id, kept)  # approvers have not decided
        return reply

    place.emulator.answer = submitted  # type: ignore[method-assign]
    first = place.handover().run(acknowledge=word)
    for waiting in (first, place.handover().run(acknowledge=word)):
        assert waiting.now is not None
        assert (waiting.now.name, waiting.now.call) == ("end", None)
        assert "whoever approves has until" in waiting.now.who[0]
    assert changes(place.emulator).count(ENDS["SigningGroup"]) == 1
    place.emulator.advance(86_400_001)
    place.emulator.answer = answer  # type: ignore[method-assign]
    assert place.handover().run(acknowledge=word).done
    assert changes(place.emulator).count(ENDS["SigningGroup"]) == 2


DIFFERING: list[tuple[str, dict[str, Any], str]] = [
    ("a name", {"name": "Zed"}, "name is 'Holder 0' at this node, not 'Zed'"),
    ("a signer", {"signer": False}, "signer is True at this node, not False"),
    ("a type", {"type": "Mobile"}, "type is 'API' at this node, not 'Mobile'"),
]


@pytest.mark.parametrize(
    ("changed", "said"), [case[1:] for case in DIFFERING], ids=[case[0] for case in DIFFERING]
)
def test_resumed_with_other_words(changed: dict[str, Any], said: str) -> None:
    """A successor with these nodes and another name, type or signer is told before anything ends."""
    place, word = Place("MainGroup"), WORD["MainGroup"]
    with pytest.raises(RequestRefused):
        place.handover().run()
    holders = place.holders(place.nodes)
    holders[0] = msgspec.structs.replace(holders[0], **changed)
    with pytest.raises(RequestRefused, match=said) as refused:
        place.handover(holders=holders).run(acknowledge={word})
    (differs,) = refused.value.problems
    assert (differs.rule, differs.path) == (
        "cobo.successor-differs", ("key_share_holders", 0, *changed),
    )  # fmt: skip
    assert changes(place.emulator) == [CREATE, ASK]
    assert place.handover(holders=holders).run(acknowledge={word, "cobo.successor-differs"}).done


def _others(place: Place) -> list[cobo.CreateKeyShareHolder]:
    """The holders of a group of another type than the one that is handed over."""
    kind = "RecoveryGroup" if place.kind != "RecoveryGroup" else "SigningGroup"
    group = next(each for each in place.groups if each.type == kind)
    return place.holders([holder.tss_node_id or "" for holder in people_of(group)])


REFUSED: list[tuple[str, Callable[[Place], Any], str]] = [
    ("no client", lambda p: cobo.Handover("c", p.vault, p.old, p.holders(p.nodes)), "client must be"),  # type: ignore[arg-type]
    ("no holders", lambda p: p.handover(holders=[]), "holders: each needs a node"),
    ("a holder without a node", lambda p: p.handover(holders=[cobo.CreateKeyShareHolder(name="A")]), "holders: each needs a node"),
    ("another handling", lambda p: p.handover(original_main_group_handling="Keep"), "original_main_group_handling"),
    ("no such group", lambda p: p.handover(group="nowhere").look(), "group: nowhere"),
    ("a group of another vault", lambda p: cobo.Handover(p.emulator.cobo_client(), list(p.emulator.cobo.state.vaults)[1], p.old, p.holders(p.nodes)).run(), "is not in vault"),
    ("holders of another group", lambda p: p.handover(holders=_others(p)).look(), "has them, and is a"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("ask", "said"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED]
)
def test_what_cannot_be_handed_over(place: Place, ask: Callable[[Place], Any], said: str) -> None:
    """What makes no sense is refused by name, and nothing is sent."""
    with pytest.raises(InputError, match=said) as refused:
        ask(place)
    assert refused.value.hint
    assert changes(place.emulator) == []


def test_hostile_names() -> None:
    """Names of holders cannot leave their place on the card or in the line."""
    place = Place("RecoveryGroup")
    name = "<b>Al\u202eice</b>\n"
    place.emulator.set_holder(place.nodes[0], "offline")
    holders = place.holders(place.nodes, name)
    state = place.handover(holders=holders).look()
    html = state._repr_html_()
    assert "<b>Al" not in html
    assert "\u202e" not in unescape(html)
    assert repr(state).isprintable()
    assert repr(place.handover()).isprintable()


def test_ids_of_nobody() -> None:
    """The samples' node ids are those of nobody in the world."""
    assert node_id("x") not in Emulator.seeded().cobo.state.nodes

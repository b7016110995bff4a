"""The order of changes from two files, as the command line prints it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.samples import KEYS, node_id
from toolkit.__main__ import main
from toolkit.approvals.drill import drill
from toolkit.approvals.member_card import MemberCard
from toolkit.keys import P256Key
from toolkit.keys.public import spoken
from toolkit.privy.models import AuthorizationKey, KeyQuorum

NEW = P256Key.from_hex(f"{77:064x}")


def quorum(k: int, *keys: Any, **more: Any) -> dict[str, Any]:
    """A key quorum as Privy answers it."""
    members = [
        {"public_key": key.public.to_base64(), "display_name": f"K{at}"}
        for at, key in enumerate(keys)
    ]
    return {
        "id": "q", "authorization_keys": members, "display_name": "Ops",
        "authorization_threshold": k, "user_ids": None, **more,
    }  # fmt: skip


def planned(folder: Path, before: Any, after: Any, *more: str) -> Result:
    for name, facts in (("before.json", before), ("after.json", after)):
        (folder / name).write_text(facts if isinstance(facts, str) else json.dumps(facts))
    paths = [str(folder / name) for name in ("before.json", "after.json")]
    return CliRunner().invoke(main, ["plan", *paths, *more])


def test_steps(tmp_path: Path) -> None:
    """A newcomer is let in first and signs before the threshold counts on it; with a card or a drill it is one step."""
    before, after = quorum(1, KEYS[0]), quorum(2, KEYS[0], NEW)
    lines = planned(tmp_path, before, after).output.splitlines()
    assert lines[0].startswith("Before: ")
    assert f"1. K1 (key {spoken(NEW.public.fingerprint)}) in, 1 of 2 must sign." in lines[1]
    assert lines[2].startswith("2. 2 of 2 must sign. Signed by K1")
    assert len(lines) == 3
    card = MemberCard.make(NEW, "Bob").save(tmp_path / "card.json")
    members = [AuthorizationKey(NEW.public.to_base64())]
    answered = drill(KeyQuorum("new", members)).answer(NEW).save(tmp_path / "drill.json")
    for proof in (card, answered):
        shown = planned(tmp_path, before, after, "--proof", str(proof))
        assert (shown.exit_code, len(shown.output.splitlines())) == (0, 2), shown.output
    same = planned(tmp_path, before, before)
    assert same.output.splitlines()[1:] == ["Nothing is to be done: both say the same."]


def test_whoever_leaves_and_signs(tmp_path: Path) -> None:
    """Where those who stay are too few, it is refused with why; by first digits, a leaver helps."""
    before, after = quorum(2, *KEYS[:2]), quorum(1, KEYS[0])
    refused = planned(tmp_path, before, after)
    assert refused.exit_code == 1
    assert "without whoever leaves it cannot begin" in refused.output
    digits = KEYS[1].public.fingerprint[:12]
    shown = planned(tmp_path, before, after, "--leaving-sign", digits)
    assert (shown.exit_code, len(shown.output.splitlines())) == (0, 2), shown.output


ONE = quorum(1, KEYS[0])
WRONG: list[tuple[str, Any, tuple[str, ...], str]] = [
    ("a mistyped name", {**ONE, "authorization_treshold": 2}, (), "authorization_treshold stands"),
    ("a mistyped name of a key", {**ONE, "authorization_keys": [{**ONE["authorization_keys"][0], "displayname": "x"}]}, (), "authorization_keys: displayname stands"),
    ("a main group", ONE, ("--main", "main.json"), "A quorum has no main group"),
    ("a group and a quorum", {**ONE, "key_share_holder_group_id": "g"}, (), "are of two things"),
    ("a field left out", {k: v for k, v in ONE.items() if k != "user_ids"}, (), "user_ids stands"),
    ("another quorum", {**ONE, "id": "other"}, (), "id differs"),
    ("a quorum in it", {**ONE, "key_quorum_ids": ["x"]}, (), "plan each by itself"),
    ("no key", {**ONE, "authorization_keys": [{"public_key": "x"}]}, (), "authorization_keys[0]"),
    ("more than it shows", {**ONE, "authorization_threshold": 3}, (), "more must sign"),
    ("no JSON", "{", (), "after.json is no key quorum, and no group: line 1"),
    ("a name twice", '{"id": "q", "id": "q"}', (), "stands in it twice"),
    ("another type", {**ONE, "authorization_threshold": "2"}, (), "after.json is no key quorum"),
    ("a leaver that is none", ONE, ("--leaving-sign", "0" * 12), "is no member's fingerprint"),
    ("too few digits", ONE, ("--leaving-sign", KEYS[0].public.fingerprint[:4]), "first 12 digits"),
    ("no proof", ONE, ("--proof", "nowhere.json"), "nowhere.json proves nothing"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("after", "more", "why"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG]
)
def test_refused(tmp_path: Path, after: Any, more: tuple[str, ...], why: str) -> None:
    """What is no copy of the quorum, or no member, or proves nothing: refused by its name, and no step is printed."""
    refused = planned(tmp_path, ONE, after, *more)
    assert refused.exit_code == 1, refused.output
    assert why in refused.output
    assert "1." not in refused.output.splitlines()[0]


# ---- groups at Cobo ------------------------------------------------------------------------------


def holder(name: str, node: str, **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "type": "API",
        "tss_node_id": node,
        "online": True,
        "signer": False,
        **more,
    }


def group(*holders: dict[str, Any], kind: str = "MainGroup", **more: Any) -> dict[str, Any]:
    """A group with keys as Cobo answers it: any two of its holders, Cobo included."""
    cobo = holder("Cobo", node_id("Cobo"), type="Cobo", signer=True)
    seats = [cobo, *holders] if kind != "RecoveryGroup" else [*holders]
    return {
        "key_share_holder_group_id": "g", "type": kind, "status": "Valid", "threshold": 2,
        "participants": len(seats), "key_share_holders": seats, "tss_key_share_groups": [], **more,
    }  # fmt: skip


ALICE = holder("Alice", node_id("Alice"), signer=True)
CAROL = holder("Carol", node_id("Carol"))
NEXT = [holder("Alice", node_id("Alice2"), signer=True), holder("Dana", node_id("Dana"))]
MAIN = group(ALICE, CAROL)


def test_a_handover(tmp_path: Path) -> None:
    """Of two groups the steps are those of a handover: who stays, comes and leaves, who must do what, who holds enough."""
    shown = planned(tmp_path, MAIN, group(*NEXT))
    assert shown.exit_code == 0, shown.output
    lines = shown.output.splitlines()
    assert lines[:4] == [
        "Before: 2 of 3. After: 2 of 3.",
        "Who stays: Alice.",
        "Who comes: Dana.",
        "Who leaves: Carol.",
    ]
    assert lines[4].startswith("1. Make the successor, a signing group. Whoever approves compares")
    assert f"Dana on {node_id('Dana')}" in lines[4]
    assert "Of the main group 2 of 3 must be online" in lines[5]
    assert lines[7].startswith("4. Make it the main group.")
    assert "Carol can do nothing with the group afterwards" in lines[7]
    assert "2 of 3: Cobo, Alice, Dana." in lines[7]
    assert lines[8].startswith("cobo.Handover carries it out")
    same = planned(tmp_path, MAIN, MAIN)
    assert same.output.splitlines()[-1] == "Nothing is to be done: both say the same."


def test_a_group_that_is_no_main_group(tmp_path: Path) -> None:
    """A signing or recovery group ends by a deletion; with the main group it is checked that this one can give the shares."""
    (tmp_path / "main.json").write_text(json.dumps(MAIN | {"key_share_holder_group_id": "m"}))
    for kind, title in (("SigningGroup", "signing"), ("RecoveryGroup", "recovery")):
        before, after = group(ALICE, CAROL, kind=kind), group(*NEXT, kind=kind)
        more = ["--main", str(tmp_path / "main.json")]
        shown = planned(tmp_path, before, after, *more)
        assert shown.exit_code == 0, shown.output
        assert f"4. Delete the old {title} group." in shown.output
        assert "Carol still holds a share of the main group: hand that over, too." in shown.output


OTHERS = [holder("Erin", node_id("Erin"), signer=True), holder("Dana", node_id("Dana"))]
WRONG_GROUPS: list[tuple[str, Any, tuple[str, ...], str]] = [
    ("nobody stays", group(*OTHERS), (), "without whoever leaves it cannot begin"),
    ("who does not leave", group(*NEXT), ("--leaving-sign", "Alice"), "Alice does not leave"),
    ("a proof", group(*NEXT), ("--proof", "card.json"), "A proof is of Privy"),
    ("another group", group(*NEXT, key_share_holder_group_id="h"), (), "key_share_holder_group_id differs"),
    ("a quorum", ONE, (), "stands in one of"),
    ("a mistyped name", group(*NEXT, treshold=3), (), "treshold stands in one of"),
    ("a mistyped name of a holder", group(NEXT[0], {**NEXT[1], "node": "x"}), (), "key_share_holders: node stands"),
    ("another type", group(*NEXT, threshold="2"), (), "after.json is no key quorum, and no group"),
    ("no main group", group(*NEXT), ("--main", "nowhere.json"), "nowhere.json is no key quorum"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("after", "more", "why"),
    [row[1:] for row in WRONG_GROUPS],
    ids=[row[0] for row in WRONG_GROUPS],
)
def test_refused_groups(tmp_path: Path, after: Any, more: tuple[str, ...], why: str) -> None:
    """What is no copy of the group, or could not be handed over: refused by its name, and no step is printed."""
    refused = planned(tmp_path, MAIN, after, *more)
    assert refused.exit_code == 1, refused.output
    assert why in refused.output
    assert "1. Make" not in refused.output


def test_whoever_leaves_may_help(tmp_path: Path) -> None:
    """Where nobody stays, one who leaves and helps until the end is enough, by name or node."""
    for who in ("Alice", node_id("Alice")):
        shown = planned(tmp_path, MAIN, group(*OTHERS), "--leaving-sign", who)
        assert shown.exit_code == 0, shown.output

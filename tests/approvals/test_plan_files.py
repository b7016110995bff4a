"""The order of changes from two files, as the command line prints it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.samples import KEYS
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
    ("a field left out", {k: v for k, v in ONE.items() if k != "user_ids"}, (), "user_ids stands"),
    ("another quorum", {**ONE, "id": "other"}, (), "id differs"),
    ("a quorum in it", {**ONE, "key_quorum_ids": ["x"]}, (), "plan each by itself"),
    ("no key", {**ONE, "authorization_keys": [{"public_key": "x"}]}, (), "authorization_keys[0]"),
    ("more than it shows", {**ONE, "authorization_threshold": 3}, (), "more must sign"),
    ("no JSON", "{", (), "after.json is no key quorum: line 1"),
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

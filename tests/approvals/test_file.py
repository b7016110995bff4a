"""The file of an approval is read strictly: what is not of this format is refused by name."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.approvals.together import an_approval, bent, facts_of, write
from toolkit import Approval
from toolkit.approvals import file
from toolkit.errors import InputError


def text_of(facts: dict[str, Any]) -> str:
    return json.dumps(facts)


#: What is written instead of the file, and what the refusal must say.
SPOILT: dict[str, tuple[Callable[[str], str | bytes], str]] = {
    "empty": (lambda text: "", "line 1 is not JSON"),
    "a list": (lambda text: "[]", "not an object of JSON"),
    "not UTF-8": (lambda text: b"\xff\xfe" + text.encode(), "it is not UTF-8"),
    "cut short": (lambda text: text[:-20], "is not JSON"),
    "a name twice": (lambda text: text.replace('"note"', '"note": "x", "note"'), "note stands in it twice"),
    "a nested name twice": (lambda text: text.replace('"name"', '"name": "PROD", "name"'), "name stands in it twice"),
    "too large": (lambda text: text.replace('"note": ""', f'"note": "{"x" * file.LARGEST}"'), "more than 262,144 bytes"),
    "too deep": (lambda text: text.replace('"note": ""', f'"note": {"[" * 20}{"]" * 20}'), "more than 12 levels"),
    "far too deep": (lambda text: "[" * 100_000, "more than 12 levels|not JSON"),
    "a float": (lambda text: text.replace('"format": 1', '"format": 1.0'), "1.0 is not a whole number"),
    "an exponent": (lambda text: text.replace('"format": 1', '"format": 1e0'), "1e0 is not a whole number"),
    "NaN": (lambda text: text.replace('"format": 1', '"format": NaN'), "NaN is not a whole number"),
    "a huge number": (lambda text: text.replace('"format": 1', f'"format": {"9" * 5000}'), "too large a number"),
    "another format": (lambda text: text.replace('"format": 1', '"format": 2'), "format 2: this toolkit reads format 1"),
    "true as a number": (lambda text: text.replace('"format": 1', '"format": true'), "there is no number of it"),
    "half a character": (lambda text: text.replace('"note": ""', r'"note": "\ud800"'), "half of a character"),
    "something else": (lambda text: '{"people": []}', "what: it does not say that it is one"),
    "a missing field": (lambda text: text.replace('"identity"', '"identitty"'), "missing required field identity"),
    "another type": (lambda text: text.replace('"note": ""', '"note": null'), "Expected str, got null: note"),
    "a field more inside": (lambda text: text.replace('"user_ids"', '"x": 1, "user_ids"'), "unknown field x: quorum"),
}  # fmt: skip


@pytest.mark.parametrize("name", SPOILT)
def test_what_is_not_of_this_format(tmp_path: Path, name: str) -> None:
    """Each spoilt file is refused with its name and the first thing that is wrong."""
    spoil, words = SPOILT[name]
    text = text_of(facts_of(an_approval()))
    content = spoil(text)
    assert content != text
    path = tmp_path / "sent.json"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(InputError, match=rf"sent\.json cannot be read as an approval: .*({words})"):
        Approval.load(path)


def put(name: str, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(facts: dict[str, Any]) -> None:
        *way, last = name.split(".")
        for step in way:
            facts = facts[step]
        facts[last] = value

    return change


#: What is changed, the id worked out anew; and the field that the refusal names.
CONTRADICTING = {
    "another host under a known name": (put("environment", {"name": "PROD", "base_url": "https://evil.example"}), "environment: PROD is at https://api.privy.io"),
    "a known host under another name": (put("environment", {"name": "TEST", "base_url": "https://api.privy.io"}), "environment: name and base_url"),
    "the emulator elsewhere": (put("environment", {"name": "EMULATOR", "base_url": "https://evil.example"}), "EMULATOR is for the emulator"),
    "plain http": (put("environment", {"name": "X", "base_url": "http://evil.example"}), "base_url must use https"),
    "another app": (put("identity", "cm49410e6f9c4a24685a8e7f"), "message: it is not that of"),
    "another expiry": (put("good_until", "2030-01-01T00:00:00.000Z"), "message: it is not that of"),
    "no moment": (put("good_until", "2026-02-31T00:00:00.000Z"), "good_until is no moment"),
    "a moment in another spelling": (put("read_at", "2026-11-20T09:41:00Z"), "read_at is no moment"),
    "another body": (put("body", '{"authorization_threshold":1}'), "message: it is not that of"),
    "another spelling of the body": (put("body", '{ "authorization_threshold":3,"display_name":"Vendors"}'), "body: it is not what this toolkit would send"),
    "no JSON in the body": (put("body", "{"), "body: it is not what the operation takes"),
    "a list as body": (put("body", "[]"), "body: it is not what the operation takes"),
    "an operation that nobody signs": (put("operation", "create_key_quorum"), "operation: 'create_key_quorum' is not known"),
    "an unknown operation": (put("operation", "pay"), "operation: 'pay' is not known"),
    "no id": (put("arguments", {}), "update_key_quorum needs key_quorum_id"),
    "another quorum": (put("arguments.key_quorum_id", "q2"), "quorum: it is not the one that arguments names"),
    "a threshold out of reach": (put("quorum.authorization_threshold", 9), "does not fit 3 members"),
    "nested ones that are not named": (put("quorum.key_quorum_ids", ["n"]), "nested: these are not the quorums"),
    "a wallet": (put("wallet", {"id": "w", "display_name": None, "address": "", "chain_type": "", "owner_id": "", "additional_signers": []}), "wallet: this is about none"),
    "a note too long": (put("note", "x" * 281), "note: it has more than 280"),
    "a private key in a field": (put("body", '{"display_name":"' + "5" * 64 + '"}'), "display_name: this may be a private key"),
}  # fmt: skip


@pytest.mark.parametrize("name", CONTRADICTING)
def test_what_contradicts_itself(tmp_path: Path, name: str) -> None:
    """Where the parts do not fit together, a fitting id is no help: the file is refused by the field."""
    change, words = CONTRADICTING[name]
    path = write(tmp_path / "sent.json", bent(facts_of(an_approval()), change), fitting_id=True)
    with pytest.raises(InputError, match=rf"sent\.json does not hold: .*{words}"):
        Approval.load(path)


def test_an_id_that_does_not_fit(tmp_path: Path) -> None:
    """A covered field that was changed without its id is refused as altered."""
    path = write(tmp_path / "sent.json", bent(facts_of(an_approval()), put("note", "other")))
    with pytest.raises(InputError, match="id: it is not that of what stands in the file"):
        Approval.load(path)


def test_hostile_names_are_shown_safely(tmp_path: Path) -> None:
    """Markup, a path or hidden characters in a name of the file change no line of ours."""
    facts = bent(facts_of(an_approval()), put("quorum.display_name", "<b>../../etc\n\u202e"))
    approval = Approval.load(write(tmp_path / "sent.json", facts, fitting_id=True))
    assert "\n" not in repr(approval)
    with pytest.raises(InputError) as refused:
        Approval.load(tmp_path / "no\n\u202e.json")
    assert "\u202e" not in str(refused.value)


def test_moments_go_there_and_back() -> None:
    """A moment of the file is the millisecond that was written."""
    for milliseconds in (0, 1, 999, 1_795_254_060_123, 4_102_444_800_000):
        assert file.read_moment(file.written_moment(milliseconds), "x") == milliseconds

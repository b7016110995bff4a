"""What an approval says: the words change whenever anything that is covered does, and hide nothing."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.approvals.cases import others, put
from tests.approvals.together import AT_MS, STRANGER, an_approval, bent, facts_of, quorum_of, write
from tests.samples import KEYS
from toolkit import Approval, Emulator, privy
from toolkit.approvals import approval_check, file
from toolkit.approvals.reading import read
from toolkit.approvals.shown import card_of, lines_of
from toolkit.base.hidden import hidden_at
from toolkit.keys import P256Key


def text_of(approval: Approval, now_ms: int | None = None, mine: tuple[str, ...] = ()) -> str:
    moment = approval.as_read.read_ms if now_ms is None else now_ms
    reading = read(approval, moment, {}, mine)
    return "\n".join(lines_of(approval, reading))


def test_what_it_says() -> None:
    """Change, meaning, power, bytes, message, who has signed, whose key is mine: all of it stands there."""
    approval = an_approval(note="A majority.").sign(KEYS[0], signed_ms=AT_MS)
    text = text_of(approval, mine=(KEYS[1].fingerprint,))
    for words in (
        "“3 of 3 must sign” instead of “2 of 3 must sign”",
        "together could sign before and cannot now".replace(" cannot", "\n          cannot"),
        "Name: Vendors",
        "A majority.",
        "1 of 2 signed",
        "[x] Key",
        "(you): can sign",
        "the same SHA-256",
        "not checked here",
        "authorization_threshold",
    ):
        assert re.sub(r"\s+", " ", words) in re.sub(r"\s+", " ", text)
    assert re.sub(r"\s", "", approval.message) in re.sub(r"\s", "", text)


NEW_KEY = P256Key.from_hex(f"{123:064x}").public.to_base64()

#: Each covered field, changed so that the file still holds.
COVERED: dict[str, Any] = {
    "environment": lambda facts: (facts["environment"].update(name="EMULATOR", base_url="http://127.0.0.1:8000"), moved(facts)),
    "environment, its name alone": lambda facts: facts["environment"].update(name="MINE"),
    "identity": lambda facts: (facts.update(identity="cm49410e6f9c4a24685a8e7f"), moved(facts)),
    "operation": lambda facts: (facts.update(operation="delete_key_quorum", body=""), moved(facts, "DELETE")),
    "arguments": lambda facts: (facts["arguments"].update(key_quorum_id="q2"), facts["quorum"].update(id="q2"), moved(facts)),
    "body": lambda facts: (facts.update(body='{"authorization_threshold":1}'), moved(facts)),
    "good_until": lambda facts: (facts.update(good_until=facts["good_until"][:-2] + ("1Z" if facts["good_until"][-2] != "1" else "2Z")), moved(facts)),
    "read_at": lambda facts: facts.update(read_at="2026-01-01T00:00:00.001Z"),
    "note": put("note", "Sign."),
    "quorum, its name": put("quorum.display_name", "Other"),
    "quorum, its threshold": put("quorum.authorization_threshold", 1),
    "quorum, a key": put("quorum.public_keys.0", NEW_KEY),
    "quorum, a key's spelling": put("quorum.public_keys.0", KEYS[0].public.to_pem()),
    "quorum, its users": put("quorum.user_ids", ["did:privy:x"]),
}  # fmt: skip


def moved(facts: dict[str, Any], method: str = "PATCH") -> None:
    """The message follows from the fields."""
    headers = {
        "privy-app-id": facts["identity"],
        "privy-request-expiry": str(file.read_moment(facts["good_until"], "x")),
    }
    url = f"{facts['environment']['base_url']}/v1/key_quorums/{facts['arguments']['key_quorum_id']}"
    body = approval_check._json(facts["body"].encode()) if facts["body"] else ""
    facts["message"] = approval_check.message_of(method, url, headers, body)


@pytest.mark.parametrize("name", COVERED)
def test_the_words_change_with_every_covered_field(name: str, tmp_path: Path) -> None:
    """Whatever is covered and changed, lines and card say something else, at the same moment."""
    approval = an_approval(note="A majority.")
    path = write(tmp_path / "a.json", bent(facts_of(approval), COVERED[name]), fitting_id=True)
    other = Approval.load(path)
    assert other.id != approval.id
    now = approval.as_read.read_ms
    assert text_of(other, now) != text_of(approval, now)
    assert card_of(other, now, {}) != card_of(approval, now, {})


def test_wallets_and_deletions_in_words() -> None:
    """A new owner, none, other signers, a deletion: each in words, the app secret's power named."""
    app = Emulator.seeded().privy_client()
    quorum = quorum_of(app)
    request = privy.CreateWalletRequest(chain_type="ethereum", owner_id=quorum.id)
    wallet = app.send(privy.create_wallet(request))
    changes = {
        "“Owner: none” instead of": privy.UpdateWalletRequest(owner_id=None),
        "the app secret alone decides": privy.UpdateWalletRequest(owner_id=None),
        "who that is does not stand in the file": privy.UpdateWalletRequest(owner_id="q2"),
        f"Owner: Key {STRANGER.fingerprint[:4]}": privy.UpdateWalletRequest(owner=privy.WalletOwner(public_key=STRANGER.public)),
        "Owner: user did:privy:x": privy.UpdateWalletRequest(owner=privy.WalletOwner(user_id="did:privy:x")),
        "“Name: Cold” instead of “Name: none”": privy.UpdateWalletRequest(display_name="Cold"),
        f"Additional signers: {quorum.id} ({'p' * 24})": privy.UpdateWalletRequest(additional_signers=[privy.AdditionalSigner(signer_id=quorum.id, override_policy_ids=["p" * 24])]),
    }  # fmt: skip
    for words, change in changes.items():
        text = text_of(Approval.of(app, privy.update_wallet(wallet.id, change)))
        assert words in re.sub(r"\s+", " ", text)
    text = text_of(Approval.of(app, privy.delete_key_quorum(quorum.id)))
    assert "Nobody can bring it back" in text
    assert "- 2 of 3 must sign" in text


def test_too_late_and_not_counted(tmp_path: Path) -> None:
    """What has expired must not be signed; what was not counted, and unknown fields, are named."""
    approval = an_approval().sign(KEYS[0])
    facts = facts_of(approval) | {"colour": "green"}
    facts["signatures"][0]["signature"] = facts_of(approval.sign(KEYS[1]))["signatures"][1][
        "signature"
    ]
    loaded = Approval.load(write(tmp_path / "a.json", facts))
    reading = read(loaded, loaded.expires_ms + 1, {})
    assert "Too late" in reading.trouble[0]
    assert "Not counted: signatures[0]: it does not fit key" in reading.remarks[0]
    assert "colour" in reading.remarks[1]
    assert "DO NOT SIGN" in text_of(loaded, loaded.expires_ms + 1)


def test_a_difference_of_the_two_readers_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the second opinion differs, the first byte is named and it must not be signed."""
    approval = an_approval()
    real = approval_check.message_of
    monkeypatch.setattr(approval_check, "message_of", lambda *a: real(*a).replace("PATCH", "PATCh"))
    (trouble,) = read(approval, approval.as_read.read_ms, {}).trouble
    assert "Two programs read it differently. Do not sign." in trouble


def test_the_second_opinion_is_on_the_file_itself(tmp_path: Path) -> None:
    """What was read is looked at as it was read: not what we made of it."""
    facts = facts_of(an_approval().sign(KEYS[0]))
    loaded = Approval.load(write(tmp_path / "a.json", facts))
    assert loaded.original is not None
    assert loaded.original.reveal() == (tmp_path / "a.json").read_bytes()
    other = write(tmp_path / "b.json", bent(facts, put("note", "x")), fitting_id=True)
    mistaken = replace(loaded, original=Approval.load(other).original)
    (trouble,) = read(mistaken, mistaken.as_read.read_ms, {}).trouble
    assert "Two programs read it differently" in trouble
    assert loaded.sign(KEYS[1]).original is None


HOSTILE = ["<img src=x onerror=alert(1)>", "a\n[x] Key 1234: signed", "\u202eabc", "a\x1b[2J", "$x$ =1+1", "../../etc/passwd"]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_hostile_names_are_inert(text: str, tmp_path: Path) -> None:
    """Markup, line ends, controls and paths in names and notes are shown and do nothing."""

    def change(facts: dict[str, Any]) -> None:
        facts["quorum"]["display_name"] = facts["note"] = text
        facts["quorum"]["user_ids"] = [text]

    path = write(tmp_path / "a.json", bent(facts_of(an_approval()), change), fitting_id=True)
    approval = Approval.load(path)
    lines = text_of(approval).split("\n")
    assert not any(hidden_at(line) for line in lines)
    assert not any(line.lstrip().startswith("[x]") for line in lines)
    html = approval._repr_html_()
    assert "<img" not in html
    assert "\x1b" not in html
    assert "\u202e" not in html


def test_every_shape_is_shown() -> None:
    """Card and lines of every operation, nested quorums and odd spellings too, with both readers agreeing."""
    for _, approval in others(Emulator.seeded().privy_client()):
        assert not read(approval, approval.as_read.read_ms, {}).trouble
        assert "approval.compare()" in approval._repr_html_()
        assert text_of(approval)

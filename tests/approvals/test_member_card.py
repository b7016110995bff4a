"""A member card proves that whoever made it holds the key."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.approvals.together import AT_MS, STRANGER
from tests.samples import KEYS
from toolkit import Emulator, privy
from toolkit.__main__ import main
from toolkit.approvals.member_card import TITLE, MemberCard
from toolkit.approvals.statement import text_of
from toolkit.errors import InputError
from toolkit.keys import Ed25519Key


def test_there_and_back(tmp_path: Path) -> None:
    """What is saved is what is loaded, and its key makes a member of a quorum."""
    card = MemberCard.make(KEYS[0], "Alice Moreau", purpose="Vendor payments", made_ms=AT_MS)
    loaded = MemberCard.load(card.save(tmp_path / "alice.json"))
    assert loaded == card
    assert loaded.fingerprint == KEYS[0].fingerprint
    assert "Alice Moreau" in repr(loaded)
    app = Emulator.seeded().privy_client()
    request = privy.CreateKeyQuorumRequest(public_keys=[loaded.public], authorization_threshold=1)
    assert app.send(privy.create_key_quorum(request)).size == 1


CHANGES: dict[str, tuple[dict[str, Any], str]] = {
    "name": ({"name": "Bob"}, "it does not fit"),
    "purpose": ({"purpose": "x"}, "it does not fit"),
    "moment": ({"made_at": "2026-01-01T00:00:00.000Z"}, "it does not fit"),
    "key": ({"public_key": STRANGER.public.to_base64()}, "it does not fit"),
    "no key": ({"public_key": "x"}, "public_key"),
    "no signature": ({"signature": "x"}, "not base64|DER"),
    "a longer purpose": ({"purpose": "x" * 81}, "81 characters; 80 fit"),
    "hidden": ({"name": "A\u202e"}, "nobody sees"),
    "another kind": ({"what": "An approval"}, "another kind of file"),
    "newer": ({"format": 2}, "of a newer toolkit"),
    "a field more": ({"x": 1}, "unknown field"),
    "another type": ({"name": 1}, "Expected `str`"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_whatever_is_changed_is_refused(name: str, tmp_path: Path) -> None:
    """A card of which anything is changed is refused, with its file's name."""
    path = MemberCard.make(KEYS[0], "Alice", made_ms=AT_MS).save(tmp_path / "alice.json")
    change, words = CHANGES[name]
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(InputError, match=rf"alice\.json .*({words})"):
        MemberCard.load(path)


def test_what_makes_no_card() -> None:
    """A key of another curve, an empty name, a purpose that is too long."""
    with pytest.raises(InputError, match="P-256"):
        MemberCard.make(Ed25519Key.generate(), "Alice")
    with pytest.raises(InputError, match="name is empty"):
        MemberCard.make(KEYS[0], " ")
    with pytest.raises(InputError, match="81 characters"):
        MemberCard.make(KEYS[0], "Alice", purpose="x" * 81)


def test_the_form_takes_a_card(tmp_path: Path) -> None:
    """A card puts its key into a row, its name beside it, and says what is proven; a bent one is refused there."""
    app = Emulator.seeded().privy_client()
    form = privy.forms.create_key_quorum(app)
    path = MemberCard.make(KEYS[0], "Alice", purpose="Vendors").save(tmp_path / "alice.json")
    form.members.card.value = str(path)
    assert KEYS[0].fingerprint in {row.key for row in form.members.rows}
    assert form.members.names[KEYS[0].fingerprint] == "Alice"
    assert "possession of key" in form.members.proven.value
    assert form.members.card.value == ""
    count = len(form.members.rows)
    form.members.take_card(path)
    assert len(form.members.rows) == count
    path.write_text(path.read_text().replace("Alice", "Bob"))
    form.members.card.value = str(path)
    assert "does not fit" in form.members.proven.value


def test_it_is_no_request() -> None:
    """What is signed is neither JSON nor begins as a request of Cobo; a title that could be is refused."""
    text = text_of(TITLE, {"name": '{"version":1}'})
    with pytest.raises(json.JSONDecodeError):
        json.loads(text)
    assert b"|" not in text.split(b"\n")[0]
    for title in ("{}", "GET|/x", "quorum toolkit, a\nb", "quorum toolkit, {}"):
        with pytest.raises(InputError, match="words of ours"):
            text_of(title, {})


def test_on_the_command_line(tmp_path: Path) -> None:
    """``member-card`` writes a card and says the digits of its key."""
    key = KEYS[1].save(tmp_path / "carol.pem")
    out = tmp_path / "card.json"
    arguments = ["member-card", "--key", str(key), "--name", "Carol", "--out", str(out)]
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 0, done.output
    assert MemberCard.load(out).name == "Carol"
    assert "member-card FILE" in done.output
    assert CliRunner().invoke(main, [*arguments[:4], " "]).exit_code == 1
    assert CliRunner().invoke(main, ["member-card", "--name", "Carol"]).exit_code == 2
    assert CliRunner().invoke(main, ["member-card", str(out), "--key", str(key)]).exit_code == 2


def test_by_voice() -> None:
    """The digits of a card are its owner's for the words that the receiver drew, and no other key's."""
    card = MemberCard.make(KEYS[0], "Alice", made_ms=AT_MS)
    other = MemberCard.make(KEYS[1], "Alice", made_ms=AT_MS)
    comparison = card.compare()
    words = " ".join(comparison.words)
    assert comparison.heard(card.digits(words))
    assert not comparison.heard(other.digits(words))
    assert words != " ".join(card.compare().words)


def test_looked_at_by_whoever_received_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The key is shown once the digits of its owner were typed; others end it, and a bent card is refused."""
    words = itertools.cycle(("duck", "coral", "cry"))
    monkeypatch.setattr("toolkit.approvals.digits.secrets.choice", lambda _: next(words))
    card = MemberCard.make(KEYS[0], "Alice", purpose="Vendors", made_ms=AT_MS)
    path = str(card.save(tmp_path / "alice.json"))

    def run(*arguments: str, typed: str = "") -> Result:
        return CliRunner().invoke(main, arguments, input=typed)

    said = run("digits", path, "duck", "coral", "cry").output
    assert said.strip() == card.digits("duck coral cry")
    well = run("member-card", path, typed=said)
    assert well.exit_code == 0, well.output
    assert "Alice" in well.output
    assert "Vendors" in well.output
    assert card.fingerprint in well.output
    wrong = run("member-card", path, typed="0000 0000 0000\n")
    assert wrong.exit_code == 1
    assert "Do not take this key into a quorum" in wrong.output
    assert card.fingerprint not in wrong.output
    Path(path).write_text(Path(path).read_text().replace("Alice", "Bob"))
    assert "does not hold" in run("member-card", path).output

"""A fire drill: answered by file, approving nothing, and telling whether all could sign."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.approvals.together import AT_MS, STRANGER, quorum_of
from tests.samples import KEYS
from toolkit import Emulator, People, audit, privy
from toolkit.__main__ import main
from toolkit.approvals.drill import Drill, drill
from toolkit.approvals.member_card import MemberCard
from toolkit.errors import InputError
from toolkit.inventory.people import Holder


def challenge() -> Drill:
    return drill(quorum_of(Emulator.seeded().privy_client()), made_ms=AT_MS)


def test_answered_by_file(tmp_path: Path) -> None:
    """Each member answers in a copy; merged in any order, the report says who answered when, and whether all could."""
    first = challenge()
    path = first.save(tmp_path / "drill.json")
    for at, key in enumerate(KEYS[:2]):
        Drill.load(path).answer(key, answered_ms=AT_MS + 60_000 * at).save(tmp_path / f"{at}.json")
    copies = [path, tmp_path / "0.json", tmp_path / "1.json"]
    merged = {tuple(Drill.merge(*order).report()) for order in itertools.permutations(copies)}
    (lines,) = merged
    assert "answered" in lines[0]
    assert "has not answered" in lines[2]
    assert "Enough could sign, but 1 key did not answer." in lines
    both = Drill.merge(*copies)
    assert (both.enough, both.all_could) == (True, False)
    assert both.missing == (KEYS[2].fingerprint,)
    everybody = both.answer(KEYS[2])
    assert everybody.all_could
    assert "Every key could sign." in tuple(everybody.report({KEYS[0].fingerprint: "Alice"}))
    assert not first.answer(KEYS[0]).enough


def test_answers_that_do_not_hold(tmp_path: Path) -> None:
    """A stranger, a changed moment, an answer to another drill: not counted, with why."""
    first = challenge()
    with pytest.raises(InputError, match="no member"):
        first.answer(STRANGER)
    facts = json.loads(first.answer(KEYS[0]).save(tmp_path / "a.json").read_text())
    facts["answers"][0]["answered_at"] = "2026-01-01T00:00:00.000Z"
    (tmp_path / "a.json").write_text(json.dumps(facts))
    bent = Drill.load(tmp_path / "a.json")
    assert bent.answered == ()
    assert "does not fit" in bent.not_counted[0]
    other = challenge().answer(KEYS[0])
    with pytest.raises(InputError, match="another one"):
        Drill.merge(first, other)
    assert first.with_answers([each.answer for each in other.answered]).answered == ()


def test_it_approves_nothing(emulator: Emulator) -> None:
    """An answer is no signature of any request: its text is no JSON, and Privy's emulator takes it for nobody's."""
    app = emulator.privy_client()
    quorum = quorum_of(app)
    answered = drill(quorum).answer(KEYS[0]).answer(KEYS[1])
    with pytest.raises(json.JSONDecodeError):
        json.loads(answered.challenge())
    prepared = app.prepare(privy.delete_key_quorum(quorum.id))
    signatures = [each.answer.signature for each in answered.answered]
    with pytest.raises(InputError, match=r"signatures\[0\] does not fit"):
        app.send(prepared, signatures=signatures)


def test_it_goes_into_findings() -> None:
    """Answers are recorded with people; the audit tells whose key was not proven in 90 days, and whose never."""
    first = challenge()
    quorum = first.authority.quorum
    answered = first.answer(KEYS[0], answered_ms=AT_MS).answer(KEYS[1], answered_ms=AT_MS)
    assert dict(answered.proven) == {key.fingerprint: AT_MS for key in KEYS[:2]}
    people = People({key.fingerprint: Holder(f"P{at}", "call") for at, key in enumerate(KEYS[:3])})
    day = 86_400_000
    card = MemberCard.make(KEYS[1], "Bob", made_ms=AT_MS + day)
    recorded = people.with_proven(answered.proven).with_proven(card.proven)

    def late(days: int) -> set[str]:
        report = audit(quorum, people=recorded, at_ms=AT_MS + days * day)
        return {each.names[0] for each in report.findings if each.rule == "key.not-proven"}

    assert late(90) == {"P2"}
    assert late(91) == {"P0", "P2"}
    assert late(92) == {"P0", "P1", "P2"}


def test_users_alone_cannot_answer() -> None:
    """A quorum without a key has no drill; users are named in the report."""
    with pytest.raises(InputError, match="no key that could answer"):
        drill(privy.KeyQuorum("q", [], user_ids=["did:privy:x"]))
    mixed = privy.KeyQuorum(
        "q",
        [privy.AuthorizationKey(KEYS[0].public.to_base64())],
        user_ids=["did:privy:x"],
        authorization_threshold=1,
    )
    assert any("user did:privy:x: cannot answer" in line for line in drill(mixed).report())


def test_on_the_command_line(tmp_path: Path) -> None:
    """Answered with a key, reported without; the end says whether all, enough or too few could."""
    path = challenge().save(tmp_path / "drill.json")
    for at, (key, code) in enumerate(zip(KEYS, (14, 12, 0), strict=True)):
        mine = key.save(tmp_path / f"{at}.pem")
        done = CliRunner().invoke(main, ["drill", str(path), "--key", str(mine)])
        assert done.exit_code == 0, done.output
        assert CliRunner().invoke(main, ["drill", str(path)]).exit_code == code
    (tmp_path / "bad.json").write_text("{}")
    assert CliRunner().invoke(main, ["drill", str(tmp_path / "bad.json")]).exit_code == 1

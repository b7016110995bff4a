"""Expectations: read strictly, judged by counting, never passed by saying nothing."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from msgspec.structs import replace

from tests.inert import inert
from tests.organisations import NAMES, organisation
from toolkit import Inventory, People, cobo, expect, privy
from toolkit.__main__ import main
from toolkit.base.hidden import hidden_at
from toolkit.errors import InputError
from toolkit.inventory import expectations

HOLDERS = [
    cobo.KeyShareHolder(type="Cobo", name="Cobo", tss_node_id="c", signer=True),
    cobo.KeyShareHolder(type="API", name="A", tss_node_id="a", signer=True),
    cobo.KeyShareHolder(type="API", name="B", tss_node_id="b", signer=False),
]


def of_vault(vault: str, kind: str, **changed: Any) -> cobo.KeyShareHolderGroup:
    """Alice's, Bob's and Cobo's group in another vault."""
    facts: dict[str, Any] = {
        "status": "Valid",
        "threshold": 2,
        "participants": 3,
        "key_share_holders": HOLDERS,
    }
    group_id = f"{vault} {kind}"
    return cobo.KeyShareHolderGroup(key_share_holder_group_id=group_id, type=kind, vault_id=vault, **(facts | changed))  # fmt: skip


UNCLEAR = [replace(each, signer=None) for each in HOLDERS]  # who signs is not said
SEEN = Inventory(
    0,
    0,
    vaults=(
        cobo.MPCVault(vault_id="v", name="Treasury"), cobo.MPCVault(vault_id="half", name="Half"),
        cobo.MPCVault(vault_id="two", name="Two ways"), cobo.MPCVault(vault_id="later", name="Later"),
        cobo.MPCVault(vault_id="bare", name="Bare"),
    ),
    groups=(
        of_vault("half", "MainGroup", key_share_holders=UNCLEAR),
        of_vault("two", "MainGroup"), of_vault("two", "SigningGroup", key_share_holders=UNCLEAR),
        of_vault("later", "MainGroup"), of_vault("later", "SigningGroup", key_share_holders=UNCLEAR, status="New"),
        cobo.KeyShareHolderGroup(
            key_share_holder_group_id="g", type="MainGroup", status="Valid", threshold=2, participants=3,
            key_share_holders=HOLDERS, vault_id="v",
        ),
    ),
    quorums=(
        privy.KeyQuorum(
            id="q", display_name="Payouts", authorization_keys=[], user_ids=["ua", "ub", "uc"], authorization_threshold=2
        ),
        privy.KeyQuorum(id="night", display_name="Night", authorization_keys=[], user_ids=["ua"]),
        privy.KeyQuorum(id="odd", display_name="Odd", authorization_keys=[], user_ids=["ua"], key_quorum_ids=["odd"]),
    ),
    people=People({"a": "Alice", "b": "Bob", "ua": "Alice", "ub": "Bob", "uc": "Carol"}),
)  # fmt: skip

CASES = [
    ("enough", "can: [{people: [Alice, Bob], things: Payouts}]", "holds"),
    ("one person as text", "can: [{people: Alice, things: Night}]", "holds"),
    ("too few", "can: [{people: Alice, things: Payouts}]", "fails"),
    ("not enough is well", "cannot: [{people: [Carol], things: [Payouts, Night]}]", "holds"),
    ("enough is not", "cannot: [{people: [Alice], things: [Night]}]", "fails"),
    ("one power of two", "can: [{people: [Alice, Bob], things: Treasury, power: shares}]", "holds"),
    ("the other of two", "can: [{people: [Alice, Bob], things: Treasury, power: signs}]", "fails"),
    ("a loss that is borne", "survives_loss: [{people: [Bob], things: [Treasury, Payouts]}]", "holds"),
    ("one that is not", "survives_loss: [{people: [Alice], things: Treasury}]", "fails"),
    ("only for shares", "survives_loss: [{people: [Alice], things: Treasury, power: shares}]", "holds"),
    ("any one loss", "survives_loss: [{things: Payouts}]", "holds"),
    ("any one loss stops it", "survives_loss: [{things: Night}]", "fails"),
    ("two together", "survives_loss: [{people: [Alice, Bob], things: Payouts}]", "fails"),
    ("nobody alone", "never_alone: [{things: [Payouts, Treasury]}]", "holds"),
    ("somebody alone", "never_alone: [{things: Night}]", "fails"),
    ("somebody else alone", "never_alone: [{people: [Bob], things: Night}]", "holds"),
    ("a known failure wins over an unknown", "survives_loss: [{people: [Alice, Bob], things: Half}]", "fails"),
    ("what goes on does not hide an unknown", "survives_loss: [{people: [Bob], things: Half}]", "unknown"),
    ("the unknown one alone", "survives_loss: [{people: [Alice, Bob], things: Half, power: signs}]", "unknown"),
    ("an unknown way may carry it on", "survives_loss: [{people: [Alice], things: Two ways, power: signs}]", "unknown"),
    ("an unknown way takes nothing away", "survives_loss: [{people: [Bob], things: Two ways, power: signs}]", "holds"),
    ("an unknown way that is not usable", "survives_loss: [{people: [Alice], things: Later, power: signs}]", "fails"),
    ("unknown", "never_alone: [{things: Odd}]", "unknown"),
    ("can is unknown", "can: [{people: [Alice], things: Odd}]", "unknown"),
]  # fmt: skip


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "who.yaml"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("text", "verdict"), [row[1:] for row in CASES], ids=[row[0] for row in CASES]
)
def test_cases(tmp_path: Path, text: str, verdict: str) -> None:
    """What a line says is judged as counting members does."""
    judged = expect(written(tmp_path, text), SEEN)
    verdicts = {outcome.verdict for outcome in judged.outcomes}
    assert verdicts == {verdict}
    assert judged.exit_code() == {"holds": 0, "fails": 14, "unknown": 3}[verdict]
    assert bool(judged) == (verdict == "holds")
    severities = {"holds": set(), "fails": {"high"}, "unknown": {"medium"}}[verdict]
    assert {finding.severity for finding in judged.findings} == severities
    assert len(judged.frame()) == len(judged.outcomes)


WRONG = [
    ("unknown key", "cann: []", "line 1: 'cann' is nothing"),
    ("unknown field", "can:\n  - people: [Alice]\n    thing: Payouts", "line 3: 'thing' is nothing"),
    ("key twice", "can: []\ncan: []", "line 2: 'can' stands twice"),
    ("field twice", "can:\n  - people: Alice\n    people: Bob\n    things: Payouts", "line 3: 'people' stands twice"),
    ("unknown person", "can:\n  - people: [Zoe]\n    things: Payouts", "line 2: Nobody called 'Zoe'"),
    ("unknown thing", "can:\n  - people: [Alice]\n    things: Nowhere", "line 2: Nothing of the id or name 'Nowhere'"),
    ("unknown power", "can: [{people: Alice, things: Payouts, power: spends}]", "'spends' is no power"),
    ("a power it has not", "can: [{people: Alice, things: Payouts, power: signs}]", "has no power 'signs'"),
    ("no power at all", "never_alone: [{things: Bare}]", "line 1: of Bare no group was seen"),
    ("two powers", "can: [{people: Alice, things: Treasury}]", "several powers: shares, signs"),
    ("no things", "can: [{people: Alice}]", "things are missing"),
    ("no people", "cannot: [{things: Payouts}]", "people are missing"),
    ("a number", "can: [{people: 3, things: Payouts}]", "line 1: people must be text"),
    ("a flag", "can: [{people: yes, things: Payouts}]", "people must be text"),
    ("no list", "can: {people: Alice}", "this must be a list"),
    ("a list alone", "- can", "must be a mapping"),
    ("a person twice", "can: [{people: [Bob, Bob], things: Payouts}]", "name the same twice"),
    ("no YAML", "can: [", "is no YAML"),
    ("code", "can: !!python/object/apply:os.system [ls]", "line 1"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "words"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG]
)
def test_strictly_read(tmp_path: Path, text: str, words: str) -> None:
    """What cannot be meant is refused with its line; nothing is skipped."""
    with pytest.raises(InputError) as error:
        expect(written(tmp_path, text), SEEN)
    assert words in str(error.value)


@pytest.mark.parametrize("text", ["", "# nothing", "can: []"])
def test_expecting_nothing_is_no_pass(tmp_path: Path, text: str) -> None:
    """A file without an assertion ends with 3."""
    judged = expect(written(tmp_path, text), SEEN)
    assert (judged.outcomes, judged.exit_code(), bool(judged)) == ((), 3, False)
    assert "this is no pass" in judged.text()


def test_against_counting(tmp_path: Path) -> None:
    """On random organisations, ``can`` and ``never_alone`` say what counting seats says."""
    rng = random.Random(9)
    for _ in range(40):
        of = organisation(rng)
        some = sorted({*of.persons.values()} & set(rng.sample(NAMES, 2)))
        if not some:
            continue
        quorum = rng.choice(of.inventory.quorums)
        text = f"can: [{{people: [{', '.join(some)}], things: {quorum.id}}}]\nnever_alone: [{{things: {quorum.id}}}]"
        verdicts = {
            outcome.expectation.kind: outcome.verdict
            for outcome in expect(written(tmp_path, text), of.inventory).outcomes
        }
        claimed = [{name} for name in {*of.persons.values()}]
        unclaimed = [seat for seat in quorum.user_ids or () if seat not in of.persons]
        alone = any(
            of.approves(quorum.id, frozenset(each))
            for each in [*claimed, *([one] for one in unclaimed)]
        )
        assert verdicts["can"] == ("holds" if of.approves(quorum.id, frozenset(some)) else "fails")
        if alone:
            assert verdicts["never_alone"] == "fails"


def test_without_yaml(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where PyYAML is missing, the error names the extra."""
    monkeypatch.setattr(expectations, "find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"needs PyYAML.*quorum-toolkit\[yaml\]"):
        expect(written(tmp_path, "can: []"), SEEN)


def test_the_command(tmp_path: Path) -> None:
    """Exit codes: 0 all holds, 14 one fails, 3 nothing expected, 2 a wrong file or folder; people of another file count."""
    folder = str(SEEN.save(tmp_path / "seen"))
    people = str(People({"ua": "Zoe"}).save(tmp_path / "people.json"))
    texts = {
        "well": "never_alone: [{things: Payouts}]",
        "bad": "can: [{people: Carol, things: Night}]",
        "none": "",
        "wrong": "x: []",
        "zoe": "can: [{people: Zoe, things: Night}]",
    }
    paths = {name: tmp_path / f"{name}.yaml" for name in texts}
    for name, path in paths.items():
        path.write_text(texts[name])
    cases = [
        ([str(paths["well"]), folder], 0), ([str(paths["bad"]), folder], 14), ([str(paths["none"]), folder], 3),
        ([str(paths["wrong"]), folder], 2), ([str(paths["well"]), str(tmp_path / "no")], 2), ([str(tmp_path / "no"), folder], 2),
        ([str(paths["zoe"]), folder], 2), ([str(paths["zoe"]), folder, "--people", people], 0),
    ]  # fmt: skip
    results = [CliRunner().invoke(main, ["expect", *arguments]) for arguments, _ in cases]
    assert [result.exit_code for result in results] == [code for _, code in cases]
    assert "FAILS   Carol can: Night" in results[1].output


def test_looks_are_inert(tmp_path: Path) -> None:
    """Hostile names are written out in the text and do nothing on the card."""
    name = "P\u202e<b>x"
    quorum = privy.KeyQuorum(id="q", display_name=name, authorization_keys=[], user_ids=["u"])
    seen = Inventory(0, 0, quorums=(quorum,), people=People({"u": "Al\u200bice"}))
    judged = expect(written(tmp_path, "never_alone: [{things: q}]"), seen)
    assert not hidden_at(judged.text().replace("\n", ""))
    inert(judged._repr_html_())

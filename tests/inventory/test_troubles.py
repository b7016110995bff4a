"""An audit of an organisation with 21 planted kinds of trouble: each is found by its rule, and nothing false is said."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.inventory.troubles import DAY_MS, SPLIT, Organisation
from toolkit import Exclusion, Inventory, audit
from toolkit.__main__ import main
from toolkit.inventory.report import Line, Report

#: What is planted, the rule that must find it, and for each thing that it is about a part of the sentence.
TROUBLES: list[tuple[str, str, dict[str, str]]] = [
    ("1 of 2 owns money", "quorum.alone", {
        "Night shift": "Alice Moreau or Erin Walsh can approve alone: any one member is enough. 8 wallets.",
        "Pilot": "Frank Ito or key 680b 860b a62f can approve alone: any one member is enough. 1 wallet.",
    }),
    ("a nested 1 of 2 undoes 2 of 3", "quorum.nested-undoes", {"Payout approvals": "Alice Moreau can approve alone, though 2 of 3 must"}),
    ("both must approve", "quorum.one-loss", {"Payroll approvals": "Without Bob Tanaka or Dana Lindqvist nobody can sign, the repair included. 6 wallets."}),
    ("fewer than half approve", "quorum.minority", {"Vendor payments": "2 of 4 are enough."}),
    ("one key as base64 and as PEM", "quorum.same-key", {"Vendor payments": "of Bob Tanaka, stands 2 times, whatever its spelling. It is counted once: 2 of 4."}),
    ("one key in five quorums", "key.many-quorums", {"Alice Moreau": "is in 5 quorums."}),
    ("one person has two of three shares", "group.one-holds-enough", {"Payroll vault, main group": "Bob Tanaka has 2 of 3 shares: alone enough for the key."}),
    ("all of three shares, and no recovery", "group.all-needed", {"Cold reserve, main group": "All 3 shares are needed. If one is lost, the key is lost."}),
    ("2 of 3 shares, and no recovery", "group.no-recovery", {"Payroll vault, main group": "it bears 1 loss, and nothing brings the share back."}),
    ("a group in the middle of a phone change", "group.unavailable", {"Payroll vault, signing group": "it cannot sign now."}),
    ("a group without keys for two months", "group.new-too-long", {"Cold reserve, signing group": "New for 61 days; it has no keys and cannot sign."}),
    ("holders that cannot take part", "holder.away", {
        "Treasury vault, signing group": "Dana Lindqvist: offline; no designated signer.",
        "Payroll vault, signing group": "Erin Walsh: moved to another phone; a designated signer.",
    }),
    ("wallets without an owner", "wallet.no-owner", {
        "ethereum 38": "no quorum is asked.", "ethereum 39": "no quorum is asked.", "solana 40": "no quorum is asked.",
    }),
    ("a key that makes groups and withdraws", "api.both-powers", {"treasury-bot": "Its roles are API_Operator + API_Spender."}),
    ("a key that ends this week", "api.ends-soon", {"treasury-bot": "5 days left."}),
    ("65,536 addresses", "api.wide-addresses", {"payroll-bot": "127.0.0.0/16: 65,536 addresses may use it."}),
    ("withdrawing from any wallet", "api.no-wallet-limit", {"payroll-bot": "API_Spender: no wallet listed. That an empty list is no limit is our inference."}),
    ("a callback inside, without TLS", "api.callback", {"reporting": "http://10.0.0.12:8080/cobo: not https, and a private address."}),
    ("a Cyrillic Alice", "name.look-alike", {"Cold reserve, signing group": "looks like Alice Moreau, and is another: character 1 is U+0410"}),
    ("hidden characters in a name", "name.hidden", {SPLIT: "U+200B (zero width space) as character 4 and U+202E (right-to-left override) as character 11."}),
    ("seats of nobody", "people.unknown", {
        "key 680b 860b a62f": "Nobody is known to hold this key.", "\u0410lice Moreau": "Nobody is known to hold this TSS node.",
        "reporting": "Nobody is known to hold this API key.",
    }),
]  # fmt: skip
#: What else is so, and follows from what is planted.
BESIDE: list[tuple[str, str, dict[str, str]]] = [
    ("who has the secret decides about wallets without an owner", "app.secret-alone", {"App": "decides about 3 wallets: Erin Walsh."}),
    ("Bob alone is a designated signer where a group can sign", "group.signing-stops", {"Payroll vault, main group": "If Bob Tanaka is lost, signing stops"}),
    ("Dana’s key is hers by a guess", "people.guessed", {"Dana Lindqvist": "That Dana Lindqvist has this key is a guess."}),
]  # fmt: skip
WELL = [
    ("quorum.sound", "Treasury approvals, EU"), ("quorum.sound", "Cold reserve owners"), ("quorum.sound", "Policy admins"),
    ("seen.verified", "cobo on EMULATOR"), ("seen.verified", "cobo on EMULATOR"), ("seen.verified", "cobo on EMULATOR"),
]  # fmt: skip


@pytest.fixture(scope="module")
def seen() -> Inventory:
    return Organisation().look()


@pytest.fixture(scope="module")
def report(seen: Inventory) -> Report:
    return audit(seen)


def found(report: Report, rule: str) -> list[Line]:
    return [line for line in report.lines if line.rule.id == rule]


@pytest.mark.parametrize(
    ("rule", "about"),
    [row[1:] for row in (*TROUBLES, *BESIDE)],
    ids=[row[0] for row in (*TROUBLES, *BESIDE)],
)
def test_each_is_found(report: Report, rule: str, about: dict[str, str]) -> None:
    """Its rule names exactly these things, and says of each what is so."""
    lines = found(report, rule)
    assert len(lines) == len(about), [line.title() for line in lines]
    for line in lines:
        (words,) = [words for title, words in about.items() if line.title().startswith(title)]
        assert words in line.sentence()


def test_nothing_else_is_said(report: Report) -> None:
    """21 kinds are planted, three more things follow from them, and no other rule speaks; what is praised is sound."""
    assert len({rule for _, rule, _ in TROUBLES}) == 21
    known = {rule for _, rule, _ in (*TROUBLES, *BESIDE)}
    assert {line.rule.id for line in report.lines if line.severity != "good"} == known
    assert [(line.rule.id, line.title()) for line in report.lines if line.severity == "good"] == WELL  # fmt: skip
    assert not report.failed


def test_everything_was_seen(seen: Inventory) -> None:
    """All of it, though one of three keys may read one vault only: what is not seen is what Privy has no question for."""
    counts = {kind: len(getattr(seen, kind)) for kind in ("vaults", "groups", "quorums", "wallets")}
    assert counts == {"vaults": 3, "groups": 7, "quorums": 9, "wallets": 40}
    assert [row for row in seen.unseen if row.cause] == []


def test_somebody_answers_for_two(seen: Inventory) -> None:
    """One exclusion sets its finding aside; the other one has ended: its finding counts, and so does the exclusion."""
    pilot = next(quorum for quorum in seen.quorums if quorum.display_name == "Pilot")
    new = next(group for group in seen.groups if group.status == "New")
    about = {"quorum.alone": {"quorum": pilot.id}, "group.new-too-long": {"group": new.key_share_holder_group_id or ""}}  # fmt: skip
    reasons = {"quorum.alone": "Test money only.", "group.new-too-long": "A new phone is on its way."}  # fmt: skip
    ends = {"quorum.alone": seen.at_ms + 14 * DAY_MS, "group.new-too-long": seen.at_ms - 5 * DAY_MS}  # fmt: skip
    exclusions = [
        Exclusion(rule, about[rule], reasons[rule], "Carol Okafor", "Watched every day.", ends[rule] - 30 * DAY_MS, ends[rule])
        for rule in about
    ]  # fmt: skip
    report = audit(seen, exclusions=exclusions)
    assert [line.title() for line in found(report, "quorum.alone")] == ["Night shift"]
    assert len(found(report, "group.new-too-long")) == 1
    assert [line.severity for line in found(report, "exclusion.expired")] == ["low"]


def test_the_command_says_the_same(seen: Inventory, report: Report, tmp_path: Path) -> None:
    """Over the saved folder, as over the inventory itself: it ends with 14, and has each finding."""
    folder = seen.save(tmp_path / "seen")
    again = audit(Inventory.load(folder))
    assert [str(each) for each in again.findings] == [str(each) for each in report.findings]
    result = CliRunner().invoke(main, ["audit", str(folder)])
    assert result.exit_code == 14
    assert all(line.rule.title in result.output for line in report.lines)

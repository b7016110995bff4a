"""One value: counts, lines, table, exit code and controls say the same."""

from __future__ import annotations

import pytest

from tests.inventory.organisation import World
from toolkit import audit, frames
from toolkit.errors import InputError
from toolkit.findings import SEVERITIES
from toolkit.inventory.controls import CONTROLS
from toolkit.inventory.report import Report


@pytest.fixture
def report() -> Report:
    world = World()
    world.quorum(1, "Ann Ben")
    world.quorum(2, "Ann Ben Cem Dee")
    world.quorum(2, "Ann Ben Cem", name="")
    world.quorum(2, "Ann Ben Cem")
    world.vault()
    world.api_key("API_Spender", callback_url="http://a.example.com")
    return audit(world.inventory(), duration_s=0.5)


def test_the_worst_first(report: Report) -> None:
    """Findings are ordered by severity, what is well last; counts are theirs."""
    severities = [finding.severity for finding in report.findings]
    assert severities == sorted(severities, key=SEVERITIES.index)
    assert {each: severities.count(each) for each in SEVERITIES} == report.counts
    assert report.counts == {"high": 1, "medium": 1, "low": 1, "note": 1, "good": 3}


@pytest.mark.parametrize(
    ("severities", "codes"),
    [
        ({"high"}, [14, 14, 14, 14]),
        ({"medium"}, [0, 13, 13, 13]),
        ({"low"}, [0, 0, 12, 12]),
        ({"note"}, [0, 0, 0, 11]),
        ({"note", "high"}, [14, 14, 14, 14]),
        (set(), [0, 0, 0, 0]),
    ],
)
def test_exit_codes(severities: set[str], codes: list[int]) -> None:
    """From 11 to 14 by the worst, where it is at least as bad as what it should fail on."""
    world = World()
    world.quorum(2, "Ann Ben Cem")
    plants = {
        "high": lambda: world.quorum(1, "Ann Ben"),
        "medium": lambda: world.api_key("API_Spender", callback_url="http://a.example.com"),
        "note": lambda: world.quorum(2, "Ann Ben Cem", name=""),
        "low": lambda: world.quorum(2, "Ann Ben Cem Dee"),
    }
    for severity in severities:
        plants[severity]()
    report = audit(world.inventory())
    assert [report.exit_code(each) for each in ("high", "medium", "low", "note")] == codes
    assert report.exit_code() == codes[-1]
    with pytest.raises(InputError, match="fail_on cannot be 'good'"):
        report.exit_code("good")


def test_the_table(report: Report) -> None:
    """One row a finding; the table of the report and the one that users call by name are the same."""
    frame = report.frame()
    assert len(frame) == len(report.findings)
    assert list(frame["rule"]) == [finding.rule for finding in report.findings]
    assert list(frame["severity"].cat.categories) == list(SEVERITIES)
    assert frame.equals(frames.findings(report))
    assert frame.attrs["environment"] == "EMULATOR"
    assert len(frames.findings([report, report])) == 2 * len(frame)
    assert len(frames.findings([])) == 0


def test_fingerprints_are_one_each_and_stay(report: Report) -> None:
    """No two findings share one, and none depends on the moment, on names or on the order of things."""
    fingerprints = [line.fingerprint for line in report.lines]
    assert len(set(fingerprints)) == len(fingerprints)
    world = World()
    kept = world.quorum(1, "Ann Ben", name="before")
    first = audit(world.inventory())
    other = World()
    other.things["quorums"] = [kept.__class__(kept.id, kept.authorization_keys, "after", 1)]
    second = audit(other.inventory(at_ms=1))
    assert {line.fingerprint for line in first.lines if line.rule.id == "quorum.alone"} == {
        line.fingerprint for line in second.lines if line.rule.id == "quorum.alone"
    }


def test_controls(report: Report) -> None:
    """Twelve of 24 are evidenced; the other twelve are a person's and never passed, whatever was found."""
    stands = {control.id: words for control, words in report.controls()}
    assert len(CONTROLS) == len(stands) == 24
    persons = {control.id for control in CONTROLS if not control.evidenced}
    assert len(persons) == 12
    assert {stands[each] for each in persons} == {"a person’s: nothing here can evidence it"}
    assert stands["ms-2.1.1"].startswith("2 found, by ")
    assert stands["ms-4.1.1"].startswith("unknown")
    assert stands["ms-3.1.8"].startswith("unknown: nothing was looked at")
    assert stands["ms-3.1.2"].startswith("nothing found, by ")


def test_looks(report: Report) -> None:
    """By itself it is a line, and a card with the worst first."""
    assert repr(report) == "<Report on EMULATOR: 1 high, 1 medium, 1 low, 1 note, 3 good>"
    assert "One person can approve alone" in report._repr_html_()
    assert str(report).startswith("Who can sign · EMULATOR")


def test_wrong_forms(report: Report, tmp_path: object) -> None:
    """Another ending or another form is refused with those that there are."""
    with pytest.raises(InputError, match=r"cannot be written as \.pdf"):
        report.save("findings.pdf")
    with pytest.raises(InputError, match="is no form"):
        report.written("pdf")

"""What is set aside has a reason, a person, an end and a control; it is exact, and it never disappears."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.inventory.organisation import DAY_MS, NOW_MS, World
from toolkit import Exclusion, audit
from toolkit.errors import InputError
from toolkit.inventory.exclusions import Exclusions, exclusions_of

WHOLE: dict[str, Any] = {
    "rule": "quorum.alone", "about": {"quorum": "q1"}, "reason": "test money", "person": "Ann", "control": "a limit of 10",
    "since_ms": NOW_MS, "until_ms": NOW_MS + 30 * DAY_MS,
}  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"reason": " "}, "reason is empty"),
        ({"person": ""}, "person is empty"),
        ({"control": ""}, "control is empty"),
        ({"rule": ""}, "rule is empty"),
        ({"about": {}}, "about must name"),
        ({"about": {"quorum": 3}}, "about.quorum"),
        ({"until_ms": NOW_MS}, "from 1 to 180 days, not 0"),
        ({"until_ms": NOW_MS + 180 * DAY_MS + 1}, "from 1 to 180 days"),
        ({"until_ms": 1.5}, "until_ms must be Unix milliseconds"),
        ({"since_ms": True}, "since_ms must be Unix milliseconds"),
    ],
)
def test_what_is_missing_is_named(changed: dict[str, Any], said: str) -> None:
    """Without a field, or with an end too far away, it is refused where it is made."""
    with pytest.raises(InputError, match=said):
        Exclusion(**(WHOLE | changed))


def test_the_longest_is_180_days() -> None:
    """180 days to the millisecond are accepted."""
    assert Exclusion(**(WHOLE | {"until_ms": NOW_MS + 180 * DAY_MS})).until


def test_a_file_comes_back(tmp_path: Path) -> None:
    """What is written is read as it was; days without a clock are UTC."""
    written = Exclusions((Exclusion(**WHOLE),))
    path = written.save(tmp_path / "aside.json")
    assert Exclusions.load(path) == written
    assert list(Exclusions.load(path)) == list(exclusions_of(str(path)))
    document = json.loads(path.read_text())
    document["exclusions"][0] |= {"since": "2026-11-01", "until": "2026-12-04"}
    path.write_text(json.dumps(document))
    (exclusion,) = Exclusions.load(path)
    assert exclusion.until_ms - exclusion.since_ms == 33 * DAY_MS


BROKEN = [
    (lambda document: document | {"format": "other"}, "is no file of exclusions"),
    (lambda document: document | {"version": 2}, "has version 2"),
    (lambda document: document | {"exclusions": {}}, "must be a list"),
    (lambda document: document | {"exclusions": [{"rule": "x"}]}, "exclusion 1 must have"),
    (lambda document: document | {"exclusions": [document["exclusions"][0] | {"until": "soon"}]}, "until is no day"),
    (lambda document: document | {"exclusions": [document["exclusions"][0] | {"reason": ""}]}, "exclusion 1: reason is empty"),
    (lambda document: [document], "is no file of exclusions"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "said"), BROKEN, ids=[said for _, said in BROKEN])
def test_a_file_that_is_none(tmp_path: Path, change: Any, said: str) -> None:
    """What is wrong with a file is named, by the number of the entry."""
    path = Exclusions((Exclusion(**WHOLE),)).save(tmp_path / "aside.json")
    path.write_text(json.dumps(change(json.loads(path.read_text()))))
    with pytest.raises(InputError, match=said):
        Exclusions.load(path)
    path.write_text("{")
    with pytest.raises(InputError, match="is no JSON"):
        Exclusions.load(path)
    with pytest.raises(InputError, match="cannot be read"):
        Exclusions.load(tmp_path / "nowhere.json")


@pytest.mark.parametrize("given", [3, ["quorum.alone"]])
def test_what_is_no_exclusion_is_refused(given: Any) -> None:
    """Only exclusions, or the name of a file of them."""
    with pytest.raises(InputError, match="exclusions"):
        exclusions_of(given)


def test_only_exactly_that_is_set_aside() -> None:
    """One finding of one thing: it counts no more and is listed; the same rule about another thing counts."""
    world = World()
    pilot, other = world.quorum(1, "Ann Ben"), world.quorum(1, "Cem Dee")
    world.exclude("quorum.alone", {"quorum": pilot.id})
    report = audit(world.inventory(), exclusions=world.exclusions)
    assert [line.subject.thing[1] for line in report.lines if line.severity == "high"] == [other.id]
    (line,) = report.aside
    assert line.subject.thing[1] == pilot.id
    assert report.counts["high"] == 1
    assert "Pilot" not in [each.subject for each in report.findings]
    assert bool(report.frame()["set_aside"].sum() == 1)
    for form in ("text", "html", "markdown"):
        assert "a reason" in report.written(form), form
    for form in ("json", "sarif"):
        assert line.fingerprint in report.written(form), form


@pytest.mark.parametrize("form", ["text", "html", "json", "sarif", "junit", "markdown", "github"])
def test_who_answers_is_named_where_people_are(form: str) -> None:
    """By pseudonym there is no name of whoever set something aside, nor their words, in any form."""
    world = World()
    facts: dict[str, Any] = {
        "person": "Zenobia",
        "reason": "said Yolanda",
        "control": "with Xanthe",
    }
    for quorum, days in ((world.quorum(1, "Ann Ben").id, 30), (world.quorum(1, "Cem Dee").id, 1)):
        about = {"quorum": quorum}
        world.exclusions.append(
            Exclusion(
                "quorum.alone", about, **facts, since_ms=NOW_MS, until_ms=NOW_MS + days * DAY_MS
            )
        )
    report = audit(world.inventory(), exclusions=world.exclusions, at_ms=NOW_MS + 2 * DAY_MS)
    assert (len(report.aside), report.counts["high"]) == (1, 1)
    text = report.written(form, names=False)
    assert not [name for name in ("Zenobia", "Yolanda", "Xanthe") if name in text]


def test_past_its_end_it_counts_again_and_says_so() -> None:
    """Once the end has come, the finding is back, with a word on it."""
    world = World()
    quorum = world.quorum(1, "Ann Ben")
    world.exclude("quorum.alone", {"quorum": quorum.id}, days=0)
    report = audit(world.inventory(), exclusions=world.exclusions)
    (finding,) = [each for each in report.findings if each.severity == "high"]
    assert finding.sentence.endswith("that has ended.")
    assert not report.aside
    assert report.exit_code("high") == 14
    earlier = audit(world.inventory(), exclusions=world.exclusions, at_ms=NOW_MS - 1)
    assert earlier.exit_code("high") == 0

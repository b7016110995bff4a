"""``audit``: over inventories and bare things, each once, with what was not seen."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.inventory.organisation import NOW_MS, World
from toolkit import Emulator, Inventory, People, audit, cobo, collect, privy
from toolkit.errors import InputError
from toolkit.inventory.audit import audit_columns
from toolkit.inventory.coding import columns_of
from toolkit.inventory.rules import BY_ID, RULES


@pytest.fixture
def seen(emulator: Emulator) -> Inventory:
    return collect(emulator.cobo_client(), emulator.privy_client(), progress=False)


def test_bare_things(emulator: Emulator, seen: Inventory) -> None:
    """A group, a quorum and an API key info are an inventory of three; it says that nothing else was looked at."""
    report = audit(seen.groups[0], seen.quorums[0], seen.api_keys[0])
    assert [
        part.count("groups") + part.count("quorums") + part.count("api_keys")
        for part in report.parts
    ] == [3]
    assert report.environments == ("EMULATOR",)
    assert report.at_ms == max(
        each.provenance.at_ms
        for each in (seen.groups[0], seen.quorums[0], seen.api_keys[0])
        if each.provenance
    )
    assert any(row.what == "everything beside these" for row in report.unseen)
    assert "api.both-powers" in {finding.rule for finding in report.findings}
    assert len(report.frame()) == len(report.findings)


def test_pages_and_lists(emulator: Emulator, seen: Inventory) -> None:
    """A page, a list of pages and the things themselves give the same report."""
    page = emulator.cobo_client().send(cobo.list_key_share_holder_groups(emulator.vault_id))
    wallets = emulator.privy_client().send(privy.list_wallets())
    found = [
        [(each.rule, each.subject) for each in audit(*things).findings]
        for things in (
            (page, wallets),
            ([page], [[wallets]]),
            (*page.data, *wallets.data),
            (page, page, wallets),
        )
    ]
    assert found[0]
    assert found == [found[0]] * 4


def test_several_inventories(seen: Inventory) -> None:
    """Two looks are one; what stands in both is told once, as it was in the later argument."""
    both = audit(seen, seen)
    assert [str(each) for each in both.findings] == [str(each) for each in audit(seen).findings]
    assert all(not line.subject.file for line in both.lines)  # there is no one folder to point to
    assert any(line.subject.file for line in audit(seen).lines)


@pytest.mark.parametrize(
    ("things", "options", "said"),
    [
        ((), {}, "needs something to look at"),
        (("x",), {}, "no rule about str values"),
        ((3,), {}, "no rule about int values"),
        ((cobo.Scopes(),), {}, "no rule about Scopes"),
        (([],), {"people": {}}, "people must be People"),
        (([],), {"exclusions": 3}, "exclusions"),
    ],
)
def test_wrong_arguments(things: tuple[Any, ...], options: dict[str, Any], said: str) -> None:
    """What is nothing to look at is refused by name."""
    with pytest.raises(InputError, match=said):
        audit(*things, **options)


def test_nothing_looked_at_is_no_pass() -> None:
    """An empty inventory, or an empty list, is not well: nobody looked."""
    for things in (Inventory(NOW_MS, NOW_MS), []):
        report = audit(things)
        assert not report.whole
        assert report.exit_code() == 3
        assert "no pass" in str(report)


def test_people_make_the_difference(seen: Inventory) -> None:
    """Two keys of one person in a 2 of 3 are enough alone, once somebody says so."""
    quorum = next(
        each for each in seen.quorums if not each.key_quorum_ids and each.shown_members == 3
    )
    seats = [
        seat
        for seat in seen.seats
        if any(title == quorum.display_name for title in seen.seats[seat].where)
    ]
    one = People(dict.fromkeys(seats, "Ann"))
    before, after = audit(seen), audit(seen, people=one)
    assert quorum.display_name not in {
        each.subject for each in before.findings if each.rule == "quorum.alone"
    }
    assert quorum.display_name in {
        each.subject for each in after.findings if each.rule == "quorum.alone"
    }
    assert any("Nobody was named" in row.why for row in before.unseen)
    assert audit(seen.with_people(one)).counts == after.counts


def test_a_rule_that_fails_is_no_pass() -> None:
    """One rule that cannot run hides nothing of the others, is named everywhere, and ends with 3."""
    world = World()
    world.quorum(2, "Ann Ben Cem")
    columns = columns_of(world.inventory())

    def broken(_: object) -> Any:
        raise ZeroDivisionError("a\n<q>")

    rules = (replace(BY_ID["quorum.alone"], look=broken), *RULES)
    report = audit_columns([columns], rules=rules)
    assert [run.rule.id for run in report.failed] == ["quorum.alone"]
    assert report.counts["good"]
    assert report.exit_code("high") == 3
    for form in ("text", "html", "json", "sarif", "junit", "markdown", "github"):
        assert "ZeroDivisionError" in report.written(form), form
        if form in ("html", "junit", "markdown"):
            assert "<q>" not in report.written(form), form


def test_what_is_bad_comes_before_what_could_not_run() -> None:
    """A high finding ends with 14 even where another rule could not run."""
    world = World()
    world.quorum(1, "Ann Ben")

    def broken(_: object) -> Any:
        raise ValueError

    rules = (*RULES, replace(BY_ID["quorum.minority"], id="quorum.other", look=broken))
    assert audit_columns([columns_of(world.inventory())], rules=rules).exit_code("high") == 14

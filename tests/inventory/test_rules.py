"""Every rule finds what is planted for it, and nothing else; what comes close stays silent."""

from __future__ import annotations

import ast
import itertools
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

from tests.inventory.cases import CASES
from tests.inventory.everything import EVERY, organisation
from tests.inventory.organisation import NOW_MS, Case, World, unseen
from tests.inventory.rules_page import PAGE, page
from toolkit import Inventory, People, audit
from toolkit.inventory import rules as rooms
from toolkit.inventory.audit import audit_columns
from toolkit.inventory.coding import columns_of
from toolkit.inventory.columns import Columns
from toolkit.inventory.inventory import Origin
from toolkit.inventory.naming import policies_of
from toolkit.inventory.report import Report
from toolkit.inventory.rules import ALL_RULES, BY_ID
from toolkit.inventory.rules.rule import AuditRule

#: Rules whose cases are no part of an organisation: how it was seen, and whose the app is.
BY_THEMSELVES = {"seen.unverified", "app.secret-alone"}
GOOD = [rule for rule in ALL_RULES if rule.severity == "good"]


def speaks(report: Report) -> Counter[str]:
    """How often each rule found something that is not well."""
    kept = [line.rule.id for line in report.lines if line.severity != "good"]
    return Counter(rule for rule in kept if rule != "app.secret-alone")


def planted(case: Case) -> World:
    world = World()
    case.plant(world)
    return world


@pytest.mark.parametrize(
    ("rule", "case"), EVERY, ids=[f"{rule}: {case.name}" for rule, case in EVERY]
)
def test_a_case_by_itself(rule: str, case: Case) -> None:
    """Exactly these rules speak of it, each as often as it should; the rule of a near miss does not."""
    world = planted(case)
    report = audit(world.inventory(), exclusions=world.exclusions)
    assert not report.failed, [run.error for run in report.failed]
    assert speaks(report) == Counter(case.finds), [str(each) for each in report.findings]
    assert (rule in case.finds) != case.name.startswith("near:")


def test_every_rule_has_cases() -> None:
    """Two planted faults at least, and a near miss, for each rule that can find something."""
    bad = {rule.id for rule in ALL_RULES if rule.severity != "good"}
    assert set(CASES) == bad - BY_THEMSELVES
    for rule, cases in CASES.items():
        assert sum(not case.name.startswith("near:") for case in cases) >= 2, rule
        assert any(case.name.startswith("near:") for case in cases), rule
    assert len(bad) >= 30


def test_all_planted_are_found_and_no_other() -> None:
    """In an organisation with every case at once, each planted fault is found once, and nothing sound is blamed."""
    inventory, exclusions, finds = organisation()
    assert speaks(audit(inventory, exclusions=exclusions)) == finds


@cache
def split(into: int) -> list[Columns]:
    """The organisation in partitions: everything about a thing in one of them."""
    inventory, _, _ = organisation()
    parts = []
    for part in range(into):
        vaults = {vault.vault_id for vault in inventory.vaults[part::into]}
        roots = _with_inside(inventory, part, into)
        wallets = tuple(
            each
            for at, each in enumerate(inventory.wallets)
            if each.owner_id in roots
            or (not _is_seen(inventory, each.owner_id) and at % into == part)
        )
        ruling = {policy_id for wallet in wallets for policy_id in policies_of(wallet)}
        changed = {
            "vaults": tuple(each for each in inventory.vaults if each.vault_id in vaults),
            "groups": tuple(each for each in inventory.groups if each.vault_id in vaults),
            "quorums": tuple(each for each in inventory.quorums if each.id in roots),
            "wallets": wallets,
            "policies": tuple(each for each in inventory.policies if each.id in ruling),
            "intents": inventory.intents[part::into],
            "api_keys": inventory.api_keys[part::into],
        }
        rest = {
            name: getattr(inventory, name) for name in ("seen_by", "people", "unseen", "origins")
        }
        parts.append(columns_of(Inventory(NOW_MS, NOW_MS, **changed, **rest)))
    return parts


def _is_seen(inventory: Inventory, quorum_id: str | None) -> bool:
    return any(quorum.id == quorum_id for quorum in inventory.quorums)


def _with_inside(inventory: Inventory, part: int, into: int) -> set[str]:
    """Quorums of one partition: those in one another are together."""
    leader = {quorum.id: quorum.id for quorum in inventory.quorums}
    for quorum in inventory.quorums:
        for inner in quorum.key_quorum_ids or ():
            if inner in leader:
                leader[inner] = quorum.id
    order = {each: at for at, each in enumerate(leader)}
    return {each for each, first in leader.items() if order[first] % into == part}


@pytest.mark.parametrize("into", [2, 5])
def test_partitions_give_the_same(into: int) -> None:
    """What looks at one thing and what looks across all of them find the same, however it is partitioned."""
    whole, parts = split(1), split(into)
    assert _things(audit_columns(parts)) == _things(audit_columns(whole))


def _things(report: Report) -> Counter[tuple[str, str]]:
    """What is found about what; of things that are alike, which is told first depends on the order."""
    alike = {"quorum.same-members", "name.twice", "name.look-alike", *(rule.id for rule in GOOD)}
    apart = ("apps", "origins", "seats")  # these stand in each partition that has a part in them
    return Counter(
        (line.rule.id, "" if line.rule.id in alike else line.subject.thing[1])
        for line in report.lines
        if line.rule.about not in apart or line.rule.map is not None
    )


# ---- what stands apart ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verified", "finds"), [(False, {"seen.unverified"}), (True, set()), (None, set())]
)
def test_how_it_was_seen(verified: bool | None, finds: set[str]) -> None:
    """An answer without a valid signature is high; one of a service that signs none is nothing."""
    world = World()
    world.vault()
    for number in range(2):
        world.add("origins", Origin("cobo", "PROD", "https://c", f"key {number}", verified))
    report = audit(world.inventory())
    assert set(speaks(report)) == finds
    assert speaks(report)["seen.unverified"] == 2 * (verified is False)
    assert sum(line.rule.id == "seen.verified" for line in report.lines) == 2 * (verified is True)


def test_an_app_secret_decides() -> None:
    """Once for each app, with how many wallets; not for one whose wallets all have owners."""
    world = World()
    world.wallet(None)
    world.wallet(None)
    told = [each for each in audit(world.inventory()).findings if each.rule == "app.secret-alone"]
    assert [each.sentence for each in told] == [
        "Whoever has its secret decides about 2 wallets: Zoe."
    ]
    sound = World()
    sound.wallet(sound.quorum(2, "Ann Ben Cem").id)
    assert not [
        each for each in audit(sound.inventory()).findings if each.rule == "app.secret-alone"
    ]


def test_what_nobody_can_tell_yet_is_said() -> None:
    """Whether keys were proven is unknown, and a row of what was not seen; it is no failure and no pass of that control."""
    world = World()
    world.quorum(2, "Ann Ben Cem")
    report = audit(world.inventory())
    (run,) = [run for run in report.runs if run.rule.id == "key.not-proven"]
    assert run.state == "nothing"
    assert any("No drill is recorded" in row.why for row in report.unseen)
    assert report.exit_code() == 0
    world.quorum(1, keys=[world.key("Dee", proven_ms=NOW_MS), world.key("Eve", proven_ms=NOW_MS)])
    some = audit(world.inventory())
    assert any("No drill is recorded for 3 of 5 keys and nodes" in row.why for row in some.unseen)


def test_what_is_well_is_said() -> None:
    """Sound quorums, whole vaults and narrow keys are praised, unless something is found about them."""
    world = World()
    sound = world.quorum(2, "Ann Ben Cem")
    world.vault()
    world.api_key("API_Spender")
    report = audit(world.inventory())
    assert Counter(line.rule.id for line in report.lines) == Counter(rule.id for rule in GOOD)
    assert {line.subject.thing[1] for line in report.lines} >= {sound.id}
    blamed = World()
    blamed.quorum(2, "Ann Ben Cem", name="a\u202eb")
    blamed.vault("main", "signing", "recovery", name="a\u200bb")
    blamed.api_key("API_Spender", callback_url="http://x.example.com")
    assert {
        line.rule.id for line in audit(blamed.inventory()).lines if line.severity == "good"
    } == {"seen.verified"}


def test_what_was_not_read_is_not_blamed() -> None:
    """A vault whose groups could not be read is not told to lack them; nor is a group that stands alone."""
    world = World()
    vault = world.vault("main", "signing")
    read = audit(world.inventory())
    assert "group.no-recovery" in speaks(read)
    partly = audit(world.inventory(unseen=(unseen(vault),)))
    assert "group.no-recovery" not in speaks(partly)
    alone = audit(world.things["groups"][0])
    assert "group.no-recovery" not in speaks(alone)
    assert any(row.what == "everything beside these" for row in alone.unseen)


# ---- mutants -------------------------------------------------------------------------------------

FLIPPED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
THEMES = ["quorums", "groups", "wallets", "policies", "intents", "api_keys", "seats"]
#: Changes that change nothing that a rule finds, each with the reason.
EQUIVALENT: dict[str, str] = {
    "_size_of": "what is no address is as narrow as one address",
    "WIDEST_LIST": "a network has a power of two of addresses",
    "PROVEN_DAYS": "nothing is known of drills yet: the number stands in the title",
    "_spread": "any odd number tells kinds apart",
    "_looks": "a few bits more or fewer of a hash",
    "_strange": "what is plain comes first, by however much",
}


def mutants(theme: str) -> Iterator[tuple[str, ast.Module]]:
    """The module of a theme with one comparison or number changed at a time, sentences left alone."""
    source = Path(rooms.__file__).with_name(f"{theme}.py").read_text()
    for at in itertools.count():
        tree = ast.parse(source)
        change = _changed(tree, at)
        if change is None:
            return
        yield change, ast.fix_missing_locations(tree)


def _changed(tree: ast.Module, at: int) -> str | None:
    """Change the so-manieth place of this module; says what was changed, None where there is no such place."""
    places = [
        (node.name, each)
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
        and not node.name.endswith(("_said", "_alone_said"))
        and node.name not in SAYING
        for each in ast.walk(node)
        if (isinstance(each, ast.Compare) and type(each.ops[0]) in FLIPPED)
        or (isinstance(each, ast.Constant) and type(each.value) is int)
    ]
    places += [
        (ast.unparse(node.targets[0]), node.value)
        for node in tree.body
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Constant)
        and type(node.value.value) is int
    ]
    if at >= len(places):
        return None
    function, place = places[at]
    before = ast.unparse(place)
    if isinstance(place, ast.Compare):
        place.ops[0] = FLIPPED[type(place.ops[0])]()
    else:
        place.value += 1
    return f"{function}, line {place.lineno}: {before} → {ast.unparse(place)}"


#: Functions that make sentences and nothing else.
SAYING = {
    "_enough_alone", "_undone", "_one_loss", "_wallets", "_scheme", "_persons", "_told_as_advised", "_role", "_holder", "_info", "_shown",
    "_mixed",
}  # fmt: skip


def rules_of(tree: ast.Module, theme: str) -> tuple[AuditRule, ...]:
    module = ModuleType(f"toolkit.inventory.rules.{theme}")
    exec(compile(tree, theme, "exec"), module.__dict__)  # noqa: S102  # our own rules, changed
    rules: tuple[AuditRule, ...] = module.__dict__["RULES"]
    return rules


@cache
def looked_at() -> tuple[tuple[Columns, ...], ...]:
    """The organisation, whole and in two partitions; an inventory with nothing amiss in it; some things that are no inventory; and nothing at all."""
    sound = World()
    sound.wallet(sound.quorum(2, "Ann Ben Cem").id)
    single = World()
    single.quorum(2, "Ann Ben Cem", key_quorum_ids=["elsewhere"])
    single.wallet("elsewhere", policy_ids=["elsewhere"])
    single.policy("elsewhere")
    single.main("elsewhere")
    nobody = single.inventory(origins=(), people=People())
    one = Origin("cobo", "EMULATOR", "https://c", "an API key", True)
    return (
        *((columns,) for columns in split(1)), tuple(split(2)), (columns_of(sound.inventory(origins=(one,))),),
        (columns_of(nobody, whole=False, saved=False),), (columns_of(World().inventory()),),
    )  # fmt: skip


def verdict(rules: tuple[AuditRule, ...]) -> list[tuple[str, str, int]]:
    """What each finds in all that is looked at, and in how much of it."""
    found = []
    for rule, parts in itertools.product(rules, looked_at()):
        try:
            hits = rule.run(parts)
        except Exception as error:  # noqa: BLE001  # a mutant may do anything
            found.append((rule.id, type(error).__name__, 0))
        else:
            found.append((rule.id, str(hits.rows.tolist()), hits.looked))
    return found


@pytest.mark.parametrize("theme", THEMES)
def test_mutants_are_killed(theme: str) -> None:
    """A threshold, a comparison or a bound of a rule that is changed changes what is found in the organisation."""
    expected = verdict(getattr(rooms, theme).RULES)
    assert not [rule for rule, rows, _ in expected if "Error" in rows]
    alive = [
        change for change, tree in mutants(theme) if verdict(rules_of(tree, theme)) == expected
    ]
    assert [
        change for change in alive if EQUIVALENT.get(change.partition(", line")[0]) is None
    ] == []


def test_the_page_is_current() -> None:
    """``docs/reference/rules.md`` is what the rules and their cases make of it: run ``python -m tests.inventory.rules_page``."""
    assert PAGE.read_text() == page()


def test_ids_are_one_each() -> None:
    """No two rules have one id, and every id begins with its theme."""
    assert len(BY_ID) == len(ALL_RULES)
    assert all(rule.id.count(".") == 1 for rule in ALL_RULES)

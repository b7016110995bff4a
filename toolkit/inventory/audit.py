"""``audit``: every rule over some things, and one report of what they find."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import msgspec
import numpy as np

from toolkit.base.times import wall_clock_ms
from toolkit.cobo import models as cobo
from toolkit.errors import InputError
from toolkit.inventory.columns import IDENTITY, Columns, columns_of
from toolkit.inventory.exclusions import Exclusion, exclusions_of
from toolkit.inventory.inventory import Inventory, Origin, Unseen
from toolkit.inventory.people import People
from toolkit.inventory.report import Report, Run
from toolkit.inventory.rules import RULES, aside
from toolkit.inventory.rules.rule import AuditRule, Hits
from toolkit.privy import models as privy
from toolkit.privy.intents import Intent
from toolkit.request.exchange import Answer
from toolkit.tables import provenance_of

#: What may be audited by itself, and where it stands in an inventory.
KINDS: tuple[tuple[type[Answer], str], ...] = (
    (cobo.KeyShareHolderGroup, "groups"),
    (cobo.MPCVault, "vaults"),
    (cobo.ApiKeyInfo, "api_keys"),
    (cobo.MPCProject, "projects"),
    (cobo.TSSRequest, "tss_requests"),
    (privy.KeyQuorum, "quorums"),
    (privy.Wallet, "wallets"),
    (privy.Policy, "policies"),
    (Intent, "intents"),
)
NO_PEOPLE = "Nobody was named: each seat counts as a person of its own."
NO_DRILLS = "No drill is recorded: whether a holder still has the key, nobody has shown here."
SOME_DRILLS = (
    "No drill is recorded for {} of {} keys and nodes: whether they are still there, unknown."
)
PARTS_ONLY = "Single things were looked at: what else there is in their vaults and apps was not."


def audit(
    *things: Any,
    people: People | None = None,
    exclusions: Iterable[Exclusion] | str | None = None,
    at_ms: int | None = None,
    duration_s: float | None = None,
) -> Report:
    """What is wrong with these things, why, and what to do; and what is well.

    Args:
        things: inventories; or groups, key quorums, API key infos, vaults, Privy's wallets,
            policies and intents, pages and lists of them.
        people: who holds which seat; an inventory brings its own.
        exclusions: what somebody answers for: ``toolkit.Exclusion`` values, or the name of a file.
        at_ms: the moment that it is about, Unix ms; without it, when the things were read.
        duration_s: what the report says it took; without it, as long as it takes.

    Raises:
        InputError: nothing to look at, or something else than these.
    """
    began = time.perf_counter()
    inventory, whole = _inventory(things, at_ms)
    if people is not None:
        if not isinstance(people, People):
            raise InputError(
                f"people must be People, not {type(people).__name__}.",
                hint='Write toolkit.People({"seat": "Alice"}).',
            )
        inventory = inventory.with_people(people)
    saved = whole and len(things) == 1
    parts = [columns_of(inventory, whole=whole, saved=saved)]
    report = audit_columns(parts, exclusions_of(exclusions))
    took = time.perf_counter() - began if duration_s is None else duration_s
    return replace(
        report,
        environments=inventory.environments,
        unseen=(*inventory.unseen, *_our_unseen(inventory, whole, report)),
        duration_s=took,
    )


def audit_columns(
    parts: Sequence[Columns],
    exclusions: Sequence[Exclusion] = (),
    rules: Sequence[AuditRule] = RULES,
) -> Report:
    """The same over partitions that are coded already, with no word on what was not seen."""
    runs = [_run(rule, parts) for rule in rules]
    set_aside: dict[str, dict[int, Exclusion]] = {}
    states: list[tuple[Exclusion, str]] = []
    for exclusion in exclusions:
        states.append((exclusion, _became(exclusion, runs, parts, set_aside)))
    parts = [replace(parts[0], exclusions=states), *parts[1:]]
    runs += [_run(rule, parts[:1]) for rule in aside.RULES]
    return Report(
        at_ms=parts[0].at_ms,
        parts=tuple(parts),
        runs=tuple(_only_unblamed(runs, parts)),
        set_aside=set_aside,
        exclusions=tuple(exclusions),
    )


def _run(rule: AuditRule, parts: Sequence[Columns]) -> Run:
    try:
        return Run(rule, rule.run(parts))
    except Exception as error:  # noqa: BLE001  # one rule that fails hides nothing of the others
        return Run(rule, None, f"{type(error).__name__}: {error}")


def _became(
    exclusion: Exclusion,
    runs: Sequence[Run],
    parts: Sequence[Columns],
    set_aside: dict[str, dict[int, Exclusion]],
) -> str:
    """What becomes of an exclusion; what it is about is set aside on the way."""
    run = next((run for run in runs if run.rule.id == exclusion.rule), None)
    wanted = None if run is None else exclusion.values_of(run.rule.identity)
    if run is None or wanted is None:
        return aside.UNKNOWN
    hits = run.hits
    at = () if hits is None else _places_of(wanted, run.rule, hits, parts)
    if exclusion.until_ms <= parts[0].at_ms:
        return aside.EXPIRED
    for each in at:
        set_aside.setdefault(run.rule.id, {})[each] = exclusion
    return aside.APPLIED if at else aside.UNUSED


def _places_of(
    wanted: tuple[str, ...], rule: AuditRule, hits: Hits, parts: Sequence[Columns]
) -> Sequence[int]:
    return [
        at
        for at in range(len(hits))
        if parts[hits.part(at)].subject(rule.about, int(hits.rows[at])).identity == wanted
    ]


# ---- what is well --------------------------------------------------------------------------------


def _only_unblamed(runs: Sequence[Run], parts: Sequence[Columns]) -> Iterator[Run]:
    """Nothing is praised that has a finding."""
    blamed = _Blamed(parts)
    for run in runs:
        if run.hits is not None and run.rule.severity != "good":
            blamed.add(run.rule.about, run.hits)
    for run in runs:
        if run.hits is None or run.rule.severity != "good":
            yield run
            continue
        keep = blamed.spares(run.rule.about, run.hits)
        facts = {
            name: [column[at] for at in np.flatnonzero(keep)]
            for name, column in run.hits.facts.items()
        }
        kept = None if run.hits.parts is None else run.hits.parts[keep]
        yield replace(run, hits=Hits(run.hits.rows[keep], run.hits.looked, facts, kept))


class _Blamed:
    """The rows of each table that have a finding, or something in them has."""

    def __init__(self, parts: Sequence[Columns]) -> None:
        self.parts = parts
        self.flags: dict[tuple[str, int], Any] = {}

    def _of(self, table: str, part: int) -> Any:
        size = self.parts[part].count(table)
        return self.flags.setdefault((table, part), np.zeros(size, np.bool_))

    def add(self, table: str, hits: Hits) -> None:
        """These rows, and what they are part of."""
        of = hits.parts if hits.parts is not None else np.zeros(len(hits), np.int64)
        for part in np.unique(of):
            rows = hits.rows[of == part]
            self._of(table, part)[rows] = True
            for larger, row in self._larger(table, rows, self.parts[part]):
                self._of(larger, part)[row] = True

    def _larger(self, table: str, rows: Any, part: Columns) -> Iterator[tuple[str, int]]:
        if table == "roles":
            yield from (("api_keys", part.roles[int(row)][0]) for row in rows)
        elif table == "names":
            named = (part.named(int(row)) for row in rows)
            yield from ((name.table, name.row) for name in named)
        elif table == "holders":
            yield from self._vaults_of((part.holders[int(row)][0] for row in rows), part)
        elif table == "groups":
            yield from self._vaults_of(map(int, rows), part)

    def _vaults_of(self, groups: Iterable[int], part: Columns) -> Iterator[tuple[str, int]]:
        vaults = {vault.vault_id: row for row, vault in enumerate(part.vaults)}
        for group in groups:
            at = vaults.get(part.groups.models[group].vault_id)
            if at is not None:
                yield "vaults", at

    def spares(self, table: str, hits: Hits) -> Any:
        """Which of these rows have none."""
        of = hits.parts if hits.parts is not None else np.zeros(len(hits), np.int64)
        keep = np.ones(len(hits), np.bool_)
        for part in np.unique(of):
            at = of == part
            keep[at] = ~self._of(table, int(part))[hits.rows[at]]
        return keep


# ---- what is looked at ---------------------------------------------------------------------------


def _inventory(things: Sequence[Any], at_ms: int | None) -> tuple[Inventory, bool]:
    """All of it as one inventory, and whether it is whole: made of inventories alone."""
    if not things:
        raise InputError("audit needs something to look at.", hint="Pass an inventory.")
    inventories, models = _told_apart(things)
    whole = bool(inventories) and not models
    if whole and len(inventories) == 1:
        return _at(inventories[0], at_ms), True
    kept = {name: _all_of(inventories, name) for _, name in KINDS}
    for model, name in models:
        kept[name].append(model)
    return _merged(inventories, kept, at_ms), whole


def _told_apart(things: Sequence[Any]) -> tuple[list[Inventory], list[tuple[Any, str]]]:
    """Inventories, and single things with where they stand in one."""
    flat = list(_flat(things))
    inventories = [thing for thing in flat if isinstance(thing, Inventory)]
    return inventories, [_known(thing) for thing in flat if not isinstance(thing, Inventory)]


def _at(inventory: Inventory, at_ms: int | None) -> Inventory:
    """The same, as of another moment if one is given."""
    return inventory if at_ms is None else replace(inventory, at_ms=at_ms)


def _all_of(inventories: Sequence[Inventory], name: str) -> list[Any]:
    """What all of them have of one kind."""
    return [thing for inventory in inventories for thing in getattr(inventory, name)]


def _merged(
    inventories: Sequence[Inventory], kept: dict[str, list[Any]], at_ms: int | None
) -> Inventory:
    """Several looks as one, each thing once: the one that was passed last."""
    models = [model for listed in kept.values() for model in listed]
    read = _moments(inventories, models)
    moment = at_ms if at_ms is not None else max(read, default=None) or wall_clock_ms()
    seen_by, people = _pairs(inventories)
    origins = tuple(dict.fromkeys(_all_of(inventories, "origins")))
    return Inventory(
        at_ms=moment,
        began_ms=min([moment, *read]),
        origins=origins or _origins_of(models),
        cobo_holders=tuple(_all_of(inventories, "cobo_holders")),
        cobo_wallets=_once(_all_of(inventories, "cobo_wallets")),
        unseen=tuple(_all_of(inventories, "unseen")),
        seen_by=seen_by,
        people=People(people),
        **{name: _once(listed) for name, listed in kept.items()},
    )


def _pairs(inventories: Sequence[Inventory]) -> tuple[dict[str, str], dict[str, Any]]:
    """Who saw what, and who holds what, in all of them."""
    seen_by: dict[str, str] = {}
    people: dict[str, Any] = {}
    for inventory in inventories:
        seen_by |= inventory.seen_by
        people |= inventory.people.seats
    return seen_by, people


def _moments(inventories: Sequence[Inventory], models: Sequence[Answer]) -> list[int]:
    """When each was read, in Unix ms, as far as it is known."""
    received = [provenance.at_ms for model in models if (provenance := provenance_of(model))]
    return [*(inventory.at_ms for inventory in inventories), *received]


def _origins_of(models: Sequence[Answer]) -> tuple[Origin, ...]:
    """Of single things: where each was received, without a word on what else was."""
    known = [provenance for model in models if (provenance := provenance_of(model))]
    names = dict.fromkeys(provenance.environment for provenance in known)
    return tuple(Origin("", name, "", "") for name in names)


def _once(models: Sequence[Any]) -> tuple[Any, ...]:
    kept: dict[Any, Any] = {}
    for model in models:
        identity = tuple(getattr(model, name) for name in _identified_by(model))
        kept[identity if any(identity) else id(model)] = model
    return tuple(kept.values())


def _identified_by(model: Any) -> tuple[str, ...]:
    return ("key",) if isinstance(model, cobo.ApiKeyInfo) else type(model).identified_by


def _flat(things: Iterable[Any]) -> Iterator[Any]:
    for thing in things:
        data = getattr(thing, "data", None)
        if isinstance(data, list | tuple):
            yield from _flat(data)
        elif isinstance(thing, Iterable) and not isinstance(thing, str | bytes | dict | Answer):
            yield from _flat(thing)
        else:
            yield thing


def _known(thing: Any) -> tuple[Any, str]:
    for kind, name in KINDS:
        if isinstance(thing, kind):
            return thing, name
    if isinstance(thing, msgspec.Struct):
        what = type(thing).__name__
    else:
        what = f"{type(thing).__name__} values"
    raise InputError(
        f"audit has no rule about {what}.",
        hint="Pass inventories, groups, key quorums, API key infos, vaults, or Privy's wallets, "
        "policies, intents, or pages.",
    )


def _our_unseen(inventory: Inventory, whole: bool, report: Report) -> Iterator[Unseen]:
    place = ", ".join(inventory.environments)
    if not whole:
        yield Unseen("", place, "everything beside these", PARTS_ONLY)
    if not inventory.people.seats:
        yield Unseen("", place, "who holds which seat", NO_PEOPLE)
    not_proven = _not_proven(report)
    if not_proven:
        yield Unseen("", place, "whether each key is still its holder’s", not_proven)


def _not_proven(report: Report) -> str:
    """Of what no drill is recorded; empty where of everything one is."""
    kinds = [kind for part in report.parts for kind in part.seats.kinds]
    seats = sum(kind in ("key", "TSS node") for kind in kinds)
    hits = next(run.hits for run in report.runs if run.rule.id == "key.not-proven")
    looked = 0 if hits is None else hits.looked
    if not looked:
        return NO_DRILLS
    return SOME_DRILLS.format(seats - looked, seats) if looked < seats else ""


assert set(IDENTITY) >= {rule.about for rule in (*RULES, *aside.RULES)}

"""``audit``: every rule over some things, and one report of what they find."""

from __future__ import annotations

import time
from abc import abstractmethod
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, overload

import msgspec
import numpy as np

from toolkit.base.times import wall_clock_ms
from toolkit.cobo import models as cobo
from toolkit.errors import InputError
from toolkit.inventory.coding import columns_of
from toolkit.inventory.columns import IDENTITY, TO_PROVE, Columns, Flags
from toolkit.inventory.exclusions import Exclusion, exclusions_of
from toolkit.inventory.inventory import Inventory, Origin, Unseen
from toolkit.inventory.judging import Judged, asked, judge
from toolkit.inventory.people import People
from toolkit.inventory.report import Report, Run
from toolkit.inventory.rules import RULES, aside
from toolkit.inventory.rules.rule import AuditRule, Hits
from toolkit.privy import models as privy
from toolkit.privy.intents import Intent
from toolkit.request.exchange import Answer
from toolkit.tables import provenance_of

COUNTED = ("vaults", "groups", "quorums", "wallets", "api_keys")
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

    >>> from toolkit import Emulator, audit, collect
    >>> emulator = Emulator.seeded()
    >>> report = audit(collect(emulator.cobo_client(), emulator.privy_client()))
    >>> report.exit_code("high")
    14
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
    columns = columns_of(inventory, whole=whole, saved=saved)
    report = audit_columns([columns], exclusions_of(exclusions))
    seats = [*map(columns.seats.kinds.count, TO_PROVE)]
    took = time.perf_counter() - began if duration_s is None else duration_s
    return replace(
        report,
        environments=inventory.environments,
        unseen=(*inventory.unseen, *not_seen(inventory, whole, report, sum(seats))),
        duration_s=took,
    )


def audit_columns(
    parts: Sequence[Columns],
    exclusions: Sequence[Exclusion] = (),
    rules: Sequence[AuditRule] = RULES,
) -> Report:
    """The same over partitions that are coded already, with no word on what was not seen."""
    runs = [ran(rule, lambda rule: rule.run(parts)) for rule in rules]
    wanted = [asked(runs, exclusions, part) for part in range(len(parts))]
    judged = [judge(*pair) for pair in zip(parts, wanted, strict=True)]
    return concluded(parts, runs, exclusions, judged, counted(parts))


def counted(parts: Iterable[Columns]) -> Mapping[str, int]:
    """How many there are of what a report counts."""
    counts: Counter[str] = Counter()
    for part in parts:
        counts.update({table: part.count(table) for table in COUNTED})
    return counts


def ran(rule: AuditRule, run: Callable[[AuditRule], Hits]) -> Run:
    """A rule as it ran, or why it could not."""
    try:
        return Run(rule, run(rule))
    except Exception as error:  # noqa: BLE001  # one rule that fails hides nothing of the others
        return Run(rule, None, why(error))


def why(error: Exception) -> str:
    """What stopped a rule."""
    return f"{type(error).__name__}: {error}"


def concluded(
    parts: Sequence[Columns],
    runs: Sequence[Run],
    exclusions: Sequence[Exclusion],
    judged: Sequence[Judged],
    counts: Mapping[str, int],
) -> Report:
    """The report of what the rules found and each partition says of it. The first partition is
    told what became of each exclusion.
    """
    kept = {run.rule.id: _kept(run, judged) for run in runs}
    set_aside: dict[str, dict[int, Exclusion]] = {}
    states: list[tuple[Exclusion, str]] = []
    for number, exclusion in enumerate(exclusions):
        at = _set_aside(exclusion, number, runs, judged, kept)
        states.append((exclusion, _became(exclusion, at, parts[0].at_ms)))
        if states[-1][1] == aside.APPLIED and at is not None:
            set_aside.setdefault(exclusion.rule, {}).update(dict.fromkeys(at, exclusion))
    first = replace(parts[0], exclusions=states)
    parts = _WithFirst(first, parts)
    return Report(
        at_ms=parts[0].at_ms,
        parts=parts,
        runs=(
            *(_spared(run, kept[run.rule.id]) for run in runs),
            *(ran(rule, lambda rule: rule.run([first])) for rule in aside.RULES),
        ),
        set_aside=set_aside,
        exclusions=tuple(exclusions),
        counted=counts,
    )


class Parts(Sequence[Columns]):
    """The columns of each partition, had one at a time, as ``part`` gives them."""

    @abstractmethod
    def part(self, at: int) -> Columns:
        """Those of one partition, counted from 0."""

    @overload
    def __getitem__(self, at: int) -> Columns: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Columns]: ...
    def __getitem__(self, at: int | slice) -> Columns | Sequence[Columns]:
        if isinstance(at, slice):
            return [self[each] for each in range(*at.indices(len(self)))]
        return self.part(at)


class _WithFirst(Parts):
    """Partitions of which the first one is here."""

    def __init__(self, first: Columns, parts: Sequence[Columns]) -> None:
        self.first, self.parts = first, parts

    def part(self, at: int) -> Columns:
        return self.first if at == 0 else self.parts[at]

    def __len__(self) -> int:
        return len(self.parts)


def _set_aside(
    exclusion: Exclusion,
    number: int,
    runs: Sequence[Run],
    judged: Sequence[Judged],
    kept: Mapping[str, Flags],
) -> Sequence[int] | None:
    """The hits that it is about, by their place among those that are kept; None where no rule has
    its id and fields.
    """
    run = next((run for run in runs if run.rule.id == exclusion.rule), None)
    if run is None or exclusion.values_of(run.rule.identity) is None:
        return None
    if run.hits is None:
        return ()
    keep = kept[run.rule.id]
    place = np.cumsum(keep) - 1
    return [int(place[at]) for at in _about(number, run.hits, judged) if keep[at]]


def _about(number: int, hits: Hits, judged: Sequence[Judged]) -> Iterator[int]:
    """The hits of its rule that an exclusion is about."""
    for part, verdict in enumerate(judged):
        here = hits.of_part(part)
        yield from (here[at] for at in verdict.excluded.get(number, ()))


def _became(exclusion: Exclusion, at: Sequence[int] | None, at_ms: int) -> str:
    """What becomes of an exclusion."""
    if at is None:
        return aside.UNKNOWN
    if exclusion.until_ms <= at_ms:
        return aside.EXPIRED
    return aside.APPLIED if at else aside.UNUSED


def _kept(run: Run, judged: Sequence[Judged]) -> Flags:
    """Which hits of a run stay: nothing is praised that has a finding."""
    keep = np.ones(0 if run.hits is None else len(run.hits), np.bool_)
    for part, verdict in enumerate(judged):
        if run.hits is not None and run.rule.id in verdict.spared:
            keep[run.hits.of_part(part)] = verdict.spared[run.rule.id]
    return keep


def _spared(run: Run, keep: Flags) -> Run:
    if run.hits is None or keep.all():
        return run
    return replace(run, hits=run.hits.picked(np.flatnonzero(keep)))


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


def not_seen(inventory: Inventory, whole: bool, report: Report, to_prove: int) -> Iterator[Unseen]:
    """What nobody looked at, in our words. ``to_prove``: seats of which a drill can be recorded."""
    place = ", ".join(inventory.environments)
    if not whole:
        yield Unseen("", place, "everything beside these", PARTS_ONLY)
    if not inventory.people.seats:
        yield Unseen("", place, "who holds which seat", NO_PEOPLE)
    not_proven = _not_proven(report, to_prove)
    if not_proven:
        yield Unseen("", place, "whether each key is still its holder’s", not_proven)


def _not_proven(report: Report, seats: int) -> str:
    """Of what no drill is recorded; empty where of everything one is."""
    hits = next(run.hits for run in report.runs if run.rule.id == "key.not-proven")
    looked = 0 if hits is None else hits.looked
    if not looked:
        return NO_DRILLS
    return SOME_DRILLS.format(seats - looked, seats) if looked < seats else ""


assert set(IDENTITY) >= {rule.about for rule in (*RULES, *aside.RULES)}

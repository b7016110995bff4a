"""An audit of an inventory that is not in memory: three passes over its partitions.

First each partition says what it has, which makes the register; then every rule looks at each, and
what looks across everything comes together bucket by bucket; at last each partition judges what was
found in it. An ``Engine`` says where that runs: here, one partition at a time, or on a cluster.
Each step is a function of its arguments alone, so that it can run anywhere, and run again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

import numpy as np

from toolkit.inventory.audit import Parts, concluded, counted, not_seen, why
from toolkit.inventory.coding import columns_of
from toolkit.inventory.columns import Columns
from toolkit.inventory.exclusions import Exclusion, exclusions_of
from toolkit.inventory.inventory import Unseen
from toolkit.inventory.judging import Asked, Judged, asked, judge
from toolkit.inventory.partitions import HEAD, Partitions
from toolkit.inventory.people import People
from toolkit.inventory.register import Found, Register, found_in, registered
from toolkit.inventory.report import Report, Run
from toolkit.inventory.rules import BY_ID, RULES
from toolkit.inventory.rules.rule import BUCKETS, AuditRule, Hits, Keyed


class Engine(Protocol):
    """Where the steps run. What ``submit`` gives may be an argument of another step."""

    def submit(self, step: Callable[..., Any], *arguments: Any) -> Any:
        """Let a step run."""

    def gather(self, results: Sequence[Any], what: str) -> Sequence[Any]:
        """What these steps gave, in their order; ``what`` says what they do, for a bar."""

    def spilling(self) -> AbstractContextManager[Path | None]:
        """Where a step may put down what is large and read later; None: the engine sees to that."""


class Here:
    """One step after another, in this process: of the partitions, one is in memory at a time."""

    def __init__(self, *, progress: bool = True) -> None:
        self.progress = progress

    def submit(self, step: Callable[..., Any], *arguments: Any) -> Any:
        """A step that has not run yet."""
        return _Later(step, arguments)

    def gather(self, results: Sequence[Any], what: str) -> Sequence[Any]:
        """Run them."""
        from tqdm.auto import tqdm

        bar = tqdm(results, desc=what, disable=not self.progress, delay=1)
        return [_ran(each) for each in bar]

    @contextmanager
    def spilling(self) -> Iterator[Path]:
        """A folder of its own: hashes and places, no names."""
        with TemporaryDirectory(prefix="quorum-toolkit-") as folder:
            yield Path(folder)


class _Later:
    """A step, and once it has run what it gave."""

    def __init__(self, step: Callable[..., Any], arguments: Sequence[Any]) -> None:
        self.step: Callable[..., Any] | None = step
        self.arguments = arguments
        self.result: Any = None

    def run(self) -> Any:
        if self.step is not None:
            self.result = self.step(*map(_ran, self.arguments))
            self.step, self.arguments = None, ()
        return self.result


def _ran(value: Any) -> Any:
    if isinstance(value, list):
        return [_ran(each) for each in value]
    return value.run() if isinstance(value, _Later) else value


# ---- the steps -----------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Looked:
    """What the rules make of one partition: by rule, hits or buckets, or why it could not run; and
    how many things there are.
    """

    made: Mapping[str, Sequence[Hits | Keyed | PutDown]]
    errors: Mapping[str, str]
    counts: Mapping[str, int]


def find(partitions: Partitions, part: int) -> Found:
    """First pass: what a partition has."""
    return found_in(*partitions.read(part))


def code(partitions: Partitions, part: int, register: Register) -> Columns:
    """A partition as columns, as the whole inventory has them."""
    inventory, lines = partitions.read(part)
    inventory = replace(
        inventory, at_ms=register.at_ms, people=register.people, unseen=register.unseen
    )
    return columns_of(inventory, lines=lines, register=register)


def look(partitions: Partitions, part: int, register: Register, spill: Path | None) -> Looked:
    """Second pass: what the rules make of a partition; what is read bucket by bucket is put down in
    ``spill``.
    """
    columns = code(partitions, part, register)
    made: dict[str, Sequence[Hits | Keyed | PutDown]] = {}
    errors: dict[str, str] = {}
    for rule in RULES:
        try:
            made[rule.id] = _put_down(rule.mapped(columns), spill, f"{rule.id} {part}")
        except Exception as error:  # noqa: BLE001  # one rule that fails hides nothing of the others
            errors[rule.id] = why(error)
    return Looked(made, errors, counted([columns]))


@dataclass(frozen=True)
class PutDown:
    """A bucket that is in a file."""

    place: Path
    looked: int

    def read(self) -> Keyed:
        """The bucket as it was."""
        keys, rows, numbers, places = np.load(self.place)
        return Keyed(keys.view(np.uint64), rows, numbers, self.looked, places=places)


def _put_down(
    made: Sequence[Hits | Keyed], spill: Path | None, name: str
) -> Sequence[Hits | Keyed | PutDown]:
    if spill is None:
        return made
    return [
        _in_file(each, spill / f"{name} {bucket}.npy") if isinstance(each, Keyed) else each
        for bucket, each in enumerate(made)
    ]


def _in_file(keyed: Keyed, place: Path) -> PutDown:
    assert keyed.places is not None  # ``mapped`` gives them
    np.save(place, np.stack([keyed.keys.view(np.int64), keyed.rows, keyed.numbers, keyed.places]))
    return PutDown(place, keyed.looked)


def outline(looked: Looked) -> Looked:
    """The same without what comes together bucket by bucket."""
    whole = {rule: made for rule, made in looked.made.items() if BY_ID[rule].look is not None}
    return Looked(whole, looked.errors, looked.counts)


def bucket_of(looked: Looked, rule: str, bucket: int) -> Keyed | None:
    """One bucket of what a rule makes of a partition; None where it could not."""
    made = looked.made.get(rule)
    if made is None:
        return None
    keyed = made[bucket]
    assert not isinstance(keyed, Hits)
    return keyed.read() if isinstance(keyed, PutDown) else keyed


def together(rule: str, keyed: Sequence[Keyed | None]) -> Hits | str | None:
    """What a rule finds in one bucket of all partitions; a text: why it could not run."""
    of_all = [each for each in keyed if each is not None]
    if len(of_all) < len(keyed):
        return None  # the partition says why
    try:
        return BY_ID[rule].reduced(of_all)
    except Exception as error:  # noqa: BLE001  # as in ``look``
        return why(error)


def judged(
    partitions: Partitions, part: int, register: Register, ask: Asked, others: Sequence[Any]
) -> tuple[Judged, Sequence[Sequence[Any]]]:
    """Third pass: what a partition says of what was found in it; and what is said of those rows of
    it that things elsewhere are like.
    """
    columns = code(partitions, part, register)
    read = [
        [BY_ID[rule].other_of(columns, int(row)) for row in np.asarray(rows).tolist()]
        for rule, rows in others
    ]
    return judge(columns, ask), read


# ---- the passes ----------------------------------------------------------------------------------


def audit_partitions(
    partitions: Partitions,
    engine: Engine,
    *,
    people: People | None = None,
    exclusions: Iterable[Exclusion] | str | None = None,
    at_ms: int | None = None,
    duration_s: float | None = None,
) -> Report:
    """The report that ``audit`` gives of the same inventory. See ``toolkit.audit_dataset``."""
    began = time.perf_counter()
    listed = exclusions_of(exclusions)
    head, _ = partitions.read(HEAD)
    register = _register(
        partitions,
        engine,
        partitions.at_ms if at_ms is None else at_ms,
        partitions.people if people is None else people,
        head.unseen,
    )
    with engine.spilling() as spill:
        runs, counts = _look(partitions, register, engine, spill)
    runs, verdicts = _judge(partitions, runs, listed, register, engine)
    (whole,) = engine.gather([register], "register")
    report = concluded(_Read(partitions, whole), runs, listed, verdicts, counts)
    inventory = head.with_people(whole.people)
    took = time.perf_counter() - began if duration_s is None else duration_s
    return replace(
        report,
        environments=inventory.environments,
        unseen=(*inventory.unseen, *not_seen(inventory, True, report, whole.to_prove)),
        duration_s=took,
    )


def _register(
    partitions: Partitions,
    engine: Engine,
    at_ms: int,
    people: People,
    unseen: tuple[Unseen, ...],
) -> Any:
    """First pass. The register stays where it is."""
    found = [engine.submit(find, partitions, part) for part in range(len(partitions))]
    engine.gather([engine.submit(_done, each) for each in found], "reading")
    register = engine.submit(registered, found, at_ms, people, unseen)
    engine.gather([engine.submit(_known, register)], "register")
    return register


def _look(
    partitions: Partitions, register: Any, engine: Engine, spill: Path | None
) -> tuple[list[Run], Mapping[str, int]]:
    """Second pass: what the rules find, and how many things there are."""
    parts = range(len(partitions))
    looked = [engine.submit(look, partitions, part, register, spill) for part in parts]
    outlines = engine.gather([engine.submit(outline, each) for each in looked], "looking")
    runs = [_run(rule, outlines) for rule in RULES]
    counts = {table: sum(each.counts[table] for each in outlines) for table in outlines[0].counts}
    return _with_across(runs, looked, engine), counts


def _known(register: Register) -> int:
    return register.to_prove


def _done(found: Found) -> int:
    """That a partition was read: what it has stays where it is."""
    return len(found.quorums)


def _run(rule: AuditRule, outlines: Sequence[Looked]) -> Run:
    """A rule that looks at one thing, over all partitions; of others, whether they could run."""
    errors = [each.errors[rule.id] for each in outlines if rule.id in each.errors]
    if errors:
        return Run(rule, None, errors[0])
    if rule.look is None:
        return Run(rule, None)
    return Run(rule, rule.together([each.made[rule.id] for each in outlines]))


def _with_across(runs: Sequence[Run], looked: Sequence[Any], engine: Engine) -> list[Run]:
    """With what the rules that look across everything find."""
    across = [run.rule for run in runs if run.rule.look is None and not run.error]
    pieces = [
        engine.submit(
            together,
            rule.id,
            [engine.submit(bucket_of, each, rule.id, bucket) for each in looked],
        )
        for rule in across
        for bucket in range(BUCKETS)
    ]
    results = engine.gather(pieces, "comparing")
    by_rule = {
        rule.id: results[at * BUCKETS : (at + 1) * BUCKETS] for at, rule in enumerate(across)
    }
    return [
        _across(run.rule, by_rule[run.rule.id]) if run.rule.id in by_rule else run for run in runs
    ]


def _across(rule: AuditRule, results: Sequence[Any]) -> Run:
    errors = [each for each in results if isinstance(each, str)]
    return Run(rule, None, errors[0]) if errors else Run(rule, rule.in_order(results))


def _judge(
    partitions: Partitions,
    runs: Sequence[Run],
    exclusions: Sequence[Exclusion],
    register: Any,
    engine: Engine,
) -> tuple[list[Run], list[Judged]]:
    """What each partition says of what was found; the runs know what each thing is like."""
    alike = [run for run in runs if run.hits is not None and run.rule.other is not None]
    steps = []
    for part in range(len(partitions)):
        rows = [(run.rule.id, _firsts_in(run, part)) for run in alike]
        ask = asked(runs, exclusions, part)
        steps.append(engine.submit(judged, partitions, part, register, ask, rows))
    answers = engine.gather(steps, "judging")
    named = {
        run.rule.id: _beside(run, [read[at] for _, read in answers]) for at, run in enumerate(alike)
    }
    return [named.get(run.rule.id, run) for run in runs], [verdict for verdict, _ in answers]


def _firsts_in(run: Run, part: int) -> Any:
    """The rows of this partition that something is like, each once."""
    assert run.hits is not None
    return np.unique(run.hits.facts["first"][run.hits.facts["part"] == part])


def _beside(run: Run, read: Sequence[Sequence[Any]]) -> Run:
    """A run with what is said of the thing that each of its hits is like."""
    assert run.hits is not None
    said = {
        (part, row): value
        for part, values in enumerate(read)
        for row, value in zip(_firsts_in(run, part).tolist(), values, strict=True)
    }
    facts = run.hits.facts
    pairs = zip(facts["part"].tolist(), facts["first"].tolist(), strict=True)
    return replace(run, hits=run.hits.beside("other", [said[pair] for pair in pairs]))


class _Read(Parts):
    """The partitions as columns, read as they are asked for; the last one is kept."""

    def __init__(self, partitions: Partitions, register: Register) -> None:
        self.partitions, self.register = partitions, register
        self.kept: tuple[int, Columns] | None = None

    def part(self, at: int) -> Columns:
        if self.kept is None or self.kept[0] != at:
            self.kept = None  # two are never in memory
            self.kept = (at, code(self.partitions, at, self.register))
        return self.kept[1]

    def __len__(self) -> int:
        return len(self.partitions)

"""What only a partition itself can say of what was found in it, once all rules have run: which of
it somebody answers for, and what is praised though it has a finding.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from toolkit.inventory.columns import Columns, Flags, Ints
from toolkit.inventory.exclusions import Exclusion
from toolkit.inventory.report import Run


@dataclass(frozen=True, eq=False)
class Asked:
    """What a partition is asked: of each rule, whether it praises, its table and the rows that it
    found; of each exclusion by its number, the rule and the values that identify a thing.
    """

    found: Sequence[tuple[str, bool, str, Ints]]
    excluded: Mapping[int, tuple[str, tuple[str, ...]]]


@dataclass(frozen=True, eq=False)
class Judged:
    """What it says: by exclusion, which hits of its rule in this partition it is about; by rule
    that praises, which of its hits there have no finding.
    """

    excluded: Mapping[int, Sequence[int]]
    spared: Mapping[str, Flags]


def asked(runs: Sequence[Run], exclusions: Sequence[Exclusion], part: int) -> Asked:
    """The question to one partition, of what the rules found there."""
    found = [
        (run.rule.id, run.rule.severity == "good", run.rule.about, run.hits.rows[at])
        for run in runs
        if run.hits is not None and len(at := run.hits.of_part(part))
    ]
    identities = {run.rule.id: run.rule.identity for run in runs}
    values = (
        (number, each.rule, each.values_of(identities[each.rule]))
        for number, each in enumerate(exclusions)
        if each.rule in identities
    )
    return Asked(found, {number: (rule, wanted) for number, rule, wanted in values if wanted})


def judge(columns: Columns, ask: Asked) -> Judged:
    """What a partition says of it."""
    blamed = _Blamed(columns)
    for _, good, table, rows in ask.found:
        if not good:
            blamed.add(table, rows)
    return Judged(
        excluded=_excluded(columns, ask),
        spared={rule: blamed.spares(table, rows) for rule, good, table, rows in ask.found if good},
    )


def _excluded(columns: Columns, ask: Asked) -> Mapping[int, Sequence[int]]:
    places: dict[str, dict[tuple[str, ...], list[int]]] = {}
    rules = {rule for rule, _ in ask.excluded.values()}
    for rule, _, table, rows in ask.found:
        of_rule = places.setdefault(rule, {})
        for at, row in enumerate(rows.tolist() if rule in rules else ()):
            of_rule.setdefault(columns.subject(table, row).identity, []).append(at)
    return {
        number: places[rule][wanted]
        for number, (rule, wanted) in ask.excluded.items()
        if wanted in places.get(rule, {})
    }


class _Blamed:
    """The rows of each table that have a finding, or something in them has."""

    def __init__(self, columns: Columns) -> None:
        self.columns = columns
        self.flags: dict[str, Flags] = {}

    def _of(self, table: str) -> Flags:
        return self.flags.setdefault(table, np.zeros(self.columns.count(table), np.bool_))

    def add(self, table: str, rows: Ints) -> None:
        """These rows, and what they are part of."""
        self._of(table)[rows] = True
        for larger, row in self._larger(table, rows):
            self._of(larger)[row] = True

    def _larger(self, table: str, rows: Ints) -> Iterator[tuple[str, int]]:
        part = self.columns
        if table == "roles":
            yield from (("api_keys", part.roles[row][0]) for row in rows.tolist())
        elif table == "names":
            named = (part.named(row) for row in rows.tolist())
            yield from ((name.table, name.row) for name in named)
        elif table == "holders":
            yield from self._vaults_of(part.holders[row][0] for row in rows.tolist())
        elif table == "groups":
            yield from self._vaults_of(rows.tolist())

    def _vaults_of(self, groups: Iterable[int]) -> Iterator[tuple[str, int]]:
        vaults = {vault.vault_id: row for row, vault in enumerate(self.columns.vaults)}
        for group in groups:
            at = vaults.get(self.columns.groups.models[group].vault_id)
            if at is not None:
                yield "vaults", at

    def spares(self, table: str, rows: Ints) -> Flags:
        """Which of these rows have none."""
        return ~self._of(table)[rows]

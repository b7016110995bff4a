"""What a rule of an audit is: data, and a look at columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from toolkit.findings import Severity, Source, ours
from toolkit.inventory.columns import IDENTITY, Columns, Ints, Pairs
from toolkit.inventory.words import Told

OURS = ours("no vendor says so")
BUCKETS = 4  # into how many parts a look across everything is split


@dataclass(frozen=True, eq=False)
class Hits:
    """What a rule found, as columns: rows of its table, each with facts beside it.

    ``looked``: how many things it looked at. ``parts``: the partition of each row.
    """

    rows: Ints
    looked: int
    facts: Mapping[str, Any] = field(default_factory=dict)
    parts: Ints | None = None

    def __len__(self) -> int:
        return len(self.rows)

    def part(self, at: int) -> int:
        """The partition of a hit."""
        return 0 if self.parts is None else int(self.parts[at])


@dataclass(frozen=True, eq=False)
class Keyed:
    """What a look across everything makes of one partition: a 64-bit key for each row of a table,
    and a number beside it.

    Rows with one key come together, from whichever partition they are.
    """

    keys: npt.NDArray[np.uint64]
    rows: Ints
    numbers: Ints
    looked: int
    parts: Ints | None = None


@dataclass(frozen=True)
class AuditRule:
    """A rule: what it is called, how bad what it finds is, why, and what to do about it.

    ``about`` is the table whose rows it finds; ``look`` reads a partition and gives hits; ``say``
    makes the sentence of one, once somebody wants to read it. A rule that looks across everything
    has ``map`` and ``reduce`` in place of ``look``. ``controls`` are those of SEAL Multisig
    Operations v1.1 that it evidences. ``version`` goes up when what it finds changes.
    """

    id: str
    title: str
    severity: Severity
    about: str
    why: str
    remedy: str
    say: Callable[[Columns, Hits, int], Told]
    look: Callable[[Columns], Hits] | None = None
    map: Callable[[Columns], Keyed] | None = None
    reduce: Callable[[Keyed], Hits] | None = None
    source: Source = OURS
    controls: tuple[str, ...] = ()
    version: int = 1

    @property
    def theme(self) -> str:
        """What it is about, in a word: the beginning of its id."""
        return self.id.partition(".")[0]

    @property
    def identity(self) -> tuple[str, ...]:
        """The fields by which what it finds is known again, and set aside."""
        return IDENTITY[self.about]

    def run(self, parts: Sequence[Columns]) -> Hits:
        """What it finds in these partitions, in the order of their rows."""
        if self.look is not None:
            return _together([self.look(part) for part in parts])
        assert self.map is not None
        assert self.reduce is not None
        mapped = _keyed([self.map(part) for part in parts])
        hits = [self.reduce(bucket) for bucket in _split(mapped, BUCKETS)]
        return _in_order(hits)


def none(looked: int) -> Hits:
    """Nothing was found among so many things."""
    return Hits(np.zeros(0, np.int64), looked)


def of_rows(rows: Any, looked: int, facts: Mapping[str, Any] | None = None) -> Hits:
    """Hits at these rows; ``facts`` are columns beside them."""
    if isinstance(rows, np.ndarray) and rows.dtype == np.bool_:
        rows = np.flatnonzero(rows)
    return Hits(np.asarray(rows, np.int64), looked, facts or {})


def of_list(hits: Sequence[tuple[int, Any]], looked: int) -> Hits:
    """Hits from a list of rows, each with the one ``fact`` beside it."""
    rows = np.fromiter((row for row, _ in hits), np.int64, len(hits))
    return Hits(rows, looked, {"fact": [fact for _, fact in hits]})


def by_row(pairs: Pairs, looked: int) -> Hits:
    """A hit for each row of these pairs, with the codes that stand there."""
    rows, first = np.unique(pairs.rows, return_index=True)
    return Hits(rows, looked, {"first": first, "last": np.append(first[1:], len(pairs.rows))})


# ---- partitions together -------------------------------------------------------------------------


def _together(hits: Sequence[Hits]) -> Hits:
    if len(hits) == 1:
        return hits[0]
    facts = {
        name: [each for hit in hits for each in hit.facts[name]]
        for name in hits[0].facts
        if all(name in hit.facts for hit in hits)
    }
    parts = np.repeat(np.arange(len(hits)), [len(hit) for hit in hits])
    rows = np.concatenate([hit.rows for hit in hits])
    return Hits(rows, sum(hit.looked for hit in hits), facts, parts)


def _keyed(mapped: Sequence[Keyed]) -> Keyed:
    parts = np.repeat(np.arange(len(mapped)), [len(each.rows) for each in mapped])
    return Keyed(
        keys=np.concatenate([each.keys for each in mapped]),
        rows=np.concatenate([each.rows for each in mapped]),
        numbers=np.concatenate([each.numbers for each in mapped]),
        looked=sum(each.looked for each in mapped),
        parts=parts,
    )


def _split(keyed: Keyed, buckets: int) -> Sequence[Keyed]:
    """By key, so that what belongs together is in one bucket; all look at as much as was looked
    at.
    """
    if len(keyed.rows) < 1_000:
        return [keyed]
    of = keyed.keys % np.uint64(buckets)
    assert keyed.parts is not None
    split = []
    for bucket in range(buckets):
        at = np.flatnonzero(of == bucket)
        split.append(
            Keyed(keyed.keys[at], keyed.rows[at], keyed.numbers[at], keyed.looked, keyed.parts[at])
        )
    return split


def _in_order(hits: Sequence[Hits]) -> Hits:
    rows = np.concatenate([hit.rows for hit in hits])
    parts = np.concatenate([hit.parts for hit in hits if hit.parts is not None])
    order = np.lexsort((rows, parts))
    facts = {
        name: np.concatenate([np.asarray(hit.facts[name]) for hit in hits])[order]
        for name in hits[0].facts
    }
    return Hits(rows[order], hits[0].looked, facts, parts[order])


def repeated(keyed: Keyed, least: int = 2) -> tuple[Ints, Ints, Ints]:
    """Of rows with one key, where there are at least so many: their places, the place of the first
    one with that key, and how many there are.
    """
    order = np.argsort(keyed.keys, kind="stable")
    keys = keyed.keys[order]
    new = np.append(True, keys[1:] != keys[:-1]) if len(keys) else np.zeros(0, np.bool_)
    group = np.cumsum(new) - 1
    sizes = np.bincount(group) if len(keys) else np.zeros(0, np.int64)
    first = order[np.flatnonzero(new)]
    many = sizes[group] >= least if len(keys) else new
    return order[many], first[group[many]], sizes[group[many]]

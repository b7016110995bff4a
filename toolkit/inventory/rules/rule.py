"""What a rule of an audit is: data, and a look at columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
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

    ``looked``: how many things it looked at. ``parts``: the partition of each row; ``places``:
    where each stands among the rows of all partitions.
    """

    rows: Ints
    looked: int
    facts: Mapping[str, Any] = field(default_factory=dict)
    parts: Ints | None = None
    places: Ints | None = None

    def __len__(self) -> int:
        return len(self.rows)

    def part(self, at: int) -> int:
        """The partition of a hit."""
        return 0 if self.parts is None else int(self.parts[at])

    def beside(self, name: str, values: Sequence[Any]) -> Hits:
        """The same, with one more fact beside each."""
        return replace(self, facts={**self.facts, name: values})

    def of_part(self, part: int) -> Ints:
        """Which of them are in this partition."""
        if self.parts is None:
            return np.arange(len(self) if part == 0 else 0, dtype=np.int64)
        return np.flatnonzero(self.parts == part)

    def picked(self, at: Ints) -> Hits:
        """Some of them."""
        facts = {name: _picked(column, at) for name, column in self.facts.items()}
        parts, places = (
            None if column is None else column[at] for column in (self.parts, self.places)
        )
        return Hits(self.rows[at], self.looked, facts, parts, places)


@dataclass(frozen=True, eq=False)
class Keyed:
    """What a look across everything makes of one partition: a 64-bit key for each row of a table,
    and a number beside it.

    Rows with one key come together, from whichever partition they are, in the order of ``places``.
    """

    keys: npt.NDArray[np.uint64]
    rows: Ints
    numbers: Ints
    looked: int
    parts: Ints | None = None
    places: Ints | None = None

    def hits(self, at: Ints, facts: Mapping[str, Any], looked: int | None = None) -> Hits:
        """Some of the rows as hits."""
        parts, places = (
            None if column is None else column[at] for column in (self.parts, self.places)
        )
        return Hits(self.rows[at], self.looked if looked is None else looked, facts, parts, places)

    def picked(self, at: Ints, looked: int) -> Keyed:
        """Some of them."""
        parts, places = (
            None if column is None else column[at] for column in (self.parts, self.places)
        )
        return Keyed(self.keys[at], self.rows[at], self.numbers[at], looked, parts, places)


@dataclass(frozen=True)
class AuditRule:
    """A rule: what it is called, how bad what it finds is, why, and what to do about it.

    ``about`` is the table whose rows it finds; ``look`` reads a partition and gives hits; ``say``
    makes the sentence of one, once somebody wants to read it. A rule that looks across everything
    has ``map`` and ``reduce`` in place of ``look``; where it finds two things that are alike, in
    the facts ``first`` and ``part``, ``other`` reads what is said of the first one. ``controls``
    are those of SEAL Multisig Operations v1.1 that it evidences. ``version`` goes up when what it
    finds changes.
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
    other: Callable[[Columns, int], Any] | None = None
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
        """What it finds in these partitions, in the order of their places."""
        hits = self.together([self.mapped(part) for part in parts])
        if self.other is None:
            return hits
        pairs = zip(hits.facts["part"].tolist(), hits.facts["first"].tolist(), strict=True)
        return hits.beside("other", [self.other_of(parts[part], row) for part, row in pairs])

    # ---- the same in three steps, for partitions that are not here at once ----

    def mapped(self, columns: Columns) -> Sequence[Hits | Keyed]:
        """What it makes of one partition: hits, or what comes together in each bucket."""
        if self.look is not None:
            hits = self.look(columns)
            return [replace(hits, places=columns.places(self.about, hits.rows))]
        assert self.map is not None
        keyed = self.map(columns)
        return _split(replace(keyed, places=columns.places(self.about, keyed.rows)))

    def together(self, mapped: Sequence[Sequence[Any]]) -> Hits:
        """What was made of all partitions, as hits in the order of their places."""
        if self.look is not None:
            return _together([hits for (hits,) in mapped])
        return self.in_order([self.reduced(bucket) for bucket in zip(*mapped, strict=True)])

    def reduced(self, bucket: Sequence[Keyed]) -> Hits:
        """What it finds in one bucket of all partitions."""
        assert self.reduce is not None
        return self.reduce(_keyed(bucket))

    def in_order(self, hits: Sequence[Hits]) -> Hits:
        """What it finds in all buckets."""
        joined = _together([replace(hit, parts=None) for hit in hits])
        places = np.concatenate([hit.places for hit in hits if hit.places is not None])
        parts = np.concatenate([hit.parts for hit in hits if hit.parts is not None])
        return replace(joined, parts=parts[np.argsort(places, kind="stable")])

    def other_of(self, columns: Columns, row: int) -> Any:
        """What is said of a row that others are like."""
        assert self.other is not None
        return self.other(columns, row)


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
    return Hits(rows, looked, {"first": first, "last": np.append(first, len(pairs.rows))[1:]})


# ---- partitions together -------------------------------------------------------------------------


def _together(hits: Sequence[Hits]) -> Hits:
    if len(hits) == 1:
        return hits[0]
    places = np.concatenate([hit.places for hit in hits if hit.places is not None])
    joined = Hits(
        rows=np.concatenate([hit.rows for hit in hits]),
        looked=sum(hit.looked for hit in hits),
        facts=_facts(hits),
        parts=_parts(hits),
        places=places,
    )
    return joined.picked(np.argsort(places, kind="stable"))


def _facts(hits: Sequence[Hits]) -> Mapping[str, Any]:
    names = [name for name in hits[0].facts if all(name in hit.facts for hit in hits)]
    return {name: _joined([hit.facts[name] for hit in hits]) for name in names}


def _keyed(mapped: Sequence[Keyed]) -> Keyed:
    places = np.concatenate([each.places for each in mapped if each.places is not None])
    keyed = Keyed(
        keys=np.concatenate([each.keys for each in mapped]),
        rows=np.concatenate([each.rows for each in mapped]),
        numbers=np.concatenate([each.numbers for each in mapped]),
        looked=sum(each.looked for each in mapped),
        parts=_parts(mapped),
        places=places,
    )
    if len(mapped) == 1:
        return keyed
    return keyed.picked(np.argsort(places, kind="stable"), keyed.looked)


def _parts(mapped: Sequence[Hits] | Sequence[Keyed]) -> Ints:
    return np.repeat(np.arange(len(mapped)), [len(each.rows) for each in mapped])


def _picked(column: Any, at: Ints) -> Any:
    return column[at] if isinstance(column, np.ndarray) else [column[each] for each in at]


def _joined(columns: Sequence[Any]) -> Any:
    if all(isinstance(column, np.ndarray) for column in columns):
        return np.concatenate(columns)
    return list(chain.from_iterable(columns))


def _split(keyed: Keyed) -> Sequence[Keyed]:
    """By key, so that what belongs together is in one bucket; what was looked at counts once."""
    of = keyed.keys % np.uint64(BUCKETS)
    looked = [keyed.looked, *[0] * (BUCKETS - 1)]
    return [keyed.picked(np.flatnonzero(of == bucket), looked[bucket]) for bucket in range(BUCKETS)]


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

"""An inventory as a Parquet dataset: one file a partition, everything about a thing in one of them.

A quorum stands with those nested in it, a vault with its groups and their TSS requests; wallets
stand by themselves. What is in no large number (origins, API keys, what was not seen) is the first
partition. Each row is a thing: its kind, its line among all of that kind, and its JSON.
``manifest.json`` has the format's version and a SHA-256 sum of each file.

It is written as things arrive, so that it may be larger than the memory; needs the extra
``parquet``.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from toolkit.base.files import replace_file
from toolkit.base.typed import decoded
from toolkit.errors import InputError
from toolkit.inventory.coding import lines_of
from toolkit.inventory.columns import Ints, hashes
from toolkit.inventory.inventory import Inventory
from toolkit.inventory.people import People
from toolkit.inventory.store import LINES, MANIFEST, PEOPLE, checked, read_manifest

if TYPE_CHECKING:
    import pyarrow as pa

FORMAT, VERSION = "quorum-toolkit-partitions", 1
SIZE = 50_000  # quorums, or wallets, in a partition
HEAD = 0  # the partition of what is in no large number
#: Of a kind, the field that identifies a thing: what ``seen_by`` of an inventory goes by.
IDS: Mapping[str, str] = {
    "organizations": "org_id",
    "api_keys": "key",
    "projects": "project_id",
    "vaults": "vault_id",
    "groups": "key_share_holder_group_id",
    "tss_requests": "tss_request_id",
    "cobo_holders": "tss_node_id",
    "quorums": "id",
    "wallets": "id",
    "cobo_wallets": "wallet_id",
    "policies": "id",
    "intents": "intent_id",
}
#: What is spread over partitions, by the field that names what it is a part of.
SPREAD: Mapping[str, str] = {
    "quorums": "id",
    "wallets": "id",
    "cobo_wallets": "wallet_id",
    "vaults": "vault_id",
    "groups": "vault_id",
    "tss_requests": "vault_id",
}
VAULTS = 10  # a vault counts as so many quorums: it stands with its groups
ARRIVED = "arrived-{:05}.parquet"
PART = "part-{:05}.parquet"


@dataclass(frozen=True, slots=True)
class Row:
    """A thing as a file has it. ``line`` counts things of its kind, from 0; ``whole`` names what it
    is a part of; ``seen_by`` the identity of the client that saw it first.
    """

    kind: str
    line: int
    whole: str
    seen_by: str | None
    content: bytes


class PartitionWriter:
    """Writes a dataset as things arrive: at most one partition of them is in memory.

    They are written down in the order of arrival; ``finish`` brings together what belongs together.

    Raises:
        InputError: pyarrow is not installed, the folder cannot be made, or is not empty.
    """

    def __init__(self, folder: str | Path, *, size: int = SIZE) -> None:
        needs_parquet()
        self.folder = Path(folder)
        self.size = size
        self.lines: Counter[str] = Counter()
        self.waiting: list[Row] = []
        self.files: list[Path] = []
        self.wholes: dict[str, list[Any]] = {"quorums": [], "vaults": []}  # hashes, by line
        self.inside: list[tuple[int, str]] = []  # a line of quorums, and the id of one in it
        _make_empty(self.folder)

    def add(self, kind: str, thing: Any, seen_by: str | None = None) -> None:
        """Write one thing down."""
        whole = str(getattr(thing, SPREAD[kind]) or "") if kind in SPREAD else ""
        row = Row(kind, self.lines[kind], whole, seen_by, msgspec.json.encode(thing))
        self.lines[kind] += 1
        self.waiting.append(row)
        if kind == "quorums":
            self.inside += [(row.line, each) for each in thing.key_quorum_ids or ()]
        if len(self.waiting) >= self.size:
            self._flush()

    def _flush(self) -> None:
        if not self.waiting:
            return
        place = self.folder / ARRIVED.format(len(self.files))
        _write(place, [self.waiting])
        self.files.append(place)
        for kind, hashed in self.wholes.items():
            hashed.append(hashes([row.whole for row in self.waiting if row.kind == kind]))
        self.waiting = []

    def finish(self, *, at_ms: int, began_ms: int, people: People | None = None) -> Partitions:
        """Bring together what belongs together, and write the manifest, at last."""
        self._flush()
        to = self._partitions()
        numbers = _regroup(self.folder, self.files, to)
        for place in self.files:
            place.unlink()
        (people or People()).save(self.folder / PEOPLE)
        names = [PART.format(number) for number in range(numbers)]
        manifest = {
            "format": FORMAT,
            "version": VERSION,
            "at_ms": at_ms,
            "began_ms": began_ms,
            "counts": dict(self.lines),
            "parts": names,
            "sha256": {name: _sum(self.folder / name) for name in (*names, PEOPLE)},
        }
        content = json.dumps(manifest, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
        replace_file(self.folder / MANIFEST, content.encode())
        return Partitions(self.folder)

    def _partitions(self) -> _Where:
        quorums = np.concatenate([*self.wholes["quorums"], np.zeros(0, np.uint64)])
        vaults = np.concatenate([*self.wholes["vaults"], np.zeros(0, np.uint64)])
        line_of = _Lines(quorums)
        pairs = [(line, line_of.of(inner)) for line, inner in self.inside]
        roots = _roots([(line, inner) for line, inner in pairs if inner is not None])
        most = max(self.lines["quorums"], self.lines["wallets"], self.lines["vaults"] * VAULTS, 1)
        return _Where(self.size, roots, _Lines(vaults), -(-most // self.size))


class _Lines:
    """The line of each thing, by a hash of its id."""

    def __init__(self, hashed: Any) -> None:
        self.order = np.argsort(hashed, kind="stable")
        self.hashes = hashed[self.order]

    def of(self, identity: str) -> int | None:
        """The first line on which it stands."""
        wanted = hashes([identity])[0]
        at = int(np.searchsorted(self.hashes, wanted))
        if at == len(self.hashes) or self.hashes[at] != wanted:
            return None
        return int(self.order[at])


def _roots(pairs: Iterable[tuple[int, int]]) -> Mapping[int, int]:
    """Of each line that is linked with another: the smallest one of all that hang together."""
    root: dict[int, int] = {}

    def of(line: int) -> int:
        while root.setdefault(line, line) != line:
            root[line] = line = root[root[line]]
        return line

    for one, other in pairs:
        first, second = sorted((of(one), of(other)))
        root[second] = first
    return {line: of(line) for line in root}


@dataclass(frozen=True, eq=False)
class _Where:
    """Which partition a row goes to: that of the first of those that it belongs with."""

    size: int
    roots: Mapping[int, int]
    vaults: _Lines
    parts: int

    def of(self, row: Row) -> int:
        """Its number; the head is before all others."""
        if row.kind not in SPREAD:
            return HEAD
        if row.kind == "quorums":
            return 1 + self.roots.get(row.line, row.line) // self.size
        if row.kind in ("wallets", "cobo_wallets"):
            return 1 + row.line // self.size
        line = self.vaults.of(row.whole)
        if line is None:  # its vault was not seen; all of its groups are together all the same
            return 1 + int(hashes([row.whole])[0] % np.uint64(self.parts))
        return 1 + line * VAULTS // self.size


# ---- files ---------------------------------------------------------------------------------------


def needs_parquet() -> None:
    """Raises InputError where pyarrow is not installed."""
    if find_spec("pyarrow") is None:
        raise InputError(
            "A dataset in partitions is Parquet, and pyarrow is not installed.",
            hint="pip install 'quorum-toolkit[parquet]'",
        )


def _make_empty(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        there = next(folder.iterdir(), None)
    except OSError as error:
        raise InputError(
            f"{folder} cannot be written: {error.strerror or error}.",
            hint="Name a folder that you may write to.",
        ) from error
    if there is not None:
        raise InputError(
            f"{folder} is not empty: {there.name} is in it.", hint="Name a new folder."
        )


def _schema() -> pa.Schema:
    import pyarrow as pa

    kinds = pa.dictionary(pa.int8(), pa.string())
    return pa.schema(
        [
            ("kind", kinds),
            ("line", pa.int64()),
            ("whole", pa.string()),
            ("seen_by", pa.string()),
            ("content", pa.binary()),
        ]
    )


def _table(rows: Sequence[Row]) -> pa.Table:
    import pyarrow as pa

    schema = _schema()
    arrays = [pa.array([getattr(row, each.name) for row in rows], each.type) for each in schema]
    return pa.Table.from_arrays(arrays, schema=schema)


def _write(place: Path, batches: Iterable[Sequence[Row]]) -> None:
    import pyarrow.parquet as pq

    with pq.ParquetWriter(place, _schema()) as file:
        for rows in batches:
            file.write_table(_table(rows))


def _rows(table: pa.Table) -> Iterator[Row]:
    columns = [table.column(name).to_pylist() for name in table.column_names]
    yield from (Row(*values) for values in zip(*columns, strict=True))


def _regroup(folder: Path, arrived: Sequence[Path], where: _Where) -> int:
    """Write each row into its partition; how many partitions there are."""
    import pyarrow.parquet as pq

    writers: dict[int, Any] = {}
    try:
        for place in arrived:
            by_part: dict[int, list[Row]] = {}
            for row in _rows(pq.read_table(place)):
                by_part.setdefault(where.of(row), []).append(row)
            for part, rows in by_part.items():
                if part not in writers:
                    writers[part] = pq.ParquetWriter(folder / PART.format(part), _schema())
                writers[part].write_table(_table(rows))
        numbers = 1 + max(writers, default=HEAD)
        for part in set(range(numbers)) - set(writers):
            writers[part] = pq.ParquetWriter(folder / PART.format(part), _schema())
    finally:
        for writer in writers.values():
            writer.close()
    return numbers


def _sum(place: Path) -> str:
    with place.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# ---- reading -------------------------------------------------------------------------------------


def partition(inventory: Inventory, folder: str | Path, *, size: int = SIZE) -> Partitions:
    """Write an inventory as such a dataset, into a new or an empty folder.

    Args:
        size: quorums, or wallets, in a partition; a vault counts as ten. What hangs together stays
            together, however large.

    Raises:
        InputError: as ``PartitionWriter``.
    """
    writer = PartitionWriter(folder, size=size)
    for kind in LINES:
        named = IDS.get(kind)
        for thing in getattr(inventory, kind):
            seen_by = inventory.seen_by.get(getattr(thing, named) or "") if named else None
            writer.add(kind, thing, seen_by)
    return writer.finish(
        at_ms=inventory.at_ms, began_ms=inventory.began_ms, people=inventory.people
    )


_SHAPES: Mapping[str, Callable[[Any], bool]] = {
    "at_ms": lambda value: type(value) is int,
    "began_ms": lambda value: type(value) is int,
    "counts": lambda value: isinstance(value, dict),
    "parts": lambda value: isinstance(value, list) and len(value) > 0,
    "sha256": lambda value: isinstance(value, dict),
}


class Partitions:
    """A dataset that ``partition`` or ``collect`` wrote. It holds no thing; it reads them.

    Raises:
        InputError: no such folder, no manifest of ours, or a newer format.

    >>> from toolkit import collect_into
    >>> dataset = collect_into("partitions", custody, app)
    >>> len(dataset), dataset.counts["quorums"]
    (2, 4)
    """

    def __init__(self, folder: str | Path) -> None:
        needs_parquet()
        self.folder = Path(folder)
        manifest = read_manifest(self.folder, FORMAT, VERSION, _SHAPES, "partition")
        self.at_ms: int = manifest["at_ms"]
        self.began_ms: int = manifest["began_ms"]
        self.counts: Mapping[str, int] = manifest["counts"]
        self.parts: Sequence[str] = manifest["parts"]
        self.sums: Mapping[str, str] = manifest["sha256"]

    def __len__(self) -> int:
        return len(self.parts)

    @property
    def people(self) -> People:
        """Who holds which seat."""
        checked(self.folder, PEOPLE, self.sums)
        return People.load(self.folder / PEOPLE)

    def read(self, part: int) -> tuple[Inventory, Mapping[str, Ints]]:
        """One partition, with the line of each of its rows in all of the inventory.

        Raises:
            InputError: its file is missing, or not as it was written.
        """
        inventory, lines = self._models([self.parts[part]])
        return inventory, {**lines_of(Inventory(0, 0)), **lines}

    def inventory(self) -> Inventory:
        """All of it in memory, in the order in which it was written."""
        inventory, _ = self._models(self.parts)
        return inventory.with_people(self.people)

    def _models(self, names: Sequence[str]) -> tuple[Inventory, dict[str, Ints]]:
        table = self._table(names)
        kinds = np.array(table.column("kind").to_pylist(), dtype=object)
        kept: dict[str, Any] = {}
        lines: dict[str, Ints] = {}
        seen_by: dict[str, str] = {}
        for kind in dict.fromkeys(kinds):
            of_kind = table.take(np.flatnonzero(kinds == kind)).sort_by("line")
            content = b"[" + b",".join(of_kind.column("content").to_pylist()) + b"]"
            kept[kind] = tuple(decoded(content, list[LINES[kind]]))  # type: ignore[valid-type]  # by name
            lines[kind] = of_kind.column("line").to_numpy()
            identities = (getattr(thing, IDS.get(kind, ""), "") for thing in kept[kind])
            pairs = zip(identities, of_kind.column("seen_by").to_pylist(), strict=True)
            seen_by |= {identity: by for identity, by in pairs if by is not None}
        return Inventory(self.at_ms, self.began_ms, seen_by=seen_by, **kept), lines

    def _table(self, names: Sequence[str]) -> pa.Table:
        import pyarrow as pa
        import pyarrow.parquet as pq

        tables = [
            pq.read_table(io.BytesIO(checked(self.folder, name, self.sums))) for name in names
        ]
        return pa.concat_tables(tables).unify_dictionaries()

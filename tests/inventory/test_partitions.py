"""An inventory in partitions: nothing is lost, what belongs together is together, nothing changed by hand is read."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from tests.inventory.organisation import World
from toolkit import Inventory, privy
from toolkit.errors import InputError
from toolkit.inventory.partitions import HEAD, PART, Partitions, PartitionWriter, partition


def linked(rng: random.Random, quorums: int) -> Inventory:
    """Quorums, some of which stand in one another, now in an earlier one and now in a later one; wallets; vaults with groups."""
    world = World()
    for at in range(quorums):
        inner = [f"n{other}" for other in rng.sample(range(quorums), k=rng.choice((0, 0, 0, 1, 2)))]
        world.add("quorums", privy.KeyQuorum(f"n{at}", [], f"quorum {at}", 1, ["a user"], inner))
        world.wallet(rng.choice([None, f"n{at}", "elsewhere"]))
        if not at % 5:
            world.vault()
    world.group(
        "a vault that was not seen", "MainGroup", 2, [world.holder("Ann"), world.holder("Ben")]
    )
    world.group("a vault that was not seen", "SigningGroup", 2, [world.holder("Cem")])
    return world.inventory()


@pytest.mark.parametrize("size", [1, 3, 17, 1_000])
def test_nothing_is_lost(size: int, tmp_path: Path) -> None:
    """What was written is read again: every thing, its order, who saw it, who holds what."""
    inventory = linked(random.Random(size), 40)
    partitions = partition(inventory, tmp_path / "dataset", size=size)
    assert partitions.inventory() == inventory
    assert Partitions(partitions.folder).inventory() == inventory
    assert not list(partitions.folder.glob("arrived*"))
    assert partitions.counts["quorums"] == 40


@pytest.mark.parametrize("size", [1, 4, 16])
def test_what_belongs_together_is_together(size: int, tmp_path: Path) -> None:
    """A quorum stands with those in it and those it is in, a vault with its groups, however they arrive."""
    inventory = linked(random.Random(size + 100), 60)
    partitions = partition(inventory, tmp_path / "dataset", size=size)
    assert len(partitions) > 2
    for part in range(len(partitions)):
        here, lines = partitions.read(part)
        ids = {quorum.id for quorum in here.quorums}
        assert all(ids >= {*(quorum.key_quorum_ids or ())} for quorum in here.quorums)
        vaults = {vault.vault_id for vault in here.vaults}
        seen = {vault.vault_id for vault in inventory.vaults}
        groups = [group for group in inventory.groups if group.vault_id in vaults]
        assert [group for group in here.groups if group.vault_id in seen] == groups
        for kind in ("quorums", "wallets", "groups", "vaults"):
            everything = getattr(inventory, kind)
            assert [everything[line] for line in lines[kind]] == list(getattr(here, kind)), kind
            assert sorted(lines[kind].tolist()) == lines[kind].tolist()
    unseen = [
        part
        for part in range(len(partitions))
        if any(
            group.vault_id == "a vault that was not seen"
            for group in partitions.read(part)[0].groups
        )
    ]
    assert len(unseen) == 1


def test_what_is_in_no_large_number_is_first(tmp_path: Path) -> None:
    """Origins, API keys and what was not seen stand in the first partition, and nowhere else."""
    inventory = linked(random.Random(1), 20)
    partitions = partition(inventory, tmp_path / "dataset", size=5)
    head, _ = partitions.read(HEAD)
    assert head.origins == inventory.origins
    assert not head.quorums
    assert all(not partitions.read(part)[0].origins for part in range(1, len(partitions)))


def test_one_partition_is_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While things arrive, no more of them wait than a partition has; of ten times as many no more."""
    most = []
    for quorums in (50, 500):
        writer = PartitionWriter(tmp_path / str(quorums), size=10)
        waiting = []
        for at in range(quorums):
            writer.add("quorums", privy.KeyQuorum(f"q{at}", [], "name", 1, ["user"]))
            waiting.append(len(writer.waiting))
        most.append(max(waiting))
        partitions = writer.finish(at_ms=1, began_ms=1)
        assert max(len(partitions.read(part)[0].quorums) for part in range(len(partitions))) == 10
    assert most[0] == most[1] < 10


def test_a_changed_file_is_refused(tmp_path: Path) -> None:
    """A partition that was changed by hand, or is gone, is named and not read."""
    partitions = partition(linked(random.Random(2), 9), tmp_path / "dataset", size=3)
    second = partitions.folder / PART.format(1)
    second.write_bytes((partitions.folder / PART.format(2)).read_bytes())
    with pytest.raises(InputError, match=r"part-00001\.parquet is not as it was saved"):
        partitions.read(1)
    second.unlink()
    with pytest.raises(InputError, match=r"part-00001\.parquet cannot be read"):
        partitions.read(1)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"format": "other"}, "of another format"),
        ({"version": 2}, "version 2"),
        ({"parts": []}, "parts is missing"),
        ({"at_ms": "x"}, "at_ms is missing"),
    ],
)
def test_a_manifest_of_something_else_is_refused(
    change: dict[str, Any], said: str, tmp_path: Path
) -> None:
    """What is no dataset of ours, or a newer one, is said to be so."""
    partitions = partition(linked(random.Random(3), 3), tmp_path / "dataset")
    manifest = partitions.folder / "manifest.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | change))
    with pytest.raises(InputError, match=said):
        Partitions(partitions.folder)


def test_only_an_empty_folder_is_written(tmp_path: Path) -> None:
    """A folder with something in it is refused, and stays as it is; a dataset that was not finished is none."""
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match=r"notes\.txt is in it"):
        PartitionWriter(tmp_path)
    writer = PartitionWriter(tmp_path / "new", size=1)
    writer.add("quorums", privy.KeyQuorum("q", [], "name", 1, ["user"]))
    with pytest.raises(InputError, match="is no saved inventory"):
        Partitions(tmp_path / "new")

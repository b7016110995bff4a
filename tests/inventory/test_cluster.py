"""On a cluster an audit gives the same report, whichever worker is lost on the way."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from distributed import Client

from tests.inventory.everything import organisation
from toolkit import audit
from toolkit.errors import InputError
from toolkit.inventory import cluster
from toolkit.inventory.cluster import Cluster, audit_dataset
from toolkit.inventory.partitions import Partitions, partition
from toolkit.inventory.passes import audit_partitions
from toolkit.inventory.report import Report


@pytest.fixture(scope="module")
def workers() -> Iterator[Client]:
    """A cluster of this computer: two workers, each a process; another one is started where one is gone."""
    with cluster.client_of("local", 2) as client:
        yield client


@pytest.fixture
def dataset(tmp_path: Path) -> Partitions:
    """The organisation with every fault in it, in partitions."""
    return partition(organisation()[0], tmp_path / "dataset", size=100)


def in_memory() -> Report:
    inventory, exclusions, _ = organisation()
    return audit(inventory, exclusions=exclusions, duration_s=1.5)


class Deadly(Cluster):
    """Kills the worker that holds the most, once at the beginning of each pass."""

    killed: list[str]

    def gather(self, results: Sequence[Any], what: str) -> Sequence[Any]:
        if what in ("looking", "judging"):
            held = self.client.has_what()
            worker = max(held, key=lambda each: len(held[each]))
            pid = self.client.run(os.getpid, workers=[worker])[worker]
            os.kill(pid, signal.SIGKILL)
            self.killed.append(what)
        return super().gather(results, what)


def test_an_address(workers: Client, dataset: Partitions) -> None:
    """A scheduler is given by its address: byte for byte what one computer says."""
    _, exclusions, _ = organisation()
    address = workers.scheduler.address
    report = audit_dataset(
        dataset.folder, scheduler=address, exclusions=exclusions, duration_s=1.5, progress=False
    )
    assert report.written("json") == in_memory().written("json")


def test_a_killed_worker_changes_nothing(workers: Client, dataset: Partitions) -> None:
    """In the second pass and in the third one a worker is killed, with all that it holds: the report is the same."""
    _, exclusions, _ = organisation()
    engine = Deadly(workers, progress=False)
    engine.killed = []
    report = audit_partitions(dataset, engine, exclusions=exclusions, duration_s=1.5)
    assert engine.killed == ["looking", "judging"]
    assert report.written("json") == in_memory().written("json")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"scheduler": 3}, "scheduler cannot be a int"),
        ({"scheduler": "nowhere"}, "cannot be reached"),
        ({"workers": 0}, "workers"),
        ({"workers": True}, "workers"),
    ],
)
def test_wrong_arguments(options: dict[str, Any], said: str, dataset: Partitions) -> None:
    """What is no scheduler, and what is no number of workers, is refused by name."""
    with pytest.raises(InputError, match=said):
        audit_dataset(dataset, **options)


def test_without_dask(dataset: Partitions, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it is not installed, the extra is named, and how to do without."""
    monkeypatch.setattr(cluster, "find_spec", lambda name: None)
    with pytest.raises(InputError, match="not installed") as caught:
        audit_dataset(dataset)
    assert "quorum-toolkit[dask]" in caught.value.hint
    assert audit_dataset(dataset, scheduler=None, progress=False).whole

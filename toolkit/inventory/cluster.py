"""An audit on a Dask cluster: one of this computer, or whichever is given.

A step that was on a worker that is gone runs again on another one; every step is a function of its
arguments alone, so nothing changes by that. Needs the extra ``dask``.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from toolkit.base.validate import whole_number
from toolkit.errors import InputError
from toolkit.inventory.exclusions import Exclusion
from toolkit.inventory.partitions import Partitions
from toolkit.inventory.passes import Engine, Here, audit_partitions
from toolkit.inventory.people import People
from toolkit.inventory.report import Report

if TYPE_CHECKING:
    from distributed import Client

WORKERS = 4  # at most, of a cluster on this computer
#: Nobody else can reach it; the dashboard takes whichever port is free.
LOCAL: Mapping[str, Any] = {
    "threads_per_worker": 1,
    "host": "127.0.0.1",
    "dashboard_address": "127.0.0.1:0",
}


class Cluster:
    """Runs the steps on the workers of a Dask client."""

    def __init__(self, client: Client, *, progress: bool = True) -> None:
        self.client = client
        self.progress = progress

    def submit(self, step: Callable[..., Any], *arguments: Any) -> Any:
        """A step as a future: it runs once what it needs is there."""
        return self.client.submit(step, *arguments, pure=False)

    def gather(self, results: Sequence[Any], what: str) -> Sequence[Any]:
        """What these futures give."""
        from distributed import as_completed
        from tqdm.auto import tqdm

        waiting = as_completed(results)
        for _ in tqdm(waiting, what, len(results), disable=not self.progress, delay=1):
            pass
        gathered: Sequence[Any] = self.client.gather(list(results))
        return gathered

    def spilling(self) -> AbstractContextManager[None]:
        """Dask writes to disk by itself what a worker has no room for."""
        return nullcontext()


def audit_dataset(
    dataset: Partitions | str | Path,
    *,
    scheduler: Any = "local",
    workers: int | None = None,
    people: People | None = None,
    exclusions: Iterable[Exclusion] | str | None = None,
    at_ms: int | None = None,
    duration_s: float | None = None,
    progress: bool = True,
) -> Report:
    """The report that ``audit`` gives, of an inventory that need not fit into memory.

    Sentences are made of the dataset once somebody reads them: the folder must stay until then.

    Args:
        dataset: what ``partition`` or ``collect_into`` wrote, or its folder. Each worker must
            see it under the same name.
        scheduler: ``local`` for a Dask cluster on this computer while it runs; the address of a
            scheduler (``tcp://…``), or a ``distributed.Client``; None to do without Dask, one
            partition after another in this process.
        workers: of a local cluster; without it as many as there are cores, four at most.
        people: who holds which seat; the dataset brings its own.
        exclusions: as ``audit`` takes them.
        at_ms: the moment that it is about, Unix ms; without it, when the things were read.
        duration_s: what the report says it took; without it, as long as it takes.
        progress: a bar for what takes longer than a second.

    Raises:
        InputError: no such dataset, a file of it that is not as it was written, Dask or pyarrow is
            not installed, or the scheduler cannot be reached.

    >>> from toolkit import audit_dataset, collect_into
    >>> report = audit_dataset(collect_into("dataset", custody, app), scheduler=None)
    >>> report.findings[0].severity
    'high'
    """
    partitions = dataset if isinstance(dataset, Partitions) else Partitions(dataset)
    with _engine(scheduler, workers, progress) as engine:
        return audit_partitions(
            partitions,
            engine,
            people=people,
            exclusions=exclusions,
            at_ms=at_ms,
            duration_s=duration_s,
        )


@contextmanager
def _engine(scheduler: Any, workers: int | None, progress: bool) -> Iterator[Engine]:
    if scheduler is None:
        yield Here(progress=progress)
        return
    if find_spec("distributed") is None:
        raise InputError(
            "An audit on a cluster needs Dask, which is not installed.",
            hint="pip install 'quorum-toolkit[dask]', or pass scheduler=None.",
        )
    from distributed import Client

    if isinstance(scheduler, Client):
        yield Cluster(scheduler, progress=progress)
        return
    if not isinstance(scheduler, str):
        raise InputError(
            f"scheduler cannot be a {type(scheduler).__name__}.",
            hint="Pass local, an address, a distributed.Client, or None.",
        )
    with client_of(scheduler, workers) as client:
        yield Cluster(client, progress=progress)


@contextmanager
def client_of(scheduler: str, workers: int | None = None) -> Iterator[Client]:
    """A client of a new cluster on this computer (``local``), or of a scheduler by its address."""
    from distributed import Client, LocalCluster

    if scheduler == "local":
        number = min(os.cpu_count() or 1, WORKERS) if workers is None else workers
        if whole_number(number, "workers") < 1:
            raise InputError(f"workers cannot be {number}.", hint="One is the least.")
        with LocalCluster(**{**LOCAL, "n_workers": number}) as cluster, Client(cluster) as client:
            yield client
        return
    try:
        client = Client(scheduler)
    except (OSError, ValueError) as error:
        raise InputError(
            f"The scheduler {scheduler} cannot be reached: {error}.",
            hint="Pass an address such as tcp://host:8786, or a distributed.Client.",
        ) from error
    with client:
        yield client

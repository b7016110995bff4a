"""An audit of quorums that are in memory, streamed from Parquet, and on Dask with two workers, one of which is killed:
the same report, and the memory that each took.

``python benchmarks/partitions.py [QUORUMS [WAY …]]`` (200,000 and all three if left out; what is written is never in
memory as a whole, so four millions need one of ``streamed`` and ``dask``). Each way runs in a process of its own, so that
its peak is its own; peaks are read before and after the report is written out, whose text is many times the findings.
"""

from __future__ import annotations

import hashlib
import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from audit import keys_and_people, quorums
from row import at_most, show

from toolkit import Inventory, audit
from toolkit.inventory.cluster import Cluster, client_of
from toolkit.inventory.partitions import Partitions, PartitionWriter
from toolkit.inventory.passes import Here, audit_partitions
from toolkit.inventory.report import Report

PEAK_MB = 1_000.0  # that four millions are to stay within
WAYS = ("memory", "streamed", "dask")


class OneIsKilled(Cluster):
    """Kills a worker while the rules look."""

    def gather(self, results: Sequence[Any], what: str) -> Sequence[Any]:
        if what == "looking":
            held = self.client.has_what()
            worker = max(held, key=lambda each: len(held[each]))
            os.kill(self.client.run(os.getpid, workers=[worker])[worker], signal.SIGKILL)
            print("  a worker was killed")
        return super().gather(results, what)


def peak(who: int = resource.RUSAGE_SELF) -> float:
    """Megabytes."""
    return resource.getrusage(who).ru_maxrss / 1000


def seconds() -> float:
    """Of CPU, those of workers that have ended among them."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def one(way: str, folder: str) -> None:
    """One way, in this process."""
    partitions = Partitions(folder)
    began = time.perf_counter()
    report = _report(way, partitions)
    took, cpu, before = time.perf_counter() - began, seconds(), peak()
    digest = hashlib.sha256(report.written("json").encode()).hexdigest()
    if way == "streamed":
        quorums_read = partitions.counts["quorums"]
        show(at_most(f"{quorums_read:,} quorums streamed, peak", [before], PEAK_MB, "MB"))
    workers = f", {peak(resource.RUSAGE_CHILDREN):,.0f} MB a worker" if way == "dask" else ""
    print(
        f"  {way:<9} {took:6.1f} s, {cpu:6.1f} s of CPU, peak {before:,.0f} MB{workers}; "
        f"written {peak():,.0f} MB; {sum(report.counts.values()):,} findings, {digest[:16]}"
    )


def _report(way: str, partitions: Partitions) -> Report:
    if way == "memory":
        inventory: Inventory = partitions.inventory()
        return audit(inventory, duration_s=0.0)
    if way == "streamed":
        return audit_partitions(partitions, Here(progress=False), duration_s=0.0)
    with client_of("local", 2) as client:
        return audit_partitions(partitions, OneIsKilled(client, progress=False), duration_s=0.0)


def written(size: int, folder: Path) -> Partitions:
    """The world of ``audit.py`` as a dataset, a quorum at a time."""
    keys, people = keys_and_people()
    writer = PartitionWriter(folder)
    for quorum in quorums(size, keys, random.Random(7)):
        writer.add("quorums", quorum)
    return writer.finish(at_ms=0, began_ms=0, people=people)


def main(size: int, ways: Sequence[str]) -> None:
    """Each way at n / 10 and n."""
    for number in (size // 10, size):
        with TemporaryDirectory() as folder:
            partitions = written(number, Path(folder) / "dataset")
            print(f"{number:,} quorums in {len(partitions)} partitions", flush=True)
            for way in ways:
                command = [sys.executable, __file__, "one", way, str(partitions.folder)]
                subprocess.run(command, check=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["one"]:
        one(*sys.argv[2:])
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 200_000, sys.argv[2:] or WAYS)

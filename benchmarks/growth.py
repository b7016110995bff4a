"""What grows with the world: one page, one creation, one look, at 1,000, 10,000 and 100,000 things.

``python benchmarks/growth.py`` measures all sizes in one run, one after the other in each round, so that whatever else
the machine does falls on all of them. What counts is the ratio to the smallest world; it should stay near 1.
"""

from __future__ import annotations

import gc
import statistics
import sys
import time
import tracemalloc

from row import at_most, beside, show

from tests.grown import Work, filled, works
from toolkit import Emulator
from toolkit import privy as api

SIZES = (1_000, 10_000, 100_000)
ROUNDS = 5
TIMES = 20


def seconds(work: Work) -> float:
    began = time.process_time()
    for _ in range(TIMES):
        work()
    return (time.process_time() - began) / TIMES


def kept_bytes(emulator: Emulator) -> float:
    """Bytes that a create through a client leaves behind, once the ledger is full: world and journal."""
    app = emulator.privy_client()
    call = api.create_key_quorum(api.CreateKeyQuorumRequest(user_ids=["did:privy:x"]))
    for _ in range(50):
        app.send(call)
    gc.collect()
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    for _ in range(500):
        app.send(call)
    gc.collect()
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return (after - before) / 500


def main() -> None:
    worlds = {size: works(filled(size)) for size in SIZES}
    gc.collect()
    gc.freeze()  # what the worlds hold is not walked again and again
    smallest = worlds[SIZES[0]]
    print(f"{'CPU time':<38}{SIZES[0]:>10,}" + "".join(f"{size:>12,}" for size in SIZES[1:]))
    for name in smallest:
        taken: dict[int, list[float]] = {size: [] for size in SIZES}
        for _ in range(ROUNDS):
            for size in SIZES:
                taken[size].append(seconds(worlds[size][name]))
        if name == "create a group":
            created = taken
        first, *others = (statistics.median(taken[size]) for size in SIZES)
        ratios = "".join(f"{other / first:>10.2f} x" for other in others)
        print(f"{name:<38}{first * 1000:>7.3f} ms{ratios}")
    small, *_, large = (created[size] for size in SIZES)
    show(at_most(f"emulator, a group at {SIZES[-1]:,} groups", large, 0.3e-3))
    show(beside("the same, beside 1,000 groups", large, "at 1,000", small, 1.1))
    print(f"kept of a create, client and all: {kept_bytes(Emulator.seeded()):,.0f} bytes")


if __name__ == "__main__":
    sys.exit(main())

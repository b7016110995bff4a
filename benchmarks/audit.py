"""An audit of very many quorums: coding, twelve rules, and how both grow. Seconds are of CPU, so that
what else the machine does changes little.

``python benchmarks/audit.py [QUORUMS]`` (1,000,000 if left out; about 4 GB for the models
themselves) times n / 100, n / 10 and n, and says what memory the rules took beside the columns.
"""

from __future__ import annotations

import gc
import random
import sys
import time
import tracemalloc
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from row import at_most, show

from toolkit import Inventory, People, privy
from toolkit.inventory.audit import audit_columns
from toolkit.inventory.coding import columns_of
from toolkit.inventory.columns import Columns
from toolkit.inventory.rules import BY_ID, RULES
from toolkit.keys import P256Key

TWELVE = [
    "quorum.alone", "quorum.nested-undoes", "quorum.one-loss", "quorum.unreachable", "quorum.minority",
    "quorum.same-key", "quorum.same-person", "quorum.not-a-key", "quorum.unknown-member",
    "quorum.same-members", "key.many-quorums", "name.twice",
]  # fmt: skip
KEYS = 5_000


def keys_and_people() -> tuple[Sequence[privy.AuthorizationKey], People]:
    """5,000 keys; every tenth is a second one of somebody."""
    spelled = [P256Key.from_hex(f"{at + 1:064x}").public.to_base64() for at in range(KEYS)]
    held = {
        privy.models.member_identity(text): f"person {at - at % 10 // 9}"
        for at, text in enumerate(spelled)
    }
    return [privy.AuthorizationKey(text) for text in spelled], People(held)


def quorums(
    size: int, keys: Sequence[privy.AuthorizationKey], rng: random.Random
) -> Iterator[privy.KeyQuorum]:
    """So many quorums of three of these keys each."""
    for at in range(size):
        yield privy.KeyQuorum(
            id=f"q{at}",
            display_name=f"Quorum {at % (size - size // 100)}",
            authorization_threshold=2 if at % 50 else 1 + at % 3,
            authorization_keys=rng.choices(keys, k=3),
        )


def world(size: int, rng: random.Random) -> Inventory:
    """All of it in memory."""
    keys, people = keys_and_people()
    return Inventory(0, 0, quorums=tuple(quorums(size, keys, rng)), people=people)


def coded(inventory: Inventory) -> tuple[Columns, float]:
    """Its columns, and the seconds of coding it."""
    privy.models.member_key.cache_clear()
    gc.collect()
    began = time.process_time()
    columns = columns_of(inventory)
    return columns, time.process_time() - began


def uncached(columns: Columns) -> Columns:
    """The same columns, as if just coded: nothing that a rule worked out is kept."""
    seats = replace(columns.seats)
    quorums = replace(columns.quorums, seats=seats, asked={})
    return replace(columns, seats=seats, quorums=quorums, names=replace(columns.names)).ready()


def timed(columns: Columns, rules: list[str]) -> tuple[float, int]:
    """Seconds of these rules on fresh columns, and how many findings there are."""
    fresh = uncached(columns)
    gc.collect()
    began = time.process_time()
    report = audit_columns([fresh], rules=[BY_ID[rule] for rule in rules])
    total = sum(report.counts.values())
    took = time.process_time() - began
    assert not report.failed, [run.error for run in report.failed]
    return took, total


def memory(columns: Columns, rules: list[str]) -> float:
    """Megabytes that the rules take at their most, beside the columns."""
    fresh = uncached(columns)
    tracemalloc.start()
    audit_columns([fresh], rules=[BY_ID[rule] for rule in rules])
    peak = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    return peak


def main(size: int) -> None:
    """Print a line for each figure."""
    gc.freeze()
    sizes = (size // 100, size // 10, size)
    seconds = {}
    for number in sizes:
        columns, coding = coded(world(number, random.Random(7)))
        rounds = sorted(timed(columns, TWELVE) for _ in range(3))
        rules, total = rounds[0]
        every, _ = timed(columns, [rule.id for rule in RULES])
        seconds[number] = (coding, rules, every)
        print(
            f"{number:>9,} quorums: coding {coding:.2f} s, 12 rules {rules:.2f} s (to {rounds[-1][0]:.2f}), all {len(RULES)} rules "
            f"{every:.2f} s; {total:,} findings"
        )
    for smaller, larger in pairwise(sizes):
        coding, rules, every = (
            large / small for small, large in zip(seconds[smaller], seconds[larger], strict=True)
        )
        print(
            f"growth from {smaller:,} to {larger:,}: coding {coding:.1f}, 12 rules {rules:.1f}, all rules {every:.1f} (10 is linear)"
        )
    coding, rules, every = seconds[size]
    share = size / 1_000_000
    print(
        f"a rule: {rules / len(TWELVE):.3f} s of the twelve, {every / len(RULES):.3f} s of all {len(RULES)}"
    )
    show(at_most(f"12 rules over {size:,} quorums", [rules], 1.5 * share))
    show(at_most(f"the same with coding, {size:,} quorums", [rules + coding], 8.0 * share))
    show(
        at_most(f"all rules, a rule over {size:,} quorums", [every / len(RULES)], 1.5 / 12 * share)
    )
    beside = [memory(columns, TWELVE)]
    show(at_most(f"memory of 12 rules over {size:,} quorums", beside, 400.0 * share, "MB"))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)

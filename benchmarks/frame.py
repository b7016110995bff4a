"""From the bytes of an answer to a DataFrame: holders, beside what the official SDK needs to decode the same
bytes, and how it grows.

``python benchmarks/frame.py [ROWS]`` (1,000,000 if left out) times rows / 100, rows / 10 and rows in turns, and 60,000
beside the SDK. Seconds are of CPU, because other work on the machine changes those little; wall stands beside them.
"""

from __future__ import annotations

import gc
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import cobo_waas2
import msgspec
from row import at_most, beside, show

from toolkit import cobo, frames
from toolkit.transport.verify import decoded

ROUNDS = 7


def answer(rows: int) -> bytes:
    """As Cobo would answer: groups of three holders, every id and name another one."""
    groups = [
        {
            "key_share_holder_group_id": f"9f4c1d1e-0000-4000-8000-{at:012d}",
            "type": "SigningGroup",
            "participants": 3,
            "threshold": 2,
            "status": "Valid",
            "created_timestamp": 1_700_000_000_000 + at,
            "key_share_holders": [
                {
                    "name": f"Holder {at * 3 + seat}",
                    "type": "API",
                    "tss_node_id": f"coboNode{at * 3 + seat:036d}",
                    "online": seat != 1,
                    "signer": seat == 0,
                    "status": "Valid",
                }
                for seat in range(3)
            ],
        }
        for at in range(rows // 3)
    ]
    pagination = {"before": "", "after": "", "total_count": len(groups)}
    return msgspec.json.encode({"data": groups, "pagination": pagination})


def taken(work: Callable[[], Any]) -> tuple[float, float]:
    """Seconds of CPU, and of the clock on the wall."""
    gc.collect()
    cpu, wall = time.process_time(), time.perf_counter()
    work()
    return time.process_time() - cpu, time.perf_counter() - wall


def ours(content: bytes) -> int:
    return len(frames.holders(decoded(cobo.Page[cobo.KeyShareHolderGroup], content)))


def theirs(content: bytes) -> Any:
    return cobo_waas2.ListKeyShareHolderGroups200Response.from_json(content.decode())


def beside_the_sdk() -> None:
    content = answer(60_000)
    assert ours(content) == 60_000
    mine, other = [], []
    for _ in range(ROUNDS):
        mine.append(taken(lambda: ours(content)))
        other.append(taken(lambda: theirs(content)))
    for at, clock in enumerate(("CPU", "wall")):
        own, sdk = sorted(each[at] for each in mine), sorted(each[at] for each in other)
        middle, ratio = statistics.median(own), statistics.median(sdk) / statistics.median(own)
        print(
            f"60,000 holders, {len(content) / 1e6:.0f} MB, {clock:<4}: ours {middle:.3f} s ({own[0]:.3f} to {own[-1]:.3f}), "
            f"cobo-waas2 decodes them in {statistics.median(sdk):.2f} s ({sdk[0]:.2f} to {sdk[-1]:.2f}): {ratio:.1f} x"
        )
    cpu, theirs_cpu = [each[0] for each in mine], [each[0] for each in other]
    show(at_most("60,000 holders, bytes to a frame", cpu, 0.11))
    show(beside("the same, beside the SDK's decoding", cpu, "cobo-waas2", theirs_cpu, 1 / 15))


def growth(rows: int) -> None:
    contents = {size: answer(size) for size in (rows // 100, rows // 10, rows)}
    gc.freeze()
    times: dict[int, list[float]] = {size: [] for size in contents}
    for _ in range(3):
        for size, content in contents.items():
            times[size].append(taken(lambda content=content: ours(content))[0])  # type: ignore[misc]
    small, *_ = contents
    for size, each in times.items():
        middle = statistics.median(each)
        linear = middle / statistics.median(times[small]) / (size / small)
        print(
            f"{size:>9,} holders: {middle:.3f} s of CPU, {min(each):.3f} to {max(each):.3f}; {linear:.2f} of linear"
        )
    largest = times[rows]
    show(at_most(f"{rows:,} holders, bytes to a frame", largest, 2.5 * rows / 1_000_000))


def main(rows: int) -> None:
    """Print a line for each figure."""
    beside_the_sdk()
    growth(rows)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)

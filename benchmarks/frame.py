"""From the bytes of an answer to a DataFrame: holders, beside the same with the official SDK, and how it grows.

``python benchmarks/frame.py [ROWS]`` (1,000,000 if left out) times rows / 100, rows / 10 and rows in turns, and 60,000
beside the SDK: what it needs to decode the bytes, and to the table that its models give (with neither dtypes nor inert
texts). Seconds are of CPU, because other work on the machine changes those less; wall stands beside them. The quickest
round is what the work takes, the middle one what it took here.
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
import pandas as pd
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


def decoded_by_theirs(content: bytes) -> Any:
    return cobo_waas2.ListKeyShareHolderGroups200Response.from_json(content.decode())


def theirs(content: bytes) -> int:
    """As one does it by hand: a row of plain values for each holder."""
    rows = [
        {
            "group_type": group.type,
            "key_share_holder_group_id": group.key_share_holder_group_id,
            **holder.to_dict(),
        }
        for group in decoded_by_theirs(content).data
        for holder in group.key_share_holders
    ]
    return len(pd.DataFrame(rows))


WAYS: dict[str, Callable[[bytes], Any]] = {
    "ours": ours,
    "cobo-waas2, decoded": decoded_by_theirs,
    "cobo-waas2, to a frame": theirs,
}


def beside_the_sdk() -> None:
    content = answer(60_000)
    assert ours(content) == theirs(content) == 60_000
    taken_by: dict[str, list[tuple[float, float]]] = {way: [] for way in WAYS}
    for _ in range(ROUNDS):
        for way, work in WAYS.items():
            taken_by[way].append(taken(lambda work=work: work(content)))  # type: ignore[misc]
    print(f"60,000 holders, {len(content) / 1e6:.0f} MB, {ROUNDS} rounds in turns:")
    for at, clock in enumerate(("CPU", "wall")):
        own = sorted(each[at] for each in taken_by["ours"])
        for way, rounds in taken_by.items():
            seconds = sorted(each[at] for each in rounds)
            middle = statistics.median(seconds)
            print(
                f"{clock:<4} {way:<22}: {seconds[0]:.3f} s, middle {middle:.3f}, to {seconds[-1]:.3f}; "
                f"{seconds[0] / own[0]:.1f} x ours (middle {middle / statistics.median(own):.1f})"
            )
    mine, _, other = ([cpu for cpu, _ in rounds] for rounds in taken_by.values())
    show(at_most("60,000 holders, bytes to a frame", mine, 0.11))
    show(beside("the same, beside the SDK's way to a frame", mine, "cobo-waas2", other, 1 / 15))


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

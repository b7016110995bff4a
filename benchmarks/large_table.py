"""A table of 100,000 holders in a notebook: shown, paged, searched, ordered, and what a saved notebook keeps of it; beside
itables with all rows, which is the usual way. Milliseconds, medians of five in one run; bytes of the saved notebook.

``python benchmarks/large_table.py [ROWS]``
"""

from __future__ import annotations

import json
import random
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

from ipywidgets.embed import dependency_state, embed_data
from itables import to_html_datatable
from row import at_most, show

from toolkit import cobo, explore, frames

LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


def holders(rows: int) -> Any:
    """So many holders, as Cobo would have them."""
    rng = random.Random(1)
    return frames.holders(
        [
            cobo.KeyShareHolder(
                name=f"{rng.choice(['Ada', 'Ben', 'Cleo', 'Dov'])} {rng.choice(['Abel', 'Brandt'])}",
                type=rng.choice(["API", "Mobile"]),
                tss_node_id="cobo" + "".join(rng.choices(LETTERS, k=46)),
                online=rng.random() < 0.97,
                signer=rng.random() < 0.5,
                status=rng.choices(["Valid", "Changed"], [95, 5])[0],
                vault_id=f"{at // 300:08x}",
            )
            for at in range(rows)
        ]
    )


def took_ms(work: Callable[[], Any]) -> float:
    """The median of five, in milliseconds."""
    times = []
    for _ in range(5):
        began = time.perf_counter()
        work()
        times.append(1000 * (time.perf_counter() - began))
    return statistics.median(times)


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    frame = holders(rows)
    explorer = explore(frame, "Holders")
    words = iter(["coboab", "ada b", "cobozz", "ben", "dov abel"] * 2)
    orders = iter(["tss_node_id", "name", "vault_id", "online", "status"])
    lines = {
        "shown": took_ms(lambda: explore(frame, "Holders").close()),
        "searched": took_ms(lambda: setattr(explorer.search, "value", next(words))),
        "ordered": took_ms(lambda: setattr(explorer.order, "value", next(orders))),
        "a page on": took_ms(explorer.on_button.click),
    }
    slowest = max(lines.values()) / 1000
    show(at_most(f"table of {rows:,} rows, slowest action", [slowest], 0.1))
    saved = len(json.dumps(embed_data([explorer], state=dependency_state([explorer]))))
    print(f"{rows:,} rows")
    for what, milliseconds in lines.items():
        print(f"  {what:<28}{milliseconds:9.1f} ms")
    began = time.perf_counter()
    whole = to_html_datatable(frame, maxBytes=0, connected=True)
    print(f"  {'itables, all rows, shown':<28}{1000 * (time.perf_counter() - began):9.1f} ms, once")
    print(
        f"  {'kept in a saved notebook':<28}{saved / 1000:9.1f} kB; itables {len(whole) / 1000:,.0f} kB"
    )


if __name__ == "__main__":
    main()

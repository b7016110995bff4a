"""One key pasted into a quorum form that has many already: everything that follows is looked at again, and only what
changed is drawn again.

``python benchmarks/form.py`` times 10, 100 and 1,000 members in turns; milliseconds of CPU, medians.
"""

from __future__ import annotations

import itertools
import statistics
import time
from typing import Any

from row import at_most, show

from toolkit import Emulator, privy
from toolkit.keys import P256Key
from toolkit.privy.forms import QuorumFields

SIZES = (10, 100, 1_000)
MARKS = (200, 500)
ROUNDS = 9


def form(texts: list[str], size: int) -> Any:
    """A form with so many keys."""
    made = privy.forms.create_key_quorum(Emulator.seeded().privy_client())
    made.fill(QuorumFields("name", tuple(("Key", text) for text in texts[:size]), 2))
    return made


def main() -> None:
    """Print a line for each size."""
    texts = [P256Key.from_hex(f"{at + 1:064x}").public.to_base64() for at in range(1_002)]
    sizes = sorted((*SIZES, *MARKS))
    forms = {size: form(texts, size) for size in sizes}
    taken: dict[int, list[float]] = {size: [] for size in sizes}
    others = itertools.cycle(texts[-2:])
    for _ in range(ROUNDS):
        other = next(others)
        for size in sizes:
            began = time.process_time()
            forms[size].members.rows[size // 2].fields["text"].value = other
            taken[size].append((time.process_time() - began) * 1000)
    first = statistics.median(taken[10])
    for size in sizes:
        middle = statistics.median(taken[size])
        print(
            f"{size:>5} members: {middle:7.1f} ms ({min(taken[size]):.1f} to {max(taken[size]):.1f}); "
            f"{middle / size * 1000:.0f} µs a member, {middle / first:.1f} x that of 10"
        )
    show(at_most("a key in a quorum form of 200", [each / 1000 for each in taken[200]], 0.025))


if __name__ == "__main__":
    main()

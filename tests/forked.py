"""What a child must not wait for: a lock that another thread of its parent held."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def held_by_another_thread(lock: threading.Lock) -> Iterator[None]:
    """Another thread has this lock meanwhile."""
    taken, go_on = threading.Event(), threading.Event()

    def hold() -> None:
        with lock:
            taken.set()
            go_on.wait()

    holding = threading.Thread(target=hold)
    holding.start()
    taken.wait()
    try:
        yield
    finally:
        go_on.set()
        holding.join()

"""Work that pressing stop cannot cut in half.

Ctrl-C, and *Interrupt kernel*, raise KeyboardInterrupt between any two instructions of the main
thread: in the middle of a transaction, with a lock in hand, or while a frame holds a credential. So
whatever has such moments is done by another thread, where nothing is raised, and the main thread
only waits. Stop ends the waiting; the work goes on to its end.
"""

from __future__ import annotations

import contextvars
import threading
from _thread import allocate_lock, get_ident, start_new_thread
from collections import deque
from collections.abc import Callable
from queue import SimpleQueue
from typing import Generic, TypeVar

from toolkit.base.forked import renewed_in_a_child

T = TypeVar("T")
# A signal that comes right before the waiting begins does not end it: look up now and then.
_LOOK_UP_S = 0.1


class _Work(Generic[T]):
    """One piece of work, and how it ended.

    Nothing here takes a lock of Python's own: those can be left locked.
    """

    def __init__(self, work: Callable[[], T]) -> None:
        self._work: Callable[[], T] | None = work
        self._context = contextvars.copy_context()
        self._value: T | None = None
        self._error: BaseException | None = None
        self._ended = allocate_lock()
        self._ended.acquire()

    def do(self) -> None:
        """Do it. Never raises."""
        work, self._work = self._work, None
        try:
            assert work is not None
            self._value = self._context.run(work)
        except BaseException as error:  # noqa: BLE001  # whoever waits for it gets it
            self._error = error

    def end(self) -> None:
        """Let whoever waits go on."""
        self._ended.release()

    def result(self) -> T:
        """Wait for its end.

        Raises what it raised, or KeyboardInterrupt, if a person presses stop meanwhile.
        """
        while not self._ended.acquire(timeout=_LOOK_UP_S):
            pass
        error, self._error = self._error, None
        if error is None:
            return self._value  # type: ignore[return-value]  # it ended without an error
        try:
            raise error
        finally:
            del error  # or the traceback's frames and the error would keep one another


class _Workers:
    """Threads that wait for work; a new one where none is free."""

    def __init__(self) -> None:
        self.begin_anew()

    def begin_anew(self) -> None:
        """No thread survives a fork."""
        self._idle: deque[SimpleQueue[_Work[object]]] = deque()

    def begin(self, work: _Work[T]) -> bool:
        """Hand it over. False: there are no threads here."""
        try:
            inbox = self._idle.pop()
        except IndexError:
            inbox = SimpleQueue()
            try:
                start_new_thread(self._serve, (inbox, self._idle))
            except RuntimeError:  # "can't start new thread"
                return False
        inbox.put(work)  # type: ignore[arg-type]  # a worker does not look at what comes out
        return True

    @staticmethod
    def _serve(
        inbox: SimpleQueue[_Work[object]],
        idle: deque[SimpleQueue[_Work[object]]],
    ) -> None:
        while True:
            work = inbox.get()
            work.do()
            idle.append(inbox)  # first: whoever waits may have the next one ready
            work.end()
            del work  # or the last result would be kept until the next one


_WORKERS = _Workers()
renewed_in_a_child(_WORKERS)


def threads_can_start() -> bool:
    """Whether this Python has threads; a browser's has none."""
    return _WORKERS.begin(_Work(_nothing))


def _nothing() -> None:
    """Work that is none."""


def shielded(work: Callable[[], T]) -> T:
    """What ``work`` returns, or raises.

    In the main thread another thread does it, and stop only ends the waiting.

    Raises:
        KeyboardInterrupt: a person pressed stop; the work goes on.
    """
    if get_ident() != threading.main_thread().ident:
        return work()  # signals are the main thread's
    job = _Work(work)
    if not _WORKERS.begin(job):
        return work()
    return job.result()

"""Work that may take a while, off the main loop: a thread does it, and the loop hears of its end.

A notebook's kernel runs cells on one asyncio loop, and widgets' callbacks on the same or on a
subshell's; whatever blocks it blocks them. The end is told to the loop that was running when the
work began. Where there is no loop to keep free (a plain script, a test), or no thread to be had
(Pyodide), the work is done at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


def main_loop() -> asyncio.AbstractEventLoop | None:
    """The loop that runs in this thread; None if there is none."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


class Job(Generic[T]):
    """One piece of work. ``done`` is called with this job, once, on the loop that was running when
    it began.

    ``result()`` gives what the work returned, or raises what it raised.
    """

    def __init__(self, work: Callable[[], T], done: Callable[[Job[T]], None]) -> None:
        self._work, self._done = work, done
        self._loop = main_loop()
        self._ended, self._untold = threading.Event(), threading.Lock()
        self._value: T | None = None
        self._error: BaseException | None = None

    def start(self) -> None:
        """Begin. Without a loop, or without threads, it has ended when this returns."""
        if self._loop is not None:
            # the context of this moment goes with it: a kernel keeps there which cell the output
            # belongs to
            context = contextvars.copy_context()
            with contextlib.suppress(RuntimeError):  # "can't start new thread": then here and now
                threading.Thread(target=context.run, args=(self._run,), daemon=True).start()
                return
        self.run()

    def run(self) -> None:
        """Do it here and now, and let ``done`` hear of it."""
        self._run()
        self._tell()

    def _run(self) -> None:
        try:
            self._value = self._work()
        except BaseException as error:  # noqa: BLE001  # whoever asks for the result gets it
            self._error = error
        self._ended.set()
        if self._loop is not None and threading.current_thread() is not threading.main_thread():
            self.on_loop(self._tell)

    def _tell(self) -> None:
        if self._untold.acquire(blocking=False):  # whoever comes first, from whichever thread
            self._done(self)

    def on_loop(self, call: Callable[[], None]) -> None:
        """Call this on the loop, soon; here, where there is none.

        For the work itself, to report how far it is.
        """
        if self._loop is None:
            call()
            return
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody is there to hear it
            self._loop.call_soon_threadsafe(call)

    @property
    def ended(self) -> bool:
        """Whether the work is over."""
        return self._ended.is_set()

    def wait(self) -> None:
        """Block until the work is over, and let ``done`` hear of it first."""
        self._ended.wait()
        self._tell()

    def result(self) -> T:
        """What the work returned. Raises what it raised."""
        assert self.ended
        if self._error is not None:
            raise self._error
        return self._value  # type: ignore[return-value]  # it ended without an error

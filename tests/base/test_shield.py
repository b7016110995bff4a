"""Work that pressing stop cannot cut in half."""

from __future__ import annotations

import contextvars
import os
import signal
import threading
from typing import Any

import pytest

from toolkit.base import shield
from toolkit.base.shield import shielded, threads_can_start


def test_the_result_and_the_error() -> None:
    """It gives what the work returned, and raises what it raised; another thread did it, in the caller's context."""
    variable = contextvars.ContextVar("variable", default=0)
    variable.set(7)
    assert shielded(
        lambda: (variable.get(), threading.current_thread() is threading.main_thread())
    ) == (7, False)
    with pytest.raises(ZeroDivisionError):
        shielded(lambda: 1 // 0)
    assert shielded(lambda: shielded(lambda: "inside")) == "inside"


def test_other_threads_do_it_themselves() -> None:
    """Signals are the main thread's: elsewhere the work is done at once."""
    seen: list[Any] = []
    thread = threading.Thread(
        target=lambda: seen.append(shielded(threading.current_thread) is threading.current_thread())
    )
    thread.start()
    thread.join(10)
    assert seen == [True]


def test_stop_ends_the_waiting_and_not_the_work() -> None:
    """The main thread is told at once; the work goes on to its end."""
    go_on, ended = threading.Event(), threading.Event()

    def work() -> None:
        os.kill(os.getpid(), signal.SIGINT)
        assert go_on.wait(10)
        ended.set()

    with pytest.raises(KeyboardInterrupt):
        shielded(work)
    assert not ended.is_set()
    go_on.set()
    assert ended.wait(10)
    assert shielded(lambda: 5) == 5
    assert threads_can_start()


def test_where_there_are_no_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a browser's kernel no thread can be started: the work is done here and now."""

    def refuse(*_: Any) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(shield, "start_new_thread", refuse)
    monkeypatch.setattr(shield._WORKERS, "_idle", type(shield._WORKERS._idle)())
    assert not threads_can_start()
    assert shielded(threading.current_thread) is threading.main_thread()


def test_a_child_has_threads_of_its_own() -> None:
    """No thread survives a fork, and none is waited for."""
    assert shielded(lambda: 1) == 1
    child = os.fork()
    if child == 0:
        signal.alarm(20)
        os._exit(shielded(lambda: 0))
    assert os.waitpid(child, 0)[1] == 0

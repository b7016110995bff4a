"""Work off the main loop: a thread does it, its end is heard once, on the loop, and errors reach whoever asks."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Callable
from typing import Any

import pytest

from toolkit.background import Job, main_loop


class Heard:
    """What ``done`` was told: how often, in which thread, and by which job."""

    def __init__(self) -> None:
        self.jobs: list[Job[Any]] = []
        self.threads: list[int] = []

    def __call__(self, job: Job[Any]) -> None:
        self.jobs.append(job)
        self.threads.append(threading.get_ident())


async def until(condition: Callable[[], object]) -> None:
    """Let the loop turn until it holds."""
    while not condition():
        await asyncio.sleep(0.001)


def raised(error: BaseException) -> Callable[[], Any]:
    def work() -> None:
        raise error

    return work


def test_a_loop_stays_free() -> None:
    """On a loop the work runs in another thread, and its end is heard once, on the loop's own."""
    heard, may_end = Heard(), threading.Event()

    def work() -> int:
        assert may_end.wait(10)
        return threading.get_ident()

    async def main() -> None:
        assert main_loop() is asyncio.get_running_loop()
        job = Job(work, heard)
        job.start()
        await asyncio.sleep(0)
        assert not job.ended  # and yet this line was reached
        may_end.set()
        await until(lambda: heard.jobs)
        await asyncio.sleep(0.01)
        assert heard.jobs == [job]
        assert heard.threads == [threading.get_ident()]
        assert job.result() != threading.get_ident()

    asyncio.run(main())


def test_waiting_on_the_loop() -> None:
    """Whoever waits on the loop's thread gets the end at once, and it is heard once all the same."""
    heard = Heard()

    async def main() -> None:
        job = Job(lambda: 7, heard)
        job.start()
        job.wait()
        assert heard.jobs == [job]
        await asyncio.sleep(0.01)  # the loop's own message arrives, and finds that all is said
        job.wait()
        assert heard.jobs == [job]
        assert heard.threads == [threading.get_ident()]
        assert job.result() == 7

    asyncio.run(main())


def test_heard_once_whoever_waits() -> None:
    """Twenty threads wait at once: the end is heard once."""
    heard, may_end, ready = Heard(), threading.Event(), threading.Barrier(21)

    async def main() -> None:
        job = Job(lambda: may_end.wait(10), heard)
        job.start()

        def waits() -> None:
            ready.wait(10)
            job.wait()

        threads = [threading.Thread(target=waits) for _ in range(20)]
        for thread in threads:
            thread.start()
        await asyncio.to_thread(ready.wait, 10)
        may_end.set()
        await until(lambda: not any(thread.is_alive() for thread in threads))
        await asyncio.sleep(0.01)
        assert heard.jobs == [job]

    asyncio.run(main())


ERRORS = [ValueError("no"), KeyboardInterrupt(), SystemExit(3)]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_errors_reach_the_result(error: BaseException) -> None:
    """Whatever the work raises is raised by result(), on a loop and without one, and the loop lives on."""

    async def main() -> None:
        heard = Heard()
        job = Job(raised(error), heard)
        job.start()
        await until(lambda: heard.jobs)
        with pytest.raises(type(error)):
            job.result()

    asyncio.run(main())
    heard = Heard()
    alone = Job(raised(error), heard)
    alone.start()
    assert heard.jobs == [alone]
    with pytest.raises(type(error)):
        alone.result()


def test_without_a_loop_it_is_done_at_once() -> None:
    """In a script there is nothing to keep free: once start() returns, it is over and heard."""
    heard = Heard()
    assert main_loop() is None
    job = Job(threading.get_ident, heard)
    assert not job.ended
    job.start()
    assert job.ended
    assert (heard.jobs, job.result()) == ([job], threading.get_ident())


def test_without_threads_it_is_done_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no thread can start (Pyodide), it is done here and now, and heard once."""
    heard = Heard()

    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    async def main() -> None:
        job = Job(threading.get_ident, heard)
        monkeypatch.setattr(threading.Thread, "start", refuse)
        job.start()
        monkeypatch.undo()
        assert heard.jobs == [job]
        assert job.result() == threading.get_ident()
        await asyncio.sleep(0.01)
        assert len(heard.jobs) == 1

    asyncio.run(main())
    asyncio_elsewhere = threading.Thread(target=lambda: asyncio.run(main()))  # a loop that is not the main thread's
    heard = Heard()
    asyncio_elsewhere.start()
    asyncio_elsewhere.join(10)
    assert len(heard.jobs) == 1


def test_an_error_of_the_work_is_no_lack_of_threads() -> None:
    """A RuntimeError of the work itself does not make it run twice."""
    times = []

    def work() -> None:
        times.append(1)
        raise RuntimeError("can't start new thread")

    async def main() -> None:
        heard = Heard()
        job = Job(work, heard)
        job.start()
        await until(lambda: heard.jobs)
        with pytest.raises(RuntimeError, match="new thread"):
            job.result()

    asyncio.run(main())
    assert len(times) == 1


def test_the_work_reports_on_the_loop() -> None:
    """What the work reports is called on the loop, in its order and before the end; without a loop at once."""
    told: list[tuple[str, int]] = []

    def work(job: Callable[[], Job[Any]]) -> None:
        for word in ("one", "two"):
            job().on_loop(lambda word=word: told.append((word, threading.get_ident())))  # type: ignore[misc]

    async def main() -> None:
        job: Job[None] = Job(lambda: work(lambda: job), lambda _: told.append(("end", threading.get_ident())))
        job.start()
        await until(lambda: len(told) == 3)

    asyncio.run(main())
    job: Job[None] = Job(lambda: work(lambda: job), lambda _: told.append(("end", threading.get_ident())))
    job.start()
    here = threading.get_ident()
    assert told == [(word, here) for word in ("one", "two", "end")] * 2


def test_a_loop_that_is_gone() -> None:
    """The loop closes meanwhile: the work ends in peace, and whoever waits for it still gets it."""
    may_end, heard, jobs = threading.Event(), Heard(), []

    async def main() -> None:
        jobs.append(Job(lambda: may_end.wait(10) and "done", heard))
        jobs[0].start()

    asyncio.run(main())
    may_end.set()
    jobs[0].on_loop(lambda: pytest.fail("nobody is there to hear it"))
    jobs[0].wait()
    assert (jobs[0].result(), heard.jobs) == ("done", jobs)


def test_the_context_goes_with_it() -> None:
    """The work sees the context of the moment it began: a kernel keeps there which cell its output belongs to."""
    cell: contextvars.ContextVar[str] = contextvars.ContextVar("cell", default="none")

    async def main() -> None:
        cell.set("this one")
        job = Job(cell.get, Heard())
        job.start()
        cell.set("the next one")
        job.wait()
        assert job.result() == "this one"

    asyncio.run(main())

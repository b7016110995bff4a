"""Many reads at once, with manners: when the service asks one of them to wait, all of them wait."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from msgspec.structs import replace

from toolkit.base.shield import threads_can_start
from toolkit.base.validate import whole_number
from toolkit.errors import InputError
from toolkit.request.call import Call
from toolkit.request.exchange import Exchange
from toolkit.transport.retry import TRIES, retry_after_s, wait_s

T = TypeVar("T")
MOST_AT_ONCE = 32
TOO_MANY_REQUESTS = 429  # HTTP: asked too often
SHORT_PAUSE_S = 0.3  # after a failure that has nothing to do with asking too often
LONGEST_PAUSE_S = 60.0  # between reads, however often the service complains


def must_be_reads(calls: Sequence[Call[Any]], name: str) -> None:
    """Raises InputError for a call that changes something."""
    for call in calls:
        if call.operation.changes:
            raise InputError(
                f"{name} is for reads; {call.operation.name} changes something.",
                hint="Use client.send.",
            )


def send_many(
    ask: Callable[[Call[T]], Exchange[T]],
    calls: Sequence[Call[T]],
    concurrency: int,
    progress: bool,
    sleep: Callable[[float], None],
    now_ms: Callable[[], int],
) -> list[Exchange[T]]:
    """Their exchanges, in the order of the calls. See ``Client.send_many``.

    ``ask`` sends once; the tries are made here.

    Raises:
        InputError: a ``concurrency`` that is not from 1 to 32.
    """
    if not 1 <= whole_number(concurrency, "concurrency") <= MOST_AT_ONCE:
        raise InputError(
            f"concurrency must be from 1 to {MOST_AT_ONCE}.",
            hint="4 is polite.",
        )
    if not calls:
        return []
    limiter = RateLimiter(sleep)

    def asked(call: Call[T]) -> Exchange[T]:
        return _asked(call, ask, limiter, now_ms)

    if threads_can_start():
        return _at_once(asked, calls, concurrency, progress)
    return _one_by_one(asked, calls, progress)


def _one_by_one(
    asked: Callable[[Call[T]], Exchange[T]], calls: Sequence[Call[T]], progress: bool
) -> list[Exchange[T]]:
    """In a browser's kernel, which has no threads. Nothing is drawn there that needs one."""
    from tqdm import tqdm

    tqdm.monitor_interval = 0  # a thread of tqdm's own
    return [asked(call) for call in tqdm(calls, unit="read", delay=1, disable=not progress)]


def _at_once(
    asked: Callable[[Call[T]], Exchange[T]],
    calls: Sequence[Call[T]],
    concurrency: int,
    progress: bool,
) -> list[Exchange[T]]:
    # these two are slow to load, and seldom needed
    from concurrent.futures import ThreadPoolExecutor, as_completed

    from tqdm.auto import tqdm

    with (
        ThreadPoolExecutor(concurrency) as pool,
        tqdm(total=len(calls), unit="read", delay=1, disable=not progress) as bar,
    ):
        futures = [pool.submit(asked, call) for call in calls]
        try:
            for _ in as_completed(futures):
                bar.update()
        except BaseException:  # a person pressed stop: what has not begun does not begin
            for future in futures:
                future.cancel()
            raise
        return [future.result() for future in futures]


def _asked(
    call: Call[T],
    ask: Callable[[Call[T]], Exchange[T]],
    limiter: RateLimiter,
    now_ms: Callable[[], int],
) -> Exchange[T]:
    """One of them, with its tries."""
    for tries in range(1, TRIES + 1):
        limiter.wait()
        exchange = ask(call)
        if tries > 1:
            exchange = replace(exchange, tries=tries)
        wait = wait_s(exchange, now_ms(), longest_s=LONGEST_PAUSE_S)
        is_last = tries == TRIES or wait is False
        if exchange.status == TOO_MANY_REQUESTS:
            # for the others too, even if this one gives up
            limiter.slow_down(retry_after_s(exchange, now_ms()))
        else:
            limiter.speed_up()
            if not is_last:
                limiter.pause(SHORT_PAUSE_S)
        if is_last:
            break
    return exchange


class RateLimiter:
    """Everybody passes here before asking.

    A refusal for asking too often closes it for a while, for all.
    """

    def __init__(self, sleep: Callable[[float], None]) -> None:
        self._sleep = sleep
        self._passing = threading.Lock()  # held by the one who waits
        self._owing = threading.Lock()  # for the two below
        self._growing_s = 0.0
        self._owed_s = 0.0

    def wait(self) -> None:
        """Pass, once it is open."""
        with self._passing:  # held while waiting: those behind wait too, and only once
            with self._owing:
                owed_s = self._owed_s
                self._owed_s = 0.0
            if owed_s:
                self._sleep(owed_s)

    def slow_down(self, wanted_s: float | None) -> None:
        """The service asks to wait so long; None: it does not say how long."""
        with self._owing:
            if not self._owed_s:  # the refusals of one burst are one
                self._growing_s = min(max(1.0, 2 * self._growing_s), LONGEST_PAUSE_S)
            if wanted_s is None:
                wanted_s = self._growing_s
            self._owed_s = max(self._owed_s, min(wanted_s, LONGEST_PAUSE_S))

    def pause(self, seconds: float) -> None:
        """The next one waits so long at least."""
        with self._owing:
            self._owed_s = max(self._owed_s, seconds)

    def speed_up(self) -> None:
        """The service has answered: the pauses begin to grow from the shortest again."""
        with self._owing:
            self._growing_s = 0.0

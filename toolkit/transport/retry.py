"""When another try is worth it.

Reads may be asked again; a change only where it provably was not processed.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from typing import TypeVar

from toolkit.base.times import of_http_date
from toolkit.errors import NoAnswer, NotSent
from toolkit.request.exchange import Exchange
from toolkit.transport.cancel import CANCELLED

T = TypeVar("T")
# seconds, as a fraction too; a proxy that adds its own makes a list of them
_SECONDS = re.compile(r"[0-9]+(?:\.[0-9]+)?(?:\s*,\s*[0-9]+(?:\.[0-9]+)?)*")
TRIES = 3
LONGEST_WAIT_S = 10.0  # a Retry-After beyond this is told, not obeyed
TRANSIENT = (408, 425, 429, 500, 502, 503, 504)


def wait_s(exchange: Exchange[T], now_ms: int, longest_s: float = LONGEST_WAIT_S) -> bool | float:
    """When to try again.

    False: not at all. True: after the usual pause. A number: the seconds that the service asks for.
    """
    if isinstance(exchange.error, NotSent):
        return exchange.error.cause != CANCELLED  # that was a person, who means it
    if exchange.prepared.call.operation.changes:
        return False
    if isinstance(exchange.error, NoAnswer):
        return True
    if exchange.error is None or exchange.status not in TRANSIENT:
        return False
    wanted_s = retry_after_s(exchange, now_ms)
    if wanted_s is None:
        return True
    if wanted_s > longest_s:
        return False
    return wanted_s


def retry_after_s(exchange: Exchange[T], now_ms: int) -> float | None:
    """Seconds that the answer's ``Retry-After`` asks to wait; None where it asks for nothing.

    A date is one by the service's clock, so it is read against the answer's own ``Date``; against
    ``now_ms``, Unix milliseconds of this computer's clock, where the answer has none.
    """
    text = (exchange.header("Retry-After") or "").strip()
    if _SECONDS.fullmatch(text):
        return max(map(float, text.split(",")))
    until_ms = of_http_date(text)
    if until_ms is None:
        return None
    answered_ms = of_http_date(exchange.header("Date") or "")
    if answered_ms is None:
        answered_ms = now_ms
    return max(0.0, (until_ms - answered_ms) / 1000)


def again(
    first: Exchange[T],
    attempt: Callable[[int], Exchange[T]],
    now_ms: Callable[[], int],
) -> Exchange[T]:
    """Try up to three times in all, with growing pauses and jitter.

    ``attempt`` gets the number of the try.
    """
    if wait_s(first, now_ms()) is False:
        return first
    import stamina  # a tenth of a second to load: only once something went wrong

    # its notices go to whoever configured logging
    logging.getLogger("stamina").addHandler(logging.NullHandler())
    tried = [first]

    def pause(error: Exception) -> bool | float:
        return isinstance(error, _Unsettled) and wait_s(tried[-1], now_ms())

    try:
        for context in stamina.retry_context(
            on=pause,
            attempts=TRIES,
            timeout=None,
            wait_initial=0.2,
            wait_max=LONGEST_WAIT_S,
            wait_jitter=0.2,
        ):
            with context:
                if context.num > 1:
                    tried.append(attempt(context.num))
                if wait_s(tried[-1], now_ms()) is not False:
                    raise _Unsettled
    except _Unsettled:
        pass
    return tried[-1]


class _Unsettled(Exception):
    """This try settled nothing."""

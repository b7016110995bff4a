"""Time as a service writes it, in Unix milliseconds, and as people read it."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

WORTH_A_WORD_MS = 30_000  # clocks that are further apart than this are worth a sentence
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# What a calendar has: the years 1 to 9999.
EARLIEST_MS = -62_135_596_800_000
LATEST_MS = 253_402_300_800_000
DAY_MS = 86_400_000
_MINUTE_S = 60
_HOUR_S = 3_600
_DAY_S = 86_400


def wall_clock_ms() -> int:
    """Now, by this computer's clock, in Unix milliseconds."""
    return time.time_ns() // 1_000_000


def of_http_date(text: str) -> int | None:
    """An HTTP date in Unix milliseconds (whole seconds); None for anything else.

    One without a zone is UTC, as HTTP has it (RFC 9110, 5.6.7), wherever this computer is.
    """
    try:
        date = parsedate_to_datetime(text)
        if date.tzinfo is None:
            date = date.replace(tzinfo=UTC)
        seconds = int(date.timestamp())
    except (ValueError, TypeError, OverflowError):
        return None
    return seconds * 1000


def moment(milliseconds: int, form: str) -> str:
    """A moment in words: Unix milliseconds as ``strftime`` writes them, ``09:00 UTC``.

    Whatever a service says: ``year 10000 or later`` where no calendar has it.
    """
    if milliseconds >= LATEST_MS:
        return "year 10000 or later"
    if milliseconds < EARLIEST_MS:
        return "before the year 1"
    return f"{EPOCH + timedelta(milliseconds=milliseconds):{form}} UTC"


def day(milliseconds: int | None) -> str:
    """A day and its minute in words: ``Sat 21 Nov 2026, 09:00 UTC``; ``not said`` for none."""
    if not milliseconds:
        return "not said"
    return moment(milliseconds, "%a %d %b %Y, %H:%M")


def span(milliseconds: int) -> str:
    """A length of time in words, by its two largest units: ``24 h 0 min``, ``0.2 s``."""
    seconds = abs(milliseconds) // 1000
    if seconds < _MINUTE_S:
        return f"{abs(milliseconds) / 1000:.1f} s"
    if seconds < _HOUR_S:
        return f"{seconds // _MINUTE_S} min {seconds % _MINUTE_S} s"
    if seconds < 2 * _DAY_S:
        return f"{seconds // _HOUR_S} h {seconds % _HOUR_S // _MINUTE_S} min"
    if seconds > LATEST_MS // 1000:
        return "thousands of years"
    return f"{seconds // _DAY_S} days {seconds % _DAY_S // _HOUR_S} h"


def apart(skew_ms: int) -> str:
    """How far two clocks are apart in words, given the service's clock minus this computer's."""
    if abs(skew_ms) < 1000:
        return "This computer's clock and the service's agree to the second."
    side = "ahead of"
    if skew_ms > 0:
        side = "behind"
    return f"This computer's clock is {span(skew_ms)} {side} the service's."

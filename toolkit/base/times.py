"""Time, in Unix milliseconds, and how far two clocks are apart, in words."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

WORTH_A_WORD_MS = 30_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EARLIEST_MS, LATEST_MS = (
    -62_135_596_800_000,
    253_402_300_800_000,
)  # what a calendar has: the years 1 to 9999


def wall_clock_ms() -> int:
    """Unix time in milliseconds."""
    return time.time_ns() // 1_000_000


def of_http_date(text: str) -> int | None:
    """An HTTP date as Unix milliseconds (whole seconds); None for anything else."""
    try:
        return int(parsedate_to_datetime(text).timestamp()) * 1000
    except (ValueError, TypeError, OverflowError):
        return None


def moment(milliseconds: int, form: str) -> str:
    """A moment in UTC, as ``strftime`` has it, whatever a service says: in words where no calendar has it."""
    if milliseconds >= LATEST_MS:
        return "year 10000 or later"
    if milliseconds < EARLIEST_MS:
        return "before the year 1"
    return f"{EPOCH + timedelta(milliseconds=milliseconds):{form}} UTC"


def day(milliseconds: int | None) -> str:
    """A moment as people read it, ``Sat 21 Nov 2026, 09:00 UTC``; ``not said`` for none."""
    return moment(milliseconds, "%a %d %b %Y, %H:%M") if milliseconds else "not said"


def span(milliseconds: int) -> str:
    """A length of time, in the two largest units that matter: ``24 h 0 min``, ``3 min 20 s``, ``0.2 s``."""
    size = abs(milliseconds) // 1000
    if size < 60:
        return f"{abs(milliseconds) / 1000:.1f} s"
    if size < 3600:
        return f"{size // 60} min {size % 60} s"
    if size < 48 * 3600:
        return f"{size // 3600} h {size % 3600 // 60} min"
    if size > LATEST_MS // 1000:
        return "thousands of years"
    return f"{size // 86_400} days {size % 86_400 // 3600} h"


def apart(skew_ms: int) -> str:
    """How this computer's clock differs, given the service's clock minus ours."""
    if abs(skew_ms) < 1000:
        return "This computer's clock and the service's agree to the second."
    return f"This computer's clock is {span(skew_ms)} {'behind' if skew_ms > 0 else 'ahead of'} the service's."

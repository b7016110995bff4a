"""Lengths of time in words."""

from __future__ import annotations

import time

import pytest

from toolkit.base.times import apart, of_http_date, span

SPANS = [
    (0, "0.0 s"), (240, "0.2 s"), (-59_900, "59.9 s"), (60_000, "1 min 0 s"), (3_599_000, "59 min 59 s"), (3_600_000, "1 h 0 min"),
    (86_400_000, "24 h 0 min"), (172_800_000, "2 days 0 h"), (-1_000 * 86_400_000, "1000 days 0 h"),
]  # fmt: skip


@pytest.mark.parametrize(("milliseconds", "words"), SPANS)
def test_spans(milliseconds: int, words: str) -> None:
    """The two largest units that matter."""
    assert span(milliseconds) == words


def test_apart() -> None:
    """A service that is ahead means that this computer is behind."""
    assert apart(5_000) == "This computer's clock is 5.0 s behind the service's."
    assert apart(-5_000) == "This computer's clock is 5.0 s ahead of the service's."
    assert "agree" in apart(0)


def test_http_dates() -> None:
    """An HTTP date is a moment; anything else is none."""
    assert of_http_date("Fri, 20 Nov 2026 13:00:00 GMT") == 1_795_179_600_000
    for text in ("", "yesterday", "Fri, 99 Nov 2026 13:00:00 GMT"):
        assert of_http_date(text) is None


DATES = [
    "Fri, 20 Nov 2026 13:00:00 GMT", "Fri, 20 Nov 2026 13:00:00", "Fri, 20 Nov 2026 13:00:00 -0000",
    "Fri, 20 Nov 2026 14:00:00 +0100", "Friday, 20-Nov-26 13:00:00 GMT", "Fri Nov 20 13:00:00 2026",
]  # fmt: skip


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Kolkata"])
@pytest.mark.parametrize("text", DATES)
def test_http_dates_are_utc(monkeypatch: pytest.MonkeyPatch, text: str, zone: str) -> None:
    """A date without a zone is UTC (RFC 9110), wherever this computer stands; so are the two obsolete forms."""
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        assert of_http_date(text) == 1_795_179_600_000
    finally:
        monkeypatch.undo()
        time.tzset()

"""Lengths of time in words."""

from __future__ import annotations

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

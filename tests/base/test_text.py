"""Numbers of things in words."""

from __future__ import annotations

import pytest

from toolkit.base.text import plural


@pytest.mark.parametrize(
    ("count", "words"), [(0, "no pages"), (1, "1 page"), (2, "2 pages"), (400, "400 pages")]
)
def test_plural(count: int, words: str) -> None:
    """One thing is one; none is said as none."""
    assert plural(count, "page") == words

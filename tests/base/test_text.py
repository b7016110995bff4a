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


@pytest.mark.parametrize(
    ("thing", "words"), [("policy", "2 policies"), ("API key", "2 API keys"), ("day", "2 days")]
)
def test_plural_of_words_in_y(thing: str, words: str) -> None:
    """A word in y after a consonant ends in ies."""
    assert plural(2, thing) == words

"""Values where they enter: what only looks right is refused by name."""

from __future__ import annotations

import pytest

from toolkit.base.validate import text, texts, whole_number
from toolkit.errors import InputError


@pytest.mark.parametrize("bad", [True, False, 2.0, float("nan"), "2", None])
def test_whole_numbers(bad: object) -> None:
    """Bools, floats, NaN, texts and nothing are no whole numbers; ints are."""
    assert whole_number(2, "threshold") == 2
    with pytest.raises(InputError, match="threshold must be a whole number"):
        whole_number(bad, "threshold")


@pytest.mark.parametrize("bad", [b"x", None, 7])
def test_text(bad: object) -> None:
    """Only str is text."""
    assert text("x", "name") == "x"
    with pytest.raises(InputError, match="name must be text"):
        text(bad, "name")


@pytest.mark.parametrize("bad", ["abc", b"abc", 5, None, [1], ["a", None]])
def test_texts(bad: object) -> None:
    """A list of texts is a list of texts; one text alone would be split into letters."""
    assert texts(["a", "b"], "ids") == texts((name for name in "ab"), "ids") == ("a", "b")
    with pytest.raises(InputError, match="ids"):
        texts(bad, "ids")

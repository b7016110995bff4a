"""An explanation shows where two texts differ, and never more than may be shown."""

from __future__ import annotations

import pytest

from toolkit.emulator.explanation import HEADER_LIMIT, NAMES, Explanation, header
from toolkit.emulator.masking import MASK


@pytest.mark.parametrize(
    ("signed", "built", "at"),
    [
        ("a|b", "a|c", 2),
        ("a", "ab", 1),
        ("ab", "a", 1),
        ("x", "a", 0),
        ("", "a", 0),
    ],
)
def test_the_first_difference(signed: str, built: str, at: int) -> None:
    """It is counted in characters, and at the end of the shorter one at last."""
    explanation = Explanation.of("wrong-nonce", built, signed)
    assert explanation.at == at
    assert f"first difference: character {at}" in str(explanation)


def test_the_same_text() -> None:
    """Where the right text was signed there is no difference to show."""
    for signed in (None, "a"):
        explanation = Explanation.of("high-s", "a", signed, detail="More.")
        assert (explanation.at, explanation.signed) == (None, "")
        assert str(explanation) == f"high-s: {NAMES['high-s']}\nMore."


def test_what_lies_around_it() -> None:
    """Of long texts the surroundings of the difference are shown."""
    explanation = Explanation.of("wrong-nonce", "." * 100 + "a" + "." * 100, "." * 200)
    assert f"you signed     …{'.' * 80}…" in str(explanation)
    assert f"emulator built …{'.' * 40}a{'.' * 39}…" in str(explanation)


def test_masked() -> None:
    """Credentials and secrets go, and the difference is where it is now."""
    explanation = Explanation.of("wrong-nonce", "?token=secret&x=1", "?token=other&x=2", "secret")
    masked = explanation.masked(lambda text: text.replace("secret", MASK))
    assert masked.built == f"?token={MASK}&x=1"
    assert masked.signed == f"?token={MASK}&x=2"
    assert masked.at == len(masked.built) - 1
    assert masked.detail == MASK


def test_as_a_header() -> None:
    """ASCII in one line, of bounded length, whatever was signed."""
    value = header(Explanation.of("wrong-nonce", "é\n" * 5_000, "\ud800"))
    assert value.isascii()
    assert value.isprintable()
    assert len(value) <= 9 * HEADER_LIMIT


def test_sentences() -> None:
    """Each name has a sentence."""
    assert all(sentence.endswith(".") for sentence in NAMES.values())

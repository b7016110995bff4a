"""Base58: bytes and their spelling, there and back."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from toolkit.keys import base58


@given(st.binary(min_size=1, max_size=100))
def test_there_and_back(content: bytes) -> None:
    """Whatever bytes are spelled, zeros in front too, are read again."""
    assert base58.decoded(base58.encoded(content)) == content


def test_known_answers() -> None:
    """As in the test vectors of Bitcoin Core."""
    assert base58.encoded(bytes.fromhex("516b6fcd0f")) == "ABnLTmg"
    assert base58.encoded(bytes.fromhex("00000000000000000000")) == "1111111111"
    assert base58.encoded(b"") == ""

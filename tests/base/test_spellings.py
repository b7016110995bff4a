"""What a text stands for, and what of a secret is always there in base64."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.base.spellings import bytes_meant, in_base64


@pytest.mark.parametrize(
    ("text", "content"),
    [
        ("00ff", b"\x00\xff"),
        ("00FF", b"\x00\xff"),
        ("AP8=", b"\x00\xff"),
        ("AP8", b""),  # no padding
        ("not base64!", b""),
        ("é", b""),
        ("", b""),
    ],
)
def test_bytes_meant(text: str, content: bytes) -> None:
    """Hex of either case and padded base64 stand for bytes; another text does not."""
    assert bytes_meant(text) == content


@given(st.binary(max_size=5), st.binary(min_size=6, max_size=40), st.binary(max_size=5))
def test_in_base64(before: bytes, secret: bytes, after: bytes) -> None:
    """Wherever the bytes stand among others, one of the texts is in the base64 of the whole."""
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        whole = encode(before + secret + after).decode()
        assert any(text in whole for text in in_base64(secret))


def test_nothing_around_it() -> None:
    """Bytes that differ from the first to the last have no text in common."""
    one = set(in_base64(b"\x00" * 12))
    other = set(in_base64(b"\xff" * 12))
    assert not one & other

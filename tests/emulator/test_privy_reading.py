"""The emulated Privy reads leniently and judges in its own words."""

from __future__ import annotations

from typing import Any

import pytest

from toolkit.emulator.choices import Choices
from toolkit.emulator.core import Received, Refusal
from toolkit.emulator.privy_reading import fingerprint, object_of, texts, threshold
from toolkit.keys import P256Key


def received(body: bytes) -> Received:
    return Received("POST", "https", "h", "/v1/key_quorums", (), body)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"{", "not JSON"),
        (b"", "not JSON"),
        (b"[" * 10_000, "not JSON"),
        (b'{"name": "\\ud800"}', "not JSON"),
        (b'{"name": NaN}', "not JSON"),
        (b"[]", "must be an object"),
        (b'{"name": 1, "colour": 2}', "Unrecognized key: colour"),
    ],
)
def test_bodies_that_are_refused(body: bytes, words: str) -> None:
    """Each with 400, and the code that is seen live."""
    with pytest.raises(Refusal, match=words) as caught:
        object_of(received(body), ("name",), Choices())
    assert (caught.value.status, caught.value.code) == (400, "invalid_data")


def test_a_body() -> None:
    """Numbers are read as Privy reads them: 2.0 stays a float that is whole."""
    assert object_of(received(b'{"a": 2.0, "b": null}'), ("a", "b"), Choices()) == {
        "a": 2.0,
        "b": None,
    }


@pytest.mark.parametrize("value", [None, "a", 5, ["a", 5], [""], {"a": "b"}])
def test_no_list_of_texts(value: Any) -> None:
    """Only an array of strings is one, and an empty string is none."""
    with pytest.raises(Refusal, match="x must be an array of strings"):
        texts(value, "x")


@pytest.mark.parametrize("value", [True, "2", None, 0, 4, -1, 2.5, float("inf"), float("nan")])
def test_no_threshold(value: Any) -> None:
    """A threshold is a whole number of members."""
    with pytest.raises(Refusal, match="from 1 to 3"):
        threshold(value, 3)


def test_thresholds() -> None:
    """2.0 is 2, and an int."""
    assert [threshold(value, 3) for value in (1, 2.0, 3)] == [1, 2, 3]
    assert type(threshold(2.0, 3)) is int


def test_fingerprints() -> None:
    """A key is the same in any spelling; what is none is named by its place."""
    key = P256Key.generate().public
    assert fingerprint(key.to_base64(), "here") == key.fingerprint
    with pytest.raises(Refusal, match=r"public_keys\[3\] is not"):
        fingerprint("x", "public_keys[3]")

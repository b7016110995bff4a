"""What arrives at a webhook endpoint, read as it arrived: headers of every framework, one value each."""

from __future__ import annotations

from typing import Any

import pytest

from toolkit.errors import InputError, WebhookRefused
from toolkit.transport.webhooks import Posted, must_be_fresh

READ: list[tuple[str, Any, bool, str]] = [
    ("one", {"A-B": " 1 "}, False, "1"),
    ("the other spelling", {"a_b": "1"}, False, "1"),
    ("both alike", {"A-B": "1", "A_B": "1"}, False, "1"),
    ("one of them empty", {"A-B": "", "A_B": "1"}, False, "1"),
    ("pairs, twice alike", [("a-b", "1"), ("A-B", "1")], False, "1"),
    ("joined by a server", [("a_b", "1,1")], True, "1"),
    ("a comma that is its own", {"a-b": "v1,x"}, False, "v1,x"),
]


@pytest.mark.parametrize(
    ("headers", "joined", "value"), [case[1:] for case in READ], ids=[case[0] for case in READ]
)
def test_a_header_is_read(headers: Any, joined: bool, value: str) -> None:
    """In any case and either spelling, however often it says the same."""
    assert Posted.of(b"", headers).header("A_B", "A-B", joined=joined) == value


@pytest.mark.parametrize(
    ("headers", "cause"),
    [
        ({}, "header-missing"),
        ({"A-B": " "}, "header-missing"),
        ({"A-B": "1", "A_B": "2"}, "header-malformed"),
    ],
)
def test_a_header_that_says_nothing_or_two_things(headers: Any, cause: str) -> None:
    """Nobody chooses between two values."""
    with pytest.raises(WebhookRefused, match="A_B or A-B") as caught:
        Posted.of(b"", headers).header("A_B", "A-B")
    assert caught.value.cause == cause


@pytest.mark.parametrize("body", [b"a", bytearray(b"a"), memoryview(b"a"), "a"])
def test_bodies(body: Any) -> None:
    """Bytes of every kind, and text that nobody has parsed."""
    assert Posted.of(body, {}).body == b"a"


@pytest.mark.parametrize("body", [None, {}, [1], 1])
def test_no_bodies(body: Any) -> None:
    """What was parsed cannot be proven any more."""
    with pytest.raises(InputError, match="raw bytes"):
        Posted.of(body, {})


@pytest.mark.parametrize("apart_ms", [-300_000, 0, 300_000])
def test_fresh(apart_ms: int) -> None:
    """Up to the limit in either direction; the moment comes back."""
    assert must_be_fresh(1_000_000 + apart_ms, 1_000_000, 300.0) == 1_000_000


@pytest.mark.parametrize("apart_ms", [-300_001, 300_001])
def test_not_fresh(apart_ms: int) -> None:
    """Beyond it nothing is believed, unless any age is."""
    with pytest.raises(WebhookRefused, match=r"5 min 0 s (before|after) the time of this computer"):
        must_be_fresh(1_000_000 + apart_ms, 1_000_000, 300.0)
    assert must_be_fresh(1_000_000 + apart_ms, 1_000_000, None) == 1_000_000

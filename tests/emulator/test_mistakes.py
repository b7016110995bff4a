"""The texts that may have been signed by mistake: named, made of the request, and bounded."""

from __future__ import annotations

import json

import pytest

from toolkit.emulator.core import Received
from toolkit.emulator.explanation import NAMES
from toolkit.emulator.limits import EXPLAIN_NESTING
from toolkit.emulator.mistakes import NEAR_MS, bodies, cobo_texts, privy_texts

BODY = b'{"name": "\xc3\xa9", "n": 2, "list": [1.0, {"a": null}]}'
HEADERS = (("privy-app-id", "app"), ("privy-request-expiry", "1700000000000"))


def received(**changed: object) -> Received:
    facts = {
        "method": "POST",
        "scheme": "https",
        "host": "h:1",
        "target": "/v2/a%20b/?y=1&x=a+b",
        "headers": HEADERS,
        "body": BODY,
    }
    return Received(**(facts | changed))  # type: ignore[arg-type]


REQUESTS = [
    received(),
    received(target="/v1/x", body=b"", headers=()),
    received(body=b"{"),
    received(body=b"{}"),
    received(method="GET", target="/", body=b"\xff"),
]


@pytest.mark.parametrize("request_", REQUESTS, ids=range(len(REQUESTS)))
def test_each_has_a_name(request_: Received) -> None:
    """Whatever the request, each candidate is a mistake that can be explained, and a text."""
    candidates = [*cobo_texts(request_, "1700000000000", NEAR_MS), *privy_texts(request_)]
    assert candidates
    for name, text in candidates:
        assert name in NAMES
        assert isinstance(text, str)


def test_likelier_ones_first() -> None:
    """The search for another nonce is the longest: it comes last, nearest first."""
    names = [name for name, _ in cobo_texts(received(), "1700000000000", NEAR_MS)]
    first = names.index("wrong-nonce")
    assert set(names[first:]) == {"wrong-nonce"}
    assert len(names[first:]) == 3 + 2 * NEAR_MS
    texts = [text for _, text in cobo_texts(received(), "1700000000000", NEAR_MS)]
    assert "|1699999999999|" in texts[first + 3]
    assert "|1700000000001|" in texts[first + 4]


def test_bodies_say_the_same() -> None:
    """Another spelling of a body is the same JSON, but for a body that was left out."""
    value = json.loads(BODY)
    spelled = list(bodies(BODY.decode()))
    assert len(spelled) > 100
    for name, text in spelled:
        if name == "body-missing":
            assert text == ""
        else:
            assert json.loads(text) == value


def test_deep_bodies_are_left_alone() -> None:
    """What would grow with every level is not written again."""
    deep = "[" * (EXPLAIN_NESTING + 2) + "]" * (EXPLAIN_NESTING + 2)
    assert [name for name, _ in bodies(deep)] == ["body-missing"]
    assert list(privy_texts(received(body=deep.encode()))) == []

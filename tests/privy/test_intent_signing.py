"""What a member signs of an intent: the request behind it, as any signed request of Privy's."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from tests.samples import KEYS
from toolkit import privy
from toolkit.errors import InputError
from toolkit.keys import Ed25519Key
from toolkit.privy import signing
from toolkit.privy.intents import IntentRequestDetails

URL = "https://api.privy.io/v1/key_quorums/q"
INTENT = privy.Intent(
    intent_id="i",
    intent_type="KEY_QUORUM",
    status="pending",
    resource_id="q",
    created_at=1_795_000_000_000,
    expires_at=1_795_259_200_000,
    custom_expiry=False,
    authorization_details=[],
    request_details=IntentRequestDetails(method="PATCH", url=URL, body={"b": 2.0, "a": "é"}),
)


def test_the_message() -> None:
    """RFC 8785 JSON of method, URL, body and app id; the expiry is signed only where it is asked for."""
    head = '{"body":{"a":"é","b":2},"headers":{"privy-app-id":"app"'
    tail = f'}},"method":"PATCH","url":"{URL}","version":1}}'
    assert privy.intent_message(INTENT, "app") == head + tail
    expiry = ',"privy-request-expiry":"1795259200000"'
    assert privy.intent_message(INTENT, "app", with_expiry=True) == head + expiry + tail


def test_the_message_is_that_of_the_request_itself() -> None:
    """A member signs what it would sign for the change itself, without an expiry."""
    body, headers = INTENT.request_details.body, {"privy-app-id": "app"}
    assert privy.intent_message(INTENT, "app") == signing.message("PATCH", URL, headers, body)


def test_a_signature() -> None:
    """It holds for the member's key over the message, and says when it was made."""
    given = privy.sign_intent(INTENT, KEYS[0], "app", now_ms=5)
    message = privy.intent_message(INTENT, "app").encode()
    assert KEYS[0].public.verify(base64.b64decode(given.signature), message)
    assert not KEYS[1].public.verify(base64.b64decode(given.signature), message)
    assert given.timestamp == 5


WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("an id", {"intent": "i"}, "privy.Intent"),
    ("another curve", {"key": Ed25519Key.generate()}, "P256Key signs"),
    ("a public half", {"key": KEYS[0].public}, "P256Key signs"),
    ("no app", {"app_id": None}, "app_id"),
    ("no moment", {"now_ms": 1.5}, "now_ms"),
]


@pytest.mark.parametrize(
    ("changed", "text"), [case[1:] for case in WRONG], ids=[case[0] for case in WRONG]
)
def test_wrong_arguments(changed: dict[str, Any], text: str) -> None:
    """What cannot be signed is refused by name."""
    arguments: dict[str, Any] = {"intent": INTENT, "key": KEYS[0], "app_id": "app"}
    with pytest.raises(InputError, match=text):
        privy.sign_intent(**arguments | changed)

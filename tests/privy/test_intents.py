"""Intents as values: what Privy's pages show is read, and no signature is ever shown."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from toolkit import privy
from toolkit.errors import InputError
from toolkit.privy.intents import Intent, IntentAuthorizeInput

#: As Privy's page *Fetch intent* shows one, with what its OpenAPI file requires beside that.
SHOWN: dict[str, Any] = {
    "intent_id": "clpq1234567890abcdefghij",
    "intent_type": "RPC",
    "created_by_display_name": "developer@example.com",
    "created_by_id": "did:privy:clabcd123",
    "created_at": 1741834854578,
    "resource_id": "xs76o3pi0v5syd62ui1wmijw",
    "authorization_details": [
        {
            "members": [
                {"type": "user", "user_id": "did:privy:clabcd123", "signed_at": None},
                {
                    "type": "key_quorum",
                    "key_quorum_id": "q",
                    "threshold": 1,
                    "threshold_met": True,
                    "members": [{"type": "key", "public_key": "MFkw", "signed_at": 1}],
                },
            ],
            "threshold": 1,
            "display_name": "Admin Key Quorum",
        }
    ],
    "status": "pending",
    "custom_expiry": False,
    "expires_at": 1741921254578,
    "request_details": {"method": "POST", "url": "https://api.privy.io/v1/…", "body": {"a": [1]}},
}
QUORUM = {"id": "q", "authorization_keys": [], "user_ids": ["did:privy:x"]}


def read(**changed: Any) -> Intent:
    return msgspec.convert(SHOWN | changed, Intent)


def test_what_the_pages_show() -> None:
    """The documented example is read, nested members and a foreign request included."""
    intent = read()
    (details,) = intent.authorization_details
    nested = details.members[1].members
    assert nested is not None
    assert nested[0].signed_at == 1
    assert (intent.request_details.body, intent.current) == ({"a": [1]}, None)


def test_what_it_is_about() -> None:
    """The quorum that an intent is about is a quorum; one that was deleted is none."""
    quorum = read(intent_type="KEY_QUORUM", current_resource_data=QUORUM).current
    assert quorum == privy.KeyQuorum(id="q", authorization_keys=[], user_ids=["did:privy:x"])
    assert read(intent_type="KEY_QUORUM").current is None


def test_the_card() -> None:
    """It shows what would be done and who has signed, each once, and no raw data of the quorum."""
    card = read(intent_type="KEY_QUORUM", current_resource_data=QUORUM)._repr_html_()
    for part in ("POST https://api.privy.io", "did:privy:clabcd123", "not yet", "01 Jan 1970"):
        assert part in card
    assert "authorization_keys" not in card


def test_a_signature_is_not_shown() -> None:
    """Neither the line nor the card of an authorization has its signature."""
    given = IntentAuthorizeInput(signature="MEUCIQDsecret", timestamp=1)
    for shown in (repr(given), str(given), f"{given}", given._repr_html_()):
        assert "MEUCIQDsecret" not in shown
        assert "••••" in shown


@pytest.mark.parametrize("fields", [{"signature": b"x"}, {"timestamp": 1.0}, {"timestamp": True}])
def test_wrong_values(fields: Any) -> None:
    """What is no text and no whole number is refused where it enters."""
    with pytest.raises(InputError):
        IntentAuthorizeInput(**{"signature": "x", "timestamp": 1} | fields)

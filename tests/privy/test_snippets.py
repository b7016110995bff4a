"""Privy's snippets, as they read. That they work is proven in tests/conformance/test_snippets.py."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from toolkit import privy
from toolkit.emulator import Emulator
from toolkit.privy import snippets
from toolkit.request.prepared import Prepared

RENAMED = privy.update_key_quorum("q1", privy.UpdateKeyQuorumRequest(display_name="Jon's \u202e"))
UNOWNED = privy.update_wallet("w1", privy.UpdateWalletRequest(owner_id=None))
MADE = privy.create_key_quorum(
    privy.CreateKeyQuorumRequest(user_ids=["did:privy:x"], authorization_threshold=1)
)


def prepared(
    emulator: Emulator, call: Any, environment: privy.Environment = privy.PROD
) -> Prepared[Any]:
    made = emulator.privy_client().prepare(call)
    url = made.url.replace("https://emulator.invalid", environment.base_url)
    return replace(made, environment=environment, url=url, fresh_until_ms=1_767_348_000_000)


def test_the_command(emulator: Emulator) -> None:
    """The command reads like this: app id and secret from variables, and what the signatures are."""
    made = prepared(emulator, RENAMED)
    assert (
        snippets.as_curl(made)
        == f"""\
# PRIVY_AUTHORIZATION_SIGNATURE must hold the signatures of the message shown with this request,
# base64, joined by commas.
# Fresh until 02 Jan 2026, 10:00:00 UTC. After that, prepare it again.
curl --path-as-is --request PATCH --url 'https://api.privy.io/v1/key_quorums/q1' \\
  --user "$PRIVY_APP_ID:$PRIVY_APP_SECRET" \\
  --header 'privy-app-id: {made.identity}' \\
  --header 'Accept: application/json' \\
  --header 'Content-Type: application/json' \\
  --header 'privy-request-expiry: {made.headers["privy-request-expiry"]}' \\
  --header "privy-authorization-signature: $PRIVY_AUTHORIZATION_SIGNATURE" \\
  --header 'Expect:' \\
  --data-binary $'{{"display_name":"Jon\\x27s \\xe2\\x80\\xae"}}'
"""
    )


def test_the_script(emulator: Emulator) -> None:
    """The script reads like this: members' keys from variables, as many as there are."""
    assert (
        snippets.as_python(prepared(emulator, RENAMED))
        == """\
import os

from privy import AuthorizationContext, PrivyClient, PrivyRequestOptions

# The SDK writes the body anew: the same data, in other bytes.
# It sends a change again by itself after a timeout or HTTP 408, 409, 429 and 5xx.
# PRIVY_AUTHORIZATION_KEY_1, PRIVY_AUTHORIZATION_KEY_2 and so on: a private key of each member who signs,
# base64 PKCS#8 without "wallet-auth:".
keys = [
    value for name, value in os.environ.items() if name.startswith("PRIVY_AUTHORIZATION_KEY_")
]
members = AuthorizationContext(authorization_private_keys=keys)
with PrivyClient(
    app_id=os.environ["PRIVY_APP_ID"],
    app_secret=os.environ["PRIVY_APP_SECRET"],
) as client:
    answer = client.key_quorums.update(
        key_quorum_id="q1",
        key_quorum_update_params={"display_name": "Jon's \\u202e"},
        request_options=PrivyRequestOptions(authorization_context=members),
    )
print(answer)
"""
    )


SIGNED = [
    ("a quorum is changed", RENAMED, True, False),
    ("a quorum is deleted", privy.delete_key_quorum("q1"), True, False),
    ("a wallet is changed", UNOWNED, True, True),
    ("a quorum is made", MADE, False, False),
    ("a quorum is read", privy.get_key_quorum("q1"), False, False),
]


@pytest.mark.parametrize(
    ("call", "signed", "optional"), [case[1:] for case in SIGNED], ids=[case[0] for case in SIGNED]
)
def test_who_signs(emulator: Emulator, call: Any, signed: bool, optional: bool) -> None:
    """Members' signatures are asked for where members sign; where there may be no owner, that is said."""
    made = prepared(emulator, call)
    for text in (snippets.as_curl(made), snippets.as_python(made)):
        assert ("PRIVY_AUTHORIZATION_" in text) is signed
        assert ("without an owner" in text) is optional


PLACES = [
    ("PROD", privy.PROD, False),
    ("STAGING", privy.STAGING, True),
    ("other", privy.Environment("https://p.example"), True),
]


@pytest.mark.parametrize(
    ("place", "named"), [case[1:] for case in PLACES], ids=[case[0] for case in PLACES]
)
def test_addresses(emulator: Emulator, place: privy.Environment, named: bool) -> None:
    """The address is named where it is not the SDK's default."""
    text = snippets.as_python(prepared(emulator, MADE, place))
    assert (f'base_url="{place.base_url}"' in text) is named


def test_comments_are_plain(emulator: Emulator) -> None:
    """Some shells run what a comment says: it holds nothing that a shell understands, and nothing that was typed."""
    made = emulator.privy_client().prepare(UNOWNED)
    comments = [line for line in snippets.as_curl(made).splitlines() if line.startswith("#")]
    assert len(comments) == 5
    assert all(re.fullmatch(r"# [\w ,.:+-]+", comment) for comment in comments)

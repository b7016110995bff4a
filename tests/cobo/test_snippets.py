"""Cobo's snippets, as they read. That they work is proven in tests/conformance/test_snippets.py."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from toolkit import cobo
from toolkit.cobo import snippets
from toolkit.emulator import Emulator
from toolkit.keys import Ed25519Key, Secp256k1Key
from toolkit.request.prepared import Prepared

VAULT = "3b0a1d5e-0000-4000-8000-000000000001"
KEY = Secp256k1Key.from_hex("07" * 32)
RESPONSE_KEY = Ed25519Key.from_hex("08" * 32).public.to_hex()
GROUP = cobo.CreateKeyShareHolderGroupRequest(
    key_share_holder_group_type="SigningGroup",
    participants=3,
    threshold=2,
    key_share_holders=[
        cobo.CreateKeyShareHolder(
            name='Jon "J" Berg', type="API", tss_node_id="cobo" + "x" * 40, signer=True
        ),
        cobo.CreateKeyShareHolder(name="Ka\u200bya"),
    ],
)


def prepared(
    emulator: Emulator, call: Any, environment: cobo.Environment = cobo.DEV
) -> Prepared[Any]:
    made = emulator.cobo_client().prepare(call)
    url = made.url.replace("https://emulator.invalid/v2", environment.base_url)
    return replace(made, environment=environment, url=url, fresh_until_ms=1_767_348_000_000)


def test_the_command(emulator: Emulator) -> None:
    """The command reads like this: one header a line, a variable for the signature, and what it must hold."""
    made = prepared(emulator, cobo.create_key_share_holder_group(VAULT, GROUP))
    assert (
        snippets.as_curl(made)
        == f"""\
# COBO_API_SIGNATURE must hold the signature of the message shown with this request, in hex.
# Fresh until 02 Jan 2026, 10:00:00 UTC. After that, prepare it again.
curl --path-as-is --request POST --url 'https://api.dev.cobo.com/v2/wallets/mpc/vaults/{VAULT}/key_share_holder_groups' \\
  --header 'Biz-Api-Key: {made.identity}' \\
  --header 'Biz-Api-Nonce: {made.headers["Biz-Api-Nonce"]}' \\
  --header 'Accept: application/json' \\
  --header 'Content-Type: application/json' \\
  --header "Biz-Api-Signature: $COBO_API_SIGNATURE" \\
  --header 'Expect:' \\
  --data-binary $'{{"key_share_holder_group_type":"SigningGroup","participants":3,"threshold":2,"key_share_holders":[\
{{"name":"Jon \\\\"J\\\\" Berg","type":"API","tss_node_id":"cobo{"x" * 40}","signer":true}},{{"name":"Ka\\xe2\\x80\\x8bya"}}]}}'
"""
    )


def test_the_script(emulator: Emulator) -> None:
    """The script reads like this: the SDK's own models and names, and what is not the same."""
    made = prepared(emulator, cobo.create_key_share_holder_group(VAULT, GROUP))
    assert (
        snippets.as_python(made)
        == f"""\
import os

import cobo_waas2

# COBO_API_SECRET must hold the private key in hex.
configuration = cobo_waas2.Configuration(
    api_private_key=os.environ["COBO_API_SECRET"],
    host="https://api.dev.cobo.com/v2",
)
# The SDK writes and signs the body anew: the same data, in other bytes.
request = cobo_waas2.CreateKeyShareHolderGroupRequest(
    key_share_holder_group_type="SigningGroup",
    participants=3,
    threshold=2,
    key_share_holders=[
        cobo_waas2.CreateKeyShareHolder(
            name='Jon "J" Berg',
            type="API",
            tss_node_id="cobo{"x" * 40}",
            signer=True,
        ),
        cobo_waas2.CreateKeyShareHolder(name="Ka\\u200bya"),
    ],
)
with cobo_waas2.ApiClient(configuration) as client:
    api = cobo_waas2.WalletsMPCWalletsApi(client)
    answer = api.create_key_share_holder_group(
        vault_id="{VAULT}",
        create_key_share_holder_group_request=request,
    )
print(answer)
"""
    )


OWN = cobo.Environment("https://cobo.example/v2", RESPONSE_KEY)
PLACES = [
    ("DEV", cobo.DEV, False),
    ("PROD", cobo.PROD, False),
    ("SANDBOX", cobo.SANDBOX, False),
    ("another host", OWN, True),
    ("a known host with another key", cobo.Environment(cobo.DEV.base_url, RESPONSE_KEY), True),
]


@pytest.mark.parametrize(
    ("place", "own"), [case[1:] for case in PLACES], ids=[case[0] for case in PLACES]
)
def test_response_keys(emulator: Emulator, place: cobo.Environment, own: bool) -> None:
    """The SDK knows three hosts' keys; any other key is given to it, and these are not."""
    text = snippets.as_python(prepared(emulator, cobo.get_api_key_info(), place))
    assert (f'resp_pubkey = property(lambda self: "{place.response_public_key}")' in text) is own
    assert f"configuration = {'' if own else 'cobo_waas2.'}Configuration(\n" in text
    assert f'host="{place.base_url}"' in text


def test_curves(emulator: Emulator) -> None:
    """The curve is named where it is not the SDK's default."""
    made = prepared(emulator, cobo.get_api_key_info())
    assert "curve_type" not in snippets.as_python(made)
    with cobo.Client(KEY, environment=OWN) as custody:
        assert 'curve_type="SECP256K1"' in snippets.as_python(
            custody.prepare(cobo.get_api_key_info())
        )


def test_comments_are_plain(emulator: Emulator) -> None:
    """Some shells run what a comment says: it holds nothing that a shell understands, and nothing that was typed."""
    made = emulator.cobo_client().prepare(cobo.create_key_share_holder_group(VAULT, GROUP))
    comments = [line for line in snippets.as_curl(made).splitlines() if line.startswith("#")]
    assert len(comments) == 3
    assert all(re.fullmatch(r"# [\w ,.:+-]+", comment) for comment in comments)

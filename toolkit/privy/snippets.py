"""A prepared request to Privy for other tools: as a curl command, and as Python with Privy's own SDK, privy-client.

Source: the SDK, ``lib/key_quorums.py``, ``lib/wallets.py`` and ``lib/authorization.py``.
"""

from __future__ import annotations

from typing import Any

import msgspec

from toolkit.privy import signing
from toolkit.privy.client import ID_VARIABLE, PROD, SECRET_VARIABLE
from toolkit.request import snippets
from toolkit.request.prepared import Prepared

SIGNATURE_VARIABLE = "PRIVY_AUTHORIZATION_SIGNATURE"
MEMBER_VARIABLES = "PRIVY_AUTHORIZATION_KEY_"  # and a number
_UNOWNED = "A wallet without an owner needs none: leave it unset."
_SIGNED = f"""\
# {MEMBER_VARIABLES}1, {MEMBER_VARIABLES}2 and so on: a private key of each member who signs,
# base64 PKCS#8 without "wallet-auth:".{{unowned}}
keys = [
    value for name, value in os.environ.items() if name.startswith("{MEMBER_VARIABLES}")
]
members = AuthorizationContext(authorization_private_keys=keys)
"""


def as_curl(prepared: Prepared[Any]) -> str:
    """The command that sends exactly this. Where members sign, a variable holds their signatures of ``prepared.message``."""
    sentences, headers = [snippets.reach(prepared)], {}
    if prepared.signed:
        headers[signing.SIGNATURE] = f"${SIGNATURE_VARIABLE}"
        sentences += [
            f"{SIGNATURE_VARIABLE} must hold the signatures of the message shown with this request,",
            "base64, joined by commas.",
            _UNOWNED if prepared.call.operation.owner_signs else "",
            snippets.freshness(prepared),
        ]
    user = f"${ID_VARIABLE}:${SECRET_VARIABLE}"
    return snippets.commented(*sentences) + snippets.curl(prepared, headers, user=user) + "\n"


def as_python(prepared: Prepared[Any]) -> str:
    """The script that asks for the same with the SDK, which signs for itself where members sign."""
    call = prepared.call
    verb, _, noun = call.operation.name.partition("_")  # the SDK's names are ours, taken apart
    names = (
        "AuthorizationContext, PrivyClient, PrivyRequestOptions"
        if prepared.signed
        else "PrivyClient"
    )
    text = (
        snippets.commented(snippets.reach(prepared)) + f"import os\n\nfrom privy import {names}\n\n"
    )
    arguments = {
        name: snippets.literal(value) for name, value in call.arguments
    } | snippets.queried(prepared)
    if call.body is not None:
        said = msgspec.to_builtins(call.body)  # without the fields that say nothing
        fields = {name: snippets.literal(value) for name, value in said.items()}
        arguments |= (
            fields if verb == "create" else {f"{noun}_update_params": snippets.literal(said)}
        )
        text += snippets.commented("The SDK writes the body anew: the same data, in other bytes.")
    if call.operation.changes:
        text += snippets.commented(
            "It sends a change again by itself after a timeout or HTTP 408, 409, 429 and 5xx."
        )
    if prepared.signed:
        text += _SIGNED.format(unowned=f" {_UNOWNED}" if call.operation.owner_signs else "")
        arguments["request_options"] = "PrivyRequestOptions(authorization_context=members)"
    settings = {
        "app_id": f'os.environ["{ID_VARIABLE}"]',
        "app_secret": f'os.environ["{SECRET_VARIABLE}"]',
    }
    if prepared.environment != PROD:
        settings["base_url"] = snippets.literal(prepared.environment.base_url)
    text += f"with {snippets.called('PrivyClient', settings)} as client:\n"
    resource = noun if verb == "list" else f"{noun}s"
    sent = snippets.called(f"answer = client.{resource}.{verb}", arguments).replace("\n", "\n    ")
    return text + f"    {sent}\nprint(answer)\n"

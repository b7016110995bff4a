"""A prepared request to Privy for other tools: a curl command, and Python with Privy's SDK.

Source: the SDK, privy-client, ``lib/key_quorums.py``, ``lib/wallets.py`` and
``lib/authorization.py``.
"""

from __future__ import annotations

from typing import Any

import msgspec

from toolkit.privy import operations, signing
from toolkit.privy.client import ID_VARIABLE, PROD, SECRET_VARIABLE
from toolkit.privy.operations import AUTHORIZE_INTENT
from toolkit.request import snippets
from toolkit.request.call import Call
from toolkit.request.prepared import Prepared

SIGNATURE_VARIABLE = "PRIVY_AUTHORIZATION_SIGNATURE"
MEMBER_VARIABLES = "PRIVY_AUTHORIZATION_KEY_"  # and a number
INTENT_VARIABLE = "PRIVY_INTENT_SIGNATURE"
# The SDK has other names for what is done with intents, and none for authorizing one.
_INTENTS = {
    "create_key_quorum_update_intent": "update_key_quorum",
    "create_wallet_update_intent": "update_wallet",
    "list_intents": "list",
    "get_intent": "get",
    "reject_intent": "reject",
}
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
    """The command that sends exactly this.

    Where members sign, a variable holds their signatures of ``prepared.message``.
    """
    sentences = [snippets.reach(prepared)]
    secret_headers = {}
    if prepared.signed:
        secret_headers[signing.SIGNATURE] = f"${SIGNATURE_VARIABLE}"
        sentences += [
            f"{SIGNATURE_VARIABLE} must hold the signatures of the message shown with this "
            "request,",
            "base64, joined by commas.",
        ]
        if prepared.call.operation.owner_signs:
            sentences.append(_UNOWNED)
        sentences.append(snippets.freshness(prepared))
    hidden_field = ""
    if prepared.call.operation is AUTHORIZE_INTENT:
        hidden_field = f"${INTENT_VARIABLE}"
        sentences.append(f"{INTENT_VARIABLE} must hold one member's signature, base64.")
    user = f"${ID_VARIABLE}:${SECRET_VARIABLE}"
    command = snippets.curl(prepared, secret_headers, user=user, hidden_field=hidden_field)
    return f"{snippets.commented(*sentences)}{command}\n"


def as_python(prepared: Prepared[Any]) -> str:
    """The script that asks for the same with the SDK, which signs for itself where members sign."""
    call = prepared.call
    names = "PrivyClient"
    if prepared.signed:
        names = "AuthorizationContext, PrivyClient, PrivyRequestOptions"
    text = snippets.commented(snippets.reach(prepared))
    text += f"import os\n\nfrom privy import {names}\n\n"
    if call.body is not None:
        text += snippets.commented("The SDK writes the body anew: the same data, in other bytes.")
    if call.operation.changes:
        text += snippets.commented(
            "It sends a change again by itself after a timeout or HTTP 408, 409, 429 and 5xx."
        )
    if call.operation is AUTHORIZE_INTENT:
        text += snippets.commented(
            "The SDK has no method for this: its own client posts it.",
            f"{INTENT_VARIABLE}: one member's signature, base64.",
        )
    if prepared.signed:
        unowned = ""
        if call.operation.owner_signs:
            unowned = f" {_UNOWNED}"
        text += _SIGNED.format(unowned=unowned)
    settings = {
        "app_id": f'os.environ["{ID_VARIABLE}"]',
        "app_secret": f'os.environ["{SECRET_VARIABLE}"]',
    }
    if prepared.environment != PROD:
        settings["base_url"] = snippets.literal(prepared.environment.base_url)
    text += f"with {snippets.called('PrivyClient', settings)} as client:\n"
    if call.operation in _ONLY_BY_PATH:
        path = snippets.literal(prepared.url.removeprefix(prepared.environment.base_url))
        text += snippets.indented("# The SDK has no method for this; the client inside it has.\n")
        statement = f"answer = client._client.get({path}, cast_to=object)"
    else:
        statement = snippets.called(f"answer = client.{_method(call)}", _arguments(prepared))
    text += snippets.indented(statement)
    return f"{text}\nprint(answer)\n"


_METHODS = {
    "get_wallet_by_address": "wallets.get_wallet_by_address",
    "create_wallet_batch": "wallets.create_batch",
    "archive_wallet": "wallets.archive",
    "get_policy": "policies.get",
}
_ONLY_BY_PATH = (operations.LIST_WALLET_AUTOMATIONS, operations.GET_WALLET_AUTOMATION)


def _method(call: Call[Any]) -> str:
    """Resource and method of the SDK: its names are ours, taken apart. Lists have the plural."""
    name = call.operation.name
    if call.operation is AUTHORIZE_INTENT:
        return "intents._client.post"
    if name in _INTENTS:
        return f"intents.{_INTENTS[name]}"
    if name in _METHODS:
        return _METHODS[name]
    verb, _, noun = name.partition("_")
    if verb == "list":
        return f"{noun}.{verb}"
    return f"{noun}s.{verb}"


def _arguments(prepared: Prepared[Any]) -> dict[str, str]:
    """What the SDK's method is given: ids, query and body as Python."""
    call = prepared.call
    if call.operation is AUTHORIZE_INTENT:
        return _authorization(call)
    arguments = {name: snippets.literal(value) for name, value in call.arguments}
    arguments |= snippets.queried(prepared)
    if call.body is not None:
        verb, _, noun = call.operation.name.partition("_")
        fields = msgspec.to_builtins(call.body)  # without the fields that say nothing
        if call.operation.name in _INTENTS:
            params = f"intent_{_INTENTS[call.operation.name]}_params"
            arguments[params] = snippets.literal(fields)
        elif verb != "update":
            arguments |= {name: snippets.literal(value) for name, value in fields.items()}
        else:
            arguments[f"{noun}_update_params"] = snippets.literal(fields)
    if prepared.idempotency_key:
        arguments["idempotency_key"] = snippets.literal(prepared.idempotency_key)
    if prepared.signed:
        arguments["request_options"] = "PrivyRequestOptions(authorization_context=members)"
    return arguments


def _authorization(call: Call[Any]) -> dict[str, str]:
    """Of the SDK's own client, which has no method for it; the signature comes from a variable."""
    fields = msgspec.to_builtins(call.body)
    body = {name: snippets.literal(value) for name, value in fields.items()}
    body["signature"] = f'os.environ["{INTENT_VARIABLE}"]'
    items = ", ".join(f'"{name}": {value}' for name, value in body.items())
    return {"path": snippets.literal(call.path), "cast_to": "object", "body": f"{{{items}}}"}

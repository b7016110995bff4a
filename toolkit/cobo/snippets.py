"""A prepared request to Cobo for other tools: a curl command, and Python with Cobo's SDK.

Source: the SDK, cobo-waas2, ``api/*_api.py`` and ``configuration.py``. Operations, ids and models
have its names already.
"""

from __future__ import annotations

from typing import Any

import msgspec

from toolkit.cobo import signing
from toolkit.cobo.client import HOSTED, KEY_VARIABLE, Environment
from toolkit.request import snippets
from toolkit.request.prepared import Prepared

SIGNATURE_VARIABLE = "COBO_API_SIGNATURE"
_APIS = {  # the beginning of a path → the SDK's class for it; the first that fits
    "/wallets/mpc/": "WalletsMPCWalletsApi",
    "/wallets": "WalletsApi",
    "/organizations": "OrganizationsApi",
    "/developers": "DevelopersApi",
}
_BODIES = {"create_wallet": "create_wallet_params"}  # what the SDK calls a body otherwise
_ONE_OF = {
    "CreateMpcWalletParams": "CreateWalletParams"
}  # the SDK wraps what may be one of several
_MODELS = {"SourceKeyShareHolderGroup": "SourceGroup"}  # ours → the SDK's, where they differ
_OWN_RESPONSE_KEY = """\
class Configuration(cobo_waas2.Configuration):
    # The SDK knows the keys that answers are signed with of three hosts only.
    resp_pubkey = property(lambda self: {key})


"""


def as_curl(prepared: Prepared[Any]) -> str:
    """The command that sends exactly this.

    Its variable holds a signature of ``prepared.message``.
    """
    comment = snippets.commented(
        snippets.reach(prepared),
        f"{SIGNATURE_VARIABLE} must hold the signature of the message shown with this request, "
        "in hex.",
        snippets.freshness(prepared),
    )
    secret_headers = {signing.API_SIGNATURE: f"${SIGNATURE_VARIABLE}"}
    command = snippets.curl(prepared, secret_headers)
    return f"{comment}{command}\n"


def as_python(prepared: Prepared[Any]) -> str:
    """The script that asks for the same with the SDK, which makes nonce and signature itself."""
    call = prepared.call
    environment = prepared.environment
    assert isinstance(environment, Environment)
    arguments = {name: snippets.literal(value) for name, value in call.arguments}
    arguments |= snippets.queried(prepared)
    text = snippets.commented(snippets.reach(prepared)) + "import os\n\nimport cobo_waas2\n\n"
    configuration = "cobo_waas2.Configuration"
    if environment not in HOSTED.values():
        configuration = "Configuration"
        key = snippets.literal(environment.response_public_key)
        text += "\n" + _OWN_RESPONSE_KEY.format(key=key)
    settings = {
        "api_private_key": f'os.environ["{KEY_VARIABLE}"]',
        "host": snippets.literal(environment.base_url),
    }
    if len(prepared.identity) == 66:  # a compressed point; an Ed25519 key has 64 digits
        settings["curve_type"] = '"SECP256K1"'
    text += f"# {KEY_VARIABLE} must hold the private key in hex.\n"
    text += f"configuration = {snippets.called(configuration, settings)}\n"
    if call.body is not None:
        text += snippets.commented(
            "The SDK writes and signs the body anew: the same data, in other bytes."
        )
        text += f"request = {_model(call.body)}\n"
        name = call.operation.name
        arguments[_BODIES.get(name, f"{name}_request")] = "request"
    api = next(api for path, api in _APIS.items() if call.operation.path.startswith(path))
    text += "with cobo_waas2.ApiClient(configuration) as client:\n"
    text += f"    api = cobo_waas2.{api}(client)\n"
    statement = snippets.called(f"answer = api.{call.operation.name}", arguments)
    text += snippets.indented(statement)
    return f"{text}\nprint(answer)\n"


def _model(value: Any) -> str:
    if isinstance(value, msgspec.Struct):
        name = type(value).__name__
        given = msgspec.to_builtins(value)  # without the fields that say nothing
        fields = {field: _model(getattr(value, field)) for field in given}
        model = snippets.called(f"cobo_waas2.{_MODELS.get(name, name)}", fields)
        return f"cobo_waas2.{_ONE_OF[name]}({model})" if name in _ONE_OF else model
    if isinstance(value, tuple):
        return snippets.listed(map(_model, value))
    return snippets.literal(value)

"""The recorded cases again, through our client and through the official Python SDKs: they agree with the emulator."""

from __future__ import annotations

import json
from typing import Any

import cobo_waas2
import msgspec
import pytest
from cobo_waas2.exceptions import ApiException
from privy import APIStatusError, AuthorizationContext, PrivyClient
from privy.lib.authorization import prepare_request

from tests.conformance.cases import CASES, RAW, Case, ids_of, setup
from tests.samples import pkcs8
from toolkit import cobo, privy
from toolkit.emulator.core import Routed, route
from toolkit.emulator.http import serving
from toolkit.errors import InputError
from toolkit.request.call import call

# Cases about what a client of good faith never does: other headers than its own, the same nonce twice, no JSON.
PLAIN = [
    case
    for case in CASES
    if not case.headers and case.times == 1 and not str(case.body).startswith(RAW)
]
# What a client cannot say, or refuses before the emulator could: the difference is meant.
MEANT = {
    "null is no value": "in our create request None means that the field is left out",
    "unknown field, strict": "our models have no place for it",
    "unknown field of a source, strict": "our models have no place for it",
    "null is no wallet name": "in our create request None means that the field is left out",
    "unknown field at Privy": "our models have no place for it",
    "unknown field of a wallet": "our models have no place for it",
    "unknown field of a wallet, lenient": "our models have no place for it",
    "a parameter of nobody's, lenient": "our calls have no place for it",
    "a parameter of nobody's at Cobo, lenient": "our calls have no place for it",
    "a signer with a field of nobody's": "our models have no place for it",
    "an owner with a field of nobody's": "our models have no place for it",
    "an entity with a field of nobody's": "our models have no place for it",
    "a parameter twice": "our calls have each name once",
    "a parameter twice at Cobo": "the official SDK sends the last value, our calls have each name once",
    "a filter of nothing, lenient": "our calls refuse an empty filter",
    "an empty cursor": "our calls leave out an empty cursor",
    "a batch": "our client refuses the whole where one of them breaks a rule",
    "threshold 2.0 is 2": "our client refuses floats where they enter",
    "trailing slash at Privy": "the official SDK refuses the address itself",
}
SDKS = [case for case in PLAIN if "SDK" not in MEANT.get(case.name, "")]
COBO = [case for case in SDKS if case.path.startswith("/v2")]
PRIVY = [case for case in SDKS if not case.path.startswith("/v2")]


def filled(text: str, ids: dict[str, str]) -> str:
    for name, value in ids.items():
        text = text.replace("{" + name + "}", value)
    return text


@pytest.mark.parametrize(
    "case", [case for case in PLAIN if case.name not in MEANT], ids=lambda case: case.name
)
def test_our_client(case: Case) -> None:
    """Our client comes to the same verdict; or it refuses first, and then the emulator refuses, too."""
    emulator = setup(case)
    ids = ids_of(emulator)
    operations: Any = (*cobo.OPERATIONS, *privy.OPERATIONS)
    routed = route(operations, case.method, filled(case.path, ids).removeprefix("/v2"))
    if not isinstance(routed, Routed):
        assert case.status in (404, 405)  # an address that no operation of ours has
        return
    client: Any = emulator.cobo_client() if case.path.startswith("/v2") else emulator.privy_client()
    signers = (
        [emulator.authorization_keys[name] for name in case.signers]
        if routed.operation.co_signed or routed.operation.owner_signs
        else []
    )
    query = dict(pair.split("=") for pair in case.query.split("&")) if case.query else {}
    try:
        kind = routed.operation.body
        body = (
            msgspec.convert(json.loads(filled(json.dumps(case.body), ids)), type=kind)
            if kind and case.body is not None
            else None
        )
        made = call(routed.operation, routed.ids, query, body)
        inferred = {
            problem.rule
            for problem in client.problems(made, signers=signers)
            if not problem.documented
        }
        status = client.exchange(made, signers=signers, acknowledge=inferred).status
    except (InputError, msgspec.ValidationError):
        assert case.status >= 400, "our client refuses what the emulator takes"
    else:
        assert status == case.status


@pytest.mark.parametrize("case", COBO, ids=lambda case: case.name)
def test_cobos_sdk(case: Case) -> None:
    """What cobo-waas2 signs and sends for the same request gets the same verdict."""
    emulator = setup(case)
    ids = ids_of(emulator)
    with serving(emulator) as facts:

        class Configuration(cobo_waas2.Configuration):  # type: ignore[misc]
            resp_pubkey = property(lambda self: facts["cobo"]["response_public_key"])

        configuration = Configuration(
            api_private_key=facts["cobo"]["api_private_key"], host=facts["cobo"]["base_url"]
        )
        with cobo_waas2.ApiClient(configuration) as api:
            body = json.loads(filled(json.dumps(case.body), ids)) if case.body is not None else None
            query = [tuple(pair.split("=")) for pair in case.query.split("&")] if case.query else []
            headers = {"Accept": "application/json", "Content-Type": "application/json"}
            path = filled(case.path, ids).removeprefix("/v2")
            sent = api.param_serialize(
                method=case.method,
                resource_path=path,
                query_params=query,
                header_params=headers,
                body=body,
            )
            try:
                response = api.call_api(*sent)
                response.read()
                status = response.status
            except ApiException as error:
                status = error.status
    trap = body in ([], {})  # trap: an empty body is signed as nothing and sent as it is
    assert status == (401 if trap else case.status)


@pytest.mark.parametrize("case", PRIVY, ids=lambda case: case.name)
def test_privys_sdk(case: Case) -> None:
    """What privy-client signs and sends for the same request gets the same verdict."""
    emulator = setup(case)
    ids = ids_of(emulator)
    with serving(emulator) as facts:
        client = PrivyClient(**facts["privy"])
        path = filled(case.path, ids) + (f"?{case.query}" if case.query else "")
        body = json.loads(filled(json.dumps(case.body), ids)) if case.body is not None else None
        headers = {}
        if case.method in ("PATCH", "DELETE") and case.signers:
            keys = [pkcs8(emulator.authorization_keys[name]) for name in case.signers]
            context = AuthorizationContext(authorization_private_keys=keys)
            prepared = prepare_request(
                app_id=facts["privy"]["app_id"],
                method=case.method,
                url=facts["url"] + path,
                body=body if body is not None else {},
                authorization_context=context,
                request_expiry=None,
            )
            headers = dict(prepared.headers)
        try:
            raw = client._client.with_options(max_retries=0)
            verb = getattr(raw, case.method.lower())
            options: dict[str, Any] = {"headers": headers}
            response = verb(
                path,
                cast_to=object,
                **(
                    {"options": options}
                    if case.method == "GET"
                    else {"body": body, "options": options}
                ),
            )
            status = 200 if response is not None else 0
        except APIStatusError as error:
            status = error.status_code
        finally:
            client._client.close()
    assert status == case.status


def test_enough_is_compared() -> None:
    """The three comparisons are about most of the recorded cases."""
    assert len(PLAIN) > 0.85 * len(CASES)
    assert {case.name for case in CASES} >= set(MEANT)

"""The official Python SDK of Privy, unmodified, against our emulator."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import httpx
import msgspec
import pytest
from privy import (
    APIStatusError,
    AuthenticationError,
    AuthorizationContext,
    BadRequestError,
    NotFoundError,
    PrivyClient,
    PrivyRequestOptions,
)
from privy.lib.authorization import prepare_request

from tests import parameters
from tests.parameters import Request
from tests.samples import KEYS, pkcs8
from toolkit import privy
from toolkit.emulator import Emulator
from toolkit.emulator.http import serving
from toolkit.keys import P256Key
from toolkit.request.call import call


def signed_by(*keys: P256Key) -> PrivyRequestOptions:
    return PrivyRequestOptions(
        authorization_context=AuthorizationContext(
            authorization_private_keys=[pkcs8(key) for key in keys]
        )
    )


@dataclass
class Sdk:
    """The SDK's client, and three keys to make members of."""

    client: PrivyClient
    keys: list[P256Key]

    def quorum(self, threshold: int | None, count: int = 2, **more: Any) -> Any:
        if threshold is not None:
            more["authorization_threshold"] = threshold
        return self.client.key_quorums.create(
            public_keys=[key.public.to_base64() for key in self.keys[:count]], **more
        )

    def rename(self, quorum_id: str, *signers: P256Key) -> Any:
        params: Any = {"display_name": "renamed"}
        return self.client.key_quorums.update(
            quorum_id, key_quorum_update_params=params, request_options=signed_by(*signers)
        )


@pytest.fixture
def sdk(emulator: Emulator) -> Iterator[Sdk]:
    with serving(emulator) as facts:
        place = facts["privy"]
        client = PrivyClient(
            app_id=place["app_id"], app_secret=place["app_secret"], base_url=place["base_url"]
        )
        yield Sdk(client, [P256Key.generate() for _ in range(3)])
        client._client.close()


def test_whole_life(sdk: Sdk, emulator: Emulator) -> None:
    """Create, get, update and delete with the right signers; afterwards it is gone."""
    made = sdk.quorum(2, display_name="Treasury")
    assert sdk.client.key_quorums.get(made.id).to_dict() == made.to_dict()
    assert [key.public_key for key in made.authorization_keys] == [
        key.public.to_base64() for key in sdk.keys[:2]
    ]
    params: Any = {"authorization_threshold": 1, "display_name": "é 🔑"}
    changed = sdk.client.key_quorums.update(
        made.id, key_quorum_update_params=params, request_options=signed_by(*sdk.keys[:2])
    )
    assert (changed.authorization_threshold, changed.display_name) == (1, "é 🔑")
    assert sdk.client.key_quorums.delete(made.id, request_options=signed_by(sdk.keys[1])).success
    with pytest.raises(NotFoundError):
        sdk.client.key_quorums.get(made.id)


def test_without_a_threshold_all_sign(sdk: Sdk) -> None:
    """A quorum made without a threshold needs all of its members."""
    made = sdk.quorum(None)
    with pytest.raises(AuthenticationError):
        sdk.rename(made.id, sdk.keys[0])
    assert sdk.rename(made.id, *sdk.keys[:2]).display_name == "renamed"


def test_nested(sdk: Sdk) -> None:
    """A nested quorum counts as one approval once its own threshold is met."""
    inner = sdk.quorum(2, count=2)
    outer = sdk.client.key_quorums.create(
        public_keys=[sdk.keys[2].public.to_base64()],
        key_quorum_ids=[inner.id],
        authorization_threshold=2,
    )
    with pytest.raises(AuthenticationError):
        sdk.rename(outer.id, sdk.keys[0], sdk.keys[2])
    assert sdk.rename(outer.id, *sdk.keys).display_name == "renamed"


STRANGER = P256Key.generate()
Who = Callable[[Sdk], list[P256Key]]
UNSIGNED: list[tuple[str, Who, str]] = [
    ("nobody", lambda sdk: [], "Missing `privy-authorization-signature` header"),
    ("too few", lambda sdk: sdk.keys[:1], "Number of signatures"),
    ("the same signer twice", lambda sdk: [sdk.keys[0]] * 2, "Not enough valid"),
    ("a stranger", lambda sdk: [STRANGER, P256Key.generate()], "No valid authorization signatures"),
    ("a member and a stranger", lambda sdk: [sdk.keys[0], STRANGER], "Not enough valid"),
]


@pytest.mark.parametrize("action", ["update", "delete"])
@pytest.mark.parametrize(
    ("who", "text"), [case[1:] for case in UNSIGNED], ids=[case[0] for case in UNSIGNED]
)
def test_refused_signers(sdk: Sdk, action: str, who: Who, text: str, emulator: Emulator) -> None:
    """Fewer than the threshold, one twice, or a stranger: 401, and the quorum stays as it was."""
    made = sdk.quorum(2)
    before = emulator.privy.quorums[made.id]

    def delete(quorum_id: str, *signers: P256Key) -> Any:
        return sdk.client.key_quorums.delete(quorum_id, request_options=signed_by(*signers))

    act = sdk.rename if action == "update" else delete
    with pytest.raises(AuthenticationError) as caught:
        act(made.id, *who(sdk))
    body: Any = caught.value.body
    assert text in body["error"]
    assert emulator.privy.quorums[made.id] is before


def test_changed_on_the_way(sdk: Sdk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A body changed after signing is refused."""
    made = sdk.quorum(1)
    send = httpx.Client.send

    def bent(self: httpx.Client, request: httpx.Request, **rest: Any) -> httpx.Response:
        body = request.content.replace(b"renamed", b"another")
        headers = {
            name: value for name, value in request.headers.items() if name != "content-length"
        }
        return send(
            self, httpx.Request(request.method, request.url, headers=headers, content=body), **rest
        )

    monkeypatch.setattr(httpx.Client, "send", bent)
    with pytest.raises(AuthenticationError, match="No valid authorization signatures"):
        sdk.rename(made.id, sdk.keys[0])


def test_the_natural_bug(sdk: Sdk) -> None:
    """The SDK turns a threshold of 2 into 2.0 and signs that; RFC 8785 says 2, so it is refused (its trap)."""
    made = sdk.quorum(1)
    assert isinstance(made.authorization_threshold, float)
    params: Any = {"authorization_threshold": made.authorization_threshold}
    with pytest.raises(AuthenticationError):
        sdk.client.key_quorums.update(
            made.id, key_quorum_update_params=params, request_options=signed_by(sdk.keys[0])
        )


# ---- every operation --------------------------------------------------------------------------------

By = Callable[[PrivyClient, Request, PrivyRequestOptions], Any]


def path_of(operation: Any, request: Request) -> str:
    """Where the SDK has no function, it is asked by path."""
    return str(operation.path.format(**request.ids))


#: How the SDK says each operation. Automations and the authorization of an intent are without a function in it.
BY_THE_SDK: dict[str, By] = {
    "create_key_quorum": lambda sdk, r, signed: sdk.key_quorums.create(**r.body),
    "get_key_quorum": lambda sdk, r, signed: sdk.key_quorums.get(*r.ids.values()),
    "update_key_quorum": lambda sdk, r, signed: sdk.key_quorums.update(
        *r.ids.values(), key_quorum_update_params=r.body, request_options=signed
    ),
    "delete_key_quorum": lambda sdk, r, signed: sdk.key_quorums.delete(
        *r.ids.values(), request_options=signed
    ),
    "create_wallet": lambda sdk, r, signed: sdk.wallets.create(**r.body),
    "list_wallets": lambda sdk, r, signed: sdk.wallets.list(**r.query),
    "get_wallet": lambda sdk, r, signed: sdk.wallets.get(*r.ids.values(), include_archived=True),
    "update_wallet": lambda sdk, r, signed: sdk.wallets.update(
        *r.ids.values(), wallet_update_params=r.body, request_options=signed
    ),
    "get_wallet_by_address": lambda sdk, r, signed: sdk.wallets.get_wallet_by_address(**r.body),
    "create_wallet_batch": lambda sdk, r, signed: sdk.wallets.create_batch(**r.body),
    "archive_wallet": lambda sdk, r, signed: sdk.wallets.archive(*r.ids.values()),
    "get_policy": lambda sdk, r, signed: sdk.policies.get(*r.ids.values()),
    "list_wallet_automations": lambda sdk, r, signed: sdk._client.get(
        path_of(privy.operations.LIST_WALLET_AUTOMATIONS, r), cast_to=object
    ),
    "get_wallet_automation": lambda sdk, r, signed: sdk._client.get(
        path_of(privy.operations.GET_WALLET_AUTOMATION, r), cast_to=object
    ),
    "create_key_quorum_update_intent": lambda sdk, r, signed: sdk.intents.update_key_quorum(
        *r.ids.values(), intent_update_key_quorum_params=r.body
    ),
    "create_wallet_update_intent": lambda sdk, r, signed: sdk.intents.update_wallet(
        *r.ids.values(), intent_update_wallet_params=r.body
    ),
    "list_intents": lambda sdk, r, signed: sdk.intents.list(),
    "get_intent": lambda sdk, r, signed: sdk.intents.get(*r.ids.values()),
    "reject_intent": lambda sdk, r, signed: sdk.intents.reject(*r.ids.values()),
    "authorize_intent": lambda sdk, r, signed: sdk._client.post(
        path_of(privy.operations.AUTHORIZE_INTENT, r), body=r.body, cast_to=object
    ),
}
#: What an SDK says of an intent beside what we say: it always names an end.
OF_THE_SDK = ("custom_expiry", "expires_at")


#: Who signs for what the good requests change.
SIGNING = {"update_key_quorum": ("Alice", "Bob"), "update_wallet": ("Alice", "Ana")}


def good(emulator: Emulator, operation: Any) -> tuple[Request, list[P256Key]]:
    """Its good request in the world of the parameters, and those who sign for it."""
    request = parameters.told_of(parameters.REQUESTS, operation)(emulator)
    if operation is privy.operations.AUTHORIZE_INTENT:
        app, (intent_id,) = emulator.privy_client(), request.ids.values()
        intent = app.send(privy.get_intent(intent_id))
        given = privy.sign_intent(
            intent, emulator.authorization_keys["Alice"], emulator.privy.app_id
        )
        body = {"signature": given.signature, "timestamp": parameters.NOW_MS}
        return replace(request, body=body), []
    if operation is privy.operations.DELETE_KEY_QUORUM:
        return request, list(KEYS[:2])
    if operation.co_signed or operation.owner_signs:
        return request, [emulator.authorization_keys[name] for name in SIGNING[operation.name]]
    return request, []


@pytest.mark.parametrize("operation", privy.OPERATIONS, ids=lambda operation: operation.name)
def test_every_operation(operation: Any) -> None:
    """The same good request by the SDK and by our client, in worlds that are alike, has the same answer, and both read it."""
    contents: list[bytes] = []
    with parameters.still():
        emulator = parameters.world()
        request, signers = good(emulator, operation)
        with serving(emulator) as facts:
            client, here = PrivyClient(**facts["privy"]), facts["url"].encode()
            hooks = client._client._client.event_hooks
            client._client._client.event_hooks = hooks | {
                "response": [lambda response: contents.append(response.read())]
            }
            try:
                read = BY_THE_SDK[operation.name](client, request, signed_by(*signers))
            finally:
                client._client.close()
        alike = parameters.world()
        asked, signers = good(alike, operation)
        body = None
        if asked.body is not None:
            body = msgspec.convert(asked.body, type=operation.body)
        made = call(operation, asked.ids, asked.query, body)
        app = alike.privy_client()
        words = {problem.rule for problem in app.problems(made, signers=signers)}
        ours = app.exchange(made, signers=signers, acknowledge=words)
    assert emulator.ledger[-1].operation == operation.name
    assert (emulator.ledger[-1].verdict, ours.status) == ("accepted", operation.status)
    answers = [json.loads(contents[-1].replace(here, b"https://emulator.invalid"))]
    answers.append(json.loads(ours.content))
    for answer in answers:
        if "custom_expiry" in answer and operation.changes:
            for name in OF_THE_SDK:
                answer.pop(name)
    assert answers[0] == answers[1]
    assert read is not None
    assert ours.value is not None


WALLETS: list[tuple[str, dict[str, Any]]] = [
    ("nothing but a chain", {"chain_type": "solana"}),
    ("a quorum", {"owner_id": "{quorum}", "display_name": "é 🔑", "external_id": "a-1"}),
    ("a key", {"owner": {"public_key": "{key}"}}),
    ("a user", {"owner": {"user_id": "did:privy:x"}}),
    ("signers", {"owner_id": "{quorum}", "additional_signers": [{"signer_id": "{quorum}"}]}),
]


@pytest.mark.parametrize("fields", [case[1] for case in WALLETS], ids=[case[0] for case in WALLETS])
def test_wallets(sdk: Sdk, emulator: Emulator, fields: dict[str, Any]) -> None:
    """The SDK makes a wallet and reads it again; for the same arguments our request has the same JSON."""
    quorum_id, key = sdk.quorum(2, 3).id, sdk.keys[0].public.to_base64()
    text = (
        json.dumps({"chain_type": "ethereum"} | fields)
        .replace("{quorum}", quorum_id)
        .replace("{key}", key)
    )
    made = sdk.client.wallets.create(**json.loads(text))
    sent = emulator.ledger[-1]
    assert (sent.operation, sent.made) == ("create_wallet", made.id)
    ours = emulator.privy_client().prepare(
        privy.create_wallet(msgspec.json.decode(text, type=privy.CreateWalletRequest))
    )
    assert (sent.method, sent.target) == (ours.method, ours.call.path)
    assert json.loads(sent.body) == json.loads(ours.body) == json.loads(text)
    assert sdk.client.wallets.get(made.id).to_dict() == made.to_dict()
    owners = {"owner_id": (quorum_id, 2.0), "owner": (made.owner_id, 1.0)}
    (expected,) = [owner for field, owner in owners.items() if field in fields] or [None]
    if expected:
        assert (
            made.owner_id,
            sdk.client.key_quorums.get(made.owner_id or "").authorization_threshold,
        ) == expected
    else:
        assert made.owner_id is None


def test_an_idempotency_key(sdk: Sdk, emulator: Emulator) -> None:
    """The SDK's key makes one wallet of two requests; another body under it is 400; a day later it is forgotten."""
    made = sdk.client.wallets.create(chain_type="ethereum", idempotency_key="key-1")
    again = sdk.client.wallets.create(chain_type="ethereum", idempotency_key="key-1")
    assert made.to_dict() == again.to_dict()
    with pytest.raises(BadRequestError, match="another body"):
        sdk.client.wallets.create(chain_type="solana", idempotency_key="key-1")
    emulator.advance(24 * 60 * 60_000)
    assert sdk.client.wallets.create(chain_type="solana", idempotency_key="key-1").id != made.id
    assert sum(bool(line.made) for line in emulator.ledger) == 2


def test_filters_and_archiving(sdk: Sdk, emulator: Emulator) -> None:
    """The SDK finds by each filter what it made, and nothing else; what it archives leaves the lists."""
    wallets, user = sdk.client.wallets, "did:privy:someone"
    made = wallets.create(
        chain_type="ethereum",
        external_id="a-1",
        owner={"user_id": user},
        entity={"id": "org-1", "type": "organization"},
        policy_ids=["p" * 24],
    )
    assert (made.entity and made.entity.id, made.policy_ids) == ("org-1", ["p" * 24])
    queries: list[dict[str, Any]] = [
        {"external_id": "a-1"},
        {"address": made.address.lower()},
        {"user_id": user},
        {"entity_id": "org-1"},
    ]
    for query in queries:
        assert [each.id for each in wallets.list(**query)] == [made.id]
        nobody = {name: f"{value}x" for name, value in query.items()}
        assert list(wallets.list(**nobody)) == []
    assert wallets.get_wallet_by_address(address=made.address.lower()).id == made.id
    with pytest.raises(BadRequestError, match="cannot be used together"):
        list(wallets.list(user_id=user, authorization_key=sdk.keys[0].public.to_base64()))
    archived = wallets.archive(made.id)
    assert archived.archived_at is not None
    assert list(wallets.list(external_id="a-1")) == []
    assert [each.id for each in wallets.list(external_id="a-1", include_archived=True)] == [made.id]
    with pytest.raises(NotFoundError):
        wallets.get(made.id)
    ours = emulator.privy_client().send(privy.get_wallet(made.id, include_archived=True))
    theirs = wallets.get(made.id, include_archived=True)
    assert (theirs.id, theirs.address, theirs.archived_at) == (
        ours.id,
        ours.address,
        ours.archived_at,
    )


def test_what_can_be_given_later(sdk: Sdk) -> None:
    """policy_ids come and go; an external id is given once."""
    wallets = sdk.client.wallets
    made = wallets.create(chain_type="ethereum")

    def update(**params: Any) -> Any:
        return wallets.update(made.id, wallet_update_params=params)  # type: ignore[arg-type]

    assert update(policy_ids=["p" * 24]).policy_ids == ["p" * 24]
    assert update(policy_ids=[]).policy_ids == []
    assert update(external_id="once").external_id == "once"
    with pytest.raises(BadRequestError, match="cannot be changed once set"):
        update(external_id="twice")


def test_batches_policies_and_automations(sdk: Sdk, emulator: Emulator) -> None:
    """A batch in order, each for itself; a policy with its rules; automations by path, for which the SDK has no name."""
    batch = sdk.client.wallets.create_batch(
        wallets=[{"chain_type": "ethereum"}, {"chain_type": "solana", "owner_id": "nowhere"}]
    )
    first, second = batch.results
    assert (first.success, second.success, second.index) == (True, False, 1)
    (policy_id,) = emulator.privy.policies
    policy = sdk.client.policies.get(policy_id)
    ours = emulator.privy_client().send(privy.get_policy(policy_id))
    assert (policy.id, policy.name, policy.owner_id, policy.version) == (
        ours.id,
        ours.name,
        ours.owner_id,
        "1.0",
    )
    assert policy.rules[0].name == ours.rules[0].name
    listed: Any = sdk.client._client.get("/v1/wallet_automations", cast_to=object)
    assert [each["id"] for each in listed["data"]] == list(emulator.privy.automations)


def test_who_signs_for_a_wallet(sdk: Sdk, emulator: Emulator) -> None:
    """A wallet that the SDK made is renamed by two of its three owners, and not by one."""
    made = sdk.client.wallets.create(chain_type="ethereum", owner_id=sdk.quorum(2, 3).id)
    params: Any = {"display_name": "renamed"}
    with pytest.raises(AuthenticationError, match="Number of signatures"):
        sdk.client.wallets.update(
            made.id, wallet_update_params=params, request_options=signed_by(sdk.keys[2])
        )
    signed = signed_by(sdk.keys[0], sdk.keys[2])
    assert sdk.client.wallets.update(
        made.id, wallet_update_params=params, request_options=signed
    ).display_name


BAD: list[tuple[str, dict[str, Any], str]] = [
    ("no members", {}, "At least one of"),
    ("an empty list", {"public_keys": [], "user_ids": ["did:privy:x"]}, "at least 1 item"),
    (
        "threshold too high",
        {"user_ids": ["did:privy:x"], "authorization_threshold": 2},
        "from 1 to 1",
    ),
    ("threshold zero", {"user_ids": ["did:privy:x"], "authorization_threshold": 0}, "from 1 to 1"),
    ("threshold of 1.5", {"user_ids": ["a", "b"], "authorization_threshold": 1.5}, "whole number"),
    ("long name", {"user_ids": ["did:privy:x"], "display_name": "x" * 51}, "at most 50"),
    ("no key", {"public_keys": ["hello"]}, "not a P-256 public key"),
    ("unknown quorum", {"key_quorum_ids": ["nowhere"]}, "cannot be a member"),
    ("a user twice", {"user_ids": ["did:privy:x", "did:privy:x"]}, "duplicate"),
]


@pytest.mark.parametrize(
    ("fields", "text"), [case[1:] for case in BAD], ids=[case[0] for case in BAD]
)
def test_refused_fields(sdk: Sdk, fields: dict[str, Any], text: str) -> None:
    """What the reference rules out, or suggests to refuse, is 400 with a text that names it."""
    with pytest.raises(BadRequestError) as caught:
        sdk.client.key_quorums.create(**fields)
    body: Any = caught.value.body
    assert text in body["error"]
    assert body["code"] == "invalid_data"


def test_same_key_in_another_spelling(sdk: Sdk) -> None:
    """PEM and base64 of one key are one member."""
    key = sdk.keys[0].public
    with pytest.raises(BadRequestError, match="duplicate"):
        sdk.client.key_quorums.create(public_keys=[key.to_base64(), key.to_pem()])


@pytest.mark.parametrize("wrong", ["app_id", "app_secret"])
def test_wrong_app(emulator: Emulator, wrong: str) -> None:
    """Wrong credentials are 401 with the live text, before anything is looked up."""
    with serving(emulator) as facts:
        settings = facts["privy"] | {wrong: "cmwrong"}
        client = PrivyClient(**settings)
        with pytest.raises(APIStatusError, match="Invalid app ID or app secret") as caught:
            client.key_quorums.get("nowhere")
        client._client.close()
    assert caught.value.status_code == 401


# ---- intents -----------------------------------------------------------------------------------------


def test_intents_of_the_sdk(sdk: Sdk, emulator: Emulator) -> None:
    """What the SDK proposes, our client reads, signs and has done; the SDK reads every answer back."""
    made = sdk.quorum(2)
    intent = sdk.client.intents.update_key_quorum(
        made.id, intent_update_key_quorum_params={"authorization_threshold": 1}
    )
    assert (intent.intent_type, intent.status, intent.custom_expiry) == (
        "KEY_QUORUM",
        "pending",
        True,  # it always sends an expiry, of 72 hours
    )
    assert intent.request_details.body.authorization_threshold == 1
    app = emulator.privy_client()
    ours = app.send(privy.get_intent(intent.intent_id))
    assert ours.current == app.send(privy.get_key_quorum(made.id))
    for key in sdk.keys[:2]:
        given = privy.sign_intent(ours, key, emulator.privy.app_id)
        app.send(privy.authorize_intent(ours.intent_id, given))
    done = sdk.client.intents.get(intent.intent_id)
    assert (done.status, done.action_result.status_code) == ("executed", 200)
    assert [member.signed_at is not None for member in done.authorization_details[0].members] == [
        True,
        True,
    ]
    assert sdk.client.key_quorums.get(made.id).authorization_threshold == 1


def test_our_intents_in_the_sdk(sdk: Sdk, emulator: Emulator) -> None:
    """What we propose the SDK lists by every filter, and rejects; what it cannot read is nothing."""
    quorum = sdk.quorum(2)
    wallet = sdk.client.wallets.create(chain_type="ethereum", owner_id=quorum.id)
    app = emulator.privy_client()
    request = privy.UpdateWalletRequest(display_name="é 🔑")
    ours = app.send(privy.create_wallet_update_intent(wallet.id, request))
    filters: dict[str, Any] = {
        "status": "pending",
        "intent_type": "WALLET",
        "resource_id": wallet.id,
        "current_user_has_signed": "false",
        "sort_by": "expires_at_asc",
        "limit": 1,
    }
    (found,) = sdk.client.intents.list(**filters)
    assert found.intent_id == ours.intent_id
    assert found.request_details.body.display_name == "é 🔑"
    assert found.current_resource_data.id == wallet.id
    assert list(sdk.client.intents.list(**filters | {"status": "executed"})) == []
    rejected = sdk.client.intents.reject(ours.intent_id)
    assert (rejected.status, rejected.rejected_at is not None) == ("rejected", True)
    with pytest.raises(BadRequestError, match="not pending"):
        sdk.client.intents.reject(ours.intent_id)
    assert app.send(privy.get_intent(ours.intent_id)).status == "rejected"


def test_the_sdks_signature_over_an_intent(sdk: Sdk, emulator: Emulator) -> None:
    """The SDK's own signature over the underlying request, made by its function, authorizes an intent."""
    quorum = sdk.quorum(1)
    app = emulator.privy_client()
    change = privy.UpdateKeyQuorumRequest(display_name="é 🔑")
    intent = app.send(privy.create_key_quorum_update_intent(quorum.id, change))
    signed = prepare_request(
        app_id=emulator.privy.app_id,
        method="PATCH",
        url=intent.request_details.url,
        body=intent.request_details.body,
        authorization_context=signed_by(sdk.keys[1]).authorization_context,
        request_expiry=None,
    )
    signature = dict(signed.headers)["privy-authorization-signature"]
    given = privy.IntentAuthorizeInput(signature=signature, timestamp=emulator.clock.now_ms())
    assert app.send(privy.authorize_intent(intent.intent_id, given)).status == "executed"
    message = privy.intent_message(intent, emulator.privy.app_id).encode()
    assert sdk.keys[1].public.verify(base64.b64decode(signature), message)


def test_the_sdk_reads_our_webhooks(sdk: Sdk, emulator: Emulator) -> None:
    """The SDK's types read what the emulator posts of an intent."""
    watch, _ = emulator.news(None)
    quorum = sdk.quorum(1)
    intent = sdk.client.intents.update_key_quorum(
        quorum.id, intent_update_key_quorum_params={"display_name": "renamed"}
    )
    app = emulator.privy_client()
    ours = app.send(privy.get_intent(intent.intent_id))
    given = privy.sign_intent(ours, sdk.keys[0], emulator.privy.app_id)
    app.send(privy.authorize_intent(ours.intent_id, given))
    _, events = emulator.news(watch)
    read = [
        sdk.client.webhooks.unsafe_unwrap(json.dumps({"type": event.type, **event.data}))
        for event in events
    ]
    kinds = [type(each).__name__ for each in read]
    assert kinds == [
        f"Intent{kind}WebhookPayload" for kind in ("Created", "Authorized", "Executed")
    ]
    assert {each.intent_id for each in read} == {intent.intent_id}

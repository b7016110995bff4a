"""Every parameter of every operation: a request that is good, another value of each parameter, and who knows it.

``python -m tests.parameters`` writes ``docs/reference/operations.md``. A new operation needs a line in ``REQUESTS``; a parameter
whose name says nothing yet, one in ``OTHERS``; a new form, one in ``FORMS``; a new answer, one in ``TABLES``. The tests
say which is missing.
"""

from __future__ import annotations

import base64
import inspect as signatures
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple
from unittest.mock import patch
from urllib.parse import quote, urlencode

import httpx
import msgspec
from msgspec import UNSET, inspect, structs

import toolkit.cobo.frames
import toolkit.privy.frames
from tests.samples import KEYS
from toolkit import cobo, privy
from toolkit.emulator import Emulator
from toolkit.emulator.core import LedgerLine, Received, Refusal, Reply, Routed, routed
from toolkit.keys import P256Key
from toolkit.privy import signing
from toolkit.privy.members import QuorumFields
from toolkit.request.call import call
from toolkit.tables import Column, Table

OPERATIONS: list[Any] = [*cobo.OPERATIONS, *privy.OPERATIONS]
PAGE = Path(__file__).parents[1] / "docs" / "reference" / "operations.md"
NOW_MS = 1_790_000_000_000
GONE = object()  # the parameter is left out


def full_name(operation: Any) -> str:
    """Two services may call an operation alike."""
    return f"{operation.service}.{operation.name}"


def told_of(table: Mapping[str, Any], operation: Any) -> Any:
    """What a table has for an operation, by its full name or its own; None where it has nothing."""
    return table.get(full_name(operation), table.get(operation.name))


class Parameter(NamedTuple):
    """One parameter of an operation: in the ``path``, the ``query``, a ``header`` or the ``body``."""

    operation: Any
    place: str
    name: str

    @property
    def key(self) -> str:
        return f"{full_name(self.operation)}.{self.name}"


def parameters_of(operation: Any) -> list[Parameter]:
    """Path ids, query parameters, headers and fields of the body, those within others as ``outer.inner``."""
    ids = [Parameter(operation, "path", name) for name in operation.placeholders]
    query = [Parameter(operation, "query", name) for name in operation.query]
    headers = [Parameter(operation, "header", name) for name in headers_of(operation)]
    body: list[Parameter] = []
    if operation.body is not None:
        kind = inspect.type_info(operation.body)
        body = [Parameter(operation, "body", name) for name in _fields(kind, "")]
    return [*ids, *query, *headers, *body]


def headers_of(operation: Any) -> tuple[str, ...]:
    """The headers that our client sends beside those of every request."""
    if operation.co_signed or operation.owner_signs:
        return (signing.SIGNATURE, signing.REQUEST_EXPIRY)
    if operation in privy.operations.PROPOSALS:
        return (signing.REQUEST_EXPIRY,)
    if operation.idempotency is not None:
        return (operation.idempotency.header,)
    return ()


def _fields(kind: inspect.Type, before: str) -> Iterator[str]:
    if isinstance(kind, inspect.UnionType):
        for each in kind.types:
            yield from _fields(each, before)
    elif isinstance(kind, inspect.ListType | inspect.VarTupleType):
        yield from _fields(kind.item_type, before)
    elif isinstance(kind, inspect.StructType):
        for field in kind.fields:
            yield before + field.encode_name
            yield from _fields(field.type, f"{before}{field.encode_name}.")


PARAMETERS = [each for operation in OPERATIONS for each in parameters_of(operation)]


# ---- a good request of each operation ------------------------------------------------------------


@dataclass(frozen=True)
class Request:
    """What an operation is sent: ids by name, query and body."""

    ids: Mapping[str, str]
    query: Mapping[str, Any]
    body: Any = None


@contextmanager
def still() -> Iterator[None]:
    """The wall clock stands still, so that two emulators are alike."""
    with patch("toolkit.emulator.server.wall_clock_ms", lambda: NOW_MS):
        yield


def world() -> Emulator:
    """A world in which every parameter can say something: a second project, and a group for keys that wait."""
    emulator = Emulator.seeded()
    state = emulator.cobo.state
    project = next(iter(state.projects.values()))
    state.projects["second"] = msgspec.structs.replace(project, project_id="second")
    for _ in range(2):  # the first is cancelled, so that there are two
        made = sent(emulator, cobo.operations.CREATE_TSS_REQUEST, tss_request(emulator))
        tss_id = json.loads(made.body)["tss_request_id"]
        ids = {"vault_id": emulator.vault_id, "tss_request_id": tss_id}
        if len(emulator.cobo.tss.requests) == 1:
            sent(emulator, cobo.operations.CANCEL_TSS_REQUEST_BY_ID, Request(ids, {}))
    made = sent(
        emulator, privy.operations.CREATE_KEY_QUORUM, Request({}, {}, quorum_body(emulator))
    )
    mixed, name = {"key_quorum_id": json.loads(made.body)["id"]}, {"display_name": "Another"}
    sent(emulator, privy.operations.CREATE_KEY_QUORUM_UPDATE_INTENT, Request(mixed, {}, name))
    sent(
        emulator, privy.operations.CREATE_WALLET_UPDATE_INTENT, Request(wallet(emulator), {}, name)
    )
    next(iter(emulator.privy.intents.proposals.values())).expires_ms -= 1
    return emulator


def intent(emulator: Emulator) -> dict[str, str]:
    return {"intent_id": list(emulator.privy.intents.proposals)[-1]}


def group_of(emulator: Emulator, kind: str) -> str:
    groups = emulator.cobo.state.groups[emulator.vault_id].values()
    return next(group.key_share_holder_group_id or "" for group in groups if group.type == kind)


def vault(emulator: Emulator) -> dict[str, str]:
    return {"vault_id": emulator.vault_id}


def group(emulator: Emulator, kind: str) -> dict[str, str]:
    return {**vault(emulator), "key_share_holder_group_id": group_of(emulator, kind)}


def new_group(emulator: Emulator) -> dict[str, Any]:
    seats = [
        {"name": f"Seat {at}", "type": "API", "tss_node_id": node, "signer": at == 0}
        for at, node in enumerate(emulator.spare_nodes[:2])
    ]
    return {
        "key_share_holder_group_type": "SigningGroup",
        "participants": 3,
        "threshold": 2,
        "key_share_holders": seats,
    }


def tss_request(emulator: Emulator) -> Request:
    body = {
        "type": "KeyGenFromKeyGroup",
        "target_key_share_holder_group_id": group_of(emulator, "SigningGroup"),
        "source_key_share_holder_group": {
            "key_share_holder_group_id": group_of(emulator, "MainGroup")
        },
        "description": "why",
    }
    return Request(vault(emulator), {}, body)


def no_tss_request(emulator: Emulator) -> Request:
    """A new one, since none is open any more."""
    emulator.advance(25 * 3_600_000)
    return tss_request(emulator)


def upgrade(emulator: Emulator) -> Request:
    """The signing group has its keys."""
    ids = group(emulator, "SigningGroup")
    groups = emulator.cobo.state.groups_of(emulator.vault_id)
    group_id = ids["key_share_holder_group_id"]
    groups[group_id] = msgspec.structs.replace(groups[group_id], status="Valid")
    body = {
        "update_key_share_holder_group_action": "UpgradeToMainGroup",
        "original_main_group_handling": "Invalidate",
    }
    return Request(ids, {}, body)


def open_tss_request(emulator: Emulator) -> Request:
    request_id = list(emulator.cobo.tss.requests)[-1]
    return Request({**vault(emulator), "tss_request_id": request_id}, {})


def holder(emulator: Emulator) -> Request:
    seats = next(iter(emulator.cobo.state.groups[emulator.vault_id].values())).key_share_holders
    node = (seats or [])[1].tss_node_id or ""
    return Request({**vault(emulator), "tss_node_id": node}, {})


def quorum_body(emulator: Emulator) -> dict[str, Any]:
    return {
        "public_keys": [key.public.to_base64() for key in KEYS[:2]],
        "user_ids": ["did:privy:one"],
        "key_quorum_ids": [quorum_named(emulator, "Night shift")],
        "authorization_threshold": 2,
        "display_name": "Ops",
    }


def quorum_named(emulator: Emulator, name: str) -> str:
    return next(each.id for each in emulator.privy.quorums.values() if each.display_name == name)


def quorum(emulator: Emulator, name: str = "Treasury approvals, EU") -> dict[str, str]:
    return {"key_quorum_id": quorum_named(emulator, name)}


def wallet(emulator: Emulator) -> dict[str, str]:
    wallets = emulator.privy.wallets.values()
    return {"wallet_id": next(each.id for each in wallets if each.display_name == "Hot wallet")}


def new_wallet(emulator: Emulator) -> dict[str, Any]:
    night = quorum_named(emulator, "Night shift")
    return {
        "chain_type": "ethereum",
        "display_name": "Till",
        "external_id": "till-1",
        "owner_id": night,
        "additional_signers": [{"signer_id": night, "override_policy_ids": ["o" * 24]}],
        "policy_ids": ["p" * 24],
        "entity": {"id": "org-1", "type": "organization"},
    }


def changed_wallet(emulator: Emulator) -> dict[str, Any]:
    body = new_wallet(emulator)
    del body["chain_type"], body["entity"]
    return body


def archived(emulator: Emulator) -> privy.Wallet:
    """A wallet that is archived from now on."""
    stored = emulator.privy.wallets
    first = next(iter(stored.values()))
    gone = structs.replace(first, id="archived", address="0x" + "a" * 40, archived_at=NOW_MS)
    last = structs.replace(first, id="last", address="0x" + "b" * 40)
    stored.update({"archived": gone, "last": last})
    return gone


def by_address(emulator: Emulator) -> Request:
    body = {"address": archived(emulator).address, "include_archived": True}
    return Request({}, {}, body)


def listed_wallets(emulator: Emulator) -> Request:
    archived(emulator)
    return Request({}, {})


def archived_wallet(emulator: Emulator) -> Request:
    return Request({"wallet_id": archived(emulator).id}, {"include_archived": "true"})


def policy(emulator: Emulator) -> dict[str, str]:
    stored = emulator.privy.policies
    (first,) = stored.values()
    stored["another"] = structs.replace(first, id="another")
    return {"policy_id": first.id}


def automation(emulator: Emulator) -> dict[str, str]:
    stored = emulator.privy.automations
    (first,) = stored.values()
    stored["another"] = structs.replace(first, id="another")
    return {"automation_id": first.id}


def listed_automations(emulator: Emulator) -> Request:
    automation(emulator)
    return Request({}, {})


def project_vault(emulator: Emulator) -> dict[str, Any]:
    project_id = next(iter(emulator.cobo.state.projects))
    return {"name": "App", "vault_type": "User-Controlled", "project_id": project_id}


def mpc_wallet(emulator: Emulator, name: str = "Hot") -> dict[str, Any]:
    return {
        "name": name,
        "wallet_type": "MPC",
        "wallet_subtype": "Org-Controlled",
        "vault_id": emulator.vault_id,
        "enable_auto_sweep": False,
    }


def two_wallets(emulator: Emulator) -> Request:
    """There are two of them in one vault."""
    for name in ("One", "Two"):
        reply = sent(
            emulator, cobo.operations.CREATE_WALLET, Request({}, {}, mpc_wallet(emulator, name))
        )
        assert reply.status == 201, reply.body
    return Request({}, {})


REQUESTS: dict[str, Callable[[Emulator], Request]] = {
    "create_mpc_vault": lambda e: Request({}, {}, project_vault(e)),
    "list_mpc_vaults": lambda e: Request({}, {"vault_type": "Org-Controlled"}),
    "get_mpc_vault_by_id": lambda e: Request(vault(e), {}),
    "update_mpc_vault_by_id": lambda e: Request(vault(e), {}, {"name": "Reserve"}),
    "create_key_share_holder_group": lambda e: Request(vault(e), {}, new_group(e)),
    "list_key_share_holder_groups": lambda e: Request(vault(e), {}),
    "get_key_share_holder_group_by_id": lambda e: Request(group(e, "MainGroup"), {}),
    "update_key_share_holder_group_by_id": upgrade,
    "delete_key_share_holder_group_by_id": lambda e: Request(group(e, "RecoveryGroup"), {}),
    "list_key_share_holders": lambda e: Request(vault(e), {}),
    "get_key_share_holder_by_tss_node_id": holder,
    "create_tss_request": no_tss_request,
    "list_tss_requests": lambda e: Request(
        vault(e), {"key_share_holder_group_id": group_of(e, "SigningGroup")}
    ),
    "get_tss_request_by_id": open_tss_request,
    "cancel_tss_request_by_id": open_tss_request,
    "list_cobo_key_holders": lambda e: Request({}, {}),
    "list_mpc_projects": lambda e: Request({}, {}),
    "get_mpc_project_by_id": lambda e: Request(
        {"project_id": next(iter(e.cobo.state.projects))}, {}
    ),
    "get_org_info": lambda e: Request({}, {}),
    "get_api_key_info": lambda e: Request({}, {}),
    "create_key_quorum": lambda e: Request({}, {}, quorum_body(e)),
    "get_key_quorum": lambda e: Request(quorum(e), {}),
    "update_key_quorum": lambda e: Request(quorum(e), {}, quorum_body(e)),
    "delete_key_quorum": lambda e: Request({"key_quorum_id": unused_quorum(e)}, {}),
    "privy.create_wallet": lambda e: Request({}, {}, new_wallet(e)),
    "privy.list_wallets": listed_wallets,
    "create_mpc_project": lambda e: Request(
        {}, {}, {"name": "App", "participants": 3, "threshold": 2}
    ),
    "update_mpc_project_by_id": lambda e: Request({"project_id": "second"}, {}, {"name": "App"}),
    "cobo.create_wallet": lambda e: Request({}, {}, mpc_wallet(e)),
    "cobo.list_wallets": two_wallets,
    "get_wallet": archived_wallet,
    "get_wallet_by_address": by_address,
    "create_wallet_batch": lambda e: Request({}, {}, {"wallets": [new_wallet(e)]}),
    "archive_wallet": lambda e: Request(wallet(e), {}),
    "get_policy": lambda e: Request(policy(e), {}),
    "list_wallet_automations": listed_automations,
    "get_wallet_automation": lambda e: Request(automation(e), {}),
    "update_wallet": lambda e: Request(wallet(e), {}, changed_wallet(e)),
    "create_key_quorum_update_intent": lambda e: Request(quorum(e), {}, quorum_body(e)),
    "create_wallet_update_intent": lambda e: Request(wallet(e), {}, changed_wallet(e)),
    "list_intents": lambda e: Request({}, {}),
    "get_intent": lambda e: Request(intent(e), {}),
    "reject_intent": lambda e: Request(intent(e), {}),
    "authorize_intent": lambda e: Request(intent(e), {}, {"signature": "x", "timestamp": NOW_MS}),
}


def unused_quorum(emulator: Emulator) -> str:
    return str(json.loads(sent(emulator, *of("create_key_quorum", emulator)).body)["id"])


def of(name: str, emulator: Emulator) -> tuple[Any, Request]:
    """An operation and its good request."""
    operation = next(each for each in OPERATIONS if each.name == name)
    return operation, told_of(REQUESTS, operation)(emulator)


# ---- another value of each parameter -------------------------------------------------------------


def cursor(emulator: Emulator, operation: Any, request: Request) -> str:
    """A cursor behind the first thing of a list."""
    short = replace(request, query={**request.query, "limit": 1})
    answer = json.loads(sent(emulator, operation, short).body)
    pagination = answer.get("pagination", answer)
    behind: str = pagination.get("after") or pagination.get("next_cursor") or ""
    assert behind, f"{operation.name}: a second thing is needed to see what a cursor does"
    return behind


def another_group(emulator: Emulator) -> str:
    return group_of(emulator, "RecoveryGroup")


def a_node(emulator: Emulator) -> str:
    return emulator.spare_nodes[-1]


#: By parameter, or by name where it is the same everywhere: another good value where there is one, or one that is
#: refused for what it says.
OTHERS: dict[str, Any] = {
    "vault_id": lambda e: list(e.cobo.state.vaults)[1],
    "limit": 1,
    "before": cursor,
    "after": cursor,
    "cursor": cursor,
    "key_share_holder_group_id": another_group,
    "delete_key_share_holder_group_by_id.key_share_holder_group_id": lambda e: group_of(
        e, "SigningGroup"
    ),
    "key_share_holder_group_type": "RecoveryGroup",
    "key_share_holder_group_ids": another_group,
    "project_id": "second",
    "update_mpc_project_by_id.project_id": lambda e: next(iter(e.cobo.state.projects)),
    "name": "Another name",
    "display_name": "Another name",
    "vault_type": "Org-Controlled",
    "wallet_type": "Custodial",
    "wallet_subtype": "User-Controlled",
    "enable_auto_sweep": True,
    "list_mpc_vaults.vault_type": "User-Controlled",
    "participants": 2,
    "threshold": 3,
    "key_share_holders": [],
    "key_share_holders.name": "Another name",
    "key_share_holders.type": "Mobile",
    "key_share_holders.tss_node_id": a_node,
    "key_share_holders.signer": False,
    "update_key_share_holder_group_action": "Another",
    "original_main_group_handling": "ConvertToSigningGroup",
    "tss_node_id": a_node,
    "tss_request_id": lambda e: next(iter(e.cobo.tss.requests)),
    "type": "KeyGen",
    "target_key_share_holder_group_id": another_group,
    "source_key_share_holder_group": GONE,
    "source_key_share_holder_group.key_share_holder_group_id": another_group,
    "source_key_share_holder_group.tss_node_ids": lambda e: [a_node(e)],
    "description": "another reason",
    "key_quorum_id": lambda e: quorum_named(e, "Night shift"),
    "public_keys": lambda e: [KEYS[2].public.to_base64()],
    "user_ids": ["did:privy:another"],
    "key_quorum_ids": lambda e: [quorum_named(e, "Payout approvals")],
    "authorization_threshold": 3,
    "wallet_id": lambda e: list(e.privy.wallets)[-1],
    "chain_type": "solana",
    "external_id": "another-1",
    "owner_id": lambda e: quorum_named(e, "Payout approvals"),
    "owner": {"user_id": "did:privy:owner"},
    "owner.public_key": lambda e: KEYS[2].public.to_base64(),
    "owner.user_id": "did:privy:another",
    "additional_signers": [],
    "additional_signers.signer_id": lambda e: quorum_named(e, "Payout approvals"),
    "additional_signers.override_policy_ids": ["a" * 24],
    "intent_id": lambda e: next(iter(e.privy.intents.proposals)),
    "list_intents.cursor": lambda e: next(iter(e.privy.intents.proposals)),
    "status": "rejected",
    "intent_type": "WALLET",
    "created_by_id": "did:privy:another",
    "pending_member_id": "did:privy:one",
    "resource_id": lambda e: wallet(e)["wallet_id"],
    "current_user_has_signed": "true",
    "sort_by": "expires_at_asc",
    "signature": "",  # whose it is, is judged before
    "timestamp": NOW_MS + 1,
    "authorization_key": lambda e: e.authorization_keys["Alice"].public.to_base64(),
    "user_id": "did:privy:nobody",
    "address": lambda e: e.privy.wallets["last"].address,
    "entity_id": "org-1",
    "include_archived": "true",
    "get_wallet.include_archived": "false",
    "get_wallet_by_address.include_archived": False,
    "policy_ids": ["q" * 24],
    "entity": {"id": "did:privy:x", "type": "user"},
    "entity.id": "another",
    "entity.type": "user",
    "policy_id": "another",
    "automation_id": "another",
    "list_wallet_automations.wallet_id": "last",
    "wallets": [],
    signing.SIGNATURE: "x",
    signing.REQUEST_EXPIRY: "1",
    signing.IDEMPOTENCY_KEY: "used",  # before, with another body
}
OTHERS |= {
    each.name: OTHERS[each.name.removeprefix("wallets.")]
    for each in PARAMETERS
    if each.name.startswith("wallets.")
}

#: Good only in place of what the request has otherwise.
INSTEAD = {"owner": "owner_id"}


def other(parameter: Parameter) -> Any:
    """Another value. Raises KeyError for a parameter that nobody has thought of."""
    for key in keys_of(parameter):
        if key in OTHERS:
            return OTHERS[key]
    raise KeyError(parameter.key)


def keys_of(parameter: Parameter) -> tuple[str, str, str]:
    """By what a value of it may be told, the nearest first."""
    return parameter.key, f"{parameter.operation.name}.{parameter.name}", parameter.name


def varied(emulator: Emulator, parameter: Parameter, request: Request) -> Request:
    """The request with another value of this one parameter."""
    value = other(parameter)
    if value is cursor:
        value = cursor(emulator, parameter.operation, request)
    elif callable(value):
        value = value(emulator)
    if parameter.place == "path":
        return replace(request, ids={**request.ids, parameter.name: value})
    if parameter.place == "query":
        return replace(request, query={**request.query, parameter.name: value})
    return replace(request, body=_put(request.body, parameter.name.split("."), value))


def _put(body: Any, path: list[str], value: Any) -> Any:
    """The body with another value at a path; of a list, in its first part."""
    if isinstance(body, list):
        return [_put(body[0], path, value), *body[1:]]
    name, *rest = path
    body = dict(body or {})
    body.pop(INSTEAD.get(name, ""), None)
    if rest:
        value = _put(body.get(name), rest, value)
    if value is GONE:
        body.pop(name, None)
        return body
    return {**body, name: value}


# ---- what becomes of it --------------------------------------------------------------------------


def received(operation: Any, request: Request, base: str, identity: str) -> Received:
    """The request as it arrives, without signatures: they are judged elsewhere."""
    path = "/".join(
        quote(request.ids[part[1:-1]], safe="") if part.startswith("{") else part
        for part in operation.path.split("/")
    )
    query = f"?{urlencode(request.query)}" if request.query else ""
    content = b"" if request.body is None else json.dumps(request.body).encode()
    headers = (("content-type", "application/json"), ("biz-api-key", identity))
    return Received(
        operation.method, "https", "emulator.invalid", base + path + query, headers, content
    )


def sent(emulator: Emulator, operation: Any, request: Request) -> Reply:
    """The answer to it."""
    service: Any = getattr(emulator, operation.service)
    identity = emulator.api_key.public.to_hex()
    arrived = received(operation, request, service.base, identity)
    wanted = routed(service, arrived)
    assert isinstance(wanted, Routed), f"{operation.name} has no route"
    line = LedgerLine(0, 0, arrived.method, arrived.target, identity)
    try:
        reply: Reply = service.perform(wanted, arrived, line)
    except Refusal as refusal:
        reply = service.refused(refusal, line)
    return reply


def keys_of_owner(emulator: Emulator, arrived: Received) -> list[P256Key]:
    """The keys of everybody who may sign a request."""
    quorum = emulator.privy.signing_quorum(arrived)
    members = set(emulator.privy.leaves(quorum)) if quorum is not None else set()
    keys = [*emulator.authorization_keys.values(), *KEYS]
    return [key for key in keys if key.public in members]


def sent_with_headers(
    emulator: Emulator,
    operation: Any,
    request: Request,
    changed: Mapping[str, str],
) -> Reply:
    """The answer to it with credentials, signatures and every header of its own, some of them changed."""
    secret = f"{emulator.privy.app_id}:{emulator.privy.app_secret.reveal()}"
    headers = {
        "authorization": f"Basic {base64.b64encode(secret.encode()).decode()}",
        "content-type": "application/json",
        signing.APP_ID: emulator.privy.app_id,
    }
    own = {signing.REQUEST_EXPIRY: str(NOW_MS + 60_000), signing.IDEMPOTENCY_KEY: "fresh"}
    headers |= {name: value for name, value in own.items() if name in headers_of(operation)}
    headers |= changed
    arrived = replace(
        received(operation, request, emulator.privy.base, ""), headers=tuple(headers.items())
    )
    if signing.SIGNATURE in headers_of(operation) and signing.SIGNATURE not in changed:
        content = emulator.privy.messages(arrived)[0].encode()
        signatures = [key.sign(content) for key in keys_of_owner(emulator, arrived)]
        proof = ",".join(base64.b64encode(each).decode() for each in signatures)
        arrived = replace(arrived, headers=(*arrived.headers, (signing.SIGNATURE, proof)))
    return emulator.answer(arrived)


def with_headers(operation: Any, changed: Mapping[str, str]) -> tuple[int, bytes, str]:
    """Status and body of the answer to a request with its headers, and the world after it."""
    with still():
        emulator = world()
        request = told_of(REQUESTS, operation)(emulator)
        if operation.idempotency is not None:
            used = {operation.idempotency.header: "used"}
            solana = replace(request, body={"chain_type": "solana"})
            assert sent_with_headers(emulator, operation, solana, used).status == operation.status
        reply = sent_with_headers(emulator, operation, request, changed)
        return reply.status, reply.body, after(emulator)


def outcome(operation: Any, parameter: Parameter | None = None) -> tuple[int, bytes, str]:
    """Status and body of the answer, and the world after it; with another value of a parameter, if one is named."""
    with still():
        emulator = world()
        request = told_of(REQUESTS, operation)(emulator)
        if parameter is not None:
            request = varied(emulator, parameter, request)
        reply = sent(emulator, operation, request)
        return reply.status, reply.body, after(emulator)


def after(emulator: Emulator) -> str:
    """What a world holds."""
    state, apps = emulator.cobo.state, emulator.privy
    held = {
        "vaults": dict(state.vaults),
        "groups": {vault_id: dict(groups) for vault_id, groups in state.groups.items()},
        "requests": dict(emulator.cobo.tss.requests),
        "quorums": dict(apps.quorums),
        "wallets": dict(apps.wallets),
        "projects": dict(state.projects),
        "intents": dict(apps.intents.proposals),
    }
    return repr(held)


# ---- who knows it --------------------------------------------------------------------------------


def in_client(parameter: Parameter) -> bool:
    """Whether the function that builds the call takes it, by name or in its request; or the client sends it."""
    modules: dict[str, ModuleType] = {"cobo": cobo.operations, "privy": privy.operations}
    module = modules[parameter.operation.service]
    arguments = signatures.signature(getattr(module, parameter.operation.name)).parameters
    if parameter.place == "header":
        return parameter.name in headers_sent(parameter.operation)
    if parameter.place == "body":
        return "request" in arguments
    return parameter.name in arguments


def headers_sent(operation: Any) -> set[str]:
    """The names of the headers with which our client sends its good request."""
    names: set[str] = set()
    with still():
        emulator = world()

        def looked_at(request: httpx.Request) -> httpx.Response:
            names.update(name.lower() for name in request.headers)
            return emulator.handle(request)

        asked = told_of(REQUESTS, operation)(emulator)
        body = msgspec.convert(asked.body, type=operation.body) if operation.body else None
        made = call(operation, asked.ids, asked.query, body)
        arrived = received(operation, asked, emulator.privy.base, "")
        signers = (
            keys_of_owner(emulator, arrived) if signing.SIGNATURE in headers_of(operation) else []
        )
        app = emulator.privy_client(transport=httpx.MockTransport(looked_at))
        words = {problem.rule for problem in app.problems(made, signers=signers)}
        expires = {"expires_in_s": 60} if operation in privy.operations.PROPOSALS else {}
        prepared = app.prepare(made, **expires)
        exchange = app.exchange(prepared, signers=signers, acknowledge=words)
        assert exchange.status == operation.status, exchange
    return names


def quorum_fields(emulator: Emulator) -> QuorumFields:
    members = (
        ("Key", KEYS[0].public.to_base64()),
        ("User", "did:privy:one"),
        ("Quorum", quorum_named(emulator, "Night shift")),
    )
    return QuorumFields("Another name", members, 2)


def _group_form(emulator: Emulator) -> Any:
    form = cobo.forms.create_key_share_holder_group(
        emulator.cobo_client(), nodes=emulator.spare_nodes
    )
    holders = tuple(
        cobo.CreateKeyShareHolder(**seat) for seat in new_group(emulator)["key_share_holders"]
    )
    form.fill(cobo.forms.GroupFields(emulator.vault_id, "SigningGroup", 2, 3, holders))
    return form


def _tss_form(emulator: Emulator) -> Any:
    emulator.advance(25 * 3_600_000)
    form = cobo.forms.create_tss_request(
        emulator.cobo_client(), emulator.vault_id, group_of(emulator, "SigningGroup")
    )
    form.description.value = "why"
    return form


def _change_form(emulator: Emulator) -> Any:
    form = privy.forms.update_key_quorum(emulator.privy_client(), quorum(emulator)["key_quorum_id"])
    form.fill(quorum_fields(emulator))
    return form


def _quorum_form(emulator: Emulator) -> Any:
    form = privy.forms.create_key_quorum(emulator.privy_client())
    form.fill(quorum_fields(emulator))
    return form


def _wallet_form(emulator: Emulator) -> Any:
    form = privy.forms.create_wallet(emulator.privy_client(), quorum(emulator)["key_quorum_id"])
    form.display_name.value, form.external_id.value = "Till", "till-1"
    form.policy_id.value = "p" * 24
    return form


#: Each form, by the operation that it sends, with everything in it that can be.
FORMS: dict[str, Callable[[Emulator], Any]] = {
    "create_key_share_holder_group": _group_form,
    "create_tss_request": _tss_form,
    "update_key_share_holder_group_by_id": lambda e: cobo.forms.update_key_share_holder_group_by_id(
        e.cobo_client(), e.vault_id, group_of(e, "SigningGroup")
    ),
    "delete_key_share_holder_group_by_id": lambda e: cobo.forms.delete_key_share_holder_group_by_id(
        e.cobo_client(), e.vault_id, group_of(e, "RecoveryGroup")
    ),
    "get_api_key_info": lambda e: cobo.forms.api_key_info(e.cobo_client()),
    "create_key_quorum": _quorum_form,
    "update_key_quorum": _change_form,
    "delete_key_quorum": lambda e: privy.forms.delete_key_quorum(
        e.privy_client(), quorum(e)["key_quorum_id"]
    ),
    "privy.create_wallet": _wallet_form,
    "update_wallet": lambda e: privy.forms.update_wallet(
        e.privy_client(), quorum(e)["key_quorum_id"]
    ),
}
#: A form that is called otherwise than its operation.
CALLED = {"api_key_info": "get_api_key_info"}


#: Forms that send no operation of their own: cards of what is in doubt, and the co-signer's of a file.
SEND_NOTHING = ("pending", "sign")


def forms() -> set[str]:
    """The operations that a form sends, by the functions that make forms."""
    names: set[str] = set()
    for module in (cobo.forms, privy.forms):
        for name in module.__all__:
            made: Any = getattr(module, name)
            if signatures.isfunction(made) and name not in SEND_NOTHING:
                names.add(CALLED.get(name, name))
    return names


def said_by_forms() -> dict[str, set[str]]:
    """What each form says of its operation when everything is filled in."""
    said: dict[str, set[str]] = {}
    for name, make in FORMS.items():
        with still():
            form = make(world())
        call = form.spec.call()
        names = {pair[0] for pair in (*call.arguments, *call.query)}
        if call.body is not None:
            names |= set(_said(call.body, ""))
        form.close()
        said[name] = names
    return said


def _said(body: Any, before: str) -> Iterator[str]:
    if isinstance(body, list | tuple):
        for each in body:
            yield from _said(each, before)
    elif isinstance(body, msgspec.Struct):
        for field in msgspec.structs.fields(body):
            value = getattr(body, field.name)
            if value is not None and value is not UNSET:
                yield before + field.encode_name
                yield from _said(value, f"{before}{field.encode_name}.")


class Probe:
    """Stands for any answer, and remembers which of its fields a column asks for."""

    def __init__(self) -> None:
        self.asked: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        self.asked.add(name)
        return None


def fields_in(column: Column) -> set[str]:
    """The fields of an answer that a column reads."""
    probe = Probe()
    try:
        column.of(probe)
    except TypeError:  # it counts what the probe has not got: the field was asked for by then
        return probe.asked
    return probe.asked


def tables_of(service: str) -> dict[str, Table]:
    """The tables of a service by name."""
    module = {"cobo": toolkit.cobo.frames, "privy": toolkit.privy.frames}[service]
    return {name: value for name, value in vars(module).items() if isinstance(value, Table)}


#: Where a table shows what a parameter says under another name.
SHOWN_AS = {
    "public_keys": "authorization_keys",
    "key_quorum_id": "id",
    "wallet_id": "id",
    "policy_id": "id",
    "automation_id": "id",
    "include_archived": "archived_at",
    "entity_id": "entity",
    "wallets.owner": "owner_id",
    "vault_type": "type",
    "owner": "owner_id",
    "key_share_holder_group_ids": "key_share_holder_group_id",
    "source_key_share_holder_group.key_share_holder_group_id": "source_key_share_holder_group",
    "source_key_share_holder_group.tss_node_ids": "source_key_share_holder_group",
}
#: What a list is turned by: nothing that a table could show.
TURNING = ("limit", "before", "after", "cursor")
#: The tables of what an operation answers, or of what its answers are made of.
TABLES = {
    "MPCVault": ("VAULTS",),
    "KeyShareHolderGroup": ("GROUPS", "HOLDERS", "TSS_KEY_SHARE_GROUPS"),
    "KeyShareHolder": ("HOLDERS",),
    "TSSRequest": ("TSS_REQUESTS",),
    "ApiKeyInfo": ("API_KEY", "ROLE_SCOPES"),
    "KeyQuorum": ("KEY_QUORUMS", "QUORUM_MEMBERS"),
    "MPCProject": ("PROJECTS",),
    "WalletInfo": ("COBO_WALLETS",),
    "Wallet": ("WALLETS",),
    "WalletPage": ("WALLETS",),
    "WalletBatch": ("WALLETS",),
    "Policy": ("POLICIES", "POLICY_RULES"),
    "WalletAutomation": ("WALLET_AUTOMATIONS",),
    "WalletAutomationPage": ("WALLET_AUTOMATIONS",),
    "Intent": ("INTENTS",),
    "IntentPage": ("INTENTS",),
}
#: The tables of what stands within a field.
INNER: dict[str, tuple[str, ...]] = {"key_share_holders": ("HOLDERS",)}


def in_table(parameter: Parameter) -> str:
    """The first column that shows what it says, as ``table.column``; empty where none does."""
    operation = parameter.operation
    if parameter.name in TURNING:
        return ""
    outer, _, last = parameter.name.rpartition(".")
    shown = operation.echoes.get(parameter.name) or SHOWN_AS.get(parameter.name) or last
    for name in INNER.get(outer, TABLES.get(answer_of(operation), ())):
        for column in tables_of(operation.service)[name].columns:
            of_another = bool(outer and column.lane)  # a seat's type is not its group's
            if shown in fields_in(column) and not of_another:
                return f"{name.lower()}.{column.name}"
    return ""


def answer_of(operation: Any) -> str:
    """The model that an operation answers with, or that its pages and lists are made of."""
    kind = operation.returns
    for inner in getattr(kind, "__args__", ()):
        kind = inner
    return str(kind.__name__)


# ---- the page ------------------------------------------------------------------------------------

HEAD = """# Operations and their parameters

<!-- Made from the operation tables by `python -m tests.parameters`; a test keeps it whole. -->

Every operation, with what becomes of each of its parameters. *client*: the function that builds the call takes it, or the client sends it. *emulator*: what another value of it changes there, the `answer` (or the world after it) or whether it is a `refusal`. *form*: a filled form says it. *table*: the first column that shows it.
"""


def effects() -> dict[str, str]:
    """What another value of each parameter changes, by its key."""
    changed: dict[str, str] = {}
    for operation in OPERATIONS:
        good = outcome(operation)
        for each in parameters_of(operation):
            if each.place != "header":
                changed[each.key] = effect(good, outcome(operation, each))
                continue
            varied = with_headers(operation, {each.name: other(each)})
            changed[each.key] = effect(with_headers(operation, {}), varied)
    return changed


def page(changed: Mapping[str, str]) -> str:
    """The page as it must be."""
    said = said_by_forms()
    lines = [HEAD]
    for operation in OPERATIONS:
        lines.append(f"## `{operation.service}.{operation.name}`\n")
        lines.append(f"{operation.title}: `{operation.method} {operation.path}`\n")
        parameters = parameters_of(operation)
        if not parameters:
            lines.append("It has no parameters.\n")
            continue
        lines.append("| parameter | in | client | emulator | form | table |")
        lines.append("|---|---|---|---|---|---|")
        for each in parameters:
            cells = (
                f"`{each.name}`",
                each.place,
                "yes" if in_client(each) else "",
                changed[each.key],
                "yes" if each.name in (told_of(said, operation) or ()) else "",
                f"`{in_table(each)}`" if in_table(each) else "",
            )
            lines.append(f"| {' | '.join(cells)} |")
        lines.append("")
    return "\n".join(lines).rstrip("\n") + "\n"


def effect(good: tuple[int, bytes, str], varied: tuple[int, bytes, str]) -> str:
    """What another value changed: ``answer``, ``refusal``, or nothing."""
    if varied == good:
        return ""
    return "refusal" if varied[0] >= 400 else "answer"


if __name__ == "__main__":
    PAGE.write_text(page(effects()))

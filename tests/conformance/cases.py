"""Recorded cases: a request in, a verdict and a text out. Each is derived from a row of the references.

``row`` names it: C = Cobo reference, P = Privy reference, with the section. Placeholders in braces stand for ids of
the demo world. Requests are signed here by hand, with code that shares nothing with the toolkit's client.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
from msgspec.structs import replace

from tests.samples import node_id
from toolkit import cobo, privy
from toolkit.emulator import Emulator
from toolkit.keys import P256Key, Secp256k1Key

HOST = "https://emulator.invalid"
V, G = "/v2/wallets/mpc/vaults", "/v2/wallets/mpc/vaults/{vault}/key_share_holder_groups"
T, Q, W = "/v2/wallets/mpc/vaults/{vault}/tss_requests", "/v1/key_quorums", "/v1/wallets"
P, M = "/v2/wallets/mpc/projects", "/v2/wallets"
N = "/v1/intents"
SIGNED = {"signature": "{signature}", "timestamp": 1_795_000_000_000}
KEY = P256Key.from_hex(f"{5:064x}").public.to_base64()
HOLDERS = [
    {"name": "A", "type": "API", "tss_node_id": "a", "signer": True},
    {"name": "B", "type": "API", "tss_node_id": "b", "signer": False},
]
GROUP: dict[str, Any] = {
    "key_share_holder_group_type": "SigningGroup",
    "participants": 3,
    "threshold": 2,
    "key_share_holders": HOLDERS,
}
RAW = "raw:"  # a body that is not made by json.dumps
Prepare = Callable[[Emulator], Any]


@dataclass(frozen=True)
class Case:
    """One request and what must come of it."""

    name: str
    row: str
    method: str
    path: str
    status: int
    text: str = ""
    body: Any = None
    query: str = ""
    choices: dict[str, str] = field(default_factory=dict)
    prepare: Prepare | None = None
    signers: tuple[str, ...] = ("Alice", "Bob")
    headers: dict[str, str | None] = field(default_factory=dict)
    times: int = 1


def group(**changes: Any) -> dict[str, Any]:
    return GROUP | changes


def wallet(**changes: Any) -> dict[str, Any]:
    fields = {"name": "Näme", "wallet_type": "MPC", "wallet_subtype": "Org-Controlled"}
    return fields | {"vault_id": "{vault}"} | changes


def seat(**changes: Any) -> dict[str, Any]:
    return group(key_share_holders=[HOLDERS[0] | changes, HOLDERS[1]])


def roles(*given: cobo.RoleScope) -> Prepare:
    def prepare(emulator: Emulator) -> None:
        key = next(iter(emulator.cobo.keys))
        emulator.cobo.keys[key] = replace(emulator.cobo.keys[key], role_scopes=list(given))

    return prepare


def valid_signing(emulator: Emulator) -> None:
    groups = emulator.cobo.state.groups[emulator.vault_id]
    for group_id, found in groups.items():
        if found.type == "SigningGroup":
            groups[group_id] = replace(found, status="Valid")


def open_request(emulator: Emulator) -> None:
    ids = ids_of(emulator)
    request = cobo.CreateTssRequestRequest(
        type="KeyGenFromKeyGroup",
        target_key_share_holder_group_id=ids["new"],
        source_key_share_holder_group=cobo.SourceKeyShareHolderGroup(
            key_share_holder_group_id=ids["main"]
        ),
    )
    emulator.cobo_client().send(cobo.create_tss_request(emulator.vault_id, request))


def cancelled_request(emulator: Emulator) -> None:
    open_request(emulator)
    request_id = next(iter(emulator.cobo.tss.requests))
    emulator.cobo_client().send(cobo.cancel_tss_request_by_id(emulator.vault_id, request_id))


def ownerless(emulator: Emulator) -> None:
    quorum = next(
        q for q in emulator.privy.quorums.values() if (q.display_name or "").startswith("Treasury")
    )
    del emulator.privy.quorums[quorum.id]


def users_only(emulator: Emulator) -> None:
    quorum = next(iter(emulator.privy.quorums.values()))
    emulator.privy.quorums[quorum.id] = replace(
        quorum, authorization_keys=[], authorization_threshold=1
    )


def proposed(emulator: Emulator) -> None:
    """A change of the first quorum that nobody has signed yet."""
    call = privy.create_key_quorum_update_intent(
        next(iter(emulator.privy.quorums)), privy.UpdateKeyQuorumRequest(display_name="x")
    )
    emulator.privy_client().send(call)


def rejected(emulator: Emulator) -> None:
    proposed(emulator)
    app = emulator.privy_client()
    app.send(privy.reject_intent(next(iter(emulator.privy.intents.proposals))))


def authorization(emulator: Emulator, key: P256Key) -> privy.IntentAuthorizeInput:
    app = emulator.privy_client()
    intent = app.send(privy.get_intent(next(iter(emulator.privy.intents.proposals))))
    return privy.sign_intent(intent, key, emulator.privy.app_id)


def authorized(emulator: Emulator) -> None:
    proposed(emulator)
    given = authorization(emulator, emulator.authorization_keys["Alice"])
    intent_id = next(iter(emulator.privy.intents.proposals))
    emulator.privy_client().send(privy.authorize_intent(intent_id, given))


def source(group_name: str, **more: Any) -> dict[str, Any]:
    return {"key_share_holder_group_id": "{" + group_name + "}", **more}


def tss(kind: str, target: str, given: Any = None, **more: Any) -> dict[str, Any]:
    body = {"type": kind, "target_key_share_holder_group_id": "{" + target + "}", **more}
    return body | ({"source_key_share_holder_group": given} if given is not None else {})


SCOPES = cobo.Scopes()
CASES = [
    # ---- Cobo: who is asking (C2, C4, C9)
    Case("no signature headers", "C2 headers", "GET", V, 401, "Required header missing", headers={"biz-api-key": None}),
    Case("key of another environment", "C1, AUTH", "GET", V, 401, "not registered in this environment", headers={"biz-api-key": "ab" * 32}),
    Case("expired key", "C7 API keys", "GET", V, 401, "expired", prepare=lambda e: e.advance(9 * 86_400_000)),
    Case("bad signature", "C4 code 2024", "GET", V, 401, "invalid signature", headers={"biz-api-signature": "00" * 64}),
    Case("signature of a small order", "C2 signatures", "GET", V, 401, "invalid signature", headers={"biz-api-signature": "zz"}),
    Case("nonce used twice", "C9 nonce", "GET", "/v2/developers/api_key_info", 401, "used before", choices={"cobo.nonce": "never-twice"}, times=2),
    Case("nonce of another time", "C9 nonce", "GET", "/v2/developers/api_key_info", 401, "current time", choices={"cobo.nonce": "fresh"}, headers={"biz-api-nonce": "1000"}),
    Case("no such path", "C4 code 2021", "GET", "/v2/nothing", 404, "not implemented"),
    Case("wrong method", "C4 code 2021", "DELETE", V, 405, "not implemented"),
    Case("trailing slash", "C4 code 2021", "GET", "/v2/developers/api_key_info/", 404, "not implemented"),
    Case("no role for it", "C7 roles", "POST", G, 403, "no role of this API key", group(), prepare=roles(cobo.RoleScope(role_name="API_Spender", scopes=SCOPES))),
    Case("project out of scope", "C9 scopes", "GET", P + "/{project}", 403, "outside the scopes", prepare=roles(cobo.RoleScope(role_name="API_Admin", scopes=cobo.Scopes(project_ids=["x"])))),
    Case("wallet for a vault out of scope", "C9 scopes", "POST", M, 403, "outside the scopes", wallet(), prepare=roles(cobo.RoleScope(role_name="API_Admin", scopes=cobo.Scopes(vault_ids=["x"])))),
    Case("wallet in a vault without keys", "C more 4", "POST", M, 400, "has no key shares yet", wallet(vault_id="{keyless}")),
    Case("custodial wallet", "C more 4", "POST", M, 400, "has MPC wallets only", wallet(wallet_type="Custodial", wallet_subtype="Asset")),
    Case("project without words in its name", "C6 row 17", "POST", P, 400, "name is empty", {"name": " ", "participants": 2, "threshold": 2}),
    Case("vault out of scope", "C9 scopes", "GET", G, 403, "outside the scopes", prepare=roles(cobo.RoleScope(role_name="API_Admin", scopes=cobo.Scopes(vault_ids=["x"])))),
    # ---- Cobo: reading a request (C4, C5, C6)
    Case("no body", "C6 bodies", "POST", G, 400, "the request has no body"),
    Case("not JSON by its type", "C4 HTTP 406", "POST", G, 406, "must be JSON", group(), headers={"content-type": "text/plain"}),
    Case("not JSON", "C4 code 2006", "POST", G, 400, "the body is not JSON", RAW + "{"),
    Case("not an object", "C4 code 2006", "POST", G, 400, "must be an object", []),
    Case("a field missing", "C4 code 2003", "POST", G, 400, "Required parameter missing: threshold", {k: v for k, v in GROUP.items() if k != "threshold"}),
    Case("a float for an integer", "C6 models", "POST", G, 400, "threshold must be an integer", group(threshold=2.0)),
    Case("a bool for an integer", "C6 models", "POST", G, 400, "participants must be an integer", group(participants=True)),
    Case("limit 0", "C5 limit", "GET", G, 400, "is not from 1 to 50", query="limit=0"),
    Case("limit 51", "C5 limit", "GET", V, 400, "is not from 1 to 50", query="vault_type=Org-Controlled&limit=51"),
    Case("both cursors", "C5 both given", "GET", G, 400, "exclude each other", query="before=x&after=y"),
    Case("unknown cursor", "C5 unknown cursor", "GET", G, 400, "unknown cursor", query="after=x"),
    Case("a parameter of nobody's at Cobo", "C5 (UNDOC)", "GET", V, 400, "unknown query parameter colour", query="colour=red"),
    Case("a parameter of nobody's at Cobo, lenient", "C5 (UNDOC)", "GET", V, 200, '"data":[{', query="vault_type=Org-Controlled&colour=red", choices={"cobo.unknown_query": "ignored"}),
    Case("a parameter twice at Cobo", "C5 (UNDOC)", "GET", G, 400, "limit is given more than once", query="limit=1&limit=2"),
    Case("a parameter twice at Cobo, lenient", "C5 (UNDOC)", "GET", G, 400, "limit '51'", query="limit=1&limit=51", choices={"cobo.repeated_query": "last"}),
    # ---- Cobo: vaults (C6 rows 1 to 4)
    Case("vault of no type", "C6 row 1", "POST", V, 400, "vault_type 'Org'", {"name": "x", "vault_type": "Org"}),
    Case("user vault without project", "C6 CreateMpcVault", "POST", V, 400, "missing: project_id", {"name": "x", "vault_type": "User-Controlled"}),
    Case("user vault of no project", "C6 CreateMpcVault", "POST", V, 404, "Project nowhere not found", {"name": "x", "vault_type": "User-Controlled", "project_id": "nowhere"}),
    Case("vault without a name", "C7 vault", "POST", V, 400, "from 1 to 30 characters", {"name": " ", "vault_type": "Org-Controlled"}),
    Case("vault name taken", "C7 vault", "POST", V, 400, "is taken", {"name": "Payroll vault", "vault_type": "Org-Controlled"}),
    Case("vaults of no type", "C6 row 2", "GET", V, 400, "missing: vault_type"),
    Case("vaults of an unknown type", "C6 row 2", "GET", V, 400, "vault_type 'x'", query="vault_type=x"),
    Case("user vaults of no project", "C6 row 2", "GET", V, 400, "missing: project_id", query="vault_type=User-Controlled"),
    Case("org vaults of a project", "C6 row 2", "GET", V, 400, "is for User-Controlled vaults", query="vault_type=Org-Controlled&project_id=x"),
    Case("unknown vault", "C9 unknown id", "GET", V + "/nowhere", 404, "Vault nowhere not found"),
    Case("unknown project", "C9 unknown id", "GET", "/v2/wallets/mpc/projects/nowhere", 404, "Project nowhere not found"),
    # ---- Cobo: projects and wallets (C6 rows 17 and 18; more 4)
    Case("a project is made", "C6 row 17", "POST", P, 201, '"threshold":2', {"name": "Näme", "participants": 3, "threshold": 2}),
    Case("project of no scheme", "C6 row 17", "POST", P, 400, "3 of participants 2 is not supported", {"name": "x", "participants": 2, "threshold": 3}),
    Case("project without a name", "C6 row 17", "POST", P, 400, "missing: name", {"participants": 2, "threshold": 2}),
    Case("unknown project renamed", "C6 row 18", "PUT", P + "/nowhere", 404, "Project nowhere not found", {"name": "x"}),
    Case("a wallet in a vault", "C more 4", "POST", M, 201, '"vault_name":"Treasury vault"', wallet()),
    Case("wallet of another type", "C more 4", "POST", M, 400, "in a vault that is Org-Controlled", wallet(wallet_subtype="User-Controlled")),
    Case("wallet without a vault", "C more 4", "POST", M, 400, "missing: vault_id", wallet(vault_id=None)),
    Case("wallet of no vault", "C9 unknown id", "POST", M, 404, "Vault nowhere not found", wallet(vault_id="nowhere")),
    Case("wallet name taken", "C4 error codes, 2103", "POST", M, 400, "already exists", wallet(name="Operations")),
    Case("wallet name too long", "C4 error codes, 2101", "POST", M, 400, "may have 100 characters", wallet(name="x" * 101)),
    Case("wallet name with a sign", "C4 error codes, 2102", "POST", M, 400, "invalid characters", wallet(name="a@b")),
    Case("wallets of a vault", "C more 4", "GET", M, 200, '"name":"Operations"', query="wallet_type=MPC"),
    Case("wallets of no vault", "C more 4", "GET", M, 200, '"data":[]', query="vault_id=nowhere"),
    Case("wallets of no type", "C more 4", "GET", M, 400, "wallet_type 'Paper'", query="wallet_type=Paper"),
    # ---- Cobo: groups and holders (C6 rows 5 to 11, C7)
    Case("a group is made", "C6 row 5", "POST", G, 201, '"status":"New"', group()),
    Case("group of no type", "C6 enums", "POST", G, 400, "key_share_holder_group_type 'x'", group(key_share_holder_group_type="x")),
    Case("scheme not offered", "C7 schemes", "POST", G, 400, "3 of participants 2 is not supported", group(threshold=3, participants=2)),
    Case("too few holders", "C7 participants (INF)", "POST", G, 400, "must have 2 items, not 1", group(key_share_holders=HOLDERS[:1])),
    Case("a node twice", "C9 duplicate node", "POST", G, 400, "one tss_node_id twice", group(key_share_holders=[HOLDERS[0], HOLDERS[0]])),
    Case("a node of another group", "C7, Oct 2025", "POST", G, 400, "is in another group", seat(tss_node_id="{node}")),
    Case("own Cobo holder", "C7 type Cobo", "POST", G, 400, "not for the caller to send", seat(type="Cobo")),
    Case("holder of no type", "C6 enums", "POST", G, 400, "type 'Paper'", seat(type="Paper")),
    Case("holder no object", "C6 models", "POST", G, 400, "must be an object", group(key_share_holders=["a", "b"])),
    Case("holder name no text", "C6 models", "POST", G, 400, "name must be a string", seat(name=7)),
    Case("signer no flag", "C6 models", "POST", G, 400, "signer must be a boolean", seat(signer="yes")),
    Case("two signers, strict", "C7 signer (INF)", "POST", G, 400, "signer must be true for 1 holders", group(key_share_holders=[HOLDERS[0], HOLDERS[1] | {"signer": True}]), choices={"cobo.signer_count": "threshold-1"}),
    Case("unknown field, strict", "C6 unknown fields", "POST", G, 400, "colour is not known", group(colour="blue"), choices={"cobo.unknown_fields": "refused"}),
    Case("groups of an unknown type", "C6 row 6", "GET", G, 400, "key_share_holder_group_type 'x'", query="key_share_holder_group_type=x"),
    Case("unknown group", "C9 unknown id", "GET", G + "/nowhere", 404, "group nowhere not found"),
    Case("upgrade of a New group", "C7 upgrade", "PUT", G + "/{new}", 400, "only a Valid SigningGroup", {"update_key_share_holder_group_action": "UpgradeToMainGroup"}),
    Case("upgrade of a recovery group", "C7 upgrade", "PUT", G + "/{recovery}", 400, "only a Valid SigningGroup", {"update_key_share_holder_group_action": "UpgradeToMainGroup"}),
    Case("upgrade", "C6 row 8", "PUT", G + "/{new}", 200, '"type":"MainGroup"', {"update_key_share_holder_group_action": "UpgradeToMainGroup"}, prepare=valid_signing),
    Case("unknown action", "C6 enums", "PUT", G + "/{new}", 400, "action 'x'", {"update_key_share_holder_group_action": "x"}),
    Case("main group deleted", "C7 delete", "POST", G + "/{main}/delete", 400, "cannot be deleted"),
    Case("recovery group deleted", "C6 row 9", "POST", G + "/{recovery}/delete", 201, '"submitted":true'),
    Case("holders of an unknown group", "C6 row 10", "GET", V + "/{vault}/key_share_holders", 404, "group nowhere not found", query="key_share_holder_group_ids=nowhere"),
    Case("unknown holder", "C6 row 11", "GET", V + "/{vault}/key_share_holders/nowhere", 404, "holder nowhere not found"),
    # ---- Cobo: TSS requests (C6 rows 12 to 15, C7)
    Case("KeyGen of a Valid group", "C7 TSS types", "POST", T, 400, "must be a New MainGroup", tss("KeyGen", "main")),
    Case("from the main group", "C6 row 12", "POST", T, 201, "PendingKeyHolderConfirmation", tss("KeyGenFromKeyGroup", "new", source("main"))),
    Case("no source", "C7 TSS types", "POST", T, 400, "missing: source_key_share_holder_group", tss("KeyGenFromKeyGroup", "new")),
    Case("unknown field of a source, strict", "C6 unknown fields", "POST", T, 400, "source_key_share_holder_group.colour is not known", tss("KeyGenFromKeyGroup", "new", source("main", colour="red")), choices={"cobo.unknown_fields": "refused"}),
    Case("source of a wrong type", "C7 TSS types", "POST", T, 400, "must be a Valid MainGroup", tss("KeyGenFromKeyGroup", "new", source("recovery"))),
    Case("a second main group", "C7 KeyGen once", "POST", T, 400, "has a main group that works", tss("KeyGen", "fresh"), prepare=lambda e: fresh_main(e)),
    Case("KeyGen with a source", "C7 TSS types", "POST", T, 400, "KeyGen has no source", tss("KeyGen", "fresh", source("main")), choices={"cobo.second_main_group": "accepted"}, prepare=lambda e: fresh_main(e)),
    Case("a second request", "C7 two open requests", "POST", T, 400, "is still open", tss("KeyGenFromKeyGroup", "new", source("main")), prepare=open_request),
    Case("nodes without shares", "C7 tss_node_ids", "POST", T, 400, "holds no share", tss("KeyGenFromKeyGroup", "new", source("main", tss_node_ids=["x", "y"]))),
    Case("too few nodes", "C7 tss_node_ids", "POST", T, 400, "2 shares of the source group are needed", tss("KeyGenFromKeyGroup", "new", source("main", tss_node_ids=["{node}"]))),
    Case("nodes that are numbers", "C6 models", "POST", T, 400, "array of strings", tss("KeyGenFromKeyGroup", "new", source("main", tss_node_ids=[1, 2]))),
    Case("TSS requests of no group", "C6 row 13", "GET", T, 400, "missing: key_share_holder_group_id"),
    Case("unknown TSS request", "C6 row 14", "GET", T + "/nowhere", 404, "TSS request nowhere not found"),
    Case("cancelled twice", "C7 cancel", "POST", T + "/{tss}/cancel", 400, "cannot be cancelled", prepare=cancelled_request),
    # ---- Privy: who is asking (P a, b, c)
    Case("wrong secret", "P a bad credentials", "GET", Q + "/{treasury}", 401, "Invalid app ID or app secret.", headers={"authorization": "Basic eDp5"}),
    Case("another app id", "P a mismatch", "GET", Q + "/{treasury}", 401, "Invalid app ID or app secret.", headers={"privy-app-id": "other"}),
    Case("no such address", "P d", "GET", "/v1/nothing", 404, "Not found"),
    Case("no list of quorums", "P d list", "GET", Q, 405, "Method not allowed"),
    Case("trailing slash at Privy", "P b url", "PATCH", Q + "/{treasury}/", 404, "Not found", {"display_name": "x"}),
    Case("unsigned change", "P c no signature", "PATCH", Q + "/{treasury}", 401, "Missing `privy-authorization-signature`", {"display_name": "x"}, signers=()),
    Case("expiry no number", "P b expiry (UNDOC)", "PATCH", Q + "/{treasury}", 400, "not Unix milliseconds", {"display_name": "x"}, headers={"privy-request-expiry": "soon"}),
    Case("expiry passed", "P c expiry", "PATCH", Q + "/{treasury}", 401, "The request has expired", {"display_name": "x"}, headers={"privy-request-expiry": "1000"}),
    Case("too few signatures", "P c wrong number", "PATCH", Q + "/{treasury}", 401, "Number of signatures", {"display_name": "x"}, signers=("Alice",)),
    Case("none valid", "P c none valid", "PATCH", Q + "/{treasury}", 401, "No valid authorization signatures", {"display_name": "x"}, signers=("Omar", "Ana")),
    Case("some valid", "P c some valid", "PATCH", Q + "/{treasury}", 401, "Not enough valid", {"display_name": "x"}, signers=("Alice", "Omar")),
    Case("same member twice", "P b same member (UNDOC)", "PATCH", Q + "/{treasury}", 401, "Not enough valid", {"display_name": "x"}, signers=("Alice", "Alice")),
    Case("one too many, strict", "P b extra (UNDOC)", "PATCH", Q + "/{night}", 401, "Number of signatures", {"display_name": "x"}, signers=("Omar", "Ana"), choices={"privy.extra_signatures": "refused"}),
    Case("users cannot sign", "P c user member", "PATCH", Q + "/{treasury}", 401, "No valid authorization keys or user", {"display_name": "x"}, prepare=users_only),
    Case("not JSON at Privy", "P c validation (UNDOC)", "PATCH", Q + "/{treasury}", 400, "The body is not JSON", RAW + "{"),
    Case("a signed change", "P d PATCH", "PATCH", Q + "/{treasury}", 200, '"display_name":"x"', {"display_name": "x"}),
    Case("a deletion", "P d DELETE", "DELETE", Q + "/{lone}", 200, '"success":true', signers=("Ana",)),
    Case("unknown quorum", "P c unknown quorum", "GET", Q + "/nowhere", 404, "Key quorum not found"),
    # ---- Privy: quorums (P d, e)
    Case("a quorum is made", "P d POST", "POST", Q, 200, '"authorization_keys"', {"public_keys": [KEY]}),
    Case("body of POST not JSON", "P c validation (UNDOC)", "POST", Q, 400, "The body is not JSON", RAW + "{"),
    Case("body no object", "P c validation (UNDOC)", "POST", Q, 400, "must be an object", []),
    Case("unknown field at Privy", "P c validation (UNDOC)", "POST", Q, 400, "Unrecognized key: colour", {"user_ids": ["a"], "colour": 1}),
    Case("null is no value", "P d null", "POST", Q, 400, "must not be null", {"user_ids": ["a"], "display_name": None}),
    Case("nobody", "P e at least one", "POST", Q, 400, "At least one of", {"display_name": "x"}),
    Case("an empty list", "P d minItems", "POST", Q, 400, "at least 1 item", {"user_ids": ["a"], "public_keys": []}),
    Case("a list that is none", "P d types", "POST", Q, 400, "array of strings", {"user_ids": "a"}),
    Case("no key", "P e malformed key", "POST", Q, 400, "not a P-256 public key", {"public_keys": ["x"]}),
    Case("key of another curve", "P e non-P-256", "POST", Q, 400, "not a P-256 public key", {"public_keys": [Secp256k1Key.from_hex("07" * 32).public.to_base64()]}),
    Case("a user twice", "P e duplicates", "POST", Q, 400, "has a duplicate", {"user_ids": ["a", "a"]}),
    Case("user id of another shape, strict", "P a resource ids", "POST", Q, 400, "is no user id", {"user_ids": ["alice"]}, choices={"privy.user_ids": "did-privy"}),
    Case("threshold too high", "P e threshold", "POST", Q, 400, "from 1 to 1", {"user_ids": ["a"], "authorization_threshold": 2}),
    Case("threshold 1.5", "P e non-integer", "POST", Q, 400, "whole number", {"user_ids": ["a", "b"], "authorization_threshold": 1.5}),
    Case("threshold 2.0 is 2", "P f trap 2", "POST", Q, 200, '"authorization_threshold":2', {"user_ids": ["a", "b"], "authorization_threshold": 2.0}),
    Case("name of 51", "P e display_name", "POST", Q, 400, "at most 50", {"user_ids": ["a"], "display_name": "x" * 51}),
    Case("six quorums", "P e 1 to 5", "POST", Q, 400, "at most 5", {"key_quorum_ids": ["a", "b", "c", "d", "e", "f"]}),
    Case("quorum of nowhere", "P e unknown quorum", "POST", Q, 400, "cannot be a member", {"key_quorum_ids": ["nowhere"]}),
    Case("two levels", "P e depth 1", "POST", Q, 400, "1 level deep", {"key_quorum_ids": ["{payout}"]}),
    Case("two levels from below", "P e depth 1", "PATCH", Q + "/{night}", 400, "1 level deep", {"key_quorum_ids": ["{lone}"]}, signers=("Ana",)),
    Case("no change", "P d update", "PATCH", Q + "/{treasury}", 400, "At least one field", {}),
    Case("nobody left", "P e (UNDOC)", "PATCH", Q + "/{treasury}", 400, "at least one member", {"public_keys": [], "user_ids": []}),
    Case("nested elsewhere", "P e DELETE (UNDOC)", "DELETE", Q + "/{night}", 400, "is a member of", signers=("Ana",)),
    Case("owns a wallet", "P e DELETE (UNDOC)", "DELETE", Q + "/{treasury}", 400, "owns wallet"),
    # ---- Privy: wallets (P d)
    Case("unknown wallet", "P d wallets", "GET", W + "/nowhere", 404, "Wallet not found"),
    Case("101 wallets", "P d limit", "GET", W, 400, "from 1 to 100", query="limit=101"),
    Case("wallets of no key", "P d authorization_key", "GET", W, 400, "authorization_key is not a P-256 public key", query="authorization_key=x"),
    Case("cursor of nowhere", "P d cursor", "GET", W, 400, "Invalid cursor", query="cursor=x"),
    Case("owner unsigned", "P b owner", "PATCH", W + "/{owned}", 401, "Missing `privy-authorization-signature`", {"owner_id": None}, signers=()),
    Case("owner signed", "P e owner change", "PATCH", W + "/{owned}", 200, '"owner_id":null', {"owner_id": None}),
    Case("owner that is gone", "P e DELETE (UNDOC)", "PATCH", W + "/{owned}", 401, "No valid authorization keys or user", {"owner_id": None}, choices={"privy.delete_in_use": "accepted"}, prepare=lambda e: ownerless(e)),
    Case("no wallet change", "P d wallets", "PATCH", W + "/{free}", 400, "At least one field", {}, signers=()),
    Case("two owners", "P d wallets", "PATCH", W + "/{free}", 400, "mutually exclusive", {"owner": None, "owner_id": None}, signers=()),
    Case("name no text", "P d wallets", "PATCH", W + "/{free}", 400, "must be a string", {"display_name": 7}, signers=()),
    Case("owner of nothing", "P d wallets", "PATCH", W + "/{free}", 400, "public_key or user_id", {"owner": {}}, signers=()),
    Case("owner of nowhere", "P d wallets", "PATCH", W + "/{free}", 400, "no such key quorum", {"owner_id": "nowhere"}, signers=()),
    Case("signer with two policies", "P d wallets", "PATCH", W + "/{free}", 400, "at most 1 item", {"additional_signers": [{"signer_id": "{night}", "override_policy_ids": ["a", "b"]}]}, signers=()),
    Case("a wallet is made", "P d POST wallets", "POST", W, 200, '"owner_id":null', {"chain_type": "solana"}),
    Case("a wallet of a quorum", "P d POST wallets", "POST", W, 200, '"display_name":"x"', {"chain_type": "ethereum", "owner_id": "{treasury}", "display_name": "x", "external_id": "x", "additional_signers": [{"signer_id": "{night}"}]}),
    Case("a wallet of a key", "P d owner", "POST", W, 200, '"owner_id":"', {"chain_type": "ethereum", "owner": {"public_key": KEY}}),
    Case("wallet without a chain", "P d POST wallets", "POST", W, 400, "chain_type is required", {}),
    Case("wallet of a blank chain", "P d POST wallets", "POST", W, 400, "chain_type is required", {"chain_type": " "}),
    Case("a chain of another name", "P openapi WalletChainType", "POST", W, 400, "moon is not supported", {"chain_type": "moon"}),
    Case("a chain of another name, lenient", "P openapi WalletChainType", "POST", W, 200, '"chain_type":"moon"', {"chain_type": "moon"}, choices={"privy.chain_types": "any"}),
    Case("wallets of another chain", "P openapi WalletChainType", "GET", W, 400, "moon is not supported", query="chain_type=moon"),
    Case("a signer with a field of nobody's", "P c validation (UNDOC)", "POST", W, 400, "Unrecognized key: additional_signers[0].override_policy_id", {"chain_type": "ethereum", "additional_signers": [{"signer_id": "{night}", "override_policy_id": "x"}]}),
    Case("a signer with a field of nobody's, lenient", "P c validation (UNDOC)", "POST", W, 200, '"additional_signers":[{"signer_id":"', {"chain_type": "ethereum", "additional_signers": [{"signer_id": "{night}", "override_policy_id": "x"}]}, choices={"privy.unknown_fields": "ignored"}),
    Case("an overriding policy's id of 1", "P openapi PolicyInput", "POST", W, 400, "additional_signers[0].override_policy_ids: an id has 24 characters", {"chain_type": "ethereum", "additional_signers": [{"signer_id": "{night}", "override_policy_ids": ["p"]}]}),
    Case("an owner with a field of nobody's", "P c validation (UNDOC)", "POST", W, 400, "Unrecognized key: owner.colour", {"chain_type": "ethereum", "owner": {"user_id": "did:privy:x", "colour": 1}}),
    Case("an owner of no name", "P openapi OwnerInputUser", "POST", W, 400, "owner.user_id must be a string", {"chain_type": "ethereum", "owner": {"user_id": ""}}),
    Case("an entity with a field of nobody's", "P c validation (UNDOC)", "POST", W, 400, "Unrecognized key: entity.colour", {"chain_type": "ethereum", "entity": {"id": "x", "type": "user", "colour": 1}}),
    Case("wallet of two owners", "P d POST wallets", "POST", W, 400, "mutually exclusive", {"chain_type": "ethereum", "owner_id": "{night}", "owner": {"public_key": KEY}}),
    Case("wallet of an unknown quorum", "P d POST wallets", "POST", W, 400, "no such key quorum", {"chain_type": "ethereum", "owner_id": "nowhere"}),
    Case("wallet of an empty id", "P d POST wallets (UNDOC)", "POST", W, 400, "no such key quorum", {"chain_type": "ethereum", "owner_id": ""}),
    Case("wallet of a key that is none", "P d owner", "POST", W, 400, "owner.public_key is not a P-256 public key", {"chain_type": "ethereum", "owner": {"public_key": "x"}}),
    Case("wallet of nothing", "P d owner", "POST", W, 400, "public_key or user_id", {"chain_type": "ethereum", "owner": {}}),
    Case("wallet name of 101", "P d POST wallets", "POST", W, 400, "at most 100", {"chain_type": "ethereum", "display_name": "x" * 101}),
    Case("null is no wallet name", "P d POST wallets", "POST", W, 400, "must be a string of at most 100", {"chain_type": "ethereum", "display_name": None}),
    Case("external id of 65", "P d POST wallets", "POST", W, 400, "1 to 64 characters", {"chain_type": "ethereum", "external_id": "x" * 65}),
    Case("external id twice", "P d POST wallets (UNDOC)", "POST", W, 400, "in use by another wallet", {"chain_type": "ethereum", "external_id": "taken"}, prepare=lambda e: external(e, "taken")),
    Case("external id twice, lenient", "P d POST wallets (UNDOC)", "POST", W, 200, '"external_id":"taken"', {"chain_type": "ethereum", "external_id": "taken"}, choices={"privy.external_id_twice": "accepted"}, prepare=lambda e: external(e, "taken")),
    Case("unknown field of a wallet", "P c validation (UNDOC)", "POST", W, 400, "Unrecognized key: colour", {"chain_type": "ethereum", "colour": 1}),
    Case("body of a wallet not JSON", "P c validation (UNDOC)", "POST", W, 400, "The body is not JSON", RAW + "{"),
    Case("wallet with a policy", "P4 create", "POST", W, 200, '"policy_ids":["ppppppppppppppppppppppp1"]', {"chain_type": "ethereum", "policy_ids": ["p" * 23 + "1"]}),
    Case("wallet with two policies", "P4 create", "POST", W, 400, "at most 1 item", {"chain_type": "ethereum", "policy_ids": ["p" * 24, "q" * 24]}),
    Case("policy id of 23", "P d PolicyInput", "POST", W, 400, "an id has 24 characters", {"chain_type": "ethereum", "policy_ids": ["p" * 23]}),
    Case("policy that is not there", "P4 create (UNDOC)", "POST", W, 400, "no such policy", {"chain_type": "ethereum", "policy_ids": ["p" * 24]}, choices={"privy.policy_ids": "known"}),
    Case("wallet of an entity", "P4 create", "POST", W, 200, '"entity":{"id":"org","type":"organization"}', {"chain_type": "ethereum", "entity": {"id": "org", "type": "organization"}}),
    Case("entity without a type", "P4 create", "POST", W, 400, "must have id and type", {"chain_type": "ethereum", "entity": {"id": "org"}}),
    Case("entity of no id", "P4 create", "POST", W, 400, "entity.id must be a string", {"chain_type": "ethereum", "entity": {"id": 7, "type": "user"}}),
    Case("entity of another type", "P4 create", "POST", W, 400, "must be one of user, organization", {"chain_type": "ethereum", "entity": {"id": "x", "type": "team"}}),
    Case("unknown field of a wallet, lenient", "P c validation (UNDOC)", "POST", W, 200, '"id":"', {"chain_type": "ethereum", "colour": 1}, choices={"privy.unknown_fields": "ignored"}),
    Case("a policy for a wallet", "P4 update", "PATCH", W + "/{free}", 200, '"policy_ids":["pppppppppppppppppppppppp"]', {"policy_ids": ["p" * 24]}, signers=()),
    Case("external id once", "P4 update", "PATCH", W + "/{free}", 200, '"external_id":"mine"', {"external_id": "mine"}, signers=()),
    Case("external id changed", "P4 update", "PATCH", W + "/{hot}", 400, "cannot be changed once set", {"external_id": "mine"}, prepare=lambda e: unowned(e, external_id="taken")),
    Case("wallet name of 101, changed", "P d PATCH wallets", "PATCH", W + "/{free}", 400, "at most 100", {"display_name": "x" * 101}, signers=()),
    Case("archived, read", "P4 get", "GET", W + "/{hot}", 404, "Wallet not found", prepare=lambda e: unowned(e, archived_at=1)),
    Case("archived, asked for", "P4 get", "GET", W + "/{hot}", 200, '"archived_at":1', query="include_archived=true", prepare=lambda e: unowned(e, archived_at=1)),
    Case("archived perhaps", "P4 get", "GET", W + "/{hot}", 400, "must be true or false", query="include_archived=yes"),
    Case("archived, changed", "P4 archive", "PATCH", W + "/{hot}", 404, "Wallet not found", {"display_name": "x"}, prepare=lambda e: unowned(e, archived_at=1)),
    Case("archived, changed, another status", "P4 archive (UNDOC)", "PATCH", W + "/{hot}", 400, "is archived", {"display_name": "x"}, choices={"privy.archived_write": "400"}, prepare=lambda e: unowned(e, archived_at=1)),
    Case("archived twice", "P4 archive", "POST", W + "/{hot}/archive", 404, "Wallet not found", prepare=lambda e: unowned(e, archived_at=1)),
    Case("archived unsigned", "P4 archive", "POST", W + "/{owned}/archive", 200, '"archived_at":1', signers=()),
    Case("archived unsigned, strict", "P4 archive (UNDOC)", "POST", W + "/{owned}/archive", 401, "Missing `privy-authorization-signature`", signers=(), choices={"privy.archive_signed": "by-owner"}),
    Case("of a key and a user", "P4 list", "GET", W, 400, "cannot be used together", query="user_id=u&authorization_key=" + KEY.replace("+", "%2B").replace("/", "%2F").replace("=", "%3D")),
    Case("a filter of nowhere", "P4 list", "GET", W, 200, '"data":[]', query="external_id=nowhere"),
    Case("a parameter of nobody's", "P4 list (UNDOC)", "GET", W, 400, "Unrecognized query parameter: colour", query="colour=red"),
    Case("a parameter of nobody's, lenient", "P4 list (UNDOC)", "GET", W, 200, '"data":[{', query="colour=red", choices={"privy.unknown_query": "ignored"}),
    Case("a parameter twice", "P4 list (UNDOC)", "GET", W, 400, "external_id is given more than once", query="external_id=a&external_id=b"),
    Case("a parameter twice, lenient", "P4 list (UNDOC)", "GET", W, 400, "must be true or false", query="include_archived=true&include_archived=no", choices={"privy.repeated_query": "last"}),
    Case("a filter of nothing", "P4 list (UNDOC)", "GET", W, 400, "external_id must have at least 1 character", query="external_id="),
    Case("a filter of nothing, lenient", "P4 list (UNDOC)", "GET", W, 200, '"data":[{', query="external_id=", choices={"privy.empty_query": "absent"}),
    Case("an empty cursor", "P openapi cursor minLength", "GET", W, 400, "cursor must have at least 1 character", query="cursor="),
    Case("no address", "P4 by address", "POST", W + "/address", 400, "address is required", {}),
    Case("an address of nobody's", "P4 by address", "POST", W + "/address", 404, "Wallet not found", {"address": "0x" + "0" * 40}),
    Case("archived in words", "P4 by address", "POST", W + "/address", 400, "must be a boolean", {"address": "x", "include_archived": "yes"}),
    Case("a batch", "P4 batch", "POST", W + "/batch", 200, '"success":false', {"wallets": [{"chain_type": "ethereum"}, {}, 7]}),
    Case("an empty batch", "P4 batch", "POST", W + "/batch", 400, "from 1 to 100 items", {"wallets": []}),
    Case("a batch of nothing", "P4 batch", "POST", W + "/batch", 400, "from 1 to 100 items", {}),
    Case("unknown policy", "P5", "GET", "/v1/policies/nowhere", 404, "Policy not found"),
    Case("unknown automation", "P5", "GET", "/v1/wallet_automations/nowhere", 404, "Wallet automation not found"),
    Case("a key of 257", "P3", "POST", W, 400, "256 characters", {"chain_type": "ethereum"}, headers={"privy-idempotency-key": "k" * 257}),
    Case("a key, another body", "P3", "POST", W, 400, "another body", {"chain_type": "ethereum"}, headers={"privy-idempotency-key": "used"}, prepare=lambda e: keyed(e)),
    Case("a key, refused again", "P3 (UNDOC)", "POST", W, 400, "another wallet", {"chain_type": "ethereum", "external_id": "taken"}, headers={"privy-idempotency-key": "used"}, choices={"privy.idempotency_errors": "stored"}, prepare=lambda e: refused_before(e)),
    Case("proposed", "P7 intents", "PATCH", N + "/key_quorums/{treasury}", 200, '"status":"pending"', {"display_name": "x"}, signers=()),
    Case("proposed and expired", "P7 expiry", "PATCH", N + "/key_quorums/{treasury}", 401, "has expired", {"display_name": "x"}, headers={"privy-request-expiry": "1"}, signers=()),
    Case("proposed for a wallet of nobody", "P7 intents (UNDOC)", "PATCH", N + "/wallets/{free}", 400, "no owner", {"display_name": "x"}, signers=()),
    Case("proposed in vain", "P7 intents (UNDOC)", "PATCH", N + "/key_quorums/{treasury}", 400, "from 1 to", {"authorization_threshold": 9}, signers=()),
    Case("proposed nothing, judged later", "P7 intents (UNDOC)", "PATCH", N + "/wallets/{owned}", 400, "At least one field", {}, signers=(), choices={"privy.intent_checked": "at-execution"}),
    Case("an intent that is not there", "P7 get", "GET", N + "/nowhere", 404, "Intent not found"),
    Case("intents by an odd limit", "P7 list", "GET", N, 400, "limit must be", query="limit=0"),
    Case("intents from nowhere", "P7 list", "GET", N, 400, "Invalid cursor", query="cursor=x"),
    Case("intents by an odd word", "P7 list", "GET", N, 400, "status must be one of", query="status=granted"),
    Case("intents by an unknown name", "P7 list (UNDOC)", "GET", N, 400, "Unrecognized query", query="colour=x"),
    Case("rejected", "P7 reject", "POST", N + "/{intent}/reject", 200, '"status":"rejected"', prepare=proposed),
    Case("rejected twice", "P7 reject", "POST", N + "/{intent}/reject", 400, "not pending", prepare=rejected),
    Case("authorized", "P7 authorize", "POST", N + "/{intent}/authorize", 200, '"signed_at":1795000000000', SIGNED, prepare=proposed),
    Case("authorized twice", "P7 authorize (UNDOC)", "POST", N + "/{intent}/authorize", 400, "already", SIGNED, prepare=authorized),
    Case("authorized by nobody", "P7 authorize", "POST", N + "/{intent}/authorize", 401, "No valid authorization signatures", SIGNED | {"signature": "{stranger}"}, prepare=proposed),
    Case("authorized for users", "P7 authorize", "POST", N + "/{intent}/authorize", 401, "No valid authorization keys or user", SIGNED, prepare=lambda e: (proposed(e), users_only(e))),
    Case("authorized without a signature", "P7 authorize", "POST", N + "/{intent}/authorize", 400, "signature is required", {"timestamp": 1}, prepare=proposed),
    Case("authorized at a text", "P7 authorize", "POST", N + "/{intent}/authorize", 400, "must be a number", SIGNED | {"timestamp": "1"}, prepare=proposed),
    Case("authorized before time began", "P7 authorize", "POST", N + "/{intent}/authorize", 400, "Unix milliseconds", SIGNED | {"timestamp": -1}, prepare=proposed),
    Case("signers no list", "P d wallets", "PATCH", W + "/{free}", 400, "must be an array of objects", {"additional_signers": [1]}, signers=()),
]  # fmt: skip


def external(emulator: Emulator, external_id: str) -> None:
    wallet_id, wallet = next(iter(emulator.privy.wallets.items()))
    emulator.privy.wallets[wallet_id] = replace(wallet, external_id=external_id)


def unowned(emulator: Emulator, **changes: Any) -> None:
    """The hot wallet without an owner, and otherwise so."""
    wallet_id, wallet = next(iter(emulator.privy.wallets.items()))
    emulator.privy.wallets[wallet_id] = replace(wallet, owner_id=None, **changes)


def keyed(emulator: Emulator) -> None:
    """A key was used for a wallet of another chain."""
    run_in(emulator, Case("", "", "POST", W, 200, "", {"chain_type": "solana"}, headers=USED))


def refused_before(emulator: Emulator) -> None:
    """A key was used for what was refused then, and would be done now."""
    external(emulator, "taken")
    body = {"chain_type": "ethereum", "external_id": "taken"}
    run_in(emulator, Case("", "", "POST", W, 400, "", body, headers=USED))
    external(emulator, "free")


USED: dict[str, str | None] = {"privy-idempotency-key": "used"}


def fresh_main(emulator: Emulator) -> None:
    request = cobo.CreateKeyShareHolderGroupRequest(
        key_share_holder_group_type="MainGroup",
        participants=2,
        threshold=2,
        key_share_holders=[
            cobo.CreateKeyShareHolder(name="N", type="API", tss_node_id=node_id("fresh"))
        ],
    )
    emulator.cobo_client().send(cobo.create_key_share_holder_group(emulator.vault_id, request))


def ids_of(emulator: Emulator) -> dict[str, str]:
    """What the placeholders stand for."""
    groups = list(emulator.cobo.state.groups[emulator.vault_id].values())
    ids = {"vault": emulator.vault_id, "fresh": groups[-1].key_share_holder_group_id or ""}
    names = {"MainGroup": "main", "RecoveryGroup": "recovery", "SigningGroup": "new"}
    for found in reversed(groups):
        ids[names[found.type or ""]] = found.key_share_holder_group_id or ""
    ids["node"] = (groups[0].key_share_holders or [])[1].tss_node_id or ""
    ids["keyless"] = list(emulator.cobo.state.vaults)[1]
    ids["project"] = next(iter(emulator.cobo.state.projects))
    ids["tss"] = next(iter(emulator.cobo.tss.requests), "")
    for quorum in emulator.privy.quorums.values():
        ids[(quorum.display_name or "lone").split()[0].lower()] = quorum.id
    for wallet in emulator.privy.wallets.values():
        ids[
            {"Cold reserve": "owned", "Test wallet": "free"}.get(wallet.display_name or "", "hot")
        ] = wallet.id
    if emulator.privy.intents.proposals:
        ids["intent"] = next(iter(emulator.privy.intents.proposals))
        ids["signature"] = authorization(emulator, emulator.authorization_keys["Alice"]).signature
        ids["stranger"] = authorization(emulator, P256Key.from_hex(f"{5:064x}")).signature
    return ids


def setup(case: Case) -> Emulator:
    """The world in which a case happens."""
    emulator = Emulator.seeded(choices=case.choices)
    emulator.explains = False
    if "{lone}" in case.path or "{lone}" in json.dumps(case.body):
        lone = privy.CreateKeyQuorumRequest(public_keys=[emulator.authorization_keys["Ana"].public])
        emulator.privy_client().send(privy.create_key_quorum(lone))
    if case.prepare:
        case.prepare(emulator)
    return emulator


def run(case: Case) -> tuple[int, str]:
    """Status and body that the emulator answers with."""
    return run_in(setup(case), case)


def run_in(emulator: Emulator, case: Case) -> tuple[int, str]:
    """The same, in a world that is there."""
    ids = ids_of(emulator)

    def filled(text: str) -> str:
        for name, value in ids.items():
            text = text.replace("{" + name + "}", value)
        return text

    body = b""
    if isinstance(case.body, str) and case.body.startswith(RAW):
        body = case.body.removeprefix(RAW).encode()
    elif case.body is not None:
        body = filled(json.dumps(case.body)).encode()
    path = filled(case.path)
    sign = _cobo_headers if path.startswith("/v2") else _privy_headers
    headers = sign(emulator, case, path, body)
    for _ in range(case.times):
        sent = {name: value for name, value in headers.items() if value is not None}
        target = path + (f"?{case.query}" if case.query else "")
        request = httpx.Request(
            case.method,
            HOST + "/",
            headers=sent,
            content=body,
            extensions={"target": target.encode()},
        )
        response = emulator.handle(request)
    return response.status_code, response.read().decode()


def _cobo_headers(emulator: Emulator, case: Case, path: str, body: bytes) -> dict[str, str | None]:
    nonce = case.headers.get("biz-api-nonce") or str(emulator.clock.now_ms())
    message = "|".join([case.method, path, nonce, case.query, ""]).encode() + body
    signature = emulator.api_key.sign(
        hashlib.sha256(hashlib.sha256(message).digest()).digest()
    ).hex()
    headers: dict[str, str | None] = {
        "biz-api-key": emulator.api_key.public.to_hex(),
        "biz-api-nonce": nonce,
        "biz-api-signature": signature,
        "content-type": "application/json",
    }
    return headers | case.headers


def _privy_headers(emulator: Emulator, case: Case, path: str, body: bytes) -> dict[str, str | None]:
    app_id = emulator.privy.app_id
    signed = {"privy-app-id": app_id} | {
        n: v for n, v in case.headers.items() if n == "privy-request-expiry"
    }
    try:
        parsed = json.loads(body) if body else ""
    except ValueError:
        parsed = ""
    payload = {
        "version": 1,
        "method": case.method,
        "url": HOST + path,
        "body": "" if parsed in ({}, []) else parsed,
        "headers": signed,
    }
    text = json.dumps(payload, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    made = [
        base64.b64encode(emulator.authorization_keys[name].sign(text)).decode()
        for name in case.signers
    ]
    pair = base64.b64encode(f"{app_id}:{emulator.privy.app_secret.reveal()}".encode()).decode()
    headers: dict[str, str | None] = {"authorization": f"Basic {pair}", "privy-app-id": app_id}
    if case.method in ("PATCH", "DELETE") and made:
        headers["privy-authorization-signature"] = ",".join(made)
    return headers | case.headers

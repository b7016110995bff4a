"""The Cobo side: every request's signature is verified, every answer is signed.

Signatures are verified over the bytes received; then the key is asked what it may do. It judges for
itself and shares no rule with the client: models, operation table and signing text only. What is
not documented is a named choice (``choices.py``).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from random import Random
from typing import Any
from urllib.parse import parse_qsl, urlencode

from toolkit.cobo import models, signing
from toolkit.cobo.operations import OPERATIONS
from toolkit.emulator.api_keys import ApiKeys
from toolkit.emulator.choices import Choices
from toolkit.emulator.core import (
    Clock,
    LedgerLine,
    Received,
    Refusal,
    Reply,
    Routed,
    digits,
    repeated_query,
    routed,
    to_json,
    unknown_query,
)
from toolkit.emulator.limits import NONCES, SIGNATURE_DIGITS
from toolkit.emulator.mpc_wallets import MpcWallets
from toolkit.emulator.reading import field_of, invalid
from toolkit.emulator.tss import TssRequests
from toolkit.emulator.vaults import Vaults
from toolkit.errors import KeyRefused
from toolkit.keys import Ed25519Key, Secp256k1PublicKey
from toolkit.keys.public import is_low_s, spoken

BASE = "/v2"
NONCE_WINDOW_MS = 60_000
FAILED = "API key authentication failed"
SIGNED_BY = (signing.API_KEY, signing.API_NONCE, signing.API_SIGNATURE)


class Cobo:
    """State and behaviour of one emulated organisation."""

    base = BASE
    operations = OPERATIONS
    identity_header = signing.API_KEY.lower()

    def __init__(
        self,
        response_key: Ed25519Key,
        choices: Choices,
        clock: Clock,
        random: Random,
    ) -> None:
        self.response_key = response_key
        self.choices = choices
        self.clock = clock
        self.api_keys = ApiKeys(choices, clock)
        self.organization = models.OrgInfo(org_id="")
        self.state = Vaults(choices, clock, random)
        self.tss = TssRequests(self.state)
        self.wallets = MpcWallets(self.state, lambda: self.organization)
        # apart, so that refusals change no later id
        self._error_ids = Random(random.getrandbits(64))
        #: Digests of the nonces that were used last, oldest first; kept where nonces count.
        self.nonces: dict[bytes, None] = {}
        #: What answers each operation, by its name.
        self.handlers: dict[str, Callable[..., Any]] = {
            "create_mpc_vault": self.create_mpc_vault,
            "list_mpc_vaults": self.state.list_mpc_vaults,
            "get_mpc_vault_by_id": self.state.get_mpc_vault_by_id,
            "update_mpc_vault_by_id": self.state.update_mpc_vault_by_id,
            "create_key_share_holder_group": self.state.create_key_share_holder_group,
            "list_key_share_holder_groups": self.state.list_key_share_holder_groups,
            "get_key_share_holder_group_by_id": self.state.get_key_share_holder_group_by_id,
            "update_key_share_holder_group_by_id": self.state.update_key_share_holder_group_by_id,
            "delete_key_share_holder_group_by_id": self.state.delete_key_share_holder_group_by_id,
            "list_key_share_holders": self.state.list_key_share_holders,
            "get_key_share_holder_by_tss_node_id": self.state.get_key_share_holder_by_tss_node_id,
            "list_cobo_key_holders": self.state.list_cobo_key_holders,
            "list_mpc_projects": self.state.list_mpc_projects,
            "get_mpc_project_by_id": self.state.get_mpc_project_by_id,
            "create_mpc_project": self.create_mpc_project,
            "update_mpc_project_by_id": self.wallets.update_mpc_project_by_id,
            "list_wallets": self.wallets.list_wallets,
            "create_wallet": self.create_wallet,
            "create_tss_request": self.tss.create_tss_request,
            "list_tss_requests": self.tss.list_tss_requests,
            "get_tss_request_by_id": self.tss.get_tss_request_by_id,
            "cancel_tss_request_by_id": self.tss.cancel_tss_request_by_id,
            "get_api_key_info": self.get_api_key_info,
            "get_org_info": self.get_org_info,
        }

    # ---- a request, from the signature to the signed answer ----

    def admit(self, received: Received, line: LedgerLine) -> Routed:
        """Whose request it is, what it asks for, and whether that key may."""
        info = self._authenticate(received, line)
        wanted = routed(self, received)
        if not isinstance(wanted, Routed):
            raise Refusal(wanted, "The endpoint is not implemented.", 2021)
        line.operation = wanted.operation.name
        if self.choices["cobo.permissions"] == "enforced":
            self._permit(info, wanted, received)
        return wanted

    def perform(
        self,
        routed: Routed,
        received: Received,
        line: LedgerLine,
    ) -> Reply:
        """Do it. Whoever may call this was admitted before."""
        line.operation = routed.operation.name
        line.reads = not routed.operation.changes
        self.tss.progress()
        if self.choices["cobo.unknown_query"] == "refused":
            for name in unknown_query(routed, received):
                raise invalid(f"unknown query parameter {name}")
        if self.choices["cobo.repeated_query"] == "refused":
            for name in repeated_query(received):
                raise invalid(f"query parameter {name} is given more than once")
        handler = self.handlers[routed.operation.name]
        value = handler(received, line, **routed.ids)
        return self._signed(routed.operation.status, to_json(value))

    def refused(self, refusal: Refusal, line: LedgerLine) -> Reply:
        """Cobo's error envelope, signed like every answer."""
        if refusal.code == 2028 and self.choices["cobo.unknown_id"] == "403":
            refusal = Refusal(403, "Resource out of organization", 4001)
        line.verdict = "refused"
        line.reason = refusal.text
        line.cause = refusal.cause
        error_id = f"{self._error_ids.getrandbits(128):032x}"
        code = int(refusal.code or 2000)
        envelope = models.ErrorResponse(code, refusal.text, error_id)
        return self._signed(refusal.status, to_json(envelope))

    def signed(self, reply: Reply) -> Reply:
        """The reply signed anew, after its body was changed."""
        return self._signed(reply.status, reply.body)

    def _signed(self, status: int, body: bytes) -> Reply:
        timestamp = str(self.clock.now_ms())
        content = signing.digest(signing.response_content(body, timestamp))
        signature = self.response_key.sign(content).hex()
        spelling = self.choices["cobo.response_headers"]  # SDKs read either
        headers = [("Content-Type", "application/json")]
        proof = {
            signing.TIMESTAMP: timestamp,
            signing.RESPONSE_SIGNATURE: signature,
        }
        for name, value in proof.items():
            if spelling != "underscore":
                headers.append((name, value))
            if spelling != "hyphen":
                underscored = name.replace("-", "_")
                headers.append((underscored, value))
        return Reply(status, body, tuple(headers))

    # ---- what a key may ----

    def _permit(
        self,
        info: models.ApiKeyInfo,
        wanted: Routed,
        received: Received,
    ) -> None:
        """A role must have the permission, and its scope must reach what the request names."""
        permission = wanted.operation.permission
        if not permission:
            return
        code = int(self.choices["cobo.forbidden_code"])
        roles = [role for role in info.role_scopes or () if self._may(role.role_name, permission)]
        if not roles:
            raise Refusal(403, f"Forbidden: no role of this API key has {permission}.", code)
        vault_id = _named(wanted, received, "vault_id")
        project_id = _named(wanted, received, "project_id")
        # of an unknown one the handler says that it is not found
        if vault_id in self.state.vaults:
            reached = any(self._reaches(role.scopes, vault_id) for role in roles)
            _judge_scope(f"vault {vault_id}", reached, code)
        if project_id in self.state.projects:
            reached = any(self._lists(role.scopes.project_ids, project_id) for role in roles)
            _judge_scope(f"project {project_id}", reached, code)

    def _may(self, role_name: str, permission: str) -> bool:
        if models.role_may(role_name, permission):
            return True
        is_custom = models.preset_role(role_name) is None
        reads = self.choices["cobo.custom_role"] == "reads"
        return is_custom and reads and permission.endswith(":read")

    def _reaches(self, scopes: models.Scopes, vault_id: str) -> bool:
        """Whether a scope lists the vault. What an empty list reaches is a choice."""
        vaults = self._lists(scopes.vault_ids, vault_id)
        types = self._lists(scopes.wallet_types, "MPC")
        return vaults and types

    def _lists(self, listed: Any, wanted: str) -> bool:
        if isinstance(listed, list) and listed:
            return wanted in listed
        return self.choices["cobo.empty_scope"] != "nothing"

    # ---- who asks ----

    def _authenticate(
        self,
        received: Received,
        line: LedgerLine,
    ) -> models.ApiKeyInfo:
        legacy = self.choices["cobo.auth_codes"] == "2022-2023"
        key_hex = received.header(signing.API_KEY.lower())
        nonce = received.header(signing.API_NONCE.lower())
        signature_hex = received.header(signing.API_SIGNATURE.lower())
        line.identity = key_hex
        line.message = _text(received, nonce, received.query)
        missing = [name for name in SIGNED_BY if not received.header(name.lower())]
        if missing:
            raise Refusal(
                401,
                f"Required header missing: {', '.join(missing)}.",
                2022 if legacy else 2024,
                cause="headers",
            )
        info = self.api_keys.judge(key_hex)
        if not self._fits(info, received, signature_hex, line.message):
            raise Refusal(
                401,
                f"{FAILED}: invalid signature.",
                2023 if legacy else 2024,
                cause="signature",
            )
        self._judge_nonce(key_hex, nonce)
        return info

    def _judge_nonce(self, key_hex: str, nonce: str) -> None:
        rule = self.choices["cobo.nonce"]
        if rule == "any":
            return
        if rule == "fresh" and not self._is_current(nonce):
            raise Refusal(
                401,
                f"{FAILED}: the nonce is not a current time in milliseconds.",
                2024,
                cause="nonce",
            )
        key_and_nonce = f"{key_hex.lower()}|{nonce}"
        content = key_and_nonce.encode("utf-8", "surrogateescape")
        used = hashlib.sha256(content).digest()
        if used in self.nonces:
            raise Refusal(
                401,
                f"{FAILED}: the nonce was used before.",
                2024,
                cause="nonce",
            )
        self.nonces[used] = None
        if len(self.nonces) > NONCES:
            del self.nonces[next(iter(self.nonces))]

    def _is_current(self, nonce: str) -> bool:
        sent_ms = digits(nonce)
        if sent_ms is None:
            return False
        return abs(sent_ms - self.clock.now_ms()) <= NONCE_WINDOW_MS

    def _fits(
        self,
        info: models.ApiKeyInfo,
        received: Received,
        signature_hex: str,
        message: str,
    ) -> bool:
        """Whether the signature is the key's, over the message or what counts as the same."""
        if len(signature_hex) > SIGNATURE_DIGITS:
            return False
        try:
            signature = signing.from_hex(signature_hex)
            public = signing.api_public_key(info.key)
        except (ValueError, KeyRefused):
            return False
        strict = self.choices["cobo.high_s"] == "refused"
        if strict and isinstance(public, Secp256k1PublicKey) and not is_low_s(signature):
            return False
        texts = [message, *self._reencoded(received)]
        return any(
            signing.fits(public, signature, text.encode("utf-8", "surrogateescape"))
            for text in texts
        )

    def _reencoded(self, received: Received) -> list[str]:
        """The message over the query as a form would write it, where that is another one."""
        if not received.query or self.choices["cobo.query"] != "raw-or-reencoded":
            return []
        query = urlencode(parse_qsl(received.query, keep_blank_values=True))
        if query == received.query:
            return []
        nonce = received.header(signing.API_NONCE.lower())
        return [_text(received, nonce, query)]

    # ---- operations about the caller ----

    @property
    def keys(self) -> dict[str, models.ApiKeyInfo]:
        """The registered API keys by public key, in hex."""
        return self.api_keys.known

    def create_mpc_vault(
        self,
        received: Received,
        line: LedgerLine,
    ) -> models.MPCVault:
        """The new vault; whether the key that made it may use it is a choice."""
        vault = self.state.create_mpc_vault(received, line)
        self.api_keys.reach(line.identity, "mpc_vault:create", "vault_ids", line.made)
        return vault

    def create_mpc_project(
        self,
        received: Received,
        line: LedgerLine,
    ) -> models.MPCProject:
        """The new project; whether the key that made it may use it is the same choice."""
        project = self.wallets.create_mpc_project(received, line)
        self.api_keys.reach(line.identity, "mpc_project:create", "project_ids", line.made)
        return project

    def create_wallet(
        self,
        received: Received,
        line: LedgerLine,
    ) -> models.WalletInfo:
        """The new wallet; whether the key that made it may use it is the same choice."""
        wallet = self.wallets.create_wallet(received, line)
        self.api_keys.reach(line.identity, "wallet:create", "wallet_ids", line.made)
        return wallet

    def get_api_key_info(
        self,
        received: Received,
        line: LedgerLine,
    ) -> models.ApiKeyInfo:
        """The key that signed this request."""
        return self.keys[line.identity.lower()]

    def get_org_info(
        self,
        received: Received,
        line: LedgerLine,
    ) -> models.OrgInfo:
        """The one organisation of this world."""
        return self.organization

    def __repr__(self) -> str:
        return f"<emulated Cobo, answers signed by {spoken(self.response_key.fingerprint)}>"


def _judge_scope(what: str, reached: bool, code: int) -> None:
    if not reached:
        raise Refusal(403, f"Forbidden: {what} is outside the scopes of this API key.", code)


def _named(wanted: Routed, received: Received, name: str) -> str:
    """What a request names: in its path, its query or its body; empty where in none of them."""
    if name in wanted.ids:
        return wanted.ids[name]
    pairs = parse_qsl(received.query)
    values = [value for key, value in pairs if key == name]
    if wanted.operation.body is not None and name in wanted.operation.body.__struct_fields__:
        values.append(field_of(received.body, name))
    return values[-1] if values else ""


def _text(
    received: Received,
    nonce: str,
    query: str,
) -> str:
    """What is signed of a request, before hashing."""
    body = received.body.decode("utf-8", "surrogateescape")
    return signing.message(
        received.method,
        received.path,
        nonce,
        query,
        body,
    )

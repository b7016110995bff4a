"""The Cobo side: verifies every request signature over the bytes received, asks what the key may do, signs every answer.

It judges for itself and shares no rule with the client: models, operation table and signing text only.
What is not documented is a named choice (``choices.py``).
"""

from __future__ import annotations

import hashlib
from random import Random
from typing import Any
from urllib.parse import parse_qsl, urlencode

from toolkit.cobo import models, signing
from toolkit.cobo.operations import OPERATIONS
from toolkit.emulator.choices import Choices
from toolkit.emulator.core import (
    Clock,
    Entry,
    Received,
    Refusal,
    Reply,
    Routed,
    digits,
    route,
    to_json,
)
from toolkit.emulator.limits import NONCES, SIGNATURE_DIGITS
from toolkit.emulator.tss import TssRequests
from toolkit.emulator.vaults import Vaults
from toolkit.errors import KeyRefused
from toolkit.keys import Ed25519Key, Secp256k1PublicKey
from toolkit.keys.public import is_low_s, spoken

BASE = "/v2"
NONCE_WINDOW_MS = 60_000
# The one text that Cobo documents for code 2024 (cobo-auth, environments); the others are ours.
NOT_REGISTERED = "Your API key is not registered in this environment. Development and Production environments use separate API keys."
BAD_SIGNATURE = "API key authentication failed: invalid signature."


class Cobo:
    """State and behaviour of one emulated organisation."""

    operations = OPERATIONS
    identity_header = signing.API_KEY.lower()

    def __init__(
        self, response_key: Ed25519Key, choices: Choices, clock: Clock, random: Random
    ) -> None:
        self.response_key = response_key
        self.choices = choices
        self.clock = clock
        self.keys: dict[str, models.ApiKeyInfo] = {}
        self.organization = models.OrgInfo(org_id="")
        self.state = Vaults(choices, clock, random)
        self.tss = TssRequests(self.state)
        self._error_ids = Random(
            random.getrandbits(64)
        )  # apart, so that refusals change no later id
        #: Digests of the nonces that were used last, oldest first; kept where nonces count.
        self.nonces: dict[bytes, None] = {}

    # ---- a request, from the signature to the signed answer ----

    def admit(self, received: Received, entry: Entry) -> Routed:
        """Whose request it is, what it asks for, and whether that key may."""
        info = self._authenticate(received, entry)
        routed = route(OPERATIONS, received.method, received.path.removeprefix(BASE))
        if not isinstance(routed, Routed):
            raise Refusal(routed, "The endpoint is not implemented.", 2021)
        entry.operation = routed.operation.name
        if self.choices["cobo.permissions"] == "enforced":
            self._permit(info, routed)
        return routed

    def perform(self, routed: Routed, received: Received, entry: Entry) -> Reply:
        """Do it. Whoever may call this was admitted before."""
        entry.operation = routed.operation.name
        self.tss.progress()
        rooms: tuple[Any, ...] = (self.state, self.tss, self)
        name = routed.operation.name
        handler = next(getattr(room, name) for room in rooms if hasattr(room, name))
        return self._signed(
            routed.operation.status, to_json(handler(received, entry, **routed.ids))
        )

    def refused(self, refusal: Refusal, entry: Entry) -> Reply:
        """Cobo's error envelope, signed like every answer."""
        if refusal.code == 2028 and self.choices["cobo.unknown_id"] == "403":
            refusal = Refusal(403, "Resource out of organization", 4001)
        entry.verdict, entry.reason, entry.cause = "refused", refusal.text, refusal.cause
        error_id = f"{self._error_ids.getrandbits(128):032x}"
        body = to_json(models.ErrorResponse(int(refusal.code or 2000), refusal.text, error_id))
        return self._signed(refusal.status, body)

    def _signed(self, status: int, body: bytes) -> Reply:
        timestamp = str(self.clock.now_ms())
        content = signing.digest(signing.response_content(body, timestamp))
        signature = self.response_key.sign(content).hex()
        headers = [("Content-Type", "application/json")]
        spelling = self.choices["cobo.response_headers"]  # SDKs read either
        for name, value in (
            (signing.TIMESTAMP, timestamp),
            (signing.RESPONSE_SIGNATURE, signature),
        ):
            headers += [(name, value)] if spelling != "underscore" else []
            headers += [(name.replace("-", "_"), value)] if spelling != "hyphen" else []
        return Reply(status, body, tuple(headers))

    def signed(self, reply: Reply) -> Reply:
        """The reply signed anew, after its body was changed."""
        return self._signed(reply.status, reply.body)

    def _permit(self, info: models.ApiKeyInfo, routed: Routed) -> None:
        """A role must have the permission, and its scope must reach the vault. Empty lists limit nothing."""
        permission = routed.operation.permission
        if not permission:
            return
        roles = [role for role in info.role_scopes or () if self._may(role.role_name, permission)]
        if not roles:
            raise Refusal(
                403, f"Forbidden: no role of this API key has {permission}.", self._forbidden
            )
        vault_id = routed.ids.get("vault_id")
        known = (
            vault_id in self.state.vaults
        )  # of an unknown one the handler says that it is not found
        if vault_id and known and not any(self._reaches(role.scopes, vault_id) for role in roles):
            raise Refusal(
                403,
                f"Forbidden: vault {vault_id} is outside the scopes of this API key.",
                self._forbidden,
            )

    def _may(self, role_name: str, permission: str) -> bool:
        custom = models.preset_role(role_name) is None
        reads = (
            custom and permission.endswith(":read") and self.choices["cobo.custom_role"] == "reads"
        )
        return reads or models.role_may(role_name, permission)

    def _reaches(self, scopes: models.Scopes, vault_id: str) -> bool:
        nothing = self.choices["cobo.empty_scope"] == "nothing"
        for listed, wanted in ((scopes.vault_ids, vault_id), (scopes.wallet_types, "MPC")):
            if not isinstance(listed, list) or not listed:
                if nothing:
                    return False
            elif wanted not in listed:
                return False
        return True

    @property
    def _forbidden(self) -> int:
        return int(self.choices["cobo.forbidden_code"])

    def _authenticate(self, received: Received, entry: Entry) -> models.ApiKeyInfo:
        legacy = self.choices["cobo.auth_codes"] == "2022-2023"
        names = (signing.API_KEY, signing.API_NONCE, signing.API_SIGNATURE)
        key_hex, nonce, signature_hex = (received.header(name.lower()) for name in names)
        entry.identity = key_hex
        body = received.body.decode("utf-8", "surrogateescape")
        entry.message = signing.message(received.method, received.path, nonce, received.query, body)
        missing = [
            name
            for name, value in zip(names, (key_hex, nonce, signature_hex), strict=True)
            if not value
        ]
        if missing:
            raise Refusal(
                401,
                f"Required header missing: {', '.join(missing)}.",
                2022 if legacy else 2024,
                cause="headers",
            )
        info = self.keys.get(key_hex.lower())
        if info is None:
            raise Refusal(401, NOT_REGISTERED, 2024, cause="unknown-key")
        expires = info.expired_timestamp
        if isinstance(expires, int) and expires <= self.clock.now_ms():
            raise Refusal(401, "Your API key has expired.", 2024, cause="expired-key")
        if not self._fits(info, entry, received, nonce, signature_hex, body):
            raise Refusal(401, BAD_SIGNATURE, 2023 if legacy else 2024, cause="signature")
        self._judge_nonce(key_hex, nonce)
        return info

    def _judge_nonce(self, key_hex: str, nonce: str) -> None:
        rule = self.choices["cobo.nonce"]
        if rule == "any":
            return
        sent_ms = digits(nonce)
        if rule == "fresh" and (
            sent_ms is None or abs(sent_ms - self.clock.now_ms()) > NONCE_WINDOW_MS
        ):
            raise Refusal(
                401,
                "API key authentication failed: the nonce is not a current time in milliseconds.",
                2024,
                cause="nonce",
            )
        used = hashlib.sha256(
            f"{key_hex.lower()}|{nonce}".encode("utf-8", "surrogateescape")
        ).digest()
        if used in self.nonces:
            raise Refusal(
                401,
                "API key authentication failed: the nonce was used before.",
                2024,
                cause="nonce",
            )
        self.nonces[used] = None
        if len(self.nonces) > NONCES:
            del self.nonces[next(iter(self.nonces))]

    def _fits(
        self,
        info: models.ApiKeyInfo,
        entry: Entry,
        received: Received,
        nonce: str,
        signature_hex: str,
        body: str,
    ) -> bool:
        if len(signature_hex) > SIGNATURE_DIGITS:
            return False
        try:
            signature = signing.from_hex(signature_hex)
            public = signing.api_public_key(info.key)
        except (ValueError, KeyRefused):
            return False
        if (
            isinstance(public, Secp256k1PublicKey)
            and self.choices["cobo.high_s"] == "refused"
            and not is_low_s(signature)
        ):
            return False
        texts = [entry.message]
        if received.query and self.choices["cobo.query"] == "raw-or-reencoded":
            again = urlencode(parse_qsl(received.query, keep_blank_values=True))
            if again != received.query:
                texts.append(signing.message(received.method, received.path, nonce, again, body))
        return any(
            signing.fits(public, signature, text.encode("utf-8", "surrogateescape"))
            for text in texts
        )

    # ---- operations about the caller ----

    def get_api_key_info(self, received: Received, entry: Entry) -> models.ApiKeyInfo:
        return self.keys[entry.identity.lower()]

    def get_org_info(self, received: Received, entry: Entry) -> models.OrgInfo:
        return self.organization

    def __repr__(self) -> str:
        return f"<emulated Cobo, answers signed by {spoken(self.response_key.fingerprint)}>"

"""The Privy side: app credentials on every call, members' signatures where a quorum changes.

It rebuilds the signed JSON from what it received, parsed and written canonically, as the vendor does.
What is not documented is a named choice (``choices.py``).
"""

from __future__ import annotations

import base64
import binascii
import hmac
import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from random import Random
from typing import Any
from urllib.parse import parse_qsl

import rfc8785
from msgspec.structs import replace

from toolkit.emulator.choices import Choices
from toolkit.emulator.core import (
    Clock,
    Entry,
    Received,
    Refusal,
    Reply,
    Routed,
    digits,
    judge_nesting,
    judge_work,
    route,
    to_json,
)
from toolkit.emulator.xpub import BASE58
from toolkit.errors import KeyRefused
from toolkit.keys import P256PublicKey
from toolkit.keys.secret import Secret
from toolkit.privy import models, signing
from toolkit.privy.operations import OPERATIONS
from toolkit.quorum import Quorum

INVALID = "invalid_data"
BAD_APP = "Invalid app ID or app secret."
MISSING = "Missing `privy-authorization-signature` header or no signatures provided."
COUNT = "Number of signatures in `privy-authorization-signature` header does not match the wallet's authorization threshold."
NONE_VALID = (
    "No valid authorization signatures were provided. "
    "Your payload may be malformed or your signing keys may be incorrect or expired."
)
TOO_FEW = "Not enough valid authorization signatures were provided."  # never seen live: the words are ours
USERS_ONLY = "No valid authorization keys or user signing keys available"
DOCUMENTED_CODES = {
    MISSING: "missing_or_empty_authorization_header",
    COUNT: "incorrect_quantity_of_authorization_signatures",
    NONE_VALID: "zero_correct_authorization_signatures",
    TOO_FEW: "insufficient_correct_authorization_signatures",
    USERS_ONLY: "no_valid_user_session_keys",
}
_JSON = (("Content-Type", "application/json"),)
FIELDS = (*models.MEMBER_LISTS, "authorization_threshold", "display_name")


class Privy:
    """State and behaviour of one emulated app."""

    operations = OPERATIONS
    identity_header = signing.APP_ID

    def __init__(
        self, app_id: str, app_secret: Secret, choices: Choices, clock: Clock, random: Random
    ) -> None:
        self.app_id = app_id
        self.app_secret = app_secret
        self.choices = choices
        self.clock = clock
        self.random = random
        self.quorums: dict[str, models.KeyQuorum] = {}
        self.wallets: dict[str, models.Wallet] = {}

    # ---- a request, from the credentials to the answer ----

    def admit(self, received: Received, entry: Entry) -> Routed:
        """Whose request it is, what it asks for, and whether those who must sign it did."""
        self._authenticate(received, entry)
        routed = route(OPERATIONS, received.method, received.path)
        if not isinstance(routed, Routed):
            raise Refusal(routed, "Not found" if routed == 404 else "Method not allowed")
        entry.operation = routed.operation.name
        quorum = self._who_signs(routed)
        if quorum is not None:
            self._authorize(quorum, received, entry)
        return routed

    def perform(self, routed: Routed, received: Received, entry: Entry) -> Reply:
        """Do it. Whoever may call this was admitted before."""
        entry.operation = routed.operation.name
        value = getattr(self, routed.operation.name)(received, entry, **routed.ids)
        return Reply(routed.operation.status, to_json(value), _JSON)

    def refused(self, refusal: Refusal, entry: Entry) -> Reply:
        """The error envelope that is seen live."""
        entry.verdict, entry.reason, entry.cause = "refused", refusal.text, refusal.cause
        code = refusal.code
        if self.choices["privy.error_codes"] == "documented":
            code = DOCUMENTED_CODES.get(refusal.text, code)
        envelope = {"error": refusal.text} | ({"code": code} if code else {})
        return Reply(refusal.status, to_json(envelope), _JSON)

    def signed(self, reply: Reply) -> Reply:
        """Privy signs no answers."""
        return reply

    def signing_quorum(self, received: Received) -> models.KeyQuorum | None:
        """The quorum that had to sign a request; None where nobody had to, or there is no such thing."""
        routed = route(OPERATIONS, received.method, received.path)
        try:
            return self._who_signs(routed) if isinstance(routed, Routed) else None
        except Refusal:
            return None

    def _who_signs(self, routed: Routed) -> models.KeyQuorum | None:
        if routed.operation.co_signed:
            return self.quorum(routed.ids["key_quorum_id"])
        if routed.operation.owner_signs:
            owner_id = self.wallet(routed.ids["wallet_id"]).owner_id
            if (
                owner_id and owner_id not in self.quorums
            ):  # deleted, where that is chosen to be possible
                raise Refusal(401, USERS_ONLY, INVALID, cause="users")
            return self.quorums[owner_id] if owner_id else None
        return None

    def _authenticate(self, received: Received, entry: Entry) -> None:
        entry.identity = received.header(signing.APP_ID)
        scheme, _, encoded = received.header("authorization").partition(" ")
        try:
            pair = base64.b64decode(encoded, validate=True)
        except (ValueError, binascii.Error):
            pair = b""
        expected = f"{self.app_id}:{self.app_secret.reveal()}".encode()
        fits = scheme.lower() == "basic" and hmac.compare_digest(pair, expected)
        if not fits or entry.identity != self.app_id:
            raise Refusal(401, BAD_APP, cause="app")

    def _authorize(self, quorum: models.KeyQuorum, received: Received, entry: Entry) -> None:
        """The quorum as it is now must have signed what was received."""
        given = [
            part.strip() for part in received.header(signing.SIGNATURE).split(",") if part.strip()
        ]
        if not given:
            raise Refusal(401, MISSING, INVALID, cause="signatures")
        expiry = received.header(signing.REQUEST_EXPIRY)
        expires_ms = digits(expiry)
        if expiry and expires_ms is None:
            raise Refusal(400, f"Invalid {signing.REQUEST_EXPIRY}: not Unix milliseconds", INVALID)
        if expires_ms is not None and expires_ms <= self.clock.now_ms():
            raise Refusal(401, "The request has expired", cause="expired")
        texts = self.messages(received)
        entry.message = texts[0]
        keys = set(self.leaves(quorum))
        if not keys:
            raise Refusal(401, USERS_ONLY, INVALID, cause="users")
        if len(given) < quorum.required:
            raise Refusal(401, COUNT, INVALID, cause="signatures")
        judge_work(len(given) * len(keys) * len(texts))
        valid = [self.signer(signature, keys, texts) for signature in given]
        signers = {key for key in valid if key is not None}
        if not signers:
            raise Refusal(401, NONE_VALID, cause="signatures")
        if not self._reached(quorum, {key.fingerprint for key in signers}):
            raise Refusal(
                401, TOO_FEW, "insufficient_correct_authorization_signatures", cause="signatures"
            )
        extra = len(given) > quorum.required or None in valid or len(signers) < len(valid)
        if (
            extra
            and not quorum.key_quorum_ids
            and self.choices["privy.extra_signatures"] == "refused"
        ):
            raise Refusal(401, COUNT, INVALID, cause="too-many")

    def messages(self, received: Received) -> list[str]:
        """What may have been signed. Without body bytes ``""`` (Node) and ``{}`` (Python) both stand for it."""
        headers = {
            name: received.header(name) for name in signing.SIGNED_HEADERS if received.header(name)
        }
        try:
            body = signing.parsed(received.body) if received.body else ""
            judge_nesting(body)
            text = signing.message(received.method, received.url, headers, body)
        except (ValueError, RecursionError, rfc8785.CanonicalizationError):
            raise Refusal(400, "The body is not JSON", INVALID) from None
        rule = self.choices["privy.absent_body"]
        if received.body or rule == "empty-text":
            return [text]
        empty = rfc8785.dumps(
            {
                "version": 1,
                "method": received.method,
                "url": received.url,
                "body": {},
                "headers": headers,
            }
        ).decode()
        return [empty] if rule == "empty-object" else [text, empty]

    def leaves(self, quorum: models.KeyQuorum) -> list[P256PublicKey]:
        nested = [
            self.quorums[nested_id]
            for nested_id in quorum.key_quorum_ids or ()
            if nested_id in self.quorums
        ]
        return [
            models.member_key(key.public_key)
            for each in (quorum, *nested)
            for key in each.authorization_keys
        ]

    @staticmethod
    def signer(
        signature: str, keys: Iterable[P256PublicKey], texts: Sequence[str]
    ) -> P256PublicKey | None:
        """Whose signature over one of these texts it is."""
        try:
            raw = base64.b64decode(signature, validate=True)
        except (ValueError, binascii.Error):
            return None
        return next((key for key in keys for text in texts if key.verify(raw, text.encode())), None)

    def _reached(self, quorum: models.KeyQuorum, present: set[str]) -> bool:
        members = self._members(quorum)
        return quorum.required <= len(members) and Quorum(quorum.required, members).can_sign(
            present
        )

    def _members(self, quorum: models.KeyQuorum) -> list[str | Quorum]:
        """Keys by fingerprint, users and quorums that are gone by id (they cannot sign), nested ones as themselves."""
        keys = dict.fromkeys(
            models.member_key(key.public_key).fingerprint for key in quorum.authorization_keys
        )
        members: list[str | Quorum] = [*keys, *dict.fromkeys(quorum.user_ids or ())]
        for nested_id in dict.fromkeys(quorum.key_quorum_ids or ()):
            nested = self.quorums.get(nested_id)
            inner = self._members(nested) if nested else []
            fits = nested is not None and nested.required <= len(inner)
            members.append(Quorum(nested.required, inner) if nested and fits else nested_id)
        return members

    # ---- operations, named as in the table ----

    def create_key_quorum(self, received: Received, entry: Entry) -> models.KeyQuorum:
        body = self._body(received)
        for name in models.MEMBER_LISTS:
            if body.get(name) == []:
                raise Refusal(400, f"{name} must have at least 1 item", INVALID)
        if not any(body.get(name) for name in models.MEMBER_LISTS):
            raise Refusal(
                400, "At least one of public_keys, user_ids, key_quorum_ids is required", INVALID
            )
        quorum = self._built(self.cuid(), body)
        self.quorums[quorum.id] = quorum
        entry.made = quorum.id
        return quorum

    def get_key_quorum(
        self, received: Received, entry: Entry, key_quorum_id: str
    ) -> models.KeyQuorum:
        return self.quorum(key_quorum_id)

    def update_key_quorum(
        self, received: Received, entry: Entry, key_quorum_id: str
    ) -> models.KeyQuorum:
        body = self._body(received)
        if not body:
            raise Refusal(400, "At least one field is required", INVALID)
        quorum = self.quorum(key_quorum_id)
        current = {
            "public_keys": [key.public_key for key in quorum.authorization_keys],
            "user_ids": quorum.user_ids or [],
            "key_quorum_ids": quorum.key_quorum_ids or [],
            "authorization_threshold": quorum.authorization_threshold,
            "display_name": quorum.display_name,
        }
        changed = self._built(key_quorum_id, current | body)
        self.quorums[key_quorum_id] = changed
        return changed

    def delete_key_quorum(
        self, received: Received, entry: Entry, key_quorum_id: str
    ) -> models.Success:
        owned = [wallet.id for wallet in self.wallets.values() if wallet.owner_id == key_quorum_id]
        if owned and self.choices["privy.delete_in_use"] == "refused":
            raise Refusal(400, f"Key quorum owns wallet {owned[0]}", INVALID)
        users = [
            quorum.id
            for quorum in self.quorums.values()
            if key_quorum_id in (quorum.key_quorum_ids or ())
        ]
        if users and self.choices["privy.delete_in_use"] == "refused":
            raise Refusal(400, f"Key quorum is a member of {users[0]}", INVALID)
        del self.quorums[key_quorum_id]
        return models.Success(success=True)

    # ---- wallets, as far as ownership matters ----

    def create_wallet(self, received: Received, entry: Entry) -> models.Wallet:
        """Policies and ``privy-idempotency-key`` are documented, and not emulated: the same request twice makes two."""
        fields = (
            "chain_type",
            "display_name",
            "external_id",
            "owner",
            "owner_id",
            "additional_signers",
        )
        body = self._object(received, fields)
        chain_type = body.get("chain_type")
        if not isinstance(chain_type, str) or not chain_type.strip():
            raise Refusal(400, "chain_type is required", INVALID)
        if chain_type not in models.CHAIN_TYPES and self.choices["privy.chain_types"] == "listed":
            raise Refusal(400, f"chain_type: {chain_type} is not supported", INVALID)
        name, external_id = body.get("display_name", ""), body.get("external_id")
        if not isinstance(name, str) or len(name) > models.WALLET_NAME_LIMIT:
            text = f"display_name must be a string of at most {models.WALLET_NAME_LIMIT} characters"
            raise Refusal(400, text, INVALID)
        if "external_id" in body:
            if not isinstance(external_id, str) or not re.fullmatch(
                models.EXTERNAL_ID, external_id
            ):
                raise Refusal(
                    400,
                    "external_id must have 1 to 64 characters of a-z, A-Z, 0-9, _ and -",
                    INVALID,
                )
            taken = any(wallet.external_id == external_id for wallet in self.wallets.values())
            if taken and self.choices["privy.external_id_twice"] == "refused":
                raise Refusal(400, "external_id is in use by another wallet", INVALID)
        control = self._control(body)
        wallet = models.Wallet(
            id=self.cuid(),
            address=self.address(chain_type),
            chain_type=chain_type,
            created_at=self.clock.now_ms(),
            display_name=body.get("display_name"),
            external_id=external_id,
            **control,
        )
        self.wallets[wallet.id] = wallet
        entry.made = wallet.id
        return wallet

    def list_wallets(self, received: Received, entry: Entry) -> models.WalletPage:
        query = dict(parse_qsl(received.query))
        limit, cursor = query.get("limit", "100"), query.get("cursor", "")
        if not 1 <= (digits(limit) or 0) <= 100:
            raise Refusal(400, "limit must be from 1 to 100", INVALID)
        found = list(self.wallets.values())
        if "chain_type" in query:
            found = [wallet for wallet in found if wallet.chain_type == query["chain_type"]]
        if "external_id" in query:
            found = [wallet for wallet in found if wallet.external_id == query["external_id"]]
        if "authorization_key" in query:
            wanted = _fingerprint(query["authorization_key"], 0)
            found = [
                wallet
                for wallet in found
                if wallet.owner_id and wanted in self._fingerprints(wallet.owner_id)
            ]
        ids = [wallet.id for wallet in found]
        if cursor and cursor not in ids:
            raise Refusal(400, "Invalid cursor", INVALID)
        start = ids.index(cursor) if cursor else 0
        end = start + int(limit)
        return models.WalletPage(found[start:end], ids[end] if end < len(ids) else None)

    def get_wallet(self, received: Received, entry: Entry, wallet_id: str) -> models.Wallet:
        return self.wallet(wallet_id)

    def update_wallet(self, received: Received, entry: Entry, wallet_id: str) -> models.Wallet:
        wallet = self.wallet(wallet_id)
        body = self._object(received, ("owner", "owner_id", "additional_signers", "display_name"))
        if not body:
            raise Refusal(400, "At least one field is required", INVALID)
        changes: dict[str, Any] = {}
        if "display_name" in body:
            if not isinstance(body["display_name"], str | None):
                raise Refusal(400, "display_name must be a string", INVALID)
            changes["display_name"] = body["display_name"]
        self.wallets[wallet_id] = replace(wallet, **changes, **self._control(body))
        return self.wallets[wallet_id]

    def _control(self, body: dict[str, Any]) -> dict[str, Any]:
        """Who controls a wallet, as a body says it. To be asked last: nothing may be refused once this is through."""
        if "owner" in body and "owner_id" in body:
            raise Refusal(400, "owner and owner_id are mutually exclusive", INVALID)
        control: dict[str, Any] = {}
        if "additional_signers" in body:
            control["additional_signers"] = self._signers(body["additional_signers"])
        if "owner_id" in body:
            owner_id = body["owner_id"]
            control["owner_id"] = (
                None if owner_id is None else self._known_quorum(owner_id, "owner_id")
            )
        if "owner" in body:  # last: it makes a quorum
            control["owner_id"] = self._owner(body["owner"])
        return control

    def _owner(self, owner: Any) -> str | None:
        """A key or user as owner becomes a quorum of one, as Privy makes it."""
        if owner is None:
            return None
        if (
            not isinstance(owner, dict)
            or len(owner) != 1
            or not set(owner) <= {"public_key", "user_id"}
        ):
            raise Refusal(400, "owner must have public_key or user_id", INVALID)
        lists = (
            {"public_keys": [owner["public_key"]]}
            if "public_key" in owner
            else {"user_ids": [owner["user_id"]]}
        )
        quorum = self._built(self.cuid(), {**lists, "authorization_threshold": 1})
        self.quorums[quorum.id] = quorum
        return quorum.id

    def _signers(self, given: Any) -> list[models.AdditionalSigner]:
        if not isinstance(given, list) or not all(
            isinstance(item, dict) and "signer_id" in item for item in given
        ):
            raise Refusal(
                400, "additional_signers must be an array of objects with signer_id", INVALID
            )
        for item in given:
            if len(_texts(item.get("override_policy_ids", []), "override_policy_ids")) > 1:
                raise Refusal(400, "override_policy_ids must have at most 1 item", INVALID)
        return [
            models.AdditionalSigner(
                signer_id=self._known_quorum(item["signer_id"], "signer_id"),
                override_policy_ids=item.get("override_policy_ids"),
            )
            for item in given
        ]

    def _known_quorum(self, quorum_id: Any, field: str) -> str:
        if not isinstance(quorum_id, str) or quorum_id not in self.quorums:
            raise Refusal(400, f"{field}: no such key quorum", INVALID)
        return quorum_id

    def _fingerprints(self, quorum_id: str) -> set[str]:
        quorum = self.quorums.get(quorum_id)
        if quorum is None:
            return set()
        nested = self.choices["privy.nested_filter"] == "members-of-owner"
        keys = self.leaves(quorum) if nested else self.leaves(replace(quorum, key_quorum_ids=[]))
        return {key.fingerprint for key in keys}

    def wallet(self, wallet_id: str) -> models.Wallet:
        if wallet_id not in self.wallets:
            raise Refusal(404, "Wallet not found")
        return self.wallets[wallet_id]

    # ---- what they are made of ----

    def quorum(self, key_quorum_id: str) -> models.KeyQuorum:
        quorum = self.quorums.get(key_quorum_id)
        if quorum is None:
            raise Refusal(404, "Key quorum not found")
        return quorum

    def _body(self, received: Received) -> dict[str, Any]:
        value = self._object(received, FIELDS)
        for name in FIELDS:
            if name in value and value[name] is None:
                raise Refusal(400, f"{name} must not be null", INVALID)
        return value

    def _object(self, received: Received, fields: tuple[str, ...]) -> dict[str, Any]:
        try:
            value = signing.parsed(received.body)
            judge_nesting(value)
            to_json(value)  # half a character could be stored and never be answered
        except (ValueError, RecursionError):
            raise Refusal(400, "The body is not JSON", INVALID) from None
        if not isinstance(value, dict):
            raise Refusal(400, "The body must be an object", INVALID)
        unknown = sorted(set(value) - set(fields))
        if unknown:
            raise Refusal(400, f"Unrecognized key: {unknown[0]}", INVALID)
        return value

    def _built(self, quorum_id: str, fields: dict[str, Any]) -> models.KeyQuorum:
        """A quorum of these fields, judged whole."""
        lists = {
            name: _texts([] if fields.get(name) is None else fields[name], name)
            for name in models.MEMBER_LISTS
        }
        fingerprints = [_fingerprint(key, at) for at, key in enumerate(lists["public_keys"])]
        for field, members in (lists | {"public_keys": fingerprints}).items():
            twice = [member for member, times in Counter(members).items() if times > 1]
            if twice and self.choices["privy.member_twice"] == "refused":
                raise Refusal(400, f"{field} has a duplicate", INVALID)
        strange = [user for user in lists["user_ids"] if not user.startswith("did:privy:")]
        if strange and self.choices["privy.user_ids"] == "did-privy":
            raise Refusal(400, f"user_ids: {strange[0]} is no user id", INVALID)
        self._judge_nesting(quorum_id, lists["key_quorum_ids"])
        size = sum(map(len, lists.values()))
        if not size:
            raise Refusal(400, "A key quorum needs at least one member", INVALID)
        name = fields.get("display_name")
        if name is not None and not (isinstance(name, str) and len(name) <= models.NAME_LIMIT):
            raise Refusal(
                400,
                f"display_name must be a string of at most {models.NAME_LIMIT} characters",
                INVALID,
            )
        threshold = fields.get("authorization_threshold")
        if threshold is not None:
            threshold = _threshold(threshold, size)
        elif self.choices["privy.omitted_threshold"] == "number":
            threshold = size
        return models.KeyQuorum(
            id=quorum_id,
            display_name=name,
            authorization_threshold=threshold,
            authorization_keys=[models.AuthorizationKey(key) for key in lists["public_keys"]],
            user_ids=lists["user_ids"],
            key_quorum_ids=lists["key_quorum_ids"],
        )

    def _judge_nesting(self, quorum_id: str, nested_ids: list[str]) -> None:
        if len(nested_ids) > models.NESTED_LIMIT:
            raise Refusal(
                400, f"key_quorum_ids must have at most {models.NESTED_LIMIT} items", INVALID
            )
        for nested_id in nested_ids:
            nested = self.quorums.get(nested_id)
            if nested is None or nested_id == quorum_id:
                raise Refusal(400, f"key_quorum_ids: {nested_id} cannot be a member", INVALID)
            if nested.key_quorum_ids:
                raise Refusal(400, "Key quorums can only be nested 1 level deep", INVALID)
        if nested_ids and any(
            quorum_id in (quorum.key_quorum_ids or ()) for quorum in self.quorums.values()
        ):
            raise Refusal(400, "Key quorums can only be nested 1 level deep", INVALID)

    def cuid(self) -> str:
        """24 lower-case letters and digits, a letter first: the shape of Privy's ids."""
        return self.random.choice("abcdefghijklmnopqrstuvwxyz") + "".join(
            self.random.choices("abcdefghijklmnopqrstuvwxyz0123456789", k=23)
        )

    def address(self, chain_type: str) -> str:
        """An address that nobody has a key for. Other chains than ethereum get solana's shape: ours, not theirs."""
        if chain_type == "ethereum":
            return f"0x{self.random.getrandbits(160):040x}"
        return "".join(self.random.choices(BASE58, k=44))

    def __repr__(self) -> str:
        return f"<emulated Privy, app {self.app_id}>"


def _texts(value: Any, name: str) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
        raise Refusal(400, f"{name} must be an array of strings", INVALID)
    return list(value)


def _fingerprint(text: str, at: int) -> str:
    try:
        return models.member_key(text).fingerprint
    except KeyRefused:
        raise Refusal(
            400, f"public_keys[{at}] is not a P-256 public key in base64 DER", INVALID
        ) from None


def _threshold(value: Any, size: int) -> int:
    whole = (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and math.isfinite(value)
        and value == int(value)
    )
    if not whole or not 1 <= value <= size:
        raise Refusal(
            400, f"authorization_threshold must be a whole number from 1 to {size}", INVALID
        )
    return int(value)

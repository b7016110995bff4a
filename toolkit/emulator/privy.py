"""The Privy side: app credentials on every call, members' signatures where a quorum changes.

It rebuilds the signed JSON from what it received, parsed and written canonically, as the vendor does.
What is not documented is a named choice (``choices.py``).
"""

from __future__ import annotations

import base64
import binascii
import hmac
import math
from collections import Counter
from random import Random
from typing import Any

import rfc8785

from toolkit.emulator.choices import Choices
from toolkit.emulator.core import Clock, Entry, Received, Refusal, Reply, Routed, route, to_json
from toolkit.errors import KeyRefused
from toolkit.keys import P256PublicKey
from toolkit.privy import models, signing
from toolkit.privy.operations import OPERATIONS
from toolkit.quorum import Quorum
from toolkit.secret import Secret

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
FIELDS = (*models.MEMBER_LISTS, "authorization_threshold", "display_name")


class Privy:
    """State and behaviour of one emulated app."""

    def __init__(self, app_id: str, app_secret: Secret, choices: Choices, clock: Clock, random: Random) -> None:
        self.app_id = app_id
        self.app_secret = app_secret
        self.choices = choices
        self.clock = clock
        self.random = random
        self.quorums: dict[str, models.KeyQuorum] = {}

    # ---- a request, from the credentials to the answer ----

    def handle(self, received: Received, entry: Entry) -> Reply:
        try:
            self._authenticate(received, entry)
            routed = route(OPERATIONS, received.method, received.path)
            if not isinstance(routed, Routed):
                raise Refusal(routed, "Not found" if routed == 404 else "Method not allowed")
            entry.operation = routed.operation.name
            if routed.operation.co_signed:
                self._authorize(self._quorum(routed.ids["key_quorum_id"]), received, entry)
            value = getattr(self, routed.operation.name)(received, entry, **routed.ids)
            return Reply(routed.operation.status, to_json(value), (("Content-Type", "application/json"),))
        except Refusal as refusal:
            entry.verdict, entry.reason = "refused", refusal.text
            envelope = {"error": refusal.text} | ({"code": refusal.code} if refusal.code else {})
            return Reply(refusal.status, to_json(envelope), (("Content-Type", "application/json"),))

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
            raise Refusal(401, BAD_APP)

    def _authorize(self, quorum: models.KeyQuorum, received: Received, entry: Entry) -> None:
        """The quorum as it is now must have signed what was received."""
        given = [part.strip() for part in received.header(signing.SIGNATURE).split(",") if part.strip()]
        if not given:
            raise Refusal(401, MISSING, INVALID)
        expiry = received.header(signing.REQUEST_EXPIRY)
        if expiry and not (expiry.isascii() and expiry.isdigit()):
            raise Refusal(400, f"Invalid {signing.REQUEST_EXPIRY}: not Unix milliseconds", INVALID)
        if expiry and int(expiry) <= self.clock.now_ms():
            raise Refusal(401, "The request has expired")
        texts = self._messages(received)
        entry.message = texts[0]
        keys = set(self._leaves(quorum))
        if not keys:
            raise Refusal(401, USERS_ONLY, INVALID)
        if len(given) < quorum.required:
            raise Refusal(401, COUNT, INVALID)
        valid = [self._signer(signature, keys, texts) for signature in given]
        signers = {key for key in valid if key is not None}
        if not signers:
            raise Refusal(401, NONE_VALID)
        if not self._as_quorum(quorum).can_sign({key.fingerprint for key in signers}):
            raise Refusal(401, TOO_FEW, "insufficient_correct_authorization_signatures")
        extra = len(given) > quorum.required or None in valid or len(signers) < len(valid)
        if extra and not quorum.key_quorum_ids and self.choices["privy.extra_signatures"] == "refused":
            raise Refusal(401, COUNT, INVALID)

    def _messages(self, received: Received) -> list[str]:
        """What may have been signed. Without body bytes ``""`` (Node) and ``{}`` (Python) both stand for it."""
        headers = {name: received.header(name) for name in signing.SIGNED_HEADERS if received.header(name)}
        try:
            body = signing.parsed(received.body) if received.body else ""
            text = signing.message(received.method, received.url, headers, body)
        except (ValueError, rfc8785.CanonicalizationError):
            raise Refusal(400, "The body is not JSON", INVALID) from None
        if received.body:
            return [text]
        empty = rfc8785.dumps(
            {"version": 1, "method": received.method, "url": received.url, "body": {}, "headers": headers}
        ).decode()
        return [text, empty]

    def _leaves(self, quorum: models.KeyQuorum) -> list[P256PublicKey]:
        nested = [self.quorums[nested_id] for nested_id in quorum.key_quorum_ids or ()]
        return [models.member_key(key.public_key) for each in (quorum, *nested) for key in each.authorization_keys]

    @staticmethod
    def _signer(signature: str, keys: set[P256PublicKey], texts: list[str]) -> P256PublicKey | None:
        try:
            raw = base64.b64decode(signature, validate=True)
        except (ValueError, binascii.Error):
            return None
        return next((key for key in keys for text in texts if key.verify(raw, text.encode())), None)

    def _as_quorum(self, quorum: models.KeyQuorum) -> Quorum:
        """Keys by fingerprint, users by id, nested quorums as themselves."""
        keys = dict.fromkeys(models.member_key(key.public_key).fingerprint for key in quorum.authorization_keys)
        nested = [self._as_quorum(self.quorums[nested_id]) for nested_id in quorum.key_quorum_ids or ()]
        members = [*keys, *(quorum.user_ids or ()), *nested]
        return Quorum(min(quorum.required, len(members)), members)

    # ---- operations, named as in the table ----

    def create_key_quorum(self, received: Received, entry: Entry) -> models.KeyQuorum:
        body = self._body(received)
        for name in models.MEMBER_LISTS:
            if body.get(name) == []:
                raise Refusal(400, f"{name} must have at least 1 item", INVALID)
        if not any(body.get(name) for name in models.MEMBER_LISTS):
            raise Refusal(400, "At least one of public_keys, user_ids, key_quorum_ids is required", INVALID)
        quorum = self._built(self.cuid(), body)
        self.quorums[quorum.id] = quorum
        entry.made = quorum.id
        return quorum

    def get_key_quorum(self, received: Received, entry: Entry, key_quorum_id: str) -> models.KeyQuorum:
        return self._quorum(key_quorum_id)

    def update_key_quorum(self, received: Received, entry: Entry, key_quorum_id: str) -> models.KeyQuorum:
        body = self._body(received)
        if not body:
            raise Refusal(400, "At least one field is required", INVALID)
        quorum = self._quorum(key_quorum_id)
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

    def delete_key_quorum(self, received: Received, entry: Entry, key_quorum_id: str) -> models.Success:
        users = [quorum.id for quorum in self.quorums.values() if key_quorum_id in (quorum.key_quorum_ids or ())]
        if users and self.choices["privy.delete_in_use"] == "refused":
            raise Refusal(400, f"Key quorum is a member of {users[0]}", INVALID)
        del self.quorums[key_quorum_id]
        return models.Success(success=True)

    # ---- what they are made of ----

    def _quorum(self, key_quorum_id: str) -> models.KeyQuorum:
        quorum = self.quorums.get(key_quorum_id)
        if quorum is None:
            raise Refusal(404, "Key quorum not found")
        return quorum

    def _body(self, received: Received) -> dict[str, Any]:
        try:
            value = signing.parsed(received.body)
        except ValueError:
            raise Refusal(400, "The body is not JSON", INVALID) from None
        if not isinstance(value, dict):
            raise Refusal(400, "The body must be an object", INVALID)
        unknown = sorted(set(value) - set(FIELDS))
        if unknown:
            raise Refusal(400, f"Unrecognized key: {unknown[0]}", INVALID)
        for name in FIELDS:
            if name in value and value[name] is None:
                raise Refusal(400, f"{name} must not be null", INVALID)
        return value

    def _built(self, quorum_id: str, fields: dict[str, Any]) -> models.KeyQuorum:
        """A quorum of these fields, judged whole."""
        lists = {name: _texts(fields.get(name) or [], name) for name in models.MEMBER_LISTS}
        fingerprints = [_fingerprint(key, at) for at, key in enumerate(lists["public_keys"])]
        for field, members in (lists | {"public_keys": fingerprints}).items():
            twice = [member for member, times in Counter(members).items() if times > 1]
            if twice and self.choices["privy.member_twice"] == "refused":
                raise Refusal(400, f"{field} has a duplicate", INVALID)
        self._judge_nesting(quorum_id, lists["key_quorum_ids"])
        size = sum(map(len, lists.values()))
        if not size:
            raise Refusal(400, "A key quorum needs at least one member", INVALID)
        name = fields.get("display_name")
        if name is not None and not (isinstance(name, str) and len(name) <= models.NAME_LIMIT):
            raise Refusal(400, f"display_name must be a string of at most {models.NAME_LIMIT} characters", INVALID)
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
            raise Refusal(400, f"key_quorum_ids must have at most {models.NESTED_LIMIT} items", INVALID)
        for nested_id in nested_ids:
            nested = self.quorums.get(nested_id)
            if nested is None or nested_id == quorum_id:
                raise Refusal(400, f"key_quorum_ids: {nested_id} cannot be a member", INVALID)
            if nested.key_quorum_ids:
                raise Refusal(400, "Key quorums can only be nested 1 level deep", INVALID)
        if nested_ids and any(quorum_id in (quorum.key_quorum_ids or ()) for quorum in self.quorums.values()):
            raise Refusal(400, "Key quorums can only be nested 1 level deep", INVALID)

    def cuid(self) -> str:
        """24 lower-case letters and digits, a letter first: the shape of Privy's ids."""
        return self.random.choice("abcdefghijklmnopqrstuvwxyz") + "".join(
            self.random.choices("abcdefghijklmnopqrstuvwxyz0123456789", k=23)
        )

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
        raise Refusal(400, f"public_keys[{at}] is not a P-256 public key in base64 DER", INVALID) from None


def _threshold(value: Any, size: int) -> int:
    whole = (
        isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value == int(value)
    )
    if not whole or not 1 <= value <= size:
        raise Refusal(400, f"authorization_threshold must be a whole number from 1 to {size}", INVALID)
    return int(value)

"""The Privy side: app credentials on every call, members' signatures where a quorum changes.

It rebuilds the signed JSON from what it received, parsed and written canonically, as the vendor
does. What is not documented is a named choice (``choices.py``).
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Callable, Iterable, Sequence
from random import Random
from typing import Any

import rfc8785

from toolkit.emulator.choices import Choices
from toolkit.emulator.core import (
    Clock,
    LedgerLine,
    Received,
    Refusal,
    Reply,
    Routed,
    digits,
    judge_nesting,
    judge_work,
    routed,
    to_json,
)
from toolkit.emulator.idempotency import IdempotencyKeys
from toolkit.emulator.intents import Intents
from toolkit.emulator.policies import Policies
from toolkit.emulator.privy_reading import INVALID, invalid, judge_query
from toolkit.emulator.quorums import Quorums
from toolkit.emulator.store import Store
from toolkit.emulator.wallets import Wallets, wallet_store
from toolkit.keys import P256PublicKey
from toolkit.keys.secret import Secret
from toolkit.privy import models, signing
from toolkit.privy.operations import AUTHORIZE_INTENT, OPERATIONS

BAD_APP = "Invalid app ID or app secret."
MISSING = "Missing `privy-authorization-signature` header or no signatures provided."
COUNT = (
    "Number of signatures in `privy-authorization-signature` header does not match "
    "the wallet's authorization threshold."
)
NONE_VALID = (
    "No valid authorization signatures were provided. "
    "Your payload may be malformed or your signing keys may be incorrect or expired."
)
TOO_FEW = "Not enough valid authorization signatures were provided."  # never seen live: ours
TOO_FEW_CODE = "insufficient_correct_authorization_signatures"
USERS_ONLY = "No valid authorization keys or user signing keys available"
DOCUMENTED_CODES = {
    MISSING: "missing_or_empty_authorization_header",
    COUNT: "incorrect_quantity_of_authorization_signatures",
    NONE_VALID: "zero_correct_authorization_signatures",
    TOO_FEW: TOO_FEW_CODE,
    USERS_ONLY: "no_valid_user_session_keys",
}
# What may say when it expires, and is signed by nobody yet.
PROPOSING = ("/v1/intents/key_quorums/", "/v1/intents/wallets/")
_JSON = (("Content-Type", "application/json"),)


class Privy:
    """State and behaviour of one emulated app."""

    base = ""
    operations = OPERATIONS
    identity_header = signing.APP_ID

    def __init__(
        self,
        app_id: str,
        app_secret: Secret,
        choices: Choices,
        clock: Clock,
        random: Random,
    ) -> None:
        self.app_id = app_id
        self.app_secret = app_secret
        self.choices = choices
        self.clock = clock
        self.wallets = wallet_store()
        self.idempotency = IdempotencyKeys(choices, clock)
        self._quorums = Quorums(choices, random, self.wallets)
        self._policies = Policies(self.wallets)
        self._wallets = Wallets(
            choices,
            clock,
            random,
            self.wallets,
            self._quorums,
            self._policies.policies,
        )
        self.intents = Intents(app_id, choices, clock, self._quorums, self._wallets)
        #: What answers each operation, by its name.
        self.handlers: dict[str, Callable[..., Any]] = {
            "create_key_quorum": self._quorums.create_key_quorum,
            "get_key_quorum": self._quorums.get_key_quorum,
            "update_key_quorum": self._quorums.update_key_quorum,
            "delete_key_quorum": self._quorums.delete_key_quorum,
            "create_wallet": self._wallets.create_wallet,
            "list_wallets": self._wallets.list_wallets,
            "get_wallet": self._wallets.get_wallet,
            "update_wallet": self._wallets.update_wallet,
            "get_wallet_by_address": self._wallets.get_wallet_by_address,
            "create_wallet_batch": self._wallets.create_wallet_batch,
            "archive_wallet": self._wallets.archive_wallet,
            "get_policy": self._policies.get_policy,
            "list_wallet_automations": self._policies.list_wallet_automations,
            "get_wallet_automation": self._policies.get_wallet_automation,
            "create_key_quorum_update_intent": self.intents.create_key_quorum_update_intent,
            "create_wallet_update_intent": self.intents.create_wallet_update_intent,
            "list_intents": self.intents.list_intents,
            "get_intent": self.intents.get_intent,
            "reject_intent": self.intents.reject_intent,
            "authorize_intent": self.intents.authorize_intent,
        }

    @property
    def quorums(self) -> Store[models.KeyQuorum]:
        """Every key quorum, by its id."""
        return self._quorums.quorums

    @property
    def policies(self) -> dict[str, models.Policy]:
        """Every policy, by its id."""
        return self._policies.policies

    @property
    def automations(self) -> dict[str, models.WalletAutomation]:
        """Every wallet automation, by its id."""
        return self._policies.automations

    def cuid(self) -> str:
        """A new id."""
        return self._quorums.cuid()

    def address(self, chain_type: str) -> str:
        """A new wallet's address."""
        return self._wallets.address(chain_type)

    def leaves(self, quorum: models.KeyQuorum) -> list[P256PublicKey]:
        """Every key in a quorum and in those that are nested in it."""
        return self._quorums.leaves(quorum)

    # ---- a request, from the credentials to the answer ----

    def admit(self, received: Received, line: LedgerLine) -> Routed:
        """Whose request it is, what it asks for, and whether those who must sign it did."""
        self._authenticate(received, line)
        wanted = routed(self, received)
        if wanted == 404:
            raise Refusal(404, "Not found")
        if not isinstance(wanted, Routed):
            raise Refusal(wanted, "Method not allowed")
        line.operation = wanted.operation.name
        self.intents.progress()
        if wanted.operation is AUTHORIZE_INTENT:
            self._admit_member(wanted.ids["intent_id"], received, line)
            return wanted
        quorum = self._who_signs(wanted)
        if quorum is not None:
            self._authorize(quorum, received, line)
        elif wanted.operation.path.startswith(PROPOSING):
            self._judge_expiry(received.header(signing.REQUEST_EXPIRY))
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
        judge_query(routed, received, self.choices)
        self.intents.progress()
        handler = self.handlers[routed.operation.name]
        value = self.idempotency.once(
            routed, received, line, lambda: handler(received, line, **routed.ids)
        )
        self.intents.after(routed)
        return Reply(routed.operation.status, to_json(value), _JSON)

    def refused(self, refusal: Refusal, line: LedgerLine) -> Reply:
        """The error envelope that is seen live."""
        line.verdict = "refused"
        line.reason = refusal.text
        line.cause = refusal.cause
        code = refusal.code
        if self.choices["privy.error_codes"] == "documented":
            code = DOCUMENTED_CODES.get(refusal.text, code)
        envelope: dict[str, int | str] = {"error": refusal.text}
        if code:
            envelope["code"] = code
        return Reply(refusal.status, to_json(envelope), _JSON)

    def signed(self, reply: Reply) -> Reply:
        """Privy signs no answers."""
        return reply

    # ---- who must have signed ----

    def signing_quorum(self, received: Received) -> models.KeyQuorum | None:
        """The quorum that had to sign a request.

        None where nobody had to, or there is no such thing.
        """
        wanted = routed(self, received)
        if not isinstance(wanted, Routed):
            return None
        try:
            if wanted.operation is AUTHORIZE_INTENT:
                proposal = self.intents.proposal(wanted.ids["intent_id"])
                return self.intents.quorum_of(proposal)
            return self._who_signs(wanted)
        except Refusal:
            return None

    def as_signed(self, received: Received) -> Received:
        """What the signatures of a request are over: itself, or the request behind an intent.

        Raises:
            Refusal: there is no such intent, or no signature.
        """
        wanted = routed(self, received)
        if isinstance(wanted, Routed) and wanted.operation is AUTHORIZE_INTENT:
            return self.intents.underlying(received, wanted.ids["intent_id"])[0]
        return received

    def is_signed_with_other_expiry(
        self, received: Received, keys: Iterable[P256PublicKey]
    ) -> bool:
        """Whether an intent's signature fits the other reading of its request, than is chosen."""
        wanted = routed(self, received)
        if not isinstance(wanted, Routed) or wanted.operation is not AUTHORIZE_INTENT:
            return False
        requests = self.intents.underlying(received, wanted.ids["intent_id"], "either")
        texts = [text for request in requests for text in self.messages(request)]
        (signature,) = signatures_of(requests[0]) or [""]
        return self.signer(signature, keys, texts) is not None

    def _admit_member(self, intent_id: str, received: Received, line: LedgerLine) -> None:
        """Who has signed the request behind a pending intent, if it is a member."""
        requests = self.intents.underlying(received, intent_id)
        line.message = self.messages(requests[0])[0]
        quorum = self.intents.quorum_of(self.intents.proposal(intent_id))
        keys = set(self.leaves(quorum)) if quorum is not None else set()
        if not keys:
            raise Refusal(401, USERS_ONLY, INVALID, cause="users")
        judge_work(len(keys) * len(requests))
        for request in requests:
            (signature,) = signatures_of(request) or [""]
            key = self.signer(signature, keys, self.messages(request))
            if key is not None:
                line.signer = key.fingerprint
                return
        raise Refusal(401, NONE_VALID, cause="signatures")

    def _who_signs(self, wanted: Routed) -> models.KeyQuorum | None:
        if wanted.operation.co_signed:
            return self._quorums.quorum(wanted.ids["key_quorum_id"])
        owner_signs = wanted.operation.owner_signs
        if wanted.operation.name == "archive_wallet":
            owner_signs = self.choices["privy.archive_signed"] == "by-owner"
        if not owner_signs:
            return None
        owner_id = self._wallets.wallet(wanted.ids["wallet_id"]).owner_id
        if not owner_id:
            return None
        if owner_id not in self.quorums:  # deleted, where that is chosen to be possible
            raise Refusal(401, USERS_ONLY, INVALID, cause="users")
        return self.quorums[owner_id]

    def _authenticate(self, received: Received, line: LedgerLine) -> None:
        line.identity = received.header(signing.APP_ID)
        scheme, _, encoded = received.header("authorization").partition(" ")
        try:
            pair = base64.b64decode(encoded, validate=True)
        except (ValueError, binascii.Error):
            pair = b""
        expected = f"{self.app_id}:{self.app_secret.reveal()}".encode()
        fits = scheme.lower() == "basic" and hmac.compare_digest(pair, expected)
        if not fits or line.identity != self.app_id:
            raise Refusal(401, BAD_APP, cause="app")

    def _authorize(
        self,
        quorum: models.KeyQuorum,
        received: Received,
        line: LedgerLine,
    ) -> None:
        """The quorum as it is now must have signed what was received."""
        signatures = signatures_of(received)
        if not signatures:
            raise Refusal(401, MISSING, INVALID, cause="signatures")
        self._judge_expiry(received.header(signing.REQUEST_EXPIRY))
        texts = self.messages(received)
        line.message = texts[0]
        keys = set(self.leaves(quorum))
        if not keys:
            raise Refusal(401, USERS_ONLY, INVALID, cause="users")
        if len(signatures) < quorum.required:
            raise Refusal(401, COUNT, INVALID, cause="signatures")
        judge_work(len(signatures) * len(keys) * len(texts))
        signers = [self.signer(signature, keys, texts) for signature in signatures]
        self._judge_signers(quorum, signers)

    def _judge_expiry(self, expiry: str) -> None:
        if not expiry:
            return
        expires_ms = digits(expiry)
        if expires_ms is None:
            raise invalid(f"Invalid {signing.REQUEST_EXPIRY}: not Unix milliseconds")
        if expires_ms <= self.clock.now_ms():
            raise Refusal(401, "The request has expired", cause="expired")

    def _judge_signers(
        self,
        quorum: models.KeyQuorum,
        signers: Sequence[P256PublicKey | None],
    ) -> None:
        """Whether those who signed are enough, and not too many. None: a signature of nobody's."""
        members = {key for key in signers if key is not None}
        if not members:
            raise Refusal(401, NONE_VALID, cause="signatures")
        if not self._quorums.reached(quorum, {key.fingerprint for key in members}):
            raise Refusal(401, TOO_FEW, TOO_FEW_CODE, cause="signatures")
        if quorum.key_quorum_ids or self.choices["privy.extra_signatures"] != "refused":
            return
        # one of nobody's, or of a member twice, is one too many as well
        if len(signers) > quorum.required or len(members) < len(signers):
            raise Refusal(401, COUNT, INVALID, cause="too-many")

    def messages(self, received: Received) -> list[str]:
        """What may have been signed: one text, or two.

        Without body bytes ``""`` (Node) and ``{}`` (Python) both stand for the body.
        """
        headers = signed_headers(received)
        try:
            body: Any = ""
            if received.body:
                body = signing.parsed(received.body)
            judge_nesting(body)
            text = signing.message(received.method, received.url, headers, body)
        except (ValueError, RecursionError, rfc8785.CanonicalizationError):
            raise invalid("The body is not JSON") from None
        rule = self.choices["privy.absent_body"]
        if received.body or rule == "empty-text":
            return [text]
        payload: dict[str, Any] = {
            "version": 1,
            "method": received.method,
            "url": received.url,
            "body": {},
            "headers": headers,
        }
        with_object = rfc8785.dumps(payload).decode()
        if rule == "empty-object":
            return [with_object]
        return [text, with_object]

    @staticmethod
    def signer(
        signature: str,
        keys: Iterable[P256PublicKey],
        texts: Sequence[str],
    ) -> P256PublicKey | None:
        """Whose signature over one of these texts it is."""
        try:
            raw = base64.b64decode(signature, validate=True)
        except (ValueError, binascii.Error):
            return None
        for key in keys:
            if any(key.verify(raw, text.encode()) for text in texts):
                return key
        return None

    def __repr__(self) -> str:
        return f"<emulated Privy, app {self.app_id}>"


def signatures_of(received: Received) -> list[str]:
    """The signatures that a request carries, in base64."""
    parts = received.header(signing.SIGNATURE).split(",")
    return [part.strip() for part in parts if part.strip()]


def signed_headers(received: Received) -> dict[str, str]:
    """The headers that a signature covers, as far as they are there."""
    values = {name: received.header(name) for name in signing.SIGNED_HEADERS}
    return {name: value for name, value in values.items() if value}

"""Intents of the emulated Privy: a change that is proposed, signed member by member, and then done.

It is done by the very code that the change itself would take, once those who have signed are
enough. Documented: 72 hours by default, the statuses, that only a pending one can be rejected or
authorized, and that a change of the resource dismisses what is pending for it. Which bytes are
signed is documented in words only, so that is a choice, as is everything else that is silent.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec

from toolkit.emulator.choices import Choices
from toolkit.emulator.core import (
    Clock,
    LedgerLine,
    Received,
    Refusal,
    Routed,
    digits,
    to_json,
)
from toolkit.emulator.privy_reading import INVALID, PAGE_LIMIT, invalid, object_of
from toolkit.emulator.quorums import FIELDS as QUORUM_FIELDS
from toolkit.emulator.quorums import Quorums
from toolkit.emulator.wallets import UPDATE_FIELDS, Wallets
from toolkit.privy import intents, models, signing
from toolkit.request.call import Operation

PATH = "/v1/intents"
LATEST_MS = 2**53 - 1
FIELDS = {"KEY_QUORUM": QUORUM_FIELDS, "WALLET": UPDATE_FIELDS}
_AUTHORIZE_FIELDS = ("signature", "timestamp")
_CHANGED = "The resource was changed after the intent was proposed."
_DELETED = "The resource was deleted."

Handler = Callable[..., Any]


@dataclass(slots=True)
class Proposal:
    """An intent, and who has signed it. Times: Unix milliseconds."""

    intent_id: str
    kind: str  # KEY_QUORUM or WALLET
    resource_id: str
    url: str
    body: Any
    created_ms: int
    expires_ms: int
    has_custom_expiry: bool
    updated_ms: int
    status: str = "pending"
    signed_ms: dict[str, int] = field(default_factory=dict)  # fingerprint → when it was signed
    rejected_ms: int | None = None
    dismissed_ms: int | None = None
    reason: str | None = None
    result: intents.BaseActionResult | None = None
    #: As they were when it ended: quorums go on changing.
    details: list[intents.IntentAuthorization] | None = None


class _Leaf(intents.IntentAuthorizationMember, frozen=True, omit_defaults=True, kw_only=True):
    """A key or a user: ``signed_at`` is there, and null until it has; a nested quorum has none."""

    signed_at: int | None = msgspec.field(default_factory=models.there_and_null)


class Intents:
    """State and operations. Handlers are named after the operations."""

    def __init__(
        self,
        app_id: str,
        choices: Choices,
        clock: Clock,
        quorums: Quorums,
        wallets: Wallets,
    ) -> None:
        self.app_id = app_id
        self.choices = choices
        self.clock = clock
        self.quorums = quorums
        self.wallets = wallets
        self.proposals: dict[str, Proposal] = {}
        self._pending: dict[str, Proposal] = {}
        self._expiries: list[tuple[int, str]] = []  # a heap: the next one first

    # ---- operations ----

    def create_key_quorum_update_intent(
        self,
        received: Received,
        line: LedgerLine,
        key_quorum_id: str,
    ) -> intents.Intent:
        """A proposed change of a quorum, which its members must sign."""
        self.quorums.quorum(key_quorum_id)
        self._try_out("KEY_QUORUM", key_quorum_id, received)
        return self._proposed("KEY_QUORUM", key_quorum_id, received, line)

    def create_wallet_update_intent(
        self,
        received: Received,
        line: LedgerLine,
        wallet_id: str,
    ) -> intents.Intent:
        """A proposed change of a wallet, which its owner must sign. Without one: refused, by
        choice of this emulator; nobody could sign it.
        """
        owner_id = self.wallets.wallet(wallet_id).owner_id
        if owner_id not in self.quorums.quorums:
            raise invalid("The wallet has no owner that could authorize an intent")
        self._try_out("WALLET", wallet_id, received)
        return self._proposed("WALLET", wallet_id, received, line)

    def list_intents(self, received: Received, line: LedgerLine) -> intents.IntentPage:
        """One page of those that match the query, of at most 100."""
        query = _query(received)
        limit = digits(query.get("limit", str(PAGE_LIMIT)))
        if limit is None or not 1 <= limit <= PAGE_LIMIT:
            raise invalid(f"limit must be from 1 to {PAGE_LIMIT}")
        matching = [each for each in self.proposals.values() if self._matches(each, query)]
        _sort(matching, query.get("sort_by", self.choices["privy.intent_order"]))
        ids = [each.intent_id for each in matching]
        start = 0
        if query.get("cursor"):
            if query["cursor"] not in ids:
                raise invalid("Invalid cursor")
            start = ids.index(query["cursor"])
        end = start + limit
        next_cursor = ids[end] if end < len(ids) else None
        return intents.IntentPage(list(map(self.shown, matching[start:end])), next_cursor)

    def get_intent(self, received: Received, line: LedgerLine, intent_id: str) -> intents.Intent:
        """The intent as it is by now; 404 for an id that is not there."""
        return self.shown(self.proposal(intent_id))

    def reject_intent(
        self,
        received: Received,
        line: LedgerLine,
        intent_id: str,
    ) -> intents.Intent:
        """It will not be done. Only a pending one can be rejected."""
        proposal = self._pending_one(intent_id)
        proposal.rejected_ms = self.clock.now_ms()
        self._end(proposal, "rejected")
        return self.shown(proposal)

    def authorize_intent(
        self,
        received: Received,
        line: LedgerLine,
        intent_id: str,
    ) -> intents.Intent:
        """One more member has signed, ``line.signer``; with enough of them it is done."""
        proposal = self._pending_one(intent_id)
        twice = line.signer in proposal.signed_ms
        if twice and self.choices["privy.intent_signed_twice"] == "refused":
            raise invalid("This member has authorized the intent already")
        timestamp = _authorization(received, self.choices)["timestamp"]
        proposal.signed_ms.setdefault(line.signer, int(timestamp))
        proposal.updated_ms = self.clock.now_ms()
        quorum = self.quorum_of(proposal)
        if quorum is not None and self.quorums.reached(quorum, set(proposal.signed_ms)):
            self._execute(proposal, quorum)
        return self.shown(proposal)

    # ---- who must sign, and what ----

    def proposal(self, intent_id: str) -> Proposal:
        """The intent of this id. Raises Refusal (404) for none."""
        proposal = self.proposals.get(intent_id)
        if proposal is None:
            raise Refusal(404, "Intent not found")
        return proposal

    def quorum_of(self, proposal: Proposal) -> models.KeyQuorum | None:
        """The quorum that must sign it, as it is now; None where it is gone."""
        if proposal.kind == "KEY_QUORUM":
            return self.quorums.quorums.get(proposal.resource_id)
        wallet = self.wallets.wallets.get(proposal.resource_id)
        if wallet is None or wallet.owner_id is None:
            return None
        return self.quorums.quorums.get(wallet.owner_id)

    def underlying(
        self, received: Received, intent_id: str, rule: str | None = None
    ) -> list[Received]:
        """The request that a signature was made over, as if it had arrived itself: one, or two.

        ``rule``: an option of the choice; None: the one that is chosen.

        Raises:
            Refusal: there is no such intent, or no signature.
        """
        proposal = self.proposal(intent_id)
        signature = _authorization(received, self.choices)["signature"]
        place = urlsplit(proposal.url)
        plain: tuple[tuple[str, str], ...] = (
            (signing.APP_ID, self.app_id),
            (signing.SIGNATURE, signature),
        )
        expiry = (signing.REQUEST_EXPIRY, str(proposal.expires_ms))
        headers = {
            "request": [plain],
            "request-with-expiry": [(*plain, expiry)],
            "either": [plain, (*plain, expiry)],
        }[rule or self.choices["privy.intent_payload"]]
        body = to_json(proposal.body)
        return [
            Received("PATCH", place.scheme, place.netloc, place.path, each, body)
            for each in headers
        ]

    # ---- time, and what happens to the resource ----

    def progress(self) -> None:
        """What has not been signed in time has expired."""
        now_ms = self.clock.now_ms()
        while self._expiries and self._expiries[0][0] <= now_ms:
            expires_ms, intent_id = heapq.heappop(self._expiries)
            if intent_id in self._pending:
                self._end(self._pending[intent_id], "expired", expires_ms)

    def after(self, routed: Routed) -> None:
        """What is pending for a resource is dismissed, if this request has changed it."""
        operation = routed.operation
        if not self._pending or not operation.changes or operation.path.startswith(PATH):
            return
        resource_id = routed.ids.get("key_quorum_id") or routed.ids.get("wallet_id")
        if resource_id:
            self._dismiss(resource_id, operation)

    def _dismiss(self, resource_id: str, operation: Operation[Any] | None = None) -> None:
        reason = _CHANGED
        if operation is not None and operation.method == "DELETE":
            reason = _DELETED
        owners_count = self.choices["privy.intent_owner_changed"] == "dismissed"
        for proposal in list(self._pending.values()):
            is_its = proposal.resource_id == resource_id
            if owners_count and not is_its:
                is_its = self._owner_id(proposal) == resource_id
            if is_its:
                proposal.reason = reason
                proposal.dismissed_ms = self.clock.now_ms()
                self._end(proposal, "dismissed")

    def _owner_id(self, proposal: Proposal) -> str | None:
        wallet = self.wallets.wallets.get(proposal.resource_id)
        return None if wallet is None else wallet.owner_id

    def _end(self, proposal: Proposal, status: str, at_ms: int | None = None) -> None:
        proposal.details = self._details(proposal)
        proposal.status = status
        proposal.updated_ms = self.clock.now_ms() if at_ms is None else at_ms
        self._pending.pop(proposal.intent_id, None)

    # ---- proposing and doing ----

    def _proposed(
        self,
        kind: str,
        resource_id: str,
        received: Received,
        line: LedgerLine,
    ) -> intents.Intent:
        now_ms = self.clock.now_ms()
        expiry = received.header(signing.REQUEST_EXPIRY)
        path = received.path.replace(PATH, "/v1", 1)
        proposal = Proposal(
            intent_id=self.quorums.cuid(),
            kind=kind,
            resource_id=resource_id,
            url=f"{received.scheme}://{received.host}{path}",
            body=signing.parsed(received.body),
            created_ms=now_ms,
            expires_ms=digits(expiry) or now_ms + intents.LIFETIME_MS,
            has_custom_expiry=bool(expiry),
            updated_ms=now_ms,
        )
        self.proposals[proposal.intent_id] = proposal
        self._pending[proposal.intent_id] = proposal
        heapq.heappush(self._expiries, (proposal.expires_ms, proposal.intent_id))
        line.made = proposal.intent_id
        return self.shown(proposal)

    def _try_out(self, kind: str, resource_id: str, received: Received) -> None:
        """Whether the change could be made now: it is made, and taken back. Raises Refusal."""
        if self.choices["privy.intent_checked"] == "at-execution":
            if not object_of(received, FIELDS[kind], self.choices):
                raise invalid("At least one field is required")
            return
        quorums, random = self.quorums.quorums, self.quorums.random
        before, state, count = self._resource(kind, resource_id), random.getstate(), len(quorums)
        try:
            self._handler(kind)(received, _a_line(), resource_id)
        finally:
            if kind == "KEY_QUORUM":
                quorums[resource_id] = before
            else:
                self.wallets.wallets[resource_id] = before
            for owner in quorums.select().cut(count, len(quorums)):  # of a key or a user
                del quorums[owner.id]
            random.setstate(state)

    def _handler(self, kind: str) -> Handler:
        if kind == "KEY_QUORUM":
            return self.quorums.update_key_quorum
        return self.wallets.update_wallet

    def _resource(self, kind: str, resource_id: str) -> Any:
        if kind == "KEY_QUORUM":
            return self.quorums.quorums.get(resource_id)
        return self.wallets.wallets.get(resource_id)

    def _execute(self, proposal: Proposal, quorum: models.KeyQuorum) -> None:
        """Done as the underlying request would be; or failed, for the reason that it would have."""
        place = urlsplit(proposal.url)
        request = Received(
            "PATCH",
            place.scheme,
            place.netloc,
            place.path,
            (("content-type", "application/json"),),
            to_json(proposal.body),
        )
        self._end(proposal, "executed")
        before = self._resource(proposal.kind, proposal.resource_id)
        status, body = 200, None
        try:
            handler = self._handler(proposal.kind)
            body = handler(request, _a_line(), proposal.resource_id)
        except Refusal as refusal:
            proposal.status = "failed"
            status = refusal.status
            body = {"error": refusal.text, "code": refusal.code or INVALID}
        proposal.result = intents.BaseActionResult(
            status_code=status,
            executed_at=self.clock.now_ms(),
            authorized_by_id=quorum.id,
            authorized_by_display_name=quorum.display_name,
            response_body=msgspec.to_builtins(body),
            prior_state=msgspec.to_builtins(before),
        )
        if proposal.status == "executed":
            self._dismiss(proposal.resource_id)

    def _pending_one(self, intent_id: str) -> Proposal:
        proposal = self.proposal(intent_id)
        if proposal.status != "pending":
            raise invalid(f"The intent is {proposal.status}, not pending")
        return proposal

    # ---- what is answered ----

    def shown(self, proposal: Proposal) -> intents.Intent:
        """The intent as Privy answers it."""
        creator = None
        if self.choices["privy.intent_creator"] == "app-secret":
            creator = "App secret"
        resource = self._resource(proposal.kind, proposal.resource_id)
        return intents.Intent(
            intent_id=proposal.intent_id,
            intent_type=proposal.kind,
            status=proposal.status,
            resource_id=proposal.resource_id,
            created_at=proposal.created_ms,
            created_by_display_name=creator,
            custom_expiry=proposal.has_custom_expiry,
            expires_at=proposal.expires_ms,
            rejected_at=proposal.rejected_ms,
            dismissed_at=proposal.dismissed_ms,
            dismissal_reason=proposal.reason,
            authorization_details=self._details(proposal),
            request_details=intents.IntentRequestDetails(
                method="PATCH", url=proposal.url, body=proposal.body
            ),
            current_resource_data=None if resource is None else msgspec.to_builtins(resource),
            action_result=proposal.result,
        )

    def _details(self, proposal: Proposal) -> list[intents.IntentAuthorization]:
        if proposal.details is not None:
            return proposal.details
        quorum = self.quorum_of(proposal)
        if quorum is None:
            return []
        members: list[intents.IntentAuthorizationMember] = [
            _Leaf(
                type=leaf.type,
                user_id=leaf.user_id,
                public_key=leaf.public_key,
                signed_at=leaf.signed_at,
            )
            for leaf in _leaves(quorum, proposal)
        ]
        members += [
            self._nested(self.quorums.quorums[nested_id], proposal)
            for nested_id in quorum.key_quorum_ids or ()
            if nested_id in self.quorums.quorums
        ]
        return [
            intents.IntentAuthorization(
                members=members,
                threshold=quorum.required,
                display_name=quorum.display_name,
            )
        ]

    def _nested(
        self, quorum: models.KeyQuorum, proposal: Proposal
    ) -> intents.IntentAuthorizationMember:
        return intents.IntentAuthorizationMember(
            type="key_quorum",
            key_quorum_id=quorum.id,
            display_name=quorum.display_name,
            threshold=quorum.required,
            threshold_met=self.quorums.reached(quorum, set(proposal.signed_ms)),
            members=list(_leaves(quorum, proposal)),
        )

    # ---- which are listed ----

    def _matches(self, proposal: Proposal, query: dict[str, str]) -> bool:
        same = {
            "status": proposal.status,
            "intent_type": proposal.kind,
            "resource_id": proposal.resource_id,
            "created_by_id": "",  # the app secret made it, and that is nobody
        }
        if any(query[name] != value for name, value in same.items() if query.get(name)):
            return False
        if query.get("current_user_has_signed") == "true":
            return False  # the app secret is no user: it has signed nothing
        member_id = query.get("pending_member_id")
        return not member_id or member_id in self._still_to_sign(proposal)

    def _still_to_sign(self, proposal: Proposal) -> set[str | None]:
        """The users whose signature is missing: users are not emulated, so it stays so."""
        if proposal.status != "pending":
            return set()
        leaves = intents.leaves(self._details(proposal))
        return {leaf.user_id for leaf in leaves if leaf.type == "user" and leaf.signed_at is None}


def _leaves(
    quorum: models.KeyQuorum, proposal: Proposal
) -> Iterator[intents.IntentAuthorizationKeyQuorumMember]:
    for key in quorum.authorization_keys:
        fingerprint = models.member_key(key.public_key).fingerprint
        yield intents.IntentAuthorizationKeyQuorumMember(
            type="key",
            public_key=key.public_key,
            signed_at=proposal.signed_ms.get(fingerprint),
        )
    for user_id in quorum.user_ids or ():
        yield intents.IntentAuthorizationKeyQuorumMember(type="user", user_id=user_id)


def _a_line() -> LedgerLine:
    """A line of no ledger: for what is done inside another request."""
    return LedgerLine(0, 0, "PATCH", "")


def _authorization(received: Received, choices: Choices) -> dict[str, Any]:
    """The body of an authorization. Raises Refusal."""
    body = object_of(received, _AUTHORIZE_FIELDS, choices)
    if not isinstance(body.get("signature"), str) or not body["signature"]:
        raise invalid("signature is required")
    timestamp = body.get("timestamp")
    if isinstance(timestamp, bool) or not isinstance(timestamp, int | float):
        raise invalid("timestamp must be a number")
    if not math.isfinite(timestamp) or not 0 <= timestamp <= LATEST_MS:
        raise invalid("timestamp must be Unix milliseconds")
    return body


def _query(received: Received) -> dict[str, str]:
    """The pairs of a list's query, judged. Raises Refusal."""
    query = dict(parse_qsl(received.query, keep_blank_values=True))
    words = {
        "status": intents.INTENT_STATUSES,
        "intent_type": intents.INTENT_TYPES,
        "sort_by": intents.SORTS,
        "current_user_has_signed": ("true", "false"),
    }
    for name, allowed in words.items():
        if name in query and query[name] not in allowed:
            raise invalid(f"{name} must be one of {', '.join(allowed)}")
    return query


def _sort(proposals: list[Proposal], order: str) -> None:
    """In place; of those that are alike, the latest stands first."""
    proposals.reverse()
    if order == "expires_at_asc":
        proposals.sort(key=lambda each: each.expires_ms)
    elif order == "updated_at_desc":
        proposals.sort(key=lambda each: -each.updated_ms)
    else:
        proposals.sort(key=lambda each: -each.created_ms)

"""Privy's models of intents, with the vendor's names: a change that is proposed first, and done
once enough members have signed it, one by one.

Source: Privy's OpenAPI file (intents), its pages *Propose*, *Authorize*, *Reject* and *Fetch
intent* and *Lifecycle of an intent*. Times are Unix milliseconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, ClassVar

import msgspec

from toolkit.base.card import ROWS, Card, Listed
from toolkit.base.times import day
from toolkit.base.typed import converted
from toolkit.base.validate import text, whole_number
from toolkit.privy.models import KeyQuorum, Wallet, spoken_fingerprint, there_and_null
from toolkit.request.exchange import Answer, Listing
from toolkit.request.model import Model

INTENT_TYPES = ("KEY_QUORUM", "POLICY", "RPC", "RULE", "TRANSFER", "WALLET")
INTENT_STATUSES = (
    "pending", "processing", "executed", "failed", "expired", "rejected", "dismissed",
)  # fmt: skip
SORTS = ("created_at_desc", "expires_at_asc", "updated_at_desc")
LIFETIME_MS = 72 * 3_600_000  # by default; one older page says seven days
_RESOURCES: dict[str, type[KeyQuorum] | type[Wallet]] = {"KEY_QUORUM": KeyQuorum, "WALLET": Wallet}


class IntentAuthorizeInput(Model, frozen=True, kw_only=True):
    """Body of *Authorize intent*: one member's signature over the intent's underlying request.

    ``timestamp`` is when it was signed, Unix milliseconds. ``privy.sign_intent`` makes one. The
    signature is never shown, and never written into the journal.

    Raises:
        InputError: values of other types.

    >>> change = privy.UpdateKeyQuorumRequest(display_name="Payouts")
    >>> intent = app.send(privy.create_key_quorum_update_intent(quorum.id, change))
    >>> privy.sign_intent(intent, alice, app.identity, now_ms=1_792_000_000_000)
    <privy.IntentAuthorizeInput: signature='••••••••', timestamp=1792000000000>
    """

    hidden: ClassVar[tuple[str, ...]] = ("signature",)

    signature: str
    timestamp: int

    def __post_init__(self) -> None:
        text(self.signature, "signature")
        whole_number(self.timestamp, "timestamp")


class IntentAuthorizationKeyQuorumMember(Model, frozen=True, omit_defaults=True, kw_only=True):
    """A user or a key that may sign. ``signed_at`` is None as long as it has not."""

    type: str
    user_id: str | None = None
    public_key: str | None = None
    signed_at: int | None = msgspec.field(default_factory=there_and_null)


class IntentAuthorizationMember(Model, frozen=True, omit_defaults=True, kw_only=True):
    """A member of the quorum that must authorize: a user, a key, or a nested quorum."""

    type: str
    user_id: str | None = None
    public_key: str | None = None
    signed_at: int | None = None
    key_quorum_id: str | None = None
    display_name: str | None = None
    threshold: int | None = None
    threshold_met: bool | None = None
    members: list[IntentAuthorizationKeyQuorumMember] | None = None


class IntentAuthorization(Model, frozen=True, omit_defaults=True, kw_only=True):
    """A quorum that must authorize: ``threshold`` of its members.

    >>> change = privy.UpdateKeyQuorumRequest(display_name="Payouts")
    >>> intent = app.send(privy.create_key_quorum_update_intent(quorum.id, change))
    >>> [authorization] = intent.authorization_details
    >>> authorization.threshold, len(authorization.members)
    (2, 2)
    """

    members: list[IntentAuthorizationMember]
    threshold: int
    display_name: str | None = None


class IntentRequestDetails(Model, frozen=True, kw_only=True):
    """The request that is done once enough members have signed it."""

    method: str
    url: str
    body: Any = None


class BaseActionResult(Model, frozen=True, omit_defaults=True, kw_only=True):
    """What became of the request: the quorum or wallet after and before it, or the error."""

    status_code: int
    executed_at: int
    authorized_by_display_name: str | None = None
    authorized_by_id: str | None = None
    response_body: Any = None
    prior_state: Any = None


class Intent(Answer, frozen=True, omit_defaults=True, kw_only=True):
    """A proposed change, and who has signed it.

    ``current_resource_data`` is the quorum or wallet as it is now, as Privy says it; ``current``
    the same as a model. Kinds of intents that this toolkit does not make (RPC, TRANSFER, POLICY,
    RULE) are read all the same.

    >>> change = privy.UpdateKeyQuorumRequest(display_name="Payouts")
    >>> intent = app.send(privy.create_key_quorum_update_intent(quorum.id, change))
    >>> intent.status, intent.request_details.body
    ('pending', {'display_name': 'Payouts'})
    """

    shown: ClassVar[tuple[str, ...]] = (
        "intent_id",
        "intent_type",
        "status",
        "resource_id",
    )
    identified_by: ClassVar[tuple[str, ...]] = ("intent_id",)

    intent_id: str
    intent_type: str
    status: str
    resource_id: str
    created_at: int
    expires_at: int
    custom_expiry: bool
    authorization_details: list[IntentAuthorization]
    request_details: IntentRequestDetails
    created_by_display_name: str | None = None
    created_by_id: str | None = None
    rejected_at: int | None = None
    dismissed_at: int | None = None
    dismissal_reason: str | None = None
    current_resource_data: Any = None
    action_result: BaseActionResult | None = None

    @property
    def current(self) -> KeyQuorum | Wallet | None:
        """The quorum or wallet that it is about; None where it is deleted, or of another kind.

        Raises:
            msgspec.ValidationError: it is not of the documented shape.
        """
        kind = _RESOURCES.get(self.intent_type)
        if kind is None or self.current_resource_data is None:
            return None
        return converted(self.current_resource_data, kind)

    def _card(self) -> Card:
        """What would be done, and who has signed it; what there is now, a card of its own shows."""
        card = super()._card()
        details = self.request_details
        told: list[tuple[str, object]] = [
            ("request", f"{details.method} {details.url}"),
            ("body", repr(details.body)),
        ]
        hidden = ("request_details", "current_resource_data", "authorization_details")
        told += [(name, value) for name, value in card.more if name not in hidden]
        members = leaves(self.authorization_details)
        rows = [[leaf.type, _who(leaf), _signed(leaf.signed_at)] for leaf in members]
        signing = Listed("who signs", ("type", "member", "signed"), rows[:ROWS], len(rows))
        return replace(card, more=told, lists=[signing] if rows else [])


def _signed(signed_at: int | None) -> str:
    return "not yet" if signed_at is None else day(signed_at)


def _who(leaf: IntentAuthorizationMember | IntentAuthorizationKeyQuorumMember) -> str:
    """A key by its fingerprint, everybody else by id."""
    if leaf.public_key is None:
        return leaf.user_id or ""
    return spoken_fingerprint(leaf.public_key) or ""


def leaves(
    authorizations: Iterable[IntentAuthorization],
) -> Iterator[IntentAuthorizationMember | IntentAuthorizationKeyQuorumMember]:
    """Every user and key that may sign, those in nested quorums included."""
    for authorization in authorizations:
        for member in authorization.members:
            if member.members is None:
                yield member
            else:
                yield from member.members


class IntentPage(Listing[Intent], frozen=True):
    """One page of intents. ``next_cursor`` is null, missing or empty on the last one.

    >>> change = privy.UpdateKeyQuorumRequest(display_name="Payouts")
    >>> intent = app.send(privy.create_key_quorum_update_intent(quorum.id, change))
    >>> page = app.send(privy.list_intents(status="pending"))
    >>> len(page), page.is_last
    (1, True)
    """

    next_cursor: str | None = None

    @property
    def is_last(self) -> bool:
        """Whether no further page follows."""
        return not self.next_cursor


class IntentEvent(Model, frozen=True, omit_defaults=True, kw_only=True):
    """What a webhook says of an intent: created, authorized, executed, failed or rejected.

    ``member`` is who signed, with ``authorized_at``; ``action_result`` what became of it.
    """

    shown: ClassVar[tuple[str, ...]] = ("intent_id", "intent_type", "status")

    intent_id: str
    intent_type: str
    status: str
    created_at: int
    expires_at: int
    created_by_id: str | None = None
    created_by_display_name: str | None = None
    authorization_details: list[IntentAuthorization] | None = None
    authorized_at: int | None = None
    member: IntentAuthorizationKeyQuorumMember | None = None
    rejected_at: int | None = None
    action_result: BaseActionResult | None = None

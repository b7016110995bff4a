"""How intents differ between two looks: opened, signed by whom, and what became of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from toolkit.base.text import and_words
from toolkit.base.times import day
from toolkit.findings import Severity
from toolkit.inventory.difference import Both, Difference
from toolkit.inventory.orders import Asked
from toolkit.privy import models as privy
from toolkit.privy.intents import Intent, leaves

PROPOSING = ("create_key_quorum_update_intent", "create_wallet_update_intent")
PENDING = "pending"
#: What became of an intent: how bad it is that nobody ordered it here, and in words. What an
#: executed one changed is told of the thing itself.
_BECAME: Mapping[str, tuple[Severity, str]] = {
    "executed": ("medium", "was executed"),
    "failed": ("medium", "was signed by enough, and failed"),
    "rejected": ("low", "was rejected"),
    "expired": ("low", "expired before enough had signed it"),
    "dismissed": ("low", "was dismissed: what it would have changed is another one now"),
    "processing": ("low", "is being executed"),
}
BY_ITSELF = ("expired", "dismissed")


def intent_name(both: Both, intent: Intent) -> str:
    """An intent as people call it: by what it would change."""
    return f"Intent for {_resource(both, intent)}"


def _resource(both: Both, intent: Intent) -> str:
    if intent.intent_type == "KEY_QUORUM":
        return f"quorum {both.quorum_name(intent.resource_id)}"
    if intent.intent_type == "POLICY":
        return f"policy {both.policy_name(intent.resource_id)}"
    if intent.intent_type in ("WALLET", "RPC", "TRANSFER"):
        return both.wallet_name(intent.resource_id).replace("Wallet", "wallet", 1)
    return f"{intent.intent_type} {intent.resource_id}"


def of_intent(both: Both, then: Intent, now: Intent) -> Iterator[Difference]:
    """What differs in one intent."""
    signed = [each for each in _signers(now) if each not in _signers(then)]
    if signed:
        names = [both.called(each) for each in signed]
        yield Difference(
            "intent",
            now.intent_id,
            intent_name(both, now),
            "authorization_details",
            "low",
            f"was signed by {and_words(names)}",
            f"{len(_signers(then))} signed",
            f"{len(_signers(now))} signed",
            asked=(Asked("authorize_intent", now.intent_id),),
            names=tuple(names),
        )
    if then.status != now.status:
        yield _became(both, now, then.status)


def _signers(intent: Intent) -> list[str]:
    """Who has signed: seats, each once."""
    seats: dict[str, None] = {}
    for leaf in leaves(intent.authorization_details):
        if leaf.signed_at is not None and leaf.public_key is not None:
            seats[privy.member_identity(leaf.public_key)] = None
        elif leaf.signed_at is not None and leaf.user_id is not None:
            seats[leaf.user_id] = None
    return list(seats)


def _became(both: Both, now: Intent, before: str) -> Difference:
    severity, sentence = _BECAME.get(now.status, ("low", f"is {now.status} now"))
    return Difference(
        "intent",
        now.intent_id,
        intent_name(both, now),
        "status",
        severity,
        sentence,
        before,
        now.status,
        by_itself=now.status in BY_ITSELF,
        asked=_asked_for(now),
    )


def _asked_for(intent: Intent) -> tuple[Asked, ...]:
    """What stands behind what became of it: a last signature, or a rejection."""
    operation = "reject_intent" if intent.status == "rejected" else "authorize_intent"
    return (Asked(operation, intent.intent_id),)


def intent_made(both: Both, now: Intent) -> Iterator[Difference]:
    """An intent that was not there: opened since, and perhaps done already."""
    sentence = f"was opened: {now.request_details.method}, until {day(now.expires_at)}"
    severity: Severity = "low"
    if now.status != PENDING:
        severity, became = _BECAME.get(now.status, ("low", f"is {now.status} now"))
        sentence = f"was opened, and {became}"
    who = now.created_by_display_name or ""
    if who:
        sentence += f"; {who} opened it"
    yield Difference(
        "intent",
        now.intent_id,
        intent_name(both, now),
        "made",
        severity,
        sentence,
        after=now.status,
        asked=tuple(Asked(operation, now.intent_id) for operation in PROPOSING),
        names=(who,) if who else (),
    )


def intent_gone(both: Both, then: Intent) -> Iterator[Difference]:
    """An intent that is no longer listed."""
    yield Difference(
        "intent",
        then.intent_id,
        intent_name(both, then),
        "gone",
        "low",
        "is no longer listed",
        before=then.status,
    )

"""Tables of what Privy answers. One row is one thing; nested lists become rows of their own.

The same columns make the small tables on cards. What one looks for first stands first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from toolkit.base.html import Rows
from toolkit.privy import intents as intents_
from toolkit.privy import models
from toolkit.tables import Column, Lane, Table, listed

if TYPE_CHECKING:
    import pandas as pd


class Member(NamedTuple):
    """A member of a quorum, of whichever kind; ``member`` is Privy's spelling of it."""

    kind: str
    member: str
    display_name: Any = None

    @property
    def fingerprint(self) -> str | None:
        """Twelve hex digits in groups of four; None for what is no P-256 key."""
        return models.spoken_fingerprint(self.member) if self.kind == "key" else None


KINDS = ("key", "user", "key_quorum")
KEY_QUORUMS = Table(
    (
        Column("display_name", of=lambda quorum: quorum.display_name),
        Column("required", "integer", of=lambda quorum: quorum.required),
        Column("members", "integer", of=lambda quorum: quorum.size),
        Column("authorization_threshold", "integer", of=lambda q: q.authorization_threshold),
        Column("keys", "integer", of=lambda quorum: len(quorum.authorization_keys)),
        Column("users", "integer", of=lambda quorum: len(quorum.user_ids or ())),
        Column("key_quorums", "integer", of=lambda quorum: len(quorum.key_quorum_ids or ())),
        Column("id", "id", of=lambda quorum: quorum.id),
    )
)
QUORUM_MEMBERS = Table(
    (
        Column("kind", "word", KINDS, of=lambda member: member.kind, title="Kind"),
        Column("display_name", of=lambda member: member.display_name),
        Column("fingerprint", "id", of=lambda member: member.fingerprint, title="Fingerprint"),
        Column("quorum_name", of=lambda quorum: quorum.display_name, lane="quorum"),
        Column("member", "id", of=lambda member: member.member, title="As Privy has it"),
        Column("key_quorum_id", "id", of=lambda quorum: quorum.id, lane="quorum"),
    )
)
WALLETS = Table(
    (
        Column("display_name", of=lambda wallet: wallet.display_name),
        Column("chain_type", of=lambda wallet: wallet.chain_type, title="Chain"),
        Column("owner_id", "id", of=lambda wallet: wallet.owner_id, title="Owner"),
        Column("additional_signers", "integer", of=lambda w: len(w.additional_signers)),
        Column("policies", "integer", of=lambda wallet: len(wallet.policy_ids)),
        Column("created", "moment", of=lambda wallet: wallet.created_at),
        Column("address", "id", of=lambda wallet: wallet.address, title="Address"),
        Column("id", "id", of=lambda wallet: wallet.id, title="Wallet"),
    )
)

INTENTS = Table(
    (
        Column("intent_type", "word", intents_.INTENT_TYPES, of=lambda intent: intent.intent_type),
        Column("status", "word", intents_.INTENT_STATUSES, of=lambda intent: intent.status),
        Column("resource_id", "id", of=lambda intent: intent.resource_id),
        Column("signed", "integer", of=lambda intent: signed_by(intent)),
        Column("required", "integer", of=lambda intent: required_by(intent)),
        Column("expires", "moment", of=lambda intent: intent.expires_at),
        Column("created", "moment", of=lambda intent: intent.created_at),
        Column("custom_expiry", "flag", of=lambda intent: intent.custom_expiry),
        Column("created_by_id", "id", of=lambda intent: intent.created_by_id),
        Column("dismissal_reason", of=lambda intent: intent.dismissal_reason),
        Column("status_code", "integer", of=lambda intent: status_code_of(intent)),
        Column("intent_id", "id", of=lambda intent: intent.intent_id),
    )
)


def key_quorums(what: Any) -> pd.DataFrame:
    """One row a quorum.

    ``required`` is the threshold, or all members where the threshold is null.
    """
    return KEY_QUORUMS.frame(*listed(what, models.KeyQuorum))


def quorum_members(what: Any) -> pd.DataFrame:
    """One row a member: keys first, then users, then nested quorums.

    ``member`` is the spelling that Privy gave; ``fingerprint`` the first twelve hex digits of
    SHA-256 of the canonical SPKI, the same for every spelling (missing for what is no P-256 key).
    """
    things, what = listed(what, models.KeyQuorum)
    members = [members_of(thing) for thing in things]
    lane = Lane(things, [len(each) for each in members])
    return QUORUM_MEMBERS.frame([member for each in members for member in each], what, quorum=lane)


def members_of(quorum: models.KeyQuorum) -> list[Member]:
    """Every member of a quorum: keys, users, nested quorums."""
    return [
        *(Member("key", key.public_key, key.display_name) for key in quorum.authorization_keys),
        *(Member("user", user) for user in quorum.user_ids or ()),
        *(Member("key_quorum", nested) for nested in quorum.key_quorum_ids or ()),
    ]


def member_rows(quorum: models.KeyQuorum, source: str) -> Rows:
    """A quorum's members on a card; ``source`` is the code that gives the frame."""
    rows = members_of(quorum)
    return QUORUM_MEMBERS.card("Members", source, rows, quorum=Lane([quorum], [len(rows)]))


def wallets(what: Any) -> pd.DataFrame:
    """One row a wallet.

    ``owner_id`` is the key quorum that owns it: missing means that the app secret alone decides.
    """
    return WALLETS.frame(*listed(what, models.Wallet))


def intents(what: Any) -> pd.DataFrame:
    """One row an intent.

    ``signed`` counts the members that have authorized it, a nested quorum once it is met;
    ``required`` is how many must. ``status_code`` is what became of the change itself.
    """
    return INTENTS.frame(*listed(what, intents_.Intent))


def signed_by(intent: intents_.Intent) -> int:
    """How many members have authorized it: keys and users that signed, nested quorums that are
    met.
    """
    members = [member for each in intent.authorization_details for member in each.members]
    return sum(member.signed_at is not None or bool(member.threshold_met) for member in members)


def required_by(intent: intents_.Intent) -> int | None:
    """How many must; None where Privy does not say, or names several quorums."""
    if len(intent.authorization_details) != 1:
        return None
    return intent.authorization_details[0].threshold


def status_code_of(intent: intents_.Intent) -> int | None:
    """The HTTP status that the change itself had; None as long as it is not done."""
    return None if intent.action_result is None else intent.action_result.status_code

"""Tables of what Privy answers. One row is one thing; nested lists become rows of their own.

The same columns make the small tables on cards. What one looks for first stands first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from toolkit.base.collector import paused
from toolkit.base.html import Rows
from toolkit.privy import intents as intents_
from toolkit.privy import models
from toolkit.privy.powers import not_shown_ids
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


NOT_SHOWN = "not shown"
KINDS = ("key", "user", "key_quorum", NOT_SHOWN)
KEY_QUORUMS = Table(
    (
        Column("display_name", of=lambda quorum: quorum.display_name),
        Column("required", "integer", of=lambda quorum: quorum.required),
        Column("members", "integer", of=lambda quorum: quorum.size),
        Column("authorization_threshold", "integer", of=lambda q: q.authorization_threshold),
        Column("keys", "integer", of=lambda quorum: len(quorum.authorization_keys)),
        Column("users", "integer", of=lambda quorum: len(quorum.user_ids or ())),
        Column("key_quorums", "integer", of=lambda quorum: len(quorum.key_quorum_ids or ())),
        Column("not_shown", "integer", of=lambda quorum: quorum.not_shown),
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
        Column("policy_id", "id", of=lambda wallet: next(iter(wallet.policy_ids), None)),
        Column("external_id", "id", of=lambda wallet: wallet.external_id),
        Column("entity_id", "id", of=lambda w: w.entity.id if w.entity else None),
        Column("archived", "moment", of=lambda wallet: wallet.archived_at),
        Column("created", "moment", of=lambda wallet: wallet.created_at),
        Column("address", "id", of=lambda wallet: wallet.address, title="Address"),
        Column("id", "id", of=lambda wallet: wallet.id, title="Wallet"),
    )
)
POLICIES = Table(
    (
        Column("name", of=lambda policy: policy.name),
        Column("chain_type", of=lambda policy: policy.chain_type, title="Chain"),
        Column("owner_id", "id", of=lambda policy: policy.owner_id, title="Owner"),
        Column("rules", "integer", of=lambda policy: len(policy.rules)),
        Column("created", "moment", of=lambda policy: policy.created_at),
        Column("id", "id", of=lambda policy: policy.id, title="Policy"),
    )
)
POLICY_RULES = Table(
    (
        Column("policy_name", of=lambda policy: policy.name, lane="policy"),
        Column("name", of=lambda rule: rule.name),
        Column("method", of=lambda rule: rule.method),
        Column("action", of=lambda rule: rule.action),
        Column("conditions", "integer", of=lambda rule: len(rule.conditions)),
        Column("owner_id", "id", of=lambda policy: policy.owner_id, lane="policy"),
        Column("policy_id", "id", of=lambda policy: policy.id, lane="policy"),
    )
)
WALLET_AUTOMATIONS = Table(
    (
        Column("name", of=lambda automation: automation.name),
        Column("status", "word", models.AUTOMATION_STATES, of=lambda each: each.status),
        Column("owner_id", "id", of=lambda automation: automation.owner_id, title="Owner"),
        Column("created", of=lambda automation: automation.created_at),
        Column("updated", of=lambda automation: automation.updated_at),
        Column("id", "id", of=lambda automation: automation.id, title="Automation"),
    )
)


class Link(NamedTuple):
    """That a quorum has a part in a thing: ``owner``, ``additional signer`` or ``member``."""

    key_quorum_id: str
    part: str
    kind: str
    name: str | None
    id: str


PARTS = ("owner", "additional signer", "member")
LINKED = ("wallet", "policy", "wallet automation", "key quorum")
QUORUM_LINKS = Table(
    (
        Column("key_quorum_id", "id", of=lambda link: link.key_quorum_id),
        Column("part", "word", PARTS, of=lambda link: link.part),
        Column("kind", "word", LINKED, of=lambda link: link.kind),
        Column("name", of=lambda link: link.name),
        Column("id", "id", of=lambda link: link.id),
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

    >>> frames.key_quorums(quorum)["required"].tolist()
    [2]
    """
    return KEY_QUORUMS.frame(*listed(what, models.KeyQuorum))


def quorum_members(what: Any) -> pd.DataFrame:
    """One row a member: keys first, then users, then nested quorums, then those that the API does
    not show (``not_shown`` of ``key_quorums``), each by a text of ours.

    ``member`` is the spelling that Privy gave; ``fingerprint`` the first twelve hex digits of
    SHA-256 of the canonical SPKI, the same for every spelling (missing for what is no P-256 key).

    >>> from toolkit import Emulator, frames, privy
    >>> from toolkit.keys import P256Key
    >>> keys = [P256Key.generate().public for _ in range(3)]
    >>> request = privy.CreateKeyQuorumRequest(public_keys=keys, authorization_threshold=2)
    >>> quorum = Emulator.seeded().privy_client().send(privy.create_key_quorum(request))
    >>> frames.quorum_members([quorum])["kind"].tolist()
    ['key', 'key', 'key']
    """
    things, what = listed(what, models.KeyQuorum)
    with paused():
        members = [members_of(thing) for thing in things]
        rows = [member for each in members for member in each]
        lane = Lane(things, [len(each) for each in members])
        return QUORUM_MEMBERS.frame(rows, what, quorum=lane)


def members_of(quorum: models.KeyQuorum) -> list[Member]:
    """Every member of a quorum: keys, users, nested quorums; then those that the API does not
    show, as far as the threshold tells of them.
    """
    return [
        *(Member("key", key.public_key, key.display_name) for key in quorum.authorization_keys),
        *(Member("user", user) for user in quorum.user_ids or ()),
        *(Member("key_quorum", nested) for nested in quorum.key_quorum_ids or ()),
        *(Member(NOT_SHOWN, each) for each in not_shown_ids(quorum)),
    ]


def member_rows(quorum: models.KeyQuorum, source: str) -> Rows:
    """A quorum's members on a card; ``source`` is the code that gives the frame."""
    rows = members_of(quorum)
    return QUORUM_MEMBERS.card("Members", source, rows, quorum=Lane([quorum], [len(rows)]))


def wallets(what: Any) -> pd.DataFrame:
    """One row a wallet.

    ``owner_id`` is the key quorum that owns it: missing means that the app secret alone decides.

    >>> table = frames.wallets(app.send(privy.list_wallets()))
    >>> table.loc[table["owner_id"].isna(), "display_name"].tolist()
    ['Test wallet']
    """
    return WALLETS.frame(*listed(what, models.Wallet))


def policies(what: Any) -> pd.DataFrame:
    """One row a policy.

    ``owner_id`` is the key quorum that must sign where it is changed: missing means that the app
    secret alone decides.

    >>> wallet = app.send(privy.list_wallets()).data[0]
    >>> policy = app.send(privy.get_policy(wallet.policy_ids[0]))
    >>> frames.policies(policy)["name"].tolist()
    ['Payouts up to 5 ETH']
    """
    return POLICIES.frame(*listed(what, models.Policy))


def policy_rules(what: Any) -> pd.DataFrame:
    """One row a rule of a policy; ``conditions`` is how many there are.

    >>> wallet = app.send(privy.list_wallets()).data[0]
    >>> policy = app.send(privy.get_policy(wallet.policy_ids[0]))
    >>> frames.policy_rules(policy)["action"].tolist()
    ['ALLOW']
    """
    things, what = listed(what, models.Policy)
    lane = Lane(things, [len(each.rules) for each in things])
    return POLICY_RULES.frame([rule for each in things for rule in each.rules], what, policy=lane)


def wallet_automations(what: Any) -> pd.DataFrame:
    """One row a wallet automation; its moments are texts, as Privy writes them.

    >>> frames.wallet_automations(app.send(privy.list_wallet_automations()))["status"].tolist()
    ['enabled']
    """
    return WALLET_AUTOMATIONS.frame(*listed(what, models.WalletAutomation))


def quorum_links(what: Any) -> pd.DataFrame:
    """One row for each part that a quorum has: what it owns, may sign for, or stands in.

    Args:
        what: wallets, policies, wallet automations and key quorums, in one list as you like, or
            pages of them. ``links[links["key_quorum_id"] == quorum.id]`` is what one of them
            touches, as far as these things tell.

    >>> links = frames.quorum_links(app.send(privy.list_wallets()))
    >>> links.loc[links["name"] == "Cold reserve", "part"].tolist()
    ['owner', 'additional signer']
    """
    things, what = listed(
        what, (models.Wallet, models.Policy, models.WalletAutomation, models.KeyQuorum)
    )
    return QUORUM_LINKS.frame([link for thing in things for link in links_of(thing)], what)


def links_of(thing: Any) -> list[Link]:
    """The quorums that have a part in a thing, the owner first."""
    links: list[Link] = []
    if isinstance(thing, models.KeyQuorum):
        name = thing.display_name
        members = thing.key_quorum_ids or ()
        return [Link(each, "member", "key quorum", name, thing.id) for each in members]
    kind, name = _named(thing)
    if thing.owner_id:
        links.append(Link(thing.owner_id, "owner", kind, name, thing.id))
    for signer in getattr(thing, "additional_signers", ()):
        links.append(Link(signer.signer_id, "additional signer", kind, name, thing.id))
    return links


def _named(thing: Any) -> tuple[str, str | None]:
    if isinstance(thing, models.Wallet):
        return "wallet", thing.display_name
    if isinstance(thing, models.Policy):
        return "policy", thing.name
    return "wallet automation", thing.name


def intents(what: Any) -> pd.DataFrame:
    """One row an intent.

    ``signed`` counts the members that have authorized it, a nested quorum once it is met;
    ``required`` is how many must. ``status_code`` is what became of the change itself.

    >>> change = privy.UpdateKeyQuorumRequest(display_name="Payouts")
    >>> intent = app.send(privy.create_key_quorum_update_intent(quorum.id, change))
    >>> frames.intents(intent)[["status", "signed", "required"]].values.tolist()
    [['pending', 0, 2]]
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

"""Rules about Privy policies: who may change what wallets may do."""

from __future__ import annotations

from toolkit.base.text import plural
from toolkit.findings import documented
from toolkit.inventory.columns import NONE, NOT_SEEN, Columns
from toolkit.inventory.rules.rule import AuditRule, Hits, none, of_rows
from toolkit.inventory.words import Told, told

OWNERS = documented(
    "Privy page Authorization signatures: a policy that has an owner is changed with its owner’s "
    "signatures"
)


def _no_owner(columns: Columns) -> Hits:
    return of_rows(columns.policy_owner == NONE, len(columns.policies))


def _no_owner_said(columns: Columns, hits: Hits, at: int) -> Told:
    wallets = int(columns.ruling[int(hits.rows[at])])
    return told(f"It rules {plural(wallets, 'wallet')}, and no quorum is asked when it changes.")


def _owner_unseen(columns: Columns) -> Hits:
    if not columns.whole:
        return none(0)
    owned = columns.policy_owner != NONE
    return of_rows(columns.policy_owner == NOT_SEEN, int(owned.sum()))


def _owner_unseen_said(columns: Columns, hits: Hits, at: int) -> Told:
    owner = columns.policies[int(hits.rows[at])].owner_id or ""
    return told("Its owner {} was not seen: who may change it, is unknown.", owner)


RULES = (
    AuditRule(
        "policy.no-owner", "A policy that the app secret alone can change", "medium", "policies",
        "Whoever has the secret can lift what the policy forbids, whoever owns the wallets.",
        "Give it an owner quorum, in Privy’s dashboard or by PATCH /v1/policies/{id}.",
        _no_owner_said, _no_owner, source=OWNERS, controls=("ms-2.1.1",),
    ),
    AuditRule(
        "policy.owner-unseen", "A policy whose owner was not seen", "low", "policies",
        "Who can change what its wallets may do cannot be told.",
        "Collect again, and look why its owner could not be read.",
        _owner_unseen_said, _owner_unseen, controls=("ms-1.1.2",),
    ),
)  # fmt: skip

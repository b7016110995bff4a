"""The rules of an audit, a file a theme. A rule is added in one place, with its cases beside it."""

from __future__ import annotations

from toolkit.inventory.rules import (
    api_keys,
    aside,
    groups,
    intents,
    policies,
    quorums,
    seats,
    wallets,
)
from toolkit.inventory.rules.rule import AuditRule

RULES: tuple[AuditRule, ...] = (
    *quorums.RULES,
    *groups.RULES,
    *wallets.RULES,
    *policies.RULES,
    *intents.RULES,
    *api_keys.RULES,
    *seats.RULES,
)
#: With those about what is set aside, which run last.
ALL_RULES: tuple[AuditRule, ...] = (*RULES, *aside.RULES)
BY_ID = {rule.id: rule for rule in ALL_RULES}

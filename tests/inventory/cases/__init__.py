"""Cases of every rule: what each must find, and what comes close and must stay silent. A file a theme, written before the rule."""

from __future__ import annotations

from tests.inventory.cases import api_keys, groups, intents, policies, quorums, seats, wallets
from tests.inventory.organisation import Case

CASES: dict[str, list[Case]] = {
    **quorums.CASES, **groups.CASES, **wallets.CASES, **policies.CASES, **intents.CASES, **api_keys.CASES, **seats.CASES,
}  # fmt: skip

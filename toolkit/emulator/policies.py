"""Policies and wallet automations of the emulated Privy: there to be read, and never changed.

What they do to a request is not emulated. Who owns them, and what points to them, is.
"""

from __future__ import annotations

from collections.abc import Mapping

from toolkit.emulator.core import LedgerLine, Received, Refusal
from toolkit.emulator.privy_reading import page_of, query_of
from toolkit.emulator.store import FewRows
from toolkit.privy import models


class Policies:
    """State and operations. Handlers are named after the operations."""

    def __init__(self, wallets: Mapping[str, models.Wallet]) -> None:
        self.wallets = wallets
        self.policies: dict[str, models.Policy] = {}
        self.automations: dict[str, models.WalletAutomation] = {}

    def get_policy(
        self,
        received: Received,
        line: LedgerLine,
        policy_id: str,
    ) -> models.Policy:
        """The policy; 404 for an id that is not there."""
        if policy_id not in self.policies:
            raise Refusal(404, "Policy not found")
        return self.policies[policy_id]

    def list_wallet_automations(
        self,
        received: Received,
        line: LedgerLine,
    ) -> models.WalletAutomationPage:
        """One page of the automations; with ``wallet_id`` of those that act on this wallet."""
        query = query_of(received)
        automations = list(self.automations.values())
        if "wallet_id" in query:
            wallet = self.wallets.get(query["wallet_id"])
            attached = {each.id for each in wallet.automations} if wallet is not None else set()
            automations = [each for each in automations if each.id in attached]
        page, next_cursor = page_of(FewRows(automations, _id), query)
        return models.WalletAutomationPage(page, next_cursor)

    def get_wallet_automation(
        self,
        received: Received,
        line: LedgerLine,
        automation_id: str,
    ) -> models.WalletAutomation:
        """The automation; 404 for an id that is not there."""
        if automation_id not in self.automations:
            raise Refusal(404, "Wallet automation not found")
        return self.automations[automation_id]


def _id(automation: models.WalletAutomation) -> str:
    return automation.id

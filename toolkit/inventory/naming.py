"""What names what at Privy, where there is no list: quorums and policies are found by their ids."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from toolkit.inventory.powers import signers_of
from toolkit.privy import models as privy
from toolkit.privy.intents import Intent


def quorums_of_wallets(wallets: Iterable[privy.Wallet]) -> Iterator[str]:
    """The owners of wallets, and their additional signers."""
    for wallet in wallets:
        yield from filter(None, (wallet.owner_id, *signers_of(wallet)))


def quorums_of_policies(policies: Iterable[privy.Policy]) -> Iterator[str]:
    """The owners of policies."""
    return (policy.owner_id for policy in policies if policy.owner_id)


def quorums_of_intents(intents: Iterable[Intent]) -> Iterator[str]:
    """Quorums that a pending intent would change: those of older ones may be long gone."""
    return _about("KEY_QUORUM", intents)


def policies_of_wallets(wallets: Iterable[privy.Wallet]) -> Iterator[str]:
    """The policies of wallets, and those under which their additional signers act."""
    for wallet in wallets:
        yield from policies_of(wallet)


def policies_of(wallet: privy.Wallet) -> Iterator[str]:
    """The policies of one wallet, and those under which its additional signers act."""
    yield from wallet.policy_ids
    for signer in wallet.additional_signers:
        yield from signer.override_policy_ids or ()


def policies_of_intents(intents: Iterable[Intent]) -> Iterator[str]:
    """Policies that a pending intent would change."""
    return _about("POLICY", intents)


def _about(intent_type: str, intents: Iterable[Intent]) -> Iterator[str]:
    for intent in intents:
        if intent.intent_type == intent_type and intent.status == "pending":
            yield intent.resource_id

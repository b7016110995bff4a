"""What names a quorum or a policy: wallets, their additional signers, policies, and intents that are pending."""

from __future__ import annotations

from tests.inventory.organisation import World
from toolkit.inventory import naming


def test_what_names_what() -> None:
    """Owners and additional signers, policies of both; of intents only what a pending one would change."""
    w = World()
    wallets = [
        w.wallet("owner", policy_ids=["p1"], additional_signers=[w.acting("signer", "p2")]),
        w.wallet(None, additional_signers=[w.acting("other")]),
    ]
    policies = [w.policy("keeper"), w.policy(None)]
    intents = [
        w.intent("q1"), w.intent("q2", status="executed"), w.intent("p3", intent_type="POLICY"), w.intent("w1", intent_type="WALLET"),
    ]  # fmt: skip
    assert list(naming.quorums_of_wallets(wallets)) == ["owner", "signer", "other"]
    assert list(naming.quorums_of_policies(policies)) == ["keeper"]
    assert list(naming.quorums_of_intents(intents)) == ["q1"]
    assert list(naming.policies_of_wallets(wallets)) == ["p1", "p2"]
    assert list(naming.policies_of_intents(intents)) == ["p3"]

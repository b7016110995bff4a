"""Policies and wallet automations: read by id and by list, who owns them, and what a quorum has a part in."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from tests.conftest import Door
from toolkit import Emulator, frames, privy
from toolkit.errors import NotFound


def test_from_a_wallet_to_its_policy(door: Door) -> None:
    """A wallet names its policy and its automations; each is read by its id, and says which quorum owns it."""
    app = door.app
    hot = next(each for each in app.send(privy.list_wallets()) if each.policy_ids)
    policy = app.send(privy.get_policy(hot.policy_ids[0]))
    names = {each.id: each.display_name for each in door.emulator.privy.quorums.values()}
    assert names[policy.owner_id or ""] == "Treasury approvals, EU"
    assert (
        names[hot.owner_id or ""] == "Payout approvals"
    )  # who owns a wallet need not own its policy
    (attached,) = hot.automations
    automation = app.send(privy.get_wallet_automation(attached.id))
    assert (automation.status, attached.enabled) == ("enabled", True)
    assert names[automation.owner_id or ""] == "Payout approvals"
    assert app.send(privy.list_wallet_automations()).data == [automation]
    assert app.send(privy.list_wallet_automations(wallet_id=hot.id)).data == [automation]
    assert app.send(privy.list_wallet_automations(wallet_id="another")).data == []
    with pytest.raises(NotFound, match="Policy not found"):
        app.send(privy.get_policy("p" * 24))


def test_pages_of_automations(emulator: Emulator) -> None:
    """A long list comes in pages, each thing once."""
    (first,) = emulator.privy.automations.values()
    for number in range(4):
        name = f"automation{number}"
        emulator.privy.automations[name] = replace(first, id=name)
    app = emulator.privy_client()
    pages = list(app.iterate(privy.list_wallet_automations(limit=2)))
    assert [len(page) for page in pages] == [2, 2, 1]
    assert len(frames.wallet_automations(pages)) == 5


def test_tables(emulator: Emulator) -> None:
    """A row each, with the owner; and for a quorum a row for each part that it has in anything."""
    app = emulator.privy_client()
    wallets = app.send(privy.list_wallets())
    (policy_id,) = emulator.privy.policies
    policy = app.send(privy.get_policy(policy_id))
    automations = app.send(privy.list_wallet_automations())
    quorums = [app.send(privy.get_key_quorum(each)) for each in emulator.privy.quorums]
    assert frames.policies(policy)[["name", "rules", "owner_id"]].values.tolist() == [
        ["Payouts up to 5 ETH", 1, policy.owner_id]
    ]
    rules = frames.policy_rules([policy])
    assert rules[["policy_name", "method", "action", "conditions"]].values.tolist() == [
        ["Payouts up to 5 ETH", "eth_sendTransaction", "ALLOW", 1]
    ]
    hot = frames.wallets(wallets).query("display_name == 'Hot wallet'")
    assert hot["policy_id"].tolist() == [policy_id]
    links = frames.quorum_links([*wallets, policy, *automations, *quorums])
    names = {each.id: each.display_name for each in quorums}
    parts = {(names[row.key_quorum_id], row.part, row.kind, row.name) for row in links.itertuples()}
    assert parts == {
        ("Payout approvals", "owner", "wallet", "Hot wallet"),
        ("Treasury approvals, EU", "owner", "wallet", "Cold reserve"),
        ("Night shift", "additional signer", "wallet", "Cold reserve"),
        ("Treasury approvals, EU", "owner", "policy", "Payouts up to 5 ETH"),
        ("Payout approvals", "owner", "wallet automation", "Deposits earn"),
        ("Night shift", "member", "key quorum", "Payout approvals"),
    }

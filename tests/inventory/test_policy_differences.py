"""Policies and the wallets under them: what changed is told in words, with how bad it may be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from toolkit import Emulator, Inventory, collect, compare, privy
from toolkit.inventory import store

ALIEN = "not ordered here"


class World:
    """The demo world, in which one wallet is under one policy."""

    def __init__(self) -> None:
        self.emulator = Emulator.seeded()
        self.app = self.emulator.privy_client()
        (self.policy_id,) = self.emulator.privy.policies
        self.wallet_id = next(iter(self.emulator.privy.wallets))

    @property
    def policy(self) -> privy.Policy:
        return self.emulator.privy.policies[self.policy_id]

    def change(self, **facts: Any) -> None:
        self.emulator.privy.policies[self.policy_id] = replace(self.policy, **facts)

    def rules(self, *rules: privy.PolicyRule) -> None:
        self.change(rules=[*self.policy.rules, *rules])

    def wallet(self, **facts: Any) -> None:
        wallets = self.emulator.privy.wallets
        wallets[self.wallet_id] = replace(wallets[self.wallet_id], **facts)

    def another(self, created_at: int, owner_id: str | None) -> None:
        """Another policy that the wallet is under."""
        fresh = replace(
            self.policy,
            id="policy2",
            name="Other",
            created_at=created_at,
            owner_id=owner_id,
            rules=[],
        )
        self.emulator.privy.policies["policy2"] = fresh
        self.wallet(policy_ids=["policy2"], additional_signers=[privy.AdditionalSigner(signer_id=self.quorum_id, override_policy_ids=[self.policy_id])])  # fmt: skip

    @property
    def quorum_id(self) -> str:
        return next(iter(self.emulator.privy.quorums))

    def look(self) -> Inventory:
        known = list(self.emulator.privy.quorums)
        return collect(self.app, quorum_ids=known, progress=False)


def rule(action: str, **facts: Any) -> privy.PolicyRule:
    return privy.PolicyRule(
        **({"id": "r2", "name": "More", "method": "*", "action": action} | facts)
    )


def wider(world: World) -> None:
    (first,) = world.policy.rules
    world.change(rules=[replace(first, conditions=[])])


NAME, WALLET = "Policy Payouts up to 5 ETH", "Wallet Hot wallet"
CASES: list[tuple[str, Callable[[World], object], list[tuple[str, str, str]]]] = [
    ("nothing", lambda w: None, []),
    ("renamed", lambda w: w.change(name="Payouts"), [("low", "Policy Payouts", "was renamed")]),
    ("no owner any more", lambda w: w.change(owner_id=None), [("high", NAME, "has no owner any more: the app secret alone may change it")]),
    ("another owner", lambda w: w.change(owner_id=list(w.emulator.privy.quorums)[1]), [("medium", NAME, "has another owner: ")]),
    ("an allowing rule came", lambda w: w.rules(rule("ALLOW")), [("high", NAME, "has other rules: More (ALLOW *) came in; it rules 1 wallet")]),
    ("a denying rule came", lambda w: w.rules(rule("DENY")), [("medium", NAME, "has other rules: More (DENY *) came in; it rules 1 wallet")]),
    ("an allowing rule went", lambda w: w.change(rules=[]), [("medium", NAME, "Up to 5 ETH (ALLOW eth_sendTransaction) went out")]),
    ("an allowing rule changed", wider, [("high", NAME, "Up to 5 ETH (ALLOW eth_sendTransaction) changed")]),
    ("gone under a wallet", lambda w: w.emulator.privy.policies.pop(w.policy_id), [("high", NAME, "is gone: there is no policy of this id, and 1 wallet still named it")]),
    ("another version", lambda w: w.change(version="2.0"), [("low", NAME, "has another version")]),
    ("a wallet under none", lambda w: w.wallet(policy_ids=[]), [("high", WALLET, "is under no policy any more")]),
    ("a wallet under another, made since", lambda w: w.another(w.emulator.clock.now_ms() + 1, w.quorum_id), [
        ("note", "Policy Other", "was made on"), ("medium", WALLET, "has other policies: Other"), ("high", WALLET, "may act with it now"),
    ]),
    ("one that was there, without an owner", lambda w: w.another(1, None), [
        ("medium", "Policy Other", "is named for the first time; it was made on Thu 01 Jan 1970"), ("medium", WALLET, "has other policies: Other"), ("high", WALLET, "may act with it now"),
    ]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "told"), [row[1:] for row in CASES], ids=[row[0] for row in CASES]
)
def test_cases(change: Callable[[World], object], told: list[tuple[str, str, str]]) -> None:
    """Exactly these changes, none of them ordered here; and nothing where nothing changed."""
    world = World()
    before = world.look()
    change(world)
    changes = list(compare(before, world.look()))
    lines = [(each.severity, each.about, each.sentence) for each in changes]
    assert len(lines) == len(told), lines
    for severity, about, words in told:
        assert any(line[:2] == (severity, about) and words in line[2] for line in lines), lines
    assert {each.origin for each in changes} <= {ALIEN}


def test_a_denying_rule_that_went() -> None:
    """What it held back goes through now: high; rules in another order are told as that."""
    world = World()
    world.rules(rule("DENY"))
    before = world.look()
    world.change(rules=world.policy.rules[::-1])
    (change,) = compare(before, world.look())
    assert (change.severity, change.sentence) == ("medium", "has the same rules in another order; it rules 1 wallet")  # fmt: skip
    world.change(rules=world.policy.rules[1:])
    (change,) = compare(before, world.look())
    assert change.severity == "high"
    assert "More (DENY *) went out" in change.sentence


def test_our_own_order() -> None:
    """A wallet that we put under another policy was ordered here; the policy says when it was made."""
    world = World()
    world.wallet(owner_id=None)  # the app secret decides
    before = world.look()
    world.emulator.privy.policies["p" * 24] = replace(world.policy, id="p" * 24, name="Other")
    update = privy.UpdateWalletRequest(policy_ids=["p" * 24])
    world.app.send(privy.update_wallet(world.wallet_id, update), acknowledge={"privy.owner-signs"})
    changes = {change.about: change for change in compare(before, world.look())}
    assert changes[WALLET].origin == "ordered here"
    assert changes[WALLET].sentence == "has other policies: Other"


def test_what_nothing_names_any_more_is_not_gone() -> None:
    """Privy has no list of policies: one that no wallet names now may be there."""
    world = World()
    before = world.look()
    world.wallet(policy_ids=[])
    changes = compare(before, world.look())
    assert {change.kind for change in changes} == {"wallet"}
    (row,) = changes.not_compared
    assert (row.kind, row.why) == ("policy", "nothing names it there, and Privy has no list of policies")  # fmt: skip


def test_a_rule_with_a_number_of_any_size_is_kept(tmp_path: Any) -> None:
    """What RFC 8785 has no form for is saved and read again all the same."""
    world = World()
    world.rules(rule("ALLOW", conditions=[{"value": 10**30}, {"value": 1.5}]))
    seen = world.look()
    assert Inventory.load(seen.save(tmp_path / "a")) == seen
    assert b'"value":1000000000000000000000000000000' in store.line_of(seen.policies[0])

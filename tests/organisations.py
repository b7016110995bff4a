"""Random organisations of both vendors, and who can do what in them: counted by hand, member by member.

Nothing here asks the package who can sign: threshold, seats and nesting are read from the models.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from toolkit import Inventory, People, cobo, privy

NAMES = ("Alice", "Bob", "Carol", "Dana", "Erin")
COBO = "Cobo"
COBO_NODE = "node of Cobo"
Some = frozenset[str]


@dataclass(frozen=True)
class Organisation:
    """One organisation: what was seen, and who holds which seat."""

    inventory: Inventory
    persons: Mapping[str, str]

    @property
    def subsets(self) -> Iterator[Some]:
        """Every set of people, Cobo among them."""
        everybody = (*NAMES, COBO)
        for size in range(len(everybody) + 1):
            yield from map(frozenset, itertools.combinations(everybody, size))

    def present(self, seat: str, people: Some) -> bool:
        """Whether whoever holds a seat is among these."""
        return self.persons.get(seat, seat) in people

    def approves(self, quorum_id: str, people: Some) -> bool:
        """Whether these people reach a key quorum's threshold."""
        quorums = {quorum.id: quorum for quorum in self.inventory.quorums}
        quorum = quorums[quorum_id]
        votes = sum(self.present(user, people) for user in quorum.user_ids or ())
        votes += sum(self.approves(inner, people) for inner in quorum.key_quorum_ids or ())
        threshold = quorum.authorization_threshold
        members = len(quorum.user_ids or ()) + len(quorum.key_quorum_ids or ())
        return votes >= (members if threshold is None else threshold)

    def shares(self, group: cobo.KeyShareHolderGroup, people: Some) -> bool:
        """Whether these people hold enough shares of a group."""
        holders = group.key_share_holders or ()
        held = sum(self.present(holder.tss_node_id or "", people) for holder in holders)
        return held >= (group.threshold or 0)

    def signs(self, group: cobo.KeyShareHolderGroup, people: Some) -> bool:
        """Whether all designated signers of a group, Cobo's included, are among these people."""
        signers = [each for each in group.key_share_holders or () if each.signer]
        return all(self.present(each.tss_node_id or "", people) for each in signers)

    def satisfied(self, power_id: str, people: Some) -> bool:
        """Whether these people are enough for a power."""
        thing, _, kind = power_id.partition(":")
        for group in self.inventory.groups:
            if group.key_share_holder_group_id == thing:
                return self.signs(group, people) if kind == "signs" else self.shares(group, people)
        return self.approves(thing, people)

    def groups_of(self, vault_id: str) -> list[cobo.KeyShareHolderGroup]:
        """The groups of a vault that can be used."""
        return [
            group
            for group in self.inventory.groups
            if group.vault_id == vault_id and group.status == "Valid"
        ]


def organisation(rng: random.Random) -> Organisation:
    """One or two vaults with up to three groups each, two to five quorums, some of them nested, wallets; some hold
    several seats, one seat may be nobody's.
    """
    persons: dict[str, str] = {COBO_NODE: COBO}
    groups: list[cobo.KeyShareHolderGroup] = []
    vaults = []
    for number in range(rng.randint(1, 2)):
        vaults.append(cobo.MPCVault(vault_id=f"v{number}", name=f"Vault {number}"))
        kinds = ["MainGroup", *rng.sample(["SigningGroup", "RecoveryGroup"], rng.randint(0, 2))]
        groups += [_group(rng, persons, f"v{number}", kind) for kind in kinds]
    quorums = _quorums(rng, persons)
    wallets = tuple(
        privy.Wallet(id=f"w{at}", address="a", chain_type="ethereum", created_at=1, owner_id=rng.choice(quorums).id)
        for at in range(rng.randint(0, 4))
    )  # fmt: skip
    if rng.random() < 0.3:  # nobody has claimed it
        persons.pop(rng.choice([seat for seat in persons if seat != COBO_NODE]))
    people = People({seat: name for seat, name in persons.items() if name != COBO})
    inventory = Inventory(
        0, 0, vaults=tuple(vaults), groups=tuple(groups), quorums=tuple(quorums), wallets=wallets, people=people
    )  # fmt: skip
    return Organisation(inventory, persons)


def _group(
    rng: random.Random, persons: dict[str, str], vault_id: str, kind: str
) -> cobo.KeyShareHolderGroup:
    threshold, participants = rng.choice([(2, 2), (2, 3), (3, 3)])
    group_id = f"{vault_id}-{kind}"
    holders = []
    with_cobo = kind != "RecoveryGroup"
    if with_cobo:
        holders.append(
            cobo.KeyShareHolder(name="Cobo", type="Cobo", tss_node_id=COBO_NODE, signer=True)
        )
    signers = threshold - 1
    for at in range(participants - len(holders)):
        node = f"{group_id}-{at}"
        persons[node] = rng.choice(NAMES)
        holders.append(
            cobo.KeyShareHolder(
                name="x", type="API", tss_node_id=node, signer=with_cobo and at < signers
            )
        )
    return cobo.KeyShareHolderGroup(
        key_share_holder_group_id=group_id,
        type=kind,
        status="Valid" if kind == "MainGroup" or rng.random() < 0.8 else "New",
        threshold=threshold,
        participants=participants,
        key_share_holders=holders,
        vault_id=vault_id,
    )


def _quorums(rng: random.Random, persons: dict[str, str]) -> list[privy.KeyQuorum]:
    quorums: list[privy.KeyQuorum] = []
    for number in range(rng.randint(2, 5)):
        users = [f"q{number}-{at}" for at in range(rng.randint(1, 4))]
        persons.update({user: rng.choice(NAMES) for user in users})
        nested: list[str] = []
        if quorums and rng.random() < 0.5:
            inner = [each.id for each in quorums if not each.key_quorum_ids]
            nested = rng.sample(inner, min(len(inner), rng.randint(1, 2)))
        members = len(users) + len(nested)
        threshold = rng.choice([None, *range(1, members + 1)])
        quorums.append(
            privy.KeyQuorum(
                id=f"q{number}", display_name=f"Quorum {number}", authorization_keys=[],
                authorization_threshold=threshold, user_ids=users, key_quorum_ids=nested,
            )
        )  # fmt: skip
    return quorums

"""One thing that differs between two looks, and what both looks know of names and powers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from toolkit.findings import SEVERITIES, Severity
from toolkit.inventory.inventory import Inventory, Ordered
from toolkit.inventory.naming import policies_of
from toolkit.inventory.orders import Asked
from toolkit.inventory.powers import Kind, Power, held_by, persons_of, vault_quorum
from toolkit.quorum import Quorum, power_change
from toolkit.quorum_change import PowerChange, Smallest

NOTHING = "–"
CAN: Mapping[Kind, str] = {
    "signs": "sign day to day",
    "shares": "put enough shares together",
    "rebuilds": "rebuild the main group",
    "approves": "approve",
    "decides": "decide alone",
}


@dataclass(frozen=True, slots=True)
class Shift:
    """What a change does to one power, by person: ``change`` over everybody, and one smallest
    coalition that gains it and that loses it. ``names``: what to call seats that nobody claimed.
    """

    kind: Kind
    change: PowerChange
    gained: Smallest
    lost: Smallest
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def gain(self) -> str:
        """Who gains it, in a sentence."""
        return self.gained.in_words(f"can now {CAN[self.kind]} and could not before", self.names)

    @property
    def loss(self) -> str:
        """Who loses it, in a sentence."""
        return self.lost.in_words(f"could {CAN[self.kind]} before and cannot now", self.names)

    @property
    def severity(self) -> Severity:
        """High where somebody gains it or nobody is left, medium where somebody loses it."""
        if self.gained.members or self.change.after is None:
            return "high"
        if self.lost.members or not (self.gained.proven and self.lost.proven):
            return "medium"
        return "note"


@dataclass(frozen=True, slots=True)
class Difference:
    """What differs in one field of one thing; ``before`` and ``after`` in words.

    ``by_itself``: a state, which nobody orders. ``asked``: what an entry of the journal must have
    asked for to stand behind it. ``names``: somebody else's words in the texts. ``shifts``: what it
    does to each power.
    """

    kind: str
    id: str
    about: str
    field: str
    severity: Severity
    sentence: str
    before: str = NOTHING
    after: str = NOTHING
    by_itself: bool = False
    asked: tuple[Asked, ...] = ()
    names: tuple[str, ...] = ()
    shifts: tuple[Shift, ...] = ()


@dataclass(frozen=True)
class Both:
    """Two looks, with one knowledge of who holds which seat."""

    before: Inventory
    after: Inventory

    @cached_property
    def persons(self) -> Mapping[str, str]:
        """Seat → person, Cobo's own nodes of both looks among them."""
        return {**persons_of(self.before), **persons_of(self.after)}

    def called(self, seat: str) -> str:
        """Who holds a seat; where nobody is known, what the seat is called."""
        person = self.persons.get(seat)
        if person:
            return person
        for inventory in (self.after, self.before):
            known = inventory.seats.get(seat)
            if known is not None:
                return known.label or f"{known.kind} {known.spoken.removeprefix(known.kind)}"
        return seat

    def quorum_name(self, quorum_id: str | None) -> str:
        """A quorum as people call it."""
        if not quorum_id:
            return "no owner"
        for powers in (self._powers[1], self._powers[0]):
            if quorum_id in powers:
                return powers[quorum_id].name
        return quorum_id

    def policy_name(self, policy_id: str) -> str:
        """A policy as people call it."""
        return self._policies.get(policy_id) or policy_id

    @cached_property
    def _policies(self) -> Mapping[str, str]:
        policies = (*self.before.policies, *self.after.policies)
        return {policy.id: policy.name for policy in policies}

    def under(self, policy_id: str) -> int:
        """How many wallets of the later look name a policy, their additional signers' included."""
        return self._under[policy_id]

    @cached_property
    def _under(self) -> Counter[str]:
        return Counter(each for wallet in self.after.wallets for each in {*policies_of(wallet)})

    def wallet_name(self, wallet_id: str) -> str:
        """A wallet of Privy's as people call it."""
        return f"Wallet {self._wallets.get(wallet_id) or wallet_id}"

    @cached_property
    def _wallets(self) -> Mapping[str, str | None]:
        wallets = (*self.before.wallets, *self.after.wallets)
        return {wallet.id: wallet.display_name for wallet in wallets}

    def owned(self, quorum_id: str) -> list[str]:
        """The wallets that a quorum owns in the later look."""
        return self._owned.get(quorum_id, [])

    @cached_property
    def _owned(self) -> Mapping[str, list[str]]:
        owned: dict[str, list[str]] = {}
        for wallet in self.after.wallets:
            owned.setdefault(wallet.owner_id or "", []).append(wallet.id)
        return owned

    def made_here(self, thing_id: str) -> list[Ordered]:
        """The entries of our journal that made a thing."""
        return self._made_here.get(thing_id, [])

    @cached_property
    def _made_here(self) -> Mapping[str, list[Ordered]]:
        made: dict[str, list[Ordered]] = {}
        for entry in self.after.ordered:
            if entry.made:
                made.setdefault(entry.made, []).append(entry)
        return made

    def vault_name(self, vault_id: str | None) -> str:
        """A vault as people call it."""
        if vault_id not in self._vaults:
            return vault_id or "a vault"
        return self._vaults[vault_id]

    @cached_property
    def _vaults(self) -> Mapping[str | None, str]:
        vaults = (*self.before.vaults, *self.after.vaults)
        return {vault.vault_id: vault.name or vault.vault_id or "" for vault in vaults}

    @cached_property
    def _powers(self) -> tuple[Mapping[str, Power], Mapping[str, Power]]:
        before, after = self.before.powers, self.after.powers
        return {power.id: power for power in before}, {power.id: power for power in after}

    def powers(self, power_id: str) -> tuple[Power | None, Power | None]:
        """One power, before and after."""
        return self._powers[0].get(power_id), self._powers[1].get(power_id)

    def shift(self, kind: Kind, then: Power | None, now: Power | None) -> Shift | None:
        """What becomes of a power; None where it is the same, or unknown on a side."""
        if any(power is not None and power.quorum is None for power in (then, now)):
            return None
        before, after = self._people(then), self._people(now)
        if before == after:
            return None
        return self._shift(kind, before, after)

    def _shift(self, kind: Kind, before: Quorum | None, after: Quorum | None) -> Shift:
        change = power_change(before, after)
        gained, lost = change.search_gained(), change.search_lost()
        members = (*(gained.members or ()), *(lost.members or ()))
        names = {each: self.called(each) for each in members if each not in self._people_known}
        return Shift(kind, change, gained, lost, names)

    @cached_property
    def _people_known(self) -> frozenset[str]:
        return frozenset(self.persons.values())

    def _people(self, power: Power | None) -> Quorum | None:
        return None if power is None else power.held_by(self.persons)

    def shifts(self, power_ids: Iterable[str]) -> tuple[Shift, ...]:
        """What becomes of these powers, where something does."""
        moved = []
        for power_id in power_ids:
            then, now = self.powers(power_id)
            known = then or now
            shift = self.shift(known.kind, then, now) if known else None
            if shift is not None:
                moved.append(shift)
        return tuple(moved)

    def with_group(self, group_id: str, vault_id: str, kinds: Iterable[Kind]) -> tuple[Shift, ...]:
        """What a group as it is now adds to the powers over its vault."""
        others = [power for power in self.after.powers if power.thing != group_id]
        return self._over_a_vault(others, self.after.powers, vault_id, kinds)

    def without_group(
        self, group_id: str, vault_id: str, kinds: Iterable[Kind]
    ) -> tuple[Shift, ...]:
        """What the powers over a vault lack now that a group is not as it was."""
        own = [power for power in self.before.powers if power.thing == group_id]
        others = [power for power in self.after.powers if power.thing != group_id]
        return self._over_a_vault([*others, *own], self.after.powers, vault_id, kinds)

    def _over_a_vault(
        self, then: Sequence[Power], now: Sequence[Power], vault_id: str, kinds: Iterable[Kind]
    ) -> tuple[Shift, ...]:
        moved = []
        for kind in kinds:
            quorums = [vault_quorum(powers, vault_id, kind) for powers in (then, now)]
            before, after = (held_by(each, self.persons) if each else None for each in quorums)
            if before != after:
                moved.append(self._shift(kind, before, after))
        return tuple(moved)

    def unknown(self, power_ids: Iterable[str]) -> str:
        """Why one of these powers is unknown, in words; empty where all are known."""
        for power_id in power_ids:
            for power in self.powers(power_id):
                if power is not None and power.quorum is None:
                    return power.why
        return ""


def severest(*severities: Severity) -> Severity:
    """The worst of them."""
    return min(severities, key=SEVERITIES.index)

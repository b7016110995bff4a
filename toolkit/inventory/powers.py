"""Every power in an inventory: who can do what once enough take part, by seat and by person.

In a Cobo group two powers are told apart: who signs day to day, and who holds enough shares; they
are never added up. Whatever is unknown stays unknown, with the reason.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from toolkit.cobo import models as cobo
from toolkit.cobo.powers import powers_of as powers_of_group
from toolkit.errors import InputError
from toolkit.keys.public import spoken
from toolkit.privy import models as privy
from toolkit.privy.powers import quorum_of
from toolkit.quorum import Quorum

if TYPE_CHECKING:
    from toolkit.inventory.inventory import Inventory

COBO = "Cobo"  # who holds Cobo's own shares
#: What a power is for: signing transactions day to day, having enough shares for the key, enough to
#: rebuild a main group, approving what a quorum decides, deciding about wallets without an owner.
Kind = Literal["signs", "shares", "rebuilds", "approves", "decides"]
KINDS: tuple[Kind, ...] = ("signs", "shares", "rebuilds", "approves", "decides")
ACTS: Mapping[Kind, str] = {
    "signs": "signs day to day",
    "shares": "holds enough shares",
    "rebuilds": "can rebuild the main group",
    "approves": "approves",
    "decides": "decides alone about wallets without an owner",
}
GROUPS = {
    "MainGroup": "main group",
    "SigningGroup": "signing group",
    "RecoveryGroup": "recovery group",
}
#: What a seat is.
SEAT_KINDS = ("TSS node", "key", "user", "API key", "app secret")


def held_by(quorum: Quorum, persons: Mapping[str, str]) -> Quorum:
    """A quorum by who holds its seats, out of a directory that may be much larger."""
    return quorum.held_by({seat: persons[seat] for seat in quorum.ids if seat in persons})


@dataclass(frozen=True, slots=True)
class Power:
    """Somebody can do something once ``quorum`` is satisfied.

    ``quorum`` is over seats; None where it is unknown, and ``why`` says why. ``thing`` is the id of
    the group or quorum, ``place`` of the vault. ``wallets``: how many it owns or may act with.
    ``state``: why it cannot be used now (``New``, ``Unavailable``); empty where it can.
    """

    id: str
    kind: Kind
    service: str
    thing: str
    name: str
    quorum: Quorum | None
    place: str = ""
    place_name: str = ""
    wallets: int = 0
    state: str = ""
    why: str = ""

    @property
    def title(self) -> str:
        """As people call it: ``Treasury vault, main group``."""
        return f"{self.place_name}, {self.name}" if self.place_name else self.name

    @property
    def act(self) -> str:
        """What it is for, in words."""
        return ACTS[self.kind]

    def held_by(self, persons: Mapping[str, str]) -> Quorum | None:
        """The quorum by who holds its seats."""
        return None if self.quorum is None else held_by(self.quorum, persons)


@dataclass(frozen=True, slots=True)
class Seat:
    """What a person can hold. ``label``: how the service or a person calls it, perhaps nothing;
    ``where``: the things that it has a part in, by title.
    """

    id: str
    kind: str
    label: str
    where: tuple[str, ...]

    @property
    def spoken(self) -> str:
        """Short enough to be read: a fingerprint's first twelve digits, the ends of a long id."""
        if self.kind in ("key", "API key"):
            return spoken(self.id)
        if len(self.id) <= 24:
            return self.id
        return f"{self.id[:10]}…{self.id[-4:]}"


@dataclass(frozen=True, slots=True)
class Who:
    """Who can use one power: all smallest coalitions of people, Cobo among them.

    ``coalitions`` is None where they are too many to list, or the power is unknown; ``words`` says
    it either way. ``part``: of a wallet, whether it is the owner's or an additional signer's.

    >>> from toolkit import collect
    >>> [who] = collect(custody, app).who_can("Night shift")
    >>> who.words, len(who.coalitions)
    ('1 of 2: a8d154113e97…, ed0c652a1f71…', 2)
    """

    power: Power
    coalitions: tuple[frozenset[str], ...] | None
    words: str
    part: str = ""


@dataclass(frozen=True, slots=True)
class Ability:
    """What some people can do with one power.

    ``mine``: those of them who have a part in it. ``enough`` is None where the power is unknown.
    ``more``: how many others they need at least, 0 where they are enough; None where that is
    unknown or takes too long to count.
    """

    power: Power
    mine: tuple[str, ...]
    enough: bool | None
    more: int | None
    part: str = ""

    @property
    def usable(self) -> bool:
        """Whether they are enough, and the thing can be used as it is."""
        return self.enough is True and not self.power.state


@dataclass(frozen=True, slots=True)
class Can:
    """Whether some people are enough for a thing; true if for any power that can be used now.

    >>> from toolkit import People, collect
    >>> from toolkit.inventory.people import Holder
    >>> seats = {alice.fingerprint: Holder("Alice", "call"), bob.fingerprint: Holder("Bob", "call")}
    >>> inventory = collect(custody, app, quorum_ids=[quorum.id], people=People(seats))
    >>> bool(inventory.can({"Alice"}, quorum.id)), bool(inventory.can({"Alice", "Bob"}, quorum.id))
    (False, True)
    """

    abilities: tuple[Ability, ...]

    def __bool__(self) -> bool:
        return any(ability.usable for ability in self.abilities)

    @property
    def unknown(self) -> bool:
        """Whether it is not known for some power."""
        return any(ability.enough is None for ability in self.abilities)


# ---- reading them --------------------------------------------------------------------------------


def powers_of(inventory: Inventory) -> tuple[Power, ...]:
    """Cobo's groups, Privy's quorums, and each app's secret where wallets have no owner."""
    return (*_of_groups(inventory), *_of_quorums(inventory), *_of_secrets(inventory))


def over_vaults(inventory: Inventory) -> Mapping[str, tuple[Power, ...]]:
    """The powers of Cobo's groups, by vault."""
    vaults: dict[str, list[Power]] = {}
    for power in inventory.powers:
        if power.service == "cobo":
            vaults.setdefault(power.place, []).append(power)
    return {vault_id: tuple(powers) for vault_id, powers in vaults.items()}


def _of_groups(inventory: Inventory) -> Iterator[Power]:
    names = {vault.vault_id: vault.name for vault in inventory.vaults}
    for group in inventory.groups:
        group_id, vault_id, kind_of_group = _said_of(group)
        for kind, quorum, why in _readings(group):
            yield Power(
                f"{group_id}:{kind}",
                kind,
                service="cobo",
                thing=group_id,
                name=GROUPS.get(kind_of_group, kind_of_group),
                quorum=quorum,
                place=vault_id,
                place_name=names.get(vault_id) or vault_id,
                state=_why_unusable(group),
                why=why,
            )


def _said_of(group: cobo.KeyShareHolderGroup) -> tuple[str, str, str]:
    """Its id, its vault's and its type; empty where Cobo leaves one out."""
    return group.key_share_holder_group_id or "", group.vault_id or "", group.type or "group"


def _why_unusable(group: cobo.KeyShareHolderGroup) -> str:
    if group.status == "Valid":
        return ""
    return group.status or "unknown"


def _readings(group: cobo.KeyShareHolderGroup) -> Iterator[tuple[Kind, Quorum | None, str]]:
    """The powers in a group, and why one is unknown. A recovery group signs nothing."""
    two = powers_of_group(group)
    readings: dict[Kind, Quorum | None] = {"signs": two.signing, "shares": two.shares}
    if group.type == "RecoveryGroup":
        readings = {"rebuilds": two.shares}
    for kind, quorum in readings.items():
        yield kind, quorum, "" if quorum else two.why


def _of_quorums(inventory: Inventory) -> Iterator[Power]:
    known = {quorum.id: quorum for quorum in inventory.quorums}
    wallets: Counter[str] = Counter()
    for wallet in inventory.wallets:
        wallets.update({wallet.owner_id or "", *signers_of(wallet)})
    for quorum in inventory.quorums:
        who, why = quorum_or_why(quorum, known)
        yield Power(
            quorum.id,
            "approves",
            service="privy",
            thing=quorum.id,
            name=quorum.display_name or quorum.id,
            quorum=who,
            wallets=wallets[quorum.id],
            why=why,
        )


def quorum_or_why(
    quorum: privy.KeyQuorum, known: Mapping[str, privy.KeyQuorum]
) -> tuple[Quorum | None, str]:
    """Who approves, over seats, by the quorums that are known; or None, and why."""
    try:
        return quorum_of(quorum, nested=_inside(quorum, known)), ""
    except InputError as error:
        return None, str(error)


def _inside(
    quorum: privy.KeyQuorum, known: Mapping[str, privy.KeyQuorum]
) -> Iterable[privy.KeyQuorum]:
    """The quorums in a quorum, and in those, each once, as far as they were seen."""
    inside: dict[str, privy.KeyQuorum] = {}
    waiting = list(quorum.key_quorum_ids or ())
    while waiting:
        nested = known.get(waiting.pop())
        if nested is not None and nested.id not in inside:
            inside[nested.id] = nested
            waiting += nested.key_quorum_ids or ()
    return inside.values()


def _of_secrets(inventory: Inventory) -> Iterator[Power]:
    unowned = Counter(
        inventory.seen_by.get(wallet.id, "") for wallet in inventory.wallets if not wallet.owner_id
    )
    apps = [origin.identity for origin in inventory.origins if origin.service == "privy"]
    for app_id in dict.fromkeys(apps):
        seat = app_secret(app_id)
        yield Power(
            f"{app_id}:decides",
            "decides",
            service="privy",
            thing=app_id,
            name="wallets without an owner",
            quorum=Quorum(1, [seat]),
            wallets=unowned[app_id],
        )


def signers_of(wallet: privy.Wallet) -> list[str]:
    """The quorums that may act with a wallet beside its owner."""
    return [signer.signer_id for signer in wallet.additional_signers]


def app_secret(app_id: str) -> str:
    """The seat of whoever has an app's secret."""
    return f"app secret {app_id}"


def vault_quorum(powers: Iterable[Power], vault_id: str, kind: Kind) -> Quorum | None:
    """One power over a vault, through whichever of its groups can be used now; None: nobody has it,
    as far as is known.
    """
    through = [
        power.quorum
        for power in powers
        if (power.place, power.kind, power.state) == (vault_id, kind, "") and power.quorum
    ]
    return Quorum(1, through) if through else None


# ---- seats ---------------------------------------------------------------------------------------


def cobo_nodes(inventory: Inventory) -> frozenset[str]:
    """The TSS nodes of Cobo's own shares."""
    listed = [holder.tss_node_id for holder in inventory.cobo_holders]
    seated = [
        holder.tss_node_id
        for group in inventory.groups
        for holder in group.key_share_holders or ()
        if holder.type == COBO
    ]
    return frozenset(node for node in (*listed, *seated) if node)


def persons_of(inventory: Inventory) -> dict[str, str]:
    """Seat → who holds it, Cobo's own among them: what ``Power.held_by`` takes."""
    return {**inventory.people.persons, **dict.fromkeys(cobo_nodes(inventory), COBO)}


def names_of_seats(inventory: Inventory) -> dict[str, str]:
    """What to call each seat that nobody has claimed, for eyes: its label, or a short id."""
    return {
        seat.id: f"{seat.label} ({seat.spoken})" if seat.label else f"unclaimed {seat.spoken}"
        for seat in inventory.seats.values()
        if seat.id not in inventory.people.seats
    }


def seats_of(inventory: Inventory) -> dict[str, Seat]:
    """Everything that a person can hold, by id."""
    where: dict[str, list[str]] = defaultdict(list)
    for power in inventory.powers:
        for seat in power.quorum.ids if power.quorum else ():
            where[seat].append(power.title)
    kinds: dict[str, tuple[str, str]] = {}
    for seat, kind, label in (*_nodes(inventory), *_members(inventory), *_secrets(inventory)):
        kinds.setdefault(seat, (kind, label))
    for info in inventory.api_keys:
        where[info.key].append(", ".join(role.role_name for role in _roles(info)))
    return {seat: Seat(seat, *kinds[seat], _once(where[seat])) for seat in kinds}


def _members(inventory: Inventory) -> Iterator[tuple[str, str, str]]:
    for quorum in inventory.quorums:
        for key in quorum.authorization_keys:
            yield privy.member_identity(key.public_key), "key", key.display_name or ""
        for user in quorum.user_ids or ():
            yield user, "user", ""


def _secrets(inventory: Inventory) -> Iterator[tuple[str, str, str]]:
    for info in inventory.api_keys:
        yield info.key, "API key", info.name
    for power in inventory.powers:
        if power.kind == "decides":
            yield app_secret(power.thing), "app secret", ""


def _nodes(inventory: Inventory) -> Iterator[tuple[str, str, str]]:
    for group in inventory.groups:
        for holder in group.key_share_holders or ():
            if holder.tss_node_id and holder.type != COBO:
                yield holder.tss_node_id, "TSS node", holder.name or ""


def _roles(info: cobo.ApiKeyInfo) -> Sequence[cobo.RoleScope]:
    return info.role_scopes if isinstance(info.role_scopes, list) else ()


def _once(titles: Iterable[str]) -> tuple[str, ...]:
    return tuple(title for title in dict.fromkeys(titles) if title)


# ---- asking --------------------------------------------------------------------------------------


def who_can(inventory: Inventory, thing: object) -> tuple[Who, ...]:
    """See ``Inventory.who_can``."""
    persons = persons_of(inventory)
    return tuple(_who(power, part, persons) for power, part in powers_over(inventory, thing))


def _who(power: Power, part: str, persons: Mapping[str, str]) -> Who:
    people = power.held_by(persons)
    if people is None:
        return Who(power, None, f"unknown: {power.why}", part)
    try:
        return Who(power, tuple(people.signing_sets()), people.in_words(), part)
    except InputError as error:
        return Who(power, None, f"{people.in_words()}; {error.what}", part)


def abilities_of(inventory: Inventory, people: Collection[str]) -> tuple[Ability, ...]:
    """See ``Inventory.what_can``: those in which they have no part are left out."""
    persons = persons_of(inventory)
    present = present_of(inventory, people, persons)
    abilities = [_ability(power, "", present, persons) for power in inventory.powers]
    return tuple(ability for ability in abilities if ability.mine)


def can(inventory: Inventory, people: Collection[str], thing: object) -> Can:
    """See ``Inventory.can``."""
    persons = persons_of(inventory)
    present = present_of(inventory, people, persons)
    over = powers_over(inventory, thing)
    return Can(tuple(_ability(power, part, present, persons) for power, part in over))


def _ability(
    power: Power, part: str, present: frozenset[str], persons: Mapping[str, str]
) -> Ability:
    people = power.held_by(persons)
    if people is None:
        return Ability(power, (), None, None, part)
    mine = tuple(each for each in people.ids if each in present)
    rest = people.given(present)
    if rest is None:
        return Ability(power, mine, True, 0, part)
    return Ability(power, mine, False, _fewest_or_none(rest), part)


def _fewest_or_none(quorum: Quorum) -> int | None:
    try:
        return quorum.fewest
    except InputError:  # too many members stand in several nested quorums to count it
        return None


def present_of(
    inventory: Inventory, people: Collection[str], persons: Mapping[str, str]
) -> frozenset[str]:
    """Persons, and seats that nobody has claimed, by the names that they have in quorums.

    Raises:
        InputError: nobody of that name is known, and no such seat was seen.
    """
    if isinstance(people, str) or not isinstance(people, Collection):
        raise InputError("people must be a set of names.", hint='Write {"Alice"}.')
    known = set(persons.values())
    present = set()
    for name in people:
        if name not in known and name not in inventory.seats and name not in persons:
            raise InputError(
                f"Nobody called {name!r} is known, and no such seat was seen.",
                hint="inventory.people.names and inventory.seats list them.",
            )
        present.add(name if name in known else persons.get(name, name))
    return frozenset(present)


def powers_over(inventory: Inventory, thing: object) -> list[tuple[Power, str]]:
    """The powers over a thing, each with the part that it has in a wallet; none over a vault of
    which no group was seen.

    A wallet at Cobo is signed for by the groups of its vault; one that stands in none (custodial,
    exchange, smart contract) is in nobody's power that Cobo shows.

    Raises:
        InputError: nothing of that id or name was seen, or several things have that name.
    """
    wanted = _id_of(inventory, thing)
    powers = inventory.powers
    direct = [(each, "") for each in powers if wanted in (each.thing, each.place, each.id)]
    if direct:
        return direct
    return [
        each
        for wallet in inventory.wallets
        if wallet.id == wanted
        for each in (*_of_the_owner(wallet, powers), *_of_signers(wallet, powers))
    ]


def _of_the_owner(wallet: privy.Wallet, powers: Sequence[Power]) -> list[tuple[Power, str]]:
    if wallet.owner_id:
        return [(_of_quorum(wallet.owner_id, powers), "owner")]
    return [(power, "app secret") for power in powers if power.kind == "decides"]


def _of_signers(wallet: privy.Wallet, powers: Sequence[Power]) -> list[tuple[Power, str]]:
    return [(_of_quorum(each, powers), "additional signer") for each in signers_of(wallet)]


def _of_quorum(quorum_id: str, powers: Sequence[Power]) -> Power:
    of_it = (power for power in powers if power.thing == quorum_id)
    return next(of_it, _not_seen(quorum_id))


def _not_seen(quorum_id: str) -> Power:
    why = f"The quorum {quorum_id} was not seen."
    return Power(quorum_id, "approves", "privy", quorum_id, quorum_id, None, why=why)


def _id_of(inventory: Inventory, thing: object) -> str:
    """The id of a thing; of its vault for a wallet that has one: they may be called alike."""
    name = _named(thing)
    names = _names(inventory)
    vaults = {wallet.wallet_id: wallet.vault_id for wallet in inventory.cobo_wallets}
    if name in names:
        return vaults.get(name) or name
    called_so = (each for each, called in names.items() if called == name)
    matches = list(dict.fromkeys(vaults.get(each) or each for each in called_so))
    if len(matches) == 1:
        return matches[0]
    if matches:
        raise InputError(
            f"{len(matches)} things are called {name!r}.", hint=f"Use an id: {', '.join(matches)}."
        )
    raise InputError(
        f"Nothing of the id or name {name!r} was seen.",
        hint="Pass a vault, group, quorum or wallet of this inventory.",
    )


def _named(thing: object) -> str:
    for name in ("key_share_holder_group_id", "wallet_id", "vault_id", "id"):
        value = getattr(thing, name, None)
        if isinstance(value, str) and value:
            return value
    return str(thing)


def _names(inventory: Inventory) -> dict[str, str]:
    """Everything that there are powers over, by id, and what it is called."""
    names = {vault.vault_id or "": vault.name or "" for vault in inventory.vaults}
    names |= {wallet.id: wallet.display_name or "" for wallet in inventory.wallets}
    names |= {wallet.wallet_id: wallet.name for wallet in inventory.cobo_wallets}
    names |= {power.id: "" for power in inventory.powers}
    names |= {power.thing: power.title for power in inventory.powers}
    names.pop("", None)
    return names

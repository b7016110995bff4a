"""An inventory coded to columns: each distinct text of it is read once, keys among them.

What the columns are, and what is asked of them: ``toolkit.inventory.columns``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

from toolkit.cobo import models as cobo
from toolkit.cobo.access import roles_of
from toolkit.inventory.columns import (
    ELSEWHERE,
    KIND_BITS,
    KINDS,
    LISTED,
    LOCATIONS,
    NONE,
    NOT_SEEN,
    POSITION_BITS,
    SEATS,
    Columns,
    Flags,
    GroupColumns,
    Ints,
    NameColumns,
    Pairs,
    QuorumColumns,
    SeatColumns,
    hashes,
    joined,
    summed,
)
from toolkit.inventory.naming import policies_of
from toolkit.inventory.powers import COBO, app_secret, cobo_nodes, signers_of
from toolkit.privy import models as privy

if TYPE_CHECKING:
    from toolkit.inventory.inventory import Inventory
    from toolkit.inventory.people import Holder
    from toolkit.inventory.register import Register


def columns_of(
    inventory: Inventory,
    *,
    whole: bool = True,
    saved: bool = True,
    lines: Mapping[str, Ints] | None = None,
    register: Register | None = None,
) -> Columns:
    """An inventory, coded. ``whole``: whether it is all that there is, so that what is missing
    means something. ``saved``: whether its rows are the lines of a saved folder.

    Of a partition: ``lines`` are those of its rows in all of it, ``register`` is what it must know
    of the others.
    """
    lines = lines or lines_of(inventory)
    coding = coded(inventory, lines, register.nodes if register else cobo_nodes(inventory))
    seats = coding.seats(register)
    row_of = {quorum.id: row for row, quorum in enumerate(inventory.quorums)}
    holders = [
        (row, at, holder)
        for row, group in enumerate(inventory.groups)
        for at, holder in enumerate(group.key_share_holders or (), 1)
    ]
    named_policies = ruled(inventory.wallets)
    columns = Columns(
        at_ms=inventory.at_ms,
        seats=seats,
        quorums=_quorums(inventory, seats, coding, row_of, register),
        groups=_groups(inventory, seats, whole),
        holders=holders,
        names=_names(inventory, seats, holders, lines, register),
        lines=lines,
        vaults=inventory.vaults,
        wallets=inventory.wallets,
        owner=_owners(inventory.wallets, row_of, register),
        policies=inventory.policies,
        policy_owner=_owners(inventory.policies, row_of, register),
        ruling=_ruling(inventory, named_policies, register),
        named_policies=named_policies,
        seen_policies=_seen_policies(inventory, named_policies, register),
        intents=inventory.intents,
        api_keys=inventory.api_keys,
        roles=_roles(inventory.api_keys),
        apps=_apps(inventory),
        unowned=register.unowned if register else unowned(inventory),
        origins=inventory.origins,
        people_known=bool(inventory.people.seats),
        whole=whole,
        saved=saved,
    )
    return columns.ready()


def lines_of(inventory: Inventory) -> Mapping[str, Ints]:
    """Of what is saved line by line, and is all in this inventory: the lines."""
    return {table: np.arange(len(getattr(inventory, table)), dtype=np.int64) for table in LISTED}


def _apps(inventory: Inventory) -> Sequence[str]:
    apps = [origin.identity for origin in inventory.origins if origin.service == "privy"]
    return list(dict.fromkeys(apps))


def unowned(inventory: Inventory) -> Mapping[str, int]:
    """App → its wallets without an owner."""
    bare = [wallet.id for wallet in inventory.wallets if not wallet.owner_id]
    return Counter(inventory.seen_by.get(each, "") for each in bare)


def _roles(api_keys: Sequence[cobo.ApiKeyInfo]) -> Sequence[tuple[int, cobo.RoleScope]]:
    return [(row, role) for row, info in enumerate(api_keys) for role in roles_of(info)]


def coded(inventory: Inventory, lines: Mapping[str, Ints], nodes: Collection[str]) -> Coding:
    """The seats of an inventory. ``nodes`` are Cobo's own, which nobody else can hold."""
    coding = Coding(inventory, lines)
    coding.add_members()
    for seat in _seats_of_cobo(inventory, lines, nodes):
        coding.seat(*seat)
    for at, app in enumerate(_apps(inventory)):
        coding.seat(app_secret(app), "app secret", "", placed("app secret", at))
    return coding


def placed(kind: str, line: Any, position: Any = 0) -> Any:
    """Where a seat of this kind stands: before all on later lines, and those of later kinds."""
    return (SEATS.index(kind) << KIND_BITS) + (line << POSITION_BITS) + position


class Coding:
    """Seats by number, each once, in the order in which they first appear.

    ``keys``, ``no_keys`` and ``users`` are rows of quorums, and the seats that stand there.
    """

    def __init__(self, inventory: Inventory, lines: Mapping[str, Ints]) -> None:
        self.inventory = inventory
        self.lines = lines
        self.code: dict[str, int] = {}
        self.kinds: list[str] = []
        self.labels: list[str] = []
        self.label_places: list[int] = []
        self.first: list[int] = []  # the place of each

    def seat(self, identity: str, kind: str, label: str, place: int) -> int:
        """The number of a seat; the first name that it is given stays."""
        number = self.code.setdefault(identity, len(self.code))
        if number == len(self.kinds):
            self.kinds.append(kind)
            self.first.append(place)
            self.labels.append(label)
            self.label_places.append(place)
        elif label and not self.labels[number]:
            self.labels[number] = label
            self.label_places[number] = place
        return number

    def add_members(self) -> None:
        """Keys, texts that are no keys, and users.

        A million of them: whole lists at a time, and no object for any.
        """
        lists = [quorum.authorization_keys for quorum in self.inventory.quorums]
        rows, places = self._places("key", lists)
        keys = list(chain.from_iterable(lists))
        texts = [key.public_key for key in keys]
        first = dict(zip(reversed(texts), range(len(texts) - 1, -1, -1), strict=True))
        distinct = list(dict.fromkeys(texts))
        identities = [privy.member_identity(text) for text in distinct]
        seats = np.array(
            [
                self.seat(identity, "key", "", int(places[first[text]]))
                for identity, text in zip(identities, distinct, strict=True)
            ],
            np.int64,
        )
        pairs = zip(identities, distinct, strict=True)
        refused = np.array([identity == text for identity, text in pairs], np.bool_)
        code = dict(zip(distinct, range(len(distinct)), strict=True))
        codes = np.fromiter(map(code.__getitem__, texts), np.int64, len(texts))
        no_key = refused[codes]
        self.keys = (rows, seats[codes])
        self.no_keys = (rows[no_key], seats[codes[no_key]])
        for at in self._first_labels(keys):
            identity = identities[codes[at]]
            self.seat(identity, "key", keys[at].display_name or "", int(places[at]))
        self._add_users()

    def _first_labels(self, keys: Sequence[privy.AuthorizationKey]) -> Sequence[int]:
        """Of each text that has a name anywhere, where it has one first."""
        first: dict[str, int] = {}
        for at, key in enumerate(keys):
            if key.display_name:
                first.setdefault(key.public_key, at)
        return list(first.values())

    def _places(self, kind: str, lists: Sequence[Sequence[Any]]) -> tuple[Ints, Ints]:
        """Of all members in these lists of quorums: the row and the place of each."""
        counts = np.fromiter(map(len, lists), np.int64, len(lists))
        rows = np.repeat(np.arange(len(lists), dtype=np.int64), counts)
        starts = np.cumsum(counts) - counts
        positions = np.arange(len(rows), dtype=np.int64) - starts[rows]
        return rows, placed(kind, self.lines["quorums"][rows], positions)

    def _add_users(self) -> None:
        lists = [quorum.user_ids or () for quorum in self.inventory.quorums]
        rows, places = self._places("user", lists)
        users = zip(chain.from_iterable(lists), places.tolist(), strict=True)
        seats = [self.seat(user, "user", "", place) for user, place in users]
        self.users = (rows, np.array(seats, np.int64))

    def seats(self, register: Register | None = None) -> SeatColumns:
        """All of them, with whoever holds each; in the order that the whole inventory has."""
        places, own = np.array(self.first, np.int64), np.ones(len(self.first), np.bool_)
        if register is not None:
            places, own = self._settle(register)
        held = self.inventory.people.seats
        holders = [held.get(identity) for identity in self.code]
        codes, persons = self._persons(holders)
        each, seat_of = np.unique(codes, return_index=True)
        assert len(each) == len(persons)
        claimed = np.array([holder is not None for holder in holders], np.bool_)
        leads = np.zeros(len(holders), np.bool_)
        leads[seat_of[claimed[seat_of]]] = True
        if register is not None:
            leads = own & np.isin(places, register.leads)
        return SeatColumns(
            ids=list(self.code),
            kinds=self.kinds,
            labels=self.labels,
            person=codes,
            persons=persons,
            holders=holders,
            code=self.code,
            places=places,
            own=own,
            leads=leads,
            located=[what for what in LOCATIONS if self.inventory.people.sites(what)],
            seat_of=seat_of.tolist(),
            first_seats={held[seat].person: seat for seat in sorted(held, reverse=True)},
        )

    def _persons(self, holders: Sequence[Holder | None]) -> tuple[Ints, Sequence[str]]:
        """Of each seat the code of its person; those with a name by name, then who has none."""
        names = sorted({holder.person for holder in holders if holder is not None})
        persons = {f"person {name}": code for code, name in enumerate(names)}
        codes = np.empty(len(holders), np.int64)
        for seat, (identity, holder) in enumerate(zip(self.code, holders, strict=True)):
            name = f"seat {identity}" if holder is None else f"person {holder.person}"
            codes[seat] = persons.setdefault(name, len(persons))
        return codes, list(persons)

    def _settle(self, register: Register) -> tuple[Ints, Flags]:
        """Number and name the seats as the whole inventory does; where each stands there, and
        whether that is here.
        """
        hashed = hashes(list(self.code))
        places = register.seats.places_of(hashed)
        order = np.argsort(places, kind="stable")
        number = np.empty(len(order), np.int64)
        number[order] = np.arange(len(order))
        self.keys, self.no_keys, self.users = (
            (rows, number[seats]) for rows, seats in (self.keys, self.no_keys, self.users)
        )
        ids = list(self.code)
        kinds = (places[order] >> KIND_BITS).tolist()
        labels = [register.labels.get(hashed[seat], self.labels[seat]) for seat in order]
        own = (places == np.array(self.first, np.int64))[order]
        self.code = {ids[seat]: at for at, seat in enumerate(order)}
        self.kinds = [SEATS[kind] for kind in kinds]
        self.labels = labels
        return places[order], own


def _seats_of_cobo(
    inventory: Inventory, lines: Mapping[str, Ints], own: Collection[str]
) -> Iterable[tuple[str, str, str, int]]:
    for line, group in zip(lines["groups"].tolist(), inventory.groups, strict=True):
        for number, holder in enumerate(group.key_share_holders or ()):
            if holder.tss_node_id and holder.tss_node_id not in own:
                place = placed("TSS node", line, number)
                yield holder.tss_node_id, "TSS node", holder.name or "", place
    for line, info in zip(lines["api_keys"].tolist(), inventory.api_keys, strict=True):
        yield info.key, "API key", info.name, placed("API key", line)


def _quorums(
    inventory: Inventory,
    seats: SeatColumns,
    coding: Coding,
    row_of: Mapping[str, int],
    register: Register | None,
) -> QuorumColumns:
    models = inventory.quorums
    keys, no_keys, users = coding.keys, coding.no_keys, coding.users
    pairs = summed(np.concatenate([keys[0], users[0]]), np.concatenate([keys[1], users[1]]))
    inside = {
        row: tuple(dict.fromkeys(quorum.key_quorum_ids))
        for row, quorum in enumerate(models)
        if quorum.key_quorum_ids
    }
    size = np.bincount(pairs.rows, minlength=len(models)).astype(np.int64)
    nested = np.zeros(len(models), np.bool_)
    for row, ids in inside.items():
        size[row] += len(ids)
        nested[row] = True
    if register is None:
        owns, signs = (_counted(counts, models) for counts in (owned(inventory), signed(inventory)))
    else:
        hashed = hashes([quorum.id for quorum in models])
        owns, signs = (each.counts_of(hashed) for each in (register.owned, register.signed))
    return QuorumColumns(
        models=models,
        seats=seats,
        members=pairs,
        size=size,
        threshold=_thresholds(models, size),
        not_shown=_not_shown(models),
        nested=nested,
        no_keys=summed(*no_keys),
        unseen=_not_seen(inside, row_of),
        owns=owns,
        signs=signs,
    )


def owned(inventory: Inventory) -> Mapping[str, int]:
    """Quorum → how many wallets it owns."""
    return Counter(wallet.owner_id for wallet in inventory.wallets if wallet.owner_id)


def signed(inventory: Inventory) -> Mapping[str, int]:
    """Quorum → for how many wallets it may sign beside their owner."""
    return Counter(each for wallet in inventory.wallets for each in set(signers_of(wallet)))


def _thresholds(models: Sequence[privy.KeyQuorum], size: Ints) -> Ints:
    """How many must approve: all of them where no threshold is named."""
    thresholds = [quorum.authorization_threshold for quorum in models]
    unsaid = np.fromiter((each is None for each in thresholds), np.bool_, len(models))
    listed = np.fromiter((each or 0 for each in thresholds), np.int64, len(models))
    return np.where(unsaid, size, listed)


def _not_shown(models: Sequence[privy.KeyQuorum]) -> Ints:
    """As ``KeyQuorum.not_shown`` has it."""
    return np.fromiter((quorum.not_shown for quorum in models), np.int64, len(models))


def _not_seen(inside: Mapping[int, Sequence[str]], row_of: Mapping[str, int]) -> Pairs:
    """Nested quorums that were not seen: the row, and the place in its list."""
    places = [
        (row, at, 1)
        for row, ids in inside.items()
        for at, each in enumerate(ids)
        if each not in row_of
    ]
    nothing = np.zeros(0, np.int64)
    return joined(Pairs(nothing, nothing, nothing), places)


def _counted(counts: Mapping[Any, int], models: Sequence[privy.KeyQuorum]) -> Ints:
    if not counts:
        return np.zeros(len(models), np.int64)
    return np.fromiter((counts.get(each.id, 0) for each in models), np.int64, len(models))


def _owners(
    owned: Sequence[privy.Wallet | privy.Policy],
    row_of: Mapping[str, int],
    register: Register | None,
) -> Ints:
    listed = (row_of.get(each.owner_id, NOT_SEEN) if each.owner_id else NONE for each in owned)
    owners = np.fromiter(listed, np.int64, len(owned))
    if register is not None:
        away = np.flatnonzero(owners == NOT_SEEN)
        known = register.quorums.have(hashes([owned[row].owner_id or "" for row in away.tolist()]))
        owners[away[known]] = ELSEWHERE
    return owners


def ruled(wallets: Sequence[privy.Wallet]) -> Mapping[str, Sequence[int]]:
    """Policy → the rows of the wallets that name it, their additional signers' included."""
    rows: dict[str, list[int]] = {}
    for row, wallet in enumerate(wallets):
        for policy_id in dict.fromkeys(policies_of(wallet)):
            rows.setdefault(policy_id, []).append(row)
    return rows


def _ruling(
    inventory: Inventory, named: Mapping[str, Sequence[int]], register: Register | None
) -> Ints:
    ids = [policy.id for policy in inventory.policies]
    if register is not None:
        return register.ruled.counts_of(hashes(ids))
    return np.fromiter((len(named.get(each, ())) for each in ids), np.int64, len(ids))


def _seen_policies(
    inventory: Inventory, named: Mapping[str, Sequence[int]], register: Register | None
) -> Collection[str]:
    if register is None:
        return {policy.id for policy in inventory.policies}
    ids = list(named)
    seen = register.policies.have(hashes(ids)).tolist()
    return {each for each, was_read in zip(ids, seen, strict=True) if was_read}


def _groups(inventory: Inventory, seats: SeatColumns, whole: bool) -> GroupColumns:
    missing = {row.about for row in inventory.unseen if row.cause}
    names = {vault.vault_id or "": vault.name or "" for vault in inventory.vaults}
    seen = set(names) - missing if whole else set()
    vaults = [group.vault_id or "" for group in inventory.groups]
    return GroupColumns(
        models=inventory.groups,
        seats=seats,
        vault_names=names,
        whole=np.fromiter((vault in seen for vault in vaults), np.bool_, len(vaults)),
        valid=_valid_types(inventory.groups),
    )


def _valid_types(groups: Sequence[cobo.KeyShareHolderGroup]) -> Mapping[str, frozenset[str]]:
    """Vault → the types of its Valid groups."""
    valid: dict[str, set[str]] = {}
    for group in groups:
        if group.status == "Valid":
            valid.setdefault(group.vault_id or "", set()).add(group.type or "")
    return {vault: frozenset(types) for vault, types in valid.items()}


def _names(
    inventory: Inventory,
    seats: SeatColumns,
    holders: Sequence[tuple[int, int, cobo.KeyShareHolder]],
    lines: Mapping[str, Ints],
    register: Register | None,
) -> NameColumns:
    listed: dict[str, tuple[Sequence[str], Sequence[int]]] = {
        "vault": _all([vault.name or "" for vault in inventory.vaults]),
        "quorum": _all([quorum.display_name or "" for quorum in inventory.quorums]),
        "API key": _all([info.name for info in inventory.api_keys]),
        "holder": _holder_names(holders, lines["groups"], register),
        "key": _key_names(seats),
        "person": _person_names(seats),
    }
    counts = [len(listed[kind][0]) for kind in KINDS]
    return NameColumns(
        texts=list(chain.from_iterable(listed[kind][0] for kind in KINDS)),
        kind=np.repeat(np.arange(len(KINDS), dtype=np.int64), counts),
        rows=np.concatenate([np.asarray(listed[kind][1], np.int64) for kind in KINDS]),
    )


def _holder_names(
    holders: Sequence[tuple[int, int, cobo.KeyShareHolder]],
    group_lines: Ints,
    register: Register | None,
) -> tuple[Sequence[str], Sequence[int]]:
    """Of holders that are not Cobo's; a node of several groups stands there once."""
    first = named_holders(holders, group_lines)
    rows = [row for row, _ in first.values()]
    if register is not None:
        places = register.holders.places_of(hashes(list(first)))
        own = zip(places.tolist(), first.values(), strict=True)
        rows = [row for there, (row, here) in own if there == here]
    return [holders[row][2].name or "" for row in rows], rows


def named_holders(
    holders: Sequence[tuple[int, int, cobo.KeyShareHolder]], group_lines: Ints
) -> Mapping[str, tuple[int, int]]:
    """Node and name of each holder that is not Cobo's: its row, and its place in the whole."""
    first: dict[str, tuple[int, int]] = {}
    for row, (group, number, holder) in enumerate(holders):
        place = (int(group_lines[group]) << POSITION_BITS) + number
        who = holder.tss_node_id or f"\0 without a node: {place}"
        if holder.type != COBO:
            first.setdefault(f"{len(who)} {who} {holder.name or ''}", (row, place))
    return first


def _key_names(seats: SeatColumns) -> tuple[Sequence[str], Sequence[int]]:
    labels = zip(seats.labels, seats.kinds, seats.own.tolist(), strict=True)
    rows = [row for row, (label, kind, own) in enumerate(labels) if label and kind == "key" and own]
    return [seats.labels[row] for row in rows], rows


def _person_names(seats: SeatColumns) -> tuple[Sequence[str], Sequence[int]]:
    rows = np.flatnonzero(seats.leads).tolist()
    holders = [seats.holders[row] for row in rows]
    return [holder.person for holder in holders if holder is not None], rows


def _all(texts: Sequence[str]) -> tuple[Sequence[str], Sequence[int]]:
    return texts, range(len(texts))

"""Tables of an inventory that answer questions: who holds which seat, who has which power, who owns
which wallet, what changed. How they join with the others: ``docs/reference/tables.md``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from toolkit.errors import InputError
from toolkit.inventory.changes import Change, Changes
from toolkit.inventory.inventory import SERVICES, Inventory
from toolkit.inventory.people import KNOWN, Holder
from toolkit.inventory.powers import KINDS, SEAT_KINDS, Power, Seat, persons_of, signers_of
from toolkit.privy import models as privy
from toolkit.quorum import Quorum
from toolkit.tables import Column, Table, several

if TYPE_CHECKING:
    import pandas as pd

PARTS = ("owner", "additional signer", "app secret")


@dataclass(frozen=True, slots=True)
class SeatRow:
    """A seat, and who holds it as far as is known; ``seat`` is None for one that was not seen."""

    id: str
    seat: Seat | None
    holder: Holder | None


@dataclass(frozen=True, slots=True)
class HolderRow:
    """Somebody's part in a power; ``name`` is None where the power is unknown."""

    power: Power
    name: str | None
    seats: int
    alone: bool | None
    needed: bool | None
    fewest: int | None
    spare: int | None


@dataclass(frozen=True, slots=True)
class OwnerRow:
    """Who decides about a wallet, or may act with it, in one part."""

    wallet: privy.Wallet
    part: str
    owner_id: str | None
    power: Power | None
    people: Quorum | None
    why: str


def people(what: Inventory | Iterable[Inventory]) -> pd.DataFrame:
    """One row a seat: what a person can hold, and who does; unclaimed ones first.

    ``person`` (missing: nobody has claimed it), ``known`` (call, file, guess), ``device``,
    ``site``, ``organisation``, ``since`` (UTC), ``seat_kind``, ``label`` (what the service calls
    it), ``powers`` (Int64: in how many), ``where``, ``seen`` (flag: whether this inventory has the
    seat), ``seat`` (id).

    >>> from toolkit import collect
    >>> table = frames.people(collect(custody, app))
    >>> int(table["person"].isna().sum())  # seats that nobody has claimed
    16
    """
    return _frame(PEOPLE, what, _seat_rows)


def powers(what: Inventory | Iterable[Inventory]) -> pd.DataFrame:
    """One row a power and whoever has a part in it: who holds power over what.

    ``where``, ``power`` (signs, shares, rebuilds, approves, decides), ``person`` (or an unclaimed
    seat; missing where the power is unknown), ``seats``, ``alone`` (whether this one is enough),
    ``needed`` (whether it stops without this one), ``fewest`` and ``spare`` (Int64, of people),
    ``threshold``, ``members``, ``wallets`` (Int64), ``state`` (why it cannot be used now), ``why``
    (why it is unknown), ``service``, ``place_id``, ``thing_id``, ``power_id``.

    >>> from toolkit import collect
    >>> table = frames.powers(collect(custody, app))
    >>> table.loc[table["alone"].fillna(False), "where"].unique().tolist()
    ['Night shift', 'wallets without an owner']
    """
    return _frame(POWERS, what, _holder_rows)


def wallet_owners(what: Inventory | Iterable[Inventory]) -> pd.DataFrame:
    """One row a wallet and a part in it: who decides about it, and who may act with it.

    ``wallet``, ``chain_type``, ``part`` (owner, additional signer, app secret), ``owner`` (the
    quorum's name), ``who`` (in words, by person), ``fewest`` (Int64: how few people are enough),
    ``why`` (why that is unknown), ``wallet_id``, ``quorum_id`` (missing: the app secret decides).

    >>> from toolkit import collect
    >>> table = frames.wallet_owners(collect(custody, app))
    >>> table.loc[table["part"] == "app secret", "wallet"].tolist()
    ['Test wallet']
    """
    return _frame(WALLET_OWNERS, what, _owner_rows)


def changes(what: Changes | Change | Iterable[Changes | Change]) -> pd.DataFrame:
    """One row a change, as ``Changes.frame()``.

    Raises:
        InputError: something else than what ``compare`` gives.

    >>> from toolkit import collect, compare
    >>> before = collect(custody, app)
    >>> emulator.set_holder(main.key_share_holders[1].tss_node_id, "offline")
    >>> table = frames.changes(compare(before, collect(custody, app)))
    >>> table["sentence"].tolist()
    ['went offline']
    """
    if isinstance(what, Changes):
        return what.frame()
    parts = several(what)
    rows: list[Change] = []
    environments: dict[str, None] = {}
    for part in parts:
        if not isinstance(part, Changes | Change):
            raise InputError(
                f"A table of changes cannot be made of {type(part).__name__}.",
                hint="Pass what compare(before, after) gives.",
            )
        if isinstance(part, Changes):
            environments |= dict.fromkeys(part.environments)
        rows += [part] if isinstance(part, Change) else part.changes
    return Changes(tuple(rows), environments=tuple(environments)).frame()


def _frame(
    table: Table,
    what: Inventory | Iterable[Inventory],
    rows_of: Callable[[Inventory], Iterable[Any]],
) -> pd.DataFrame:
    inventories = several(what)
    for each in inventories:
        if not isinstance(each, Inventory):
            raise InputError(
                f"This table is made of an Inventory, not of {type(each).__name__}.",
                hint="collect(…) makes one.",
            )
    rows = [row for inventory in inventories for row in rows_of(inventory)]
    frame = table.frame(rows, [])
    names = dict.fromkeys(name for each in inventories for name in each.environments)
    frame.attrs.update(
        environment=", ".join(names),
        verified=None,
        verification="worked out from an inventory; see its origins",
    )
    return frame


# ---- rows ----------------------------------------------------------------------------------------


def _seat_rows(inventory: Inventory) -> Iterator[SeatRow]:
    held, seen = inventory.people.seats, inventory.seats
    for claimed in (False, True):
        for seat_id, seat in seen.items():
            if (seat_id in held) == claimed:
                yield SeatRow(seat_id, seat, held.get(seat_id))
    for seat_id, holder in held.items():
        if seat_id not in seen:
            yield SeatRow(seat_id, None, holder)


def _holder_rows(inventory: Inventory) -> Iterator[HolderRow]:
    persons = persons_of(inventory)
    for power in inventory.powers:
        quorum = power.held_by(persons)
        if quorum is None:
            yield HolderRow(power, None, 0, None, None, None, None)
            continue
        seats = Counter(quorum.leaves())
        needed = quorum.single_points()
        fewest, spare = fewest_of(quorum), quorum.outlook().spare
        for name in quorum.ids:
            alone = quorum.can_sign([name])
            yield HolderRow(power, name, seats[name], alone, name in needed, fewest, spare)


def fewest_of(quorum: Quorum) -> int | None:
    """How few are enough; None where that takes too long to count."""
    try:
        return quorum.fewest
    except InputError:
        return None


def _owner_rows(inventory: Inventory) -> Iterator[OwnerRow]:
    persons = persons_of(inventory)
    by_thing = {power.thing: power for power in inventory.powers if power.service == "privy"}
    for wallet in inventory.wallets:
        parts = [("additional signer", signer) for signer in signers_of(wallet)]
        if wallet.owner_id:
            parts.insert(0, ("owner", wallet.owner_id))
        else:
            parts.insert(0, ("app secret", inventory.seen_by.get(wallet.id, "")))
        for part, thing in parts:
            yield _owner_row(wallet, part, thing, by_thing, persons)


def _owner_row(
    wallet: privy.Wallet,
    part: str,
    thing: str,
    by_thing: Mapping[str, Power],
    persons: Mapping[str, str],
) -> OwnerRow:
    quorum_id = None if part == "app secret" else thing
    power = by_thing.get(thing)
    if power is None:
        return OwnerRow(wallet, part, quorum_id, None, None, f"{thing or 'It'} was not seen.")
    return OwnerRow(wallet, part, quorum_id, power, power.held_by(persons), power.why)


# ---- columns -------------------------------------------------------------------------------------


def _of_holder(name: str) -> Callable[[SeatRow], Any]:
    return lambda row: (getattr(row.holder, name) or None) if row.holder else None


def _of_seat(name: str) -> Callable[[SeatRow], Any]:
    return lambda row: (getattr(row.seat, name) or None) if row.seat else None


def _members(row: HolderRow) -> int | None:
    return len(row.power.quorum.members) if row.power.quorum else None


PEOPLE = Table(
    (
        Column("person", of=_of_holder("person")),
        Column("known", "word", KNOWN, of=_of_holder("known")),
        Column("device", of=_of_holder("device")),
        Column("site", of=_of_holder("site")),
        Column("organisation", of=_of_holder("organisation")),
        Column("since", "moment", of=_of_holder("since_ms")),
        Column("proven", "moment", of=_of_holder("proven_ms")),
        Column("seat_kind", "word", SEAT_KINDS, of=_of_seat("kind")),
        Column("label", of=_of_seat("label")),
        Column("powers", "integer", of=lambda row: len(row.seat.where) if row.seat else 0),
        Column("where", of=lambda row: ", ".join(row.seat.where) if row.seat else None),
        Column("seen", "flag", of=lambda row: row.seat is not None),
        Column("seat", "id", of=lambda row: row.id),
    )
)
POWERS = Table(
    (
        Column("where", of=lambda row: row.power.title),
        Column("power", "word", KINDS, of=lambda row: row.power.kind),
        Column("person", of=lambda row: row.name),
        Column("seats", "integer", of=lambda row: row.seats),
        Column("alone", "flag", of=lambda row: row.alone),
        Column("needed", "flag", of=lambda row: row.needed),
        Column("fewest", "integer", of=lambda row: row.fewest),
        Column("spare", "integer", of=lambda row: row.spare),
        Column(
            "threshold",
            "integer",
            of=lambda row: row.power.quorum.threshold if row.power.quorum else None,
        ),
        Column("members", "integer", of=_members),
        Column("wallets", "integer", of=lambda row: row.power.wallets),
        Column("state", of=lambda row: row.power.state or None),
        Column("why", of=lambda row: row.power.why or None),
        Column("service", "word", SERVICES, of=lambda row: row.power.service),
        Column("place_id", "id", of=lambda row: row.power.place or None),
        Column("thing_id", "id", of=lambda row: row.power.thing),
        Column("power_id", "id", of=lambda row: row.power.id),
    )
)
WALLET_OWNERS = Table(
    (
        Column("wallet", of=lambda row: row.wallet.display_name),
        Column("chain_type", of=lambda row: row.wallet.chain_type),
        Column("part", "word", PARTS, of=lambda row: row.part),
        Column("owner", of=lambda row: row.power.name if row.power else None),
        Column("who", of=lambda row: row.people.in_words() if row.people else None),
        Column("fewest", "integer", of=lambda row: fewest_of(row.people) if row.people else None),
        Column("why", of=lambda row: row.why or None),
        Column("wallet_id", "id", of=lambda row: row.wallet.id),
        Column("quorum_id", "id", of=lambda row: row.owner_id),
    )
)

"""The seats of a key share holder group: as a form asks for them, and how people read them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import msgspec

from toolkit.base.html import Seat
from toolkit.cobo import models
from toolkit.cobo.powers import COBO, REBUILDS, RECOVERY, Powers, powers_of

TYPES = (
    ("Main group", "Makes the first keys. Signs until a signing group exists.", "MainGroup"),
    ("Signing group", "Signs day to day, with keys made from the main group.", "SigningGroup"),
    ("Recovery group", "Rebuilds a lost main group. Signs nothing.", "RecoveryGroup"),
)
#: What keeps a holder from taking part, by its status; ``Valid`` and no status at all do not.
ABSENT = {
    "Changed": "moved to another phone",
    "NotActivated": "not activated",
    "NotConfigured": "not set up",
}


def why_absent(holder: models.KeyShareHolder) -> str:
    """Why a holder cannot take part now, in words; empty where Cobo says nothing against it.

    A status that is documented nowhere counts as a reason, and is told as it is.
    """
    if holder.status not in (None, "Valid"):
        return ABSENT.get(holder.status, f"of status {holder.status}")
    return "offline" if holder.online is False else ""


@dataclass(frozen=True, slots=True)
class GroupFields:
    """What the fields of a form say right now.

    >>> from toolkit import Emulator, cobo
    >>> emulator = Emulator.seeded()
    >>> form = cobo.forms.create_key_share_holder_group(emulator.cobo_client())
    >>> seats = tuple(
    ...     cobo.CreateKeyShareHolder(name=name, type="API", tss_node_id=node)
    ...     for name, node in zip(["Jon", "Kaya"], emulator.spare_nodes)
    ... )
    >>> form.fill(
    ...     cobo.forms.GroupFields(
    ...         vault_id=emulator.vault_id,
    ...         type="RecoveryGroup",
    ...         threshold=2,
    ...         participants=2,
    ...         holders=seats,
    ...     )
    ... )
    >>> form.fields.threshold
    2
    """

    vault_id: str
    type: str
    threshold: int
    participants: int
    holders: tuple[models.CreateKeyShareHolder, ...]
    cobo_share: bool = False  # of a recovery group: that Cobo holds a share, as its manual says

    @property
    def with_cobo(self) -> bool:
        """Whether Cobo takes a seat of its own."""
        return self.signs or (self.type == RECOVERY and self.cobo_share)

    @property
    def signs(self) -> bool:
        """Whether such a group signs transactions."""
        return self.type in models.WITH_COBO

    def request(self) -> models.CreateKeyShareHolderGroupRequest:
        """The request that makes it."""
        return models.CreateKeyShareHolderGroupRequest(
            key_share_holder_group_type=self.type,
            participants=self.participants,
            threshold=self.threshold,
            key_share_holders=self.holders,
        )

    @property
    def first_seat(self) -> int:
        """The number of the first seat to fill: Cobo's own is seat 1."""
        return models.seat_number(self.type, 0, self.with_cobo)

    def named(self) -> tuple[models.CreateKeyShareHolder, ...]:
        """The holders, each with a name: that of its seat where it has none yet."""
        return tuple(
            holder if holder.name else msgspec.structs.replace(holder, name=f"seat {number}")
            for number, holder in enumerate(self.holders, self.first_seat)
        )

    def powers(self) -> Powers:
        """The two powers in such a group."""
        named = replace(self, holders=self.named())
        powers = powers_of(named.request())
        added = powers.readings.get("added")
        if self.with_cobo and added is not None:
            return replace(powers, shares=added, why=REBUILDS)
        return powers


def title_of(kind: str | None) -> str:
    """A group's type in words."""
    return next((title for title, _, value in TYPES if value == kind), kind or "Group")


def shares_of(k: int, n: int) -> str:
    """How many shares are needed, in words."""
    return f"any {k} of {n} shares" if k < n else f"all {n} shares"


def gate_of(group: models.KeyShareHolderGroup) -> str:
    """What stands on the picture's gate."""
    if not group.threshold or not group.participants:
        return "how many shares is not said"
    return shares_of(group.threshold, group.participants)


def seats_of(group: models.KeyShareHolderGroup) -> list[Seat]:
    """One seat a holder. A recovery group's do not sign: they rebuild.

    Where it is unknown who signs, only marks are told.
    """
    known = powers_of(group).signing is not None
    signs = group.type in models.WITH_COBO
    return [_seat_of(holder, signs, known) for holder in group.key_share_holders or ()]


def _seat_of(holder: models.KeyShareHolder, signs: bool, known: bool) -> Seat:
    name, kind = holder.name or "?", holder.type or "API"
    if not signs:
        return Seat(name, kind, "signs", "rebuilds")
    if holder.signer is None and holder.type != COBO:
        return Seat(name, kind, "standby", "signs? not said")
    signer = bool(holder.signer) or holder.type == COBO
    return Seat(name, kind, _state(signer), "" if known else _mark(signer))


def _state(signer: bool) -> str:
    return "signs" if signer else "standby"


def _mark(signer: bool) -> str:
    return "marked" if signer else "not marked"


def seats_asked_for(fields: GroupFields) -> list[Seat]:
    """One seat a holder that is asked for, Cobo's own first."""
    known = fields.powers().signing is not None
    seats = [Seat(COBO, COBO)] if fields.with_cobo else []
    for named, holder in zip(fields.named(), fields.holders, strict=True):
        seats.append(_seat_asked_for(fields, named.name or "", holder, known))
    return seats


def _seat_asked_for(
    fields: GroupFields, name: str, holder: models.CreateKeyShareHolder, known: bool
) -> Seat:
    kind, signer = holder.type or "API", bool(holder.signer)
    if not holder.name:
        return Seat(name, kind, "empty", "")
    if not fields.signs:
        return Seat(name, kind, "signs", "rebuilds")
    words = {True: "signs", False: "does not sign"}
    word = words[signer] if known else _mark(signer)
    return Seat(name, kind, _state(signer), word)


def nodes_of(groups: Iterable[models.KeyShareHolderGroup]) -> dict[str, models.KeyShareHolderGroup]:
    """The group in which a node holds a share, by node."""
    return {
        holder.tss_node_id: group
        for group in groups
        for holder in group.key_share_holders or ()
        if holder.tss_node_id
    }

"""The two powers in a Cobo group, never mixed: who signs day to day, and who holds enough shares.

Source: Cobo's OpenAPI file, ``KeyShareHolderGroupType`` (Cobo adds a holder of its own to main and
signing groups; a recovery group rebuilds) and its text on ``signer`` (in 2 of 3 Cobo is one signer,
and one of the other two is the second). That ``participants`` counts Cobo's seat, and that as many
holders as the threshold are designated in every scheme, Cobo among them, is inferred from it.

Whether Cobo holds a share of a recovery group, Cobo's pages disagree on: by the specification it
adds none; by its manual (key share optimization note, holder groups) it holds one since October
2025. So a recovery group that lists no share of Cobo's has two readings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from toolkit.base.card import Card, Carded, Sentence
from toolkit.cobo.models import (
    GROUP_TYPES,
    WITH_COBO,
    CreateKeyShareHolder,
    CreateKeyShareHolderGroupRequest,
    KeyShareHolder,
    KeyShareHolderGroup,
)
from toolkit.errors import InputError
from toolkit.quorum import Quorum

# the type and the name of Cobo's own holder; in a request, which cannot name its node, also its id
COBO = "Cobo"
RECOVERY = "RecoveryGroup"
REBUILDS = "A recovery group signs nothing: it rebuilds a main group."
COBO_MAY_HOLD_ONE = (
    "By Cobo’s manual, Cobo holds the share that is not listed; by its specification nobody does."
)


@dataclass(frozen=True, slots=True, repr=False)
class Powers(Carded):
    """Who signs day to day (``signing``), and who holds enough shares (``shares``); None where it
    is unknown.

    ``shares``: k of n holders, what the key needs. ``signing``: the designated signers, Cobo's
    included, all of whom sign. ``names``: member id → the holder's name, or the id again where
    there is none. ``why``: why one of the two is None, in sentences; empty when both are known.

    ``readings``: of a recovery group that lists no share of Cobo's, who holds enough shares if Cobo
    holds none (``absent``) and if it holds one of them (``added``); None for the reading that the
    number of holders rules out. Empty where there is one reading only. ``shares`` is the first.

    A member is a TSS node, or ``seat N`` where its node is unknown: N counts from 1, Cobo's seat
    first. A node in two seats holds two shares.

    >>> powers = cobo.powers_of(main)
    >>> powers.shares.in_words(powers.names)
    '2 of 3: Cobo, Alice Moreau, Bob Tanaka'
    >>> powers.signing.in_words(powers.names)
    '2 of 2: Cobo, Alice Moreau'
    """

    signing: Quorum | None
    shares: Quorum | None
    names: Mapping[str, str] = field(hash=False)
    why: str
    readings: Mapping[str, Quorum | None] = field(default_factory=dict, hash=False)

    def _card(self) -> Card:
        powers = {"signing": self.signing, "shares": self.shares}
        facts = [(name, self._in_words(quorum)) for name, quorum in powers.items()]
        added = self.readings.get("added")
        if added is not None:
            facts.append(("if Cobo holds one", self._in_words(added)))
        if self.why:
            facts.append(("why", Sentence(self.why)))
        return Card("cobo.Powers", facts)

    def _in_words(self, quorum: Quorum | None) -> Sentence:
        if quorum is None:
            return Sentence("unknown")
        return Sentence(quorum.in_words(self.names))


@dataclass(frozen=True, slots=True)
class _Seat:
    number: int
    node: str
    name: str
    cobo: bool
    signer: bool | None

    @property
    def called(self) -> str:
        return f"Seat {self.number} ({self.name})" if self.name else f"Seat {self.number}"


def powers_of(group: KeyShareHolderGroup | CreateKeyShareHolderGroupRequest) -> Powers:
    """The two powers in a group as answered, or in one that is asked for: Cobo's own seat is then
    added.

    Raises:
        InputError: something else than a group or the request for one.

    >>> from toolkit import Emulator, cobo
    >>> emulator = Emulator.seeded()
    >>> call = cobo.list_key_share_holder_groups(emulator.vault_id)
    >>> main = emulator.cobo_client().send(call).data[0]
    >>> cobo.powers_of(main).shares.threshold
    2
    """
    holders: Sequence[KeyShareHolder | CreateKeyShareHolder]
    if isinstance(group, KeyShareHolderGroup):
        kind, holders = group.type, group.key_share_holders or ()
        cobos_id = ""
    elif isinstance(group, CreateKeyShareHolderGroupRequest):
        kind, holders = group.key_share_holder_group_type, group.key_share_holders
        cobos_id = COBO
        if kind in WITH_COBO and not any(holder.type == COBO for holder in holders):
            holders = (CreateKeyShareHolder(type=COBO), *holders)
    else:
        raise InputError(
            f"group must be a group or the request for one, not {type(group).__name__}.",
            hint="Pass a cobo.KeyShareHolderGroup or a cobo.CreateKeyShareHolderGroupRequest.",
        )
    seats = _seats(holders, cobos_id)
    readings = _readings(kind, group.threshold, group.participants, seats)
    why_no_shares = _why_no_shares(group.threshold, group.participants, seats)
    if readings.get("added"):
        why_no_shares = f"{why_no_shares} {COBO_MAY_HOLD_ONE}"
    why_no_signing = _why_no_signing(kind, group.threshold, seats, bool(why_no_shares))
    signers = [seat for seat in seats if seat.cobo or seat.signer]
    called: dict[str, list[str]] = {}
    for seat in seats:
        called.setdefault(seat.node, []).append(seat.name or seat.node)
    if readings.get("added"):
        called.setdefault(COBO, [COBO])
    return Powers(
        signing=None if why_no_signing else _quorum(group.threshold, signers),
        shares=None if why_no_shares else _quorum(group.threshold, seats),
        names={node: ", ".join(dict.fromkeys(names)) for node, names in called.items()},
        why=" ".join(filter(None, (why_no_shares, why_no_signing))),
        readings=readings,
    )


def _readings(
    kind: str | None, k: int | None, n: int | None, seats: Sequence[_Seat]
) -> Mapping[str, Quorum | None]:
    """What a recovery group without a share of Cobo’s may mean; empty for one reading only."""
    if kind != RECOVERY or any(seat.cobo for seat in seats):
        return {}
    cobos = _Seat(number=0, node=COBO, name=COBO, cobo=True, signer=None)
    readings = {"absent": _whole(k, n, seats), "added": _whole(k, n, (cobos, *seats))}
    return readings if any(readings.values()) else {}


def _whole(k: int | None, n: int | None, seats: Sequence[_Seat]) -> Quorum | None:
    """Who holds enough shares where these are all of them; None where they are not n."""
    if k is None or len(seats) != n or not 1 <= k <= n:
        return None
    return _quorum(k, seats)


def _seats(holders: Sequence[KeyShareHolder | CreateKeyShareHolder], cobos_id: str) -> list[_Seat]:
    """The holders, Cobo's first, each with its member id."""
    ordered = sorted(holders, key=lambda holder: holder.type != COBO)
    return [
        _Seat(
            number=number,
            node=holder.tss_node_id
            or (cobos_id if holder.type == COBO else "")
            or f"seat {number}",
            name=COBO if holder.type == COBO else holder.name or "",
            cobo=holder.type == COBO,
            signer=holder.signer,
        )
        for number, holder in enumerate(ordered, 1)
    ]


def _quorum(threshold: Any, seats: Sequence[_Seat]) -> Quorum:
    """So many of these seats, then each seat by its node: a node may have two."""
    nodes = {str(seat.number): seat.node for seat in seats}
    return Quorum(threshold, nodes).held_by(nodes)


def _why_no_shares(k: int | None, n: int | None, seats: Sequence[_Seat]) -> str:
    absent = [name for name, value in (("threshold", k), ("participants", n)) if value is None]
    if not seats:
        absent.append("key_share_holders")
    if k is None or n is None or absent:
        return f"Who holds enough shares is unknown: no {' and no '.join(absent)}."
    if len(seats) != n:
        listed = f"{len(seats)} holders are listed" if len(seats) != 1 else "1 holder is listed"
        own = ", Cobo’s seat included" if any(seat.cobo for seat in seats) else ""
        return f"Who holds enough shares is unknown: participants is {n}, but {listed}{own}."
    if not 1 <= k <= n:
        return (
            f"Who holds enough shares is unknown: a threshold of {k} does not fit {n} participants."
        )
    return ""


def _why_no_signing(
    kind: str | None, k: int | None, seats: Sequence[_Seat], incomplete: bool
) -> str:
    if kind == RECOVERY:
        return REBUILDS
    if kind not in GROUP_TYPES:
        named = f", {kind}" if kind else ""
        return f"Who signs is unknown: so is the type of the group{named}."
    if incomplete:
        return "So who signs is unknown, too."
    if not any(seat.cobo for seat in seats):
        return (
            "Who signs is unknown: Cobo has a holder in every main and signing group, and none is "
            "listed."
        )
    unsaid = [seat.called for seat in seats if not seat.cobo and seat.signer is None]
    if unsaid:
        return (
            f"Who signs is unknown: signer is not said for {', '.join(unsaid)}. What Cobo then "
            "takes it for is "
            "documented nowhere."
        )
    designated = sum(seat.cobo or bool(seat.signer) for seat in seats)
    if designated != k:
        signers = (
            f"{designated} signers are designated" if designated != 1 else "1 signer is designated"
        )
        return (
            f"Who signs is unknown: {signers}, Cobo included, and the threshold is {k}. What Cobo "
            "then does is "
            "documented nowhere."
        )
    return ""

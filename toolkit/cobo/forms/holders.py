"""A group's holders on a card: the picture's seats, and a table."""

from __future__ import annotations

from toolkit.base.html import Rows, Seat, code
from toolkit.cobo import models
from toolkit.cobo.powers import powers_of

SAID = {True: "yes", False: "no", None: "not said"}


def seats_of(group: models.KeyShareHolderGroup) -> list[Seat]:
    """One seat a holder. A recovery group's do not sign: they rebuild. Where it is unknown who signs, only marks are told."""
    signs, told = group.type in models.WITH_COBO, powers_of(group).signing is not None
    seats = []
    for holder in group.key_share_holders or ():
        name, kind = holder.name or "?", holder.type or "API"
        if not signs:
            seats.append(Seat(name, kind, "signs", "rebuilds"))
        elif holder.signer is None and holder.type != "Cobo":
            seats.append(Seat(name, kind, "standby", "signs? not said"))
        else:
            signer = bool(holder.signer) or holder.type == "Cobo"
            word = "" if told else "marked" if signer else "not marked"
            seats.append(Seat(name, kind, "signs" if signer else "standby", word))
    return seats


def gate_of(group: models.KeyShareHolderGroup) -> str:
    """What stands on the picture's gate."""
    k, n = group.threshold, group.participants
    if not k or not n:
        return "how many shares is not said"
    return shares_of(k, n)


def shares_of(k: int, n: int) -> str:
    """How many shares are needed, in words."""
    return f"any {k} of {n} shares" if k < n else f"all {n} shares"


def holder_rows(group: models.KeyShareHolderGroup, source: str) -> Rows:
    """The table of holders; ``source`` is the code that gives the same as a DataFrame."""
    rows = [
        (
            h.name or "",
            h.type or "",
            code(h.tss_node_id or ""),
            SAID[h.online],
            SAID[h.signer],
            h.status or "",
        )
        for h in group.key_share_holders or ()
    ]
    return Rows(
        "Holders", source, ("Name", "Type", "TSS node id", "Online", "Signs", "Status"), rows
    )

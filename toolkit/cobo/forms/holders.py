"""A group's holders on a card, as a table."""

from __future__ import annotations

from toolkit.base.html import Rows, code
from toolkit.cobo import models

SAID = {True: "yes", False: "no", None: "not said"}


def holder_rows(group: models.KeyShareHolderGroup, source: str) -> Rows:
    """The table of holders; ``source`` is the code that gives the same as a DataFrame."""
    rows = [
        (
            holder.name or "",
            holder.type or "",
            code(holder.tss_node_id or ""),
            SAID[holder.online],
            SAID[holder.signer],
            holder.status or "",
        )
        for holder in group.key_share_holders or ()
    ]
    columns = ("Name", "Type", "TSS node id", "Online", "Signs", "Status")
    return Rows("Holders", source, columns, rows)

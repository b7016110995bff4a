"""Rules about Privy intents: changes that are proposed, and wait for signatures."""

from __future__ import annotations

import numpy as np

from toolkit.base.text import plural
from toolkit.base.times import DAY_MS, day
from toolkit.findings import documented
from toolkit.inventory.columns import Columns
from toolkit.inventory.rules.rule import AuditRule, Hits, of_rows
from toolkit.inventory.words import Told, told
from toolkit.privy.intents import LIFETIME_MS

LIFECYCLE = documented(
    "Privy page Lifecycle of an intent: it lives for 72 hours by default, and what was signed "
    "cannot be taken back"
)


def _pending_long(columns: Columns) -> Hits:
    """Those that can still be signed, and were opened longer ago than one lives by default."""
    at_ms = columns.at_ms
    rows = [
        row
        for row, intent in enumerate(columns.intents)
        if intent.status == "pending"
        and intent.expires_at > at_ms
        and at_ms - intent.created_at > LIFETIME_MS
    ]
    return of_rows(np.array(rows, np.int64), len(columns.intents))


def _pending_long_said(columns: Columns, hits: Hits, at: int) -> Told:
    intent = columns.intents[int(hits.rows[at])]
    days = plural((columns.at_ms - intent.created_at) // DAY_MS, "day")
    return told(
        f"For {{}} it has been open for {days}; it can be signed until {day(intent.expires_at)}.",
        intent.resource_id,
    )


RULES = (
    AuditRule(
        "intent.pending-long", "A change that has waited for signatures for long", "low", "intents",
        "Whoever signs it today does what somebody wanted then; one more signature may be enough.",
        "Sign it, or reject it: privy.reject_intent(…).",
        _pending_long_said, _pending_long, source=LIFECYCLE, controls=("ms-4.1.2",),
    ),
)  # fmt: skip

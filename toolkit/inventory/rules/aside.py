"""Rules about what was set aside: past its end, for nothing, or of what no rule finds."""

from __future__ import annotations

from functools import partial

import numpy as np

from toolkit.findings import Severity, ours
from toolkit.inventory.columns import Columns
from toolkit.inventory.rules.rule import AuditRule, Hits, of_rows
from toolkit.inventory.words import Person, Told, told

EXCEPTIONS = ours("SEAL Multisig Operations 2.1.3: an exception has a reason, an end and a control")
#: What becomes of an exclusion.
APPLIED, EXPIRED, UNUSED, UNKNOWN = "applied", "expired", "unused", "unknown"


def _are(state: str, columns: Columns) -> Hits:
    rows = [row for row, (_, became) in enumerate(columns.exclusions) if became == state]
    return of_rows(np.array(rows, np.int64), len(columns.exclusions))


def _said(sentence: str, columns: Columns, hits: Hits, at: int) -> Told:
    exclusion, _ = columns.exclusions[int(hits.rows[at])]
    # a pseudonym is never made of a name: of a seat of theirs, or of what they answer for
    seat = columns.seats.first_seats.get(exclusion.person, exclusion.about_in_words)
    who = Person(exclusion.person, seat)
    return told(sentence, who, exclusion.until)


def _rule(
    state: str, title: str, severity: Severity, why: str, remedy: str, said: str
) -> AuditRule:
    return AuditRule(
        f"exclusion.{state}", title, severity, "exclusions", why, remedy,
        partial(_said, said), partial(_are, state), source=EXCEPTIONS, controls=("ms-2.1.3",),
    )  # fmt: skip


RULES = (
    _rule(
        EXPIRED,
        "An exclusion whose end has passed",
        "low",
        "What it set aside counts again.",
        "Mend the finding and delete the exclusion, or let somebody answer for it anew.",
        "{} set it aside until {}; that has ended.",
    ),
    _rule(
        UNKNOWN,
        "An exclusion of what no rule finds",
        "medium",
        "Nothing is set aside by it, though somebody believes so.",
        "Write the rule and its fields as the report has them.",
        "{} set it aside until {}; no rule has this id and these fields.",
    ),
    _rule(
        UNUSED,
        "An exclusion of nothing",
        "note",
        "What it set aside is not there any more; it would hide it if it came back.",
        "Delete it.",
        "{} set it aside until {}; nothing of that is found.",
    ),
)

"""What every form shows, in the order in which it shows it: one block a rule, its things in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import NamedTuple

from toolkit.base.text import plural
from toolkit.findings import SEVERITIES
from toolkit.inventory.report import Line, Report
from toolkit.inventory.rules.rule import AuditRule

#: Tables of the inventory, and what their rows are called.
COUNTED = (
    ("vaults", "vault"),
    ("groups", "group"),
    ("quorums", "quorum"),
    ("wallets", "wallet"),
    ("policies", "policy"),
    ("intents", "intent"),
    ("api_keys", "API key"),
)
TITLE = "Who can sign"
NO_PASS = "This is no pass: a rule could not run, or nothing was looked at."  # noqa: S105  # no password


class Block(NamedTuple):
    """A rule, and everything that it found."""

    rule: AuditRule
    lines: Sequence[Line]


def blocks(report: Report) -> Sequence[Block]:
    """What counts, rule by rule, the worst first."""
    listed = []
    for _, lines in groupby(report.lines, key=lambda line: line.rule.id):
        of_rule = tuple(lines)
        listed.append(Block(of_rule[0].rule, of_rule))
    return listed


def headline(report: Report) -> str:
    """What was looked at, where and when: one line, without line ends of others."""
    places = ", ".join(report.environments) or "not received by a client"
    return f"{TITLE} · {places} · read {report.read}"


def scope(report: Report) -> str:
    """How much was looked at: ``3 vaults, 7 groups · 52 rules ran``."""
    counts = []
    for table, thing in COUNTED:
        number = report.counted.get(table, 0)
        if number:
            counts.append(plural(number, thing))
    ran = sum(run.state == "ran" for run in report.runs)
    idle = sum(run.state == "nothing" for run in report.runs)
    words = f"{', '.join(counts) or 'nothing'} · {plural(ran, 'rule')} ran"
    if idle:
        words += f", {idle} had nothing to look at"
    return f"{words} · {report.duration_s:.2f} s"


def tally(report: Report) -> str:
    """How many of each severity."""
    return "   ".join(f"{report.counts[severity]} {severity}" for severity in SEVERITIES)


def reason(line: Line, names: bool, write: Callable[[str], str] = str) -> str:
    """Until when it was set aside, and by whom, why, and what is done instead: those only where
    people stand by name.
    """
    exclusion = line.exclusion
    assert exclusion is not None
    if not names:
        return f"until {exclusion.until}"
    return (
        f"until {exclusion.until}: {write(exclusion.reason)} ({write(exclusion.person)}); instead: "
        f"{write(exclusion.control)}"
    )

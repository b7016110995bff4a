"""Writes ``docs/reference/rules.md``: every rule, what it finds and what it does not. Run ``python -m tests.inventory.rules_page``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tests.inventory.cases import CASES
from toolkit.findings import SEVERITIES
from toolkit.inventory.controls import FRAMEWORK
from toolkit.inventory.rules import ALL_RULES
from toolkit.inventory.rules.rule import AuditRule

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "rules.md"
HEAD = """# What an audit looks for

<!-- Made from the rules and their cases by `python -m tests.inventory.rules_page`; a test keeps it whole. -->

`toolkit.audit(…)` and `python -m toolkit audit` run these rules.

A rule finds; it never changes anything. *About* names the fields that identify what it found: an exclusion names the same (`toolkit.Exclusion`), and a fingerprint is made of them. *Documented* is what a vendor says at a place; *ours* is our judgement, and why. What is set aside, what was not seen and what could not run stands in every report.
"""


def page() -> str:
    """The page as it should be."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield HEAD
    yield "| rule | severity | finds |"
    yield "|---|---|---|"
    for rule in sorted(ALL_RULES, key=lambda each: SEVERITIES.index(each.severity)):
        yield f"| [`{rule.id}`](#{rule.id.replace('.', '')}) | {rule.severity} | {rule.title} |"
    for rule in ALL_RULES:
        yield ""
        yield from _section(rule)


def _section(rule: AuditRule) -> Iterator[str]:
    yield f"## {rule.id}"
    yield ""
    yield f"**{rule.title}** ({rule.severity}, version {rule.version})"
    yield ""
    yield rule.why
    if rule.remedy:
        yield ""
        yield f"Remedy: {rule.remedy}"
    yield ""
    yield f"- Source: {rule.source}"
    yield f"- About: {', '.join(f'`{name}`' for name in rule.identity)}"
    if rule.controls:
        yield f"- Evidences of {FRAMEWORK}: {', '.join(rule.controls)}"
    cases = CASES.get(rule.id, [])
    found = [case.name for case in cases if rule.id in case.finds]
    silent = [case.name.removeprefix("near: ") for case in cases if rule.id not in case.finds]
    if found:
        yield f"- Finds: {'; '.join(found)}"
    if silent:
        yield f"- Stays silent: {'; '.join(silent)}"


if __name__ == "__main__":
    PAGE.write_text(page())

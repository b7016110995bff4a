"""A report as one HTML file: no script, no link out, nothing fetched, and a policy that says so.

Everything passes the one gate (``base.html``). The policy allows the one style sheet, by its hash.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from markupsafe import Markup

from toolkit.base.html import render, visible
from toolkit.findings import SEVERITIES
from toolkit.inventory.controls import FRAMEWORK
from toolkit.inventory.formats.blocks import NO_PASS, blocks, headline, reason, scope
from toolkit.inventory.report import Line, Report
from toolkit.inventory.words import Several, Value, one_of, written


def write(report: Report, names: bool) -> str:
    """The file."""
    style = render("findings.css")
    digest = base64.b64encode(hashlib.sha256(str(style).encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    return str(
        render(
            "findings.html",
            style=style,
            policy=policy,
            headline=headline(report),
            scope=scope(report),
            counts=[(severity, report.counts[severity]) for severity in SEVERITIES],
            blocks=[
                {
                    "rule": block.rule,
                    "lines": [_line(line, names, block.rule.remedy) for line in block.lines],
                    "remedy": any(line.remedy == block.rule.remedy for line in block.lines),
                }
                for block in blocks(report)
            ],
            aside=[
                {"title": line.title(names=names), "rule": line.rule.id, "why": reason(line, names)}
                for line in report.aside
            ],
            unseen=report.unseen,
            failed=report.failed,
            framework=FRAMEWORK,
            controls=report.controls(),
            runs=report.runs,
            no_pass="" if report.whole else NO_PASS,
        )
    )


def _line(line: Line, names: bool, remedy: str) -> dict[str, Any]:
    return {
        "title": line.title(names=names),
        "sentence": _sentence(line, names),
        "remedy": "" if line.remedy == remedy else line.remedy,
    }


def _sentence(line: Line, names: bool) -> Markup:
    """Our words, and in them those of others, each apart from its surroundings."""

    values = [_shown(value, names) for value in line.told.values]
    sentence = Markup.escape(line.told.text).format(*values)
    if line.lapsed is not None:
        sentence += Markup(" Was set aside until {}; that has ended.").format(line.lapsed.until)
    return sentence


def _shown(value: Value, names: bool) -> Markup:
    if not isinstance(value, Several):
        return visible(written(value, names=names))
    shown: list[str] = [_shown(name, names) for name in value.names[: value.most]]
    more = len(value.names) - len(shown)
    if more:
        shown.append(f"{more} more")
    return Markup(one_of(shown, value.word))  # noqa: S704  # each part has been through the gate

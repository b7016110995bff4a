"""A report as JSON, format ``json-v1``: everything that it holds, for other programs."""

from __future__ import annotations

import json
from typing import Any

import toolkit
from toolkit.findings import path_text
from toolkit.inventory.controls import FRAMEWORK
from toolkit.inventory.exclusions import Exclusion
from toolkit.inventory.report import Line, Report
from toolkit.inventory.rules.rule import AuditRule

FORMAT, VERSION = "quorum-toolkit-findings", "json-v1"


def write(report: Report, names: bool) -> str:
    """The document, its names in a fixed order."""
    document = {
        "format": FORMAT,
        "version": VERSION,
        "toolkit": toolkit.__version__,
        "at_ms": report.at_ms,
        "duration_s": report.duration_s,
        "environments": list(report.environments),
        "pass": report.whole and not any(report.counts[each] for each in ("high", "medium", "low")),
        "whole": report.whole,
        "counts": dict(report.counts),
        "findings": [_line(line, names) for line in report.lines],
        "set_aside": [_line(line, names) for line in report.aside],
        "unseen": [
            {"service": row.service, "what": row.what, "why": row.why, "cause": row.cause}
            for row in report.unseen
        ],
        "rules": [
            {**_rule(run.rule), "state": run.state, "looked_at": run.looked, "error": run.error}
            for run in report.runs
        ],
        "controls": {
            "framework": FRAMEWORK,
            "controls": [
                {"id": control.id, "evidenced": control.evidenced, "stands": stands}
                for control, stands in report.controls()
            ],
        },
    }
    return json.dumps(document, indent=1, ensure_ascii=True) + "\n"


def _line(line: Line, names: bool) -> dict[str, Any]:
    return {
        "rule": line.rule.id,
        "severity": line.severity,
        "subject": line.title(names=names),
        "about": line.about if names else None,
        "path": path_text(line.told.path),
        "sentence": line.sentence(names=names),
        "remedy": line.remedy,
        "fingerprint": line.fingerprint,
        "file": line.subject.file,
        "line": line.subject.line,
        "exclusion": None if line.exclusion is None else _exclusion(line.exclusion, names),
    }


def _exclusion(exclusion: Exclusion, names: bool) -> dict[str, Any]:
    return {
        "reason": exclusion.reason if names else "",
        "person": exclusion.person if names else "",
        "control": exclusion.control if names else "",
        "since_ms": exclusion.since_ms,
        "until_ms": exclusion.until_ms,
    }


def _rule(rule: AuditRule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "version": rule.version,
        "title": rule.title,
        "severity": rule.severity,
        "why": rule.why,
        "remedy": rule.remedy,
        "source": {"ground": rule.source.ground, "place": rule.source.place},
        "controls": list(rule.controls),
        "identity": list(rule.identity),
    }

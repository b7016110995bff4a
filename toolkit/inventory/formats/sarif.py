"""A report as SARIF 2.1.0: every rule declared, each finding known again by its fingerprint.

Source: OASIS, Static Analysis Results Interchange Format 2.1.0. A file and a line are those of a
saved inventory; a finding about anything else has a logical place only.
"""

from __future__ import annotations

import json
from typing import Any

import toolkit
from toolkit.base.text import plain_line
from toolkit.base.times import moment
from toolkit.findings import Severity, path_text
from toolkit.inventory.report import Line, Report, Run
from toolkit.inventory.rules.rule import AuditRule

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
LEVELS: dict[Severity, str] = {
    "high": "error",
    "medium": "warning",
    "low": "warning",
    "note": "note",
    "good": "none",
}
RANKS: dict[Severity, float] = {
    "high": 90.0,
    "medium": 60.0,
    "low": 30.0,
    "note": 10.0,
    "good": 0.0,
}
FINGERPRINT = "quorumToolkit/v1"
NOT_SAID = "set aside; see the report by name"


def write(report: Report, names: bool) -> str:
    """One log with one run. What is well is a result of kind ``pass``."""
    index = {run.rule.id: at for at, run in enumerate(report.runs)}
    lines = (*report.lines, *report.aside)
    run = {
        "tool": {
            "driver": {
                "name": "quorum-toolkit",
                "semanticVersion": toolkit.__version__,
                "rules": [_rule(run.rule) for run in report.runs],
            }
        },
        "invocations": [_invocation(report, index)],
        "results": [_result(line, index, names) for line in lines],
        "columnKind": "unicodeCodePoints",
        "properties": {
            "environments": list(report.environments),
            "unseen": [plain_line(f"{row.what}: {row.why}") for row in report.unseen],
            "durationSeconds": report.duration_s,
        },
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=1, ensure_ascii=True) + "\n"


def _rule(rule: AuditRule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "name": "".join(part.title() for part in rule.id.replace(".", "-").split("-")),
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.why},
        "help": {"text": f"{rule.remedy} ({rule.source})".strip()},
        "defaultConfiguration": {"level": LEVELS[rule.severity], "rank": RANKS[rule.severity]},
        "properties": {
            "severity": rule.severity,
            "version": rule.version,
            "tags": ["signers", *rule.controls],
        },
    }


def _invocation(report: Report, index: dict[str, int]) -> dict[str, Any]:
    return {
        "executionSuccessful": report.whole,
        "endTimeUtc": moment(report.at_ms, "%Y-%m-%dT%H:%M:%SZ").removesuffix(" UTC"),
        "toolExecutionNotifications": [_failure(run, index) for run in report.failed],
    }


def _failure(run: Run, index: dict[str, int]) -> dict[str, Any]:
    return {
        "level": "error",
        "message": {"text": plain_line(f"{run.rule.id} could not run: {run.error}")},
        "associatedRule": {"id": run.rule.id, "index": index[run.rule.id]},
    }


def _result(line: Line, index: dict[str, int], names: bool) -> dict[str, Any]:
    title, sentence = plain_line(line.title(names=names)), plain_line(line.sentence(names=names))
    kind = "pass" if line.severity == "good" else "fail"
    result: dict[str, Any] = {
        "ruleId": line.rule.id,
        "ruleIndex": index[line.rule.id],
        "kind": kind,
        "level": LEVELS[line.severity],
        "message": {"text": f"{title}: {sentence} {line.remedy}".strip()},
        "locations": [_location(line, title)],
        "partialFingerprints": {FINGERPRINT: line.fingerprint},
        "properties": {"severity": line.severity},
    }
    if line.exclusion is not None:
        why = line.exclusion.reason if names else NOT_SAID
        result["suppressions"] = [
            {"kind": "external", "status": "accepted", "justification": plain_line(why)}
        ]
    return result


def _location(line: Line, title: str) -> dict[str, Any]:
    place: dict[str, Any] = {"name": title, "kind": line.subject.thing[0]}
    path = path_text(line.told.path)
    if path:
        place["fullyQualifiedName"] = path
    location: dict[str, Any] = {"logicalLocations": [place]}
    if line.subject.file:
        location["physicalLocation"] = {
            "artifactLocation": {"uri": line.subject.file},
            "region": {"startLine": line.subject.line},
        }
    return location

"""A report as annotations of GitHub Actions: a command a finding, printed by a step of a workflow.

Source: GitHub's documentation, *Workflow commands*; ``%``, line ends, ``:`` and ``,`` are escaped.
"""

from __future__ import annotations

from collections.abc import Iterator

from toolkit.base.text import plain_line
from toolkit.findings import Severity
from toolkit.inventory.formats.blocks import NO_PASS
from toolkit.inventory.report import Line, Report

COMMANDS: dict[Severity, str] = {
    "high": "error",
    "medium": "warning",
    "low": "warning",
    "note": "notice",
}


def write(report: Report, names: bool) -> str:
    """One line each. What is well is not annotated."""
    return "".join(f"{line}\n" for line in _lines(report, names))


def _lines(report: Report, names: bool) -> Iterator[str]:
    for line in report.lines:
        if line.severity != "good":
            yield _annotation(line, names)
    for run in report.failed:
        yield f"::error title={_property(run.rule.id)}::{_data(f'could not run: {run.error}')}"
    if not report.whole:
        yield f"::error title=audit::{_data(NO_PASS)}"


def _annotation(line: Line, names: bool) -> str:
    properties = [f"title={_property(line.rule.title)}"]
    if line.subject.file:
        place = [f"file={_property(line.subject.file)}", f"line={line.subject.line}"]
        properties = [*place, *properties]
    title, sentence = line.title(names=names), line.sentence(names=names)
    message = _data(f"{title}: {sentence} {line.remedy} [{line.rule.id}]")
    return f"::{COMMANDS[line.severity]} {','.join(properties)}::{message}"


def _data(text: str) -> str:
    return plain_line(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")

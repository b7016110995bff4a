"""A report as JUnit XML: a suite a theme, a case a rule. What it found is its failure.

As pytest's readers take it: what could not run is an error, what had nothing to look at is skipped,
and so is what is set aside.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from xml.etree import ElementTree as Xml  # written with, never read with

from toolkit.base.text import plain_line, written_out
from toolkit.base.times import moment
from toolkit.inventory.report import Line, Report, Run

_NOT_XML = ("\ufffe", "\uffff")


def write(report: Report, names: bool) -> str:
    """One document of all suites."""
    root = Xml.Element("testsuites", name="quorum-toolkit audit")
    by_rule: dict[str, list[Line]] = {}
    for line in report.lines:
        by_rule.setdefault(line.rule.id, []).append(line)
    runs = [run for run in report.runs if run.rule.severity != "good"]
    for theme, of_theme in groupby(sorted(runs, key=_theme), key=_theme):
        listed = list(of_theme)
        suite = Xml.SubElement(root, "testsuite", {"name": theme, **_counts(listed, by_rule)})
        suite.set("time", "0.000")
        suite.set("timestamp", moment(report.at_ms, "%Y-%m-%dT%H:%M:%S").removesuffix(" UTC"))
        for run in listed:
            _case(suite, run, by_rule.get(run.rule.id, []), names)
    root.set("time", f"{report.duration_s:.3f}")
    for name in ("tests", "failures", "errors", "skipped"):
        root.set(name, str(sum(int(suite.get(name, "0")) for suite in root)))
    Xml.indent(root, " ")
    return '<?xml version="1.0" encoding="utf-8"?>\n' + Xml.tostring(root, "unicode") + "\n"


def _theme(run: Run) -> str:
    return run.rule.theme


def _counts(runs: Sequence[Run], by_rule: dict[str, list[Line]]) -> dict[str, str]:
    return {
        "tests": str(len(runs)),
        "failures": str(sum(run.rule.id in by_rule for run in runs)),
        "errors": str(sum(run.state == "failed" for run in runs)),
        "skipped": str(sum(run.state == "nothing" for run in runs)),
    }


def _case(suite: Xml.Element, run: Run, lines: Sequence[Line], names: bool) -> None:
    rule = run.rule
    case = Xml.SubElement(suite, "testcase", classname=rule.theme, name=f"{rule.id}: {rule.title}")
    case.set("time", "0.000")
    if run.state == "failed":
        error = Xml.SubElement(case, "error", message=_text(f"could not run: {run.error}"))
        error.text = _text(run.error)
    elif lines:
        message = f"{len(lines)} found, severity {rule.severity}"
        failure = Xml.SubElement(case, "failure", message=message, type=rule.severity)
        failure.text = "\n".join(_said(line, names) for line in lines)
    elif run.state == "nothing":
        Xml.SubElement(case, "skipped", message="there was nothing to look at")


def _said(line: Line, names: bool) -> str:
    title, sentence = line.title(names=names), line.sentence(names=names)
    return _text(f"{title}: {sentence} {line.remedy}")


def _text(text: str) -> str:
    """What XML can hold, on one line."""
    line = plain_line(text)
    for character in _NOT_XML:
        line = line.replace(character, written_out(character))
    return line

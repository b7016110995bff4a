"""A report as plain text, for a terminal: every line ends where we end it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from toolkit.base.text import plain_line
from toolkit.inventory.formats.blocks import (
    NO_PASS,
    Block,
    blocks,
    headline,
    reason,
    scope,
    tally,
)
from toolkit.inventory.report import Line, Report

WIDTH = 88
MARGIN = 8
GOOD = 5  # things that are well, of one rule


def write(report: Report, names: bool) -> str:
    """The whole report."""
    return "\n".join(_lines(report, names)) + "\n"


def _lines(report: Report, names: bool) -> Iterator[str]:
    yield plain_line(headline(report))
    yield scope(report)
    yield ""
    yield tally(report)
    good = []
    for block in blocks(report):
        if block.rule.severity == "good":
            good.append(block)
            continue
        yield ""
        yield from _block(block, names)
    yield ""
    for block in good:
        yield from _praise(block, names)
    yield ""
    yield from _rest(report, names)


def _block(block: Block, names: bool) -> Iterator[str]:
    rule = block.rule
    yield f"{rule.severity.upper():<8}{rule.title}  [{rule.id}]"
    for line in block.lines:
        yield from _wrapped("- ", f"{line.title(names=names)}: {line.sentence(names=names)}")
        if line.remedy != rule.remedy:
            yield from _wrapped("  Remedy  ", line.remedy)
    yield from _wrapped("Why     ", rule.why)
    if any(line.remedy == rule.remedy for line in block.lines):
        yield from _wrapped("Remedy  ", rule.remedy)
    yield from _wrapped("From    ", str(rule.source))


def _wrapped(mark: str, text: str) -> Iterator[str]:
    """A text over several lines, each below the first."""
    yield from textwrap.wrap(
        plain_line(text),
        WIDTH,
        initial_indent=" " * MARGIN + mark,
        subsequent_indent=" " * (MARGIN + len(mark)),
        break_on_hyphens=False,
    )


def _praise(block: Block, names: bool) -> Iterator[str]:
    titles = [line.title(names=names) for line in block.lines[:GOOD]]
    more = len(block.lines) - len(titles)
    if more:
        titles.append(f"{more} more")
    yield from _marked("GOOD", f"{block.rule.title}: {', '.join(titles)}.")


def _marked(mark: str, text: str) -> Iterator[str]:
    yield from textwrap.wrap(
        plain_line(text),
        WIDTH,
        initial_indent=f"{mark:<{MARGIN}}",
        subsequent_indent=" " * MARGIN,
        break_on_hyphens=False,
    )


def _rest(report: Report, names: bool) -> Iterator[str]:
    for line in report.aside:
        yield from _marked("ASIDE", _aside(line, names))
    for row in report.unseen:
        yield from _marked("UNSEEN", f"{row.what}: {row.why}")
    for run in report.failed:
        yield from _marked("FAILED", f"{run.rule.id} could not run: {run.error}")
    if not report.whole:
        yield NO_PASS


def _aside(line: Line, names: bool) -> str:
    return f"{line.title(names=names)} [{line.rule.id}] {reason(line, names)}"

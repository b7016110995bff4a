"""A report as Markdown, for a pull request or a wiki: the words of others are words and no more."""

from __future__ import annotations

import re
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

# What could begin markup, a link, a mention or mathematics. As an entity it is the same sign.
_MARKUP = re.compile(r"[!-&*-+/:-@\[-`{-~]|(?<=www)\.|-{2,}")


def inert(text: str) -> str:
    """Somebody else's words: no character of them begins anything."""
    line = plain_line(text)
    line = re.sub(r"(?i)www\.", lambda match: f"{match[0][:3]}&#46;", _MARKUP.sub(_entity, line))
    return line.replace("&#64;", "<span>&#64;</span>")  # GitHub looks for mentions in what is shown


def _entity(match: re.Match[str]) -> str:
    return "".join(f"&#{ord(character)};" for character in match[0])


def write(report: Report, names: bool) -> str:
    """The whole report."""
    return "\n".join(_lines(report, names)) + "\n"


def _lines(report: Report, names: bool) -> Iterator[str]:
    yield f"# {inert(headline(report))}"
    yield ""
    yield f"{scope(report)}. **{tally(report)}**"
    for block in blocks(report):
        yield ""
        yield from _block(block, names)
    if report.aside:
        yield from ("", "## Set aside", "")
        for line in report.aside:
            title = inert(line.title(names=names))
            yield f"- {title} (`{line.rule.id}`) {reason(line, names, inert)}"
    yield from ("", "## Not seen", "")
    for row in report.unseen:
        yield f"- {inert(row.what)}: {inert(row.why)}"
    for run in report.failed:
        yield f"- `{run.rule.id}` could not run: {inert(run.error)}"
    if not report.whole:
        yield from ("", f"**{NO_PASS}**")


def _block(block: Block, names: bool) -> Iterator[str]:
    rule = block.rule
    yield f"## {rule.severity.title()}: {rule.title}"
    yield ""
    for line in block.lines:
        yield f"- **{inert(line.title(names=names))}**: {_sentence(line, names)}"
        if line.remedy != rule.remedy:
            yield f"  Remedy: {line.remedy}"
    yield ""
    yield from (f"*Why:* {rule.why}", "")
    if rule.remedy and any(line.remedy == rule.remedy for line in block.lines):
        yield from (f"*Remedy:* {rule.remedy}", "")
    yield f"*From:* {rule.source} (`{rule.id}`)"


def _sentence(line: Line, names: bool) -> str:
    sentence = line.told.sentence(names=names, write=inert)
    if line.lapsed is not None:
        sentence += f" Was set aside until {line.lapsed.until}; that has ended."
    return sentence

"""What is wrong, rule by rule, narrowed by severity, theme and words.

Of a large organisation there are a hundred thousand findings: those that are shown are put into
words, and of the others only what is searched is known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import ipywidgets as w
import numpy as np
from markupsafe import Markup

from toolkit.base.collector import paused
from toolkit.base.html import render
from toolkit.findings import SEVERITIES
from toolkit.forms.widgets import box, styled

if TYPE_CHECKING:
    from toolkit.app.desk.desk import Desk
    from toolkit.inventory.columns import Ints
    from toolkit.inventory.report import Line, Report, Run

SHOWN = 200  # findings on one page; the table has all of them
IN_WORDS = 2_000  # findings whose sentences are searched, the worst first; of others their names


class FindingsSearch:
    """The findings of a report, ready to be searched: what is searched of each is made once."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.runs = [run for run in report.ordered if len(report.counting(run))]
        sizes = [len(report.counting(run)) for run in self.runs]
        self._in_words = int(np.count_nonzero(np.cumsum(sizes) <= IN_WORDS))  # runs, the first ones
        #: of how many findings only the name is searched, not the sentence
        self.by_name = sum(sizes[self._in_words :])

    @cached_property
    def texts(self) -> Mapping[str, Sequence[str]]:
        """By rule, what is searched of each finding: its name; of the first ones, its sentence."""
        with paused():
            return {run.rule.id: self._texts(at, run) for at, run in enumerate(self.runs)}

    def _texts(self, at: int, run: Run) -> Sequence[str]:
        if at >= self._in_words:
            return [title.casefold() for title in self.report.titles(run)]
        lines = self.report.first(len(self.report.counting(run)), [run])
        return [f"{line.title()} {line.sentence()}".casefold() for line in lines]

    def found(self, severity: str, theme: str, words: str) -> Sequence[tuple[Run, Ints]]:
        """By run, which of its findings fit; the worst first."""
        runs = [run for run in self.runs if _is_about(run, severity, theme)]
        wanted = words.strip().casefold()
        return [(run, self._fitting(run, wanted)) for run in runs]

    def _fitting(self, run: Run, wanted: str) -> Ints:
        at = self.report.counting(run)
        if wanted in f"{run.rule.title} {run.rule.id}".casefold():
            return at
        fits = [wanted in text for text in self.texts[run.rule.id]]
        return at[np.array(fits, np.bool_)]


def _is_about(run: Run, severity: str, theme: str) -> bool:
    if severity and SEVERITIES.index(run.rule.severity) > SEVERITIES.index(severity):
        return False
    return not theme or run.rule.theme == theme


def findings(desk: Desk) -> Sequence[w.Widget]:
    """The tools, and a block a rule below."""
    searched = desk.sight.findings
    severity = w.Dropdown(
        description="Severity",
        options=[
            ("All", ""),
            *((f"{each} and above".capitalize(), each) for each in SEVERITIES[:4]),
        ],
        value="",
    )
    themes = sorted({run.rule.theme for run in searched.runs})
    about = [("Everything", ""), *((each, each) for each in themes)]
    theme = w.Dropdown(description="About", options=about, value="")
    search = styled(w.Text(description="Search", placeholder="Name, thing or rule"), "wide")
    search.continuous_update = False
    body = w.HTML()

    def draw(_: Any = None) -> None:
        fitting = searched.found(severity.value, theme.value, search.value)
        body.value = blocks(searched, fitting, searched.by_name)

    for field in (severity, theme, search):
        field.observe(draw, "value")
    draw()
    return [box("tk-tools", search, severity, theme), body]


def blocks(
    searched: FindingsSearch, fitting: Sequence[tuple[Run, Ints]], by_name: int = 0
) -> Markup:
    """One rule, one block, its things as a list.

    Args:
        by_name: of how many findings a search looks at the name only; said where there is one.
    """
    report = searched.report
    rules: dict[str, list[Line]] = {}
    for line in report.lines_of(fitting, SHOWN):
        rules.setdefault(line.rule.id, []).append(line)
    total = sum(len(at) for _, at in fitting)
    return render(
        "findings_page.html",
        blocks=[(of_rule[0].rule, of_rule) for of_rule in rules.values()],
        more=max(0, total - SHOWN),
        by_name=by_name,
        aside=report.aside,
        failed=report.failed,
        unseen=report.unseen,
        rules=len(report.runs),
    )

"""Tables in a real JupyterLab, in a notebook that is trusted: whatever is done with a frame, a hostile name does nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.labdriver import command
from tests.browser.screens import ask, notebook
from tests.names import NAMES
from toolkit.base.hidden import hidden_at
from toolkit.base.inert import inert

RUNS = [
    "<img src=x onerror=\"window.__ran='img'\">",
    "<svg onload=\"window.__ran='svg'\">",
    "<script>window.__ran='script'</script>",
    "$\\href{javascript:window.__ran='math'}{Alice}$ $x$",
    "\\[\\unicode{x202E}\\]",
    "&lt;img src=x onerror=window.__ran='entity'&gt;",
]
EVERY = NAMES + RUNS
FRAME = f"""import json
import pandas as pd
from IPython.display import HTML
from toolkit import cobo, frames
names = json.loads({json.dumps(EVERY)!r})
holders = [cobo.KeyShareHolder(name=name, status=name, type=name, tss_node_id=name) for name in names]
frame = frames.holders([cobo.KeyShareHolderGroup(type="MainGroup", key_share_holders=holders)])
pd.options.display.max_rows = pd.options.display.max_colwidth = None
pd.options.display.max_columns = None"""
WAYS = {
    "the frame": "frame[['name', 'status']]",
    "styled": "frame[['name', 'type']].style",
    "styled, as it is": "frame[['name', 'type']].style.format(escape=None).highlight_null()",
    "styled by index": "frame.set_index('name')[['type']].style",
    "a column": "frame['name']",
    "a column as a table": "frame['name'].to_frame()",
    "words": "frame['status']",
    "counts": "frame['name'].value_counts()",
    "counts as a table": "frame['name'].value_counts().to_frame()",
    "groups": "frame.groupby('name').size()",
    "crosstab": "pd.crosstab(frame['name'], frame['group_type'])",
    "crosstab, styled": "pd.crosstab(frame['name'], frame['group_type']).style",
    "across": "frame[['name']].T",
    "across, styled": "pd.crosstab(frame['group_type'], frame['name']).style",
    "HTML, not escaped": "HTML(frame[['name']].to_html(escape=False))",
    "printed": "print(frame[['name']].to_string())",
}
#: The elements that pandas and JupyterLab make of a table.
OF_TABLES = {"div", "style", "table", "caption", "thead", "tbody", "tr", "th", "td", "pre", "span"}


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A cell for each way; then two that show what would be seen if it were otherwise."""
    with notebook(tmp_path_factory.mktemp("tables"), [FRAME, *WAYS.values()]) as opened:
        expect(opened.locator(".jp-CodeCell:has(.jp-OutputArea-output)")).to_have_count(len(WAYS))
        yield opened


def outputs(page: Any) -> dict[str, Any]:
    """Of each way: its text, its elements, and whether its cell is trusted."""
    drawn = page.evaluate(
        """() => window.jupyterapp.shell.currentWidget.content.widgets.slice(1).map(cell => {
            const areas = [...cell.node.querySelectorAll(".jp-OutputArea-output")];
            const inside = areas.flatMap(area => [...area.querySelectorAll("*")]);
            return {trusted: cell.model.trusted, text: areas.map(area => area.textContent).join(""),
                elements: [...new Set(inside.map(each => each.localName))], coloured: inside.filter(each => /ansi-/.test(each.className)).length} })"""
    )
    return dict(zip(WAYS, drawn, strict=True))


def test_nothing_hides(page: Any) -> None:
    """Every way shows every name as text, with what is hidden written out."""
    for way, shown in outputs(page).items():
        text = shown["text"].replace("\n", " ")
        assert [hex(ord(text[at])) for at in hidden_at(text) if text[at] != "\xa0"] == [], way
        words = " ".join(text.split())
        assert [name for name in EVERY if " ".join(inert(name).split()) not in words] == [], way


def test_nothing_is_made_of_a_name(page: Any) -> None:
    """In a trusted notebook there are the elements of a table and nothing else, and no colour of a terminal."""
    for way, shown in outputs(page).items():
        assert shown["trusted"], way
        assert set(shown["elements"]) <= OF_TABLES, way
        assert shown["coloured"] == 0, way


def test_nothing_runs_and_nothing_is_typeset(page: Any) -> None:
    """Nothing ran, and MathJax drew nothing, although both happen to the same names in a table of pandas' own."""
    assert ask(page, "print(len(names))") == str(len(EVERY))
    page.evaluate(
        """texts => { const cells = window.jupyterapp.shell.currentWidget.content;
            for (const source of texts) cells.model.sharedModel.addCell({cell_type: "code", source}) }""",
        ["pd.DataFrame({'name': ['$x^2$ and $y$']})", "pd.DataFrame({'name': names[-6:]}).style"],
    )
    ours = page.locator(".jp-CodeCell").filter(has_not_text="pd.DataFrame")
    ran = "() => window.__ran ?? null"
    assert page.evaluate(ran) is None
    for back in (2, 1):
        page.evaluate(
            "back => { const cells = window.jupyterapp.shell.currentWidget.content; cells.activeCellIndex = cells.widgets.length - back }",
            back,
        )
        command(page, "notebook:run-cell")
        if back == 2:
            page.locator(".jp-OutputArea-output mjx-container").first.wait_for()
            expect(ours.locator("mjx-container")).to_have_count(0)
            assert page.evaluate(ran) is None
    page.wait_for_function("() => window.__ran")

"""How a page of ours is judged: by axe-core, and by what is squeezed, cut or laid over something else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.browser.screens import THEMES, drawn, set_theme
from tests.node_packages import installed

# how tall all cells are; JupyterLab itself leaves room below the last one
TALL = """() => { const cells = document.querySelectorAll(".jp-Notebook .jp-Cell");
    return Math.ceil(cells[cells.length - 1].getBoundingClientRect().bottom - cells[0].getBoundingClientRect().top) }"""
OURS = ".jp-OutputArea-output :is(.tk, .tk-value)"
#: What JupyterLab or ipywidgets puts into our output, by axe's rule, and why it is not ours to mend. Nothing so far.
NOT_OURS: dict[str, str] = {}


def with_axe(page: Any) -> None:
    """Let the page have axe-core at hand."""
    page.evaluate((installed() / "node_modules" / "axe-core" / "axe.min.js").read_text())
    # JupyterLab's body is 0 pixels high and hides what overflows: to axe, nothing in it would be on the screen
    page.evaluate("() => { document.body.style.height = '100vh' }")


def findings(page: Any) -> tuple[list[tuple[str, ...]], set[str]]:
    """What axe says about our outputs, as (impact, rule, form, element and why); and the titles whose colours it could read."""
    raw = page.evaluate(
        """async where => {
            const found = await axe.run({include: [[where]]}, {resultTypes: ["violations", "passes"]});
            const title = node => document.querySelector(node.target[0])?.closest(".tk.widget-vbox")?.querySelector(".tk-head strong")?.innerText.trim() ?? "?";
            const said = node => node.html.slice(0, 200) + " — " + (node.any.concat(node.all, node.none)[0]?.message ?? "");
            const read = found.passes.filter(rule => rule.id === "color-contrast").flatMap(rule => rule.nodes)
                .filter(node => document.querySelector(node.target[0])?.closest(".tk-head strong"));
            return JSON.stringify([
                found.violations.flatMap(rule => rule.nodes.map(node => [rule.impact, rule.id, title(node), said(node)])),
                read.map(title)]) }""",
        OURS,
    )
    violations, read = json.loads(raw)
    return sorted({tuple(each) for each in violations}), set(read)


def serious(found: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    print(*found, sep="\n")  # the moderate and the minor ones too, for whoever runs it with -s
    return [
        each for each in found if each[0] in ("serious", "critical") and each[1] not in NOT_OURS
    ]


GEOMETRY = (Path(__file__).parent / "geometry.js").read_text()
NARROW = """width => {
    const sheet = document.getElementById("narrow") ?? document.head.appendChild(Object.assign(document.createElement("style"), {id: "narrow"}));
    sheet.textContent = "";
    const outputs = document.querySelectorAll(".jp-OutputArea-output:has(.tk, .tk-value)");
    const cell = outputs[0].closest(".jp-Cell"), beside = cell.offsetWidth - outputs[0].offsetWidth;
    sheet.textContent = `.jp-Cell { width: ${width + beside}px }`;
    return [...new Set([...outputs].map(output => output.offsetWidth))] }"""


def in_theme(page: Any, theme: str, width: int) -> None:
    """Every output so wide, in this theme, and on the screen as a whole."""
    set_theme(page, theme)
    page.set_viewport_size({"width": 1500, "height": 900})
    assert page.evaluate(NARROW, width) == [width]
    drawn(page)
    # axe leaves out what is not on the screen: as tall as all of it, and the page's own bars
    page.set_viewport_size({"width": 1500, "height": page.evaluate(TALL) + 500})
    page.wait_for_function(
        """() => { const notebook = document.querySelector(".jp-WindowedPanel-outer"); notebook.scrollTop = 0;
            const cells = notebook.querySelectorAll(".jp-Cell");
            return cells[cells.length - 1].getBoundingClientRect().bottom <= notebook.getBoundingClientRect().bottom }"""
    )
    drawn(page)
    paper = page.locator(".tk").first.evaluate(
        "element => getComputedStyle(element).getPropertyValue('--paper')"
    )
    assert (paper.strip() in ("#fff", "white")) is (theme == THEMES[0]), paper

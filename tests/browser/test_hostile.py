"""200 hostile strings on every surface, in a real browser: they run nothing, fetch nothing and hide nothing.

An observer in the page looks at every change of every output while the notebook brings one string after another to
one surface after another: which elements and attributes there are, which strings are shown whole, and whether a
character without ink stands there as it is.
"""

from __future__ import annotations

import contextlib
import functools
import http.server
import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbconvert import HTMLExporter
from playwright.sync_api import expect

from tests.browser import hostile
from tests.browser.hunt import LAST, OBSERVER, all_had_its_turn, allowed, nothing_ran, spellings
from tests.browser.labdriver import (
    browser_page,
    command,
    lab,
    open_notebook,
    save,
    troubles,
    wait_kernel,
)
from toolkit.base.hidden import hidden_at
from toolkit.base.html import render

STRINGS = hostile.strings()
METADATA = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
MANAGER = "@jupyter-widgets/jupyterlab-manager"
FAST = {
    "ZMQChannelsWebsocketConnection": {"iopub_msg_rate_limit": 1e9, "iopub_data_rate_limit": 1e12}
}
EXPORTER = ("https://cdnjs.cloudflare.com/", "https://cdn.jsdelivr.net/", "https://unpkg.com/")

# stage → (where in it, how a string is spelled there): each of the 200 must be seen there, whole
SURFACES: dict[str, list[tuple[str, str]]] = {
    "tables": [("table.dataframe td", "table"), ("table.dataframe tbody th", "table")],
    "group": [
        (".tk-meaning .tk-seats strong", "chips"),
        (".tk-meaning p", "chips"),
        (".tk-bytes > div > .text", "bytes"),
        ("pre.tk-block", "shell"),
        ("pre.tk-block", "python"),
        (".tk-after .tk-title strong", "chips"),
        (".tk-after .tk-facts dd", "chips"),
        (".tk-after tbody th", "chips"),
        (".tk-after tbody td", "chips"),
    ],
    "tss": [
        (".tk-meaning .tk-seats strong", "chips"),
        (".tk-meaning p", "chips"),
        (".tk-meaning .tk-say", "chips"),
        (".tk-bytes > div > .text", "bytes"),
        (".tk-under .tk-say", "chips"),
        (".tk-after .tk-title strong", "chips"),
        (".tk-after .tk-facts dd", "chips"),
        (".tk-after tbody td", "chips"),
    ],
    "api key": [
        (".tk-after .tk-title strong", "chips"),
        (".tk-after .tk-facts dd", "chips"),
        (".tk-after tbody th", "chips"),
        (".tk-after tbody td", "chips"),
        (".tk-matrix tbody th", "chips"),
        (".tk-follow h4", "chips"),
        (".tk-follow tbody td", "chips"),
    ],
    "quorum": [
        (".tk-meaning .tk-seats strong", "chips"),
        (".tk-under .tk-say", "chips"),
        (".tk-bytes > div > .text", "bytes"),
        ("pre.tk-block", "shell"),
        ("pre.tk-block", "python"),
        (".tk-after .tk-title strong", "chips"),
        (".tk-after .tk-seats strong", "chips"),
        (".tk-after tbody td", "chips"),
    ],
    "change": [
        (".tk-head strong", "chips"),
        (".tk-head .tk-chip", "chips"),
        (".tk-head code", "chips"),
        (".tk-diff .gone", "chips"),
        (".tk-diff .new", "chips"),
        (".tk-meaning .tk-seats strong", "chips"),
        ("table.tk-table tbody th", "chips"),
        ("h4 small", "error"),
        ("pre.tk-block", "bytes"),
    ],
    "delete": [(".tk-under .tk-say", "chips")],
    "wallets": [
        (".tk-diff .new", "chips"),
        (".tk-after .tk-title .quiet", "chips"),
        (".tk-after .tk-facts dd", "chips"),
        (".tk-bytes > div > .text", "bytes"),
    ],
    "refusals": [
        (".tk-after .tk-title .quiet", "error"),
        (".tk-after .tk-line", "chips"),
        (".tk-after details pre", "error"),
        (".tk-value dd", "error"),
        ("table.dataframe td", "table"),
    ],
    "doubt": [
        (".tk-table tbody td", "chips"),
        (".tk-two p", "chips"),
        (".tk-status", "error"),
    ],
    "connect": [(".tk-status", "error")],
    "texts": [("pre", "printed")],
}
ELSEWHERE = (
    "figure.html",
    "findings.html",
)  # a picture and a whole document: on none of these pages
CHOSEN = [
    "group",
    "api key",
    "wallets",
]  # stages whose dropdowns offer names that the service gives
CASES = [
    (stage, selector, spelling)
    for stage, places in SURFACES.items()
    for selector, spelling in places
]


# what has been seen need not be laid out again and again while the next stage runs
PUT_AWAY = "() => { for (const area of document.querySelectorAll('.jp-Cell-outputWrapper')) area.style.display = 'none' }"
#: Shown one step later, or only at the end: nobody waits for it at each string.
LATER = [".tk-diff .gone chips", "table.dataframe td table"]
PATIENCE_MS = (
    20_000  # for one string; a string that never comes is waited for as long, a third one is not
)
# One string after another: the next is brought once the page has shown this one in every place.
BRING = """async ([stage, count, later, patience]) => {
    const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
    const hunt = window.__hunt, troubles = [];
    let late = 0;
    for (let number = 0; number < count && !troubles.length; number++) {
        const code = `step(strings[${number}], strings[${number} - 1])`;
        const run = kernel.requestExecute({code, store_history: false});
        run.onIOPub = message => {
            if (message.header.msg_type === "error") troubles.push(message.content.traceback.join("\\n")) };
        await run.done;
        const missing = () => hunt.unseen(stage, number).some(where => !later.includes(where));
        const until = performance.now() + patience;
        while (late < 3 && missing() && performance.now() < until) await new Promise(next => setTimeout(next, 2));
        late += missing();
    }
    return troubles.join("\\n") }"""
# Until all strings have been seen in every place of a stage, or for as long as anybody would wait.
SEEN = """async ([stage, patience]) => {
    const until = performance.now() + patience;
    while (window.__hunt.unseen(stage).length && performance.now() < until) await new Promise(next => setTimeout(next, 20)) }"""


def run(page: Any, starts: str) -> None:
    """Run the cell that holds ``starts``; it must not fail."""
    index = page.evaluate(
        """text => { const cells = window.jupyterapp.shell.currentWidget.content;
            cells.activeCellIndex = cells.widgets.findIndex(cell => cell.model.sharedModel.getSource().includes(text));
            return cells.activeCellIndex }""",
        starts,
    )
    command(page, "notebook:run-cell")
    wait_kernel(page)
    assert troubles(page, index) == []


def staged(page: Any, stage: str) -> None:
    """Bring every string to one stage, and see it there."""
    run(page, f"# stage: {stage}!")
    if hostile.STAGES[stage][1]:
        run(page, f"# cycle: {stage}!")
        assert page.evaluate(BRING, [stage, len(STRINGS), LATER, PATIENCE_MS]) == ""
    if stage in hostile.AFTERWARDS:
        run(page, f"# after: {stage}!")
    page.evaluate(SEEN, [stage, PATIENCE_MS])  # what is missing then, a test of its own names
    page.evaluate(PUT_AWAY)


def written(folder: Path) -> None:
    """The notebook, and beside it the strings: none of them stands in a cell."""
    cells = [nbformat.v4.new_code_cell(hostile.WORLD)]
    for stage, (show, cycle) in hostile.STAGES.items():
        cells.append(nbformat.v4.new_code_cell(f"# stage: {stage}!\n{show}"))
        cells.append(nbformat.v4.new_code_cell(f"# cycle: {stage}!\n{cycle}"))
        if stage in hostile.AFTERWARDS:
            after = f"# after: {stage}!\n{hostile.AFTERWARDS[stage]}"
            cells.append(nbformat.v4.new_code_cell(after))
    cells.append(
        nbformat.v4.new_code_cell(
            f"# stage: raised!\n{hostile.RAISES}", metadata={"tags": ["raises-exception"]}
        )
    )
    nbformat.write(
        nbformat.v4.new_notebook(cells=cells, metadata=METADATA), folder / "hostile.ipynb"
    )
    (folder / "strings.json").write_text(json.dumps(STRINGS))


def sheets() -> list[str]:
    """Our own style sheets, as a page has them."""
    return [str(render(name)) for name in ("core.css", "style.css", "card.css")]


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The notebook, run once; what the observer saw is in ``hunt``. Saved without the state of its widgets, then with."""
    folder = tmp_path_factory.mktemp("hostile")
    work, home = folder / "work", folder / "home"
    work.mkdir()
    (home / "config").mkdir(parents=True)
    (home / "config" / "jupyter_server_config.json").write_text(
        json.dumps(FAST)
    )  # or messages are thrown away
    written(work)
    with lab(work, home=home) as server, browser_page() as opened:
        opened.work, opened.server = work, server
        open_notebook(opened, server, "hostile.ipynb")
        opened.evaluate(
            OBSERVER, [len(STRINGS), spellings(), SURFACES, *allowed(ELSEWHERE), sheets()]
        )
        run(opened, "strings = json.loads")
        for stage in hostile.STAGES:
            staged(opened, stage)
        with pytest.raises(AssertionError, match="ApiError"):
            run(opened, "# stage: raised!")
        opened.locator(".jp-OutputArea-output", has_text="ApiError").last.wait_for(state="attached")
        opened.hunt = opened.evaluate("() => window.__hunt")
        saved(opened, "without")
        command(opened, f"{MANAGER}:saveWidgetState")
        saved(opened, "with")
        yield opened


def saved(page: Any, name: str) -> None:
    """Save, and keep a copy that nobody has trusted: what is trusted is known by its contents."""
    save(page)
    notebook = nbformat.read(page.work / "hostile.ipynb", as_version=4)
    notebook.cells.append(nbformat.v4.new_markdown_cell(f"A copy {name} the state of its widgets."))
    nbformat.write(notebook, page.work / f"{name}.ipynb")


@contextlib.contextmanager
def another(page: Any) -> Iterator[Any]:
    """A page in a new context of the same browser, with a list of what it asks for elsewhere."""
    context = page.context.browser.new_context()
    fresh = context.new_page()
    fresh.asked = []
    fresh.on(
        "request",
        lambda r: (
            None
            if r.url.startswith(
                (LAST, "http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:", "about:")
            )
            else fresh.asked.append(r.url)
        ),
    )
    try:
        yield fresh
    finally:
        context.close()


# ---- the page, trusted as run ----------------------------------------------------------------------


def test_two_hundred() -> None:
    """200 strings, each with its own tag; none is part of another, so that none is found in its place."""
    assert len(STRINGS) == len(set(STRINGS)) == 200
    for number, text in enumerate(STRINGS):
        assert re.findall(r"h\d{3}", text[: hostile.LOOKED_AT]).count(f"h{number:03d}")
        assert not [other for other in STRINGS if other != text and text in other]
        assert text == text.strip()


def test_nothing_ran_and_nothing_was_asked_for(page: Any) -> None:
    """No string ran, and the page reached for nothing outside of this computer."""
    nothing_ran(page)


def test_no_foreign_node(page: Any) -> None:
    """Outputs never held an element or attribute other than those of our templates and of those who show them."""
    assert page.hunt["foreign"] == {}
    assert page.hunt["changes"] > 10_000


@pytest.mark.parametrize(
    ("stage", "selector", "spelling"), CASES, ids=[" ".join(case) for case in CASES]
)
def test_every_string_is_shown_whole(page: Any, stage: str, selector: str, spelling: str) -> None:
    """Each string was there to see, in full, with its hidden characters written out."""
    found = page.hunt["seen"].get(stage, {}).get(f"{selector} {spelling}", {})
    missing = [STRINGS[number][:40] for number in range(len(STRINGS)) if str(number) not in found]
    assert not missing


def test_nothing_stands_there_unseen(page: Any) -> None:
    """Outside of selects, no text of ours ever held a hidden character as it is."""
    raw = {
        stage: [what for what in found if not what.startswith("option ")]
        for stage, found in page.hunt["raw"].items()
    }
    assert {stage: found for stage, found in raw.items() if found} == {}


@pytest.mark.parametrize("stage", CHOSEN)
def test_nothing_unseen_in_what_is_chosen(page: Any, stage: str) -> None:
    """Options cannot have chips; hidden characters in them must be spelled out."""
    assert not [what for what in page.hunt["raw"].get(stage, {}) if what.startswith("option ")]


def test_links_that_jupyterlab_makes(page: Any) -> None:
    """JupyterLab makes links of what looks like an address in printed text. Even a click on one runs nothing here."""
    link = page.locator("pre a[href^='javascript']").first
    link.evaluate("element => element.click()")
    all_had_its_turn(page)
    assert page.evaluate("() => window.__ran") is None


def test_mathematics_is_not_drawn(page: Any) -> None:
    """``$…$`` stays as it is in our tables and cards, although this JupyterLab does draw it elsewhere."""
    assert page.locator(".jp-OutputArea-output mjx-container").count() == 0
    with another(page) as fresh:
        notebook(page, "mathematics", "import pandas as pd\npd.DataFrame({'a': ['$x^2$']})")
        opened(fresh, page.server, "mathematics.ipynb")
        fresh.locator("mjx-container").first.wait_for()


# ---- the file, trusted by nobody -------------------------------------------------------------------


@pytest.mark.parametrize("state", ["without", "with"])
def test_the_file_says_nothing_unseen(page: Any, state: str) -> None:
    """In texts and tables of the saved notebook, hidden characters are spelled out; forms are one sentence."""
    book = nbformat.read(page.work / f"{state}.ipynb", as_version=4)
    assert ("widgets" in book.metadata) is (state == "with")
    texts = []
    for cell in book.cells:
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            texts += [output.get("text", ""), data.get("text/plain", ""), data.get("text/html", "")]
            texts += [
                output.get("evalue", ""),
                *(re.sub(r"\x1b\[[0-9;]*m", "", line) for line in output.get("traceback", ())),
            ]
    everything = "".join(texts)
    assert len(everything) > 500_000
    assert [
        f"U+{ord(everything[at]):04X}" for at in hidden_at(everything) if everything[at] != "\n"
    ] == []


@pytest.mark.parametrize("state", ["without", "with"])
def test_reopened_untrusted(page: Any, state: str) -> None:
    """Opened by somebody who never ran it: nothing runs, nothing is fetched, and the tables are there."""
    with another(page) as fresh:
        opened(fresh, page.server, f"{state}.ipynb", run=False)
        expect(fresh.locator("table.dataframe")).not_to_have_count(0)
        trusted = "() => [...window.jupyterapp.shell.currentWidget.content.model.cells].some(c => c.type === 'code' && c.trusted)"
        assert fresh.evaluate(trusted) is False
        all_had_its_turn(fresh)
        assert fresh.evaluate("() => window.__ran") is None
        assert fresh.asked == []
        assert (
            fresh.locator(
                ".jp-OutputArea-output :is(script, iframe, img, svg script, object, embed, form)"
            ).count()
            == 0
        )
        assert fresh.locator(".jp-OutputArea-output mjx-container").count() == 0


@pytest.mark.parametrize("state", ["without", "with"])
def test_exported(page: Any, state: str) -> None:
    """As a web page: only the exporter's own scripts are asked for, and nothing of ours runs."""
    text, _ = HTMLExporter().from_filename(str(page.work / f"{state}.ipynb"))
    assert ("application/vnd.jupyter.widget-state+json" in text) is (state == "with")
    (page.work / f"{state}.html").write_text(text)
    handler = functools.partial(Quiet, directory=str(page.work))
    with another(page) as fresh, http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as web:
        threading.Thread(target=web.serve_forever, daemon=True).start()
        fresh.goto(f"http://127.0.0.1:{web.server_address[1]}/{state}.html")
        all_had_its_turn(fresh)
        assert fresh.evaluate("() => window.__ran") is None
        assert [url for url in fresh.asked if not url.startswith(EXPORTER)] == []
        assert fresh.locator("table.dataframe").count() > 10
        web.shutdown()


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves a folder, and says nothing about it."""

    def log_message(self, *arguments: object) -> None:
        """Nothing."""


# ---- and would we see it? --------------------------------------------------------------------------


def notebook(page: Any, name: str, source: str) -> None:
    """A notebook of one cell, beside the others."""
    cell = nbformat.v4.new_code_cell(f"# stage: {name}!\n{source}")
    nbformat.write(
        nbformat.v4.new_notebook(cells=[cell], metadata=METADATA), page.work / f"{name}.ipynb"
    )


def opened(fresh: Any, server: Any, name: str, *, run: bool = True) -> None:
    """Open a notebook in a new page, with the observer; and run it."""
    open_notebook(fresh, server, name)
    fresh.evaluate(OBSERVER, [len(STRINGS), spellings(), SURFACES, *allowed(ELSEWHERE), sheets()])
    if run:
        command(fresh, "notebook:run-all-cells")
        wait_kernel(fresh)


def test_the_hunt_finds_what_is_not_escaped(page: Any) -> None:
    """One widget and one table without our gate: the hunt sees what ran, what was asked for, and what hides."""
    source = """import ipywidgets as w
import pandas as pd
from IPython.display import display
display(w.HTML("<img src='http://foreign.example.invalid/h000' onerror=\\"window.__ran='h000'\\"><a href='javascript:0'>x</a><b>a\\u202eb</b>"))
display(pd.DataFrame({"name": ["a\\u202eb"]}))"""
    notebook(page, "contrast", source)
    with another(page) as fresh:
        opened(fresh, page.server, "contrast.ipynb")
        fresh.wait_for_function("() => window.__ran === 'h000'")
        fresh.wait_for_function("() => Object.keys(window.__hunt.raw.contrast || {}).length === 2")
        assert "http://foreign.example.invalid/h000" in fresh.asked
        hunt = fresh.evaluate("() => window.__hunt")
        assert {"img", "img[onerror=window.__ran='h000']"} <= set(hunt["foreign"]["contrast"])
        assert [what for what in hunt["foreign"]["contrast"] if what.startswith("a: ")]
        assert {what.partition(" ")[0] for what in hunt["raw"]["contrast"]} == {"b", "td"}

"""What the browser tests share: a notebook of their own cells, a form by its title, words with the kernel."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat

from tests.browser.labdriver import browser_page, command, lab, open_notebook, run_all, wait_kernel

SHOTS = Path(__file__).parents[2] / "build" / "screenshots"
METADATA = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
HEIGHT = 4_000  # pixels: the longest form is on the screen as a whole
THEMES = ("JupyterLab Light", "JupyterLab Dark")


@contextmanager
def notebook(
    folder: Path,
    cells: Sequence[str],
    *,
    settings: dict[str, Any] | None = None,
    run: bool = True,
    **context: Any,
) -> Iterator[Any]:
    """A page with these cells, run from top to bottom. ``page.work`` and ``page.home`` are what the session writes to."""
    work, home = folder / "work", folder / "home"
    work.mkdir()
    whole = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(text) for text in cells], metadata=METADATA
    )
    nbformat.write(whole, work / "forms.ipynb")
    with lab(work, settings, home=home) as server, browser_page(**context) as page:
        page.work, page.home, page.server = work, home, server
        open_notebook(page, server, "forms.ipynb")
        command(page, "application:toggle-left-area")
        page.set_viewport_size({"width": 1280, "height": HEIGHT})
        if run:
            run_all(page)
        yield page
        assert not page.blocked, page.blocked  # nothing tried to leave the machine


def form(where: Any, title: str, at: int = 0) -> Any:
    """The form of this title in a page or form, itself and not what holds it; of several, the ``at``-th from above."""
    found = where.locator(
        f".tk.widget-vbox:has(> .widget-html .tk-head strong :text-is('{title}'))"
    ).nth(at)
    found.wait_for()
    return found


def ask(page: Any, code: str) -> str:
    """What this code prints in the kernel, without a cell."""
    told: str = page.evaluate(
        """async code => {
            let text = "";
            const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
            const run = kernel.requestExecute({code, store_history: false});
            run.onIOPub = message => {
                if (message.header.msg_type === "stream") text += message.content.text;
                if (message.header.msg_type === "error") text += message.content.traceback.join("\\n");
            };
            await run.done;
            return text.replace(/\\n$/, "") }""",
        code,
    )
    return told


def set_theme(page: Any, theme: str, width: int = 1280) -> None:
    """Light or dark, wide or narrow; back once the page is drawn so."""
    command(page, "apputils:change-theme", theme=theme)
    page.set_viewport_size({"width": width, "height": HEIGHT})
    light = "true" if theme == THEMES[0] else "false"
    page.wait_for_function("light => document.body.dataset.jpThemeLight === light", arg=light)
    drawn(page)


def drawn(page: Any) -> None:
    """Until the page has been drawn with everything that is in it now, fonts included."""
    page.evaluate(
        """() => document.fonts.ready.then(() =>
            new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done()))))"""
    )


def the_form(page: Any, title: str) -> Any:
    """The one form of this title, once it is there."""
    found = page.locator(".tk.widget-vbox", has=page.locator(".tk-head strong", has_text=title))
    found.wait_for()
    return found


def tab_to(page: Any, target: Any, limit: int = 60) -> None:
    """Press Tab until the target has the focus: what cannot be reached by keyboard fails here."""
    for _ in range(limit):
        if target.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not reach {target}")


def shot(target: Any, name: str) -> None:
    """A picture of it, once it is drawn: to be looked at, nothing depends on it."""
    drawn(target.page)
    target.screenshot(path=str(SHOTS / f"{name}.png"))


def run_cell(page: Any, starts: str) -> str:
    """Run the cell whose source holds ``starts`` and give what it shows, as text."""
    index = page.evaluate(
        """text => window.jupyterapp.shell.currentWidget.content.widgets.findIndex(
            cell => cell.model.type === 'code' && cell.model.sharedModel.getSource().includes(text))""",
        starts,
    )
    page.evaluate(
        "i => { window.jupyterapp.shell.currentWidget.content.activeCellIndex = i }", index
    )
    command(page, "notebook:run-cell")
    wait_kernel(page)
    cell = page.locator(".jp-Cell").nth(index)
    page.wait_for_function(
        """([cell, at]) => {
            const outputs = window.jupyterapp.shell.currentWidget.content.widgets[at].model.outputs;
            const drawn = [...cell.querySelectorAll(".jp-OutputArea-output")];
            return outputs.length && drawn.length === outputs.length && drawn.some(output => output.innerText.trim()) }""",
        arg=[cell.element_handle(), index],
    )
    return "\n".join(cell.locator(".jp-OutputArea-output").all_inner_texts())

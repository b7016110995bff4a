"""The front ends beside JupyterLab: each is installed from a lock of its own, serves one notebook, and runs all of it.

A front end is told apart by what is asked of it and by nothing else: how it is started, where it shows a notebook, how
all cells are run, and where it draws an output.
"""

from __future__ import annotations

import re
import secrets
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

from tests.browser.labdriver import (
    BASE_SETTINGS,
    browser_page,
    free_port,
    run_all,
    running,
    wait_kernel,
    write_settings,
)
from tests.browser.screens import METADATA
from tests.installing import programs

LOCKS = Path(__file__).parent / "fronts"
BUILD = Path(__file__).parents[2] / "build" / "fronts"
NAME = "forms.ipynb"
LONG = 60_000  # ms: a kernel starts on a machine that others use too


@dataclass(frozen=True)
class FrontEnd:
    """One front end."""

    name: str
    packages: tuple[str, ...]  # whose versions are told
    module: str  # python -m …
    options: tuple[str, ...]
    address: str  # of the notebook, below the server's
    status: str  # an address that answers once the server does
    run: Callable[[Any], None]  # every cell, to the end
    output: str  # an output of a cell, by CSS
    asks: str = ""  # what its own page asks a CDN for, and does without


def _run_lab(page: Any) -> None:
    """JupyterLab's own application, which Notebook 7 is made of too."""
    page.wait_for_function("() => window.jupyterapp?.shell?.currentWidget?.sessionContext")
    wait_kernel(page)
    run_all(page)


def _run_classic(page: Any) -> None:
    """The Notebook of old: everything has run once the last cell has its number."""
    page.wait_for_function(
        "() => window.Jupyter?.notebook?.kernel?.is_connected() && Jupyter.notebook._fully_loaded",
        timeout=LONG,
    )
    page.evaluate("() => Jupyter.notebook.execute_all_cells()")
    page.wait_for_function(
        """() => { const cells = Jupyter.notebook.get_cells();
            return cells.every(cell => Number.isInteger(cell.input_prompt_number)) }""",
        timeout=LONG,
    )


def _run_page(page: Any) -> None:
    """Voilà has run the notebook before it gives the page; its widgets are drawn then."""
    page.wait_for_function("() => !document.querySelector('#loading')?.offsetParent", timeout=LONG)


_SERVER = ("--ServerApp.port_retries=0", "--ServerApp.ip=127.0.0.1", "--allow-root", "--no-browser")
_WITH_TOKEN = ("--IdentityProvider.token={token}", "--ServerApp.root_dir={root}")
_PORT = ("--ServerApp.port={port}",)
_OLD = (
    "--NotebookApp.port_retries=0",
    "--NotebookApp.port={port}",
    "--NotebookApp.ip=127.0.0.1",
    "--NotebookApp.token={token}",
    "--NotebookApp.notebook_dir={root}",
    "--allow-root",
    "--no-browser",
)
_VOILA = ("--port={port}", "--Voila.ip=127.0.0.1", "--no-browser")
NEW, CLASSIC = ".jp-OutputArea-output", ".output_area .output_subarea"

FRONTS = (
    FrontEnd(
        "jupyterlab",
        ("jupyterlab", "ipywidgets"),
        "jupyterlab",
        (*_SERVER, *_PORT, *_WITH_TOKEN, "--LabApp.expose_app_in_browser=True"),
        "/lab/tree/{name}?reset&token={token}",
        "/api/status?token={token}",
        _run_lab,
        NEW,
    ),
    FrontEnd(
        "notebook7",
        ("notebook", "ipywidgets"),
        "notebook",
        (*_SERVER, *_PORT, *_WITH_TOKEN, "--JupyterNotebookApp.expose_app_in_browser=True"),
        "/notebooks/{name}?token={token}",
        "/api/status?token={token}",
        _run_lab,
        NEW,
    ),
    FrontEnd(
        "nbclassic",
        ("nbclassic", "ipywidgets"),
        "nbclassic",
        (*_SERVER, *_PORT, *_WITH_TOKEN),
        "/notebooks/{name}?token={token}",
        "/api/status?token={token}",
        _run_classic,
        CLASSIC,
    ),
    FrontEnd(
        "voila",
        ("voila", "ipywidgets"),
        "voila",
        _VOILA,
        "/voila/render/{name}",
        "/",
        _run_page,
        NEW,
        asks="https://cdn.jsdelivr.net/npm/@fortawesome/",  # icons, which it has itself too
    ),
    FrontEnd(
        "notebook6",
        ("notebook", "ipywidgets"),
        "notebook",
        _OLD,
        "/notebooks/{name}?token={token}",
        "/api/status?token={token}",
        _run_classic,
        CLASSIC,
    ),
)


def lock_of(front: FrontEnd) -> Path:
    """What it is installed from: JupyterLab is in the tests' own environment, the others each in one of theirs."""
    own = LOCKS / f"{front.name}.txt"
    return own if own.exists() else LOCKS.parents[1] / "requirements.txt"


def python_of(front: FrontEnd) -> Path:
    """The interpreter of its environment."""
    lock = lock_of(front)
    if lock.parent != LOCKS:
        return Path(sys.executable)
    return programs(BUILD / front.name, lock, front.name) / "python"


def versions(front: FrontEnd) -> dict[str, str]:
    """What its lock holds of what it is made of."""
    pins = dict(re.findall(r"^([\w-]+)==([\w.]+)", lock_of(front).read_text(), re.MULTILINE))
    return {name: pins[name] for name in front.packages}


@contextmanager
def opened(front: FrontEnd, folder: Path, notebook: Path | Sequence[str]) -> Iterator[Any]:
    """A page with these cells, or this notebook, run from top to bottom. Nothing it asks for leaves the machine."""
    work, home = folder / "work", folder / "home"
    work.mkdir()
    write_settings(home, BASE_SETTINGS)
    if isinstance(notebook, Path):
        (work / NAME).write_bytes(notebook.read_bytes())
    else:
        cells = [nbformat.v4.new_code_cell(text) for text in notebook]
        nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=METADATA), work / NAME)
    facts = {"port": free_port(), "token": secrets.token_hex(16), "root": work, "name": NAME}
    url = f"http://127.0.0.1:{facts['port']}"
    options = [option.format(**facts) for option in front.options]
    command = [python_of(front), "-m", front.module, *options]
    status = url + front.status.format(**facts)
    with running(command, work, home, status) as log, browser_page(LONG) as page:
        page.work, page.log = work, log
        page.goto(url + front.address.format(**facts))
        page.set_viewport_size({"width": 1280, "height": 3_000})
        front.run(page)
        yield page
        foreign = [url for url in page.blocked if not (front.asks and url.startswith(front.asks))]
        assert not foreign, foreign

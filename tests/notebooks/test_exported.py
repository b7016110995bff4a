"""A notebook as a web page: executed, exported by nbconvert, and opened with the network cut. Nothing of ours is blank."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbconvert import HTMLExporter
from playwright.sync_api import expect

from tests.browser.labdriver import browser_page
from tests.browser.screens import METADATA, SHOTS

ROOT = Path(__file__).parents[2]
CELLS = (
    """import toolkit
from toolkit import Emulator, audit, frames, privy
from tests.samples import KEYS
emulator = Emulator.seeded()
app = emulator.privy_client()
groups = list(emulator.cobo.state.groups[emulator.vault_id].values())""",
    """quorum = privy.forms.create_key_quorum(app)
quorum.fill(privy.forms.QuorumFields("Ops", (("Key", KEYS[0].public.to_base64()),), 1))
quorum""",
    """_ = quorum.submit()""",
    """toolkit.explore(frames.holders(groups), "Holders")""",
    """frames.holders(groups)""",
    """audit(*groups)""",
    """toolkit.open_desk(emulator.cobo_client(), app)""",
)
FORM, TABLE, FRAME, REPORT, DESK = 1, 3, 4, 5, 6
#: What nbconvert's own template asks a CDN for, in every page that it makes. Ours needs none of it.
TEMPLATE = ("https://cdnjs.cloudflare.com/ajax/libs/",)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The exported page, and nothing else."""
    folder = tmp_path_factory.mktemp("exported")
    cells = [nbformat.v4.new_code_cell(text) for text in CELLS]
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=METADATA)
    nbformat.write(notebook, folder / "in.ipynb")
    script = ROOT / "notebooks" / "execute.py"
    command = [sys.executable, script, folder / "in.ipynb", folder / "out.ipynb"]
    here = {**os.environ, "PYTHONPATH": str(ROOT), "IPYTHONDIR": str(folder / "ipython")}
    subprocess.run(command, env=here, check=True, timeout=120)
    text, _ = HTMLExporter().from_filename(str(folder / "out.ipynb"))
    (folder / "page.html").write_text(text, "utf-8")
    with browser_page(offline=True) as opened:
        opened.on("request", lambda request: opened.blocked.append(request.url))
        opened.goto((folder / "page.html").as_uri(), wait_until="domcontentloaded")
        SHOTS.mkdir(parents=True, exist_ok=True)
        opened.screenshot(path=str(SHOTS / "exported.png"), full_page=True)
        yield opened


def outputs(page: Any, at: int) -> Any:
    """What the cell of this number shows."""
    return page.locator(".jp-CodeCell").nth(at).locator(".jp-OutputArea-output")


def test_a_form_and_its_receipt(page: Any) -> None:
    """A form is its sentence, and what it sent has its receipt."""
    expect(outputs(page, FORM).first).to_contain_text("New key quorum: run this cell")
    expect(outputs(page, FORM).last).to_contain_text("Receipt: Create key quorum")
    expect(outputs(page, FORM).last).to_contain_text("done")


def test_tables_and_a_report(page: Any) -> None:
    """A table that widgets turn shows its counts and first page; a frame and a report are whole."""
    table = outputs(page, TABLE)
    expect(table.locator("tbody").last.locator("tr")).to_have_count(8)
    expect(table).to_contain_text("Rows 1 to 8 of 8")
    expect(outputs(page, FRAME).locator("tbody tr")).to_have_count(8)
    expect(outputs(page, REPORT)).to_contain_text("findings")


def test_a_desk(page: Any) -> None:
    """A desk is its overview and its findings, and says what the other pages need."""
    desk = outputs(page, DESK)
    expect(desk.locator(".tk-verdict")).to_contain_text("All right?")
    expect(desk.locator("table").first.locator("tbody tr")).to_have_count(7)
    expect(desk.locator(".tk-rule").filter(has_text="One person can approve alone")).to_be_visible()
    expect(desk).to_contain_text("62 rules ran.")
    expect(desk).to_contain_text("The other pages need a kernel and Jupyter’s widgets")


def test_nothing_is_blank_or_asked_for(page: Any) -> None:
    """Every output takes room and says something, and nothing of ours asks for anything."""
    shown = page.locator(".jp-OutputArea-output").all()
    assert len(shown) >= 5
    for output in shown:
        assert output.inner_text().strip()
        assert output.bounding_box()["height"] > 10
    foreign = [url for url in page.blocked if not url.startswith(("file:", *TEMPLATE))]
    assert foreign == []

"""Receipts in a real JupyterLab: below the form once it has sent, and still there when the kernel and its widgets are gone."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbconvert import HTMLExporter
from playwright.sync_api import expect

from tests.browser.labdriver import save
from tests.browser.screens import SHOTS, THEMES, form, notebook, run_cell, set_theme, shot
from toolkit.keys import P256Key

PUBLIC = [P256Key.from_hex(f"{number:064x}").public.to_base64() for number in (5, 6)]
CELLS = (
    """from toolkit import Emulator, cobo, privy
emulator = Emulator.seeded()
custody, app = emulator.cobo_client(), emulator.privy_client()
treasury, keys = next(iter(emulator.privy.quorums.values())), emulator.authorization_keys""",
    """quorum = privy.forms.create_key_quorum(app)
quorum""",
    """change = privy.forms.update_key_quorum(app, treasury, signers=[keys["Alice"], keys["Bob"]])
change.members.display_name.value = "Treasury approvals, EU and UK"
change""",
    """print("sent:", change.submit().display_name)""",
    """group = cobo.forms.create_key_share_holder_group(custody, nodes=emulator.spare_nodes)
for row, name, node in zip(group.rows, ["Alice Moreau", "Bob Tanaka"], emulator.spare_nodes):
    row.fields["name"].value, row.fields["tss_node_id"].value = name, node
group.rows[0].fields["signer"].value = True
group""",
)
GROUP, REQUEST = "Create key share holder group", "Create TSS request"
QUORUM, CHANGE = "Create key quorum", "Update key quorum"
RECEIPTS = (QUORUM, CHANGE, GROUP, REQUEST)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Three forms; nothing has been sent."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    with notebook(tmp_path_factory.mktemp("receipts"), CELLS[:3], run=True) as opened:
        opened.evaluate(ADD, list(CELLS[3:]))
        yield opened


# cells that are run later, one by one
ADD = """texts => {
    const notebook = window.jupyterapp.shell.currentWidget.content.model.sharedModel;
    for (const source of texts) notebook.addCell({cell_type: "code", source}) }"""


def receipt(where: Any, operation: str) -> Any:
    """The one receipt of this operation, once it is there."""
    card = where.locator(".jp-OutputArea-output .tk-value", has_text=f"Receipt: {operation}")
    expect(card).to_have_count(1)
    return card


def test_pressed_in_the_page(page: Any) -> None:
    """Filled and pressed in the page: the receipt appears below the form, in its own cell."""
    shown = form(page, "New key quorum")
    expect(page.locator(".tk-value")).to_have_count(0)
    shown.get_by_label("Display name").fill("Payout approvals")
    for number, text in enumerate(PUBLIC, 1):
        field = shown.get_by_label(f"Member {number}", exact=True)
        field.fill(text)
        field.press("Tab")
    shown.get_by_text("Ready. Nothing has been sent.").wait_for()
    shown.get_by_role("button", name="Create quorum").click()
    shown.get_by_text("Key quorum made: Payout approvals").wait_for()
    card = receipt(page.locator(".jp-Cell", has=shown), QUORUM)
    expect(card).to_contain_text("done")
    expect(card).to_contain_text("nobody: this request is not signed")
    assert card.bounding_box()["y"] > shown.bounding_box()["y"]


def test_sent_from_a_later_cell(page: Any) -> None:
    """Sent by ``form.submit()`` in a later cell: the receipt stands below the form all the same, with before and after."""
    assert "sent: Treasury approvals, EU and UK" in run_cell(page, "sent:")
    shown = form(page, "Change key quorum: Treasury approvals, EU")
    card = receipt(page.locator(".jp-Cell", has=shown), CHANGE)
    expect(card.locator("td", has_text="Treasury approvals, EU and UK").first).to_be_visible()
    expect(card).to_contain_text("signed by")


def test_the_steps_of_a_group(page: Any) -> None:
    """The step after a form puts its receipt below the form's: the group, then its keys."""
    page.evaluate(
        """() => { const cells = window.jupyterapp.shell.currentWidget.content;
            cells.activeCellIndex = cells.widgets.length - 1;
            return window.jupyterapp.commands.execute("notebook:run-cell").then(() => null) }"""
    )
    shown = form(page, "New key share holder group")
    shown.get_by_role("button", name="Create group").click()
    keys = form(page, "Make the keys", -1)
    keys.get_by_role("button", name="Send TSS request").click()
    keys.get_by_text("The group is Valid: its keys are made").wait_for()
    cell = page.locator(".jp-Cell", has=shown.first)
    group, request = (
        receipt(cell, GROUP),
        receipt(cell, REQUEST),
    )
    assert group.bounding_box()["y"] < request.bounding_box()["y"]


@pytest.mark.parametrize("theme", THEMES)
def test_looks(page: Any, theme: str) -> None:
    """Light and dark: readable beside the form; the pictures are kept."""
    set_theme(page, theme)
    name = theme.split()[1].lower()
    for operation in (QUORUM, CHANGE):
        shot(receipt(page, operation), f"receipt-{operation.split()[0].lower()}-{name}")
    shot(page.locator(".jp-Cell", has=form(page, "New key quorum")), f"receipt-below-{name}")
    set_theme(page, THEMES[0])


def kernels(page: Any) -> list[Any]:
    """The kernels of this server."""
    server = page.server
    with urllib.request.urlopen(f"{server.url}/api/kernels?token={server.token}") as answer:
        running: list[Any] = json.load(answer)
    return running


# Opened as somebody opens it who never starts a kernel.
OPEN = """async path => {
    const shell = window.jupyterapp.shell, commands = window.jupyterapp.commands;
    await commands.execute("application:close-all");
    await window.jupyterapp.serviceManager.sessions.shutdownAll();
    const kernelPreference = {shouldStart: false, canStart: false, autoStartDefault: false};
    const widget = await commands.execute("docmanager:open", {path, kernelPreference});
    await widget.revealed; await widget.context.ready; }"""


@pytest.mark.parametrize("name", ["forms", "copied"])
def test_reopened_without_a_kernel(page: Any, name: str) -> None:
    """Saved, the kernel shut down, opened again: each receipt is there, also in a copy that nobody has trusted."""
    copy(page)
    page.evaluate(OPEN, f"{name}.ipynb")
    for operation in RECEIPTS:
        expect(receipt(page, operation)).to_be_visible()
    expect(page.locator(".tk.widget-vbox")).to_have_count(0)  # no widget is left
    assert kernels(page) == []
    trusted = "() => [...window.jupyterapp.shell.currentWidget.content.model.cells].every(cell => cell.type !== 'code' || cell.trusted)"
    assert page.evaluate(trusted) is (name == "forms")
    shot(page.locator(".jp-Notebook"), f"receipts-reopened-{name}")


def copy(page: Any) -> Path:
    """The notebook as it was saved with everything sent; and beside it a copy that differs, which nobody has trusted."""
    file: Path = page.work / "forms.ipynb"
    copied = page.work / "copied.ipynb"
    if not copied.exists():
        save(page)
        whole = nbformat.read(file, as_version=4)
        whole.cells.append(nbformat.v4.new_markdown_cell("A copy."))
        nbformat.write(whole, copied)
    return file


def test_in_the_file(page: Any) -> None:
    """The file holds each receipt as HTML and as text, and a form as one sentence."""
    outputs = [
        output.data
        for cell in nbformat.read(copy(page), as_version=4).cells
        for output in cell.get("outputs", ())
        if "data" in output
    ]
    for operation in RECEIPTS:
        kept = [data for data in outputs if f"Receipt: {operation}" in data.get("text/html", "")]
        assert len(kept) == 1, operation
        assert f"{operation} on EMULATOR: done" in kept[0]["text/plain"]
        assert "script" not in kept[0]["text/html"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_exported(page: Any, scheme: str) -> None:
    """As a web page, opened offline: each receipt can be read."""
    text, _ = HTMLExporter(theme=scheme).from_filename(str(copy(page)))
    file = page.work / f"{scheme}.html"
    file.write_text(text)
    context = page.context.browser.new_context(
        viewport={"width": 1000, "height": 1400}, offline=True
    )
    try:
        fresh = context.new_page()
        fresh.goto(file.as_uri())
        for operation in RECEIPTS:
            expect(receipt(fresh, operation)).to_be_visible()
        shot(receipt(fresh, CHANGE), f"receipt-exported-{scheme}")
    finally:
        context.close()

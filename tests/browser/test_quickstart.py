"""A real JupyterLab in a real browser: run the quickstart, fill each form by keyboard, submit, see the rows.

Screenshots are kept in ``build/screenshots`` to be looked at beside the mock-ups.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from playwright.sync_api import expect

from tests.browser.labdriver import browser_page, command, lab, open_notebook, run_all, save
from tests.browser.screens import SHOTS, run_cell, set_theme, shot, tab_to
from tests.browser.screens import the_form as form
from toolkit.keys import P256Key

ROOT = Path(__file__).parents[2]
KEYS = [P256Key.from_hex(f"{number:064x}").public for number in (5, 6)]


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The quickstart, run from top to bottom."""
    folder = tmp_path_factory.mktemp("lab")
    work = folder / "work"
    work.mkdir()
    shutil.copy(ROOT / "notebooks" / "01_quickstart.ipynb", work)
    SHOTS.mkdir(parents=True, exist_ok=True)
    with lab(work, home=folder / "home") as server, browser_page() as opened:
        open_notebook(opened, server, "01_quickstart.ipynb")
        command(opened, "application:toggle-left-area")
        run_all(opened)
        opened.work = work
        yield opened
        assert not opened.blocked, opened.blocked  # nothing tried to leave the machine


def test_group_by_keyboard(page: Any) -> None:
    """The group form, with Tab, Space and typing alone: problems beside the field, then the new rows."""
    group = form(page, "New key share holder group")
    page.set_viewport_size({"width": 1280, "height": 2000})
    shot(group, "group-form-empty")
    vault = group.get_by_label("Vault")
    vault.focus()
    tab_to(page, group.get_by_label(re.compile(r"^\s*Signing group")))
    page.keyboard.press("Space")
    tab_to(page, group.get_by_role("button", name="Create group"))
    page.keyboard.press("Enter")
    group.get_by_text("Give this holder a name").first.wait_for()
    group.get_by_role("alert").first.wait_for()
    shot(group, "group-form-problems")
    vault.focus()
    for seat, name, node in (
        (2, "Alice Moreau", "coboAliceNode1"),
        (3, "Bob Tanaka", "coboBobNode2"),
    ):
        tab_to(page, group.get_by_label(f"Seat {seat} name"))
        page.keyboard.type(name)
        tab_to(page, group.get_by_label(f"Seat {seat} TSS node id"))
        page.keyboard.type(node)
        page.keyboard.press("Tab")
        if seat == 2:
            tab_to(page, group.get_by_label("Seat 2 signs"))
            page.keyboard.press("Space")
    group.get_by_text("Ready. Nothing has been sent.").wait_for()
    group.locator(
        ".tk-bytes:not(.parts)", has_text="coboBobNode2"
    ).wait_for()  # the preview follows each key
    shot(group, "group-form-filled")
    tab_to(page, group.get_by_role("button", name="Create group"))
    page.keyboard.press("Enter")
    group.get_by_text("Signing group made in Treasury vault").wait_for()
    shot(group, "group-form-result")
    table = run_cell(page, "frames.groups(")
    assert table.count("SigningGroup") == 2
    expect(page.locator(".tk-after tbody", has_text="Bob Tanaka")).to_have_count(1)
    group.get_by_role("button", name="Send TSS request").wait_for()  # the next step is at hand


def test_quorum_by_keyboard(page: Any) -> None:
    """The quorum form: paste keys, add a user, choose a threshold, create; the preview says nothing is signed."""
    quorum = form(page, "New key quorum")
    quorum.get_by_label("Display name").focus()
    page.keyboard.type("Payout approvals")
    for number, key in ((1, KEYS[0].to_base64()), (2, KEYS[1].to_pem().replace("\n", " "))):
        tab_to(page, quorum.get_by_label(f"Member {number}", exact=True))
        page.keyboard.insert_text(key)
        page.keyboard.press("Tab")
    tab_to(page, quorum.get_by_role("button", name="Add a user"))
    page.keyboard.press("Enter")
    third = quorum.get_by_label("Member 3", exact=True)
    third.wait_for()
    third.focus()
    page.keyboard.type("did:privy:cm4k0z7gq00aol70f2m9x1c3b")
    page.keyboard.press("Tab")
    tab_to(page, quorum.get_by_label(re.compile(r"^\s*2 of 3")))
    page.keyboard.press("Space")
    quorum.get_by_text("Ready. Nothing has been sent.").wait_for()
    quorum.get_by_role("tab", name="Signed message").focus()
    page.keyboard.press("Enter")
    quorum.get_by_text("The app secret alone authenticates this request").wait_for()
    shot(quorum, "quorum-form-filled")
    tab_to(page, quorum.get_by_role("button", name="Create quorum"))
    page.keyboard.press("Enter")
    quorum.get_by_text("Key quorum made: Payout approvals").wait_for()
    shot(quorum, "quorum-form-result")
    expect(quorum.locator(".tk-after tbody tr")).to_have_count(3)


def test_api_key_by_keyboard(page: Any) -> None:
    """The API key form: one button, then facts, days left and the scopes as rows."""
    key = form(page, "API key")
    button = key.get_by_role("button", name="Get API key info")
    button.focus()
    page.keyboard.press("Enter")
    key.get_by_text("treasury-bot").first.wait_for()
    key.get_by_text("days left").first.wait_for()
    shot(key, "api-key-form-result")
    tables = key.locator(".tk-after tbody")
    expect(tables).to_have_count(2)
    expect(tables.first.locator("tr")).to_have_count(2)
    expect(tables.last.locator("tr")).to_have_count(3)
    key.get_by_text("Withdraw, from the 2 listed wallets only").wait_for()
    key.get_by_text("nothing listed").first.wait_for()


def test_the_saved_notebook_is_small_and_plain(page: Any) -> None:
    """What is saved holds one sentence for a form, not the repr of its widgets and their values; what was sent is in receipts."""
    save(page)
    cells = nbformat.read(page.work / "01_quickstart.ipynb", as_version=4).cells
    outputs = [output.get("data", {}) for cell in cells for output in cell.get("outputs", ())]
    forms = [data for data in outputs if "application/vnd.jupyter.widget-view+json" in data]
    sentence = "New key share holder group: run this cell to use the form."
    assert sentence in [data["text/plain"] for data in forms]
    assert "coboAliceNode1" not in str(forms)
    kept = [data["text/html"] for data in outputs if "coboAliceNode1" in data.get("text/html", "")]
    assert all("Receipt: " in text or "dataframe" in text for text in kept)


@pytest.mark.parametrize(("theme", "width"), [("JupyterLab Dark", 1280), ("JupyterLab Light", 800)])
def test_looks(page: Any, theme: str, width: int) -> None:
    """Dark and narrow: nothing overflows its form; the screenshots are kept."""
    set_theme(page, theme, width)
    for title, name in (
        ("New key share holder group", "group-form"),
        ("New key quorum", "quorum-form"),
        ("API key", "api-key-form"),
    ):
        shown = form(page, title)
        shot(shown, f"{name}-{'dark' if 'Dark' in theme else 'light'}-{width}")
        assert shown.evaluate("element => element.scrollWidth <= element.clientWidth + 1"), name

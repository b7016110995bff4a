"""The same work in every front end: a group and its keys, a quorum, the receipts, a table, a report.

It installs an environment for each, so it runs where it is asked for: ``make test-fronts``.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.frontdriver import FRONTS, FrontEnd, opened
from tests.browser.screens import SHOTS, form
from toolkit import Emulator
from toolkit.keys import P256Key

pytestmark = pytest.mark.skipif(
    not os.environ.get("TEST_FRONTS"), reason="make test-fronts: it installs each front end"
)
PUBLIC = [P256Key.from_hex(f"{number:064x}").public.to_base64() for number in (5, 6)]
CELLS = (
    """import toolkit
from toolkit import Emulator, audit, cobo, frames, privy
emulator = Emulator.seeded()
custody, app = emulator.cobo_client(), emulator.privy_client()
groups = list(emulator.cobo.state.groups[emulator.vault_id].values())
payroll = list(emulator.cobo.state.vaults)[1]  # it has no group yet""",
    """group = cobo.forms.create_key_share_holder_group(custody, vault_id=payroll, nodes=emulator.spare_nodes)
group""",
    """quorum = privy.forms.create_key_quorum(app)
quorum""",
    """toolkit.explore(frames.holders(groups), "Holders")""",
    """frames.holders(groups)""",
    """audit(*groups)""",
)  # fmt: skip
OPERATIONS = ("Create key share holder group", "Create TSS request", "Create key quorum")


@pytest.fixture(scope="module", params=FRONTS, ids=lambda front: front.name)
def front(request: pytest.FixtureRequest) -> FrontEnd:
    """Each front end in turn."""
    chosen: FrontEnd = request.param
    return chosen


@pytest.fixture(scope="module")
def page(front: FrontEnd, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The notebook in it, every cell run; nothing has been sent."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    with opened(front, tmp_path_factory.mktemp(front.name), CELLS) as ran:
        form(ran, "New key share holder group")
        yield ran
        ran.screenshot(path=str(SHOTS / f"front-{front.name}.png"), full_page=True)


def typed(field: Any, text: str) -> None:
    field.fill(text)
    field.press("Tab")


def receipt(page: Any, front: FrontEnd, operation: str) -> Any:
    return page.locator(f":is({front.output}) .tk-value", has_text=f"Receipt: {operation}")


def test_group(page: Any, front: FrontEnd) -> None:
    """Filled and pressed: the group is made, then its keys, and it is Valid."""
    shown = form(page, "New key share holder group")
    nodes = Emulator.seeded().spare_nodes  # the same in each seeded world
    for seat, name, node in zip((2, 3), ("Alice Moreau", "Bob Tanaka"), nodes, strict=False):
        typed(shown.get_by_label(f"Seat {seat} name"), name)
        typed(shown.get_by_label(f"Seat {seat} TSS node id"), node)
    shown.get_by_label("Seat 2 signs").check()
    shown.get_by_text("Ready. Nothing has been sent.").wait_for()
    shown.get_by_role("button", name="Create group").click()
    shown.get_by_text("Main group made in").first.wait_for()
    keys = form(page, "Make the keys")
    keys.get_by_role("button", name="Send TSS request").click()
    keys.get_by_text("The group is Valid: its keys are made").wait_for()
    expect(keys.locator(".tk-after .tk-table").first.locator("tbody tr")).to_have_count(2)


def test_quorum(page: Any, front: FrontEnd) -> None:
    """A member's key is checked as it is typed; pressed, the quorum is made."""
    shown = form(page, "New key quorum")
    shown.get_by_label("Display name").fill("Payout approvals")
    typed(shown.get_by_label("Member 1", exact=True), PUBLIC[0][:-9])
    expect(shown).not_to_contain_text("Ready. Nothing has been sent.")
    for number, text in enumerate(PUBLIC, 1):
        typed(shown.get_by_label(f"Member {number}", exact=True), text)
    shown.get_by_text("Ready. Nothing has been sent.").wait_for()
    shown.get_by_role("button", name="Create quorum").click()
    shown.get_by_text("Key quorum made: Payout approvals").wait_for()


@pytest.mark.parametrize("operation", OPERATIONS)
def test_receipt(page: Any, front: FrontEnd, operation: str) -> None:
    """What was sent has its receipt below the form."""
    card = receipt(page, front, operation)
    expect(card).to_have_count(1)
    expect(card).to_contain_text("done")


def test_table(page: Any, front: FrontEnd) -> None:
    """A large table answers to what is typed; a frame and a report are drawn, the frame inside its cell."""
    table = form(page, "Holders")
    rows = table.locator("tbody").last.locator("tr")
    before = rows.count()
    typed(table.get_by_label("Search"), "Carol")
    expect(table.locator(".tk-pager")).to_contain_text("that fit, of")
    assert 0 < rows.count() < before
    expect(page.locator(f"{front.output} table.dataframe tbody tr")).to_have_count(before)
    expect(page.locator(f"{front.output} .tk-value", has_text="findings").last).to_be_visible()

"""A lost answer in a real browser: the doubt card, by keyboard alone, light, dark and narrow."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import nbformat
import pytest

from tests.browser.labdriver import browser_page, command, lab, open_notebook, run_all
from tests.browser.screens import SHOTS, set_theme, shot, tab_to
from tests.browser.screens import the_form as form

METADATA = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
CELLS = (
    """from toolkit import Emulator, cobo, privy
from toolkit.emulator import Fault
emulator = Emulator.seeded()
custody, app = emulator.cobo_client(), emulator.privy_client()
late = {"status": 504, "unsigned": True, "after_ms": 20_000}
emulator.inject(Fault("late-commit", operation="create_key_share_holder_group", **late), Fault("status-after", operation="create_key_quorum", status=504, unsigned=True))
group = cobo.forms.create_key_share_holder_group(custody, nodes=emulator.spare_nodes)
for row, name, node in zip(group.rows, ["Alice Moreau", "Bob Tanaka"], emulator.spare_nodes):
    row.fields["name"].value, row.fields["tss_node_id"].value = name, node
group.rows[0].fields["signer"].value = True
group""",
    """app.exchange(privy.create_key_quorum(privy.CreateKeyQuorumRequest(user_ids=["did:privy:x"], display_name="Ops")))
found = list(emulator.privy.quorums)[-1]
privy.forms.pending(app)""",
)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A notebook with a form whose answer will be lost, and a quorum in doubt."""
    folder = tmp_path_factory.mktemp("doubt")
    work = folder / "work"
    work.mkdir()
    nbformat.write(
        nbformat.v4.new_notebook(
            cells=[nbformat.v4.new_code_cell(text) for text in CELLS], metadata=METADATA
        ),
        work / "doubt.ipynb",
    )
    SHOTS.mkdir(parents=True, exist_ok=True)
    with lab(work, home=folder / "home") as server, browser_page() as opened:
        open_notebook(opened, server, "doubt.ipynb")
        command(opened, "application:toggle-left-area")
        run_all(opened)
        opened.set_viewport_size({"width": 1280, "height": 3000})
        yield opened
        assert not opened.blocked, opened.blocked


def test_a_group_in_doubt_by_keyboard(page: Any) -> None:
    """Press, read the evidence, look again with Tab and Enter: the group that came late is the result."""
    group = form(page, "New key share holder group")
    button = group.get_by_role("button", name="Create group")
    button.focus()
    page.keyboard.press("Enter")
    group.get_by_text("We cannot tell whether this happened").wait_for()
    group.get_by_text("look below").wait_for()
    shot(group.locator(".tk-card.edge-warn"), "doubt-card-in-form")
    button.focus()
    page.keyboard.press("Enter")
    group.get_by_text("This was sent already").wait_for()
    tab_to(page, group.get_by_role("button", name="Look again"))
    page.keyboard.press("Enter")
    group.get_by_text("Signing group made in Treasury vault").wait_for()
    group.get_by_text("Settled: it had happened").wait_for()
    group.get_by_role("button", name="Look again").wait_for(state="hidden")


@pytest.mark.parametrize(
    ("theme", "width"),
    [("JupyterLab Light", 1280), ("JupyterLab Dark", 1280), ("JupyterLab Light", 800)],
)
def test_looks(page: Any, theme: str, width: int) -> None:
    """Light, dark and narrow: nothing overflows; the screenshots are kept."""
    set_theme(page, theme, width)
    card = form(page, "Create key quorum")
    shot(card, f"doubt-card-{'dark' if 'Dark' in theme else 'light'}-{width}")
    assert card.evaluate("element => element.scrollWidth <= element.clientWidth + 1")


def test_a_quorum_in_doubt_by_keyboard(page: Any) -> None:
    """No list to look at: an id that is something else is refused with a reason, the right one is taken."""
    set_theme(page, "JupyterLab Light")
    card = form(page, "Create key quorum")
    named = card.get_by_label("Id of what it made")
    named.focus()
    page.keyboard.type("no-such-quorum")
    page.keyboard.press("Tab")
    tab_to(page, card.get_by_role("button", name="Take this one"))
    page.keyboard.press("Enter")
    card.get_by_text("Key quorum not found").wait_for()
    made = page.evaluate(
        """async () => { let text = ""; const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
            const run = kernel.requestExecute({code: "print(found)"});
            run.onIOPub = message => { if (message.header.msg_type === "stream") text += message.content.text };
            await run.done; return text.trim() }"""
    )
    named.fill(made)
    page.keyboard.press("Tab")
    tab_to(page, card.get_by_role("button", name="Take this one"))
    page.keyboard.press("Enter")
    card.get_by_text("Settled: it had happened").wait_for()

"""Every form, receipt and card, in each of its states, as wide and as narrow as people have it, light and dark.

axe-core finds nothing serious; nothing is clipped, laid over something else or squeezed to a word a line; nothing but
a table has to be scrolled sideways. The pictures are kept in ``build/screenshots`` to be looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.judged import GEOMETRY, findings, in_theme, serious, with_axe
from tests.browser.screens import SHOTS, THEMES, ask, notebook
from toolkit.forms.preview import TABS

CELLS = (
    """import toolkit
from toolkit import Emulator, cobo, privy
from toolkit.emulator import Fault
from toolkit.keys import P256Key
KEYS = [P256Key.from_hex(f"{number:064x}").public.to_base64() for number in (5, 6, 7)]

def world():
    emulator = Emulator.seeded()
    return emulator, emulator.cobo_client(), emulator.privy_client()

def filled_group(custody, nodes):
    made = cobo.forms.create_key_share_holder_group(custody, nodes=nodes)
    made.vault.value, made.type.value = made.vault.options[1][1], "MainGroup"
    for row, name, node in zip(made.rows, ["Alice Moreau", "Bob Tanaka"], nodes):
        row.fields["name"].value, row.fields["tss_node_id"].value = name, node
    made.rows[0].fields["signer"].value = True
    return made

def filled_quorum(app, *members):
    made = privy.forms.create_key_quorum(app)
    made.fill(privy.forms.QuorumFields("Operations", members or (("Key", KEYS[0]), ("Key", KEYS[1])), 2))
    return made""",
    """emulator, custody, app = world()
cobo.forms.create_key_share_holder_group(custody)""",
    """wrong_group = cobo.forms.create_key_share_holder_group(custody, nodes=emulator.spare_nodes)
wrong_group.rows[1].fields["name"].value = "Bob\\u202e"
wrong_group.press()
wrong_group""",
    """group = filled_group(custody, emulator.spare_nodes)
group.press()
group""",
    """privy.forms.create_key_quorum(app)""",
    """wrong_quorum = filled_quorum(app, ("Key", KEYS[0]), ("Key", KEYS[0]), ("User", "did:privy:x"), ("Quorum", list(emulator.privy.quorums)[1]))
wrong_quorum.press()
wrong_quorum""",
    """quorum = filled_quorum(app)
quorum.press()
quorum""",
    """treasury, night, payouts = list(emulator.privy.quorums.values())[:3]
keys = emulator.authorization_keys
change = privy.forms.update_key_quorum(app, treasury, signers=[keys["Alice"]])
change.members.rows[1].fields["text"].value = KEYS[2]
change""",
    """privy.forms.delete_key_quorum(app, treasury)""",
    """info = cobo.forms.api_key_info(custody)
info.press()
info""",
    """lost, lost_custody, lost_app = world()
lost.inject(Fault("status-after", operation="create_key_quorum", status=504, unsigned=True))
in_doubt = filled_quorum(lost_app)
in_doubt.press()
in_doubt""",
    """lost.inject(Fault("late-commit", operation="create_key_share_holder_group", status=504, unsigned=True, after_ms=20_000))
group_in_doubt = filled_group(lost_custody, lost.spare_nodes)
group_in_doubt.press()
group_in_doubt""",
    """privy.forms.pending(lost_app)""",
    """refusing, _, refusing_app = world()
refusing.inject(Fault("status-before", operation="create_key_quorum", status=400))
refused = filled_quorum(refusing_app)
refused.press()
refused""",
    """import threading
slow, _, _ = world()
go = threading.Event()
app_of_slow = slow.privy_client()
answer = app_of_slow._sender.transport._given.handle_request
app_of_slow._sender.transport._given.handle_request = lambda *a, **k: (go.wait(), answer(*a, **k))[1]
under_way = filled_quorum(app_of_slow)
under_way.press()
under_way""",
    """desk = toolkit.connect()
desk.cobo_panel.place.value, desk.privy_panel.place.value = "DEV", "PROD"
desk.cobo_panel.button.click()
desk""",
    """toolkit.connect()""",
    """hot = next(each.id for each in emulator.privy.wallets.values() if each.owner_id == payouts.id)
privy.forms.update_wallet(app, treasury, wallet_id=hot, signers=[keys["Alice"]])""",
    """privy.forms.create_wallet(app, payouts)""",
    """change_sent = privy.forms.update_key_quorum(app, night, signers=[keys["Bob"], keys["Omar"]])
change_sent.members.display_name.value = "Night shift, Asia and the Pacific"
change_sent.submit()
change_sent.receipt""",
    """group.result""",
    """custody.send(cobo.list_key_share_holder_groups(emulator.vault_id))""",
    """custody.exchange(cobo.get_api_key_info())""",
    """app.prepare(privy.create_key_quorum(privy.CreateKeyQuorumRequest(public_keys=KEYS[:2], display_name="Operations")))""",
    """cobo.powers_of(group.result)""",
)
TURN_TABS = """import ipywidgets as w
from ipywidgets.widgets.widget import _instances
for at, tab in enumerate(each for each in list(_instances.values()) if isinstance(each, w.Tab)):
    tab.selected_index = at % 5"""  # so that each page of the preview is looked at in some form


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Every form in every state, one below the other, with axe-core at hand."""
    with notebook(tmp_path_factory.mktemp("axe"), CELLS) as opened:
        for words in (
            "Main group made in Payroll vault",
            "Key quorum made: Operations",
            "Portal preset, inferred",
            "it owns or signs for",
            "Refused. Nothing was made.",
        ):
            opened.get_by_text(words).first.wait_for()
        opened.get_by_role("progressbar").first.wait_for()
        opened.locator(".tk-card.edge-warn").nth(2).wait_for()
        ask(opened, "group.next_steps.children[0].press()")
        opened.get_by_text("The group is Valid: its keys are made").wait_for()
        ask(opened, "quorum.next_steps.children[0].choice.value = 'there'")
        expect(opened.get_by_text("Make it the owner of a wallet")).to_have_count(2)
        ask(opened, TURN_TABS)
        opened.wait_for_function(
            "count => new Set([...document.querySelectorAll('.tk .lm-mod-current')].map(tab => tab.innerText)).size === count",
            arg=len(TABS),
        )
        with_axe(opened)
        yield opened
        ask(opened, "go.set()")


# pixels of an output (a pane beside another, a narrow one, a window, a wide one), and the theme: the narrowest and the
# widest in both, those between in one each
SIZES = [(350, 0), (350, 1), (560, 1), (800, 0), (1280, 0), (1280, 1)]


def pictures(page: Any, name: str) -> None:
    """Every form and card as it looks now, each in a file."""
    folder = SHOTS / name
    folder.mkdir(parents=True, exist_ok=True)
    shown = page.locator(".jp-Cell:has(.tk, .tk-value) .jp-Cell-outputWrapper")
    for at in range(shown.count()):
        shown.nth(at).screenshot(path=str(folder / f"{at:02d}.png"))


@pytest.mark.parametrize(("width", "theme"), [(width, THEMES[at]) for width, at in SIZES])
def test_nothing_is_squeezed(page: Any, theme: str, width: int) -> None:
    """Three words a line or more, no control clipped or laid over, nothing to scroll sideways but tables; axe is content."""
    in_theme(page, theme, width)
    faults, count = page.evaluate(GEOMETRY)
    pictures(page, f"{width}-{theme.split()[1].lower()}")
    assert count >= len(CELLS) - 1
    assert faults == []
    found, read = findings(page)
    assert read == {title.strip() for title in page.locator(".tk-head strong").all_inner_texts()}
    assert serious(found) == []
    assert (
        page.locator(".tk [title='null']").filter(visible=True).count() == 0
    )  # what ipywidgets makes of no tooltip


def test_it_would_be_found(page: Any) -> None:
    """The contrast: a picture without words and pale text, put into a form, are both found; so is what is squeezed."""
    in_theme(page, THEMES[0], 560)
    wrong = """<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw="><p style="color:#bbb">pale</p>
        <p style="width:20px">one word in each line is not to be read</p><div style="width:40px;overflow:hidden"><b>unbreakable</b></div>"""
    page.locator(".tk .tk-head").first.evaluate(
        "(element, html) => element.insertAdjacentHTML('afterend', html)", wrong
    )
    assert {rule for _, rule, _, _ in serious(findings(page)[0])} == {"image-alt", "color-contrast"}
    kinds = {what for _, what, _ in page.evaluate(GEOMETRY)[0]}
    assert kinds == {"has few words a line", "is cut"}

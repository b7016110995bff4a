"""200 hostile strings on every page of the desk, in a real browser: as names of people, vaults, holders, quorums, keys and
roles, in what changed and in the journal. They run nothing, fetch nothing and hide nothing.

Twenty at a time stand in one organisation; the next come once the page has shown each of these in every place. Charts are
drawn for the first twenty, because that takes long; the others have their words, labels and tables beside the same picture.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser import hostile
from tests.browser.hunt import LAST, OBSERVER, all_had_its_turn, allowed, nothing_ran, spellings
from tests.browser.labdriver import run_all
from tests.browser.screens import ask, notebook
from toolkit.base.html import render

STRINGS = hostile.strings()
AT_ONCE = 20  # as many as are drawn one by one on every page
PATIENCE_MS = 20_000  # for twenty strings in all their places
PAGES = (
    *("Overview", "Findings", "What if", "People", "Groups", "Quorums", "API keys", "Changes"),
    *("Requests", "Snapshots", "Charts"),
)

WORLD = """import json
from pathlib import Path

from msgspec.structs import replace

import toolkit
from toolkit import Emulator, Inventory, People, cobo, privy
from toolkit.app import plots
from toolkit.app.desk.desk import PAGES
from toolkit.app.desk.sight import Sight
from toolkit.inventory.people import Holder
from toolkit.keys import P256Key

strings = json.loads(Path("strings.json").read_text())
emulator = Emulator.seeded()
custody, app = emulator.cobo_client(), emulator.privy_client()
publics = [P256Key.from_hex(f"{number + 1:064x}").public for number in range(len(strings))]
app.send(privy.create_key_quorum(privy.CreateKeyQuorumRequest(public_keys=[each.to_base64() for each in publics[:2]])))
written = emulator.journal.entries()[0]
key = next(iter(emulator.cobo.keys.values()))


def quorum(number, threshold):
    member = privy.AuthorizationKey(publics[number].to_base64(), strings[number])
    return privy.KeyQuorum(
        id=f"quorum{number}", display_name=strings[number], authorization_keys=[member],
        user_ids=[f"did:privy:{number}"], authorization_threshold=threshold,
    )


def world(numbers, threshold):
    some = [strings[number] for number in numbers]
    holders = [
        cobo.KeyShareHolder(name=s, type="API", tss_node_id=f"node{number}", signer=True, online=True, status="Valid")
        for number, s in zip(numbers, some)
    ]
    group = cobo.KeyShareHolderGroup(
        key_share_holder_group_id="group", type="MainGroup", status="Valid", threshold=2, participants=len(some),
        key_share_holders=holders, vault_id=f"vault{numbers[0]}",
    )
    roles = [cobo.models.RoleScope(role_name=s, scopes=cobo.models.Scopes(wallet_ids=some)) for s in some]
    seats = {f"did:privy:{number}": Holder(s, "call") for number, s in zip(numbers, some)}
    return Inventory(
        emulator.clock.now_ms(), emulator.clock.now_ms(),
        vaults=tuple(cobo.MPCVault(vault_id=f"vault{number}", name=s) for number, s in zip(numbers, some)),
        groups=(group,), quorums=tuple(quorum(number, threshold) for number in numbers), people=People(seats),
        api_keys=(replace(key, name=some[0], callback_url=some[1], valid_ips=some, role_scopes=roles),),
    )


def named(numbers):
    entries = tuple(
        replace(written, number=number + 1, service="privy", environment="EMULATOR", made=strings[number])
        for number in numbers
    )
    emulator.journal.entries = lambda only_open=False, **_: () if only_open else entries


def step(first):
    if first == AT_ONCE:
        picture = plots.margins(world(range(2), 1)).light
        plots._drawn = lambda *_: picture
    if first:  # the first are there already
        numbers = range(first, first + AT_ONCE)
        named(numbers)
        desk.look(Sight(world(numbers, 1), (custody, app), (), world(numbers, 2)))
        for page in PAGES:  # each is made when it is opened
            desk.go(page)
    panel = desk.pages["What if"].children[0]
    for box in panel.people.values():
        box.unobserve(panel._answer, "value")
        box.value = True
    panel._answer()


def turn():
    desk.pages["What if"].children[0].question.value = "together"
    editor = desk.pages["People"].children[0]
    editor.on_button.click()
    desk.pages["Quorums"].children[1].on_button.click()
    return editor.on_button.disabled
None"""
SHOW = """# stage: desk!
AT_ONCE = 20
named(range(AT_ONCE))
desk = toolkit.open_desk(custody, app, inventory=world(range(AT_ONCE), 1), earlier=world(range(AT_ONCE), 2))
for page in PAGES:
    desk.go(page)
desk"""


def on(page: str, where: str) -> str:
    return f".tk-desk > .widget-tab-contents > :nth-child({PAGES.index(page) + 1}) {where}"


#: Where each string must be seen, whole, and how it is spelled there.
SURFACES = [
    (on("Findings", ".tk-hits b"), "chips"),
    (on("What if", ".tk-tick .widget-checkbox"), "table"),
    (on("What if", ".tk-look-title strong"), "chips"),
    (on("What if", ".tk-view:nth-child(2) .lost strong"), "chips"),
    (on("What if", ".tk-looks.single .tk-seats strong"), "chips"),
    (on("What if", ".tk-table tbody th"), "chips"),
    (on("What if", ".tk-table tbody td"), "chips"),
    (on("People", ".tk-seat"), "chips"),
    (on("People", ".tk-row label"), "table"),
    (on("People", ".tk-table tbody th"), "chips"),
    (on("Groups", "h3"), "chips"),
    (on("Groups", ".tk-page td"), "chips"),
    (on("Quorums", ".tk-table:not(.tk-page) tbody th"), "chips"),
    (on("Quorums", ".tk-page td"), "chips"),
    (on("API keys", ".tk-matrix tbody th"), "chips"),
    (on("Changes", ".tk-value td"), "chips"),
    (on("Changes", ".tk-page td"), "chips"),
    (on("Requests", ".tk-page td"), "chips"),
    (on("Charts", ".tk-fig tbody td"), "chips"),
]
#: Where all twenty stand in one sentence: with an overlong one among them it is cut, and says by how much.
SENTENCES = [
    (on("What if", ".tk-verdict strong"), "chips"),
    (on("API keys", ".tk-facts dd"), "chips"),
]
OVERLONG = 180  # the first of the twenty with strings of thousands of characters
#: Where some stand for all: an answer names three, and how many more there are.
SOME = (on("Overview", ".tk-ask"), "chips")

# Each twenty is brought, and waited for in every place; people's seats stand on several pages, one after another.
BRING = """async ([count, atOnce, patience]) => {
    const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
    const hunt = window.__hunt, troubles = [];
    const run = async code => {
        let said = "";
        const run = kernel.requestExecute({code, store_history: false});
        run.onIOPub = message => {
            if (message.header.msg_type === "stream") said += message.content.text;
            if (message.header.msg_type === "error") troubles.push(message.content.traceback.join("\\n")) };
        await run.done;
        return said };
    const until = async (first, isThere) => {
        const end = performance.now() + patience;
        while (!isThere() && performance.now() < end) await new Promise(next => setTimeout(next, 5)) };
    const settled = async () => {
        let before = -1;
        await until(0, () => { const same = before === hunt.changes; before = hunt.changes; return same }) };
    for (let first = 0; first < count && !troubles.length; first += atOnce) {
        await run(`step(${first})`);
        const places = [".lost strong", ".tk-ask"];
        await until(first, () => hunt.unseen("desk", first).every(where => !places.some(each => where.includes(each))));
        for (let last = ""; !last.includes("True") && !troubles.length;) {
            await settled();
            last = await run("print(turn())");
        }
        const numbers = [...Array(atOnce).keys()].map(at => first + at);
        const cut = [".tk-ask", ".tk-verdict", ".tk-facts"];
        await until(first, () => numbers.every(number =>
            hunt.unseen("desk", number).every(where => cut.some(each => where.includes(each)))));
    }
    return troubles.join("\\n") }"""


def sheets() -> list[str]:
    """Our own style sheets, as the desk has them."""
    heads = [
        render("desk_head.html", title="", place="", live=False, call=""),
        *(
            render("head.html", sheet=sheet, title="", place="", live=False, call="")
            for sheet in ("core.css", "style.css")
        ),
        f"<style>{render('card.css')}</style>",
    ]
    return [
        text for head in heads for text in re.findall(r"<style>(.*?)</style>", str(head), re.DOTALL)
    ]


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The desk, on which every string has been; what the observer saw is in ``hunt``."""
    folder = tmp_path_factory.mktemp("hostile-desk")
    with notebook(folder, (WORLD, SHOW), run=False) as opened:
        (opened.work / "strings.json").write_text(json.dumps(STRINGS))
        seen = [*SURFACES, *SENTENCES, SOME]
        opened.evaluate(
            OBSERVER,
            [len(STRINGS), spellings(), {"desk": seen}, *allowed(["findings.html"]), sheets()],
        )
        run_all(opened)
        opened.get_by_text("All right?").first.wait_for(state="attached")
        assert opened.evaluate(BRING, [len(STRINGS), AT_ONCE, PATIENCE_MS]) == ""
        all_had_its_turn(opened)
        opened.hunt = opened.evaluate("() => window.__hunt")
        yield opened
        opened.blocked[:] = [url for url in opened.blocked if url != LAST]


def test_nothing_ran_and_nothing_was_asked_for(page: Any) -> None:
    """No string ran, and the page reached for nothing outside of this computer."""
    nothing_ran(page)


def test_no_foreign_node(page: Any) -> None:
    """No element or attribute is there but those of our templates; a picture is one of ours; no mathematics is drawn."""
    assert page.hunt["foreign"] == {}
    assert page.hunt["changes"] > 1_000
    pictures = page.locator(".jp-OutputArea-output img")
    sources = pictures.evaluate_all("all => all.map(each => each.getAttribute('src').slice(0, 22))")
    assert set(sources) == {"data:image/png;base64,"}
    assert page.locator(".jp-OutputArea-output mjx-container").count() == 0


@pytest.mark.parametrize(
    ("selector", "spelling"), SURFACES, ids=[" ".join(each) for each in SURFACES]
)
def test_every_string_is_shown_whole(page: Any, selector: str, spelling: str) -> None:
    """Each string was there to see, in full, with its hidden characters written out."""
    found = page.hunt["seen"]["desk"].get(f"{selector} {spelling}", {})
    missing = [STRINGS[number][:40] for number in range(len(STRINGS)) if str(number) not in found]
    assert not missing


@pytest.mark.parametrize(
    ("selector", "spelling"), SENTENCES, ids=[" ".join(each) for each in SENTENCES]
)
def test_every_string_is_in_the_sentence(page: Any, selector: str, spelling: str) -> None:
    """A sentence that names twenty has each of them whole, but where one is overlong."""
    found = page.hunt["seen"]["desk"].get(f"{selector} {spelling}", {})
    assert not [STRINGS[number] for number in range(OVERLONG) if str(number) not in found]


def test_the_overview_names_some(page: Any) -> None:
    """Of each twenty the answers name a few, whole, and say how many more there are."""
    found = {int(number) // AT_ONCE for number in page.hunt["seen"]["desk"][" ".join(SOME)]}
    assert found == set(range(len(STRINGS) // AT_ONCE))


def test_nothing_stands_there_unseen(page: Any) -> None:
    """No text of ours, and no choice, ever held a hidden character as it is."""
    assert page.hunt["raw"] == {}


def test_the_last_are_on_the_page(page: Any) -> None:
    """The contrast: what was counted as seen is what the kernel shows last."""
    last = ask(
        page, "print(len(desk.sight.people.names), desk.sight.people.names[-1] == strings[-1])"
    )
    assert last == "20 True"

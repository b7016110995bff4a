"""The desk, a large table and the exported report, as a person has them: by keyboard, light and dark, without a network."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.judged import GEOMETRY, findings, in_theme, serious, with_axe
from tests.browser.screens import SHOTS, THEMES, ask, notebook

CELLS = (
    """import toolkit
from toolkit import Emulator, People, collect
from toolkit.emulator import Fault
emulator = Emulator.seeded()
custody, app = emulator.cobo_client(), emulator.privy_client()
earlier = collect(custody, app)
names = ["Alice Moreau", "Bob Tanaka", "Carol Okafor", "Dana Lindqvist"]
people = People({seat: names[at % 4] for at, seat in enumerate(list(earlier.seats)[:-2])})
node = earlier.groups[0].key_share_holders[1].tss_node_id
emulator.set_holder(node, "offline")""",
    """desk = toolkit.open_desk(custody, app, people=people, earlier=earlier)
desk""",
    """holders = toolkit.explore(desk.sight.inventory.frame("holders"), "Holders")
holders""",
    """path = desk.sight.report.save("findings.html")""",
)  # fmt: skip
PAGES = (
    "Overview", "Findings", "What if", "People", "Groups", "Quorums", "API keys", "Changes", "Requests", "Snapshots",
    "Charts",
)  # fmt: skip


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A desk over the demo world and a month, and a table of its holders."""
    with notebook(tmp_path_factory.mktemp("desk"), CELLS) as opened:
        opened.get_by_text("All right?").first.wait_for()
        opened.get_by_text("Sort by").first.wait_for()
        with_axe(opened)
        yield opened


def tabs(page: Any) -> Any:
    return page.locator(".tk-desk > .lm-TabBar .lm-TabBar-tab")


def chosen(page: Any) -> Any:
    return page.locator(".tk-desk > .lm-TabBar .lm-TabBar-tab.lm-mod-current")


def content(page: Any) -> Any:
    return page.locator(".tk-desk > .widget-tab-contents > .widget-vbox:not(.lm-mod-hidden)")


def test_by_keyboard(page: Any) -> None:
    """Arrows move along the tabs, Enter opens one, and Tab goes into its page; each page says something."""
    tabs(page).first.focus()
    for name in PAGES[1:]:
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Enter")
        expect(chosen(page)).to_contain_text(name)
        expect(content(page)).not_to_be_empty()
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    expect(chosen(page)).to_contain_text(PAGES[0])
    content(page).get_by_role("button", name="What if").focus()
    page.keyboard.press("Enter")
    expect(chosen(page)).to_contain_text("What if")


@pytest.mark.parametrize(("width", "theme"), [(1280, THEMES[0]), (800, THEMES[1])])
def test_each_page(page: Any, width: int, theme: str) -> None:
    """axe is content and nothing is squeezed, cut or laid over, on every page; a picture of each is kept."""
    ask(
        page,
        "desk.go('What if'); desk.pages['What if'].children[0].people['Alice Moreau'].value = True",
    )
    folder = SHOTS / f"desk-{width}-{theme.split()[1].lower()}"
    folder.mkdir(parents=True, exist_ok=True)
    wrong: list[object] = []
    for at, name in enumerate(PAGES):
        ask(page, f"desk.go({name!r})")
        expect(chosen(page)).to_contain_text(name)
        in_theme(page, theme, width)
        faults, _ = page.evaluate(GEOMETRY)
        wrong += [(name, fault) for fault in faults]
        wrong += [(name, *each) for each in serious(findings(page)[0])]
        shot = page.locator(".jp-OutputArea-output > .tk").first
        shot.screenshot(path=str(folder / f"{at:02d}.png"))
    assert not wrong, "\n".join(map(str, wrong))


def test_a_table_by_hand(page: Any) -> None:
    """What is typed narrows the rows at once, and the screen says how many fit of how many."""
    table = page.locator(
        ".tk.widget-vbox:has(> .widget-html .tk-head strong :text-is('Holders'))"
    ).last
    table.get_by_label("Search").fill("Dana")
    page.keyboard.press("Enter")
    expect(table.locator(".tk-pager")).to_contain_text("that fit, of")
    expect(table.locator("tbody tr").last).to_contain_text("Dana")


def test_the_report_needs_no_network(page: Any) -> None:
    """The exported file is whole by itself: no script, no request, axe is content; its details open."""
    context = page.context.browser.new_context(
        offline=True, viewport={"width": 1280, "height": 900}
    )
    alone = context.new_page()
    asked: list[str] = []
    alone.on("request", lambda request: asked.append(request.url))
    alone.goto((Path(page.work) / "findings.html").as_uri())
    expect(alone.locator("h1")).not_to_be_empty()
    assert alone.locator("script").count() == 0
    alone.locator("summary").last.click()
    expect(alone.locator("details").last).to_have_attribute("open", "")
    (SHOTS / "desk-1280-light").mkdir(parents=True, exist_ok=True)
    alone.screenshot(path=str(SHOTS / "desk-1280-light" / "findings-file.png"), full_page=True)
    assert len(asked) == 1
    context.close()

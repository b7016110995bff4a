"""The desk as a page of Voilà, for people who see no code. It runs with ``make test-fronts``."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.frontdriver import FRONTS, opened
from tests.browser.judged import findings, serious, with_axe
from tests.browser.screens import SHOTS, shot

pytestmark = pytest.mark.skipif(
    not os.environ.get("TEST_FRONTS"), reason="make test-fronts: it installs Voilà"
)
DESK = Path(__file__).parents[2] / "notebooks" / "desk.ipynb"


def test_desk_as_a_page(tmp_path: Path) -> None:
    """Voilà shows the desk's notebook as a page: its pages open, the code is out of sight, and axe is content."""
    voila = next(front for front in FRONTS if front.name == "voila")
    SHOTS.mkdir(parents=True, exist_ok=True)
    with opened(voila, tmp_path, DESK) as page:
        page.get_by_text("All right?").first.wait_for()
        expect(page.locator("body")).not_to_contain_text("import toolkit")
        tabs = page.locator(".tk-desk > .lm-TabBar .lm-TabBar-tab")
        shown = page.locator(".tk-desk > .widget-tab-contents > .widget-vbox:not(.lm-mod-hidden)")
        with_axe(page)
        for name in ("Findings", "Groups", "Overview"):
            tabs.filter(has_text=name).click()
            expect(tabs.filter(has_text=name)).to_contain_class("lm-mod-current")
            expect(shown).not_to_be_empty()
            shot(page.locator(".tk-desk"), f"front-voila-desk-{name.lower()}")
            assert serious(findings(page)[0]) == [], name

"""The desk as a widget: tabs over one sight, each page made when it is first opened.

Whatever changes the sight (another look, people, an earlier look to compare with) makes the pages
that were opened anew: no two pages show different worlds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import ipywidgets as w
from markupsafe import Markup

from toolkit.app.desk import looks, people_page, reading, what_if_page
from toolkit.app.desk.questions import questions
from toolkit.app.desk.sight import Sight, first_sight
from toolkit.base.html import render
from toolkit.client.client import Client
from toolkit.emulator import Emulator
from toolkit.errors import InputError, ToolkitError
from toolkit.forms.widgets import Panel, styled
from toolkit.inventory.exclusions import Exclusion
from toolkit.inventory.inventory import Inventory
from toolkit.inventory.people import People

Page = Callable[["Desk"], Sequence[w.Widget]]
PAGES: Mapping[str, Page] = {
    "Overview": reading.overview,
    "Findings": reading.findings,
    "What if": what_if_page.what_if,
    "People": people_page.people,
    "Groups": reading.groups,
    "Quorums": reading.quorums,
    "API keys": reading.api_keys,
    "Changes": looks.changes,
    "Requests": reading.requests,
    "Snapshots": looks.snapshots,
    "Charts": reading.charts,
}


class Desk(Panel):
    """See ``open_desk``. ``sight`` is what all pages show; ``look`` puts another in its place."""

    title = "Desk"

    def __init__(self, sight: Sight, folder: Path | None) -> None:
        super().__init__()
        self._see(sight)
        #: where snapshots are, and are saved; None: nowhere yet
        self.folder = folder
        self.pages = {name: w.VBox() for name in PAGES}
        self.tabs = styled(w.Tab(children=tuple(self.pages.values())), "tk-desk")
        self.status = w.HTML()
        self._opened: set[str] = set()
        self.tabs.observe(self._open, "selected_index")
        self.children = [w.HTML(self._head()), self.tabs, self.status]
        styled(self, "tk")
        self._count()
        self.go("Overview")

    def _head(self) -> Markup:
        place = ", ".join(self.sight.inventory.environments) or "unknown"
        return render(
            "desk_head.html",
            title=self.title,
            place=place,
            live="PROD" in place,
            call="toolkit.open_desk()",
        )

    def go(self, name: str) -> None:
        """Open a page by its name."""
        self.tabs.selected_index = list(PAGES).index(name)
        self._open()

    def _see(self, sight: Sight) -> None:
        self.sight = sight
        #: of the overview
        self.answers = questions(sight)

    def still(self) -> dict[str, str]:
        """Overview and findings: an export has no widgets to open the other pages."""
        return {"text/html": f'<div class="tk">\n{self._head()}\n{reading.still(self)}\n</div>'}

    def look(self, sight: Sight) -> None:
        """Show this from now on, on every page."""
        self._see(sight)
        self._count()
        opened, self._opened = self._opened, set()
        for name in opened:
            self._fill(name)

    def look_again(self) -> None:
        """Read everything anew through the clients; where that fails, the old look stays."""
        try:
            self.look(self.sight.again())
        except ToolkitError as error:
            self.say(str(error), "high")
            return
        self.say("Everything was read anew.")

    def say(self, text: str, kind: str = "") -> None:
        """A sentence below the pages."""
        self.status.value = render("status.html", kind=kind, text=text)

    def _open(self, _: Any = None) -> None:
        at = self.tabs.selected_index
        if at is not None:
            self._fill(list(PAGES)[at])

    def _fill(self, name: str) -> None:
        if name in self._opened or self.closed:
            return
        self._opened.add(name)
        self.swap(self.pages[name], PAGES[name](self))

    def _count(self) -> None:
        """The titles: what needs somebody is counted for findings and changes, else how many."""
        inventory, counts = self.sight.inventory, self.sight.report.counts
        changes = self.sight.changes
        titles: dict[str, int | None] = {
            "Findings": sum(counts[each] for each in ("high", "medium", "low", "note")),
            "People": len(self.sight.people.names),
            "Groups": len(inventory.groups),
            "Quorums": len(inventory.quorums),
            "API keys": len(inventory.api_keys),
            "Changes": None if changes is None else len(changes.of("not ordered here")),
        }
        self.tabs.titles = tuple(_titled(name, titles.get(name)) for name in PAGES)


def _titled(name: str, count: int | None) -> str:
    return name if count is None else f"{name} {count:,}"


def open_desk(
    *clients: Client,
    inventory: Inventory | None = None,
    people: People | None = None,
    exclusions: Iterable[Exclusion] = (),
    earlier: Inventory | None = None,
    quorum_ids: Iterable[str] = (),
    folder: str | Path | None = None,
) -> Desk:
    """Everything under one roof: am I all right, what is wrong, what if, who is who, what changed.

    Only reads, but for the people that you write down and the snapshots that you save. Without
    clients and without an inventory it opens on a fresh emulator.

    Args:
        clients: ``cobo.Client`` and ``privy.Client``, as for ``collect``.
        inventory: what is shown, instead of looking anew.
        people: who holds which seat; what the inventory knows otherwise.
        exclusions: what somebody answers for.
        earlier: an earlier look to compare with.
        quorum_ids: key quorums to look at beside those that are found.
        folder: where snapshots are, each a folder of its own, and are saved.

    Raises:
        InputError: something else than these.
    """
    if not clients and inventory is None:
        emulator = Emulator.seeded()
        clients = (emulator.cobo_client(), emulator.privy_client())
    for name, value in (("inventory", inventory), ("earlier", earlier)):
        if not isinstance(value, Inventory | None):
            raise InputError(
                f"{name} must be an Inventory, not {type(value).__name__}.",
                hint="collect(…) or Inventory.load(…) makes one.",
            )
    sight = first_sight(clients, inventory, people, tuple(exclusions), earlier, tuple(quorum_ids))
    return Desk(sight, None if folder is None else Path(folder))

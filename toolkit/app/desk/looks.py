"""Two looks: what changed since an earlier one, and the snapshots that can be compared with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import ipywidgets as w

from toolkit.base.times import moment
from toolkit.errors import InputError
from toolkit.forms.explore import explore
from toolkit.forms.widgets import box, html, option, public, styled
from toolkit.inventory.inventory import Inventory
from toolkit.inventory.store import MANIFEST

if TYPE_CHECKING:
    from toolkit.app.desk.desk import Desk


def changes(desk: Desk) -> Sequence[w.Widget]:
    """What changed, in three parts: not ordered here, happened by itself, ordered here."""
    found = desk.sight.changes
    if found is None:
        text = "There is no earlier look to compare with. Open one on the page Snapshots."
        return [html("status.html", kind="note", text=text)]
    table = explore(found.frame(), "Every change") if found else w.HTML()
    return [w.HTML(found._repr_html_()), table]


def snapshots(desk: Desk) -> Sequence[w.Widget]:
    """Save what is seen now, and compare it with what was saved before."""
    folder = public(w.Text(description="Folder of snapshots", placeholder="snapshots"))
    folder.value = "" if desk.folder is None else str(desk.folder)
    save = w.Button(description="Save a snapshot", button_style="primary")
    saved = w.Dropdown(description="Saved looks", options=_listed(desk.folder))
    with_it = w.Button(description="Compare with it")

    def keep(_: object) -> None:
        if not folder.value.strip():
            desk.say("Name a folder to save snapshots in.", "medium")
            return
        desk.folder = Path(folder.value.strip())
        name = datetime.fromtimestamp(desk.sight.inventory.at_ms / 1000, UTC)
        try:
            place = desk.sight.inventory.save(desk.folder / f"{name:%Y-%m-%d %H%M%S}")
        except InputError as error:
            desk.say(str(error), "high")
            return
        saved.options = _listed(desk.folder)
        desk.say(f"Saved as {place}.", "good")

    def follow(_: object) -> None:
        desk.folder = Path(folder.value.strip()) if folder.value.strip() else None
        saved.options = _listed(desk.folder)

    def compared(_: object) -> None:
        if not saved.value:
            desk.say("Choose a saved look first.", "medium")
            return
        try:
            earlier = Inventory.load(saved.value)
        except InputError as error:
            desk.say(str(error), "high")
            return
        desk.look(desk.sight.compared_with(earlier))
        desk.go("Changes")

    folder.continuous_update = False
    folder.observe(follow, "value")
    save.on_click(keep)
    with_it.on_click(compared)
    now = moment(desk.sight.inventory.at_ms, "%d %b %Y, %H:%M")
    return [
        html("status.html", kind="", text=f"What is shown now was read on {now}."),
        box("tk-foot", styled(folder, "wide"), save),
        box("tk-foot", styled(saved, "wide"), with_it),
    ]


def _listed(folder: Path | None) -> list[tuple[str, str]]:
    """The saved looks of a folder, the newest first; an empty choice before them."""
    return [("Choose one", ""), *_found(folder)]


def _found(folder: Path | None) -> Iterator[tuple[str, str]]:
    if folder is None or not folder.is_dir():
        return
    for place in sorted(folder.iterdir(), reverse=True):
        if (place / MANIFEST).is_file():
            yield option(place.name), str(place)

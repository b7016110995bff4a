"""What if somebody is gone, or some act together: two questions, chosen first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import ipywidgets as w

from toolkit.base.html import render
from toolkit.base.inert import inert
from toolkit.forms.widgets import Panel, choice, styled
from toolkit.inventory.powers import COBO
from toolkit.inventory.what_if import what_if as ask

if TYPE_CHECKING:
    from toolkit.app.desk.desk import Desk

QUESTIONS = (
    ("Somebody is lost", "Who can still sign, and what to do in which order.", "lost"),
    ("Some act together", "Where they are enough, and what takes it from them.", "together"),
)
NOBODY = "Nobody is known yet. Write down on the page People who holds which seat."
MOST = 60  # people to choose from; more are written down on the page People


def what_if(desk: Desk) -> Sequence[w.Widget]:
    """The form: a question, people, and the answer below."""
    return [WhatIfPanel(desk)]


class WhatIfPanel(Panel):
    """One question about some people, answered as soon as one is chosen."""

    title = "What if"

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.is_inside = True
        self._desk = desk
        self.question = choice(QUESTIONS, "lost", "What do you want to know?")
        names = [*desk.sight.people.names[:MOST], COBO]
        self.people = {name: w.Checkbox(description=inert(name), indent=False) for name in names}
        self.answer = w.HTML()
        self.question.observe(self._answer, "value")
        for box_ in self.people.values():
            box_.observe(self._answer, "value")
        self.children = [
            styled(w.VBox([self.question]), "tk-cards"),
            styled(w.VBox(list(self.people.values())), "tk-tick"),
            self.answer,
        ]
        self._answer()

    def _answer(self, _: Any = None) -> None:
        chosen = {name for name, box_ in self.people.items() if box_.value}
        inventory = self._desk.sight.inventory
        if not self._desk.sight.people.names:
            self.answer.value = render("status.html", kind="note", text=NOBODY)
        elif not chosen:
            self.answer.value = render("status.html", kind="", text="Choose somebody.")
        elif self.question.value == "lost":
            self.answer.value = ask(inventory, lost=chosen)._repr_html_()
        else:
            self.answer.value = ask(inventory, together=chosen)._repr_html_()

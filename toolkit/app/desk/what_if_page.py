"""What if somebody is gone, or some act together: two questions, chosen first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import ipywidgets as w

from toolkit.base.collector import paused
from toolkit.base.html import render
from toolkit.base.inert import inert
from toolkit.base.text import and_words
from toolkit.forms.widgets import Panel, choice, shown, styled
from toolkit.inventory.powers import COBO, persons_of
from toolkit.inventory.what_if import WhatIf, reach_in_words, seats_in_words
from toolkit.inventory.what_if import what_if as ask

if TYPE_CHECKING:
    from toolkit.app.desk.desk import Desk

QUESTIONS = (
    ("Somebody is lost", "Who can still sign, and what to do in which order.", "lost"),
    ("Some act together", "Where they are enough, and what takes it from them.", "together"),
)
NOBODY = "Nobody is known yet. Write down on the page People who holds which seat."
WHO = {"lost": "Who is lost?", "together": "Who acts together?"}
HINT = "tick one or more; the names are those of the page People"
STILL = "They can still sign until we are done"
STEPS = 40  # of what is to be done, in its order
PLACES = 100  # powers that are listed, the worst first
PAIRED = 20  # people, of whom every pair is tried
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
        names = list(desk.sight.people.names[:MOST])
        if COBO in persons_of(desk.sight.inventory).values():
            names.append(COBO)
        self.people = {name: w.Checkbox(description=inert(name), indent=False) for name in names}
        self.asked = w.HTML()
        self.still_signing = w.Checkbox(description=STILL, indent=False)
        self.answer = w.HTML()
        for field in (self.question, self.still_signing, *self.people.values()):
            field.observe(self._answer, "value")
        ticked = [
            styled(w.VBox(list(self.people.values())), "tk-tick"),
            styled(self.still_signing, "tk-still"),
        ]
        self.children = [
            styled(w.VBox([self.question]), "tk-cards"),
            styled(w.VBox([self.asked, *ticked]), "tk-card"),
            self.answer,
        ]
        self._answer()

    def _answer(self, _: Any = None) -> None:
        question = self.question.value
        self.asked.value = render("section.html", title=WHO[question], hint=HINT)
        shown(self.still_signing, question == "lost")
        with paused():  # most of what is made for an answer is gone with it
            self.answer.value = self._told()

    def _told(self) -> str:
        chosen = {name for name, box_ in self.people.items() if box_.value}
        inventory = self._desk.sight.inventory
        if not self._desk.sight.people.names:
            return render("status.html", kind="note", text=NOBODY)
        if not chosen:
            return render("status.html", kind="", text="Choose somebody.")
        if self.question.value == "lost":
            return answered(ask(inventory, lost=chosen, still_signing=self.still_signing.value))
        return answered(ask(inventory, together=chosen))


def answered(answer: WhatIf) -> str:
    """The answer as the page has it: a verdict, pictures, steps in order, every place."""
    names = and_words(sorted(answer.people))
    steps = [
        (f"{step.about}: {step.sentence}.", f"{step.why}{answer.proof(step)}", step.signers)
        for step in answer.steps[:STEPS]
    ]
    rows = _fates(answer) + _reaches(answer)
    return render(
        "what_if.html",
        answer=answer,
        names=names,
        drawn=answer.drawn,
        steps=steps,
        more_steps=max(0, len(answer.steps) - STEPS),
        rows=rows,
        more_rows=max(0, len(answer.touched) + len(answer.reaches) - PLACES),
        unchanged=answer.unchanged,
        strongest=_strongest(answer),
    )


def _fates(answer: WhatIf) -> list[tuple[object, ...]]:
    """Where, power, their seats, before; severity and words of after; wallets."""
    return [
        (
            *(fate.power.title, fate.power.act),
            *(seats_in_words(fate), fate.before, fate.severity, fate.after, fate.power.wallets),
        )
        for fate in answer.touched[:PLACES]
    ]


def _reaches(answer: WhatIf) -> list[tuple[object, ...]]:
    """Where, power, who of them; severity and how far they get; wallets."""
    return [
        (
            *(reach.power.title, reach.power.act, and_words(reach.mine)),
            *(reach.severity, reach_in_words(reach), reach.power.wallets),
        )
        for reach in answer.reaches[:PLACES]
    ]


def _strongest(answer: WhatIf) -> list[tuple[str, int, int]]:
    """Who could do much, one person or two; of a large organisation nobody: that takes too long."""
    if answer.question == "lost" or len(answer.inventory.people.names) > PAIRED:
        return []
    return [(and_words(some), places, wallets) for some, places, wallets in answer.strongest()]

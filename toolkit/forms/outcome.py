"""What became of a submission, below its form: the result, the next steps, a doubt, a trouble."""

from __future__ import annotations

import contextlib
import traceback
from collections.abc import Callable
from typing import Any

import ipywidgets as w

from toolkit.base.html import render
from toolkit.client.client import Client
from toolkit.errors import ApiError, InDoubt, InputError, JournalRefused, NotSent, ToolkitError
from toolkit.forms.in_doubt import InDoubtCard
from toolkit.forms.observed import Observed
from toolkit.forms.receipts import Receipts
from toolkit.forms.spec import FormSpec
from toolkit.forms.widgets import html, styled
from toolkit.request.exchange import Exchange
from toolkit.transport.cancel import CANCELLED

MISTAKE = "This is a mistake of ours. Look into the journal for what was sent."


class OutcomeView:
    """The part of a form below its button. It draws, and decides nothing.

    Args:
        form: whose part it is, and who frees what stands in it.
        resolved: hears of a change that was in doubt and is not any more.
    """

    def __init__(
        self, form: Observed, client: Client, resolved: Callable[[Exchange[Any]], None]
    ) -> None:
        self._form, self._client, self._resolved = form, client, resolved
        self.refusal, self.card = w.HTML(), w.HTML()
        self.next_steps, self.doubts = w.VBox(), w.VBox()
        form.keep(*self.widgets)

    @property
    def widgets(self) -> tuple[w.Widget, ...]:
        """From top to bottom."""
        return (
            styled(self.refusal, "tk-after"),
            styled(self.card, "tk-after"),
            self.next_steps,
            self.doubts,
        )

    @property
    def going_on(self) -> list[w.Widget]:
        """Steps that are busy, or follow what they have begun: they stay in sight."""
        return [step for step in self.next_steps.children if getattr(step, "goes_on", False)]

    def clear(self) -> None:
        """Nothing became of anything; what goes on stays."""
        self.card.value = self.refusal.value = ""
        self._form.swap(self.next_steps, self.going_on)

    def recall(self, spec: FormSpec[Any]) -> None:
        """Changes of this kind that an earlier run left in doubt.

        Raises:
            JournalRefused: nobody can tell.
        """
        cards = []
        for entry in self._client.pending():
            if entry.operation != spec.operation.name:
                continue
            with contextlib.suppress(InputError):  # of a newer toolkit: forms.pending(client) tells
                if spec.about(self._client.call_of(entry)):
                    cards.append(InDoubtCard(self._client, entry, self._resolved, whole=False))
        self._form.swap(self.doubts, cards)

    def show_result(self, spec: FormSpec[Any], value: Any, receipts: Receipts) -> None:
        """What was made, and what is at hand next; the steps add to the same receipts."""
        self.card.value = spec.result(value)
        try:
            going_on = self.going_on
            steps = spec.follow(value)
            for step in steps:
                if hasattr(step, "receipts"):
                    step.receipts = receipts
                self._form.follow_step(step)
            # what is under way stays in sight
            self._form.swap(self.next_steps, (*steps, *going_on))
        except ToolkitError as trouble:  # it is done all the same
            text = f"It is done. What comes next could not be read: {trouble}"
            self._form.swap(self.next_steps, [html("status.html", kind="note", text=text)])

    def show_doubt(self, error: InDoubt) -> None:
        """A card that settles what may have happened."""
        try:
            entry = self._client.journal.get(error.number)
        except JournalRefused:  # no card without the journal, but everything that is known
            self.trouble("It is not known whether this happened.", error, doubt=True)
            return
        others = [card for card in self.doubts.children if card.entry.number != entry.number]
        card = InDoubtCard(self._client, entry, self._resolved, doubt=error, whole=False)
        self._form.swap(self.doubts, [*others, card])

    def trouble(
        self, headline: str, error: Exception, *, doubt: bool = False, status: int | None = None
    ) -> None:
        """An error as sentences, its evidence in a line, the traceback one click away."""
        facts = [("HTTP", str(status))] if status else []
        if isinstance(error, ApiError):
            named = (("code", error.code), ("error id", error.error_id))
            facts += [(name, str(value)) for name, value in named if value]
        what, hint = f"{type(error).__name__}: {error}", ""
        if isinstance(error, ToolkitError):
            what, hint = error.what, error.hint
            facts += error.evidence
        self.refusal.value = render(
            "trouble.html",
            headline=headline,
            what=what,
            hint=hint,
            doubt=doubt,
            explanation=getattr(error, "explanation", ""),
            facts=facts,
            traceback="".join(traceback.format_exception(error)),
        )


def was_called_off(exchange: Exchange[Any]) -> bool:
    """Whether a person has cancelled it before it left."""
    return isinstance(exchange.error, NotSent) and exchange.error.cause == CANCELLED

"""The card for a change in doubt: what we know, what follows, and the choices, the safe one first."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import ipywidgets as w

from toolkit.call import EMULATOR, Call, Exchange
from toolkit.cards import render
from toolkit.client import Client
from toolkit.errors import InDoubt, ToolkitError
from toolkit.journal import Entry
from toolkit.widgets import Frame, box, html, shown, styled


def pending(client: Client) -> Frame:
    """A card for each change of this client that is in doubt; or one sentence, if there is none."""
    return PendingCards(client)


class PendingCards(Frame):
    """Everything that is in doubt, oldest first."""

    title = "Changes in doubt"

    def __init__(self, client: Client) -> None:
        super().__init__()
        #: One card for each entry, oldest first.
        self.cards = [DoubtCard(client, entry) for entry in client.pending()]
        place = client.environment.name
        text = f"Nothing is in doubt on {place}: of every change it is known what became of it."
        nothing = [
            html("head.html", title=self.title, place=place, call="", live=False),
            html("status.html", kind="good", text=text),
        ]
        self.children = self.cards or [styled(w.VBox(nothing), "tk")]


class DoubtCard(Frame):
    """One entry of the journal that is open. Its buttons do what ``client.resolve`` does; once settled, they go.

    ``settled`` is called with the exchange when it is. ``exchange`` is the last one.
    """

    title = "A change in doubt"

    def __init__(
        self,
        client: Client,
        entry: Entry,
        settled: Callable[[Exchange[Any]], None] | None = None,
        *,
        whole: bool = True,
    ) -> None:
        super().__init__()
        self.client, self.entry, self._then = client, entry, settled
        self.exchange: Exchange[Any] | None = None
        call = client.call_of(entry)
        traces, operation = call.operation.traces, call.operation
        self._call: Call[Any] = call
        self._known, self._status = w.HTML(), html("status.html", kind="", text="")
        self.look = w.Button(description="Look again", button_style="primary")
        self.named = w.Text(description="Id of what it made", placeholder="as another place shows it, e.g. a dashboard")
        self.adopt = w.Button(description="Take this one")
        self.again = w.Button(description="It was not made: send again" if self._creates else "Send again")
        self.leave = w.Button(description="Close it")
        name = client.environment.name
        self.confirm = w.Text(description=f"Type {name} to allow changes")
        shown(self.confirm, client.needs_confirmation)
        safe = "Only reads. Safe as often as you like; a minute from now is best."
        take = "Reads it first, and takes it only if it is what was asked for. Nothing is sent."
        if operation.co_signed or operation.owner_signs:
            twice = f"Needs the signers’ keys, so only in code: client.resolve({entry.number}, send_again=True, signers=[…])"
            self.again.disabled = True
        elif self._creates:
            twice = "Signs anew and sends once more. If the first one arrives after all, there are two."
        else:
            twice = "Signs anew and sends once more. Asking for the same twice leads to the same state."
        close = "Nothing is sent, and the entry is closed. To leave it open, do nothing: you can settle it later."
        choices = [
            _choice(self.look, "", safe) if traces is not None and traces.look is not None else None,
            _choice(self.adopt, "", take, self.named) if traces is not None and traces.get is not None else None,
            _choice(self.again, "medium", twice, self.confirm),
            _choice(self.leave, "", close),
        ]
        if choices[0] is None and choices[1] is not None:
            self.adopt.button_style = "primary"
        self._choices = w.VBox([choice for choice in choices if choice is not None])
        card = styled(w.VBox([self._known, self._choices, self._status]), "tk-card", "edge-warn")
        place = "EMULATOR" if name == EMULATOR else f"{name} · {client.environment.host}"
        line = f"{operation.method} {operation.path} · journal #{entry.number}"
        head = html("head.html", title=operation.title, place=place, call=line, live=name == "PROD")
        self.children = [styled(w.VBox([head, card] if whole else [card]), *(["tk"] if whole else []))]
        self.look.on_click(lambda _: self._do("looked", self.look))
        self.adopt.on_click(lambda _: self._do("compared", self.adopt, adopt=self.named.value.strip()))
        self.again.on_click(lambda _: self._do("sent", self.again, send_again=True))
        self.leave.on_click(lambda _: self._do("closed", self.leave, give_up=True))
        self._tell(entry, 0)

    @property
    def _creates(self) -> bool:
        traces = self._call.operation.traces
        return traces is not None and traces.creates

    def _tell(self, entry: Entry, candidates: int) -> None:
        title = self._call.operation.title
        size = f"{len(entry.body.encode())} bytes" if entry.body else "no body"
        evidence = [(_time(entry.begun_ms), f"Written down and sent: {size}, fingerprint {entry.fingerprint[:12]}")]
        evidence += [(_time(at_ms), text) for at_ms, text in entry.history]
        if not entry.history:
            evidence.append(("", "Nothing more: this computer stopped, or still waits for the answer"))
        self._known.value = render(
            "doubt.html",
            headline=f"We cannot tell whether this happened: {title}",
            lead="It will not be sent again unless you say so.",
            evidence=evidence,
            verdict=self._verdict(entry, candidates),
            journal=f"Entry {entry.number} of the journal stays open until this is settled, also after a restart.",
        )

    def _verdict(self, entry: Entry, candidates: int) -> str:
        traces = self._call.operation.traces
        if candidates:
            return f"{candidates} {'thing fits' if candidates == 1 else 'things fit'}, and only you can say whether it is one of them."
        if traces is None or traces.look is None:
            return "The service cannot list these, so look in its dashboard. If it is there, take it by its id."
        if any(text.startswith("Looked") for _, text in entry.history):
            more = ", and a second one would not replace the first" if self._creates else ""
            return f"Probably not done. But a slow service may still act on it{more}."
        return "It may have happened or not. Looking only reads."

    def _do(self, did: str, button: w.Button, **choice: Any) -> None:
        if self.exchange is not None and self.exchange.outcome != "unknown":
            return  # settled: a second click finds nothing to do
        button.disabled = True
        self._say("note", "Asking …")
        try:
            if self.client.needs_confirmation and choice.get("send_again"):
                self.client.confirm(self.confirm.value.strip())
            exchange = self.client.resolve(self.entry.number, **choice)
        except ToolkitError as error:
            self._say("high", str(error))
            return
        finally:
            button.disabled = False
        self.exchange = exchange
        self.entry = self.client.journal.get(self.entry.number)
        if isinstance(exchange.error, InDoubt):
            self.entry = self.client.journal.get(exchange.error.number)
            self._tell(self.entry, len(exchange.error.candidates))
            self._say("medium", f"Still not known; {did} at {_time(self.client.now_ms())}.")
            return
        shown(self._choices, False)
        self._say(*_ending(exchange, choice))
        if self._then is not None:
            self._then(exchange)

    def _say(self, kind: str, text: str) -> None:
        self._status.value = render("status.html", kind=kind, text=text)


def _ending(exchange: Exchange[Any], choice: dict[str, Any]) -> tuple[str, str]:
    if exchange.outcome == "adopted":
        return "good", "Settled: it had happened. What it made is taken over."
    if choice.get("give_up"):
        return "note", "Closed. Nothing was sent."
    if exchange.error is None:
        return "good", "Settled: it was answered."
    return "high", f"Settled: {exchange.error}"


def _choice(button: w.Button, kind: str, text: str, *fields: w.Widget) -> w.Widget:
    return styled(w.VBox([box("tk-choosing", button, html("status.html", kind=kind, text=text)), *fields]), "tk-choice")


def _time(milliseconds: int) -> str:
    return f"{datetime.fromtimestamp(milliseconds / 1000, UTC):%H:%M:%S.%f}"[:12]

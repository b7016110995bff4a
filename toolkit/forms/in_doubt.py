"""The card for a change in doubt: what we know, what follows, and the choices, the safe
one first.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from typing import Any

import ipywidgets as w

from toolkit.base.html import render
from toolkit.base.times import moment
from toolkit.client.client import Client
from toolkit.client.journal import Entry
from toolkit.errors import InDoubt, InputError, ToolkitError
from toolkit.forms.job import Job
from toolkit.forms.widgets import Panel, box, html, out_of_ids, public, shown, styled
from toolkit.request.call import Call
from toolkit.request.environment import EMULATOR
from toolkit.request.exchange import Exchange
from toolkit.transport.verify import sized


def pending(client: Client) -> Panel:
    """A card for each change of this client that is in doubt; or one sentence, if there is none.

    >>> cobo.forms.pending(custody).cards
    []
    """
    return PendingCards(client)


class PendingCards(Panel):
    """Everything that is in doubt, oldest first."""

    def __init__(self, client: Client) -> None:
        super().__init__()
        #: One card for each entry that this toolkit can read, oldest first.
        self.cards: list[InDoubtCard] = []
        lines: list[tuple[str, str]] = []
        entries = client.pending()
        for entry in entries:
            try:
                self.cards.append(InDoubtCard(client, entry))
            except InputError as error:  # of a newer toolkit, perhaps
                lines.append(("medium", str(error)))
        if not entries:
            text = (
                f"Nothing is in doubt on {client.environment.name}: of every change it is known "
                "what became of it."
            )
            lines.append(("good", text))
        self.title = f"Changes in doubt: {len(entries)}"
        self.holds(*self.cards)
        self.children = self.cards
        if lines:
            self.children = [*self.cards, self._told(client, lines)]

    def _told(self, client: Client, lines: Sequence[tuple[str, str]]) -> w.Widget:
        environment = client.environment.name
        live = environment == "PROD"
        head = html("head.html", title=self.title, place=environment, call="", live=live)
        told = [html("status.html", kind=kind, text=text) for kind, text in lines]
        return styled(w.VBox([head, *told]), "tk")

    def __repr__(self) -> str:
        if self.closed:
            return super().__repr__()
        return f"{self.title}. Run this cell to see them."


class InDoubtCard(Panel):
    """One entry of the journal that is open. Its buttons do what ``client.resolve`` does; once
    settled, they go.

    ``settled`` is called with the exchange when it is. ``exchange`` is the last one.
    """

    title = "A change in doubt"

    def __init__(
        self,
        client: Client,
        entry: Entry,
        settled: Callable[[Exchange[Any]], None] | None = None,
        *,
        doubt: InDoubt | None = None,
        whole: bool = True,
    ) -> None:
        super().__init__()
        self.client, self.entry, self._then = client, entry, settled
        self.exchange: Exchange[Any] | None = None
        self._job: Job[Exchange[Any]] | None = None
        self._call: Call[Any] = client.call_of(entry)
        reconciliation, operation = self._call.operation.reconciliation, self._call.operation
        name = client.environment.name
        self._known, self.status = w.HTML(), html("status.html", kind="", text="")
        self.look = w.Button(description="Look again", button_style="primary")
        shows = "as another place shows it, e.g. a dashboard"
        self.named = public(
            w.Combobox(description="Id of what it made", placeholder=shows, ensure_option=False),
            out=out_of_ids,
        )
        self.adopt = w.Button(description="Take this one")
        self.sure = w.Checkbox(False, description="I know that it did not happen", indent=False)
        self.again = w.Button(description="Send again")
        self.leave = w.Button(description="Close it")
        asks = f"Type {name} to allow changes" if client.needs_confirmation else "Not asked"
        self.confirm = public(w.Text(description=asks))
        shown(self.confirm, client.needs_confirmation)
        if operation.co_signed or operation.owner_signs:
            shown(self.sure, False)
            self.again.disabled = True
            twice = (
                f"Needs the signers’ keys, so only in code: client.resolve({entry.number}, "
                "send_again=True, signers=[…])"
            )
        elif self._safe_until_ms is not None:
            shown(self.sure, False)
            twice = (
                f"Sends it once more under the idempotency key that it had. Until "
                f"{_moment(self._safe_until_ms)} the service does it once, however often it "
                "arrives, and answers as it did then."
            )
        elif self._creates:
            twice = (
                "Signs anew and sends once more. If the first one arrives after all, there are two."
            )
        else:
            twice = (
                "Signs anew and sends once more. If the first one arrived, this one may be refused."
            )
        safe = "Only reads. Safe as often as you like; a minute from now is best."
        take = "Reads it first, and takes it only if it is what was asked for. No change is sent."
        close = (
            "Nothing is sent, and the entry is closed. To leave it open, do nothing: you can "
            "settle it later."
        )
        choices = [
            _choice(self.look, "", safe)
            if reconciliation is not None and reconciliation.look is not None
            else None,
            _choice(self.adopt, "", take, self.named)
            if reconciliation is not None and reconciliation.get is not None
            else None,
            _choice(self.again, "medium", twice, self.sure, self.confirm),
            _choice(self.leave, "", close),
        ]
        if choices[0] is None and choices[1] is not None:
            self.adopt.button_style = "primary"
        self.choices = w.VBox([choice for choice in choices if choice is not None])
        card = styled(w.VBox([self._known, self.choices, self.status]), "tk-card", "edge-warn")
        place = "EMULATOR" if name == EMULATOR else f"{name} · {client.environment.host}"
        line = f"{operation.method} {operation.path}"
        self._facts = {
            "title": operation.title,
            "place": place,
            "call": line,
            "live": name == "PROD",
        }
        head = self._head = html("head.html", **self._facts)
        self.keep(head)  # not shown on a card inside a form
        self.children = [
            styled(w.VBox([head, card] if whole else [card]), *(["tk"] if whole else []))
        ]
        self.keep(self.look, self.adopt, self.named)  # not every change can be looked for
        self.look.on_click(lambda _: self._do("looked", self.look))
        self.adopt.on_click(
            lambda _: self._do("compared", self.adopt, adopt=self.named.value.strip())
        )
        self.again.on_click(self._send_again)
        self.leave.on_click(lambda _: self._do("closed", self.leave, give_up=True))
        self._tell(entry, doubt)

    @property
    def _safe_until_ms(self) -> int | None:
        """Until when sending it again makes nothing twice; None where it may."""
        return self.client.repeats_safely_until(self.entry)

    @property
    def _creates(self) -> bool:
        reconciliation = self._call.operation.reconciliation
        return reconciliation is not None and reconciliation.creates

    def _tell(self, entry: Entry, doubt: InDoubt | None) -> None:
        title, number = self._call.operation.title, entry.number
        facts: dict[str, Any] = self._facts | {"call": f"{self._facts['call']} · journal #{number}"}
        self._head.value = render("head.html", **facts)
        for button in (self.look, self.adopt, self.again, self.leave):
            button.tooltip = f"{button.description}: entry {number}, {title}"
        if doubt is not None:
            self.named.options = list(doubt.candidates)
        evidence = [
            (
                _moment(entry.begun_ms),
                f"Written down and sent: {sized((entry.body or '').encode())}, fingerprint "
                f"{entry.fingerprint[:12]}",
            )
        ]
        evidence += [(_moment(at_ms), text) for at_ms, text in entry.history]
        if not entry.history:
            evidence.append(("", "Nothing more: no answer has been heard."))
        if entry.open:
            kind, headline = "unsure", f"We cannot tell whether this happened: {title}"
            lead, verdict = "It will not be sent again unless you say so.", self._verdict(doubt)
            journal = (
                f"Entry {number} of the journal stays open until this is settled, also after a "
                "restart."
            )
        else:
            kind, headline, lead = "note", f"Settled: {title}", "Nothing is in doubt here any more."
            verdict = f"It made {entry.made}." if entry.made else "See the last line on the left."
            journal = f"Entry {number} of the journal is closed, as {entry.state}."
        facts = {
            "kind": kind,
            "headline": headline,
            "lead": lead,
            "verdict": verdict,
            "journal": journal,
        }
        self._known.value = render("doubt.html", evidence=evidence, **facts)

    def _verdict(self, doubt: InDoubt | None) -> str:
        reconciliation = self._call.operation.reconciliation
        if doubt is not None and doubt.candidates:
            count = len(doubt.candidates)
            fit = "One thing could be it" if count == 1 else f"{count} things could be it"
            return f"{fit}: {', '.join(doubt.candidates)}. Only you can say. Take it by its id."
        if reconciliation is None or reconciliation.look is None:
            return (
                "The service cannot list these, so look in its dashboard. If it is there, take it "
                "by its id."
            )
        match doubt.finding if doubt is not None else "":
            case "nothing":
                more = ", and a second one would not replace the first" if self._creates else ""
                return f"Probably not done. But a slow service may still act on it{more}."
            case "untold":
                return "Looking cannot tell here. Check it in the service’s own pages."
            case "failed" | "hopeless":
                return "Nobody could look. Put right what the last line says, then look again."
        return "It may have happened or not. Looking only reads."

    def _send_again(self, _: Any) -> None:
        """Sending twice needs a tick for each time: a second click of a double click has none."""
        if not self.sure.value and self._safe_until_ms is None:
            shown(self.sure, True)
            self._say("high", f"Tick “{self.sure.description}” first. Nothing has been sent.")
            return
        self.sure.value = False
        self._do("sent", self.again, send_again=True)

    def _do(self, did: str, button: w.Button, **choice: Any) -> None:
        if self._job is not None:
            self._say("note", "One thing at a time: the last choice is still under way.")
            return
        if not self.entry.open:
            return  # settled: a second click finds nothing to do
        self._say("note", "Asking …")
        try:
            if self.client.needs_confirmation and choice.get("send_again"):
                self.client.confirm(self.confirm.value.strip())
        except ToolkitError as error:
            self._say("high", str(error))
            return
        button.disabled = True

        def work() -> Exchange[Any]:
            return self.client.resolve(self.entry, **choice)

        def ended(job: Job[Exchange[Any]]) -> None:
            self._job, button.disabled = None, False
            if self.closed:  # the journal has what became of it
                return
            self._done(job, did, choice)

        self._job = Job(work, ended)
        self._job.start()

    def _done(self, job: Job[Exchange[Any]], did: str, choice: dict[str, Any]) -> None:
        try:
            exchange = job.result()
            doubt = exchange.error if isinstance(exchange.error, InDoubt) else None
            self.entry = self.client.journal.get(
                self.entry.number if doubt is None else doubt.number
            )
        except ToolkitError as error:
            with contextlib.suppress(ToolkitError):  # it may have been settled elsewhere meanwhile
                self.entry = self.client.journal.get(self.entry.number)
                if not self.entry.open:
                    self._tell(self.entry, None)
                    shown(self.choices, False)
            self._say("high", str(error))
            return
        except Exception as error:  # noqa: BLE001  # said, with its kind: a click has nobody to raise it to
            self._say(
                "high",
                f"This is a mistake of ours: {type(error).__name__}: {error}. The entry is as it "
                "was.",
            )
            return
        self.exchange = exchange
        self._tell(self.entry, doubt)
        if doubt is not None:
            self._say("medium", f"Still not known; {did} on {_moment(self.client.now_ms())}.")
            return
        shown(self.choices, False)
        self._say(*_ending(exchange, choice))
        if self._then is not None:
            self._then(exchange)

    def _say(self, kind: str, text: str) -> None:
        self.status.value = render("status.html", kind=kind, text=text)


def _ending(exchange: Exchange[Any], choice: dict[str, Any]) -> tuple[str, str]:
    if choice.get("give_up") and exchange.outcome == "unknown":
        return "note", "Closed. It is not known whether it happened, and it was not sent again."
    if exchange.outcome == "adopted":
        return "good", "Settled: it had happened. What it made is taken over."
    if exchange.error is None:
        return "good", "Settled: it was answered."
    return "high", f"Settled: {exchange.error}"


def _choice(button: w.Button, kind: str, text: str, *fields: w.Widget) -> w.Widget:
    """A button and its consequence; what must be filled in before stands before."""
    return styled(
        w.VBox([*fields, box("tk-choosing", button, html("status.html", kind=kind, text=text))]),
        "tk-choice",
    )


def _moment(milliseconds: int) -> str:
    return moment(milliseconds, "%d %b %Y, %H:%M:%S")

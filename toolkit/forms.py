"""The form machinery: fields → a frozen value → a Call → the preview → one submission. Knows no vendor.

A form class only wires widgets: what the fields say becomes one value, pure functions make the rest of it
(the call, its problems, what it means), and the results are written into widgets that stay where they are.
Core ipywidgets only, so that VS Code and Colab need nothing more.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

import ipywidgets as w

from toolkit.call import EMULATOR, Call, Exchange, Operation, Prepared
from toolkit.cards import render, traced
from toolkit.client import Client
from toolkit.errors import InDoubt, InputError, JournalRefused, NotSent, Problem, RequestRefused, ToolkitError
from toolkit.keys import spoken
from toolkit.settling import DoubtCard
from toolkit.widgets import Frame, box, html, shown, styled

T = TypeVar("T")
OURS = "this form"


# ---- the form ------------------------------------------------------------------------------------


class CallForm(Frame, Generic[T]):
    """Builds one call. In code, without a click: ``.request``, ``.problems``, ``.submit()``, ``.result``.

    A subclass gives its fields to ``_assemble`` and implements ``_call``, ``_show`` and ``_tell``; it calls
    ``refresh`` whenever a field changes.
    """

    operation: Operation[Any]
    act = "Send"
    done = "Done"
    signs = True
    #: Inferred rules that this form does not let anyone break: an empty field is no decision.
    insists: frozenset[str] = frozenset()

    def __init__(self, client: Client) -> None:
        super().__init__()
        self.client = client
        #: Ids of inferred rules that this request may break.
        self.acknowledge: set[str] = set()
        #: The exchange of the last submission, refused ones too.
        self.exchange: Exchange[T] | None = None
        self.prepared: Prepared[T] | None = None
        self._pressed, self._armed = False, False
        self._seen_warnings: set[tuple[str, str]] = set()
        self._pages = {name: w.HTML() for name in ("Request", "Signed message", "Headers")}
        self._fingerprint, self._status, self._after = w.HTML(), w.HTML(), w.HTML()
        self._doubts = w.VBox()
        name = client.environment.name
        self._confirm = w.Text(description=f"Type {name} to allow changes", placeholder=name)
        self._accept = w.Checkbox(value=False, description="I know these warnings and send anyway", indent=False)
        self._button = w.Button(description=self.act, button_style="primary")
        self._again = w.Button(description="Prepare again", tooltip="A new moment, the same request")
        self._button.on_click(self._press)
        self._again.on_click(self._rearm)
        self._accept.observe(self._ticked, "value")
        self._confirm.observe(self.refresh, "value")

    # ---- what a subclass says ----

    def _call(self) -> Call[T]:
        """The call that the fields make. Raises InputError where they make none."""
        raise NotImplementedError

    def _own_problems(self) -> Iterable[Problem]:
        """Problems that only the form can see, such as an empty row."""
        return ()

    def _show(self, problems: Sequence[Problem]) -> None:
        """Put each problem beside its field, and redraw what it all means."""

    def _label(self, field: str) -> str:
        """The form's word for a field of the request."""
        return field

    def _tell(self, value: T) -> str:
        """HTML for the result."""
        raise NotImplementedError

    # ---- in code ----

    @property
    def request(self) -> Any:
        """The request model that the fields make; None for a call without a body.

        Raises:
            InputError: the fields make none yet.
        """
        return self._call().body

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Everything that keeps this from being sent, warnings included, each with its field."""
        return self._looked()[1]

    def _looked(self) -> tuple[Prepared[T] | None, tuple[Problem, ...]]:
        """The request for this moment and its problems. Where none can be prepared, the last problem says why."""
        own = tuple(self._own_problems())
        try:
            prepared = self.client.prepare(self._call())
            return prepared, own + self.client.problems(prepared.call) + self._unconfirmed(prepared)
        except InputError as error:
            return None, (*own, Problem("form.incomplete", "request", str(error), True, OURS))

    def _unconfirmed(self, prepared: Prepared[T]) -> tuple[Problem, ...]:
        name = self.client.environment.name
        asked = prepared.call.operation.changes and self.client.needs_confirmation
        shown(self._confirm, asked)
        if not asked or self._confirm.value.strip() == name:
            return ()
        return (Problem("form.confirm", "confirm", f"Type {name} below to allow changes there.", True, OURS),)

    def submit(self) -> T:
        """Send what the preview shows, once. Returns the result.

        Again, with nothing changed since: the first result, nothing is sent. A preview that has become
        stale is prepared again first.

        Raises:
            RequestRefused: problems remain; nothing was sent.
            ToolkitError: what the service answered, or that it did not.
        """
        if self._joins():
            return self.result
        problems = self.problems
        blocking = self._blocking(problems)
        if blocking:
            raise RequestRefused(blocking, f"{self.title} on {self.client.environment.name}")
        if self.prepared is None or self.prepared.is_stale(self.client.now_ms()):
            self.refresh()
        assert self.prepared is not None  # nothing blocks, so it could be prepared
        if self.client.needs_confirmation and self.prepared.call.operation.changes:
            self.client.confirm(self._confirm.value.strip())
        self.exchange = self.client.exchange(self.prepared, acknowledge=self._acknowledged(problems))
        self._armed = False  # only now: what was never sent may be pressed again
        self._report(self.exchange)
        return self.exchange.value

    @property
    def result(self) -> T:
        """What the last submission made.

        Raises:
            InputError: nothing was submitted yet.
            ToolkitError: the last submission failed.
        """
        if self.exchange is None:
            raise InputError("Nothing was submitted yet.", hint=f"Press “{self.act}” or call .submit().")
        return self.exchange.value

    # ---- on the screen ----

    def _assemble(self, line: str, main: Sequence[w.Widget], side: Sequence[w.Widget]) -> None:
        environment = self.client.environment
        emulated = environment.name == EMULATOR
        place = "EMULATOR · nothing leaves this computer" if emulated else f"{environment.name} · {environment.host}"
        tabs = w.Tab(children=list(self._pages.values()))
        tabs.titles = list(self._pages)
        hint = f"made once; these bytes are {'shown, signed and sent' if self.signs else 'shown and sent; nothing is signed'}"
        heading = f"Exactly what will be {'signed and ' if self.signs else ''}sent"
        proof = [html("section.html", title=heading, hint=hint), tabs, self._fingerprint]
        fields = [box("tk-split", box("tk-main", *main), box("tk-side", *side))] if main else []
        self.children = [
            html("head.html", title=self.title, place=place, call=line, live=environment.name == "PROD"),
            *fields,
            styled(w.VBox(proof), *(["tk-preview"] if fields else [])),
            self._accept,
            self._confirm,
            box("tk-foot", self._button, self._again, self._status),
            styled(self._after, "tk-after"),
            self._doubts,
        ]
        styled(self, "tk")
        self.refresh()
        self._recall()

    def _recall(self) -> None:
        """Changes of this kind that an earlier run left in doubt."""
        if not self.operation.changes:
            return
        try:
            entries = [entry for entry in self.client.pending() if entry.operation == self.operation.name]
        except JournalRefused as error:
            self._status.value = render("status.html", kind="high", text=str(error))
            return
        cards = []
        for entry in entries:
            with contextlib.suppress(InputError):  # of a newer toolkit: forms.pending(client) tells
                cards.append(DoubtCard(self.client, entry, self._settled, whole=False))
        self._doubts.children = cards

    def _settled(self, exchange: Exchange[T]) -> None:
        """A change that was in doubt is not any more. Of another one than this form's last, the card itself tells."""
        if self.exchange is None or self.exchange.prepared.call == exchange.prepared.call:
            self.exchange = exchange
            self._report(exchange)

    def refresh(self, _: Any = None) -> None:
        """Problems, meaning and preview follow the fields. The request is prepared for this moment."""
        self.prepared = None  # whatever fails below, old bytes never stand behind new fields
        prepared, problems = self._looked()
        warnings = {(p.rule, p.field) for p in problems if not p.documented and p.rule not in self.insists}
        if not warnings <= self._seen_warnings:
            self._accept.value = False  # a tick covers what was there to read when it was made, and nothing later
        hard = any(p.documented or p.rule in self.insists for p in problems)
        shown(self._accept, bool(warnings) and not hard)
        self._show(problems)
        if prepared is None:
            self._preview_nothing(problems[-1].sentence)
        else:
            self._preview(prepared, draft=bool(self._blocking(problems)))
        self.prepared = prepared
        self._say(problems)

    def _rearm(self, _: Any) -> None:
        self._armed = True
        self.refresh()

    def _ticked(self, _: Any) -> None:
        if self._accept.value:
            self._seen_warnings = {(p.rule, p.field) for p in self.problems if not p.documented}
        else:
            self._seen_warnings = set()
        self.refresh()

    def _joins(self) -> bool:
        """Whether this very request was sent already: another press or submit joins it. Reads are asked again."""
        if self.exchange is None or self._armed or isinstance(self.exchange.error, NotSent):
            return False
        sent = self.exchange.prepared.call
        try:
            return sent.operation.changes and sent == self._call()
        except InputError:
            return False

    def severity(self, problem: Problem) -> str:
        """The mark of a problem: ``high`` blocks, ``medium`` can be acknowledged."""
        return "high" if problem.documented or problem.rule in self.insists else "medium"

    def _acknowledged(self, problems: Sequence[Problem]) -> set[str]:
        ticked = {p.rule for p in problems if not p.documented} if self._accept.value else set()
        return (self.acknowledge | ticked) - self.insists

    def _blocking(self, problems: Sequence[Problem]) -> list[Problem]:
        accepted = self._acknowledged(problems)
        return [p for p in problems if p.documented or p.rule not in accepted]

    def _say(self, problems: Sequence[Problem]) -> None:
        count = len(self._blocking(problems))
        if count:
            text = f"{count} thing{'s'[: count != 1]} to fill or mend first, each named beside its field. Nothing has been sent."
            self._status.value = render("status.html", kind="high" if self._pressed else "note", text=text)
        elif self.prepared is None:
            self._status.value = render(
                "status.html", kind="high", text="This cannot be prepared. Nothing has been sent."
            )
        else:
            made = datetime.fromtimestamp(self.prepared.made_ms / 1000, UTC)
            seconds = (self.prepared.fresh_until_ms - self.prepared.made_ms) // 1000
            note = " Warnings were acknowledged." if problems else ""
            text = (
                f"Ready. Nothing has been sent. Prepared {made:%H:%M:%S} UTC, fresh for {seconds} s (our limit).{note}"
            )
            self._status.value = render("status.html", kind="", text=text)

    def _preview(self, prepared: Prepared[T], draft: bool) -> None:
        pages = self._pages
        if prepared.pieces:
            pages["Request"].value = traced(prepared.pieces, self._label)
        else:
            pages["Request"].value = render("no_body.html", line=f"{prepared.method} {prepared.url}")
        how = "signed when you send it; no signature exists before"
        pages["Signed message"].value = render("message.html", signed=prepared.signed, text=prepared.message, how=how)
        hidden = "added when it is sent, never shown"
        plain = "added when it is sent; not signed"
        rows = [(name, value, "") for name, value in prepared.headers.items()]
        rows += [(name, "••••••••", hidden) for name in self._hidden_headers(prepared)]
        rows += [("Host", self.client.environment.host, plain), ("Accept-Encoding", "identity", plain)]
        rows += [("Content-Length", str(len(prepared.body)), plain)] if prepared.body else []
        pages["Headers"].value = render("headers.html", rows=rows)
        content = prepared.message.encode() if prepared.signed else prepared.body
        covered = "the text that is signed" if prepared.signed else "the body; nothing is signed here"
        what = f"The first 12 hex digits of SHA-256 over {covered}. Whoever checks with you sees the same, or it is not the same request."
        if draft:
            what = "A draft: nothing to read out until every marked field is mended."
        text = "" if draft else spoken(hashlib.sha256(content).hexdigest())
        self._fingerprint.value = render("fingerprint.html", text=text, what=what)

    def _hidden_headers(self, prepared: Prepared[T]) -> Sequence[str]:
        """Headers that carry signatures or secrets."""
        return ()

    def _preview_nothing(self, why: str) -> None:
        for page in self._pages.values():
            page.value = render("status.html", kind="note", text=why)
        self._fingerprint.value = ""

    def _press(self, _: Any = None) -> None:
        """The button stays enabled: pressed too early, it shows what is missing."""
        self._pressed = True
        if self._joins():
            text = "This was sent already, and nothing was sent again. Change a field, or press “Prepare again”, for another one."
            self._status.value = render("status.html", kind="note", text=text)
            return
        problems = self.problems
        if self._blocking(problems):
            self._show(problems)
            self._say(problems)
            return
        if self.prepared is not None and self.prepared.is_stale(self.client.now_ms()):
            self.refresh()
            text = "This was prepared too long ago, so it has been prepared again. Nothing has been sent: look, then press once more."
            self._status.value = render("status.html", kind="medium", text=text)
            return
        before = self.exchange
        try:
            self.submit()
        except ToolkitError as error:
            if self.exchange is before:  # it never got as far as an exchange
                self._status.value = render("status.html", kind="high", text=str(error))

    def _report(self, exchange: Exchange[T]) -> None:
        changes, error = self.operation.changes, exchange.error
        if isinstance(error, InDoubt):
            text = "It is not known whether this happened. It was sent once, and is not sent again; look below."
            self._status.value = render("status.html", kind="medium", text=text)
            try:
                entry = self.client.journal.get(error.number)
            except JournalRefused:  # no card without the journal, but everything that is known
                headline = "It is not known whether this happened."
                self._after.value = render(
                    "trouble.html", headline=headline, what=error.what, hint=error.hint, doubt=True, explanation=""
                )
                return
            others = [card for card in self._doubts.children if card.entry.number != entry.number]
            card = DoubtCard(self.client, entry, self._settled, doubt=error, whole=False)
            self._doubts.children = [*others, card]
            return
        if error is None:
            then = "Change a field to make another." if changes else "Press again to ask again."
            how = f"HTTP {exchange.status}, {exchange.duration_s * 1000:.0f} ms. {then}"
            if exchange.outcome == "adopted":
                how = "The answer was lost; looking found what it made. Nothing was sent twice."
            self._status.value = render("status.html", kind="good", text=f"{self.done}. {how}")
            self._after.value = self._tell(exchange.value)
            return
        doubt = exchange.outcome != "refused"
        if exchange.outcome == "unknown":  # closed by a person
            headline = "Closed. It is not known whether this was made, and it was not sent again."
        elif exchange.outcome == "answered":
            headline = "It was done, but the answer cannot be used." if changes else "The answer cannot be used."
        elif isinstance(error, NotSent):
            headline = "Nobody was reached. Nothing was made."
        else:
            headline = "Refused. Nothing was made." if changes else "No usable answer."
        facts = {"headline": headline, "what": str(error.what), "hint": error.hint, "doubt": doubt}
        self._after.value = render("trouble.html", **facts, explanation=getattr(error, "explanation", ""))
        if exchange.outcome == "unknown":
            text = "Closed without knowing. Look in the service’s own pages before you make another."
        else:
            text = "Look below for what happened." if doubt else "Not done; look below for why."
        self._status.value = render("status.html", kind="medium" if doubt else "high", text=text)


class Row:
    """Some labelled fields in a line, and the line below that says what is wrong.

    An untouched row is not an error yet: it is "still empty".
    """

    def __init__(
        self,
        fields: Sequence[Any],
        head: Sequence[w.Widget],
        tail: Sequence[w.Widget],
        changed: Callable[..., None],
        touched: bool,
    ) -> None:
        self.fields = list(fields)
        self.touched = touched
        self.private = False  # something that must not be shown was typed here and taken away
        self.under = w.HTML()
        self.view = styled(w.VBox([box("tk-row", *head, *fields, *tail), self.under]), "tk-item")
        for field in self.fields:
            field.observe(self._touch, "value")
            field.observe(changed, "value")

    def _touch(self, _: Any) -> None:
        self.touched = True

    def show(
        self, problems: Sequence[tuple[int, str, str]], *, empty: str, notes: Sequence[tuple[str, Any]] = ()
    ) -> None:
        """Mark fields and say what is wrong, as (position, mark, sentence); or what the row means."""
        marked = {at for at, _, _ in problems} if self.touched else set()
        for at, field in enumerate(self.fields):
            (field.add_class if at in marked else field.remove_class)("tk-bad")
        if not self.touched:
            lines: list[tuple[str, Any]] = [("note", empty)]
        else:
            lines = [(mark, sentence) for _, mark, sentence in problems] or list(notes)
        self.under.value = render("under.html", lines=lines)

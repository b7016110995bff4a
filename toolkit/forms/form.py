"""The form machinery: it draws what a ``FormSpec`` says and what a ``Submission`` comes to. Knows
no vendor.

What the fields say becomes one frozen value, pure functions make the rest of it (the call, what is
found in it, what it means), and the results are written into widgets that stay where they are. Core
ipywidgets only, so that VS Code and Colab need nothing more.
"""

from __future__ import annotations

import contextlib
import functools
import threading
import time
from asyncio import TimerHandle
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Generic, ParamSpec, TypeVar

import ipywidgets as w
import traitlets

from toolkit.base.html import render
from toolkit.base.times import moment
from toolkit.client.client import Client
from toolkit.client.submission import (
    Asked,
    Press,
    Submission,
    Words,
    asked_of,
)
from toolkit.errors import InDoubt, InputError, JournalRefused, ToolkitError
from toolkit.findings import Finding
from toolkit.forms.cell import Typed
from toolkit.forms.job import Job, main_loop
from toolkit.forms.observed import Observed, any_busy
from toolkit.forms.outcome import MISTAKE, OutcomeView, was_called_off
from toolkit.forms.preview import Preview
from toolkit.forms.receipts import Receipts
from toolkit.forms.review import ReviewPanel
from toolkit.forms.spec import FormSpec
from toolkit.forms.widgets import box, html, public, shown, styled
from toolkit.request.call import Call
from toolkit.request.environment import EMULATOR
from toolkit.request.exchange import Exchange
from toolkit.request.prepared import Prepared
from toolkit.request.receipt import Receipt

T = TypeVar("T")
P = ParamSpec("P")
R = TypeVar("R")
ON_ITS_WAY = "On its way."


def serialized(method: Callable[P, R]) -> Callable[P, R]:
    """One at a time for each form: JupyterLab may run callbacks in another thread than cells
    (subshells).
    """

    @functools.wraps(method)
    def locked(*args: P.args, **kwargs: P.kwargs) -> R:
        form: Any = args[0]
        with form.lock:
            return method(*args, **kwargs)

    return locked


def _kind(kind: type) -> str:
    """A class as users write it: ``privy.Client``."""
    if issubclass(kind, Client):
        return f"{kind.__module__.split('.')[1]}.{kind.__name__}"
    return kind.__name__


class SendJob(Job[Exchange[T]]):
    """A submission under way, and the call that it is about."""

    def __init__(
        self,
        work: Callable[[], Exchange[T]],
        done: Callable[[Job[Exchange[T]]], None],
        call: Call[T] | None,
    ) -> None:
        super().__init__(work, done)
        self.call = call


class CallForm(Observed, Generic[T]):
    """Builds one call. In code, without a click: ``.request``, ``.problems``, ``.submit()``,
    ``.result``. The traits ``result``, ``outcome`` and ``busy`` can be observed and linked.

    A form makes its widgets, describes itself by a ``FormSpec`` and calls ``draw``; it calls
    ``refresh`` whenever a field changes. It overrides nothing.

    >>> form = cobo.forms.api_key_info(custody)
    >>> form.observe(lambda change: print(change["new"]), "outcome")
    >>> _ = form.submit()
    answered
    """

    #: What the last submission made; None before, and where it made nothing (``exchange`` says why,
    #: and ``submit()`` raises it).
    result: Any = traitlets.Any(None, read_only=True)
    #: What became of the last submission: ``answered``, ``adopted``, ``refused``, ``unknown``, or
    #: empty before the first.
    outcome: Any = traitlets.Unicode("", read_only=True)

    def __init__(self, client: Client, client_class: type[Client] = Client) -> None:
        if not isinstance(client, client_class):
            raise InputError(
                f"client must be a {_kind(client_class)}, not {_kind(type(client))}.",
                hint="See toolkit.connect().",
            )
        super().__init__()
        self.client = client
        self.lock = threading.RLock()
        #: Ids of inferred rules that this request may break.
        self.acknowledge: set[str] = set()
        self.spec: FormSpec[T]
        self.submission: Submission[T] = Submission(client)
        self.preview: Preview
        #: Where the client asks for a review of changes; None elsewhere.
        self.review: ReviewPanel | None = None
        self._quiet = False
        self._seen_warnings: set[Finding] = set()
        self._job: SendJob[T] | None = None  # a submission under way, off the main loop
        self._began_s, self._line = 0.0, ""
        self._typed, self._back = Typed(), ""
        self._moved = ""  # what was changed elsewhere since this was drawn
        self._home = main_loop()
        self._begins_with: Callable[[], Any] = lambda: None
        #: What this form and the steps after it have sent, shown below it and kept in the notebook.
        self.receipts = Receipts()
        self._changes: tuple[tuple[str, str], ...] = ()  # before and after of what is sent
        self._ageing: TimerHandle | None = None
        self._ticking: TimerHandle | None = None
        self._asides: set[Job[Any]] = set()  # reads under way that the form needs
        self._make_widgets()

    def _ipython_display_(self) -> None:
        """The form, and below it an output for its receipts, which a saved notebook keeps."""
        super()._ipython_display_()
        if not self.closed:
            self.receipts.open_slot()

    def close(self) -> None:
        """Free every widget of this form and of the steps after it; it draws nothing more.

        A request that has not left yet is called off. One that has left is answered unseen: the
        journal settles it, and ``exchange`` has it.
        """
        if self.closed or self.comm is None:
            return
        with self.lock:
            for timer in (self._ageing, self._ticking):
                if timer is not None:
                    timer.cancel()
            if self._job is not None:
                self.submission.cancelled()
                if self.submission.has_left:
                    self._typed.forget()  # run again, the cell does not propose it a second time
            super().close()

    def _make_widgets(self) -> None:
        self.status = w.HTML()
        self.after = after = OutcomeView(self, self.client, self._resolved)
        self.refusal, self.next_steps, self.doubts = after.refusal, after.next_steps, after.doubts
        name = self.client.environment.name
        # asked where it protects, on PROD; elsewhere there is no such field to be read
        asks = f"Type {name} to allow changes" if self.client.needs_confirmation else "Not asked"
        self.confirm = public(w.Text(description=asks))
        accept = "I know these warnings and send anyway"
        self.accept = w.Checkbox(value=False, description=accept, indent=False)
        self.send_button = w.Button(button_style="primary")
        again = "A new moment, the same request"
        self.again_button = w.Button(description="Prepare again", tooltip=again)
        cancel = "Works until the first byte has left"
        self.cancel_button = w.Button(description="Cancel", tooltip=cancel)
        shown(self.cancel_button, False)
        afresh = "Every field as it was at first; what was sent stays sent"
        self.fresh_button = w.Button(description="Fresh form", tooltip=afresh)
        shown(self.fresh_button, False)
        self.send_button.on_click(self.press)
        self.again_button.on_click(self.prepare_again)
        self.cancel_button.on_click(self._call_off)
        self.fresh_button.on_click(self.start_afresh)
        self.accept.observe(self._ticked, "value")
        self.confirm.observe(self.refresh, "value")
        fields = (self.confirm, self.accept)
        buttons = (self.send_button, self.again_button, self.cancel_button, self.fresh_button)
        self.keep(self.status, *fields, *buttons)

    # ---- in code ----

    @property
    def request(self) -> Any:
        """The request model that the fields make; None for a call without a body.

        Raises:
            InputError: the fields make none yet.
        """
        return self.spec.call().body

    @property
    def problems(self) -> tuple[Finding, ...]:
        """Everything that keeps this from being sent, warnings included.

        Nothing on the screen changes.
        """
        return self._look().findings

    @property
    def blocking(self) -> tuple[Finding, ...]:
        """Of these, what keeps it from being sent: what nobody has acknowledged, or nobody may."""
        return self._look().blocking

    @property
    def exchange(self) -> Exchange[T] | None:
        """The exchange of the last submission, refused ones too."""
        return self.submission.exchange

    @property
    def receipt(self) -> Receipt | None:
        """What was sent last and what became of it: a value that needs no widget; None before."""
        return self.exchange.receipt(self._changes) if self.exchange else None

    @property
    def prepared(self) -> Prepared[T] | None:
        """The request as it is shown now; None where the fields make none."""
        return self.submission.prepared

    @property
    def goes_on(self) -> bool:
        """Whether it is busy, or follows what it has begun: then it stays in sight."""
        return self._is_under_way or any_busy(self.steps()) or self.spec.goes_on()

    def steps(self) -> tuple[Any, ...]:
        """The steps after it, as they are shown now."""
        return tuple(self.next_steps.children)

    @property
    def _is_under_way(self) -> bool:
        return self._job is not None or self.submission.busy

    def _tell(self) -> None:
        """Whoever observes hears what is so now."""
        result, outcome = None, ""
        if self.exchange is not None:
            outcome = self.exchange.outcome
            if self.exchange.error is None:
                result = self.exchange.value
        self.tell({"result": result, "outcome": outcome}, self._is_under_way)

    def submit(self) -> T:
        """Send what the preview shows, once, and wait for it. Returns the result.

        Again, with nothing changed since: the first result, nothing is sent. A preview that has
        become stale is prepared again first.

        Raises:
            RequestRefused: problems remain; nothing was sent.
            ToolkitError: what the service answered, or that it did not.
        """
        if self.closed:
            what = f"{self.title}: this form was closed, and sends nothing."
            raise InputError(what, hint="Make it anew.")
        for aside in list(self._asides):
            aside.wait()
        job = self._job
        if job is not None:
            same = job.call is not None and job.call == self._look().call
            job.wait()
            if same:
                return job.result().value
        with self.lock:
            work, renewed = self.submission.submit(self._look())
            if work is None:
                assert self.exchange is not None  # of the one that this joins
                return self.exchange.value
            self._confirmed()
            self._changes = tuple(self.spec.changes())
            if renewed:
                self._draw_preview()
            text = ""
            if renewed and self.prepared is not None:  # never silently
                text = "Prepared again right before, for this moment."
            self._tell()
        try:
            exchange = work()
        except BaseException as error:
            with self.lock:
                self.submission.failed(
                    error if isinstance(error, Exception) else InputError("Stopped.")
                )
                self._tell()
            raise
        self._finish(exchange)
        if text:
            self.status.value += render("status.html", kind="note", text=text)
        return exchange.value

    def _look(self) -> Asked[T]:
        """What the fields say now."""
        spec = self.spec
        asked = asked_of(
            self.client,
            spec.call,
            tuple(spec.findings()),
            tuple(spec.signers()),
            self.confirm.value.strip(),
            spec.insists,
            spec.told_elsewhere(),
            spec.ready_made,
        )
        ticked = {finding.rule for finding in asked.warnings} if self.accept.value else set()
        acknowledged = frozenset(self.acknowledge | ticked) - spec.insists
        return Asked(asked.prepared, asked.findings, asked.signers, acknowledged)

    def _confirmed(self) -> None:
        """What was typed to allow changes is said to the client, once it is needed."""
        changes = self.spec.operation.changes
        if changes and self.client.needs_confirmation:
            self.client.confirm(self.confirm.value.strip())

    # ---- on the screen ----

    def draw(
        self, spec: FormSpec[T], line: str, main: Sequence[w.Widget], side: Sequence[w.Widget]
    ) -> None:
        """Put everything in its place, and look at the fields for the first time."""
        self.spec, self.title = spec, spec.title
        words = Words(spec.title, spec.done, spec.then, spec.undone)
        self.submission = Submission(self.client, words, spec.nothing_left)
        self.preview = Preview(spec.spelling, spec.label, spec.pages)
        self.send_button.description = spec.act
        self._make_review_panel()
        environment = self.client.environment
        place = f"{environment.name} · {environment.host}"
        if environment.name == EMULATOR:
            place = "EMULATOR · no account, no real keys"
        fields = []
        if main:
            fields = [box("tk-split", box("tk-main", *main), box("tk-side", *side))]
        live = environment.name == "PROD"
        self.children = [
            html("head.html", title=spec.title, place=place, call=line, live=live),
            *fields,
            self.preview.view(separated=bool(fields)),
            *([self.review.view] if self.review is not None else []),
            self.accept,
            self.confirm,
            box(
                "tk-foot",
                self.send_button,
                self.cancel_button,
                self.again_button,
                self.fresh_button,
                self.status,
            ),
            *self.after.widgets,
        ]
        styled(self, "tk")
        as_made = spec.fields()
        self._begins_with = spec.begins_with or (lambda: as_made)
        identity = (environment.base_url, self.client.identity)
        self._typed = Typed(*identity, spec.operation.name, *spec.subject)
        self._bring_back()
        self.refresh()
        self._recall()
        self.client.listen(self._hear)

    def _make_review_panel(self) -> None:
        """Where the client asks for a review: who is asked, a file for them, and back."""
        if self.spec.operation.changes and self.client.reviewers:
            self.review = ReviewPanel(self.client, self._look, self.refresh)

    def _hear(self, exchange: Exchange[Any]) -> None:
        """A change was sent, by this form or elsewhere, perhaps in a thread of its own."""
        call = exchange.prepared.call
        if self.closed or self.submission.is_sending(call):
            return
        if not set(self.spec.ground()) & {value for _, value in call.arguments}:
            return
        at = moment(self.client.now_ms(), "%H:%M:%S")
        self._moved = (
            f" At {at}, after this was drawn: “{call.operation.title}”. What stands here may be "
            "older than that; make the form anew to see what is so now."
        )
        # at once, so that it is part of the cell that has sent; later only where the form is busy
        if self.lock.acquire(blocking=False):
            try:
                self._tell_moved()
            finally:
                self.lock.release()
        elif self._home is not None and not self._home.is_closed():
            self._home.call_soon_threadsafe(self._tell_moved)

    @serialized
    def _tell_moved(self) -> None:
        if not self.closed and self._job is None:
            self._say_state()

    def _bring_back(self) -> None:
        """What was typed when this cell was run before, unless it was sent."""
        fields = self._typed.fields
        if fields is None:
            return
        try:
            with self.quietly(look=False):
                self.spec.fill(fields)
            self._back = "What was typed here before is back."
        except InputError as error:
            self._back = f"What was typed here before does not fit any more: {error.what}"

    @serialized
    def start_afresh(self, _: Any = None) -> None:
        """Every field as it was when the form was made, for another request."""
        if self._is_under_way or any_busy(self.steps()):
            self.say("note", "Something is still under way. Wait until it has ended.")
            return
        self._typed.forget()
        self._back = ""
        words = self.submission.words
        self.submission = Submission(self.client, words, self.spec.nothing_left)
        self.after.clear()
        with self.quietly():
            self.accept.value = False
            self.spec.fill(self._begins_with())
        self._tell()

    def _keep_typed(self) -> None:
        """What stands in the fields comes back when the cell is run again; what was sent does
        not.
        """
        fields, done = self.spec.fields(), self.submission.is_done
        untouched = fields == self._begins_with()
        if done or untouched:
            self._typed.forget()
        else:
            self._typed.keep(self.spec.to_keep(fields))
        shown(self.fresh_button, done or not untouched)

    def _recall(self) -> None:
        """Changes of this kind that an earlier run left in doubt."""
        if not self.spec.operation.changes:
            return
        try:
            self.after.recall(self.spec)
        except JournalRefused as error:
            self.say("high", str(error))

    @serialized
    def _resolved(self, exchange: Exchange[T]) -> None:
        """A change that was in doubt is not any more.

        Of another one than this form's last, the card tells.
        """
        mine = self.exchange is None or self.exchange.prepared.call == exchange.prepared.call
        if mine and self._job is None:
            self._finish(exchange)

    @contextlib.contextmanager
    def quietly(self, *, look: bool = True) -> Iterator[None]:
        """Set many fields, and look at what they say once, at the end; or not at all."""
        before, self._quiet = self._quiet, True
        try:
            yield
        finally:
            self._quiet = before
        if look:
            self.refresh()

    @property
    def quiet(self) -> bool:
        """Whether many fields are being set, and nobody looks at what they say."""
        return self._quiet

    def aside(self, work: Callable[[], Any], then: Callable[[Job[Any]], None]) -> None:
        """Read what the form needs, off the main loop; ``then`` takes it, and the form
        looks again.
        """

        def ended(job: Job[Any]) -> None:
            with self.lock:
                self._asides.discard(job)
                if self.closed:
                    return
                try:
                    then(job)
                except Exception as error:  # noqa: BLE001  # shown: nobody is there to raise it to
                    self._mistaken(error)
                self.refresh()

        job = Job(work, ended)
        self._asides.add(job)
        job.start()

    @serialized
    def refresh(self, _: Any = None) -> None:
        """Problems, meaning and preview follow the fields.

        The request is prepared for this moment.
        """
        if self._quiet or self.closed:
            return
        asked = self._look()
        if not set(asked.warnings) <= self._seen_warnings and self.accept.value:
            # a tick covers what was there to read when it was made, and nothing later
            with self.accept.hold_trait_notifications():
                self.accept.value = False
            asked = self._look()
        self.submission.edited(asked)
        self._draw()
        self._keep_typed()
        self.spec.looked()

    def _draw(self) -> None:
        """The screen follows what the fields say."""
        asked, done = self.submission.asked, self.submission.is_done
        hard = any(finding.blocks for finding in asked.of_the_fields)
        shown(self.accept, bool(asked.warnings) and not hard and not done)
        changes = asked.call is not None and asked.call.operation.changes
        shown(self.confirm, changes and self.client.needs_confirmation)
        # once it is done the form shows what happened, not what the next one would lack
        self.spec.show(() if done else asked.of_the_fields)
        if self.review is not None:
            shown(self.review.view, not done)
            self.review.show(self.prepared)
        self._draw_preview()
        if self._job is None:  # while one is under way, the line says how it goes
            self._say_state()
        self._age()

    def _draw_preview(self) -> None:
        asked, prepared = self.submission.asked, self.prepared
        if self.exchange is not None and self.submission.is_done:
            self.preview.show(self.spec.as_shown(self.exchange.prepared), draft=False, sent=True)
        elif prepared is None:
            self.preview.nothing(asked.findings[-1].text)
        else:
            self.preview.show(self.spec.as_shown(prepared), draft=self.submission.is_draft)

    def _say_state(self) -> None:
        state = self.submission.state
        back = f" {self._back}" if self._back and not self.submission.is_done else ""
        self.say(state.severity, state.sentence + back + self._moved)

    @serialized
    def prepare_again(self, _: Any = None) -> None:
        """Prepare the same request for a new moment, and let it be sent although it was sent
        before.
        """
        self.submission.prepared_again(self._look())
        self.spec.read_again()
        self.refresh()

    @serialized
    def _ticked(self, _: Any) -> None:
        if self.accept.value:
            self._seen_warnings = set(self._look().warnings)
        else:
            self._seen_warnings = set()
        self.refresh()

    @property
    def pressed(self) -> bool:
        """Whether somebody has tried to send it: then what is empty is missing."""
        return self.submission.pressed

    def mark(self, finding: Finding) -> str:
        """The mark of a finding: ``high`` blocks or destroys, ``medium`` can be acknowledged."""
        return "high" if finding.rule in self.spec.alarming else finding.severity

    def say(self, kind: str, text: str) -> None:
        """What the status line says."""
        self.status.value = render("status.html", kind=kind, text=text)

    def show_after(self, markup: str) -> None:
        """What stands below the form once it is done."""
        self.after.card.value = markup

    def _age(self) -> None:
        """Tell when the preview becomes too old to be sent, where there is a loop to tell it."""
        if self._ageing is not None:
            self._ageing.cancel()
        loop = main_loop()
        if loop is not None and self.prepared is not None:
            left_s = (self.prepared.fresh_until_ms - self.client.now_ms()) / 1000
            self._ageing = loop.call_later(left_s + 0.1, self._aged)

    @serialized
    def _aged(self) -> None:
        if not self.closed and self.submission.aged():
            self.preview.stale()
            self._say_state()

    # ---- submitting ----

    @serialized
    def press(self, _: Any = None) -> None:
        """What the button does. It stays enabled: pressed too early, it shows what is missing."""
        if self._job is not None and self._job.ended:
            self._job.wait()  # its end was never heard, because the loop that began it is gone
        if self.spec.asks_anew and self._job is None:
            self.refresh()  # a read: each press is a new question
        pressed = self.submission.press(self._look())
        if pressed.work is None:
            self._not_begun(pressed)
            return
        self._confirmed()
        self._changes = tuple(self.spec.changes())
        self._began_s = time.monotonic()
        self._tell()
        self._job = SendJob(pressed.work, self._ended, self.submission.asked.call)
        self.cancel_button.disabled = False
        self._job.start()
        if self._job is not None:  # off the main loop
            shown(self.cancel_button, True)
            self._line = ON_ITS_WAY
            self._tick()

    def _not_begun(self, pressed: Press[T]) -> None:
        """The press sends nothing: say why, and show what is missing."""
        if self._job is not None:
            self._under_way(pressed.sentence)
            return
        self._draw()
        self.say(pressed.severity, pressed.sentence)

    @serialized
    def _ended(self, job: Job[Exchange[T]]) -> None:
        self._job = None
        shown(self.cancel_button, False)
        try:
            exchange = job.result()
        except Exception as error:  # noqa: BLE001  # shown: a click has nobody to raise it to
            self._failed(error)
            return
        try:
            self._finish(exchange)
        except Exception as error:  # noqa: BLE001  # as above; the exchange is kept
            self._mistaken(error)

    def _failed(self, error: Exception) -> None:
        """It never got as far as an exchange."""
        self.submission.failed(error)
        if not self.closed:
            self._say_state()
            self.after.trouble("Not sent." if isinstance(error, ToolkitError) else MISTAKE, error)
        self._tell()

    def _mistaken(self, error: Exception) -> None:
        self.say("high", "Something went wrong in the toolkit itself; look below.")
        self.after.trouble(MISTAKE, error)

    @serialized
    def _call_off(self, _: Any) -> None:
        if self._job is None:
            return
        self.cancel_button.disabled = True
        self._under_way(self.submission.cancelled().sentence)

    @serialized
    def _tick(self) -> None:
        """Once a second while it is under way. A bar appears where it takes longer than one."""
        loop = main_loop()
        if self._ticking is not None:
            self._ticking.cancel()
        if self._job is None or loop is None or self.closed:
            return
        if self._line == ON_ITS_WAY and self.submission.has_left:
            self._line = "Sent; waiting for the answer."
        self._under_way(self._line)  # what a press was told stays, only the seconds go on
        self._ticking = loop.call_later(1.0, self._tick)

    def _under_way(self, text: str) -> None:
        self._line = text
        seconds = int(time.monotonic() - self._began_s)
        since = f"{seconds} s" if seconds else ""
        self.status.value = render("progress.html", text=text, since=since)

    # ---- what became of it ----

    @serialized
    def _finish(self, exchange: Exchange[T]) -> None:
        self.submission.answered(exchange)
        try:
            if not self.closed:
                self._draw_outcome(exchange)
        finally:
            self._tell()

    def _draw_outcome(self, exchange: Exchange[T]) -> None:
        after = self.after
        after.refusal.value = ""
        self._draw()
        self._keep_typed()
        self._say_state()
        if self.spec.operation.changes and not was_called_off(exchange):
            self.receipts.add(exchange.receipt(self._changes))
        if exchange.error is None:
            after.show_result(self.spec, exchange.value, self.receipts)
            self.spec.learn(exchange.value)
        elif isinstance(exchange.error, InDoubt):
            after.show_doubt(exchange.error)
        elif not was_called_off(exchange):
            doubt = exchange.outcome != "refused"
            headline = self.submission.headline(exchange)
            after.trouble(headline, exchange.error, doubt=doubt, status=exchange.status)

"""The form machinery: fields → a frozen value → a Call → the preview → one submission. Knows no vendor.

A form class only wires widgets: what the fields say becomes one value, pure functions make the rest of it
(the call, its problems, what it means), and the results are written into widgets that stay where they are.
Core ipywidgets only, so that VS Code and Colab need nothing more.
"""

from __future__ import annotations

import contextlib
import functools
import threading
import time
import traceback
from asyncio import TimerHandle
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, ClassVar, Generic, ParamSpec, TypeVar

import ipywidgets as w

from toolkit.base.html import render
from toolkit.base.times import moment
from toolkit.client.client import Client
from toolkit.errors import (
    ApiError,
    InDoubt,
    InputError,
    JournalRefused,
    NotSent,
    Problem,
    RequestRefused,
    ToolkitError,
)
from toolkit.forms.in_doubt import InDoubtCard
from toolkit.forms.job import Job, main_loop
from toolkit.forms.preview import Preview, Spelling, fingerprint
from toolkit.forms.widgets import Panel, box, html, public, shown, styled
from toolkit.keys.private import PrivateKey
from toolkit.request.call import Call, Operation
from toolkit.request.environment import EMULATOR
from toolkit.request.exchange import Exchange
from toolkit.request.prepared import Prepared
from toolkit.transport.cancel import CancelToken

T = TypeVar("T")
P = ParamSpec("P")
R = TypeVar("R")
OURS = "this form"
ON_ITS_WAY = "On its way."
CALLED_OFF = "Cancelled before it left. Nothing is sent; it ends in a moment, and then it may be pressed again."


def serialized(method: Callable[P, R]) -> Callable[P, R]:
    """One at a time for each form: JupyterLab may run widget callbacks in another thread than cells (subshells)."""

    @functools.wraps(method)
    def locked(*args: P.args, **kwargs: P.kwargs) -> R:
        form: Any = args[0]
        with form.lock:
            return method(*args, **kwargs)

    return locked


# ---- the form ------------------------------------------------------------------------------------


class SendJob(Job[Exchange[T]]):
    """A submission under way, and the call that it is about."""

    def __init__(
        self,
        work: Callable[[], Exchange[T]],
        done: Callable[[Job[Exchange[T]]], None],
        call: Call[T],
    ) -> None:
        super().__init__(work, done)
        self.call = call


class CallForm(Panel, Generic[T]):
    """Builds one call. In code, without a click: ``.request``, ``.problems``, ``.submit()``, ``.result``.

    A subclass gives its fields to ``_assemble`` and implements ``_call``, ``_show`` and ``_tell``; it calls
    ``refresh`` whenever a field changes.
    """

    operation: Operation[Any]
    spelling: ClassVar[Spelling]
    act = "Send"
    done = "Done"
    then = "Change a field to make another."
    undone = "made"  # what a refused change did not do
    #: Inferred rules that this form does not let anyone break: an empty field is no decision.
    insists: frozenset[str] = frozenset()
    #: Rules that the form tells in its own words, or knows better.
    told_elsewhere: frozenset[str] = frozenset()
    client_class: ClassVar[type[Client]] = Client

    def __init__(self, client: Client) -> None:
        if not isinstance(client, self.client_class):
            wanted = f"{self.client_class.__module__.split('.')[1]}.Client"
            raise InputError(
                f"client must be a {wanted}, not {type(client).__name__}.",
                hint="See toolkit.connect().",
            )
        super().__init__()
        self.client = client
        self.lock = threading.RLock()
        #: Ids of inferred rules that this request may break.
        self.acknowledge: set[str] = set()
        #: The exchange of the last submission, refused ones too.
        self.exchange: Exchange[T] | None = None
        self.prepared: Prepared[T] | None = None
        self._pressed, self._armed, self._quiet = False, False, False
        self._seen_warnings: set[Problem] = set()
        self._job: SendJob[T] | None = None  # a submission under way, off the main loop
        self._cancel_token, self._began_s, self._line = CancelToken(), 0.0, ""
        self._reported = ""  # the status line after the last submission
        self._ageing: TimerHandle | None = None
        self._ticking: TimerHandle | None = None
        self._asides: set[Job[Any]] = set()  # reads under way that the form needs
        self.preview = Preview(self.spelling, self._label)
        self._status, self._wrong, self._after = w.HTML(), w.HTML(), w.HTML()
        self._next, self._doubts = w.VBox(), w.VBox()
        name = client.environment.name
        self._confirm = public(
            w.Text(description=f"Type {name} to allow changes", placeholder=name)
        )
        self._accept = w.Checkbox(
            value=False, description="I know these warnings and send anyway", indent=False
        )
        self._button = w.Button(description=self.act, button_style="primary")
        self._again = w.Button(
            description="Prepare again", tooltip="A new moment, the same request"
        )
        self._cancel = w.Button(description="Cancel", tooltip="Works until the first byte has left")
        shown(self._cancel, False)
        self._button.on_click(self._press)
        self._again.on_click(self.prepare_again)
        self._cancel.on_click(self._call_off)
        self._accept.observe(self._ticked, "value")
        self._confirm.observe(self.refresh, "value")

    # ---- what a subclass says ----

    def _call(self) -> Call[T]:
        """The call that the fields make. Raises InputError where they make none."""
        raise NotImplementedError

    def _signers(self) -> Sequence[PrivateKey]:
        """The keys that sign, where members must."""
        return ()

    def _as_shown(self, prepared: Prepared[T]) -> Prepared[T]:
        """What the preview shows of it, where the form knows more than the request: that nobody has to sign."""
        return prepared

    def _own_problems(self) -> Iterable[Problem]:
        """Problems that only the form can see, such as an empty row."""
        return ()

    def _show(self, problems: Sequence[Problem]) -> None:
        """Put each problem beside its field, and redraw what it all means."""

    def _label(self, field: str) -> str:
        """The form's word for a field of the request."""
        return field

    def _about(self, call: Call[T]) -> bool:
        """Whether a call of an earlier run is about the same thing as this form, which then tells how it ended."""
        return True

    def _tell(self, value: T) -> str:
        """HTML for the result."""
        raise NotImplementedError

    def _learn(self, value: T) -> None:
        """What the form itself takes from a result, e.g. that the quorum is another one now."""

    def _follow(self, value: T) -> Sequence[w.Widget]:
        """What is at hand once it is done: the next step."""
        return ()

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
            rules = self.client.problems(prepared.call, signers=self._signers())
            found = own + rules + self._unconfirmed(prepared)
            return prepared, tuple(
                problem for problem in found if problem.rule not in self.told_elsewhere
            )
        except InputError as error:
            return None, (*own, Problem("form.incomplete", "request", str(error), True, OURS))

    def _unconfirmed(self, prepared: Prepared[T]) -> tuple[Problem, ...]:
        name = self.client.environment.name
        asked = prepared.call.operation.changes and self.client.needs_confirmation
        shown(self._confirm, asked)
        if not asked or self._confirm.value.strip() == name:
            return ()
        sentence = f"Type {name} below to allow changes there; in code, client.confirm({name!a})."
        return (Problem("form.confirm", "confirm", sentence, True, OURS),)

    def submit(self) -> T:
        """Send what the preview shows, once, and wait for it. Returns the result.

        Again, with nothing changed since: the first result, nothing is sent. A preview that has become
        stale is prepared again first.

        Raises:
            RequestRefused: problems remain; nothing was sent.
            ToolkitError: what the service answered, or that it did not.
        """
        for aside in list(self._asides):
            aside.wait()
        job = self._job
        if job is not None:
            same = self._says(job.call)
            job.wait()
            if same:
                return job.result().value
        with self.lock:
            if self._joins():
                return self.result
            problems = self.problems
            blocking = self._blocking(problems)
            if blocking:
                raise RequestRefused(blocking, f"{self.title} on {self.client.environment.name}")
            stale = self.prepared is None or self.prepared.is_stale(self.client.now_ms())
            renewed = (
                stale
                or self._spent
                or not self._says(self.prepared.call if self.prepared else None)
            )
            if renewed:
                self.refresh()
            sending, shown_as = (
                self._sending(problems, None),
                self._as_shown(self.prepared) if self.prepared else None,
            )
        exchange = sending()
        self._finish(exchange)
        if (
            renewed and shown_as is not None
        ):  # never silently: what was read out before is not what was sent
            text = f"Prepared again right before: {fingerprint(shown_as)}."
            self._status.value += render("status.html", kind="note", text=text)
            self._reported = self._status.value
        return exchange.value

    def _says(self, call: Call[Any] | None) -> bool:
        """Whether the fields make this call."""
        try:
            return call is not None and call == self._call()
        except InputError:
            return False

    def _sending(
        self, problems: Sequence[Problem], cancel: CancelToken | None
    ) -> Callable[[], Exchange[T]]:
        """What the fields say now, as work that nothing typed later can change."""
        prepared, signers, acknowledge = (
            self.prepared,
            tuple(self._signers()),
            self._acknowledged(problems),
        )
        assert prepared is not None  # nothing blocks, so it could be prepared
        if self.client.needs_confirmation and prepared.call.operation.changes:
            self.client.confirm(self._confirm.value.strip())
        client = self.client
        return lambda: client.exchange(
            prepared, signers=signers, acknowledge=acknowledge, cancel=cancel
        )

    @serialized
    def _finish(self, exchange: Exchange[T]) -> None:
        self.exchange = exchange
        self._armed = False  # only now: what was never sent may be pressed again
        self._report(exchange)
        self._reported = self._status.value
        if exchange.error is None:
            self._learn(exchange.value)

    @property
    def busy(self) -> bool:
        """Whether a submission of this form, or of a step after it, is under way."""
        return self._job is not None or any(
            getattr(step, "busy", False) for step in self._next.children
        )

    @property
    def result(self) -> T:
        """What the last submission made.

        Raises:
            InputError: nothing was submitted yet.
            ToolkitError: the last submission failed.
        """
        if self.exchange is None:
            raise InputError(
                "Nothing was submitted yet.", hint=f"Press “{self.act}” or call .submit()."
            )
        return self.exchange.value

    # ---- on the screen ----

    def _assemble(self, line: str, main: Sequence[w.Widget], side: Sequence[w.Widget]) -> None:
        environment = self.client.environment
        emulated = environment.name == EMULATOR
        place = (
            "EMULATOR · no account, no real keys"
            if emulated
            else f"{environment.name} · {environment.host}"
        )
        fields = [box("tk-split", box("tk-main", *main), box("tk-side", *side))] if main else []
        self.children = [
            html(
                "head.html",
                title=self.title,
                place=place,
                call=line,
                live=environment.name == "PROD",
            ),
            *fields,
            self.preview.view(separated=bool(fields)),
            self._accept,
            self._confirm,
            box("tk-foot", self._button, self._cancel, self._again, self._status),
            styled(self._wrong, "tk-after"),
            styled(self._after, "tk-after"),
            self._next,
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
            entries = [
                entry for entry in self.client.pending() if entry.operation == self.operation.name
            ]
        except JournalRefused as error:
            self._say("high", str(error))
            return
        cards = []
        for entry in entries:
            with contextlib.suppress(InputError):  # of a newer toolkit: forms.pending(client) tells
                if self._about(self.client.call_of(entry)):
                    cards.append(InDoubtCard(self.client, entry, self._settled, whole=False))
        self._doubts.children = cards

    @serialized
    def _settled(self, exchange: Exchange[T]) -> None:
        """A change that was in doubt is not any more. Of another one than this form's last, the card itself tells."""
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

    def _aside(self, work: Callable[[], Any], then: Callable[[Job[Any]], None]) -> None:
        """Read something that the form needs, off the main loop; ``then`` takes it, and the form looks again."""

        def ended(job: Job[Any]) -> None:
            with self.lock:
                self._asides.discard(job)
                try:
                    then(job)
                except Exception as error:  # noqa: BLE001  # shown with its traceback: nobody is there to raise it to
                    self._mistaken(error)
                self.refresh()

        job = Job(work, ended)
        self._asides.add(job)
        job.start()

    @serialized
    def refresh(self, _: Any = None) -> None:
        """Problems, meaning and preview follow the fields. The request is prepared for this moment."""
        if self._quiet:
            return
        self.prepared = None  # whatever fails below, old bytes never stand behind new fields
        prepared, problems = self._looked()
        warnings = {p for p in problems if not p.documented and p.rule not in self.insists}
        if not warnings <= self._seen_warnings:
            self._accept.value = (
                False  # a tick covers what was there to read when it was made, and nothing later
            )
        hard = any(p.documented or p.rule in self.insists for p in problems)
        shown(self._accept, bool(warnings) and not hard)
        self._show(problems)
        if prepared is None:
            self.preview.nothing(problems[-1].sentence)
        else:
            self.preview.show(self._as_shown(prepared), draft=bool(self._blocking(problems)))
        self.prepared = prepared
        if self._job is None:  # while one is under way, the line says how it goes
            if self._joins():
                self._status.value = self._reported  # it says what became of these very fields
            else:
                self._count(problems)
        self._age()

    @serialized
    def prepare_again(self, _: Any = None) -> None:
        """Prepare the same request for a new moment, and let it be sent although it was sent before."""
        self._armed = True
        self._read_again()
        self.refresh()

    def _read_again(self) -> None:
        """Read once more what could not be read before."""

    @serialized
    def _ticked(self, _: Any) -> None:
        if self._accept.value:
            self._seen_warnings = {p for p in self.problems if not p.documented}
        else:
            self._seen_warnings = set()
        self.refresh()

    def _joins(self) -> bool:
        """Whether this very request was sent already: another press or submit joins it. Reads are asked again."""
        if self.exchange is None or self._armed or isinstance(self.exchange.error, NotSent):
            return False
        sent = self.exchange.prepared.call
        return sent.operation.changes and self._says(sent)

    @property
    def _spent(self) -> bool:
        """Whether the request that is shown was on its way already; what never left may go again."""
        exchange = self.exchange
        return (
            exchange is not None
            and exchange.prepared is self.prepared
            and not isinstance(exchange.error, NotSent)
        )

    def severity(self, problem: Problem) -> str:
        """The mark of a problem: ``high`` blocks, ``medium`` can be acknowledged."""
        return "high" if problem.documented or problem.rule in self.insists else "medium"

    def _acknowledged(self, problems: Sequence[Problem]) -> set[str]:
        ticked = {p.rule for p in problems if not p.documented} if self._accept.value else set()
        return (self.acknowledge | ticked) - self.insists

    def _blocking(self, problems: Sequence[Problem]) -> list[Problem]:
        accepted = self._acknowledged(problems)
        return [p for p in problems if p.documented or p.rule not in accepted]

    def _say(self, kind: str, text: str) -> None:
        self._status.value = render("status.html", kind=kind, text=text)

    def _count(self, problems: Sequence[Problem]) -> None:
        count = len(self._blocking(problems))
        if count:
            text = f"{count} thing{'s'[: count != 1]} to fill or mend first, each named beside its field. Nothing has been sent."
            self._say("high" if self._pressed else "note", text)
        elif self.prepared is None:
            self._say("high", "This cannot be prepared. Nothing has been sent.")
        else:
            made = moment(self.prepared.made_ms, "%H:%M:%S")
            seconds = (self.prepared.fresh_until_ms - self.prepared.made_ms) // 1000
            note = " Warnings were acknowledged." if problems else ""
            text = (
                f"Ready. Nothing has been sent. Prepared {made}, fresh for {seconds} s (our limit)."
            )
            self._say("", text + note)

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
        stale = self.prepared is not None and self.prepared.is_stale(self.client.now_ms())
        if stale and self._job is None and not self._spent and not self._joins():
            self.preview.stale()
            text = "This preview is too old to be sent as it is. Press “Prepare again”. Nothing has been sent."
            self._say("note", text)

    # ---- submitting ----

    @serialized
    def _press(self, _: Any = None) -> None:
        """The button stays enabled: pressed too early, it shows what is missing."""
        self._pressed = True
        if self._job is not None and self._job.ended:
            self._job.wait()  # its end was never heard, because the loop that began it is gone
        if self._job is not None:
            text = "It is on its way already, and this press joined it. Nothing is sent twice."
            if not self._says(self._job.call):
                text = "Another request of this form is still under way. Press again when it has ended."
            self._under_way(CALLED_OFF if self._cancel_token.cancelled else text)
            return
        if self._joins():
            self._say(
                "note",
                "This was sent already, and nothing was sent again. Change a field, or press “Prepare again”, for another one.",
            )
            return
        problems = self.problems
        if self._blocking(problems):
            self._show(problems)
            self._count(problems)
            return
        again = ""
        if self.prepared is None or not self._says(self.prepared.call):
            again = (
                "The fields say something else than what was shown, so it has been prepared again."
            )
        elif self.prepared.is_stale(self.client.now_ms()):
            again = "This was prepared too long ago, so it has been prepared again."
        if again:
            self.refresh()
            self._say("medium", f"{again} Nothing has been sent: look, then press once more.")
            return
        assert self.prepared is not None  # what is missing was prepared just now
        self._cancel_token, self._began_s = CancelToken(), time.monotonic()
        self._job = SendJob(
            self._sending(problems, self._cancel_token), self._ended, self.prepared.call
        )
        self._cancel.disabled = False
        self._job.start()
        if self._job is not None:  # off the main loop
            shown(self._cancel, True)
            self._line = ON_ITS_WAY
            self._tick()

    @serialized
    def _ended(self, job: Job[Exchange[T]]) -> None:
        self._job = None
        shown(self._cancel, False)
        try:
            exchange = job.result()
        except ToolkitError as error:  # it never got as far as an exchange
            self._say("high", "Not sent; look below for why.")
            self._trouble("Not sent.", error)
            return
        except Exception as error:  # noqa: BLE001  # shown with its traceback: a click has nobody to raise it to
            self._mistaken(error)
            return
        try:
            self._finish(exchange)
        except Exception as error:  # noqa: BLE001  # as above; the exchange is kept
            self._mistaken(error)

    def _mistaken(self, error: Exception) -> None:
        self._say("high", "Something went wrong in the toolkit itself; look below.")
        self._trouble("This is a mistake of ours. Look into the journal for what was sent.", error)

    @serialized
    def _call_off(self, _: Any) -> None:
        if self._job is None:
            return
        self._cancel.disabled = True
        if self._cancel_token.cancel():
            self._under_way(CALLED_OFF)
        else:
            self._under_way("Too late to cancel: it has left. Waiting for the answer.")

    @serialized
    def _tick(self) -> None:
        """Once a second while it is under way. A bar appears where it takes longer than one."""
        loop = main_loop()
        if self._ticking is not None:
            self._ticking.cancel()
        if self._job is None or loop is None:
            return
        if self._line == ON_ITS_WAY and self._cancel_token.committed:
            self._line = "Sent; waiting for the answer."
        self._under_way(self._line)  # what a press was told stays, only the seconds go on
        self._ticking = loop.call_later(1.0, self._tick)

    def _under_way(self, text: str) -> None:
        self._line = text
        seconds = int(time.monotonic() - self._began_s)
        self._status.value = render(
            "progress.html", text=text, since=f"{seconds} s" if seconds else ""
        )

    def _report(self, exchange: Exchange[T]) -> None:
        changes, error = self.operation.changes, exchange.error
        self._wrong.value = ""
        if isinstance(error, InDoubt):
            self._say(
                "medium",
                "It is not known whether this happened. It was sent once, and is not sent again; look below.",
            )
            try:
                entry = self.client.journal.get(error.number)
            except JournalRefused:  # no card without the journal, but everything that is known
                self._trouble("It is not known whether this happened.", error, doubt=True)
                return
            others = [card for card in self._doubts.children if card.entry.number != entry.number]
            card = InDoubtCard(self.client, entry, self._settled, doubt=error, whole=False)
            self._doubts.children = [*others, card]
            return
        if error is None:
            then = self.then if changes else "Press again to ask again."
            how = f"HTTP {exchange.status}, {exchange.duration_s * 1000:.0f} ms. {then}"
            if exchange.outcome == "adopted":
                how = "The answer was lost; looking found what it made. Nothing was sent twice."
            self._say("good", f"{self.done}. {how}")
            self._after.value = self._tell(exchange.value)
            try:
                busy = [step for step in self._next.children if getattr(step, "busy", False)]
                self._next.children = (
                    *self._follow(exchange.value),
                    *busy,
                )  # what is under way stays in sight
            except ToolkitError as trouble:  # it is done all the same
                text = f"It is done. What comes next could not be read: {trouble}"
                self._next.children = (html("status.html", kind="note", text=text),)
            return
        if isinstance(error, NotSent) and error.cause == "cancelled":
            self._say("note", "Cancelled before it left. Nothing was sent. Press again to send it.")
            return
        doubt = exchange.outcome != "refused"
        if exchange.outcome == "unknown":  # closed by a person
            headline = "Closed. It is not known whether this was made, and it was not sent again."
        elif exchange.outcome == "answered":
            headline = (
                "It was done, but the answer cannot be used."
                if changes
                else "The answer cannot be used."
            )
        elif isinstance(error, NotSent):
            headline = (
                f"Nobody was reached. Nothing was {self.undone}."
                if changes
                else "Nobody was reached."
            )
        else:
            headline = f"Refused. Nothing was {self.undone}." if changes else "No usable answer."
        self._trouble(headline, error, doubt=doubt, status=exchange.status)
        if exchange.outcome == "unknown":
            text = (
                "Closed without knowing. Look in the service’s own pages before you make another."
            )
        else:
            text = "Look below for what happened." if doubt else "Not done; look below for why."
        self._say("medium" if doubt else "high", text)

    def _trouble(
        self, headline: str, error: Exception, *, doubt: bool = False, status: int | None = None
    ) -> None:
        """An error as sentences, its evidence in a line, the traceback one click away."""
        facts = [("HTTP", str(status))] if status else []
        if isinstance(error, ApiError):
            facts += [
                (name, str(value))
                for name, value in (("code", error.code), ("error id", error.error_id))
                if value
            ]
        what, hint = f"{type(error).__name__}: {error}", ""
        if isinstance(error, ToolkitError):
            what, hint = error.what, error.hint
            facts += error.evidence
        self._wrong.value = render(
            "trouble.html",
            headline=headline,
            what=what,
            hint=hint,
            doubt=doubt,
            explanation=getattr(error, "explanation", ""),
            facts=facts,
            traceback="".join(traceback.format_exception(error)),
        )


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
        self.private = False  # a private key was pasted here and taken away
        self.under = w.HTML()
        self.view = styled(w.VBox([box("tk-row", *head, *fields, *tail), self.under]), "tk-item")
        for field in self.fields:
            if isinstance(field, w.Text):
                public(field, self._forgot)
            field.observe(self._touch, "value")
            field.observe(changed, "value")

    def _forgot(self, private: bool) -> None:
        self.private = private

    def _touch(self, _: Any) -> None:
        self.touched = True

    def show(
        self,
        problems: Sequence[tuple[int, str, str]],
        *,
        empty: str,
        notes: Sequence[tuple[str, Any]] = (),
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

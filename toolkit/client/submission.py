"""One submission, from what the fields say to what became of it. No widget: a form only draws its
states.

The button and ``submit()`` both go through it. What is sent is what was shown, once; whatever order
people press, edit, cancel and hear of answers in, there is a state, and each state has a sentence.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

from toolkit.base.text import plural
from toolkit.base.times import moment
from toolkit.client.client import Client
from toolkit.errors import InDoubt, InputError, NotSent, RequestRefused, ToolkitError
from toolkit.findings import Finding, Severity, needed
from toolkit.keys.signer import Signer
from toolkit.request.call import Call
from toolkit.request.exchange import Exchange
from toolkit.request.prepared import Prepared
from toolkit.transport.cancel import CANCELLED, CancelToken

T = TypeVar("T")
CALLED_OFF = (
    "Cancelled before it left. Nothing is sent; it ends in a moment, and then it may be pressed "
    "again."
)
UNREVIEWED = "form.review"  # the rule of a change that nobody has reviewed whose review counts
WAITS_FOR_REVIEW = "It waits for a review: save it for a reviewer, or add the file that came back."
TOO_LATE = "Too late to cancel: it has left. Waiting for the answer."


@dataclass(frozen=True, slots=True)
class Asked(Generic[T]):
    """What the fields say at one moment: the request that they make, if they make one, and what was
    found.

    ``signers`` are the keys that sign, ``acknowledged`` the rules that a person lets it break.
    """

    prepared: Prepared[T] | None
    findings: tuple[Finding, ...] = ()
    signers: tuple[Signer, ...] = ()
    acknowledged: frozenset[str] = frozenset()

    @property
    def call(self) -> Call[T] | None:
        """The call that the fields make."""
        return None if self.prepared is None else self.prepared.call

    @property
    def blocking(self) -> tuple[Finding, ...]:
        """What keeps it from being sent."""
        return tuple(f for f in self.findings if f.holds_up(self.acknowledged))

    @property
    def is_draft(self) -> bool:
        """Whether the fields themselves have to be put right first: more is missing than a review.

        What only waits for a review is whole: its digits are those that the reviewer compares.
        """
        return any(finding.rule != UNREVIEWED for finding in self.blocking)

    @property
    def of_the_fields(self) -> tuple[Finding, ...]:
        """What was found in the fields: that a review is missing is told elsewhere."""
        return tuple(finding for finding in self.findings if finding.rule != UNREVIEWED)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """What a person may acknowledge, acknowledged or not."""
        return tuple(f for f in self.findings if f.needs_word)


# ---- states --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Draft:
    """It cannot be sent yet."""

    blocking: tuple[Finding, ...] = ()
    pressed: bool = False

    @property
    def severity(self) -> Severity:
        """How loud it is said: once a person has pressed, what is missing is an error."""
        return "high" if self.pressed or not self.blocking else "note"

    @property
    def sentence(self) -> str:
        """What the status line says."""
        if not self.blocking:
            return "This cannot be prepared. Nothing has been sent."
        if all(finding.rule == UNREVIEWED for finding in self.blocking):
            return f"{WAITS_FOR_REVIEW} Nothing has been sent."
        count = plural(len(self.blocking), "thing")
        first = f"{count} to fill in or put right first"
        return f"{first}, each named beside its field. Nothing has been sent."


@dataclass(frozen=True, slots=True)
class Ready(Generic[T]):
    """It can be sent as it is shown."""

    prepared: Prepared[T]
    warned: bool = False
    severity: Severity | str = ""

    @property
    def sentence(self) -> str:
        """What the status line says."""
        made = moment(self.prepared.made_ms, "%H:%M:%S")
        seconds = (self.prepared.fresh_until_ms - self.prepared.made_ms) // 1000
        ready = f"Ready. Nothing has been sent. Prepared {made}, fresh for {seconds} s (our limit)."
        return f"{ready} Warnings were acknowledged." if self.warned else ready


@dataclass(frozen=True, slots=True)
class Stale(Generic[T]):
    """What is shown is too old to be sent as it is."""

    prepared: Prepared[T]
    severity: Severity = "note"
    sentence: str = (
        "This preview is too old to be sent as it is. Press “Prepare again”. Nothing has been sent."
    )


@dataclass(frozen=True, slots=True)
class UnderWay(Generic[T]):
    """It is on its way, and nobody knows yet what becomes of it."""

    call: Call[T]
    severity: Severity = "note"
    sentence: str = "On its way."


@dataclass(frozen=True, slots=True)
class Settled(Generic[T]):
    """It was sent, or called off; ``exchange`` says what became of it."""

    exchange: Exchange[T]
    severity: Severity
    sentence: str


@dataclass(frozen=True, slots=True)
class NotBegun:
    """It was refused by ourselves before there was an exchange."""

    error: Exception
    severity: Severity = "high"
    sentence: str = "Not sent; look below for why."


State = Draft | Ready[T] | Stale[T] | UnderWay[T] | Settled[T] | NotBegun


@dataclass(frozen=True, slots=True)
class Words:
    """How a form speaks of its call: by its title, once it is done, how to make another, what a
    refused one did not do.
    """

    title: str = "This"
    done: str = "Done"
    then: str = "Change a field to make another."
    undone: str = "made"


@dataclass(frozen=True, slots=True)
class Press(Generic[T]):
    """What a press comes to: work to be done, or a sentence why there is none."""

    work: Callable[[], Exchange[T]] | None
    severity: Severity = "note"
    sentence: str = ""
    joined: bool = False  # the same request is on its way, or was sent before


# ---- the machine ---------------------------------------------------------------------------------


@dataclass(slots=True)
class Submission(Generic[T]):
    """The states of one form. Not safe for threads: whoever owns it calls it from one at a time.

    ``nothing_left``: whether, once a change is done, the fields say what is there by now.
    """

    client: Client
    words: Words = Words()
    nothing_left: Callable[[], bool] = lambda: False
    #: What is shown: the request that a press sends. None where the fields make none.
    prepared: Prepared[T] | None = None
    #: What became of the last one, refused ones too.
    exchange: Exchange[T] | None = None
    state: State[T] = field(default_factory=Draft)
    asked: Asked[T] = field(default_factory=lambda: Asked(None))
    _pressed: bool = False
    _armed: bool = False  # a person has asked for the same request once more
    _under_way: Call[T] | None = None
    _cancel: CancelToken = field(default_factory=CancelToken)

    @property
    def pressed(self) -> bool:
        """Whether somebody has tried to send it: then what is empty is missing."""
        return self._pressed

    @property
    def busy(self) -> bool:
        """Whether a request is under way."""
        return self._under_way is not None

    def is_sending(self, call: Call[Any]) -> bool:
        """Whether this very call is under way from here."""
        return self._under_way is not None and self._under_way == call

    @property
    def has_left(self) -> bool:
        """Whether a first byte of the one under way may have left."""
        return self._cancel.committed

    @property
    def is_done(self) -> bool:
        """Whether the fields say what was sent and done: a change, and nothing edited since."""
        exchange = self.exchange
        if exchange is None or exchange.error is not None or self.busy:
            return False
        return exchange.prepared.call.operation.changes and isinstance(self.state, Settled)

    @property
    def is_draft(self) -> bool:
        """Whether what the fields say is not whole yet. What was sent and done is."""
        return self.asked.is_draft and not self.is_done

    # ---- what happens ----

    def edited(self, asked: Asked[T]) -> State[T]:
        """The fields say this now.

        The request is prepared for this moment, and nothing else is shown.
        """
        self.asked, self.prepared = asked, asked.prepared
        if self._under_way is None:
            self.state = self._seen()
        return self.state

    def _seen(self) -> State[T]:
        if self.joins(self.asked) and isinstance(self.state, Settled):
            return self.state
        if self.joins(self.asked) and self.exchange is not None:
            return self._settled(self.exchange)
        if self.asked.blocking or self.prepared is None:
            return Draft(self.asked.blocking, self._pressed)
        return Ready(self.prepared, warned=bool(self.asked.warnings))

    def prepared_again(self, asked: Asked[T]) -> State[T]:
        """A new moment for the same request, which may then be sent although it was sent before."""
        self._armed = True
        return self.edited(asked)

    def aged(self) -> bool:
        """Look at the clock. Whether what is shown has become too old to be sent."""
        shown = self.prepared
        old = shown is not None and shown.is_stale(self.client.now_ms())
        if not old or self.busy or self._spent or self.joins(self.asked):
            return False
        assert shown is not None
        self.state = Stale(shown)
        return True

    def joins(self, asked: Asked[T]) -> bool:
        """Whether this very request was sent already: another press joins it.

        Reads are asked again.
        """
        if self.exchange is None or self._armed or isinstance(self.exchange.error, NotSent):
            return False
        sent = self.exchange.prepared.call
        if not sent.operation.changes:
            return False
        return sent == asked.call or (self.exchange.error is None and self.nothing_left())

    @property
    def _spent(self) -> bool:
        """Whether what is shown was on its way already; what never left may go again."""
        exchange = self.exchange
        if exchange is None or exchange.prepared is not self.prepared:
            return False
        return not isinstance(exchange.error, NotSent)

    def press(self, asked: Asked[T]) -> Press[T]:
        """Somebody presses the button. The work is what was shown, or there is none."""
        self._pressed = True
        if self._under_way is not None:
            return self._joined(asked)
        if self.joins(asked):
            sentence = (
                "This was sent already, and nothing was sent again. Change a field, or press "
                "“Prepare again”, for another one."
            )
            return Press(None, "note", sentence, joined=True)
        if asked.blocking:
            draft = self.state = Draft(asked.blocking, pressed=True)
            return Press(None, draft.severity, draft.sentence)
        renewed = self._must_be_shown_first(asked)
        if renewed:
            self.edited(asked)
            sentence = f"{renewed} Nothing has been sent: look, then press once more."
            return Press(None, "medium", sentence)
        return Press(self._begin(asked))

    def _joined(self, asked: Asked[T]) -> Press[T]:
        sentence = "Another request of this form is still under way. Press again when it has ended."
        if asked.call == self._under_way:
            sentence = "It is on its way already, and this press joined it. Nothing is sent twice."
        if self._cancel.cancelled:
            sentence = CALLED_OFF
        return Press(None, "note", sentence, joined=True)

    def _must_be_shown_first(self, asked: Asked[T]) -> str:
        """Why what is shown may not be sent for what the fields say; empty if it may."""
        if self.prepared is None or self.prepared.call != asked.call:
            return (
                "The fields say something else than what was shown, so it has been prepared again."
            )
        if self.prepared.is_stale(self.client.now_ms()):
            return "This was prepared too long ago, so it has been prepared again."
        return ""

    def submit(self, asked: Asked[T]) -> tuple[Callable[[], Exchange[T]] | None, bool]:
        """As ``press``, for code, which does not look: the work, and whether it was prepared anew
        for it.

        None where the very same was sent before: its outcome is ``exchange``.

        Raises:
            RequestRefused: something keeps it from being sent.
        """
        if self.joins(asked):
            return None, False
        if asked.blocking:
            place = self.client.environment.name
            raise RequestRefused(asked.blocking, f"{self.words.title} on {place}")
        renewed = bool(self._must_be_shown_first(asked)) or self._spent
        if renewed:
            self.edited(asked)
        return self._begin(asked), renewed

    def _begin(self, asked: Asked[T]) -> Callable[[], Exchange[T]]:
        """What the fields say now, as work that nothing typed later can change."""
        shown, client = self.prepared, self.client
        assert shown is not None  # nothing blocks, so it could be prepared
        token = self._cancel = CancelToken()
        self._under_way = shown.call
        self.state = UnderWay(shown.call)
        return lambda: client.exchange(
            shown, signers=asked.signers, acknowledge=asked.acknowledged, cancel=token
        )

    def cancelled(self) -> Press[T]:
        """Somebody presses *Cancel*."""
        if self._under_way is None:
            return Press(None)
        if self._cancel.cancel():
            return Press(None, "note", CALLED_OFF)
        return Press(None, "note", TOO_LATE)

    def answered(self, exchange: Exchange[T]) -> State[T]:
        """It has ended, with this."""
        self._under_way, self.exchange = None, exchange
        self._armed = False  # only now: what was never sent may be pressed again
        self.state = self._settled(exchange)
        return self.state

    def failed(self, error: Exception) -> State[T]:
        """It has ended without an exchange: we refused it ourselves, or made a mistake."""
        self._under_way = None
        self.state = NotBegun(error)
        if not isinstance(error, ToolkitError):
            sentence = "Something went wrong in the toolkit itself; look below."
            self.state = replace(self.state, sentence=sentence)
        return self.state

    # ---- what became of it, in words ----

    def _settled(self, exchange: Exchange[T]) -> Settled[T]:
        severity, sentence = self._outcome(exchange)
        return Settled(exchange, severity, sentence)

    def _outcome(self, exchange: Exchange[T]) -> tuple[Severity, str]:
        error = exchange.error
        if error is None:
            return "good", f"{self.words.done}. {self._how(exchange)}"
        if isinstance(error, InDoubt):
            return "medium", (
                "It is not known whether this happened. It was sent once, and is not sent again; "
                "look below."
            )
        if isinstance(error, NotSent) and error.cause == CANCELLED:
            return "note", "Cancelled before it left. Nothing was sent. Press again to send it."
        if exchange.outcome == "unknown":  # closed by a person
            return "medium", (
                "Closed without knowing. Look in the service’s own pages before you make another."
            )
        if exchange.outcome == "answered":
            return "medium", "Look below for what happened."
        return "high", "Not done; look below for why."

    def _how(self, exchange: Exchange[T]) -> str:
        if exchange.outcome == "adopted":
            return "The answer was lost; looking found what it made. Nothing was sent twice."
        then = "Press again to ask again."
        if exchange.prepared.call.operation.changes:
            then = self.words.then
        return f"HTTP {exchange.status}, {exchange.duration_s * 1000:.0f} ms. {then}"

    def headline(self, exchange: Exchange[Any]) -> str:
        """What an exchange without a value came to, as a headline above its error."""
        changes, error = exchange.prepared.call.operation.changes, exchange.error
        if isinstance(error, InDoubt):
            return "It is not known whether this happened."
        if exchange.outcome == "unknown":
            return "Closed. It is not known whether this was made, and it was not sent again."
        if exchange.outcome == "answered" and changes:
            return "It was done, but the answer cannot be used."
        if exchange.outcome == "answered":
            return "The answer cannot be used."
        nothing = f" Nothing was {self.words.undone}." if changes else ""
        if isinstance(error, NotSent):
            why = "Nobody was reached." if error.cause == NotSent.cause else "It was not sent."
            return f"{why}{nothing}"
        return f"Refused.{nothing}" if changes else "No usable answer."


def asked_of(
    client: Client,
    make: Callable[[], Call[T]],
    own: tuple[Finding, ...],
    signers: tuple[Signer, ...],
    typed: str,
    insists: frozenset[str] = frozenset(),
    told_elsewhere: frozenset[str] = frozenset(),
    ready_made: Callable[[Call[T]], Prepared[T] | None] = lambda call: None,
) -> Asked[T]:
    """What the fields say: their call, and what the form itself and the rules find in it.

    ``typed`` is what stands in the field that allows changes on PROD. What ``insists`` names blocks
    here, though it could be acknowledged; what ``told_elsewhere`` names the form tells in its own
    words. ``ready_made``: what was prepared for a call before, and signed elsewhere.
    """
    try:
        call = make()
        prepared = ready_made(call) or client.prepare(call)
        rules = client.problems(prepared.call, signers=signers)
    except InputError as error:
        missing = needed("form.incomplete", ("request",), str(error))
        return Asked(None, (*_insisted(own, insists), missing), signers)
    found = (
        *own,
        *rules,
        *_unconfirmed(client, prepared.call, typed),
        *_unreviewed(client, prepared),
    )
    told = tuple(finding for finding in found if finding.rule not in told_elsewhere)
    return Asked(prepared, _insisted(told, insists), signers)


def _insisted(findings: tuple[Finding, ...], insists: frozenset[str]) -> tuple[Finding, ...]:
    return tuple(
        replace(finding, severity="high") if finding.rule in insists else finding
        for finding in findings
    )


def _unconfirmed(client: Client, call: Call[Any], typed: str) -> tuple[Finding, ...]:
    name = client.environment.name
    if not (call.operation.changes and client.needs_confirmation) or typed == name:
        return ()
    sentence = f"Changes on {name} have to be allowed first."
    remedy = f"Type {name} below to allow changes there; in code, client.confirm({name!a})."
    return (needed("form.confirm", ("confirm",), sentence, remedy),)


def _unreviewed(client: Client, prepared: Prepared[Any]) -> tuple[Finding, ...]:
    missing = client.unreviewed(prepared)
    if missing is None:
        return ()
    return (needed(UNREVIEWED, ("review",), missing.what, missing.hint),)

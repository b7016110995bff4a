"""Changes: written down, sent once, and what became of them known. One click makes one thing.

The journal says what is open, ``reconcile`` looks what is there, and where that does not settle it
a person is asked.
"""

from __future__ import annotations

import contextlib
import time
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, wait
from dataclasses import replace
from typing import Any, TypeVar

import msgspec

from toolkit.base.times import span
from toolkit.client import reconcile
from toolkit.client.journal import (
    AlreadyOwned,
    Entry,
    Flight,
    Intent,
    Journal,
    State,
    alive,
)
from toolkit.client.journal_file import MEMORY
from toolkit.errors import (
    ApiError,
    ContradictingAnswer,
    InDoubt,
    InputError,
    JournalRefused,
    NoAnswer,
    NotSent,
    ToolkitError,
    UnreadableAnswer,
)
from toolkit.keys.private import PrivateKey
from toolkit.request.call import Call, Operation
from toolkit.request.exchange import Exchange, Provenance, stamp
from toolkit.request.prepared import Prepared
from toolkit.transport.cancel import CANCELLED, CancelToken
from toolkit.transport.provider import UNREADABLE
from toolkit.transport.retry import TRIES
from toolkit.transport.sender import (
    Interrupted,
    Sender,
    claim,
    must_be_fresh,
    spend,
)
from toolkit.transport.verify import contradiction, decoded, sized

T = TypeVar("T")
PAUSES_S = 30.0  # between tries, all of them
OTHER_PROCESS_S = 0.2  # between looks at what another process has under way
NAMED = 5  # ids in a sentence; all of them are the error's candidates


class JournalWarning(UserWarning):
    """A change went through, and the journal could not be told. What it made is in the result."""


class Progress:
    """How far one change is, as whoever waits for it may know at any moment.

    ``cancel`` is passed before its first byte leaves; ``number`` is its entry, once there is one.
    """

    def __init__(self, cancel: CancelToken | None = None) -> None:
        self.cancel = cancel or CancelToken(to_the_byte=False)
        self.number: int | None = None


class Changes:
    """The changes of one client.

    ``window_s``: how long one is looked for, in seconds, before a person is asked.
    """

    def __init__(
        self,
        sender: Sender,
        journal: Callable[[], Journal],
        sleep: Callable[[float], None],
        window_s: float,
    ) -> None:
        self._sender = sender
        self._open_journal = journal
        self._sleep = sleep
        self.window_s = window_s

    @property
    def journal(self) -> Journal:
        """Where they are written down."""
        return self._open_journal()

    def call_of(self, entry: Entry) -> Call[Any]:
        """The call that an entry stands for.

        Raises:
            InputError: it is of another service, or of a newer toolkit.
        """
        operation = self._operation(entry)
        reason = f"{entry.operation} of {entry.service}, which this client does not know"
        if operation is not None:
            try:
                return _rebuilt(operation, entry)
            except (*UNREADABLE, InputError) as error:
                reason = f"{entry.operation}, but cannot be read: {error}"
        close = "It is closed."
        if entry.open:
            close = f"client.resolve({entry.number}, give_up=True) closes it."
        raise InputError(
            f"Entry {entry.number} is {reason.rstrip('.')}.",
            hint=f"Use that service's client, or the toolkit that wrote it. {close}",
        )

    def _operation(self, entry: Entry) -> Operation[Any] | None:
        provider = self._sender.provider
        if entry.service != provider.service:
            return None
        for operation in provider.operations:
            if operation.name == entry.operation:
                return operation
        return None

    # ---- sending ----

    def send(
        self,
        what: Call[T] | Prepared[T],
        signers: Sequence[PrivateKey],
        progress: Progress,
        *,
        instead_of: int | None = None,
    ) -> Exchange[T]:
        """Write down, send, settle; or join the same change.

        It is joined if it is under way, in doubt, or done but unheard.
        """
        while True:
            prepared, ticket = self._prepared(what)
            intent = self._intent(prepared, ticket)
            flight = self.journal.flight(intent.base_url, intent.identity, intent.fingerprint)
            with flight:
                if flight.joined:
                    # another's is on its way, and cannot be called back from here
                    progress.cancel.commit()
                    theirs: Exchange[T] | None = _outcome_of(flight)
                    if theirs is None:
                        continue  # that one ended without an outcome: look again
                    return self._shared(prepared, theirs, progress)
                entry, is_new = self.journal.begin(
                    intent,
                    instead_of=instead_of,
                    now_ms=self._now_ms,
                )
                progress.number = entry.number
                if is_new:
                    once = ticket is not None
                    exchange = self._sent(entry, prepared, signers, once, progress.cancel)
                else:
                    joined = self._joined(entry, prepared.call)
                    exchange = self._shared(prepared, joined, progress)
                flight.outcome.set_result(exchange)
                return exchange

    def _prepared(self, what: Call[T] | Prepared[T]) -> tuple[Prepared[T], str | None]:
        """What will be sent; and its ticket, if a person prepared it, so that it is sent once."""
        if not isinstance(what, Prepared):
            return self._sender.prepare(what), None
        self._must_be_known_here(what)
        return what, what.ticket

    def _must_be_known_here(self, prepared: Prepared[Any]) -> None:
        """Whether it was sent before, a journal in memory knows of this process only."""
        if self.journal.path == MEMORY and not prepared.is_from_here:
            raise InputError(
                "This was prepared by another process, "
                "and a journal in memory cannot tell whether that one sent it.",
                hint="Prepare it again here, or give both clients one journal in a file.",
            )

    def _shared(
        self,
        prepared: Prepared[T],
        exchange: Exchange[T],
        progress: Progress,
    ) -> Exchange[T]:
        """What became of the same change is told to one more caller."""
        spend(prepared, exchange)
        progress.number = exchange.entry
        self.heard(exchange.entry)
        return exchange

    def heard(self, number: int | None) -> None:
        """Somebody is given the outcome of an entry: a stop that came before that is over."""
        if number is None:
            return
        # where the journal cannot say so, the outcome is given once more, which makes nothing
        with contextlib.suppress(JournalRefused, InputError):
            if self.journal.get(number).stopped:
                self.journal.stopped(number, unheard=False)

    def stopped(self, progress: Progress) -> str:
        """A person pressed stop while waiting: what there is to say.

        Whoever asks for the same is then told what it made.
        """
        if progress.cancel.cancel():
            return "It was stopped before it left. Nothing was sent."
        number = progress.number
        if number is None:
            return (
                "Interrupted while the same change was under way. "
                "It is in client.pending(), or settled by now."
            )
        entry = self._tell(lambda: self.journal.stopped(number))
        if entry is not None and entry.unheard:
            return (
                f"Interrupted, and it was done. It is entry {number} of the journal: "
                f"client.resolve({number}) gives what it made, "
                "and so does sending the same again, once."
            )
        return _stopped_on_its_way(number)

    def _intent(self, prepared: Prepared[Any], ticket: str | None = None) -> Intent:
        sender = self._sender
        now_ms = sender.now_ms()
        body = None
        if prepared.body:
            body = prepared.body.decode()
        longest_s = TRIES * sender.transport.patience_s + PAUSES_S
        return Intent(
            service=sender.provider.service,
            environment=sender.environment.name,
            base_url=sender.environment.base_url,
            identity=sender.provider.identity,
            operation=prepared.call.operation.name,
            arguments=dict(prepared.call.arguments),
            query=prepared.call.query,
            body=body,
            fingerprint=prepared.call.fingerprint(prepared.body),
            begun_ms=now_ms,
            until_ms=now_ms + round(1000 * longest_s),
            skew_ms=sender.skew_now_ms,
            ticket=ticket,
        )

    def _sent(
        self,
        entry: Entry,
        prepared: Prepared[T],
        signers: Sequence[PrivateKey],
        once: bool,
        cancel: CancelToken | None,
    ) -> Exchange[T]:
        """Send what the journal knows of, and settle it there.

        ``once``: a person prepared these bytes, and no others are sent.
        """
        number = entry.number
        try:
            if once:
                must_be_fresh(prepared, self._now_ms())  # it may have waited
                claim(prepared)
                exchange = self._sender.once(prepared, signers, cancel)
            else:
                exchange = self._sender.tried(prepared.call, signers, prepared, cancel)
        except Interrupted:
            self._doubt(number, "A person pressed stop while it was on its way.")
        except ToolkitError as error:  # refused by ourselves, before it left
            self._settle(number, "unsent", self._plain(error, prepared.call))
            raise
        else:
            return self._settled(entry, replace(exchange, entry=number))
        raise KeyboardInterrupt(_stopped_on_its_way(number))

    def _settled(self, entry: Entry, exchange: Exchange[T]) -> Exchange[T]:
        """What the journal is told of an exchange, and what is given to the caller."""
        error = exchange.error
        call = exchange.prepared.call
        if exchange.outcome == "unknown":
            assert error is not None
            known = self._doubt(entry.number, self._plain(error, call), exchange.status)
            return self.looked_for(known or entry, call, self.window_s, exchange)
        if error is not None and exchange.outcome == "refused":
            state: State = "refused"
            if isinstance(error, NotSent):
                state = "unsent"
            self._settle(entry.number, state, self._plain(error, call), exchange.status)
            return exchange
        return self._answered(entry, exchange)

    def _answered(self, entry: Entry, exchange: Exchange[T]) -> Exchange[T]:
        """It was done. What its answer names is the entry's own, unless another entry made that."""
        call = exchange.prepared.call
        made: str | None = None
        key: str | None = None
        if exchange.decoded is not None and _creates(call):
            made = reconcile.id_of(exchange.decoded)
            key = reconcile.resource_key(call, exchange.decoded, self._local)
        why = "Answered."
        if exchange.error is not None:
            why = f"Done, but the answer cannot be used: {self._plain(exchange.error, call)}"

        def write() -> Entry:
            return self.journal.settle(
                entry.number,
                "answered",
                self._now_ms(),
                why,
                status=exchange.status,
                made=made,
                resource_key=key,
                answer=exchange.content.decode("utf-8", "replace"),
            )

        try:
            self._tell(write, done=True)
        except AlreadyOwned:
            place = f"{call.operation.name} on {self._sender.environment.name}"
            played_back = ContradictingAnswer(
                f"{place}: the answer names {made}, which another entry of the journal made.",
                cause="played-back",
            )
            doubtful = replace(exchange, outcome="unknown", error=played_back, decoded=None)
            return self._settled(entry, doubtful)
        return exchange

    # ---- telling the journal ----

    def _plain(self, error: ToolkitError, call: Call[Any]) -> str:
        """What an error says, without saying again where."""
        place = f"{call.operation.name} on {self._sender.environment.name}: "
        what = error.what.removeprefix(place)
        return what[:1].upper() + what[1:]

    def _settle(
        self,
        number: int,
        state: State,
        why: str,
        status: int | None = None,
    ) -> Entry | None:
        return self._tell(
            lambda: self.journal.settle(number, state, self._now_ms(), why, status=status),
        )

    def _doubt(self, number: int, why: str, status: int | None = None) -> Entry | None:
        return self._tell(
            lambda: self.journal.doubt(number, self._now_ms(), why, status=status),
        )

    def _tell(self, write: Callable[[], Entry], *, done: bool = False) -> Entry | None:
        """Write into the journal after the fact: whatever becomes of that, the outcome is kept.

        ``done``: it is worth a warning where the journal could not be told.
        """
        try:
            return write()
        except AlreadyOwned:
            raise
        except (JournalRefused, InputError) as error:  # full, or cleared meanwhile
            reason = error.what
        if done:
            text = (
                "It was done, and what it made is in the result; "
                f"but the journal could not be told. {reason}"
            )
            # where warnings are errors: the result is worth more
            with contextlib.suppress(JournalWarning):
                warnings.warn(text, JournalWarning, stacklevel=2)
        return None

    # ---- joining ----

    def _joined(self, entry: Entry, call: Call[T]) -> Exchange[T]:
        """The same change is open already: its outcome, and nothing is sent.

        It is from another process or an earlier run: of this one nobody has it under way, since
        the flight is ours.
        """
        if entry.process != self.journal.process:
            entry = self.awaited(entry)
        if entry.open:
            return self.looked_for(entry, call, self.window_s)
        return self.remembered(entry, call)

    def awaited(self, entry: Entry) -> Entry:
        """The entry, once nobody waits for its answer any more."""
        while entry.state == "sent" and alive(entry.process) and self._now_ms() < entry.until_ms:
            if entry.process == self.journal.process:
                key = (entry.base_url, entry.identity, entry.fingerprint)
                with self.journal.flight(*key) as flight:
                    if not flight.joined:
                        break  # ours, and not under way: an earlier try here ended without a word
                    wait([flight.outcome])
            else:
                self._sleep(OTHER_PROCESS_S)
            entry = self.journal.get(entry.number)
        return entry

    # ---- looking ----

    def _ask(self, read: Call[Any], within_s: float) -> Exchange[Any]:
        try:
            return self._sender.once(self._sender.prepare(read), within_s=within_s)
        except Interrupted:
            pass
        raise KeyboardInterrupt(
            "Looking was interrupted. It changed nothing; client.pending() still has it."
        )

    def looked_for(
        self,
        entry: Entry,
        call: Call[T],
        window_s: float,
        lost: Exchange[T] | None = None,
    ) -> Exchange[T]:
        """Look until the thing is there or the window has passed; adopt it, or say what is known.

        Args:
            window_s: seconds; there is one look, however short it is.
            lost: the exchange that ended in doubt, where that was just now.
        """
        window = _Window(window_s)
        result = reconcile.LookResult("failed", "Nobody has looked yet.")
        while True:
            try:
                result = self._look(entry, call, window)
                if len(result.fits) == 1:
                    return self._adopted_by_looking(entry, call, result)
            except AlreadyOwned:
                continue  # another entry has just adopted it: it does not count
            except JournalRefused as refused:
                # without the journal nobody knows what belongs to whom
                result = reconcile.LookResult(
                    "hopeless",
                    f"Did not look: {refused.what}",
                    error=refused,
                )
                break
            pause_s = window.next_pause_s()
            if result.finding in ("fits", "blind", "hopeless") or pause_s <= 0:
                break
            self._sleep(pause_s)
            window.waited_s += pause_s
        if _failed_alike(lost, result):
            result = replace(result, told="Looking failed for the same reason.")
        result = replace(result, told=window.summary(result.told))
        entry = self._doubt(entry.number, result.told) or entry
        if not entry.open:  # settled meanwhile by somebody who shares the journal
            return self.remembered(entry, call)
        return self._in_doubt(entry, call, lost, result)

    def _look(self, entry: Entry, call: Call[Any], window: _Window) -> reconcile.LookResult:
        """Look once."""
        left_s = max(reconcile.LEAST_S, window.left_s())
        budget = reconcile.Budget(left_s, stopwatch())
        others = self._others(entry)
        result = reconcile.look(self._ask, call, entry, others, budget)
        window.looks += 1
        return result

    def _adopted_by_looking(
        self,
        entry: Entry,
        call: Call[T],
        result: reconcile.LookResult,
    ) -> Exchange[T]:
        assert result.by is not None  # what fits was read
        return self._adopted(entry, call, result.fits[0], result.by, result.told)

    def _others(self, entry: Entry) -> reconcile.LookContext:
        base_url = self._sender.environment.base_url
        return reconcile.LookContext(
            owned=lambda: self.journal.owned(base_url),
            open=lambda: self._rivals(entry),
            skew_ms=lambda: self._sender.skew_now_ms,
            local=self._local,
        )

    def _rivals(self, entry: Entry) -> list[Call[Any]]:
        """Other open changes of the same kind at this address."""
        base_url = self._sender.environment.base_url
        kind = (entry.operation, entry.service)
        rivals = []
        for other in self.journal.entries(only_open=True, base_url=base_url):
            if other.number == entry.number or (other.operation, other.service) != kind:
                continue
            with contextlib.suppress(InputError):  # what cannot be read compares with nothing
                rivals.append(self.call_of(other))
        return rivals

    def _in_doubt(
        self,
        entry: Entry,
        call: Call[T],
        lost: Exchange[T] | None,
        result: reconcile.LookResult,
    ) -> Exchange[T]:
        """It is not known what became of it: all that is known, and what a person may choose."""
        because = None
        if lost is not None:
            because = lost.error
        candidates = [reconcile.id_of(thing) for thing in (*result.fits, *result.maybe)]
        sentence = result.told
        if candidates:
            sentence = f"{sentence} It could be {_some_of(candidates)}."
        place = f"{call.operation.title} on {self._sender.environment.name}"
        first = self._first_reason(entry, call, because, result.told)
        choices = "".join(_choices(entry.number, call, candidates))
        error = InDoubt(
            f"{place}: it is not known whether this happened. {first.rstrip('.')}. {sentence}",
            number=entry.number,
            because=because,
            history=entry.history,
            candidates=candidates,
            finding=result.finding,
            hint=f"{_mend(because, result)}It is not sent again by itself. Choose:{choices}",
        )
        if because is None:
            sent = sized((entry.body or "").encode())
            error.evidence = (("sent", f"{sent}, fingerprint {entry.fingerprint[:12]}"),)
        base = lost
        if base is None:
            base = Exchange("unknown", self._sender.prepare(call), entry.status)
        return replace(
            base,
            outcome="unknown",
            error=error,
            decoded=None,
            entry=entry.number,
        )

    def _first_reason(
        self,
        entry: Entry,
        call: Call[Any],
        because: ToolkitError | None,
        told: str,
    ) -> str:
        """Why it came into doubt: what went wrong, or what the journal says first."""
        reason = ""
        if because is not None:
            reason = self._plain(because, call)
        elif entry.history:
            _, reason = entry.history[0]
        if reason and reason != told:
            return reason
        return "It was written down, and no answer was heard."

    # ---- settling ----

    def _adopted(
        self,
        entry: Entry,
        call: Call[T],
        thing: Any,
        by: Exchange[Any],
        why: str,
    ) -> Exchange[T]:
        """The thing is what the entry made; ``by``: the read that showed it.

        Raises AlreadyOwned: another entry made it.
        """
        made: str | None = None
        if _creates(call):
            made = reconcile.id_of(thing)
        key = reconcile.resource_key(call, thing, self._local)
        answer = msgspec.json.encode(thing).decode()

        def write() -> Entry:
            return self.journal.settle(
                entry.number,
                "adopted",
                self._now_ms(),
                f"{why} Adopted.",
                made=made,
                resource_key=key,
                answer=answer,
            )

        settled = self._tell(write, done=True)
        if settled is not None and settled.answer != answer:
            return self.remembered(settled, call)  # somebody who shares the journal was faster
        return replace(
            by,
            outcome="adopted",
            prepared=self._sender.prepare(call),
            error=None,
            decoded=thing,
            entry=entry.number,
        )

    def adopted_by_id(self, entry: Entry, call: Call[Any], named: str) -> Exchange[Any]:
        """What a person names, read and compared, and then taken.

        Raises:
            InputError: it is no id, or another entry's.
            ContradictingAnswer: it is not what was asked for.
            ToolkitError: it cannot be read.
        """
        reconciliation = call.operation.reconciliation
        if reconciliation is None or reconciliation.get is None:
            raise InputError(
                f"adopt: what {call.operation.name} does has no id of its own.",
                hint=f"client.resolve({entry.number}) looks.",
            )
        _must_be_an_id(named)
        answer = self._sender.tried(reconciliation.get(call, named.strip()))
        thing = answer.value
        if reconciliation.same(call, thing) is False:
            raise ContradictingAnswer(
                f"adopt: {named} is not what entry {entry.number} asked for. The entry stays open.",
                hint="Compare its contents with the entry’s body, field by field.",
            )
        try:
            why = f"A person named {named}; it was read and is what was asked for."
            return self._adopted(entry, call, thing, answer, why)
        except AlreadyOwned:
            raise InputError(
                f"adopt: {named} was made by another entry of the journal.",
                hint="See frames.journal().",
            ) from None

    def given_up(self, entry: Entry) -> Entry:
        """Closed by a person, without knowing. Raises JournalRefused."""
        why = "A person closed it without knowing whether it happened. It was not sent again."
        return self.journal.settle(entry.number, "given-up", self._now_ms(), why)

    def remembered(self, entry: Entry, call: Call[T]) -> Exchange[T]:
        """A settled entry as the exchange that it was."""
        why: str = entry.state
        if entry.history:
            _, why = entry.history[-1]
        number = entry.number
        what = (
            f"{call.operation.title}: entry {number} of the journal "
            f"is settled as {entry.state}. {why}"
        )
        base: Exchange[T] = Exchange(
            outcome="refused",
            prepared=self._sender.prepare(call),
            status=entry.status,
            entry=number,
        )
        # two comparisons: they narrow the type
        if entry.state == "answered" or entry.state == "adopted":  # noqa: PLR1714
            content = (entry.answer or "").encode()
            done = replace(base, outcome=entry.state, content=content)
            return self._remembered_answer(entry, call, done, what)
        if entry.state == "refused":
            return replace(base, error=ApiError(what, status=entry.status or 0))
        if entry.state == "unsent":
            return replace(base, error=NotSent(what))
        # closed by a person, or replaced
        return replace(
            base,
            outcome="unknown",
            error=ToolkitError(what, cause=entry.state),
        )

    def _remembered_answer(
        self,
        entry: Entry,
        call: Call[T],
        exchange: Exchange[T],
        what: str,
    ) -> Exchange[T]:
        """The exchange with the answer that was kept, once more decoded and compared."""
        try:
            value = decoded(call.operation.returns, exchange.content)
            reason = contradiction(call, value)
        except UNREADABLE as error:
            reason = str(error)
        if reason:
            unreadable = UnreadableAnswer(
                f"{what} The answer that was kept cannot be used: {reason}.",
            )
            return replace(exchange, error=unreadable)
        # it was verified when it was written down, where the service signs its answers
        verified: bool | None = None
        if self._sender.provider.signs_answers:
            verified = True
        provenance = Provenance(
            environment=entry.environment,
            operation=entry.operation,
            arguments=dict(call.arguments),
            verified=verified,
            at_ms=entry.settled_ms or entry.begun_ms,
        )
        stamp(value, provenance, call.operation.fills)
        return replace(exchange, verified=verified, decoded=value)

    @property
    def _local(self) -> bool:
        return self._sender.environment.is_local

    def _now_ms(self) -> int:
        return self._sender.now_ms()


def stopwatch() -> Callable[[], float]:
    """Seconds since now."""
    began = time.monotonic()
    return lambda: time.monotonic() - began


class _Window:
    """How long a change is looked for, in seconds: what has passed of it, and how often it was."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._passed_s = stopwatch()
        self._pauses = iter(reconcile.PAUSES_S)
        self.waited_s = 0.0  # an emulator's clock may have run faster than ours
        self.looks = 0

    def passed_s(self) -> float:
        """Since it began."""
        return max(self.waited_s, self._passed_s())

    def left_s(self) -> float:
        """Until it has passed; below 0 after that."""
        return self._seconds - self.passed_s()

    def next_pause_s(self) -> float:
        """The next pause, longer than the last one, and not beyond the window."""
        left_s = self.left_s()
        return min(next(self._pauses, reconcile.PAUSES_S[-1]), left_s)

    def summary(self, told: str) -> str:
        """What the last look told, and how many there were."""
        if self.looks <= 1:
            return told
        took = span(round(1000 * self.passed_s()))
        return f"{told.rstrip('.')}; the last of {self.looks} looks in {took}."


def _rebuilt(operation: Operation[Any], entry: Entry) -> Call[Any]:
    """The call of an entry. Raises InputError, or what ``UNREADABLE`` lists."""
    written = {
        "operation": entry.operation,
        "arguments": dict(entry.arguments),
        "query": dict(entry.query),
        "body": msgspec.json.decode(entry.body) if entry.body else None,
    }
    return Call.from_dict(written, (operation,))


def _outcome_of(flight: Flight) -> Exchange[Any] | None:
    """What became of the one that was joined; None where it has no outcome to share."""
    try:
        outcome: Exchange[Any] = flight.outcome.result()
    except CancelledError:
        return None
    error = outcome.error
    if isinstance(error, NotSent) and error.cause == CANCELLED:
        return None  # theirs was stopped before it left, this one was not
    return outcome


def _creates(call: Call[Any]) -> bool:
    reconciliation = call.operation.reconciliation
    return reconciliation is not None and reconciliation.creates


def _must_be_an_id(named: object) -> None:
    if not isinstance(named, str):
        raise InputError(
            f"adopt must be an id, not {type(named).__name__}.",
            hint="Pass it as the service shows it.",
        )
    if not named.strip():
        raise InputError(
            "The id of what it made is still empty.",
            hint="Paste it as the service shows it.",
        )


def _failed_alike(lost: Exchange[Any] | None, result: reconcile.LookResult) -> bool:
    """Whether looking failed for the reason for which the answer was lost."""
    if lost is None or lost.error is None or result.error is None:
        return False
    return result.error.cause == lost.error.cause


def _stopped_on_its_way(number: int) -> str:
    return (
        "Interrupted after it may have left. "
        f"It is entry {number} of the journal: client.resolve({number})."
    )


def _some_of(candidates: Sequence[str]) -> str:
    named = " or ".join(candidates[:NAMED])
    more = len(candidates) - NAMED
    if more > 0:
        return f"{named}, or one of {more} more"
    return named


def _mend(because: ToolkitError | None, result: reconcile.LookResult) -> str:
    """What has to be mended first, or looking again is in vain."""
    error = because
    if result.finding == "hopeless":
        error = result.error
    if error is None or not error.hint:
        return ""
    if isinstance(error, ApiError | NoAnswer):  # the service's own word, or the network
        return ""
    return f"{error.hint} "


def _choices(number: int, call: Call[Any], candidates: Sequence[str]) -> list[str]:
    """What a person may say, each as code and its meaning, a line each."""
    operation = call.operation
    reconciliation = operation.reconciliation
    resolve = f"client.resolve({number}"
    lines = []
    if reconciliation is not None and reconciliation.look is not None:
        lines.append(f"{resolve}) looks again, which only reads")
    if reconciliation is not None and reconciliation.get is not None:
        named = '"…"'
        if candidates:
            named = ascii(candidates[0])  # a service's word: in code it is a literal
        lines.append(f"{resolve}, adopt={named}) takes what you found elsewhere, by its id")
    keys = ""
    if operation.co_signed or operation.owner_signs:
        keys = ", signers=[…]"
    lines.append(f"{resolve}, send_again=True{keys}) if you know that it did not happen")
    lines.append(f"{resolve}, give_up=True) closes it without knowing")
    return [f"\n  - {line}" for line in lines]

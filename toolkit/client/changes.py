"""Changes: written down, sent once, and what became of them known. One click makes one thing.

The journal says what is open. ``settling`` tells it what became of a change. Where the service does
a request once under one key, ``resending`` asks for a lost answer again; else ``looking`` looks for
what it made. Where neither settles it a person is asked (``doubt``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, wait
from typing import Any, TypeVar

from msgspec.structs import replace

from toolkit.base.processes import alive
from toolkit.client.journal import (
    Entry,
    Flight,
    Intent,
    Journal,
    State,
)
from toolkit.client.journal_file import MEMORY
from toolkit.client.looking import Looking
from toolkit.client.recall import Recall
from toolkit.client.resending import Resending
from toolkit.client.reviews import Reviews
from toolkit.client.settling import Settling
from toolkit.errors import (
    InDoubt,
    InputError,
    NotSent,
    ToolkitError,
)
from toolkit.keys.signer import Signer
from toolkit.request.call import Call
from toolkit.request.exchange import Exchange
from toolkit.request.prepared import Prepared
from toolkit.transport.cancel import CANCELLED, CancelToken
from toolkit.transport.retry import TRIES
from toolkit.transport.sender import (
    Interrupted,
    Sender,
    claim,
    must_be_fresh,
    spend,
)

T = TypeVar("T")
PAUSES_S = 30.0  # between tries, all of them
REFUSED_FOR_WHAT_IT_SAYS = (400, 422)
OTHER_PROCESS_S = 0.2  # between looks at what another process has under way


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
        reviews: Reviews,
    ) -> None:
        self._sender = sender
        self._open_journal = journal
        self._sleep = sleep
        self.window_s = window_s
        self.reviews = reviews
        #: What the journal remembers, as values.
        self.recall = Recall(sender)
        #: What it is told.
        self.settling = Settling(sender, journal, self.recall)
        #: Asking for a lost answer again, where that makes nothing twice.
        self.resending = Resending(sender, journal, self.settling, sleep, self._longest_ms)
        #: Looking for what was lost.
        self.looking = Looking(
            sender, journal, self.recall, self.settling, sleep, self.resending.safe_until_ms
        )

    @property
    def journal(self) -> Journal:
        """Where they are written down."""
        return self._open_journal()

    # ---- sending ----

    def send(
        self,
        what: Call[T] | Prepared[T],
        signers: Sequence[Signer],
        progress: Progress,
        *,
        instead_of: int | None = None,
    ) -> Exchange[T]:
        """Write down, send, settle; or join the same change.

        It is joined if it is under way, in doubt, or done but unheard. Where the clocks are known
        to be too far apart it is not sent.
        """
        while True:
            prepared, ticket = self._prepared(what, instead_of)
            reviewed_by = self.reviews.of(prepared, self._now_ms())
            intent = self._intent(prepared, ticket, reviewed_by)
            flight = self.journal.flight(intent.base_url, intent.identity, intent.fingerprint)
            with flight:
                if flight.joined:
                    # another's is on its way, and cannot be called back from here
                    progress.cancel.commit()
                    theirs: Exchange[T] | None = _outcome_of(flight)
                    if theirs is None:
                        continue  # that one ended without an outcome: look again
                    return self._shared(prepared, theirs, progress)
                if instead_of is not None:
                    out_of_time = self._sender.out_of_time(prepared)
                    if out_of_time is not None:
                        return out_of_time  # what is open stays open
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
                    joined = self._joined(entry, prepared.call, signers)
                    exchange = self._shared(prepared, joined, progress)
                if entry.reviewed_by:
                    exchange = replace(exchange, reviewed_by=entry.reviewed_by)
                flight.outcome.set_result(exchange)
                return exchange

    def _prepared(
        self, what: Call[T] | Prepared[T], instead_of: int | None
    ) -> tuple[Prepared[T], str | None]:
        """What will be sent; and its ticket, if a person prepared it, so that it is sent once.

        Instead of an earlier one, it has that one's idempotency key, as long as it is of use.
        """
        if not isinstance(what, Prepared):
            key = None
            if instead_of is not None:
                key = self.resending.key_of(self.journal.get(instead_of), what) or None
            return self._sender.prepare(what, idempotency_key=key), None
        self._must_be_known_here(what)
        return what, what.ticket

    def _must_be_known_here(self, prepared: Prepared[Any]) -> None:
        """Whether it was sent before, a journal in memory knows of this process only."""
        is_known = prepared.is_from_here or prepared.is_bound
        if self.journal.path == MEMORY and not is_known:
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
        self.settling.heard(exchange.entry)
        return exchange

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
        entry = self.settling.tell(lambda: self.journal.stopped(number))
        if entry is not None and entry.unheard:
            return (
                f"Interrupted, and it was done. It is entry {number} of the journal: "
                f"client.resolve({number}) gives what it made, "
                "and so does sending the same again, once."
            )
        return _stopped_on_its_way(number)

    def _intent(
        self, prepared: Prepared[Any], ticket: str | None, reviewed_by: tuple[str, ...]
    ) -> Intent:
        sender = self._sender
        now_ms = sender.now_ms()
        body = None
        if prepared.body:
            body = prepared.shown_body
        return Intent(
            service=sender.provider.service,
            environment=sender.environment.name,
            base_url=sender.environment.base_url,
            identity=sender.provider.identity,
            operation=prepared.call.operation.name,
            arguments=dict(prepared.call.arguments),
            query=prepared.call.query,
            body=body,
            fingerprint=prepared.fingerprint,
            begun_ms=now_ms,
            until_ms=now_ms + self._longest_ms,
            skew_ms=sender.skew_now_ms,
            ticket=ticket,
            idempotency_key=prepared.idempotency_key or None,
            reviewed_by=reviewed_by,
        )

    @property
    def _longest_ms(self) -> int:
        """How long one change may be under way, all of its tries."""
        return round(1000 * (TRIES * self._sender.transport.patience_s + PAUSES_S))

    def _sent(
        self,
        entry: Entry,
        prepared: Prepared[T],
        signers: Sequence[Signer],
        once: bool,
        cancel: CancelToken | None,
    ) -> Exchange[T]:
        """Send what the journal knows of, and settle it there.

        ``once``: a person prepared these bytes, and no others are sent.
        """
        number = entry.number
        try:
            out_of_time = self._sender.out_of_time(prepared)
            if out_of_time is not None:
                exchange = out_of_time
            elif once:
                must_be_fresh(prepared, self._now_ms())  # it may have waited
                claim(prepared)
                exchange = self._sender.once(prepared, signers, cancel)
            else:
                exchange = self._sender.tried(prepared.call, signers, prepared, cancel)
        except Interrupted:
            self.settling.doubt(number, "A person pressed stop while it was on its way.")
        except ToolkitError as error:  # refused by ourselves, before it left
            self.settling.settle(number, "unsent", self.settling.reason_of(error, prepared.call))
            raise
        else:
            return self._settled(entry, replace(exchange, entry=number), signers)
        raise KeyboardInterrupt(_stopped_on_its_way(number))

    def _settled(
        self, entry: Entry, exchange: Exchange[T], signers: Sequence[Signer]
    ) -> Exchange[T]:
        """What the journal is told of an exchange, and what is given to the caller."""
        error = exchange.error
        call = exchange.prepared.call
        if exchange.outcome == "unknown":
            assert error is not None
            reason = self.settling.reason_of(error, call)
            known = self.settling.doubt(entry.number, reason, exchange.status)
            return self._pursued(known or entry, call, signers, exchange)
        if error is not None and exchange.outcome == "refused":
            state: State = "refused"
            if isinstance(error, NotSent):
                state = "unsent"
            reason = self.settling.reason_of(error, call)
            self.settling.settle(entry.number, state, reason, exchange.status)
            return exchange
        answered = self.settling.answered(entry, exchange)
        if answered.outcome == "unknown":
            return self._settled(entry, answered, signers)
        return answered

    def _pursued(
        self,
        entry: Entry,
        call: Call[T],
        signers: Sequence[Signer],
        lost: Exchange[T] | None = None,
    ) -> Exchange[T]:
        """What became of an entry in doubt: asked again where that is safe, else looked for."""
        try:
            exchange, left_s = self.resending.answered(entry, call, signers, self.window_s)
        except Interrupted:
            pass
        else:
            if exchange is not None and exchange.outcome == "answered":
                return exchange
            looked = self.looking.looked_for(entry, call, max(0.0, left_s), lost)
            if exchange is not None and _was_never_done(exchange, looked):
                return self._refused(entry, exchange)
            return looked
        raise KeyboardInterrupt(_stopped_on_its_way(entry.number))

    def _refused(self, entry: Entry, exchange: Exchange[T]) -> Exchange[T]:
        """The journal is told that it was refused, the first time as the second."""
        assert exchange.error is not None
        reason = self.settling.reason_of(exchange.error, exchange.prepared.call)
        self.settling.settle(entry.number, "refused", reason, exchange.status)
        return exchange

    def _joined(self, entry: Entry, call: Call[T], signers: Sequence[Signer]) -> Exchange[T]:
        """The same change is open already: its outcome, and nothing is sent.

        It is from another process or an earlier run: of this one nobody has it under way, since
        the flight is ours.
        """
        if entry.process != self.journal.process:
            entry = self.awaited(entry)
        if entry.open:
            return self._pursued(entry, call, signers)
        return self.recall.exchange_of(entry, call)

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

    def _now_ms(self) -> int:
        return self._sender.now_ms()


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


def _was_never_done(again: Exchange[Any], looked: Exchange[Any]) -> bool:
    """Whether a change was refused, as a second request under its key shows.

    That one was refused for what it says, and what it asks for is nowhere. Other refusals (of who
    asks, for instance) may be new, and say nothing about the first request.
    """
    if again.outcome != "refused" or again.status not in REFUSED_FOR_WHAT_IT_SAYS:
        return False
    return isinstance(looked.error, InDoubt) and looked.error.finding == "nothing"


def _stopped_on_its_way(number: int) -> str:
    return (
        "Interrupted after it may have left. "
        f"It is entry {number} of the journal: client.resolve({number})."
    )

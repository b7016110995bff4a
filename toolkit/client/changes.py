"""Changes: written down, sent once, and what became of them found out. Never two things from one click.

The journal says what is open, ``reconcile`` looks what is there, and where that does not settle it a person is asked.
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
from toolkit.client.journal import AlreadyOwned, Entry, Intent, Journal, State, alive
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
from toolkit.request.call import Call, call
from toolkit.request.exchange import Exchange, Provenance, stamp
from toolkit.request.prepared import Prepared
from toolkit.transport.cancel import CANCELLED, CancelToken
from toolkit.transport.provider import UNREADABLE
from toolkit.transport.retry import TRIES
from toolkit.transport.sender import Interrupted, Sender, claim, must_be_fresh, spend
from toolkit.transport.verify import contradiction, decoded, sized

T = TypeVar("T")
PAUSES_S = 30.0  # between tries, all of them
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
    """The changes of one client. ``window_s``: how long one is looked for, before a person is asked."""

    def __init__(
        self,
        sender: Sender,
        journal: Callable[[], Journal],
        sleep: Callable[[float], None],
        window_s: float,
    ) -> None:
        self._sender, self._open_journal, self._sleep, self.window_s = (
            sender,
            journal,
            sleep,
            window_s,
        )

    @property
    def journal(self) -> Journal:
        return self._open_journal()

    def call_of(self, entry: Entry) -> Call[Any]:
        """The call that an entry stands for. Raises InputError: of another service, or of a newer toolkit."""
        provider = self._sender.provider
        known = {operation.name: operation for operation in provider.operations}
        operation = known.get(entry.operation) if entry.service == provider.service else None
        reason = f"{entry.operation} of {entry.service}, which this client does not know"
        if operation is not None:
            try:
                body = (
                    msgspec.json.decode(entry.body, type=operation.body)
                    if entry.body and operation.body
                    else None
                )
                return call(operation, dict(entry.arguments), dict(entry.query), body)
            except (*UNREADABLE, InputError) as error:
                reason = f"{entry.operation}, but cannot be read: {error}"
        close = (
            f"client.resolve({entry.number}, give_up=True) closes it."
            if entry.open
            else "It is closed."
        )
        hint = f"Use that service's client, or the toolkit that wrote it. {close}"
        raise InputError(f"Entry {entry.number} is {reason.rstrip('.')}.", hint=hint)

    # ---- sending ----

    def send(
        self,
        what: Call[T] | Prepared[T],
        signers: Sequence[PrivateKey],
        progress: Progress,
        *,
        instead_of: int | None = None,
    ) -> Exchange[T]:
        """Write down, send, settle; or join the same change, if it is under way, in doubt, or done but unheard."""
        while True:
            prepared = what if isinstance(what, Prepared) else self._sender.prepare(what)
            ticket = prepared.ticket if isinstance(what, Prepared) else None
            self._must_be_known_here(ticket, prepared)
            intent = self._intent(prepared, ticket)
            with self.journal.flight(
                intent.base_url, intent.identity, intent.fingerprint
            ) as flight:
                if flight.joined:
                    progress.cancel.commit()  # another's is on its way, and cannot be called back from here
                    try:
                        theirs: Exchange[T] = flight.outcome.result()
                    except CancelledError:
                        continue  # that one ended without an outcome: look again
                    if isinstance(theirs.error, NotSent) and theirs.error.cause == CANCELLED:
                        continue  # theirs was stopped before it left, this one was not
                    return self._shared(prepared, theirs, progress)
                entry, new = self.journal.begin(intent, instead_of=instead_of, now_ms=self._now_ms)
                progress.number = entry.number
                if new:
                    exchange = self._sent(
                        entry, prepared, signers, isinstance(what, Prepared), progress.cancel
                    )
                else:
                    exchange = self._shared(prepared, self._joined(entry, prepared.call), progress)
                flight.outcome.set_result(exchange)
                return exchange

    def _must_be_known_here(self, ticket: str | None, prepared: Prepared[Any]) -> None:
        """Whether it was sent before, a journal in memory knows of this process only."""
        if ticket is not None and self.journal.path == MEMORY and not prepared.is_from_here:
            raise InputError(
                "This was prepared by another process, and a journal in memory cannot tell whether that one sent it.",
                hint="Prepare it again here, or give both clients one journal in a file.",
            )

    def _shared(
        self, prepared: Prepared[T], exchange: Exchange[T], progress: Progress
    ) -> Exchange[T]:
        """What became of the same change is told to one more caller."""
        spend(prepared, exchange)
        progress.number = exchange.entry
        self.heard(exchange.entry)
        return exchange

    def heard(self, number: int | None) -> None:
        """Somebody is given the outcome of an entry: a stop that came before that is over."""
        with contextlib.suppress(
            JournalRefused, InputError
        ):  # then it is given once more, which makes nothing
            if number is not None and self.journal.get(number).stopped:
                self.journal.stopped(number, unheard=False)

    def stopped(self, progress: Progress) -> str:
        """A person pressed stop while waiting. What there is to say; and whoever asks for the same is told what it made."""
        if progress.cancel.cancel():
            return "It was stopped before it left. Nothing was sent."
        number = progress.number
        if number is None:
            return "Interrupted while the same change was under way. It is in client.pending(), or settled by now."
        entry = self._tell(lambda: self.journal.stopped(number))
        if entry is not None and entry.unheard:
            return (
                f"Interrupted, and it was done. It is entry {number} of the journal: client.resolve({number}) gives "
                "what it made, and so does sending the same again, once."
            )
        return f"Interrupted after it may have left. It is entry {number} of the journal: client.resolve({number})."

    def _intent(self, prepared: Prepared[Any], ticket: str | None = None) -> Intent:
        sender, now_ms = self._sender, self._sender.now_ms()
        return Intent(
            service=sender.provider.service,
            environment=sender.environment.name,
            base_url=sender.environment.base_url,
            identity=sender.provider.identity,
            operation=prepared.call.operation.name,
            arguments=dict(prepared.call.arguments),
            query=prepared.call.query,
            body=prepared.body.decode() if prepared.body else None,
            fingerprint=prepared.call.fingerprint(prepared.body),
            begun_ms=now_ms,
            until_ms=now_ms + round(1000 * (TRIES * sender.transport.patience_s + PAUSES_S)),
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
        """Send what the journal knows of, and settle it there."""
        number, send = entry.number, self._sender
        try:
            if once:
                must_be_fresh(prepared, self._now_ms())  # it may have waited
                claim(prepared)
                exchange = send.once(prepared, signers, cancel)
            else:
                exchange = send.tried(prepared.call, signers, prepared, cancel)
        except Interrupted:
            self._tell(
                lambda: self.journal.doubt(
                    number, self._now_ms(), "A person pressed stop while it was on its way."
                )
            )
        except ToolkitError as error:  # refused by ourselves, before it left
            reason = self._plain(error, prepared.call)
            self._tell(lambda: self.journal.settle(number, "unsent", self._now_ms(), reason))
            raise
        else:
            return self._settled(entry, replace(exchange, entry=number))
        raise KeyboardInterrupt(
            f"Interrupted after it may have left. It is entry {number} of the journal: client.resolve({number})."
        )

    def _settled(self, entry: Entry, exchange: Exchange[T]) -> Exchange[T]:
        error, number, status = exchange.error, entry.number, exchange.status
        asked = exchange.prepared.call
        if exchange.outcome == "unknown":
            assert error is not None
            known = self._tell(
                lambda: self.journal.doubt(
                    number, self._now_ms(), self._plain(error, asked), status=status
                )
            )
            return self.looked_for(known or entry, asked, self.window_s, exchange)
        if error is not None and exchange.outcome == "refused":
            state: State = "unsent" if isinstance(error, NotSent) else "refused"
            self._tell(
                lambda: self.journal.settle(
                    number, state, self._now_ms(), self._plain(error, asked), status=status
                )
            )
            return exchange
        facts: dict[str, Any] = {
            "status": status,
            "answer": exchange.content.decode("utf-8", "replace"),
        }
        if (
            exchange.decoded is not None
            and asked.operation.reconciliation
            and asked.operation.reconciliation.creates
        ):
            facts["made"] = reconcile.id_of(exchange.decoded)
            facts["resource_key"] = reconcile.resource_key(asked, exchange.decoded, self._local)
        why = (
            "Answered."
            if error is None
            else f"Done, but the answer cannot be used: {self._plain(error, asked)}"
        )
        try:
            self._tell(
                lambda: self.journal.settle(number, "answered", self._now_ms(), why, **facts),
                done=True,
            )
        except AlreadyOwned:
            place = f"{asked.operation.name} on {self._sender.environment.name}"
            what = f"{place}: the answer names {facts['made']}, which another entry of the journal made."
            played = ContradictingAnswer(what, cause="played-back")
            return self._settled(
                entry, replace(exchange, outcome="unknown", error=played, decoded=None)
            )
        return exchange

    def _plain(self, error: ToolkitError, asked: Call[Any]) -> str:
        """What an error says, without saying again where."""
        what = error.what.removeprefix(
            f"{asked.operation.name} on {self._sender.environment.name}: "
        )
        return what[:1].upper() + what[1:]

    def _tell(self, write: Callable[[], Entry], *, done: bool = False) -> Entry | None:
        """Write into the journal after the fact: whatever becomes of that, the outcome is not lost."""
        try:
            return write()
        except AlreadyOwned:
            raise
        except (JournalRefused, InputError) as error:  # full, or cleared meanwhile
            if done:
                text = f"It was done, and what it made is in the result; but the journal could not be told. {error.what}"
                with contextlib.suppress(
                    JournalWarning
                ):  # where warnings are errors: the result is worth more
                    warnings.warn(text, JournalWarning, stacklevel=2)
            return None

    # ---- joining ----

    def _joined(self, entry: Entry, asked: Call[T]) -> Exchange[T]:
        """The same change is open already, from another process or an earlier run: its outcome, and nothing is sent."""
        # of this process nobody has it under way: the flight is ours
        entry = entry if entry.process == self.journal.process else self.awaited(entry)
        return (
            self.looked_for(entry, asked, self.window_s)
            if entry.open
            else self.remembered(entry, asked)
        )

    def awaited(self, entry: Entry) -> Entry:
        """The entry, once nobody waits for its answer any more."""
        while entry.state == "sent" and alive(entry.process) and self._now_ms() < entry.until_ms:
            if entry.process == self.journal.process:
                with self.journal.flight(
                    entry.base_url, entry.identity, entry.fingerprint
                ) as flight:
                    if not flight.joined:
                        break  # ours, and not under way: an earlier try here ended without a word
                    wait([flight.outcome])
            else:
                self._sleep(0.2)
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
        self, entry: Entry, asked: Call[T], window_s: float, lost: Exchange[T] | None = None
    ) -> Exchange[T]:
        """Look until the thing is there or the window has passed; then adopt it, or say what is known."""
        began, waited_s, looks, pauses = time.monotonic(), 0.0, 0, iter(reconcile.PAUSES_S)
        seen = reconcile.LookResult("failed", "Nobody has looked yet.")
        while True:
            left_s = max(reconcile.LEAST_S, window_s - _passed(began, waited_s))
            budget = reconcile.Budget(left_s, stopwatch())
            try:
                seen, looks = (
                    reconcile.look(self._ask, asked, entry, self._others(entry), budget),
                    looks + 1,
                )
                if len(seen.fits) == 1:
                    assert seen.by is not None  # what fits was read
                    return self._adopted(entry, asked, seen.fits[0], seen.by, seen.told)
            except AlreadyOwned:
                continue  # another entry has just adopted it: it does not count
            except (
                JournalRefused
            ) as refused:  # without the journal nobody knows what belongs to whom
                seen = reconcile.LookResult(
                    "hopeless", f"Did not look: {refused.what}", error=refused
                )
                break
            left_s = window_s - _passed(began, waited_s)
            pause_s = min(next(pauses, reconcile.PAUSES_S[-1]), left_s)
            if seen.finding in ("fits", "blind", "hopeless") or pause_s <= 0:
                break
            self._sleep(pause_s)
            waited_s += pause_s
        because = lost.error if lost else None
        if because is not None and seen.error is not None and seen.error.cause == because.cause:
            seen = replace(seen, told="Looking failed for the same reason.")
        took = span(round(1000 * _passed(began, waited_s)))
        told = (
            seen.told
            if looks <= 1
            else f"{seen.told.rstrip('.')}; the last of {looks} looks in {took}."
        )
        entry = self._tell(lambda: self.journal.doubt(entry.number, self._now_ms(), told)) or entry
        if not entry.open:
            return self.remembered(
                entry, asked
            )  # settled meanwhile by somebody who shares the journal
        return self._in_doubt(entry, asked, lost, replace(seen, told=told))

    def _others(self, entry: Entry) -> reconcile.LookContext:
        base_url = self._sender.environment.base_url

        def rivals() -> list[Call[Any]]:
            found = []
            for other in self.journal.entries(only_open=True, base_url=base_url):
                if other.number != entry.number and (other.operation, other.service) == (
                    entry.operation,
                    entry.service,
                ):
                    with contextlib.suppress(
                        InputError
                    ):  # what cannot be read compares with nothing
                        found.append(self.call_of(other))
            return found

        return reconcile.LookContext(
            lambda: self.journal.owned(base_url),
            rivals,
            lambda: self._sender.skew_now_ms,
            self._local,
        )

    def _in_doubt(
        self, entry: Entry, asked: Call[T], lost: Exchange[T] | None, seen: reconcile.LookResult
    ) -> Exchange[T]:
        number, operation = entry.number, asked.operation
        candidates = [reconcile.id_of(thing) for thing in (*seen.fits, *seen.maybe)]
        because = lost.error if lost else None
        first = (
            self._plain(because, asked) if because else entry.history[0][1] if entry.history else ""
        )
        first = (
            first
            if first and first != seen.told
            else "It was written down, and no answer was heard."
        )
        if candidates:
            seen = replace(seen, told=f"{seen.told} It could be {_some_of(candidates)}.")
        error = InDoubt(
            f"{operation.title} on {self._sender.environment.name}: it is not known whether this happened. "
            f"{first.rstrip('.')}. {seen.told}",
            number=number,
            because=because,
            history=entry.history,
            candidates=candidates,
            finding=seen.finding,
            hint=f"{_mend(because, seen)}It is not sent again by itself. Choose:{''.join(_choices(number, asked, candidates))}",
        )
        if because is None:
            sent = sized((entry.body or "").encode())
            error.evidence = (("sent", f"{sent}, fingerprint {entry.fingerprint[:12]}"),)
        base = lost or Exchange("unknown", self._sender.prepare(asked), entry.status)
        return replace(base, outcome="unknown", error=error, decoded=None, entry=number)

    # ---- settling ----

    def _adopted(
        self, entry: Entry, asked: Call[T], thing: Any, by: Exchange[Any], why: str
    ) -> Exchange[T]:
        creates = (
            asked.operation.reconciliation is not None and asked.operation.reconciliation.creates
        )
        key, made = (
            reconcile.resource_key(asked, thing, self._local),
            reconcile.id_of(thing) if creates else None,
        )
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
            return self.remembered(settled, asked)  # somebody who shares the journal was faster
        prepared = self._sender.prepare(asked)
        return replace(
            by, outcome="adopted", prepared=prepared, error=None, decoded=thing, entry=entry.number
        )

    def adopted_by_id(self, entry: Entry, asked: Call[Any], named: str) -> Exchange[Any]:
        """What a person names, read and compared, and then taken. Raises InputError, ContradictingAnswer, ToolkitError."""
        reconciliation = asked.operation.reconciliation
        if reconciliation is None or reconciliation.get is None:
            what = f"adopt: what {asked.operation.name} does has no id of its own."
            raise InputError(what, hint=f"client.resolve({entry.number}) looks.")
        if not isinstance(named, str):
            raise InputError(
                f"adopt must be an id, not {type(named).__name__}.",
                hint="Pass it as the service shows it.",
            )
        if not named.strip():
            raise InputError(
                "The id of what it made is still empty.", hint="Paste it as the service shows it."
            )
        seen = self._sender.tried(reconciliation.get(asked, named.strip()))
        thing = seen.value
        if reconciliation.same(asked, thing) is False:
            what = (
                f"adopt: {named} is not what entry {entry.number} asked for. The entry stays open."
            )
            raise ContradictingAnswer(
                what, hint="Compare its contents with the entry’s body, field by field."
            )
        try:
            why = f"A person named {named}; it was read and is what was asked for."
            return self._adopted(entry, asked, thing, seen, why)
        except AlreadyOwned:
            what = f"adopt: {named} was made by another entry of the journal."
            raise InputError(what, hint="See frames.journal().") from None

    def given_up(self, entry: Entry) -> Entry:
        """Closed by a person, without knowing. Raises JournalRefused."""
        why = "A person closed it without knowing whether it happened. It was not sent again."
        return self.journal.settle(entry.number, "given-up", self._now_ms(), why)

    def remembered(self, entry: Entry, asked: Call[T]) -> Exchange[T]:
        """A settled entry as the exchange that it was."""
        base: Exchange[T] = Exchange(
            "refused", self._sender.prepare(asked), entry.status, entry=entry.number
        )
        why = entry.history[-1][1] if entry.history else entry.state
        what = f"{asked.operation.title}: entry {entry.number} of the journal is settled as {entry.state}. {why}"
        if entry.state in ("answered", "adopted"):
            content = (entry.answer or "").encode()
            base = replace(
                base,
                outcome="answered" if entry.state == "answered" else "adopted",
                content=content,
            )
            try:
                value = decoded(asked.operation.returns, content)
                reason = contradiction(asked, value)
            except UNREADABLE as error:
                reason = str(error)
            if reason:
                return replace(
                    base,
                    error=UnreadableAnswer(
                        f"{what} The answer that was kept cannot be used: {reason}."
                    ),
                )
            # it was verified when it was written down, where the service signs its answers
            verified = True if self._sender.provider.signs_answers else None
            at_ms = entry.settled_ms or entry.begun_ms
            stamp(
                value,
                Provenance(
                    entry.environment, entry.operation, dict(asked.arguments), verified, at_ms
                ),
            )
            return replace(base, verified=verified, decoded=value)
        if entry.state == "refused":
            return replace(base, error=ApiError(what, status=entry.status or 0))
        if entry.state == "unsent":
            return replace(base, error=NotSent(what))
        return replace(
            base, outcome="unknown", error=ToolkitError(what, cause=entry.state)
        )  # closed, or replaced

    @property
    def _local(self) -> bool:
        return self._sender.environment.is_local

    def _now_ms(self) -> int:
        return self._sender.now_ms()


def stopwatch() -> Callable[[], float]:
    """Seconds since now."""
    began = time.monotonic()
    return lambda: time.monotonic() - began


def _passed(began: float, waited_s: float) -> float:
    """Seconds since then; an emulator's clock may have run faster than ours."""
    return max(waited_s, time.monotonic() - began)


def _some_of(candidates: Sequence[str]) -> str:
    named = " or ".join(candidates[:NAMED])
    more = len(candidates) - NAMED
    return f"{named}, or one of {more} more" if more > 0 else named


def _mend(because: ToolkitError | None, seen: reconcile.LookResult) -> str:
    """What has to be mended first, or looking again is in vain."""
    error = seen.error if seen.finding == "hopeless" else because
    helps = error is not None and error.hint and not isinstance(error, ApiError | NoAnswer)
    return f"{error.hint} " if error is not None and helps else ""


def _choices(number: int, asked: Call[Any], candidates: Sequence[str]) -> list[str]:
    """What a person may say, each as code and its meaning, a line each."""
    reconciliation, operation = asked.operation.reconciliation, asked.operation
    lines = []
    if reconciliation is not None and reconciliation.look is not None:
        lines.append(f"client.resolve({number}) looks again, which only reads")
    if reconciliation is not None and reconciliation.get is not None:
        named = (
            ascii(candidates[0]) if candidates else '"…"'
        )  # a service's word: in code it is a literal
        lines.append(
            f"client.resolve({number}, adopt={named}) takes what you found elsewhere, by its id"
        )
    keys = ", signers=[…]" if operation.co_signed or operation.owner_signs else ""
    lines.append(
        f"client.resolve({number}, send_again=True{keys}) if you know that it did not happen"
    )
    lines.append(f"client.resolve({number}, give_up=True) closes it without knowing")
    return [f"\n  - {line}" for line in lines]

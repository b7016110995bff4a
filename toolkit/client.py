"""Client: prepares a call, signs and sends it, keeps the evidence, and never leaves a change in doubt unspoken.

It knows no vendor. What differs between services arrives as a ``Wire``. The parts that do the work: ``courier``
carries bytes, ``answers`` judges what came back, ``retrying`` says when another try is worth it, ``journal``
remembers every change, ``doubt`` looks what became of one.
"""

from __future__ import annotations

import threading
import time
import warnings
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import CancelledError
from dataclasses import replace
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx
import msgspec

from toolkit import doubt, fanout, retrying
from toolkit.answers import Judge, contradiction, decoded
from toolkit.body import joined
from toolkit.call import Call, Environment, Exchange, Prepared, Provenance, call, stamp
from toolkit.clock import wall_clock_ms
from toolkit.courier import TIMEOUT, Courier
from toolkit.errors import (
    ApiError,
    ContradictingAnswer,
    InDoubt,
    InputError,
    JournalRefused,
    NotConfirmed,
    NotSent,
    Problem,
    RequestRefused,
    ToolkitError,
)
from toolkit.journal import AlreadyOwned, Entry, Intent, Journal, alive
from toolkit.keys import PrivateKey
from toolkit.pages import pages
from toolkit.wire import Wire

T = TypeVar("T")
FRESHNESS_S = 120.0  # our limit: how far the signed time of an answer may be from this computer's clock
WINDOW_S = 15.0  # how long a lost change is looked for before a person is asked
CONFIRMED = "PROD"  # the environment that asks for a typed confirmation
_SENT: set[str] = set()  # tickets of this process: a Prepared is sent once, by whichever client
_SENT_LOCK = threading.Lock()


class JournalWarning(UserWarning):
    """A change went through, and the journal could not be told. What it made is in the result."""


class Client:
    """Sends calls to one environment. Use as a context manager, or ``close()`` it.

    Args:
        timeout: seconds for each step (connect, write, read), or an ``httpx.Timeout``.
        ca_bundle: path of a company's certificates. ``proxy``: its URL; the machine's own settings are not read.
        journal: where changes are written down; this user's journal otherwise.
        freshness_s: how far an answer's signed time may be from this computer's clock; None: any.
        window_s: how long a change whose answer was lost is looked for, before a person is asked.
        confirm: ``"PROD"`` in a script, instead of the typed confirmation before the first change there.
        transport, clock, sleep: for tests and emulators.

    Redirects are never followed, TLS verification is never off.
    """

    def __init__(
        self,
        wire: Wire,
        environment: Environment,
        *,
        transport: httpx.BaseTransport | None = None,
        clock: Callable[[], int] = wall_clock_ms,
        sleep: Callable[[float], None] = time.sleep,
        timeout: httpx.Timeout | float = TIMEOUT,
        ca_bundle: str | None = None,
        proxy: str | None = None,
        journal: Journal | None = None,
        freshness_s: float | None = FRESHNESS_S,
        window_s: float = WINDOW_S,
        confirm: str = "",
    ) -> None:
        self.environment = environment
        self._wire = wire
        self._clock, self._sleep = clock, sleep
        self._courier = Courier(environment, transport=transport, timeout=timeout, ca_bundle=ca_bundle, proxy=proxy)
        self._judge = Judge(wire, environment.name, _milliseconds(freshness_s))
        self._journal = journal
        self._window_s = window_s
        self._confirmed = environment.name != CONFIRMED
        if confirm:
            self.confirm(confirm)
        self._lock = threading.Lock()
        self._last_ms = 0

    # ---- the path ----

    def problems(self, call: Call[Any], *, signers: Iterable[PrivateKey] = ()) -> tuple[Problem, ...]:
        """Rules that this request breaks: documented ones, and inferred ones that may be acknowledged."""
        return self._wire.problems(call, _keys(signers))

    def prepare(self, call: Call[T]) -> Prepared[T]:
        """The exact bytes and the message to sign, for now. Nothing is signed, checked or sent."""
        pieces = self._wire.pieces(call.body) if call.body is not None else ()
        url = self.environment.base_url + call.path + (f"?{call.query_string}" if call.query else "")
        now_ms = self._tick()
        dressed = self._wire.dress(call, url, joined(pieces), now_ms)
        return Prepared(
            call=call,
            environment=self.environment,
            identity=self._wire.identity,
            url=url,
            fields=tuple(dressed.headers.items()),
            pieces=pieces,
            message=dressed.message,
            signed=dressed.signed,
            made_ms=now_ms,
            fresh_until_ms=dressed.fresh_until_ms,
        )

    def exchange(
        self,
        what: Call[T] | Prepared[T],
        *,
        signers: Iterable[PrivateKey] = (),
        acknowledge: Collection[str] = (),
    ) -> Exchange[T]:
        """Check, sign, send, verify, decode. Refusals of the service are part of the result.

        A read is tried up to three times. A change is written into the journal first, and tried again only where
        nobody was reached. If it is not known what became of it, the service is asked what is there now: the
        outcome is then ``adopted``, or ``unknown`` with an InDoubt error. The same change is not sent while one
        is in flight or in doubt: this call joins that one. A Prepared is signed and sent as it is, once.

        Args:
            signers: co-signers, where the operation needs them (their private keys).
            acknowledge: ids of inferred rules that this request may break.

        Raises:
            RequestRefused: it breaks a rule; nothing was signed or sent.
            NotConfirmed: a change on PROD that nobody has confirmed.
            JournalRefused: a change that cannot be written down first.
            InputError: a Prepared that is stale, was sent already, or belongs to another client.
        """
        signers = _keys(signers)
        call = what.call if isinstance(what, Prepared) else what
        self._check(call, signers, acknowledge)
        if isinstance(what, Prepared):
            self._must_fit(what)
        if not call.operation.changes:
            if isinstance(what, Prepared):
                _claim(what)
            return self._tried(what, signers)
        self._must_be_confirmed()
        return self._change(what, signers)

    def send(
        self,
        what: Call[T] | Prepared[T],
        *,
        signers: Iterable[PrivateKey] = (),
        acknowledge: Collection[str] = (),
    ) -> T:
        """``exchange(…).value``: the answer as a model, or the error as an exception."""
        return self.exchange(what, signers=signers, acknowledge=acknowledge).value

    def iterate(self, call: Call[T]) -> Iterator[T]:
        """Each page of a list, from its first to its last: ``frames.groups(client.iterate(call))``.

        Raises:
            ToolkitError: a page that could not be read.
        """
        return (exchange.value for exchange in pages(self.exchange, call))

    def send_many(self, calls: Iterable[Call[T]], *, concurrency: int = 4, progress: bool = True) -> list[Exchange[T]]:
        """Many reads at once: their exchanges in the same order, failed ones too (``frames.exchanges`` shows them).

        ``concurrency`` reads run at a time; when the service asks to wait, all of them do. A progress bar shows
        what takes longer than a second.

        Raises:
            InputError: a call that changes something: those are sent one by one.
        """
        return fanout.send_many(self.exchange, list(calls), concurrency, progress, self._sleep, self._clock)

    # ---- who, where, when ----

    @property
    def identity(self) -> str:
        """Whose requests these are: the API key's public half, or the app id."""
        return self._wire.identity

    def now_ms(self) -> int:
        """This client's clock, Unix milliseconds. An in-process emulator's clients share its clock."""
        return self._clock()

    @property
    def skew_ms(self) -> int | None:
        """The service's clock minus this computer's, as its last answer told; None before that."""
        return self._judge.skew_ms

    @property
    def needs_confirmation(self) -> bool:
        """Whether the next change asks for a typed confirmation first."""
        return not self._confirmed

    def confirm(self, name: str) -> None:
        """Allow changes, by the name of the environment.

        Raises:
            NotConfirmed: another name.
        """
        if name != self.environment.name:
            raise NotConfirmed(
                f"confirm: {name!r} is not the name of this environment, {self.environment.name}.",
                hint=f"Pass confirm={self.environment.name!r} if you mean it.",
            )
        self._confirmed = True

    def _must_be_confirmed(self) -> None:
        if self._confirmed:
            return
        name = self.environment.name
        try:
            typed = input(
                f"This is the first change on {name} ({self.environment.host}). Type {name} to allow changes: "
            )
        except (EOFError, OSError, NotImplementedError):  # nobody at the keyboard: a script, a headless kernel
            typed = ""
        if typed.strip() != name:
            raise NotConfirmed(
                f"The change was not confirmed for {name}. Nothing was signed or sent.",
                hint=f"Type {name} when asked; in a script, make the client with confirm={name!r}.",
            )
        self._confirmed = True

    # ---- the journal, and doubt ----

    @property
    def journal(self) -> Journal:
        """Where this client writes its changes down."""
        if self._journal is None:
            self._journal = Journal.default()
        return self._journal

    def pending(self) -> tuple[Entry, ...]:
        """Changes of this key or app, here, of which it is not known what became of them; oldest first."""
        return self.journal.entries(only_open=True, base_url=self.environment.base_url, identity=self.identity)

    def call_of(self, entry: Entry) -> Call[Any]:
        """The call that an entry of the journal stands for.

        Raises:
            InputError: it is from another service, or from a newer toolkit.
        """
        known = {operation.name: operation for operation in self._wire.operations}
        operation = known.get(entry.operation) if entry.service == self._wire.service else None
        if operation is None:
            raise InputError(
                f"Entry {entry.number} is {entry.operation} of {entry.service}, which this client does not know.",
                hint="Use a client of that service.",
            )
        body = msgspec.json.decode(entry.body, type=operation.body) if entry.body and operation.body else None
        return call(operation, dict(entry.arguments), dict(entry.query), body)

    def resolve(
        self,
        entry: Entry | int,
        *,
        adopt: str | None = None,
        send_again: bool = False,
        give_up: bool = False,
        signers: Iterable[PrivateKey] = (),
        acknowledge: Collection[str] = (),
        window_s: float | None = None,
    ) -> Exchange[Any]:
        """Settle a change that is in doubt. Without a choice it looks, which only reads, as often as you like.

        Args:
            adopt: the id of what it made, found elsewhere (a dashboard). It is read and compared first.
            send_again: a person knows that it was not made. Signed anew, sent once more, as a new entry.
            give_up: leave it alone; nothing is sent.
            signers, acknowledge: as for ``exchange``, to send again.
            window_s: how long to look, instead of the client's.

        Returns:
            The exchange: ``adopted``, what sending again became, ``refused`` if it was given up, or still
            ``unknown``. An entry that was settled before gives what it was settled with.

        Raises:
            InputError: another client's entry, or more than one choice.
            ContradictingAnswer: ``adopt`` names a thing that is not what was asked for. The entry stays open.
        """
        entry = self.journal.get(entry if isinstance(entry, int) else entry.number)
        if (entry.base_url, entry.identity) != (self.environment.base_url, self.identity):
            raise InputError(
                f"Entry {entry.number} is of {entry.identity} at {entry.base_url}.",
                hint="Use that client to settle it.",
            )
        if sum((adopt is not None, send_again, give_up)) > 1:
            raise InputError("Choose one of adopt, send_again and give_up.", hint="Leave the others out.")
        call = self.call_of(entry)
        if not entry.open:
            return self._remembered(entry, call)
        if send_again:
            keys = _keys(signers)
            self._check(call, keys, acknowledge)
            self._must_be_confirmed()
            return self._change(call, keys, instead_of=entry.number)
        if give_up:
            why = "A person said: leave it alone. Nothing was sent."
            return self._remembered(self.journal.settle(entry.number, "given-up", self._clock(), why), call)
        if adopt is not None:
            return self._adopted_by_id(entry, call, adopt)
        return self._looked_for(entry, call, self._window_s if window_s is None else window_s)

    # ---- inside: checks ----

    def _check(self, call: Call[Any], signers: Sequence[PrivateKey], acknowledge: Collection[str]) -> None:
        if isinstance(acknowledge, str):
            raise InputError("acknowledge must be a set of rule ids.", hint=f"Write acknowledge={{{acknowledge!r}}}.")
        blocking = [p for p in self.problems(call, signers=signers) if p.documented or p.rule not in acknowledge]
        if blocking:
            raise RequestRefused(blocking, f"{call.operation.name} on {self.environment.name}")

    def _must_fit(self, prepared: Prepared[Any]) -> None:
        if (prepared.environment, prepared.identity) != (self.environment, self._wire.identity):
            raise InputError(
                f"This was prepared for {prepared.environment.name} as {prepared.identity}; this client is "
                f"{self.environment.name} as {self._wire.identity}.",
                hint="Prepare it again with this client.",
            )
        if prepared.is_stale(self._clock()):
            raise InputError("This was prepared too long ago.", hint="Prepare it again, look at it, then send it.")

    def _tick(self) -> int:
        """The clock, but never the same millisecond twice: it becomes the nonce."""
        with self._lock:
            self._last_ms = max(self._clock(), self._last_ms + 1)
            return self._last_ms

    # ---- inside: sending ----

    def _once(self, prepared: Prepared[T], signers: Sequence[PrivateKey], settling: bool = False) -> Exchange[T]:
        carried = self._courier.carry(prepared, self._wire.credentials(prepared, signers))
        exchange = self._judge.judged(prepared, carried, self._clock(), settling)
        if carried.unsent:
            with _SENT_LOCK:
                _SENT.discard(prepared.ticket)  # it never left: the same Prepared may be sent again
        if carried.interrupted:
            raise _Interrupted(exchange)
        return exchange

    def _tried(self, what: Call[T] | Prepared[T], signers: Sequence[PrivateKey]) -> Exchange[T]:
        """Sent; and a Call, where another try is worth it, prepared and signed afresh and sent again."""
        try:
            if isinstance(what, Prepared):
                return self._once(what, signers)

            def attempt(tries: int) -> Exchange[T]:
                return replace(self._once(self.prepare(what), signers), tries=tries)

            return retrying.again(self._once(self.prepare(what), signers), attempt, self._clock)
        except _Interrupted as interrupted:
            if interrupted.exchange.prepared.call.operation.changes:
                raise
        raise KeyboardInterrupt("A read was interrupted. Nothing was changed.")

    def _change(
        self, what: Call[T] | Prepared[T], signers: Sequence[PrivateKey], *, instead_of: int | None = None
    ) -> Exchange[T]:
        prepared = what if isinstance(what, Prepared) else self.prepare(what)
        intent = self._intent(prepared)
        key = (intent.base_url, intent.identity, intent.fingerprint)
        while True:
            with self.journal.flight(*key) as under_way:
                if under_way is not None:
                    try:
                        joined_one: Exchange[T] = under_way.result()
                        return joined_one
                    except CancelledError:
                        continue  # that one ended without an outcome: look again
                entry, new = self.journal.begin(intent, instead_of=instead_of)
                if new and isinstance(what, Prepared):
                    self._claim_for(entry, what)
                exchange = self._sent(entry, what, signers) if new else self._joined(entry, prepared.call)
                self.journal.land(*key, exchange)
                return exchange

    def _intent(self, prepared: Prepared[Any]) -> Intent:
        now_ms = self._clock()
        return Intent(
            service=self._wire.service,
            environment=self.environment.name,
            base_url=self.environment.base_url,
            identity=self.identity,
            operation=prepared.call.operation.name,
            arguments=dict(prepared.call.arguments),
            query=prepared.call.query,
            body=prepared.body.decode() if prepared.body else None,
            fingerprint=prepared.call.fingerprint(prepared.body),
            begun_ms=now_ms,
            until_ms=now_ms + round(1000 * retrying.TRIES * self._courier.patience_s),
            skew_ms=self.skew_ms,
        )

    def _claim_for(self, entry: Entry, prepared: Prepared[Any]) -> None:
        try:
            _claim(prepared)
        except InputError:
            self.journal.settle(entry.number, "unsent", self._clock(), "This Prepared was sent before; not sent again.")
            raise

    def _sent(self, entry: Entry, what: Call[T] | Prepared[T], signers: Sequence[PrivateKey]) -> Exchange[T]:
        """Send what the journal knows of, and settle it there."""
        try:
            exchange = self._tried(what, signers)
        except _Interrupted as interrupted:
            error = interrupted.exchange.error
            self._tell(lambda: self.journal.doubt(entry.number, self._clock(), error.what if error else "Interrupted."))
        except ToolkitError as error:  # refused by ourselves, before it left
            reason = error.what
            self._tell(lambda: self.journal.settle(entry.number, "unsent", self._clock(), reason))
            raise
        else:
            return self._settled(entry, replace(exchange, entry=entry.number))
        raise KeyboardInterrupt(
            f"Interrupted after it may have left. It is entry {entry.number} of the journal: client.resolve({entry.number})."
        )

    def _settled(self, entry: Entry, exchange: Exchange[T]) -> Exchange[T]:
        now_ms, error, number, status = self._clock(), exchange.error, entry.number, exchange.status
        call = exchange.prepared.call
        if exchange.outcome == "unknown":
            assert error is not None
            doubted = self._tell(lambda: self.journal.doubt(number, now_ms, error.what, status=status)) or entry
            return self._looked_for(doubted, call, self._window_s, exchange)
        if exchange.outcome == "refused":
            assert error is not None
            state = "unsent" if isinstance(error, NotSent) else "refused"
            self._tell(lambda: self.journal.settle(number, state, now_ms, error.what, status=status))  # type: ignore[arg-type]
            return exchange
        thing = exchange.decoded
        facts: dict[str, Any] = {"status": status, "answer": exchange.content.decode("utf-8", "replace")}
        if thing is not None and call.operation.traces and call.operation.traces.creates:
            key = doubt.made_key(call, thing, self.environment.is_local)
            facts |= {"made": doubt.id_of(thing), "made_key": key}
        why = "Answered." if error is None else f"Done, but the answer cannot be used: {error.what}"
        try:
            self._tell(lambda: self.journal.settle(number, "answered", now_ms, why, **facts))
        except AlreadyOwned:
            what = f"{call.operation.name} on {self.environment.name}: the answer names {facts['made']}, which was made before."
            played = ContradictingAnswer(what, cause="played-back")
            return self._settled(entry, replace(exchange, outcome="unknown", error=played, decoded=None))
        return exchange

    def _tell(self, write: Callable[[], Entry]) -> Entry | None:
        """Write into the journal after the fact: whatever becomes of that, the outcome is not lost."""
        try:
            return write()
        except JournalRefused as error:
            text = f"{error} The entry stays open there, and client.resolve settles it later."
            warnings.warn(text, JournalWarning, stacklevel=2)
            return None

    # ---- inside: joining and looking ----

    def _joined(self, entry: Entry, call: Call[T]) -> Exchange[T]:
        """The same change is open already, from another process or an earlier run: its outcome, and nothing is sent."""
        while entry.state == "sent" and alive(entry.process) and self._clock() < entry.until_ms:
            if entry.process == self.journal.process:
                break  # ours, and not in flight: an earlier try here ended without a word
            self._sleep(0.2)
            entry = self.journal.get(entry.number)
        return self._looked_for(entry, call, self._window_s) if entry.open else self._remembered(entry, call)

    def _ask(self, call: Call[Any]) -> Exchange[Any]:
        try:
            return self._once(self.prepare(call), (), settling=True)
        except _Interrupted:
            pass
        raise KeyboardInterrupt("Looking was interrupted. Nothing was changed; client.pending() still has it.")

    def _looked_for(self, entry: Entry, call: Call[T], window_s: float, lost: Exchange[T] | None = None) -> Exchange[T]:
        """Look until the thing is there or the window has passed; then adopt it, or say what is known."""
        began, waited_s, looks, pauses = time.monotonic(), 0.0, 0, iter(doubt.PAUSES_S)
        while True:
            owned = self.journal.owned(self.environment.base_url)
            seen = doubt.look(self._ask, call, entry, owned, self.environment.is_local)
            looks += 1
            if len(seen.fits) == 1:
                try:
                    return self._adopted(entry, call, seen.fits[0], seen.by, seen.told)
                except AlreadyOwned:
                    continue  # another entry has just adopted it: it does not count
            left_s = window_s - max(waited_s, time.monotonic() - began)
            pause_s = min(next(pauses, doubt.PAUSES_S[-1]), left_s)
            if seen.fits or seen.blind or pause_s <= 0:
                break
            self._sleep(pause_s)
            waited_s += pause_s
        told = seen.told if looks == 1 else f"{seen.told.rstrip('.')}; the last of {looks} looks in {window_s:.0f} s."
        entry = self._tell(lambda: self.journal.doubt(entry.number, self._clock(), told)) or entry
        if not entry.open:
            return self._remembered(entry, call)  # settled meanwhile by somebody who shares the journal
        return self._in_doubt(entry, call, lost, [doubt.id_of(thing) for thing in (*seen.fits, *seen.maybe)])

    def _in_doubt(
        self, entry: Entry, call: Call[T], lost: Exchange[T] | None, candidates: Sequence[str]
    ) -> Exchange[T]:
        number = entry.number
        choices = (
            []
            if call.operation.traces and not call.operation.traces.look
            else [f"client.resolve({number}) looks again"]
        )
        if call.operation.traces and call.operation.traces.creates:
            choices.append(f'client.resolve({number}, adopt="id") takes what you found elsewhere')
        choices += [
            f"client.resolve({number}, send_again=True) if you know it was not made",
            "give_up=True leaves it alone",
        ]
        because = lost.error if lost else None
        known = (
            " ".join(text.rstrip(".") + "." for _, text in entry.history)
            or "It was written down, and this computer stopped before it knew more."
        )
        error = InDoubt(
            f"{call.operation.title} on {self.environment.name}: it is not known whether this happened. {known}",
            number=number,
            because=because,
            history=entry.history,
            candidates=candidates,
            hint=f"It is not sent again by itself. Choose: {'; '.join(choices)}.",
        )
        base = lost or Exchange("unknown", self.prepare(call))
        return replace(base, outcome="unknown", error=error, decoded=None, entry=number)

    def _adopted(self, entry: Entry, call: Call[T], thing: Any, by: Exchange[Any] | None, why: str) -> Exchange[T]:
        key = doubt.made_key(call, thing, self.environment.is_local)
        made = doubt.id_of(thing) if key or (call.operation.traces and call.operation.traces.creates) else None
        answer = msgspec.json.encode(thing).decode()
        settled = self._tell(
            lambda: self.journal.settle(
                entry.number, "adopted", self._clock(), f"{why} Adopted.", made=made, made_key=key, answer=answer
            )
        )
        if settled is not None and settled.answer != answer:
            return self._remembered(settled, call)  # somebody who shares the journal was faster
        seen = by or Exchange("answered", self.prepare(call))
        return replace(
            seen, outcome="adopted", prepared=self.prepare(call), error=None, decoded=thing, entry=entry.number
        )

    def _adopted_by_id(self, entry: Entry, call: Call[Any], named: str) -> Exchange[Any]:
        traces = call.operation.traces
        if traces is None or traces.get is None:
            raise InputError(
                f"adopt: what {call.operation.name} does has no id of its own.",
                hint=f"client.resolve({entry.number}) looks.",
            )
        seen = self.exchange(traces.get(call, named))
        thing = seen.value
        if traces.same(call, thing) is False:
            raise ContradictingAnswer(
                f"adopt: {named} is not what entry {entry.number} asked for. The entry stays open.",
                hint="Compare the members, the threshold and the name.",
            )
        try:
            return self._adopted(
                entry, call, thing, seen, f"A person named {named}; it was read and is what was asked for."
            )
        except AlreadyOwned:
            raise InputError(
                f"adopt: {named} was made by another entry of the journal.", hint="See frames.journal()."
            ) from None

    def _remembered(self, entry: Entry, call: Call[T]) -> Exchange[T]:
        """A settled entry as the exchange that it was."""
        base: Exchange[T] = Exchange("refused", self.prepare(call), entry.status, entry=entry.number)
        why = entry.history[-1][1] if entry.history else entry.state
        if entry.state in ("answered", "adopted") and entry.answer is not None:
            content = entry.answer.encode()
            value = decoded(call.operation.returns, content)
            found = contradiction(call, value)
            if not found:
                ids, at_ms = dict(call.arguments), entry.settled_ms or entry.begun_ms
                # it was verified when it was written down, where the service signs its answers
                verified = True if self._wire.signs_answers else None
                stamp(value, Provenance(entry.environment, entry.operation, ids, verified, at_ms))
                outcome = "answered" if entry.state == "answered" else "adopted"
                return replace(base, outcome=outcome, content=content, verified=verified, decoded=value)  # type: ignore[arg-type]
            why = found
        what = f"{call.operation.title}, entry {entry.number} of the journal, is settled as {entry.state}: {why}"
        if entry.state == "refused" and entry.status:
            return replace(base, error=ApiError(what, status=entry.status))
        return replace(base, error=NotSent(what) if entry.state == "unsent" else ToolkitError(what, cause=entry.state))

    # ---- life ----

    def close(self) -> None:
        """Close its connections."""
        self._courier.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        kind = f"{type(self).__module__}.{type(self).__name__}"
        place = getattr(self, "environment", None)  # absent while a refused one is shown in a traceback
        return f"<{kind} on {place.name}: {place.base_url}>" if place else f"<{kind}, not made>"


class _Interrupted(Exception):
    """A person stopped it while it was on its way."""

    def __init__(self, exchange: Exchange[Any]) -> None:
        self.exchange = exchange
        super().__init__()


def _claim(prepared: Prepared[Any]) -> None:
    with _SENT_LOCK:
        if prepared.ticket in _SENT:
            raise InputError(
                "This was sent already, and one Prepared is sent once.", hint="Prepare it again to send again."
            )
        _SENT.add(prepared.ticket)


def _milliseconds(seconds: float | None) -> int | None:
    if seconds is None:
        return None
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not seconds > 0:
        raise InputError("freshness_s must be seconds above 0, or None.", hint=f"The default is {FRESHNESS_S:.0f}.")
    return round(seconds * 1000)


def _keys(signers: Iterable[PrivateKey]) -> tuple[PrivateKey, ...]:
    if isinstance(signers, PrivateKey) or not isinstance(signers, Iterable):
        raise InputError("signers must be a list of keys.", hint="Put a single key in brackets: signers=[key].")
    return tuple(signers)

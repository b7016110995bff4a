"""Client: what users call. It checks a request, asks for confirmation on PROD, and hands it on.

It knows no vendor. What differs between services arrives as a ``Provider``. The parts that do the
work: ``sender`` signs and sends (``http`` moves the bytes, ``verify`` judges what comes back,
``retry`` says when another try is worth it); ``changes`` sees to it that one click makes one thing
(``journal`` remembers, ``reconcile`` looks).
"""

from __future__ import annotations

import logging
import time
import weakref
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

import msgspec

from toolkit.base.http_library import httpx
from toolkit.base.logs import logger
from toolkit.base.outside import argument
from toolkit.base.shield import shielded
from toolkit.base.times import wall_clock_ms
from toolkit.client import many
from toolkit.client.changes import Changes, Progress
from toolkit.client.gathered import Gathered, Signing, signing_of
from toolkit.client.journal import Entry, Journal
from toolkit.client.reviews import Given, Reviewed, Reviews
from toolkit.errors import InDoubt, InputError, NotConfirmed, RequestRefused
from toolkit.findings import Finding
from toolkit.keys.public import PublicKey
from toolkit.keys.signer import Signature, Signer
from toolkit.request.call import Call
from toolkit.request.disclosure import must_be_public
from toolkit.request.environment import Environment
from toolkit.request.exchange import Exchange
from toolkit.request.prepared import Prepared
from toolkit.request.receipt import Receipt
from toolkit.transport.cancel import CancelToken
from toolkit.transport.http import TIMEOUT, HttpTransport
from toolkit.transport.pages import pages
from toolkit.transport.provider import Provider
from toolkit.transport.sender import Interrupted, Sender, claim, log_exchange, must_be_fresh

if TYPE_CHECKING:
    from toolkit.transport.hooks import EventHooks, Hooks

T = TypeVar("T")
R = TypeVar("R")
FRESHNESS_S = (
    120.0  # our limit: how far the signed time of an answer may be from this computer's clock
)
WINDOW_S = 15.0  # how long a lost change is looked for before a person is asked
_LOG = logger("client")
CONFIRMED = "PROD"  # the environment that asks for a typed confirmation


class Client:
    """Sends calls to one environment. Use as a context manager, or ``close()`` it.

    Args:
        timeout: seconds for each step (connect, write, read), or an ``httpx.Timeout``.
        ca_bundle: path of a company's certificates, instead of the usual ones. ``proxy``: its URL,
            ``http://``, ``https://`` or (with ``httpx[socks]``) ``socks5://``; the machine's own
            settings, such as ``HTTPS_PROXY``, are not read.
        journal: where changes are written down, a Journal or a path; this user's journal otherwise.
        freshness_s: how far an answer's signed time may be from this computer's clock; None: any.
        window_s: how long a change whose answer was lost is looked for, before a person is asked.
        confirm: ``"PROD"`` in a script, instead of the typed confirmation before the first change
            there.
        require_review: public keys of those of whom one must have reviewed a change before it is
            sent (``reviewed``).
        event_hooks: functions that are shown a copy of each request and answer, without
            credentials and signatures: ``{"request": [function], "response": [function]}``.
        transport, clock, sleep: for tests and emulators.

    Redirects are never followed, TLS verification is never off.
    """

    def __init__(
        self,
        provider: Provider,
        environment: Environment,
        *,
        transport: httpx.BaseTransport | None = None,
        clock: Callable[[], int] = wall_clock_ms,
        sleep: Callable[[float], None] = time.sleep,
        timeout: httpx.Timeout | float = TIMEOUT,
        ca_bundle: str | None = None,
        proxy: str | None = None,
        journal: Journal | str | Path | None = None,
        freshness_s: float | None = FRESHNESS_S,
        window_s: float = WINDOW_S,
        confirm: str = "",
        require_review: Sequence[PublicKey] = (),
        event_hooks: EventHooks | None = None,
    ) -> None:
        self.environment = environment
        carrier = HttpTransport(
            environment,
            provider.proof,
            transport=transport,
            timeout=timeout,
            ca_bundle=argument(ca_bundle, "ca_bundle"),
            proxy=argument(proxy, "proxy"),
        )
        freshness_ms = (
            None if freshness_s is None else round(1000 * _seconds(freshness_s, "freshness_s"))
        )
        hooks = _hooks(event_hooks)
        self._sender = Sender(provider, environment, carrier, clock, freshness_ms, hooks)
        self._is_given_journal = isinstance(journal, Journal)
        self._journal = Journal(journal) if isinstance(journal, str | Path) else journal
        if not isinstance(self._journal, Journal | None):
            raise InputError(
                f"journal must be a Journal or a path, not {type(journal).__name__}.",
                hint="Leave it out.",
            )
        self._listeners: list[weakref.WeakMethod[Callable[[Exchange[Any]], None]]] = []
        self._changes = Changes(
            self._sender,
            lambda: self.journal,
            sleep,
            _seconds(window_s, "window_s", zero=True),
            Reviews(require_review, provider.identity),
        )
        self._sleep = sleep
        self._confirmed = environment.name != CONFIRMED
        if confirm:
            self.confirm(confirm)

    # ---- the path ----

    def problems(
        self,
        call: Call[Any],
        *,
        signers: Iterable[Signer] = (),
    ) -> tuple[Finding, ...]:
        """Rules that this request breaks: documented ones, and inferred ones that may be
        acknowledged.

        Raises:
            InputError: a call of another service.
        """
        self._sender.must_take(call)
        asked = signing_of(call, signers, ())
        return self._sender.provider.problems(call, asked.everyone)

    def prepare(self, call: Call[T], *, expires_in_s: int | None = None) -> Prepared[T]:
        """The exact bytes and the message to sign, for now. Nothing is signed, checked or sent.

        Args:
            expires_in_s: until when members may sign it and it may be sent, in whole seconds, where
                members sign (Privy); 15 minutes otherwise.

        Raises:
            InputError: a call of another service, or one that has no such expiry.
            CredentialsRefused: a text of it is a private key, or this client's own secret.

        >>> from toolkit import Emulator, cobo
        >>> custody = Emulator.seeded().cobo_client()
        >>> prepared = custody.prepare(cobo.list_mpc_vaults(limit=10))
        >>> prepared.message.split("|")[:2]
        ['GET', '/v2/wallets/mpc/vaults']
        """
        return self._sender.prepare(call, expires_in_s)

    def exchange(
        self,
        what: Call[T] | Prepared[T] | Gathered[T],
        *,
        signers: Iterable[Signer] = (),
        signatures: Iterable[str | Signature] = (),
        acknowledge: Collection[str] = (),
        cancel: CancelToken | None = None,
    ) -> Exchange[T]:
        """Check, sign, send, verify, decode. Refusals of the service are part of the result.

        A read is tried up to three times. A change is written into the journal first, and tried
        again only where nobody was reached. If it is not known what became of it, the service is
        asked what is there now: the outcome is then ``adopted``, or ``unknown`` with an InDoubt
        error. The same change is not sent while one is in flight or in doubt: this call joins that
        one. Nor is a change sent whose answer could not be believed, as the last answer told: the
        clocks are too far apart (``refused``, ClocksApart; reads go on). A Prepared is signed and
        sent as it is, once.

        With a signer elsewhere, with signatures or with an Approval, who must sign is read anew;
        each signature is verified here against that and the message, and exactly as many as are
        needed are sent.

        Args:
            what: a call, a Prepared, or an Approval (a Prepared and the signatures on it).
            signers: co-signers, where the operation needs them: private keys, or anything with
                ``.public`` and ``.sign(message: bytes)``, which gives DER.
            signatures: made elsewhere over a Prepared's ``.message``: base64 of DER, each.
            acknowledge: ids of inferred rules that this request may break.
            cancel: lets another thread stop it until its first byte leaves; the outcome is then
                ``refused``, NotSent.

        Raises:
            RequestRefused: it breaks a rule; nothing was signed or sent.
            CredentialsRefused: a text of it is a private key, or this client's own secret.
            NotConfirmed: a change on PROD that nobody has confirmed.
            JournalRefused: a change that cannot be written down first.
            InputError: a call of another service; a Prepared that is stale, was sent already, or
                belongs to another client; a signature that does not fit, with which and why; an
                Approval whose quorum has changed since it was read.

        >>> from toolkit import Emulator, cobo
        >>> exchange = Emulator.seeded().cobo_client().exchange(cobo.get_mpc_vault_by_id("none"))
        >>> exchange.outcome, exchange.error.cause
        ('refused', 'not-found')
        """
        try:
            asked: Signing[T] = signing_of(what, signers, signatures)
        finally:
            del signatures
        return self._delivered(asked, acknowledge, cancel, _whole)

    def send(
        self,
        what: Call[T] | Prepared[T] | Gathered[T],
        *,
        signers: Iterable[Signer] = (),
        signatures: Iterable[str | Signature] = (),
        acknowledge: Collection[str] = (),
    ) -> T:
        """``exchange(…).value``: the answer as a model, or the error as an exception.

        >>> from toolkit import Emulator, cobo
        >>> custody = Emulator.seeded().cobo_client()
        >>> vault = cobo.CreateMpcVaultRequest(name="Payouts", vault_type="Org-Controlled")
        >>> custody.send(cobo.create_mpc_vault(vault)).name
        'Payouts'
        """
        try:
            asked: Signing[T] = signing_of(what, signers, signatures)
        finally:
            del signatures
        return self._delivered(asked, acknowledge, None, _value_of)

    def _delivered(
        self,
        asked: Signing[T],
        acknowledge: Collection[str],
        cancel: CancelToken | None,
        take: Callable[[Exchange[T]], R],
    ) -> R:
        """Check, and see to it that the caller is given the outcome; or, stopped before that, is
        told where it is.
        """
        what = asked.what
        call = what.call if isinstance(what, Prepared) else what
        self._sender.must_take(call)
        self._check(call, asked.everyone, acknowledge)
        if isinstance(what, Prepared):
            self._must_fit(what)
        progress = Progress(cancel)
        if not call.operation.changes:
            return self._waited_for(
                lambda: self._read(what, cancel=progress.cancel),
                take,
                lambda: _read_stopped(progress),
            )
        self._must_be_confirmed()
        changes = self._changes
        ready, keys = self._cosigned(asked)
        return self._waited_for(
            lambda: self._told(changes.send(ready, keys, progress)),
            take,
            lambda: changes.stopped(progress),
        )

    def _cosigned(self, asked: Signing[T]) -> tuple[Call[T] | Prepared[T], tuple[Signer, ...]]:
        """What is sent, and who signs it: where somebody elsewhere does, verified here first.

        A signature fits one moment, so what is signed elsewhere is prepared now and sent once.
        """
        if not asked.is_elsewhere:
            return asked.what, asked.signers
        what = asked.what
        prepared = what if isinstance(what, Prepared) else self.prepare(what)
        keys = self._sender.provider.cosigners(
            prepared, asked.signers, asked.signatures, asked.as_read, self.send, self.now_ms()
        )
        return prepared, keys

    def listen(self, hears: Callable[[Exchange[Any]], None]) -> None:
        """From now on this method hears of every change that this client sends and that may have
        happened, for as long as its object lives. It is called in the thread that sends.
        """
        self._listeners.append(weakref.WeakMethod(hears))

    def _told(self, exchange: Exchange[T]) -> Exchange[T]:
        """Let everybody hear who shows what it may have changed."""
        if exchange.error is None or isinstance(exchange.error, InDoubt):
            for listener in list(self._listeners):
                hears = listener()
                if hears is None:
                    self._listeners.remove(listener)
                else:
                    hears(exchange)
        return exchange

    def _waited_for(
        self,
        work: Callable[[], Exchange[Any]],
        take: Callable[[Exchange[Any]], R],
        stopped: Callable[[], str],
    ) -> R:
        """What ``take`` makes of the work's outcome.

        Stop ends the waiting; it cannot cut the work in half.
        """
        began_s = time.perf_counter()
        try:
            exchange = shielded(work)
            if _LOG.isEnabledFor(logging.INFO):
                log_exchange(_LOG, logging.INFO, exchange, time.perf_counter() - began_s)
            return take(exchange)
        except KeyboardInterrupt:
            pass
        raise KeyboardInterrupt(stopped())

    def iterate(self, call: Call[T]) -> Iterator[T]:
        """Each page of a list, from its first to its last: ``frames.groups(client.iterate(call))``.

        Raises:
            InputError: a call of another service, one that changes something, or that asks for a
                page before a cursor.
            ToolkitError: a page that could not be read.
        """
        self._sender.must_take(call)
        many.must_be_reads([call], "iterate")
        return (exchange.value for exchange in pages(self.exchange, call))

    def send_many(
        self, calls: Iterable[Call[T]], *, concurrency: int = 4, progress: bool = True
    ) -> list[Exchange[T]]:
        """Many reads at once: their exchanges in the same order, failed ones too
        (``frames.exchanges`` shows them).

        ``concurrency`` reads run at a time; when the service asks to wait, all of them do. A
        progress bar shows what takes longer than a second.

        Raises:
            InputError: a call of another service, or one that changes something: those are sent one
                by one.
            RequestRefused: one of them breaks a rule; nothing was sent.
        """
        if isinstance(calls, Call | str) or not isinstance(calls, Iterable):
            raise InputError(
                "send_many takes a list of calls.", hint="Put a single call in brackets."
            )
        wanted = list(calls)
        for read in wanted:
            self._sender.must_take(read)
        many.must_be_reads(wanted, "send_many")
        for read in wanted:
            self._check(read, (), ())

        def once(read: Call[T]) -> Exchange[T]:
            return self._read(read, again=False)

        return many.send_many(once, wanted, concurrency, progress, self._sleep, self.now_ms)

    # ---- who, where, when ----

    @property
    def identity(self) -> str:
        """Whose requests these are: the API key's public half, or the app id."""
        return self._sender.provider.identity

    def now_ms(self) -> int:
        """This client's clock, Unix milliseconds.

        An in-process emulator's clients share its clock.
        """
        return self._sender.now_ms()

    @property
    def skew_ms(self) -> int | None:
        """The service's clock minus this computer's, as its last answer told; None before that."""
        return self._sender.skew_ms

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

    def reviewed(self, review: Reviewed) -> None:
        """Take a second person's review, where this client asks for one (``require_review=``).

        It counts for exactly that request, for a day after it was signed. The file carries it to
        another kernel's client.

        Raises:
            InputError: it is no review, or a signature in it does not fit.
        """
        self._changes.reviews.add(review)

    @property
    def reviewers(self) -> tuple[PublicKey, ...]:
        """Of whom one must have reviewed a change (``require_review=``); empty for nobody."""
        return self._changes.reviews.keys

    def reviews_of(self, what: Call[Any] | Prepared[Any]) -> tuple[Given, ...]:
        """The reviews of a change that this client was given: whose, and until when they count."""
        prepared = what if isinstance(what, Prepared) else self.prepare(what)
        return self._changes.reviews.given(prepared)

    def unreviewed(self, prepared: Prepared[Any]) -> InputError | None:
        """What is missing for want of a review; None where one counts, or none is asked for."""
        if not prepared.call.operation.changes:
            return None
        try:
            self._changes.reviews.of(prepared, self.now_ms())
        except InputError as missing:
            return missing
        return None

    def _must_be_confirmed(self) -> None:
        if self._confirmed:
            return
        name = self.environment.name
        try:
            typed = input(
                f"This is the first change on {name} ({self.environment.host}). Type {name} to "
                "allow changes: "
            )
        except (
            EOFError,
            OSError,
            NotImplementedError,
        ):  # nobody at the keyboard: a script, a headless kernel
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
        """Changes of this key or app, here, of which it is not known what became of them; oldest
        first.

        >>> from toolkit import Emulator
        >>> Emulator.seeded().cobo_client().pending()
        ()
        """
        return self.journal.entries(
            only_open=True, base_url=self.environment.base_url, identity=self.identity
        )

    def call_of(self, entry: Entry) -> Call[Any]:
        """The call that an entry of the journal stands for.

        Raises:
            InputError: it is from another service, or from a newer toolkit.
        """
        return self._changes.recall.call_of(entry)

    def receipt(self, entry: Entry | int) -> Receipt:
        """The receipt of a change, from the journal: after a restart, too.

        Who signed is not kept there.

        Args:
            entry: a line of this client's journal, or its number.

        Raises:
            InputError: no such entry, of another service, or of a newer toolkit.
            JournalRefused: the journal cannot be read.
        """
        line = entry if isinstance(entry, Entry) else self.journal.get(entry)
        return _receipt_of(self.call_of(line), line)

    def resolve(
        self,
        entry: Entry | Exchange[Any] | int,
        *,
        adopt: str | None = None,
        send_again: bool = False,
        give_up: bool = False,
        signers: Iterable[Signer] = (),
        acknowledge: Collection[str] = (),
        window_s: float | None = None,
    ) -> Exchange[Any]:
        """Settle a change that is in doubt. Without a choice it looks, which only reads, as often
        as you like.

        While the process that sent it lives and may still hear the answer, this waits for that
        first.

        Args:
            entry: of the journal, its number, or the exchange that ended in doubt.
            adopt: the id of what it made, found elsewhere (a dashboard). It is read and compared
                first.
            send_again: a person knows that it did not happen. Signed anew, sent once more, as a new
                entry; under the idempotency key that it had, as long as that makes nothing twice
                (``repeats_safely_until``).
            give_up: close the entry without knowing; nothing is sent.
            signers, acknowledge: as for ``exchange``, to send again.
            window_s: how long to look, instead of the client's.

        Returns:
            ``adopted``, what sending again became, or still ``unknown`` (also once it is closed).
            An entry that was settled before gives what it was settled with.

        Raises:
            InputError: another client's entry, more than one choice, or a choice where there is
                none any more.
            ContradictingAnswer: ``adopt`` names a thing that is not what was asked for. The entry
                stays open.
            RequestRefused, NotConfirmed, JournalRefused: as for ``exchange``, to send again.
            ToolkitError: what ``adopt`` names cannot be read.
        """
        entry = self._entry(entry)
        if (entry.base_url, entry.identity) != (self.environment.base_url, self.identity):
            raise InputError(
                f"Entry {entry.number} is of {entry.identity} at {entry.base_url}.",
                hint="Use that client to settle it.",
            )
        if sum((adopt is not None, send_again, give_up)) > 1:
            raise InputError(
                "Choose one of adopt, send_again and give_up.", hint="Leave the others out."
            )
        if window_s is not None:
            window_s = _seconds(window_s, "window_s", zero=True)
        asked, progress = signing_of(None, signers, ()), Progress()
        progress.number = entry.number
        if send_again:
            progress.cancel = CancelToken(to_the_byte=False)
            call = self.call_of(entry)
            asked = msgspec.structs.replace(asked, what=call)
            self._check(call, asked.everyone, acknowledge)
            if entry.open:
                self._must_be_confirmed()
        else:
            progress.cancel.commit()  # it is not this one that leaves

        def settled() -> Exchange[Any]:
            if give_up:
                return self._given_up(entry)
            if send_again:
                return self._sent_again(entry, asked, progress)
            return self._settled(entry, adopt, window_s)

        exchange = self._waited_for(settled, _whole, lambda: self._changes.stopped(progress))
        self._changes.settling.heard(exchange.entry)
        return exchange

    def repeats_safely_until(self, entry: Entry | int) -> int | None:
        """Until when sending an entry again makes nothing twice, Unix milliseconds.

        That is so where it left with an idempotency key, for as long as the service keeps the
        answer to one. None where it may be done twice.

        Raises:
            InputError: no such entry, or of another service or a newer toolkit.
            JournalRefused: the journal cannot be read.
        """
        line = entry if isinstance(entry, Entry) else self.journal.get(entry)
        return self._changes.resending.safe_until_ms(line, self.call_of(line))

    def _given_up(self, entry: Entry) -> Exchange[Any]:
        entry = self._changes.awaited(entry)
        if entry.open:
            entry = self._changes.settling.given_up(entry)
        return self._changes.recall.exchange_of(entry, self.call_of(entry))

    def _sent_again(self, entry: Entry, asked: Signing[Any], progress: Progress) -> Exchange[Any]:
        entry = self._changes.awaited(entry)
        if not entry.open:
            raise _settled_already(entry)
        ready, keys = self._cosigned(asked)
        return self._changes.send(ready, keys, progress, instead_of=entry.number)

    def _settled(self, entry: Entry, adopt: str | None, window_s: float | None) -> Exchange[Any]:
        entry = self._changes.awaited(entry)
        call = self.call_of(entry)
        if not entry.open:
            if adopt is not None and entry.made != adopt:
                raise _settled_already(entry)
            return self._changes.recall.exchange_of(entry, call)
        if adopt is not None:
            return self._changes.settling.adopted_by_id(entry, call, adopt)
        return self._changes.looking.looked_for(
            entry, call, self._changes.window_s if window_s is None else window_s
        )

    def _entry(self, what: Entry | Exchange[Any] | int) -> Entry:
        number: object = what
        if isinstance(what, Exchange):
            self._sender.must_take(what.prepared.call)
            number = what.entry
        elif isinstance(what, Entry):
            number = what.number
        if type(number) is not int:
            raise InputError(
                "entry must be an entry of the journal, or its number.",
                hint="client.pending() lists them.",
            )
        entry = self.journal.get(number)
        if not _is_of(what, entry):
            raise InputError(
                f"Entry {number} of this client's journal is another one.",
                hint=f"See {self.journal.path}.",
            )
        return entry

    # ---- inside: checks ----

    def _check(
        self,
        call: Call[Any],
        signers: Sequence[Signer | Signature],
        acknowledge: Collection[str],
    ) -> None:
        if isinstance(acknowledge, str) or not isinstance(acknowledge, Collection):
            raise InputError(
                "acknowledge must be a set of rule ids.", hint='Write acknowledge={"rule-id"}.'
            )
        # before any rule, whose sentence could repeat a name
        must_be_public(call, self._sender.provider.is_own_secret)
        blocking = [
            p for p in self._sender.provider.problems(call, signers) if p.holds_up(acknowledge)
        ]
        if blocking:
            raise RequestRefused(blocking, f"{call.operation.name} on {self.environment.name}")

    def _must_fit(self, prepared: Prepared[Any]) -> None:
        if (prepared.environment, prepared.identity) != (self.environment, self.identity):
            raise InputError(
                f"This was prepared for {prepared.environment.name} as {prepared.identity}; this "
                "client is "
                f"{self.environment.name} as {self.identity}.",
                hint="Prepare it again with this client.",
            )
        must_be_fresh(prepared, self.now_ms())

    def _read(
        self, what: Call[T] | Prepared[T], *, again: bool = True, cancel: CancelToken | None = None
    ) -> Exchange[T]:
        try:
            if isinstance(what, Prepared):
                claim(what)
                return self._sender.once(what, cancel=cancel)
            return (
                self._sender.tried(what, cancel=cancel)
                if again
                else self._sender.once(self.prepare(what))
            )
        except Interrupted:
            pass
        raise KeyboardInterrupt("A read was interrupted. It changed nothing.")

    # ---- life ----

    def close(self) -> None:
        """Close its connections, and the file of its journal.

        A Journal that was passed stays open: it is whose it was. Others who share the file open it
        again.
        """
        self._sender.transport.close()
        if self._journal is not None and not self._is_given_journal:
            self._journal.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        kind = f"{type(self).__module__}.{type(self).__name__}"
        place = getattr(
            self, "environment", None
        )  # absent while a refused one is shown in a traceback
        return f"<{kind} on {place.name}: {place.base_url}>" if place else f"<{kind}, not made>"


def _whole(exchange: Exchange[T]) -> Exchange[T]:
    return exchange


def _value_of(exchange: Exchange[T]) -> T:
    return exchange.value


_OUTCOMES = {
    "answered": "answered",
    "adopted": "adopted",
    "refused": "refused",
    "unsent": "refused",
}


def _receipt_of(call: Call[Any], entry: Entry) -> Receipt:
    body = entry.body or ""
    return Receipt(
        operation=call.operation.title,
        environment=entry.environment,
        identity=entry.identity,
        method=call.operation.method,
        url=entry.base_url + call.path,
        body=body,
        fingerprint=entry.fingerprint,
        idempotency_key=entry.idempotency_key or "",
        outcome=_OUTCOMES.get(entry.state, "unknown"),
        sent_ms=entry.begun_ms,
        status=entry.status,
        entry=entry.number,
        made=entry.made or "",
        reviewed_by=entry.reviewed_by,
        why=entry.history[-1][1] if entry.history else "",
    )


def _read_stopped(progress: Progress) -> str:
    progress.cancel.cancel()  # and no further try leaves
    return "A read was interrupted. It changed nothing."


def _is_of(what: Entry | Exchange[Any] | int, entry: Entry) -> bool:
    """Whether the journal's entry is the one that is meant: numbers begin anew in each journal."""
    if isinstance(what, Entry):
        return (what.fingerprint, what.begun_ms) == (entry.fingerprint, entry.begun_ms)
    if isinstance(what, Exchange):
        prepared = what.prepared
        asked = (prepared.environment.base_url, prepared.identity, prepared.fingerprint)
        return asked == (entry.base_url, entry.identity, entry.fingerprint)
    return True


def _settled_already(entry: Entry) -> InputError:
    what = f"Entry {entry.number} is settled already, as {entry.state}."
    return InputError(what, hint="Nothing was done. Send the call anew if you want another one.")


def _hooks(given: EventHooks | None) -> Hooks | None:
    if given is None:
        return None
    from toolkit.transport.hooks import Hooks  # few clients have any

    return Hooks(given)


def _seconds(value: object, name: str, *, zero: bool = False) -> float:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not 0 <= value < 10**9 or not (value or zero):  # type: ignore[operator]  # a number, as just seen
        wanted = "seconds" if zero else "seconds above 0"
        raise InputError(f"{name} must be {wanted}, not {value!r}.", hint="Pass e.g. 60.")
    return float(value)  # type: ignore[arg-type]

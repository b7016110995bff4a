"""Signs and sends: a call prepared for this moment, its bytes sent once, its answer verified."""

from __future__ import annotations

import logging
import threading
import uuid
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from msgspec.structs import replace

from toolkit.base.forked import renewed_in_a_child
from toolkit.base.logs import log_request, logger
from toolkit.errors import AlreadySent, InputError, NotSent, SignatureRejected
from toolkit.keys.signer import Signer
from toolkit.request.call import Call
from toolkit.request.disclosure import must_be_public
from toolkit.request.environment import Environment
from toolkit.request.exchange import Exchange
from toolkit.request.prepared import Prepared
from toolkit.transport import retry
from toolkit.transport.cancel import CancelToken
from toolkit.transport.http import HttpTransport
from toolkit.transport.provider import Provider
from toolkit.transport.verify import Verifier

if TYPE_CHECKING:
    from toolkit.transport.hooks import Hooks

T = TypeVar("T")
AHEAD_MS = 1_000  # a nonce further ahead of the clock than this is worth a look at the service's
_LOG = logger("transport")
REMEMBERED = 65_536  # nonces, so that none comes twice


class _Sent:
    """Tickets of this process: a Prepared is sent once, by whichever client.

    The journal knows those of other processes.
    """

    def __init__(self) -> None:
        self.tickets: set[str] = set()
        self.begin_anew()

    def begin_anew(self) -> None:
        """What the parent had sent is sent; its lock may be held for ever."""
        self.lock = threading.Lock()


_SENT = _Sent()
renewed_in_a_child(_SENT)


class Interrupted(Exception):
    """A person stopped it while it was on its way.

    Never seen outside: the client raises KeyboardInterrupt anew.
    """

    def __init__(self, exchange: Exchange[Any]) -> None:
        self.exchange = exchange
        super().__init__()


class Sender:
    """One client's way to the service.

    It decides nothing: what may be sent, and when again, others say.
    """

    def __init__(
        self,
        provider: Provider,
        environment: Environment,
        transport: HttpTransport,
        clock: Callable[[], int],
        freshness_ms: int | None,
        hooks: Hooks | None,
    ) -> None:
        self._hooks = hooks
        self.provider = provider
        self.environment = environment
        self.transport = transport
        self.now_ms = clock
        self._verifier = Verifier(provider, environment.name, freshness_ms)
        self._last_ms = 0
        self._ticks: deque[int] = deque(maxlen=REMEMBERED)
        self._ahead: frozenset[int] = frozenset()  # ticks that were used while the clock ran ahead
        self.begin_anew()
        renewed_in_a_child(self)

    def begin_anew(self) -> None:
        """A lock that no other process's thread holds."""
        self._lock = threading.Lock()

    @property
    def skew_ms(self) -> int | None:
        """The service's clock minus this computer's; None before the first answer."""
        return self._verifier.skew_ms

    @property
    def skew_now_ms(self) -> int | None:
        """The same, if an answer told it within the last minute."""
        return self._verifier.skew_now_ms(self.now_ms())

    def must_take(self, call: object) -> None:
        """Whatever is asked of this service is one of its own calls.

        Raises:
            InputError: it is no call, or another service's; nothing was prepared or sent.
        """
        if not isinstance(call, Call):
            raise InputError(
                f"A call is prepared and sent, not {type(call).__name__}.",
                hint="Build it with cobo.… or privy.…",
            )
        theirs = call.operation.service
        ours = self.provider.service
        if theirs == ours:
            return
        raise InputError(
            f"{call.operation.name} is a call of {theirs.capitalize()}, and this client speaks to "
            f"{ours.capitalize()} ({self.environment.name}). Nothing was prepared or sent.",
            hint=f"Pass it to a {theirs}.Client.",
        )

    def out_of_time(self, prepared: Prepared[T]) -> Exchange[T] | None:
        """What becomes of a change where the clocks are known to be too far apart: it stays here.

        None where nothing of the kind is known.
        """
        error = self._verifier.too_far_apart(prepared, self.now_ms())
        if error is None:
            return None
        return Exchange("refused", prepared, error=error)

    def prepare(
        self,
        call: Call[T],
        expires_in_s: int | None = None,
        *,
        idempotency_key: str | None = None,
    ) -> Prepared[T]:
        """The exact bytes and the message to sign, for now.

        ``idempotency_key``: of an earlier request, which this one repeats; a new one where the
        operation takes one, and none if it is empty.

        Raises:
            InputError: it is no call of this service, or has no such expiry.
            CredentialsRefused: a text of it is a private key, or this client's own secret.
        """
        self.must_take(call)
        must_be_public(call, self.provider.is_own_secret)
        body = b""
        if call.body is not None:
            body = self.provider.written(call.body)
        url = self.environment.base_url + call.path
        if call.query:
            url += f"?{call.query_string}"
        now_ms = self._tick()
        key = idempotency_key
        if key is None:
            key = _new_key(call)
        unsigned = self.provider.unsigned_request(call, url, body, now_ms, expires_in_s, key)
        return Prepared(
            call=call,
            environment=self.environment,
            identity=self.provider.identity,
            url=url,
            fields=tuple(unsigned.headers.items()),
            body=body,
            message=unsigned.message,
            signed=unsigned.signed,
            made_ms=now_ms,
            fresh_until_ms=unsigned.fresh_until_ms,
        )

    def _tick(self) -> int:
        """The clock, but never the same millisecond twice: it becomes the nonce.

        A clock that is set back is followed once the service has said that it is right now.
        """
        with self._lock:
            now_ms = self.now_ms()
            if self._runs_ahead(self._last_ms, now_ms):
                self._ahead = frozenset(tick for tick in self._ticks if tick >= now_ms)
                self._last_ms = now_ms - 1
            tick = max(now_ms, self._last_ms + 1)
            while tick in self._ahead:
                tick += 1
            self._last_ms = tick
            self._ticks.append(tick)
            return tick

    def _runs_ahead(self, tick_ms: int, now_ms: int) -> bool:
        """Whether a nonce is ahead of the clock, and the clock is right.

        It is if the service has told lately that the clock is nearer to its own than the nonce is.
        """
        ahead_ms = tick_ms - now_ms
        if ahead_ms <= AHEAD_MS:
            return False
        skew_ms = self._verifier.skew_now_ms(now_ms)
        if skew_ms is None:
            return False
        return abs(skew_ms) < abs(ahead_ms - skew_ms)

    def once(
        self,
        prepared: Prepared[T],
        signers: Sequence[Signer] = (),
        cancel: CancelToken | None = None,
        within_s: float | None = None,
    ) -> Exchange[T]:
        """Signed, sent once, its answer verified. ``within_s``: of a look, which has no longer.

        Raises:
            Interrupted: a person stopped it.
        """

        def credentials() -> Mapping[str, str]:
            return self.provider.credentials(prepared, signers)

        shown = self._hooks.before(prepared) if self._hooks else None
        sent_ms = self.now_ms()
        raw = self.transport.send(prepared, credentials, cancel, within_s)
        signed_by: tuple[str, ...] = ()
        if not raw.unsent:
            signed_by = self.provider.signed_by(prepared, signers)
        exchange = self._verifier.exchange_of(prepared, raw, sent_ms, self.now_ms(), signed_by)
        if raw.unsent:  # it never left: the same Prepared may be sent again
            with _SENT.lock:
                _SENT.tickets.discard(prepared.ticket)
        if _LOG.isEnabledFor(logging.DEBUG):
            log_exchange(_LOG, logging.DEBUG, exchange, exchange.duration_s)
        if self._hooks:
            self._hooks.after(shown, exchange)
        if raw.interrupted:
            raise Interrupted(exchange)
        return exchange

    def tried(
        self,
        call: Call[T],
        signers: Sequence[Signer] = (),
        first: Prepared[T] | None = None,
        cancel: CancelToken | None = None,
    ) -> Exchange[T]:
        """Sent; and where another try is worth it, prepared and signed afresh and sent again."""

        first = first or self.prepare(call)
        key = first.idempotency_key  # it is one request, however often it is tried

        def attempt(tries: int) -> Exchange[T]:
            return replace(
                self.once(self.prepare(call, idempotency_key=key), signers, cancel), tries=tries
            )

        exchange = self.once(first, signers, cancel)
        if self._refused_for_its_nonce(exchange):
            exchange = attempt(2)
        return retry.again(exchange, attempt, self.now_ms)

    def _refused_for_its_nonce(self, exchange: Exchange[Any]) -> bool:
        """Whether nothing was done because the nonce ran ahead of a clock that is right by now."""
        if not isinstance(exchange.error, SignatureRejected):
            return False
        if exchange.verified is not True:
            return False
        return self._runs_ahead(exchange.prepared.made_ms, self.now_ms())


def log_exchange(log: logging.Logger, level: int, exchange: Exchange[Any], took_s: float) -> None:
    """One line about what became of a request."""
    call = exchange.prepared.call
    outcome: str = exchange.outcome
    if exchange.status is not None:
        outcome += f" HTTP {exchange.status}"
    if exchange.error is not None:
        outcome += f" {type(exchange.error).__name__}"
    log_request(
        log,
        level,
        operation=call.operation.name,
        method=call.operation.method,
        path=call.path,
        outcome=outcome,
        took_s=took_s,
    )


def _new_key(call: Call[Any]) -> str:
    """A V4 UUID where the operation takes an idempotency key; empty elsewhere."""
    if call.operation.idempotency is None:
        return ""
    return str(uuid.uuid4())


def must_be_fresh(prepared: Prepared[Any], now_ms: int) -> None:
    """Raises InputError for what was prepared too long ago."""
    if prepared.is_stale(now_ms):
        raise InputError(
            "This was prepared too long ago.",
            hint="Prepare it again, look at it, then send it.",
        )


def claim(prepared: Prepared[Any]) -> None:
    """One Prepared is sent once. Raises AlreadySent the second time."""
    with _SENT.lock:
        if prepared.ticket in _SENT.tickets:
            raise AlreadySent
        _SENT.tickets.add(prepared.ticket)


def spend(prepared: Prepared[Any], exchange: Exchange[Any]) -> None:
    """What joined another's outcome was sent with it."""
    if not isinstance(exchange.error, NotSent):
        with _SENT.lock:
            _SENT.tickets.add(prepared.ticket)

"""Signs and sends: a call prepared for this moment, its bytes on their way once, its answer judged."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from toolkit import retrying
from toolkit.answers import Judge
from toolkit.body import joined
from toolkit.call import Call, Environment, Exchange, Prepared
from toolkit.courier import Courier
from toolkit.errors import InputError, NotSent
from toolkit.gate import Gate
from toolkit.keys import PrivateKey
from toolkit.wire import Wire

T = TypeVar("T")
_SENT: set[str] = set()  # tickets of this process: a Prepared is sent once, by whichever client
_SENT_LOCK = threading.Lock()


class Interrupted(Exception):
    """A person stopped it while it was on its way. Never seen outside: the client raises KeyboardInterrupt anew."""

    def __init__(self, exchange: Exchange[Any]) -> None:
        self.exchange = exchange
        super().__init__()


class Sender:
    """One client's way to the service. It decides nothing: what may be sent, and when again, others say."""

    def __init__(
        self, wire: Wire, environment: Environment, courier: Courier, clock: Callable[[], int], freshness_ms: int | None
    ) -> None:
        self.wire, self.environment, self.courier, self.now_ms = wire, environment, courier, clock
        self._judge = Judge(wire, environment.name, freshness_ms)
        self._lock = threading.Lock()
        self._last_ms = 0

    @property
    def skew_ms(self) -> int | None:
        """The service's clock minus this computer's; None before the first answer."""
        return self._judge.skew_ms

    @property
    def skew_now_ms(self) -> int | None:
        """The same, if an answer told it within the last minute."""
        return self._judge.skew_now_ms(self.now_ms())

    def prepare(self, call: Call[T]) -> Prepared[T]:
        """The exact bytes and the message to sign, for now."""
        pieces = self.wire.pieces(call.body) if call.body is not None else ()
        url = self.environment.base_url + call.path + (f"?{call.query_string}" if call.query else "")
        now_ms = self._tick()
        dressed = self.wire.dress(call, url, joined(pieces), now_ms)
        return Prepared(
            call=call,
            environment=self.environment,
            identity=self.wire.identity,
            url=url,
            fields=tuple(dressed.headers.items()),
            pieces=pieces,
            message=dressed.message,
            signed=dressed.signed,
            made_ms=now_ms,
            fresh_until_ms=dressed.fresh_until_ms,
        )

    def _tick(self) -> int:
        """The clock, but never the same millisecond twice: it becomes the nonce."""
        with self._lock:
            self._last_ms = max(self.now_ms(), self._last_ms + 1)
            return self._last_ms

    def once(self, prepared: Prepared[T], signers: Sequence[PrivateKey] = (), gate: Gate | None = None) -> Exchange[T]:
        """Signed, sent once, judged.

        Raises:
            Interrupted: a person stopped it.
        """
        sent_ms = self.now_ms()
        carried = self.courier.carry(prepared, self.wire.credentials(prepared, signers), gate)
        exchange = self._judge.judged(prepared, carried, sent_ms, self.now_ms())
        if carried.unsent:
            with _SENT_LOCK:
                _SENT.discard(prepared.ticket)  # it never left: the same Prepared may be sent again
        if carried.interrupted:
            raise Interrupted(exchange)
        return exchange

    def tried(
        self,
        call: Call[T],
        signers: Sequence[PrivateKey] = (),
        first: Prepared[T] | None = None,
        gate: Gate | None = None,
    ) -> Exchange[T]:
        """Sent; and where another try is worth it, prepared and signed afresh and sent again."""

        def attempt(tries: int) -> Exchange[T]:
            return replace(self.once(self.prepare(call), signers, gate), tries=tries)

        return retrying.again(self.once(first or self.prepare(call), signers, gate), attempt, self.now_ms)


def must_be_fresh(prepared: Prepared[Any], now_ms: int) -> None:
    """Raises InputError for what was prepared too long ago."""
    if prepared.is_stale(now_ms):
        raise InputError("This was prepared too long ago.", hint="Prepare it again, look at it, then send it.")


def claim(prepared: Prepared[Any]) -> None:
    """One Prepared is sent once. Raises InputError the second time."""
    with _SENT_LOCK:
        if prepared.ticket in _SENT:
            raise InputError(
                "This was sent already, and one Prepared is sent once.", hint="Prepare it again to send again."
            )
        _SENT.add(prepared.ticket)


def spend(prepared: Prepared[Any], exchange: Exchange[Any]) -> None:
    """What joined another's outcome was sent with it."""
    if not isinstance(exchange.error, NotSent):
        with _SENT_LOCK:
            _SENT.add(prepared.ticket)

"""Sending again under the same idempotency key: where a service offers that, it does it once.

So a lost answer is asked for again, and nobody has to look or to decide. Only while the service
still knows the key: after that the same request would be done a second time.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from msgspec.structs import replace

from toolkit.client.journal import Entry, Journal
from toolkit.client.settling import Settling
from toolkit.client.window import Window
from toolkit.errors import AnswerRefused, InputError, JournalRefused, NotSent
from toolkit.keys.signer import Signer
from toolkit.request.call import Call
from toolkit.request.exchange import Exchange
from toolkit.transport.sender import Sender

T = TypeVar("T")
ONCE_MORE = "Answered, when it was sent again under its idempotency key: it was done once."


class Resending:
    """Sends the changes of one client again, where that makes nothing twice.

    ``longest_ms``: how long one sending may be under way, all of its tries.
    """

    def __init__(
        self,
        sender: Sender,
        journal: Callable[[], Journal],
        settling: Settling,
        sleep: Callable[[float], None],
        longest_ms: int,
    ) -> None:
        self._sender = sender
        self._open_journal = journal
        self._settling = settling
        self._sleep = sleep
        self._longest_ms = longest_ms

    def key_of(self, entry: Entry, call: Call[Any]) -> str:
        """The key under which it may be sent again; empty where there is none, or none any more."""
        if self.safe_until_ms(entry, call) is None:
            return ""
        return entry.idempotency_key or ""

    def safe_until_ms(self, entry: Entry, call: Call[Any]) -> int | None:
        """Until when sending it again makes nothing twice, Unix ms by this computer's clock.

        None where it would: it has no key, the service does not know the key any more, or the clock
        stands before the moment at which it was sent first.
        """
        idempotency = call.operation.idempotency
        if idempotency is None or not entry.idempotency_key:
            return None
        first_ms = self._first_sent_ms(entry.idempotency_key)
        if first_ms is None:
            return None
        until_ms = first_ms + idempotency.kept_ms - self._longest_ms - self._moved_ms(entry)
        if not first_ms <= self._sender.now_ms() < until_ms:
            return None
        return until_ms

    def _first_sent_ms(self, idempotency_key: str) -> int | None:
        # without the journal nobody knows since when, and so it may be too late
        with contextlib.suppress(JournalRefused, InputError):
            return self._open_journal().first_sent_ms(idempotency_key)
        return None

    def _moved_ms(self, entry: Entry) -> int:
        """By how much this computer's clock is known to have been set back since."""
        now_ms = self._sender.skew_now_ms
        if entry.skew_ms is None or now_ms is None:
            return 0
        return max(0, now_ms - entry.skew_ms)

    def answered(
        self,
        entry: Entry,
        call: Call[T],
        signers: Sequence[Signer],
        window_s: float,
    ) -> tuple[Exchange[T] | None, float]:
        """Send an entry in doubt again until it is answered, or the window has passed.

        The last exchange, and how many seconds are left. Only one that is ``answered`` has settled
        the entry. None where it may not be sent again.

        Raises:
            Interrupted: a person stopped it.
        """
        window = Window(window_s)
        last: Exchange[T] | None = None
        while self.key_of(entry, call):
            last = self._once_more(entry, call, signers)
            pause_s = window.next_pause_s()
            if not _is_worth_another(last) or pause_s <= 0:
                break
            self._sleep(pause_s)
            window.waited_s += pause_s
        return last, window.left_s()

    def _once_more(
        self,
        entry: Entry,
        call: Call[T],
        signers: Sequence[Signer],
    ) -> Exchange[T]:
        prepared = self._sender.prepare(call, idempotency_key=entry.idempotency_key)
        exchange = replace(self._sender.once(prepared, signers), entry=entry.number)
        if exchange.outcome == "answered":
            exchange = self._settling.answered(entry, exchange, ONCE_MORE)
        if exchange.outcome != "answered" and exchange.error is not None:
            reason = self._settling.reason_of(exchange.error, call)
            again = f"Sent again under its idempotency key: {reason}"
            self._settling.doubt(entry.number, again, exchange.status)
        return exchange


def _is_worth_another(exchange: Exchange[Any]) -> bool:
    """Whether the next try may be answered: nobody was reached, or nobody knows what happened.

    A refusal is final. It proves nothing about the first request, which may have been done before.
    """
    if isinstance(exchange.error, NotSent):
        return True
    return exchange.outcome == "unknown" and not isinstance(exchange.error, AnswerRefused)

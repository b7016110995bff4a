"""Looking for a change whose answer was lost: again and again, for as long as a window lasts.

What one look shows ``reconcile`` says; how often it is looked, and what comes of it, is said here.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

import msgspec

from toolkit.client import reconcile
from toolkit.client.doubt import in_doubt
from toolkit.client.journal import AlreadyOwned, Entry, Journal
from toolkit.client.recall import Recall
from toolkit.client.settling import Settling
from toolkit.client.window import Window, stopwatch
from toolkit.errors import InputError, JournalRefused
from toolkit.request.call import Call
from toolkit.request.exchange import Exchange
from toolkit.transport.sender import Interrupted, Sender

T = TypeVar("T")


class Looking:
    """Looks for the changes of one client, which only reads.

    ``safe_until_ms``: until when sending one again makes nothing twice.
    """

    def __init__(
        self,
        sender: Sender,
        journal: Callable[[], Journal],
        recall: Recall,
        settling: Settling,
        sleep: Callable[[float], None],
        safe_until_ms: Callable[[Entry, Call[Any]], int | None],
    ) -> None:
        self._sender = sender
        self._open_journal = journal
        self._recall = recall
        self._settling = settling
        self._sleep = sleep
        self._safe_until_ms = safe_until_ms

    @property
    def _journal(self) -> Journal:
        return self._open_journal()

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
        window = Window(window_s)
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
        entry = self._settling.doubt(entry.number, result.told) or entry
        if not entry.open:  # settled meanwhile by somebody who shares the journal
            return self._recall.exchange_of(entry, call)
        return self._in_doubt(entry, call, lost, result)

    def _look(self, entry: Entry, call: Call[Any], window: Window) -> reconcile.LookResult:
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
        return self._settling.adopted(entry, call, result.fits[0], result.by, result.told)

    def _others(self, entry: Entry) -> reconcile.LookContext:
        base_url = self._sender.environment.base_url
        return reconcile.LookContext(
            owned=lambda: self._journal.owned(base_url),
            open=lambda: self._rivals(entry),
            skew_ms=lambda: self._sender.skew_now_ms,
            local=self._sender.environment.is_local,
        )

    def _rivals(self, entry: Entry) -> list[Call[Any]]:
        """Other open changes of the same kind at this address."""
        base_url = self._sender.environment.base_url
        kind = (entry.operation, entry.service)
        rivals = []
        for other in self._journal.entries(only_open=True, base_url=base_url):
            if other.number == entry.number or (other.operation, other.service) != kind:
                continue
            with contextlib.suppress(InputError):  # what cannot be read compares with nothing
                rivals.append(self._recall.call_of(other))
        return rivals

    def _ask(self, read: Call[Any], within_s: float) -> Exchange[Any]:
        try:
            return self._sender.once(self._sender.prepare(read), within_s=within_s)
        except Interrupted:
            pass
        raise KeyboardInterrupt(
            "Looking was interrupted. It changed nothing; client.pending() still has it."
        )

    def _in_doubt(
        self,
        entry: Entry,
        call: Call[T],
        lost: Exchange[T] | None,
        result: reconcile.LookResult,
    ) -> Exchange[T]:
        """It is not known what became of it."""
        because = None
        reason = ""
        if lost is not None and lost.error is not None:
            because = lost.error
            reason = self._settling.reason_of(because, call)
        place = f"{call.operation.title} on {self._sender.environment.name}"
        base = lost
        if base is None:
            prepared = self._sender.prepare(call, idempotency_key=entry.idempotency_key or "")
            base = Exchange("unknown", prepared, entry.status)
        return msgspec.structs.replace(
            base,
            outcome="unknown",
            error=in_doubt(
                place, entry, call, because, reason, result, self._safe_until_ms(entry, call)
            ),
            decoded=None,
            entry=entry.number,
        )


def _failed_alike(lost: Exchange[Any] | None, result: reconcile.LookResult) -> bool:
    """Whether looking failed for the reason for which the answer was lost."""
    if lost is None or lost.error is None or result.error is None:
        return False
    return result.error.cause == lost.error.cause

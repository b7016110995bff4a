"""Settling: what the journal is told of a change once it has left, and what a person may name.

An entry is settled once. Whatever becomes of the writing, the outcome is kept.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
from msgspec.structs import replace

from toolkit.client import reconcile
from toolkit.client.journal import AlreadyOwned, Entry, Journal, State
from toolkit.client.recall import Recall
from toolkit.errors import ContradictingAnswer, InputError, JournalRefused, ToolkitError
from toolkit.request.call import Call
from toolkit.request.exchange import Exchange
from toolkit.transport.sender import Sender

T = TypeVar("T")


class JournalWarning(UserWarning):
    """A change went through, and the journal could not be told. What it made is in the result."""


class Settling:
    """Tells the journal of one client what became of its changes."""

    def __init__(
        self,
        sender: Sender,
        journal: Callable[[], Journal],
        recall: Recall,
    ) -> None:
        self._sender = sender
        self._open_journal = journal
        self._recall = recall

    @property
    def _journal(self) -> Journal:
        return self._open_journal()

    def reason_of(self, error: ToolkitError, call: Call[Any]) -> str:
        """What an error says, without saying again where."""
        place = f"{call.operation.name} on {self._sender.environment.name}: "
        what = error.what.removeprefix(place)
        return what[:1].upper() + what[1:]

    def settle(
        self,
        number: int,
        state: State,
        why: str,
        status: int | None = None,
    ) -> Entry | None:
        """It ended so. The entry by now; None where the journal could not be told."""
        return self.tell(
            lambda: self._journal.settle(number, state, self._now_ms(), why, status=status),
        )

    def doubt(self, number: int, why: str, status: int | None = None) -> Entry | None:
        """Why it is not known. The entry by now; None where the journal could not be told."""
        return self.tell(
            lambda: self._journal.doubt(number, self._now_ms(), why, status=status),
        )

    def tell(self, write: Callable[[], Entry], *, done: bool = False) -> Entry | None:
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

    def answered(
        self,
        entry: Entry,
        exchange: Exchange[T],
        why: str = "Answered.",
    ) -> Exchange[T]:
        """It was done. What its answer names is the entry's own, unless another entry made that.

        The exchange as it is; or, where another entry made that, in doubt. ``why``: in the history.
        """
        call = exchange.prepared.call
        made: str | None = None
        key: str | None = None
        if exchange.decoded is not None and _creates(call):
            made = reconcile.id_of(exchange.decoded)
            key = reconcile.resource_key(call, exchange.decoded, self._local)
        if exchange.error is not None:
            why = f"Done, but the answer cannot be used: {self.reason_of(exchange.error, call)}"

        def write() -> Entry:
            return self._journal.settle(
                entry.number,
                "answered",
                self._now_ms(),
                why,
                status=exchange.status,
                made=made,
                resource_key=key,
                answer=exchange.content.decode("utf-8", "replace"),
                known=entry,
            )

        try:
            self.tell(write, done=True)
        except AlreadyOwned:
            place = f"{call.operation.name} on {self._sender.environment.name}"
            played_back = ContradictingAnswer(
                f"{place}: the answer names {made}, which another entry of the journal made.",
                cause="played-back",
            )
            return replace(exchange, outcome="unknown", error=played_back, decoded=None)
        return exchange

    def adopted(
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
            return self._journal.settle(
                entry.number,
                "adopted",
                self._now_ms(),
                f"{why} Adopted.",
                made=made,
                resource_key=key,
                answer=answer,
            )

        settled = self.tell(write, done=True)
        if settled is not None and settled.answer != answer:
            # somebody who shares the journal was faster
            return self._recall.exchange_of(settled, call)
        return replace(
            by,
            outcome="adopted",
            prepared=self._sender.prepare(call, idempotency_key=entry.idempotency_key or ""),
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
            return self.adopted(entry, call, thing, answer, why)
        except AlreadyOwned:
            raise InputError(
                f"adopt: {named} was made by another entry of the journal.",
                hint="See frames.journal().",
            ) from None

    def given_up(self, entry: Entry) -> Entry:
        """Closed by a person, without knowing. Raises JournalRefused."""
        why = "A person closed it without knowing whether it happened. It was not sent again."
        return self._journal.settle(entry.number, "given-up", self._now_ms(), why)

    def heard(self, number: int | None) -> None:
        """Somebody is given the outcome of an entry: a stop that came before that is over."""
        if number is None:
            return
        # where the journal cannot say so, the outcome is given once more, which makes nothing
        with contextlib.suppress(JournalRefused, InputError):
            if self._journal.get(number).stopped:
                self._journal.stopped(number, unheard=False)

    @property
    def _local(self) -> bool:
        return self._sender.environment.is_local

    def _now_ms(self) -> int:
        return self._sender.now_ms()


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

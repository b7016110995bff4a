"""What the journal remembers, made a value again: the call of an entry, and what became of it."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec
from msgspec.structs import replace

from toolkit.client.journal import Entry
from toolkit.errors import ApiError, InputError, NotSent, ToolkitError, UnreadableAnswer
from toolkit.request.call import Call, Operation
from toolkit.request.exchange import Exchange, Provenance, stamp
from toolkit.transport.provider import UNREADABLE
from toolkit.transport.sender import Sender
from toolkit.transport.verify import contradiction, decoded

T = TypeVar("T")


class Recall:
    """Reads entries as the client of this sender's service does; it sends nothing."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

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

    def exchange_of(self, entry: Entry, call: Call[T]) -> Exchange[T]:
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
            prepared=self._sender.prepare(call, idempotency_key=entry.idempotency_key or ""),
            status=entry.status,
            entry=number,
            reviewed_by=entry.reviewed_by,
        )
        # two comparisons: they narrow the type
        if entry.state == "answered" or entry.state == "adopted":  # noqa: PLR1714
            content = (entry.answer or "").encode()
            done = replace(base, outcome=entry.state, content=content)
            return self._with_its_answer(entry, call, done, what)
        if entry.state == "refused":
            return replace(base, error=ApiError(what, status=entry.status or 0))
        if entry.state == "unsent":
            unsent = NotSent(what, hint="It may be sent again: that is safe.", cause="unsent")
            return replace(base, error=unsent)
        # closed by a person, or replaced
        return replace(
            base,
            outcome="unknown",
            error=ToolkitError(what, cause=entry.state),
        )

    def _with_its_answer(
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


def _rebuilt(operation: Operation[Any], entry: Entry) -> Call[Any]:
    """The call of an entry. Raises InputError, or what ``UNREADABLE`` lists."""
    written = {
        "operation": entry.operation,
        "arguments": dict(entry.arguments),
        "query": dict(entry.query),
        "body": msgspec.json.decode(entry.body) if entry.body else None,
    }
    return Call.from_dict(written, (operation,))

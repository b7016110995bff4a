"""What happened: the evidence of a request, and the model that was answered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from operator import attrgetter
from typing import Any, ClassVar, Generic, Literal, TypeVar

import msgspec
from msgspec import UNSET, UnsetType
from msgspec.structs import force_setattr

from toolkit.base.card import Card, Count
from toolkit.base.times import day
from toolkit.errors import ToolkitError
from toolkit.request.model import Model, fields_of
from toolkit.request.prepared import Prepared
from toolkit.request.receipt import Receipt

T = TypeVar("T")


class Provenance(msgspec.Struct, frozen=True):
    """Where an answer came from. ``verified`` is None where the service signs no answers.

    >>> org = custody.send(cobo.get_org_info())
    >>> org.provenance.environment, org.provenance.operation, org.provenance.verified
    ('EMULATOR', 'get_org_info', True)
    """

    environment: str
    operation: str
    arguments: Mapping[str, str]
    verified: bool | None
    at_ms: int


class Answer(Model, frozen=True, kw_only=True):
    """A model that a service answers with. It remembers where it came from.

    ``received`` is that, whatever becomes of the model: copied, pickled, changed with
    ``msgspec.structs.replace`` or written as our own JSON. It is no part of what the model *is*:
    not compared, not shown. A service cannot set it. ``identified_by`` names the model's id, and
    what else may stand for it: without any, it is another kind of answer. ``nested`` names the
    fields that hold answers.
    """

    identified_by: ClassVar[tuple[str, ...]] = ()
    nested: ClassVar[tuple[str, ...]] = ()
    apart: ClassVar[tuple[str, ...]] = ("received",)
    typed: ClassVar[tuple[str, ...] | None] = ("name", "display_name", "description")

    received: Provenance | UnsetType = msgspec.field(default=UNSET, name="toolkit:received")

    @property
    def provenance(self) -> Provenance | None:
        """None for a model that no client received."""
        return None if self.received is UNSET else self.received

    def _said(self) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name in fields_of(self))

    def _card(self) -> Card:
        card = super()._card()
        if self.provenance is None:
            return card
        return replace(card, environment=self.provenance.environment, foot=_origin(self.provenance))

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self) or not isinstance(other, Answer):
            return NotImplemented
        return self._said() == other._said()

    def __hash__(self) -> int:
        return hash((type(self), self._said()))


class Listing(Answer, Generic[T], frozen=True):
    """One page of a list: ``len(page)`` things, and ``for thing in page``."""

    nested: ClassVar[tuple[str, ...]] = ("data",)

    data: list[T]

    @property
    def is_last(self) -> bool:
        """Whether no further page follows."""
        raise NotImplementedError

    def __len__(self) -> int:
        return len(self.data)

    def __iter__(self) -> Iterator[T]:
        return iter(self.data)

    def _card(self) -> Card:
        card = super()._card()
        things = "things"
        if self.data:
            things = type(self.data[0]).__name__
        facts = [(things, Count(len(self))), ("is_last", self.is_last)]
        return replace(card, facts=facts, more=())


_PROOFS = {
    True: "the answer’s signature held",
    False: "the answer’s signature did NOT hold",
    None: "no answer was signed",
}


def _origin(provenance: Provenance) -> str:
    proof = _PROOFS[provenance.verified]
    return f"Answered to {provenance.operation}, {day(provenance.at_ms)}; {proof}."


def things(value: Any) -> Iterator[Any]:
    """The things in an answer: those on a page or in a list, or the answer itself."""
    if isinstance(value, list):
        yield from value
        return
    page = getattr(value, "data", None)
    if page is None:
        yield value
    else:
        yield from page


def stamp(value: Any, provenance: Provenance, fills: Mapping[str, str]) -> None:
    """Let a decoded answer, and each answer in it, remember its provenance.

    ``fills`` are fields that a service leaves to the question, from the call that was answered, as
    ``Operation.fills`` has them. What the service itself may have said there is written over.
    """
    values = {name: provenance.arguments[argument] for argument, name in fills.items()}
    for kind, answers in _answers_in(value):
        for answer in answers:
            force_setattr(answer, "received", provenance)
        for name in values.keys() & kind.__struct_fields__:
            for answer in answers:
                force_setattr(answer, name, values[name])


def _answers_in(value: Any) -> Iterator[tuple[type[Answer], list[Answer]]]:
    """An answer and all that are in it, by their kind: floor by floor, because a list may hold a
    hundred thousand, and a kind at a time, because most floors have one.
    """
    floor: list[Any] = [value]
    while floor:
        below: list[Any] = []
        for kind, nodes in by_kind(floor):
            if issubclass(kind, list):
                below += chain.from_iterable(nodes)
            elif issubclass(kind, Answer):
                yield kind, nodes
                for name in kind.nested:
                    below += map(attrgetter(name), nodes)
        floor = below


def by_kind(nodes: list[Any]) -> Iterator[tuple[type, list[Any]]]:
    """What stands in a list, a kind at a time."""
    kinds = dict.fromkeys(map(type, nodes))
    for kind in kinds:
        if len(kinds) == 1:
            yield kind, nodes
        else:
            yield kind, [node for node in nodes if type(node) is kind]


Outcome = Literal["answered", "adopted", "refused", "unknown"]


class Exchange(msgspec.Struct, Generic[T], frozen=True):
    """What became of a request: the evidence, kept for refusals too.

    ``outcome`` is ``answered``; ``adopted`` (its answer was lost, and looking found what it made);
    ``refused`` (it provably was not processed, or the service said no); or ``unknown`` (it may have
    happened). ``value`` raises where there is none. ``verified`` is whether the answer's signature
    held: None where the service signs none. ``skew_ms`` is the service's clock minus this
    computer's, where the answer told. ``entry`` is the line of the journal, for a change. Where the
    answer repeated a credential, that is struck from ``headers`` and ``content``, and ``struck`` is
    the SHA-256 (hex) of the content as it came.

    >>> exchange = custody.exchange(cobo.get_org_info())
    >>> exchange.outcome, exchange.status, exchange.verified, exchange.value.name
    ('answered', 200, True, 'Example Custody')
    """

    outcome: Outcome
    prepared: Prepared[T]
    status: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    content: bytes = b""
    verified: bool | None = None
    duration_s: float = 0.0
    tries: int = 1
    error: ToolkitError | None = None
    decoded: T | None = None
    skew_ms: int | None = None
    entry: int | None = None
    struck: str = ""
    #: Who signed it, by fingerprints; empty where nothing is signed, or nothing left.
    signed_by: tuple[str, ...] = ()
    #: Who has reviewed it, by fingerprints, where the client asks for that.
    reviewed_by: tuple[str, ...] = ()

    @property
    def value(self) -> T:
        """The answer as a model.

        Raises:
            ToolkitError: the error that this exchange ended with.
        """
        if self.error is not None:
            raise self.error
        assert self.decoded is not None
        return self.decoded

    def header(self, name: str) -> str | None:
        """The first header of that name, in any case; None if there is none."""
        wanted = name.lower()
        for key, value in self.headers:
            if key.lower() == wanted:
                return value
        return None

    def receipt(self, changes: Sequence[tuple[str, str]] = ()) -> Receipt:
        """What was sent and what became of it, as a value that needs no widget.

        Args:
            changes: before and after, line by line, where both are known.
        """
        prepared = self.prepared
        made = repr(self.decoded) if isinstance(self.decoded, Model) else ""
        return Receipt(
            operation=prepared.call.operation.title,
            environment=prepared.environment.name,
            identity=prepared.identity,
            method=prepared.method,
            url=prepared.url,
            body=prepared.shown_body,
            fingerprint=prepared.fingerprint,
            idempotency_key=prepared.idempotency_key,
            outcome=self.outcome,
            sent_ms=prepared.made_ms,
            signed_by=self.signed_by,
            reviewed_by=self.reviewed_by,
            status=self.status,
            proof=_PROOFS[self.verified] if self.status is not None else "",
            entry=self.entry,
            made=made,
            why=self.error.what if self.error else "",
            changes=tuple(changes),
        )

    def __repr__(self) -> str:
        facts: list[tuple[str, object]] = [("outcome", self.outcome), ("status", self.status)]
        if self.entry:
            facts.append(("entry", self.entry))
        return self._card(facts).line()

    def _repr_html_(self) -> str:
        facts: list[tuple[str, object]] = [
            ("outcome", self.outcome),
            ("HTTP status", self.status),
            ("verified", _PROOFS[self.verified]),
            ("took", f"{self.duration_s:.1f} s"),
            ("tries", self.tries),
        ]
        if self.entry:
            facts.append(("entry of the journal", self.entry))
        if self.error is not None:
            facts += [("why", self.error.what), ("next", self.error.hint)]
        elif isinstance(self.decoded, Model | list):
            facts.append(("value", repr(self.decoded)))
        return self._card(facts).html()

    def _card(self, facts: list[tuple[str, object]]) -> Card:
        kind = f"Exchange {self.prepared.call.operation.name}"
        return Card(kind, facts, environment=self.prepared.environment.name)

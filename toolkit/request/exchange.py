"""What happened: the evidence of a request, and the model that was answered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, Literal, TypeVar

import msgspec
from msgspec import UNSET, UnsetType
from msgspec.structs import force_setattr

from toolkit.errors import ToolkitError
from toolkit.request.prepared import Prepared

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where an answer came from. ``verified`` is None where the service signs no answers."""

    environment: str
    operation: str
    arguments: Mapping[str, str]
    verified: bool | None
    at_ms: int


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """A model that a service answers with. It remembers where it came from.

    ``received`` is that, whatever becomes of the model: copied, pickled, changed with
    ``msgspec.structs.replace`` or written as our own JSON. It is no part of what the model *is*:
    not compared, not shown. A service cannot set it. ``identified_by`` names the model's id, and
    what else may stand for it: without any, it is another kind of answer. ``nested`` names the
    fields that hold answers.
    """

    identified_by: ClassVar[tuple[str, ...]] = ()
    nested: ClassVar[tuple[str, ...]] = ()

    received: Provenance | UnsetType = msgspec.field(default=UNSET, name="toolkit:received")

    @property
    def provenance(self) -> Provenance | None:
        """None for a model that no client received."""
        return None if self.received is UNSET else self.received

    def _said(self) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name in self.__struct_fields__ if name != "received")

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self) or not isinstance(other, Answer):
            return NotImplemented
        return self._said() == other._said()

    def __hash__(self) -> int:
        return hash((type(self), self._said()))

    def __repr__(self) -> str:
        names = (name for name in self.__struct_fields__ if name != "received")
        said = ", ".join(f"{name}={getattr(self, name)!r}" for name in names)
        return f"{type(self).__name__}({said})"


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
    for answer in _answers(value):
        force_setattr(answer, "received", provenance)
        for argument, name in fills.items():
            if name in answer.__struct_fields__:
                force_setattr(answer, name, provenance.arguments[argument])


def _answers(value: Any) -> Iterator[Answer]:
    if isinstance(value, list):
        for each in value:
            yield from _answers(each)
    elif isinstance(value, Answer):
        yield value
        for name in value.nested:
            yield from _answers(getattr(value, name))


Outcome = Literal["answered", "adopted", "refused", "unknown"]


@dataclass(frozen=True, slots=True)
class Exchange(Generic[T]):
    """What became of a request: the evidence, kept for refusals too.

    ``outcome`` is ``answered``; ``adopted`` (its answer was lost, and looking found what it made);
    ``refused`` (it provably was not processed, or the service said no); or ``unknown`` (it may have
    happened). ``value`` raises where there is none. ``verified`` is whether the answer's signature
    held: None where the service signs none. ``skew_ms`` is the service's clock minus this
    computer's, where the answer told. ``entry`` is the line of the journal, for a change. Where the
    answer repeated a credential, that is struck from ``headers`` and ``content``, and ``struck`` is
    the SHA-256 (hex) of the content as it came.
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

    def __repr__(self) -> str:
        place = f"{self.prepared.call.operation.name} on {self.prepared.environment.name}"
        about = f"HTTP {self.status or '–'}"
        if self.entry:
            about = f"entry {self.entry} of the journal"
        return f"<Exchange {place}: {self.outcome}, {about}>"

"""What happened: the evidence of a request, and the model that was answered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, Literal, TypeVar

import msgspec

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


class Answer(msgspec.Struct, frozen=True, dict=True):
    """A model that a service answers with. It remembers where it came from.

    ``identified_by`` names its id, and what else may stand for it: without any, it is another kind
    of answer.
    """

    identified_by: ClassVar[tuple[str, ...]] = ()

    @property
    def provenance(self) -> Provenance | None:
        """None for a model that no client received."""
        provenance: Provenance | None = self.__dict__.get("provenance")
        return provenance


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


def stamp(value: Any, provenance: Provenance) -> None:
    """Let a decoded answer, and each thing on a page of answers, remember its provenance."""
    for item in (value, *things(value)):
        if isinstance(item, Answer):
            item.__dict__["provenance"] = provenance


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

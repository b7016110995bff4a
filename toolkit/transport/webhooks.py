"""What a service posts by itself: read as it arrived, its time judged. The vendors prove it.

It is never parsed before it is proven, and only the bytes that arrived can be proven.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from toolkit.base.times import span, wall_clock_ms
from toolkit.base.typed import decoded
from toolkit.base.validate import whole_number
from toolkit.errors import InputError, WebhookRefused
from toolkit.transport.provider import UNREADABLE

T = TypeVar("T")
Headers = Mapping[str, str] | Iterable[tuple[str, str]]
FRESHNESS_S = 300.0  # Svix's tolerance; for Cobo our limit, as none is documented


@dataclass(frozen=True, slots=True)
class Posted:
    """A request to a webhook endpoint, as it arrived. Names of headers are in lower case."""

    body: bytes
    headers: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, body: Any, headers: Any) -> Posted:
        """What a web framework has: the raw body, and the headers as a mapping or as pairs.

        Raises:
            InputError: the body was parsed already, or these are no headers.
        """
        return cls(_raw(body), tuple(_pairs(headers)))

    def header(self, *names: str, joined: bool = False) -> str:
        """The one value of a header, which may be spelled in several ways.

        Args:
            joined: values have no comma, so that one is a server's, which joined two spellings.

        Raises:
            WebhookRefused: it is not there, or has two values.
        """
        values = self._values([name.lower() for name in names], joined)
        called = " or ".join(names)
        if not values:
            raise WebhookRefused(
                f"The header {called} is missing.",
                hint="Not from the service, or a proxy in front of the handler drops it.",
                cause="header-missing",
            )
        if len(values) > 1:
            raise WebhookRefused(
                f"The header {called} has {len(values)} different values.",
                cause="header-malformed",
            )
        return values[0]

    def _values(self, names: list[str], joined: bool) -> list[str]:
        """What is said under these names, each once, without what says nothing."""
        values = [value for name, value in self.headers if name in names]
        if joined:
            values = [part for value in values for part in value.split(",")]
        said = [value.strip() for value in values]
        return [value for value in dict.fromkeys(said) if value]

    def decoded(self, kind: type[T]) -> T:
        """The body as a model. To be called once it is proven.

        Raises:
            WebhookRefused: it is no JSON of that shape.
        """
        try:
            return decoded(self.body, kind)
        except UNREADABLE as error:
            reason = str(error)
        raise WebhookRefused(
            f"It is proven, and not of the documented shape: {reason}.",
            hint="The service may have a newer shape: look at the raw body.",
            cause="unreadable",
        )


def must_be_fresh(sent_ms: int, now_ms: int | None, freshness_s: float | None) -> int:
    """This moment, Unix milliseconds, if it was signed now as far as the clocks agree.

    Args:
        sent_ms: when it says that it was signed, Unix milliseconds.
        now_ms: the moment by this computer's clock; None: now.
        freshness_s: seconds that the two may be apart, in either direction; None: any.

    Raises:
        WebhookRefused: it is too old, or ahead.
        InputError: the limits make no sense.
    """
    moment_ms = wall_clock_ms() if now_ms is None else whole_number(now_ms, "now_ms")
    if freshness_s is None:
        return moment_ms
    if isinstance(freshness_s, bool) or not isinstance(freshness_s, int | float):
        raise InputError("freshness_s must be seconds, or None.", hint="Leave it out: 300.")
    if not freshness_s >= 0:
        raise InputError("freshness_s must be 0 or more seconds.", hint="Leave it out: 300.")
    skew_ms = sent_ms - moment_ms
    if abs(skew_ms) <= 1000 * freshness_s:
        return moment_ms
    side = "after" if skew_ms > 0 else "before"
    raise WebhookRefused(
        f"It was signed {span(skew_ms)} {side} the time of this computer. "
        f"More than {span(round(1000 * freshness_s))} is refused.",
        hint="An old one may have been played back; or set this computer's clock.",
        cause="stale",
    )


def _raw(body: Any) -> bytes:
    if isinstance(body, bytes | bytearray | memoryview):
        return bytes(body)
    if isinstance(body, str):
        return body.encode("utf-8", "surrogatepass")
    raise InputError(
        f"body must be the raw bytes of the request, not {type(body).__name__}.",
        hint="Parsed and written again it would have other bytes than were signed.",
    )


def _pairs(headers: Any) -> Iterable[tuple[str, str]]:
    items = headers.items() if hasattr(headers, "items") else headers
    if isinstance(items, str | bytes) or not isinstance(items, Iterable):
        raise _no_headers()
    for pair in items:
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            raise _no_headers()
        name, value = map(_text, pair)
        yield name.lower(), value


def _text(part: Any) -> str:
    if isinstance(part, bytes):
        return part.decode("latin-1")
    if not isinstance(part, str):
        raise _no_headers()
    return part


def _no_headers() -> InputError:
    return InputError(
        "headers must be the request's headers: a mapping, or (name, value) pairs.",
        hint="Pass request.headers as the framework has it.",
    )

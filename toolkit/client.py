"""Client: prepares a call, signs and sends it once, and keeps the evidence of what happened.

It knows no vendor. What differs between services arrives as a ``Wire``: how to write a body, what is
signed, which credentials go on top, how an answer proves itself and how a refusal reads.
"""

from __future__ import annotations

import functools
import gc
import threading
import time
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar, cast
from urllib.parse import unquote

import httpx
import msgspec

from toolkit.body import Piece, joined
from toolkit.call import Call, Environment, Exchange, Outcome, Prepared, Provenance, stamp
from toolkit.errors import (
    AnswerRefused,
    ApiError,
    ContradictingAnswer,
    InputError,
    NoAnswer,
    NotSent,
    Problem,
    RequestRefused,
    ToolkitError,
    UnreadableAnswer,
    UnverifiedAnswer,
)
from toolkit.keys import PrivateKey

T = TypeVar("T")
ANSWER_LIMIT = 64 * 1024 * 1024  # bytes; the largest list we measured, 20,000 groups, has 16 MB
EXPLANATION = "X-Emulator-Explanation"
TIMEOUT = httpx.Timeout(30.0, connect=10.0)
UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)  # what decoding hostile bytes may raise
_SENT: set[str] = set()  # tickets of this process: a Prepared is sent once, by whichever client
_SENT_LOCK = threading.Lock()
_PROVABLY_UNSENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


def wall_clock_ms() -> int:
    """Unix time in milliseconds."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class Dressed:
    """A request as it will look, before anything secret is put on it. Times in Unix milliseconds."""

    headers: Mapping[str, str]
    message: str
    signed: bool
    fresh_until_ms: int


class Wire(Protocol):
    """What differs between services."""

    @property
    def identity(self) -> str:
        """Whose requests these are, shown in headers: the API key's public half, or the app id."""

    def pieces(self, body: msgspec.Struct) -> tuple[Piece, ...]:
        """The body, written once."""

    def dress(self, call: Call[Any], url: str, body: bytes, now_ms: int) -> Dressed:
        """Headers and the message to sign, for one moment."""

    def credentials(self, prepared: Prepared[Any], signers: Sequence[PrivateKey]) -> Mapping[str, str]:
        """The headers that nobody may see: signatures and secrets."""

    def proven(self, headers: httpx.Headers, content: bytes) -> bool | None:
        """Whether the answer's signature holds; None where the service signs no answers."""

    def contradiction(self, value: object) -> str | None:
        """Why an answer is about something else than this client, e.g. another API key."""

    def settles(self, status: int) -> bool:
        """Whether a refusal with this status proves that nothing was done."""

    def refusal(self, call: Call[Any], place: str, status: int, content: bytes) -> ApiError:
        """The vendor's envelope as an error."""

    def problems(self, call: Call[Any], signers: Sequence[PrivateKey]) -> tuple[Problem, ...]:
        """Rules that this request breaks."""


class Client:
    """Sends calls to one environment. Use as a context manager, or ``close()`` it.

    Nothing is retried, redirects are never followed, TLS verification is never off, and proxies or
    ``.netrc`` of the machine are not read (pass ``proxy``).
    """

    def __init__(
        self,
        wire: Wire,
        environment: Environment,
        *,
        transport: httpx.BaseTransport | None = None,
        clock: Callable[[], int] = wall_clock_ms,
        timeout: httpx.Timeout | float = TIMEOUT,
        ca_bundle: str | None = None,
        proxy: str | None = None,
    ) -> None:
        self.environment = environment
        self._wire = wire
        self._clock = clock
        self._timeout = httpx.Timeout(timeout).as_dict()
        self._http = httpx.Client(transport=transport, verify=_tls(ca_bundle), proxy=proxy, trust_env=False)
        self._lock = threading.Lock()
        self._last_ms = 0

    # ---- the path ----

    def problems(self, call: Call[Any], *, signers: Iterable[PrivateKey] = ()) -> tuple[Problem, ...]:
        """Rules that this request breaks: documented ones, and inferred ones that may be acknowledged."""
        return self._wire.problems(call, _keys(signers))

    def prepare(self, call: Call[T]) -> Prepared[T]:
        """The exact bytes and the message to sign, for now. Nothing is signed, checked or sent."""
        pieces = self._wire.pieces(call.body) if call.body is not None else ()
        url = self.environment.base_url + call.path + (f"?{call.query_string}" if call.query else "")
        now_ms = self._tick()
        dressed = self._wire.dress(call, url, joined(pieces), now_ms)
        return Prepared(
            call=call,
            environment=self.environment,
            identity=self._wire.identity,
            url=url,
            fields=tuple(dressed.headers.items()),
            pieces=pieces,
            message=dressed.message,
            signed=dressed.signed,
            made_ms=now_ms,
            fresh_until_ms=dressed.fresh_until_ms,
        )

    def exchange(
        self,
        what: Call[T] | Prepared[T],
        *,
        signers: Iterable[PrivateKey] = (),
        acknowledge: Collection[str] = (),
    ) -> Exchange[T]:
        """Check, sign, send once, verify, decode. Refusals of the service are part of the result.

        Args:
            signers: co-signers, where the operation needs them (their private keys).
            acknowledge: ids of inferred rules that this request may break.

        Raises:
            RequestRefused: it breaks a rule; nothing was signed or sent.
            InputError: a Prepared that is stale, was sent already, or belongs to another client.
        """
        signers = _keys(signers)
        if isinstance(acknowledge, str):
            raise InputError("acknowledge must be a set of rule ids.", hint=f"Write acknowledge={{{acknowledge!r}}}.")
        call = what.call if isinstance(what, Prepared) else what
        blocking = [p for p in self.problems(call, signers=signers) if p.documented or p.rule not in acknowledge]
        if blocking:
            raise RequestRefused(blocking, f"{call.operation.name} on {self.environment.name}")
        prepared = self._claimed(what) if isinstance(what, Prepared) else self.prepare(what)
        return self._carried(prepared, self._wire.credentials(prepared, signers))

    def send(
        self,
        what: Call[T] | Prepared[T],
        *,
        signers: Iterable[PrivateKey] = (),
        acknowledge: Collection[str] = (),
    ) -> T:
        """``exchange(…).value``: the answer as a model, or the error as an exception."""
        return self.exchange(what, signers=signers, acknowledge=acknowledge).value

    def now_ms(self) -> int:
        """This client's clock, Unix milliseconds. An in-process emulator's clients share its clock."""
        return self._clock()

    # ---- inside ----

    def _tick(self) -> int:
        """The clock, but never the same millisecond twice: it becomes the nonce."""
        with self._lock:
            self._last_ms = max(self._clock(), self._last_ms + 1)
            return self._last_ms

    def _claimed(self, prepared: Prepared[T]) -> Prepared[T]:
        if (prepared.environment, prepared.identity) != (self.environment, self._wire.identity):
            raise InputError(
                f"This was prepared for {prepared.environment.name} as {prepared.identity}; this client is "
                f"{self.environment.name} as {self._wire.identity}.",
                hint="Prepare it again with this client.",
            )
        if prepared.is_stale(self._clock()):
            raise InputError("This was prepared too long ago.", hint="Prepare it again, look at it, then send it.")
        with _SENT_LOCK:
            if prepared.ticket in _SENT:
                raise InputError(
                    "This was sent already, and one Prepared is sent once.", hint="Prepare it again to send again."
                )
            _SENT.add(prepared.ticket)
        return prepared

    def _carried(self, prepared: Prepared[T], credentials: Mapping[str, str]) -> Exchange[T]:
        operation = prepared.call.operation
        place = f"{operation.name} on {self.environment.name}"
        request = httpx.Request(
            prepared.method,
            prepared.url,
            headers=[("Accept-Encoding", "identity"), *prepared.headers.items(), *credentials.items()],
            content=prepared.body,
            # as written: httpx would tidy the path, and other bytes than the signed ones would travel
            extensions={"target": _target(prepared.url), "timeout": self._timeout},
        )
        del credentials
        began = time.perf_counter()
        try:
            response = self._http.send(request, stream=True, follow_redirects=False)
            try:
                content = _read(response)
            finally:
                response.close()
        except _PROVABLY_UNSENT as error:
            with _SENT_LOCK:
                _SENT.discard(prepared.ticket)  # it never left: the same Prepared may be sent again
            failure: ToolkitError = NotSent(f"{place}: nobody was reached ({_reason(error)}).")
            return Exchange("refused", prepared, duration_s=time.perf_counter() - began, error=failure)
        except (httpx.TransportError, _TooLarge) as error:
            failure = NoAnswer(f"{place}: no whole answer came back ({_reason(error)}).")
            outcome: Outcome = "unknown" if operation.changes else "refused"
            return Exchange(outcome, prepared, duration_s=time.perf_counter() - began, error=failure)
        duration_s = time.perf_counter() - began
        return self._judged(prepared, place, response, content, duration_s)

    def _judged(
        self, prepared: Prepared[T], place: str, response: httpx.Response, content: bytes, duration_s: float
    ) -> Exchange[T]:
        """An answer is data only if it proves itself, succeeded, decodes and speaks of what was asked."""
        operation, status = prepared.call.operation, response.status_code
        verified = self._wire.proven(response.headers, content)
        decoded: T | None = None
        error: ToolkitError | None = None
        outcome: Outcome = "answered"
        if verified is False:
            outcome = "unknown" if operation.changes else "refused"
            error = UnverifiedAnswer(f"{place}: HTTP {status}, but the answer's signature is missing or wrong.")
        elif 300 <= status < 400:
            outcome = "unknown" if operation.changes else "refused"
            error = AnswerRefused(
                f"{place}: HTTP {status}, a redirect.", hint="Signed calls never follow one; mend the base URL."
            )
        elif not 200 <= status < 300:
            outcome = "unknown" if operation.changes and not self._wire.settles(status) else "refused"
            error = self._wire.refusal(prepared.call, place, status, content)
            if EXPLANATION in response.headers:  # the emulator says more than the vendors do
                error.explain(unquote(response.headers[EXPLANATION]))
        else:
            try:
                decoded = _decoded(operation.returns, content)
            except UNREADABLE as reason:
                outcome = "answered" if verified or not operation.changes else "unknown"
                error = UnreadableAnswer(
                    f"{place}: HTTP {status}, not the documented shape: {_reason(reason)}.",
                    hint="The whole answer is in exchange.content. If the call changes something, look whether it happened.",
                )
            else:
                error = self._contradiction(prepared.call, place, decoded)
                if error is not None and operation.changes:
                    outcome = "unknown"
        if error is not None:
            decoded = None
        else:
            ids = dict(prepared.call.arguments)
            stamp(decoded, Provenance(self.environment.name, operation.name, ids, verified, self._clock()))
        headers = tuple(response.headers.multi_items())
        return Exchange(outcome, prepared, status, headers, content, verified, duration_s, error=error, decoded=decoded)

    def _contradiction(self, call: Call[Any], place: str, value: object) -> ToolkitError | None:
        for asked, answered in call.operation.echoes.items():
            said, heard = call.said(asked), getattr(value, answered, None)
            if said is not None and heard not in (None, msgspec.UNSET) and said != heard:
                what = f"asked about {asked} {said!r}, answered with {answered} {heard!r}"
                return ContradictingAnswer(f"{place}: {what}.")
        found = self._wire.contradiction(value)
        return ContradictingAnswer(f"{place}: {found}.") if found else None

    # ---- life ----

    def close(self) -> None:
        """Close its connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        kind = f"{type(self).__module__}.{type(self).__name__}"
        place = getattr(self, "environment", None)  # absent while a refused one is shown in a traceback
        return f"<{kind} on {place.name}: {place.base_url}>" if place else f"<{kind}, not made>"


class _TooLarge(Exception):
    def __str__(self) -> str:
        return f"more than {ANSWER_LIMIT} bytes"


def _tls(ca_bundle: str | None) -> Any:
    if not ca_bundle:
        return True
    import ssl

    try:
        return ssl.create_default_context(cafile=ca_bundle)
    except OSError as error:
        raise InputError(
            f"ca_bundle: {ca_bundle} cannot be used: {error}.", hint="Name a PEM file of certificates."
        ) from None


def _keys(signers: Iterable[PrivateKey]) -> tuple[PrivateKey, ...]:
    if isinstance(signers, PrivateKey) or not isinstance(signers, Iterable):
        raise InputError("signers must be a list of keys.", hint="Put a single key in brackets: signers=[key].")
    return tuple(signers)


def _target(url: str) -> bytes:
    return url[url.index("/", url.index("//") + 2) :].encode("ascii")


def _read(response: httpx.Response) -> bytes:
    parts, size = [], 0
    for part in response.iter_raw():
        size += len(part)
        if size > ANSWER_LIMIT:
            raise _TooLarge
        parts.append(part)
    return b"".join(parts)


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__


@functools.cache
def _decoder(returns: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(returns)


@contextmanager
def _collector_paused(paused: bool) -> Iterator[None]:
    """Decoding makes a million objects and drops none: the collector would walk them again and again."""
    paused = paused and gc.isenabled()
    if paused:
        gc.disable()
    try:
        yield
    finally:
        if paused:
            gc.enable()


def _decoded(returns: type[T], content: bytes) -> T:
    with _collector_paused(len(content) > 1_000_000):
        value: T = _decoder(cast(Hashable, returns)).decode(content)
    return value

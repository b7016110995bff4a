"""One request over HTTP, sent once, and exactly what came back.

No retries, no redirects, no cookies: what is used of httpx is its transport, which has none. A
client of httpx, which has them to be turned off, takes as long again (docs/decisions/0017).
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import msgspec

from toolkit.base.forked import left_to_the_parent, renewed_in_a_child
from toolkit.base.http_library import httpx
from toolkit.errors import InputError, NoAnswer, NotSent, ToolkitError
from toolkit.request.environment import EMULATOR, Environment
from toolkit.request.prepared import Prepared
from toolkit.transport.cancel import CancelToken
from toolkit.transport.echoes import Echoes, struck_from_logs
from toolkit.transport.provider import Headers
from toolkit.transport.proxy import must_be_proxy, unread_variable

if TYPE_CHECKING:
    import ssl

ANSWER_LIMIT = 64 * 1024 * 1024  # bytes; the largest list we measured, 20,000 groups, has 16 MB
LONGEST_URL = 65_536  # characters; httpx takes no longer one
ANSWER_WITHIN_S = 60.0  # for the whole body, however slowly it drips
# Seconds for each step: connect, write, read, and a free connection.
TIMEOUT = httpx.Timeout(30.0, connect=10.0)
PACKED = b"[not unpacked: what it repeats cannot be told]"  # in place of a compressed answer
_SHARED = httpx.Limits(max_connections=100, max_keepalive_connections=20)  # httpx's own
_OWN = httpx.Limits(max_connections=100, max_keepalive_connections=0)  # closed after its answer
_PLAIN = ("", "identity")  # content encodings that are none
# What to look at, where it is not the network.
_GIVEN_UP = "Whoever answers sends more, or more slowly, than is read here; ask for less at a time."
_UNEXPECTED = "It is no failure of the network. A read may simply be asked again."
_GIVEN = "That is from the transport that this client was made with (transport=…): look there."
_PROXY = "Check the base URL, the network and the proxy that was passed."
_VARIABLE = (
    "{variable} is set, and is not read here: if this network asks for a proxy, pass it, as "
    "proxy=… to the client or to connect(), as --proxy to check. Otherwise check the base URL and "
    "the network."
)
_WITHOUT_CONNECTIONS = (httpx.MockTransport, httpx.WSGITransport)
_PROVABLY_UNSENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,  # the proxy made no connection
    httpx.UnsupportedProtocol,
)


class RawResponse(msgspec.Struct, frozen=True):
    """What came back: a status, headers and the content's bytes, or a failure.

    ``fields`` are the headers one by one. ``unsent``: it provably never left. ``proof`` is what the
    service proved over the bytes as they came. What of them repeated a credential is struck by now;
    ``struck`` is then the SHA-256 (hex) of the content as it came.
    """

    status: int = 0
    fields: tuple[tuple[str, str], ...] = ()
    content: bytes = b""
    proof: str | None = None
    struck: str = ""
    duration_s: float = 0.0
    failure: ToolkitError | None = None
    unsent: bool = False
    interrupted: bool = False

    @property
    def headers(self) -> Headers:
        """The headers by their names in lower case; what came twice is joined by commas."""
        return _by_name(self.fields)


def _by_name(fields: Iterable[tuple[str, str]]) -> Headers:
    headers: dict[str, str] = {}
    for name, value in fields:
        known = name.lower()
        headers[known] = f"{headers[known]}, {value}" if known in headers else value
    return headers


E = TypeVar("E", bound=BaseException)
Proof = Callable[[Headers, bytes], str | None]
Credentials = Callable[[], Mapping[str, str]]


class HttpTransport:
    """Connections to one environment.

    TLS verification is never off, proxies and ``.netrc`` of the machine are not read, nothing but
    https goes beyond loopback, and no byte goes to another host. Reads share connections. A change
    has one of its own, and so has a look for a change: bytes left behind an earlier answer can
    never be taken for theirs. (A ``transport=`` of one's own is asked to see to that itself.)

    Raises:
        InputError: a timeout, proxy or bundle of certificates that cannot be used.
    """

    def __init__(
        self,
        environment: Environment,
        proof: Proof,
        *,
        transport: httpx.BaseTransport | None = None,
        timeout: httpx.Timeout | float = TIMEOUT,
        ca_bundle: str | None = None,
        proxy: str | None = None,
    ) -> None:
        self._environment = environment
        self._proof = proof
        self._timeout = _limits(timeout)
        #: About how long one request may take, in seconds; then nobody waits for its answer.
        self.patience_s = sum(self._timeout.values()) + ANSWER_WITHIN_S
        self._given = transport
        must_be_proxy(proxy)
        self._proxy = proxy
        self._tls = _bundled(ca_bundle)
        self._is_closed = False
        # only a real transport tells when the first byte leaves
        self._tells = transport is None or isinstance(transport, httpx.HTTPTransport)
        # httpx then reads the address once; what follows it travels as it is written
        self._is_direct = transport is None and proxy is None
        self._address = httpx.URL(environment.base_url)
        self._open()
        renewed_in_a_child(self)

    def _open(self) -> None:
        self._lock = threading.Lock()
        self._ways: _Ways | None = None
        if self._given is not None:
            self._ways = _Ways(self._given, self._given)

    def _way(self, alone: bool) -> httpx.BaseTransport:
        """What a request goes through; made with the first one, for it reads certificates."""
        with self._lock:
            if self._ways is None:
                tls = self._tls or _trusting(self._environment, self._proxy)
                self._ways = _Ways(self._connections(tls, _SHARED), self._connections(tls, _OWN))
            return self._ways.apart if alone else self._ways.shared

    def _connections(self, tls: ssl.SSLContext, limits: httpx.Limits) -> httpx.HTTPTransport:
        return httpx.HTTPTransport(verify=tls, proxy=self._proxy, limits=limits, trust_env=False)

    def begin_anew(self) -> None:
        """Connections of its own: on the parent's, one process would read the other's answers."""
        left_to_the_parent(self._ways)
        if isinstance(self._given, _WITHOUT_CONNECTIONS):
            self._lock = threading.Lock()
            return
        if self._given is not None:
            self._given = _Inherited()
        self._open()

    def send(
        self,
        prepared: Prepared[Any],
        credentials: Credentials,
        cancel: CancelToken | None = None,
        within_s: float | None = None,
    ) -> RawResponse:
        """Send these bytes with these headers on top, and read what comes back.

        ``cancel`` is passed right before that. ``credentials`` is asked for them right before they
        leave: they, and what was made of them, live in one frame, which no traceback keeps.
        ``within_s``: of a look, which has no longer than this for each step.

        Raises:
            InputError: the request is for another place than this environment, or cannot be signed;
                or this was closed.
        """
        place = f"{prepared.call.operation.name} on {self._environment.name}"
        base_url = self._environment.base_url
        if not prepared.url.startswith(base_url + "/"):
            raise InputError(
                f"{place}: {prepared.url} is not at {base_url}. Nothing was sent.",
                hint="Prepare it again with this client.",
            )
        if self._is_closed:
            raise InputError(
                f"{place}: this client is closed. Nothing was sent.", hint="Make a new one."
            )
        try:
            return self._sent(place, prepared, credentials, cancel, within_s)
        except BaseException as error:  # noqa: BLE001  # raised again, alone
            refused = _without_frames(error)
        raise refused

    def _sent(
        self,
        place: str,
        prepared: Prepared[Any],
        credentials: Credentials,
        cancel: CancelToken | None,
        within_s: float | None,
    ) -> RawResponse:
        headers = credentials()
        echoes = Echoes(headers)
        way = self._way(alone=prepared.call.operation.changes or within_s is not None)
        request = self._request(place, prepared, headers, cancel, within_s)
        began = time.perf_counter()
        unsent = False
        interrupted = False
        hint = ""
        try:
            if cancel is not None:
                self._pass(cancel)
            with struck_from_logs(echoes):
                status, came, content = self._answer(way, request, within_s)
            took_s = time.perf_counter() - began
            return self._struck(echoes, status, came, content, took_s)
        except NotSent as stopped:  # it was cancelled, or the connections are another process's
            return RawResponse(
                duration_s=time.perf_counter() - began,
                failure=_without_frames(stopped),
                unsent=True,
            )
        except _PROVABLY_UNSENT as error:
            unsent = True
            reason = _reason(error, echoes)
            hint = self._remedy(error)
        except (httpx.TransportError, _GivenUp) as error:
            reason = _reason(error, echoes)
            hint = self._remedy(error)
        except KeyboardInterrupt:  # told by the client, without the frames that hold this request
            interrupted = True
            reason = "interrupted from the keyboard"
        except Exception as error:  # noqa: BLE001  # whatever it is, the request may have left
            reason = f"{type(error).__name__}, unexpectedly"
            hint = self._remedy(error)
        return RawResponse(
            duration_s=time.perf_counter() - began,
            failure=_failure(place, reason, unsent, hint),
            unsent=unsent,
            interrupted=interrupted,
        )

    def _request(
        self,
        place: str,
        prepared: Prepared[Any],
        credentials: Mapping[str, str],
        cancel: CancelToken | None,
        within_s: float | None,
    ) -> httpx.Request:
        if len(prepared.url) > LONGEST_URL:
            raise _unwritable(place)
        headers = [("Accept-Encoding", "identity"), *prepared.fields, *credentials.items()]
        target = _target(prepared.url)
        extensions = {"timeout": self._steps(within_s), **self._trace(cancel)}
        address: httpx.URL | str = prepared.url
        if self._is_direct:
            address = self._address
            extensions["target"] = target
        try:
            request = httpx.Request(
                prepared.method,
                address,
                headers=headers,
                content=prepared.body,
                extensions=extensions,
            )
        except (ValueError, httpx.InvalidURL):
            raise _unwritable(place) from None
        if not self._is_direct:
            self._keep_target(place, request, target)
        return request

    def _keep_target(self, place: str, request: httpx.Request, target: bytes) -> None:
        """See to it that the path travels as it is written, dot segments too.

        httpx would tidy it, and other bytes than the signed ones would travel. Its way around that
        cannot be used with a proxy: the proxy would be asked for the path, and not for the host.
        """
        if request.url.raw_path == target:
            return
        if self._proxy is not None:
            raise InputError(
                f"{place}: this path cannot pass a proxy as it is written. Nothing was sent.",
                hint="Look at its ids.",
            )
        request.extensions["target"] = target

    def _remedy(self, error: Exception) -> str:
        """What to look at, where it is known not to be the network; empty where it may be."""
        if not self._tells and self._environment.name != EMULATOR:  # which plays a network
            return _GIVEN
        if isinstance(error, _GivenUp):
            return _GIVEN_UP
        if not isinstance(error, httpx.TransportError):
            return _UNEXPECTED
        if isinstance(error, httpx.ProxyError) or self._proxy is not None:
            return _PROXY
        variable = unread_variable(self._environment.base_url)
        if variable:
            return _VARIABLE.format(variable=variable)
        return ""

    # ---- the last moment to call it off ----

    def _watches_the_byte(self, cancel: CancelToken) -> bool:
        return cancel.to_the_byte and self._tells

    def _pass(self, cancel: CancelToken) -> None:
        if self._watches_the_byte(cancel):
            cancel.check()
        else:
            cancel.commit()

    def _trace(self, cancel: CancelToken | None) -> dict[str, Any]:
        """What lets httpcore tell when the first byte is about to leave."""
        if cancel is None or not self._watches_the_byte(cancel):
            return {}

        def on_event(event: str, _: Mapping[str, Any]) -> None:
            # connected, TLS and all; httpcore's word for what is next
            if event.endswith("send_request_headers.started"):
                cancel.commit()

        return {"trace": on_event}

    # ---- the answer ----

    def _answer(
        self,
        way: httpx.BaseTransport,
        request: httpx.Request,
        within_s: float | None,
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        response = way.handle_request(request)
        try:
            content = _read(response, within_s)
            # before it is closed, and another thread gets its connection
            self._leave_nothing(response)
        finally:
            response.close()
        return response.status_code, response.headers.multi_items(), content

    def _leave_nothing(self, response: httpx.Response) -> None:
        """Close a connection on which more has come than its answer.

        The rest would be taken for the next one's answer.
        """
        if self._given is not None:
            return
        connection, left = _left_behind(response)
        if left is None:  # an HTTP library that hides it: then nobody shares a connection
            apart = self._way(alone=True)
            self._ways = _Ways(apart, apart)
        elif left:
            connection.close()

    def _struck(
        self,
        echoes: Echoes,
        status: int,
        came: list[tuple[str, str]],
        content: bytes,
        took_s: float,
    ) -> RawResponse:
        """What the answer proves as it came; and then without what it repeats of credentials."""
        headers = _by_name(came)
        encoding = headers.get("content-encoding", "identity").strip().lower()
        proof = None
        if encoding in _PLAIN:
            proof = self._proof(headers, content)
        kept = echoes.strike(content, proven=bool(proof))
        if encoding not in _PLAIN and echoes.in_packed(content, encoding) is not False:
            kept = PACKED
        fields = echoes.strike_fields(came, proof)
        struck = ""
        if kept != content or fields != came:
            struck = hashlib.sha256(content).hexdigest()
        return RawResponse(
            status=status,
            fields=tuple(fields),
            content=kept,
            proof=proof,
            struck=struck,
            duration_s=took_s,
        )

    def _steps(self, within_s: float | None) -> dict[str, float]:
        """The limits of each step in seconds, none longer than a look has left."""
        if within_s is None:
            return self._timeout
        return {name: min(limit, within_s) for name, limit in self._timeout.items()}

    def close(self) -> None:
        """Close its connections. Nothing is sent through it any more."""
        self._is_closed = True
        with self._lock:
            ways = self._ways
        if ways is not None:
            ways.shared.close()
            ways.apart.close()


class _Ways(NamedTuple):
    """What requests go through: reads share connections, a change has one of its own."""

    shared: httpx.BaseTransport
    apart: httpx.BaseTransport


class _Inherited(httpx.BaseTransport):
    """In a forked child, in place of a transport with connections that are the parent's."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        raise NotSent(
            "This client's transport belongs to the process that this one was forked from. "
            "Nothing was sent.",
            hint="Make a new client in this process.",
            cause="forked",
        )


def _without_frames(error: E) -> E:
    """The error alone: no traceback or error behind it, whose frames could hold a credential."""
    error.__traceback__ = None
    error.__context__ = None
    error.__cause__ = None
    return error


def _left_behind(response: httpx.Response) -> tuple[Any, bool | None]:
    """The connection of an answer, and whether more than that has been read from it.

    None where that cannot be told. httpx has no public way to ask, so this looks where httpcore 1
    keeps it.
    """
    pooled: Any = response.stream
    for name in ("_httpcore_stream", "_pool_request"):
        pooled = getattr(pooled, name, None)
    connection = getattr(pooled, "connection", None)
    innermost = connection
    while innermost is not None and not hasattr(innermost, "_h11_state"):
        innermost = getattr(innermost, "_connection", None)
    if innermost is None:
        return None, None
    rest, closed = innermost._h11_state.trailing_data  # noqa: SLF001  # see above
    return connection, bool(rest) or closed


class _GivenUp(Exception):
    """An answer that we stopped reading."""


def _read(response: httpx.Response, within_s: float | None) -> bytes:
    limit_s = ANSWER_WITHIN_S
    if within_s is not None:
        limit_s = min(ANSWER_WITHIN_S, within_s)
    until = time.perf_counter() + limit_s
    parts = []
    size = 0
    stream = response.stream  # not iter_raw, which lets go of the connection at once
    assert isinstance(stream, httpx.SyncByteStream)
    for part in stream:
        size += len(part)
        if size > ANSWER_LIMIT:
            raise _GivenUp(f"more than {ANSWER_LIMIT} bytes")
        if time.perf_counter() > until:
            raise _GivenUp(f"it took longer than {limit_s:.0f} s")
        parts.append(part)
    return b"".join(parts)


def _bundled(ca_bundle: str | None) -> ssl.SSLContext | None:
    """What trusts a company's certificates; None where none are named."""
    if not ca_bundle:
        return None
    import ssl

    try:
        return ssl.create_default_context(cafile=ca_bundle)
    except (OSError, TypeError) as error:
        raise InputError(
            f"ca_bundle: {ca_bundle} cannot be used: {error}.",
            hint="Name a PEM file of certificates.",
        ) from None


def _trusting(environment: Environment, proxy: str | None) -> ssl.SSLContext:
    """What trusts the usual certificates. They take a while to read: none where none is shown."""
    import ssl  # a browser's Python may have none, and needs none in process

    if environment.base_url.startswith("http://") and proxy is None:
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # verifies, and trusts nobody
    return httpx.create_ssl_context(trust_env=False)


def _failure(place: str, reason: str, unsent: bool, hint: str) -> ToolkitError:
    """Why there is no answer; ``hint`` where it is known to be no matter of the network."""
    if not unsent:
        return NoAnswer(f"{place}: no whole answer came back ({reason}).", hint=hint)
    if "CERTIFICATE" in reason:
        return _untrusted(place, reason)
    return NotSent(f"{place}: nobody was reached ({reason}).", hint=hint)


def _untrusted(place: str, reason: str) -> NotSent:
    hint = (
        'Behind a company\'s proxy, pass its certificates: Client(…, ca_bundle="company.pem"). '
        "Otherwise this may not be the service."
    )
    return NotSent(
        f"{place}: its certificate is not trusted, so nothing was sent ({reason}).",
        hint=hint,
        cause="certificate",
    )


def _unwritable(place: str) -> InputError:
    return InputError(
        f"{place}: this cannot be written as a request. Nothing was sent.",
        hint="Shorten what it says.",
    )


def _limits(timeout: Any) -> dict[str, float]:
    """Seconds for each step, by httpx's names. Raises InputError for none, or what never ends."""
    try:
        steps: dict[str, Any] = httpx.Timeout(timeout).as_dict()
        limits = {name: float(value) for name, value in steps.items()}
    except (TypeError, ValueError):
        limits = {}
    if not limits or not all(0 < value < 10**6 for value in limits.values()):
        raise InputError(
            "timeout must be seconds above 0; nothing here waits for ever.",
            hint="Pass e.g. 30.",
        )
    return limits


def _target(url: str) -> bytes:
    """Path and query as they stand in the URL."""
    host_begins = url.index("//") + 2
    return url[url.index("/", host_begins) :].encode("ascii")


def _reason(error: Exception, echoes: Echoes) -> str:
    text = str(error) or type(error).__name__
    return echoes.strike_text(text.rstrip("."))

"""Carries one request over HTTP, once, and brings back exactly what came: no retries, no redirects, no cookies."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from toolkit.call import Environment, Prepared
from toolkit.errors import InputError, NoAnswer, NotSent, ToolkitError
from toolkit.gate import Gate

ANSWER_LIMIT = 64 * 1024 * 1024  # bytes; the largest list we measured, 20,000 groups, has 16 MB
ANSWER_WITHIN_S = 60.0  # for the whole body, however slowly it drips
TIMEOUT = httpx.Timeout(30.0, connect=10.0)  # for each step: connect, write, read, and a free connection
_PROVABLY_UNSENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,  # the proxy made no connection
    httpx.UnsupportedProtocol,
)


@dataclass(frozen=True, slots=True)
class Carried:
    """What came back: a status, headers and the content's bytes, or a failure. ``unsent``: it provably never left."""

    status: int = 0
    headers: httpx.Headers = field(default_factory=httpx.Headers)
    content: bytes = b""
    duration_s: float = 0.0
    failure: ToolkitError | None = None
    unsent: bool = False
    interrupted: bool = False


class Courier:
    """Connections to one environment.

    TLS verification is never off, proxies and ``.netrc`` of the machine are not read, nothing but https goes
    beyond loopback, and no byte goes to another host.
    """

    def __init__(
        self,
        environment: Environment,
        *,
        transport: httpx.BaseTransport | None = None,
        timeout: httpx.Timeout | float = TIMEOUT,
        ca_bundle: str | None = None,
        proxy: str | None = None,
    ) -> None:
        self._environment = environment
        self._timeout = _limits(timeout)
        #: About how long one request may take, in seconds; after that nobody waits for its answer any more.
        self.patience_s = sum(self._timeout.values()) + ANSWER_WITHIN_S
        verify = _tls(ca_bundle)
        try:
            self._http = httpx.Client(transport=transport, verify=verify, proxy=proxy, trust_env=False)
            # only a real transport tells when the first byte leaves
            self._tells = transport is None or isinstance(transport, httpx.HTTPTransport)
        except (ValueError, httpx.InvalidURL, ImportError):  # a proxy's URL may hold a password: it is not repeated
            raise InputError("proxy is not the URL of a proxy.", hint="Pass e.g. http://proxy.example:3128.") from None

    def carry(self, prepared: Prepared[Any], credentials: Mapping[str, str], gate: Gate | None = None) -> Carried:
        """Send these bytes with these headers on top, and read what comes back. ``gate`` is passed right before that.

        Raises:
            InputError: the request is for another place than this environment.
        """
        place = f"{prepared.call.operation.name} on {self._environment.name}"
        if not prepared.url.startswith(self._environment.base_url + "/"):
            del credentials
            raise InputError(
                f"{place}: {prepared.url} is not at {self._environment.base_url}. Nothing was sent.",
                hint="Prepare it again with this client.",
            )
        try:
            request = httpx.Request(
                prepared.method,
                prepared.url,
                headers=[("Accept-Encoding", "identity"), *prepared.headers.items(), *credentials.items()],
                content=prepared.body,
                # as written: httpx would tidy the path, and other bytes than the signed ones would travel
                extensions={"target": _target(prepared.url), "timeout": self._timeout, **_traced(gate)},
            )
        except (ValueError, httpx.InvalidURL):
            request = None
        del credentials
        if request is None:
            raise InputError(
                f"{place}: this cannot be written as a request. Nothing was sent.", hint="Shorten what it says."
            )
        began, unsent, interrupted = time.perf_counter(), False, False
        try:
            if gate is not None:
                (gate.knock if self._tells else gate.leave)()
            response = self._http.send(request, stream=True, follow_redirects=False)
            try:
                content = _read(response)
            finally:
                response.close()
                self._http.cookies.clear()
            return Carried(response.status_code, response.headers, content, time.perf_counter() - began)
        except NotSent as stopped:  # the gate was shut
            return Carried(duration_s=time.perf_counter() - began, failure=stopped, unsent=True)
        except _PROVABLY_UNSENT as error:
            unsent, reason = True, _reason(error)
        except (httpx.TransportError, _GivenUp) as error:
            reason = _reason(error)
        except KeyboardInterrupt:  # told by the client, without the frames that hold this request
            interrupted, reason = True, "interrupted from the keyboard"
        except Exception as error:  # noqa: BLE001  # whatever a transport raises, the request may have left
            reason = f"{type(error).__name__}, unexpectedly"
        failure: ToolkitError = NoAnswer(f"{place}: no whole answer came back ({reason}).")
        if unsent:
            failure = (
                _untrusted(place, reason)
                if "CERTIFICATE" in reason
                else NotSent(f"{place}: nobody was reached ({reason}).")
            )
        return Carried(duration_s=time.perf_counter() - began, failure=failure, unsent=unsent, interrupted=interrupted)

    def close(self) -> None:
        """Close its connections."""
        self._http.close()


def _traced(gate: Gate | None) -> dict[str, Any]:
    if gate is None:
        return {}

    def heard(event: str, _: Mapping[str, Any]) -> None:
        if event.endswith("send_request_headers.started"):  # connected, TLS and all; httpcore's word for what is next
            gate.leave()

    return {"trace": heard}


class _GivenUp(Exception):
    """An answer that we stopped reading."""


def _read(response: httpx.Response) -> bytes:
    parts, size, until = [], 0, time.perf_counter() + ANSWER_WITHIN_S
    for part in response.iter_raw():
        size += len(part)
        if size > ANSWER_LIMIT:
            raise _GivenUp(f"more than {ANSWER_LIMIT} bytes")
        if time.perf_counter() > until:
            raise _GivenUp(f"it took longer than {ANSWER_WITHIN_S:.0f} s")
        parts.append(part)
    return b"".join(parts)


def _tls(ca_bundle: str | None) -> Any:
    if not ca_bundle:
        return True
    import ssl

    try:
        return ssl.create_default_context(cafile=ca_bundle)
    except (OSError, TypeError) as error:
        raise InputError(
            f"ca_bundle: {ca_bundle} cannot be used: {error}.", hint="Name a PEM file of certificates."
        ) from None


def _untrusted(place: str, reason: str) -> NotSent:
    hint = (
        'Behind a company\'s proxy, pass its certificates: Client(…, ca_bundle="company.pem"). '
        "Otherwise this may not be the service."
    )
    return NotSent(
        f"{place}: its certificate is not trusted, so nothing was sent ({reason}).", hint=hint, cause="certificate"
    )


def _limits(timeout: Any) -> dict[str, float]:
    try:
        limits = {name: float(value) for name, value in httpx.Timeout(timeout).as_dict().items()}  # type: ignore[arg-type]
    except (TypeError, ValueError):
        limits = {}
    if not limits or not all(0 < value < 10**6 for value in limits.values()):
        raise InputError("timeout must be seconds above 0; nothing here waits for ever.", hint="Pass e.g. 30.")
    return limits


def _target(url: str) -> bytes:
    return url[url.index("/", url.index("//") + 2) :].encode("ascii")


def _reason(error: Exception) -> str:
    return (str(error) or type(error).__name__).rstrip(".")

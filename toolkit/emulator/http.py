"""The emulator behind a port, for other programs and languages. Loopback by default.

``control`` is for people and tests, never for web pages: it asks for a token, and for a Host that
is this machine's.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import secrets
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from toolkit.base.validate import once, text
from toolkit.emulator import Emulator
from toolkit.emulator.api_keys import change_of
from toolkit.emulator.cobo import BASE
from toolkit.emulator.core import Received, Reply, digits, sendable, to_json
from toolkit.emulator.deliveries import Deliveries
from toolkit.emulator.faults import Fault
from toolkit.emulator.limits import ARRIVING_LIMIT, BODY_LIMIT, SMALL_BODY
from toolkit.errors import InputError
from toolkit.request.environment import is_loopback

if TYPE_CHECKING:
    import uvicorn

CONTROL = "/__emulator__"
TOKEN_HEADER = "x-emulator-token"  # noqa: S105  # the name of a header
CONTROL_PATHS = (
    "GET /ledger, /choices, /deliveries, /explain/{n}; "
    "PUT /faults, /clock, /holders/{tss_node_id}, /api_key; POST /reset"
)
DROPPED_HEADER = "X-Emulator-Ledger-Dropped"
PATIENCE_S = 10
BODY_TOO_LARGE = f"The request is too large: its body may have {BODY_LIMIT} bytes"
TOO_MANY_BODIES = f"Too many bodies arrive at once: they may have {ARRIVING_LIMIT} bytes together"
_JSON = (("Content-Type", "application/json"),)
# what this machine calls itself, where it listens on all of its addresses
_ITSELF = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104

Headers = tuple[tuple[str, str], ...]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class Door:
    """The ASGI application: it keeps the raw path, and hands a request over as it arrived.

    Whole or not at all. ``arriving`` counts the bytes of bodies that are not whole yet.
    ``deliveries``: where events are posted, if anywhere.
    """

    def __init__(
        self,
        emulator: Emulator,
        token: str,
        deliveries: Deliveries | None = None,
    ) -> None:
        self.emulator = emulator
        self.token = token
        self.deliveries = deliveries
        self.arriving = 0
        emulator.keep_secret(token)

    async def __call__(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
    ) -> None:
        if scope["type"] != "http":
            return
        headers = _headers(scope)
        body = await self.body_of(headers, receive)
        if body is None or await _gone(receive):
            return  # before all of it was here, or with something behind it that makes no sense
        reply = self._reply(scope, headers, body)
        length = str(len(reply.body))
        headers_out = (*reply.headers, ("Content-Length", length))
        fields = [(name.encode(), value.encode()) for name, value in headers_out]
        await send(
            {
                "type": "http.response.start",
                "status": reply.status,
                "headers": fields,
            }
        )
        await send({"type": "http.response.body", "body": reply.body})

    async def body_of(self, headers: Headers, receive: Receive) -> bytes | Reply | None:
        """All of the body; or the answer to one that cannot be taken.

        None where it never arrived whole.
        """
        refusal = _judge_declared(headers)
        if refusal is not None:
            return refusal
        body = bytearray()
        try:
            while True:
                event = await receive()
                if event["type"] != "http.request":
                    return None
                part = event.get("body", b"")
                self.arriving += len(part)
                body += part
                if len(body) > BODY_LIMIT:
                    return _refusal(413, BODY_TOO_LARGE)
                if self.arriving > ARRIVING_LIMIT and len(body) > SMALL_BODY:
                    return _refusal(503, TOO_MANY_BODIES)
                if not event.get("more_body"):
                    return bytes(body)
        finally:
            self.arriving -= len(body)

    def _reply(
        self,
        scope: Scope,
        headers: Headers,
        body: bytes | Reply,
    ) -> Reply:
        if isinstance(body, Reply):
            return body  # it was refused on its way
        received = _received(scope, headers, body)
        if received.path == CONTROL or received.path.startswith(CONTROL + "/"):
            return self._control(received)
        reply = self.emulator.answer(received)
        if self.deliveries is not None:
            self.deliveries.look()
        return reply

    def _control(self, received: Received) -> Reply:
        host = received.host.rpartition(":")[0] or received.host
        here = is_loopback(host.strip("[]"))
        token = received.header(TOKEN_HEADER).encode()
        if not here or not hmac.compare_digest(token, self.token.encode()):
            return _refusal(403, "The control door needs its token, and a Host of this machine")
        try:
            return self._controlled(received)
        except InputError as error:
            return _refusal(400, str(error))

    def _controlled(self, received: Received) -> Reply:
        """What the control door does, for those it lets in. Raises InputError."""
        path = received.path.removeprefix(CONTROL)
        match received.method, path:
            case "GET", _:
                return self._read(path)
            case "PUT", _:
                return self._set(path, received.body)
            case "POST", "/reset":
                self.emulator.reset()
                return _done({"reset": True})
        return _refusal(404, f"There is {CONTROL_PATHS}")

    def _set(self, path: str, body: bytes) -> Reply:
        """What befalls the world, by the control door. Raises InputError."""
        emulator = self.emulator
        match path:
            case "/faults":
                return _done(self._inject(_json(body)))
            case "/clock":
                emulator.advance(_field(body, "advance_ms"))
                return _done({"now_ms": emulator.clock.now_ms()})
            case "/api_key":
                change = change_of(_json(body))
                emulator.change_api_key(change)
                return _done(change)
            case path if path.startswith("/holders/"):
                node = unquote(path.removeprefix("/holders/"))
                state = _field(body, "state")
                emulator.set_holder(node, text(state, "state"))
                return _done({"tss_node_id": node, "state": state})
        return _refusal(404, f"There is {CONTROL_PATHS}")

    def _read(self, path: str) -> Reply:
        """What it tells, and changes nothing. Raises InputError."""
        if path == "/ledger":
            lines = [line.as_dict() for line in list(self.emulator.ledger)]
            dropped = (DROPPED_HEADER, str(self.emulator.ledger.dropped))
            return Reply(200, to_json(lines), (*_JSON, dropped))
        if path == "/choices":
            return _done(self.emulator.choices.described())
        if path == "/deliveries":
            return _done(self._delivered())
        if path.startswith("/explain/"):
            return self._explain(path.removeprefix("/explain/"))
        return _refusal(404, f"There is {CONTROL_PATHS}")

    def _delivered(self) -> list[dict[str, Any]]:
        """The latest webhooks and what became of them; none where none are posted."""
        if self.deliveries is None:
            return []
        return [delivery.as_dict() for delivery in self.deliveries.latest]

    def _explain(self, number: str) -> Reply:
        n = digits(number)
        if n is None:
            raise InputError("A request is named by its number.", hint="See n in the ledger.")
        return _done(self.emulator.explain(n).as_dict())

    def _inject(self, wanted: Any) -> dict[str, int]:
        if not isinstance(wanted, list):
            raise InputError(
                "Faults must be a list.",
                hint="Put the fault in brackets; [] takes all of them away.",
            )
        faults = [Fault.of(fields) for fields in wanted]
        self.emulator.inject(*faults)
        return {"waiting": len(faults)}


def _headers(scope: Scope) -> Headers:
    """The headers as they arrived, names in lower case."""
    headers = []
    for name, value in scope["headers"]:
        lower = name.decode("latin-1").lower()
        headers.append((lower, value.decode("latin-1")))
    return tuple(headers)


def _received(
    scope: Scope,
    headers: Headers,
    body: bytes,
) -> Received:
    target = scope["raw_path"].decode("latin-1")
    query = scope["query_string"].decode("latin-1")
    if query:
        target += f"?{query}"
    return Received(
        method=scope["method"],
        scheme=scope["scheme"],
        host=dict(headers).get("host", ""),
        target=target,
        headers=headers,
        body=body,
    )


def _judge_declared(headers: Headers) -> Reply | None:
    """The answer to a body that is announced as none that can be taken."""
    names = [name for name, _ in headers]
    if "content-length" in names and "transfer-encoding" in names:
        return _refusal(400, "Content-Length and Transfer-Encoding contradict each other")
    declared = "0"
    if "content-length" in names:
        _, declared = headers[names.index("content-length")]
    # more digits than are read as a number are too many bytes as well
    if (digits(declared) or 0) > BODY_LIMIT or len(declared) > 19:
        return _refusal(413, BODY_TOO_LARGE)
    return None


async def _gone(receive: Receive) -> bool:
    """Whether the connection has ended by now.

    The caller left, or the server ended it because of what came next.
    """
    waiting = asyncio.ensure_future(receive())
    await asyncio.sleep(0)
    if waiting.done():
        return bool(waiting.result()["type"] == "http.disconnect")
    waiting.cancel()
    return False


def _done(value: Any) -> Reply:
    return Reply(200, to_json(value), _JSON)


def _refusal(status: int, sentence: str) -> Reply:
    return Reply(status, to_json({"error": sendable(sentence)}), _JSON)


def _json(body: bytes) -> Any:
    """The body as JSON proper, each name once. Raises InputError."""

    try:
        return json.loads(
            body.decode(), object_pairs_hook=once(_twice), parse_constant=_no_constant
        )
    except RecursionError:
        reason = "it is nested too deeply"
    except InputError:
        raise
    except ValueError as error:
        reason = str(error)
    raise InputError(f"The body is not JSON: {reason}.", hint="Put it right and send it again.")


def _twice(name: str) -> InputError:
    return InputError(f"The body names {name!r} twice.", hint="Name each field once.")


def _no_constant(constant: str) -> None:
    raise InputError(f"The body has {constant}, which is no JSON.", hint="Write a number.")


def _field(body: bytes, name: str) -> Any:
    """The one field that the body must have. Raises InputError."""
    value = _json(body)
    if not isinstance(value, dict) or set(value) != {name}:
        raise InputError(
            f"The body must be an object with {name}, and nothing else.",
            hint=f'Send {{"{name}": …}}.',
        )
    return value[name]


def listen(host: str, port: int) -> socket.socket:
    """A listening socket.

    Without IPPROTO_TCP asyncio would leave Nagle's algorithm on: 40 ms an answer.
    """
    family = socket.AF_INET
    if ":" in host:
        family = socket.AF_INET6
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, port))
        sock.listen(128)
    except OSError as error:
        sock.close()
        raise InputError(
            f"{host} port {port} cannot be opened: {error.strerror}.",
            hint="Choose another, or --port 0.",
        ) from None
    return sock


def announcement(
    emulator: Emulator,
    url: str,
    token: str,
    webhook: str | None = None,
) -> dict[str, Any]:
    """Everything another program needs: printed as one JSON line.

    It holds the emulator's own throw-away keys; with ``webhook``, what a handler there verifies
    Privy's events with (Cobo's are signed by the key of its answers).
    """
    facts: dict[str, Any] = {
        "url": url,
        "cobo": {
            "base_url": url + BASE,
            "curve_type": "ED25519",
            "api_private_key": emulator.api_key.reveal_hex(),
            "response_public_key": emulator.response_public_key,
            "vault_id": emulator.vault_id,
        },
        "privy": {
            "base_url": url,
            "app_id": emulator.privy.app_id,
            "app_secret": emulator.privy.app_secret.reveal(),
        },
        "control": {"url": url + CONTROL, "token": token},
    }
    if webhook is not None:
        secret = emulator.webhook_secret.reveal()
        facts["webhook"] = {"url": webhook, "privy_signing_secret": secret}
    return facts


def server(
    emulator: Emulator,
    token: str,
    on_ready: Callable[[], None],
    deliveries: Deliveries | None = None,
) -> uvicorn.Server:
    """A uvicorn server that calls ``on_ready`` once it answers, and posts events if it is to.

    Raises:
        InputError: uvicorn is not installed.
    """
    try:
        import uvicorn
    except ImportError:
        raise InputError(
            "The emulator over HTTP needs uvicorn.",
            hint="pip install 'quorum-toolkit[emulator]'",
        ) from None

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            self.posting: asyncio.Task[None] | None = None
            if deliveries is not None:
                deliveries.look()  # what happens from now on is told
                self.posting = asyncio.create_task(deliveries.run())
                self.posting.add_done_callback(self._posting_ended)
            on_ready()

        def _posting_ended(self, task: asyncio.Task[None]) -> None:
            self.should_exit = True  # only an error of ours ends it

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            await super().shutdown(sockets)
            if self.posting is not None:
                self.posting.cancel()
                with suppress(asyncio.CancelledError):
                    await self.posting

    config = uvicorn.Config(
        Door(emulator, token, deliveries),
        http="h11",
        ws="none",
        lifespan="off",
        log_level="warning",
        access_log=False,
        date_header=False,
    )
    return Server(config)


def serve(
    emulator: Emulator,
    host: str,
    port: int,
    announce: Callable[[dict[str, Any]], None],
    webhook: str | None = None,
) -> None:
    """Serve until stopped; ``announce`` gets the JSON line's content once it listens.

    ``webhook``: URL of a handler on this computer, to which events are posted.
    """
    deliveries = Deliveries(emulator, webhook) if webhook is not None else None
    sock = listen(host, port)
    token = secrets.token_hex(16)

    def on_ready() -> None:
        announce(announcement(emulator, url_of(sock), token, webhook))

    running = server(emulator, token, on_ready, deliveries)
    asyncio.run(running.serve(sockets=[sock]))


@contextmanager
def serving(
    emulator: Emulator,
    host: str = "127.0.0.1",
    port: int = 0,
    webhook: str | None = None,
) -> Iterator[dict[str, Any]]:
    """Serve from a thread while the block runs; gives the same facts as the command's line."""
    deliveries = Deliveries(emulator, webhook) if webhook is not None else None
    sock = listen(host, port)
    token = secrets.token_hex(16)
    ready = threading.Event()
    running = server(emulator, token, ready.set, deliveries)
    thread = threading.Thread(
        target=lambda: asyncio.run(running.serve(sockets=[sock])),
        daemon=True,
    )
    thread.start()
    try:
        if not ready.wait(PATIENCE_S):
            raise InputError(
                f"The emulator did not start within {PATIENCE_S} s.",
                hint="Look at the messages above.",
            )
        yield announcement(emulator, url_of(sock), token, webhook)
    finally:
        running.should_exit = True
        thread.join(PATIENCE_S)


def url_of(sock: socket.socket) -> str:
    """The address of a listening socket as a URL."""
    host, port = sock.getsockname()[:2]
    host = _ITSELF.get(host, host)
    if ":" in host:
        host = f"[{host}]"
    return f"http://{host}:{port}"

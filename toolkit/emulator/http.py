"""The emulator behind a port, for other programs and languages. Loopback by default.

``control`` is for people and tests, never for web pages: it asks for a token, and for a Host that is this
machine's.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import secrets
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from toolkit.call import is_loopback
from toolkit.emulator import Emulator
from toolkit.emulator.cobo import BASE
from toolkit.emulator.core import Received, Reply, to_json
from toolkit.emulator.faults import Fault
from toolkit.errors import InputError

if TYPE_CHECKING:
    import uvicorn

CONTROL = "/__emulator__"
TOKEN_HEADER = "x-emulator-token"  # noqa: S105  # the name of a header
CONTROL_PATHS = "GET /ledger, /choices, /explain/{n}; PUT /faults, /clock, /holders/{tss_node_id}; POST /reset"
BODY_LIMIT = 8 * 1024 * 1024
_JSON = (("Content-Type", "application/json"),)
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class Door:
    """The ASGI application: it keeps the raw path, and hands the request over as it arrived."""

    def __init__(self, emulator: Emulator, token: str) -> None:
        self.emulator = emulator
        self.token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        body = bytearray()
        while True:
            event = await receive()
            body += event.get("body", b"")
            if not event.get("more_body") or len(body) > BODY_LIMIT:
                break
        headers = tuple((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in scope["headers"])
        query = scope["query_string"].decode("latin-1")
        received = Received(
            method=scope["method"],
            scheme=scope["scheme"],
            host=dict(headers).get("host", ""),
            target=scope["raw_path"].decode("latin-1") + (f"?{query}" if query else ""),
            headers=headers,
            body=bytes(body),
        )
        reply = self._reply(received)
        fields = [(name.encode(), value.encode()) for name, value in reply.headers]
        fields.append((b"Content-Length", str(len(reply.body)).encode()))
        await send({"type": "http.response.start", "status": reply.status, "headers": fields})
        await send({"type": "http.response.body", "body": reply.body})

    def _reply(self, received: Received) -> Reply:
        if len(received.body) > BODY_LIMIT:
            return Reply(413, b'{"error":"The request is too large"}', _JSON)
        if received.path.startswith(CONTROL + "/"):
            return self._control(received)
        return self.emulator.answer(received)

    def _control(self, received: Received) -> Reply:
        host = received.host.rpartition(":")[0] or received.host
        if not is_loopback(host.strip("[]")) or not hmac.compare_digest(
            received.header(TOKEN_HEADER).encode(), self.token.encode()
        ):
            return Reply(403, b'{"error":"The control door needs its token, and a Host of this machine"}', _JSON)
        match received.method, received.path.removeprefix(CONTROL):
            case "GET", "/ledger":
                return Reply(200, to_json([entry.as_dict() for entry in self.emulator.ledger]), _JSON)
            case "GET", "/choices":
                return Reply(200, to_json(self.emulator.choices.described()), _JSON)
            case "POST", "/reset":
                self.emulator.reset()
                return Reply(200, b'{"reset":true}', _JSON)
            case "GET", path if path.startswith("/explain/"):
                return self._told(lambda: self.emulator.explain(int(path.removeprefix("/explain/"))).as_dict())
            case "PUT", "/faults":
                return self._told(lambda: self._inject(json.loads(received.body)))
            case "PUT", "/clock":
                return self._told(lambda: self._advance(json.loads(received.body)["advance_ms"]))
            case "PUT", path if path.startswith("/holders/"):
                return self._told(
                    lambda: self._set_holder(
                        unquote(path.removeprefix("/holders/")), json.loads(received.body)["state"]
                    )
                )
        return Reply(404, to_json({"error": f"There is {CONTROL_PATHS}"}), _JSON)

    def _told(self, what: Callable[[], Any]) -> Reply:
        try:
            return Reply(200, to_json(what()), _JSON)
        except (ValueError, KeyError, TypeError) as error:
            return Reply(400, to_json({"error": f"{type(error).__name__}: {error}"}), _JSON)

    def _inject(self, wanted: list[dict[str, Any]]) -> dict[str, int]:
        faults = [Fault.of(fields) for fields in wanted]
        self.emulator.inject(*faults)
        return {"waiting": len(faults)}

    def _advance(self, milliseconds: int) -> dict[str, int]:
        if type(milliseconds) is not int or milliseconds < 0:
            raise InputError(
                "advance_ms must be a whole number of milliseconds, 0 or more.", hint="Time does not run back."
            )
        self.emulator.advance(milliseconds)
        return {"now_ms": self.emulator.clock.now_ms()}

    def _set_holder(self, tss_node_id: str, state: str) -> dict[str, str]:
        self.emulator.set_holder(tss_node_id, state)
        return {"tss_node_id": tss_node_id, "state": state}


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Without IPPROTO_TCP asyncio would leave Nagle's algorithm on: 40 ms an answer."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((host, port))
        sock.listen(128)
    except OSError as error:
        sock.close()
        raise InputError(
            f"{host} port {port} cannot be opened: {error.strerror}.", hint="Choose another, or --port 0."
        ) from None
    return sock


def announcement(emulator: Emulator, url: str, token: str) -> dict[str, Any]:
    """Everything another program needs: printed as one JSON line. It holds the emulator's own throw-away keys."""
    return {
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


def server(emulator: Emulator, token: str, on_ready: Callable[[], None]) -> uvicorn.Server:
    """A uvicorn server that calls ``on_ready`` once it answers.

    Raises:
        InputError: uvicorn is not installed.
    """
    try:
        import uvicorn
    except ImportError:
        raise InputError(
            "The emulator over HTTP needs uvicorn.", hint="pip install 'quorum-toolkit[emulator]'"
        ) from None

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            on_ready()

    config = uvicorn.Config(
        Door(emulator, token),
        http="h11",
        ws="none",
        lifespan="off",
        log_level="warning",
        access_log=False,
        date_header=False,
    )
    return Server(config)


def serve(emulator: Emulator, host: str, port: int, announce: Callable[[dict[str, Any]], None]) -> None:
    """Serve until stopped; ``announce`` gets the JSON line's content once it listens."""
    sock = listen(host, port)
    token = secrets.token_hex(16)
    running = server(emulator, token, lambda: announce(announcement(emulator, url_of(sock), token)))
    asyncio.run(running.serve(sockets=[sock]))


@contextmanager
def serving(emulator: Emulator, host: str = "127.0.0.1", port: int = 0) -> Iterator[dict[str, Any]]:
    """Serve from a thread while the block runs; gives the same facts as the command's JSON line."""
    sock = listen(host, port)
    token = secrets.token_hex(16)
    ready = threading.Event()
    running = server(emulator, token, ready.set)
    thread = threading.Thread(target=lambda: asyncio.run(running.serve(sockets=[sock])), daemon=True)
    thread.start()
    try:
        if not ready.wait(10):
            raise InputError("The emulator did not start within 10 s.", hint="Look at the messages above.")
        yield announcement(emulator, url_of(sock), token)
    finally:
        running.should_exit = True
        thread.join(10)


def url_of(sock: socket.socket) -> str:
    """The address of a listening socket as a URL."""
    host, port = sock.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  # what this machine calls itself
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

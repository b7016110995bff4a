"""A gateway between a client and the emulator, which answers as it likes: raw bytes, whatever was done behind it."""

from __future__ import annotations

import base64
import html
import http.client
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote, urlsplit


@dataclass
class Asked:
    """A request as it reached the gateway."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes


@dataclass
class Answer:
    """What the service behind it answered."""

    status: int
    reason: str
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""

    def raw(
        self, *more: tuple[str, str], reason: str | None = None, body: bytes | None = None
    ) -> bytes:
        """The answer as it travels, with more headers or another body."""
        content = self.body if body is None else body
        kept = [
            (name, value)
            for name, value in self.headers
            if name.lower() not in ("content-length", "connection")
        ]
        fields = [*kept, ("Content-Length", str(len(content))), *more]
        head = f"HTTP/1.1 {self.status} {self.reason if reason is None else reason}\r\n"
        return (head + "".join(f"{name}: {value}\r\n" for name, value in fields) + "\r\n").encode(
            "latin-1"
        ) + content


Bend = Callable[[Asked, Callable[[], Answer]], bytes]


@dataclass
class Gateway:
    """Where it listens, how it answers (to be changed at will), and how many connections it was asked for."""

    url: str
    bend: Bend
    connections: int = 0


def straight(asked: Asked, forward: Callable[[], Answer]) -> bytes:
    """As the service answered."""
    return forward().raw()


CREDENTIALS = ("authorization", "biz-api-signature", "privy-authorization-signature")


def echoed(asked: Asked) -> list[str]:
    """The credentials of a request, as a gateway could repeat them."""
    texts: list[str] = []
    for name, value in asked.headers:
        if name.lower() in CREDENTIALS:
            parts = [value, *value.removeprefix("Basic ").split(",")]
            if value.startswith("Basic "):
                parts.append(base64.b64decode(value[6:]).decode().partition(":")[2])
            for part in dict.fromkeys(parts):
                texts += (
                    part, part.upper(), quote(part, safe=""), quote(quote(part, safe=""), safe=""), html.escape(part),
                    "".join(f"&#{ord(character)};" for character in part), part.encode().hex(),
                    base64.b64encode(f"{name}: {part}".encode()).decode(),
                    base64.urlsafe_b64encode(part.encode()).decode().rstrip("="),
                    "".join(f"\\u{ord(character):04x}" for character in part),
                )  # fmt: skip
    return [text for text in texts if text.isascii()]


def echoing(asked: Asked, forward: Callable[[], Answer]) -> bytes:
    """As the service answered, and all that was sent repeated: in the headers, the reason, and an unsigned body."""
    answer, texts = forward(), echoed(asked)
    more = [(f"X-Echo-{at}", text) for at, text in enumerate(texts)]
    signed = any(name.lower().startswith("biz-resp") for name, _ in answer.headers)
    body = answer.body
    if not signed:
        try:
            fields = json.loads(body)
        except ValueError:
            fields = body.decode("latin-1")
        body = json.dumps(
            {**fields, "echo": texts} if isinstance(fields, dict) else [fields, *texts]
        ).encode()
    return answer.raw(*more, reason=" ".join(texts[:2]), body=body)


@contextmanager
def gateway(target: str, bend: Bend = straight) -> Iterator[Gateway]:
    """A gateway on a loopback port, in front of ``target``; it keeps connections open, as gateways do."""
    place = urlsplit(target)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 20

        def setup(self) -> None:
            super().setup()
            running.connections += 1

        def handle_one_request(self) -> None:
            self.raw_requestline = self.rfile.readline(65_537)
            if not self.raw_requestline or not self.parse_request():
                self.close_connection = True
                return
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            asked = Asked(self.command, self.path, list(self.headers.items()), body)
            answer = running.bend(asked, lambda: self._forwarded(asked))
            if answer:
                self.wfile.write(answer)
            else:
                self.close_connection = True

        def _forwarded(self, asked: Asked) -> Answer:
            behind = http.client.HTTPConnection(place.hostname or "", place.port, timeout=20)
            try:
                behind.putrequest(
                    asked.method, asked.target, skip_host=True, skip_accept_encoding=True
                )
                for name, value in asked.headers:
                    behind.putheader(name, value)
                behind.endheaders(asked.body)
                response = behind.getresponse()
                return Answer(
                    response.status, response.reason, response.getheaders(), response.read()
                )
            finally:
                behind.close()

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002  # its name in the library
            """Nothing is printed."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            """A client that goes away is no error here."""

    with Server(("127.0.0.1", 0), Handler) as server:
        running = Gateway(f"http://127.0.0.1:{server.server_address[1]}", bend)
        thread = threading.Thread(
            target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )
        thread.start()
        try:
            yield running
        finally:
            server.shutdown()
            thread.join(10)

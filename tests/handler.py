"""A webhook handler as users write them, on a port of its own: what it was posted waits in a queue."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

PATIENCE_S = 20


class Post(NamedTuple):
    """One request, as the handler saw it."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Handler:
    """Answers with these statuses, one after another, and with the last one from then on.

    ``hold``: an answer waits until it is set.
    """

    url: str
    statuses: list[int]
    posts: queue.Queue[Post] = field(default_factory=queue.Queue)
    hold: threading.Event = field(default_factory=threading.Event)

    def next(self) -> Post:
        """The next post; it fails where none comes."""
        return self.posts.get(timeout=PATIENCE_S)

    def status(self) -> int:
        return self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]


@contextmanager
def handling(*statuses: int, held: bool = False) -> Iterator[Handler]:
    """A handler on a free port, while the block runs."""

    class Answering(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # the standard library's name
            length = int(self.headers["Content-Length"])
            handler.posts.put(Post(self.path, dict(self.headers.items()), self.rfile.read(length)))
            handler.hold.wait(PATIENCE_S)
            status = handler.status()
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        server.daemon_threads = True
        handler = Handler(f"http://127.0.0.1:{server.server_port}/hook", list(statuses or (200,)))
        if not held:
            handler.hold.set()
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield handler
        finally:
            handler.hold.set()
            server.shutdown()
            thread.join(PATIENCE_S)

"""A small TCP relay that breaks connections on demand: what networks do, at the exact moment one asks for.

It stands between a client and the emulator's port, forwards whole HTTP/1.1 requests and answers, and treats the
next requests as told: ``drop-before-read``, ``drop-after-read`` (the server never sees it), ``drop-after-commit``
(the server answered, the caller never learns), ``half-answer``, ``delay`` (``delay_ms``), ``reset`` (RST),
``left-behind`` (the answer, and all its bytes once more: whoever uses the connection again finds them).
"""

from __future__ import annotations

import contextlib
import re
import socket
import struct
import threading
import time
from collections import deque
from types import TracebackType
from typing import Self

from toolkit.errors import InputError

KINDS = (
    "drop-before-read",
    "drop-after-read",
    "drop-after-commit",
    "half-answer",
    "delay",
    "reset",
    "left-behind",
)
PATIENCE_S = 10.0


class Relay:
    """Relays 127.0.0.1 to a port on this machine. Use as a context manager; ``url`` is its own address."""

    def __init__(self, target_url: str, *, delay_ms: int = 200) -> None:
        found = re.fullmatch(r"http://(127\.\d+\.\d+\.\d+|localhost):(\d+)", target_url)
        if not found:
            raise InputError(
                "The relay's target must be an http address on this machine.",
                hint="Use the emulator's url.",
            )
        self._target = (found[1], int(found[2]))
        self._delay_s = delay_ms / 1000
        self._faults: deque[str] = deque()
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._accept, daemon=True)

    def inject(self, kind: str, times: int = 1) -> None:
        """Break the next requests in this way.

        Raises:
            InputError: no such fault.
        """
        if kind not in KINDS:
            raise InputError(f"{kind!r} is no wire fault.", hint=f"There are {', '.join(KINDS)}.")
        with self._lock:
            self._faults.extend([kind] * times)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(PATIENCE_S)

    def _accept(self) -> None:
        while True:
            try:
                caller, _ = self._listener.accept()
            except OSError:
                return  # closed
            threading.Thread(target=self._serve, args=(caller,), daemon=True).start()

    def _next(self) -> str:
        with self._lock:
            return self._faults.popleft() if self._faults else ""

    def _serve(self, caller: socket.socket) -> None:
        caller.settimeout(PATIENCE_S)
        with caller, contextlib.suppress(OSError):
            while self._one(caller):
                pass

    def _one(self, caller: socket.socket) -> bool:
        """One request and its answer. Whether the connection goes on."""
        if not caller.recv(1, socket.MSG_PEEK):
            return False
        fault = self._next()
        if fault == "drop-before-read":
            return False
        if fault == "reset":  # linger of zero: close sends RST
            caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return False
        request = _message(caller)
        if fault == "drop-after-read":
            return False
        if fault == "delay":
            time.sleep(self._delay_s)
        with socket.create_connection(self._target, PATIENCE_S) as server:
            server.sendall(request)
            answer = _message(server)
        if fault == "drop-after-commit":
            return False
        sent = {"half-answer": answer[: len(answer) // 2], "left-behind": answer * 2}.get(
            fault, answer
        )
        caller.sendall(sent)
        return fault != "half-answer"


def _message(sock: socket.socket) -> bytes:
    """One whole HTTP message: head, and as much body as Content-Length says."""
    data = b""
    while b"\r\n\r\n" not in data:
        part = sock.recv(65_536)
        if not part:
            raise ConnectionError("the connection ended early")
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    length = re.search(rb"(?im)^content-length:\s*(\d+)", head)
    while len(body) < int(length[1] if length else 0):
        part = sock.recv(65_536)
        if not part:
            raise ConnectionError("the connection ended early")
        body += part
    return head + b"\r\n\r\n" + body

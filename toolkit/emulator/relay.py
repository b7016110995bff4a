"""A small TCP relay that breaks connections on demand: what networks do, when one asks for it.

It stands between a client and the emulator's port, forwards whole HTTP/1.1 requests and answers,
and treats the next requests as told:

- ``drop-before-read``, ``drop-after-read``: the server never sees the request;
- ``drop-after-commit``: the server answered, the caller never learns;
- ``half-answer``: the connection ends in the middle of the answer;
- ``delay``: the request waits for ``delay_ms``;
- ``reset``: the caller gets a RST;
- ``left-behind``: the answer, and all its bytes once more: whoever uses the connection again finds
  them.
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
PART = 65_536  # bytes read at a time
HEAD_END = b"\r\n\r\n"


class Relay:
    """Relays 127.0.0.1 to a port on this machine. ``url`` is its own address.

    Use it as a context manager.

    Raises:
        InputError: the target is no address on this machine.
    """

    def __init__(self, target_url: str, *, delay_ms: int = 200) -> None:
        address = re.fullmatch(r"http://(127\.\d+\.\d+\.\d+|localhost):(\d+)", target_url)
        if not address:
            raise InputError(
                "The relay's target must be an http address on this machine.",
                hint="Use the emulator's url.",
            )
        host, port = address.groups()
        self._target = (host, int(port))
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
            raise InputError(
                f"{kind!r} is no wire fault.",
                hint=f"There are {', '.join(KINDS)}.",
            )
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
            threading.Thread(
                target=self._serve,
                args=(caller,),
                daemon=True,
            ).start()

    def _next(self) -> str:
        with self._lock:
            if not self._faults:
                return ""
            return self._faults.popleft()

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
        if fault == "reset":
            at_once = struct.pack("ii", 1, 0)  # linger of zero: close sends RST
            caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
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
        if fault == "half-answer":
            caller.sendall(answer[: len(answer) // 2])
            return False
        if fault == "left-behind":
            answer += answer
        caller.sendall(answer)
        return True


def _message(sock: socket.socket) -> bytes:
    """One whole HTTP message: head, and as much body as Content-Length says."""
    data = b""
    while HEAD_END not in data:
        data += _part(sock)
    head, _, body = data.partition(HEAD_END)
    declared = re.search(rb"(?im)^content-length:\s*(\d+)", head)
    length = 0
    if declared:
        length = int(declared[1])
    while len(body) < length:
        body += _part(sock)
    return head + HEAD_END + body


def _part(sock: socket.socket) -> bytes:
    """What has arrived. Raises ConnectionError where nothing comes any more."""
    part = sock.recv(PART)
    if not part:
        raise ConnectionError("the connection ended early")
    return part

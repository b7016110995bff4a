"""A signing server that does nothing else, so that its own work does not hide a client's.

``python benchmarks/lean_server.py`` prints its port and serves until it is ended. It answers as
Cobo does, each answer signed for its own millisecond: a group to each POST, 50 groups of three to a
list, and one group to each read by id, ``SLOW_S`` later, as a service far away would.
"""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import nacl.signing

SEED = hashlib.sha256(b"the lean server").digest()
VAULT = "11111111-2222-3333-4444-555555555555"
LISTED = 50
SLOW_S = 0.02
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


def node(seat: int) -> str:
    """A node id of the shape that Cobo's have."""
    return "cobo" + "23456789"[seat] * 45


_HOLDERS = [
    {
        "name": f"Holder {seat}",
        "type": "API",
        "tss_node_id": node(seat),
        "online": True,
        "signer": False,
        "status": "Valid",
    }
    for seat in range(3)
]


def public_key() -> str:
    """What its answers are verified with, in hex."""
    return nacl.signing.SigningKey(SEED).verify_key.encode().hex()


def group(number: str) -> dict[str, object]:
    """A group as Cobo has it."""
    return {
        "key_share_holder_group_id": number,
        "type": "SigningGroup",
        "participants": 3,
        "threshold": 2,
        "status": "New",
        "created_timestamp": 1_700_000_000_000,
        "key_share_holders": _HOLDERS,
    }


_PAGE = {
    "data": [group(f"listed-{at}") for at in range(LISTED)],
    "pagination": {"before": "", "after": "", "total_count": LISTED},
}
_LIST = json.dumps(_PAGE, separators=(",", ":")).encode()


class Answering(asyncio.Protocol):
    """One connection."""

    key = nacl.signing.SigningKey(SEED)
    numbers = itertools.count()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._received = b""

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, ended, body = self._received.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if not ended or (length is not None and len(body) < int(length[1])):
            return
        self._received = b""
        method, target, _ = head.split(b" ", 2)
        if method == b"POST":
            self._answer(201, self._made(json.loads(body)))
        elif target.partition(b"?")[0].endswith(b"key_share_holder_groups"):
            self._answer(200, _LIST)
        else:
            number = target.rpartition(b"/")[2].decode()
            content = json.dumps(group(number)).encode()
            asyncio.get_running_loop().call_later(SLOW_S, self._answer, 200, content)

    def _made(self, asked: dict[str, object]) -> bytes:
        """Another group each time, of the holders that were asked for."""
        made = group(f"made-{next(self.numbers)}")
        made["type"] = asked["key_share_holder_group_type"]
        made["key_share_holders"] = asked["key_share_holders"]
        return json.dumps(made).encode()

    def _answer(self, status: int, content: bytes) -> None:
        stamp = str(time.time_ns() // 1_000_000).encode()
        digest = hashlib.sha256(hashlib.sha256(content + b"|" + stamp).digest()).digest()
        signature = self.key.sign(digest).signature.hex().encode()
        head = (
            b"HTTP/1.1 %d OK\r\nContent-Type: application/json\r\nBiz-Timestamp: %b\r\n"
            b"Biz-Resp-Signature: %b\r\nContent-Length: %d\r\n\r\n"
        )
        self._transport.write(head % (status, stamp, signature, len(content)) + content)


@contextmanager
def served() -> Iterator[str]:
    """The base URL of one in a process of its own."""
    command = [sys.executable, __file__]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}/v2"
        finally:
            process.terminate()


async def _serve() -> None:
    server = await asyncio.get_running_loop().create_server(Answering, "127.0.0.1", 0, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve())

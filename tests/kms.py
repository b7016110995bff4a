"""A KMS as tests play it: a program of its own that has the key, asked over a socket."""

from __future__ import annotations

import base64
import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from toolkit.keys import P256PublicKey

ROOT = Path(__file__).parents[1]

#: What runs in the other process: a line of base64 in, a line of base64 out.
_PROGRAM = """
import base64, json, socket, sys
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
key = ec.generate_private_key(ec.SECP256R1())
public = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
server = socket.create_server(("127.0.0.1", 0))
print(json.dumps({"port": server.getsockname()[1], "public": base64.b64encode(public).decode()}), flush=True)
while True:
    taken, _ = server.accept()
    with taken, taken.makefile("rw") as stream:
        message = base64.b64decode(stream.readline())
        stream.write(base64.b64encode(key.sign(message, ec.ECDSA(hashes.SHA256()))).decode() + "\\n")
"""


class Kms:
    """Signs elsewhere: the private key is in another process, and never in this one."""

    def __init__(self, public: str, port: int) -> None:
        self.public = P256PublicKey.parse(public)
        self.asked = 0
        self._port = port

    def sign(self, message: bytes) -> bytes:
        self.asked += 1
        there = socket.create_connection(("127.0.0.1", self._port), 10)
        with there, there.makefile("rw") as stream:
            stream.write(base64.b64encode(message).decode() + "\n")
            stream.flush()
            return base64.b64decode(stream.readline())


@contextmanager
def kms() -> Iterator[Kms]:
    """One running KMS."""
    program = subprocess.Popen(
        [sys.executable, "-c", _PROGRAM], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert program.stdout is not None
    try:
        facts = json.loads(program.stdout.readline())
        yield Kms(facts["public"], facts["port"])
    finally:
        program.kill()
        program.wait()
        program.stdout.close()

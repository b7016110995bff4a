"""Odd HTTP requests over a raw socket: each is answered or closed, never with 500, done whole or not at all.

A seed makes the same requests each time. ``TEST_CAMPAIGN=1`` runs twenty times as many.
"""

from __future__ import annotations

import base64
import json
import os
import re
import socket
import struct
import tracemalloc
from collections import Counter
from dataclasses import dataclass
from random import Random
from typing import Any
from urllib.parse import quote

import pytest

from tests.inside import ahead_ms
from toolkit import Emulator, cobo
from toolkit.cobo import signing
from toolkit.emulator.http import CONTROL, serving
from toolkit.emulator.limits import BODY_LIMIT, MEMORY_LIMIT, REFUSED

SEED = 20261126
IN_TESTS, IN_A_CAMPAIGN = 1_000, 20_000
COUNT = IN_A_CAMPAIGN if os.environ.get("TEST_CAMPAIGN") else IN_TESTS
PATIENCE_S = 30  # for one answer: a hang is a failure

METHODS = (
    "GET",
    "POST",
    "PUT",
    "PATCH",
    "DELETE",
    "HEAD",
    "OPTIONS",
    "TRACE",
    "CONNECT",
    "get",
    "PRI",
    "X" * 500,
    "!#$",
)
TEXTS = (
    "",
    "x",
    "0",
    "-1",
    "ü",
    "日本",
    "\u202e",
    "\x00",
    "\ud7ff",
    "\U0001f512",
    "a" * 300,
    "'\"<>",
    "%00",
    "../..",
    "null",
)
NUMBERS = (
    "0",
    "-1",
    "2",
    "3",
    "2.0",
    "1e3",
    "1e400",
    "-1e400",
    "9" * 19,
    "9" * 400,
    "9" * 5_000,
    "0x1",
    "NaN",
    "Infinity",
    "-0",
)
FIELDS = (
    "name", "vault_type", "project_id", "key_share_holder_group_type", "participants", "threshold", "key_share_holders", "tss_node_id",
    "signer", "type", "target_key_share_holder_group_id", "source_key_share_holder_group", "public_keys", "user_ids", "key_quorum_ids",
    "authorization_threshold", "display_name", "chain_type", "owner", "owner_id", "external_id", "additional_signers", "kind", "times",
    "status", "advance_ms", "state", "chance", "seed",
)  # fmt: skip
WORDS = (
    "Org-Controlled",
    "User-Controlled",
    "MainGroup",
    "SigningGroup",
    "RecoveryGroup",
    "API",
    "Mobile",
    "KeyGen",
    "ethereum",
    "online",
)


@dataclass(frozen=True)
class Odd:
    """One request: what is sent, whether all of it is, and how the caller goes."""

    kind: str
    data: bytes
    whole: bool = True
    end: str = "waits"


class Maker:
    """Makes odd requests for one emulator."""

    def __init__(self, emulator: Emulator, token: str, seed: int) -> None:
        self.emulator, self.token = emulator, token
        self.random = Random(seed)
        self.kinds = {
            self.service: 40, self.signed: 20, self.control: 15, self.cut: 12, self.chunked: 5, self.garbage: 5, self.large: 1, self.many: 2,
        }  # fmt: skip

    def make(self) -> Odd:
        (kind,) = self.random.choices(list(self.kinds), list(self.kinds.values()))
        return kind()

    # ---- parts ----

    def pick(self, options: Any) -> Any:
        return self.random.choice(options)

    def text(self) -> str:
        return self.pick(
            (*TEXTS, *WORDS, "".join(chr(self.random.randrange(32, 0xD7FF)) for _ in range(8)))
        )

    def value(self, depth: int = 0) -> str:
        """JSON, or nearly."""
        shape = self.random.randrange(10 if depth < 4 else 6)
        if shape < 3:
            return json.dumps(self.text(), ensure_ascii=self.random.random() < 0.5)
        if shape < 6:
            return str(self.pick((*NUMBERS, "true", "false", "null", '"\\ud800"', "{", "]", "")))
        items = [self.value(depth + 1) for _ in range(self.random.randrange(4))]
        if shape < 8:
            return "[" + ",".join(items) + "]"
        return "{" + ",".join(f'"{self.pick(FIELDS)}":{item}' for item in items) + "}"

    def body(self) -> bytes:
        shape = self.random.randrange(12)
        if shape == 0:
            return b""
        if shape == 1:
            return self.random.randbytes(self.random.randrange(200))
        if shape == 2:
            return self.pick((b"[", b'{"a":', b'[{"name":')) * self.pick((50, 101, 990, 20_000))
        if shape == 3:
            depth = self.pick((90, 101, 950, 5_000))
            return b"[" * depth + b"]" * depth
        if shape == 4:
            return b'{"' + self.pick(FIELDS).encode() + b'":1,"name":"x","name":"y"}'
        if shape == 5:
            return self.value().encode("utf-8", "surrogatepass") + self.pick(
                (b"", b"\x00", b"\xff", b" \n", b",", b"\xef\xbb\xbf")
            )
        fields = {self.pick(FIELDS): self.value() for _ in range(self.random.randrange(1, 6))}
        return ("{" + ",".join(f'"{name}":{value}' for name, value in fields.items()) + "}").encode(
            "utf-8", "replace"
        )

    def good_body(self, path: str = "") -> bytes:
        """One that a creation takes (that of the path, if there is one), or one field of it bent."""
        number = self.random.randrange(10**9)
        holders = [{"name": name, "type": "API", "tss_node_id": f"{name}{number}"} for name in "ab"]
        bodies: dict[str, dict[str, Any]] = {
            "vaults": {"name": f"V{number}", "vault_type": "Org-Controlled"},
            "key_quorums": {"user_ids": [f"did:privy:{number}"], "display_name": self.text()[:50]},
            "wallets": {"chain_type": "ethereum", "display_name": f"W{number}"},
            "key_share_holder_groups": {
                "key_share_holder_group_type": "RecoveryGroup", "participants": 2, "threshold": 2, "key_share_holders": holders,
            },
        }  # fmt: skip
        fields = bodies.get(path.rpartition("/")[2]) or self.pick(list(bodies.values()))
        text = json.dumps(fields)
        if self.random.random() < 0.5:
            bent = self.pick(list(fields))
            text = text.replace(json.dumps(fields[bent]), self.value(), 1)
        return text.encode("utf-8", "replace")

    def path(self) -> str:
        emulator = self.emulator
        vault, quorum = emulator.vault_id, self.pick(list(emulator.privy.quorums))
        wallet = self.pick(list(emulator.privy.wallets))
        path = self.pick(
            (
                "/v2/wallets/mpc/vaults", f"/v2/wallets/mpc/vaults/{vault}", f"/v2/wallets/mpc/vaults/{vault}/key_share_holder_groups",
                f"/v2/wallets/mpc/vaults/{vault}/key_share_holders", f"/v2/wallets/mpc/vaults/{vault}/tss_requests", "/v2/wallets/mpc/projects", "/v2/wallets",
                "/v2/wallets/mpc/cobo_key_holders", "/v2/developers/api_key_info", "/v1/key_quorums", f"/v1/key_quorums/{quorum}", "/v1/wallets",
                f"/v1/wallets/{wallet}", "/", "//", "/v2", "/v2/", "*", "http://127.0.0.1/v1/wallets", "http://a:b@h/v2/x", CONTROL, CONTROL + "/ledger",
                f"/v2/{quote(self.text())}", f"/v1/key_quorums/{quote(self.text())}/", "/v2/" + "a/" * 500, "/" + "%41" * 3_000,
            )
        )  # fmt: skip
        if self.random.random() < 0.4:
            names = (
                "limit",
                "before",
                "after",
                "vault_type",
                "cursor",
                "authorization_key",
                "chain_type",
                "token",
                "key_share_holder_group_type",
            )
            pairs = [
                f"{self.pick(names)}={quote(self.pick((self.text(), *NUMBERS)))}"
                for _ in range(self.random.randrange(4))
            ]
            path += "?" + self.pick(("&", ";", "&&")).join(pairs)
        return str(path)

    def headers(self) -> dict[str, str]:
        emulator = self.emulator
        pair = base64.b64encode(
            f"{emulator.privy.app_id}:{emulator.privy.app_secret.reveal()}".encode()
        ).decode()
        known = {
            "Authorization": f"Basic {pair}", "privy-app-id": emulator.privy.app_id, "Biz-Api-Key": emulator.api_key.public.to_hex(),
            "Biz-Api-Nonce": self.pick(NUMBERS), "Biz-Api-Signature": self.pick(("00" * 64, "zz", "", "30" * 35, "ab" * 8_000)),
            "privy-authorization-signature": self.pick(("AAAA", "MEUC,MEUC", ",,,", "MEUC," * 300)), "Content-Type": self.pick(("application/json", "text/plain", "json")),
            "privy-request-expiry": self.pick(NUMBERS),
        }  # fmt: skip
        odd = {
            "X-Odd": "\xff\xfe", "Accept-Encoding": "gzip, zstd", "Expect": "100-continue", "Upgrade": "websocket", "Connection": "Upgrade",
            "Cookie": "a" * 5_000, "X-Forwarded-Host": "evil.example", "Range": "bytes=0-", "Content-Encoding": "gzip", "X-Emulator-Token": "0" * 32,
        }  # fmt: skip
        kept = {name: value for name, value in known.items() if self.random.random() < 0.8}
        return kept | {name: value for name, value in odd.items() if self.random.random() < 0.05}

    @staticmethod
    def head(method: str, target: str, headers: dict[str, str], host: str = "127.0.0.1") -> bytes:
        lines = [
            f"{method} {target} HTTP/1.1",
            f"Host: {host}",
            *(f"{name}: {value}" for name, value in headers.items()),
        ]
        return "\r\n".join(lines).encode("latin-1", "replace")

    def framed(self, head: bytes, body: bytes) -> bytes:
        return head + b"\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(body) + body

    # ---- kinds ----

    def service(self) -> Odd:
        """To either service, with some credentials, whole."""
        body = self.pick((self.body, self.good_body))()
        return Odd(
            "service", self.framed(self.head(self.pick(METHODS), self.path(), self.headers()), body)
        )

    def signed(self) -> Odd:
        """To Cobo with a good signature, or to Privy with good credentials: it comes as far as the handlers."""
        method, path = self.pick(("GET", "POST", "PUT", "DELETE")), self.path()
        body = self.pick((self.body, self.good_body, self.good_body))()
        if self.random.random() < 0.5:
            vaults = "/v2/wallets/mpc/vaults"
            groups = f"{vaults}/{self.emulator.vault_id}/key_share_holder_groups"
            method, path = "POST", self.pick((vaults, groups, "/v1/key_quorums", "/v1/wallets"))
            body = self.good_body(path)
        nonce = str(self.random.randrange(10**13))
        target, _, query = path.partition("?")
        text = signing.message(method, target, nonce, query, "").encode() + body
        headers = self.headers() | {
            "Biz-Api-Key": self.emulator.api_key.public.to_hex(), "Biz-Api-Nonce": nonce, "Content-Type": "application/json",
            "Biz-Api-Signature": self.emulator.api_key.sign(signing.digest(text)).hex(),
        }  # fmt: skip
        headers = {
            name: value
            for name, value in headers.items()
            if name not in ("Expect", "Upgrade", "Connection")
        }
        return Odd("signed", self.framed(self.head(method, path, headers), body))

    def control(self) -> Odd:
        """To the control door, mostly with its token."""
        path = self.pick(
            (
                "/clock",
                "/faults",
                "/holders/x",
                "/holders/" + quote(self.text(), safe=""),
                "/ledger",
                "/choices",
                "/explain/1",
                f"/explain/{self.pick(NUMBERS)}",
                "/x",
                "",
            )
        )
        body = self.pick(
            (
                self.body(), f'{{"advance_ms":{self.pick(NUMBERS)}}}'.encode(), f'{{"state":{self.value()}}}'.encode("utf-8", "replace"),
                f'[{{"kind":"status-before","status":404,"times":{self.pick(NUMBERS)}}}]'.encode(), f"[{self.value()}]".encode("utf-8", "replace"),
            )
        )  # fmt: skip
        headers = {"X-Emulator-Token": self.token if self.random.random() < 0.9 else "x"}
        host = "127.0.0.1" if self.random.random() < 0.95 else "evil.example"
        return Odd(
            "control",
            self.framed(
                self.head(self.pick(("GET", "PUT", "PUT", "POST")), CONTROL + path, headers, host),
                body,
            ),
        )

    def cut(self) -> Odd:
        """A request that would be accepted, if all of it arrived."""
        method, path = (
            "POST",
            self.pick(("/v1/key_quorums", "/v1/wallets", "/v2/wallets/mpc/vaults")),
        )
        body = self.good_body(path)
        nonce = str(self.random.randrange(10**13))
        text = signing.message(method, path, nonce, "cut=1", "").encode() + body
        headers = self.headers() | {
            "Biz-Api-Signature": self.emulator.api_key.sign(signing.digest(text)).hex(),
            "Biz-Api-Nonce": nonce,
        }
        headers = {
            name: value
            for name, value in headers.items()
            if name not in ("Expect", "Upgrade", "Connection")
        }
        head = self.head(method, path + "?cut=1", headers)
        more = self.random.randrange(1, 50)
        sent = body[: self.random.randrange(len(body) + 1)]
        data = self.pick(
            (
                head + b"\r\nContent-Length: %d\r\n\r\n" % (len(body) + more) + body,
                head + b"\r\nContent-Length: %d\r\n\r\n" % (len(body) + 1) + sent,
                head + b"\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n" % len(body) + body,
                head + b"\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n" % len(body) + body + b"\r\n0\r\n",
                head + b"\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n" % len(body) + body + b"\r\nzz\r\n\r\n",
                head + b"\r\nTransfer-Encoding: chunked\r\nContent-Length: %d\r\n\r\n%x\r\n" % (len(body), len(body)) + body + b"\r\n0\r\n\r\n",
            )
        )  # fmt: skip
        return Odd("cut", data, False, self.pick(("half-closed", "closed", "reset")))

    def chunked(self) -> Odd:
        """Whole, in chunks of odd sizes, with extensions and trailers."""
        body, parts = self.body(), b""
        while body:
            size = self.random.randrange(1, 2_000)
            extension = self.pick((b"", b";a=b", b';x="y"'))
            parts += b"%X%s\r\n%s\r\n" % (len(body[:size]), extension, body[:size])
            body = body[size:]
        head = self.head("POST", self.path(), self.headers())
        return Odd(
            "chunked",
            head
            + b"\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
            + parts
            + b"0\r\n"
            + self.pick((b"", b"X: y\r\n"))
            + b"\r\n",
        )

    def garbage(self) -> Odd:
        """A head that is bent somewhere."""
        data = bytearray(
            self.framed(self.head("POST", "/v1/key_quorums?cut=1", self.headers()), b"{}")
        )
        for _ in range(self.random.randrange(1, 6)):
            at = self.random.randrange(len(data))
            data[at : at + self.random.randrange(2)] = self.random.randbytes(
                self.random.randrange(3)
            )
        if self.random.random() < 0.3:
            data = bytearray(self.random.randbytes(self.random.randrange(1, 400)))
        if self.random.random() < 0.1:
            data = bytearray(b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n")
        return Odd("garbage", bytes(data), False, "half-closed")

    def large(self) -> Odd:
        """About as large as is taken, or larger."""
        size = self.pick((BODY_LIMIT - 1, BODY_LIMIT, BODY_LIMIT + 1, 2 * BODY_LIMIT))
        body = self.pick(
            (
                b"[1," * (size // 3),
                b"\xf0\x9f\x94\x92" * (size // 4),
                b"9" * size,
                b"[" * size,
                b'{"user_ids":["' + b"u" * size + b'"]}',
            )
        )
        return Odd(
            "large", self.framed(self.head("POST", self.path(), self.headers()), body[:size])
        )

    def many(self) -> Odd:
        """Three requests in one go."""
        head = self.head("GET", self.path().replace("*", "/"), {})
        first = head + b"\r\n\r\n"
        return Odd("many", first + first + self.framed(head, b""))


def exchanged(address: tuple[str, int], odd: Odd) -> list[int]:
    """Statuses of the answers that came before the connection ended."""
    answer = b""
    with socket.create_connection(address, PATIENCE_S) as caller:
        try:
            caller.sendall(odd.data)
            if odd.end in ("closed", "reset"):
                if odd.end == "reset":
                    caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return []
            if odd.end == "half-closed":
                caller.shutdown(socket.SHUT_WR)
            while part := caller.recv(65_536):
                answer += part
        except (ConnectionResetError, BrokenPipeError):
            pass  # closed by the emulator while we were still sending: that is an end, too
    return [int(status) for status in re.findall(rb"(?m)^HTTP/1\.1 (\d{3}) ", answer)]


def state(emulator: Emulator) -> Any:
    """Everything that a request could change."""
    vaults = emulator.cobo.state
    return (
        dict(vaults.vaults), {vault: dict(groups) for vault, groups in vaults.groups.items()}, dict(vaults.nodes),
        dict(emulator.cobo.tss.requests), dict(emulator.privy.quorums), dict(emulator.privy.wallets), ahead_ms(emulator),
    )  # fmt: skip


@pytest.mark.parametrize("count", [COUNT])
def test_odd_requests(count: int, capsys: pytest.CaptureFixture[str]) -> None:
    """Each is answered or closed, none with 500; what changes was accepted whole; memory stays within the number."""
    emulator = Emulator.seeded(choices={"cobo.vault_name": "any"})
    statuses: Counter[tuple[str, int]] = Counter()
    seen = 0
    tracemalloc.start()
    try:
        with serving(emulator) as facts:
            address = ("127.0.0.1", int(facts["url"].rpartition(":")[2]))
            maker = Maker(emulator, facts["control"]["token"], SEED)
            before = state(emulator)
            for number in range(count):
                odd = maker.make()
                came = exchanged(address, odd)
                emulator.inject()
                say = f"request {number}, {odd.kind}: {odd.data[:3_000]!r}"
                statuses.update((odd.kind, status) for status in came or [0])
                assert all(status < 500 for status in came), f"{came}; {say}"
                assert came or not odd.whole, f"no answer; {say}"
                lines = [entry for entry in list(emulator.ledger) if entry.n > seen]
                seen = max([seen, *(entry.n for entry in lines)])
                assert not any(entry.trouble for entry in lines), f"{lines[-1].trouble}; {say}"
                if odd.kind == "cut":
                    assert not any(
                        "cut=1" in entry.target and entry.verdict == "accepted" for entry in lines
                    ), say
                after = state(emulator)
                if after != before:
                    changed = any(
                        entry.verdict == "accepted" and entry.method != "GET" for entry in lines
                    )
                    assert changed or (odd.kind == "control" and came == [200]), f"changed; {say}"
                    before = after
                if ahead_ms(emulator) > 86_400_000:
                    emulator.reset()  # the API key has a time to live
                    before, seen = state(emulator), 0
            assert emulator.cobo_client().send(cobo.get_api_key_info()).name == "treasury-bot"
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert "Traceback" not in capsys.readouterr().err
    with capsys.disabled():
        summary = Counter[str]()
        for (kind, status), times in statuses.items():
            summary[f"{kind} {status or 'closed'}"] += times
        print(f"\n{count} odd requests, peak {peak >> 20} MiB:", dict(sorted(summary.items())))
    assert sum(entry.verdict == "refused" for entry in emulator.ledger) <= REFUSED
    assert peak < MEMORY_LIMIT
    assert (
        sum(
            times
            for (kind, status), times in statuses.items()
            if kind == "signed" and status in (200, 201)
        )
        > count / 100
    )

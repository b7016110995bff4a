"""The emulator as a program: the JSON line, the control door, and who may not open it."""

from __future__ import annotations

import asyncio
import base64
import json
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from toolkit import Emulator, cobo, privy
from toolkit.emulator.http import Door, serving
from toolkit.emulator.limits import BODY_LIMIT
from toolkit.keys import Ed25519Key


@pytest.fixture(scope="module")
def facts() -> Iterator[dict[str, Any]]:
    command = [sys.executable, "-m", "toolkit", "emulator", "--world", "empty"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) in (0, -signal.SIGTERM)


def test_the_line_is_enough(facts: dict[str, Any]) -> None:
    """Another program can use both APIs with nothing but the JSON line."""
    assert set(facts) == {"url", "cobo", "privy", "control"}
    key = Ed25519Key.from_hex(facts["cobo"]["api_private_key"])
    place = cobo.Environment(facts["cobo"]["base_url"], facts["cobo"]["response_public_key"])
    with cobo.Client(key, environment=place) as custody:
        (vault,) = custody.send(cobo.list_mpc_vaults()).data
    assert vault.vault_id == facts["cobo"]["vault_id"]
    place_ = privy.Environment(facts["privy"]["base_url"])
    with privy.Client(
        facts["privy"]["app_id"], facts["privy"]["app_secret"], environment=place_
    ) as app:
        assert app.send(
            privy.create_key_quorum(privy.CreateKeyQuorumRequest(user_ids=["did:privy:x"]))
        ).id


def test_control(facts: dict[str, Any]) -> None:
    """With the token the ledger and the choices can be read, and the world reset."""
    control, token = facts["control"]["url"], {"X-Emulator-Token": facts["control"]["token"]}
    with httpx.Client(headers=token, trust_env=False) as client:
        ledger = client.get(control + "/ledger").json()
        assert [entry["operation"] for entry in ledger] == ["list_mpc_vaults", "create_key_quorum"]
        assert facts["privy"]["app_secret"] not in json.dumps(ledger)
        assert {choice["name"] for choice in client.get(control + "/choices").json()} >= {
            "cobo.nonce",
            "privy.member_twice",
        }
        assert client.post(control + "/reset").json() == {"reset": True}
        assert client.get(control + "/ledger").json() == []
        assert client.get(control + "/nothing").status_code == 404


def whole(emulator: Emulator) -> tuple[bytes, bytes]:
    """Head (without the body's length) and body of a request that makes a quorum."""
    pair = base64.b64encode(
        f"{emulator.privy.app_id}:{emulator.privy.app_secret.reveal()}".encode()
    ).decode()
    head = (
        f"POST /v1/key_quorums HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Basic {pair}\r\n"
        f"privy-app-id: {emulator.privy.app_id}\r\n"
    )
    return head.encode(), b'{"user_ids":["did:privy:x"]}'


def chunk(part: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(part), part)


CUT: list[tuple[str, bytes, bytes]] = [
    ("shorter than declared", b"Content-Length: 1000", b"BODY"),
    ("nothing of what was declared", b"Content-Length: 28", b""),
    ("one byte short, itself JSON", b"Content-Length: 29", b"BODY"),
    ("chunked, without an end", b"Transfer-Encoding: chunked", b"CHUNK"),
    ("chunked, cut in a chunk", b"Transfer-Encoding: chunked", b"1000\r\nBODY"),
    ("chunked, cut in the end", b"Transfer-Encoding: chunked", b"CHUNK0\r\n"),
    ("chunked, a bad size after it", b"Transfer-Encoding: chunked", b"CHUNKzz\r\n\r\n"),
    (
        "chunked, and a length",
        b"Transfer-Encoding: chunked\r\nContent-Length: 28",
        b"CHUNK0\r\n\r\n",
    ),
    ("two lengths", b"Content-Length: 28\r\nContent-Length: 27", b"BODY"),
    ("a length that is none", b"Content-Length: +28", b"BODY"),
]


@pytest.mark.parametrize("end", ["half-closed", "closed", "reset"])
@pytest.mark.parametrize(
    ("length", "body"), [case[1:] for case in CUT], ids=[case[0] for case in CUT]
)
def test_a_request_that_never_arrived_whole_is_not_done(
    emulator: Emulator, length: bytes, body: bytes, end: str
) -> None:
    """However the caller goes before all of the body is here: nothing is made, and the next request is served."""
    head, content = whole(emulator)
    body = body.replace(b"CHUNK", chunk(content)).replace(b"BODY", content)
    before = dict(emulator.privy.quorums)
    with serving(emulator) as facts:
        address = ("127.0.0.1", int(facts["url"].rpartition(":")[2]))
        with socket.create_connection(address, 10) as caller:
            caller.sendall(head + length + b"\r\n\r\n" + body)
            if end == "half-closed":
                caller.shutdown(socket.SHUT_WR)
                while caller.recv(65_536):
                    pass
            if end == "reset":
                caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        with socket.create_connection(
            address, 10
        ) as caller:  # served after the one before, on the same loop
            caller.sendall(head + b"Content-Length: %d\r\n\r\n" % len(content) + content)
            assert b" 200 " in caller.recv(65_536)
    assert len(emulator.privy.quorums) == len(before) + 1
    assert [entry.operation for entry in emulator.ledger] == ["create_key_quorum"]


def test_what_is_told_400_is_not_done(emulator: Emulator) -> None:
    """A whole request with bytes behind it that make no sense: done and told so, or neither (servers differ in which)."""
    head, content = whole(emulator)
    before = len(emulator.privy.quorums)
    answer = b""
    with serving(emulator) as facts:
        address = ("127.0.0.1", int(facts["url"].rpartition(":")[2]))
        with socket.create_connection(address, 10) as caller:
            length = b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(content)
            caller.sendall(head + length + content + b"{}")
            while part := caller.recv(65_536):
                answer += part
    assert len(emulator.privy.quorums) - before == answer.startswith(b"HTTP/1.1 200 ")


EVENTS: list[tuple[str, list[dict[str, Any]]]] = [
    ("gone at once", [{"type": "http.disconnect"}]),
    (
        "gone after a part",
        [{"type": "http.request", "body": b"BODY", "more_body": True}, {"type": "http.disconnect"}],
    ),
    (
        "gone after two",
        [
            {"type": "http.request", "body": b"BODY", "more_body": True},
            {"type": "http.request", "body": b"", "more_body": True},
            {"type": "http.disconnect"},
        ],
    ),
    (
        "larger than the limit",
        [{"type": "http.request", "body": b"BODY" + b" " * (BODY_LIMIT // 2), "more_body": True}]
        * 2
        + [{"type": "http.request", "body": b"", "more_body": False}],
    ),
]


@pytest.mark.parametrize("events", [case[1] for case in EVENTS], ids=[case[0] for case in EVENTS])
def test_what_the_door_hands_over(emulator: Emulator, events: list[dict[str, Any]]) -> None:
    """The application does nothing with a body that is not whole, and answers only to somebody who is there."""
    head, content = whole(emulator)
    fields = [line.split(": ", 1) for line in head.decode().splitlines()[1:]]
    scope = {
        "type": "http", "method": "POST", "scheme": "http", "raw_path": b"/v1/key_quorums", "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in fields],
    }  # fmt: skip
    waiting = iter(events)
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        event = next(waiting)
        return (
            event | {"body": event["body"].replace(b"BODY", content)} if "body" in event else event
        )

    async def send(event: Any) -> None:
        sent.append(event)

    before = dict(emulator.privy.quorums)
    asyncio.run(Door(emulator, "0" * 32)(scope, receive, send))
    assert emulator.privy.quorums == before
    assert emulator.ledger == []
    gone = events[-1]["type"] == "http.disconnect"
    assert [event["status"] for event in sent if "status" in event] == ([] if gone else [413])


def test_a_body_that_is_too_large_is_refused_unread(emulator: Emulator) -> None:
    """Declared or sent: beyond the limit it is 413, nothing is done, and the connection can go on or ends."""
    with serving(emulator) as facts, httpx.Client(base_url=facts["url"], trust_env=False) as client:
        assert client.post("/v1/key_quorums", content=b" " * (BODY_LIMIT + 1)).status_code == 413
        assert (
            client.post("/v1/key_quorums", content=iter([b" " * BODY_LIMIT] * 3)).status_code == 413
        )
        assert client.post("/v1/key_quorums", content=b" " * BODY_LIMIT).status_code == 401
    assert len(emulator.ledger) == 1


DEEP = b"[" * 100_000
ODD_CONTROLS: list[tuple[str, str, bytes, str]] = [
    (method, path, body, word)
    for method, path, name, value in (
        ("PUT", "/clock", "advance_ms", b"1"),
        ("PUT", "/holders/x", "state", b'"online"'),
    )
    for body, word in (
        (b"", "not JSON"),
        (b"\xff", "not JSON"),
        (b"\x00", "not JSON"),
        (b"1", "object"),
        (b"[]", "object"),
        (b"null", "object"),
        (b"{}", "object"),
        (DEEP, "nested"),
        (b'{"' + name.encode() + b'":' + DEEP, "nested"),
        (b'{"' + name.encode() + b'":NaN}', "NaN"),
        (b'{"' + name.encode() + b'":' + b"1" * 5_000 + b"}", "not JSON"),
        (b'{"' + name.encode() + b'":null}', "must be"),
        (b'{"' + name.encode() + b'":true}', "must be"),
        (b'{"' + name.encode() + b'":[1]}', "must be"),
        (b'{"' + name.encode() + b'":1.5}', "must be"),
        (b'{"' + name.encode() + b'":' + value + b',"' + name.encode() + b'":' + value + b"}", "twice"),
        (b'{"' + name.encode() + b'":' + value + b',"x":1}', "nothing else"),
    )
] + [
    ("PUT", "/clock", b'{"advance_ms":-1}', "0 or more"),
    ("PUT", "/clock", b'{"advance_ms":253402300800000}', "a hundred years"),
    ("PUT", "/clock", b'{"advance_ms":9223372036854775807}', "a hundred years"),
    ("PUT", "/clock", b'{"advance_ms":' + b"9" * 4_000 + b"}", "a hundred years"),
    ("PUT", "/holders/", b'{"state":"online"}', "tss_node_id"),
    ("PUT", "/holders/" + "x" * 2_000, b'{"state":"online"}', "tss_node_id"),
    ("PUT", "/holders/x", b'{"state":"moon"}', "cannot be"),
    ("PUT", "/faults", b"{}", "list"),
    ("PUT", "/faults", b"5", "list"),
    ("PUT", "/faults", DEEP, "nested"),
    ("PUT", "/faults", b"[5]", "object"),
    ("PUT", "/faults", b"[[]]", "object"),
    ("PUT", "/faults", b"[{}]", "kind"),
    ("PUT", "/faults", b'[{"kind":[]}]', "kind"),
    ("PUT", "/faults", b'[{"kind":"status-before","kind":"late-commit"}]', "twice"),
    ("PUT", "/faults", b'[{"kind":"status-before","status":"500"}]', "status"),
    ("PUT", "/faults", b'[{"kind":"status-before","status":' + b"9" * 4_000 + b"}]", "status"),
    ("PUT", "/faults", b'[{"kind":"status-before","chance":NaN}]', "NaN"),
    ("PUT", "/faults", b'[{"kind":"status-before","chance":Infinity}]', "Infinity"),
    ("PUT", "/faults", b'[{"kind":"status-before","seed":[]}]', "seed"),
    ("PUT", "/faults", b'[{"kind":"status-before","seed":1.5}]', "seed"),
    ("PUT", "/faults", b'[{"kind":"status-before","seed":' + b"9" * 4_000 + b"}]", "seed"),
    ("PUT", "/faults", b'[{"kind":"status-before","operation":{}}]', "operation"),
    ("PUT", "/faults", b'[{"kind":"status-before","operation":"' + b"*" * 1_000 + b'"}]', "operation"),
    ("PUT", "/faults", b'[{"kind":"status-before","retry_after_s":-1}]', "retry_after_s"),
    ("PUT", "/faults", b'[{"kind":"status-before","retry_after_s":' + b"9" * 4_000 + b"}]", "retry_after_s"),
    ("PUT", "/faults", b'[{"kind":"status-before","times":1e400}]', "times"),
    ("PUT", "/faults", b"[" + b'{"kind":"status-before"},' * 1_000 + b'{"kind":"status-before"}]', "At most"),
    ("GET", "/explain/", b"", "number"),
    ("GET", "/explain/x", b"", "number"),
    ("GET", "/explain/-1", b"", "number"),
    ("GET", "/explain/1.0", b"", "number"),
    ("GET", "/explain/%31", b"", "number"),
    ("GET", "/explain/1_0", b"", "number"),
    ("GET", "/explain/0", b"", "counted from 1"),
    ("GET", "/explain/7", b"", "no request 7"),
    ("GET", "/explain/9223372036854775808", b"", "no request"),
    ("GET", "/explain/" + "9" * 5_000, b"", "number"),
]  # fmt: skip


def test_odd_controls(emulator: Emulator) -> None:
    """Whatever the control door is told that makes no sense is a 400 with a sentence; nothing changes, all goes on."""
    now = emulator.clock.now_ms()
    with serving(emulator) as facts:
        headers = {"X-Emulator-Token": facts["control"]["token"]}
        with httpx.Client(
            base_url=facts["control"]["url"], headers=headers, trust_env=False
        ) as client:
            for method, path, body, word in ODD_CONTROLS:
                answer = client.request(method, path, content=body)
                assert answer.status_code == 400, (method, path[:50], body[:50])
                assert word in answer.json()["error"], (method, path[:50], body[:50], answer.text)
            assert client.put("/clock", content=b'{"advance_ms": 5}').status_code == 200
    assert emulator.clock.now_ms() - now < 3_600_000
    assert emulator.faults.waiting == []
    assert emulator.cobo_client().send(cobo.get_api_key_info()).name == "treasury-bot"


INTRUDERS: list[tuple[str, dict[str, str]]] = [
    ("no token", {}),
    ("wrong token", {"X-Emulator-Token": "0" * 32}),
    ("a web page's Host (DNS rebinding)", {"X-Emulator-Token": "TOKEN", "Host": "evil.example"}),
    (
        "a Host that begins like ours",
        {"X-Emulator-Token": "TOKEN", "Host": "127.0.0.1.evil.example:80"},
    ),
]


@pytest.mark.parametrize(
    "headers", [case[1] for case in INTRUDERS], ids=[case[0] for case in INTRUDERS]
)
@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/ledger"), ("GET", "/choices"), ("POST", "/reset")]
)
def test_intruders(facts: dict[str, Any], headers: dict[str, str], method: str, path: str) -> None:
    """Without the token, or under a name that is not this machine's, the control door stays shut."""
    token = facts["control"]["token"]
    sent = {name: value.replace("TOKEN", token) for name, value in headers.items()}
    response = httpx.request(method, facts["control"]["url"] + path, headers=sent, trust_env=False)
    assert response.status_code == 403
    assert "access-control-allow-origin" not in response.headers


def test_a_preflight_gets_no_permission(facts: dict[str, Any]) -> None:
    """A browser that asks on behalf of another origin is given none."""
    headers = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    response = httpx.options(facts["control"]["url"] + "/reset", headers=headers, trust_env=False)
    assert response.status_code == 403
    assert not any(name.startswith("access-control") for name in response.headers)


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "toolkit", *arguments],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("emulator", "--world", "moon"), "There is no world 'moon'"),
        (("emulator", "--choice", "cobo.moon=x"), "no choice of the emulator"),
        (("emulator", "--host", "192.0.2.1"), "cannot be opened"),
        (("emulator", "--port", "70000"), "70000"),
    ],
)
def test_bad_options(arguments: tuple[str, ...], sentence: str) -> None:
    """A wrong option ends with one sentence, not with a traceback."""
    done = run(*arguments)
    assert done.returncode != 0
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr

"""A hostile network: redirects, false certificates, bombs and endless answers; no byte where none belongs."""

from __future__ import annotations

import datetime
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import httpx
import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from toolkit import Emulator, cobo, privy
from toolkit.errors import AnswerRefused, InDoubt, InputError, NoAnswer, NotSent
from toolkit.request.call import Call

QUORUM = privy.create_key_quorum(privy.CreateKeyQuorumRequest(user_ids=["did:privy:x"]))
ANSWER = b'{"id":"q","authorization_keys":[],"user_ids":["did:privy:x"]}'


class Server:
    """A server that gives one raw answer to everything, and keeps every byte that it got."""

    def __init__(
        self, answer: bytes = b"", host: str = "127.0.0.1", tls: ssl.SSLContext | None = None
    ) -> None:
        self.answer, self.tls = answer, tls
        self.received: list[bytes] = []
        self.connections = 0
        self._listener = socket.create_server((host, 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def _serve(self) -> None:
        while True:
            try:
                plain, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            plain.settimeout(5)
            try:
                with self.tls.wrap_socket(plain, server_side=True) if self.tls else plain as caller:
                    self.received.append(_request(caller))
                    caller.sendall(self.answer)
            except OSError:
                plain.close()  # the caller did not trust us, or had enough

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)


def _request(caller: socket.socket) -> bytes:
    """One whole request, or what there is of it."""
    data = b""
    while part := caller.recv(65_536):
        data += part
        head, end, body = data.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: (\d+)", head)
        if end and len(body) >= int(length[1] if length else 0):
            break
    return data


def http(status: str, *headers: str, body: bytes = b"") -> bytes:
    lines = [
        f"HTTP/1.1 {status}",
        f"Content-Length: {len(body)}",
        "Connection: close",
        *headers,
        "",
        "",
    ]
    return "\r\n".join(lines).encode() + body


@contextmanager
def app_at(url: str, **options: Any) -> Iterator[privy.Client]:
    with privy.Client(
        "app", "secret", environment=privy.Environment(url), timeout=5, **options
    ) as client:
        yield client


# ---- redirects ------------------------------------------------------------------------------------

STATUSES = [
    "301 Moved Permanently",
    "302 Found",
    "303 See Other",
    "307 Temporary Redirect",
    "308 Permanent Redirect",
]
TARGETS: dict[str, Callable[[Server, Server, Server], str]] = {
    "same host": lambda here, port, host: f"https://127.0.0.1:{here.port}/elsewhere",
    "other port": lambda here, port, host: f"http://127.0.0.1:{port.port}/v1/key_quorums",
    "other host": lambda here, port, host: f"http://127.0.0.2:{host.port}/v1/key_quorums",
    "http downgrade": lambda here, port, host: f"http://127.0.0.1:{here.port}/v1/key_quorums",
    "userinfo": lambda here, port, host: (
        f"http://127.0.0.1:{here.port}@127.0.0.2:{host.port}/v1/key_quorums"
    ),
    "protocol-relative": lambda here, port, host: f"//127.0.0.2:{host.port}/v1/key_quorums",
}


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def ca_bundle(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("tls") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


def serving_as(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("status", STATUSES)
def test_redirects(authority: trustme.CA, ca_bundle: str, status: str, target: str) -> None:
    """No redirect of a signed call is followed: one request here, not a byte anywhere else, and a change is in doubt."""
    tls = serving_as(authority.issue_cert("127.0.0.1"))
    with Server(tls=tls) as here, Server() as port, Server(host="127.0.0.2") as host:
        here.answer = http(status, f"Location: {TARGETS[target](here, port, host)}")
        with app_at(f"https://127.0.0.1:{here.port}", ca_bundle=ca_bundle) as app:
            read = app.exchange(privy.get_key_quorum("q"))
            change = app.exchange(QUORUM)
        assert isinstance(read.error, AnswerRefused)
        assert isinstance(change.error, InDoubt)
        assert read.error.cause == "redirect"
        assert [line.split()[:2] for line in here.received] == [
            [b"GET", b"/v1/key_quorums/q"],
            [b"POST", b"/v1/key_quorums"],
        ]
        assert port.connections == host.connections == 0


# ---- TLS ------------------------------------------------------------------------------------------


def _self_signed(path: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now).not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


YESTERDAY = datetime.datetime(2020, 1, 2, tzinfo=datetime.UTC)
FALSE = {
    "expired": lambda ca, path: serving_as(ca.issue_cert("127.0.0.1", not_after=YESTERDAY)),
    "self-signed": lambda ca, path: _self_signed(path / "self.pem"),
    "wrong name": lambda ca, path: serving_as(ca.issue_cert("127.0.0.9")),
    "unknown CA": lambda ca, path: serving_as(trustme.CA().issue_cert("127.0.0.1")),
}


@pytest.mark.parametrize("kind", FALSE)
def test_false_certificates(
    authority: trustme.CA, ca_bundle: str, tmp_path: Path, kind: str
) -> None:
    """A certificate that does not hold gets no byte of ours; the change is provably not sent, and may be sent again."""
    with Server(http("200 OK", body=ANSWER), tls=FALSE[kind](authority, tmp_path)) as server:
        with app_at(f"https://127.0.0.1:{server.port}", ca_bundle=ca_bundle) as app:
            exchange = app.exchange(QUORUM)
            assert app.journal.entries()[-1].state == "unsent"
        assert exchange.outcome == "refused"
        assert isinstance(exchange.error, NotSent)
        assert "certificate" in str(exchange.error)
        assert b"".join(server.received) == b""
        assert server.connections == exchange.tries == 3


def test_a_true_certificate(authority: trustme.CA, ca_bundle: str, tmp_path: Path) -> None:
    """The same server with a certificate that holds is answered; without the bundle it is unknown; a bundle must be one."""
    with Server(
        http("200 OK", body=ANSWER), tls=serving_as(authority.issue_cert("127.0.0.1"))
    ) as server:
        url = f"https://127.0.0.1:{server.port}"
        with app_at(url, ca_bundle=ca_bundle) as app:
            assert app.send(QUORUM).id == "q"
        with app_at(url) as app:
            assert isinstance(app.exchange(QUORUM).error, NotSent)
    (tmp_path / "notes.pem").write_text("no certificates")
    for path in (tmp_path / "notes.pem", tmp_path / "missing.pem"):
        with pytest.raises(InputError, match="ca_bundle"):
            privy.Client("app", "secret", ca_bundle=str(path))


# ---- answers that are too much --------------------------------------------------------------------

ENDLESS = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"
    + b"[" * 60_000
)
BAD: list[tuple[str, bytes, str]] = [
    ("truncated", b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n{", "o whole answer"),
    (
        "cut chunk",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n50\r\n{",
        "o whole answer",
    ),
    ("not HTTP", b"SSH-2.0-OpenSSH\r\n", "o whole answer"),
    ("nothing", b"", "o whole answer"),
    ("oversized", ENDLESS, "more than 50000 bytes"),
    (
        "huge headers",
        b"HTTP/1.1 200 OK\r\n" + b"X: " + b"y" * 200_000 + b"\r\n\r\n",
        "o whole answer",
    ),
    (
        "two lengths",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        "o whole answer",
    ),
    (
        "compressed bomb",
        http("200 OK", "Content-Encoding: gzip", body=b"\x1f\x8b" + b"\x00" * 99),
        "compressed (gzip)",
    ),
    ("HTML", http("200 OK", "Content-Type: text/html", body=b"<html>"), "text/html, not JSON"),
]


@pytest.mark.parametrize(
    ("answer", "words"), [case[1:] for case in BAD], ids=[case[0] for case in BAD]
)
def test_bad_answers(monkeypatch: pytest.MonkeyPatch, answer: bytes, words: str) -> None:
    """A change with such an answer is in doubt and sent once; a read is an error. Nothing else ever comes out."""
    monkeypatch.setattr("toolkit.transport.http.ANSWER_LIMIT", 50_000)
    with Server(answer) as server, app_at(f"http://127.0.0.1:{server.port}") as app:
        change = app.exchange(QUORUM)
        assert len(server.received) == 1
        assert isinstance(change.error, InDoubt)
        assert words in str(change.error)
        read = app.exchange(privy.get_key_quorum("q"))
        assert read.error is not None
        assert read.decoded is None


def test_an_answer_that_drips(monkeypatch: pytest.MonkeyPatch) -> None:
    """However steadily it drips, an answer has an end."""
    monkeypatch.setattr("toolkit.transport.http.ANSWER_WITHIN_S", 0.05)

    class Drip(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            for _ in range(1000):
                threading.Event().wait(0.01)
                yield b" "

    transport = httpx.MockTransport(lambda request: httpx.Response(200, stream=Drip()))
    app = privy.Client(
        "app",
        "secret",
        environment=privy.Environment("https://emulator.invalid"),
        transport=transport,
    )
    error = app.exchange(app.prepare(privy.get_key_quorum("q"))).error
    assert isinstance(error, NoAnswer)
    assert "took longer" in str(error)


@pytest.mark.parametrize("timeout", [None, 0, -1, httpx.Timeout(None)])
def test_timeouts_cannot_be_off(emulator: Emulator, timeout: Any) -> None:
    """Nothing here waits for ever."""
    with pytest.raises(InputError, match="timeout"):
        emulator.cobo_client(timeout=timeout)


# ---- where a request may go -----------------------------------------------------------------------


def test_whatever_a_transport_raises(emulator: Emulator) -> None:
    """An exception that nobody expected is no traceback of a stranger: the change is in doubt."""

    def broken(request: httpx.Request) -> httpx.Response:
        raise ZeroDivisionError("inside some transport")

    app = emulator.privy_client(transport=httpx.MockTransport(broken))
    exchange = app.exchange(QUORUM)
    assert isinstance(exchange.error, InDoubt)
    assert "ZeroDivisionError, unexpectedly" in str(exchange.error)


def _raising(error: Exception) -> httpx.MockTransport:
    def handle(request: httpx.Request) -> httpx.Response:
        raise error

    return httpx.MockTransport(handle)


RAISED = [httpx.ConnectError("no"), httpx.ReadTimeout("slow"), ZeroDivisionError("a bug"), httpx.ReadError("cut")]  # fmt: skip


@pytest.mark.parametrize("error", RAISED, ids=lambda error: type(error).__name__)
def test_a_test_double_is_no_network(error: Exception) -> None:
    """What a transport of one's own raises is told as that: nobody is sent to look at a network that had no part in it."""
    with privy.Client(
        "cmabc", "s", environment=privy.Environment("https://privy.test"), transport=_raising(error)
    ) as app:
        refused = app.exchange(app.prepare(privy.get_key_quorum("q"))).error
    assert isinstance(refused, NoAnswer | NotSent)
    assert "network" not in str(refused)
    assert "transport=" in refused.hint


def test_nobody_listens() -> None:
    """Where a real connection fails, the base URL and the network are what there is to look at."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with app_at(f"http://127.0.0.1:{port}") as app:
        refused = app.exchange(app.prepare(privy.get_key_quorum("q"))).error
    assert isinstance(refused, NotSent)
    assert "the network" in refused.hint


CERTIFICATES: list[tuple[str, str, int]] = [
    ("https: once for reads and changes", "https://127.0.0.1:9", 1),
    ("loopback without https: never", "http://127.0.0.1:9", 0),
]


@pytest.mark.parametrize(
    ("url", "times"), [case[1:] for case in CERTIFICATES], ids=[case[0] for case in CERTIFICATES]
)
def test_certificates_are_read_when_needed(
    monkeypatch: pytest.MonkeyPatch, url: str, times: int
) -> None:
    """They take a while to read: not before something is sent, once for all, and none where none is shown."""
    read, asked = httpx.create_ssl_context, []

    def counted(**options: Any) -> ssl.SSLContext:
        asked.append(options)
        return read(**options)

    monkeypatch.setattr(httpx, "create_ssl_context", counted)
    with app_at(url) as app:
        assert asked == []
        request = privy.CreateKeyQuorumRequest(user_ids=["did:privy:x"])
        for call in (privy.get_key_quorum("q"), privy.create_key_quorum(request)):
            assert isinstance(app.exchange(app.prepare(call)).error, NotSent)
    assert asked == times * [{"trust_env": False}]


def test_a_closed_client_sends_nothing(emulator: Emulator) -> None:
    """Through a client that is closed nothing is read and nothing is changed, and it says so."""
    app = emulator.privy_client()
    app.close()
    made = privy.create_key_quorum(privy.CreateKeyQuorumRequest(user_ids=["did:privy:x"]))
    for call in (privy.get_key_quorum("q"), made):
        with pytest.raises(InputError, match="this client is closed"):
            app.send(call)
    assert emulator.ledger == []
    assert app.pending() == ()


def test_not_beyond_the_environment(emulator: Emulator) -> None:
    """A Prepared whose address was bent is not sent, and its entry says so."""
    from dataclasses import replace

    custody = emulator.cobo_client()
    prepared = custody.prepare(cobo.get_api_key_info())
    for url in (
        "https://elsewhere.invalid/v2/x",
        "https://emulator.invalid.evil/v2/x",
        "https://emulator.invalid/v2evil",
    ):
        with pytest.raises(InputError, match="Nothing was sent"):
            custody.send(replace(prepared, url=url, ticket=url))
    vault = custody.prepare(
        cobo.create_mpc_vault(cobo.CreateMpcVaultRequest(name="N", vault_type="Org-Controlled"))
    )
    with pytest.raises(InputError, match="Nothing was sent"):
        custody.send(replace(vault, url="https://elsewhere.invalid/v2/x"))
    assert emulator.ledger == []
    assert [entry.state for entry in emulator.journal.entries()] == ["unsent"]


def hostile_ids() -> Iterator[str]:
    """Five hundred ids that would rather be a path, a query or another host."""
    parts = ["..", ".", "/", "\\", "%2e", "%2F", "%252f", "?", "#", "@", ":", ";", "&", "=", " ", "é", "\u202e", "a", "..%2f", "//h.invalid", "http://h.invalid/", "%00", "%0d%0a", "*", "~", "|"]  # fmt: skip
    made = [a + b + c for a in parts for b in parts for c in ("", "x", "/../../")]
    yield from [identifier for identifier in made if identifier not in (".", "..")][:500]


def test_hostile_path_ids(emulator: Emulator) -> None:
    """An id stays one segment of its own path, whatever it holds; or it is refused by name."""
    custody, app = emulator.cobo_client(), emulator.privy_client()
    sent = 0
    for identifier in hostile_ids():
        calls: list[tuple[Any, Callable[[str], Call[Any]]]] = [
            (custody, cobo.get_mpc_vault_by_id),
            (app, privy.get_key_quorum),
        ]
        for client, build in calls:
            try:
                call = build(identifier)
            except InputError:
                continue
            before = len(emulator.ledger)
            assert client.exchange(call).error is not None
            sent += 1
            (entry,) = emulator.ledger[before:]
            assert entry.operation == call.operation.name
            assert entry.target.count("/") == client.prepare(call).url.count("/") - 2
            assert not set(entry.target) & set("?#\\ ")
            assert entry.verdict == "refused"
    assert sent > 900

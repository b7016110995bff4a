"""A proxy: the one that is passed, told rightly where it cannot be used; the machine's own is named and not read."""

from __future__ import annotations

import os
import socket
import ssl
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
import trustme

from toolkit import privy
from toolkit.client.journal import Journal
from toolkit.errors import InputError, NotSent
from toolkit.transport import proxy as proxies
from toolkit.transport.proxy import must_be_proxy, unread_variable

PASSWORD = "hunter2hunter2"
WRONG: list[tuple[str, object, str, str]] = [
    ("no scheme", f"me:{PASSWORD}@proxy.example:3128", "not the URL of a proxy", "http://proxy.example"),
    ("a word", "nonsense", "not the URL of a proxy", "http://proxy.example"),
    ("no host", "http://", "not the URL of a proxy", "http://proxy.example"),
    ("no port", f"http://me:{PASSWORD}@proxy.example:port", "not the URL of a proxy", "http://proxy.example"),
    ("half a bracket", "http://[::1", "not the URL of a proxy", "http://proxy.example"),
    ("SOCKS 4", f"socks4://me:{PASSWORD}@proxy.example:1080", "kind socks4://", "socks5://"),
    ("FTP", "ftp://proxy.example", "kind ftp://", "http://"),
    ("SOCKS 5", f"socks5://me:{PASSWORD}@proxy.example:1080", "needs the package socksio", "pip install 'httpx[socks]'"),
    ("SOCKS 5, names there", "SOCKS5h://proxy.example:1080", "needs the package socksio", "pip install 'httpx[socks]'"),
    ("bytes", b"http://proxy.example", "must be its URL as text, not bytes", "http://proxy.example"),
    ("a mapping", {"https": "x"}, "must be its URL as text, not dict", "http://proxy.example"),
]  # fmt: skip


@pytest.fixture
def no_socks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without the extra."""
    monkeypatch.setattr(proxies, "find_spec", lambda name: None)
    monkeypatch.setitem(sys.modules, "socksio", None)


@pytest.mark.parametrize(
    ("value", "what", "remedy"), [case[1:] for case in WRONG], ids=[case[0] for case in WRONG]
)
def test_what_cannot_be_used(no_socks: None, value: Any, what: str, remedy: str) -> None:
    """The error says what it is, names the remedy, and repeats no password; a client is refused with it."""
    here = privy.Environment("https://privy.test")
    for act in (
        lambda: must_be_proxy(value),
        lambda: privy.Client("cmabc", "s", environment=here, proxy=value),
    ):
        with pytest.raises(InputError, match=r"^proxy") as caught:
            act()
        assert what in caught.value.what
        assert remedy in caught.value.hint
        assert PASSWORD not in str(caught.value)


def test_empty_is_unset(no_socks: None) -> None:
    """As a variable that is set to nothing: no proxy."""
    privy.Client(
        "cmabc", "s", environment=privy.Environment("https://privy.test"), proxy=""
    ).close()


RIGHT = [None, "http://proxy.example:3128", "https://proxy.example", "HTTP://proxy.example", f"http://me:{PASSWORD}@[::1]:3128"]  # fmt: skip


@pytest.mark.parametrize("value", RIGHT)
def test_what_can_be_used(value: str | None) -> None:
    """HTTP and HTTPS proxies, with and without a password, need nothing more."""
    must_be_proxy(value)
    privy.Client(
        "cmabc", "s", environment=privy.Environment("https://privy.test"), proxy=value
    ).close()


def test_socks_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the extra is installed a SOCKS proxy is taken."""
    monkeypatch.setattr(proxies, "find_spec", lambda name: name == "socksio" or None)
    must_be_proxy("socks5://proxy.example:1080")


# ---- what passes through it -----------------------------------------------------------------------


@pytest.fixture
def listener() -> Iterator[tuple[str, list[bytes]]]:
    """A proxy that refuses everybody, and what it was asked for."""
    asked: list[bytes] = []
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                caller, _ = server.accept()
            except OSError:
                return
            with caller:
                asked.append(caller.recv(4_096))
                caller.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")

    threading.Thread(target=serve, daemon=True).start()
    yield f"http://127.0.0.1:{server.getsockname()[1]}", asked
    server.close()


def test_the_proxy_that_is_passed_is_used(listener: tuple[str, list[bytes]]) -> None:
    """The proxy is asked for the service's host and no other; its refusal is told with the proxy as what to look at."""
    url, asked = listener
    here = privy.Environment("https://privy.test")
    with privy.Client("cmabc", "s", environment=here, proxy=url) as app:
        error = app.exchange(app.prepare(privy.get_key_quorum("q"))).error
    assert isinstance(error, NotSent)
    assert "the proxy that was passed" in error.hint
    assert [request.split()[:2] for request in asked] == [[b"CONNECT", b"privy.test:443"]]
    assert b"Authorization" not in asked[0]


@pytest.fixture
def tunnel(tmp_path: Path) -> Iterator[tuple[str, str, list[bytes]]]:
    """A proxy that lets through, here to a service of its own: its URL, the certificates, and what came."""
    authority = trustme.CA()
    certificates = tmp_path / "company.pem"
    authority.cert_pem.write_to_path(certificates)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("privy.test").configure_cert(tls)
    came: list[bytes] = []
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                caller, _ = server.accept()
            except OSError:
                return
            came.append(caller.recv(4_096))
            caller.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            with tls.wrap_socket(caller, server_side=True) as inside:
                came.append(inside.recv(65_536))
                while came[-1].startswith(b"POST") and not came[-1].endswith(b"}"):
                    came[-1] += inside.recv(65_536)  # what is left unread would break the answer
                body = b'{"id":"q","authorization_keys":[],"user_ids":["did:privy:x"]}'
                head = (
                    f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
                )
                inside.sendall(head.encode() + body)

    threading.Thread(target=serve, daemon=True).start()
    yield f"http://me:{PASSWORD}@127.0.0.1:{server.getsockname()[1]}", str(certificates), came
    server.close()


def test_through_a_companys_proxy(tunnel: tuple[str, str, list[bytes]]) -> None:
    """With proxy and certificates passed, reads and changes reach the service: the proxy is asked for the host alone."""
    url, certificates, came = tunnel
    here = privy.Environment("https://privy.test")
    options: dict[str, Any] = {"proxy": url, "ca_bundle": certificates, "journal": Journal()}
    with privy.Client("cmabc", "s3cret-of-the-app", environment=here, **options) as app:
        assert app.send(privy.get_key_quorum("q")).id == "q"
        request = privy.CreateKeyQuorumRequest(user_ids=["did:privy:x"])
        assert app.send(privy.create_key_quorum(request)).id == "q"
    asked, read, asked_again, change = came
    for opening in (asked, asked_again):
        assert opening.startswith(b"CONNECT privy.test:443 HTTP/1.1\r\n")
        assert b"privy-app-id" not in opening
        assert opening.count(b"uthorization:") == 1  # the proxy's own
    assert read.startswith(b"GET /v1/key_quorums/q HTTP/1.1\r\n")
    assert change.startswith(b"POST /v1/key_quorums HTTP/1.1\r\n")


def test_a_path_that_httpx_would_tidy() -> None:
    """Where the bytes of the path could not travel as they are written, a proxied request stays here."""
    here = privy.Environment("https://privy.test")
    with privy.Client("cmabc", "s", environment=here, proxy="http://127.0.0.1:9") as app:
        prepared = app.prepare(privy.get_key_quorum("q"))
        bent = replace(prepared, url="https://privy.test/v1/./key_quorums/q")
        with pytest.raises(InputError, match="cannot pass a proxy"):
            app.exchange(bent)


# ---- the machine's own ----------------------------------------------------------------------------

VARIABLES: list[tuple[str, dict[str, str], str, str]] = [
    ("none", {}, "https://privy.test", ""),
    ("upper case", {"HTTPS_PROXY": "http://p:1"}, "https://privy.test", "HTTPS_PROXY"),
    ("lower case", {"https_proxy": "http://p:1"}, "https://privy.test", "https_proxy"),
    ("all", {"ALL_PROXY": "socks5://p:1"}, "https://privy.test", "ALL_PROXY"),
    ("set but empty", {"HTTPS_PROXY": ""}, "https://privy.test", ""),
    ("for http alone", {"HTTP_PROXY": "http://p:1"}, "https://privy.test", ""),
    ("excepted", {"HTTPS_PROXY": "http://p:1", "NO_PROXY": "privy.test"}, "https://privy.test", ""),
    ("another excepted", {"HTTPS_PROXY": "http://p:1", "NO_PROXY": "cobo.com"}, "https://privy.test", "HTTPS_PROXY"),
]  # fmt: skip


@pytest.fixture
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the machine's own."""
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


@pytest.mark.parametrize(
    ("variables", "url", "named"), [case[1:] for case in VARIABLES], ids=[case[0] for case in VARIABLES]
)  # fmt: skip
def test_variables(
    no_variables: None,
    monkeypatch: pytest.MonkeyPatch,
    variables: dict[str, str],
    url: str,
    named: str,
) -> None:
    """The variable that would apply to this address is named, as other programs read it."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert unread_variable(url) == named


@pytest.mark.parametrize("is_set", [True, False])
def test_it_is_named_where_nobody_was_reached(
    no_variables: None, monkeypatch: pytest.MonkeyPatch, is_set: bool
) -> None:
    """Set and not read: said where the direct way fails, with what to pass; its password is not repeated. Unset: no word of it."""
    if is_set:
        monkeypatch.setenv("HTTPS_PROXY", f"http://me:{PASSWORD}@proxy.example:3128")
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    here = privy.Environment(f"https://127.0.0.1:{port}")
    with privy.Client("cmabc", "s", environment=here) as app:
        error = app.exchange(app.prepare(privy.get_key_quorum("q"))).error
    assert isinstance(error, NotSent)
    assert ("HTTPS_PROXY" in error.hint) is is_set
    assert ("proxy" in error.hint.lower()) is is_set
    assert PASSWORD not in str(error)


def test_the_machines_own_is_not_used(
    no_variables: None, monkeypatch: pytest.MonkeyPatch, listener: tuple[str, list[bytes]]
) -> None:
    """What the machine sets sends nothing anywhere."""
    url, asked = listener
    monkeypatch.setenv("HTTPS_PROXY", url)
    transport = httpx.MockTransport(lambda request: httpx.Response(200, json={"id": "q"}))
    here = privy.Environment("https://privy.test")
    with privy.Client("cmabc", "s", environment=here, transport=transport) as app:
        app.exchange(privy.get_key_quorum("q"))
    with privy.Client("cmabc", "s", environment=here) as app:
        app.exchange(app.prepare(privy.get_key_quorum("q")))
    assert asked == []

"""Echoes: what was sent as a credential is struck, however an answer spells it, and nothing else is."""

from __future__ import annotations

import base64
import gzip
import html
import json
import logging
from collections.abc import Callable
from urllib.parse import quote

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.gateway import echoing, gateway
from toolkit import Emulator, privy
from toolkit.emulator.http import serving
from toolkit.transport.echoes import STRUCK, Echoes, struck_from_logs

SECRET = "s3cr3t+of/an=app_with-odd.letters"
SIGNATURE = "MEUCIQDx/8+kq0zXJb1oZpDq5uWb0Yd0mC3t9pS5b3x1p2Q7xwIgYk+u3w=="
HEX = "0f1e2d3c4b5a69788796a5b4c3d2e1f0" * 4
BASIC = base64.b64encode(f"app-id:{SECRET}".encode()).decode()
ECHOES = Echoes(
    {
        "Authorization": f"Basic {BASIC}",
        "privy-authorization-signature": SIGNATURE,
        "Biz-Api-Signature": HEX,
    }
)

SPELLINGS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "percent": lambda text: quote(text, safe=""),
    "percent, every character": lambda text: "".join(
        f"%{ord(character):02x}" for character in text
    ),
    "percent, twice": lambda text: quote(quote(text, safe=""), safe=""),
    "HTML": html.escape,
    "HTML, decimal": lambda text: "".join(f"&#{ord(character)};" for character in text),
    "HTML, hexadecimal": lambda text: "".join(f"&#x{ord(character):X};" for character in text),
    "JSON": lambda text: json.dumps(text)[1:-1].replace("/", "\\/"),
    "JSON, every character": lambda text: "".join(f"\\u{ord(character):04x}" for character in text),
    "JSON in JSON": lambda text: json.dumps(json.dumps(text))[1:-1],
    "bytes of Python": lambda text: "".join(f"\\x{ord(character):02x}" for character in text),
    "hex": lambda text: text.encode().hex(),
    "hex, upper case": lambda text: text.encode().hex().upper(),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64, one in": lambda text: base64.b64encode(f"x{text}y".encode()).decode(),
    "base64, two in": lambda text: base64.b64encode(f"xy{text}".encode()).decode(),
    "base64url": lambda text: base64.urlsafe_b64encode(text.encode()).decode().rstrip("="),
    "base64, wrapped": lambda text: base64.encodebytes(text.encode() * 3).decode(),
    "wrapped": lambda text: "\n".join(text[at : at + 16] for at in range(0, len(text), 16)),
}


@pytest.mark.parametrize("spell", SPELLINGS.values(), ids=SPELLINGS)
@pytest.mark.parametrize(
    "secret", [SECRET, BASIC, SIGNATURE, HEX], ids=["secret", "pair", "signature", "hex"]
)
def test_every_usual_spelling(secret: str, spell: Callable[[str], str]) -> None:
    """What stood there is gone, and what stood around it is as it was."""
    before, after = '{"before": "%zz & \\q", "echo": "', '", "after": 1}'
    answer = ECHOES.strike(f"{before}{spell(secret)}{after}".encode())
    assert STRUCK in answer
    assert spell(secret).encode() not in answer
    assert answer.startswith(before.encode())
    assert answer.endswith(after.encode())


@given(st.binary(max_size=4_000))
def test_nothing_else_is_touched(content: bytes) -> None:
    """An answer that repeats nothing stays as it came, byte for byte."""
    assert ECHOES.strike(content) == content
    assert ECHOES.strike(content, proven=True) == content


def test_a_long_answer() -> None:
    """Where the answer is longer than is read at a time, what lies across the cut is found."""
    spelled = quote(SECRET, safe="").encode()
    for at in (0, 1_048_000, 1_048_570, 1_048_576, 2_000_000):
        content = b"%20" + b"x" * at + spelled + b"y" * 1_500_000
        answer = ECHOES.strike(content)
        assert spelled not in answer
        assert len(answer) == len(content) - len(spelled) + len(STRUCK)


def test_what_is_packed() -> None:
    """A compressed answer is looked into as far as its first megabyte; what cannot be looked into is not kept."""
    assert ECHOES.in_packed(gzip.compress(SECRET.encode()), "gzip") is True
    assert ECHOES.in_packed(gzip.compress(b"nothing"), "gzip") is False
    assert ECHOES.in_packed(gzip.compress(b"x" * 50_000_000), "gzip") is False
    assert ECHOES.in_packed(b"anything", "br") is None


def test_no_spelling_of_its_own() -> None:
    """What knows the credentials does not show them."""
    assert SECRET not in repr(ECHOES) + str(ECHOES)


def test_logs(caplog: pytest.LogCaptureFixture) -> None:
    """What the HTTP libraries log of such an answer has no credential in it; other people's records are as they were."""
    logger = logging.getLogger("httpcore.http11")
    with caplog.at_level(logging.DEBUG, logger="httpcore.http11"):
        with struck_from_logs(ECHOES):
            logger.debug("headers %r", [("echo", SECRET)])
        logger.debug("headers %r", "of another client")
    assert SECRET not in caplog.text
    assert "of another client" in caplog.text


def test_marked_as_struck(emulator: Emulator) -> None:
    """The exchange says that something was struck, with the SHA-256 of what came; so does the error's evidence."""
    with serving(emulator) as facts, gateway(facts["url"], echoing) as through:
        here = privy.Environment(through.url, "EMULATOR")
        secret = facts["privy"]["app_secret"]
        with privy.Client(facts["privy"]["app_id"], secret, environment=here) as app:
            exchange = app.exchange(privy.get_key_quorum("none"))
    assert len(exchange.struck) == 64
    assert exchange.error is not None
    assert dict(exchange.error.evidence)["struck"].endswith(exchange.struck)
    assert STRUCK in exchange.content
    assert secret not in repr(exchange.headers) + exchange.content.decode() + str(exchange.error)


def test_a_transport_that_repeats(emulator: Emulator) -> None:
    """What a transport raises may hold what was sent: the error says the rest of it."""

    def repeat(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadError(f"while sending {request.headers['authorization']}")

    app = emulator.privy_client(transport=httpx.MockTransport(repeat))
    error = app.exchange(privy.list_wallets()).error
    assert "while sending Basic [struck" in str(error)

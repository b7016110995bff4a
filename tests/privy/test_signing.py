"""Every vector of privy_signing.json comes out as stated: made with the official Node and Python SDKs."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
import rfc8785

from toolkit import privy
from toolkit.emulator import Emulator
from toolkit.emulator.core import Clock, LedgerLine, Received, answered
from toolkit.errors import InputError
from toolkit.keys import P256Key, P256PublicKey
from toolkit.privy import signing

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "vectors" / "privy_signing.json").read_text()
)
KEYS = {name: P256Key.from_base64(key["pkcs8_base64"]) for name, key in VECTORS["keys"].items()}
BY_ID = {vector["id"]: vector for vector in VECTORS["vectors"]}
named = {"ids": lambda vector: vector["id"]}
NO_BODY = "kq-delete"


def message_of(given: dict[str, Any]) -> str:
    body = signing.parsed(given["body_json"].encode()) if "body_json" in given else ""
    return signing.message(given["method"], given["url"], given["headers"], body)


def verified(text: str, name: str, signature: str) -> bool:
    import base64

    return KEYS[name].public.verify(base64.b64decode(signature), text.encode())


@pytest.mark.parametrize(("name", "key"), VECTORS["keys"].items())
def test_keys(name: str, key: dict[str, str]) -> None:
    """Each spelling of a test key, prefix included, is the same key with the stated public half."""
    loaded = P256Key.from_base64(key["wallet_auth"])
    assert loaded == KEYS[name]
    assert loaded.public.to_base64() == key["public_key_spki_base64"]
    assert P256PublicKey.from_pem(key["public_key_pem"]) == loaded.public


@pytest.mark.parametrize("vector", VECTORS["vectors"], **named)
def test_message(vector: dict[str, Any]) -> None:
    """The canonical payload is the SDK's byte for byte, and its signatures verify over it; so do ours."""
    text = message_of(vector["input"])
    assert text == vector["canonical_payload"]
    assert hashlib.sha256(text.encode()).hexdigest() == vector["payload_sha256"]
    assert verified(text, vector["key"], vector["signature"])
    assert verified(text, vector["second_key"], vector["second_signature"])
    assert verified(text, "A", signing.sign(KEYS["A"], text))


def emulated(members: list[str], threshold: int, given: dict[str, Any], header: str) -> LedgerLine:
    """What the emulator says of a request with these signatures, sent as stated."""
    emulator = Emulator.seeded("empty", choices={"privy.delete_in_use": "accepted"})
    app = emulator.privy
    app.clock = Clock(lambda: 1773679531000 - 60_000)
    app.app_id = given["headers"]["privy-app-id"]
    url = given["url"]
    scheme, _, rest = url.partition("://")
    host, _, path = rest.partition("/")
    quorum_id = path.split("/")[2]
    keys = [privy.AuthorizationKey(KEYS[name].public.to_base64()) for name in members]
    app.quorums[quorum_id] = privy.KeyQuorum(quorum_id, keys, authorization_threshold=threshold)
    import base64

    basic = base64.b64encode(f"{app.app_id}:{app.app_secret.reveal()}".encode()).decode()
    headers = {
        **given["headers"],
        "authorization": f"Basic {basic}",
        "privy-authorization-signature": header,
    }
    body = given["body_json"].encode() if given.get("body_json") not in (None, "{}", '""') else b""
    received = Received(given["method"], scheme, host, "/" + path, tuple(headers.items()), body)
    entry = LedgerLine(1, 0, given["method"], path)
    answered(app, received, entry)
    return entry


QUORUM_CALLS = [
    v
    for v in VECTORS["vectors"]
    if "/v1/key_quorums/" in v["input"]["url"] and v["input"]["method"] in ("PATCH", "DELETE")
]


@pytest.mark.parametrize("vector", QUORUM_CALLS, **named)
def test_the_emulator_accepts(vector: dict[str, Any]) -> None:
    """What the Node SDK signs for key quorums passes the signature check; so does Python's own DELETE form."""
    headers = [vector["signature"]]
    service = vector.get("python_sdk_service_call")
    if service:
        headers.append(signing.sign(KEYS[vector["key"]], service["payload"]))
    for header in headers:
        entry = emulated([vector["key"]], 1, vector["input"], header)
        assert "ignature" not in entry.reason, entry.reason
        assert "expired" not in entry.reason


@pytest.mark.parametrize("vector", VECTORS["quorum_vectors"], **named)
def test_quorums(vector: dict[str, Any]) -> None:
    """Several signatures, either S, random nonces: all accepted."""
    given = BY_ID[vector["derived_from"]]["input"]
    entry = emulated(vector["members"], vector["threshold"], given, vector["header_value"])
    assert entry.verdict == "accepted", entry.reason


@pytest.mark.parametrize("vector", VECTORS["negative"], **named)
def test_negative(vector: dict[str, Any]) -> None:
    """Each named mistake is refused, with 401 or because the address does not exist."""
    members = vector.get("members", [vector.get("member_key", "A")])
    entry = emulated(members, vector.get("threshold", 1), vector["input"], vector["header_value"])
    assert entry.verdict == "refused"
    assert message_of(vector["input"]) == vector["expected_payload"]


def test_python_sdk_traps_are_told_apart() -> None:
    """Where the Python SDK signs other bytes than RFC 8785, our message is RFC 8785's and not the SDK's."""
    differing = [vector for vector in VECTORS["vectors"] if vector["python_sdk"]["differs"]]
    assert len(differing) == 6
    for vector in differing:
        assert message_of(vector["input"]) != vector["python_sdk"]["payload"], vector["id"]


def test_our_client_refuses_what_a_double_cannot_hold() -> None:
    """Numbers beyond 2^53 are a verifier's case: it rounds them, and our client never sends one."""
    vector = BY_ID["int-beyond-2-53"]
    assert message_of(vector["input"]) == vector["canonical_payload"]
    with pytest.raises(rfc8785.IntegerDomainError):
        signing.message("PATCH", "https://x.example", {}, {"a": 2**53 + 1})
    app = Emulator.seeded().privy_client()
    with pytest.raises(InputError, match="canonical JSON"):
        app.prepare(
            privy.update_key_quorum(
                "q", privy.UpdateKeyQuorumRequest(authorization_threshold=2**53 + 1)
            )
        )


@pytest.mark.parametrize("bad", [b"", b"{", b"NaN", b'{"a":Infinity}', b"\xff"])
def test_what_is_not_json(bad: bytes) -> None:
    """Constants that are not JSON, broken text and nothing at all are refused."""
    with pytest.raises(ValueError, match=r".*"):
        signing.parsed(bad)

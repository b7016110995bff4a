"""Every vector of cobo_signing.json comes out as stated: made with the official SDK, or with other libraries."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from toolkit import cobo
from toolkit.cobo import signing
from toolkit.emulator import Emulator
from toolkit.emulator.core import Clock, LedgerLine, Received, answered
from toolkit.keys import Ed25519Key, Ed25519PublicKey, Secp256k1Key
from toolkit.keys.public import is_low_s

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "vectors" / "cobo_signing.json").read_text()
)
named = {"ids": lambda vector: vector["id"]}
REQUESTS = VECTORS["request_vectors"]
NEGATIVE = VECTORS["negative_request_vectors"]


def key_of(vector: dict[str, Any]) -> Ed25519Key | Secp256k1Key:
    kind = Ed25519Key if vector["curve"] == "ED25519" else Secp256k1Key
    return kind.from_hex(vector["private_key"])


def verdict(vector: dict[str, Any], body: str, **choices: str) -> bool:
    """What the emulator says of a request with this signature."""
    emulator = Emulator.seeded(
        "empty", choices={f"cobo.{name}": option for name, option in choices.items()}
    )
    emulator.clock = Clock(lambda: 0)
    info = next(iter(emulator.cobo.keys.values()))
    emulator.cobo.keys.clear()
    emulator.cobo.keys[vector["public_key"]] = cobo.ApiKeyInfo(
        name="v",
        curve_type=vector["curve"],
        key=vector["public_key"],
        created_timestamp=0,
        updated_timestamp=0,
        expired_timestamp=None,
        role_scopes=info.role_scopes,
    )
    query = vector["query_string"]
    headers = {
        "biz-api-key": vector["public_key"],
        "biz-api-nonce": vector["nonce"],
        "biz-api-signature": vector["signature"],
    }
    received = Received(
        vector["method"],
        "https",
        "emulator.invalid",
        vector["path"] + (f"?{query}" if query else ""),
        (*headers.items(), ("content-type", "application/json")),
        body.encode(),
    )
    entry = LedgerLine(1, 0, vector["method"], vector["path"])
    answered(emulator.cobo, received, entry)
    return "invalid signature" not in entry.reason


@pytest.mark.parametrize("vector", REQUESTS, **named)
def test_message_and_signature(vector: dict[str, Any]) -> None:
    """String, digest and public key are the SDK's; Ed25519 signatures are equal, secp256k1 ones verify, low-S."""
    text = signing.message(
        vector["method"], vector["path"], vector["nonce"], vector["query_string"], vector["body"]
    )
    assert text == vector["string_to_sign"]
    assert signing.digest(text.encode()).hex() == vector["digest"]
    key = key_of(vector)
    assert key.public.to_hex() == vector["public_key"]
    ours = signing.sign(key, text)
    public = signing.api_public_key(vector["public_key"])
    for signature in (ours, vector["signature"]):
        assert signing.fits(public, bytes.fromhex(signature), text.encode())
    if vector["deterministic"]:
        assert ours == vector["signature"]
    else:
        assert is_low_s(bytes.fromhex(ours))


@pytest.mark.parametrize("vector", REQUESTS, **named)
def test_the_emulator_accepts(vector: dict[str, Any]) -> None:
    """What the official SDK signed and sent is accepted over the bytes as they travelled."""
    assert verdict(vector, vector["body"])


@pytest.mark.parametrize("vector", NEGATIVE, **named)
def test_the_emulator_refuses(vector: dict[str, Any]) -> None:
    """Each way to sign something else than what is sent is refused."""
    assert not verdict(vector, vector["body"])


def test_high_s_is_a_choice() -> None:
    """The high-S twin is valid mathematics; whether it is accepted is one switch of the emulator."""
    (vector,) = VECTORS["edge_vectors"]
    assert vector["mathematically_valid"]
    vector = vector | {"query_string": ""}
    assert not verdict(vector, "")
    assert verdict(vector, "", high_s="accepted")


def test_trap_empty_object() -> None:
    """The Python SDK signs an empty body and sends {}: over the bytes on the wire that is invalid."""
    (trap,) = VECTORS["sdk_traps"]
    trap = trap | {"query_string": ""}
    assert not verdict(trap, trap["body_sent"])
    assert verdict(trap, trap["body_signed"])


@pytest.mark.parametrize("vector", VECTORS["response_vectors"], **named)
def test_response(vector: dict[str, Any]) -> None:
    """An answer verifies exactly when body, time and key are the ones that were signed."""
    public = Ed25519PublicKey.from_hex(vector["public_key"])
    body = vector["body"].encode()
    assert (
        signing.response_fits(public, body, vector["timestamp"], vector["signature"])
        is vector["valid"]
    )


@pytest.mark.parametrize("vector", VECTORS["response_vectors"], **named)
def test_the_client_believes_only_signed_answers(vector: dict[str, Any]) -> None:
    """Through the client: a valid answer is decoded or reported; any other never becomes data."""
    headers = {"BIZ-TIMESTAMP": vector["timestamp"], "BIZ-RESP-SIGNATURE": vector["signature"]}
    status = vector["status"]

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(
            status, headers=headers, stream=httpx.ByteStream(vector["body"].encode())
        )

    place = cobo.Environment("https://emulator.invalid/v2", vector["public_key"])
    client = cobo.Client(
        Ed25519Key.generate(), environment=place, transport=httpx.MockTransport(answer)
    )
    exchange = client.exchange(cobo.list_mpc_vaults())
    assert exchange.verified is vector["valid"]
    if not vector["valid"]:
        assert exchange.decoded is None


@pytest.mark.parametrize("signature", ["", "zz", "00", "00" * 63, "00" * 65, "é" * 64])
def test_malformed_response_signatures(signature: str) -> None:
    """A signature that is not 64 bytes of hex is simply not a signature; nothing is raised."""
    public = Ed25519Key.generate().public
    assert not signing.response_fits(public, b"{}", "1", signature)

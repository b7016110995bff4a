"""Sixty-four ways to bend an answer, at three changes: what was made is never called refused, and nothing is taken twice.

Each time the change goes through, and then something on the way answers in the service's place, or leaves bytes behind
its answer. The emulator's ledger is the judge.
"""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.gateway import Answer, Asked, Gateway, gateway, straight
from tests.samples import node_id
from toolkit import Emulator, cobo, privy
from toolkit.client.journal import Journal
from toolkit.emulator.http import serving

CHANGES = ("create_key_share_holder_group", "create_key_quorum", "create_wallet")
SETTLED = {"error": "Key quorum not found", "code": "invalid_data"}
OTHER = {
    "id": "another",
    "display_name": "Another",
    "authorization_threshold": 1,
    "authorization_keys": [],
}
STATUSES = (400, 401, 403, 404, 405, 407, 408, 409, 413, 421, 425, 429, 431, 451, 499)
BODIES: dict[str, bytes] = {
    "empty": b"",
    "a page": b"<html><head><title>Forbidden</title></head></html>",
    "a framework's": b'{"statusCode":400,"error":"Bad Request","message":"bad"}',
    "a message": b'{"message":"no such route"}',
}
Step = Callable[[Asked, Callable[[], Answer]], bytes]


def _plain(status: int, content: bytes, kind: str = "application/json") -> bytes:
    return Answer(status, "No", [("Content-Type", kind)], content).raw()


def _instead(status: int, content: bytes, kind: str = "application/json") -> Step:
    """The change is carried out, and the gateway answers."""

    def step(asked: Asked, forward: Callable[[], Answer]) -> bytes:
        forward()
        return _plain(status, content, kind)

    return step


def _kinds() -> Iterator[tuple[str, Step]]:
    for status, (name, body) in itertools.product(STATUSES[:12], BODIES.items()):
        kind = "text/html" if name == "a page" else "application/json"
        yield f"{status}, {name}", _instead(status, body, kind)
    for status in STATUSES[5:9]:
        yield f"{status}, in Privy's words", _instead(status, json.dumps(SETTLED).encode())
    for status, phrase in ((400, "Bad Request"), (403, "forbidden"), (404, "Not Found")):
        yield f"{status}, its phrase", _instead(status, json.dumps({"error": phrase}).encode())
    yield "400, words as a page", _instead(400, json.dumps(SETTLED).encode(), "text/plain")
    yield "400, words in a list", _instead(400, json.dumps([SETTLED]).encode())
    yield "400, words cut short", _instead(400, json.dumps(SETTLED).encode()[:-3])
    yield "400, an object for words", _instead(400, b'{"error":{"message":"no"}}')
    yield "400, a number for words", _instead(400, b'{"error":400}')
    yield "400, no words", _instead(400, b'{"error":"","code":"invalid_data"}')
    yield "400, a code alone", _instead(400, b'{"code":"invalid_data"}')
    yield "308, elsewhere", _instead(308, b"")
    yield "200, another's", _instead(200, json.dumps(OTHER).encode())
    yield "nothing at all", lambda asked, forward: (forward(), b"")[1]


LEFT_BEHIND: dict[str, bytes] = {
    "a refusal": _plain(400, json.dumps(SETTLED).encode()),
    "another's": _plain(200, json.dumps(OTHER).encode()),
    "half an answer": _plain(200, json.dumps(OTHER).encode())[:60],
    "white space": b"\r\n\r\n",
    "a hundred times continue": b"HTTP/1.1 100 Continue\r\n\r\n" * 100,
}
KINDS = dict(_kinds())
CAMPAIGN = bool(os.environ.get("TEST_CAMPAIGN"))


class Ground:
    """The emulator behind a gateway, and clients that reach it that way."""

    def __init__(self, emulator: Emulator, facts: dict[str, Any], through: Gateway) -> None:
        self.emulator, self.through, journal = emulator, through, Journal()
        self.number = itertools.count()
        options: dict[str, Any] = {"journal": journal, "window_s": 0, "timeout": 10}
        place = cobo.Environment(f"{through.url}/v2", emulator.response_public_key, "EMULATOR")
        self.custody = cobo.Client(emulator.api_key, environment=place, **options)
        here = privy.Environment(through.url, "EMULATOR")
        self.app = privy.Client(
            facts["privy"]["app_id"], facts["privy"]["app_secret"], environment=here, **options
        )

    def change(self, operation: str) -> tuple[Any, Any]:
        """A client and a change that nobody else asks for."""
        number = next(self.number)
        if operation == "create_key_quorum":
            request: Any = privy.CreateKeyQuorumRequest(
                user_ids=[f"did:privy:{number}"], display_name=f"Q {number}"
            )
            return self.app, privy.create_key_quorum(request)
        if operation == "create_wallet":
            request = privy.CreateWalletRequest(chain_type="ethereum", external_id=f"w-{number}")
            return self.app, privy.create_wallet(request)
        holders = [
            cobo.CreateKeyShareHolder(
                name=name, type="API", tss_node_id=node_id(f"{name}-{number}"), signer=name == "a"
            )
            for name in "ab"
        ]
        request = cobo.CreateKeyShareHolderGroupRequest(
            key_share_holder_group_type="SigningGroup",
            participants=3,
            threshold=2,
            key_share_holders=holders,
        )
        return self.custody, cobo.create_key_share_holder_group(self.emulator.vault_id, request)

    def made(self) -> list[str]:
        return [entry.made for entry in self.emulator.ledger if entry.made]


@pytest.fixture(scope="module")
def ground() -> Iterator[Ground]:
    emulator = Emulator.seeded(choices={"cobo.node_in_two_groups": "accepted"})
    emulator.explains = False
    with serving(emulator) as facts, gateway(facts["url"]) as through:
        here = Ground(emulator, facts, through)
        with here.custody, here.app:
            yield here


@pytest.mark.parametrize("operation", CHANGES)
@pytest.mark.parametrize("kind", list(KINDS) if CAMPAIGN else list(KINDS)[::3])
def test_in_the_services_place(ground: Ground, kind: str, operation: str) -> None:
    """It was made, and a gateway said no: that settles nothing. It is found, or a person is asked; never refused."""
    client, call = ground.change(operation)
    before = len(ground.made())

    def once(asked: Asked, forward: Callable[[], Answer]) -> bytes:
        ground.through.bend = straight
        return KINDS[kind](asked, forward)

    ground.through.bend = once
    exchange = client.exchange(call)
    (made,) = ground.made()[before:]
    settled = ("adopted", "unknown")
    if call.operation.idempotency is not None:  # asked again under its key
        settled = ("answered", "adopted", "unknown")
    assert exchange.outcome in settled, exchange.error
    if exchange.outcome in ("answered", "adopted"):
        assert made in exchange.content.decode()
    else:
        client.resolve(exchange, adopt=made)


@pytest.mark.parametrize("operation", CHANGES)
@pytest.mark.parametrize("left", list(LEFT_BEHIND))
@pytest.mark.parametrize("behind", ["a read", "a change"])
def test_left_behind_an_answer(ground: Ground, behind: str, left: str, operation: str) -> None:
    """Bytes left behind one answer are not taken for the next change's: it is told of the thing that it made."""
    first_client, first = ground.change(operation)
    client, call = ground.change(operation)
    if behind == "a read":
        vault = ground.emulator.vault_id
        reads = {True: cobo.get_mpc_vault_by_id(vault), False: privy.list_wallets(limit=1)}
        first = reads[client is ground.custody]

    def with_more(asked: Asked, forward: Callable[[], Answer]) -> bytes:
        ground.through.bend = straight
        return forward().raw() + LEFT_BEHIND[left]

    ground.through.bend = with_more
    first_client.send(first)
    before = len(ground.made())
    exchange = client.exchange(call)
    (made,) = ground.made()[before:]
    assert exchange.outcome == "answered", exchange.error
    assert made in exchange.content.decode()


def test_there_are_64() -> None:
    """The campaign's count is what its name says."""
    assert len(KINDS) + len(LEFT_BEHIND) >= 64


def test_a_change_has_a_connection_of_its_own(ground: Ground) -> None:
    """Reads share one; each change, and each look, opens one and closes it."""
    ground.through.bend = straight
    ground.app.send(privy.list_wallets(limit=1))
    before = ground.through.connections
    for _ in range(3):
        ground.app.send(privy.list_wallets(limit=1))
    assert ground.through.connections - before <= 1  # one where the last test left bytes behind
    before = ground.through.connections
    for _ in range(3):
        client, call = ground.change("create_key_quorum")
        client.send(call)
    assert ground.through.connections - before == 3

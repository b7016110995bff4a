"""Looking for a lost change while clocks, other kernels and lists move."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest

from tests.emulated import free, lost, posts
from tests.inside import Send, held_back, raw_answers
from tests.samples import VAULT, group
from toolkit import Emulator, cobo
from toolkit.client.journal import Journal
from toolkit.cobo import signing
from toolkit.errors import (
    InDoubt,
)
from toolkit.transport.http import RawResponse


def test_not_what_another_one_is_making(emulator: Emulator) -> None:
    """While another change that asks for the same is in flight, what it made is not adopted from under it."""
    custody = free(emulator).cobo_client()
    first, second = (
        cobo.create_key_share_holder_group(emulator.vault_id, group(emulator, key_share_holders=[
            cobo.CreateKeyShareHolder(name=name + node, type="API", tss_node_id=node, signer=at == 0)
            for at, node in enumerate(emulator.spare_nodes[:2])
        ]))
        for name in "AB"
    )  # fmt: skip
    started, go_on = held_back(custody)
    answers: list[Any] = []
    thread = threading.Thread(target=lambda: answers.append(custody.exchange(first)))
    thread.start()
    assert started.wait(10)
    other = emulator.cobo_client()
    lost(emulator, "create_key_share_holder_group", "status-before")
    assert isinstance(other.exchange(second).error, InDoubt)
    go_on.set()
    thread.join(10)
    assert answers[0].outcome == "answered"
    assert isinstance(other.resolve(2).error, InDoubt)
    assert "1 known to be from another entry" in other.journal.get(2).history[-1][1]


@pytest.mark.parametrize("off_s", [100, -100])
def test_a_clock_that_was_set_right(emulator: Emulator, off_s: int) -> None:
    """What was learned about the clocks an hour ago says nothing now: ours is adopted, an older one of somebody is not."""
    wrong = [off_s * 1000]
    custody = free(emulator).cobo_client(clock=lambda: emulator.clock.now_ms() + wrong[0])
    custody.send(cobo.get_api_key_info())
    wrong[0] = 0
    emulator.advance(3_600_000)
    emulator.cobo_client(journal=Journal()).send(cobo.create_mpc_vault(VAULT))
    emulator.advance(60_000)
    lost(emulator, "create_mpc_vault", "status-before")
    assert custody.exchange(cobo.create_mpc_vault(VAULT)).outcome == "unknown"
    custody.resolve(1, give_up=True)
    lost(emulator, "create_mpc_vault")
    assert custody.exchange(cobo.create_mpc_vault(VAULT)).outcome == "adopted"


def test_what_another_kernel_wrote_meanwhile_counts(emulator: Emulator) -> None:
    """While a look travels, another kernel sends again and is answered: that one is its, and nobody else's."""
    free(emulator)
    one, two = emulator.cobo_client(), emulator.cobo_client()
    lost(emulator, "create_mpc_vault", "status-before")
    number = one.exchange(cobo.create_mpc_vault(VAULT)).error.number
    answers: list[Any] = []

    def meanwhile(prepared: Any, send: Send) -> RawResponse:
        if not answers:
            answers.append(two.resolve(number, send_again=True))
        return send()

    raw_answers(one, meanwhile)
    looked = one.resolve(number, window_s=0)
    assert answers[0].outcome == "answered"
    assert looked.outcome == "unknown"
    assert looked.error is not None
    assert looked.error.cause == "replaced"
    assert posts(emulator) == 2


def test_one_thing_on_two_pages(emulator: Emulator) -> None:
    """A list that shifts while it is paged shows a thing twice: it is one thing."""
    custody = free(emulator).cobo_client()
    lost(emulator, "create_mpc_vault")

    def twice(prepared: Any, send: Send) -> RawResponse:
        raw = send()
        if prepared.call.operation.name != "list_mpc_vaults":
            return raw
        page = json.loads(raw.content)
        page["data"] *= 2
        body = json.dumps(page).encode()
        stamp = str(emulator.clock.now_ms())
        proof = emulator.cobo.response_key.sign(
            signing.digest(signing.response_content(body, stamp))
        ).hex()
        fields = ((signing.TIMESTAMP, stamp), (signing.RESPONSE_SIGNATURE, proof))
        return RawResponse(200, fields, body, proof)

    raw_answers(custody, twice)
    assert custody.exchange(cobo.create_mpc_vault(VAULT)).outcome == "adopted"

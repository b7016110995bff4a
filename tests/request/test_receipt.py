"""A receipt says what was sent, who signed and what became of it; without a widget, and again from the journal."""

from __future__ import annotations

import hashlib
import pickle
from dataclasses import replace
from typing import Any

import pytest

from tests.emulated import free, lost
from tests.inert import inert
from tests.samples import KEYS, QUORUM, VAULT
from toolkit import cobo, privy
from toolkit.emulator import Emulator, Fault
from toolkit.keys.public import spoken
from toolkit.request.receipt import Receipt

HOSTILE = "<img src=x onerror=alert(1)>\u202e\n"


def test_what_was_sent(emulator: Emulator) -> None:
    """Operation, place, address, bytes, digits, result and the line of the journal."""
    custody = free(emulator).cobo_client()
    exchange = custody.exchange(cobo.create_mpc_vault(VAULT))
    receipt = exchange.receipt()
    assert receipt.environment == "EMULATOR"
    assert receipt.body == exchange.prepared.body.decode()
    assert receipt.signed_by == (f"API key {spoken(emulator.api_key.fingerprint)}",)
    for words in (
        "POST https://emulator.invalid/v2/wallets/mpc/vaults",
        "done",
        receipt.digits,
        "HTTP 201",
        "the answer’s signature held",
        exchange.value.vault_id,
        f"entry {exchange.entry}",
    ):
        assert words in receipt.text, words
    assert receipt.digits in repr(receipt)
    inert(receipt._repr_html_())
    assert pickle.loads(pickle.dumps(receipt)) == receipt  # noqa: S301  # our own


def test_one_fingerprint(emulator: Emulator) -> None:
    """The same for preview, journal and receipt, and for the same request prepared later; another for any other."""
    custody = free(emulator).cobo_client()
    call = cobo.create_mpc_vault(VAULT)
    first, second = custody.prepare(call), custody.prepare(call)
    assert first.headers != second.headers
    assert first.fingerprint == second.fingerprint
    covered = f"POST {first.url}\n{first.identity}\n".encode() + first.body
    assert first.fingerprint == hashlib.sha256(covered).hexdigest()
    others = {
        replace(first, identity="another").fingerprint,
        replace(first, url=first.url.replace("https", "http")).fingerprint,
        custody.prepare(
            cobo.create_mpc_vault(cobo.CreateMpcVaultRequest(name="B", vault_type="Org-Controlled"))
        ).fingerprint,
    }
    assert len(others | {first.fingerprint}) == 4
    exchange = custody.exchange(call)
    entry = custody.journal.get(exchange.entry)
    assert exchange.receipt().fingerprint == entry.fingerprint == first.fingerprint


def test_from_the_journal(emulator: Emulator) -> None:
    """After a restart: the same request and outcome; who signed is not kept, and it says so."""
    app = emulator.privy_client()
    exchange = app.exchange(privy.create_key_quorum(QUORUM))
    kept, now = app.receipt(exchange.entry), exchange.receipt()
    assert (kept.url, kept.body, kept.fingerprint, kept.outcome) == (
        now.url,
        now.body,
        now.fingerprint,
        "answered",
    )
    assert kept.made == exchange.value.id
    assert "not kept" in kept.text
    assert app.receipt(app.journal.get(exchange.entry)) == kept


def test_who_signed(emulator: Emulator) -> None:
    """The keys that signed a change of a quorum; nobody, where nothing is signed."""
    app = emulator.privy_client()
    made = app.exchange(
        privy.create_key_quorum(
            privy.CreateKeyQuorumRequest(
                public_keys=[key.public for key in KEYS[:2]], authorization_threshold=1
            )
        )
    )
    assert made.receipt().who_signed == "nobody: this request is not signed"
    change = privy.update_key_quorum(
        made.value.id, privy.UpdateKeyQuorumRequest(display_name="New")
    )
    changed = app.exchange(change, signers=[KEYS[0]]).receipt([("Old", "New")])
    assert changed.signed_by == (f"key {spoken(KEYS[0].fingerprint)}",)
    assert "Old → New" in changed.text
    assert "Before and after" in changed._repr_html_()


def test_refused_and_in_doubt(emulator: Emulator) -> None:
    """What was refused says so and why; what nobody knows is called that; what never left was signed by nobody."""
    custody = free(emulator).cobo_client()
    emulator.inject(Fault("status-before", operation="create_mpc_vault", status=403))
    refused = custody.exchange(cobo.create_mpc_vault(VAULT)).receipt()
    assert "refused: nothing was done" in refused.text
    assert refused.why
    lost(emulator, "create_mpc_vault")
    doubt = custody.exchange(cobo.create_mpc_vault(VAULT))
    assert doubt.receipt().outcome in ("unknown", "adopted")
    assert custody.receipt(doubt.entry).outcome == doubt.receipt().outcome


@pytest.mark.parametrize("field", ["environment", "identity", "url", "body", "made", "why"])
def test_hostile_texts(field: str) -> None:
    """Whatever stands in it, the text is plain lines and the card does nothing."""
    facts: dict[str, Any] = dict.fromkeys(("environment", "identity", "url", "body"), "x")
    receipt = Receipt(
        **(facts | {field: HOSTILE}),
        operation="Create", method="POST", fingerprint="0" * 64, outcome="answered", sent_ms=0, status=200,
        changes=((HOSTILE, HOSTILE),),
    )  # fmt: skip
    inert(receipt._repr_html_())
    assert "\u202e" not in receipt.text
    assert receipt.text.splitlines() == receipt.text.split("\n")
    assert len(receipt.text.splitlines()) == len(replace(receipt, **{field: "x"}).text.splitlines())

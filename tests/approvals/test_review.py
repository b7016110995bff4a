"""Peer review: where a team asks for it, no change leaves that a second person has not signed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.samples import KEYS
from toolkit import Emulator, Review, cobo
from toolkit.client.journal import Journal
from toolkit.errors import InputError
from toolkit.keys import Ed25519Key, Secp256k1Key

CALL = cobo.create_mpc_vault(
    cobo.CreateMpcVaultRequest(name="Reviewed", vault_type="Org-Controlled")
)
REVIEWERS = [KEYS[0], Ed25519Key.generate(), Secp256k1Key.generate()]


def asking(emulator: Emulator, *keys: Any, **more: Any) -> cobo.Client:
    publics = [key.public for key in keys or REVIEWERS]
    return emulator.cobo_client(require_review=publics, **more)


@pytest.mark.parametrize("key", REVIEWERS, ids=lambda key: type(key).__name__)
def test_by_file(emulator: Emulator, tmp_path: Path, key: Any) -> None:
    """Refused with what is missing; reviewed by file with any of our keys it is sent, and journal and receipt say by whom."""
    client = asking(emulator, journal=Journal())
    with pytest.raises(InputError, match="has no review: nothing was sent"):
        client.send(CALL)
    assert client.journal.entries() == ()
    path = Review.of(client, CALL).save(tmp_path / "review.json")
    asked = Review.load(path)
    assert '"name":"Reviewed"' in "\n".join(asked.report())
    asked.sign(key, reviewed_ms=client.now_ms()).save(path)
    client.reviewed(Review.load(path))
    exchange = client.exchange(CALL)
    assert exchange.value.name == "Reviewed"
    who = (key.public.fingerprint,)
    (entry,) = client.journal.entries()
    assert exchange.prepared.fingerprint == asked.request == entry.fingerprint
    assert exchange.reviewed_by == entry.reviewed_by == who
    for receipt in (exchange.receipt(), client.receipt(entry)):
        assert receipt.reviewed_by == who
        assert who[0] in receipt.text


def _body(facts: dict[str, Any]) -> None:
    facts["body"] = facts["body"].replace("Reviewed", "Altered")


def _moment(facts: dict[str, Any]) -> None:
    facts["reviews"][0]["reviewed_at"] = "2026-01-01T00:00:00.000Z"


def _curve(facts: dict[str, Any]) -> None:
    facts["reviews"][0]["curve"] = "P-521"


def _key(facts: dict[str, Any]) -> None:
    facts["reviews"][0]["public_key"] = KEYS[1].public.to_base64()


def _signature(facts: dict[str, Any]) -> None:
    facts["reviews"][0]["signature"] = "%"


def _more(facts: dict[str, Any]) -> None:
    facts["x"] = 1


@pytest.mark.parametrize("bent", [_body, _moment, _curve, _key, _signature, _more])
def test_altered_files(
    emulator: Emulator, tmp_path: Path, bent: Callable[[dict[str, Any]], None]
) -> None:
    """A file in which anything that was signed was changed is refused by its name."""
    path = Review.of(asking(emulator), CALL).sign(KEYS[0]).save(tmp_path / "review.json")
    facts = json.loads(path.read_text())
    bent(facts)
    path.write_text(json.dumps(facts))
    with pytest.raises(InputError, match=r"review\.json"):
        Review.load(path)


def test_only_changes(emulator: Emulator) -> None:
    """What only reads is not reviewed."""
    with pytest.raises(InputError, match="changes nothing"):
        Review.of(asking(emulator), cobo.list_mpc_vaults())

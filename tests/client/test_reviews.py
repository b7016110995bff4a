"""Where a team asks for a review, no change leaves without: another's, a late one, a forged one is none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.emulated import lost
from tests.samples import KEYS
from toolkit import Emulator, Review, cobo
from toolkit.client.journal import Journal
from toolkit.errors import InputError
from toolkit.keys import Ed25519PublicKey

DAY_MS = 86_400_000
CALL = cobo.create_mpc_vault(
    cobo.CreateMpcVaultRequest(name="Reviewed", vault_type="Org-Controlled")
)


def asking(emulator: Emulator, *keys: Any, **more: Any) -> cobo.Client:
    return emulator.cobo_client(require_review=[key.public for key in keys], **more)


def test_what_is_no_review_of_this(emulator: Emulator) -> None:
    """Another request, a stranger, a review of long ago or of tomorrow week: nothing is sent, and why is said."""
    client = asking(emulator, KEYS[0], journal=Journal())
    now_ms = client.now_ms()
    request = cobo.CreateMpcVaultRequest(name="Other", vault_type="Org-Controlled")
    other = Review.of(client, cobo.create_mpc_vault(request))
    mine = Review.of(client, CALL)
    for review, why in (
        (other.sign(KEYS[0], reviewed_ms=now_ms), "has no review"),
        (mine.sign(KEYS[1], reviewed_ms=now_ms), "by nobody who is asked for"),
        (mine.sign(KEYS[0], reviewed_ms=now_ms - DAY_MS - 60_000), "more than a day ago"),
        (mine.sign(KEYS[0], reviewed_ms=now_ms + 7 * DAY_MS), "a clock that is not right"),
    ):
        client.reviewed(review)
        with pytest.raises(InputError, match=why):
            client.send(CALL)
    assert client.journal.entries() == ()
    assert list(client.send(cobo.list_mpc_vaults()).data)  # what only reads needs none
    assert mine.sign(KEYS[0]).sign(KEYS[1]).sign(KEYS[0]).signatures[-1][0] == KEYS[0].public


def test_sent_again(emulator: Emulator, tmp_path: Path) -> None:
    """A change in doubt is not sent again without a review either, and stays open; with one it is."""
    place = tmp_path / "journal.sqlite"
    before = emulator.cobo_client(journal=place, window_s=0)
    lost(emulator, "create_mpc_vault", "status-before")
    assert before.exchange(CALL).outcome == "unknown"
    client = asking(emulator, KEYS[0], journal=place, window_s=0)
    with pytest.raises(InputError, match="has no review"):
        client.resolve(1, send_again=True)
    assert [entry.number for entry in client.pending()] == [1]
    client.reviewed(Review.of(client, CALL).sign(KEYS[0], reviewed_ms=client.now_ms()))
    again = client.resolve(1, send_again=True)
    assert again.outcome == "answered"
    assert again.reviewed_by == (KEYS[0].public.fingerprint,)
    before.close()
    client.close()


def test_a_client_verifies_by_itself(emulator: Emulator) -> None:
    """What only says that it was reviewed, or whose signature is of another request, is not taken."""
    client = asking(emulator, KEYS[0], journal=Journal())
    mine = Review.of(client, CALL)
    signed = mine.sign(KEYS[0])
    forged = Review(
        **{name: getattr(mine, name) for name in ("service", "environment", "operation", "identity", "method", "url")},
        body=mine.body.replace("Reviewed", "Altered"),
        signatures=signed.signatures,
    )  # fmt: skip
    with pytest.raises(InputError, match="does not fit this request"):
        client.reviewed(forged)
    with pytest.raises(InputError, match="is no review"):
        client.reviewed("yes")  # type: ignore[arg-type]


def test_who_can_be_asked_for(emulator: Emulator) -> None:
    """Public keys of others: a private key, a text or the client's own key is refused by its place."""
    for wrong, why in (
        ([KEYS[0]], r"require_review\[0\] is P256Key"),
        (["key"], r"require_review\[0\] is str"),
        ("key", "must be a list"),
    ):
        with pytest.raises(InputError, match=why):
            emulator.cobo_client(require_review=wrong)  # type: ignore[arg-type]
    own = Ed25519PublicKey.from_hex(emulator.cobo_client().identity)
    with pytest.raises(InputError, match="no second person"):
        emulator.cobo_client(require_review=[own])

"""Peer review: where a team asks for it, no change leaves that a second person has not signed."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.samples import KEYS
from toolkit import Emulator, Review, cobo
from toolkit.approvals.review import KINDS, own_key
from toolkit.client.journal import Journal
from toolkit.errors import InputError, KeyRefused
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


def _asked(facts: dict[str, Any]) -> None:
    facts["asked"][0]["curve"] = "P-521"


def _operation(facts: dict[str, Any]) -> None:
    facts["operation"] = "list_mpc_vaults"


def _environment(facts: dict[str, Any]) -> None:
    facts["environment"] = "PROD"


@pytest.mark.parametrize(
    "bent",
    [_body, _moment, _curve, _key, _signature, _more, _asked, _operation, _environment],
)
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


def test_copies(emulator: Emulator, tmp_path: Path) -> None:
    """Saved over a copy, the reviews in it stay, and of one person's the later one; nothing else is written over."""
    review = Review.of(asking(emulator), CALL)
    path = review.sign(KEYS[0], reviewed_ms=1_000).save(tmp_path / "review.json")
    review.sign(REVIEWERS[1], reviewed_ms=2_000).save(path)
    review.sign(KEYS[0], reviewed_ms=500).save(path)
    both = Review.load(path)
    assert {moment for _, moment, _ in both.signatures} == {1_000, 2_000}
    assert both.standing == "2 of 3 reviewed; one is enough"
    request = cobo.CreateMpcVaultRequest(name="Other", vault_type="Org-Controlled")
    other = Review.of(asking(emulator), cobo.create_mpc_vault(request))
    before = path.read_bytes()
    with pytest.raises(InputError, match="another request: body differs"):
        other.save(path)
    note = tmp_path / "note.txt"
    note.write_text("mine")
    with pytest.raises(InputError, match="is not a copy of this review"):
        other.save(note)
    assert (path.read_bytes(), note.read_text()) == (before, "mine")


def test_no_second_person(emulator: Emulator) -> None:
    """The key that the request is signed with reviews nothing, and a stranger's review is told and not counted."""
    client = asking(emulator)
    review = Review.of(client, CALL)
    with pytest.raises(InputError, match="no second person"):
        review.sign(emulator.api_key)
    assert review.sign(Ed25519Key.generate()).standing == "0 of 3 reviewed; one is enough"


def test_by_voice(emulator: Emulator) -> None:
    """Two copies have the same digits for the words that are said, another request has others."""
    review = Review.of(asking(emulator), CALL)
    comparison = review.compare()
    assert comparison.heard(review.digits(" ".join(comparison.words)))
    other = Review(**{**_facts(review), "body": review.body.replace("Reviewed", "Altered")})
    assert not comparison.heard(other.digits(" ".join(comparison.words)))


def _facts(review: Review) -> dict[str, Any]:
    names = ("service", "environment", "operation", "identity", "method", "url", "body")
    return {name: getattr(review, name) for name in names}


def test_another_kernel(emulator: Emulator, tmp_path: Path) -> None:
    """The file carries a review to a client that was never there, which counts it until a day after it was signed."""
    first = asking(emulator)
    now_ms = first.now_ms()
    path = Review.of(first, CALL).sign(KEYS[0], reviewed_ms=now_ms).save(tmp_path / "review.json")
    second = asking(emulator, journal=Journal())
    second.reviewed(Review.load(path))
    (given,) = second.reviews_of(CALL)
    assert (given.key, given.until_ms) == (KEYS[0].public, now_ms + 86_400_000)
    assert "counts until" in "\n".join(Review.load(path).report())
    emulator.advance(86_399_000)
    assert second.unreviewed(second.prepare(CALL)) is None
    emulator.advance(2_000)
    assert not given.counts(second.now_ms())
    with pytest.raises(InputError, match="more than a day ago"):
        second.send(CALL)
    again = Review.load(path).sign(KEYS[0], reviewed_ms=second.now_ms())
    second.reviewed(again)
    assert second.send(CALL).name == "Reviewed"


@pytest.mark.parametrize("name", ["P-256", "Ed25519", "secp256k1"])
def test_a_bare_number_is_the_key_that_is_asked_for(tmp_path: Path, name: str) -> None:
    """64 hex digits are a key of each curve: the one that is asked for is taken, and of several none without a word."""
    path = tmp_path / "key.txt"
    path.write_text(f"{5:064x}")
    kind = KINDS[name]
    key = kind.from_file(path)
    load = partial(_loaded, path)
    assert own_key(load, [key.public]).public == key.public
    assert own_key(load, [], name).public == key.public
    with pytest.raises(InputError, match="bare number"):
        own_key(load, [])
    path.write_text("nothing")
    with pytest.raises(KeyRefused):
        own_key(load, [])


def _loaded(path: Path, kind: Any) -> Any:
    return kind.from_file(path)


def test_only_changes(emulator: Emulator) -> None:
    """What only reads is not reviewed."""
    with pytest.raises(InputError, match="changes nothing"):
        Review.of(asking(emulator), cobo.list_mpc_vaults())

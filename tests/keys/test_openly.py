"""What other people read is words: no note, card, name or reason holds a private key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.samples import KEYS
from tests.spellings import HEX, PRIVATE, WORDS
from toolkit import Approval, Emulator, Exclusion, MemberCard, People, privy
from toolkit.errors import CredentialsRefused, InputError
from toolkit.inventory.people import Holder
from toolkit.keys.openly import open_text


def exclusion(**changed: str) -> Exclusion:
    facts: dict[str, Any] = {
        "rule": "r",
        "about": {"quorum": "q"},
        "reason": "known",
        "person": "Alice",
        "control": "a call",
        "since_ms": 0,
        "until_ms": 86_400_000,
    }
    return Exclusion(**(facts | changed))


def noted(text: str) -> Approval:
    app = Emulator.seeded("empty").privy_client()
    request = privy.CreateKeyQuorumRequest(public_keys=[KEYS[0].public])
    quorum = app.send(privy.create_key_quorum(request))
    change = privy.UpdateKeyQuorumRequest(display_name="Payouts")
    return Approval.of(app, privy.update_key_quorum(quorum.id, change), note=text)


PLACES: dict[str, Callable[[str], Any]] = {
    "a word to co-signers": noted,
    "the name on a card": lambda text: MemberCard.make(KEYS[0], text),
    "the purpose on a card": lambda text: MemberCard.make(KEYS[0], "Alice", purpose=text),
    "a person": lambda text: People({"seat": text}),
    "a site": lambda text: Holder("Alice", site=text),
    "a device": lambda text: Holder("Alice", device=text),
    "a reason": lambda text: exclusion(reason=text),
    "who answers for it": lambda text: exclusion(person=text),
    "what is done instead": lambda text: exclusion(control=text),
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("text", [PRIVATE["PKCS#8"], PRIVATE["PEM"], PRIVATE["JWK"], WORDS, HEX])
def test_no_private_key(place: str, text: str) -> None:
    """It is refused where it enters, and not repeated."""
    with pytest.raises(InputError, match="is, or may be, a private key") as caught:
        PLACES[place](text)
    assert text[:30] not in str(caught.value)


@pytest.mark.parametrize("place", PLACES)
def test_words_stay(place: str) -> None:
    """What people write there is taken."""
    PLACES[place]("Alice Moreau, treasury in Zurich")


def test_it_is_text() -> None:
    """What is no text is refused as that."""
    assert open_text("Alice", "name") == "Alice"
    with pytest.raises(InputError, match="name must be text, not int"):
        open_text(5, "name")
    with pytest.raises(CredentialsRefused):
        open_text(HEX, "name")

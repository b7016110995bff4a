"""Intents: opened, signed and ended are told, each with who ordered it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from toolkit import Emulator, Inventory, Journal, People, collect, compare, privy
from toolkit.emulator import Fault
from toolkit.keys import P256Key
from toolkit.privy.intents import LIFETIME_MS

ALIEN, ITSELF, ORDERED = "not ordered here", "happened by itself", "ordered here"


class World:
    """A quorum of two keys, and two clients of the same app, one of them with another journal."""

    def __init__(self) -> None:
        self.emulator = Emulator.seeded()
        self.app = self.emulator.privy_client()
        self.stranger = self.emulator.privy_client(journal=Journal())
        self.keys = [P256Key.generate() for _ in range(2)]
        asked = privy.CreateKeyQuorumRequest(
            display_name="Ops", public_keys=[key.public for key in self.keys], authorization_threshold=2
        )  # fmt: skip
        self.quorum = self.app.send(privy.create_key_quorum(asked))
        seats = zip(self.keys, ("Alice", "Bob"), strict=True)
        self.people = People({key.public.fingerprint: name for key, name in seats})

    def propose(self, by: privy.Client) -> privy.Intent:
        request = privy.UpdateKeyQuorumRequest(authorization_threshold=1)
        return by.send(privy.create_key_quorum_update_intent(self.quorum.id, request))

    def sign(self, intent: privy.Intent, by: privy.Client, *keys: P256Key) -> None:
        for key in keys:
            given = privy.sign_intent(intent, key, self.emulator.privy.app_id, now_ms=by.now_ms())
            by.send(privy.authorize_intent(intent.intent_id, given))

    def look(self) -> Inventory:
        known = [self.quorum.id]
        return collect(self.app, quorum_ids=known, people=self.people, progress=False)


Act = Callable[[World, privy.Intent], object]
NAME = "Intent for quorum Ops"
LATER: list[tuple[str, Act, list[tuple[str, str, str, str]]]] = [
    ("nothing", lambda w, i: None, []),
    ("one of two signed elsewhere", lambda w, i: w.sign(i, w.stranger, w.keys[0]), [(ALIEN, "low", NAME, "was signed by Alice")]),
    ("one of two signed here", lambda w, i: w.sign(i, w.app, w.keys[1]), [(ORDERED, "low", NAME, "was signed by Bob")]),
    ("executed elsewhere", lambda w, i: w.sign(i, w.stranger, *w.keys), [
        (ALIEN, "low", NAME, "was signed by Alice and Bob"), (ALIEN, "medium", NAME, "was executed"), (ALIEN, "high", "Ops", "needs 1 approval instead of 2"),
    ]),
    ("rejected elsewhere", lambda w, i: w.stranger.send(privy.reject_intent(i.intent_id)), [(ALIEN, "low", NAME, "was rejected")]),
    ("rejected here", lambda w, i: w.app.send(privy.reject_intent(i.intent_id)), [(ORDERED, "low", NAME, "was rejected")]),
    ("expired", lambda w, i: w.emulator.advance(LIFETIME_MS + 1), [(ITSELF, "low", NAME, "expired before enough had signed it")]),
    ("another one, opened elsewhere", lambda w, i: w.propose(w.stranger), [(ALIEN, "low", NAME, "was opened: PATCH, until")]),
    ("another one, opened here", lambda w, i: w.propose(w.app), [(ORDERED, "low", NAME, "was opened: PATCH, until")]),
    ("another one, opened and done", lambda w, i: w.sign(w.propose(w.stranger), w.stranger, *w.keys), [
        (ALIEN, "medium", NAME, "was opened, and was executed"), (ITSELF, "low", NAME, "was dismissed"), (ALIEN, "high", "Ops", "needs 1 approval instead of 2"),
    ]),
    ("no longer listed", lambda w, i: w.emulator.privy.intents.proposals.pop(i.intent_id), [(ALIEN, "low", NAME, "is no longer listed")]),
]  # fmt: skip


@pytest.mark.parametrize(("act", "told"), [row[1:] for row in LATER], ids=[row[0] for row in LATER])
def test_later(act: Act, told: list[tuple[str, str, str, str]]) -> None:
    """What became of an intent since the earlier look: exactly this, each with its origin."""
    world = World()
    intent = world.propose(world.app)
    before = world.look()
    act(world, intent)
    lines = [
        (each.origin, each.severity, each.about, each.sentence)
        for each in compare(before, world.look())
    ]
    assert len(lines) == len(told), lines
    for origin, severity, about, words in told:
        assert any(line[:3] == (origin, severity, about) and words in line[3] for line in lines), lines  # fmt: skip


def test_a_wallet_is_named() -> None:
    """What an intent would change is called by name; who opened it is told where Privy says it."""
    world = World()
    before = world.look()
    wallet = next(each for each in before.wallets if each.owner_id)
    asked = privy.UpdateWalletRequest(display_name="Other")
    world.app.send(privy.create_wallet_update_intent(wallet.id, asked))
    (change,) = compare(before, world.look())
    assert change.about == f"Intent for wallet {wallet.display_name}"
    assert change.origin == ORDERED


def test_intents_that_could_not_be_read_are_no_change() -> None:
    """Where Privy refuses the list, it is a row, and nothing appears or disappears."""
    world = World()
    world.propose(world.app)
    whole = world.look()
    world.emulator.inject(Fault("status-before", operation="list_intents", times=50))
    half = world.look()
    assert [row.what for row in half.unseen if row.cause] == ["intents"]
    for before, after in ((whole, half), (half, whole)):
        changes = compare(before, after)
        assert [each.sentence for each in changes] == []
        assert {row.kind for row in changes.not_compared} == {"intent"}

"""What an endpoint would be told: each change once, in order; nothing of what was undone or lived again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.inside import stop_clock
from tests.samples import KEYS, keys_from_the_main_group
from toolkit import Emulator, cobo, privy
from toolkit.emulator.events import Event, Watch
from toolkit.keys import P256Key
from toolkit.privy.intents import LIFETIME_MS

PASSED = ("MPCProcessing", "KeyGenerating", "Success")


class Told:
    """An emulator that is watched, and what it told since it was last asked."""

    def __init__(self, **options: Any) -> None:
        self.emulator = Emulator.seeded(**options)
        stop_clock(self.emulator, self.emulator.clock.now_ms())
        self.custody = self.emulator.cobo_client()
        self.watch: Watch | None = None
        self.events()

    def events(self) -> list[Event]:
        self.watch, news = self.emulator.news(self.watch)
        return news

    def kinds(self) -> list[tuple[str, str]]:
        return [
            (event.type.removeprefix("wallets.mpc.tss_request."), event.data["status"])
            for event in self.events()
        ]

    def request(self) -> cobo.TSSRequest:
        return keys_from_the_main_group(self.emulator)


@pytest.fixture
def told() -> Told:
    return Told()


def test_step_by_step(told: Told) -> None:
    """Created, each step as the clock brings it, and the end; asked again, nothing."""
    request = told.request()
    (created,) = told.events()
    assert (created.service, created.type) == ("cobo", "wallets.mpc.tss_request.created")
    assert created.data["tss_request_id"] == request.tss_request_id
    assert created.data["data_type"] == "TSSRequest"
    steps = []
    for _ in range(11):
        told.emulator.advance(1_000)
        steps += told.kinds()
    assert steps == [("updated", PASSED[0]), ("updated", PASSED[1]), ("succeeded", PASSED[2])]
    assert told.kinds() == []


def test_a_clock_that_jumps(told: Told) -> None:
    """What was passed while nobody looked is told all the same, creation included."""
    told.request()
    told.emulator.advance(11_000)
    kinds = [("created", "PendingKeyHolderConfirmation"), ("updated", PASSED[0])]
    assert told.kinds() == [*kinds, ("updated", PASSED[1]), ("succeeded", PASSED[2])]


def test_a_failure(told: Told) -> None:
    """A request that fails is told as failed, and then no more."""
    request = told.request()
    told.events()
    call = cobo.cancel_tss_request_by_id(told.emulator.vault_id, request.tss_request_id or "")
    told.custody.send(call)
    assert told.kinds() == [("failed", "KeyHolderConfirmationFailed")]
    told.emulator.advance(11_000)
    assert told.kinds() == []


def test_nothing_happened(told: Told) -> None:
    """Reads, refusals and a reset are no news."""
    told.custody.send(cobo.list_mpc_vaults())
    assert told.events() == []
    told.request()
    told.emulator.reset()
    assert told.events() == []


def test_what_is_lived_again_is_not_told(tmp_path: Path) -> None:
    """After a restart only what happens from then on is told, to the end of an open request."""
    before = Told(state=tmp_path / "state")
    before.request()
    before.emulator.close()
    after = Told(state=tmp_path / "state")
    assert after.kinds() == []
    after.emulator.advance(11_000)
    assert [kind for kind, _ in after.kinds()] == ["updated", "updated", "succeeded"]


# ---- intents -----------------------------------------------------------------------------------------


def proposed(told: Told) -> privy.Intent:
    """A change of a quorum of two of three that was just proposed."""
    app = told.emulator.privy_client()
    request = privy.CreateKeyQuorumRequest(
        public_keys=[key.public for key in KEYS], authorization_threshold=2
    )
    quorum = app.send(privy.create_key_quorum(request))
    change = privy.UpdateKeyQuorumRequest(authorization_threshold=1)
    return app.send(privy.create_key_quorum_update_intent(quorum.id, change))


def authorize(told: Told, intent: privy.Intent, *keys: P256Key) -> None:
    app = told.emulator.privy_client()
    for key in keys:
        given = privy.sign_intent(intent, key, told.emulator.privy.app_id)
        app.send(privy.authorize_intent(intent.intent_id, given))


def test_an_intent_is_done(told: Told) -> None:
    """Created, each member's authorization, and what became of it."""
    intent = proposed(told)
    (created,) = told.events()
    assert (created.service, created.type) == ("privy", "intent.created")
    assert created.data["intent_id"] == intent.intent_id
    assert created.data["authorization_details"][0]["threshold"] == 2
    authorize(told, intent, KEYS[0])
    (first,) = told.events()
    assert first.type == "intent.authorized"
    assert first.data["member"]["public_key"] == KEYS[0].public.to_base64()
    authorize(told, intent, KEYS[1])
    second, executed = told.events()
    assert second.data["member"]["public_key"] == KEYS[1].public.to_base64()
    assert (executed.type, executed.data["status"]) == ("intent.executed", "executed")
    assert executed.data["action_result"]["status_code"] == 200
    assert told.events() == []


def test_all_of_an_intent_at_once(told: Told) -> None:
    """Nothing is left out where nobody looked meanwhile: the creation is told as it was."""
    intent = proposed(told)
    authorize(told, intent, *KEYS[:2])
    events = told.events()
    kinds = ["created", "authorized", "authorized", "executed"]
    assert [event.type.removeprefix("intent.") for event in events] == kinds
    members = events[0].data["authorization_details"][0]["members"]
    assert [member.get("signed_at") for member in members] == [None] * 3


def test_other_ends_of_an_intent(told: Told) -> None:
    """A rejection is told; of an expiry and a dismissal Privy has no event."""
    rejected, expired = proposed(told), proposed(told)
    told.events()
    told.emulator.privy_client().send(privy.reject_intent(rejected.intent_id))
    (event,) = told.events()
    assert (event.type, event.data["intent_id"]) == ("intent.rejected", rejected.intent_id)
    assert event.data["rejected_at"] == told.emulator.clock.now_ms()
    told.emulator.advance(LIFETIME_MS)
    assert told.events() == []
    assert told.emulator.privy.intents.proposal(expired.intent_id).status == "expired"

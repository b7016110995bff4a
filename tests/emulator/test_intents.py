"""Intents: proposed, signed member by member, done by the code of the change itself; every end that is documented."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import Door
from tests.emulated import lost
from tests.inside import stop_clock
from tests.samples import KEYS
from toolkit import Emulator, frames, privy
from toolkit.errors import (
    ApiError,
    InDoubt,
    InputError,
    NotFound,
    RequestRefused,
    SignatureRejected,
)
from toolkit.keys import P256Key
from toolkit.privy import signing
from toolkit.privy.intents import LIFETIME_MS

DAY_MS = 86_400_000
LOOSER = privy.UpdateKeyQuorumRequest(authorization_threshold=1)


class App:
    """A client of one world, a quorum of two of three, and a wallet that it owns."""

    def __init__(self, emulator: Emulator, client: privy.Client | None = None) -> None:
        self.emulator = emulator
        self.client = client or emulator.privy_client()
        self.quorum = self.client.send(
            privy.create_key_quorum(
                privy.CreateKeyQuorumRequest(
                    public_keys=[key.public for key in KEYS],
                    authorization_threshold=2,
                    display_name="Ops",
                )
            )
        )
        request = privy.CreateWalletRequest(chain_type="ethereum", owner_id=self.quorum.id)
        self.wallet = self.client.send(privy.create_wallet(request))

    def propose(self, request: privy.UpdateKeyQuorumRequest = LOOSER) -> privy.Intent:
        return self.client.send(privy.create_key_quorum_update_intent(self.quorum.id, request))

    def propose_name(self, name: str | None = "renamed") -> privy.Intent:
        request = privy.UpdateWalletRequest(display_name=name)
        return self.client.send(privy.create_wallet_update_intent(self.wallet.id, request))

    def sign(self, intent: privy.Intent, key: P256Key, **options: Any) -> privy.Intent:
        app_id = self.emulator.privy.app_id
        given = privy.sign_intent(intent, key, app_id, **options)
        return self.client.send(privy.authorize_intent(intent.intent_id, given))

    def read(self, intent: privy.Intent) -> privy.Intent:
        return self.client.send(privy.get_intent(intent.intent_id))

    def refused(self, call: Any) -> str:
        with pytest.raises(ApiError) as caught:
            self.client.send(call)
        return caught.value.what


@pytest.fixture
def app(emulator: Emulator) -> App:
    stop_clock(emulator, emulator.clock.now_ms())
    return App(emulator)


def test_a_whole_life(door: Door) -> None:
    """Proposed without a signature, done with the second; before and after stand beside each other."""
    app = App(door.emulator, door.app)
    intent = app.propose()
    assert (intent.status, intent.intent_type, intent.resource_id) == (
        "pending",
        "KEY_QUORUM",
        app.quorum.id,
    )
    assert intent.request_details.method == "PATCH"
    assert intent.request_details.url == f"{door.url}/v1/key_quorums/{app.quorum.id}"
    assert intent.request_details.body == {"authorization_threshold": 1}
    assert (intent.expires_at - intent.created_at, intent.custom_expiry) == (LIFETIME_MS, False)
    assert intent.current == app.quorum
    once = app.sign(intent, KEYS[0], now_ms=door.emulator.clock.now_ms())
    assert once.status == "pending"
    (details,) = once.authorization_details
    assert (details.threshold, details.display_name) == (2, "Ops")
    assert [bool(member.signed_at) for member in details.members] == [True, False, False]
    done = app.sign(intent, KEYS[2])
    assert done.status == "executed"
    assert done.action_result is not None
    assert (done.action_result.status_code, done.action_result.authorized_by_id) == (
        200,
        app.quorum.id,
    )
    assert done.action_result.prior_state["authorization_threshold"] == 2
    assert done.action_result.response_body["authorization_threshold"] == 1
    assert app.client.send(privy.get_key_quorum(app.quorum.id)).required == 1
    assert app.read(intent) == done


def test_a_wallet(app: App) -> None:
    """A wallet's owner signs; a new owner by key is made only when it is done."""
    request = privy.UpdateWalletRequest(owner=privy.WalletOwner(public_key=KEYS[0].public))
    before = len(app.emulator.privy.quorums)
    call = privy.create_wallet_update_intent(app.wallet.id, request)
    intent = app.client.send(call)
    assert len(app.emulator.privy.quorums) == before
    app.sign(intent, KEYS[0])
    done = app.sign(intent, KEYS[1])
    assert (done.status, len(app.emulator.privy.quorums)) == ("executed", before + 1)
    owner = app.client.send(privy.get_wallet(app.wallet.id)).owner_id
    assert owner not in (None, app.quorum.id)


def test_nested_quorums(app: App) -> None:
    """A nested quorum counts once it is met, and says so."""
    request = privy.CreateKeyQuorumRequest(
        user_ids=["did:privy:x"], key_quorum_ids=[app.quorum.id], authorization_threshold=1
    )
    outer = app.client.send(privy.create_key_quorum(request))
    change = privy.UpdateKeyQuorumRequest(display_name="renamed")
    intent = app.client.send(privy.create_key_quorum_update_intent(outer.id, change))
    once = app.sign(intent, KEYS[0])
    user, nested = once.authorization_details[0].members
    assert (user.type, user.user_id, user.signed_at) == ("user", "did:privy:x", None)
    assert (nested.type, nested.threshold, nested.threshold_met) == ("key_quorum", 2, False)
    done = app.sign(intent, KEYS[1])
    assert (done.status, done.authorization_details[0].members[1].threshold_met) == (
        "executed",
        True,
    )
    frame = frames.intents(done)
    assert frame[["signed", "required"]].to_numpy().tolist() == [[1, 1]]


Refused = Callable[[App, privy.Intent], Any]
WRONG: list[tuple[str, Refused, type[Exception], str]] = [
    ("a stranger", lambda app, intent: app.sign(intent, P256Key.generate()), SignatureRejected, "No valid"),
    ("another app", lambda app, intent: app.client.send(privy.authorize_intent(intent.intent_id, privy.sign_intent(intent, KEYS[0], "other"))), SignatureRejected, "No valid"),
    ("another intent", lambda app, intent: app.client.send(privy.authorize_intent(intent.intent_id, privy.sign_intent(app.propose_name(), KEYS[0], app.emulator.privy.app_id))), SignatureRejected, "No valid"),
    ("the expiry as well", lambda app, intent: app.sign(intent, KEYS[0], with_expiry=True), SignatureRejected, "intent-expiry"),
    ("twice", lambda app, intent: [app.sign(intent, KEYS[0]), app.sign(intent, KEYS[0])], ApiError, "authorized the intent already"),
    ("no such intent", lambda app, intent: app.client.send(privy.get_intent("nowhere")), NotFound, "Intent not found"),
    ("no such quorum", lambda app, intent: app.client.send(privy.create_key_quorum_update_intent("nowhere", LOOSER)), NotFound, "Key quorum not found"),
    ("no such wallet", lambda app, intent: app.client.send(privy.create_wallet_update_intent("nowhere", privy.UpdateWalletRequest(display_name="x"))), NotFound, "Wallet not found"),
    ("an impossible change", lambda app, intent: app.propose(privy.UpdateKeyQuorumRequest(authorization_threshold=4)), ApiError, "from 1 to 3"),
    ("a text that is no signature", lambda app, intent: app.client.send(privy.authorize_intent(intent.intent_id, privy.IntentAuthorizeInput(signature="x", timestamp=10**12))), RequestRefused, "no ECDSA signature"),
    ("a time in seconds", lambda app, intent: app.sign(intent, KEYS[0], now_ms=1_795_000_000), RequestRefused, "Unix milliseconds"),
    ("an unknown status", lambda app, intent: app.client.send(privy.list_intents(status="granted")), RequestRefused, "none of pending"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("act", "kind", "text"), [case[1:] for case in WRONG], ids=[case[0] for case in WRONG]
)
def test_refused(app: App, act: Refused, kind: type[Exception], text: str) -> None:
    """What is not right is refused by name, and the intent is as it was."""
    intent = app.propose()
    with pytest.raises(kind, match=text):
        act(app, intent)
    assert app.read(intent).status == "pending"
    assert app.client.send(privy.get_key_quorum(app.quorum.id)) == app.quorum


def expire(app: App, intent: privy.Intent) -> None:
    app.emulator.advance(LIFETIME_MS)


def reject(app: App, intent: privy.Intent) -> None:
    app.client.send(privy.reject_intent(intent.intent_id))


def execute(app: App, intent: privy.Intent) -> None:
    app.sign(intent, KEYS[0])
    app.sign(intent, KEYS[1])


def change(app: App, intent: privy.Intent) -> None:
    request = privy.UpdateKeyQuorumRequest(display_name="other")
    app.client.send(privy.update_key_quorum(app.quorum.id, request), signers=KEYS[:2])


def change_by_intent(app: App, intent: privy.Intent) -> None:
    execute(app, app.propose(privy.UpdateKeyQuorumRequest(display_name="other")))


def delete(app: App, intent: privy.Intent) -> None:
    request = privy.UpdateWalletRequest(owner_id=None)
    app.client.send(privy.update_wallet(app.wallet.id, request), signers=KEYS[:2])
    app.client.send(privy.delete_key_quorum(app.quorum.id), signers=KEYS[:2])


ENDS: list[tuple[Callable[[App, privy.Intent], None], str, str | None]] = [
    (expire, "expired", None),
    (reject, "rejected", None),
    (execute, "executed", None),
    (change, "dismissed", "changed"),
    (change_by_intent, "dismissed", "changed"),
    (delete, "dismissed", "deleted"),
]


@pytest.mark.parametrize(("end", "status", "reason"), ENDS, ids=[end[0].__name__ for end in ENDS])
def test_ends(app: App, end: Any, status: str, reason: str | None) -> None:
    """Each documented end, with its moment; nothing that has ended is signed, rejected or done any more."""
    intent = app.propose()
    end(app, intent)
    ended = app.read(intent)
    assert ended.status == status
    now_ms = app.emulator.clock.now_ms()
    assert ended.rejected_at == (now_ms if status == "rejected" else None)
    assert ended.dismissed_at == (now_ms if status == "dismissed" else None)
    assert (reason or "") in (ended.dismissal_reason or "")
    assert (ended.current_resource_data is None) == (reason == "deleted")
    given = privy.sign_intent(intent, KEYS[2], app.emulator.privy.app_id)
    assert "400" in app.refused(privy.reject_intent(intent.intent_id))
    if reason != "deleted":
        again = app.refused(privy.authorize_intent(intent.intent_id, given))
        assert f"The intent is {status}, not pending" in again
    app.emulator.advance(LIFETIME_MS)
    assert app.read(intent).status == status


def test_what_cannot_be_done_any_more_fails(emulator: Emulator) -> None:
    """Where intents are judged when they are done: a failed one says why, and changes nothing."""
    app = App(Emulator.seeded(choices={"privy.intent_checked": "at-execution"}))
    intent = app.propose(privy.UpdateKeyQuorumRequest(authorization_threshold=4))
    execute(app, intent)
    failed = app.read(intent)
    assert failed.action_result is not None
    assert (failed.status, failed.action_result.status_code) == ("failed", 400)
    assert "from 1 to 3" in failed.action_result.response_body["error"]
    assert app.client.send(privy.get_key_quorum(app.quorum.id)) == app.quorum
    assert frames.intents(failed)["status_code"].tolist() == [400]


def test_a_wallet_without_an_owner(app: App) -> None:
    """Nobody could authorize it."""
    made = app.client.send(privy.create_wallet(privy.CreateWalletRequest(chain_type="solana")))
    request = privy.UpdateWalletRequest(display_name="x")
    assert "no owner" in app.refused(privy.create_wallet_update_intent(made.id, request))


@pytest.mark.parametrize(
    ("option", "status"), [("counts-anew", "executed"), ("dismissed", "dismissed")]
)
def test_the_owners_quorum_changes(option: str, status: str) -> None:
    """Whether a wallet's intent outlives a change of its owner's members is a choice; then those of now must sign."""
    app = App(Emulator.seeded(choices={"privy.intent_owner_changed": option}))
    intent = app.propose_name()
    app.sign(intent, KEYS[0])
    keys = [KEYS[1].public, KEYS[2].public]
    request = privy.UpdateKeyQuorumRequest(public_keys=keys)
    app.client.send(privy.update_key_quorum(app.quorum.id, request), signers=KEYS[:2])
    if option == "counts-anew":
        assert app.sign(intent, KEYS[1]).status == "pending"  # the first one is no member any more
        app.sign(intent, KEYS[2])
    assert app.read(intent).status == status


PAYLOADS = [
    ("request", [True, False]),
    ("request-with-expiry", [False, True]),
    ("either", [True, True]),
]


@pytest.mark.parametrize(("option", "taken"), PAYLOADS)
def test_what_is_signed_is_a_choice(option: str, taken: list[bool]) -> None:
    """The bytes are documented in words only: each reading of them can be switched to."""
    app = App(Emulator.seeded(choices={"privy.intent_payload": option}))
    intent = app.propose()
    for with_expiry, fits in zip((False, True), taken, strict=True):
        key = KEYS[with_expiry]
        given = privy.sign_intent(intent, key, app.emulator.privy.app_id, with_expiry=with_expiry)
        exchange = app.client.exchange(privy.authorize_intent(intent.intent_id, given))
        assert (exchange.status == 200) == fits
        if not fits:
            assert app.emulator.explain(app.emulator.ledger[-1].n).name == "intent-expiry"


OWN: list[tuple[str, str, str, Any]] = [
    ("what brings the signature", "POST", "/intents/{intent}/authorize", {}),
    ("the same with its moment", "POST", "/intents/{intent}/authorize", {"timestamp": 10**12}),
    ("what proposed it", "PATCH", "/intents/key_quorums/{quorum}", {"authorization_threshold": 1}),
]


@pytest.mark.parametrize(
    ("method", "path", "body"), [case[1:] for case in OWN], ids=[case[0] for case in OWN]
)
def test_the_intents_own_request_was_signed(app: App, method: str, path: str, body: Any) -> None:
    """A member who signed a request of the intent itself is told so, and what to sign."""
    intent = app.propose()
    url = "https://emulator.invalid/v1" + path.format(intent=intent.intent_id, quorum=app.quorum.id)
    text = signing.message(method, url, {"privy-app-id": app.emulator.privy.app_id}, body)
    signature = base64.b64encode(KEYS[0].sign(text.encode())).decode()
    given = privy.IntentAuthorizeInput(signature=signature, timestamp=10**12)
    with pytest.raises(SignatureRejected, match=r"intent-request: .*request_details"):
        app.client.send(privy.authorize_intent(intent.intent_id, given))


def test_signed_twice_may_be_taken() -> None:
    """It counts once either way."""
    app = App(Emulator.seeded(choices={"privy.intent_signed_twice": "accepted"}))
    intent = app.propose()
    app.sign(intent, KEYS[0])
    assert app.sign(intent, KEYS[0]).status == "pending"


def listed(app: App, **query: Any) -> list[str]:
    return [intent.intent_id for intent in app.client.send(privy.list_intents(**query))]


def test_every_filter(app: App) -> None:
    """Each documented filter finds what it names and nothing else; pages and orders, too."""
    request = privy.CreateKeyQuorumRequest(
        public_keys=[KEYS[0].public], user_ids=["did:privy:x"], authorization_threshold=2
    )
    mixed = app.client.send(privy.create_key_quorum(request))
    first = app.propose()
    app.emulator.advance(1_000)
    second = app.propose_name()
    app.emulator.advance(1_000)
    change = privy.UpdateKeyQuorumRequest(display_name="x")
    third = app.client.send(privy.create_key_quorum_update_intent(mixed.id, change))
    app.emulator.advance(1_000)
    app.sign(first, KEYS[0])
    reject(app, second)
    a, b, c = (intent.intent_id for intent in (first, second, third))
    assert listed(app) == [c, b, a]
    assert listed(app, sort_by="expires_at_asc") == [a, b, c]
    assert listed(app, sort_by="updated_at_desc") == [b, a, c]
    assert listed(app, status="rejected") == [b]
    assert listed(app, status="executed") == []
    assert listed(app, intent_type="WALLET") == [b]
    assert listed(app, intent_type="RPC") == []
    assert listed(app, resource_id=mixed.id) == [c]
    assert listed(app, resource_id="nowhere") == []
    assert listed(app, created_by_id="did:privy:x") == []
    assert listed(app, pending_member_id="did:privy:x") == [c]
    assert listed(app, pending_member_id="did:privy:y") == []
    assert listed(app, current_user_has_signed=True) == []
    assert listed(app, current_user_has_signed=False) == [c, b, a]
    page = app.client.send(privy.list_intents(limit=2))
    assert ([each.intent_id for each in page], page.is_last) == ([c, b], False)
    assert listed(app, cursor=page.next_cursor) == [a]
    pages = app.client.iterate(privy.list_intents(limit=1))
    assert [each.intent_id for page in pages for each in page] == [c, b, a]
    assert frames.intents(page)["intent_id"].tolist() == [c, b]


ORDERS = [("created_at_desc", [1, 0]), ("expires_at_asc", [0, 1]), ("updated_at_desc", [0, 1])]


@pytest.mark.parametrize(("order", "places"), ORDERS)
def test_the_order_of_a_list_is_a_choice(order: str, places: list[int]) -> None:
    """Where none is asked for."""
    app = App(Emulator.seeded(choices={"privy.intent_order": order}))
    made = [app.propose()]
    app.emulator.advance(1_000)
    made.append(app.propose_name())
    app.emulator.advance(1_000)
    app.sign(made[0], KEYS[0])
    assert listed(app) == [made[at].intent_id for at in places]


ODD = [
    ("GET", "?limit=0", None, "limit"), ("GET", "?limit=101", None, "limit"), ("GET", "?cursor=x", None, "cursor"),
    ("GET", "?status=granted", None, "status"), ("GET", "?intent_type=x", None, "intent_type"),
    ("GET", "?sort_by=x", None, "sort_by"), ("GET", "?current_user_has_signed=1", None, "current_user"),
    ("GET", "?colour=x", None, "Unrecognized query"),
    ("POST", "/{id}/authorize", {}, "signature"), ("POST", "/{id}/authorize", {"signature": 1}, "signature"),
    ("POST", "/{id}/authorize", {"signature": "x", "timestamp": "1"}, "timestamp"),
    ("POST", "/{id}/authorize", {"signature": "x", "timestamp": True}, "timestamp"),
    ("POST", "/{id}/authorize", {"signature": "x", "timestamp": -1}, "timestamp"),
    ("POST", "/{id}/authorize", {"signature": "x", "timestamp": 1, "more": 1}, "Unrecognized"),
]  # fmt: skip


def posted(app: App, method: str, path: str, body: Any, **headers: str) -> httpx.Response:
    """A request of another program, as it likes."""
    pair = f"{app.emulator.privy.app_id}:{app.emulator.privy.app_secret.reveal()}"
    sent = {
        "authorization": "Basic " + base64.b64encode(pair.encode()).decode(),
        "privy-app-id": app.emulator.privy.app_id,
        "content-type": "application/json",
    }
    content = b"" if body is None else json.dumps(body).encode()
    url = f"https://emulator.invalid/v1/intents{path}"
    request = httpx.Request(method, url, headers=sent | headers, content=content)
    answer = app.emulator.handle(request)
    answer.read()
    return answer


@pytest.mark.parametrize(
    ("method", "path", "body", "text"), ODD, ids=[each[3] + each[1] for each in ODD]
)
def test_odd_requests(app: App, method: str, path: str, body: Any, text: str) -> None:
    """What no schema has is 400, and names what is odd; no parameter is without effect."""
    intent = app.propose()
    answer = posted(app, method, path.replace("{id}", intent.intent_id), body)
    assert answer.status_code == 400
    assert text in answer.json()["error"]


def test_an_expiry_of_its_own(app: App) -> None:
    """privy-request-expiry sets it and is said so; one that has passed, or is no number, is refused."""
    path, body = f"/key_quorums/{app.quorum.id}", {"authorization_threshold": 1}
    until = app.emulator.clock.now_ms() + DAY_MS
    made = posted(app, "PATCH", path, body, **{"privy-request-expiry": str(until)}).json()
    assert (made["expires_at"], made["custom_expiry"]) == (until, True)
    statuses = []
    for odd in (str(until - DAY_MS), "tomorrow"):
        answer = posted(app, "PATCH", path, body, **{"privy-request-expiry": odd})
        statuses.append(answer.status_code)
    assert statuses == [401, 400]
    app.emulator.advance(DAY_MS)
    assert app.client.send(privy.get_intent(made["intent_id"])).status == "expired"


def test_our_client_says_until_when(app: App) -> None:
    """Prepared with an expiry the intent ends at that moment; without one after 72 hours."""
    call = privy.create_key_quorum_update_intent(app.quorum.id, LOOSER)
    intent = app.client.send(app.client.prepare(call, expires_in_s=60))
    assert intent.custom_expiry
    assert 0 <= intent.expires_at - intent.created_at - 60_000 < 1_000
    assert "privy-request-expiry" not in app.client.prepare(call).headers
    for odd in (0, 10**9):
        with pytest.raises(InputError, match="expires_in_s"):
            app.client.prepare(call, expires_in_s=odd)
    with pytest.raises(InputError, match="is not signed"):
        app.client.prepare(privy.reject_intent("i"), expires_in_s=60)


@pytest.mark.parametrize(("option", "name"), [("app-secret", "App secret"), ("absent", None)])
def test_who_made_it(option: str, name: str | None) -> None:
    """What stands for the app secret is a choice."""
    app = App(Emulator.seeded(choices={"privy.intent_creator": option}))
    assert (app.propose().created_by_display_name, app.propose().created_by_id) == (name, None)


def test_after_a_restart(tmp_path: Path) -> None:
    """From the state file come who has signed, the address that is signed and the expiry; no signature is in it."""
    path = tmp_path / "state"
    app = App(Emulator.seeded(state=path))
    intent, other = app.propose(), app.propose_name()
    given = privy.sign_intent(intent, KEYS[0], app.emulator.privy.app_id)
    signed = app.client.send(privy.authorize_intent(intent.intent_id, given))
    until = app.emulator.clock.now_ms() + DAY_MS
    header = {"privy-request-expiry": str(until)}
    third = posted(
        app, "PATCH", f"/wallets/{app.wallet.id}", {"display_name": "x"}, **header
    ).json()
    reject(app, other)
    app.emulator.close()
    assert given.signature not in path.read_text()
    again = Emulator.seeded(state=path)
    client = again.privy_client()
    assert client.send(privy.get_intent(intent.intent_id)) == signed
    assert client.send(privy.get_intent(other.intent_id)).status == "rejected"
    kept = client.send(privy.get_intent(third["intent_id"]))
    assert (kept.expires_at, kept.custom_expiry) == (until, True)
    second = privy.sign_intent(intent, KEYS[1], again.privy.app_id)
    done = client.send(privy.authorize_intent(intent.intent_id, second))
    assert done.status == "executed"
    again.close()
    third_time = Emulator.seeded(state=path).privy_client()
    assert third_time.send(privy.get_intent(intent.intent_id)) == done


def test_lost_answers(app: App) -> None:
    """A lost rejection is found; a lost authorization by its moment; a proposal is asked about, never made twice."""
    intent = app.propose()
    lost(app.emulator, "authorize_intent")
    given = privy.sign_intent(intent, KEYS[0], app.emulator.privy.app_id, now_ms=1_795_000_000_000)
    adopted = app.client.exchange(privy.authorize_intent(intent.intent_id, given))
    assert (adopted.outcome, adopted.value.status) == ("adopted", "pending")
    lost(app.emulator, "reject_intent")
    rejected = app.client.exchange(privy.reject_intent(intent.intent_id))
    assert (rejected.outcome, rejected.value.status) == ("adopted", "rejected")
    lost(app.emulator, "create_wallet_update_intent")
    with pytest.raises(InDoubt) as caught:
        app.propose_name()
    assert len(caught.value.candidates) == 1
    assert len(listed(app, resource_id=app.wallet.id)) == 1


def test_signatures_stay_out_of_sight(app: App) -> None:
    """A member's signature stands neither in the journal, nor in the ledger, nor on a card or receipt."""
    intent = app.propose()
    given = privy.sign_intent(intent, KEYS[0], app.emulator.privy.app_id)
    call = privy.authorize_intent(intent.intent_id, given)
    prepared = app.client.prepare(call)
    exchange = app.client.exchange(call)
    shown = [repr(given), given._repr_html_(), repr(prepared), prepared._repr_html_(), repr(call)]
    shown += [repr(exchange.receipt()), exchange.receipt()._repr_html_(), exchange._repr_html_()]
    shown += [repr(entry.body) for entry in app.client.journal.entries()]
    shown += [repr(line.as_dict()) for line in app.emulator.ledger]
    shown += [frames.journal(app.client).to_string()]
    assert exchange.status == 200
    assert not [text for text in shown if given.signature in text or given.signature[8:60] in text]
    assert given.signature.encode() in prepared.body

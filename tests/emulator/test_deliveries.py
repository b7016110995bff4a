"""Webhooks over HTTP: a real handler receives them, verifies them for real, and is tried again as documented."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.handler import Post, handling
from tests.inside import stop_clock
from tests.samples import KEYS, keys_from_the_main_group
from toolkit import Emulator, cobo, privy
from toolkit.emulator import limits
from toolkit.emulator.deliveries import (
    SVIX_PAUSES_MS,
    CoboSender,
    Deliveries,
    PrivySender,
    loopback_url,
)
from toolkit.emulator.events import Event
from toolkit.emulator.http import serving
from toolkit.errors import InputError, WebhookRefused

CREATED = "wallets.mpc.tss_request.created"
STEPS = ["created", "updated", "updated", "succeeded"]


def place(facts: dict[str, Any]) -> cobo.Environment:
    here = facts["cobo"]
    return cobo.Environment(here["base_url"], here["response_public_key"], "EMULATOR")


def event_of(post: Post, emulator: Emulator, facts: dict[str, Any]) -> cobo.WebhookEvent:
    now_ms = emulator.clock.now_ms()
    return cobo.verify_webhook(post.body, post.headers, place(facts), now_ms=now_ms)


def deliveries(facts: dict[str, Any]) -> list[dict[str, Any]]:
    control = facts["control"]
    headers = {"X-Emulator-Token": control["token"]}
    answer = httpx.get(control["url"] + "/deliveries", headers=headers, trust_env=False)
    listed: list[dict[str, Any]] = answer.json()
    return listed


def settled(facts: dict[str, Any], is_so: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The first delivery, once that is so: asked until then, and not for ever."""
    for _ in range(2_000):
        first = deliveries(facts)[0]
        if is_so(first):
            return first
    raise AssertionError(first)


def test_a_request_for_keys(emulator: Emulator) -> None:
    """Every step of a TSS request arrives, in both spellings of the headers, and is verified."""
    with handling() as handler, serving(emulator, webhook=handler.url) as facts:
        request = keys_from_the_main_group(emulator)
        first = handler.next()
        assert first.path == "/hook"
        assert first.headers["BIZ_TIMESTAMP"] == first.headers["BIZ-TIMESTAMP"]
        assert first.headers["BIZ_RESP_SIGNATURE"] == first.headers["BIZ-RESP-SIGNATURE"]
        created = event_of(first, emulator, facts)
        assert (created.type, created.url) == (CREATED, handler.url)
        assert created.data.tss_request_id == request.tss_request_id
        emulator.advance(11_000)
        events = [created, *(event_of(handler.next(), emulator, facts) for _ in STEPS[1:])]
        assert sorted(event.type.rpartition(".")[2] for event in events) == sorted(STEPS)
        assert len({event.event_id for event in events}) == len(STEPS)
        with pytest.raises(WebhookRefused):
            event_of(first._replace(body=first.body + b" "), emulator, facts)


def test_an_intent(emulator: Emulator) -> None:
    """Every step of an intent arrives, and is verified with the secret of the emulator's line."""
    with handling(204) as handler, serving(emulator, webhook=handler.url) as facts:
        app = emulator.privy_client()
        request = privy.CreateKeyQuorumRequest(public_keys=[KEYS[0].public])
        quorum = app.send(privy.create_key_quorum(request))
        change = privy.UpdateKeyQuorumRequest(display_name="é 🔑")
        intent = app.send(privy.create_key_quorum_update_intent(quorum.id, change))
        given = privy.sign_intent(intent, KEYS[0], emulator.privy.app_id)
        app.send(privy.authorize_intent(intent.intent_id, given))
        secret, now_ms = facts["webhook"]["privy_signing_secret"], emulator.clock.now_ms()
        posts = [handler.next() for _ in range(3)]
        events = [
            privy.verify_webhook(post.body, post.headers, secret, now_ms=now_ms) for post in posts
        ]
        told = {event.type: event.data for event in events}
        assert set(told) == {"intent.created", "intent.authorized", "intent.executed"}
        assert {data.intent_id for data in told.values()} == {intent.intent_id}
        done = told["intent.executed"].action_result
        assert done.response_body["display_name"] == "é 🔑"
        assert len({event.svix_id for event in events}) == 3
        assert given.signature not in b"".join(post.body for post in posts).decode()


RETRIED = [
    ("an error", [500, 201]),
    ("another success, which is none for Cobo", [204, 200]),
    ("a redirect, which is not followed", [302, 200]),
]


@pytest.mark.parametrize("statuses", [case[1] for case in RETRIED], ids=[c[0] for c in RETRIED])
def test_tried_again(emulator: Emulator, statuses: list[int]) -> None:
    """What was not received comes again: the same event and bytes, signed anew when its time comes."""
    stop_clock(emulator, emulator.clock.now_ms())
    with handling(*statuses) as handler, serving(emulator, webhook=handler.url) as facts:
        keys_from_the_main_group(emulator)
        first = handler.next()
        waiting = settled(facts, lambda each: each["tries"] == 1)
        assert (waiting["state"], waiting["came_of_it"]) == ("Retrying", [f"HTTP {statuses[0]}"])
        assert waiting["next_try_ms"] == emulator.clock.now_ms() + 1_000
        emulator.advance(1_000)
        again = handler.next()
        assert (again.path, again.body) == ("/hook", first.body)
        assert again.headers["BIZ_TIMESTAMP"] > first.headers["BIZ_TIMESTAMP"]
        assert event_of(again, emulator, facts).event_id == waiting["event_id"]
        assert settled(facts, lambda each: each["tries"] == 2)["state"] == "Success"


def test_given_up(emulator: Emulator) -> None:
    """After ten more tries Cobo stops, and nothing is posted any more."""
    stop_clock(emulator, emulator.clock.now_ms())
    with handling(500) as handler, serving(emulator, webhook=handler.url) as facts:
        request = keys_from_the_main_group(emulator)
        call = cobo.cancel_tss_request_by_id(emulator.vault_id, request.tss_request_id or "")
        emulator.cobo_client().send(call)  # it ends: no further event
        for tries in range(1, 12):
            handler.next(), handler.next()
            waiting = settled(facts, lambda each, tries=tries: each["tries"] == tries)  # type: ignore[misc]
            emulator.advance(1_000 * 2**tries)
        assert waiting["state"] == "Failed"
        assert waiting["next_try_ms"] is None
        settled(facts, lambda each: True)
        assert handler.posts.empty()


def test_nobody_there(emulator: Emulator) -> None:
    """A handler that does not run is tried again, too; the reason is named."""
    with serving(emulator, webhook="http://127.0.0.1:9/hook") as facts:
        keys_from_the_main_group(emulator)
        waiting = settled(facts, lambda each: each["tries"] == 1)
    assert (waiting["state"], waiting["came_of_it"]) == ("Retrying", ["ConnectError"])


def test_no_answer_waits_for_a_handler(emulator: Emulator) -> None:
    """While a handler holds its answer back, the emulator answers, also to that handler."""
    with handling(held=True) as handler, serving(emulator, webhook=handler.url) as facts:
        keys_from_the_main_group(emulator)
        handler.next()
        assert deliveries(facts)[0]["tries"] == 0
        with cobo.Client(emulator.api_key, environment=place(facts)) as custody:
            assert custody.send(cobo.list_mpc_vaults()).data
        assert deliveries(facts)[0]["tries"] == 0


def test_in_process_nothing_is_kept(emulator: Emulator) -> None:
    """Without the option nobody watches, and the control door says that nothing was posted."""
    with serving(emulator) as facts:
        assert "webhook" not in facts
        keys_from_the_main_group(emulator)
        assert deliveries(facts) == []


ELSEWHERE = [
    "https://hooks.example/x", "http://10.0.0.1/x", "http://0.0.0.0:1/x", "127.0.0.1:80", "ftp://127.0.0.1/x",
    "http://127.0.0.1.example/x", "http://me:secret@127.0.0.1/x", "http://127.0.0.1/x#y", "http://127.0.0.1:99999/",
    "http://127.0.0.1/a b\n", "", "http://[::1", 7,
]  # fmt: skip


@pytest.mark.parametrize("url", ELSEWHERE, ids=ascii)
def test_only_on_this_computer(emulator: Emulator, url: Any) -> None:
    """Any other address is refused before anything listens, without repeating it."""
    with (
        pytest.raises(InputError, match="webhook must be") as caught,
        serving(emulator, webhook=url),
    ):
        pass
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["http://localhost:8000/a?b=c", "http://[::1]:1/", "https://127.8.8.8/x"]
)
def test_this_computer(url: str) -> None:
    """Every name of this machine is taken as it is."""
    assert loopback_url(url) == url


def test_the_command() -> None:
    """The command's line says what a handler needs; another computer's address is a clear error."""
    command = [sys.executable, "-m", "toolkit", "emulator", "--world", "empty", "--webhook"]
    refused = subprocess.run(
        [*command, "http://10.0.0.1/"], capture_output=True, text=True, timeout=60, check=False
    )
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "handler on this computer" in refused.stderr
    with subprocess.Popen([*command, "http://127.0.0.1:9/"], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        facts = json.loads(process.stdout.readline())
        process.terminate()
        process.wait(20)
    assert facts["webhook"]["url"] == "http://127.0.0.1:9/"
    assert facts["webhook"]["privy_signing_secret"].startswith("whsec_")


def test_as_svix_posts(emulator: Emulator) -> None:
    """Privy's events have Svix's headers and schedule; any 2xx is enough."""
    sender, at_ms = PrivySender(emulator), 1_795_000_000_999
    delivery = sender.prepared(Event("privy", "user.created", 1, {"user": "é"}), "http://x")
    headers = sender.headers(delivery, at_ms)
    event = privy.verify_webhook(delivery.body, headers, emulator.webhook_secret, now_ms=at_ms)
    assert (event.svix_id, event.sent_at) == (delivery.event_id, 1_795_000_000_000)
    assert event.data == {"type": "user.created", "user": "é"}
    received = [sender.is_received(status) for status in (200, 204, 301, 500)]
    assert received == [True, True, False, False]
    assert (tuple(sender.pauses_ms()), len(SVIX_PAUSES_MS)) == (SVIX_PAUSES_MS, 7)


def test_pauses_are_a_choice() -> None:
    """How long Cobo waits between its ten tries is documented nowhere."""
    doubling = CoboSender(Emulator.seeded()).pauses_ms()
    even = CoboSender(Emulator.seeded(choices={"cobo.webhook_pauses": "even"})).pauses_ms()
    assert (doubling[:3], len(doubling)) == ((1_000, 2_000, 4_000), 10)
    assert list(even) == [1_000] * 10


def test_bounded(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many events nobody receives: so many are kept, in so many bytes, and the rest is counted."""
    posting = Deliveries(emulator, "http://127.0.0.1:9/")
    large = Event("privy", "intent.created", 1, {"text": "x" * 100_000})
    monkeypatch.setattr(emulator, "news", lambda watch: (watch, [large] * 50))
    posting.look()
    assert sum(len(each.body) for each in posting.latest) <= limits.DELIVERIES_BYTES
    assert posting.dropped == 50 - len(posting.latest)
    small = Event("cobo", CREATED, 1, {})
    monkeypatch.setattr(emulator, "news", lambda watch: (watch, [small] * 1_500))
    posting.look()
    assert len(posting.latest) == limits.DELIVERIES
    assert posting.dropped == 1_550 - limits.DELIVERIES


def test_secrets_are_masked(emulator: Emulator) -> None:
    """The signing secret that somebody pasted into a request is not in the ledger."""
    secret = emulator.webhook_secret.reveal()
    app = emulator.privy_client()
    request = privy.CreateKeyQuorumRequest(user_ids=["did:privy:x"], display_name=secret[6:46])
    app.exchange(privy.create_key_quorum(request), acknowledge={"privy.name"})
    app.exchange(privy.get_key_quorum(secret))
    assert secret.removeprefix("whsec_") not in repr(emulator.ledger)

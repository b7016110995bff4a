"""A lost answer is asked for again under its idempotency key: made once, and nobody is asked; beyond 24 hours a person is."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.conftest import Door
from tests.emulated import LOST, last_change, lost, posts
from tests.inside import Send, raw_answers
from toolkit import Emulator, frames, privy
from toolkit.client.journal import Journal
from toolkit.emulator import Fault
from toolkit.emulator.core import LedgerLine
from toolkit.errors import ApiError, InDoubt
from toolkit.forms.in_doubt import InDoubtCard
from toolkit.privy import signing
from toolkit.transport.http import RawResponse

DAY_MS = 24 * 60 * 60_000
UUID4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
CALL = privy.create_wallet(privy.CreateWalletRequest(chain_type="ethereum"))


def wallets_made(emulator: Emulator) -> list[str]:
    """By requests: the demo world has some of its own."""
    return [line.made for line in emulator.ledger if line.made]


def test_one_key_from_preview_to_receipt(emulator: Emulator) -> None:
    """A new V4 UUID for each preparation; the same one leaves, stands in journal, table and receipt, and is no part of the fingerprint."""
    app = emulator.privy_client()
    first, second = app.prepare(CALL), app.prepare(CALL)
    key = first.headers[signing.IDEMPOTENCY_KEY]
    assert UUID4.fullmatch(key)
    assert (first.idempotency_key, first.fingerprint) == (key, second.fingerprint)
    assert second.idempotency_key != key
    exchange = app.exchange(first)
    entry = app.journal.get(exchange.entry or 0)
    assert entry.idempotency_key == exchange.receipt().idempotency_key == key
    assert f"{key} (idempotency key)" in app.receipt(entry).text
    assert key in first._repr_html_()
    assert frames.journal(app)["idempotency_key"].tolist() == [key]
    unkeyed = app.prepare(privy.create_key_quorum(privy.CreateKeyQuorumRequest(user_ids=["u"])))
    assert (unkeyed.idempotency_key, signing.IDEMPOTENCY_KEY in unkeyed.headers) == ("", False)


def test_it_is_written_down_before_it_leaves(emulator: Emulator) -> None:
    """While the request is on its way its key is in the journal already."""
    app = emulator.privy_client()
    seen: list[Any] = []

    def look(prepared: Any, send: Send) -> RawResponse:
        seen.append((prepared.idempotency_key, app.pending()[0].idempotency_key))
        return send()

    raw_answers(app, look)
    app.send(CALL)
    ((sent, written),) = seen
    assert sent == written != ""


@pytest.mark.parametrize("kind", ["status-after", "status-before", "late-commit"])
def test_a_lost_answer_is_asked_for_again(door: Door, kind: str) -> None:
    """Whether it was done, never arrived or is done later: made once, answered, and nobody is asked."""
    door.emulator.inject(Fault(kind, operation="create_wallet", **LOST))
    exchange = door.app.exchange(CALL)
    door.emulator.advance(120_000)
    door.app.send(privy.list_wallets())  # what was put off is done by now
    assert exchange.outcome == "answered"
    assert wallets_made(door.emulator) == [exchange.value.id]
    entry = door.app.journal.get(exchange.entry or 0)
    assert (entry.state, entry.made) == ("answered", exchange.value.id)
    assert "under its idempotency key" in entry.history[-1][1]
    assert door.app.resolve(entry).value == exchange.value


def test_a_service_that_is_away_for_a_while(emulator: Emulator) -> None:
    """It is asked again for as long as the window lasts; after that a person is told that sending again is safe, and until when."""
    app = emulator.privy_client()
    emulator.inject(Fault("status-after", operation="create_wallet", times=4, **LOST))
    assert app.exchange(CALL).outcome == "answered"
    emulator.inject(Fault("status-after", operation="create_wallet", times=50, **LOST))
    error = app.exchange(CALL).error
    assert isinstance(error, InDoubt)
    assert "under the same idempotency key: until" in error.hint
    emulator.inject()
    emulator.advance(3_600_000)
    until_ms = app.repeats_safely_until(error.number)
    assert until_ms is not None
    assert DAY_MS - 2 * 3_600_000 < until_ms - emulator.clock.now_ms() < DAY_MS
    before = len(wallets_made(emulator))
    again = app.resolve(error.number, send_again=True)
    assert (again.outcome, len(wallets_made(emulator))) == ("answered", before)
    one, two = (app.journal.get(number).idempotency_key for number in (2, 3))
    assert one == two


def test_after_a_restart(emulator: Emulator, tmp_path: Path) -> None:
    """Asked for once more by another process, the same change is settled with what it made."""
    path = tmp_path / "shared.sqlite"
    app = emulator.privy_client(journal=Journal(path), window_s=0)
    emulator.inject(Fault("status-after", operation="create_wallet", times=2, **LOST))
    number = app.exchange(CALL).entry
    later = emulator.privy_client(journal=Journal(path))
    emulator.inject()
    exchange = later.exchange(CALL)
    assert (exchange.entry, exchange.outcome) == (number, "answered")
    assert wallets_made(emulator) == [exchange.value.id]


def test_beyond_a_day_a_person_is_asked(emulator: Emulator) -> None:
    """The service has forgotten the key: nothing is sent by itself, and sending again has a key of its own."""
    app = emulator.privy_client()
    emulator.inject(Fault("status-after", operation="create_wallet", times=50, **LOST))
    number = app.exchange(CALL).entry
    emulator.inject()
    emulator.advance(DAY_MS)
    assert app.repeats_safely_until(number) is None
    sent = posts(emulator)
    error = app.exchange(CALL).error
    assert isinstance(error, InDoubt)
    assert "if you know that it did not happen" in error.hint
    assert "not sent again by itself" in error.hint
    assert posts(emulator) == sent
    again = app.resolve(number, send_again=True)
    assert app.journal.get(again.entry or 0).idempotency_key != app.journal.get(1).idempotency_key
    assert len(set(wallets_made(emulator))) == 2


def test_a_key_lives_from_its_first_use(emulator: Emulator) -> None:
    """Sending again does not make a key younger: the service counts from the first request."""
    app = emulator.privy_client()
    emulator.inject(Fault("status-after", operation="create_wallet", times=99, **LOST))
    number = app.exchange(CALL).entry
    emulator.advance(DAY_MS // 2)
    second = app.resolve(number, send_again=True).entry
    assert second != number
    emulator.advance(DAY_MS // 2)
    assert app.repeats_safely_until(second or 0) is None


@pytest.mark.parametrize("back_ms", [60_000, 2 * DAY_MS])
def test_a_clock_that_was_set_back(emulator: Emulator, back_ms: int) -> None:
    """By a clock that stands before the first request nobody knows how old a key is."""
    back = [0]
    app = emulator.privy_client(clock=lambda: emulator.clock.now_ms() - back[0])
    emulator.inject(Fault("status-after", operation="create_wallet", times=99, **LOST))
    number = app.exchange(CALL).entry
    assert app.repeats_safely_until(number) is not None
    back[0] = back_ms
    assert app.repeats_safely_until(number) is None


REFUSALS: list[tuple[str, int, str]] = [
    ("for what it says, and nothing is there", 400, "refused"),
    ("for who asks: that may be new", 401, "unknown"),
    ("for where it asks", 404, "unknown"),
]


@pytest.mark.parametrize(
    ("status", "outcome"), [case[1:] for case in REFUSALS], ids=[case[0] for case in REFUSALS]
)
def test_a_refusal_of_the_second_request(emulator: Emulator, status: int, outcome: str) -> None:
    """It settles the first one only where it is about what both say, and what they ask for is nowhere."""
    app = emulator.privy_client()
    call = privy.create_wallet(
        privy.CreateWalletRequest(chain_type="ethereum", external_id="nobody-has-it")
    )
    lost(emulator, "create_wallet", "status-before")
    sent: list[int] = []

    def second_is_refused(prepared: Any, send: Send) -> RawResponse:
        raw = send()
        sent.append(prepared.call.operation.changes)
        if sum(sent) < 2 or not prepared.call.operation.changes:
            return raw
        del emulator.privy.wallets[next(reversed(emulator.privy.wallets))]
        return RawResponse(status, raw.fields, b'{"error": "No.", "code": "invalid_data"}', None)

    raw_answers(app, second_is_refused)
    exchange = app.exchange(call)
    assert exchange.outcome == outcome
    if outcome == "refused":
        assert isinstance(exchange.error, ApiError)
    assert bool(app.pending()) is (outcome == "unknown")


def test_no_key_where_none_was_sent(emulator: Emulator) -> None:
    """An operation that takes no key is not sent again by itself."""
    app = emulator.privy_client()
    lost(emulator, "create_key_quorum")
    request = privy.CreateKeyQuorumRequest(user_ids=["did:privy:x"])
    exchange = app.exchange(privy.create_key_quorum(request))
    assert (exchange.outcome, posts(emulator)) == ("unknown", 1)
    assert app.repeats_safely_until(exchange.entry or 0) is None


def test_the_card_says_that_it_is_safe(emulator: Emulator) -> None:
    """While the key holds, no tick is asked for; after that, the old question is asked."""
    app = emulator.privy_client(window_s=0)
    emulator.inject(Fault("status-after", operation="create_wallet", times=2, **LOST))
    number = app.exchange(CALL).entry
    card = InDoubtCard(app, app.journal.get(number or 0))
    assert card.sure.layout.display == "none"
    texts = " ".join(html.value for html in _texts(card))
    assert "the service does it once" in texts
    emulator.advance(DAY_MS)
    card.again.click()
    assert "Tick" in card.status.value
    assert card.sure.layout.display != "none"
    card.close()


def _texts(card: InDoubtCard) -> list[Any]:
    seen: list[Any] = []
    waiting: list[Any] = [card]
    while waiting:
        widget = waiting.pop()
        waiting += getattr(widget, "children", ())
        if hasattr(widget, "value") and isinstance(widget.value, str):
            seen.append(widget)
    return seen


# ---- a bad day ----------------------------------------------------------------------------------


def test_a_bad_day(door: Door) -> None:
    """A hundred wallets while answers are lost in every way: none twice, nobody asked, each the one that it says."""
    emulator, app, draw = door.emulator, door.app, Random(13)
    count: Counter[str] = Counter()
    for number in range(100):
        kind = draw.choice(("status-after", "status-before", "late-commit", ""))
        if kind:
            times = draw.randint(1, 3)
            emulator.inject(Fault(kind, operation="create_wallet", times=times, **LOST))
        fields: dict[str, Any] = {"display_name": "alike"}
        if draw.random() < 0.3:
            fields["external_id"] = f"own-{number}"
        request = privy.CreateWalletRequest(chain_type="ethereum", **fields)
        before = len(emulator.ledger)
        exchange = app.exchange(privy.create_wallet(request))
        emulator.advance(120_000)
        app.send(privy.list_wallets(limit=1))
        lines: list[LedgerLine] = list(emulator.ledger)[before:]
        made = [line.made for line in lines if line.made]
        count["asked"] += exchange.outcome == "unknown"
        count["twice"] += len(made) > 1
        count["lost"] += not made
        count["another"] += exchange.outcome == "answered" and made != [exchange.value.id]
    assert {name for name, times in count.items() if times} == set()
    assert app.pending() == ()
    assert last_change(emulator).operation == "create_wallet"

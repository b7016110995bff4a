"""Another try: for reads that may come right, for as long as is polite, each prepared afresh."""

from __future__ import annotations

import math
from email.utils import formatdate
from typing import Any

import httpx
import pytest
import stamina

from toolkit import Emulator, cobo, privy
from toolkit.emulator import Fault
from toolkit.errors import TooManyRequests, UnverifiedAnswer
from toolkit.transport.retry import retry_after_s, wait_s

KEY_INFO = cobo.get_api_key_info()


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
@pytest.mark.parametrize("unsigned", [True, False])
def test_reads_are_tried_three_times(emulator: Emulator, status: int, unsigned: bool) -> None:
    """Twice broken, then whole: answered in three tries, each with a nonce of its own. Three times: the refusal."""
    custody = emulator.cobo_client()
    emulator.inject(Fault("status-before", status=status, unsigned=unsigned, times=2))
    exchange = custody.exchange(KEY_INFO)
    assert (exchange.outcome, exchange.tries, len(emulator.ledger)) == ("answered", 3, 3)
    emulator.inject(Fault("status-before", status=status, unsigned=unsigned, times=3))
    exchange = custody.exchange(KEY_INFO)
    assert (exchange.outcome, exchange.tries, exchange.status) == ("refused", 3, status)


@pytest.mark.parametrize("status", [400, 403, 404])
def test_refusals_are_not_tried_again(emulator: Emulator, status: int) -> None:
    """A no is a no; and a Prepared is sent once, whatever comes."""
    emulator.inject(Fault("status-before", status=status, times=9))
    assert emulator.cobo_client().exchange(KEY_INFO).tries == 1
    emulator.inject(Fault("status-before", status=503, times=9))
    custody = emulator.cobo_client()
    custody.exchange(custody.prepare(KEY_INFO))
    assert len(emulator.ledger) == 2


def test_a_false_signature_is_not_tried_again(emulator: Emulator) -> None:
    """An answer that proves nothing will not prove more the second time."""
    emulator.inject(Fault("bad-signature", times=9))
    exchange = emulator.cobo_client().exchange(KEY_INFO)
    assert isinstance(exchange.error, UnverifiedAnswer)
    assert exchange.tries == 1


def test_retry_after(emulator: Emulator) -> None:
    """A short Retry-After is obeyed, a long one is told instead of waited for."""
    custody = emulator.cobo_client()
    emulator.inject(Fault("status-before", status=429, retry_after_s=1))
    with stamina.set_testing(False):
        exchange = custody.exchange(KEY_INFO)
    assert (exchange.outcome, exchange.tries) == ("answered", 2)
    emulator.inject(Fault("status-before", status=429, retry_after_s=3600))
    exchange = custody.exchange(KEY_INFO)
    assert isinstance(exchange.error, TooManyRequests)
    assert exchange.tries == 1
    assert "Retry-After 3600" in str(exchange.error)


HEADERS: list[tuple[str, float | None]] = [
    ("3", 3.0), (" 0 ", 0.0), (formatdate(1_800_000_005, usegmt=True), 5.0), (formatdate(1_700_000_000, usegmt=True), 0.0),
    ("soon", None), ("", None), ("-1", None), ("1.5", 1.5), ("9" * 400, math.inf), ("5, 7", 7.0), ("5s", None), ("1e3", None), ("nan", None), ("5, soon", None), ("٣", None),
]  # fmt: skip


@pytest.mark.parametrize(("value", "seconds"), HEADERS)
def test_retry_after_spellings(value: str, seconds: float | None) -> None:
    """Seconds or an HTTP date; anything else asks for nothing."""
    transport = httpx.MockTransport(
        lambda request: httpx.Response(
            429, headers={b"retry-after": value.encode()}, stream=httpx.ByteStream(b"{}")
        )
    )
    app = privy.Client(
        "app", "s", environment=privy.Environment("https://emulator.invalid"), transport=transport
    )
    exchange = app.exchange(app.prepare(privy.get_key_quorum("q")))
    assert retry_after_s(exchange, 1_800_000_000_000) == seconds
    wanted: Any = True if seconds is None else seconds
    if seconds == math.inf:
        wanted = False  # told, not obeyed
    assert wait_s(exchange, 1_800_000_000_000) == wanted


WAITS: list[tuple[str, str | None, str, float | None]] = [
    (
        "our clock 13 h behind",
        "Fri, 15 Jan 2027 08:00:00 GMT",
        "Fri, 15 Jan 2027 08:00:07 GMT",
        7.0,
    ),
    ("neither has a zone", "Fri, 15 Jan 2027 08:00:00", "Fri, 15 Jan 2027 08:00:07", 7.0),
    ("in the past", "Fri, 15 Jan 2027 08:00:00 GMT", "Fri, 15 Jan 2027 07:00:00 GMT", 0.0),
    ("no Date", None, "Thu, 14 Jan 2027 19:00:03 GMT", 3.0),
    ("a Date that is none", "soon", "Thu, 14 Jan 2027 19:00:03 GMT", 3.0),
    ("seconds", "Fri, 15 Jan 2027 08:00:00 GMT", "4", 4.0),
]


@pytest.mark.parametrize(
    ("date", "value", "seconds"), [case[1:] for case in WAITS], ids=[case[0] for case in WAITS]
)
def test_retry_after_by_the_services_clock(
    date: str | None, value: str, seconds: float | None
) -> None:
    """A date is as far away as the answer's own Date says, whatever this computer's clock shows."""
    headers = {"Retry-After": value} | ({} if date is None else {"Date": date})
    transport = httpx.MockTransport(
        lambda request: httpx.Response(429, headers=headers, stream=httpx.ByteStream(b"{}"))
    )
    here = privy.Environment("https://emulator.invalid")
    app = privy.Client("app", "s", environment=here, transport=transport)
    exchange = app.exchange(app.prepare(privy.get_key_quorum("q")))
    assert retry_after_s(exchange, 1_799_953_200_000) == seconds  # 14 January, 19:00:00

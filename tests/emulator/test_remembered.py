"""What is remembered of requests is bounded, and is enough to explain them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from toolkit import Emulator, cobo
from toolkit.emulator import limits
from toolkit.emulator.core import LedgerLine, Received
from toolkit.emulator.explaining import TOO_LARGE
from toolkit.emulator.explanation import Explanation
from toolkit.emulator.remembered import Memory
from toolkit.errors import InputError

RECEIVED = Received("GET", "https", "h", "/v2/x", (), b"")


def test_what_is_remembered_is_bounded(emulator: Emulator) -> None:
    """Requests that can be explained are kept whole up to a number of bytes; the older ones are named as dropped."""
    emulator.explains = False
    received = Received("GET", "https", "h", "/v2/x", (("biz-api-key", "é" * 14_000),), b"")
    for number in range(limits.EXPLAINED + 10):
        emulator.answer(replace(received, target=f"/v2/{number}"))
    assert emulator.memory.refused_bytes <= limits.EXPLAINED_BYTES
    assert len(emulator.memory) <= limits.EXPLAINED
    assert emulator.explain(limits.EXPLAINED + 10).name == "missing-header"
    with pytest.raises(InputError, match="too long ago"):
        emulator.explain(1)


def refused(n: int) -> LedgerLine:
    return LedgerLine(n, 0, "GET", "/v2/x", verdict="refused", cause="signature")


def test_the_latest_accepted(emulator: Emulator) -> None:
    """Of what was accepted the latest are kept, whole; they take no room from what was refused."""
    custody = emulator.cobo_client()
    for _ in range(limits.LATEST_ACCEPTED + 5):
        custody.send(cobo.get_api_key_info())
    assert len(emulator.memory) == limits.LATEST_ACCEPTED
    assert emulator.memory.refused_bytes == 0
    assert emulator.memory.get(5) is None
    latest = emulator.memory.get(limits.LATEST_ACCEPTED + 5)
    assert latest is not None
    assert latest.received.path == "/v2/developers/api_key_info"


def test_reasons() -> None:
    """A reason that was found stays; where none was, a longer search may tell."""
    memory = Memory()
    for n, name in enumerate(("wrong-nonce", "unknown"), 1):
        memory.add(RECEIVED, refused(n), Explanation.of(name))
    memory.add(RECEIVED, refused(3), None)
    kept = [memory.get(n) for n in (1, 2, 3)]
    names = [each.explanation.name if each and each.explanation else "" for each in kept]
    assert names == ["wrong-nonce", "", ""]


def test_a_large_request_is_a_hull() -> None:
    """Of a request that is too large to be explained only that is kept."""
    memory = Memory()
    memory.add(replace(RECEIVED, body=b"x" * limits.EXPLAIN_LIMIT), refused(1), None)
    kept = memory.get(1)
    assert kept is not None
    assert (kept.received.target, kept.received.body) == ("", b"")
    assert kept.explanation is TOO_LARGE
    assert memory.refused_bytes == kept.memory_bytes < 3_000

"""The ledger is a list of what is kept, in order; each kind of line has room of its own, and what goes is counted."""

from __future__ import annotations

import pytest

from toolkit.emulator import ledger, limits
from toolkit.emulator.core import LedgerLine
from toolkit.emulator.ledger import Ledger, Room, finish, kind_of, size_of
from toolkit.emulator.masking import MASK

KINDS = {
    "change": {"method": "POST"},
    "read": {"method": "GET"},
    "refused": {"method": "POST", "verdict": "refused"},
}


def line(n: int, kind: str, body: str = "") -> LedgerLine:
    return LedgerLine(n, 0, target="/", body=body, **KINDS[kind])


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_has_its_room(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    """By number: the oldest of the kind go, the others stay, the order stays, and the count is right."""
    monkeypatch.setitem(ledger.ROOMS, kind, Room(10, 10**6))
    kept = Ledger()
    for n in range(1, 101):
        for name in KINDS:
            kept.add(line(n, name))
    assert {
        name: sum(kind_of(entry) == name for entry in kept) for name in KINDS if name != kind
    } == dict.fromkeys(KINDS.keys() - {kind}, 100)
    numbers = [entry.n for entry in kept if kind_of(entry) == kind]
    assert 9 <= len(numbers) <= 10
    assert numbers == list(range(101 - len(numbers), 101))
    assert [entry.n for entry in kept] == sorted(entry.n for entry in kept)
    assert kept.dropped == 100 - len(numbers)


def test_a_room_has_a_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """By bytes: what is kept never takes more than its room, and the newest line is there."""
    monkeypatch.setitem(ledger.ROOMS, "change", Room(10**6, 50_000))
    kept = Ledger()
    for n in range(1, 200):
        kept.add(line(n, "change", "é€" * (n * 7)))
        assert sum(map(size_of, kept)) <= 50_000
        assert kept[-1].n == n
    assert kept.dropped + len(kept) == 199


def test_whoever_clears_it_loses_nothing_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is a list: cleared or popped by somebody, it counts anew before it drops anything."""
    monkeypatch.setitem(ledger.ROOMS, "change", Room(10, 10**6))
    kept = Ledger()
    for n in range(1, 50):
        kept.add(line(n, "change"))
        kept.pop()
    for n in range(50, 58):
        kept.add(line(n, "change"))
    assert (len(kept), kept.dropped) == (8, 0)
    kept.clear()
    assert kept == []


def test_no_secret_is_cut_in_two() -> None:
    """A text is masked before it is cut, so that no half of a secret stands at the cut."""
    secret = "s" * 300
    for place in range(limits.REFUSED_TEXT - 310, limits.REFUSED_TEXT + 10, 30):
        entry = line(1, "refused")
        body = b"." * place + secret.encode() + b"." * 9_000
        finish(entry, body, lambda text: text.replace(secret, MASK))
        assert "s" * 9 not in entry.body.removesuffix("bytes in all)")
        assert entry.body.endswith(f"… ({len(body)} bytes in all)")

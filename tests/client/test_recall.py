"""What the journal remembers, read again: also what a newer toolkit, or nobody of ours, wrote there."""

from __future__ import annotations

import pytest

from tests.emulated import lost
from tests.inside import file_of
from tests.samples import VAULT
from tests.screen import screen
from toolkit import Emulator, cobo, privy
from toolkit.errors import (
    InputError,
    UnreadableAnswer,
)
from toolkit.forms.in_doubt import PendingCards


def test_a_kept_answer_that_cannot_be_read(emulator: Emulator) -> None:
    """A verified answer of another shape settles its entry; asked again, it is told as that, not as a stranger's error."""
    custody = emulator.cobo_client()
    custody.send(cobo.create_mpc_vault(VAULT))
    file_of(emulator.journal).write(lambda db: db.execute("UPDATE entries SET answer = '[1]'"))
    exchange = custody.resolve(1)
    assert exchange.outcome == "answered"
    assert isinstance(exchange.error, UnreadableAnswer)


def test_a_row_of_a_newer_toolkit(emulator: Emulator) -> None:
    """One row that cannot be read blocks neither the others, nor a form, nor its own closing."""
    app = emulator.privy_client()
    for name in ("One", "Two", "Three"):
        lost(emulator, "create_key_quorum", "status-before")
        request = privy.CreateKeyQuorumRequest(user_ids=["did:privy:x"], display_name=name)
        app.exchange(privy.create_key_quorum(request))
    change = file_of(emulator.journal).write
    change(lambda db: db.execute("UPDATE entries SET operation = 'create_moon' WHERE number = 1"))
    change(lambda db: db.execute("""UPDATE entries SET body = '{"user_ids":7}' WHERE number = 2"""))
    cards = privy.forms.pending(app)
    assert isinstance(cards, PendingCards)
    assert [card.entry.number for card in cards.cards] == [3]
    assert "create_moon" in screen(cards)
    assert len(privy.forms.create_key_quorum(app).doubts.children) == 1
    with pytest.raises(InputError, match=r"create_moon.*give_up=True"):
        app.resolve(1)
    with pytest.raises(InputError, match="It is closed"):
        app.resolve(1, give_up=True)
    assert [entry.number for entry in app.pending()] == [2, 3]

"""What the journal is told once a change has left: whatever becomes of that, the outcome is kept."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulated import lost, posts
from tests.inside import Send, raw_answers
from tests.samples import KEYS, QUORUM, VAULT
from tests.screen import quorum_form, screen
from toolkit import Emulator, cobo, privy
from toolkit.client.journal import Journal
from toolkit.errors import (
    InDoubt,
    JournalRefused,
)
from toolkit.transport.http import RawResponse

CREATE = privy.create_key_quorum(QUORUM)


def breaking(journal: Journal, *names: str) -> None:
    """From now on these fail, as on a full disk."""

    def full(*_: Any, **__: Any) -> Any:
        raise JournalRefused("The journal cannot be used: the disk is full.")

    for name in names:
        setattr(journal, name, full)


@pytest.mark.parametrize("service", ["cobo", "privy"])
def test_the_journal_breaks_after_it_left(emulator: Emulator, service: str) -> None:
    """The doubt is told with its evidence, not as a change that was never sent; the entry is there afterwards."""
    client: Any = (
        emulator.cobo_client(journal=Journal())
        if service == "cobo"
        else emulator.privy_client(journal=Journal())
    )
    call: Any = cobo.create_mpc_vault(VAULT) if service == "cobo" else CREATE
    lost(emulator, call.operation.name)
    whole = {
        name: getattr(client.journal, name) for name in ("doubt", "settle", "owned", "entries")
    }
    breaking(client.journal, *whole)
    error = client.exchange(call).error
    assert isinstance(error, InDoubt)
    assert "HTTP 504" in str(error)
    assert ("the disk is full" in str(error)) is (service == "cobo")
    for name, method in whole.items():
        setattr(client.journal, name, method)
    assert [entry.number for entry in client.pending()] == [1]
    again = client.exchange(call)
    assert (again.outcome, posts(emulator)) == ("adopted" if service == "cobo" else "unknown", 1)


def test_a_form_whose_journal_breaks(emulator: Emulator) -> None:
    """The form tells the doubt in words where it cannot draw the card."""
    form = quorum_form(emulator, *(key.public.to_base64() for key in KEYS[:2]))
    lost(emulator, "create_key_quorum")
    breaking(emulator.journal, "doubt", "get", "owned")
    form.press()
    assert "It is not known whether this happened" in screen(form)
    assert "HTTP 504" in screen(form)


def test_a_reset_while_it_is_on_its_way(emulator: Emulator) -> None:
    """The emulator starts anew meanwhile, its journal too: the result is not lost."""
    app = emulator.privy_client()

    def resetting(prepared: Any, send: Send) -> RawResponse:
        raw = send()
        emulator.reset()
        return raw

    raw_answers(app, resetting)
    with pytest.warns(UserWarning, match="what it made is in the result"):
        assert app.send(CREATE).display_name == "Ops"


def test_an_answer_after_a_person_closed_it(emulator: Emulator) -> None:
    """Closed in another place while the answer was on its way: what was made is owned all the same."""
    journal = Journal()
    custody = emulator.cobo_client(journal=journal)

    def closed(prepared: Any, send: Send) -> RawResponse:
        raw = send()
        for entry in journal.entries(only_open=True):
            journal.settle(entry.number, "given-up", 1, "Closed elsewhere.")
        return raw

    raw_answers(custody, closed)
    made = custody.send(cobo.create_mpc_vault(VAULT))
    (entry,) = journal.entries()
    assert (entry.state, entry.made) == ("given-up", made.vault_id)
    assert len(journal.owned(entry.base_url)) == 1

"""The doubt card, and forms around it: evidence first, the safe choice first, nothing sent by itself."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.emulated import changes
from tests.samples import KEYS
from tests.screen import fill, group_form, quorum_form, screen
from toolkit import Emulator, cobo, privy
from toolkit.emulator import Fault
from toolkit.errors import RequestRefused
from toolkit.forms.in_doubt import InDoubtCard

LOST = {"status": 504, "unsigned": True}
QUORUM = privy.CreateKeyQuorumRequest(user_ids=["did:privy:x"], display_name="Ops <b>")


def card_of(form: Any) -> InDoubtCard:
    (card,) = form.doubts.children
    assert isinstance(card, InDoubtCard)
    return card


def in_doubt(emulator: Emulator, kind: str = "status-before") -> Any:
    """The quorum form, pressed, its answer lost."""
    form = quorum_form(emulator, *(key.public.to_base64() for key in KEYS[:2]))
    emulator.inject(Fault(kind, operation="create_key_quorum", **LOST))
    form.press()
    return form


def test_a_group_is_adopted_without_a_question(emulator: Emulator) -> None:
    """The answer to a group is lost: the form finds the group and shows it, and says how it came by it."""
    form = group_form(emulator)
    fill(form, emulator)
    emulator.inject(Fault("status-after", operation="create_key_share_holder_group", **LOST))
    form.press()
    assert "Signing group made in Treasury vault" in screen(form)
    assert "The answer was lost; looking found what it made" in screen(form)
    assert form.result.type == "SigningGroup"
    assert form.doubts.children == ()


def test_a_lost_group_is_looked_for(emulator: Emulator) -> None:
    """It comes late: the card shows the evidence, “Look again” finds it, and the form shows the result."""
    form = group_form(emulator)
    fill(form, emulator)
    emulator.inject(
        Fault("late-commit", operation="create_key_share_holder_group", after_ms=60_000, **LOST)
    )
    form.press()
    card = card_of(form)
    text = screen(card)
    for words in (
        "We cannot tell whether this happened",
        "bytes, fingerprint",
        "HTTP 504",
        "Looked: 1 there",
        "Probably not done",
        "Entry 1 of the journal stays open",
    ):
        assert words in text, words
    assert (card.look.button_style, card.adopt.button_style) == ("primary", "")
    card.look.click()
    assert "Still not known" in screen(card)
    emulator.advance(60_000)
    card.look.click()
    assert "Settled: it had happened" in screen(card)
    assert "Signing group made in Treasury vault" in screen(form)
    assert form.result.type == "SigningGroup"
    card.look.click()
    assert len(changes(emulator)) == 2  # the one that was put off, and its doing


def test_pressing_again_sends_nothing(emulator: Emulator) -> None:
    """While it is in doubt, another press joins; sending again is the card's button, and sends once."""
    form = in_doubt(emulator)
    form.press()
    form.press()
    assert len(changes(emulator)) == 1
    card = card_of(form)
    assert "no way to look" in screen(card)
    assert card.choices.children[0].children[0] is card.named  # what cannot look offers no look
    card.again.click()
    assert "Tick “I know that it did not happen” first" in screen(card)
    assert len(changes(emulator)) == 1
    card.sure.value = True
    card.again.click()
    card.again.click()
    assert len(changes(emulator)) == 2
    assert "Key quorum made" in screen(form)
    assert form.result.required == 2


def test_a_double_click_on_send_again(emulator: Emulator) -> None:
    """The first click ends in doubt again: the second one of a double click finds no tick, and sends nothing."""
    form = in_doubt(emulator)
    card = card_of(form)
    emulator.inject(Fault("status-after", operation="create_key_quorum", times=5, **LOST))
    card.sure.value = True
    for _ in range(3):
        card.again.click()
    assert len(changes(emulator)) == 2
    assert card.entry.number == 2


def test_taking_one_by_its_id(emulator: Emulator) -> None:
    """An id that is something else is refused beside the button, the right one is taken."""
    form = in_doubt(emulator, "status-after")
    card = card_of(form)
    first, *_, made = emulator.privy.quorums
    for named in ("", "no-such", first):
        card.named.value = named
        card.adopt.click()
        assert 'role="alert"' in card.status.value
    card.named.value = f" {made} "
    card.adopt.click()
    assert form.result.id == made
    assert len(changes(emulator)) == 1


def test_closing_it(emulator: Emulator) -> None:
    """Closed: nothing is sent, and “Prepare again” makes a new one possible."""
    form = in_doubt(emulator)
    card_of(form).leave.click()
    assert "It is not known whether this was made, and it was not sent again" in screen(form)
    assert "Nothing was made" not in screen(form)
    form.again_button.click()
    form.press()
    assert "Key quorum made" in screen(form)
    assert len(changes(emulator)) == 2


def test_settled_elsewhere_meanwhile(emulator: Emulator) -> None:
    """What another window has settled is shown as that, whichever button is pressed."""
    form = in_doubt(emulator, "status-after")
    card = card_of(form)
    (other,) = privy.forms.pending(form.client).cards
    other.named.value = list(emulator.privy.quorums)[-1]
    other.adopt.click()
    card.leave.click()
    assert "It is not known whether it happened" not in card.status.value
    assert "Settled: Create key quorum" in screen(card)
    assert card.choices.layout.display == "none"


def test_another_card_changes_nothing_of_this_form(emulator: Emulator) -> None:
    """Closing what an earlier run left open does not make the form forget what it has sent itself."""
    emulator.inject(Fault("status-before", operation="create_key_quorum", **LOST))
    app = emulator.privy_client()
    app.exchange(privy.create_key_quorum(QUORUM))
    form = privy.forms.create_key_quorum(app)
    for row, key in zip(form.members.rows, KEYS, strict=False):
        row.fields["text"].value = key.public.to_base64()
    form.press()
    made = form.result
    card_of(form).leave.click()
    form.press()
    assert form.result is made
    assert len(changes(emulator)) == 2


def test_a_new_form_recalls(emulator: Emulator) -> None:
    """What an earlier kernel left open stands in the new form; so it does in the list of everything in doubt."""
    emulator.inject(Fault("status-before", operation="create_key_quorum", **LOST))
    app = emulator.privy_client()
    app.exchange(privy.create_key_quorum(QUORUM))
    form = privy.forms.create_key_quorum(app)
    assert card_of(form).entry.number == 1
    (card,) = privy.forms.pending(app).cards
    assert "Ops <b>" not in screen(card)
    card.sure.value = True
    card.again.click()
    assert len(changes(emulator)) == 2
    assert "Nothing is in doubt" in screen(privy.forms.pending(app))
    assert "Nothing is in doubt" in screen(cobo.forms.pending(emulator.cobo_client()))
    assert repr(privy.forms.pending(app)) == "Changes in doubt: 0. Run this cell to see them."


def test_hostile_words_of_a_service(emulator: Emulator) -> None:
    """What a gateway writes into its error is shown as text, hidden characters made visible."""
    hostile = b'{"error":"<img src=x onerror=alert(1)> \\u202e gone"}'
    transport = httpx.MockTransport(
        lambda request: httpx.Response(500, stream=httpx.ByteStream(hostile))
    )
    app = emulator.privy_client(transport=transport)
    app.exchange(privy.create_key_quorum(QUORUM))
    text = screen(privy.forms.pending(app))
    assert "<img" not in text
    assert "&lt;img src=x" in text
    assert "\u202e" not in text


def test_signers_are_for_code(emulator: Emulator) -> None:
    """What members must sign cannot be sent again by a button: the card says how in code."""
    app = emulator.privy_client()
    quorum = next(iter(emulator.privy.quorums.values()))
    call = privy.update_key_quorum(quorum.id, privy.UpdateKeyQuorumRequest(display_name="x"))
    emulator.inject(Fault("status-before", operation="update_key_quorum", **LOST))
    app.exchange(call, signers=[emulator.authorization_keys[name] for name in ("Alice", "Bob")])
    (card,) = privy.forms.pending(app).cards
    assert card.again.disabled
    assert "client.resolve(1, send_again=True, signers=[…])" in screen(card)


def test_prod_is_typed(emulator: Emulator) -> None:
    """On PROD a form asks for the name in a field, not in a prompt; until then nothing can be sent."""
    app = privy.Client(
        emulator.privy.app_id,
        emulator.privy.app_secret,
        transport=httpx.MockTransport(emulator.handle),
        clock=emulator.clock.now_ms,
    )
    form = privy.forms.create_key_quorum(app)
    for row, key in zip(form.members.rows, KEYS, strict=False):
        row.fields["text"].value = key.public.to_base64()
    assert form.confirm.layout.display is None
    with pytest.raises(RequestRefused, match="Type PROD"):
        form.submit()
    form.press()
    assert changes(emulator) == []
    form.confirm.value = "PROD"
    form.press()
    assert "Key quorum made" in screen(form)
    assert quorum_form(emulator).confirm.layout.display == "none"

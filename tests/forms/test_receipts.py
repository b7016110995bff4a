"""The receipts of a form: an output of their own, which a saved notebook keeps."""

from __future__ import annotations

from typing import Any

import pytest

from tests.samples import KEYS
from toolkit import privy
from toolkit.emulator import Emulator
from toolkit.privy.forms import QuorumFields


class Slot:
    """An output that can be written again."""

    def __init__(self, bundle: dict[str, str]) -> None:
        self.bundle = bundle

    def update(self, bundle: dict[str, str], *, raw: bool) -> None:
        assert raw
        self.bundle = bundle


@pytest.fixture
def outputs(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What is displayed in the running cell."""
    displayed: list[Any] = []

    def display(bundle: dict[str, str], *, raw: bool, display_id: bool = False) -> Slot:
        displayed.append(Slot(bundle))
        return displayed[-1]

    monkeypatch.setattr("IPython.display.display", display)
    return displayed


def quorum_form(emulator: Emulator, *members: str) -> Any:
    form = privy.forms.create_key_quorum(emulator.privy_client())
    form.fill(QuorumFields("Ops", tuple(("Key", member) for member in members), 1))
    return form


def test_each_answer_has_a_receipt(emulator: Emulator, outputs: list[Any]) -> None:
    """Empty at first; after the answer a card and plain lines, and the next one below it."""
    form = quorum_form(emulator, KEYS[0].public.to_base64())
    form._ipython_display_()
    view, slot = outputs
    assert "widget" in "".join(view.bundle)
    assert slot.bundle == {"text/html": "", "text/plain": ""}
    assert form.receipt is None
    form.press()
    assert form.receipt == form.receipts.shown[0]
    assert form.receipt.digits in slot.bundle["text/html"]
    assert form.receipt.text == slot.bundle["text/plain"]
    assert "<script" not in slot.bundle["text/html"]
    form.fresh_button.click()
    form.fill(QuorumFields("Two", (("Key", KEYS[1].public.to_base64()),), 1))
    form.submit()
    assert slot.bundle["text/plain"].count("signed by") == 2


def test_steps_share_the_receipts(emulator: Emulator, outputs: list[Any]) -> None:
    """What the steps after a form send stands below it, too."""
    form = quorum_form(emulator, KEYS[0].public.to_base64())
    form._ipython_display_()
    form.press()
    steps = form.next_steps.children[0]
    steps.choice.value = "new"
    steps.form.display_name.value = "Payouts"
    steps.form.press()
    assert steps.form.result.display_name == "Payouts"
    assert [each.operation for each in form.receipts.shown] == [
        "Create key quorum",
        "Create wallet",
    ]
    assert "Payouts" in outputs[1].bundle["text/plain"]


def test_a_change_says_before_and_after(emulator: Emulator) -> None:
    """What the quorum was and what it is, though the form has learnt the new one meanwhile."""
    app = emulator.privy_client()
    quorum = app.send(
        privy.create_key_quorum(
            privy.CreateKeyQuorumRequest(
                public_keys=[KEYS[0].public], authorization_threshold=1, display_name="Ops"
            )
        )
    )
    form = privy.forms.update_key_quorum(app, quorum, signers=[KEYS[0]])
    form.members.display_name.value = "Payments"
    form.submit()
    assert any("Ops" in before and "Payments" in after for before, after in form.receipt.changes)
    assert form.receipt.signed_by


def test_on_voila(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Voilà draws an output once: there a widget has the receipts, each below the one before."""
    displayed: list[Any] = []
    monkeypatch.setattr("IPython.display.display", lambda shown, **_: displayed.append(shown))
    monkeypatch.setenv("SERVER_SOFTWARE", "voila/0.5.13")
    form = quorum_form(emulator, KEYS[0].public.to_base64())
    form._ipython_display_()
    slot = displayed[-1]
    assert slot.value == ""
    form.press()
    assert form.receipt.digits in slot.value
    assert "<script" not in slot.value

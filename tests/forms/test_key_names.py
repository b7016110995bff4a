"""A key is given a name where it stands: shown wherever the key is, kept here, sent nowhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.emulated import last_change
from tests.inside import native_of
from tests.samples import KEYS
from tests.screen import quorum_form, screen, states
from toolkit import Emulator, names, privy
from toolkit.forms.widgets import POSSIBLY
from toolkit.keys import P256Key

NAME = "Alice’s laptop"


@pytest.fixture
def quorum(emulator: Emulator) -> privy.KeyQuorum:
    request = privy.CreateKeyQuorumRequest(
        public_keys=[key.public for key in KEYS], authorization_threshold=2
    )
    return emulator.privy_client().send(privy.create_key_quorum(request))


def named_form(emulator: Emulator) -> Any:
    form = quorum_form(emulator, *(key.public.to_base64() for key in KEYS[:2]))
    form.members.rows[0].name.value = NAME
    return form


def test_a_name_where_the_key_stands(emulator: Emulator, user_names: Path) -> None:
    """It is in the meaning at once, in the file by fingerprint, and in no byte that is sent."""
    form = named_form(emulator)
    assert NAME in form.card.value
    assert f"Key {KEYS[1].public.fingerprint[:4]}" in form.card.value
    assert names.of(KEYS[0]) == NAME
    form.submit()
    assert NAME in form.after.card.value
    change = last_change(emulator)
    assert "laptop" not in change.body + change.target
    assert "laptop" not in form.receipt.text


def test_the_field_is_there_for_a_key(emulator: Emulator) -> None:
    """A row without a readable key has no field for a name; another spelling has the same name."""
    form = named_form(emulator)
    first, second = form.members.rows
    assert (first.name_line.layout.display, second.name.value) == (None, "")
    first.fields["text"].value = "no key"
    assert first.name_line.layout.display == "none"
    second.fields["text"].value = KEYS[0].public.to_pem()
    assert second.name.value == NAME
    first.fields["kind"].value = "User"
    assert first.name_line.layout.display == "none"


def test_before_after_signers_and_receipt(emulator: Emulator, quorum: privy.KeyQuorum) -> None:
    """A change shows it beside the fingerprint that is read out: before and after, who signs, the receipt."""
    names.give(KEYS[0], NAME)
    form = privy.forms.update_key_quorum(emulator.privy_client(), quorum, signers=KEYS)
    named = f"{NAME} · Key "
    assert named in form.before_and_after.value
    assert named in screen(form.signers.view)
    form.members.remove(form.members.rows[0])
    form.members.threshold.value = 1
    form.submit()
    assert named in form.receipt.text
    assert "laptop" not in last_change(emulator).body


def test_a_change_form_hears_of_a_name(emulator: Emulator, quorum: privy.KeyQuorum) -> None:
    """Named in its own row, the panel of signers calls it so at once."""
    form = privy.forms.update_key_quorum(emulator.privy_client(), quorum)
    form.members.rows[0].name.value = NAME
    assert NAME in screen(form.signers.view)
    assert NAME in form.before_and_after.value
    end = privy.forms.delete_key_quorum(emulator.privy_client(), quorum)
    assert NAME in end.before_and_after.value
    assert NAME in privy.forms.create_wallet(emulator.privy_client(), quorum).card.value


def test_a_private_key_is_no_name(emulator: Emulator, user_names: Path) -> None:
    """It is taken out, said to be that, kept nowhere; the name before it stays."""
    form = named_form(emulator)
    digits = f"{native_of(KEYS[2]).private_numbers().private_value + 2**200:064x}"
    form.members.rows[0].name.value = digits
    assert form.members.rows[0].name.value == NAME
    assert POSSIBLY in form.members.key_trouble.value
    assert digits not in states(form) + user_names.read_text()
    assert form.problems == ()
    form.members.rows[1].name.value = digits
    assert form.members.rows[1].name.value == ""
    assert POSSIBLY in form.members.rows[1].name.placeholder


def test_a_hostile_name_is_inert(emulator: Emulator, quorum: privy.KeyQuorum) -> None:
    """Markup and a right-to-left override in a name are text, written out; it stands for no other key."""
    names.give(KEYS[0], "<img src=x onerror=alert(1)>‮")
    names.give(KEYS[1], f"Key {privy.models.spoken_fingerprint(KEYS[2].public.to_base64())}")
    form = privy.forms.update_key_quorum(emulator.privy_client(), quorum, signers=KEYS)
    shown = form.card.value + form.before_and_after.value + screen(form.signers.view)
    assert "<img" not in shown
    assert "‮" not in shown
    stranger = P256Key.generate()
    names.give(KEYS[1], f"Key {privy.models.spoken_fingerprint(stranger.public.to_base64())}")
    form = privy.forms.update_key_quorum(emulator.privy_client(), quorum, signers=[stranger])
    assert "no member, so it does not sign" in screen(form.signers.view)


def test_where_names_cannot_be_kept(emulator: Emulator, user_names: Path) -> None:
    """The form says why and goes on."""
    user_names.write_text("no JSON")
    form = named_form(emulator)
    assert "is no file of names" in form.members.key_trouble.value
    assert form.problems == ()
    assert user_names.read_text() == "no JSON"

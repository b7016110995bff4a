"""The preview: what is shown is what is signed and sent, and a fingerprint to compare by voice."""

from __future__ import annotations

import hashlib
import html
import re
from typing import Any

import ipywidgets as w
import pytest

from tests.inside import provider_of
from tests.samples import KEYS
from tests.screen import fill, group_form, quorum_form, screen
from toolkit import Emulator, cobo, privy
from toolkit.forms.preview import TABS, Preview
from toolkit.keys.public import spoken


def plain(markup: str) -> str:
    """What stands there to read, without elements."""
    return html.unescape(re.sub(r"<[^>]*>", "", markup))


def cobo_preview(emulator: Emulator) -> Any:
    form = group_form(emulator)
    fill(form, emulator)
    return form


def privy_preview(emulator: Emulator) -> Any:
    return quorum_form(emulator, *(key.public.to_base64() for key in KEYS[:2]))


def update_preview(emulator: Emulator) -> Any:
    quorum = next(iter(emulator.privy.quorums))
    keys = [emulator.authorization_keys[name] for name in ("Alice", "Bob")]
    form = privy.forms.update_key_quorum(emulator.privy_client(), quorum, signers=keys)
    form.members.display_name.value = "Another"
    return form


FORMS = {"cobo": cobo_preview, "privy": privy_preview, "privy, signed": update_preview}


@pytest.mark.parametrize("name", FORMS)
def test_every_byte_is_shown(emulator: Emulator, name: str) -> None:
    """The request's page shows the body, byte for byte, and counts the bytes."""
    form = FORMS[name](emulator)
    text = "".join(piece.text for piece in form.prepared.pieces)
    assert text.encode() == form.prepared.body
    shown = plain(form.preview.pages["Request"].value)
    for piece in form.prepared.pieces:
        assert piece.text.strip() in shown
    assert f"{len(form.prepared.body)}" in shown


WORDS = {
    "cobo": ["Type of group", "How many shares", "How many are needed", "Seat 2 name", "Seat 2 TSS node id"],
    "privy": ["How many must sign", "Member 1", "Member 2"],
    "privy, signed": ["Display name"],
}  # fmt: skip


@pytest.mark.parametrize("name", FORMS)
def test_bytes_name_the_field_they_are_from(emulator: Emulator, name: str) -> None:
    """Beside each run of bytes stands the form's own word for the field that says it."""
    shown = plain(FORMS[name](emulator).preview.pages["Request"].value)
    assert [word for word in WORDS[name] if word not in shown] == []


@pytest.mark.parametrize(
    ("name", "signs"), [("cobo", True), ("privy", False), ("privy, signed", True)]
)
def test_the_message_is_the_one_that_is_signed(emulator: Emulator, name: str, signs: bool) -> None:
    """Where something is signed, its text is shown whole; where nothing is, the page says so."""
    form = FORMS[name](emulator)
    shown = plain(form.preview.pages["Signed message"].value)
    assert form.prepared.signed is signs
    if name == "cobo":
        for part in form.prepared.message.split("|"):
            assert part in shown
        digest = hashlib.sha256(hashlib.sha256(form.prepared.message.encode()).digest()).hexdigest()
        assert digest in shown
    elif signs:
        assert form.prepared.message in shown
    else:
        assert "Nothing is signed" in shown
        assert "Signature" not in shown
    assert ("Exactly what will be signed and sent" in screen(form)) is signs


@pytest.mark.parametrize("name", FORMS)
def test_fingerprints_are_of_what_counts(emulator: Emulator, name: str) -> None:
    """Twelve digits of SHA-256 over address, identity, method and body: the request's own, whenever it is prepared."""
    form = FORMS[name](emulator)
    head = f"{form.prepared.method} {form.prepared.url}\n{form.prepared.identity}\n"
    wanted = hashlib.sha256(head.encode() + form.prepared.body).hexdigest()
    assert form.prepared.fingerprint == wanted
    assert spoken(wanted) in form.preview.fingerprint.value
    before = form.preview.fingerprint.value
    if name == "cobo":
        form.rows[0].fields["name"].value = "Alicia"
    else:
        form.members.display_name.value = "Yet another"
    assert form.preview.fingerprint.value != before


@pytest.mark.parametrize("name", FORMS)
def test_headers_hide_what_is_secret(emulator: Emulator, name: str) -> None:
    """Every header that travels is named; signatures and secrets as dots, the others as they are."""
    form = FORMS[name](emulator)
    shown = plain(form.preview.pages["Headers"].value)
    client = form.client
    secret = provider_of(client).credentials(form.prepared, tuple(form.spec.signers()))
    assert secret
    for header, value in secret.items():
        assert header in shown
        assert value not in screen(form)
    for header, value in form.prepared.headers.items():
        assert header in shown
        assert value in shown
    assert f"{len(form.prepared.body)}" in shown


@pytest.mark.parametrize("name", FORMS)
def test_elsewhere_with_names_for_secrets(emulator: Emulator, name: str) -> None:
    """curl and Python stand there with names in place of secrets, and say that our journal knows nothing of it."""
    form = FORMS[name](emulator)
    for page in ("curl", "Python"):
        shown = plain(form.preview.pages[page].value)
        assert "Names stand for secrets" in shown
        assert "our journal does not know" in shown
        assert emulator.privy.app_secret.reveal() not in shown
        assert emulator.api_key.reveal_hex() not in shown
    assert "curl" in plain(form.preview.pages["curl"].value)


def test_a_draft_has_no_fingerprint(emulator: Emulator) -> None:
    """While something blocks there is nothing to agree on; without a request every page says why."""
    form = group_form(emulator)
    assert "A draft" in form.preview.fingerprint.value
    assert "Read this out" not in form.preview.fingerprint.value
    form.vault.value = None
    assert form.preview.fingerprint.value == ""
    for page in TABS:
        assert "Vault: none is chosen" in form.preview.pages[page].value
    assert form.prepared is None


def test_stale_shows_none(emulator: Emulator) -> None:
    """Too old: nothing to read out, and what to press."""
    form = cobo_preview(emulator)
    digits = spoken(form.prepared.fingerprint)
    form.preview.stale()
    assert digits not in form.preview.fingerprint.value
    assert "Prepare again" in form.preview.fingerprint.value


def test_widgets_stay(emulator: Emulator) -> None:
    """Only texts change: the same pages, titled, in the same order."""
    form = cobo_preview(emulator)
    preview: Preview = form.preview
    pages = list(preview.pages.values())
    form.type.value = "RecoveryGroup"
    assert list(preview.pages.values()) == pages
    (tabs,) = [child for child in preview.view(separated=True).children if isinstance(child, w.Tab)]
    assert tuple(tabs.get_title(at) for at in range(len(tabs.children))) == (*TABS, "Approvers")


def test_no_body(emulator: Emulator) -> None:
    """A read without a body shows its line, and no length."""
    form = cobo.forms.api_key_info(emulator.cobo_client())
    assert "GET" in plain(form.preview.pages["Request"].value)
    assert form.prepared.url in plain(form.preview.pages["Request"].value)
    assert "Content-Length" not in form.preview.pages["Headers"].value

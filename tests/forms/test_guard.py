"""No text field of any form keeps a private key: it is taken out at once, and said so."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import ipywidgets as w
import pytest

import toolkit
from tests.approvals.together import approval_of
from tests.emulated import lost
from tests.samples import KEYS, QUORUM
from tests.screen import states
from tests.spellings import HEX, ORDINARY, POSSIBLY, PRIVATE
from toolkit import Emulator, cobo, privy
from toolkit.errors import ToolkitError
from toolkit.forms.widgets import POSSIBLY as MAYBE
from toolkit.forms.widgets import POSSIBLY_AMONG_IDS as MAYBE_AMONG_IDS
from toolkit.forms.widgets import PRIVATE as SAID
from toolkit.keys.detect import recognise

Make = Callable[[Emulator, Any, Any], Any]


def quorum_of(app: Any) -> Any:
    request = privy.CreateKeyQuorumRequest(public_keys=[key.public for key in KEYS])
    return app.send(privy.create_key_quorum(request))


def wallet_of(app: Any) -> Any:
    owner = quorum_of(app)
    return app.send(
        privy.create_wallet(privy.CreateWalletRequest(chain_type="ethereum", owner_id=owner.id))
    )


def a_group(custody: Any) -> Any:
    for vault in custody.send(cobo.list_mpc_vaults()).data:
        for group in custody.send(cobo.list_key_share_holder_groups(vault.vault_id)).data:
            return vault.vault_id, group
    raise AssertionError("the world has no group")


def doubtful(emulator: Emulator, app: Any) -> Any:
    lost(emulator, "create_key_quorum", "status-before")
    with pytest.raises(ToolkitError):
        app.send(privy.create_key_quorum(QUORUM))
    return privy.forms.pending(app)


FORMS: dict[str, Make] = {
    "a group": lambda emulator, custody, app: cobo.forms.create_key_share_holder_group(custody),
    "a TSS request": lambda emulator, custody, app: cobo.forms.create_tss_request(custody, *a_group(custody)),
    "an upgrade": lambda emulator, custody, app: cobo.forms.update_key_share_holder_group_by_id(custody, *a_group(custody)),
    "a deletion": lambda emulator, custody, app: cobo.forms.delete_key_share_holder_group_by_id(custody, *a_group(custody)),
    "the API key": lambda emulator, custody, app: cobo.forms.api_key_info(custody),
    "a quorum": lambda emulator, custody, app: privy.forms.create_key_quorum(app),
    "a change of a quorum": lambda emulator, custody, app: privy.forms.update_key_quorum(app, quorum_of(app)),
    "the end of a quorum": lambda emulator, custody, app: privy.forms.delete_key_quorum(app, quorum_of(app)),
    "a wallet": lambda emulator, custody, app: privy.forms.create_wallet(app, quorum_of(app)),
    "a change of a wallet": lambda emulator, custody, app: privy.forms.update_wallet(app, quorum_of(app)),
    "a review": lambda emulator, custody, app: cobo.forms.create_key_share_holder_group(emulator.cobo_client(require_review=[KEYS[0].public])),
    "a co-signer": lambda emulator, custody, app: privy.forms.sign(approval_of(app)),
    "changes in doubt": lambda emulator, custody, app: doubtful(emulator, app),
    "connect": lambda emulator, custody, app: toolkit.connect(emulator),
}  # fmt: skip
#: Fields for keys and ids, by what their labels hold: what may be a public key stays there.
IDS = ("TSS node id", "Member ", "Id of what it made")
ELSEWHERE = ("Privy app id",)  # which takes out everything that is no app id


def fields(form: Any) -> list[Any]:
    """A field of each kind that a text can be typed into, but those for secrets. Rows are alike."""
    kinds = {re.sub(r"\d", "", field.description): field for field in all_fields(form)}
    return list(kinds.values())


def all_fields(widget: Any) -> Iterator[Any]:
    """Every one of them."""
    if isinstance(widget, w.Text | w.Textarea) and not isinstance(widget, w.Password):
        yield widget
    for child in getattr(widget, "children", ()):
        yield from all_fields(child)


def made(name: str, emulator: Emulator, journal: Path) -> Any:
    custody = emulator.cobo_client(journal=journal)
    return FORMS[name](emulator, custody, emulator.privy_client(journal=journal))


def is_for_ids(field: Any) -> bool:
    return any(label in field.description for label in IDS)


def shown(text: str, where: str) -> list[str]:
    """Pieces of a text that stand somewhere, as they are or as JSON writes them: its end, for how keys
    of a curve begin is the same for all.
    """
    pieces = {text, text[-44:-10] if len(text) > 60 else text}
    return [piece for piece in pieces if piece in where or json.dumps(piece)[1:-1] in where]


@pytest.mark.parametrize("name", FORMS)
def test_private_keys_are_taken_out(name: str, emulator: Emulator, tmp_path: Path) -> None:
    """Every spelling, in every field of every form: gone from field, screen, widget state and journal."""
    form = made(name, emulator, tmp_path / "of-this-test.sqlite")
    asked = len(emulator.ledger)
    for field in fields(form):
        for spelling, text in PRIVATE.items():
            field.value = text
            assert field.value == "", (field.description, spelling)
            known = "secret" if field.description in ELSEWHERE else "PRIVATE key"
            assert known in field.placeholder, (field.description, spelling)
            if spelling in ("PKCS#8", "JWK", "WIF"):
                assert not shown(text, states(form) + str(form._repr_mimebundle_()))
                assert field.description in ELSEWHERE or SAID in states(form)
            field.value = "x"
    for entry in list(emulator.ledger)[asked:]:
        assert not any(shown(text, entry.body + entry.target) for text in PRIVATE.values())
    written = b"".join(file.read_bytes() for file in tmp_path.glob("of-this-test*")).decode(
        "latin-1"
    )
    assert not any(shown(text, written) for text in PRIVATE.values() if len(text) > 24)


@pytest.mark.parametrize("name", FORMS)
def test_what_may_be_private_is_no_name(name: str, emulator: Emulator, tmp_path: Path) -> None:
    """What may be private is taken out of every field, and said to be *possibly* that; only what may be a
    point of a curve stays in one for keys and ids.
    """
    form = made(name, emulator, tmp_path / "j.sqlite")
    for field in fields(form):
        if field.description in ELSEWHERE:
            continue
        for spelling, text in POSSIBLY.items():
            field.value = text
            if is_for_ids(field) and len(recognise(text).number) == 64:
                assert field.value == text, (field.description, spelling)
                assert SAID not in field.placeholder
            else:
                assert field.value == "", (field.description, spelling)
                said = MAYBE_AMONG_IDS if is_for_ids(field) else MAYBE
                assert field.placeholder == said
            field.value = "x"


@pytest.mark.parametrize("name", FORMS)
def test_ordinary_texts_stay(name: str, emulator: Emulator, tmp_path: Path) -> None:
    """Names, sentences, ids and public keys stay where they are typed."""
    form = made(name, emulator, tmp_path / "j.sqlite")
    for field in fields(form):
        if field.description in ELSEWHERE:
            continue
        for text in ORDINARY.values():
            field.value = text
            assert field.value == text


def test_every_form_was_tried(emulator: Emulator, tmp_path: Path) -> None:
    """The forms tried here are all that the product has, and between them have every kind of field."""
    offered = {
        *(name for name in cobo.forms.__all__ if name[0].islower()),
        *(name for name in privy.forms.__all__ if name[0].islower()),
    }
    assert offered == {
        "create_key_share_holder_group", "create_tss_request", "api_key_info", "create_key_quorum", "update_key_quorum",
        "delete_key_quorum", "create_wallet", "update_wallet", "pending", "update_key_share_holder_group_by_id",
        "delete_key_share_holder_group_by_id", "sign",
    }  # fmt: skip
    labels = {
        field.description
        for name in FORMS
        for field in fields(made(name, emulator, tmp_path / name))
    }
    assert {
        "Display name",
        "Wallet name",
        "Description",
        "Privy app id",
    } < labels


def test_it_is_said_beside_a_seat(emulator: Emulator, tmp_path: Path) -> None:
    """In a row, the line below says it, until something else stands there."""
    form = made("a group", emulator, tmp_path / "j.sqlite")
    row = form.rows[0]
    row.fields["name"].value = PRIVATE["PKCS#8"]
    assert SAID in row.under.value
    row.fields["name"].value = HEX
    assert MAYBE in row.under.value
    row.fields["name"].value = "Alice"
    assert SAID not in row.under.value
    assert MAYBE not in row.under.value

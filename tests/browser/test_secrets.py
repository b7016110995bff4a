"""No secret that is typed or pasted into a form is in any file afterwards, even where widget state is saved.

Every field that may hold a secret gets a marker of its own, and every text field a pasted private key, in each
spelling of one. The notebook is saved after each; then everything that the session wrote is searched.
"""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from cryptography.hazmat.primitives import serialization
from playwright.sync_api import expect

from tests.browser.labdriver import ROOT, save
from tests.browser.screens import METADATA, ask, form, notebook
from tests.inside import native_of
from toolkit.keys import P256Key

SAVE_STATE = {"@jupyter-widgets/jupyterlab-manager/plugin": {"saveState": True}}
WORLD = """import os
import ipywidgets as w
import toolkit
from toolkit import Emulator, cobo, privy
from toolkit.emulator import Fault
emulator = Emulator.seeded()
custody, app = emulator.cobo_client(journal="journal.sqlite"), emulator.privy_client(journal="journal.sqlite")
emulator.inject(Fault("status-after", operation="create_key_quorum", status=504, unsigned=True))
app.exchange(privy.create_key_quorum(privy.CreateKeyQuorumRequest(user_ids=["did:privy:x"], display_name="Lost")))
treasury, night, payouts = list(emulator.privy.quorums.values())[:3]
hot = next(each.id for each in emulator.privy.wallets.values() if each.owner_id == payouts.id)
new = next(group for vault in emulator.cobo.state.groups.values() for group in vault.values() if group.status == "New")"""
FORMS = {
    "desk": """desk = toolkit.connect()
desk.cobo_panel.place.value, desk.privy_panel.place.value = "DEV", "STAGING"
desk""",
    "group": "group = cobo.forms.create_key_share_holder_group(custody)\ngroup",
    "keys": "keys = cobo.forms.create_tss_request(custody, emulator.vault_id, new)\nkeys",
    "quorum": "quorum = privy.forms.create_key_quorum(app)\nquorum",
    "change": "change = privy.forms.update_key_quorum(app, treasury)\nchange",
    "delete": "delete = privy.forms.delete_key_quorum(app, night)\ndelete",
    "wallet": "wallet = privy.forms.create_wallet(app, treasury)\nwallet",
    "owner": "owner = privy.forms.update_wallet(app, treasury, wallet_id=hot)\nowner",
    "doubt": "doubt = privy.forms.pending(app)\ndoubt",
}
PLAIN = "plain = w.Password(description='Plain')\nplain"
TITLES = {
    "desk": "Connect",
    "group": "New key share holder group",
    "keys": "Make the keys",
    "quorum": "New key quorum",
    "change": "Change key quorum: Treasury approvals, EU",
    "delete": "Delete key quorum: Night shift",
    "wallet": "New wallet for this quorum",
    "owner": "Make it the owner of a wallet",
    "doubt": "Create key quorum",
}
# (form, label of the field, the same field in Python): fields made for a secret, which empty themselves
SECRET = [
    ("desk", "Cobo API secret", "desk.cobo_panel.secret.field"),
    ("desk", "Privy app secret", "desk.privy_panel.secret.field"),
    ("change", "A signer’s key", "change.signers.field.field"),
    ("delete", "A signer’s key", "delete.signers.field.field"),
    ("owner", "A signer’s key", "owner.signers.field.field"),
]
# fields for something public, into which somebody pastes a private key
PUBLIC = [
    ("desk", "Privy app id", "desk.privy_panel.app_id"),
    ("group", "Seat 2 name", "group.rows[0].fields['name']"),
    ("group", "Seat 3 TSS node id", "group.rows[1].fields['tss_node_id']"),
    ("keys", "Description", "keys.description"),
    ("quorum", "Display name", "quorum.members.display_name"),
    ("quorum", "Member 1", "quorum.members.rows[0].fields['text']"),
    ("change", "Display name", "change.members.display_name"),
    ("change", "Member 2", "change.members.rows[1].fields['text']"),
    ("wallet", "Wallet name", "wallet.display_name"),
    ("doubt", "Id of what it made", "doubt.cards[0].named"),
]
#: Of these, fields for keys and ids.


def der(key: P256Key) -> bytes:
    whole: bytes = native_of(key).private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return whole


def pem(key: P256Key) -> str:
    lines: bytes = native_of(key).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return lines.decode()


#: How a private key is spelled, and the part of that which is searched for: in the midst of the secret number.
SPELLINGS: dict[str, tuple[Callable[[P256Key], str], Callable[[str], str]]] = {
    "hex": (
        lambda key: f"{native_of(key).private_numbers().private_value:064x}",
        lambda text: text[8:56],
    ),
    "base64 PKCS#8": (lambda key: base64.b64encode(der(key)).decode(), lambda text: text[52:84]),
    "wallet-auth": (
        lambda key: "wallet-auth:" + base64.b64encode(der(key)).decode(),
        lambda text: text[64:96],
    ),
    "PEM": (pem, lambda text: text.splitlines()[1][50:64]),
}


def planted() -> list[tuple[str, str, str, str, str]]:
    """(form, label, in Python, what is typed, what is searched for) for every field and spelling; no two alike."""
    made = []
    for name, label, path in SECRET:
        marker = f"MARKER-{name}-{len(made)}-of-no-use"
        made.append((name, label, path, marker, marker))
    for name, label, path in SECRET + PUBLIC:
        for spell, part in SPELLINGS.values():
            text = spell(P256Key.generate())
            made.append((name, label, path, text, part(text)))
    return made


def files_with(folder: Path, marker: str) -> list[str]:
    return sorted(
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and marker.encode() in path.read_bytes()
    )


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A form of each kind, in a JupyterLab that saves widget state; the parts that are searched for later."""
    folder = tmp_path_factory.mktemp("secrets")
    with notebook(folder, [WORLD, *FORMS.values(), PLAIN], settings=SAVE_STATE) as opened:
        opened.folder = folder
        yield opened


def test_what_is_typed_is_in_no_file(page: Any) -> None:
    """Typed or pasted into any field of any form, no secret is in a file; a plain password field's is."""
    everything = planted()
    for name, label, _, text, _ in everything:
        field = form(page, TITLES[name]).get_by_label(label, exact=True)
        field.focus()
        page.keyboard.press("Control+a")
        page.keyboard.insert_text(text)
        page.keyboard.press("Tab")
        page.wait_for_function("field => field.value === ''", arg=field.element_handle())
        save(page)
    contrast = "MARKER-PLAIN"
    page.get_by_label("Plain").fill(contrast)
    page.keyboard.press("Tab")
    assert ask(page, "print(len(plain.value))") == str(
        len(contrast)
    )  # the kernel has it, and all that came before
    save(page)
    assert any(name.endswith("forms.ipynb") for name in files_with(page.folder, contrast))
    found = {
        (name, label): files
        for name, label, _, _, part in everything
        if (files := files_with(page.folder, part))
    }
    assert found == {}


def test_it_says_so(page: Any) -> None:
    """Where something was taken away the form says it, beside the field."""
    form(page, TITLES["quorum"]).get_by_text("That was a PRIVATE key").first.wait_for()
    for name, label in (
        ("group", "Seat 2 name"),
        ("keys", "Description"),
        ("wallet", "Wallet name"),
    ):
        field = form(page, TITLES[name]).get_by_label(label, exact=True)
        expect(field).to_have_attribute("placeholder", re.compile("PRIVATE key"))


def test_what_a_program_sets_is_in_no_output(tmp_path: Path) -> None:
    """Run without a browser, and told to keep widget state: a notebook that sets these fields keeps none of it."""
    everything = planted()
    sets = [
        f"{path}.value = os.environ['PLANTED_{at}']"
        for at, (_, _, path, _, _) in enumerate(everything)
    ]
    cells = [WORLD, *FORMS.values(), *sets, PLAIN, "plain.value = os.environ['PLAIN']"]
    whole = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(text) for text in cells], metadata=METADATA
    )
    nbformat.write(whole, tmp_path / "set.ipynb")
    home = tmp_path / "home"
    environment = {
        **os.environ,
        **dict.fromkeys(
            ("HOME", "IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"),
            str(home),
        ),
        **{f"PLANTED_{at}": text for at, (*_, text, _) in enumerate(everything)},
        "PLAIN": "MARKER-PLAIN",
        "PYTHONPATH": str(ROOT),
    }
    command = [
        sys.executable,
        "-m",
        "nbconvert",
        "--to",
        "notebook",
        "--execute",
        "--output",
        "done.ipynb",
        "set.ipynb",
    ]
    command.append("--ExecutePreprocessor.store_widget_state=True")
    done = subprocess.run(
        command,
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert json.loads((tmp_path / "done.ipynb").read_text())["metadata"]["widgets"]
    assert files_with(tmp_path, "MARKER-PLAIN") == ["done.ipynb"]
    found = {
        (name, label): files
        for name, label, _, _, part in everything
        if (files := files_with(tmp_path, part))
    }
    assert found == {}
    assert not any(part in done.stderr + done.stdout for *_, part in everything)

"""Running a cell again brings back what was typed in it; never a secret, and nothing that was sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.emulated import changes
from tests.inside import native_of
from tests.kernel import Notebook
from tests.samples import KEYS
from tests.screen import screen
from toolkit import cobo, privy
from toolkit.emulator import Emulator
from toolkit.forms import cell
from toolkit.privy.forms import QuorumFields


def type_a_quorum(form: Any) -> QuorumFields:
    form.members.rows[0].fields["text"].value = KEYS[0].public.to_base64()
    form.members.add("User", "did:privy:cm7oxq1el000e11o8iwp7d0d0")
    form.members.display_name.value = "Payments"
    form.members.threshold.value = 3
    fields: QuorumFields = form.fields
    return fields


def test_what_was_typed_comes_back(emulator: Emulator, notebook: Notebook) -> None:
    """Run again, the cell has its texts, choices and rows again, and says so; a new client does not matter."""
    form = notebook.run(lambda: privy.forms.create_key_quorum(emulator.privy_client()), "a")
    typed = type_a_quorum(form)
    again = notebook.run(lambda: privy.forms.create_key_quorum(emulator.privy_client()), "a")
    assert again.fields == typed
    assert "What was typed here before is back." in again.status.value
    assert again.fresh_button.layout.display is None
    again.fresh_button.click()
    assert again.fields == QuorumFields("", (("Key", ""), ("Key", "")), 2)
    assert "is back" not in again.status.value
    last = notebook.run(lambda: privy.forms.create_key_quorum(emulator.privy_client()), "a")
    assert last.fields == again.fields


def test_each_cell_has_its_own(emulator: Emulator, notebook: Notebook) -> None:
    """Another cell, another form, another account: nothing comes over; outside of cells nothing is kept."""
    app = emulator.privy_client()
    type_a_quorum(notebook.run(lambda: privy.forms.create_key_quorum(app), "a"))
    for cell_id, client in (("b", app), ("a", Emulator.seeded("empty").privy_client())):
        other = notebook.run(lambda client=client: privy.forms.create_key_quorum(client), cell_id)
        if client is app:
            assert other.fields.display_name == ""
    type_a_quorum(privy.forms.create_key_quorum(app))
    assert privy.forms.create_key_quorum(app).fields.display_name == ""


def test_what_was_sent_does_not_come_back(emulator: Emulator, notebook: Notebook) -> None:
    """After it was made, the cell begins anew: a second run proposes no second one."""
    app = emulator.privy_client()
    form = notebook.run(lambda: privy.forms.create_key_quorum(app), "a")
    form.members.remove(form.members.rows[1])
    form.members.threshold.value = 1
    form.members.rows[0].fields["text"].value = KEYS[0].public.to_base64()
    form.press()
    assert len(changes(emulator)) == 1
    again = notebook.run(lambda: privy.forms.create_key_quorum(app), "a")
    assert again.fields.members == (("Key", ""), ("Key", ""))


def test_no_secret_comes_back(emulator: Emulator, notebook: Notebook) -> None:
    """A private key that was pasted is nowhere in what is kept."""
    secret = f"{native_of(KEYS[0]).private_numbers().private_value:064x}"
    form = notebook.run(lambda: privy.forms.create_key_quorum(emulator.privy_client()), "a")
    form.members.display_name.value = "Payments"
    form.members.rows[0].fields["text"].value = "0x" + secret
    assert "Payments" in repr(cell._TYPED)
    assert secret[8:40] not in repr(cell._TYPED)


def test_every_form(emulator: Emulator, notebook: Notebook) -> None:
    """A group, its keys, a change and wallets: each brings its own fields back."""
    custody, app = emulator.cobo_client(), emulator.privy_client()
    quorum = next(iter(emulator.privy.quorums.values()))
    new = next(
        each for each in custody.send(cobo.list_key_share_holder_groups(emulator.vault_id)).data
        if each.status == "New"
    )  # fmt: skip

    def group(form: Any) -> None:
        form.type.value, form.scheme.value = "RecoveryGroup", (2, 2)
        form.rows[1].fields["name"].value = "Alice"

    def keys(form: Any) -> None:
        form.description.value = "For the drill"

    def change(form: Any) -> None:
        form.members.display_name.value = "Treasury, new"

    def wallet(form: Any) -> None:
        form.display_name.value, form.chain_type.value = "Payouts", "solana"

    cells: dict[str, tuple[Callable[[], Any], Callable[[Any], None]]] = {
        "group": (lambda: cobo.forms.create_key_share_holder_group(custody), group),
        "keys": (lambda: cobo.forms.create_tss_request(custody, emulator.vault_id, new), keys),
        "change": (lambda: privy.forms.update_key_quorum(app, quorum), change),
        "wallet": (lambda: privy.forms.create_wallet(app, quorum), wallet),
    }
    for name, (make, edit) in cells.items():
        form = notebook.run(make, name)
        edit(form)
        again = notebook.run(make, name)
        assert again.spec.fields() == form.spec.fields(), name
        assert "is back" in screen(again), name


def test_fields_that_do_not_fit_any_more(emulator: Emulator, notebook: Notebook) -> None:
    """Where the vault that was chosen is not there any more, it says so and begins anew."""
    custody = emulator.cobo_client()
    vault = custody.send(
        cobo.create_mpc_vault(
            cobo.CreateMpcVaultRequest(name="Short-lived", vault_type="Org-Controlled")
        )
    )
    form = notebook.run(lambda: cobo.forms.create_key_share_holder_group(custody), "a")
    form.vault.value = vault.vault_id
    del emulator.cobo.state.vaults[vault.vault_id]
    again = notebook.run(lambda: cobo.forms.create_key_share_holder_group(custody), "a")
    assert "does not fit any more: vault_id" in again.status.value


def test_afresh_after_it_was_made(emulator: Emulator) -> None:
    """One press and the form is empty again; what was made stays made, and the next one is another."""
    form = privy.forms.create_key_quorum(emulator.privy_client())
    form.fill(QuorumFields("A", (("Key", KEYS[0].public.to_base64()),), 1))
    form.press()
    assert form.fresh_button.layout.display is None
    assert "Exactly what was sent" in screen(form)
    form.fresh_button.click()
    assert form.exchange is None
    assert "Key quorum made" not in screen(form)
    form.fill(QuorumFields("B", (("Key", KEYS[1].public.to_base64()),), 1))
    form.press()
    assert len(changes(emulator)) == 2

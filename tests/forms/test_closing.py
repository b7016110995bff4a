"""No widget is left behind: closed, a form, a panel and a card have freed all that they ever made."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import ipywidgets as w
import pytest

import toolkit
from tests.approvals.together import approval_of
from tests.emulated import changes, holding, lost
from tests.inside import alive, native_of
from tests.kernel import Notebook
from tests.samples import KEYS, QUORUM
from tests.screen import fill, quorum_form, screen, until
from toolkit import Emulator, cobo, privy
from toolkit.errors import InputError, ToolkitError
from toolkit.forms import cell
from toolkit.forms.widgets import free
from toolkit.privy.forms import QuorumFields


@pytest.fixture(autouse=True)
def counted() -> Iterator[set[str]]:
    """What was there before; afterwards nothing else may be."""
    before = alive()
    yield before
    assert alive() <= before


def quorum_of(app: privy.Client) -> privy.KeyQuorum:
    return app.send(privy.create_key_quorum(QUORUM))


def new_group(custody: cobo.Client, vault_id: str) -> cobo.KeyShareHolderGroup:
    groups = custody.send(cobo.list_key_share_holder_groups(vault_id)).data
    return next(group for group in groups if group.status == "New")


def in_doubt(emulator: Emulator) -> privy.Client:
    app = emulator.privy_client()
    lost(emulator, "create_key_quorum", "status-before")
    with pytest.raises(ToolkitError):
        app.send(privy.create_key_quorum(QUORUM))
    return app


MAKE: dict[str, Callable[[Emulator], Any]] = {
    "a group": lambda emulator: cobo.forms.create_key_share_holder_group(emulator.cobo_client()),
    "a TSS request": lambda emulator: cobo.forms.create_tss_request(
        emulator.cobo_client(),
        emulator.vault_id,
        new_group(emulator.cobo_client(), emulator.vault_id),
    ),
    "an upgrade": lambda emulator: cobo.forms.update_key_share_holder_group_by_id(
        emulator.cobo_client(),
        emulator.vault_id,
        new_group(emulator.cobo_client(), emulator.vault_id),
    ),
    "a deletion": lambda emulator: cobo.forms.delete_key_share_holder_group_by_id(
        emulator.cobo_client(),
        emulator.vault_id,
        new_group(emulator.cobo_client(), emulator.vault_id),
    ),
    "the API key": lambda emulator: cobo.forms.api_key_info(emulator.cobo_client()),
    "a quorum": lambda emulator: privy.forms.create_key_quorum(emulator.privy_client()),
    "a change": lambda emulator: privy.forms.update_key_quorum(
        emulator.privy_client(), quorum_of(emulator.privy_client()), signers=KEYS
    ),
    "an end": lambda emulator: privy.forms.delete_key_quorum(
        emulator.privy_client(), quorum_of(emulator.privy_client()), signers=KEYS
    ),
    "a wallet": lambda emulator: privy.forms.create_wallet(
        emulator.privy_client(), quorum_of(emulator.privy_client())
    ),
    "an owner": lambda emulator: privy.forms.update_wallet(
        emulator.privy_client(), quorum_of(emulator.privy_client())
    ),
    "nothing in doubt": lambda emulator: privy.forms.pending(emulator.privy_client()),
    "a doubt": lambda emulator: privy.forms.pending(in_doubt(emulator)),
    "a form of a doubt": lambda emulator: privy.forms.create_key_quorum(in_doubt(emulator)),
    "an approval": lambda emulator: privy.forms.sign(approval_of(emulator.privy_client())),
    "a refused file": lambda emulator: privy.forms.sign("nowhere.json"),
    "a review": lambda emulator: cobo.forms.create_key_share_holder_group(
        emulator.cobo_client(require_review=[KEYS[0].public])
    ),
    "connect": toolkit.connect,
}
NO_CALL = ("connect", "a doubt", "nothing in doubt", "an approval", "a refused file")


@pytest.mark.parametrize("name", MAKE)
def test_closed_as_it_was_made(name: str, emulator: Emulator, counted: set[str]) -> None:
    """Nothing of it is left, a second close does nothing, and it says that it is closed."""
    panel = MAKE[name](emulator)
    assert alive() > counted
    panel.close()
    assert alive() == counted
    panel.close()
    assert "closed" in repr(panel)


@pytest.mark.parametrize("name", [name for name in MAKE if name not in NO_CALL])
def test_closed_after_it_was_pressed(name: str, emulator: Emulator, counted: set[str]) -> None:
    """Whatever a press, a fresh form and another press have drawn is freed, too."""
    form = MAKE[name](emulator)
    form.press()
    form.start_afresh()
    form.press()
    form.close()
    assert alive() == counted


def test_everything_that_a_quorum_form_makes(emulator: Emulator, counted: set[str]) -> None:
    """Rows added and removed, filled anew, made, with a wallet step whose forms were opened."""
    form = quorum_form(emulator)
    for kind in ("Key", "User", "Quorum"):
        form.members.add(kind)
    with_rows = alive()
    form.members.remove(form.members.rows[-1])
    gone = with_rows - alive()
    assert len(gone) > 5
    rows = alive()
    for _ in range(3):
        form.fill(QuorumFields("Mine", (("Key", KEYS[0].public.to_base64()),), 1))
    assert len(alive()) < len(rows)
    form.press()
    (steps,) = form.next_steps.children
    steps.choice.value = "new"
    steps.choice.value = "there"
    opened = len(alive())
    form.start_afresh()
    assert len(alive()) < opened - 100
    assert steps.closed
    form.close()
    assert alive() == counted


def test_everything_that_a_group_form_makes(emulator: Emulator, counted: set[str]) -> None:
    """Seats that the chosen scheme has no room for, the keys' form, and the one of a second group."""
    form = cobo.forms.create_key_share_holder_group(
        emulator.cobo_client(), nodes=emulator.spare_nodes
    )
    form.type.value, form.scheme.value = "RecoveryGroup", (3, 3)
    form.type.value, form.scheme.value = "MainGroup", (2, 3)
    fill(form, emulator)
    form.acknowledge = {"cobo.second-main-group"}
    form.press()
    (keys,) = form.next_steps.children
    keys.press()
    for row, node in zip(form.rows, emulator.spare_nodes[2:], strict=False):
        row.fields["tss_node_id"].value = node
    form.press()
    assert len(changes(emulator)) == 3
    assert keys.closed
    form.close()
    assert alive() == counted


@pytest.mark.parametrize("make", [
    lambda emulator: cobo.forms.create_key_share_holder_group("no client"),
    lambda emulator: cobo.forms.create_tss_request(emulator.cobo_client(), "no-vault", "no-group"),
    lambda emulator: cobo.forms.update_key_share_holder_group_by_id(emulator.cobo_client(), emulator.vault_id, "no-group"),
    lambda emulator: cobo.forms.delete_key_share_holder_group_by_id(emulator.cobo_client(), "no-vault", "no-group"),
    lambda emulator: privy.forms.update_key_quorum(emulator.privy_client(), "no-quorum"),
    lambda emulator: privy.forms.create_key_quorum(emulator.privy_client(), keys_folder=1),
    lambda emulator: privy.forms.update_wallet(emulator.privy_client(), quorum_of(emulator.privy_client()), signers=[1]),
    lambda emulator: cobo.forms.create_key_share_holder_group(emulator.cobo_client(), nodes="text"),
], ids=["client", "vault", "upgrade", "deletion", "quorum", "folder", "signers", "nodes"])  # fmt: skip
def test_what_could_not_be_made_leaves_nothing(
    make: Callable[[Emulator], Any], emulator: Emulator
) -> None:
    """A form that is refused half-way has freed what it had made until then."""
    with pytest.raises((ToolkitError, TypeError)):
        make(emulator)


def test_closed_while_a_request_is_under_way(emulator: Emulator, counted: set[str]) -> None:
    """What has left is answered unseen: the journal settles it, nothing is drawn, and the answer is in code."""

    async def main() -> Any:
        form = quorum_form(emulator, KEYS[0].public.to_base64(), KEYS[1].public.to_base64())
        with holding(emulator) as (arrived, may_answer):
            form.press()
            await until(arrived.is_set)
            drawn = form.after.card.value, form.status.value
            form.close()
            assert alive() == counted
            may_answer.set()
            await until(lambda: form.exchange)
        assert (form.after.card.value, form.status.value) == drawn
        assert form.receipts.shown == []
        return form

    form = asyncio.run(main())
    assert alive() == counted
    assert form.result.id in emulator.privy.quorums
    assert form.client.pending() == ()


def test_closed_before_it_has_left(emulator: Emulator, counted: set[str]) -> None:
    """What was not sent yet is called off, and its text stays for the next run."""

    async def main() -> Any:
        form = quorum_form(emulator, KEYS[0].public.to_base64(), KEYS[1].public.to_base64())
        form.press()
        form.close()
        await until(lambda: form.exchange)
        return form

    form = asyncio.run(main())
    sent = "create_key_quorum" in changes(emulator)
    assert sent is (form.exchange.error is None)  # whichever came first, it is known
    assert alive() == counted


def test_a_closed_form_sends_nothing(emulator: Emulator) -> None:
    """Code that still holds it is told, and shows the sentence in place of the form."""
    form = quorum_form(emulator, KEYS[0].public.to_base64(), KEYS[1].public.to_base64())
    form.close()
    with pytest.raises(InputError, match="was closed"):
        form.submit()
    assert changes(emulator) == []
    assert "closed" in repr(form)


def test_timers_end_with_the_form(emulator: Emulator) -> None:
    """No call of the loop is left waiting for a form that is closed."""

    async def main() -> None:
        form = quorum_form(emulator, KEYS[0].public.to_base64(), KEYS[1].public.to_base64())
        ageing = form._ageing
        assert ageing is not None
        form.close()
        assert ageing.cancelled()

    asyncio.run(main())


def test_following_ends_with_the_form(emulator: Emulator, counted: set[str]) -> None:
    """A TSS request is not read any more once its form is closed."""

    async def main() -> None:
        custody = emulator.cobo_client()
        form = cobo.forms.create_tss_request(
            custody, emulator.vault_id, new_group(custody, emulator.vault_id)
        )
        form.press()
        await until(lambda: form.exchange)
        form.close()
        assert alive() == counted
        await asyncio.sleep(0.05)
        assert alive() == counted

    asyncio.run(main())


# ---- when a cell is run again --------------------------------------------------------------------


@pytest.mark.parametrize("cell_id", ["a", None], ids=["with its id", "by its text"])
@pytest.mark.parametrize("name", MAKE)
def test_fifty_runs_do_not_add_up(
    name: str, cell_id: str | None, emulator: Emulator, notebook: Notebook, counted: set[str]
) -> None:
    """However often a cell is run, the kernel holds the widgets of its last run."""
    notebook.run(lambda: MAKE[name](emulator), cell_id)
    once = len(alive() - counted)
    for _ in range(50 if name == "a quorum" else 3):
        panel = notebook.run(lambda: MAKE[name](emulator), cell_id)
    more = 4 if "doubt" in name else 1  # each run of those leaves one more change in doubt
    assert len(alive() - counted) <= 2 * once * more
    assert not panel.closed


def test_what_was_typed_comes_back_from_a_closed_form(
    emulator: Emulator, notebook: Notebook
) -> None:
    """The old form is closed, and its texts stand in the new one."""
    app = emulator.privy_client()
    old = notebook.run(lambda: privy.forms.create_key_quorum(app))
    old.members.display_name.value = "Payments"
    new = notebook.run(lambda: privy.forms.create_key_quorum(app))
    assert old.closed
    assert new.fields.display_name == "Payments"
    other = notebook.run(lambda: privy.forms.create_key_quorum(app), cell_id="b")
    assert not new.closed
    assert other.fields.display_name == ""


def test_two_forms_of_one_cell(emulator: Emulator, notebook: Notebook) -> None:
    """Both are open until the cell is run again; then both are closed."""
    app = emulator.privy_client()

    def both() -> tuple[Any, Any]:
        return privy.forms.create_key_quorum(app), privy.forms.create_key_quorum(app)

    first = notebook.run(both)
    assert not any(form.closed for form in first)
    second = notebook.run(both)
    assert all(form.closed for form in first)
    assert not any(form.closed for form in second)


def test_a_step_ends_with_its_form(emulator: Emulator, notebook: Notebook) -> None:
    """A step that another cell has brought about stays when that cell is run again."""
    app = emulator.privy_client()
    form = notebook.run(lambda: privy.forms.create_key_quorum(app))
    form.fill(QuorumFields("", (("Key", KEYS[0].public.to_base64()),), 1))
    notebook.run(form.submit, cell_id="b")
    notebook.run(lambda: privy.forms.pending(app), cell_id="b")
    (steps,) = form.next_steps.children
    assert not steps.closed
    assert "a wallet that it owns" in screen(form)


def test_what_has_left_is_not_proposed_again(emulator: Emulator, notebook: Notebook) -> None:
    """Run again while its request is under way, the cell begins anew: a second one would be another."""

    async def main() -> None:
        app = emulator.privy_client()
        with holding(emulator) as (arrived, may_answer):
            form = notebook.run(lambda: privy.forms.create_key_quorum(app))
            form.fill(QuorumFields("Once", (("Key", KEYS[0].public.to_base64()),), 1))
            form.press()
            await until(arrived.is_set)
            again = notebook.run(lambda: privy.forms.create_key_quorum(app))
            assert again.fields.display_name == ""
            again.members.display_name.value = "Another"
            may_answer.set()
            await until(lambda: form.exchange)
        last = notebook.run(lambda: privy.forms.create_key_quorum(app))
        assert last.fields.display_name == "Another"

    asyncio.run(main())


def test_a_private_key_is_not_kept_for_the_next_run(emulator: Emulator, notebook: Notebook) -> None:
    """What may be a private key stands in a row, where it may be an id, and is kept for no other run."""
    digits = f"{native_of(KEYS[0]).private_numbers().private_value:064x}"
    form = notebook.run(lambda: privy.forms.create_key_quorum(emulator.privy_client()))
    form.members.display_name.value = "Payments"
    form.members.rows[0].fields["text"].value = digits
    assert "Payments" in repr(cell._TYPED)
    assert digits not in repr(cell._TYPED)


def test_free_takes_layout_and_style_along(counted: set[str]) -> None:
    """ipywidgets closes a widget alone; ``free`` takes what belongs to it along."""
    box = w.VBox([w.Tab([w.HTML(), w.HBox([w.Button()])]), w.RadioButtons(options=["a"])])
    free(box)
    assert alive() == counted

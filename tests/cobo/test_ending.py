"""The forms that end a group, and the pages beside a request: what approvers see, and the node's rule."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
import yaml

from tests.emulated import changes
from tests.inside import switch
from tests.samples import group as request_for
from tests.samples import node_id
from tests.screen import fill, group_form, screen
from toolkit import Emulator, cobo
from toolkit.cobo.forms.pages import APPROVERS, NODE_RULE
from toolkit.errors import InputError, RequestRefused


def plain(text: Any) -> str:
    """What stands there to read."""
    return unescape(re.sub(r"<[^>]*>", "", str(text)))


def page(form: Any, name: str) -> str:
    return plain(form.preview.pages[name].value)


def the(emulator: Emulator, kind: str, status: str = "Valid") -> cobo.KeyShareHolderGroup:
    groups = emulator.cobo.state.groups[emulator.vault_id].values()
    return next(group for group in groups if (group.type, group.status) == (kind, status))


def signing(emulator: Emulator) -> cobo.KeyShareHolderGroup:
    """A signing group that has its keys."""
    call = cobo.create_key_share_holder_group(emulator.vault_id, request_for(emulator))
    made = emulator.cobo_client().send(call)
    state = emulator.cobo.state
    state.make_keys(emulator.vault_id, made.key_share_holder_group_id or "", state.random)
    return state.groups[emulator.vault_id][made.key_share_holder_group_id or ""]


def upgrade(emulator: Emulator) -> Any:
    return cobo.forms.update_key_share_holder_group_by_id(
        emulator.cobo_client(), emulator.vault_id, signing(emulator)
    )


def deletion(emulator: Emulator, kind: str = "RecoveryGroup") -> Any:
    return cobo.forms.delete_key_share_holder_group_by_id(
        emulator.cobo_client(), emulator.vault_id, the(emulator, kind)
    )


# ---- an upgrade ----------------------------------------------------------------------------------


def test_an_upgrade_keeps_the_old_one_until_somebody_says_otherwise(emulator: Emulator) -> None:
    """The old main group is kept unless a person chooses its end; that is told in red and takes a word."""
    form = upgrade(emulator)
    assert form.request.original_main_group_handling == "ConvertToSigningGroup"
    assert form.problems == ()
    assert "the main group of Alice Moreau and Bob Tanaka" in plain(form.card.value)
    form.handling.value = "Invalidate"
    (problem,) = form.problems
    assert problem.rule == "cobo.upgrade-invalidates"
    assert form.mark(problem) == "high"
    before = changes(emulator)
    with pytest.raises(RequestRefused):
        form.submit()
    assert changes(emulator) == before
    form.acknowledge = {"cobo.upgrade-invalidates"}
    made = form.submit()
    assert made.type == "MainGroup"
    mains = [each for each in emulator.cobo.state.groups[emulator.vault_id].values() if each.type == "MainGroup"]  # fmt: skip
    assert mains == [the(emulator, "MainGroup")]
    assert "It is the main group" in plain(form.after.card.value)
    assert form.receipt is not None
    assert form.receipt.changes == (("type Signing group", "type Main group"),)


def test_an_upgrade_that_keeps(emulator: Emulator) -> None:
    """With the choice that stands there, the old main group signs on."""
    old = the(emulator, "MainGroup")
    upgrade(emulator).submit()
    kept = emulator.cobo.state.groups[emulator.vault_id][old.key_share_holder_group_id or ""]
    assert (kept.type, kept.status) == ("SigningGroup", "Valid")


def test_only_a_valid_signing_group_is_upgraded(emulator: Emulator) -> None:
    """Another group is told to be none for this, before anything is sent."""
    for group in (the(emulator, "RecoveryGroup"), the(emulator, "SigningGroup", "New")):
        form = cobo.forms.update_key_share_holder_group_by_id(
            emulator.cobo_client(), emulator.vault_id, group
        )
        assert [problem.rule for problem in form.problems] == ["form.no-signing-group"]
        assert "a Valid signing group can become" in plain(form.notices.value)


# ---- a deletion ----------------------------------------------------------------------------------


def test_a_deletion_takes_a_word(emulator: Emulator) -> None:
    """Whose shares end is told in red, and that it is the vault's last; with a word for each it is submitted."""
    form = deletion(emulator)
    rules = {problem.rule for problem in form.problems}
    assert rules == {"cobo.delete-group", "cobo.deletes-the-last"}
    assert "The shares of Carol Okafor and Frank Ito" in plain(form.notices.value)
    with pytest.raises(RequestRefused):
        form.submit()
    assert changes(emulator) == []
    form.acknowledge = rules
    assert form.submit().submitted
    assert "Submitted is not done" in plain(form.after.card.value)
    assert form.receipt is not None


def test_what_is_not_the_last_may_go(emulator: Emulator) -> None:
    """Of two Valid signing groups one may go with one word; a main group is told to be none that the Portal deletes."""
    signing(emulator)
    switch(emulator, {"cobo.node_in_two_groups": "accepted"})
    signing(emulator)
    rules = [problem.rule for problem in deletion(emulator, "SigningGroup").problems]
    assert rules == ["cobo.delete-group"]
    rules = [problem.rule for problem in deletion(emulator, "MainGroup").problems]
    assert rules == ["cobo.delete-group", "cobo.delete-main-group"]


REFUSED: list[tuple[str, Callable[[Emulator], Any], str]] = [
    ("an id of nothing", lambda e: cobo.forms.delete_key_share_holder_group_by_id(e.cobo_client(), e.vault_id, "g"), "group: g is not in vault"),
    ("no group", lambda e: cobo.forms.update_key_share_holder_group_by_id(e.cobo_client(), e.vault_id, 7), "group must be"),  # type: ignore[arg-type]
]  # fmt: skip


@pytest.mark.parametrize(("make", "said"), [c[1:] for c in REFUSED], ids=[c[0] for c in REFUSED])
def test_what_is_no_group(emulator: Emulator, make: Callable[[Emulator], Any], said: str) -> None:
    """A group that is not there is refused by name."""
    with pytest.raises(InputError, match=said) as refused:
        make(emulator)
    assert refused.value.hint


# ---- pages ---------------------------------------------------------------------------------------


def test_a_group_form_shows_what_approvers_see(emulator: Emulator) -> None:
    """While one types, the statement follows: title, vault, names and nodes; first keys have none, and it says so."""
    form = group_form(emulator)
    fill(form, emulator)
    shown = page(form, APPROVERS)
    for text in ("Create Signing Key", "Treasury vault", "Alice", "Bob", *emulator.spare_nodes[:2]):
        assert text in shown
    assert "24 hours lapses (inferred" in shown
    form.rows[0].fields["name"].value = "Alicia"
    assert "Alicia" in page(form, APPROVERS)
    form.type.value = "RecoveryGroup"
    assert "Create Recovery Key" in page(form, APPROVERS)
    form.type.value = "MainGroup"
    assert "Cobo publishes no statement" in page(form, APPROVERS)
    form.type.value = "SigningGroup"
    form.submit()
    (keys,) = form.next_steps.children
    for text in ("Create Signing Key", "Treasury vault", "Alicia"):
        assert text in page(keys, APPROVERS)


@pytest.mark.parametrize("make", [upgrade, deletion], ids=["upgrade", "deletion"])
def test_what_ends_a_group_shows_it_too(
    emulator: Emulator, make: Callable[[Emulator], Any]
) -> None:
    """An upgrade and a deletion show the statement with the group's id and its holders."""
    form = make(emulator)
    shown = page(form, APPROVERS)
    assert str(form.prepared.call.argument("key_share_holder_group_id")) in shown
    title = {"Update key share holder group": "Upgrade Signing Key to Main Key"}
    assert title.get(form.spec.operation.title, "Delete Recovery Key") in shown
    assert ("Holder 0" if make is upgrade else "Carol Okafor") in shown


def rule_of(form: Any) -> Any:
    """The rule as YAML reads what stands on the page to be copied."""
    (text,) = re.findall(r"<pre[^>]*>(.*?)</pre>", form.preview.pages[NODE_RULE].value, re.S)
    return yaml.safe_load(unescape(text))["embedded_risk_control_rules"]


def test_the_rule_stands_where_keys_are_asked_for(emulator: Emulator) -> None:
    """The page has the rule for exactly these nodes: root keys for a group from the main group, none for first keys."""
    group = the(emulator, "SigningGroup", "New")
    custody = emulator.cobo_client()
    form = cobo.forms.create_tss_request(custody, emulator.vault_id, group)
    vault = custody.send(cobo.get_mpc_vault_by_id(emulator.vault_id))
    allowed = rule_of(form)["key_reshare"]["allow_list"]
    assert [each["xpubkey"] for each in allowed] == [
        r.root_pubkey for r in vault.root_pubkeys or ()
    ]
    nodes = [holder.tss_node_id for holder in group.key_share_holders or ()]
    assert allowed[0]["new_node_ids"] == nodes
    assert "each owner of a node" in page(form, NODE_RULE)

    other = Emulator.seeded("empty")
    holders = [cobo.CreateKeyShareHolder(name="A", type="API", tss_node_id=node_id("A"))]
    request = request_for(
        emulator,
        key_share_holder_group_type="MainGroup",
        participants=2,
        key_share_holders=holders,
    )
    client = other.cobo_client()
    main = client.send(cobo.create_key_share_holder_group(other.vault_id, request))
    first = rule_of(cobo.forms.create_tss_request(client, other.vault_id, main))
    assert first["key_gen"]["allow_list"][0]["node_ids"][1] == node_id("A")
    assert first["key_reshare"] == {"reject_all": True}


def test_where_no_rule_can_be_written(emulator: Emulator) -> None:
    """A node id that could not be copied safely is told, with what is wrong, and no rule stands there."""
    odd = "cobo\n  key_sign: {reject_all: false}"
    seats = [
        cobo.CreateKeyShareHolder(name=name, type="API", tss_node_id=node, signer=name == "A")
        for name, node in (("A", odd), ("B", emulator.spare_nodes[0]))
    ]
    call = cobo.create_key_share_holder_group(
        emulator.vault_id, request_for(emulator, key_share_holders=seats)
    )
    custody = emulator.cobo_client()
    group = custody.send(call, acknowledge={problem.rule for problem in custody.problems(call)})
    form = cobo.forms.create_tss_request(custody, emulator.vault_id, group)
    assert "No rule can be written" in page(form, NODE_RULE)
    assert "reject_all" not in page(form, NODE_RULE)


@pytest.mark.parametrize("name", ["<img src=x>", "Al\u202eice", "a\nb", "\x1b[31m"])
def test_hostile_names_on_the_pages(emulator: Emulator, name: str) -> None:
    """A name that would move or hide others is shown for what it is, on every page of every form."""
    form = group_form(emulator)
    fill(form, emulator)
    form.rows[0].fields["name"].value = name
    shown = screen(form)
    assert "<img" not in shown
    for character in ("\u202e", "\x1b"):
        assert character not in form.preview.pages[APPROVERS].value

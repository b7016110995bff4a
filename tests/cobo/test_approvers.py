"""What approvers see: Cobo's words and lines, whose holders they are, and names that would deceive."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest

from tests.samples import group as request_for
from tests.samples import node_id
from toolkit import Emulator, cobo
from toolkit.errors import InputError
from toolkit.request.call import Call

VAULT = cobo.MPCVault(vault_id="v", name="Treasury")
ORG = cobo.OrgInfo(org_id="o", name="Example Custody")
BEGIN = ["org_name", "environment", "initiator", "created_time", "expired_time", "vault_name"]


def holders(*names: str) -> list[cobo.KeyShareHolder]:
    return [cobo.KeyShareHolder(name=name, type="API", tss_node_id=node_id(name)) for name in names]


def made(kind: str, group_id: str, *names: str) -> cobo.KeyShareHolderGroup:
    return cobo.KeyShareHolderGroup(
        key_share_holder_group_id=group_id, type=kind, key_share_holders=holders(*names)
    )


GROUPS = [
    made("MainGroup", "m", "Alice", "Bob"),
    made("SigningGroup", "s", "Carol", "Dana"),
    made("RecoveryGroup", "r", "Erin", "Frank"),
    made("MainGroup", "n", "Grace", "Hugo"),
]


def create(kind: str, *names: str) -> Call[Any]:
    seats = [cobo.CreateKeyShareHolder(name=name, tss_node_id=node_id(name)) for name in names]
    request = cobo.CreateKeyShareHolderGroupRequest(
        key_share_holder_group_type=kind, participants=3, threshold=2, key_share_holders=seats
    )
    return cobo.create_key_share_holder_group("v", request)


def tss(kind: str, target: str, source: str | None = None) -> Call[Any]:
    given = cobo.SourceKeyShareHolderGroup(key_share_holder_group_id=source) if source else None
    request = cobo.CreateTssRequestRequest(
        type=kind, target_key_share_holder_group_id=target, source_key_share_holder_group=given
    )
    return cobo.create_tss_request("v", request)


def upgrade(group: str) -> Call[Any]:
    return cobo.update_key_share_holder_group_by_id(
        "v", group, cobo.UpdateKeyShareHolderGroupByIdRequest()
    )


CASES: list[tuple[str, Call[Any], str, list[str], list[str], list[str]]] = [
    ("a signing group", create("SigningGroup", "Alice", "Bob"), "Create Signing Key", [], ["Alice", "Bob"], []),
    ("a recovery group", create("RecoveryGroup", "Alice"), "Create Recovery Key", ["recovery_type"], ["Alice"], []),
    ("keys of a signing group", tss("KeyGenFromKeyGroup", "s", "m"), "Create Signing Key", [], ["Carol", "Dana"], []),
    ("keys of a recovery group", tss("KeyGenFromKeyGroup", "r", "m"), "Create Recovery Key", ["recovery_type"], ["Erin", "Frank"], []),
    ("keys of an unknown group", tss("KeyGenFromKeyGroup", "x", "m"), "Create Signing Key or Create Recovery Key", [], ["not known here"], []),
    ("a recovery", tss("Recovery", "n", "r"), "Recreate Main Key from Recovery Key", ["from_group_id"], ["Grace", "Hugo"], ["Erin", "Frank"]),
    ("an upgrade", upgrade("s"), "Upgrade Signing Key to Main Key", ["group_id"], ["Carol", "Dana"], []),
    ("a signing group deleted", cobo.delete_key_share_holder_group_by_id("v", "s"), "Delete Signing Key", ["group_id"], ["Carol", "Dana"], []),
    ("a recovery group deleted", cobo.delete_key_share_holder_group_by_id("v", "r"), "Delete Recovery Key", ["group_id"], ["Erin", "Frank"], []),
    ("an unknown group deleted", cobo.delete_key_share_holder_group_by_id("v", "x"), "Delete Signing Key or Delete Recovery Key", ["group_id"], ["not known here"], []),
]  # fmt: skip


@pytest.mark.parametrize(
    ("call", "title", "more", "seen", "giving"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_statements(
    call: Call[Any], title: str, more: list[str], seen: list[str], giving: list[str]
) -> None:
    """Each change has Cobo's title and lines, and the holders by name and node that people compare."""
    shown = cobo.what_approvers_see(call, vault=VAULT, groups=GROUPS, org=ORG)
    assert shown.title == title
    assert [line.name for line in shown.lines] == [*BEGIN, *more]
    lines = dict(shown.lines)
    assert (lines["org_name"], lines["vault_name"]) == ("Example Custody", "Treasury")
    assert [each.holder for each in shown.holders] == seen
    assert [each.holder for each in shown.givers] == giving
    for each in (*shown.holders, *shown.givers):
        assert each.tss_node_id in (node_id(each.holder), "not known here")


def test_how_long_they_have() -> None:
    """That approvals lapse after 24 hours is said, and said to be inferred."""
    shown = cobo.what_approvers_see(CASES[0][1])
    assert shown.lapses_ms == 86_400_000
    assert not shown.lapses.documented
    assert shown.source.documented
    assert dict(shown.lines)["expired_time"] == "24 hours after that (inferred)"
    assert "24 hours lapses (inferred" in " ".join(shown.notes)


NO_STATEMENT = [
    ("a main group", create("MainGroup", "Alice")),
    ("first keys", tss("KeyGen", "n")),
    ("a main group deleted", cobo.delete_key_share_holder_group_by_id("v", "m")),
]


@pytest.mark.parametrize("call", [c[1] for c in NO_STATEMENT], ids=[c[0] for c in NO_STATEMENT])
def test_where_no_statement_is_published(call: Call[Any]) -> None:
    """Where Cobo publishes none there is no title, and the note says so instead of making one up."""
    shown = cobo.what_approvers_see(call, vault=VAULT, groups=GROUPS)
    assert shown.title == ""
    assert "Cobo publishes no statement" in shown.notes[0]
    assert "No statement" in str(shown)


REFUSED: list[tuple[str, Callable[[], Any], str]] = [
    ("a read", lambda: cobo.what_approvers_see(cobo.get_api_key_info()), "get_api_key_info"),
    ("no call", lambda: cobo.what_approvers_see("create"), "str"),  # type: ignore[arg-type]
    ("no groups", lambda: cobo.what_approvers_see(CASES[0][1], groups=["g"]), "groups must hold"),  # type: ignore[list-item]
]


@pytest.mark.parametrize(("ask", "said"), [c[1:] for c in REFUSED], ids=[c[0] for c in REFUSED])
def test_what_nobody_approves(ask: Callable[[], Any], said: str) -> None:
    """What makes, changes or deletes no group is refused, with what would do."""
    with pytest.raises(InputError, match=said) as refused:
        ask()
    assert refused.value.hint


def test_pages_will_do(emulator: Emulator) -> None:
    """The groups may be those of a client's pages, as they come."""
    custody = emulator.cobo_client()
    pages = custody.iterate(cobo.list_key_share_holder_groups(emulator.vault_id))
    group = emulator.cobo.state.groups[emulator.vault_id]
    (recovery,) = [key for key, each in group.items() if each.type == "RecoveryGroup"]
    call = cobo.delete_key_share_holder_group_by_id(emulator.vault_id, recovery)
    shown = cobo.what_approvers_see(call, groups=pages)
    assert [each.holder for each in shown.holders] == ["Carol Okafor", "Frank Ito"]


HOSTILE = ("<script>alert(1)</script>", "Al\u202eice", "Bob\nTreasury: approved", "\x1b[31mCarol")


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names(emulator: Emulator, name: str) -> None:
    """A name cannot leave its place: not in the line, not in the text, not on the card."""
    vault = cobo.MPCVault(vault_id="v", name=name)
    seats = [cobo.CreateKeyShareHolder(name=name, type="API", tss_node_id=node_id("n"))]
    call = cobo.create_key_share_holder_group("v", request_for(emulator, key_share_holders=seats))
    shown = cobo.what_approvers_see(call, vault=vault, org=cobo.OrgInfo(org_id="o", name=name))
    for text in (repr(shown), *str(shown).splitlines()):
        assert text.isprintable()
    assert len(str(shown).splitlines()) == 1 + len(shown.lines) + 1 + len(shown.notes)
    html = shown._repr_html_()
    assert "<script" not in html
    read = unescape(re.sub(r"<[^>]*>", "", re.sub(r"<style>.*?</style>", "", html, flags=re.S)))
    assert "\u202e" not in read
    assert "\x1b" not in read


def test_a_name_like_a_node() -> None:
    """A comma and an id in a name stay in its quotes: the id after them is the node's."""
    (real, other) = map(node_id, ("Alice", "Mallory"))
    seats = [cobo.CreateKeyShareHolder(name=f"Alice, {real}", tss_node_id=other)]
    request = cobo.CreateKeyShareHolderGroupRequest(
        key_share_holder_group_type="RecoveryGroup",
        participants=2,
        threshold=2,
        key_share_holders=seats,
    )
    shown = cobo.what_approvers_see(cobo.create_key_share_holder_group("v", request))
    assert f"key_share_holder: 'Alice, {real}', {other}" in str(shown).splitlines()

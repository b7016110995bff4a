"""A choice stays chosen: whatever is edited in whatever order, what is sent is what was chosen, or a sentence says why not."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.samples import KEYS
from toolkit import cobo, privy
from toolkit.cobo.models import WITH_COBO
from toolkit.emulator import Emulator
from toolkit.errors import InputError
from toolkit.privy.forms import QuorumFields

USERS = [f"did:privy:cm7oxq1el000e11o8iwp7d{number:03d}" for number in range(6)]
TEXTS = ["", *(key.public.to_base64() for key in KEYS)]
EDITS = st.one_of(
    st.tuples(st.just("add"), st.sampled_from(USERS)),
    st.tuples(st.just("remove"), st.integers(0, 7)),
    st.tuples(st.just("type"), st.integers(0, 7), st.sampled_from(TEXTS)),
    st.tuples(st.just("threshold"), st.integers(1, 8)),
    st.tuples(st.just("name"), st.sampled_from(["", "Ops", "Treasury"])),
)


class Chosen:
    """What a person has chosen in a quorum form, edit by edit."""

    def __init__(self, form: Any) -> None:
        self.form, self.threshold, self.name = form, 2, ""
        self.members: list[tuple[str, str]] = [("Key", ""), ("Key", "")]

    def edit(self, kind: str, *what: Any) -> None:
        getattr(self, kind)(*what)

    def add(self, user: str) -> None:
        self.form.members.add("User", user)
        self.members.append(("User", user))

    def remove(self, at: int) -> None:
        if at < len(self.members) and len(self.members) > 1:
            self.form.members.remove(self.form.members.rows[at])
            del self.members[at]

    def type(self, at: int, text: str) -> None:
        if at < len(self.members) and self.members[at][0] == "Key":
            self.form.members.rows[at].fields["text"].value = text
            self.members[at] = ("Key", text)

    def threshold_of(self, value: int) -> None:
        field = self.form.members.threshold
        if len(self.members) > 6:
            field = self.form.members.threshold_number
        if value <= len(self.members):
            field.value = value
            self.threshold = value

    def name_of(self, text: str) -> None:
        self.form.members.display_name.value = text
        self.name = text


@settings(max_examples=150, deadline=None)
@given(st.lists(EDITS, max_size=12))
def test_a_quorum_is_what_was_chosen(edits: list[tuple[Any, ...]]) -> None:
    """Members, threshold and name: the request says them all, or a finding keeps it from being sent."""
    form = privy.forms.create_key_quorum(Emulator.seeded("empty").privy_client())
    chosen = Chosen(form)
    words = {"threshold": chosen.threshold_of, "name": chosen.name_of}
    for kind, *what in edits:
        words.get(kind, lambda *each, kind=kind: chosen.edit(kind, *each))(*what)
    assert form.fields.members == tuple(chosen.members)
    assert form.fields.threshold == chosen.threshold
    assert form.fields.display_name == chosen.name
    members = [text for _, text in chosen.members]
    fits = all(members) and len(set(members)) == len(members) >= chosen.threshold
    assert bool(form.blocking) is not fits
    if fits:
        request = form.request
        assert request.authorization_threshold == chosen.threshold
        sent = [*(request.public_keys or ()), *(request.user_ids or ())]
        assert sorted(sent) == sorted(members)
        assert (request.display_name or "") == chosen.name
    elif chosen.threshold > len(members):
        assert "form.threshold" in {finding.rule for finding in form.problems}


SEAT_EDITS = st.one_of(
    st.tuples(st.just("type"), st.sampled_from(["MainGroup", "SigningGroup", "RecoveryGroup"])),
    st.tuples(st.just("scheme"), st.sampled_from([(2, 2), (2, 3), (3, 3)])),
    st.tuples(st.just("name"), st.integers(0, 2), st.sampled_from(["Alice", "Bob", "Carol"])),
    st.tuples(st.just("tss_node_id"), st.integers(0, 2), st.integers(0, 2)),
    st.tuples(st.just("signer"), st.integers(0, 2), st.booleans()),
    st.tuples(st.just("vault"), st.integers(0, 1)),
)


@settings(max_examples=100, deadline=None)
@given(st.lists(SEAT_EDITS, max_size=14))
def test_a_group_is_what_was_chosen(edits: list[tuple[Any, ...]]) -> None:
    """Type, scheme, vault and seats: a seat that the scheme takes away comes back with all that was typed in it."""
    emulator = Emulator.seeded()
    form = cobo.forms.create_key_share_holder_group(emulator.cobo_client())
    vaults = [value for _, value in form.vault.options]
    # until a person chooses a type, the form proposes one that ends nothing in the vault
    wanted: dict[str, Any] = {"type": None, "scheme": (2, 3), "vault": form.vault.value}
    seats: list[dict[str, Any]] = [
        {"name": "", "tss_node_id": "", "signer": False} for _ in range(3)
    ]
    for kind, *what in edits:
        if kind in ("type", "scheme"):
            getattr(form, kind).value = wanted[kind] = what[0]
        elif kind == "vault":
            form.vault.value = wanted["vault"] = vaults[what[0] % len(vaults)]
        elif what[0] < len(form.rows) and form.rows[what[0]].fields[kind].layout.display != "none":
            value = emulator.spare_nodes[what[1]] if kind == "tss_node_id" else what[1]
            form.rows[what[0]].fields[kind].value = seats[what[0]][kind] = value
    fields = form.fields
    assert wanted["type"] in (None, fields.type)
    assert (fields.threshold, fields.participants) == wanted["scheme"]
    assert fields.vault_id == wanted["vault"]
    with_cobo = fields.type in WITH_COBO
    assert len(fields.holders) == wanted["scheme"][1] - with_cobo
    for holder, seat in zip(fields.holders, seats, strict=False):
        assert (holder.name or "") == seat["name"]
        assert (holder.tss_node_id or "") == seat["tss_node_id"]
        assert holder.signer == (seat["signer"] if with_cobo else None)
    if not form.blocking:
        assert form.request == fields.request()
        assert form.prepared.call.argument("vault_id") == wanted["vault"]


def test_a_source_stays_chosen() -> None:
    """The group that gives the shares: another type and back, and the one that was chosen is there again."""
    emulator = Emulator.seeded("demo")
    custody = emulator.cobo_client()
    groups = list(emulator.cobo.state.groups[emulator.vault_id].values())
    recovery = next(each for each in groups if each.type == "RecoveryGroup")
    request = cobo.CreateKeyShareHolderGroupRequest(
        key_share_holder_group_type="MainGroup",
        participants=2,
        threshold=2,
        key_share_holders=[
            cobo.CreateKeyShareHolder(
                name="A", type="API", tss_node_id=emulator.spare_nodes[0], signer=True
            )
        ],
    )
    group = custody.send(cobo.create_key_share_holder_group(emulator.vault_id, request))
    form = cobo.forms.create_tss_request(custody, emulator.vault_id, group)
    assert recovery.status == "Valid"
    values = [value for _, value in form.type.options]
    assert set(values) == {"Recovery", "KeyGen"}
    form.type.value = "Recovery"
    chosen = form.source.value
    form.type.value = "KeyGen"
    assert form.fields.source is None
    form.type.value = "Recovery"
    assert form.source.value is chosen


KEY = KEYS[0].public.to_base64()
HOLDERS = (
    cobo.CreateKeyShareHolder(name="A", type="API", tss_node_id="a"),
    cobo.CreateKeyShareHolder(name="B", type="API", tss_node_id="b"),
)
#: What is no choice of a quorum form, and what is said.
NO_QUORUM: dict[str, tuple[Any, str]] = {
    "nothing": (None, "filled with QuorumFields, not with NoneType"),
    "fields of another form": (
        cobo.forms.GroupFields("v", "MainGroup", 2, 2, ()),
        "filled with QuorumFields, not with GroupFields",
    ),
    "no members": (QuorumFields("", None, 1), r"members\[0\] must be a pair"),  # type: ignore[arg-type]
    "members that are texts": (QuorumFields("", (KEY,), 1), r"members\[0\] must be a pair"),  # type: ignore[arg-type]
    "half a pair": (QuorumFields("", (("Key",),), 1), r"members\[0\] must be a pair"),  # type: ignore[arg-type]
    "another kind": (QuorumFields("", (("key", KEY),), 1), "'key' is no kind of member"),
    "a number for a key": (QuorumFields("", (("Key", 5),), 1), r"members\[0\] must be text"),  # type: ignore[arg-type]
    "no name": (QuorumFields(None, (("Key", KEY),), 1), "display_name must be text"),  # type: ignore[arg-type]
    "a threshold of 2.0": (QuorumFields("", (("Key", KEY),) * 2, 2.0), "whole number"),  # type: ignore[arg-type]
    "True as threshold": (QuorumFields("", (("Key", KEY),), True), "whole number"),
}
NO_GROUP: dict[str, tuple[Any, str]] = {
    "nothing": (None, "filled with GroupFields, not with NoneType"),
    "no holders": ({"holders": None}, r"holders\[0\] must be a CreateKeyShareHolder"),
    "holders that are texts": ({"holders": ("A", "B")}, r"holders\[0\] must be"),
    "a threshold of 2.0": ({"threshold": 2.0}, "whole number"),
    "True as participants": ({"participants": True}, "whole number"),
}


@pytest.mark.parametrize(("fields", "said"), NO_QUORUM.values(), ids=NO_QUORUM)
def test_no_choices_of_a_quorum(fields: Any, said: str) -> None:
    """What the form cannot hold is refused by name, and no field has changed."""
    form = privy.forms.create_key_quorum(Emulator.seeded("empty").privy_client())
    before = form.fields
    with pytest.raises(InputError, match=said):
        form.fill(fields)
    assert form.fields == before


@pytest.mark.parametrize(("changed", "said"), NO_GROUP.values(), ids=NO_GROUP)
def test_no_choices_of_a_group(changed: Any, said: str) -> None:
    """Nor is anything of a group given up without a word, such as signers in a group that has none."""
    emulator = Emulator.seeded("empty")
    form = cobo.forms.create_key_share_holder_group(emulator.cobo_client())
    before = form.fields
    facts = {
        "vault_id": emulator.vault_id,
        "type": "RecoveryGroup",
        "threshold": 2,
        "participants": 2,
        "holders": HOLDERS,
    }
    fields = None if changed is None else cobo.forms.GroupFields(**(facts | changed))
    with pytest.raises(InputError, match=said):
        form.fill(fields)  # type: ignore[arg-type]
    assert form.fields == before


def test_members_are_added_as_keys_too() -> None:
    """A public key is a member as it is; a private one, another kind and a number are refused."""
    form = privy.forms.create_key_quorum(Emulator.seeded("empty").privy_client())
    form.members.add("Key", KEYS[0].public)
    assert form.fields.members[-1] == ("Key", KEY)
    count = len(form.members.rows)
    refused: list[tuple[str, Any]] = [("Key", KEYS[0]), ("Foo", "x"), ("Key", 5)]
    for kind, text in refused:
        with pytest.raises(InputError):
            form.members.add(kind, text)
    assert len(form.members.rows) == count

"""Nothing destructive is preselected, and what ends another group takes a word, drawn in red."""

from __future__ import annotations

import pytest

from tests.emulated import changes
from tests.screen import fill, group_form
from toolkit import Emulator, cobo
from toolkit.cobo.seats import GroupFields
from toolkit.cobo.tss import begin_with
from toolkit.errors import RequestRefused


def test_a_main_group_is_not_preselected_where_one_is_valid(emulator: Emulator) -> None:
    """There a signing group is; where no main group works yet, the main group is. A choice stays."""
    form = group_form(emulator)
    assert form.type.value == "SigningGroup"
    assert [each.rule for each in form.problems if each.rule == "cobo.second-main-group"] == []
    other = next(value for _, value in form.vault.options if value != form.vault.value)
    form.type.value = "MainGroup"
    form.vault.value, first = other, form.vault.value
    form.vault.value = first
    assert form.type.value == "MainGroup"
    empty = cobo.forms.create_key_share_holder_group(Emulator.seeded("empty").cobo_client())
    assert empty.type.value == "MainGroup"


def test_a_second_main_group_takes_a_word(emulator: Emulator) -> None:
    """It is told in red, is not sent by a press, and is with a tick or with the rule in code."""
    form = group_form(emulator)
    form.type.value = "MainGroup"
    fill(form, emulator)
    assert "This vault has a Valid main group" in form.notices.value
    assert 'role="alert"' in form.notices.value
    assert form.accept.layout.display is None
    form.press()
    with pytest.raises(RequestRefused, match=r"cobo\.second-main-group; inferred, can be"):
        form.submit()
    assert changes(emulator) == []
    form.acknowledge = {"cobo.second-main-group"}
    assert form.submit().type == "MainGroup"


@pytest.mark.parametrize("acknowledge", [(), {"cobo.recovery-deletes"}])
def test_a_recovery_takes_a_word_in_code(emulator: Emulator, acknowledge: set[str]) -> None:
    """The client asks for it, too; the emulator judges by the documentation alone."""
    custody = emulator.cobo_client()
    request = cobo.CreateTssRequestRequest(
        type="Recovery",
        target_key_share_holder_group_id="t",
        source_key_share_holder_group=cobo.SourceKeyShareHolderGroup(key_share_holder_group_id="s"),
    )
    call = cobo.create_tss_request(emulator.vault_id, request)
    rules = {problem.rule for problem in custody.problems(call)}
    assert rules == {"cobo.recovery-deletes"}
    if not acknowledge:
        with pytest.raises(
            RequestRefused, match="the main group that the vault has now is deleted"
        ):
            custody.send(call)
    else:
        assert custody.exchange(call, acknowledge=acknowledge).status == 404


@pytest.mark.parametrize(
    ("handling", "asked"), [(None, True), ("Invalidate", True), ("ConvertToSigningGroup", False)]
)
def test_an_upgrade_that_ends_the_main_group(
    emulator: Emulator, handling: str | None, asked: bool
) -> None:
    """What Cobo does where nothing is said ends it, too; where it stays, nothing is asked."""
    request = cobo.UpdateKeyShareHolderGroupByIdRequest(original_main_group_handling=handling)
    call = cobo.update_key_share_holder_group_by_id(emulator.vault_id, "g", request)
    rules = [problem.rule for problem in emulator.cobo_client().problems(call)]
    assert rules == ["cobo.upgrade-invalidates"] * asked


def test_a_recovery_is_offered_and_not_preselected() -> None:
    """Whatever is on offer, the form begins with what ends nothing."""
    assert begin_with(["Recovery", "KeyGen"]) == begin_with(["KeyGen", "Recovery"]) == "KeyGen"
    assert begin_with(["KeyGenFromKeyGroup"]) == "KeyGenFromKeyGroup"


@pytest.mark.parametrize(("kind", "first"), [("MainGroup", 2), ("SigningGroup", 2), ("RecoveryGroup", 1)])  # fmt: skip
def test_a_seat_has_one_number(emulator: Emulator, kind: str, first: int) -> None:
    """Label, rule and picture call the first seat to fill the same: Cobo's own is seat 1."""
    form = group_form(emulator)
    form.type.value, form.scheme.value = kind, (3, 3)
    node = emulator.spare_nodes[0]
    for row in form.rows[:2]:
        row.fields["tss_node_id"].value = node
    assert form.rows[0].fields["name"].description == f"Seat {first} name"
    assert f"Same node as seat {first}" in form.rows[1].under.value
    assert f"seat {first}" in form.card.value
    assert GroupFields("v", kind, 3, 3, ()).first_seat == first

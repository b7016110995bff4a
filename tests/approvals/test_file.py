"""The file of an approval is read strictly: what is not of this format is refused by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.approvals.cases import put
from tests.approvals.together import an_approval, bent, facts_of, write
from toolkit import Approval
from toolkit.approvals import file
from toolkit.errors import InputError


def test_a_private_key_in_a_field(tmp_path: Path) -> None:
    """What may be a private key is refused by its field, as in every request."""
    spelled = '{"display_name":"' + "5" * 64 + '"}'
    facts = bent(facts_of(an_approval()), put("body", spelled))
    path = write(tmp_path / "sent.json", facts, fitting_id=True)
    with pytest.raises(
        InputError, match=r"sent\.json does not hold: display_name: this may be a private"
    ) as told:
        Approval.load(path)
    assert "5" * 64 not in str(told.value)


def test_an_id_that_does_not_fit(tmp_path: Path) -> None:
    """A covered field that was changed without its id is refused as altered."""
    path = write(tmp_path / "sent.json", bent(facts_of(an_approval()), put("note", "other")))
    with pytest.raises(InputError, match="id: it is not that of what stands in the file"):
        Approval.load(path)


def test_hostile_names_are_shown_safely(tmp_path: Path) -> None:
    """Markup, a path or hidden characters in a name of the file change no line of ours."""
    facts = bent(facts_of(an_approval()), put("quorum.display_name", "<b>../../etc\n\u202e"))
    approval = Approval.load(write(tmp_path / "sent.json", facts, fitting_id=True))
    assert "\n" not in repr(approval)
    with pytest.raises(InputError) as refused:
        Approval.load(tmp_path / "no\n\u202e.json")
    assert "\u202e" not in str(refused.value)


def test_moments_go_there_and_back() -> None:
    """A moment of the file is the millisecond that was written."""
    for milliseconds in (0, 1, 999, 1_795_254_060_123, 4_102_444_800_000):
        assert file.read_moment(file.written_moment(milliseconds), "x") == milliseconds

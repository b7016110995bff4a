"""In a form of a client that asks for a review: save for a reviewer, the digits, add the review, i of m, send."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.emulated import changes
from tests.samples import KEYS
from tests.screen import fill, group_form, quorum_form, screen
from toolkit import Emulator, Review, cobo, privy
from toolkit.approvals.digits import digits_of
from toolkit.client.submission import UNREVIEWED, WAITS_FOR_REVIEW
from toolkit.errors import RequestRefused

DAY_MS = 86_400_000
ASKED = [KEYS[0].public, KEYS[1].public]


@pytest.fixture
def custody(emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> cobo.Client:
    monkeypatch.chdir(tmp_path)
    return emulator.cobo_client(require_review=ASKED)


def filled(custody: cobo.Client, emulator: Emulator) -> Any:
    form = cobo.forms.create_key_share_holder_group(custody, nodes=emulator.spare_nodes)
    fill(form, emulator)
    form.type.value = "SigningGroup"
    form.refresh()
    return form


def saved(form: Any, name: str = "mine.review.json") -> Path:
    """Press *Save for a reviewer*."""
    form.review.file.value = name
    form.review.save.click()
    assert "Saved" in form.review.saved.value, form.review.saved.value
    return Path(name)


def came_back(form: Any, path: Path) -> str:
    """Press *Add review*."""
    form.review.back.value = str(path)
    form.review.add.click()
    text: str = form.review.added.value
    return text


def sign(path: Path, at: int, now_ms: int) -> None:
    """What a reviewer does with the file, elsewhere."""
    Review.load(path).sign(KEYS[at], reviewed_ms=now_ms).save(path)


def test_a_group_goes_round(custody: cobo.Client, emulator: Emulator) -> None:
    """It waits for a review and says so; saved, reviewed elsewhere, brought back, it is sent, and the receipt says by whom."""
    form = filled(custody, emulator)
    assert [each.rule for each in form.problems] == [UNREVIEWED]
    assert "0 of 2 reviewed;" in screen(form)
    assert WAITS_FOR_REVIEW in form.status.value
    assert "Read this out" in form.preview.fingerprint.value  # the request itself is whole
    with pytest.raises(RequestRefused, match="has no review"):
        form.submit()
    form.press()
    assert changes(emulator) == []
    path = saved(form)
    sign(path, 1, custody.now_ms())
    assert "1 of 2 reviewed; one is enough. It counts until" in came_back(form, path)
    assert "1 of 2 reviewed;" in screen(form)
    assert form.problems == ()
    assert form.submit().type == "SigningGroup"
    assert form.exchange.reviewed_by == (KEYS[1].fingerprint,)
    assert KEYS[1].fingerprint in form.receipt.text
    assert form.review.view.layout.display == "none"


def test_another_kernel(custody: cobo.Client, emulator: Emulator) -> None:
    """The reviewed file counts in another form of another client, until a day after it was signed."""
    path = saved(filled(custody, emulator))
    sign(path, 0, custody.now_ms())
    form = filled(emulator.cobo_client(require_review=ASKED), emulator)
    came_back(form, path)
    assert form.problems == ()
    emulator.advance(DAY_MS + 1_000)
    form.refresh()
    assert [each.rule for each in form.problems] == [UNREVIEWED]
    assert "0 of 2 reviewed;" in screen(form)
    assert "more than a day ago" in came_back(form, path)


def test_other_fields_than_were_reviewed(custody: cobo.Client, emulator: Emulator) -> None:
    """A review counts for what was reviewed alone: for other fields it does not, and the file is told to be another's."""
    form = filled(custody, emulator)
    path = saved(form)
    sign(path, 0, custody.now_ms())
    form.rows[0].fields["name"].value = "Mallory"
    assert "another request: body differs" in came_back(form, path)
    assert form.problems != ()
    form.rows[0].fields["name"].value = "Alice"
    came_back(form, path)
    assert form.problems == ()
    form.rows[0].fields["name"].value = "Mallory"
    assert [each.rule for each in form.problems] == [UNREVIEWED]
    form.rows[0].fields["name"].value = "Alice"
    assert form.problems == ()


def test_the_digits_are_said(custody: cobo.Client, emulator: Emulator) -> None:
    """For the reviewer's words the form shows the digits of what was saved; of other fields it shows none."""
    form = filled(custody, emulator)
    form.review.words.value = "duck coral cry"
    assert "Save it for a reviewer first" in form.review.digits.value
    path = saved(form)
    own = digits_of(Review.load(path).request, ("duck", "coral", "cry"))
    assert own in form.review.digits.value
    form.review.words.value = "duck coral"
    assert "2 were typed" in form.review.digits.value
    form.review.words.value = "duck coral cry"
    form.rows[0].fields["name"].value = "Mallory"
    assert own not in form.review.digits.value
    assert form.review.saved.value == ""


def test_what_does_not_fit_is_told(custody: cobo.Client, emulator: Emulator) -> None:
    """No file, a broken one, a stranger's review, a place that cannot be written, a form that is not whole: told there."""
    form = filled(custody, emulator)
    assert "Name the file" in came_back(form, Path(" "))
    Path("bad.json").write_text("{}")
    assert "bad.json cannot be read" in came_back(form, Path("bad.json"))
    form.review.file.value = "nowhere/a.json"
    form.review.save.click()
    assert "Nothing was saved" in form.review.saved.value
    path = saved(form)
    Review.load(path).sign(KEYS[2], reviewed_ms=custody.now_ms()).save(path)
    assert "by nobody who is asked for" in came_back(form, path)
    empty = cobo.forms.create_key_share_holder_group(custody)
    empty.review.save.click()
    assert "Put right first what is marked" in empty.review.saved.value
    assert changes(emulator) == []


def test_a_warning_is_acknowledged_first(custody: cobo.Client, emulator: Emulator) -> None:
    """Where a review is missing too, a warning can be acknowledged, and then what it is about is saved."""
    recovery = next(
        each.key_share_holder_group_id
        for each in emulator.cobo.state.groups[emulator.vault_id].values()
        if each.type == "RecoveryGroup"
    )
    form = cobo.forms.delete_key_share_holder_group_by_id(custody, emulator.vault_id, recovery)
    form.review.save.click()
    assert "Put right first" in form.review.saved.value
    assert form.accept.layout.display is None
    form.accept.value = True
    path = saved(form)
    sign(path, 0, custody.now_ms())
    came_back(form, path)
    assert form.submit().submitted


def test_where_nobody_is_asked(emulator: Emulator, custody: cobo.Client) -> None:
    """Without require_review there is no such panel, nor where a form only reads."""
    assert group_form(emulator).review is None
    assert quorum_form(emulator).review is None
    assert cobo.forms.api_key_info(custody).review is None


def test_at_privy_too(emulator: Emulator, custody: cobo.Client) -> None:
    """The form machinery knows no vendor: a new quorum waits for a review where the client asks for one."""
    form = privy.forms.create_key_quorum(emulator.privy_client(require_review=ASKED))
    for row, key in zip(form.members.rows, KEYS, strict=False):
        row.fields["text"].value = key.public.to_base64()
    path = saved(form)
    sign(path, 0, custody.now_ms())
    came_back(form, path)
    assert form.submit().required == form.fields.threshold

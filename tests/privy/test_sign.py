"""A co-signer's form: the words, the digits that are heard, a key, *Sign*; and all that must not be signed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.approvals.together import STRANGER, an_approval, facts_of, write
from tests.inside import native_of
from tests.samples import KEYS
from tests.screen import screen, states
from toolkit import Approval, privy
from toolkit.approvals import digits
from toolkit.errors import InputError
from toolkit.privy.forms import SignForm

CAROL = KEYS[1]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return an_approval().sign(KEYS[0]).save(tmp_path / "a.json")


@pytest.fixture
def carol(tmp_path: Path) -> Path:
    return CAROL.save(tmp_path / "carol.pem")


def drawn(form: Any) -> str:
    """The words on the screen."""
    (words,) = [each for each in screen(form).split("<b>")[1:] if each.count(" ") >= 2][:1]
    return words.split("</b>")[0]


def said(form: Any, path: Path) -> str:
    """What the sender's program shows for the words on this screen."""
    return Approval.load(path).digits(drawn(form))


def press(form: Any) -> str:
    form.sign_button.click()
    text: str = form.status.value
    return text


def test_sign(path: Path, carol: Path) -> None:
    """Digits typed, key named, pressed: the file has one signature more, and says what to do with it."""
    form = privy.forms.sign(path)
    assert "1 of 2 signed" in form.status.value
    form.digits.value = said(form, path)
    form.key.field.value = str(carol)
    assert "You: key 2 of 3" in form.key.said.value
    assert "key 2 of 3" in form.card.value
    assert "(you)" in form.card.value
    assert "2 of 2 signed: enough" in press(form)
    assert Approval.load(path).signed_by == (KEYS[0].fingerprint, CAROL.fingerprint)
    assert form.approval.ready
    assert "You have signed it already" in press(form)


def test_the_own_digits_are_kept_back(path: Path) -> None:
    """Before the right ones are typed, neither this file's digits nor its id is anywhere on the page; others bring new words."""
    form = privy.forms.sign(path)
    approval = Approval.load(path)
    for typed in ("0000 0000 0000", "0000-0000-0001"):
        before = drawn(form)
        own = digits.digits_of(approval.id, before.split())
        form.digits.value = typed
        assert "not the digits of this file" in form.said.value
        assert form.digits.value == ""
        assert drawn(form) != before
        shown = states(form)
        for secret in (own, own.replace(" ", ""), approval.id, approval.fingerprint):
            assert secret not in shown
    form.digits.value = "twelve digits"
    assert "not digits alone" in form.said.value
    form.digits.value = "1234"
    assert "4 were typed" in form.said.value
    own = said(form, path)
    form.digits.value = own
    assert own in form.said.value
    assert approval.id in form.said.value
    assert form.digits.disabled


def test_what_is_missing_is_said(path: Path, carol: Path) -> None:
    """Pressed too early, each thing that is missing is named, and nothing is signed."""
    before = path.read_bytes()
    form = privy.forms.sign(Approval.load(path))
    told = press(form)
    for text in ("Type the digits", "Name your key", "Name a file"):
        assert text in told
    form.key.field.value = str(carol)
    form.digits.value = said(form, path)
    assert "Name a file to save it as" in press(form)
    assert path.read_bytes() == before
    with pytest.raises(InputError, match="Nothing was signed"):
        form.sign()
    form.file.value = str(path.parent / "nowhere" / "a.json")
    assert "cannot be written" in press(form)
    assert form.approval.signed_by == (KEYS[0].fingerprint,)
    form.file.value = str(path)
    assert "enough" in press(form)


def test_whose_key_it_is(path: Path, tmp_path: Path) -> None:
    """A stranger's key, what is no key, and another kind of key are refused with why; the field is empty."""
    form = privy.forms.sign(path)
    form.key.field.value = str(STRANGER.save(tmp_path / "eve.pem"))
    assert "is no member of this quorum" in form.key.said.value
    form.key.field.value = "nothing"
    assert form.key.field.value == ""
    assert "key" in form.key.said.value
    with pytest.raises(InputError, match="P256Key"):
        form.take("key")
    form.take(KEYS[0])
    assert "signed it already" in press(form)


def test_a_file_that_must_not_be_signed(path: Path, carol: Path) -> None:
    """Too late, altered, or no approval at all: the form says so, and nothing can be signed."""
    approval = Approval.load(path)
    late = SignForm(path, clock=lambda: approval.expires_ms + 1)
    assert "Do not sign. Too late" in late.status.value
    late.digits.value = said(late, path)
    late.take(CAROL)
    assert "Too late" in press(late)
    altered = write(path.parent / "altered.json", facts_of(approval) | {"note": "other"})
    form = privy.forms.sign(altered)
    assert "altered.json does not hold: id" in form.status.value
    assert form.approval is None
    assert "does not hold" in press(form)
    for call in (lambda: form.take(CAROL), lambda: form.hear("0" * 12), form.sign):
        with pytest.raises(InputError, match="does not hold"):
            call()
    assert "cannot be read" in privy.forms.sign(path.parent / "none.json").status.value
    with pytest.raises(InputError, match="an Approval or a path, not int"):
        privy.forms.sign(1)  # type: ignore[arg-type]


def test_too_late_meanwhile(path: Path) -> None:
    """A form that was open until its time was over signs nothing any more."""
    approval = Approval.load(path)
    now = [approval.as_read.read_ms]
    form = SignForm(path, clock=lambda: now[0])
    form.hear(said(form, path))
    form.take(CAROL)
    now[0] = approval.expires_ms + 1
    assert "Too late" in press(form)
    assert Approval.load(path).signed_by == (KEYS[0].fingerprint,)


def test_what_others_signed_meanwhile_stays(path: Path) -> None:
    """A signature that came into the file while it was read is not written over; another approval there is refused."""
    form = privy.forms.sign(path)
    Approval.load(path).sign(KEYS[2]).save(path)
    form.hear(said(form, path))
    form.take(CAROL)
    form.sign()
    assert Approval.load(path).signed_by == tuple(key.fingerprint for key in KEYS[:3])
    other = an_approval(note="x").save(path.parent / "other.json")
    before = other.read_bytes()
    form = privy.forms.sign(an_approval())
    form.hear(form.approval.digits(drawn(form)))
    form.take(CAROL)
    form.file.value = str(other)
    assert "another approval" in press(form)
    assert (other.read_bytes(), form.approval.signed_by) == (before, ())


def test_nothing_of_the_key_stays(path: Path, carol: Path) -> None:
    """Neither the page nor the state of a widget holds the key, typed or loaded; signed or closed, the form has forgotten it."""
    number = f"{native_of(CAROL).private_numbers().private_value:064x}"
    form = privy.forms.sign(path)
    for typed in (carol.read_text(), number):
        form.key.field.value = typed
        assert form.key.field.value == ""
        for text in (typed, number, typed.split("\n")[1] if "\n" in typed else typed):
            assert text not in states(form)
    form.hear(said(form, path))
    form.sign()
    assert CAROL not in vars(form).values()
    again = privy.forms.sign(path)
    again.take(CAROL)
    again.close()
    assert CAROL not in vars(again).values()
    assert "closed" in repr(again)

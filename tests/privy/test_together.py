"""In the change, delete and owner forms: save for a co-signer, bring signatures back, i of m, send."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.approvals.together import STRANGER, quorum_of
from tests.emulated import changes
from tests.samples import KEYS
from tests.screen import screen
from toolkit import Approval, Emulator, privy
from toolkit.approvals.digits import digits_of
from toolkit.errors import NotFound


@pytest.fixture
def app(emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> privy.Client:
    monkeypatch.chdir(tmp_path)
    return emulator.privy_client()


def saved(form: Any, name: str = "mine.approval.json") -> Path:
    """Press *Save for a co-signer*."""
    together = form.signers.together
    together.file.value = name
    together.save.click()
    assert "Saved" in together.saved.value, together.saved.value
    return Path(name)


def came_back(form: Any, path: Path) -> str:
    """Press *Add signatures*."""
    form.signers.together.back.value = str(path)
    form.signers.together.add.click()
    text: str = form.signers.together.added.value
    return text


def test_a_change_goes_round(app: privy.Client, emulator: Emulator) -> None:
    """Saved with the key that is here, signed elsewhere, brought back, sent: exactly what was signed."""
    quorum = quorum_of(app)
    form = privy.forms.update_key_quorum(app, quorum, signers=[KEYS[0]])
    form.members.display_name.value = "Together"
    path = saved(form)
    assert "1 of 2 signed" in form.signers.together.saved.value
    assert "1 of 2" in screen(form)
    Approval.load(path).sign(KEYS[2]).save("carol.json")
    assert "1 more; 2 of 2 signed" in came_back(form, Path("carol.json"))
    assert form.problems == ()
    approval = form.signers.together.approval
    assert form.submission.prepared is approval.prepared
    form.submit()
    assert form.result.display_name == "Together"
    assert changes(emulator).count("update_key_quorum") == 1
    assert set(form.exchange.signed_by) == {
        f"key {key.fingerprint[:4]} {key.fingerprint[4:8]} {key.fingerprint[8:12]}"
        for key in (KEYS[0], KEYS[2])
    }


def test_the_digits_are_said(app: privy.Client) -> None:
    """For the words that the co-signer says, the form shows the digits; for others it says so."""
    form = privy.forms.update_key_quorum(app, quorum_of(app), signers=[KEYS[0]])
    form.members.display_name.value = "Together"
    approval = Approval.load(saved(form))
    together = form.signers.together
    together.words.value = "duck coral cry"
    assert digits_of(approval.id, ("duck", "coral", "cry")) in together.digits.value
    together.words.value = "duck coral"
    assert "2 were typed" in together.digits.value


def test_other_fields_than_were_signed(app: privy.Client) -> None:
    """Where the fields say something else than the file, its signatures do not count; back again, they do."""
    form = privy.forms.update_key_quorum(app, quorum_of(app))
    form.members.display_name.value = "Together"
    path = saved(form)
    Approval.load(path).sign(KEYS[0]).sign(KEYS[1]).save(path)
    came_back(form, path)
    assert form.problems == ()
    form.members.display_name.value = "Other"
    assert form.problems != ()
    assert "0 of 2" in screen(form)
    form.members.display_name.value = "Together"
    assert form.problems == ()


def test_a_deletion_and_an_owner_go_round(app: privy.Client) -> None:
    """The forms that delete a quorum and give a wallet another owner do the same."""
    old, new = quorum_of(app), quorum_of(app, KEYS[:2], 1)
    request = privy.CreateWalletRequest(chain_type="ethereum", owner_id=old.id)
    wallet = app.send(privy.create_wallet(request))
    owner = privy.forms.update_wallet(app, new, wallet_id=wallet.id)
    path = saved(owner, "owner.json")
    Approval.load(path).sign(KEYS[1]).sign(KEYS[2]).save(path)
    came_back(owner, path)
    assert owner.submit().owner_id == new.id
    delete = privy.forms.delete_key_quorum(app, old, signers=KEYS[1:2])
    path = saved(delete, "delete.json")
    Approval.load(path).sign(KEYS[0]).save(path)
    came_back(delete, path)
    delete.sure.value = True
    delete.submit()
    with pytest.raises(NotFound):
        app.send(privy.get_key_quorum(old.id))


def test_what_does_not_fit_is_told(app: privy.Client, tmp_path: Path) -> None:
    """No file, another approval, a broken file, a place that cannot be written: told there, and nothing else changes."""
    form = privy.forms.update_key_quorum(app, quorum_of(app), signers=[STRANGER, KEYS[0]])
    together = form.signers.together
    together.save.click()
    assert "Nothing was saved" in together.saved.value
    form.members.display_name.value = "Together"
    together.file.value = "nowhere/a.json"
    together.save.click()
    assert "cannot be written" in together.saved.value
    saved(form)
    assert "Name the file" in _press_empty(form)
    other = Approval.of(app, privy.delete_key_quorum(quorum_of(app).id)).save("other.json")
    assert "other.json is another approval" in came_back(form, other)
    Path("bad.json").write_text("{}")
    assert "cannot be read as an approval" in came_back(form, Path("bad.json"))
    assert together.approval.signed_by == (KEYS[0].fingerprint,)


def _press_empty(form: Any) -> str:
    form.signers.together.back.value = " "
    form.signers.together.add.click()
    text: str = form.signers.together.added.value
    return text


def test_a_quorum_that_has_changed_stops_it(app: privy.Client, emulator: Emulator) -> None:
    """Where who must sign has changed since it was saved, nothing is sent."""
    quorum = quorum_of(app)
    form = privy.forms.update_key_quorum(app, quorum)
    form.members.display_name.value = "Together"
    path = saved(form)
    Approval.load(path).sign(KEYS[0]).sign(KEYS[1]).save(path)
    came_back(form, path)
    elsewhere = privy.UpdateKeyQuorumRequest(
        public_keys=[key.public for key in KEYS[:2]], authorization_threshold=2
    )
    emulator.privy_client().send(privy.update_key_quorum(quorum.id, elsewhere), signers=KEYS[:2])
    with pytest.raises(Exception, match="has changed since this was asked for"):
        form.submit()
    assert changes(emulator).count("update_key_quorum") == 1


def test_no_signature_is_on_the_screen(app: privy.Client) -> None:
    """Neither the panel nor any widget's state spells a signature."""
    form = privy.forms.update_key_quorum(app, quorum_of(app), signers=[KEYS[0]])
    form.members.display_name.value = "Together"
    path = saved(form)
    came_back(form, path)
    (signature,) = form.signers.together.approval.signatures
    assert signature.reveal_base64() not in screen(form)

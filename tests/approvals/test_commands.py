"""Signing on a terminal: shown, compared by voice, asked, signed; and three homes that meet by file alone."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.approvals.together import STRANGER, an_approval, facts_of, write
from tests.samples import KEYS
from toolkit import Approval, Emulator, Review, cobo, privy
from toolkit.__main__ import main
from toolkit.app.rehearsal import rehearsed
from toolkit.approvals import commands, digits
from toolkit.emulator.http import serving
from toolkit.errors import InputError
from toolkit.keys import Ed25519Key

ROOT = Path(__file__).parents[2]
WORDS = ("duck", "coral", "cry")


@pytest.fixture
def known_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """The words that are drawn are known, so that the test can be the other end of the call."""
    monkeypatch.setattr("toolkit.approvals.digits.secrets.choice", _drawn())


def _drawn() -> Any:
    turn = iter(WORDS * 9)
    return lambda words: next(turn)


@pytest.fixture
def carol(tmp_path: Path) -> Path:
    return KEYS[1].save(tmp_path / "carol.pem")


def run(*arguments: object, typed: str = "") -> Result:
    return CliRunner().invoke(main, [str(each) for each in arguments], input=typed)


def test_sign(tmp_path: Path, carol: Path, known_words: None) -> None:
    """The digits that the sender's program shows are typed, the question is answered, the file has one signature more."""
    approval = an_approval().sign(KEYS[0])
    path = approval.save(tmp_path / "a.json")
    said = run("digits", path, *WORDS).output.strip()
    own = digits.digits_of(approval.id, WORDS)
    assert said == own
    done = run("sign", path, "--key", carol, typed=f"{own}\ny\n")
    assert done.exit_code == 0, done.output
    assert done.output.index("duck coral cry") < done.output.index(approval.id)
    assert "2 of 2 signed: enough" in done.output
    assert Approval.load(path).ready
    again = run("sign", path, "--key", carol)
    assert again.exit_code == 0
    assert "You have signed it already" in again.output


def test_the_own_digits_are_kept_back(tmp_path: Path, carol: Path, known_words: None) -> None:
    """Nothing that is shown before the digits are typed holds the digits, or the id, of this file; wrong ones end it."""
    approval = an_approval()
    path = approval.save(tmp_path / "a.json")
    before = path.read_bytes()
    done = run("sign", path, "--key", carol, typed="0000 0000 0000\ny\n")
    assert done.exit_code == 1
    assert "not the digits of this file" in done.output
    own = digits.digits_of(approval.id, WORDS)
    for text in (own, own.replace(" ", ""), approval.id, approval.fingerprint):
        assert text not in done.output
    assert path.read_bytes() == before


def test_no_is_no(tmp_path: Path, carol: Path, known_words: None) -> None:
    """Without a yes nothing is signed, and the file stays as it is."""
    approval = an_approval()
    path = approval.save(tmp_path / "a.json")
    done = run("sign", path, "--key", carol, typed=f"{digits.digits_of(approval.id, WORDS)}\n\n")
    assert done.exit_code == 0
    assert "Nothing was signed." in done.output
    assert Approval.load(path).signed_by == ()


def test_what_is_not_signed(tmp_path: Path, carol: Path) -> None:
    """A file that does not hold, one that is too late, a stranger's key, no file: an end that is not 0, and why."""
    approval = an_approval(expires_in_s=1)
    path = approval.save(tmp_path / "a.json")
    bad = write(tmp_path / "bad.json", facts_of(approval) | {"note": "other"})
    stranger = STRANGER.save(tmp_path / "eve.pem")
    assert "bad.json does not hold: id" in run("sign", bad, "--key", carol).output
    assert run("sign", bad, "--key", carol).exit_code == 1
    assert run("sign").exit_code == 2
    assert run("sign", tmp_path / "none.json", "--key", carol).exit_code == 1
    assert run("sign", path, "--key", tmp_path / "none.pem").exit_code == 1
    with pytest.raises(InputError, match="must not be signed"):
        commands.sign(approval, KEYS[1], lambda line: None, input, approval.expires_ms + 1)
    fresh = an_approval().save(tmp_path / "fresh.json")
    done = run("sign", fresh, "--key", stranger)
    assert done.exit_code == 1
    assert "is no member of this quorum" in done.output


def test_merge(tmp_path: Path) -> None:
    """Files are merged into the first one; what was not taken is named; a copy of another approval ends it with 1."""
    approval = an_approval()
    ours = approval.save(tmp_path / "ours.json")
    facts = facts_of(approval.sign(KEYS[0])) | {"colour": "green"}
    theirs = write(tmp_path / "theirs.json", facts)
    done = run("merge", ours, theirs)
    assert done.exit_code == 0, done.output
    assert "Not taken: theirs.json: colour" in done.output
    assert "1 of 2 signed" in done.output
    assert Approval.load(ours).signed_by == (KEYS[0].fingerprint,)
    other = an_approval(note="x").save(tmp_path / "other.json")
    kept = ours.read_bytes()
    done = run("merge", ours, other)
    assert (done.exit_code, ours.read_bytes()) == (1, kept)
    assert "other.json is another approval than ours.json: message differs" in done.output


# ---- a review ------------------------------------------------------------------------------------

CALL = cobo.create_mpc_vault(
    cobo.CreateMpcVaultRequest(name="Reviewed\u202e", vault_type="Org-Controlled")
)


@pytest.fixture
def asked(emulator: Emulator, tmp_path: Path) -> Path:
    """The file of a change that Carol or Dana is asked to review."""
    reviewers = [KEYS[1].public, KEYS[2].public]
    client = emulator.cobo_client(require_review=reviewers)
    return Review.of(client, CALL).save(tmp_path / "vault.review.json")


def test_review(asked: Path, carol: Path, known_words: None) -> None:
    """Everything is shown, the digits are typed before this file's own are, the answer is asked, the file is signed."""
    review = Review.load(asked)
    own = digits.digits_of(review.request, WORDS)
    assert run("digits", asked, *WORDS).output.strip() == own
    done = run("review", asked, "--key", carol, typed=f"{own}\ny\n")
    assert done.exit_code == 0, done.output
    for text in (
        "Cobo: Create vault",
        "key 1 of 2",
        '"Reviewed\\u202e"',
        "EMULATOR",
        "counts until",
    ):
        assert text in done.output, text
    assert done.output.index("duck coral cry") < done.output.index(review.request)
    assert "Reviewed. 1 of 2 reviewed; one is enough." in done.output
    assert Review.load(asked).reviewed_by == (KEYS[1].public.fingerprint,)
    again = run("review", asked, "--key", carol)
    assert again.exit_code == 0
    assert "You have reviewed it already" in again.output


def test_what_is_not_reviewed(asked: Path, carol: Path, tmp_path: Path, known_words: None) -> None:
    """Other digits, no yes, a stranger, an altered file: nothing is signed, and the file stays as it is."""
    review, before = Review.load(asked), asked.read_bytes()
    wrong = run("review", asked, "--key", carol, typed="0000 0000 0000\ny\n")
    assert (wrong.exit_code, review.request in wrong.output) == (1, False)
    assert "not the digits of this file" in wrong.output
    own = digits.digits_of(review.request, WORDS)
    no = run("review", asked, "--key", carol, typed=f"{own}\n\n")
    assert no.exit_code == 0
    assert "Nothing was signed." in no.output
    stranger = run("review", asked, "--key", STRANGER.save(tmp_path / "eve.pem"))
    assert stranger.exit_code == 1
    assert "is not asked for a review" in stranger.output
    bad = tmp_path / "bad.json"
    bad.write_text(asked.read_text().replace("EMULATOR", "PROD"))
    altered = run("review", bad, "--key", carol)
    assert altered.exit_code == 1
    assert "bad.json does not hold: environment: PROD is at" in altered.output
    assert asked.read_bytes() == before


def test_a_review_is_signed_with_any_curve(
    emulator: Emulator, tmp_path: Path, known_words: None
) -> None:
    """A bare number is the key that is asked for; --curve says which where nobody is; --out saves elsewhere."""
    path = tmp_path / "mine.key"
    path.write_text(f"{5:064x}")
    key = Ed25519Key.from_file(path)
    client = emulator.cobo_client(require_review=[key.public])
    review = Review.of(client, CALL)
    asked = review.save(tmp_path / "asked.json")
    own = digits.digits_of(review.request, WORDS)
    out = tmp_path / "out.json"
    done = run("review", asked, "--key", path, "--out", out, typed=f"{own}\ny\n")
    assert done.exit_code == 0, done.output
    assert Review.load(out).reviewed_by == (key.public.fingerprint,)
    assert Review.load(asked).reviewed_by == ()
    anybody = Review.of(emulator.cobo_client(), CALL).save(tmp_path / "anybody.json")
    assert "--curve" in run("review", anybody, "--key", path).output
    done = run("review", anybody, "--key", path, "--curve", "Ed25519", typed=f"{own}\ny\n")
    assert "Reviewed. 1 review." in done.output


def test_rehearse(known_words: None) -> None:
    """A rehearsal plays both ends on the emulator, and sends there."""
    spoken: list[str] = []

    class Carol:
        """Types what Bob says, then yes."""

        def __call__(self, question: str) -> str:
            if "digits" not in question:
                return "y"
            (heard,) = re.findall(r"and says ([\d ]+)\)", "\n".join(spoken))
            return heard

    rehearsed(spoken.append, Carol())
    assert "The quorum now needs 3 of 3. On the emulator alone." in spoken
    assert run("sign", "--rehearse", typed="1\n").exit_code == 1


# ---- three homes ---------------------------------------------------------------------------------

#: Run in a home of its own, with JSON on the command line: what each person does there.
KEY = "key = P256Key.generate(); key.save('mine.pem'); print(key.public.to_base64())"
ASK = """
here = privy.Environment(facts['privy']['base_url'], 'EMULATOR')
app = privy.Client(facts['privy']['app_id'], facts['privy']['app_secret'], environment=here)
quorum = lambda: app.send(privy.create_key_quorum(privy.CreateKeyQuorumRequest(public_keys=facts['keys'], authorization_threshold=2)))
first, second = quorum(), quorum()
wallet = app.send(privy.create_wallet(privy.CreateWalletRequest(chain_type='ethereum', owner_id=first.id)))
calls = {
    'change': privy.update_key_quorum(second.id, privy.UpdateKeyQuorumRequest(display_name='Together')),
    'owner': privy.update_wallet(wallet.id, privy.UpdateWalletRequest(owner_id=second.id)),
    'delete': privy.delete_key_quorum(first.id),
}
for name, call in calls.items():
    Approval.of(app, call).save(name + '.json')
"""
SIGN = """
key = P256Key.from_file('mine.pem')
for name in facts['files']:
    Approval.load(name).sign(key).save(name)
"""
SEND = """
here = privy.Environment(facts['privy']['base_url'], 'EMULATOR')
app = privy.Client(facts['privy']['app_id'], facts['privy']['app_secret'], environment=here)
for name in ('owner', 'change', 'delete'):
    approval = Approval.merge(name + '.json', *(f'{who}/{name}.json' for who in facts['from']))
    app.send(approval)
    print(name, *approval.signed_by)
"""
HEAD = "import json, sys; from toolkit import Approval, privy; from toolkit.keys import P256Key; facts = json.loads(sys.argv[1])\n"


class Home:
    """A person's own computer: a folder, and processes that know nothing else."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self.environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("QUORUM_TOOLKIT")
        } | {"HOME": str(folder), "PYTHONPATH": str(ROOT), "XDG_STATE_HOME": str(folder / "state")}

    def python(self, script: str, **facts: Any) -> list[str]:
        command = [sys.executable, "-c", HEAD + script, json.dumps(facts)]
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    def terminal(self, name: str, sender: Home) -> None:
        """``python -m toolkit sign``, and a call to the sender between its lines."""
        command = [sys.executable, "-u", "-m", "toolkit", "sign", name, "--key", "mine.pem"]
        with subprocess.Popen(
            command,
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as program:
            assert program.stdout is not None
            assert program.stdin is not None
            words = next(
                match[1]
                for line in program.stdout
                if (match := re.fullmatch(r"    ([a-z]+ [a-z]+ [a-z]+)\n", line))
            )
            (said,) = sender.python(f"print(Approval.load({name!r}).digits({words!r}))")
            program.stdin.write(f"{said}\ny\n")
            program.stdin.close()
            program.stdout.read()
        assert program.returncode == 0


def test_three_homes_by_file_alone(emulator: Emulator, tmp_path: Path) -> None:
    """A change, a new owner and a deletion: asked for in one home, signed in a kernel and on a terminal elsewhere.

    Each private key is made in its own home, and no process ever reads two of them.
    """
    bob, carol, erin = (Home(tmp_path / name) for name in ("bob", "carol", "erin"))
    keys = [home.python(KEY)[0] for home in (bob, carol, erin)]
    names = ["change.json", "owner.json", "delete.json"]
    with serving(emulator) as facts:
        bob.python(ASK, privy=facts["privy"], keys=keys)
        for home in (carol, erin):
            for name in names:
                (home.folder / name).write_bytes((bob.folder / name).read_bytes())
        erin.python(SIGN, files=names)
        carol.python(SIGN, files=names[1:])
        carol.terminal(names[0], bob)
        for home in (carol, erin):
            post = bob.folder / home.folder.name
            post.mkdir()
            for name in names:
                (post / name).write_bytes((home.folder / name).read_bytes())
        sent = bob.python(SEND, privy=facts["privy"], **{"from": ["carol", "erin"]})
    assert [line.split()[0] for line in sent] == ["owner", "change", "delete"]
    signers = [
        privy.quorum_of(privy.CreateKeyQuorumRequest(public_keys=[key])).ids[0] for key in keys
    ]
    assert all(set(line.split()[1:]) == {signers[1], signers[2]} for line in sent)
    # one private key a home; none travelled with the files
    for home in (bob, carol, erin):
        files = [path for path in home.folder.rglob("*") if path.is_file()]
        pems = [path for path in files if b"PRIVATE KEY" in path.read_bytes()]
        assert pems == [home.folder / "mine.pem"]

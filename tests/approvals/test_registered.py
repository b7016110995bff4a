"""A registered quorum: what a person has reviewed shortens what is read later, and whatever differs from it is red."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner, Result

from tests.approvals.together import (
    STRANGER,
    an_approval,
    approval_of,
    facts_of,
    leaves,
    mutated,
    quorum_of,
    write,
)
from tests.inert import inert
from tests.samples import KEYS
from toolkit import Approval, Emulator, Registered, names, privy
from toolkit.__main__ import main
from toolkit.approvals import statement
from toolkit.approvals.as_read import written_quorum
from toolkit.approvals.reading import read
from toolkit.approvals.registered import GOOD_FOR_DAYS, TITLE, Pinned, Subject, pinned
from toolkit.approvals.shown import lines_of
from toolkit.base.times import DAY_MS
from toolkit.errors import InputError
from toolkit.keys import Ed25519Key, P256Key
from toolkit.keys.public import spoken
from toolkit.privy.models import AuthorizationKey, KeyQuorum

TURNS = 10_000 if os.environ.get("TEST_CAMPAIGN") else 500
MINE = KEYS[0]
CALLED = {key.fingerprint: name for key, name in zip(KEYS, ("Alice", "Bob", "Carol"), strict=True)}
NEW_KEY = P256Key.from_hex(f"{123:064x}")
NEW = NEW_KEY.public


def registered_of(approval: Approval, signer: Any = MINE, **more: Any) -> Registered:
    return Registered.reviewed(approval, signer, names=CALLED, **more)


def text_of(approval: Approval, *mine: str) -> str:
    reading = read(approval, approval.as_read.read_ms, {}, mine)
    return " ".join(" ".join(lines_of(approval, reading)).split())


def read_otherwise(approval: Approval, **changed: Any) -> Approval:
    """The same change, by a sender who read the quorum otherwise."""
    quorum = msgspec.structs.replace(approval.as_read.quorum, **changed)
    return replace(approval, as_read=replace(approval.as_read, quorum=quorum))


def members(*keys: P256Key) -> list[AuthorizationKey]:
    return [AuthorizationKey(key.public.to_base64()) for key in keys]


# ---- the file ------------------------------------------------------------------------------------


def test_there_and_back(tmp_path: Path) -> None:
    """What is saved is what is loaded: where, whose app, the quorum, the names, when, by whose key; and no key."""
    approval = an_approval()
    made = registered_of(approval)
    path = made.save(tmp_path / "vendors.json")
    loaded = Registered.load(path)
    assert loaded == made
    assert loaded.names == CALLED
    assert loaded.by == MINE.public
    assert loaded.subject == Subject.in_approval(approval)
    assert loaded.subject.environment.name == "EMULATOR"
    assert loaded.source == "vendors.json"
    assert "2 of 3" in repr(loaded)
    assert path.stat().st_mode & 0o777 == 0o600
    assert "PRIVATE" not in path.read_text()


def test_read_from_privy(emulator: Emulator) -> None:
    """By a client it is read anew, nested ones too, and is the one that an approval has."""
    app = emulator.privy_client()
    nested = quorum_of(app, KEYS[:2], 1)
    quorum = quorum_of(app, [KEYS[2]], 2, key_quorum_ids=[nested.id])
    change = privy.UpdateKeyQuorumRequest(display_name="Vendors")
    approval = Approval.of(app, privy.update_key_quorum(quorum.id, change))
    made = Registered.of(app, quorum.id, MINE, names={})
    assert made.subject == Subject.in_approval(approval)
    assert [each.id for each in made.subject.nested] == [nested.id]
    assert approval.against(made, now_ms=app.now_ms()).deviations == ()
    assert "Nested in it Vendor payments" in "\n".join(made.subject.lines({}))


def test_names_of_this_computer() -> None:
    """Without names of its own it takes what this user calls the members, and nobody else's."""
    names.give(KEYS[1].public, "Bob’s card")
    names.give(STRANGER.public, "Eve")
    made = Registered.reviewed(an_approval(), MINE)
    assert made.names == {KEYS[1].fingerprint: "Bob’s card"}


CHANGES: dict[str, tuple[dict[str, Any], str]] = {
    "environment": ({"environment": {"name": "PROD", "base_url": "https://api.privy.io"}}, "does not fit"),
    "identity": ({"identity": "x"}, "does not fit"),
    "moment": ({"registered_at": "2026-01-01T00:00:00.000Z"}, "does not fit"),
    "no moment": ({"registered_at": "yesterday"}, "does not fit"),
    "names": ({"names": {}}, "does not fit"),
    "key": ({"public_key": STRANGER.public.to_base64()}, "does not fit"),
    "no key": ({"public_key": "x"}, "public_key"),
    "no signature": ({"signature": "x"}, "not base64|DER"),
    "nested": ({"nested": [{}]}, "missing required field|required"),
    "another kind": ({"what": "An approval"}, "another kind of file"),
    "newer": ({"format": 2}, "of a newer toolkit"),
    "a field more": ({"x": 1}, "unknown field"),
    "another type": ({"names": []}, "Expected `object`"),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_whatever_is_changed_is_refused(name: str, tmp_path: Path) -> None:
    """A registration of which anything is changed is refused, with its file's name."""
    path = registered_of(an_approval()).save(tmp_path / "vendors.json")
    change, words = CHANGES[name]
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(InputError, match=rf"vendors\.json .*({words})"):
        Registered.load(path)


def signed_anew(facts: dict[str, Any], **changed: Any) -> dict[str, Any]:
    """With a signature that fits, as somebody else's program could write it."""
    covered = {name: value for name, value in (facts | changed).items() if name != "signature"}
    signature = statement.Signature(MINE.sign(statement.text_of(TITLE, covered)))
    return covered | {"signature": signature.reveal_base64()}


PEM = MINE.public.to_pem()
STRANGE: dict[str, tuple[Callable[[dict[str, Any]], dict[str, Any]], str]] = {
    "a name of nobody": (lambda facts: {"names": {STRANGER.fingerprint: "Eve"}}, "is no fingerprint of a member"),
    "a name that hides": (lambda facts: {"names": {MINE.fingerprint: "A\u202e"}}, "nobody sees"),
    "a name too long": (lambda facts: {"names": {MINE.fingerprint: "x" * 61}}, "61 characters; 60 fit"),
    "an empty name": (lambda facts: {"names": {MINE.fingerprint: " "}}, "one is empty"),
    "no such moment": (lambda facts: {"registered_at": "2026-02-31T00:00:00.000Z"}, "registered_at is no moment"),
    "a nested one that is missing": (lambda facts: {"quorum": facts["quorum"] | {"key_quorum_ids": ["q"]}}, "nested"),
    "no key of Privy's": (lambda facts: {"quorum": facts["quorum"] | {"public_keys": ["x"]}}, "is no key as Privy has them"),
    "a key in another spelling": (lambda facts: {"public_key": PEM}, "not as this format writes"),
}  # fmt: skip


@pytest.mark.parametrize("name", STRANGE)
def test_a_signature_is_not_enough(name: str, tmp_path: Path) -> None:
    """What no program of ours would sign is refused, whoever has signed it."""
    facts = json.loads(registered_of(an_approval()).save(tmp_path / "good.json").read_text())
    change, words = STRANGE[name]
    bad = write(tmp_path / "bad.json", signed_anew(facts, **change(facts)))
    with pytest.raises(InputError, match=rf"bad\.json does not hold: .*({words})"):
        Registered.load(bad)
    write(bad, signed_anew(facts))
    assert Registered.load(bad).names == CALLED


def test_what_makes_none() -> None:
    """A key of another curve, a name of nobody, a name that may be a key: refused, and the name not repeated."""
    approval = an_approval()
    with pytest.raises(InputError, match="P-256"):
        Registered.reviewed(approval, Ed25519Key.generate())  # type: ignore[arg-type]
    with pytest.raises(InputError, match="is no fingerprint"):
        Registered.reviewed(approval, MINE, names={STRANGER.fingerprint: "Eve"})
    secret = "wallet-auth:" + "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0w"
    with pytest.raises(InputError, match="private key") as refused:
        Registered.reviewed(approval, MINE, names={MINE.fingerprint: secret})
    assert secret not in str(refused.value)


def test_saving_writes_over_its_own_quorum_only(tmp_path: Path) -> None:
    """An older registration of the quorum is renewed; any other file stays as it is."""
    approval = an_approval()
    path = registered_of(approval).save(tmp_path / "a.json")
    newer = Registered.reviewed(approval, KEYS[1], names={})
    assert Registered.load(newer.save(path)) == newer
    for thing in (approval.to_bytes(), b"notes"):
        path.write_bytes(thing)
        with pytest.raises(InputError, match="is no registration of this quorum"):
            newer.save(path)
        assert path.read_bytes() == thing


def test_each_changed_field_is_noticed(tmp_path: Path) -> None:
    """One field changed anywhere in a registration: the file is refused."""
    facts = json.loads(registered_of(an_approval()).save(tmp_path / "good.json").read_text())
    places, numbers = leaves(facts), random.Random(7)
    assert len(places) > 15
    for turn in range(TURNS):
        path, copy = places[turn % len(places)], json.loads(json.dumps(facts))
        at = copy
        for step in path[:-1]:
            at = at[step]
        at[path[-1]] = mutated(at[path[-1]], numbers)
        with pytest.raises(InputError, match=r"bent\.json"):
            Registered.load(write(tmp_path / "bent.json", copy))


# ---- reading an approval -------------------------------------------------------------------------


def test_only_the_difference_is_shown() -> None:
    """Where the quorum is what its reader has reviewed, members that stay are not listed as before and after; names are known."""
    approval = an_approval()
    seen = approval.against(registered_of(approval), [MINE.public])
    whole, short = text_of(approval), text_of(seen)
    assert seen.deviations == ()
    assert "by you, " in short
    assert "the same; only what changes is shown" in short
    for row in ("- 2 of 3 must sign", "+ 3 of 3 must sign", "+ Name: Vendors", "All else stays."):
        assert row in short
    stays = f"Key {spoken(KEYS[1].fingerprint)}"
    assert whole.count(stays) == short.count(stays) + 1  # before and after; who signs is told still
    assert f"Bob · {stays}" in short
    assert "Bob" not in whole
    reading = read(seen, approval.as_read.read_ms, {})
    assert not reading.trouble
    assert not reading.remarks


DEVIATIONS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "a lower threshold": ({"authorization_threshold": 1}, ["“1 of 3 must sign”; what was reviewed is “2 of 3 must sign”"]),
    "another name": ({"display_name": "Vendor payment"}, ["“Name: Vendor payment”; what was reviewed is “Name: Vendor payments”"]),
    "a name that reads as none": ({"display_name": None}, ["“Name: none”"]),
    "a key more": ({"authorization_keys": members(*KEYS, NEW_KEY)}, ["“2 of 4 must sign”", f"Key {spoken(NEW.fingerprint)} is in it, and was not"]),
    "another key": ({"authorization_keys": members(*KEYS[:2], NEW_KEY)}, [f"Carol · Key {spoken(KEYS[2].fingerprint)} was in it", f"Key {spoken(NEW.fingerprint)} is in it"]),
    "a key twice": ({"authorization_keys": members(*KEYS, KEYS[2])}, ["“2 of 4 must sign”"]),
    "a user": ({"user_ids": ["did:privy:cm1"]}, ["“2 of 4 must sign”", "is in it, and was not"]),
    "a quorum": ({"key_quorum_ids": ["q2"]}, ["“2 of 4 must sign”", "is in it, and was not"]),
    "all must sign": ({"authorization_threshold": None}, ["“3 of 3 must sign”"]),
}  # fmt: skip


@pytest.mark.parametrize("name", DEVIATIONS)
def test_a_deviation_is_red(name: str) -> None:
    """A quorum that is not what was reviewed: every difference is a reason not to sign, on the card in red, and nothing is shortened."""
    reviewed = an_approval()
    change, words = DEVIATIONS[name]
    sent = read_otherwise(reviewed, **change)
    seen = sent.against(registered_of(reviewed), [MINE.public])
    reading = read(seen, reviewed.as_read.read_ms, {})
    told = [
        each for each in reading.trouble if each.startswith("The quorum is not as you reviewed")
    ]
    assert len(told) == len(seen.deviations) >= len(words)
    for each in words:
        assert any(each in sentence for sentence in told), told
    assert len(reading.rows) == len(read(sent, reviewed.as_read.read_ms, {}).rows)
    html = seen._repr_html_()
    inert(html)
    assert html.count('class="tk-alarm"') >= len(told)
    assert "DO NOT SIGN The quorum is not as you reviewed it" in text_of(seen)


SAME: dict[str, Callable[[KeyQuorum], dict[str, Any]]] = {
    "another order": lambda quorum: {"authorization_keys": quorum.authorization_keys[::-1]},
    "another spelling": lambda quorum: {"authorization_keys": [AuthorizationKey(KEYS[0].public.to_pem()), *quorum.authorization_keys[1:]]},
    "null for none": lambda quorum: {"user_ids": None, "key_quorum_ids": None},
}  # fmt: skip


@pytest.mark.parametrize("name", SAME)
def test_what_is_no_deviation(name: str) -> None:
    """Keys are compared as keys, lists without their order, and nothing is nothing."""
    reviewed = an_approval()
    sent = read_otherwise(reviewed, **SAME[name](reviewed.as_read.quorum))
    assert sent.against(registered_of(reviewed)).deviations == ()


def test_a_nested_quorum_is_part_of_it(emulator: Emulator) -> None:
    """Somebody who came into a nested quorum is told, with where."""
    app = emulator.privy_client()
    nested = quorum_of(app, KEYS[:2], 2)
    quorum = quorum_of(app, [KEYS[2]], 2, key_quorum_ids=[nested.id])
    registered = Registered.of(app, quorum.id, MINE, names={})
    weaker = privy.UpdateKeyQuorumRequest(authorization_threshold=1)
    app.send(privy.update_key_quorum(nested.id, weaker), signers=KEYS[:2])
    change = privy.UpdateKeyQuorumRequest(display_name="Vendors")
    sent = Approval.of(app, privy.update_key_quorum(quorum.id, change))
    (told,) = sent.against(registered, now_ms=app.now_ms()).deviations
    assert told.startswith("In Vendor payments: “1 of 2 must sign”")


def test_a_wallet_is_not_part_of_it(emulator: Emulator) -> None:
    """Of a change of a wallet nothing is left out: its owner is what was reviewed, the wallet is not."""
    app = emulator.privy_client()
    quorum = quorum_of(app)
    request = privy.CreateWalletRequest(chain_type="ethereum", owner_id=quorum.id)
    wallet = app.send(privy.create_wallet(request))
    change = privy.UpdateWalletRequest(display_name="Cold")
    approval = Approval.of(app, privy.update_wallet(wallet.id, change))
    seen = approval.against(registered_of(approval), [MINE.public], now_ms=app.now_ms())
    assert seen.deviations == ()
    rows = read(seen, app.now_ms(), {}).rows
    assert len(rows) == len(read(approval, app.now_ms(), {}).rows) > 1
    assert "only what changes is shown" not in text_of(seen)


def test_a_registration_of_somebody_else() -> None:
    """It is named as such, shortens nothing, and its names are not taken; a deviation from it is red all the same."""
    approval = an_approval()
    theirs = registered_of(approval, STRANGER)
    for mine, words in (
        ([MINE.public], "which is not your key here"),
        ([], "no key of yours is here"),
    ):
        seen = approval.against(theirs, mine)
        reading = read(seen, approval.as_read.read_ms, {})
        assert [each for each in reading.remarks if words in each]
        assert len(reading.rows) == len(read(approval, approval.as_read.read_ms, {}).rows)
        assert "Bob" not in text_of(seen)
        assert "only what changes" not in text_of(seen)
    weaker = read_otherwise(approval, authorization_threshold=1).against(theirs)
    assert f"not as key {STRANGER.fingerprint[:4]}" in text_of(weaker)
    assert pinned(None, approval.as_read, CALLED, ()) == Pinned(False, CALLED)


REFUSED: dict[str, tuple[Callable[[Approval], Approval], int, str]] = {
    "another quorum": (lambda a: read_otherwise(a, id="q2"), 0, "is about another quorum"),
    "another app": (lambda a: replace(a, prepared=replace(a.prepared, identity="x")), 0, "is about another identity"),
    "another environment": (lambda a: replace(a, prepared=replace(a.prepared, environment=privy.PROD)), 0, "is about another environment: EMULATOR"),
    "stale": (lambda a: a, GOOD_FOR_DAYS * DAY_MS + 1, "and a review counts for 180 days"),
    "still to come": (lambda a: a, -3_600_000, "which is still to come"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_it_says_nothing_of(name: str) -> None:
    """Another quorum, app or environment, a review that is too old or still to come: refused with the reason."""
    approval = an_approval()
    registered = registered_of(approval)
    other, later_ms, words = REFUSED[name]
    with pytest.raises(InputError, match=f"The registration .*{words}"):
        other(approval).against(registered, now_ms=registered.registered_ms + later_ms)
    assert approval.against(registered, now_ms=registered.registered_ms + DAY_MS).registered


def test_it_stays_with_the_approval() -> None:
    """Signing, adding and merging keep it, and the approval is the same value and the same file with or without."""
    approval = an_approval()
    seen = approval.against(registered_of(approval), [MINE.public])
    assert seen == approval
    assert seen.to_bytes() == approval.to_bytes()
    assert seen.sign(KEYS[0]).registered is seen.registered
    assert Approval.merge(seen, approval.sign(KEYS[1])).registered is seen.registered


def test_whoever_changes_the_quorum_as_read_is_found_out(tmp_path: Path) -> None:
    """The quorum in an approval changed anywhere, with an id that fits: refused, told in red, or the same members."""
    approval, numbers = an_approval(), random.Random(15)
    registered, facts = registered_of(approval), facts_of(approval)
    places = [("quorum", *path) for path in leaves(facts["quorum"])]
    outcomes = {"refused": 0, "red": 0, "the same": 0}
    for turn in range(TURNS):
        path, copy = places[turn % len(places)], json.loads(json.dumps(facts))
        at = copy
        for step in path[:-1]:
            at = at[step]
        at[path[-1]] = mutated(at[path[-1]], numbers)
        try:
            sent = Approval.load(write(tmp_path / "bent.json", copy, fitting_id=True))
            seen = sent.against(registered)
        except InputError:
            outcomes["refused"] += 1
            continue
        if seen.deviations:
            outcomes["red"] += 1
        else:
            assert privy.quorum_of(sent.as_read.quorum) == privy.quorum_of(approval.as_read.quorum)
            assert sent.as_read.quorum.display_name == approval.as_read.quorum.display_name
            outcomes["the same"] += 1
    assert outcomes["red"] > TURNS * 0.15
    assert outcomes["refused"] > TURNS * 0.15


# ---- on a terminal -------------------------------------------------------------------------------


def run(*arguments: object, typed: str = "") -> Result:
    return CliRunner().invoke(main, [str(each) for each in arguments], input=typed)


def test_on_the_command_line(tmp_path: Path) -> None:
    """Registered from an approval after a look and a yes; then a later approval is signed against it, unless it deviates."""
    app = Emulator.seeded().privy_client()
    approval = approval_of(app)
    first = approval.save(tmp_path / "first.json")
    key = MINE.save(tmp_path / "alice.pem")
    out = tmp_path / "registered.json"
    named = f"{KEYS[1].fingerprint[:12]}=Bob"
    arguments = ["register-quorum", first, "--key", key, "--name", named, "--out", out]
    done = run(*arguments, typed="\n")
    assert (done.exit_code, out.exists()) == (0, False)
    assert "Nothing was registered." in done.output
    done = run(*arguments, typed="y\n")
    assert done.exit_code == 0, done.output
    for words in ("2 of 3 must sign:", f"Bob: key {KEYS[1].fingerprint}", "EMULATOR, https"):
        assert words in done.output
    assert Registered.load(out).names == {KEYS[1].fingerprint: "Bob"}
    shown = run("sign", first, "--key", key, "--registered", out, typed="0\n")
    assert "by you, " in shown.output
    assert "not the digits of this file" in shown.output  # it came as far as the call
    weaker = read_otherwise(approval, authorization_threshold=1)
    bent = write(tmp_path / "bent.json", json.loads(weaker.to_bytes()))
    refused = run("sign", bent, "--key", key, "--registered", out, typed="y\n")
    assert refused.exit_code == 1
    assert "DO NOT SIGN  The quorum is not as you reviewed it" in refused.output
    assert "It must not be signed. Nothing was signed." in refused.output
    other = an_approval(note="x")
    strange = write(tmp_path / "other.json", facts_of(read_otherwise(other, id="q2")))
    assert run("sign", strange, "--key", key, "--registered", out).exit_code == 1


WRONG: dict[str, tuple[list[str], int, str]] = {
    "neither": ([], 2, "Name an APPROVAL, or a --quorum-id"),
    "both": (["FIRST", "--quorum-id", "q"], 2, "Name an APPROVAL, or a --quorum-id"),
    "credentials for nothing": (["FIRST", "--env-file", "x"], 2, "Name an APPROVAL"),
    "a name of nobody": (["FIRST", "--name", f"{STRANGER.fingerprint[:12]}=Eve"], 1, "number 1 names no member"),
    "too few digits": (["FIRST", "--name", f"{MINE.fingerprint[:11]}=Eve"], 1, "number 1 names no member"),
    "no name": (["FIRST", "--name", f"{MINE.fingerprint[:12]}="], 1, "number 1 names no member"),
    "no approval": (["nowhere.json"], 1, "nowhere.json cannot be read"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_wrong_arguments(name: str, tmp_path: Path) -> None:
    """What names no quorum or no member ends with why, and nothing is written."""
    first = str(an_approval().save(tmp_path / "first.json"))
    key = str(MINE.save(tmp_path / "alice.pem"))
    given, code, words = WRONG[name]
    arguments = [first if each == "FIRST" else each for each in given]
    out = tmp_path / "out.json"
    done = run("register-quorum", *arguments, "--key", key, "--out", out, typed="y\n")
    assert (done.exit_code, out.exists()) == (code, False), done.output
    assert words in done.output


def test_from_privy_on_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With credentials the quorum is read from Privy, and registered as it is there."""
    app = Emulator.seeded().privy_client()
    quorum = quorum_of(app)
    monkeypatch.setattr(privy.Client, "from_env", lambda env_file: app)
    key, out = MINE.save(tmp_path / "alice.pem"), tmp_path / "out.json"
    arguments = ["register-quorum", "--quorum-id", quorum.id, "--key", key, "--out", out]
    done = run(*arguments, typed="y\n")
    assert done.exit_code == 0, done.output
    assert written_quorum(Registered.load(out).subject.quorum) == written_quorum(quorum)

"""An approval is a value that only gathers signatures, and whose every count is a verification."""

from __future__ import annotations

import itertools
import os
import random
from pathlib import Path
from typing import Any

import pytest

from tests.approvals.together import (
    AT_MS,
    STRANGER,
    an_approval,
    approval_of,
    bent,
    facts_of,
    leaves,
    made,
    mutated,
    quorum_of,
    write,
)
from tests.emulated import changes
from tests.samples import KEYS
from toolkit import Approval, Emulator, privy
from toolkit.errors import AlreadySent, InputError, NotFound, RequestRefused
from toolkit.keys import Ed25519Key

TURNS = 10_000 if os.environ.get("TEST_CAMPAIGN") else 400


def test_by_file_alone(emulator: Emulator, tmp_path: Path) -> None:
    """Prepared, saved, signed by two people in their places, merged and sent: the quorum is changed, once."""
    app = emulator.privy_client()
    sent = approval_of(app, note="A majority from now on.").save(tmp_path / "ours.json")
    for name, key in (("bob", KEYS[0]), ("carol", KEYS[2])):
        Approval.load(sent).sign(key).save(tmp_path / f"{name}.json")
    assert not Approval.load(sent).ready
    approval = Approval.merge(sent, tmp_path / "bob.json", tmp_path / "carol.json")
    assert approval.ready
    assert approval.signed_by == (KEYS[0].fingerprint, KEYS[2].fingerprint)
    assert approval.missing == ()
    assert app.send(approval).authorization_threshold == 3
    assert changes(emulator).count("update_key_quorum") == 1
    with pytest.raises((AlreadySent, InputError), match=r"sent already|has changed"):
        app.send(approval)
    assert changes(emulator).count("update_key_quorum") == 1


def test_a_deletion_and_a_new_owner(emulator: Emulator, tmp_path: Path) -> None:
    """A wallet's owner is changed and a quorum deleted by file, too."""
    app = emulator.privy_client()
    old, new = quorum_of(app), quorum_of(app, KEYS[:2], 1)
    request = privy.CreateWalletRequest(chain_type="ethereum", owner_id=old.id)
    wallet = app.send(privy.create_wallet(request))
    for call in (
        privy.update_wallet(wallet.id, privy.UpdateWalletRequest(owner_id=new.id)),
        privy.delete_key_quorum(old.id),
    ):
        path = Approval.of(app, call).save(tmp_path / f"{call.operation.name}.json")
        signed = Approval.load(path).sign(KEYS[1]).sign(KEYS[0])
        app.send(Approval.load(signed.save(path)))
    assert app.send(privy.get_wallet(wallet.id)).owner_id == new.id
    with pytest.raises(NotFound):
        app.send(privy.get_key_quorum(old.id))


def test_a_loaded_one_is_the_same(tmp_path: Path) -> None:
    """What is loaded equals what was saved: bytes, message, id and signatures."""
    approval = an_approval().sign(KEYS[1])
    loaded = Approval.load(approval.save(tmp_path / "a.json"))
    assert loaded == approval
    assert loaded.to_bytes() == approval.to_bytes()
    assert loaded.id == approval.id
    assert loaded.prepared.body == approval.prepared.body
    assert loaded.fingerprint == approval.fingerprint
    assert (tmp_path / "a.json").stat().st_mode & 0o777 == 0o600


def test_signing_gives_a_new_one() -> None:
    """``sign`` and ``add`` leave the value as it is; the same member again changes nothing; the id stays."""
    approval = an_approval()
    one = approval.sign(KEYS[0])
    assert approval.signed_by == ()
    assert one.sign(KEYS[0]) == one
    other = one.add(made(KEYS[2], one.message))
    assert other.ready
    assert {each.id for each in (approval, one, other)} == {approval.id}
    assert one.missing == (KEYS[1].fingerprint, KEYS[2].fingerprint)


def test_who_cannot_sign(emulator: Emulator) -> None:
    """A stranger, a key of another curve, a foreign signature: refused with why, and nothing is added."""
    approval = an_approval()
    with pytest.raises(InputError, match="is not a member of quorum"):
        approval.sign(STRANGER)
    with pytest.raises(InputError, match="a P256Key signs here"):
        approval.sign(Ed25519Key.generate())
    with pytest.raises(InputError, match="another key, one that is not a member"):
        approval.add(made(STRANGER, approval.message))
    with pytest.raises(InputError, match="another message"):
        approval.add(made(KEYS[0], approval.message + "\n"))
    with pytest.raises(InputError, match="is not base64"):
        approval.add("no signature!")


def test_only_what_members_sign_is_approved(emulator: Emulator) -> None:
    """An approval of a create, of a request that breaks a rule, or of a quorum that no key can sign for is refused."""
    app = emulator.privy_client()
    with pytest.raises(InputError, match="is not signed"):
        Approval.of(
            app, privy.create_key_quorum(privy.CreateKeyQuorumRequest(user_ids=["did:privy:x"]))
        )
    quorum = quorum_of(app)
    with pytest.raises(RequestRefused, match="50 fit"):
        Approval.of(
            app,
            privy.update_key_quorum(quorum.id, privy.UpdateKeyQuorumRequest(display_name="x" * 51)),
        )
    users = app.send(
        privy.create_key_quorum(privy.CreateKeyQuorumRequest(user_ids=["did:privy:x"]))
    )
    with pytest.raises(InputError, match="alone can never be enough"):
        Approval.of(app, privy.delete_key_quorum(users.id))
    with pytest.raises(InputError, match="281 characters"):
        approval_of(app, note="x" * 281)
    with pytest.raises(InputError, match="expires_in_s"):
        approval_of(app, expires_in_s=0)


def test_sending_reads_the_quorum_anew(emulator: Emulator) -> None:
    """Where the quorum has changed since it was read, nothing is sent, and what has changed is told."""
    app = emulator.privy_client()
    approval = approval_of(app).sign(KEYS[0]).sign(KEYS[1])
    quorum_id = approval.as_read.quorum.id
    rename = privy.UpdateKeyQuorumRequest(
        public_keys=[key.public for key in KEYS[:2]], authorization_threshold=2
    )
    app.send(privy.update_key_quorum(quorum_id, rename), signers=KEYS[:2])
    with pytest.raises(InputError, match=r"has changed since this was asked for: .* left"):
        app.send(approval)
    assert changes(emulator).count("update_key_quorum") == 1


def test_too_few_and_too_late(emulator: Emulator) -> None:
    """One signature of two is not sent, nor is what has expired."""
    app = emulator.privy_client()
    approval = approval_of(app, expires_in_s=60).sign(KEYS[0])
    with pytest.raises(InputError, match=r"2 members of quorum .* must sign"):
        app.send(approval)
    assert app.pending() == ()
    emulator.advance(61_000)
    with pytest.raises(InputError, match="too long ago"):
        app.send(approval.sign(KEYS[1]))
    assert changes(emulator).count("update_key_quorum") == 0


def test_another_client_does_not_send_it(emulator: Emulator) -> None:
    """An approval is of one environment and app."""
    approval = approval_of(emulator.privy_client()).sign(KEYS[0]).sign(KEYS[1])
    elsewhere = privy.Client("cm49410e6f9c4a24685a8e7f", "another secret of an app")
    with pytest.raises(InputError, match="This was prepared for EMULATOR"):
        elsewhere.send(approval)


# ---- merging -------------------------------------------------------------------------------------


def copies(tmp_path: Path) -> list[Path]:
    approval = an_approval()
    paths = []
    for at, keys in enumerate([[], [0], [1], [2, 0], [1]]):
        copy = approval
        for key in keys:
            copy = copy.sign(KEYS[key], signed_ms=AT_MS + 1000 * at + key)
        paths.append(copy.save(tmp_path / f"{at}.json"))
    return paths


def test_the_order_of_merging_is_no_matter(tmp_path: Path) -> None:
    """Five copies in each of the 120 orders give the same bytes; so does their folder."""
    paths = copies(tmp_path)
    merged = {Approval.merge(*order).to_bytes() for order in itertools.permutations(paths)}
    assert merged == {Approval.merge(tmp_path).to_bytes()}
    assert Approval.merge(*paths).signed_by == tuple(key.fingerprint for key in KEYS)


def test_conflicts_are_refused(tmp_path: Path) -> None:
    """A copy about something else is refused with its name and the first field that differs, in either order."""
    ours = an_approval()
    first = ours.save(tmp_path / "ours.json")
    facts = facts_of(ours.sign(KEYS[1]))

    def later(copy: dict[str, Any]) -> None:
        copy["note"] = "Sign quickly."

    theirs = write(tmp_path / "theirs.json", bent(facts, later), fitting_id=True)
    for order in ((first, theirs), (theirs, first)):
        with pytest.raises(
            InputError, match=r"(theirs|ours)\.json is another approval than .*: note differs"
        ):
            Approval.merge(*order)
    with pytest.raises(InputError, match="nothing to merge"):
        Approval.merge()


def test_what_is_unknown_acts_on_nothing(tmp_path: Path) -> None:
    """Unknown fields of our own copy are kept; those of others are dropped and named; neither changes the id."""
    approval = an_approval()
    facts = facts_of(approval)
    ours = write(tmp_path / "ours.json", facts | {"colour": "green"})
    signed = facts_of(approval.sign(KEYS[0]))
    signed["signatures"][0]["mood"] = "good"
    theirs = write(tmp_path / "theirs.json", signed | {"threshold": 1})
    merged = Approval.merge(ours, theirs)
    assert merged.id == approval.id
    assert facts_of(merged)["colour"] == "green"
    assert "threshold" not in facts_of(merged)
    assert merged.dropped == ("theirs.json: threshold", "theirs.json: signatures: mood")
    assert merged.signed_by == (KEYS[0].fingerprint,)


def test_saving_writes_over_its_own_copies_only(tmp_path: Path) -> None:
    """A file that is no copy of this approval stays as it is."""
    one, other = an_approval(), an_approval(note="another")
    path = one.save(tmp_path / "a.json")
    one.sign(KEYS[0]).save(path)
    for thing in (other.to_bytes(), b"notes"):
        path.write_bytes(thing)
        with pytest.raises(InputError, match="is not a copy of this approval"):
            one.save(path)
        assert path.read_bytes() == thing
    with pytest.raises(InputError, match="cannot be written"):
        one.save(tmp_path / "nowhere" / "a.json")


# ---- a changed file ------------------------------------------------------------------------------


def test_each_changed_field_is_noticed(tmp_path: Path) -> None:
    """One field changed anywhere: the file is refused, or that signature is not counted, or what is shown differs."""
    approval = (
        an_approval(note="A majority.")
        .sign(KEYS[0], signed_ms=AT_MS)
        .sign(KEYS[1], signed_ms=AT_MS)
    )
    facts, numbers = facts_of(approval), random.Random(15)
    outcomes = {"refused": 0, "not counted": 0, "told otherwise": 0}
    places = leaves(facts)
    for turn in range(TURNS):
        path = places[turn % len(places)]

        def change(copy: dict[str, Any], path: tuple[Any, ...] = path) -> None:
            for step in path[:-1]:
                copy = copy[step]
            copy[path[-1]] = mutated(copy[path[-1]], numbers)

        file = write(tmp_path / "bent.json", bent(facts, change))
        try:
            bent_one = Approval.load(file)
        except InputError:
            outcomes["refused"] += 1
            continue
        assert bent_one.id == approval.id
        if len(bent_one.given) < 2:
            assert len(bent_one.not_counted) == 1
            outcomes["not counted"] += 1
        else:
            assert path[-1] in ("signed_at",)
            assert [each.signed_ms for each in bent_one.given] != [AT_MS, AT_MS]
            outcomes["told otherwise"] += 1
    assert outcomes["refused"] > 200
    assert outcomes["not counted"] > 10


def test_a_covered_field_with_a_fitting_id_is_another_approval(tmp_path: Path) -> None:
    """Whoever changes what is asked and works out the id anew has another approval, on which no signature holds."""
    approval = an_approval().sign(KEYS[0])

    def weaker(copy: dict[str, Any]) -> None:
        copy["body"] = copy["body"].replace("3", "1")
        copy["message"] = copy["message"].replace('threshold":3', 'threshold":1')

    path = write(tmp_path / "bent.json", bent(facts_of(approval), weaker), fitting_id=True)
    other = Approval.load(path)
    assert other.id != approval.id
    assert other.signed_by == ()
    assert "does not fit" in other.not_counted[0]
    assert other.fingerprint != approval.fingerprint

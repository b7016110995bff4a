"""Privy's forms: members in every spelling, what a quorum means, who signs a change, and what becomes of it."""

from __future__ import annotations

import asyncio
import itertools
import os
import re
import stat
from html import unescape
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives import serialization

from tests.emulated import changes, holding, last_change, received
from tests.inside import native_of, switched_in
from tests.samples import pkcs8
from tests.screen import quorum_form, screen, states, until
from toolkit import Emulator, cobo, privy
from toolkit.base.html import render
from toolkit.emulator import Fault
from toolkit.errors import InputError, NotFound, RequestRefused
from toolkit.keys import Ed25519Key, P256Key, Secp256k1Key
from toolkit.keys.public import spoken
from toolkit.privy.cosigning import before_and_after, changed, signing_of
from toolkit.privy.forms import QuorumFields
from toolkit.privy.forms.members import MemberRow
from toolkit.privy.forms.members import Members as MemberRows
from toolkit.privy.forms.quorum import meaning
from toolkit.privy.forms.spelling import SPELLING
from toolkit.privy.members import (
    _enough_alone,
    called,
    fields_of,
    named_as_owner,
    power_of,
    seats_of,
    threshold_options,
)
from toolkit.quorum import Quorum

KEYS = [P256Key.from_hex(f"{number:064x}") for number in range(5, 17)]
PUBLIC = [key.public.to_base64() for key in KEYS]
USERS = [f"did:privy:{letter * 24}" for letter in "abcd"]
IDS = [letter * 24 for letter in "vwxyz"]
Members = tuple[tuple[str, str], ...]


def plain(text: Any) -> str:
    """A sentence as it is read."""
    return unescape(re.sub(r"<[^>]*>", "", str(text)))


def keys_of(*numbers: int) -> Members:
    return tuple(("Key", PUBLIC[number]) for number in numbers)


def quorum_with(
    members: Members, threshold: int | None, quorum_id: str = "q" * 24, name: str | None = None
) -> Any:
    """A quorum as Privy would answer it."""
    return privy.KeyQuorum(
        id=quorum_id,
        authorization_keys=[
            privy.AuthorizationKey(text) for kind, text in members if kind == "Key"
        ],
        user_ids=[text for kind, text in members if kind == "User"],
        key_quorum_ids=[text for kind, text in members if kind == "Quorum"],
        authorization_threshold=threshold,
        display_name=name,
    )


def planted(emulator: Emulator, *arguments: Any, **more: Any) -> Any:
    """A quorum that is there already, however it came about."""
    quorum = quorum_with(*arguments, **more)
    emulator.privy.quorums[quorum.id] = quorum
    return quorum


# ---- members: spellings, twins, secrets ----------------------------------------------------------------


def spellings(key: P256Key) -> dict[str, str]:
    public, pem = key.public, key.public.to_pem()
    return {
        "base64": public.to_base64(),
        "base64 in blanks": f"  {public.to_base64()} ",
        "base64 with a break": f"{public.to_base64()[:30]} {public.to_base64()[30:]}",
        "PEM": pem,
        "PEM on one line": pem.replace("\n", " "),
        "PEM with Windows lines": pem.replace("\n", "\r\n"),
    }


@pytest.mark.parametrize("name", list(spellings(KEYS[0])))
def test_every_spelling_is_the_same_key(emulator: Emulator, name: str) -> None:
    """However a key is spelled, it is the same member: same fingerprint, same request, a twin of every other."""
    text = spellings(KEYS[0])[name]
    form = quorum_form(emulator, text, PUBLIC[1])
    assert form.problems == ()
    assert form.request.public_keys == (PUBLIC[0], PUBLIC[1])
    assert f"P-256 key {spoken(KEYS[0].fingerprint)}" in plain(form.members.rows[0].under.value)
    for other in spellings(KEYS[0]).values():
        form.members.rows[1].fields["text"].value = other
        assert [problem.rule for problem in form.problems] == ["privy.key-twice"]
        assert "Same as member 1" in form.members.rows[1].under.value


def test_twins_are_told_by_their_row(emulator: Emulator) -> None:
    """“Same as member N” names the row as it is numbered now, also among other kinds and after rows are gone."""
    pem = KEYS[2].public.to_pem().replace("\n", " ")
    form = quorum_form(emulator)
    form.fill(
        QuorumFields(
            "",
            (
                ("User", USERS[0]),
                ("Key", PUBLIC[1]),
                ("Key", PUBLIC[2]),
                ("User", USERS[1]),
                ("Key", pem),
            ),
            2,
        )
    )
    rows = form.members.rows
    assert "Same as member 3," in rows[4].under.value
    form.members.remove(rows[0])
    assert "Same as member 2," in rows[4].under.value
    form.members.remove(rows[1])
    assert "Same as member 1," in rows[4].under.value
    form.members.remove(rows[2])
    assert "Same as" not in screen(form)
    form.members.add("User", USERS[1])
    assert "Same as member 1," in form.members.rows[2].under.value


PRIVATE = {
    "base64": pkcs8(KEYS[0]),
    "pem": native_of(KEYS[0]).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode(),
    "with its prefix": "wallet-auth:MIGHAgEAMBMGByqGSM49AgEG" + "A" * 20,
}  # fmt: skip


@pytest.mark.parametrize(
    "place", ["typed", "added", "filled", "as a user", "as a quorum", "as the name", "filled name"]
)
@pytest.mark.parametrize("name", list(PRIVATE))
def test_a_private_key_anywhere_is_taken_out(emulator: Emulator, name: str, place: str) -> None:
    """Wherever it is pasted it is gone at once, said so, and in no request, page, or state of a widget."""
    text = PRIVATE[name]
    form = quorum_form(emulator, *PUBLIC[:2])
    seen: list[str] = []
    for field in (*(row.fields["text"] for row in form.members.rows), form.members.display_name):
        field.observe(
            lambda change: seen.append(states(form)) if not change["new"] else None, "value"
        )
    if place == "typed":
        form.members.rows[1].fields["text"].value = text
    elif place == "added":
        form.members.add("Key", text)
    elif place == "filled":
        form.fill(QuorumFields("", (("Key", PUBLIC[0]), ("Key", text)), 2))
    elif place == "as the name":
        form.members.display_name.value = text
    elif place == "filled name":
        form.fill(QuorumFields(text, keys_of(0, 1), 2))
    else:
        kind = {"as a user": "User", "as a quorum": "Quorum"}[place]
        form.members.rows[1].fields["kind"].value = kind
        form.members.rows[1].fields["text"].value = text
    assert text.strip() not in states(form)
    assert "That was a PRIVATE key" in screen(form)
    assert text not in str(form.fields)
    if "name" in place.split():
        assert form.problems == ()
        assert form.request.display_name is None
        form.members.display_name.value = "Ops"
        assert "PRIVATE" not in screen(form)
    else:
        assert "form.private-key" in [problem.rule for problem in form.problems]
        assert all(text not in member for member in form.request.public_keys or ())
        row = next(row for row in form.members.rows if row.private)
        row.fields["kind"].value, row.fields["text"].value = "Key", PUBLIC[3]
        assert form.problems == ()
    assert emulator.ledger == [] or all(
        text not in entry.body + entry.target for entry in emulator.ledger
    )


def test_lists_hold_no_private_key() -> None:
    """The pure function that makes the request leaves a private key out, whatever kind it was called."""
    for text, kind in itertools.product(PRIVATE.values(), ("Key", "User", "Quorum")):
        fields = QuorumFields("", (("Key", PUBLIC[0]), (kind, text)), 1)
        assert text not in str(fields.lists())
        assert text not in str(fields.request())


# ---- keys that are made here ------------------------------------------------------------------------------


def made_form(emulator: Emulator, folder: Path) -> Any:
    return privy.forms.create_key_quorum(emulator.privy_client(), keys_folder=folder)


def test_a_new_key_pair(emulator: Emulator, tmp_path: Path) -> None:
    """The private half in a file that only its owner reads, whatever the umask; the public half in the first empty row."""
    form = made_form(emulator, tmp_path)
    form.members.rows[0].fields["text"].value = PUBLIC[0]
    before = os.umask(0)
    try:
        path = form.members.make_key()
    finally:
        os.umask(before)
    assert path.parent == tmp_path
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    key = P256Key.from_file(path)
    assert form.members.rows[1].fields["text"].value == key.public.to_base64()
    assert str(path) in plain(form.members.rows[1].under.value)
    assert path.read_text() not in states(form)
    form.members.make.click()
    assert len(form.members.rows) == 3
    assert len(list(tmp_path.glob("*.pem"))) == 2
    assert form.problems == ()


def test_a_file_that_is_there(
    emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key is never written over a file: a sentence, and no row and no file has changed."""
    monkeypatch.setattr(P256Key, "generate", lambda: KEYS[0])
    path = tmp_path / f"privy-key-{KEYS[0].fingerprint[:12]}.pem"
    path.write_text("mine")
    form = made_form(emulator, tmp_path)
    before = form.fields
    assert form.members.make_key() is None
    assert "a key is never written over a file" in form.members.key_trouble.value
    assert (path.read_text(), form.fields, form.members.made) == ("mine", before, {})
    path.unlink()
    assert form.members.make_key() == path
    assert form.members.key_trouble.value == ""


def test_new_keys_are_saved_outside_the_working_tree(
    emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no folder is named a new key goes among this user's data, for its owner alone, and the form says so."""
    monkeypatch.chdir(tmp_path)
    quorum = next(iter(emulator.privy.quorums.values()))
    app = emulator.privy_client()
    place = tmp_path / "data" / "quorum-toolkit" / "keys"
    for form in (privy.forms.create_key_quorum(app), privy.forms.update_key_quorum(app, quorum)):
        assert f"is saved in {place}" in screen(form).replace("&#39;", "'")
        assert form.members.make_key().parent == place
    assert stat.S_IMODE(place.stat().st_mode) == 0o700
    assert [stat.S_IMODE(path.stat().st_mode) for path in place.iterdir()] == [0o600, 0o600]
    assert list(tmp_path.glob("*.pem")) == []


@pytest.mark.parametrize("where", ["not there", "a file"])
def test_a_folder_that_cannot_be_written(emulator: Emulator, tmp_path: Path, where: str) -> None:
    """Where the file cannot be made it is said, with a remedy, and no row has changed."""
    folder = tmp_path / where
    if where == "a file":
        folder.write_text("")
    form = made_form(emulator, folder)
    before = form.fields
    assert form.members.make_key() is None
    assert "cannot be written" in form.members.key_trouble.value
    assert "Choose another place" in form.members.key_trouble.value
    assert form.fields == before


MADE = [
    ("one of two", keys_of(0, 1), 2, {0}, False),
    ("both of two", keys_of(0, 1), 2, {0, 1}, True),
    ("one is enough", keys_of(0, 1), 1, {0}, True),
    ("two of three", keys_of(0, 1, 2), 2, {0, 2}, True),
    ("of another quorum", keys_of(0, 1), 1, {5}, False),
    ("the only one", keys_of(0), 1, {0}, True),
    ("through a nested one", (*keys_of(0), ("Quorum", IDS[0])), 2, {0, 3}, True),
    ("not through a nested one", (*keys_of(0), ("Quorum", IDS[0])), 2, {0}, False),
    ("with a person beside", (*keys_of(0), ("User", USERS[0])), 2, {0}, False),
]


@pytest.mark.parametrize(
    ("members", "threshold", "made", "warned"),
    [case[1:] for case in MADE],
    ids=[case[0] for case in MADE],
)
def test_keys_made_here_alone_are_enough(
    members: Members, threshold: int, made: set[int], warned: bool
) -> None:
    """Where the keys made on this computer reach the threshold, also through a nested quorum, it is said."""
    nested = {IDS[0]: quorum_with(keys_of(3, 4), 1, IDS[0])}
    facts = meaning(
        QuorumFields("", members, threshold),
        nested,
        False,
        {KEYS[number].fingerprint for number in made},
    )
    said = any(
        "This computer made enough of the keys" in plain(text) for _, text in facts["advice"]
    )
    assert said is warned


# ---- nested quorums -----------------------------------------------------------------------------------------


def reads(emulator: Emulator) -> int:
    return sum(entry.operation == "get_key_quorum" for entry in emulator.ledger)


def test_a_nested_quorum_is_read_once(emulator: Emulator) -> None:
    """Once its id is whole it is read, once, and what it is stands below its row."""
    nested = planted(emulator, keys_of(3, 4), 1, IDS[0], name="Night <shift>")
    form = quorum_form(emulator, PUBLIC[0])
    form.members.rows[1].fields["kind"].value = "Quorum"
    form.members.rows[1].fields["text"].value = nested.id[:-1]
    assert reads(emulator) == 0
    assert [problem.rule for problem in form.problems] == ["privy.quorum-id-shape"]
    form.members.rows[1].fields["text"].value = nested.id
    form.members.display_name.value = "Ops"
    form.members.threshold.value = 1
    form.send_button.click()
    assert reads(emulator) == 1
    assert "Night <shift>. Inside, any 1 of its 2 members must sign" in plain(
        form.members.rows[1].under.value
    )
    assert form.result.key_quorum_ids == [nested.id]


def test_an_unknown_quorum(emulator: Emulator) -> None:
    """An id that this app does not know is a warning beside its row; one that could not be read says why."""
    form = quorum_form(emulator, PUBLIC[0])
    form.members.rows[1].fields["kind"].value = "Quorum"
    form.members.rows[1].fields["text"].value = IDS[1]
    assert [problem.rule for problem in form.problems] == ["privy.quorum-unknown"]
    assert "This app has no such key quorum" in form.members.rows[1].under.value
    form.accept.value = True
    form.send_button.click()
    assert "Refused. Nothing was made." in form.refusal.value
    planted(emulator, keys_of(3), 1, IDS[2])
    emulator.inject(
        *[Fault("status-before", operation="get_key_quorum", status=503) for _ in range(3)]
    )
    form.members.rows[1].fields["text"].value = IDS[2]
    assert "It could not be read" in plain(form.members.rows[1].under.value)
    assert form.problems == ()


def test_two_levels_of_nesting(emulator: Emulator) -> None:
    """A quorum with quorums inside cannot be a member: documented, so it blocks, and the emulator refuses it."""
    planted(emulator, keys_of(3), 1, IDS[0])
    outer = planted(emulator, (*keys_of(4), ("Quorum", IDS[0])), 1, IDS[1])
    form = quorum_form(emulator, PUBLIC[0])
    form.members.rows[1].fields["kind"].value = "Quorum"
    form.members.rows[1].fields["text"].value = outer.id
    assert [(problem.rule, problem.documented) for problem in form.problems] == [
        ("privy.nested-depth", True)
    ]
    with pytest.raises(RequestRefused):
        form.submit()
    reply = emulator.answer(received(form.client, form.prepared))
    assert reply.status == 400


# ---- what a quorum means, against brute force ------------------------------------------------------------------


class Brute:
    """The semantics said once more, as slowly and plainly as possible."""

    def __init__(self, fields: QuorumFields, nested: dict[str, Any]) -> None:
        self.threshold = fields.threshold
        self.seats: list[tuple[int, list[str]]] = []
        for at, (kind, text) in enumerate(fields.members, 1):
            seat = self._seat(kind, text, at, nested)
            if seat not in self.seats:  # what stands twice counts once
                self.seats.append(seat)
        self.people = sorted({person for _, people in self.seats for person in people})

    @staticmethod
    def _seat(kind: str, text: str, at: int, nested: dict[str, Any]) -> tuple[int, list[str]]:
        fingerprints = dict(zip(PUBLIC, (key.fingerprint for key in KEYS), strict=True))
        if kind == "Quorum" and text in nested:
            inner = nested[text]
            people = [fingerprints[key.public_key] for key in inner.authorization_keys]
            return inner.required, [*people, *(inner.user_ids or ())]
        return 1, [fingerprints.get(text, text) if text else f"Member {at}"]

    def can_sign(self, present: set[str]) -> bool:
        return (
            sum(sum(p in present for p in people) >= need for need, people in self.seats)
            >= self.threshold
        )

    @property
    def spare(self) -> int:
        for lost in range(1, len(self.people) + 1):
            for gone in itertools.combinations(self.people, lost):
                if not self.can_sign(set(self.people) - set(gone)):
                    return lost - 1
        raise AssertionError("nobody is needed")

    @property
    def alone(self) -> set[str]:
        return {person for person in self.people if self.can_sign({person})}

    @property
    def single_points(self) -> set[str]:
        return {person for person in self.people if not self.can_sign(set(self.people) - {person})}


def any_members(random: Random, nested: dict[str, Any], most: int = 5) -> Members:
    pool = [
        *keys_of(*range(6)),
        *(("User", user) for user in USERS),
        *(("Quorum", each) for each in nested),
        ("Key", ""),
    ]
    return tuple(random.choice(pool) for _ in range(random.randint(1, most)))


def test_power_against_brute_force() -> None:
    """300 generated quorums, nested ones and twins among them: power, losses and who signs alone, as by counting."""
    random = Random(4)
    nested = {
        IDS[0]: quorum_with(keys_of(0, 6), 1, IDS[0]),
        IDS[1]: quorum_with(keys_of(6, 7), None, IDS[1]),
        IDS[2]: quorum_with((*keys_of(1), ("User", USERS[0])), 2, IDS[2]),
    }
    seen = {"alone": 0, "single": 0, "spare": 0}
    for _ in range(300):
        members = any_members(random, nested)
        fields = QuorumFields("", members, random.randint(1, len(members)))
        brute, power = Brute(fields, nested), power_of(fields, nested)
        if fields.threshold > len(brute.seats):
            assert power is None
            assert "never enough" in "".join(
                map(str, meaning(fields, nested, draft=False)["sentences"])
            )
            continue
        assert power is not None
        assert set(power.ids) == set(brute.people)
        for size in range(len(brute.people) + 1):
            for present in itertools.combinations(brute.people, size):
                assert power.can_sign(set(present)) is brute.can_sign(set(present))
        assert power.spare == brute.spare
        assert power.single_points() == brute.single_points
        facts = meaning(fields, nested, draft=False)
        advice = " ".join(plain(text) for _, text in facts["advice"])
        sentences = " ".join(plain(text) for text in facts["sentences"])
        lone = brute.alone if len(members) > 1 else set()
        assert ("sign alone" in advice) is bool(lone)
        locks = "locks the quorum" in advice or "nothing can be signed any more" in advice
        assert locks is bool(brute.single_points)
        if (
            found := re.search(r"lose (\d+) and still sign|any (\d+) may be lost", sentences)
        ) is not None:
            assert int(found[1] or found[2]) == brute.spare > 0
        elif "must not be lost" not in sentences:
            (claim,) = re.findall(r"(no member|none|not every one) may be lost", sentences)
            assert brute.spare == 0
            assert claim == "not every one" or brute.single_points == set(brute.people)
        seen["alone"] += bool(lone)
        seen["single"] += bool(brute.single_points)
        seen["spare"] += bool(brute.spare)
    assert min(seen.values()) > 30


def test_power_of_what_makes_none() -> None:
    """A threshold that cannot be reached makes no quorum, and the card says less, never something wrong."""
    fields = QuorumFields("", keys_of(0, 1), 3)
    assert power_of(fields, {}) is None
    facts = meaning(fields, {}, draft=False)
    assert "never enough" in plain(facts["sentences"][0])
    assert not any(
        "can sign" in plain(sentence) or "may be lost" in plain(sentence)
        for sentence in facts["sentences"]
    )
    broken = {IDS[0]: quorum_with(keys_of(0, 0), 2, IDS[0])}  # its own threshold cannot be reached
    power = power_of(QuorumFields("", (("Quorum", IDS[0]),), 1), broken)
    assert power is not None
    assert power.ids == (IDS[0],)


def test_the_threshold_is_the_persons_choice(emulator: Emulator) -> None:
    """500 random rows added and removed: the threshold changes by hand alone, and says when it is out of reach."""
    random, form = Random(5), quorum_form(emulator)
    members = form.members
    wanted = form.fields.threshold
    with form.quietly(look=False):
        for _ in range(500):
            act = random.random()
            if act < 0.4 and len(members.rows) < 9:
                members.add("User", random.choice(USERS))
            elif act < 0.7:
                members.remove(random.choice(members.rows))
            else:
                wanted = random.randint(1, len(members.rows))
                field = members.threshold if len(members.rows) <= 6 else members.threshold_number
                field.value = wanted
            assert form.fields.threshold == wanted
            told = {finding.rule for finding in form.problems}
            assert ("form.threshold" in told) is (wanted > len(members.rows))
            assert "privy.threshold" not in told
            assert len({row.fields["text"].description for row in members.rows}) == len(
                members.rows
            )
            shown = members.threshold_number if len(members.rows) > 6 else members.threshold
            assert shown.value == wanted


def test_threshold_options() -> None:
    """A card for each threshold, which says what may be lost."""
    assert [value for _, _, value in threshold_options(4)] == [1, 2, 3, 4]
    assert [said for _, said, _ in threshold_options(3)] == [
        "One alone; 2 may be lost.", "2 enough; 1 may be lost.", "All. None may be lost."
    ]  # fmt: skip


def test_seats_and_names() -> None:
    """Short names of every kind; what is no key yet has an empty seat, and a hostile name is only a name."""
    nested = {IDS[0]: quorum_with(keys_of(3, 4), 1, IDS[0], name="<i>Night")}
    members: Members = (
        *keys_of(0),
        ("User", USERS[0]),
        ("Quorum", IDS[0]),
        ("Quorum", IDS[1]),
        ("Key", "no key"),
        ("Key", ""),
    )
    fields = QuorumFields("", members, 2)
    seats = seats_of(fields, nested)
    assert [seat.state for seat in seats] == ["signs", "signs", "signs", "signs", "empty", "empty"]
    assert [seat.name for seat in seats] == [
        f"Key {spoken(KEYS[0].fingerprint)[:4]}", "User aaaa", "<i>Night", "Quorum wwww", "Member 5", "Member 6"
    ]  # fmt: skip
    assert called("Quorum", IDS[1], 1, {}) == "Quorum wwww"
    facts = meaning(fields, nested, draft=False)
    assert "<i>Night" not in render("meaning.html", **facts)
    assert named_as_owner(None).startswith("no owner")
    assert named_as_owner(quorum_with(keys_of(0, 1), None)) == f"quorum …{'q' * 6} (2 of 2)"


# ---- a change: only what differs ---------------------------------------------------------------------------------

BASE: Members = (*keys_of(0, 1), ("User", USERS[0]), ("Quorum", IDS[0]))
PEM = KEYS[0].public.to_pem().replace("\n", " ")
DIFFERENCES: list[tuple[str, Any, QuorumFields, dict[str, Any]]] = [
    ("nothing", quorum_with(BASE, 2, name="Ops"), QuorumFields("Ops", BASE, 2), {}),
    ("another order", quorum_with(BASE, 2), QuorumFields("", BASE[::-1], 2), {}),
    (
        "another spelling",
        quorum_with(keys_of(0, 1), 2),
        QuorumFields("", (("Key", PEM), *keys_of(1)), 2),
        {},
    ),
    ("its own spelling", quorum_with((("Key", PEM),), 1), QuorumFields("", keys_of(0), 1), {}),
    (
        "blanks around its name",
        quorum_with(keys_of(0), 1, name=" Ops "),
        QuorumFields("Ops", keys_of(0), 1),
        {},
    ),
    (
        "null threshold, nothing",
        quorum_with(keys_of(0, 1), None),
        QuorumFields("", keys_of(0, 1), 2),
        {},
    ),
    (
        "the threshold",
        quorum_with(BASE, 2),
        QuorumFields("", BASE, 3),
        {"authorization_threshold": 3},
    ),
    (
        "the name",
        quorum_with(BASE, 2, name="Ops"),
        QuorumFields("Opera", BASE, 2),
        {"display_name": "Opera"},
    ),
    (
        "no name any more",
        quorum_with(BASE, 2, name="Ops"),
        QuorumFields("", BASE, 2),
        {"display_name": ""},
    ),
    (
        "a key more",
        quorum_with(BASE, 2),
        QuorumFields("", (*BASE, *keys_of(2)), 2),
        {"public_keys": (PUBLIC[0], PUBLIC[1], PUBLIC[2]), "authorization_threshold": 2},
    ),
    (
        "null threshold, a key more",
        quorum_with(keys_of(0, 1), None),
        QuorumFields("", keys_of(0, 1, 2), 2),
        {"public_keys": tuple(PUBLIC[:3]), "authorization_threshold": 2},
    ),
    (
        "no users any more",
        quorum_with(BASE, 2),
        QuorumFields("", (BASE[0], BASE[1], BASE[3]), 2),
        {"user_ids": (), "authorization_threshold": 2},
    ),
    (
        "one of two twins less",
        quorum_with((*keys_of(0), ("Key", PEM)), 1),
        QuorumFields("", keys_of(0), 1),
        {"public_keys": (PUBLIC[0],), "authorization_threshold": 1},
    ),
    (
        "users for keys",
        quorum_with(keys_of(0), 1),
        QuorumFields("", (("User", USERS[1]),), 1),
        {"public_keys": (), "user_ids": (USERS[1],), "authorization_threshold": 1},
    ),
]


@pytest.mark.parametrize(
    ("quorum", "fields", "wanted"),
    [case[1:] for case in DIFFERENCES],
    ids=[case[0] for case in DIFFERENCES],
)
def test_only_what_differs(quorum: Any, fields: QuorumFields, wanted: dict[str, Any]) -> None:
    """Only what differs is sent: a list whole, the threshold with it; order and spelling are no difference."""
    request = changed(quorum, fields)
    said = {name: getattr(request, name) for name in request.__struct_fields__}
    assert {name: value for name, value in said.items() if value is not msgspec.UNSET} == wanted


def test_before_and_after_side_by_side() -> None:
    """Those that stay stand on both sides, once each; who goes and who comes is marked, twins included."""
    quorum = quorum_with((*keys_of(0, 1), ("Key", PEM)), 2, name="Ops")
    rows = before_and_after(
        quorum, QuorumFields("Ops", (*keys_of(0, 3), ("User", USERS[0])), 2), {}
    )
    states_of = [(old[0], new[0]) for old, new in rows]
    assert states_of == [
        ("", ""),
        ("", ""),
        ("", ""),
        ("gone", ""),
        ("gone", ""),
        ("", "new"),
        ("", "new"),
    ]
    assert rows[0][0][1] == "2 of 3 must sign"
    assert [new[1] for _, new in rows[5:]] == [f"Key {spoken(KEYS[3].fingerprint)}", "User aaaa"]
    same = before_and_after(quorum, fields_of(quorum), {})
    assert all(old == new for old, new in same)


# ---- who signs -------------------------------------------------------------------------------------------------


def accepted(emulator: Emulator, quorum: Any, signers: Any) -> bool:
    """What the emulator says to a change with these signatures."""
    client = emulator.privy_client()
    call = privy.update_key_quorum(quorum.id, privy.UpdateKeyQuorumRequest(display_name="Another"))
    reply = emulator.answer(received(client, client.prepare(call), signers))
    emulator.privy.quorums[quorum.id] = quorum
    emulator.ledger.clear()
    assert reply.status in (200, 401), reply.body
    return reply.status == 200


@pytest.mark.parametrize("extra", ["accepted", "refused"])
def test_the_emulator_takes_exactly_these(extra: str) -> None:
    """400 quorums and keys at hand: what is chosen is enough, to the emulator too, and none of it could be left out."""
    random, emulator = Random(6), Emulator.seeded(choices={"privy.extra_signatures": extra})
    emulator.explains = False
    nested = {
        IDS[0]: planted(emulator, keys_of(0, 6), 1, IDS[0]),
        IDS[1]: planted(emulator, keys_of(6, 7), None, IDS[1]),
        IDS[2]: planted(emulator, (*keys_of(1), ("User", USERS[0])), 1, IDS[2]),
    }
    verdicts = {True: 0, False: 0}
    for _ in range(400):
        members = tuple(
            dict.fromkeys(member for member in any_members(random, nested) if member[1])
        ) or keys_of(0)
        quorum = planted(emulator, members, random.choice([None, random.randint(1, len(members))]))
        held = random.sample(KEYS[:8], random.randint(0, 8))
        signing = signing_of(quorum, nested, held)
        assert set(signing.chosen) <= set(held)
        verdicts[signing.enough] += 1
        if signing.enough:
            assert accepted(emulator, quorum, signing.chosen), (quorum, signing.chosen)
            for left_out in signing.chosen:
                assert not accepted(
                    emulator, quorum, [key for key in signing.chosen if key != left_out]
                )
            assert len(signing.chosen) == quorum.required or quorum.key_quorum_ids
        elif signing.chosen:
            assert not accepted(emulator, quorum, signing.chosen), (quorum, signing.chosen)
    assert min(verdicts.values()) > 60


def test_who_signs_is_told() -> None:
    """Each member and what it does: here and signing, here and not needed, not here, a person, unknown."""
    nested = {IDS[0]: quorum_with(keys_of(3, 4), 1, IDS[0], name="Night")}
    quorum = quorum_with(
        (*keys_of(0, 1, 2), ("User", USERS[0]), ("Quorum", IDS[0]), ("Quorum", IDS[1])), 2
    )
    signing = signing_of(quorum, nested, [KEYS[0], KEYS[1], KEYS[4]])
    assert (signing.enough, signing.need) == (True, 2)
    assert signing.chosen == (
        KEYS[0],
        KEYS[1],
    )  # members themselves first, then those in nested quorums
    assert [what for _, _, what in signing.rows] == [
        "its key is here; it signs when you send",
        "its key is here; it signs when you send",
        "its key is not here",
        "users cannot sign with this toolkit",
        "one yes: any 1 of its 2 members",
        "its key is not here",
        "its key is here, and not needed",
        "unknown members",
    ]
    assert signing.rows[5][1].startswith("Night › ")


def change_form(emulator: Emulator, quorum: Any, signers: Any = ()) -> Any:
    return privy.forms.update_key_quorum(emulator.privy_client(), quorum.id, signers=signers)


def test_too_few_keys(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Too few keys: blocked, said once, by the panel; a key from the field mends it, and shows nowhere."""
    quorum = planted(emulator, keys_of(0, 1, 2), 2)
    form = change_form(emulator, quorum, [KEYS[0]])
    form.members.display_name.value = "Ops"
    (problem,) = form.problems
    assert problem.rule == "form.signers"
    assert "1 of 2" in problem.sentence
    assert plain(screen(form)).count(problem.sentence) == 1
    with pytest.raises(RequestRefused):
        form.submit()
    stranger = f"{9:064x}"
    form.signers.field.field.value = stranger
    assert "no member, so it does not sign" in screen(form)
    assert [problem.rule for problem in form.problems] == ["form.signers"]
    form.signers.field.field.value = "not a key"
    assert "no known spelling of a key" in screen(form)
    monkeypatch.setenv("A_SIGNER", f"{6:064x}")
    form.signers.field.field.value = "$A_SIGNER"
    assert form.problems == ()
    assert f"{6:064x}" not in states(form)
    assert form.submit().display_name == "Ops"
    assert len(form.signers.keys) == 3


def test_nobody_can_sign(emulator: Emulator) -> None:
    """A quorum whose threshold cannot be reached (one key stands twice): said, blocked, and no error on the screen."""
    quorum = planted(emulator, keys_of(0, 0), 2)
    form = change_form(emulator, quorum, KEYS[:2])
    assert "form.unreachable" in [problem.rule for problem in form.problems]
    assert form.cosigned.signing is None
    gone = privy.forms.delete_key_quorum(emulator.privy_client(), quorum.id, signers=KEYS[:2])
    assert "form.unreachable" in [problem.rule for problem in gone.problems]


# ---- a change, through the emulator -------------------------------------------------------------------------------


def comparable(fields: QuorumFields) -> tuple[str, int, list[tuple[str, str]]]:
    """What the fields say, whatever the order and spelling."""
    members = sorted(
        (name, member) for name, members in fields.lists().items() for member in members
    )
    return fields.display_name, fields.threshold, members


def test_a_change_makes_exactly_the_fields() -> None:
    """200 generated pairs through the emulator, signed by its members: afterwards the quorum is what the fields said."""
    random, emulator = Random(8), Emulator.seeded()
    emulator.explains = False
    nested = {
        each: planted(emulator, keys_of(6 + at, 7 + at), 1, each) for at, each in enumerate(IDS[:2])
    }
    counted = {"changed": 0, "same": 0, "null before": 0}
    for number in range(200):
        before, after = (
            tuple(dict.fromkeys(member for member in any_members(random, nested) if member[1]))
            or keys_of(0)
            for _ in range(2)
        )
        threshold = random.choice([None, random.randint(1, len(before))])
        quorum = planted(
            emulator, before, threshold, f"{number:024d}", random.choice([None, "Ops"])
        )
        if not signing_of(quorum, nested, KEYS).enough:
            continue
        form = change_form(emulator, quorum, KEYS)
        assert [problem.rule for problem in form.problems] == ["privy.no-change"]
        wanted = QuorumFields(
            random.choice(["", "Ops", "Änderung"]), after, random.randint(1, len(after))
        )
        form.fill(wanted)
        assert form.fields == wanted
        if comparable(wanted) == comparable(fields_of(quorum)):
            assert [problem.rule for problem in form.problems] == ["privy.no-change"]
            counted["same"] += 1
            continue
        made = form.submit()
        assert comparable(fields_of(emulator.privy.quorums[quorum.id])) == comparable(wanted)
        assert comparable(fields_of(made)) == comparable(wanted)
        assert form.quorum == made
        assert form.submit() is made  # again, with nothing changed since: nothing is sent
        assert [entry.verdict for entry in emulator.ledger if entry.method == "PATCH"] == [
            "accepted"
        ]
        emulator.ledger.clear()
        counted["changed"] += 1
        counted["null before"] += threshold is None
    assert counted["changed"] > 80
    assert counted["null before"] > 20


def test_after_a_change_the_new_members_sign(emulator: Emulator) -> None:
    """Once it is changed the panel asks the members as they are by then; a second press sends nothing."""
    quorum = planted(emulator, keys_of(0, 1), 2)
    form = change_form(emulator, quorum, KEYS[:2])
    form.fill(QuorumFields("", keys_of(2, 3), 1))
    form.send_button.click()
    assert "Quorum changed" in form.status.value
    form.send_button.click()
    assert "sent already" in form.status.value
    assert "Nothing has been sent" not in form.status.value
    assert changes(emulator) == ["update_key_quorum"]
    form.members.display_name.value = "Ops"
    assert [problem.rule for problem in form.problems] == ["form.signers"]
    assert "its key is not here" in screen(form.signers.view)
    form.signers.field.field.value = f"{7:064x}"
    assert form.problems == ()
    assert form.submit().display_name == "Ops"
    form.members.display_name.value = ""
    assert form.submit().display_name == ""
    assert len(changes(emulator)) == 3


def test_not_a_member_of_itself(emulator: Emulator) -> None:
    """A quorum cannot be its own member: blocked beside that row."""
    quorum = planted(emulator, keys_of(0), 1)
    form = change_form(emulator, quorum, KEYS[:1])
    form.members.add("Quorum", quorum.id)
    assert "form.itself" in [problem.rule for problem in form.problems]
    assert "cannot be a member of itself" in form.members.rows[1].under.value
    with pytest.raises(NotFound):
        privy.forms.update_key_quorum(emulator.privy_client(), IDS[4])


def test_a_doubt_about_another_quorum_is_not_taken_for_this_one(emulator: Emulator) -> None:
    """An earlier run left a change of another quorum in doubt: this form never becomes a form of that one."""
    one, other = planted(emulator, keys_of(0), 1, IDS[0]), planted(emulator, keys_of(1), 1, IDS[1])
    emulator.inject(Fault("status-after", operation="update_key_quorum", status=504, unsigned=True),
                    *[Fault("status-before", operation="get_key_quorum", status=503) for _ in range(40)])  # fmt: skip
    call = privy.update_key_quorum(other.id, privy.UpdateKeyQuorumRequest(display_name="Theirs"))
    assert emulator.privy_client(window_s=0).exchange(call, signers=[KEYS[1]]).outcome == "unknown"
    emulator.inject()
    form = change_form(emulator, one, KEYS[:2])
    assert form.doubts.children == ()
    theirs = change_form(emulator, other, KEYS[:2])
    (card,) = theirs.doubts.children
    card.look.click()
    assert theirs.result.display_name == "Theirs"
    assert theirs.quorum.id == other.id
    assert form.quorum.id == one.id
    gone = privy.forms.delete_key_quorum(emulator.privy_client(), one.id)
    assert gone.doubts.children == ()


def test_nested_members_sign_a_change(emulator: Emulator) -> None:
    """Through a nested quorum: its members' signatures count as one yes, and the change goes through."""
    planted(emulator, keys_of(3, 4), 2, IDS[0], name="Night")
    quorum = planted(emulator, (*keys_of(0), ("Quorum", IDS[0])), 2)
    form = change_form(emulator, quorum, [KEYS[0], KEYS[3]])
    form.members.display_name.value = "Ops"
    assert [problem.rule for problem in form.problems] == ["form.signers"]
    form.signers.field.field.value = f"{9:064x}"
    assert form.submit().display_name == "Ops"


def test_a_nested_quorum_that_cannot_be_read(emulator: Emulator) -> None:
    """Its members are then unknown, which the panel says; they are not counted on."""
    planted(emulator, keys_of(3), 1, IDS[0])
    quorum = planted(emulator, (*keys_of(0), ("Quorum", IDS[0])), 2)
    del emulator.privy.quorums[IDS[0]]
    form = change_form(emulator, quorum, [KEYS[0], KEYS[3]])
    form.members.display_name.value = "Ops"
    assert "A nested quorum could not be read" in plain(screen(form.signers.view))
    assert "unknown members" in screen(form.signers.view)
    assert "form.signers" in [problem.rule for problem in form.problems]


# ---- deleting -------------------------------------------------------------------------------------------------------


def test_deleting(emulator: Emulator) -> None:
    """Its current members sign; only a tick makes it possible; a second press joins."""
    quorum = planted(emulator, keys_of(0, 1), 2)
    form = privy.forms.delete_key_quorum(emulator.privy_client(), quorum.id, signers=KEYS[:2])
    assert [problem.rule for problem in form.problems] == ["form.sure"]
    form.send_button.click()
    assert changes(emulator) == []
    form.sure.value = True
    form.send_button.click()
    form.send_button.click()
    assert quorum.id not in emulator.privy.quorums
    assert changes(emulator) == ["delete_key_quorum"]
    assert "Key quorum deleted" in form.after.card.value


def test_what_it_owns_must_be_known(emulator: Emulator) -> None:
    """A quorum that owns a wallet warns; so does one of which it is not known what it owns."""
    owner = next(wallet for wallet in emulator.privy.wallets.values() if wallet.owner_id)
    form = privy.forms.delete_key_quorum(emulator.privy_client(), owner.owner_id)
    assert "privy.owns-wallets" in [problem.rule for problem in form.problems]
    assert f"It owns {owner.display_name}" in plain(screen(form))
    quorum = planted(emulator, keys_of(0), 1)
    emulator.inject(
        *[Fault("status-before", operation="list_wallets", status=503) for _ in range(3)]
    )
    unread = privy.forms.delete_key_quorum(emulator.privy_client(), quorum.id, signers=KEYS[:1])
    unread.sure.value = True
    assert [problem.rule for problem in unread.problems] == ["privy.wallets-unread"]
    assert "The wallets could not be read" in plain(screen(unread))
    unread.prepare_again()  # which reads again what could not be read
    assert unread.problems == ()
    assert unread.submit().success


def test_before_its_wallets_are_read(emulator: Emulator) -> None:
    """While they are still being read, nobody deletes in ignorance: a warning, until the answer is there."""

    async def main() -> None:
        quorum, may_answer = planted(emulator, keys_of(0), 1), asyncio.Event()
        loop, answer = asyncio.get_running_loop(), emulator.answer

        def held(request: Any) -> Any:
            if request.target.startswith("/v1/wallets"):
                asyncio.run_coroutine_threadsafe(may_answer.wait(), loop).result(10)
            return answer(request)

        emulator.answer = held  # type: ignore[method-assign]
        form = privy.forms.delete_key_quorum(emulator.privy_client(), quorum.id, signers=KEYS[:1])
        form.sure.value = True
        assert [problem.rule for problem in form.problems] == ["privy.wallets-unread"]
        may_answer.set()
        await until(lambda: form.problems == ())

    asyncio.run(main())


# ---- wallets ----------------------------------------------------------------------------------------------------------


def test_a_new_wallet(emulator: Emulator) -> None:
    """Made with the quorum as its owner; a doubt about another quorum's wallet is not told here."""
    quorum, other = (
        planted(emulator, keys_of(0, 1), 2, IDS[0]),
        planted(emulator, keys_of(2), 1, IDS[1]),
    )
    away = Fault("status-before", operation="create_wallet", status=504, unsigned=True, times=9)
    emulator.inject(away)  # for as long as it is asked again
    lost = privy.forms.create_wallet(emulator.privy_client(window_s=0), other)
    lost.send_button.click()
    assert len(lost.doubts.children) == 1
    emulator.inject()
    form = privy.forms.create_wallet(emulator.privy_client(), quorum)
    assert form.doubts.children == ()
    form.display_name.value, form.chain_type.value = " Hot ", "solana"
    form.external_id.value, form.policy_id.value = "hot 1", "short"
    assert {problem.path for problem in form.problems} == {("external_id",), ("policy_ids", 0)}
    form.external_id.value, form.policy_id.value = "hot-1", "p" * 24
    made = form.submit()
    assert (made.owner_id, made.display_name, made.chain_type) == (quorum.id, "Hot", "solana")
    assert (made.external_id, made.policy_ids) == ("hot-1", ["p" * 24])
    assert "owns it now" in form.after.card.value
    form.display_name.value = "x" * 101
    assert "privy.display-name" in [problem.rule for problem in form.problems]


def owner_form(emulator: Emulator, owner: Any, wallet: Any, signers: Any = ()) -> Any:
    return privy.forms.update_wallet(
        emulator.privy_client(), owner, wallet_id=wallet.id, signers=signers
    )


def wallet_of(emulator: Emulator, owner_id: str | None, number: int = 0) -> Any:
    wallet = privy.Wallet(
        id=f"wallet{number}", address="0x0", chain_type="ethereum", created_at=1, owner_id=owner_id
    )
    emulator.privy.wallets[wallet.id] = wallet
    return wallet


def test_another_owner(emulator: Emulator) -> None:
    """The owner as it is now signs, nested ones too; without an owner nobody does; owned already is said."""
    planted(emulator, keys_of(3), 1, IDS[2])
    now = planted(emulator, (*keys_of(0), ("Quorum", IDS[2])), 2, IDS[0])
    owner = planted(emulator, keys_of(5), 1, IDS[1])
    form = owner_form(emulator, owner, wallet_of(emulator, now.id), [KEYS[0]])
    assert [problem.rule for problem in form.problems] == ["form.signers"]
    form.signers.field.field.value = f"{8:064x}"
    assert form.problems == ()
    assert form.submit().owner_id == owner.id
    again = owner_form(emulator, owner, emulator.privy.wallets["wallet0"])
    assert "form.owned" in [problem.rule for problem in again.problems]
    free = owner_form(emulator, owner, wallet_of(emulator, None, 1))
    assert "Nobody has to sign" in screen(free)
    assert free.submit().owner_id == owner.id
    nowhere = privy.forms.update_wallet(emulator.privy_client(), owner, wallet_id="no such wallet")
    assert nowhere.wallet.value is None
    assert "form.no-wallet" in [problem.rule for problem in nowhere.problems]


@pytest.mark.parametrize("trouble", ["gone", "unread", "unreachable"])
def test_an_owner_that_cannot_sign(emulator: Emulator, trouble: str) -> None:
    """An owner that is gone, cannot be read or can never sign: a sentence that blocks, never an error on the screen."""
    members, threshold = (keys_of(0, 0), 2) if trouble == "unreachable" else (keys_of(0), 1)
    now = planted(emulator, members, threshold, IDS[0])
    owner = planted(emulator, keys_of(5), 1, IDS[1])
    wallet = wallet_of(emulator, now.id)
    if trouble == "gone":
        del emulator.privy.quorums[now.id]
    if trouble == "unread":
        emulator.inject(
            *[Fault("status-before", operation="get_key_quorum", status=503) for _ in range(3)]
        )
    form = owner_form(emulator, owner, wallet, KEYS[:1])
    rules = [problem.rule for problem in form.problems]
    assert rules == ["form.unreachable" if trouble == "unreachable" else "form.owner-unread"]
    assert ("could not be read" in screen(form)) is (trouble != "unreachable")
    assert "Nobody has to sign" not in screen(form)
    with pytest.raises(RequestRefused):
        form.submit()
    if trouble == "unread":  # chosen again, it is read again
        form.wallet.value = None
        form.wallet.value = wallet.id
        assert form.submit().owner_id == owner.id


def test_the_next_step_after_a_quorum(emulator: Emulator) -> None:
    """After a quorum was made, a wallet: not now, a new one, or one that is there; each opens its form."""
    form = quorum_form(emulator, *PUBLIC[:2])
    form.submit()
    (steps,) = form.next_steps.children
    assert steps.form is None
    steps.choice.value = "new"
    assert steps.form.submit().owner_id == form.result.id
    steps.choice.value = "there"
    assert steps.form.owner.id == form.result.id
    steps.choice.value = ""
    assert steps.form is None


def test_how_a_request_is_spelled(emulator: Emulator) -> None:
    """Two steps, the whole message in the first, no signature in the second; the secret's header is always hidden."""
    quorum = planted(emulator, keys_of(0), 1)
    form = change_form(emulator, quorum, KEYS[:1])
    form.members.display_name.value = "Ops"
    text, signature = SPELLING.steps(form.prepared)
    assert text.text == form.prepared.message
    assert "none is ever shown" in signature.text
    assert SPELLING.hidden(form.prepared) == ("Authorization", "privy-authorization-signature")
    assert SPELLING.hidden(quorum_form(emulator, *PUBLIC[:2]).prepared) == ("Authorization",)


def test_off_the_loop(emulator: Emulator) -> None:
    """A change is signed with the keys of its press: a key that comes meanwhile changes nothing."""

    async def main() -> None:
        quorum = planted(emulator, keys_of(0, 1), 1)
        form = change_form(emulator, quorum, KEYS[:1])
        form.members.display_name.value = "Ops"
        with holding(emulator) as (arrived, may_answer):
            form.send_button.click()
            await until(arrived.is_set)
            form.members.display_name.value = "Opera"
            form.signers.field.field.value = f"{6:064x}"
            may_answer.set()
            await until(lambda: form.exchange)
        assert form.result.display_name == "Ops"
        assert "Ops" in form.after.card.value
        assert (
            "Opera" in form.before_and_after.value
        )  # the next change, against the quorum as it is by now
        assert last_change(emulator).operation == "update_key_quorum"

    asyncio.run(main())


# ---- 5,000 states: the form and the emulator agree -----------------------------------------------------------------------

# The emulator's choice about what each inferred rule warns of; None: a rule of our own, about which nobody else cares;
# "always": what the emulator refuses without a choice.
CHOICES: dict[str, Any] = {
    "privy.key-twice": ("privy.member_twice", "refused"),
    "privy.member-twice": ("privy.member_twice", "refused"),
    "privy.user-id": ("privy.user_ids", "did-privy"),
    "privy.hidden-characters": None,
    "privy.quorum-unknown": "always",
    "privy.quorum-id-shape": "always",
}
DOCUMENTED = {
    "privy.public-key", "privy.display-name", "privy.nested", "privy.nested-depth", "privy.threshold", "privy.no-members"
}  # fmt: skip
FORMS_OWN = {"form.empty-member", "form.private-key", "form.incomplete"}
BAD_KEYS = [
    "hello", PUBLIC[0][:-8], PUBLIC[0] + "AAAA", KEYS[0].public.to_hex()[:-2],
    Ed25519Key.from_hex("07" * 32).public.to_base64(), Secp256k1Key.from_hex("07" * 32).public.to_base64(),
]  # fmt: skip


def any_state(random: Random, nested: list[str], deep: str) -> QuorumFields:
    odd = random.random() < 0.75
    good = [
        *keys_of(*range(8)),
        *(("User", user) for user in USERS),
        *(("Quorum", each) for each in nested),
    ]
    if not odd:
        members = tuple(random.sample(good, random.randint(1, 6)))
        return QuorumFields(
            random.choice(["", "Ops", "Änderung"]), members, random.randint(1, len(members))
        )
    strange = [
        ("Key", random.choice(BAD_KEYS)), ("Key", ""), ("User", ""), ("User", "alice@example.com"), ("User", USERS[0]),
        ("Key", random.choice(list(spellings(KEYS[0]).values()))), ("Key", random.choice(list(PRIVATE.values()))),
        ("Quorum", "abc"), ("Quorum", IDS[4]), ("Quorum", deep), ("Quorum", nested[0]),
    ]  # fmt: skip
    members = tuple(
        random.choice(strange if random.random() < 0.2 else good)
        for _ in range(random.randint(1, 7))
    )
    if random.random() < 0.05:
        members = (*members[:1], *(("Quorum", each) for each in nested[:6]))
    names = ["", "Ops", "x" * 50, "x" * 51, "Op\u202es", "\ud800"]
    name = random.choice(names) if random.random() < 0.3 else "Ops"
    return QuorumFields(name, members, random.randint(1, len(members)))


def typed(form: Any, fields: QuorumFields) -> None:
    """As .fill(), into the rows that are there already, as long as they are as many: that is faster."""
    rows = form.members.rows
    if len(rows) != len(fields.members):
        form.fill(fields)
        return
    for row, (kind, text) in zip(rows, fields.members, strict=True):
        row.fields["kind"].value, row.fields["text"].value = kind, text
    form.members.display_name.value = fields.display_name
    form.members.threshold.value = None
    (
        form.members.threshold if len(rows) <= 6 else form.members.threshold_number
    ).value = fields.threshold


def test_5000_states_of_the_quorum_form() -> None:
    """Sendable exactly when nothing unacknowledged remains; and the emulator, which knows no rule of ours, agrees."""
    random, emulator = Random(20_260_102), Emulator.seeded()
    emulator.explains = False
    nested = [
        planted(emulator, keys_of(8 + at % 4), 1, letter * 24).id
        for at, letter in enumerate("efghij")
    ]
    deep = planted(emulator, (*keys_of(0), ("Quorum", nested[0])), 1, "k" * 24).id
    client = emulator.privy_client()
    form = privy.forms.create_key_quorum(client)
    for each in (*nested, deep, IDS[4]):  # read once, as on the screen
        form.fill(QuorumFields("", (("Quorum", each),), 1))
    switched = switched_in(emulator)
    seen: dict[str, int] = {}
    outcomes = {200: 0, 400: 0}
    drawn = [any_state(random, nested, deep) for _ in range(500)]
    # in an order in which few widgets have to be made anew
    quiet = sorted(
        (any_state(random, nested, deep) for _ in range(4_500)),
        key=lambda fields: len(fields.members),
    )
    for number, fields in enumerate([*drawn, *quiet]):
        ticked = random.random() < 0.3
        if number < 500:  # through the widgets, drawn and all
            form.fill(fields)
            form.accept.value = ticked
        else:
            with form.quietly(look=False):
                typed(form, fields)
                form.accept.value = ticked
        problems = form.problems
        blocked = any(problem.blocks or not form.accept.value for problem in problems)
        assert bool(form.blocking) is blocked, fields
        if number < 500:
            assert ("Ready" in form.status.value) is not blocked
        call = form.spec.call()
        rules = {problem.rule: problem.blocks for problem in (*problems, *client.problems(call))}
        for rule in rules:
            seen[rule] = seen.get(rule, 0) + 1
        if "form.incomplete" in rules:  # it cannot even be written
            with pytest.raises(InputError):
                client.prepare(call)
            continue
        assert {rule for rule, blocks in rules.items() if blocks} <= DOCUMENTED | FORMS_OWN
        switched["privy.member_twice"] = random.choice(["refused", "accepted"])
        switched["privy.user_ids"] = random.choice(["any", "did-privy"])
        refused = False
        for rule in rules.keys() - FORMS_OWN:
            choice = "always" if rule in DOCUMENTED else CHOICES[rule]
            refused |= choice == "always" or (
                choice is not None and switched[choice[0]] == choice[1]
            )
        reply = emulator.answer(received(client, client.prepare(call)))
        wanted = 400 if refused else 200
        assert reply.status == wanted, (fields, rules, dict(emulator.choices), reply.body)
        outcomes[wanted] += 1
        if wanted == 200:
            del emulator.privy.quorums[emulator.ledger[-1].made]
        emulator.ledger.clear()
    assert set(seen) == {*CHOICES, *DOCUMENTED, *FORMS_OWN}
    assert min(seen.values()) > 20, seen
    assert min(outcomes.values()) > 1_000


# ---- what is shown is what is sent ------------------------------------------------------------------------------------


def test_a_change_learned_from_its_answer(emulator: Emulator) -> None:
    """Fields edited while a change is under way: the next press first shows what it would send, and then sends that."""

    async def main() -> None:
        quorum = planted(emulator, keys_of(0, 1), 2)
        form = privy.forms.update_key_quorum(emulator.privy_client(), quorum.id, signers=KEYS[:2])
        form.members.threshold.value = 1
        form.send_button.click()
        form.members.threshold.value = 2
        form.members.display_name.value = "y"
        await until(lambda: form.exchange)
        assert form.quorum.authorization_threshold == 1
        assert form.prepared.call == form.spec.call()
        form.send_button.click()
        await until(lambda: emulator.privy.quorums[quorum.id].display_name == "y")
        assert emulator.privy.quorums[quorum.id].authorization_threshold == 2

    asyncio.run(main())


def test_never_old_bytes_behind_new_fields(emulator: Emulator) -> None:
    """Fields that changed unseen are prepared and shown before a press sends them; submit() says so."""
    app = emulator.privy_client()
    form = privy.forms.create_key_quorum(app)
    form.fill(QuorumFields("old", tuple(keys_of(0, 1)), 2))
    with form.quietly(look=False):
        form.members.display_name.value = "new"
    form.press()
    assert form.exchange is None
    assert "look, then press once more" in form.status.value
    form.press()
    assert form.result.display_name == "new"
    with form.quietly(look=False):
        form.members.display_name.value = "newer"
    assert form.submit().display_name == "newer"
    assert "Prepared again right before" in form.status.value


def test_submit_sends_its_own(emulator: Emulator) -> None:
    """submit() while another request of the form is under way waits for it, and then sends what the fields say."""

    async def main() -> None:
        form = privy.forms.create_key_quorum(emulator.privy_client())
        form.fill(QuorumFields("A", tuple(keys_of(0, 1)), 2))
        form.send_button.click()
        form.members.display_name.value = "B"
        assert form.submit().display_name == "B"
        names = {quorum.display_name for quorum in emulator.privy.quorums.values()}
        assert {"A", "B"} <= names

    asyncio.run(main())


def test_owners_have_fingerprints_of_their_own(emulator: Emulator) -> None:
    """Two wallets, two fingerprints; unsigned, the digits are those of the address and the body, the same each time."""
    app = emulator.privy_client()
    quorum = app.send(privy.get_key_quorum(planted(emulator, keys_of(0), 1).id))
    wallets = [
        app.send(privy.create_wallet(privy.CreateWalletRequest(chain_type="ethereum")))
        for _ in range(2)
    ]
    shown = [
        privy.forms.update_wallet(app, quorum.id, wallet_id=wallet.id).preview.fingerprint.value
        for wallet in wallets
    ]
    assert shown[0] != shown[1]
    again = privy.forms.update_wallet(
        app, quorum, wallet_id=wallets[0].id
    ).preview.fingerprint.value
    assert shown[0] == again


def test_a_refusal_leaves_what_was_made(emulator: Emulator) -> None:
    """A second quorum is refused: the card of the first, and its next step, stay in sight."""
    form = privy.forms.create_key_quorum(emulator.privy_client())
    form.fill(QuorumFields("first", tuple(keys_of(0, 1)), 2))
    form.submit()
    steps = form.next_steps.children
    form.members.display_name.value = "second"
    emulator.inject(Fault("status-before", operation="create_key_quorum", status=400))
    form.press()
    assert "Refused. Nothing was made." in form.refusal.value
    assert "Key quorum made: first" in plain(form.after.card.value)
    assert form.next_steps.children == steps


def test_the_next_step_says_its_trouble(emulator: Emulator) -> None:
    """Wallets that cannot be read are a sentence, and the choice can be made again; a form that was open is kept."""
    form = privy.forms.create_key_quorum(emulator.privy_client())
    form.fill(QuorumFields("Ops", tuple(keys_of(0, 1)), 2))
    form.submit()
    (steps,) = form.next_steps.children
    emulator.inject(
        *[Fault("status-before", operation="list_wallets", status=503) for _ in range(3)]
    )
    steps.choice.value = "there"
    assert "could not be read" in screen(steps)
    steps.choice.value = "new"
    first = steps.form
    steps.choice.value = "there"
    assert steps.form.title == "Make it the owner of a wallet"
    steps.choice.value = "new"
    assert steps.form is first


WRONG: list[tuple[str, Any, str]] = [
    ("a Cobo client", lambda e: privy.forms.create_key_quorum(e.cobo_client()), "client must be a privy.Client, not cobo.Client"),
    ("a Privy client", lambda e: cobo.forms.api_key_info(e.privy_client()), "client must be a cobo.Client, not privy.Client"),
    ("one key", lambda e: privy.forms.update_key_quorum(e.privy_client(), next(iter(e.privy.quorums)), signers=KEYS[0]), "list of keys"),
    ("texts", lambda e: privy.forms.update_key_quorum(e.privy_client(), next(iter(e.privy.quorums)), signers=["x"]), r"signers\[0\]"),
    ("no quorum", lambda e: privy.forms.update_key_quorum(e.privy_client(), None), "quorum must be text"),
    ("no owner", lambda e: privy.forms.create_wallet(e.privy_client(), None), "owner must be text"),
    ("one node", lambda e: cobo.forms.create_key_share_holder_group(e.cobo_client(), nodes="abc"), "nodes must be a list"),
    ("no group", lambda e: cobo.forms.create_tss_request(e.cobo_client(), e.vault_id, None), "group must be"),
    ("9 of 2", lambda e: privy.forms.create_key_quorum(e.privy_client()).fill(QuorumFields("", tuple(keys_of(0, 1)), 9)), "does not fit"),
    ("a kind", lambda e: privy.forms.create_key_quorum(e.privy_client()).fill(QuorumFields("", (("Kez", ""),), 1)), "no kind of member"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("make", "said"), [case[1:] for case in WRONG], ids=[case[0] for case in WRONG]
)
def test_wrong_arguments(emulator: Emulator, make: Any, said: str) -> None:
    """What cannot be used is refused by name where it enters."""
    with pytest.raises(InputError, match=said):
        make(emulator)


@pytest.mark.parametrize("size", [10, 100])
def test_only_what_changed_is_drawn_again(
    size: int, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key that is pasted draws its own row again, of ten times as many rows no more; and nothing is asked row by row of every other."""
    texts = [P256Key.from_hex(f"{at + 1:064x}").public.to_base64() for at in range(size + 1)]
    form = privy.forms.create_key_quorum(emulator.privy_client())
    form.fill(QuorumFields("name", tuple(("Key", text) for text in texts[:size]), 2))
    drawn, listed = [], []
    show, fields = MemberRow.show, MemberRows.fields.fget
    monkeypatch.setattr(
        MemberRow,
        "show",
        lambda row, *given, **named: (drawn.append(row), show(row, *given, **named))[1],
    )
    monkeypatch.setattr(
        MemberRows, "fields", property(lambda members: (listed.append(1), fields(members))[1])
    )
    form.members.rows[3].fields["text"].value = texts[size]
    assert drawn == [form.members.rows[3]]
    assert len(listed) < 10
    form.members.rows[3].fields["text"].value = texts[0]  # now two rows say what they have to say
    assert "Same as member 1" in form.members.rows[3].under.value
    form.members.rows[3].fields["text"].value = texts[3]
    assert "Same as" not in form.members.rows[3].under.value
    assert f"Member {size}" in form.preview.pages["Request"].value


def test_a_row_says_what_changed_elsewhere(emulator: Emulator) -> None:
    """What stands below a row follows what is learnt of it later: a nested quorum that was read, a key that was made here."""
    app = emulator.privy_client()
    inner = app.send(
        privy.create_key_quorum(
            privy.CreateKeyQuorumRequest(user_ids=["did:privy:x"], display_name="Inner one")
        )
    )

    async def look() -> None:
        form = privy.forms.create_key_quorum(app)
        form.fill(QuorumFields("name", (("Quorum", inner.id), ("User", "did:privy:y")), 2))
        await until(lambda: "Inner one" in form.members.rows[0].under.value)
        path = form.members.make_key()
        assert str(path) in unescape(form.members.rows[-1].under.value)

    asyncio.run(look())


def test_enough_alone_by_asking_everybody() -> None:
    """Who can sign alone is whoever the mathematics says, asked of each, nested quorums included."""
    random = Random(5)
    for _ in range(2_000):
        ids = [f"id {at}" for at in range(5)]
        inner = [
            Quorum(random.randint(1, size), random.sample(ids, size))
            for size in (random.randint(1, 3) for _ in range(random.randint(0, 3)))
        ]
        members = [*random.sample(ids, random.randint(1, 4)), *inner]
        power = Quorum(random.randint(1, len(members)), members)
        assert _enough_alone(power) == [each for each in power.ids if power.can_sign({each})]

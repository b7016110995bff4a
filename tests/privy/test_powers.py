"""Who can sign for a Privy key quorum."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from toolkit import Emulator, frames, privy
from toolkit.errors import InputError
from toolkit.keys import P256Key
from toolkit.privy.members import fields_of, who_can_sign
from toolkit.privy.models import AuthorizationKey
from toolkit.quorum import DEPTH, Quorum

KEYS = [P256Key.from_hex(f"{at:064x}").public for at in (1, 2, 3)]
A, B, C = (key.to_base64() for key in KEYS)
FA, FB, FC = (key.fingerprint for key in KEYS)
USER = "did:privy:alice"


def answered(
    quorum_id: str, k: Any, *keys: str, users: Any = None, nested: Any = None
) -> privy.KeyQuorum:
    return privy.KeyQuorum(
        id=quorum_id,
        authorization_keys=[AuthorizationKey(key) for key in keys],
        authorization_threshold=k,
        user_ids=users,
        key_quorum_ids=nested,
    )


def asked(k: int | None = None, **members: Any) -> privy.CreateKeyQuorumRequest:
    return privy.CreateKeyQuorumRequest(authorization_threshold=k, **members)


OPS = answered("ops", 1, A, B)
PEM = KEYS[0].to_pem()

# name, the quorum, nested ones, what it is
CASES: list[tuple[str, Any, list[privy.KeyQuorum], Quorum]] = [
    ("2 of 3 keys", answered("q", 2, A, B, C), [], Quorum(2, [FA, FB, FC])),
    ("no threshold: all", answered("q", None, A, B), [], Quorum(2, [FA, FB])),
    ("2.0 is 2", answered("q", 2.0, A, B), [], Quorum(2, [FA, FB])),
    ("keys and a user", answered("q", 1, A, users=[USER]), [], Quorum(1, [FA, USER])),
    ("only a user", answered("q", None, users=[USER], nested=[]), [], Quorum(1, [USER])),
    (
        "nested, given",
        answered("q", 2, A, nested=["ops"]),
        [OPS],
        Quorum(2, [FA, Quorum(1, [FA, FB])]),
    ),
    ("nested, not given", answered("q", 2, A, nested=["ops"]), [], Quorum(2, [FA, "ops"])),
    (
        "one of two given",
        answered("q", 1, nested=["ops", "dev"]),
        [OPS],
        Quorum(1, [Quorum(1, [FA, FB]), "dev"]),
    ),
    ("more given than needed", answered("q", 1, C), [OPS, OPS], Quorum(1, [FC])),
    ("asked for", asked(1, public_keys=[A, B]), [], Quorum(1, [FA, FB])),
    (
        "asked for, no threshold: all",
        asked(public_keys=[A], user_ids=[USER]),
        [],
        Quorum(2, [FA, USER]),
    ),
    (
        "asked for, nested",
        asked(1, key_quorum_ids=["ops"]),
        [OPS],
        Quorum(1, [Quorum(1, [FA, FB])]),
    ),
    ("one key in two spellings counts once", answered("q", 2, A, PEM, B), [], Quorum(2, [FA, FB])),
    ("no key at all keeps its text", answered("q", 1, "no key"), [], Quorum(1, ["no key"])),
    (
        "the same quorum twice counts once",
        answered("q", 1, nested=["ops", "ops"]),
        [OPS],
        Quorum(1, [Quorum(1, [FA, FB])]),
    ),
    (
        "a user who is called as a place",
        answered("q", 2, C, nested=["odd"]),
        [answered("odd", 1, A, users=["0"])],
        Quorum(2, [FC, Quorum(1, [FA, "0"])]),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=[case[0] for case in CASES])
def test_quorum_of(case: tuple[str, Any, list[privy.KeyQuorum], Quorum]) -> None:
    """Keys are told by fingerprint, users by id, and nested quorums are themselves where they are given."""
    _, quorum, nested, expected = case
    assert privy.quorum_of(quorum, nested) == expected
    assert privy.quorum_of(quorum, iter(nested)) == expected


def ring(size: int) -> list[privy.KeyQuorum]:
    """Each nested in the one before, and the last holds the first."""
    return [answered(f"q{at}", 1, nested=[f"q{(at + 1) % size}"]) for at in range(size)]


REFUSED: list[tuple[str, Any, Any, str]] = [
    (
        "more than there can be",
        answered("q", 10**9, A, B),
        [],
        "authorization_threshold of q: 1000000000 does not fit 1002 members",
    ),
    ("none", answered("q", 0, A, B), [], "authorization_threshold of q: 0 does not fit"),
    ("nobody", answered("q", None), [], "authorization_threshold of q: 0 does not fit 0"),
    ("a bool", answered("q", True, A), [], "authorization_threshold must be a whole number"),
    (
        "asked for",
        asked(2, public_keys=[A]),
        [],
        "authorization_threshold of this request: 2 does not fit 1",
    ),
    ("inside itself", answered("q", 1, nested=["q"]), [], "q stands inside itself"),
    ("in a ring", ring(3)[0], ring(3), "q0 stands inside itself"),
    ("in a ring, asked for", asked(1, key_quorum_ids=["q1"]), ring(3), "q1 stands inside itself"),
    ("a long chain", ring(3000)[0], ring(3000), f"more than {DEPTH} in one another"),
    (
        "two that differ",
        answered("q", 1, nested=["ops"]),
        [OPS, answered("ops", 2, A, B)],
        "ops stands there twice",
    ),
    ("ids as nested", answered("q", 1, A), ["ops"], r"nested\[0\] is str"),
    ("no quorum", "q", [], "quorum must be a key quorum"),
    (
        "an update",
        privy.UpdateKeyQuorumRequest(authorization_threshold=1),
        [],
        "quorum must be a key quorum",
    ),
]


@pytest.mark.parametrize("case", REFUSED, ids=[case[0] for case in REFUSED])
def test_refused(case: tuple[str, Any, Any, str]) -> None:
    """A quorum that cannot be is refused by name, with the quorum that is wrong."""
    _, quorum, nested, said = case
    with pytest.raises(InputError, match=said):
        privy.quorum_of(quorum, nested)


def test_many_times_nested() -> None:
    """Quorums that hold one another over and over are refused for their size; they are not walked one by one."""
    layers = [
        answered(f"{side}{at}", 1, nested=[f"q{at + 1}", f"r{at + 1}"])
        for at in range(40)
        for side in "qr"
    ]
    with pytest.raises(InputError, match="1,000,000 is the most"):
        privy.quorum_of(layers[0], layers)


def test_who_is_needed() -> None:
    """A key that is a member and sits in a nested quorum, too, may be the one that everything hangs on."""
    quorum = privy.quorum_of(answered("q", 2, A, nested=["ops"]), [OPS])
    assert quorum.signing_sets() == [{FA}]
    assert quorum.single_points() == {FA}


def test_quorums_of_the_demo_world(emulator: Emulator) -> None:
    """Every quorum that the emulator holds can be read, with all of them at hand."""
    quorums = list(emulator.privy.quorums.values())
    read = [privy.quorum_of(quorum, quorums) for quorum in quorums]
    assert len(read) > 1
    assert all(
        each.can_sign(each.ids) and each.threshold == quorum.required
        for each, quorum in zip(read, quorums, strict=True)
    )


# ---- members that the API does not show -------------------------------------------------------------


def test_members_that_are_not_shown() -> None:
    """More must sign than are named: the others are there, each by a text of its own, and it is no error."""
    quorum = answered("q", 3, A)
    assert (quorum.shown_members, quorum.not_shown, quorum.size, quorum.required) == (1, 2, 3, 3)
    power = privy.quorum_of(quorum)
    assert (power.threshold, len(power.members), power.members[0]) == (3, 3, FA)
    assert all("that the API does not show" in str(member) for member in power.members[1:])
    assert not power.can_sign([FA])
    nobody = privy.quorum_of(answered("team", 2))
    assert (nobody.threshold, len(nobody.ids)) == (2, 2)
    outer = privy.quorum_of(answered("q", 2, A, nested=["n"]), [answered("n", 2, B)])
    assert not outer.can_sign([FA, FB])


def test_enough_are_shown() -> None:
    """Where the threshold does not tell of others, nobody is made up."""
    for quorum in (OPS, answered("q", None), answered("q", None, A), answered("q", 0, A)):
        assert quorum.not_shown == 0


def test_not_shown_in_tables() -> None:
    """One row for each of them, and their number beside the quorum."""
    quorum = answered("q", 3, A)
    assert frames.key_quorums(quorum)[["required", "members", "not_shown"]].values.tolist() == [
        [3, 3, 2]
    ]
    assert frames.quorum_members(quorum)["kind"].tolist() == ["key", "not shown", "not shown"]


def test_not_shown_in_forms(emulator: Emulator) -> None:
    """A form of such a quorum opens, says how many it cannot see, sends its name, and calls no threshold unreachable."""
    quorum_id, quorum = next(iter(emulator.privy.quorums.items()))
    emulator.privy.quorums[quorum_id] = replace(quorum, authorization_threshold=5)
    form = privy.forms.update_key_quorum(emulator.privy_client(), quorum_id)
    assert form.members.fields.not_shown == 5 - quorum.shown_members
    form.members.display_name.value = "Renamed"
    assert "form.threshold" not in {problem.rule for problem in form.problems}
    assert form.request.display_name == "Renamed"
    sentences = [each.text for each in who_can_sign(fields_of(form.quorum), {})]
    assert any("2 members that the API does not show" in sentence for sentence in sentences)
    assert not any("never enough" in sentence for sentence in sentences)
    form.close()

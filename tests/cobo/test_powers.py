"""Two powers in a Cobo group: who signs day to day is not who holds enough shares, and unknown stays unknown."""

from __future__ import annotations

from typing import Any

import pytest

from toolkit import Emulator, cobo
from toolkit.cobo.powers import COBO
from toolkit.errors import InputError
from toolkit.quorum import Quorum

Seats = list[tuple[str | None, str | None, bool | None]]  # name, node, signer; Cobo's by its name


def asked(kind: str, k: int, n: int, seats: Seats) -> cobo.CreateKeyShareHolderGroupRequest:
    return cobo.CreateKeyShareHolderGroupRequest(
        key_share_holder_group_type=kind,
        threshold=k,
        participants=n,
        key_share_holders=tuple(
            cobo.CreateKeyShareHolder(
                name=name, type=COBO if name == COBO else "API", tss_node_id=node, signer=signer
            )
            for name, node, signer in seats
        ),
    )  # fmt: skip


def answered(
    kind: str | None, k: int | None, n: int | None, seats: Seats | None
) -> cobo.KeyShareHolderGroup:
    return cobo.KeyShareHolderGroup(
        type=kind,
        threshold=k,
        participants=n,
        key_share_holders=seats and [
            cobo.KeyShareHolder(name=name, type=COBO if name == COBO else "API", tss_node_id=node, signer=signer)
            for name, node, signer in seats
        ],
    )  # fmt: skip


ALICE, BOB, CAROL = ("Alice", "nA", True), ("Bob", "nB", False), ("Carol", "nC", False)
OWN = (COBO, "nCobo", True)

# name, the group, signing, shares, the words of why
CASES: list[tuple[str, Any, Quorum | None, Quorum | None, str]] = [
    (
        "2 of 3, asked for",
        asked("MainGroup", 2, 3, [ALICE, BOB]),
        Quorum(2, [COBO, "nA"]),
        Quorum(2, [COBO, "nA", "nB"]),
        "",
    ),
    (
        "2 of 3, answered",
        answered("SigningGroup", 2, 3, [OWN, ALICE, BOB]),
        Quorum(2, ["nCobo", "nA"]),
        Quorum(2, ["nCobo", "nA", "nB"]),
        "",
    ),
    (
        "Cobo's holder last, and its flag unsaid",
        answered("MainGroup", 2, 3, [ALICE, BOB, (COBO, "nCobo", None)]),
        Quorum(2, ["nCobo", "nA"]),
        Quorum(2, ["nCobo", "nA", "nB"]),
        "",
    ),
    (
        "3 of 3: all sign",
        asked("SigningGroup", 3, 3, [ALICE, ("Bob", "nB", True)]),
        Quorum(3, [COBO, "nA", "nB"]),
        Quorum(3, [COBO, "nA", "nB"]),
        "",
    ),
    (
        "signer left out, as Cobo's demo does",
        asked("MainGroup", 2, 2, [("Alice", "nA", None)]),
        None,
        Quorum(2, [COBO, "nA"]),
        "signer is not said for Seat 2 (Alice)",
    ),
    (
        "signer unsaid for one nameless holder",
        answered("MainGroup", 2, 3, [OWN, ALICE, (None, "nB", None)]),
        None,
        Quorum(2, ["nCobo", "nA", "nB"]),
        "signer is not said for Seat 3.",
    ),
    (
        "too many signers",
        asked("MainGroup", 2, 3, [ALICE, ("Bob", "nB", True)]),
        None,
        Quorum(2, [COBO, "nA", "nB"]),
        "3 signers are designated, Cobo included, and the threshold is 2",
    ),
    (
        "too few signers",
        answered("MainGroup", 2, 3, [OWN, BOB, CAROL]),
        None,
        Quorum(2, ["nCobo", "nB", "nC"]),
        "1 signer is designated, Cobo included, and the threshold is 2",
    ),
    (
        "a recovery group",
        asked("RecoveryGroup", 2, 3, [ALICE, BOB, CAROL]),
        None,
        Quorum(2, ["nA", "nB", "nC"]),
        "A recovery group signs nothing",
    ),
    (
        "a recovery group with Cobo's share, as the Portal makes it",
        answered("RecoveryGroup", 2, 2, [ALICE, OWN]),
        None,
        Quorum(2, ["nCobo", "nA"]),
        "A recovery group signs nothing",
    ),
    (
        "Cobo's seat sent by hand is not added again",
        asked("MainGroup", 2, 2, [ALICE, (COBO, None, None)]),
        Quorum(2, [COBO, "nA"]),
        Quorum(2, [COBO, "nA"]),
        "",
    ),
    (
        "no node yet: the seat's number",
        asked("MainGroup", 2, 3, [("Alice", None, True), ("Bob", "", False)]),
        Quorum(2, [COBO, "seat 2"]),
        Quorum(2, [COBO, "seat 2", "seat 3"]),
        "",
    ),
    (
        "no node, nor Cobo's, in an answer",
        answered("MainGroup", 2, 2, [("Alice", None, True), (COBO, None, None)]),
        Quorum(2, ["seat 1", "seat 2"]),
        Quorum(2, ["seat 1", "seat 2"]),
        "",
    ),
    (
        "a node in two seats holds two shares",
        asked("MainGroup", 2, 3, [("Alice", "nA", True), ("Bob", "nA", False)]),
        Quorum(2, [COBO, "nA"]),
        Quorum(2, [COBO, "x", "y"]).held_by({"x": "nA", "y": "nA"}),
        "",
    ),
    ("a holder is missing", answered("MainGroup", 2, 3, [OWN, ALICE]), None, None, "participants is 3, but 2 holders are listed"),
    ("Cobo's example", asked("MainGroup", 2, 3, [ALICE]), None, None, "participants is 3, but 2 holders are listed, Cobo’s seat included"),
    ("a recovery group of one", answered("RecoveryGroup", 2, 2, [ALICE]), None, None, "but 1 holder is listed. By Cobo’s manual"),
    ("no threshold", answered("MainGroup", None, 3, [OWN, ALICE, BOB]), None, None, "unknown: no threshold."),
    ("nothing at all", answered(None, None, None, None), None, None, "no threshold and no participants and no key_share_holders."),
    ("no holders", answered("MainGroup", 2, 2, None), None, None, "no key_share_holders. So who signs is unknown, too."),
    ("a threshold that does not fit", asked("MainGroup", 4, 3, [ALICE, BOB]), None, None, "a threshold of 4 does not fit 3"),
    ("a type of tomorrow", answered("BackupGroup", 2, 2, [OWN, ALICE]), None, Quorum(2, ["nCobo", "nA"]), "so is the type of the group, BackupGroup."),
    ("no type", answered(None, 2, 2, [OWN, ALICE]), None, Quorum(2, ["nCobo", "nA"]), "so is the type of the group."),
    ("no holder of Cobo's", answered("MainGroup", 2, 2, [ALICE, BOB]), None, Quorum(2, ["nA", "nB"]), "none is listed"),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=[case[0] for case in CASES])
def test_powers(case: tuple[str, Any, Quorum | None, Quorum | None, str]) -> None:
    """Each power is what the group says, or None with the reason; one is never told from the other."""
    _, group, signing, shares, why = case
    powers = cobo.powers_of(group)
    assert powers.signing == signing
    assert powers.shares == shares
    assert (why in powers.why) if why else (powers.why == "")
    assert bool(powers.why) is (signing is None or shares is None)
    for quorum in (powers.signing, powers.shares):
        assert quorum is None or set(quorum.ids) <= set(powers.names)


def test_names() -> None:
    """Members have their holder's name; Cobo's seat is Cobo whatever it is called; nameless ones keep their id."""
    seats: Seats = [
        (COBO, "n0", None),
        ("Alice", "nA", True),
        (None, "nB", False),
        ("Carol", None, False),
    ]
    assert cobo.powers_of(answered("MainGroup", 2, 4, seats)).names == {
        "n0": "Cobo", "nA": "Alice", "nB": "nB", "seat 4": "Carol",
    }  # fmt: skip
    own = cobo.KeyShareHolder(name="Treasury", type=COBO, tss_node_id="n0")
    assert cobo.powers_of(cobo.KeyShareHolderGroup(key_share_holders=[own])).names == {"n0": "Cobo"}
    twice: Seats = [("Alice", "nA", True), ("Backup", "nA", False)]
    assert cobo.powers_of(asked("MainGroup", 2, 3, twice)).names == {
        "Cobo": "Cobo",
        "nA": "Alice, Backup",
    }


def test_the_two_differ() -> None:
    """In 2 of 3, losing the designated signer stops signing, although enough shares are left."""
    powers = cobo.powers_of(answered("MainGroup", 2, 3, [OWN, ALICE, BOB]))
    assert powers.signing is not None
    assert powers.shares is not None
    assert powers.signing.single_points() == {"nCobo", "nA"}
    assert powers.shares.single_points() == frozenset()
    assert powers.shares.outlook(lost=["nA"]).can_sign
    assert not powers.signing.outlook(lost=["nA"]).can_sign


def test_one_node_alone_may_hold_enough() -> None:
    """With two of three shares in one node, that node alone holds the key."""
    powers = cobo.powers_of(answered("RecoveryGroup", 2, 3, [ALICE, ("Bob", "nA", None), CAROL]))
    assert powers.shares is not None
    assert powers.shares.can_sign(["nA"])
    assert powers.shares.single_points() == {"nA"}


@pytest.mark.parametrize(
    "wrong", [None, "MainGroup", {"type": "MainGroup"}, cobo.KeyShareHolder(name="Alice")]
)
def test_only_groups(wrong: object) -> None:
    """Something else than a group is refused by name."""
    with pytest.raises(InputError, match="group must be a group"):
        cobo.powers_of(wrong)  # type: ignore[arg-type]


def test_thresholds_are_ints() -> None:
    """A bool that got past the decoder is refused here."""
    with pytest.raises(InputError, match="threshold must be a whole number"):
        cobo.powers_of(answered("RecoveryGroup", True, 2, [ALICE, BOB]))


def test_groups_of_the_demo_world(emulator: Emulator) -> None:
    """What the emulator answers has both powers wherever it signs, and only shares where it recovers."""
    page = emulator.cobo_client().send(cobo.list_key_share_holder_groups(emulator.vault_id))
    powers = {group.type: cobo.powers_of(group) for group in page.data}
    assert {"MainGroup", "RecoveryGroup"} <= set(powers)
    for kind, found in powers.items():
        assert found.shares is not None, kind
        assert (found.signing is None) is (kind == "RecoveryGroup"), found.why


READINGS: list[tuple[str, Any, dict[str, Quorum | None]]] = [
    (
        "as many holders as participants",
        asked("RecoveryGroup", 2, 3, [ALICE, BOB, CAROL]),
        {"absent": Quorum(2, ["nA", "nB", "nC"]), "added": None},
    ),
    (
        "one fewer",
        asked("RecoveryGroup", 2, 3, [ALICE, BOB]),
        {"absent": None, "added": Quorum(2, [COBO, "nA", "nB"])},
    ),
    (
        "one fewer, answered",
        answered("RecoveryGroup", 2, 2, [ALICE]),
        {"absent": None, "added": Quorum(2, [COBO, "nA"])},
    ),
    ("two fewer", asked("RecoveryGroup", 3, 3, [ALICE]), {}),
    ("Cobo’s share is listed", answered("RecoveryGroup", 2, 2, [ALICE, OWN]), {}),
    ("a main group", asked("MainGroup", 2, 3, [ALICE, BOB]), {}),
    ("no threshold", answered("RecoveryGroup", None, 2, [ALICE]), {}),
]


@pytest.mark.parametrize("case", READINGS, ids=[case[0] for case in READINGS])
def test_two_readings(case: tuple[str, Any, dict[str, Quorum | None]]) -> None:
    """Of a recovery group that lists no share of Cobo's both readings are given, and neither is
    taken for the fact where the number of holders leaves it open.
    """
    _, group, readings = case
    powers = cobo.powers_of(group)
    assert powers.readings == readings
    assert (readings.get("absent") or None) == (powers.shares if readings else None)
    for quorum in filter(None, readings.values()):
        assert set(quorum.ids) <= set(powers.names)
    if readings.get("added"):
        assert "By Cobo’s manual" in powers.why
        assert "if Cobo holds one" in repr(powers)

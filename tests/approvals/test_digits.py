"""Digits for the ear: over words that nobody could know when the file was made."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.approvals.prepared_collisions import PAIRS, VECTORS, note_of
from tests.approvals.together import an_approval, write
from toolkit import Approval, Emulator, privy
from toolkit.approvals import file
from toolkit.approvals.digits import Comparison, digits_of, fresh_words, read_words
from toolkit.errors import InputError
from toolkit.keys import bip39
from toolkit.keys.bip39 import word_list
from toolkit.keys.public import spoken


def test_the_words() -> None:
    """2,048 different words, told apart by their first four letters, drawn three at a time, not always the same."""
    words = word_list()
    assert len(words) == len(set(words)) == 2048
    assert len({word[:4] for word in words}) == 2048
    drawn = {fresh_words() for _ in range(50)}
    assert len(drawn) == 50
    assert all(len(each) == 3 and set(each) <= set(words) for each in drawn)
    licence = Path(bip39.__file__).parent / "words" / "LICENSE"
    assert "Permission is hereby granted" in licence.read_text("utf-8")


def test_words_as_they_are_typed() -> None:
    """Case, commas and missing ends are fine; another number of words, or another word, is not."""
    for typed in ("zebra duck able", " Zebra, DUCK\nable ", "zebr duck able"):
        assert read_words(typed) == ("zebra", "duck", "able")
    for typed, words in {
        "zebra duck": "2 were typed",
        "zebra duck qqqq": "word 3 is not",
        "zebras duck able": "word 1",
    }.items():
        with pytest.raises(InputError, match=words):
            read_words(typed)


def test_both_programs_show_the_same() -> None:
    """Sender and receiver come to the same twelve digits; blanks are no matter; other digits do not pass."""
    approval = an_approval()
    comparison = approval.compare()
    said = approval.digits(" ".join(comparison.words))
    assert [len(group) for group in said.split()] == [4, 4, 4]
    assert comparison.heard(said)
    assert comparison.heard(said.replace(" ", "-"))
    assert not comparison.heard(said[:-1] + str((int(said[-1]) + 1) % 10))
    assert not comparison.heard("")
    signed = an_approval(note="other")
    assert not comparison.heard(signed.digits(" ".join(comparison.words)))


def test_known_digits() -> None:
    """What two versions of this program say to each other stays the same."""
    assert digits_of("0" * 64, ("abandon", "ability", "able")) == KNOWN


KNOWN = "0839 2252 8134"


#: Found by ``tests.approvals.prepared_collisions``, a search over 65 million approvals: pairs of which one raises the
#: threshold and one lowers it to 1, with the same twelve digits for words that were guessed beforehand.
PREPARED: dict[str, Any] = json.loads(VECTORS.read_text())


def test_prepared_collisions_do_not_hold() -> None:
    """1,000 pairs prepared at the full twelve digits hold for the words that were guessed; under drawn ones none does."""
    guessed, numbers = tuple(PREPARED["words"]), PREPARED["numbers"]
    assert len({number for number, _ in numbers}) == len({other for _, other in numbers}) == PAIRS
    holding = 0
    for number, other in numbers:
        shown, hidden = prepared_id("raises", number), prepared_id("lowers", other)
        assert shown != hidden
        assert digits_of(shown, guessed) == digits_of(hidden, guessed)
        drawn = fresh_words()  # by the receiver's program, once the file is there
        holding += digits_of(shown, drawn) == digits_of(hidden, drawn)
    assert holding == 0


def prepared_id(kind: str, number: int) -> str:
    return file.id_of(PREPARED[kind] | {"note": note_of(number)})


def test_a_prepared_pair_is_two_real_files(tmp_path: Path) -> None:
    """Both files of a prepared pair hold and say the same digits for the guess; whoever draws words hears that they differ."""
    number, other = PREPARED["numbers"][0]
    shown, hidden = (
        Approval.load(
            write(tmp_path / kind, PREPARED[kind] | {"note": note_of(at)}, fitting_id=True)
        )
        for kind, at in (("raises", number), ("lowers", other))
    )
    assert [each.call.argument("authorization_threshold") for each in (shown, hidden)] == [3, 1]
    words = " ".join(PREPARED["words"])
    assert shown.digits(words) == hidden.digits(words)
    received = hidden.compare()
    assert not received.heard(shown.digits(" ".join(received.words)))
    assert received.heard(hidden.digits(" ".join(received.words)))


#: Bodies of two changes of one quorum, found in three minutes on one core.
COLLISION = (
    '{"authorization_threshold":1,"display_name":"Vendors a624cc746480"}',
    '{"authorization_threshold":3,"display_name":"Vendors 570c0060c27d"}',
)


def fingerprint(body: str) -> str:
    call = privy.update_key_quorum(
        "q1", msgspec.json.decode(body, type=privy.UpdateKeyQuorumRequest)
    )
    prepared = Emulator.seeded().privy_client().prepare(call)
    assert prepared.body == body.encode()
    return prepared.fingerprint


def test_the_digits_of_a_fingerprint_can_be_prepared() -> None:
    """Two requests with the same first twelve hex digits were found in minutes: with drawn words they differ."""
    one, other = COLLISION
    assert one != other
    assert spoken(fingerprint(one)) == spoken(fingerprint(other))
    first, second = fingerprint(one), fingerprint(other)
    assert first != second
    for _ in range(100):
        words = fresh_words()
        assert digits_of(first, words) != digits_of(second, words)
    comparison = Comparison(first)
    assert not comparison.heard(digits_of(second, comparison.words))

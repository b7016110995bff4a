"""Prepare 1,000 pairs of approvals whose twelve digits are the same for words guessed beforehand.

    python -m tests.approvals.prepared_collisions

The attack as it would be made: of each pair one approval raises the threshold and is shown to the others, one lowers
it to 1. The attacker writes the notes, so the ids, and tries 32 million of each; a few minutes on two cores. What is
found stands in ``tests/vectors/prepared_collisions.json``; ``test_digits.py`` works everything out anew from it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy
import numpy.typing
import rfc8785

from tests.approvals.together import quorum_of
from toolkit import Approval, Emulator, privy
from toolkit.approvals import digits, file

VECTORS = Path(__file__).parents[1] / "vectors" / "prepared_collisions.json"
GUESSED = ("duck", "coral", "cry")
PAIRS = 1_000
#: So many of each kind: of 10^12 digits, a thousand pairs and some more are then alike.
TRIES = 32_400_000
CHUNK = 540_000
Numbers = numpy.typing.NDArray[numpy.uint64]


def note_of(number: int) -> str:
    """The note that tells one try from another."""
    return f"Ticket {number:08}"


def templates() -> list[dict[str, Any]]:
    """Two approvals of one quorum, as they stand in a file: one raises the threshold, one lowers it."""
    app = Emulator.seeded().privy_client()
    quorum = quorum_of(app)
    changes = [privy.UpdateKeyQuorumRequest(authorization_threshold=each) for each in (3, 1)]
    approvals = [Approval.of(app, privy.update_key_quorum(quorum.id, each)) for each in changes]
    return [json.loads(each.to_bytes()) for each in approvals]


def digits_by_number(facts: dict[str, Any]) -> Callable[[int], int]:
    """The twelve digits of an approval with the note of this number, under the guessed words."""
    covered = {name: facts[name] for name in file.COVERED} | {"note": note_of(0)}
    before, after = rfc8785.dumps(covered).split(note_of(0).encode())
    begun = hashlib.sha256(before)
    said = hashlib.sha256("\n".join([digits._DOMAIN, " ".join(GUESSED), ""]).encode())

    def tried(number: int) -> int:
        approval = begun.copy()
        approval.update(note_of(number).encode() + after)
        spoken = said.copy()
        spoken.update(approval.hexdigest().encode())
        return int.from_bytes(spoken.digest()) % 10**digits.PLACES

    return tried


def chunk_of(facts: dict[str, Any], first: int) -> Numbers:
    """The digits of one chunk of tries."""
    tried = digits_by_number(facts)
    return numpy.fromiter(map(tried, range(first, first + CHUNK)), numpy.uint64, CHUNK)


def all_of(facts: dict[str, Any], pool: ProcessPoolExecutor) -> Numbers:
    """The digits of all tries, by number."""
    starts = range(0, TRIES, CHUNK)
    return numpy.concatenate(list(pool.map(chunk_of, [facts] * len(starts), starts)))


def alike(one: Numbers, other: Numbers) -> Iterator[tuple[int, int]]:
    """Numbers of one kind and of the other whose digits are the same."""
    both = numpy.intersect1d(one, other)
    first = {int(one[number]): int(number) for number in numpy.flatnonzero(numpy.isin(one, both))}
    for number in numpy.flatnonzero(numpy.isin(other, both)):
        yield first[int(other[number])], int(number)


def main() -> None:
    """Search, and write what was found."""
    raises, lowers = templates()
    with ProcessPoolExecutor(2) as pool:
        pairs = list(alike(all_of(raises, pool), all_of(lowers, pool)))[:PAIRS]
    assert len(pairs) == PAIRS, len(pairs)
    found = {"words": GUESSED, "raises": raises, "lowers": lowers, "numbers": pairs}
    VECTORS.write_text(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()

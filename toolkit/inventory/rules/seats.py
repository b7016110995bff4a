"""Rules about who holds the seats, the names by which people approve, and how it was seen."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from toolkit.base.hidden import hidden_at
from toolkit.base.times import DAY_MS, day
from toolkit.findings import hidden_sentence, ours
from toolkit.inventory.columns import KINDS, Columns, Ints, Named, hashes
from toolkit.inventory.lookalikes import difference, skeleton
from toolkit.inventory.rules.rule import (
    AuditRule,
    Hits,
    Keyed,
    none,
    of_rows,
    repeated,
)
from toolkit.inventory.words import Told, told

APPROVE = ours("our rule: people approve by name")
PROVEN_DAYS = 90
PROVEN_MS = PROVEN_DAYS * DAY_MS


# ---- whose seat ----------------------------------------------------------------------------------


def _unknown(columns: Columns) -> Hits:
    """Only where people were named at all: else every seat would be told."""
    if not columns.people_known:
        return none(0)
    seats = columns.seats
    return of_rows(~seats.claimed & seats.own, int(seats.own.sum()))


def _unknown_said(columns: Columns, hits: Hits, at: int) -> Told:
    kind = columns.seats.kinds[int(hits.rows[at])]
    return told(f"Nobody is known to hold this {kind}.")


def _guessed(columns: Columns) -> Hits:
    rows = [
        row
        for row, holder in enumerate(columns.seats.holders)
        if holder is not None and holder.known == "guess" and columns.seats.own[row]
    ]
    claimed = columns.seats.claimed & columns.seats.own
    return of_rows(np.array(rows, np.int64), int(claimed.sum()))


def _guessed_said(columns: Columns, hits: Hits, at: int) -> Told:
    row = int(hits.rows[at])
    return told("That {} has this {} is a guess.", columns.seats.called(row),
                columns.seats.kinds[row])  # fmt: skip


def _keys_to_prove(columns: Columns) -> Keyed:
    """Keys of quorums of which a drill or a card is recorded, each with whether it is late.

    Of others it looks at nothing, since nothing would say more of them than that.
    """
    seats, members = columns.seats, columns.quorums.members
    moments = [None if holder is None else holder.proven_ms for holder in seats.holders]
    ever = np.fromiter((each is not None for each in moments), np.bool_, len(moments))
    recorded = np.zeros(len(columns.quorums), np.bool_)
    recorded[members.rows[ever[members.codes]]] = True
    asked = np.zeros(len(moments), np.bool_)
    asked[members.codes[recorded[members.rows]]] = True
    asked &= np.fromiter((kind == "key" for kind in seats.kinds), np.bool_, len(moments))
    oldest_ms = columns.at_ms - PROVEN_MS
    rows = np.flatnonzero(asked)
    late = [
        proven_ms is None or proven_ms < oldest_ms for proven_ms in (moments[row] for row in rows)
    ]
    return Keyed(seats.hashes[rows], rows, np.array(late, np.int64), len(rows))


def _not_proven(keyed: Keyed) -> Hits:
    """Each key once, from however many partitions."""
    _, first = np.unique(keyed.keys, return_index=True)
    return keyed.hits(first[keyed.numbers[first] == 1], {}, len(first))


def _not_proven_said(columns: Columns, hits: Hits, at: int) -> Told:
    row = int(hits.rows[at])
    holder = columns.seats.holders[row]
    if holder is None or holder.proven_ms is None:
        return told("{} has never shown that the key is there.", columns.seats.called(row))
    return told(
        f"{{}} last showed on {day(holder.proven_ms)} that the key is there: more than "
        f"{PROVEN_DAYS} days ago.",
        columns.seats.called(row),
    )


# ---- names ---------------------------------------------------------------------------------------


def _hidden(columns: Columns) -> Hits:
    return of_rows(columns.names.where(hidden_at), len(columns.names))


def _hidden_said(columns: Columns, hits: Hits, at: int) -> Told:
    name = columns.named(int(hits.rows[at]))
    shown = _shown(columns, name)
    return told("The {} {}: {}", name.kind, shown, hidden_sentence("name", name.name))


def _shown(columns: Columns, name: Named) -> str:
    return columns.seats.named(name.name, name.seat) if name.seat else name.name


def _empty(columns: Columns) -> Hits:
    needed = [KINDS.index(kind) for kind in ("quorum", "vault", "holder")]
    empty = columns.names.where(lambda text: not text.strip())
    return of_rows(empty & np.isin(columns.names.kind, needed), len(columns.names))


def _empty_said(columns: Columns, hits: Hits, at: int) -> Told:
    return told("This {} has no name.", columns.named(int(hits.rows[at])).kind)


def _looks(columns: Columns) -> Keyed:
    """A row for each name: how it looks, and which text it is.

    What people are called is one class, whatever carries the name; things by their kinds.
    """
    names = columns.names
    classes = np.where(names.of_people, len(KINDS), names.kind)
    rows = np.flatnonzero(names.where(str.strip))
    looks = hashes([skeleton(text) for text in names.distinct])
    strange = np.fromiter(map(_strange, names.distinct), np.int64, len(names.distinct))
    # what is plain comes first; then each text by its own hash
    which = (strange << 60) | (names.hashes >> np.uint64(4)).astype(np.int64)
    code = names.code[rows]
    return Keyed(looks[code] ^ _spread(classes[rows]), rows, which[code], len(names))


def _spread(kinds: Ints) -> npt.NDArray[np.uint64]:
    return kinds.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)


def _strange(name: str) -> int:
    """What is plain stands first: the other one is then the look-alike."""
    return 2 * (not name.isascii()) + bool(hidden_at(name))


def _alike(keyed: Keyed) -> Hits:
    """Names of one class that look alike and are not the same, but for the plainest."""
    order = np.lexsort((keyed.numbers, keyed.keys))
    keys, numbers = keyed.keys[order], keyed.numbers[order]
    new = np.append(True, keys[1:] != keys[:-1])[: len(keys)]
    plain = np.flatnonzero(new)[np.cumsum(new) - 1]  # of each, the plainest that looks like it
    other = numbers != numbers[plain]
    at, first = order[other], order[plain[other]]
    assert keyed.parts is not None
    return keyed.hits(at, {"first": keyed.rows[first], "part": keyed.parts[first]})


def _looked_like(columns: Columns, row: int) -> tuple[str, str]:
    """A name as it is, and as it is shown."""
    name = columns.named(row)
    return name.name, _shown(columns, name)


def _alike_said(columns: Columns, hits: Hits, at: int) -> Told:
    name = columns.named(int(hits.rows[at]))
    shown = _shown(columns, name)
    other, other_shown = hits.facts["other"][at]
    how = difference(name.name, other)
    return told("{} looks like {}, and is another: {}.", shown, other_shown, how)


def _names_of_things(columns: Columns) -> Keyed:
    names = columns.names
    named = names.where(str.strip) & ~names.of_people
    rows = np.flatnonzero(named)
    keys = names.hashes[names.code[rows]] ^ _spread(names.kind[rows])
    return Keyed(keys, rows, np.ones(len(rows), np.int64), len(rows))


def _twice(keyed: Keyed) -> Hits:
    at, first, counts = repeated(keyed)
    again = at != first
    return keyed.hits(at[again], {"count": counts[again]})


def _twice_said(columns: Columns, hits: Hits, at: int) -> Told:
    name = columns.named(int(hits.rows[at]))
    return told(f"{int(hits.facts['count'][at])} {name.kind}s are called {{}}.", name.name)


# ---- how it was seen -----------------------------------------------------------------------------


def _unverified(columns: Columns) -> Hits:
    rows = [row for row, origin in enumerate(columns.origins) if origin.verified is False]
    return of_rows(np.array(rows, np.int64), _signed(columns))


def _verified(columns: Columns) -> Hits:
    rows = [row for row, origin in enumerate(columns.origins) if origin.verified is True]
    return of_rows(np.array(rows, np.int64), _signed(columns))


def _signed(columns: Columns) -> int:
    return sum(origin.verified is not None for origin in columns.origins)


def _unverified_said(columns: Columns, hits: Hits, at: int) -> Told:
    return told("Not every answer carried a valid signature.")


def _verified_said(columns: Columns, hits: Hits, at: int) -> Told:
    return told("Every answer carried a valid signature.")


RULES = (
    AuditRule(
        "people.unknown", "Seats that belong to nobody we know", "note", "seats",
        "What-if and rules about one person cannot see through them.",
        "Say whose they are: inventory.people.with_seat(…).",
        _unknown_said, _unknown, controls=("ms-1.1.2", "ms-3.1.1"),
    ),
    AuditRule(
        "people.guessed", "A holder that nobody has confirmed", "note", "seats",
        "Every rule about people rests on who holds what.",
        "Compare the digits on a call, and write down that you did.",
        _guessed_said, _guessed, controls=("ms-3.1.1",),
    ),
    AuditRule(
        "key.not-proven", f"A key that was not proven in {PROVEN_DAYS} days", "medium", "seats",
        "A key that is lost is noticed on the day that it is needed.",
        "Make a fire drill, and record it: people.with_proven(drill.proven).",
        _not_proven_said, map=_keys_to_prove, reduce=_not_proven,
        controls=("ms-3.1.1", "ms-3.1.4"), version=2,
    ),
    AuditRule(
        "name.look-alike", "Two names look alike", "medium", "names",
        "People approve by name. This one is not who or what it seems to be.",
        "Compare ids on a call; give one of them another name.",
        _alike_said, map=_looks, reduce=_alike, other=_looked_like, source=APPROVE,
        controls=("ms-3.1.1",),
    ),
    AuditRule(
        "name.hidden", "Hidden characters in a name", "low", "names",
        "They are written out here; other tools may show nothing, or turn the text around.",
        "Rename it, typed by hand.", _hidden_said, _hidden, source=APPROVE,
        controls=("ms-3.1.1",),
    ),
    AuditRule(
        "name.twice", "Two things with the same name", "low", "names",
        "People approve by name, and cannot tell these apart.",
        "Give each a name of its own.", _twice_said, map=_names_of_things, reduce=_twice,
        source=APPROVE, controls=("ms-1.1.2",),
    ),
    AuditRule(
        "name.empty", "A thing without a name", "note", "names",
        "People approve by name, and this has an id only.", "Give it a name.",
        _empty_said, _empty, source=APPROVE, controls=("ms-1.1.2",),
    ),
    AuditRule(
        "seen.unverified", "Answers without a valid signature", "high", "origins",
        "What cannot be verified may have been changed on the way.",
        "Collect again over another network; ask Cobo if it stays so.",
        _unverified_said, _unverified, controls=("ms-1.1.2",),
    ),
    AuditRule(
        "seen.verified", "Every answer was verified", "good", "origins",
        "What was read is what the service said.", "", _verified_said, _verified,
        controls=("ms-1.1.2",),
    ),
)  # fmt: skip

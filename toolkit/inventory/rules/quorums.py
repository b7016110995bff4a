"""Rules about Privy key quorums, and the keys that stand in them."""

from __future__ import annotations

from functools import partial

import numpy as np

from toolkit.base.text import plural
from toolkit.findings import documented, ours
from toolkit.inventory.columns import LOCATIONS, Columns, Pairs, picked
from toolkit.inventory.rules.rule import AuditRule, Hits, Keyed, by_row, none, of_rows, repeated
from toolkit.inventory.words import Person, Several, Told, Value, told
from toolkit.keys.public import spoken

QUORUMS = documented(
    "Privy, key quorums: an update is signed by a threshold of the current members"
)
LEVELS = ours("documented nowhere: whether Privy counts one key at both levels; our judgement")
TWICE = ours("documented nowhere: whether Privy counts one key twice; our judgement")
THRESHOLD = documented("Privy page Create key quorum: a threshold of the members")
MANY = 5  # quorums that one key may not be in


def _wallets(columns: Columns, row: int) -> str:
    count = int(columns.quorums.owns[row] + columns.quorums.signs[row])
    return f" {plural(count, 'wallet')}." if count else ""


def _scheme(columns: Columns, row: int) -> str:
    return f"{columns.quorums.threshold[row]} of {columns.quorums.size[row]}"


def _persons(columns: Columns, pairs: Pairs, hits: Hits, at: int) -> list[Person]:
    """The persons beside a hit that ``by_row`` made."""
    codes = pairs.codes[hits.facts["first"][at] : hits.facts["last"][at]]
    return [columns.seats.person_called(int(code)) for code in codes]


# ---- who is enough, and who is needed ------------------------------------------------------------


def _alone(columns: Columns, *, through: bool) -> tuple[Pairs, Hits]:
    quorums = columns.quorums
    undone = quorums.nested & (quorums.threshold > 1)
    pairs = picked(quorums.alone, undone[quorums.alone.rows] == through)
    return pairs, by_row(pairs, int(quorums.nested.sum()) if through else len(quorums))


def _enough_alone(columns: Columns, hits: Hits, at: int) -> Told:
    row = int(hits.rows[at])
    persons = _persons(columns, _alone(columns, through=False)[0], hits, at)
    threshold, size = int(columns.quorums.threshold[row]), int(columns.quorums.size[row])
    how = "any one member is enough"
    remedy = f"Raise the threshold to {size // 2 + 1}, or move the wallets to another owner."
    if size < 3:
        remedy = "Add members until there are three people, then let two of them approve."
    if threshold > 1:
        how = f"enough of its members are theirs, and {threshold} of {size} must approve"
        remedy = "Give their further seats to other people."
    return told(
        f"{{}} can approve alone: {how}.{_wallets(columns, row)}",
        Several(persons, "or"),
        remedy=remedy,
    )


def _undone(columns: Columns, hits: Hits, at: int) -> Told:
    row = int(hits.rows[at])
    persons = _persons(columns, _alone(columns, through=True)[0], hits, at)
    return told(
        f"{{}} can approve alone, though {_scheme(columns, row)} must: through a nested quorum "
        f"they have more than one of its members.{_wallets(columns, row)}",
        Several(persons, "or"),
    )


def _locking(columns: Columns) -> Pairs:
    """Who is needed, where nobody is enough alone: of those, more is said by another rule."""
    quorums = columns.quorums
    alone = np.zeros(len(quorums), np.bool_)
    alone[quorums.alone.rows] = True
    return picked(quorums.needed, ~alone[quorums.needed.rows])


def _one_loss(columns: Columns, hits: Hits, at: int) -> Told:
    row = int(hits.rows[at])
    pairs = _locking(columns)
    persons = _persons(columns, pairs, hits, at)
    threshold = int(columns.quorums.threshold[row])
    remedy = f"While everybody is there: add a person, and let {threshold} approve as now."
    if threshold < int(columns.quorums.size[row]):
        remedy = "While everybody is there: give a seat of theirs to somebody else."
    return told(
        f"Without {{}} nobody can sign, the repair included.{_wallets(columns, row)}",
        Several(persons, "or"),
        remedy=remedy,
    )


def _minority(columns: Columns) -> Hits:
    quorums = columns.quorums
    low = (quorums.threshold > 1) & (2 * quorums.threshold <= quorums.size)
    return of_rows(low & quorums.known, len(quorums))


def _minority_said(columns: Columns, hits: Hits, at: int) -> Told:
    row = int(hits.rows[at])
    size = int(columns.quorums.size[row])
    return told(
        f"{_scheme(columns, row)} are enough.",
        remedy=f"Raise the threshold to {size // 2 + 1}, above half.",
    )


def _unreachable(columns: Columns) -> Hits:
    return of_rows(~columns.quorums.reachable, len(columns.quorums))


def _unreachable_said(columns: Columns, hits: Hits, at: int) -> Told:
    row = int(hits.rows[at])
    threshold, size = int(columns.quorums.threshold[row]), int(columns.quorums.size[row])
    verb = "is" if size == 1 else "are"
    return told(
        f"{threshold} must approve, and there {verb} {plural(size, 'member')}.",
        path=("authorization_threshold",),
    )


def _not_shown(columns: Columns) -> Hits:
    return of_rows(columns.quorums.not_shown > 0, len(columns.quorums))


def _not_shown_said(columns: Columns, hits: Hits, at: int) -> Told:
    row = int(hits.rows[at])
    count, size = int(columns.quorums.not_shown[row]), int(columns.quorums.size[row])
    return told(
        f"{int(columns.quorums.threshold[row])} must approve, and {plural(size, 'member')} "
        f"{'is' if size == 1 else 'are'} shown: at least {count} more cannot be seen.",
        path=("authorization_threshold",),
    )


def _sound(columns: Columns) -> Hits:
    quorums = columns.quorums
    sound = (2 * quorums.threshold > quorums.size) & quorums.known
    for row in quorums.deep:
        sound[row] &= quorums.quorum(row) is not None
    for pairs in (quorums.alone, quorums.needed):
        sound[pairs.rows] = False
    return of_rows(sound, len(quorums))


def _sound_said(columns: Columns, hits: Hits, at: int) -> Told:
    return told(
        f"{_scheme(columns, int(hits.rows[at]))}: a majority is needed, and any one person may be "
        "lost."
    )


# ---- members -------------------------------------------------------------------------------------


def _same_key(columns: Columns) -> Hits:
    members = columns.quorums.members
    return _pair_hits(picked(members, members.weight > 1), len(columns.quorums))


def _pair_hits(pairs: Pairs, looked: int) -> Hits:
    return of_rows(pairs.rows, looked, {"code": pairs.codes, "weight": pairs.weight})


def _same_key_said(columns: Columns, hits: Hits, at: int) -> Told:
    seat, weight = int(hits.facts["code"][at]), int(hits.facts["weight"][at])
    row = int(hits.rows[at])
    values: list[Value] = [columns.seats.short(seat)]
    holder = ""
    if columns.seats.claimed[seat]:
        holder = ", of {},"
        values.append(columns.seats.called(seat))
    return told(
        f"The same {{}}{holder} stands {weight} times, whatever its spelling. It is counted once: "
        f"{_scheme(columns, row)}.",
        *values,
    )


def _same_person(columns: Columns) -> Hits:
    """Several seats of one person, where they are not enough alone."""
    quorums = columns.quorums
    alone = np.zeros(len(quorums), np.bool_)
    alone[quorums.alone.rows] = True
    return _pair_hits(picked(quorums.several, ~alone[quorums.several.rows]), len(quorums))


def _same_person_said(columns: Columns, hits: Hits, at: int) -> Told:
    row, weight = int(hits.rows[at]), int(hits.facts["weight"][at])
    return told(
        f"{{}} has {weight} seats in it, nested ones counted; "
        f"{_scheme(columns, row)} must approve.",
        columns.seats.person_called(int(hits.facts["code"][at])),
    )


def _not_a_key(columns: Columns) -> Hits:
    return _pair_hits(columns.quorums.no_keys, len(columns.quorums))


def _not_a_key_said(columns: Columns, hits: Hits, at: int) -> Told:
    text = columns.seats.ids[int(hits.facts["code"][at])]
    return told("This member is no P-256 public key: {}", text[:60], path=("authorization_keys",))


def _unknown_member(columns: Columns) -> Hits:
    unseen = columns.quorums.unseen
    if not columns.whole:
        return none(0)
    return of_rows(unseen.rows, int(columns.quorums.nested.sum()), {"place": unseen.codes})


def _unknown_member_said(columns: Columns, hits: Hits, at: int) -> Told:
    ids = columns.quorums.models[int(hits.rows[at])].key_quorum_ids or ()
    place = int(hits.facts["place"][at])
    nested = list(dict.fromkeys(ids))[place]
    return told("Its nested quorum {} was not seen: who that is, is unknown.", nested,
                path=("key_quorum_ids", place))  # fmt: skip


# ---- sites ---------------------------------------------------------------------------------------


def _by_place(columns: Columns, *, stops: bool) -> Hits:
    """Sites or organisations that are enough, or without which nobody is, where persons are not."""
    quorums = columns.quorums
    rows, words, codes = [], [], []
    told_already = {*quorums.alone.rows.tolist()}
    looked = 0
    for what in LOCATIONS:
        of_seat = columns.seats.coded_by(what)
        if of_seat is None:
            continue
        looked = len(quorums)
        pairs = quorums.by(of_seat)
        ask = quorums.needed_by if stops else quorums.enough_by
        answer = ask(of_seat, pairs)
        for row, code in zip(answer.rows.tolist(), answer.codes.tolist(), strict=True):
            if row not in told_already:
                rows.append(row)
                words.append(what)
                codes.append(code)
    order = np.argsort(np.array(rows, np.int64), kind="stable")
    return of_rows(
        np.array(rows, np.int64)[order],
        looked,
        {"what": [words[at] for at in order], "code": [codes[at] for at in order]},
    )


def _one_site(columns: Columns) -> Hits:
    return _by_place(columns, stops=False)


def _site_stops(columns: Columns) -> Hits:
    """Only where no single person stops it, and the place is not enough itself."""
    quorums = columns.quorums
    enough = {(row, what, code) for row, what, code in _places_of(_one_site(columns))}
    needed = {*quorums.needed.rows.tolist()}
    hits = _by_place(columns, stops=True)
    keep = [
        at
        for at, place in enumerate(_places_of(hits))
        if place not in enough and place[0] not in needed
    ]
    facts = {name: [column[at] for at in keep] for name, column in hits.facts.items()}
    return Hits(hits.rows[np.array(keep, np.int64)], hits.looked, facts)


def _places_of(hits: Hits) -> list[tuple[int, str, int]]:
    return list(zip(hits.rows.tolist(), hits.facts["what"], hits.facts["code"], strict=True))


def _site_said(columns: Columns, hits: Hits, at: int, *, sentence: str) -> Told:
    what, code = hits.facts["what"][at], int(hits.facts["code"][at])
    return told(f"{sentence} the {what} {{}}.", columns.seats.named_by(what, code))


# ---- across all quorums --------------------------------------------------------------------------


def _keys_of_quorums(columns: Columns) -> Keyed:
    """A row for each key: in how many quorums it stands."""
    seats = columns.seats
    members = columns.quorums.members
    counts = np.bincount(members.codes, minlength=len(seats.ids)).astype(np.int64)
    keys = np.fromiter((kind == "key" for kind in seats.kinds), np.bool_, len(seats.kinds))
    rows = np.flatnonzero(keys)
    return Keyed(seats.hashes[rows], rows, counts[rows], int((keys & seats.own).sum()))


def _in_many(keyed: Keyed) -> Hits:
    """Keys that stand in many quorums, told once each, where they are first."""
    order = np.argsort(keyed.keys, kind="stable")
    keys = keyed.keys[order]
    if not len(keys):
        return keyed.hits(order, {"count": keyed.numbers})
    starts = np.flatnonzero(np.append(True, keys[1:] != keys[:-1]))
    counts = np.add.reduceat(keyed.numbers[order], starts)
    many = counts >= MANY
    return keyed.hits(order[starts[many]], {"count": counts[many]})


def _in_many_said(columns: Columns, hits: Hits, at: int) -> Told:
    seat = int(hits.rows[at])
    count = int(hits.facts["count"][at])
    return told(f"Key {{}} is in {count} quorums.", spoken(columns.seats.ids[seat]))


def _sets_of_members(columns: Columns) -> Keyed:
    """A row for each quorum without nested ones: a hash of who is in it."""
    quorums = columns.quorums
    rows = np.flatnonzero(~quorums.nested & (quorums.size > 0))
    mixed = _mixed(columns.seats.hashes)[quorums.members.codes]
    sums = np.zeros(len(quorums), np.uint64)
    if len(mixed):
        starts = np.flatnonzero(np.append(True, np.diff(quorums.members.rows) > 0))
        sums[quorums.members.rows[starts]] = np.add.reduceat(mixed, starts)
    return Keyed(sums[rows], rows, quorums.threshold[rows], len(rows))


def _mixed(hashed: np.ndarray) -> np.ndarray:
    """Hashes whose sum tells sets apart."""
    spread = hashed * np.uint64(0x9E3779B97F4A7C15)
    return (spread ^ (spread >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)


def _same_members(keyed: Keyed) -> Hits:
    at, first, counts = repeated(keyed)
    again = at != first
    at, first, counts = at[again], first[again], counts[again]
    assert keyed.parts is not None
    facts = {"first": keyed.rows[first], "part": keyed.parts[first], "count": counts,
             "threshold": keyed.numbers[first]}  # fmt: skip
    return keyed.hits(at, facts)


def _title(columns: Columns, row: int) -> str:
    return columns.quorums.title(row)


def _same_members_said(columns: Columns, hits: Hits, at: int) -> Told:
    others = int(hits.facts["count"][at]) - 1
    which = f"{others} other quorums have" if others > 1 else "Another quorum has"
    return told(f"{which} exactly these members: {{}}.", hits.facts["other"][at])


RULES = (
    AuditRule(
        "quorum.nested-undoes", "A nested quorum undoes its parent’s threshold", "high", "quorums",
        "One person gives several of the approvals: directly, and through a nested quorum.",
        "Give their own seat in it to another person.",
        _undone, lambda columns: _alone(columns, through=True)[1],
        source=LEVELS, controls=("ms-2.1.1",),
    ),
    AuditRule(
        "quorum.alone", "One person can approve alone", "high", "quorums",
        "Whoever steals what that one person holds moves the money, and nobody else notices first.",
        "Raise the threshold, or move the wallets to another owner.",
        _enough_alone, lambda columns: _alone(columns, through=False)[1],
        controls=("ms-2.1.1",),
    ),
    AuditRule(
        "quorum.one-loss", "One loss locks the quorum for good", "high", "quorums",
        "Lose one, and nobody can approve or change the members any more.",
        "While everybody is there: add a person, and keep the threshold.",
        _one_loss, lambda columns: by_row(_locking(columns), len(columns.quorums)),
        source=QUORUMS, controls=("ms-2.1.1", "ms-3.1.4"),
    ),
    AuditRule(
        "quorum.unreachable", "Nobody can ever approve", "high", "quorums",
        "The members together are fewer than must approve, so its wallets cannot be moved.",
        "Ask Privy’s support: a change would need the threshold, too.",
        _unreachable_said, _unreachable, source=TWICE, controls=("ms-2.1.1",),
    ),
    AuditRule(
        "quorum.not-shown", "Members that the API does not show", "low", "quorums",
        "Who can approve cannot be told: members of the Dashboard’s team, perhaps.",
        "Look in Privy’s Dashboard who they are, and write it down.",
        _not_shown_said, _not_shown, source=THRESHOLD, controls=("ms-1.1.2",),
    ),
    AuditRule(
        "quorum.minority", "Threshold below a majority", "low", "quorums",
        "Two sets of members can approve opposite things without knowing of each other.",
        "Raise the threshold above half.", _minority_said, _minority, controls=("ms-2.1.1",),
    ),
    AuditRule(
        "quorum.same-key", "The same key in two seats", "medium", "quorums",
        "Two seats, one person: the quorum is smaller than it looks.",
        "Take one of the two out: it changes nothing but what people believe.",
        _same_key_said, _same_key, source=TWICE, controls=("ms-2.1.1",),
    ),
    AuditRule(
        "quorum.same-person", "One person has several seats", "medium", "quorums",
        "The threshold counts seats. One person who gives several approvals weakens it.",
        "Give all but one of these seats to other people.",
        _same_person_said, _same_person, controls=("ms-2.1.1",),
    ),
    AuditRule(
        "quorum.not-a-key", "A member that is no key", "medium", "quorums",
        "Nobody can sign for it, so fewer can approve than it seems.",
        "Replace it by the P-256 public key of a member.", _not_a_key_said, _not_a_key,
        source=documented("Privy page Create key quorum: P-256 public keys"),
    ),
    AuditRule(
        "quorum.unknown-member", "A nested quorum that was not seen", "low", "quorums",
        "Who can approve cannot be told without it.",
        "Collect again with its id among quorum_ids, and look why it could not be read.",
        _unknown_member_said, _unknown_member, controls=("ms-1.1.2",),
    ),
    AuditRule(
        "quorum.one-site", "One place is enough", "medium", "quorums",
        "Whoever is in that place, with force or by accident, approves alone.",
        "Give a seat to somebody elsewhere, so that one place is not enough.",
        partial(_site_said, sentence="Everybody who must approve is at"), _one_site,
        controls=("ms-3.1.8",),
    ),
    AuditRule(
        "quorum.site-stops", "The loss of one place locks the quorum", "low", "quorums",
        "A fire, a cut line or a closed office locks it, the repair included.",
        "Give a seat to somebody elsewhere, so that the others are enough.",
        partial(_site_said, sentence="Nobody can approve without"), _site_stops,
        controls=("ms-3.1.8",),
    ),
    AuditRule(
        "quorum.same-members", "Two quorums with the same members", "note", "quorums",
        "They look like two hurdles and are one: whoever is enough for one is known for the other.",
        "Use one of them for both, or give each purpose keys of its own.",
        _same_members_said, map=_sets_of_members, reduce=_same_members, other=_title,
        controls=("ms-3.1.2",),
    ),
    AuditRule(
        "key.many-quorums", "One key in many quorums", "note", "seats",
        "One theft touches all of them.", "Give each purpose a key of its own.",
        _in_many_said, map=_keys_of_quorums, reduce=_in_many, controls=("ms-3.1.2",),
    ),
    AuditRule(
        "quorum.sound", "A majority is needed, and one loss is survivable", "good", "quorums",
        "Nobody approves alone, and nobody’s loss locks it.", "", _sound_said, _sound,
        controls=("ms-2.1.1",),
    ),
)  # fmt: skip

"""Rules about Cobo's key share holder groups and their holders.

Who holds too much, and whose loss stops what, is asked of ``cobo.findings``, as a form asks it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np

from toolkit.base.times import DAY_MS
from toolkit.cobo.findings import nodes_in_vault
from toolkit.cobo.models import SCHEMES, WITH_COBO, KeyShareHolder
from toolkit.cobo.powers import COBO
from toolkit.cobo.seats import why_absent
from toolkit.findings import Finding, documented, ours
from toolkit.inventory.columns import Columns
from toolkit.inventory.rules.rule import AuditRule, Hits, of_list, of_rows
from toolkit.inventory.words import Person, Several, Told, told, told_of

GROUPS_PAGE = documented(
    "Cobo manual, key share holder groups: a recovery group rebuilds a main one"
)
STATES = documented("Cobo, holder status and online")
STATUS = documented("Cobo, group status Unavailable and holder status Changed")
NEW_DAYS = 7
NOT_SET_UP = "NotConfigured"


# ---- asked as forms ask --------------------------------------------------------------------------


def _advised(rule: str, columns: Columns) -> Iterator[tuple[int, Finding]]:
    for row, findings in enumerate(columns.groups.advice):
        for finding in findings:
            if finding.rule == rule:
                yield row, finding


def _told_as_advised(columns: Columns, hits: Hits, at: int) -> Told:
    finding = hits.facts["fact"][at]
    return told_of(finding.sentence, finding.names[0])


def _one_holds_enough(columns: Columns) -> Hits:
    return of_list([*_advised("cobo.enough-alone", columns)], len(columns.groups))


def _same_person(columns: Columns) -> Hits:
    return of_list([*_advised("cobo.many-shares", columns)], len(columns.groups))


def _signing_stops(columns: Columns) -> Hits:
    """Where no other group of the vault still signs without that person."""
    hits = [
        (row, finding)
        for row, finding in _advised("cobo.signing-stops", columns)
        if columns.groups.models[row].status == "Valid"
        and finding.names[0] != COBO  # whose node no seat of ours can be called
        and not _goes_on(columns, row, finding.names[0])
    ]
    return of_list(hits, len(columns.groups))


def _goes_on(columns: Columns, row: int, lost: str) -> bool:
    """Whether another group of the vault signs without them."""
    vault = columns.groups.models[row].vault_id or ""
    for other in columns.groups.in_vault[vault]:
        powers = columns.groups.by_person(other)
        if other == row or columns.groups.models[other].status != "Valid":
            continue
        if powers.signing and powers.signing.held_by(powers.names).outlook({lost}).can_sign:
            return True
    return False


# ---- what one loss does --------------------------------------------------------------------------


def _without_recovery(columns: Columns, *, all_needed: bool) -> Hits:
    rows = []
    for row, _ in _advised("cobo.no-recovery-group", columns):
        shares = columns.groups.powers[row].shares
        assert shares is not None  # else nothing is advised
        if columns.groups.whole[row] and (shares.threshold == len(shares.members)) == all_needed:
            rows.append(row)
    whole = zip(columns.groups.models, columns.groups.whole, strict=True)
    mains = sum(group.type == "MainGroup" for group, seen in whole if seen)
    return of_rows(np.array(rows, np.int64), mains)


def _all_needed_said(columns: Columns, hits: Hits, at: int) -> Told:
    group = columns.groups.models[int(hits.rows[at])]
    return told(f"All {group.participants} shares are needed. If one is lost, the key is lost.")


def _no_recovery_said(columns: Columns, hits: Hits, at: int) -> Told:
    group = columns.groups.models[int(hits.rows[at])]
    spare = (group.participants or 0) - (group.threshold or 0)
    return told(
        f"Main group {group.threshold} of {group.participants}: it bears "
        f"{'1 loss' if spare == 1 else f'{spare} losses'}, and nothing brings the share back."
    )


# ---- states --------------------------------------------------------------------------------------


def _unavailable(columns: Columns) -> Hits:
    rows = [row for row, group in enumerate(columns.groups.models) if group.status == "Unavailable"]
    return of_rows(np.array(rows, np.int64), len(columns.groups))


def _unavailable_said(columns: Columns, hits: Hits, at: int) -> Told:
    return told("Cobo reports Unavailable: it cannot sign now.")


def _new_days(columns: Columns, row: int) -> int | None:
    group = columns.groups.models[row]
    if group.status != "New" or group.created_timestamp is None:
        return None
    return (columns.at_ms - group.created_timestamp) // DAY_MS


def _new_too_long(columns: Columns) -> Hits:
    days = [_new_days(columns, row) for row in range(len(columns.groups))]
    hits = [(row, age) for row, age in enumerate(days) if age is not None and age > NEW_DAYS]
    return of_list(hits, len(columns.groups))


def _new_said(columns: Columns, hits: Hits, at: int) -> Told:
    return told(f"New for {hits.facts['fact'][at]} days; it has no keys and cannot sign.")


def _below_two(columns: Columns) -> Hits:
    rows = [
        row
        for row, group in enumerate(columns.groups.models)
        if group.threshold is not None and group.threshold < 2
    ]
    return of_rows(np.array(rows, np.int64), len(columns.groups))


def _below_two_said(columns: Columns, hits: Hits, at: int) -> Told:
    group = columns.groups.models[int(hits.rows[at])]
    return told(f"Its threshold is {group.threshold} of {group.participants}.", path=("threshold",))


def _unclear(columns: Columns) -> Hits:
    """What cannot be told: how many are enough, or who signs, in what should sign."""
    rows = []
    for row, powers in enumerate(columns.groups.powers):
        signs = columns.groups.models[row].type in WITH_COBO
        if powers.shares is None or (signs and powers.signing is None):
            rows.append(row)
    return of_rows(np.array(rows, np.int64), len(columns.groups))


def _unclear_said(columns: Columns, hits: Hits, at: int) -> Told:
    powers = columns.groups.powers[int(hits.rows[at])]
    names = [name for name in powers.names.values() if name != COBO and name in powers.why]
    if names:
        seat = next(each for each, name in powers.names.items() if name == names[0])
        return told_of(powers.why, Person(names[0], seat))
    return told("{}", powers.why)


# ---- holders -------------------------------------------------------------------------------------


def _away(columns: Columns) -> Hits:
    hits = [
        (row, word)
        for row, (_, _, holder) in enumerate(columns.holders)
        if holder.status != NOT_SET_UP and (word := why_absent(holder))
    ]
    return of_list(hits, len(columns.holders))


def _role(holder: KeyShareHolder) -> str:
    return "a designated signer" if holder.signer else "no designated signer"


def _holder(columns: Columns, row: int) -> Person:
    _, number, holder = columns.holders[row]
    seat = holder.tss_node_id or f"seat {number}"
    return columns.seats.named(holder.name or seat, seat)


def _away_said(columns: Columns, hits: Hits, at: int) -> Told:
    row = int(hits.rows[at])
    role = _role(columns.holders[row][2])
    return told("{}: {}; {}.", _holder(columns, row), hits.facts["fact"][at], role)


def _unconfigured(columns: Columns) -> Hits:
    rows = [
        row for row, (_, _, holder) in enumerate(columns.holders) if holder.status == NOT_SET_UP
    ]
    return of_rows(np.array(rows, np.int64), len(columns.holders))


def _unconfigured_said(columns: Columns, hits: Hits, at: int) -> Told:
    row = int(hits.rows[at])
    return told(f"{{}}: not set up; {_role(columns.holders[row][2])}.", _holder(columns, row))


def _node_twice(columns: Columns) -> Hits:
    first: dict[tuple[int, str], int] = {}
    hits = []
    for row, (group, number, holder) in enumerate(columns.holders):
        if not holder.tss_node_id:
            continue
        earlier = first.setdefault((group, holder.tss_node_id), number)
        if earlier != number:
            hits.append((row, earlier))
    return of_list(hits, len(columns.holders))


def _node_twice_said(columns: Columns, hits: Hits, at: int) -> Told:
    row = int(hits.rows[at])
    _, number, _ = columns.holders[row]
    return told(
        f"{{}} in seat {number} is the same node as seat {hits.facts['fact'][at]}: two shares, one "
        "holder.",
        _holder(columns, row),
    )


def _in_two_groups(columns: Columns) -> Hits:
    """A node that holds a share of an earlier group of its vault: as the form tells it."""
    seated: dict[str, dict[str, int]] = {}
    hits = []
    for row, (at, _, holder) in enumerate(columns.holders):
        group, node = columns.groups.models[at], holder.tss_node_id
        if not node or holder.type == COBO or not group.vault_id:
            continue
        earlier = seated.setdefault(group.vault_id, {}).setdefault(node, at)
        if earlier != at:
            (finding,) = nodes_in_vault([node], {node: columns.groups.models[earlier]})
            hits.append((row, finding))
    return of_list(hits, len(columns.holders))


def _in_two_groups_said(columns: Columns, hits: Hits, at: int) -> Told:
    row = int(hits.rows[at])
    sentence = hits.facts["fact"][at].sentence.replace("{", "{{").replace("}", "}}")
    return told(f"{{}}: {sentence}", _holder(columns, row))


# ---- vaults, and what is well --------------------------------------------------------------------


def _no_main(columns: Columns) -> Hits:
    """Vaults all of whose groups were seen, none of them a Valid main group."""
    rows = []
    for row, vault in enumerate(columns.vaults):
        groups = columns.groups.in_vault.get(vault.vault_id or "", ())
        valid = columns.groups.valid.get(vault.vault_id or "", frozenset())
        if groups and columns.groups.whole[groups[0]] and "MainGroup" not in valid:
            rows.append(row)
    return of_rows(np.array(rows, np.int64), len(columns.vaults))


def _no_main_said(columns: Columns, hits: Hits, at: int) -> Told:
    vault = columns.vaults[int(hits.rows[at])].vault_id or ""
    states = Counter(columns.groups.models[row].status for row in columns.groups.in_vault[vault])
    words = [f"{count} {status or 'of unknown status'}" for status, count in states.items()]
    return told("No main group of it is Valid. Its groups by status: {}.", Several(words))


def _whole(columns: Columns) -> Hits:
    rows = [
        row
        for row, vault in enumerate(columns.vaults)
        if columns.groups.valid.get(vault.vault_id or "", frozenset())
        >= {"MainGroup", "SigningGroup", "RecoveryGroup"}
    ]
    return of_rows(np.array(rows, np.int64), len(columns.vaults))


def _whole_said(columns: Columns, hits: Hits, at: int) -> Told:
    return told("It has a main, a signing and a recovery group, each Valid.")


_NAMED = ", ".join(f"{k} of {n}" for k, n in SCHEMES)
RULES = (
    AuditRule(
        "group.one-holds-enough", "One person holds enough shares", "high", "groups",
        "Shares are what the key needs. Who holds enough of them needs neither Cobo nor anybody "
        "else.",
        "Give one of the seats to another person: make a new group.",
        _told_as_advised, _one_holds_enough, controls=("ms-2.1.1",),
    ),
    AuditRule(
        "group.all-needed", "All shares are needed, and no recovery group", "high", "groups",
        "One lost share loses the key of the whole vault.",
        "Make a recovery group now; it rebuilds the main group.",
        _all_needed_said, lambda columns: _without_recovery(columns, all_needed=True),
        source=GROUPS_PAGE, controls=("ms-2.1.1", "ms-3.1.4"),
    ),
    AuditRule(
        "group.unavailable", "A group cannot sign now", "high", "groups",
        "A holder is moving to another phone, and until that is done the group cannot sign.",
        "Finish the phone change: KeyGenFromKeyGroup, then Recovery.",
        _unavailable_said, _unavailable, source=STATUS, controls=("ms-6.1.2",),
    ),
    AuditRule(
        "group.below-two", "A group that one share satisfies", "high", "groups",
        f"One share is the whole key. Cobo documents {_NAMED}.",
        "Make a new group of 2 of 3, and move what this one holds.",
        _below_two_said, _below_two, controls=("ms-2.1.1",),
        source=documented("Cobo OpenAPI file: threshold and participants"),
    ),
    AuditRule(
        "group.no-recovery", "No recovery group", "medium", "groups",
        "A lost share cannot be rebuilt. After the next loss the key is gone.",
        "Create a recovery group.",
        _no_recovery_said, lambda columns: _without_recovery(columns, all_needed=False),
        source=GROUPS_PAGE, controls=("ms-3.1.4",),
    ),
    AuditRule(
        "group.same-person", "One person has several shares", "medium", "groups",
        "The threshold counts shares. One person with several weakens it.",
        "Give all but one of these seats to other people: make a new group.",
        _told_as_advised, _same_person, controls=("ms-2.1.1",),
    ),
    AuditRule(
        "group.signing-stops", "One loss stops signing", "low", "groups",
        "Enough shares are left, but nobody signs day to day until a new signing group is made.",
        "Make another signing group, with another designated signer.",
        _told_as_advised, _signing_stops, controls=("ms-3.1.4", "ms-6.1.2"),
    ),
    AuditRule(
        "group.new-too-long", "A group has been New for too long", "low", "groups",
        "It has no keys: whoever counts on it is mistaken.",
        "Finish its key generation, or delete it.",
        _new_said, _new_too_long, controls=("ms-1.1.2",),
    ),
    AuditRule(
        "group.unclear", "Who can use a group cannot be told", "note", "groups",
        "What Cobo answered does not say it, so no other rule could judge this group.",
        "Ask Cobo, or look in the Portal.", _unclear_said, _unclear, controls=("ms-1.1.2",),
    ),
    AuditRule(
        "vault.no-main", "A vault without a Valid main group", "medium", "vaults",
        "Its key is not in use, or no longer: nothing new can be made from it.",
        "Finish a main group, and beside it a signing group with another designated signer.",
        _no_main_said, _no_main, source=GROUPS_PAGE, controls=("ms-1.1.2",),
    ),
    AuditRule(
        "holder.away", "A holder cannot take part", "medium", "holders",
        "Offline, not activated or moved to another phone: this share does not count today.",
        "Ask the holder to open the app; if the phone is gone, rebuild the share.",
        _away_said, _away, source=STATES, controls=("ms-6.1.2",),
    ),
    AuditRule(
        "holder.unconfigured", "A holder that is not set up", "medium", "holders",
        "No share can be made for it, so the group’s key generation cannot end.",
        "Set its node up, or make the group with another holder.",
        _unconfigured_said, _unconfigured, source=STATES, controls=("ms-6.1.2",),
    ),
    AuditRule(
        "holder.node-twice", "The same node in two seats", "medium", "holders",
        "Two shares on one machine: whoever has it has both.",
        "Make a new group in which each seat has a node of its own.",
        _node_twice_said, _node_twice, controls=("ms-2.1.1",),
    ),
    AuditRule(
        "holder.two-groups", "One node in two groups of a vault", "medium", "holders",
        "What is lost with that node is lost in both groups at once.",
        "Use another node for one of them.",
        _in_two_groups_said, _in_two_groups,
        source=ours("inferred from the Cobo manual, TSS nodes"), controls=("ms-3.1.2",),
    ),
    AuditRule(
        "vault.whole", "Main, signing and recovery group are Valid", "good", "vaults",
        "What is lost can be rebuilt, and signing does not touch the main group.", "",
        _whole_said, _whole, source=GROUPS_PAGE, controls=("ms-3.1.4",),
    ),
)  # fmt: skip

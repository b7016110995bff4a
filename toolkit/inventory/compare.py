"""Compare two looks: what changed, what each change does to power, and whether we ordered it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from toolkit.base.text import plural
from toolkit.cobo import models as cobo
from toolkit.errors import InputError
from toolkit.findings import SEVERITIES
from toolkit.inventory import cobo_differences as at_cobo
from toolkit.inventory import intent_differences as of_intents
from toolkit.inventory import policy_differences as of_policies
from toolkit.inventory import privy_differences as at_privy
from toolkit.inventory.changes import ORIGINS, Change, Changes, NotCompared, Origin
from toolkit.inventory.difference import NOTHING, Both, Difference, Shift, severest
from toolkit.inventory.inventory import Inventory
from toolkit.inventory.orders import Body, Orders, body_of
from toolkit.inventory.presence import IDS, Presence, things_of
from toolkit.privy import models as privy
from toolkit.quorum import Quorum, power_change

Differ = Callable[[Both, Any, Any], Iterable[Difference]]
Teller = Callable[[Both, Any], Iterable[Difference]]


def _nothing(*_: Any) -> tuple[Difference, ...]:
    """Told by others, or not a matter of who can sign."""
    return ()


@dataclass(frozen=True, slots=True)
class Kind:
    """How things of one list are compared. ``told``: fields that ``differ`` tells, or that follow
    from others; every other field that differs is told by its name. ``as_ordered``: what a request
    asked for, as the thing that it would have made. ``ages``: time alone changes it.
    """

    word: str
    differ: Differ
    made: Teller
    gone: Teller
    told: tuple[str, ...]
    name: Callable[[Both, Any], str]
    as_ordered: Callable[[Body, Any], Any] | None = None
    ages: bool = False


KINDS: Mapping[str, Kind] = {
    "organizations": Kind(
        "organisation", _nothing, _nothing, _nothing, (), lambda both, org: org.name or org.org_id
    ),
    "api_keys": Kind(
        "API key",
        at_cobo.of_api_key,
        _nothing,
        _nothing,
        ("name", "callback_url", "valid_ips", "expired_timestamp", "role_scopes"),
        lambda both, info: f"API key {info.name}",
        ages=True,
    ),
    "projects": Kind(
        "project",
        at_cobo.of_project,
        at_cobo.project_made,
        at_cobo.project_gone,
        ("name", "threshold", "participants"),
        lambda both, project: f"Project {project.name or project.project_id}",
    ),
    "vaults": Kind(
        "vault",
        at_cobo.of_vault,
        at_cobo.vault_made,
        at_cobo.vault_gone,
        ("name", "root_pubkeys"),
        lambda both, vault: vault.name or vault.vault_id or "",
    ),
    "groups": Kind(
        "group",
        at_cobo.of_group,
        at_cobo.group_made,
        at_cobo.group_gone,
        (
            "type",
            "status",
            "threshold",
            "participants",
            "key_share_holders",
            "tss_key_share_groups",
        ),
        at_cobo.group_name,
        at_cobo.group_as_ordered,
    ),
    "tss_requests": Kind(
        "TSS request",
        at_cobo.of_request,
        at_cobo.request_made,
        at_cobo.request_gone,
        ("status",),
        at_cobo.request_name,
    ),
    "cobo_holders": Kind(
        "Cobo’s node",
        _nothing,
        at_cobo.cobo_node_made,
        at_cobo.cobo_node_gone,
        (),
        lambda both, holder: holder.tss_node_id or "",
    ),
    "cobo_wallets": Kind(
        "Cobo wallet",
        at_cobo.of_wallet,
        at_cobo.wallet_made,
        at_cobo.wallet_gone,
        ("name", "vault_id", "vault_name", "project_name"),
        lambda both, wallet: at_cobo.wallet_name(wallet),
        at_cobo.wallet_as_ordered,
    ),
    "quorums": Kind(
        "quorum",
        at_privy.of_quorum,
        at_privy.quorum_made,
        at_privy.quorum_gone,
        (
            "display_name",
            "authorization_threshold",
            "authorization_keys",
            "user_ids",
            "key_quorum_ids",
        ),
        lambda both, quorum: quorum.display_name or quorum.id,
        at_privy.quorum_as_ordered,
    ),
    "wallets": Kind(
        "wallet",
        at_privy.of_wallet,
        at_privy.wallet_made,
        at_privy.wallet_gone,
        ("display_name", "owner_id", "additional_signers", "exported_at", "policy_ids"),
        lambda both, wallet: at_privy.wallet_name(wallet),
        at_privy.wallet_as_ordered,
    ),
    "policies": Kind(
        "policy",
        of_policies.of_policy,
        of_policies.policy_made,
        of_policies.policy_gone,
        ("name", "owner_id", "rules"),
        lambda both, policy: of_policies.policy_name(policy),
    ),
    "intents": Kind(
        "intent",
        of_intents.of_intent,
        of_intents.intent_made,
        of_intents.intent_gone,
        (
            "status",
            "authorization_details",
            "action_result",
            "rejected_at",
            "dismissed_at",
            "dismissal_reason",
            "current_resource_data",
        ),
        of_intents.intent_name,
    ),
}


def compare(before: Any, after: Any) -> Changes:
    """What changed from one look to another: in words, as a frame, with severity and origin.

    A change is *ordered here* if an entry of the later look's journal asked for exactly this,
    *happened by itself* if it is a state, and *not ordered here* otherwise. For each change of who
    can sign it is worked out who gains and loses which power, by person where people are known (the
    later look's, if it knows any). What one of the looks could not have seen is no change: it
    stands in ``not_compared``.

    Args:
        before, after: two inventories; or two groups, two key quorums, or two ``Quorum`` values:
            they are compared as one thing at two moments.

    Raises:
        InputError: something else, or two different things.

    >>> from toolkit import Emulator, collect, compare
    >>> app = Emulator.seeded().privy_client()
    >>> compare(collect(app), collect(app)).exit_code()
    0
    """
    if isinstance(before, Inventory) and isinstance(after, Inventory):
        return _of_inventories(before, after)
    if isinstance(before, Quorum) and isinstance(after, Quorum):
        return _of_powers(before, after)
    for kind, shape in (("groups", cobo.KeyShareHolderGroup), ("quorums", privy.KeyQuorum)):
        if isinstance(before, shape) and isinstance(after, shape):
            return _of_things(kind, before, after)
    raise InputError(
        f"compare takes two looks at the same, not {type(before).__name__} and "
        f"{type(after).__name__}.",
        hint="Pass two inventories, two groups, two key quorums, or two Quorum values.",
    )


def _of_things(kind: str, before: Any, after: Any) -> Changes:
    """Two models as one thing at two moments, whatever their ids."""
    ids = ("key_share_holder_group_id", "vault_id") if kind == "groups" else ("id",)
    before = msgspec.structs.replace(before, **{name: getattr(after, name) for name in ids})
    sides: list[dict[str, Any]] = [{kind: (before,)}, {kind: (after,)}]
    return _of_inventories(*(Inventory(0, 0, **side) for side in sides))


def _of_powers(before: Quorum, after: Quorum) -> Changes:
    change = power_change(before, after)
    shift = Shift("approves", change, change.search_gained(), change.search_lost())
    if before == after:
        return Changes((), looked_at=1)
    sentence = "is another one"
    difference = Difference(
        "quorum",
        "",
        "The quorum",
        "members",
        shift.severity,
        sentence,
        before.in_words(),
        after.in_words(),
        shifts=(shift,),
    )
    return Changes((Change(difference, ORIGINS[0], shift.severity),), looked_at=1)


def _of_inventories(before: Inventory, after: Inventory) -> Changes:
    people = after.people if after.people.seats else before.people
    both = Both(before.with_people(people), after.with_people(people))
    comparison = _Comparison(both)
    differences = list(comparison.differences())
    orders = Orders(before, after)
    changes = [_with_origin(each, orders) for each in differences]
    changes += _nested(both, changes)
    changes.sort(key=_urgency)
    return Changes(
        changes=tuple(changes),
        not_compared=(*comparison.not_compared, *_people_changed(before, after)),
        before_ms=before.at_ms,
        after_ms=after.at_ms,
        environments=tuple(dict.fromkeys((*before.environments, *after.environments))),
        looked_at=comparison.looked_at,
    )


def _urgency(change: Change) -> tuple[int, int, str, str]:
    origin, severity = ORIGINS.index(change.origin), SEVERITIES.index(change.severity)
    return origin, severity, change.about, change.field


def _with_origin(difference: Difference, orders: Orders) -> Change:
    entry = orders.behind(difference.asked)
    origin: Origin = "not ordered here"
    if entry is not None:
        origin = "ordered here"
    elif difference.by_itself:
        origin = "happened by itself"
    severity = difference.severity
    if origin == "not ordered here" and severity == "good":  # it is only good if we meant it
        severity = "medium"
    return Change(difference, origin, severity, entry)


@dataclass
class _Comparison:
    """One comparison: what differs, and what could not be compared."""

    both: Both

    def __post_init__(self) -> None:
        self.not_compared: list[NotCompared] = []
        self.looked_at = 0  # things that both looks have, or one of them rightly has not
        before, after = self.both.before, self.both.after
        self._missing = Presence(before, after, appeared=False)
        self._fresh = Presence(after, before, appeared=True)

    def differences(self) -> Iterator[Difference]:
        """List by list."""
        for name, kind in KINDS.items():
            then = things_of(self.both.before, name)
            now = things_of(self.both.after, name)
            for thing_id in then.keys() & now.keys():
                self.looked_at += 1
                if kind.ages or then[thing_id] != now[thing_id]:
                    yield from self._differ(kind, name, then[thing_id], now[thing_id])
            for thing_id in now.keys() - then.keys():
                if self._may_tell(self._fresh, name, now[thing_id]):
                    yield from kind.made(self.both, now[thing_id])
                    yield from self._otherwise(kind, name, now[thing_id])
            for thing_id in then.keys() - now.keys():
                if self._may_tell(self._missing, name, then[thing_id]):
                    yield from kind.gone(self.both, then[thing_id])
        yield from _holders(self.both)

    def _differ(self, kind: Kind, name: str, then: Any, now: Any) -> Iterator[Difference]:
        yield from kind.differ(self.both, then, now)
        yield from _others(self.both, kind, name, then, now)

    def _may_tell(self, presence: Presence, name: str, thing: Any) -> bool:
        kind = KINDS[name]
        why = presence.why_unseen(name, thing)
        if why:
            about = kind.name(self.both, thing)
            self.not_compared.append(NotCompared(kind.word, IDS[name](thing) or "", about, why))
            return False
        self.looked_at += 1
        return True

    def _otherwise(self, kind: Kind, name: str, now: Any) -> Iterator[Difference]:
        """Where something that we made is not as we asked for it."""
        if kind.as_ordered is None:
            return
        for entry in self.both.made_here(IDS[name](now) or ""):
            if entry.operation in _MAKING and entry.body:
                ordered = kind.as_ordered(body_of(entry), now)
                for difference in kind.differ(self.both, ordered, now):
                    sentence = f"is otherwise than ordered: it {difference.sentence}"
                    yield replace(difference, sentence=sentence)


_MAKING = ("create_key_quorum", "create_wallet", "create_key_share_holder_group")


def _others(both: Both, kind: Kind, name: str, then: Any, now: Any) -> Iterator[Difference]:
    """Every other field that differs, by its name: nothing is left out silently."""
    for field in now.__struct_fields__:  # ``received`` is ours: where it came from
        if field in ("received", *kind.told) or getattr(then, field) == getattr(now, field):
            continue
        if field == "updated_timestamp" and _tells_more(kind, then, now):
            continue
        yield Difference(
            kind.word,
            IDS[name](now) or "",
            kind.name(both, now),
            field,
            "low",
            f"has another {field}",
            _value(getattr(then, field)),
            _value(getattr(now, field)),
        )


def _tells_more(kind: Kind, then: Any, now: Any) -> bool:
    """Whether a field changed that explains when it was updated."""
    return any(getattr(then, field) != getattr(now, field) for field in kind.told)


def _value(value: Any) -> str:
    if value is None or value is msgspec.UNSET:
        return NOTHING
    return str(value) if isinstance(value, str | int) else str(msgspec.to_builtins(value))


def _holders(both: Both) -> Iterator[Difference]:
    """What became of each node that holds a share in both looks: told once, wherever it does."""
    nodes = [_nodes(inventory) for inventory in (both.before, both.after)]
    for node, now in nodes[1].items():
        if node in nodes[0] and nodes[0][node] != now:
            yield from at_cobo.of_holder(both, nodes[0][node], now, _seated(both, node))


def _nodes(inventory: Inventory) -> dict[str, cobo.KeyShareHolder]:
    return {
        holder.tss_node_id: holder
        for group in inventory.groups
        for holder in group.key_share_holders or ()
        if holder.tss_node_id
    }


def _seated(both: Both, node: str) -> Sequence[str]:
    """The groups in which a node holds a share."""
    return [
        at_cobo.group_name(both, group)
        for group in both.after.groups
        if any(holder.tss_node_id == node for holder in group.key_share_holders or ())
    ]


# ---- quorums in quorums --------------------------------------------------------------------------

_WHO = ("threshold", "members", "made", "gone")


def _nested(both: Both, changes: Sequence[Change]) -> Iterator[Change]:
    """Quorums in which nothing changed but a quorum inside: who can approve did, too."""
    told = _told_of_quorums(changes)
    before, known = (things_of(look, "quorums") for look in (both.before, both.after))
    for quorum_id in (known.keys() & before.keys()) - told.keys():
        inside = [each for each in _inside(known[quorum_id], known) if each in told]
        if inside:
            causes = [change for each in inside for change in told[each]]
            yield from _by_nested(both, known[quorum_id], inside, causes)


def _told_of_quorums(changes: Sequence[Change]) -> dict[str, list[Change]]:
    told: dict[str, list[Change]] = {}
    for change in changes:
        if change.kind == "quorum" and change.field in _WHO:
            told.setdefault(change.id, []).append(change)
    return told


def _by_nested(
    both: Both, quorum: privy.KeyQuorum, inside: Sequence[str], causes: Sequence[Change]
) -> Iterator[Change]:
    shifts = [shift for shift in both.shifts([quorum.id]) if shift.severity != "note"]
    if not shifts:
        return
    names = [both.quorum_name(each) for each in inside]
    severity = severest("note", *(shift.severity for shift in shifts))
    difference = Difference(
        "quorum",
        quorum.id,
        quorum.display_name or quorum.id,
        "nested",
        severity,
        f"is approved by others now: {', '.join(names)} inside it changed",
        at_privy.scheme(quorum),
        at_privy.scheme(quorum),
        names=tuple(names),
        shifts=tuple(shifts),
    )
    worst = min(causes, key=lambda change: ORIGINS.index(change.origin))
    yield Change(difference, worst.origin, severity, worst.entry)


def _inside(quorum: privy.KeyQuorum, known: Mapping[str, privy.KeyQuorum]) -> list[str]:
    """The ids of all quorums in it, at any depth."""
    inside: dict[str, None] = {}
    waiting = list(quorum.key_quorum_ids or ())
    while waiting:
        each = waiting.pop()
        if each not in inside:
            inside[each] = None
            waiting += known[each].key_quorum_ids or () if each in known else ()
    return list(inside)


# ---- people --------------------------------------------------------------------------------------


def _people_changed(before: Inventory, after: Inventory) -> Iterator[NotCompared]:
    """Who holds which seat is our knowledge, not theirs: both sides are read by the later."""
    then, now = before.people.persons, after.people.persons
    moved = [seat for seat in {**then, **now} if then.get(seat) != now.get(seat)]
    if then and now and moved:
        about = plural(len(moved), "seat")
        why = "somebody else is named as holding it; both looks are read by the later list"
        yield NotCompared("people", "", about, why)

"""An inventory as columns: what the rules of an audit read.

Seats and people are coded to integers once; of a million keys, each distinct text is parsed once.
One ``Columns`` is one *partition*: everything about a thing is in it (a quorum with those nested in
it and its wallets, a vault with its groups). What looks across everything is asked of all
partitions together, by 64-bit hashes that are the same in each. ``coding`` makes them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from toolkit.cobo import models as cobo
from toolkit.cobo.findings import group_advice
from toolkit.cobo.powers import Powers
from toolkit.cobo.powers import powers_of as powers_of_group
from toolkit.errors import InputError
from toolkit.findings import Finding
from toolkit.inventory.powers import COBO, GROUPS
from toolkit.inventory.words import Person
from toolkit.keys.public import spoken
from toolkit.privy import models as privy
from toolkit.privy.intents import Intent
from toolkit.privy.powers import quorum_of
from toolkit.quorum import Quorum

if TYPE_CHECKING:
    from toolkit.inventory.exclusions import Exclusion
    from toolkit.inventory.inventory import Origin
    from toolkit.inventory.people import Holder

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
NONE = -1  # the code of what is not there
NOT_SEEN = -2  # an owner that was not seen
ELSEWHERE = -3  # an owner that is in another partition
#: Tables whose rows are saved, one a line.
LISTED = (
    "quorums", "groups", "vaults", "wallets", "policies", "intents", "api_keys", "origins",
)  # fmt: skip
#: The kinds of seats, in the order in which they are numbered.
SEATS = ("key", "user", "TSS node", "API key", "app secret")
LOCATIONS = ("site", "organisation")  # where a person is
TO_PROVE = ("key", "TSS node")  # those of which a drill can be recorded
POSITION_BITS, LINE_BITS = 20, 36  # of a place: where on its line, and which line of its file
KIND_BITS = POSITION_BITS + LINE_BITS
NAME_BITS = KIND_BITS + 3  # above them, what kind of name it is
#: What a row of each table is named by, from one audit to the next.
IDENTITY: Mapping[str, tuple[str, ...]] = {
    "quorums": ("quorum",),
    "groups": ("group",),
    "holders": ("group", "node"),
    "vaults": ("vault",),
    "wallets": ("wallet",),
    "policies": ("policy",),
    "intents": ("intent",),
    "api_keys": ("api_key",),
    "roles": ("api_key", "role"),
    "seats": ("seat",),
    "names": ("kind", "thing", "name"),
    "origins": ("service", "through"),
    "apps": ("app",),
    "exclusions": ("rule", "about"),
}


class Subject(NamedTuple):
    """What a row is about: how people call it, what identifies it, and where it was saved.

    ``thing`` is the same for all rows about one thing: a key and its roles, a group and its
    holders. ``file`` and ``line`` are those of a saved inventory, empty and 0 for what is in none.
    """

    title: str
    identity: tuple[str, ...]
    thing: tuple[str, str]
    file: str = ""
    line: int = 0


class Pairs(NamedTuple):
    """Rows and what stands there: a seat, a person; ``weight``: how many places it has."""

    rows: Ints
    codes: Ints
    weight: Ints


# ---- people and seats ----------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class SeatColumns:
    """Everything that a person can hold: id, kind, what it is called, and by whom it is held.

    ``person`` is the code of its holder; a seat that nobody has claimed is a person of its own.
    Those with a name come first, by name. ``places``: where each stands first in all of the
    inventory; ``own``: whether that is in this partition. ``leads``: whether it is the first seat
    of a person.
    """

    ids: Sequence[str]
    kinds: Sequence[str]
    labels: Sequence[str]
    person: Ints
    persons: Sequence[str]
    holders: Sequence[Holder | None]
    code: Mapping[str, int]
    places: Ints
    own: Flags
    leads: Flags
    located: Collection[str]  # what is known of somebody: ``site``, ``organisation``
    seat_of: Sequence[int]  # of each person, their first seat
    first_seats: Mapping[str, str]  # of each person by name, the first of their seats by id

    @cached_property
    def claimed(self) -> Flags:
        """Whether somebody is known to hold it."""
        flags = (holder is not None for holder in self.holders)
        return np.fromiter(flags, np.bool_, len(self.holders))

    @cached_property
    def hashes(self) -> npt.NDArray[np.uint64]:
        """A 64-bit hash of each id, the same in every partition."""
        return hashes(self.ids)

    def called(self, seat: int) -> Person:
        """A seat as people call it: by its holder, its name, or its first digits."""
        holder = self.holders[seat]
        if holder is not None:
            return Person(holder.person, self.first_seats[holder.person])
        if self.labels[seat] and self.labels[seat] != COBO:  # that name is taken
            return Person(self.labels[seat], self.ids[seat])
        return Person(self.short(seat), self.ids[seat])

    def named(self, name: str, identity: str) -> Person:
        """Somebody by another name than that of the directory: the same pseudonym all the same."""
        seat = self.code.get(identity)
        holder = None if seat is None else self.holders[seat]
        return Person(name, identity if holder is None else self.first_seats[holder.person])

    def short(self, seat: int) -> str:
        """A seat without a name: its kind and its first digits."""
        identity = self.ids[seat]
        if self.kinds[seat] in ("key", "API key"):
            return f"{self.kinds[seat]} {spoken(identity)}"
        if len(identity) > 24:
            identity = f"{identity[:10]}…{identity[-4:]}"
        return f"{self.kinds[seat]} {identity}"

    def person_called(self, person: int) -> Person:
        """A person as they are called; a seat that nobody has claimed by its own name."""
        return self.called(self.seat_of[person])

    def coded_by(self, what: str) -> Ints | None:
        """Of each seat the code of its ``site`` or ``organisation``, by name; its own one where
        that is unknown; None where none is known of anybody.
        """
        if what not in self.located:
            return None
        code_of = {name: code for code, name in enumerate(self._named(what))}
        codes = np.arange(len(self.ids), dtype=np.int64) + len(self.ids)
        for seat, holder in enumerate(self.holders):
            name = getattr(holder, what, "")
            if name:
                codes[seat] = code_of[name]
        return codes

    def named_by(self, what: str, code: int) -> str:
        """What a code of ``coded_by`` stands for."""
        return self._named(what)[code]

    def _named(self, what: str) -> Sequence[str]:
        return sorted({getattr(holder, what, "") for holder in self.holders} - {""})


def hashes(texts: Sequence[str]) -> npt.NDArray[np.uint64]:
    """A 64-bit hash of each text, the same on every computer and in every run."""
    from pandas.util import hash_array

    array = np.empty(len(texts), dtype=object)
    array[:] = texts
    try:
        hashed = hash_array(array, categorize=False)
    except UnicodeEncodeError:  # half a character, which only a hostile name has
        array[:] = [_without_halves(text) for text in texts]
        hashed = hash_array(array, categorize=False)
    return np.asarray(hashed, dtype=np.uint64)


def _without_halves(text: str) -> str:
    content = text.encode("utf-8", "surrogatepass")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("latin-1")


# ---- quorums -------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class QuorumColumns:
    """Key quorums. ``members`` are their own distinct members, users and keys by seat, sorted by
    row; ``weight`` says how often each is listed. ``size`` counts them, nested quorums too.

    ``threshold`` is all of them where Privy names none. ``not_shown``: how many more members there
    must be, at least, that the API does not show; who can approve is then not known.
    """

    models: Sequence[privy.KeyQuorum]
    seats: SeatColumns
    members: Pairs
    size: Ints
    threshold: Ints
    not_shown: Ints
    nested: Flags
    no_keys: Pairs  # members that are no keys, by seat
    unseen: Pairs  # nested quorums that were not seen, by their place in the list
    owns: Ints
    signs: Ints
    asked: dict[int, Quorum | None] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return len(self.models)

    @cached_property
    def row_of(self) -> Mapping[str, int]:
        """Id → row."""
        return {quorum.id: row for row, quorum in enumerate(self.models)}

    @cached_property
    def reachable(self) -> Flags:
        """Whether the members together can reach the threshold, those not shown among them."""
        return (self.threshold >= 1) & (self.threshold <= self.size + self.not_shown)

    @cached_property
    def known(self) -> Flags:
        """Whether all members are shown, and can reach the threshold."""
        shown: Flags = self.not_shown == 0
        return self.reachable & shown

    @cached_property
    def people(self) -> Pairs:
        """The persons that have a part in each, by the number of their own seats in it."""
        return self.by(self.seats.person)

    def by(self, codes: Ints) -> Pairs:
        """The members by what each seat stands for: a person, a site."""
        return summed(self.members.rows, codes[self.members.codes])

    @cached_property
    def deep(self) -> Sequence[int]:
        """Rows with nested quorums: those are asked of the mathematics, one by one."""
        return [int(row) for row in np.flatnonzero(self.nested)]

    def quorum(self, row: int) -> Quorum | None:
        """Who can approve, over seats; None where it is not known, or does not fit."""
        if row not in self.asked:
            self.asked[row] = self._asked(row)
        return self.asked[row]

    def _asked(self, row: int) -> Quorum | None:
        inside: dict[str, privy.KeyQuorum] = {}
        waiting = list(self.models[row].key_quorum_ids or ())
        while waiting:
            at = self.row_of.get(waiting.pop())
            if at is not None and self.models[at].id not in inside:
                inside[self.models[at].id] = self.models[at]
                waiting += self.models[at].key_quorum_ids or ()
        if any(each.not_shown for each in (self.models[row], *inside.values())):
            return None
        try:
            return quorum_of(self.models[row], inside.values())
        except InputError:  # a threshold that does not fit, a ring: each is a rule of its own
            return None

    def held(self, row: int, codes: Ints) -> Quorum | None:
        """The same over codes of persons or sites, written as texts."""
        quorum = self.quorum(row)
        if quorum is None:
            return None
        known = self.seats.code
        names = {each: str(codes[known[each]]) for each in quorum.ids if each in known}
        return quorum.held_by(names)

    @cached_property
    def alone(self) -> Pairs:
        """Persons who are enough by themselves."""
        return self.enough_by(self.seats.person, self.people)

    @cached_property
    def needed(self) -> Pairs:
        """Persons without whom the others are not enough."""
        return self.needed_by(self.seats.person, self.people)

    def enough_by(self, codes: Ints, pairs: Pairs) -> Pairs:
        """Codes (of persons, of sites) that are enough by themselves."""
        flat = self.known & ~self.nested
        direct = picked(pairs, flat[pairs.rows] & (pairs.weight >= self.threshold[pairs.rows]))
        return joined(direct, self._of_deep(codes, lambda quorum: enough_alone(quorum)))

    def needed_by(self, codes: Ints, pairs: Pairs) -> Pairs:
        """Codes (of persons, of sites) without which the others are not enough."""
        flat = self.known & ~self.nested
        bearable = (self.size - self.threshold)[pairs.rows]
        direct = picked(pairs, flat[pairs.rows] & (pairs.weight > bearable))
        return joined(direct, self._of_deep(codes, lambda quorum: quorum.single_points()))

    def _of_deep(self, codes: Ints, ask: Any) -> list[tuple[int, int, int]]:
        answers = []
        for row in self.deep:
            quorum = self.held(row, codes)
            if quorum is None:
                continue
            weight = Counter(quorum.leaves())
            mine = [each for each in ask(quorum) if each.isdigit()]
            answers += [(row, int(each), weight[each]) for each in sorted(mine, key=int)]
        return answers

    @cached_property
    def several(self) -> Pairs:
        """Persons who have more than one place in a quorum, through nesting too."""
        flat = ~self.nested[self.people.rows] & (self.people.weight > 1)
        answers = []
        for row in self.deep:
            quorum = self.held(row, self.seats.person)
            counts = Counter(_by_member(quorum)) if quorum else Counter[str]()
            twice = [each for each, count in counts.items() if count > 1 and each.isdigit()]
            answers += [(row, int(each), counts[each]) for each in sorted(twice, key=int)]
        return joined(picked(self.people, flat), answers)

    def title(self, row: int) -> str:
        """As people call it."""
        return self.models[row].display_name or self.models[row].id


def _by_member(quorum: Quorum) -> Iterable[str]:
    """Who has a part in each member: several seats in one nested quorum are one way to it, and that
    quorum's own matter.
    """
    for member in quorum.members:
        yield from {*member.ids} if isinstance(member, Quorum) else (member,)


def enough_alone(quorum: Quorum) -> list[str]:
    """Who reaches the threshold alone."""
    return [each for each in quorum.ids if quorum.can_sign({each})]


def summed(rows: Ints, codes: Ints, weight: Ints | None = None) -> Pairs:
    """Each pair of row and code once, in order, and how often it stands there."""
    if not len(rows):
        return Pairs(rows, codes, np.zeros(0, np.int64))
    width = int(codes.max()) + 1
    together = rows * width + codes
    if (together[1:] > together[:-1]).all():  # each once, and sorted already
        return Pairs(rows, codes, np.ones(len(rows), np.int64))
    each, counts = np.unique(together, return_counts=True)
    return Pairs(each // width, each % width, counts.astype(np.int64))


def picked(pairs: Pairs, where: Flags) -> Pairs:
    """Some of the pairs."""
    return Pairs(pairs.rows[where], pairs.codes[where], pairs.weight[where])


def joined(pairs: Pairs, more: Sequence[tuple[int, int, int]]) -> Pairs:
    """Pairs and more of them, by row."""
    if not more:
        return pairs
    rows, codes, weight = (np.array(each, np.int64) for each in zip(*more, strict=True))
    rows = np.concatenate([pairs.rows, rows])
    order = np.argsort(rows, kind="stable")
    codes = np.concatenate([pairs.codes, codes])
    weight = np.concatenate([pairs.weight, weight])
    return Pairs(rows[order], codes[order], weight[order])


# ---- groups --------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class GroupColumns:
    """Key share holder groups. ``whole``: whether all groups of its vault were seen."""

    models: Sequence[cobo.KeyShareHolderGroup]
    seats: SeatColumns
    vault_names: Mapping[str, str]
    whole: Flags
    valid: Mapping[str, frozenset[str]]  # vault → types of its Valid groups

    def __len__(self) -> int:
        return len(self.models)

    @cached_property
    def powers(self) -> Sequence[Powers]:
        """The two powers in each."""
        return [powers_of_group(group) for group in self.models]

    @cached_property
    def advice(self) -> Sequence[Sequence[Finding]]:
        """What the form would say of each, by person, with the groups of its vault beside it."""
        return [self._advice(row, group) for row, group in enumerate(self.models)]

    def _advice(self, row: int, group: cobo.KeyShareHolderGroup) -> Sequence[Finding]:
        # whether a main group is there is no question about the main group itself
        valid = self.valid.get(group.vault_id or "", frozenset()) - {"MainGroup"}
        return group_advice(self.by_person(row), group.type or "", valid)

    def by_person(self, row: int) -> Powers:
        """The same, each member called by whoever holds it."""
        powers = self.powers[row]
        called = {each: self._member(each, name) for each, name in powers.names.items()}
        twice = Counter(called.values())
        names: dict[str, str] = {}
        for each, name in called.items():
            seat = self.seats.code.get(each)
            unclaimed = seat is not None and self.seats.holders[seat] is None
            if unclaimed and twice[name] > 1:  # one name is never taken for one person
                name = Person(f"{name} ({each[-4:]})", each)
            names[each] = name
        return Powers(powers.signing, powers.shares, names, powers.why)

    def _member(self, each: str, name: str) -> str:
        """A member of a group as people call it: its holder, or the name that Cobo has."""
        seat = self.seats.code.get(each)
        if seat is not None:
            return self.seats.called(seat)
        return name if name == COBO else Person(name, each)

    @cached_property
    def in_vault(self) -> Mapping[str, Sequence[int]]:
        """Vault → the rows of its groups."""
        rows: dict[str, list[int]] = {}
        for row, group in enumerate(self.models):
            rows.setdefault(group.vault_id or "", []).append(row)
        return rows

    def title(self, row: int) -> str:
        """As people call it: ``Treasury vault, main group``."""
        group = self.models[row]
        kind = GROUPS.get(group.type or "", group.type or "group")
        vault = self.vault_names.get(group.vault_id or "") or group.vault_id
        return f"{vault}, {kind}" if vault else f"{kind} {group.key_share_holder_group_id or ''}"


#: What has a name, and the table that it stands in.
NAMED: Mapping[str, str] = {
    "vault": "vaults",
    "quorum": "quorums",
    "API key": "api_keys",
    "holder": "holders",
    "key": "seats",
    "person": "seats",
}
OF_PEOPLE = ("holder", "key", "person")  # names of people, whatever carries them
KINDS = tuple(NAMED)


class Named(NamedTuple):
    """A name: of what kind of thing, its id, where it stands, and whose seat it is, if one is."""

    kind: str
    thing: str
    name: str
    table: str
    row: int
    seat: str


@dataclass(frozen=True, eq=False)
class NameColumns:
    """Every name by which people approve: its text, the kind of what has it (a place in
    ``KINDS``), and the row there. ``code``: the same for the same text.
    """

    texts: Sequence[str]
    kind: Ints
    rows: Ints

    def __len__(self) -> int:
        return len(self.texts)

    @cached_property
    def distinct(self) -> Sequence[str]:
        """Each text once, in the order in which they first appear."""
        return list(dict.fromkeys(self.texts))

    @cached_property
    def code(self) -> Ints:
        """Of each name the place of its text in ``distinct``."""
        place = dict(zip(self.distinct, range(len(self.distinct)), strict=True))
        return np.fromiter(map(place.__getitem__, self.texts), np.int64, len(self.texts))

    @cached_property
    def hashes(self) -> npt.NDArray[np.uint64]:
        """A 64-bit hash of each text of ``distinct``."""
        return hashes(self.distinct)

    @cached_property
    def of_people(self) -> Flags:
        """Whether it is a person's."""
        return np.isin(self.kind, [KINDS.index(kind) for kind in OF_PEOPLE])

    def where(self, ask: Callable[[str], Any]) -> Flags:
        """The names of which this is true, asked once for each text."""
        flags = np.fromiter((bool(ask(text)) for text in self.distinct), np.bool_)
        return flags[self.code] if len(self.texts) else flags


# ---- all of it -----------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Columns:
    """One partition of an inventory. Times are Unix ms."""

    at_ms: int
    seats: SeatColumns
    quorums: QuorumColumns
    groups: GroupColumns
    holders: Sequence[tuple[int, int, cobo.KeyShareHolder]]  # row of the group, seat number, holder
    vaults: Sequence[cobo.MPCVault]
    wallets: Sequence[privy.Wallet]
    owner: Ints  # row of the owning quorum, or NONE, NOT_SEEN, ELSEWHERE
    policies: Sequence[privy.Policy]
    policy_owner: Ints  # as ``owner``
    ruling: Ints  # of each policy, how many wallets it rules
    named_policies: Mapping[str, Sequence[int]]  # policy → the wallets here that it rules
    seen_policies: Collection[str]  # those of them that were read
    intents: Sequence[Intent]
    api_keys: Sequence[cobo.ApiKeyInfo]
    roles: Sequence[tuple[int, cobo.RoleScope]]
    apps: Sequence[str]
    unowned: Mapping[str, int]  # app → wallets without an owner
    origins: Sequence[Origin]
    names: NameColumns
    lines: Mapping[str, Ints]  # of each row of a table that is saved, its line there, from 0
    people_known: bool
    whole: bool  # an inventory, and not single things
    saved: bool
    exclusions: Sequence[tuple[Exclusion, str]] = ()  # each with what became of it

    def ready(self) -> Columns:
        """The same, with everything worked out that several rules read: a part of coding."""
        _ = (self.seats.hashes, self.names.hashes, self.names.code, self.quorums.people)
        return self

    def named(self, row: int) -> Named:
        """A row of the names, in full."""
        kind = KINDS[self.names.kind[row]]
        at, text = int(self.names.rows[row]), self.names.texts[row]
        table = NAMED[kind]
        seat = ""
        if kind == "holder":
            thing = seat = self.holders[at][2].tss_node_id or ""
        elif table == "seats":
            thing = seat = self.seats.ids[at]
        else:
            (thing,) = self.subject(table, at).identity
        return Named(kind, thing, text, table, at, seat)

    def count(self, table: str) -> int:
        """How many rows a table has."""
        if table in ("quorums", "groups"):
            return len(getattr(self, table).models)
        if table == "seats":
            return len(self.seats.ids)
        return len(getattr(self, table))

    def places(self, table: str, rows: Ints) -> Ints:
        """Where rows of a table stand among those of all partitions."""
        if table == "seats":
            return self.seats.places[rows]
        if table == "names":
            return self._places_of_names(rows)
        if table == "holders":
            seats = [self.holders[row][:2] for row in rows.tolist()]
            groups, numbers = np.array(seats, np.int64).reshape(-1, 2).T
            return (self.lines["groups"][groups] << POSITION_BITS) + numbers
        return self.lines[table][rows] if table in self.lines else rows

    def _places_of_names(self, rows: Ints) -> Ints:
        kinds, at = self.names.kind[rows], self.names.rows[rows]
        places = np.empty(len(rows), np.int64)
        for kind, name in enumerate(KINDS):
            of_kind = kinds == kind
            places[of_kind] = (kind << NAME_BITS) + self.places(NAMED[name], at[of_kind])
        return places

    def subject(self, table: str, row: int) -> Subject:
        """What a row is about."""
        subject: Subject = getattr(self, f"_{table}_subject")(row)
        return subject if self.saved else subject._replace(file="", line=0)

    def titles(self, table: str, rows: Iterable[int]) -> Sequence[str]:
        """How people call what these rows are about."""
        if table == "quorums":
            return list(map(self.quorums.title, rows))
        return [self.subject(table, row).title for row in rows]

    def _line(self, table: str, row: int) -> int:
        return int(self.lines[table][row]) + 1

    def _quorums_subject(self, row: int) -> Subject:
        quorum = self.quorums.models[row]
        title = self.quorums.title(row)
        return Subject(
            title, (quorum.id,), ("quorum", quorum.id), "quorums.jsonl", self._line("quorums", row)
        )

    def _groups_subject(self, row: int) -> Subject:
        group_id = self.groups.models[row].key_share_holder_group_id or ""
        title = self.groups.title(row)
        return Subject(
            title, (group_id,), ("group", group_id), "groups.jsonl", self._line("groups", row)
        )

    def _holders_subject(self, row: int) -> Subject:
        group, number, holder = self.holders[row]
        about = self._groups_subject(group)
        node = holder.tss_node_id or f"seat {number}"
        return about._replace(identity=(*about.identity, node))

    def _vaults_subject(self, row: int) -> Subject:
        vault = self.vaults[row]
        identity = vault.vault_id or ""
        title = vault.name or identity
        return Subject(
            title, (identity,), ("vault", identity), "vaults.jsonl", self._line("vaults", row)
        )

    def _wallets_subject(self, row: int) -> Subject:
        wallet = self.wallets[row]
        title = wallet.display_name or f"wallet {wallet.id}"
        return Subject(
            title, (wallet.id,), ("wallet", wallet.id), "wallets.jsonl", self._line("wallets", row)
        )

    def _policies_subject(self, row: int) -> Subject:
        policy = self.policies[row]
        title = policy.name or f"policy {policy.id}"
        return Subject(
            title,
            (policy.id,),
            ("policy", policy.id),
            "policies.jsonl",
            self._line("policies", row),
        )

    def _intents_subject(self, row: int) -> Subject:
        intent = self.intents[row]
        title = f"Intent {intent.intent_id}, {intent.intent_type}"
        thing = ("intent", intent.intent_id)
        return Subject(
            title, (intent.intent_id,), thing, "intents.jsonl", self._line("intents", row)
        )

    def _api_keys_subject(self, row: int) -> Subject:
        info = self.api_keys[row]
        title = info.name or f"API key {spoken(info.key)}"
        return Subject(
            title, (info.key,), ("API key", info.key), "api_keys.jsonl", self._line("api_keys", row)
        )

    def _roles_subject(self, row: int) -> Subject:
        at, role = self.roles[row]
        about = self._api_keys_subject(at)
        return about._replace(identity=(*about.identity, role.role_name))

    def _seats_subject(self, row: int) -> Subject:
        identity = self.seats.ids[row]
        return Subject(self.seats.called(row), (identity,), ("seat", identity))

    def _names_subject(self, row: int) -> Subject:
        name = self.named(row)
        about = self.subject(name.table, name.row)
        return about._replace(identity=(name.kind, name.thing, name.name))

    def _origins_subject(self, row: int) -> Subject:
        origin = self.origins[row]
        title = f"{origin.service} on {origin.environment}"
        identity = (origin.service, origin.identity)
        return Subject(
            title,
            identity,
            ("origin", origin.identity),
            "origins.jsonl",
            self._line("origins", row),
        )

    def _exclusions_subject(self, row: int) -> Subject:
        exclusion, _ = self.exclusions[row]
        about = exclusion.about_in_words
        ids = [each for name, each in exclusion.about.items() if name != "name"]
        title = ", ".join((exclusion.rule, *ids))
        return Subject(title, (exclusion.rule, about), ("exclusion", about))

    def _apps_subject(self, row: int) -> Subject:
        app = self.apps[row]
        return Subject(f"App {app}", (app,), ("app", app))

"""The members of a key quorum as people give and read them, and what such a quorum means."""

from __future__ import annotations

import contextlib
import functools
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from toolkit.base.html import Seat
from toolkit.base.text import and_words, plural
from toolkit.errors import InputError, KeyRefused
from toolkit.findings import Finding, Path, Severity, documented, ours
from toolkit.keys.detect import is_private, is_surely_private
from toolkit.keys.public import spoken
from toolkit.privy import models
from toolkit.privy.powers import quorum_of
from toolkit.quorum import Quorum

LISTS = {"Key": "public_keys", "User": "user_ids", "Quorum": "key_quorum_ids"}
Nested = Mapping[str, models.KeyQuorum]
Names = Mapping[str, str]  # what a person calls a key, by its fingerprint
NO_NAMES: Names = MappingProxyType({})
MATHEMATICS = ours("told from who can sign; see privy.quorum_of")
QUORUMS = documented("Privy pages on key quorums")
UNDOCUMENTED = ours("documented nowhere")
DRAFT = "A draft: this holds once every member is filled in and nothing is marked any more."


@dataclass(frozen=True, slots=True)
class QuorumFields:
    """What the fields of a form say right now. ``members`` are (kind, text) as typed.

    ``not_shown``: how many more members there are, at least, that the API does not show.

    >>> from toolkit import Emulator, privy
    >>> form = privy.forms.create_key_quorum(Emulator.seeded().privy_client())
    >>> members = (("User", "did:privy:grace"), ("User", "did:privy:hugo"))
    >>> form.fill(privy.forms.QuorumFields(display_name="Payouts", members=members, threshold=2))
    >>> form.fields.display_name
    'Payouts'
    """

    display_name: str
    members: tuple[tuple[str, str], ...]
    threshold: int
    not_shown: int = 0

    @property
    def size(self) -> int:
        """Members in all: the rows, and those that the API does not show."""
        return len(self.members) + self.not_shown

    def lists(self) -> dict[str, tuple[str, ...]]:
        """The three member lists, empty ones included. Keys in any spelling become one line of
        base64.

        An input field cannot keep PEM's lines. A private key is in none of them.
        """
        lists: dict[str, list[str]] = {name: [] for name in LISTS.values()}
        for kind, text in self.members:
            if text and not is_surely_private(text):
                lists[LISTS[kind]].append(_one_line(text) if kind == "Key" else text)
        return {name: tuple(members) for name, members in lists.items()}

    def request(self) -> models.CreateKeyQuorumRequest:
        """The request that makes it."""
        return models.CreateKeyQuorumRequest(
            **{name: members for name, members in self.lists().items() if members},
            authorization_threshold=self.threshold,
            display_name=self.display_name or None,
        )

    def without_secrets(self) -> QuorumFields:
        """The same, with nothing in the rows of what may be a private key."""
        members = tuple((kind, "" if is_private(text) else text) for kind, text in self.members)
        return replace(self, members=members)

    @property
    def paths(self) -> Sequence[Path]:
        """Where in the request each member stands."""
        return _paths(self.members)

    def path_of(self, member: int) -> Path:
        """Where in the request a member stands, e.g. ``("public_keys", 1)``."""
        return _paths(self.members)[member]

    def twin_of(self, member: int) -> int | None:
        """The first row that says the same as this one, whatever its spelling."""
        return _twins(self.members).get(member)

    def twins(self) -> list[int]:
        """Rows that say what an earlier one says."""
        return sorted(_twins(self.members))


def identity_of(kind: str, text: str) -> str:
    """What a member is, whatever its spelling, as ``privy.quorum_of`` has it; nothing for an empty
    row.
    """
    return models.member_identity(text) if kind == "Key" else text


@functools.lru_cache(maxsize=8)  # asked for each row, and each byte range, of the same fields
def _paths(members: tuple[tuple[str, str], ...]) -> list[Path]:
    counts: Counter[str] = Counter()
    paths: list[Path] = []
    for kind, text in members:
        paths.append((LISTS[kind], counts[kind]))
        counts[kind] += bool(text)
    return paths


@functools.lru_cache(maxsize=8)
def _twins(members: tuple[tuple[str, str], ...]) -> dict[int, int]:
    first: dict[tuple[str, str], int] = {}
    twins = {}
    for at, (kind, text) in enumerate(members):
        if not text:
            continue
        same = first.setdefault((kind, identity_of(kind, text)), at)
        if same != at:
            twins[at] = same
    return twins


def fields_of(quorum: models.KeyQuorum) -> QuorumFields:
    """A quorum as it is, as the fields of a form."""
    members = [("Key", key.public_key) for key in quorum.authorization_keys]
    members += [("User", user) for user in quorum.user_ids or ()]
    members += [("Quorum", nested) for nested in quorum.key_quorum_ids or ()]
    name = quorum.display_name or ""
    return QuorumFields(name, tuple(members), quorum.required, quorum.not_shown)


def not_shown_in_words(count: int) -> str:
    """``2 members that the API does not show``."""
    return f"{plural(count, 'member')} that the API does not show"


def _one_line(text: str) -> str:
    try:
        return models.member_key(text).to_base64()
    except KeyRefused:
        return text


def power_of(fields: QuorumFields, nested: Nested) -> Quorum | None:
    """The quorum that the fields make: ids as ``privy.quorum_of`` has them. An empty row stands for
    itself.

    None where it can never sign, e.g. because one member stands in two rows.
    """
    members: dict[str, str | Quorum] = {}
    for at, (kind, text) in enumerate(fields.members, 1):
        identity = identity_of(kind, text) or f"Member {at}"
        members[identity] = identity
        if kind == "Quorum" and text in nested:
            # one that can never sign counts as one that nobody can see into
            with contextlib.suppress(InputError):
                members[identity] = quorum_of(nested[text])
    for at in range(1, fields.not_shown + 1):
        members[f"not shown {at}"] = f"member {at} that the API does not show"
    try:
        return Quorum(fields.threshold, members.values())
    except InputError:
        return None


# ---- names ---------------------------------------------------------------------------------------


def called(kind: str, text: str, at: int, nested: Nested, names: Names = NO_NAMES) -> str:
    """A member's short name: what a person calls the key, ``Key 9b41``, ``User 1c3b``, a nested
    quorum's own name.
    """
    if not text:
        return f"Member {at}"
    if kind == "Key":
        name = names.get(models.member_identity(text))
        if name:
            return name
        fingerprint = models.spoken_fingerprint(text)
        return f"Key {fingerprint[:4]}" if fingerprint else f"Member {at}"
    if kind == "Quorum" and text in nested:
        return nested[text].display_name or f"Quorum {text[-4:]}"
    return f"{kind} {text[-4:]}"


def fingerprint_of(text: str) -> str:
    """A key's fingerprint as it is read out; the text itself for what is no key."""
    identity = models.member_identity(text)
    return spoken(identity) if identity != text else text


def name_to_compare(kind: str, text: str, nested: Nested, names: Names = NO_NAMES) -> str:
    """A member's name and its fingerprint as it is read out, twelve digits, to be compared."""
    if kind != "Key":
        return called(kind, text, 0, nested)
    key = f"Key {fingerprint_of(text)}"
    name = names.get(models.member_identity(text))
    return f"{name} · {key}" if name else key


def names_of(fields: QuorumFields, nested: Nested, names_given: Names = NO_NAMES) -> dict[str, str]:
    """Short names by the ids that the mathematics uses, those inside nested quorums included."""
    names: dict[str, str] = {}
    for at, (kind, text) in enumerate(fields.members, 1):
        if kind == "Quorum" and text in nested:
            names |= names_of(fields_of(nested[text]), {}, names_given)
        name = called(kind, text, at, nested, names_given)
        names[identity_of(kind, text) or f"Member {at}"] = name
    return names


def seats_of(fields: QuorumFields, nested: Nested, names: Names = NO_NAMES) -> list[Seat]:
    """The picture's seats."""
    return [
        _seat(kind, text, called(kind, text, at, nested, names), nested)
        for at, (kind, text) in enumerate(fields.members, 1)
    ] + [Seat("Not shown", "User", "signs", "by the API") for _ in range(fields.not_shown)]


def _seat(kind: str, text: str, name: str, nested: Nested) -> Seat:
    empty = not text or (kind == "Key" and models.spoken_fingerprint(text) is None)
    word, inside = kind.lower(), 0
    if kind == "Quorum":
        inside = 2  # nobody has looked inside yet
        if text in nested:
            inside = nested[text].size
            word = f"{nested[text].required} of {inside}"
    if empty:
        return Seat(name, kind, "empty", "", inside=inside)
    return Seat(name, kind, "signs", word, inside=inside)


def gate_of(k: int, n: int) -> str:
    """What stands on the picture's gate."""
    if k > n:
        return f"{k} of {n}"
    return f"any {k} of {n}" if k < n else f"all {n}"


def needed(k: int, n: int) -> str:
    """Who must sign, in words: ``its one member``, ``both members``, ``any 2 of its 3 members``."""
    if n == 1:
        return "its one member"
    if k < n:
        return f"any {k} of its {n} members"
    return "both members" if n == 2 else f"all {n} members"


# ---- what it means -------------------------------------------------------------------------------


def _said(rule: str, severity: Severity, sentence: str, names: Iterable[str] = ()) -> Finding:
    return Finding(rule, severity, "", (), sentence, "", MATHEMATICS, tuple(names))


def who_can_sign(
    fields: QuorumFields, nested: Nested, names_given: Names = NO_NAMES
) -> list[Finding]:
    """Who can sign, how many may be lost, and who must sign each later change."""
    k, n = fields.threshold, fields.size
    power, twins = power_of(fields, nested), fields.twins()
    told: list[Finding] = []
    if fields.not_shown:
        sentence = (
            f"Among its members there must be {not_shown_in_words(fields.not_shown)}: more must "
            "sign than it names. They may be members of the team in Privy's Dashboard."
        )
        told.append(Finding("privy.not-shown", "note", "", (), sentence, "", UNDOCUMENTED))
    if twins:
        names = [called(*fields.members[at], at + 1, nested, names_given) for at in twins]
        sentence = (
            f"{and_words(names)} stands here twice. Whether Privy counts it twice is documented "
            "nowhere; counted once:"
        )
        told.append(
            Finding("privy.twice", "note", "", (), sentence, "", UNDOCUMENTED, tuple(names))
        )
    different = n - len(twins)
    if power is None:
        sentence = (
            f"{k} must sign, and only {plural(different, 'different member')} can: never enough."
        )
        return [*told, _said("privy.unreachable", "note", sentence)]
    told.append(_said("privy.who-signs", "note", _who_signs(power, k, different)))
    sentence = (
        f"Each later change needs {needed(k, different)}, as they are then. The app secret alone "
        "cannot repair it."
    )
    told.append(Finding("privy.later-changes", "note", "", (), sentence, "", QUORUMS))
    return told


def _who_signs(power: Quorum, k: int, n: int) -> str:
    if n == 1 and len(power.ids) == 1:
        return "The one member signs alone; it must not be lost."
    who = f"{needed(k, n).capitalize()} must sign"
    if k < n:
        who = f"Any {k} of the {n} members can sign"
    try:
        spare = power.spare
    except InputError:  # too many shared between nested quorums to be counted
        return f"{who}."
    if not any(isinstance(member, Quorum) for member in power.members):
        return (
            f"{who}; you can lose {spare} and still sign."
            if spare
            else f"{who}; no member may be lost."
        )
    return (
        f"{who}. Of the {len(power.ids)} keys and users in them, {_may_be_lost(power, spare)} may "
        "be lost."
    )


def _may_be_lost(power: Quorum, spare: int) -> str:
    if spare:
        return f"any {spare}"
    return "none" if len(power.single_points()) == len(power.ids) else "not every one"


def quorum_advice(
    fields: QuorumFields,
    nested: Nested,
    made_here: Iterable[str] = (),
    names_given: Names = NO_NAMES,
) -> list[Finding]:
    """Who can sign alone, who must not be lost, what counts in a way that is documented nowhere.

    ``made_here``: fingerprints of keys whose private halves this computer made.
    """
    power = power_of(fields, nested)
    if power is None:
        return []
    names = names_of(fields, nested, names_given)
    return [
        *_alone(power, fields, names),
        *_made_here(power, frozenset(made_here)),
        *_not_to_be_lost(power, fields, names),
        *_easy_quorums(fields, nested),
        *_in_many_places(power, names),
    ]


def _named(ids: Sequence[str], names: Mapping[str, str]) -> list[str]:
    return [names.get(each, each) for each in ids]


def _alone(power: Quorum, fields: QuorumFields, names: Mapping[str, str]) -> Iterator[Finding]:
    if len(fields.members) < 2:
        return
    alone = _named(_enough_alone(power), names)
    if alone and fields.threshold == 1:
        sentence = "One member can sign alone. Choose 2 or more if money moves."
        yield _said("privy.one-alone", "high", sentence)
    elif alone:
        yield _said("privy.one-alone", "high", f"{and_words(alone)} can sign alone.", alone)


def _enough_alone(power: Quorum) -> list[str]:
    """Who reaches the threshold alone. Only whoever has a part in so many members is asked of the
    mathematics: of a list of 500 keys, nobody.
    """
    ways: Counter[str] = Counter()
    for member in power.members:
        ways.update({*member.ids} if isinstance(member, Quorum) else {member})
    direct = set(power.direct) if power.threshold == 1 else set()
    return [
        each
        for each in power.ids
        if each in direct or (ways[each] >= power.threshold and power.can_sign({each}))
    ]


def _made_here(power: Quorum, made_here: frozenset[str]) -> Iterator[Finding]:
    mine = made_here & set(power.ids)
    if mine and power.can_sign(mine):
        sentence = (
            "This computer made enough of the keys to sign alone: whoever gets its files can. Make "
            "some of them elsewhere."
        )
        yield _said("privy.made-here", "high", sentence)


def _not_to_be_lost(
    power: Quorum, fields: QuorumFields, names: Mapping[str, str]
) -> Iterator[Finding]:
    single = power.single_points()
    if fields.threshold == len(fields.members) and len(single) == len(power.ids):
        sentence = "One lost member locks the quorum for good: nobody could sign the repair."
        yield _said("privy.all-needed", "high", sentence)
    elif single:
        who = _named([each for each in power.ids if each in single], names)
        any_of = "any one of " if len(single) > 1 else ""
        sentence = (
            f"If {any_of}{and_words(who)} is lost, nothing can be signed any more, the repair "
            "included."
        )
        yield _said("privy.single-point", "high", sentence, who)


def _easy_quorums(fields: QuorumFields, nested: Nested) -> Iterator[Finding]:
    for kind, text in fields.members:
        inside = nested.get(text) if kind == "Quorum" else None
        if inside is None or inside.required != 1 or inside.size < 2:
            continue
        name = inside.display_name or f"Quorum {text[-4:]}"
        sentence = (
            f"{name} counts as one yes, and any one of its {inside.size} members gives it alone."
        )
        yield _said("privy.easy-nested", "medium", sentence, [name])


def _in_many_places(power: Quorum, names: Mapping[str, str]) -> Iterator[Finding]:
    inside = [each for member in power.members if isinstance(member, Quorum) for each in member.ids]
    for each, count in Counter([*power.direct, *inside]).items():
        if count < 2:
            continue
        name = names.get(each, each)
        sentence = (
            f"{name} stands in more than one place. Whether it counts in each is documented "
            "nowhere."
        )
        yield Finding("privy.many-places", "medium", "", (), sentence, "", UNDOCUMENTED, (name,))


def inside_of(quorum: models.KeyQuorum, names: Names = NO_NAMES) -> Finding:
    """What a nested quorum is, in a line below its row."""
    members = [
        called(kind, text, at, {}, names)
        for at, (kind, text) in enumerate(fields_of(quorum).members, 1)
    ]
    name = quorum.display_name or "no name"
    who = needed(quorum.required, quorum.size)
    sentence = f"Counts as one member: {name}. Inside, {who} must sign: {' · '.join(members)}."
    return _said("privy.nested-inside", "note", sentence, [name, *members])


def named_as_owner(quorum: models.KeyQuorum | None) -> str:
    """A quorum as an owner, in words."""
    if quorum is None:
        return "no owner: the app secret alone decides"
    name = quorum.display_name or f"quorum …{quorum.id[-6:]}"
    return f"{name} ({quorum.required} of {quorum.size})"


def threshold_options(members: int) -> list[tuple[str, str, int]]:
    """A card for each threshold: title, one sentence, value."""
    return [
        (f"{threshold} of {members}", _threshold_sentence(threshold, members), threshold)
        for threshold in range(1, members + 1)
    ]


def _threshold_sentence(threshold: int, members: int) -> str:
    if threshold == members:
        return "All. None may be lost."
    enough = "One alone" if threshold == 1 else f"{threshold} enough"
    return f"{enough}; {members - threshold} may be lost."

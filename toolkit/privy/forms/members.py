"""The members of a key quorum as rows of a form, and what such a quorum means."""

from __future__ import annotations

import contextlib
import functools
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ipywidgets as w
from markupsafe import Markup

from toolkit.base.html import Seat, and_list, code, picture, render, visible
from toolkit.base.validate import whole_number
from toolkit.errors import InputError, KeyRefused, NotFound, Problem, ToolkitError
from toolkit.forms.form import OURS, CallForm, Row
from toolkit.forms.job import Job
from toolkit.forms.widgets import PRIVATE, box, choice, choice_options, html, public, shown, styled
from toolkit.keys import P256Key
from toolkit.keys.detect import is_private
from toolkit.keys.public import spoken
from toolkit.privy import models, operations
from toolkit.privy.checks import PAGE
from toolkit.privy.client import Client
from toolkit.privy.powers import quorum_of
from toolkit.quorum import Quorum

LISTS = {"Key": "public_keys", "User": "user_ids", "Quorum": "key_quorum_ids"}
STRIP_LIMIT = 6  # more members than this: a number field instead of a card for each threshold
ID = re.compile(r"[a-z0-9]{24}")  # Privy's OpenAPI file: resource ids are cuid2
Nested = Mapping[str, models.KeyQuorum]


# ---- from the fields to what they mean (pure) ----------------------------------------------------


@dataclass(frozen=True, slots=True)
class QuorumFields:
    """What the fields say right now. ``members`` are (kind, text) as typed."""

    display_name: str
    members: tuple[tuple[str, str], ...]
    threshold: int

    def lists(self) -> dict[str, tuple[str, ...]]:
        """The three member lists, empty ones included. Keys in any spelling become one line of base64.

        An input field cannot keep PEM's lines. A private key is in none of them.
        """
        lists: dict[str, list[str]] = {name: [] for name in LISTS.values()}
        for kind, text in self.members:
            if text and not is_private(text):
                lists[LISTS[kind]].append(_one_line(text) if kind == "Key" else text)
        return {name: tuple(members) for name, members in lists.items()}

    def request(self) -> models.CreateKeyQuorumRequest:
        """The request that makes it."""
        return models.CreateKeyQuorumRequest(
            **{name: members for name, members in self.lists().items() if members},
            authorization_threshold=self.threshold,
            display_name=self.display_name or None,
        )

    def field_of(self, member: int) -> str:
        """The request's field that a member fills, e.g. ``public_keys[1]``."""
        return _fields(self.members)[member]

    def twin_of(self, member: int) -> int | None:
        """The first row that says the same as this one, whatever its spelling."""
        return _twins(self.members).get(member)


def identity_of(kind: str, text: str) -> str:
    """What a member is, whatever its spelling, as ``privy.quorum_of`` has it; nothing for an empty row."""
    return models.member_identity(text) if kind == "Key" else text


@functools.lru_cache(maxsize=8)  # asked for each row, and each byte range, of the same fields
def _fields(members: tuple[tuple[str, str], ...]) -> list[str]:
    counts: Counter[str] = Counter()
    found = []
    for kind, text in members:
        found.append(f"{LISTS[kind]}[{counts[kind]}]")
        counts[kind] += bool(text)
    return found


@functools.lru_cache(maxsize=8)
def _twins(members: tuple[tuple[str, str], ...]) -> dict[int, int]:
    first: dict[tuple[str, str], int] = {}
    found = {}
    for at, (kind, text) in enumerate(members):
        if text:
            same = first.setdefault((kind, identity_of(kind, text)), at)
            if same != at:
                found[at] = same
    return found


def fields_of(quorum: models.KeyQuorum) -> QuorumFields:
    """A quorum as it is, as the fields of a form."""
    members = [("Key", key.public_key) for key in quorum.authorization_keys]
    members += [("User", user) for user in quorum.user_ids or ()]
    members += [("Quorum", nested) for nested in quorum.key_quorum_ids or ()]
    return QuorumFields(quorum.display_name or "", tuple(members), quorum.required)


def _one_line(text: str) -> str:
    try:
        return models.member_key(text).to_base64()
    except KeyRefused:
        return text


def power_of(fields: QuorumFields, nested: Nested) -> Quorum | None:
    """The quorum that the fields make: ids as ``privy.quorum_of`` has them. An empty row stands for itself.

    None where it can never sign, e.g. because one member stands in two rows.
    """
    members: dict[str, str | Quorum] = {}
    for at, (kind, text) in enumerate(fields.members, 1):
        identity = identity_of(kind, text) or f"Member {at}"
        members[identity] = identity
        if kind == "Quorum" and text in nested:
            with contextlib.suppress(
                InputError
            ):  # one that can never sign counts as one that nobody can see into
                members[identity] = quorum_of(nested[text])
    try:
        return Quorum(fields.threshold, members.values())
    except InputError:
        return None


def called(kind: str, text: str, at: int, nested: Nested) -> str:
    """A member's short name: ``Key 9b41``, ``User 1c3b``, a nested quorum's own name."""
    if not text:
        return f"Member {at}"
    if kind == "Key":
        fingerprint = models.spoken_fingerprint(text)
        return f"Key {fingerprint[:4]}" if fingerprint else f"Member {at}"
    if kind == "Quorum" and text in nested:
        return nested[text].display_name or f"Quorum {text[-4:]}"
    return f"{kind} {text[-4:]}"


def seats_of(fields: QuorumFields, nested: Nested) -> list[Seat]:
    """The picture's seats."""
    seats = []
    for at, (kind, text) in enumerate(fields.members, 1):
        name, word, inside = called(kind, text, at, nested), kind.lower(), 0
        there = bool(text) and not (kind == "Key" and models.spoken_fingerprint(text) is None)
        if kind == "Quorum":
            known = nested.get(text)
            inside, word = (known.size, f"{known.required} of {known.size}") if known else (2, word)
        seats.append(
            Seat(name, kind, "signs" if there else "empty", word if there else "", inside=inside)
        )
    return seats


def gate_of(k: int, n: int) -> str:
    """What stands on the picture's gate."""
    return f"any {k} of {n}" if k < n else f"all {n}"


def needed(k: int, n: int) -> str:
    """Who must sign, in words: ``its one member``, ``both members``, ``all 3 members``, ``any 2 of its 3 members``."""
    if n == 1:
        return "its one member"
    whole = "both members" if n == 2 else f"all {n} members"
    return whole if k >= n else f"any {k} of its {n} members"


def meaning(
    fields: QuorumFields, nested: Nested, draft: bool, made_here: Iterable[str] = ()
) -> dict[str, Any]:
    """The card beside the form: who can sign, who must not be lost, and who can do it alone.

    ``made_here``: fingerprints of keys whose private halves this computer made.
    """
    k, n = fields.threshold, len(fields.members)
    power = power_of(fields, nested)
    sentences: list[Markup | str] = []
    advice: list[tuple[str, Markup | str]] = []
    twins = [at for at in range(n) if fields.members[at][1] and fields.twin_of(at) is not None]
    if twins:
        names = and_list([called(*fields.members[at], at + 1, nested) for at in twins])
        text = Markup(
            "{} stands here twice. Whether Privy counts it twice is documented nowhere; counted once:"
        )
        sentences.append(text.format(names))
    if power is None:
        sentences.append(f"{k} of the {n - len(twins)} different members can never be reached.")
    else:
        sentences += _sentences(power, k, n - len(twins))
        advice = _advice(power, fields, nested, frozenset(made_here))
        who = needed(k, n - len(twins))
        sentences.append(
            f"Each later change needs {who}, as they are then. The app secret alone cannot repair it."
        )
    if draft:
        advice.append(("note", "A draft: this holds once every member is filled and mended."))
    return {
        "p": picture(gate_of(k, n), seats_of(fields, nested)),
        "sentences": sentences,
        "advice": advice,
    }


def _sentences(power: Quorum, k: int, n: int) -> list[Markup | str]:
    if n == 1 and len(power.ids) == 1:
        return ["The one member signs alone; it must not be lost."]
    who = (
        f"Any {k} of the {n} members can sign"
        if k < n
        else f"{needed(k, n).capitalize()} must sign"
    )
    try:
        spare = power.spare
    except InputError:  # too many shared between nested quorums to be counted
        return [f"{who}."]
    if not any(isinstance(member, Quorum) for member in power.members):
        return [
            f"{who}; you can lose {spare} and still sign."
            if spare
            else f"{who}; no member may be lost."
        ]
    some = "none" if len(power.single_points()) == len(power.ids) else "not every one"
    lose = f"any {spare} may be lost" if spare else f"{some} may be lost"
    return [f"{who}. Of the {len(power.ids)} keys and users in them, {lose}."]


def _advice(
    power: Quorum, fields: QuorumFields, nested: Nested, made_here: frozenset[str]
) -> list[tuple[str, Any]]:
    k, n = fields.threshold, len(fields.members)
    names = names_of(fields, nested)
    found: list[tuple[str, Any]] = []
    alone = [each for each in power.ids if power.can_sign({each})] if n > 1 else []
    if alone and k == 1:
        found.append(("high", "One member can sign alone. Choose 2 or more if money moves."))
    elif alone:
        found.append(
            (
                "high",
                Markup("{} can sign alone.").format(
                    and_list([names.get(each, each) for each in alone])
                ),
            )
        )
    mine = made_here & set(power.ids)
    if mine and power.can_sign(mine):
        text = "This computer made enough of the keys to sign alone: whoever gets its files can. Make some of them elsewhere."
        found.append(("high", text))
    single = power.single_points()
    if k == n and len(single) == len(power.ids):
        found.append(
            ("high", "One lost member locks the quorum for good: nobody could sign the repair.")
        )
    elif single:
        who = and_list([names.get(each, each) for each in power.ids if each in single])
        found.append(
            (
                "high",
                Markup(
                    "If {}{} is lost, nothing can be signed any more, the repair included."
                ).format("any one of " if len(single) > 1 else "", who),
            )
        )
    for kind, text in fields.members:
        inside = nested.get(text) if kind == "Quorum" else None
        if inside is not None and inside.required == 1 and inside.size > 1:
            name = visible(inside.display_name or f"Quorum {text[-4:]}")
            found.append(
                (
                    "medium",
                    Markup(
                        "{} counts as one yes, and any one of its {} members gives it alone."
                    ).format(name, inside.size),
                )
            )
    inside_ids = [
        each for member in power.members if isinstance(member, Quorum) for each in member.ids
    ]
    for each in (
        each for each, count in Counter([*power.direct, *inside_ids]).items() if count > 1
    ):
        text = Markup(
            "{} stands in more than one place. Whether it counts in each is documented nowhere."
        )
        found.append(("medium", text.format(visible(names.get(each, each)))))
    return found


def names_of(fields: QuorumFields, nested: Nested) -> dict[str, str]:
    """Short names by the ids that the mathematics uses, those inside nested quorums included."""
    names: dict[str, str] = {}
    for at, (kind, text) in enumerate(fields.members, 1):
        if kind == "Quorum" and text in nested:
            names |= names_of(fields_of(nested[text]), {})
        names[identity_of(kind, text) or f"Member {at}"] = called(kind, text, at, nested)
    return names


def inside_of(quorum: models.KeyQuorum) -> Markup:
    """What a nested quorum is, in a line below its row."""
    members = [
        called(kind, text, at, {}) for at, (kind, text) in enumerate(fields_of(quorum).members, 1)
    ]
    name = visible(quorum.display_name) if quorum.display_name else "no name"
    inside = Markup(" · ").join(map(visible, members))
    return Markup("Counts as one member: {}. Inside, {} must sign: {}.").format(
        name, needed(quorum.required, quorum.size), inside
    )


def threshold_options(members: int) -> list[tuple[str, str, int]]:
    """A card for each threshold: title, one sentence, value."""
    made = []
    for k in range(1, members + 1):
        enough = "One alone" if k == 1 else f"{k} enough"
        sentence = (
            "All. None may be lost." if k == members else f"{enough}; {members - k} may be lost."
        )
        made.append((f"{k} of {members}", sentence, k))
    return made


# ---- the rows --------------------------------------------------------------------------------------


class Members:
    """Rows for the members, the choice of the threshold and the display name. ``changed`` hears of every change.

    Nested quorums are read once their id is whole (``aside``, off the main loop); ``nested`` has those that are known.
    """

    def __init__(
        self,
        client: Client,
        changed: Callable[..., None],
        aside: Callable[[Callable[[], Any], Callable[[Job[Any]], None]], None],
        keys_folder: Path,
    ) -> None:
        self.client, self._changed, self._aside, self.keys_folder = (
            client,
            changed,
            aside,
            keys_folder,
        )
        self.nested: dict[str, models.KeyQuorum] = {}
        self._untold: dict[
            str, ToolkitError | None
        ] = {}  # ids that were asked for: None while nobody has answered
        #: Fingerprints of keys made here, and where their private halves were saved.
        self.made: dict[str, Path] = {}
        self._private_name = False  # a private key was pasted as the name, and taken away
        name = w.Text(description="Display name", placeholder="What people call it")
        self.display_name = public(name, self._forgot_name)
        self._left, self._under, self._made_trouble = w.HTML(), w.HTML(), w.HTML()
        self.threshold = choice(threshold_options(2), 2, "How many must sign")
        self.threshold_number = w.BoundedIntText(
            value=2, min=1, max=2, description="How many must sign (number)"
        )
        self._threshold, self._numbering = 2, False
        self._strip = box("tk-cards", self.threshold)
        self.rows: list[Row] = []
        self._box = box("tk-rows member")
        adders = []
        for kind, article in (("Key", "a key"), ("User", "a user"), ("Quorum", "a quorum")):
            button = w.Button(description=f"Add {article}", icon="plus")
            button.on_click(lambda _, kind=kind: self.add(kind))
            adders.append(button)
        self.make = w.Button(
            description="Make a new key pair",
            icon="plus",
            tooltip="Saved to a file of its own on the kernel’s machine",
        )
        self.make.on_click(lambda _: self.make_key())
        adders.insert(1, self.make)
        self._head = html(
            "rowhead.html", columns=["", "Type", "Public key, user id or quorum id", ""], locked=""
        )
        self.display_name.observe(changed, "value")
        for field in (self.threshold, self.threshold_number):
            field.observe(self._choose, "value")
        heading = html(
            "section.html", title="Members", hint="keys, users and quorums; each counts once"
        )
        self.view = [
            w.VBox([self.display_name, self._left]),
            w.VBox([heading, self._box, box("tk-link", *adders), self._made_trouble]),
            w.VBox([self._strip, self.threshold_number, self._under]),
        ]

    def fill(self, fields: QuorumFields) -> None:
        """Every field at once. Whoever calls this looks at the result afterwards."""
        self.rows = [self._row(kind, text) for kind, text in fields.members]
        self._private_name = False
        self.display_name.value = fields.display_name
        self._threshold = fields.threshold
        self._number_rows()

    @property
    def fields(self) -> QuorumFields:
        """What the fields say, as one value."""
        members = tuple((row.fields[0].value, row.fields[1].value.strip()) for row in self.rows)
        return QuorumFields(
            self.display_name.value.strip(), members, min(self._threshold, len(members))
        )

    # ---- rows come and go ----

    def add(self, kind: str = "Key", text: str = "") -> None:
        """Another row: ``Key``, ``User`` or ``Quorum``."""
        self.rows = [*self.rows, self._row(kind, text)]
        self._number_rows()
        self._changed()

    def remove(self, row: Row) -> None:
        """Take a row away; one always stays."""
        if len(self.rows) > 1:
            self.rows = [other for other in self.rows if other is not row]
            self._number_rows()
            self._changed()

    def make_key(self) -> Path | None:
        """A new key pair: the private half into a file of its own, the public half into the first empty row.

        Returns the file; None where it could not be written, and then no row has changed.
        """
        key = P256Key.generate()
        try:
            path = key.save(self.keys_folder / f"privy-key-{key.fingerprint[:12]}.pem").resolve()
        except InputError as error:
            self._made_trouble.value = render("under.html", lines=[("high", str(error))])
            return None
        self._made_trouble.value = ""
        self.made[key.fingerprint] = path
        empty = [
            row
            for row in self.rows
            if row.fields[0].value == "Key" and not row.fields[1].value.strip()
        ]
        if empty:
            empty[0].fields[1].value = key.public.to_base64()
        else:
            self.add("Key", key.public.to_base64())
        return path

    def _row(self, kind: str, text: str) -> Row:
        remove = w.Button(icon="times")
        fields = [
            w.Dropdown(options=list(LISTS), value=kind),
            styled(w.Text(text, placeholder="Paste it here"), "tk-mono"),
        ]
        row = Row(fields, [html("no.html", text="")], [remove], self._changed, touched=bool(text))
        remove.on_click(lambda _: self.remove(row))
        return row

    def _number_rows(self) -> None:
        """Unique labels, and one threshold for each count of members; the chosen one stays where it can."""
        for number, row in enumerate(self.rows, 1):
            line = row.view.children[0].children
            line[0].value = render("no.html", text=str(number))
            line[1].description, line[2].description = f"Member {number} type", f"Member {number}"
            line[3].description = line[3].tooltip = f"Remove member {number}"
        self._box.children = [self._head, *(row.view for row in self.rows)]
        count = len(self.rows)
        chosen = self._threshold = min(self._threshold, count)
        wide = count > STRIP_LIMIT
        self._numbering = True
        shown(self._strip, not wide)
        shown(self.threshold_number, wide)
        if len(self.threshold.options) != min(count, STRIP_LIMIT):
            self.threshold.options = choice_options(threshold_options(min(count, STRIP_LIMIT)))
        self.threshold.value = min(chosen, STRIP_LIMIT)
        self.threshold_number.max = count
        self.threshold_number.value = chosen
        self._numbering = False

    def _choose(self, change: Any) -> None:
        """One threshold, whichever of the two widgets it was chosen in."""
        if change["new"] is not None and not self._numbering:
            self._threshold = change["new"]
            self._changed()

    # ---- what is looked at ----

    def _forgot_name(self, private: bool) -> None:
        self._private_name = private

    def fetch(self) -> None:
        """Read the nested quorums whose ids are whole and not known yet."""
        for kind, text in self.fields.members:
            if (
                kind == "Quorum"
                and ID.fullmatch(text)
                and text not in self.nested
                and text not in self._untold
            ):
                self._untold[text] = None
                self._aside(lambda wanted=text: self._read(wanted), self._take)  # type: ignore[misc]  # bound at once

    def _read(self, key_quorum_id: str) -> tuple[str, models.KeyQuorum | ToolkitError]:
        exchange = self.client.exchange(operations.get_key_quorum(key_quorum_id))
        return key_quorum_id, exchange.error or exchange.value

    def read_again(self) -> None:
        """Forget which quorums could not be read."""
        self._untold = {
            key_quorum_id: None for key_quorum_id, error in self._untold.items() if error is None
        }
        self.fetch()

    def _take(self, job: Job[tuple[str, models.KeyQuorum | ToolkitError]]) -> None:
        key_quorum_id, found = job.result()
        if isinstance(found, ToolkitError):
            self._untold[key_quorum_id] = found
        else:
            self.nested[key_quorum_id] = found

    def problems(self) -> Iterator[Problem]:
        """What only the rows can see: nothing in them, something private, or quorums that are not there."""
        for at, (kind, text) in enumerate(self.fields.members):
            where = f"members[{at}]"
            if self.rows[at].private:
                sentence = f"{PRIVATE} Paste the public half of it."
                yield Problem("form.private-key", where, sentence, True, OURS)
            elif not text:
                what = {
                    "Key": "the public key",
                    "User": "the user id (did:privy:…)",
                    "Quorum": "the id of a quorum",
                }
                yield Problem(
                    "form.empty-member",
                    where,
                    f"Paste {what[kind]}, or remove this row.",
                    True,
                    OURS,
                )
            elif kind == "Quorum":
                yield from self._nested_problems(text, where)

    def _nested_problems(self, text: str, where: str) -> Iterator[Problem]:
        if not ID.fullmatch(text):
            sentence = "A key quorum’s id has 24 small letters and digits. Copy it again, whole."
            yield Problem(
                "privy.quorum-id-shape", where, sentence, False, "Privy OpenAPI file: ids are cuid2"
            )
        elif isinstance(self._untold.get(text), NotFound):
            sentence = "This app has no such key quorum. Copy the id again."
            yield Problem(
                "privy.quorum-unknown",
                where,
                sentence,
                False,
                "not documented: that an unknown id is refused",
            )
        elif text in self.nested and self.nested[text].key_quorum_ids:
            sentence = (
                "This quorum has quorums inside itself, and only one level of nesting is possible."
            )
            yield Problem("privy.nested-depth", where, sentence, True, PAGE)

    def show(
        self,
        problems: Sequence[Problem],
        severity: Callable[[Problem], str],
        pressed: bool,
        draft: bool,
    ) -> None:
        """Each problem beside its row or field; what is left of them below."""
        fields = self.fields
        places = {f"members[{at}]": at for at in range(len(self.rows))}
        places |= {fields.field_of(at): at for at, (_, text) in enumerate(fields.members) if text}
        by_row: dict[int, list[tuple[int, str, str]]] = {at: [] for at in range(len(self.rows))}
        rest = []
        for problem in problems:
            if problem.field in places:
                at = places[problem.field]
                by_row[at].append((1, severity(problem), self._said(problem, fields, at)))
            elif problem.field not in ("display_name", "signers", "confirm", "sure"):
                rest.append(problem)
        for at, row in enumerate(self.rows):
            row.touched = row.touched or pressed
            row.show(
                by_row[at],
                empty="Still empty: paste it, or remove this row.",
                notes=self._notes(*fields.members[at]),
            )
        over = [problem for problem in problems if problem.field == "display_name"]
        (self.display_name.add_class if over else self.display_name.remove_class)("tk-bad")
        left = (
            f"{models.NAME_LIMIT - len(fields.display_name)} of {models.NAME_LIMIT} characters left"
        )
        if over:
            self._left.value = render("under.html", lines=[(severity(over[0]), over[0].sentence)])
        elif self._private_name:
            self._left.value = render("under.html", lines=[("high", PRIVATE)])
        else:
            self._left.value = render("hint.html", text=left)
        self._under.value = render("under.html", lines=[(severity(p), p.sentence) for p in rest])

    def _said(self, problem: Problem, fields: QuorumFields, at: int) -> str:
        twin = (
            fields.twin_of(at)
            if problem.rule in ("privy.key-twice", "privy.member-twice")
            else None
        )
        if twin is None:
            return problem.sentence
        return f"Same as member {twin + 1}, whatever its spelling. It would still be one yes: remove one."

    def _notes(self, kind: str, text: str) -> list[tuple[str, Any]]:
        if kind == "Key":
            fingerprint = models.spoken_fingerprint(text)
            if fingerprint is None:
                return []
            spelling = "PEM" if "-----" in text else "base64 SPKI"
            lines: list[tuple[str, Any]] = [
                ("good", Markup("P-256 key {} · {}").format(code(fingerprint), spelling))
            ]
            path = self.made.get(models.member_identity(text))
            if path:
                lines.append(
                    (
                        "note",
                        Markup(
                            "Its private half was saved to {}, which only you can read. Move it to a safe place."
                        ).format(code(path)),
                    )
                )
            return lines
        if kind == "User":
            return [
                (
                    "note",
                    "A person: signs with a short-lived key after signing in. Users cannot sign with this toolkit.",
                )
            ]
        if text in self.nested:
            return [("note", inside_of(self.nested[text]))]
        trouble = self._untold.get(text)
        if trouble is not None:
            return [("note", f"It could not be read: {trouble.what}")]
        return [("note", "Counts as one member once its own threshold is met.")]


class MembersForm(CallForm[Any]):
    """A form with member rows. A subclass makes ``members`` before it assembles itself."""

    client_class = Client
    members: Members

    @property
    def fields(self) -> QuorumFields:
        """What the fields say, as one value."""
        return self.members.fields

    def fill(self, fields: QuorumFields) -> None:
        """Set every field at once, as if it was typed: for code and tests.

        Raises:
            InputError: another kind of member, or a threshold that does not fit them; no field has changed then.
        """
        for at, (kind, _) in enumerate(fields.members):
            if kind not in LISTS:
                raise InputError(
                    f"members[{at}]: {kind!r} is no kind of member.",
                    hint=f"Use {', '.join(LISTS)}.",
                )
        if not 1 <= whole_number(fields.threshold, "threshold") <= len(fields.members):
            what = f"threshold: {fields.threshold} does not fit {len(fields.members)} members."
            raise InputError(what, hint="Choose from 1 to the number of members.")
        with self.quietly():
            self.members.fill(fields)

    def refresh(self, _: object = None) -> None:
        """As ``CallForm.refresh``; then new nested quorums are read."""
        super().refresh()
        if not self._quiet:
            self.members.fetch()

    def _read_again(self) -> None:
        self.members.read_again()

    def _label(self, field: str) -> str:
        members = self.fields.members
        if field in _fields(members):
            places = {
                place: at for at, place in enumerate(_fields(members), 1) if members[at - 1][1]
            }
            return f"Member {places[field]}" if field in places else ""
        names = {"authorization_threshold": "How many must sign", "display_name": "Display name"}
        return names.get(re.sub(r"\[\d+\]", "", field), "")


def fingerprint_of(text: str) -> str:
    """A key's fingerprint as it is read out; the text itself for what is no key."""
    identity = models.member_identity(text)
    return spoken(identity) if identity != text else text

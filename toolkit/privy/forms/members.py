"""The members of a key quorum as rows of a form."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ipywidgets as w
from markupsafe import Markup

from toolkit.base.home import keys_folder, make_folder
from toolkit.base.html import code, render
from toolkit.base.text import plural
from toolkit.base.times import day
from toolkit.base.validate import text as must_be_text
from toolkit.base.validate import whole_number
from toolkit.client.names import Names, known_names
from toolkit.errors import InputError, NotFound, ToolkitError
from toolkit.findings import Finding, documented, needed, ours
from toolkit.findings import Path as FindingPath
from toolkit.forms.job import Job
from toolkit.forms.meaning import told
from toolkit.forms.row import Row
from toolkit.forms.widgets import box, choice, choice_options, html, public, shown, styled
from toolkit.keys import P256Key
from toolkit.keys.public import PublicKey
from toolkit.privy import models, operations
from toolkit.privy.checks import PAGE
from toolkit.privy.client import Client
from toolkit.privy.members import LISTS, QuorumFields, inside_of, threshold_options

if TYPE_CHECKING:
    from toolkit.approvals.member_card import MemberCard

STRIP_LIMIT = 6  # more members than this: a number field instead of a card for each threshold
ID = re.compile(r"[a-z0-9]{24}")  # Privy's OpenAPI file: resource ids are cuid2
CUID = documented("Privy OpenAPI file: ids are cuid2")
MEMBERS = "members"  # the rows, in paths of what only they can see
ELSEWHERE = ("display_name", "signers", "confirm", "sure")  # told beside other fields
LABELS: dict[FindingPath, str] = {
    ("authorization_threshold",): "How many must sign",
    ("display_name",): "Display name",
}
WORDS = (
    "A key quorum is a list of members, of whom a set number (the threshold) must sign. Members "
    "are keys, users of the app, and other quorums."
)
EMPTY = {
    "Key": "Paste the public key, or remove this row.",
    "User": "Paste the user id (did:privy:…), or remove this row.",
    "Quorum": "Paste the id of a quorum, or remove this row.",
}
ReadAside = Callable[[Callable[[], Any], Callable[[Job[Any]], None]], None]
Swap = Callable[[Any, Sequence[w.Widget]], None]


class MemberRow(Row):
    """A member: what it is, and below it a name of the user's own for a key."""

    def __init__(
        self,
        fields: Mapping[str, Any],
        remove: w.Button,
        changed: Callable[..., None],
        touched: bool,
    ) -> None:
        hint = "Kept here, never sent"
        #: What was last drawn below it: what follows from the same is not drawn again.
        self.drawn: tuple[Any, ...] = ()
        name = w.Text(placeholder=hint, continuous_update=False)  # kept once it is whole
        self.refused_name = ""  # what is said of a private key that was pasted as the name
        #: The name, and the line that it stands in.
        self.name = public(name, self._forgot_name)
        label = html("no.html", text="Your name for it")
        self.name_line = box("tk-row", html("no.html", text=""), label, self.name)
        number = html("no.html", text="")
        ids, below = frozenset({"text"}), [self.name_line]
        super().__init__(fields, [number], [remove], changed, touched, ids, below)

    def _forgot_name(self, sentence: str) -> None:
        self.refused_name = sentence

    @property
    def key(self) -> str:
        """The fingerprint of the key in this row; nothing where there is none."""
        text = self.value("text")
        if self.value("kind") != "Key":
            return ""
        identity = models.member_identity(text)
        return "" if identity == text else identity


class Members:
    """Rows for the members, the choice of the threshold and the display name. ``changed`` hears of
    every change.

    Nested quorums are read once their id is whole (``aside``, off the main loop); ``nested`` has
    those that are known.
    """

    def __init__(
        self,
        client: Client,
        changed: Callable[..., None],
        aside: ReadAside,
        swap: Swap,
        named_folder: str | Path | None,
    ) -> None:
        self.client = client
        # one that was named is there, or it says so: a mistyped one is not made
        self._named_folder = None if named_folder is None else Path(named_folder)
        self._swap = swap
        self._changed, self._aside = changed, aside
        self.nested: dict[str, models.KeyQuorum] = {}
        # ids that were asked for: None while nobody has answered
        self._untold: dict[str, ToolkitError | None] = {}
        #: Fingerprints of keys made here, and where their private halves were saved.
        self.made: dict[str, Path] = {}
        #: What people call keys, by fingerprint: of this user, on this computer.
        self.names = known_names()
        #: Cards of members, by the fingerprint of the key that each has proven to hold.
        self.cards: dict[str, MemberCard] = {}
        self._labels: dict[FindingPath, str] = {}  # of members, by their place in the request
        self._naming = False  # a name is put into its field, not typed
        self._private_name = ""  # what is said of a key that was pasted as the name
        name = w.Text(description="Display name", placeholder="What people call it")
        self.display_name = public(name, self._forgot_name)
        self.name_hint, self.notices, self.key_trouble = w.HTML(), w.HTML(), w.HTML()
        self.threshold = choice(threshold_options(2), 2, "How many must sign")
        self.threshold_number = w.BoundedIntText(
            value=2, min=1, max=2, description="How many must sign (number)"
        )
        self._threshold, self._numbering = 2, False
        self._not_shown = 0  # members that the API does not show: no rows of this form
        self.threshold_strip = box("tk-cards", self.threshold)
        self.rows: list[MemberRow] = []
        self._box = box("tk-rows member")
        adders = []
        for kind, article in (("Key", "a key"), ("User", "a user"), ("Quorum", "a quorum")):
            button = w.Button(description=f"Add {article}", icon="plus")
            button.on_click(lambda _, kind=kind: self.add(kind))
            adders.append(button)
        self.make = w.Button(
            description="Make a new key pair",
            icon="plus",
            tooltip="Saved to a file of its own, which only you can read",
        )
        self.make.on_click(lambda _: self.make_key())
        adders.insert(1, self.make)
        self._head = html(
            "rowhead.html", columns=["", "Type", "Public key, user id or quorum id", ""], locked=""
        )
        self.display_name.observe(changed, "value")
        for field in (self.threshold, self.threshold_number):
            field.observe(self._choose, "value")
        card = w.Text(
            description="A member card",
            placeholder="A file, such as carol.card.json",
            continuous_update=False,
        )
        self.card, self.proven = styled(public(card), "tk-apart"), w.HTML()
        self.card.observe(self._card_named, "value")
        heading = html("section.html", title="Members", hint="each counts once")
        saved = html("hint.html", text=self._where_keys_go())
        self.view = [
            w.VBox([self.display_name, self.name_hint]),
            w.VBox(
                [
                    heading,
                    html("hint.html", text=WORDS),
                    self._box,
                    box("tk-link", *adders),
                    saved,
                    self.card,
                    self.proven,
                    self.key_trouble,
                ]
            ),
            w.VBox([self.threshold_strip, self.threshold_number, self.notices]),
        ]

    def _where_keys_go(self) -> str:
        """Where a new private key would be saved, in a sentence."""
        try:
            place = self._named_folder or keys_folder()
        except InputError as error:
            return str(error)
        return f"The private half of a new key pair is saved in {place}, on the kernel’s machine."

    def fill(self, fields: QuorumFields) -> None:
        """Every field at once. Whoever calls this looks at the result afterwards."""
        self.rows = [
            self._row(kind, spelled(kind, text, f"members[{at}]"))
            for at, (kind, text) in enumerate(fields.members)
        ]
        self._private_name = ""
        self.display_name.value = fields.display_name
        self._threshold, self._not_shown = fields.threshold, fields.not_shown
        self._number_rows()

    @property
    def fields(self) -> QuorumFields:
        """What the fields say, as one value."""
        members = tuple((row.value("kind"), row.value("text")) for row in self.rows)
        name = self.display_name.value.strip()
        return QuorumFields(name, members, self._threshold, self._not_shown)

    def told_here(self) -> frozenset[str]:
        """Rules that the rows tell in their own words: a threshold is no mistake of its own while
        rows are missing or empty.
        """
        filled = sum(bool(row.value("text")) for row in self.rows) + self._not_shown
        return frozenset({"privy.threshold"} if self._threshold > filled else ())

    # ---- rows come and go ----

    def add(self, kind: str = "Key", text: str | PublicKey = "") -> None:
        """Another row: ``Key``, ``User`` or ``Quorum``.

        Raises:
            InputError: another kind, or no text.
        """
        self.rows = [*self.rows, self._row(kind, spelled(kind, text, "text"))]
        self._number_rows()
        self._changed()

    def remove(self, row: Row) -> None:
        """Take a row away; one always stays."""
        if len(self.rows) > 1:
            self.rows = [other for other in self.rows if other is not row]
            self._number_rows()
            self._changed()

    def make_key(self) -> Path | None:
        """A new key pair: the private half into a file of its own, the public half into the first
        empty row.

        Returns the file; None where it could not be written, and then no row has changed.
        """
        key = P256Key.generate()
        try:
            folder = self._named_folder or make_folder(keys_folder())
            path = key.save(folder / f"privy-key-{key.fingerprint[:12]}.pem").resolve()
        except InputError as error:
            self.key_trouble.value = render("under.html", lines=[("high", str(error))])
            return None
        self.key_trouble.value = ""
        self.made[key.fingerprint] = path
        self._put_key(key.public.to_base64())
        return path

    def _card_named(self, _: Any) -> None:
        # as it stands now: a private key was taken out of it before this is called
        path = self.card.value.strip()
        if not path:
            return
        try:
            self.take_card(path)
        except ToolkitError as error:
            self.proven.value = render("under.html", lines=[("high", str(error))])

    def take_card(self, path: str | Path) -> None:
        """A member by card: its key into the first empty row, its name kept here.

        Raises:
            InputError: the card does not hold.
        """
        import toolkit

        card = toolkit.MemberCard.load(path)
        self.cards[card.fingerprint] = card
        if card.fingerprint not in {row.key for row in self.rows}:
            self._put_key(card.public.to_base64())
        trouble = ""
        if not self.names.get(card.fingerprint):
            trouble = self._keep_name(card.fingerprint, card.name)
        lines = [("high", trouble)] if trouble else []
        self.proven.value = render("under.html", lines=[*lines, *map(_proof, self.cards.values())])
        self.card.value = ""
        self._changed()

    def _put_key(self, text: str) -> None:
        empty = [row for row in self.rows if row.value("kind") == "Key" and not row.value("text")]
        if empty:
            empty[0].fields["text"].value = text
        else:
            self.add("Key", text)

    def _row(self, kind: str, text: str) -> MemberRow:
        remove = w.Button(icon="times")
        fields = {
            "kind": w.Dropdown(options=list(LISTS), value=kind),
            "text": styled(w.Text(text, placeholder="Paste it here"), "tk-mono"),
        }
        row = MemberRow(fields, remove, self._changed, touched=bool(text))
        row.name.observe(lambda _: self._named(row), "value")
        remove.on_click(lambda _: self.remove(row))
        return row

    def _number_rows(self) -> None:
        """Unique labels, and one threshold for each count of members. The chosen one stays chosen,
        within reach or not.
        """
        for number, row in enumerate(self.rows, 1):
            row.head[0].value = render("no.html", text=str(number))
            row.fields["kind"].description = f"Member {number} type"
            row.fields["text"].description = f"Member {number}"
            row.name.description = f"Your name for key {number}"
            remove = row.tail[0]
            remove.description = remove.tooltip = f"Remove member {number}"
        self._swap(self._box, [self._head, *(row.view for row in self.rows)])
        count, chosen = len(self.rows) + self._not_shown, self._threshold
        wide = count > STRIP_LIMIT
        self._numbering = True
        shown(self.threshold_strip, not wide)
        shown(self.threshold_number, wide)
        if not wide:
            self._offer_thresholds(count, chosen)
        self.threshold_number.max = max(count, chosen)
        self.threshold_number.value = chosen
        self._numbering = False

    def _offer_thresholds(self, count: int, chosen: int) -> None:
        """A card for each threshold within reach, and for the chosen one where it is not."""
        cards = threshold_options(count)
        if chosen > count:
            cards.append((f"{chosen} of {count}", "Chosen, and out of reach.", chosen))
        options = tuple(choice_options(cards))
        if tuple(self.threshold.options) != options:
            self.threshold.options = options
        self.threshold.value = chosen

    def _choose(self, change: Any) -> None:
        """One threshold, whichever of the two widgets it was chosen in."""
        if change["new"] is not None and not self._numbering:
            self._threshold = change["new"]
            self._changed()

    def _named(self, row: MemberRow) -> None:
        """A person has named the key of this row."""
        if self._naming or not row.key:
            return
        trouble = row.refused_name
        if not trouble and row.name.value == self.names.get(row.key, ""):
            return  # so it is called already
        if not trouble:  # the name that it had before stays otherwise
            trouble = self._keep_name(row.key, row.name.value)
        lines = [("high", trouble)] if trouble else []
        self.key_trouble.value = render("under.html", lines=lines)
        self._changed()

    def _keep_name(self, key: str, name: str) -> str:
        """Keep a name for later, too; returns why it could not be."""
        try:
            names = Names.default()
            names.give(key, name)
            self.names = names.all()
        except InputError as error:
            return str(error)
        return ""

    def _show_names(self) -> None:
        """Each key's name stands in its row, whoever gave it."""
        self._naming = True
        for row in self.rows:
            key = row.key
            shown(row.name_line, bool(key))
            row.name.value = self.names.get(key, "")
        self._naming = False

    # ---- what is looked at ----

    def _forgot_name(self, sentence: str) -> None:
        self._private_name = sentence

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

    def findings(self) -> Iterator[Finding]:
        """What only the rows can see: nothing in them, something private, or quorums that are not
        there.
        """
        for at, (kind, text) in enumerate(self.fields.members):
            path = (MEMBERS, at)
            if self.rows[at].private:
                remedy = "Paste the public half of it."
                yield needed("form.private-key", path, self.rows[at].private, remedy)
            elif not text:
                yield needed("form.empty-member", path, EMPTY[kind])
            elif kind == "Quorum":
                yield from self._nested_findings(text, path)
        count = len(self.rows) + self._not_shown
        if self._threshold > count:
            verb = "is" if count == 1 else "are"
            members = plural(count, "member")
            yield needed(
                "form.threshold",
                ("authorization_threshold",),
                f"{self._threshold} must sign: so it was chosen, and there {verb} {members}.",
                "Add a member, or choose fewer.",
            )

    def _nested_findings(self, text: str, path: FindingPath) -> Iterator[Finding]:
        if not ID.fullmatch(text):
            sentence = "A key quorum’s id has 24 small letters and digits."
            source = ours(CUID.place)
            remedy = "Copy it again, whole."
            yield Finding("privy.quorum-id-shape", "medium", "", path, sentence, remedy, source)
        elif isinstance(self._untold.get(text), NotFound):
            sentence = "This app has no such key quorum."
            source = ours("not documented: that an unknown id is refused")
            remedy = "Copy the id again."
            yield Finding("privy.quorum-unknown", "medium", "", path, sentence, remedy, source)
        elif text in self.nested and self.nested[text].key_quorum_ids:
            sentence = (
                "This quorum has quorums inside itself, and only one level of nesting is possible."
            )
            yield Finding("privy.nested-depth", "high", "", path, sentence, "", PAGE)

    def show(
        self,
        findings: Sequence[Finding],
        mark: Callable[[Finding], str],
        pressed: bool,
    ) -> None:
        """Each finding beside its row or field; what is left of them below."""
        self._show_names()
        fields = self.fields
        paths = enumerate(zip(fields.paths, fields.members, strict=True))
        filled = {path: at for at, (path, (_, text)) in paths if text}
        self._labels = {path: f"Member {at + 1}" for path, at in filled.items()}
        places: dict[FindingPath, int] = {(MEMBERS, at): at for at in range(len(self.rows))}
        places |= filled
        by_row: dict[int, list[tuple[str, str, str]]] = {at: [] for at in range(len(self.rows))}
        rest = []
        for finding in findings:
            if finding.path in places:
                at = places[finding.path]
                by_row[at].append(("text", mark(finding), _sentence(finding, fields, at)))
            elif finding.path[0] not in ELSEWHERE:
                rest.append(finding)
        for at, row in enumerate(self.rows):
            row.touched = row.touched or pressed
            self._draw(row, by_row[at], *fields.members[at])
        self._show_name([each for each in findings if each.path == ("display_name",)], mark)
        lines = [(mark(finding), finding.text) for finding in rest]
        self.notices.value = render("under.html", lines=lines)

    def _draw(
        self, row: MemberRow, problems: Sequence[tuple[str, str, str]], kind: str, text: str
    ) -> None:
        """What is said below a row, drawn again only where something that it follows from has
        changed.
        """
        follows: tuple[Any, ...] = (self.made.get(row.key),)
        if kind == "Quorum":
            follows = (self.nested.get(text), self._untold.get(text), dict(self.names))
        state = (kind, text, row.touched, row.private, tuple(problems), follows)
        if state == row.drawn:
            return
        empty = "Still empty: paste it, or remove this row."
        row.show(problems, empty=empty, notes=self._notes(kind, text))
        row.drawn = state

    def _show_name(self, findings: Sequence[Finding], mark: Callable[[Finding], str]) -> None:
        if findings:
            self.display_name.add_class("tk-bad")
            lines = [(mark(findings[0]), findings[0].text)]
            self.name_hint.value = render("under.html", lines=lines)
            return
        self.display_name.remove_class("tk-bad")
        if self._private_name:
            self.name_hint.value = render("under.html", lines=[("high", self._private_name)])
            return
        left = models.NAME_LIMIT - len(self.fields.display_name)
        text = f"{left} of {models.NAME_LIMIT} characters left"
        self.name_hint.value = render("hint.html", text=text)

    def _notes(self, kind: str, text: str) -> list[tuple[str, Any]]:
        if kind == "Key":
            return self._key_notes(text)
        if kind == "User":
            note = (
                "A person: signs with a short-lived key after signing in. Users cannot sign with "
                "this "
                "toolkit."
            )
            return [("note", note)]
        if text in self.nested:
            return [("note", told(inside_of(self.nested[text], self.names)))]
        trouble = self._untold.get(text)
        if trouble is not None:
            return [("note", f"It could not be read: {trouble.what}")]
        return [("note", "Counts as one member once its own threshold is met.")]

    def _key_notes(self, text: str) -> list[tuple[str, Any]]:
        fingerprint = models.spoken_fingerprint(text)
        if fingerprint is None:
            return []
        spelling = "sent as base64 SPKI"
        if models.is_taken(text):
            spelling = "PEM" if "-----" in text else "base64 SPKI"
        note = Markup("P-256 key {} · {}").format(code(fingerprint), spelling)
        lines: list[tuple[str, Any]] = [("good", note)]
        path = self.made.get(models.member_identity(text))
        if path:
            saved = Markup(
                "Its private half was saved to {}, which only you can read. Move it to a safe "
                "place."
            )
            lines.append(("note", saved.format(code(path))))
        return lines

    def label_of(self, path: FindingPath) -> str:
        """The form's word for a field of the request, as it was last looked at."""
        return self._labels.get(path) or LABELS.get(path, "")


def _sentence(finding: Finding, fields: QuorumFields, at: int) -> str:
    """What is said beside a row: of a twin, which row it is the twin of."""
    twin = fields.twin_of(at) if finding.rule in ("privy.key-twice", "privy.member-twice") else None
    if twin is None:
        return finding.text
    return (
        f"Same as member {twin + 1}, whatever its spelling. It would still be one yes: remove one."
    )


def must_fit(fields: object) -> None:
    """Raises InputError for something else than fields of a quorum, another kind of member, or a
    threshold that does not fit them.
    """
    if not isinstance(fields, QuorumFields):
        what = f"A quorum form is filled with QuorumFields, not with {type(fields).__name__}."
        raise InputError(what, hint="Pass privy.forms.QuorumFields(…).")
    must_be_text(fields.display_name, "display_name")
    members: Any = fields.members
    pairs = members if isinstance(members, list | tuple) else (members,)
    for at, pair in enumerate(pairs):
        if not isinstance(pair, list | tuple) or len(pair) != 2:
            what = f"members[{at}] must be a pair: a kind of member, and its key or id."
            raise InputError(what, hint='Write ("Key", "…") for each.')
        spelled(pair[0], pair[1], f"members[{at}]")
    if not 1 <= whole_number(fields.threshold, "threshold") <= fields.size:
        what = f"threshold: {fields.threshold} does not fit {fields.size} members."
        raise InputError(what, hint="Choose from 1 to the number of members.")


def spelled(kind: object, text: object, name: str) -> str:
    """A member as its row holds it: the text of a key that was passed as such.

    Raises:
        InputError: another kind of member, or no text.
    """
    if kind not in LISTS:
        raise InputError(f"{name}: {kind!r} is no kind of member.", hint=f"Use {', '.join(LISTS)}.")
    if isinstance(text, PublicKey):
        return text.to_base64()
    return "" if text is None else must_be_text(text, name)


def _proof(card: MemberCard) -> tuple[str, str]:
    """What a member's card proves, and what it does not."""
    key = models.spoken_fingerprint(card.public.to_base64())
    purpose = f", for {card.purpose}" if card.purpose else ""
    return "good", (
        f"{card.name}{purpose}: possession of key {key} proven, {day(card.made_ms)}. Whose it is, "
        "only a call tells: compare these digits at a number that you know."
    )

"""Privy's form: a new key quorum."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import ipywidgets as w
from markupsafe import Markup

from toolkit.call import Call, Prepared
from toolkit.cards import Rows, Seat, code, picture, render
from toolkit.errors import KeyRefused, Problem
from toolkit.forms import OURS, CallForm, Row
from toolkit.keys import is_private
from toolkit.privy import models, operations
from toolkit.privy.client import Client
from toolkit.privy.signing import SIGNATURE
from toolkit.settling import pending as pending
from toolkit.tables import origin
from toolkit.widgets import box, choice, choice_options, html, shown, styled

LISTS = {"Key": "public_keys", "User": "user_ids", "Quorum": "key_quorum_ids"}
STRIP_LIMIT = 6  # more members than this: a number field instead of a card for each threshold


def create_key_quorum(client: Client) -> QuorumForm:
    """A form that makes a key quorum."""
    return QuorumForm(client)


# ---- from the fields to what they mean (pure) ----------------------------------------------------


@dataclass(frozen=True, slots=True)
class QuorumFields:
    """What the fields say right now. ``members`` are (kind, text) as typed."""

    display_name: str
    members: tuple[tuple[str, str], ...]
    threshold: int

    def request(self) -> models.CreateKeyQuorumRequest:
        """Keys in any accepted spelling become one line of base64: an input field cannot keep PEM's lines."""
        lists: dict[str, list[str]] = {name: [] for name in LISTS.values()}
        for kind, text in self.members:
            if text and not is_private(text):
                lists[LISTS[kind]].append(_one_line(text) if kind == "Key" else text)
        return models.CreateKeyQuorumRequest(
            **{name: tuple(members) for name, members in lists.items() if members},
            authorization_threshold=self.threshold,
            display_name=self.display_name or None,
        )

    def field_of(self, member: int) -> str:
        """The request's field that a member fills, e.g. ``public_keys[1]``."""
        kind = self.members[member][0]
        before = sum(1 for k, text in self.members[:member] if k == kind and text)
        return f"{LISTS[kind]}[{before}]"


def _one_line(text: str) -> str:
    try:
        return models.member_key(text).to_base64()
    except KeyRefused:
        return text


def meaning(fields: QuorumFields, draft: bool) -> dict[str, Any]:
    """The card beside the form."""
    k, n = fields.threshold, len(fields.members)
    seats = []
    for at, (kind, text) in enumerate(fields.members, 1):
        name, state = f"Member {at}", "signs" if text else "empty"
        if kind == "Key" and text:
            fingerprint = models.spoken_fingerprint(text)
            name, state = (f"Key {fingerprint[:4]}", state) if fingerprint else (name, "empty")
        elif text:
            name = f"{kind} {text[-4:]}"
        seats.append(
            Seat(name, kind, state, kind.lower() if state == "signs" else "", inside=2 if kind == "Quorum" else 0)
        )
    spare = n - k
    lose = f"you can lose {spare} and still sign" if spare > 0 else "no member may be lost"
    gate = f"any {k} of {n}" if spare > 0 else f"all {n}"
    who = f"Any {k} of the {n} members can sign" if spare > 0 else f"All {n} members must sign"
    sentences = [f"{who}; {lose}." if n > 1 else "The one member signs alone; it must not be lost."]
    sentences.append("Later changes to this quorum need the same signatures; the app secret alone cannot repair it.")
    advice = []
    if k == 1 and n > 1:
        advice.append(("high", "One member can sign alone. Choose 2 or more if money moves."))
    if spare == 0:
        advice.append(("high", "One lost member locks the quorum for good: nobody could sign the repair."))
    if draft:
        advice = [("note", "A draft: this holds once every member is filled and mended.")]
    return {"p": picture(gate, seats), "sentences": sentences, "advice": advice}


def threshold_options(members: int) -> list[tuple[str, str, int]]:
    """A card for each threshold: title, one sentence, value."""
    made = []
    for k in range(1, members + 1):
        enough = "One alone" if k == 1 else f"{k} enough"
        sentence = "All. None may be lost." if k == members else f"{enough}; {members - k} may be lost."
        made.append((f"{k} of {members}", sentence, k))
    return made


def result_card(quorum: models.KeyQuorum) -> Markup:
    """What was made, and its members."""
    seats, rows = [], []
    for key in quorum.authorization_keys:
        fingerprint = models.spoken_fingerprint(key.public_key) or "unreadable"
        seats.append(Seat(f"Key {fingerprint[:4]}", "Key", word="key"))
        rows.append((f"Key {fingerprint}", "key", code(key.public_key)))
    for user in quorum.user_ids or ():
        seats.append(Seat(f"User {user[-4:]}", "User", word="user"))
        rows.append((f"User {user[-4:]}", "user", code(user)))
    for nested in quorum.key_quorum_ids or ():
        seats.append(Seat(f"Quorum {nested[-4:]}", "Quorum", word="quorum", inside=2))
        rows.append((f"Quorum {nested[-4:]}", "key quorum", code(nested)))
    k, n = quorum.required, quorum.size
    return render(
        "result.html",
        headline=f"Key quorum made: {quorum.display_name}" if quorum.display_name else "Key quorum made",
        lead="Its members sign every later change to it.",
        facts=[
            ("Quorum", code(quorum.id)),
            ("Threshold", f"{k} of {n}"),
            ("Answer", origin(quorum)["verification"]),
        ],
        p=picture(f"any {k} of {n}" if k < n else f"all {n}", seats),
        tables=[Rows("Members", "frames.quorum_members([form.result])", ("Member", "Kind", "As Privy has it"), rows)],
    )


# ---- the form ------------------------------------------------------------------------------------


class QuorumForm(CallForm[models.KeyQuorum]):
    """*Create key quorum*: members as rows, the threshold as one choice."""

    operation = operations.CREATE_KEY_QUORUM
    title = "New key quorum"
    act = "Create quorum"
    done = "Quorum created"
    signs = False

    def __init__(self, client: Client) -> None:
        super().__init__(client)
        self.display_name = w.Text(description="Display name", placeholder="What people call it")
        self._left, self._card, self._under = w.HTML(), w.HTML(), w.HTML()
        self.threshold = choice(threshold_options(2), 2, "How many must sign")
        self.threshold_number = w.BoundedIntText(value=2, min=1, max=2, description="How many must sign (number)")
        self._threshold, self._numbering = 2, False
        self._strip = box("tk-cards", self.threshold)
        self.rows: list[Row] = []
        self._members = box("tk-rows member")
        adders = []
        for kind, article in (("Key", "a key"), ("User", "a user"), ("Quorum", "a quorum")):
            button = w.Button(description=f"Add {article}", icon="plus")
            button.on_click(lambda _, kind=kind: self.add_member(kind))
            adders.append(button)
        self._head = html("rowhead.html", columns=["", "Type", "Public key, user id or quorum id", ""], locked="")
        self.rows = [self._row("Key", ""), self._row("Key", "")]
        self._number_rows()
        self.display_name.observe(self.refresh, "value")
        for field in (self.threshold, self.threshold_number):
            field.observe(self._choose, "value")
        heading = html("section.html", title="Members", hint="keys, users and quorums; each counts once")
        self._assemble(
            f"POST {operations.CREATE_KEY_QUORUM.path}",
            main=[
                w.VBox([self.display_name, self._left]),
                w.VBox([heading, self._members, box("tk-link", *adders)]),
                w.VBox([self._strip, self.threshold_number, self._under]),
            ],
            side=[self._card],
        )

    def _choose(self, change: Any) -> None:
        """One threshold, whichever of the two widgets it was chosen in."""
        if change["new"] is not None and not self._numbering:
            self._threshold = change["new"]
            self.refresh()

    @property
    def fields(self) -> QuorumFields:
        """What the fields say, as one value."""
        members = tuple((row.fields[0].value, row.fields[1].value.strip()) for row in self.rows)
        return QuorumFields(self.display_name.value.strip(), members, min(self._threshold, len(members)))

    def add_member(self, kind: str = "Key", text: str = "") -> None:
        """Another row: ``Key``, ``User`` or ``Quorum``."""
        self.rows = [*self.rows, self._row(kind, text)]
        self._number_rows()
        self.refresh()

    def remove_member(self, row: Row) -> None:
        """Take a row away; one always stays."""
        if len(self.rows) > 1:
            self.rows = [other for other in self.rows if other is not row]
            self._number_rows()
            self.refresh()

    def _row(self, kind: str, text: str) -> Row:
        remove = w.Button(icon="times")
        fields = [
            w.Dropdown(options=list(LISTS), value=kind),
            styled(w.Text(text, placeholder="Paste it here"), "tk-mono"),
        ]
        row = Row(fields, [html("no.html", text="")], [remove], self.refresh, touched=bool(text))
        remove.on_click(lambda _: self.remove_member(row))
        return row

    def _number_rows(self) -> None:
        """Unique labels, and one threshold for each count of members; the chosen one stays where it can."""
        for number, row in enumerate(self.rows, 1):
            line = row.view.children[0].children
            line[0].value = render("no.html", text=str(number))
            line[1].description, line[2].description = f"Member {number} type", f"Member {number}"
            line[3].tooltip = f"Remove member {number}"
        self._members.children = [self._head, *(row.view for row in self.rows)]
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

    def _call(self) -> Call[models.KeyQuorum]:
        return operations.create_key_quorum(self.fields.request())

    def _looked(self) -> tuple[Prepared[models.KeyQuorum] | None, tuple[Problem, ...]]:
        """As ``CallForm``; a row always stays, so an empty quorum is named by its empty rows."""
        prepared, problems = super()._looked()
        return prepared, tuple(problem for problem in problems if problem.rule != "privy.no-members")

    def _forget_private(self) -> None:
        """A private key pasted into a field is taken out of it at once, before anything is shown or saved."""
        for row in self.rows:
            if is_private(row.fields[1].value):
                row.fields[1].value = ""
                row.private = True
            elif row.fields[1].value:
                row.private = False
        if is_private(self.display_name.value):
            self.display_name.value = ""

    def refresh(self, _: Any = None) -> None:
        """As ``CallForm.refresh``; private keys are forgotten first."""
        self._forget_private()
        super().refresh()

    def _own_problems(self) -> Iterable[Problem]:
        for at, (kind, text) in enumerate(self.fields.members):
            if self.rows[at].private:
                sentence = "That was a PRIVATE key; it was removed and went nowhere. Paste the public half of it."
                yield Problem("form.private-key", f"members[{at}]", sentence, True, OURS)
            elif not text:
                what = {"Key": "the public key", "User": "the user id (did:privy:…)", "Quorum": "the id of a quorum"}[
                    kind
                ]
                yield Problem("form.empty-member", f"members[{at}]", f"Paste {what}, or remove this row.", True, OURS)

    def _show(self, problems: Sequence[Problem]) -> None:
        fields = self.fields
        places = {f"members[{at}]": at for at in range(len(self.rows))}
        places |= {fields.field_of(at): at for at, (_, text) in enumerate(fields.members) if text}
        by_row: dict[int, list[tuple[int, str, str]]] = {at: [] for at in range(len(self.rows))}
        rest = []
        for problem in problems:
            if problem.field in places:
                by_row[places[problem.field]].append((1, self.severity(problem), problem.sentence))
            elif problem.field != "display_name":
                rest.append(problem)
        for at, row in enumerate(self.rows):
            row.touched = row.touched or self._pressed
            row.show(by_row[at], empty="Still empty: paste it, or remove this row.", notes=_notes(*fields.members[at]))
        over = [p for p in problems if p.field == "display_name"]
        (self.display_name.add_class if over else self.display_name.remove_class)("tk-bad")
        left = f"{models.NAME_LIMIT - len(fields.display_name)} of {models.NAME_LIMIT} characters left"
        self._left.value = render("hint.html", text=over[0].sentence if over else left)
        lines = [(self.severity(p), p.sentence) for p in rest]
        self._under.value = render("under.html", lines=lines)
        self._card.value = render("meaning.html", **meaning(fields, draft=bool(self._blocking(problems))))

    def _label(self, field: str) -> str:
        fields = self.fields
        places = {fields.field_of(at): at + 1 for at, (_, text) in enumerate(fields.members) if text}
        if field in places:
            return f"Member {places[field]}"
        names = {"authorization_threshold": "How many must sign", "display_name": "Display name"}
        return names.get(re.sub(r"\[\d+\]", "", field), "")

    def _hidden_headers(self, prepared: Prepared[models.KeyQuorum]) -> Sequence[str]:
        return ("Authorization", SIGNATURE) if prepared.signed else ("Authorization",)

    def _tell(self, value: models.KeyQuorum) -> str:
        return result_card(value)


def _notes(kind: str, text: str) -> list[tuple[str, Any]]:
    if kind == "Key":
        fingerprint = models.spoken_fingerprint(text)
        if fingerprint is None:
            return []
        spelling = "PEM" if "-----" in text else "base64 SPKI"
        return [("good", Markup("P-256 key {} · {}").format(code(fingerprint), spelling))]
    if kind == "User":
        return [("note", "A person: signs with a short-lived key after signing in.")]
    return [("note", "Counts as one member once its own threshold is met.")]

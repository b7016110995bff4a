"""The form for a new key quorum."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import ipywidgets as w
from markupsafe import Markup

from toolkit.call import Call, Prepared
from toolkit.cards import Rows, code, picture, render, result
from toolkit.errors import Problem
from toolkit.forms import CallForm
from toolkit.privy import models, operations
from toolkit.privy.client import Client
from toolkit.privy.forms.members import (
    Members,
    Nested,
    QuorumFields,
    fields_of,
    fingerprint_of,
    gate_of,
    meaning,
    seats_of,
)
from toolkit.privy.forms.spelling import SPELLING
from toolkit.privy.forms.wallet import WalletSteps
from toolkit.tables import origin


def member_rows(quorum: models.KeyQuorum, source: str) -> Rows:
    """The table of members; ``source`` is the code that gives the same as a DataFrame."""
    rows = [(f"Key {fingerprint_of(key.public_key)}", "key", code(key.public_key)) for key in quorum.authorization_keys]
    rows += [(f"User {user[-4:]}", "user", code(user)) for user in quorum.user_ids or ()]
    rows += [(f"Quorum {nested[-4:]}", "key quorum", code(nested)) for nested in quorum.key_quorum_ids or ()]
    return Rows("Members", source, ("Member", "Kind", "As Privy has it"), rows)


def result_card(quorum: models.KeyQuorum, nested: Nested, headline: str) -> Markup:
    """What was made or changed, and its members."""
    return result(
        f"{headline}: {quorum.display_name}" if quorum.display_name else headline,
        "Its members sign every later change to it.",
        [
            ("Quorum", code(quorum.id)),
            ("Threshold", f"{quorum.required} of {quorum.size}"),
            ("Answer", origin(quorum)["verification"]),
        ],
        p=picture(gate_of(quorum.required, quorum.size), seats_of(fields_of(quorum), nested)),
        tables=[member_rows(quorum, "frames.quorum_members([form.result])")],
    )


class QuorumForm(CallForm[models.KeyQuorum]):
    """*Create key quorum*: members as rows, the threshold as one choice; then a wallet for it to own."""

    operation = operations.CREATE_KEY_QUORUM
    title = "New key quorum"
    act = "Create quorum"
    done = "Quorum created"
    signs = False
    spelling = SPELLING

    def __init__(self, client: Client, keys_folder: str | Path = ".") -> None:
        super().__init__(client)
        self.client: Client = client
        self.members = Members(client, self.refresh, self._aside, Path(keys_folder))
        self._card = w.HTML()
        with self.quietly(look=False):
            self.members.fill(QuorumFields("", (("Key", ""), ("Key", "")), 2))
        self._assemble(f"POST {operations.CREATE_KEY_QUORUM.path}", main=self.members.view, side=[self._card])

    @property
    def fields(self) -> QuorumFields:
        """What the fields say, as one value."""
        return self.members.fields

    def fill(self, fields: QuorumFields) -> None:
        """Set every field at once, as if it was typed: for code and tests."""
        with self.quietly():
            self.members.fill(fields)

    def _call(self) -> Call[models.KeyQuorum]:
        return operations.create_key_quorum(self.fields.request())

    def _looked(self) -> tuple[Prepared[models.KeyQuorum] | None, tuple[Problem, ...]]:
        """As ``CallForm``; a row always stays, so an empty quorum is named by its empty rows."""
        prepared, problems = super()._looked()
        return prepared, tuple(problem for problem in problems if problem.rule != "privy.no-members")

    def refresh(self, _: object = None) -> None:
        """As ``CallForm.refresh``; private keys are forgotten first, and new nested quorums are read."""
        if self._quiet:
            return
        with self.quietly(look=False):
            self.members.forget_private()
        super().refresh()
        self.members.fetch()

    def _own_problems(self) -> Iterable[Problem]:
        return self.members.problems()

    def _show(self, problems: Sequence[Problem]) -> None:
        draft = bool(self._blocking(problems))
        self.members.show(problems, self.severity, self._pressed, draft)
        facts = meaning(self.fields, self.members.nested, draft, self.members.made)
        self._card.value = render("meaning.html", **facts)

    def _label(self, field: str) -> str:
        return label(field, self.fields)

    def _tell(self, value: models.KeyQuorum) -> str:
        return result_card(value, self.members.nested, "Key quorum made")

    def _follow(self, value: models.KeyQuorum) -> Sequence[w.Widget]:
        return [WalletSteps(self.client, value)]


def label(field: str, fields: QuorumFields) -> str:
    """The form's word for a field of a quorum request."""
    places = {fields.field_of(at): at + 1 for at, (_, text) in enumerate(fields.members) if text}
    if field in places:
        return f"Member {places[field]}"
    names = {"authorization_threshold": "How many must sign", "display_name": "Display name"}
    return names.get(re.sub(r"\[\d+\]", "", field), "")

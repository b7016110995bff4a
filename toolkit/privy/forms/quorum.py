"""The form for a new key quorum."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import ipywidgets as w
from markupsafe import Markup

from toolkit.base.html import Rows, code, picture, render, result
from toolkit.errors import Problem
from toolkit.privy import models, operations
from toolkit.privy.client import Client
from toolkit.privy.forms.members import (
    Members,
    MembersForm,
    Nested,
    QuorumFields,
    fields_of,
    fingerprint_of,
    gate_of,
    meaning,
    needed,
    seats_of,
)
from toolkit.privy.forms.spelling import SPELLING
from toolkit.privy.forms.wallet import WalletSteps
from toolkit.request.call import Call
from toolkit.tables import origin


def member_rows(quorum: models.KeyQuorum, source: str) -> Rows:
    """The table of members; ``source`` is the code that gives the same as a DataFrame."""
    rows = [
        (f"Key {fingerprint_of(key.public_key)}", "key", code(key.public_key))
        for key in quorum.authorization_keys
    ]
    rows += [(f"User {user[-4:]}", "user", code(user)) for user in quorum.user_ids or ()]
    rows += [
        (f"Quorum {nested[-4:]}", "key quorum", code(nested))
        for nested in quorum.key_quorum_ids or ()
    ]
    return Rows("Members", source, ("Member", "Kind", "As Privy has it"), rows)


def result_card(quorum: models.KeyQuorum, nested: Nested, headline: str) -> Markup:
    """What was made or changed, and its members."""
    return result(
        f"{headline}: {quorum.display_name}" if quorum.display_name else headline,
        f"Each later change of it needs {needed(quorum.required, quorum.size)}.",
        [
            ("Quorum", code(quorum.id)),
            ("Threshold", f"{quorum.required} of {quorum.size}"),
            ("Answer", origin(quorum)["verification"]),
        ],
        p=picture(gate_of(quorum.required, quorum.size), seats_of(fields_of(quorum), nested)),
        tables=[member_rows(quorum, "frames.quorum_members([form.result])")],
    )


class QuorumForm(MembersForm):
    """*Create key quorum*: members as rows, the threshold as one choice; then a wallet for it to own."""

    operation = operations.CREATE_KEY_QUORUM
    title = "New key quorum"
    act = "Create quorum"
    done = "Quorum created"
    spelling = SPELLING
    told_elsewhere = frozenset(
        {"privy.no-members"}
    )  # a row always stays, so an empty quorum is named by its rows

    def __init__(self, client: Client, keys_folder: str | Path = ".") -> None:
        super().__init__(client)
        self.client: Client = client
        self.members = Members(client, self.refresh, self._aside, Path(keys_folder))
        self._card = w.HTML()
        with self.quietly(look=False):
            self.members.fill(QuorumFields("", (("Key", ""), ("Key", "")), 2))
        self._assemble(
            f"POST {operations.CREATE_KEY_QUORUM.path}", main=self.members.view, side=[self._card]
        )

    def _call(self) -> Call[models.KeyQuorum]:
        return operations.create_key_quorum(self.fields.request())

    def _own_problems(self) -> Iterable[Problem]:
        return self.members.problems()

    def _show(self, problems: Sequence[Problem]) -> None:
        draft = bool(self._blocking(problems))
        self.members.show(problems, self.severity, self._pressed, draft)
        facts = meaning(self.fields, self.members.nested, draft, self.members.made)
        self._card.value = render("meaning.html", **facts)

    def _tell(self, value: models.KeyQuorum) -> str:
        return result_card(value, self.members.nested, "Key quorum made")

    def _follow(self, value: models.KeyQuorum) -> Sequence[w.Widget]:
        return [WalletSteps(self.client, value)]

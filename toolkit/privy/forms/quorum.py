"""The form for a new key quorum."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import ipywidgets as w
from markupsafe import Markup

from toolkit.base.html import code, picture, result
from toolkit.findings import Finding
from toolkit.forms.form import CallForm
from toolkit.forms.meaning import meaning_card, meaning_facts
from toolkit.forms.spec import FormSpec
from toolkit.privy import models, operations
from toolkit.privy.client import Client
from toolkit.privy.forms.members import Members, must_fit
from toolkit.privy.forms.spelling import SPELLING
from toolkit.privy.forms.wallet import WalletSteps
from toolkit.privy.frames import member_rows
from toolkit.privy.members import (
    DRAFT,
    NO_NAMES,
    Names,
    Nested,
    QuorumFields,
    fields_of,
    gate_of,
    needed,
    quorum_advice,
    seats_of,
    who_can_sign,
)
from toolkit.tables import origin


def meaning(
    fields: QuorumFields,
    nested: Nested,
    draft: bool,
    made_here: Sequence[str] = (),
    names: Names = NO_NAMES,
) -> dict[str, Any]:
    """The card beside the form: who can sign, who must not be lost, and who can do it alone."""
    return meaning_facts(
        gate_of(fields.threshold, len(fields.members)),
        seats_of(fields, nested, names),
        who_can_sign(fields, nested, names),
        quorum_advice(fields, nested, made_here, names),
        DRAFT if draft else "",
    )


def result_card(
    quorum: models.KeyQuorum, nested: Nested, headline: str, names: Names = NO_NAMES
) -> Markup:
    """What was made or changed, and its members."""
    name = f": {quorum.display_name}" if quorum.display_name else ""
    return result(
        f"{headline}{name}",
        f"Each later change of it needs {needed(quorum.required, quorum.size)}.",
        [
            ("Quorum", code(quorum.id)),
            ("Threshold", f"{quorum.required} of {quorum.size}"),
            ("Answer", origin(quorum)["verification"]),
        ],
        p=picture(
            gate_of(quorum.required, quorum.size), seats_of(fields_of(quorum), nested, names)
        ),
        tables=[member_rows(quorum, "frames.quorum_members([form.result])")],
    )


class QuorumForm(CallForm[models.KeyQuorum]):
    """*Create key quorum*: members as rows, the threshold as one choice; then a wallet for it to
    own.

    >>> form = privy.forms.create_key_quorum(app)
    >>> form.fill(privy.forms.QuorumFields("Payouts", (("User", "did:privy:alice"),), 1))
    >>> form.fields.display_name
    'Payouts'
    """

    def __init__(self, client: Client, keys_folder: str | Path | None = None) -> None:
        super().__init__(client, Client)
        self.client: Client = client
        self.members = Members(client, self.refresh, self.aside, self.swap, keys_folder)
        self.card = w.HTML()
        with self.quietly(look=False):
            self.members.fill(QuorumFields("", (("Key", ""), ("Key", "")), 2))
        spec: FormSpec[models.KeyQuorum] = FormSpec(
            operation=operations.CREATE_KEY_QUORUM,
            client_class=Client,
            spelling=SPELLING,
            title="New key quorum",
            act="Create quorum",
            done="Quorum created",
            # a row always stays, so an empty quorum is named by its rows
            told_elsewhere=lambda: self.members.told_here() | {"privy.no-members"},
            call=lambda: operations.create_key_quorum(self.fields.request()),
            findings=self.members.findings,
            show=self._show_findings,
            label=self.members.label_of,
            fields=lambda: self.fields,
            fill=self._fill,
            to_keep=QuorumFields.without_secrets,
            result=lambda quorum: result_card(
                quorum, self.members.nested, "Key quorum made", self.members.names
            ),
            follow=lambda quorum: [WalletSteps(self.client, quorum)],
            read_again=self.members.read_again,
            ground=self._made,
            looked=self.members.fetch,
        )
        path = f"POST {operations.CREATE_KEY_QUORUM.path}"
        self.draw(spec, path, main=self.members.view, side=[self.card])

    @property
    def fields(self) -> QuorumFields:
        """What the fields say, as one value."""
        return self.members.fields

    def fill(self, fields: QuorumFields) -> None:
        """Set every field at once, as if it was typed: for code and tests.

        Raises:
            InputError: another kind of member, or a threshold that does not fit them; no field has
                changed.
        """
        must_fit(fields)
        self._fill(fields)

    def _made(self) -> list[str]:
        """The id of what the last press has made, which the card shows."""
        made = self.exchange.decoded if self.exchange else None
        return [made.id] if made else []

    def _fill(self, fields: QuorumFields) -> None:
        with self.quietly():
            self.members.fill(fields)

    def _show_findings(self, findings: Sequence[Finding]) -> None:
        draft = self.submission.is_draft
        self.members.show(findings, self.mark, self.pressed)
        known = self.members
        facts = meaning(self.fields, known.nested, draft, tuple(known.made), known.names)
        self.card.value = meaning_card(facts)

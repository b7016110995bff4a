"""The forms that change and delete a key quorum. Its members as they are *now* sign both."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import ipywidgets as w
from markupsafe import Markup

from toolkit.base.html import render, result, some
from toolkit.base.text import plural
from toolkit.errors import ToolkitError
from toolkit.findings import Finding, needed, ours
from toolkit.forms.form import CallForm
from toolkit.forms.job import Job
from toolkit.forms.meaning import marked, meaning_card
from toolkit.forms.spec import FormSpec
from toolkit.keys import P256Key
from toolkit.privy import models, operations
from toolkit.privy.client import Client
from toolkit.privy.cosigning import NONE, Cell, before_and_after, changed, lines_of
from toolkit.privy.forms.members import Members, must_fit
from toolkit.privy.forms.quorum import meaning, result_card
from toolkit.privy.forms.signers import Cosigned, Signers
from toolkit.privy.forms.spelling import SPELLING
from toolkit.privy.members import QuorumFields, fields_of, name_to_compare
from toolkit.request.call import Call

UNCHANGED = "privy.no-change"  # the rule of a request that changes nothing
TOLD_BY_THE_PANEL = frozenset({"privy.signers"})  # it says who is missing
UNDOCUMENTED = ours("not documented")


class ChangeForm(CallForm[models.KeyQuorum]):
    """*Update key quorum*: the same rows, filled; before and after side by side; who
    must sign now.

    >>> form = privy.forms.update_key_quorum(app, quorum, signers=[alice, bob])
    >>> form.fields.threshold
    2
    """

    def __init__(
        self,
        client: Client,
        quorum: models.KeyQuorum | str,
        signers: Iterable[P256Key],
        keys_folder: str | Path | None,
    ) -> None:
        super().__init__(client, Client)
        self.client: Client = client
        self.cosigned = Cosigned(self, quorum, signers, self._call)
        self.members = Members(client, self.refresh, self.aside, self.swap, keys_folder)
        self.members.nested |= self.cosigned.nested
        self.before_and_after, self.card = w.HTML(), w.HTML()
        with self.quietly(look=False):
            self.members.fill(fields_of(self.quorum))
        self.draw(
            self._spec(),
            f"PATCH {operations.UPDATE_KEY_QUORUM.path}",
            main=[*self.members.view, self.before_and_after, self.signers.view],
            side=[self.card],
        )

    def _spec(self) -> FormSpec[models.KeyQuorum]:
        return FormSpec(
            operation=operations.UPDATE_KEY_QUORUM,
            client_class=Client,
            spelling=SPELLING,
            title=f"Change key quorum: {self.quorum.display_name or self.quorum.id}",
            act="Change quorum",
            done="Quorum changed",
            then="Change a field to change it again.",
            undone="changed",
            told_elsewhere=lambda: self.members.told_here() | TOLD_BY_THE_PANEL,
            call=self._call,
            signers=self.cosigned.chosen,
            ready_made=self.signers.together.ready_made,
            findings=self._own_findings,
            show=self._show_findings,
            label=self.members.label_of,
            about=self.cosigned.is_about,
            ground=lambda: [self.quorum.id],
            fields=lambda: self.fields,
            fill=self._fill,
            to_keep=QuorumFields.without_secrets,
            begins_with=lambda: fields_of(self.quorum),
            subject=(self.quorum.id, fields_of(self.quorum)),
            changes=lambda: lines_of(self._rows),
            result=lambda value: result_card(
                value, self.members.nested, "Key quorum changed", self.members.names
            ),
            learn=self._learn_quorum,
            read_again=self.members.read_again,
            looked=self.members.fetch,
            nothing_left=lambda: self._change == models.UpdateKeyQuorumRequest(),
        )

    @property
    def quorum(self) -> models.KeyQuorum:
        """The quorum as it is now."""
        return self.cosigned.quorum

    @property
    def signers(self) -> Signers:
        """The panel of those who sign."""
        return self.cosigned.signers

    @property
    def fields(self) -> QuorumFields:
        """What the fields say, as one value."""
        return self.members.fields

    def fill(self, fields: QuorumFields) -> None:
        """Set every field at once. Raises InputError as the form for a new quorum does."""
        must_fit(fields)
        self._fill(fields)

    def _fill(self, fields: QuorumFields) -> None:
        with self.quietly():
            self.members.fill(fields)

    def _call(self) -> Call[models.KeyQuorum]:
        return operations.update_key_quorum(self.quorum.id, self._change)

    @property
    def _change(self) -> models.UpdateKeyQuorumRequest:
        return changed(self.quorum, self.fields)

    def _own_findings(self) -> Iterator[Finding]:
        yield from self.members.findings()
        for at, (kind, text) in enumerate(self.fields.members):
            if kind == "Quorum" and text == self.quorum.id:
                sentence = "A quorum cannot be a member of itself."
                yield needed("form.itself", ("members", at), sentence)
        yield from self.cosigned.findings()

    def _show_findings(self, findings: Sequence[Finding]) -> None:
        elsewhere = (("signers",), ("review",))
        about_it = [f for f in self.submission.asked.blocking if f.path not in elsewhere]
        draft = self.submission.is_draft and any(f.rule != UNCHANGED for f in about_it)
        self.members.show(findings, self._mark_of, self.pressed)
        rows = self._rows
        hint = "the new lists are sent whole; that they replace the old ones is inferred"
        self.before_and_after.value = render("diff.html", rows=rows, hint=hint)
        known = self.members
        facts = meaning(self.fields, known.nested, draft, tuple(known.made), known.names)
        facts["sentences"] = ["After the change:", *facts["sentences"]]
        self.card.value = meaning_card(facts)
        self.cosigned.names = self.members.names
        self.cosigned.show(self.pressed)

    @property
    def _rows(self) -> list[tuple[Cell, Cell]]:
        known = self.members
        return before_and_after(self.quorum, self.fields, known.nested, known.names)

    def _mark_of(self, finding: Finding) -> str:
        """That nothing is changed yet is no mistake."""
        return "note" if finding.rule == UNCHANGED else self.mark(finding)

    def _learn_quorum(self, quorum: models.KeyQuorum) -> None:
        self.cosigned.learn(quorum, self.members.nested)
        self.refresh()


class DeleteForm(CallForm[models.Success]):
    """*Delete key quorum*: what goes with it, and who must sign.

    >>> form = privy.forms.delete_key_quorum(app, quorum)
    >>> form.sure.value
    False
    """

    def __init__(
        self, client: Client, quorum: models.KeyQuorum | str, signers: Iterable[P256Key]
    ) -> None:
        super().__init__(client, Client)
        self.client: Client = client
        self.cosigned = Cosigned(self, quorum, signers, self._call)
        known = "I know that nobody can bring it back"
        self.sure = w.Checkbox(False, description=known, indent=False)
        self.sure.observe(self.refresh, "value")
        self._owned: list[models.Wallet] | None = None
        self._untold = ""
        self.before_and_after, self.card = w.HTML(), w.HTML()
        self.draw(
            self._spec(),
            f"DELETE {operations.DELETE_KEY_QUORUM.path}",
            main=[self.before_and_after, self.signers.view, self.sure],
            side=[self.card],
        )
        self.aside(self._read_wallets, self._wallets_read)

    def _spec(self) -> FormSpec[models.Success]:
        return FormSpec(
            operation=operations.DELETE_KEY_QUORUM,
            client_class=Client,
            spelling=SPELLING,
            title=f"Delete key quorum: {self.quorum.display_name or self.quorum.id}",
            act="Delete quorum",
            done="Quorum deleted",
            then="",
            undone="deleted",
            told_elsewhere=lambda: TOLD_BY_THE_PANEL,
            call=self._call,
            signers=self.cosigned.chosen,
            ready_made=self.signers.together.ready_made,
            findings=self._own_findings,
            show=self._show_findings,
            about=self.cosigned.is_about,
            ground=lambda: [self.quorum.id],
            changes=lambda: lines_of(self._rows),
            result=self._result_card,
            read_again=self._read_wallets_again,
        )

    @property
    def quorum(self) -> models.KeyQuorum:
        """The quorum as it is now."""
        return self.cosigned.quorum

    @property
    def signers(self) -> Signers:
        """The panel of those who sign."""
        return self.cosigned.signers

    def _call(self) -> Call[models.Success]:
        return operations.delete_key_quorum(self.quorum.id)

    def _read_wallets_again(self) -> None:
        if self._owned is None and self._untold:
            self._untold = ""
            self.aside(self._read_wallets, self._wallets_read)

    def _read_wallets(self) -> list[models.Wallet]:
        pages = self.client.iterate(operations.list_wallets(limit=100))
        wallets = [wallet for page in pages for wallet in page.data]
        return [wallet for wallet in wallets if self._owns(wallet) or self._signs_for(wallet)]

    def _owns(self, wallet: models.Wallet) -> bool:
        return wallet.owner_id == self.quorum.id

    def _signs_for(self, wallet: models.Wallet) -> bool:
        return self.quorum.id in {signer.signer_id for signer in wallet.additional_signers}

    def _wallets_read(self, job: Job[list[models.Wallet]]) -> None:
        try:
            self._owned = job.result()
        except ToolkitError as error:
            self._untold = f"The wallets could not be read: {error.what}"

    def _own_findings(self) -> Iterator[Finding]:
        yield from self._what_becomes_of_wallets()
        if not self.sure.value:
            yield needed("form.sure", ("sure",), f"Tick “{self.sure.description}”.")
        yield from self.cosigned.findings()

    def _what_becomes_of_wallets(self) -> Iterator[Finding]:
        path = ("quorum",)
        without = "What becomes of a wallet without its quorum is documented nowhere"
        if self._owned is None:
            what = self._untold or "Its wallets are still being read."
            sentence = f"{what} {without}."
            yield Finding("privy.wallets-unread", "medium", "", path, sentence, "", UNDOCUMENTED)
        wallets = self._owned or ()
        signs = [each.display_name or each.id for each in wallets if not self._owns(each)]
        owned = [each.display_name or each.id for each in wallets if self._owns(each)]
        if signs:
            sentence = (
                f"It is an additional signer of {some(signs)}. What becomes of that is documented "
                "nowhere."
            )
            yield Finding("privy.signs-for-wallets", "medium", "", path, sentence, "", UNDOCUMENTED)
        if owned:
            sentence = f"It owns {some(owned)}. {without}: give it another owner first."
            yield Finding("privy.owns-wallets", "medium", "", path, sentence, "", UNDOCUMENTED)

    def _show_findings(self, findings: Sequence[Finding]) -> None:
        before, rows = fields_of(self.quorum), self._rows
        lines = marked(finding for finding in findings if finding.path == ("quorum",))
        self.before_and_after.value = Markup("{}{}").format(
            render("diff.html", rows=rows, hint=self._untold or self._wallets_hint()),
            render("under.html", lines=lines),
        )
        facts = meaning(before, self.cosigned.nested, False, (), self.cosigned.names)
        facts["sentences"] = ["As long as it is there:", *facts["sentences"]]
        text = (
            "Nobody can bring it back. Policies that it owns, and quorums that it is nested in, "
            "cannot "
            "be listed: look yourself."
        )
        facts["advice"] = [("medium", text)]
        self.card.value = meaning_card(facts)
        self.cosigned.show(self.pressed)

    @property
    def _rows(self) -> list[tuple[Cell, Cell]]:
        """Everything that it was, and nothing after."""
        before = fields_of(self.quorum)
        threshold: Cell = ("gone", f"{before.threshold} of {before.size} must sign", "")
        rows: list[tuple[Cell, Cell]] = [(threshold, NONE)]
        for kind, text in before.members:
            name = name_to_compare(kind, text, self.cosigned.nested, self.cosigned.names)
            rows.append((("gone", name, kind.lower()), NONE))
        return rows

    def _wallets_hint(self) -> str:
        if self._owned is None:
            return "reading its wallets …"
        return f"it owns or signs for {plural(len(self._owned), 'wallet')}"

    def _result_card(self, _: models.Success) -> Markup:
        lead = (
            "Privy does not know it any more. What becomes of what it owned is documented nowhere."
        )
        return result("Key quorum deleted", lead, [("Quorum", self.quorum.id)])

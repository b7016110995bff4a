"""The forms that change and delete a key quorum. Its members as they are *now* sign both."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import ipywidgets as w
from markupsafe import Markup

from toolkit.base.html import render, result, some
from toolkit.base.validate import text as a_text
from toolkit.errors import InputError, Problem, ToolkitError
from toolkit.forms.form import OURS, CallForm
from toolkit.forms.job import Job
from toolkit.keys import P256Key
from toolkit.privy import models, operations
from toolkit.privy.client import Client
from toolkit.privy.forms.members import (
    Members,
    MembersForm,
    Nested,
    QuorumFields,
    called,
    fields_of,
    fingerprint_of,
    identity_of,
    meaning,
)
from toolkit.privy.forms.quorum import result_card
from toolkit.privy.forms.signers import Signers, Signing, signing_of
from toolkit.privy.forms.spelling import SPELLING
from toolkit.privy.operations import DELETE_KEY_QUORUM, UPDATE_KEY_QUORUM
from toolkit.request.call import Call

Cell = tuple[str, str, str]  # state (empty, gone, new), text, kind
BY = "by the quorum as it is now"
UNCHANGED = "privy.no-change"  # the rule of a request that changes nothing


def changed(quorum: models.KeyQuorum, fields: QuorumFields) -> models.UpdateKeyQuorumRequest:
    """The request that makes the quorum what the fields say: only what differs.

    A list is sent whole: that it then replaces the old one is documented nowhere, and every public caller relies on it.
    An answer that says otherwise is not taken for the result. With other members the threshold is said again: what
    becomes of one that was left out before is documented nowhere.
    """
    before = fields_of(quorum)
    old, new = before.lists(), fields.lists()
    lists = {name: new[name] for name in new if not _same(old[name], new[name])}
    more: dict[str, Any] = dict(lists)
    if fields.threshold != before.threshold or lists:
        more["authorization_threshold"] = fields.threshold
    if fields.display_name != before.display_name.strip():  # a field has no blanks around its text
        more["display_name"] = fields.display_name
    return models.UpdateKeyQuorumRequest(**more)


def _same(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether two lists have the same members, whatever their spelling and order."""
    return sorted(map(models.member_identity, one)) == sorted(map(models.member_identity, other))


def before_and_after(
    quorum: models.KeyQuorum, fields: QuorumFields, nested: Nested
) -> list[tuple[Cell, Cell]]:
    """Rows of the comparison: threshold, name, then the members; those that stay side by side."""
    before, none = fields_of(quorum), ("", "", "")
    rows: list[tuple[Cell, Cell]] = []
    for old, new in (
        (
            f"{before.threshold} of {len(before.members)} must sign",
            f"{fields.threshold} of {len(fields.members)} must sign",
        ),
        (f"Name: {before.display_name or 'none'}", f"Name: {fields.display_name or 'none'}"),
    ):
        rows.append(
            (("", old, ""), ("", new, "")) if old == new else (("gone", old, ""), ("new", new, ""))
        )
    there = [((kind, identity_of(kind, text)), kind, text) for kind, text in before.members]
    here = [((kind, identity_of(kind, text)), kind, text) for kind, text in fields.members if text]
    left, known = (
        Counter(key for key, _, _ in here),
        Counter(key for key, _, _ in there),
    )  # one may stand there twice
    for key, kind, text in there:
        cell = ("", _name(kind, text, nested), kind.lower())
        rows.append((cell, cell) if left[key] > 0 else (("gone", *cell[1:]), none))
        left[key] -= 1
    for key, kind, text in here:
        if known[key] <= 0:
            rows.append((none, ("new", _name(kind, text, nested), kind.lower())))
        known[key] -= 1
    return rows


def _name(kind: str, text: str, nested: Nested) -> str:
    return f"Key {fingerprint_of(text)}" if kind == "Key" else called(kind, text, 0, nested)


class CoSignedForm(CallForm[Any]):
    """What both have: the quorum as it is now, read anew, its nested quorums, and the panel of those who sign."""

    spelling = SPELLING
    told_elsewhere = frozenset({"privy.signers"})  # the panel says who is missing
    client_class = Client

    def __init__(
        self, client: Client, quorum: models.KeyQuorum | str, signers: Iterable[P256Key]
    ) -> None:
        super().__init__(client)
        self.client: Client = client
        wanted = quorum.id if isinstance(quorum, models.KeyQuorum) else a_text(quorum, "quorum")
        #: The quorum as it was when this form was made.
        self.quorum = client.send(operations.get_key_quorum(wanted))
        self.nested: dict[str, models.KeyQuorum] = {}
        self._unread = ""
        for nested_id in self.quorum.key_quorum_ids or ():
            exchange = client.exchange(operations.get_key_quorum(nested_id))
            if exchange.error is None:
                self.nested[nested_id] = exchange.value
            else:
                self._unread = f"A nested quorum could not be read: {exchange.error.what}"
        self.signers = Signers(signers, self.refresh)

    @property
    def signing(self) -> Signing | None:
        """Who signs, by the quorum as it is now; None where its threshold cannot be reached."""
        try:
            return signing_of(self.quorum, self.nested, self.signers.keys)
        except InputError:
            return None

    def _signers(self) -> Sequence[P256Key]:
        signing = self.signing
        return signing.chosen if signing else ()

    def _about(self, call: Call[Any]) -> bool:
        return call.argument("key_quorum_id") == self.quorum.id

    def _own_problems(self) -> Iterable[Problem]:
        signing = self.signing
        if signing is None:
            yield Problem(
                "form.unreachable",
                "signers",
                "Its threshold cannot be reached: nobody can sign this.",
                True,
                OURS,
            )
        yield from self.signers.problems(signing)

    def _show_signers(self) -> None:
        signing = self.signing
        by = f"{BY}. {self._unread}" if self._unread else BY
        self.signers.show(signing, by, "high" if self._pressed else "note")


class ChangeForm(CoSignedForm, MembersForm):
    """*Update key quorum*: the same rows, filled; before and after side by side; who must sign now."""

    operation = UPDATE_KEY_QUORUM
    act = "Change quorum"
    done = "Quorum changed"
    then, undone = "Change a field to change it again.", "changed"

    def __init__(
        self,
        client: Client,
        quorum: models.KeyQuorum | str,
        signers: Iterable[P256Key],
        keys_folder: str | Path,
    ) -> None:
        super().__init__(client, quorum, signers)
        self.title = f"Change key quorum: {self.quorum.display_name or self.quorum.id}"
        self.members = Members(client, self.refresh, self._aside, Path(keys_folder))
        self.members.nested |= self.nested
        self._diff, self._card = w.HTML(), w.HTML()
        with self.quietly(look=False):
            self.members.fill(fields_of(self.quorum))
        self._assemble(
            f"PATCH {operations.UPDATE_KEY_QUORUM.path}",
            main=[*self.members.view, self._diff, self.signers.view],
            side=[self._card],
        )

    def _call(self) -> Call[models.KeyQuorum]:
        return operations.update_key_quorum(self.quorum.id, changed(self.quorum, self.fields))

    def _own_problems(self) -> Iterable[Problem]:
        yield from self.members.problems()
        for at, (kind, text) in enumerate(self.fields.members):
            if kind == "Quorum" and text == self.quorum.id:
                sentence = "A quorum cannot be a member of itself."
                yield Problem("form.itself", f"members[{at}]", sentence, True, OURS)
        yield from super()._own_problems()

    def _show(self, problems: Sequence[Problem]) -> None:
        draft = any(p.field != "signers" and p.rule != UNCHANGED for p in self._blocking(problems))
        self.members.show(problems, self._mark, self._pressed, draft)
        rows = before_and_after(self.quorum, self.fields, self.members.nested)
        self._diff.value = render(
            "diff.html",
            rows=rows,
            hint="the new lists are sent whole; that they replace the old ones is our reading",
        )
        facts = meaning(self.fields, self.members.nested, draft, self.members.made)
        facts["sentences"] = ["After the change:", *facts["sentences"]]
        self._card.value = render("meaning.html", **facts)
        self._show_signers()

    def _mark(self, problem: Problem) -> str:
        """As ``severity``; that nothing is changed yet is no mistake."""
        return "note" if problem.rule == UNCHANGED else self.severity(problem)

    def _tell(self, value: models.KeyQuorum) -> str:
        return result_card(value, self.members.nested, "Key quorum changed")

    def _joins(self) -> bool:
        """As ``CallForm``; and once it is changed, the fields say the quorum as it is by now."""
        done = self.exchange is not None and self.exchange.error is None and not self._armed
        return super()._joins() or (
            done and changed(self.quorum, self.fields) == models.UpdateKeyQuorumRequest()
        )

    def _learn(self, value: models.KeyQuorum) -> None:
        """From now on the new members sign."""
        self.quorum = value
        known = self.members.nested
        self.nested = {each: known[each] for each in value.key_quorum_ids or () if each in known}
        self.refresh()


class DeleteForm(CoSignedForm):
    """*Delete key quorum*: what goes with it, and who must sign."""

    operation = DELETE_KEY_QUORUM
    act = "Delete quorum"
    done = "Quorum deleted"
    then, undone = "", "deleted"

    def __init__(
        self, client: Client, quorum: models.KeyQuorum | str, signers: Iterable[P256Key]
    ) -> None:
        super().__init__(client, quorum, signers)
        self.title = f"Delete key quorum: {self.quorum.display_name or self.quorum.id}"
        self.sure = w.Checkbox(
            False, description="I know that nobody can bring it back", indent=False
        )
        self.sure.observe(self.refresh, "value")
        self._owned: list[models.Wallet] | None = None
        self._untold = ""
        self._what, self._card = w.HTML(), w.HTML()
        self._assemble(
            f"DELETE {operations.DELETE_KEY_QUORUM.path}",
            main=[self._what, self.signers.view, self.sure],
            side=[self._card],
        )
        self._aside(self._read_wallets, self._wallets_read)

    def _read_again(self) -> None:
        if self._owned is None and self._untold:
            self._untold = ""
            self._aside(self._read_wallets, self._wallets_read)

    def _read_wallets(self) -> list[models.Wallet]:
        pages = self.client.iterate(operations.list_wallets(limit=100))
        mine = self.quorum.id
        return [
            wallet
            for page in pages
            for wallet in page.data
            if wallet.owner_id == mine
            or mine in {signer.signer_id for signer in wallet.additional_signers}
        ]

    def _wallets_read(self, job: Job[list[models.Wallet]]) -> None:
        try:
            self._owned = job.result()
        except ToolkitError as error:
            self._untold = f"The wallets could not be read: {error.what}"

    def _call(self) -> Call[models.Success]:
        return operations.delete_key_quorum(self.quorum.id)

    def _own_problems(self) -> Iterable[Problem]:
        owned = [
            wallet.display_name or wallet.id
            for wallet in self._owned or ()
            if wallet.owner_id == self.quorum.id
        ]
        if self._owned is None:
            what = self._untold or "Its wallets are still being read."
            sentence = f"{what} What becomes of a wallet without its quorum is documented nowhere."
            yield Problem("privy.wallets-unread", "quorum", sentence, False, "not documented")
        signs = [
            wallet.display_name or wallet.id
            for wallet in self._owned or ()
            if wallet.owner_id != self.quorum.id
        ]
        if signs:
            sentence = f"It is an additional signer of {some(signs)}. What becomes of that is documented nowhere."
            yield Problem("privy.signs-for-wallets", "quorum", sentence, False, "not documented")
        if owned:
            sentence = f"It owns {some(owned)}. What becomes of a wallet without its quorum is documented nowhere: give it another owner first."
            yield Problem("privy.owns-wallets", "quorum", sentence, False, "not documented")
        if not self.sure.value:
            yield Problem("form.sure", "sure", f"Tick “{self.sure.description}”.", True, OURS)
        yield from super()._own_problems()

    def _show(self, problems: Sequence[Problem]) -> None:
        before = fields_of(self.quorum)
        rows = [
            (("gone", f"{before.threshold} of {len(before.members)} must sign", ""), ("", "", ""))
        ]
        rows += [
            (("gone", _name(kind, text, self.nested), kind.lower()), ("", "", ""))
            for kind, text in before.members
        ]
        lines = [(self.severity(p), p.sentence) for p in problems if p.field == "quorum"]
        count = len(self._owned or ())
        found = (
            "reading its wallets …"
            if self._owned is None
            else f"it owns or signs for {count} wallet{'s'[: count != 1]}"
        )
        self._what.value = Markup("{}{}").format(
            render("diff.html", rows=rows, hint=self._untold or found),
            render("under.html", lines=lines),
        )
        facts = meaning(before, self.nested, False)
        facts["sentences"] = ["As long as it is there:", *facts["sentences"]]
        text = "Nobody can bring it back. Policies that it owns, and quorums that it is nested in, cannot be listed: look yourself."
        facts["advice"] = [("medium", text)]
        self._card.value = render("meaning.html", **facts)
        self._show_signers()

    def _tell(self, value: models.Success) -> str:
        lead = (
            "Privy does not know it any more. What becomes of what it owned is documented nowhere."
        )
        return result("Key quorum deleted", lead, [("Quorum", self.quorum.id)])

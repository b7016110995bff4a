"""The forms that give a key quorum a wallet to own: a new one, or one that is there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import ipywidgets as w
from markupsafe import Markup

from toolkit.base.html import picture, render, result
from toolkit.client.names import known_names
from toolkit.errors import InputError, ToolkitError
from toolkit.findings import Finding, Path, hidden_name, needed
from toolkit.forms.form import CallForm
from toolkit.forms.job import Job
from toolkit.forms.meaning import marked, meaning_card
from toolkit.forms.observed import Observed, any_busy
from toolkit.forms.receipts import Receipts
from toolkit.forms.spec import FormSpec
from toolkit.forms.widgets import box, choice, html, option, public, shown, styled
from toolkit.keys import P256Key
from toolkit.privy import models, operations
from toolkit.privy.client import Client
from toolkit.privy.cosigning import (
    Ready,
    Signing,
    signing_of,
    too_few_keys,
    what_owning_means,
)
from toolkit.privy.forms.signers import Signers
from toolkit.privy.forms.spelling import SPELLING
from toolkit.privy.frames import WALLETS
from toolkit.privy.members import fields_of, gate_of, named_as_owner, seats_of
from toolkit.request.call import Call
from toolkit.request.prepared import Prepared
from toolkit.tables import origin


def meaning(owner: models.KeyQuorum, wallet: models.Wallet | None = None) -> dict[str, Any]:
    """The card beside the form: what it means that a quorum owns a wallet."""
    signers = [signer.signer_id for signer in wallet.additional_signers] if wallet else []
    advice: list[tuple[str, str]] = []
    lost = "move its money or change the owner"
    if signers:
        names = ", ".join(f"quorum …{each[-6:]}" for each in signers)
        as_what = "as additional signer" if len(signers) == 1 else "as additional signers"
        text = f"Moving money does not need them: {names} may sign for it too, {as_what}."
        advice.append(("high", text))
        lost = "change the owner"
    text = f"With fewer than {owner.required} of them left, nobody can {lost}."
    advice.append(("medium", text))
    gate = gate_of(owner.required, owner.size)
    return {
        "p": picture(gate, seats_of(fields_of(owner), {}, known_names())),
        "sentences": what_owning_means(owner, wallet),
        "advice": advice,
    }


def result_card(wallet: models.Wallet, owner: models.KeyQuorum, headline: str) -> Markup:
    """The wallet, and who owns it now."""
    return result(
        headline,
        f"{named_as_owner(owner)} owns it now.",
        [
            ("Name", wallet.display_name or "none"),
            *WALLETS.facts(wallet),
            ("Answer", origin(wallet)["verification"]),
        ],
        p=picture(
            gate_of(owner.required, owner.size), seats_of(fields_of(owner), {}, known_names())
        ),
    )


class NewWalletForm(CallForm[models.Wallet]):
    """*Create wallet*, owned by a quorum from the first moment.

    >>> form = privy.forms.create_wallet(app, quorum)
    >>> form.chain_type.value
    'ethereum'
    """

    def __init__(self, client: Client, owner: models.KeyQuorum) -> None:
        super().__init__(client, Client)
        self.owner = owner
        chains = models.CHAIN_TYPES
        self.chain_type = w.Dropdown(options=chains, value="ethereum", description="Chain")
        name = w.Text(description="Wallet name", placeholder="What people call it")
        self.display_name = public(name)
        kept = "Optional, and kept for good"
        self.external_id = public(w.Text(description="Your own id", placeholder=kept))
        rules = "Optional: id of the policy that it obeys"
        self.policy_id = public(w.Text(description="Policy", placeholder=rules))
        self.card, self.notices = w.HTML(), w.HTML()
        typed = (self.display_name, self.external_id, self.policy_id)
        for field in (self.chain_type, *typed):
            field.observe(self.refresh, "value")
        labels: dict[Path, str] = {
            ("chain_type",): "Chain",
            ("display_name",): "Wallet name",
            ("external_id",): "Your own id",
            ("policy_ids", 0): "Policy",
            ("owner_id",): "This quorum",
        }
        spec: FormSpec[models.Wallet] = FormSpec(
            operation=operations.CREATE_WALLET,
            client_class=Client,
            spelling=SPELLING,
            title="New wallet for this quorum",
            act="Create wallet",
            done="Wallet created",
            call=lambda: operations.create_wallet(self._wallet()),
            show=self._show_findings,
            label=lambda path: labels.get(path, ""),
            about=lambda call: call.argument("owner_id") == owner.id,
            fields=lambda: (*(each.value for each in typed), self.chain_type.value),
            fill=self._fill,
            subject=(owner.id,),
            ground=lambda: [owner.id],
            result=lambda wallet: result_card(wallet, owner, "Wallet made"),
        )
        self.draw(
            spec,
            f"POST {operations.CREATE_WALLET.path}",
            main=[*typed, self.chain_type, self.notices],
            side=[self.card],
        )

    def _fill(self, fields: tuple[str, str, str, str]) -> None:
        typed = (self.display_name, self.external_id, self.policy_id, self.chain_type)
        with self.quietly():
            for field, value in zip(typed, fields, strict=True):
                field.value = value

    def _wallet(self) -> models.CreateWalletRequest:
        policy_id = self.policy_id.value.strip()
        return models.CreateWalletRequest(
            chain_type=self.chain_type.value,
            display_name=self.display_name.value.strip() or None,
            external_id=self.external_id.value.strip() or None,
            policy_ids=[policy_id] if policy_id else None,
            owner_id=self.owner.id,
        )

    def _show_findings(self, findings: Sequence[Finding]) -> None:
        lines = marked(finding for finding in findings if finding.path != ("confirm",))
        self.notices.value = render("under.html", lines=lines)
        self.card.value = meaning_card(meaning(self.owner))


class OwnerForm(CallForm[models.Wallet]):
    """*Update wallet*: make a quorum the owner.

    The owner as it is now must sign, if there is one.

    >>> form = privy.forms.update_wallet(app, quorum)
    >>> form.owner.id == quorum.id
    True
    """

    def __init__(
        self,
        client: Client,
        owner: models.KeyQuorum,
        wallet_id: str | None = None,
        signers: Iterable[P256Key] = (),
    ) -> None:
        super().__init__(client, Client)
        self.client: Client = client
        self.owner = owner
        self.acknowledge = {"privy.owner-signs"}  # this form knows whether there is an owner
        pages = client.iterate(operations.list_wallets(limit=100))
        wallets = [wallet for page in pages for wallet in page.data]
        self._wallets = {wallet.id: wallet for wallet in wallets}
        self.signers = Signers(self, signers, self._call)
        # by id: the quorums that own, and those nested in them
        self._owners: dict[str, models.KeyQuorum] = {owner.id: owner}
        self._untold: dict[str, str] = {}  # by owner, why it could not be read
        options = [(_wallet_label(each), each.id) for each in wallets]
        self.wallet = w.Dropdown(options=options, description="Wallet")
        self.wallet.value = self._wallet_to_begin_with(wallet_id)
        self.before_and_after, self.card = w.HTML(), w.HTML()
        self.wallet.observe(self._wallet_chosen, "value")
        self.draw(
            self._spec(),
            f"PATCH {operations.UPDATE_WALLET.path}",
            main=[self.wallet, self.before_and_after, self.signers.view],
            side=[self.card],
        )
        self._wallet_chosen()

    def _spec(self) -> FormSpec[models.Wallet]:
        return FormSpec(
            operation=operations.UPDATE_WALLET,
            client_class=Client,
            spelling=SPELLING,
            title="Make it the owner of a wallet",
            act="Change owner",
            done="Owner changed",
            then="Choose another wallet to change that one, too.",
            undone="changed",
            # this form knows whether there is an owner
            told_elsewhere=lambda: frozenset({"privy.owner-signs"}),
            call=self._call,
            ready_made=self.signers.together.ready_made,
            signers=self._chosen_keys,
            findings=self._own_findings,
            show=self._show_findings,
            label=lambda path: "This quorum" if path == ("owner_id",) else "",
            as_shown=self._as_shown,
            about=lambda call: call.argument("owner_id") == self.owner.id,
            fields=lambda: self.wallet.value,
            fill=self._fill,
            subject=(self.owner.id,),
            ground=lambda: [self.owner.id, self._owner_id, self.wallet.value or ""],
            changes=lambda: [(self._now_in_words, named_as_owner(self.owner))],
            result=self._result_card,
            read_again=self._read_owner_again,
        )

    def _call(self) -> Call[models.Wallet]:
        request = models.UpdateWalletRequest(owner_id=self.owner.id)
        return operations.update_wallet(self.wallet.value or "", request)

    def _fill(self, wallet_id: str | None) -> None:
        if wallet_id in self._wallets or wallet_id is None:
            self.wallet.value = wallet_id

    def _wallet_to_begin_with(self, wallet_id: str | None) -> str | None:
        if wallet_id:
            return wallet_id if wallet_id in self._wallets else None
        unowned = (each.id for each in self._wallets.values() if each.owner_id is None)
        return next(unowned, None)

    def _wallet_chosen(self, _: Any = None) -> None:
        self.refresh()
        owner_id = self._owner_id
        if owner_id and owner_id not in self._owners:
            self.aside(partial(self._read_owner, owner_id), partial(self._owner_read, owner_id))

    def _read_owner_again(self) -> None:
        if self._untold.pop(self._owner_id, None):
            self._wallet_chosen()

    def _read_owner(self, owner_id: str) -> list[models.KeyQuorum]:
        owner = self.client.send(operations.get_key_quorum(owner_id))
        nested = owner.key_quorum_ids or ()
        return [owner, *(self.client.send(operations.get_key_quorum(each)) for each in nested)]

    def _owner_read(self, owner_id: str, job: Job[list[models.KeyQuorum]]) -> None:
        try:
            self._owners |= {each.id: each for each in job.result()}
            self._untold.pop(owner_id, None)
        except ToolkitError as error:
            self._untold[owner_id] = f"Its owner as it is now could not be read: {error.what}"

    @property
    def _chosen_wallet(self) -> models.Wallet | None:
        return self._wallets.get(self.wallet.value or "")

    @property
    def _owner_id(self) -> str:
        wallet = self._chosen_wallet
        return (wallet.owner_id or "") if wallet else ""

    @property
    def _now(self) -> models.KeyQuorum | None:
        """The owner as it is now, once it was read."""
        return self._owners.get(self._owner_id)

    @property
    def signing(self) -> Signing | None:
        """Who signs now; None where nobody has to, or nobody can."""
        now = self._now
        if now is None:
            return None
        try:
            return signing_of(now, self._owners, self.signers.ready, known_names())
        except InputError:
            return None

    def _chosen_keys(self) -> Sequence[Ready]:
        signing = self.signing
        return signing.chosen if signing else ()

    def _as_shown(self, prepared: Prepared[models.Wallet]) -> Prepared[models.Wallet]:
        """Where the wallet has no owner, nobody has to sign: the request alone does not tell."""
        wallet = self._chosen_wallet
        if wallet is None or wallet.owner_id is not None:
            return prepared
        text = (
            "Nothing is signed. The wallet has no owner, so the app secret alone authenticates "
            "this "
            "request."
        )
        return replace(prepared, signed=False, message=text)

    def _own_findings(self) -> Iterator[Finding]:
        yield from self._wallet_findings()
        yield from too_few_keys(self.signing)

    def _wallet_findings(self) -> Iterator[Finding]:
        wallet, path = self._chosen_wallet, ("wallet",)
        name = wallet.display_name or "" if wallet else ""
        yield from hidden_name("privy.hidden-characters", path, "wallet’s name", name)
        if wallet is None:
            yield needed("form.no-wallet", path, "Choose a wallet.")
        elif wallet.owner_id == self.owner.id:
            yield needed("form.owned", path, "This quorum owns it already.", "Choose another one.")
        elif self._owner_id and self._now is None:
            reading = "Its owner as it is now is being read."
            sentence = self._untold.get(self._owner_id, reading)
            yield needed("form.owner-unread", path, sentence)
        elif self._owner_id and self.signing is None:
            sentence = "The threshold of its owner cannot be reached: nobody can sign this."
            yield needed("form.unreachable", path, sentence)

    def _show_findings(self, findings: Sequence[Finding]) -> None:
        rows = [
            (("gone", self._now_in_words, "owner"), ("new", named_as_owner(self.owner), "owner"))
        ]
        lines = marked(finding for finding in findings if finding.path == ("wallet",))
        self.before_and_after.value = Markup("{}{}").format(
            render("diff.html", rows=rows, hint="one owner at a time"),
            render("under.html", lines=lines),
        )
        self.card.value = meaning_card(meaning(self.owner, self._chosen_wallet))
        self.signers.show(self.signing, self._by(), "high" if self.pressed else "note")

    @property
    def _now_in_words(self) -> str:
        if self._owner_id and self._now is None:
            return f"quorum …{self._owner_id[-6:]}"
        return named_as_owner(self._now)

    def _by(self) -> str:
        """Who must sign, in words."""
        if self.signing is not None:
            return "by the owner as it is now"
        if self._owner_id:
            return "Its owner as it is now must sign, and who that is is not known here."
        return "Nobody has to sign: the wallet has no owner, so the app secret alone decides."

    def _result_card(self, wallet: models.Wallet) -> Markup:
        self._wallets[wallet.id] = wallet
        return result_card(wallet, self.owner, "Owner changed")


def _wallet_label(wallet: models.Wallet) -> str:
    return option(wallet.display_name or "no name", wallet.chain_type, f"…{wallet.id[-6:]}")


class WalletSteps(Observed):
    """After a quorum was made: how to give it a wallet.

    Each choice opens its form below; none is ever lost.
    """

    title = "A wallet for this quorum"

    def __init__(self, client: Client, quorum: models.KeyQuorum) -> None:
        super().__init__()
        self.client, self.quorum = client, quorum
        #: Those of the form before this step, which shows them.
        self.receipts = Receipts()
        options = (
            ("Not now", "The quorum stays as it is.", ""),
            ("A new wallet", "Made with this quorum as its owner.", "new"),
            ("A wallet that is there", "Its owner as it is now must sign, if it has one.", "there"),
        )
        self.choice = choice(options, "", "What shall it own?")
        self._forms: dict[str, CallForm[models.Wallet]] = {}
        self._place, self.status = w.VBox(), w.HTML()
        self.choice.observe(self._open, "value")
        hint = "until it owns something, or signs for it, it protects nothing"
        heading = html("section.html", title="Next: a wallet that it owns", hint=hint)
        self.children = [w.VBox([heading, box("tk-cards", self.choice), self.status]), self._place]
        styled(self, "tk-follow")

    @property
    def form(self) -> CallForm[models.Wallet] | None:
        """The form that is open; None for “not now”."""
        return self._forms.get(self.choice.value)

    def steps(self) -> tuple[CallForm[models.Wallet], ...]:
        """Its forms, shown or not."""
        return tuple(self._forms.values())

    @property
    def goes_on(self) -> bool:
        """Whether one of its forms is busy: nothing else is followed here."""
        return any_busy(self.steps())

    def _open(self, _: Any) -> None:
        self.status.value = ""
        try:
            if self.choice.value and self.form is None:
                made = NewWalletForm if self.choice.value == "new" else OwnerForm
                form = styled(made(self.client, self.quorum), "tk-follow")
                form.receipts = self.receipts
                self._forms[self.choice.value] = form
                self.follow_step(form)
        except ToolkitError as error:
            self.status.value = render(
                "status.html", kind="high", text=f"The wallets could not be read: {error}"
            )
        for form in self._forms.values():
            shown(form, form is self.form)
        self.swap(self._place, tuple(self._forms.values()))

"""The forms that give a key quorum a wallet to own: a new one, or one that is there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import ipywidgets as w
from markupsafe import Markup

from toolkit.base.html import code, picture, render, result
from toolkit.errors import InputError, Problem, ToolkitError
from toolkit.forms.form import OURS, CallForm
from toolkit.forms.job import Job
from toolkit.forms.widgets import Panel, box, choice, html, option, public, shown, styled
from toolkit.keys import P256Key
from toolkit.privy import models, operations
from toolkit.privy.client import Client
from toolkit.privy.forms.members import fields_of, gate_of, needed, seats_of
from toolkit.privy.forms.signers import Signers, Signing, signing_of
from toolkit.privy.forms.spelling import SPELLING
from toolkit.request.call import Call
from toolkit.request.prepared import Prepared
from toolkit.tables import origin


def named(quorum: models.KeyQuorum | None) -> str:
    """A quorum as an owner, in words."""
    if quorum is None:
        return "no owner: the app secret alone decides"
    return (
        f"{quorum.display_name or 'quorum …' + quorum.id[-6:]} ({quorum.required} of {quorum.size})"
    )


def meaning(owner: models.KeyQuorum, wallet: models.Wallet | None = None) -> dict[str, Any]:
    """What it means that a quorum owns a wallet: this one, or a new one. Additional signers act without the owner.

    Source: Privy's pages on owners and signers (controls) and on authorization signatures.
    """
    k, n = owner.required, owner.size
    signers = [signer.signer_id for signer in wallet.additional_signers] if wallet else []
    sentences = [
        f"Changing the wallet, its owner too, or exporting it then needs {needed(k, n)} of this quorum."
    ]
    advice: list[tuple[str, Any]] = []
    if signers:
        names = ", ".join(f"quorum …{each[-6:]}" for each in signers)
        text = f"Moving money does not need them: {names} may sign for it too, as additional signer{'s'[: len(signers) != 1]}."
        advice.append(("high", text))
    else:
        sentences.append("So does moving money: nobody else may sign for it.")
    sentences.append("The app secret alone can still read it, and nothing else.")
    lost = "change the owner" if signers else "move its money or change the owner"
    advice.append(("medium", f"With fewer than {k} of them left, nobody can {lost}."))
    return {
        "p": picture(gate_of(k, n), seats_of(fields_of(owner), {})),
        "sentences": sentences,
        "advice": advice,
    }


def result_card(wallet: models.Wallet, owner: models.KeyQuorum, headline: str) -> Markup:
    """The wallet, and who owns it now."""
    return result(
        headline,
        f"{named(owner)} owns it now.",
        [
            ("Wallet", code(wallet.id)),
            ("Name", wallet.display_name or "none"),
            ("Chain", wallet.chain_type),
            ("Address", code(wallet.address)),
            ("Owner", code(wallet.owner_id or "none")),
            ("Answer", origin(wallet)["verification"]),
        ],
        p=picture(gate_of(owner.required, owner.size), seats_of(fields_of(owner), {})),
    )


class NewWalletForm(CallForm[models.Wallet]):
    """*Create wallet*, owned by a quorum from the first moment."""

    operation = operations.CREATE_WALLET
    client_class = Client
    title = "New wallet for this quorum"
    act = "Create wallet"
    done = "Wallet created"
    spelling = SPELLING

    def __init__(self, client: Client, owner: models.KeyQuorum) -> None:
        super().__init__(client)
        self.owner = owner
        self.chain_type = w.Dropdown(
            options=models.CHAIN_TYPES, value="ethereum", description="Chain"
        )
        self.display_name = public(
            w.Text(description="Wallet name", placeholder="What people call it")
        )
        self._card, self._under = w.HTML(), w.HTML()
        for field in (self.chain_type, self.display_name):
            field.observe(self.refresh, "value")
        self._assemble(
            f"POST {operations.CREATE_WALLET.path}",
            main=[self.display_name, self.chain_type, self._under],
            side=[self._card],
        )

    def _call(self) -> Call[models.Wallet]:
        request = models.CreateWalletRequest(
            chain_type=self.chain_type.value,
            display_name=self.display_name.value.strip() or None,
            owner_id=self.owner.id,
        )
        return operations.create_wallet(request)

    def _show(self, problems: Sequence[Problem]) -> None:
        self._under.value = render(
            "under.html",
            lines=[(self.severity(p), p.sentence) for p in problems if p.field != "confirm"],
        )
        self._card.value = render("meaning.html", **meaning(self.owner))

    def _label(self, field: str) -> str:
        return {
            "chain_type": "Chain",
            "display_name": "Wallet name",
            "owner_id": "This quorum",
        }.get(field, "")

    def _about(self, call: Call[models.Wallet]) -> bool:
        return call.argument("owner_id") == self.owner.id

    def _tell(self, value: models.Wallet) -> str:
        return result_card(value, self.owner, "Wallet made")


class OwnerForm(CallForm[models.Wallet]):
    """*Update wallet*: make a quorum the owner. The owner as it is now must sign, if there is one."""

    operation = operations.UPDATE_WALLET
    client_class = Client
    title = "Make it the owner of a wallet"
    act = "Change owner"
    done = "Owner changed"
    then, undone = "Choose another wallet to change that one, too.", "changed"
    spelling = SPELLING
    told_elsewhere = frozenset({"privy.owner-signs"})  # this form knows whether there is an owner

    def __init__(
        self,
        client: Client,
        owner: models.KeyQuorum,
        wallet_id: str | None = None,
        signers: Iterable[P256Key] = (),
    ) -> None:
        super().__init__(client)
        self.client: Client = client
        self.owner = owner
        self.acknowledge = {"privy.owner-signs"}  # this form knows whether there is an owner
        found = [
            wallet
            for page in client.iterate(operations.list_wallets(limit=100))
            for wallet in page.data
        ]
        self._wallets = {wallet.id: wallet for wallet in found}
        self._owners: dict[str, models.KeyQuorum] = {owner.id: owner}  # and those nested in them
        self._untold: dict[str, str] = {}  # by owner, why it could not be read
        self.wallet = w.Dropdown(
            options=[
                (
                    option(each.display_name or "no name", each.chain_type, f"…{each.id[-6:]}"),
                    each.id,
                )
                for each in found
            ],
            description="Wallet",
        )
        unowned = [each.id for each in found if each.owner_id is None]
        self.wallet.value = (
            wallet_id
            if wallet_id in self._wallets
            else None
            if wallet_id
            else next(iter(unowned), None)
        )
        self.signers = Signers(signers, self.refresh)
        self._diff, self._card = w.HTML(), w.HTML()
        self.wallet.observe(self._wallet_chosen, "value")
        self._assemble(
            f"PATCH {operations.UPDATE_WALLET.path}",
            main=[self.wallet, self._diff, self.signers.view],
            side=[self._card],
        )
        self._wallet_chosen()

    def _wallet_chosen(self, _: Any = None) -> None:
        self.refresh()
        owner_id = self._owner_id
        if owner_id and owner_id not in self._owners:
            self._aside(partial(self._read_owner, owner_id), partial(self._owner_read, owner_id))

    def _read_again(self) -> None:
        if self._untold.pop(self._owner_id, None):
            self._wallet_chosen()

    def _read_owner(self, owner_id: str) -> list[models.KeyQuorum]:
        found = [self.client.send(operations.get_key_quorum(owner_id))]
        return found + [
            self.client.send(operations.get_key_quorum(each))
            for each in found[0].key_quorum_ids or ()
        ]

    def _owner_read(self, owner_id: str, job: Job[list[models.KeyQuorum]]) -> None:
        try:
            self._owners |= {each.id: each for each in job.result()}
            self._untold.pop(owner_id, None)
        except ToolkitError as error:
            self._untold[owner_id] = f"Its owner as it is now could not be read: {error.what}"

    @property
    def _owner_id(self) -> str:
        wallet = self._wallets.get(self.wallet.value or "")
        return (wallet.owner_id or "") if wallet else ""

    @property
    def _now(self) -> models.KeyQuorum | None:
        """The owner as it is now, once it was read."""
        return self._owners.get(self._owner_id)

    @property
    def signing(self) -> Signing | None:
        """Who signs now; None where nobody has to, or nobody can."""
        now = self._now
        try:
            return signing_of(now, self._owners, self.signers.keys) if now else None
        except InputError:
            return None

    def _signers(self) -> Sequence[P256Key]:
        signing = self.signing
        return signing.chosen if signing else ()

    def _call(self) -> Call[models.Wallet]:
        return operations.update_wallet(
            self.wallet.value or "", models.UpdateWalletRequest(owner_id=self.owner.id)
        )

    def _as_shown(self, prepared: Prepared[models.Wallet]) -> Prepared[models.Wallet]:
        wallet = self._wallets.get(self.wallet.value or "")
        if wallet is None or wallet.owner_id is not None:
            return prepared
        text = "Nothing is signed. The wallet has no owner, so the app secret alone authenticates this request."
        return replace(prepared, signed=False, message=text)

    def _own_problems(self) -> Iterable[Problem]:
        wallet = self._wallets.get(self.wallet.value or "")
        if wallet is None:
            yield Problem("form.no-wallet", "wallet", "Choose a wallet.", True, OURS)
        elif wallet.owner_id == self.owner.id:
            yield Problem(
                "form.owned",
                "wallet",
                "This quorum owns it already. Choose another one.",
                True,
                OURS,
            )
        elif self._owner_id and self._now is None:
            sentence = self._untold.get(self._owner_id, "Its owner as it is now is being read.")
            yield Problem("form.owner-unread", "wallet", sentence, True, OURS)
        elif self._owner_id and self.signing is None:
            sentence = "The threshold of its owner cannot be reached: nobody can sign this."
            yield Problem("form.unreachable", "wallet", sentence, True, OURS)
        yield from self.signers.problems(self.signing)

    def _show(self, problems: Sequence[Problem]) -> None:
        now = (
            f"quorum …{self._owner_id[-6:]}"
            if self._owner_id and self._now is None
            else named(self._now)
        )
        rows = [(("gone", now, "owner"), ("new", named(self.owner), "owner"))]
        lines = [(self.severity(p), p.sentence) for p in problems if p.field == "wallet"]
        self._diff.value = Markup("{}{}").format(
            render("diff.html", rows=rows, hint="one owner at a time"),
            render("under.html", lines=lines),
        )
        self._card.value = render(
            "meaning.html", **meaning(self.owner, self._wallets.get(self.wallet.value or ""))
        )
        nobody = "Nobody has to sign: the wallet has no owner, so the app secret alone decides."
        unknown = "Its owner as it is now must sign, and who that is is not known here."
        signing = self.signing
        by = "by the owner as it is now" if signing else unknown if self._owner_id else nobody
        self.signers.show(signing, by, "high" if self._pressed else "note")

    def _label(self, field: str) -> str:
        return "This quorum" if field == "owner_id" else ""

    def _about(self, call: Call[models.Wallet]) -> bool:
        return call.argument("owner_id") == self.owner.id

    def _tell(self, value: models.Wallet) -> str:
        self._wallets[value.id] = value
        return result_card(value, self.owner, "Owner changed")


class WalletSteps(Panel):
    """After a quorum was made: how to give it a wallet. Each choice opens its form below; none is ever lost."""

    title = "A wallet for this quorum"

    def __init__(self, client: Client, quorum: models.KeyQuorum) -> None:
        super().__init__()
        self.client, self.quorum = client, quorum
        options = (
            ("Not now", "The quorum stays as it is.", ""),
            ("A new wallet", "Made with this quorum as its owner.", "new"),
            ("A wallet that is there", "Its owner as it is now must sign, if it has one.", "there"),
        )
        self.choice = choice(options, "", "What shall it own?")
        self._forms: dict[str, CallForm[models.Wallet]] = {}
        self._place, self._status = w.VBox(), w.HTML()
        self.choice.observe(self._open, "value")
        hint = "until it owns something, or signs for it, it protects nothing"
        heading = html("section.html", title="Next: a wallet that it owns", hint=hint)
        self.children = [w.VBox([heading, box("tk-cards", self.choice), self._status]), self._place]
        styled(self, "tk-follow")

    @property
    def form(self) -> CallForm[models.Wallet] | None:
        """The form that is open; None for “not now”."""
        return self._forms.get(self.choice.value)

    @property
    def busy(self) -> bool:
        """Whether one of its forms has a request under way."""
        return any(form.busy for form in self._forms.values())

    def _open(self, _: Any) -> None:
        self._status.value = ""
        try:
            if self.choice.value and self.form is None:
                made = NewWalletForm if self.choice.value == "new" else OwnerForm
                self._forms[self.choice.value] = styled(made(self.client, self.quorum), "tk-follow")
        except ToolkitError as error:
            self._status.value = render(
                "status.html", kind="high", text=f"The wallets could not be read: {error}"
            )
        for form in self._forms.values():
            shown(form, form is self.form)
        self._place.children = tuple(self._forms.values())

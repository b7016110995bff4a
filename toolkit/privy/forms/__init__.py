"""Privy's forms: a new key quorum, changing and deleting one, and wallets for it to own."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from toolkit.base.validate import text
from toolkit.forms.in_doubt import pending
from toolkit.keys import P256Key
from toolkit.privy import operations
from toolkit.privy.client import Client
from toolkit.privy.forms.change import ChangeForm, DeleteForm
from toolkit.privy.forms.quorum import QuorumForm
from toolkit.privy.forms.sign import SignForm
from toolkit.privy.forms.wallet import NewWalletForm, OwnerForm
from toolkit.privy.members import QuorumFields
from toolkit.privy.models import KeyQuorum

if TYPE_CHECKING:
    from toolkit.approvals.approval import Approval

__all__ = [
    "ChangeForm",
    "DeleteForm",
    "NewWalletForm",
    "OwnerForm",
    "QuorumFields",
    "QuorumForm",
    "SignForm",
    "create_key_quorum",
    "create_wallet",
    "delete_key_quorum",
    "pending",
    "sign",
    "update_key_quorum",
    "update_wallet",
]


def create_key_quorum(client: Client, *, keys_folder: str | Path | None = None) -> QuorumForm:
    """A form that makes a key quorum.

    Args:
        keys_folder: where the private halves of new key pairs are saved, each in a file of its own
            (mode 0600); otherwise a folder among this user's data, outside of every repository.

    >>> from toolkit import Emulator, privy
    >>> form = privy.forms.create_key_quorum(Emulator.seeded().privy_client())
    >>> form.members.display_name.value = "Payouts"
    >>> form.fields.display_name
    'Payouts'
    """
    return QuorumForm(client, keys_folder)


def update_key_quorum(
    client: Client,
    quorum: KeyQuorum | str,
    *,
    signers: Iterable[P256Key] = (),
    keys_folder: str | Path | None = None,
) -> ChangeForm:
    """A form that changes a key quorum: before and after, and who must sign now.

    Args:
        quorum: the quorum or its id; it is read anew.
        signers: keys of members that are at hand. The form takes more from files and environment
            variables.

    Raises:
        ToolkitError: the quorum cannot be read.

    >>> form = privy.forms.update_key_quorum(app, quorum, signers=[alice, bob])
    >>> form.members.display_name.value = "Payouts"
    >>> form.submit().display_name
    'Payouts'
    """
    return ChangeForm(client, quorum, signers, keys_folder)


def delete_key_quorum(
    client: Client, quorum: KeyQuorum | str, *, signers: Iterable[P256Key] = ()
) -> DeleteForm:
    """A form that deletes a key quorum. Arguments and errors as for ``update_key_quorum``.

    >>> form = privy.forms.delete_key_quorum(app, quorum, signers=[alice, bob])
    >>> form.sure.value = True
    >>> form.submit().success
    True
    """
    return DeleteForm(client, quorum, signers)


def create_wallet(client: Client, owner: KeyQuorum | str) -> NewWalletForm:
    """A form that makes a wallet owned by this quorum, given itself or by its id (it is
    read then).

    >>> form = privy.forms.create_wallet(app, quorum)
    >>> form.display_name.value = "Fees"
    >>> form.submit().owner_id == quorum.id
    True
    """
    return NewWalletForm(client, _quorum(client, owner))


def update_wallet(
    client: Client,
    owner: KeyQuorum | str,
    *,
    wallet_id: str | None = None,
    signers: Iterable[P256Key] = (),
) -> OwnerForm:
    """A form that makes this quorum the owner of a wallet that is there.

    Args:
        owner: the quorum or its id; with an id it is read.
        wallet_id: the wallet to begin with; otherwise the first without an owner.
        signers: keys of members of its owner as it is now, if it has one.

    Raises:
        ToolkitError: the wallets cannot be read.

    >>> form = privy.forms.update_wallet(app, quorum)
    >>> form.submit().owner_id == quorum.id
    True
    """
    return OwnerForm(client, _quorum(client, owner), wallet_id, signers)


def _quorum(client: Client, owner: KeyQuorum | str) -> KeyQuorum:
    if isinstance(owner, KeyQuorum):
        return owner
    return client.send(operations.get_key_quorum(text(owner, "owner")))


def sign(approval: Approval | str | Path) -> SignForm:
    """A form in which a co-signer reads an approval, compares it by voice, and signs.

    It needs neither network nor account, and sends nothing.

    Args:
        approval: what ``toolkit.Approval.load(path)`` gives, or the path. A file that does not hold
            is shown with the reason, and cannot be signed.

    Raises:
        InputError: something else.

    >>> from toolkit import Approval
    >>> change = privy.UpdateKeyQuorumRequest(display_name="Payouts")
    >>> approval = Approval.of(app, privy.update_key_quorum(quorum.id, change))
    >>> privy.forms.sign(approval).approval.standing
    '0 of 2 signed'
    """
    return SignForm(approval)


def __dir__() -> list[str]:
    return __all__

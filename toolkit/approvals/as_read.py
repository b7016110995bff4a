"""Quorums and wallets as they were read: what a file says of them, and back."""

from __future__ import annotations

from toolkit.approvals.file import QuorumAsRead, WalletAsRead
from toolkit.base.text import plain_line
from toolkit.errors import InputError, KeyRefused
from toolkit.privy.models import (
    AdditionalSigner,
    AuthorizationKey,
    KeyQuorum,
    Wallet,
    taken_key,
)


def written_quorum(quorum: KeyQuorum) -> QuorumAsRead:
    """A quorum as the file has it."""
    threshold = quorum.authorization_threshold
    return QuorumAsRead(
        id=quorum.id,
        display_name=quorum.display_name,
        authorization_threshold=None if threshold is None else int(threshold),
        public_keys=tuple(key.public_key for key in quorum.authorization_keys),
        user_ids=tuple(quorum.user_ids or ()),
        key_quorum_ids=tuple(quorum.key_quorum_ids or ()),
    )


def written_wallet(wallet: Wallet) -> WalletAsRead:
    """A wallet as the file has it."""
    return WalletAsRead(
        id=wallet.id,
        display_name=wallet.display_name,
        address=wallet.address,
        chain_type=wallet.chain_type,
        owner_id=wallet.owner_id or "",
        additional_signers=tuple(each.signer_id for each in wallet.additional_signers),
    )


def read_quorum(quorum: QuorumAsRead) -> KeyQuorum:
    """A quorum of the file.

    Raises:
        InputError: a key of it is spelled otherwise than Privy spells keys.
    """
    for at, spelling in enumerate(quorum.public_keys):
        try:
            taken_key(spelling)
        except KeyRefused:
            raise InputError(
                f"quorum: public_keys[{at}] of {plain_line(quorum.id)} is no key as Privy has them"
            ) from None
    return KeyQuorum(
        id=quorum.id,
        authorization_keys=[AuthorizationKey(each) for each in quorum.public_keys],
        display_name=quorum.display_name,
        authorization_threshold=quorum.authorization_threshold,
        user_ids=list(quorum.user_ids),
        key_quorum_ids=list(quorum.key_quorum_ids),
    )


def read_wallet(wallet: WalletAsRead) -> Wallet:
    """A wallet of the file."""
    return Wallet(
        id=wallet.id,
        address=wallet.address,
        chain_type=wallet.chain_type,
        created_at=0,
        owner_id=wallet.owner_id,
        display_name=wallet.display_name,
        additional_signers=[AdditionalSigner(signer_id=each) for each in wallet.additional_signers],
    )

"""Privy: key quorums, who must sign to change them, and the wallets they own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from toolkit.privy.client import PROD, STAGING, Client, Environment
from toolkit.privy.models import (
    AdditionalSigner,
    AttachedWalletAutomation,
    AuthorizationKey,
    CreateKeyQuorumRequest,
    CreateWalletBatchRequest,
    CreateWalletRequest,
    GetWalletByAddressRequest,
    KeyQuorum,
    Policy,
    PolicyRule,
    Success,
    UpdateKeyQuorumRequest,
    UpdateWalletRequest,
    Wallet,
    WalletAutomation,
    WalletAutomationPage,
    WalletBatch,
    WalletBatchResult,
    WalletCustodian,
    WalletEntity,
    WalletOwner,
    WalletPage,
)
from toolkit.privy.operations import (
    OPERATIONS,
    archive_wallet,
    create_key_quorum,
    create_wallet,
    create_wallet_batch,
    delete_key_quorum,
    get_key_quorum,
    get_policy,
    get_wallet,
    get_wallet_automation,
    get_wallet_by_address,
    list_wallet_automations,
    list_wallets,
    update_key_quorum,
    update_wallet,
)
from toolkit.privy.powers import quorum_of
from toolkit.privy.webhooks import WebhookEvent, verify_webhook

if TYPE_CHECKING:
    from toolkit.privy import forms

__all__ = [
    "OPERATIONS",
    "PROD",
    "STAGING",
    "AdditionalSigner",
    "AttachedWalletAutomation",
    "AuthorizationKey",
    "Client",
    "CreateKeyQuorumRequest",
    "CreateWalletBatchRequest",
    "CreateWalletRequest",
    "Environment",
    "GetWalletByAddressRequest",
    "KeyQuorum",
    "Policy",
    "PolicyRule",
    "Success",
    "UpdateKeyQuorumRequest",
    "UpdateWalletRequest",
    "Wallet",
    "WalletAutomation",
    "WalletAutomationPage",
    "WalletBatch",
    "WalletBatchResult",
    "WalletCustodian",
    "WalletEntity",
    "WalletOwner",
    "WalletPage",
    "WebhookEvent",
    "archive_wallet",
    "create_key_quorum",
    "create_wallet",
    "create_wallet_batch",
    "delete_key_quorum",
    "forms",
    "get_key_quorum",
    "get_policy",
    "get_wallet",
    "get_wallet_automation",
    "get_wallet_by_address",
    "list_wallet_automations",
    "list_wallets",
    "quorum_of",
    "update_key_quorum",
    "update_wallet",
    "verify_webhook",
]


def __getattr__(name: str) -> Any:
    if name == "forms":  # widgets are heavy, and only forms need them
        import importlib

        return importlib.import_module("toolkit.privy.forms")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__

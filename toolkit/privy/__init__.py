"""Privy: key quorums, who must sign to change them, and the wallets they own."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from toolkit.privy.client import PROD, STAGING, Client, Environment
from toolkit.privy.intents import (
    Intent,
    IntentAuthorization,
    IntentAuthorizeInput,
    IntentPage,
)
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
    authorize_intent,
    create_key_quorum,
    create_key_quorum_update_intent,
    create_wallet,
    create_wallet_batch,
    create_wallet_update_intent,
    delete_key_quorum,
    get_intent,
    get_key_quorum,
    get_policy,
    get_wallet,
    get_wallet_automation,
    get_wallet_by_address,
    list_intents,
    list_wallet_automations,
    list_wallets,
    reject_intent,
    update_key_quorum,
    update_wallet,
)

if TYPE_CHECKING:
    from toolkit.privy import forms
    from toolkit.privy.intent_signing import intent_message, sign_intent
    from toolkit.privy.powers import quorum_of
    from toolkit.privy.webhooks import WebhookEvent, verify_webhook

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
    "Intent",
    "IntentAuthorization",
    "IntentAuthorizeInput",
    "IntentPage",
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
    "authorize_intent",
    "create_key_quorum",
    "create_key_quorum_update_intent",
    "create_wallet",
    "create_wallet_batch",
    "create_wallet_update_intent",
    "delete_key_quorum",
    "forms",
    "get_intent",
    "get_key_quorum",
    "get_policy",
    "get_wallet",
    "get_wallet_automation",
    "get_wallet_by_address",
    "intent_message",
    "list_intents",
    "list_wallet_automations",
    "list_wallets",
    "quorum_of",
    "reject_intent",
    "sign_intent",
    "update_key_quorum",
    "update_wallet",
    "verify_webhook",
]


#: Where names are that no request needs: loaded when first used, as forms and their widgets are.
_HOMES = {
    "WebhookEvent": "toolkit.privy.webhooks",
    "intent_message": "toolkit.privy.intent_signing",
    "quorum_of": "toolkit.privy.powers",
    "sign_intent": "toolkit.privy.intent_signing",
    "verify_webhook": "toolkit.privy.webhooks",
}


def __getattr__(name: str) -> Any:
    if name == "forms":
        return importlib.import_module("toolkit.privy.forms")
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__

"""Cobo WaaS 2.0: MPC vaults, key share holder groups and API keys."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from toolkit.cobo.client import DEV, PROD, SANDBOX, Client, Environment
from toolkit.cobo.models import (
    ApiKeyInfo,
    CreateKeyShareHolder,
    CreateKeyShareHolderGroupRequest,
    CreateMpcProjectRequest,
    CreateMpcVaultRequest,
    CreateMpcWalletParams,
    CreateTssRequestRequest,
    DeleteKeyShareHolderGroup,
    KeyShareHolder,
    KeyShareHolderGroup,
    MPCProject,
    MPCVault,
    OrgInfo,
    Page,
    RoleScope,
    Scopes,
    SourceKeyShareHolderGroup,
    TSSKeyShareGroup,
    TSSRequest,
    UpdateKeyShareHolderGroupByIdRequest,
    UpdateMpcProjectByIdRequest,
    UpdateMpcVaultByIdRequest,
    WalletInfo,
)
from toolkit.cobo.operations import (
    OPERATIONS,
    cancel_tss_request_by_id,
    create_key_share_holder_group,
    create_mpc_project,
    create_mpc_vault,
    create_tss_request,
    create_wallet,
    delete_key_share_holder_group_by_id,
    get_api_key_info,
    get_key_share_holder_by_tss_node_id,
    get_key_share_holder_group_by_id,
    get_mpc_project_by_id,
    get_mpc_vault_by_id,
    get_org_info,
    get_tss_request_by_id,
    list_cobo_key_holders,
    list_key_share_holder_groups,
    list_key_share_holders,
    list_mpc_projects,
    list_mpc_vaults,
    list_tss_requests,
    list_wallets,
    update_key_share_holder_group_by_id,
    update_mpc_project_by_id,
    update_mpc_vault_by_id,
)

if TYPE_CHECKING:
    from toolkit.cobo import forms
    from toolkit.cobo.approvers import Statement, what_approvers_see
    from toolkit.cobo.handover import Handover, HandoverState, HandoverStep
    from toolkit.cobo.node_rule import NodeRules, node_rules
    from toolkit.cobo.powers import Powers, powers_of
    from toolkit.cobo.webhooks import WebhookEvent, verify_webhook

__all__ = [
    "DEV",
    "OPERATIONS",
    "PROD",
    "SANDBOX",
    "ApiKeyInfo",
    "Client",
    "CreateKeyShareHolder",
    "CreateKeyShareHolderGroupRequest",
    "CreateMpcProjectRequest",
    "CreateMpcVaultRequest",
    "CreateMpcWalletParams",
    "CreateTssRequestRequest",
    "DeleteKeyShareHolderGroup",
    "Environment",
    "Handover",
    "HandoverState",
    "HandoverStep",
    "KeyShareHolder",
    "KeyShareHolderGroup",
    "MPCProject",
    "MPCVault",
    "NodeRules",
    "OrgInfo",
    "Page",
    "Powers",
    "RoleScope",
    "Scopes",
    "SourceKeyShareHolderGroup",
    "Statement",
    "TSSKeyShareGroup",
    "TSSRequest",
    "UpdateKeyShareHolderGroupByIdRequest",
    "UpdateMpcProjectByIdRequest",
    "UpdateMpcVaultByIdRequest",
    "WalletInfo",
    "WebhookEvent",
    "cancel_tss_request_by_id",
    "create_key_share_holder_group",
    "create_mpc_project",
    "create_mpc_vault",
    "create_tss_request",
    "create_wallet",
    "delete_key_share_holder_group_by_id",
    "forms",
    "get_api_key_info",
    "get_key_share_holder_by_tss_node_id",
    "get_key_share_holder_group_by_id",
    "get_mpc_project_by_id",
    "get_mpc_vault_by_id",
    "get_org_info",
    "get_tss_request_by_id",
    "list_cobo_key_holders",
    "list_key_share_holder_groups",
    "list_key_share_holders",
    "list_mpc_projects",
    "list_mpc_vaults",
    "list_tss_requests",
    "list_wallets",
    "node_rules",
    "powers_of",
    "update_key_share_holder_group_by_id",
    "update_mpc_project_by_id",
    "update_mpc_vault_by_id",
    "verify_webhook",
    "what_approvers_see",
]


#: Where names are that no request needs: loaded when first used, as forms and their widgets are.
_HOMES = {
    "Handover": "toolkit.cobo.handover",
    "HandoverState": "toolkit.cobo.handover",
    "HandoverStep": "toolkit.cobo.handover",
    "NodeRules": "toolkit.cobo.node_rule",
    "Powers": "toolkit.cobo.powers",
    "Statement": "toolkit.cobo.approvers",
    "WebhookEvent": "toolkit.cobo.webhooks",
    "node_rules": "toolkit.cobo.node_rule",
    "powers_of": "toolkit.cobo.powers",
    "verify_webhook": "toolkit.cobo.webhooks",
    "what_approvers_see": "toolkit.cobo.approvers",
}


def __getattr__(name: str) -> Any:
    if name == "forms":
        return importlib.import_module("toolkit.cobo.forms")
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__

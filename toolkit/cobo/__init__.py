"""Cobo WaaS 2.0: MPC vaults, key share holder groups and API keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from toolkit.cobo.client import DEV, PROD, SANDBOX, Client, Environment
from toolkit.cobo.models import (
    ApiKeyInfo,
    CreateKeyShareHolder,
    CreateKeyShareHolderGroupRequest,
    KeyShareHolder,
    KeyShareHolderGroup,
    MPCVault,
    Page,
    RoleScope,
    Scopes,
    TSSKeyShareGroup,
)
from toolkit.cobo.operations import (
    OPERATIONS,
    create_key_share_holder_group,
    get_api_key_info,
    get_key_share_holder_group_by_id,
    list_key_share_holder_groups,
    list_mpc_vaults,
)

if TYPE_CHECKING:
    from toolkit.cobo import forms

__all__ = [
    "DEV",
    "OPERATIONS",
    "PROD",
    "SANDBOX",
    "ApiKeyInfo",
    "Client",
    "CreateKeyShareHolder",
    "CreateKeyShareHolderGroupRequest",
    "Environment",
    "KeyShareHolder",
    "KeyShareHolderGroup",
    "MPCVault",
    "Page",
    "RoleScope",
    "Scopes",
    "TSSKeyShareGroup",
    "create_key_share_holder_group",
    "forms",
    "get_api_key_info",
    "get_key_share_holder_group_by_id",
    "list_key_share_holder_groups",
    "list_mpc_vaults",
]


def __getattr__(name: str) -> Any:
    if name == "forms":  # widgets are heavy, and only forms need them
        import importlib

        return importlib.import_module("toolkit.cobo.forms")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

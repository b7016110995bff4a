"""Cobo's operations: one table, and a function for each that builds a Call.

Names, paths and statuses are the vendor's (OpenAPI file ``dev_openapi.yaml`` v1.42.0); permissions are from
its permission list.
"""

from __future__ import annotations

from toolkit.call import Call, Operation, call
from toolkit.cobo.models import (
    ApiKeyInfo,
    CreateKeyShareHolderGroupRequest,
    KeyShareHolderGroup,
    MPCVault,
    Page,
)

_VAULTS = "/wallets/mpc/vaults"
_GROUPS = _VAULTS + "/{vault_id}/key_share_holder_groups"
_PAGING = ("limit", "before", "after")
_SPEC = "Cobo OpenAPI file dev_openapi.yaml v1.42.0, as in its API reference"

LIST_MPC_VAULTS = Operation(
    name="list_mpc_vaults",
    method="GET",
    path=_VAULTS,
    returns=Page[MPCVault],
    title="List all vaults",
    source=_SPEC,
    query=("vault_type", "project_id", *_PAGING),
    permission="mpc_vault:read",
)
CREATE_KEY_SHARE_HOLDER_GROUP = Operation(
    name="create_key_share_holder_group",
    method="POST",
    path=_GROUPS,
    returns=KeyShareHolderGroup,
    title="Create key share holder group",
    source=_SPEC,
    status=201,
    body=CreateKeyShareHolderGroupRequest,
    changes=True,
    permission="mpc_key_group:create",
    echoes={"key_share_holder_group_type": "type", "participants": "participants", "threshold": "threshold"},
)
LIST_KEY_SHARE_HOLDER_GROUPS = Operation(
    name="list_key_share_holder_groups",
    method="GET",
    path=_GROUPS,
    returns=Page[KeyShareHolderGroup],
    title="List all key share holder groups",
    source=_SPEC,
    query=("key_share_holder_group_type", *_PAGING),
    permission="mpc_key_group:read",
)
GET_KEY_SHARE_HOLDER_GROUP_BY_ID = Operation(
    name="get_key_share_holder_group_by_id",
    method="GET",
    path=_GROUPS + "/{key_share_holder_group_id}",
    returns=KeyShareHolderGroup,
    title="Get key share holder group information",
    source=_SPEC,
    permission="mpc_key_group:read",
    echoes={"key_share_holder_group_id": "key_share_holder_group_id"},
)
GET_API_KEY_INFO = Operation(
    name="get_api_key_info",
    method="GET",
    path="/developers/api_key_info",
    returns=ApiKeyInfo,
    title="Get API key information",
    source=_SPEC,
    permission="api_key:read",
)

OPERATIONS = (
    LIST_MPC_VAULTS,
    CREATE_KEY_SHARE_HOLDER_GROUP,
    LIST_KEY_SHARE_HOLDER_GROUPS,
    GET_KEY_SHARE_HOLDER_GROUP_BY_ID,
    GET_API_KEY_INFO,
)


def list_mpc_vaults(
    vault_type: str = "Org-Controlled",
    *,
    project_id: str | None = None,
    limit: int | None = None,
    before: str | None = None,
    after: str | None = None,
) -> Call[Page[MPCVault]]:
    """One page of vaults. ``project_id`` is required for User-Controlled vaults and must be absent otherwise."""
    query = {"vault_type": vault_type, "project_id": project_id, "limit": limit, "before": before, "after": after}
    return call(LIST_MPC_VAULTS, query=query)


def create_key_share_holder_group(
    vault_id: str, request: CreateKeyShareHolderGroupRequest
) -> Call[KeyShareHolderGroup]:
    """Make a group. It is ``New`` and has no keys until a TSS request for it succeeds."""
    return call(CREATE_KEY_SHARE_HOLDER_GROUP, {"vault_id": vault_id}, body=request)


def list_key_share_holder_groups(
    vault_id: str,
    *,
    key_share_holder_group_type: str | None = None,
    limit: int | None = None,
    before: str | None = None,
    after: str | None = None,
) -> Call[Page[KeyShareHolderGroup]]:
    """One page of a vault's groups; without a type, of all types."""
    query = {
        "key_share_holder_group_type": key_share_holder_group_type,
        "limit": limit,
        "before": before,
        "after": after,
    }
    return call(LIST_KEY_SHARE_HOLDER_GROUPS, {"vault_id": vault_id}, query)


def get_key_share_holder_group_by_id(vault_id: str, key_share_holder_group_id: str) -> Call[KeyShareHolderGroup]:
    """One group, holders included."""
    ids = {"vault_id": vault_id, "key_share_holder_group_id": key_share_holder_group_id}
    return call(GET_KEY_SHARE_HOLDER_GROUP_BY_ID, ids)


def get_api_key_info() -> Call[ApiKeyInfo]:
    """The API key that signs this very request: its roles and scopes."""
    return call(GET_API_KEY_INFO)

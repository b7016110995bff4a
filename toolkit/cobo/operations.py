"""Cobo's operations: one table, and a function for each that builds a Call.

Names, paths and statuses are the vendor's (OpenAPI file ``dev_openapi.yaml`` v1.42.0); permissions
are from its permission list.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from toolkit.base.validate import texts
from toolkit.cobo.models import (
    ApiKeyInfo,
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
    TSSRequest,
    UpdateKeyShareHolderGroupByIdRequest,
    UpdateMpcProjectByIdRequest,
    UpdateMpcVaultByIdRequest,
    WalletInfo,
)
from toolkit.request.call import Call, Operation, Reconciliation, call

T = TypeVar("T")
SERVICE = "cobo"  # its name in operations and in the journal
_VAULTS = "/wallets/mpc/vaults"
_VAULT = _VAULTS + "/{vault_id}"
_GROUPS = _VAULT + "/key_share_holder_groups"
_PAGING = ("limit", "before", "after")
_SPEC = "Cobo OpenAPI file dev_openapi.yaml v1.42.0, as in its API reference"

_GROUP = _GROUPS + "/{key_share_holder_group_id}"
_HOLDERS = _VAULT + "/key_share_holders"
_TSS_REQUESTS = _VAULT + "/tss_requests"
_TSS_REQUEST = _TSS_REQUESTS + "/{tss_request_id}"
_PROJECTS = "/wallets/mpc/projects"
_PROJECT = _PROJECTS + "/{project_id}"
_WALLETS = "/wallets"


def _read(
    name: str, path: str, returns: type[T], title: str, permission: str, **more: Any
) -> Operation[T]:
    return Operation(
        SERVICE,
        name,
        "GET",
        path,
        returns,
        title,
        _SPEC,
        permission=permission,
        fills=_fills(path),
        table=__name__,
        **more,
    )


def _change(
    name: str, method: str, path: str, returns: type[T], title: str, permission: str, **more: Any
) -> Operation[T]:
    status = 201 if method == "POST" else 200
    return Operation(
        SERVICE,
        name,
        method,
        path,
        returns,
        title,
        _SPEC,
        status=status,
        permission=permission,
        changes=True,
        fills=_fills(path),
        table=__name__,
        **more,
    )


def _fills(path: str) -> dict[str, str]:
    """What Cobo leaves to the question: of which vault a group, a holder or a request is."""
    below_a_vault = path.startswith(f"{_VAULT}/")
    return {"vault_id": "vault_id"} if below_a_vault else {}


# ---- what counts as the same, where an answer was lost
# ---------------------------------------------


def _same_vault(call: Call[Any], vault: MPCVault) -> bool | None:
    return (call.argument("name"), call.argument("vault_type"), call.argument("project_id")) == (
        vault.name,
        vault.type,
        vault.project_id or None,
    )


def _same_name(call: Call[Any], thing: MPCVault | MPCProject) -> bool | None:
    return thing.name == call.argument("name")


def _same_project(call: Call[Any], project: MPCProject) -> bool | None:
    asked: Any = call.body
    there = (project.name, project.threshold, project.participants)
    return (asked.name, asked.threshold, asked.participants) == there


def _same_wallet(call: Call[Any], wallet: WalletInfo) -> bool | None:
    asked: Any = call.body
    there = (wallet.name, wallet.wallet_type, wallet.wallet_subtype, wallet.vault_id)
    return (asked.name, asked.wallet_type, asked.wallet_subtype, asked.vault_id) == there


def _same_group(call: Call[Any], group: KeyShareHolderGroup) -> bool | None:
    """Type, threshold, participants, the set of nodes, and who signs where both say it; Cobo's
    holders are not of our asking.
    """
    asked: Any = call.body
    if group.key_share_holders is None:
        return None
    scheme = (asked.key_share_holder_group_type, asked.threshold, asked.participants)
    wanted = {holder.tss_node_id for holder in asked.key_share_holders if holder.tss_node_id}
    there = {
        h.tss_node_id
        for h in group.key_share_holders
        if h.tss_node_id and (h.type != "Cobo" or h.tss_node_id in wanted)
    }
    if scheme != (group.type, group.threshold, group.participants) or wanted != there:
        return False
    signs = {(holder.tss_node_id, holder.signer) for holder in group.key_share_holders}
    said = [
        (holder.tss_node_id, holder.signer)
        for holder in asked.key_share_holders
        if holder.signer is not None
    ]
    return all((node, signer) in signs or (node, None) in signs for node, signer in said)


def _same_upgrade(call: Call[Any], group: KeyShareHolderGroup) -> bool | None:
    return group.type == "MainGroup"


def _same_tss_request(call: Call[Any], found: TSSRequest) -> bool | None:
    asked: Any = call.body
    source, there = asked.source_key_share_holder_group, found.source_key_share_holder_group
    wanted = source.key_share_holder_group_id if source else None
    return (
        asked.type,
        asked.target_key_share_holder_group_id,
        wanted or None,
        asked.description or None,
    ) == (
        found.type,
        found.target_key_share_holder_group_id,
        (there.key_share_holder_group_id if there else None) or None,
        found.description or None,
    )


def _unknowable(call: Call[Any], found: Any) -> None:
    """What a later look says of a cancelled TSS request is not documented."""


def _said(call: Call[Any], name: str) -> str:
    return str(call.argument(name))


def _the_vault(call: Call[Any]) -> Call[MPCVault]:
    return get_mpc_vault_by_id(_said(call, "vault_id"))


def _its_vaults(call: Call[Any]) -> Call[Page[MPCVault]]:
    project_id = call.argument("project_id")
    return list_mpc_vaults(
        _said(call, "vault_type"), project_id=None if project_id is None else str(project_id)
    )


def _the_project(call: Call[Any]) -> Call[MPCProject]:
    return get_mpc_project_by_id(_said(call, "project_id"))


def _its_wallets(call: Call[Any]) -> Call[Page[WalletInfo]]:
    return list_wallets(wallet_type="MPC", vault_id=_said(call, "vault_id"))


def _the_group(call: Call[Any]) -> Call[KeyShareHolderGroup]:
    return get_key_share_holder_group_by_id(
        _said(call, "vault_id"), _said(call, "key_share_holder_group_id")
    )


def _its_groups(call: Call[Any]) -> Call[Page[KeyShareHolderGroup]]:
    kind = _said(call, "key_share_holder_group_type")
    return list_key_share_holder_groups(_said(call, "vault_id"), key_share_holder_group_type=kind)


def _the_tss_request(call: Call[Any]) -> Call[TSSRequest]:
    return get_tss_request_by_id(_said(call, "vault_id"), _said(call, "tss_request_id"))


def _its_tss_requests(call: Call[Any]) -> Call[Page[TSSRequest]]:
    return list_tss_requests(
        _said(call, "vault_id"), _said(call, "target_key_share_holder_group_id")
    )


_AFTER = ("after", "pagination.after", 50)
_SAME_GROUP = {"key_share_holder_group_id": "key_share_holder_group_id"}
_SAME_VAULT = {"vault_id": "vault_id"}
_SAME_PROJECT = {"project_id": "project_id"}
_SAME_TSS_REQUEST = {"tss_request_id": "tss_request_id"}

CREATE_MPC_VAULT = _change(
    "create_mpc_vault",
    "POST",
    _VAULTS,
    MPCVault,
    "Create vault",
    "mpc_vault:create",
    body=CreateMpcVaultRequest,
    reconciliation=Reconciliation(
        same=_same_vault,
        look=_its_vaults,
        get=lambda call, vault_id: get_mpc_vault_by_id(vault_id),
        made="created_timestamp",
        creates=True,
    ),
)
LIST_MPC_VAULTS = _read(
    "list_mpc_vaults",
    _VAULTS,
    Page[MPCVault],
    "List all vaults",
    "mpc_vault:read",
    query=("vault_type", "project_id", *_PAGING),
    echoes={"vault_type": "type", "project_id": "project_id"},
    pages=_AFTER,
)
GET_MPC_VAULT_BY_ID = _read(
    "get_mpc_vault_by_id",
    _VAULT,
    MPCVault,
    "Get vault information",
    "mpc_vault:read",
    echoes={"vault_id": "vault_id"},
)
UPDATE_MPC_VAULT_BY_ID = _change(
    "update_mpc_vault_by_id",
    "PUT",
    _VAULT,
    MPCVault,
    "Update vault name",
    "mpc_vault:update",
    body=UpdateMpcVaultByIdRequest,
    echoes=_SAME_VAULT,
    reconciliation=Reconciliation(same=_same_name, look=_the_vault),
)
CREATE_KEY_SHARE_HOLDER_GROUP = _change(
    "create_key_share_holder_group",
    "POST",
    _GROUPS,
    KeyShareHolderGroup,
    "Create key share holder group",
    "mpc_key_group:create",
    body=CreateKeyShareHolderGroupRequest,
    echoes={
        "key_share_holder_group_type": "type",
        "participants": "participants",
        "threshold": "threshold",
    },
    reconciliation=Reconciliation(
        same=_same_group,
        look=_its_groups,
        get=lambda call, group_id: get_key_share_holder_group_by_id(
            _said(call, "vault_id"), group_id
        ),
        made="created_timestamp",
        creates=True,
    ),
)
LIST_KEY_SHARE_HOLDER_GROUPS = _read(
    "list_key_share_holder_groups",
    _GROUPS,
    Page[KeyShareHolderGroup],
    "List all key share holder groups",
    "mpc_key_group:read",
    query=("key_share_holder_group_type", *_PAGING),
    echoes={"key_share_holder_group_type": "type"},
    pages=_AFTER,
)
GET_KEY_SHARE_HOLDER_GROUP_BY_ID = _read(
    "get_key_share_holder_group_by_id",
    _GROUP,
    KeyShareHolderGroup,
    "Get key share holder group information",
    "mpc_key_group:read",
    echoes=_SAME_GROUP,
)
UPDATE_KEY_SHARE_HOLDER_GROUP_BY_ID = _change(
    "update_key_share_holder_group_by_id",
    "PUT",
    _GROUP,
    KeyShareHolderGroup,
    "Update key share holder group",
    "mpc_key_group:update",
    body=UpdateKeyShareHolderGroupByIdRequest,
    echoes=_SAME_GROUP,
    reconciliation=Reconciliation(
        same=_same_upgrade,
        look=_the_group,
    ),
)
DELETE_KEY_SHARE_HOLDER_GROUP_BY_ID = _change(
    "delete_key_share_holder_group_by_id",
    "POST",
    _GROUP + "/delete",
    DeleteKeyShareHolderGroup,
    "Delete key share holder group",
    "mpc_key_group:delete",
    reconciliation=Reconciliation(
        same=_unknowable,
        look=_the_group,
        gone=DeleteKeyShareHolderGroup(True),
    ),
)
LIST_KEY_SHARE_HOLDERS = _read(
    "list_key_share_holders",
    _HOLDERS,
    Page[KeyShareHolder],
    "List all key share holders",
    "mpc_key_group:read",
    query=("key_share_holder_group_ids", *_PAGING),
    pages=_AFTER,
)
GET_KEY_SHARE_HOLDER_BY_TSS_NODE_ID = _read(
    "get_key_share_holder_by_tss_node_id",
    _HOLDERS + "/{tss_node_id}",
    KeyShareHolder,
    "Get key share holder information",
    "mpc_key_group:read",
    echoes={"tss_node_id": "tss_node_id"},
)
CREATE_TSS_REQUEST = _change(
    "create_tss_request",
    "POST",
    _TSS_REQUESTS,
    TSSRequest,
    "Create TSS request",
    "mpc_key_group:create",
    body=CreateTssRequestRequest,
    echoes={"type": "type", "target_key_share_holder_group_id": "target_key_share_holder_group_id"},
    reconciliation=Reconciliation(
        same=_same_tss_request,
        look=_its_tss_requests,
        get=lambda call, tss_request_id: get_tss_request_by_id(
            _said(call, "vault_id"), tss_request_id
        ),
        made="created_timestamp",
        creates=True,
        unique=lambda call: bool(call.argument("description")),
    ),
)
LIST_TSS_REQUESTS = _read(
    "list_tss_requests",
    _TSS_REQUESTS,
    Page[TSSRequest],
    "List TSS requests",
    "mpc_key_group:read",
    query=("key_share_holder_group_id", *_PAGING),
    echoes={"key_share_holder_group_id": "target_key_share_holder_group_id"},
    pages=_AFTER,
)
GET_TSS_REQUEST_BY_ID = _read(
    "get_tss_request_by_id",
    _TSS_REQUEST,
    TSSRequest,
    "Get TSS request",
    "mpc_key_group:read",
    echoes=_SAME_TSS_REQUEST,
)
CANCEL_TSS_REQUEST_BY_ID = _change(
    "cancel_tss_request_by_id",
    "POST",
    _TSS_REQUEST + "/cancel",
    TSSRequest,
    "Cancel TSS request",
    "mpc_key_group:delete",
    echoes=_SAME_TSS_REQUEST,
    reconciliation=Reconciliation(same=_unknowable, look=_the_tss_request),
)
LIST_COBO_KEY_HOLDERS = _read(
    "list_cobo_key_holders",
    "/wallets/mpc/cobo_key_share_holders",
    list[KeyShareHolder],
    "List all Cobo key share holders",
    "",
)
LIST_MPC_PROJECTS = _read(
    "list_mpc_projects",
    _PROJECTS,
    Page[MPCProject],
    "List all projects",
    "mpc_project:read",
    query=_PAGING,
    pages=_AFTER,
)
GET_MPC_PROJECT_BY_ID = _read(
    "get_mpc_project_by_id",
    _PROJECT,
    MPCProject,
    "Get project information",
    "mpc_project:read",
    echoes=_SAME_PROJECT,
)
CREATE_MPC_PROJECT = _change(
    "create_mpc_project",
    "POST",
    _PROJECTS,
    MPCProject,
    "Create project",
    "mpc_project:create",
    body=CreateMpcProjectRequest,
    reconciliation=Reconciliation(
        same=_same_project,
        look=lambda call: list_mpc_projects(),
        get=lambda call, project_id: get_mpc_project_by_id(project_id),
        made="created_timestamp",
        creates=True,
    ),
)
UPDATE_MPC_PROJECT_BY_ID = _change(
    "update_mpc_project_by_id",
    "PUT",
    _PROJECT,
    MPCProject,
    "Update project name",
    "mpc_project:update",
    body=UpdateMpcProjectByIdRequest,
    echoes=_SAME_PROJECT,
    reconciliation=Reconciliation(same=_same_name, look=_the_project),
)
LIST_WALLETS = _read(
    "list_wallets",
    _WALLETS,
    Page[WalletInfo],
    "List all wallets",
    "wallet:read",
    query=("wallet_type", "wallet_subtype", "project_id", "vault_id", *_PAGING),
    echoes={
        "wallet_type": "wallet_type",
        "wallet_subtype": "wallet_subtype",
        "project_id": "project_id",
        "vault_id": "vault_id",
    },
    pages=_AFTER,
)
CREATE_WALLET = _change(
    "create_wallet",
    "POST",
    _WALLETS,
    WalletInfo,
    "Create wallet",
    "wallet:create",
    body=CreateMpcWalletParams,
    echoes={"vault_id": "vault_id", "wallet_type": "wallet_type"},
    # a wallet does not say when it was made: whether one that is there is ours, a person decides
    reconciliation=Reconciliation(same=_same_wallet, look=_its_wallets, creates=True),
)
GET_ORG_INFO = _read(
    "get_org_info", "/organizations/info", OrgInfo, "Get organization information", ""
)
GET_API_KEY_INFO = _read(
    "get_api_key_info",
    "/developers/api_key_info",
    ApiKeyInfo,
    "Get API key information",
    "api_key:read",
)

OPERATIONS = (
    CREATE_MPC_VAULT,
    LIST_MPC_VAULTS,
    GET_MPC_VAULT_BY_ID,
    UPDATE_MPC_VAULT_BY_ID,
    CREATE_KEY_SHARE_HOLDER_GROUP,
    LIST_KEY_SHARE_HOLDER_GROUPS,
    GET_KEY_SHARE_HOLDER_GROUP_BY_ID,
    UPDATE_KEY_SHARE_HOLDER_GROUP_BY_ID,
    DELETE_KEY_SHARE_HOLDER_GROUP_BY_ID,
    LIST_KEY_SHARE_HOLDERS,
    GET_KEY_SHARE_HOLDER_BY_TSS_NODE_ID,
    CREATE_TSS_REQUEST,
    LIST_TSS_REQUESTS,
    GET_TSS_REQUEST_BY_ID,
    CANCEL_TSS_REQUEST_BY_ID,
    LIST_COBO_KEY_HOLDERS,
    LIST_MPC_PROJECTS,
    GET_MPC_PROJECT_BY_ID,
    CREATE_MPC_PROJECT,
    UPDATE_MPC_PROJECT_BY_ID,
    LIST_WALLETS,
    CREATE_WALLET,
    GET_ORG_INFO,
    GET_API_KEY_INFO,
)

# ---- vaults --------------------------------------------------------------------------------------


def create_mpc_vault(request: CreateMpcVaultRequest) -> Call[MPCVault]:
    """Make a vault. It has no root keys until a main group has made them.

    >>> request = cobo.CreateMpcVaultRequest(name="Savings vault", vault_type="Org-Controlled")
    >>> custody.send(cobo.create_mpc_vault(request)).name
    'Savings vault'
    """
    return call(CREATE_MPC_VAULT, body=request)


def get_mpc_vault_by_id(vault_id: str) -> Call[MPCVault]:
    """One vault.

    >>> custody.send(cobo.get_mpc_vault_by_id(emulator.vault_id)).name
    'Treasury vault'
    """
    return call(GET_MPC_VAULT_BY_ID, {"vault_id": vault_id})


def update_mpc_vault_by_id(vault_id: str, request: UpdateMpcVaultByIdRequest) -> Call[MPCVault]:
    """Rename a vault.

    >>> request = cobo.UpdateMpcVaultByIdRequest(name="Cold treasury")
    >>> custody.send(cobo.update_mpc_vault_by_id(emulator.vault_id, request)).name
    'Cold treasury'
    """
    return call(UPDATE_MPC_VAULT_BY_ID, {"vault_id": vault_id}, body=request)


def list_mpc_vaults(
    vault_type: str = "Org-Controlled",
    *,
    project_id: str | None = None,
    limit: int | None = None,
    before: str | None = None,
    after: str | None = None,
) -> Call[Page[MPCVault]]:
    """One page of vaults.

    ``project_id`` is required for User-Controlled vaults and must be absent otherwise.

    >>> [vault.name for vault in custody.send(cobo.list_mpc_vaults())]
    ['Treasury vault', 'Payroll vault']
    """
    query = {
        "vault_type": vault_type,
        "project_id": project_id,
        "limit": limit,
        "before": before,
        "after": after,
    }
    return call(LIST_MPC_VAULTS, query=query)


# ---- key share holder groups and holders ---------------------------------------------------------


def create_key_share_holder_group(
    vault_id: str, request: CreateKeyShareHolderGroupRequest
) -> Call[KeyShareHolderGroup]:
    """Make a group. It is ``New`` and has no keys until a TSS request for it succeeds.

    >>> from toolkit import Emulator, cobo
    >>> emulator = Emulator.seeded()
    >>> seats = [
    ...     cobo.CreateKeyShareHolder(name=name, type="API", tss_node_id=node)
    ...     for name, node in zip(["Jon", "Kaya"], emulator.spare_nodes)
    ... ]
    >>> request = cobo.CreateKeyShareHolderGroupRequest(
    ...     key_share_holder_group_type="RecoveryGroup",
    ...     participants=2,
    ...     threshold=2,
    ...     key_share_holders=seats,
    ... )
    >>> call = cobo.create_key_share_holder_group(emulator.vault_id, request)
    >>> emulator.cobo_client().send(call).status
    'New'
    """
    return call(CREATE_KEY_SHARE_HOLDER_GROUP, {"vault_id": vault_id}, body=request)


def list_key_share_holder_groups(
    vault_id: str,
    *,
    key_share_holder_group_type: str | None = None,
    limit: int | None = None,
    before: str | None = None,
    after: str | None = None,
) -> Call[Page[KeyShareHolderGroup]]:
    """One page of a vault's groups; without a type, of all types.

    >>> page = custody.send(cobo.list_key_share_holder_groups(emulator.vault_id))
    >>> [(group.type, group.status) for group in page]
    [('MainGroup', 'Valid'), ('RecoveryGroup', 'Valid'), ('SigningGroup', 'New')]
    """
    query = {
        "key_share_holder_group_type": key_share_holder_group_type,
        "limit": limit,
        "before": before,
        "after": after,
    }
    return call(LIST_KEY_SHARE_HOLDER_GROUPS, {"vault_id": vault_id}, query)


def get_key_share_holder_group_by_id(
    vault_id: str, key_share_holder_group_id: str
) -> Call[KeyShareHolderGroup]:
    """One group, holders included.

    >>> call = cobo.get_key_share_holder_group_by_id(
    ...     emulator.vault_id, main.key_share_holder_group_id
    ... )
    >>> [holder.name for holder in custody.send(call).key_share_holders]
    ['Cobo', 'Alice Moreau', 'Bob Tanaka']
    """
    ids = {"vault_id": vault_id, "key_share_holder_group_id": key_share_holder_group_id}
    return call(GET_KEY_SHARE_HOLDER_GROUP_BY_ID, ids)


def update_key_share_holder_group_by_id(
    vault_id: str, key_share_holder_group_id: str, request: UpdateKeyShareHolderGroupByIdRequest
) -> Call[KeyShareHolderGroup]:
    """Make a Valid signing group the main group, and say what becomes of the old one.

    >>> for holder in signing.key_share_holders:
    ...     emulator.set_holder(holder.tss_node_id, "online")
    >>> asked = cobo.forms.create_tss_request(custody, emulator.vault_id, signing).submit()
    >>> emulator.advance(600_000)  # its holders make their shares
    >>> call = cobo.update_key_share_holder_group_by_id(
    ...     emulator.vault_id,
    ...     signing.key_share_holder_group_id,
    ...     cobo.UpdateKeyShareHolderGroupByIdRequest(),
    ... )
    >>> custody.send(call, acknowledge={"cobo.upgrade-invalidates"}).type
    'MainGroup'
    """
    ids = {"vault_id": vault_id, "key_share_holder_group_id": key_share_holder_group_id}
    return call(UPDATE_KEY_SHARE_HOLDER_GROUP_BY_ID, ids, body=request)


def delete_key_share_holder_group_by_id(
    vault_id: str, key_share_holder_group_id: str
) -> Call[DeleteKeyShareHolderGroup]:
    """Submit the deletion of a signing or recovery group. ``submitted`` is not yet "deleted".

    >>> call = cobo.delete_key_share_holder_group_by_id(
    ...     emulator.vault_id, signing.key_share_holder_group_id
    ... )
    >>> custody.send(call).submitted
    True
    """
    ids = {"vault_id": vault_id, "key_share_holder_group_id": key_share_holder_group_id}
    return call(DELETE_KEY_SHARE_HOLDER_GROUP_BY_ID, ids)


def list_key_share_holders(
    vault_id: str,
    *,
    key_share_holder_group_ids: Iterable[str] | None = None,
    limit: int | None = None,
    before: str | None = None,
    after: str | None = None,
) -> Call[Page[KeyShareHolder]]:
    """One page of a vault's holders; with group ids, only of these groups.

    >>> page = custody.send(cobo.list_key_share_holders(emulator.vault_id, limit=3))
    >>> [holder.name for holder in page]
    ['Cobo', 'Alice Moreau', 'Bob Tanaka']
    """
    groups = None
    if key_share_holder_group_ids is not None:
        groups = ",".join(texts(key_share_holder_group_ids, "key_share_holder_group_ids"))
    query = {"key_share_holder_group_ids": groups, "limit": limit, "before": before, "after": after}
    return call(LIST_KEY_SHARE_HOLDERS, {"vault_id": vault_id}, query)


def get_key_share_holder_by_tss_node_id(vault_id: str, tss_node_id: str) -> Call[KeyShareHolder]:
    """One holder of the vault.

    >>> node = main.key_share_holders[1].tss_node_id
    >>> custody.send(cobo.get_key_share_holder_by_tss_node_id(emulator.vault_id, node)).name
    'Alice Moreau'
    """
    return call(
        GET_KEY_SHARE_HOLDER_BY_TSS_NODE_ID, {"vault_id": vault_id, "tss_node_id": tss_node_id}
    )


def list_cobo_key_holders() -> Call[list[KeyShareHolder]]:
    """Cobo's own key share holders: a bare list, without pages.

    >>> [holder.type for holder in custody.send(cobo.list_cobo_key_holders())]
    ['Cobo']
    """
    return call(LIST_COBO_KEY_HOLDERS)


# ---- TSS requests --------------------------------------------------------------------------------


def create_tss_request(vault_id: str, request: CreateTssRequestRequest) -> Call[TSSRequest]:
    """Ask the holders to make key shares for a New group.

    >>> source = cobo.SourceKeyShareHolderGroup(
    ...     key_share_holder_group_id=main.key_share_holder_group_id,
    ...     tss_node_ids=[each.tss_node_id for each in main.key_share_holders if each.online],
    ... )
    >>> request = cobo.CreateTssRequestRequest(
    ...     type="KeyGenFromKeyGroup",
    ...     target_key_share_holder_group_id=signing.key_share_holder_group_id,
    ...     source_key_share_holder_group=source,
    ... )
    >>> custody.send(cobo.create_tss_request(emulator.vault_id, request)).status
    'PendingKeyHolderConfirmation'
    """
    return call(CREATE_TSS_REQUEST, {"vault_id": vault_id}, body=request)


def list_tss_requests(
    vault_id: str,
    key_share_holder_group_id: str,
    *,
    limit: int | None = None,
    before: str | None = None,
    after: str | None = None,
) -> Call[Page[TSSRequest]]:
    """One page of a group's TSS requests. There is no list of all of a vault's.

    >>> asked = cobo.forms.create_tss_request(custody, emulator.vault_id, signing).submit()
    >>> call = cobo.list_tss_requests(emulator.vault_id, signing.key_share_holder_group_id)
    >>> [request.type for request in custody.send(call)]
    ['KeyGenFromKeyGroup']
    """
    query = {
        "key_share_holder_group_id": key_share_holder_group_id,
        "limit": limit,
        "before": before,
        "after": after,
    }
    return call(LIST_TSS_REQUESTS, {"vault_id": vault_id}, query)


def get_tss_request_by_id(vault_id: str, tss_request_id: str) -> Call[TSSRequest]:
    """One TSS request: how far it is.

    >>> asked = cobo.forms.create_tss_request(custody, emulator.vault_id, signing).submit()
    >>> custody.send(cobo.get_tss_request_by_id(emulator.vault_id, asked.tss_request_id)).status
    'PendingKeyHolderConfirmation'
    """
    return call(GET_TSS_REQUEST_BY_ID, {"vault_id": vault_id, "tss_request_id": tss_request_id})


def cancel_tss_request_by_id(vault_id: str, tss_request_id: str) -> Call[TSSRequest]:
    """Cancel a TSS request. ``Success`` in this answer means cancelled, not that keys were made.

    >>> asked = cobo.forms.create_tss_request(custody, emulator.vault_id, signing).submit()
    >>> custody.send(cobo.cancel_tss_request_by_id(emulator.vault_id, asked.tss_request_id)).status
    'Success'
    """
    return call(CANCEL_TSS_REQUEST_BY_ID, {"vault_id": vault_id, "tss_request_id": tss_request_id})


# ---- projects, wallets, organisation, API key ----------------------------------------------------


def list_mpc_projects(
    *, limit: int | None = None, before: str | None = None, after: str | None = None
) -> Call[Page[MPCProject]]:
    """One page of projects.

    >>> [project.name for project in custody.send(cobo.list_mpc_projects())]
    ['App wallets']
    """
    return call(LIST_MPC_PROJECTS, query={"limit": limit, "before": before, "after": after})


def get_mpc_project_by_id(project_id: str) -> Call[MPCProject]:
    """One project.

    >>> first = custody.send(cobo.list_mpc_projects()).data[0]
    >>> custody.send(cobo.get_mpc_project_by_id(first.project_id)).name
    'App wallets'
    """
    return call(GET_MPC_PROJECT_BY_ID, {"project_id": project_id})


def create_mpc_project(request: CreateMpcProjectRequest) -> Call[MPCProject]:
    """Make a project, for vaults whose keys users hold.

    >>> request = cobo.CreateMpcProjectRequest(name="Game wallets", participants=3, threshold=2)
    >>> custody.send(cobo.create_mpc_project(request)).name
    'Game wallets'
    """
    return call(CREATE_MPC_PROJECT, body=request)


def update_mpc_project_by_id(
    project_id: str, request: UpdateMpcProjectByIdRequest
) -> Call[MPCProject]:
    """Rename a project.

    >>> project = custody.send(cobo.list_mpc_projects()).data[0]
    >>> request = cobo.UpdateMpcProjectByIdRequest(name="App wallets, EU")
    >>> custody.send(cobo.update_mpc_project_by_id(project.project_id, request)).name
    'App wallets, EU'
    """
    return call(UPDATE_MPC_PROJECT_BY_ID, {"project_id": project_id}, body=request)


def list_wallets(
    *,
    wallet_type: str | None = None,
    wallet_subtype: str | None = None,
    project_id: str | None = None,
    vault_id: str | None = None,
    limit: int | None = None,
    before: str | None = None,
    after: str | None = None,
) -> Call[Page[WalletInfo]]:
    """One page of the organisation's wallets: of a type or subtype, a project, a vault.

    With ``limit=1`` it is the call by which Cobo's own tools try whether a key works.

    >>> page = custody.send(cobo.list_wallets(vault_id=emulator.vault_id))
    >>> [wallet.name for wallet in page]
    ['Operations', 'Payouts']
    """
    query = {
        "wallet_type": wallet_type,
        "wallet_subtype": wallet_subtype,
        "project_id": project_id,
        "vault_id": vault_id,
        "limit": limit,
        "before": before,
        "after": after,
    }
    return call(LIST_WALLETS, query=query)


def create_wallet(request: CreateMpcWalletParams) -> Call[WalletInfo]:
    """Make an MPC wallet in a vault whose main group has keys.

    >>> request = cobo.CreateMpcWalletParams(
    ...     name="Fees", wallet_subtype="Org-Controlled", vault_id=emulator.vault_id
    ... )
    >>> custody.send(cobo.create_wallet(request)).name
    'Fees'
    """
    return call(CREATE_WALLET, body=request)


def get_org_info() -> Call[OrgInfo]:
    """The organisation of the API key.

    >>> custody.send(cobo.get_org_info()).name
    'Example Custody'
    """
    return call(GET_ORG_INFO)


def get_api_key_info() -> Call[ApiKeyInfo]:
    """The API key that signs this very request: its roles and scopes.

    >>> from toolkit import Emulator, cobo
    >>> Emulator.seeded().cobo_client().send(cobo.get_api_key_info()).name
    'treasury-bot'
    """
    return call(GET_API_KEY_INFO)

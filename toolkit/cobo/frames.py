"""Tables of what Cobo answers. One row is one thing; nested lists become rows of their own."""

from __future__ import annotations

from typing import Any

import pandas as pd
from msgspec import UNSET

from toolkit.cobo import models
from toolkit.tables import Column, Table, listed

NO_LIMIT = "no limit (not documented)"
VAULTS = Table(
    (
        Column("vault_id"),
        Column("name"),
        Column("type", "word", models.VAULT_TYPES),
        Column("project_id"),
        Column("root_pubkeys", "integer"),
        Column("root_pubkey_secp256k1"),
        Column("root_pubkey_ed25519"),
        Column("created", "moment"),
    )
)
GROUPS = Table(
    (
        Column("key_share_holder_group_id"),
        Column("vault_id"),
        Column("type", "word", models.GROUP_TYPES),
        Column("status", "word", models.GROUP_STATUSES),
        Column("threshold", "integer"),
        Column("participants", "integer"),
        Column("holders", "integer"),
        Column("created", "moment"),
    )
)
HOLDERS = Table(
    (
        Column("vault_id"),
        Column("key_share_holder_group_id"),
        Column("group_type", "word", models.GROUP_TYPES),
        Column("name"),
        Column("type", "word", models.HOLDER_TYPES),
        Column("tss_node_id"),
        Column("online", "flag"),
        Column("signer", "flag"),
        Column("status", "word", models.HOLDER_STATUSES),
        Column("account_id"),
    )
)
TSS_KEY_SHARE_GROUPS = Table(
    (
        Column("key_share_holder_group_id"),
        Column("tss_key_share_group_id"),
        Column("curve", "word", models.CURVE_TYPES),
        Column("root_pubkey"),
    )
)
TSS_REQUESTS = Table(
    (
        Column("tss_request_id"),
        Column("vault_id"),
        Column("type", "word", models.TSS_REQUEST_TYPES),
        Column("status", "word", models.TSS_REQUEST_STATUSES),
        Column("target_key_share_holder_group_id"),
        Column("source_key_share_holder_group_id"),
        Column("tss_nodes", "integer"),
        Column("description"),
        Column("created", "moment"),
    )
)
API_KEY = Table(
    (
        Column("name"),
        Column("curve_type", "word", models.CURVE_TYPES),
        Column("key"),
        Column("kind", "word", ("permanent", "temporary", "unknown")),
        Column("created", "moment"),
        Column("updated", "moment"),
        Column("expires", "moment"),
        Column("callback_url"),
        Column("valid_ips"),
    )
)
ROLE_SCOPES = Table(
    (
        Column("api_key"),
        Column("role_name"),
        Column("dimension", "word", models.SCOPE_DIMENSIONS),
        Column("value"),
        Column("limited", "flag"),
        Column("stated", "word", ("listed", "empty", "null", "missing")),
    )
)


def vaults(what: Any) -> pd.DataFrame:
    """One row a vault.

    Columns: vault_id, name, type, project_id, root_pubkeys (how many), one per curve, created.
    """
    found, what = listed(what, models.MPCVault)
    rows = []
    for vault in found:
        roots = {root.curve: root.root_pubkey for root in vault.root_pubkeys or ()}
        count = None if vault.root_pubkeys is None else len(vault.root_pubkeys)
        keys = (count, roots.get("SECP256K1"), roots.get("ED25519"))
        rows.append(
            (
                vault.vault_id,
                vault.name,
                vault.type,
                vault.project_id,
                *keys,
                vault.created_timestamp,
            )
        )
    return VAULTS.frame(rows, what)


def groups(what: Any) -> pd.DataFrame:
    """One row a group.

    ``vault_id`` is the vault it was asked of; ``holders`` counts Cobo's, too.
    """
    found, what = listed(what, models.KeyShareHolderGroup)
    rows = [
        (
            group.key_share_holder_group_id,
            group.vault_id,
            group.type,
            group.status,
            group.threshold,
            group.participants,
            None if group.key_share_holders is None else len(group.key_share_holders),
            group.created_timestamp,
        )
        for group in found
    ]
    return GROUPS.frame(rows, what)


def holders(what: Any) -> pd.DataFrame:
    """One row a holder in a group, or a holder that was listed by itself.

    Takes groups, holders, and pages of either. ``online`` and ``signer`` are missing where Cobo
    says nothing; group and group type where holders were asked for without one.
    """
    found: list[models.KeyShareHolderGroup | models.KeyShareHolder]
    found, what = listed(what, (models.KeyShareHolderGroup, models.KeyShareHolder))
    rows: list[tuple[Any, ...]] = []
    for thing in found:
        if isinstance(thing, models.KeyShareHolder):
            rows.append((thing.vault_id, None, None, *_facts_of(thing)))
            continue
        place = (thing.vault_id, thing.key_share_holder_group_id, thing.type)
        rows += [(*place, *_facts_of(holder)) for holder in thing.key_share_holders or ()]
    return HOLDERS.frame(rows, what)


def _facts_of(holder: models.KeyShareHolder) -> tuple[Any, ...]:
    return (
        holder.name,
        holder.type,
        holder.tss_node_id,
        holder.online,
        holder.signer,
        holder.status,
        holder.account_id,
    )


def tss_key_share_groups(what: Any) -> pd.DataFrame:
    """One row a curve of a group: its root public key. No rows for a group that has no keys yet."""
    found, what = listed(what, models.KeyShareHolderGroup)
    rows = [
        (
            group.key_share_holder_group_id,
            share.tss_key_share_group_id,
            share.curve,
            share.root_pubkey,
        )
        for group in found
        for share in group.tss_key_share_groups or ()
    ]
    return TSS_KEY_SHARE_GROUPS.frame(rows, what)


def tss_requests(what: Any) -> pd.DataFrame:
    """One row a TSS request.

    ``vault_id`` is the vault it was asked of; ``tss_nodes`` counts the named source nodes.
    """
    found, what = listed(what, models.TSSRequest)
    rows = []
    for request in found:
        source = request.source_key_share_holder_group
        nodes = len(source.tss_node_ids) if source and source.tss_node_ids is not None else None
        source_id = source.key_share_holder_group_id if source else None
        groups = (request.target_key_share_holder_group_id, source_id, nodes)
        facts = (request.description, request.created_timestamp)
        rows.append(
            (
                request.tss_request_id,
                request.vault_id,
                request.type,
                request.status,
                *groups,
                *facts,
            )
        )
    return TSS_REQUESTS.frame(rows, what)


def _kind_of(expires: Any) -> str:
    """Of which kind a key is, by when it ends."""
    if expires is UNSET:
        return "unknown"
    return "permanent" if expires is None else "temporary"


def api_key(what: Any) -> pd.DataFrame:
    """One row an API key.

    ``kind``: permanent where ``expired_timestamp`` is null, unknown where it is missing.
    """
    found, what = listed(what, models.ApiKeyInfo)
    rows = []
    for info in found:
        expires = info.expired_timestamp
        kind = _kind_of(expires)
        addresses = ", ".join(info.valid_ips) if isinstance(info.valid_ips, list) else None
        facts = (
            info.created_timestamp,
            info.updated_timestamp,
            expires,
            info.callback_url,
            addresses,
        )
        rows.append((info.name, info.curve_type, info.key, kind, *facts))
    return API_KEY.frame(rows, what)


def _stated(values: Any) -> str:
    """How a list that limits nothing was written."""
    if values is UNSET:
        return "missing"
    return "null" if values is None else "empty"


def role_scopes(what: Any) -> pd.DataFrame:
    """One row a thing that a role is limited to, per dimension.

    A list that is empty, null or missing is one row whose ``value`` says ``no limit (not
    documented)``; ``stated`` keeps the three apart.
    """
    found, what = listed(what, models.ApiKeyInfo)
    rows: list[tuple[Any, ...]] = []
    for info in found:
        for role in info.role_scopes or ():
            for dimension in models.SCOPE_DIMENSIONS:
                values = getattr(role.scopes, dimension)
                here = (info.name, role.role_name, dimension)
                if values:
                    rows += [(*here, value, True, "listed") for value in values]
                else:
                    rows.append((*here, NO_LIMIT, False, _stated(values)))
    return ROLE_SCOPES.frame(rows, what)

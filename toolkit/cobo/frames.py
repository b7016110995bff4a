"""Tables of what Cobo answers. One row is one thing; nested lists become rows of their own.

The same columns make the small tables on cards. What one looks for first stands first.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import chain
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec import UNSET

from toolkit.base.html import Rows
from toolkit.cobo import models
from toolkit.cobo.access import AREAS, WIDEST, Answer, matrix
from toolkit.tables import Column, Lane, Table, listed

if TYPE_CHECKING:
    import pandas as pd

NOTHING_LISTED = "nothing listed"


def _root(vault: models.MPCVault, curve: str) -> str | None:
    """A vault's root public key on a curve; None where Cobo names none."""
    roots = {root.curve: root.root_pubkey for root in vault.root_pubkeys or ()}
    return roots.get(curve)


def _count(things: Any) -> int | None:
    """How many; None where Cobo says nothing."""
    return None if things is None or things is UNSET else len(things)


def _source_id(request: models.TSSRequest) -> str | None:
    source = request.source_key_share_holder_group
    return source.key_share_holder_group_id if source else None


def _source_nodes(request: models.TSSRequest) -> int | None:
    source = request.source_key_share_holder_group
    return _count(source.tss_node_ids) if source else None


def kind_of(info: models.ApiKeyInfo) -> str:
    """Of which kind a key is, by when it ends: permanent, temporary, or unknown."""
    if info.expired_timestamp is UNSET:
        return "unknown"
    return "permanent" if info.expired_timestamp is None else "temporary"


def _addresses(info: models.ApiKeyInfo) -> str | None:
    return ", ".join(info.valid_ips) if isinstance(info.valid_ips, list) else None


class Scope(NamedTuple):
    """One thing that a role of a key is limited to; or a list that names nothing."""

    api_key: str
    role_name: str
    dimension: str
    value: str
    limited: bool | None
    stated: str


VAULTS = Table(
    (
        Column("name", of=lambda vault: vault.name),
        Column("type", "word", models.VAULT_TYPES, of=lambda vault: vault.type),
        Column("root_pubkeys", "integer", of=lambda vault: _count(vault.root_pubkeys)),
        Column("created", "moment", of=lambda vault: vault.created_timestamp),
        Column("vault_id", "id", of=lambda vault: vault.vault_id),
        Column("project_id", "id", of=lambda vault: vault.project_id),
        Column("root_pubkey_secp256k1", "id", of=lambda vault: _root(vault, "SECP256K1")),
        Column("root_pubkey_ed25519", "id", of=lambda vault: _root(vault, "ED25519")),
    )
)
GROUPS = Table(
    (
        Column("type", "word", models.GROUP_TYPES, of=lambda group: group.type),
        Column("status", "word", models.GROUP_STATUSES, of=lambda group: group.status),
        Column("threshold", "integer", of=lambda group: group.threshold),
        Column("participants", "integer", of=lambda group: group.participants),
        Column("holders", "integer", of=lambda group: _count(group.key_share_holders)),
        Column("created", "moment", of=lambda group: group.created_timestamp),
        Column("vault_id", "id", of=lambda group: group.vault_id),
        Column("key_share_holder_group_id", "id", of=lambda g: g.key_share_holder_group_id),
    )
)
HOLDERS = Table(
    (
        Column("name", of=attrgetter("name"), title="Name"),
        Column("status", "word", models.HOLDER_STATUSES, of=attrgetter("status"), title="Status"),
        Column("online", "flag", of=attrgetter("online"), title="Online"),
        Column("signer", "flag", of=attrgetter("signer"), title="Signs"),
        Column("vault_id", "id", of=attrgetter("vault_id"), lane="group"),
        Column("group_type", "word", models.GROUP_TYPES, of=attrgetter("type"), lane="group"),
        Column("type", "word", models.HOLDER_TYPES, of=attrgetter("type"), title="Type"),
        Column(
            "key_share_holder_group_id",
            "id",
            of=attrgetter("key_share_holder_group_id"),
            lane="group",
        ),
        Column("tss_node_id", "id", of=attrgetter("tss_node_id"), title="TSS node id"),
        Column("account_id", "id", of=attrgetter("account_id")),
    )
)
TSS_KEY_SHARE_GROUPS = Table(
    (
        Column("curve", "word", models.CURVE_TYPES, of=lambda share: share.curve, title="Curve"),
        Column("root_pubkey", "id", of=lambda share: share.root_pubkey, title="Root public key"),
        Column(
            "tss_key_share_group_id",
            "id",
            of=lambda share: share.tss_key_share_group_id,
            title="Share group",
        ),
        Column(
            "key_share_holder_group_id",
            "id",
            of=lambda group: group.key_share_holder_group_id,
            lane="group",
        ),
    )
)
TSS_REQUESTS = Table(
    (
        Column("type", "word", models.TSS_REQUEST_TYPES, of=lambda request: request.type),
        Column("status", "word", models.TSS_REQUEST_STATUSES, of=lambda request: request.status),
        Column("description", of=lambda request: request.description),
        Column("tss_nodes", "integer", of=_source_nodes),
        Column("created", "moment", of=lambda request: request.created_timestamp),
        Column("vault_id", "id", of=lambda request: request.vault_id),
        Column("tss_request_id", "id", of=lambda request: request.tss_request_id),
        Column(
            "target_key_share_holder_group_id",
            "id",
            of=lambda request: request.target_key_share_holder_group_id,
        ),
        Column("source_key_share_holder_group_id", "id", of=_source_id),
    )
)
PROJECTS = Table(
    (
        Column("name", of=lambda project: project.name),
        Column("threshold", "integer", of=lambda project: project.threshold),
        Column("participants", "integer", of=lambda project: project.participants),
        Column("created", "moment", of=lambda project: project.created_timestamp),
        Column("project_id", "id", of=lambda project: project.project_id),
        Column("org_id", "id", of=lambda project: project.org_id),
    )
)
COBO_WALLETS = Table(
    (
        Column("name", of=lambda wallet: wallet.name),
        Column("wallet_type", "word", models.WALLET_TYPES, of=lambda w: w.wallet_type),
        Column("wallet_subtype", "word", models.WALLET_SUBTYPES, of=lambda w: w.wallet_subtype),
        Column("vault_name", of=lambda wallet: wallet.vault_name),
        Column("project_name", of=lambda wallet: wallet.project_name),
        Column("enable_auto_sweep", "flag", of=lambda wallet: wallet.enable_auto_sweep),
        Column("vault_id", "id", of=lambda wallet: wallet.vault_id),
        Column("wallet_id", "id", of=lambda wallet: wallet.wallet_id),
        Column("project_id", "id", of=lambda wallet: wallet.project_id),
        Column("org_id", "id", of=lambda wallet: wallet.org_id),
        Column("exchange_id", "id", of=lambda wallet: wallet.exchange_id),
        Column("main_wallet_id", "id", of=lambda wallet: wallet.main_wallet_id),
    )
)
API_KEY = Table(
    (
        Column("name", of=lambda info: info.name),
        Column("kind", "word", ("permanent", "temporary", "unknown"), of=kind_of, title="Kind"),
        Column("expires", "moment", of=lambda info: info.expired_timestamp),
        Column("created", "moment", of=lambda info: info.created_timestamp, title="Registered"),
        Column("updated", "moment", of=lambda info: info.updated_timestamp, title="Last changed"),
        Column("curve_type", "word", models.CURVE_TYPES, of=lambda i: i.curve_type, title="Curve"),
        Column("key", "id", of=lambda info: info.key, title="Public key"),
        Column("callback_url", of=lambda info: info.callback_url or None),
        Column("valid_ips", of=_addresses),
    )
)
ROLE_SCOPES = Table(
    (
        Column("api_key", of=lambda scope: scope.api_key),
        Column("role_name", of=lambda scope: scope.role_name),
        Column("dimension", "word", models.SCOPE_DIMENSIONS, of=lambda scope: scope.dimension),
        Column("value", of=lambda scope: scope.value),
        Column("limited", "flag", of=lambda scope: scope.limited),
        Column(
            "stated", "word", ("listed", "empty", "null", "missing"), of=lambda scope: scope.stated
        ),
    )
)
PERMISSIONS = Table(
    (
        Column("api_key_name", of=lambda row: row.info.name),
        Column("role_name", of=lambda row: row.role),
        Column("permission", of=lambda row: row.permission),
        Column("answer", "word", WIDEST, of=lambda row: row.answer),
        Column("area", "word", tuple(AREAS), of=lambda row: row.permission.partition(":")[0]),
        Column("key", "id", of=lambda row: row.info.key),
    )
)


def _answer(row: RoleRow, *, at: int) -> Answer:
    return row.answers[at]


#: Every permission that is shown, in the order of ``AREAS``.
SHOWN = tuple(f"{area}:{verb}" for area, (_, verbs) in AREAS.items() for verb in verbs)
SCOPE_MATRIX = Table(
    (
        Column("api_key_name", of=lambda row: row.info.name),
        Column("role_name", of=lambda row: row.role),
        *(
            Column(each, "word", WIDEST, of=partial(_answer, at=at))
            for at, each in enumerate(SHOWN)
        ),
        Column("key", "id", of=lambda row: row.info.key),
    )
)


class RoleRow(NamedTuple):
    """A role of a key, or the key with all of them, and what it may do by permission."""

    info: models.ApiKeyInfo
    role: str
    answers: tuple[Answer, ...]


class PermissionRow(NamedTuple):
    """Whether a role of a key has one permission."""

    info: models.ApiKeyInfo
    role: str
    permission: str
    answer: Answer


def vaults(what: Any) -> pd.DataFrame:
    """One row a vault.

    ``root_pubkeys`` counts its root public keys; the last two columns have those of either curve.

    >>> table = frames.vaults(custody.send(cobo.list_mpc_vaults()))
    >>> table["name"].tolist()
    ['Treasury vault', 'Payroll vault']
    """
    return VAULTS.frame(*listed(what, models.MPCVault))


def groups(what: Any) -> pd.DataFrame:
    """One row a group.

    ``vault_id`` is the vault it was asked of; ``holders`` counts Cobo's, too.

    >>> table = frames.groups([main, recovery, signing])
    >>> table[["type", "threshold", "holders"]].values.tolist()
    [['MainGroup', 2, 3], ['RecoveryGroup', 2, 2], ['SigningGroup', 2, 3]]
    """
    return GROUPS.frame(*listed(what, models.KeyShareHolderGroup))


def holders(what: Any) -> pd.DataFrame:
    """One row a holder in a group, or a holder that was listed by itself.

    Takes groups, holders, and pages of either. ``online`` and ``signer`` are missing where Cobo
    says nothing; group and group type where holders were asked for without one.

    >>> from toolkit import Emulator, cobo, frames
    >>> emulator = Emulator.seeded()
    >>> call = cobo.list_key_share_holder_groups(emulator.vault_id)
    >>> table = frames.holders(emulator.cobo_client().send(call))
    >>> table.attrs["environment"], "tss_node_id" in table
    ('EMULATOR', True)
    """
    things: list[models.KeyShareHolderGroup | models.KeyShareHolder]
    things, what = listed(what, (models.KeyShareHolderGroup, models.KeyShareHolder))
    groups = list(map(_group_of, things))
    members = [group.key_share_holders or [] for group in groups]
    lane = Lane(groups, list(map(len, members)))
    return HOLDERS.frame(list(chain.from_iterable(members)), what, group=lane)


def _group_of(
    thing: models.KeyShareHolderGroup | models.KeyShareHolder,
) -> models.KeyShareHolderGroup:
    """The group that rows are about; of a holder listed by itself, only the vault is known."""
    if isinstance(thing, models.KeyShareHolderGroup):
        return thing
    return models.KeyShareHolderGroup(vault_id=thing.vault_id, key_share_holders=[thing])


def holder_rows(group: models.KeyShareHolderGroup, source: str) -> Rows:
    """A group's holders on a card; ``source`` is the code that gives the frame."""
    rows = group.key_share_holders or []
    return HOLDERS.card("Holders", source, rows, group=Lane([group], [len(rows)]))


def tss_key_share_groups(what: Any) -> pd.DataFrame:
    """One row a curve of a group: its root public key. No rows for a group that has no keys yet.

    >>> frames.tss_key_share_groups(main)["curve"].tolist()
    ['SECP256K1', 'ED25519']
    """
    things, what = listed(what, models.KeyShareHolderGroup)
    shares = [thing.tss_key_share_groups or [] for thing in things]
    lane = Lane(things, [len(each) for each in shares])
    rows = [share for each in shares for share in each]
    return TSS_KEY_SHARE_GROUPS.frame(rows, what, group=lane)


def key_rows(group: models.KeyShareHolderGroup, source: str) -> Rows:
    """A group's root public keys on a card; ``source`` is the code that gives the frame."""
    rows = group.tss_key_share_groups or []
    return TSS_KEY_SHARE_GROUPS.card("Keys", source, rows, group=Lane([group], [len(rows)]))


def tss_requests(what: Any) -> pd.DataFrame:
    """One row a TSS request.

    ``vault_id`` is the vault it was asked of; ``tss_nodes`` counts the named source nodes.

    >>> asked = cobo.forms.create_tss_request(custody, emulator.vault_id, signing).submit()
    >>> frames.tss_requests(asked)["status"].tolist()
    ['PendingKeyHolderConfirmation']
    """
    return TSS_REQUESTS.frame(*listed(what, models.TSSRequest))


def projects(what: Any) -> pd.DataFrame:
    """One row a project.

    >>> frames.projects(custody.send(cobo.list_mpc_projects()))["name"].tolist()
    ['App wallets']
    """
    return PROJECTS.frame(*listed(what, models.MPCProject))


def cobo_wallets(what: Any) -> pd.DataFrame:
    """One row a wallet at Cobo: what a vault carries. (``frames.wallets`` are Privy's.)

    >>> frames.cobo_wallets(custody.send(cobo.list_wallets()))["name"].tolist()
    ['Operations', 'Payouts']
    """
    return COBO_WALLETS.frame(*listed(what, models.WalletInfo))


def api_key(what: Any) -> pd.DataFrame:
    """One row an API key.

    ``kind``: permanent where ``expired_timestamp`` is null, unknown where it is missing.

    >>> frames.api_key(custody.send(cobo.get_api_key_info()))["kind"].tolist()
    ['temporary']
    """
    return API_KEY.frame(*listed(what, models.ApiKeyInfo))


def role_scopes(what: Any) -> pd.DataFrame:
    """One row a thing that a role is limited to, per dimension.

    A list that is empty, null or missing is one row whose ``value`` says ``nothing listed``, and
    ``limited`` is missing: Cobo documents nowhere whether that is no limit. ``stated`` keeps the
    three apart.

    >>> from toolkit import Emulator, cobo, frames
    >>> info = Emulator.seeded().cobo_client().send(cobo.get_api_key_info())
    >>> frames.role_scopes(info)["api_key"].unique().tolist()
    ['treasury-bot']
    """
    things, what = listed(what, models.ApiKeyInfo)
    return ROLE_SCOPES.frame([scope for info in things for scope in _scopes_of(info)], what)


def permissions(what: Any) -> pd.DataFrame:
    """One row a role of a key and a permission that it could have; a key with several roles has
    rows with all of them together, as *This key, in all*.

    ``answer``: ``yes``, ``some`` (in listed wallets only), ``no``, or ``unknown``, as
    ``client.access_to`` gives it without a place. ``key`` joins with ``api_key``.

    >>> table = frames.permissions(custody.send(cobo.get_api_key_info()))
    >>> table["answer"].unique().tolist()
    ['yes', 'no', 'some']
    """
    things, what = listed(what, models.ApiKeyInfo)
    rows = [
        PermissionRow(row.info, row.role, permission, answer)
        for row in _roles_of(things)
        for permission, answer in zip(SHOWN, row.answers, strict=True)
    ]
    return PERMISSIONS.frame(rows, what)


def scope_matrix(what: Any) -> pd.DataFrame:
    """The same as a matrix: one row a role of a key, one column a permission, such as
    ``transaction:withdraw``.

    >>> table = frames.scope_matrix(custody.send(cobo.get_api_key_info()))
    >>> table["transaction:withdraw"].tolist()
    ['no', 'some', 'some']
    """
    things, what = listed(what, models.ApiKeyInfo)
    return SCOPE_MATRIX.frame(list(_roles_of(things)), what)


def _roles_of(things: list[models.ApiKeyInfo]) -> Iterator[RoleRow]:
    for info in things:
        for role, areas in matrix(info):
            yield RoleRow(info, role, tuple(answer for area in areas for answer in area))


def _scopes_of(info: models.ApiKeyInfo) -> Iterator[Scope]:
    for role in info.role_scopes or ():
        for dimension in models.SCOPE_DIMENSIONS:
            values = getattr(role.scopes, dimension)
            for value in values or ():
                yield Scope(info.name, role.role_name, dimension, value, True, "listed")
            if not values:
                stated = _how_empty(values)
                yield Scope(info.name, role.role_name, dimension, NOTHING_LISTED, None, stated)


def _how_empty(values: Any) -> str:
    """How a list that names nothing was written."""
    if values is UNSET:
        return "missing"
    return "null" if values is None else "empty"

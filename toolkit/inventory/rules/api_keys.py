"""Rules about Cobo API keys: when they end, from where they work, and what their roles may do.

What a role may do, and when a key ends, is asked of ``cobo.access``, as cards and preflight ask it.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from urllib.parse import urlsplit

import numpy as np

from toolkit.base.text import plural
from toolkit.base.times import day
from toolkit.cobo.access import (
    ENDED,
    ROLES,
    SCOPES,
    Answer,
    expiry_of,
    limits_of,
    reach,
    roles_of,
    time_left,
    together,
)
from toolkit.cobo.models import ROLE_CHANGES, ApiKeyInfo, preset_role
from toolkit.findings import documented
from toolkit.inventory.columns import Columns
from toolkit.inventory.rules.rule import AuditRule, Hits, of_list, of_rows
from toolkit.inventory.words import Told, told

EXPIRY = documented("Cobo, API key info: expired_timestamp")
ADDRESSES = documented("Cobo guide, API keys: a permanent key needs a list of addresses")
WIDEST_LIST = 256  # addresses in one entry of the list
GIVEN: tuple[Answer, ...] = ("yes", "some")
GROUP_CHANGES, WITHDRAWS, EDITS_KEYS = (
    "mpc_key_group:create", "transaction:withdraw", "api_key:edit",
)  # fmt: skip


def _keys(columns: Columns, where: Callable[[ApiKeyInfo], bool]) -> Hits:
    rows = [row for row, info in enumerate(columns.api_keys) if where(info)]
    return of_rows(np.array(rows, np.int64), len(columns.api_keys))


def _info(columns: Columns, hits: Hits, at: int) -> ApiKeyInfo:
    return columns.api_keys[int(hits.rows[at])]


def _may(info: ApiKeyInfo, permission: str) -> bool:
    return together(reach(role, permission) for role in roles_of(info)) in GIVEN


# ---- its end, and from where ---------------------------------------------------------------------


def _ended(columns: Columns) -> Hits:
    return _keys(columns, lambda info: expiry_of(info, columns.at_ms).rule == ENDED)


def _ends_soon(columns: Columns) -> Hits:
    def soon(info: ApiKeyInfo) -> bool:
        expiry = expiry_of(info, columns.at_ms)
        return expiry.rule != ENDED and expiry.severity in ("medium", "high")

    return _keys(columns, soon)


def _end_said(columns: Columns, hits: Hits, at: int) -> Told:
    ends_ms = _info(columns, hits, at).expired_timestamp
    assert isinstance(ends_ms, int)  # else no rule finds it
    left = time_left(ends_ms, columns.at_ms)
    if ends_ms <= columns.at_ms:
        return told(f"It ended on {day(ends_ms)}.")
    return told(f"It ends on {day(ends_ms)}: {left[:1].lower()}{left[1:]}.")


def _no_addresses(columns: Columns) -> Hits:
    return _keys(columns, lambda info: info.expired_timestamp is None and not info.valid_ips)


def _no_addresses_said(columns: Columns, hits: Hits, at: int) -> Told:
    return told("It has no end, and no list of addresses limits it.", path=("valid_ips",))


def _size_of(address: str) -> int:
    """How many addresses an entry of the list covers; 0 for what is none."""
    try:
        return ipaddress.ip_network(address.strip(), strict=False).num_addresses
    except ValueError:
        return 0


def _wide(columns: Columns) -> Hits:
    hits = []
    for row, info in enumerate(columns.api_keys):
        listed = info.valid_ips if isinstance(info.valid_ips, list) else []
        widest = max(listed, key=_size_of, default="")
        if _size_of(widest) > WIDEST_LIST:
            hits.append((row, widest))
    return of_list(hits, len(columns.api_keys))


def _wide_said(columns: Columns, hits: Hits, at: int) -> Told:
    widest = hits.facts["fact"][at]
    return told(f"{{}}: {_size_of(widest):,} addresses may use it.", widest, path=("valid_ips",))


def _why_callback(address: object) -> str:
    """What is wrong with a callback address; nothing for one that is well, or none."""
    if not isinstance(address, str) or not address:
        return ""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return "no address that can be read"
    wrong = []
    if parts.scheme != "https":
        wrong.append("not https")
    if _is_private(host):
        wrong.append("a private address")
    return ", and ".join(wrong)


def _is_private(host: str) -> bool:
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        name = host.rstrip(".").casefold()
        return name == "localhost" or name.endswith((".localhost", ".local", ".internal"))


def _callback(columns: Columns) -> Hits:
    words = [_why_callback(info.callback_url) for info in columns.api_keys]
    return of_list([(row, word) for row, word in enumerate(words) if word], len(columns.api_keys))


def _callback_said(columns: Columns, hits: Hits, at: int) -> Told:
    address = str(_info(columns, hits, at).callback_url)
    return told(f"{{}}: {hits.facts['fact'][at]}.", address, path=("callback_url",))


# ---- what it may do ------------------------------------------------------------------------------


def _both_powers(columns: Columns) -> Hits:
    return _keys(columns, lambda info: _may(info, GROUP_CHANGES) and _may(info, WITHDRAWS))


def _edits_keys(columns: Columns) -> Hits:
    return _keys(columns, lambda info: _may(info, EDITS_KEYS))


def _roles_said(columns: Columns, hits: Hits, at: int) -> Told:
    names = dict.fromkeys(role.role_name for role in roles_of(_info(columns, hits, at)))
    return told("Its roles are {}.", " + ".join(names))


def _of_roles(columns: Columns, found: list[int]) -> Hits:
    return of_rows(np.array(found, np.int64), len(columns.roles))


def _no_wallet_limit(columns: Columns) -> Hits:
    """A role that may withdraw, and lists no wallet."""
    rows = [row for row, (_, role) in enumerate(columns.roles) if reach(role, WITHDRAWS) == "yes"]
    return _of_roles(columns, rows)


def _no_wallet_said(columns: Columns, hits: Hits, at: int) -> Told:
    _, role = columns.roles[int(hits.rows[at])]
    return told(
        "{}: no wallet listed. That an empty list is no limit is our inference.", role.role_name
    )


def _no_vault_limit(columns: Columns) -> Hits:
    """A role that changes groups, and lists no vault."""
    rows = [
        row
        for row, (_, role) in enumerate(columns.roles)
        if reach(role, GROUP_CHANGES) == "yes" and not limits_of(role.scopes).get("vault_ids")
    ]
    return _of_roles(columns, rows)


def _no_vault_said(columns: Columns, hits: Hits, at: int) -> Told:
    _, role = columns.roles[int(hits.rows[at])]
    return told(
        "{}: no vault listed. That an empty list is no limit is our inference.", role.role_name
    )


def _custom_roles(columns: Columns) -> Hits:
    rows = [row for row, (_, role) in enumerate(columns.roles) if not preset_role(role.role_name)]
    return _of_roles(columns, rows)


def _custom_said(columns: Columns, hits: Hits, at: int) -> Told:
    _, role = columns.roles[int(hits.rows[at])]
    return told("{}: what a role of your own may do is unknown.", role.role_name)


def _no_role(columns: Columns) -> Hits:
    return _keys(columns, lambda info: not roles_of(info))


def _no_role_said(columns: Columns, hits: Hits, at: int) -> Told:
    return told("Cobo names no role of this key.", path=("role_scopes",))


def _changes_something(info: ApiKeyInfo) -> bool:
    return any(ROLE_CHANGES[preset_role(role.role_name) or "viewer"] for role in roles_of(info))


def _limited(columns: Columns) -> Hits:
    """Keys that change something, each role of theirs limited to vaults or wallets."""

    def limited(info: ApiKeyInfo) -> bool:
        narrow = [
            {"vault_ids", "wallet_ids"} & {*limits_of(each.scopes)} for each in roles_of(info)
        ]
        return _changes_something(info) and all(narrow)

    return _keys(columns, limited)


def _limited_said(columns: Columns, hits: Hits, at: int) -> Told:
    roles = roles_of(_info(columns, hits, at))
    return told(f"Each of its {plural(len(roles), 'role')} names vaults or wallets.")


RULES = (
    AuditRule(
        "api.both-powers", "One API key changes groups and withdraws", "high", "api_keys",
        "Whoever steals it adds a signing group of their own, then withdraws through it.",
        "Register two keys, one for each role.",
        _roles_said, _both_powers, source=ROLES,
    ),
    AuditRule(
        "api.ended", "An API key has ended", "high", "api_keys",
        "Every request with it is refused (401).", "Register its successor, and delete this one.",
        _end_said, _ended, source=EXPIRY,
    ),
    AuditRule(
        "api.ends-soon", "An API key ends within 7 days", "medium", "api_keys",
        "From then on every request with it is refused (401).",
        "Register its successor now: an Admin must approve it in the app.",
        _end_said, _ends_soon, source=EXPIRY,
    ),
    AuditRule(
        "api.no-addresses", "A permanent API key without addresses", "medium", "api_keys",
        "Stolen, it works from anywhere and for good.",
        "List the servers’ own addresses, or give it an end.",
        _no_addresses_said, _no_addresses, source=ADDRESSES,
    ),
    AuditRule(
        "api.wide-addresses", "The address list is wide", "medium", "api_keys",
        "The list is what stops a stolen permanent key, and this one stops few.",
        "List the servers’ own addresses.", _wide_said, _wide,
    ),
    AuditRule(
        "api.callback", "The callback is not https, or private", "medium", "api_keys",
        "Anybody on the way can read and forge what Cobo tells you, or Cobo cannot reach it.",
        "Use https and a public name.", _callback_said, _callback,
    ),
    AuditRule(
        "api.edits-keys", "An API key may edit API keys", "medium", "api_keys",
        "Whoever steals it gives itself more.",
        "Give it a role that may not, such as API_Operator; people edit keys in the Portal.",
        _roles_said, _edits_keys, source=ROLES,
    ),
    AuditRule(
        "api.no-wallet-limit", "A role may withdraw from every wallet", "medium", "roles",
        "The role lists no wallet, so a mistake or a thief reaches all of the vault.",
        "List the wallets it needs.", _no_wallet_said, _no_wallet_limit, source=SCOPES,
    ),
    AuditRule(
        "api.no-vault-limit", "A role may change the groups of every vault", "low", "roles",
        "The role lists no vault, so a mistake or a thief reaches all of them.",
        "List the vaults it needs.", _no_vault_said, _no_vault_limit, source=SCOPES,
    ),
    AuditRule(
        "api.custom-role", "A role whose permissions are unknown", "note", "roles",
        "No rule can judge what this key may do.",
        "Look it up in the Portal, or use one of Cobo’s own roles.",
        _custom_said, _custom_roles, source=ROLES,
    ),
    AuditRule(
        "api.no-role", "An API key without a role", "note", "api_keys",
        "What it may do is unknown: Cobo’s answer names no role.",
        "Look it up in the Portal.", _no_role_said, _no_role, source=ROLES,
    ),
    AuditRule(
        "api.limited", "An API key is limited to vaults or wallets", "good", "api_keys",
        "A stolen key cannot reach the others.", "", _limited_said, _limited, source=SCOPES,
    ),
)  # fmt: skip

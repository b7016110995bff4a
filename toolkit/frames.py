"""The tables that users call by name, of both providers.

Each takes one model, a list of models, a page or a list of pages, and returns a DataFrame with declared columns
and dtypes. ``frame.attrs`` name the environment and say whether the answers were verified.
"""

from __future__ import annotations

from toolkit.cobo.frames import api_key, groups, holders, role_scopes, tss_key_share_groups, tss_requests, vaults
from toolkit.privy.frames import key_quorums, quorum_members, wallets

__all__ = [
    "api_key",
    "groups",
    "holders",
    "key_quorums",
    "quorum_members",
    "role_scopes",
    "tss_key_share_groups",
    "tss_requests",
    "vaults",
    "wallets",
]

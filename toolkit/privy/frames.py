"""Tables of what Privy answers. One row is one thing; nested lists become rows of their own."""

from __future__ import annotations

from typing import Any

import pandas as pd

from toolkit.privy import models
from toolkit.tables import Column, Table, listed

KEY_QUORUMS = Table(
    (
        Column("id"),
        Column("display_name"),
        Column("authorization_threshold", "integer"),
        Column("required", "integer"),
        Column("members", "integer"),
        Column("keys", "integer"),
        Column("users", "integer"),
        Column("key_quorums", "integer"),
    )
)
QUORUM_MEMBERS = Table(
    (
        Column("key_quorum_id"),
        Column("quorum_name"),
        Column("kind", "word", ("key", "user", "key_quorum")),
        Column("member"),
        Column("fingerprint"),
        Column("display_name"),
    )
)


WALLETS = Table(
    (
        Column("id"),
        Column("display_name"),
        Column("chain_type"),
        Column("address"),
        Column("owner_id"),
        Column("additional_signers", "integer"),
        Column("policies", "integer"),
        Column("created", "moment"),
    )
)


def key_quorums(what: Any) -> pd.DataFrame:
    """One row a quorum.

    ``required`` is the threshold, or all members where the threshold is null.
    """
    found, what = listed(what, models.KeyQuorum)
    rows = [
        (
            quorum.id,
            quorum.display_name,
            quorum.authorization_threshold,
            quorum.required,
            quorum.size,
            len(quorum.authorization_keys),
            len(quorum.user_ids or ()),
            len(quorum.key_quorum_ids or ()),
        )
        for quorum in found
    ]
    return KEY_QUORUMS.frame(rows, what)


def quorum_members(what: Any) -> pd.DataFrame:
    """One row a member: keys first, then users, then nested quorums.

    ``member`` is the spelling that Privy gave; ``fingerprint`` the first twelve hex digits of
    SHA-256 of the canonical SPKI, the same for every spelling (missing for what is no P-256 key).
    """
    found, what = listed(what, models.KeyQuorum)
    rows: list[tuple[Any, ...]] = []
    for quorum in found:
        here = (quorum.id, quorum.display_name)
        rows += [
            (
                *here,
                "key",
                key.public_key,
                models.spoken_fingerprint(key.public_key),
                key.display_name,
            )
            for key in quorum.authorization_keys
        ]
        rows += [(*here, "user", user, None, None) for user in quorum.user_ids or ()]
        rows += [
            (*here, "key_quorum", nested, None, None) for nested in quorum.key_quorum_ids or ()
        ]
    return QUORUM_MEMBERS.frame(rows, what)


def wallets(what: Any) -> pd.DataFrame:
    """One row a wallet.

    ``owner_id`` is the key quorum that owns it: missing means that the app secret alone decides.
    """
    found, what = listed(what, models.Wallet)
    rows = [
        (
            w.id,
            w.display_name,
            w.chain_type,
            w.address,
            w.owner_id,
            len(w.additional_signers),
            len(w.policy_ids),
            w.created_at,
        )
        for w in found
    ]
    return WALLETS.frame(rows, what)

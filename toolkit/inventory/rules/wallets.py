"""Rules about Privy wallets, and the app whose secret decides about those without an owner."""

from __future__ import annotations

import numpy as np

from toolkit.base.text import plural
from toolkit.base.times import day
from toolkit.findings import documented
from toolkit.inventory.columns import NONE, NOT_SEEN, Columns
from toolkit.inventory.powers import app_secret
from toolkit.inventory.rules.rule import AuditRule, Hits, none, of_list, of_rows
from toolkit.inventory.words import Several, Told, told

OWNERS = documented("Privy, wallets: a wallet without an owner is controlled by the app")


def _no_owner(columns: Columns) -> Hits:
    return of_rows(columns.owner == NONE, len(columns.wallets))


def _no_owner_said(columns: Columns, hits: Hits, at: int) -> Told:
    wallet = columns.wallets[int(hits.rows[at])]
    return told("{}, {}: no quorum is asked.", wallet.chain_type, wallet.address)


def _owner_unseen(columns: Columns) -> Hits:
    if not columns.whole:
        return none(0)
    return of_rows(columns.owner == NOT_SEEN, int((columns.owner != NONE).sum()))


def _owner_unseen_said(columns: Columns, hits: Hits, at: int) -> Told:
    owner = columns.wallets[int(hits.rows[at])].owner_id or ""
    return told("Its owner {} was not seen: who can move it, is unknown.", owner)


def _policy_unseen(columns: Columns) -> Hits:
    """Wallets under a policy that was not read, or whose additional signers act under one."""
    if not columns.whole:
        return none(0)
    missing: dict[int, list[str]] = {}
    for policy_id, rows in columns.named_policies.items():
        for row in rows if policy_id not in columns.seen_policies else ():
            missing.setdefault(row, []).append(policy_id)
    ruled = {row for rows in columns.named_policies.values() for row in rows}
    return of_list(sorted(missing.items()), len(ruled))


def _policy_unseen_said(columns: Columns, hits: Hits, at: int) -> Told:
    missing = hits.facts["fact"][at]
    what = "Its policy {} was" if len(missing) == 1 else "Its policies {} were"
    return told(f"{what} not seen: what it may do, is unknown.", Several(missing))


def _exported(columns: Columns) -> Hits:
    rows = [row for row, wallet in enumerate(columns.wallets) if wallet.exported_at]
    return of_rows(np.array(rows, np.int64), len(columns.wallets))


def _exported_said(columns: Columns, hits: Hits, at: int) -> Told:
    wallet = columns.wallets[int(hits.rows[at])]
    return told(f"Its private key was exported on {day(wallet.exported_at)}.")


def _secret_alone(columns: Columns) -> Hits:
    hits = [(row, columns.unowned.get(app, 0)) for row, app in enumerate(columns.apps)]
    return of_list([hit for hit in hits if hit[1]], len(columns.apps))


def _secret_said(columns: Columns, hits: Hits, at: int) -> Told:
    count = hits.facts["fact"][at]
    seats = columns.seats
    seat = seats.code[app_secret(columns.apps[int(hits.rows[at])])]
    decides = f"decides about {plural(count, 'wallet')}"
    if seats.holders[seat] is None:
        return told(f"Its secret {decides}, and who has it is not known.")
    return told(f"Whoever has its secret {decides}: {{}}.", seats.called(seat))


RULES = (
    AuditRule(
        "wallet.no-owner", "Wallets without an owner", "high", "wallets",
        "The app secret alone moves their money: no quorum is asked.",
        "Give them an owner quorum: privy.update_wallet(…, owner_id=…).",
        _no_owner_said, _no_owner, source=OWNERS, controls=("ms-2.1.1",),
    ),
    AuditRule(
        "wallet.exported", "A wallet’s key has left Privy", "medium", "wallets",
        "Whoever has the exported key needs no quorum, and nobody sees it used.",
        "Move the money to a new wallet, and retire this one.", _exported_said, _exported,
        source=documented("Privy OpenAPI file, wallet: exported_at"),
    ),
    AuditRule(
        "wallet.owner-unseen", "A wallet whose owner was not seen", "low", "wallets",
        "Who can move its money cannot be told.",
        "Collect again, and look why its owner could not be read.",
        _owner_unseen_said, _owner_unseen, controls=("ms-1.1.2",),
    ),
    AuditRule(
        "wallet.policy-unseen", "A wallet whose policy was not seen", "low", "wallets",
        "What it may do cannot be told: the policy may be gone, or may allow anything.",
        "Collect again; where the policy is gone, put the wallet under another one.",
        _policy_unseen_said, _policy_unseen, controls=("ms-1.1.2",),
    ),
    AuditRule(
        "app.secret-alone", "An app secret alone moves money", "medium", "apps",
        "It is one text on a server: whoever reads it there has these wallets.",
        "Give these wallets an owner quorum, and renew the secret when somebody leaves.",
        _secret_said, _secret_alone, source=OWNERS, controls=("ms-2.1.1", "ms-3.1.4"),
    ),
)  # fmt: skip

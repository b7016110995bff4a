"""Cases about wallets and app secrets."""

from __future__ import annotations

from tests.inventory.organisation import NOW_MS, Case, World

SOUND = "Ann Ben Cem"


def owned(w: World, **more: object) -> None:
    w.wallet(w.quorum(2, SOUND).id, **more)


CASES: dict[str, list[Case]] = {
    "wallet.no-owner": [
        Case("none", lambda w: w.wallet(None), ("wallet.no-owner",)),
        Case("one of two", lambda w: (owned(w), w.wallet(None)), ("wallet.no-owner",)),
        Case("near: an owner", owned),
    ],
    "wallet.exported": [
        Case("just now", lambda w: owned(w, exported_at=NOW_MS), ("wallet.exported",)),
        Case("long ago", lambda w: owned(w, exported_at=1), ("wallet.exported",)),
        Case("near: imported, and never exported", lambda w: owned(w, imported_at=NOW_MS)),
    ],
    "wallet.owner-unseen": [
        Case("a quorum that was not read", lambda w: w.wallet("nowhere 1"), ("wallet.owner-unseen",)),
        Case("another", lambda w: w.wallet("nowhere 2"), ("wallet.owner-unseen",)),
        Case("near: it was read", owned),
    ],
    "wallet.policy-unseen": [
        Case("gone", lambda w: owned(w, policy_ids=["no policy 1"]), ("wallet.policy-unseen",)),
        Case("of an additional signer", lambda w: (q := w.quorum(2, SOUND).id) and w.wallet(q, additional_signers=[w.acting(q, "no policy 2")]), ("wallet.policy-unseen",)),
        Case("two of them", lambda w: (q := w.quorum(2, SOUND).id) and w.wallet(q, policy_ids=["no policy 3"], additional_signers=[w.acting(q, "no policy 4")]), ("wallet.policy-unseen",)),
        Case("one of two", lambda w: (q := w.quorum(2, SOUND).id) and w.wallet(q, policy_ids=[w.policy(q).id], additional_signers=[w.acting(q, "no policy 5")]), ("wallet.policy-unseen",)),
        Case("near: it was read", lambda w: (q := w.quorum(2, SOUND).id) and w.wallet(q, policy_ids=[w.policy(q).id])),
        Case("near: under none", owned),
    ],
}  # fmt: skip

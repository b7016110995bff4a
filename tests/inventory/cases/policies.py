"""Cases about policies."""

from __future__ import annotations

from tests.inventory.organisation import Case, World

SOUND = "Ann Ben Cem"


def ruled(w: World, owner: str | None = "own", override: bool = False) -> None:
    """A wallet of a sound quorum under a policy, which that quorum owns too, or somebody else, or nobody."""
    quorum = w.quorum(2, SOUND).id
    policy = w.policy(quorum if owner == "own" else owner)
    if override:
        w.wallet(quorum, additional_signers=[w.acting(quorum, policy.id)])
    else:
        w.wallet(quorum, policy_ids=[policy.id])


CASES: dict[str, list[Case]] = {
    "policy.no-owner": [
        Case("of a wallet", lambda w: ruled(w, None), ("policy.no-owner",)),
        Case("of an additional signer", lambda w: ruled(w, None, override=True), ("policy.no-owner",)),
        Case("near: an owner", ruled),
        Case("near: an additional signer, and an owner", lambda w: ruled(w, override=True)),
    ],
    "policy.owner-unseen": [
        Case("a quorum that was not read", lambda w: ruled(w, "nowhere 3"), ("policy.owner-unseen",)),
        Case("another", lambda w: ruled(w, "nowhere 4"), ("policy.owner-unseen",)),
        Case("near: it was read", ruled),
    ],
}  # fmt: skip

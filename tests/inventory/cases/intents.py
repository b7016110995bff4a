"""Cases about intents."""

from __future__ import annotations

from tests.inventory.organisation import NOW_MS, Case, World

HOUR_MS = 3_600_000


def opened(w: World, hours: float, **more: object) -> None:
    """An intent for a sound quorum, opened so many hours ago, that can be signed for a day more."""
    facts = {"created_at": NOW_MS - round(hours * HOUR_MS), "expires_at": NOW_MS + 24 * HOUR_MS}
    w.intent(w.quorum(2, "Ann Ben Cem").id, **(facts | more))


CASES: dict[str, list[Case]] = {
    "intent.pending-long": [
        Case("for three days and a moment", lambda w: opened(w, 72.001), ("intent.pending-long",)),
        Case("for a month", lambda w: opened(w, 720), ("intent.pending-long",)),
        Case("its last moment", lambda w: opened(w, 100, expires_at=NOW_MS + 1), ("intent.pending-long",)),
        Case("near: for three days", lambda w: opened(w, 72)),
        Case("near: it cannot be signed any more", lambda w: opened(w, 100, expires_at=NOW_MS)),
        Case("near: executed long ago", lambda w: opened(w, 720, status="executed")),
    ],
}  # fmt: skip

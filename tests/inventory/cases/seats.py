"""Cases about seats, names, and what is set aside."""

from __future__ import annotations

from typing import Any

from tests.inventory.organisation import DAY_MS, NOW_MS, Case, World
from toolkit import privy


def one_with(w: World, person: str | None, label: str | None = None, **more: Any) -> None:
    """A sound quorum, one of its keys held like this."""
    key = w.key(person, **more)
    w.quorum(2, "Ben Cem", keys=[privy.AuthorizationKey(key.public_key, label)])


def twice(w: World, first: str, second: str) -> None:
    for name in (first, second):
        w.quorum(2, "Ann Ben Cem", name=f"{w.case}{name}")


def away_aside(w: World) -> None:
    """A holder that is offline, and somebody who answers for it."""
    holder = w.holder("Ben", online=False)
    group = w.group(w.vault("main", "recovery"), "SigningGroup", 2, [w.holder("Ann", True), holder])
    w.exclude(
        "holder.away",
        {"node": holder.tss_node_id or "", "group": group.key_share_holder_group_id or ""},
    )


def drilled(w: World, *days: int | None) -> None:
    """A quorum of as many, each proven so many days ago; None: never."""
    moments = [None if each is None else NOW_MS - each * DAY_MS for each in days]
    keys = [w.key(f"P{at}", proven_ms=each) for at, each in enumerate(moments)]
    w.quorum(2, keys=keys)


CASES: dict[str, list[Case]] = {
    "people.unknown": [
        Case("a key", lambda w: one_with(w, None), ("people.unknown",)),
        Case("a user", lambda w: w.quorum(2, "Ann Ben", user_ids=[f"did:privy:{w.case}"]), ("people.unknown",)),
        Case("near: guessed", lambda w: one_with(w, "Ann", known="guess"), ("people.guessed",)),
    ],
    "people.guessed": [
        Case("a key", lambda w: one_with(w, "Ann", known="guess"), ("people.guessed",)),
        Case("another", lambda w: one_with(w, "Dee", known="guess"), ("people.guessed",)),
        Case("near: from a file", lambda w: one_with(w, "Ann", known="file")),
    ],
    "key.not-proven": [
        Case("91 days ago", lambda w: drilled(w, 5, 91, 40), ("key.not-proven",)),
        Case("never, beside others who were", lambda w: drilled(w, 5, None, 90), ("key.not-proven",)),
        Case("all too long ago", lambda w: drilled(w, 100, 200, 300), ("key.not-proven",) * 3),
        Case("near: 90 days ago", lambda w: drilled(w, 90, 90, 90)),
        Case("near: no drill of this quorum", lambda w: drilled(w, None, None, None)),
        Case("near: a user cannot answer", lambda w: w.quorum(2, keys=[w.key("Ann", proven_ms=NOW_MS), w.key("Cem", proven_ms=NOW_MS)], user_ids=[w.user("Ben")])),
    ],
    "name.look-alike": [
        Case("a Cyrillic letter", lambda w: twice(w, "Payroll", "P\u0430yroll"), ("name.look-alike",)),
        Case("a key called as a person", lambda w: one_with(w, "Alice", label=f"{w.case}\u0410lice"), ("name.look-alike",)),
        Case("rn for m", lambda w: twice(w, "Summer", "Surnmer"), ("name.look-alike",)),
        Case("two that are called so", lambda w: [twice(w, "Payroll", "P\u0430yroll"), w.quorum(2, "Ann Ben Cem", name=f"{w.case}P\u0430yroll")], ("name.look-alike", "name.look-alike", "name.twice")),
        Case("near: an accent", lambda w: twice(w, "Zoe", "Zo\u00eb")),
        Case("near: another letter", lambda w: twice(w, "Payroll", "Payrolls")),
        Case("near: things of two kinds", lambda w: (w.quorum(2, "Ann Ben Cem", name=f"{w.case}Ops"), w.vault(name=f"{w.case}\u041eps"))),
    ],
    "name.hidden": [
        Case("turned around", lambda w: w.quorum(2, "Ann Ben Cem", name=f"{w.case}night\u202e shift"), ("name.hidden",)),
        Case("nothing between letters", lambda w: w.vault(name=f"{w.case}Tre\u200basury"), ("name.hidden",)),
        Case("near: a joiner where it belongs", lambda w: w.quorum(2, "Ann Ben Cem", name=f"{w.case}\u0646\u0627\u0645\u0647\u200c\u0647\u0627")),
    ],
    "name.twice": [
        Case("two quorums", lambda w: twice(w, "Ops", "Ops"), ("name.twice",)),
        Case("two vaults", lambda w: [w.vault(name=f"{w.case}Ops") for _ in range(2)], ("name.twice",)),
        Case("near: a vault and a quorum", lambda w: (w.vault(name=f"{w.case}Ops"), w.quorum(2, "Ann Ben Cem", name=f"{w.case}Ops"))),
    ],
    "name.empty": [
        Case("a quorum", lambda w: w.quorum(2, "Ann Ben Cem", name=""), ("name.empty",)),
        Case("blanks", lambda w: w.vault(name="  "), ("name.empty",)),
        Case("near: a wallet", lambda w: w.wallet(w.quorum(2, "Ann Ben Cem").id, display_name=None)),
    ],
    "exclusion.expired": [
        Case("yesterday", lambda w: w.exclude("quorum.alone", {"quorum": w.quorum(1, "Ann Ben").id}, days=-1), ("exclusion.expired", "quorum.alone")),
        Case("this very moment", lambda w: w.exclude("quorum.alone", {"quorum": w.quorum(1, "Ann Ben").id}, days=0), ("exclusion.expired", "quorum.alone")),
        Case("near: tomorrow", lambda w: w.exclude("quorum.alone", {"quorum": w.quorum(1, "Ann Ben").id}, days=1)),
    ],
    "exclusion.unknown": [
        Case("no such rule", lambda w: w.exclude("quorum.lone", {"quorum": w.quorum(2, "Ann Ben Cem").id}), ("exclusion.unknown",)),
        Case("no such field", lambda w: w.exclude("quorum.alone", {"group": w.quorum(2, "Ann Ben Cem").id}), ("exclusion.unknown",)),
        Case("near: as the rule has it", lambda w: w.exclude("quorum.alone", {"quorum": w.quorum(1, "Ann Ben").id})),
    ],
    "exclusion.unused": [
        Case("the quorum is sound", lambda w: w.exclude("quorum.alone", {"quorum": w.quorum(2, "Ann Ben Cem").id}), ("exclusion.unused",)),
        Case("the quorum is gone", lambda w: w.exclude("quorum.alone", {"quorum": f"{w.case}gone"}), ("exclusion.unused",)),
        Case("near: its fields in another order", lambda w: away_aside(w)),
        Case("near: it is needed", lambda w: w.exclude("quorum.alone", {"quorum": w.quorum(1, "Ann Ben").id})),
    ],
}  # fmt: skip

"""Cases about key share holder groups, their holders and vaults."""

from __future__ import annotations

from typing import Any

from tests.inventory.organisation import DAY_MS, NOW_MS, Case, World


def of_main(w: World, k: int, *holders: Any, **changed: Any) -> None:
    """A vault whose main group is this one, and the rest sound."""
    vault = w.vault("signing", "recovery")
    w.group(vault, "MainGroup", k, holders, **changed)


def of_signing(w: World, k: int, *holders: Any, **changed: Any) -> None:
    vault = w.vault("main", "recovery")
    w.group(vault, "SigningGroup", k, holders, **changed)


def of_recovery(w: World, k: int, *holders: Any, **changed: Any) -> None:
    vault = w.vault("main", "signing")
    w.group(vault, "RecoveryGroup", k, holders, **changed)


def pair(w: World, **changed: Any) -> list[Any]:
    """Two sound holders; what is changed is changed of the second."""
    return [w.holder("Ann", True), w.holder("Ben", **changed)]


def new(w: World, days: float, status: str = "New") -> None:
    of_signing(w, 2, *pair(w), status=status, created_timestamp=round(NOW_MS - days * DAY_MS))


def node_twice(w: World, *, same: bool) -> None:
    first = w.holder("Ann", True)
    node = first.tss_node_id if same else None
    second = w.holder("Ann" if same else "Ben", **({"tss_node_id": node} if same else {}))
    of_recovery(w, 2, first, second, w.holder("Cem"), w.holder("Dee"), threshold=3)


def in_two_groups(w: World, *, same_vault: bool) -> None:
    vault = w.vault("recovery")
    shared = w.holder("Ann", True)
    w.group(vault, "MainGroup", 2, [shared, w.holder("Ben")])
    other = vault if same_vault else w.vault("main", "recovery")
    w.group(
        other,
        "SigningGroup",
        2,
        [
            w.holder("Cem", True),
            shared.__class__(
                **{
                    name: getattr(shared, name)
                    for name in shared.__struct_fields__
                    if name not in ("signer", "received")
                },
                signer=False,
            ),
        ],
    )
    if not same_vault:
        w.signing(vault)


def apart(w: World, kind: str, **changed: Any) -> None:
    """Only this kind of group, and no other."""
    vault = w.vault("main", "signing", "recovery")
    (group,) = [each for each in w.things["groups"] if each.vault_id == vault and each.type == kind]
    w.things["groups"].remove(group)
    if changed:
        name = {"MainGroup": "main", "SigningGroup": "signing", "RecoveryGroup": "recovery"}[kind]
        getattr(w, name)(vault, **changed)


CASES: dict[str, list[Case]] = {
    "group.one-holds-enough": [
        Case("both shares beside Cobo’s", lambda w: of_main(w, 2, w.holder("Ann", True), w.holder("Ann")), ("group.one-holds-enough",)),
        Case("two of three in a recovery group", lambda w: of_recovery(w, 2, w.holder("Ann"), w.holder("Ann"), w.holder("Ben")), ("group.one-holds-enough",)),
        Case("near: two people", lambda w: of_main(w, 2, *pair(w))),
    ],
    "group.same-person": [
        Case("two of four, three are needed", lambda w: of_recovery(w, 3, w.holder("Ann"), w.holder("Ann"), w.holder("Ben"), w.holder("Cem")), ("group.same-person",)),
        Case("two of three beside Cobo’s, all needed", lambda w: of_signing(w, 3, w.holder("Ann", True), w.holder("Ann", True)), ("group.same-person",)),
        Case("near: all different", lambda w: of_recovery(w, 3, w.holder("Ann"), w.holder("Ben"), w.holder("Cem"), w.holder("Dee"))),
    ],
    "group.all-needed": [
        Case("3 of 3", lambda w: w.group(w.vault("signing"), "MainGroup", 3, [w.holder("Ann", True), w.holder("Ben", True)]), ("group.all-needed",)),
        Case("2 of 2", lambda w: w.group(w.vault("signing"), "MainGroup", 2, [w.holder("Ann", True)]), ("group.all-needed",)),
        Case("the recovery group is New", lambda w: w.group((v := w.vault("signing")), "MainGroup", 2, [w.holder("Ann", True)]) and w.recovery(v, status="New", created_timestamp=NOW_MS), ("group.all-needed",)),
        Case("near: 3 of 3 with a recovery group", lambda w: of_main(w, 3, w.holder("Ann", True), w.holder("Ben", True))),
    ],
    "group.no-recovery": [
        Case("2 of 3 without one", lambda w: w.vault("main", "signing"), ("group.no-recovery",)),
        Case("another vault has one", lambda w: (w.vault(), w.vault("main", "signing")), ("group.no-recovery",)),
        Case("near: with one", lambda w: w.vault()),
    ],
    "group.unavailable": [
        Case("a signing group", lambda w: of_signing(w, 2, *pair(w), status="Unavailable"), ("group.unavailable", "group.signing-stops")),
        Case("a recovery group", lambda w: of_recovery(w, 2, *(w.holder(each) for each in "ABC"), status="Unavailable"), ("group.unavailable", "group.no-recovery")),
        Case("near: Valid", lambda w: of_signing(w, 2, *pair(w))),
    ],
    "group.below-two": [
        Case("1 of 2", lambda w: of_recovery(w, 1, w.holder("Ann"), w.holder("Ben")), ("group.below-two",)),
        Case("1 of 3", lambda w: of_recovery(w, 1, *(w.holder(each) for each in "ABC")), ("group.below-two",)),
        Case("near: 2 of 2", lambda w: of_recovery(w, 2, w.holder("Ann"), w.holder("Ben"))),
    ],
    "group.signing-stops": [
        Case("nothing but a main group signs", lambda w: w.vault("main", "recovery"), ("group.signing-stops",)),
        Case("the same designated signer in both", lambda w: _same_signer(w, "Ann"), ("group.signing-stops", "group.signing-stops")),
        Case("a signer who is called as Cobo’s own", lambda w: w.group(w.vault("recovery"), "MainGroup", 2, [w.holder(None, True, name="Cobo"), w.holder("Ben")]), ("group.signing-stops", "people.unknown")),
        Case("near: another group goes on", lambda w: _same_signer(w, "Ben")),
    ],
    "group.new-too-long": [
        Case("for 8 days", lambda w: new(w, 8), ("group.new-too-long", "group.signing-stops")),
        Case("for 61 days", lambda w: new(w, 61), ("group.new-too-long", "group.signing-stops")),
        Case("near: for 7 days", lambda w: new(w, 7.9), ("group.signing-stops",)),
        Case("near: Valid for 61 days", lambda w: new(w, 61, "Valid")),
    ],
    "group.unclear": [
        Case("two signers are designated, and 2 sign", lambda w: of_signing(w, 2, w.holder("Ann", True), w.holder("Ben", True)), ("group.unclear", "group.signing-stops")),
        Case("fewer holders than participants", lambda w: of_recovery(w, 2, w.holder("Ann"), w.holder("Ben"), participants=3), ("group.unclear",)),
        Case("near: nobody signs in a recovery group", lambda w: of_recovery(w, 2, *(w.holder(each) for each in "ABC"))),
    ],
    "vault.no-main": [
        Case("none at all", lambda w: apart(w, "MainGroup"), ("vault.no-main", "group.signing-stops")),
        Case("one that is New", lambda w: apart(w, "MainGroup", status="New", created_timestamp=NOW_MS), ("vault.no-main", "group.signing-stops")),
        Case("nothing but a recovery group", lambda w: w.vault("recovery"), ("vault.no-main",)),
        Case("near: one that is Valid", lambda w: apart(w, "MainGroup", status="Valid")),
        Case("near: a vault without any group", lambda w: w.vault("bare")),
    ],
    "holder.away": [
        Case("offline", lambda w: of_signing(w, 2, *pair(w, online=False)), ("holder.away",)),
        Case("not activated", lambda w: of_signing(w, 2, *pair(w, status="NotActivated")), ("holder.away",)),
        Case("moved to another phone", lambda w: of_signing(w, 2, *pair(w, status="Changed")), ("holder.away",)),
        Case("of a status that is documented nowhere", lambda w: of_signing(w, 2, *pair(w, status="{Frozen}")), ("holder.away",)),
        Case("near: whether it is online is not said", lambda w: of_signing(w, 2, *pair(w, online=None))),
    ],
    "holder.unconfigured": [
        Case("and offline", lambda w: of_signing(w, 2, *pair(w, status="NotConfigured", online=False)), ("holder.unconfigured",)),
        Case("and online", lambda w: of_signing(w, 2, *pair(w, status="NotConfigured")), ("holder.unconfigured",)),
        Case("near: set up", lambda w: of_signing(w, 2, *pair(w))),
    ],
    "holder.node-twice": [
        Case("in a recovery group", lambda w: node_twice(w, same=True), ("holder.node-twice", "group.same-person")),
        Case("beside Cobo’s", lambda w: (h := w.holder("Ann", True)) and of_main(w, 2, h, w.holder("Ann", tss_node_id=h.tss_node_id)), ("holder.node-twice", "group.one-holds-enough")),
        Case("near: two nodes", lambda w: node_twice(w, same=False)),
    ],
    "holder.two-groups": [
        Case("main and signing", lambda w: in_two_groups(w, same_vault=True), ("holder.two-groups",)),
        Case("signing and recovery", lambda w: _in_recovery(w), ("holder.two-groups",)),
        Case("near: groups of two vaults", lambda w: in_two_groups(w, same_vault=False)),
    ],
}  # fmt: skip


def _same_signer(w: World, who: str) -> None:
    vault = w.vault("recovery")
    w.group(vault, "MainGroup", 2, [w.holder("Ann", True), w.holder("Fay")])
    w.group(vault, "SigningGroup", 2, [w.holder(who, True), w.holder("Gus")])


def _in_recovery(w: World) -> None:
    vault = w.vault("main")
    shared = w.holder("Ann")
    w.group(vault, "SigningGroup", 2, [shared, w.holder("Ben", True)])
    w.group(vault, "RecoveryGroup", 2, [shared, w.holder("Cem"), w.holder("Dee")])

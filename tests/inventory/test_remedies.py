"""A remedy mends what it is for and never causes another finding: it is applied to the model, and audited again."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from tests.inventory.cases import CASES
from tests.inventory.organisation import SCOPED, Case, World
from toolkit import audit, cobo, privy
from toolkit.inventory.people import Holder
from toolkit.inventory.report import Line
from toolkit.privy.models import member_identity

Remedy = Callable[[World, Line], None]
changed = msgspec.structs.replace


def put(world: World, kind: str, before: Any, **facts: Any) -> Any:
    """The same thing, changed."""
    things = world.things[kind]
    at = next(at for at, each in enumerate(things) if each is before)
    things[at] = changed(before, **facts)
    return things[at]


def of(world: World, kind: str, line: Line) -> Any:
    """The thing that a finding is about."""
    name = {
        "quorums": "id",
        "groups": "key_share_holder_group_id",
        "vaults": "vault_id",
        "wallets": "id",
        "policies": "id",
        "intents": "intent_id",
        "api_keys": "key",
    }[kind]
    return next(
        each for each in world.things[kind] if getattr(each, name) == line.subject.identity[0]
    )


def person(world: World, identity: str) -> str:
    """Who holds a seat."""
    holder = world.seats.get(identity)
    return holder.person if isinstance(holder, Holder) else identity


def one_seat_each(world: World, quorum: privy.KeyQuorum) -> None:
    """Whoever has several keys in it keeps one; the others become those of new people."""
    seen: set[str] = set()
    keys = []
    for key in quorum.authorization_keys:
        who = person(world, member_identity(key.public_key))
        keys.append(world.key(f"New{next(world.numbers)}") if who in seen else key)
        seen.add(who)
    users = [
        user if person(world, user) not in seen else world.user(f"New{next(world.numbers)}")
        for user in quorum.user_ids or ()
    ]
    put(world, "quorums", quorum, authorization_keys=keys, user_ids=users)


# ---- quorums -------------------------------------------------------------------------------------


def alone(world: World, line: Line) -> None:
    quorum = of(world, "quorums", line)
    raised = re.match(r"Raise the threshold to (\d+)", line.remedy)
    if raised:
        put(world, "quorums", quorum, authorization_threshold=int(raised[1]))
    elif line.remedy.startswith("Add members until there are three people"):
        new = [world.key(f"New{at}") for at in range(3 - quorum.shown_members)]
        put(
            world,
            "quorums",
            quorum,
            authorization_keys=[*quorum.authorization_keys, *new],
            authorization_threshold=2,
        )
    else:
        one_seat_each(world, quorum)


def undone(world: World, line: Line) -> None:
    """Ann's own key is replaced by that of somebody new."""
    quorum = of(world, "quorums", line)
    keys = [
        world.key("New") if person(world, member_identity(key.public_key)).endswith("Ann") else key
        for key in quorum.authorization_keys
    ]
    put(world, "quorums", quorum, authorization_keys=keys)


def one_loss(world: World, line: Line) -> None:
    quorum = of(world, "quorums", line)
    kept = re.search(r"add a person, and let (\d+) approve", line.remedy)
    if kept:
        put(
            world,
            "quorums",
            quorum,
            authorization_keys=[*quorum.authorization_keys, world.key("New")],
            authorization_threshold=int(kept[1]),
        )
    else:
        one_seat_each(world, quorum)


def above_half(world: World, line: Line) -> None:
    (threshold,) = re.findall(r"Raise the threshold to (\d+)", line.remedy)
    put(world, "quorums", of(world, "quorums", line), authorization_threshold=int(threshold))


def key_once(world: World, line: Line) -> None:
    quorum = of(world, "quorums", line)
    keys = {member_identity(key.public_key): key for key in quorum.authorization_keys}
    put(world, "quorums", quorum, authorization_keys=list(keys.values()))


def real_key(world: World, line: Line) -> None:
    quorum = of(world, "quorums", line)
    keys = [
        key if key.public_key.startswith("M") else world.key("New")
        for key in quorum.authorization_keys
    ]
    put(world, "quorums", quorum, authorization_keys=keys)


def elsewhere(world: World, line: Line) -> None:
    """The first seat goes to somebody at a place of their own."""
    quorum = of(world, "quorums", line)
    put(
        world,
        "quorums",
        quorum,
        authorization_keys=[
            world.key("New", site="far", organisation="far"),
            *quorum.authorization_keys[1:],
        ],
    )


def own_keys(world: World, line: Line) -> None:
    """Every quorum gets new keys of the same people."""
    for quorum in list(world.things["quorums"]):
        keys = [
            world.key(person(world, member_identity(key.public_key)))
            for key in quorum.authorization_keys
        ]
        put(world, "quorums", quorum, authorization_keys=keys)


# ---- groups --------------------------------------------------------------------------------------


def new_people(world: World, line: Line) -> None:
    """Each of its seats but Cobo's gets a new person with a node of their own."""
    group = of(world, "groups", line)
    holders = [
        each if each.type == "Cobo" else world.holder(f"New{at}", bool(each.signer))
        for at, each in enumerate(group.key_share_holders)
    ]
    put(world, "groups", group, key_share_holders=holders)


def sound_holders(world: World, line: Line) -> None:
    group = of(world, "groups", line)
    holders = [changed(each, status="Valid", online=True) for each in group.key_share_holders]
    put(world, "groups", group, key_share_holders=holders)


def valid(world: World, line: Line) -> None:
    put(world, "groups", of(world, "groups", line), status="Valid")


def recovery(world: World, line: Line) -> None:
    world.recovery(of(world, "groups", line).vault_id)


def another_signing_group(world: World, line: Line) -> None:
    vault = of(world, "groups", line).vault_id
    world.group(vault, "SigningGroup", 2, [world.holder("New1", True), world.holder("New2")])


def two_of_three(world: World, line: Line) -> None:
    group = of(world, "groups", line)
    world.things["groups"].remove(group)
    getattr(
        world,
        {"RecoveryGroup": "recovery", "MainGroup": "main", "SigningGroup": "signing"}[group.type],
    )(group.vault_id)


def finish_main(world: World, line: Line) -> None:
    vault = line.subject.identity[0]
    mains = [
        each
        for each in world.things["groups"]
        if each.vault_id == vault and each.type == "MainGroup"
    ]
    for group in mains:
        put(world, "groups", group, status="Valid")
    if not mains:
        world.main(vault)
    if not [
        each
        for each in world.things["groups"]
        if each.vault_id == vault and each.type == "SigningGroup"
    ]:
        world.signing(vault)


# ---- wallets, keys, names ------------------------------------------------------------------------


def owner(world: World, line: Line) -> None:
    put(world, "wallets", of(world, "wallets", line), owner_id=world.quorum(2, "New1 New2 New3").id)


def owned_policy(world: World, line: Line) -> None:
    put(
        world,
        "policies",
        of(world, "policies", line),
        owner_id=world.quorum(2, "New1 New2 New3").id,
    )


def rejected(world: World, line: Line) -> None:
    put(world, "intents", of(world, "intents", line), status="rejected")


def two_keys(world: World, line: Line) -> None:
    info = of(world, "api_keys", line)
    world.things["api_keys"].remove(info)
    world.api_key("API_Operator")
    world.api_key("API_Spender")


def of_key(**facts: Any) -> Remedy:
    def mend(world: World, line: Line) -> None:
        put(world, "api_keys", of(world, "api_keys", line), **facts)

    return mend


def successor(world: World, line: Line) -> None:
    world.things["api_keys"].remove(of(world, "api_keys", line))
    world.api_key("API_Viewer")


def listed(world: World, line: Line) -> None:
    info = of(world, "api_keys", line)
    roles = [
        cobo.RoleScope(role_name=role.role_name, scopes=cobo.Scopes(**SCOPED))
        for role in info.role_scopes
    ]
    put(world, "api_keys", info, role_scopes=roles)


def operator(world: World, line: Line) -> None:
    role = cobo.RoleScope(role_name="API_Operator", scopes=cobo.Scopes(**SCOPED))
    put(world, "api_keys", of(world, "api_keys", line), role_scopes=[role])


def rename(world: World, line: Line) -> None:
    kind, thing, _ = line.subject.identity
    name = f"{world.case}a name of its own {next(world.numbers)}"
    for listed_in, field, facts in (
        ("quorums", "id", "display_name"),
        ("vaults", "vault_id", "name"),
    ):
        for each in list(world.things.get(listed_in, ())):
            if getattr(each, field) == thing:
                put(world, listed_in, each, **{facts: name})
    if kind == "key":
        for quorum in list(world.things["quorums"]):
            put(
                world,
                "quorums",
                quorum,
                authorization_keys=[
                    privy.AuthorizationKey(key.public_key) for key in quorum.authorization_keys
                ],
            )


def claim(world: World, line: Line) -> None:
    world.held(line.subject.identity[0], "Somebody")


REMEDIES: dict[str, Remedy] = {
    "quorum.alone": alone, "quorum.nested-undoes": undone, "quorum.one-loss": one_loss, "quorum.minority": above_half,
    "quorum.same-key": key_once, "quorum.same-person": lambda w, line: one_seat_each(w, of(w, "quorums", line)) if not of(w, "quorums", line).key_quorum_ids else undone(w, line),
    "quorum.not-a-key": real_key, "quorum.one-site": elsewhere, "quorum.site-stops": elsewhere, "quorum.same-members": own_keys,
    "key.many-quorums": own_keys,
    "group.one-holds-enough": new_people, "group.same-person": new_people, "group.all-needed": recovery, "group.no-recovery": recovery,
    "group.unavailable": valid, "group.below-two": two_of_three, "group.signing-stops": another_signing_group, "group.new-too-long": valid,
    "vault.no-main": finish_main, "holder.away": sound_holders, "holder.unconfigured": sound_holders, "holder.node-twice": new_people,
    "holder.two-groups": new_people,
    "wallet.no-owner": owner, "policy.no-owner": owned_policy, "intent.pending-long": rejected,
    "api.both-powers": two_keys, "api.ended": successor, "api.ends-soon": successor, "api.no-addresses": of_key(valid_ips=["203.0.114.7"]),
    "api.wide-addresses": of_key(valid_ips=["203.0.114.7"]), "api.callback": of_key(callback_url="https://hooks.example.com/"),
    "api.edits-keys": operator, "api.no-wallet-limit": listed, "api.no-vault-limit": listed, "api.custom-role": operator,
    "name.look-alike": rename, "name.hidden": rename, "name.twice": rename, "name.empty": rename,
    "people.unknown": claim, "people.guessed": claim,
}  # fmt: skip
#: Rules whose remedy changes nothing that an inventory has: somebody asks, collects again, or deletes an exclusion.
ELSEWHERE = {
    "quorum.unreachable", "quorum.not-shown", "quorum.unknown-member", "group.unclear", "wallet.exported", "wallet.owner-unseen", "wallet.policy-unseen",
    "policy.owner-unseen", "api.no-role",
    "exclusion.expired", "exclusion.unknown", "exclusion.unused", "key.not-proven",
}  # fmt: skip
BAD = [
    (rule, case)
    for rule in REMEDIES
    for case in CASES[rule]
    if rule in case.finds and not case.name.startswith("near:")
]


@pytest.mark.parametrize(("rule", "case"), BAD, ids=[f"{rule}: {case.name}" for rule, case in BAD])
def test_a_remedy_mends_and_causes_nothing(rule: str, case: Case) -> None:
    """Once the remedy is applied to everything that the rule found, it finds nothing, and no other rule finds more."""
    world = World()
    case.plant(world)
    before = audit(world.inventory())
    for line in before.lines:
        if line.rule.id == rule:
            REMEDIES[rule](world, line)
    after = audit(world.inventory())
    left = {line.rule.id for line in after.lines if line.severity != "good"}
    assert rule not in left
    assert left <= {line.rule.id for line in before.lines}, [str(each) for each in after.findings]


def test_every_rule_has_a_remedy_that_is_tried() -> None:
    """Each rule with cases is tried here, or its remedy is somebody's elsewhere; each says one."""
    assert set(REMEDIES) | ELSEWHERE == set(CASES)
    assert not set(REMEDIES) & ELSEWHERE

"""Worlds: what an emulator holds when it starts. Everything follows from the seed, keys too."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from msgspec.structs import replace

from toolkit.base.times import DAY_MS
from toolkit.cobo import models as cobo
from toolkit.emulator import privy_answers
from toolkit.emulator.xpub import BASE58
from toolkit.errors import InputError
from toolkit.keys import P256Key
from toolkit.privy import models as privy

if TYPE_CHECKING:
    from toolkit.emulator.world import World

LARGE = 100_000  # quorums of the large world
LARGE_VAULTS = 300
LARGE_KEYS = 200
AUTHORIZATION_KEY = "authorization key of {}"
# nodes that run already and hold no share yet
SPARE_HOLDERS = (
    "Grace Novak",
    "Hugo Brandt",
    "Ines Duarte",
    "Jon Berg",
    "Kaya Demir",
    "Lea Roux",
)


def derived(seed: int, name: str) -> str:
    """32 bytes in hex that follow from seed and name: key material for a throw-away emulator."""
    return hashlib.sha256(f"quorum-toolkit|{seed}|{name}".encode()).hexdigest()


def authorization_key(seed: int, name: str) -> P256Key:
    """A member's key, the same for the same seed and name."""
    return P256Key.from_hex(derived(seed, AUTHORIZATION_KEY.format(name)))


def fill(world: World, name: str) -> None:
    """Make the world of that name.

    Raises:
        InputError: there is no such world.
    """
    if name not in WORLDS:
        raise InputError(f"There is no world {name!r}.", hint=f"Choose {' or '.join(WORLDS)}.")
    WORLDS[name](world)


# ---- the worlds ----------------------------------------------------------------------------------


def empty(world: World) -> None:
    """One vault and the API key, which may do everything everywhere; no groups, no quorums."""
    _vault(world, "Default vault", age_days=1)
    _api_key(world, {"API_Admin": cobo.Scopes()}, created_days_ago=1)
    _organization(world)


def demo(world: World) -> None:
    """Three vaults with three groups, a key with two roles, and three quorums.

    A main group, a recovery group, and one that has no keys yet; the third vault is one that users
    control, and empty.
    """
    treasury = _vault(world, "Treasury vault", age_days=120)
    payroll = _vault(world, "Payroll vault", age_days=40)
    _demo_groups(world, treasury)
    for name in SPARE_HOLDERS:
        _node(world, name, "API")
    wallets = [world.cobo.state.uuid() for _ in range(2)]
    _organization(world)
    project_id = _demo_project(world)
    _demo_quorums(world)
    # last, so that the ids of what was here before stay as they were
    app = _vault(world, "App users", age_days=29, project_id=project_id)
    for wallet_id, name in zip(wallets, ("Operations", "Payouts"), strict=True):
        _mpc_wallet(world, wallet_id, name, treasury)
    operator = cobo.Scopes(
        wallet_types=["MPC"],
        wallet_subtypes=[],
        wallet_ids=[],
        vault_ids=[treasury, payroll, app],
    )
    spender = cobo.Scopes(
        wallet_types=["MPC"],
        wallet_subtypes=["Org-Controlled"],
        wallet_ids=wallets,
        vault_ids=[treasury],
    )
    roles = {"API_Operator": operator, "API_Spender": spender}
    _api_key(world, roles, created_days_ago=24)


def large(world: World) -> None:
    """300 vaults with three groups each, and ``world.size`` quorums of 200 keys.

    To see how things behave in bulk.
    """
    _api_key(world, {"API_Admin": cobo.Scopes()}, created_days_ago=1)
    _organization(world)
    random = world.cobo.state.random
    for number in range(1, LARGE_VAULTS + 1):
        _large_vault(world, number)
    keys = []
    for number in range(LARGE_KEYS):
        key = authorization_key(world.seed, f"bulk {number}")
        keys.append(key.public.to_base64())
    for number in range(1, world.size + 1):
        sample = random.sample(keys, 3)
        members = [privy.AuthorizationKey(key) for key in sample]
        quorum = privy.KeyQuorum(
            id=world.privy.cuid(),
            display_name=f"Quorum {number:06d}",
            authorization_threshold=2,
            authorization_keys=members,
            user_ids=[],
            key_quorum_ids=[],
        )
        world.privy.quorums[quorum.id] = quorum


WORLDS: dict[str, Callable[[World], None]] = {
    "demo": demo,
    "empty": empty,
    "large": large,
}


# ---- of the demo world ---------------------------------------------------------------------------


def _demo_groups(world: World, vault_id: str) -> None:
    """Three groups of six holders, in several states."""
    alice = _node(world, "Alice Moreau", "API")
    bob = _node(world, "Bob Tanaka", "Mobile", online=False)
    carol = _node(world, "Carol Okafor", "API")
    dana = _node(
        world,
        "Dana Lindqvist",
        "Mobile",
        online=False,
        status="NotActivated",
    )
    erin = _node(world, "Erin Walsh", "Mobile", status="Changed")
    frank = _node(world, "Frank Ito", "API", online=False)
    _group(
        world,
        vault_id,
        "MainGroup",
        (2, 3),
        [_Seat(alice, signs=True), _Seat(bob)],
        age_days=119,
        valid=True,
    )
    _group(
        world,
        vault_id,
        "RecoveryGroup",
        (2, 2),
        [_Seat(carol), _Seat(frank)],
        age_days=90,
        valid=True,
    )
    _group(
        world,
        vault_id,
        "SigningGroup",
        (2, 3),
        [_Seat(dana, signs=True), _Seat(erin)],
        age_days=2,
        valid=False,
    )


def _demo_project(world: World) -> str:
    project_id = world.cobo.state.uuid()
    world.cobo.state.projects[project_id] = cobo.MPCProject(
        project_id=project_id,
        org_id=world.cobo.organization.org_id,
        name="App wallets",
        participants=2,
        threshold=2,
        created_timestamp=_ago(world, 30),
    )
    return project_id


def _mpc_wallet(
    world: World,
    wallet_id: str,
    name: str,
    vault_id: str,
) -> None:
    world.cobo.wallets.wallets[wallet_id] = cobo.WalletInfo(
        wallet_id=wallet_id,
        wallet_type="MPC",
        wallet_subtype="Org-Controlled",
        name=name,
        org_id=world.cobo.organization.org_id,
        vault_id=vault_id,
    )


def _demo_quorums(world: World) -> None:
    """Three quorums, one nested in another, three wallets, a policy and an automation."""
    for name in ("Alice", "Bob", "Omar", "Ana"):
        world.new_authorization_key(name)
    eu_user = "did:privy:" + world.privy.cuid()
    payouts_user = "did:privy:" + world.privy.cuid()
    treasury = _quorum(
        world,
        "Treasury approvals, EU",
        2,
        ["Alice", "Bob"],
        [eu_user],
        [],
    )
    night = _quorum(
        world,
        "Night shift",
        1,
        ["Omar", "Ana"],
        [],
        [],
    )
    payouts = _quorum(
        world,
        "Payout approvals",
        2,
        ["Alice"],
        [payouts_user],
        [night],
    )
    _wallet(world, "Hot wallet", "ethereum", owner_id=payouts)
    _wallet(
        world,
        "Cold reserve",
        "ethereum",
        owner_id=treasury,
        signer_id=night,
    )
    _wallet(world, "Test wallet", "solana")
    _rules_of_the_hot_wallet(world, treasury, payouts)


def _rules_of_the_hot_wallet(world: World, treasury: str, payouts: str) -> None:
    """A policy that one quorum owns and an automation that another one does act on one wallet."""
    policy = privy.Policy(
        id=world.privy.cuid(),
        name="Payouts up to 5 ETH",
        chain_type="ethereum",
        created_at=_ago(world, 50),
        owner_id=treasury,
        rules=[
            privy.PolicyRule(
                id=world.privy.cuid(),
                name="Up to 5 ETH",
                method="eth_sendTransaction",
                action="ALLOW",
                conditions=[
                    {
                        "field_source": "ethereum_transaction",
                        "field": "value",
                        "operator": "lte",
                        "value": "5000000000000000000",
                    }
                ],
            )
        ],
    )
    made = f"{datetime.fromtimestamp(_ago(world, 40) // 1000, UTC):%Y-%m-%dT%H:%M:%S.000Z}"
    automation = privy.WalletAutomation(
        id=world.privy.cuid(),
        app_id=world.privy.app_id,
        name="Deposits earn",
        owner_id=payouts,
        status="enabled",
        created_at=made,
        updated_at=made,
        config={
            "trigger": {"type": "deposit", "assets": {"mode": "all"}},
            "action": {"type": "earn_deposit", "vault_id": world.privy.cuid()},
        },
    )
    world.privy.policies[policy.id] = policy
    world.privy.automations[automation.id] = automation
    hot = next(iter(world.privy.wallets.values()))
    world.privy.wallets[hot.id] = replace(
        hot,
        policy_ids=[policy.id],
        automations=[privy.AttachedWalletAutomation(id=automation.id, enabled=True)],
    )


# ---- of the large world --------------------------------------------------------------------------


def _large_vault(world: World, number: int) -> None:
    vault_id = _vault(world, f"Vault {number:03d}", age_days=number)
    for kind, scheme in (
        ("MainGroup", (2, 3)),
        ("SigningGroup", (2, 3)),
        ("RecoveryGroup", (2, 2)),
    ):
        first = _node(world, "Holder 0", "API")
        second = _node(world, "Holder 1", "API")
        _group(
            world,
            vault_id,
            kind,
            scheme,
            [_Seat(first, signs=True), _Seat(second)],
            age_days=1,
            valid=kind == "MainGroup",
        )


# ---- what they are made of -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Seat:
    """A holder in a group, and whether it signs day to day."""

    holder: cobo.KeyShareHolder
    signs: bool = False


def _quorum(
    world: World,
    name: str,
    threshold: int,
    members: list[str],
    user_ids: list[str],
    nested: list[str],
) -> str:
    """A quorum of keys that have names; its id."""
    keys = []
    for member in members:
        public = world.authorization_keys[member].public
        keys.append(privy.AuthorizationKey(public.to_base64()))
    quorum = privy.KeyQuorum(
        id=world.privy.cuid(),
        display_name=name,
        authorization_threshold=threshold,
        authorization_keys=keys,
        user_ids=user_ids,
        key_quorum_ids=nested,
    )
    world.privy.quorums[quorum.id] = quorum
    return quorum.id


def _wallet(
    world: World,
    name: str,
    chain_type: str,
    owner_id: str | None = None,
    signer_id: str | None = None,
) -> None:
    signers = []
    if signer_id is not None:
        signers.append(privy.AdditionalSigner(signer_id=signer_id))
    wallet = privy_answers.Wallet(
        id=world.privy.cuid(),
        address=world.privy.address(chain_type),
        chain_type=chain_type,
        created_at=_ago(world, 60),
        owner_id=owner_id,
        additional_signers=signers,
        display_name=name,
    )
    world.privy.wallets[wallet.id] = wallet


def _organization(world: World) -> None:
    world.cobo.organization = cobo.OrgInfo(
        org_id=world.cobo.state.uuid(),
        biz_org_id=1001,
        name="Example Custody",
        created_timestamp=_ago(world, 400),
    )


def _vault(
    world: World,
    name: str,
    age_days: int,
    project_id: str | None = None,
) -> str:
    """A vault of the organisation; with a project, one that users control."""
    vault_id = world.cobo.state.uuid()
    world.cobo.state.vaults[vault_id] = cobo.MPCVault(
        vault_id=vault_id,
        project_id=project_id,
        name=name,
        type="User-Controlled" if project_id else "Org-Controlled",
        root_pubkeys=[],
        created_timestamp=_ago(world, age_days),
    )
    return vault_id


def _node(
    world: World,
    name: str,
    kind: str,
    online: bool = True,
    status: str = "Valid",
) -> cobo.KeyShareHolder:
    random = world.cobo.state.random
    # 45 digits of Base58 that do not begin with 1 are 33 bytes: the shape of Cobo's ids
    digits = random.choice(BASE58[1:]) + "".join(random.choices(BASE58, k=44))
    node = f"cobo{digits}"
    account = None
    if kind == "Mobile":
        account = f"auth0|cobo|{random.randrange(10**17, 10**18)}"
    holder = cobo.KeyShareHolder(
        name=name,
        type=kind,
        tss_node_id=node,
        online=online,
        status=status,
        account_id=account,
    )
    world.cobo.state.nodes[node] = holder
    return holder


def _group(
    world: World,
    vault_id: str,
    kind: str,
    scheme: tuple[int, int],
    seats: list[_Seat],
    *,
    age_days: int,
    valid: bool,
) -> None:
    """A group of that scheme (k of n); ``valid``: it has its keys already."""
    state = world.cobo.state
    threshold, participants = scheme
    group_id = state.uuid()
    holders = []
    for seat in seats:
        holders.append(replace(seat.holder, signer=seat.signs))
    if kind in cobo.WITH_COBO:
        holders.insert(0, state.own_holder())
    group = cobo.KeyShareHolderGroup(
        key_share_holder_group_id=group_id,
        type=kind,
        tss_key_share_groups=[],
        key_share_holders=holders,
        participants=participants,
        threshold=threshold,
        status="New",
        created_timestamp=_ago(world, age_days),
    )
    state.groups_of(vault_id)[group_id] = group
    if valid:
        state.make_keys(vault_id, group_id, state.random)


def _api_key(
    world: World,
    roles: dict[str, cobo.Scopes],
    created_days_ago: int,
) -> None:
    created_ms = _ago(world, created_days_ago)
    scopes = []
    for name, reach in roles.items():
        scopes.append(cobo.RoleScope(role_name=name, scopes=reach))
    info = cobo.ApiKeyInfo(
        name="treasury-bot",
        curve_type="ED25519",
        key=world.api_key.public.to_hex(),
        created_timestamp=created_ms,
        updated_timestamp=created_ms,
        callback_url="https://hooks.example.com/cobo",
        expired_timestamp=created_ms + 30 * DAY_MS,  # temporary: 30 days, no address list
        role_scopes=scopes,
    )
    world.cobo.keys[info.key] = info


def _ago(world: World, days: int) -> int:
    return world.clock.now_ms() - days * DAY_MS

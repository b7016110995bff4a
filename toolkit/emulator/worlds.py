"""Worlds: what an emulator holds when it starts. Everything follows from the seed, keys included."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from toolkit.cobo import models as cobo
from toolkit.emulator.xpub import BASE58
from toolkit.errors import InputError
from toolkit.keys import P256Key
from toolkit.privy import models as privy

if TYPE_CHECKING:
    from toolkit.emulator import Emulator

DAY_MS = 86_400_000
LARGE = 100_000  # quorums of the large world
AUTHORIZATION_KEY = "authorization key of {}"


def derived(seed: int, name: str) -> str:
    """32 bytes in hex that follow from seed and name: key material for a throw-away emulator."""
    return hashlib.sha256(f"quorum-toolkit|{seed}|{name}".encode()).hexdigest()


def fill(emulator: Emulator, world: str) -> None:
    """Make the world.

    Raises:
        InputError: there is no such world.
    """
    if world not in WORLDS:
        raise InputError(f"There is no world {world!r}.", hint=f"Choose {' or '.join(WORLDS)}.")
    WORLDS[world](emulator)


def empty(emulator: Emulator) -> None:
    """One vault and the API key, which may do everything everywhere; no groups, no quorums."""
    _vault(emulator, "Default vault", age_days=1)
    _api_key(emulator, [("API_Admin", cobo.Scopes())], created_days_ago=1)
    _organization(emulator)


def demo(emulator: Emulator) -> None:
    """Two vaults; a main group, a recovery group and one that has no keys yet; a key with two roles; three quorums."""
    treasury = _vault(emulator, "Treasury vault", age_days=120)
    payroll = _vault(emulator, "Payroll vault", age_days=40)
    alice, bob, carol, dana, erin, frank = (
        _node(emulator, name, kind, **state)
        for name, kind, state in (
            ("Alice Moreau", "API", {}),
            ("Bob Tanaka", "Mobile", {"online": False}),
            ("Carol Okafor", "API", {}),
            ("Dana Lindqvist", "Mobile", {"online": False, "status": "NotActivated"}),
            ("Erin Walsh", "Mobile", {"status": "Changed"}),
            ("Frank Ito", "API", {"online": False}),
        )
    )
    _group(
        emulator,
        treasury,
        "MainGroup",
        (2, 3),
        [(alice, True), (bob, False)],
        age_days=119,
        valid=True,
    )
    _group(
        emulator,
        treasury,
        "RecoveryGroup",
        (2, 2),
        [(carol, False), (frank, False)],
        age_days=90,
        valid=True,
    )
    _group(
        emulator,
        treasury,
        "SigningGroup",
        (2, 3),
        [(dana, True), (erin, False)],
        age_days=2,
        valid=False,
    )
    for name in (
        "Grace Novak",
        "Hugo Brandt",
        "Ines Duarte",
        "Jon Berg",
        "Kaya Demir",
        "Lea Roux",
    ):  # nodes that run already and hold no share yet
        _node(emulator, name, "API")
    wallets = [emulator.cobo.state.uuid(), emulator.cobo.state.uuid()]
    operator = cobo.Scopes(
        wallet_types=["MPC"], wallet_subtypes=[], wallet_ids=[], vault_ids=[treasury, payroll]
    )
    spender = cobo.Scopes(
        wallet_types=["MPC"],
        wallet_subtypes=["Org-Controlled"],
        wallet_ids=wallets,
        vault_ids=[treasury],
    )
    _api_key(emulator, [("API_Operator", operator), ("API_Spender", spender)], created_days_ago=24)
    _organization(emulator)
    project = cobo.MPCProject(
        project_id=emulator.cobo.state.uuid(),
        org_id=emulator.cobo.organization.org_id,
        name="App wallets",
        participants=2,
        threshold=2,
        created_timestamp=_ago(emulator, 30),
    )
    emulator.cobo.state.projects[project.project_id or ""] = project
    _quorums(emulator)


def large(emulator: Emulator) -> None:
    """300 vaults with three groups each, and ``emulator.size`` quorums of 200 keys: to see how things behave in bulk."""
    _api_key(emulator, [("API_Admin", cobo.Scopes())], created_days_ago=1)
    _organization(emulator)
    random = emulator.cobo.state.random
    for number in range(300):
        vault = _vault(emulator, f"Vault {number + 1:03d}", age_days=number + 1)
        for kind, scheme in (
            ("MainGroup", (2, 3)),
            ("SigningGroup", (2, 3)),
            ("RecoveryGroup", (2, 2)),
        ):
            seats = [_node(emulator, f"Holder {n}", "API") for n in range(2)]
            _group(
                emulator,
                vault,
                kind,
                scheme,
                [(seats[0], True), (seats[1], False)],
                age_days=1,
                valid=kind == "MainGroup",
            )
    keys = [
        authorization_key(emulator.seed, f"bulk {number}").public.to_base64()
        for number in range(200)
    ]
    for number in range(emulator.size):
        members = [privy.AuthorizationKey(key) for key in random.sample(keys, 3)]
        quorum = privy.KeyQuorum(
            id=emulator.privy.cuid(),
            display_name=f"Quorum {number + 1:06d}",
            authorization_threshold=2,
            authorization_keys=members,
            user_ids=[],
            key_quorum_ids=[],
        )
        emulator.privy.quorums[quorum.id] = quorum


WORLDS: dict[str, Callable[[Emulator], None]] = {"demo": demo, "empty": empty, "large": large}


def _quorums(emulator: Emulator) -> None:
    keys = {name: emulator.new_authorization_key(name) for name in ("Alice", "Bob", "Omar", "Ana")}
    users = ["did:privy:" + emulator.privy.cuid() for _ in range(2)]

    def made(name: str, k: int, members: list[str], user_ids: list[str], nested: list[str]) -> str:
        quorum = privy.KeyQuorum(
            id=emulator.privy.cuid(),
            display_name=name,
            authorization_threshold=k,
            authorization_keys=[
                privy.AuthorizationKey(keys[member].public.to_base64()) for member in members
            ],
            user_ids=user_ids,
            key_quorum_ids=nested,
        )
        emulator.privy.quorums[quorum.id] = quorum
        return quorum.id

    treasury = made("Treasury approvals, EU", 2, ["Alice", "Bob"], users[:1], [])
    night = made("Night shift", 1, ["Omar", "Ana"], [], [])
    payouts = made("Payout approvals", 2, ["Alice"], users[1:], [night])
    for name, chain, owner, signer in (
        ("Hot wallet", "ethereum", payouts, None),
        ("Cold reserve", "ethereum", treasury, night),
        ("Test wallet", "solana", None, None),
    ):
        wallet = privy.Wallet(
            id=emulator.privy.cuid(),
            address=emulator.privy.address(chain),
            chain_type=chain,
            created_at=_ago(emulator, 60),
            owner_id=owner,
            additional_signers=[privy.AdditionalSigner(signer_id=signer)] if signer else [],
            display_name=name,
        )
        emulator.privy.wallets[wallet.id] = wallet


def _organization(emulator: Emulator) -> None:
    emulator.cobo.organization = cobo.OrgInfo(
        org_id=emulator.cobo.state.uuid(),
        biz_org_id=1001,
        name="Example Custody",
        created_timestamp=_ago(emulator, 400),
    )


def _vault(emulator: Emulator, name: str, age_days: int) -> str:
    vault_id = emulator.cobo.state.uuid()
    emulator.cobo.state.vaults[vault_id] = cobo.MPCVault(
        vault_id=vault_id,
        name=name,
        type="Org-Controlled",
        root_pubkeys=[],
        created_timestamp=_ago(emulator, age_days),
    )
    return vault_id


def _node(
    emulator: Emulator, name: str, kind: str, online: bool = True, status: str = "Valid"
) -> cobo.KeyShareHolder:
    random = emulator.cobo.state.random
    node = "cobo" + "".join(random.choices(BASE58, k=46))
    account = f"auth0|cobo|{random.randrange(10**17, 10**18)}" if kind == "Mobile" else None
    holder = cobo.KeyShareHolder(
        name=name, type=kind, tss_node_id=node, online=online, status=status, account_id=account
    )
    emulator.cobo.state.nodes[node] = holder
    return holder


def _group(
    emulator: Emulator,
    vault_id: str,
    kind: str,
    scheme: tuple[int, int],
    holders: list[tuple[cobo.KeyShareHolder, bool]],
    *,
    age_days: int,
    valid: bool,
) -> None:
    state = emulator.cobo.state
    seats = [msgspec.structs.replace(holder, signer=signer) for holder, signer in holders]
    group = cobo.KeyShareHolderGroup(
        key_share_holder_group_id=state.uuid(),
        type=kind,
        tss_key_share_groups=[],
        key_share_holders=[state.own_holder(), *seats] if kind in cobo.WITH_COBO else seats,
        participants=scheme[1],
        threshold=scheme[0],
        status="New",
        created_timestamp=_ago(emulator, age_days),
    )
    group_id = group.key_share_holder_group_id or ""
    state.groups.setdefault(vault_id, {})[group_id] = group
    if valid:
        state.make_keys(vault_id, group_id, state.random)


def _api_key(
    emulator: Emulator, roles: list[tuple[str, cobo.Scopes]], created_days_ago: int
) -> None:
    created = _ago(emulator, created_days_ago)
    info = cobo.ApiKeyInfo(
        name="treasury-bot",
        curve_type="ED25519",
        key=emulator.api_key.public.to_hex(),
        created_timestamp=created,
        updated_timestamp=created,
        callback_url="https://hooks.example.com/cobo",
        expired_timestamp=created + 30 * DAY_MS,  # temporary: 30 days, no address list
        role_scopes=[cobo.RoleScope(role_name=name, scopes=scopes) for name, scopes in roles],
    )
    emulator.cobo.keys[info.key] = info


def _ago(emulator: Emulator, days: int) -> int:
    return emulator.clock.now_ms() - days * DAY_MS


def authorization_key(seed: int, name: str) -> P256Key:
    """A member's key, the same for the same seed and name."""
    return P256Key.from_hex(derived(seed, AUTHORIZATION_KEY.format(name)))

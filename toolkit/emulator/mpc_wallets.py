"""Projects and MPC wallets of the emulated Cobo: what a vault belongs to, and what it carries."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

from msgspec.structs import replace

from toolkit.cobo import models
from toolkit.emulator.core import LedgerLine, Received, Refusal
from toolkit.emulator.reading import (
    body_of,
    invalid,
    one_of,
    optional,
    page,
    query_of,
    required,
)
from toolkit.emulator.store import Index, Store
from toolkit.emulator.vaults import Vaults

# Source: Cobo's page on error codes, 2101 to 2103
WALLET_NAME_LIMIT = 100
NOT_IN_A_NAME = "+-=@"
FILTERS = ("wallet_type", "wallet_subtype", "project_id", "vault_id")
ANY = ""  # where a list is not filtered
TOO_LONG, NOT_ALLOWED, TAKEN = 2101, 2102, 2103


class MpcWallets:
    """State and operations. Handlers are named after the operations."""

    def __init__(self, vaults: Vaults, organization: Callable[[], models.OrgInfo]) -> None:
        self.vaults = vaults
        self.choices = vaults.choices
        self.organization = organization
        self.wallets: Store[models.WalletInfo] = Store(
            listed=Index(_listed_by),
            name=Index(lambda wallet: (wallet.name,)),
        )

    # ---- projects ----

    def create_mpc_project(
        self,
        received: Received,
        line: LedgerLine,
    ) -> models.MPCProject:
        """The new project."""
        body = body_of(received, self.choices)
        self.vaults.known(body, ("name", "participants", "threshold"), "")
        name = _name(required(body, "name", str))
        participants = required(body, "participants", int)
        threshold = required(body, "threshold", int)
        if (threshold, participants) not in models.SCHEMES:
            raise invalid(f"threshold {threshold} of participants {participants} is not supported")
        project_id = self.vaults.uuid()
        project = models.MPCProject(
            project_id=project_id,
            org_id=self.organization().org_id,
            name=name,
            participants=participants,
            threshold=threshold,
            created_timestamp=self.vaults.clock.now_ms(),
        )
        self.vaults.projects[project_id] = project
        line.made = project_id
        return project

    def update_mpc_project_by_id(
        self,
        received: Received,
        line: LedgerLine,
        project_id: str,
    ) -> models.MPCProject:
        """The project by its new name."""
        project = self.vaults.get_mpc_project_by_id(received, line, project_id)
        body = body_of(received, self.choices)
        self.vaults.known(body, ("name",), "")
        name = _name(required(body, "name", str))
        self.vaults.projects[project_id] = replace(project, name=name)
        return self.vaults.projects[project_id]

    # ---- wallets ----

    def create_wallet(
        self,
        received: Received,
        line: LedgerLine,
    ) -> models.WalletInfo:
        """The new wallet, in a vault whose main group has keys."""
        body = body_of(received, self.choices)
        fields = ("name", "wallet_type", "wallet_subtype", "vault_id", "enable_auto_sweep")
        self.vaults.known(body, fields, "")
        name = _name(required(body, "name", str))
        if one_of(body, "wallet_type", models.WALLET_TYPES) != "MPC":
            raise invalid("wallet_type: this emulator has MPC wallets only")
        subtype = one_of(body, "wallet_subtype", models.WALLET_SUBTYPES)
        sweeps = optional(body, "enable_auto_sweep", bool)
        vault = self.vaults.vault(required(body, "vault_id", str))
        if subtype != vault.type:
            raise invalid(f"wallet_subtype {subtype!r} in a vault that is {vault.type}")
        if not self._has_keys(vault.vault_id or ""):
            raise invalid("vault_id: the vault's main group has no key shares yet")
        self._judge_wallet_name(name)
        wallet_id = self.vaults.uuid()
        self.wallets[wallet_id] = models.WalletInfo(
            wallet_id=wallet_id,
            wallet_type="MPC",
            wallet_subtype=subtype,
            name=name,
            org_id=self.organization().org_id,
            enable_auto_sweep=sweeps,
            vault_id=vault.vault_id,
            project_id=vault.project_id,
        )
        line.made = wallet_id
        return self._shown(self.wallets[wallet_id])

    def list_wallets(
        self,
        received: Received,
        line: LedgerLine,
    ) -> models.Page[models.WalletInfo]:
        """One page of the wallets that fit every filter."""
        query = query_of(received)
        _judge_word(query, "wallet_type", models.WALLET_TYPES)
        _judge_word(query, "wallet_subtype", models.WALLET_SUBTYPES)
        filters = tuple(query.get(name, ANY) for name in FILTERS)
        listing = self.wallets.select({"listed": [filters]})
        wallets = page(listing, query, _wallet_id, self.choices)
        return replace(wallets, data=[self._shown(wallet) for wallet in wallets.data])

    def _has_keys(self, vault_id: str) -> bool:
        """Source: Cobo's OpenAPI file, the note on *Create key share holder group*."""
        return bool(self.vaults.working_main_groups(vault_id))

    def _judge_wallet_name(self, name: str) -> None:
        if len(name) > WALLET_NAME_LIMIT:
            raise Refusal(
                400, f"The wallet name may have {WALLET_NAME_LIMIT} characters.", TOO_LONG
            )
        if set(name) & set(NOT_IN_A_NAME):
            raise Refusal(400, "The wallet name contains invalid characters.", NOT_ALLOWED)
        if self.wallets.has("name", name):
            raise Refusal(400, f"A wallet with the name {name!r} already exists.", TAKEN)

    def _shown(self, wallet: models.WalletInfo) -> models.WalletInfo:
        """With the names that vault and project have by now."""
        vault = self.vaults.vaults[wallet.vault_id or ""]
        project = self.vaults.projects.get(vault.project_id or "")
        return replace(
            wallet,
            vault_name=vault.name,
            project_name=project.name if project else None,
        )


def _name(name: str) -> str:
    if not name.strip():
        raise invalid("name is empty")
    return name


def _judge_word(query: dict[str, str], name: str, words: tuple[str, ...]) -> None:
    if name in query and query[name] not in words:
        raise invalid(f"{name} {query[name]!r}")


def _listed_by(wallet: models.WalletInfo) -> tuple[tuple[str, ...], ...]:
    """What the filters of a list that shows it may be: each its own value, or any.

    So a page costs the same with all of them; what differs by wallet is its name alone.
    """
    own = [getattr(wallet, name) for name in FILTERS]
    return tuple(product(*[(ANY, value) if value else (ANY,) for value in own]))


def _wallet_id(wallet: models.WalletInfo) -> str:
    return wallet.wallet_id

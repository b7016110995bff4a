"""The inventory: what was seen of both vendors at one moment, and what was not.

It is models and nothing else: what they mean is asked of ``powers``, tables are made of ``frame``,
``store`` writes it into a folder.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from toolkit.base.card import Card, Carded, Count
from toolkit.base.times import day
from toolkit.cobo import frames as cobo_frames
from toolkit.cobo import models as cobo
from toolkit.errors import InputError
from toolkit.inventory.margins import (
    Holdings,
    Margin,
    Standing,
    by_person,
    holdings_of,
    margins_of,
    standings_of,
)
from toolkit.inventory.people import People
from toolkit.inventory.powers import (
    Ability,
    Can,
    Power,
    Seat,
    Who,
    abilities_of,
    over_vaults,
    powers_of,
    seats_of,
)
from toolkit.inventory.powers import can as _can
from toolkit.inventory.powers import who_can as _who_can
from toolkit.privy import frames as privy_frames
from toolkit.privy import models as privy
from toolkit.privy.intents import Intent
from toolkit.tables import Column, Table

if TYPE_CHECKING:
    import pandas as pd

SERVICES = ("cobo", "privy")


@dataclass(frozen=True, slots=True)
class Origin:
    """Through whom it was seen: one client. ``identity`` is the API key's public half, or the app
    id; ``verified`` whether every answer carried a valid signature (None: this service signs none).
    """

    service: str
    environment: str
    base_url: str
    identity: str
    verified: bool | None = None


#: Lists that belong to a plan of the vendor's that not every customer has, and what is said of it.
OF_A_PLAN = {"intents": "Intents belong to Privy’s Enterprise plan; other apps may have none."}


@dataclass(frozen=True, slots=True)
class Unseen:
    """What could not be read, or cannot be: a row, never a gap.

    ``what`` names it (``groups of vault …``), ``why`` is a sentence, ``cause`` the error's own word
    for it (empty where the service has no such question). ``kind``: the list that lacks something
    (``groups``), empty where it was not kept; ``about``: the id that was asked for, or that the
    missing things stand in; ``identity``: through whom.
    """

    service: str
    environment: str
    what: str
    why: str
    cause: str = ""
    about: str = ""
    kind: str = ""
    identity: str = ""

    @property
    def is_worrying(self) -> bool:
        """Whether something may be there that most customers can read, and was not read."""
        return bool(self.cause) and self.kind not in OF_A_PLAN


@dataclass(frozen=True, slots=True)
class Ordered:
    """A change of ours, from the journal: what links a change that is seen to whoever ordered it.

    Times are Unix ms. ``state`` as in the journal; ``made`` is the id of what it made.
    """

    number: int
    service: str
    environment: str
    base_url: str
    identity: str
    operation: str
    arguments: Mapping[str, str]
    state: str
    begun_ms: int
    settled_ms: int | None = None
    made: str | None = None
    body: str | None = None


@dataclass(frozen=True, repr=False)
class Inventory(Carded):
    """What was seen from ``began_ms`` to ``at_ms`` (Unix ms), through ``origins``.

    Groups, holders and TSS requests name their vault (``vault_id``). What two clients see of one
    organisation stands here once. ``cobo_nodes`` are the nodes of Cobo's own shares. Each model
    remembers its own provenance.

    >>> from toolkit import Emulator, collect
    >>> emulator = Emulator.seeded()
    >>> inventory = collect(emulator.cobo_client(), emulator.privy_client())
    >>> sorted(quorum.display_name for quorum in inventory.quorums)
    ['Night shift', 'Payout approvals', 'Treasury approvals, EU']
    >>> [who.power.kind for who in inventory.who_can("Night shift")]
    ['approves']
    """

    at_ms: int
    began_ms: int
    origins: tuple[Origin, ...] = ()
    organizations: tuple[cobo.OrgInfo, ...] = ()
    api_keys: tuple[cobo.ApiKeyInfo, ...] = ()
    projects: tuple[cobo.MPCProject, ...] = ()
    vaults: tuple[cobo.MPCVault, ...] = ()
    groups: tuple[cobo.KeyShareHolderGroup, ...] = ()
    tss_requests: tuple[cobo.TSSRequest, ...] = ()
    cobo_holders: tuple[cobo.KeyShareHolder, ...] = ()
    cobo_wallets: tuple[cobo.WalletInfo, ...] = ()
    quorums: tuple[privy.KeyQuorum, ...] = ()
    wallets: tuple[privy.Wallet, ...] = ()
    policies: tuple[privy.Policy, ...] = ()
    intents: tuple[Intent, ...] = ()
    ordered: tuple[Ordered, ...] = ()
    unseen: tuple[Unseen, ...] = ()
    #: by the id of a thing: the identity of the client that saw it first
    seen_by: Mapping[str, str] = field(default_factory=dict)
    people: People = field(default_factory=People)

    # ---- what it means ----

    @cached_property
    def powers(self) -> tuple[Power, ...]:
        """Everything that somebody can do once enough take part, one power each."""
        return powers_of(self)

    @cached_property
    def quorums_by_id(self) -> Mapping[str, privy.KeyQuorum]:
        """The key quorums by id."""
        return {quorum.id: quorum for quorum in self.quorums}

    @cached_property
    def unknown_powers(self) -> tuple[Power, ...]:
        """The powers of which nobody can say who has them."""
        return tuple(power for power in self.powers if power.quorum is None)

    @cached_property
    def powers_over_vaults(self) -> Mapping[str, tuple[Power, ...]]:
        """The powers of Cobo's groups, by vault."""
        return over_vaults(self)

    @cached_property
    def seats(self) -> Mapping[str, Seat]:
        """Everything that a person can hold, by id: nodes, keys, users, API keys, app secrets."""
        return seats_of(self)

    @cached_property
    def standings(self) -> tuple[Standing, ...]:
        """Every power that is known, by who holds its seats."""
        return standings_of(self)

    @cached_property
    def places_of_people(self) -> Mapping[str, Sequence[int]]:
        """Of each person, the places in ``standings`` in which they have a seat."""
        return by_person(self)

    @cached_property
    def margins(self) -> tuple[Margin, ...]:
        """What every power bears to lose, the worst first."""
        return margins_of(self)

    @cached_property
    def holdings(self) -> Holdings:
        """Who holds power over what."""
        return holdings_of(self)

    def with_people(self, people: People) -> Inventory:
        """The same, with this knowledge of who holds which seat."""
        return replace(self, people=people)

    def who_can(self, thing: object) -> tuple[Who, ...]:
        """Who can do what with a thing: for each power over it, all smallest coalitions of people.

        Args:
            thing: a vault, group, quorum or wallet of either service, by model, by id or by its
                name. Over a wallet at Cobo it is the groups of its vault.

        Raises:
            InputError: nothing of that id or name was seen, or several things have that name.
        """
        return _who_can(self, thing)

    def what_can(self, people: Collection[str]) -> tuple[Ability, ...]:
        """Every power that these people, or seats, have a part in, and whether they are enough.

        Raises:
            InputError: nobody of that name is known, and no such seat was seen.
        """
        return abilities_of(self, people)

    def can(self, people: Collection[str], thing: object) -> Can:
        """Whether these people together are enough for anything over a thing; true if so.

        The answer says for which power: signing day to day is not holding enough shares.

        Raises:
            InputError: as ``who_can`` and ``what_can``.
        """
        return _can(self, people, thing)

    # ---- tables, files ----

    def frame(self, name: str) -> pd.DataFrame:
        """One of its tables: ``vaults``, ``groups``, ``holders``, ``tss_requests``,
        ``cobo_wallets``, ``api_keys``, ``role_scopes``, ``quorums``, ``quorum_members``,
        ``wallets``, ``policies``, ``policy_rules``, ``intents``, ``origins``, ``unseen``.

        Raises:
            InputError: another name.
        """
        make = FRAMES.get(name)
        if make is None:
            raise InputError(
                f"{name!r} is no table of an inventory.", hint=f"It has {', '.join(FRAMES)}."
            )
        frame = make(self)
        if frame.empty:  # no model says where it is from
            frame.attrs["environment"] = ", ".join(self.environments) or "unknown"
        return frame

    def save(self, folder: str | Path) -> Path:
        """Write it into one folder. See ``toolkit.inventory.store``."""
        from toolkit.inventory.store import save

        return save(self, folder)

    def save_dataset(self, folder: str | Path, *, size: int = 50_000) -> Path:
        """Write it as a Parquet dataset in partitions of ``size`` quorums: what
        ``toolkit.audit_dataset`` reads. See ``toolkit.inventory.partitions``.

        Raises:
            InputError: the folder cannot be written, is not empty, or pyarrow is not installed.
        """
        from toolkit.inventory.partitions import partition

        return partition(self, folder, size=size).folder

    @classmethod
    def load(cls, folder: str | Path) -> Inventory:
        """Read a folder that ``save`` wrote, of this or an earlier version of the format.

        Raises:
            InputError: no such folder, a file that is not as its sum says, or a newer format.

        >>> from tempfile import mkdtemp
        >>> from toolkit import Emulator, Inventory, collect
        >>> folder = collect(Emulator.seeded().privy_client()).save(mkdtemp())
        >>> len(Inventory.load(folder).wallets)
        3
        """
        from toolkit.inventory.store import load

        return load(folder)

    # ---- looks ----

    @property
    def environments(self) -> tuple[str, ...]:
        """Where it was seen, each environment once."""
        return tuple(dict.fromkeys(origin.environment for origin in self.origins))

    def _card(self) -> Card:
        counts = [(name, Count(len(getattr(self, name)))) for name in COUNTED]
        return Card(
            "Inventory",
            [(name, count) for name, count in counts if count.number],
            environment=", ".join(self.environments),
            foot=f"Seen on {day(self.at_ms)}; {len(self.unseen)} not seen.",
        )


COUNTED = (
    "vaults",
    "groups",
    "cobo_wallets",
    "quorums",
    "wallets",
    "policies",
    "intents",
    "api_keys",
    "tss_requests",
    "unseen",
)
UNSEEN = Table(
    (
        Column("service", "word", SERVICES, of=lambda row: row.service),
        Column("environment", of=lambda row: row.environment),
        Column("what", of=lambda row: row.what),
        Column("why", of=lambda row: row.why),
        Column("cause", of=lambda row: row.cause),
        Column("about", "id", of=lambda row: row.about),
    )
)
ORIGINS = Table(
    (
        Column("service", "word", SERVICES, of=lambda row: row.service),
        Column("environment", of=lambda row: row.environment),
        Column("verified", "flag", of=lambda row: row.verified),
        Column("base_url", of=lambda row: row.base_url),
        Column("identity", "id", of=lambda row: row.identity),
    )
)
FRAMES: Mapping[str, Callable[[Inventory], pd.DataFrame]] = {
    "vaults": lambda inventory: cobo_frames.vaults(list(inventory.vaults)),
    "groups": lambda inventory: cobo_frames.groups(list(inventory.groups)),
    "holders": lambda inventory: cobo_frames.holders(list(inventory.groups)),
    "tss_requests": lambda inventory: cobo_frames.tss_requests(list(inventory.tss_requests)),
    "cobo_wallets": lambda inventory: cobo_frames.cobo_wallets(list(inventory.cobo_wallets)),
    "api_keys": lambda inventory: cobo_frames.api_key(list(inventory.api_keys)),
    "role_scopes": lambda inventory: cobo_frames.role_scopes(list(inventory.api_keys)),
    "quorums": lambda inventory: privy_frames.key_quorums(list(inventory.quorums)),
    "quorum_members": lambda inventory: privy_frames.quorum_members(list(inventory.quorums)),
    "wallets": lambda inventory: privy_frames.wallets(list(inventory.wallets)),
    "policies": lambda inventory: privy_frames.policies(list(inventory.policies)),
    "policy_rules": lambda inventory: privy_frames.policy_rules(list(inventory.policies)),
    "intents": lambda inventory: privy_frames.intents(list(inventory.intents)),
    "origins": lambda inventory: ORIGINS.frame(inventory.origins, list(_models(inventory))),
    "unseen": lambda inventory: UNSEEN.frame(inventory.unseen, list(_models(inventory))),
}


def _models(inventory: Inventory) -> Iterable[Any]:
    for name in ("vaults", "groups", "cobo_wallets", "quorums", "wallets", "api_keys"):
        yield from getattr(inventory, name)

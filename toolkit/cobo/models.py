"""Cobo WaaS 2.0 models, with the vendor's names. Timestamps are Unix milliseconds.

Server enums are ``str``: a value that Cobo adds tomorrow must not break today's table. The words
known today stand in the tuples below. What Cobo's specification calls optional may be absent: it is
None here.

Source: Cobo's OpenAPI file, ``dev_openapi.yaml`` v1.42.0.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from toolkit.base.validate import text, texts, whole_number
from toolkit.errors import InputError
from toolkit.request.exchange import Answer, Listing
from toolkit.request.model import Model

VAULT_TYPES = ("Org-Controlled", "User-Controlled")
WALLET_TYPES = ("Custodial", "MPC", "Exchange")
WALLET_SUBTYPES = ("Asset", "Web3", "Org-Controlled", "User-Controlled", "Main", "Sub")
GROUP_TYPES = ("MainGroup", "SigningGroup", "RecoveryGroup")
GROUP_STATUSES = ("New", "Valid", "Unavailable")
HOLDER_TYPES = ("Cobo", "Mobile", "API")
HOLDER_STATUSES = ("Valid", "NotConfigured", "NotActivated", "Changed")
TSS_REQUEST_TYPES = ("KeyGen", "KeyGenFromKeyGroup", "Recovery")
TSS_REQUEST_STATUSES = (
    "PendingKeyHolderConfirmation",
    "KeyHolderConfirmationFailed",
    "KeyGenerating",
    "MPCProcessing",
    "KeyGeneratingFailed",
    "Success",
)
OPEN_TSS_STATUSES = ("PendingKeyHolderConfirmation", "MPCProcessing", "KeyGenerating")
UPDATE_GROUP_ACTIONS = ("UpgradeToMainGroup",)
MAIN_GROUP_HANDLINGS = ("Invalidate", "ConvertToSigningGroup")
CURVE_TYPES = ("SECP256K1", "ED25519")
SCOPE_DIMENSIONS = ("wallet_types", "wallet_subtypes", "wallet_ids", "vault_ids", "project_ids")
SCHEMES = ((2, 2), (2, 3), (3, 3))  # (threshold, participants), SPEC
WITH_COBO = ("MainGroup", "SigningGroup")  # Cobo adds a holder of its own to these, SPEC

# Who may do what: Cobo's table of preset roles (manual, roles and permissions). It describes people
# in the Portal; that API roles equal it is inferred. Of the names that API roles have, Cobo's pages
# write two: API_Spender and API_Viewer.
ROLE_CHANGES = {
    "viewer": (),
    "spender": (
        "wallet:create_address", "transaction:withdraw", "transaction:contract_call",
        "transaction:message_sign", "transaction:manage", "transaction:estimate_fee",
    ),
    "approver": (),
    "staker": ("transaction:stake", "transaction:unstake"),
    "operator": (
        "mpc_vault:*", "mpc_project:*", "mpc_key_group:*", "wallet:create", "wallet:update",
        "wallet:delete", "wallet:create_address", "transaction_policy:*", "callback:resend",
        "webhook:resend",
    ),
    "complianceofficer": (),
    "manager": (
        "mpc_vault:*", "mpc_project:*", "mpc_key_group:*", "wallet:*", "transaction_policy:*",
        "api_key:edit", "webhook:*", "callback:*",
    ),
    "admin": ("*:*",),
}  # fmt: skip


# what every role reads; of the other areas (policies, members, bills …) not all of them do
READ_BY_ALL = (
    "mpc_vault", "mpc_project", "mpc_key_group", "wallet", "transaction", "api_key", "webhook",
    "callback",
)  # fmt: skip


def seat_number(kind: str | None, at: int, with_cobo: bool = False) -> int:
    """The number that people read for a holder of a request: seats count from Cobo's own, where it
    has one (by the type, or because it is said), so the first to fill in a main group is seat 2.
    """
    return at + (2 if kind in WITH_COBO or with_cobo else 1)


def preset_role(role_name: str) -> str | None:
    """The preset role that a role name means, with or without ``API_``; None for a custom one."""
    plain = role_name.casefold().removeprefix("api_").replace("_", "").replace(" ", "")
    return plain if plain in ROLE_CHANGES else None


def role_may(role_name: str, permission: str) -> bool:
    """Whether a preset role has a permission such as ``mpc_key_group:create``.

    A custom role: False, unknown.
    """
    role = preset_role(role_name)
    if role is None:
        return False
    area, _, verb = permission.partition(":")
    everyone = verb == "read" and area in READ_BY_ALL
    return everyone or any(has in (permission, f"{area}:*", "*:*") for has in ROLE_CHANGES[role])


T = TypeVar("T")


# ---- what we send --------------------------------------------------------------------------------


class CreateKeyShareHolder(Model, frozen=True, omit_defaults=True, kw_only=True):
    """One seat to fill. ``signer``: chosen to co-sign transactions; None leaves it unsaid.

    >>> from toolkit import cobo
    >>> cobo.CreateKeyShareHolder(name="Jon", type="API", tss_node_id="coboJon…", signer=True).name
    'Jon'
    """

    name: str | None = None
    type: str | None = None
    tss_node_id: str | None = None
    signer: bool | None = None

    def __post_init__(self) -> None:
        for name in ("name", "type", "tss_node_id"):
            _text_or_none(getattr(self, name), name)
        if self.signer is not None and type(self.signer) is not bool:
            raise InputError(
                f"signer must be True, False or None, not {self.signer!r}.",
                hint="Say whether this holder co-signs.",
            )


class CreateKeyShareHolderGroupRequest(Model, frozen=True, kw_only=True):
    """Body of *Create key share holder group*.

    Raises:
        InputError: participants or threshold that are not ints (bools, floats and NaN are refused),
            or holders of another type than CreateKeyShareHolder.

    >>> from toolkit import Emulator, cobo
    >>> seats = [
    ...     cobo.CreateKeyShareHolder(name=name, type="API", tss_node_id=node)
    ...     for name, node in zip(["Jon", "Kaya"], Emulator.seeded().spare_nodes)
    ... ]
    >>> request = cobo.CreateKeyShareHolderGroupRequest(
    ...     key_share_holder_group_type="RecoveryGroup",
    ...     participants=2,
    ...     threshold=2,
    ...     key_share_holders=seats,
    ... )
    >>> len(request.key_share_holders)
    2
    """

    shown: ClassVar[tuple[str, ...]] = (
        "key_share_holder_group_type",
        "threshold",
        "participants",
        "key_share_holders",
    )

    key_share_holder_group_type: str
    participants: int
    threshold: int
    key_share_holders: tuple[CreateKeyShareHolder, ...]

    if TYPE_CHECKING:  # any iterable goes in, a tuple stands inside

        def __init__(
            self,
            *,
            key_share_holder_group_type: str,
            participants: int,
            threshold: int,
            key_share_holders: Iterable[CreateKeyShareHolder],
        ) -> None: ...

    def __post_init__(self) -> None:
        if not isinstance(self.key_share_holder_group_type, str):
            raise InputError(
                "key_share_holder_group_type must be text.",
                hint=f"Use one of {', '.join(GROUP_TYPES)}.",
            )
        whole_number(self.participants, "participants")
        whole_number(self.threshold, "threshold")
        holders: Iterable[object] = (
            self.key_share_holders if isinstance(self.key_share_holders, Iterable) else (None,)
        )
        holders = tuple(holders)
        if not all(isinstance(holder, CreateKeyShareHolder) for holder in holders):
            raise InputError(
                "key_share_holders must hold CreateKeyShareHolder values.",
                hint="Build each seat with cobo.CreateKeyShareHolder(…).",
            )
        msgspec.structs.force_setattr(self, "key_share_holders", holders)


class CreateMpcVaultRequest(Model, frozen=True, omit_defaults=True, kw_only=True):
    """Body of *Create vault*. ``project_id`` is for User-Controlled vaults only.

    >>> cobo.CreateMpcVaultRequest(name="Savings vault", vault_type="Org-Controlled")
    <cobo.CreateMpcVaultRequest: name='Savings vault', vault_type='Org-Controlled'>
    """

    name: str
    vault_type: str
    project_id: str | None = None

    def __post_init__(self) -> None:
        _texts(self, ("name", "vault_type"), ("project_id",))


class UpdateMpcVaultByIdRequest(Model, frozen=True, kw_only=True):
    """Body of *Update vault name*.

    >>> cobo.UpdateMpcVaultByIdRequest(name="Cold savings")
    <cobo.UpdateMpcVaultByIdRequest: name='Cold savings'>
    """

    name: str

    def __post_init__(self) -> None:
        _texts(self, ("name",))


class CreateMpcProjectRequest(Model, frozen=True, kw_only=True):
    """Body of *Create project*: vaults whose keys users hold, k of n (``threshold`` of
    ``participants``).

    Raises:
        InputError: participants or threshold that are no ints.

    >>> cobo.CreateMpcProjectRequest(name="App wallets", participants=3, threshold=2)
    <cobo.CreateMpcProjectRequest: name='App wallets', threshold=2, participants=3>
    """

    shown: ClassVar[tuple[str, ...]] = ("name", "threshold", "participants")

    name: str
    participants: int
    threshold: int

    def __post_init__(self) -> None:
        _texts(self, ("name",))
        whole_number(self.participants, "participants")
        whole_number(self.threshold, "threshold")


class UpdateMpcProjectByIdRequest(Model, frozen=True, kw_only=True):
    """Body of *Update project name*.

    >>> cobo.UpdateMpcProjectByIdRequest(name="App wallets, EU")
    <cobo.UpdateMpcProjectByIdRequest: name='App wallets, EU'>
    """

    name: str

    def __post_init__(self) -> None:
        _texts(self, ("name",))


class CreateMpcWalletParams(Model, frozen=True, omit_defaults=True, kw_only=True):
    """Body of *Create wallet* for an MPC wallet, the one kind that stands in a vault.

    ``wallet_subtype`` is the vault's type, ``Org-Controlled`` or ``User-Controlled``.

    >>> request = cobo.CreateMpcWalletParams(
    ...     name="Fees", wallet_subtype="Org-Controlled", vault_id=emulator.vault_id
    ... )
    >>> request.wallet_type
    'MPC'
    """

    name: str
    wallet_subtype: str
    vault_id: str
    enable_auto_sweep: bool | None = None
    wallet_type: str = msgspec.field(default_factory=lambda: "MPC")  # so it is never left out

    def __post_init__(self) -> None:
        _texts(self, ("name", "wallet_type", "wallet_subtype", "vault_id"))
        if self.enable_auto_sweep is not None and type(self.enable_auto_sweep) is not bool:
            raise InputError(
                f"enable_auto_sweep must be True, False or None, not {self.enable_auto_sweep!r}.",
                hint="Leave it out where nothing is swept.",
            )


class UpdateKeyShareHolderGroupByIdRequest(Model, frozen=True, kw_only=True):
    """Body of *Update key share holder group*: make a Valid signing group the main group.

    ``original_main_group_handling``: ``Invalidate`` (Cobo's default: it is gone for good) or
    ``ConvertToSigningGroup``.

    >>> request = cobo.UpdateKeyShareHolderGroupByIdRequest(
    ...     original_main_group_handling="ConvertToSigningGroup"
    ... )
    >>> request.update_key_share_holder_group_action
    'UpgradeToMainGroup'
    """

    update_key_share_holder_group_action: str = "UpgradeToMainGroup"
    original_main_group_handling: str | UnsetType | None = UNSET

    def __post_init__(self) -> None:
        text(self.update_key_share_holder_group_action, "update_key_share_holder_group_action")
        if self.original_main_group_handling is None:
            msgspec.structs.force_setattr(self, "original_main_group_handling", UNSET)
        elif self.original_main_group_handling is not UNSET:
            text(self.original_main_group_handling, "original_main_group_handling")


class SourceKeyShareHolderGroup(Model, frozen=True, omit_defaults=True, kw_only=True):
    """The group whose shares make the new ones; ``tss_node_ids``: a Cobo node and enough of the
    holders' own.

    >>> source = cobo.SourceKeyShareHolderGroup(
    ...     key_share_holder_group_id=main.key_share_holder_group_id,
    ...     tss_node_ids=[each.tss_node_id for each in main.key_share_holders if each.online],
    ... )
    >>> len(source.tss_node_ids)
    2
    """

    key_share_holder_group_id: str
    tss_node_ids: tuple[str, ...] | None = None

    if TYPE_CHECKING:  # any iterable goes in, a tuple stands inside

        def __init__(
            self,
            *,
            key_share_holder_group_id: str,
            tss_node_ids: Iterable[str] | None = None,
        ) -> None: ...

    def __post_init__(self) -> None:
        _texts(self, ("key_share_holder_group_id",))
        if self.tss_node_ids is not None:
            msgspec.structs.force_setattr(
                self, "tss_node_ids", texts(self.tss_node_ids, "tss_node_ids")
            )


class CreateTssRequestRequest(Model, frozen=True, omit_defaults=True, kw_only=True):
    """Body of *Create TSS request*: KeyGen, KeyGenFromKeyGroup or Recovery for a target group.

    >>> request = cobo.CreateTssRequestRequest(
    ...     type="KeyGenFromKeyGroup",
    ...     target_key_share_holder_group_id=signing.key_share_holder_group_id,
    ...     source_key_share_holder_group=cobo.SourceKeyShareHolderGroup(
    ...         key_share_holder_group_id=main.key_share_holder_group_id
    ...     ),
    ... )
    >>> request.type
    'KeyGenFromKeyGroup'
    """

    type: str
    target_key_share_holder_group_id: str
    source_key_share_holder_group: SourceKeyShareHolderGroup | None = None
    description: str | None = None

    def __post_init__(self) -> None:
        _texts(self, ("type", "target_key_share_holder_group_id"), ("description",))
        if not isinstance(self.source_key_share_holder_group, SourceKeyShareHolderGroup | None):
            raise InputError(
                "source_key_share_holder_group must be a SourceKeyShareHolderGroup.",
                hint="Build it with cobo.SourceKeyShareHolderGroup(…).",
            )


def _texts(request: msgspec.Struct, required: Iterable[str], optional: Iterable[str] = ()) -> None:
    for name in required:
        text(getattr(request, name), name)
    for name in optional:
        _text_or_none(getattr(request, name), name)


def _text_or_none(value: object, field: str) -> None:
    if value is not None:
        text(value, field)


# ---- what Cobo answers ---------------------------------------------------------------------------


class Pagination(Model, frozen=True):
    """Cursors of a list. ``after`` is empty on the last page, ``before`` on the first."""

    before: str
    after: str
    total_count: int


class Page(Listing[T], Generic[T], frozen=True):
    """One page of a list: ``len(page)`` things, and ``for thing in page``.

    >>> page = custody.send(cobo.list_mpc_vaults())
    >>> len(page), page.is_last, page.pagination.total_count
    (2, True, 2)
    """

    pagination: Pagination

    @property
    def is_last(self) -> bool:
        """Whether no further page follows."""
        return not self.pagination.after


class RootPubkey(Model, frozen=True, omit_defaults=True):
    """One root public key of a vault, of one curve: an extended public key as Cobo writes it."""

    root_pubkey: str | None = None
    curve: str | None = None


class MPCVault(Answer, frozen=True, omit_defaults=True, kw_only=True):
    """A vault: wallets that share root keys.

    >>> vault = custody.send(cobo.get_mpc_vault_by_id(emulator.vault_id))
    >>> vault.name, vault.type, len(vault.root_pubkeys)
    ('Treasury vault', 'Org-Controlled', 2)
    """

    shown: ClassVar[tuple[str, ...]] = ("vault_id", "name", "type")
    identified_by: ClassVar[tuple[str, ...]] = ("vault_id",)

    vault_id: str | None = None
    project_id: str | None = None
    name: str | None = None
    type: str | None = None
    root_pubkeys: list[RootPubkey] | None = None
    created_timestamp: int | None = None


class KeyShareHolder(Answer, frozen=True, omit_defaults=True, kw_only=True):
    """One holder of a key share. ``account_id`` is the Portal account of a mobile holder.

    ``vault_id`` is the vault that was asked about: Cobo does not repeat it.

    >>> for holder in main.key_share_holders:
    ...     print(holder.name, holder.type, "online" if holder.online else "away")
    Cobo Cobo online
    Alice Moreau API online
    Bob Tanaka Mobile away
    """

    shown: ClassVar[tuple[str, ...]] = ("name", "type", "tss_node_id", "status", "online", "signer")
    identified_by: ClassVar[tuple[str, ...]] = ("tss_node_id", "account_id")

    name: str | None = None
    type: str | None = None
    tss_node_id: str | None = None
    online: bool | None = None
    signer: bool | None = None
    status: str | None = None
    account_id: str | None = None
    vault_id: str | None = None


class TSSKeyShareGroup(Model, frozen=True, omit_defaults=True, kw_only=True):
    """The key shares of one curve.

    >>> [shares.curve for shares in main.tss_key_share_groups]
    ['SECP256K1', 'ED25519']
    """

    tss_key_share_group_id: str | None = None
    curve: str | None = None
    root_pubkey: str | None = None


class KeyShareHolderGroup(Answer, frozen=True, omit_defaults=True, kw_only=True):
    """Who holds the shares of one key.

    ``tss_key_share_groups`` is empty until key generation succeeded. ``vault_id`` is the vault that
    was asked about: Cobo does not repeat it.

    >>> for group in (main, recovery, signing):
    ...     print(group.type, group.status, group.threshold, "of", group.participants)
    MainGroup Valid 2 of 3
    RecoveryGroup Valid 2 of 2
    SigningGroup New 2 of 3
    """

    shown: ClassVar[tuple[str, ...]] = (
        "key_share_holder_group_id",
        "type",
        "status",
        "threshold",
        "participants",
        "key_share_holders",
    )
    identified_by: ClassVar[tuple[str, ...]] = ("key_share_holder_group_id",)
    nested: ClassVar[tuple[str, ...]] = ("key_share_holders",)

    key_share_holder_group_id: str | None = None
    type: str | None = None
    tss_key_share_groups: list[TSSKeyShareGroup] | None = None
    key_share_holders: list[KeyShareHolder] | None = None
    participants: int | None = None
    threshold: int | None = None
    status: str | None = None
    created_timestamp: int | None = None
    vault_id: str | None = None


class DeleteKeyShareHolderGroup(Answer, frozen=True):
    """Only whether the deletion was submitted; governance approval may follow.

    >>> call = cobo.delete_key_share_holder_group_by_id(
    ...     emulator.vault_id, signing.key_share_holder_group_id
    ... )
    >>> custody.send(call)
    <cobo.DeleteKeyShareHolderGroup on EMULATOR: submitted=True>
    """

    submitted: bool


class SourceGroup(Model, frozen=True, omit_defaults=True, kw_only=True):
    """The source group of a TSS request, as answered."""

    key_share_holder_group_id: str | None = None
    tss_node_ids: list[str] | None = None


class TSSRequest(Answer, frozen=True, omit_defaults=True, kw_only=True):
    """A request to make or re-make key shares.

    Beware: ``Success`` in the answer to a *cancellation* means that it was cancelled. ``vault_id``
    is the vault that was asked about: Cobo does not repeat it.

    >>> asked = cobo.forms.create_tss_request(custody, emulator.vault_id, signing).submit()
    >>> asked.type, asked.status
    ('KeyGenFromKeyGroup', 'PendingKeyHolderConfirmation')
    """

    shown: ClassVar[tuple[str, ...]] = (
        "tss_request_id",
        "type",
        "status",
        "target_key_share_holder_group_id",
    )
    identified_by: ClassVar[tuple[str, ...]] = ("tss_request_id",)

    tss_request_id: str | None = None
    source_key_share_holder_group: SourceGroup | None = None
    target_key_share_holder_group_id: str | None = None
    type: str | None = None
    status: str | None = None
    description: str | None = None
    created_timestamp: int | None = None
    vault_id: str | None = None


class MPCProject(Answer, frozen=True, omit_defaults=True, kw_only=True):
    """A project: vaults whose keys users hold.

    >>> project = custody.send(cobo.list_mpc_projects()).data[0]
    >>> project.name, project.threshold, project.participants
    ('App wallets', 2, 2)
    """

    shown: ClassVar[tuple[str, ...]] = ("project_id", "name")
    identified_by: ClassVar[tuple[str, ...]] = ("project_id",)

    project_id: str | None = None
    org_id: str | None = None
    name: str | None = None
    participants: int | None = None
    threshold: int | None = None
    created_timestamp: int | None = None


class WalletInfo(Answer, frozen=True, omit_defaults=True, kw_only=True):
    """A wallet of any type. Vault and project are those of an MPC wallet.

    Of an Exchange wallet its credential at the exchange (``apikey``) is not taken over.

    >>> for wallet in custody.send(cobo.list_wallets()):
    ...     print(wallet.name, wallet.wallet_type, wallet.vault_name)
    Operations MPC Treasury vault
    Payouts MPC Treasury vault
    """

    shown: ClassVar[tuple[str, ...]] = ("wallet_id", "name", "wallet_type", "vault_name")
    identified_by: ClassVar[tuple[str, ...]] = ("wallet_id",)

    wallet_id: str
    wallet_type: str
    wallet_subtype: str
    name: str
    org_id: str
    enable_auto_sweep: bool | None = None
    vault_id: str | None = None
    vault_name: str | None = None
    project_id: str | None = None
    project_name: str | None = None
    exchange_id: str | None = None
    main_wallet_id: str | None = None


class OrgInfo(Answer, frozen=True, omit_defaults=True, kw_only=True):
    """The organisation that the API key belongs to.

    >>> custody.send(cobo.get_org_info()).name
    'Example Custody'
    """

    shown: ClassVar[tuple[str, ...]] = ("org_id", "name")

    org_id: str
    biz_org_id: int | None = None
    name: str | None = None
    created_timestamp: int | None = None


class Scopes(Model, frozen=True, kw_only=True):
    """What a role may touch.

    Whether an absent or empty list means everything or nothing is not documented.

    >>> from msgspec import UNSET
    >>> scopes = cobo.Scopes(vault_ids=[emulator.vault_id])
    >>> scopes.wallet_ids is UNSET
    True
    """

    wallet_types: list[str] | UnsetType | None = UNSET
    wallet_subtypes: list[str] | UnsetType | None = UNSET
    wallet_ids: list[str] | UnsetType | None = UNSET
    vault_ids: list[str] | UnsetType | None = UNSET
    project_ids: list[str] | UnsetType | None = UNSET


class RoleScope(Model, frozen=True, kw_only=True):
    """A role (free text, no documented list) and what it may touch.

    >>> scopes = cobo.Scopes(vault_ids=[emulator.vault_id])
    >>> emulator.set_api_key(role_scopes=[cobo.RoleScope(role_name="API_Viewer", scopes=scopes)])
    >>> custody.send(cobo.get_api_key_info()).role_scopes
    [<cobo.RoleScope: role_name='API_Viewer', scopes=<cobo.Scopes: 1 vault_ids>>]
    """

    role_name: str
    scopes: Scopes


class ApiKeyInfo(Answer, frozen=True, kw_only=True):
    """The API key in use.

    ``expired_timestamp`` is null for permanent keys; absent is not the same.

    >>> info = custody.send(cobo.get_api_key_info())
    >>> info.name, [role.role_name for role in info.role_scopes]
    ('treasury-bot', ['API_Operator', 'API_Spender'])
    """

    shown: ClassVar[tuple[str, ...]] = ("name", "curve_type", "key", "role_scopes")

    name: str
    curve_type: str
    key: str
    created_timestamp: int
    updated_timestamp: int
    callback_url: str | UnsetType | None = UNSET
    valid_ips: list[str] | UnsetType | None = UNSET
    expired_timestamp: int | UnsetType | None = UNSET
    role_scopes: list[RoleScope] | UnsetType | None = UNSET


class ErrorResponse(Model, frozen=True):
    """Cobo's error envelope."""

    error_code: int
    error_message: str
    error_id: str

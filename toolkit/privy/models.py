"""Privy's models of key quorums and of the wallets they own, with the vendor's names.

Source: Privy's page *Create key quorum*, its OpenAPI file, ``@privy-io/node``
``resources/key-quorums.ts``, and ``privy-client`` 0.7.0 ``types/wallet_chain_type.py``.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec
from msgspec import UNSET, UnsetType

from toolkit.base.validate import text, texts, whole_number
from toolkit.errors import InputError, KeyRefused
from toolkit.keys import P256PublicKey
from toolkit.keys.detect import is_surely_private
from toolkit.keys.private import PrivateKey
from toolkit.keys.public import spoken
from toolkit.request.exchange import Answer, Listing
from toolkit.request.model import Model

NAME_LIMIT = 50  # characters
SHORTEST_KEY = 40  # characters; a shorter text is an id
# SPKI in base64 begins with the head of a sequence; or a block of PEM
_TAKEN = re.compile(
    r"\s*M[CDEFGHIJKLMNOPQRSTUVWXYZabcdefgh][A-Za-z0-9+/\s]{40,}[=\s]*"
    r"|\s*-----BEGIN PUBLIC KEY-----[A-Za-z0-9+/=\s]*-----END PUBLIC KEY-----\s*"
)
NESTED_LIMIT = 5  # quorums in a quorum
WALLET_NAME_LIMIT = 100  # characters, when a wallet is made
NOT_SHOWN_LIMIT = 1_000  # members that an answer may lack; more is no answer of this world
MEMBER_LISTS = ("public_keys", "user_ids", "key_quorum_ids")
# those that privy-client 0.7.0 knows, generated from Privy's OpenAPI file; a later one may know
# more
CHAIN_TYPES = (
    "ethereum", "solana", "cosmos", "stellar", "sui", "aptos", "movement", "tron", "bitcoin-segwit",
    "bitcoin-taproot", "pearl", "near", "ton", "starknet", "xrpl", "spark",
)  # fmt: skip
EXTERNAL_ID = r"[A-Za-z0-9_-]{1,64}"
POLICY_ID_LENGTH = 24  # characters
POLICY_LIMIT = 1  # policies of a wallet
BATCH_LIMIT = 100  # wallets that one request makes
ENTITY_TYPES = ("user", "organization")
AUTOMATION_STATES = ("enabled", "disabled")
_ETHEREUM = re.compile(r"0x[0-9a-fA-F]{40}")


class CreateKeyQuorumRequest(Model, frozen=True, omit_defaults=True, kw_only=True):
    """Body of *Create key quorum*. Without a threshold, all members must sign.

    ``public_keys`` takes P-256 keys as base64 SPKI, as PEM, or as P256PublicKey values.

    Raises:
        InputError: a threshold that is not an int (bools, floats and NaN are refused), or lists
            that hold something else than text.

    >>> from toolkit import privy
    >>> from toolkit.keys import P256Key
    >>> keys = [P256Key.generate().public for _ in range(3)]
    >>> request = privy.CreateKeyQuorumRequest(public_keys=keys, authorization_threshold=2)
    >>> len(request.public_keys)
    3
    """

    public_keys: tuple[str, ...] | None = None
    user_ids: tuple[str, ...] | None = None
    key_quorum_ids: tuple[str, ...] | None = None
    authorization_threshold: int | None = None
    display_name: str | None = None

    if TYPE_CHECKING:  # any iterable goes in, a tuple stands inside

        def __init__(
            self,
            *,
            public_keys: Iterable[str | P256PublicKey] | None = None,
            user_ids: Iterable[str] | None = None,
            key_quorum_ids: Iterable[str] | None = None,
            authorization_threshold: int | None = None,
            display_name: str | None = None,
        ) -> None: ...

    def __post_init__(self) -> None:
        _settle(self, absent=None)


class UpdateKeyQuorumRequest(Model, frozen=True, kw_only=True):
    """Body of *Update key quorum*. Fields left out stay as they are; a list replaces the old one
    whole: every public caller relies on that, and it is documented nowhere.

    Raises:
        InputError: as CreateKeyQuorumRequest; None is not a value that Privy's types know.

    >>> from toolkit import privy
    >>> privy.UpdateKeyQuorumRequest(authorization_threshold=1).authorization_threshold
    1
    """

    public_keys: tuple[str, ...] | UnsetType = UNSET
    user_ids: tuple[str, ...] | UnsetType = UNSET
    key_quorum_ids: tuple[str, ...] | UnsetType = UNSET
    authorization_threshold: int | UnsetType = UNSET
    display_name: str | UnsetType = UNSET

    if TYPE_CHECKING:  # any iterable goes in, a tuple stands inside

        def __init__(
            self,
            *,
            public_keys: Iterable[str | P256PublicKey] | UnsetType = UNSET,
            user_ids: Iterable[str] | UnsetType = UNSET,
            key_quorum_ids: Iterable[str] | UnsetType = UNSET,
            authorization_threshold: int | UnsetType = UNSET,
            display_name: str | UnsetType = UNSET,
        ) -> None: ...

    def __post_init__(self) -> None:
        _settle(self, absent=UNSET)


def _settle(request: msgspec.Struct, absent: object) -> None:
    """Lists become tuples of text, and what cannot be sent is refused where it enters."""
    for name in MEMBER_LISTS:
        value = getattr(request, name)
        if value is not absent:
            msgspec.structs.force_setattr(request, name, _members(value, name))
    threshold = request.authorization_threshold  # type: ignore[attr-defined]  # both requests have it
    if threshold is not absent:
        whole_number(threshold, "authorization_threshold")
    display_name = request.display_name  # type: ignore[attr-defined]  # both requests have it
    if display_name is not absent:
        text(display_name, "display_name")


def _members(values: Any, name: str) -> tuple[str, ...]:
    if isinstance(values, Iterable) and not isinstance(values, str | bytes):
        values = [_key(value, f"{name}[{at}]") for at, value in enumerate(values)]
    return texts(values, name)


def _key(value: Any, field: str) -> str:
    """A member's id, or its key as text. A private key is refused before anything could show it.

    A key that Privy would not take in its spelling (a JWK, an SSH key, hex) becomes base64 SPKI.
    """
    if isinstance(value, PrivateKey):
        raise InputError(f"{field} is a private key.", hint="Pass its .public half.")
    if isinstance(value, P256PublicKey):
        return value.to_base64()
    spelling = text(value, field)
    if len(spelling) < SHORTEST_KEY or is_taken(spelling):
        return spelling
    try:
        return member_key(spelling).to_base64()
    except KeyRefused:  # an id; or a rule says what is wrong with it
        return spelling


@functools.lru_cache(
    maxsize=4096
)  # forms ask for each of them at every key; what is refused is not kept
def member_key(spelling: str) -> P256PublicKey:
    """A member key in any spelling that is read; requests say it as Privy takes it.

    Raises:
        KeyRefused: anything else, by its name; and a private key, which must not be shared.
    """
    if is_surely_private(spelling):
        raise KeyRefused(
            "This is a PRIVATE key. Do not share it.", hint="Paste the public half of it here."
        )
    return P256PublicKey.parse(spelling)


def is_taken(spelling: str) -> bool:
    """Whether a text is spelled as Privy takes keys: it need not be one."""
    return _TAKEN.fullmatch(spelling) is not None


def taken_key(spelling: str) -> P256PublicKey:
    """A member key as Privy takes it: base64 SPKI (line breaks are fine) or PEM, nothing else.

    Raises:
        KeyRefused: anything else, hex included.
    """
    if not is_taken(spelling):
        raise KeyRefused(
            "This is no public key as Privy takes it.", hint="Pass base64 SPKI, or PEM."
        )
    return member_key(spelling)


def spoken_fingerprint(spelling: str) -> str | None:
    """Twelve hex digits in groups of four, the same for every spelling of a key; None for what is
    no member key.
    """
    fingerprint = _fingerprint(spelling)
    return None if fingerprint is None else spoken(fingerprint)


def member_identity(spelling: str) -> str:
    """What two spellings of one member key have in common: the fingerprint; the text itself for
    what is no key.
    """
    return _fingerprint(spelling) or spelling


def _fingerprint(spelling: str) -> str | None:
    """None for what is no member key; most keys are spelled as ours, and need not be parsed."""
    known = P256PublicKey.fingerprint_of(spelling)
    if known is not None:
        return known
    try:
        return member_key(spelling).fingerprint
    except KeyRefused:
        return None


def there_and_null() -> None:
    """What a field holds that every answer has, null included; a plain default may be left out."""


def there_and_empty() -> list[Any]:
    """A list that every answer has, an empty one included."""
    return []


class AuthorizationKey(Model, frozen=True):
    """A member key, spelled as it was given.

    >>> quorum.authorization_keys[0].public_key == alice.public.to_base64()
    True
    """

    public_key: str
    display_name: str | None = None


class KeyQuorum(Answer, frozen=True, omit_defaults=True):
    """Who must sign. ``user_ids`` and ``key_quorum_ids`` may be null, missing or empty: all mean
    none. Written out, it has the shape of Privy's answers.

    A null threshold means that all members must sign.

    >>> quorum.required, quorum.size, len(quorum.authorization_keys)
    (2, 2, 2)
    """

    shown: ClassVar[tuple[str, ...]] = (
        "id",
        "display_name",
        "authorization_threshold",
        "authorization_keys",
        "user_ids",
        "key_quorum_ids",
    )
    identified_by: ClassVar[tuple[str, ...]] = ("id",)

    id: str
    authorization_keys: list[AuthorizationKey]
    display_name: str | None = msgspec.field(default_factory=there_and_null)
    authorization_threshold: int | float | None = msgspec.field(default_factory=there_and_null)
    user_ids: list[str] | None = msgspec.field(default_factory=there_and_null)
    key_quorum_ids: list[str] | None = None

    def __post_init__(self) -> None:
        threshold = self.authorization_threshold
        if isinstance(threshold, float):  # JSON has one kind of number: 2.0 is 2
            if not threshold.is_integer():
                raise ValueError(f"authorization_threshold {threshold} is not a whole number")
            msgspec.structs.force_setattr(self, "authorization_threshold", int(threshold))

    @property
    def shown_members(self) -> int:
        """Keys, users and nested quorums that the answer names, each counted once."""
        return (
            len(self.authorization_keys) + len(self.user_ids or ()) + len(self.key_quorum_ids or ())
        )

    @property
    def not_shown(self) -> int:
        """How many members there must be, at least, that the API does not show.

        Members of the team in Privy's Dashboard can form a quorum, too (Enterprise); how the API
        shows them is documented nowhere. Where more must sign than are named, so many are not.
        """
        threshold = self.authorization_threshold
        if threshold is None:
            return 0
        return min(max(0, int(threshold) - self.shown_members), NOT_SHOWN_LIMIT)

    @property
    def size(self) -> int:
        """Members: those that the answer names, and those that there must be beside them."""
        return self.shown_members + self.not_shown

    @property
    def required(self) -> int:
        """How many members must sign."""
        return (
            self.size if self.authorization_threshold is None else int(self.authorization_threshold)
        )


class WalletOwner(Model, frozen=True, omit_defaults=True, kw_only=True):
    """A new owner by key or user: Privy makes a key quorum of it.

    ``public_key`` takes a P-256 key as base64 SPKI, as PEM, or as a P256PublicKey value.

    Raises:
        InputError: values of other types; a private key is never taken for its public half.

    >>> owner = privy.WalletOwner(public_key=alice.public)
    >>> privy.UpdateWalletRequest(owner=owner).owner == owner
    True
    """

    public_key: str | None = None
    user_id: str | None = None

    if TYPE_CHECKING:  # any iterable goes in, a tuple stands inside

        def __init__(
            self,
            *,
            public_key: str | P256PublicKey | None = None,
            user_id: str | None = None,
        ) -> None: ...

    def __post_init__(self) -> None:
        if self.public_key is not None:
            msgspec.structs.force_setattr(
                self, "public_key", _key(self.public_key, "owner.public_key")
            )
        if self.user_id is not None:
            text(self.user_id, "owner.user_id")


class AdditionalSigner(Model, frozen=True, omit_defaults=True, kw_only=True):
    """A key quorum that may act with a wallet, but neither change nor export it.

    Raises:
        InputError: values of other types.

    >>> signer = privy.AdditionalSigner(signer_id=quorum.id)
    >>> privy.UpdateWalletRequest(additional_signers=[signer])
    <privy.UpdateWalletRequest: 1 additional_signers>
    """

    signer_id: str
    override_policy_ids: tuple[str, ...] | None = None

    if TYPE_CHECKING:  # any iterable goes in, a tuple stands inside

        def __init__(
            self,
            *,
            signer_id: str,
            override_policy_ids: Iterable[str] | None = None,
        ) -> None: ...

    def __post_init__(self) -> None:
        text(self.signer_id, "signer_id")
        if self.override_policy_ids is not None:
            policies = texts(self.override_policy_ids, "override_policy_ids")
            msgspec.structs.force_setattr(self, "override_policy_ids", policies)


class WalletEntity(Model, frozen=True, kw_only=True):
    """Whom a wallet is attributed to: a user or an organisation. It decides nothing.

    >>> entity = privy.WalletEntity(id="org-7", type="organization")
    >>> privy.CreateWalletRequest(chain_type="ethereum", entity=entity).entity
    <privy.WalletEntity: id='org-7', type='organization'>
    """

    id: str
    type: str

    def __post_init__(self) -> None:
        text(self.id, "entity.id")
        text(self.type, "entity.type")


class CreateWalletRequest(Model, frozen=True, omit_defaults=True, kw_only=True):
    """Body of *Create wallet*. Without an owner, the app secret alone decides about the wallet.

    ``owner_id`` is the key quorum that shall own it; ``owner`` is a key or a user, of which Privy
    makes a quorum. They exclude each other. ``external_id`` is your own id for it, and is never
    changed again. ``policy_ids`` names the policy, one at most, that the wallet obeys; ``entity``
    is whom it is attributed to.

    Raises:
        InputError: values of other types.

    >>> request = privy.CreateWalletRequest(chain_type="ethereum", owner_id=quorum.id)
    >>> app.send(privy.create_wallet(request)).owner_id == quorum.id
    True
    """

    chain_type: str
    display_name: str | None = None
    external_id: str | None = None
    owner: WalletOwner | None = None
    owner_id: str | None = None
    additional_signers: tuple[AdditionalSigner, ...] | None = None
    policy_ids: tuple[str, ...] | None = None
    entity: WalletEntity | None = None

    if TYPE_CHECKING:  # any iterable goes in, a tuple stands inside

        def __init__(
            self,
            *,
            chain_type: str,
            display_name: str | None = None,
            external_id: str | None = None,
            owner: WalletOwner | None = None,
            owner_id: str | None = None,
            additional_signers: Iterable[AdditionalSigner] | None = None,
            policy_ids: Iterable[str] | None = None,
            entity: WalletEntity | None = None,
        ) -> None: ...

    def __post_init__(self) -> None:
        text(self.chain_type, "chain_type")
        for name in ("display_name", "external_id", "owner_id"):
            if getattr(self, name) is not None:
                text(getattr(self, name), name)
        if not isinstance(self.owner, WalletOwner | None):
            raise InputError(
                "owner must be a WalletOwner.", hint="Build it with privy.WalletOwner(…)."
            )
        if not isinstance(self.entity, WalletEntity | None):
            raise InputError(
                "entity must be a WalletEntity.", hint="Build it with privy.WalletEntity(…)."
            )
        _settle_wallet(self, None)


class UpdateWalletRequest(Model, frozen=True, kw_only=True):
    """Body of *Update wallet*. ``None`` takes the owner or the name away; fields left out stay.

    ``policy_ids`` replaces the policy, one at most; an empty list takes it away. ``external_id``
    can be given once, to a wallet that has none.

    Raises:
        InputError: values of other types.

    >>> privy.UpdateWalletRequest(display_name="Payouts", policy_ids=[])
    <privy.UpdateWalletRequest: display_name='Payouts', 0 policy_ids>
    """

    owner_id: str | UnsetType | None = UNSET
    owner: WalletOwner | UnsetType | None = UNSET
    additional_signers: tuple[AdditionalSigner, ...] | UnsetType = UNSET
    display_name: str | UnsetType | None = UNSET
    policy_ids: tuple[str, ...] | UnsetType = UNSET
    external_id: str | UnsetType = UNSET

    if TYPE_CHECKING:  # any iterable goes in, a tuple stands inside

        def __init__(
            self,
            *,
            owner_id: str | UnsetType | None = UNSET,
            owner: WalletOwner | UnsetType | None = UNSET,
            additional_signers: Iterable[AdditionalSigner] | UnsetType = UNSET,
            display_name: str | UnsetType | None = UNSET,
            policy_ids: Iterable[str] | UnsetType = UNSET,
            external_id: str | UnsetType = UNSET,
        ) -> None: ...

    def __post_init__(self) -> None:
        for name in ("owner_id", "display_name"):
            if not isinstance(getattr(self, name), str | UnsetType | None):
                raise InputError(
                    f"{name} must be text or None.", hint="Leave it out to keep it as it is."
                )
        if not isinstance(self.owner, WalletOwner | UnsetType | None):
            raise InputError(
                "owner must be a WalletOwner or None.", hint="Build it with privy.WalletOwner(…)."
            )
        if self.external_id is not UNSET:
            text(self.external_id, "external_id")
        _settle_wallet(self, UNSET)


def _settle_wallet(request: msgspec.Struct, absent: object) -> None:
    """Lists of a wallet's request become tuples, and what cannot be sent is refused."""
    signers = request.additional_signers  # type: ignore[attr-defined]  # both requests have it
    if signers is not absent:
        msgspec.structs.force_setattr(request, "additional_signers", _signers(signers))
    policies = request.policy_ids  # type: ignore[attr-defined]  # both requests have it
    if policies is not absent:
        msgspec.structs.force_setattr(request, "policy_ids", texts(policies, "policy_ids"))


def _signers(given: Any) -> tuple[AdditionalSigner, ...]:
    signers = tuple(given) if isinstance(given, Iterable) else (None,)
    if not all(isinstance(signer, AdditionalSigner) for signer in signers):
        raise InputError(
            "additional_signers must hold AdditionalSigner values.",
            hint="Build each with privy.AdditionalSigner(…).",
        )
    return signers


class WalletCustodian(Model, frozen=True, kw_only=True):
    """Who holds a custodial wallet's key in Privy's place.

    >>> privy.WalletCustodian(provider="bridge", provider_user_id="user-7")
    <privy.WalletCustodian: provider='bridge', provider_user_id='user-7'>
    """

    provider: str
    provider_user_id: str


class AttachedWalletAutomation(Model, frozen=True, kw_only=True):
    """An automation that acts on a wallet, and whether it is on.

    >>> wallet = app.send(privy.list_wallets()).data[0]
    >>> [automation.enabled for automation in wallet.automations]
    [True]
    """

    id: str
    enabled: bool


class Wallet(Answer, frozen=True, omit_defaults=True, kw_only=True):
    """A wallet, as far as one must see who controls it. Moments are Unix milliseconds.

    ``archived_at``: from then on it takes no change and signs nothing, and lists leave it out.
    Written out, it has the shape of Privy's answers: some fields may be null, others are left out.

    >>> for wallet in app.send(privy.list_wallets()):
    ...     print(wallet.display_name, wallet.chain_type, wallet.owner_id or "app secret alone")
    Hot wallet ethereum h4l15um5ftu3vtq322o9ib1g
    Cold reserve ethereum ikcbsqd228wtflaog4ab81s0
    Test wallet solana app secret alone
    """

    shown: ClassVar[tuple[str, ...]] = (
        "id",
        "chain_type",
        "address",
        "owner_id",
        "display_name",
        "archived_at",
    )
    identified_by: ClassVar[tuple[str, ...]] = ("id",)

    id: str
    address: str
    chain_type: str
    created_at: int
    owner_id: str | None = msgspec.field(default_factory=there_and_null)
    additional_signers: list[AdditionalSigner] = msgspec.field(default_factory=there_and_empty)
    policy_ids: list[str] = msgspec.field(default_factory=there_and_empty)
    display_name: str | None = None
    external_id: str | None = None
    exported_at: int | None = msgspec.field(default_factory=there_and_null)
    imported_at: int | None = msgspec.field(default_factory=there_and_null)
    archived_at: int | None = None
    authorization_threshold: int | float | None = None
    public_key: str | None = None
    entity: WalletEntity | None = None
    custody: WalletCustodian | None = None
    chain: str | None = None
    automations: list[AttachedWalletAutomation] = msgspec.field(default_factory=list)


class WalletPage(Listing[Wallet], frozen=True):
    """One page of wallets. ``next_cursor`` is null or empty on the last one.

    >>> page = app.send(privy.list_wallets(limit=2))
    >>> len(page), page.is_last
    (2, False)
    """

    next_cursor: str | None = None

    @property
    def is_last(self) -> bool:
        """Whether no further page follows."""
        return not self.next_cursor


class GetWalletByAddressRequest(Model, frozen=True, omit_defaults=True, kw_only=True):
    """Body of *Get wallet by address*. Privy writes Ethereum addresses in EIP-55's letters.

    Raises:
        InputError: values of other types.

    >>> wallet = app.send(privy.list_wallets()).data[0]
    >>> request = privy.GetWalletByAddressRequest(address=wallet.address)
    >>> app.send(privy.get_wallet_by_address(request)).id == wallet.id
    True
    """

    address: str
    include_archived: bool = False

    def __post_init__(self) -> None:
        text(self.address, "address")
        if not isinstance(self.include_archived, bool):
            raise InputError("include_archived must be True or False.", hint="Leave it out.")


class CreateWalletBatchRequest(Model, frozen=True, kw_only=True):
    """Body of *Create wallets in a batch*: 1 to 100, each made or refused for itself.

    Raises:
        InputError: something else than requests for wallets.

    >>> wallets = [privy.CreateWalletRequest(chain_type=chain) for chain in ("ethereum", "solana")]
    >>> request = privy.CreateWalletBatchRequest(wallets=wallets)
    >>> len(request.wallets)
    2
    """

    wallets: tuple[CreateWalletRequest, ...]

    if TYPE_CHECKING:  # any iterable goes in, a tuple stands inside

        def __init__(self, *, wallets: Iterable[CreateWalletRequest]) -> None: ...

    def __post_init__(self) -> None:
        wallets = tuple(self.wallets) if isinstance(self.wallets, Iterable) else (None,)
        if not all(isinstance(wallet, CreateWalletRequest) for wallet in wallets):
            raise InputError(
                "wallets must hold CreateWalletRequest values.",
                hint="Build each with privy.CreateWalletRequest(…).",
            )
        msgspec.structs.force_setattr(self, "wallets", wallets)


class WalletBatchResult(Answer, frozen=True, omit_defaults=True, kw_only=True):
    """What became of one wallet of a batch: the wallet, or why there is none.

    >>> wallets = [privy.CreateWalletRequest(chain_type=chain) for chain in ("ethereum", "solana")]
    >>> request = privy.CreateWalletBatchRequest(wallets=wallets)
    >>> for result in app.send(privy.create_wallet_batch(request)).results:
    ...     print(result.index, result.success, result.wallet.chain_type)
    0 True ethereum
    1 True solana
    """

    shown: ClassVar[tuple[str, ...]] = ("index", "success", "error")
    nested: ClassVar[tuple[str, ...]] = ("wallet",)

    index: int
    success: bool
    wallet: Wallet | None = None
    error: str | None = None
    code: str | None = None


class WalletBatch(Answer, frozen=True, kw_only=True):
    """What became of each wallet of a batch, in the order in which they were asked for.

    >>> wallets = [privy.CreateWalletRequest(chain_type=chain) for chain in ("ethereum", "solana")]
    >>> request = privy.CreateWalletBatchRequest(wallets=wallets)
    >>> batch = app.send(privy.create_wallet_batch(request))
    >>> len(batch.wallets), batch.failures
    (2, [])
    """

    nested: ClassVar[tuple[str, ...]] = ("results",)

    results: list[WalletBatchResult]

    @property
    def wallets(self) -> list[Wallet]:
        """Those that were made."""
        return [result.wallet for result in self.results if result.wallet is not None]

    @property
    def failures(self) -> list[WalletBatchResult]:
        """Those that were not."""
        return [result for result in self.results if not result.success]


class PolicyRule(Model, frozen=True, kw_only=True):
    """One rule of a policy. Its conditions are as Privy writes them.

    >>> wallet = app.send(privy.list_wallets()).data[0]
    >>> policy = app.send(privy.get_policy(wallet.policy_ids[0]))
    >>> [(rule.name, rule.method, rule.action) for rule in policy.rules]
    [('Up to 5 ETH', 'eth_sendTransaction', 'ALLOW')]
    """

    shown: ClassVar[tuple[str, ...]] = ("name", "method", "action")

    name: str
    method: str
    action: str
    id: str = ""
    conditions: list[dict[str, Any]] = msgspec.field(default_factory=list)


class Policy(Answer, frozen=True, kw_only=True):
    """What a wallet may be used for. Its owner must sign where it is changed.

    ``created_at`` is Unix milliseconds. Without ``owner_id`` the app secret alone decides about it.

    >>> wallet = app.send(privy.list_wallets()).data[0]
    >>> app.send(privy.get_policy(wallet.policy_ids[0])).name
    'Payouts up to 5 ETH'
    """

    shown: ClassVar[tuple[str, ...]] = ("id", "name", "chain_type", "owner_id")
    identified_by: ClassVar[tuple[str, ...]] = ("id",)

    id: str
    name: str
    chain_type: str
    created_at: int
    owner_id: str | None = None
    version: str = "1.0"
    rules: list[PolicyRule] = msgspec.field(default_factory=list)


class WalletAutomation(Answer, frozen=True, kw_only=True):
    """What Privy does with wallets by itself. ``config`` is its trigger and its action.

    ``created_at`` and ``updated_at`` are texts, as Privy writes them.

    >>> automation = app.send(privy.list_wallet_automations()).data[0]
    >>> automation.name, automation.status
    ('Deposits earn', 'enabled')
    """

    shown: ClassVar[tuple[str, ...]] = ("id", "name", "status", "owner_id")
    identified_by: ClassVar[tuple[str, ...]] = ("id",)

    id: str
    status: str
    created_at: str
    updated_at: str
    name: str | None = None
    owner_id: str | None = None
    app_id: str = ""
    config: dict[str, Any] = msgspec.field(default_factory=dict)


class WalletAutomationPage(Listing[WalletAutomation], frozen=True):
    """One page of wallet automations. ``next_cursor`` is null or empty on the last one.

    >>> page = app.send(privy.list_wallet_automations())
    >>> len(page), page.is_last
    (1, True)
    """

    next_cursor: str | None = None

    @property
    def is_last(self) -> bool:
        """Whether no further page follows."""
        return not self.next_cursor


def is_same_address(one: object, other: object) -> bool:
    """Whether two addresses are one: of Ethereum in any case, all others to the letter."""
    if not isinstance(one, str) or not isinstance(other, str):
        return False
    if _ETHEREUM.fullmatch(one) and _ETHEREUM.fullmatch(other):
        return one.lower() == other.lower()
    return one == other


class Success(Answer, frozen=True):
    """The answer to a deletion.

    >>> app.send(privy.delete_key_quorum(quorum.id), signers=[alice, bob])
    <privy.Success on EMULATOR: success=True>
    """

    success: bool

"""Privy's operations: one table, and a function for each that builds a Call.

Source: Privy's OpenAPI file and its API reference on key quorums. There is no documented list of
key quorums.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from toolkit.privy.intents import Intent, IntentAuthorizeInput, IntentPage, leaves
from toolkit.privy.models import (
    MEMBER_LISTS,
    AdditionalSigner,
    CreateKeyQuorumRequest,
    CreateWalletBatchRequest,
    CreateWalletRequest,
    GetWalletByAddressRequest,
    KeyQuorum,
    Policy,
    Success,
    UpdateKeyQuorumRequest,
    UpdateWalletRequest,
    Wallet,
    WalletAutomation,
    WalletAutomationPage,
    WalletBatch,
    WalletPage,
    is_same_address,
    member_identity,
)
from toolkit.privy.signing import IDEMPOTENCY_KEY, IDEMPOTENCY_MS
from toolkit.request.call import Call, Idempotency, Operation, Reconciliation, call

SERVICE = "privy"  # its name in operations and in the journal
_QUORUMS = "/v1/key_quorums"
_QUORUM = _QUORUMS + "/{key_quorum_id}"
_WALLETS = "/v1/wallets"
_WALLET = _WALLETS + "/{wallet_id}"
_OPENAPI = "Privy OpenAPI file and API reference, key quorums"
_INTENTS = "/v1/intents"
_INTENT = _INTENTS + "/{intent_id}"
_INTENT_API = "Privy OpenAPI file and API reference, intents"
_WALLET_API = "Privy OpenAPI file, wallets"
_WALLET_SDK = "@privy-io/node 0.35.0, wallets"
_POLICY_API = "Privy OpenAPI file, policies"
_AUTOMATION_SDK = "@privy-io/node 0.35.0, wallet automations"
_AUTOMATIONS = "/v1/wallet_automations"
# Privy page Idempotency keys. Not on key quorums: their schema does not name the header.
_ONCE = Idempotency(IDEMPOTENCY_KEY, IDEMPOTENCY_MS)


def _same_quorum(call: Call[Any], quorum: KeyQuorum) -> bool | None:
    """Every field that the call says: the members as sets (keys by fingerprint), threshold and
    name.
    """
    there = {
        "public_keys": [key.public_key for key in quorum.authorization_keys],
        "user_ids": quorum.user_ids or [],
        "key_quorum_ids": quorum.key_quorum_ids or [],
    }
    for name in MEMBER_LISTS:
        asked: Any = call.argument(name)
        if asked is None:
            asked = [] if call.operation is CREATE_KEY_QUORUM else there[name]
        alike = member_identity if name == "public_keys" else str
        if set(map(alike, asked)) != set(map(alike, there[name])):
            return False
    threshold, display_name = (
        call.argument("authorization_threshold"),
        call.argument("display_name"),
    )
    if threshold is None and call.operation is CREATE_KEY_QUORUM:
        threshold = quorum.size  # left out, all members must sign
    if threshold is not None and threshold != quorum.required:
        return False
    return display_name is None or display_name == quorum.display_name


def _same_wallet(call: Call[Any], wallet: Wallet) -> bool | None:
    """The owner's id, the signers, policy, names and your own id, where the call says them.

    An owner by key or user has no id yet: unknown.
    """
    asked: Any = call.body
    if asked.owner is not msgspec.UNSET and asked.owner is not None:
        return None
    owner_id = None if asked.owner is None else asked.owner_id
    if owner_id is not msgspec.UNSET and owner_id != wallet.owner_id:
        return False
    if asked.policy_ids is not msgspec.UNSET and list(asked.policy_ids) != wallet.policy_ids:
        return False
    if asked.external_id not in (msgspec.UNSET, wallet.external_id):
        return False
    if asked.additional_signers is not msgspec.UNSET:
        wanted = {signer.signer_id for signer in asked.additional_signers}
        if wanted != {signer.signer_id for signer in wallet.additional_signers}:
            return False
    return asked.display_name is msgspec.UNSET or asked.display_name == wallet.display_name


def _same_new_wallet(call: Call[Any], wallet: Wallet) -> bool | None:
    """Chain, owner, signers, policy, name and your own id of it.

    Unknown where only one side says a name or id (Privy may leave them out), and for an owner by
    key or user: Privy makes a quorum of it, whose id was not asked for.
    """
    asked: Any = call.body
    said = ((asked.display_name, wallet.display_name), (asked.external_id, wallet.external_id))
    if asked.chain_type != wallet.chain_type or any(
        a != b for a, b in said if a is not None and b is not None
    ):
        return False
    if _signers(asked.additional_signers or ()) != _signers(wallet.additional_signers):
        return False
    if list(asked.policy_ids or ()) != wallet.policy_ids:
        return False
    if asked.owner is not None:
        return None if wallet.owner_id else False
    if asked.owner_id != wallet.owner_id:
        return False
    return True if all(a == b for a, b in said) else None


def _signers(signers: Iterable[AdditionalSigner]) -> dict[str, tuple[str, ...]]:
    return {signer.signer_id: tuple(signer.override_policy_ids or ()) for signer in signers}


def _same_proposal(call: Call[Any], intent: Intent) -> bool | None:
    """The very change that was asked for, whoever proposed it.

    Unknown otherwise: Privy may write a request down in other words than it was sent in.
    """
    return True if intent.request_details.body == msgspec.to_builtins(call.body) else None


def _same_authorization(call: Call[Any], intent: Intent) -> bool | None:
    """A member signed at this very moment. Unknown otherwise: Privy may note another one."""
    signed = [member.signed_at for member in leaves(intent.authorization_details)]
    return True if call.argument("timestamp") in signed else None


def _its_wallets(call: Call[Any]) -> Call[WalletPage]:
    """Your own id of it finds one wallet; without that all of its chain have to be read."""
    external_id = call.argument("external_id")
    if external_id is not None:
        return list_wallets(external_id=str(external_id))
    return list_wallets(chain_type=str(call.argument("chain_type")))


def _has_its_own_id(call: Call[Any]) -> bool:
    """An app makes many wallets alike: only your own id of it tells one from another."""
    return call.argument("external_id") is not None


def _same_batch(call: Call[Any], batch: WalletBatch) -> bool | None:
    """Each result is of the wallet at its place; one that was not made tells nothing."""
    wallets: Any = call.argument("wallets")
    if [result.index for result in batch.results] != list(range(len(wallets))):
        return False
    for request, result in zip(wallets, batch.results, strict=True):
        if result.wallet is None:
            continue
        if _same_new_wallet(create_wallet(request), result.wallet) is False:
            return False
    return True


def _is_archived(call: Call[Any], wallet: Wallet) -> bool:
    return wallet.archived_at is not None


def _id(call: Call[Any]) -> str:
    ((_, value),) = call.arguments
    return value


CREATE_KEY_QUORUM = Operation(
    service=SERVICE,
    name="create_key_quorum",
    method="POST",
    path=_QUORUMS,
    returns=KeyQuorum,
    title="Create key quorum",
    source=_OPENAPI,
    body=CreateKeyQuorumRequest,
    changes=True,
    echoes={"display_name": "display_name", "authorization_threshold": "authorization_threshold"},
    reconciliation=Reconciliation(
        same=_same_quorum,
        get=lambda call, key_quorum_id: get_key_quorum(key_quorum_id),
        creates=True,
    ),
    table=__name__,
)
GET_KEY_QUORUM = Operation(
    service=SERVICE,
    name="get_key_quorum",
    method="GET",
    path=_QUORUM,
    returns=KeyQuorum,
    title="Get key quorum",
    source=_OPENAPI,
    echoes={"key_quorum_id": "id"},
    table=__name__,
)
UPDATE_KEY_QUORUM = Operation(
    service=SERVICE,
    name="update_key_quorum",
    method="PATCH",
    path=_QUORUM,
    returns=KeyQuorum,
    title="Update key quorum",
    source=_OPENAPI,
    body=UpdateKeyQuorumRequest,
    changes=True,
    co_signed=True,
    echoes={"key_quorum_id": "id", "authorization_threshold": "authorization_threshold"},
    reconciliation=Reconciliation(same=_same_quorum, look=lambda call: get_key_quorum(_id(call))),
    table=__name__,
)
DELETE_KEY_QUORUM = Operation(
    service=SERVICE,
    name="delete_key_quorum",
    method="DELETE",
    path=_QUORUM,
    returns=Success,
    title="Delete key quorum",
    source=_OPENAPI,
    changes=True,
    co_signed=True,
    reconciliation=Reconciliation(
        same=lambda call, found: None,
        look=lambda call: get_key_quorum(_id(call)),
        gone=Success(True),
    ),
    table=__name__,
)

CREATE_WALLET = Operation(
    service=SERVICE,
    name="create_wallet",
    method="POST",
    path=_WALLETS,
    returns=Wallet,
    title="Create wallet",
    source=_WALLET_API,
    body=CreateWalletRequest,
    changes=True,
    echoes={name: name for name in ("chain_type", "display_name", "external_id", "owner_id")},
    reconciliation=Reconciliation(
        same=_same_new_wallet,
        look=_its_wallets,
        get=lambda call, wallet_id: get_wallet(wallet_id),
        made="created_at",
        creates=True,
        unique=_has_its_own_id,
    ),
    table=__name__,
    idempotency=_ONCE,
)
LIST_WALLETS = Operation(
    service=SERVICE,
    name="list_wallets",
    method="GET",
    path=_WALLETS,
    returns=WalletPage,
    title="List wallets",
    source=_WALLET_API,
    query=(
        "cursor",
        "limit",
        "chain_type",
        "authorization_key",
        "external_id",
        "user_id",
        "address",
        "entity_id",
        "include_archived",
    ),
    echoes={name: name for name in ("chain_type", "external_id", "address")},
    alike={"address": is_same_address},
    pages=("cursor", "next_cursor", 100),
    table=__name__,
)
GET_WALLET = Operation(
    service=SERVICE,
    name="get_wallet",
    method="GET",
    path=_WALLET,
    returns=Wallet,
    title="Get wallet",
    source=_WALLET_API,
    query=("include_archived",),
    echoes={"wallet_id": "id"},
    table=__name__,
)
GET_WALLET_BY_ADDRESS = Operation(
    service=SERVICE,
    name="get_wallet_by_address",
    method="POST",
    path=f"{_WALLETS}/address",
    returns=Wallet,
    title="Get wallet by address",
    source=_WALLET_SDK,
    body=GetWalletByAddressRequest,
    echoes={"address": "address"},
    alike={"address": is_same_address},
    table=__name__,
)
CREATE_WALLET_BATCH = Operation(
    service=SERVICE,
    name="create_wallet_batch",
    method="POST",
    path=f"{_WALLETS}/batch",
    returns=WalletBatch,
    title="Create wallets in a batch",
    source=_WALLET_API,
    body=CreateWalletBatchRequest,
    changes=True,
    reconciliation=Reconciliation(same=_same_batch),
    table=__name__,
)
ARCHIVE_WALLET = Operation(
    service=SERVICE,
    name="archive_wallet",
    method="POST",
    path=f"{_WALLET}/archive",
    returns=Wallet,
    title="Archive wallet",
    source=_WALLET_SDK,
    changes=True,
    echoes={"wallet_id": "id"},
    reconciliation=Reconciliation(
        same=_is_archived,
        look=lambda call: get_wallet(_id(call), include_archived=True),
    ),
    table=__name__,
)
GET_POLICY = Operation(
    service=SERVICE,
    name="get_policy",
    method="GET",
    path="/v1/policies/{policy_id}",
    returns=Policy,
    title="Get policy",
    source=_POLICY_API,
    echoes={"policy_id": "id"},
    table=__name__,
)
LIST_WALLET_AUTOMATIONS = Operation(
    service=SERVICE,
    name="list_wallet_automations",
    method="GET",
    path=_AUTOMATIONS,
    returns=WalletAutomationPage,
    title="List wallet automations",
    source=_AUTOMATION_SDK,
    query=("cursor", "limit", "wallet_id"),
    pages=("cursor", "next_cursor", 100),
    table=__name__,
)
GET_WALLET_AUTOMATION = Operation(
    service=SERVICE,
    name="get_wallet_automation",
    method="GET",
    path=_AUTOMATIONS + "/{automation_id}",
    returns=WalletAutomation,
    title="Get wallet automation",
    source=_AUTOMATION_SDK,
    echoes={"automation_id": "id"},
    table=__name__,
)
UPDATE_WALLET = Operation(
    service=SERVICE,
    name="update_wallet",
    method="PATCH",
    path=_WALLET,
    returns=Wallet,
    title="Update wallet",
    source=_WALLET_API,
    body=UpdateWalletRequest,
    changes=True,
    owner_signs=True,
    echoes={"wallet_id": "id"},
    reconciliation=Reconciliation(same=_same_wallet, look=lambda call: get_wallet(_id(call))),
    table=__name__,
)

CREATE_KEY_QUORUM_UPDATE_INTENT = Operation(
    service=SERVICE,
    name="create_key_quorum_update_intent",
    method="PATCH",
    path=_INTENTS + "/key_quorums/{key_quorum_id}",
    returns=Intent,
    title="Propose a change of a key quorum",
    source=_INTENT_API,
    body=UpdateKeyQuorumRequest,
    changes=True,
    echoes={"key_quorum_id": "resource_id"},
    reconciliation=Reconciliation(
        same=_same_proposal,
        look=lambda call: list_intents(resource_id=_id(call), intent_type="KEY_QUORUM"),
        get=lambda call, intent_id: get_intent(intent_id),
        made="created_at",
        creates=True,
        unique=lambda call: False,  # anybody may propose the same
    ),
    table=__name__,
)
CREATE_WALLET_UPDATE_INTENT = Operation(
    service=SERVICE,
    name="create_wallet_update_intent",
    method="PATCH",
    path=_INTENTS + "/wallets/{wallet_id}",
    returns=Intent,
    title="Propose a change of a wallet",
    source=_INTENT_API,
    body=UpdateWalletRequest,
    changes=True,
    echoes={"wallet_id": "resource_id"},
    reconciliation=Reconciliation(
        same=_same_proposal,
        look=lambda call: list_intents(resource_id=_id(call), intent_type="WALLET"),
        get=lambda call, intent_id: get_intent(intent_id),
        made="created_at",
        creates=True,
        unique=lambda call: False,
    ),
    table=__name__,
)
LIST_INTENTS = Operation(
    service=SERVICE,
    name="list_intents",
    method="GET",
    path=_INTENTS,
    returns=IntentPage,
    title="List intents",
    source=_INTENT_API,
    query=(
        "cursor",
        "limit",
        "status",
        "intent_type",
        "created_by_id",
        "pending_member_id",
        "resource_id",
        "current_user_has_signed",
        "sort_by",
    ),
    echoes={
        "status": "status",
        "intent_type": "intent_type",
        "resource_id": "resource_id",
        "created_by_id": "created_by_id",
    },
    pages=("cursor", "next_cursor", 100),
    table=__name__,
)
GET_INTENT = Operation(
    service=SERVICE,
    name="get_intent",
    method="GET",
    path=_INTENT,
    returns=Intent,
    title="Get intent",
    source=_INTENT_API,
    echoes={"intent_id": "intent_id"},
    table=__name__,
)
REJECT_INTENT = Operation(
    service=SERVICE,
    name="reject_intent",
    method="POST",
    path=_INTENT + "/reject",
    returns=Intent,
    title="Reject intent",
    source="Privy page Reject intent and @privy-io/node 0.35.0",
    changes=True,
    echoes={"intent_id": "intent_id"},
    reconciliation=Reconciliation(
        same=lambda call, intent: intent.status == "rejected",
        look=lambda call: get_intent(_id(call)),
    ),
    table=__name__,
)
AUTHORIZE_INTENT = Operation(
    service=SERVICE,
    name="authorize_intent",
    method="POST",
    path=_INTENT + "/authorize",
    returns=Intent,
    title="Authorize intent",
    source=_INTENT_API,
    body=IntentAuthorizeInput,
    changes=True,
    echoes={"intent_id": "intent_id"},
    reconciliation=Reconciliation(
        same=_same_authorization, look=lambda call: get_intent(_id(call))
    ),
    table=__name__,
)

#: What proposes a change. The intent ends when ``privy-request-expiry`` says, if that is sent.
PROPOSALS = (CREATE_KEY_QUORUM_UPDATE_INTENT, CREATE_WALLET_UPDATE_INTENT)
OPERATIONS = (
    CREATE_KEY_QUORUM,
    GET_KEY_QUORUM,
    UPDATE_KEY_QUORUM,
    DELETE_KEY_QUORUM,
    CREATE_WALLET,
    LIST_WALLETS,
    GET_WALLET,
    UPDATE_WALLET,
    GET_WALLET_BY_ADDRESS,
    CREATE_WALLET_BATCH,
    ARCHIVE_WALLET,
    GET_POLICY,
    LIST_WALLET_AUTOMATIONS,
    GET_WALLET_AUTOMATION,
    CREATE_KEY_QUORUM_UPDATE_INTENT,
    CREATE_WALLET_UPDATE_INTENT,
    LIST_INTENTS,
    GET_INTENT,
    REJECT_INTENT,
    AUTHORIZE_INTENT,
)


def create_key_quorum(request: CreateKeyQuorumRequest) -> Call[KeyQuorum]:
    """Make a quorum. The app secret alone authenticates this; nothing is signed.

    >>> from toolkit import Emulator, privy
    >>> from toolkit.keys import P256Key
    >>> keys = [P256Key.generate().public for _ in range(3)]
    >>> request = privy.CreateKeyQuorumRequest(public_keys=keys, authorization_threshold=2)
    >>> quorum = Emulator.seeded().privy_client().send(privy.create_key_quorum(request))
    >>> quorum.authorization_threshold
    2
    """
    return call(CREATE_KEY_QUORUM, body=request)


def get_key_quorum(key_quorum_id: str) -> Call[KeyQuorum]:
    """One quorum, members included.

    >>> app.send(privy.get_key_quorum(quorum.id)) == quorum
    True
    """
    return call(GET_KEY_QUORUM, {"key_quorum_id": key_quorum_id})


def update_key_quorum(key_quorum_id: str, request: UpdateKeyQuorumRequest) -> Call[KeyQuorum]:
    """Change a quorum.

    A threshold of its members as they are *now* must sign: pass them as ``signers``.

    >>> from toolkit import Emulator, privy
    >>> from toolkit.keys import P256Key
    >>> app = Emulator.seeded().privy_client()
    >>> alice, bob = P256Key.generate(), P256Key.generate()
    >>> members = privy.CreateKeyQuorumRequest(public_keys=[alice.public, bob.public])
    >>> quorum = app.send(privy.create_key_quorum(members))
    >>> change = privy.UpdateKeyQuorumRequest(authorization_threshold=1)
    >>> changed = app.send(privy.update_key_quorum(quorum.id, change), signers=[alice, bob])
    >>> changed.authorization_threshold
    1
    """
    return call(UPDATE_KEY_QUORUM, {"key_quorum_id": key_quorum_id}, body=request)


def delete_key_quorum(key_quorum_id: str) -> Call[Success]:
    """Delete a quorum, signed by a threshold of its members.

    >>> app.send(privy.delete_key_quorum(quorum.id), signers=[alice, bob]).success
    True
    """
    return call(DELETE_KEY_QUORUM, {"key_quorum_id": key_quorum_id})


def create_wallet(request: CreateWalletRequest) -> Call[Wallet]:
    """Make a wallet.

    The app secret alone authenticates this; its owner signs for it from then on.

    >>> request = privy.CreateWalletRequest(chain_type="solana", owner_id=quorum.id)
    >>> app.send(privy.create_wallet(request)).chain_type
    'solana'
    """
    return call(CREATE_WALLET, body=request)


def list_wallets(
    *,
    authorization_key: str | None = None,
    chain_type: str | None = None,
    external_id: str | None = None,
    user_id: str | None = None,
    address: str | None = None,
    entity_id: str | None = None,
    include_archived: bool | None = None,
    cursor: str | None = None,
    limit: int | None = None,
) -> Call[WalletPage]:
    """One page of wallets.

    With ``authorization_key`` (base64 SPKI), those owned by quorums that include this key; with
    ``user_id`` the same of a user: they exclude each other. With ``external_id``, the one that has
    this id of yours; with ``entity_id``, those attributed to a user or an organisation. Archived
    ones only with ``include_archived``.

    >>> [wallet.display_name for wallet in app.send(privy.list_wallets(chain_type="ethereum"))]
    ['Hot wallet', 'Cold reserve']
    """
    query = {
        "user_id": user_id,
        "address": address,
        "entity_id": entity_id,
        "include_archived": include_archived,
        "cursor": cursor,
        "limit": limit,
        "chain_type": chain_type,
        "authorization_key": authorization_key,
        "external_id": external_id,
    }
    return call(LIST_WALLETS, query=query)


def get_wallet(wallet_id: str, *, include_archived: bool | None = None) -> Call[Wallet]:
    """One wallet: its owner and additional signers.

    An archived one is not found unless ``include_archived`` is true.

    >>> wallet = app.send(privy.list_wallets()).data[0]
    >>> app.send(privy.get_wallet(wallet.id)).display_name
    'Hot wallet'
    """
    return call(GET_WALLET, {"wallet_id": wallet_id}, {"include_archived": include_archived})


def get_wallet_by_address(request: GetWalletByAddressRequest) -> Call[Wallet]:
    """The wallet that has an address. It only reads, though it is a POST.

    >>> wallet = app.send(privy.list_wallets()).data[0]
    >>> request = privy.GetWalletByAddressRequest(address=wallet.address)
    >>> app.send(privy.get_wallet_by_address(request)).display_name
    'Hot wallet'
    """
    return call(GET_WALLET_BY_ADDRESS, body=request)


def create_wallet_batch(request: CreateWalletBatchRequest) -> Call[WalletBatch]:
    """Make up to 100 wallets; each is made, or refused, for itself.

    Privy's schema has no idempotency key for it: a lost answer can only be settled by a person.

    >>> wallets = [privy.CreateWalletRequest(chain_type=chain) for chain in ("ethereum", "solana")]
    >>> request = privy.CreateWalletBatchRequest(wallets=wallets)
    >>> [wallet.chain_type for wallet in app.send(privy.create_wallet_batch(request)).wallets]
    ['ethereum', 'solana']
    """
    return call(CREATE_WALLET_BATCH, body=request)


def archive_wallet(wallet_id: str) -> Call[Wallet]:
    """Archive a wallet: from then on it takes no change and signs nothing, and lists leave it out.

    Privy's types know no signature for it, and no operation that takes it back.

    >>> *_, wallet = app.send(privy.list_wallets())
    >>> archived = app.send(privy.archive_wallet(wallet.id), acknowledge={"privy.archives"})
    >>> archived.archived_at is not None
    True
    """
    return call(ARCHIVE_WALLET, {"wallet_id": wallet_id})


def get_policy(policy_id: str) -> Call[Policy]:
    """One policy: its rules, and the quorum that owns it. There is no list of policies.

    >>> wallet = app.send(privy.list_wallets()).data[0]
    >>> app.send(privy.get_policy(wallet.policy_ids[0])).name
    'Payouts up to 5 ETH'
    """
    return call(GET_POLICY, {"policy_id": policy_id})


def list_wallet_automations(
    *,
    wallet_id: str | None = None,
    cursor: str | None = None,
    limit: int | None = None,
) -> Call[WalletAutomationPage]:
    """One page of wallet automations; with ``wallet_id`` those that act on this wallet.

    >>> [each.name for each in app.send(privy.list_wallet_automations())]
    ['Deposits earn']
    """
    query = {"cursor": cursor, "limit": limit, "wallet_id": wallet_id}
    return call(LIST_WALLET_AUTOMATIONS, query=query)


def get_wallet_automation(automation_id: str) -> Call[WalletAutomation]:
    """One wallet automation: what it does, and the quorum that owns it.

    >>> first = app.send(privy.list_wallet_automations()).data[0]
    >>> app.send(privy.get_wallet_automation(first.id)).status
    'enabled'
    """
    return call(GET_WALLET_AUTOMATION, {"automation_id": automation_id})


def update_wallet(wallet_id: str, request: UpdateWalletRequest) -> Call[Wallet]:
    """Change owner, additional signers or name.

    The owner's quorum must sign, if the wallet has an owner.

    >>> owned = privy.CreateWalletRequest(chain_type="ethereum", owner_id=quorum.id)
    >>> wallet = app.send(privy.create_wallet(owned))
    >>> change = privy.UpdateWalletRequest(display_name="Payouts")
    >>> app.send(privy.update_wallet(wallet.id, change), signers=[alice, bob]).display_name
    'Payouts'
    """
    return call(UPDATE_WALLET, {"wallet_id": wallet_id}, body=request)


def create_key_quorum_update_intent(
    key_quorum_id: str, request: UpdateKeyQuorumRequest
) -> Call[Intent]:
    """Propose a change of a quorum. It is done once enough members have authorized the intent.

    The app secret alone authenticates the proposal. Intents are a feature of Privy's Enterprise
    plan. They last 72 hours, or as long as ``client.prepare(call, expires_in_s=…)`` says.

    >>> change = privy.UpdateKeyQuorumRequest(display_name="Payouts")
    >>> app.send(privy.create_key_quorum_update_intent(quorum.id, change)).status
    'pending'
    """
    return call(CREATE_KEY_QUORUM_UPDATE_INTENT, {"key_quorum_id": key_quorum_id}, body=request)


def create_wallet_update_intent(wallet_id: str, request: UpdateWalletRequest) -> Call[Intent]:
    """Propose a change of a wallet. It is done once enough of its owner's members have authorized
    the intent.

    >>> wallet = app.send(privy.list_wallets()).data[0]
    >>> request = privy.UpdateWalletRequest(display_name="Payouts")
    >>> app.send(privy.create_wallet_update_intent(wallet.id, request)).status
    'pending'
    """
    return call(CREATE_WALLET_UPDATE_INTENT, {"wallet_id": wallet_id}, body=request)


def list_intents(
    *,
    status: str | None = None,
    intent_type: str | None = None,
    resource_id: str | None = None,
    created_by_id: str | None = None,
    pending_member_id: str | None = None,
    current_user_has_signed: bool | None = None,
    sort_by: str | None = None,
    cursor: str | None = None,
    limit: int | None = None,
) -> Call[IntentPage]:
    """One page of the app's intents.

    Args:
        status: pending, processing, executed, failed, expired, rejected or dismissed.
        intent_type: KEY_QUORUM, WALLET, POLICY, RULE, RPC or TRANSFER.
        resource_id: of the quorum or wallet that they are about.
        created_by_id: a user; those that the app secret made have none.
        pending_member_id: a user whose authorization is still missing.
        current_user_has_signed: by the user whose token asks; the app secret is none.
        sort_by: created_at_desc, expires_at_asc or updated_at_desc.

    >>> change = privy.UpdateKeyQuorumRequest(display_name="Payouts")
    >>> intent = app.send(privy.create_key_quorum_update_intent(quorum.id, change))
    >>> [each.status for each in app.send(privy.list_intents(resource_id=quorum.id))]
    ['pending']
    """
    query = {
        "cursor": cursor,
        "limit": limit,
        "status": status,
        "intent_type": intent_type,
        "created_by_id": created_by_id,
        "pending_member_id": pending_member_id,
        "resource_id": resource_id,
        "current_user_has_signed": current_user_has_signed,
        "sort_by": sort_by,
    }
    return call(LIST_INTENTS, query=query)


def get_intent(intent_id: str) -> Call[Intent]:
    """One intent: who has signed it, and what became of it.

    >>> change = privy.UpdateKeyQuorumRequest(display_name="Payouts")
    >>> intent = app.send(privy.create_key_quorum_update_intent(quorum.id, change))
    >>> app.send(privy.get_intent(intent.intent_id)).status
    'pending'
    """
    return call(GET_INTENT, {"intent_id": intent_id})


def reject_intent(intent_id: str) -> Call[Intent]:
    """Cancel a pending intent. Nothing of it can be authorized or done any more.

    >>> change = privy.UpdateKeyQuorumRequest(display_name="Payouts")
    >>> intent = app.send(privy.create_key_quorum_update_intent(quorum.id, change))
    >>> app.send(privy.reject_intent(intent.intent_id)).status
    'rejected'
    """
    return call(REJECT_INTENT, {"intent_id": intent_id})


def authorize_intent(intent_id: str, request: IntentAuthorizeInput) -> Call[Intent]:
    """Add one member's signature, as ``privy.sign_intent`` makes it.

    With enough of them Privy does the change at once. A signature cannot be taken back.

    >>> change = privy.UpdateKeyQuorumRequest(display_name="Payouts")
    >>> intent = app.send(privy.create_key_quorum_update_intent(quorum.id, change))
    >>> for key in (alice, bob):
    ...     signed = privy.sign_intent(intent, key, app.identity)
    ...     intent = app.send(privy.authorize_intent(intent.intent_id, signed))
    >>> intent.status
    'executed'
    """
    return call(AUTHORIZE_INTENT, {"intent_id": intent_id}, body=request)

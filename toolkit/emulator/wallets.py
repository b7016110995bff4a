"""Wallets of the emulated Privy, as far as ownership matters.

What a policy does to a request is documented, and not emulated.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Hashable
from random import Random
from typing import Any

from msgspec.structs import replace

from toolkit.emulator import privy_answers
from toolkit.emulator.choices import Choices
from toolkit.emulator.core import Clock, LedgerLine, Received, Refusal
from toolkit.emulator.keccak import eip_55
from toolkit.emulator.privy_reading import (
    INVALID,
    fields_of,
    fingerprint,
    flag_of,
    invalid,
    object_of,
    page_of,
    query_of,
    texts,
)
from toolkit.emulator.quorums import Quorums
from toolkit.emulator.store import Index, Rows, Store
from toolkit.emulator.xpub import BASE58
from toolkit.privy import models

CREATE_FIELDS = (
    "chain_type",
    "display_name",
    "external_id",
    "owner",
    "owner_id",
    "additional_signers",
    "policy_ids",
    "entity",
)
UPDATE_FIELDS = (
    "owner",
    "owner_id",
    "additional_signers",
    "display_name",
    "policy_ids",
    "external_id",
)
NOT_FOUND = "Wallet not found"
ADDRESS_FIELDS = ("address", "include_archived")


def wallet_store() -> Store[models.Wallet]:
    """No wallets yet; they will be found by whatever a list is filtered by."""
    return Store(
        chain_type=Index(_chain_types),
        archived=Index(_archived),
        external_id=Index(_external_ids),
        entity_id=Index(_entity_ids),
        address=Index(_addresses),
        owner=Index(_owners),
    )


class Wallets:
    """State and operations. Handlers are named after the operations.

    Args:
        policies: ids of those that are there.
    """

    def __init__(
        self,
        choices: Choices,
        clock: Clock,
        random: Random,
        wallets: Store[models.Wallet],
        quorums: Quorums,
        policies: Collection[str],
    ) -> None:
        self.choices = choices
        self.clock = clock
        self.random = random
        self.wallets = wallets
        self.quorums = quorums
        self.policies = policies

    # ---- operations ----

    def create_wallet(
        self,
        received: Received,
        line: LedgerLine,
    ) -> models.Wallet:
        """The new wallet. An owner by key or user becomes a quorum of one."""
        wallet = self._made(object_of(received, CREATE_FIELDS, self.choices))
        line.made = wallet.id
        return wallet

    def _made(self, body: dict[str, Any]) -> models.Wallet:
        chain_type = self._chain_type(body)
        _judge_name(body.get("display_name", ""))  # null is no name: it may be left out
        if "external_id" in body:
            self._judge_external_id(body["external_id"])
        policy_ids = self._policies(body.get("policy_ids", []))
        entity = _entity(body)
        control = self._control(body)
        wallet = privy_answers.Wallet(
            id=self.quorums.cuid(),
            address=self.address(chain_type),
            chain_type=chain_type,
            created_at=self.clock.now_ms(),
            display_name=body.get("display_name"),
            external_id=body.get("external_id"),
            policy_ids=policy_ids,
            entity=entity,
            **control,
        )
        self.wallets[wallet.id] = wallet
        return wallet

    def list_wallets(
        self,
        received: Received,
        line: LedgerLine,
    ) -> models.WalletPage:
        """One page of the wallets that match the query, of at most 100."""
        query = query_of(received)
        data, next_cursor = page_of(self._matching(query), query)
        return models.WalletPage(data, next_cursor)

    def get_wallet(
        self,
        received: Received,
        line: LedgerLine,
        wallet_id: str,
    ) -> models.Wallet:
        """The wallet; 404 for an id that is not there, or archived and not asked for as such."""
        wallet = self.wallet(wallet_id)
        return _visible(wallet, flag_of(query_of(received), "include_archived"))

    def get_wallet_by_address(
        self,
        received: Received,
        line: LedgerLine,
    ) -> models.Wallet:
        """The wallet that has an address; 404 for none."""
        body = object_of(received, ADDRESS_FIELDS, self.choices)
        address = body.get("address")
        archived = body.get("include_archived", False)
        if not isinstance(address, str) or not address:
            raise invalid("address is required")
        if not isinstance(archived, bool):
            raise invalid("include_archived must be a boolean")
        wallet = self.wallets.first("address", _folded(address))
        if wallet is None:
            raise Refusal(404, NOT_FOUND)
        return _visible(wallet, archived)

    def create_wallet_batch(
        self,
        received: Received,
        line: LedgerLine,
    ) -> models.WalletBatch:
        """What became of each wallet, in order: one that is refused does not affect the others."""
        wanted = object_of(received, ("wallets",), self.choices).get("wallets")
        if not isinstance(wanted, list) or not 1 <= len(wanted) <= models.BATCH_LIMIT:
            raise invalid(f"wallets must have from 1 to {models.BATCH_LIMIT} items")
        results = [self._batch_result(index, each) for index, each in enumerate(wanted)]
        line.made = " ".join(result.wallet.id for result in results if result.wallet is not None)
        return models.WalletBatch(results=results)

    def _batch_result(self, index: int, wanted: Any) -> models.WalletBatchResult:
        try:
            wallet = self._made(fields_of(wanted, CREATE_FIELDS, self.choices))
        except Refusal as refusal:
            return models.WalletBatchResult(
                index=index, success=False, error=refusal.text, code=str(refusal.code or INVALID)
            )
        return models.WalletBatchResult(index=index, success=True, wallet=wallet)

    def archive_wallet(
        self,
        received: Received,
        line: LedgerLine,
        wallet_id: str,
    ) -> models.Wallet:
        """The wallet, which takes no change and signs nothing any more; 404 for an archived one."""
        wallet = _visible(self.wallet(wallet_id), archived=False)
        changed = replace(wallet, archived_at=self.clock.now_ms())
        self.wallets[wallet_id] = changed
        return changed

    def update_wallet(
        self,
        received: Received,
        line: LedgerLine,
        wallet_id: str,
    ) -> models.Wallet:
        """The wallet with these fields in place of the old ones; null takes one away."""
        wallet = self.wallet(wallet_id)
        if wallet.archived_at is not None and self.choices["privy.archived_write"] == "400":
            raise invalid("Wallet is archived")
        _visible(wallet, archived=False)
        body = object_of(received, UPDATE_FIELDS, self.choices)
        if not body:
            raise invalid("At least one field is required")
        changes: dict[str, Any] = {}
        if "display_name" in body:
            if body["display_name"] is not None:
                _judge_name(body["display_name"])
            changes["display_name"] = body["display_name"]
        if "policy_ids" in body:
            changes["policy_ids"] = self._policies(body["policy_ids"])
        if "external_id" in body:
            self._judge_once(wallet, body["external_id"])
            changes["external_id"] = body["external_id"]
        changes |= self._control(body)
        changed = replace(wallet, **changes)
        self.wallets[wallet_id] = changed
        return changed

    # ---- what a new one may be ----

    def _chain_type(self, body: dict[str, Any]) -> str:
        chain_type = body.get("chain_type")
        if not isinstance(chain_type, str) or not chain_type.strip():
            raise invalid("chain_type is required")
        listed = chain_type in models.CHAIN_TYPES
        if not listed and self.choices["privy.chain_types"] == "listed":
            raise invalid(f"chain_type: {chain_type} is not supported")
        return chain_type

    def _judge_external_id(self, external_id: Any) -> None:
        shape = models.EXTERNAL_ID
        if not isinstance(external_id, str) or not re.fullmatch(shape, external_id):
            raise invalid("external_id must have 1 to 64 characters of a-z, A-Z, 0-9, _ and -")
        taken = self.wallets.has("external_id", external_id)
        if taken and self.choices["privy.external_id_twice"] == "refused":
            raise invalid("external_id is in use by another wallet")

    def _judge_once(self, wallet: models.Wallet, external_id: Any) -> None:
        """It can be given once, to a wallet that has none; the same one again changes nothing."""
        if wallet.external_id is None:
            self._judge_external_id(external_id)
        elif external_id != wallet.external_id:
            raise invalid("external_id cannot be changed once set")

    def _policies(self, given: Any) -> list[str]:
        policies = texts(given, "policy_ids")
        if len(policies) > models.POLICY_LIMIT:
            raise invalid(f"policy_ids must have at most {models.POLICY_LIMIT} item")
        for policy_id in policies:
            if len(policy_id) != models.POLICY_ID_LENGTH:
                raise invalid(f"policy_ids: an id has {models.POLICY_ID_LENGTH} characters")
            if self.choices["privy.policy_ids"] == "known" and policy_id not in self.policies:
                raise invalid("policy_ids: no such policy")
        return policies

    # ---- which are listed ----

    def _matching(self, query: dict[str, str]) -> Rows[models.Wallet]:
        """The wallets that fit every filter of a query."""
        if "user_id" in query and "authorization_key" in query:
            raise invalid("user_id and authorization_key cannot be used together")
        states = [False]
        if flag_of(query, "include_archived"):
            states.append(True)
        wanted: dict[str, list[Hashable]] = {}
        if "chain_type" in query:
            wanted["chain_type"] = [(query["chain_type"], state) for state in states]
        elif len(states) == 1:
            wanted["archived"] = [False]
        for name in ("external_id", "entity_id"):
            if name in query:
                wanted[name] = [query[name]]
        if "address" in query:
            wanted["address"] = [_folded(query["address"])]
        return self.wallets.select(wanted | self._of_whom(query))

    def _of_whom(self, query: dict[str, str]) -> dict[str, list[Hashable]]:
        """The owners among which a key or a user is a member."""
        nested = self.choices["privy.nested_filter"] == "members-of-owner"
        if "authorization_key" in query:
            key = fingerprint(query["authorization_key"], 0)
            return {"owner": [*self.quorums.with_member("key", key, nested)]}
        if "user_id" in query:
            return {"owner": [*self.quorums.with_member("user", query["user_id"], nested)]}
        return {}

    # ---- who controls one ----

    def _control(self, body: dict[str, Any]) -> dict[str, Any]:
        """Who controls a wallet, as a body says it.

        To be asked last: nothing may be refused once this is through.
        """
        if "owner" in body and "owner_id" in body:
            raise invalid("owner and owner_id are mutually exclusive")
        control: dict[str, Any] = {}
        if "additional_signers" in body:
            control["additional_signers"] = self._signers(body["additional_signers"])
        if "owner_id" in body:
            control["owner_id"] = body["owner_id"]
            if body["owner_id"] is not None:
                control["owner_id"] = self._known_quorum(body["owner_id"], "owner_id")
        if "owner" in body:  # last: it makes a quorum
            control["owner_id"] = self._new_owner(body["owner"])
        return control

    def _new_owner(self, owner: Any) -> str | None:
        """A key or user as owner becomes a quorum of one, as Privy makes it."""
        if owner is None:
            return None
        if not isinstance(owner, dict) or list(owner) not in (["public_key"], ["user_id"]):
            raise invalid("owner must have public_key or user_id")
        fields: dict[str, Any] = {"authorization_threshold": 1}
        if "public_key" in owner:
            fields["public_keys"] = [owner["public_key"]]
        else:
            fields["user_ids"] = [owner["user_id"]]
        return self.quorums.add(fields).id

    def _signers(self, given: Any) -> list[models.AdditionalSigner]:
        if not isinstance(given, list) or not all(map(_has_signer_id, given)):
            raise invalid("additional_signers must be an array of objects with signer_id")
        for signer in given:
            policies = texts(signer.get("override_policy_ids", []), "override_policy_ids")
            if len(policies) > 1:
                raise invalid("override_policy_ids must have at most 1 item")
        return [
            models.AdditionalSigner(
                signer_id=self._known_quorum(signer["signer_id"], "signer_id"),
                override_policy_ids=signer.get("override_policy_ids"),
            )
            for signer in given
        ]

    def _known_quorum(self, quorum_id: Any, field: str) -> str:
        if not isinstance(quorum_id, str) or quorum_id not in self.quorums.quorums:
            raise invalid(f"{field}: no such key quorum")
        return quorum_id

    # ---- what they are made of ----

    def wallet(self, wallet_id: str) -> models.Wallet:
        """The wallet of this id. Raises Refusal (404) for none."""
        if wallet_id not in self.wallets:
            raise Refusal(404, NOT_FOUND)
        return self.wallets[wallet_id]

    def address(self, chain_type: str) -> str:
        """An address that nobody has a key for; an Ethereum address in the letters of EIP-55.

        Other chains than ethereum get solana's shape: ours, not theirs.
        """
        if chain_type == "ethereum":
            return eip_55(f"0x{self.random.getrandbits(160):040x}")
        return "".join(self.random.choices(BASE58, k=44))


def _visible(wallet: models.Wallet, archived: bool) -> models.Wallet:
    """The wallet. Raises Refusal (404) for an archived one where those are not asked for."""
    if wallet.archived_at is not None and not archived:
        raise Refusal(404, NOT_FOUND)
    return wallet


def _entity(body: dict[str, Any]) -> models.WalletEntity | None:
    """Whom a new wallet is attributed to."""
    if "entity" not in body:
        return None
    entity = body["entity"]
    if not isinstance(entity, dict) or set(entity) != {"id", "type"}:
        raise invalid("entity must have id and type")
    if not isinstance(entity["id"], str) or not entity["id"]:
        raise invalid("entity.id must be a string")
    if entity["type"] not in models.ENTITY_TYPES:
        raise invalid(f"entity.type must be one of {', '.join(models.ENTITY_TYPES)}")
    return models.WalletEntity(id=entity["id"], type=entity["type"])


# ---- what they are found by ----------------------------------------------------------------------


def _chain_types(wallet: models.Wallet) -> tuple[Hashable, ...]:
    """The chain, and whether it is archived: one value, so that a page of it costs nothing."""
    return ((wallet.chain_type, wallet.archived_at is not None),)


def _archived(wallet: models.Wallet) -> tuple[bool, ...]:
    return (wallet.archived_at is not None,)


def _external_ids(wallet: models.Wallet) -> tuple[str, ...]:
    return _present(wallet.external_id)


def _entity_ids(wallet: models.Wallet) -> tuple[str, ...]:
    return () if wallet.entity is None else (wallet.entity.id,)


def _addresses(wallet: models.Wallet) -> tuple[str, ...]:
    return (_folded(wallet.address),)


def _folded(address: str) -> str:
    """The same for one address in all letters that it may have."""
    if models.is_same_address(address, address.lower()):
        return address.lower()
    return address


def _owners(wallet: models.Wallet) -> tuple[str, ...]:
    return _present(wallet.owner_id)


def _present(value: str | None) -> tuple[str, ...]:
    if value is None:
        return ()
    return (value,)


def _judge_name(name: Any) -> None:
    limit = models.WALLET_NAME_LIMIT
    if not isinstance(name, str) or len(name) > limit:
        raise invalid(f"display_name must be a string of at most {limit} characters")


def _has_signer_id(signer: Any) -> bool:
    return isinstance(signer, dict) and "signer_id" in signer

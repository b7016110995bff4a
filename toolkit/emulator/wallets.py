"""Wallets of the emulated Privy, as far as ownership matters.

Policies and ``privy-idempotency-key`` are documented, and not emulated: the same request twice
makes two.
"""

from __future__ import annotations

import re
from random import Random
from typing import Any
from urllib.parse import parse_qsl

from msgspec.structs import replace

from toolkit.emulator.choices import Choices
from toolkit.emulator.core import Clock, LedgerLine, Received, Refusal, digits
from toolkit.emulator.privy_reading import fingerprint, invalid, object_of, texts
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
)
UPDATE_FIELDS = ("owner", "owner_id", "additional_signers", "display_name")
PAGE_LIMIT = 100


def wallet_store() -> Store[models.Wallet]:
    """No wallets yet; they will be found by whatever a list is filtered by."""
    return Store(
        chain_type=Index(_chain_types),
        external_id=Index(_external_ids),
        owner=Index(_owners),
    )


class Wallets:
    """State and operations. Handlers are named after the operations."""

    def __init__(
        self,
        choices: Choices,
        clock: Clock,
        random: Random,
        wallets: Store[models.Wallet],
        quorums: Quorums,
    ) -> None:
        self.choices = choices
        self.clock = clock
        self.random = random
        self.wallets = wallets
        self.quorums = quorums

    # ---- operations ----

    def create_wallet(
        self,
        received: Received,
        line: LedgerLine,
    ) -> models.Wallet:
        """The new wallet. An owner by key or user becomes a quorum of one."""
        body = object_of(received, CREATE_FIELDS)
        chain_type = self._chain_type(body)
        _judge_new_name(body)
        if "external_id" in body:
            self._judge_external_id(body["external_id"])
        control = self._control(body)
        wallet = models.Wallet(
            id=self.quorums.cuid(),
            address=self.address(chain_type),
            chain_type=chain_type,
            created_at=self.clock.now_ms(),
            display_name=body.get("display_name"),
            external_id=body.get("external_id"),
            **control,
        )
        self.wallets[wallet.id] = wallet
        line.made = wallet.id
        return wallet

    def list_wallets(
        self,
        received: Received,
        line: LedgerLine,
    ) -> models.WalletPage:
        """One page of the wallets that match the query, of at most 100."""
        query = dict(parse_qsl(received.query))
        limit = digits(query.get("limit", str(PAGE_LIMIT)))
        if limit is None or not 1 <= limit <= PAGE_LIMIT:
            raise invalid(f"limit must be from 1 to {PAGE_LIMIT}")
        wallets = self._matching(query)
        cursor = query.get("cursor", "")
        start: int | None = 0
        if cursor:
            start = wallets.position(cursor)
        if start is None:
            raise invalid("Invalid cursor")
        data = wallets.cut(start, start + limit + 1)  # one more says whether there is a next page
        next_cursor = None
        if len(data) > limit:
            next_cursor = data.pop().id
        return models.WalletPage(data, next_cursor)

    def get_wallet(
        self,
        received: Received,
        line: LedgerLine,
        wallet_id: str,
    ) -> models.Wallet:
        """The wallet; 404 for an id that is not there."""
        return self.wallet(wallet_id)

    def update_wallet(
        self,
        received: Received,
        line: LedgerLine,
        wallet_id: str,
    ) -> models.Wallet:
        """The wallet with these fields in place of the old ones; null takes one away."""
        wallet = self.wallet(wallet_id)
        body = object_of(received, UPDATE_FIELDS)
        if not body:
            raise invalid("At least one field is required")
        changes: dict[str, Any] = {}
        if "display_name" in body:
            if not isinstance(body["display_name"], str | None):
                raise invalid("display_name must be a string")
            changes["display_name"] = body["display_name"]
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

    # ---- which are listed ----

    def _matching(self, query: dict[str, str]) -> Rows[models.Wallet]:
        """The wallets that fit every filter of a query."""
        wanted: dict[str, list[str]] = {}
        for name in ("chain_type", "external_id"):
            if name in query:
                wanted[name] = [query[name]]
        if "authorization_key" in query:
            key = fingerprint(query["authorization_key"], 0)
            nested = self.choices["privy.nested_filter"] == "members-of-owner"
            wanted["owner"] = self.quorums.with_key(key, nested)
        return self.wallets.select(wanted)

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
            control["owner_id"] = self._owner(body["owner"])
        return control

    def _owner(self, owner: Any) -> str | None:
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
            raise Refusal(404, "Wallet not found")
        return self.wallets[wallet_id]

    def address(self, chain_type: str) -> str:
        """An address that nobody has a key for.

        Other chains than ethereum get solana's shape: ours, not theirs.
        """
        if chain_type == "ethereum":
            return f"0x{self.random.getrandbits(160):040x}"
        return "".join(self.random.choices(BASE58, k=44))


def _chain_types(wallet: models.Wallet) -> tuple[str, ...]:
    return (wallet.chain_type,)


def _external_ids(wallet: models.Wallet) -> tuple[str, ...]:
    return _present(wallet.external_id)


def _owners(wallet: models.Wallet) -> tuple[str, ...]:
    return _present(wallet.owner_id)


def _present(value: str | None) -> tuple[str, ...]:
    if value is None:
        return ()
    return (value,)


def _judge_new_name(body: dict[str, Any]) -> None:
    """Null is no name: it may be left out."""
    name = body.get("display_name", "")
    limit = models.WALLET_NAME_LIMIT
    if not isinstance(name, str) or len(name) > limit:
        raise invalid(f"display_name must be a string of at most {limit} characters")


def _has_signer_id(signer: Any) -> bool:
    return isinstance(signer, dict) and "signer_id" in signer

"""An organisation for the rules of an audit: things are sound unless a case makes them otherwise.

Every person of a thing has a key, user or node of their own there, and is known from a call. Each case
has a prefix, so that many can stand in one organisation without touching one another.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from toolkit import Inventory, People, cobo, privy
from toolkit.inventory.exclusions import Exclusion
from toolkit.inventory.inventory import Origin, Unseen
from toolkit.inventory.people import Holder
from toolkit.inventory.powers import app_secret
from toolkit.keys import P256Key
from toolkit.privy.intents import IntentRequestDetails

DAY_MS = 86_400_000
NOW_MS = 1_795_000_000_000
NODE = "cobo{}"
SCOPED = {"vault_ids": ["some vault"], "wallet_ids": ["some wallet"]}


@cache
def public_key(number: int) -> Any:
    """One of many P-256 public keys."""
    return P256Key.from_hex(f"{number + 1:064x}").public


@dataclass
class World:
    """What is being built. ``case``: stands before every name and id."""

    case: str = ""
    things: dict[str, list[Any]] = field(default_factory=dict)
    seats: dict[str, Holder | str] = field(default_factory=dict)
    exclusions: list[Exclusion] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=itertools.count)

    @contextmanager
    def prefixed(self, case: str) -> Iterator[World]:
        """While this is open, everything has this prefix."""
        before, self.case = self.case, f"{case} "
        yield self
        self.case = before

    def add(self, kind: str, thing: Any) -> Any:
        """Put a thing in."""
        self.things.setdefault(kind, []).append(thing)
        return thing

    def held(self, seat: str, person: str | None, **more: Any) -> str:
        """A seat, and whoever has it; nobody for None."""
        if person is not None:
            facts: dict[str, Any] = {"known": "call", **more}
            self.seats[seat] = Holder(f"{self.case}{person}", **facts)
        return seat

    # ---- Privy ----

    def key(self, person: str | None, **more: Any) -> privy.AuthorizationKey:
        """A new key of somebody."""
        public = public_key(next(self.numbers))
        self.held(public.fingerprint, person, **more)
        return privy.AuthorizationKey(public.to_base64())

    def user(self, person: str) -> str:
        """A new user of somebody."""
        return self.held(f"did:privy:{next(self.numbers)}", person)

    def quorum(
        self,
        k: int | None,
        people: str = "",
        name: str | None = None,
        keys: Sequence[Any] = (),
        **more: Any,
    ) -> privy.KeyQuorum:
        """k of these people, each with a new key; ``keys``: more members."""
        number = next(self.numbers)
        members = [*(self.key(person) for person in people.split()), *keys]
        called = f"{self.case}quorum {number}" if name is None else name
        return self.add("quorums", privy.KeyQuorum(f"q{number}", members, called, k, **more))

    def wallet(self, owner: str | None, **more: Any) -> privy.Wallet:
        """A wallet of this quorum."""
        number = next(self.numbers)
        facts: dict[str, Any] = {
            "chain_type": "solana",
            "created_at": 1,
            "display_name": f"{self.case}wallet {number}",
            **more,
        }
        return self.add(
            "wallets", privy.Wallet(id=f"w{number}", address=f"a{number}", owner_id=owner, **facts)
        )

    def policy(self, owner: str | None, **more: Any) -> privy.Policy:
        """A policy of this quorum."""
        number = next(self.numbers)
        facts: dict[str, Any] = {
            "name": f"{self.case}policy {number}",
            "chain_type": "solana",
            "created_at": 1,
            **more,
        }
        return self.add("policies", privy.Policy(id=f"p{number}", owner_id=owner, **facts))

    def acting(self, quorum_id: str, *policies: str) -> privy.AdditionalSigner:
        """A quorum that may act with a wallet, under these policies of its own."""
        return privy.AdditionalSigner(signer_id=quorum_id, override_policy_ids=policies)

    def intent(self, about: str, **more: Any) -> privy.Intent:
        """A change of this quorum that waits for signatures, opened just now."""
        number = next(self.numbers)
        request = IntentRequestDetails(method="PATCH", url=f"https://p/v1/key_quorums/{about}")
        facts: dict[str, Any] = {
            "intent_type": "KEY_QUORUM", "status": "pending", "created_at": NOW_MS, "expires_at": NOW_MS + 3 * DAY_MS,
            "custom_expiry": False, "authorization_details": [], "request_details": request, **more,
        }  # fmt: skip
        return self.add("intents", privy.Intent(intent_id=f"i{number}", resource_id=about, **facts))

    # ---- Cobo ----

    def holder(
        self, person: str | None, signer: bool = False, **changed: Any
    ) -> cobo.KeyShareHolder:
        """A holder with a new node."""
        more = {name: changed.pop(name) for name in ("site", "organisation") if name in changed}
        node = NODE.format(next(self.numbers))
        facts: dict[str, Any] = {"name": f"{self.case}{person}", "type": "API", "tss_node_id": node, "online": True,
                                 "signer": signer, "status": "Valid", **changed}  # fmt: skip
        if facts["tss_node_id"]:
            self.held(facts["tss_node_id"], person, **more)
        return cobo.KeyShareHolder(**facts)

    def group(
        self,
        vault_id: str,
        kind: str,
        k: int,
        holders: Sequence[cobo.KeyShareHolder],
        **changed: Any,
    ) -> cobo.KeyShareHolderGroup:
        """A group of a vault, Cobo's own holder in it unless it is a recovery group."""
        own = cobo.KeyShareHolder(
            name="Cobo",
            type="Cobo",
            tss_node_id="coboOwn",
            online=True,
            signer=True,
            status="Valid",
        )
        seats = [*([] if kind == "RecoveryGroup" else [own]), *holders]
        facts: dict[str, Any] = {"participants": len(seats), "threshold": k, "status": "Valid",
                                 "created_timestamp": NOW_MS - 100 * DAY_MS, **changed}  # fmt: skip
        number = next(self.numbers)
        return self.add("groups", cobo.KeyShareHolderGroup(
            key_share_holder_group_id=f"g{number}", type=kind, key_share_holders=seats, vault_id=vault_id, **facts,
        ))  # fmt: skip

    def vault(self, *kinds: str, name: str | None = None) -> str:
        """A vault with these groups, each sound; all three without a word, ``bare``: none."""
        number = next(self.numbers)
        called = f"{self.case}vault {number}" if name is None else name
        self.add("vaults", cobo.MPCVault(vault_id=f"v{number}", name=called, type="Org-Controlled"))
        for kind in kinds or ("main", "signing", "recovery"):
            if kind != "bare":
                getattr(self, kind)(f"v{number}")
        return f"v{number}"

    def main(self, vault_id: str, **changed: Any) -> cobo.KeyShareHolderGroup:
        """A sound main group."""
        return self.group(
            vault_id, "MainGroup", 2, [self.holder("Mia", True), self.holder("Max")], **changed
        )

    def signing(self, vault_id: str, **changed: Any) -> cobo.KeyShareHolderGroup:
        """A sound signing group."""
        return self.group(
            vault_id, "SigningGroup", 2, [self.holder("Cem", True), self.holder("Dee")], **changed
        )

    def recovery(self, vault_id: str, **changed: Any) -> cobo.KeyShareHolderGroup:
        """A sound recovery group."""
        return self.group(
            vault_id,
            "RecoveryGroup",
            2,
            [self.holder(each) for each in ("Eve", "Fay", "Gus")],
            **changed,
        )

    def api_key(self, *roles: Any, **changed: Any) -> cobo.ApiKeyInfo:
        """An API key with these roles: names, or pairs of a name and its lists."""
        number = next(self.numbers)
        given = [(role, SCOPED) if isinstance(role, str) else role for role in roles]
        facts: dict[str, Any] = {
            "name": f"{self.case}api key {number}", "key": self.held(f"{number:064x}", "Kim"), "curve_type": "ED25519",
            "created_timestamp": 1, "updated_timestamp": 1, "callback_url": "https://hooks.example.com/cobo",
            "valid_ips": ["203.0.114.7"], "expired_timestamp": NOW_MS + 90 * DAY_MS,
            "role_scopes": [cobo.RoleScope(role_name=name, scopes=cobo.Scopes(**lists)) for name, lists in given],
        }  # fmt: skip
        return self.add("api_keys", cobo.ApiKeyInfo(**(facts | changed)))

    # ---- all of it ----

    def exclude(
        self, rule: str, about: dict[str, str], days: int = 30, since: int = -10
    ) -> Exclusion:
        """Somebody answers for a finding, from ``since`` to ``days`` days from now."""
        exclusion = Exclusion(
            rule,
            about,
            "a reason",
            "Ann",
            "a limit",
            NOW_MS + since * DAY_MS,
            NOW_MS + days * DAY_MS,
        )
        self.exclusions.append(exclusion)
        return exclusion

    def inventory(self, **changed: Any) -> Inventory:
        """Everything, read just now."""
        app = "app of all"
        wallets = {wallet.id: app for wallet in self.things.get("wallets", ())}
        origins = self.things.get("origins") or [
            Origin("cobo", "EMULATOR", "https://c", "an API key", True), Origin("privy", "EMULATOR", "https://p", app),
        ]  # fmt: skip
        seats: dict[str, Holder | str] = {app_secret(app): Holder("Zoe", "call"), **self.seats}
        facts: dict[str, Any] = {
            "at_ms": NOW_MS, "began_ms": NOW_MS, "seen_by": wallets, "people": People(seats),
            **{kind: tuple(things) for kind, things in self.things.items()}, "origins": tuple(origins),
        }  # fmt: skip
        return Inventory(**(facts | changed))


@dataclass(frozen=True)
class Case:
    """What is planted, and exactly which rules speak of it, each so often; none for a near miss."""

    name: str
    plant: Callable[[World], object]
    finds: tuple[str, ...] = ()


def unseen(about: str) -> Unseen:
    """Something that could not be read."""
    return Unseen("cobo", "EMULATOR", f"groups of {about}", "it was refused", "refused", about)

"""An organisation of six people at both vendors, in which 21 kinds of trouble are planted: read through its clients.

Three vaults with seven groups, nine quorums, 40 wallets and three API keys, on the emulator. What an audit must say
of it, and nothing else, stands in ``test_troubles``.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from toolkit import Emulator, Inventory, People, cobo, collect, privy
from toolkit.emulator import worlds
from toolkit.inventory.people import Holder
from toolkit.inventory.powers import app_secret
from toolkit.keys import Ed25519Key

DAY_MS = 86_400_000
SEED = 7
ALICE, BOB, CAROL, DANA, ERIN, FRANK = "Alice Moreau", "Bob Tanaka", "Carol Okafor", "Dana Lindqvist", "Erin Walsh", "Frank Ito"  # fmt: skip
FALSE_ALICE = "\u0410lice Moreau"  # the first letter is Cyrillic
SPLIT = "Ops\u200b night\u202e shift"
Seat = tuple[str, bool]  # a node, and whether it is a designated signer


class Organisation:
    """The emulator with everything in it."""

    def __init__(self) -> None:
        self.emulator = Emulator("empty", seed=SEED)
        self.emulator.cobo.state.vaults.clear()
        self.now_ms = self.emulator.clock.now_ms()
        self._count = itertools.count(1)
        self._nodes()
        self._vaults()
        self._api_keys()
        self._quorums()
        self._wallets()

    # ---- Cobo ----

    def _nodes(self) -> None:
        named = {
            "alice": ALICE, "bob": BOB, "bob's laptop": "Bob T. (laptop)", "carol": CAROL, "carol's other": CAROL, "dana": DANA,
            "erin": ERIN, "erin's other": ERIN, "frank": FRANK, "false": FALSE_ALICE,
        }  # fmt: skip
        self.nodes: dict[str, str] = {}
        state = self.emulator.cobo.state
        for at, (node, name) in enumerate(named.items(), 1):
            kind = "Mobile" if node in ("bob", "dana", "erin", "false") else "API"
            self.nodes[node] = f"coboS{'abcdefghijk'[at] * 44}"
            state.nodes[self.nodes[node]] = cobo.KeyShareHolder(
                name=name, type=kind, tss_node_id=self.nodes[node], online=True, status="Valid"
            )

    def _vaults(self) -> None:
        treasury, payroll, cold = self.vaults = [
            self._vault(name) for name in ("Treasury vault", "Payroll vault", "Cold reserve")
        ]
        self._group(treasury, "MainGroup", (2, 3), [("alice", True), ("bob", False)])
        self._group(treasury, "SigningGroup", (2, 3), [("carol", True), ("dana", False)])
        recovery = [("carol's other", False), ("erin's other", False), ("frank", False)]
        self._group(treasury, "RecoveryGroup", (2, 3), recovery)
        self._group(payroll, "MainGroup", (2, 3), [("bob", True), ("bob's laptop", False)])
        self._group(payroll, "SigningGroup", (2, 2), [("erin", True)])
        self._group(cold, "MainGroup", (3, 3), [("alice", True), ("frank", True)])
        self._group(cold, "SigningGroup", (2, 2), [("false", True)], valid=False)
        self.emulator.set_holder(self.nodes["dana"], "offline")
        self.emulator.set_holder(self.nodes["erin"], "changes-phone")

    def _vault(self, name: str) -> str:
        state = self.emulator.cobo.state
        vault_id = state.uuid()
        state.vaults[vault_id] = cobo.MPCVault(
            vault_id=vault_id, name=name, type="Org-Controlled", root_pubkeys=[], created_timestamp=self._days(-300)
        )  # fmt: skip
        return vault_id

    def _group(
        self,
        vault: str,
        kind: str,
        scheme: tuple[int, int],
        seats: Sequence[Seat],
        valid: bool = True,
    ) -> None:
        state = self.emulator.cobo.state
        holders = [state.own_holder()] if kind in cobo.models.WITH_COBO else []
        for node, signer in seats:
            holder = state.nodes[self.nodes[node]]
            holders.append(_changed(holder, signer=signer))
        group = cobo.KeyShareHolderGroup(
            key_share_holder_group_id=state.uuid(), type=kind, tss_key_share_groups=[], key_share_holders=holders,
            threshold=scheme[0], participants=scheme[1], status="New", created_timestamp=self._days(-61),
        )  # fmt: skip
        group_id = group.key_share_holder_group_id or ""
        state.groups_of(vault)[group_id] = group
        if valid:
            state.make_keys(vault, group_id, state.random)

    def _api_keys(self) -> None:
        treasury, payroll, _ = self.vaults
        wallets = [self.emulator.cobo.state.uuid() for _ in range(2)]
        org = {"wallet_types": ["MPC"], "wallet_subtypes": ["Org-Controlled"]}
        operator = _role("API_Operator", wallet_ids=[], vault_ids=self.vaults, **org)
        spender = _role("API_Spender", wallet_ids=wallets, vault_ids=[treasury], **org)
        payer = _role("API_Spender", wallet_types=["MPC"], wallet_subtypes=[], wallet_ids=[], vault_ids=[payroll])  # fmt: skip
        viewer = _role("API_Viewer", wallet_types=["MPC"], wallet_subtypes=[], wallet_ids=[], vault_ids=[])  # fmt: skip
        self.api = {
            "treasury-bot": self.emulator.api_key,
            **{name: Ed25519Key.from_hex(worlds.derived(SEED, name)) for name in ("payroll-bot", "reporting")},
        }  # fmt: skip
        self.emulator.cobo.keys.clear()
        self._api_key("treasury-bot", [operator, spender], "https://hooks.example.com/cobo", expired_timestamp=self._days(6) - 1)  # fmt: skip
        self._api_key("payroll-bot", [payer], "https://payroll.example.com/cobo", valid_ips=["127.0.0.0/16"], expired_timestamp=None)  # fmt: skip
        self._api_key("reporting", [viewer], "http://10.0.0.12:8080/cobo", valid_ips=["127.0.0.1"], expired_timestamp=None)  # fmt: skip

    def _api_key(self, name: str, roles: list[cobo.RoleScope], callback: str, **facts: Any) -> None:
        key = self.api[name].public.to_hex()
        self.emulator.cobo.keys[key] = cobo.ApiKeyInfo(
            name=name, curve_type="ED25519", key=key, created_timestamp=self._days(-84), updated_timestamp=self._days(-84),
            callback_url=callback, role_scopes=roles, **facts,
        )  # fmt: skip

    # ---- Privy ----

    def _quorums(self) -> None:
        names = ("Alice", "Bob", "Carol", "Dana", "Erin", "Frank", "pilot")
        self.keys = {name: worlds.authorization_key(SEED, name) for name in names}
        self.users = {
            name: f"did:privy:{self.emulator.privy.cuid()}" for name in ("Carol", "Dana", "Erin")
        }
        night = self._quorum("Night shift", 1, "Alice Erin")
        self.quorums = {
            "night": night,
            "eu": self._quorum("Treasury approvals, EU", 2, "Alice Bob", "Carol"),
            "payout": self._quorum("Payout approvals", 2, "Alice", "Dana", [night]),
            "payroll": self._quorum("Payroll approvals", 2, "Bob", "Dana"),
            "cold": self._quorum("Cold reserve owners", 3, "Alice Bob Carol Frank", "Erin"),
            "vendor": self._quorum("Vendor payments", 2, "Bob Carol Frank", "Dana", twin="Bob"),
            "pilot": self._quorum("Pilot", 1, "pilot Frank"),
            "ops": self._quorum(SPLIT, 2, "Dana Erin Frank"),
            "admins": self._quorum("Policy admins", 3, "Alice Carol Dana Erin"),
        }

    def _quorum(
        self, name: str, k: int, keys: str, users: str = "", nested: Sequence[str] = (), twin: str = ""
    ) -> str:  # fmt: skip
        members = [privy.AuthorizationKey(self.keys[each].public.to_base64()) for each in keys.split()]  # fmt: skip
        if twin:
            members.append(privy.AuthorizationKey(self.keys[twin].public.to_pem()))
        quorum = privy.KeyQuorum(
            id=self.emulator.privy.cuid(), display_name=name, authorization_threshold=k, authorization_keys=members,
            user_ids=[self.users[each] for each in users.split()], key_quorum_ids=list(nested),
        )  # fmt: skip
        self.emulator.privy.quorums[quorum.id] = quorum
        return quorum.id

    def _wallets(self) -> None:
        owned = (
            ("eu", 12, "ethereum"), ("payout", 8, "ethereum"), ("payroll", 6, "solana"), ("cold", 3, "ethereum"),
            ("vendor", 5, "ethereum"), ("pilot", 1, "ethereum"), ("ops", 1, "tron"), ("admins", 1, "ethereum"),
        )  # fmt: skip
        for owner, many, chain in owned:
            signers = [self.quorums["night"]] if owner == "payout" else []
            for _ in range(many):
                self._wallet(chain, self.quorums[owner], signers)
        for chain in ("ethereum", "ethereum", "solana"):
            self._wallet(chain, None, [])

    def _wallet(self, chain: str, owner: str | None, signers: Sequence[str]) -> None:
        wallet = privy.Wallet(
            id=self.emulator.privy.cuid(), address=self.emulator.privy.address(chain), chain_type=chain, owner_id=owner,
            additional_signers=[privy.AdditionalSigner(signer_id=each) for each in signers],
            created_at=self._days(-40), display_name=f"{chain} {next(self._count):02d}",
        )  # fmt: skip
        self.emulator.privy.wallets[wallet.id] = wallet

    # ---- who, and what is seen ----

    def people(self) -> People:
        """What a team would have written down: some confirmed on a call, some guessed, some unknown."""
        node, keys, users = self.nodes, self.keys, self.users
        print_of = {name: key.public.fingerprint for name, key in keys.items()}
        api = {name: key.public.to_hex() for name, key in self.api.items()}
        known: dict[str, dict[str, str]] = {
            "call": {
                node["alice"]: ALICE, print_of["Alice"]: ALICE, node["bob"]: BOB, print_of["Bob"]: BOB, node["carol"]: CAROL,
                node["carol's other"]: CAROL, node["dana"]: DANA, node["erin"]: ERIN, print_of["Erin"]: ERIN, node["frank"]: FRANK,
                print_of["Frank"]: FRANK,
            },
            "file": {
                node["bob's laptop"]: BOB, print_of["Carol"]: CAROL, users["Carol"]: CAROL, users["Dana"]: DANA,
                node["erin's other"]: ERIN, users["Erin"]: ERIN, api["treasury-bot"]: ERIN, api["payroll-bot"]: BOB,
                app_secret(self.emulator.privy.app_id): ERIN,
            },
            "guess": {print_of["Dana"]: DANA},
        }  # fmt: skip
        return People(
            {seat: Holder(name, how) for how, seats in known.items() for seat, name in seats.items()}
        )  # fmt: skip

    def look(self) -> Inventory:
        """Everything, through its clients."""
        clients = [self.emulator.cobo_client(key) for key in self.api.values()]
        app = self.emulator.privy_client()
        return collect(*clients, app, people=self.people(), progress=False)

    def _days(self, days: int) -> int:
        return self.now_ms + days * DAY_MS


def _changed(holder: cobo.KeyShareHolder, **facts: Any) -> cobo.KeyShareHolder:
    return cobo.KeyShareHolder(
        name=holder.name, type=holder.type, tss_node_id=holder.tss_node_id, online=True, status="Valid", **facts
    )  # fmt: skip


def _role(name: str, **lists: Any) -> cobo.RoleScope:
    return cobo.RoleScope(role_name=name, scopes=cobo.Scopes(**lists))

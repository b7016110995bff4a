"""Vaults, key share holder groups and holders of the emulated Cobo: what there is, and what may be made of it."""

from __future__ import annotations

from random import Random
from typing import Any

from msgspec.structs import replace

from toolkit.cobo import models
from toolkit.emulator.choices import Choices
from toolkit.emulator.core import Clock, Entry, Received
from toolkit.emulator.reading import (
    body_of,
    invalid,
    missing,
    not_found,
    one_of,
    optional,
    page,
    query_of,
    required,
)
from toolkit.emulator.xpub import BASE58, xpub

COBO_NODE = "coboA1pQe7Zr5TnVw3Xy9Ks2Hd8LgJf4Mb6Cq0Eu1Ri7Yo5"  # the node of Cobo's own share


class Vaults:
    """State and operations. Handlers are named after the operations."""

    def __init__(self, choices: Choices, clock: Clock, random: Random) -> None:
        self.choices = choices
        self.clock = clock
        self.random = random
        self.vaults: dict[str, models.MPCVault] = {}
        self.groups: dict[
            str, dict[str, models.KeyShareHolderGroup]
        ] = {}  # by vault, in order of creation
        self.nodes: dict[
            str, models.KeyShareHolder
        ] = {}  # what is known of a TSS node: online, status, account
        self.online_since_ms: dict[str, int] = {}
        self.projects: dict[str, models.MPCProject] = {}

    # ---- vaults ----

    def create_mpc_vault(self, received: Received, entry: Entry) -> models.MPCVault:
        body = body_of(received, self.choices)
        self.known(body, ("name", "vault_type", "project_id"), "")
        name, kind = required(body, "name", str), one_of(body, "vault_type", models.VAULT_TYPES)
        project = optional(body, "project_id", str)
        if kind == "User-Controlled":
            if project is None:
                raise missing("project_id")
            if project not in self.projects:
                raise not_found(f"Project {project}")
        self._judge_name(name, "")
        vault = models.MPCVault(
            vault_id=self.uuid(),
            project_id=project if kind == "User-Controlled" else None,
            name=name,
            type=kind,
            root_pubkeys=[],
            created_timestamp=self.clock.now_ms(),
        )
        self.vaults[vault.vault_id or ""] = vault
        entry.made = vault.vault_id or ""
        return vault

    def list_mpc_vaults(self, received: Received, entry: Entry) -> models.Page[models.MPCVault]:
        query = query_of(received)
        kind = query.get("vault_type", "")
        if not kind:
            raise missing("vault_type")
        if kind not in models.VAULT_TYPES:
            raise invalid(f"vault_type {kind!r}")
        if kind == "User-Controlled" and "project_id" not in query:
            raise missing("project_id")
        if kind == "Org-Controlled" and "project_id" in query:
            raise invalid("project_id is for User-Controlled vaults")
        found = [
            v
            for v in self.vaults.values()
            if v.type == kind and v.project_id == query.get("project_id")
        ]
        return page(found, query, lambda vault: vault.vault_id or "", self.choices)

    def get_mpc_vault_by_id(
        self, received: Received, entry: Entry, vault_id: str
    ) -> models.MPCVault:
        return self.vault(vault_id)

    def update_mpc_vault_by_id(
        self, received: Received, entry: Entry, vault_id: str
    ) -> models.MPCVault:
        vault = self.vault(vault_id)
        body = body_of(received, self.choices)
        self.known(body, ("name",), "")
        name = required(body, "name", str)
        self._judge_name(name, vault_id)
        self.vaults[vault_id] = replace(vault, name=name)
        return self.vaults[vault_id]

    def _judge_name(self, name: str, vault_id: str) -> None:
        strict = self.choices["cobo.vault_name"] == "unique-30"
        if not name.strip() or (strict and len(name) > 30):
            raise invalid("name must have from 1 to 30 characters")
        if strict and any(v.name == name and v.vault_id != vault_id for v in self.vaults.values()):
            raise invalid(f"name {name!r} is taken")

    # ---- groups ----

    def create_key_share_holder_group(
        self, received: Received, entry: Entry, vault_id: str
    ) -> models.KeyShareHolderGroup:
        groups = self.groups_of(vault_id)
        body = body_of(received, self.choices)
        self.known(
            body,
            ("key_share_holder_group_type", "participants", "threshold", "key_share_holders"),
            "",
        )
        kind = one_of(body, "key_share_holder_group_type", models.GROUP_TYPES)
        participants, threshold = (
            required(body, "participants", int),
            required(body, "threshold", int),
        )
        seats = required(body, "key_share_holders", list)
        if (threshold, participants) not in models.SCHEMES:
            raise invalid(f"threshold {threshold} of participants {participants} is not supported")
        holders = [
            self._holder(seat, at, threshold == participants) for at, seat in enumerate(seats)
        ]
        self._judge_holders(kind, threshold, participants, holders, groups)
        if kind in models.WITH_COBO:
            holders.insert(0, self.own_holder())
        group = models.KeyShareHolderGroup(
            key_share_holder_group_id=self.uuid(),
            type=kind,
            tss_key_share_groups=[],
            key_share_holders=holders,
            participants=participants,
            threshold=threshold,
            status="New",
            created_timestamp=self.clock.now_ms(),
        )
        groups[group.key_share_holder_group_id or ""] = group
        entry.made = group.key_share_holder_group_id or ""
        return group

    def list_key_share_holder_groups(
        self, received: Received, entry: Entry, vault_id: str
    ) -> models.Page[models.KeyShareHolderGroup]:
        query = query_of(received)
        kind = query.get("key_share_holder_group_type")
        if kind is not None and kind not in models.GROUP_TYPES:
            raise invalid(f"key_share_holder_group_type {kind!r}")
        found = [group for group in self.groups_of(vault_id).values() if kind in (None, group.type)]
        return page(found, query, lambda group: group.key_share_holder_group_id or "", self.choices)

    def get_key_share_holder_group_by_id(
        self, received: Received, entry: Entry, vault_id: str, key_share_holder_group_id: str
    ) -> models.KeyShareHolderGroup:
        return self.group(vault_id, key_share_holder_group_id)

    def update_key_share_holder_group_by_id(
        self, received: Received, entry: Entry, vault_id: str, key_share_holder_group_id: str
    ) -> models.KeyShareHolderGroup:
        group, body = (
            self.group(vault_id, key_share_holder_group_id),
            body_of(received, self.choices),
        )
        self.known(
            body, ("update_key_share_holder_group_action", "original_main_group_handling"), ""
        )
        one_of(body, "update_key_share_holder_group_action", models.UPDATE_GROUP_ACTIONS)
        handling = "Invalidate"
        if body.get("original_main_group_handling") is not None:
            handling = one_of(body, "original_main_group_handling", models.MAIN_GROUP_HANDLINGS)
        if group.type != "SigningGroup" or group.status != "Valid":
            raise invalid("only a Valid SigningGroup can become the main group")
        groups = self.groups_of(vault_id)
        for other_id, other in list(groups.items()):
            if other.type == "MainGroup" and other.status != "New":
                if handling == "Invalidate":
                    del groups[other_id]
                else:
                    groups[other_id] = replace(other, type="SigningGroup")
        groups[key_share_holder_group_id] = replace(group, type="MainGroup")
        return groups[key_share_holder_group_id]

    def delete_key_share_holder_group_by_id(
        self, received: Received, entry: Entry, vault_id: str, key_share_holder_group_id: str
    ) -> models.DeleteKeyShareHolderGroup:
        group = self.group(vault_id, key_share_holder_group_id)
        if group.type == "MainGroup" and self.choices["cobo.delete_main_group"] == "refused":
            raise invalid("a MainGroup cannot be deleted")
        del self.groups_of(vault_id)[key_share_holder_group_id]
        return models.DeleteKeyShareHolderGroup(submitted=True)

    # ---- holders ----

    def list_key_share_holders(
        self, received: Received, entry: Entry, vault_id: str
    ) -> models.Page[models.KeyShareHolder]:
        query, groups = query_of(received), self.groups_of(vault_id)
        wanted = query.get("key_share_holder_group_ids", ",".join(groups)).split(",")
        for group_id in filter(None, wanted):
            if group_id not in groups:
                raise not_found(f"Key share holder group {group_id}")
        found: dict[str, models.KeyShareHolder] = {}  # a node once, as in its first group
        for group_id in filter(None, wanted):
            for holder in groups[group_id].key_share_holders or ():
                found.setdefault(holder.tss_node_id or "", holder)
        return page(
            list(found.values()), query, lambda holder: holder.tss_node_id or "", self.choices
        )

    def get_key_share_holder_by_tss_node_id(
        self, received: Received, entry: Entry, vault_id: str, tss_node_id: str
    ) -> models.KeyShareHolder:
        for group in self.groups_of(vault_id).values():
            for holder in group.key_share_holders or ():
                if holder.tss_node_id == tss_node_id:
                    return holder
        raise not_found(f"Key share holder {tss_node_id}")

    def list_cobo_key_holders(
        self, received: Received, entry: Entry
    ) -> list[models.KeyShareHolder]:
        return [self.own_holder()]

    # ---- projects ----

    def list_mpc_projects(self, received: Received, entry: Entry) -> models.Page[models.MPCProject]:
        return page(
            list(self.projects.values()),
            query_of(received),
            lambda project: project.project_id or "",
            self.choices,
        )

    def get_mpc_project_by_id(
        self, received: Received, entry: Entry, project_id: str
    ) -> models.MPCProject:
        if project_id not in self.projects:
            raise not_found(f"Project {project_id}")
        return self.projects[project_id]

    # ---- a life beyond requests ----

    def set_node(self, tss_node_id: str, **changes: Any) -> None:
        """Let something happen to a node: ``online``, ``status``. Every seat it has shows it at once."""
        known = self.nodes.get(tss_node_id) or models.KeyShareHolder(
            tss_node_id=tss_node_id, online=False
        )
        self.nodes[tss_node_id] = replace(known, **changes)
        if changes.get("online"):
            self.online_since_ms[tss_node_id] = self.clock.now_ms()
        for groups in self.groups.values():
            for group_id, group in groups.items():
                seats = [
                    replace(h, **changes) if h.tss_node_id == tss_node_id else h
                    for h in group.key_share_holders or ()
                ]
                groups[group_id] = replace(group, key_share_holders=seats)

    def set_groups_of(self, tss_node_id: str, was: str, status: str) -> None:
        """Every group of that status in which the node has a seat takes another status."""
        for groups in self.groups.values():
            for group_id, group in groups.items():
                seated = any(
                    holder.tss_node_id == tss_node_id for holder in group.key_share_holders or ()
                )
                moving = any(holder.status == "Changed" for holder in group.key_share_holders or ())
                if seated and group.status == was and not (status == "Valid" and moving):
                    groups[group_id] = replace(group, status=status)

    def make_keys(self, vault_id: str, group_id: str, random: Random) -> None:
        """The group gets its shares and turns Valid. All groups of a vault share its root keys; the first makes them."""
        vault, group = self.vaults[vault_id], self.groups[vault_id][group_id]
        if not vault.root_pubkeys:
            roots = [models.RootPubkey(xpub(random, curve), curve) for curve in models.CURVE_TYPES]
            vault = self.vaults[vault_id] = replace(vault, root_pubkeys=roots)
        shares = [
            models.TSSKeyShareGroup(
                tss_key_share_group_id="".join(random.choices(BASE58, k=20)),
                curve=root.curve,
                root_pubkey=root.root_pubkey,
            )
            for root in vault.root_pubkeys or ()
        ]
        self.groups[vault_id][group_id] = replace(
            group, tss_key_share_groups=shares, status="Valid"
        )

    # ---- what they are made of ----

    def vault(self, vault_id: str) -> models.MPCVault:
        if vault_id not in self.vaults:
            raise not_found(f"Vault {vault_id}")
        return self.vaults[vault_id]

    def groups_of(self, vault_id: str) -> dict[str, models.KeyShareHolderGroup]:
        self.vault(vault_id)
        return self.groups.setdefault(vault_id, {})

    def group(self, vault_id: str, group_id: str) -> models.KeyShareHolderGroup:
        group = self.groups_of(vault_id).get(group_id)
        if group is None:
            raise not_found(f"Key share holder group {group_id}")
        return group

    def known(self, body: dict[str, Any], names: tuple[str, ...], where: str) -> None:
        """Whether fields that the specification does not name are refused is a choice."""
        unknown = sorted(set(body) - set(names))
        if unknown and self.choices["cobo.unknown_fields"] == "refused":
            raise invalid(f"{where}{unknown[0]} is not known")

    def _holder(self, seat: Any, at: int, all_sign: bool) -> models.KeyShareHolder:
        where = f"key_share_holders[{at}]"
        if not isinstance(seat, dict):
            raise invalid(f"{where} must be an object")
        self.known(seat, ("name", "type", "tss_node_id", "signer"), f"{where}.")
        for name in ("name", "type", "tss_node_id"):
            if not isinstance(seat.get(name), str | None):
                raise invalid(f"{where}.{name} must be a string")
        kind, node = seat.get("type"), seat.get("tss_node_id")
        if kind is not None and kind not in models.HOLDER_TYPES:
            raise invalid(f"{where}.type {kind!r}")
        if kind == "Cobo" and self.choices["cobo.own_holder"] == "refused":
            raise invalid(f"{where}.type Cobo is added automatically")
        signer = seat.get("signer")
        if not isinstance(signer, bool | None):
            raise invalid(f"{where}.signer must be a boolean")
        if signer is None:
            signer = all_sign and self.choices["cobo.signer_omitted"] == "all-if-all-sign"
        known = self.nodes.get(node or "")
        return models.KeyShareHolder(
            name=seat.get("name"),
            type=kind,
            tss_node_id=node,
            online=self.online(node or ""),
            signer=signer,
            status=(known.status if known else None)
            or ("NotActivated" if kind == "Mobile" else "Valid"),
            account_id=known.account_id if known else None,
        )

    def _judge_holders(
        self,
        kind: str,
        threshold: int,
        participants: int,
        holders: list[models.KeyShareHolder],
        groups: dict[str, models.KeyShareHolderGroup],
    ) -> None:
        seats = participants - (kind in models.WITH_COBO)
        if len(holders) != seats and self.choices["cobo.holder_count"] == "refused":
            raise invalid(f"key_share_holders must have {seats} items, not {len(holders)}")
        nodes = [holder.tss_node_id for holder in holders if holder.tss_node_id]
        if len(set(nodes)) < len(nodes) and self.choices["cobo.node_twice"] == "refused":
            raise invalid("key_share_holders name one tss_node_id twice")
        if self.choices["cobo.node_in_two_groups"] == "refused":
            taken = {
                holder.tss_node_id
                for group in groups.values()
                for holder in group.key_share_holders or ()
            }
            twice = [node for node in nodes if node in taken]
            if twice:
                raise invalid(f"tss_node_id {twice[0]} is in another group of this vault")
        signers = sum(bool(holder.signer) for holder in holders)
        strict = self.choices["cobo.signer_count"] == "threshold-1" and kind in models.WITH_COBO
        if strict and signers != threshold - 1:
            raise invalid(f"signer must be true for {threshold - 1} holders, not {signers}")

    def own_holder(self) -> models.KeyShareHolder:
        """The share that Cobo adds to main and signing groups."""
        signer = True if self.choices["cobo.cobo_signs"] == "true" else None
        return models.KeyShareHolder(
            name="Cobo",
            type="Cobo",
            tss_node_id=COBO_NODE,
            online=True,
            signer=signer,
            status="Valid",
        )

    def online(self, tss_node_id: str) -> bool:
        """Whether a node runs."""
        known = self.nodes.get(tss_node_id)
        return (
            self.choices["cobo.unknown_node"] == "online" if known is None else bool(known.online)
        )

    def uuid(self) -> str:
        """A random-looking uuid (version 4) from the world's own seed."""
        digits = f"{self.random.getrandbits(128):032x}"
        variant = "89ab"[int(digits[16], 16) % 4]
        return (
            f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"
        )

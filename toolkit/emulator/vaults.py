"""Vaults, key share holder groups and holders of the emulated Cobo.

What there is, and what may be made of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

from msgspec.structs import replace

from toolkit.cobo import models
from toolkit.emulator.choices import Choices
from toolkit.emulator.core import Clock, LedgerLine, Received, Refusal
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
from toolkit.emulator.store import FewRows, FirstIndex, Index, Rows, Store
from toolkit.emulator.xpub import xpub
from toolkit.keys.base58 import ALPHABET

COBO_NODE = "coboA1pQe7Zr5TnVw3Xy9Ks2Hd8LgJf4Mb6Cq5Eu1Ri7Yo5Nt"  # the node of Cobo's own share
NAME_LIMIT = 30  # characters of a vault's name, in the Portal
GROUP_FIELDS = (
    "key_share_holder_group_type",
    "participants",
    "threshold",
    "key_share_holders",
)
UPDATE_FIELDS = ("update_key_share_holder_group_action", "original_main_group_handling")
SEAT_FIELDS = ("name", "type", "tss_node_id", "signer")


class Groups(Store[models.KeyShareHolderGroup]):
    """The groups of one vault, found by type and by node.

    Args:
        vault_id: whose groups they are.
        seats: of every node that has a seat anywhere, the vaults; kept up to date from here.
    """

    def __init__(self, vault_id: str, seats: dict[str, dict[str, None]]) -> None:
        nodes = FirstIndex(_node_ids)
        super().__init__(
            type=Index(_type),
            working=Index(_type_that_works),
            node=nodes,
        )
        self._nodes = nodes
        self._vault_id = vault_id
        self._seats = seats

    def _moved(
        self,
        number: int,
        before: models.KeyShareHolderGroup | None,
        after: models.KeyShareHolderGroup | None,
    ) -> None:
        super()._moved(number, before, after)
        for group in (before, after):
            if group is not None:
                for node in _node_ids(group):
                    self._register(node)

    def clear(self) -> None:
        """Let go of every group."""
        nodes = list(self._nodes.numbers)
        super().clear()
        for node in nodes:
            self._register(str(node))

    def _register(self, node: str) -> None:
        vaults = self._seats.setdefault(node, {})
        if self.has("node", node):
            vaults[self._vault_id] = None
            return
        vaults.pop(self._vault_id, None)
        if not vaults:
            del self._seats[node]

    def holders(self) -> Rows[models.KeyShareHolder]:
        """Every node once, as in its first group."""
        return self.firsts("node", _seat_at)


class Vaults:
    """State and operations. Handlers are named after the operations."""

    def __init__(
        self,
        choices: Choices,
        clock: Clock,
        random: Random,
    ) -> None:
        self.choices = choices
        self.clock = clock
        self.random = random
        self.vaults: Store[models.MPCVault] = Store(listed=Index(_listed_by), name=Index(_name))
        #: by vault, in order of creation
        self.groups: dict[str, Groups] = {}
        #: groups that were deleted or invalidated, until their TSS requests have been ended
        self.gone: list[str] = []
        #: of every node that has a seat, the vaults
        self.seats: dict[str, dict[str, None]] = {}
        #: what is known of a TSS node: online, status, account
        self.nodes: dict[str, models.KeyShareHolder] = {}
        self.online_since_ms: dict[str, int] = {}
        self.projects: Store[models.MPCProject] = Store()

    # ---- vaults ----

    def create_mpc_vault(
        self,
        received: Received,
        line: LedgerLine,
    ) -> models.MPCVault:
        """The new vault, without root keys."""
        body = body_of(received, self.choices)
        self.known(body, ("name", "vault_type", "project_id"), "")
        name = required(body, "name", str)
        kind = one_of(body, "vault_type", models.VAULT_TYPES)
        project = self._project_of(kind, optional(body, "project_id", str))
        self._judge_name(name, "")
        vault_id = self.uuid()
        vault = models.MPCVault(
            vault_id=vault_id,
            project_id=project,
            name=name,
            type=kind,
            root_pubkeys=[],
            created_timestamp=self.clock.now_ms(),
        )
        self.vaults[vault_id] = vault
        line.made = vault_id
        return vault

    def _project_of(self, kind: str, project_id: str | None) -> str | None:
        """The project of a new vault; only one that users control has one."""
        if kind != "User-Controlled":
            return None
        if project_id is None:
            raise missing("project_id")
        if project_id not in self.projects:
            raise not_found(f"Project {project_id}")
        return project_id

    def list_mpc_vaults(
        self,
        received: Received,
        line: LedgerLine,
    ) -> models.Page[models.MPCVault]:
        """One page of the vaults of one type, in one project or in none."""
        query = query_of(received)
        kind = query.get("vault_type", "")
        project_id = query.get("project_id")
        _judge_vault_query(kind, project_id)
        vaults = self.vaults.select({"listed": [(kind, project_id)]})
        return page(vaults, query, _vault_id, self.choices)

    def get_mpc_vault_by_id(
        self,
        received: Received,
        line: LedgerLine,
        vault_id: str,
    ) -> models.MPCVault:
        """The vault; refused as not found for another id."""
        return self.vault(vault_id)

    def update_mpc_vault_by_id(
        self,
        received: Received,
        line: LedgerLine,
        vault_id: str,
    ) -> models.MPCVault:
        """The vault by its new name."""
        vault = self.vault(vault_id)
        body = body_of(received, self.choices)
        self.known(body, ("name",), "")
        name = required(body, "name", str)
        self._judge_name(name, vault_id)
        self.vaults[vault_id] = replace(vault, name=name)
        return self.vaults[vault_id]

    def _judge_name(self, name: str, vault_id: str) -> None:
        """A name of text; in the Portal it is short and no other vault's."""
        strict = self.choices["cobo.vault_name"] == "unique-30"
        if not name.strip() or (strict and len(name) > NAME_LIMIT):
            raise invalid(f"name must have from 1 to {NAME_LIMIT} characters")
        named_so = self.vaults.having("name", name) if strict else ()
        if any(vault.vault_id != vault_id for vault in named_so):
            raise self.taken(name)

    def taken(self, name: str) -> Refusal:
        """What is said where another has that name: the code is a choice."""
        if self.choices["cobo.taken_name_code"] == "2040":
            return Refusal(400, f"Resource with same key already exists: name {name!r}", 2040)
        return invalid(f"name {name!r} is taken")

    # ---- groups ----

    def create_key_share_holder_group(
        self,
        received: Received,
        line: LedgerLine,
        vault_id: str,
    ) -> models.KeyShareHolderGroup:
        """The new group, without keys: Cobo's own seat is added where its type has one."""
        groups = self.groups_of(vault_id)
        body = body_of(received, self.choices)
        self.known(body, GROUP_FIELDS, "")
        kind = one_of(body, "key_share_holder_group_type", models.GROUP_TYPES)
        participants = required(body, "participants", int)
        threshold = required(body, "threshold", int)
        seats = required(body, "key_share_holders", list)
        if (threshold, participants) not in models.SCHEMES:
            raise invalid(f"threshold {threshold} of participants {participants} is not supported")
        all_sign = threshold == participants
        holders = []
        for at, seat in enumerate(seats):
            holders.append(self._holder(seat, at, all_sign))
        self._judge_count(kind, participants, holders)
        self._judge_nodes(holders, groups, self.vault(vault_id).type)
        self._judge_signers(kind, threshold, holders)
        own = self._cobo_seat(kind, participants, len(holders))
        group_id = self.uuid()
        group = models.KeyShareHolderGroup(
            key_share_holder_group_id=group_id,
            type=kind,
            tss_key_share_groups=[],
            key_share_holders=[*own, *holders],
            participants=participants,
            threshold=threshold,
            status="New",
            created_timestamp=self.clock.now_ms(),
        )
        groups[group_id] = group
        line.made = group_id
        return group

    def list_key_share_holder_groups(
        self,
        received: Received,
        line: LedgerLine,
        vault_id: str,
    ) -> models.Page[models.KeyShareHolderGroup]:
        """One page of a vault's groups, of one type or of all."""
        query = query_of(received)
        kind = query.get("key_share_holder_group_type")
        if kind is not None and kind not in models.GROUP_TYPES:
            raise invalid(f"key_share_holder_group_type {kind!r}")
        groups = self.groups_of(vault_id)
        listing = groups.select() if kind is None else groups.select({"type": [kind]})
        return page(listing, query, _group_id, self.choices)

    def get_key_share_holder_group_by_id(
        self,
        received: Received,
        line: LedgerLine,
        vault_id: str,
        key_share_holder_group_id: str,
    ) -> models.KeyShareHolderGroup:
        """The group; refused as not found in another vault."""
        return self.group(vault_id, key_share_holder_group_id)

    def update_key_share_holder_group_by_id(
        self,
        received: Received,
        line: LedgerLine,
        vault_id: str,
        key_share_holder_group_id: str,
    ) -> models.KeyShareHolderGroup:
        """The one change that there is: a signing group becomes the main group."""
        group = self.group(vault_id, key_share_holder_group_id)
        body = body_of(received, self.choices)
        self.known(body, UPDATE_FIELDS, "")
        one_of(body, "update_key_share_holder_group_action", models.UPDATE_GROUP_ACTIONS)
        handling = "Invalidate"
        if body.get("original_main_group_handling") is not None:
            handling = one_of(body, "original_main_group_handling", models.MAIN_GROUP_HANDLINGS)
        if group.type != "SigningGroup" or group.status != "Valid":
            raise invalid("only a Valid SigningGroup can become the main group")
        groups = self.groups_of(vault_id)
        for main_id in self.working_main_groups(vault_id):
            if handling == "Invalidate":
                self.drop_group(vault_id, main_id)
            else:
                groups[main_id] = replace(groups[main_id], type="SigningGroup")
        groups[key_share_holder_group_id] = replace(group, type="MainGroup")
        return groups[key_share_holder_group_id]

    def delete_key_share_holder_group_by_id(
        self,
        received: Received,
        line: LedgerLine,
        vault_id: str,
        key_share_holder_group_id: str,
    ) -> models.DeleteKeyShareHolderGroup:
        """The group is gone at once: nobody has to approve here. A main group: a choice."""
        group = self.group(vault_id, key_share_holder_group_id)
        if group.type == "MainGroup" and self.choices["cobo.delete_main_group"] == "refused":
            raise invalid("a MainGroup cannot be deleted")
        self.drop_group(vault_id, key_share_holder_group_id)
        return models.DeleteKeyShareHolderGroup(submitted=True)

    # ---- holders ----

    def list_key_share_holders(
        self,
        received: Received,
        line: LedgerLine,
        vault_id: str,
    ) -> models.Page[models.KeyShareHolder]:
        """One page of holders, of the groups that the query names or of all in the vault."""
        query = query_of(received)
        named = query.get("key_share_holder_group_ids")
        listing = self.groups_of(vault_id).holders()
        if named is not None:
            listing = self._holders_of(vault_id, named.split(","))
        return page(listing, query, _node_id, self.choices)

    def _holders_of(
        self,
        vault_id: str,
        group_ids: list[str],
    ) -> Rows[models.KeyShareHolder]:
        """The holders of some groups: a node once, as in the first of them."""
        groups = [self.group(vault_id, group_id) for group_id in group_ids if group_id]
        holders: dict[str, models.KeyShareHolder] = {}
        for group in groups:
            for holder in group.key_share_holders or ():
                holders.setdefault(_node_id(holder), holder)
        return FewRows(list(holders.values()), _node_id)

    def get_key_share_holder_by_tss_node_id(
        self,
        received: Received,
        line: LedgerLine,
        vault_id: str,
        tss_node_id: str,
    ) -> models.KeyShareHolder:
        """The node's first seat in this vault."""
        group = self.groups_of(vault_id).first("node", tss_node_id)
        if group is None:
            raise not_found(f"Key share holder {tss_node_id}")
        return _seat_at(group, _node_ids(group).index(tss_node_id))

    def list_cobo_key_holders(
        self,
        received: Received,
        line: LedgerLine,
    ) -> list[models.KeyShareHolder]:
        """Cobo's own holder, as a bare list."""
        return [self.own_holder()]

    # ---- projects ----

    def list_mpc_projects(
        self,
        received: Received,
        line: LedgerLine,
    ) -> models.Page[models.MPCProject]:
        """One page of the projects."""
        query = query_of(received)
        return page(self.projects.select(), query, _project_id, self.choices)

    def get_mpc_project_by_id(
        self,
        received: Received,
        line: LedgerLine,
        project_id: str,
    ) -> models.MPCProject:
        """The project; refused as not found for another id."""
        if project_id not in self.projects:
            raise not_found(f"Project {project_id}")
        return self.projects[project_id]

    # ---- a life beyond requests ----

    def set_node(self, tss_node_id: str, **changes: Any) -> None:
        """Let something happen to a node: ``online``, ``status``. Every seat shows it at once."""
        comes = changes.get("online") and not self.online(tss_node_id)
        node = self.nodes.get(tss_node_id)
        if node is None:
            node = models.KeyShareHolder(tss_node_id=tss_node_id, online=False)
        self.nodes[tss_node_id] = replace(node, **changes)
        if comes:
            self.online_since_ms[tss_node_id] = self.clock.now_ms()
        for groups, group in self._groups_with(tss_node_id):
            seats = list(group.key_share_holders or ())
            for at, seat in enumerate(seats):
                if seat.tss_node_id == tss_node_id:
                    seats[at] = replace(seat, **changes)
            groups[_group_id(group)] = replace(group, key_share_holders=seats)

    def set_groups_of(
        self,
        tss_node_id: str,
        was: str,
        status: str,
    ) -> None:
        """Every group of that status in which the node has a seat takes another status."""
        for groups, group in self._groups_with(tss_node_id):
            held_back = status == "Valid" and _is_moving(group)
            if group.status == was and not held_back:
                groups[_group_id(group)] = replace(group, status=status)

    def _groups_with(
        self,
        tss_node_id: str,
    ) -> Iterator[tuple[Groups, models.KeyShareHolderGroup]]:
        """The groups in which a node has a seat, and where they are kept."""
        for vault_id in list(self.seats.get(tss_node_id, ())):
            groups = self.groups[vault_id]
            for group in groups.having("node", tss_node_id):
                yield groups, group

    def make_keys(
        self,
        vault_id: str,
        group_id: str,
        random: Random,
    ) -> None:
        """The group gets its shares and turns Valid.

        All groups of a vault share its root keys; the first one makes them.
        """
        vault = self.vaults[vault_id]
        group = self.groups[vault_id][group_id]
        if not vault.root_pubkeys:
            roots = []
            for curve in models.CURVE_TYPES:
                roots.append(models.RootPubkey(xpub(random, curve), curve))
            vault = replace(vault, root_pubkeys=roots)
            self.vaults[vault_id] = vault
        shares = [
            models.TSSKeyShareGroup(
                tss_key_share_group_id="".join(random.choices(ALPHABET, k=20)),
                curve=root.curve,
                root_pubkey=root.root_pubkey,
            )
            for root in vault.root_pubkeys or ()
        ]
        self.groups[vault_id][group_id] = replace(
            group,
            tss_key_share_groups=shares,
            status="Valid",
        )

    # ---- what they are made of ----

    def vault(self, vault_id: str) -> models.MPCVault:
        """The vault of this id. Raises Refusal for none."""
        if vault_id not in self.vaults:
            raise not_found(f"Vault {vault_id}")
        return self.vaults[vault_id]

    def groups_of(self, vault_id: str) -> Groups:
        """The groups of a vault by id, to be changed in place. Raises Refusal for no vault."""
        self.vault(vault_id)
        if vault_id not in self.groups:
            self.groups[vault_id] = Groups(vault_id, self.seats)
        return self.groups[vault_id]

    def group(self, vault_id: str, group_id: str) -> models.KeyShareHolderGroup:
        """A group of this vault. Raises Refusal for one that is not in it."""
        group = self.groups_of(vault_id).get(group_id)
        if group is None:
            raise not_found(f"Key share holder group {group_id}")
        return group

    def drop_group(self, vault_id: str, group_id: str) -> None:
        """A group and its shares are gone."""
        del self.groups_of(vault_id)[group_id]
        self.gone.append(group_id)

    def working_main_groups(self, vault_id: str) -> list[str]:
        """Ids of the vault's main groups that have keys; by the manual there is one at most."""
        return [
            _group_id(group) for group in self.groups_of(vault_id).having("working", "MainGroup")
        ]

    def known(
        self,
        body: dict[str, Any],
        names: tuple[str, ...],
        where: str,
    ) -> None:
        """Whether fields that the specification does not name are refused is a choice."""
        unknown = sorted(set(body) - set(names))
        if unknown and self.choices["cobo.unknown_fields"] == "refused":
            raise invalid(f"{where}{unknown[0]} is not known")

    def _holder(
        self,
        seat: Any,
        at: int,
        all_sign: bool,
    ) -> models.KeyShareHolder:
        """One seat of a new group, judged by itself."""
        where = f"key_share_holders[{at}]"
        if not isinstance(seat, dict):
            raise invalid(f"{where} must be an object")
        self.known(seat, SEAT_FIELDS, f"{where}.")
        for name in ("name", "type", "tss_node_id"):
            if not isinstance(seat.get(name), str | None):
                raise invalid(f"{where}.{name} must be a string")
        self._judge_kind(seat.get("type"), where)
        signer = seat.get("signer")
        if not isinstance(signer, bool | None):
            raise invalid(f"{where}.signer must be a boolean")
        if signer is None:
            signer = all_sign and self.choices["cobo.signer_omitted"] == "all-if-all-sign"
        return self._seated(seat, signer)

    def _judge_kind(self, kind: str | None, where: str) -> None:
        if kind is not None and kind not in models.HOLDER_TYPES:
            raise invalid(f"{where}.type {kind!r}")
        if kind == "Cobo" and self.choices["cobo.own_holder"] == "refused":
            raise invalid(f"{where}.type Cobo is not for the caller to send")

    def _seated(self, seat: dict[str, Any], signer: bool) -> models.KeyShareHolder:
        """A holder with what is known of its node already."""
        node_id = seat.get("tss_node_id")
        status = "Valid"
        if seat.get("type") == "Mobile":
            status = "NotActivated"
        account_id = None
        node = self.nodes.get(node_id or "")
        if node is not None:
            status = node.status or status
            account_id = node.account_id
        return models.KeyShareHolder(
            name=seat.get("name"),
            type=seat.get("type"),
            tss_node_id=node_id,
            online=self.online(node_id or ""),
            signer=signer,
            status=status,
            account_id=account_id,
        )

    def _cobo_seat(
        self,
        kind: str,
        participants: int,
        count: int,
    ) -> list[models.KeyShareHolder]:
        """The seat that Cobo takes in a new group beside so many holders: one or none.

        In a recovery group that is a choice, because Cobo's own pages disagree.
        """
        if kind in models.WITH_COBO:
            return [self.own_holder()]
        share = self.choices["cobo.recovery_cobo_share"]
        if share == "added" or (share == "either" and count == participants - 1):
            return [replace(self.own_holder(), signer=None)]  # a recovery group signs nothing
        return []

    def _judge_count(
        self,
        kind: str,
        participants: int,
        holders: list[models.KeyShareHolder],
    ) -> None:
        seats = participants - len(self._cobo_seat(kind, participants, len(holders)))
        if len(holders) != seats and self.choices["cobo.holder_count"] == "refused":
            raise invalid(f"key_share_holders must have {seats} items, not {len(holders)}")

    def _judge_nodes(
        self,
        holders: list[models.KeyShareHolder],
        groups: Groups,
        vault_type: str | None,
    ) -> None:
        """A node has one seat in a group, and in one group of a vault of the organisation.

        Where users control the vault, Cobo's own guide puts a node into two groups.
        """
        nodes = [holder.tss_node_id for holder in holders if holder.tss_node_id]
        twice = len(set(nodes)) < len(nodes)
        if twice and self.choices["cobo.node_twice"] == "refused":
            raise invalid("key_share_holders name one tss_node_id twice")
        if vault_type == "User-Controlled" or self.choices["cobo.node_in_two_groups"] != "refused":
            return
        for node in nodes:
            if groups.has("node", node):
                raise invalid(f"tss_node_id {node} is in another group of this vault")

    def _judge_signers(
        self,
        kind: str,
        threshold: int,
        holders: list[models.KeyShareHolder],
    ) -> None:
        if self.choices["cobo.signer_count"] != "threshold-1" or kind not in models.WITH_COBO:
            return
        signers = sum(bool(holder.signer) for holder in holders)
        if signers != threshold - 1:
            raise invalid(f"signer must be true for {threshold - 1} holders, not {signers}")

    def own_holder(self) -> models.KeyShareHolder:
        """The share that Cobo adds to main and signing groups."""
        signer = None
        if self.choices["cobo.cobo_signs"] == "true":
            signer = True
        return models.KeyShareHolder(
            name="Cobo",
            type="Cobo",
            tss_node_id=COBO_NODE,
            online=self.online(COBO_NODE),
            signer=signer,
            status="Valid",
        )

    def online(self, tss_node_id: str) -> bool:
        """Whether a node runs."""
        node = self.nodes.get(tss_node_id)
        if node is None:
            known = tss_node_id == COBO_NODE  # Cobo's own runs
            return known or self.choices["cobo.unknown_node"] == "online"
        return bool(node.online)

    def uuid(self) -> str:
        """A random-looking uuid (version 4) from the world's own seed."""
        digits = f"{self.random.getrandbits(128):032x}"
        variant = "89ab"[int(digits[16], 16) % 4]
        parts = (
            digits[:8],
            digits[8:12],
            "4" + digits[13:16],
            variant + digits[17:20],
            digits[20:],
        )
        return "-".join(parts)


def _judge_vault_query(kind: str, project_id: str | None) -> None:
    """A list of vaults is of one type, and of a project where users control them."""
    if not kind:
        raise missing("vault_type")
    if kind not in models.VAULT_TYPES:
        raise invalid(f"vault_type {kind!r}")
    if kind == "User-Controlled" and project_id is None:
        raise missing("project_id")
    if kind == "Org-Controlled" and project_id is not None:
        raise invalid("project_id is for User-Controlled vaults")


def _node_ids(group: models.KeyShareHolderGroup) -> list[str]:
    """The node of each seat."""
    return [_node_id(holder) for holder in group.key_share_holders or ()]


def _seat_at(group: models.KeyShareHolderGroup, place: int) -> models.KeyShareHolder:
    return (group.key_share_holders or [])[place]


def _type(group: models.KeyShareHolderGroup) -> tuple[str | None]:
    return (group.type,)


def _type_that_works(group: models.KeyShareHolderGroup) -> tuple[str | None, ...]:
    """Its type, once it has keys."""
    if group.status == "New":
        return ()
    return (group.type,)


def _listed_by(vault: models.MPCVault) -> tuple[tuple[str | None, str | None]]:
    return ((vault.type, vault.project_id),)


def _name(vault: models.MPCVault) -> tuple[str | None]:
    return (vault.name,)


def _is_moving(group: models.KeyShareHolderGroup) -> bool:
    """Whether one of its holders is still changing phones."""
    return any(holder.status == "Changed" for holder in group.key_share_holders or ())


def _vault_id(vault: models.MPCVault) -> str:
    return vault.vault_id or ""


def _group_id(group: models.KeyShareHolderGroup) -> str:
    return group.key_share_holder_group_id or ""


def _node_id(holder: models.KeyShareHolder) -> str:
    return holder.tss_node_id or ""


def _project_id(project: models.MPCProject) -> str:
    return project.project_id or ""

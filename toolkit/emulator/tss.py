"""TSS requests of the emulated Cobo, and how they move on the emulator's clock.

Cobo publishes the words, not the diagram. Ours: a request waits for its holders
(``PendingKeyHolderConfirmation``); once all of them are online it takes ``CONFIRM_MS`` to be confirmed, then
``MPCProcessing`` and ``KeyGenerating``, then ``Success``. Holders that are not online within a day: it failed.
A holder that leaves while keys are made: it failed. Then the target group stays New and may be tried again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Any

from msgspec.structs import replace

from toolkit.cobo import models
from toolkit.emulator.core import Entry, Received
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
    texts_of,
)
from toolkit.emulator.vaults import COBO_NODE, Vaults

CONFIRM_MS, PROCESS_MS, GENERATE_MS = 2_000, 3_000, 5_000
EXPIRE_MS = 24 * 3_600_000
# type → (type of the target, which must be New; type of the source, which must be Valid)
SHAPES = {
    "KeyGen": (("MainGroup",), None),
    "KeyGenFromKeyGroup": (("SigningGroup", "RecoveryGroup"), "MainGroup"),
    "Recovery": (("MainGroup",), "RecoveryGroup"),
}


@dataclass(slots=True)
class Running:
    """A request, where it belongs, and who must be online for it."""

    request: models.TSSRequest
    vault_id: str
    nodes: frozenset[str]

    @property
    def open(self) -> bool:
        return self.request.status in models.OPEN_TSS_STATUSES


class TssRequests:
    """State and operations. Handlers are named after the operations."""

    def __init__(self, vaults: Vaults) -> None:
        self.vaults = vaults
        self.requests: dict[str, Running] = {}

    # ---- operations ----

    def create_tss_request(
        self, received: Received, entry: Entry, vault_id: str
    ) -> models.TSSRequest:
        self.vaults.vault(vault_id)
        body = body_of(received, self.vaults.choices)
        names = (
            "type",
            "target_key_share_holder_group_id",
            "source_key_share_holder_group",
            "description",
        )
        self.vaults.known(body, names, "")
        kind = one_of(body, "type", models.TSS_REQUEST_TYPES)
        target_id = required(body, "target_key_share_holder_group_id", str)
        description = optional(body, "description", str)
        target = self.vaults.group(vault_id, target_id)
        target_types, source_type = SHAPES[kind]
        if target.type not in target_types or target.status != "New":
            raise invalid(f"the target of {kind} must be a New {' or '.join(target_types)}")
        working = [
            g
            for g in self.vaults.groups_of(vault_id).values()
            if g.type == "MainGroup" and g.status != "New"
        ]
        if (
            kind == "KeyGen"
            and working
            and self.vaults.choices["cobo.second_main_group"] == "refused"
        ):
            raise invalid("the vault has a main group that works; KeyGen makes the first keys")
        source = self._source(vault_id, body, kind, source_type)
        twice = [
            r
            for r in self.requests.values()
            if r.open and r.request.target_key_share_holder_group_id == target_id
        ]
        if twice and self.vaults.choices["cobo.tss_twice"] == "refused":
            raise invalid(
                f"TSS request {twice[0].request.tss_request_id} for this group is still open"
            )
        nodes = {h.tss_node_id or "" for h in target.key_share_holders or ()}
        nodes |= set(source.tss_node_ids or ()) if source else set()
        request = models.TSSRequest(
            tss_request_id=self._id(),
            source_key_share_holder_group=source,
            target_key_share_holder_group_id=target_id,
            type=kind,
            status="PendingKeyHolderConfirmation",
            description=description,
            created_timestamp=self.vaults.clock.now_ms(),
        )
        self.requests[request.tss_request_id or ""] = Running(
            request, vault_id, frozenset(nodes - {COBO_NODE})
        )
        entry.made = request.tss_request_id or ""
        return request

    def list_tss_requests(
        self, received: Received, entry: Entry, vault_id: str
    ) -> models.Page[models.TSSRequest]:
        self.vaults.vault(vault_id)
        query = query_of(received)
        group_id = query.get("key_share_holder_group_id")
        if group_id is None:
            raise missing("key_share_holder_group_id")
        self.vaults.group(vault_id, group_id)
        found = [
            r.request
            for r in self.requests.values()
            if r.request.target_key_share_holder_group_id == group_id
        ]
        return page(found, query, lambda request: request.tss_request_id or "", self.vaults.choices)

    def get_tss_request_by_id(
        self, received: Received, entry: Entry, vault_id: str, tss_request_id: str
    ) -> models.TSSRequest:
        return self._running(vault_id, tss_request_id).request

    def cancel_tss_request_by_id(
        self, received: Received, entry: Entry, vault_id: str, tss_request_id: str
    ) -> models.TSSRequest:
        """There is no status "cancelled": the answer says Success, and later reads say that it was not confirmed."""
        running = self._running(vault_id, tss_request_id)
        if not running.open:
            raise invalid(f"a TSS request that is {running.request.status} cannot be cancelled")
        running.request = replace(
            running.request, status=self.vaults.choices["cobo.cancelled_status"]
        )
        return replace(running.request, status="Success")

    # ---- time ----

    def progress(self) -> None:
        """Bring every open request to where it is by now."""
        for running in sorted(
            (r for r in self.requests.values() if r.open), key=self._confirmed_ms
        ):
            self._move(running)  # in the order of their ends: who looks when must not matter

    def _confirmed_ms(self, running: Running) -> int:
        """When all holders are there and have confirmed, as far as is known."""
        times = [self.vaults.online_since_ms.get(node, 0) for node in running.nodes]
        return max([running.request.created_timestamp or 0, *times]) + CONFIRM_MS

    def _move(self, running: Running) -> None:
        now, created = self.vaults.clock.now_ms(), running.request.created_timestamp or 0
        if running.request.status == "PendingKeyHolderConfirmation":
            present = all(self.vaults.online(node) for node in running.nodes)
            if present and self._confirmed_ms(running) <= min(now, created + EXPIRE_MS):
                running.request = replace(running.request, status="MPCProcessing")
            elif now >= created + EXPIRE_MS:
                running.request = replace(running.request, status="KeyHolderConfirmationFailed")
                return
            else:
                return
        since = self._confirmed_ms(running)
        if now >= since + PROCESS_MS + GENERATE_MS:
            self._succeed(running)
        elif now >= since + PROCESS_MS:
            running.request = replace(running.request, status="KeyGenerating")

    def node_left(self, tss_node_id: str) -> None:
        """A holder went offline: keys that are just being made with it fail."""
        for running in self.requests.values():
            if tss_node_id in running.nodes and running.request.status in (
                "MPCProcessing",
                "KeyGenerating",
            ):
                running.request = replace(running.request, status="KeyGeneratingFailed")

    def _succeed(self, running: Running) -> None:
        request, groups = running.request, self.vaults.groups[running.vault_id]
        target_id = request.target_key_share_holder_group_id or ""
        running.request = replace(request, status="Success")
        if target_id not in groups:
            running.request = replace(request, status="KeyGeneratingFailed")  # deleted meanwhile
            return
        if (
            request.type == "Recovery"
        ):  # the Portal deletes the old main group when a recovery succeeds
            for group_id, group in list(groups.items()):
                if group.type == "MainGroup" and group_id != target_id and group.status != "New":
                    del groups[group_id]
        # keys follow from the request: when a person looks must not change what they become
        self.vaults.make_keys(running.vault_id, target_id, Random(request.tss_request_id))

    # ---- what they are made of ----

    def _running(self, vault_id: str, tss_request_id: str) -> Running:
        self.vaults.vault(vault_id)
        running = self.requests.get(tss_request_id)
        if running is None or running.vault_id != vault_id:
            raise not_found(f"TSS request {tss_request_id}")
        return running

    def _source(
        self, vault_id: str, body: dict[str, Any], kind: str, source_type: str | None
    ) -> models.SourceGroup | None:
        given = optional(body, "source_key_share_holder_group", dict)
        if given is None or (kind == "KeyGen" and not given.get("key_share_holder_group_id")):
            if source_type is None:
                return None  # Cobo's own demo sends a source with an empty id for KeyGen
            raise missing("source_key_share_holder_group")
        if source_type is None:
            raise invalid("KeyGen has no source_key_share_holder_group")
        source = self.vaults.group(vault_id, required(given, "key_share_holder_group_id", str))
        if source.type != source_type or source.status != "Valid":
            raise invalid(f"the source of {kind} must be a Valid {source_type}")
        nodes = texts_of(given, "tss_node_ids")
        if nodes is not None:
            members = {holder.tss_node_id for holder in source.key_share_holders or ()}
            strangers = [node for node in nodes if node not in members]
            if strangers and self.vaults.choices["cobo.tss_nodes"] == "members":
                raise invalid(f"tss_node_ids: {strangers[0]!r} holds no share of the source group")
            if (
                len(set(nodes)) < (source.threshold or 0)
                and self.vaults.choices["cobo.tss_nodes"] == "members"
            ):
                raise invalid(f"tss_node_ids: {source.threshold} different nodes are needed")
        return models.SourceGroup(
            key_share_holder_group_id=source.key_share_holder_group_id, tss_node_ids=nodes
        )

    def _id(self) -> str:
        """32 digits that begin with date and time, the shape of Cobo's ids."""
        now = datetime.fromtimestamp(self.vaults.clock.now_ms() / 1000, UTC)
        return f"{now:%Y%m%d%H%M%S}{self.vaults.random.randrange(10**18):018d}"

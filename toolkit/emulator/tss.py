"""TSS requests of the emulated Cobo, and how they move on the emulator's clock.

Cobo publishes the words, not the diagram. Ours: a request waits for its holders
(``PendingKeyHolderConfirmation``): for all of the target, and for enough shares of the source,
those of the nodes that it names, if it names any. Once they are online it takes ``CONFIRM_MS`` to
be confirmed, then ``MPCProcessing`` and ``KeyGenerating``, then ``Success``. Not enough of them
within a day: it failed. One that takes part and leaves while keys are made: it failed. Then the
target group stays New and may be tried again. A request whose target or source is gone has failed
at once: there are no keys without shares.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Any

from msgspec.structs import replace

from toolkit.cobo import models
from toolkit.emulator.core import LedgerLine, Received
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
from toolkit.emulator.store import Index, Store
from toolkit.emulator.vaults import COBO_NODE, Vaults

CONFIRM_MS = 2_000
PROCESS_MS = 3_000
GENERATE_MS = 5_000
EXPIRE_MS = 24 * 3_600_000

FIELDS = (
    "type",
    "target_key_share_holder_group_id",
    "source_key_share_holder_group",
    "description",
)
SOURCE_FIELDS = ("key_share_holder_group_id", "tss_node_ids")


@dataclass(frozen=True, slots=True)
class Shape:
    """Of which types the groups of a request are: the target New, the source Valid."""

    targets: tuple[str, ...]
    source: str | None


SHAPES = {
    "KeyGen": Shape(("MainGroup",), None),
    "KeyGenFromKeyGroup": Shape(("SigningGroup", "RecoveryGroup"), "MainGroup"),
    "Recovery": Shape(("MainGroup",), "RecoveryGroup"),
}


@dataclass(slots=True)
class Running:
    """A request, where it belongs, and who must be online for it. ``number``: in the order made.

    ``targets`` are the nodes of the target's seats, ``shares`` the node of each share of the source
    that may take part; ``enough`` says how many of these are needed. ``making``: the nodes that
    make the keys, once they have confirmed.
    """

    number: int
    request: models.TSSRequest
    vault_id: str
    targets: tuple[str, ...]
    shares: tuple[str, ...]
    enough: int
    since_ms: int  # when it took its status
    making: frozenset[str] = frozenset()

    @property
    def open(self) -> bool:
        """Whether it may still succeed."""
        return self.request.status in models.OPEN_TSS_STATUSES

    @property
    def waits(self) -> bool:
        """Whether its holders have not confirmed yet."""
        return self.request.status == "PendingKeyHolderConfirmation"

    @property
    def created_ms(self) -> int:
        """Unix milliseconds."""
        return self.request.created_timestamp or 0

    def turn(self, status: str, at_ms: int) -> None:
        """From that moment on it has this status."""
        self.request = replace(self.request, status=status)
        self.since_ms = at_ms

    @property
    def group_ids(self) -> list[str]:
        """The groups without which it comes to nothing: target, and source if it has one."""
        group_ids = [self.request.target_key_share_holder_group_id or ""]
        source = self.request.source_key_share_holder_group
        if source is not None:
            group_ids.append(source.key_share_holder_group_id or "")
        return group_ids


class TssRequests:
    """State and operations. Handlers are named after the operations."""

    def __init__(self, vaults: Vaults) -> None:
        self.vaults = vaults
        self.requests: Store[Running] = Store(
            target=Index(_targets), node=Index(_nodes), group=Index(_groups)
        )
        #: When an open request may move by time alone, its number and its id; the earliest first.
        self._due: list[tuple[int, int, str]] = []
        #: The earliest of these times by id.
        self._next_ms: dict[str, int] = {}

    # ---- operations ----

    def create_tss_request(
        self,
        received: Received,
        line: LedgerLine,
        vault_id: str,
    ) -> models.TSSRequest:
        """The new request, which waits for its holders to confirm."""
        self.vaults.vault(vault_id)
        body = body_of(received, self.vaults.choices)
        self.vaults.known(body, FIELDS, "")
        kind = one_of(body, "type", models.TSS_REQUEST_TYPES)
        target_id = required(body, "target_key_share_holder_group_id", str)
        description = optional(body, "description", str)
        target = self._target(vault_id, kind, target_id)
        source = self._source(vault_id, body, kind)
        self._judge_open(target_id)
        request_id = self._id()
        request = models.TSSRequest(
            tss_request_id=request_id,
            source_key_share_holder_group=source,
            target_key_share_holder_group_id=target_id,
            type=kind,
            status="PendingKeyHolderConfirmation",
            description=description,
            created_timestamp=self.vaults.clock.now_ms(),
        )
        running = Running(
            len(self.requests),
            request,
            vault_id,
            targets=tuple(_nodes_of(target)),
            shares=self._shares_of(vault_id, source),
            enough=self._enough_of(vault_id, source),
            since_ms=self._now_ms(),
        )
        self.requests[request_id] = running
        self._wait(running)
        line.made = request_id
        return request

    def list_tss_requests(
        self,
        received: Received,
        line: LedgerLine,
        vault_id: str,
    ) -> models.Page[models.TSSRequest]:
        """One page of the requests for a group, which the query must name."""
        self.vaults.vault(vault_id)
        query = query_of(received)
        group_id = query.get("key_share_holder_group_id")
        if group_id is None:
            raise missing("key_share_holder_group_id")
        self.vaults.group(vault_id, group_id)
        requests = self.requests.select({"target": [group_id]})
        shown = page(requests, query, _id_of, self.vaults.choices)
        return replace(shown, data=[running.request for running in shown.data])

    def get_tss_request_by_id(
        self,
        received: Received,
        line: LedgerLine,
        vault_id: str,
        tss_request_id: str,
    ) -> models.TSSRequest:
        """The request, as far as it is by the emulator's clock."""
        return self._running(vault_id, tss_request_id).request

    def cancel_tss_request_by_id(
        self,
        received: Received,
        line: LedgerLine,
        vault_id: str,
        tss_request_id: str,
    ) -> models.TSSRequest:
        """There is no status "cancelled": the answer says Success.

        Later reads say that it was not confirmed.
        """
        running = self._running(vault_id, tss_request_id)
        if not running.open:
            raise invalid(f"a TSS request that is {running.request.status} cannot be cancelled")
        running.turn(self.vaults.choices["cobo.cancelled_status"], self._now_ms())
        return replace(running.request, status="Success")

    # ---- time ----

    def progress(self) -> None:
        """Bring every open request to where it is by now: only those that are due are looked at.

        Whatever comes first is done first, so who looks when does not matter.
        """
        self._end_orphans()
        now_ms = self._now_ms()
        while self._due and self._due[0][0] <= now_ms:
            at_ms, _, request_id = heapq.heappop(self._due)
            self._next_ms.pop(request_id, None)
            running = self.requests[request_id]
            due_ms = self._due_ms(running)  # a holder may have left since it was written down
            if running.open and due_ms <= at_ms:
                self._move(running, due_ms)
            self._wait(running)

    def node_came(self, tss_node_id: str) -> None:
        """A holder is online: what waits for it may move sooner."""
        for running in self.requests.having("node", tss_node_id):
            self._wait(running)

    def node_left(self, tss_node_id: str) -> None:
        """A holder went offline: keys that are just being made with it fail."""
        for running in self.requests.having("node", tss_node_id):
            if running.open and tss_node_id in running.making:
                running.turn("KeyGeneratingFailed", self._now_ms())

    def _wait(self, running: Running) -> None:
        if not running.open:
            return
        request_id = running.request.tss_request_id or ""
        due_ms = self._due_ms(running)
        if due_ms < self._next_ms.get(request_id, due_ms + 1):
            self._next_ms[request_id] = due_ms
            heapq.heappush(self._due, (due_ms, running.number, request_id))

    def _due_ms(self, running: Running) -> int:
        """When its status changes next, as far as is known."""
        if running.waits:
            expires_ms = running.created_ms + EXPIRE_MS
            confirmed_ms = self._confirmed_ms(running)
            return expires_ms if confirmed_ms is None else min(confirmed_ms, expires_ms)
        if running.request.status == "MPCProcessing":
            return running.since_ms + PROCESS_MS
        return running.since_ms + GENERATE_MS

    def _move(self, running: Running, at_ms: int) -> None:
        """What happens to it at the moment that it was due."""
        groups = self.vaults.groups[running.vault_id]
        if not all(group_id in groups for group_id in running.group_ids):
            self._fail(running, at_ms)
        elif running.waits and self._confirmed_ms(running) == at_ms:
            running.making = frozenset((*running.targets, *self._givers(running)))
            running.turn("MPCProcessing", at_ms)
        elif running.waits:
            running.turn("KeyHolderConfirmationFailed", at_ms)
        elif running.request.status == "MPCProcessing":
            running.turn("KeyGenerating", at_ms)
        else:
            self._succeed(running, at_ms)

    def _confirmed_ms(self, running: Running) -> int | None:
        """When enough of them are there and have confirmed; None while they are not there."""
        givers = self._givers(running)
        needed = [*running.targets, *givers]
        if len(givers) < running.enough or not all(map(self.vaults.online, needed)):
            return None
        there_ms = max(map(self._online_since_ms, needed), default=0)
        return max(running.created_ms, there_ms) + CONFIRM_MS

    def _givers(self, running: Running) -> list[str]:
        """Nodes of as many shares of the source as are needed: of those there, the first to come.

        Fewer where fewer are there.
        """
        there = [node for node in running.shares if self.vaults.online(node)]
        there.sort(key=lambda node: (self._online_since_ms(node), node))
        return there[: running.enough]

    def _online_since_ms(self, node: str) -> int:
        return self.vaults.online_since_ms.get(node, 0)

    def _now_ms(self) -> int:
        return self.vaults.clock.now_ms()

    def _end_orphans(self) -> None:
        """A request whose target or source was deleted, or invalidated, comes to nothing."""
        while self.vaults.gone:
            for running in self.requests.having("group", self.vaults.gone.pop()):
                if running.open:
                    self._fail(running, self._now_ms())

    def _fail(self, running: Running, at_ms: int) -> None:
        failed = "KeyGeneratingFailed"
        if running.waits:
            failed = "KeyHolderConfirmationFailed"
        running.turn(failed, at_ms)

    def _succeed(self, running: Running, at_ms: int) -> None:
        running.turn("Success", at_ms)
        request = running.request
        target_id = request.target_key_share_holder_group_id or ""
        # keys follow from the request: when a person looks must not change what they become
        self.vaults.make_keys(running.vault_id, target_id, Random(request.tss_request_id))
        if request.type == "Recovery":
            # the Portal deletes the old main group when a recovery succeeds
            for group_id in self.vaults.working_main_groups(running.vault_id):
                if group_id != target_id:
                    self.vaults.drop_group(running.vault_id, group_id)
            self._end_orphans()

    # ---- what they are made of ----

    def _running(self, vault_id: str, tss_request_id: str) -> Running:
        self.vaults.vault(vault_id)
        running = self.requests.get(tss_request_id)
        if running is None or running.vault_id != vault_id:
            raise not_found(f"TSS request {tss_request_id}")
        return running

    def _target(
        self,
        vault_id: str,
        kind: str,
        target_id: str,
    ) -> models.KeyShareHolderGroup:
        """The group that is to get keys."""
        target = self.vaults.group(vault_id, target_id)
        types = SHAPES[kind].targets
        if target.type not in types or target.status != "New":
            raise invalid(f"the target of {kind} must be a New {' or '.join(types)}")
        once = kind == "KeyGen" and self.vaults.choices["cobo.second_main_group"] == "refused"
        if once and self.vaults.working_main_groups(vault_id):
            raise invalid("the vault has a main group that works; KeyGen makes the first keys")
        return target

    def _judge_open(self, target_id: str) -> None:
        """Whether a second request for the same group is taken is a choice."""
        if self.vaults.choices["cobo.tss_twice"] != "refused":
            return
        for running in self.requests.having("target", target_id):
            request = running.request
            if running.open:
                raise invalid(f"TSS request {request.tss_request_id} for this group is still open")

    def _source(
        self,
        vault_id: str,
        body: dict[str, Any],
        kind: str,
    ) -> models.SourceGroup | None:
        """The group whose keys are used; KeyGen has none."""
        given = optional(body, "source_key_share_holder_group", dict)
        source_type = SHAPES[kind].source
        if source_type is None:
            # Cobo's own demo sends a source with an empty id for KeyGen
            if given is not None and given.get("key_share_holder_group_id"):
                raise invalid("KeyGen has no source_key_share_holder_group")
            return None
        if given is None:
            raise missing("source_key_share_holder_group")
        self.vaults.known(given, SOURCE_FIELDS, "source_key_share_holder_group.")
        source_id = required(given, "key_share_holder_group_id", str)
        source = self.vaults.group(vault_id, source_id)
        if source.type != source_type or source.status != "Valid":
            raise invalid(f"the source of {kind} must be a Valid {source_type}")
        nodes = texts_of(given, "tss_node_ids")
        if nodes is not None and self.vaults.choices["cobo.tss_nodes"] == "members":
            _judge_nodes(nodes, source)
        return models.SourceGroup(
            key_share_holder_group_id=source.key_share_holder_group_id,
            tss_node_ids=nodes,
        )

    def _shares_of(self, vault_id: str, source: models.SourceGroup | None) -> tuple[str, ...]:
        """The node of each share of the source that may take part: of those named, if any are."""
        if source is None:
            return ()
        seats = _nodes_of(self._group_of(vault_id, source))
        if source.tss_node_ids is not None:
            seats = [node for node in seats if node in source.tss_node_ids]
        return tuple(seats)

    def _enough_of(self, vault_id: str, source: models.SourceGroup | None) -> int:
        """How many shares of the source are needed."""
        if source is None:
            return 0
        return self._group_of(vault_id, source).threshold or 0

    def _group_of(
        self,
        vault_id: str,
        source: models.SourceGroup,
    ) -> models.KeyShareHolderGroup:
        return self.vaults.group(vault_id, source.key_share_holder_group_id or "")

    def _id(self) -> str:
        """32 digits that begin with date and time, the shape of Cobo's ids."""
        now_ms = self.vaults.clock.now_ms()
        now = datetime.fromtimestamp(now_ms / 1000, UTC)
        number = self.vaults.random.randrange(10**18)
        return f"{now:%Y%m%d%H%M%S}{number:018d}"


def _id_of(running: Running) -> str:
    return running.request.tss_request_id or ""


def _targets(running: Running) -> tuple[str | None]:
    return (running.request.target_key_share_holder_group_id,)


def _nodes(running: Running) -> tuple[str, ...]:
    return (*running.targets, *running.shares)


def _groups(running: Running) -> tuple[str, ...]:
    return tuple(running.group_ids)


def _judge_nodes(nodes: list[str], source: models.KeyShareHolderGroup) -> None:
    """The nodes that take part must hold shares of the source, and enough of them.

    Cobo's may always be named: its documentation asks for it, whatever the group.
    """
    seats = _nodes_of(source)
    strangers = [node for node in nodes if node not in (*seats, COBO_NODE)]
    if strangers:
        raise invalid(f"tss_node_ids: {strangers[0]!r} holds no share of the source group")
    if sum(node in nodes for node in seats) < (source.threshold or 0):
        raise invalid(f"tss_node_ids: {source.threshold} shares of the source group are needed")


def _nodes_of(group: models.KeyShareHolderGroup) -> list[str]:
    """The node of each seat; Cobo's, too."""
    return [holder.tss_node_id or "" for holder in group.key_share_holders or ()]

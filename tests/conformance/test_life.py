"""A hypothesis state machine: a plain model beside the emulator, driven through the real client.

The model is dictionaries and a few sentences of the reference; it shares no code with the emulator.
"""

from __future__ import annotations

import os
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, multiple, rule

from tests.inside import stop_clock
from tests.samples import node_id
from toolkit import cobo, privy
from toolkit.emulator import Emulator
from toolkit.errors import ApiError
from toolkit.keys import P256Key

KEYS = [P256Key.from_hex(f"{number:064x}") for number in range(5, 11)]
LONG = bool(os.environ.get("TEST_LONG"))
subsets = st.sets(st.integers(0, len(KEYS) - 1), max_size=4)


class Life(RuleBasedStateMachine):
    """Groups, TSS requests and quorums, made, changed and deleted in any order."""

    groups = Bundle("groups")
    quorums = Bundle("quorums")

    def __init__(self) -> None:
        super().__init__()
        self.emulator = Emulator.seeded("empty")
        self.emulator.explains = False
        stop_clock(self.emulator, 1_795_000_000_000)  # only the rules below move time
        self.custody, self.app = self.emulator.cobo_client(), self.emulator.privy_client()
        self.vault = self.emulator.vault_id
        self.model_groups: dict[str, dict[str, Any]] = {}
        self.model_quorums: dict[str, dict[str, Any]] = {}
        self.running: dict[str, tuple[str, int]] = {}  # target → (request, when all is done)
        self.nodes = 0

    def refused(self, call: Any, **options: Any) -> bool:
        try:
            self.custody.send(call, **options)
        except ApiError:
            return True
        return False

    @rule(
        target=groups,
        kind=st.sampled_from(["MainGroup", "SigningGroup", "RecoveryGroup"]),
        scheme=st.sampled_from([(2, 2), (2, 3), (3, 3)]),
    )
    def make_group(self, kind: str, scheme: tuple[int, int]) -> str:
        k, n = scheme
        seats = n - (kind != "RecoveryGroup")
        nodes = [node_id(f"node{self.nodes + at}") for at in range(seats)]
        self.nodes += seats
        for node in nodes:
            self.emulator.set_holder(node, "online")
        holders = [
            cobo.CreateKeyShareHolder(
                name="H",
                type="API",
                tss_node_id=node,
                signer=None if kind == "RecoveryGroup" else at < k - 1,
            )
            for at, node in enumerate(nodes)
        ]
        request = cobo.CreateKeyShareHolderGroupRequest(
            key_share_holder_group_type=kind, participants=n, threshold=k, key_share_holders=holders
        )
        group = self.custody.send(cobo.create_key_share_holder_group(self.vault, request))
        group_id = group.key_share_holder_group_id or ""
        self.model_groups[group_id] = {
            "type": kind,
            "status": "New",
            "holders": seats + (kind != "RecoveryGroup"),
        }
        return group_id

    @rule(group=groups)
    def make_keys(self, group: str) -> None:
        model = self.model_groups.get(group)
        sources = [
            i
            for i, g in self.model_groups.items()
            if g["type"] == "MainGroup" and g["status"] == "Valid"
        ]
        kind = "KeyGen" if model and model["type"] == "MainGroup" else "KeyGenFromKeyGroup"
        source = (
            None
            if kind == "KeyGen"
            else cobo.SourceKeyShareHolderGroup(
                key_share_holder_group_id=sources[0] if sources else "none"
            )
        )
        request = cobo.CreateTssRequestRequest(
            type=kind, target_key_share_holder_group_id=group, source_key_share_holder_group=source
        )
        working = any(
            g["type"] == "MainGroup" and g["status"] != "New" for g in self.model_groups.values()
        )
        fits = not working if kind == "KeyGen" else bool(sources)
        fine = bool(model and model["status"] == "New" and group not in self.running and fits)
        try:
            made = self.custody.send(cobo.create_tss_request(self.vault, request))
        except ApiError:
            assert not fine
        else:
            assert fine
            self.running[group] = (
                made.tss_request_id or "",
                (made.created_timestamp or 0) + 10_000,
            )

    @rule(group=groups)
    def cancel(self, group: str) -> None:
        if group in self.running:
            request_id, _ = self.running.pop(group)
            assert (
                self.custody.send(cobo.cancel_tss_request_by_id(self.vault, request_id)).status
                == "Success"
            )

    @rule(milliseconds=st.sampled_from([1_500, 4_000, 11_000]))
    def wait(self, milliseconds: int) -> None:
        self.emulator.advance(milliseconds)
        self.settle()

    def settle(self) -> None:
        now = self.emulator.clock.now_ms()
        for group, (_, done_ms) in list(self.running.items()):
            if now >= done_ms:
                del self.running[group]
                if group in self.model_groups:
                    self.model_groups[group]["status"] = "Valid"

    @rule(target=groups, group=consumes(groups))
    def delete_group(self, group: str) -> Any:
        self.settle()
        model = self.model_groups.get(group)
        gone = self.refused(cobo.delete_key_share_holder_group_by_id(self.vault, group))
        assert gone is (model is None or model["type"] == "MainGroup")
        if not gone:
            del self.model_groups[group]
            self.running.pop(group, None)
        return multiple(group) if gone else multiple()

    @rule(group=groups, convert=st.booleans())
    def upgrade(self, group: str, convert: bool) -> None:
        self.settle()
        model = self.model_groups.get(group)
        request = cobo.UpdateKeyShareHolderGroupByIdRequest(
            original_main_group_handling="ConvertToSigningGroup" if convert else None
        )
        call = cobo.update_key_share_holder_group_by_id(self.vault, group, request)
        fine = bool(model and model["type"] == "SigningGroup" and model["status"] == "Valid")
        assert self.refused(call, acknowledge={"cobo.upgrade-invalidates"}) is not fine
        if fine and model:
            for other_id, other in list(self.model_groups.items()):
                if other["type"] == "MainGroup" and other["status"] != "New":
                    if convert:
                        other["type"] = "SigningGroup"
                    else:
                        del self.model_groups[other_id]
            model["type"] = "MainGroup"

    @rule(target=quorums, members=subsets.filter(bool), data=st.data())
    def make_quorum(self, members: set[int], data: st.DataObject) -> str:
        threshold = data.draw(st.none() | st.integers(1, len(members)))
        request = privy.CreateKeyQuorumRequest(
            public_keys=[KEYS[at].public for at in members], authorization_threshold=threshold
        )
        quorum = self.app.send(privy.create_key_quorum(request))
        self.model_quorums[quorum.id] = {"members": members, "threshold": threshold, "name": None}
        return quorum.id

    def may(self, quorum: str, signers: set[int]) -> bool:
        model = self.model_quorums.get(quorum)
        if model is None:
            return False
        needed = len(model["members"]) if model["threshold"] is None else model["threshold"]
        return len(signers) >= needed and len(signers & model["members"]) >= needed

    @rule(
        quorum=quorums,
        signers=subsets.filter(bool),
        name=st.text("abü", max_size=5),
        data=st.data(),
    )
    def change_quorum(self, quorum: str, signers: set[int], name: str, data: st.DataObject) -> None:
        model = self.model_quorums.get(quorum)
        fields: dict[str, Any] = {"display_name": name}
        top = len(model["members"]) if model else 1
        if data.draw(st.booleans()):
            fields["authorization_threshold"] = data.draw(st.integers(1, top + 1))
        fits = fields.get("authorization_threshold", 1) <= top
        call = privy.update_key_quorum(quorum, privy.UpdateKeyQuorumRequest(**fields))
        try:
            self.app.send(call, signers=[KEYS[at] for at in signers])
        except ApiError:
            assert not (self.may(quorum, signers) and fits)
        else:
            assert self.may(quorum, signers)
            assert fits
            assert model is not None
            model["name"] = name
            model["threshold"] = fields.get("authorization_threshold", model["threshold"])

    @rule(target=quorums, quorum=consumes(quorums), signers=subsets.filter(bool))
    def delete_quorum(self, quorum: str, signers: set[int]) -> Any:
        may = self.may(quorum, signers)
        try:
            self.app.send(privy.delete_key_quorum(quorum), signers=[KEYS[at] for at in signers])
        except ApiError:
            assert not may
            return multiple(quorum)
        assert may
        del self.model_quorums[quorum]
        return multiple()

    @invariant()
    def they_agree(self) -> None:
        self.settle()
        listed = self.custody.send(cobo.list_key_share_holder_groups(self.vault, limit=50)).data
        seen = {
            group.key_share_holder_group_id: {
                "type": group.type,
                "status": group.status,
                "holders": len(group.key_share_holders or ()),
            }
            for group in listed
        }
        assert seen == self.model_groups
        for group in listed:
            assert bool(group.tss_key_share_groups) is (group.status == "Valid")
        for quorum_id, model in self.model_quorums.items():
            quorum = self.app.send(privy.get_key_quorum(quorum_id))
            assert (quorum.authorization_threshold, quorum.display_name, quorum.size) == (
                model["threshold"],
                model["name"],
                len(model["members"]),
            )


TestLife = Life.TestCase
TestLife.settings = settings(
    max_examples=1000 if LONG else 100,
    stateful_step_count=40 if LONG else 25,
    deadline=None,
    derandomize=not LONG,
)

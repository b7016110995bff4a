"""A place with a group to hand over, watched at every answer, and a program that is killed there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.emulated import changes
from tests.inside import raw_answers
from toolkit import Emulator, cobo
from toolkit.cobo.tss import people_of
from toolkit.errors import InDoubt

KINDS = ("MainGroup", "SigningGroup", "RecoveryGroup")
WORD = {
    "MainGroup": "cobo.upgrade-invalidates",
    "SigningGroup": "cobo.handover-deletes",
    "RecoveryGroup": "cobo.handover-deletes",
}
ENDS = {
    "MainGroup": "update_key_share_holder_group_by_id",
    "SigningGroup": "delete_key_share_holder_group_by_id",
    "RecoveryGroup": "delete_key_share_holder_group_by_id",
}
CREATE, ASK = "create_key_share_holder_group", "create_tss_request"


class Place:
    """An emulator with a Valid group of each type, and the successor's holders, who are online."""

    def __init__(self, kind: str = "MainGroup", **options: Any) -> None:
        self.kind = kind
        self.emulator = Emulator.seeded(**options)
        self.vault = self.emulator.vault_id
        # a signing group beside the world's main and recovery groups; its first one has no keys
        self.made("SigningGroup", self.emulator.spare_nodes[:2])
        groups = self.emulator.cobo.state.groups[self.vault]
        self.old = next(
            each for each in groups.values() if each.type == kind and each.status == "Valid"
        )
        self.old_id = self.old.key_share_holder_group_id or ""
        self.nodes = self.emulator.spare_nodes[:2]
        self.emulator.ledger.clear()
        self.emulator.journal.clear()
        self.broken: list[str] = []
        self.watch()

    def holders(
        self, nodes: list[str], name: str = "Holder", kind: str = ""
    ) -> list[cobo.CreateKeyShareHolder]:
        signs = (kind or self.kind) != "RecoveryGroup"
        return [
            cobo.CreateKeyShareHolder(
                name=f"{name} {at}", type="API", tss_node_id=node, signer=at == 0 if signs else None
            )
            for at, node in enumerate(nodes)
        ]

    def made(self, kind: str, nodes: list[str]) -> None:
        custody = self.emulator.cobo_client()
        request = cobo.CreateKeyShareHolderGroupRequest(
            key_share_holder_group_type=kind,
            participants=3,
            threshold=2,
            key_share_holders=self.holders(nodes, kind=kind),
        )
        group = custody.send(cobo.create_key_share_holder_group(self.vault, request))
        state = self.emulator.cobo.state
        state.make_keys(self.vault, group.key_share_holder_group_id or "", state.random)

    def handover(self, **more: Any) -> cobo.Handover:
        """With a client of its own, as after a restart."""
        holders = self.holders(self.nodes)
        custody = more.pop("client", None) or self.emulator.cobo_client()
        given = {"group": self.old_id, "holders": holders, **more}
        return cobo.Handover(custody, self.vault, **given)

    @property
    def groups(self) -> list[cobo.KeyShareHolderGroup]:
        return list(self.emulator.cobo.state.groups[self.vault].values())

    def watch(self) -> None:
        """After each answer: a Valid main group and one of this kind, each with enough holders."""
        answer = self.emulator.answer

        def watched(received: Any) -> Any:
            reply = answer(received)
            for kind in {"MainGroup", self.kind}:
                enough = [
                    group
                    for group in self.groups
                    if group.type == kind and group.status == "Valid"
                    if len(group.key_share_holders or ()) == group.participants
                    if group.tss_key_share_groups
                ]
                if not enough:
                    self.broken.append(f"no {kind} after {received.method} {received.target}")
            return reply

        self.emulator.answer = watched  # type: ignore[method-assign]

    def is_over(self) -> None:
        """What must hold in the end: one successor, asked for once, in the old group's place."""
        self.is_replaced()
        assert changes(self.emulator).count(CREATE) == 1

    def is_replaced(self) -> None:
        """There is one successor, Valid, in the old group's place."""
        assert self.broken == []
        wanted = set(self.nodes)
        having = [
            group for group in self.groups if {h.tss_node_id for h in people_of(group)} == wanted
        ]
        assert [(group.type, group.status) for group in having] == [(self.kind, "Valid")]
        assert self.old_id not in self.emulator.cobo.state.groups[self.vault]


class Killed(Exception):
    """The program ends here: nothing after this line of it runs."""


def killed_at(client: Any, number: int, *, arrives: bool) -> None:
    """The client's request of this number is its last: it arrives, or it does not."""
    sent = iter(range(1, 10_000))

    def change(_: Any, send: Callable[[], Any]) -> Any:
        if next(sent) < number:
            return send()
        if arrives:
            send()
        raise Killed

    raw_answers(client, change)


def resumed(place: Place) -> None:
    """Go on with a new client; where nobody can know, a person says that it did not happen."""
    word = {WORD[place.kind]}
    for _ in range(3):
        custody = place.emulator.cobo_client()
        try:
            state = place.handover(client=custody).run(acknowledge=word)
        except InDoubt as doubt:
            entry = custody.journal.get(doubt.number)
            assert entry.operation not in changes(place.emulator)  # it has never arrived
            custody.resolve(doubt.number, send_again=True, acknowledge=word)
        else:
            assert state.done
            return
    raise AssertionError("three times in doubt")

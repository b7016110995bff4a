"""Keys are never made with fewer shares than they need, whoever comes, leaves and looks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tests.inside import stop_clock
from toolkit import cobo
from toolkit.emulator import Emulator
from toolkit.emulator.vaults import COBO_NODE
from toolkit.errors import ApiError, NotFound

BEGUN_MS = 1_780_000_000_000
DAY_MS = 86_400_000
WHOLE_MS = 10_000  # what confirming, processing and generating take together
GOES_ON = {
    "cobo.recovery-deletes",
    "cobo.upgrade-invalidates",
    "cobo.holder-count",
    "cobo.node-shape",
}
WAITING_IN_VAIN = "KeyHolderConfirmationFailed"


class Drill:
    """A vault with a main group (2 of 3: Cobo, a, b), a recovery group (2 of 2: c, d) and nodes
    that run.
    """

    def __init__(self, share: str = "absent", recovery: str = "cd", **switched: str) -> None:
        choices = {"cobo.node_in_two_groups": "accepted", "cobo.recovery_cobo_share": share}
        choices |= {f"cobo.{name}": option for name, option in switched.items()}
        self.emulator = Emulator.seeded("empty", choices=choices)
        stop_clock(self.emulator, BEGUN_MS)
        self.custody = self.emulator.cobo_client()
        self.vault = self.emulator.vault_id
        for node in "abcdef":
            self.emulator.set_holder(node, "online")
        self.main = self.group("MainGroup", "ab", (2, 3))
        self.ask("KeyGen", self.main)
        self.emulator.advance(11_000)
        self.recovery = self.group("RecoveryGroup", recovery)
        self.ask("KeyGenFromKeyGroup", self.recovery, self.main)
        self.emulator.advance(11_000)

    def group(self, kind: str, nodes: Sequence[str], scheme: tuple[int, int] = (2, 2)) -> str:
        """A New group of that scheme (k of n)."""
        holders = [
            cobo.CreateKeyShareHolder(name=node, type="API", tss_node_id=node, signer=at == 0)
            for at, node in enumerate(nodes)
        ]
        request = cobo.CreateKeyShareHolderGroupRequest(
            key_share_holder_group_type=kind,
            threshold=scheme[0],
            participants=scheme[1],
            key_share_holders=holders,
        )
        call = cobo.create_key_share_holder_group(self.vault, request)
        return self.custody.send(call, acknowledge=GOES_ON).key_share_holder_group_id or ""

    def ask(
        self, kind: str, target: str, source: str = "", nodes: Sequence[str] | None = None
    ) -> str:
        """A TSS request; its id."""
        given = None
        if source:
            given = cobo.SourceKeyShareHolderGroup(
                key_share_holder_group_id=source, tss_node_ids=nodes
            )
        request = cobo.CreateTssRequestRequest(
            type=kind, target_key_share_holder_group_id=target, source_key_share_holder_group=given
        )
        call = cobo.create_tss_request(self.vault, request)
        return self.custody.send(call, acknowledge=GOES_ON).tss_request_id or ""

    def status(self, request_id: str) -> str | None:
        """How far a TSS request is."""
        return self.custody.send(cobo.get_tss_request_by_id(self.vault, request_id)).status

    def state_of(self, group_id: str) -> str | None:
        """The status of a group; None for one that is gone."""
        try:
            call = cobo.get_key_share_holder_group_by_id(self.vault, group_id)
            return self.custody.send(call).status
        except NotFound:
            return None

    def offline(self, *nodes: str) -> None:
        for node in nodes:
            self.emulator.set_holder(node, "offline")

    def upgrade(self, group_id: str, handling: str) -> None:
        request = cobo.UpdateKeyShareHolderGroupByIdRequest(original_main_group_handling=handling)
        call = cobo.update_key_share_holder_group_by_id(self.vault, group_id, request)
        self.custody.send(call, acknowledge=GOES_ON)

    def delete(self, group_id: str) -> None:
        self.custody.send(cobo.delete_key_share_holder_group_by_id(self.vault, group_id))


def recovers(drill: Drill, nodes: Sequence[str] | None = None) -> str:
    return drill.ask("Recovery", drill.group("MainGroup", "e"), drill.recovery, nodes)


def signs(drill: Drill, nodes: Sequence[str] | None = None) -> str:
    return drill.ask("KeyGenFromKeyGroup", drill.group("SigningGroup", "e"), drill.main, nodes)


IN_VAIN: list[tuple[str, Sequence[str], Callable[[Drill], str]]] = [
    ("recovery, both holders offline", "cd", recovers),
    ("recovery, one of two offline", "d", recovers),
    ("signing group from an offline main group", "ab", signs),
    ("a named node is offline", "a", lambda drill: signs(drill, [COBO_NODE, "a"])),
    ("Cobo’s node and one are away", (COBO_NODE, "a"), signs),
    ("the new holder is away", "e", signs),
]


@pytest.mark.parametrize(
    ("away", "ask"), [case[1:] for case in IN_VAIN], ids=[case[0] for case in IN_VAIN]
)
def test_too_few_shares(away: Sequence[str], ask: Callable[[Drill], str]) -> None:
    """Without enough shares of the source, or without a holder of the target, it waits a day and
    has failed: no keys, and the main group is still there.
    """
    drill = Drill()
    drill.offline(*away)
    request = ask(drill)
    drill.emulator.advance(DAY_MS - 1)
    assert drill.status(request) == "PendingKeyHolderConfirmation"
    drill.emulator.advance(1)
    assert drill.status(request) == WAITING_IN_VAIN
    assert drill.state_of(drill.main) == "Valid"


ENOUGH: list[tuple[str, Sequence[str], Callable[[Drill], str]]] = [
    ("all are there", "", recovers),
    ("one of three is away", "a", signs),
    ("Cobo’s node is not named", "", lambda drill: signs(drill, ["a", "b"])),
    ("Cobo’s node is named, as documented", "", lambda drill: signs(drill, [COBO_NODE, "b"])),
    ("recovery with Cobo’s node named", "", lambda drill: recovers(drill, [COBO_NODE, "c", "d"])),
]


@pytest.mark.parametrize(
    ("away", "ask"), [case[1:] for case in ENOUGH], ids=[case[0] for case in ENOUGH]
)
def test_enough_shares(away: Sequence[str], ask: Callable[[Drill], str]) -> None:
    """As many shares as the threshold are enough, whichever they are."""
    drill = Drill()
    drill.offline(*away)
    request = ask(drill)
    drill.emulator.advance(WHOLE_MS)
    assert drill.status(request) == "Success"


def test_who_comes_and_goes() -> None:
    """One that does not take part may leave; one that does ends it, even if another could."""
    drill = Drill()
    drill.offline("b")
    request = signs(drill)
    drill.emulator.advance(4_000)
    drill.emulator.set_holder("b", "online")
    drill.offline("b")
    assert drill.status(request) == "MPCProcessing"
    drill.emulator.set_holder("b", "online")
    drill.offline("a")
    assert drill.status(request) == "KeyGeneratingFailed"


GONE: list[tuple[str, int, str]] = [
    ("while it waits", 1_000, WAITING_IN_VAIN),
    ("while keys are made", 6_000, "KeyGeneratingFailed"),
]


@pytest.mark.parametrize(
    ("after_ms", "ended"), [case[1:] for case in GONE], ids=[case[0] for case in GONE]
)
def test_a_source_that_goes(after_ms: int, ended: str) -> None:
    """Where the source is deleted, or invalidated by an upgrade or a recovery, its shares are gone:
    what was to be made of them has failed.
    """
    deleted = Drill()
    recovery = recovers(deleted)
    deleted.emulator.advance(after_ms)
    deleted.delete(deleted.recovery)
    assert deleted.status(recovery) == ended

    upgraded = Drill()
    first = upgraded.group("SigningGroup", "f")
    upgraded.ask("KeyGenFromKeyGroup", first, upgraded.main)
    upgraded.emulator.advance(WHOLE_MS)
    second = signs(upgraded)
    upgraded.emulator.advance(after_ms)
    upgraded.upgrade(first, "Invalidate")
    assert upgraded.status(second) == ended

    recovered = Drill()
    again = recovers(recovered)
    recovered.emulator.advance(WHOLE_MS - after_ms)
    late = recovered.ask("KeyGenFromKeyGroup", recovered.group("SigningGroup", "f"), recovered.main)
    recovered.emulator.advance(after_ms)
    assert (recovered.status(again), recovered.status(late)) == ("Success", ended)


def test_a_source_that_is_kept() -> None:
    """A main group that became a signing group still has its shares: they may still be used."""
    drill = Drill()
    first = drill.group("SigningGroup", "f")
    drill.ask("KeyGenFromKeyGroup", first, drill.main)
    drill.emulator.advance(WHOLE_MS)
    second = signs(drill)
    drill.upgrade(first, "ConvertToSigningGroup")
    drill.emulator.advance(WHOLE_MS)
    assert drill.status(second) == "Success"


SHARE: list[tuple[str, str, str | None]] = [
    # the choice, the holders that are sent, and the nodes in the answer; None: refused
    ("absent", "cd", "cd"),
    ("absent", "c", None),
    ("added", "cd", None),
    ("added", "c", "*c"),
    ("either", "cd", "cd"),
    ("either", "c", "*c"),
]


@pytest.mark.parametrize(("option", "sent", "answered"), SHARE)
def test_cobos_share_of_a_recovery_group(option: str, sent: str, answered: str | None) -> None:
    """Whether Cobo holds a share of a recovery group is a choice; where it does, its share counts."""
    if answered is None:
        with pytest.raises(ApiError, match="key_share_holders must have"):
            Drill(option, sent)
        return
    drill = Drill(option, sent)
    group = drill.emulator.cobo.state.groups[drill.vault][drill.recovery]
    nodes = [COBO_NODE if node == "*" else node for node in answered]
    assert [holder.tss_node_id for holder in group.key_share_holders or []] == nodes
    request = recovers(drill, [COBO_NODE, *sent])
    drill.offline(COBO_NODE)
    drill.emulator.advance(WHOLE_MS)
    assert drill.status(request) != "Success"
    drill.emulator.set_holder(COBO_NODE, "online")
    drill.emulator.advance(WHOLE_MS)
    assert drill.status(request) == "Success"


# ---- holders going off and on --------------------------------------------------------------------


@dataclass
class Watched:
    """A request, and what the test itself knows of it."""

    begun_ms: int
    targets: frozenset[str]
    shares: tuple[str, ...]
    enough: int
    status: str | None = "PendingKeyHolderConfirmation"


class Comings(RuleBasedStateMachine):
    """Holders come and go, groups are made, upgraded, recovered and deleted. The test keeps a diary
    of who was there, and asks of each success whether there was time for it.
    """

    def __init__(self) -> None:
        super().__init__()
        self.drill = Drill("either", second_main_group="accepted")
        self.there = {*"abcdef", COBO_NODE}
        self.diary: list[tuple[int, frozenset[str]]] = [(0, frozenset(self.there))]
        self.watched: dict[str, Watched] = {}
        self.seats = {
            self.drill.main: ((COBO_NODE, "a", "b"), 2),
            self.drill.recovery: (("c", "d"), 2),
        }
        self.made: list[str] = []
        self.target_of: dict[str, str] = {}

    @property
    def now_ms(self) -> int:
        return self.drill.emulator.clock.now_ms()

    @rule(away=st.sets(st.sampled_from([*"abcdef", COBO_NODE]), max_size=2))
    def come_and_go(self, away: set[str]) -> None:
        for node in sorted(({*"abcdef", COBO_NODE} - away) ^ self.there):
            self.there ^= {node}
            self.drill.emulator.set_holder(node, "online" if node in self.there else "offline")
            self.diary.append((self.now_ms, frozenset(self.there)))

    @rule(ms=st.sampled_from([11_000, 3_000, 2_000, 5_000, DAY_MS]))
    def wait(self, ms: int) -> None:
        self.drill.emulator.advance(ms)

    @rule(
        kind=st.sampled_from(["SigningGroup", "RecoveryGroup", "MainGroup", "KeyGen"]),
        node=st.sampled_from("efa"),
        named=st.booleans(),
        data=st.data(),
    )
    def make(self, kind: str, node: str, named: bool, data: st.DataObject) -> None:
        """A group of Cobo and one node: from the main group, for a main group by recovery, or by first keys."""
        if kind == "KeyGen":
            self.watch(kind, "MainGroup", node)
            return
        wanted = "RecoveryGroup" if kind == "MainGroup" else "MainGroup"
        groups = self.drill.emulator.cobo.state.groups[self.drill.vault]
        sources = [
            group_id for group_id, group in groups.items()
            if (group.type, group.status) == (wanted, "Valid")
        ]  # fmt: skip
        if not sources:
            return
        source = data.draw(st.sampled_from(sources))
        seats, enough = self.seats[source]
        nodes = data.draw(st.permutations(seats))[:enough] if named else None
        tss_type = "Recovery" if kind == "MainGroup" else "KeyGenFromKeyGroup"
        self.watch(tss_type, kind, node, source, nodes, tuple(nodes or seats), enough)

    def watch(
        self,
        tss_type: str,
        kind: str,
        node: str,
        source: str = "",
        nodes: Sequence[str] | None = None,
        shares: tuple[str, ...] = (),
        enough: int = 0,
    ) -> None:
        """A group is made, its keys are asked for, and what the request needs is written down."""
        target = self.drill.group(kind, node)
        self.seats[target] = ((COBO_NODE, node), 2)
        request = self.drill.ask(tss_type, target, source, nodes)
        targets = frozenset((COBO_NODE, node))
        self.watched[request] = Watched(self.now_ms, targets, shares, enough)
        self.target_of[request] = target
        self.made.append(target)

    @precondition(lambda self: self.made)
    @rule(
        handling=st.sampled_from(["Invalidate", "ConvertToSigningGroup", "delete"]), data=st.data()
    )
    def upgrade_or_delete(self, handling: str, data: st.DataObject) -> None:
        """A group of those that were made becomes the main group, or goes; refused where it may not."""
        group_id = data.draw(st.sampled_from(self.made))
        try:
            if handling == "delete":
                self.drill.delete(group_id)
            else:
                self.drill.upgrade(group_id, handling)
        except ApiError:
            pass  # gone, not Valid, or of another type

    @invariant()
    def success_had_its_shares(self) -> None:
        for request_id, watched in self.watched.items():
            if watched.status in ("Success", WAITING_IN_VAIN, "KeyGeneratingFailed"):
                continue
            watched.status = self.drill.status(request_id)
            if watched.status == "Success":
                assert self.longest_ms(watched) >= WHOLE_MS

    @invariant()
    def keys_are_of_a_success(self) -> None:
        """No group works but those of the beginning, and those whose request succeeded."""
        first = {self.drill.main, self.drill.recovery}
        succeeded = {
            target
            for request, target in self.target_of.items()
            if self.watched[request].status == "Success"
        }
        groups = self.drill.emulator.cobo.state.groups[self.drill.vault]
        with_keys = {group_id for group_id, group in groups.items() if group.tss_key_share_groups}
        assert with_keys <= first | succeeded

    def longest_ms(self, watched: Watched) -> int:
        """The longest time, since it was begun, that all targets and enough shares were there."""
        longest = begun = 0
        ends = [at_ms for at_ms, _ in self.diary[1:]] + [self.now_ms]
        for (at_ms, there), end_ms in zip(self.diary, ends, strict=True):
            enough = sum(node in there for node in watched.shares) >= watched.enough
            if not (enough and watched.targets <= there):
                begun = 0
                continue
            begun = begun or max(at_ms, watched.begun_ms)
            longest = max(longest, end_ms - begun)
        return longest


Comings.TestCase.settings = settings(max_examples=25, stateful_step_count=25)
TestComings: Any = Comings.TestCase

"""The states of a submission, in whatever order people press, edit, cancel and hear of answers; no widget."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from tests.emulated import changes, free, last_change, lost
from toolkit import Emulator, cobo
from toolkit.client.submission import (
    Asked,
    Draft,
    NotBegun,
    Ready,
    Settled,
    Stale,
    Submission,
    UnderWay,
)
from toolkit.errors import InDoubt, InputError, NotSent, RequestRefused
from toolkit.findings import Finding, needed, ours
from toolkit.request.exchange import Exchange

HARD = needed("form.hard", ("name",), "This is missing.", "Fill it.")
SOFT = Finding("soft", "medium", "", ("name",), "This is odd.", "", ours("a test"))
OLD_MS = 70_000  # too old to be sent
FOUND = [(), (SOFT,), (HARD,), (HARD, SOFT)]


class Presses(RuleBasedStateMachine):
    """One form for a new vault: whatever happens, what is sent is what was shown, and once."""

    def __init__(self) -> None:
        super().__init__()
        self.emulator = free(Emulator.seeded())
        self.client = self.emulator.cobo_client(window_s=0)
        self.submission: Submission[Any] = Submission(self.client)
        self.work: Callable[[], Exchange[Any]] | None = None
        self.expected = 0  # how many changes the emulator must have seen
        self.once_more = False  # a person has asked for the same again
        self.done: cobo.CreateMpcVaultRequest | None = None  # what was sent last
        self.doubted: list[Any] = []  # what nobody knows the fate of

    @initialize()
    def opened(self) -> None:
        self.edited("Treasury", (), True)

    def asked(self) -> Asked[Any]:
        """What the fields say, prepared for this moment."""
        request = cobo.CreateMpcVaultRequest(name=self.name, vault_type="Org-Controlled")
        prepared = self.client.prepare(cobo.create_mpc_vault(request))
        ticked = frozenset({"soft"}) if self.ticked else frozenset()
        return Asked(prepared, self.found, (), ticked)

    @rule(
        name=st.sampled_from(["Treasury", "Payroll"]),
        found=st.sampled_from(FOUND),
        ticked=st.booleans(),
    )
    def edited(self, name: str, found: tuple[Finding, ...], ticked: bool) -> None:
        self.name, self.found, self.ticked = name, found, ticked
        asked = self.asked()
        state = self.submission.edited(asked)
        if self.work is None and isinstance(state, Ready):
            assert not asked.blocking
            assert state.prepared is asked.prepared

    @rule()
    def prepared_again(self) -> None:
        self.submission.prepared_again(self.asked())
        self.once_more = True

    @rule(wait_ms=st.sampled_from([1_000, OLD_MS]))
    def grown_older(self, wait_ms: int) -> None:
        self.emulator.advance(wait_ms)
        if self.submission.aged():
            assert isinstance(self.submission.state, Stale)
            assert self.submission.prepared is not None
            assert self.submission.prepared.is_stale(self.client.now_ms())

    def refused_to_press(self, asked: Asked[Any], shown: Any) -> bool:
        """Whether a press must not send."""
        same = self.done == asked.call.body and not self.once_more  # type: ignore[union-attr]
        stale = shown is None or shown.is_stale(self.client.now_ms())
        unseen = shown is None or shown.call != asked.call
        return self.work is not None or same or bool(asked.blocking) or stale or unseen

    @rule()
    def pressed(self) -> None:
        asked, shown, before = self.asked(), self.submission.prepared, self.work
        press = self.submission.press(asked)
        assert (press.work is None) is self.refused_to_press(asked, shown)
        assert press.work is not None or press.sentence
        if press.work is not None:
            assert before is None
            self.begun(press.work)

    @precondition(lambda self: self.work is None)
    @rule()
    def submitted(self) -> None:
        asked = self.asked()
        same = self.done == asked.call.body and not self.once_more  # type: ignore[union-attr]
        if asked.blocking and not same:
            with pytest.raises(RequestRefused):
                self.submission.submit(asked)
            return
        work, _ = self.submission.submit(asked)
        assert (work is None) is same
        if work is not None:
            self.begun(work)

    def begun(self, work: Callable[[], Exchange[Any]]) -> None:
        assert isinstance(self.submission.state, UnderWay)
        assert self.submission.busy
        assert self.submission.prepared is not None
        self.shown, self.work, self.called_off = self.submission.prepared, work, False

    @precondition(lambda self: self.work is not None)
    @rule()
    def cancelled(self) -> None:
        press = self.submission.cancelled()
        assert press.work is None
        assert press.sentence
        self.called_off = True  # nothing has left yet: the work has not been run

    @precondition(lambda self: self.work is not None)
    @rule(is_lost=st.booleans())
    def answered(self, is_lost: bool) -> None:
        work, self.work = self.work, None
        assert work is not None
        if is_lost and not self.called_off:
            lost(self.emulator, "create_mpc_vault", "status-before")
        if self.shown.is_stale(self.client.now_ms()):
            with pytest.raises(InputError) as refused:
                work()
            assert isinstance(self.submission.failed(refused.value), NotBegun)
            self.emulator.inject()
            return
        exchange = work()
        self.once_more = False
        assert isinstance(self.submission.answered(exchange), Settled)
        self.emulator.inject()
        body = self.shown.call.body
        self.done = body  # type: ignore[assignment]
        if body in self.doubted:  # looked for again, and not sent again
            assert exchange.prepared.call.body == body
        elif self.called_off:
            assert isinstance(exchange.error, NotSent)
            self.done = None
        else:
            self.expected += 1
            assert exchange.prepared is self.shown
            assert last_change(self.emulator).body.encode() == self.shown.body
        if isinstance(exchange.error, InDoubt):
            self.doubted.append(body)

    @invariant()
    def nothing_is_sent_twice(self) -> None:
        assert len(changes(self.emulator)) == self.expected

    @invariant()
    def every_state_says_something(self) -> None:
        state = self.submission.state
        assert state.sentence
        assert state.severity or isinstance(state, Ready)
        assert self.submission.busy is (self.work is not None)


Presses.TestCase.settings = settings(max_examples=150, stateful_step_count=30, deadline=None)
TestPresses = Presses.TestCase


def test_a_draft_is_loud_once_pressed() -> None:
    """What is missing is only named until somebody tries to send it; then it is an error."""
    client = Emulator.seeded().cobo_client()
    submission: Submission[Any] = Submission(client)
    call = cobo.create_mpc_vault(cobo.CreateMpcVaultRequest(name="x", vault_type="Org-Controlled"))
    asked = Asked(client.prepare(call), (HARD,))
    state = submission.edited(asked)
    assert (type(state), state.severity) == (Draft, "note")
    press = submission.press(asked)
    assert (press.work, press.severity) == (None, "high")
    assert "1 thing to fill in or put right" in press.sentence


WITHOUT_WIDGETS = """
import sys
for name in ("ipywidgets", "pandas", "jinja2"):
    sys.modules[name] = None  # an import of it fails
from toolkit.emulator import Emulator
from toolkit.client.submission import Asked, Submission
from toolkit.cobo import access, checks, findings, seats, tss
from toolkit.cobo.models import CreateKeyShareHolder, KeyShareHolderGroup
from toolkit.privy import cosigning, members

emulator = Emulator.seeded()
custody, app = emulator.cobo_client(), emulator.privy_client()
holders = (CreateKeyShareHolder(name="Alice", type="API", tss_node_id="n", signer=True),)
fields = seats.GroupFields(emulator.vault_id, "MainGroup", 2, 2, holders)
print("signs:", *(finding.sentence for finding in findings.who_signs(fields.powers(), fields.with_cobo)))
(info,) = emulator.cobo.keys.values()
print("access:", access.may(info, "mpc_key_group:create", access.Place(emulator.vault_id), 0).answer)
target = KeyShareHolderGroup(type="MainGroup", status="New")
print("tss:", *tss.types_for(target, []))
quorum = next(iter(emulator.privy.quorums.values()))
now = members.fields_of(quorum)
print("quorum:", *(finding.sentence for finding in members.who_can_sign(now, {})))
print("advice:", len(members.quorum_advice(now, {})))
after = members.QuorumFields("New name", now.members, now.threshold)
print("compared:", len(cosigning.before_and_after(quorum, after, {})))
print("signing:", cosigning.signing_of(quorum, {}, emulator.authorization_keys.values()).need)
"""


def test_who_signs_needs_no_widgets() -> None:
    """Who signs, what a key may do, which request suits, before and after: without widgets, tables and templates."""
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_WIDGETS],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = dict(line.split(":", 1) for line in done.stdout.splitlines())
    assert set(told) == {"signs", "access", "tss", "quorum", "advice", "compared", "signing"}
    assert "Cobo" in told["signs"]
    assert told["tss"].strip() == "KeyGen"

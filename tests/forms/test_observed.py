"""A form's traits: what it makes, whether it is busy, what became of it; observed, linked, in their order."""

from __future__ import annotations

import asyncio
import sys
import threading
from typing import Any

import ipywidgets as w
import pytest
import traitlets

from tests.emulated import changes, holding, lost
from tests.samples import KEYS
from tests.screen import until
from toolkit import Emulator, cobo, privy
from toolkit.errors import ToolkitError
from toolkit.forms.observed import Observed
from toolkit.privy.forms import QuorumFields

TRAITS = ["result", "outcome", "busy"]


def filled(emulator: Emulator, name: str = "Ops", **options: Any) -> Any:
    form = privy.forms.create_key_quorum(emulator.privy_client(**options))
    keys = tuple(("Key", key.public.to_base64()) for key in KEYS[:2])
    form.fill(QuorumFields(name, keys, 1))
    return form


def heard(form: Any) -> list[tuple[str, Any]]:
    """What an observer hears from now on."""
    lines: list[tuple[str, Any]] = []
    form.observe(lambda change: lines.append((change.name, change.new)), TRAITS)
    return lines


def press(form: Any) -> None:
    form.press()


def submit(form: Any) -> None:
    form.submit()


@pytest.mark.parametrize("send", [press, submit])
def test_observed_without_a_kernel(emulator: Emulator, send: Any) -> None:
    """Busy, then what was made and what became of it, and last that it is over."""
    form = filled(emulator)
    lines = heard(form)
    send(form)
    made = form.exchange.value
    assert lines == [("busy", True), ("result", made), ("outcome", "answered"), ("busy", False)]
    assert form.result is made
    form.start_afresh()
    assert (form.result, form.outcome, form.busy) == (None, "", False)


def test_refused_and_in_doubt(emulator: Emulator) -> None:
    """A submission that made nothing leaves no result; its exchange says why, and submit() raises it."""
    form = filled(emulator, window_s=0)
    form.submit()
    lines = heard(form)
    form.members.display_name.value = "Another"
    lost(emulator, "create_key_quorum", "status-before")
    with pytest.raises(ToolkitError):
        form.submit()
    assert lines == [
        ("busy", True),
        ("result", None),
        ("outcome", form.exchange.outcome),
        ("busy", False),
    ]
    assert form.outcome in ("unknown", "refused")


def test_refused_by_ourselves(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """What never became an exchange ends, too: it is not busy for ever."""
    form = filled(emulator)
    lines = heard(form)

    def fails(*_: Any, **__: Any) -> None:
        raise RuntimeError("ours")

    monkeypatch.setattr(form.client, "exchange", fails)
    form.press()
    assert lines == [("busy", True), ("busy", False)]
    with pytest.raises(RuntimeError, match="ours"):
        form.submit()
    assert lines[2:] == [("busy", True), ("busy", False)]


def test_two_forms_linked(emulator: Emulator) -> None:
    """While one form is busy the other's button waits; what one makes, another object has; all by traitlets' links."""

    class Shown(traitlets.HasTraits):
        quorum = traitlets.Any()

    first, second, shown = filled(emulator), filled(emulator, "Others"), Shown()
    disabled = []
    second.send_button.observe(lambda change: disabled.append(change.new), "disabled")
    traitlets.dlink((first, "busy"), (second.send_button, "disabled"))
    traitlets.link((first, "result"), (shown, "quorum"))
    label = w.Label()
    traitlets.dlink((first, "outcome"), (label, "value"))
    assert shown.quorum is None
    first.submit()
    assert disabled == [True, False]
    assert shown.quorum is first.result
    assert label.value == "answered"
    second.submit()
    assert shown.quorum is first.result
    assert second.result.display_name == "Others"


@pytest.mark.parametrize("name", TRAITS)
def test_nobody_else_sets_them(emulator: Emulator, name: str) -> None:
    """What a form says of itself is set by the form alone."""
    form = filled(emulator)
    with pytest.raises(traitlets.TraitError, match="read-only"):
        setattr(form, name, getattr(form, name))


def test_no_widget_state(emulator: Emulator) -> None:
    """They stay in the kernel: neither the state nor its keys have them, so no notebook saves them."""
    form = filled(emulator)
    form.submit()
    assert not set(TRAITS) & set(form.keys)
    assert not set(TRAITS) & set(form.get_state())


def test_a_press_on_a_loop_tells_in_order(emulator: Emulator) -> None:
    """The worker thread's end comes after its beginning, and is told on the loop's thread."""

    async def main() -> None:
        form = filled(emulator)
        threads = []
        lines = heard(form)
        form.observe(lambda _: threads.append(threading.current_thread()), TRAITS)
        with holding(emulator) as (arrived, may_answer):
            form.press()
            await until(arrived.is_set)
            assert lines == [("busy", True)]
            may_answer.set()
            await until(lambda: not form.busy)
        assert [name for name, _ in lines] == ["busy", "result", "outcome", "busy"]
        assert set(threads) == {threading.current_thread()}

    asyncio.run(main())


def test_submitted_in_another_thread(emulator: Emulator) -> None:
    """A submit() in a thread of its own tells the same, in the same order."""

    async def main() -> None:
        form = filled(emulator)
        lines = heard(form)
        made = await asyncio.to_thread(form.submit)
        assert lines == [("busy", True), ("result", made), ("outcome", "answered"), ("busy", False)]

    asyncio.run(main())


def test_an_observer_that_sends_again(emulator: Emulator) -> None:
    """What an observer starts is told after what it was told: each observer hears one order."""
    form = filled(emulator)
    again = []

    def send_another(change: Any) -> None:
        if change.new == "answered" and not again:
            again.append(True)
            form.fill(QuorumFields("Second", (("Key", KEYS[1].public.to_base64()),), 1))
            form.submit()

    form.observe(send_another, "outcome")
    lines = heard(form)
    form.submit()
    first, second = (line.new for line in _results(lines))
    assert (first.display_name, second.display_name) == ("Ops", "Second")
    assert [name for name, _ in lines] == [
        *("busy", "result", "outcome"),
        *("busy", "busy", "result", "busy"),  # the outcome is “answered” as before
    ]
    assert [new for name, new in lines if name == "busy"] == [True, False, True, False]
    assert changes(emulator) == ["create_key_quorum", "create_key_quorum"]


def _results(lines: list[tuple[str, Any]]) -> list[Any]:
    return [traitlets.Bunch(new=new) for name, new in lines if name == "result"]


def test_told_by_many_threads() -> None:
    """Changes of many threads are told one at a time; each thread's own in its order, none lost."""

    class Counted(Observed):
        said = traitlets.Any(None, read_only=True)

    panel = Counted()
    lines: list[tuple[int, int]] = []
    inside = []

    def hear(change: Any) -> None:
        inside.append(1)
        assert len(inside) == 1
        lines.append(change.new)
        inside.pop()

    panel.observe(hear, "said")

    def work(thread: int) -> None:
        for number in range(200):
            panel.tell({"said": (thread, number)})

    threads = [threading.Thread(target=work, args=(thread,)) for thread in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for thread in range(4):
        assert [number for who, number in lines if who == thread] == list(range(200))
    panel.close()


def test_an_observer_that_raises(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is reported as an error in a thread is; what was sent is sent, known and told all the same."""
    reported: list[Any] = []
    monkeypatch.setattr(sys, "excepthook", lambda kind, error, trace: reported.append(error))
    form = filled(emulator)
    error = RuntimeError("an observer's")

    def fails(_: Any) -> None:
        raise error

    form.observe(fails, "result")
    lines = heard(form)
    made = form.submit()
    assert reported == [error]
    assert form.result is made
    assert lines[-2:] == [("outcome", "answered"), ("busy", False)]
    assert "mistake of ours" not in form.refusal.value


def test_a_step_makes_it_busy(emulator: Emulator) -> None:
    """What a step after it sends makes the form busy, through as many steps as there are."""
    form = filled(emulator)
    form.submit()
    (steps,) = form.next_steps.children
    steps.choice.value = "new"
    lines = heard(form)
    steps.form.submit()
    assert lines == [("busy", True), ("busy", False)]


def test_closed_while_under_way(emulator: Emulator) -> None:
    """A form that is closed before its answer still tells what became of it."""

    async def main() -> None:
        form = filled(emulator)
        with holding(emulator) as (arrived, may_answer):
            form.press()
            await until(arrived.is_set)
            lines = heard(form)
            form.close()
            may_answer.set()
            await until(lambda: not form.busy)
        assert [name for name, _ in lines] == ["result", "outcome", "busy"]

    asyncio.run(main())


def test_a_read_is_a_form_too(emulator: Emulator) -> None:
    """A form of a read has the same traits."""
    form = cobo.forms.api_key_info(emulator.cobo_client())
    form.submit()
    assert (form.outcome, form.busy) == ("answered", False)
    assert form.result.name

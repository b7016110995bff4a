"""Work off the main loop: a thread does it, its end is heard once, on the loop, and errors reach whoever asks."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Callable
from typing import Any

import pytest

from tests.emulated import changes, holding
from tests.inside import Send, raw_answers
from tests.samples import KEYS
from tests.screen import fill, group_form, quorum_form, screen, until
from toolkit import Emulator, cobo, privy
from toolkit.emulator import Fault
from toolkit.errors import InputError, JournalRefused
from toolkit.forms import form as form_module
from toolkit.forms.job import Job, main_loop


class Heard:
    """What ``done`` was told: how often, in which thread, and by which job."""

    def __init__(self) -> None:
        self.jobs: list[Job[Any]] = []
        self.threads: list[int] = []

    def __call__(self, job: Job[Any]) -> None:
        self.jobs.append(job)
        self.threads.append(threading.get_ident())


def raised(error: BaseException) -> Callable[[], Any]:
    def work() -> None:
        raise error

    return work


def test_a_loop_stays_free() -> None:
    """On a loop the work runs in another thread, and its end is heard once, on the loop's own."""
    heard, may_end = Heard(), threading.Event()

    def work() -> int:
        assert may_end.wait(10)
        return threading.get_ident()

    async def main() -> None:
        assert main_loop() is asyncio.get_running_loop()
        job = Job(work, heard)
        job.start()
        await asyncio.sleep(0)
        assert not job.ended  # and yet this line was reached
        may_end.set()
        await until(lambda: heard.jobs)
        await asyncio.sleep(0.01)
        assert heard.jobs == [job]
        assert heard.threads == [threading.get_ident()]
        assert job.result() != threading.get_ident()

    asyncio.run(main())


def test_waiting_on_the_loop() -> None:
    """Whoever waits on the loop's thread gets the end at once, and it is heard once all the same."""
    heard = Heard()

    async def main() -> None:
        job = Job(lambda: 7, heard)
        job.start()
        job.wait()
        assert heard.jobs == [job]
        await asyncio.sleep(0.01)  # the loop's own message arrives, and finds that all is said
        job.wait()
        assert heard.jobs == [job]
        assert heard.threads == [threading.get_ident()]
        assert job.result() == 7

    asyncio.run(main())


def test_heard_once_whoever_waits() -> None:
    """Twenty threads wait at once: the end is heard once."""
    heard, may_end, ready = Heard(), threading.Event(), threading.Barrier(21)

    async def main() -> None:
        job = Job(lambda: may_end.wait(10), heard)
        job.start()

        def waits() -> None:
            ready.wait(10)
            job.wait()

        threads = [threading.Thread(target=waits) for _ in range(20)]
        for thread in threads:
            thread.start()
        await asyncio.to_thread(ready.wait, 10)
        may_end.set()
        await until(lambda: not any(thread.is_alive() for thread in threads))
        await asyncio.sleep(0.01)
        assert heard.jobs == [job]

    asyncio.run(main())


ERRORS = [ValueError("no"), KeyboardInterrupt(), SystemExit(3)]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_errors_reach_the_result(error: BaseException) -> None:
    """Whatever the work raises is raised by result(), on a loop and without one, and the loop lives on."""

    async def main() -> None:
        heard = Heard()
        job = Job(raised(error), heard)
        job.start()
        await until(lambda: heard.jobs)
        with pytest.raises(type(error)):
            job.result()

    asyncio.run(main())
    heard = Heard()
    alone = Job(raised(error), heard)
    alone.start()
    assert heard.jobs == [alone]
    with pytest.raises(type(error)):
        alone.result()


def test_without_a_loop_it_is_done_at_once() -> None:
    """In a script there is nothing to keep free: once start() returns, it is over and heard."""
    heard = Heard()
    assert main_loop() is None
    job = Job(threading.get_ident, heard)
    assert not job.ended
    job.start()
    assert job.ended
    assert (heard.jobs, job.result()) == ([job], threading.get_ident())


def test_without_threads_it_is_done_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no thread can start (Pyodide), it is done here and now, and heard once."""
    heard = Heard()

    def refuse(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    async def main() -> None:
        job = Job(threading.get_ident, heard)
        monkeypatch.setattr(threading.Thread, "start", refuse)
        job.start()
        monkeypatch.undo()
        assert heard.jobs == [job]
        assert job.result() == threading.get_ident()
        await asyncio.sleep(0.01)
        assert len(heard.jobs) == 1

    asyncio.run(main())
    asyncio_elsewhere = threading.Thread(
        target=lambda: asyncio.run(main())
    )  # a loop that is not the main thread's
    heard = Heard()
    asyncio_elsewhere.start()
    asyncio_elsewhere.join(10)
    assert len(heard.jobs) == 1


def test_an_error_of_the_work_is_no_lack_of_threads() -> None:
    """A RuntimeError of the work itself does not make it run twice."""
    times = []

    def work() -> None:
        times.append(1)
        raise RuntimeError("can't start new thread")

    async def main() -> None:
        heard = Heard()
        job = Job(work, heard)
        job.start()
        await until(lambda: heard.jobs)
        with pytest.raises(RuntimeError, match="new thread"):
            job.result()

    asyncio.run(main())
    assert len(times) == 1


def test_the_work_reports_on_the_loop() -> None:
    """What the work reports is called on the loop, in its order and before the end; without a loop at once."""
    told: list[tuple[str, int]] = []

    def work(job: Callable[[], Job[Any]]) -> None:
        for word in ("one", "two"):
            job().on_loop(lambda word=word: told.append((word, threading.get_ident())))  # type: ignore[misc]

    async def main() -> None:
        job: Job[None] = Job(
            lambda: work(lambda: job), lambda _: told.append(("end", threading.get_ident()))
        )
        job.start()
        await until(lambda: len(told) == 3)

    asyncio.run(main())
    job: Job[None] = Job(
        lambda: work(lambda: job), lambda _: told.append(("end", threading.get_ident()))
    )
    job.start()
    here = threading.get_ident()
    assert told == [(word, here) for word in ("one", "two", "end")] * 2


def test_a_loop_that_is_gone() -> None:
    """The loop closes meanwhile: the work ends in peace, and whoever waits for it still gets it."""
    may_end, heard, jobs = threading.Event(), Heard(), []

    async def main() -> None:
        jobs.append(Job(lambda: may_end.wait(10) and "done", heard))
        jobs[0].start()

    asyncio.run(main())
    may_end.set()
    jobs[0].on_loop(lambda: pytest.fail("nobody is there to hear it"))
    jobs[0].wait()
    assert (jobs[0].result(), heard.jobs) == ("done", jobs)


def test_the_context_goes_with_it() -> None:
    """The work sees the context of the moment it began: a kernel keeps there which cell its output belongs to."""
    cell: contextvars.ContextVar[str] = contextvars.ContextVar("cell", default="none")

    async def main() -> None:
        cell.set("this one")
        job = Job(cell.get, Heard())
        job.start()
        cell.set("the next one")
        job.wait()
        assert job.result() == "this one"

    asyncio.run(main())


# ---- a form's submission, off the loop --------------------------------------------------------------


def filled(emulator: Emulator) -> Any:
    form = quorum_form(emulator, *(key.public.to_base64() for key in KEYS[:2]))
    form.members.display_name.value = "Ops"
    return form


def test_a_press_on_a_loop(emulator: Emulator) -> None:
    """Press: it is on its way, and the loop turns on. Again: it joins. The end: the result, and one quorum."""

    async def main() -> None:
        form = filled(emulator)
        with holding(emulator) as (arrived, may_answer):
            form.send_button.click()
            await until(arrived.is_set)
            assert "it" in form.status.value
            assert form.cancel_button.layout.display is None
            form.send_button.click()
            assert "this press joined it" in form.status.value
            assert form.result is None
            may_answer.set()
            await until(lambda: form.exchange)
        assert "Quorum created" in form.status.value
        assert form.cancel_button.layout.display == "none"
        form.send_button.click()
        assert "sent already" in form.status.value
        assert changes(emulator) == ["create_key_quorum"]
        assert form.submit() is form.result

    asyncio.run(main())


def test_submit_while_it_is_under_way(emulator: Emulator) -> None:
    """submit() during the flight waits for it, and gives its result."""

    async def main() -> None:
        form = filled(emulator)
        with holding(emulator) as (arrived, may_answer):
            form.send_button.click()
            await until(arrived.is_set)
            threading.Timer(0.05, may_answer.set).start()
            made = form.submit()
        assert form.result is made
        await asyncio.sleep(0.01)
        assert changes(emulator) == ["create_key_quorum"]
        assert screen(form).count("Key quorum made: Ops") == 1

    asyncio.run(main())


def test_edits_during_the_flight(emulator: Emulator) -> None:
    """What is typed while it is on its way changes neither what is sent nor what is told of it."""

    async def main() -> None:
        form = group_form(emulator)
        fill(form, emulator)
        other = next(value for _, value in form.vault.options if value != form.vault.value)
        first = form.request
        with holding(emulator) as (arrived, may_answer):
            form.send_button.click()
            await until(arrived.is_set)
            form.vault.value = other
            form.type.value, form.scheme.value = "RecoveryGroup", (3, 3)
            form.rows[0].fields["name"].value = "Mallory"
            may_answer.set()
            await until(lambda: form.exchange)
        assert form.result.key_share_holders[1].name == "Alice"
        assert form.exchange.prepared.call.body == first
        assert "Signing group made in Treasury vault" in form.after.card.value
        assert "Mallory" not in form.after.card.value
        assert "Payroll" not in form.after.card.value
        (keys,) = form.next_steps.children
        assert keys.vault_id == emulator.vault_id
        assert not form.submission.joins(form.submission.asked)  # the fields say another one now
        await asyncio.sleep(0.01)

    asyncio.run(main())


def test_cancelled_in_time(emulator: Emulator) -> None:
    """Cancel before the first byte: nothing is sent, the form says so, and the same press later sends it."""
    may_go, about = threading.Event(), threading.Event()

    async def main() -> None:
        form = filled(emulator)

        def slowly(_: Any, send: Send) -> Any:
            about.set()
            assert may_go.wait(10)
            return send()

        raw_answers(form.client, slowly)
        form.send_button.click()
        await until(about.is_set)
        form.cancel_button.click()
        assert "Cancelled before it left" in form.status.value
        form.send_button.click()  # a cancelled one is not joined in silence
        assert "Cancelled before it left" in form.status.value
        may_go.set()
        await until(lambda: form.exchange)
        assert changes(emulator) == []
        assert "Press again to send it" in form.status.value
        form.send_button.click()
        await until(lambda: form.exchange.error is None)
        assert changes(emulator) == ["create_key_quorum"]

    asyncio.run(main())


def test_too_late_to_cancel(emulator: Emulator) -> None:
    """Cancel after the first byte: too late, said so, and the result counts."""

    async def main() -> None:
        form = filled(emulator)
        with holding(emulator) as (arrived, may_answer):
            form.send_button.click()
            await until(arrived.is_set)
            form.cancel_button.click()
            assert "Too late to cancel" in form.status.value
            assert form.cancel_button.disabled
            may_answer.set()
            await until(lambda: form.exchange)
        assert form.result.display_name == "Ops"

    asyncio.run(main())


TROUBLES = [
    (InputError("Field x is bad.", hint="Mend it."), "Not sent"),
    (JournalRefused("The journal is full.", hint="Make room."), "Not sent"),
    (ZeroDivisionError("oh <b>"), "Something went wrong in the toolkit itself"),
]


@pytest.mark.parametrize("on_loop", [False, True], ids=["alone", "on a loop"])
@pytest.mark.parametrize(
    ("error", "said"), TROUBLES, ids=[type(case[0]).__name__ for case in TROUBLES]
)
def test_trouble_is_a_sentence(
    emulator: Emulator, error: Exception, said: str, on_loop: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the work raises is said as a sentence, its traceback one click away, and the form can be pressed again."""
    form = filled(emulator)

    async def pressed(condition: Callable[[], object]) -> None:
        form.send_button.click()
        await until(condition)

    def press(condition: Callable[[], object]) -> None:
        if on_loop:
            asyncio.run(pressed(condition))
        else:
            form.send_button.click()

    monkeypatch.setattr(type(form.client), "exchange", lambda *_, **__: raised(error)())
    press(lambda: form.refusal.value)
    assert said in form.status.value
    assert type(error).__name__ in form.refusal.value
    assert "<details" in form.refusal.value
    assert "Traceback (most recent call last)" in form.refusal.value
    assert "oh <b>" not in form.refusal.value  # escaped, as everything else
    assert form.exchange is None
    monkeypatch.undo()
    press(lambda: form.exchange)
    assert form.result.display_name == "Ops"
    assert changes(emulator) == ["create_key_quorum"]


def test_what_comes_next_may_fail(emulator: Emulator) -> None:
    """The group is made, and what would come next cannot be read: it is made all the same, and submit() says so."""
    form = group_form(emulator)
    fill(form, emulator)
    lost = [
        Fault("status-before", operation="list_key_share_holder_groups", status=503)
        for _ in range(3)
    ]
    emulator.inject(*lost)
    form._groups.clear()  # otherwise the next step needs no read
    made = form.submit()
    assert made.type == "SigningGroup"
    assert "Group created" in form.status.value
    assert "Signing group made in Treasury vault" in form.after.card.value
    assert "What comes next could not be read" in screen(form.next_steps)
    assert form.submit() is made


def test_a_read_is_asked_again(emulator: Emulator) -> None:
    """submit() of a read is a new question each time."""
    form = cobo.forms.api_key_info(emulator.cobo_client())
    first = form.submit()
    assert form.submit() is not first
    assert [entry.operation for entry in emulator.ledger].count("get_api_key_info") == 2


# ---- growing old --------------------------------------------------------------------------------------


class Timers:
    """Instead of a loop's clock: what was put off, to be called by hand."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.waiting: list[tuple[float, Callable[[], None]]] = []
        monkeypatch.setattr(form_module, "main_loop", lambda: self)

    def call_later(self, delay: float, call: Callable[[], None]) -> Timers:
        self.waiting.append((delay, call))
        return self

    def cancel(self) -> None:
        self.waiting.clear()


def test_a_preview_grows_old(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once it is too old to be sent, the preview says so by itself and shows no fingerprint to read out."""
    timers = Timers(monkeypatch)
    form = group_form(emulator)
    fill(form, emulator)
    assert "Read this out" in form.preview.fingerprint.value
    ((delay, aged),) = timers.waiting  # one timer, however often a field changes
    assert 59 < delay < 61
    aged()
    assert "Read this out" in form.preview.fingerprint.value  # woken too early: nothing is said
    emulator.advance(60_001)
    aged()
    assert "Read this out" not in form.preview.fingerprint.value
    assert "too old" in form.preview.fingerprint.value
    assert "Prepare again" in form.status.value
    form.again_button.click()
    assert "Read this out" in form.preview.fingerprint.value
    assert changes(emulator) == []


@pytest.mark.parametrize("kind", ["change", "read", "update"])
def test_what_was_sent_grows_no_older(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """After an answer nobody is told that nothing has been sent."""
    timers = Timers(monkeypatch)
    quorum = next(iter(emulator.privy.quorums.values()))
    keys = [emulator.authorization_keys[name] for name in ("Alice", "Bob")]
    form: Any = {
        "change": lambda: filled(emulator),
        "read": lambda: cobo.forms.api_key_info(emulator.cobo_client()),
        "update": lambda: privy.forms.update_key_quorum(
            emulator.privy_client(), quorum.id, signers=keys
        ),
    }[kind]()
    if kind == "update":
        form.members.display_name.value = "Another name"
    aged = timers.waiting[-1][1]
    form.submit()
    emulator.advance(400_000)
    aged()
    assert "too old" not in screen(form)
    assert "Nothing has been sent" not in form.status.value


# ---- a doubt, off the loop ----------------------------------------------------------------------------


def test_doubt_is_resolved_off_the_loop(emulator: Emulator) -> None:
    """The card’s buttons work off the loop too: a double click does one thing, and the form hears of the end."""

    async def main() -> None:
        form = filled(emulator)
        emulator.inject(
            Fault("status-before", operation="create_key_quorum", status=504, unsigned=True)
        )
        form.send_button.click()
        await until(lambda: form.doubts.children)
        (card,) = form.doubts.children
        with holding(emulator) as (arrived, may_answer):
            card.sure.value = True
            card.again.click()
            await until(arrived.is_set)
            card.again.click()
            card.leave.click()
            assert "One thing at a time" in screen(card) or "Tick" in screen(card)
            may_answer.set()
            await until(lambda: form.exchange.error is None)
        assert form.result.display_name == "Ops"
        card.again.click()
        card.leave.click()
        await asyncio.sleep(0.01)
        assert len(changes(emulator)) == 2  # the lost one, and the one that a person sent again

    asyncio.run(main())

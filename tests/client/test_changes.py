"""Changes when everything around them breaks too: the journal, the process, the clock, another kernel, a stranger."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.emulated import free, lost, posts
from tests.inside import answered_by, held_back
from tests.samples import KEYS, QUORUM, VAULT, group
from toolkit import Emulator, cobo, privy
from toolkit.client.journal import _FLIGHTS, Journal
from toolkit.emulator.http import serving
from toolkit.errors import (
    ContradictingAnswer,
    InDoubt,
    InputError,
    JournalRefused,
    StaleAnswer,
)
from toolkit.keys import P256Key
from toolkit.request.exchange import Exchange

CREATE = privy.create_key_quorum(QUORUM)


# ---- one file by two names, and a stop while waiting ---------------------------------------------


def test_the_same_file_by_another_name(tmp_path: Path, emulator: Emulator) -> None:
    """A link to the journal is the journal: what is in flight under one name is in flight under the other."""
    (tmp_path / "link").symlink_to(tmp_path)
    one = emulator.privy_client(journal=tmp_path / "journal.sqlite")
    two = emulator.privy_client(journal=tmp_path / "link" / "journal.sqlite")
    started, go_on = held_back(one)
    thread = threading.Thread(target=lambda: one.exchange(CREATE))
    thread.start()
    assert started.wait(10)
    threading.Timer(0.3, go_on.set).start()
    with pytest.raises(InputError, match="settled already, as answered"):
        two.resolve(1, send_again=True)
    thread.join(10)
    assert posts(emulator) == 1


def test_stop_pressed_while_waiting_for_another_kernel(tmp_path: Path) -> None:
    """Interrupted at the database's lock, no transaction stays open: this kernel and the others go on."""
    path = tmp_path / "journal.sqlite"
    code = """
import os, signal, sqlite3, sys, threading
from toolkit import Emulator, privy
from toolkit.client.journal import Journal
path = sys.argv[1]
app = Emulator.seeded().privy_client(journal=Journal(path))
app.pending()
other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
other.execute("BEGIN IMMEDIATE")
threading.Timer(0.5, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
threading.Timer(1.0, lambda: other.execute("COMMIT")).start()
call = privy.create_key_quorum(privy.CreateKeyQuorumRequest(user_ids=["did:privy:x"]))
try:
    app.send(call)
    print("not interrupted")
except KeyboardInterrupt:
    pass
print(app.send(call).required, Journal(path).entries()[-1].state)
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout.split() == ["1", "answered"], done.stderr


VAULT_CALL = cobo.create_mpc_vault(VAULT)


def stopped_at(monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    """Stop is pressed right after the first time this part of the journal has been told something."""
    told, do = [], getattr(Journal, place)

    def then_stop(self: Journal, *arguments: Any, **options: Any) -> Any:
        outcome = do(self, *arguments, **options)
        if not told:
            told.append(place)
            os.kill(os.getpid(), signal.SIGINT)
            threading.Event().wait(0.3)  # the main thread hears of it meanwhile
        return outcome

    monkeypatch.setattr(Journal, place, then_stop)


@pytest.mark.parametrize("way", ["again", "by its entry", "the same Prepared"])
def test_stopped_when_it_was_done(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """Stop pressed after the answer, before the caller has it: the message says so, and nothing is made again."""
    custody = emulator.cobo_client()
    what: Any = custody.prepare(VAULT_CALL) if way == "the same Prepared" else VAULT_CALL
    stopped_at(monkeypatch, "settle")
    with pytest.raises(KeyboardInterrupt, match=r"it was done.*client\.resolve\(1\)"):
        custody.send(what)
    made = custody.resolve(1).value if way == "by its entry" else custody.send(what)
    assert [entry.made for entry in emulator.ledger if entry.made] == [made.vault_id]
    free(emulator)
    while _FLIGHTS.under_way:  # the stopped one has yet to land
        time.sleep(0.01)
    assert custody.send(VAULT_CALL).vault_id != made.vault_id  # heard of once; this one is another


def test_stopped_before_it_left(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stop pressed before its first byte: nothing is sent, the journal says so, and it may be sent again."""
    custody = emulator.cobo_client()
    stopped_at(monkeypatch, "begin")
    with pytest.raises(KeyboardInterrupt, match="Nothing was sent"):
        custody.send(VAULT_CALL)
    assert custody.send(VAULT_CALL).name == "New"
    assert posts(emulator) == 1
    assert [entry.state for entry in custody.journal.entries()] == ["unsent", "answered"]


# ---- who else is there ----------------------------------------------------------------------------


def test_two_journals_of_one_file(tmp_path: Path, emulator: Emulator) -> None:
    """Two Journal objects of one file in one process share what is in flight."""
    path = tmp_path / "journal.sqlite"
    one, two = emulator.privy_client(journal=path), emulator.privy_client(journal=Journal(path))
    started, go_on = held_back(one)
    heard: list[Any] = []
    threads = [
        threading.Thread(target=lambda c=client: heard.append(c.exchange(CREATE)))
        for client in (one, two)
    ]
    threads[0].start()
    assert started.wait(10)
    threads[1].start()
    time.sleep(0.2)
    go_on.set()
    for thread in threads:
        thread.join(10)
    assert len(heard) == 2
    assert heard[0] is heard[1]
    assert posts(emulator) == 1


def test_resolve_waits_for_what_is_in_flight(emulator: Emulator) -> None:
    """Sending again, or closing, what has not been heard yet waits for the answer, and does neither."""
    app = emulator.privy_client()
    started, go_on = held_back(app)
    heard: list[Any] = []
    thread = threading.Thread(target=lambda: heard.append(app.exchange(CREATE)))
    thread.start()
    assert started.wait(10)
    (entry,) = app.pending()
    outcomes: list[Any] = []

    def resolve(**choice: Any) -> None:
        try:
            outcomes.append(app.resolve(entry, **choice).outcome)
        except InputError as error:
            outcomes.append(error.what)

    others = [
        threading.Thread(target=resolve, kwargs=choice)
        for choice in ({"send_again": True}, {"give_up": True}, {})
    ]
    for other in others:
        other.start()
    time.sleep(0.3)
    assert outcomes == []
    go_on.set()
    for other in (thread, *others):
        other.join(10)
    assert sorted(outcomes) == ["Entry 1 is settled already, as answered.", "answered", "answered"]
    assert posts(emulator) == 1


def test_a_fork_while_it_is_on_its_way(emulator: Emulator) -> None:
    """A forked child does not wait for a flight of its parent that will never land there."""
    app = emulator.privy_client()
    started, go_on = held_back(app)
    thread = threading.Thread(target=lambda: app.exchange(CREATE))
    thread.start()
    assert started.wait(10)
    child = os.fork()
    if child == 0:
        signal.alarm(20)
        os._exit(
            0 if Emulator.seeded().privy_client().exchange(CREATE).outcome == "answered" else 1
        )
    go_on.set()
    thread.join(10)
    assert os.waitpid(child, 0)[1] == 0


# ---- wrong proofs ---------------------------------------------------------------------------------


def test_an_old_answer_moves_no_clock(emulator: Emulator) -> None:
    """A played-back or slow answer does not change what counts as made since."""
    custody = emulator.cobo_client()
    old = custody.exchange(cobo.get_api_key_info())
    emulator.advance(3_600_000)
    custody.exchange(cobo.get_api_key_info())
    assert custody.skew_ms is not None
    before = custody.skew_ms

    def replay(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers=list(old.headers), stream=httpx.ByteStream(old.content))

    answered_by(custody, replay)
    assert isinstance(custody.exchange(cobo.get_api_key_info()).error, StaleAnswer)
    assert custody.skew_ms == before

    def dawdling(request: httpx.Request) -> httpx.Response:
        answer = emulator.handle(request)
        emulator.advance(40_000)
        time.sleep(0.01)
        return answer

    answered_by(custody, dawdling)
    custody.exchange(cobo.get_api_key_info())
    assert abs(custody.skew_ms) < 1_000


def test_a_gateways_404_deletes_nothing(emulator: Emulator) -> None:
    """Not found proves a deletion only in the service's own words."""
    app, key = emulator.privy_client(), P256Key.generate()
    made = app.send(privy.create_key_quorum(privy.CreateKeyQuorumRequest(public_keys=[key.public])))
    pages = httpx.Response(404, headers={"Content-Type": "text/html"}, content=b"<html>")

    def handle(request: httpx.Request) -> httpx.Response:
        if request.method == "DELETE":
            return httpx.Response(504, stream=httpx.ByteStream(b""))
        return httpx.Response(404, stream=httpx.ByteStream(pages.content))

    answered_by(app, handle)
    error = app.exchange(privy.delete_key_quorum(made.id), signers=[key]).error
    assert isinstance(error, InDoubt)
    assert error.finding == "failed"
    assert made.id in emulator.privy.quorums


def test_all_must_sign_is_compared(emulator: Emulator) -> None:
    """A threshold left out means all members: a quorum of which one suffices is something else."""
    app = emulator.privy_client()
    keys = [key.public for key in KEYS]
    weaker = app.send(
        privy.create_key_quorum(
            privy.CreateKeyQuorumRequest(public_keys=keys, authorization_threshold=1)
        )
    )
    lost(emulator, "create_key_quorum", "status-before")
    number = app.exchange(
        privy.create_key_quorum(privy.CreateKeyQuorumRequest(public_keys=keys))
    ).error.number
    with pytest.raises(ContradictingAnswer):
        app.resolve(number, adopt=weaker.id)


def test_other_signers_are_another_group(emulator: Emulator) -> None:
    """Who signs belongs to what was asked for: the same nodes with the other one as signer are not adopted."""
    custody = free(emulator).cobo_client()
    stranger = emulator.cobo_client(journal=Journal())
    lost(emulator, "create_key_share_holder_group", "status-before")
    number = custody.exchange(
        cobo.create_key_share_holder_group(emulator.vault_id, group(emulator))
    ).error.number
    holders = [
        cobo.CreateKeyShareHolder(name=f"Holder {at}", type="API", tss_node_id=node, signer=at == 1)
        for at, node in enumerate(emulator.spare_nodes[:2])
    ]
    stranger.send(
        cobo.create_key_share_holder_group(
            emulator.vault_id, group(emulator, key_share_holders=holders)
        )
    )
    assert isinstance(custody.resolve(number).error, InDoubt)


def test_fast_reads_are_not_played_back(emulator: Emulator) -> None:
    """Thousands of equal reads in a row, faster than the clock ticks, are all answered."""
    custody = emulator.cobo_client()
    with emulator.clock.pinned(emulator.clock.now_ms()):
        outcomes = {custody.exchange(cobo.list_cobo_key_holders()).error for _ in range(4_000)}
    assert outcomes == {None}


# ---- rows and entries that do not fit -------------------------------------------------------------


def test_an_entry_of_another_journal(emulator: Emulator) -> None:
    """An entry is that entry, not whatever has its number elsewhere."""
    here, there = emulator.privy_client(), emulator.privy_client(journal=Journal())
    lost(emulator, "create_key_quorum", "status-before")
    here.exchange(CREATE)
    lost(emulator, "create_key_quorum", "status-before")
    there.exchange(
        privy.create_key_quorum(privy.CreateKeyQuorumRequest(user_ids=["did:privy:other"]))
    )
    with pytest.raises(InputError, match="another one"):
        there.resolve(here.pending()[0], send_again=True)
    for wrong in ("1", True, 1.0, None):
        with pytest.raises(InputError, match="entry must be"):
            here.resolve(wrong)  # type: ignore[arg-type]
    exchange: Exchange[Any] = here.exchange(CREATE)
    assert here.resolve(exchange, give_up=True).error.cause == "given-up"  # type: ignore[union-attr]


def test_an_id_is_owned_whatever_else_is_said(emulator: Emulator) -> None:
    """Beyond this computer the id alone says what was made: an answer without a time does not free it."""
    from toolkit.client.reconcile import resource_key

    call = cobo.create_mpc_vault(VAULT)
    timed, untimed = cobo.MPCVault(vault_id="v", created_timestamp=5), cobo.MPCVault(vault_id="v")
    assert resource_key(call, timed, local=False) == resource_key(call, untimed, local=False) == "v"
    assert (resource_key(call, timed, local=True), resource_key(call, untimed, local=True)) == (
        "v 5",
        None,
    )
    assert resource_key(cobo.get_mpc_vault_by_id("v"), timed, local=False) is None


SPELLINGS = [
    "https://api.cobo.com./v2",
    "https://api.cobo.com//v2",
    "https://api.cobo.com/%76%32",
    "https://api.cobo.com/x/../v2",
]


@pytest.mark.parametrize("url", SPELLINGS)
def test_odd_spellings_of_an_address(url: str) -> None:
    """An address has one spelling; another way to write PROD's host is refused, another path on it is still PROD."""
    with pytest.raises(InputError, match="base_url"):
        cobo.Environment(url, cobo.PROD.response_public_key, "MINE")
    assert (
        cobo.Environment("https://API.cobo.com:443/v3", cobo.PROD.response_public_key, "MINE").name
        == "PROD"
    )
    assert privy.Environment("https://api.privy.io/proxy", "MINE").name == "PROD"


def test_ids_that_no_service_gives(emulator: Emulator) -> None:
    """An id without end is refused by name before anything is written down; so is what is no call at all."""
    custody = emulator.cobo_client()
    with pytest.raises(InputError, match="70000 characters"):
        cobo.delete_key_share_holder_group_by_id(emulator.vault_id, "x" * 70_000)
    for act in (custody.exchange, custody.prepare, custody.send_many):
        with pytest.raises(InputError):
            act(5)  # type: ignore[operator]
    with pytest.raises(JournalRefused):
        custody.resolve(10**30)
    assert emulator.journal.entries() == ()


OPTIONS: list[dict[str, Any]] = [
    {"window_s": "soon"}, {"window_s": -1}, {"window_s": True}, {"timeout": "x"}, {"proxy": "nonsense"}, {"journal": 5}, {"freshness_s": "x"}, {"ca_bundle": 5.5},
]  # fmt: skip


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_options_are_checked_first(emulator: Emulator, options: dict[str, Any]) -> None:
    """A wrong option is refused by name when the client is made, not once something has left."""
    (name,) = options
    options = options if name != "proxy" else options | {"transport": None}
    with pytest.raises(InputError, match=name):
        emulator.cobo_client(**options)


def test_another_kernel_waits(tmp_path: Path) -> None:
    """A second process that is told to send again waits for the first one's answer, and then has nothing to do."""
    emulator, path = Emulator.seeded(), tmp_path / "journal.sqlite"
    with serving(emulator) as facts:
        base_url, app_id, secret = (
            facts["privy"][name] for name in ("base_url", "app_id", "app_secret")
        )
        here = privy.Environment(base_url, "EMULATOR")
        with privy.Client(app_id, secret, environment=here, journal=path) as app:
            started, go_on = held_back(app)
            thread = threading.Thread(target=lambda: app.exchange(CREATE))
            thread.start()
            assert started.wait(10)
            code = """
import sys
from toolkit import privy
url, app_id, secret, path = sys.argv[1:]
app = privy.Client(app_id, secret, environment=privy.Environment(url, "EMULATOR"), journal=path)
print("ready", flush=True)
try:
    app.resolve(1, send_again=True)
except ValueError as error:
    print(error)
"""
            other = subprocess.Popen(
                [sys.executable, "-c", code, base_url, app_id, secret, path],
                stdout=subprocess.PIPE,
                text=True,
            )
            assert other.stdout is not None
            assert other.stdout.readline() == "ready\n"
            time.sleep(0.5)
            go_on.set()
            thread.join(10)
            said, _ = other.communicate(timeout=30)
    assert "settled already, as answered" in said
    assert posts(emulator) == 1
    with sqlite3.connect(path) as db:
        assert db.execute("SELECT count(*) FROM entries").fetchone() == (1,)
    db.close()

"""The journal: written before, settled after, one open entry for one change, whatever dies in between."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.inside import Send, connection_of, intent_of, raw_answers
from tests.samples import intent
from toolkit import Emulator, cobo, frames, privy
from toolkit.client.journal import AlreadyOwned, Journal
from toolkit.client.settling import JournalWarning
from toolkit.emulator.http import serving
from toolkit.errors import InputError, JournalRefused
from toolkit.transport.http import RawResponse

VAULT = cobo.CreateMpcVaultRequest(name="New", vault_type="Org-Controlled")


# ---- one entry ------------------------------------------------------------------------------------


def test_written_before_and_settled_after(tmp_path: Path) -> None:
    """What another process reads is what was written, field by field; an entry is settled once, the first wins."""
    path = tmp_path / "deep" / "journal.sqlite"
    journal, other = Journal(path), Journal(path)
    entry, new = journal.begin(intent(arguments={"vault_id": "v"}, query=(("a", "b"),), skew_ms=-5))
    assert new
    assert other.get(entry.number) == entry
    assert (dict(entry.arguments), entry.query, entry.skew_ms, entry.state, entry.open) == (
        {"vault_id": "v"}, (("a", "b"),), -5, "sent", True,
    )  # fmt: skip
    other.doubt(entry.number, 5, "No answer.", status=504)
    other.settle(entry.number, "adopted", 6, "Found.", made="x", resource_key="x 1", answer="{}")
    settled = journal.settle(entry.number, "refused", 7, "Too late.")
    assert (settled.state, settled.status, settled.made, settled.settled_ms) == (
        "adopted",
        504,
        "x",
        6,
    )
    assert settled.history == ((5, "No answer."), (6, "Found."))
    assert journal.owned(entry.base_url) == {"x 1"}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_one_open_entry_for_one_change() -> None:
    """The same change is begun once while it is open; another one, or another identity, is an entry of its own."""
    journal = Journal()
    first, _ = journal.begin(intent())
    assert journal.begin(intent()) == (first, False)
    assert journal.begin(intent("g"))[1]
    assert journal.begin(intent(identity="other"))[1]
    journal.settle(first.number, "refused", 2, "No.")
    assert journal.begin(intent())[1]
    assert [entry.number for entry in journal.entries()] == [1, 2, 3, 4]


def test_instead_of() -> None:
    """Sending again settles the old entry in the same breath; not where the old one was settled meanwhile."""
    journal = Journal()
    first, _ = journal.begin(intent())
    second, new = journal.begin(intent(), instead_of=first.number)
    assert new
    assert journal.get(first.number).state == "replaced"
    journal.settle(second.number, "adopted", 3, "Found.")
    assert journal.begin(intent(), instead_of=second.number) == (journal.get(second.number), False)


def test_a_made_thing_has_one_owner() -> None:
    """Two entries never own the same thing; the second stays open."""
    journal = Journal()
    first, _ = journal.begin(intent())
    second, _ = journal.begin(intent("g"))
    journal.settle(first.number, "answered", 2, "Answered.", made="x", resource_key="x 1")
    with pytest.raises(AlreadyOwned):
        journal.settle(second.number, "answered", 2, "Answered.", made="x", resource_key="x 1")
    assert journal.get(second.number).open


def test_unknown_numbers_and_files() -> None:
    """A number that is not there is named; a journal in a file is not cleared."""
    with pytest.raises(InputError, match="no entry 7"):
        Journal().get(7)
    with pytest.raises(InputError, match="in memory"):
        Journal("/tmp/x").clear()  # noqa: S108  # never opened


# ---- where it cannot be written -------------------------------------------------------------------


def _directory(path: Path) -> None:
    path.mkdir()


def _not_a_database(path: Path) -> None:
    path.write_text(
        "these are somebody's notes, and longer than a database's header is, so that nothing is overwritten"
    )


def _another_database(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE notes (text)")
    db.close()


def _newer(path: Path) -> None:
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()


UNUSABLE = [
    ("a folder", _directory),
    ("not a database", _not_a_database),
    ("another database", _another_database),
    ("newer", _newer),
]


@pytest.mark.parametrize("make", [case[1] for case in UNUSABLE], ids=[case[0] for case in UNUSABLE])
def test_an_unusable_journal_refuses_changes(tmp_path: Path, emulator: Emulator, make: Any) -> None:
    """Changes are refused with the reason, nothing is sent, the file stays as it was; reads go on."""
    path = tmp_path / "place"
    make(path)
    before = path.read_bytes() if path.is_file() else None
    custody = emulator.cobo_client(journal=Journal(path))
    with pytest.raises(
        JournalRefused, match=r"place.*QUORUM_TOOLKIT_JOURNAL|place.*Name another file"
    ):
        custody.send(cobo.create_mpc_vault(VAULT))
    assert emulator.ledger == []
    assert custody.send(cobo.get_api_key_info()).name == "treasury-bot"
    assert (path.read_bytes() if path.is_file() else None) == before


def test_a_full_disk_refuses_changes(tmp_path: Path, emulator: Emulator) -> None:
    """No room, no change; and where the room runs out after the answer, the result is not lost: it is a warning."""
    journal = Journal(tmp_path / "journal.sqlite")
    custody = emulator.cobo_client(journal=journal)
    custody.send(cobo.create_mpc_vault(VAULT))
    database = connection_of(journal)
    pages = database.execute("PRAGMA page_count").fetchone()[0]
    database.execute(f"PRAGMA max_page_count = {pages}")
    large = cobo.CreateMpcVaultRequest(name="x" * 20_000, vault_type="Org-Controlled")
    sent = len(emulator.ledger)
    with pytest.raises(JournalRefused, match="full"):
        custody.send(cobo.create_mpc_vault(large), acknowledge={"cobo.vault-name"})
    assert len(emulator.ledger) == sent

    settle = journal.settle
    journal.settle = lambda *a, **k: (_ for _ in ()).throw(JournalRefused("The disk is full."))  # type: ignore[method-assign]
    other = cobo.CreateMpcVaultRequest(name="Other", vault_type="Org-Controlled")
    with pytest.warns(JournalWarning, match="could not be told"):
        made = custody.send(cobo.create_mpc_vault(other))
    assert made.name == "Other"
    journal.settle = settle  # type: ignore[method-assign]
    (entry,) = custody.pending()
    assert custody.resolve(entry).value == made


def test_the_default_journal(user_journal: Path, emulator: Emulator) -> None:
    """A client beyond the process writes into the user's journal; an in-process emulator has one in memory."""
    emulator.cobo_client().send(cobo.create_mpc_vault(VAULT))
    assert not user_journal.exists()
    assert len(frames.journal(emulator.journal)) == 1
    with serving(emulator) as facts:
        place = cobo.Environment(
            facts["cobo"]["base_url"], facts["cobo"]["response_public_key"], "EMULATOR"
        )
        other = cobo.CreateMpcVaultRequest(name="Other", vault_type="Org-Controlled")
        with cobo.Client(emulator.api_key, environment=place) as custody:
            made = custody.send(cobo.create_mpc_vault(other))
    frame = frames.journal()
    assert frame.made.tolist() == [made.vault_id]
    assert frame.state.tolist() == ["answered"]
    assert frame.attrs["environment"] == "EMULATOR"
    (entry,) = Journal.default().entries()
    assert json.loads(entry.body or "") == {"name": "Other", "vault_type": "Org-Controlled"}
    emulator.reset()
    assert len(frames.journal(emulator.journal)) == 0


# ---- many at once ---------------------------------------------------------------------------------

THREADS, EACH = 20, 5


def _many(path: str, name: str, failures: Any) -> None:
    journal = Journal(path)

    def work(thread: int) -> None:
        try:
            for at in range(EACH):
                entry, new = journal.begin(intent(f"{name} {thread} {at}"))
                shared, _ = journal.begin(intent("everybody's"))
                journal.doubt(shared.number, 1, f"{name} {thread} {at}")
                assert new
                journal.settle(
                    entry.number, "answered", 2, "Answered.", resource_key=f"{name} {thread} {at}"
                )
        except BaseException as error:  # noqa: BLE001  # whatever it is, the test must hear of it
            failures.put(repr(error))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_two_processes_and_twenty_threads(tmp_path: Path) -> None:
    """All of it is there afterwards, one entry is everybody's, and nobody meets a lock."""
    path, context = str(tmp_path / "journal.sqlite"), multiprocessing.get_context("spawn")
    failures = context.Queue()
    processes = [context.Process(target=_many, args=(path, name, failures)) for name in "ab"]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
        assert process.exitcode == 0
    assert failures.empty(), failures.get()
    journal = Journal(path)
    entries = journal.entries()
    assert len(entries) == 2 * THREADS * EACH + 1
    (shared,) = journal.entries(only_open=True)
    assert len(shared.history) == 2 * THREADS * EACH
    assert len(journal.owned(entries[0].base_url)) == 2 * THREADS * EACH


def test_a_fork_opens_its_own(tmp_path: Path) -> None:
    """A forked process does not touch its parent's connection."""
    journal = Journal(tmp_path / "journal.sqlite")
    journal.begin(intent())
    child = os.fork()
    if child == 0:
        os._exit(0 if journal.begin(intent("child"))[1] else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert len(journal.entries()) == 2


# ---- kill -9 at any instant -----------------------------------------------------------------------

CHILD = """
import os, signal, sys
from toolkit import cobo, privy
from toolkit.client.journal import Journal
from toolkit.keys import Ed25519Key
url, response_key, secret, app_id, app_secret, path, vault, step, name = sys.argv[1:]
step, seen = int(step), 0
journal = Journal(path)
journal.entries()  # open it before the count begins

def tick(what):
    global seen
    seen += 1
    if seen == step:
        os.kill(os.getpid(), signal.SIGKILL)

journal._file._connection.set_trace_callback(tick)  # each statement, transactions included
custody = cobo.Client(Ed25519Key.from_hex(secret), environment=cobo.Environment(url + "/v2", response_key, "EMULATOR"), journal=journal)
app = privy.Client(app_id, app_secret, environment=privy.Environment(url, "EMULATOR"), journal=journal)
for client in (custody, app):
    send = client._sender.transport.send
    def carry(*arguments, send=send):
        tick("before it leaves")
        carried = send(*arguments)
        tick("after it came back")
        return carried
    client._sender.transport.send = carry
custody.send(cobo.create_mpc_vault(cobo.CreateMpcVaultRequest(name=name, vault_type="Org-Controlled")))
app.send(privy.create_key_quorum(privy.CreateKeyQuorumRequest(user_ids=["did:privy:" + name], display_name=name)))
print(seen)
"""


def test_killed_at_every_step(tmp_path: Path) -> None:
    """At every statement of the journal and around every send: what happened is found, and nothing happens twice."""
    emulator = Emulator.seeded(choices={"cobo.vault_name": "any"})
    path = tmp_path / "journal.sqlite"
    with serving(emulator) as facts:
        url, vault = facts["url"], facts["cobo"]["vault_id"]
        key, secret = facts["cobo"]["response_public_key"], facts["cobo"]["api_private_key"]
        app = facts["privy"]
        died: list[tuple[int, int, list[str]]] = []

        def run(step: int) -> subprocess.CompletedProcess[str]:
            arguments = [
                url,
                key,
                secret,
                app["app_id"],
                app["app_secret"],
                str(path),
                vault,
                str(step),
                f"Run {step}",
            ]
            return subprocess.run(
                [sys.executable, "-c", CHILD, *arguments],
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )

        whole = run(0)
        assert whole.returncode == 0, whole.stderr
        steps = int(whole.stdout)
        assert steps >= 16
        with (
            cobo.Client(
                emulator.api_key,
                environment=cobo.Environment(url + "/v2", key, "EMULATOR"),
                journal=Journal(path),
                window_s=0.1,
            ) as custody,
            privy.Client(
                app["app_id"],
                app["app_secret"],
                environment=privy.Environment(url, "EMULATOR"),
                journal=Journal(path),
            ) as privy_app,
        ):
            for step in range(1, steps + 1):
                done = run(step)
                assert done.returncode == -signal.SIGKILL, (step, done.stderr)
                name = f"Run {step}"
                vaults = [v.vault_id for v in emulator.cobo.state.vaults.values() if v.name == name]
                quorums = [q.id for q in emulator.privy.quorums.values() if q.display_name == name]
                pending = custody.pending() + privy_app.pending()
                died.append((len(vaults), len(quorums), [entry.operation for entry in pending]))
                assert len(pending) <= 1
                for entry in custody.pending():
                    found = custody.resolve(entry)
                    if vaults:
                        assert (found.outcome, found.value.vault_id) == ("adopted", vaults[0])
                    else:
                        assert found.outcome == "unknown"
                        assert custody.resolve(entry, send_again=True).outcome == "answered"
                for entry in privy_app.pending():
                    assert privy_app.resolve(entry).outcome == "unknown"
                    choice: dict[str, Any] = (
                        {"adopt": quorums[0]} if quorums else {"send_again": True}
                    )
                    assert privy_app.resolve(entry, **choice).error is None
                assert custody.pending() + privy_app.pending() == ()
                assert sum(v.name == name for v in emulator.cobo.state.vaults.values()) <= 1
                assert sum(q.display_name == name for q in emulator.privy.quorums.values()) <= 1
            journal = Journal(path)
            made = {entry.made for entry in journal.entries() if entry.made}
            there = {
                v.vault_id
                for v in emulator.cobo.state.vaults.values()
                if (v.name or "").startswith("Run")
            }
            there |= {
                q.id
                for q in emulator.privy.quorums.values()
                if (q.display_name or "").startswith("Run")
            }
            assert made == there
    assert {1 for vaults, quorums, pending in died if vaults and "create_mpc_vault" in pending}
    assert {1 for vaults, quorums, pending in died if quorums and "create_key_quorum" in pending}


def test_a_kernel_that_still_waits(tmp_path: Path, emulator: Emulator) -> None:
    """The same change from a second kernel joins the first one's, though that one has not heard the answer yet."""
    path = tmp_path / "journal.sqlite"
    first, second = (
        emulator.cobo_client(journal=Journal(path), sleep=time.sleep) for _ in range(2)
    )
    call, under_way, go_on = cobo.create_mpc_vault(VAULT), threading.Event(), threading.Event()

    def slow(prepared: Any, send: Send) -> RawResponse:
        under_way.set()
        assert go_on.wait(10)
        return send()

    raw_answers(first, slow)
    results: list[Any] = []
    one = threading.Thread(target=lambda: results.append(first.exchange(call)))
    one.start()
    assert under_way.wait(10)
    with sqlite3.connect(path) as db:  # as if it were another process, which lives
        db.execute("UPDATE entries SET process = ?", (f"another-computer {os.getpid()}",))
    db.close()
    two = threading.Thread(target=lambda: results.append(second.exchange(call)))
    two.start()
    time.sleep(0.5)
    assert results == []
    go_on.set()
    one.join(10)
    two.join(10)
    assert [result.outcome for result in results] == ["answered", "answered"]
    assert results[0].value == results[1].value
    assert sum(vault.name == "New" for vault in emulator.cobo.state.vaults.values()) == 1


def test_another_service(emulator: Emulator) -> None:
    """An entry is settled by a client of its own service, address and identity only."""
    custody, app = emulator.cobo_client(), emulator.privy_client()
    custody.send(cobo.create_mpc_vault(VAULT))
    (entry,) = emulator.journal.entries()
    with pytest.raises(InputError, match="Use that client"):
        app.resolve(entry)
    with pytest.raises(InputError, match="does not know"):
        app.call_of(entry)
    assert app.pending() == ()


def test_a_call_is_rebuilt(emulator: Emulator) -> None:
    """From its entry, every kind of change is the same call again, with the same bytes."""
    custody, app = emulator.cobo_client(), emulator.privy_client()
    holder = cobo.CreateKeyShareHolder(name="Zoë \u202e", type="API", tss_node_id="n", signer=False)
    source = cobo.SourceKeyShareHolderGroup(key_share_holder_group_id="g", tss_node_ids=["n"])
    tss = cobo.CreateTssRequestRequest(
        type="Recovery", target_key_share_holder_group_id="t", source_key_share_holder_group=source
    )
    group = cobo.CreateKeyShareHolderGroupRequest(
        key_share_holder_group_type="RecoveryGroup",
        participants=2,
        threshold=2,
        key_share_holders=[holder],
    )
    wallet = privy.UpdateWalletRequest(
        owner_id=None, additional_signers=[privy.AdditionalSigner(signer_id="s")]
    )
    calls: list[tuple[Any, Any]] = [
        (custody, cobo.create_mpc_vault(VAULT)),
        (custody, cobo.create_key_share_holder_group("v", group)),
        (custody, cobo.create_tss_request("v", tss)),
        (
            custody,
            cobo.update_key_share_holder_group_by_id(
                "v", "g/../x", cobo.UpdateKeyShareHolderGroupByIdRequest()
            ),
        ),
        (custody, cobo.delete_key_share_holder_group_by_id("v", "g")),
        (
            app,
            privy.create_key_quorum(
                privy.CreateKeyQuorumRequest(user_ids=["u"], authorization_threshold=1)
            ),
        ),
        (
            app,
            privy.update_key_quorum(
                "q", privy.UpdateKeyQuorumRequest(user_ids=[], display_name="")
            ),
        ),
        (app, privy.delete_key_quorum("q")),
        (app, privy.update_wallet("w", wallet)),
    ]
    for client, call in calls:
        prepared = client.prepare(call)
        entry, _ = client.journal.begin(intent_of(client, prepared))
        again = client.call_of(client.journal.get(entry.number))
        assert again == call
        assert client.prepare(again).body == prepared.body
        assert client.prepare(again).fingerprint == entry.fingerprint


def test_a_database_of_another_program(tmp_path: Path) -> None:
    """It is told as that, not as a journal of another version, and is left as it was."""
    path = tmp_path / "other.sqlite"
    with closing(sqlite3.connect(path)) as db:
        db.executescript("CREATE TABLE things (x)")
    before = path.read_bytes()
    with pytest.raises(JournalRefused, match="a database of another program") as caught:
        Journal(path).entries()
    assert "QUORUM_TOOLKIT_JOURNAL" in caught.value.hint
    assert path.read_bytes() == before


def test_a_file_in_place_of_the_folder(tmp_path: Path) -> None:
    """A journal inside of what is a file is told as that, not as one that exists."""
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(JournalRefused, match="Not a directory"):
        Journal(tmp_path / "file" / "journal.sqlite").entries()

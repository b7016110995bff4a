"""What is done for a start, a change and a read, counted: guards of speed that ask no clock."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.inside import connection_of
from tests.samples import intent
from tests.synced_writes import synced_writes
from toolkit import Emulator, cobo, frames, privy
from toolkit.client import journal as rows
from toolkit.client import journal_file
from toolkit.client.journal import Journal
from toolkit.cobo import signing
from toolkit.keys import P256Key
from toolkit.privy import models
from toolkit.request import body, exchange
from toolkit.transport import echoes, verify

# ---- a start: which modules ----------------------------------------------------------------------

#: What no client needs to send: of others, then of ours.
UNNEEDED = [
    "click", "rich", "pygments", "stamina", "tqdm", "jinja2", "pandas", "numpy", "IPython", "ipywidgets", "matplotlib",
    "httpx._main", "toolkit.forms", "toolkit.emulator", "toolkit.inventory", "toolkit.base.html", "toolkit.quorum",
    "toolkit.quorum_change", "toolkit.quorum_sets", "toolkit.cobo.handover", "toolkit.cobo.approvers",
    "toolkit.cobo.node_rule", "toolkit.cobo.powers", "toolkit.privy.powers", "toolkit.transport.webhooks",
]  # fmt: skip
STARTS = [
    ("import toolkit", "import toolkit", 1),
    (
        "a Cobo client",
        "from toolkit import cobo; from toolkit.keys import Ed25519Key;"
        "cobo.Client(Ed25519Key.generate())",
        80,
    ),
    ("a Privy client", "from toolkit import privy; privy.Client('a', 's')", 80),
]


@pytest.mark.parametrize(
    ("code", "most"), [case[1:] for case in STARTS], ids=[case[0] for case in STARTS]
)
def test_modules_of_a_start(code: str, most: int) -> None:
    """A start loads what it uses: nothing that only shows, widgets, tables or questions need, and few of ours."""
    program = f"import sys; {code}; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert sorted(loaded & set(UNNEEDED)) == []
    assert len([name for name in loaded if name.split(".")[0] == "toolkit"]) <= most


# ---- a change and a read: how often --------------------------------------------------------------


class Counts:
    """How often something is called."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch
        self.times: dict[str, int] = {}

    def of(self, place: Any, name: str) -> None:
        """Count the calls of a function from now on."""
        work: Callable[..., Any] = getattr(place, name)
        self.times[name] = 0

        def counted(*arguments: Any, **options: Any) -> Any:
            self.times[name] += 1
            return work(*arguments, **options)

        self._monkeypatch.setattr(place, name, counted)


@pytest.fixture
def counts(monkeypatch: pytest.MonkeyPatch) -> Counts:
    """Nothing counted yet."""
    return Counts(monkeypatch)


def vault(name: str) -> Any:
    """A change."""
    return cobo.create_mpc_vault(cobo.CreateMpcVaultRequest(name=name, vault_type="Org-Controlled"))


def test_once_for_a_change(counts: Counts, emulator: Emulator) -> None:
    """A change is serialised once, cut for nobody, signed once; its answer is verified, decoded and stamped once."""
    custody = emulator.cobo_client()
    counts.of(body, "compact")
    counts.of(body._Cutter, "value")
    counts.of(signing, "sign")
    counts.of(signing, "response_fits")
    counts.of(verify, "decoded")
    counts.of(verify, "stamp")
    counts.of(echoes, "_spellings")  # of a credential, to look for in what is not proven
    custody.send(vault("Counted"))
    assert counts.times == {
        "compact": 1, "value": 0, "sign": 1, "response_fits": 1, "decoded": 1, "stamp": 1, "_spellings": 0,
    }  # fmt: skip


def test_transactions_of_a_change(counts: Counts, emulator: Emulator, tmp_path: Path) -> None:
    """A change is two transactions of the journal: written down, and settled, and no row is read back; a read is none."""
    custody = emulator.cobo_client(journal=tmp_path / "journal.sqlite")
    custody.send(vault("The first opens the file"))
    statements: list[str] = []
    connection_of(custody.journal).set_trace_callback(statements.append)
    counts.of(rows, "_entry")  # a row, read as an entry
    custody.send(vault("Counted"))
    assert counts.times == {"_entry": 0}
    begun = [each for each in statements if each.startswith("BEGIN")]
    ended = [each for each in statements if each == "COMMIT"]
    assert (len(begun), len(ended)) == (2, 2)
    assert len([each for each in statements if each.startswith("SELECT")]) <= 3
    statements.clear()
    custody.send(cobo.list_mpc_vaults())
    assert statements == []


@pytest.mark.parametrize(
    ("local", "synced"),
    [(True, ["journal.sqlite-wal"]), (False, ["journal.sqlite-journal"] * 2 + ["journal.sqlite"])],
    ids=["a disk of this computer", "anywhere else"],
)
def test_synced_writes_of_a_change(
    emulator: Emulator,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    local: bool,
    synced: list[str],
) -> None:
    """Each of the two transactions puts one file on the disk, or what a rollback journal needs; a read none."""
    monkeypatch.setattr(journal_file, "is_surely_local", lambda folder: local)
    with synced_writes() as written:
        custody = emulator.cobo_client(journal=tmp_path / "journal.sqlite")
        custody.send(vault("The first opens the file"))
        written.clear()
        custody.send(vault("Counted"))
        assert written == 2 * synced
        written.clear()
        custody.send(cobo.list_mpc_vaults())
        assert written == []
        custody.close()


# ---- what grows ----------------------------------------------------------------------------------


def steps(journal: Journal, fingerprint: str) -> int:
    """The instructions of the database for one change, begun and settled."""
    taken = 0

    def step() -> int:
        nonlocal taken
        taken += 1
        return 0

    connection_of(journal).set_progress_handler(step, 1)
    entry, _ = journal.begin(intent(fingerprint))
    journal.settle(entry.number, "answered", 1, "Answered.")
    connection_of(journal).set_progress_handler(None, 1)
    return taken


def test_a_long_journal() -> None:
    """A change takes the same steps of the database after 30 changes as after 300."""
    journal = Journal()
    taken = []
    for until in (30, 300):
        for number in range(len(journal.entries()), until):
            entry, _ = journal.begin(intent(f"change {number}"))
            journal.settle(entry.number, "answered", 1, "Answered.")
        taken.append(steps(journal, f"measured at {until}"))
    assert taken[0] > 50
    assert taken[1] < 1.1 * taken[0]


def calls_for(work: Callable[[], object]) -> int:
    """How often anything of Python's, or of C's, is called."""
    calls = 0

    def seen(frame: object, event: str, argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(seen)
    try:
        work()
    finally:
        sys.setprofile(None)
    return calls


def test_a_long_list() -> None:
    """An answer of ten times as many things takes ten times the calls to read, and few for each."""
    holder = cobo.KeyShareHolder(name="A", type="API", tss_node_id="n")
    taken = {}
    for size in (100, 1_000):
        groups = [
            cobo.KeyShareHolderGroup(
                key_share_holder_group_id=f"g{at}", key_share_holders=3 * [holder]
            )
            for at in range(size)
        ]
        page = cobo.Page(data=groups, pagination=cobo.models.Pagination("", "", size))
        content = msgspec.json.encode(page)
        call = cobo.list_key_share_holder_groups("v")
        origin = exchange.Provenance("here", "list", dict(call.arguments), True, 1)

        def read(call: Any = call, content: bytes = content, origin: Any = origin) -> None:
            value = verify.decoded(call.operation.returns, content)
            assert verify.contradiction(call, value) == ""
            exchange.stamp(value, origin, call.operation.fills)

        read()
        taken[size] = calls_for(read)
    assert taken[1_000] < 10.5 * taken[100]
    assert taken[100] < 100 * 20


# ---- a table -------------------------------------------------------------------------------------


def test_keys_of_a_table(counts: Counts) -> None:
    """Of members whose keys are spelled canonically none is parsed to be identified in a table."""
    spelled = [P256Key.generate().public.to_base64() for _ in range(3)]
    keys = [privy.AuthorizationKey(public_key=text) for text in spelled]
    counts.of(models, "member_key")
    table = frames.quorum_members([privy.KeyQuorum(id="q", authorization_keys=keys)])
    assert table["fingerprint"].notna().all()
    assert counts.times == {"member_key": 0}

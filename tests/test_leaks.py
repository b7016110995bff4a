"""Twenty planted secrets and every signature made: through every workflow and a hundred forced failures, found nowhere.

Looked through: standard output and error, logs at DEBUG, tracebacks in every IPython mode and with all locals shown,
the journal, the emulator's ledger and state file, tables exported, forms and cards, an executed notebook.
"""

from __future__ import annotations

import io
import json
import logging
import os
import pickle
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import nbformat
import pytest
from IPython.core import ultratb
from rich.console import Console
from rich.traceback import Traceback

from tests.gateway import Bend, echoing, gateway, straight
from tests.planted import Hunt, Planted, pkcs8
from tests.samples import group
from tests.screen import screen
from toolkit import cobo, frames, privy
from toolkit.client.journal import Journal
from toolkit.emulator import Fault
from toolkit.emulator.http import serving

ROOT = Path(__file__).parents[1]
MODES = ("Plain", "Context", "Verbose", "Minimal", "Docs")
LOST = {"status": 504, "unsigned": True}


def failure(hunt: Hunt, action: Callable[[], Any]) -> bool:
    """Whether it failed; every way to show the failure is looked through."""
    try:
        action()
    except BaseException as error:  # noqa: BLE001  # KeyboardInterrupt, too
        kind, trace = type(error), error.__traceback__
        trace = trace.tb_next if trace else None  # not this frame, which knows what is hunted
        hunt.saw("str", str(error))
        hunt.saw("repr", repr(error))
        hunt.saw(
            "evidence", repr(getattr(error, "evidence", "")) + repr(error.args) + repr(vars(error))
        )
        for mode in MODES:
            shown = ultratb.FormattedTB(
                mode=mode, theme_name="nocolor", include_vars=mode == "Verbose"
            )
            hunt.saw(
                f"IPython {mode}", shown.stb2text(shown.structured_traceback(kind, error, trace))
            )
        out = io.StringIO()
        Console(file=out, width=400).print(
            Traceback.from_exception(
                kind, error, trace, show_locals=True, locals_max_string=None, locals_max_length=None
            )
        )
        hunt.saw("rich", out.getvalue())
        captured = traceback.TracebackException(kind, error, trace, capture_locals=True)
        hunt.saw("capture_locals", "".join(captured.format()))
        return True
    return False


TRANSPORT_ERRORS: list[BaseException] = [
    httpx.ConnectError("refused"), httpx.ReadError("cut"), httpx.WriteError("cut"), httpx.ReadTimeout("slow"),
    httpx.RemoteProtocolError("odd"), httpx.ProxyError("no"), ZeroDivisionError("unexpected"), KeyboardInterrupt(),
]  # fmt: skip


def failures(planted: Planted) -> Iterator[Callable[[], Any]]:
    """A hundred things that go wrong, each somewhere else."""
    emulator = planted.emulator
    call = cobo.create_key_share_holder_group(emulator.vault_id, group(emulator))
    quorum = privy.create_key_quorum(
        privy.CreateKeyQuorumRequest(public_keys=[k.public for k in planted.members])
    )
    signed = privy.update_key_quorum(
        next(iter(emulator.privy.quorums)), privy.UpdateKeyQuorumRequest(display_name="x")
    )
    signers = planted.members[:2]

    def raising(error: BaseException) -> httpx.MockTransport:
        def handle(request: httpx.Request) -> httpx.Response:
            raise error

        return httpx.MockTransport(handle)

    for error in TRANSPORT_ERRORS:
        for key in (planted.custody_keys[0], planted.curve_keys[0]):
            place = emulator.cobo_client().environment
            custody = planted.watched(
                cobo.Client(
                    key,
                    environment=place,
                    transport=raising(error),
                    journal=Journal(),
                    sleep=lambda s: None,
                )
            )
            yield lambda c=custody: c.send(call)
            yield lambda c=custody: c.send(cobo.get_api_key_info())
        app = planted.watched(emulator.privy_client(transport=raising(error), journal=Journal()))
        yield lambda c=app: c.send(quorum)
        yield lambda c=app: c.send(signed, signers=signers)
        for secret in planted.app_secrets[:2]:
            other = planted.watched(
                privy.Client(
                    "other",
                    secret,
                    environment=app.environment,
                    transport=raising(error),
                    journal=Journal(),
                )
            )
            yield lambda c=other: c.send(quorum)
    for status in (400, 401, 403, 404, 429, 500, 503):
        for unsigned in (True, False):
            custody, app = (
                planted.watched(emulator.cobo_client()),
                planted.watched(emulator.privy_client()),
            )
            fault = Fault("status-before", times=20, status=status, unsigned=unsigned)
            yield lambda c=custody, f=fault: (emulator.inject(f), c.send(call))
            yield lambda c=app, f=fault: (emulator.inject(f), c.send(signed, signers=signers))
    emulator.inject()
    app = planted.watched(emulator.privy_client())
    yield lambda: app.send(signed, signers=planted.members)
    yield lambda: app.send(signed)
    yield lambda: app.send(quorum, signers=signers)
    yield lambda: app.send(signed, signers=signers * 2)
    yield lambda: app.send(signed, signers=planted.members[0])
    yield lambda: emulator.cobo_client().send(call, signers=signers)
    yield lambda: cobo.Client(planted.app_secrets[0])  # type: ignore[arg-type]
    yield lambda: privy.Client("an id with blanks", planted.app_secrets[0])
    yield lambda: privy.CreateKeyQuorumRequest(public_keys=[planted.members[0]])  # type: ignore[list-item]
    yield lambda: emulator.cobo_client(journal=Journal("/proc/nowhere/journal")).send(call)
    for thing in (
        *planted.custody_keys,
        *planted.curve_keys,
        *planted.members,
        *planted.app_secrets,
    ):
        yield lambda t=thing: pickle.dumps(t)
        yield lambda t=thing: json.dumps(t)


def workflows(planted: Planted, hunt: Hunt, folder: Path, bend: Bend) -> None:
    """What people do, through a gateway, and everything that it leaves behind."""
    emulator = planted.emulator
    journal = Journal(folder / "journal.sqlite")
    member, public = planted.members[0], [key.public for key in planted.members[:3]]
    with serving(emulator) as facts, gateway(facts["url"], bend) as through:
        place = cobo.Environment(
            f"{through.url}/v2", facts["cobo"]["response_public_key"], "EMULATOR"
        )
        here = privy.Environment(through.url, "EMULATOR")
        for key in (*planted.custody_keys, *planted.curve_keys):
            with planted.watched(cobo.Client(key, environment=place, journal=journal)) as custody:
                info = custody.exchange(cobo.get_api_key_info())
                hunt.saw(
                    "exchange",
                    (
                        info,
                        info.headers,
                        info.prepared,
                        info.prepared.headers,
                        info.prepared.message,
                    ),
                )
                hunt.saw(
                    "table",
                    frames.api_key(info.value).to_csv()
                    + frames.role_scopes(info.value).to_json(date_format="iso"),
                )
                hunt.saw(
                    "client", (custody, vars(custody), custody.preflight(cobo.list_mpc_vaults()))
                )
        app = planted.watched(
            privy.Client(
                facts["privy"]["app_id"],
                emulator.privy.app_secret,
                environment=here,
                journal=journal,
            )
        )
        custody = planted.watched(
            cobo.Client(emulator.api_key, environment=place, journal=journal, window_s=0.1)
        )
        made = app.send(
            privy.create_key_quorum(
                privy.CreateKeyQuorumRequest(public_keys=public, authorization_threshold=1)
            )
        )
        change = privy.update_key_quorum(made.id, privy.UpdateKeyQuorumRequest(display_name="Ops"))
        prepared = app.prepare(change)
        hunt.saw(
            "prepared",
            (prepared, prepared.message, prepared.headers, pickle.dumps(prepared.pieces)),
        )
        hunt.saw("quorum", app.send(prepared, signers=[member]))
        emulator.inject(Fault("status-after", operation="create_mpc_vault", **LOST))
        custody.send(
            cobo.create_mpc_vault(
                cobo.CreateMpcVaultRequest(name="New", vault_type="Org-Controlled")
            )
        )
        emulator.inject(Fault("status-after", operation="update_key_quorum", **LOST))
        again = privy.update_key_quorum(made.id, privy.UpdateKeyQuorumRequest(display_name="Night"))
        hunt.saw("adopted", app.exchange(again, signers=[member]))
        emulator.inject(Fault("status-before", operation="create_key_quorum", **LOST))
        failure(
            hunt,
            lambda: app.send(
                privy.create_key_quorum(privy.CreateKeyQuorumRequest(public_keys=public))
            ),
        )
        for form in (
            cobo.forms.create_key_share_holder_group(custody),
            privy.forms.create_key_quorum(app),
            cobo.forms.api_key_info(custody),
        ):
            form.press()
            hunt.saw("form", screen(form) + repr(form) + str(form._repr_mimebundle_()))
            hunt.saw("widget state", [widget.get_state() for widget in tree(form)])
        secret_in_field = privy.forms.create_key_quorum(app)
        secret_in_field.members.rows[0].fields["text"].value = pkcs8(member)
        hunt.saw(
            "a private key pasted",
            screen(secret_in_field)
            + str(secret_in_field.members.rows[0].fields["text"].get_state()),
        )
        hunt.saw("pending", screen(privy.forms.pending(app)))
        for table in (frames.journal(journal), frames.exchanges([info])):
            hunt.saw(
                "journal table",
                table.to_csv() + table.to_html() + table.to_json(date_format="iso") + repr(table),
            )
        with httpx.Client(
            headers={"X-Emulator-Token": facts["control"]["token"]}, trust_env=False
        ) as control:
            hunt.saw("ledger", control.get(facts["control"]["url"] + "/ledger").text)
        hunt.saw("kept", [exchange_of(client) for client in (app, custody)])
        app.close()
        custody.close()
    journal.close()
    for path in folder.rglob("*"):
        if path.is_file():
            hunt.saw(path.name, path.read_bytes().decode("latin-1"))


def exchange_of(client: Any) -> tuple[Any, ...]:
    """Two answers, all that is kept of them, and what is said of one that was refused."""
    reads = {True: cobo.list_mpc_vaults(), False: privy.list_wallets()}
    good = client.exchange(reads[isinstance(client, cobo.Client)])
    gone = {True: cobo.get_mpc_vault_by_id("none"), False: privy.get_key_quorum("none")}
    bad = client.exchange(gone[isinstance(client, cobo.Client)])
    return (
        good.headers,
        good.content,
        good.struck,
        bad.headers,
        bad.content,
        str(bad.error),
        bad.error.evidence,
    )


def tree(widget: Any) -> Iterator[Any]:
    """A widget and all below it."""
    yield widget
    for child in getattr(widget, "children", ()):
        yield from tree(child)


CELLS = [
    "%xmode Verbose",
    "import os, logging; logging.basicConfig(level=logging.DEBUG)",
    "from toolkit import cobo, privy, frames, Emulator\nfrom toolkit.keys import Ed25519Key, P256Key",
    "key = Ed25519Key.from_env('PLANTED_KEY'); member = P256Key.from_env('PLANTED_MEMBER')",
    "app = privy.Client('app', __import__('toolkit.secret').secret.Secret.from_env('PLANTED_SECRET'), environment=privy.Environment('http://127.0.0.1:9'), timeout=1)",
    "key, member, app",
    "custody = cobo.Client(key, environment=cobo.Environment('http://127.0.0.1:9/v2', key.public.to_hex()), timeout=1)",
    "custody.send(cobo.get_api_key_info())",
    "app.send(privy.delete_key_quorum('q'), signers=[member])",
    "app.send(privy.create_key_quorum(privy.CreateKeyQuorumRequest(public_keys=[member])))",
    "Ed25519Key.from_hex(os.environ['PLANTED_KEY'] + 'zz')",
    "privy.forms.create_key_quorum(app)",
    "frames.journal()",
    "1/0",
]


def notebook(hunt: Hunt, folder: Path, planted: Planted) -> None:
    """A headless notebook with secrets in its environment, failing all over, saved with its widget state."""
    source, target = folder / "planted.ipynb", folder / "executed.ipynb"
    cells = [
        nbformat.v4.new_code_cell(text, metadata={"tags": ["raises-exception"]}) for text in CELLS
    ]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), source)
    secrets = {
        "PLANTED_KEY": planted.custody_keys[5].reveal_hex(),
        "PLANTED_MEMBER": pkcs8(planted.members[5]),
        "PLANTED_SECRET": planted.app_secrets[3].reveal(),
    }
    names = ("HOME", "IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")
    environment = {**os.environ, **dict.fromkeys(names, str(folder)), **secrets}
    code = "import sys; from pathlib import Path; sys.path.insert(0, sys.argv[3]); from execute import execute; execute(Path(sys.argv[1]), Path(sys.argv[2]))"
    done = subprocess.run(
        [sys.executable, "-c", code, source, target, ROOT / "notebooks"], env=environment, capture_output=True, text=True, timeout=180, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    executed = target.read_text()
    assert executed.count('"output_type": "error"') >= 5
    hunt.saw("notebook run", done.stdout + done.stderr)
    for path in folder.rglob("*"):
        if path.is_file():
            hunt.saw(f"notebook: {path.name}", path.read_bytes().decode("latin-1"))


@pytest.mark.parametrize("bend", [straight, echoing], ids=lambda bend: bend.__name__)
def test_found_nowhere(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str], bend: Bend
) -> None:
    """Twenty secrets and every signature: nowhere, in whatever is written, shown or saved, even where a gateway repeats
    all that it was sent; a control finds what is there.
    """
    hunt = Hunt()
    (tmp_path / "work").mkdir()
    planted = Planted(hunt, tmp_path / "work" / "state.jsonl")
    with caplog.at_level(logging.DEBUG):
        workflows(planted, hunt, tmp_path / "work", bend)
        forced = sum(failure(hunt, action) for action in failures(planted))
    if bend is straight:
        (tmp_path / "notebook").mkdir()
        notebook(hunt, tmp_path / "notebook", planted)
    said = capfd.readouterr()
    hunt.saw("output", said.out + said.err)
    hunt.saw("logs", caplog.text + repr([record.__dict__ for record in caplog.records]))
    rooms = {record.name for record in caplog.records if record.name.startswith("toolkit.")}
    assert rooms == {"toolkit.client", "toolkit.transport", "toolkit.emulator"}
    assert forced >= 100
    assert len({what for what in hunt.planted.values() if what.startswith("secret ")}) == 20
    assert (
        sum(what.endswith(" header") for what in hunt.planted.values()) > 50
    )  # signatures, made and hunted
    assert sum(len(text) for _, text in hunt.texts) > 1_000_000
    assert hunt.found() == []
    hunt.saw("control", planted.custody_keys[0].reveal_hex())
    assert hunt.found() == [("secret 0", "control")]

"""The loggers: quiet until turned on, one line a request, its rooms by name, and no secret in any of it."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.planted import Hunt, Planted
from tests.samples import QUORUM
from toolkit import Emulator, cobo, privy
from toolkit.base import logs
from toolkit.emulator import Fault
from toolkit.errors import ToolkitError

ROOMS = ("toolkit.client", "toolkit.transport", "toolkit.emulator")

SCRIPT = """
import logging
from toolkit import Emulator, cobo
emulator = Emulator.seeded()
{setup}
emulator.cobo_client().send(cobo.get_api_key_info())
"""


def printed(setup: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(setup=setup)],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout + done.stderr


def test_quiet_by_default() -> None:
    """Nobody has asked: nothing is printed. Turned on for the package: a line."""
    assert printed("") == ""
    turned_on = "logging.basicConfig(); logging.getLogger('toolkit').setLevel(logging.INFO)"
    (line,) = [row for row in printed(turned_on).splitlines() if "toolkit" in row]
    assert line.startswith("INFO:toolkit.client:get_api_key_info GET /")


@pytest.fixture
def lines() -> Iterator[Any]:
    """The lines of the toolkit so far, by room, everything turned on."""
    records: list[logging.LogRecord] = []

    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            records.append(record)

    package = logging.getLogger("toolkit")
    handler = Kept()
    package.addHandler(handler)
    package.setLevel(logging.DEBUG)
    yield lambda room: [record.getMessage() for record in records if record.name == room]
    package.setLevel(logging.NOTSET)
    package.removeHandler(handler)


def test_a_line_a_request(emulator: Emulator, lines: Any) -> None:
    """Each room says it once: operation, method, path, outcome, milliseconds. No query, no body, no header."""
    emulator.cobo_client().send(cobo.list_mpc_vaults(limit=7))
    for room in ROOMS:
        (line,) = lines(room)
        assert line.startswith("list_mpc_vaults GET /")
        assert "HTTP 200 in " in line
        assert line.endswith(" ms")
        assert "?" not in line
        assert "limit" not in line


def test_a_line_a_try(emulator: Emulator, lines: Any) -> None:
    """The transport says each try, the client what became of it in the end."""
    client = emulator.cobo_client()
    emulator.inject(Fault("status-before", operation="get_api_key_info"))
    exchange = client.exchange(cobo.get_api_key_info())
    assert exchange.tries == 2
    assert len(lines("toolkit.transport")) == 2
    (line,) = lines("toolkit.client")
    assert "answered HTTP 200" in line


def test_refusals_are_named(emulator: Emulator, lines: Any) -> None:
    """A refusal has the name of its error, and not its words, which are the service's."""
    app = emulator.privy_client()
    with pytest.raises(ToolkitError) as refused:
        app.send(privy.get_key_quorum("nowhere"))
    (line,) = lines("toolkit.client")
    assert f"refused HTTP 404 {type(refused.value).__name__} in" in line
    assert str(refused.value) not in line


def test_off_costs_nothing(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nobody listens no line is made."""

    def fails(*_: Any, **__: Any) -> None:
        raise AssertionError("a line was made")

    monkeypatch.setattr(logging.getLogger("toolkit"), "level", logging.WARNING)
    logging.getLogger("toolkit").manager._clear_cache()  # type: ignore[attr-defined]
    monkeypatch.setattr("toolkit.transport.sender.log_request", fails)
    monkeypatch.setattr("toolkit.client.client.log_exchange", fails)
    monkeypatch.setattr("toolkit.emulator.server.log_request", fails)
    assert emulator.cobo_client().send(cobo.get_api_key_info())


def test_a_handler_that_raises(
    emulator: Emulator, lines: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A broken handler of others is reported, and loses nothing of what was sent."""

    class Broken(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            raise RuntimeError("full disk")

    reported: list[Any] = []
    monkeypatch.setattr(sys, "excepthook", lambda kind, error, trace: reported.append(str(error)))
    handler = Broken()
    package = logging.getLogger("toolkit")
    package.addHandler(handler)
    try:
        quorum = emulator.privy_client().send(privy.create_key_quorum(QUORUM))
    finally:
        package.removeHandler(handler)
    assert quorum.id
    assert set(reported) == {"full disk"}


def test_one_line_whatever_it_says(lines: Any) -> None:
    """What others wrote into a path cannot begin a line, hide, or go on for ever."""
    log = logs.logger("transport")
    path = "/a\nINFO:toolkit.client: forged\u202e" + "x" * 1000
    logs.log_request(
        log, logging.INFO, operation="a", method="GET", path=path, outcome="answered", took_s=0.001
    )
    (line,) = lines("toolkit.transport")
    assert "\n" not in line
    assert "\u202e" not in line
    assert len(line) < 400


def test_no_secret_of_a_session(tmp_path: Any, caplog: pytest.LogCaptureFixture) -> None:
    """A session of reads, changes, refusals and losses, at DEBUG: no secret and no signature in any record."""
    hunt = Hunt()
    planted = Planted(hunt, tmp_path / "state.jsonl")
    emulator = planted.emulator
    with caplog.at_level(logging.DEBUG):
        for key in (*planted.custody_keys, *planted.curve_keys):
            custody = planted.watched(emulator.cobo_client(key))
            custody.send(cobo.get_api_key_info())
        app = planted.watched(emulator.privy_client())
        member = planted.members[0]
        call = privy.create_key_quorum(
            privy.CreateKeyQuorumRequest(public_keys=[member.public], authorization_threshold=1)
        )
        quorum = app.send(call)
        change = privy.update_key_quorum(
            quorum.id, privy.UpdateKeyQuorumRequest(display_name="Renamed by two")
        )
        app.send(change, signers=[member])
        wrong = privy.Client(
            emulator.privy.app_id,
            planted.app_secrets[0],
            environment=app.environment,
            transport=httpx.MockTransport(emulator.handle),
        )
        assert wrong.exchange(privy.get_key_quorum(quorum.id)).outcome == "refused"
    records = [record for record in caplog.records if record.name.startswith("toolkit.")]
    assert {record.name for record in records} == set(ROOMS)
    assert len(records) >= 3 * 13
    hunt.saw("logs", caplog.text + repr([record.__dict__ for record in caplog.records]))
    assert sum(what.endswith(" header") for what in hunt.planted.values()) > 10
    assert hunt.found() == []
    assert "Renamed by two" not in caplog.text
    hunt.saw("control", planted.custody_keys[0].reveal_hex())
    assert hunt.found() == [("secret 0", "control")]

"""What every test may ask for: an emulator, and clients through both of its doors."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
import stamina
from hypothesis import settings

from tests.kernel import Notebook
from toolkit import Emulator, cobo, privy
from toolkit.client.journal import VARIABLE, Journal
from toolkit.client.names import VARIABLE as NAMES
from toolkit.emulator.http import serving

settings.register_profile(
    "ci", deadline=None, derandomize=True, max_examples=100
)  # speed is no property
settings.load_profile("ci")


@pytest.fixture(autouse=True)
def _no_real_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test can pick up the credentials, or the Binder session, of whoever runs it."""
    for name in list(os.environ):
        if name.startswith(("COBO_", "PRIVY_", "BINDER_")):
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True, scope="session")
def _stop_is_heard() -> None:
    """Tests send themselves the signal of a *stop*, which a shell leaves ignored in what it starts with ``&``."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True, scope="session")
def _no_pauses_between_tries() -> Iterator[None]:
    """Three tries all the same, without waiting between them."""
    with stamina.set_testing(True, attempts=3):
        yield


@pytest.fixture(autouse=True)
def user_journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """No test writes into the journal of whoever runs it."""
    path = tmp_path / "journal.sqlite"
    monkeypatch.setenv(VARIABLE, str(path))
    yield path
    kept = Journal._defaults.pop(str(path), None)
    if kept:
        kept.close()


@pytest.fixture(autouse=True)
def user_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Nor among the names of whoever runs it."""
    path = tmp_path / "names.json"
    monkeypatch.setenv(NAMES, str(path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))  # nor are new keys saved there
    return path


@pytest.fixture
def emulator() -> Emulator:
    """A fresh demo world, in process."""
    return Emulator.seeded()


@dataclass
class Door:
    """An emulator, clients that reach it through one of its doors, and a way to open another one."""

    emulator: Emulator
    custody: cobo.Client
    app: privy.Client
    url: str
    again: Callable[..., Door]


def _in_process(stack: ExitStack, emulator: Emulator) -> Door:
    def again(**options: object) -> Door:
        return _in_process(stack, Emulator.seeded(**options))  # type: ignore[arg-type]

    custody, app = emulator.cobo_client(), emulator.privy_client()
    return Door(emulator, custody, app, "https://emulator.invalid", again)


def _over_http(stack: ExitStack, emulator: Emulator) -> Door:
    def again(**options: object) -> Door:
        return _over_http(stack, Emulator.seeded(**options))  # type: ignore[arg-type]

    facts = stack.enter_context(serving(emulator))
    place = cobo.Environment(
        facts["cobo"]["base_url"], facts["cobo"]["response_public_key"], "EMULATOR"
    )
    options = {
        "clock": emulator.clock.now_ms,
        "sleep": lambda seconds: emulator.advance(round(seconds * 1000)),
    }
    custody = stack.enter_context(cobo.Client(emulator.api_key, environment=place, **options))
    secret = facts["privy"]["app_secret"]
    here = privy.Environment(facts["privy"]["base_url"], "EMULATOR")
    app = stack.enter_context(
        privy.Client(facts["privy"]["app_id"], secret, environment=here, **options)
    )
    return Door(emulator, custody, app, facts["url"], again)


@pytest.fixture(params=["in_process", "over_http"])
def door(request: pytest.FixtureRequest, emulator: Emulator) -> Iterator[Door]:
    """Every behaviour holds on both doors of the emulator."""
    with ExitStack() as stack:
        yield {"in_process": _in_process, "over_http": _over_http}[request.param](stack, emulator)


@pytest.fixture
def notebook(monkeypatch: pytest.MonkeyPatch) -> Iterator[Notebook]:
    """A notebook whose cells can be run again."""
    running = Notebook(monkeypatch)
    yield running
    running.close()

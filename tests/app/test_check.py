"""``python -m toolkit check`` and ``keypair``: what a newcomer runs first."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from tests.inside import set_clock
from toolkit import cobo, privy
from toolkit.app.check import check_cobo, check_privy, line_of
from toolkit.emulator import Emulator, Fault
from toolkit.emulator.http import serving
from toolkit.findings import Finding
from toolkit.keys import Ed25519Key, Secp256k1Key


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("COBO_", "PRIVY_"))
    }
    command = [sys.executable, "-m", "toolkit", *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=60, env=clean | environment, check=False
    )


def test_the_emulator_is_checked() -> None:
    """Credentials, environment, clock, roles: each a line, and the end is good."""
    done = run("check", "--emulator")
    assert done.returncode == 0, done.stdout
    for words in (
        "EMULATOR",
        "it signs, and the answer's signature holds",
        "agree to the second",
        "API_Operator: may change",
        "2 wallets listed, as Cobo's own tools do",
        "id and secret are accepted",
    ):
        assert words in done.stdout


def test_without_credentials() -> None:
    """Nothing set: one sentence that says what to set."""
    done = run("check")
    assert done.returncode == 1
    assert "set COBO_API_SECRET" in done.stderr


def test_privy_over_http(emulator: Emulator) -> None:
    """The variables of Privy's SDK lead to the emulator's port; wrong ones end with 1 and no secret on the screen."""
    with serving(emulator) as facts:
        names = {"PRIVY_APP_ID": facts["privy"]["app_id"], "PRIVY_API_BASE_URL": facts["url"]}
        good = run("check", PRIVY_APP_SECRET=facts["privy"]["app_secret"], **names)
        bad = run("check", PRIVY_APP_SECRET="wrong-secret", **names)
    assert (good.returncode, bad.returncode) == (0, 1)
    assert "BAD app" in bad.stdout
    assert "wrong-secret" not in bad.stdout + bad.stderr


def lines(emulator: Emulator, **changes: Any) -> str:
    key = next(iter(emulator.cobo.keys))
    emulator.cobo.keys[key] = msgspec.structs.replace(emulator.cobo.keys[key], **changes)
    return "\n".join(map(line_of, check_cobo(emulator.cobo_client())))


def test_what_is_bad(emulator: Emulator) -> None:
    """A key that ends soon, has unknown roles or none, a clock that is off: each is said."""
    now = emulator.clock.now_ms()
    assert "BAD ends" in lines(emulator, expired_timestamp=now + 3_600_000)
    assert "Register its successor" in lines(emulator, expired_timestamp=now + 3 * 86_400_000)
    assert "It has no end: a permanent key" in lines(emulator, expired_timestamp=None)
    assert "does not say when this key ends" in lines(emulator, expired_timestamp=msgspec.UNSET)
    assert "API key        get_api_key_info" in lines(emulator, role_scopes=[])
    custom = cobo.RoleScope(role_name="Night shift", scopes=cobo.Scopes())
    assert "no preset of Cobo's; what it may do is unknown" in lines(
        emulator, role_scopes=[custom, cobo.RoleScope(role_name="API_Viewer", scopes=cobo.Scopes())]
    )
    custody = emulator.cobo_client()
    set_clock(custody, lambda: now - 120_000)
    assert any(
        "behind the service" in line.sentence and line.blocks for line in check_cobo(custody)
    )


def test_refusals_are_lines(emulator: Emulator) -> None:
    """An unknown key and a wrong secret are lines with the service's own words, not tracebacks."""
    stranger = cobo.Client(
        Ed25519Key.generate(),
        environment=emulator.cobo_client().environment,
        transport=httpx.MockTransport(emulator.handle),
    )
    assert any("not registered" in line.sentence and line.blocks for line in check_cobo(stranger))
    app = emulator.privy_client()
    wrong = privy.Client(
        "other",
        "wrong",
        environment=app.environment,
        transport=httpx.MockTransport(emulator.handle),
    )
    assert any("Invalid app ID" in line.sentence and line.blocks for line in check_privy(wrong))


JUDGED: list[tuple[str, Fault, str, bool]] = [
    ("a refusal", Fault("status-before", status=401), "BAD", True),
    ("a broken service", Fault("status-before", status=503), "?  ", False),
    ("asked too often", Fault("status-before", status=429, retry_after_s=3600), "?  ", False),
    ("a gateway's page", Fault("status-before", status=403, unsigned=True), "?  ", False),
]


@pytest.mark.parametrize(
    ("fault", "mark", "judged"), [case[1:] for case in JUDGED], ids=[case[0] for case in JUDGED]
)
def test_only_the_service_judges(emulator: Emulator, fault: Fault, mark: str, judged: bool) -> None:
    """A key or an app is bad where the service said so; where nobody was reached or nothing usable came, it was not judged."""
    checks: list[Callable[[], Iterator[Finding]]] = [
        lambda: check_cobo(emulator.cobo_client()),
        lambda: check_privy(emulator.privy_client()),
    ]
    for check, subject in zip(checks, ("API key", "app"), strict=True):
        emulator.inject(replace(fault, times=3))
        *_, last = [line_of(finding) for finding in check()]
        emulator.inject()
        assert last.startswith(f"{mark} {subject}"), last
        assert ("not judged" in last) is not judged


def test_nobody_is_reached() -> None:
    """Nobody there: not judged, what to pass where a proxy is asked for, an end of its own; and no word that a key is bad."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    names = {
        "PRIVY_APP_ID": "cmabc",
        "PRIVY_APP_SECRET": "s",
        "PRIVY_API_BASE_URL": f"https://127.0.0.1:{port}",
        "HTTPS_PROXY": "http://proxy.example:3128",
        "NO_PROXY": "",
    }
    done = run("check", **names)
    assert done.returncode == 3, done.stderr
    assert "not judged: " in done.stdout
    assert "nobody was reached" in done.stdout
    assert "HTTPS_PROXY is set, and is not read here" in done.stdout
    assert "--proxy" in done.stdout
    assert "BAD" not in done.stdout
    wrong = run("check", "--proxy", "socks4://proxy.example", **names)
    assert wrong.returncode == 1
    assert "kind socks4://" in wrong.stderr
    none = run("check", "--ca-bundle", "nowhere.pem", **names)
    assert none.returncode == 1
    assert "ca_bundle" in none.stderr


@pytest.mark.parametrize(
    ("curve", "kind", "digits"), [("ED25519", Ed25519Key, 64), ("SECP256K1", Secp256k1Key, 66)]
)
def test_keypair(tmp_path: Path, curve: str, kind: Any, digits: int) -> None:
    """The public half is printed, the private one is in a file for its owner; a second run writes over nothing."""
    path = tmp_path / "cobo.pem"
    done = run("keypair", str(path), "--curve", curve)
    public = done.stdout.split()[-1]
    assert len(public) == digits
    assert kind.from_file(path).public.to_hex() == public
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    again = run("keypair", str(path))
    assert again.returncode == 1
    assert "never written over" in again.stderr

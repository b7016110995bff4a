"""The emulator as a program: the JSON line, the control door, and who may not open it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from toolkit import cobo, privy
from toolkit.keys import Ed25519Key


@pytest.fixture(scope="module")
def facts() -> Iterator[dict[str, Any]]:
    command = [sys.executable, "-m", "toolkit", "emulator", "--world", "empty"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) in (0, -signal.SIGTERM)


def test_the_line_is_enough(facts: dict[str, Any]) -> None:
    """Another program can use both APIs with nothing but the JSON line."""
    assert set(facts) == {"url", "cobo", "privy", "control"}
    key = Ed25519Key.from_hex(facts["cobo"]["api_private_key"])
    place = cobo.Environment(facts["cobo"]["base_url"], facts["cobo"]["response_public_key"])
    with cobo.Client(key, environment=place) as custody:
        (vault,) = custody.send(cobo.list_mpc_vaults()).data
    assert vault.vault_id == facts["cobo"]["vault_id"]
    place_ = privy.Environment(facts["privy"]["base_url"])
    with privy.Client(facts["privy"]["app_id"], facts["privy"]["app_secret"], environment=place_) as app:
        assert app.send(privy.create_key_quorum(privy.CreateKeyQuorumRequest(user_ids=["did:privy:x"]))).id


def test_control(facts: dict[str, Any]) -> None:
    """With the token the ledger and the choices can be read, and the world reset."""
    control, token = facts["control"]["url"], {"X-Emulator-Token": facts["control"]["token"]}
    with httpx.Client(headers=token, trust_env=False) as client:
        ledger = client.get(control + "/ledger").json()
        assert [entry["operation"] for entry in ledger] == ["list_mpc_vaults", "create_key_quorum"]
        assert facts["privy"]["app_secret"] not in json.dumps(ledger)
        assert {choice["name"] for choice in client.get(control + "/choices").json()} >= {
            "cobo.nonce",
            "privy.member_twice",
        }
        assert client.post(control + "/reset").json() == {"reset": True}
        assert client.get(control + "/ledger").json() == []
        assert client.get(control + "/nothing").status_code == 404


INTRUDERS: list[tuple[str, dict[str, str]]] = [
    ("no token", {}),
    ("wrong token", {"X-Emulator-Token": "0" * 32}),
    ("a web page's Host (DNS rebinding)", {"X-Emulator-Token": "TOKEN", "Host": "evil.example"}),
    ("a Host that begins like ours", {"X-Emulator-Token": "TOKEN", "Host": "127.0.0.1.evil.example:80"}),
]


@pytest.mark.parametrize("headers", [case[1] for case in INTRUDERS], ids=[case[0] for case in INTRUDERS])
@pytest.mark.parametrize(("method", "path"), [("GET", "/ledger"), ("GET", "/choices"), ("POST", "/reset")])
def test_intruders(facts: dict[str, Any], headers: dict[str, str], method: str, path: str) -> None:
    """Without the token, or under a name that is not this machine's, the control door stays shut."""
    token = facts["control"]["token"]
    sent = {name: value.replace("TOKEN", token) for name, value in headers.items()}
    response = httpx.request(method, facts["control"]["url"] + path, headers=sent, trust_env=False)
    assert response.status_code == 403
    assert "access-control-allow-origin" not in response.headers


def test_a_preflight_gets_no_permission(facts: dict[str, Any]) -> None:
    """A browser that asks on behalf of another origin is given none."""
    headers = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    response = httpx.options(facts["control"]["url"] + "/reset", headers=headers, trust_env=False)
    assert response.status_code == 403
    assert not any(name.startswith("access-control") for name in response.headers)


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "toolkit", *arguments], capture_output=True, text=True, timeout=30, check=False
    )


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("emulator", "--world", "moon"), "There is no world 'moon'"),
        (("emulator", "--choice", "cobo.moon=x"), "no choice of the emulator"),
        (("emulator", "--host", "192.0.2.1"), "cannot be opened"),
        (("emulator", "--port", "70000"), "70000"),
    ],
)
def test_bad_options(arguments: tuple[str, ...], sentence: str) -> None:
    """A wrong option ends with one sentence, not with a traceback."""
    done = run(*arguments)
    assert done.returncode != 0
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr

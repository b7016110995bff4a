"""Cobo's own command line, unmodified, against our emulator: what it can do there.

It writes every field as text, so what takes numbers is refused here.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import parameters
from tests.cobo_command import installed
from toolkit import cobo
from toolkit.emulator import Emulator
from toolkit.emulator.http import serving
from toolkit.request.call import call

Run = Callable[..., dict[str, Any]]


def specification() -> dict[str, Any]:
    """As much of an OpenAPI file as the command line reads, from our table of operations."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in cobo.OPERATIONS:
        query = [
            {"name": name, "in": "query", "schema": {"type": "string"}} for name in operation.query
        ]
        about: dict[str, Any] = {
            "operationId": operation.name,
            "summary": operation.title,
            "parameters": query,
        }
        if operation.body is not None:
            fields = {name: {"type": "string"} for name in operation.body.__struct_fields__}
            schema = {"type": "object", "properties": fields}
            about["requestBody"] = {"content": {"application/json": {"schema": schema}}}
        paths.setdefault(operation.path, {})[operation.method.lower()] = about
    return {"openapi": "3.0.0", "info": {"title": "Ours", "version": "1"}, "paths": paths}


@pytest.fixture
def run(emulator: Emulator, tmp_path: Path) -> Iterator[Run]:
    """Runs a command with the emulator's host and keys; gives the JSON that it prints."""
    command = installed()
    spec, config = tmp_path / "spec.yaml", tmp_path / "config.toml"
    spec.write_text(json.dumps(specification()))  # JSON is YAML

    def call(*arguments: str) -> dict[str, Any]:
        head = [
            command,
            "--config-file",
            str(config),
            "--spec",
            str(spec),
            "-e",
            "dev",
            "-a",
            "apikey",
        ]
        done = subprocess.run(
            [*head, *arguments],
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
            env={**os.environ, "HOME": str(tmp_path)},
        )
        _, brace, answer = done.stdout.partition("{")
        return dict(json.loads(brace + answer)) if brace else {}

    with serving(emulator) as facts:
        call("config", "set", "api_host", facts["url"])
        call("config", "set", "api_key", emulator.api_key.public.to_hex())
        call("config", "set", "api_secret", facts["cobo"]["api_private_key"])
        yield call


def test_what_it_can_do(emulator: Emulator, run: Run) -> None:
    """It lists wallets, makes a vault and a wallet, renames a project and hears a key's state."""
    listed = run("get", "/wallets", "--vault_id", emulator.vault_id, "--limit", "1")
    assert [wallet["name"] for wallet in listed["data"]] == ["Operations"]
    project_id = next(iter(emulator.cobo.state.projects))
    vault = ("--name", "By CLI", "--vault_type", "User-Controlled", "--project_id", project_id)
    assert run("post", "/wallets/mpc/vaults", *vault)["type"] == "User-Controlled"
    renamed = run("put", f"/wallets/mpc/projects/{project_id}", "--name", "Renamed")
    assert renamed["name"] == "Renamed"
    wallet = ("--wallet_type", "MPC", "--wallet_subtype", "Org-Controlled")
    made = run("post", "/wallets", "--name", "By CLI", *wallet, "--vault_id", emulator.vault_id)
    assert made["vault_name"] == "Treasury vault"
    numbers = ("--participants", "3", "--threshold", "2")
    refused = run("post", "/wallets/mpc/projects", "--name", "By CLI", *numbers)
    assert (refused["error_code"], "must be an integer" in refused["error_message"]) == (2006, True)
    emulator.set_api_key(state="pending-approval")
    waits = run("get", "/developers/api_key_info")
    assert (waits["error_code"], "not yet activated" in waits["error_message"]) == (2024, True)
    assert [line.status for line in emulator.ledger] == [200, 201, 200, 201, 400, 401]


READS = (
    "list_key_share_holder_groups",
    "list_mpc_projects",
    "list_tss_requests",
    "get_api_key_info",
)


def test_what_it_reads(emulator: Emulator, run: Run) -> None:
    """Lists and the key, as it prints them, are what our client is answered."""
    custody = emulator.cobo_client()
    for name in READS:
        operation, request = parameters.of(name, emulator)
        options = [text for pair in request.query.items() for text in (f"--{pair[0]}", pair[1])]
        made = call(operation, request.ids, request.query)
        assert run("get", made.path, *options) == json.loads(custody.exchange(made).content)

"""API keys of the emulated Cobo: refused in each state in the documented words, and told apart."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import Door
from toolkit import cobo, frames
from toolkit.cobo.models import role_may
from toolkit.emulator import Emulator
from toolkit.emulator.api_keys import STATES
from toolkit.emulator.core import Reply
from toolkit.emulator.http import serving
from toolkit.errors import ApiError, Forbidden, InputError, SignatureRejected
from toolkit.keys import Ed25519Key, Secp256k1Key

VIEWER = cobo.RoleScope(role_name="API_Viewer", scopes=cobo.Scopes())
OPERATOR = cobo.RoleScope(role_name="API_Operator", scopes=cobo.Scopes())
NEW = cobo.CreateMpcVaultRequest(name="New", vault_type="Org-Controlled")

# the state, the documented part of the text, what our client calls it, and what it explains
REFUSED = [
    (
        "pending-approval",
        "Your API key is not yet activated",
        "not-activated",
        "Admin has to approve",
    ),
    (
        "wrong-environment",
        "Your API key is not registered in this environment. Development and Production "
        "environments use separate API keys.",
        "wrong-environment",
        "separate keys",
    ),
    ("address-not-listed", "IP whitelist", "address-not-listed", "public address"),
    ("expired", "expired", "expired", "Register another"),
]


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case[0])
def test_each_state(door: Door, case: tuple[str, str, str, str]) -> None:
    """401 and code 2024 in each state, with a text of its own, which our client reads; once the key
    is active again it works.
    """
    state, words, cause, hint = case
    door.emulator.set_api_key(state=state)
    with pytest.raises(SignatureRejected, match=words) as caught:
        door.custody.send(cobo.list_mpc_vaults())
    error = caught.value
    assert (error.status, error.code, error.cause) == (401, 2024, cause)
    assert hint in str(error)
    assert door.emulator.ledger[-1].verdict == "refused"
    door.emulator.set_api_key(state="active")
    assert door.custody.send(cobo.get_api_key_info()).name == "treasury-bot"


def test_every_state_is_tried() -> None:
    """The table above has every state but the one that works."""
    assert {case[0] for case in REFUSED} == set(STATES) - {"active"}


@pytest.mark.parametrize("option", ["not-yet", "not"])
def test_either_text_of_a_key_that_waits(option: str) -> None:
    """Both documented texts for a key that waits for approval can be had, and mean the same."""
    emulator = Emulator.seeded(choices={"cobo.not_activated_text": option})
    emulator.set_api_key(state="pending-approval")
    with pytest.raises(SignatureRejected, match=r"not yet act|key is not act") as caught:
        emulator.cobo_client().send(cobo.get_org_info())
    assert caught.value.cause == "not-activated"
    assert ("not yet" in caught.value.what) is (option == "not-yet")


def test_what_cobo_explains_with_one_word(emulator: Emulator) -> None:
    """A text of 2024 that tells nothing names every cause, and none as the fact."""
    answer = {"error_code": 2024, "error_message": "Unauthorized", "error_id": "e"}

    def handle(request: httpx.Request) -> httpx.Response:
        reply = emulator.cobo.signed(Reply(401, json.dumps(answer).encode()))
        return httpx.Response(401, headers=list(reply.headers), content=reply.body)

    custody = emulator.cobo_client(transport=httpx.MockTransport(handle))
    with pytest.raises(SignatureRejected, match="several causes") as caught:
        custody.send(cobo.get_org_info())
    assert caught.value.cause == "not-believed"
    for word in ("another environment", "approved", "address", "ended", "signature"):
        assert word in (caught.value.hint or "")


def test_roles_and_several_keys(emulator: Emulator) -> None:
    """Each key has its own roles, name and state; of a private key only the public half is kept."""
    auditor, desk = Ed25519Key.generate(), Secp256k1Key.generate()
    emulator.set_api_key(auditor, name="auditor", role_scopes=[VIEWER])
    emulator.set_api_key(
        desk.public.to_hex().upper(),
        role_scopes=[{"role_name": "API_Operator", "scopes": {}}],
        valid_ips=["203.0.113.7"],
    )
    reads, writes = emulator.cobo_client(auditor), emulator.cobo_client(desk)
    info = reads.send(cobo.get_api_key_info())
    assert (info.name, info.role_scopes) == ("auditor", [VIEWER])
    assert (
        writes.send(cobo.get_api_key_info()).expired_timestamp is None
    )  # permanent: it has a list
    with pytest.raises(Forbidden, match="mpc_vault:create"):
        reads.send(cobo.create_mpc_vault(NEW))
    made = writes.send(cobo.create_mpc_vault(NEW))
    assert reads.send(cobo.get_mpc_vault_by_id(made.vault_id or "")).name == "New"
    emulator.set_api_key(auditor, state="pending-approval")
    with pytest.raises(SignatureRejected):
        reads.send(cobo.list_mpc_vaults())
    assert writes.send(cobo.list_mpc_vaults()).data
    assert auditor.reveal_hex() not in json.dumps([line.as_dict() for line in emulator.ledger])


@pytest.mark.parametrize(
    ("option", "fine"), [("in-its-scopes", True), ("outside", False)], ids=["joins", "stays out"]
)
def test_a_vault_that_the_key_made(option: str, fine: bool) -> None:
    """The demo key, whose roles list vaults, may use a vault that it made, and its scopes say so;
    by a choice it may not.
    """
    emulator = Emulator.seeded(choices={"cobo.made_by_key": option})
    custody = emulator.cobo_client()
    vault_id = custody.send(cobo.create_mpc_vault(NEW)).vault_id or ""
    listed = frames.role_scopes(custody.send(cobo.get_api_key_info()))
    reached = listed[listed["value"] == vault_id]["role_name"].tolist()
    assert reached == (["API_Operator"] if fine else [])
    call = cobo.list_key_share_holder_groups(vault_id)
    assert (custody.access_to(call).answer == "yes") is fine
    assert (custody.exchange(call).error is None) is fine


def test_a_taken_name() -> None:
    """The code for a vault name that is taken is a choice."""
    codes = []
    for option in ("2006", "2040"):
        emulator = Emulator.seeded(choices={"cobo.taken_name_code": option})
        custody = emulator.cobo_client()
        custody.send(cobo.create_mpc_vault(NEW))
        with pytest.raises(ApiError, match="New") as caught:
            custody.send(cobo.create_mpc_vault(NEW))
        codes.append((caught.value.status, caught.value.code))
    assert codes == [(400, 2006), (400, 2040)]


def test_a_restart_keeps_the_keys(tmp_path: Path) -> None:
    """States, roles and further keys are lived again from the state file; no secret stands in it."""
    file, auditor = tmp_path / "state", Ed25519Key.generate()
    before = Emulator.seeded(state=file)
    before.set_api_key(auditor, name="auditor", role_scopes=[VIEWER])
    before.set_api_key(role_scopes=[OPERATOR], state="expired")
    before.set_api_key(auditor, state="address-not-listed")
    known = dict(before.cobo.keys), dict(before.cobo.api_keys.states)
    before.close()
    assert auditor.reveal_hex() not in file.read_text()
    after = Emulator.seeded(state=file)
    assert (after.cobo.keys, after.cobo.api_keys.states) == known
    with pytest.raises(SignatureRejected, match="has expired"):
        after.cobo_client().send(cobo.list_mpc_vaults())
    after.close()
    lines = file.read_text().splitlines()
    lines[1] = lines[1].replace('"key"', '"spare"')
    file.write_text("\n".join(lines) + "\n")
    with pytest.raises(InputError, match="line 2, cannot be read"):
        Emulator.seeded(state=file)


BAD: list[tuple[str, dict[str, Any], str]] = [
    ("a state that there is not", {"state": "asleep"}, "cannot be 'asleep'"),
    ("roles that are none", {"role_scopes": ["API_Admin"]}, "role_scopes"),
    ("a moment beyond all", {"expired_timestamp": 10**17}, "between 1970 and 2200"),
    ("a name of a book", {"name": "x" * 1_001}, "at most 1000 characters"),
    ("no key", {"key": "treasury"}, "64 hex digits"),
    ("too many roles", {"role_scopes": [VIEWER] * 101}, "at most 100 roles"),
]


@pytest.mark.parametrize(("how", "words"), [case[1:] for case in BAD], ids=[c[0] for c in BAD])
def test_what_a_key_cannot_be(emulator: Emulator, how: dict[str, Any], words: str) -> None:
    """What no key can be is refused by name, and nothing changes."""
    before = dict(emulator.cobo.keys)
    with pytest.raises(InputError, match=words):
        emulator.set_api_key(**how)
    assert emulator.cobo.keys == before


def test_the_control_door(emulator: Emulator) -> None:
    """Other programs set a key's state and roles over HTTP, and hear what was wrong."""
    with serving(emulator) as facts:
        url, token = facts["control"]["url"] + "/api_key", facts["control"]["token"]

        def put(body: Any) -> httpx.Response:
            return httpx.put(url, json=body, headers={"x-emulator-token": token})

        assert put({"state": "pending-approval"}).json() == {"state": "pending-approval"}
        with pytest.raises(SignatureRejected, match="not yet activated"):
            emulator.cobo_client().send(cobo.list_mpc_vaults())
        role = {"role_name": "API_Viewer", "scopes": {"vault_ids": ["v"]}}
        assert put({"state": "active", "role_scopes": [role]}).status_code == 200
        assert emulator.cobo_client().send(cobo.get_api_key_info()).role_scopes == [
            cobo.RoleScope(role_name="API_Viewer", scopes=cobo.Scopes(vault_ids=["v"]))
        ]
        for body, words in (
            ({"state": "asleep"}, "cannot be"),
            ({"colour": 1}, "unknown field"),
            ([], "Expected `object`"),
        ):
            refused = put(body)
            assert (refused.status_code, words in refused.json()["error"]) == (400, True)


ROLES = [
    ("API_Viewer", "mpc_vault:read", True),
    ("API_Viewer", "mpc_vault:create", False),
    ("API_Viewer", "governance_policy:read", False),  # not every role reads everything
    ("API_Operator", "wallet:create", True),
    ("API_Operator", "wallet:manage_utxo", False),  # for Manager and Admin alone
    ("API_Admin", "wallet:manage_utxo", True),
    ("API_Manager", "wallet:manage_utxo", True),
]


@pytest.mark.parametrize(("role", "permission", "may"), ROLES)
def test_preset_roles(role: str, permission: str, may: bool) -> None:
    """What a preset role may do follows Cobo's table, by the names that Cobo's pages write."""
    assert role_may(role, permission) is may

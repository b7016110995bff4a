"""The official Node SDKs, unmodified, against our emulator. Where an SDK itself sends what is refused, the trap is named."""

from __future__ import annotations

import base64
import json
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization

from tests.approvals.together import approval_of, quorum_of
from tests.inside import native_of
from tests.node_packages import installed
from tests.samples import KEYS
from toolkit import Approval, cobo, privy
from toolkit.emulator import Emulator
from toolkit.emulator.http import serving
from toolkit.errors import WebhookRefused
from toolkit.keys import P256Key
from toolkit.keys.secret import Secret
from toolkit.privy import webhooks


@pytest.fixture(scope="module")
def packages() -> Path:
    """The SDKs."""
    return installed()


def run(packages: Path, script: str, facts: dict[str, Any]) -> dict[str, Any]:
    command = ["node", script, json.dumps(facts)]
    done = subprocess.run(
        command, cwd=packages, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def test_cobo(packages: Path, emulator: Emulator) -> None:
    """Groups and API key info: made, read back, refused with Cobo's codes."""
    with serving(emulator) as facts:
        out = run(packages, "cobo.cjs", facts["cobo"])
    assert out["info"]["value"]["name"] == "treasury-bot"
    made = out["made"]["value"]
    assert [holder["type"] for holder in made["key_share_holders"]] == ["Cobo", "API", "API"]
    assert made["key_share_holders"][1]["name"] == "Hölder n1"
    assert out["got"]["value"] == made
    assert out["listed"]["value"]["pagination"]["total_count"] == 2
    assert (out["twice"]["status"], out["twice"]["code"]) == (400, 2006)
    assert (out["nowhere"]["status"], out["nowhere"]["code"]) == (404, 2028)
    assert (out["project"]["value"]["name"], out["renamed"]["value"]["name"]) == ("Näme", "Ünders")
    assert out["renamed"]["value"]["threshold"] == 2
    wallet = out["wallet"]["value"]
    assert (wallet["name"], wallet["vault_id"]) == ("Wället", emulator.vault_id)
    custody = emulator.cobo_client()
    ours = custody.send(cobo.list_wallets(wallet_type="MPC", vault_id=emulator.vault_id)).data
    theirs = [each["wallet_id"] for each in out["wallets"]["value"]["data"]]
    assert theirs == [each.wallet_id for each in ours]
    assert (out["stranger"]["status"], out["stranger"]["code"]) == (401, 2024)


def test_privy(packages: Path, emulator: Emulator) -> None:
    """A quorum's whole life with the right signers; the wrong ones are refused, the SDK's own trap too."""

    def escape_hidden(key: P256Key) -> dict[str, str]:
        der = native_of(key).private_bytes(
            serialization.Encoding.DER,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        return {
            "public": key.public.to_base64(),
            "private": "wallet-auth:" + base64.b64encode(der).decode(),
        }

    keys = {name: escape_hidden(P256Key.generate()) for name in "abc"}
    (policy,), (hot, *_) = emulator.privy.policies, emulator.privy.wallets
    with serving(emulator) as facts:
        given = {**facts["privy"], "keys": keys, "policy": policy, "hot": hot}
        out = run(packages, "privy.mjs", given)
    assert out["made"]["value"]["display_name"] == "Zürich 🔑"
    assert out["got"]["value"] == out["made"]["value"]
    assert [out[name]["status"] for name in ("few", "stranger", "twice", "nobody")] == [401] * 4
    assert "Number of signatures" in out["few"]["text"]
    assert "Not enough valid" in out["twice"]["text"]
    # trap: an empty privy-authorization-signature header is sent without a context; empty counts as missing
    assert "Missing `privy-authorization-signature`" in out["nobody"]["text"]
    # trap: an apiUrl with a trailing slash signs http://host//v1/… but calls http://host/v1/…
    assert "No valid authorization signatures" in out["slash"]["text"]
    named = {
        emulator.explain(entry.n).name
        for entry in emulator.ledger
        if entry.verdict == "refused" and entry.status == 401
    }
    assert {"missing-co-signers", "same-signer-twice", "double-slash"} <= named
    proposed = out["proposed"]["value"]
    assert (proposed["status"], proposed["resource_id"]) == ("pending", out["made"]["value"]["id"])
    assert proposed["request_details"]["method"] == "PATCH"
    assert proposed["expires_at"] > time.time()  # as Privy's own test asks, in seconds
    assert proposed["custom_expiry"] is True
    assert out["intent"]["value"] == proposed
    assert out["listed_intents"] == [proposed["intent_id"]]
    assert out["rejected"]["value"]["status"] == "rejected"
    again = out["rejected_again"]
    assert (again["status"], "not pending" in again["text"]) == (400, True)
    assert [each["value"]["status"] for each in out["authorized"]] == ["pending", "executed"]
    assert out["agreed"]["value"]["display_name"] == "Agreed"
    assert out["changed"]["value"]["authorization_threshold"] == 1
    assert out["deleted"]["value"]["success"] is True
    assert out["gone"]["status"] == 404
    wallets_and_policies(out, emulator)
    done = {line.operation for line in emulator.ledger if line.verdict == "accepted"}
    assert done == {operation.name for operation in privy.OPERATIONS}


def wallets_and_policies(out: dict[str, Any], emulator: Emulator) -> None:
    """What the SDK was told of wallets, a policy and automations, which one key made once, and filters found."""
    made = out["wallet"]["value"]
    assert out["again"]["value"] == made
    assert (out["other"]["status"], "another body" in out["other"]["text"]) == (400, True)
    assert out["listed"]["value"] == [[made["id"]]] * 3 + [[]]
    assert out["by_address"]["value"] == made
    results = out["batch"]["value"]["results"]
    assert [(each["index"], each["success"]) for each in results] == [(0, True), (1, False)]
    assert out["hidden"]["status"] == 404
    assert out["shown"]["value"] == out["archived"]["value"]
    assert out["archived"]["value"]["archived_at"] > made["created_at"]
    assert out["wallet_intent"]["value"]["resource_id"] == made["id"]
    assert out["renamed"]["value"]["display_name"] == "Ünder"
    ours = emulator.privy_client().send(
        privy.get_wallet_automation(out["automation"]["value"]["id"])
    )
    assert out["automation"]["value"]["name"] == ours.name
    assert out["policy"]["value"]["name"] == "Payouts up to 5 ETH"
    assert [each["id"] for each in out["automations"]["value"]] == list(emulator.privy.automations)


def test_privy_webhooks(packages: Path) -> None:
    """What we sign the SDK verifies, what its library signs we verify; a byte more, and both refuse."""
    secret = "whsec_" + base64.b64encode(b"a secret of thirty-two bytes ...").decode()
    body, at_s = '{"type":"user.created","user":{"id":"é 🔑"}}', str(int(time.time()))
    signature = webhooks.signature_of(Secret(secret), "msg_ours", at_s, body.encode())
    ours = {"svix-id": "msg_ours", "svix-timestamp": at_s, "svix-signature": f"v1,{signature}"}
    out = run(packages, "webhooks.mjs", {"secret": secret, "ours": ours, "body": body})
    assert out["verified"]["value"]["user"] == {"id": "é 🔑"}
    assert "verification failed" in out["bent"]["text"]
    event = privy.verify_webhook(body.encode(), out["theirs"], secret)
    assert (event.svix_id, event.data["user"]) == ("msg_theirs", {"id": "é 🔑"})
    with pytest.raises(WebhookRefused, match="None of the signatures"):
        privy.verify_webhook(body.encode() + b" ", out["theirs"], secret)


def test_approvals(packages: Path, emulator: Emulator) -> None:
    """The Node SDK sends an approved change and an approved deletion with the signatures that we collected."""
    with serving(emulator) as facts:
        place = facts["privy"]
        here = privy.Environment(place["base_url"], "EMULATOR")
        with privy.Client(place["app_id"], place["app_secret"], environment=here) as app:
            change = approval_of(app).sign(KEYS[0]).sign(KEYS[2])
            other = quorum_of(app)
            deletion = (
                Approval.of(app, privy.delete_key_quorum(other.id)).sign(KEYS[1]).sign(KEYS[2])
            )
        out = run(
            packages,
            "approvals.mjs",
            {**place, "change": sendable(change), "deletion": sendable(deletion)},
        )
    assert out["changed"]["authorization_threshold"] == 3
    assert out["deleted"]["success"] is True


def sendable(approval: Approval) -> dict[str, Any]:
    """An approval as the script takes it."""
    return {
        "quorum": approval.as_read.quorum.id,
        "body": json.loads(approval.prepared.body or b"{}"),
        "signatures": [each.reveal_base64() for each in approval.signatures],
        "expires_ms": approval.expires_ms,
    }

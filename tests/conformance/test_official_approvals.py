"""Privy's own SDK and our approvals: the same messages, and each sends what the other has signed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from privy import AuthorizationContext, PrivyClient, PrivyRequestOptions
from privy.lib.authorization import (
    WalletAPIRequestSignatureInput,
    format_request_for_authorization_signature,
    generate_authorization_signature,
)

from tests.approvals.cases import cases
from tests.approvals.together import approval_of, quorum_of
from tests.samples import KEYS, pkcs8
from toolkit import Approval, Emulator, privy
from toolkit.emulator.http import serving

HOLDING = [case for case in cases() if case.holds]


@pytest.mark.parametrize("case", HOLDING, ids=lambda case: case.name)
def test_messages_and_signatures(case: Any, tmp_path: Any) -> None:
    """The SDK writes the message of each file that holds, and verifying by its library counts the same signatures."""
    path = tmp_path / "a.json"
    path.write_bytes(case.content)
    prepared = Approval.load(path).prepared
    signed = {name: value for name, value in prepared.headers.items() if name.startswith("privy-")}
    # without a body this SDK signs {}, Privy's other one "": ours is the other one's
    body = json.loads(prepared.body) if prepared.body else ""
    request = WalletAPIRequestSignatureInput(
        method=prepared.method, url=prepared.url, body=body, headers=signed
    )
    assert format_request_for_authorization_signature(request) == prepared.message.encode()


def options(approval: Approval, signatures: list[str]) -> PrivyRequestOptions:
    return PrivyRequestOptions(
        authorization_context=AuthorizationContext(signatures=signatures),
        request_expiry=approval.expires_ms,
    )


def test_the_sdk_sends_what_we_collected(emulator: Emulator) -> None:
    """Signatures gathered in an approval are accepted where the official client sends them."""
    with serving(emulator) as facts:
        place = facts["privy"]
        here = privy.Environment(place["base_url"], "EMULATOR")
        with privy.Client(place["app_id"], place["app_secret"], environment=here) as app:
            approval = approval_of(app).sign(KEYS[0]).sign(KEYS[2])
        client = PrivyClient(**place)
        changed = client.key_quorums.update(
            approval.as_read.quorum.id,
            key_quorum_update_params=json.loads(approval.prepared.body),
            request_options=options(
                approval, [each.reveal_base64() for each in approval.signatures]
            ),
        )
        assert changed.authorization_threshold == 3
        client._client.close()


def test_we_send_what_the_sdk_signed(emulator: Emulator) -> None:
    """Signatures that the official SDK made over an approval's message are verified and sent."""
    app = emulator.privy_client()
    approval = approval_of(app)
    for key in KEYS[1:]:
        made = generate_authorization_signature(pkcs8(key), approval.message.encode())
        approval = approval.add(made)
    assert app.send(approval).authorization_threshold == 3
    quorum = quorum_of(app)
    prepared = app.prepare(privy.delete_key_quorum(quorum.id))
    signatures = [
        generate_authorization_signature(pkcs8(key), prepared.message.encode()) for key in KEYS
    ]
    assert app.send(prepared, signatures=signatures).success

"""What Privy's answers name and what they leave out, on the wire, as its SDK's types have it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from tests.samples import KEYS
from toolkit import Emulator, privy
from toolkit.request.call import Call

PUBLIC = [key.public for key in KEYS]
# Source: @privy-io/node 0.35.0. Always there, with null or without; and never null.
ALWAYS = {
    "wallet": {"id", "additional_signers", "address", "chain_type", "created_at", "exported_at", "imported_at", "owner_id", "policy_ids"},
    "quorum": {"id", "authorization_keys", "authorization_threshold", "display_name", "user_ids"},
    "key": {"type", "public_key", "signed_at"},
    "user": {"type", "user_id", "signed_at"},
    "key_quorum": {"type", "key_quorum_id", "members", "threshold", "threshold_met"},
}  # fmt: skip
NEVER_NULL = {
    "wallet": {"authorization_threshold", "automations", "chain", "custody", "display_name", "external_id", "public_key"},
    "quorum": {"key_quorum_ids"},
    "key": {"public_key"},
    "user": {"user_id"},
    "key_quorum": {"display_name"},
}  # fmt: skip


def wire(app: privy.Client, call: Call[Any], **more: Any) -> Any:
    """The answer as it arrived."""
    return msgspec.json.decode(app.exchange(call, **more).content)


def must_be(kind: str, answered: dict[str, Any]) -> None:
    """Each field that is always there is, null or not; and none is null that never is."""
    nulls = {name for name, value in answered.items() if value is None}
    assert ALWAYS[kind] - set(answered) == set()
    assert NEVER_NULL[kind] & nulls == set()


def members(details: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for each in details:
        yield from each["members"]
        for member in each["members"]:
            yield from member.get("members", ())


def test_wallets(emulator: Emulator) -> None:
    """A wallet says that it has no owner, and does not name what it has not: alone, in a list and in a batch."""
    app = emulator.privy_client()
    bare = privy.CreateWalletRequest(chain_type="ethereum")
    made = wire(app, privy.create_wallet(bare))
    assert (made["owner_id"], made["exported_at"], "external_id" in made) == (None, None, False)
    listed = wire(app, privy.list_wallets())["data"]
    (batch,) = wire(app, privy.create_wallet_batch(privy.CreateWalletBatchRequest(wallets=[bare])))[
        "results"
    ]
    archived = wire(app, privy.archive_wallet(made["id"]), acknowledge={"privy.archives"})
    for wallet in (made, *listed, batch["wallet"], archived):
        must_be("wallet", wallet)
    assert archived["archived_at"] > 0


def test_quorums(emulator: Emulator) -> None:
    """A quorum without nested ones does not name them; one that has some names them."""
    app = emulator.privy_client()
    alone = wire(app, privy.create_key_quorum(privy.CreateKeyQuorumRequest(public_keys=PUBLIC[:1])))
    must_be("quorum", alone)
    assert "key_quorum_ids" not in alone
    request = privy.CreateKeyQuorumRequest(public_keys=PUBLIC[1:2], key_quorum_ids=[alone["id"]])
    nesting = wire(app, privy.create_key_quorum(request))
    must_be("quorum", nesting)
    assert nesting["key_quorum_ids"] == [alone["id"]]


def test_who_has_not_signed(emulator: Emulator) -> None:
    """``signed_at`` is there and null until a member has signed, in a nested quorum, too."""
    app = emulator.privy_client()
    inner = app.send(privy.create_key_quorum(privy.CreateKeyQuorumRequest(public_keys=PUBLIC[1:])))
    request = privy.CreateKeyQuorumRequest(
        public_keys=PUBLIC[:1], user_ids=["did:privy:u"], key_quorum_ids=[inner.id]
    )
    quorum = app.send(privy.create_key_quorum(request))
    change = privy.UpdateKeyQuorumRequest(display_name="Ops")
    intent = app.send(privy.create_key_quorum_update_intent(quorum.id, change))
    given = privy.sign_intent(intent, KEYS[0], emulator.privy.app_id)
    answered = wire(app, privy.authorize_intent(intent.intent_id, given))
    told = list(members(answered["authorization_details"]))
    for member in told:
        must_be(member["type"], member)
    signed = [member["signed_at"] for member in told if "signed_at" in member]
    assert sorted(signed, key=bool) == [None] * (len(signed) - 1) + [given.timestamp]
    must_be("quorum", answered["current_resource_data"])

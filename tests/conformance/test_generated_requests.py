"""1,000 generated requests for each signed operation: what is shown is what is signed is what arrives.

Then one bit of anything signed is flipped, and the emulator refuses.
"""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.emulated import received as arriving
from toolkit import cobo, privy
from toolkit.client.client import Client
from toolkit.emulator import Emulator
from toolkit.emulator.core import Received
from toolkit.keys import P256Key
from toolkit.request.call import Call
from toolkit.request.prepared import Prepared

thousand = settings(max_examples=1000, deadline=None, derandomize=True)
words = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=25
)
node_ids = st.text(
    "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ123456789|", min_size=1, max_size=30
)
limits = st.integers(1, 50)
flips = st.tuples(
    st.sampled_from(["target", "nonce", "body", "signature", "identity", "host"]),
    st.integers(0, 10**6),
)

# The emulator shall judge signatures here, not fields: its choices about holders are switched off.
EMULATOR = Emulator.seeded(
    choices={
        "cobo.query": "raw",
        "cobo.holder_count": "accepted",
        "cobo.node_twice": "accepted",
        "cobo.node_in_two_groups": "accepted",
        "cobo.own_holder": "accepted",
    }
)
EMULATOR.explains = False  # thousands of refusals, whose reasons are another test's
CUSTODY, APP = EMULATOR.cobo_client(), EMULATOR.privy_client()
KEYS = [P256Key.from_hex(f"{number:064x}") for number in (5, 6, 7)]
QUORUM = APP.send(
    privy.create_key_quorum(
        privy.CreateKeyQuorumRequest(
            public_keys=[key.public for key in KEYS], authorization_threshold=2
        )
    )
)


@st.composite
def holders(draw: st.DrawFn) -> cobo.CreateKeyShareHolder:
    return cobo.CreateKeyShareHolder(
        name=draw(st.none() | words),
        type=draw(st.sampled_from(["API", "Mobile", "Cobo"])),
        tss_node_id=draw(st.none() | node_ids),
        signer=draw(st.none() | st.booleans()),
    )


@st.composite
def groups(draw: st.DrawFn) -> cobo.CreateKeyShareHolderGroupRequest:
    threshold, participants = draw(st.sampled_from([(2, 2), (2, 3), (3, 3)]))
    return cobo.CreateKeyShareHolderGroupRequest(
        key_share_holder_group_type=draw(
            st.sampled_from(["MainGroup", "SigningGroup", "RecoveryGroup"])
        ),
        participants=participants,
        threshold=threshold,
        key_share_holders=draw(st.lists(holders(), max_size=4)),
    )


@st.composite
def updates(draw: st.DrawFn) -> privy.UpdateKeyQuorumRequest:
    fields: dict[str, Any] = {"display_name": draw(words)}
    if draw(st.booleans()):
        fields["authorization_threshold"] = 2
    if draw(st.booleans()):
        fields["user_ids"] = [
            f"did:privy:{user}" for user in draw(st.lists(node_ids, max_size=3, unique=True))
        ]
    return privy.UpdateKeyQuorumRequest(**fields)


VAULT = EMULATOR.vault_id
CALLS: dict[str, st.SearchStrategy[Call[Any]]] = {
    "get_api_key_info": st.builds(cobo.get_api_key_info),
    "list_mpc_vaults": st.builds(cobo.list_mpc_vaults, limit=limits),
    "list_key_share_holder_groups": st.builds(
        cobo.list_key_share_holder_groups,
        st.just(VAULT),
        key_share_holder_group_type=st.none() | st.sampled_from(["MainGroup", "SigningGroup"]),
        limit=limits,
    ),
    "get_key_share_holder_group_by_id": st.builds(
        cobo.get_key_share_holder_group_by_id,
        st.just(VAULT),
        words.filter(lambda text: text.strip() not in ("", ".", "..")),
    ),
    "create_key_share_holder_group": st.builds(
        cobo.create_key_share_holder_group, st.just(VAULT), groups()
    ),
    "list_wallets": st.builds(
        cobo.list_wallets,
        wallet_type=st.none() | st.sampled_from(["MPC", "Custodial"]),
        vault_id=st.none() | st.just(VAULT) | node_ids,
        limit=limits,
    ),
    "create_mpc_project": st.builds(
        cobo.create_mpc_project,
        st.builds(
            cobo.CreateMpcProjectRequest,
            name=words.filter(str.strip),
            participants=st.just(3),
            threshold=st.sampled_from([2, 3]),
        ),
    ),
    "update_key_quorum": st.builds(privy.update_key_quorum, st.just(QUORUM.id), updates()),
    "delete_key_quorum": st.builds(privy.delete_key_quorum, st.just(QUORUM.id)),
}


def client_of(name: str) -> Client:
    return CUSTODY if name in {operation.name for operation in cobo.OPERATIONS} else APP


def as_received(client: Client, prepared: Prepared[Any]) -> Received:
    """The request as it arrives at the emulator's door."""
    return arriving(client, prepared, KEYS[:2] if client is APP else ())


def flipped(received: Received, where: str, number: int) -> Received | None:
    """One bit of something signed, the other way round. None where this request has no such part."""

    def bend(data: bytes) -> bytes:
        bent = bytearray(data)
        bent[number // 8 % len(bent)] ^= 1 << number % 8
        return bytes(bent)

    def header(name: str, value: str) -> Received:
        return replace(
            received, headers=tuple((n, value if n == name else v) for n, v in received.headers)
        )

    signed_by_cobo = bool(received.header("biz-api-key"))
    match where:
        case "target":
            return replace(received, target=bend(received.target.encode()).decode("latin-1"))
        case "body" if received.body:
            return replace(received, body=bend(received.body))
        case "host" if not signed_by_cobo:
            return replace(received, host=bend(received.host.encode()).decode("latin-1"))
        case "nonce":
            name = "biz-api-nonce" if signed_by_cobo else "privy-request-expiry"
            return header(name, bend(received.header(name).encode()).decode("latin-1"))
        case "identity":
            name = "biz-api-key" if signed_by_cobo else "privy-app-id"
            return header(
                name,
                "0" + received.header(name)[1:]
                if not received.header(name).startswith("0")
                else "1",
            )
        case "signature" if signed_by_cobo:
            return header(
                "biz-api-signature", bend(bytes.fromhex(received.header("biz-api-signature"))).hex()
            )
        case "signature":
            name = "privy-authorization-signature"
            first, _, second = received.header(name).partition(",")
            bent = base64.b64encode(bend(base64.b64decode(first))).decode()
            return header(name, f"{bent},{second}")
    return None


@pytest.mark.parametrize("name", CALLS)
def test_shown_is_signed_is_received(name: str) -> None:
    """Body and message of the preview are, byte for byte, what arrives and what the emulator checks."""
    client = client_of(name)
    signers = KEYS[:2] if client is APP else ()

    @thousand
    @given(call=CALLS[name])
    def check(call: Call[Any]) -> None:
        prepared = client.prepare(call)
        assert "".join(piece.text for piece in prepared.pieces).encode() == prepared.body
        kept = dict(EMULATOR.privy.quorums)
        exchange = client.exchange(
            prepared,
            signers=signers,
            acknowledge={p.rule for p in client.problems(call, signers=signers)},
        )
        EMULATOR.privy.quorums.clear()
        EMULATOR.privy.quorums.update(kept)
        entry = EMULATOR.ledger.pop()
        assert entry.message == prepared.message
        assert entry.body.encode() == prepared.body
        assert entry.target == prepared.url.removeprefix("https://emulator.invalid")
        assert exchange.status in (200, 201, 404), (entry.reason, exchange.error)
        if client is APP:
            assert prepared.body.decode() in prepared.message or not prepared.body

    check()


@pytest.mark.parametrize("name", CALLS)
def test_a_flipped_bit_is_refused(name: str) -> None:
    """One flipped bit in path, query, nonce or expiry, body, key or signature, and nothing is done."""
    client = client_of(name)

    @thousand
    @given(call=CALLS[name], flip=flips)
    def check(call: Call[Any], flip: tuple[str, int]) -> None:
        received = as_received(client, client.prepare(call))
        bent = flipped(received, *flip)
        if bent is None:
            return
        groups_before = {vault: len(groups) for vault, groups in EMULATOR.cobo.state.groups.items()}
        quorums_before = dict(EMULATOR.privy.quorums)
        reply = EMULATOR.answer(bent)
        EMULATOR.ledger.clear()
        assert reply.status in ((401,) if client is CUSTODY else (400, 401, 404, 405)), flip
        assert EMULATOR.privy.quorums == quorums_before
        assert {
            vault: len(groups) for vault, groups in EMULATOR.cobo.state.groups.items()
        } == groups_before

    check()

"""The emulator: worlds, choices, the ledger, and each switch that changes its mind."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import httpx
import msgspec
import pytest

from toolkit import cobo, privy
from toolkit.cobo import signing
from toolkit.emulator import Choices, Emulator
from toolkit.emulator.choices import KNOWN
from toolkit.errors import ApiError, InputError, SignatureRejected
from toolkit.keys import P256Key, Secp256k1PublicKey


def test_xpubs_are_well_formed(emulator: Emulator) -> None:
    """Root public keys are BIP 32 keys of depth 0 with a good checksum and a point of their curve."""
    import hashlib

    from toolkit.keys.base58 import ALPHABET

    shares = [
        s
        for g in emulator.cobo.state.groups[emulator.vault_id].values()
        for s in g.tss_key_share_groups or []
    ]
    assert len(shares) == 4
    for share in shares:
        number = 0
        for character in share.root_pubkey or "":
            number = number * 58 + ALPHABET.index(character)
        data = number.to_bytes(82, "big")
        assert data[:5].hex() == "0488b21e00"
        assert hashlib.sha256(hashlib.sha256(data[:-4]).digest()).digest()[:4] == data[-4:]
        if share.curve == "SECP256K1":
            Secp256k1PublicKey.from_hex(data[45:78].hex())


def test_no_such_world_or_choice() -> None:
    """Unknown worlds, choices and options are refused by name, with what there is."""
    with pytest.raises(InputError, match="demo or empty"):
        Emulator.seeded("moon")
    with pytest.raises(InputError, match="no choice of the emulator"):
        Choices({"cobo.moon": "x"})
    with pytest.raises(InputError, match="any, never-twice"):
        Choices({"cobo.nonce": "x"})


def test_choices_are_in_the_open(emulator: Emulator) -> None:
    """Each undocumented point has a name, options, a default in force and a sentence."""
    described = emulator.choices.described()
    assert len(described) == len(KNOWN) == len(emulator.choices)
    for choice in described:
        assert choice["chosen"] == choice["options"][0]  # type: ignore[index]
        assert str(choice["about"]).endswith(".")
        assert str(choice["name"]) in repr(emulator.choices)


def test_ledger_masks(emulator: Emulator) -> None:
    """The ledger holds each request and its verdict, and no secret or signature."""
    custody, app = emulator.cobo_client(), emulator.privy_client()
    custody.send(cobo.get_api_key_info())
    seen: list[httpx.Request] = []

    def spy(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return emulator.handle(request)

    key = P256Key.generate()
    spied = privy.Client(
        emulator.privy.app_id,
        emulator.privy.app_secret,
        environment=app.environment,
        transport=httpx.MockTransport(spy),
    )
    quorum = spied.send(
        privy.create_key_quorum(privy.CreateKeyQuorumRequest(public_keys=[key.public]))
    )
    spied.send(privy.delete_key_quorum(quorum.id), signers=[key])
    ledger = repr(emulator.ledger)
    assert [entry.verdict for entry in emulator.ledger] == ["accepted"] * 3
    for request in seen:
        for name in ("authorization", "privy-authorization-signature"):
            assert request.headers.get(name, "–––") not in ledger
    assert emulator.privy.app_secret.reveal() not in ledger
    assert emulator.ledger[1].made == quorum.id


def test_reset(emulator: Emulator) -> None:
    """Reset brings the world back as it was."""
    before = list(emulator.privy.quorums)
    app = emulator.privy_client()
    app.send(privy.create_key_quorum(privy.CreateKeyQuorumRequest(user_ids=["did:privy:x"])))
    emulator.reset()
    assert list(emulator.privy.quorums) == before
    assert emulator.ledger == []


def test_an_expired_key_is_refused(emulator: Emulator) -> None:
    """The temporary key ends on the emulator's clock."""
    custody = emulator.cobo_client()
    emulator.clock.advance(7 * 86_400_000)
    with pytest.raises(SignatureRejected, match="expired"):
        custody.send(cobo.get_api_key_info())


def test_a_request_expires(emulator: Emulator) -> None:
    """A signed Privy request is refused once its expiry has passed on the emulator's clock."""
    app = emulator.privy_client()
    key = P256Key.generate()
    quorum = app.send(
        privy.create_key_quorum(privy.CreateKeyQuorumRequest(public_keys=[key.public]))
    )
    prepared = app.prepare(privy.delete_key_quorum(quorum.id))
    late = privy.Client(
        emulator.privy.app_id, emulator.privy.app_secret, environment=app.environment,
        transport=httpx.MockTransport(emulator.handle), clock=lambda: prepared.made_ms,
    )  # fmt: skip
    emulator.clock.advance(15 * 60_000 + 5_000)
    with pytest.raises(SignatureRejected, match="expired"):
        late.send(prepared, signers=[key])


# ---- each switch ----------------------------------------------------------------------------------


def group(emulator: Emulator, nodes: list[str], **changed: Any) -> Any:
    holders = [
        cobo.CreateKeyShareHolder(name="N", type="API", tss_node_id=node, signer=at == 0)
        for at, node in enumerate(nodes)
    ]
    fields: dict[str, Any] = {
        "key_share_holder_group_type": "SigningGroup",
        "participants": 3,
        "threshold": 2,
        "key_share_holders": holders,
    }
    return cobo.create_key_share_holder_group(
        emulator.vault_id, cobo.CreateKeyShareHolderGroupRequest(**(fields | changed))
    )


def create(emulator: Emulator, nodes: list[str], **changed: Any) -> Any:
    custody = emulator.cobo_client()
    call = group(emulator, nodes, **changed)
    return custody.send(call, acknowledge={problem.rule for problem in custody.problems(call)})


def taken(emulator: Emulator) -> str:
    return next(iter(emulator.cobo.state.nodes))


def own(emulator: Emulator) -> Any:
    holders = [
        cobo.CreateKeyShareHolder(name="N", type="Cobo", tss_node_id="a", signer=True),
        cobo.CreateKeyShareHolder(name="M", type="API", tss_node_id="b", signer=False),
    ]
    return create(emulator, [], key_share_holders=holders)


def no_signer(emulator: Emulator) -> Any:
    holders = [cobo.CreateKeyShareHolder(name="N", type="API", tss_node_id=node) for node in "ab"]
    return create(emulator, [], key_share_holders=holders)


def replay(emulator: Emulator) -> Any:
    for _ in range(2):  # of two clients whose clock stands still: the same nonce each time
        custody = emulator.cobo_client(freshness_s=None, clock=lambda: 1)
        custody.send(cobo.get_api_key_info())


def twice(emulator: Emulator) -> Any:
    call = privy.create_key_quorum(
        privy.CreateKeyQuorumRequest(user_ids=["did:privy:x", "did:privy:x"])
    )
    return emulator.privy_client().send(call, acknowledge={"privy.member-twice"})


def extra(emulator: Emulator) -> Any:
    keys, app = [P256Key.generate(), P256Key.generate()], emulator.privy_client()
    quorum = app.send(
        privy.create_key_quorum(
            privy.CreateKeyQuorumRequest(
                public_keys=[k.public for k in keys], authorization_threshold=1
            )
        )
    )
    return app.send(privy.delete_key_quorum(quorum.id), signers=keys)


def delete_nested(emulator: Emulator) -> Any:
    inner = next(
        quorum for quorum in emulator.privy.quorums.values() if quorum.display_name == "Night shift"
    )
    return emulator.privy_client().send(
        privy.delete_key_quorum(inner.id), signers=[emulator.authorization_keys["Ana"]]
    )


def unknown_field(emulator: Emulator) -> Any:
    body = msgspec.json.encode(group(emulator, ["a", "b"]).body)[:-1] + b',"colour":"blue"}'
    nonce, path = "7", f"/v2/wallets/mpc/vaults/{emulator.vault_id}/key_share_holder_groups"
    signature = signing.sign(
        emulator.api_key, signing.message("POST", path, nonce, "", body.decode())
    )
    headers = {
        "Biz-Api-Key": emulator.api_key.public.to_hex(),
        "Biz-Api-Nonce": nonce,
        "Biz-Api-Signature": signature,
    }
    headers["Content-Type"] = "application/json"
    response = emulator.handle(
        httpx.Request("POST", f"https://emulator.invalid{path}", headers=headers, content=body)
    )
    if response.status_code != 201:
        raise ApiError("refused", status=response.status_code)


SWITCHES: list[tuple[str, str, str, Callable[[Emulator], Any]]] = [
    ("cobo.nonce", "never-twice", "any", replay),
    ("cobo.holder_count", "refused", "accepted", lambda e: create(e, ["a"])),
    ("cobo.node_twice", "refused", "accepted", lambda e: create(e, ["a", "a"])),
    ("cobo.node_in_two_groups", "refused", "accepted", lambda e: create(e, ["a", taken(e)])),
    ("cobo.own_holder", "refused", "accepted", own),
    ("cobo.signer_count", "threshold-1", "any", no_signer),
    ("cobo.unknown_fields", "refused", "ignored", unknown_field),
    ("privy.member_twice", "refused", "accepted", twice),
    ("privy.extra_signatures", "refused", "accepted", extra),
    ("privy.delete_in_use", "refused", "accepted", delete_nested),
]


@pytest.mark.parametrize(
    ("name", "strict", "lenient", "act"), SWITCHES, ids=[switch[0] for switch in SWITCHES]
)
def test_switches(name: str, strict: str, lenient: str, act: Callable[[Emulator], Any]) -> None:
    """Each switch decides whether the same request is refused or accepted."""
    act(Emulator.seeded(choices={name: lenient}))
    with pytest.raises(ApiError):
        act(Emulator.seeded(choices={name: strict}))


def test_switched_answers() -> None:
    """Switches that change what is answered: error codes, omitted signers, omitted thresholds."""
    old = Emulator.seeded(choices={"cobo.auth_codes": "2022-2023"})
    response = old.handle(
        httpx.Request("GET", "https://emulator.invalid/v2/developers/api_key_info")
    )
    assert response.status_code == 401
    assert msgspec.json.decode(response.read())["error_code"] == 2022
    holders = [cobo.CreateKeyShareHolder(name="N", type="API", tss_node_id="a")]
    two = {"participants": 2, "key_share_holders": holders}
    assert create(Emulator.seeded(), [], **two).key_share_holders[1].signer is True
    assert (
        create(Emulator.seeded(choices={"cobo.signer_omitted": "false"}), [], **two)
        .key_share_holders[1]
        .signer
        is False
    )
    call = privy.create_key_quorum(privy.CreateKeyQuorumRequest(user_ids=["did:privy:x"]))
    assert Emulator.seeded().privy_client().send(call).authorization_threshold is None
    numbered = Emulator.seeded(choices={"privy.omitted_threshold": "number"})
    assert numbered.privy_client().send(call).authorization_threshold == 1


@pytest.mark.parametrize(
    ("query", "choice", "accepted"),
    [("%20", "raw-or-reencoded", True), ("%20", "raw", False), ("+", "raw", True)],
)
def test_query_spelling(query: str, choice: str, accepted: bool) -> None:
    """Signed form-encoded and sent percent-encoded: accepted by the re-encoded reading, refused by the raw one."""
    emulator = Emulator.seeded(choices={"cobo.query": choice})
    path, key = "/v2/wallets/mpc/vaults", emulator.api_key
    text = signing.message("GET", path, "1", "vault_type=Org-Controlled&after=a+b", "")
    headers = {
        "Biz-Api-Key": key.public.to_hex(),
        "Biz-Api-Nonce": "1",
        "Biz-Api-Signature": signing.sign(key, text),
    }
    url = f"https://emulator.invalid{path}?vault_type=Org-Controlled&after=a{query}b"
    request = httpx.Request(
        "GET",
        url,
        headers=headers,
        extensions={"target": url.removeprefix("https://emulator.invalid").encode()},
    )
    assert (
        emulator.handle(request).status_code == 400
    ) is accepted  # 400: signed well, but no such cursor


def test_every_cobo_answer_is_signed(emulator: Emulator) -> None:
    """Errors too, wrong paths and methods too, in both header spellings."""
    for method, path in (
        ("GET", "/v2/nothing"),
        ("DELETE", "/v2/developers/api_key_info"),
        ("GET", "/v2/developers/api_key_info/"),
    ):
        response = emulator.handle(httpx.Request(method, "https://emulator.invalid" + path))
        body = response.read()
        for dash in "-_":
            stamp, signature = (
                response.headers[f"BIZ{dash}TIMESTAMP"],
                response.headers[f"BIZ{dash}RESP{dash}SIGNATURE"],
            )
            assert signing.response_fits(emulator.cobo.response_key.public, body, stamp, signature)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("DELETE", "/developers/api_key_info", 405),
        ("GET", "/developers/api_key_info/", 404),
        ("GET", "/nothing", 404),
        ("GET", "/wallets/mpc/vaults//key_share_holder_groups", 404),
    ],
)
def test_wrong_paths(emulator: Emulator, method: str, path: str, status: int) -> None:
    """A wrong path, method or trailing slash is code 2021, once the signature holds."""
    key = emulator.api_key
    text = signing.message(method, "/v2" + path, "1", "", "")
    headers = {
        "Biz-Api-Key": key.public.to_hex(),
        "Biz-Api-Nonce": "1",
        "Biz-Api-Signature": signing.sign(key, text),
    }
    url = "https://emulator.invalid/v2" + path
    response = emulator.handle(
        httpx.Request(method, url, headers=headers, extensions={"target": ("/v2" + path).encode()})
    )
    assert (response.status_code, msgspec.json.decode(response.read())["error_code"]) == (
        status,
        2021,
    )


# ---- requests that must not break it ----------------------------------------------------------------


HOSTILE = [
    b"[" * 100_000,
    b'{"display_name":"\\ud800","user_ids":["a"]}',
    b'{"user_ids":false,"public_keys":["x"]}',
    b"\xff",
    b"null",
    b'{"authorization_threshold":1e400,"user_ids":["a"]}',
    b'{"user_ids":["a"],"display_name":7}',
]


@pytest.mark.parametrize("body", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_bodies(emulator: Emulator, body: bytes) -> None:
    """Whatever arrives is answered with 400 by both services, and the world goes on."""
    privy_pair = f"{emulator.privy.app_id}:{emulator.privy.app_secret.reveal()}".encode()
    headers = {
        "Authorization": "Basic " + base64.b64encode(privy_pair).decode(),
        "privy-app-id": emulator.privy.app_id,
    }
    answer = emulator.handle(
        httpx.Request(
            "POST", "https://emulator.invalid/v1/key_quorums", headers=headers, content=body
        )
    )
    assert answer.status_code == 400
    path = f"/v2/wallets/mpc/vaults/{emulator.vault_id}/key_share_holder_groups"
    text = signing.message("POST", path, "1", "", "")
    signature = emulator.api_key.sign(signing.digest(text.encode() + body)).hex()
    headers = {
        "Biz-Api-Key": emulator.api_key.public.to_hex(),
        "Biz-Api-Nonce": "1",
        "Biz-Api-Signature": signature,
        "Content-Type": "application/json",
    }
    answer = emulator.handle(
        httpx.Request("POST", "https://emulator.invalid" + path, headers=headers, content=body)
    )
    assert answer.status_code == 400
    assert all(entry.trouble == "" for entry in emulator.ledger)
    assert (
        len(emulator.cobo_client().send(cobo.list_key_share_holder_groups(emulator.vault_id)).data)
        == 3
    )


def test_a_broken_handler_is_a_500(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Should the emulator itself break, it answers 500, keeps the evidence and serves the next request."""
    custody = emulator.cobo_client()
    monkeypatch.setitem(emulator.cobo.handlers, "get_api_key_info", lambda *a, **k: 1 / 0)
    with pytest.raises(ApiError) as caught:
        custody.send(cobo.get_api_key_info())
    assert (caught.value.status, caught.value.code) == (500, 1000)
    assert "ZeroDivisionError" in emulator.ledger[-1].trouble
    assert custody.send(cobo.list_mpc_vaults()).data


def test_every_operation_has_a_handler(emulator: Emulator) -> None:
    """What the tables of operations offer is answered, and nothing else is."""
    for service in (emulator.cobo, emulator.privy):
        assert list(service.handlers.keys() - {each.name for each in service.operations}) == []
        assert list({each.name for each in service.operations} - service.handlers.keys()) == []

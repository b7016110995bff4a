"""It says why: each mistake that a caller can make is named, and the first difference shown."""

from __future__ import annotations

import base64
import hashlib
import json
import random
import re
from collections import Counter
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from msgspec.structs import replace

from toolkit import cobo, privy
from toolkit.emulator import Emulator, Fault
from toolkit.emulator.explanation import NAMES
from toolkit.errors import InputError, SignatureRejected
from toolkit.keys import Ed25519Key, P256Key, Secp256k1Key
from toolkit.keys.public import SECP256K1_ORDER

HOST = "https://emulator.invalid"
BODY = {"name": "Zürich & Co", "vault_type": "Org-Controlled", "number": 2}


# ---- an independent way to sign, which can be bent: it shares no code with the toolkit -------------


class CoboCaller:
    """Signs a request by hand. ``bend`` changes one thing between signing and sending."""

    def __init__(self, curve: str = "ED25519", **choices: str) -> None:
        switched = {f"cobo.{name}": option for name, option in choices.items()}
        self.emulator = Emulator.seeded(choices={"cobo.query": "raw"} | switched)
        self.curve = curve
        self.key: Any = self.emulator.api_key
        if curve == "SECP256K1":
            self.key = Secp256k1Key.generate()
            info = next(iter(self.emulator.cobo.keys.values()))
            public = self.key.public.to_hex()
            self.emulator.cobo.keys[public] = replace(info, key=public, curve_type=curve)

    def sign(self, message: bytes) -> bytes:
        digest = hashlib.sha256(hashlib.sha256(message).digest()).digest()
        return self.sign_digest(digest)

    def sign_digest(self, digest: bytes) -> bytes:
        signature: bytes = (
            self.key.sign(digest) if self.curve == "ED25519" else self.key.sign_digest(digest)
        )
        return signature

    def call(
        self,
        method: str = "GET",
        path: str = "/v2/wallets/mpc/vaults",
        query: str = "vault_type=Org-Controlled&limit=10",
        body: str = "",
        nonce: str = "1795000000123",
        *,
        signed: dict[str, str] | None = None,
        signature: Callable[[bytes], bytes] | None = None,
        text: str | None = None,
        headers: dict[str, str | None] | None = None,
    ) -> str:
        parts = {"method": method, "path": path, "nonce": nonce, "query": query, "body": body} | (
            signed or {}
        )
        message = (
            text
            if text is not None
            else "|".join(parts[name] for name in ("method", "path", "nonce", "query", "body"))
        ).encode()
        made = (signature or self.sign)(message).hex()
        sent: dict[str, str | None] = {
            "biz-api-key": self.key.public.to_hex(),
            "biz-api-nonce": nonce,
            "biz-api-signature": made,
        }
        sent |= {"content-type": "application/json"} | (headers or {})
        target = path + (f"?{query}" if query else "")
        request = httpx.Request(
            method, HOST + path, headers={k: v for k, v in sent.items() if v is not None}, content=body.encode(),
            extensions={"target": target.encode()},
        )  # fmt: skip
        self.response = self.emulator.handle(request)
        return self.emulator.explain(len(self.emulator.ledger)).name


def high_s(caller: CoboCaller) -> Callable[[bytes], bytes]:
    def sign(message: bytes) -> bytes:
        r, s = decode_dss_signature(caller.sign(message))
        return encode_dss_signature(r, SECP256K1_ORDER - s)

    return sign


def raw(caller: CoboCaller) -> Callable[[bytes], bytes]:
    def sign(message: bytes) -> bytes:
        r, s = decode_dss_signature(caller.sign(message))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    return sign


JSON = json.dumps(BODY, separators=(",", ":"), ensure_ascii=False)
POST = {"method": "POST", "query": "", "body": JSON}
PATH = "/v2/wallets/mpc/vaults"


def sha(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


COBO: list[tuple[str, str, Callable[[CoboCaller], str]]] = [
    ("missing-header", "ED25519", lambda c: c.call(headers={"biz-api-nonce": None})),
    (
        "key-of-another-environment",
        "ED25519",
        lambda c: c.call(headers={"biz-api-key": Ed25519Key.generate().public.to_hex()}),
    ),
    (
        "wrong-curve",
        "ED25519",
        lambda c: c.call(
            headers={"biz-api-key": Secp256k1Key.from_hex(c.key.reveal_hex()).public.to_hex()}
        ),
    ),
    (
        "wrong-curve",
        "ED25519",
        lambda c: c.call(
            signature=lambda m: Secp256k1Key.from_hex(c.key.reveal_hex()).sign_digest(sha(sha(m)))
        ),
    ),
    ("wrong-curve", "SECP256K1", lambda c: c.call(signature=Ed25519Key.generate().sign)),
    (
        "signature-not-hex",
        "ED25519",
        lambda c: c.call(headers={"biz-api-signature": base64.b64encode(b"x" * 64).decode()}),
    ),
    ("der-for-raw", "ED25519", lambda c: c.call(signature=Secp256k1Key.generate().sign)),
    ("raw-for-der", "SECP256K1", lambda c: c.call(signature=raw(c))),
    ("high-s", "SECP256K1", lambda c: c.call(signature=high_s(c))),
    ("single-sha256", "ED25519", lambda c: c.call(signature=lambda m: c.sign_digest(sha(m)))),
    ("single-sha256", "SECP256K1", lambda c: c.call(signature=lambda m: c.sign_digest(sha(m)))),
    (
        "hashed-again",
        "ED25519",
        lambda c: c.call(signature=lambda m: c.sign_digest(sha(sha(sha(m))))),
    ),
    (
        "hashed-again",
        "SECP256K1",
        lambda c: c.call(signature=lambda m: c.sign_digest(sha(sha(sha(m))))),
    ),
    ("not-hashed", "ED25519", lambda c: c.call(signature=lambda m: c.key.sign(m))),
    (
        "hex-digest",
        "ED25519",
        lambda c: c.call(signature=lambda m: c.key.sign(sha(sha(m)).hex().encode())),
    ),
    ("wrong-nonce", "ED25519", lambda c: c.call(signed={"nonce": "1795000000124"})),
    ("wrong-nonce", "ED25519", lambda c: c.call(signed={"nonce": "1794999997000"})),
    ("wrong-nonce", "ED25519", lambda c: c.call(signed={"nonce": "1795000000"})),
    ("method-case", "ED25519", lambda c: c.call(signed={"method": "get"})),
    (
        "path-without-version",
        "ED25519",
        lambda c: c.call(signed={"path": PATH.removeprefix("/v2")}),
    ),
    ("trailing-slash", "ED25519", lambda c: c.call(signed={"path": PATH + "/"})),
    ("trailing-slash", "ED25519", lambda c: c.call(path=PATH + "/", signed={"path": PATH})),
    (
        "double-slash",
        "ED25519",
        lambda c: c.call(path="/v2//wallets/mpc/vaults", signed={"path": PATH}),
    ),
    ("full-url", "ED25519", lambda c: c.call(signed={"path": HOST + PATH})),
    (
        "path-decoded",
        "ED25519",
        lambda c: c.call(path=PATH + "/a%20b", query="", signed={"path": PATH + "/a b"}),
    ),
    ("query-missing", "ED25519", lambda c: c.call(signed={"query": ""})),
    (
        "query-question-mark",
        "ED25519",
        lambda c: c.call(signed={"query": "?vault_type=Org-Controlled&limit=10"}),
    ),
    (
        "query-order",
        "ED25519",
        lambda c: c.call(signed={"query": "limit=10&vault_type=Org-Controlled"}),
    ),
    (
        "query-encoding",
        "ED25519",
        lambda c: c.call(query="after=a+b%2Cc", signed={"query": "after=a%20b%2Cc"}),
    ),
    (
        "query-encoding",
        "ED25519",
        lambda c: c.call(query="after=a%2Cb", signed={"query": "after=a,b"}),
    ),
    (
        "query-encoding",
        "ED25519",
        lambda c: c.call(query="after=a%2Cb", signed={"query": "after=a%2cb"}),
    ),
    ("body-missing", "ED25519", lambda c: c.call(**POST, signed={"body": ""})),
    ("empty-body-as-object", "ED25519", lambda c: c.call("POST", query="", signed={"body": "{}"})),
    (
        "empty-body-as-object",
        "ED25519",
        lambda c: c.call("POST", query="", body="{}", signed={"body": ""}),
    ),
    ("body-reserialised", "ED25519", lambda c: c.call(**POST, signed={"body": json.dumps(BODY)})),
    (
        "body-reserialised",
        "ED25519",
        lambda c: c.call(**POST, signed={"body": json.dumps(BODY, sort_keys=True)}),
    ),
    ("body-reserialised", "ED25519", lambda c: c.call(**POST, signed={"body": JSON + "\n"})),
    (
        "body-reserialised",
        "ED25519",
        lambda c: c.call(**POST, signed={"body": JSON.replace("&", "\\u0026") + "\n"}),
    ),
    (
        "float-for-integer",
        "ED25519",
        lambda c: c.call(**POST, signed={"body": JSON.replace(":2}", ":2.0}")}),
    ),
    (
        "fields-dropped",
        "ED25519",
        lambda c: c.call(
            text="GET|/v2/wallets/mpc/vaults|1795000000123|vault_type=Org-Controlled&limit=10"
        ),
    ),
    ("unknown", "ED25519", lambda c: c.call(signature=Ed25519Key.generate().sign)),
]


@pytest.mark.parametrize(
    ("name", "curve", "mistake"), COBO, ids=[f"{at}-{case[0]}" for at, case in enumerate(COBO)]
)
def test_cobo_mistakes(name: str, curve: str, mistake: Callable[[CoboCaller], str]) -> None:
    """Each mistake is refused with 401 and named; the vendor's body says nothing of it."""
    caller = CoboCaller(curve)
    assert mistake(caller) == name
    assert caller.response.status_code == 401
    assert set(json.loads(caller.response.read())) == {"error_code", "error_message", "error_id"}
    explanation = caller.emulator.explain(1)
    assert explanation.sentence == NAMES[name]
    if explanation.at is not None:
        assert explanation.signed[: explanation.at] == explanation.built[: explanation.at]
        assert explanation.signed[explanation.at :] != explanation.built[explanation.at :]


def test_wrong_key_and_expired_key_and_replay() -> None:
    """Another registered key, a key past its end and a nonce used twice have names of their own."""
    caller = CoboCaller()
    other = Ed25519Key.generate()
    info = next(iter(caller.emulator.cobo.keys.values()))
    caller.emulator.cobo.keys[other.public.to_hex()] = replace(info, key=other.public.to_hex())
    assert caller.call(headers={"biz-api-key": other.public.to_hex()}) == "wrong-key"
    strict = CoboCaller(nonce="never-twice")
    assert [strict.call(), strict.call()] == ["accepted", "nonce-refused"]
    caller.emulator.advance(10 * 86_400_000)
    assert caller.call() == "expired-key"
    for state, named in (
        ("pending-approval", "key-not-activated"),
        ("address-not-listed", "address-not-listed"),
        ("wrong-environment", "key-of-another-environment"),
    ):
        strict.emulator.set_api_key(state=state)
        assert strict.call() == named


class PrivyCaller:
    """Signs a change of a 2-of-2 quorum by hand; the same bends."""

    def __init__(self, threshold: int = 1) -> None:
        self.emulator = Emulator.seeded()
        self.keys = [self.emulator.authorization_keys[name] for name in ("Alice", "Bob")]
        app = self.emulator.privy_client()
        request = privy.CreateKeyQuorumRequest(
            public_keys=[key.public for key in self.keys], authorization_threshold=threshold
        )
        self.quorum_id = app.send(privy.create_key_quorum(request)).id
        self.expiry = str(self.emulator.clock.now_ms() + 60_000)
        self.body: dict[str, Any] = {"display_name": "Zürich", "authorization_threshold": threshold}

    def payload(self, **changed: Any) -> dict[str, Any]:
        headers = {"privy-app-id": self.emulator.privy.app_id, "privy-request-expiry": self.expiry}
        url = f"{HOST}/v1/key_quorums/{self.quorum_id}"
        return {
            "version": 1,
            "method": "PATCH",
            "url": url,
            "body": self.body,
            "headers": headers,
        } | changed

    def headers(self, **changed: Any) -> dict[str, Any]:
        return {
            "headers": self.payload()["headers"]
            | {name.replace("_", "-"): value for name, value in changed.items()}
        }

    def call(
        self,
        *,
        signed: dict[str, Any] | None = None,
        text: str | None = None,
        sign: Callable[[P256Key, bytes], bytes] | None = None,
        keys: list[P256Key] | None = None,
        target: str | None = None,
        headers: dict[str, str | None] | None = None,
        signature: str | None = None,
    ) -> str:
        message = (
            text
            if text is not None
            else json.dumps(
                self.payload(**(signed or {})),
                sort_keys=True,
                separators=(",", ":"),
                ensure_ascii=False,
            )
        )
        signers = keys if keys is not None else self.keys[:1]
        made = [
            base64.b64encode((sign or (lambda key, m: key.sign(m)))(key, message.encode())).decode()
            for key in signers
        ]
        pair = f"{self.emulator.privy.app_id}:{self.emulator.privy.app_secret.reveal()}".encode()
        sent: dict[str, str | None] = {
            "authorization": "Basic " + base64.b64encode(pair).decode(),
            "privy-app-id": self.emulator.privy.app_id,
            "privy-request-expiry": self.expiry,
            "privy-authorization-signature": signature if signature is not None else ",".join(made),
        }
        sent |= headers or {}
        path = target or f"/v1/key_quorums/{self.quorum_id}"
        request = httpx.Request(
            "PATCH",
            HOST + "/",
            headers={k: v for k, v in sent.items() if v is not None},
            content=json.dumps(self.body).encode(),
            extensions={"target": path.encode()},
        )
        self.response = self.emulator.handle(request)
        return self.emulator.explain(len(self.emulator.ledger)).name


def p1363(key: P256Key, message: bytes) -> bytes:
    r, s = decode_dss_signature(key.sign(message))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def without(values: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in values.items() if key != name}


PRIVY: list[tuple[str, int, Callable[[PrivyCaller], str]]] = [
    ("wrong-app", 1, lambda c: c.call(headers={"privy-app-id": "other"})),
    (
        "unsigned-expiry",
        1,
        lambda c: c.call(
            signed={"headers": without(c.payload()["headers"], "privy-request-expiry")}
        ),
    ),
    ("numeric-expiry", 1, lambda c: c.call(signed=c.headers(privy_request_expiry=int(c.expiry)))),
    (
        "wrong-expiry",
        1,
        lambda c: c.call(signed=c.headers(privy_request_expiry=str(int(c.expiry) + 1))),
    ),
    ("expired", 1, lambda c: c.call(headers={"privy-request-expiry": "1000"})),
    (
        "app-id",
        1,
        lambda c: c.call(signed={"headers": without(c.payload()["headers"], "privy-app-id")}),
    ),
    ("wrong-method", 1, lambda c: c.call(signed={"method": "POST"})),
    ("wrong-method", 1, lambda c: c.call(signed={"method": "patch"})),
    ("trailing-slash", 1, lambda c: c.call(signed={"url": c.payload()["url"] + "/"})),
    (
        "double-slash",
        1,
        lambda c: c.call(signed={"url": c.payload()["url"].replace("/v1/", "//v1/")}),
    ),
    (
        "wrong-url",
        1,
        lambda c: c.call(signed={"url": c.payload()["url"].replace(HOST, "https://api.privy.io")}),
    ),
    ("wrong-url", 1, lambda c: c.call(signed={"url": c.payload()["url"].replace("https", "http")})),
    (
        "path-without-version",
        1,
        lambda c: c.call(signed={"url": c.payload()["url"].replace("/v1", "")}),
    ),
    ("body-missing", 1, lambda c: c.call(signed={"body": ""})),
    ("empty-body-as-object", 1, lambda c: c.call(signed={"body": {}})),
    (
        "float-for-integer",
        1,
        lambda c: c.call(signed={"body": c.body | {"authorization_threshold": 1.0}}),
    ),
    ("canonical-json", 1, lambda c: c.call(text=json.dumps(c.payload()))),
    ("canonical-json", 1, lambda c: c.call(text=json.dumps(c.payload(), sort_keys=True))),
    (
        "canonical-json",
        1,
        lambda c: c.call(text=json.dumps(c.payload(), sort_keys=True, separators=(",", ":"))),
    ),
    (
        "canonical-json",
        1,
        lambda c: c.call(text=json.dumps(c.payload(), separators=(",", ":"), ensure_ascii=False)),
    ),
    ("hashed-again", 1, lambda c: c.call(sign=lambda key, m: key.sign(sha(m)))),
    ("hex-digest", 1, lambda c: c.call(sign=lambda key, m: key.sign(sha(m).hex().encode()))),
    ("raw-for-der", 1, lambda c: c.call(sign=p1363)),
    ("missing-co-signers", 2, lambda c: c.call()),
    ("missing-co-signers", 1, lambda c: c.call(signature="")),
    ("same-signer-twice", 2, lambda c: c.call(keys=[c.keys[0]] * 2)),
    ("not-a-member", 1, lambda c: c.call(keys=[c.emulator.authorization_keys["Omar"]])),
    ("unknown", 1, lambda c: c.call(keys=[P256Key.generate()])),
]


@pytest.mark.parametrize(
    ("name", "threshold", "mistake"),
    PRIVY,
    ids=[f"{at}-{case[0]}" for at, case in enumerate(PRIVY)],
)
def test_privy_mistakes(name: str, threshold: int, mistake: Callable[[PrivyCaller], str]) -> None:
    """Each mistake is refused with 401 and named; the vendor's body says nothing of it."""
    caller = PrivyCaller(threshold)
    assert caller.call(keys=caller.keys[:threshold]) == "accepted"
    assert mistake(caller) == name
    assert caller.response.status_code == 401
    assert set(json.loads(caller.response.read())) <= {"error", "code"}


def test_who_signed_and_who_could() -> None:
    """Missing co-signers are named: who has signed, who could."""
    caller = PrivyCaller(2)
    caller.call()
    assert caller.emulator.explain(2).detail == "2 must sign. Signed: Alice. Could sign: Bob."


def test_users_cannot_sign_here(emulator: Emulator) -> None:
    """A quorum of users only says that users cannot sign at this emulator."""
    app = emulator.privy_client()
    quorum = app.send(
        privy.create_key_quorum(privy.CreateKeyQuorumRequest(user_ids=["did:privy:x"]))
    )
    with pytest.raises(SignatureRejected, match="users cannot sign at this emulator"):
        app.send(privy.delete_key_quorum(quorum.id), signers=[P256Key.generate()])


def test_our_clients_error_says_why(emulator: Emulator) -> None:
    """The explanation travels beside the refusal, into the client's error; it can be asked for again by number."""
    app, keys = emulator.privy_client(), emulator.authorization_keys
    quorum = next(iter(emulator.privy.quorums.values()))
    with pytest.raises(SignatureRejected) as caught:
        app.send(privy.delete_key_quorum(quorum.id), signers=[keys["Alice"]])
    assert "missing-co-signers" in caught.value.explanation
    assert "Could sign: Bob" in str(caught.value)
    assert emulator.explain(1).name == "missing-co-signers"
    with pytest.raises(InputError, match="no request 9"):
        emulator.explain(9)
    emulator.explains = False
    with pytest.raises(SignatureRejected) as silent:
        app.send(privy.delete_key_quorum(quorum.id), signers=[keys["Alice"]])
    assert silent.value.explanation == ""


def test_what_is_not_about_a_signature(emulator: Emulator) -> None:
    """A refusal for another reason is not explained as a signature, whatever words it holds; nor is a fault."""
    custody, app, keys = (
        emulator.cobo_client(),
        emulator.privy_client(),
        emulator.authorization_keys,
    )
    custody.exchange(cobo.get_mpc_vault_by_id("expired nonce"))
    quorum = next(iter(emulator.privy.quorums.values()))
    too_high = privy.update_key_quorum(
        quorum.id, privy.UpdateKeyQuorumRequest(authorization_threshold=9)
    )
    app.exchange(too_high, signers=[keys["Alice"], keys["Bob"]])
    emulator.inject(Fault("status-before", status=401))
    custody.exchange(cobo.get_api_key_info())
    assert [emulator.explain(n).name for n in (1, 2, 3)] == ["not-a-signature"] * 3
    strict = Emulator.seeded(choices={"privy.extra_signatures": "refused"})
    night = list(strict.privy.quorums.values())[1]
    change = privy.update_key_quorum(night.id, privy.UpdateKeyQuorumRequest(display_name="x"))
    strict.privy_client().exchange(
        change, signers=[strict.authorization_keys[name] for name in ("Omar", "Ana")]
    )
    assert strict.explain(1).name == "too-many-signatures"


HOSTILE: list[tuple[str, bytes, dict[str, str]]] = [
    ("/v2/x", b"\xff\xff{}", {}),
    ("/v2/x", b"[" * 100_000, {}),
    ("/v2/x", b'{"a":' + b"1" * 401 + b"}", {}),
    ("/v2/x", b"", {"biz-api-nonce": "1" * 5000}),
    ("/v1/key_quorums/{id}", b"not json", {}),
    ("/v1/key_quorums/{id}", b"{}", {"privy-request-expiry": "1973679531000000000"}),
]


@pytest.mark.parametrize(("path", "body", "headers"), HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_requests_are_answered_and_kept(
    emulator: Emulator, path: str, body: bytes, headers: dict[str, str]
) -> None:
    """Nothing that arrives takes the answer, the explanation or the ledger away."""
    quorum_id = next(iter(emulator.privy.quorums))
    pair = base64.b64encode(
        f"{emulator.privy.app_id}:{emulator.privy.app_secret.reveal()}".encode()
    ).decode()
    sent = {
        "biz-api-key": emulator.api_key.public.to_hex(),
        "biz-api-nonce": "1",
        "biz-api-signature": "00" * 64,
        "authorization": f"Basic {pair}",
        "privy-app-id": emulator.privy.app_id,
        "privy-authorization-signature": "AAAA,BBBB",
    }
    request = httpx.Request(
        "PATCH", HOST + path.replace("{id}", quorum_id), headers=sent | headers, content=body
    )
    assert emulator.handle(request).status_code in (400, 401)
    assert emulator.explain(1).name in NAMES
    json.dumps([entry.as_dict() for entry in emulator.ledger]).encode()
    assert emulator.ledger[0].trouble == ""


def test_every_name_is_provoked() -> None:
    """Each named reason is provoked at least once in this file."""
    here = {case[0] for case in (*COBO, *PRIVY)} | {
        "wrong-key",
        "expired-key",
        "key-not-activated",
        "address-not-listed",
        "nonce-refused",
        "users-cannot-sign-here",
        "too-many-signatures",
        "intent-expiry",  # tests/emulator/test_intents.py
        "intent-request",
    }
    assert set(NAMES) - here == {"accepted", "not-a-signature"}


# ---- 200 random single mistakes --------------------------------------------------------------------


def mutated(rng: random.Random) -> tuple[str, str]:
    """One mistake chosen and made at random: its kind, and the name it was given."""
    body = {
        "name": "".join(rng.choices("abcé &<日", k=rng.randint(1, 12))),
        "n": rng.randint(0, 99),
        "list": [{"a": rng.random() < 0.5, "b": rng.randint(1, 9)}],
    }
    compact = json.dumps(body, separators=(",", ":"), ensure_ascii=False)
    ids = "/".join(quote("".join(rng.choices("abc def/é", k=6)), safe="") for _ in range(2))
    path = f"/v2/wallets/mpc/vaults/x{ids}"
    pairs = rng.sample(
        [("limit", "10"), ("after", "a b,c"), ("vault_type", "Org-Controlled"), ("before", "ü")],
        k=rng.randint(2, 4),
    )
    query = "&".join(f"{name}={quote(value, safe='').replace('%20', '+')}" for name, value in pairs)
    nonce = str(1_795_000_000_000 + rng.randrange(10**6))
    curve = rng.choice(["ED25519", "SECP256K1"])
    caller = CoboCaller(curve)
    base: dict[str, Any] = {"path": path, "nonce": nonce}
    base |= (
        {"method": "POST", "query": "", "body": compact} if rng.random() < 0.5 else {"query": query}
    )
    by_body = base.get("body") is not None
    shuffled = rng.sample(query.split("&"), k=len(pairs))
    kinds: dict[str, dict[str, Any]] = {
        "wrong-nonce": {
            "signed": {"nonce": str(int(nonce) + rng.choice([-1, 1]) * rng.randint(1, 4000))}
        },
        "path-without-version": {"signed": {"path": path.removeprefix("/v2")}},
        "trailing-slash": {"signed": {"path": path + "/"}},
        "double-slash": {"signed": {"path": path.replace("/v2/", "/v2//")}},
        "single-sha256": {"signature": lambda m: caller.sign_digest(sha(m))},
        "hashed-again": {"signature": lambda m: caller.sign_digest(sha(sha(sha(m))))},
        "method-case": {"signed": {"method": base.get("method", "GET").lower()}},
    }
    if by_body:
        kinds["body-reserialised"] = {
            "signed": {
                "body": json.dumps(body, sort_keys=rng.random() < 0.5, indent=rng.choice([None, 2]))
            }
        }
        kinds["float-for-integer"] = {
            "signed": {"body": re.sub(r'"n":(\d+)', r'"n":\1.0', compact)}
        }
        kinds["body-missing"] = {"signed": {"body": ""}}
    else:
        kinds["query-missing"] = {"signed": {"query": ""}}
        kinds["query-encoding"] = {"signed": {"query": "&".join(f"{n}={v}" for n, v in pairs)}}
        if shuffled != query.split("&"):
            kinds["query-order"] = {"signed": {"query": "&".join(shuffled)}}
    if curve == "SECP256K1":
        kinds |= {
            "high-s": {"signature": high_s(caller)},
            "raw-for-der": {"signature": raw(caller)},
        }
    kind = rng.choice(sorted(kinds))
    if kind == "query-encoding" and kinds[kind]["signed"]["query"] == query:
        kind = "query-missing"
    return kind, caller.call(**(base | kinds[kind]))


def test_200_random_single_mistakes(capsys: pytest.CaptureFixture[str]) -> None:
    """Of 200 random single mistakes nearly all are named rightly; the count per kind is printed."""
    rng, rightly, all_ = random.Random(20261120), Counter[str](), Counter[str]()
    wrong = []
    for _ in range(200):
        kind, named = mutated(rng)
        all_[kind] += 1
        rightly[kind] += named == kind
        if named != kind:
            wrong.append((kind, named))
    with capsys.disabled():
        print(
            "\nnamed rightly:",
            ", ".join(f"{kind} {rightly[kind]}/{all_[kind]}" for kind in sorted(all_)),
        )
    assert sum(rightly.values()) >= 195, wrong


def test_cobo_info_is_still_reachable(emulator: Emulator) -> None:
    """Explaining changes nothing: the next good request is answered."""
    assert emulator.cobo_client().send(cobo.get_api_key_info()).name == "treasury-bot"

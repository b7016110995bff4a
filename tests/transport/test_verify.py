"""Answers: a thousand altered ones, other calls' ones and old ones; clocks that are apart; what is called what."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from random import Random
from typing import Any

import httpx
import pytest

from tests.emulated import free
from tests.inside import Send, raw_answers
from toolkit import Emulator, cobo, privy
from toolkit.cobo import signing
from toolkit.errors import (
    AnswerRefused,
    ApiError,
    ContradictingAnswer,
    InDoubt,
    SignatureRejected,
    StaleAnswer,
    UnreadableAnswer,
    UnverifiedAnswer,
)
from toolkit.request.exchange import Exchange
from toolkit.transport.http import RawResponse

Raw = tuple[int, list[tuple[str, str]], bytes]
PROOF, STAMP = signing.RESPONSE_SIGNATURE, signing.TIMESTAMP


def answering(emulator: Emulator, answer: Callable[[], Raw], **options: Any) -> cobo.Client:
    """A client of a service that gives this answer to everything."""

    def handle(request: httpx.Request) -> httpx.Response:
        status, headers, body = answer()
        return httpx.Response(status, headers=headers, stream=httpx.ByteStream(body))

    return emulator.cobo_client(transport=httpx.MockTransport(handle), **options)


def calls(emulator: Emulator) -> dict[str, Any]:
    """Reads of every kind; some of the same kind about something else."""
    vault, other = list(emulator.cobo.state.vaults)[:2]
    main, recovery = list(emulator.cobo.state.groups[vault])[:2]
    (node, *_) = [node for node in emulator.cobo.state.nodes if node not in emulator.spare_nodes]
    return {
        "vault": cobo.get_mpc_vault_by_id(vault),
        "vault, another": cobo.get_mpc_vault_by_id(other),
        "vaults": cobo.list_mpc_vaults(),
        "groups": cobo.list_key_share_holder_groups(vault),
        "groups, of another vault": cobo.list_key_share_holder_groups(other),
        "groups, main ones": cobo.list_key_share_holder_groups(
            vault, key_share_holder_group_type="MainGroup"
        ),
        "groups, recovery ones": cobo.list_key_share_holder_groups(
            vault, key_share_holder_group_type="RecoveryGroup"
        ),
        "group": cobo.get_key_share_holder_group_by_id(vault, main),
        "group, another": cobo.get_key_share_holder_group_by_id(vault, recovery),
        "holders": cobo.list_key_share_holders(vault),
        "holders, of another vault": cobo.list_key_share_holders(other),
        "holder": cobo.get_key_share_holder_by_tss_node_id(vault, node),
        "cobo holders": cobo.list_cobo_key_holders(),
        "tss requests": cobo.list_tss_requests(vault, main),
        "tss requests, of another group": cobo.list_tss_requests(vault, recovery),
        "projects": cobo.list_mpc_projects(),
        "wallets": cobo.list_wallets(vault_id=vault),
        "wallets, of another vault": cobo.list_wallets(vault_id=other),
        "organisation": cobo.get_org_info(),
        "api key": cobo.get_api_key_info(),
    }


def raw(exchange: Exchange[Any]) -> Raw:
    assert exchange.status is not None
    return exchange.status, list(exchange.headers), exchange.content


def _changed(
    headers: list[tuple[str, str]], name: str, change: Callable[[str], str]
) -> list[tuple[str, str]]:
    spelled = (name.lower(), name.replace("-", "_").lower())
    return [(key, change(value) if key.lower() in spelled else value) for key, value in headers]


def _body_bit(answer: Raw, random: Random) -> Raw:
    status, headers, body = answer
    at = random.randrange(8 * len(body))
    bent = bytearray(body)
    bent[at // 8] ^= 1 << at % 8
    return status, headers, bytes(bent)


def _signature_bit(answer: Raw, random: Random) -> Raw:
    status, headers, body = answer
    at = random.randrange(512)

    def bend(value: str) -> str:
        bent = bytearray(bytes.fromhex(value))
        bent[at // 8] ^= 1 << at % 8
        return bent.hex()

    return status, _changed(headers, PROOF, bend), body


def _timestamp(answer: Raw, random: Random) -> Raw:
    status, headers, body = answer
    by = random.choice([-86_400_000, -1, 1, 86_400_000])
    return status, _changed(headers, STAMP, lambda value: str(int(value) + by)), body


def _stripped(answer: Raw, random: Random) -> Raw:
    status, headers, body = answer
    gone = random.choice([(PROOF,), (STAMP,), (PROOF, STAMP)])
    names = {
        spelling for name in gone for spelling in (name.lower(), name.replace("-", "_").lower())
    }
    return status, [(name, value) for name, value in headers if name.lower() not in names], body


def _cut(answer: Raw, random: Random) -> Raw:
    status, headers, body = answer
    return status, headers, body[: random.randrange(len(body))]


ALTERATIONS = [_body_bit, _signature_bit, _timestamp, _stripped, _cut]


def test_a_thousand_altered_answers(emulator: Emulator) -> None:
    """A bit of the body or the signature, the time, headers taken away, an end cut off: none of it becomes data."""
    random, reads = Random(4), calls(emulator)
    genuine = {name: raw(emulator.cobo_client().exchange(call)) for name, call in reads.items()}
    current: list[Raw] = []
    client = answering(emulator, lambda: current[0])
    for at in range(1000):
        name = random.choice(list(reads))
        current[:] = [ALTERATIONS[at % len(ALTERATIONS)](genuine[name], random)]
        exchange = client.exchange(reads[name])
        assert (exchange.decoded, exchange.verified) == (None, False), (at, name)
        assert isinstance(exchange.error, UnverifiedAnswer)
        assert exchange.content == current[0][2]


def test_other_calls_answers(emulator: Emulator) -> None:
    """A genuine, fresh answer to another call is refused, but for what Cobo's scheme cannot tell, and this is all of it:
    an empty list is any empty list, and a list does not say of which vault or by which filter it is."""
    reads = calls(emulator)
    exchanges = {name: emulator.cobo_client().exchange(call) for name, call in reads.items()}
    passed = set()
    for asked, given in itertools.permutations(reads, 2):
        if exchanges[asked].content == exchanges[given].content:
            continue
        exchange = answering(emulator, lambda given=given: raw(exchanges[given])).exchange(
            reads[asked]
        )  # type: ignore[misc]
        if exchange.error is None:
            passed.add((asked, given))
        else:
            assert isinstance(exchange.error, ContradictingAnswer | UnreadableAnswer), (
                asked,
                given,
            )
            assert exchange.decoded is None
    untellable = {
        (asked, given)
        for asked, given in passed
        if exchanges[asked].prepared.call.operation.pages
        and (
            exchanges[given].decoded.data == []
            or asked.partition(",")[0] == given.partition(",")[0]
        )
    }
    # a wallet names its vault, and all else of a vault is optional in the specification
    assert passed == untellable | {("vaults", "wallets")}
    assert ("groups, recovery ones", "groups, main ones") not in passed


def test_old_answers(emulator: Emulator) -> None:
    """An answer signed too long ago is refused with the time that lies between; how long is the client's choice."""
    call = cobo.get_api_key_info()
    old = raw(emulator.cobo_client().exchange(call))
    emulator.advance(121_000)
    with pytest.raises(StaleAnswer, match="2 min 1 s ahead of the service's"):
        answering(emulator, lambda: old).send(call)
    assert answering(emulator, lambda: old, freshness_s=125).send(call).name == "treasury-bot"
    assert answering(emulator, lambda: old, freshness_s=None).send(call).name == "treasury-bot"
    for wrong in (0, -1, True, "60", float("nan")):
        with pytest.raises(ValueError, match="freshness_s"):
            emulator.cobo_client(freshness_s=wrong)


def test_a_played_back_answer_to_a_change(emulator: Emulator) -> None:
    """The same proof twice settles no change: neither a success nor a refusal that was heard before."""
    custody = emulator.cobo_client()
    kept: list[RawResponse] = []

    def record(prepared: Any, send: Send) -> RawResponse:
        kept.append(send())
        return kept[0]  # whatever the service says now, the caller hears the first answer again

    raw_answers(custody, record)
    gone = cobo.delete_key_share_holder_group_by_id(emulator.vault_id, "no-such-group")
    assert isinstance(custody.exchange(gone).error, ApiError)
    emulator.advance(1)
    again = custody.exchange(cobo.delete_key_share_holder_group_by_id(emulator.vault_id, "another"))
    assert isinstance(again.error, InDoubt)
    assert again.error.because is not None
    assert again.error.because.cause == "played-back"


def test_an_id_made_before_is_not_made_again(emulator: Emulator) -> None:
    """An answer to a create that names what another entry made is refused, and the real one is found."""
    custody = emulator.cobo_client()
    vault = cobo.CreateMpcVaultRequest(name="New", vault_type="Org-Controlled")
    first = custody.send(cobo.create_mpc_vault(vault))
    free(emulator)
    other = emulator.cobo_client()  # has not heard the first answer
    kept = raw(custody.exchange(cobo.get_mpc_vault_by_id(first.vault_id or "")))

    def swap(prepared: Any, send: Send) -> RawResponse:
        answer = send()
        if prepared.call.operation.changes:
            return RawResponse(201, tuple(kept[1]), kept[2], answer.proof)
        return answer

    raw_answers(other, swap)
    second = other.exchange(cobo.create_mpc_vault(vault))
    assert second.outcome == "adopted"
    assert second.value.vault_id != first.vault_id


OFFSETS = [
    (1, "1 h 0 min"),
    (24, "24 h 0 min"),
    (-1, "1 h 0 min"),
    (-24, "24 h 0 min"),
    (0.1, "6 min 0 s"),
    (-0.1, "6 min 0 s"),
]


@pytest.mark.parametrize(("hours", "words"), OFFSETS)
@pytest.mark.parametrize("nonce", ["any", "fresh"])
def test_clocks_apart(hours: float, words: str, nonce: str) -> None:
    """From a day behind to a day ahead: refused by the service or by ourselves, the message names how far and which way."""
    emulator = Emulator.seeded(choices={"cobo.nonce": nonce})
    off = round(hours * 3_600_000)
    said = (
        f"This computer's clock is {words} {'ahead of' if hours > 0 else 'behind'} the service's."
    )

    def clock() -> int:
        return emulator.clock.now_ms() + off

    with emulator.clock.pinned(emulator.clock.now_ms()):
        strict, trusting = (
            emulator.cobo_client(clock=clock),
            emulator.cobo_client(clock=clock, freshness_s=None),
        )
        exchange = strict.exchange(cobo.get_api_key_info())
        assert isinstance(exchange.error, StaleAnswer)
        assert said in str(exchange.error)
        asked = trusting.exchange(cobo.get_api_key_info())
    assert trusting.skew_ms == -off
    if nonce == "fresh":
        assert isinstance(asked.error, SignatureRejected)
        assert said in str(asked.error)
        assert ("clock", said) in asked.error.evidence
    else:
        assert asked.error is None


@pytest.mark.parametrize("hours", [-24, -1])
def test_clocks_apart_at_privy(emulator: Emulator, hours: int) -> None:
    """A clock behind makes a signed request expired on arrival; the refusal names how far it is behind."""
    app = emulator.privy_client(clock=lambda: emulator.clock.now_ms() + hours * 3_600_000)
    keys = [emulator.authorization_keys[name] for name in ("Alice", "Ana")]
    quorum = next(q for q in emulator.privy.quorums.values() if q.authorization_threshold == 2)
    call = privy.update_key_quorum(quorum.id, privy.UpdateKeyQuorumRequest(display_name="x"))
    with emulator.clock.pinned(1_800_000_000_000):  # a whole second, as HTTP dates are
        error = app.exchange(call, signers=keys).error
    assert isinstance(error, SignatureRejected)
    assert error.cause == "expired"
    assert f"This computer's clock is {-hours} h 0 min behind the service's." in str(error)


SHAPES: list[tuple[str, dict[str, str], bytes, type[AnswerRefused]]] = [
    (
        "HTML",
        {"Content-Type": "text/html; charset=utf-8"},
        b'{"id":"q","authorization_keys":[]}',
        UnreadableAnswer,
    ),
    ("no JSON", {"Content-Type": "application/json"}, b"<html>", UnreadableAnswer),
    ("compressed", {"Content-Encoding": "gzip"}, b"\x1f\x8b" + b"\x00" * 50, AnswerRefused),
    ("half a letter", {}, b'{"id":"\xff"}', UnreadableAnswer),
]


@pytest.mark.parametrize(
    ("headers", "body", "kind"), [s[1:] for s in SHAPES], ids=[s[0] for s in SHAPES]
)
def test_answers_of_another_shape(
    headers: dict[str, str], body: bytes, kind: type[AnswerRefused]
) -> None:
    """What is not plain JSON is refused, unpacked by nobody, and kept as evidence."""

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers=headers, stream=httpx.ByteStream(body))

    app = privy.Client(
        "app",
        "s",
        environment=privy.Environment("https://emulator.invalid"),
        transport=httpx.MockTransport(answer),
    )
    exchange = app.exchange(privy.get_key_quorum("q"))
    assert type(exchange.error) is kind
    assert exchange.content == body


# ---- the many meanings of one code ----------------------------------------------------------------

MEANINGS_2024 = [
    (
        "Your API key is not registered in this environment. Development and Production …",
        "wrong-environment",
        "this base URL",
    ),
    ("Your API key is not yet activated …", "not-activated", "Admin"),
    ("Api key is not activated", "not-activated", "Admin"),
    ("The IP address is not in the whitelist", "address-not-listed", "public address"),
    ("Signature verification failed", "signature", "proxy"),
    ("something new", "not-believed", "several causes"),
]


@pytest.mark.parametrize(
    ("text", "cause", "hint"), MEANINGS_2024, ids=[case[1] for case in MEANINGS_2024]
)
def test_meanings_of_2024(emulator: Emulator, text: str, cause: str, hint: str) -> None:
    """As far as its text tells them apart, each cause of a refused authentication has a name and something to check."""
    body = b'{"error_code":2024,"error_message":"%s","error_id":"e1"}' % text.encode()
    stamp = str(emulator.clock.now_ms())
    signature = emulator.cobo.response_key.sign(
        signing.digest(signing.response_content(body, stamp))
    ).hex()
    client = answering(emulator, lambda: (401, [(PROOF, signature), (STAMP, stamp)], body))
    error = client.exchange(cobo.get_api_key_info()).error
    assert isinstance(error, SignatureRejected)
    assert (error.cause, error.code, error.error_id) == (cause, 2024, "e1")
    assert hint in error.hint
    assert ("answer", f"HTTP 401, {len(body)} bytes") in error.evidence


MEANINGS_401 = [
    ("Invalid app ID or app secret.", None, "credentials"),
    (
        "Missing `privy-authorization-signature` header or no signatures provided.",
        "invalid_data",
        "signature-missing",
    ),
    (
        "Number of signatures in `privy-authorization-signature` header does not match",
        "invalid_data",
        "signature-count",
    ),
    ("No valid authorization signatures were provided.", None, "signature"),
    ("No valid authorization keys or user signing keys available", "invalid_data", "user-session"),
    ("The request has expired", None, "expired"),
    ("something else", "zero_correct_authorization_signatures", "signature"),
    ("something new", None, "not-believed"),
]


@pytest.mark.parametrize(
    ("text", "code", "cause"), MEANINGS_401, ids=[case[0][:24] for case in MEANINGS_401]
)
def test_meanings_of_401(text: str, code: str | None, cause: str) -> None:
    """Privy's refusals are told apart by text or by code, whichever says it."""
    body = {"error": text} | ({"code": code} if code else {})
    content = json.dumps(body).encode()
    transport = httpx.MockTransport(
        lambda request: httpx.Response(401, stream=httpx.ByteStream(content))
    )
    app = privy.Client(
        "app", "s", environment=privy.Environment("https://emulator.invalid"), transport=transport
    )
    error = app.exchange(privy.get_key_quorum("q")).error
    assert isinstance(error, SignatureRejected)
    assert error.cause == cause
    assert error.hint


#: Answers of something before Privy, or of a broken one: what is said, and what is to be done.
OF_OTHERS: dict[str, tuple[httpx.Response, str]] = {
    "nothing": (httpx.Response(200), "it is empty"),
    "no content": (httpx.Response(204), "it is empty"),
    "a mark of the byte order": (
        httpx.Response(200, content=b"\xef\xbb\xbf{}"),
        "begins with a mark of the byte order",
    ),
    "a firewall": (httpx.Response(403, text="<html>no</html>"), "a firewall or a VPN"),
    "a proxy": (httpx.Response(407, text="who are you"), "as proxy="),
}


@pytest.mark.parametrize("name", OF_OTHERS)
def test_answers_of_others(name: str) -> None:
    """No cause is named that nobody looked at: neither a truncated answer, nor another vendor's roles."""
    response, said = OF_OTHERS[name]
    app = privy.Client(
        "cmabc",
        "s3cr3t",
        environment=privy.Environment("https://privy.test"),
        transport=httpx.MockTransport(lambda request: response),
        journal=":memory:",
    )
    with app:
        error = str(app.exchange(app.prepare(privy.get_key_quorum("a" * 24))).error)
    assert said in error
    assert "truncated" not in error
    assert "roles and scopes" not in error

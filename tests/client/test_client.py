"""The client: checks before it signs, sends once, believes nothing that does not prove itself."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from typing import Any

import httpx
import msgspec
import pytest

from tests.conftest import Door
from tests.samples import group
from toolkit import cobo, privy
from toolkit.cobo import signing
from toolkit.emulator import Emulator
from toolkit.errors import (
    AnswerRefused,
    ApiError,
    ContradictingAnswer,
    Forbidden,
    InDoubt,
    InputError,
    NoAnswer,
    NotFound,
    NotSent,
    RequestRefused,
    SignatureRejected,
    ToolkitError,
    UnreadableAnswer,
    UnverifiedAnswer,
)
from toolkit.keys import Ed25519Key, P256Key, Secp256k1Key

KEY = Ed25519Key.generate()
SERVER = Ed25519Key.generate()


# ---- the whole path, through both doors ----------------------------------------------------------


def test_groups(door: Door) -> None:
    """Create, list, get: the answers are verified and remember where they came from."""
    vault = door.emulator.vault_id
    exchange = door.custody.exchange(
        cobo.create_key_share_holder_group(vault, group(door.emulator))
    )
    made = exchange.value
    assert (exchange.outcome, exchange.status, exchange.verified, exchange.tries) == (
        "answered",
        201,
        True,
        1,
    )
    assert made.provenance is not None
    assert (made.provenance.environment, made.provenance.verified) == ("EMULATOR", True)
    assert dict(made.provenance.arguments) == {"vault_id": vault}
    assert [holder.type for holder in made.key_share_holders or []] == ["Cobo", "API", "API"]
    assert (
        door.custody.send(
            cobo.get_key_share_holder_group_by_id(vault, made.key_share_holder_group_id or "")
        )
        == made
    )
    page = door.custody.send(cobo.list_key_share_holder_groups(vault, limit=50))
    assert page.data[-1] == made
    assert page.data[0].provenance is not None


def test_pages(door: Door) -> None:
    """Lists page forwards and backwards; cursors leave their object out; the end has an empty cursor."""
    vault = door.emulator.vault_id
    first = door.custody.send(cobo.list_key_share_holder_groups(vault, limit=2))
    second = door.custody.send(
        cobo.list_key_share_holder_groups(vault, limit=2, after=first.pagination.after)
    )
    assert (
        len(first.data),
        len(second.data),
        second.pagination.after,
        first.pagination.before,
    ) == (2, 1, "", "")
    assert (
        door.custody.send(
            cobo.list_key_share_holder_groups(vault, limit=2, before=second.pagination.before)
        ).data
        == first.data
    )
    last = door.custody.send(cobo.list_key_share_holder_groups(vault, limit=1, before="infinity"))
    assert last.data == second.data


def test_vaults_and_key(door: Door) -> None:
    """The vaults and the API key's roles can be read."""
    assert [vault.name for vault in door.custody.send(cobo.list_mpc_vaults()).data] == [
        "Treasury vault",
        "Payroll vault",
    ]
    info = door.custody.send(cobo.get_api_key_info())
    assert info.key == door.emulator.api_key.public.to_hex()
    assert [role.role_name for role in info.role_scopes or []] == ["API_Operator", "API_Spender"]


def test_quorums(door: Door) -> None:
    """A quorum's whole life: 2 of 2 signs it down to 1 of 2, one member signs its end."""
    keys = [P256Key.generate(), P256Key.generate()]
    request = privy.CreateKeyQuorumRequest(
        public_keys=[key.public for key in keys], authorization_threshold=2
    )
    quorum = door.app.send(privy.create_key_quorum(request))
    assert door.app.send(privy.get_key_quorum(quorum.id)) == quorum
    change = privy.update_key_quorum(
        quorum.id, privy.UpdateKeyQuorumRequest(authorization_threshold=1)
    )
    with pytest.raises(SignatureRejected, match="Number of signatures"):
        door.app.send(change, signers=keys[:1])
    assert door.app.send(change, signers=keys).authorization_threshold == 1
    assert door.app.send(privy.delete_key_quorum(quorum.id), signers=keys[1:]).success
    with pytest.raises(NotFound, match="Key quorum not found"):
        door.app.send(privy.get_key_quorum(quorum.id))


def test_nested_quorum(door: Door) -> None:
    """The world's nested quorum: Alice and one of the night shift sign together."""
    keys = door.emulator.authorization_keys
    quorum = next(q for q in door.emulator.privy.quorums.values() if q.key_quorum_ids)
    change = privy.update_key_quorum(
        quorum.id, privy.UpdateKeyQuorumRequest(display_name="Payouts")
    )
    with pytest.raises(SignatureRejected):
        door.app.send(change, signers=[keys["Omar"], keys["Ana"]])
    assert door.app.send(change, signers=[keys["Alice"], keys["Ana"]]).display_name == "Payouts"


def test_secp256k1(door: Door) -> None:
    """A client with a secp256k1 key signs what the emulator accepts; answers stay Ed25519."""
    key = Secp256k1Key.generate()
    keys = door.emulator.cobo.keys
    keys[key.public.to_hex()] = msgspec.structs.replace(
        next(iter(keys.values())), key=key.public.to_hex(), curve_type="SECP256K1"
    )
    transport = httpx.MockTransport(door.emulator.handle)
    client = cobo.Client(key, environment=door.custody.environment, transport=transport)
    for _ in range(20):
        assert client.send(cobo.get_api_key_info()).curve_type == "SECP256K1"


REFUSALS: list[tuple[str, Callable[[Door], Any], type[ApiError], int, int | None]] = [
    (
        "unknown group",
        lambda d: d.custody.send(cobo.get_key_share_holder_group_by_id(d.emulator.vault_id, "x")),
        NotFound,
        404,
        2028,
    ),
    (
        "unknown vault",
        lambda d: d.custody.send(cobo.list_key_share_holder_groups("x")),
        NotFound,
        404,
        2028,
    ),
    (
        "unknown cursor",
        lambda d: d.custody.send(cobo.list_mpc_vaults(after="x")),
        ApiError,
        400,
        2006,
    ),
    ("unknown quorum", lambda d: d.app.send(privy.get_key_quorum("x")), NotFound, 404, None),
]


@pytest.mark.parametrize(
    ("act", "kind", "status", "code"), [r[1:] for r in REFUSALS], ids=[r[0] for r in REFUSALS]
)
def test_refusals(
    door: Door, act: Callable[[Door], Any], kind: type[ApiError], status: int, code: int | None
) -> None:
    """A refusal is an error that keeps the service's status, code and id."""
    with pytest.raises(kind) as caught:
        act(door)
    assert (caught.value.status, caught.value.code) == (status, code)
    assert "EMULATOR" in str(caught.value)
    assert caught.value.hint or code != 2028


def test_wrong_key(door: Door) -> None:
    """A key that the environment does not know is refused with Cobo's documented words."""
    client = cobo.Client(
        KEY,
        environment=door.custody.environment,
        transport=httpx.MockTransport(door.emulator.handle),
    )
    with pytest.raises(SignatureRejected, match="not registered in this environment") as caught:
        client.send(cobo.get_api_key_info())
    assert caught.value.code == 2024


# ---- checked before it is signed -----------------------------------------------------------------


def test_documented_rules_refuse(emulator: Emulator) -> None:
    """A documented rule cannot be acknowledged away; nothing is signed or sent."""
    custody = emulator.cobo_client()
    call = cobo.create_key_share_holder_group(
        emulator.vault_id, group(emulator, threshold=3, participants=2)
    )
    with pytest.raises(RequestRefused, match="3 of 2 is not offered") as caught:
        custody.send(call, acknowledge={problem.rule for problem in custody.problems(call)})
    assert all(problem.documented for problem in caught.value.problems)
    assert emulator.ledger == []


def test_signers_where_none_belong(emulator: Emulator) -> None:
    """Signers are refused where nothing is co-signed, and missing ones where something is."""
    key = P256Key.generate()
    with pytest.raises(RequestRefused, match="signed by the API key alone"):
        emulator.cobo_client().send(cobo.get_api_key_info(), signers=[key])
    app = emulator.privy_client()
    with pytest.raises(RequestRefused, match="is not signed"):
        app.send(privy.get_key_quorum("x"), signers=[key])
    with pytest.raises(RequestRefused, match="current members must sign"):
        app.send(privy.delete_key_quorum("x"))
    with pytest.raises(RequestRefused, match="signs twice"):
        app.send(privy.delete_key_quorum("x"), signers=[key, key])
    with pytest.raises(RequestRefused, match="P256Key signs here"):
        app.send(privy.delete_key_quorum("x"), signers=[KEY])
    assert emulator.ledger == []


# ---- a Prepared is sent once, fresh, by whom it was made for --------------------------------------


def test_one_prepared_is_sent_once(emulator: Emulator) -> None:
    """The same Prepared is not sent twice; a Call may be."""
    custody = emulator.cobo_client()
    prepared = custody.prepare(cobo.get_api_key_info())
    custody.send(prepared)
    with pytest.raises(InputError, match="sent already"):
        custody.send(prepared)
    custody.send(prepared.call)
    assert len(emulator.ledger) == 2


def test_stale_is_not_sent(emulator: Emulator) -> None:
    """After its window a Prepared is refused, and must be prepared again."""
    custody = emulator.cobo_client()
    prepared = custody.prepare(cobo.get_api_key_info())
    emulator.clock.advance(60_001)
    with pytest.raises(InputError, match="too long ago"):
        custody.send(prepared)
    assert emulator.ledger == []


def test_prepared_for_another(emulator: Emulator) -> None:
    """A Prepared of another key or environment is refused."""
    prepared = Emulator.seeded(seed=1).cobo_client().prepare(cobo.get_api_key_info())
    with pytest.raises(InputError, match="prepared for EMULATOR as"):
        emulator.cobo_client().send(prepared)


def test_nonces_never_repeat() -> None:
    """A thousand calls in the same millisecond have a thousand nonces, in order."""
    client = cobo.Client(KEY, environment=cobo.DEV, clock=lambda: 1_700_000_000_000)
    nonces = [
        int(client.prepare(cobo.get_api_key_info()).headers["Biz-Api-Nonce"]) for _ in range(1000)
    ]
    assert nonces == list(range(1_700_000_000_000, 1_700_000_001_000))


# ---- answers --------------------------------------------------------------------------------------


def signed(
    body: bytes, key: Ed25519Key = SERVER, timestamp: str = "1718587017100"
) -> dict[str, str]:
    signature = key.sign(signing.digest(signing.response_content(body, timestamp))).hex()
    return {"BIZ-TIMESTAMP": timestamp, "BIZ-RESP-SIGNATURE": signature}


def answering(
    status: int, body: bytes, headers: dict[str, str]
) -> tuple[cobo.Client, privy.Client]:
    """Clients of a service that always gives this answer."""

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(status, headers=headers, stream=httpx.ByteStream(body))

    place = cobo.Environment("https://emulator.invalid/v2", SERVER.public.to_hex())
    transport = httpx.MockTransport(answer)
    here = privy.Environment("https://emulator.invalid")
    options: dict[str, Any] = {"transport": transport, "sleep": lambda seconds: None}
    custody = cobo.Client(
        KEY, environment=place, freshness_s=None, **options
    )  # these answers are from 2024
    return custody, privy.Client("app", "secret", environment=here, **options)


INFO = msgspec.json.encode(
    {
        "name": "k",
        "curve_type": "ED25519",
        "key": KEY.public.to_hex(),
        "created_timestamp": 1,
        "updated_timestamp": 1,
    }
)
ERROR = b'{"error_code":2025,"error_message":"Forbidden","error_id":"abc"}'
ANSWERS: list[tuple[str, int, bytes, dict[str, str], type[ToolkitError] | None]] = [
    ("signed", 200, INFO, signed(INFO), None),
    (
        "underscore headers",
        200,
        INFO,
        {name.replace("-", "_"): value for name, value in signed(INFO).items()},
        None,
    ),
    ("unsigned", 200, INFO, {}, UnverifiedAnswer),
    ("signed by another key", 200, INFO, signed(INFO, KEY), UnverifiedAnswer),
    (
        "timestamp missing",
        200,
        INFO,
        {"BIZ-RESP-SIGNATURE": signed(INFO)["BIZ-RESP-SIGNATURE"]},
        UnverifiedAnswer,
    ),
    ("timestamp changed", 200, INFO, signed(INFO) | {"BIZ-TIMESTAMP": "1"}, UnverifiedAnswer),
    ("body changed", 200, INFO + b" ", signed(INFO), UnverifiedAnswer),
    ("signature no hex", 200, INFO, signed(INFO) | {"BIZ-RESP-SIGNATURE": "no"}, UnverifiedAnswer),
    ("unsigned gateway error", 503, b"<html>", {}, UnverifiedAnswer),
    ("signed error", 403, ERROR, signed(ERROR), Forbidden),
    ("signed error without envelope", 403, b"[]", signed(b"[]"), Forbidden),
    ("signed redirect", 302, b"", signed(b""), AnswerRefused),
    ("not JSON", 200, b"<html>", signed(b"<html>"), UnreadableAnswer),
    ("another shape", 200, b'{"name":1}', signed(b'{"name":1}'), UnreadableAnswer),
]


@pytest.mark.parametrize(
    ("status", "body", "headers", "kind"), [a[1:] for a in ANSWERS], ids=[a[0] for a in ANSWERS]
)
def test_cobo_answers(
    status: int, body: bytes, headers: dict[str, str], kind: type[ToolkitError] | None
) -> None:
    """Only an answer that proves itself and has the documented shape becomes data; all of it is kept as evidence."""
    custody, _ = answering(status, body, headers)
    exchange = custody.exchange(cobo.get_api_key_info())
    assert (exchange.status, exchange.content) == (status, body)
    assert exchange.verified is not (kind is UnverifiedAnswer)
    if kind is None:
        assert exchange.value.name == "k"
    else:
        assert type(exchange.error) is kind
        with pytest.raises(kind):
            _ = exchange.value


def test_an_unverified_answer_to_a_change_is_doubt(emulator: Emulator) -> None:
    """A change whose answer proves nothing may have happened: the outcome is unknown, not refused."""
    custody, app = answering(502, b"<html>", {})
    create = cobo.create_key_share_holder_group("v", group(emulator))
    assert custody.exchange(create).outcome == "unknown"
    assert custody.exchange(cobo.get_api_key_info()).outcome == "refused"
    quorum = privy.create_key_quorum(privy.CreateKeyQuorumRequest(user_ids=["did:privy:x"]))
    assert app.exchange(quorum).outcome == "unknown"


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (400, "refused"),
        (404, "refused"),
        (408, "unknown"),
        (409, "unknown"),
        (429, "unknown"),
        (500, "unknown"),
    ],
)
def test_privy_refusals(status: int, outcome: str) -> None:
    """A Privy 4xx settles a change, except 408, 409 and 429; text and code are told apart from nothing."""
    _, app = answering(status, b'{"error":"no","code":"invalid_data"}', {})
    call = privy.create_key_quorum(privy.CreateKeyQuorumRequest(user_ids=["did:privy:x"]))
    exchange = app.exchange(call)
    assert exchange.outcome == outcome
    error = exchange.error.because if isinstance(exchange.error, InDoubt) else exchange.error
    assert isinstance(exchange.error, InDoubt) is (outcome == "unknown")
    assert isinstance(error, ApiError)
    assert error.code == "invalid_data"


def test_contradictions(emulator: Emulator) -> None:
    """A verified answer about another group than was asked for is not used."""
    body = b'{"key_share_holder_group_id":"other","type":"MainGroup"}'
    custody, app = answering(200, body, signed(body))
    with pytest.raises(ContradictingAnswer, match=r"'mine'.*'other'"):
        custody.send(cobo.get_key_share_holder_group_by_id("v", "mine"))
    custody, app = answering(200, body, signed(body))
    with pytest.raises(InDoubt, match="MainGroup") as caught:
        custody.send(cobo.create_key_share_holder_group("v", group(emulator)))
    assert isinstance(caught.value.because, ContradictingAnswer)
    _, app = answering(200, b'{"id":"other","authorization_keys":[]}', {})
    with pytest.raises(ContradictingAnswer, match="key_quorum_id"):
        app.send(privy.get_key_quorum("mine"))


@pytest.mark.parametrize("threshold", ["1.5", "true", '"2"', "1e400"])
def test_thresholds_in_answers(threshold: str) -> None:
    """An answer with a threshold that is no whole number is not data; 2.0 is 2, as JSON has one kind of number."""
    body = '{"id":"q","authorization_keys":[],"authorization_threshold":%s}'
    _, app = answering(200, (body % threshold).encode(), {})
    with pytest.raises(UnreadableAnswer):
        app.send(privy.get_key_quorum("q"))
    _, app = answering(200, (body % "2.0").encode(), {})
    value = app.send(privy.get_key_quorum("q")).authorization_threshold
    assert type(value) is int
    assert value == 2


# ---- the network ----------------------------------------------------------------------------------


def test_nobody_there(emulator: Emulator) -> None:
    """A refused connection is provably not sent, even for a change."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    place = cobo.Environment(f"http://127.0.0.1:{port}/v2", SERVER.public.to_hex())
    with cobo.Client(KEY, environment=place) as client:
        exchange = client.exchange(cobo.create_key_share_holder_group("v", group(emulator)))
    assert exchange.outcome == "refused"
    assert isinstance(exchange.error, NotSent)


def test_hung_up(emulator: Emulator) -> None:
    """A server that reads and hangs up leaves a change in doubt, and it is sent exactly once."""
    seen = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def hang_up() -> None:
            connection, _ = listener.accept()
            with connection:
                seen.append(connection.recv(65536))

        thread = threading.Thread(target=hang_up)
        thread.start()
        place = cobo.Environment(
            f"http://127.0.0.1:{listener.getsockname()[1]}/v2", SERVER.public.to_hex()
        )
        with cobo.Client(KEY, environment=place, timeout=1, window_s=0.1) as client:
            exchange = client.exchange(cobo.create_key_share_holder_group("v", group(emulator)))
        thread.join(5)
    assert exchange.outcome == "unknown"
    assert isinstance(exchange.error, InDoubt)
    assert isinstance(exchange.error.because, NoAnswer)
    assert len(seen) == 1
    assert b"accept-encoding: identity" in seen[0].lower()


def test_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """An endless answer is given up at the limit."""
    monkeypatch.setattr("toolkit.transport.http.ANSWER_LIMIT", 10)
    custody, _ = answering(200, INFO, signed(INFO))
    with pytest.raises(NoAnswer, match="more than 10 bytes"):
        custody.send(cobo.get_api_key_info())


# ---- credentials ----------------------------------------------------------------------------------


def test_from_env(monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials come from the environment, by the names that are documented."""
    monkeypatch.setenv("COBO_API_SECRET", "11" * 32)
    monkeypatch.setenv("COBO_ENV", "prod")
    assert cobo.Client.from_env().environment == cobo.PROD
    monkeypatch.setenv("COBO_CURVE_TYPE", "secp256k1")
    assert len(cobo.Client.from_env().identity) == 66
    monkeypatch.setenv("COBO_ENV", "moon")
    with pytest.raises(InputError, match="COBO_ENV"):
        cobo.Client.from_env()
    with pytest.raises(InputError, match="PRIVY_APP_ID"):
        privy.Client.from_env()
    monkeypatch.setenv("PRIVY_APP_ID", "app")
    with pytest.raises(InputError, match="PRIVY_APP_SECRET"):
        privy.Client.from_env()
    monkeypatch.setenv("PRIVY_APP_SECRET", "s3cret")
    assert privy.Client.from_env().environment == privy.PROD
    monkeypatch.setenv("PRIVY_API_BASE_URL", "https://api.staging.privy.io/")
    assert privy.Client.from_env().environment == privy.STAGING


def test_binder_refuses_real_credentials(
    monkeypatch: pytest.MonkeyPatch, emulator: Emulator
) -> None:
    """On Binder hosted environments are refused unless allowed by name; the emulator works."""
    monkeypatch.setenv("BINDER_LAUNCH_HOST", "https://mybinder.org")
    with pytest.raises(InputError, match="public Binder session"):
        cobo.Client(KEY, environment=cobo.DEV)
    with pytest.raises(InputError, match="public Binder session"):
        privy.Client("app", "secret")
    assert emulator.cobo_client().send(cobo.get_api_key_info()).name == "treasury-bot"
    monkeypatch.setenv("QUORUM_TOOLKIT_ALLOW_CREDENTIALS_ON_BINDER", "yes")
    assert cobo.Client(KEY, environment=cobo.DEV).environment.name == "DEV"


BAD_CLIENTS: list[tuple[str, Callable[[], Any], str]] = [
    ("P-256 at Cobo", lambda: cobo.Client(P256Key.generate()), "Ed25519Key or a Secp256k1Key"),  # type: ignore[arg-type]
    ("text for a key", lambda: cobo.Client("11" * 32), "Ed25519Key or a Secp256k1Key"),  # type: ignore[arg-type]
    (
        "a URL for an environment",
        lambda: cobo.Client(KEY, environment="https://x"),
        "cobo.Environment",
    ),  # type: ignore[arg-type]
    ("no app id", lambda: privy.Client("", "secret"), "app_id"),
    ("no secret", lambda: privy.Client("app", " "), "empty"),
    (
        "Cobo's environment at Privy",
        lambda: privy.Client("app", "s", environment=cobo.DEV),
        "privy.Environment",
    ),  # type: ignore[arg-type]
    ("bad response key", lambda: cobo.Environment("https://x.example", "00"), "62 too few"),
]


@pytest.mark.parametrize(
    ("make", "sentence"), [bad[1:] for bad in BAD_CLIENTS], ids=[bad[0] for bad in BAD_CLIENTS]
)
def test_clients_that_cannot_be(make: Callable[[], Any], sentence: str) -> None:
    """Wrong credentials are refused where they enter, by name."""
    with pytest.raises(InputError, match=sentence):
        make()


def test_clients_show_no_secret() -> None:
    """A client's repr names its place and nothing more."""
    client = privy.Client("app", "s3cret-s3cret", environment=privy.STAGING)
    assert repr(client) == "<toolkit.privy.client.Client on STAGING: https://api.staging.privy.io>"
    assert "s3cret" not in repr(vars(client))


# ---- found by fresh eyes -------------------------------------------------------------------------


def test_one_prepared_through_two_clients(emulator: Emulator) -> None:
    """A Prepared is sent once, by whichever client: re-running a notebook's first cell changes nothing."""
    prepared = emulator.privy_client().prepare(
        privy.create_key_quorum(privy.CreateKeyQuorumRequest(user_ids=["did:privy:x"]))
    )
    emulator.privy_client().send(prepared)
    with pytest.raises(InputError, match="sent already"):
        emulator.privy_client().send(prepared)


def test_what_never_left_may_be_sent_again(emulator: Emulator) -> None:
    """After NotSent the same Prepared may be sent: it is the advice that the error gives."""
    is_down = True

    def handle(request: httpx.Request) -> httpx.Response:
        if is_down:
            raise httpx.ConnectError("no")
        return emulator.handle(request)

    custody = emulator.cobo_client(transport=httpx.MockTransport(handle))
    prepared = custody.prepare(cobo.get_api_key_info())
    with pytest.raises(NotSent):
        custody.send(prepared)
    is_down = False
    assert custody.send(prepared).name == "treasury-bot"


@pytest.mark.parametrize(
    "body",
    [b'{"type":"\xff"}', b'{"x":' + b"[" * 200_000, b"\x00", b""],
    ids=["not UTF-8", "too deep", "NUL", "empty"],
)
def test_hostile_bytes_keep_the_evidence(emulator: Emulator, body: bytes) -> None:
    """A verified answer that cannot be decoded is kept whole; an unsigned one leaves the change in doubt."""
    custody, app = answering(201, body, signed(body))
    exchange = custody.exchange(cobo.create_key_share_holder_group("v", group(emulator)))
    assert (exchange.outcome, exchange.content) == ("answered", body)
    assert isinstance(exchange.error, UnreadableAnswer)
    doubt = app.exchange(
        privy.create_key_quorum(privy.CreateKeyQuorumRequest(user_ids=["did:privy:x"]))
    )
    assert doubt.outcome == "unknown"


def test_a_signed_internal_error_settles_nothing(emulator: Emulator) -> None:
    """A verified 500 says that something broke, not what was done before it did."""
    body = b'{"error_code":1000,"error_message":"internal","error_id":"x"}'
    custody, _ = answering(500, body, signed(body))
    assert (
        custody.exchange(cobo.create_key_share_holder_group("v", group(emulator))).outcome
        == "unknown"
    )


def test_another_keys_info_is_refused() -> None:
    """A verified answer about another API key is not this key's."""
    body = INFO.replace(KEY.public.to_hex().encode(), b"ab" * 32)
    custody, _ = answering(200, body, signed(body))
    with pytest.raises(ContradictingAnswer, match="asked about the key"):
        custody.send(cobo.get_api_key_info())


def test_signers_of_any_shape(emulator: Emulator) -> None:
    """Any iterable of keys signs; a single key and a bare rule id are refused with the remedy."""
    app, keys = emulator.privy_client(), emulator.authorization_keys
    quorum = next(iter(emulator.privy.quorums.values()))
    change = privy.update_key_quorum(quorum.id, privy.UpdateKeyQuorumRequest(display_name="x"))
    for signers in (
        (keys["Alice"], keys["Bob"]),
        {keys["Alice"], keys["Bob"]},
        (keys[name] for name in ("Alice", "Bob")),
    ):
        assert app.send(change, signers=signers).display_name == "x"
    with pytest.raises(InputError, match="in brackets"):
        app.send(change, signers=keys["Alice"])  # type: ignore[arg-type]
    with pytest.raises(InputError, match="set of rule ids"):
        app.send(change, signers=[keys["Alice"]], acknowledge="privy.threshold")


def test_environments_have_one_spelling_and_one_name() -> None:
    """Host and default port are normalised before signing; an official address has its official name."""
    assert privy.Environment("https://API.privy.io:443/").base_url == "https://api.privy.io"
    assert privy.Environment("https://api.privy.io", "EMULATOR-ish").name == "PROD"
    assert (
        cobo.Environment("https://api.cobo.com/v2/", SERVER.public.to_hex(), "mine").name == "PROD"
    )
    with pytest.raises(InputError, match="EMULATOR is for"):
        privy.Environment("https://example.com", "EMULATOR")
    for bad in ("https://a:x", "https://[::1", "https://a/ü", "https://a\n.com", "https://a b", 5):
        with pytest.raises(InputError, match="base_url"):
            privy.Environment(bad)  # type: ignore[arg-type]


def test_binder_refuses_any_other_host(monkeypatch: pytest.MonkeyPatch) -> None:
    """On Binder credentials for any host but this computer's are refused, whatever it is called."""
    monkeypatch.setenv("BINDER_REPO_URL", "https://example.com")
    with pytest.raises(InputError, match="public Binder session"):
        privy.Client("app", "secret", environment=privy.Environment("https://proxy.example.com"))
    with pytest.raises(InputError, match="public Binder session"):
        cobo.Client(
            KEY,
            environment=cobo.Environment("https://proxy.example.com/v2", SERVER.public.to_hex()),
        )


@pytest.mark.parametrize(
    "make",
    [
        lambda: Ed25519Key.from_hex(b"11" * 32),
        lambda: P256Key.from_pem(b"-----BEGIN"),
        lambda: privy.Client("app", b"s3cret"),
    ],
)  # type: ignore[arg-type]
def test_bytes_for_a_secret(make: Callable[[], Any]) -> None:
    """Bytes instead of text are refused by name, and no frame of the traceback holds them."""
    import traceback

    with pytest.raises(InputError, match=r"not bytes|not text") as caught:
        make()
    for frame, _ in list(traceback.walk_tb(caught.value.__traceback__))[2:]:
        for secret in ("1111111111", "BEGIN", "s3cret"):
            assert secret not in repr(
                {name: value for name, value in frame.f_locals.items() if name != "make"}
            )


def test_hostile_texts_in_errors() -> None:
    """What a server says cannot move the cursor or turn the text around in a terminal."""
    _, app = answering(400, b'{"error":"\\u001b[2Jfine\\u202e"}', {})
    with pytest.raises(ApiError) as caught:
        app.send(privy.get_key_quorum("q"))
    assert "\x1b" not in str(caught.value)
    assert "\u202e" not in str(caught.value)
    assert "\\u202e" in str(caught.value)


def test_values_can_be_kept(emulator: Emulator) -> None:
    """Calls can be put into sets, and a Prepared can be copied."""
    import copy

    call = cobo.get_api_key_info()
    assert len({call, cobo.get_api_key_info()}) == 1
    prepared = emulator.cobo_client().prepare(call)
    assert copy.copy(prepared).headers == prepared.headers

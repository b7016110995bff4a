"""What an emulator keeps and does is bounded by stated numbers, whatever it is sent."""

from __future__ import annotations

import base64
import json
import tracemalloc
from typing import Any

import httpx
import msgspec
import pytest

from toolkit import Emulator, cobo, privy
from toolkit.cobo import signing
from toolkit.emulator import Fault, explaining, limits
from toolkit.emulator.core import AHEAD_LIMIT_MS, Received, nested_too_deeply
from toolkit.emulator.http import Door
from toolkit.emulator.ledger import ROOMS, Room
from toolkit.errors import InputError, ToolkitError

URL = "https://emulator.invalid"
LARGE = 900_000  # bytes: nearly as much as comes through the door


def refused(emulator: Emulator, number: int, size: int = LARGE) -> list[httpx.Request]:
    """A large request of each kind that is refused, all bytes of it different each time."""
    body = f"{number:08d}".encode() * (size // 8)
    cobo_headers = {
        "biz-api-key": emulator.api_key.public.to_hex(),
        "biz-api-nonce": str(number),
        "biz-api-signature": "00" * 64,
    }
    quorum = next(iter(emulator.privy.quorums))
    text = body.decode()
    return [
        httpx.Request("POST", URL + "/v2/wallets/mpc/vaults", content=body),
        httpx.Request("POST", URL + "/v2/wallets/mpc/vaults", headers=cobo_headers, content=body),
        httpx.Request("PATCH", URL + f"/v1/key_quorums/{quorum}", content=body),
        httpx.Request(
            "GET", URL + f"/v2/{text[:60_000]}?{text[:2_000]}", headers={"x": text[:50_000]}
        ),
        httpx.Request(
            "GET", URL + "/v2/wallets", headers=cobo_headers | {"biz-api-nonce": text[:200_000]}
        ),
        httpx.Request(
            "GET", URL + "/v2/wallets", headers=cobo_headers | {"biz-api-key": text[:200_000]}
        ),
    ]


def test_memory_is_bounded(emulator: Emulator) -> None:
    """However much is refused, what is kept and what is needed meanwhile stays below the stated number."""
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        emulator.inject(Fault("late-commit", times=200, after_ms=10**9))
        for number in range(60):
            for request in refused(emulator, number):
                assert emulator.handle(request).status_code in (400, 401, 403, 404, 503)
        kept, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept - before < limits.MEMORY_LIMIT / 2
    assert peak - before < limits.MEMORY_LIMIT


def test_a_full_ledger_grows_no_more(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once it has its stated number of changes, another leaves nothing but what it made, and is counted."""
    monkeypatch.setitem(ROOMS, "change", Room(lines=200, size=limits.CHANGES_BYTES))
    pair = f"{emulator.privy.app_id}:{emulator.privy.app_secret.reveal()}"
    headers = {
        "authorization": "Basic " + base64.b64encode(pair.encode()).decode(),
        "privy-app-id": emulator.privy.app_id,
    }
    free = next(each.id for each in emulator.privy.wallets.values() if each.owner_id is None)

    def renamed(times: int) -> None:
        for number in range(times):
            request = httpx.Request(
                "PATCH",
                f"{URL}/v1/wallets/{free}",
                headers=headers,
                json={"display_name": f"Name {number}"},
            )
            assert emulator.handle(request).status_code == 200

    renamed(400)
    tracemalloc.start()
    try:
        renamed(400)
        before, _ = tracemalloc.get_traced_memory()
        renamed(800)
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 40_000  # the ledger is swept by tenths: so much it comes and goes
    assert len(emulator.ledger) <= 200
    assert emulator.ledger.dropped + len(emulator.ledger) == 1_600


def test_the_numbers_add_up() -> None:
    """The parts that are kept leave room, within the stated number, for the work on one request."""
    parts = (
        limits.ARRIVING_LIMIT,
        limits.CHANGES_BYTES,
        limits.READS_BYTES,
        limits.REFUSED_BYTES,
        limits.EXPLAINED_BYTES,
        limits.LATE_BYTES,
        limits.NONCES * 200,
    )
    assert sum(parts) + 16 * limits.BODY_LIMIT < limits.MEMORY_LIMIT


def test_refusals_never_push_out_what_was_done(emulator: Emulator) -> None:
    """After thousands of refused requests the lines about changes and reads are all there, and the drop is counted."""
    app = emulator.privy_client()
    made = [
        app.send(
            privy.create_key_quorum(privy.CreateKeyQuorumRequest(user_ids=[f"did:privy:{n}"]))
        ).id
        for n in range(5)
    ]
    emulator.explains = False
    for number in range(limits.REFUSED + 500):
        emulator.handle(httpx.Request("GET", f"{URL}/v2/{number}"))
    kept = [entry for entry in emulator.ledger if entry.verdict == "refused"]
    assert [entry.made for entry in emulator.ledger if entry.made] == made
    assert len(kept) <= limits.REFUSED
    assert emulator.ledger.dropped + len(emulator.ledger) == limits.REFUSED + 500 + 5
    assert kept[-1].n == limits.REFUSED + 505
    assert [emulator.explain(entry.n).name for entry in (kept[0], kept[-1])] == [
        "missing-header"
    ] * 2
    assert emulator.explain(1).name == "accepted"
    with pytest.raises(InputError, match="too long ago"):
        emulator.explain(6)
    with pytest.raises(InputError, match="no request 99999"):
        emulator.explain(99_999)


ODD_NUMBERS: list[tuple[str, Any]] = [
    ("zero", 0), ("negative", -1), ("a truth", True), ("a float", 1.0), ("a text", "1"), ("nothing", None), ("huge", 10**5000),
]  # fmt: skip


@pytest.mark.parametrize(
    "n", [case[1] for case in ODD_NUMBERS], ids=[case[0] for case in ODD_NUMBERS]
)
def test_odd_numbers_to_explain(emulator: Emulator, n: Any) -> None:
    """What is no number of a request is refused as input."""
    with pytest.raises(InputError):
        emulator.explain(n)


def test_a_line_says_how_large_its_request_was(emulator: Emulator) -> None:
    """Of what was refused only the beginning is kept, and the whole size is said."""
    emulator.handle(httpx.Request("POST", f"{URL}/v2/x?{'q' * 9_000}", content=b"z" * 500_000))
    (entry,) = emulator.ledger
    assert entry.body_bytes == 500_000
    assert entry.body == "z" * limits.REFUSED_TEXT + "… (500000 bytes in all)"
    assert entry.target.endswith("… (9006 characters in all)")


LARGE_PARTS: list[tuple[str, int, dict[str, Any]]] = [
    ("signature", 401, {"headers": {"biz-api-signature": "ab" * 4_000_000}}),
    ("body that is still taken", 401, {"body": b"[" + b"1," * 400_000 + b"1]"}),
    ("body", 413, {"body": b"[" + b"1," * 4_000_000 + b"1]"}),
    ("query that is still taken", 401, {"query": "?" + "a=b&" * 16_000}),
    ("query", 414, {"query": "?" + "a=b&" * 2_000_000}),
    ("nonce", 401, {"headers": {"biz-api-nonce": "1" * 8_000_000}}),
    ("a strange header", 401, {"headers": {"x": "1" * 8_000_000}}),
]


@pytest.mark.parametrize(
    ("status", "part"), [c[1:] for c in LARGE_PARTS], ids=[c[0] for c in LARGE_PARTS]
)
@pytest.mark.parametrize("path", ["/v2/wallets", "/v1/key_quorums/{id}"])
def test_the_search_for_a_mistake_is_bounded(
    emulator: Emulator,
    monkeypatch: pytest.MonkeyPatch,
    path: str,
    status: int,
    part: dict[str, Any],
) -> None:
    """A request above the limit is refused as it is, and no mistake of it is looked for: neither at once nor on demand."""
    for search in ("cobo_request", "privy_request"):
        monkeypatch.setattr(explaining, search, lambda *_: pytest.fail("looked for"))
    pair = base64.b64encode(
        f"{emulator.privy.app_id}:{emulator.privy.app_secret.reveal()}".encode()
    ).decode()
    headers = {
        "biz-api-key": emulator.api_key.public.to_hex(),
        "biz-api-nonce": "1",
        "biz-api-signature": "00" * 64,
        "authorization": f"Basic {pair}",
        "privy-app-id": emulator.privy.app_id,
        "privy-authorization-signature": "AAAA,AAAA",
    } | part.get("headers", {})
    target = path.replace("{id}", next(iter(emulator.privy.quorums)))
    received = Received(
        "PATCH",
        "https",
        "h",
        target + part.get("query", ""),
        tuple(headers.items()),
        part.get("body", b""),
    )
    assert emulator.answer(received).status == status
    explanation = emulator.explain(1)
    assert "too large" in explanation.sentence or (
        status != 401 and explanation.name == "not-a-signature"
    )
    assert emulator.ledger[0].trouble == ""


def test_many_signatures_are_not_all_verified(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Signatures times members are counted before any is verified; so is the search for a mistake."""
    app, keys = emulator.privy_client(), emulator.authorization_keys
    public = [key.public for key in keys.values()]
    quorum = app.send(
        privy.create_key_quorum(
            privy.CreateKeyQuorumRequest(public_keys=public, authorization_threshold=1)
        )
    )
    verified: list[None] = []
    monkeypatch.setattr("toolkit.keys.P256PublicKey.verify", lambda *_: bool(verified.append(None)))
    pair = base64.b64encode(
        f"{emulator.privy.app_id}:{emulator.privy.app_secret.reveal()}".encode()
    ).decode()
    for count, status in ((2_501, 400), (20, 401)):
        headers = {
            "authorization": f"Basic {pair}",
            "privy-app-id": emulator.privy.app_id,
            "privy-authorization-signature": ",".join(["MEUC"] * count),
        }
        verified.clear()
        answer = emulator.handle(
            httpx.Request(
                "PATCH", f"{URL}/v1/key_quorums/{quorum.id}", headers=headers, content=b"{}"
            )
        )
        assert answer.status_code == status
        assert len(verified) <= count * len(public) if status == 401 else not verified


def test_nonces_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no nonce may come twice, the last ones are remembered, and no more than stated."""
    monkeypatch.setattr("toolkit.emulator.cobo.NONCES", 5)
    emulator = Emulator.seeded(choices={"cobo.nonce": "never-twice"})
    custody = emulator.cobo_client()
    for _ in range(12):
        custody.send(cobo.get_api_key_info())
    assert len(emulator.cobo.nonces) == 5


def test_what_is_put_off_is_bounded(emulator: Emulator) -> None:
    """Requests that a late-commit fault puts off are kept up to a limit; the ledger says of which that was too much."""
    emulator.inject(Fault("late-commit", times=10**6, after_ms=1_000))
    for _ in range(10):
        emulator.handle(httpx.Request("POST", f"{URL}/v1/wallets", content=b"x" * 1_000_000))
    dropped = [entry for entry in emulator.ledger if "too many are put off" in entry.reason]
    assert 0 < len(dropped) < 10
    emulator.inject()
    emulator.advance(2_000)
    emulator.handle(httpx.Request("GET", f"{URL}/v1/wallets"))
    assert sum(entry.reason.startswith("Fault") for entry in emulator.ledger) == 10
    assert [entry.n for entry in emulator.ledger] == list(range(1, len(emulator.ledger) + 1))


CLOCKS = [
    -1,
    AHEAD_LIMIT_MS + 1,
    2**63,
    10**30,
    10**4000,
    1.5,
    float("nan"),
    float("inf"),
    True,
    "5",
    None,
    [1],
]


@pytest.mark.parametrize("milliseconds", CLOCKS, ids=range(len(CLOCKS)))
def test_the_clock_is_bounded(emulator: Emulator, milliseconds: Any) -> None:
    """No clock that the emulator could not answer with is ever taken, and it goes on."""
    with pytest.raises(InputError):
        emulator.advance(milliseconds)
    assert emulator.cobo_client().send(cobo.get_api_key_info()).name == "treasury-bot"


def test_a_hundred_years_ahead(emulator: Emulator) -> None:
    """As far ahead as the clock can get, everything but the expired key still works; a bit more is refused."""
    emulator.advance(AHEAD_LIMIT_MS)
    with pytest.raises(InputError, match="a hundred years"):
        emulator.advance(1)
    (name, info), *_ = emulator.cobo.keys.items()
    emulator.cobo.keys[name] = msgspec.structs.replace(info, expired_timestamp=None)
    custody, app = emulator.cobo_client(), emulator.privy_client()
    assert custody.send(
        cobo.create_mpc_vault(cobo.CreateMpcVaultRequest(name="x", vault_type="Org-Controlled"))
    ).name
    assert app.send(
        privy.create_key_quorum(privy.CreateKeyQuorumRequest(user_ids=["did:privy:x"]))
    ).id
    emulator.reset()
    emulator.advance(1)


OPTIONS: list[dict[str, Any]] = [
    {"seed": 2**64},
    {"seed": -(2**70)},
    {"seed": 10**5000},
    {"seed": 1.5},
    {"seed": True},
    {"seed": "1"},
    {"seed": None},
    {"size": -1},
    {"size": 10**12},
    {"size": "5"},
    {"world": "moon"},
    {"world": 5},
    {"state": 5},
    {"state": b"x"},
]


@pytest.mark.parametrize("options", OPTIONS, ids=range(len(OPTIONS)))
def test_options(options: dict[str, Any]) -> None:
    """An absurd option is refused as input."""
    with pytest.raises(InputError):
        Emulator.seeded(**options)


DEEP = [
    b"[" * 200 + b"]" * 200,
    b'{"a":' * 90_000 + b"1" + b"}" * 90_000,
    b'{"name":' + b"[" * 5_000 + b"]" * 5_000 + b"}",
]


@pytest.mark.parametrize("body", DEEP, ids=range(len(DEEP)))
def test_nested_bodies_are_refused(emulator: Emulator, body: bytes) -> None:
    """JSON that is nested too deeply is a 400 of both services, signed or not, and never a 500."""
    app, quorum = emulator.privy_client(), next(iter(emulator.privy.quorums))
    pair = base64.b64encode(
        f"{emulator.privy.app_id}:{emulator.privy.app_secret.reveal()}".encode()
    ).decode()
    headers = {"authorization": f"Basic {pair}", "privy-app-id": emulator.privy.app_id}
    signed = headers | {"privy-authorization-signature": "AAAA,AAAA"}
    text = signing.message("POST", "/v2/wallets/mpc/vaults", "1", "", "").encode() + body
    cobo_headers = {
        "biz-api-key": emulator.api_key.public.to_hex(),
        "biz-api-nonce": "1",
        "biz-api-signature": emulator.api_key.sign(signing.digest(text)).hex(),
        "content-type": "application/json",
    }
    statuses = [
        emulator.handle(
            httpx.Request("POST", URL + "/v1/key_quorums", headers=headers, content=body)
        ).status_code,
        emulator.handle(
            httpx.Request("PATCH", URL + f"/v1/key_quorums/{quorum}", headers=signed, content=body)
        ).status_code,
        emulator.handle(
            httpx.Request(
                "POST", URL + "/v2/wallets/mpc/vaults", headers=cobo_headers, content=body
            )
        ).status_code,
    ]
    assert statuses == [400, 400, 400]
    assert all(entry.trouble == "" for entry in emulator.ledger)
    with pytest.raises(ToolkitError):
        app.send(privy.delete_key_quorum("nowhere"), signers=[emulator.authorization_keys["Ana"]])


def test_nesting_is_counted_level_by_level() -> None:
    """A hundred levels pass, one more does not, whether lists or objects."""
    value: Any = 1
    for level in range(100):
        value = [value] if level % 2 else {"a": value}
    assert not nested_too_deeply(value)
    assert nested_too_deeply([value])
    assert json.loads(json.dumps(value)) == value


def test_what_waits_at_the_door_is_bounded(emulator: Emulator) -> None:
    """Large bodies that arrive at the same time may have so many bytes together; small ones are always taken."""
    door = Door(emulator, "0" * 32)

    def taken(size: int, arriving: int) -> Any:
        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b"x" * size, "more_body": False}

        door.arriving = arriving
        with pytest.raises(StopIteration) as stop:
            door.body_of((), receive).send(None)
        assert door.arriving == arriving
        return stop.value.value

    full = limits.ARRIVING_LIMIT - 10
    assert taken(limits.SMALL_BODY + 1, full).status == 503
    assert taken(limits.SMALL_BODY, full) == b"x" * limits.SMALL_BODY
    assert taken(limits.SMALL_BODY + 1, 0) == b"x" * (limits.SMALL_BODY + 1)

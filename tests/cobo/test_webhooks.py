"""What Cobo posts: believed when its key signed these very bytes just now, and refused by name otherwise."""

from __future__ import annotations

import json
from collections.abc import Callable
from email.message import Message
from typing import Any

import httpx
import pytest

from toolkit import cobo
from toolkit.cobo import signing
from toolkit.cobo.webhooks import WalletInfoEventData
from toolkit.errors import InputError, WebhookRefused
from toolkit.keys import Ed25519Key

KEY = Ed25519Key.from_hex("07" * 32)
HERE = cobo.Environment("https://custody.example/v2", KEY.public.to_hex(), "OURS")
NOW_MS = 1_795_000_000_000
REQUEST = {"tss_request_id": "2026", "type": "KeyGen", "status": "Success", "new_field": 1}
EVENT: dict[str, Any] = {
    "event_id": "8f2e919a-6a7b-4a9b-8c1a-4c0b3f5b8b1f",
    "url": "https://us.example/hook",
    "created_timestamp": NOW_MS - 5_000,
    "type": "wallets.mpc.tss_request.succeeded",
    "data": {"data_type": "TSSRequest", **REQUEST},
}
Headers = dict[str, str]


def bytes_of(event: Any = EVENT) -> bytes:
    return json.dumps(event, separators=(",", ":"), ensure_ascii=False).encode()


def signed(body: bytes, timestamp: str = str(NOW_MS), key: Ed25519Key = KEY) -> Headers:
    proof = key.sign(signing.digest(signing.response_content(body, timestamp))).hex()
    return {"BIZ_TIMESTAMP": timestamp, "BIZ_RESP_SIGNATURE": proof}


def verified(body: bytes, headers: Any, **options: Any) -> cobo.WebhookEvent:
    return cobo.verify_webhook(body, headers, HERE, **({"now_ms": NOW_MS} | options))


def test_a_tss_request() -> None:
    """The event of a TSS request is the model that a read would give; fields of tomorrow are left out."""
    event = verified(bytes_of(), signed(bytes_of()))
    assert (event.type, event.event_id) == (EVENT["type"], EVENT["event_id"])
    assert event.data_type == "TSSRequest"
    assert event.data == cobo.TSSRequest(tss_request_id="2026", type="KeyGen", status="Success")
    assert event.provenance is not None
    assert (event.provenance.environment, event.provenance.verified) == ("OURS", True)
    assert event.data.provenance == event.provenance


WALLET = {"wallet_id": "w", "wallet_type": "MPC", "wallet_subtype": "Org-Controlled", "name": "n", "org_id": "o"}  # fmt: skip
DATA: list[tuple[str, Any, Any]] = [
    (
        "a wallet",
        {"data_type": "WalletInfo", "wallet": WALLET},
        WalletInfoEventData(wallet=cobo.WalletInfo(**WALLET)),
    ),
    ("a vault", {"data_type": "MPCVault", "vault_id": "v"}, cobo.MPCVault(vault_id="v")),
    ("an organisation", {"data_type": "Organization", "org_id": "o"}, cobo.OrgInfo(org_id="o")),
    (
        "of another type",
        {"data_type": "Transaction", "amount": "1"},
        {"data_type": "Transaction", "amount": "1"},
    ),
    ("of no type", {"amount": "é 🔑"}, {"amount": "é 🔑"}),
]


@pytest.mark.parametrize(
    ("data", "expected"), [case[1:] for case in DATA], ids=[case[0] for case in DATA]
)
def test_kinds_of_data(data: Any, expected: Any) -> None:
    """Known data is a model; what this toolkit does not know is kept as it came, type and all."""
    body = bytes_of(EVENT | {"type": "something.new", "data": data})
    event = verified(body, signed(body))
    assert (event.type, event.data) == ("something.new", expected)


def mail(headers: Headers) -> Message:
    message = Message()
    for name, value in headers.items():
        message[name] = value
    return message


SPELLINGS: list[tuple[str, Callable[[Headers], Any]]] = [
    ("underscores", lambda headers: headers),
    ("hyphens", lambda headers: {name.replace("_", "-"): headers[name] for name in headers}),
    ("lower case", lambda headers: {name.lower(): headers[name] for name in headers}),
    ("both", lambda headers: headers | {name.replace("_", "-"): headers[name] for name in headers}),
    ("both, joined by a server", lambda headers: {n: f"{v}, {v}" for n, v in headers.items()}),
    ("httpx", httpx.Headers),
    ("the standard library's", mail),
    ("bytes, as ASGI has them", lambda h: [(n.encode(), v.encode()) for n, v in h.items()]),
    ("upper-case hex", lambda h: h | {"BIZ_RESP_SIGNATURE": h["BIZ_RESP_SIGNATURE"].upper()}),
]


@pytest.mark.parametrize(
    "spelled", [case[1] for case in SPELLINGS], ids=[case[0] for case in SPELLINGS]
)
def test_headers_in_any_spelling(spelled: Callable[[Headers], Any]) -> None:
    """Whichever way a web framework has the headers, the same event is read."""
    assert verified(bytes_of(), spelled(signed(bytes_of()))).event_id == EVENT["event_id"]


def test_the_body_as_text() -> None:
    """A framework that hands over text has the same bytes, as long as nobody parsed them."""
    body = bytes_of(EVENT | {"type": "é 🔑"})
    assert cobo.verify_webhook(body.decode(), signed(body), HERE, now_ms=NOW_MS).type == "é 🔑"


BODY = bytes_of()
STRANGER = Ed25519Key.from_hex("08" * 32)
REFUSED: list[tuple[str, bytes, Any, str, str]] = [
    ("another body", BODY + b" ", signed(BODY), "signature", "not one of Cobo's key for OURS"),
    ("another key", BODY, signed(BODY, key=STRANGER), "signature", "this environment's endpoint"),
    ("another time", BODY, signed(BODY) | {"BIZ_TIMESTAMP": str(NOW_MS - 1)}, "signature", "Cobo's"),
    ("no hex", BODY, signed(BODY) | {"BIZ_RESP_SIGNATURE": "zz" * 64}, "signature", "Cobo's"),
    ("a short signature", BODY, signed(BODY) | {"BIZ_RESP_SIGNATURE": "00"}, "signature", "Cobo's"),
    ("no signature", BODY, {"BIZ_TIMESTAMP": "1"}, "header-missing", "BIZ_RESP_SIGNATURE or"),
    ("no time", BODY, {"BIZ-RESP-SIGNATURE": "00"}, "header-missing", "BIZ_TIMESTAMP or"),
    ("nothing", BODY, {}, "header-missing", "BIZ_TIMESTAMP or"),
    ("two times", BODY, signed(BODY) | {"BIZ-TIMESTAMP": "1"}, "header-malformed", "2 different"),
    ("no number", BODY, signed(BODY, "now"), "header-malformed", "no time in milliseconds"),
    ("old", BODY, signed(BODY, str(NOW_MS - 300_001)), "stale", "More than 5 min 0 s"),
    ("ahead", BODY, signed(BODY, str(NOW_MS + 300_001)), "stale", "signed 5 min 0 s after the time of this"),
    ("an answer of the API", b"[]", signed(b"[]"), "unreadable", "documented shape"),
    ("no JSON", b"{", signed(b"{"), "unreadable", "documented shape"),
    (
        "data of another shape",
        bytes_of(EVENT | {"data": {"data_type": "TSSRequest", "status": 7}}),
        signed(bytes_of(EVENT | {"data": {"data_type": "TSSRequest", "status": 7}})),
        "unreadable",
        "its data",
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "headers", "cause", "text"),
    [case[1:] for case in REFUSED],
    ids=[c[0] for c in REFUSED],
)
def test_refused(body: bytes, headers: Any, cause: str, text: str) -> None:
    """Each thing that does not fit is refused by its own name."""
    with pytest.raises(WebhookRefused) as caught:
        verified(body, headers)
    assert (caught.value.cause, text in str(caught.value)) == (cause, True)


def test_any_age_where_it_is_said() -> None:
    """A handler that reads an old log says so; within the limit nothing has to be said."""
    old = signed(BODY, str(NOW_MS - 86_400_000))
    assert verified(BODY, old, freshness_s=None).event_id
    assert verified(BODY, signed(BODY, str(NOW_MS - 300_000))).event_id


WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("a parsed body", {"body": EVENT}, "raw bytes"),
    ("headers as text", {"headers": "BIZ_TIMESTAMP: 1"}, "headers must be"),
    ("headers as a list of names", {"headers": ["BIZ_TIMESTAMP"]}, "headers must be"),
    ("a header that is no text", {"headers": {"BIZ_TIMESTAMP": 1}}, "headers must be"),
    ("no environment", {"environment": KEY.public.to_hex()}, "cobo.Environment"),
    ("a limit that is none", {"freshness_s": True}, "freshness_s"),
    ("a limit below zero", {"freshness_s": -1}, "freshness_s"),
    ("a moment that is none", {"now_ms": 1.5}, "now_ms"),
]


@pytest.mark.parametrize(
    ("changed", "text"), [case[1:] for case in WRONG], ids=[case[0] for case in WRONG]
)
def test_wrong_arguments(changed: dict[str, Any], text: str) -> None:
    """What is passed wrongly is an error of the program, never a refusal of the event."""
    arguments: dict[str, Any] = {"body": BODY, "headers": signed(BODY), "environment": HERE}
    with pytest.raises(InputError, match=text):
        cobo.verify_webhook(**arguments | {"now_ms": NOW_MS} | changed)

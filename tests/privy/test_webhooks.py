"""What Privy posts: believed when the endpoint's secret signed these very bytes just now."""

from __future__ import annotations

import base64
import json
import traceback
from typing import Any

import pytest

from toolkit import privy
from toolkit.errors import InputError, WebhookRefused
from toolkit.keys.secret import Secret
from toolkit.privy import webhooks
from toolkit.privy.intents import IntentEvent

NOW_S = 1_795_000_000
RAW = bytes(range(32))
SECRET = "whsec_" + base64.b64encode(RAW).decode()
OTHER = "whsec_" + base64.b64encode(RAW[::-1]).decode()
EVENT: dict[str, Any] = {
    "type": "intent.rejected",
    "intent_id": "cm5abc123def456ghi789jkl",
    "intent_type": "KEY_QUORUM",
    "status": "rejected",
    "created_at": 1772193600000,
    "expires_at": 1772452800000,
    "rejected_at": 1772200000000,
    "new_field": "é 🔑",
}
#: The secret as a traceback could show it.
SPELLED = (SECRET, SECRET.removeprefix("whsec_"), RAW.hex(), repr(RAW))
BODY = json.dumps(EVENT, ensure_ascii=False).encode()


def signed(
    body: bytes = BODY, at_s: str = str(NOW_S), secret: str = SECRET, name: str = "msg_1"
) -> dict[str, str]:
    signature = webhooks.signature_of(Secret(secret), name, at_s, body)
    return {"svix-id": name, "svix-timestamp": at_s, "svix-signature": f"v1,{signature}"}


def verified(body: bytes, headers: Any, **options: Any) -> privy.WebhookEvent:
    return privy.verify_webhook(body, headers, SECRET, **({"now_ms": 1000 * NOW_S} | options))


def test_svix_own_example() -> None:
    """The published example of the algorithm gives the published signature."""
    secret = Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    name, at_s, body = "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", b'{"test": 2432232314}'
    expected = "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert webhooks.signature_of(secret, name, at_s, body) == expected


def test_an_intent() -> None:
    """The event of an intent is typed; fields of tomorrow are left out."""
    event = verified(BODY, signed())
    assert (event.type, event.svix_id, event.sent_at) == ("intent.rejected", "msg_1", 1000 * NOW_S)
    assert isinstance(event.data, IntentEvent)
    assert (event.data.status, event.data.rejected_at) == ("rejected", 1772200000000)


def test_unknown_types_are_kept() -> None:
    """An event that this toolkit does not know comes as it is."""
    body = b'{"type":"user.created","user":{"id":"did:privy:x"}}'
    event = verified(body, signed(body))
    assert (event.type, event.data["user"]) == ("user.created", {"id": "did:privy:x"})


def test_several_signatures() -> None:
    """While a secret is replaced, one of the signatures fits; versions of tomorrow are passed over."""
    right, wrong = signed()["svix-signature"], signed(secret=OTHER)["svix-signature"]
    for several in (f"{wrong} {right}", f"{right} {wrong}", f"v2,x v1a,y {right}"):
        assert verified(BODY, signed() | {"svix-signature": several}).svix_id == "msg_1"


REFUSED: list[tuple[str, bytes, dict[str, str], str, str]] = [
    ("another body", BODY + b" ", signed(), "signature", "None of the signatures"),
    ("another secret", BODY, signed(secret=OTHER), "signature", "this endpoint's secret"),
    ("another id", BODY, signed() | {"svix-id": "msg_2"}, "signature", "None of the"),
    ("another time", BODY, signed() | {"svix-timestamp": str(NOW_S - 1)}, "signature", "None of"),
    ("no base64", BODY, signed() | {"svix-signature": "v1,é"}, "signature", "None of the"),
    ("of no known version", BODY, signed() | {"svix-signature": "v2,x"}, "header-malformed", "v1"),
    ("too many", BODY, signed() | {"svix-signature": "v1,x " * 33}, "header-malformed", "33"),
    ("no id", BODY, {**signed(), "svix-id": ""}, "header-missing", "svix-id is missing"),
    ("no signature", BODY, {"svix-id": "m", "svix-timestamp": "1"}, "header-missing", "signature"),
    ("no number", BODY, signed(at_s="now"), "header-malformed", "no time in seconds"),
    ("old", BODY, signed(at_s=str(NOW_S - 301)), "stale", "More than 5 min 0 s"),
    ("ahead", BODY, signed(at_s=str(NOW_S + 301)), "stale", "signed 5 min 1 s after the time of this"),
    ("no JSON", b"{", signed(b"{"), "unreadable", "documented shape"),
    ("without a type", b"{}", signed(b"{}"), "unreadable", "type"),
    ("no object", b"[]", signed(b"[]"), "unreadable", "documented shape"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "headers", "cause", "text"),
    [case[1:] for case in REFUSED],
    ids=[c[0] for c in REFUSED],
)
def test_refused(body: bytes, headers: dict[str, str], cause: str, text: str) -> None:
    """Each thing that does not fit is refused by its own name, and the secret is never shown."""
    with pytest.raises(WebhookRefused) as caught:
        verified(body, headers)
    assert (caught.value.cause, text in str(caught.value)) == (cause, True)
    trace = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    shown = "".join(trace.format())
    assert "verify_webhook" in shown
    assert not [text for text in SPELLED if text in shown]


WRONG: list[tuple[str, Any]] = [
    ("empty", ""),
    ("not base64", "whsec_é!"),
    ("the prefix alone", "whsec_"),
    ("no text", 7),
]


@pytest.mark.parametrize("secret", [case[1] for case in WRONG], ids=[case[0] for case in WRONG])
def test_secrets_that_are_none(secret: Any) -> None:
    """What cannot be a signing secret is an error of the program, and is not repeated."""
    with pytest.raises(InputError) as caught:
        privy.verify_webhook(BODY, signed(), secret, now_ms=1000 * NOW_S)
    assert "é!" not in str(caught.value)


def test_the_secret_without_its_prefix() -> None:
    """The part behind the prefix is the same secret, as for Svix; a Secret is taken as well."""
    for secret in (SECRET.removeprefix("whsec_"), Secret(SECRET)):
        assert privy.verify_webhook(BODY, signed(), secret, now_ms=1000 * NOW_S).svix_id == "msg_1"

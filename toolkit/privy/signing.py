"""How a Privy request is signed: ECDSA P-256 over canonical JSON of what is asked.

Source: Privy's page *Direct implementation* (controls/authorization-keys/using-owners/sign) and
``@privy-io/node`` ``lib/authorization.ts``. Answers are not signed.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any

import rfc8785

from toolkit.errors import KeyRefused
from toolkit.keys import P256PublicKey
from toolkit.keys.signer import Signer
from toolkit.privy.models import member_key

APP_ID = "privy-app-id"
REQUEST_EXPIRY = "privy-request-expiry"
IDEMPOTENCY_KEY = "privy-idempotency-key"
SIGNATURE = "privy-authorization-signature"
SIGNED_HEADERS = (APP_ID, IDEMPOTENCY_KEY, REQUEST_EXPIRY)
IDEMPOTENCY_MS = 24 * 60 * 60_000  # for how long Privy keeps the answer to a key
IDEMPOTENCY_LONGEST = 256  # characters of a key
EXPIRY_MS = 15 * 60_000  # what Privy's SDKs send: now + 15 minutes
LONGEST_EXPIRY_S = 7 * 86_400  # ours: how long Privy takes is documented nowhere
_SAFE = 2**53 - 1


def message(method: str, url: str, headers: Mapping[str, str], body: Any) -> str:
    """The text that members sign.

    It is RFC 8785 JSON of version, method, url, body and ``privy-*`` headers.

    Args:
        url: the full URL as called, without a trailing slash.
        headers: ``privy-app-id``, and ``privy-request-expiry`` and ``privy-idempotency-key`` if
            sent; values are texts, the expiry too.
        body: the parsed JSON body. No body, ``{}`` and ``[]`` are signed as ``""``, as the Node SDK
            does.

    Raises:
        rfc8785.CanonicalizationError: a number that JSON cannot carry exactly.
    """
    if body in ({}, []):
        body = ""
    payload = {
        "version": 1,
        "method": method.upper(),
        "url": url,
        "body": body,
        "headers": dict(headers),
    }
    return rfc8785.dumps(payload).decode()


def parsed(content: bytes) -> Any:
    """A JSON body as Privy reads it: every number is a double, so 2.0 is 2 and 2^53 + 1 is rounded.

    Raises:
        ValueError: not JSON, or not UTF-8.
    """

    def whole(digits: str) -> int | float:
        if len(digits) >= 20:  # far beyond, and slow to read as an int
            return float(digits)
        number = int(digits)
        if -_SAFE <= number <= _SAFE:
            return number
        return float(number)

    def refuse(constant: str) -> None:
        raise ValueError(f"{constant} is not JSON")

    return json.loads(content, parse_int=whole, parse_constant=refuse)


def public_of(signer: object) -> P256PublicKey | None:
    """The public half of who is to sign; None for what cannot sign here.

    A signer elsewhere may give it in any spelling that a member's key has.
    """
    public = getattr(signer, "public", None)
    if not callable(getattr(signer, "sign", None)):
        return None
    if isinstance(public, str):
        try:
            return member_key(public)
        except KeyRefused:
            return None
    return public if isinstance(public, P256PublicKey) else None


def sign(key: Signer, text: str) -> str:
    """One signature: DER over SHA-256 of the text, in standard base64."""
    return base64.b64encode(key.sign(text.encode())).decode()


def signature_header(keys: Sequence[Signer], text: str) -> str:
    """All signatures, joined by commas; their order does not matter."""
    return ",".join(sign(key, text) for key in keys)

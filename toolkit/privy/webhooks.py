"""What Privy posts to a webhook endpoint: proven by a secret that the Dashboard gives.

Svix delivers it. Source: Privy's page *Webhooks*, ``@privy-io/node`` ``services/webhooks.ts``, and
Svix's published algorithm: HMAC-SHA256 over ``id.timestamp.body``, base64 behind ``v1,``.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from typing import Any, ClassVar

import msgspec

from toolkit.errors import InputError, WebhookRefused
from toolkit.keys.secret import Secret
from toolkit.privy.intents import IntentEvent
from toolkit.request.model import Model
from toolkit.transport.webhooks import FRESHNESS_S, Headers, Posted, must_be_fresh

ID, TIMESTAMP, SIGNATURE = "svix-id", "svix-timestamp", "svix-signature"
PREFIX = "whsec_"
VERSION = "v1,"
SIGNATURES = 32  # in one header, at most: a few while a secret is replaced


class WalletEvent(Model, frozen=True, omit_defaults=True, kw_only=True):
    """What a webhook says of a wallet: archived, restored, or that its key was exported."""

    wallet_id: str
    wallet_address: str
    chain_type: str | None = None
    archived_at: int | None = None
    user_id: str | None = None
    export_source: str | None = None


# type → model. Of the others (users, transactions, …) the data stays as it came.
DATA: dict[str, type[Model]] = {
    "intent.created": IntentEvent,
    "intent.authorized": IntentEvent,
    "intent.executed": IntentEvent,
    "intent.failed": IntentEvent,
    "intent.rejected": IntentEvent,
    "wallet.archived": WalletEvent,
    "wallet.restored": WalletEvent,
    "wallet.private_key_export": WalletEvent,
    "wallet.seed_phrase_export": WalletEvent,
}


class WebhookEvent(Model, frozen=True, kw_only=True):
    """An event that Privy posted. ``svix_id`` is the same on each retry: by it a handler knows
    what it has handled.

    ``data`` is an ``IntentEvent`` or a ``WalletEvent`` where ``type`` says so, otherwise the object
    as it came. ``sent_at``: when this delivery was signed, Unix milliseconds.

    >>> event = privy.WebhookEvent(type="user.created", svix_id="msg_1", sent_at=0, data={})
    >>> event.type  # for the tests of a handler: a real one comes from verify_webhook
    'user.created'
    """

    shown: ClassVar[tuple[str, ...]] = ("type", "svix_id", "sent_at")

    type: str
    svix_id: str
    sent_at: int
    data: Any


def verify_webhook(
    body: bytes | str,
    headers: Headers,
    secret: str | Secret,
    *,
    freshness_s: float | None = FRESHNESS_S,
    now_ms: int | None = None,
) -> WebhookEvent:
    """The event, if it was signed with the endpoint's secret, just now.

    Args:
        body: the bytes as they arrived; a body that was parsed and written again never fits.
        headers: as the web framework has them: ``svix-id``, ``svix-timestamp``,
            ``svix-signature``.
        secret: the endpoint's signing secret from the Dashboard, ``whsec_…``.
        freshness_s: seconds that the signed time may be from this computer's clock (five minutes
            by default, Svix's tolerance); None: any.
        now_ms: this moment, Unix milliseconds; None: by this computer's clock.

    Raises:
        WebhookRefused: it is not proven; ``cause`` and the sentence say what did not fit.
        InputError: something else than raw bytes, headers and a signing secret.

    >>> from toolkit.errors import WebhookRefused
    >>> def handler(body, headers):
    ...     try:
    ...         event = privy.verify_webhook(body, headers, emulator.webhook_secret)
    ...     except WebhookRefused:
    ...         return 401
    ...     return 204
    >>> handler(b"{}", {"svix-id": "msg_1", "svix-timestamp": "0", "svix-signature": "v1,none"})
    401
    """
    try:
        kept = secret if isinstance(secret, Secret) else Secret(secret)
    finally:
        del secret  # from here on no frame holds a spelling
    posted = Posted.of(body, headers)
    message_id = posted.header(ID)
    timestamp = posted.header(TIMESTAMP)
    given = posted.header(SIGNATURE).split()
    if not re.fullmatch(r"[0-9]{1,12}", timestamp):
        raise WebhookRefused(
            f"The header {TIMESTAMP} is no time in seconds.", cause="header-malformed"
        )
    signatures = [each.removeprefix(VERSION) for each in given if each.startswith(VERSION)]
    if not signatures or len(signatures) > SIGNATURES:
        raise WebhookRefused(
            f"The header {SIGNATURE} has {len(signatures)} signatures of version 1.",
            hint=f"From 1 to {SIGNATURES} are read; only v1 is known.",
            cause="header-malformed",
        )
    right = signature_of(kept, message_id, timestamp, posted.body).encode()
    # each is compared, and in constant time: how long it takes tells nothing
    fitting = [hmac.compare_digest(right, each.encode("utf-8", "replace")) for each in signatures]
    if not any(fitting):
        raise WebhookRefused(
            f"None of the signatures in {SIGNATURE} fits this secret and these bytes.",
            hint="Is it this endpoint's secret, and the body byte for byte as it arrived?",
        )
    must_be_fresh(1000 * int(timestamp), now_ms, freshness_s)
    return _event_of(posted, message_id, 1000 * int(timestamp))


def signature_of(secret: Secret, message_id: str, timestamp: str, body: bytes) -> str:
    """The signature in base64, over ``id.timestamp.body``.

    Raises:
        InputError: the secret is none to sign webhooks with; it is not repeated.
    """
    content = f"{message_id}.{timestamp}.".encode("utf-8", "replace") + body
    return base64.b64encode(hmac.digest(_key(secret), content, hashlib.sha256)).decode()


def _key(secret: Secret) -> bytes:
    try:
        key = base64.b64decode(secret.reveal().removeprefix(PREFIX), validate=True)
    except (ValueError, binascii.Error):
        key = b""
    if key:
        return key
    raise InputError(
        f"secret is no signing secret of a webhook endpoint: {PREFIX} and base64.",
        hint="The Dashboard shows it under Configuration, Webhooks.",
    )


class _Typed(msgspec.Struct):
    type: str


def _event_of(posted: Posted, message_id: str, sent_at: int) -> WebhookEvent:
    kind = posted.decoded(_Typed).type
    data: Any = posted.decoded(DATA.get(kind, dict))
    return WebhookEvent(type=kind, svix_id=message_id, sent_at=sent_at, data=data)

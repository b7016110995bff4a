"""What Cobo posts to a webhook endpoint: proven by the environment's key, as its answers are.

Source: Cobo's guide *Set up a callback or webhook endpoint*, and ``server_demo.py`` of its Python
SDK. The headers come with underscores and with hyphens; a handler may read either.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar

import msgspec

from toolkit.base.typed import converted
from toolkit.cobo import signing
from toolkit.cobo.client import Environment
from toolkit.cobo.models import MPCVault, OrgInfo, TSSRequest, WalletInfo
from toolkit.errors import InputError, WebhookRefused
from toolkit.keys import Ed25519PublicKey
from toolkit.request.exchange import Answer, Provenance, stamp
from toolkit.transport.provider import UNREADABLE
from toolkit.transport.webhooks import FRESHNESS_S, Headers, Posted, must_be_fresh


class WalletInfoEventData(Answer, frozen=True, omit_defaults=True):
    """What an event says of a wallet: the wallet as it is by now."""

    nested: ClassVar[tuple[str, ...]] = ("wallet",)

    wallet: WalletInfo | None = None


# data_type → model. Of the others (transactions, payments, …) the data stays as it came.
DATA: dict[str, type[Answer]] = {
    "TSSRequest": TSSRequest,
    "MPCVault": MPCVault,
    "Organization": OrgInfo,
    "WalletInfo": WalletInfoEventData,
}


class WebhookEvent(Answer, frozen=True, omit_defaults=True, kw_only=True):
    """An event that Cobo posted. ``created_timestamp`` is Unix milliseconds, the same on each
    retry; so is ``event_id``, by which a handler knows what it has handled.

    ``data`` is a ``TSSRequest``, an ``MPCVault``, an ``OrgInfo`` or a ``WalletInfoEventData`` where
    ``data_type`` says so, otherwise the object as it came.

    >>> event = cobo.WebhookEvent(type="tss_request.updated", created_timestamp=0, data={})
    >>> event.type  # for the tests of a handler: a real one comes from verify_webhook
    'tss_request.updated'
    """

    shown: ClassVar[tuple[str, ...]] = ("type", "event_id", "created_timestamp", "data_type")
    identified_by: ClassVar[tuple[str, ...]] = ("event_id",)
    nested: ClassVar[tuple[str, ...]] = ("data",)

    type: str
    created_timestamp: int
    data: Any
    event_id: str | None = None
    url: str | None = None
    status: str | None = None
    next_retry_timestamp: int | None = None
    retries_left: int | None = None
    data_type: str | None = None


def verify_webhook(
    body: bytes | str,
    headers: Headers,
    environment: Environment,
    *,
    freshness_s: float | None = FRESHNESS_S,
    now_ms: int | None = None,
) -> WebhookEvent:
    """The event, if Cobo signed it for this environment, just now.

    Args:
        body: the bytes as they arrived; a body that was parsed and written again never fits.
        headers: as the web framework has them, in either spelling and any case.
        environment: whose key must have signed: ``cobo.DEV``, ``cobo.PROD`` or a
            ``cobo.Environment``.
        freshness_s: seconds that the signed time may be from this computer's clock (our limit:
            Cobo documents none); None: any.
        now_ms: this moment, Unix milliseconds; None: by this computer's clock.

    Raises:
        WebhookRefused: it is not proven; ``cause`` and the sentence say what did not fit.
        InputError: something else than raw bytes, headers and an environment.

    >>> from toolkit.errors import WebhookRefused
    >>> def handler(body, headers):
    ...     try:
    ...         event = cobo.verify_webhook(body, headers, cobo.DEV)
    ...     except WebhookRefused:
    ...         return 401
    ...     return 200
    >>> handler(b"{}", {"biz-timestamp": "1792000000000", "biz-resp-signature": "00" * 64})
    401
    """
    if not isinstance(environment, Environment):
        raise InputError(
            "environment must be a cobo.Environment.",
            hint="Use cobo.DEV, cobo.PROD or cobo.Environment(base_url, key).",
        )
    posted = Posted.of(body, headers)
    timestamp = posted.header(*_spelled(signing.TIMESTAMP), joined=True)
    signature = posted.header(*_spelled(signing.RESPONSE_SIGNATURE), joined=True)
    if not re.fullmatch(r"[0-9]{1,15}", timestamp):
        raise WebhookRefused(
            f"The header {_spelled(signing.TIMESTAMP)[0]} is no time in milliseconds.",
            cause="header-malformed",
        )
    public = Ed25519PublicKey.from_hex(environment.response_public_key)
    if not signing.response_fits(public, posted.body, timestamp, signature):
        raise WebhookRefused(
            f"The signature is not one of Cobo's key for {environment.name} over these bytes and "
            "this time.",
            hint="Is it this environment's endpoint, and the body byte for byte as it arrived?",
        )
    moment_ms = must_be_fresh(int(timestamp), now_ms, freshness_s)
    event = _event_of(posted)
    stamp(event, Provenance(environment.name, "webhook", {}, True, moment_ms), fills={})
    return event


def _spelled(name: str) -> tuple[str, str]:
    return name.replace("-", "_"), name


class _Typed(msgspec.Struct):
    data_type: str | None = None


def _event_of(posted: Posted) -> WebhookEvent:
    event = posted.decoded(WebhookEvent)
    try:
        kind = converted(event.data, _Typed).data_type
        data = converted(event.data, DATA.get(kind or "", Any))
    except UNREADABLE as error:
        reason = str(error)
    else:
        return msgspec.structs.replace(event, data=data, data_type=kind)
    raise WebhookRefused(
        f"It is proven, and its data is not of the documented shape: {reason}.",
        hint="The service may have a newer shape: look at the raw body.",
        cause="unreadable",
    )

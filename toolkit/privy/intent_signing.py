"""What a member signs to authorize an intent.

Privy documents it in words: *an authorization signature over the intent's underlying request*. Ours
is the one reading of them that its documents support: method, URL and body of ``request_details``
with ``privy-app-id``, as for any signed request. Whether ``privy-request-expiry`` belongs to it is
documented nowhere: without it is our choice, and ``with_expiry`` the other one.
"""

from __future__ import annotations

from toolkit.base.times import wall_clock_ms
from toolkit.base.validate import text, whole_number
from toolkit.errors import InputError
from toolkit.keys.signer import Signer
from toolkit.privy import signing
from toolkit.privy.intents import Intent, IntentAuthorizeInput


def intent_message(intent: Intent, app_id: str, *, with_expiry: bool = False) -> str:
    """The readable text that a member signs: canonical JSON of the request behind an intent.

    Args:
        app_id: of the app that it belongs to.
        with_expiry: also sign ``privy-request-expiry``, the intent's ``expires_at``.

    Raises:
        InputError: it is no intent.
        rfc8785.CanonicalizationError: a number of its body cannot be written exactly.

    >>> change = privy.UpdateKeyQuorumRequest(display_name="Payouts")
    >>> intent = app.send(privy.create_key_quorum_update_intent(quorum.id, change))
    >>> privy.intent_message(intent, app.identity)[:36]
    '{"body":{"display_name":"Payouts"},"'
    """
    if not isinstance(intent, Intent):
        raise InputError(
            f"intent must be a privy.Intent, not {type(intent).__name__}.",
            hint="Read it with privy.get_intent(intent_id): sign what Privy has.",
        )
    headers = {signing.APP_ID: text(app_id, "app_id")}
    if with_expiry:
        headers[signing.REQUEST_EXPIRY] = str(intent.expires_at)
    details = intent.request_details
    return signing.message(details.method, details.url, headers, details.body)


def sign_intent(
    intent: Intent,
    key: Signer,
    app_id: str,
    *,
    with_expiry: bool = False,
    now_ms: int | None = None,
) -> IntentAuthorizeInput:
    """One member's authorization, to be sent with ``privy.authorize_intent``.

    Look at ``intent.request_details`` first: that is what is done.

    Args:
        key: the member's private half, or a signer elsewhere (with ``public`` and ``sign``).
        now_ms: this moment, Unix milliseconds; None: by this computer's clock.

    Raises:
        InputError: no intent, or a key of another curve.

    >>> change = privy.UpdateKeyQuorumRequest(display_name="Payouts")
    >>> intent = app.send(privy.create_key_quorum_update_intent(quorum.id, change))
    >>> signed = privy.sign_intent(intent, alice, app.identity)
    >>> app.send(privy.authorize_intent(intent.intent_id, signed)).status
    'pending'
    """
    if signing.public_of(key) is None:
        kind = type(key).__name__
        del key
        raise InputError(f"A P256Key signs an intent, not {kind}.", hint="Load the member's key.")
    moment_ms = wall_clock_ms() if now_ms is None else whole_number(now_ms, "now_ms")
    message = intent_message(intent, app_id, with_expiry=with_expiry)
    return IntentAuthorizeInput(signature=signing.sign(key, message), timestamp=moment_ms)

"""privy.Client: an app and its secret; co-signers only where a quorum changes."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, ClassVar, Self, Unpack

import msgspec

from toolkit.base.outside import Variables, cleaned, variable
from toolkit.base.times import of_http_date
from toolkit.base.typed import decoded
from toolkit.base.validate import whole_number
from toolkit.client import client
from toolkit.client.options import Options, by_name
from toolkit.errors import ApiError, InputError, by_status
from toolkit.findings import Finding
from toolkit.keys.detect import is_private, is_surely_private
from toolkit.keys.public import spoken
from toolkit.keys.secret import Secret, refuse_on_binder
from toolkit.keys.signer import Signature, Signer
from toolkit.privy import checks, operations, signing
from toolkit.privy.authority import Authority, authority_of, cosigners, difference
from toolkit.request import body
from toolkit.request.call import Call, Operation
from toolkit.request.environment import Environment as AnyEnvironment
from toolkit.request.prepared import Prepared
from toolkit.transport.provider import (
    NO_ENVELOPE,
    UNREADABLE,
    Headers,
    Meaning,
    UnsignedRequest,
    gateway_hint,
    meant,
)

ID_VARIABLE, SECRET_VARIABLE, URL_VARIABLE = (
    "PRIVY_APP_ID",
    "PRIVY_APP_SECRET",
    "PRIVY_API_BASE_URL",
)
# Refusals that Privy's pages and its SDKs know, and that say what was wrong before anything was
# done. Others (408, 409, 425, 429, what proxies invent) do not prove that nothing was done.
SETTLING = (400, 401, 403, 404, 422)
LONGEST_ID = 40  # characters; every id that Privy's documents show is a cuid of 25
_VARIABLE = re.compile(r"\$\{?[A-Za-z_]\w*\}?|%[A-Za-z_]\w*%")
_CUID = re.compile(
    r"c[a-z0-9]{23,24}"
)  # ours to tell apart with, not documented: an emulator's id has 24
_ORDER = (
    f"The app id comes first, then the app secret. As variables: {ID_VARIABLE} and "
    f"{SECRET_VARIABLE}."
)

_HOSTS = {"https://api.privy.io": "PROD", "https://api.staging.privy.io": "STAGING"}


@dataclass(frozen=True, slots=True)
class Environment(AnyEnvironment):
    """Where Privy's API is. ``base_url`` has no ``/v1``.

    >>> from toolkit import privy
    >>> privy.PROD.base_url
    'https://api.privy.io'
    >>> privy.Environment("http://127.0.0.1:8000").is_local
    True
    """

    official: ClassVar[Mapping[str, str]] = _HOSTS
    name: str = "CUSTOM"


PROD = Environment("https://api.privy.io", "PROD")
STAGING = Environment("https://api.staging.privy.io", "STAGING")
HOSTED = (PROD, STAGING)


class Client(client.Client):
    """Talks to Privy as one app.

    Args:
        app_id: the app's id.
        app_secret: text or Secret; kept hidden.
        environment: ``privy.PROD``, ``privy.STAGING`` or a ``privy.Environment``.
        options: those of every client: ``timeout``, ``ca_bundle``, ``journal``,
            ``confirm`` and others.

    Raises:
        CredentialsRefused: a hosted environment on a public Binder session.

    >>> from toolkit import privy
    >>> with privy.Client("cm49410e6f9c4a24685a8e7e", "a secret that is none") as app:
    ...     app.environment.name
    'PROD'
    """

    environment: Environment

    @by_name
    def __init__(
        self,
        app_id: str,
        app_secret: str | Secret,
        *,
        environment: Environment = PROD,
        **options: Unpack[Options],
    ) -> None:
        try:
            if not isinstance(environment, Environment):
                raise InputError(
                    "environment must be a privy.Environment.",
                    hint="Use privy.PROD or privy.Environment(base_url).",
                )
            if not environment.is_local:
                refuse_on_binder(f"A secret for Privy {environment.name}")
            provider = _Provider(*credentials(app_id, app_secret))
        finally:
            del (
                app_id,
                app_secret,
            )  # from here on no frame holds a spelling, not even that of a refusal
        super().__init__(provider, environment, **options)

    @classmethod
    @by_name
    def from_env(cls, *, env_file: str | Path | None = None, **options: Unpack[Options]) -> Self:
        """From ``PRIVY_APP_ID``, ``PRIVY_APP_SECRET`` and, if set, ``PRIVY_API_BASE_URL``: the
        SDKs' names.

        Args:
            env_file: a file of ``NAME=value`` lines to read them from, instead of the environment.
                None is searched for.

        Raises:
            InputError: id or secret is not set, each is in the other's place, or the file cannot be
                read.
            CredentialsRefused: a hosted environment on a public Binder session; the secret was not
                read.

        >>> from pathlib import Path
        >>> from tempfile import mkdtemp
        >>> from toolkit import privy
        >>> file = Path(mkdtemp()) / ".env"
        >>> lines = ["PRIVY_APP_ID=cm49410e6f9c4a24685a8e7e", "PRIVY_APP_SECRET=of nobody at all"]
        >>> _ = file.write_text("\\n".join(lines))
        >>> with privy.Client.from_env(env_file=file) as app:
        ...     app.environment.name
        'PROD'
        """
        variables = Variables(env_file)
        url = (variables.get(URL_VARIABLE) or PROD.base_url).rstrip("/")
        if "://" not in url:
            del url  # it may be a secret in the wrong variable: no frame of the traceback holds it
            raise InputError(
                f"{URL_VARIABLE} is not an address.",
                hint=f"Unset it, or set it to {PROD.base_url}.",
            )
        environment = {place.base_url: place for place in HOSTED}.get(url) or Environment(url)
        if not environment.is_local:
            refuse_on_binder(f"A secret for Privy {environment.name}")
        if not variables.get(ID_VARIABLE):
            raise InputError(
                f"The {variables.kind} {ID_VARIABLE} is not set.",
                hint=f"Set {ID_VARIABLE} and start again.",
            )
        secret = Secret.from_env(SECRET_VARIABLE, local=environment.is_local, env_file=env_file)
        return cls(variables.get(ID_VARIABLE), secret, environment=environment, **options)


def credentials(app_id: object, app_secret: object) -> tuple[str, Secret]:
    """App id and app secret, if each can be what it is passed as.

    Raises:
        InputError: one stands in the other's place, or is empty; it is not repeated, and no frame
            holds it.
    """
    try:
        secret = app_secret if isinstance(app_secret, Secret) else Secret(app_secret)  # type: ignore[arg-type]
        if isinstance(app_id, str):
            app_id = cleaned(app_id, "app_id")
        if isinstance(app_id, Secret) or (isinstance(app_id, str) and is_secret(app_id)):
            what = (
                "app_id is a secret, or a key: it was not taken, for an app id is shown and sent "
                "openly."
            )
        elif not isinstance(app_id, str) or not re.fullmatch(r"[A-Za-z0-9_-]+", app_id.strip()):
            what = "app_id is empty or not an app id."
        elif trouble := _why_no_secret(secret, app_id):
            what = f"app_secret {trouble}."
        else:
            return app_id.strip(), secret
    finally:
        del app_id, app_secret
    raise InputError(what, hint=_ORDER)


def is_secret(text: str) -> bool:
    """Whether a text that is to be an app id is surely something else, which nobody may see.

    The shape of an app id is documented nowhere. What is longer than any, a private key, 32 hex
    digits or more, or has letters of both cases at random, is none; nor is what the variable for
    the secret holds.
    """
    plain = text.strip()
    if _CUID.fullmatch(plain) or not plain:
        return False
    both_cases = re.search(r"[a-z]", plain) and re.search(r"[A-Z]", plain)
    return (
        len(plain) > LONGEST_ID
        or is_private(plain)
        or plain == variable(SECRET_VARIABLE)
        or re.fullmatch(r"[0-9a-fA-F]{32,}", plain) is not None
        or (len(plain) >= 20 and both_cases is not None)
    )


def _why_no_secret(secret: Secret, app_id: str) -> str:
    """Why a text is not the secret, or not alone, by what no secret can be; nothing otherwise.

    Its letters are documented nowhere.
    """
    if secret.reveal() == app_id.strip() or not may_be_secret(secret):
        return "is not an app secret: it is an app id, or a key"
    return "" if secret.reveal().isalnum() else _what_stands_beside(secret.reveal())


def _what_stands_beside(plain: str) -> str:
    """What stands around a secret, or in its place; nothing where it may be one."""
    from toolkit.keys.instead import instead_of_secret  # few secrets have anything else

    instead = instead_of_secret(plain)
    named = re.match(r"(?:export\s+)?[A-Z][A-Z0-9_]{3,40}=", plain)
    if instead:
        return f"is {instead[0]}"
    if _VARIABLE.fullmatch(plain):
        return "is the name of a variable, not its value"
    if named:
        return "has the name of a variable before it"
    if re.search(r"\s#|[\r\n]", plain):
        return "has a comment or another line behind it"
    if {plain[0], plain[-1]} & set("\"'`"):
        return "has a quote at one end alone"
    return ""


def may_be_secret(secret: Secret) -> bool:
    """Whether a secret can be an app secret: neither an app id, nor a key to sign with."""
    plain = secret.reveal()
    named = variable(ID_VARIABLE)
    its_id = _CUID.fullmatch(plain) is not None or (plain == named and not is_secret(named))
    return not its_id and "-----BEGIN" not in plain and not is_surely_private(plain)


@dataclass(frozen=True, slots=True)
class _Provider:
    service: ClassVar[str] = operations.SERVICE
    signs_answers: ClassVar[bool] = False
    operations: ClassVar[tuple[Operation[Any], ...]] = operations.OPERATIONS
    identity: str
    secret: Secret

    def is_own_secret(self, text: str) -> bool:
        return self.secret.stands_in(text)

    def written(self, request: msgspec.Struct) -> bytes:
        return body.canonical(request)

    def unsigned_request(
        self,
        call: Call[Any],
        url: str,
        content: bytes,
        now_ms: int,
        expires_in_s: int | None = None,
        idempotency_key: str = "",
    ) -> UnsignedRequest:
        if call.operation in operations.PROPOSALS and expires_in_s is not None:
            return _proposal(self.identity, call, url, content, now_ms, expires_in_s)
        lifetime_ms = _lifetime_ms(call, expires_in_s)
        return unsigned_request(
            self.identity, call, url, content, now_ms + lifetime_ms, idempotency_key
        )

    def credentials(self, prepared: Prepared[Any], signers: Sequence[Signer]) -> Mapping[str, str]:
        pair = f"{self.identity}:{self.secret.reveal()}".encode()
        headers = {"Authorization": "Basic " + base64.b64encode(pair).decode()}
        if prepared.signed and signers:
            headers[signing.SIGNATURE] = signing.signature_header(signers, prepared.message)
        return headers

    def cosigners(
        self,
        prepared: Prepared[Any],
        signers: Sequence[Signer],
        signatures: Sequence[Signature],
        as_read: object,
        send: Callable[[Call[Any]], Any],
        now_ms: int,
    ) -> tuple[Signer, ...]:
        now = authority_of(prepared.call, send, now_ms)
        if isinstance(as_read, Authority):
            sentence = difference(as_read, now)
            if sentence:
                raise InputError(
                    f"Who must sign has changed since this was asked for: {sentence}. Nothing was "
                    "sent.",
                    hint="Prepare it again from the quorum as it is now; everybody signs anew.",
                )
        return cosigners(now, prepared, signers, signatures)

    def signed_by(self, prepared: Prepared[Any], signers: Sequence[Signer]) -> tuple[str, ...]:
        if not prepared.signed:
            return ()
        publics = [signing.public_of(signer) for signer in signers]
        return tuple(f"key {spoken(each.fingerprint)}" for each in publics if each is not None)

    def proof(self, headers: Headers, content: bytes) -> None:
        return None  # Privy signs no answers

    def stamp_ms(self, headers: Headers) -> int | None:
        return of_http_date(headers.get("date", ""))

    def expires_ms(self, prepared: Prepared[Any]) -> int | None:
        expiry = prepared.headers.get(signing.REQUEST_EXPIRY)
        return None if expiry is None else int(expiry)

    def settles(self, status: int, headers: Headers, content: bytes) -> bool:
        kind = headers.get("content-type", "application/json").partition(";")[0].strip().lower()
        return status in SETTLING and kind == "application/json" and _envelope(content) is not None

    def contradiction(self, value: object) -> str | None:
        return None

    def refusal(self, call: Call[Any], place: str, status: int, content: bytes) -> ApiError:
        kind = by_status(status)
        said = _envelope(content)
        if said is None:
            what = (
                f"{place}: HTTP {status}, without Privy's error envelope, so a gateway may have "
                "written it."
            )
            hint = gateway_hint(status)
            return kind(what, status=status, cause=NO_ENVELOPE, hint=hint)
        coded = f", code {said.code}" if said.code else ""
        what = f"{place}: HTTP {status}{coded}: {said.error.rstrip('.')}."
        cause, hint = meant(f"{said.error} {said.code}", _MEANINGS)
        return kind(what, status=status, code=said.code, hint=hint, cause=cause)

    def problems(
        self, call: Call[Any], signers: Sequence[Signer | Signature]
    ) -> tuple[Finding, ...]:
        return checks.problems(call, signers)


def unsigned_request(
    app_id: str,
    call: Call[Any],
    url: str,
    content: bytes,
    fresh_until_ms: int,
    idempotency_key: str = "",
) -> UnsignedRequest:
    """A request as it will look, before anything secret is put on it, and what members sign of it.

    ``fresh_until_ms``: Unix milliseconds, the expiry that members sign, where they do.
    """
    headers = {signing.APP_ID: app_id, "Accept": "application/json"}
    if content:
        headers["Content-Type"] = "application/json"
    if idempotency_key:
        headers[signing.IDEMPOTENCY_KEY] = idempotency_key
    if not (call.operation.co_signed or call.operation.owner_signs):
        return UnsignedRequest(headers, _UNSIGNED[call.operation.changes], False, fresh_until_ms)
    headers[signing.REQUEST_EXPIRY] = str(fresh_until_ms)
    signed = {name: headers[name] for name in signing.SIGNED_HEADERS if name in headers}
    parsed = signing.parsed(content) if content else ""
    message = signing.message(call.operation.method, url, signed, parsed)
    return UnsignedRequest(headers, message, True, fresh_until_ms)


def _proposal(
    app_id: str, call: Call[Any], url: str, content: bytes, now_ms: int, expires_in_s: int
) -> UnsignedRequest:
    """A proposal whose intent ends at a time of its own: that stands in the header.

    It may itself be sent as long as any request. Raises InputError for an expiry out of bounds.
    """
    unsigned = unsigned_request(app_id, call, url, content, now_ms + signing.EXPIRY_MS)
    expiry_ms = now_ms + _bounded_ms(expires_in_s)
    headers = {**unsigned.headers, signing.REQUEST_EXPIRY: str(expiry_ms)}
    return msgspec.structs.replace(unsigned, headers=headers)


def _lifetime_ms(call: Call[Any], expires_in_s: int | None) -> int:
    """How long what is prepared may be sent, in milliseconds.

    Raises:
        InputError: an expiry for what is not signed, or one that is out of bounds.
    """
    if expires_in_s is None:
        return signing.EXPIRY_MS
    if not (call.operation.co_signed or call.operation.owner_signs):
        raise InputError(
            f"expires_in_s: {call.operation.name} is not signed, so it has no expiry.",
            hint="Leave it out.",
        )
    return _bounded_ms(expires_in_s)


def _bounded_ms(expires_in_s: int) -> int:
    """Milliseconds of seconds that fit. Raises InputError."""
    seconds = whole_number(expires_in_s, "expires_in_s")
    if not 1 <= seconds <= signing.LONGEST_EXPIRY_S:
        raise InputError(
            f"expires_in_s is {seconds}; from 1 to {signing.LONGEST_EXPIRY_S:,} (7 days, our "
            "limit) fit.",
            hint="Pass e.g. 86_400 for a day. How long Privy takes it is documented nowhere.",
        )
    return 1000 * seconds


class _Envelope(msgspec.Struct, forbid_unknown_fields=True):
    """What Privy says in a refusal, as observed; it is in no OpenAPI file.

    Gateways and frameworks add fields of their own.
    """

    error: str
    code: str | int | None = None


_PHRASES = frozenset(
    status.phrase.casefold() for status in HTTPStatus
)  # a gateway's whole vocabulary


def _envelope(content: bytes) -> _Envelope | None:
    """Privy's words for a refusal; None for what something else on the way may have written."""
    try:
        said = decoded(content, _Envelope)
    except UNREADABLE:
        return None
    words = said.error.strip().casefold()
    return None if not words or words in _PHRASES else said


_UNSIGNED = {
    True: (
        "Nothing is signed. The app secret alone authenticates this request, so its body is not "
        "tamper-evident: "
        "whoever can change it on the way, or knows the secret, decides what is created."
    ),
    False: "Nothing is signed. The app secret authenticates this request, and it changes nothing.",
}
# Privy answers 401 for many reasons. What tells them apart, in text or code: words, cause, what to
# check. Source: texts as observed live, codes as documented (troubleshooting, API errors); the two
# differ.
_MEANINGS = (
    Meaning(
        ("invalid app id or app secret",),
        "credentials",
        "App id and secret must belong together, and to this environment.",
    ),
    Meaning(
        ("missing `privy-authorization-signature`", "missing_or_empty_authorization_header"),
        "signature-missing",
        "Pass the members' keys as signers.",
    ),
    Meaning(
        ("number of signatures", "incorrect_quantity_of_authorization_signatures"),
        "signature-count",
        "Sign with exactly as many members as the quorum's threshold says now.",
    ),
    Meaning(
        ("no valid authorization signatures", "zero_correct_authorization_signatures"),
        "signature",
        "Did members of the quorum sign, and these very bytes: same URL, same body, same expiry?",
    ),
    Meaning(
        ("insufficient_correct_authorization_signatures",),
        "signature-count",
        "Some signatures hold, and they are too few: who signed is perhaps no member any more.",
    ),
    Meaning(
        ("no valid authorization keys or user signing keys", "user_session_keys"),
        "user-session",
        "A user member needs a session key; users cannot sign with this toolkit.",
    ),
    Meaning(
        ("has expired", "request_expired"),
        "expired",
        "Prepare it again and sign it again. If it was fresh, set this computer's clock.",
    ),
    Meaning(("policy violation",), "policy", "A policy of the wallet forbids it."),
    Meaning(("key quorum not found",), "not-found", "Is the id from this app?"),
)

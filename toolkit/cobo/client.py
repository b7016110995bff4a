"""cobo.Client: calls signed by an API key, answers believed only when their signature holds."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Self, Unpack
from urllib.parse import urlsplit

import msgspec

from toolkit.base.outside import Variables
from toolkit.base.text import and_words
from toolkit.base.typed import decoded
from toolkit.base.validate import text
from toolkit.client import client
from toolkit.client.options import Options, by_name
from toolkit.cobo import access, checks, operations, signing
from toolkit.cobo.checks import LARGEST_PAGE
from toolkit.cobo.models import (
    OPEN_TSS_STATUSES,
    ApiKeyInfo,
    ErrorResponse,
    MPCVault,
    TSSRequest,
)
from toolkit.errors import ApiError, Forbidden, InputError, KeyRefused, by_status
from toolkit.findings import Finding, documented
from toolkit.keys import Ed25519Key, Ed25519PublicKey, Secp256k1Key
from toolkit.keys.detect import privacy_of
from toolkit.keys.public import spoken
from toolkit.keys.secret import Secret, refuse_on_binder
from toolkit.keys.signer import Signature, Signer
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
    meant,
)

# Hosts: Cobo's environments page; sandbox is known to the SDKs only.
_HOSTS = {
    "DEV": "https://api.dev.cobo.com/v2",
    "PROD": "https://api.cobo.com/v2",
    "SANDBOX": "https://api.sandbox.cobo.com/v2",
}
FRESH_MS = 60_000  # our limit: how long Cobo itself accepts a nonce is not documented
KEY_VARIABLE, CURVE_VARIABLE = "COBO_API_SECRET", "COBO_CURVE_TYPE"
# What ``cobo config env`` exports, and what the CLI itself reads. Source: Cobo's CLI
ENVIRONMENT_VARIABLES, HOST_VARIABLE = ("COBO_ENV", "COBO_ENVIRONMENT"), "COBO_API_HOST"
PUBLIC_VARIABLE = "COBO_API_KEY"
_KINDS: dict[str, type[Ed25519Key] | type[Secp256k1Key]] = {
    "ED25519": Ed25519Key,
    "SECP256K1": Secp256k1Key,
}
_LONG_NAMES = {"DEVELOPMENT": "DEV", "PRODUCTION": "PROD"}


@dataclass(frozen=True, slots=True)
class Environment(AnyEnvironment):
    """Where Cobo's API is, and the Ed25519 key (hex) that its answers are signed with.

    ``base_url`` includes ``/v2``.

    >>> from toolkit import cobo
    >>> cobo.DEV.base_url
    'https://api.dev.cobo.com/v2'
    >>> gateway = cobo.Environment("https://gateway.example/v2", cobo.PROD.response_public_key)
    """

    official: ClassVar[Mapping[str, str]] = {url: name for name, url in _HOSTS.items()}
    response_public_key: str = ""
    name: str = "CUSTOM"

    def __init__(self, base_url: str, response_public_key: str, name: str = "CUSTOM") -> None:
        Ed25519PublicKey.from_hex(text(response_public_key, "response_public_key"))
        object.__setattr__(self, "base_url", base_url)
        object.__setattr__(self, "response_public_key", response_public_key)
        object.__setattr__(self, "name", name)
        self.__post_init__()


# Keys: the official SDKs (Python configuration.py, Java AuthenticationInterceptor).
DEV = Environment(
    _HOSTS["DEV"], "a04ea1d5fa8da71f1dcfccf972b9c4eba0a2d8aba1f6da26f49977b08a0d2718", "DEV"
)
PROD = Environment(
    _HOSTS["PROD"], "8d4a482641adb2a34b726f05827dba9a9653e5857469b8749052bf4458a86729", "PROD"
)
SANDBOX = Environment(
    _HOSTS["SANDBOX"], "893d8a6112ae22429a7453599256391d7928e16870ecab888ee3ce65febada08", "SANDBOX"
)
HOSTED = {environment.name: environment for environment in (DEV, PROD, SANDBOX)}


def curve_in(variables: Variables) -> type[Ed25519Key] | type[Secp256k1Key]:
    """The kind of the key, by its variable; Ed25519 where none is set. Raises InputError."""
    kind = _KINDS.get((variables.get(CURVE_VARIABLE) or "ED25519").upper())
    if kind is None:
        raise InputError(
            f"{CURVE_VARIABLE} is neither ED25519 nor SECP256K1.",
            hint="It is the key's curve_type.",
        )
    return kind


def environment_in(variables: Variables) -> Environment:
    """Where requests go, by the variables that Cobo's CLI exports; DEV where none is set.

    Raises:
        InputError: an unknown value, or two that contradict each other. No value is repeated.
    """
    chosen: dict[str, Environment] = {}
    for variable in ENVIRONMENT_VARIABLES:
        name = variables.get(variable).upper()
        if name and _LONG_NAMES.get(name, name) not in HOSTED:
            raise InputError(
                f"{variable} is none of dev, prod, sandbox.", hint="It names Cobo's environment."
            )
        if name:
            chosen[variable] = HOSTED[_LONG_NAMES.get(name, name)]
    host = variables.get(HOST_VARIABLE)
    if host:
        chosen[HOST_VARIABLE] = _hosted_at(host)
    if len(set(chosen.values())) > 1:
        raise InputError(
            f"{and_words(list(chosen))} name different environments.",
            hint="Unset all but one of them.",
        )
    return next(iter(chosen.values()), DEV)


def _hosted_at(host: str) -> Environment:
    """Cobo's environment at a host, written with or without https://, its port and /v2."""
    plain = host.lower()
    place = plain.removeprefix("https://").rstrip("/").removesuffix("/v2").removesuffix(":443")
    if "://" in place:
        raise InputError(
            f"{HOST_VARIABLE} has another scheme than https.",
            hint="Cobo is reached by https only: write the host alone.",
        )
    for environment in HOSTED.values():
        if environment.host == place:
            return environment
    known = ", ".join(environment.host for environment in HOSTED.values())
    raise InputError(
        f"{HOST_VARIABLE} is none of Cobo's hosts ({known}).",
        hint="In code, cobo.Environment(base_url, response_public_key) takes any other.",
    )


def _must_be_its_half(public: str, key: signing.ApiKey) -> None:
    """Raises InputError where ``COBO_API_KEY`` is the public half of another key."""
    if not public:
        return
    try:
        same = type(key.public).parse(public) == key.public
    except KeyRefused:
        same = False
    if same:
        return
    raise InputError(
        f"{PUBLIC_VARIABLE} is not the public half of {KEY_VARIABLE} on {key.curve}.",
        hint=f"Set both of one key, with its {CURVE_VARIABLE}; or unset {PUBLIC_VARIABLE}: it is "
        "not needed.",
    )


class Client(client.Client):
    """Talks to Cobo with one API key.

    Args:
        key: the API key's private half, Ed25519 (default at Cobo) or secp256k1.
        environment: ``cobo.DEV``, ``cobo.PROD``, ``cobo.SANDBOX`` or a ``cobo.Environment``.
        options: those of every client: ``timeout``, ``ca_bundle``, ``journal``,
            ``confirm`` and others.

    Raises:
        CredentialsRefused: a hosted environment on a public Binder session.

    >>> from toolkit import cobo
    >>> from toolkit.keys import Ed25519Key
    >>> with cobo.Client(Ed25519Key.generate(), environment=cobo.DEV) as custody:
    ...     custody.environment.name
    'DEV'
    """

    environment: Environment

    @by_name
    def __init__(
        self, key: signing.ApiKey, *, environment: Environment = DEV, **options: Unpack[Options]
    ) -> None:
        if not isinstance(key, Ed25519Key | Secp256k1Key):
            kind = type(key).__name__
            del key  # it may be the key's text: no frame of the traceback holds it
            raise InputError(
                f"key must be an Ed25519Key or a Secp256k1Key, not {kind}.",
                hint="Load the private half with toolkit.keys.",
            )
        if not isinstance(environment, Environment):
            raise InputError(
                "environment must be a cobo.Environment.",
                hint="Use cobo.DEV, cobo.PROD or cobo.Environment(base_url, key).",
            )
        if not environment.is_local:
            refuse_on_binder(f"A key for Cobo {environment.name}")
        super().__init__(_Provider(key, environment), environment, **options)

    @classmethod
    @by_name
    def from_env(cls, *, env_file: str | Path | None = None, **options: Unpack[Options]) -> Self:
        """From ``COBO_API_SECRET`` (hex), ``COBO_CURVE_TYPE`` (ED25519, the default, or SECP256K1)
        and where it is for: ``COBO_ENV`` or ``COBO_ENVIRONMENT`` (dev, the default, prod or
        sandbox), or ``COBO_API_HOST`` (a host of Cobo's).

        The names are those that ``cobo config env`` exports, but for the curve, which is ours:
        Cobo's SDK reads no variables. ``COBO_API_KEY`` is compared with the secret, if it is set.

        Args:
            env_file: a file of ``NAME=value`` lines to read them from, instead of the environment.
                None is searched for.

        Raises:
            InputError: the secret is not set, is a public key, another variable has an unknown
                value, two of them contradict each other, or the file cannot be read.
            CredentialsRefused: a public Binder session; the secret was not read.

        >>> from pathlib import Path
        >>> from tempfile import mkdtemp
        >>> from toolkit import cobo
        >>> from toolkit.keys import Ed25519Key
        >>> file = Path(mkdtemp()) / ".env"
        >>> secret = Ed25519Key.generate().reveal_hex()
        >>> _ = file.write_text(f"COBO_API_SECRET={secret}\\nCOBO_ENV=prod")
        >>> with cobo.Client.from_env(env_file=file) as custody:
        ...     custody.environment.name
        'PROD'
        """
        variables = Variables(env_file)
        kind = curve_in(variables)
        environment = environment_in(variables)
        refuse_on_binder(f"A key for Cobo {environment.name}")
        key = kind.parse(Secret.from_env(KEY_VARIABLE, env_file=env_file).reveal())
        _must_be_its_half(variables.get(PUBLIC_VARIABLE), key)
        return cls(key, environment=environment, **options)

    def preflight(self, call: Call[Any]) -> tuple[Finding, ...]:
        """What probably stands in the way of a call, before it is sent: expiry, addresses, roles,
        scopes.

        Reads the API key info; where the key may not read that, lists one wallet, as Cobo's own
        tools do to try a key. It sends nothing else. It is an estimate: the table of roles
        describes the Portal, and what a role that is no preset may do is unknown. ``high`` will be
        refused, ``note`` is unknown.

        Raises:
            InputError: a call of another service; nothing was read.
        """
        return self.access_to(call).findings

    def access_to(self, call: Call[Any]) -> access.Access:
        """Whether this key may do that: the answer, and everything that was looked at for it."""
        self._sender.must_take(call)
        exchange = self.exchange(operations.get_api_key_info())
        tried = None
        if isinstance(exchange.error, Forbidden):
            tried = self.exchange(operations.list_wallets(limit=1)).error
        return access.access_to(exchange.error or exchange.value, call, self.now_ms(), tried)

    def every_vault(self) -> Iterator[MPCVault]:
        """Every vault that this key sees, as it is read: first those of the organisation, then
        those that users control, project by project.

        Raises:
            ToolkitError: a list cannot be read; what came before it was given.
        """
        for vaults in self.iterate(operations.list_mpc_vaults(limit=LARGEST_PAGE)):
            yield from vaults
        for projects in self.iterate(operations.list_mpc_projects(limit=LARGEST_PAGE)):
            for project in projects:
                call = operations.list_mpc_vaults(
                    "User-Controlled", project_id=project.project_id, limit=LARGEST_PAGE
                )
                for vaults in self.iterate(call):
                    yield from vaults

    def follow_tss_request(
        self, vault_id: str, tss_request_id: str, *, for_s: float = 600.0
    ) -> Iterator[TSSRequest]:
        """How far a TSS request is: now, and at each change, until it ends or ``for_s`` seconds
        have passed.

        It reads every two seconds at first, less and less often later, at least every half minute.
        What it ends with may still wait for its holders: ask again later. On an in-process emulator
        waiting takes no time.

        Raises:
            ToolkitError: it cannot be read.
        """
        waited_s, pause_s, told = 0.0, 2.0, None
        while True:
            request = self.send(operations.get_tss_request_by_id(vault_id, tss_request_id))
            if request.status != told:
                told = request.status
                yield request
            if request.status not in OPEN_TSS_STATUSES or waited_s >= for_s:
                return
            self._sleep(min(pause_s, for_s - waited_s))
            waited_s, pause_s = waited_s + pause_s, min(30.0, pause_s * 1.25)


@dataclass(frozen=True, slots=True)
class _Provider:
    service: ClassVar[str] = operations.SERVICE
    signs_answers: ClassVar[bool] = True
    operations: ClassVar[tuple[Operation[Any], ...]] = operations.OPERATIONS
    key: signing.ApiKey
    environment: Environment
    response_key: Ed25519PublicKey = field(init=False)
    identity: str = field(init=False)
    origin: str = field(init=False)  # scheme and host: what stands before each path
    names: tuple[str, ...] = field(init=False)  # of the key, as whose signature a request left

    def __post_init__(self) -> None:
        object.__setattr__(
            self, "response_key", Ed25519PublicKey.from_hex(self.environment.response_public_key)
        )
        object.__setattr__(self, "identity", self.key.public.to_hex())
        parts = urlsplit(self.environment.base_url)
        object.__setattr__(self, "origin", f"{parts.scheme}://{parts.netloc}")
        object.__setattr__(self, "names", (f"API key {spoken(self.key.fingerprint)}",))

    def is_own_secret(self, text: str) -> bool:
        return privacy_of(text) != "no" and self.key.stands_in(text)

    def written(self, request: msgspec.Struct) -> bytes:
        return body.compact(request)

    def unsigned_request(
        self,
        call: Call[Any],
        url: str,
        content: bytes,
        now_ms: int,
        expires_in_s: int | None = None,
        idempotency_key: str = "",
    ) -> UnsignedRequest:
        if expires_in_s is not None:
            raise InputError(
                "expires_in_s: a Cobo request carries its moment, and no expiry.",
                hint="Leave it out.",
            )
        path, _, query = url.removeprefix(self.origin).partition("?")
        nonce = str(now_ms)
        return UnsignedRequest(
            headers={
                signing.API_KEY: self.identity,
                signing.API_NONCE: nonce,
                "Accept": "application/json",
                "Content-Type": "application/json",
            },
            message=signing.message(call.operation.method, path, nonce, query, content.decode()),
            signed=True,
            fresh_until_ms=now_ms + FRESH_MS,
        )

    def credentials(self, prepared: Prepared[Any], signers: Sequence[Signer]) -> Mapping[str, str]:
        return {signing.API_SIGNATURE: signing.sign(self.key, prepared.message)}

    def cosigners(
        self,
        prepared: Prepared[Any],
        signers: Sequence[Signer],
        signatures: Sequence[Signature],
        as_read: object,
        send: Callable[[Call[Any]], Any],
        now_ms: int,
    ) -> tuple[Signer, ...]:
        raise InputError(_ALONE, hint="Leave signers and signatures out.")

    def signed_by(self, prepared: Prepared[Any], signers: Sequence[Signer]) -> tuple[str, ...]:
        return self.names

    def proof(self, headers: Headers, content: bytes) -> str:
        timestamp, signature = _timestamp(headers), _either(headers, _SIGNATURES)
        held = (
            timestamp
            and signature
            and signing.response_fits(self.response_key, content, timestamp, signature)
        )
        return signature.lower() if held else ""

    def stamp_ms(self, headers: Headers) -> int | None:
        timestamp = _timestamp(headers)
        return int(timestamp) if _MILLISECONDS.fullmatch(timestamp) else None

    def expires_ms(self, prepared: Prepared[Any]) -> None:
        return None  # how long Cobo takes a nonce is documented nowhere

    def settles(self, status: int, headers: Headers, content: bytes) -> bool:
        # only a verified answer gets here; an internal error says not what was done before it
        return status < 500 and _envelope(content) is not None

    def contradiction(self, value: object) -> str | None:
        if isinstance(value, ApiKeyInfo) and value.key.casefold() != self.identity.casefold():
            return f"asked about the key {self.identity!r}, answered with the key {value.key!r}"
        return None

    def refusal(self, call: Call[Any], place: str, status: int, content: bytes) -> ApiError:
        kind = by_status(status)
        said = _envelope(content)
        if said is None:
            return kind(
                f"{place}: HTTP {status}, without Cobo's error envelope.",
                status=status,
                cause=NO_ENVELOPE,
            )
        what = (
            f"{place}: HTTP {status}, code {said.error_code}: {said.error_message} (error id "
            f"{said.error_id})."
        )
        hint = _HINTS.get(said.error_code, "").format(
            permission=call.operation.permission, key=spoken(self.key.fingerprint)
        )
        refused = said.error_code in signing.AUTHENTICATION_CODES
        cause, more = meant(said.error_message, _MEANINGS_2024) if refused else ("", "")
        return kind(
            what,
            status=status,
            code=said.error_code,
            error_id=said.error_id,
            hint=more or hint or _BY_STATUS.get(status, ""),
            cause=cause,
        )

    def problems(
        self, call: Call[Any], signers: Sequence[Signer | Signature]
    ) -> tuple[Finding, ...]:
        found = checks.problems(call)
        if not signers:
            return found
        source = documented("Cobo authentication guide")
        alone = Finding(
            "cobo.signers", "high", "", ("signers",), _ALONE, "Leave signers out.", source
        )
        return (alone, *found)


_ALONE = "A Cobo request is signed by the API key alone."


def _envelope(content: bytes) -> ErrorResponse | None:
    """Cobo's words for a refusal; None for anything else."""
    try:
        return decoded(content, ErrorResponse)
    except UNREADABLE:
        return None


def _spellings(name: str) -> tuple[str, str]:
    """A header's name with hyphens, and with underscores."""
    return name.lower(), name.lower().replace("-", "_")


_TIMESTAMPS = _spellings(signing.TIMESTAMP)
_SIGNATURES = _spellings(signing.RESPONSE_SIGNATURE)
_MILLISECONDS = re.compile(r"[0-9]{1,15}")


def _either(headers: Headers, names: tuple[str, str]) -> str:
    """A header in either spelling."""
    return headers.get(names[0]) or headers.get(names[1]) or ""


def _timestamp(headers: Headers) -> str:
    return _either(headers, _TIMESTAMPS)


# What the texts of 2024 (formerly 2022 and 2023) tell apart: words, cause, what to check. Source:
# Cobo's authentication guide and page on error codes, for the first three; the words of the others
# are inferred.
_MEANINGS_2024 = (
    Meaning(
        ("not registered in this environment",),
        "wrong-environment",
        "Development and production have separate keys: does this key belong to this base URL?",
    ),
    Meaning(
        ("not yet activated", "not activated"),
        "not-activated",
        "An Admin has to approve the key in the app first.",
    ),
    Meaning(
        ("whitelist",),
        "address-not-listed",
        "This computer's public address is not on the key's list in the Portal.",
    ),
    Meaning(
        ("signature",),
        "signature",
        "The signature does not fit what arrived: is it the right key and curve, and does a proxy "
        "rewrite requests?",
    ),
    Meaning(
        ("nonce", "timestamp"),
        "nonce",
        "Set this computer's clock: the nonce is the time in milliseconds.",
    ),
    Meaning(
        ("key expired", "key has expired"),
        "expired",
        "By that text the key has ended. Register another in the Portal.",
    ),
)
_BY_STATUS = {
    403: "Look at the roles and scopes of the API key; a recent change may still wait for an Admin."
}
# Code 2024 has many causes, and only its text tells them apart. Source: Cobo's page on error codes.
_HINTS = {
    2003: "A required field is missing; the message names it.",
    2006: "A field has a value that is not accepted; the message names it.",
    2021: "Look at path and method: a trailing slash or a wrong method reads like this, too.",
    2024: (
        "One code, several causes: a key of another environment, a key not yet approved by an "
        "Admin, an address that is not on the key's list, a key that has ended, or a signature "
        "over other bytes. The key is {key}."
    ),
    2025: (
        "The key's roles or scopes do not reach this; it needs {permission}. A recent change may "
        "wait for an Admin."
    ),
    4001: "The id belongs to another organisation, or to another environment.",
    2040: "Something of that name, or with that key, is there already.",
    2101: "The wallet's name is too long.",
    2102: "The wallet's name has characters that Cobo does not take there.",
    2103: "Another wallet of the organisation has that name.",
    2026: "Too many requests: wait a second, then twice as long each time.",
    2028: "Is the id from this environment?",
}

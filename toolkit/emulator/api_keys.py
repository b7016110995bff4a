"""The API keys of the emulated Cobo: what each may do, and the states in which it is refused.

No operation of Cobo's manages keys: a person does, in the Portal. Here that is
``Emulator.set_api_key``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sized
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from toolkit.base.times import DAY_MS
from toolkit.base.typed import converted
from toolkit.base.validate import text, texts, whole_number
from toolkit.cobo import models, signing
from toolkit.emulator.choices import Choices
from toolkit.emulator.core import LATEST_MS, Clock, Refusal, sendable
from toolkit.emulator.limits import API_KEYS, NAME_LIMIT, ROLE_SCOPES
from toolkit.errors import InputError
from toolkit.keys import Ed25519Key, Ed25519PublicKey, Secp256k1Key, Secp256k1PublicKey

AUTHENTICATION = 2024  # Cobo's code for all of these; only the text tells them apart
TEMPORARY_MS = 30 * DAY_MS  # how long a key without a list of addresses works, by the manual
# The one text that Cobo documents whole (cobo-auth, environments).
NOT_REGISTERED = (
    "Your API key is not registered in this environment. "
    "Development and Production environments use separate API keys."
)
# Of these its page on error codes has the beginnings alone; the rest is ours.
NOT_ACTIVATED = {
    "not-yet": "Your API key is not yet activated. An Admin has to approve it in Cobo Guard.",
    "not": "Api key is not activated",
}
# "mentions the IP whitelist", the page says. The words are ours, as those for an expired key.
NOT_LISTED = "The request's IP address is not in the IP whitelist of your API key."
EXPIRED = "Your API key has expired."
STATES = ("active", "pending-approval", "wrong-environment", "address-not-listed", "expired")

GivenKey = Ed25519Key | Secp256k1Key | Ed25519PublicKey | Secp256k1PublicKey | str
GivenRoles = Iterable[models.RoleScope | Mapping[str, Any]]


class KeyChange(
    msgspec.Struct,
    frozen=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    kw_only=True,
):
    """What becomes of a key; what is not said stays as it is.

    ``key`` is a public key in hex, empty for the world's own; one that is not known yet is
    registered. ``expired_timestamp``: Unix milliseconds, or None for a permanent key.
    """

    key: str = ""
    state: str | None = None
    name: str | None = None
    role_scopes: list[models.RoleScope] | None = None
    valid_ips: list[str] | None = None
    expired_timestamp: int | UnsetType | None = UNSET

    def __post_init__(self) -> None:
        if self.key:
            public = signing.api_public_key(self.key.lower())
            msgspec.structs.force_setattr(self, "key", public.to_hex())
        if self.state is not None and self.state not in STATES:
            raise InputError(
                f"An API key cannot be {self.state!r}.",
                hint=f"Use {', '.join(STATES)}.",
            )
        for word in (self.name or "", *(self.valid_ips or ())):
            _judge_text(word)
        _judge_count(self.role_scopes or ())
        _judge_count(self.valid_ips or ())
        if isinstance(self.expired_timestamp, int):
            _judge_moment(self.expired_timestamp)


def key_change(
    key: GivenKey | None = None,
    *,
    state: str | None = None,
    name: str | None = None,
    role_scopes: GivenRoles | None = None,
    valid_ips: Iterable[str] | None = None,
    expired_timestamp: int | UnsetType | None = UNSET,
) -> KeyChange:
    """The change that these say. Of a private key the public half is taken.

    Raises:
        InputError: a state that there is not, roles that are none, a moment beyond 2200.
        KeyRefused: a key that no API key can be.
    """
    roles = None if role_scopes is None else [_role(role) for role in role_scopes]
    addresses = None if valid_ips is None else list(texts(valid_ips, "valid_ips"))
    return KeyChange(
        key="" if key is None else _public_hex(key),
        state=None if state is None else text(state, "state"),
        name=None if name is None else text(name, "name"),
        role_scopes=roles,
        valid_ips=addresses,
        expired_timestamp=expired_timestamp,
    )


def change_of(fields: object) -> KeyChange:
    """The change that plain values say. Raises InputError."""
    try:
        return converted(fields, KeyChange)
    except msgspec.ValidationError as error:
        if isinstance(error.__cause__, InputError):
            raise error.__cause__ from None
        raise InputError(
            f"The API key cannot be changed like that: {error}.",
            hint=f"It takes {', '.join(KeyChange.__struct_fields__)}.",
        ) from None


class ApiKeys:
    """The registered keys by public key (hex, lower case), and those that are refused."""

    def __init__(self, choices: Choices, clock: Clock) -> None:
        self.choices = choices
        self.clock = clock
        self.known: dict[str, models.ApiKeyInfo] = {}
        #: of those that are not active; an expired one is told by its moment
        self.states: dict[str, str] = {}

    def judge(self, key_hex: str) -> models.ApiKeyInfo:
        """The key, if it is registered, active and not expired. Raises Refusal."""
        info = self.known.get(key_hex.lower())
        state = self.states.get(key_hex.lower(), "active")
        if info is None or state == "wrong-environment":
            raise _refused(NOT_REGISTERED, "unknown-key")
        if state == "pending-approval":
            raise _refused(NOT_ACTIVATED[self.choices["cobo.not_activated_text"]], "pending-key")
        if state == "address-not-listed":
            raise _refused(NOT_LISTED, "address")
        ends_ms = info.expired_timestamp
        if isinstance(ends_ms, int) and ends_ms <= self.clock.now_ms():
            raise _refused(EXPIRED, "expired-key")
        return info

    def may_change(self, change: KeyChange) -> None:
        """Raises InputError where there are too many keys already."""
        if change.key and change.key not in self.known and len(self.known) >= API_KEYS:
            raise InputError(
                f"An emulator knows at most {API_KEYS} API keys.", hint="Change one of them."
            )

    def change(self, change: KeyChange, own_key: str) -> None:
        """Let it happen, now; ``own_key`` is the world's own, in hex."""
        key = change.key or own_key
        info = self.known.get(key) or self._registered(key, change)
        said: dict[str, Any] = {"updated_timestamp": self.clock.now_ms()}
        for name in ("name", "role_scopes", "valid_ips"):
            if getattr(change, name) is not None:
                said[name] = getattr(change, name)
        if change.expired_timestamp is not UNSET:
            said["expired_timestamp"] = change.expired_timestamp
        self.known[key] = replace(info, **said)
        if change.state is not None:
            self._turn(key, change.state)

    def _registered(self, key: str, change: KeyChange) -> models.ApiKeyInfo:
        """A key as it begins: permanent with a list of addresses, else for thirty days."""
        now_ms = self.clock.now_ms()
        return models.ApiKeyInfo(
            name=f"key-{len(self.known) + 1}",
            curve_type="ED25519" if len(key) == 64 else "SECP256K1",
            key=key,
            created_timestamp=now_ms,
            updated_timestamp=now_ms,
            expired_timestamp=None if change.valid_ips else now_ms + TEMPORARY_MS,
            role_scopes=[],
        )

    def _turn(self, key: str, state: str) -> None:
        info, now_ms = self.known[key], self.clock.now_ms()
        ends_ms = info.expired_timestamp
        self.states.pop(key, None)
        if state == "expired":
            self.known[key] = replace(info, expired_timestamp=now_ms)
        elif state != "active":
            self.states[key] = state
        elif isinstance(ends_ms, int) and ends_ms <= now_ms:
            self.known[key] = replace(info, expired_timestamp=now_ms + TEMPORARY_MS)

    def reach(
        self,
        key_hex: str,
        permission: str,
        dimension: str,
        made: str,
    ) -> None:
        """What a key has made joins the lists of the roles that let it; that is a choice."""
        info = self.known.get(key_hex.lower())
        if info is None or self.choices["cobo.made_by_key"] != "in-its-scopes":
            return
        roles = []
        for role in info.role_scopes or ():
            listed = getattr(role.scopes, dimension)
            if listed and models.role_may(role.role_name, permission):
                scopes = replace(role.scopes, **{dimension: [*listed, made]})
                role = replace(role, scopes=scopes)
            roles.append(role)
        self.known[key_hex.lower()] = replace(info, role_scopes=roles)


def _refused(sentence: str, cause: str) -> Refusal:
    return Refusal(401, sentence, AUTHENTICATION, cause=cause)


def _public_hex(key: object) -> str:
    if isinstance(key, Ed25519Key | Secp256k1Key):
        return key.public.to_hex()
    if isinstance(key, Ed25519PublicKey | Secp256k1PublicKey):
        return key.to_hex()
    return signing.api_public_key(text(key, "key").lower()).to_hex()


def _role(role: object) -> models.RoleScope:
    if isinstance(role, models.RoleScope):
        return role
    try:
        return converted(role, models.RoleScope)
    except msgspec.ValidationError as error:
        raise InputError(
            f"role_scopes: {error}.",
            hint="Pass cobo.RoleScope(role_name=…, scopes=cobo.Scopes(…)).",
        ) from None


def _judge_text(value: str) -> None:
    if len(value) > NAME_LIMIT or sendable(value) != value:
        raise InputError(
            f"A name or an address has at most {NAME_LIMIT} characters, each of them whole.",
            hint="Shorten it.",
        )


def _judge_count(listed: Sized) -> None:
    if len(listed) > ROLE_SCOPES:
        raise InputError(
            f"A key has at most {ROLE_SCOPES} roles, and as many addresses.", hint="Pass fewer."
        )


def _judge_moment(moment_ms: int) -> None:
    if not 0 <= whole_number(moment_ms, "expired_timestamp") <= LATEST_MS:
        raise InputError(
            "expired_timestamp must be a moment between 1970 and 2200.",
            hint="It is in Unix milliseconds; None is a permanent key.",
        )

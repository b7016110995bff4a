"""What probably stands in the way of a call, told from the API key info, before the call is sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from toolkit.base.times import day
from toolkit.cobo.models import ApiKeyInfo, RoleScope, preset_role, role_may
from toolkit.errors import Forbidden, SignatureRejected, ToolkitError
from toolkit.request.call import Call

Verdict = Literal["clear", "probably", "unknown"]


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One thing that was looked at: ``key``, ``expiry``, ``addresses``, ``role`` or ``scope``.

    ``clear``: nothing stands in the way there. ``probably``: it will be refused for this. ``unknown``: the key's
    information does not tell.
    """

    about: str
    verdict: Verdict
    sentence: str
    source: str

    def __str__(self) -> str:
        return f"{self.about}: {self.verdict}. {self.sentence} [{self.source}]"


INFO = "Get API key information"
ROLES = "Cobo manual, roles and permissions; that API roles equal the Portal's is inferred"
SCOPES = "Cobo guide, permissions and scopes; that an empty list is no limit is inferred"


def obstacles(
    info: ApiKeyInfo | ToolkitError, call: Call[Any], now_ms: int
) -> tuple[Obstacle, ...]:
    """What the key's information says about this call, everything that was looked at."""
    if isinstance(info, SignatureRejected | Forbidden):
        return (Obstacle("key", "probably", f"The key itself was refused: {info}", INFO),)
    if isinstance(info, ToolkitError):
        return (
            Obstacle("key", "unknown", f"The key's information could not be read: {info}", INFO),
        )
    return _expiry(info, now_ms), _addresses(info), *_roles(info, call)


def _expiry(info: ApiKeyInfo, now_ms: int) -> Obstacle:
    ends = info.expired_timestamp
    if ends is None:
        return Obstacle("expiry", "clear", "A permanent key.", INFO)
    if not isinstance(ends, int):
        return Obstacle("expiry", "unknown", "The answer does not say when the key ends.", INFO)
    if ends <= now_ms:
        return Obstacle(
            "expiry",
            "probably",
            f"The key ended on {day(ends)}. Register another in the Portal.",
            INFO,
        )
    return Obstacle("expiry", "clear", f"The key ends on {day(ends)}.", INFO)


def _addresses(info: ApiKeyInfo) -> Obstacle:
    if not isinstance(info.valid_ips, list) or not info.valid_ips:
        return Obstacle("addresses", "clear", "No list of addresses limits the key.", INFO)
    listed = ", ".join(info.valid_ips)
    sentence = f"Only these may call: {listed}. This computer cannot see its own public address."
    return Obstacle("addresses", "unknown", sentence, INFO)


def _roles(info: ApiKeyInfo, call: Call[Any]) -> tuple[Obstacle, ...]:
    wanted = call.operation.permission
    if not wanted:
        return (
            Obstacle(
                "role",
                "clear",
                f"{call.operation.title} names no permission.",
                "Cobo permission list",
            ),
        )
    roles = info.role_scopes if isinstance(info.role_scopes, list) else []
    names = ", ".join(role.role_name for role in roles) or "none"
    able = [role for role in roles if role_may(role.role_name, wanted)]
    custom = [role for role in roles if preset_role(role.role_name) is None]
    if able:
        holders = ", ".join(role.role_name for role in able)
        return Obstacle(
            "role", "clear", f"{holders} {'has' if len(able) == 1 else 'have'} {wanted}.", ROLES
        ), _scope([*able, *custom], call)
    if custom:
        sentence = f"It needs {wanted}. {', '.join(role.role_name for role in custom)}: what a role of your own may do is unknown."
        return Obstacle("role", "unknown", sentence, ROLES), _scope(custom, call)
    return (
        Obstacle("role", "probably", f"It needs {wanted}; the key's roles are: {names}.", ROLES),
    )


def _scope(roles: list[RoleScope], call: Call[Any]) -> Obstacle:
    ids = {
        name: value
        for name in ("vault_id", "project_id")
        if isinstance(value := call.argument(name), str)
    }
    for name, value in ids.items():
        limits = [getattr(role.scopes, f"{name}s") for role in roles]
        if all(isinstance(limit, list) and limit and value not in limit for limit in limits):
            what = name.removesuffix("_id")
            sentence = f"The {what} {value} is not among those that the key's roles reach."
            return Obstacle("scope", "probably", sentence, SCOPES)
    if not ids:
        return Obstacle("scope", "clear", "The call names no vault or project.", SCOPES)
    return Obstacle(
        "scope", "clear", f"{', '.join(ids.values())} is within the key's scopes.", SCOPES
    )

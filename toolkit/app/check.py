"""``python -m toolkit check``: read-only. Do these credentials work, where, and what may the key do?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from toolkit import cobo, privy
from toolkit.base.text import plain_line
from toolkit.base.times import LATEST_MS, WORTH_A_WORD_MS, apart, day
from toolkit.cobo.models import preset_role, role_may
from toolkit.errors import NotFound, ToolkitError
from toolkit.request.exchange import Exchange

DAY_MS = 86_400_000
NOWHERE = "a" * 24  # no quorum has this id: asking for it tests the credentials and changes nothing


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was looked at, printed as one line. ``good`` is None where it only informs."""

    good: bool | None
    what: str
    found: str

    def __str__(self) -> str:
        mark = {True: "ok  ", False: "BAD ", None: "    "}[self.good]
        return plain_line(f"{mark}{self.what:<14} {self.found}")


def check_cobo(client: cobo.Client) -> Iterator[Line]:
    """Environment, signature both ways, clock, and the key's roles."""
    yield Line(None, "Cobo", f"{client.environment.name}, {client.environment.base_url}")
    exchange = client.exchange(cobo.get_api_key_info())
    yield from _clock(exchange)
    if exchange.error is not None:
        yield Line(False, "API key", _sentence(exchange.error))
        return
    info = exchange.value
    yield Line(
        True,
        "API key",
        f"{info.name}, {info.curve_type}: it signs, and the answer's signature holds",
    )
    yield _ends(info, client.now_ms())
    roles = info.role_scopes if isinstance(info.role_scopes, list) else []
    for role in roles:
        if preset_role(role.role_name) is None:
            yield Line(
                None, "role", f"{role.role_name}: a role of your own; what it may do is unknown"
            )
            continue
        may = "may change" if role_may(role.role_name, "mpc_key_group:create") else "may only read"
        limits = {name: getattr(role.scopes, name) for name in role.scopes.__struct_fields__}
        named = [
            f"{len(values)} {name.replace('_', ' ')[: None if len(values) > 1 else -1]}"
            for name, values in limits.items()
            if isinstance(values, list) and values
        ]
        where = f"limited to {', '.join(named)}" if named else "no limit listed"
        yield Line(
            None,
            "role",
            f"{role.role_name}: {may} key share holder groups (Portal preset, inferred); {where}",
        )
    if not roles:
        yield Line(
            False, "role", "none: this key can do nothing. An Admin may still have to approve it."
        )


def check_privy(client: privy.Client) -> Iterator[Line]:
    """Environment, credentials and clock: a read of a quorum that does not exist."""
    yield Line(None, "Privy", f"{client.environment.name}, {client.environment.base_url}")
    exchange = client.exchange(privy.get_key_quorum(NOWHERE))
    yield from _clock(exchange)
    missing = isinstance(exchange.error, NotFound)
    if missing and "Key quorum not found" not in str(exchange.error):
        yield Line(
            False,
            "app",
            "something answered 404 that does not speak Privy's API: check the base URL",
        )
        return
    good = exchange.error is None or missing
    yield Line(
        good,
        "app",
        "id and secret are accepted"
        if exchange.error is None or missing
        else _sentence(exchange.error),
    )


def _clock(exchange: Exchange[Any]) -> Iterator[Line]:
    if exchange.skew_ms is not None:
        yield Line(abs(exchange.skew_ms) <= WORTH_A_WORD_MS, "clock", apart(exchange.skew_ms))


def _ends(info: cobo.ApiKeyInfo, now_ms: int) -> Line:
    expires = info.expired_timestamp
    if expires is None:
        return Line(None, "ends", "never: a permanent key")
    if not isinstance(expires, int):
        return Line(None, "ends", "unknown: the answer does not say")
    left_ms = expires - now_ms
    good = True if left_ms > 7 * DAY_MS else None
    if left_ms <= DAY_MS:
        good = False
    soon = "" if good else "; register its successor now, an Admin must approve it"
    if left_ms <= 0:
        return Line(good, "ends", f"it has ended: {day(expires)}{soon}")
    days = f", in {left_ms / DAY_MS:.1f} days" if expires < LATEST_MS else ""
    return Line(good, "ends", f"{day(expires)}{days}{soon}")


def _sentence(error: ToolkitError) -> str:
    """An error on one line: the line ends in it are ours, those of a service are written out already."""
    return " ".join(str(error).split("\n"))

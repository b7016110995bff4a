"""``python -m toolkit check``: read-only.

Do these credentials work, where, and what may the key do?
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from toolkit import cobo, privy
from toolkit.base.outside import Variables
from toolkit.base.text import plain_line, plural
from toolkit.base.times import WORTH_A_WORD_MS, apart
from toolkit.client.options import Options
from toolkit.cobo.access import Place, expiry_of, limits_of, may, reach, roles_of, time_left
from toolkit.cobo.models import RoleScope, preset_role
from toolkit.errors import (
    ApiError,
    Forbidden,
    NotFound,
    ServiceTrouble,
    ToolkitError,
    TooManyRequests,
)
from toolkit.findings import Finding, Severity, ours
from toolkit.request.exchange import Exchange
from toolkit.transport.provider import NO_ENVELOPE

NOWHERE = "a" * 24  # no quorum has this id: asking for it tests the credentials and changes nothing
CREATE_GROUPS = "mpc_key_group:create"
LOOKED = ours("looked at just now")
MARKS = {"good": "ok  ", "medium": "?   ", "high": "BAD "}  # ?: could not be judged


def checked(emulated: bool, env_file: str | None, options: Options) -> Iterator[Finding]:
    """What is found of each account whose credentials are there, one after the other.

    ``emulated``: of the built-in emulator instead. Nothing where there are no credentials.

    Raises:
        InputError: the file or a credential cannot be used.
    """
    if emulated:
        from toolkit.emulator import Emulator

        world = Emulator.seeded()
        yield from check_cobo(world.cobo_client())
        yield from check_privy(world.privy_client())
        return
    variables = Variables(env_file)
    if variables.get("COBO_API_SECRET"):
        with cobo.Client.from_env(env_file=env_file, **options) as custody:
            yield from check_cobo(custody)
    if variables.get("PRIVY_APP_ID"):
        with privy.Client.from_env(env_file=env_file, **options) as app:
            yield from check_privy(app)


def exit_code(findings: Iterable[Finding]) -> int:
    """1 where something is bad, 3 where something could not be judged, 0 where all is well."""
    severities = {finding.severity for finding in findings}
    if "high" in severities:
        return 1
    return 3 if "medium" in severities else 0


def document(findings: Iterable[Finding]) -> dict[str, object]:
    """The findings for other programs. ``severity``: ``high`` is bad, ``medium`` not judged."""
    rows = [
        {
            "rule": finding.rule,
            "severity": finding.severity,
            "subject": finding.subject,
            "sentence": finding.sentence,
            "remedy": finding.remedy,
        }
        for finding in findings
    ]
    return {"format": "quorum-toolkit check", "version": 1, "findings": rows}


def line_of(finding: Finding) -> str:
    """A finding as one line of a terminal."""
    mark = MARKS.get(finding.severity, "    ")
    return plain_line(f"{mark}{finding.subject:<14} {finding.text}")


def _line(severity: Severity, subject: str, sentence: str, remedy: str = "") -> Finding:
    rule = f"check.{subject.lower().replace(' ', '-')}"
    return Finding(rule, severity, subject, (), sentence, remedy, LOOKED)


def check_cobo(client: cobo.Client) -> Iterator[Finding]:
    """Environment, signature both ways, clock, and the key's roles."""
    yield _line("note", "Cobo", f"{client.environment.name}, {client.environment.base_url}")
    exchange = client.exchange(cobo.get_api_key_info())
    yield from _clock(exchange)
    if exchange.error is not None:
        yield _refused("API key", exchange.error)
        if isinstance(exchange.error, Forbidden):
            yield _tried(client)
        return
    info, now_ms = exchange.value, client.now_ms()
    sentence = f"{info.name}, {info.curve_type}: it signs, and the answer's signature holds"
    yield _line("good", "API key", sentence)
    yield _tried(client)
    yield _ends(info, now_ms)
    yield from (_role(role) for role in roles_of(info))
    access = may(info, CREATE_GROUPS, Place(), now_ms)
    if access.answer == "no":
        remedy = "An Admin may still have to approve it."
        yield _line(
            "high", "groups", f"may it create key share holder groups? no: {access.reason}", remedy
        )
    else:
        severity: Severity = "good" if access.answer == "yes" else "note"
        yield _line(severity, "groups", f"may it create key share holder groups? {access.answer}")


def _tried(client: cobo.Client) -> Finding:
    """Cobo's own test of a key: one wallet is listed."""
    exchange = client.exchange(cobo.list_wallets(limit=1))
    if isinstance(exchange.error, Forbidden):
        sentence = f"not judged: this key may not list them: {_sentence(exchange.error)}"
        return _line("medium", "wallets", sentence)
    if exchange.error is not None:
        return _refused("wallets", exchange.error)
    count = plural(exchange.value.pagination.total_count, "wallet")
    return _line("good", "wallets", f"{count} listed, as Cobo's own tools do to try a key")


def _ends(info: cobo.ApiKeyInfo, now_ms: int) -> Finding:
    expiry, ends_ms = expiry_of(info, now_ms), info.expired_timestamp
    sentence = expiry.sentence
    if isinstance(ends_ms, int):
        sentence = f"{sentence} {time_left(ends_ms, now_ms)}."
    severity: Severity = "note" if expiry.severity == "medium" else expiry.severity
    return _line(severity, "ends", sentence, expiry.remedy)


def _role(role: RoleScope) -> Finding:
    if preset_role(role.role_name) is None:
        sentence = f"{role.role_name}: no preset of Cobo's; what it may do is unknown"
        return _line("note", "role", sentence)
    able = reach(role, CREATE_GROUPS) == "yes"
    deed = "may change" if able else "may only read"
    lists = limits_of(role.scopes)
    named = [
        plural(len(values), name.removesuffix("s").replace("_", " "))
        for name, values in lists.items()
    ]
    where = f"limited to {', '.join(named)}" if named else "no limit listed"
    sentence = (
        f"{role.role_name}: {deed} key share holder groups (Portal preset, inferred); {where}"
    )
    return _line("note", "role", sentence)


def check_privy(client: privy.Client) -> Iterator[Finding]:
    """Environment, credentials and clock: a read of a quorum that does not exist."""
    yield _line("note", "Privy", f"{client.environment.name}, {client.environment.base_url}")
    exchange = client.exchange(privy.get_key_quorum(NOWHERE))
    yield from _clock(exchange)
    missing = isinstance(exchange.error, NotFound)
    if missing and "Key quorum not found" not in str(exchange.error):
        sentence = "something answered 404 that does not speak Privy's API:"
        yield _line("high", "app", sentence, "check the base URL")
    elif exchange.error is None or missing:
        yield _line("good", "app", "id and secret are accepted")
    else:
        yield _refused("app", exchange.error)


def _refused(subject: str, error: ToolkitError) -> Finding:
    """Bad only where the service itself said no; otherwise nobody has judged these credentials."""
    sentence = _sentence(error)
    if _is_verdict(error):
        return _line("high", subject, sentence)
    return _line("medium", subject, f"not judged: {sentence}")


def _is_verdict(error: ToolkitError) -> bool:
    """Whether this is the service's own word about who asked."""
    if isinstance(error, ServiceTrouble | TooManyRequests):
        return False
    return isinstance(error, ApiError) and error.cause != NO_ENVELOPE


def _clock(exchange: Exchange[Any]) -> Iterator[Finding]:
    if exchange.skew_ms is not None:
        near = abs(exchange.skew_ms) <= WORTH_A_WORD_MS
        yield _line("good" if near else "high", "clock", apart(exchange.skew_ms))


def _sentence(error: ToolkitError) -> str:
    """An error on one line: the line ends in it are ours, those of a service are written out
    already.
    """
    return " ".join(str(error).split("\n"))

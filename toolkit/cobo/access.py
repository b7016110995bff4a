"""May this key do this, here? Asked once: card, preflight and command line show the same answer.

Source: Cobo's manual, roles and permissions (it describes the Portal; that API roles equal it is
inferred), and its guide on permissions and scopes (that an empty list is no limit is inferred).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from toolkit.base.text import plural
from toolkit.base.times import DAY_MS, LATEST_MS, day
from toolkit.cobo.models import ApiKeyInfo, RoleScope, Scopes, preset_role, role_may
from toolkit.errors import Forbidden, SignatureRejected, ToolkitError
from toolkit.findings import SEVERITIES, Finding, Severity, Source, documented, ours
from toolkit.request.call import Call

#: ``some``: in listed wallets only. ``unknown``: nothing that is documented tells.
Answer = Literal["yes", "some", "no", "unknown"]
WIDEST: tuple[Answer, ...] = ("yes", "some", "unknown", "no")
BY_WALLET = ("wallet", "transaction")  # areas that a list of wallets narrows
ORG_CONTROLLED = "Org-Controlled"
NO_ROLE_SAID = "Cobo names no role of this key"

INFO = documented("Get API key information")
TRIED = documented("Cobo's CLI and its skill: list wallets, limit 1")
PERMISSIONS = documented("Cobo permission list")
ROLES = ours("Cobo manual, roles and permissions; that API roles equal the Portal's is inferred")
SCOPES = ours("Cobo guide, permissions and scopes; that an empty list is no limit is inferred")


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is to be done: a vault, a project; empty where the call names none."""

    vault_id: str = ""
    project_id: str = ""
    vault_type: str = ORG_CONTROLLED

    @classmethod
    def of(cls, call: Call[Any]) -> Place:
        """The place that a call names."""
        vault, project = call.argument("vault_id"), call.argument("project_id")
        kind = call.argument("vault_type") or call.argument("wallet_subtype")
        return cls(
            vault if isinstance(vault, str) else "",
            project if isinstance(project, str) else "",
            kind if isinstance(kind, str) else ORG_CONTROLLED,
        )


@dataclass(frozen=True, slots=True)
class Access:
    """The answer, and everything that was looked at for it: expiry, addresses, role and scope.

    >>> custody.access_to(cobo.list_mpc_vaults()).answer
    'yes'
    """

    answer: Answer
    findings: tuple[Finding, ...]

    @property
    def reason(self) -> str:
        """Why: what stands in the way, or else what decides."""
        worst_first = sorted(self.findings, key=lambda finding: SEVERITIES.index(finding.severity))
        return worst_first[0].sentence if worst_first else ""


def may(info: ApiKeyInfo, permission: str, place: Place, now_ms: int) -> Access:
    """Whether the key may do what needs this permission, at this place, at this moment
    (Unix ms).
    """
    expiry = expiry_of(info, now_ms)
    if not permission:
        free = _looked("access.role", "good", "It names no permission.", PERMISSIONS)
        return Access(_unless_ended("yes", expiry), (expiry, addresses_of(info), free))
    roles = roles_of(info)
    answers = [_by_role(role, permission, place) for role in roles]
    answer = together(answers)
    if not isinstance(info.role_scopes, list):
        answer = "unknown"
    found = (expiry, addresses_of(info), *_roles_and_scopes(info, permission, place, answer))
    return Access(_unless_ended(answer, expiry), found)


def access_to(
    info: ApiKeyInfo | ToolkitError,
    call: Call[Any],
    now_ms: int,
    tried: ToolkitError | None = None,
) -> Access:
    """The same for a call; also where the key's information could not be read, and why
    that was so.

    ``tried``: what listing wallets came to, where the key may not read about itself; None for well.
    """
    if isinstance(info, SignatureRejected):
        refused = _looked("access.key", "high", f"The key itself was refused: {info}", INFO)
        return Access("no", (refused,))
    if isinstance(info, Forbidden):
        return _untold(info, tried)
    if isinstance(info, ToolkitError):
        unread = f"The key's information could not be read: {info}"
        return Access("unknown", (_looked("access.key", "note", unread, INFO),))
    return may(info, call.operation.permission, Place.of(call), now_ms)


def _untold(info: Forbidden, tried: ToolkitError | None) -> Access:
    """Of a key that may not read about itself: whether it works at all, by Cobo's own test."""
    sentence = f"The key may not read about itself, so its roles are unknown: {info}"
    unread = _looked("access.key", "note", sentence, INFO)
    if isinstance(tried, SignatureRejected):
        refused = _looked("access.key", "high", f"The key itself was refused: {tried}", TRIED)
        return Access("no", (refused,))
    if tried is not None:
        failed = f"Nor did it list wallets, as Cobo's own tools do to try a key: {tried}"
        return Access("unknown", (unread, _looked("access.tried", "note", failed, TRIED)))
    works = "The key works: it lists wallets, as Cobo's own tools do to try a key."
    return Access("unknown", (unread, _looked("access.tried", "good", works, TRIED)))


def _unless_ended(answer: Answer, expiry: Finding) -> Answer:
    return "no" if expiry.rule == ENDED else answer


def _looked(
    rule: str, severity: Severity, sentence: str, source: Source, remedy: str = ""
) -> Finding:
    return Finding(rule, severity, "API key", (), sentence, remedy, source)


# ---- when and from where -------------------------------------------------------------------------

ENDED = "access.expired"
SOON_MS, AT_ONCE_MS = 7 * DAY_MS, DAY_MS  # when its end deserves a word, and a loud one
SUCCESSOR = "Register its successor before that: an Admin must approve it in the app."


def expiry_of(info: ApiKeyInfo, now_ms: int) -> Finding:
    """How long the key still works.

    A missing ``expired_timestamp`` is unknown; null means permanent.
    """
    ends_ms = info.expired_timestamp
    if ends_ms is None:
        sentence = "It has no end: a permanent key needs a list of addresses."
        return _looked("access.expiry", "good", sentence, INFO)
    if not isinstance(ends_ms, int):
        sentence = "Cobo's answer does not say when this key ends."
        return _looked("access.expiry", "note", sentence, INFO)
    left_ms = ends_ms - now_ms
    if left_ms <= 0:
        sentence = f"The key ended on {day(ends_ms)}. Cobo will refuse it."
        return _looked(ENDED, "high", sentence, INFO, "Register another in the Portal.")
    severity: Severity = "good"
    if left_ms <= AT_ONCE_MS:
        severity = "high"
    elif left_ms <= SOON_MS:
        severity = "medium"
    sentence = f"The key ends on {day(ends_ms)}."
    return _looked("access.expiry", severity, sentence, INFO, SUCCESSOR)


def time_left(ends_ms: int, now_ms: int) -> str:
    """How long until a moment, in days as people count them: ``5 days left``, ``Less than a day
    left``.
    """
    if ends_ms <= now_ms:
        return "Ended"
    if ends_ms >= LATEST_MS:
        return "Thousands of years left"
    days = (ends_ms - now_ms) // DAY_MS
    return f"{plural(days, 'day')} left" if days else "Less than a day left"


def addresses_of(info: ApiKeyInfo) -> Finding:
    """From where it may be used, as far as this computer can tell."""
    if not isinstance(info.valid_ips, list) or not info.valid_ips:
        sentence = "No list of addresses limits the key."
        return _looked("access.addresses", "good", sentence, INFO)
    sentence = (
        f"Only these may call: {', '.join(info.valid_ips)}. This computer cannot see its own "
        "public "
        "address."
    )
    return _looked("access.addresses", "note", sentence, INFO)


# ---- by role and scope ---------------------------------------------------------------------------


def roles_of(info: ApiKeyInfo) -> list[RoleScope]:
    """The key's roles; none where Cobo names none."""
    return list(info.role_scopes) if isinstance(info.role_scopes, list) else []


def reach(role: RoleScope, permission: str) -> Answer:
    """What a role may do, wherever: ``yes``, ``some`` (in listed wallets only), ``no``, or
    ``unknown``.
    """
    if preset_role(role.role_name) is None:
        return "unknown"
    if not role_may(role.role_name, permission):
        return "no"
    area, _, verb = permission.partition(":")
    if not role.scopes.wallet_ids or area not in BY_WALLET:
        return "yes"
    return "unknown" if verb == "create" else "some"  # of a new wallet a list says nothing


def together(answers: Iterable[Answer]) -> Answer:
    """What several roles give together: the widest; unknown stays so where nothing
    known gives it.
    """
    given = set(answers)
    return next((answer for answer in WIDEST if answer in given), "no")


def scope_reaches(scopes: Scopes, place: Place, permission: str) -> Answer:
    """Whether a role's lists let it touch a place.

    Lists of vaults and of types of wallets tell. What subtypes and projects mean for a vault of the
    organisation is documented nowhere; nor what any list means for a vault that is still to be
    made.
    """
    if _excludes(scopes.wallet_types, "MPC"):
        return "no" if place.vault_id else "unknown"
    if place.vault_id and _excludes(scopes.vault_ids, place.vault_id):
        return "no"
    if not place.vault_id and scopes.vault_ids and not permission.endswith(":read"):
        return "unknown"
    if scopes.project_ids and not _includes(scopes.project_ids, place.project_id):
        return "unknown"
    if _excludes(scopes.wallet_subtypes, place.vault_type):
        return "unknown"
    return "yes"


def _excludes(listed: Any, wanted: str) -> bool:
    return bool(listed) and wanted not in listed


def _includes(listed: Any, wanted: str) -> bool:
    return bool(listed) and wanted in listed


def _by_role(role: RoleScope, permission: str, place: Place) -> Answer:
    what, where = reach(role, permission), scope_reaches(role.scopes, place, permission)
    if "no" in (what, where):
        return "no"
    if "unknown" in (what, where):
        return "unknown"
    return what


def _roles_and_scopes(
    info: ApiKeyInfo, permission: str, place: Place, answer: Answer
) -> Iterator[Finding]:
    if not isinstance(info.role_scopes, list):
        yield _looked("access.role", "note", f"{NO_ROLE_SAID}: it needs {permission}.", ROLES)
        return
    roles = roles_of(info)
    able = [role for role in roles if reach(role, permission) in ("yes", "some")]
    custom = [role for role in roles if reach(role, permission) == "unknown"]
    yield _role_finding(roles, able, custom, permission)
    if able or custom:
        yield _scope_finding([*able, *custom], place, permission, answer)


def _names(roles: Sequence[RoleScope]) -> str:
    return ", ".join(dict.fromkeys(role.role_name for role in roles))


def _role_finding(
    roles: Sequence[RoleScope],
    able: Sequence[RoleScope],
    custom: Sequence[RoleScope],
    permission: str,
) -> Finding:
    if able:
        verb = "has" if len(able) == 1 else "have"
        return _looked("access.role", "good", f"{_names(able)} {verb} {permission}.", ROLES)
    if custom:
        sentence = (
            f"It needs {permission}. What {_names(custom)} may do is unknown: no preset of Cobo's."
        )
        return _looked("access.role", "note", sentence, ROLES)
    sentence = f"It needs {permission}; the key's roles are: {_names(roles) or 'none'}."
    remedy = "An Admin gives the key another role, in the Portal."
    return _looked("access.role", "high", sentence, ROLES, remedy)


def _scope_finding(
    roles: Sequence[RoleScope], place: Place, permission: str, answer: Answer
) -> Finding:
    where = together(scope_reaches(role.scopes, place, permission) for role in roles)
    what = f"vault {place.vault_id}" if place.vault_id else f"project {place.project_id}"
    if not place.vault_id and not place.project_id:
        what = ""
    if where == "no":
        sentence = f"The {what} is not among those that the key's roles reach."
        remedy = "An Admin adds it to the key's scopes, in the Portal."
        return _looked("access.scope", "high", sentence, SCOPES, remedy)
    if where == "unknown" or answer == "unknown":
        sentence = (
            "Whether the scopes of the key's roles reach it is documented nowhere: they name "
            f"{_limits(roles) or 'no vault'}."
        )
        return _looked("access.scope", "note", sentence, SCOPES)
    if not what:
        return _looked("access.scope", "good", "The request names no vault or project.", SCOPES)
    return _looked("access.scope", "good", f"The {what} is within the key's scopes.", SCOPES)


def limits_of(scopes: Scopes) -> Mapping[str, list[str]]:
    """The lists that narrow a role, by name; those that are empty, null or missing
    limit nothing.
    """
    lists = {name: getattr(scopes, name) for name in scopes.__struct_fields__}
    return {name: list(values) for name, values in lists.items() if values}


def _limits(roles: Sequence[RoleScope]) -> str:
    named = dict.fromkeys(
        name.replace("_", " ") for role in roles for name in limits_of(role.scopes)
    )
    return ", ".join(named)


# ---- the table of a key --------------------------------------------------------------------------

# area of the permission list → its title, and the verbs that are shown
AREAS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "mpc_vault": ("Vaults", ("read", "create", "update")),
    "mpc_key_group": ("Key groups", ("read", "create", "update", "delete")),
    "wallet": ("Wallets", ("read", "create", "create_address")),
    "transaction": ("Transactions", ("read", "withdraw", "contract_call", "stake")),
    "transaction_policy": ("Policies", ("read", "update")),
    "api_key": ("API keys", ("read", "edit")),
}
CAPABILITIES = (
    ("See the vault, its groups and TSS requests", "mpc_key_group:read"),
    ("Create key share holder groups and TSS requests", "mpc_key_group:create"),
    ("Change a group: make it the main group", "mpc_key_group:update"),
    ("Delete groups and cancel TSS requests", "mpc_key_group:delete"),
    ("Rename the vault", "mpc_vault:update"),
    ("Create wallets", "wallet:create"),
    ("Withdraw", "transaction:withdraw"),
    ("Stake", "transaction:stake"),
)


def matrix(info: ApiKeyInfo) -> list[tuple[str, list[list[Answer]]]]:
    """Rows of role by permission, in the order of ``AREAS``; the last one is the key with all its
    roles.
    """
    rows = [
        (
            role.role_name,
            [
                [reach(role, f"{area}:{verb}") for verb in verbs]
                for area, (_, verbs) in AREAS.items()
            ],
        )
        for role in roles_of(info)
    ]
    if len(rows) > 1:
        by_area = zip(*(cells for _, cells in rows), strict=True)
        whole = [[together(cells) for cells in zip(*area, strict=True)] for area in by_area]
        rows.append(("This key, in all", whole))
    return rows


@dataclass(frozen=True, slots=True)
class Capability:
    """What the key can do in one vault: ``Can``, ``Cannot`` or ``Unknown``, what, and why."""

    verdict: str
    what: str
    why: str


_VERDICTS = {"yes": "Can", "some": "Can", "no": "Cannot", "unknown": "Unknown"}


def in_vault(info: ApiKeyInfo, place: Place, now_ms: int) -> list[Capability]:
    """What the key can and cannot do in one vault, with the reason of each."""
    return [_capability(info, what, permission, place, now_ms) for what, permission in CAPABILITIES]


def _capability(
    info: ApiKeyInfo, what: str, permission: str, place: Place, now_ms: int
) -> Capability:
    access = may(info, permission, place, now_ms)
    giving = [role for role in roles_of(info) if _by_role(role, permission, place) == access.answer]
    if access.answer == "some":
        wallets = {wallet for role in giving for wallet in role.scopes.wallet_ids or ()}
        what = f"{what}, from the {plural(len(wallets), 'listed wallet')} only"
    return Capability(_VERDICTS[access.answer], what, _why(info, access, giving, permission, place))


def _why(
    info: ApiKeyInfo,
    access: Access,
    giving: Sequence[RoleScope],
    permission: str,
    place: Place,
) -> str:
    if access.answer in ("yes", "some"):
        return _names(giving)
    if not roles_of(info):
        return NO_ROLE_SAID
    if any(finding.rule == ENDED for finding in access.findings):
        return "the key has ended"
    if access.answer == "unknown":
        return f"{_names(giving)}: documented nowhere"
    reaching = [
        role for role in roles_of(info) if scope_reaches(role.scopes, place, permission) != "no"
    ]
    return "no role of this key" if reaching else "no role reaches this vault"

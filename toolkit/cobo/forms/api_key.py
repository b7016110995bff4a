"""The form that asks Cobo about the API key in use: facts, days left, scopes, and what its roles may do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import ipywidgets as w
from markupsafe import Markup

from toolkit.base.html import Rows, code, render, visible
from toolkit.base.times import LATEST_MS, day
from toolkit.cobo import models, operations
from toolkit.cobo.client import Client
from toolkit.cobo.forms.spelling import SPELLING
from toolkit.cobo.frames import NO_LIMIT
from toolkit.forms.form import CallForm
from toolkit.forms.job import Job
from toolkit.forms.widgets import option, styled
from toolkit.request.call import Call
from toolkit.tables import origin

DAY_MS = 86_400_000
# area of the permission list → its title, and the verbs that are shown
AREAS = {
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
BY_WALLET = ("wallet", "transaction")  # areas that a list of wallets narrows


# ---- what a key may do (pure) ----------------------------------------------------------------------


def reach(role: models.RoleScope, permission: str) -> str:
    """``yes``, ``some`` (in listed wallets only), ``no``, or ``unknown`` for a role that is no preset.

    Source: Cobo's manual, roles and permissions; it describes the Portal, that API roles equal it is inferred.
    """
    if models.preset_role(role.role_name) is None:
        return "unknown"
    if not models.role_may(role.role_name, permission):
        return "no"
    area, _, verb = permission.partition(":")
    if not role.scopes.wallet_ids or area not in BY_WALLET:
        return "yes"
    return (
        "unknown" if verb == "create" else "some"
    )  # what a list means for a new wallet is documented nowhere


def together(cells: Sequence[str]) -> str:
    """What several roles give together: the widest; what is unknown stays so where nothing known gives it."""
    return next((state for state in ("yes", "some", "unknown") if state in cells), "no")


def roles_of(info: models.ApiKeyInfo) -> list[models.RoleScope]:
    """The key's roles; none where Cobo names none."""
    return list(info.role_scopes) if isinstance(info.role_scopes, list) else []


def matrix(info: models.ApiKeyInfo) -> list[tuple[str, list[list[str]]]]:
    """Rows of role by permission, in the order of ``AREAS``; the last one is the key with all its roles."""
    rows = []
    for role in roles_of(info):
        cells = [
            [reach(role, f"{area}:{verb}") for verb in verbs] for area, (_, verbs) in AREAS.items()
        ]
        rows.append((role.role_name, cells))
    if len(rows) > 1:
        columns = zip(*(cells for _, cells in rows), strict=True)
        rows.append(
            (
                "This key, in all",
                [[together(c) for c in zip(*area, strict=True)] for area in columns],
            )
        )
    return rows


def in_vault(
    info: models.ApiKeyInfo, vault_id: str, vault_type: str = "Org-Controlled"
) -> list[tuple[str, str, str]]:
    """What the key can and cannot do in one vault: (``Can``, ``Cannot`` or ``Unknown``, what, why).

    That an empty list is no limit is inferred; so is that a role for other types of wallets reaches no MPC vault.
    """
    inside = [role for role in roles_of(info) if _reaches(role.scopes, vault_id, vault_type)]
    if not roles_of(info):
        return [("Unknown", what, "Cobo names no role of this key") for what, _ in CAPABILITIES]
    rows = []
    for what, permission in CAPABILITIES:
        states = [
            (role, reach(role, permission)) for role in inside
        ]  # one role may stand here twice, with two scopes
        state = together([found for _, found in states])
        those = [role for role, found in states if found == state]
        by = ", ".join(dict.fromkeys(role.role_name for role in those))
        if state == "some":
            count = len({each for role in those for each in role.scopes.wallet_ids or ()})
            what = f"{what}, from the {count} listed wallet{'s'[: count != 1]} only"
        verdict = {"yes": "Can", "some": "Can", "no": "Cannot", "unknown": "Unknown"}[state]
        why = {"no": "no role of this key", "unknown": f"{by}: documented nowhere"}.get(state, by)
        rows.append((verdict, what, why if inside else "no role reaches this vault"))
    return rows


def _reaches(scopes: models.Scopes, vault_id: str, vault_type: str) -> bool:
    """Whether a role's scopes let it touch this vault. One that is limited to projects reaches vaults of users only."""
    if scopes.project_ids and not scopes.vault_ids and vault_type == "Org-Controlled":
        return False
    limits = (
        (scopes.vault_ids, vault_id),
        (scopes.wallet_types, "MPC"),
        (scopes.wallet_subtypes, vault_type),
    )
    return all(wanted in (listed or (wanted,)) for listed, wanted in limits)


def days_left(info: models.ApiKeyInfo, now_ms: int) -> tuple[str, str, str, int | None, str]:
    """How long the key still works: mark, headline, of how many days, percent left, and a sentence.

    Warns at 7 days and at 1. A missing ``expired_timestamp`` is unknown; null means permanent.
    """
    expires = info.expired_timestamp
    if expires is None:
        return (
            "good",
            "Permanent",
            "",
            None,
            "It has no end. A permanent key needs a list of addresses.",
        )
    if not isinstance(expires, int):
        return "unsure", "End unknown", "", None, "Cobo's answer does not say when this key ends."
    left_ms, whole_ms = expires - now_ms, max(DAY_MS, expires - info.created_timestamp)
    if left_ms <= 0:
        text = f"It ended {day(expires)}. Cobo will refuse it; register another in the Portal."
        return "high", "Ended", "", 0, text
    text = f"Ends {day(expires)}. Register its successor before that: an Admin must approve it in the app."
    percent = min(100, _nearest(100 * left_ms, whole_ms))
    if expires >= LATEST_MS:
        return "good", "Thousands of years left", "", percent, text
    mark = "medium" if left_ms <= 7 * DAY_MS else "good"
    if left_ms <= DAY_MS:
        mark = "high"
    count = left_ms // DAY_MS
    headline = f"{count} day{'s'[: count != 1]} left" if count else "Less than a day left"
    of = f"of {_nearest(whole_ms, DAY_MS)}" if whole_ms < LATEST_MS else ""
    return mark, headline, of, percent, text


def _nearest(amount: int, unit: int) -> int:
    """How many units that is, to the nearest: in whole numbers, which no moment of a service is too large for."""
    return (amount + unit // 2) // unit


def _limit(values: Any, names: Mapping[str, str]) -> Markup:
    if not values:
        return Markup('<span class="quiet">{}</span>').format(NO_LIMIT)
    return Markup("<br>").join(
        visible(names[value]) if value in names else code(value) for value in values
    )


def api_key_card(info: models.ApiKeyInfo, now_ms: int, vaults: Mapping[str, str]) -> Markup:
    """Facts, days left, scopes, and role by permission. ``vaults``: names by id, as far as they could be read."""
    kind, headline, of, percent, text = days_left(info, now_ms)
    addresses = (
        ", ".join(info.valid_ips)
        if isinstance(info.valid_ips, list) and info.valid_ips
        else "none named"
    )
    columns = (
        "Role",
        *(dimension.replace("_", " ").capitalize() for dimension in models.SCOPE_DIMENSIONS),
    )
    scopes = [
        (
            role.role_name,
            *(
                _limit(getattr(role.scopes, dimension), vaults)
                for dimension in models.SCOPE_DIMENSIONS
            ),
        )
        for role in roles_of(info)
    ]
    custom = [
        role.role_name for role in roles_of(info) if models.preset_role(role.role_name) is None
    ]
    return render(
        "api_key.html",
        name=info.name,
        facts=[
            ("Public key", Markup("{} ({})").format(code(info.key), visible(info.curve_type))),
            (
                "Kind",
                "temporary"
                if isinstance(info.expired_timestamp, int)
                else "permanent"
                if info.expired_timestamp is None
                else "not said",
            ),
            ("Registered", day(info.created_timestamp)),
            ("Last changed", day(info.updated_timestamp)),
            ("Callback", code(info.callback_url) if info.callback_url else "none"),
            ("Addresses", addresses),
            ("Answer", origin(info)["verification"]),
        ],
        left={"kind": kind, "headline": headline, "of": of, "percent": percent, "text": text},
        scopes=Rows(
            "Scopes",
            "frames.role_scopes(form.result)",
            columns,
            scopes,
            "Cobo names no role for this key.",
        ),
        areas=list(AREAS.values()),
        matrix=matrix(info),
        custom=custom,
    )


def vault_card(info: models.ApiKeyInfo, vault_id: str, name: str) -> Markup:
    """What the key can and cannot do in one vault."""
    return render("in_vault.html", name=name, rows=in_vault(info, vault_id))


# ---- the form ------------------------------------------------------------------------------------


class ApiKeyForm(CallForm[models.ApiKeyInfo]):
    """*Get API key information*: nothing to fill in, one read to sign; then a vault to look into."""

    operation = operations.GET_API_KEY_INFO
    client_class = Client
    title = "API key"
    act = "Get API key info"
    done = "Read"
    spelling = SPELLING

    def __init__(self, client: Client) -> None:
        super().__init__(client)
        self.vault = w.Dropdown(description="What it can do in")
        self._in_vault = w.HTML()
        self._named: dict[str, str] = {}  # the vaults' names by id
        self._info: models.ApiKeyInfo | None = None  # the answer that the vaults were read for
        self.vault.observe(self._look_into, "value")
        self._assemble(f"GET /v2{operations.GET_API_KEY_INFO.path}", main=[], side=[])

    def _call(self) -> Call[models.ApiKeyInfo]:
        return operations.get_api_key_info()

    def _press(self, _: Any = None) -> None:
        if self._job is None:
            self.refresh()  # a read: each press is a new question
        super()._press()

    def _tell(self, value: models.ApiKeyInfo) -> str:
        return api_key_card(value, self.client.now_ms(), {})

    def _follow(self, value: models.ApiKeyInfo) -> Sequence[w.Widget]:
        """The vaults, so that the card can name them, and one can be looked into."""

        def read() -> dict[str, str]:
            pages = self.client.iterate(operations.list_mpc_vaults(limit=50))
            return {vault.vault_id or "": vault.name or "" for page in pages for vault in page.data}

        Job(read, partial(self._vaults_read, value)).start()
        return [styled(w.VBox([self.vault, self._in_vault]), "tk-follow")]

    def _vaults_read(self, info: models.ApiKeyInfo, job: Job[dict[str, str]]) -> None:
        if self.exchange is None or self.exchange.decoded is not info:
            return  # asked again meanwhile: that answer reads its own
        try:
            names = job.result()
        except Exception as error:  # noqa: BLE001  # said: nobody is there to raise it to
            self._in_vault.value = render(
                "status.html", kind="note", text=f"The vaults could not be read: {error}"
            )
            return
        # vaults that a scope names and the list does not show may exist all the same
        named = {each for role in roles_of(info) for each in role.scopes.vault_ids or ()}
        names |= {each: each for each in sorted(named - set(names))}
        self._after.value = api_key_card(info, self.client.now_ms(), names)
        self._info = info
        self._named = names
        self.vault.options = [(option(name), vault_id) for vault_id, name in names.items()]
        self.vault.value = next(iter(names), None)
        self._look_into()

    def _look_into(self, _: Any = None) -> None:
        if self.vault.value is None:
            text = "This key sees no vault."
            self._in_vault.value = render("status.html", kind="note", text=text)
        elif self._info is not None:
            self._in_vault.value = vault_card(
                self._info, self.vault.value, self._named[self.vault.value]
            )

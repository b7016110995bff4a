"""The form that asks Cobo about the API key in use: facts, days left, scopes, and what its roles
may do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import ipywidgets as w
from markupsafe import Markup

from toolkit.base.html import Rows, code, render, visible
from toolkit.base.times import DAY_MS, LATEST_MS
from toolkit.cobo import models, operations
from toolkit.cobo.access import (
    AREAS,
    ENDED,
    Place,
    expiry_of,
    in_vault,
    matrix,
    roles_of,
    time_left,
)
from toolkit.cobo.client import Client
from toolkit.cobo.forms.spelling import SPELLING
from toolkit.cobo.frames import API_KEY, NOTHING_LISTED
from toolkit.forms.form import CallForm
from toolkit.forms.job import Job
from toolkit.forms.spec import FormSpec
from toolkit.forms.widgets import option, styled
from toolkit.tables import origin


def days_left(info: models.ApiKeyInfo, now_ms: int) -> dict[str, Any]:
    """What the card draws of how long the key still works: mark, headline, of how many days,
    percent, text.
    """
    finding, ends_ms = expiry_of(info, now_ms), info.expired_timestamp
    facts: dict[str, Any] = {
        "kind": finding.severity,
        "of": "",
        "percent": None,
        "text": finding.text,
    }
    if ends_ms is None:
        return facts | {"headline": "Permanent"}
    if not isinstance(ends_ms, int):
        return facts | {"headline": "End unknown", "kind": "unsure"}
    headline = time_left(ends_ms, now_ms)
    if finding.rule == ENDED:
        return facts | {"headline": headline, "percent": 0}
    whole_ms = max(DAY_MS, ends_ms - info.created_timestamp)
    percent = min(100, _nearest(100 * (ends_ms - now_ms), whole_ms))
    of = f"of {_nearest(whole_ms, DAY_MS)}" if whole_ms < LATEST_MS else ""
    return facts | {"headline": headline, "percent": percent, "of": of}


def _nearest(amount: int, unit: int) -> int:
    """How many units that is, to the nearest: in whole numbers, which no moment is too
    large for.
    """
    return (amount + unit // 2) // unit


def _limit(values: Any, names: Mapping[str, str]) -> Markup:
    if not values:
        return Markup('<span class="quiet">{}</span>').format(NOTHING_LISTED)
    shown = [visible(names[value]) if value in names else code(value) for value in values]
    return Markup("<br>").join(shown)


def api_key_card(info: models.ApiKeyInfo, now_ms: int, vaults: Mapping[str, str]) -> Markup:
    """Facts, days left, scopes, and role by permission.

    ``vaults``: names by id, as far as they were read.
    """
    addresses = "none named"
    if isinstance(info.valid_ips, list) and info.valid_ips:
        addresses = ", ".join(info.valid_ips)
    dimensions = models.SCOPE_DIMENSIONS
    columns = ("Role", *(name.replace("_", " ").capitalize() for name in dimensions))
    scopes = [
        (role.role_name, *(_limit(getattr(role.scopes, name), vaults) for name in dimensions))
        for role in roles_of(info)
    ]
    empty = "Cobo names no role for this key."
    custom = [
        role.role_name for role in roles_of(info) if models.preset_role(role.role_name) is None
    ]
    return render(
        "api_key.html",
        name=info.name,
        facts=[
            *API_KEY.facts(info),
            ("Callback", code(info.callback_url) if info.callback_url else "none"),
            ("Addresses", addresses),
            ("Answer", origin(info)["verification"]),
        ],
        left=days_left(info, now_ms),
        scopes=Rows("Scopes", "frames.role_scopes(form.result)", columns, scopes, empty),
        areas=list(AREAS.values()),
        matrix=matrix(info),
        custom=custom,
    )


def vault_card(info: models.ApiKeyInfo, vault_id: str, name: str, now_ms: int) -> Markup:
    """What the key can and cannot do in one vault."""
    capabilities = in_vault(info, Place(vault_id), now_ms)
    rows = [(each.verdict, each.what, each.why) for each in capabilities]
    return render("in_vault.html", name=name, rows=rows)


class ApiKeyForm(CallForm[models.ApiKeyInfo]):
    """*Get API key information*: nothing to fill in, one read to sign; then a vault to
    look into.

    >>> form = cobo.forms.api_key_info(custody)
    >>> form.submit().name
    'treasury-bot'
    """

    def __init__(self, client: Client) -> None:
        super().__init__(client, Client)
        self.client: Client = client
        self.vault = w.Dropdown(description="What it can do in")
        self.in_vault = w.HTML()
        self._looking = styled(w.VBox([self.vault, self.in_vault]), "tk-follow")
        self.keep(self._looking)
        self._named: dict[str, str] = {}  # the vaults' names by id
        self._info: models.ApiKeyInfo | None = None  # the answer that the vaults were read for
        self.vault.observe(self._look_into, "value")
        spec: FormSpec[models.ApiKeyInfo] = FormSpec(
            operation=operations.GET_API_KEY_INFO,
            client_class=Client,
            spelling=SPELLING,
            title="API key",
            act="Get API key info",
            done="Read",
            asks_anew=True,
            call=operations.get_api_key_info,
            result=lambda info: api_key_card(info, client.now_ms(), {}),
            follow=self._read_vaults,
        )
        self.draw(spec, f"GET /v2{operations.GET_API_KEY_INFO.path}", main=[], side=[])

    def _read_vaults(self, info: models.ApiKeyInfo) -> Sequence[w.Widget]:
        """The vaults, so that the card can name them, and one can be looked into."""
        client = self.client

        def read() -> dict[str, str]:
            return {vault.vault_id or "": vault.name or "" for vault in client.every_vault()}

        Job(read, partial(self._vaults_read, info)).start()
        return [self._looking]

    def _vaults_read(self, info: models.ApiKeyInfo, job: Job[dict[str, str]]) -> None:
        if self.closed or self.exchange is None or self.exchange.decoded is not info:
            return  # asked again meanwhile: that answer reads its own
        try:
            names = job.result()
        except Exception as error:  # noqa: BLE001  # said: nobody is there to raise it to
            text = f"The vaults could not be read: {error}"
            self.in_vault.value = render("status.html", kind="note", text=text)
            return
        # vaults that a scope names and the list does not show may exist all the same
        scoped = {each for role in roles_of(info) for each in role.scopes.vault_ids or ()}
        names |= {each: each for each in sorted(scoped - set(names))}
        self.show_after(api_key_card(info, self.client.now_ms(), names))
        self._info, self._named = info, names
        self.vault.options = [(option(name), vault_id) for vault_id, name in names.items()]
        self.vault.value = next(iter(names), None)
        self._look_into()

    def _look_into(self, _: Any = None) -> None:
        vault_id = self.vault.value
        if vault_id is None:
            text = "This key sees no vault."
            self.in_vault.value = render("status.html", kind="note", text=text)
        elif self._info is not None:
            name, now_ms = self._named[vault_id], self.client.now_ms()
            self.in_vault.value = vault_card(self._info, vault_id, name, now_ms)

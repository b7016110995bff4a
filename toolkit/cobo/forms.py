"""Cobo's forms: a new key share holder group, and what the API key in use may do."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import ipywidgets as w
from markupsafe import Markup

from toolkit.call import Call, Prepared
from toolkit.cards import Rows, Seat, code, picture, render, visible
from toolkit.cobo import models, operations
from toolkit.cobo.client import Client
from toolkit.cobo.frames import NO_LIMIT
from toolkit.cobo.signing import API_SIGNATURE
from toolkit.errors import InputError, Problem, ToolkitError
from toolkit.forms import CallForm, Row
from toolkit.settling import pending as pending
from toolkit.tables import LATEST_MS, origin
from toolkit.widgets import box, choice, html, shown, styled

DAY_MS = 86_400_000
TYPES = (
    ("Main group", "Makes the first keys. Signs until a signing group exists.", "MainGroup"),
    ("Signing group", "Signs day to day, with keys made from the main group.", "SigningGroup"),
    ("Recovery group", "Rebuilds a lost main group. Signs nothing.", "RecoveryGroup"),
)
SCHEMES = (
    ("2 of 2", "Both shares are needed. None may be lost.", (2, 2)),
    ("2 of 3", "Any two shares are enough. One may be lost.", (2, 3)),
    ("3 of 3", "All shares are needed. None may be lost.", (3, 3)),
)
PARTS = ("name", "type", "tss_node_id", "signer")
PART_NAMES = dict(zip(PARTS, ("name", "type", "TSS node id", "signs"), strict=True))


def create_key_share_holder_group(
    client: Client, *, vault_id: str | None = None, nodes: Sequence[str] = ()
) -> GroupForm:
    """A form that makes a key share holder group.

    Args:
        vault_id: the vault to begin with; the first one otherwise.
        nodes: TSS node ids to offer in the seats, e.g. those that their owners told you.
    """
    return GroupForm(client, vault_id, nodes)


def api_key_info(client: Client) -> ApiKeyForm:
    """A form that asks Cobo about the API key in use, and shows its roles and scopes."""
    return ApiKeyForm(client)


# ---- from the fields to what they mean (pure) ----------------------------------------------------


@dataclass(frozen=True, slots=True)
class GroupFields:
    """What the fields say right now."""

    vault_id: str
    type: str
    threshold: int
    participants: int
    holders: tuple[models.CreateKeyShareHolder, ...]

    @property
    def with_cobo(self) -> bool:
        """Whether Cobo takes a seat of its own."""
        return self.type in models.WITH_COBO

    def request(self) -> models.CreateKeyShareHolderGroupRequest:
        return models.CreateKeyShareHolderGroupRequest(
            key_share_holder_group_type=self.type,
            participants=self.participants,
            threshold=self.threshold,
            key_share_holders=self.holders,
        )


def meaning(fields: GroupFields, draft: bool) -> dict[str, Any]:
    """The card beside the form. Signing day to day and holding enough shares are two powers, never mixed."""
    k, n = fields.threshold, fields.participants
    first = 2 if fields.with_cobo else 1
    names = [holder.name or f"seat {at}" for at, holder in enumerate(fields.holders, first)]
    marked = [name for name, holder in zip(names, fields.holders, strict=True) if holder.signer]
    seats = [Seat("Cobo", "Cobo")] if fields.with_cobo else []
    for name, holder in zip(names, fields.holders, strict=True):
        state = "empty" if not holder.name else "signs" if holder.signer or not fields.with_cobo else "standby"
        word = "rebuilds" if holder.name and not fields.with_cobo else ""
        seats.append(Seat(name, holder.type or "API", state, word))
    enough = f"any {k} of the {n} are enough" if k < n else f"all {n} are needed"
    lost = "one may be lost" if k < n else "losing any one of them ends it"
    advice: list[tuple[str, Markup | str]] = []
    if fields.with_cobo:
        who = _and(["Cobo", *marked]) if marked else Markup("Cobo and whoever you mark as signer")
        sentences = [
            Markup("Signing, day to day: {} together.").format(who),
            f"Shares: {enough} to hold the key; {lost}.",
        ]
        if k < n and len(fields.holders) == n - 1:
            sentences.append(
                Markup("{} together hold {} of {} shares: enough without Cobo.").format(_and(names), n - 1, n)
            )
        if k < n and len(marked) == 1:
            text = Markup("If {} is lost, signing stops although enough shares are left.").format(visible(marked[0]))
            advice.append(("medium", text))
        elif k == n:
            advice.append(("medium", "Add a recovery group next: without one, a lost share cannot be rebuilt."))
    else:
        sentences = [f"Shares: {enough} to rebuild a main group; {lost}.", "This group signs no transaction."]
    if draft:
        advice = [("note", "A draft: this holds once every seat is filled and mended.")]
    gate = f"any {k} of {n} shares" if k < n else f"all {n} shares"
    return {"p": picture(gate, seats), "sentences": sentences, "advice": advice}


def _and(names: Sequence[str]) -> Markup:
    shown_names = [visible(name) for name in names]
    if len(shown_names) == 1:
        return shown_names[0]
    return Markup("{} and {}").format(Markup(", ").join(shown_names[:-1]), shown_names[-1])


def result_card(group: models.KeyShareHolderGroup, vault: str) -> Markup:
    """What was made, and its holders."""
    holders = group.key_share_holders or []
    states = {True: "signs", False: "standby", None: "standby"}
    signs = group.type in models.WITH_COBO
    seats = [
        Seat(h.name or "?", h.type or "API", states[h.signer] if signs else "signs", "" if signs else "rebuilds")
        for h in holders
    ]
    k, n = group.threshold, group.participants
    yes = {True: "yes", False: "no", None: "not said"}
    rows = [
        (h.name or "", h.type or "", code(h.tss_node_id or ""), yes[h.online], yes[h.signer], h.status or "")
        for h in holders
    ]
    gate = f"any {k} of {n} shares" if k != n else f"all {n} shares"
    return render(
        "result.html",
        headline=f"{_title(group.type)} made in {vault}",
        lead="It has no keys yet. Next, its holders make them together: a TSS request.",
        facts=[
            ("Group", code(group.key_share_holder_group_id)),
            ("Status", group.status or "not said"),
            ("Scheme", f"{k} of {n}{', Cobo included' if signs else ''}" if k and n else "not said"),
            ("Made", _day(group.created_timestamp)),
            ("Answer", origin(group)["verification"]),
        ],
        p=picture(gate, seats),
        tables=[
            Rows(
                "Holders",
                "frames.holders([form.result])",
                ("Name", "Type", "TSS node id", "Online", "Signs", "Status"),
                rows,
            )
        ],
    )


def _vault_label(vault: models.MPCVault, with_id: bool) -> str:
    """Name and type; with the end of the id where two vaults have the same name."""
    more = f" · …{(vault.vault_id or '')[-6:]}" if with_id else ""
    return f"{vault.name} · {vault.type}{more}"


def _title(kind: str | None) -> str:
    return next((title for title, _, value in TYPES if value == kind), kind or "Group")


# ---- the group form ------------------------------------------------------------------------------


class GroupForm(CallForm[models.KeyShareHolderGroup]):
    """*Create key share holder group*: exactly the seats to fill, Cobo's own shown as taken."""

    operation = operations.CREATE_KEY_SHARE_HOLDER_GROUP
    title = "New key share holder group"
    act = "Create group"
    done = "Group created"
    insists = frozenset({"cobo.holder-name", "cobo.node-missing"})

    def __init__(self, client: Client, vault_id: str | None, nodes: Sequence[str]) -> None:
        super().__init__(client)
        self._nodes = list(nodes)
        self._vault_trouble = ""
        self.vault = w.Dropdown(description="Vault")
        reread = styled(w.Button(icon="refresh", tooltip="Read the vaults again"), "tk-icon")
        self.type = choice(TYPES, "MainGroup", "Type of group")
        self.scheme = choice(SCHEMES, (2, 3), "How many shares are needed")
        self.rows: list[Row] = []
        self._seats, self._under, self._card = box("tk-rows group"), w.HTML(), w.HTML()
        self._read_vaults(vault_id)
        self._fill_seats()
        reread.on_click(self._reread)
        self.vault.observe(self.refresh, "value")
        for field in (self.type, self.scheme):
            field.observe(self._fill_seats, "value")
            field.observe(self.refresh, "value")
        heading = html("section.html", title="Who holds a share", hint="names are yours; the node id decides")
        self._assemble(
            f"POST /v2{operations.CREATE_KEY_SHARE_HOLDER_GROUP.path}",
            main=[
                box("tk-pair", self.vault, reread),
                box("tk-cards", self.type),
                box("tk-cards", self.scheme),
                w.VBox([heading, self._seats, self._under]),
            ],
            side=[self._card],
        )

    @property
    def fields(self) -> GroupFields:
        """What the fields say, as one value."""
        threshold, participants = self.scheme.value
        with_signs = self.type.value in models.WITH_COBO
        holders = tuple(
            models.CreateKeyShareHolder(
                name=row.fields[0].value.strip() or None,
                type=row.fields[1].value,
                tss_node_id=row.fields[2].value.strip() or None,
                signer=row.fields[3].value if with_signs else None,
            )
            for row in self.rows
        )
        return GroupFields(self.vault.value or "", self.type.value, threshold, participants, holders)

    def _call(self) -> Call[models.KeyShareHolderGroup]:
        fields = self.fields
        if not fields.vault_id:
            raise InputError(
                "Vault: none is chosen.",
                hint=self._vault_trouble or "This API key sees no vault; make one in the Portal.",
            )
        return operations.create_key_share_holder_group(fields.vault_id, fields.request())

    def _read_vaults(self, chosen: str | None) -> None:
        found: list[models.MPCVault] = []
        self._vault_trouble, after, seen = "", "", set()
        try:
            while after not in seen:
                seen.add(after)
                page = self.client.send(operations.list_mpc_vaults(limit=50, after=after or None))
                found += page.data
                after = page.pagination.after or ""
                if not after:
                    break
        except ToolkitError as error:
            self._vault_trouble = f"The vaults could not be read: {error}"
        names = Counter(vault.name for vault in found)
        self.vault.options = [(_vault_label(vault, names[vault.name] > 1), vault.vault_id) for vault in found]
        ids = [vault.vault_id for vault in found]
        if chosen and chosen not in ids:  # never another vault than the one that was asked for
            self.vault.value = None
            self._vault_trouble = (
                self._vault_trouble or f"Vault {chosen} is not among the Org-Controlled vaults this key sees."
            )
        else:
            self.vault.value = chosen or next(iter(ids), None)

    def _reread(self, _: Any) -> None:
        self._read_vaults(self.vault.value)
        self.refresh()

    def _fill_seats(self, _: Any = None) -> None:
        """As many rows as seats are left once Cobo has taken its own; what was typed stays."""
        kind, (_, participants) = self.type.value, self.scheme.value
        with_cobo = kind in models.WITH_COBO
        typed = [tuple(field.value for field in row.fields) for row in self.rows]
        touched = [row.touched for row in self.rows]
        self.rows = []
        for at in range(participants - with_cobo):
            seat = at + 1 + with_cobo
            row = self._row(
                seat, typed[at] if at < len(typed) else ("", "API", "", False), at < len(touched) and touched[at]
            )
            shown(row.fields[3], with_cobo)
            self.rows.append(row)
        head = html(
            "rowhead.html",
            columns=["Seat", "Name", "Type", "TSS node id", "Signs" if with_cobo else ""],
            locked="Taken: Cobo’s own share, added for you" if with_cobo else "",
        )
        self._seats.children = [head, *(row.view for row in self.rows)]

    def _row(self, seat: int, values: tuple[Any, ...], touched: bool) -> Row:
        name, kind, node, signs = values
        label = f"Seat {seat}"
        fields = [
            w.Text(name, description=f"{label} name", placeholder="Who holds it, e.g. Alice (treasury)"),
            w.Dropdown(options=["API", "Mobile"], value=kind, description=f"{label} type"),
            styled(
                w.Combobox(
                    value=node,
                    options=self._nodes,
                    ensure_option=False,
                    description=f"{label} TSS node id",
                    placeholder="Pick or paste a node id",
                ),
                "tk-mono",
            ),
            w.Checkbox(signs, description=f"{label} signs", indent=False),
        ]
        return Row(fields, [html("no.html", text=str(seat))], [], self.refresh, touched)

    def _show(self, problems: Sequence[Problem]) -> None:
        rest: list[Problem] = []
        by_row: dict[int, list[tuple[int, str, str]]] = {at: [] for at in range(len(self.rows))}
        for problem in problems:
            place = re.fullmatch(r"key_share_holders\[(\d+)\]\.(\w+)", problem.field)
            if place:
                by_row[int(place[1])].append((PARTS.index(place[2]), self.severity(problem), problem.sentence))
            else:
                rest.append(problem)
        for at, row in enumerate(self.rows):
            row.touched = row.touched or self._pressed
            row.show(by_row[at], empty="Still empty: a name, and the node that keeps the share.")
        begun = any(row.touched for row in self.rows)  # an untouched form is not wrong yet
        lines = [(self.severity(p), p.sentence) for p in rest if begun]
        self._under.value = render("under.html", lines=lines)
        self._card.value = render("meaning.html", **meaning(self.fields, draft=bool(self._blocking(problems))))

    def _label(self, field: str) -> str:
        place = re.fullmatch(r"key_share_holders\[(\d+)\](?:\.(\w+))?", field)
        if place:
            seat = int(place[1]) + 1 + self.fields.with_cobo
            return f"Seat {seat} {PART_NAMES[place[2]]}" if place[2] else f"Seat {seat}"
        names = {
            "key_share_holder_group_type": "Type of group",
            "participants": "How many shares",
            "threshold": "How many are needed",
        }
        return names.get(field, "")

    def _hidden_headers(self, prepared: Prepared[models.KeyShareHolderGroup]) -> Sequence[str]:
        return (API_SIGNATURE,)

    def _tell(self, value: models.KeyShareHolderGroup) -> str:
        vault = self.vault.label or "the vault"
        return result_card(value, vault.partition(" · ")[0])


# ---- the API key form ----------------------------------------------------------------------------


class ApiKeyForm(CallForm[models.ApiKeyInfo]):
    """*Get API key information*: nothing to fill in, one read to sign."""

    operation = operations.GET_API_KEY_INFO
    title = "API key"
    act = "Get API key info"
    done = "Read"

    def __init__(self, client: Client) -> None:
        super().__init__(client)
        self._assemble(f"GET /v2{operations.GET_API_KEY_INFO.path}", main=[], side=[])

    def _call(self) -> Call[models.ApiKeyInfo]:
        return operations.get_api_key_info()

    def _press(self, _: Any = None) -> None:
        self.refresh()  # a read: each press is a new question
        super()._press()

    def _hidden_headers(self, prepared: Prepared[models.ApiKeyInfo]) -> Sequence[str]:
        return (API_SIGNATURE,)

    def _tell(self, value: models.ApiKeyInfo) -> str:
        return api_key_card(value, self.client.now_ms())


def api_key_card(info: models.ApiKeyInfo, now_ms: int) -> Markup:
    """Facts, days left, and one row for each thing that a role is limited to."""
    rows = []
    for role in info.role_scopes or ():
        for dimension in models.SCOPE_DIMENSIONS:
            values = getattr(role.scopes, dimension)
            rows.append(
                (
                    role.role_name,
                    dimension.replace("_", " "),
                    Markup("<br>").join(map(code, values)) if values else NO_LIMIT,
                )
            )
    kind, headline, of, percent, text = days_left(info, now_ms)
    card = render("days_left.html", kind=kind, headline=headline, of=of, percent=percent, text=text)
    addresses = ", ".join(info.valid_ips) if isinstance(info.valid_ips, list) else "none named"
    table = render(
        "result.html",
        headline=f"{info.name}",
        lead="The key that signs this notebook's requests.",
        facts=[
            ("Public key", Markup("<code>{}</code> ({})").format(visible(info.key), visible(info.curve_type))),
            ("Registered", _day(info.created_timestamp)),
            ("Last changed", _day(info.updated_timestamp)),
            ("Callback", info.callback_url or "none"),
            ("Addresses", addresses),
            ("Answer", origin(info)["verification"]),
        ],
        p=None,
        tables=[
            Rows(
                "Scopes",
                "frames.role_scopes(form.result)",
                ("Role", "Dimension", "Limited to"),
                rows,
                "Cobo names no role for this key.",
            ),
        ],
    )
    return Markup('<div class="tk-stack">{}{}</div>').format(card, table)


def days_left(info: models.ApiKeyInfo, now_ms: int) -> tuple[str, str, str, int | None, str]:
    """How long the key still works: mark, headline, of how many days, percent left, and a sentence.

    Warns at 7 days and at 1. A missing ``expired_timestamp`` is unknown; null means permanent.
    """
    expires = info.expired_timestamp
    if expires is None:
        return "good", "Permanent", "", None, "It has no end. A permanent key needs a list of addresses."
    if not isinstance(expires, int):
        return "unsure", "End unknown", "", None, "Cobo's answer does not say when this key ends."
    days, total = (expires - now_ms) / DAY_MS, max(1, round((expires - info.created_timestamp) / DAY_MS))
    if days <= 0:
        return (
            "high",
            "Ended",
            "",
            0,
            f"It ended {_day(expires)}. Requests fail with 401; register another in the Portal.",
        )
    mark = "high" if days <= 1 else "medium" if days <= 7 else "good"
    count = int(days)
    headline = f"{count} day{'s'[: count != 1]} left" if count else "Less than a day left"
    text = f"Ends {_day(expires)}. Register its successor before that: an Admin must approve it in the app."
    return mark, headline, f"of {total}", min(100, round(100 * days / total)), text


def _day(milliseconds: int | None) -> str:
    if milliseconds is None or not 0 <= milliseconds < LATEST_MS:
        return "not said"
    return f"{datetime.fromtimestamp(milliseconds / 1000, UTC):%a %d %b %Y, %H:%M} UTC"

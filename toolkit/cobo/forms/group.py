"""The form for a new key share holder group."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import ipywidgets as w
from markupsafe import Markup

from toolkit.base.html import code, picture, render, result, visible
from toolkit.base.times import day
from toolkit.base.validate import texts, whole_number
from toolkit.cobo import models, operations
from toolkit.cobo.client import Client
from toolkit.cobo.findings import (
    group_advice,
    nodes_in_vault,
    second_main_group,
    signs,
    who_signs,
)
from toolkit.cobo.forms.pages import APPROVERS, approvers_page
from toolkit.cobo.forms.spelling import SPELLING
from toolkit.cobo.forms.tss import TssForm
from toolkit.cobo.frames import holder_rows
from toolkit.cobo.powers import COBO, RECOVERY
from toolkit.cobo.seats import (
    TYPES,
    GroupFields,
    gate_of,
    nodes_of,
    seats_asked_for,
    seats_of,
    shares_of,
    title_of,
)
from toolkit.errors import InputError, ToolkitError
from toolkit.findings import Finding, Path, hidden_name
from toolkit.forms.form import CallForm
from toolkit.forms.job import Job
from toolkit.forms.meaning import meaning_card, meaning_facts
from toolkit.forms.row import Row
from toolkit.forms.spec import FormSpec
from toolkit.forms.widgets import box, choice, html, option, shown, styled
from toolkit.request.call import Call
from toolkit.request.prepared import Prepared
from toolkit.tables import origin

SCHEMES = (
    ("2 of 2", "Both shares are needed. None may be lost.", (2, 2)),
    ("2 of 3", "Any two shares are enough. One may be lost.", (2, 3)),
    ("3 of 3", "All shares are needed. None may be lost.", (3, 3)),
)
NEARBY = 10  # other vaults that are read for the nodes known there
HOLDER_TYPES = ("API", "Mobile")  # Cobo adds its own
SEATS = "key_share_holders"
PART_NAMES = {"name": "name", "type": "type", "tss_node_id": "TSS node id", "signer": "signs"}
LABELS: dict[Path, str] = {
    ("key_share_holder_group_type",): "Type of group",
    ("participants",): "How many shares",
    ("threshold",): "How many are needed",
}
COBO_HOLDS_ONE = "Cobo holds one of these shares (its manual; its API specification says none)"
DRAFT = "A draft: this holds once every seat is filled in and nothing is marked any more."
WORDS = (
    "A share is one part of a private key that nobody holds whole. A TSS node is the program that "
    "keeps a holder’s share and takes part in signing (TSS: threshold signature scheme)."
)
Groups = list[models.KeyShareHolderGroup]


def meaning(fields: GroupFields, draft: bool, valid: Iterable[str] = ()) -> dict[str, Any]:
    """The card beside the form. Signing day to day and holding enough shares are never mixed.

    ``valid``: the types of the groups that are Valid in this vault already.
    """
    powers = fields.powers()
    return meaning_facts(
        shares_of(fields.threshold, fields.participants),
        seats_asked_for(fields),
        who_signs(powers, fields.signs),
        group_advice(powers, fields.type, frozenset(valid)),
        DRAFT if draft else "",
    )


def result_card(group: models.KeyShareHolderGroup, vault: str) -> Markup:
    """What was made, what comes next, and its holders."""
    new = group.status == "New"
    leads = {
        "New": "It has no keys yet. Next, its holders make them together: a TSS request.",
        "Valid": "Its keys are made.",
    }
    return result(
        headline=f"{title_of(group.type)} made in {vault}",
        lead=leads.get(group.status or "", ""),
        facts=[
            ("Group", code(group.key_share_holder_group_id)),
            ("Status", group.status or "not said"),
            ("Scheme", _scheme(group)),
            ("Made", day(group.created_timestamp)),
            ("Answer", origin(group)["verification"]),
        ],
        p=picture(gate_of(group), seats_of(group)),
        path=_way(group, new),
        note="the group can do nothing before it is Valid" if new else "",
        tables=[holder_rows(group, "frames.holders([form.result])")],
    )


def _scheme(group: models.KeyShareHolderGroup) -> str:
    if not group.threshold or not group.participants:
        return "not said"
    scheme = f"{group.threshold} of {group.participants}"
    return f"{scheme}, Cobo included" if signs(group.type) else scheme


def _way(group: models.KeyShareHolderGroup, new: bool) -> list[tuple[str, str, str]]:
    """The steps from the group to keys that work."""
    making = "Send a TSS request; the holders confirm it."
    if group.type != "MainGroup":
        making = "Send a TSS request. Your organisation’s approval policies may come first."
    way = [
        ("done", "Group made", f"Status {group.status or 'not said'}."),
        ("now" if new else "done", "Make the keys", making),
        ("later" if new else "done", "Valid", "The keys are there."),
    ]
    if group.type == "MainGroup":
        way.append(("later", "Recovery group", "So that a lost main group can be rebuilt."))
    return way


def _vault_label(vault: models.MPCVault, with_id: bool) -> str:
    """Name and type; with the end of the id where two vaults have the same name."""
    more = (f"…{(vault.vault_id or '')[-6:]}",) if with_id else ()
    return option(vault.name, vault.type, *more)


class GroupForm(CallForm[models.KeyShareHolderGroup]):
    """*Create key share holder group*: exactly the seats to fill, Cobo's own shown as taken.

    >>> form = cobo.forms.create_key_share_holder_group(custody, nodes=emulator.spare_nodes)
    >>> form.fields.participants, form.fields.threshold
    (3, 2)
    """

    def __init__(self, client: Client, vault_id: str | None, nodes: Sequence[str]) -> None:
        super().__init__(client, Client)
        self.client: Client = client
        self._nodes = list(texts(nodes, "nodes"))
        self._vault_trouble = ""
        self._named: dict[str, str] = {}  # the vaults' names by id
        self._of_users: set[str | None] = set()  # the vaults that users control
        self._groups: dict[str, Groups] = {}  # by vault, once they were read
        self._untold: dict[str, str] = {}  # by vault, why its groups could not be read
        self.vault = w.Dropdown(description="Vault")
        again = "Read the vaults again"
        self.reread = styled(w.Button(description=again, icon="refresh", tooltip=again), "tk-icon")
        self.type = choice(TYPES, "MainGroup", "Type of group")
        self.scheme = choice(SCHEMES, (2, 3), "How many shares are needed")
        self.cobo_share = w.Checkbox(description=COBO_HOLDS_ONE, indent=False)
        self._type_chosen = self._proposing = False  # by a person; by the form itself
        self.rows: list[Row] = []
        self._made_rows: list[Row] = []  # those that the chosen scheme has no seat for, too
        self._seats_head = w.HTML()
        self._seats, self.notices, self.card = box("tk-rows group"), w.HTML(), w.HTML()
        self._read_vaults(vault_id)
        self._read_groups()
        self._propose_type()
        self._fill_seats()
        self.reread.on_click(self._read_anew)
        self.vault.observe(self._vault_chosen, "value")
        self.type.observe(self._choose_type, "value")
        for field in (self.type, self.scheme, self.cobo_share):
            field.observe(self._fill_seats, "value")
            field.observe(self.refresh, "value")
        hint = "names are yours; the node id decides"
        heading = html("section.html", title="Who holds a share", hint=hint)
        words = html("hint.html", text=WORDS)
        self.draw(
            self._spec(),
            f"POST /v2{operations.CREATE_KEY_SHARE_HOLDER_GROUP.path}",
            main=[
                box("tk-pair", self.vault, self.reread),
                box("tk-cards", self.type),
                box("tk-cards", self.scheme),
                self.cobo_share,
                w.VBox([heading, words, self._seats, self.notices]),
            ],
            side=[self.card],
        )
        self.aside(self._read_others, self._others_read)

    def _spec(self) -> FormSpec[models.KeyShareHolderGroup]:
        return FormSpec(
            operation=operations.CREATE_KEY_SHARE_HOLDER_GROUP,
            client_class=Client,
            spelling=SPELLING,
            title="New key share holder group",
            act="Create group",
            done="Group created",
            insists=frozenset({"cobo.holder-name", "cobo.node-missing"}),
            call=self._group_call,
            alarming=frozenset({"cobo.second-main-group"}),
            findings=self._vault_findings,
            show=self._show_findings,
            label=self._label_of,
            fields=lambda: self.fields,
            fill=self.fill,
            result=lambda group: result_card(group, self._named.get(self._made_in, "the vault")),
            follow=self._keys_form,
            learn=self._learn_group,
            ground=lambda: [self.vault.value or ""],
            pages={APPROVERS: self._approvers_page},
        )

    def _approvers_page(self, prepared: Prepared[models.KeyShareHolderGroup]) -> Markup:
        """What those who approve it will see; of what was sent, whatever is chosen by now."""
        vault_name = self._named.get(str(prepared.call.argument("vault_id")), "")
        return approvers_page(prepared.call, vault_name)

    # ---- fields ----

    def fill(self, fields: GroupFields) -> None:
        """Set every field at once, as if it was typed: for code and tests.

        Raises:
            InputError: a choice that the form does not offer, or holders that are not as many as
                the seats to fill.
        """
        must_be_fields(fields)
        scheme = (
            whole_number(fields.threshold, "threshold"),
            whole_number(fields.participants, "participants"),
        )
        kinds = {holder.type or "API" for holder in fields.holders}
        offers: tuple[tuple[str, set[Any], list[Any]], ...] = (
            ("vault_id", {fields.vault_id}, [value for _, value in self.vault.options]),
            ("type", {fields.type}, [value for _, _, value in TYPES]),
            ("threshold and participants", {scheme}, [value for _, _, value in SCHEMES]),
            ("holders: type", kinds, list(HOLDER_TYPES)),
        )
        for name, wanted, offered in offers:
            strange = wanted - set(offered)
            if strange:
                what = f"{name}: {', '.join(map(str, strange))} is not in the list."
                raise InputError(what, hint=f"It has {', '.join(map(str, offered))}.")
        seats = fields.participants - fields.with_cobo
        if len(fields.holders) != seats:
            what = f"holders: {seats} seats are to be filled, not {len(fields.holders)}."
            raise InputError(what, hint="Pass one each.")
        self._type_chosen = True
        with self.quietly():
            self.vault.value, self.type.value = fields.vault_id, fields.type
            self.scheme.value = scheme
            self.cobo_share.value = fields.cobo_share
            for row, holder in zip(self.rows, fields.holders, strict=True):
                row.fields["name"].value = holder.name or ""
                row.fields["type"].value = holder.type or "API"
                row.fields["tss_node_id"].value = holder.tss_node_id or ""
                row.fields["signer"].value = bool(holder.signer)

    @property
    def fields(self) -> GroupFields:
        """What the fields say, as one value."""
        threshold, participants = self.scheme.value
        with_signs = signs(self.type.value)
        holders = tuple(
            models.CreateKeyShareHolder(
                name=row.value("name") or None,
                type=row.value("type"),
                tss_node_id=row.value("tss_node_id") or None,
                signer=row.value("signer") if with_signs else None,
            )
            for row in self.rows
        )
        vault_id = self.vault.value or ""
        return GroupFields(
            vault_id,
            self.type.value,
            threshold,
            participants,
            holders,
            self.cobo_share.value,
        )

    def _group_call(self) -> Call[models.KeyShareHolderGroup]:
        fields = self.fields
        if not fields.vault_id:
            nowhere = "This API key sees no vault; make one in the Portal."
            raise InputError("Vault: none is chosen.", hint=self._vault_trouble or nowhere)
        return operations.create_key_share_holder_group(fields.vault_id, fields.request())

    # ---- vaults, and the groups in them ----

    def _read_vaults(self, chosen: str | None) -> None:
        vaults, self._vault_trouble = self._vaults_seen()
        names = Counter(vault.name for vault in vaults)
        self._named = {vault.vault_id or "": vault.name or "no name" for vault in vaults}
        self._of_users = {vault.vault_id for vault in vaults if vault.type == "User-Controlled"}
        self.vault.options = [
            (_vault_label(vault, names[vault.name] > 1), vault.vault_id) for vault in vaults
        ]
        ids = [vault.vault_id for vault in vaults]
        self.vault.value = self._vault_to_begin_with(chosen, ids)

    def _vaults_seen(self) -> tuple[list[models.MPCVault], str]:
        """The vaults as far as they could be read, and what kept the others back."""
        vaults: list[models.MPCVault] = []
        try:
            for vault in self.client.every_vault():
                vaults.append(vault)  # what came before an error is kept
        except ToolkitError as error:
            which = "Some vaults" if vaults else "The vaults"
            return vaults, f"{which} could not be read: {error}"
        return vaults, ""

    def _vault_to_begin_with(self, chosen: str | None, ids: Sequence[str | None]) -> str | None:
        """Never another vault than the one that was asked for."""
        if not chosen:
            return next(iter(ids), None)
        if chosen in ids:
            return chosen
        absent = f"Vault {chosen} is not among the vaults this key sees."
        self._vault_trouble = self._vault_trouble or absent
        return None

    def _read_anew(self, _: Any) -> None:
        self._groups.clear()
        self._read_vaults(self.vault.value)
        self._vault_chosen()
        self.aside(self._read_others, self._others_read)

    def _vault_chosen(self, _: Any = None) -> None:
        self._propose_type()
        self.refresh()
        vault_id = self.vault.value
        if vault_id and vault_id not in self._groups:
            self.aside(self._reading(vault_id), partial(self._groups_read, vault_id))

    def _read_groups(self) -> None:
        """The chosen vault's groups: which nodes hold a share there, and where new keys
        come from.
        """
        vault_id = self.vault.value
        if vault_id:
            Job(self._reading(vault_id), partial(self._groups_read, vault_id)).run()

    def _reading(self, vault_id: str) -> Callable[[], Groups]:
        def read() -> Groups:
            pages = self.client.iterate(operations.list_key_share_holder_groups(vault_id, limit=50))
            return [group for page in pages for group in page.data]

        return read

    def _groups_read(self, vault_id: str, job: Job[Groups]) -> None:
        try:
            self._groups[vault_id] = job.result()
            self._untold.pop(vault_id, None)
            self._propose_type()
        except ToolkitError as error:
            what = "Which nodes hold a share in this vault already could not be read"
            self._untold[vault_id] = f"{what}: {error}"

    def _read_others(self) -> dict[str, Groups]:
        """Groups of other vaults, for the nodes that are known there."""
        groups = {}
        unread = [vault_id for vault_id in self._named if vault_id not in self._groups]
        for vault_id in unread[:NEARBY]:
            with contextlib.suppress(ToolkitError):  # a vault that cannot be read tells nothing
                groups[vault_id] = self._reading(vault_id)()
        return groups

    def _others_read(self, job: Job[dict[str, Groups]]) -> None:
        groups = job.result()
        self._groups |= groups
        for vault_id in groups:
            self._untold.pop(vault_id, None)
        self._propose_type()

    @property
    def _in_this_vault(self) -> Groups:
        return self._groups.get(self.vault.value or "", [])

    @property
    def _known(self) -> dict[str, str]:
        """Nodes that hold a share in a vault that was read, and what they are called there."""
        return {
            holder.tss_node_id: (
                f"{holder.name or 'no name'}, in {self._named.get(vault_id, vault_id)}"
            )
            for vault_id, groups in self._groups.items()
            for group in groups
            for holder in group.key_share_holders or ()
            if holder.tss_node_id and holder.type != COBO
        }

    def _offer(self, known: Mapping[str, str]) -> None:
        """The nodes that were passed, then those known elsewhere; none that holds a share here."""
        seated = nodes_of(self._in_this_vault)
        offered = [node for node in dict.fromkeys((*self._nodes, *known)) if node not in seated]
        for row in self.rows:
            if list(row.fields["tss_node_id"].options) != offered:
                row.fields["tss_node_id"].options = offered

    @property
    def _valid(self) -> frozenset[str]:
        """The types of the groups that are Valid in this vault already."""
        groups = self._in_this_vault
        return frozenset(group.type or "" for group in groups if group.status == "Valid")

    def _vault_findings(self) -> Iterable[Finding]:
        """What only the vault itself can tell."""
        yield from second_main_group(self.type.value, self._valid)
        name = self._named.get(self.vault.value or "", "")
        yield from hidden_name("cobo.hidden-characters", ("vault_id",), "vault’s name", name)
        if self.vault.value in self._of_users:
            return  # there one node may stand in two groups, as in Cobo's guide
        nodes = [row.value("tss_node_id") for row in self.rows]
        yield from nodes_in_vault(nodes, nodes_of(self._in_this_vault))

    def _propose_type(self) -> None:
        """Where a main group is Valid, another one ends it: it is not preselected, nor where nobody
        could look. What a person has chosen stays.
        """
        if self._type_chosen:
            return
        self._proposing = True
        looked = self.vault.value in self._groups
        if not looked or "MainGroup" in self._valid:
            self.type.value = "SigningGroup"
        self._proposing = False

    def _choose_type(self, _: Any) -> None:
        self._type_chosen = self._type_chosen or not self._proposing

    # ---- rows ----

    def _fill_seats(self, _: Any = None) -> None:
        """As many rows as seats are left once Cobo has its own. What was typed in them stays."""
        kind = self.type.value
        threshold, participants = self.scheme.value
        empty = GroupFields("", kind, threshold, participants, (), self.cobo_share.value)
        count = empty.participants - empty.with_cobo
        while len(self._made_rows) < count:
            row = self._row()
            self.keep(row.view)  # a seat that goes comes back with what was typed in it
            self._made_rows.append(row)
        self.rows = self._made_rows[:count]
        for seat, row in enumerate(self.rows, empty.first_seat):
            row.head[0].value = render("no.html", text=str(seat))
            for name, field in row.fields.items():
                field.description = f"Seat {seat} {PART_NAMES[name]}"
            shown(row.fields["signer"], empty.signs)
        shown(self.cobo_share, kind == RECOVERY)
        columns = ["Seat", "Name", "Type", "TSS node id", "Signs" if empty.signs else ""]
        locked = "Taken: Cobo’s own share, added for you" if empty.with_cobo else ""
        self._seats_head.value = render("rowhead.html", columns=columns, locked=locked)
        self.swap(self._seats, [self._seats_head, *(row.view for row in self.rows)])

    def _row(self) -> Row:
        paste = "Pick or paste a node id"
        node = w.Combobox(options=self._nodes, ensure_option=False, placeholder=paste)
        fields = {
            "name": w.Text(placeholder="e.g. Alice (treasury)"),
            "type": w.Dropdown(options=HOLDER_TYPES),
            "tss_node_id": styled(node, "tk-mono"),
            "signer": w.Checkbox(indent=False),
        }
        ids = frozenset({"tss_node_id"})
        return Row(fields, [html("no.html", text="")], [], self.refresh, touched=False, ids=ids)

    # ---- on the screen ----

    def _show_findings(self, findings: Sequence[Finding]) -> None:
        by_row: dict[int, list[tuple[str, str, str]]] = {at: [] for at in range(len(self.rows))}
        rest: list[Finding] = []
        for finding in findings:
            if len(finding.path) == 3 and finding.path[0] == SEATS:
                _, at, part = finding.path
                by_row[int(at)].append((str(part), finding.severity, finding.text))
            else:
                rest.append(finding)
        known = self._known
        self._offer(known)
        for at, row in enumerate(self.rows):
            row.touched = row.touched or self.pressed
            empty = "Still empty: a name, and the node that keeps the share."
            row.show(by_row[at], empty=empty, notes=self._notes(row, known))
        begun = any(row.touched for row in self.rows)  # an untouched form is not wrong yet
        lines = [(self.mark(finding), finding.text) for finding in rest if begun]
        untold = self._untold.get(self.vault.value or "")
        lines += [("note", untold)] if untold else []
        lines += [("note", self._vault_trouble)] if self._vault_trouble else []
        self.notices.value = render("under.html", lines=lines)
        draft = self.submission.is_draft
        self.card.value = meaning_card(meaning(self.fields, draft, self._valid))

    def _notes(self, row: Row, known: Mapping[str, str]) -> list[tuple[str, Any]]:
        node = row.value("tss_node_id")
        if node not in known:
            return []
        return [("note", Markup("This node is known as {}.").format(visible(known[node])))]

    def _label_of(self, path: Path) -> str:
        match path:
            case ("key_share_holders", int(at)):
                return f"Seat {at + self.fields.first_seat}"
            case ("key_share_holders", int(at), str(part)):
                return f"Seat {at + self.fields.first_seat} {PART_NAMES[part]}"
        return LABELS.get(path, "")

    # ---- once it is made ----

    @property
    def _made_in(self) -> str:
        """The vault that the last group was asked for, whichever is chosen by now."""
        assert self.exchange is not None
        return str(self.exchange.prepared.call.argument("vault_id"))

    def _keys_form(self, group: models.KeyShareHolderGroup) -> Sequence[w.Widget]:
        """The keys are next: the same form as ``forms.create_tss_request``."""
        vault_id = self._made_in
        form = TssForm(
            self.client,
            vault_id,
            group,
            self._keys_tried,
            self._groups.get(vault_id),
            self._named.get(vault_id, ""),
        )
        return [styled(form, "tk-follow")]

    def _learn_group(self, group: models.KeyShareHolderGroup) -> None:
        """Its nodes hold shares in this vault now."""
        if self._made_in not in self._groups:
            return
        others = [each for each in self._groups[self._made_in] if _id(each) != _id(group)]
        self._groups[self._made_in] = [*others, group]
        self.refresh()

    def _keys_tried(self, group: models.KeyShareHolderGroup) -> None:
        """The card above follows what became of the keys."""
        self._moved = ""
        self._learn_group(group)
        card_of = self.exchange.decoded if self.exchange else None
        if card_of and _id(card_of) == _id(group):
            self.show_after(self.spec.result(group))


def _id(group: models.KeyShareHolderGroup) -> str | None:
    return group.key_share_holder_group_id


def must_be_fields(fields: object) -> None:
    """Raises InputError for something else than fields of a group and its holders."""
    if not isinstance(fields, GroupFields):
        raise InputError(
            f"A group form is filled with GroupFields, not with {type(fields).__name__}.",
            hint="Pass cobo.forms.GroupFields(…).",
        )
    holders: Any = fields.holders
    for at, holder in enumerate(holders if isinstance(holders, list | tuple) else (holders,)):
        if not isinstance(holder, models.CreateKeyShareHolder):
            raise InputError(
                f"holders[{at}] must be a CreateKeyShareHolder, not {type(holder).__name__}.",
                hint="Pass cobo.CreateKeyShareHolder(…) for each seat.",
            )

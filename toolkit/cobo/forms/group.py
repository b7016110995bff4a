"""The form for a new key share holder group, and what such a group means."""

from __future__ import annotations

import contextlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import ipywidgets as w
from markupsafe import Markup

from toolkit.base.html import Seat, and_list, code, picture, render, result, visible
from toolkit.base.times import day
from toolkit.base.validate import texts
from toolkit.cobo import models, operations
from toolkit.cobo.checks import MANUAL
from toolkit.cobo.client import Client
from toolkit.cobo.forms.holders import gate_of, holder_rows, seats_of, shares_of
from toolkit.cobo.forms.spelling import SPELLING
from toolkit.cobo.forms.tss import TssForm
from toolkit.cobo.powers import COBO, Powers, powers_of
from toolkit.errors import InputError, Problem, ToolkitError
from toolkit.forms.form import CallForm, Row
from toolkit.forms.job import Job
from toolkit.forms.widgets import box, choice, html, option, shown, styled
from toolkit.request.call import Call
from toolkit.tables import origin

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
NEARBY = 10  # other vaults that are read for the nodes known there
HOLDER_TYPES = ("API", "Mobile")  # Cobo adds its own
PARTS = ("name", "type", "tss_node_id", "signer")
PART_NAMES = dict(zip(PARTS, ("name", "type", "TSS node id", "signs"), strict=True))


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


def meaning(fields: GroupFields, draft: bool, valid: Iterable[str] = ()) -> dict[str, Any]:
    """The card beside the form. Signing day to day and holding enough shares are two powers, never mixed.

    ``valid``: the types of the groups that are Valid in this vault already.
    """
    k, n = fields.threshold, fields.participants
    first = 2 if fields.with_cobo else 1
    named = tuple(
        holder if holder.name else models.CreateKeyShareHolder(
            name=f"seat {at}", type=holder.type, tss_node_id=holder.tss_node_id, signer=holder.signer
        )
        for at, holder in enumerate(fields.holders, first)
    )  # fmt: skip
    powers = powers_of(GroupFields(fields.vault_id, fields.type, k, n, named).request())
    words = (
        {True: "signs", False: "stands by"}
        if powers.signing
        else {True: "marked", False: "not marked"}
    )
    seats = [Seat(COBO, COBO)] if fields.with_cobo else []
    for name, holder in zip((h.name or "" for h in named), fields.holders, strict=True):
        state = (
            "empty"
            if not holder.name
            else "signs"
            if holder.signer or not fields.with_cobo
            else "standby"
        )
        word = (
            ""
            if state == "empty"
            else words[bool(holder.signer)]
            if fields.with_cobo
            else "rebuilds"
        )
        seats.append(Seat(name, holder.type or "API", state, word))
    advice = _advice(powers, fields.type, frozenset(valid))
    if draft:
        advice.append(("note", "A draft: this holds once every seat is filled and mended."))
    return {
        "p": picture(shares_of(k, n), seats),
        "sentences": _sentences(powers, fields.with_cobo),
        "advice": advice,
    }


def _called(powers: Powers, members: Sequence[str]) -> Markup:
    """Members by their holders' names; a node that has two is one member with both."""
    return and_list([powers.names[member] for member in members])


def _sentences(powers: Powers, with_cobo: bool) -> list[Markup | str]:
    """First who signs day to day, then who holds enough shares."""
    shares = powers.shares
    if shares is None:  # only a request that the form cannot make
        return [powers.why]
    k, n = shares.threshold, len(shares.members)
    enough = f"any {k} of the {n} are enough" if k < n else f"all {n} are needed"
    needed = shares.single_points()
    single = [member for member in shares.ids if member in needed]
    lost: Markup | str = "one may be lost" if not single else "losing any one of them ends it"
    if single and len(single) < len(shares.ids):
        lost = Markup("losing {} ends it").format(_called(powers, single))
    if not with_cobo:
        whole = Markup("Shares: {} to rebuild a main group; {}.").format(enough, lost)
        return [whole, "This group signs no transaction."]
    if powers.signing is None:
        said: list[Markup | str] = [
            Markup("Signing, day to day: {}").format(
                visible(powers.why[:1].lower() + powers.why[1:])
            )
        ]
    else:
        who = _called(powers, powers.signing.ids)
        said = [Markup("Signing, day to day: {} together.").format(who)]
    said.append(Markup("Shares: {} for the key; {}.").format(enough, lost))
    others = [member for member in shares.ids if member != COBO]
    if shares.can_sign(others):
        held = sum(member != COBO for member in shares.members)
        verb = "together hold" if len(others) > 1 else "holds"
        text = Markup("{} {} {} of {} shares: enough without Cobo’s.")
        said.append(text.format(_called(powers, others), verb, held, n))
    else:
        said.append("Cobo’s share is always needed.")
    return said


def _advice(powers: Powers, kind: str, valid: frozenset[str]) -> list[tuple[str, Markup | str]]:
    """Whose loss stops what, who holds too much, what comes next; told from the two powers, each by name."""
    shares, names = powers.shares, powers.names
    if shares is None:
        return []
    found: list[tuple[str, Markup | str]] = []
    people = shares.held_by(names)
    seats = Counter(names[member] for member in shares.members if isinstance(member, str))
    what = "for the key" if COBO in names else "to rebuild a main group"
    for person, count in seats.items():
        if count > 1:
            alone = f": alone enough {what}" if people.can_sign({person}) else ""
            text = Markup("{} has {} of {} shares{}.").format(
                visible(person), count, len(shares.members), alone
            )
            found.append(("high" if alone else "medium", text))
    signers = (
        [member for member in powers.signing.single_points() if member != COBO]
        if powers.signing
        else []
    )
    for member in signers:
        if shares.outlook(lost={member}).can_sign:
            text = Markup(
                "If {} is lost, signing stops although enough shares are left to make a new signing group."
            )
            found.append(("medium", text.format(visible(names[member]))))
    if kind == "MainGroup" and "MainGroup" in valid:
        found.append(
            (
                "medium",
                "This vault has a Valid main group. One is active at a time: a new one is for a recovery.",
            )
        )
    elif kind == "MainGroup" and "RecoveryGroup" not in valid:
        found.append(
            (
                "medium",
                "Make a recovery group next: without one, a lost main group cannot be rebuilt.",
            )
        )
    elif kind == "SigningGroup" and not shares.spare:
        found.append(
            (
                "note",
                "If one of its shares is lost, another signing group is made from the main group.",
            )
        )
    elif kind == "RecoveryGroup":
        note = "That Cobo adds no share of its own here is what the specification says; Cobo’s Portal always adds one since October 2025. Look at the holders in the answer."
        found.append(("note", note))
    return found


def result_card(group: models.KeyShareHolderGroup, vault: str) -> Markup:
    """What was made, what comes next, and its holders."""
    signs = group.type in models.WITH_COBO
    k, n = group.threshold, group.participants
    new = group.status == "New"
    path = [
        ("done", "Group made", f"Status {group.status or 'not said'}."),
        ("now" if new else "done", "Make the keys", "Send a TSS request; the holders confirm it."),
        ("later" if new else "done", "Valid", "The keys are there."),
    ]
    if group.type == "MainGroup":
        path.append(("later", "Recovery group", "So that a lost main group can be rebuilt."))
    else:
        path[1] = (
            path[1][0],
            "Make the keys",
            "Send a TSS request. Your organisation’s approval policies may come first.",
        )
    return result(
        headline=f"{title_of(group.type)} made in {vault}",
        lead={
            "New": "It has no keys yet. Next, its holders make them together: a TSS request.",
            "Valid": "Its keys are made.",
        }.get(group.status or "", ""),
        facts=[
            ("Group", code(group.key_share_holder_group_id)),
            ("Status", group.status or "not said"),
            (
                "Scheme",
                f"{k} of {n}{', Cobo included' if signs else ''}" if k and n else "not said",
            ),
            ("Made", day(group.created_timestamp)),
            ("Answer", origin(group)["verification"]),
        ],
        p=picture(gate_of(group), seats_of(group)),
        path=path,
        note="the group can do nothing before it is Valid" if new else "",
        tables=[holder_rows(group, "frames.holders([form.result])")],
    )


def title_of(kind: str | None) -> str:
    """A group's type in words."""
    return next((title for title, _, value in TYPES if value == kind), kind or "Group")


def _vault_label(vault: models.MPCVault, with_id: bool) -> str:
    """Name and type; with the end of the id where two vaults have the same name."""
    more = (f"…{(vault.vault_id or '')[-6:]}",) if with_id else ()
    return option(vault.name, vault.type, *more)


# ---- the group form ------------------------------------------------------------------------------


class GroupForm(CallForm[models.KeyShareHolderGroup]):
    """*Create key share holder group*: exactly the seats to fill, Cobo's own shown as taken."""

    operation = operations.CREATE_KEY_SHARE_HOLDER_GROUP
    client_class = Client
    title = "New key share holder group"
    act = "Create group"
    done = "Group created"
    spelling = SPELLING
    insists = frozenset({"cobo.holder-name", "cobo.node-missing"})

    def __init__(self, client: Client, vault_id: str | None, nodes: Sequence[str]) -> None:
        super().__init__(client)
        self.client: Client = client
        self._nodes = list(texts(nodes, "nodes"))
        self._vault_trouble = ""
        self._named: dict[str, str] = {}  # the vaults' names by id
        self._groups: dict[
            str, list[models.KeyShareHolderGroup]
        ] = {}  # by vault, once they were read
        self._untold: dict[str, str] = {}  # by vault, why its groups could not be read
        self.vault = w.Dropdown(description="Vault")
        again = "Read the vaults again"
        reread = styled(w.Button(description=again, icon="refresh", tooltip=again), "tk-icon")
        self.type = choice(TYPES, "MainGroup", "Type of group")
        self.scheme = choice(SCHEMES, (2, 3), "How many shares are needed")
        self.rows: list[Row] = []
        self._made_rows: list[Row] = []  # those that the chosen scheme has no seat for, too
        self._seats_head = w.HTML()
        self._seats, self._under, self._card = box("tk-rows group"), w.HTML(), w.HTML()
        self._read_vaults(vault_id)
        self._read_groups()
        self._fill_seats()
        reread.on_click(self._reread)
        self.vault.observe(self._vault_chosen, "value")
        for field in (self.type, self.scheme):
            field.observe(self._fill_seats, "value")
            field.observe(self.refresh, "value")
        heading = html(
            "section.html", title="Who holds a share", hint="names are yours; the node id decides"
        )
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
        self._aside(self._read_others, self._others_read)

    def fill(self, fields: GroupFields) -> None:
        """Set every field at once, as if it was typed: for code and tests.

        Raises:
            InputError: a choice that the form does not offer, or holders that are not as many as the seats to fill.
        """
        scheme, kinds = (
            (fields.threshold, fields.participants),
            {holder.type or "API" for holder in fields.holders},
        )
        for name, wanted, offered in (
            ("vault_id", {fields.vault_id}, [value for _, value in self.vault.options]),
            ("type", {fields.type}, [value for _, _, value in TYPES]),
            ("threshold and participants", {scheme}, [value for _, _, value in SCHEMES]),
            ("holders: type", kinds, HOLDER_TYPES),
        ):
            strange = wanted - set(offered)
            if strange:
                what = f"{name}: {', '.join(map(str, strange))} is not in the list."
                raise InputError(what, hint=f"It has {', '.join(map(str, offered))}.")
        seats = fields.participants - (fields.type in models.WITH_COBO)
        if len(fields.holders) != seats:
            raise InputError(
                f"holders: {seats} seats are to be filled, not {len(fields.holders)}.",
                hint="Pass one each.",
            )
        with self.quietly():
            self.vault.value, self.type.value = fields.vault_id, fields.type
            self.scheme.value = scheme
            for row, holder in zip(self.rows, fields.holders, strict=True):
                texts = (
                    holder.name or "",
                    holder.type or "API",
                    holder.tss_node_id or "",
                    bool(holder.signer),
                )
                for field, text in zip(row.fields, texts, strict=True):
                    field.value = text

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
        return GroupFields(
            self.vault.value or "", self.type.value, threshold, participants, holders
        )

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
        self._vault_trouble = ""
        try:
            found = [
                vault
                for page in self.client.iterate(operations.list_mpc_vaults(limit=50))
                for vault in page.data
            ]
        except ToolkitError as error:
            self._vault_trouble = f"The vaults could not be read: {error}"
        names = Counter(vault.name for vault in found)
        self._named = {vault.vault_id or "": vault.name or "no name" for vault in found}
        self.vault.options = [
            (_vault_label(vault, names[vault.name] > 1), vault.vault_id) for vault in found
        ]
        ids = [vault.vault_id for vault in found]
        if chosen and chosen not in ids:  # never another vault than the one that was asked for
            self.vault.value = None
            self._vault_trouble = (
                self._vault_trouble
                or f"Vault {chosen} is not among the Org-Controlled vaults this key sees."
            )
        else:
            self.vault.value = chosen or next(iter(ids), None)

    def _reread(self, _: Any) -> None:
        self._groups.clear()
        self._read_vaults(self.vault.value)
        self._vault_chosen()
        self._aside(self._read_others, self._others_read)

    def _vault_chosen(self, _: Any = None) -> None:
        self.refresh()
        if self.vault.value and self.vault.value not in self._groups:
            self._aside(
                self._reading(self.vault.value), partial(self._groups_read, self.vault.value)
            )

    def _read_groups(self) -> None:
        """The chosen vault's groups: they say which nodes hold a share there already, and where new keys come from."""
        if self.vault.value:
            Job(self._reading(self.vault.value), partial(self._groups_read, self.vault.value)).run()

    def _reading(self, vault_id: str) -> Callable[[], list[models.KeyShareHolderGroup]]:
        def read() -> list[models.KeyShareHolderGroup]:
            pages = self.client.iterate(operations.list_key_share_holder_groups(vault_id, limit=50))
            return [group for page in pages for group in page.data]

        return read

    def _groups_read(self, vault_id: str, job: Job[list[models.KeyShareHolderGroup]]) -> None:
        try:
            self._groups[vault_id] = job.result()
            self._untold.pop(vault_id, None)
        except ToolkitError as error:
            self._untold[vault_id] = (
                f"Which nodes hold a share in this vault already could not be read: {error}"
            )

    def _read_others(self) -> dict[str, list[models.KeyShareHolderGroup]]:
        """Groups of other vaults, for the nodes that are known there; a vault that cannot be read tells nothing."""
        found = {}
        for vault_id in [vault_id for vault_id in self._named if vault_id not in self._groups][
            :NEARBY
        ]:
            with contextlib.suppress(ToolkitError):
                found[vault_id] = self._reading(vault_id)()
        return found

    def _others_read(self, job: Job[dict[str, list[models.KeyShareHolderGroup]]]) -> None:
        found = job.result()
        self._groups |= found
        for vault_id in found:
            self._untold.pop(vault_id, None)

    @property
    def _seated(self) -> dict[str, models.KeyShareHolderGroup]:
        """The group of the chosen vault in which a node holds a share."""
        groups = self._groups.get(self.vault.value or "", ())
        return {
            h.tss_node_id: group
            for group in groups
            for h in group.key_share_holders or ()
            if h.tss_node_id
        }

    @property
    def _known(self) -> dict[str, str]:
        """Nodes that hold a share in a vault that was read, and what they are called there. Cobo's own are left out."""
        return {
            holder.tss_node_id: f"{holder.name or 'no name'}, in {self._named.get(vault_id, vault_id)}"
            for vault_id, groups in self._groups.items()
            for group in groups
            for holder in group.key_share_holders or ()
            if holder.tss_node_id and holder.type != COBO
        }

    def _offer(self, known: Mapping[str, str]) -> None:
        """The nodes that were passed, then those known elsewhere; none that holds a share in this vault."""
        seated = self._seated
        offered = [node for node in dict.fromkeys((*self._nodes, *known)) if node not in seated]
        for row in self.rows:
            if list(row.fields[2].options) != offered:
                row.fields[2].options = offered

    def _own_problems(self) -> Iterable[Problem]:
        """A node that holds a share in this vault already: only the vault itself can tell."""
        seated = self._seated
        for at, row in enumerate(self.rows):
            group = seated.get(row.fields[2].value.strip())
            if group is not None:
                sentence = f"This node holds a share of this vault’s {title_of(group.type).lower()} already; one node may not hold shares of two groups in a vault."
                yield Problem(
                    "cobo.node-in-vault",
                    f"key_share_holders[{at}].tss_node_id",
                    sentence,
                    False,
                    f"inferred from {MANUAL}",
                )

    def _fill_seats(self, _: Any = None) -> None:
        """As many rows as seats are left once Cobo has taken its own. The rows stay, and what was typed in them."""
        with_cobo = self.type.value in models.WITH_COBO
        count = self.scheme.value[1] - with_cobo
        while len(self._made_rows) < count:
            self._made_rows.append(self._row())
        self.rows = self._made_rows[:count]
        for seat, row in enumerate(self.rows, 1 + with_cobo):
            row.view.children[0].children[0].value = render("no.html", text=str(seat))
            for field, part in zip(row.fields, PART_NAMES.values(), strict=True):
                field.description = f"Seat {seat} {part}"
            shown(row.fields[3], with_cobo)
        columns = ["Seat", "Name", "Type", "TSS node id", "Signs" if with_cobo else ""]
        locked = "Taken: Cobo’s own share, added for you" if with_cobo else ""
        self._seats_head.value = render("rowhead.html", columns=columns, locked=locked)
        self._seats.children = [self._seats_head, *(row.view for row in self.rows)]

    def _row(self) -> Row:
        node = w.Combobox(
            options=self._nodes, ensure_option=False, placeholder="Pick or paste a node id"
        )
        fields = [
            w.Text(placeholder="Who holds it, e.g. Alice (treasury)"),
            w.Dropdown(options=HOLDER_TYPES),
            styled(node, "tk-mono"),
            w.Checkbox(indent=False),
        ]
        return Row(fields, [html("no.html", text="")], [], self.refresh, touched=False)

    def _show(self, problems: Sequence[Problem]) -> None:
        rest: list[Problem] = []
        by_row: dict[int, list[tuple[int, str, str]]] = {at: [] for at in range(len(self.rows))}
        for problem in problems:
            place = re.fullmatch(r"key_share_holders\[(\d+)\]\.(\w+)", problem.field)
            if place:
                by_row[int(place[1])].append(
                    (PARTS.index(place[2]), self.severity(problem), problem.sentence)
                )
            else:
                rest.append(problem)
        known = self._known
        self._offer(known)
        for at, row in enumerate(self.rows):
            row.touched = row.touched or self._pressed
            node = row.fields[2].value.strip()
            notes = (
                [("note", Markup("This node is known as {}.").format(visible(known[node])))]
                if node in known
                else []
            )
            row.show(
                by_row[at],
                empty="Still empty: a name, and the node that keeps the share.",
                notes=notes,
            )
        begun = any(row.touched for row in self.rows)  # an untouched form is not wrong yet
        lines = [(self.severity(p), p.sentence) for p in rest if begun]
        untold = self._untold.get(self.vault.value or "")
        lines += [("note", untold)] if untold else []
        self._under.value = render("under.html", lines=lines)
        valid = {
            group.type or ""
            for group in self._groups.get(self.vault.value or "", ())
            if group.status == "Valid"
        }
        facts = meaning(self.fields, bool(self._blocking(problems)), valid)
        self._card.value = render("meaning.html", **facts)

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

    def _tell(self, value: models.KeyShareHolderGroup) -> str:
        return result_card(value, self._named.get(self._made_in, "the vault"))

    @property
    def _made_in(self) -> str:
        """The vault that the last group was asked for, whichever is chosen by now."""
        assert self.exchange is not None
        return str(self.exchange.prepared.call.argument("vault_id"))

    def _follow(self, value: models.KeyShareHolderGroup) -> Sequence[w.Widget]:
        """The keys are next: the same form as ``forms.create_tss_request``."""
        form = TssForm(
            self.client, self._made_in, value, self._keys_tried, self._groups.get(self._made_in)
        )
        return [styled(form, "tk-follow")]

    def _learn(self, value: models.KeyShareHolderGroup) -> None:
        """Its nodes hold shares in this vault now."""
        if self._made_in in self._groups:
            others = [each for each in self._groups[self._made_in] if _id(each) != _id(value)]
            self._groups[self._made_in] = [*others, value]
            self.refresh()

    def _keys_tried(self, group: models.KeyShareHolderGroup) -> None:
        """The card above follows what became of the keys."""
        self._learn(group)
        shown_now = self.exchange.decoded if self.exchange else None
        if shown_now and _id(shown_now) == _id(group):
            self._after.value = self._tell(group)


def _id(group: models.KeyShareHolderGroup) -> str | None:
    return group.key_share_holder_group_id

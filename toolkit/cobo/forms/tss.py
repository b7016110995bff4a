"""The form for a TSS request: the holders of a new group make its keys, and it shows how far they
are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

import ipywidgets as w
from markupsafe import Markup

from toolkit.base.html import code, render, result
from toolkit.base.times import day
from toolkit.cobo import models, operations
from toolkit.cobo.client import Client
from toolkit.cobo.forms.pages import APPROVERS, NODE_RULE, approvers_page, node_rule_page
from toolkit.cobo.forms.spelling import SPELLING
from toolkit.cobo.frames import holder_rows, key_rows
from toolkit.cobo.seats import gate_of, seats_of
from toolkit.cobo.tss import (
    FAILED,
    SOURCES,
    STEPS,
    TYPES,
    TssFields,
    begin_with,
    ground_findings,
    has_main_group,
    sources_for,
    tss_advice,
    types_for,
    what_it_does,
)
from toolkit.errors import InputError
from toolkit.findings import Finding, Path
from toolkit.forms.form import CallForm
from toolkit.forms.job import Job
from toolkit.forms.meaning import meaning_card, meaning_facts, told
from toolkit.forms.spec import FormSpec
from toolkit.forms.widgets import box, choice, html, option, public, shown
from toolkit.request.call import Call
from toolkit.request.environment import EMULATOR
from toolkit.request.prepared import Prepared
from toolkit.tables import origin

Group = models.KeyShareHolderGroup
Watched = tuple[models.TSSRequest, Group]
FOLLOWED_S = 600.0
WORDS = (
    "A TSS request asks the holders’ TSS nodes (the programs that keep their shares) to make the "
    "shares of the group’s keys together."
)
# in the emulator waiting takes no time: its clock runs ahead, and that of every form with it
FOLLOWED_IN_EMULATOR_S = 30.0


def meaning(fields: TssFields, vault_has_keys: bool = False) -> dict[str, Any]:
    """The card beside the form: who has to take part, who is not there now, and what
    else it does.
    """
    return meaning_facts(
        gate_of(fields.target),
        seats_of(fields.target),
        what_it_does(fields),
        tss_advice(fields, vault_has_keys),
    )


def progress_card(request: models.TSSRequest, group: Group, note: str = "") -> Markup:
    """How far a TSS request is; and once it succeeded, the group's keys and holders."""
    status = request.status or ""
    valid, failed = group.status == "Valid", status in FAILED
    tables = [holder_rows(group, "frames.holders([form.group])")]
    if group.tss_key_share_groups:
        tables.insert(0, key_rows(group, "frames.tss_key_share_groups([form.group])"))
    headline = f"TSS request: {status or 'status not said'}"
    if valid:
        headline = "The group is Valid: its keys are made"
    kind = "note"
    if failed:
        kind = "high"
    elif valid and status in models.TSS_REQUEST_STATUSES:
        kind = "good"
    return result(
        kind=kind,
        headline=headline,
        lead=_lead(status, valid),
        facts=[
            ("TSS request", code(request.tss_request_id or "")),
            ("Type", request.type or ""),
            ("Status", status),
            ("Group", group.status or "not said"),
            ("Made", day(request.created_timestamp)),
            ("Answer", origin(request)["verification"]),
        ],
        path=_way(status),
        path_title="How far it is",
        note=note or "the order of the steps is inferred: Cobo documents none",
        tables=tables,
    )


def _way(status: str) -> list[tuple[str, str, str]]:
    order = list(STEPS)
    at = order.index(status) if status in order else -1
    way = []
    for number, (title, text) in enumerate(STEPS.values()):
        state = "later"
        if number < at or status == "Success":
            state = "done"
        elif number == at:
            state = "now"
        way.append((state, title, text))
    return way


def _lead(status: str, valid: bool) -> str:
    if status in FAILED:
        return (
            "It failed. What becomes of the group then is documented nowhere; below is what Cobo "
            "says "
            "of it now."
        )
    if status not in models.TSS_REQUEST_STATUSES:
        return (
            "What this status means is not known here. Look into the Portal before another "
            "request is "
            "sent."
        )
    if status == "Success" and not valid:
        return (
            "It says Success, but the group is not Valid: it may have been cancelled. Look into "
            "the "
            "Portal."
        )
    return "" if valid else "Its holders confirm it and make the keys."


class TssForm(CallForm[models.TSSRequest]):
    """*Create TSS request*: what is asked for follows from the group; after it, the progress.

    ``group`` is the target group as it was last read.

    >>> form = cobo.forms.create_tss_request(custody, emulator.vault_id, signing)
    >>> form.group.status
    'New'
    """

    def __init__(
        self,
        client: Client,
        vault_id: str,
        group: Group | str,
        ended: Callable[[Group], None] | None = None,
        groups: Sequence[Group] | None = None,
        vault_name: str = "",
    ) -> None:
        super().__init__(client, Client)
        self._vault_name = vault_name
        self._ended_with = ended
        self.client: Client = client
        self.vault_id = vault_id
        self._groups = list(self._read_groups() if groups is None else groups)
        #: The target group, as it was last read.
        self.group = self._target(group)
        kinds = types_for(self.group, self._groups)
        cards = [(*TYPES[kind], kind) for kind in kinds]
        self.type = choice(cards, begin_with(kinds), "What is asked for")
        self.source = w.Dropdown(description="Group that gives the shares")
        self._chosen_source: Group | None = None
        self._offering = False  # the list changes by itself, not by a person
        hint = "For the holders, if you like"
        self.description = public(w.Text(description="Description", placeholder=hint))
        self.look = w.Button(description="Look again")
        shown(self.look, False)
        self.keep(self.look)
        self.look.on_click(lambda _: self.watch_again())
        self.card, self.notices = w.HTML(), w.HTML()
        self._watch: Job[Watched] | None = None
        self._offer_sources()
        self.type.observe(self._offer_sources, "value")
        self.source.observe(self._source_chosen, "value")
        for field in (self.type, self.source, self.description):
            field.observe(self.refresh, "value")
        self.draw(
            self._spec(),
            f"POST /v2{operations.CREATE_TSS_REQUEST.path}",
            main=[
                html("hint.html", text=WORDS),
                box("tk-cards", self.type),
                self.source,
                self.description,
                self.notices,
            ],
            side=[self.card],
        )

    def _spec(self) -> FormSpec[models.TSSRequest]:
        return FormSpec(
            operation=operations.CREATE_TSS_REQUEST,
            client_class=Client,
            spelling=SPELLING,
            title="Make the keys",
            act="Send TSS request",
            done="TSS request created",
            # without shares to make it from there is nothing to ask
            insists=frozenset({"form.no-source", "cobo.tss-source"}),
            alarming=frozenset({"cobo.recovery-deletes"}),
            call=lambda: operations.create_tss_request(self.vault_id, self.fields.request()),
            findings=lambda: ground_findings(self.fields),
            show=self._show_findings,
            label=self._label_of,
            about=self._is_about_this,
            fields=lambda: self.fields,
            fill=self._fill,
            subject=(self.vault_id, self.group.key_share_holder_group_id),
            result=lambda request: progress_card(request, self.group),
            follow=self._progress,
            ground=lambda: [self.vault_id],
            goes_on=lambda: self._watch is not None,
            pages={APPROVERS: self._approvers_page, NODE_RULE: self._node_rule_page},
        )

    def _approvers_page(self, prepared: Prepared[models.TSSRequest]) -> Markup:
        others = [group for group in self._groups if group is not self.group]
        return approvers_page(prepared.call, self._vault_name, [*others, self.group])

    def _node_rule_page(self, _: Prepared[models.TSSRequest]) -> Markup:
        return node_rule_page(self.group, self.fields.type, self.fields.source)

    def _read_groups(self) -> Iterable[Group]:
        pages = self.client.iterate(
            operations.list_key_share_holder_groups(self.vault_id, limit=50)
        )
        return [each for page in pages for each in page.data]

    def _target(self, group: Group | str) -> Group:
        """The group that is meant, as it was read with its vault, if it is there already."""
        if not isinstance(group, str | Group):
            what = f"group must be a KeyShareHolderGroup or its id, not {type(group).__name__}."
            raise InputError(what, hint="Pass what create_key_share_holder_group answered.")
        wanted = group if isinstance(group, str) else group.key_share_holder_group_id
        for each in self._groups:
            if each.key_share_holder_group_id == wanted:
                return each
        if isinstance(group, Group):
            return group  # just made: a list may be older than it
        what = f"group: {wanted} is not in vault {self.vault_id}."
        raise InputError(what, hint="See cobo.list_key_share_holder_groups.")

    @property
    def fields(self) -> TssFields:
        """What the fields say, as one value."""
        description = self.description.value.strip()
        return TssFields(self.group, self.type.value, self.source.value, description)

    def _fill(self, fields: TssFields) -> None:
        with self.quietly():
            if fields.type in [value for _, value in self.type.options]:
                self.type.value = fields.type
            if fields.source in [value for _, value in self.source.options]:
                self.source.value = fields.source
            self.description.value = fields.description

    def _offer_sources(self, _: Any = None) -> None:
        sources = sources_for(self.type.value, self._groups)
        self._offering = True
        self.source.options = [(_source_label(group), group) for group in sources]
        begin = sources[0] if sources else None
        self.source.value = self._chosen_source if self._chosen_source in sources else begin
        self._offering = False
        shown(self.source, SOURCES[self.type.value] is not None)

    def _source_chosen(self, change: Any) -> None:
        """A person's choice is there again when the list has it again."""
        if not self._offering:
            self._chosen_source = change["new"]

    def _show_findings(self, findings: Sequence[Finding]) -> None:
        here = [finding for finding in findings if finding.path != ("confirm",)]
        lines = [(self.mark(finding), told(finding)) for finding in here]
        self.notices.value = render("under.html", lines=lines)
        others = [group for group in self._groups if group is not self.group]
        self.card.value = meaning_card(meaning(self.fields, has_main_group(others)))

    def _label_of(self, path: Path) -> str:
        names: dict[str | int, str] = {
            "type": "What is asked for",
            "target_key_share_holder_group_id": "This group",
            "source_key_share_holder_group": "Group that gives the shares",
            "description": "Description",
        }
        return names.get(path[0], "")

    def _is_about_this(self, call: Call[models.TSSRequest]) -> bool:
        target = call.argument("target_key_share_holder_group_id")
        this = (self.vault_id, self.group.key_share_holder_group_id)
        return (call.argument("vault_id"), target) == this

    def _progress(self, request: models.TSSRequest) -> Sequence[w.Widget]:
        self.watch_again(request)
        return [self.look]

    # ---- how far it is ----

    def watch_again(self, request: models.TSSRequest | None = None) -> None:
        """Follow the request until its end, or for ten minutes (in the emulator half a minute).

        Off the main loop, where there is one.
        """
        if self._watch is not None and request is None:
            return
        first = request or self.result
        if first is None:
            hint = f"Press “{self.spec.act}” or call .submit()."
            raise InputError("There is no TSS request to follow.", hint=hint)
        request_id = first.tss_request_id or ""
        group_id = self.group.key_share_holder_group_id or ""
        for_s = FOLLOWED_S
        if self.client.environment.name == EMULATOR:
            for_s = FOLLOWED_IN_EMULATOR_S

        def work() -> Watched:
            latest = first
            for latest in self.client.follow_tss_request(self.vault_id, request_id, for_s=for_s):
                if self.closed or self._watch is not watch:
                    break
                watch.on_loop(partial(self._seen, watch, latest))
            reading = operations.get_key_share_holder_group_by_id(self.vault_id, group_id)
            return latest, self.client.send(reading)

        watch = self._watch = Job(work, self._watched)  # an older one ends unheard
        shown(self.look, False)
        watch.start()

    def _seen(self, watch: Job[Any], request: models.TSSRequest) -> None:
        if watch is self._watch and not self.closed:
            card = progress_card(request, self.group, note="looked at again and again")
            self.show_after(card)

    def _watched(self, job: Job[Watched]) -> None:
        if self.closed or job is not self._watch:
            return
        self._watch = None
        try:
            request, self.group = job.result()
        except Exception as error:  # noqa: BLE001  # said: nobody is there to raise it to
            self.say("high", f"It could not be looked: {error}")
            shown(self.look, True)
            return
        self.show_after(progress_card(request, self.group))
        self._say_how_far(request)
        self._show_findings(())
        if self._ended_with is not None:
            self._ended_with(self.group)

    def _say_how_far(self, request: models.TSSRequest) -> None:
        whole = request.status == "Success" and self.group.status == "Valid"
        shown(self.look, not whole and request.status not in FAILED)
        if whole:
            self.say("good", "The keys are made, and the group is Valid.")
        elif request.status in FAILED:
            self.say("high", "No keys were made; look below.")
        elif request.status in models.OPEN_TSS_STATUSES:
            text = "It still waits for its holders. Look again whenever you like: that only reads."
            self.say("note", text)
        else:
            says, group = request.status or "nothing", self.group.status or "nothing"
            text = f"The request says {says}, and the group {group}. Look again in a while."
            self.say("note", text)


def _source_label(group: Group) -> str:
    scheme = f"{group.threshold} of {group.participants}"
    return option(group.type, scheme, f"…{(group.key_share_holder_group_id or '')[-6:]}")

"""The form for a TSS request: the holders of a new group make its keys, and the form shows how far they are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import ipywidgets as w
from markupsafe import Markup

from toolkit.base.html import Rows, and_list, code, picture, render, result
from toolkit.base.times import day
from toolkit.cobo import models, operations
from toolkit.cobo.client import Client
from toolkit.cobo.forms.holders import gate_of, holder_rows, seats_of
from toolkit.cobo.forms.spelling import SPELLING
from toolkit.errors import InputError, Problem
from toolkit.forms.form import OURS, CallForm
from toolkit.forms.job import Job
from toolkit.forms.widgets import box, choice, option, public, shown
from toolkit.request.call import Call
from toolkit.request.environment import EMULATOR
from toolkit.tables import origin

TYPES = {
    "KeyGen": ("First keys", "Makes the first keys of this vault."),
    "Recovery": ("Recovery", "Rebuilds the keys with the shares of a recovery group."),
    "KeyGenFromKeyGroup": ("From the main group", "Makes new shares of the main group’s keys."),
}
# target → (what may be asked for it, which type of group gives the shares). Source: OpenAPI file, TSSRequestType
SOURCES = {"KeyGen": None, "KeyGenFromKeyGroup": "MainGroup", "Recovery": "RecoveryGroup"}
FAILED = ("KeyHolderConfirmationFailed", "KeyGeneratingFailed")
STEPS = {
    "PendingKeyHolderConfirmation": ("Confirm", "Waits until all of them have confirmed."),
    "MPCProcessing": ("Start", "Waits for the nodes to begin."),
    "KeyGenerating": ("Generate", "The nodes make the keys."),
    "Success": ("Keys made", "The group becomes Valid."),
}


@dataclass(frozen=True, slots=True)
class TssFields:
    """What the fields say right now."""

    target: models.KeyShareHolderGroup
    type: str
    source: models.KeyShareHolderGroup | None
    description: str = ""

    def request(self) -> models.CreateTssRequestRequest:
        """The request model."""
        source_id = self.source.key_share_holder_group_id if self.source else None
        return models.CreateTssRequestRequest(
            type=self.type,
            target_key_share_holder_group_id=self.target.key_share_holder_group_id or "",
            source_key_share_holder_group=models.SourceKeyShareHolderGroup(
                key_share_holder_group_id=source_id
            )
            if source_id
            else None,
            description=self.description or None,
        )


def types_for(
    target: models.KeyShareHolderGroup, groups: Iterable[models.KeyShareHolderGroup]
) -> list[str]:
    """Which types of TSS request suit a target: for a main group the first keys, or a recovery where that is possible."""
    if target.type != "MainGroup":
        return ["KeyGenFromKeyGroup"]
    groups = list(groups)
    if not sources_for("Recovery", groups):
        return ["KeyGen"]
    return ["Recovery", "KeyGen"] if has_main_group(groups) else ["KeyGen", "Recovery"]


def has_main_group(groups: Iterable[models.KeyShareHolderGroup]) -> bool:
    """Whether a main group of the vault works already."""
    return any(group.type == "MainGroup" and group.status == "Valid" for group in groups)


def sources_for(
    kind: str, groups: Iterable[models.KeyShareHolderGroup]
) -> list[models.KeyShareHolderGroup]:
    """The groups that can give shares for this type: Valid, and of the type that it needs."""
    wanted = SOURCES[kind]
    return [
        group for group in groups if wanted and group.type == wanted and group.status == "Valid"
    ]


def meaning(fields: TssFields, vault_has_keys: bool = False) -> dict[str, Any]:
    """The card beside the form: who has to take part, who is not there now, and what else it does."""
    target, source = fields.target, fields.source
    people = [holder for holder in target.key_share_holders or () if holder.type != "Cobo"]
    names = [holder.name or holder.tss_node_id or "?" for holder in people]
    sentences: list[Markup | str] = []
    if names:
        sentences.append(
            Markup(
                "New shares are made for {}; the request waits until they have confirmed."
            ).format(and_list(names))
        )
        if any(holder.type == "API" for holder in people):
            text = "Cobo’s manual: the node of a server signer should be online within 24 hours. What happens later is documented nowhere."
            sentences.append(text)
    if source is not None:
        k, n = source.threshold, source.participants
        enough = f"{k} of the {n}" if k and n else "enough"
        sentences.append(f"Shares: {enough} shares of the source group are needed to make them.")
    sentences.append("It signs no transaction. Until it succeeds, the group holds no key.")
    advice: list[tuple[str, Markup | str]] = []
    if fields.type == "Recovery":
        text = "When this succeeds, the old main group is deleted: so Cobo’s manual says of the Portal; that the API does the same is our inference."
        advice.append(("high", text))
    elif fields.type == "KeyGen" and vault_has_keys:
        advice.append(
            (
                "medium",
                "This vault has a Valid main group: first keys are probably refused (our inference).",
            )
        )
    away = [holder.name or holder.tss_node_id or "?" for holder in people if holder.online is False]
    if away:
        advice.append(
            (
                "medium",
                Markup("Not online now: {}. The request waits for them.").format(and_list(away)),
            )
        )
    gone = [
        h.name or h.tss_node_id or "?"
        for h in (source.key_share_holders or () if source else ())
        if h.online is False
    ]
    if gone:
        advice.append(
            ("medium", Markup("Of the source group not online now: {}.").format(and_list(gone)))
        )
    return {
        "p": picture(gate_of(target), seats_of(target)),
        "sentences": sentences,
        "advice": advice,
    }


def progress_card(
    request: models.TSSRequest, group: models.KeyShareHolderGroup, note: str = ""
) -> Markup:
    """How far a TSS request is; and once it succeeded, the group's keys and holders."""
    order, status = list(STEPS), request.status or ""
    at = order.index(status) if status in order else -1
    path = []
    for number, name in enumerate(order):
        title, text = STEPS[name]
        state = "done" if number < at or status == "Success" else "now" if number == at else "later"
        path.append((state, title, text))
    valid, failed, known = (
        group.status == "Valid",
        status in FAILED,
        status in models.TSS_REQUEST_STATUSES,
    )
    headline = (
        "The group is Valid: its keys are made"
        if valid
        else f"TSS request: {status or 'status not said'}"
    )
    if failed:
        lead = "It failed. What becomes of the group then is documented nowhere; below is what Cobo says of it now."
    elif not known:
        lead = "What this status means is not known here. Look into the Portal before another request is sent."
    elif status == "Success" and not valid:
        lead = "It says Success, but the group is not Valid: it may have been cancelled. Look into the Portal."
    else:
        lead = "" if valid else "Its holders confirm it and make the keys."
    tables = [holder_rows(group, "frames.holders([form.group])")]
    if group.tss_key_share_groups:
        rows = [(share.curve or "", code(share.root_pubkey or ""), code(share.tss_key_share_group_id or ""))
                for share in group.tss_key_share_groups]  # fmt: skip
        keys = Rows(
            "Keys",
            "frames.tss_key_share_groups([form.group])",
            ("Curve", "Root public key", "Share group"),
            rows,
        )
        tables.insert(0, keys)
    return result(
        kind="high" if failed else "good" if valid and known else "note",
        headline=headline,
        lead=lead,
        facts=[
            ("TSS request", code(request.tss_request_id or "")),
            ("Type", request.type or ""),
            ("Status", status),
            ("Group", f"{group.status or 'not said'}"),
            ("Made", day(request.created_timestamp)),
            ("Answer", origin(request)["verification"]),
        ],
        path=path,
        path_title="How far it is",
        note=note or "the order of the steps is our reading",
        tables=tables,
    )


# ---- the form ------------------------------------------------------------------------------------


class TssForm(CallForm[models.TSSRequest]):
    """*Create TSS request*: what is asked for follows from the group; after it, the progress.

    ``group`` is the target group as it was last read.
    """

    operation = operations.CREATE_TSS_REQUEST
    client_class = Client
    title = "Make the keys"
    act = "Send TSS request"
    done = "TSS request created"
    spelling = SPELLING
    insists = frozenset(
        {"form.no-source", "cobo.tss-source"}
    )  # without shares to make it from there is nothing to ask

    def __init__(
        self,
        client: Client,
        vault_id: str,
        group: models.KeyShareHolderGroup | str,
        ended: Callable[[models.KeyShareHolderGroup], None] | None = None,
        groups: Sequence[models.KeyShareHolderGroup] | None = None,
    ) -> None:
        super().__init__(client)
        self._ended_with = ended
        self.client: Client = client
        self.vault_id = vault_id
        if groups is None:
            pages = client.iterate(operations.list_key_share_holder_groups(vault_id, limit=50))
            groups = [each for page in pages for each in page.data]
        self._groups = list(groups)
        if not isinstance(group, str | models.KeyShareHolderGroup):
            what = f"group must be a KeyShareHolderGroup or its id, not {type(group).__name__}."
            raise InputError(what, hint="Pass what create_key_share_holder_group answered.")
        wanted = group if isinstance(group, str) else group.key_share_holder_group_id
        found = [each for each in self._groups if each.key_share_holder_group_id == wanted]
        if not found and isinstance(group, models.KeyShareHolderGroup):
            found = [group]  # just made: a list may be older than it
        if not found:
            raise InputError(
                f"group: {wanted} is not in vault {vault_id}.",
                hint="See cobo.list_key_share_holder_groups.",
            )
        #: The target group, as it was last read.
        self.group = found[0]
        kinds = types_for(self.group, self._groups)
        self.type = choice([(*TYPES[kind], kind) for kind in kinds], kinds[0], "What is asked for")
        self.source = w.Dropdown(description="Group that gives the shares")
        self.description = public(
            w.Text(description="Description", placeholder="For the holders, if you like")
        )
        self.look = w.Button(description="Look again")
        shown(self.look, False)
        self.look.on_click(lambda _: self.watch_again())
        self._card, self._under = w.HTML(), w.HTML()
        self._watch: Job[tuple[models.TSSRequest, models.KeyShareHolderGroup]] | None = None
        self._offer_sources()
        self.type.observe(self._offer_sources, "value")
        for field in (self.type, self.source, self.description):
            field.observe(self.refresh, "value")
        self._assemble(
            f"POST /v2{operations.CREATE_TSS_REQUEST.path}",
            main=[box("tk-cards", self.type), self.source, self.description, self._under],
            side=[self._card],
        )

    @property
    def fields(self) -> TssFields:
        """What the fields say, as one value."""
        return TssFields(
            self.group, self.type.value, self.source.value, self.description.value.strip()
        )

    def _call(self) -> Call[models.TSSRequest]:
        return operations.create_tss_request(self.vault_id, self.fields.request())

    def _offer_sources(self, _: Any = None) -> None:
        found = sources_for(self.type.value, self._groups)
        self.source.options = [
            (
                option(
                    group.type,
                    f"{group.threshold} of {group.participants}",
                    f"…{(group.key_share_holder_group_id or '')[-6:]}",
                ),
                group,
            )
            for group in found
        ]
        self.source.value = found[0] if found else None
        shown(self.source, SOURCES[self.type.value] is not None)

    def _own_problems(self) -> Iterable[Problem]:
        if self.group.status != "New":
            sentence = f"The group is {self.group.status}: keys are made for a New one."
            yield Problem(
                "form.group-not-new", "target_key_share_holder_group_id", sentence, False, OURS
            )
        if SOURCES[self.type.value] and self.source.value is None:
            sentence = f"The vault has no Valid {SOURCES[self.type.value]}, which {self.type.value} needs. Make its keys first."
            yield Problem("form.no-source", "source_key_share_holder_group", sentence, False, OURS)

    def _show(self, problems: Sequence[Problem]) -> None:
        lines = [
            (self.severity(problem), problem.sentence)
            for problem in problems
            if problem.field != "confirm"
        ]
        self._under.value = render("under.html", lines=lines)
        others = [group for group in self._groups if group is not self.group]
        self._card.value = render("meaning.html", **meaning(self.fields, has_main_group(others)))

    def _label(self, field: str) -> str:
        names = {
            "type": "What is asked for",
            "target_key_share_holder_group_id": "This group",
            "source_key_share_holder_group": "Group that gives the shares",
            "description": "Description",
        }
        return names.get(field.partition(".")[0], "")

    def _about(self, call: Call[models.TSSRequest]) -> bool:
        target = call.argument("target_key_share_holder_group_id")
        return (call.argument("vault_id"), target) == (
            self.vault_id,
            self.group.key_share_holder_group_id,
        )

    def _tell(self, value: models.TSSRequest) -> str:
        return progress_card(value, self.group)

    def _follow(self, value: models.TSSRequest) -> Sequence[w.Widget]:
        self.watch_again(value)
        return [self.look]

    # ---- how far it is ----

    def watch_again(self, request: models.TSSRequest | None = None) -> None:
        """Follow the request until its end, or for ten minutes; off the main loop where there is one (an emulator: half a minute)."""
        if self._watch is not None and request is None:
            return
        request = request or self.result
        request_id, group_id = (
            request.tss_request_id or "",
            self.group.key_share_holder_group_id or "",
        )

        # in the emulator waiting takes no time: its clock runs ahead, and that of every form with it
        for_s = 30.0 if self.client.environment.name == EMULATOR else 600.0

        def work() -> tuple[models.TSSRequest, models.KeyShareHolderGroup]:
            seen = request
            for seen in self.client.follow_tss_request(self.vault_id, request_id, for_s=for_s):
                watch.on_loop(partial(self._seen, watch, seen))
            return seen, self.client.send(
                operations.get_key_share_holder_group_by_id(self.vault_id, group_id)
            )

        watch = self._watch = Job(work, self._watched)  # an older one goes on unheard
        shown(self.look, False)
        watch.start()

    def _seen(self, watch: Job[Any], request: models.TSSRequest) -> None:
        if watch is self._watch:
            self._after.value = progress_card(request, self.group, note="looked at again and again")

    def _watched(self, job: Job[tuple[models.TSSRequest, models.KeyShareHolderGroup]]) -> None:
        if job is not self._watch:
            return
        self._watch = None
        try:
            request, self.group = job.result()
        except Exception as error:  # noqa: BLE001  # said: nobody is there to raise it to
            self._say("high", f"It could not be looked: {error}")
            shown(self.look, True)
            return
        self._after.value = progress_card(request, self.group)
        made = request.status == "Success" and self.group.status == "Valid"
        shown(self.look, not made and request.status not in FAILED)
        if made:
            self._say("good", "The keys are made, and the group is Valid.")
        elif request.status in FAILED:
            self._say("high", "No keys were made; look below.")
        elif request.status in models.OPEN_TSS_STATUSES:
            self._say(
                "note",
                "It still waits for its holders. Look again whenever you like: that only reads.",
            )
        else:
            text = f"The request says {request.status or 'nothing'}, and the group {self.group.status or 'nothing'}. Look again in a while."
            self._say("note", text)
        self._show(())
        if self._ended_with is not None:
            self._ended_with(self.group)

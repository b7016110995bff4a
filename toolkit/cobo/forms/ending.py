"""Forms for what ends a group: an upgrade, which takes the main group's place, and a deletion."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import ipywidgets as w
from markupsafe import Markup

from toolkit.base.html import code, render, result
from toolkit.base.text import and_words
from toolkit.cobo import models, operations
from toolkit.cobo.client import Client
from toolkit.cobo.findings import PORTAL, signs, who_signs
from toolkit.cobo.forms.pages import APPROVERS, approvers_page
from toolkit.cobo.forms.spelling import SPELLING
from toolkit.cobo.frames import holder_rows
from toolkit.cobo.powers import powers_of
from toolkit.cobo.seats import gate_of, seats_of, title_of
from toolkit.cobo.tss import name_of, people_of
from toolkit.errors import InputError
from toolkit.findings import Finding, Path, needed, ours
from toolkit.forms.form import CallForm
from toolkit.forms.meaning import marked, meaning_card, meaning_facts
from toolkit.forms.spec import FormSpec
from toolkit.forms.widgets import box, choice
from toolkit.request.call import Call
from toolkit.tables import origin

Group = models.KeyShareHolderGroup
HANDLINGS = (
    ("Keep it", "The old main group becomes a signing group.", "ConvertToSigningGroup"),
    ("End it", "The old main group is gone for good. What Cobo does by itself.", "Invalidate"),
)
DELETES = "cobo.delete-group"
WAITS = "Submitted is not done: your organisation’s approvers may be asked first."


class _Chosen:
    """The vault's groups as they were read, and the one that the form is about."""

    def __init__(self, client: Client, vault_id: str, group: Group | str) -> None:
        pages = client.iterate(operations.list_key_share_holder_groups(vault_id, limit=50))
        self.vault_id = vault_id
        self.groups = [each for page in pages for each in page.data]
        wanted = group if isinstance(group, str) else _id_of(group)
        here = [each for each in self.groups if _id_of(each) == wanted]
        if not here:
            what = f"group: {wanted} is not in vault {vault_id}."
            raise InputError(what, hint="See cobo.list_key_share_holder_groups.")
        self.group = here[0]

    @property
    def id(self) -> str:
        """The id of the group."""
        return _id_of(self.group)

    def page(self, prepared: Any) -> Markup:
        """What those who approve it will see."""
        return approvers_page(prepared.call, groups=self.groups)

    def valid(self, kind: str) -> list[Group]:
        """The other groups of this type that have keys."""
        return [
            each
            for each in self.groups
            if each is not self.group and each.type == kind and each.status == "Valid"
        ]

    def is_about(self, call: Call[Any]) -> bool:
        """Whether a call is about this group."""
        return call.argument("key_share_holder_group_id") == self.id


def _id_of(group: object) -> str:
    if not isinstance(group, Group):
        what = f"group must be a KeyShareHolderGroup or its id, not {type(group).__name__}."
        raise InputError(what, hint="Pass what cobo.list_key_share_holder_groups has.")
    return group.key_share_holder_group_id or ""


def _meaning(group: Group, sentence: str) -> Markup:
    """The card beside the form: who is in the group, and what that means."""
    findings = who_signs(powers_of(group), signs(group.type))
    facts = meaning_facts(gate_of(group), seats_of(group), findings, ())
    facts["sentences"] = [sentence, *facts["sentences"]]
    return meaning_card(facts)


class UpgradeForm(CallForm[Group]):
    """*Update key share holder group*: a Valid signing group becomes the main group.

    >>> form = cobo.forms.update_key_share_holder_group_by_id(custody, emulator.vault_id, signing)
    >>> form.handling.value
    'ConvertToSigningGroup'
    """

    def __init__(self, client: Client, vault_id: str, group: Group | str) -> None:
        super().__init__(client, Client)
        self.client: Client = client
        self._chosen = _Chosen(client, vault_id, group)
        self.handling = choice(HANDLINGS, HANDLINGS[0][2], "What becomes of the old main group")
        self.handling.observe(self.refresh, "value")
        self.notices, self.card = w.HTML(), w.HTML()
        self.draw(
            self._spec(),
            f"PUT /v2{operations.UPDATE_KEY_SHARE_HOLDER_GROUP_BY_ID.path}",
            main=[box("tk-cards", self.handling), self.notices],
            side=[self.card],
        )

    def _spec(self) -> FormSpec[Group]:
        chosen = self._chosen
        return FormSpec(
            operation=operations.UPDATE_KEY_SHARE_HOLDER_GROUP_BY_ID,
            client_class=Client,
            spelling=SPELLING,
            title="Make a signing group the main group",
            act="Upgrade group",
            done="Group upgraded",
            then="",
            undone="upgraded",
            alarming=frozenset({"cobo.upgrade-invalidates"}),
            call=self._upgrade,
            findings=self._findings,
            show=self._show_findings,
            label=_label_of,
            fields=lambda: self.handling.value,
            fill=self._fill,
            subject=(chosen.vault_id, chosen.id),
            about=chosen.is_about,
            ground=lambda: [chosen.vault_id],
            changes=self._changed,
            result=_upgraded_card,
            pages={APPROVERS: chosen.page},
        )

    def _upgrade(self) -> Call[Group]:
        handling = models.UpdateKeyShareHolderGroupByIdRequest(
            original_main_group_handling=self.handling.value
        )
        chosen = self._chosen
        return operations.update_key_share_holder_group_by_id(chosen.vault_id, chosen.id, handling)

    def _fill(self, handling: str) -> None:
        with self.quietly():
            self.handling.value = handling

    def _changed(self) -> list[tuple[str, str]]:
        title = title_of(self._chosen.group.type)
        return [(f"type {title}", f"type {title_of('MainGroup')}")]

    def _findings(self) -> Iterator[Finding]:
        group, path = self._chosen.group, ("group",)
        if group.type != "SigningGroup" or group.status != "Valid":
            what = f"This {title_of(group.type).lower()} is {group.status or 'of no known status'}"
            sentence = f"{what}: a Valid signing group can become the main group."
            yield needed("form.no-signing-group", path, sentence, severity="medium")

    def _show_findings(self, findings: Sequence[Finding]) -> None:
        self.notices.value = _lines(findings, self.mark)
        old = _called(self._chosen.valid("MainGroup"))
        sentence = f"Takes the place of {old}." if old else "The vault has no Valid main group now."
        self.card.value = _meaning(self._chosen.group, sentence)


class DeleteForm(CallForm[models.DeleteKeyShareHolderGroup]):
    """*Delete key share holder group*: whose shares end, and what is left.

    >>> form = cobo.forms.delete_key_share_holder_group_by_id(custody, emulator.vault_id, signing)
    >>> [problem.rule for problem in form.problems]
    ['cobo.delete-group']
    """

    def __init__(self, client: Client, vault_id: str, group: Group | str) -> None:
        super().__init__(client, Client)
        self.client: Client = client
        self._chosen = _Chosen(client, vault_id, group)
        self.notices, self.card = w.HTML(), w.HTML()
        self.draw(
            self._spec(),
            f"POST /v2{operations.DELETE_KEY_SHARE_HOLDER_GROUP_BY_ID.path}",
            main=[self.notices],
            side=[self.card],
        )

    def _spec(self) -> FormSpec[models.DeleteKeyShareHolderGroup]:
        chosen = self._chosen
        return FormSpec(
            operation=operations.DELETE_KEY_SHARE_HOLDER_GROUP_BY_ID,
            client_class=Client,
            spelling=SPELLING,
            title=f"Delete a {title_of(chosen.group.type).lower()}",
            act="Delete group",
            done="Deletion submitted",
            then="",
            undone="deleted",
            alarming=frozenset({DELETES}),
            call=lambda: operations.delete_key_share_holder_group_by_id(chosen.vault_id, chosen.id),
            findings=self._findings,
            show=self._show_findings,
            label=_label_of,
            subject=(chosen.vault_id, chosen.id),
            about=chosen.is_about,
            ground=lambda: [chosen.vault_id],
            changes=lambda: [(f"holder {name_of(each)}", "") for each in people_of(chosen.group)],
            result=lambda answer: _deleted_card(answer, chosen.group),
            pages={APPROVERS: chosen.page},
        )

    def _findings(self) -> Iterator[Finding]:
        group, path = self._chosen.group, ("group",)
        names = [name_of(holder) for holder in people_of(group)]
        sentence = f"The shares of {and_words(names) or 'nobody'} are of no use after it."
        why = ours("our rule: what ends another group takes a word")
        remedy = "Whoever is to hold a share again needs another key generation."
        yield Finding(DELETES, "medium", "", path, sentence, remedy, why, tuple(names))
        if group.type == "MainGroup":
            sentence = "The Portal offers no deletion of a main group."
            yield Finding("cobo.delete-main-group", "medium", "", path, sentence, "", PORTAL)
        elif group.status == "Valid" and not self._chosen.valid(group.type or ""):
            sentence = f"It is the vault’s only Valid {title_of(group.type).lower()}."
            remedy = "Make its successor Valid first: cobo.Handover does all of it."
            yield Finding("cobo.deletes-the-last", "medium", "", path, sentence, remedy, why)

    def _show_findings(self, findings: Sequence[Finding]) -> None:
        self.notices.value = _lines(findings, self.mark)
        self.card.value = _meaning(self._chosen.group, "As long as it is there:")


def _called(groups: Sequence[Group]) -> str:
    """Groups by type and holders."""
    told = []
    for group in groups:
        names = and_words([name_of(holder) for holder in people_of(group)])
        told.append(f"the {title_of(group.type).lower()} of {names or 'nobody'}")
    return and_words(told)


def _lines(findings: Sequence[Finding], mark: Callable[[Finding], str]) -> Markup:
    here = [finding for finding in findings if finding.path != ("confirm",)]
    texts = [text for _, text in marked(here)]
    return render("under.html", lines=list(zip(map(mark, here), texts, strict=True)))


def _label_of(path: Path) -> str:
    names: dict[str | int, str] = {
        "group": "This group",
        "update_key_share_holder_group_action": "What is done",
        "original_main_group_handling": "What becomes of the old main group",
    }
    return names.get(path[0], "") if path else ""


def _upgraded_card(group: Group) -> Markup:
    facts = [
        ("Group", code(group.key_share_holder_group_id)),
        ("Type", group.type or "not said"),
        ("Status", group.status or "not said"),
        ("Answer", origin(group)["verification"]),
    ]
    done = group.type == "MainGroup"
    headline = "It is the main group" if done else "The upgrade was taken"
    tables = [holder_rows(group, "frames.holders([form.result])")]
    return result(headline, "" if done else WAITS, facts, tables=tables)


def _deleted_card(answer: models.DeleteKeyShareHolderGroup, group: Group) -> Markup:
    facts = [
        ("Group", code(group.key_share_holder_group_id)),
        ("Submitted", "yes" if answer.submitted else "no"),
        ("Answer", origin(answer)["verification"]),
    ]
    return result("Deletion submitted" if answer.submitted else "Not submitted", WAITS, facts)

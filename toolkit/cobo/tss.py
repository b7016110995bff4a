"""TSS requests: which make sense for a group, where their shares come from, and what they mean."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from toolkit.base.text import and_words
from toolkit.cobo import models
from toolkit.findings import Finding, Severity, Source, documented, needed, ours

TYPES = {
    "KeyGen": ("First keys", "Makes the first keys of this vault."),
    "Recovery": ("Recovery", "Rebuilds the keys with the shares of a recovery group."),
    "KeyGenFromKeyGroup": ("From the main group", "Makes new shares of the main group’s keys."),
}
# target → (what may be asked for it, which type of group gives the shares). Source: OpenAPI file,
# TSSRequestType
SOURCES = {"KeyGen": None, "KeyGenFromKeyGroup": "MainGroup", "Recovery": "RecoveryGroup"}
FAILED = ("KeyHolderConfirmationFailed", "KeyGeneratingFailed")
STEPS = {
    "PendingKeyHolderConfirmation": ("Confirm", "Waits until all of them have confirmed."),
    "MPCProcessing": ("Start", "Waits for the nodes to begin."),
    "KeyGenerating": ("Generate", "The nodes make the keys."),
    "Success": ("Keys made", "The group becomes Valid."),
}
MANUAL = documented("Cobo manual, holder groups")
INFERRED = ours("our inference")
NOBODY = "?"


@dataclass(frozen=True, slots=True)
class TssFields:
    """What the fields of a form say right now."""

    target: models.KeyShareHolderGroup
    type: str
    source: models.KeyShareHolderGroup | None
    description: str = ""

    def request(self) -> models.CreateTssRequestRequest:
        """The request model."""
        source_id = self.source.key_share_holder_group_id if self.source else None
        source = None
        if source_id:
            source = models.SourceKeyShareHolderGroup(key_share_holder_group_id=source_id)
        return models.CreateTssRequestRequest(
            type=self.type,
            target_key_share_holder_group_id=self.target.key_share_holder_group_id or "",
            source_key_share_holder_group=source,
            description=self.description or None,
        )


def types_for(
    target: models.KeyShareHolderGroup, groups: Iterable[models.KeyShareHolderGroup]
) -> list[str]:
    """Which types of TSS request suit a target: for a main group the first keys, or a recovery
    where possible.
    """
    if target.type != "MainGroup":
        return ["KeyGenFromKeyGroup"]
    groups = list(groups)
    if not sources_for("Recovery", groups):
        return ["KeyGen"]
    return ["Recovery", "KeyGen"] if has_main_group(groups) else ["KeyGen", "Recovery"]


def begin_with(kinds: Sequence[str]) -> str:
    """The type that a form begins with: never one that ends another group."""
    return next(kind for kind in kinds if kind != "Recovery")


def has_main_group(groups: Iterable[models.KeyShareHolderGroup]) -> bool:
    """Whether a main group of the vault works already."""
    return any(group.type == "MainGroup" and group.status == "Valid" for group in groups)


def sources_for(
    kind: str, groups: Iterable[models.KeyShareHolderGroup]
) -> list[models.KeyShareHolderGroup]:
    """The groups that can give shares for this type: Valid, and of the type that it needs."""
    wanted = SOURCES[kind]
    if wanted is None:
        return []
    return [group for group in groups if group.type == wanted and group.status == "Valid"]


def people_of(group: models.KeyShareHolderGroup) -> list[models.KeyShareHolder]:
    """The holders of a group that are not Cobo's."""
    return [holder for holder in group.key_share_holders or () if holder.type != "Cobo"]


def name_of(holder: models.KeyShareHolder) -> str:
    """What a holder is called: by its name, or its node."""
    return holder.name or holder.tss_node_id or NOBODY


def _said(
    rule: str, severity: Severity, sentence: str, source: Source, names: Sequence[str] = ()
) -> Finding:
    return Finding(rule, severity, "", (), sentence, "", source, tuple(names))


def what_it_does(fields: TssFields) -> Iterator[Finding]:
    """Who has to take part, where the shares come from, and that nothing is signed."""
    people = people_of(fields.target)
    names = [name_of(holder) for holder in people]
    if names:
        sentence = (
            f"New shares are made for {and_words(names)}; the request waits until they have "
            "confirmed."
        )
        yield _said("cobo.tss-waits", "note", sentence, MANUAL, names)
    if any(holder.type == "API" for holder in people):
        sentence = (
            "Cobo’s manual: the node of a server signer should be online within 24 hours. What "
            "happens later is documented nowhere."
        )
        yield _said("cobo.tss-within-a-day", "note", sentence, MANUAL)
    if fields.source is not None:
        k, n = fields.source.threshold, fields.source.participants
        enough = f"{k} of the {n}" if k and n else "enough"
        sentence = f"Shares: {enough} shares of the source group are needed to make them."
        yield _said("cobo.tss-shares", "note", sentence, MANUAL)
    sentence = "It signs no transaction. Until it succeeds, the group holds no key."
    yield _said("cobo.tss-signs-nothing", "note", sentence, MANUAL)


def tss_advice(fields: TssFields, vault_has_keys: bool = False) -> Iterator[Finding]:
    """What else it does, and who is not there now."""
    if fields.type == "KeyGen" and vault_has_keys:
        sentence = (
            "This vault has a Valid main group: first keys are probably refused (our inference)."
        )
        yield _said("cobo.second-keys", "medium", sentence, INFERRED)
    away = [name_of(holder) for holder in people_of(fields.target) if holder.online is False]
    if away:
        sentence = f"Not online now: {and_words(away)}. The request waits for them."
        yield _said("cobo.holders-offline", "medium", sentence, MANUAL, away)
    givers = fields.source.key_share_holders or () if fields.source else ()
    gone = [name_of(holder) for holder in givers if holder.online is False]
    if gone:
        sentence = (
            f"Of the source group not online now: {and_words(gone)}.{_too_few(fields.source)}"
        )
        yield _said("cobo.source-offline", "medium", sentence, MANUAL, gone)


def _too_few(source: models.KeyShareHolderGroup | None) -> str:
    """That fewer shares of a source are there than are needed; empty where enough are, or where
    that is not known.
    """
    holders = (source.key_share_holders or ()) if source else ()
    if source is None or source.threshold is None or len(holders) != source.participants:
        return ""
    there = sum(holder.online is not False for holder in holders)
    if there >= source.threshold:
        return ""
    verb = "is" if there == 1 else "are"
    return (
        f" Only {there} of the {source.threshold} shares that are needed {verb} there: until the "
        "others come, no keys can be made."
    )


def ground_findings(fields: TssFields) -> Iterator[Finding]:
    """What the group itself says against it: it is not New, or nobody can give the shares."""
    if fields.target.status != "New":
        sentence = f"The group is {fields.target.status}: keys are made for a New one."
        path = ("target_key_share_holder_group_id",)
        yield needed("form.group-not-new", path, sentence, severity="medium")
    wanted = SOURCES[fields.type]
    if wanted and fields.source is None:
        sentence = f"The vault has no Valid {wanted}, which {fields.type} needs."
        path = ("source_key_share_holder_group",)
        yield needed("form.no-source", path, sentence, "Make its keys first.", severity="medium")

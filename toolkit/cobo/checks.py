"""Rules of a Cobo request, looked at before it is signed. Each carries its source.

Documented rules refuse. Inferred ones warn: Cobo's own example on the page *Create key share holder
group* breaks one of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from toolkit.base.hidden import hidden_at
from toolkit.base.text import plural
from toolkit.cobo.models import (
    GROUP_TYPES,
    HOLDER_TYPES,
    MAIN_GROUP_HANDLINGS,
    SCHEMES,
    TSS_REQUEST_TYPES,
    UPDATE_GROUP_ACTIONS,
    VAULT_TYPES,
    WALLET_SUBTYPES,
    WALLET_TYPES,
    WITH_COBO,
    CreateKeyShareHolderGroupRequest,
    SourceKeyShareHolderGroup,
    seat_number,
)
from toolkit.cobo.node_ids import has_shape, shape_sentence
from toolkit.findings import (
    TYPE_IT_AGAIN,
    Finding,
    Hit,
    Rule,
    documented,
    found_by,
    hidden_sentence,
    ours,
)
from toolkit.request.call import Call

SPEC = documented("Cobo OpenAPI file v1.42.0")
PAGING = documented("Cobo page on pagination")
ERROR_CODES = documented("Cobo page on error codes, 2101 and 2102")
UCW = "Cobo guide for user-controlled wallets and Cobo's UCW demo"
MANUAL = "Cobo manual, key share optimization note"
PAGES_DISAGREE = "Cobo’s pages disagree on whether Cobo holds a share of a recovery group"
OPTIONAL = ours("inferred: optional in the specification")
LARGEST_PAGE = 50
LONGEST_WALLET_NAME = 100
NOT_IN_A_WALLET_NAME = frozenset("+-=@")
READ_IT_AGAIN = "Copy it again, or compare it with its owner, letter by letter."


def problems(call: Call[Any]) -> tuple[Finding, ...]:
    """Every rule that this call breaks, in the order of its fields."""
    if isinstance(call.body, CreateKeyShareHolderGroupRequest):
        return group_problems(call.body)
    return found_by(_RULES.get(call.operation.name, ()), CallColumns.of([call]))


def group_problems(request: CreateKeyShareHolderGroupRequest) -> tuple[Finding, ...]:
    """Rules of *Create key share holder group*, in the order of its fields."""
    columns = GroupColumns.of([request])
    found = found_by(GROUP_RULES, columns)
    seats_first = sorted(found, key=lambda finding: _place(finding.path))
    return tuple(seats_first)


def _place(path: Sequence[str | int]) -> tuple[int, int]:
    """What concerns the whole group first and last, the seats in between in their order."""
    if len(path) > 1 and isinstance(path[1], int):
        return (1, path[1])
    return (0, 0)


# ---- columns -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SeatColumns:
    """Seats of many groups: of each its group's row, its place there, and what is said of it."""

    group: Sequence[int]
    at: Sequence[int]
    name: Sequence[str | None]
    type: Sequence[str | None]
    node: Sequence[str | None]
    signer: Sequence[bool | None]

    def __iter__(
        self,
    ) -> Iterator[tuple[int, int, str | None, str | None, str | None, bool | None]]:
        return zip(self.group, self.at, self.name, self.type, self.node, self.signer, strict=True)


@dataclass(frozen=True, slots=True)
class GroupColumns:
    """Groups that are asked for, and their seats; Cobo's own are in neither."""

    kind: Sequence[str]
    threshold: Sequence[int]
    participants: Sequence[int]
    signers: Sequence[Sequence[bool | None]]  # of each group, what is said of its seats
    seats: SeatColumns

    @classmethod
    def of(cls, requests: Sequence[CreateKeyShareHolderGroupRequest]) -> GroupColumns:
        """The columns of these requests."""
        seats = [
            (row, at, holder)
            for row, request in enumerate(requests)
            for at, holder in enumerate(request.key_share_holders)
        ]
        return cls(
            kind=[request.key_share_holder_group_type for request in requests],
            threshold=[request.threshold for request in requests],
            participants=[request.participants for request in requests],
            signers=[
                [holder.signer for holder in request.key_share_holders] for request in requests
            ],
            seats=SeatColumns(
                group=[row for row, _, _ in seats],
                at=[at for _, at, _ in seats],
                name=[holder.name for _, _, holder in seats],
                type=[holder.type for _, _, holder in seats],
                node=[holder.tss_node_id for _, _, holder in seats],
                signer=[holder.signer for _, _, holder in seats],
            ),
        )

    def seats_to_fill(self, row: int) -> int | None:
        """How many seats the client fills; None where type or scheme is unknown, and so is that."""
        scheme = (self.threshold[row], self.participants[row])
        if self.kind[row] not in GROUP_TYPES or scheme not in SCHEMES:
            return None
        return self.participants[row] - (self.kind[row] in WITH_COBO)

    def seat_number(self, row: int, at: int) -> int:
        """The number of a seat as people read it. With a holder too few, Cobo's is the first."""
        seats = self.seats_to_fill(row)
        one_short = seats is not None and len(self.signers[row]) == seats - 1
        with_cobo = self.kind[row] == "RecoveryGroup" and one_short
        return seat_number(self.kind[row], at, with_cobo)


@dataclass(frozen=True, slots=True)
class CallColumns:
    """Calls of one operation: what each says about a parameter, a path id or a body field."""

    calls: Sequence[Call[Any]]

    @classmethod
    def of(cls, calls: Sequence[Call[Any]]) -> CallColumns:
        """The columns of these calls."""
        return cls(calls)

    def column(self, name: str) -> list[Any]:
        """One argument of each; None where it says nothing."""
        return [call.argument(name) for call in self.calls]


# ---- rules of a group ----------------------------------------------------------------------------


def _group_types(groups: GroupColumns) -> Iterator[Hit]:
    for row, kind in enumerate(groups.kind):
        if kind not in GROUP_TYPES:
            yield Hit(row, ("key_share_holder_group_type",), f"{kind!r} is no type of group.")


def _schemes(groups: GroupColumns) -> Iterator[Hit]:
    for row, scheme in enumerate(zip(groups.threshold, groups.participants, strict=True)):
        if scheme not in SCHEMES:
            yield Hit(row, ("threshold",), f"{scheme[0]} of {scheme[1]} is not offered.")


def _holder_counts(groups: GroupColumns) -> Iterator[Hit]:
    for row, kind in enumerate(groups.kind):
        seats, filled = groups.seats_to_fill(row), len(groups.signers[row])
        if seats is None or seats == filled:
            continue
        need = f"{groups.participants[row]} participants need {plural(seats, 'holder')} from you"
        why = f"Cobo adds a holder of its own, so {need}"
        if kind not in WITH_COBO:
            why = (
                f"{PAGES_DISAGREE}: by its specification it holds none, so {need}; by its manual "
                f"it holds one since October 2025, so {seats - 1} of yours are enough"
            )
        verb = "is" if filled == 1 else "are"
        yield Hit(row, ("key_share_holders",), f"{why}. There {verb} {filled}.")


def _signer_counts(groups: GroupColumns) -> Iterator[Hit]:
    for row, kind in enumerate(groups.kind):
        signers = groups.signers[row]
        if kind not in WITH_COBO or groups.seats_to_fill(row) != len(signers):
            continue
        told = any(signer is not None for signer in signers)
        wanted = groups.threshold[row] - 1
        marked = sum(bool(signer) for signer in signers)
        if marked == wanted or not (told or len(signers) > wanted):
            continue
        sentence = (
            f"{groups.threshold[row]} of {groups.participants[row]} sign, and Cobo is one of them."
        )
        remedy = f"Mark {plural(wanted, 'holder')} as signer, not {marked}."
        yield Hit(row, ("key_share_holders",), sentence, remedy)


def _seat(at: int, part: str) -> tuple[str, int, str]:
    return ("key_share_holders", at, part)


def _unnamed(groups: GroupColumns) -> Iterator[Hit]:
    for row, at, name, *_ in groups.seats:
        if not (name or "").strip():
            yield Hit(row, _seat(at, "name"), "This holder has no name.")


def _hidden_names(groups: GroupColumns) -> Iterator[Hit]:
    for row, at, name, *_ in groups.seats:
        if (name or "").strip() and hidden_at(name or ""):
            yield Hit(row, _seat(at, "name"), hidden_sentence("name", name or ""))


def _unknown_holder_types(groups: GroupColumns) -> Iterator[Hit]:
    for row, at, _, kind, *_ in groups.seats:
        if kind is not None and kind not in HOLDER_TYPES:
            yield Hit(row, _seat(at, "type"), f"{kind!r} is no type of holder.")


def _no_holder_type(groups: GroupColumns) -> Iterator[Hit]:
    for row, at, _, kind, *_ in groups.seats:
        if kind is None:
            yield Hit(row, _seat(at, "type"), "No type is given.")


def _own_holders(groups: GroupColumns) -> Iterator[Hit]:
    for row, at, _, kind, *_ in groups.seats:
        if kind == "Cobo":
            sentence = "Cobo adds its own holder; sending one is not documented."
            yield Hit(row, _seat(at, "type"), sentence)


def _no_node(groups: GroupColumns) -> Iterator[Hit]:
    for row, at, _, _, node, _ in groups.seats:
        if not (node or "").strip():
            yield Hit(row, _seat(at, "tss_node_id"), "No node keeps this share yet.")


def _hidden_nodes(groups: GroupColumns) -> Iterator[Hit]:
    for row, at, _, _, node, _ in groups.seats:
        plain = (node or "").strip()
        if plain and hidden_at(plain):
            yield Hit(row, _seat(at, "tss_node_id"), hidden_sentence("node id", node or ""))
        elif plain != (node or ""):
            yield Hit(row, _seat(at, "tss_node_id"), "Blanks stand around this node id.")


def _odd_nodes(groups: GroupColumns) -> Iterator[Hit]:
    for row, at, _, _, node, _ in groups.seats:
        plain = (node or "").strip()
        if plain and not hidden_at(plain) and not has_shape(plain):
            yield Hit(row, _seat(at, "tss_node_id"), shape_sentence(plain))


def _nodes_twice(groups: GroupColumns) -> Iterator[Hit]:
    first: dict[tuple[int, str], int] = {}
    for row, at, _, _, node, _ in groups.seats:
        plain = (node or "").strip()
        twin = first.setdefault((row, plain), at)
        if plain and twin != at:
            sentence = (
                f"Same node as seat {groups.seat_number(row, twin)}. One node cannot hold "
                "two shares: losing it would lose both."
            )
            yield Hit(row, _seat(at, "tss_node_id"), sentence)


_SCHEMES_OFFERED = ", ".join(
    f"{threshold} of {participants}" for threshold, participants in SCHEMES
)
_USE_A_HOLDER_TYPE = "Use API or Mobile."
GROUP_TYPE = Rule("cobo.group-type", "high", SPEC, _group_types, f"Use {', '.join(GROUP_TYPES)}.")
SCHEME = Rule("cobo.scheme", "high", SPEC, _schemes, f"Choose {_SCHEMES_OFFERED}.")
HOLDER_COUNT = Rule(
    "cobo.holder-count", "medium", ours(f"inferred from {UCW}; {MANUAL}"), _holder_counts
)
HOLDER_NAME = Rule(
    "cobo.holder-name", "medium", OPTIONAL, _unnamed,
    "Give this holder a name, so that people can tell the seats apart.",
)  # fmt: skip
HIDDEN_NAME = Rule(
    "cobo.hidden-characters", "medium", ours("our rule: people approve by name"), _hidden_names,
    TYPE_IT_AGAIN,
)  # fmt: skip
HOLDER_TYPE = Rule("cobo.holder-type", "high", SPEC, _unknown_holder_types, _USE_A_HOLDER_TYPE)
HOLDER_TYPE_UNSAID = Rule(
    "cobo.holder-type", "medium", OPTIONAL, _no_holder_type, _USE_A_HOLDER_TYPE
)
OWN_HOLDER = Rule(
    "cobo.own-holder", "medium", ours("inferred from the specification's note"), _own_holders,
    _USE_A_HOLDER_TYPE,
)  # fmt: skip
NODE_MISSING = Rule(
    "cobo.node-missing", "medium", OPTIONAL, _no_node,
    "Pick a node, or paste the id its owner reads to you.",
)  # fmt: skip
HIDDEN_NODE = Rule(
    "cobo.hidden-characters", "medium", ours("our rule: the node id decides"), _hidden_nodes,
    "Copy it again.",
)  # fmt: skip
NODE_SHAPE = Rule(
    "cobo.node-shape", "low", ours("inferred from the ids in Cobo's documentation and manual"),
    _odd_nodes, READ_IT_AGAIN,
)  # fmt: skip
NODE_TWICE = Rule("cobo.node-twice", "medium", ours(f"inferred from {MANUAL}"), _nodes_twice)
SIGNER_COUNT = Rule(
    "cobo.signer-count", "medium", ours("inferred from the specification's text on signer"),
    _signer_counts,
)  # fmt: skip
GROUP_RULES: tuple[Rule[GroupColumns], ...] = (
    GROUP_TYPE, SCHEME, HOLDER_COUNT, HOLDER_NAME, HIDDEN_NAME, HOLDER_TYPE, HOLDER_TYPE_UNSAID,
    OWN_HOLDER, NODE_MISSING, HIDDEN_NODE, NODE_SHAPE, NODE_TWICE,
    SIGNER_COUNT,
)  # fmt: skip


# ---- rules of the other calls --------------------------------------------------------------------


def _is_one_of(
    name: str, words: Sequence[str], noun: str
) -> Callable[[CallColumns], Iterator[Hit]]:
    """A look for what is not one of the words that are documented."""

    def look(calls: CallColumns) -> Iterator[Hit]:
        for row, value in enumerate(calls.column(name)):
            if value not in words:
                yield Hit(row, (name,), f"{value!r} is no {noun}.")

    return look


def _if_said(
    look: Callable[[CallColumns], Iterable[Hit]], name: str
) -> Callable[[CallColumns], Iterator[Hit]]:
    """The same, where the call says something at all."""

    def looked(calls: CallColumns) -> Iterator[Hit]:
        values = calls.column(name)
        return (hit for hit in look(calls) if values[hit.row] is not None)

    return looked


def _projects_of_vaults(calls: CallColumns) -> Iterator[Hit]:
    for row, (kind, project) in enumerate(
        zip(calls.column("vault_type"), calls.column("project_id"), strict=True)
    ):
        if kind == "User-Controlled" and project is None:
            sentence = "User-Controlled vaults are listed by project."
            yield Hit(row, ("project_id",), sentence, "Pass project_id.")
        if kind == "Org-Controlled" and project is not None:
            sentence = "Org-Controlled vaults have no project."
            yield Hit(row, ("project_id",), sentence, "Leave project_id out.")


def _project_of_a_vault(calls: CallColumns) -> Iterator[Hit]:
    for row, (kind, project) in enumerate(
        zip(calls.column("vault_type"), calls.column("project_id"), strict=True)
    ):
        if kind == "User-Controlled" and not project:
            sentence = "A User-Controlled vault belongs to a project."
            yield Hit(row, ("project_id",), sentence, "Pass project_id.")


def _project_schemes(calls: CallColumns) -> Iterator[Hit]:
    for row, scheme in enumerate(
        zip(calls.column("threshold"), calls.column("participants"), strict=True)
    ):
        if scheme not in SCHEMES:
            yield Hit(row, ("threshold",), f"{scheme[0]} of {scheme[1]} is not offered.")


def _wallet_names(calls: CallColumns) -> Iterator[Hit]:
    for row, value in enumerate(calls.column("name")):
        name = str(value or "")
        if not name.strip() or len(name) > LONGEST_WALLET_NAME:
            sentence = f"A wallet's name has from 1 to {LONGEST_WALLET_NAME} characters."
            yield Hit(row, ("name",), sentence, f"It has {len(name)}.")
        elif NOT_IN_A_WALLET_NAME & set(name):
            sentence = f"A wallet's name has none of {' '.join(sorted(NOT_IN_A_WALLET_NAME))}."
            yield Hit(row, ("name",), sentence, "Cobo refuses them with code 2102.")


def _blank_names(calls: CallColumns) -> Iterator[Hit]:
    for row, value in enumerate(calls.column("name")):
        if not str(value or "").strip():
            yield Hit(row, ("name",), "This project has no name.")


def _projects_of_wallets(calls: CallColumns) -> Iterator[Hit]:
    for row, (kind, project) in enumerate(
        zip(calls.column("wallet_subtype"), calls.column("project_id"), strict=True)
    ):
        if project is not None and kind not in (None, "User-Controlled"):
            sentence = f"{kind} wallets have no project."
            yield Hit(row, ("project_id",), sentence, "Leave project_id out.")


def _vault_names(calls: CallColumns) -> Iterator[Hit]:
    for row, value in enumerate(calls.column("name")):
        name = str(value or "")
        if not 1 <= len(name.strip()) <= 30:
            yield Hit(
                row, ("name",), f"A vault's name has from 1 to 30 characters, not {len(name)}."
            )


def _hidden_in(name: str, noun: str) -> Callable[[CallColumns], Iterator[Hit]]:
    """A look for what hides in a text that people approve by."""

    def look(calls: CallColumns) -> Iterator[Hit]:
        for row, value in enumerate(calls.column(name)):
            if hidden_at(str(value or "")):
                yield Hit(row, (name,), hidden_sentence(noun, str(value)))

    return look


def _tss_sources(calls: CallColumns) -> Iterator[Hit]:
    source = "source_key_share_holder_group"
    for row, (kind, group) in enumerate(
        zip(calls.column("type"), calls.column(source), strict=True)
    ):
        if kind == "KeyGen" and group is not None:
            yield Hit(
                row, (source,), "KeyGen makes the first keys and has no source.", "Leave it out."
            )


def _tss_without_source(calls: CallColumns) -> Iterator[Hit]:
    source = "source_key_share_holder_group"
    for row, (kind, group) in enumerate(
        zip(calls.column("type"), calls.column(source), strict=True)
    ):
        if kind in TSS_REQUEST_TYPES and kind != "KeyGen" and group is None:
            sentence = f"{kind} makes shares from another group."
            yield Hit(row, (source,), sentence, "Name it as the source.")


def _odd_source_nodes(calls: CallColumns) -> Iterator[Hit]:
    source = "source_key_share_holder_group"
    for row, group in enumerate(calls.column(source)):
        nodes = group.tss_node_ids if isinstance(group, SourceKeyShareHolderGroup) else None
        for at, node in enumerate(nodes or ()):
            if not has_shape(node):
                yield Hit(row, (source, "tss_node_ids", at), shape_sentence(node))


def _recoveries(calls: CallColumns) -> Iterator[Hit]:
    for row, kind in enumerate(calls.column("type")):
        if kind == "Recovery":
            sentence = (
                "When this succeeds, the main group that the vault has now is deleted: so Cobo’s "
                "manual says of the Portal; that the API does the same is inferred."
            )
            yield Hit(row, ("type",), sentence)


def _main_groups_invalidated(calls: CallColumns) -> Iterator[Hit]:
    handlings = calls.column("original_main_group_handling")
    for row, handling in enumerate(handlings):
        if handling in (None, "Invalidate"):
            usual = "" if handling else " That is what Cobo does where nothing is said."
            sentence = f"The main group that the vault has now is gone for good.{usual}"
            yield Hit(row, ("original_main_group_handling",), sentence)


def _without_group(calls: CallColumns) -> Iterator[Hit]:
    for row, group in enumerate(calls.column("key_share_holder_group_id")):
        if group is None:
            yield Hit(row, ("key_share_holder_group_id",), "TSS requests are listed by group.")


def _two_cursors(calls: CallColumns) -> Iterator[Hit]:
    for row, (before, after) in enumerate(
        zip(calls.column("before"), calls.column("after"), strict=True)
    ):
        if before is not None and after is not None:
            yield Hit(row, ("before",), "Two cursors are passed.")


def _limits(calls: CallColumns) -> Iterator[Hit]:
    for row, limit in enumerate(calls.column("limit")):
        if limit is None:
            continue
        digits = str(limit)
        if not (digits.isascii() and digits.isdigit() and 1 <= int(digits) <= LARGEST_PAGE):
            sentence = f"limit is a whole number from 1 to {LARGEST_PAGE}, not {limit}."
            yield Hit(row, ("limit",), sentence)


_VAULT_TYPE = Rule(
    "cobo.vault-type", "high", SPEC, _is_one_of("vault_type", VAULT_TYPES, "type of vault"),
    f"Use {' or '.join(VAULT_TYPES)}.",
)  # fmt: skip
_LISTED_GROUP_TYPE = Rule(
    "cobo.group-type", "high", SPEC,
    _if_said(
        _is_one_of("key_share_holder_group_type", GROUP_TYPES, "type of group"),
        "key_share_holder_group_type",
    ),
    f"Use {', '.join(GROUP_TYPES)}.",
)  # fmt: skip
_VAULT_NAME = Rule(
    "cobo.vault-name", "medium", ours("inferred from the Portal's rule"), _vault_names
)
_HIDDEN_VAULT_NAME = Rule(
    HIDDEN_NAME.id, "medium", HIDDEN_NAME.source, _hidden_in("name", "name"), TYPE_IT_AGAIN
)
_HIDDEN_DESCRIPTION = Rule(
    HIDDEN_NAME.id,
    "medium",
    HIDDEN_NAME.source,
    _hidden_in("description", "description"),
    TYPE_IT_AGAIN,
)
_PROJECT_NAME = Rule(
    "cobo.project-name", "medium", ours("our rule: people find it by its name"), _blank_names,
    "Give it a name.",
)  # fmt: skip
_WALLET_NAME = Rule("cobo.wallet-name", "high", ERROR_CODES, _wallet_names)
_WALLET_TYPE = Rule(
    "cobo.wallet-type", "high", SPEC,
    _if_said(_is_one_of("wallet_type", WALLET_TYPES, "type of wallet"), "wallet_type"),
    f"Use {', '.join(WALLET_TYPES)}.",
)  # fmt: skip
_WALLET_SUBTYPE = Rule(
    "cobo.wallet-subtype", "high", SPEC,
    _if_said(_is_one_of("wallet_subtype", WALLET_SUBTYPES, "subtype of wallet"), "wallet_subtype"),
    f"Use {', '.join(WALLET_SUBTYPES)}.",
)  # fmt: skip
_MPC_SUBTYPE = Rule(
    "cobo.wallet-subtype", "high", SPEC,
    _is_one_of("wallet_subtype", VAULT_TYPES, "subtype of an MPC wallet"),
    f"Use {' or '.join(VAULT_TYPES)}: the vault's own type.",
)  # fmt: skip
_MPC_TYPE = Rule(
    "cobo.wallet-type", "high", SPEC,
    _is_one_of("wallet_type", ("MPC",), "type of wallet that stands in a vault"), "Use MPC.",
)  # fmt: skip
_UPDATE_ACTION = Rule(
    "cobo.update-action", "high", SPEC,
    _is_one_of("update_key_share_holder_group_action", UPDATE_GROUP_ACTIONS, "action"),
    "Use UpgradeToMainGroup.",
)  # fmt: skip
_HANDLING = Rule(
    "cobo.main-group-handling", "high", SPEC,
    _if_said(
        _is_one_of("original_main_group_handling", MAIN_GROUP_HANDLINGS, "handling on offer"),
        "original_main_group_handling",
    ),
    f"Use {' or '.join(MAIN_GROUP_HANDLINGS)}.",
)  # fmt: skip
_TSS_TYPE = Rule(
    "cobo.tss-type", "high", SPEC, _is_one_of("type", TSS_REQUEST_TYPES, "type of TSS request"),
    f"Use {', '.join(TSS_REQUEST_TYPES)}.",
)  # fmt: skip
_RECOVERY_DELETES = Rule(
    "cobo.recovery-deletes", "medium",
    ours("our rule: what ends another group takes a word; Cobo manual, key share groups"),
    _recoveries, "Be sure that the vault is to lose it.",
)  # fmt: skip
_UPGRADE_INVALIDATES = Rule(
    "cobo.upgrade-invalidates", "medium",
    ours("our rule: what ends another group takes a word; OpenAPI file, OriginalMainGroupHandling"),
    _main_groups_invalidated,
    "ConvertToSigningGroup keeps it as a signing group.",
)  # fmt: skip
_TSS_GROUP = Rule("cobo.tss-group", "high", SPEC, _without_group, "Pass key_share_holder_group_id.")
_PAGE_RULES = (
    Rule("cobo.one-cursor", "high", PAGING, _two_cursors, "Pass before or after, not both."),
    Rule("cobo.limit", "high", PAGING, _limits),
)
_RULES: Mapping[str, tuple[Rule[CallColumns], ...]] = {
    "list_mpc_vaults": (
        _VAULT_TYPE,
        Rule("cobo.project-id", "high", SPEC, _projects_of_vaults),
        *_PAGE_RULES,
    ),
    "list_key_share_holder_groups": (_LISTED_GROUP_TYPE, *_PAGE_RULES),
    "create_mpc_vault": (
        _VAULT_TYPE,
        Rule("cobo.project-id", "high", SPEC, _project_of_a_vault),
        _VAULT_NAME,
        _HIDDEN_VAULT_NAME,
    ),
    "update_mpc_vault_by_id": (_VAULT_NAME, _HIDDEN_VAULT_NAME),
    "update_key_share_holder_group_by_id": (
        _UPDATE_ACTION,
        _HANDLING,
        _UPGRADE_INVALIDATES,
    ),
    "list_key_share_holders": _PAGE_RULES,
    "create_tss_request": (
        _TSS_TYPE,
        _RECOVERY_DELETES,
        Rule("cobo.tss-source", "medium", ours(UCW), _tss_sources),
        Rule("cobo.tss-source", "medium", ours(SPEC.place), _tss_without_source),
        Rule(
            NODE_SHAPE.id,
            NODE_SHAPE.severity,
            NODE_SHAPE.source,
            _odd_source_nodes,
            NODE_SHAPE.remedy,
        ),
        _HIDDEN_DESCRIPTION,
    ),
    "list_tss_requests": (_TSS_GROUP, *_PAGE_RULES),
    "list_mpc_projects": _PAGE_RULES,
    "create_mpc_project": (
        Rule("cobo.scheme", "high", SPEC, _project_schemes, f"Choose {_SCHEMES_OFFERED}."),
        _PROJECT_NAME,
        _HIDDEN_VAULT_NAME,
    ),
    "update_mpc_project_by_id": (_PROJECT_NAME, _HIDDEN_VAULT_NAME),
    "list_wallets": (
        _WALLET_TYPE,
        _WALLET_SUBTYPE,
        Rule("cobo.project-id", "high", SPEC, _projects_of_wallets),
        *_PAGE_RULES,
    ),
    "create_wallet": (_MPC_TYPE, _MPC_SUBTYPE, _WALLET_NAME, _HIDDEN_VAULT_NAME),
}
RULES: tuple[Rule[Any], ...] = (
    *GROUP_RULES,
    *dict.fromkeys(rule for rules in _RULES.values() for rule in rules),
)

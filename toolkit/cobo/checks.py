"""Rules of a Cobo request, looked at before it is signed. Each carries its source.

Documented rules refuse. Inferred ones warn: Cobo's own example on the page *Create key share holder group*
breaks one of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from toolkit.base.text import hidden
from toolkit.cobo.models import (
    GROUP_TYPES,
    HOLDER_TYPES,
    MAIN_GROUP_HANDLINGS,
    SCHEMES,
    TSS_REQUEST_TYPES,
    UPDATE_GROUP_ACTIONS,
    VAULT_TYPES,
    WITH_COBO,
    CreateKeyShareHolderGroupRequest,
)
from toolkit.errors import Problem
from toolkit.request.call import Call

SPEC = "Cobo OpenAPI file v1.42.0"
UCW = "Cobo guide for user-controlled wallets and Cobo's UCW demo"
MANUAL = "Cobo manual, key share optimization note"


def problems(call: Call[Any]) -> tuple[Problem, ...]:
    """Every rule that this call breaks, in the order of its fields."""
    rules = _RULES.get(call.operation.name)
    return tuple(rules(call)) if rules else ()


def group_problems(request: CreateKeyShareHolderGroupRequest) -> Iterator[Problem]:
    """Rules of *Create key share holder group*."""
    kind, k, n = request.key_share_holder_group_type, request.threshold, request.participants
    holders = request.key_share_holders
    if kind not in GROUP_TYPES:
        yield _group_type(kind)
    if (k, n) not in SCHEMES:
        schemes = ", ".join(f"{a} of {b}" for a, b in SCHEMES)
        yield Problem(
            "cobo.scheme", "threshold", f"{k} of {n} is not offered. Choose {schemes}.", True, SPEC
        )
    seats = n - 1 if kind in WITH_COBO else n
    sound = (
        kind in GROUP_TYPES and (k, n) in SCHEMES
    )  # otherwise the counts below would only repeat it
    if sound and len(holders) != seats:
        why = (
            "Cobo adds a holder of its own, so"
            if kind in WITH_COBO
            else "Cobo adds no holder to a recovery group, so"
        )
        yield Problem(
            "cobo.holder-count",
            "key_share_holders",
            f"{why} {n} participants need {seats} holders from you, and there {'is' if len(holders) == 1 else 'are'} {len(holders)}.",
            False,
            f"inferred from {UCW}",
        )
    nodes: dict[str, int] = {}
    for at, holder in enumerate(holders):
        where = f"key_share_holders[{at}]"
        if not (holder.name or "").strip():
            yield Problem(
                "cobo.holder-name",
                f"{where}.name",
                "Give this holder a name, so that people can tell the seats apart.",
                False,
                "inferred: optional in the specification",
            )
        elif any(hidden(character) for character in holder.name or ""):
            yield Problem(
                "cobo.hidden-characters",
                f"{where}.name",
                "Hidden characters stand in this name. Type it again by hand.",
                False,
                "our rule: people approve by name",
            )
        if holder.type not in HOLDER_TYPES:
            shown = (
                "no type is given"
                if holder.type is None
                else f"{holder.type!r} is no type of holder"
            )
            yield Problem(
                "cobo.holder-type",
                f"{where}.type",
                f"{shown}. Use API or Mobile.",
                holder.type is not None,
                SPEC,
            )
        elif holder.type == "Cobo":
            yield Problem(
                "cobo.own-holder",
                f"{where}.type",
                "Cobo adds its own holder; sending one is not documented. Use API or Mobile.",
                False,
                "inferred from the specification's note",
            )
        node = (holder.tss_node_id or "").strip()
        if not node:
            yield Problem(
                "cobo.node-missing",
                f"{where}.tss_node_id",
                "Pick a node, or paste the id its owner reads to you.",
                False,
                "inferred: optional in the specification",
            )
        elif any(map(hidden, holder.tss_node_id or "")) or node != holder.tss_node_id:
            sentence = "Blanks or hidden characters stand in this node id. Copy it again."
            yield Problem(
                "cobo.hidden-characters",
                f"{where}.tss_node_id",
                sentence,
                False,
                "our rule: the node id decides",
            )
        if node and node in nodes:
            twin = nodes[node]
            yield Problem(
                "cobo.node-twice",
                f"{where}.tss_node_id",
                f"Same node as holder {twin + 1}. One node cannot hold two shares: losing it would lose both.",
                False,
                f"inferred from {MANUAL}",
            )
        nodes.setdefault(node, at)
    said = [holder.signer for holder in holders if holder.signer is not None]
    if sound and kind in WITH_COBO and len(holders) == seats and (said or seats > k - 1):
        ticked = sum(said)
        if ticked != k - 1:
            yield Problem(
                "cobo.signer-count",
                "key_share_holders",
                f"{k} of {n} sign, and Cobo is one of them: mark {k - 1} holder{'s'[: k != 2]} as signer, not {ticked}.",
                False,
                "inferred from the specification's text on signer",
            )


def list_vaults_problems(call: Call[Any]) -> Iterator[Problem]:
    """Rules of *List all vaults*."""
    query = dict(call.query)
    kind = query.get("vault_type", "")
    if kind not in VAULT_TYPES:
        yield _vault_type(kind)
    if kind == "User-Controlled" and "project_id" not in query:
        yield Problem(
            "cobo.project-id",
            "project_id",
            "User-Controlled vaults are listed by project. Pass project_id.",
            True,
            SPEC,
        )
    if kind == "Org-Controlled" and "project_id" in query:
        yield Problem(
            "cobo.project-id",
            "project_id",
            "Org-Controlled vaults have no project. Leave project_id out.",
            True,
            SPEC,
        )
    yield from paging_problems(call)


def _group_type(kind: str) -> Problem:
    sentence = f"{kind!r} is no type of group. Use {', '.join(GROUP_TYPES)}."
    return Problem("cobo.group-type", "key_share_holder_group_type", sentence, True, SPEC)


def _vault_type(kind: object) -> Problem:
    sentence = f"{kind!r} is no type of vault. Use {' or '.join(VAULT_TYPES)}."
    return Problem("cobo.vault-type", "vault_type", sentence, True, SPEC)


def list_groups_problems(call: Call[Any]) -> Iterator[Problem]:
    """Rules of *List all key share holder groups*."""
    kind = dict(call.query).get("key_share_holder_group_type", GROUP_TYPES[0])
    if kind not in GROUP_TYPES:
        yield _group_type(kind)
    yield from paging_problems(call)


def create_vault_problems(call: Call[Any]) -> Iterator[Problem]:
    """Rules of *Create vault*."""
    kind, project = call.argument("vault_type"), call.argument("project_id")
    if kind not in VAULT_TYPES:
        yield _vault_type(kind)
    if kind == "User-Controlled" and not project:
        yield Problem(
            "cobo.project-id",
            "project_id",
            "A User-Controlled vault belongs to a project. Pass project_id.",
            True,
            SPEC,
        )
    yield from vault_name_problems(call)


def vault_name_problems(call: Call[Any]) -> Iterator[Problem]:
    """The Portal's rule of vault names."""
    name = str(call.argument("name") or "")
    if not 1 <= len(name.strip()) <= 30:
        yield Problem(
            "cobo.vault-name",
            "name",
            f"A vault's name has from 1 to 30 characters, not {len(name)}.",
            False,
            "inferred from the Portal's rule",
        )


def update_group_problems(call: Call[Any]) -> Iterator[Problem]:
    """Rules of *Update key share holder group*."""
    action, handling = (
        call.argument("update_key_share_holder_group_action"),
        call.argument("original_main_group_handling"),
    )
    if action not in UPDATE_GROUP_ACTIONS:
        yield Problem(
            "cobo.update-action",
            "update_key_share_holder_group_action",
            f"{action!r} is no action. Use UpgradeToMainGroup.",
            True,
            SPEC,
        )
    if handling is not None and handling not in MAIN_GROUP_HANDLINGS:
        yield Problem(
            "cobo.main-group-handling",
            "original_main_group_handling",
            f"{handling!r} is not offered. Use {' or '.join(MAIN_GROUP_HANDLINGS)}.",
            True,
            SPEC,
        )


def tss_problems(call: Call[Any]) -> Iterator[Problem]:
    """Rules of *Create TSS request*."""
    kind, source = call.argument("type"), call.argument("source_key_share_holder_group")
    if kind not in TSS_REQUEST_TYPES:
        yield Problem(
            "cobo.tss-type",
            "type",
            f"{kind!r} is no type of TSS request. Use {', '.join(TSS_REQUEST_TYPES)}.",
            True,
            SPEC,
        )
    elif kind == "KeyGen" and source is not None:
        yield Problem(
            "cobo.tss-source",
            "source_key_share_holder_group",
            "KeyGen makes the first keys and has no source. Leave it out.",
            False,
            UCW,
        )
    elif kind != "KeyGen" and source is None:
        yield Problem(
            "cobo.tss-source",
            "source_key_share_holder_group",
            f"{kind} makes shares from another group. Name it as the source.",
            False,
            SPEC,
        )


def list_tss_problems(call: Call[Any]) -> Iterator[Problem]:
    """Rules of *List TSS requests*."""
    if "key_share_holder_group_id" not in dict(call.query):
        yield Problem(
            "cobo.tss-group",
            "key_share_holder_group_id",
            "TSS requests are listed by group. Pass key_share_holder_group_id.",
            True,
            SPEC,
        )
    yield from paging_problems(call)


def paging_problems(call: Call[Any]) -> Iterator[Problem]:
    """Rules of every list."""
    query = dict(call.query)
    if "before" in query and "after" in query:
        yield Problem(
            "cobo.one-cursor",
            "before",
            "Pass before or after, not both.",
            True,
            "Cobo page on pagination",
        )
    limit = query.get("limit", "10")
    if not (limit.isascii() and limit.isdigit() and 1 <= int(limit) <= 50):
        yield Problem(
            "cobo.limit",
            "limit",
            f"limit is a whole number from 1 to 50, not {limit}.",
            True,
            "Cobo page on pagination",
        )


def _create_group(call: Call[Any]) -> Iterator[Problem]:
    assert isinstance(call.body, CreateKeyShareHolderGroupRequest)
    return group_problems(call.body)


_RULES: dict[str, Callable[[Call[msgspec.Struct]], Iterator[Problem]]] = {
    "create_key_share_holder_group": _create_group,
    "list_mpc_vaults": list_vaults_problems,
    "list_key_share_holder_groups": list_groups_problems,
    "create_mpc_vault": create_vault_problems,
    "update_mpc_vault_by_id": vault_name_problems,
    "update_key_share_holder_group_by_id": update_group_problems,
    "list_key_share_holders": paging_problems,
    "create_tss_request": tss_problems,
    "list_tss_requests": list_tss_problems,
    "list_mpc_projects": paging_problems,
}

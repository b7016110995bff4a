"""Whether a thing that is missing from an inventory is gone, or could not have been seen.

What appears or disappears because somebody looked less well is no change.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from toolkit.inventory.inventory import Inventory, Unseen
from toolkit.inventory.naming import (
    policies_of_intents,
    policies_of_wallets,
    quorums_of_intents,
    quorums_of_policies,
    quorums_of_wallets,
)

#: The lists of an inventory whose things are compared, and what identifies each.
IDS: Mapping[str, Callable[[Any], str | None]] = {
    "organizations": lambda org: org.org_id,
    "api_keys": lambda info: info.key,
    "projects": lambda project: project.project_id,
    "vaults": lambda vault: vault.vault_id,
    "groups": lambda group: group.key_share_holder_group_id,
    "tss_requests": lambda request: request.tss_request_id,
    "cobo_holders": lambda holder: holder.tss_node_id,
    "cobo_wallets": lambda wallet: wallet.wallet_id,
    "quorums": lambda quorum: quorum.id,
    "wallets": lambda wallet: wallet.id,
    "policies": lambda policy: policy.id,
    "intents": lambda intent: intent.intent_id,
}
PRIVY = ("quorums", "wallets", "policies", "intents")
#: What each thing stands in: where that was not seen, neither were those in it.
_STANDS_IN: Mapping[str, tuple[tuple[str, str], ...]] = {
    "vaults": (("projects", "project_id"),),
    "groups": (("vaults", "vault_id"),),
    "tss_requests": (("groups", "target_key_share_holder_group_id"), ("vaults", "vault_id")),
}
#: What Privy has no list of, and what names it: the list, and the ids in it.
_NAMED_BY: Mapping[str, Mapping[str, Callable[[Any], Iterator[str]]]] = {
    "quorums": {
        "wallets": quorums_of_wallets,
        "policies": quorums_of_policies,
        "intents": quorums_of_intents,
    },
    "policies": {"wallets": policies_of_wallets, "intents": policies_of_intents},
}
NOT_FOUND = "not-found"
UNNAMED = {
    "quorums": "nothing names it there, and Privy has no list of key quorums",
    "policies": "nothing names it there, and Privy has no list of policies",
}


def things_of(inventory: Inventory, kind: str) -> dict[str, Any]:
    """One list of an inventory, by id."""
    return {IDS[kind](thing) or "": thing for thing in getattr(inventory, kind)}


@dataclass(frozen=True)
class Presence:
    """What of ``there`` could have been seen in ``here``, where it is missing.

    ``appeared``: ``there`` is the later look, so that what is missing in ``here`` may be new.
    """

    there: Inventory
    here: Inventory
    appeared: bool

    def why_unseen(self, kind: str, thing: Any) -> str:
        """Why its absence says nothing, in words; empty: it was looked for, and is not there."""
        thing_id = IDS[kind](thing) or ""
        if not self.here.origins or thing_id in self._not_found:
            return ""
        identity = self.there.seen_by.get(thing_id, "")
        if identity and identity not in self._identities:
            return "nobody looked through the same client"
        for row in self.here.unseen:
            if _covers(row, kind, thing, thing_id, identity):
                return f"{row.what} could not be read"
        if kind in UNNAMED:
            return self._why_not_asked(kind, thing_id)
        return self._why_not_inside(kind, thing)

    def _why_not_asked(self, kind: str, thing_id: str) -> str:
        named = self._named_policies if kind == "policies" else self._named_quorums
        if thing_id in named or thing_id in self._ordered:
            return ""
        for row in self.here.unseen:
            if _is_list(row) and row.kind in _NAMED_BY[kind]:
                return f"{row.what} could not be read"
        return UNNAMED[kind]

    def _why_not_inside(self, kind: str, thing: Any) -> str:
        for outer_kind, field in _STANDS_IN.get(kind, ()):
            outer_id = getattr(thing, field)
            outer = self._things(self.there, outer_kind).get(outer_id)
            missing = outer_id not in self._things(self.here, outer_kind)
            if outer is not None and missing:
                return self.why_unseen(outer_kind, outer)
        return ""

    def _things(self, inventory: Inventory, kind: str) -> dict[str, Any]:
        key = (id(inventory), kind)
        if key not in self._indexes:
            self._indexes[key] = things_of(inventory, kind)
        return self._indexes[key]

    @cached_property
    def _indexes(self) -> dict[tuple[int, str], dict[str, Any]]:
        return {}

    @cached_property
    def _identities(self) -> frozenset[str]:
        return frozenset(origin.identity for origin in self.here.origins)

    @cached_property
    def _not_found(self) -> frozenset[str]:
        """Ids that were asked for, of which the service says that there are none."""
        rows = self.here.unseen
        return frozenset(row.about for row in rows if row.cause == NOT_FOUND and row.about)

    @cached_property
    def _named_policies(self) -> frozenset[str]:
        """Policies that something names in ``here``; or that something new names in ``there``."""
        return frozenset(self._names("policies"))

    @cached_property
    def _named_quorums(self) -> frozenset[str]:
        """Quorums that something names in ``here``; or that something new names in ``there``."""
        named = {*self._names("quorums"), *_names_in_quorums(self.here)}
        wallets_unread = any(_is_list(row) and row.kind == "wallets" for row in self.here.unseen)
        if self.appeared and not wallets_unread:
            named |= self._ordered
            seen = {*things_of(self.here, "quorums"), *named}
            named |= set(_names_in_quorums(self.there, seen))
        return frozenset(named)

    def _names(self, kind: str) -> Iterator[str]:
        for listed, names in _NAMED_BY[kind].items():
            yield from names(getattr(self.here, listed))
            if self.appeared:
                yield from names(self._could_be_seen(listed))

    def _could_be_seen(self, kind: str) -> Iterator[Any]:
        """Things of ``there`` that ``here`` has, or would have if they had been there."""
        known = self._things(self.here, kind)
        for thing_id, thing in self._things(self.there, kind).items():
            if thing_id in known or not self.why_unseen(kind, thing):
                yield thing

    @cached_property
    def _ordered(self) -> frozenset[str]:
        """Quorums that the journal of ours made, or deleted, whichever look has it."""
        entries = (*self.here.ordered, *self.there.ordered)
        touched = [
            entry.arguments.get("key_quorum_id") or entry.made
            for entry in entries
            if entry.operation in ("create_key_quorum", "delete_key_quorum")
            and entry.state in ("answered", "adopted")
        ]
        return frozenset(each for each in touched if each)


def _is_list(row: Unseen) -> bool:
    """Whether a row is about what could not be read, rather than of a thing that is not there."""
    return bool(row.cause) and row.cause != NOT_FOUND


def _names_in_quorums(inventory: Inventory, within: Container[str] | None = None) -> Iterator[str]:
    for quorum in inventory.quorums:
        if within is None or quorum.id in within:
            yield from quorum.key_quorum_ids or ()


def _covers(row: Unseen, kind: str, thing: Any, thing_id: str, identity: str) -> bool:
    """Whether a thing could be among what this row says was not read."""
    service = "privy" if kind in PRIVY else "cobo"
    if not row.cause or row.service != service:
        return False
    if row.identity and identity and row.identity != identity:
        return False
    if not row.kind:  # it was not kept: anything of this service
        return True
    return row.kind == kind and row.about in _places_of(kind, thing, thing_id)


def _places_of(kind: str, thing: Any, thing_id: str) -> set[str]:
    """What a question for this thing may have been about: itself, what it stands in, or all."""
    if kind == "vaults":
        return {thing.project_id or ""}
    inside = {getattr(thing, field) or "" for _, field in _STANDS_IN.get(kind, ())}
    return {thing_id, "", *inside}

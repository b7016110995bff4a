"""What a webhook endpoint is told: how a world differs from what it was when last looked at.

Nothing in the world knows that somebody looks. So a change that is undone was never told, and what
is lived again from a state file is not told twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

import msgspec
from msgspec.structs import replace

from toolkit.cobo import models
from toolkit.emulator.world import World
from toolkit.privy import intents
from toolkit.privy import models as privy_models

TSS_EVENT = "wallets.mpc.tss_request."
INTENT_EVENT = "intent."
ENDS_TOLD = ("executed", "failed", "rejected")  # of the others Privy has no event
# A request goes through all of these: where the clock jumped, what it passed is told as well.
_STEPS = ("PendingKeyHolderConfirmation", "MPCProcessing", "KeyGenerating", "Success")


@dataclass(frozen=True, slots=True)
class Event:
    """Something that a service tells of. ``at_ms``: when it was seen, Unix milliseconds."""

    service: str
    type: str
    at_ms: int
    data: dict[str, Any]


class Watch:
    """What was seen of a world so far. Only what can still change is compared."""

    def __init__(self, world: World) -> None:
        self._begin(world)

    def _begin(self, world: World) -> None:
        self._world = world
        requests = world.cobo.tss.requests
        self._tss_seen = len(requests)
        self._tss_open = {
            name: running.request.status for name, running in requests.items() if running.open
        }
        proposals = world.privy.intents.proposals
        self._intents_seen = len(proposals)
        self._intents_open = {
            name: set(proposal.signed_ms)
            for name, proposal in proposals.items()
            if proposal.status == "pending"
        }

    def news(self, world: World, now_ms: int) -> list[Event]:
        """What has happened since, oldest first. Of another world (after a reset): nothing yet."""
        if world is not self._world:
            self._begin(world)
            return []
        tss_news, intent_news = self._tss_news(), self._intent_news(now_ms)
        return [
            *(Event("cobo", TSS_EVENT + kind, now_ms, data) for kind, data in tss_news),
            *(Event("privy", INTENT_EVENT + kind, now_ms, data) for kind, data in intent_news),
        ]

    def _tss_news(self) -> Iterator[tuple[str, dict[str, Any]]]:
        requests = self._world.cobo.tss.requests
        latest = requests.select().cut(self._tss_seen, len(requests))
        self._tss_seen = len(requests)
        for running in latest:
            self._tss_open[running.request.tss_request_id or ""] = _STEPS[0]
            yield "created", _tss_data(running.request, _STEPS[0])
        for name, before in list(self._tss_open.items()):
            request = requests[name].request
            for status in _passed(before, request.status):
                yield _tss_kind(status), _tss_data(request, status)
            self._tss_open[name] = request.status
            if not requests[name].open:
                del self._tss_open[name]

    def _intent_news(self, now_ms: int) -> Iterator[tuple[str, dict[str, Any]]]:
        proposals = self._world.privy.intents.proposals
        latest = islice(reversed(proposals), len(proposals) - self._intents_seen)
        self._intents_seen = len(proposals)
        for name in reversed(list(latest)):
            self._intents_open[name] = set()
            intent = self._world.privy.intents.shown(proposals[name])
            unsigned = [_unsigned(each) for each in intent.authorization_details]
            yield "created", _intent_data(intent, "pending", authorization_details=unsigned)
        for name, told in list(self._intents_open.items()):
            proposal = proposals[name]
            if proposal.status == "pending" and len(told) == len(proposal.signed_ms):
                continue
            intent = self._world.privy.intents.shown(proposal)
            for member in _signed_since(intent, told):
                told.add(member.fingerprint)
                yield (
                    "authorized",
                    _intent_data(intent, "pending", authorized_at=now_ms, member=member.leaf),
                )
            told |= set(proposal.signed_ms)
            if proposal.status != "pending":
                del self._intents_open[name]
            if proposal.status in ENDS_TOLD:
                yield proposal.status, _intent_data(intent, proposal.status, **_end_of(intent))


class _Signed(NamedTuple):
    """A key that has authorized an intent."""

    fingerprint: str
    leaf: intents.IntentAuthorizationKeyQuorumMember


def _signed_since(intent: intents.Intent, told: set[str]) -> Iterator[_Signed]:
    for leaf in intents.leaves(intent.authorization_details):
        if leaf.signed_at is None or leaf.public_key is None:
            continue
        fingerprint = privy_models.member_key(leaf.public_key).fingerprint
        if fingerprint not in told:
            member = intents.IntentAuthorizationKeyQuorumMember(
                type=leaf.type, public_key=leaf.public_key, signed_at=leaf.signed_at
            )
            yield _Signed(fingerprint, member)


def _unsigned(authorization: intents.IntentAuthorization) -> intents.IntentAuthorization:
    """As it was when the intent was made: nobody had signed."""
    members = [replace(member, signed_at=None) for member in authorization.members]
    for at, member in enumerate(members):
        if member.members:
            leaves = [replace(leaf, signed_at=None) for leaf in member.members]
            members[at] = replace(member, threshold_met=False, members=leaves)
    return replace(authorization, members=members)


def _end_of(intent: intents.Intent) -> dict[str, Any]:
    if intent.status == "rejected":
        return {"rejected_at": intent.rejected_at}
    return {"action_result": intent.action_result}


def _intent_data(intent: intents.Intent, status: str, **more: Any) -> dict[str, Any]:
    event = intents.IntentEvent(
        intent_id=intent.intent_id,
        intent_type=intent.intent_type,
        status=status,
        created_at=intent.created_at,
        expires_at=intent.expires_at,
        created_by_display_name=intent.created_by_display_name,
        **more,
    )
    fields: dict[str, Any] = msgspec.to_builtins(event)
    return fields


def _passed(before: str | None, now: str | None) -> list[str]:
    """Each status on the way, the present one last; none where nothing has changed."""
    if before == now or now is None:
        return []
    if before in _STEPS and now in _STEPS:
        return list(_STEPS[_STEPS.index(before) + 1 : _STEPS.index(now) + 1])
    return [now]


def _tss_kind(status: str) -> str:
    if status == "Success":
        return "succeeded"
    if status in models.OPEN_TSS_STATUSES:
        return "updated"
    return "failed"


def _tss_data(request: models.TSSRequest, status: str) -> dict[str, Any]:
    fields = msgspec.to_builtins(replace(request, status=status))
    return {"data_type": "TSSRequest", **fields}

"""What a webhook endpoint is told: how a world differs from what it was when last looked at.

Nothing in the world knows that somebody looks. So a change that is undone was never told, and what
is lived again from a state file is not told twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec.structs import replace

from toolkit.cobo import models
from toolkit.emulator.world import World

TSS_EVENT = "wallets.mpc.tss_request."
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

    def news(self, world: World, now_ms: int) -> list[Event]:
        """What has happened since, oldest first. Of another world (after a reset): nothing yet."""
        if world is not self._world:
            self._begin(world)
            return []
        return [Event("cobo", TSS_EVENT + kind, now_ms, data) for kind, data in self._tss_news()]

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

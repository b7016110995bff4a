"""Doubt about a change is resolved by looking: which of the things that are there now is the one it would have made?

Pure, but for the reads that it asks for. What is adopted must be what the call asked for, made after the intent, and
owned by no other entry of the journal.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

import msgspec

from toolkit.call import Call, Exchange, Provenance, stamp, things
from toolkit.clock import span
from toolkit.errors import NotFound
from toolkit.journal import Entry
from toolkit.pages import pages

SLACK_MS = 2_000  # between reading a clock and writing it down
PAUSES_S = (0.5, 1.0, 2.0, 4.0, 8.0)  # between looks; a slow service may still act on what it received
Ask = Callable[[Call[Any]], Exchange[Any]]


@dataclass(frozen=True, slots=True)
class Look:
    """What one look found: the things that fit, what to tell, and whether more looking may change it."""

    fits: tuple[Any, ...] = ()
    maybe: tuple[Any, ...] = ()
    told: str = ""
    by: Exchange[Any] | None = None  # the read that showed it
    blind: bool = False  # the service offers no way to look


def id_of(thing: Any) -> str:
    """The id of a thing that was made; empty for what has none."""
    names = getattr(type(thing), "identified_by", ())
    return str(getattr(thing, names[0], None) or "") if names else ""


def made_key(call: Call[Any], thing: Any, local: bool) -> str | None:
    """What tells a made thing from every other: its id, and the time it was made where the service says it.

    None for what is changed and not made; and without a time on this computer, where an emulator that starts
    anew gives its ids again.
    """
    traces = call.operation.traces
    if traces is None or not traces.creates or not id_of(thing):
        return None
    made_ms = getattr(thing, traces.made, None) if traces.made else None
    if made_ms is None:
        return None if local else id_of(thing)
    return f"{id_of(thing)} {made_ms}"


def look(ask: Ask, call: Call[Any], entry: Entry, owned: Collection[str], local: bool) -> Look:
    """Ask the service once, and compare."""
    traces, title = call.operation.traces, call.operation.title
    if traces is None or traces.look is None:
        return Look(told=f"The service offers no way to look for what “{title}” made.", blind=True)
    call_to_look = traces.look(call)
    found: list[tuple[Any, Exchange[Any]]] = []
    for answer in pages(ask, call_to_look):
        if traces.gone is not None and isinstance(answer.error, NotFound) and answer.verified is not False:
            gone = msgspec.structs.replace(traces.gone)
            ids = dict(call.arguments)
            stamp(
                gone, Provenance(entry.environment, call_to_look.operation.name, ids, answer.verified, entry.begun_ms)
            )
            return Look(fits=(gone,), told="Looked: it is not there any more.", by=answer)
        if answer.error is not None:
            return Look(told=f"Could not look: {answer.error.what}")
        found += [(thing, answer) for thing in things(answer.value)]
    if traces.gone is not None:
        return Look(told="Looked: it is still there.")
    if not traces.creates:
        return _changed(call, found)
    return _made(call, entry, found, owned, local)


def _changed(call: Call[Any], found: list[tuple[Any, Exchange[Any]]]) -> Look:
    assert call.operation.traces is not None
    (thing, answer), *_ = found
    same = call.operation.traces.same(call, thing)
    if same:
        return Look(fits=(thing,), told="Looked: it is now as this asked for.", by=answer)
    state = getattr(thing, "status", None)
    told = f"its status is {state}, which does not tell" if same is None else "it is not as this asked for"
    return Look(told=f"Looked: {told}.")


def _made(
    call: Call[Any], entry: Entry, found: list[tuple[Any, Exchange[Any]]], owned: Collection[str], local: bool
) -> Look:
    traces = call.operation.traces
    assert traces is not None
    alike = [(thing, answer) for thing, answer in found if traces.same(call, thing)]
    fits, maybe, older, ours = [], [], 0, 0
    for thing, answer in alike:
        made_ms = getattr(thing, traces.made, None)
        key = made_key(call, thing, local)
        skew_ms = entry.skew_ms if entry.skew_ms is not None else answer.skew_ms or 0
        if key in owned:
            ours += 1
        elif made_ms is None:
            maybe.append((thing, answer))
        elif made_ms >= entry.begun_ms + skew_ms - SLACK_MS:
            fits.append((thing, answer))
        else:
            older += 1
    counts = [f"{len(found)} there", f"{len(alike)} of them with the same contents"]
    counts += [f"{ours} known to be from another entry"] if ours else []
    counts += [f"{older} made before this was sent"] if older else []
    counts += [f"{len(maybe)} without the time it was made"] if maybe else []
    counts += [f"{len(fits)} made since"]
    skews = {answer.skew_ms for _, answer in found if answer.skew_ms is not None}
    drift = f" (clocks {span(max(skews, key=abs))} apart)" if skews and abs(max(skews, key=abs)) > SLACK_MS else ""
    by = fits[0][1] if fits else None
    told = f"Looked: {', '.join(counts)}{drift}."
    return Look(tuple(t for t, _ in fits), tuple(t for t, _ in maybe), told, by)

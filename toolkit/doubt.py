"""Doubt about a change is resolved by looking: which of the things that are there now is the one it would have made?

Pure, but for the reads that it asks for. What is adopted must be what the call asked for, made after the intent, and
owned by no other entry of the journal.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from toolkit.call import Call, Exchange, Provenance, stamp, things
from toolkit.clock import span
from toolkit.errors import NotFound, SignatureRejected, StaleAnswer, ToolkitError
from toolkit.journal import Entry
from toolkit.pages import pages

SLACK_MS = 2_000  # between reading a clock and writing it down
PAUSES_S = (0.5, 1.0, 2.0, 4.0, 8.0)  # between looks; a slow service may still act on what it received
Ask = Callable[[Call[Any]], Exchange[Any]]


Finding = Literal["fits", "maybe", "nothing", "untold", "blind", "failed", "hopeless"]


@dataclass(frozen=True, slots=True)
class Look:
    """What one look found.

    ``fits``: things that are it; ``maybe``: things that could be. ``finding``: ``nothing`` was there; ``untold``: what
    is there does not tell; ``blind``: the service offers no way to look; ``failed``: it could not be looked, and
    ``hopeless`` if that will be so as long as nobody mends something.
    """

    finding: Finding
    told: str
    fits: tuple[Any, ...] = ()
    maybe: tuple[Any, ...] = ()
    by: Exchange[Any] | None = None  # the read that showed it
    error: ToolkitError | None = None


def id_of(thing: Any) -> str:
    """The id of a thing that was made; empty for what has none."""
    names = getattr(type(thing), "identified_by", ())
    return str(getattr(thing, names[0], None) or "") if names else ""


def made_key(call: Call[Any], thing: Any, local: bool) -> str | None:
    """What tells a made thing from every other: its id.

    None for what is changed and not made. An emulator on this computer gives its ids again when it starts anew, so
    there it is the id with the time of making, and None where the service says no time.
    """
    traces = call.operation.traces
    if traces is None or not traces.creates or not id_of(thing):
        return None
    if not local:
        return id_of(thing)
    made_ms = getattr(thing, traces.made, None) if traces.made else None
    return None if made_ms is None else f"{id_of(thing)} {made_ms}"


@dataclass(frozen=True, slots=True)
class Others:
    """What else the journal knows of this address: the keys of things that have an owner, and changes still open.

    Asked once the look has been answered: what another kernel wrote down while it travelled counts. ``skew_ms`` is
    the service's clock minus ours, as the look has told.
    """

    owned: Callable[[], Collection[str]] = lambda: ()
    open: Callable[[], Sequence[Call[Any]]] = lambda: ()
    skew_ms: Callable[[], int | None] = lambda: None
    local: bool = False


def look(ask: Ask, call: Call[Any], entry: Entry, others: Others) -> Look:
    """Read what is there now, all pages of it, and compare."""
    traces, title = call.operation.traces, call.operation.title
    if traces is None or traces.look is None:
        return Look("blind", f"The service offers no way to look for what “{title}” made.")
    call_to_look = traces.look(call)
    found: list[tuple[Any, Exchange[Any]]] = []
    for answer in pages(ask, call_to_look):
        if traces.gone is not None and isinstance(answer.error, NotFound) and answer.error.cause == NotFound.cause:
            gone = msgspec.structs.replace(traces.gone)
            ids = dict(call.arguments)
            stamp(
                gone, Provenance(entry.environment, call_to_look.operation.name, ids, answer.verified, entry.begun_ms)
            )
            return Look("fits", "Looked: it is not there any more.", fits=(gone,), by=answer)
        if answer.error is not None:
            lasting = isinstance(answer.error, StaleAnswer | SignatureRejected) or answer.error.cause == "redirect"
            told = f"Could not look: {answer.error.what}"
            return Look("hopeless" if lasting else "failed", told, error=answer.error)
        found += [(thing, answer) for thing in things(answer.value)]
    if traces.gone is not None:
        return Look("nothing", "Looked: it is still there.")
    return _made(call, entry, found, others) if traces.creates else _changed(call, found)


def _changed(call: Call[Any], found: list[tuple[Any, Exchange[Any]]]) -> Look:
    assert call.operation.traces is not None
    (thing, answer), *_ = found
    same = call.operation.traces.same(call, thing)
    if same:
        return Look("fits", "Looked: it is now as this asked for.", fits=(thing,), by=answer)
    if same is None:
        state = getattr(thing, "status", None) or "not said"
        return Look("untold", f"Looked: its status is {state}, which does not tell.")
    return Look("nothing", "Looked: it is not as this asked for.")


def _made(call: Call[Any], entry: Entry, found: list[tuple[Any, Exchange[Any]]], others: Others) -> Look:
    traces = call.operation.traces
    assert traces is not None
    owned, rivals = others.owned(), [rival for rival in others.open() if rival.operation is call.operation]
    skews = [skew for skew in (entry.skew_ms, others.skew_ms()) if skew is not None] or [0]
    earliest_ms, surely_ms = (entry.begun_ms + skew - SLACK_MS for skew in (min(skews), max(skews)))
    found = list({id_of(thing) or at: (thing, answer) for at, (thing, answer) in enumerate(found)}.values())
    verdicts = [(traces.same(call, thing), thing, answer) for thing, answer in found]
    alike = [(same, thing, answer) for same, thing, answer in verdicts if same is not False]
    fits, maybe, counts = [], [], Counter[str]()
    for same, thing, answer in alike:
        made_ms = getattr(thing, traces.made, None)
        if made_key(call, thing, others.local) in owned:
            counts["known to be from another entry"] += 1
        elif made_ms is None:
            counts["without the time it was made"] += 1
            maybe.append(thing)
        elif made_ms < earliest_ms:
            counts["made before this was sent"] += 1
        elif made_ms < surely_ms:
            counts["made about then, by clocks that have moved"] += 1
            maybe.append(thing)
        elif same is None:
            counts["made since, which does not tell enough of itself"] += 1
            maybe.append(thing)
        elif any(traces.same(rival, thing) for rival in rivals):
            counts["made since, and another open entry asked for the same"] += 1
            maybe.append(thing)
        else:
            counts["made since"] += 1
            fits.append((thing, answer))
    parts = [f"{len(found)} there", f"{sum(bool(same) for same, *_ in alike)} of them with the same contents"]
    parts += [f"{count} {what}" for what, count in counts.items()]
    widest_ms = max(skews, key=abs)
    drift = f" (clocks {span(widest_ms)} apart)" if abs(widest_ms) > SLACK_MS else ""
    finding: Finding = "fits" if fits else "maybe" if maybe else "nothing"
    by = fits[0][1] if fits else None
    return Look(finding, f"Looked: {', '.join(parts)}{drift}.", tuple(t for t, _ in fits), tuple(maybe), by)

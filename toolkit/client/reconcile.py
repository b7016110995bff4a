"""Doubt about a change is resolved by looking: which of the things that are there now is the one it would have made?

Pure, but for the reads that it asks for. What is adopted must be what the call asked for, made after the intent, and
owned by no other entry of the journal.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec

from toolkit.base.text import plural
from toolkit.base.times import span
from toolkit.client.journal import Entry
from toolkit.errors import NotFound, SignatureRejected, StaleAnswer, ToolkitError
from toolkit.request.call import Call, Reconciliation
from toolkit.request.exchange import Exchange, Provenance, stamp, things
from toolkit.transport.pages import cursor_of, pages

SLACK_MS = 2_000  # between reading a clock and writing it down
PAUSES_S = (
    0.5,
    1.0,
    2.0,
    4.0,
    8.0,
)  # between looks; a slow service may still act on what it received
PAGES, BYTES = (
    400,
    32 * 1024 * 1024,
)  # of one look: 20,000 groups of three holders are 400 pages and 16 MB
LEAST_S = 5.0  # a look has this long, even where the window is about to close
Ask = Callable[[Call[Any], float], Exchange[Any]]  # a read, and how many seconds it has


Finding = Literal["fits", "maybe", "nothing", "untold", "partly", "blind", "failed", "hopeless"]


@dataclass(frozen=True, slots=True)
class Budget:
    """How much one look may read. ``passed_s``: how long it has taken so far."""

    seconds: float
    passed_s: Callable[[], float]

    def left_s(self) -> float:
        """Seconds that the next read has; a little, always."""
        return max(0.5, self.seconds - self.passed_s())

    def spent_on(self, pages: int, size: int) -> str:
        """What has run out after this many pages and bytes; empty while there is more of everything."""
        if pages >= PAGES:
            return f"{PAGES} pages"
        if size >= BYTES:
            return f"{BYTES // 1024**2} MB"
        if self.passed_s() >= self.seconds:
            return span(round(1000 * self.seconds))
        return ""


@dataclass(frozen=True, slots=True)
class LookResult:
    """What one look found.

    ``fits``: things that are it; ``maybe``: things that could be. ``finding``: ``nothing`` was there; ``untold``: what
    is there does not tell; ``partly``: the list is longer than one look may read; ``blind``: the service offers no way to look; ``failed``: it could not be looked, and
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


def resource_key(call: Call[Any], thing: Any, local: bool) -> str | None:
    """What tells a made thing from every other: its id.

    None for what is changed and not made. An emulator on this computer gives its ids again when it starts anew, so
    there it is the id with the time of making, and None where the service says no time.
    """
    reconciliation = call.operation.reconciliation
    if reconciliation is None or not reconciliation.creates or not id_of(thing):
        return None
    if not local:
        return id_of(thing)
    made_ms = getattr(thing, reconciliation.made, None) if reconciliation.made else None
    return None if made_ms is None else f"{id_of(thing)} {made_ms}"


@dataclass(frozen=True, slots=True)
class LookContext:
    """What else the journal knows of this address: the keys of things that have an owner, and changes still open.

    Asked once the look has been answered: what another kernel wrote down while it travelled counts. ``skew_ms`` is
    the service's clock minus ours, as the look has told.
    """

    owned: Callable[[], Collection[str]] = lambda: ()
    open: Callable[[], Sequence[Call[Any]]] = lambda: ()
    skew_ms: Callable[[], int | None] = lambda: None
    local: bool = False


def look(
    ask: Ask, call: Call[Any], entry: Entry, others: LookContext, budget: Budget
) -> LookResult:
    """Read what is there now, page after page as far as the budget goes, and compare."""
    reconciliation, title = call.operation.reconciliation, call.operation.title
    if reconciliation is None or reconciliation.look is None:
        return LookResult("blind", f"The service offers no way to look for what “{title}” made.")
    seen = _Seen()
    spent = ""
    for answer in pages(lambda read: ask(read, budget.left_s()), reconciliation.look(call)):
        if _says_gone(reconciliation, answer):
            return _gone(call, answer, entry)
        if answer.error is not None:
            return _not_looked(answer.error)
        seen.add(call, answer)
        spent = budget.spent_on(seen.pages, seen.size)
        if spent and cursor_of(answer.prepared.call, answer.decoded):
            break
        spent = ""
    if reconciliation.gone is not None:
        return LookResult("nothing", "Looked: it is still there.")
    if not reconciliation.creates:
        return _changed(call, seen.first, seen.first_answer)
    return _made(call, entry, seen, others, spent)


@dataclass(slots=True)
class _Seen:
    """What was read: how much, and of the things those that could be it, each once."""

    pages: int = 0
    size: int = 0
    first: Any = None
    first_answer: Exchange[Any] | None = None
    ids: set[str] = field(default_factory=set)
    count: int = 0
    alike: list[tuple[bool | None, Any, Exchange[Any]]] = field(default_factory=list)

    def add(self, call: Call[Any], answer: Exchange[Any]) -> None:
        reconciliation = call.operation.reconciliation
        assert reconciliation is not None
        self.pages += 1
        self.size += len(answer.content)
        for thing in things(answer.value):
            if self.first_answer is None:
                self.first, self.first_answer = thing, answer
            identifier = id_of(thing)
            if identifier and identifier in self.ids:
                continue
            self.ids.add(identifier)
            self.count += 1
            same = reconciliation.same(call, thing)
            if same is not False:
                self.alike.append((same, thing, answer))


def _says_gone(reconciliation: Reconciliation, answer: Exchange[Any]) -> bool:
    error = answer.error
    return (
        reconciliation.gone is not None
        and isinstance(error, NotFound)
        and error.cause == NotFound.cause
    )


def _gone(call: Call[Any], answer: Exchange[Any], entry: Entry) -> LookResult:
    assert call.operation.reconciliation is not None
    gone = msgspec.structs.replace(call.operation.reconciliation.gone)
    ids, looked = dict(call.arguments), answer.prepared.call.operation.name
    stamp(gone, Provenance(entry.environment, looked, ids, answer.verified, entry.begun_ms))
    return LookResult("fits", "Looked: it is not there any more.", fits=(gone,), by=answer)


def _not_looked(error: ToolkitError) -> LookResult:
    lasting = isinstance(error, StaleAnswer | SignatureRejected) or error.cause == "redirect"
    finding: Finding = "hopeless" if lasting else "failed"
    return LookResult(finding, f"Could not look: {error.what}", error=error)


def _changed(call: Call[Any], thing: Any, answer: Exchange[Any] | None) -> LookResult:
    assert call.operation.reconciliation is not None
    same = call.operation.reconciliation.same(call, thing)
    if same:
        return LookResult("fits", "Looked: it is now as this asked for.", fits=(thing,), by=answer)
    if same is None:
        state = getattr(thing, "status", None) or "not said"
        return LookResult("untold", f"Looked: its status is {state}, which does not tell.")
    return LookResult("nothing", "Looked: it is not as this asked for.")


def _made(
    call: Call[Any], entry: Entry, seen: _Seen, others: LookContext, spent: str
) -> LookResult:
    """Which of the things that are alike it made. ``spent``: what ran out before the list ended."""
    reconciliation = call.operation.reconciliation
    assert reconciliation is not None
    owned, rivals = (
        others.owned(),
        [rival for rival in others.open() if rival.operation is call.operation],
    )
    skews = [skew for skew in (entry.skew_ms, others.skew_ms()) if skew is not None] or [0]
    earliest_ms, surely_ms = (entry.begun_ms + skew - SLACK_MS for skew in (min(skews), max(skews)))
    fits, maybe, counts = [], [], Counter[str]()
    for same, thing, answer in seen.alike:
        made_ms = getattr(thing, reconciliation.made, None)
        if resource_key(call, thing, others.local) in owned:
            counts["known to be from another entry"] += 1
            continue
        if made_ms is not None and made_ms < earliest_ms:
            counts["made before this was sent"] += 1
            continue
        reason = ""
        if made_ms is None:
            reason = "without the time it was made"
        elif made_ms < surely_ms:
            reason = "made about then, by clocks that have moved"
        elif same is None:
            reason = "made since, which does not tell enough of itself"
        elif any(reconciliation.same(rival, thing) for rival in rivals):
            reason = "made since, and another open entry asked for the same"
        elif not reconciliation.unique(call):
            reason = "made since, and others may have asked for the same"
        elif spent:
            reason = "made since, in the part that was read"
        counts[reason or "made since"] += 1
        if reason:
            maybe.append(thing)
        else:
            fits.append((thing, answer))
    whole = f"{seen.count} there"
    if spent:
        whole = f"{seen.count} in the first {plural(seen.pages, 'page')}, and no further ({spent} is all that one look may take)"
    parts = [whole, f"{sum(bool(same) for same, *_ in seen.alike)} of them with the same contents"]
    parts += [f"{count} {what}" for what, count in counts.items()]
    widest_ms = max(skews, key=abs)
    drift = f" (clocks {span(widest_ms)} apart)" if abs(widest_ms) > SLACK_MS else ""
    told = f"Looked: {', '.join(parts)}{drift}."
    if fits:
        return LookResult("fits", told, tuple(thing for thing, _ in fits), tuple(maybe), fits[0][1])
    if spent:
        return LookResult("partly", told, (), tuple(maybe))
    return LookResult("maybe" if maybe else "nothing", told, (), tuple(maybe))

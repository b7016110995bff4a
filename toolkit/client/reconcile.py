"""Doubt about a change is resolved by looking: which of the things there now did it make?

Pure, but for the reads that it asks for. What is adopted must be what the call asked for, made
after the intent, and owned by no other entry of the journal.
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
from toolkit.errors import (
    NotFound,
    SignatureRejected,
    StaleAnswer,
    ToolkitError,
)
from toolkit.request.call import Call, Reconciliation
from toolkit.request.exchange import Exchange, Provenance, stamp, things
from toolkit.transport.pages import cursor_of, pages

SLACK_MS = 2_000  # between reading a clock and writing it down
# Between looks: a slow service may still act on what it received.
PAUSES_S = (0.5, 1.0, 2.0, 4.0, 8.0)
# Of one look: 20,000 groups of three holders are 400 pages and 16 MB.
PAGES = 400
BYTES = 32 * 1024 * 1024
LEAST_S = 5.0  # a look has this long, even where the window is about to close
Ask = Callable[[Call[Any], float], Exchange[Any]]  # a read, and how many seconds it has
Finding = Literal[
    "fits",
    "maybe",
    "nothing",
    "untold",
    "partly",
    "blind",
    "failed",
    "hopeless",
]


@dataclass(frozen=True, slots=True)
class Budget:
    """How much one look may read. ``passed_s``: how long it has taken so far."""

    seconds: float
    passed_s: Callable[[], float]

    def left_s(self) -> float:
        """Seconds that the next read has; a little, always."""
        return max(0.5, self.seconds - self.passed_s())

    def spent_on(self, pages: int, size: int) -> str:
        """What has run out after this many pages and bytes; empty while nothing has."""
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

    ``fits``: things that are it; ``maybe``: things that could be. ``told``: the same in a sentence.
    ``finding``: ``nothing`` was there; ``untold``: what is there does not tell; ``partly``: the
    list is longer than one look may read; ``blind``: the service offers no way to look; ``failed``:
    it could not be looked, and ``hopeless`` if that will be so as long as nobody mends something.
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
    if not names:
        return ""
    return str(getattr(thing, names[0], None) or "")


def resource_key(call: Call[Any], thing: Any, local: bool) -> str | None:
    """What tells a made thing from every other: its id.

    None for what is changed and not made. An emulator on this computer (``local``) gives its ids
    again when it starts anew, so there it is the id with the time of making, and None where the
    service says no time.
    """
    reconciliation = call.operation.reconciliation
    if reconciliation is None or not reconciliation.creates:
        return None
    identifier = id_of(thing)
    if not identifier:
        return None
    if not local:
        return identifier
    if not reconciliation.made:
        return None
    made_ms = getattr(thing, reconciliation.made, None)
    if made_ms is None:
        return None
    return f"{identifier} {made_ms}"


@dataclass(frozen=True, slots=True)
class LookContext:
    """What else the journal knows of this address.

    ``owned``: the keys of things that have an owner. ``open``: changes still open. Both are asked
    once the look has been answered: what another kernel wrote down while it travelled counts.
    ``skew_ms`` is the service's clock minus ours, as the look has told.
    """

    owned: Callable[[], Collection[str]] = lambda: ()
    open: Callable[[], Sequence[Call[Any]]] = lambda: ()
    skew_ms: Callable[[], int | None] = lambda: None
    local: bool = False


def look(
    ask: Ask,
    call: Call[Any],
    entry: Entry,
    others: LookContext,
    budget: Budget,
) -> LookResult:
    """Read what is there now, page after page as far as the budget goes, and compare."""
    reconciliation = call.operation.reconciliation
    if reconciliation is None or reconciliation.look is None:
        title = call.operation.title
        return LookResult(
            "blind",
            f"The service offers no way to look for what “{title}” made.",
        )

    def read(page: Call[Any]) -> Exchange[Any]:
        return ask(page, budget.left_s())

    seen = _Seen()
    spent = ""
    for answer in pages(read, reconciliation.look(call)):
        if _says_gone(reconciliation, answer):
            return _gone(call, answer, entry)
        if answer.error is not None:
            return _not_looked(answer.error)
        seen.add(call, answer)
        spent = budget.spent_on(seen.pages, seen.size)
        if spent and cursor_of(answer.prepared.call, answer.decoded):
            break
        spent = ""  # that was the last page: nothing ran out too early
    if reconciliation.gone is not None:
        return LookResult("nothing", "Looked: it is still there.")
    if not reconciliation.creates:
        return _changed(reconciliation, call, seen)
    return _created(call, entry, seen, others, spent)


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
        """One more page."""
        reconciliation = call.operation.reconciliation
        assert reconciliation is not None
        self.pages += 1
        self.size += len(answer.content)
        for thing in things(answer.value):
            if self.first_answer is None:
                self.first = thing
                self.first_answer = answer
            identifier = id_of(thing)
            if identifier and identifier in self.ids:
                continue  # pages overlap where something was made meanwhile
            self.ids.add(identifier)
            self.count += 1
            same = reconciliation.same(call, thing)
            if same is not False:
                self.alike.append((same, thing, answer))


def _says_gone(reconciliation: Reconciliation, answer: Exchange[Any]) -> bool:
    if reconciliation.gone is None:
        return False
    error = answer.error
    return isinstance(error, NotFound) and error.cause == NotFound.cause


def _gone(call: Call[Any], answer: Exchange[Any], entry: Entry) -> LookResult:
    assert call.operation.reconciliation is not None
    gone = msgspec.structs.replace(call.operation.reconciliation.gone)
    provenance = Provenance(
        environment=entry.environment,
        operation=answer.prepared.call.operation.name,
        arguments=dict(call.arguments),
        verified=answer.verified,
        at_ms=entry.begun_ms,
    )
    stamp(gone, provenance, call.operation.fills)
    return LookResult("fits", "Looked: it is not there any more.", fits=(gone,), by=answer)


def _not_looked(error: ToolkitError) -> LookResult:
    finding: Finding = "failed"
    if isinstance(error, StaleAnswer | SignatureRejected) or error.cause == "redirect":
        finding = "hopeless"  # as long as nobody mends the clock, the key or the address
    return LookResult(finding, f"Could not look: {error.what}", error=error)


def _changed(reconciliation: Reconciliation, call: Call[Any], seen: _Seen) -> LookResult:
    """Whether the one thing that this changes is as it asked for."""
    thing = seen.first
    same = reconciliation.same(call, thing)
    if same:
        return LookResult(
            "fits",
            "Looked: it is now as this asked for.",
            fits=(thing,),
            by=seen.first_answer,
        )
    if same is None:
        state = getattr(thing, "status", None) or "not said"
        return LookResult("untold", f"Looked: its status is {state}, which does not tell.")
    return LookResult("nothing", "Looked: it is not as this asked for.")


# ---- which of them did it make? ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Criteria:
    """What a thing with the same contents must meet, to be the one that a create made.

    Times in Unix milliseconds, by the service's clock: ``earliest_ms`` it can have been made, and
    ``surely_ms``, after which it was made later than this was sent whichever clock has moved.
    """

    call: Call[Any]
    reconciliation: Reconciliation
    owned: Collection[str]
    rivals: Sequence[Call[Any]]
    earliest_ms: int
    surely_ms: int
    widest_skew_ms: int
    local: bool
    is_cut_short: bool  # the list is longer than what was read

    @classmethod
    def of(cls, call: Call[Any], entry: Entry, others: LookContext, spent: str) -> _Criteria:
        """From what the journal knows now."""
        reconciliation = call.operation.reconciliation
        assert reconciliation is not None
        owned = others.owned()
        rivals = [rival for rival in others.open() if rival.operation is call.operation]
        skews_ms = [skew for skew in (entry.skew_ms, others.skew_ms()) if skew is not None]
        if not skews_ms:
            skews_ms = [0]
        begun_ms = entry.begun_ms - SLACK_MS
        return cls(
            call=call,
            reconciliation=reconciliation,
            owned=owned,
            rivals=rivals,
            earliest_ms=begun_ms + min(skews_ms),
            surely_ms=begun_ms + max(skews_ms),
            widest_skew_ms=max(skews_ms, key=abs),
            local=others.local,
            is_cut_short=bool(spent),
        )

    def excludes(self, thing: Any) -> str:
        """Why this did not make the thing; empty where it may have."""
        if resource_key(self.call, thing, self.local) in self.owned:
            return "known to be from another entry"
        made_ms = getattr(thing, self.reconciliation.made, None)
        if made_ms is not None and made_ms < self.earliest_ms:
            return "made before this was sent"
        return ""

    def doubts(self, thing: Any, same: bool | None) -> str:
        """Why this may not have made the thing; empty where it has."""
        made_ms = getattr(thing, self.reconciliation.made, None)
        if made_ms is None:
            return "without the time it was made"
        if made_ms < self.surely_ms:
            return "made about then, by clocks that have moved"
        if same is None:
            return "made since, which does not tell enough of itself"
        if any(self.reconciliation.same(rival, thing) for rival in self.rivals):
            return "made since, and another open entry asked for the same"
        if not self.reconciliation.unique(self.call):
            return "made since, and others may have asked for the same"
        if self.is_cut_short:
            return "made since, in the part that was read"
        return ""


def _created(
    call: Call[Any],
    entry: Entry,
    seen: _Seen,
    others: LookContext,
    spent: str,
) -> LookResult:
    """Which of the things that are alike it made. ``spent``: what ran out before the list ended."""
    criteria = _Criteria.of(call, entry, others, spent)
    fits: list[Any] = []
    maybe: list[Any] = []
    by: Exchange[Any] | None = None
    counts: Counter[str] = Counter()
    for same, thing, answer in seen.alike:
        reason = criteria.excludes(thing)
        if reason:
            counts[reason] += 1
            continue
        doubt = criteria.doubts(thing, same)
        counts[doubt or "made since"] += 1
        if doubt:
            maybe.append(thing)
            continue
        fits.append(thing)
        by = by or answer
    told = _summary(seen, counts, spent, criteria.widest_skew_ms)
    finding: Finding = "nothing"
    if fits:
        finding = "fits"
    elif spent:
        finding = "partly"
    elif maybe:
        finding = "maybe"
    return LookResult(finding, told, fits=tuple(fits), maybe=tuple(maybe), by=by)


def _summary(seen: _Seen, counts: Counter[str], spent: str, skew_ms: int) -> str:
    """What was there, as a sentence."""
    whole = f"{seen.count} there"
    if spent:
        whole = (
            f"{seen.count} in the first {plural(seen.pages, 'page')}, "
            f"and no further ({spent} is all that one look may take)"
        )
    alike = sum(bool(same) for same, *_ in seen.alike)
    parts = [whole, f"{alike} of them with the same contents"]
    for what, count in counts.items():
        parts.append(f"{count} {what}")
    drift = ""
    if abs(skew_ms) > SLACK_MS:
        drift = f" (clocks {span(skew_ms)} apart)"
    return f"Looked: {', '.join(parts)}{drift}."

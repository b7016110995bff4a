"""The seven questions of the overview, each answered in its first word. No widget here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from toolkit.app.desk.sight import Sight
from toolkit.base.html import some
from toolkit.base.text import plural
from toolkit.base.times import day
from toolkit.cobo.access import SOON_MS
from toolkit.cobo.seats import why_absent
from toolkit.inventory.margins import WARNED_DAYS, Margin, endings
from toolkit.inventory.powers import GROUPS, Power, names_of_seats

Mark = Literal["high", "medium", "good", "unsure"]
NAMED = 3  # things that an answer names


@dataclass(frozen=True, slots=True)
class Question:
    """A question, its answer, how bad that is, and the page that proves it."""

    question: str
    answer: str
    mark: Mark
    page: str


def questions(sight: Sight) -> tuple[Question, ...]:
    """Always the same seven, in the same order: a good answer stays."""
    return tuple(ask(sight) for ask in ASKED)


def _alone(sight: Sight) -> Question:
    asked = "Can anyone act alone?"
    held = sight.inventory.holdings
    names = names_of_seats(sight.inventory)
    answers = [
        f"{names.get(person, person)} ({_where(power)})"
        for person in held.people
        for power in held.powers_of(person, "alone")
        if power.kind != "decides"
    ]
    unowned = sum(power.wallets for power in held.powers if power.kind == "decides")
    if unowned:
        answers.append(f"the app secret, over {plural(unowned, 'wallet')} without an owner")
    if not answers:
        return Question(asked, "No.", "good", "Findings")
    return Question(asked, f"Yes: {some(answers, NAMED)}.", "high", "Findings")


def _where(power: Power) -> str:
    if power.wallets:
        return f"{power.title}, {plural(power.wallets, 'wallet')}"
    return power.title


def _one_loss(sight: Sight) -> Question:
    asked = "Does one loss lose something for good?"
    mended = _vaults_that_can_rebuild(sight)
    final = [row for row in sight.inventory.margins if row.stops and _is_final(row, mended)]
    if not final:
        return Question(asked, "No.", "good", "What if")
    names = names_of_seats(sight.inventory)
    places = [
        f"{row.power.title} ({some([names.get(each, each) for each in row.whose], NAMED)})"
        for row in final
    ]
    return Question(asked, f"Yes: {some(places, NAMED)}.", "high", "What if")


def _vaults_that_can_rebuild(sight: Sight) -> frozenset[str]:
    return frozenset(
        group.vault_id or ""
        for group in sight.inventory.groups
        if group.type == "RecoveryGroup" and group.status == "Valid"
    )


def _is_final(row: Margin, rebuildable: frozenset[str]) -> bool:
    """Whether nothing else brings it back: a signing group is made anew from the main group, a
    recovery group too, a main group from its recovery group.
    """
    if row.power.service == "privy":
        return True
    return row.power.name == GROUPS["MainGroup"] and row.power.place not in rebuildable


def _able_now(sight: Sight) -> Question:
    asked = "Can everybody who should sign, sign now?"
    idle = list(dict.fromkeys(f"{p.title} is {p.state}" for p in sight.inventory.powers if p.state))
    away = sorted(set(_absent(sight)))
    if not idle and not away:
        return Question(asked, "Yes, as far as Cobo says.", "good", "Groups")
    parts = list(idle)
    if away:
        parts.append(f"{plural(len(away), 'holder')} away ({some(away, NAMED)})")
    return Question(asked, f"No: {some(parts, NAMED)}.", "high" if idle else "medium", "Groups")


def _absent(sight: Sight) -> Iterator[str]:
    """Holders that cannot take part now: as the rules ``holder.away`` and ``holder.unconfigured``
    ask.
    """
    for group in sight.inventory.groups:
        for holder in group.key_share_holders or ():
            if why_absent(holder):
                yield holder.name or holder.tss_node_id or "one without a name"


def _ends_soon(sight: Sight) -> Question:
    asked = "Does something end soon?"
    at_ms = sight.inventory.at_ms
    soon = [
        each
        for each in endings(sight.inventory)
        if each.ends_ms is not None and each.ends_ms <= at_ms + SOON_MS
    ]
    if not soon:
        return Question(asked, f"Nothing in the next {WARNED_DAYS} days.", "good", "Charts")
    ended = any((each.ends_ms or 0) <= at_ms for each in soon)
    names = [f"{each.name} ({day(each.ends_ms)})" for each in soon]
    return Question(asked, f"Yes: {some(names, NAMED)}.", "high" if ended else "medium", "Charts")


def _unordered(sight: Sight) -> Question:
    asked = "Did something change that nobody ordered here?"
    if sight.changes is None or sight.earlier is None:
        answer = "Unknown: there is no earlier look to compare with. Save a snapshot."
        return Question(asked, answer, "unsure", "Changes")
    unordered = sight.changes.of("not ordered here")
    since = day(sight.earlier.at_ms)
    if not unordered:
        return Question(asked, f"No, since {since}.", "good", "Changes")
    answer = f"Yes: {len(unordered)} of {plural(len(sight.changes), 'change')} since {since}."
    high = any(change.severity == "high" for change in unordered)
    return Question(asked, answer, "high" if high else "medium", "Changes")


def _in_doubt(sight: Sight) -> Question:
    asked = "Is a request of ours in doubt?"
    if not sight.clients:
        answer = "Unknown: this is a saved inventory, and no client is here."
        return Question(asked, answer, "unsure", "Requests")
    doubts = sight.in_doubt
    if doubts:
        return Question(asked, f"Yes: {plural(len(doubts), 'request')}.", "high", "Requests")
    return Question(asked, "No.", "good", "Requests")


def _unseen(sight: Sight) -> Question:
    asked = "What do we not see?"
    failed = [row.what for row in sight.inventory.unseen if row.cause]
    silent = [row.what for row in sight.inventory.unseen if not row.cause]
    seats = plural(len(sight.inventory.seats), "seat")
    parts = {
        f"{len(sight.unclaimed)} of {seats} belong to nobody we know.": sight.unclaimed,
        f"Could not be read: {some(failed, NAMED)}.": failed,
        f"Cannot be listed: {some(silent, NAMED)}.": silent,
    }
    answer = " ".join(sentence for sentence, things in parts.items() if things)
    worrying = any(row.is_worrying for row in sight.inventory.unseen)
    mark: Mark = "high" if worrying else "unsure"
    return Question(asked, answer or "Nothing that we know of.", mark, "People")


ASKED: Sequence[Callable[[Sight], Question]] = (
    _alone,
    _one_loss,
    _able_now,
    _ends_soon,
    _unordered,
    _in_doubt,
    _unseen,
)


@dataclass(frozen=True, slots=True)
class Step:
    """What to do first, and why."""

    remedy: str
    why: str


LOOKED_AT = 100  # findings, of which the remedies may be the same
#: What cannot be mended once it has happened comes first.
FINAL = ("quorum.one-loss", "group.all-needed", "group.one-loss")


def first_steps(sight: Sight, most: int = 5) -> tuple[Step, ...]:
    """The remedies of what is high, those of what cannot be mended later first; each once."""
    runs = [run for run in sight.report.ordered if run.rule.severity == "high"]
    runs.sort(key=lambda run: run.rule.id not in FINAL)
    lines = sight.report.first(LOOKED_AT, runs)
    steps: dict[str, Step] = {}
    for line in lines:
        remedy = f"{line.title()}: {line.remedy[:1].lower()}{line.remedy[1:]}"
        steps.setdefault(remedy, Step(remedy, line.rule.why))
    return tuple(list(steps.values())[:most])

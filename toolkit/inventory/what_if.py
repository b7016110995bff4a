"""What if somebody is gone, and what if some act together: over every power of both vendors.

Two questions, chosen first. Signing day to day and holding enough shares are told apart throughout.
"""

from __future__ import annotations

import itertools
import textwrap
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from toolkit.base.card import ROWS, Card, Count, Listed, Printed
from toolkit.base.html import Drawn
from toolkit.base.text import and_words, plain_line, plural
from toolkit.errors import InputError
from toolkit.findings import SEVERITIES, Severity
from toolkit.inventory.advice import Step, remedies_for, steps_for
from toolkit.inventory.inventory import Inventory
from toolkit.inventory.margins import Standing, standings_with
from toolkit.inventory.people import People
from toolkit.inventory.pictured import Seating
from toolkit.inventory.powers import (
    COBO,
    KINDS,
    Kind,
    Power,
    persons_of,
    present_of,
    signers_of,
)
from toolkit.quorum import Quorum
from toolkit.tables import Column, Table

if TYPE_CHECKING:
    import pandas as pd

Question = Literal["lost", "together"]
WIDTH = 88  # columns of the text
#: What goes on in place of a power that stops, of the same vault.
ELSEWHERE: Mapping[Kind, tuple[Kind, ...]] = {
    "signs": ("signs",),
    "shares": ("shares",),
    "rebuilds": ("rebuilds",),
    "approves": (),
    "decides": (),
}


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of one power once some are gone.

    ``seats``: who of them has how many in it. ``stops`` is None where it is unknown; it is about
    this place alone: ``elsewhere`` names another group of the same vault that goes on. ``spare``:
    how many more people may be lost then, None where that is unknown; ``single_points``: whose loss
    would stop it then.
    """

    power: Power
    seats: tuple[tuple[str, int], ...]
    before: str
    after: str
    severity: Severity
    stops: bool | None
    spare: int | None
    single_points: frozenset[str] = frozenset()
    elsewhere: str = ""


@dataclass(frozen=True, slots=True)
class Reach:
    """How far some get together with one power.

    ``mine``: who of them has a part in it. ``enough`` is None where it is unknown, ``more`` how
    many others they need at least (None: unknown), ``completes`` who could be one of them, in
    words.
    """

    power: Power
    mine: tuple[str, ...]
    enough: bool | None
    more: int | None
    completes: str
    severity: Severity


@dataclass(frozen=True, repr=False)
class WhatIf(Printed):
    """One question and its answer.

    ``touched`` where somebody is lost: of the powers in which they have a seat, and of those that
    are unknown; ``reaches`` where some act together: of those in which they have a part. The worst
    first. ``steps``: what to do, in order. ``still_signing``: whether those who are lost can take
    part until it is done.

    >>> from toolkit import collect, what_if
    >>> what_if(collect(custody, app), lost={main.key_share_holders[1].tss_node_id})
    <WhatIf on EMULATOR: lost='coboGtdRaqnVmS15H61tVKQMzMNkdi6YH9eiJrNT…', 1 stop>
    """

    question: Question
    people: frozenset[str]
    inventory: Inventory
    steps: Sequence[Step]
    touched: tuple[Fate, ...] = ()
    reaches: tuple[Reach, ...] = ()
    still_signing: bool = False

    @cached_property
    def fates(self) -> tuple[Fate, ...]:
        """Where somebody is lost: of every power, the worst first."""
        if self.question != "lost":
            return ()
        return tuple(sorted([*self.touched, *self._as_they_are()], key=_worst_first))

    def _as_they_are(self) -> Iterator[Fate]:
        """Of the powers in which nobody who is lost has a seat."""
        persons = persons_of(self.inventory)
        touched = {fate.power.id for fate in self.touched}
        for power in self.inventory.powers:
            people = power.held_by(persons)
            if people is not None and power.id not in touched:
                yield _unchanged(power, people)

    @property
    def unchanged(self) -> int:
        """How many powers stay as they are."""
        return len(self.inventory.powers) - len(self.touched) if self.question == "lost" else 0

    @property
    def stops(self) -> tuple[Fate, ...]:
        """What stops where it is, wherever else it goes on."""
        return tuple(fate for fate in self.touched if fate.stops)

    @property
    def enough(self) -> tuple[Reach, ...]:
        """Where they are enough and can use it now."""
        return tuple(reach for reach in self.reaches if reach.enough and not reach.power.state)

    @property
    def wallets(self) -> frozenset[str]:
        """The Privy wallets that what stops, or what they are enough for, decides about."""
        powers = [fate.power for fate in self.stops] + [reach.power for reach in self.enough]
        return wallets_of(self.inventory, powers)

    def frame(self) -> pd.DataFrame:
        """One row a power, the worst first; of those who act together, only where they have a part.

        Both: ``where``, ``power``, ``severity``, ``wallets`` (Int64), ``service``, ``thing_id``,
        ``place_id``, ``power_id``. Lost: ``seats``, ``before``, ``after``, ``stops`` (nullable
        flag), ``elsewhere``, ``spare`` (Int64), ``single_points``. Together: ``who``, ``enough``
        (nullable flag), ``more`` (Int64), ``completes``, ``state``.
        """
        if self.question == "lost":
            frame = FATES.frame(self.fates, [])
        else:
            frame = REACHES.frame(self.reaches, [])
        frame.attrs.update(self._attrs())
        return frame

    def steps_frame(self) -> pd.DataFrame:
        """One row a step, in order: ``about``, ``step``, ``why``, ``signers``, ``safe``,
        ``severity``, ``thing_id``.
        """
        frame = STEPS.frame(self.steps, [])
        frame.attrs.update(self._attrs())
        return frame

    def _attrs(self) -> dict[str, object]:
        return {
            "environment": ", ".join(self.inventory.environments),
            "verified": None,
            "verification": "worked out from an inventory; see its origins",
        }

    def strongest(self, most: int = 2) -> tuple[tuple[tuple[str, ...], int, int], ...]:
        """Who could do much: every person, and every coalition of up to ``most`` all of whom are
        needed somewhere; who they are, in how many places they are enough, and about how many
        wallets they decide. The most wallets first.
        """
        persons = persons_of(self.inventory)
        names = sorted(set(persons.values()) - {COBO})
        usable = self._usable(persons)
        rows = []
        for size in range(1, most + 1):
            for some in itertools.combinations(names, size):
                enough = [(power, held) for power, held in usable if held.can_sign(some)]
                if any(_all_needed(held, some) for _, held in enough):
                    powers = [power for power, _ in enough]
                    rows.append((some, len(enough), len(wallets_of(self.inventory, powers))))
        return tuple(sorted(rows, key=lambda row: (-row[2], -row[1], row[0])))

    def _usable(self, persons: Mapping[str, str]) -> list[tuple[Power, Quorum]]:
        """The powers that are known and can be used now, each with who has it."""
        held = [(power, power.held_by(persons)) for power in self.inventory.powers]
        return [(power, quorum) for power, quorum in held if quorum and not power.state]

    # ---- words ----

    @property
    def headline(self) -> str:
        """A count and a verb."""
        names = and_words(sorted(self.people))
        if self.question == "lost":
            on = sum(fate.stops is False for fate in self.touched)
            verbs = "stops" if len(self.stops) == 1 else "stop"
            go = "goes" if on == 1 else "go"
            stopped = f"{plural(len(self.stops), 'thing')} {verbs}"
            return f"Without {names}: {stopped}, {on or 'none'} {go} on."
        verb = "is" if len(self.people) == 1 else "are"
        if not self.enough:
            return f"{names} {verb} enough nowhere."
        return f"{names} {verb} enough in {plural(len(self.enough), 'place')}."

    @property
    def lead(self) -> str:
        """What that is, power by power: they are never added up."""
        powers = [fate.power for fate in self.stops] or [reach.power for reach in self.enough]
        counts = Counter(power.kind for power in powers)
        words = [f"{counts[kind]} × {_NOUNS[kind]}" for kind in KINDS if counts[kind]]
        sentences = []
        if words:
            sentences.append(f"{', '.join(words)}; {plural(len(self.wallets), 'wallet')}.")
        if self.unknown:
            sentences.append(f"{plural(len(self.unknown), 'power')} unknown.")
        return " ".join(sentences)

    @property
    def unknown(self) -> tuple[Power, ...]:
        """Powers of which nobody can say who has them."""
        fates = [fate.power for fate in self.touched if fate.stops is None]
        return (*fates, *(reach.power for reach in self.reaches if reach.enough is None))

    @property
    def severity(self) -> Severity:
        """How bad the worst of it is."""
        rows = self.touched or self.reaches
        return rows[0].severity if rows else "good"

    @property
    def drawn(self) -> tuple[Drawn, ...]:
        """The first powers in pictures, the worst first, each by itself; unknown ones are in words
        alone.
        """
        return tuple(itertools.islice(self._drawn(), ROWS))

    def _drawn(self) -> Iterator[Drawn]:
        seating = Seating.of(self.inventory, self.people)
        for fate in self.touched:
            if fate.power.quorum is not None:
                yield seating.lost(fate, fate.power.quorum)
        for reach in self.reaches:
            if reach.power.quorum is not None:
                yield seating.together(reach, reach.power.quorum, reach_in_words(reach))

    def text(self) -> str:
        """All of it for a terminal: what is hidden is written out."""
        lines = [plain_line(self.headline), *_wrapped(self.lead, "")]
        for number, step in enumerate(self.steps, 1):
            if number == 1:
                lines += ["", self.steps_title.upper()]
            lines += _wrapped(str(step), f"{number:>3}. ")
            lines += _wrapped(f"Who takes part: {step.signers}.{self.proof(step)}", "     ")
        lines += ["", "EVERY PLACE, BOTH VENDORS"]
        for place, act, how in self._rows():
            lines += _wrapped(f"{place}: {act}; {how}", "  ")
        if self.unchanged:
            lines.append(f"  {plural(self.unchanged, 'power')} unchanged")
        return "\n".join(lines)

    def proof(self, step: Step) -> str:
        """Whether a step was checked, as a sentence after a blank; nothing where none is to be."""
        if step.safe is None:
            return ""
        if not step.safe:
            return " Not proved to be safe."
        if self.question == "lost":
            return " Checked: nobody who stays loses anything."
        return " Checked: nobody of today gains anything."

    @property
    def steps_title(self) -> str:
        """What the steps are, above them."""
        if self.question == "together":
            return "What would take it from them"
        if self.still_signing:
            return "What to do before they go, in this order"
        return "What to do, in this order"

    def _rows(self) -> Iterator[tuple[str, str, str]]:
        for fate in self.touched:
            yield fate.power.title, fate.power.act, f"{fate.before} → {fate.after}"
        for reach in self.reaches:
            yield reach.power.title, reach.power.act, reach_in_words(reach)

    def _card(self) -> Card:
        rows = list(self._rows())
        places = Listed("Every place", ("where", "power", "how"), rows[:ROWS], len(rows))
        steps = [
            (
                f"{number}. {step.about}",
                f"{step.sentence}. {step.why}{self.proof(step)}",
                step.signers,
            )
            for number, step in enumerate(self.steps, 1)
        ]
        lists = [places]
        if steps:
            columns = ("where", "what and why", "who takes part")
            lists.insert(0, Listed(self.steps_title, columns, steps, len(steps)))
        count = ("enough", Count(len(self.enough)))
        if self.question == "lost":
            count = ("stop", Count(len(self.stops)))
        return Card(
            "WhatIf",
            [(self.question, ", ".join(sorted(self.people))), count],
            environment=", ".join(self.inventory.environments),
            drawn=self.drawn,
            lists=lists,
            lead=f"{self.headline} {self.lead}".strip(),
        )


_NOUNS: Mapping[Kind, str] = {
    "signs": "signing day to day",
    "shares": "enough shares for the key",
    "rebuilds": "rebuilding a main group",
    "approves": "approving",
    "decides": "deciding about wallets without an owner",
}


def _all_needed(quorum: Quorum, some: Sequence[str]) -> bool:
    """Whether each of these is needed so that they are enough."""
    return not any(quorum.can_sign([each for each in some if each != one]) for one in some)


def _wrapped(text: str, begin: str) -> list[str]:
    spaces = " " * len(begin)
    return textwrap.wrap(plain_line(text), WIDTH, initial_indent=begin, subsequent_indent=spaces)


def what_if(
    inventory: Inventory,
    people: People | Mapping[str, str] | None = None,
    *,
    lost: Collection[str] = (),
    together: Collection[str] = (),
    still_signing: bool = False,
) -> WhatIf:
    """What if these people are lost, or act together?

    Args:
        inventory: what was seen.
        people: who holds which seat; the inventory's own list if left out.
        lost: people, or seats that nobody has claimed, who cannot sign any more.
        together: people or seats who sign whatever they like.
        still_signing: those who are lost can sign until it is done, which changes the advice: what
            only they can make possible comes first.

    Raises:
        InputError: both questions or none, a name that nobody has, or something else than sets.

    >>> from toolkit import Emulator, People, collect, what_if
    >>> emulator = Emulator.seeded()
    >>> inventory = collect(emulator.cobo_client(), emulator.privy_client())
    >>> people = People(dict.fromkeys(list(inventory.seats)[:2], "Alice"))
    >>> what_if(inventory, people=people, lost={"Alice"}).headline
    'Without Alice: 2 things stop, none go on.'
    """
    if not isinstance(inventory, Inventory):
        raise InputError(
            f"what_if asks an Inventory, not {type(inventory).__name__}.",
            hint="collect(…) makes one.",
        )
    if bool(lost) == bool(together):
        raise InputError(
            "what_if asks one question.", hint='Pass lost={"Alice"} or together={"Alice", "Bob"}.'
        )
    if people is not None:
        held = people if isinstance(people, People) else People(people)
        inventory = inventory.with_people(held)
    persons = persons_of(inventory)
    names = present_of(inventory, lost or together, persons)
    if lost:
        steps = steps_for(inventory, names, still_signing)
        touched = _touched(inventory, names, persons)
        return WhatIf("lost", names, inventory, steps, touched, still_signing=still_signing)
    reaches = _reaches(inventory, names, persons)
    enough = [reach.power for reach in reaches if reach.enough and not reach.power.state]
    remedies = remedies_for(inventory, names, enough)
    return WhatIf("together", names, inventory, remedies, reaches=reaches)


def wallets_of(inventory: Inventory, powers: Sequence[Power]) -> frozenset[str]:
    """The Privy wallets that these powers decide about: as owner, signer or app secret."""
    things = {power.thing for power in powers if power.kind == "approves"}
    apps = {power.thing for power in powers if power.kind == "decides"}
    decided = set()
    for wallet in inventory.wallets:
        mine = things & {wallet.owner_id or "", *signers_of(wallet)}
        unowned = not wallet.owner_id and inventory.seen_by.get(wallet.id, "") in apps
        if mine or unowned:
            decided.add(wallet.id)
    return frozenset(decided)


# ---- somebody is gone ----------------------------------------------------------------------------


def _touched(
    inventory: Inventory, gone: frozenset[str], persons: Mapping[str, str]
) -> tuple[Fate, ...]:
    over = _Over(inventory, persons)
    fates = [_unknown(power) for power in inventory.unknown_powers]
    fates += [over.fate(standing, gone) for standing in standings_with(inventory, gone)]
    return tuple(sorted(fates, key=_worst_first))


def _worst_first(row: Fate | Reach) -> tuple[int, int, str, str]:
    power = row.power
    return SEVERITIES.index(row.severity), -power.wallets, power.title, power.kind


def _unknown(power: Power) -> Fate:
    return Fate(power, (), "unknown", f"unknown: {power.why}", "medium", None, None)


def _unchanged(power: Power, people: Quorum) -> Fate:
    then = people.outlook()
    after, severity = _as_it_is(power)
    before = before_words(power, people)
    return Fate(power, (), before, after, severity, False, then.spare, then.single_points)


def _as_it_is(power: Power) -> tuple[str, Severity]:
    if power.state:
        return f"is {power.state}: nobody can use it now", "note"
    return "unchanged", "good"


@dataclass(frozen=True)
class _Over:
    """The powers of an organisation by place."""

    inventory: Inventory
    persons: Mapping[str, str]

    def fate(self, standing: Standing, gone: frozenset[str]) -> Fate:
        """What becomes of a power in which some of those who are gone have a seat."""
        power = standing.power
        seats = tuple((name, standing.seats[name]) for name in sorted(gone & standing.seats.keys()))
        before = _before(standing)
        spare, elsewhere = standing.spare(gone), ""
        stops = spare == -1 and not power.state
        if power.state:
            after, severity = _as_it_is(power)
        elif stops:
            elsewhere = self._elsewhere(power, gone)
            after, severity = self._stopping(power, elsewhere, gone)
        else:
            after, severity = _going_on(spare)
        points = standing.single_points(gone)
        left = 0 if spare == -1 else spare
        return Fate(power, seats, before, after, severity, stops, left, points, elsewhere)

    def _stopping(self, power: Power, elsewhere: str, gone: frozenset[str]) -> tuple[str, Severity]:
        if elsewhere:
            return f"stops here; the {elsewhere} goes on", "low"
        if power.kind == "shares" and self._goes_on(power.place, "rebuilds", gone):
            return "too few shares; the recovery group can rebuild it", "medium"
        if power.kind == "shares":
            return "too few shares, and no recovery group that could rebuild it", "high"
        if power.kind == "rebuilds":
            return "nobody can rebuild the main group any more", "medium"
        return "stops", "high"

    def _elsewhere(self, power: Power, gone: frozenset[str]) -> str:
        """Another group of the same vault that still gives this power."""
        for kind in ELSEWHERE[power.kind]:
            for other in self._goes_on(power.place, kind, gone):
                if other.id != power.id:
                    return other.name
        return ""

    def _goes_on(self, place: str, kind: Kind, gone: frozenset[str]) -> list[Power]:
        going_on = []
        for power in self.inventory.powers_over_vaults.get(place, ()):
            if (power.kind, power.state) == (kind, ""):
                people = power.held_by(self.persons)
                if people is not None and people.without(gone) is not None:
                    going_on.append(power)
        return going_on


def _going_on(spare: int | None) -> tuple[str, Severity]:
    if spare is None:
        return "goes on; how many more may be lost takes too long to count", "low"
    if spare == 0:
        return "goes on; nobody more may be lost", "medium"
    return f"goes on; {spare} more may be lost", "low"


def _before(standing: Standing) -> str:
    if standing.power.kind == "signs":
        return and_words(list(standing.seats))
    return _scheme(standing.power, standing.quorum)


def before_words(power: Power, people: Quorum) -> str:
    """A power as people say it: who signs by name, shares by number."""
    if power.kind == "signs":
        return and_words(list(people.ids))
    return _scheme(power, people)


def _scheme(power: Power, people: Quorum) -> str:
    scheme = f"{people.threshold} of {len(people.members)}"
    return f"{scheme} shares" if power.kind in ("shares", "rebuilds") else scheme


# ---- some act together ---------------------------------------------------------------------------


def _reaches(
    inventory: Inventory, together: frozenset[str], persons: Mapping[str, str]
) -> tuple[Reach, ...]:
    reaches = [_unknown_reach(power) for power in inventory.unknown_powers]
    for power in (each.power for each in standings_with(inventory, together)):
        people = power.held_by(persons)
        assert people is not None  # it would have no standing
        reaches.append(_reach(power, people, together))
    return tuple(sorted(reaches, key=_worst_first))


def _unknown_reach(power: Power) -> Reach:
    return Reach(power, (), None, None, f"unknown: {power.why}", "medium")


def _reach(power: Power, people: Quorum, together: frozenset[str]) -> Reach:
    mine = tuple(each for each in people.ids if each in together)
    rest = people.given(together)
    if rest is None:
        severity: Severity = "note" if power.state else "high"
        return Reach(power, mine, True, 0, "", severity)
    try:
        fewest, able = _fewest(rest)
    except InputError as error:  # too many to list: whoever is left, in words
        return Reach(power, mine, False, None, f"{rest.in_words()}; {error.what}", "low")
    if fewest == 1:
        return Reach(power, mine, False, 1, " or ".join(able), "medium")
    return Reach(power, mine, False, fewest, f"{fewest} of {', '.join(able)}", "low")


def _fewest(rest: Quorum) -> tuple[int, list[str]]:
    """How few of a quorum are enough, and everybody who may be one of them.

    Raises:
        InputError: they take too long to list.
    """
    if rest.depth == 1 and len(set(rest.direct)) == len(rest.members):  # whoever it is
        return rest.threshold, sorted(rest.direct)
    fewest = rest.fewest
    sets = [each for each in rest.signing_sets() if len(each) == fewest]
    return fewest, sorted(set().union(*sets))


def reach_in_words(reach: Reach) -> str:
    """How far they get, after *they*."""
    if reach.enough is None:
        return reach.completes
    if reach.enough:
        return f"are enough; but it is {reach.power.state}" if reach.power.state else "are enough"
    if reach.more is None:
        return f"are not enough; {reach.completes}"
    return f"need {reach.more} more: {reach.completes}"


# ---- tables --------------------------------------------------------------------------------------


def seats_in_words(fate: Fate) -> str:
    """Who of those who are lost has how many seats."""
    return ", ".join(f"{name}: {plural(count, 'seat')}" for name, count in fate.seats)


_POWER = (
    Column("where", of=lambda row: row.power.title),
    Column("power", "word", KINDS, of=lambda row: row.power.kind),
)
_IDS = (
    Column("wallets", "integer", of=lambda row: row.power.wallets),
    Column("service", "word", ("cobo", "privy"), of=lambda row: row.power.service),
    Column("thing_id", "id", of=lambda row: row.power.thing),
    Column("place_id", "id", of=lambda row: row.power.place or None),
    Column("power_id", "id", of=lambda row: row.power.id),
)
FATES = Table(
    (
        *_POWER,
        Column("seats", of=seats_in_words),
        Column("before", of=lambda fate: fate.before),
        Column("after", of=lambda fate: fate.after),
        Column("severity", "word", SEVERITIES, of=lambda fate: fate.severity),
        Column("stops", "flag", of=lambda fate: fate.stops),
        Column("elsewhere", of=lambda fate: fate.elsewhere or None),
        Column("spare", "integer", of=lambda fate: fate.spare),
        Column("single_points", of=lambda fate: ", ".join(sorted(fate.single_points)) or None),
        *_IDS,
    )
)
REACHES = Table(
    (
        *_POWER,
        Column("who", of=lambda reach: ", ".join(reach.mine)),
        Column("enough", "flag", of=lambda reach: reach.enough),
        Column("more", "integer", of=lambda reach: reach.more),
        Column("completes", of=lambda reach: reach.completes or None),
        Column("severity", "word", SEVERITIES, of=lambda reach: reach.severity),
        Column("state", of=lambda reach: reach.power.state or None),
        *_IDS,
    )
)
STEPS = Table(
    (
        Column("about", of=lambda step: step.about),
        Column("step", of=lambda step: step.sentence),
        Column("why", of=lambda step: step.why),
        Column("signers", of=lambda step: step.signers),
        Column("safe", "flag", of=lambda step: step.safe),
        Column("severity", "word", SEVERITIES, of=lambda step: step.severity),
        Column("thing_id", "id", of=lambda step: step.thing),
    )
)

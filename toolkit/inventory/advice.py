"""What to do about a loss, in an order in which enough people can sign at every moment.

Each step is tried on a model of the organisation and checked by ``power_change``: nobody who stays
may lose anything by it. First somebody new, then nobody old.

Source for Cobo: its manual on key share groups: a successor of a main group is made as a signing
group whose keys come from the main group, verified, and then made the main group; a signing or
recovery group is made anew, and the old one deleted, never before the new one is Valid.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self, overload

import msgspec

from toolkit.base.text import and_words, plural
from toolkit.findings import Severity
from toolkit.inventory.inventory import Inventory
from toolkit.inventory.margins import Standing, standings_with
from toolkit.inventory.powers import Kind, Power, held_by, persons_of, quorum_or_why, vault_quorum
from toolkit.privy import models as privy
from toolkit.quorum import Quorum, power_change

ONLY_NOW, RESTORE, CREDENTIALS, TIGHT, REPLACE, REMOVE = range(6)
OVER_A_VAULT: tuple[Kind, ...] = ("signs", "shares", "rebuilds")
NOBODY = "nobody can"
SPARES = 3  # members more than were lost, at most: one is enough for one more loss


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do. ``signers``: who takes part; ``why``: why now.

    ``safe``: whether ``power_change`` proves that nobody who stays loses anything by it; of what
    takes power from some, that nobody of today gains any. None where there is nothing to prove.
    """

    severity: Severity
    about: str
    thing: str
    sentence: str
    why: str
    signers: str
    safe: bool | None = None

    def __str__(self) -> str:
        return f"{self.about}: {self.sentence}. {self.why}".strip()


@dataclass(frozen=True)
class State:
    """An organisation as far as steps change it: quorums by id, and the powers over each vault."""

    quorums: Mapping[str, privy.KeyQuorum]
    vaults: Mapping[str, tuple[Power, ...]]
    persons: Mapping[str, str]

    @classmethod
    def of(cls, inventory: Inventory, people: frozenset[str]) -> State:
        """As it is now, as far as these people have a part in it: no step touches the rest."""
        theirs = [each.power for each in standings_with(inventory, people)]
        vaults = dict.fromkeys(power.place for power in theirs if power.service == "cobo")
        quorums = dict.fromkeys(power.thing for power in theirs if power.service != "cobo")
        over = {vault_id: inventory.powers_over_vaults[vault_id] for vault_id in vaults}
        return cls(_with_nested(inventory, quorums), over, persons_of(inventory))

    def with_quorum(self, quorum: privy.KeyQuorum) -> State:
        """The same, with this quorum in place of the one with its id."""
        return replace(self, quorums={**self.quorums, quorum.id: quorum})

    def with_vault(self, vault_id: str, powers: Sequence[Power]) -> State:
        """The same, with these powers over a vault."""
        return replace(self, vaults={**self.vaults, vault_id: tuple(powers)})

    def people(self, quorum_id: str) -> Quorum | None:
        """Who approves, by person; None where that is unknown."""
        quorum, _ = quorum_or_why(self.quorums[quorum_id], self.quorums)
        return None if quorum is None else held_by(quorum, self.persons)

    def powers(self, thing: str) -> dict[str, Quorum | None]:
        """The powers that a change of a thing may touch, by person: of a vault each kind, whichever
        group it comes through; of a quorum its own, and those that it stands in.
        """
        if thing in self.vaults:
            over = {kind: vault_quorum(self.vaults[thing], thing, kind) for kind in OVER_A_VAULT}
            return {
                kind: None if quorum is None else held_by(quorum, self.persons)
                for kind, quorum in over.items()
            }
        return {each: self.people(each) for each in (thing, *self._around(thing))}

    def _around(self, quorum_id: str) -> Iterator[str]:
        """The quorums that it stands in, at any depth."""
        around: set[str] = set()
        waiting = [quorum_id]
        while waiting:
            for outer in self._outer.get(waiting.pop(), ()):
                if outer not in around:
                    around.add(outer)
                    waiting.append(outer)
        return iter(sorted(around))

    @cached_property
    def _outer(self) -> dict[str, list[str]]:
        outer: dict[str, list[str]] = {}
        for quorum in self.quorums.values():
            for inner in quorum.key_quorum_ids or ():
                outer.setdefault(inner, []).append(quorum.id)
        return outer


def _with_nested(inventory: Inventory, ids: Iterable[str]) -> dict[str, privy.KeyQuorum]:
    """These quorums, and those inside them at any depth."""
    known = inventory.quorums_by_id
    inside: dict[str, privy.KeyQuorum] = {}
    waiting = list(ids)[::-1]
    while waiting:
        quorum = known.get(waiting.pop())
        if quorum is not None and quorum.id not in inside:
            inside[quorum.id] = quorum
            waiting += quorum.key_quorum_ids or ()
    return inside


def nobody_loses(then: State, now: State, thing: str, gone: frozenset[str]) -> bool:
    """Whether a step takes nothing from those who stay; True is a proof."""
    before, after = then.powers(thing), now.powers(thing)
    for name, quorum in before.items():
        if quorum is None:
            continue
        stay = quorum.without(gone)
        still = after[name]
        rest = None if still is None else still.without(gone)
        search = power_change(stay, rest).search_lost()
        if search.members is not None or not search.proven:
            return False
    return True


@dataclass(frozen=True, slots=True)
class Draft:
    """A step before it was tried: when, how much hangs on it, what it is about, and what it
    changes. It is put into words once somebody reads it.
    """

    phase: int
    wallets: int
    about: str
    step: Callable[[], Step]
    changes: Callable[[State], State] | None = None
    touches: str = ""

    @classmethod
    def of(
        cls,
        phase: int,
        wallets: int,
        step: Step,
        changes: Callable[[State], State] | None = None,
        touches: str = "",
    ) -> Self:
        """One that is in words already."""
        return cls(phase, wallets, step.about, lambda: step, changes, touches)


def in_order(drafts: Iterable[Draft]) -> Sequence[Draft]:
    """What is done first stands first."""
    return sorted(drafts, key=lambda each: (each.phase, -each.wallets, each.about))


class Steps(Sequence[Step]):
    """Steps in this order, each tried on what those before it left, once somebody reads so far: of
    a thousand the first are read.
    """

    def __init__(self, drafts: Sequence[Draft], state: State, gone: frozenset[str]) -> None:
        self._drafts, self._state, self._gone = drafts, state, gone
        self._tried: list[Step] = []

    def __len__(self) -> int:
        return len(self._drafts)

    @overload
    def __getitem__(self, at: int) -> Step: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Step]: ...
    def __getitem__(self, at: int | slice) -> Step | Sequence[Step]:
        wanted = range(len(self))[at]
        for draft in self._drafts[len(self._tried) : _end(wanted)]:
            self._tried.append(self._try(draft))
        return self._tried[at]

    def _try(self, draft: Draft) -> Step:
        step = draft.step()
        if draft.changes is None:
            return step
        following = draft.changes(self._state)
        safe = nobody_loses(self._state, following, draft.touches, self._gone)
        self._state = following
        return replace(step, safe=safe)


def _end(wanted: int | range) -> int:
    """Behind the last of these places."""
    places = (wanted,) if isinstance(wanted, int) else wanted
    return max(places, default=-1) + 1


def steps_for(inventory: Inventory, gone: frozenset[str], still_signing: bool) -> Steps:
    """What to do about the loss of these people."""
    state = State.of(inventory, gone)
    advice = _Advice(inventory, state, gone, still_signing)
    drafts = [*advice.at_privy(), *advice.at_cobo(), *advice.credentials()]
    return Steps(in_order(drafts), state, gone)


@dataclass
class _Advice:
    """Drafts for the loss of these people, who may still sign until it is done."""

    inventory: Inventory
    state: State
    gone: frozenset[str]
    still_signing: bool

    def __post_init__(self) -> None:
        self._numbers = itertools.count(1)
        self.names = and_words(sorted(self.gone))

    def newcomers(self, count: int) -> list[str]:
        """Seats for people who are not here yet."""
        return [f"somebody new {next(self._numbers)}" for _ in range(count)]

    def act(self, quorum: Quorum) -> Quorum | None:
        """Of a quorum by person: those who can take part in a step; None: they are too few."""
        return quorum if self.still_signing else quorum.without(self.gone)

    def is_gone(self, seat: str) -> bool:
        """Whether somebody who is gone holds a seat."""
        return self.state.persons.get(seat, seat) in self.gone

    # ---- Privy ----

    def at_privy(self) -> Iterator[Draft]:
        """For each quorum in which they have a seat of their own."""
        for standing in standings_with(self.inventory, self.gone):
            quorum = self.state.quorums.get(standing.power.thing)
            seats = [] if quorum is None else list(filter(self.is_gone, _direct(quorum)))
            if quorum is not None and seats:
                yield from self._quorum(quorum, standing, seats)

    def _quorum(
        self, quorum: privy.KeyQuorum, standing: Standing, seats: Sequence[str]
    ) -> Iterator[Draft]:
        about = quorum.display_name or quorum.id
        wallets = standing.power.wallets
        owned = _behind(wallets)
        spare = standing.spare(self.gone)
        stops = spare == -1
        if stops and not self.still_signing:
            why = (
                f"Too few members are left to change it.{owned} What Privy can do then is "
                "documented nowhere: ask its support."
            )
            step = Step("high", about, quorum.id, "it is locked", why, NOBODY)
            yield Draft.of(ONLY_NOW, wallets, step)
            return
        larger = functools.cache(lambda: self._larger(quorum, len(seats)))
        phase, severity, why = _urgency_of(spare)
        if stops:
            why = f"Only while {self.names} can sign: later nobody can repair it.{owned}"

        def add() -> Step:
            added = plural(larger().size - quorum.size, "member")
            sentence = f"add {added} and leave the threshold at {quorum.required}"
            people = standing.power.held_by(self.state.persons)
            act = None if people is None else self.act(people)
            who = NOBODY if act is None else act.in_words()
            return Step(severity, about, quorum.id, sentence, why, who)

        def take_out() -> Step:
            with_them = self.state.with_quorum(larger()).people(quorum.id)
            left = with_them.without(self.gone) if with_them else None
            return Step(
                "note",
                about,
                quorum.id,
                f"take {self.names} out",
                "Last of all, once the new members have signed something.",
                left.in_words() if left else NOBODY,
            )

        def with_more(state: State) -> State:
            return state.with_quorum(larger())

        def without_them(state: State) -> State:
            return state.with_quorum(_without_seats(larger(), seats))

        yield Draft(phase, wallets, about, add, with_more, quorum.id)
        yield Draft(REMOVE, wallets, about, take_out, without_them, quorum.id)

    def _larger(self, quorum: privy.KeyQuorum, lost: int) -> privy.KeyQuorum:
        """With as many newcomers as are needed so that one more may be lost, then."""
        larger = quorum
        for added in range(lost, lost + SPARES):
            users = [*(quorum.user_ids or ()), *self.newcomers(added)]
            larger = msgspec.structs.replace(
                quorum, user_ids=users, authorization_threshold=quorum.required
            )
            people = self.state.with_quorum(larger).people(quorum.id)
            if people is not None and people.outlook(self.gone).spare:
                break
        return larger

    # ---- Cobo ----

    def at_cobo(self) -> Iterator[Draft]:
        """For each group in which they hold a share."""
        for vault_id, powers in self.state.vaults.items():
            for thing in dict.fromkeys(power.thing for power in powers):
                own = [power for power in powers if power.thing == thing]
                seats = {seat for power in own if power.quorum for seat in power.quorum.ids}
                if any(map(self.is_gone, seats)):
                    yield from self._group(vault_id, powers, own)

    def _group(
        self, vault_id: str, powers: Sequence[Power], own: Sequence[Power]
    ) -> Iterator[Draft]:
        power = own[0]
        if power.state:
            sentence = f"make it anew without {self.names}"
            why = f"It is {power.state}, and cannot be used as it is."
            step = Step("low", power.title, power.thing, sentence, why, "whoever makes it")
            yield Draft.of(REPLACE, 0, step)
            return
        source, how = self._source(powers)
        if source is None:
            severity: Severity = "high" if power.name == "main group" else "medium"
            why = "Too few shares of the vault’s key are left to make another group. Ask Cobo."
            sentence = f"it cannot be replaced: {self.names} held too many shares"
            step = Step(severity, power.title, power.thing, sentence, why, NOBODY)
            yield Draft.of(ONLY_NOW, 0, step)
            return
        yield from self._replaced(vault_id, own, source, how)

    def _replaced(
        self, vault_id: str, own: Sequence[Power], source: Quorum, how: str
    ) -> Iterator[Draft]:
        power = own[0]
        fresh = self._without_the_gone(own)
        kind = "recovery group" if power.kind == "rebuilds" else "signing group"
        phase, severity, why = self._urgency_of_group(own)
        sentence = f"make a {kind} in which somebody new has the seat of {self.names}{how}"
        made = Step(severity, power.title, power.thing, sentence, why, source.in_words())
        yield Draft.of(phase, 0, made, lambda state: _with(state, vault_id, fresh), vault_id)
        last = "delete the old one"
        if power.name == "main group":
            last = "make the new one the main group"
        why = "Last of all, once the new group is Valid and has signed something."
        if power.kind == "rebuilds":
            why = "Last of all, once the new group is Valid."
        end = Step("note", power.title, power.thing, last, why, "an Admin of the organisation")
        thing = power.thing
        yield Draft.of(REMOVE, 0, end, lambda state: _gone(state, vault_id, thing), vault_id)

    def _source(self, powers: Sequence[Power]) -> tuple[Quorum | None, str]:
        """From whose shares another group can be made: the main group's first."""
        ways = (
            ("main group", "shares", ""),
            (
                "recovery group",
                "rebuilds",
                ": first rebuild the main group from the recovery group",
            ),
            ("signing group", "shares", ": first make the signing group the main group"),
        )
        for name, kind, how in ways:
            for power in powers:
                if (power.name, power.kind, power.state) == (name, kind, "") and power.quorum:
                    source = self.act(held_by(power.quorum, self.state.persons))
                    if source is not None:
                        return source, how
        return None, ""

    def _urgency_of_group(self, own: Sequence[Power]) -> tuple[int, Severity, str]:
        worst = (REPLACE, "low", "It goes on as it is.")
        for power in own:
            people = power.held_by(self.state.persons)
            if people is None:
                continue
            outlook = people.outlook(self.gone)
            stops = not outlook.can_sign
            worst = min(worst, _urgency_of(-1 if stops else outlook.spare))
            if stops and power.kind == "shares" and self.still_signing:
                why = f"Only while {self.names} can take part: later too few shares are left."
                worst = min(worst, (ONLY_NOW, "high", why))
        phase, severity, why = worst
        return phase, severity, why  # type: ignore[return-value]  # the words are those of Severity

    def _without_the_gone(self, own: Sequence[Power]) -> list[Power]:
        """The powers of a group in which somebody new sits where they did."""
        seats = {seat: seat for power in own if power.quorum for seat in power.quorum.ids}
        lost = [seat for seat in seats if self.is_gone(seat)]
        seats |= dict(zip(lost, self.newcomers(len(lost)), strict=True))
        thing = f"in place of {own[0].thing}"
        return [
            replace(
                power,
                id=f"{thing}:{power.kind}",
                thing=thing,
                quorum=power.quorum.held_by(seats) if power.quorum else None,
            )
            for power in own
        ]

    # ---- what was in their hands ----

    def credentials(self) -> Iterator[Draft]:
        """API keys and app secrets that they hold: alone or not, they know them."""
        for seat in self.inventory.seats.values():
            if seat.kind not in ("API key", "app secret") or not self.is_gone(seat.id):
                continue
            about = seat.label or seat.kind
            sentence = "replace it: make a new one first, then delete this one"
            why = f"It was in the hands of {self.names}."
            who = "an administrator, in the vendor’s own pages"
            step = Step("medium", f"{seat.kind} {about}", seat.id, sentence, why, who)
            yield Draft.of(CREDENTIALS, 0, step)


def _urgency_of(spare: int | None) -> tuple[int, Severity, str]:
    """By how many more may be lost then; -1: it stops."""
    if spare == -1:
        return RESTORE, "high", "It stops without them."
    if spare == 0:
        return TIGHT, "medium", "It goes on, but the next loss stops it."
    return REPLACE, "low", "It goes on as it is."


def _direct(quorum: privy.KeyQuorum) -> list[str]:
    """The seats of a quorum itself: keys by fingerprint, users."""
    keys = [privy.member_identity(key.public_key) for key in quorum.authorization_keys]
    return [*keys, *(quorum.user_ids or ())]


def _without_seats(quorum: privy.KeyQuorum, seats: Sequence[str]) -> privy.KeyQuorum:
    keys = [
        key
        for key in quorum.authorization_keys
        if privy.member_identity(key.public_key) not in seats
    ]
    users = [user for user in quorum.user_ids or () if user not in seats]
    return msgspec.structs.replace(quorum, authorization_keys=keys, user_ids=users)


def _with(state: State, vault_id: str, fresh: Sequence[Power]) -> State:
    return state.with_vault(vault_id, [*state.vaults[vault_id], *fresh])


def _gone(state: State, vault_id: str, thing: str) -> State:
    kept = [power for power in state.vaults[vault_id] if power.thing != thing]
    return state.with_vault(vault_id, kept)


# ---- taking power from some who are enough -------------------------------------------------------


def remedies_for(inventory: Inventory, together: frozenset[str], enough: Sequence[Power]) -> Any:
    """What would take these powers from people who are enough for them, most wallets first."""
    state = State.of(inventory, together)
    steps = [_remedy(state, together, power) for power in enough]
    order = dict(zip((power.id for power in enough), steps, strict=True))
    ranked = sorted(enough, key=lambda power: (-power.wallets, power.title))
    return tuple(order[power.id] for power in ranked)


def _remedy(state: State, together: frozenset[str], power: Power) -> Step:
    if power.kind == "decides":
        sentence = "make a key quorum the owner of each"
        who = "whoever has the app secret"
        return Step("high", power.title, power.thing, sentence, _behind(power.wallets).strip(), who)
    people = power.held_by(state.persons)
    assert people is not None  # they would not be enough
    if power.kind == "approves":
        return _raised(state, together, power, people)
    names = and_words([each for each in people.ids if each in together])
    kind = "recovery group" if power.kind == "rebuilds" else "main group"
    sentence = f"make another {kind} in which {names} hold too few seats, then give this one up"
    why = f"{power.quorum.threshold if power.quorum else 0} shares are enough, and theirs are."
    return Step("high", power.title, power.thing, sentence, why, people.in_words())


def _raised(state: State, together: frozenset[str], power: Power, people: Quorum) -> Step:
    """The smallest change after which they are too few, and one loss can still be borne."""
    quorum = state.quorums[power.thing]
    owned = _behind(power.wallets).strip()
    for added in range(len(together) + SPARES):
        users = [*(quorum.user_ids or ()), *(f"somebody new {at}" for at in range(added))]
        for threshold in range(quorum.required, quorum.size + added + 1):
            larger = msgspec.structs.replace(
                quorum, user_ids=users, authorization_threshold=threshold
            )
            after = state.with_quorum(larger).people(quorum.id)
            if after is None or after.can_sign(together) or not after.outlook().spare:
                continue
            sentence = f"raise the threshold to {threshold} of {larger.size}"
            if added:
                sentence = f"add {plural(added, 'member')} and {sentence}, in one change"
            return Step(
                "high", power.title, power.thing, sentence, owned,
                people.in_words(), nobody_gains(people, after),
            )  # fmt: skip
    sentence = "replace a member: no threshold takes it from them"
    return Step("high", power.title, power.thing, sentence, owned, people.in_words())


def _behind(wallets: int) -> str:
    return f" Wallets behind it: {wallets}." if wallets else ""


def nobody_gains(before: Quorum, after: Quorum) -> bool:
    """Whether a remedy gives nobody of today the power that they had not; True is a proof."""
    search = power_change(before, after).search_gained()
    newcomers = search.members is not None and any(
        each.startswith("somebody new") for each in search.members
    )
    return (search.members is None and search.proven) or newcomers

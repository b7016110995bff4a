"""The order of changes at Cobo: a handover in words, before anybody begins it.

There a group is not changed: a successor takes its place, in the four steps of ``cobo.Handover``.
The old group holds until the successor has its keys, so at every moment enough shares exist among
those who stay; that is checked here, and a plan is refused where it would not be so. A plan keeps
nothing: ``plan.handover(client, vault_id)`` finds how far it is, and goes on there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from toolkit.base.text import and_words, plain_line, plural
from toolkit.base.validate import texts
from toolkit.cobo import handover
from toolkit.cobo.checks import group_problems
from toolkit.cobo.client import Client
from toolkit.cobo.findings import nodes_in_vault
from toolkit.cobo.models import (
    WITH_COBO,
    CreateKeyShareHolder,
    CreateKeyShareHolderGroupRequest,
    KeyShareHolder,
    KeyShareHolderGroup,
)
from toolkit.cobo.powers import COBO, Powers, powers_of
from toolkit.cobo.seats import nodes_of
from toolkit.cobo.tss import name_of, people_of
from toolkit.errors import InputError
from toolkit.findings import Finding
from toolkit.quorum import Quorum

WORDS = {"MainGroup": "cobo.upgrade-invalidates"}  # what the last step takes; else:
_DELETES = "cobo.handover-deletes"
_COBOS_SEAT = "seat 1"  # where Cobo's own node is not told: see powers_of
Group = KeyShareHolderGroup
Request = CreateKeyShareHolderGroupRequest
Holder = KeyShareHolder | CreateKeyShareHolder


@dataclass(frozen=True, slots=True)
class Move:
    """One step of a handover, in words.

    ``who`` says who must do what. ``holding``: who holds enough shares once it is done, a Quorum
    for each group that has keys then. ``findings`` take a word where it is carried out.
    """

    name: handover.StepName
    title: str
    who: tuple[str, ...]
    holding: tuple[Quorum, ...]
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class HandoverPlan:
    """From one group to its successor. A value: it is carried out, and resumed, by a Handover.

    ``stay``, ``come`` and ``leave`` are holders by name.
    """

    before: Group
    after: Request
    steps: tuple[Move, ...]
    stay: tuple[str, ...] = ()
    come: tuple[str, ...] = ()
    leave: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)

    def handover(self, client: Client, vault_id: str) -> handover.Handover:
        """What carries it out: ``.look()`` shows how far it is, ``.run(acknowledge=…)`` goes on
        there, after any stop, and never makes a second group. Sends nothing by itself.

        Raises:
            InputError: no client of Cobo.
        """
        return handover.Handover(
            client,
            vault_id,
            self.before,
            self.after.key_share_holders,
            threshold=self.after.threshold,
            participants=self.after.participants,
        )

    def in_words(self, names: Mapping[str, str] | None = None) -> Iterator[str]:
        """The steps, a line each. ``names``: node → what to call it."""
        known = {**self.names, **(names or {})}
        for at, step in enumerate(self.steps, 1):
            holding = " and ".join(quorum.in_words(known) for quorum in step.holding)
            said = [f"{at}. {step.title}.", *step.who, f"Enough shares then: {holding}."]
            said += [f"It takes a word ({each.rule}): {each.text}" for each in step.findings]
            yield " ".join(said)

    def __repr__(self) -> str:
        return f"<HandoverPlan: {plural(len(self.steps), 'step')}>"


def plan_handover(
    before: Group,
    after: Group | Request,
    *,
    leaving_sign: Collection[str] = (),
    main: Group | None = None,
) -> HandoverPlan:
    """An order in which enough shares exist at every moment, and none is left with whoever leaves.

    A holder stays who has the same name, or node, in both.

    Args:
        before: a group with keys, as Cobo answers it.
        after: the request for the successor, or the group with other holders.
        leaving_sign: of those who leave, by name or node, who will help until the last step, where
            those who stay are not enough.
        main: for a signing or recovery group, the vault's main group, which gives the shares.

    Raises:
        InputError: no such order exists, with the reason; or it is unknown who holds the shares.
    """
    there = _known_powers("before", before)
    request = _request(before, after)
    people = _People.of(before, request)
    if people.is_same(before, request):
        return HandoverPlan(before, request, (), stay=people.stay)
    following = _known_powers("after", request)
    _must_make_a_group(request, following)
    source = _source(before, main)
    groups = [before] if source in (None, before) else [before, source]
    powers = [there, *(_known_powers("main", each) for each in groups[1:])]
    holding = tuple(map(_shares, powers))
    helping = people.helping(leaving_sign)
    _must_be_enough(holding, people.relied_on(groups, helping), gives=source is not None)
    moves = tuple(_moves(before, request, people, source, holding, _shares(following)))
    names = dict(pair for each in (*powers, following) for pair in each.names.items())
    return HandoverPlan(before, request, moves, people.stay, people.come, people.leave, names)


def _source(before: Group, main: Group | None) -> Group | None:
    """The group that gives the shares; None where it is not shown."""
    if before.type == handover.MAIN:
        return before
    if main is not None and main.type != handover.MAIN:
        raise InputError("main is no main group.", hint="Pass the one that gives the shares.")
    return main


def _must_be_enough(holding: Sequence[Quorum], relied_on: frozenset[str], *, gives: bool) -> None:
    """Raises InputError where, before the old group ends, too few could sign or give shares.

    ``holding``: of the old group, and of the main group where that is another one; the last of them
    gives the shares, if ``gives``.
    """
    if gives:
        _must_reach(holding[-1], relied_on, "give the shares of the main group")
    if not any(quorum.can_sign(relied_on) for quorum in holding):
        _must_reach(holding[0], relied_on, "sign while the old group is there")


@dataclass(frozen=True, slots=True)
class _People:
    """Who stays, comes and leaves, by name; Cobo is none of them, and stays."""

    stay: tuple[str, ...]
    come: tuple[str, ...]
    leave: tuple[str, ...]
    leaving: tuple[KeyShareHolder, ...]

    @classmethod
    def of(cls, before: Group, request: Request) -> _People:
        old, new = people_of(before), request.key_share_holders
        _must_be_told_apart("before", old)
        _must_be_told_apart("after", new)
        leaving = tuple(each for each in old if not _is_among(each, new))
        return cls(
            stay=tuple(name_of(each) for each in old if _is_among(each, new)),
            come=tuple(_called(each) for each in new if not _is_among(each, old)),
            leave=tuple(map(name_of, leaving)),
            leaving=leaving,
        )

    def is_same(self, before: Group, request: Request) -> bool:
        """Whether nothing would change: the same nodes, as many of them needed."""
        nodes = {each.tss_node_id for each in people_of(before)}
        scheme = (before.threshold, before.participants)
        asked = {each.tss_node_id for each in request.key_share_holders}
        return (nodes, scheme) == (asked, (request.threshold, request.participants))

    def helping(self, leaving_sign: Collection[str]) -> tuple[str, ...]:
        """Who of those who leave will help. Raises InputError for somebody who does not leave."""
        helping = texts(leaving_sign, "leaving_sign")
        known = {each.name for each in self.leaving} | {each.tss_node_id for each in self.leaving}
        strange = [each for each in helping if each not in known]
        if strange:
            raise InputError(
                f"leaving_sign: {plain_line(strange[0])} does not leave.",
                hint="Write names, or node ids, of holders of the old group alone.",
            )
        return helping

    def relied_on(self, groups: Sequence[Group], helping: Collection[str]) -> frozenset[str]:
        """Nodes in these groups that may be needed: all but those of whoever leaves and does not
        help.
        """
        gone = [each for each in self.leaving if not {each.name, each.tss_node_id} & {*helping}]
        theirs = {
            each.tss_node_id or ""
            for group in groups
            for each in people_of(group)
            if not _is_among(each, gone)
        }
        return frozenset({*_cobos_nodes(groups), *theirs})


def _cobos_nodes(groups: Sequence[Group]) -> set[str]:
    """How Cobo's own holder is called as a member: see ``powers_of``."""
    holders = [each for group in groups for each in group.key_share_holders or ()]
    return {COBO} | {each.tss_node_id or _COBOS_SEAT for each in holders if each.type == COBO}


def _must_be_told_apart(name: str, holders: Sequence[Holder]) -> None:
    """Raises InputError where one name stands for two: who stays could not be told."""
    names = [each.name for each in holders if each.name]
    twice = sorted({each for each in names if names.count(each) > 1})
    if twice:
        raise InputError(
            f"{name}: {plain_line(twice[0])} stands there twice, so nobody can tell who stays.",
            hint="Give each holder a name of its own.",
        )


def _is_among(holder: Holder, others: Collection[Holder]) -> bool:
    return any(
        (holder.tss_node_id and holder.tss_node_id == each.tss_node_id)
        or (holder.name and holder.name == each.name)
        for each in others
    )


def _called(holder: CreateKeyShareHolder) -> str:
    return holder.name or holder.tss_node_id or "somebody"


def _request(before: Group, after: Group | Request) -> Request:
    """The request for the successor, from itself or from an edited copy of the group."""
    if isinstance(after, Request):
        holders, kind = after.key_share_holders, after.key_share_holder_group_type
    elif isinstance(after, Group):
        kind = after.type or ""
        holders = tuple(
            CreateKeyShareHolder(
                name=each.name,
                type=each.type,
                tss_node_id=each.tss_node_id,
                signer=each.signer if kind in WITH_COBO else None,
            )
            for each in people_of(after)
        )
    else:
        raise InputError(
            f"after must be a group or the request for one, not {type(after).__name__}.",
            hint="Pass a cobo.KeyShareHolderGroup or a cobo.CreateKeyShareHolderGroupRequest.",
        )
    asked = handover.successor_type(before.type or "")
    if handover.successor_type(kind) != asked:
        raise InputError(
            f"after is a {plain_line(kind)}, and the successor of a {before.type} is made as a "
            f"{asked}.",
            hint="A handover keeps what a group is for.",
        )
    return Request(
        key_share_holder_group_type=asked,
        threshold=after.threshold or 0,
        participants=after.participants or 0,
        key_share_holders=holders,
    )


def _must_make_a_group(request: Request, powers: Powers) -> None:
    """Raises InputError where Cobo would not take it, or nobody would know who signs after it."""
    blocking = [each for each in group_problems(request) if each.blocks]
    if blocking:
        raise InputError(f"after: {blocking[0].sentence}", hint=blocking[0].remedy)
    if request.key_share_holder_group_type in WITH_COBO and powers.signing is None:
        raise InputError(f"after: {powers.why}", hint="Say signer=True or False for each holder.")
    if not all(each.tss_node_id for each in request.key_share_holders):
        raise InputError(
            "after: a holder has no node, by which the successor would be known again.",
            hint="Give tss_node_id for each of them.",
        )


def _known_powers(name: str, group: Group | Request) -> Powers:
    if not isinstance(group, Group | Request):
        raise InputError(
            f"{name} must be a group, not {type(group).__name__}.",
            hint="Pass what get_key_share_holder_group_by_id answers.",
        )
    if isinstance(group, Group) and group.status != "Valid":
        raise InputError(
            f"{name}: group {group.key_share_holder_group_id} is {group.status}, so it has no keys "
            "to hand over.",
            hint="Only a Valid group is handed over.",
        )
    powers = powers_of(group)
    if powers.shares is None and not powers.readings.get("added"):
        raise InputError(f"{name}: {powers.why}", hint="Pass the whole group.")
    return powers


def _shares(powers: Powers) -> Quorum:
    """Who holds enough: of a recovery group that does not list all, with Cobo's share."""
    shares = powers.shares or powers.readings["added"]
    assert shares is not None
    return shares


def _must_reach(shares: Quorum, there: frozenset[str], what: str) -> None:
    if shares.can_sign(there):
        return
    count = sum(each in there for each in shares.ids)
    raise InputError(
        f"{shares.threshold} must {what}, and only {plural(count, 'node')} of them "
        f"{'is' if count == 1 else 'are'} with Cobo or with those who stay: without whoever leaves "
        "it cannot begin.",
        hint="Pass leaving_sign={…} with those of them who will help until the end.",
    )


def _moves(
    before: Group,
    request: Request,
    people: _People,
    source: Group | None,
    before_it_ends: Sequence[Quorum],
    following: Quorum,
) -> Iterator[Move]:
    holders, kind = request.key_share_holders, before.type or ""
    nodes = [each.tss_node_id or "" for each in holders]
    seated = nodes_of([group for group in (before, source) if group is not None])
    named = ", ".join(f"{_called(each)} on {each.tss_node_id}" for each in holders)
    old = tuple(before_it_ends)
    yield Move(
        "group",
        handover.step_title("group", kind),
        (f"{handover.COMPARED}: {named}.",),
        old,
        tuple(nodes_in_vault(nodes, seated)),
    )
    gives = "The vault’s main group gives the shares: as many of its holders as it needs."
    if source is not None:
        gives = handover.must_give(source)
    asked = (handover.must_be_online(holders), gives, handover.RULES_FIRST)
    yield Move("keys", handover.step_title("keys"), asked, old)
    waits = (handover.THEY_CONFIRM, "Until then nothing of the old group has changed.")
    yield Move("valid", handover.step_title("valid"), waits, (*old, following))
    left = old[1:] if source is not before else ()
    yield Move(
        "end",
        handover.step_title("end", kind),
        tuple(_ending(before, people, source)),
        (following, *left),
    )


def _ending(before: Group, people: _People, source: Group | None) -> Iterator[str]:
    yield handover.COMPARED_AT_THE_END
    if people.leave:
        yield f"{and_words(people.leave)} can do nothing with the group afterwards."
    if source is not None and source is not before:
        seated = [name_of(each) for each in people_of(source) if _is_among(each, people.leaving)]
        if seated:
            yield f"{and_words(seated)} still holds a share of the main group: hand that over, too."
    yield f"It takes a word: {WORDS.get(before.type or '', _DELETES)}."

"""Handover: a group with other holders takes the place of one that is there.

Four steps: the successor is made, its keys are asked for, they are waited for, and only then the
old main group is replaced (an upgrade) or the old signing or recovery group is deleted. Source:
Cobo's manual, key share transfer. How far it is follows from what the service shows and from the
journal, never from memory: after a crash the same call goes on at the step that it was at.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from toolkit.base.card import Card, Carded, Listed, Sentence
from toolkit.base.text import and_words
from toolkit.base.times import moment
from toolkit.base.validate import text
from toolkit.client.journal import Entry
from toolkit.cobo import models, operations
from toolkit.cobo.approvers import LAPSES_MS
from toolkit.cobo.client import Client
from toolkit.cobo.findings import nodes_in_vault
from toolkit.cobo.powers import powers_of
from toolkit.cobo.seats import nodes_of, title_of
from toolkit.cobo.tss import FAILED, name_of, people_of
from toolkit.errors import ApiError, InputError, NotFound, RequestRefused
from toolkit.findings import Finding, documented, ours
from toolkit.request.call import Call

StepName = Literal["group", "keys", "valid", "end"]
StepState = Literal["done", "now", "later"]
MANUAL = documented("Cobo manual, key share transfer")
OURS = ours("our rule: what ends another group takes a word")
DONE = ("answered", "adopted")  # states of an entry in the journal
Group = models.KeyShareHolderGroup
MAIN = "MainGroup"

# What people do in each step, in the words of look() and of a plan.
COMPARED = "Whoever approves compares names and node ids"
COMPARED_AT_THE_END = "Whoever approves compares names, node ids and the group’s id."
RULES_FIRST = "Nodes that follow a rule need it first: cobo.node_rules(successor, vault)."
THEY_CONFIRM = "Its holders confirm the request, and their nodes make the keys."


def step_title(name: StepName, kind: str = "") -> str:
    """What a step is called. ``kind``: the type of the group that is made, or that ends."""
    titles = {
        "group": f"Make the successor, a {title_of(successor_type(kind)).lower()}",
        "keys": "Ask for its keys, made from the main group’s",
        "valid": "Wait until it is Valid",
        "end": f"Delete the old {title_of(kind).lower()}",
    }
    if (name, kind) == ("end", MAIN):
        return "Make it the main group"
    return titles[name]


def successor_type(kind: str) -> str:
    """The type in which the successor of such a group is made: no second main group."""
    return "SigningGroup" if kind == MAIN else kind


def must_be_online(holders: Iterable[models.CreateKeyShareHolder]) -> str:
    """What the successor's holders do for its keys."""
    return f"{and_words(_names(holders))}: their nodes must be online within 24 hours."


def must_give(main: Group) -> str:
    """What the main group's holders do for the keys."""
    k, n = main.threshold, main.participants
    return f"Of the main group {k} of {n} must be online, Cobo’s node included."


@dataclass(frozen=True, slots=True)
class HandoverStep:
    """One step of a handover.

    ``call`` is what is sent in it: None where it only waits, or where it follows from an earlier
    step. ``who`` says who must do what, in sentences. ``findings`` keep it from being sent: those
    that do not block can be acknowledged by their rule.

    >>> holders = [
    ...     cobo.CreateKeyShareHolder(name=name, type="API", tss_node_id=node)
    ...     for name, node in zip(["Jon", "Kaya"], emulator.spare_nodes)
    ... ]
    >>> step = cobo.Handover(custody, emulator.vault_id, recovery, holders).look().now
    >>> step.name, step.call.operation.name
    ('group', 'create_key_share_holder_group')
    """

    name: StepName
    title: str
    state: StepState
    call: Call[Any] | None = None
    who: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, repr=False)
class HandoverState(Carded):
    """How far a handover is, as the service and the journal showed it: a value, which sends
    nothing.

    ``old`` is the group that is replaced, None once it is gone; ``successor`` the new one, None
    until it is made; ``tss_request`` the newest request for its keys. ``environment`` is where.

    >>> holders = [
    ...     cobo.CreateKeyShareHolder(name=name, type="API", tss_node_id=node)
    ...     for name, node in zip(["Jon", "Kaya"], emulator.spare_nodes)
    ... ]
    >>> state = cobo.Handover(custody, emulator.vault_id, recovery, holders).look()
    >>> state.done, state.successor
    (False, None)
    """

    steps: tuple[HandoverStep, ...]
    old: Group | None
    successor: Group | None
    tss_request: models.TSSRequest | None
    environment: str

    @property
    def now(self) -> HandoverStep | None:
        """The step that it is at; None once it is done."""
        return next((step for step in self.steps if step.state == "now"), None)

    @property
    def done(self) -> bool:
        """Whether the successor has taken the old group's place."""
        return self.now is None

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What has to be acknowledged on the way, or blocks it, of all steps that are left."""
        left = [step for step in self.steps if step.state != "done"]
        return tuple(finding for step in left for finding in step.findings)

    def _card(self) -> Card:
        now = self.now
        rows = [(step.state, step.title, " ".join(step.who)) for step in self.steps]
        facts: list[tuple[str, object]] = [("now", Sentence(now.title if now else "done"))]
        if self.successor is not None:
            facts.append(("successor", self.successor.key_share_holder_group_id))
        more = [(each.rule, Sentence(each.text)) for each in self.findings]
        table = Listed("Steps", ("", "step", "who must do what"), rows, len(rows))
        return Card("cobo.HandoverState", facts, self.environment, more, [table])


class Handover:
    """A handover, from the old group to a successor with these holders. Making it sends nothing.

    Args:
        client: whose API key signs.
        vault_id: the vault of both groups.
        group: the group that is replaced, or its id.
        holders: of the successor, as for ``cobo.CreateKeyShareHolderGroupRequest``.
        threshold, participants: of the successor; as in the old group otherwise.
        original_main_group_handling: what becomes of an old main group: ``Invalidate`` (it is gone
            for good) or ``ConvertToSigningGroup``.

    Raises:
        InputError: no client of Cobo, no holders, or an unknown handling.

    >>> holders = [
    ...     cobo.CreateKeyShareHolder(name=name, type="API", tss_node_id=node)
    ...     for name, node in zip(["Jon", "Kaya"], emulator.spare_nodes)
    ... ]
    >>> handover = cobo.Handover(custody, emulator.vault_id, recovery, holders)
    >>> for step in handover.look().steps:
    ...     print(step.state, step.title)
    now Make the successor, a recovery group
    later Ask for its keys, made from the main group’s
    later Wait until it is Valid
    later Delete the old recovery group
    """

    def __init__(
        self,
        client: Client,
        vault_id: str,
        group: Group | str,
        holders: Iterable[models.CreateKeyShareHolder],
        *,
        threshold: int | None = None,
        participants: int | None = None,
        original_main_group_handling: str = "Invalidate",
    ) -> None:
        if not isinstance(client, Client):
            what = f"client must be a cobo.Client, not {type(client).__name__}."
            raise InputError(what, hint="See toolkit.connect().")
        if original_main_group_handling not in models.MAIN_GROUP_HANDLINGS:
            what = f"original_main_group_handling: {original_main_group_handling!r} is none."
            raise InputError(what, hint=f"Use {' or '.join(models.MAIN_GROUP_HANDLINGS)}.")
        self._client = client
        self._vault_id = text(vault_id, "vault_id")
        self._old_id = _id(group) if isinstance(group, Group) else text(group, "group")
        self._as_passed = group if isinstance(group, Group) else None
        self._holders = tuple(holders)
        self._nodes = frozenset(holder.tss_node_id for holder in self._holders)
        if not self._holders or None in self._nodes or "" in self._nodes:
            what = "holders: each needs a node, by which the successor is known again."
            raise InputError(what, hint="Pass tss_node_id for each of them.")
        self._scheme = (threshold, participants)
        self._handling = original_main_group_handling

    # ---- looking ----

    def look(self) -> HandoverState:
        """How far it is, and what is next. Reads only.

        Raises:
            InputError: there is no such group and no successor of it, or the holders cannot be told
                from those of another group.
            ToolkitError: the vault's groups cannot be read.
        """
        return self._state(self._ground())

    def _ground(self) -> _Ground:
        old = self._read_old()  # first: where it is gone, its successor is in the list
        listing = operations.list_key_share_holder_groups(self._vault_id, limit=50)
        listed = [group for page in self._client.iterate(listing) for group in page.data]
        others = [group for group in listed if _id(group) != self._old_id]
        successor = self._successor(others)
        known = old or successor
        if known is None:
            what = f"group: {self._old_id} is not in vault {self._vault_id}."
            raise InputError(what, hint="See cobo.list_key_share_holder_groups.")
        known = self._as_passed or known
        is_main = known.type == "MainGroup" or self._is_upgraded(old, successor)
        request = self._request(known, is_main)
        if successor is not None:
            _must_be_its_successor(successor, request, is_main)
        return _Ground(
            old=old,
            successor=successor,
            is_main=is_main,
            request=request,
            main=_valid_main_group(listed),
            others=others,
            tss_requests=self._requests_for(successor),
        )

    def _requests_for(self, successor: Group | None) -> list[models.TSSRequest]:
        if successor is None:
            return []
        asking = operations.list_tss_requests(self._vault_id, _id(successor), limit=50)
        return [request for page in self._client.iterate(asking) for request in page.data]

    def _is_upgraded(self, old: Group | None, successor: Group | None) -> bool:
        """Whether the old group was a main group, and the successor has taken its place: then the
        old one is gone, or a signing group if that was asked for.
        """
        if successor is None or successor.type != "MainGroup":
            return False
        return old is None or self._handling == "ConvertToSigningGroup"

    def _read_old(self) -> Group | None:
        """The old group; None where the service says that it is gone."""
        reading = operations.get_key_share_holder_group_by_id(self._vault_id, self._old_id)
        exchange = self._client.exchange(reading)
        error = exchange.error
        if isinstance(error, NotFound) and error.cause == NotFound.cause:
            return None
        return exchange.value

    def _successor(self, others: Sequence[Group]) -> Group | None:
        """The group that has exactly these nodes."""
        alike = [
            group
            for group in others
            if frozenset(holder.tss_node_id for holder in people_of(group)) == self._nodes
        ]
        if len(alike) > 1:
            what = f"holders: {len(alike)} groups have them: {and_words(list(map(_id, alike)))}."
            raise InputError(what, hint="Which of them is the successor, a person must decide.")
        return alike[0] if alike else None

    def _request(self, known: Group, is_main: bool) -> models.CreateKeyShareHolderGroupRequest:
        threshold, participants = self._scheme
        return models.CreateKeyShareHolderGroupRequest(
            key_share_holder_group_type=successor_type(MAIN if is_main else known.type or ""),
            threshold=known.threshold or 0 if threshold is None else threshold,
            participants=known.participants or 0 if participants is None else participants,
            key_share_holders=self._holders,
        )

    # ---- steps ----

    def _state(self, ground: _Ground) -> HandoverState:
        steps = [
            self._group_step(ground),
            self._keys_step(ground),
            self._valid_step(ground),
            self._end_step(ground),
        ]
        at = next((at for at, step in enumerate(steps) if step.state != "done"), len(steps))
        placed = [replace(step, state=_state_at(place, at)) for place, step in enumerate(steps)]
        newest = ground.newest_request
        environment = self._client.environment.name
        return HandoverState(tuple(placed), ground.old, ground.successor, newest, environment)

    def _group_step(self, ground: _Ground) -> HandoverStep:
        call = operations.create_key_share_holder_group(self._vault_id, ground.request)
        title = step_title("group", ground.request.key_share_holder_group_type)
        if ground.successor is not None:
            return HandoverStep("group", title, "done", call)
        nodes = [holder.tss_node_id or "" for holder in self._holders]
        seated = nodes_of([*ground.others, *([ground.old] if ground.old else [])])
        findings = (
            *ground.missing(),
            *self._client.problems(call),
            *nodes_in_vault(nodes, seated),
            *self._vanished(call),
        )
        who = (f"{COMPARED}: cobo.what_approvers_see(step.call).",)
        return HandoverStep("group", title, "now", call, who, findings)

    def _vanished(self, call: Call[Any]) -> Iterator[Finding]:
        """A successor that was made before, and that the service does not show any more."""
        for entry in self._entries(call, DONE):
            sentence = (
                f"A successor was made before ({entry.made}, entry {entry.number} of the journal) "
                "and is not there."
            )
            remedy = "Make another one only if that one was deleted."
            yield Finding(
                "cobo.successor-gone", "medium", "", ("key_share_holders",), sentence, remedy,
                ours("our rule: nothing is made twice"),
            )  # fmt: skip

    def _keys_step(self, ground: _Ground) -> HandoverStep:
        title = step_title("keys")
        successor = ground.successor
        call = self._keys_call(ground)
        if ground.is_valid or ground.is_asked:
            return HandoverStep("keys", title, "done", call)
        who = [must_be_online(self._holders)]
        if ground.main is not None:
            who.append(must_give(ground.main))
            who += _away(ground.main, "Of these not online now")
        who.append(RULES_FIRST)
        newest = ground.newest_request
        if newest is not None and newest.status in FAILED:
            who.append(f"The last request ended in {newest.status}; this is another one.")
        findings = ground.missing() if successor is not None else ()
        return HandoverStep("keys", title, "now", call, tuple(who), findings)

    def _keys_call(self, ground: _Ground) -> Call[models.TSSRequest] | None:
        if ground.successor is None or ground.main is None:
            return None
        request = models.CreateTssRequestRequest(
            type="KeyGenFromKeyGroup",
            target_key_share_holder_group_id=_id(ground.successor),
            source_key_share_holder_group=models.SourceKeyShareHolderGroup(
                key_share_holder_group_id=_id(ground.main)
            ),
            description=f"Handover from group {self._old_id}",  # known again by it
        )
        return operations.create_tss_request(self._vault_id, request)

    def _valid_step(self, ground: _Ground) -> HandoverStep:
        title = step_title("valid")
        if ground.is_valid:
            return HandoverStep("valid", title, "done")
        newest = ground.newest_request
        who = [THEY_CONFIRM]
        if ground.successor is not None:
            who += _away(ground.successor, "Not online now")
        if ground.main is not None:
            who += _away(ground.main, "Of the main group not online now")
        if newest is not None and newest.status == "Success":
            who.append("The request says Success, but the group is not Valid: look in the Portal.")
        return HandoverStep("valid", title, "now", None, tuple(who))

    def _end_step(self, ground: _Ground) -> HandoverStep:
        if ground.is_main:
            return self._upgrade_step(ground)
        title = step_title("end", ground.request.key_share_holder_group_type)
        call = operations.delete_key_share_holder_group_by_id(self._vault_id, self._old_id)
        if ground.old is None:
            return HandoverStep("end", title, "done", call)
        names = tuple(name_of(holder) for holder in people_of(ground.old))
        sentence = f"The old group is deleted: the shares of {and_words(names)} end with it."
        remedy = "Be sure that the successor is the one that you mean."
        path = ("key_share_holder_group_id",)
        deletes = Finding(
            "cobo.handover-deletes", "medium", "", path, sentence, remedy, OURS, names
        )
        return self._ending(ground, title, call, (deletes,))

    def _upgrade_step(self, ground: _Ground) -> HandoverStep:
        title = step_title("end", MAIN)
        request = models.UpdateKeyShareHolderGroupByIdRequest(
            original_main_group_handling=self._handling
        )
        # until the successor has an id, what the rules say of the request is known already
        successor_id = _id(ground.successor) if ground.successor else self._old_id
        call = operations.update_key_share_holder_group_by_id(self._vault_id, successor_id, request)
        if ground.successor is not None and ground.successor.type == "MainGroup":
            return HandoverStep("end", title, "done", call)
        return self._ending(ground, title, call, self._client.problems(call))

    def _ending(
        self, ground: _Ground, title: str, call: Call[Any], findings: tuple[Finding, ...]
    ) -> HandoverStep:
        """The last step: never a call before the successor is Valid, and not a second one while
        the first may wait for its approval.
        """
        who = (COMPARED_AT_THE_END,)
        if not ground.is_valid:
            return HandoverStep("end", title, "now", None, who, findings)
        waiting = self._submitted(call)
        if waiting is not None:
            until = moment((waiting.settled_ms or waiting.begun_ms) + LAPSES_MS, "%Y-%m-%d %H:%M")
            sent = (
                f"Sent (entry {waiting.number} of the journal), and not yet so: whoever approves "
                f"has until {until} UTC (inferred). Later it may be sent again."
            )
            return HandoverStep("end", title, "now", None, (sent,))
        assert ground.successor is not None
        left = (
            *ground.incomplete(),
            *_held_otherwise(ground.successor, self._holders),
            *_too_few_online(ground.successor),
            *findings,
        )
        return HandoverStep("end", title, "now", call, who, left)

    # ---- the journal ----

    def _entries(self, call: Call[Any], states: Collection[str]) -> list[Entry]:
        """What the journal has of this very call, in these states."""
        client = self._client
        fingerprint = client.prepare(call).fingerprint
        place = client.environment.base_url
        entries = client.journal.entries(base_url=place, identity=client.identity)
        return [
            entry for entry in entries if entry.fingerprint == fingerprint and entry.state in states
        ]

    def _submitted(self, call: Call[Any]) -> Entry | None:
        """The same call, sent less than a day ago: its approval may not have lapsed."""
        since_ms = self._client.now_ms() - LAPSES_MS
        for entry in self._entries(call, DONE):
            if (entry.settled_ms or entry.begun_ms) > since_ms:
                return entry
        return None

    def _settle(self, state: HandoverState) -> bool:
        """Find out what became of steps whose answer was lost. Whether there was one.

        Raises:
            InDoubt: looking does not settle it, and a person has to.
        """
        settled = False
        for call in [step.call for step in state.steps if step.call is not None]:
            for entry in self._entries(call, ("sent", "doubt")):
                exchange = self._client.resolve(entry)
                if exchange.outcome == "unknown":
                    exchange.value  # noqa: B018  # raises the doubt
                settled = True
        return settled

    # ---- going on ----

    def run(self, *, acknowledge: Collection[str] = (), for_s: float = 600.0) -> HandoverState:
        """Go on from where it is: send what is next, wait for the keys up to ``for_s`` seconds, and
        end it once the successor is Valid.

        Each step is sent once in a run; what was sent before, by this program or one that was
        killed, is found again instead of being sent a second time. Called again, it goes on.

        Args:
            acknowledge: rules that this may break: ``cobo.handover-deletes`` for the deletion of a
                signing or recovery group, ``cobo.upgrade-invalidates`` where the old main group is
                not kept; and others that ``look().findings`` tells.
            for_s: how long to wait for the keys, in seconds.

        Returns:
            How far it is. Not ``done``: the step ``now`` waits, and says for whom; or its request
            has failed, and another run sends another one.

        Raises:
            RequestRefused: a step has to be acknowledged first, or must not be sent. The steps
                before it are done, and nothing of it was sent.
            InDoubt: an answer was lost, and only a person can tell what became of it.
            InputError: as for ``look``.
            ToolkitError: as for ``client.send``.
        """
        sent: set[StepName] = set()
        while True:
            state = self.look()
            if self._settle(state):
                state = self.look()
            step = state.now
            if step is None or step.name in sent:
                return state
            sent.add(step.name)
            if step.name == "valid":
                self._wait(state, for_s)
            elif not self._advanced(step, acknowledge):
                return self.look()  # the journal may be newer than what was read before it

    def _advanced(self, step: HandoverStep, acknowledge: Collection[str]) -> bool:
        """Send the call of a step; whether it had one. What is refused because another program has
        done it in the meantime is done.
        """
        try:
            return self._sent(step, acknowledge)
        except (ApiError, RequestRefused):
            now = self.look().now
            if now is not None and now.name == step.name:
                raise
        return True

    def _sent(self, step: HandoverStep, acknowledge: Collection[str]) -> bool:
        """Send the call of a step; whether it had one."""
        left = [each for each in step.findings if each.holds_up(acknowledge)]
        if left:
            raise RequestRefused(left, f"{step.title}, on {self._client.environment.name}")
        if step.call is None:
            return False
        self._client.send(step.call, acknowledge=acknowledge)
        return True

    def _wait(self, state: HandoverState, for_s: float) -> None:
        request = state.tss_request
        if request is None or request.status not in models.OPEN_TSS_STATUSES:
            return
        request_id = request.tss_request_id or ""
        for _ in self._client.follow_tss_request(self._vault_id, request_id, for_s=for_s):
            pass

    def __repr__(self) -> str:
        return f"<cobo.Handover of group {self._old_id!r} on {self._client.environment.name}>"


@dataclass(frozen=True, slots=True)
class _Ground:
    """What the service shows of a handover. ``main``: the vault's Valid main group."""

    old: Group | None
    successor: Group | None
    is_main: bool
    request: models.CreateKeyShareHolderGroupRequest
    main: Group | None
    others: Sequence[Group]
    tss_requests: Sequence[models.TSSRequest]

    @property
    def is_valid(self) -> bool:
        """Whether the successor has its keys."""
        return self.successor is not None and self.successor.status == "Valid"

    @property
    def newest_request(self) -> models.TSSRequest | None:
        """The newest TSS request for the successor, an open one before any other."""
        by_age = sorted(self.tss_requests, key=lambda each: each.created_timestamp or 0)
        return self.open_request or (by_age[-1] if by_age else None)

    @property
    def open_request(self) -> models.TSSRequest | None:
        """A TSS request for the successor that may still succeed."""
        for request in self.tss_requests:
            if request.status in models.OPEN_TSS_STATUSES:
                return request
        return None

    @property
    def is_asked(self) -> bool:
        """Whether its keys are asked for already: a request has not failed."""
        newest = self.newest_request
        return newest is not None and newest.status not in FAILED

    @property
    def _both(self) -> set[str]:
        """The ids of the old group and its successor."""
        return {_id(group) for group in (self.old, self.successor) if group is not None}

    def missing(self) -> tuple[Finding, ...]:
        """No keys can be made where the vault has no Valid main group; and where a main group is
        handed over, it must be that one, for an upgrade takes its place.
        """
        sentence, remedy = "", "Recover the main group first."
        if self.main is None:
            sentence = "The vault has no Valid main group to make the successor’s keys from."
        elif self.is_main and _id(self.main) not in self._both:
            sentence = f"The vault’s Valid main group is another one, {_id(self.main)}."
            remedy = "Hand over that one: an upgrade takes its place."
        if not sentence:
            return ()
        path = ("source_key_share_holder_group",)
        return (Finding("cobo.no-source", "high", "", path, sentence, remedy, MANUAL),)

    def incomplete(self) -> tuple[Finding, ...]:
        """A successor that does not show enough holders takes nobody's place."""
        assert self.successor is not None
        powers = powers_of(self.successor)
        if powers.shares is not None:
            return ()
        path = ("key_share_holders",)
        remedy = "Look at the successor in the Portal."
        return (Finding("cobo.successor-incomplete", "high", "", path, powers.why, remedy, OURS),)


def _valid_main_group(groups: Iterable[Group]) -> Group | None:
    """The vault's main group, if it has keys."""
    mains = (group for group in groups if group.type == "MainGroup" and group.status == "Valid")
    return next(mains, None)


def _too_few_online(successor: Group) -> Iterator[Finding]:
    """A group that signs, and too few of whose nodes run: with the old one gone, nothing would.

    The phone of a mobile holder is online when it is asked, so it is counted as there.
    """
    holders = successor.key_share_holders or ()
    away = [each for each in holders if each.online is False and each.type != "Mobile"]
    enough = len(holders) - len(away) >= (successor.threshold or 0)
    if enough or successor.type not in models.WITH_COBO:
        return
    names = tuple(map(name_of, away))
    sentence = f"Too few nodes of the successor are online to sign: {and_words(names)} are away."
    remedy = "Wait for them before the old group ends."
    path = ("key_share_holders",)
    why = ours("our rule: enough holders at every moment")
    yield Finding("cobo.successor-offline", "medium", "", path, sentence, remedy, why, names)


def _held_otherwise(
    successor: Group, holders: Iterable[models.CreateKeyShareHolder]
) -> Iterator[Finding]:
    """A successor is known by its nodes; another name or signer in it is told before the end."""
    seats = {holder.tss_node_id: holder for holder in people_of(successor)}
    for at, asked in enumerate(holders):
        seat = seats[asked.tss_node_id]
        for field in ("name", "type", "signer"):
            wanted, there = getattr(asked, field), getattr(seat, field)
            if wanted is None or there is None or wanted == there:
                continue
            sentence = f"In the successor {field} is {there!r} at this node, not {wanted!r}."
            remedy = "Pass the holders as the successor has them, if it is the one that you mean."
            path = ("key_share_holders", at, field)
            names = (wanted, there) if field == "name" else ()
            yield Finding(
                "cobo.successor-differs", "medium", "", path, sentence, remedy, OURS, names
            )


def _state_at(place: int, now: int) -> StepState:
    if place == now:
        return "now"
    return "done" if place < now else "later"


def _must_be_its_successor(
    group: Group, request: models.CreateKeyShareHolderGroupRequest, is_main: bool
) -> None:
    """Raises InputError where the group with these holders is another one than was asked for."""
    asked = (request.key_share_holder_group_type, request.threshold, request.participants)
    kind = asked[0] if is_main and group.type == "MainGroup" else group.type
    if (kind, group.threshold, group.participants) != asked:
        what = (
            f"holders: group {_id(group)} has them, and is a {group.type}, {group.threshold} of "
            f"{group.participants}, not a {asked[0]}, {asked[1]} of {asked[2]}."
        )
        raise InputError(what, hint="Pass the holders and the scheme of the successor.")


def _id(group: Group) -> str:
    return group.key_share_holder_group_id or ""


def _names(holders: Iterable[models.CreateKeyShareHolder]) -> list[str]:
    return [holder.name or holder.tss_node_id or "" for holder in holders]


def _away(group: Group, what: str) -> list[str]:
    names = [name_of(holder) for holder in people_of(group) if holder.online is False]
    return [f"{what}: {and_words(names)}."] if names else []

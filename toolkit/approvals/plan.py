"""The order of changes: from one quorum to another so that it is never locked, step by step.

At every moment those who stay, and those who came in and have shown that they can sign, are enough
to sign the next change. A newcomer whose key nobody has seen work is not relied on: it is let in
first, signs the next step, and only then does the threshold count on it. Whoever leaves is out with
the first step, and is needed for none. At Cobo a group is handed over instead: ``handover_plan``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, overload

from toolkit.approvals.approval import Approval
from toolkit.approvals.handover_plan import HandoverPlan, plan_handover
from toolkit.base.text import and_words, plural
from toolkit.base.validate import texts
from toolkit.cobo.models import CreateKeyShareHolderGroupRequest, KeyShareHolderGroup
from toolkit.errors import InputError
from toolkit.keys import P256PublicKey
from toolkit.privy.client import Client
from toolkit.privy.models import KeyQuorum, UpdateKeyQuorumRequest, member_identity
from toolkit.privy.operations import get_key_quorum, update_key_quorum
from toolkit.privy.powers import quorum_of
from toolkit.quorum import Quorum


@dataclass(frozen=True, slots=True)
class Step:
    """One change: the quorum before and after it, and who signs it, by id."""

    before: Quorum
    after: Quorum
    signers: tuple[str, ...]

    def in_words(self, names: Mapping[str, str] | None = None) -> str:
        """What changes, and who signs. ``names``: id → what to call it."""
        known = names or {}

        def called(ids: Collection[str]) -> str:
            return and_words([known.get(each, each) for each in ids])

        come = [each for each in self.after.ids if each not in self.before.ids]
        gone = [each for each in self.before.ids if each not in self.after.ids]
        parts = []
        if come:
            parts.append(f"{called(come)} in")
        if gone:
            parts.append(f"{called(gone)} out")
        size = len(self.after.members)
        parts.append(f"{self.after.threshold} of {size} must sign")
        return f"{', '.join(parts)}. Signed by {called(self.signers)}."


@dataclass(frozen=True, slots=True)
class Plan:
    """Steps from one quorum to another. A value: it is resumed by looking at the quorum.

    >>> from toolkit import plan
    >>> from toolkit.quorum import Quorum
    >>> steps = plan(Quorum(1, ["Alice", "Bob"]), Quorum(2, ["Alice", "Bob"])).steps
    >>> steps[0].in_words()
    '2 of 2 must sign. Signed by Alice.'
    """

    before: Quorum
    after: Quorum
    steps: tuple[Step, ...]

    def next_step(self, now: Quorum) -> Step | None:
        """The step that comes next, by the quorum as it is; None once it is done.

        Raises:
            InputError: the quorum is at none of the plan's steps: somebody has changed it.
        """
        if _same(now, self.after):
            return None
        for step in self.steps:
            if _same(now, step.before):
                return step
        raise InputError(
            f"The quorum ({now.in_words()}) is at none of this plan's {len(self.steps)} steps.",
            hint="Make another plan from the quorum as it is now.",
        )

    def approval(
        self,
        client: Client,
        quorum: KeyQuorum | str,
        keys: Collection[P256PublicKey] = (),
        *,
        expires_in_s: int = 86_400,
    ) -> Approval | None:
        """The next step as an approval; None once the plan is done. The quorum is read anew.

        Args:
            keys: public keys of those who come in.

        Raises:
            InputError: a key that comes in is not among ``keys``, or another state.
            ToolkitError: the quorum cannot be read.
        """
        quorum_id = quorum.id if isinstance(quorum, KeyQuorum) else quorum
        there = client.send(get_key_quorum(quorum_id))
        step = self.next_step(quorum_of(there))
        if step is None:
            return None
        call = update_key_quorum(there.id, _request(there, step, keys))
        note = f"Step {self.steps.index(step) + 1} of {len(self.steps)} of a plan."
        return Approval.of(client, call, expires_in_s=expires_in_s, note=note)

    def in_words(self, names: Mapping[str, str] | None = None) -> Iterator[str]:
        """The steps, a line each."""
        for at, step in enumerate(self.steps, 1):
            yield f"{at}. {step.in_words(names)}"

    def __repr__(self) -> str:
        return f"<Plan: {plural(len(self.steps), 'step')}>"


@overload
def plan(
    before: Quorum,
    after: Quorum,
    *,
    proven: Collection[str] = (),
    leaving_sign: Collection[str] = (),
) -> Plan:
    """Of two quorums."""


@overload
def plan(
    before: KeyShareHolderGroup,
    after: KeyShareHolderGroup | CreateKeyShareHolderGroupRequest,
    *,
    leaving_sign: Collection[str] = (),
    main: KeyShareHolderGroup | None = None,
) -> HandoverPlan:
    """Of two groups at Cobo."""


def plan(
    before: Quorum | KeyShareHolderGroup,
    after: Any,
    *,
    proven: Collection[str] = (),
    leaving_sign: Collection[str] = (),
    main: KeyShareHolderGroup | None = None,
) -> Plan | HandoverPlan:
    """An order of changes in which those who stay can always repair it, and whoever leaves is out.

    Of two quorums it is a ``Plan`` of approvals; of two groups at Cobo a ``HandoverPlan``, in the
    steps of ``cobo.Handover``.

    Args:
        proven: of those who come into a quorum, whose keys have been seen to work (a member card, a
            drill).
        leaving_sign: of those who leave, who will sign the first step (of a group: help until the
            last, by name or node), where those who stay are not enough.
        main: for a signing or recovery group, the vault's main group, which gives the shares.

    Raises:
        InputError: no such order exists, with the reason; or nested quorums, whose members change
            on their own.

    >>> from toolkit import plan
    >>> from toolkit.quorum import Quorum
    >>> before = Quorum(2, ["Alice", "Bob", "Carol"])
    >>> after = Quorum(2, ["Bob", "Carol", "Dana"])
    >>> for line in plan(before, after, proven={"Dana"}).in_words():
    ...     print(line)
    1. Dana in, Alice out, 2 of 3 must sign. Signed by Bob and Carol.
    """
    if isinstance(before, KeyShareHolderGroup):
        if proven:
            raise InputError(
                "proven: holders of a group show that they can when its keys are made.",
                hint="Leave it out.",
            )
        return plan_handover(before, after, leaving_sign=leaving_sign, main=main)
    if main is not None:
        raise InputError("main: a quorum has none.", hint="Leave it out.")
    return _plan_of_quorums(before, after, proven, leaving_sign)


def _plan_of_quorums(
    before: Quorum, after: Quorum, proven: Collection[str], leaving_sign: Collection[str]
) -> Plan:
    for name, quorum in (("before", before), ("after", after)):
        _must_be_plain(name, quorum)
    trusted, helping = texts(proven, "proven"), texts(leaving_sign, "leaving_sign")
    if _same(before, after):
        return Plan(before, after, ())
    stay = _among(_keys(before), after.ids)
    signers = _first_signers(before, stay, _among(_keys(before), helping))
    can = _among(_keys(after), (*stay, *trusted))
    if not can:
        raise InputError(
            "Nobody stays, and nobody who comes in is proven: after the first step perhaps nobody "
            "could sign.",
            hint="Let each newcomer make a member card, and pass proven={…}.",
        )
    return Plan(before, after, tuple(_steps(before, after, signers, can)))


def _must_be_plain(name: str, quorum: Quorum) -> None:
    if not isinstance(quorum, Quorum) or quorum.nested:
        raise InputError(
            f"{name} must be a Quorum without nested ones.",
            hint="Plan each quorum by itself: privy.quorum_of(…).",
        )
    if len(_keys(quorum)) < quorum.threshold:
        raise InputError(
            f"{name}: its keys alone can never be enough.",
            hint="Users cannot sign with this toolkit.",
        )


def _keys(quorum: Quorum) -> list[str]:
    """Ids of members that can sign here: users cannot, so nothing is made to depend on them."""
    return [each for each in quorum.ids if not _is_user(each)]


def _among(ids: Collection[str], some: Collection[str]) -> list[str]:
    return [each for each in ids if each in some]


def _is_user(member: str) -> bool:
    return member.startswith("did:privy:")


def _first_signers(before: Quorum, stay: list[str], helping: list[str]) -> tuple[str, ...]:
    need = before.threshold
    ready = [*stay, *(each for each in helping if each not in stay)]
    if len(ready) < need:
        raise InputError(
            f"{need} must sign the first step, and only {plural(len(stay), 'member')} "
            f"{'stays' if len(stay) == 1 else 'stay'}: without whoever leaves it cannot begin.",
            hint="Pass leaving_sign={…} with those of them who will sign.",
        )
    return tuple(ready[:need])


def _steps(
    before: Quorum, after: Quorum, signers: tuple[str, ...], can: list[str]
) -> Iterator[Step]:
    """Everybody in and out at once; then the threshold rises as newcomers have signed."""
    now = before
    known = list(can)
    threshold = min(after.threshold, len(known))
    while True:
        following = Quorum(threshold, after.ids)
        yield Step(now, following, signers)
        if threshold == after.threshold:
            return
        now = following
        unknown = [each for each in _keys(after) if each not in known]
        # newcomers sign the next step; those who are known fill up
        signers = tuple([*unknown, *known][:threshold])
        known += [each for each in signers if each not in known]
        threshold = min(after.threshold, len(known))


def _same(one: Quorum, other: Quorum) -> bool:
    return one.threshold == other.threshold and set(one.ids) == set(other.ids)


def _request(
    there: KeyQuorum, step: Step, keys: Collection[P256PublicKey]
) -> UpdateKeyQuorumRequest:
    """The change of a step: the lists whole, each key as it is spelled there already."""
    members = step.after.ids
    fields: dict[str, Any] = {"authorization_threshold": step.after.threshold}
    if set(members) != set(step.before.ids):
        fields["public_keys"] = _spelled(_keys(step.after), there, keys)
        if there.user_ids or any(map(_is_user, members)):
            fields["user_ids"] = [member for member in members if _is_user(member)]
    return UpdateKeyQuorumRequest(**fields)


def _spelled(
    wanted: Collection[str], there: KeyQuorum, keys: Collection[P256PublicKey]
) -> list[str]:
    spelled = {key.fingerprint: key.to_base64() for key in keys}
    for each in there.authorization_keys:
        spelled[member_identity(each.public_key)] = each.public_key
    missing = [member for member in wanted if member not in spelled]
    if missing:
        raise InputError(
            f"keys: the key of {and_words(missing)} is not there.",
            hint="Pass the public keys of all who come in.",
        )
    return [spelled[member] for member in wanted]

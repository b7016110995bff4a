"""What is to be said about one group: who signs, who holds enough shares, and what deserves advice.

Signing day to day and holding enough shares are two powers, never mixed: each sentence names which.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from toolkit.base.text import and_words
from toolkit.cobo.checks import MANUAL, PAGES_DISAGREE
from toolkit.cobo.models import WITH_COBO, KeyShareHolderGroup
from toolkit.cobo.powers import COBO, RECOVERY, Powers
from toolkit.cobo.seats import title_of
from toolkit.findings import Finding, Severity, Source, documented, ours
from toolkit.quorum import Quorum

POWERS = ours("told from the two powers in the group; see cobo.powers_of")
PORTAL = documented("Cobo manual, holder groups")


def _said(
    rule: str, severity: Severity, sentence: str, names: Sequence[str], source: Source
) -> Finding:
    return Finding(rule, severity, "", (), sentence, "", source, tuple(names))


def who_signs(powers: Powers, with_cobo: bool) -> list[Finding]:
    """First who signs day to day, then who holds enough shares."""
    if powers.shares is None:  # only a request that the form cannot make
        return [_said("cobo.powers", "note", powers.why, (), POWERS)]
    names = tuple(powers.names.values())
    if not with_cobo:
        told = [_rebuilding(powers.shares, powers), "This group signs no transaction."]
    else:
        told = [
            _signing(powers),
            _shares(powers.shares, powers),
            _without_cobo(powers.shares, powers),
        ]
    return [_said("cobo.powers", "note", sentence, names, POWERS) for sentence in told]


def _called(powers: Powers, members: Iterable[str]) -> str:
    """Members by their holders' names; a node that has two is one member with both."""
    return and_words([powers.names[member] for member in members])


def _enough(shares: Quorum) -> str:
    threshold, count = shares.threshold, len(shares.members)
    return (
        f"any {threshold} of the {count} are enough"
        if threshold < count
        else f"all {count} are needed"
    )


def _lost(shares: Quorum, powers: Powers) -> str:
    needed = shares.single_points()
    if not needed:
        return "one may be lost"
    if len(needed) == len(shares.ids):
        return "losing any one of them ends it"
    who = _called(powers, [member for member in shares.ids if member in needed])
    return f"losing {who} ends it"


def _rebuilding(shares: Quorum, powers: Powers) -> str:
    return f"Shares: {_enough(shares)} to rebuild a main group; {_lost(shares, powers)}."


def _shares(shares: Quorum, powers: Powers) -> str:
    return f"Shares: {_enough(shares)} for the key; {_lost(shares, powers)}."


def _signing(powers: Powers) -> str:
    if powers.signing is None:
        return f"Signing, day to day: {powers.why[:1].lower()}{powers.why[1:]}"
    return f"Signing, day to day: {_called(powers, powers.signing.ids)} together."


def _without_cobo(shares: Quorum, powers: Powers) -> str:
    others = [member for member in shares.ids if member != COBO]
    if not shares.can_sign(others):
        return "Cobo’s share is always needed."
    held = sum(member != COBO for member in shares.members)
    verb = "together hold" if len(others) > 1 else "holds"
    who = _called(powers, others)
    return f"{who} {verb} {held} of {len(shares.members)} shares: enough without Cobo’s."


def group_advice(powers: Powers, kind: str, valid: frozenset[str]) -> list[Finding]:
    """Whose loss stops what, who holds too much, what comes next.

    ``valid``: the types of the groups that are Valid in this vault already.
    """
    if powers.shares is None:
        return []
    return [
        *_holders_of_many(powers.shares, powers, kind),
        *_signers_that_stop_it(powers.shares, powers),
        *_what_comes_next(powers.shares, kind, valid),
    ]


def _holders_of_many(shares: Quorum, powers: Powers, kind: str) -> Iterator[Finding]:
    people = shares.held_by(powers.names)
    what = "to rebuild a main group" if kind == RECOVERY else "for the key"
    seats = Counter(powers.names[member] for member in shares.members if isinstance(member, str))
    for person, count in seats.items():
        if count < 2:
            continue
        held = f"{person} has {count} of {len(shares.members)} shares"
        if people.can_sign({person}):
            sentence = f"{held}: alone enough {what}."
            yield _said("cobo.enough-alone", "high", sentence, (person,), POWERS)
        else:
            yield _said("cobo.many-shares", "medium", f"{held}.", (person,), POWERS)


def _signers_that_stop_it(shares: Quorum, powers: Powers) -> Iterator[Finding]:
    for member in powers.signing.single_points() if powers.signing else ():
        name = powers.names[member]
        if name != COBO and shares.outlook(lost={member}).can_sign:
            sentence = (
                f"If {name} is lost, signing stops although enough shares are left to make a new "
                "signing group."
            )
            yield _said("cobo.signing-stops", "medium", sentence, (name,), POWERS)


def _what_comes_next(shares: Quorum, kind: str, valid: frozenset[str]) -> Iterator[Finding]:
    if kind == "MainGroup" and not valid & {"MainGroup", "RecoveryGroup"}:
        sentence = "Make a recovery group next: without one, a lost main group cannot be rebuilt."
        yield _said("cobo.no-recovery-group", "medium", sentence, (), PORTAL)
    elif kind == "SigningGroup" and not shares.spare:
        sentence = (
            "If one of its shares is lost, another signing group is made from the main group."
        )
        yield _said("cobo.no-spare-share", "note", sentence, (), PORTAL)
    elif kind == "RecoveryGroup":
        sentence = (
            f"{PAGES_DISAGREE}: none by its specification, one by its manual since October 2025. "
            "Look at the holders in the answer."
        )
        yield _said("cobo.recovery-share", "note", sentence, (), ours("Cobo's pages disagree"))


def second_main_group(kind: str, valid: Iterable[str]) -> Iterator[Finding]:
    """A main group where one is Valid: only the vault itself can tell.

    ``valid``: the types of the groups that are Valid in this vault already.
    """
    if kind == "MainGroup" and kind in valid:
        sentence = (
            "This vault has a Valid main group, and one is active at a time. A new one is for a "
            "recovery, which ends the one that is there."
        )
        remedy = "For day-to-day signing, make a signing group."
        path = ("key_share_holder_group_type",)
        source = ours(f"our rule: what ends another group takes a word; {PORTAL.place}")
        yield Finding("cobo.second-main-group", "medium", "", path, sentence, remedy, source)


def nodes_in_vault(
    nodes: Sequence[str], seated: dict[str, KeyShareHolderGroup]
) -> Iterator[Finding]:
    """Nodes that hold a share in the vault already: only the vault itself can tell."""
    for at, node in enumerate(nodes):
        group = seated.get(node)
        if group is None:
            continue
        sentence = (
            f"This node holds a share of this vault’s {title_of(group.type).lower()} already; one "
            "node may not hold shares of two groups in a vault."
        )
        path = ("key_share_holders", at, "tss_node_id")
        source = ours(f"inferred from {MANUAL}")
        yield Finding("cobo.node-in-vault", "medium", "", path, sentence, "", source)


def signs(kind: str | None) -> bool:
    """Whether a group of this type signs transactions."""
    return kind in WITH_COBO

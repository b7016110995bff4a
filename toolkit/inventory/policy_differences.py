"""How policies differ between two looks: which rules came, went, or say something else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from toolkit.base.text import and_words, plural
from toolkit.base.times import day
from toolkit.findings import Severity
from toolkit.inventory.difference import NOTHING, Both, Difference
from toolkit.inventory.privy_differences import another_owner, renamed
from toolkit.privy import models as privy

#: Actions of a rule that let something through, as Privy's OpenAPI file has them.
ALLOWS = ("ALLOW",)
SECRET_ALONE = "the app secret alone may change it"  # noqa: S105  # no password


def policy_name(policy: privy.Policy) -> str:
    """A policy as people call it."""
    return f"Policy {policy.name or policy.id}"


def of_policy(both: Both, then: privy.Policy, now: privy.Policy) -> Iterator[Difference]:
    """What differs in one policy."""
    about = policy_name(now)
    if then.name != now.name:
        yield renamed("policy", now.id, then.name, now.name, [], about)
    if then.owner_id != now.owner_id:
        yield _owner(both, then, now)
    if then.rules != now.rules:
        yield _rules(both, then, now)


def _owner(both: Both, then: privy.Policy, now: privy.Policy) -> Difference:
    names = both.quorum_name(then.owner_id), both.quorum_name(now.owner_id)
    severity, sentence = another_owner(now.owner_id, names[1], SECRET_ALONE)
    return Difference(
        "policy", now.id, policy_name(now), "owner_id", severity, sentence, *names, names=names
    )


@dataclass(frozen=True, slots=True)
class _Moved:
    """Rules that came, that went, and that say something else: as they were and as they are."""

    came: Sequence[privy.PolicyRule]
    went: Sequence[privy.PolicyRule]
    as_were: Sequence[privy.PolicyRule]
    as_are: Sequence[privy.PolicyRule]

    @property
    def severity(self) -> Severity:
        """High where more may be let through: an allowing rule is new or another one, or a denying
        one is gone or another one. Whether a changed rule is wider or narrower is not told here.
        """
        lets = any(rule.action in ALLOWS for rule in (*self.came, *self.as_are))
        held = any(rule.action not in ALLOWS for rule in (*self.went, *self.as_were))
        return "high" if lets or held else "medium"

    @property
    def sentence(self) -> str:
        """What moved, in words."""
        words = {"came in": self.came, "went out": self.went, "changed": self.as_are}
        parts = [f"{_called(rules)} {verb}" for verb, rules in words.items() if rules]
        if not parts:
            return "has the same rules in another order"
        return f"has other rules: {', '.join(parts)}"


def _called(rules: Sequence[privy.PolicyRule]) -> str:
    return and_words([f"{rule.name} ({rule.action} {rule.method})" for rule in rules])


def _rules(both: Both, then: privy.Policy, now: privy.Policy) -> Difference:
    moved = _moved(_by_id(then.rules), _by_id(now.rules))
    sentence, wallets = moved.sentence, both.under(now.id)
    if wallets:
        sentence += f"; it rules {plural(wallets, 'wallet')}"
    return Difference(
        "policy",
        now.id,
        policy_name(now),
        "rules",
        moved.severity,
        sentence,
        _listed(then.rules),
        _listed(now.rules),
        names=tuple(rule.name for rule in (*moved.came, *moved.went, *moved.as_are)),
    )


def _moved(before: Mapping[str, privy.PolicyRule], after: Mapping[str, privy.PolicyRule]) -> _Moved:
    kept = [each for each in after if each in before and before[each] != after[each]]
    return _Moved(
        came=[after[each] for each in after if each not in before],
        went=[before[each] for each in before if each not in after],
        as_were=[before[each] for each in kept],
        as_are=[after[each] for each in kept],
    )


def _by_id(rules: Sequence[privy.PolicyRule]) -> Mapping[str, privy.PolicyRule]:
    """Rules by id; one without an id by its name and place among those of that name."""
    named: dict[str, privy.PolicyRule] = {}
    for rule in rules:
        key = rule.id or f"{rule.name}\0"
        while key in named:
            key += "\0"
        named[key] = rule
    return named


def _listed(rules: Sequence[privy.PolicyRule]) -> str:
    return ", ".join(f"{rule.action} {rule.method}: {rule.name}" for rule in rules) or NOTHING


def policy_made(both: Both, now: privy.Policy) -> Iterator[Difference]:
    """A policy that was not seen before: Privy has no list, but says when it was made."""
    if now.created_at > both.before.at_ms:
        sentence = f"was made on {day(now.created_at)}"
    else:
        sentence = f"is named for the first time; it was made on {day(now.created_at)}"
    owner = both.quorum_name(now.owner_id)
    severity: Severity = "note"
    if not now.owner_id:
        severity, sentence = "medium", f"{sentence}, and has no owner: {SECRET_ALONE}"
    yield Difference(
        "policy",
        now.id,
        policy_name(now),
        "made",
        severity,
        sentence,
        after=_listed(now.rules),
        names=(owner,),
    )


def policy_gone(both: Both, then: privy.Policy) -> Iterator[Difference]:
    """A policy that is no more."""
    wallets = both.under(then.id)
    severity: Severity = "medium"
    sentence = "is gone: there is no policy of this id"
    if wallets:
        severity = "high"
        sentence += f", and {plural(wallets, 'wallet')} still named it"
    yield Difference(
        "policy", then.id, policy_name(then), "gone", severity, sentence, before=_listed(then.rules)
    )

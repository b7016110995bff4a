"""What a review's file asks, in words: the request, what it means, every byte, who has reviewed it.

It needs neither network nor account. What is behind an id does not stand in the file, and that is
said.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from toolkit.approvals.as_asked import Asked
from toolkit.approvals.reading import Member, Run, runs_of, you_are
from toolkit.approvals.review import Review
from toolkit.base.times import day
from toolkit.client.reviews import Given
from toolkit.cobo import checks as cobo_checks
from toolkit.cobo import operations as cobo
from toolkit.cobo.approvers import what_approvers_see
from toolkit.cobo.findings import signs, who_signs
from toolkit.cobo.models import CreateKeyShareHolderGroupRequest
from toolkit.cobo.powers import powers_of
from toolkit.errors import InputError
from toolkit.findings import Finding
from toolkit.keys.public import spoken
from toolkit.privy import checks as privy_checks
from toolkit.privy.members import Names
from toolkit.request.call import Call

_BEHIND_IDS = "What is behind these ids does not stand in the file: look them up yourself."
_ABOUT_SIGNERS = frozenset({"privy.signers", "privy.owner-signs"})  # a review is not about them


@dataclass(frozen=True, slots=True)
class ReviewReading:
    """A review in words. ``facts`` are names and texts; ``means`` a severity and a sentence each.

    ``statement`` is what Cobo shows its approvers, a line each; ``people`` those who are asked.
    """

    title: str
    facts: tuple[tuple[str, str], ...]
    means: tuple[tuple[str, str], ...]
    statement: tuple[str, ...]
    people: tuple[Member, ...]
    runs: tuple[Run, ...]
    standing: str


def read_review(
    review: Review, now_ms: int, names: Names, mine: Sequence[str] = ()
) -> ReviewReading:
    """What a review asks at this moment.

    Args:
        names: what this person calls keys, by fingerprint.
        mine: fingerprints of this person's keys.

    Raises:
        InputError: its parts do not fit together.
    """
    asked = review.as_asked()
    everyone = [key.fingerprint for key in review.asked]
    return ReviewReading(
        title=f"{asked.service}: {asked.call.operation.title}",
        facts=(*_facts(review, asked), *you_are(everyone, mine)),
        means=tuple(_meaning(asked.call)),
        statement=tuple(_statement(asked.call)),
        people=tuple(_people(review, now_ms, names, mine)),
        runs=tuple(runs_of(asked.pieces)),
        standing=review.standing,
    )


def _facts(review: Review, asked: Asked) -> Iterator[tuple[str, str]]:
    yield "Environment", f"{review.environment}, {asked.base_url}"
    yield "Sent by", review.identity
    yield "Request", f"{review.method} {review.url}"
    for name, value in (*asked.call.arguments, *asked.call.query):
        yield name.replace("_", " ").capitalize(), value
    yield "A review counts", "for a day, for exactly this request; it approves nothing at a vendor"
    yield "Network", "none was used to show this"


def _meaning(call: Call[Any]) -> Iterator[tuple[str, str]]:
    body = call.body
    if isinstance(body, CreateKeyShareHolderGroupRequest):
        with_cobo = signs(body.key_share_holder_group_type)
        for finding in who_signs(powers_of(body), with_cobo):
            yield finding.severity, finding.text
    for finding in _problems(call):
        if finding.rule not in _ABOUT_SIGNERS:
            yield finding.severity, finding.text
    if call.arguments:
        yield "note", _BEHIND_IDS


def _problems(call: Call[Any]) -> tuple[Finding, ...]:
    if call.operation.service == cobo.SERVICE:
        return cobo_checks.problems(call)
    return privy_checks.problems(call, ())


def _statement(call: Call[Any]) -> Iterator[str]:
    """What those who approve it at Cobo will see; nothing where nobody approves it in this way."""
    with contextlib.suppress(InputError):
        yield from str(what_approvers_see(call)).splitlines()


def _people(review: Review, now_ms: int, names: Names, mine: Sequence[str]) -> Iterator[Member]:
    given = {key: Given(key, reviewed_ms) for key, reviewed_ms, _ in review.signatures}
    for key in dict.fromkeys((*review.asked, *given)):
        name = " · ".join(
            filter(None, (names.get(key.fingerprint), f"Key {spoken(key.fingerprint)}"))
        )
        if key.fingerprint in mine:
            name += " (you)"
        what = "can review"
        if key in given:
            what = _given(given[key], now_ms)
        if review.asked and key not in review.asked:
            what += "; not asked for, so it does not count"
        yield Member(name, what, key in given)


def _given(given: Given, now_ms: int) -> str:
    said = f"reviewed {day(given.reviewed_ms)} by its own word"
    if given.counts(now_ms):
        return f"{said}; counts until {day(given.until_ms)}"
    if given.reviewed_ms > now_ms:
        return f"{said}, which is ahead of this clock; it does not count"
    return f"{said}; it counted until {day(given.until_ms)}"

"""A change of which it is not known whether it happened: all that is known, and what to choose."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from toolkit.base.times import moment
from toolkit.client.journal import Entry
from toolkit.client.reconcile import LookResult, id_of
from toolkit.errors import ApiError, InDoubt, NoAnswer, ToolkitError
from toolkit.request.call import Call
from toolkit.transport.verify import sized

NAMED = 5  # ids in a sentence; all of them are the error's candidates


def in_doubt(
    place: str,
    entry: Entry,
    call: Call[Any],
    because: ToolkitError | None,
    reason: str,
    result: LookResult,
    safe_until_ms: int | None = None,
) -> InDoubt:
    """The error of a change in doubt.

    Args:
        place: what was done and where, as its sentence begins.
        because: what went wrong just now; None where that is of an earlier run.
        reason: the same in a sentence, without saying again where; empty with None.
        result: what looking has shown.
        safe_until_ms: until when sending it again makes nothing twice; None where it may.
    """
    candidates = [id_of(thing) for thing in (*result.fits, *result.maybe)]
    sentence = result.told
    if candidates:
        sentence = f"{sentence} It could be {_some_of(candidates)}."
    first = _first_reason(entry, reason, result.told).rstrip(".")
    listed = "".join(
        f"\n  - {line}" for line in choices(entry.number, call, candidates, safe_until_ms)
    )
    error = InDoubt(
        f"{place}: it is not known whether this happened. {first}. {sentence}",
        number=entry.number,
        because=because,
        history=entry.history,
        candidates=candidates,
        finding=result.finding,
        hint=f"{_remedy(because, result)}{_rule(safe_until_ms)} Choose:{listed}",
    )
    if because is None:
        sent = sized((entry.body or "").encode())
        error.evidence = (("sent", f"{sent}, fingerprint {entry.fingerprint[:12]}"),)
    return error


def _rule(safe_until_ms: int | None) -> str:
    if safe_until_ms is None:
        return "It is not sent again by itself."
    return "It was sent again under its idempotency key, and still nothing was heard."


def _first_reason(entry: Entry, reason: str, told: str) -> str:
    """Why it came into doubt: what went wrong, or what the journal says first."""
    if not reason and entry.history:
        _, reason = entry.history[0]
    if reason and reason != told:
        return reason
    return "It was written down, and no answer was heard."


def _some_of(candidates: Sequence[str]) -> str:
    named = " or ".join(candidates[:NAMED])
    more = len(candidates) - NAMED
    if more > 0:
        return f"{named}, or one of {more} more"
    return named


def _remedy(because: ToolkitError | None, result: LookResult) -> str:
    """What has to be put right first, or looking again is in vain."""
    error = because
    if result.finding == "hopeless":
        error = result.error
    if error is None or not error.hint:
        return ""
    if isinstance(error, ApiError | NoAnswer):  # the service's own word, or the network
        return ""
    return f"{error.hint} "


def choices(
    number: int,
    call: Call[Any],
    candidates: Sequence[str],
    safe_until_ms: int | None = None,
) -> list[str]:
    """What a person may say, each as code and its meaning, a line each."""
    operation = call.operation
    reconciliation = operation.reconciliation
    resolve = f"client.resolve({number}"
    lines = []
    if reconciliation is not None and reconciliation.look is not None:
        lines.append(f"{resolve}) looks again, which only reads")
    if reconciliation is not None and reconciliation.get is not None:
        named = '"…"'
        if candidates:
            named = ascii(candidates[0])  # a service's word: in code it is a literal
        lines.append(f"{resolve}, adopt={named}) takes what you found elsewhere, by its id")
    keys = ""
    if operation.co_signed or operation.owner_signs:
        keys = ", signers=[…]"
    when = "if you know that it did not happen"
    if safe_until_ms is not None:
        until = moment(safe_until_ms, "%d %b %Y, %H:%M:%S")
        when = f"under the same idempotency key: until {until} it is done once all the same"
    lines.append(f"{resolve}, send_again=True{keys}) {when}")
    lines.append(f"{resolve}, give_up=True) closes it without knowing")
    return lines

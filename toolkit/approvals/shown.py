"""An approval shown: as a card, and as lines for a terminal, from the same reading."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from toolkit.approvals.reading import Member, Reading, Run, read
from toolkit.base.card import Card, Listed
from toolkit.base.text import plain_line
from toolkit.privy.members import Names

if TYPE_CHECKING:
    from toolkit.approvals.approval import Approval
    from toolkit.approvals.review_reading import ReviewReading

WIDTH = 88
_RULE = "-" * WIDTH
_BEFORE_SIGNING = (
    "Compare digits by voice before you sign: privy.forms.sign(approval), or approval.compare()."
)
_SIGNS = {"": " ", "gone": "-", "new": "+"}


def card_of(approval: Approval, now_ms: int, names: Names, mine: Sequence[str] = ()) -> str:
    """The card, without widget or script. Nothing of it needs a network.

    ``mine``: fingerprints of this person's keys.
    """
    reading = read(approval, now_ms, names, mine)
    notes = [("Note", each) for each in reading.remarks]
    return Card(
        f"Approval {approval.call.operation.name}",
        [("what", reading.title), *notes, ("signatures", approval.standing), *reading.facts],
        environment=approval.prepared.environment.name,
        alarms=[("Do not sign", each) for each in reading.trouble],
        lists=_lists(approval, reading),
        texts=[
            ("The body, byte by byte", "\n".join(_run(each) for each in reading.runs) or "no body"),
            ("The whole message that is signed", reading.message),
        ],
        foot=f"{reading.opinion} {_BEFORE_SIGNING}",
    ).html()


def _lists(approval: Approval, reading: Reading) -> list[Listed]:
    means = [(word.upper(), text) for word, text in reading.means]
    signed = [_person(each) for each in reading.members]
    return [
        _list("What changes", ("change",), [(each,) for each in reading.changes]),
        _list("What it means", ("", ""), means),
        _list("Before and after", ("now", "after"), [_pair(row) for row in reading.rows]),
        _list(f"Who signs: {approval.standing}, {reading.by}", ("", "who", ""), signed),
    ]


def _person(member: Member) -> tuple[str, str, str]:
    return "✓" if member.signed else "", member.name, member.what


def _list(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> Listed:
    return Listed(title, columns, rows, len(rows))


def _pair(row: Sequence[Sequence[str]]) -> tuple[str, str]:
    old, new = row
    return _marked(old), _marked(new)


def _marked(cell: Sequence[str]) -> str:
    state, text = cell[0], cell[1]
    return f"{_SIGNS[state]} {text}".strip() if text else ""


def _run(run: Run) -> str:
    where = str(run.first) if run.first == run.last else f"{run.first}-{run.last}"
    return f"{where:>11}  {run.label:<28}  {'  ' * run.depth}{run.text}"


# ---- for a terminal ------------------------------------------------------------------------------


def lines_of(approval: Approval, reading: Reading) -> Iterator[str]:
    """The same for a terminal, a line each; what is hidden in names is written out."""
    yield from _wrapped(reading.title)
    for name, text in reading.facts:
        yield from _wrapped(text, f"{name:<20}")
    for text in reading.trouble:
        yield from _wrapped(text, "DO NOT SIGN  ")
    for text in reading.remarks:
        yield from _wrapped(text, "NOTE  ")
    yield from _section("WHAT CHANGES")
    for at, text in enumerate(reading.changes, 1):
        yield from _wrapped(text, f"  {at}. ")
    yield ""
    yield from _compared(reading)
    yield from _section("WHAT IT MEANS")
    for word, text in reading.means:
        yield from _wrapped(text, f"  {word.upper():<8}")
    yield from _signed_bytes(reading)
    yield from _signers(approval, reading)


def _compared(reading: Reading) -> Iterator[str]:
    for old, new in reading.rows:
        if old[1]:
            yield from _wrapped(old[1], f"  {_SIGNS[old[0]]} ")
        if new[1] and new[0]:
            yield from _wrapped(new[1], f"  {_SIGNS[new[0]]} ")


def _signers(approval: Approval, reading: Reading) -> Iterator[str]:
    yield from _section(f"WHO SIGNS  {approval.standing}")
    yield from _wrapped(f"{reading.by}.", "  ")
    yield from _members(reading.members)
    yield _RULE


def _members(members: Sequence[Member]) -> Iterator[str]:
    for each in members:
        mark = "x" if each.signed else " "
        yield from _wrapped(f"{each.name}: {each.what}", f"  [{mark}] ")


def _signed_bytes(reading: Reading) -> Iterator[str]:
    size = len(reading.message.encode())
    yield from _section(f"EXACTLY WHAT YOU SIGN  {size} bytes of canonical JSON; its body:")
    yield from _bytes(reading.runs)
    yield "  The whole message:"
    yield from _whole(reading.message)
    yield from _wrapped(reading.opinion, "  ")


def _whole(text: str) -> Iterator[str]:
    line = plain_line(text)
    yield from (f"  {line[at : at + WIDTH - 4]}" for at in range(0, len(line), WIDTH - 4))


def _bytes(runs: Sequence[Run]) -> Iterator[str]:
    for run in runs:
        line = plain_line(_run(run))
        yield line if len(line) <= WIDTH else f"{line[: WIDTH - 12]} … {line[-9:]}"


def _section(title: str) -> Iterator[str]:
    yield _RULE
    yield title


def _wrapped(text: str, before: str = "") -> Iterator[str]:
    after = " " * len(before)
    yield from textwrap.wrap(
        plain_line(text),
        WIDTH,
        initial_indent=before,
        subsequent_indent=after,
        break_on_hyphens=False,
    ) or [before.rstrip()]


# ---- a review ------------------------------------------------------------------------------------


def review_card(reading: ReviewReading, environment: str) -> str:
    """A review as a card, without widget or script."""
    means = [(word.upper(), text) for word, text in reading.means]
    lines = [(each,) for each in reading.statement]
    people = [_person(each) for each in reading.people]
    return Card(
        "Review",
        [("what", reading.title), ("reviews", reading.standing), *reading.facts],
        environment=environment,
        lists=[
            _list("What it means", ("", ""), means),
            _list("What Cobo shows its approvers", ("line",), lines),
            _list("Who is asked for a review", ("", "who", ""), people),
        ],
        texts=[("The body, byte by byte", "\n".join(map(_run, reading.runs)) or "no body")],
        foot="Review it in a terminal: python -m toolkit review FILE --key FILE.",
    ).html()


def review_lines(reading: ReviewReading) -> Iterator[str]:
    """The same for a terminal, a line each; what is hidden in names is written out."""
    yield from _wrapped(reading.title)
    wide = 2 + max(len(name) for name, _ in reading.facts)
    for name, text in reading.facts:
        yield from _wrapped(text, f"{name:<{wide}}")
    yield from _section("WHAT IT MEANS")
    for word, text in reading.means:
        yield from _wrapped(text, f"  {word.upper():<8}")
    if reading.statement:
        yield from _section("WHAT COBO SHOWS ITS APPROVERS")
        for line in reading.statement:
            yield from _wrapped(line, "  ")
    body = "".join(run.text for run in reading.runs)
    yield from _section(f"EXACTLY WHAT WILL BE SENT  a body of {len(body.encode())} bytes:")
    if body:
        yield from _bytes(reading.runs)
        yield "  The whole body:"
        yield from _whole(body)
    yield from _section(f"WHO REVIEWS  {reading.standing}")
    yield from _members(reading.people)
    yield _RULE

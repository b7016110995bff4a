"""What the fields mean, on a card beside them: a picture, sentences, advice."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from markupsafe import Markup

from toolkit.base.html import Seat, isolated, picture, render
from toolkit.findings import Finding


def told(finding: Finding) -> Markup:
    """A finding as a sentence: other people's words in it stand apart from ours."""
    return isolated(finding.text, finding.names)


def marked(findings: Iterable[Finding]) -> list[tuple[str, Any]]:
    """Findings as lines with a mark."""
    return [(finding.severity, told(finding)) for finding in findings]


def meaning_facts(
    gate: str,
    seats: Sequence[Seat],
    sentences: Iterable[Finding | str],
    advice: Iterable[Finding],
    note: str = "",
) -> dict[str, Any]:
    """What ``meaning.html`` draws. ``note``: one more line, such as that it is a draft."""
    lines = marked(advice)
    if note:
        lines.append(("note", note))
    texts = [told(each) if isinstance(each, Finding) else each for each in sentences]
    return {"p": picture(gate, seats), "sentences": texts, "advice": lines}


def meaning_card(facts: dict[str, Any]) -> Markup:
    """The card."""
    return render("meaning.html", **facts)

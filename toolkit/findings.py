"""What forms, checks, preflight, the command line and the audit all speak: a finding, and the rule
that makes it.

A rule is data with a small look at *columns*: one thing is columns of length one, an organisation
is columns of a million. Whoever asks runs the same rules and only renders what they find
differently.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Generic, Literal, NamedTuple, TypeVar

from toolkit.base.hidden import hidden_at
from toolkit.base.text import hidden_in_words

C = TypeVar("C")

#: From what must not be to what is well. ``high`` keeps a request from being sent; ``medium``
#: warns, and a person who knows better may acknowledge it; ``low`` and ``note`` inform.
Severity = Literal["high", "medium", "low", "note", "good"]
SEVERITIES: tuple[Severity, ...] = ("high", "medium", "low", "note", "good")
#: How a command ends by the worst that was found.
EXIT_CODES: Mapping[Severity, int] = {"note": 11, "low": 12, "medium": 13, "high": 14}

#: Where in a thing: names of fields and places in lists, ``("key_share_holders", 0, "name")``.
Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """Where a rule is from: documented by the vendor at a place, or ours, and then why."""

    place: str
    documented: bool

    def __str__(self) -> str:
        return f"{self.ground}: {self.place}"

    @property
    def ground(self) -> str:
        """``documented`` or ``ours``, in a word."""
        return "documented" if self.documented else "ours"


def documented(place: str) -> Source:
    """What the vendor says at this place."""
    return Source(place, True)


def ours(why: str) -> Source:
    """What we infer, or ask for ourselves, and why."""
    return Source(why, False)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found. ``sentence`` says what is so, ``remedy`` what to do about it.

    ``subject`` is what it is about (an id or a name, perhaps empty), ``path`` where in it.
    ``names`` are somebody else's words that stand in the texts: whoever shows them keeps them apart
    from ours.

    >>> from toolkit.findings import Finding, ours
    >>> finding = Finding(
    ...     "my.rule", "low", "Treasury", (), "It has no name.", "Name it.", ours("ours")
    ... )
    >>> finding.blocks, finding.text
    (False, 'It has no name. Name it.')
    """

    rule: str
    severity: Severity
    subject: str
    path: Path
    sentence: str
    remedy: str
    source: Source
    names: tuple[str, ...] = ()

    @property
    def blocks(self) -> bool:
        """Whether it keeps a request from being sent, whoever acknowledges it."""
        return self.severity == "high"

    @property
    def needs_word(self) -> bool:
        """Whether it keeps a request from being sent until a person acknowledges it."""
        return self.severity == "medium"

    def holds_up(self, acknowledged: Collection[str]) -> bool:
        """Whether it keeps a request from being sent, once these rules are acknowledged."""
        return self.blocks or (self.needs_word and self.rule not in acknowledged)

    @property
    def documented(self) -> bool:
        """Whether the vendor says so."""
        return self.source.documented

    @property
    def field(self) -> str:
        """The path as text, to be read: ``key_share_holders[0].name``."""
        return path_text(self.path)

    @property
    def text(self) -> str:
        """Sentence and remedy."""
        return f"{self.sentence} {self.remedy}".strip()

    def at(self, *more: str | int) -> Finding:
        """The same finding in a larger thing, at this place of it."""
        return replace(self, path=(*more, *self.path))

    def __str__(self) -> str:
        return f"{self.field or self.subject}: {self.text} [{self.rule}; {self._ground}]"

    @property
    def _ground(self) -> str:
        if self.rule.startswith("form."):
            return f"needed here: {self.source.place}"
        if self.severity == "medium" and not self.documented:
            return f"inferred, can be acknowledged: {self.source.place}"
        return str(self.source)


def path_text(path: Path) -> str:
    """A path to be read: ``key_share_holders[0].name``."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif text:
            text += f".{part}"
        else:
            text = part
    return text


# ---- rules ---------------------------------------------------------------------------------------


class Hit(NamedTuple):
    """Where a rule found something: the row, the place in it, and what is so there.

    ``remedy`` stands in place of the rule's own; ``names`` are somebody else's words in the texts.
    """

    row: int
    path: Path
    sentence: str
    remedy: str = ""
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule(Generic[C]):
    """A rule: its id, how bad it is, where it is from, what to do, and where it looks."""

    id: str
    severity: Severity
    source: Source
    look: Callable[[C], Iterable[Hit]]
    remedy: str = ""

    def finding(self, hit: Hit, subject: str = "") -> Finding:
        """What one hit comes to. ``subject``: what its row is about."""
        return Finding(
            self.id,
            self.severity,
            subject,
            hit.path,
            hit.sentence,
            hit.remedy or self.remedy,
            self.source,
            hit.names,
        )


def found_by(
    rules: Iterable[Rule[C]], columns: C, subjects: Sequence[str] = ()
) -> tuple[Finding, ...]:
    """What these rules find, rule by rule. ``subjects``: what each row is about."""
    found: list[Finding] = []
    for rule in rules:
        for hit in rule.look(columns):
            found.append(rule.finding(hit, subjects[hit.row] if subjects else ""))
    return tuple(found)


# ---- what rules of both providers say ------------------------------------------------------------

TYPE_IT_AGAIN = "Delete it, or type the text again by hand."


def hidden_sentence(noun: str, text: str) -> str:
    """That characters which hide or move others stand in a text that people approve by."""
    return f"In this {noun} stands what cannot be seen: {hidden_in_words(text)}."


def hidden_name(rule: str, path: Path, noun: str, name: str) -> Iterator[Finding]:
    """The name of something that is there already, by which a person would approve."""
    if hidden_at(name):
        remedy = "Go by its id, or give it another name first."
        why = ours("our rule: people approve by name")
        yield Finding(rule, "medium", "", path, hidden_sentence(noun, name), remedy, why)


def needed(
    rule: str,
    path: Path,
    sentence: str,
    remedy: str = "",
    why: str = "this form",
    *,
    severity: Severity = "high",
    names: tuple[str, ...] = (),
) -> Finding:
    """What a form asks for itself: a request cannot be made, or not be meant, without it."""
    return Finding(rule, severity, "", path, sentence, remedy, ours(why), names)

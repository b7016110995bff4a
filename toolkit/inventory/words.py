"""Sentences of an audit: words of ours, and in them the words of others, kept apart.

So a sentence can be shown with people's names, or with a pseudonym in the place of each.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass


class Person(str):
    """Somebody's name, and a seat of theirs: what a pseudonym is made of."""

    seat: str

    def __new__(cls, name: str, seat: str) -> Person:
        """A name that goes with a seat."""
        person = super().__new__(cls, name)
        person.seat = seat
        return person

    def __getnewargs__(self) -> tuple[str, str]:  # type: ignore[override]  # two, as it is made
        return str(self), self.seat

    @property
    def pseudonym(self) -> str:
        """The same for the same seat, whatever its holder is called: nobody can try names on it."""
        digest = hashlib.sha256(f"quorum-toolkit person\0{self.seat}".encode()).hexdigest()
        return f"person-{digest[:8]}"


@dataclass(frozen=True, slots=True)
class Several:
    """A few names in a sentence: ``A, B or C``; how many more there are, where they are many."""

    names: Sequence[str]
    word: str = "and"
    most: int = 5


Value = str | int | Several
Write = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Told:
    """A sentence with gaps (``{}``), and what stands in each. ``remedy`` in place of the rule's
    own; ``path``: where in the thing.
    """

    text: str
    values: tuple[Value, ...] = ()
    remedy: str = ""
    path: tuple[str | int, ...] = ()

    def sentence(self, *, names: bool = True, write: Write = str) -> str:
        """The sentence; without ``names`` people stand in it by pseudonym. ``write``: how the words
        of others are written, where a reader would take them for more than words.
        """
        return self.text.format(
            *(written(value, names=names, write=write) for value in self.values)
        )

    @property
    def words(self) -> tuple[str, ...]:
        """The words of others in it."""
        each: list[str] = []
        for value in self.values:
            if isinstance(value, Several):
                each += value.names
            elif isinstance(value, str):
                each.append(value)
        return tuple(map(str, each))


def told(text: str, *values: Value, remedy: str = "", path: tuple[str | int, ...] = ()) -> Told:
    """A sentence with gaps and what stands in them."""
    return Told(text, values, remedy, path)


def told_of(sentence: str, name: str, remedy: str = "") -> Told:
    """A finished sentence in which this name stands, perhaps several times."""
    parts = [
        part.replace("{", "{{").replace("}", "}}") for part in sentence.split(name or sentence)
    ]
    return Told("{0}".join(parts), (name,), remedy)


def written(value: Value, *, names: bool = True, write: Write = str) -> str:
    """A value as it stands in a sentence."""
    if isinstance(value, Several):
        shown = [written(name, names=names, write=write) for name in value.names[: value.most]]
        more = len(value.names) - len(shown)
        if more:
            shown.append(f"{more} more")
        return one_of(shown, value.word)
    if isinstance(value, Person) and not names:
        return value.pseudonym
    return write(str(value))


def one_of(texts: Sequence[str], word: str) -> str:
    """Texts as a sentence says them: ``A, B or C``."""
    if len(texts) < 2:
        return "".join(texts)
    return f"{', '.join(texts[:-1])} {word} {texts[-1]}"

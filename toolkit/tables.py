"""The table machinery: columns that say what they hold and where it comes from. Knows no vendor.

One definition makes the DataFrame that users call by name and the small table on a card. pandas is
loaded when the first frame is made.

dtypes: ``text`` and ``id`` are pandas' nullable string, ``integer`` Int64, ``flag`` nullable
boolean, ``moment`` ``datetime64[ms, UTC]`` made from Unix milliseconds, ``word`` a categorical with
the words known today; a word that a service adds tomorrow is appended, never lost. Texts are inert
(``toolkit.base.inert``), so that a frame is safe wherever it is shown or saved.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from msgspec import UNSET

from toolkit.base.collector import paused
from toolkit.base.html import Rows, code
from toolkit.base.times import day
from toolkit.errors import InputError
from toolkit.request.exchange import Answer, Provenance

if TYPE_CHECKING:
    import pandas as pd

T = TypeVar("T")
Kind = Literal["text", "id", "integer", "flag", "moment", "word"]
NOT_RECEIVED = "unknown: not received by a client"
VERIFICATION = {
    True: "every answer carried a valid signature",
    False: "an answer's signature was wrong",
    None: "this service signs no answers",
}
FLAGS = {True: "yes", False: "no", None: "not said"}


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, kind, for ``word`` the words known today, and ``of``: from the thing that
    a row is about to what stands there (None and UNSET are missing).

    ``lane`` names what else a row is about, such as the group that a holder is in; empty: the thing
    itself. ``title`` is how a card calls the column; a card leaves out those without.
    """

    name: str
    kind: Kind = "text"
    words: tuple[str, ...] = ()
    of: Callable[[Any], Any] = field(kw_only=True)
    lane: str = field(default="", kw_only=True)
    title: str = field(default="", kw_only=True)


@dataclass(frozen=True, slots=True)
class Lane:
    """Things that stand in several rows each: the groups that holders are in.

    ``counts`` says in how many rows, in order.
    """

    things: Sequence[Any]
    counts: Sequence[int]

    def __iter__(self) -> Iterator[Any]:
        for thing, count in zip(self.things, self.counts, strict=True):
            for _ in range(count):
                yield thing


@dataclass(frozen=True, slots=True)
class Table:
    """Columns in order."""

    columns: tuple[Column, ...]

    def frame(self, rows: Sequence[Any], what: Any, **lanes: Lane) -> pd.DataFrame:
        """A plain DataFrame of exactly these columns, one row a thing, whatever their number.

        ``attrs`` say where the rows came from: ``environment``, ``verified`` and ``verification``
        of ``what``, the models they were made of.
        """
        import pandas as pd

        from toolkit.arrays import array, repeated

        arrays = {}
        with paused():
            for column in self.columns:
                things = lanes[column.lane].things if column.lane else rows
                values = array(column.kind, column.words, list(map(column.of, things)))
                if column.lane:
                    values = repeated(values, lanes[column.lane].counts)
                arrays[column.name] = values
            frame = pd.DataFrame(arrays, copy=False)  # they are ours alone
        frame.attrs.update(origin(what))
        return frame

    def card(self, title: str, source: str, rows: Sequence[Any], **lanes: Lane) -> Rows:
        """The same as a small table on a card; ``source`` is the code that gives the frame."""
        titled = [column for column in self.columns if column.title]
        sides = [lanes[column.lane] if column.lane else rows for column in titled]
        cells = [
            [_cell(column, thing) for thing in side]
            for column, side in zip(titled, sides, strict=True)
        ]
        return Rows(
            title, source, [column.title for column in titled], list(zip(*cells, strict=True))
        )

    def facts(self, thing: Any) -> list[tuple[str, object]]:
        """What a card says of one thing: title and text, column by column."""
        return [(column.title, _cell(column, thing)) for column in self.columns if column.title]


def _cell(column: Column, thing: Any) -> object:
    """What a card shows."""
    value = column.of(thing)
    if value is UNSET:
        value = None
    match column.kind:
        case "flag":
            return FLAGS[value]
        case "moment":
            return day(value)
        case "id":
            return code("" if value is None else value)
        case "word":
            return "not said" if value is None else value
    return "" if value is None else str(value)


def several(what: Any) -> list[Any]:
    """What is passed as one thing or as several, as a list."""
    return list(what) if isinstance(what, Iterable) else [what]


def listed(what: Any, kinds: type[T] | tuple[type[T], ...]) -> tuple[list[T], Any]:
    """The things themselves, and what they came in: one thing, a list of things, a page, or a list
    of pages. ``kinds``: what they may be.

    Raises:
        InputError: something else than models of this kind.
    """
    if isinstance(what, Iterable) and not isinstance(what, Mapping | str | Answer):
        what = list(what)
    items = what if isinstance(what, list) else [what]
    things = [
        thing for item in items for thing in (item.data if hasattr(item, "data") else (item,))
    ]
    _must_be(things, kinds if isinstance(kinds, tuple) else (kinds,))
    return things, what


def _must_be(things: Iterable[Any], kinds: tuple[type, ...]) -> None:
    names = " or ".join(kind.__name__ for kind in kinds)
    for kind in dict.fromkeys(map(type, things)):
        if not issubclass(kind, kinds):
            raise InputError(
                f"A table of {names} cannot be made of {kind.__name__}.",
                hint=f"Pass {names} models, or a page of them.",
            )


def provenance_of(thing: Any) -> Provenance | None:
    """Where a model came from; None for one that no client received."""
    return thing.provenance if isinstance(thing, Answer) else None


def origin(what: Any) -> dict[str, Any]:
    """``environment``, ``verified`` (True, False, or None: unknown or never signed) and what that
    means, in words.
    """
    answers = list(what) if isinstance(what, Iterable) and not isinstance(what, Answer) else [what]
    # answers of one request share one provenance: each is looked at once
    provenances = {id(each): each for each in map(provenance_of, answers)}.values() or [None]
    known = [provenance for provenance in provenances if provenance is not None]
    environments = sorted({provenance.environment for provenance in known})
    if len(known) < len(provenances):
        return {
            "environment": ", ".join([*environments, "unknown"]),
            "verified": None,
            "verification": NOT_RECEIVED,
        }
    verified = _all_verified({provenance.verified for provenance in known})
    return {
        "environment": ", ".join(environments),
        "verified": verified,
        "verification": VERIFICATION[verified],
    }


def _all_verified(verdicts: set[bool | None]) -> bool | None:
    if False in verdicts:
        return False
    return None if None in verdicts else True

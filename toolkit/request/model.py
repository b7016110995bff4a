"""What every model of a service has: it is short to look at, in text and as a card."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

import msgspec
from msgspec import UNSET

from toolkit.base.card import ROWS, Card, Count, Listed, on_a_card
from toolkit.base.times import day
from toolkit.keys.detect import is_private

HIDDEN = "(hidden: it may be a private key)"  # nobody may see one; 64 hex digits may be either
DOTS = "••••••••"  # of what nobody may see at all
LONGEST_LIST = 3  # texts of a list that are named on a card
_MOMENTS = ("_timestamp", "_at")  # how the fields end that are Unix milliseconds


class Model(msgspec.Struct, frozen=True, gc=False):
    """A request or an answer, or a part of one.

    ``shown`` names the fields that a line shows, and a list of these on a card; all where it names
    none. ``apart`` are fields that are no part of what it is. ``typed`` are those that people type,
    where not all are: a private key that stands in one of them is never shown. ``hidden`` are those
    that are never shown at all.
    """

    shown: ClassVar[tuple[str, ...]] = ()
    apart: ClassVar[tuple[str, ...]] = ()
    typed: ClassVar[tuple[str, ...] | None] = None
    hidden: ClassVar[tuple[str, ...]] = ()

    def __repr__(self) -> str:
        return self._card().line()

    def _repr_html_(self) -> str:
        return self._card().html()

    def _card(self) -> Card:
        values = _what_it_says(self)
        in_a_line = [name for name in columns_of(self) if name in values]
        others = [name for name in values if name not in in_a_line]
        return Card(
            kind_of(self),
            facts=[(name, _short(name, values[name])) for name in in_a_line],
            more=[(name, _whole(name, values[name])) for name in others],
            lists=_lists(values),
        )


def fields_of(model: Model) -> tuple[str, ...]:
    """The names of what a model is, in order."""
    return tuple(name for name in model.__struct_fields__ if name not in model.apart)


def columns_of(model: Model) -> tuple[str, ...]:
    """The names of what a line shows of it."""
    return model.shown or fields_of(model)


def kind_of(model: Model) -> str:
    """Its type as a user writes it: ``cobo.MPCVault``."""
    kind = type(model)
    package, _, rest = kind.__module__.partition(".")
    if package != "toolkit":
        return kind.__name__
    return f"{rest.partition('.')[0]}.{kind.__name__}"


def listed(title: str, models: Iterable[Model]) -> Listed:
    """A row for each of the first models, in the columns that they show."""
    models = list(models)
    first = models[:ROWS]
    columns: tuple[str, ...] = ()
    if first:
        columns = columns_of(first[0])
    rows = [[_cell(model, name) for name in columns] for model in first]
    return Listed(title, columns, rows, len(models))


def _what_it_says(model: Model) -> dict[str, Any]:
    values = {name: _open(model, name) for name in fields_of(model)}
    return {name: value for name, value in values.items() if _says(value)}


def _lists(values: Mapping[str, Any]) -> list[Listed]:
    return [
        listed(name.replace("_", " "), value)
        for name, value in values.items()
        if _is_of_models(value)
    ]


def _cell(model: Model, name: str) -> str:
    value = _open(model, name)
    if not _says(value):
        return ""
    return on_a_card(_whole(name, value))


def _says(value: object) -> bool:
    return value is not None and value is not UNSET


def _is_of_models(value: object) -> bool:
    return isinstance(value, list | tuple) and bool(value) and isinstance(value[0], Model)


def _short(name: str, value: Any) -> object:
    """A field's value in a line: a list by its length."""
    if isinstance(value, list | tuple):
        return Count(len(value), on_a_card(_whole(name, value)))
    return value


def _whole(name: str, value: Any) -> object:
    """A field's value on a card: a time in words, the first texts of a list."""
    if name.endswith(_MOMENTS) and isinstance(value, int):
        return day(value)
    if not isinstance(value, list | tuple):
        return value
    if not value or _is_of_models(value):
        return Count(len(value))
    first = ", ".join(map(str, value[:LONGEST_LIST]))
    more = len(value) - LONGEST_LIST
    if more > 0:
        first += f" and {more} more"
    return first


def _open(model: Model, name: str) -> Any:
    """A field's value, without what nobody may see."""
    value = getattr(model, name)
    if name in model.hidden:
        return DOTS
    if model.typed is not None and name not in model.typed:
        return value
    if isinstance(value, list | tuple):
        return [_without_private(each) for each in value]
    return _without_private(value)


def _without_private(value: Any) -> Any:
    if isinstance(value, str) and is_private(value):
        return HIDDEN
    return value

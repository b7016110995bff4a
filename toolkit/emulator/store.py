"""Things in the order of their making, and what finds some of them without a look at the others.

A store is a mapping by id. Each thing has a number that grows with every new one; an index keeps,
for each value that things have, the sorted numbers of those that have it. So a page costs what is
on it, wherever it is and however many things there are: finding a place is a binary search, and
taking a number out of a sorted list only moves memory.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import (
    Callable,
    Hashable,
    Iterable,
    Iterator,
    Mapping,
    MutableMapping,
    Sequence,
)
from typing import Any, Generic, Protocol, TypeVar

T = TypeVar("T")
Values = Callable[[T], Sequence[Hashable]]


class Rows(Protocol[T]):
    """What pages are cut from: rows in an order."""

    def __len__(self) -> int:
        """How many rows there are."""

    def cut(self, start: int, end: int) -> list[T]:
        """The rows from ``start`` to before ``end``, which both are within them."""

    def position(self, row_id: str) -> int | None:
        """Where the row of this id is; None where it is not among them."""


class FewRows(Generic[T]):
    """A few rows, which are all looked at for a position."""

    def __init__(self, rows: Sequence[T], id_of: Callable[[T], str]) -> None:
        self._rows = rows
        self._id_of = id_of

    def __len__(self) -> int:
        return len(self._rows)

    def cut(self, start: int, end: int) -> list[T]:
        """The rows from ``start`` to before ``end``."""
        return list(self._rows[start:end])

    def position(self, row_id: str) -> int | None:
        """Where the first row of this id is."""
        for at, row in enumerate(self._rows):
            if self._id_of(row) == row_id:
                return at
        return None


class Backwards(Generic[T]):
    """Rows in the opposite order."""

    def __init__(self, rows: Rows[T]) -> None:
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    def cut(self, start: int, end: int) -> list[T]:
        """The rows from ``start`` to before ``end``, counted from the other end."""
        size = len(self)
        turned = self._rows.cut(size - end, size - start)
        turned.reverse()
        return turned

    def position(self, row_id: str) -> int | None:
        """Where the row is, counted from the other end."""
        position = self._rows.position(row_id)
        if position is None:
            return None
        return len(self) - 1 - position


class Index(Generic[T]):
    """Which things have a value: their numbers, sorted.

    Args:
        values_of: the values of one thing; it never fails, whatever the thing is.
    """

    def __init__(self, values_of: Values[T]) -> None:
        self.values_of = values_of
        self.numbers: dict[Hashable, list[int]] = {}

    def move(
        self,
        number: int,
        before: Sequence[Hashable],
        after: Sequence[Hashable],
        things: Mapping[int, T],
    ) -> None:
        """A thing that had some values has others now. Empty: it was not there, or is gone."""
        old, new = set(before), set(after)
        for value in old - new:
            numbers = self.numbers[value]
            del numbers[bisect_left(numbers, number)]
            if not numbers:
                del self.numbers[value]
        for value in new - old:
            insort(self.numbers.setdefault(value, []), number)

    def clear(self) -> None:
        """Nothing has any value."""
        self.numbers.clear()


class FirstIndex(Index[T]):
    """An index that keeps its values in the order of the things that had them first.

    ``firsts`` has the number of that thing, the place of the value within it, and the value.
    """

    def __init__(self, values_of: Values[T]) -> None:
        super().__init__(values_of)
        self.firsts: list[tuple[int, int, Hashable]] = []
        self.places: dict[Hashable, tuple[int, int]] = {}

    def move(
        self,
        number: int,
        before: Sequence[Hashable],
        after: Sequence[Hashable],
        things: Mapping[int, T],
    ) -> None:
        """As for any index; then each value of the thing takes its place among the values."""
        super().move(number, before, after, things)
        values = {*before, *after}
        for value in values:
            was = self.places.pop(value, None)
            if was is not None:
                del self.firsts[bisect_left(self.firsts, was)]
        for value in values:
            if value in self.numbers:
                first = self.numbers[value][0]
                place = (first, list(self.values_of(things[first])).index(value))
                self.places[value] = place
                insort(self.firsts, (*place, value))

    def clear(self) -> None:
        """Nothing has any value."""
        super().clear()
        self.firsts.clear()
        self.places.clear()


_EVERY = ""  # the name of the index that has all things, under one value


class Store(MutableMapping[str, T]):
    """Things by id, in the order of their making. What replaces another thing takes its place.

    Args:
        indexes: by name, what its things are found by.
    """

    def __init__(self, **indexes: Index[T]) -> None:
        self._numbers: dict[str, int] = {}
        self._things: dict[int, T] = {}
        self._latest = 0
        self._indexes = {**indexes, _EVERY: Index[T](_one_value)}

    # ---- a mapping ----

    def __getitem__(self, thing_id: str) -> T:
        return self._things[self._numbers[thing_id]]

    def __setitem__(self, thing_id: str, thing: T) -> None:
        number = self._numbers.get(thing_id)
        before = None
        if number is None:
            self._latest += 1
            number = self._latest
            self._numbers[thing_id] = number
        else:
            before = self._things[number]
        self._things[number] = thing
        self._moved(number, before, thing)

    def __delitem__(self, thing_id: str) -> None:
        number = self._numbers.pop(thing_id)
        self._moved(number, self._things.pop(number), None)

    def __iter__(self) -> Iterator[str]:
        return iter(self._numbers)

    def __reversed__(self) -> Iterator[str]:
        return reversed(self._numbers)

    def __len__(self) -> int:
        return len(self._numbers)

    def __contains__(self, thing_id: object) -> bool:
        return thing_id in self._numbers

    def clear(self) -> None:
        """Let go of everything at once."""
        self._numbers.clear()
        self._things.clear()
        for index in self._indexes.values():
            index.clear()

    def _moved(
        self,
        number: int,
        before: T | None,
        after: T | None,
    ) -> None:
        """Bring every index to what there is now. None: there was nothing, or there is no more."""
        for index in self._indexes.values():
            old = index.values_of(before) if before is not None else ()
            new = index.values_of(after) if after is not None else ()
            if old != new:
                index.move(number, old, new, self._things)

    # ---- what is found without a look at the rest ----

    def has(self, index: str, value: Hashable) -> bool:
        """Whether anything has this value."""
        return value in self._indexes[index].numbers

    def having(self, index: str, value: Hashable) -> list[T]:
        """Everything that has this value, oldest first."""
        numbers = self._indexes[index].numbers.get(value, ())
        return [self._things[number] for number in numbers]

    def select(self, wanted: Mapping[str, Iterable[Hashable]] | None = None) -> Rows[T]:
        """Those that have one of the wanted values in each index that is named; none named: all.

        One value of one index costs nothing. More of them look at the things that have one of the
        values of the rarest.
        """
        if not wanted:
            wanted = {_EVERY: (None,)}
        choices = [self._numbers_of(name, values) for name, values in wanted.items()]
        rarest = min(choices, key=_size)
        others = [numbers for numbers in choices if numbers is not rarest]
        numbers = _merged(rarest)
        for lists in others:
            numbers = [each for each in numbers if any(_has(some, each) for some in lists)]
        return _Numbered(numbers, self._numbers, self._things)

    def _numbers_of(self, name: str, values: Iterable[Hashable]) -> list[list[int]]:
        """The sorted numbers of each value that anything has."""
        numbers = self._indexes[name].numbers
        return [numbers[value] for value in dict.fromkeys(values) if value in numbers]

    def firsts(
        self,
        name: str,
        row_of: Callable[[T, int], Any],
    ) -> Rows[Any]:
        """The values of an index that keeps their order, each as its first thing shows it.

        Args:
            row_of: the row of a thing and the place of the value within it.
        """
        index = self._indexes[name]
        assert isinstance(index, FirstIndex)
        return _Firsts(index, self._things, row_of)

    def first(self, index: str, value: Hashable) -> T | None:
        """The oldest thing that has this value."""
        numbers = self._indexes[index].numbers.get(value)
        if not numbers:
            return None
        return self._things[numbers[0]]

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {len(self)}>"


class _Numbered(Generic[T]):
    """The things of some sorted numbers."""

    def __init__(
        self,
        numbers: Sequence[int],
        by_id: Mapping[str, int],
        things: Mapping[int, T],
    ) -> None:
        self._numbers = numbers
        self._by_id = by_id
        self._things = things

    def __len__(self) -> int:
        return len(self._numbers)

    def cut(self, start: int, end: int) -> list[T]:
        return [self._things[number] for number in self._numbers[start:end]]

    def position(self, row_id: str) -> int | None:
        number = self._by_id.get(row_id)
        if number is None:
            return None
        position = bisect_left(self._numbers, number)
        if not _is_at(self._numbers, position, number):
            return None
        return position


class _Firsts(Generic[T]):
    """The values of an index, as the first thing of each shows it."""

    def __init__(
        self,
        index: FirstIndex[T],
        things: Mapping[int, T],
        row_of: Callable[[T, int], Any],
    ) -> None:
        self._index = index
        self._things = things
        self._row_of = row_of

    def __len__(self) -> int:
        return len(self._index.firsts)

    def cut(self, start: int, end: int) -> list[Any]:
        firsts = self._index.firsts[start:end]
        return [self._row_of(self._things[number], place) for number, place, _ in firsts]

    def position(self, row_id: str) -> int | None:
        place = self._index.places.get(row_id)
        if place is None:
            return None
        return bisect_left(self._index.firsts, place)


def _one_value(thing: Any) -> Sequence[Hashable]:
    return (None,)


def _size(lists: Sequence[Sequence[int]]) -> int:
    return sum(map(len, lists))


def _merged(lists: Sequence[list[int]]) -> list[int]:
    """All numbers of some sorted lists, sorted, each once; of one list, that list itself."""
    if len(lists) == 1:
        return lists[0]
    return sorted({number for numbers in lists for number in numbers})


def _has(numbers: Sequence[int], number: int) -> bool:
    return _is_at(numbers, bisect_left(numbers, number), number)


def _is_at(numbers: Sequence[int], position: int, number: int) -> bool:
    return position < len(numbers) and numbers[position] == number

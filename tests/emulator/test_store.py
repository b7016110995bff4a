"""The indexed store gives what a walk over everything gives."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toolkit.cobo import models
from toolkit.emulator.choices import Choices
from toolkit.emulator.core import Refusal
from toolkit.emulator.reading import page
from toolkit.emulator.store import Backwards, FewRows, FirstIndex, Index, Rows, Store


class Thing(NamedTuple):
    """A kind, and names in some order, a name perhaps twice."""

    kind: str
    names: list[str]


IDS = st.sampled_from("abcdefgh")
THINGS = st.builds(
    Thing, st.sampled_from(["red", "blue"]), st.lists(st.sampled_from("pqrs"), max_size=3)
)
CHANGES = st.lists(
    st.one_of(
        st.tuples(st.just("put"), IDS, THINGS),
        st.tuples(st.just("drop"), IDS, st.none()),
        st.tuples(st.sampled_from(["clear", "put"]), IDS, THINGS),
    ),
    max_size=30,
)


def lived(changes: list[Any]) -> tuple[Store[Thing], dict[str, Thing]]:
    """A store and a plain dictionary after the same changes."""
    store: Store[Thing] = Store(kind=Index(lambda thing: (thing.kind,)), name=FirstIndex(_names))
    plain: dict[str, Thing] = {}
    for what, thing_id, thing in changes:
        for each in (store, plain):
            if what == "put":
                each[thing_id] = thing
            elif what == "drop":
                each.pop(thing_id, None)
            elif thing_id == "a":  # seldom: all else would be gone, too
                each.clear()
    return store, plain


def _names(thing: Thing) -> list[str]:
    return thing.names


def all_of(rows: Rows[Any]) -> list[Any]:
    return rows.cut(0, len(rows))


@given(CHANGES)
def test_it_is_a_mapping(changes: list[Any]) -> None:
    """Put, replaced, dropped and cleared: content and order are those of a dictionary."""
    store, plain = lived(changes)
    assert store == plain
    assert list(store.items()) == list(plain.items())
    assert list(reversed(store)) == list(reversed(plain))
    assert all_of(store.select()) == list(plain.values())


@given(CHANGES, st.lists(st.sampled_from("pqrsx"), max_size=3))
def test_what_has_a_value(changes: list[Any], names: list[str]) -> None:
    """One value, several, and several indexes at once find what a walk finds, in the same order."""
    store, plain = lived(changes)
    named = {i: thing for i, thing in plain.items() if set(thing.names) & set(names)}
    red = {i: thing for i, thing in named.items() if thing.kind == "red"}
    assert all_of(store.select({"name": names})) == list(named.values())
    assert all_of(store.select({"kind": ["red"], "name": names})) == list(red.values())
    for name in "pqrsx":
        having = [thing for thing in plain.values() if name in thing.names]
        assert store.having("name", name) == having
        assert store.has("name", name) == bool(having)
        assert store.first("name", name) == next(iter(having), None)
    rows = store.select({"name": names})
    listed = list(named)
    for thing_id in "abcdefghx":
        where = listed.index(thing_id) if thing_id in listed else None
        assert rows.position(thing_id) == where


@given(CHANGES)
def test_values_by_their_first_thing(changes: list[Any]) -> None:
    """Each value once, in the order in which a walk meets it, shown as its first thing shows it."""
    store, plain = lived(changes)
    met: dict[str, tuple[Thing, int]] = {}
    for thing in plain.values():
        for place, name in enumerate(thing.names):
            met.setdefault(name, (thing, place))
    rows = store.firsts("name", lambda thing, place: (thing, place))
    assert all_of(rows) == list(met.values())
    for name in "pqrsx":
        assert rows.position(name) == (list(met).index(name) if name in met else None)


ORDERS = [
    {"cobo.list_order": order, "cobo.backward_page": backward}
    for order in ("oldest-first", "newest-first")
    for backward in ("list-order", "reversed")
]


@pytest.mark.parametrize("choices", ORDERS, ids=str)
@pytest.mark.parametrize("few", [True, False], ids=["few rows", "store"])
def test_pages(choices: dict[str, str], few: bool) -> None:
    """Forwards and backwards from either end, everything comes once, in the chosen order."""
    store: Store[str] = Store()
    for number in range(7):
        store[f"id{number}"] = f"id{number}"
    del store["id3"]
    store["id0"] = "id0"  # in place
    rows: Rows[str] = FewRows(list(store.values()), str) if few else store.select()
    ordered = [f"id{number}" for number in (0, 1, 2, 4, 5, 6)]
    if choices["cobo.list_order"] == "newest-first":
        ordered.reverse()
    pages, query = [], {"limit": "2"}
    while True:
        shown: models.Page[str] = page(rows, query, str, Choices(choices))
        assert shown.pagination.total_count == len(ordered)
        pages += shown.data
        if not shown.pagination.after:
            break
        query["after"] = shown.pagination.after
    assert pages == ordered
    pages, query = [], {"limit": "2", "before": "infinity"}
    while True:
        shown = page(rows, query, str, Choices(choices))
        if choices["cobo.backward_page"] == "reversed":
            shown.data.reverse()
        pages = shown.data + pages
        if not shown.pagination.before:
            break
        query["before"] = shown.pagination.before
    assert pages == ordered


@pytest.mark.parametrize(
    "cursor", ["", "!", "aWQz", "eA", "/w"], ids=["empty", "junk", "gone", "other", "bytes"]
)
def test_cursors_of_nothing(cursor: str) -> None:
    """A cursor to what is gone, to something else or to nothing at all is refused."""
    store: Store[str] = Store()
    for number in range(5):
        store[f"id{number}"] = f"id{number}"
    del store["id3"]
    for rows in (store.select(), Backwards(store.select()), FewRows(list(store), str)):
        with pytest.raises(Refusal, match="unknown cursor"):
            page(rows, {"after": cursor}, str, Choices())

"""A large table: all rows are counted, searched and ordered, and only a page is drawn."""

from __future__ import annotations

import json
import random

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ipywidgets.embed import dependency_state, embed_data

from tests.inside import alive
from tests.names import NAMES
from toolkit import cobo, explore, frames
from toolkit.errors import InputError
from toolkit.forms.explore import PAGE, Orders, Search

ROWS = 3_000


@pytest.fixture(scope="module")
def holders() -> pd.DataFrame:
    rng = random.Random(3)
    seats = [
        cobo.KeyShareHolder(
            name=f"{rng.choice(['Ada', 'Ben', 'Zoë', 'ßen'])} {at}",
            type=rng.choice(["API", "Mobile"]),
            tss_node_id=f"cobo{rng.random():.12f}",
            online=rng.choice([True, False, None]),
            signer=None,
            status=rng.choice(["Valid", "Changed"]),
        )
        for at in range(ROWS)
    ]
    return frames.holders(seats)


def test_counts_are_of_all_rows(holders: pd.DataFrame) -> None:
    """What stands beside a filter is how many rows have that value; flags that nobody said are in none."""
    explorer = explore(holders)
    assert set(explorer.filters) == {"status", "online", "type"}
    for name, field in explorer.filters.items():
        said = sum(
            int(text.split(" · ")[1].replace(",", "")) for text, value in field.options if value
        )
        assert said == holders[name].notna().sum()


def test_flags_and_words(holders: pd.DataFrame) -> None:
    """A flag is yes or no on the page, as on every card; what nobody said is empty."""
    html = explore(holders.head(20)).page.value
    assert ">yes<" in html
    assert ">no<" in html
    assert "True" not in html
    assert "&lt;NA&gt;" not in html


def test_search_is_over_all_rows(holders: pd.DataFrame) -> None:
    """A row is found wherever its text stands, capitals or not, and the screen says how many fit of how many."""
    explorer = explore(holders)
    explorer.search.value = "zoË"
    assert len(explorer.rows) == holders["name"].str.contains("Zoë").sum()
    assert f"of {len(explorer.rows):,} that fit, of {ROWS:,} in all" in explorer.status.value
    explorer.search.value = "nothing has this"
    assert explorer.rows.empty
    assert "No row fits" in explorer.status.value
    explorer.search.value = ""
    assert len(explorer.rows) == ROWS


def test_filters_search_and_order_together(holders: pd.DataFrame) -> None:
    """They narrow each other, and the order is of what is left."""
    explorer = explore(holders)
    explorer.filters["status"].value = explorer.filters["status"].options[2][1]
    explorer.search.value = "ada"
    explorer.order.value = "tss_node_id"
    status = explorer.rows["status"].unique()
    assert len(status) == 1
    expected = holders[(holders["status"] == status[0]) & holders["name"].str.contains("Ada")]
    assert list(explorer.rows["tss_node_id"]) == sorted(expected["tss_node_id"])


def test_every_row_is_on_one_page(holders: pd.DataFrame) -> None:
    """Going on shows each row once, and ends at the last."""
    explorer = explore(holders.head(60))
    seen = explorer.page.value.count("<tr>") - 1
    while not explorer.on_button.disabled:
        explorer.on_button.click()
        seen += explorer.page.value.count("<tr>") - 1
    assert seen == 60
    assert "Rows 51 to 60 of 60" in explorer.status.value
    explorer.back_button.click()
    assert "Rows 26 to 50" in explorer.status.value


def test_a_saved_notebook_keeps_one_page() -> None:
    """However many rows there are, at most 40 kB are saved, and no row that is not shown."""
    frame = pd.DataFrame({"name": [f"holder {at}" for at in range(20_000)]})
    explorer = explore(frame)
    state = json.dumps(embed_data([explorer], state=dependency_state([explorer])))
    assert len(state) < 40_000
    assert "holder 24" in state
    assert f"holder {PAGE}" not in state


def test_hostile_names_are_shown_and_found(holders: pd.DataFrame) -> None:
    """A name does nothing on the screen, and is found by what the service said."""
    names = [name for name in NAMES if name.strip()][:60]
    frame = frames.holders([cobo.KeyShareHolder(name=name) for name in names])
    explorer = explore(frame)
    for at, name in enumerate(names):
        typed = name[:20].replace("\n", " ")  # a field has one line
        explorer.search.value = typed
        assert at in explorer.rows.index
        assert "<script" not in explorer.page.value.lower()
        assert "\u202e" not in explorer.page.value


@given(
    st.lists(st.text(alphabet="aAßİ𝔸b\u0130é", max_size=4), min_size=1, max_size=6),
    st.text(alphabet="aAßéb", min_size=1, max_size=2),
)
def test_search_is_what_looking_at_each_row_gives(texts: list[str], words: str) -> None:
    """One look at a whole column finds the same rows as a look at each."""
    frame = pd.DataFrame({"text": pd.array(texts, dtype="string")})
    found = Search(frame).rows(words)
    assert list(found) == [words.casefold() in text.casefold() for text in texts]


def test_words_are_not_found_across_columns() -> None:
    """What ends one cell and begins the next one is no text of the row."""
    frame = pd.DataFrame({"a": ["xy", "q"], "b": [1, 2], "c": ["zz", "yz"]}, dtype="string")
    assert list(Search(frame).rows("yz")) == [False, True]
    assert list(Search(frame).rows("z")) == [True, True]


LETTERS = "ab\0\\Z\u00e9\U0010ffff\ud800"


@given(
    st.lists(
        st.none()
        | st.text(alphabet=LETTERS, max_size=3)
        | st.text(alphabet="ab", min_size=7, max_size=11)
        | st.text(alphabet="ab\0", max_size=3).map("the same beginning ".__add__),
        max_size=12,
    )
)
def test_the_order_is_that_of_python(texts: list[str | None]) -> None:
    """Texts by code points, equal ones as they stood, missing ones last: whatever way it was worked out."""
    frame = pd.DataFrame({"text": pd.array(texts, dtype=pd.StringDtype("python"))})
    there = [at for at, text in enumerate(texts) if text is not None]
    missing = [at for at, text in enumerate(texts) if text is None]
    expected = sorted(there, key=lambda at: texts[at] or "") + missing
    assert list(Orders(frame).by("text")) == expected


def test_ids_and_names_in_order() -> None:
    """Thousands of ids of one kind, all different, and of names that come again and again."""
    rng = random.Random(5)
    ids = [f"cobo{rng.random():.12f}" for _ in range(5_000)]
    names = [rng.choice(["Ada Abel", "Ada Abe", "Ben", "Zoë"]) for _ in ids]
    frame = pd.DataFrame({"id": ids, "name": names, "number": [at % 7 for at in range(5_000)]})
    orders = Orders(frame)
    for name in frame:
        expected = frame.sort_values(name, kind="stable").index
        if name != "number":
            values = list(frame[name])
            expected = sorted(range(5_000), key=values.__getitem__)  # type: ignore[assignment]
        assert list(orders.by(name)) == list(expected)
        assert orders.by(name) is orders.by(name)  # worked out once


@pytest.mark.parametrize("wrong", [[1], None, pd.DataFrame([[1, 2]], columns=["a", "a"])])
def test_what_is_no_table(wrong: object) -> None:
    """It is refused, with what to do."""
    with pytest.raises(InputError):
        explore(wrong)  # type: ignore[arg-type]


def test_closing_frees_all(holders: pd.DataFrame) -> None:
    """No widget is left behind."""
    before = alive()
    explorer = explore(holders)
    explorer.search.value = "a"
    explorer.close()
    assert alive() == before

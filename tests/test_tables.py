"""The table machinery: one definition of a column makes the frame and the card."""

from __future__ import annotations

import gc
import subprocess
import sys

import pandas as pd

from toolkit import cobo, frames, privy
from toolkit.cobo import frames as of_cobo
from toolkit.privy import frames as of_privy
from toolkit.tables import Column, Lane, Table

TABLE = Table(
    (
        Column("name", of=lambda thing: thing["name"], title="Name"),
        Column("place", "id", of=lambda place: place, lane="place", title="Place"),
        Column("here", "flag", of=lambda thing: thing["here"], title="Here"),
        Column("untold", "integer", of=lambda thing: 1),
    )
)
THINGS = [{"name": "a", "here": True}, {"name": None, "here": None}, {"name": "c", "here": False}]
PLACES = Lane(["x", "y", "z"], [2, 0, 1])


def test_lanes() -> None:
    """What several rows share is looked at once, and stands in each of them."""
    frame = TABLE.frame(THINGS, [], place=PLACES)
    assert frame["place"].tolist() == ["x", "x", "z"]
    assert frame["name"].isna().tolist() == [False, True, False]


def test_cards_are_of_the_same_columns() -> None:
    """Titled columns, in the same order, with words for what a person reads."""
    rows = TABLE.card("Things", "code", THINGS, place=PLACES)
    assert rows.columns == ["Name", "Place", "Here"]
    assert [row[0] for row in rows.rows] == ["a", "", "c"]
    assert [row[2] for row in rows.rows] == ["yes", "not said", "no"]
    assert "<code>" in str(rows.rows[0][1])


def test_cards_and_frames_agree() -> None:
    """Of a group's holders and a quorum's members, the card and the frame say the same."""
    group = cobo.KeyShareHolderGroup(
        key_share_holders=[cobo.KeyShareHolder(name="Alice", status="Valid", online=True)]
    )
    card = of_cobo.holder_rows(group, "")
    frame = of_cobo.holders([group])
    assert card.rows[0][0] == frame["name"][0] == "Alice"
    quorum = privy.KeyQuorum(id="q", authorization_keys=(), user_ids=("did:privy:u",))
    assert of_privy.member_rows(quorum, "").rows[0][0] == of_privy.quorum_members(quorum)["kind"][0]


def test_no_rows() -> None:
    """An empty table has its columns and dtypes, and an empty card its titles."""
    frame = TABLE.frame([], [], place=Lane([], []))
    assert [str(dtype) for dtype in frame.dtypes] == ["string", "string", "boolean", "Int64"]
    assert type(frame) is pd.DataFrame
    assert TABLE.card("Things", "code", [], place=Lane([], [])).rows == []


def test_pandas_is_loaded_for_a_frame() -> None:
    """Columns and cards need no pandas; the first frame loads it."""
    code = (
        "import sys; from toolkit import cobo; from toolkit.cobo.frames import holder_rows, groups; "
        "holder_rows(cobo.KeyShareHolderGroup(), ''); assert 'pandas' not in sys.modules; "
        "groups([]); assert 'pandas' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_no_object_for_a_row() -> None:
    """A frame of ten times the rows leaves no more objects behind: its columns are arrays."""
    kept = []
    for count in (300, 3_000):
        holders = [
            cobo.KeyShareHolder(name=f"holder {at}", tss_node_id=f"node {at}")
            for at in range(count)
        ]
        frames.holders(holders)  # what is loaded once
        while gc.collect():
            pass  # what tests before this one have left
        before = len(gc.get_objects())
        frame = frames.holders(holders)
        gc.collect()
        kept.append(len(gc.get_objects()) - before)
        assert len(frame) == count
    assert abs(kept[1] - kept[0]) < 1_000  # of 2,700 rows more

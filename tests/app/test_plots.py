"""Pictures: drawn twice, with the same numbers as a table, and no name drawn as something else."""

from __future__ import annotations

import struct
import sys

import pytest

from tests.names import NAMES
from toolkit import Emulator, Inventory, People, cobo, collect, plots, privy
from toolkit.app.plots import Chart, Matrix, label
from toolkit.errors import InputError
from toolkit.inventory import margins as facts


@pytest.fixture
def inventory(emulator: Emulator) -> Inventory:
    return collect(emulator.cobo_client(), emulator.privy_client())


def quorums(names: list[str], users: int = 3, threshold: int = 2) -> Inventory:
    """Quorums of these names, each with its own users."""
    made = [
        privy.KeyQuorum(
            id=f"q{at}",
            display_name=name,
            authorization_keys=[],
            user_ids=[f"did:privy:{at}-{user}" for user in range(users)],
            authorization_threshold=threshold,
        )
        for at, name in enumerate(names)
    ]
    return Inventory(0, 0, quorums=tuple(made))


def is_png(content: bytes) -> bool:
    width, height = struct.unpack(">II", content[16:24])
    return content.startswith(b"\x89PNG") and width > 400 and height > 50


def test_margins(inventory: Inventory) -> None:
    """A dot for each power, the worst first; the table and the alternative text say what stops."""
    chart = plots.margins(inventory)
    assert is_png(chart.light)
    assert is_png(chart.dark)
    rows = facts.margins_of(inventory)
    assert [row[0] for row in chart.rows] == [row.power.title for row in rows]
    stopping = [row for row in rows if row.stops]
    assert f"{len(stopping)} stop" in chart.alt
    assert [row[3] for row in chart.rows][: len(stopping)] == ["stops"] * len(stopping)
    assert "signs day to day" not in {row[1] for row in chart.rows}


def test_the_first_few() -> None:
    """Where only some are drawn, the caption says of how many."""
    chart = plots.margins(quorums([f"Quorum {at}" for at in range(9)]), most=4)
    assert len(chart.rows) == 4
    assert chart.hint.startswith("The worst 4 of 9.")


def test_expiries() -> None:
    """What ends within the days is on the line, what has no end at its edge, and the rest is not."""
    day = 86_400_000
    keys = [
        cobo.ApiKeyInfo(
            name=name, curve_type="ED25519", key=name, created_timestamp=0, updated_timestamp=0,
            expired_timestamp=ends,
        )
        for name, ends in (("soon", 3 * day), ("later", 60 * day), ("far", 400 * day), ("never", None), ("ended", -day))
    ]  # fmt: skip
    chart = plots.expiries(Inventory(0, 0, api_keys=tuple(keys)))
    assert [row[0] for row in chart.rows] == ["ended", "soon", "later", "never"]
    assert "never (API key) has no end" in chart.alt
    assert is_png(chart.light)
    with pytest.raises(InputError, match="days"):
        plots.expiries(Inventory(0, 0), days=0)


def test_powers_of_a_few_are_a_table(inventory: Inventory) -> None:
    """Up to twenty people: a table that says in words what each cell is."""
    matrix = plots.powers(inventory, People({next(iter(inventory.seats)): "Alice"}))
    assert isinstance(matrix, Matrix)
    html = matrix._repr_html_()
    assert "Alice" in html
    assert "unclaimed" in html
    assert "one of several" in html


def test_powers_of_many_are_squares() -> None:
    """Above twenty: a row for whoever is enough alone or must not be lost, and a count of all others."""
    many = quorums([f"Quorum {at}" for at in range(8)], users=4)
    alone = privy.KeyQuorum(
        id="a", authorization_keys=[], user_ids=["u"], authorization_threshold=1
    )
    chart = plots.powers(Inventory(0, 0, quorums=(*many.quorums, alone)))
    assert isinstance(chart, Chart)
    assert len(chart.rows) == 1
    assert "32 more are nowhere alone" in chart.alt
    assert is_png(chart.dark)


def test_hostile_names_in_pictures() -> None:
    """No name hides anything, becomes a formula, warns of a missing sign, or leaves no room."""
    names = [name for name in NAMES if name.strip()]
    chart = plots.margins(quorums(names))
    assert is_png(chart.light)
    html = chart._repr_html_()
    assert "<script" not in html.lower()
    assert "\u202e" not in html
    for name in names:
        drawn = label(name)
        assert len(drawn) <= 38
        assert "\u202e" not in drawn


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("Zoë", "Zoë"),
        ("財", "\\u8ca1"),
        ("a\u200bb", "a\\u200bb"),
        ("x" * 60, "x" * 37 + "…"),
        ("$x$", "$x$"),
    ],
)
def test_labels(text: str, drawn: str) -> None:
    """What the font has not is written out, never drawn as a box; what is long is cut."""
    assert label(text) == drawn


def test_without_matplotlib(inventory: Inventory, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the extra."""
    for name in list(sys.modules):
        if name.startswith("matplotlib"):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(InputError, match="matplotlib") as refused:
        plots.margins(inventory)
    assert "quorum-toolkit[plots]" in refused.value.hint

"""A file of ours is there whole, or as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from toolkit.base.files import replace_file
from toolkit.errors import InputError


def test_replaced_whole(tmp_path: Path) -> None:
    """An older file has the new content, and nothing else is left beside it."""
    place = tmp_path / "a.json"
    place.write_text("old")
    assert replace_file(place, b"new") == place
    assert place.read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


def test_where_nothing_can_be_written(tmp_path: Path) -> None:
    """The place is named, the older file stays, and no half of one lies beside it."""
    place = tmp_path / "folder"
    place.mkdir()
    (place / "kept").write_text("kept")
    with pytest.raises(InputError, match="cannot be written"):
        replace_file(place, b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]
    with pytest.raises(InputError, match="No such file"):
        replace_file(tmp_path / "nowhere" / "a.json", b"new")

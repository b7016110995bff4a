"""A file of ours is there whole, or as it was."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from toolkit.base.files import MIB, read_document, replace_file
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


def test_for_its_owner_alone(tmp_path: Path) -> None:
    """A private file is nobody else's to read, whatever stood there before."""
    place = tmp_path / "a.json"
    place.write_text("old")
    place.chmod(0o644)
    replace_file(place, b"new", private=True)
    assert place.stat().st_mode & 0o777 == 0o600
    assert place.read_bytes() == b"new"


def test_a_name_that_no_file_can_have(tmp_path: Path) -> None:
    """It is refused as a place, for writing as for reading."""
    place = tmp_path / "a\0b"
    with pytest.raises(InputError, match="cannot be written"):
        replace_file(place, b"new")
    with pytest.raises(InputError, match="cannot be read"):
        read(place)


def read(place: Path) -> dict[str, Any]:
    return read_document(place, "seats", form="f", version=1, largest=MIB, writer="Seats.save")


def test_a_document_of_ours(tmp_path: Path) -> None:
    """One that says its format and version is read."""
    place = tmp_path / "a.json"
    content = {"format": "f", "version": 1, "seats": {}}
    place.write_text(json.dumps(content))
    assert read(place) == content


REFUSED = (
    ("another format", b'{"format": "g", "version": 1}', "^a.json is no file of seats: format is"),
    ("another version", b'{"format": "f", "version": 2}', "^a.json has version 2; this toolkit"),
    ("a list", b"[]", "^a.json is no file of seats: it must hold an object"),
    ("no JSON", b"{", "^a.json is no JSON: "),
    ("no text", b"\xff", "^a.json is no JSON: "),
    ("too deep", b"[" * 100_000, "^a.json is no JSON: "),
    ("a name twice", b'{"format": "f", "format": "f"}', "'format' stands twice"),
    ("too large", b" " * (MIB + 1), "^a.json is larger than 1 MiB"),
)


@pytest.mark.parametrize(
    ("content", "said"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED]
)
def test_what_is_no_document_of_ours(tmp_path: Path, content: bytes, said: str) -> None:
    """It is refused with its name and what is wrong with it."""
    place = tmp_path / "a.json"
    place.write_bytes(content)
    with pytest.raises(InputError, match=said):
        read(place)

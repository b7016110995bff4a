"""One process alone has an open file."""

from __future__ import annotations

import fcntl
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.windows import Msvcrt
from toolkit.base.file_lock import BEHIND, NoLockHere, lock_alone


@pytest.fixture
def handles(tmp_path: Path) -> Iterator[list[int]]:
    """One file, opened twice."""
    path = tmp_path / "state"
    path.write_bytes(b"content")
    opened = [os.open(path, os.O_RDWR) for _ in range(2)]
    yield opened
    for handle in opened:
        os.close(handle)


def test_by_posix(handles: list[int]) -> None:
    """The second one is refused at once."""
    lock_alone(handles[0])
    with pytest.raises(OSError):  # noqa: PT011  # each system has its own
        lock_alone(handles[1])


def test_by_windows(handles: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    """A byte far behind the content is locked, where nobody reads, and the place in the file stays."""
    windows = Msvcrt(fcntl)
    monkeypatch.setitem(sys.modules, "fcntl", None)
    monkeypatch.setitem(sys.modules, "msvcrt", windows)
    os.lseek(handles[0], 3, os.SEEK_SET)
    lock_alone(handles[0])
    assert windows.locked == [(handles[0], BEHIND, 1)]
    assert os.lseek(handles[0], 0, os.SEEK_CUR) == 3
    windows.taken = True
    with pytest.raises(PermissionError):
        lock_alone(handles[1])
    assert os.lseek(handles[1], 0, os.SEEK_CUR) == 0


def test_by_nothing(handles: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no lock it is not pretended."""
    monkeypatch.setitem(sys.modules, "fcntl", None)
    monkeypatch.setitem(sys.modules, "msvcrt", None)
    with pytest.raises(NoLockHere):
        lock_alone(handles[0])

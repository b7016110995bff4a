"""Files for their owner alone, and the words for it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from toolkit.base.owner_only import (
    close_handle_to_others,
    close_to_others,
    is_ours_alone,
    privacy,
)


def test_modes(tmp_path: Path) -> None:
    """Others lose every right, by path and by handle."""
    path = tmp_path / "private"
    path.touch(mode=0o644)
    close_to_others(path)
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o644)
    with path.open("rb") as file:
        assert not is_ours_alone(file.fileno())
        close_handle_to_others(file.fileno())
        assert is_ours_alone(file.fileno())
    assert privacy() == "mode 0600"


def test_somebody_elses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What belongs to somebody else, who may share it, is left as it is."""
    path = tmp_path / "shared"
    path.touch(mode=0o664)
    path.chmod(0o664)
    monkeypatch.setattr(os, "geteuid", lambda: path.stat().st_uid + 1)
    close_to_others(path)
    assert path.stat().st_mode & 0o777 == 0o664


def test_without_modes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows: nothing is promised that is not so, and nothing fails."""
    monkeypatch.delattr(os, "geteuid")
    monkeypatch.delattr(os, "fchmod")
    path = tmp_path / "private"
    path.touch()
    close_to_others(path)
    with path.open("rb") as file:
        close_handle_to_others(file.fileno())
        assert is_ours_alone(file.fileno())
    assert "folder" in privacy()
    assert "0600" not in privacy()

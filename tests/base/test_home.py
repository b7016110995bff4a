"""The home directory: where there is none, that is said by us, with what to do."""

from __future__ import annotations

import os
import pwd
from pathlib import Path
from typing import Any

import pytest

from toolkit.base.home import at_home
from toolkit.errors import InputError


def _nobody(_: Any) -> Any:
    raise KeyError("no such user")


@pytest.fixture
def homeless(monkeypatch: pytest.MonkeyPatch) -> None:
    """A user without a home: no HOME, and no line in the system's list of users."""
    monkeypatch.delenv("HOME", raising=False)
    monkeypatch.setattr(pwd, "getpwuid", _nobody)


@pytest.mark.parametrize("path", ["~", "~/journal.sqlite", Path("~/a/b")])
def test_no_home(homeless: None, path: str | Path) -> None:
    """What begins with ~ is refused where nobody knows what it stands for: who, why, and both remedies."""
    with pytest.raises(InputError, match="home directory") as caught:
        at_home(path)
    assert f"uid {os.getuid()}" in str(caught.value)
    assert "HOME is not set" in str(caught.value)
    assert "Set HOME" in caught.value.hint
    assert "whole path" in caught.value.hint


@pytest.mark.parametrize("path", ["/a/b", "a/b", "a/~/b", ""])
def test_what_needs_no_home(homeless: None, path: str) -> None:
    """Other paths need none, and stay as they are."""
    assert at_home(path) == Path(path)


def test_a_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where there is one, ~ stands for it."""
    monkeypatch.setenv("HOME", str(tmp_path))
    assert at_home("~/j") == tmp_path / "j"


def test_nobodys_home() -> None:
    """The home of a user whom this computer does not know is told as that, and not as a missing HOME."""
    with pytest.raises(InputError, match="knows no user nobody-of-that-name") as caught:
        at_home("~nobody-of-that-name/j")
    assert "HOME" not in str(caught.value)

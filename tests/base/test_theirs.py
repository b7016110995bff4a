"""Code of others: what it raises is reported, and goes no further."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from toolkit.base.theirs import call_theirs


@pytest.mark.parametrize("error", [ValueError("theirs"), SystemExit(3), GeneratorExit()])
def test_reported(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Whatever it raises, ``sys.excepthook`` hears it with its traceback, and the caller goes on."""
    reported: list[Any] = []
    monkeypatch.setattr(sys, "excepthook", lambda *told: reported.append(told))

    def fails(first: int, second: int) -> None:
        assert (first, second) == (1, 2)
        raise error

    call_theirs(fails, 1, 2)
    ((kind, told, trace),) = reported
    assert (kind, told) == (type(error), error)
    assert trace is not None


def test_stop_is_a_persons(monkeypatch: pytest.MonkeyPatch) -> None:
    """A person who presses stop stops it."""
    monkeypatch.setattr(sys, "excepthook", lambda *_: pytest.fail("reported"))

    def stopped() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        call_theirs(stopped)

"""The collector is paused while something large is made, and works again afterwards, whatever happened."""

from __future__ import annotations

import gc

import pytest

from toolkit.base.collector import paused


def test_it_works_again() -> None:
    """Afterwards, and after an error."""
    with paused():
        assert not gc.isenabled()
    assert gc.isenabled()
    with pytest.raises(ZeroDivisionError), paused():
        raise ZeroDivisionError
    assert gc.isenabled()


def test_a_pause_of_somebody_else_stays() -> None:
    """Whoever paused it before decides when it works again."""
    gc.disable()
    try:
        with paused(), paused():
            assert not gc.isenabled()
        assert not gc.isenabled()
    finally:
        gc.enable()

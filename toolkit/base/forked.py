"""A forked child begins anew: connections, locks and what is under way belong to its parent."""

from __future__ import annotations

import os
import secrets
import weakref
from typing import Protocol


class Renewable(Protocol):
    """Something with connections, locks or memories that a child process must not share."""

    def begin_anew(self) -> None:
        """As when it was new. What is open is left to the parent: not used, not even closed."""


class SetAside(Protocol):
    """Something that must be closed while this process forks, and may be used again after."""

    def before_a_fork(self) -> None:
        """Close it, and let nobody open it."""

    def after_a_fork(self) -> None:
        """Let it be opened again, in the parent. In the child it begins anew."""


_RENEWABLE: weakref.WeakSet[Renewable] = weakref.WeakSet()
_SET_ASIDE: weakref.WeakSet[SetAside] = weakref.WeakSet()
_INHERITED: list[object] = []  # the parent's, kept so that nothing closes them in the child


def renewed_in_a_child(thing: Renewable) -> None:
    """See to it that ``thing.begin_anew()`` is called in every child that this process forks."""
    _RENEWABLE.add(thing)


def set_aside_for_a_fork(thing: SetAside) -> None:
    """See to it that this is closed whenever this process forks by ``os.fork`` or what calls it."""
    _SET_ASIDE.add(thing)


def left_to_the_parent(thing: object) -> None:
    """Never let this be closed in the child.

    Closing a database or a connection can speak for the parent. So it gets one reference more than
    anybody gives back, or the interpreter would close it at its end.
    """
    import ctypes  # only in a child that inherited something

    ctypes.pythonapi.Py_IncRef(ctypes.py_object(thing))
    _INHERITED.append(thing)


class _Process:
    """This process, by a name that no other has."""

    def __init__(self) -> None:
        self.begin_anew()

    def begin_anew(self) -> None:
        self.mark = secrets.token_hex(4)


_THIS = _Process()
renewed_in_a_child(_THIS)


def process_mark() -> str:
    """Eight hex digits that name this process; a forked child has others."""
    return _THIS.mark


def _before() -> None:
    _ASIDE[:] = _SET_ASIDE
    for thing in _ASIDE:
        thing.before_a_fork()


def _in_the_parent() -> None:
    for thing in _ASIDE:
        thing.after_a_fork()
    _ASIDE.clear()


def _in_the_child() -> None:
    _ASIDE.clear()
    for thing in list(_RENEWABLE):
        thing.begin_anew()


_ASIDE: list[
    SetAside
] = []  # what is set aside just now; forks come one at a time, by Python's lock

if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_before, after_in_parent=_in_the_parent, after_in_child=_in_the_child
    )

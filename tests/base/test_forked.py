"""A forked child begins anew."""

from __future__ import annotations

import os

from toolkit.base.forked import left_to_the_parent, process_mark, renewed_in_a_child


class Connection:
    """Something that tells how often it began anew, and that it was closed."""

    def __init__(self) -> None:
        self.begun = 0
        renewed_in_a_child(self)

    def begin_anew(self) -> None:
        self.begun += 1


def test_begun_anew_in_the_child_alone() -> None:
    """What asked for it begins anew in a child, once for each fork, and not in the parent."""
    thing, mark = Connection(), process_mark()
    child = os.fork()
    if child == 0:
        os._exit(0 if thing.begun == 1 and process_mark() != mark else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert (thing.begun, process_mark()) == (0, mark)


def test_what_is_left_to_the_parent_is_never_closed() -> None:
    """It is kept by one reference more than anybody gives back."""
    closed: list[str] = []

    class Closing:
        def __del__(self) -> None:
            closed.append("closed")

    left_to_the_parent(Closing())
    assert closed == []

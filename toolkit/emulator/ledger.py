"""The ledger: every request with its verdict, within bounds, and what was dropped to keep them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from toolkit.emulator import limits
from toolkit.emulator.core import Entry
from toolkit.emulator.masking import without_credentials

_LINE_BYTES = 400  # of a line beside its texts
_MARGIN = 4_096  # characters: no spelling of a secret is longer, so that none is cut in two before it is masked


@dataclass(frozen=True, slots=True)
class Room:
    """How many lines of one kind are kept, and how many bytes they may take."""

    lines: int
    size: int


ROOMS = {
    "change": Room(limits.CHANGES, limits.CHANGES_BYTES),
    "read": Room(limits.READS, limits.READS_BYTES),
    "refused": Room(limits.REFUSED, limits.REFUSED_BYTES),
}


class Ledger(list[Entry]):
    """The lines that are kept, oldest first. ``dropped`` counts those that are not kept any more.

    Changes, reads and refusals have room of their own: no number of refused requests pushes out what was done.
    """

    def __init__(self) -> None:
        super().__init__()
        self.dropped = 0
        self._taken = dict.fromkeys(ROOMS, (0, 0))

    def add(self, entry: Entry) -> None:
        """Take in a finished line; where its kind has no room left, the oldest tenth of that kind goes."""
        self.append(entry)
        kind, (lines, size) = kind_of(entry), self._taken[kind_of(entry)]
        self._taken[kind] = (lines + 1, size + size_of(entry))
        if not _fits(self._taken[kind], ROOMS[kind], 1.0):
            self._sweep(kind)

    def _sweep(self, kind: str) -> None:
        """Count anew (somebody may have cleared the list), and drop the oldest of a kind until a tenth is free."""
        of_kind = [entry for entry in self if kind_of(entry) == kind]
        taken = (len(of_kind), sum(map(size_of, of_kind)))
        leaving: set[int] = set()
        if not _fits(taken, ROOMS[kind], 1.0):
            for entry in of_kind:
                if _fits(taken, ROOMS[kind], 0.9):
                    break
                leaving.add(id(entry))
                taken = (taken[0] - 1, taken[1] - size_of(entry))
            self[:] = [entry for entry in self if id(entry) not in leaving]
            self.dropped += len(leaving)
        self._taken[kind] = taken


def kind_of(entry: Entry) -> str:
    """Which room a line takes: ``change``, ``read`` or ``refused``."""
    if entry.verdict != "accepted":
        return "refused"
    return "read" if entry.method == "GET" else "change"


def size_of(entry: Entry) -> int:
    """Bytes of memory that a line takes."""
    texts = (
        entry.method,
        entry.target,
        entry.identity,
        entry.message,
        entry.body,
        entry.reason,
        entry.trouble,
    )
    return _LINE_BYTES + text_bytes(texts)


def text_bytes(values: Iterable[str | bytes]) -> int:
    """Bytes of memory that these texts take."""
    return sum(map(sys.getsizeof, values))


def _fits(taken: tuple[int, int], room: Room, share: float) -> bool:
    return taken[0] <= room.lines * share and taken[1] <= room.size * share


def finish(entry: Entry, body: bytes, shown: Callable[[str], str]) -> None:
    """Make a line ready to be kept: long texts are cut, and no secret, signature or credential stands in it."""
    limit = limits.CHANGE_TEXT if kind_of(entry) == "change" else limits.REFUSED_TEXT
    long = limit + _MARGIN
    entry.body = body[: 4 * long].decode("utf-8", "replace")[:long]
    entry.body_bytes = len(body)
    texts = {
        name: getattr(entry, name)[:long]
        for name in ("method", "identity", "reason", "trouble", "body")
    }
    target, message = entry.target[:long], entry.message[:long]
    texts["target"] = without_credentials(target)
    texts["message"] = message if texts["target"] == target else without_credentials(message)
    whole = "\0".join(texts.values())
    masked = shown(whole) != whole
    for name, text in texts.items():
        text = shown(text) if masked else text
        if len(text) > limit or len(getattr(entry, name)) > long:
            size = (
                f"{len(body)} bytes"
                if name == "body"
                else f"{len(getattr(entry, name))} characters"
            )
            text = f"{text[:limit]}… ({size} in all)"
        setattr(entry, name, text)

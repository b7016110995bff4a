"""The ledger: every request with its verdict, within bounds, and what was dropped to keep them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from toolkit.emulator import limits
from toolkit.emulator.core import LedgerLine, text_bytes
from toolkit.emulator.masking import without_credentials

_LINE_BYTES = 400  # of a line beside its texts
# Characters: no spelling of a secret is longer, so that none is cut in two before it is masked.
_MARGIN = 4_096
_SWEPT = 0.9  # the share of its room that a kind fills once its oldest lines have gone


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


class Ledger(list[LedgerLine]):
    """The lines that are kept, oldest first. ``dropped`` counts those that are not kept any more.

    Changes, reads and refusals have room of their own: no number of refused requests pushes out
    what was done.
    """

    def __init__(self) -> None:
        super().__init__()
        self.dropped = 0
        self._taken = dict.fromkeys(ROOMS, Room(0, 0))

    def add(self, line: LedgerLine) -> None:
        """Take in a finished line; where its kind has no room left, its oldest tenth goes."""
        self.append(line)
        kind = kind_of(line)
        before = self._taken[kind]
        taken = Room(
            lines=before.lines + 1,
            size=before.size + size_of(line),
        )
        self._taken[kind] = taken
        if not _fits(taken, ROOMS[kind]):
            self._sweep(kind)

    def _sweep(self, kind: str) -> None:
        """Drop the oldest of a kind until a tenth of its room is free."""
        # counted anew: the ledger is a list, and somebody may have cleared it
        of_kind = [line for line in self if kind_of(line) == kind]
        taken = Room(len(of_kind), sum(map(size_of, of_kind)))
        leaving: set[int] = set()
        if not _fits(taken, ROOMS[kind]):
            for line in of_kind:
                if _fits(taken, ROOMS[kind], _SWEPT):
                    break
                leaving.add(id(line))
                taken = Room(
                    lines=taken.lines - 1,
                    size=taken.size - size_of(line),
                )
            self[:] = [line for line in self if id(line) not in leaving]
            self.dropped += len(leaving)
        self._taken[kind] = taken


def kind_of(line: LedgerLine) -> str:
    """Which room a line takes: ``change``, ``read`` or ``refused``."""
    if line.verdict != "accepted":
        return "refused"
    if line.method == "GET" or line.reads:
        return "read"
    return "change"


def size_of(line: LedgerLine) -> int:
    """Bytes of memory that a line takes."""
    texts = (
        line.method,
        line.target,
        line.identity,
        line.message,
        line.body,
        line.reason,
        line.trouble,
    )
    return _LINE_BYTES + text_bytes(texts)


def _fits(
    taken: Room,
    room: Room,
    share: float = 1.0,
) -> bool:
    if taken.lines > room.lines * share:
        return False
    return taken.size <= room.size * share


def finish(
    line: LedgerLine,
    body: bytes,
    shown: Callable[[str], str],
) -> None:
    """Make a line ready to be kept.

    Long texts are cut, and no secret, signature or credential stands in it any more.
    """
    limit = limits.REFUSED_TEXT
    if kind_of(line) == "change":
        limit = limits.CHANGE_TEXT
    long = limit + _MARGIN
    beginning = body[: 4 * long]  # a character has four bytes at most
    line.body = beginning.decode("utf-8", "replace")[:long]
    line.body_bytes = len(body)
    texts = _without_credentials(line, long)
    whole = "\0".join(texts.values())
    masked = shown(whole) != whole  # one look at all of them together: most lines have no secret
    for name, text in texts.items():
        if masked:
            text = shown(text)
        whole_length = len(getattr(line, name))
        if len(text) > limit or whole_length > long:
            size = f"{whole_length} characters"
            if name == "body":
                size = f"{len(body)} bytes"
            text = f"{text[:limit]}… ({size} in all)"
        setattr(line, name, text)


def _without_credentials(line: LedgerLine, long: int) -> dict[str, str]:
    """The texts of a line by name, without what an address gives away."""
    names = ("method", "identity", "reason", "trouble", "body")
    texts = {name: getattr(line, name)[:long] for name in names}
    target = line.target[:long]
    message = line.message[:long]
    texts["target"] = without_credentials(target)
    texts["message"] = message
    if texts["target"] != target:  # the signed text repeats the address
        texts["message"] = without_credentials(message)
    return texts

"""Quorum: k of n, possibly nested. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from toolkit.errors import InputError
from toolkit.inputs import whole_number


@dataclass(frozen=True, slots=True)
class Quorum:
    """``threshold`` of these members must take part. A nested quorum that can sign counts as one.

    An id may stand both here and inside a nested quorum; it then counts in each.

    Raises:
        InputError: a threshold that is not a whole number from 1 to the number of members, or an id twice.
    """

    threshold: int
    members: tuple[str | Quorum, ...]

    def __init__(self, threshold: int, members: Iterable[str | Quorum]) -> None:
        object.__setattr__(self, "members", tuple(members))
        object.__setattr__(self, "threshold", whole_number(threshold, "threshold"))
        ids = self.direct
        if len(set(ids)) < len(ids):
            raise InputError("members: the same id stands twice.", hint="Each member counts once; name it once.")
        if not 1 <= threshold <= len(self.members):
            raise InputError(
                f"threshold {threshold} does not fit {len(self.members)} members.",
                hint="Choose from 1 to the number of members.",
            )

    @property
    def direct(self) -> Sequence[str]:
        """Ids that are members themselves, nested quorums left out."""
        return [member for member in self.members if isinstance(member, str)]

    @property
    def spare(self) -> int:
        """How many direct members may be missing while the rest can still sign."""
        return len(self.members) - self.threshold

    def can_sign(self, present: Collection[str]) -> bool:
        """Whether these ids together reach the threshold."""
        reached = sum(
            member.can_sign(present) if isinstance(member, Quorum) else member in present for member in self.members
        )
        return reached >= self.threshold

"""What is set aside: one finding of one thing, with a reason, a person, an end and what is done
instead. It stays in every report, and counts again once its end has passed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from toolkit.base.files import MIB, read_document, replace_file
from toolkit.base.times import DAY_MS, EPOCH, moment
from toolkit.base.validate import text
from toolkit.errors import InputError
from toolkit.keys.openly import open_text

FORMAT, VERSION = "quorum-toolkit-exclusions", 1
LONGEST_DAYS = 180
LARGEST_FILE = 4 * MIB  # bytes
_TEXTS = ("rule", "reason", "person", "control")


@dataclass(frozen=True, slots=True)
class Exclusion:
    """One finding that somebody answers for.

    ``about``: the fields that identify the thing, as ``rule.identity`` names them, such as
    ``{"quorum": "id"}``. ``control``: what is done instead, until ``until_ms`` (Unix ms), which is
    at most 180 days after ``since_ms``.

    Raises:
        InputError: a field without words, no field in ``about``, or an end too far away.

    >>> from toolkit import Exclusion
    >>> exclusion = Exclusion(
    ...     rule="quorum.alone",
    ...     about={"quorum": "kzlql6yos4prvp1vvra8nbqf"},
    ...     reason="A night shift must act at once.",
    ...     person="Alice",
    ...     control="Each use is read the next morning.",
    ...     since_ms=1_792_000_000_000,
    ...     until_ms=1_799_776_000_000,
    ... )
    >>> exclusion.until
    '12 Jan 2027'
    """

    rule: str
    about: Mapping[str, str] = field(hash=False)
    reason: str
    person: str
    control: str
    since_ms: int
    until_ms: int

    def __post_init__(self) -> None:
        for name in _TEXTS:
            if not open_text(getattr(self, name), name).strip():
                raise InputError(f"{name} is empty.", hint="An exclusion says why, who and how.")
        if not isinstance(self.about, Mapping) or not self.about:
            raise InputError(
                "about must name what it is about.", hint='Write {"quorum": "the id"}.'
            )
        for name, value in self.about.items():
            text(name, "about")
            text(value, f"about.{name}")
        for name in ("since_ms", "until_ms"):
            if type(getattr(self, name)) is not int:
                raise InputError(f"{name} must be Unix milliseconds.", hint="Pass an int.")
        days = (self.until_ms - self.since_ms) / DAY_MS
        if not 0 < days <= LONGEST_DAYS:
            raise InputError(
                f"until_ms: an exclusion lasts from 1 to {LONGEST_DAYS} days, not {days:g}.",
                hint="Choose an earlier end; it can be renewed then.",
            )

    @property
    def about_in_words(self) -> str:
        """What it is about, as text: ``quorum=abc``."""
        return ", ".join(f"{name}={value}" for name, value in self.about.items())

    def values_of(self, fields: Sequence[str]) -> tuple[str, ...] | None:
        """What it is about, in the order of these fields; None where it names others."""
        if set(fields) != set(self.about):
            return None
        return tuple(self.about[name] for name in fields)

    @property
    def until(self) -> str:
        """Its end, as a day."""
        return moment(self.until_ms, "%d %b %Y").removesuffix(" UTC")


@dataclass(frozen=True)
class Exclusions:
    """Some of them, as they stand in a file of JSON.

    >>> from toolkit.inventory.exclusions import Exclusions
    >>> path = Exclusions().save("exclusions.json")
    >>> len(Exclusions.load(path))
    0
    """

    listed: tuple[Exclusion, ...] = ()

    def __iter__(self) -> Iterator[Exclusion]:
        return iter(self.listed)

    def __len__(self) -> int:
        return len(self.listed)

    def save(self, path: str | Path) -> Path:
        """Write them as JSON that people can read. Days are UTC, the end is the last day's end.

        Raises:
            InputError: the place cannot be written.
        """
        document = {
            "format": FORMAT,
            "version": VERSION,
            "exclusions": [_entry(exclusion) for exclusion in self.listed],
        }
        content = json.dumps(document, indent=1, ensure_ascii=False) + "\n"
        return replace_file(Path(path), content.encode())

    @classmethod
    def load(cls, path: str | Path) -> Exclusions:
        """Read such a file.

        Raises:
            InputError: no such file, a newer format, or an entry that is none, by its number.
        """
        place = Path(path)
        document = read_document(
            place,
            "exclusions",
            form=FORMAT,
            version=VERSION,
            largest=LARGEST_FILE,
            writer="Exclusions.save",
        )
        entries = document.get("exclusions")
        if not isinstance(entries, list):
            raise InputError(f"{place.name}: exclusions must be a list.", hint="Mend it by hand.")
        return cls(tuple(_exclusion(entry, place, at) for at, entry in enumerate(entries, 1)))


def exclusions_of(given: Any) -> tuple[Exclusion, ...]:
    """Exclusions, whichever way they are given: none, some, or the name of a file.

    Raises:
        InputError: something else.
    """
    if given is None:
        return ()
    if isinstance(given, str | Path):
        return Exclusions.load(given).listed
    if not isinstance(given, Iterable):
        raise InputError("exclusions must be a list of them.", hint="Or name a file of them.")
    listed: Sequence[Any] = tuple(given)
    for at, exclusion in enumerate(listed):
        if not isinstance(exclusion, Exclusion):
            raise InputError(
                f"exclusions[{at}] is {type(exclusion).__name__}.",
                hint="Pass toolkit.Exclusion values, or name a file of them.",
            )
    return tuple(listed)


# ---- the file ------------------------------------------------------------------------------------


def _entry(exclusion: Exclusion) -> dict[str, Any]:
    return {
        **{name: getattr(exclusion, name) for name in _TEXTS},
        "about": dict(exclusion.about),
        "since": _stamp(exclusion.since_ms),
        "until": _stamp(exclusion.until_ms),
    }


def _stamp(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat()


def _milliseconds(value: Any, name: str) -> int:
    """A day or a moment of ISO 8601, in Unix ms; UTC where it names no zone."""
    try:
        when = datetime.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise InputError(f"{name} is no day: {value!r}.", hint="Write 2026-12-04.") from error
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    return round((when - EPOCH).total_seconds() * 1000)


def _exclusion(entry: Any, place: Path, at: int) -> Exclusion:
    known = {*_TEXTS, "about", "since", "until"}
    if not isinstance(entry, dict) or set(entry) != known:
        raise InputError(
            f"{place.name}: exclusion {at} must have {', '.join(sorted(known))}, and nothing else.",
            hint="Mend it by hand.",
        )
    try:
        return Exclusion(
            **{name: entry[name] for name in _TEXTS},
            about=entry["about"],
            since_ms=_milliseconds(entry["since"], "since"),
            until_ms=_milliseconds(entry["until"], "until"),
        )
    except InputError as error:
        raise InputError(
            f"{place.name}: exclusion {at}: {error.what}", hint=error.hint or "Mend it by hand."
        ) from error

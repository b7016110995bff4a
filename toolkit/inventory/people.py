"""Who holds which seat, and how we know: a file of ours, kept on this computer and sent nowhere.

A seat is what a person can hold: a TSS node id, a key by its fingerprint, a Privy user id, a Cobo
API key by its public half, an app secret as ``app secret <app id>``. Nothing here is guessed: a
seat without a person is *unclaimed*.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from toolkit.base.card import Card, Carded, Count, Listed
from toolkit.base.files import MIB, read_document, replace_file
from toolkit.base.times import DAY_MS, day, wall_clock_ms
from toolkit.base.validate import text
from toolkit.errors import InputError
from toolkit.keys.openly import open_text
from toolkit.keys.public import spoken

FORMAT, VERSION = "quorum-toolkit-people", 1
#: How we know who holds a seat: compared on a call, read in a file of the team's, or guessed.
KNOWN = ("call", "file", "guess")
CLOCKS_MS = DAY_MS  # how far ahead the clock of whoever proves may be
LARGEST_FILE = 32 * MIB  # bytes; a million seats are more than a directory


LONG = 24  # characters; names of people are shorter, and a look at each of a million takes a while


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a seat. ``since_ms`` (Unix ms): since when we know it; ``proven_ms``: when its key
    last signed for its holder, in a fire drill or a member card.

    Raises:
        InputError: no person, or ``known`` is none of call, file and guess.

    >>> from toolkit import People
    >>> from toolkit.inventory.people import Holder
    >>> node = main.key_share_holders[1].tss_node_id
    >>> people = People({node: Holder("Alice", "call", device="laptop", site="Bern")})
    >>> people.seats[node].person
    'Alice'
    """

    person: str
    known: str = "guess"
    device: str = ""
    site: str = ""
    organisation: str = ""
    since_ms: int | None = None
    proven_ms: int | None = None

    def __post_init__(self) -> None:
        for name in ("person", "known", "device", "site", "organisation"):
            if len(text(getattr(self, name), name)) > LONG:
                open_text(getattr(self, name), name)
        if not self.person.strip():
            raise InputError("person is empty.", hint="Leave the seat unclaimed, or name somebody.")
        if self.known not in KNOWN:
            raise InputError(
                f"known cannot be {self.known!r}.", hint=f"Use one of {', '.join(KNOWN)}."
            )
        for name in ("since_ms", "proven_ms"):
            moment = getattr(self, name)
            if type(moment) is not int and moment is not None:
                raise InputError(
                    f"{name} must be Unix milliseconds.", hint="Leave it out if unknown."
                )


@dataclass(frozen=True, repr=False)
class People(Carded):
    """Seat → who holds it. A value: ``with_seat`` and ``without`` give another one.

    ``People({"seat": "Alice"})`` takes names alone as well: they count as guessed.

    Raises:
        InputError: no mapping, or something else than text or a Holder in it.

    >>> from toolkit import People
    >>> People({"did:privy:grace": "Grace"}).seats["did:privy:grace"].known
    'guess'
    """

    seats: Mapping[str, Holder] = field(default_factory=dict)

    def __init__(self, seats: Mapping[str, Holder | str] | None = None) -> None:
        if not isinstance(seats, Mapping | None):
            raise InputError(
                "people must be a mapping.", hint='Write {"seat id": Holder("Alice", "call")}.'
            )
        held = {}
        for seat, holder in (seats or {}).items():
            text(seat, "seat")
            held[seat] = holder if isinstance(holder, Holder) else Holder(text(holder, "person"))
        object.__setattr__(self, "seats", held)

    @property
    def persons(self) -> Mapping[str, str]:
        """Seat → person: what ``Quorum.held_by`` takes."""
        return {seat: holder.person for seat, holder in self.seats.items()}

    @property
    def names(self) -> tuple[str, ...]:
        """Every person once, in the order in which they first appear."""
        return tuple(dict.fromkeys(holder.person for holder in self.seats.values()))

    def seats_of(self, person: str) -> tuple[str, ...]:
        """Every seat of a person."""
        return tuple(seat for seat, holder in self.seats.items() if holder.person == person)

    def sites(self, what: str = "site") -> Mapping[str, str]:
        """Seat → its ``site`` (or ``organisation``, or ``device``), where one is known."""
        places = {seat: getattr(holder, what) for seat, holder in self.seats.items()}
        return {seat: place for seat, place in places.items() if place}

    def with_seat(
        self,
        seat: str,
        person: str,
        known: str = "guess",
        *,
        device: str | None = None,
        site: str | None = None,
        organisation: str | None = None,
        since_ms: int | None = None,
    ) -> People:
        """The same, with this seat held by this person.

        What is left out stays as it was for the same person, and is unknown for another one.
        """
        more = {"device": device, "site": site, "organisation": organisation, "since_ms": since_ms}
        said: dict[str, Any] = {name: value for name, value in more.items() if value is not None}
        before = self.seats.get(text(seat, "seat"))
        if before is None or before.person != person:
            before = Holder(person)
        return People({**self.seats, seat: replace(before, known=known, **said)})

    def with_proven(self, moments: Mapping[str, int], *, now_ms: int | None = None) -> People:
        """The same, with the moments at which keys have signed for their holders.

        The latest of each stays. A moment is said by whoever signed, so none may be in the future.

        Args:
            moments: seat → Unix ms: ``drill.proven``, ``card.proven``.
            now_ms: now, without it this computer's clock.

        Raises:
            InputError: nobody is known to hold a seat, or a moment more than a day from now.
        """
        if not isinstance(moments, Mapping):
            raise InputError("moments must be a mapping.", hint="Pass drill.proven or card.proven.")
        latest_ms = (wall_clock_ms() if now_ms is None else now_ms) + CLOCKS_MS
        held = dict(self.seats)
        for seat, moment_ms in moments.items():
            if seat not in held:
                raise InputError(
                    f"Nobody is known to hold key {spoken(seat)}.",
                    hint="Say whose it is first: people.with_seat(…).",
                )
            proven = replace(held[seat], proven_ms=moment_ms)
            if moment_ms > latest_ms:
                raise InputError(
                    f"Key {spoken(seat)}: its proof says {day(moment_ms)}, which is not yet.",
                    hint="Whoever made it sets the clock right and makes it anew.",
                )
            before_ms = held[seat].proven_ms
            if before_ms is None or before_ms < moment_ms:
                held[seat] = proven
        return People(held)

    def without(self, seat: str) -> People:
        """The same, with this seat unclaimed."""
        return People({each: holder for each, holder in self.seats.items() if each != seat})

    # ---- the file ----

    def save(self, path: str | Path) -> Path:
        """Write it as JSON that people can read; an older file is replaced, whole or not at all.

        Raises:
            InputError: the place cannot be written.
        """
        seats = {seat: _written(holder) for seat, holder in sorted(self.seats.items())}
        document = {"format": FORMAT, "version": VERSION, "seats": seats}
        content = json.dumps(document, indent=1, ensure_ascii=False) + "\n"
        return replace_file(Path(path), content.encode())

    @classmethod
    def load(cls, path: str | Path) -> People:
        """Read such a file.

        Raises:
            InputError: no such file, a newer format, or something in it that is none of ours, by
                its name.
        """
        place = Path(path)
        document = read_document(
            place,
            "people",
            form=FORMAT,
            version=VERSION,
            largest=LARGEST_FILE,
            writer="People.save",
        )
        seats = document.get("seats")
        if not isinstance(seats, dict):
            raise InputError(f"{place.name}: seats must be an object.", hint="See People.save.")
        held: dict[str, Holder | str] = {}
        for seat, entry in seats.items():
            if not isinstance(entry, dict):
                raise InputError(f"{place.name}: seats.{seat} must be an object.", hint="Mend it.")
            held[seat] = _holder(entry)
        return cls(held)

    def __iter__(self) -> Iterator[str]:
        return iter(self.seats)

    def __len__(self) -> int:
        return len(self.seats)

    def _card(self) -> Card:
        rows = [[holder.person, holder.known, seat] for seat, holder in self.seats.items()]
        facts = [("people", Count(len(self.names))), ("seats", Count(len(self)))]
        seats = Listed("seats", ("person", "known", "seat"), rows[:10], len(rows))
        return Card("People", facts, lists=[seats])


_FIELDS = tuple(each.name for each in fields(Holder))


def _holder(entry: Mapping[str, Any]) -> Holder:
    unknown = sorted(set(entry) - set(_FIELDS))
    if unknown:
        raise InputError(
            f"{unknown[0]} is nothing that is kept of a seat.", hint=f"It has {', '.join(_FIELDS)}."
        )
    if "person" not in entry:
        raise InputError("person is missing.", hint="Name somebody, or leave the seat out.")
    return Holder(**entry)


def _written(holder: Holder) -> dict[str, Any]:
    """What there is to write: nothing that says nothing."""
    return {name: value for name, value in asdict(holder).items() if value not in ("", None)}

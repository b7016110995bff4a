"""What the desk looks at: one value, and every page follows it."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from toolkit.app.desk.findings_page import FindingsSearch
from toolkit.base.collector import paused
from toolkit.client.client import Client
from toolkit.client.journal import Entry
from toolkit.inventory.audit import audit
from toolkit.inventory.changes import Changes
from toolkit.inventory.collect import collect
from toolkit.inventory.compare import compare
from toolkit.inventory.exclusions import Exclusion
from toolkit.inventory.inventory import Inventory
from toolkit.inventory.people import People
from toolkit.inventory.report import Report

if TYPE_CHECKING:
    import pandas as pd

MANY = 10_000  # powers
IN_CARDS = 40  # groups, quorums or API keys that are drawn one by one; more stand in a table


@dataclass(frozen=True)
class Sight:
    """An inventory, who holds which seat, what is set aside, and an earlier look to compare with.

    Frozen: another look, or other people, make another one.
    """

    inventory: Inventory
    clients: tuple[Client, ...] = ()
    exclusions: tuple[Exclusion, ...] = ()
    earlier: Inventory | None = None
    quorum_ids: tuple[str, ...] = field(default=(), repr=False)
    _frames: dict[str, pd.DataFrame] = field(default_factory=dict, init=False, repr=False)

    @property
    def people(self) -> People:
        """Who holds which seat."""
        return self.inventory.people

    @cached_property
    def report(self) -> Report:
        """What every rule finds in it."""
        return audit(self.inventory, exclusions=self.exclusions)

    @cached_property
    def findings(self) -> FindingsSearch:
        """The same, to be searched."""
        return FindingsSearch(self.report)

    def frame(self, name: str) -> pd.DataFrame:
        """A table of the inventory, made once."""
        if name not in self._frames:
            self._frames[name] = self.inventory.frame(name)
        return self._frames[name]

    def prepared(self) -> Sight:
        """The same, with all that takes more than a moment of a large organisation worked out."""
        with paused():
            self._work_out()
        if len(self.inventory.powers) > MANY:
            gc.collect()  # one long walk over all of it now, and not at the next click
        return self

    def _work_out(self) -> None:
        inventory = self.inventory
        _ = self.findings.texts, inventory.margins, inventory.holdings, inventory.seats
        _ = inventory.places_of_people, inventory.powers_over_vaults
        _ = inventory.quorums_by_id, inventory.unknown_powers, self.changes
        tables = {
            "groups": inventory.groups,
            "quorums": inventory.quorums,
            "api_keys": inventory.api_keys,
            "role_scopes": inventory.api_keys,
        }
        for name, things in tables.items():
            if len(things) > IN_CARDS:
                self.frame(name)

    @cached_property
    def changes(self) -> Changes | None:
        """What has changed since the earlier look; None without one."""
        if self.earlier is None:
            return None
        return compare(self.earlier.with_people(self.people), self.inventory)

    @property
    def in_doubt(self) -> tuple[Entry, ...]:
        """Changes of these clients of which it is not known what became of them."""
        return tuple(entry for client in self.clients for entry in client.pending())

    @property
    def unclaimed(self) -> tuple[str, ...]:
        """Seats of nobody we know."""
        return tuple(seat for seat in self.inventory.seats if seat not in self.people.seats)

    def with_people(self, people: People) -> Sight:
        """The same things, held by these people."""
        return replace(self, inventory=self.inventory.with_people(people))

    def compared_with(self, earlier: Inventory | None) -> Sight:
        """The same, with another earlier look."""
        return replace(self, earlier=earlier)

    def again(self) -> Sight:
        """Everything read anew; what it was is the earlier look, unless there was one."""
        seen = collect(*self.clients, quorum_ids=self.quorum_ids, people=self.people)
        return replace(self, inventory=seen, earlier=self.earlier or self.inventory)


def first_sight(
    clients: Sequence[Client],
    inventory: Inventory | None,
    people: People | None,
    exclusions: Sequence[Exclusion],
    earlier: Inventory | None,
    quorum_ids: Sequence[str],
) -> Sight:
    """What there is to look at when a desk is opened."""
    seen = inventory
    if seen is None:
        seen = collect(*clients, quorum_ids=quorum_ids)
    if people is not None:
        seen = seen.with_people(people)
    return Sight(seen, tuple(clients), tuple(exclusions), earlier, tuple(quorum_ids))

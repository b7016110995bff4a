"""Whether a change that is seen is what an entry of our journal asked for, exactly."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from toolkit.inventory.inventory import Inventory, Ordered

#: States in which an entry may have changed something.
MAY_HAVE_HAPPENED = ("answered", "adopted", "sent", "doubt", "given-up")
Body = Mapping[str, Any]


def anything(body: Body) -> bool:
    """Whatever it asked for."""
    return True


@dataclass(frozen=True, slots=True)
class Asked:
    """What an entry must have asked for: an operation about a thing, which it names or made.

    ``exactly`` judges its body, so that only what was asked for counts as ordered.
    """

    operation: str
    about: str
    exactly: Callable[[Body], bool] = anything


class Orders:
    """The entries that may stand behind what changed between two looks."""

    def __init__(self, before: Inventory, after: Inventory) -> None:
        self._by_operation: dict[str, list[tuple[Ordered, Body]]] = {}
        for entry in after.ordered:
            in_time = entry.settled_ms is None or entry.settled_ms >= before.began_ms
            if in_time and entry.state in MAY_HAVE_HAPPENED:
                known = self._by_operation.setdefault(entry.operation, [])
                known.append((entry, body_of(entry)))

    def behind(self, wanted: Iterable[Asked]) -> Ordered | None:
        """The last entry that asked for one of these; None: no entry of ours did."""
        entries = [
            entry
            for asked in wanted
            for entry, body in self._by_operation.get(asked.operation, ())
            if _is_about(entry, asked.about) and asked.exactly(body)
        ]
        return max(entries, key=lambda entry: entry.number, default=None)


def body_of(entry: Ordered) -> Body:
    """What it said; nothing where it said nothing."""
    body = json.loads(entry.body) if entry.body else {}
    return body if isinstance(body, dict) else {}


def _is_about(entry: Ordered, thing: str) -> bool:
    return thing == entry.made or thing in entry.arguments.values()

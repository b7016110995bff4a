"""Every action of the desk over a large organisation: 100,000 quorums, 10,000 groups, 1,000 API keys, 10,000 wallets.

``python benchmarks/desk.py [QUORUMS]`` prints a line an action: the kernel's CPU in milliseconds, and the median of five
where it can be done again. What follows from a look as a whole (the audit, who holds what) is worked out once, when a
desk is opened or looks anew, and has lines of its own.
"""

from __future__ import annotations

import gc
import itertools
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import ipywidgets as w
import msgspec
from row import at_most, show

from toolkit import Inventory, People, cobo, open_desk, privy
from toolkit.app.desk import people_page
from toolkit.app.desk.desk import PAGES, Desk
from toolkit.forms.explore import Explorer
from toolkit.inventory.inventory import Origin
from toolkit.keys import P256Key

KEYS, NODES, PERSONS = 5_000, 6_000, 500
DAY_MS = 86_400_000
AT_MS = 1_700_000_000_000
AIM_MS = 100.0
ROUNDS = 5
LOOK = "a look: "  # what is worked out once
KINDS = ("MainGroup", "SigningGroup", "RecoveryGroup")
SEARCHED = {  # on which page, for what
    "Groups": ("group-0001", "v1", "new", "zz", "v33"),
    "Quorums": ("quorum 77", "0001", "zz", "quorum-1", "5"),
}


def organisation(size: int, rng: random.Random) -> Inventory:
    """So many quorums, a tenth as many groups and wallets, a hundredth as many API keys; 500 people hold most seats."""
    spelled = [P256Key.from_hex(f"{at + 1:064x}").public.to_base64() for at in range(KEYS)]
    keys = [privy.AuthorizationKey(text) for text in spelled]
    quorums = tuple(
        privy.KeyQuorum(
            id=f"quorum-{at:08}",
            display_name=f"Quorum {at}",
            authorization_threshold=2 if at % 50 else 1 + at % 3,
            authorization_keys=rng.sample(keys, 3),
        )
        for at in range(size)
    )
    wallets = tuple(
        privy.Wallet(id=f"wallet-{at}", address="0x", chain_type="ethereum", created_at=1, owner_id=rng.choice(quorums).id)
        for at in range(size // 10)
    )  # fmt: skip
    groups = tuple(_group(at, rng) for at in range(size // 10))
    vaults = {
        group.vault_id: cobo.MPCVault(vault_id=group.vault_id, name=f"Vault {group.vault_id}")
        for group in groups
    }
    seats = [privy.models.member_identity(text) for text in spelled] + [
        _node(at) for at in range(NODES)
    ]
    persons = {seat: f"Person {rng.randrange(PERSONS)}" for at, seat in enumerate(seats) if at % 10}
    return Inventory(
        AT_MS, AT_MS, quorums=quorums, wallets=wallets, groups=groups, vaults=tuple(vaults.values()),
        api_keys=tuple(_api_key(at) for at in range(size // 100)), people=People(persons),
        origins=(Origin("cobo", "DEV", "https://cobo", "key", True), Origin("privy", "PROD", "https://privy", "app")),
    )  # fmt: skip


def _node(at: int) -> str:
    return f"coboNode{at}".ljust(46, "x")


def _group(at: int, rng: random.Random) -> cobo.KeyShareHolderGroup:
    holders = [
        cobo.KeyShareHolder(name=f"Holder {at}-{seat}", type="API", tss_node_id=_node(node), online=bool(node % 30),
                            signer=seat < 2, status="Valid", vault_id=f"v{at // 3}")
        for seat, node in enumerate(rng.sample(range(NODES), 3))
    ]  # fmt: skip
    if KINDS[at % 3] != "RecoveryGroup":
        holders[0] = cobo.KeyShareHolder(
            name="Cobo", type="Cobo", tss_node_id="cobo", online=True, signer=True, status="Valid"
        )
    return cobo.KeyShareHolderGroup(
        key_share_holder_group_id=f"group-{at:06}", vault_id=f"v{at // 3}", type=KINDS[at % 3],
        participants=3, threshold=2, status="Valid" if at % 40 else "New", key_share_holders=holders,
    )  # fmt: skip


def _api_key(at: int) -> cobo.ApiKeyInfo:
    role = cobo.RoleScope(role_name="Operator", scopes=cobo.models.Scopes(vault_ids=[f"v{at}"]))
    return cobo.ApiKeyInfo(
        name=f"Key {at}", curve_type="ED25519", key=f"{at:064x}", created_timestamp=AT_MS, updated_timestamp=AT_MS,
        expired_timestamp=AT_MS + (at % 400) * DAY_MS, valid_ips=[], role_scopes=[role],
    )  # fmt: skip


class Actions:
    """What was done with a desk, and the milliseconds of CPU that it took."""

    def __init__(self) -> None:
        self.took: dict[str, list[float]] = {}

    def of(self, what: str, work: Callable[[], Any]) -> Any:
        """Do one, measured."""
        began = time.process_time()
        result = work()
        self.took.setdefault(what, []).append(1000 * (time.process_time() - began))
        return result

    def again(self, what: str, work: Callable[[Any], Any], values: Iterator[Any]) -> None:
        """Do it some times, each time with another value."""
        for _ in range(ROUNDS):
            value = next(values)
            self.of(what, lambda value=value: work(value))  # type: ignore[misc]  # called at once


def explored(
    actions: Actions, page: str, explorer: Any, words: Iterator[Any], orders: Iterator[Any]
) -> None:
    """What one does with a table."""
    actions.again(
        f"{page}: searched", lambda value: setattr(explorer.search, "value", value), words
    )
    explorer.search.value = ""
    actions.again(f"{page}: ordered", lambda value: setattr(explorer.order, "value", value), orders)
    actions.again(f"{page}: a page on", lambda _: explorer.on_button.click(), iter(range(5)))
    for name, chosen in explorer.filters.items():
        actions.of(f"{page}: filtered", lambda c=chosen: setattr(c, "value", "0"))  # type: ignore[misc]
        chosen.value = ""
        assert name in explorer.frame


def find(widget: Any, kind: type[Any]) -> Iterator[Any]:
    """The widgets of one kind on a page."""
    if isinstance(widget, kind):
        yield widget
    for child in getattr(widget, "children", ()):
        yield from find(child, kind)


def main(size: int) -> None:
    """Print a line for each action, the slowest first."""
    actions = Actions()
    seen = organisation(size, random.Random(7))
    changed = replace(
        seen, quorums=(*seen.quorums[:-10], *(_renamed(each) for each in seen.quorums[-10:]))
    )
    gc.collect()
    gc.freeze()
    desk: Desk = actions.of(LOOK + "opened", lambda: open_desk(inventory=seen))
    for page in PAGES:
        actions.of(f"{page}: opened first", lambda page=page: desk.go(page))  # type: ignore[misc]
    for page in PAGES:
        actions.of(f"{page}: opened again", lambda page=page: desk.go(page))  # type: ignore[misc]
    the_findings(actions, desk)
    for page, words in SEARCHED.items():
        desk.go(page)
        (explorer,) = find(desk.pages[page], Explorer)
        explored(actions, page, explorer, iter(words), iter(list(explorer.frame)[:5]))
    the_people(actions, desk)
    the_question(actions, desk)
    actions.of(LOOK + "other people taken over", editor_of(desk).take_over)
    actions.of(
        LOOK + "compared with an earlier one", lambda: desk.look(desk.sight.compared_with(changed))
    )
    actions.of("Changes: opened first", lambda: desk.go("Changes"))
    printed(actions, size)


def _renamed(quorum: privy.KeyQuorum) -> privy.KeyQuorum:
    return msgspec.structs.replace(
        quorum, display_name=f"{quorum.display_name}, renamed", authorization_threshold=1
    )


def the_findings(actions: Actions, desk: Desk) -> None:
    """Search, and the two filters."""
    desk.go("Findings")
    severity, theme = find(desk.pages["Findings"], w.Dropdown)
    (search,) = find(desk.pages["Findings"], w.Text)
    words = iter(["Quorum 7", "alone", "vault v1", "zz", "key"])
    actions.again("Findings: searched", lambda value: setattr(search, "value", value), words)
    search.value = ""
    actions.of("Findings: by severity", lambda: setattr(severity, "value", "high"))
    actions.of("Findings: by theme", lambda: setattr(theme, "value", theme.options[1][1]))


def editor_of(desk: Desk) -> Any:
    """The page on which people are written down."""
    return next(find(desk.pages["People"], people_page.PeopleEditor))


def the_people(actions: Actions, desk: Desk) -> None:
    """Turned over, and a name written."""
    desk.go("People")
    editor = editor_of(desk)
    actions.again("People: a page on", lambda _: editor.on_button.click(), iter(range(5)))
    names = (f"Somebody {at}" for at in range(5))
    person = next(find(editor.rows, w.Text))
    actions.again("People: a name written", lambda value: setattr(person, "value", value), names)


def the_question(actions: Actions, desk: Desk) -> None:
    """Somebody is lost, then two; then they act together."""
    desk.go("What if")
    panel = desk.pages["What if"].children[0]
    boxes = list(panel.people.values())
    for first, second in itertools.pairwise(boxes[: ROUNDS + 1]):
        panel.question.value = "lost"
        actions.of("What if: somebody is lost", lambda box=first: setattr(box, "value", True))  # type: ignore[misc]
        actions.of("What if: still signing", lambda: setattr(panel.still_signing, "value", True))
        panel.still_signing.value = False
        actions.of("What if: two are lost", lambda box=second: setattr(box, "value", True))  # type: ignore[misc]
        actions.of("What if: two together", lambda: setattr(panel.question, "value", "together"))
        first.value = second.value = False


def printed(actions: Actions, size: int) -> None:
    """The slowest first; what is worked out once a look stands by itself."""
    print(f"{size:,} quorums; milliseconds of CPU: median, slowest")
    for what, took in sorted(actions.took.items(), key=lambda each: -max(each[1])):
        print(f"  {what:<44}{statistics.median(took):10.1f}{max(took):10.1f}")
    slowest = max(
        statistics.median(took)
        for what, took in actions.took.items()
        if not what.startswith((LOOK, "Charts"))
    )
    pictures = statistics.median(actions.took["Charts: opened first"])
    opened = statistics.median(actions.took[LOOK + "opened"])
    show(at_most(f"desk of {size:,} quorums, slowest action", [slowest / 1000], AIM_MS / 1000))
    show(at_most("the same, three pictures drawn once a look", [pictures / 1000], AIM_MS / 1000))
    print(f"a look at {size:,} quorums is worked out in {opened / 1000:.1f} s")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)

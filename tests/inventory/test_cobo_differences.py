"""Cobo's wallets: made, renamed, moved and gone, each with who ordered it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from toolkit import Emulator, Inventory, cobo, collect, compare
from toolkit.emulator import Fault

ALIEN, ORDERED = "not ordered here", "ordered here"


class World:
    """The demo world, whose wallets stand in its vaults."""

    def __init__(self) -> None:
        self.emulator = Emulator.seeded()
        self.custody = self.emulator.cobo_client()
        self.wallets = self.emulator.cobo.wallets.wallets
        self.vault_id = self.emulator.vault_id
        self.made = self.make("First")

    def make(self, name: str) -> cobo.WalletInfo:
        """A wallet in the first vault, ordered here."""
        request = cobo.CreateMpcWalletParams(name=name, wallet_subtype="Org-Controlled", vault_id=self.vault_id)  # fmt: skip
        return self.custody.send(cobo.create_wallet(request))

    def change(self, wallet: cobo.WalletInfo, **facts: Any) -> None:
        """Behind our back."""
        self.wallets[wallet.wallet_id] = replace(self.wallets[wallet.wallet_id], **facts)

    def another_vault(self) -> str:
        return next(each for each in self.emulator.cobo.state.vaults if each != self.vault_id)

    def look(self) -> Inventory:
        return collect(self.custody, progress=False)


CASES: list[tuple[str, Callable[[World], object], list[tuple[str, str, str, str]]]] = [
    ("nothing", lambda w: None, []),
    ("made here", lambda w: w.make("Second"), [(ORDERED, "note", "Cobo wallet Second", "was made: Treasury")]),
    ("made here, and renamed since", lambda w: w.change(w.make("Second"), name="Third"), [
        (ORDERED, "note", "Cobo wallet Third", "was made: Treasury"), (ALIEN, "low", "Cobo wallet Third", "is otherwise than ordered: it was renamed"),
    ]),
    ("made elsewhere", lambda w: w.wallets.update({"x": replace(w.made, wallet_id="x", name="X")}), [(ALIEN, "note", "Cobo wallet X", "was made: Treasury")]),
    ("renamed", lambda w: w.change(w.made, name="Other"), [(ALIEN, "low", "Cobo wallet Other", "was renamed")]),
    ("in another vault", lambda w: w.change(w.made, vault_id=w.another_vault()), [(ALIEN, "high", "Cobo wallet First", "stands in another vault: ")]),
    ("swept", lambda w: w.change(w.made, enable_auto_sweep=True), [(ALIEN, "low", "Cobo wallet First", "has another enable_auto_sweep")]),
    ("gone", lambda w: w.wallets.pop(w.made.wallet_id), [(ALIEN, "medium", "Cobo wallet First", "is no longer listed")]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "told"), [row[1:] for row in CASES], ids=[row[0] for row in CASES]
)
def test_wallets(change: Callable[[World], object], told: list[tuple[str, str, str, str]]) -> None:
    """Exactly these changes, each with its origin; nothing where nothing changed."""
    world = World()
    before = world.look()
    change(world)
    changes = compare(before, world.look())
    lines = [(each.origin, each.severity, each.about, each.sentence) for each in changes]
    assert len(lines) == len(told), lines
    for origin, severity, about, words in told:
        assert any(line[:3] == (origin, severity, about) and words in line[3] for line in lines), lines  # fmt: skip


def test_a_wallet_without_a_vault() -> None:
    """Of a wallet of another type it is said which."""
    before = World().look()
    wallet = cobo.WalletInfo(wallet_id="x", wallet_type="Custodial", wallet_subtype="Asset", name="X", org_id="o")  # fmt: skip
    after = dataclasses.replace(before, cobo_wallets=(*before.cobo_wallets, wallet))
    (change,) = compare(before, after)
    assert change.sentence == "was made: Custodial, no vault"


def test_a_vault_that_is_renamed_is_told_once() -> None:
    """Not once more for each wallet that stands in it."""
    world = World()
    before = world.look()
    vaults = world.emulator.cobo.state.vaults
    vaults[world.vault_id] = replace(vaults[world.vault_id], name="Other")
    assert [(each.kind, each.field) for each in compare(before, world.look())] == [
        ("vault", "name")
    ]


def test_wallets_that_could_not_be_read_are_no_change() -> None:
    """The list that failed is a row, and nothing of it appears or disappears."""
    world = World()
    whole = world.look()
    world.emulator.inject(Fault("status-before", operation="list_wallets", times=50))
    half = world.look()
    assert [row.what for row in half.unseen] == ["Cobo’s wallets"]
    for before, after in ((whole, half), (half, whole)):
        changes = compare(before, after)
        assert len(changes) == 0
        assert {row.kind for row in changes.not_compared} == {"Cobo wallet"}

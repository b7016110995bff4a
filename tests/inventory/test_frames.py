"""Tables of an inventory: complete, right, and joined by ids."""

from __future__ import annotations

import pytest

from toolkit import Emulator, Inventory, People, collect, frames, privy
from toolkit.errors import InputError


@pytest.fixture
def inventory(emulator: Emulator) -> Inventory:
    seen = collect(emulator.cobo_client(), emulator.privy_client(), progress=False)
    names = {key.public.fingerprint: name for name, key in emulator.authorization_keys.items()}
    return seen.with_people(People({**names, "a seat of nobody": "Zoe"}))


def test_people_has_every_seat(inventory: Inventory) -> None:
    """Unclaimed seats first, claimed ones after them, and last who holds what was not seen."""
    table = frames.people(inventory)
    assert set(table["seat"]) == {*inventory.seats, "a seat of nobody"}
    assert table["person"].isna().iloc[0]
    assert table["seat"].iloc[-1] == "a seat of nobody"
    assert list(table.loc[~table["seen"], "person"]) == ["Zoe"]
    claimed = table[table["person"].notna() & table["seen"]]
    assert (
        dict(zip(claimed["seat"], claimed["person"], strict=True)).items()
        <= dict(inventory.people.persons).items()
    )


def test_powers_says_what_the_quorums_say(inventory: Inventory) -> None:
    """For each power and person: enough alone, and needed, as the quorum by person answers."""
    table = frames.powers(inventory)
    assert set(table["power_id"]) == {power.id for power in inventory.powers}
    for row in table[table["person"].notna()].itertuples():
        coalitions = next(
            who.coalitions
            for who in inventory.who_can(row.power_id)
            if who.power.id == row.power_id
        )
        assert coalitions is not None
        assert row.alone == (frozenset({row.person}) in coalitions)
        assert row.needed == all(row.person in some for some in coalitions)
        assert row.fewest == min(map(len, coalitions))


def test_an_unknown_power_is_a_row() -> None:
    """A power that nobody can work out stands there with the reason."""
    quorum = privy.KeyQuorum(
        id="q", authorization_keys=[], user_ids=["a", "a"], authorization_threshold=2
    )  # one user, named twice
    (row,) = frames.powers(Inventory(0, 0, quorums=(quorum,))).itertuples()
    assert row.power_id == "q"
    assert "does not fit" in row.why


def test_wallet_owners(inventory: Inventory) -> None:
    """Each wallet by its parts: an owner, additional signers, or the app secret; one whose quorum was not seen says so."""
    table = frames.wallet_owners(inventory)
    assert set(table["wallet_id"]) == {wallet.id for wallet in inventory.wallets}
    assert set(table["part"]) == {"owner", "additional signer", "app secret"}
    owned = table[table["part"] == "owner"]
    assert set(owned["quorum_id"]) <= {quorum.id for quorum in inventory.quorums}
    bare = Inventory(0, 0, wallets=inventory.wallets)
    assert frames.wallet_owners(bare)["why"].notna().all()


JOINS = [
    ("people", "seat", "quorum_members", None),
    ("powers", "thing_id", "groups", "key_share_holder_group_id"),
    ("wallet_owners", "wallet_id", "wallets", "id"),
    ("wallet_owners", "quorum_id", "quorums", "id"),
]


@pytest.mark.parametrize(("table", "key", "other", "its_key"), JOINS)
def test_keys_join(
    inventory: Inventory, table: str, key: str, other: str, its_key: str | None
) -> None:
    """The keys of ``docs/reference/tables.md`` join: what stands in one table stands in the other."""
    ours, theirs = getattr(frames, table)(inventory), inventory.frame(other)
    if its_key is None:
        its_key = next(
            name for name in theirs.columns if set(ours[key]) & set(theirs[name].dropna())
        )
    assert set(theirs[its_key]) & set(ours[key].dropna())


@pytest.mark.parametrize("name", ["people", "powers", "wallet_owners", "changes"])
def test_only_what_it_is_made_of(name: str) -> None:
    """Something else is refused by its type."""
    with pytest.raises(InputError, match=r"cannot be made of|is made of an Inventory"):
        getattr(frames, name)(["x"])

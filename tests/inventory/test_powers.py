"""Who can do what, by person, over both vendors: against every subset of people."""

from __future__ import annotations

import dataclasses
import itertools
import random

import pytest

from toolkit import Emulator, Inventory, People, cobo, collect, privy
from toolkit.errors import InputError
from toolkit.inventory.powers import COBO, app_secret
from toolkit.privy.models import member_identity

PEOPLE = ("Alice", "Bob", "Carol", "Dana")


@pytest.fixture
def inventory(emulator: Emulator) -> Inventory:
    seen = collect(emulator.cobo_client(), emulator.privy_client())
    rng = random.Random(5)
    return seen.with_people(People({seat: rng.choice(PEOPLE) for seat in seen.seats}))


def subsets() -> list[frozenset[str]]:
    sizes = range(len(PEOPLE) + 1)
    return [frozenset(some) for size in sizes for some in itertools.combinations(PEOPLE, size)]


def approved(quorum: privy.KeyQuorum, inventory: Inventory, people: frozenset[str]) -> bool:
    """Whether these people reach a quorum's threshold, counted by hand."""
    known = {each.id: each for each in inventory.quorums}
    persons = inventory.people.persons
    keys = {member_identity(key.public_key) for key in quorum.authorization_keys}
    votes = sum(persons[seat] in people for seat in [*keys, *(quorum.user_ids or ())])
    votes += sum(approved(known[each], inventory, people) for each in quorum.key_quorum_ids or ())
    return votes >= quorum.required


def test_by_every_subset(inventory: Inventory) -> None:
    """For each quorum and each set of people, ``can`` is what counting members gives, and the coalitions are the smallest ones."""
    for quorum in inventory.quorums:
        enough = {some for some in subsets() if approved(quorum, inventory, some)}
        assert {some for some in subsets() if inventory.can(some, quorum)} == enough
        smallest = {some for some in enough if not any(other < some for other in enough)}
        (who,) = inventory.who_can(quorum)
        assert set(who.coalitions or ()) == smallest


def test_two_powers_are_never_one(inventory: Inventory) -> None:
    """A group answers for signing and for shares apart; a recovery group only rebuilds."""
    kinds = {
        group.type: {who.power.kind for who in inventory.who_can(group)}
        for group in inventory.groups
    }
    assert kinds == {
        "MainGroup": {"signs", "shares"},
        "SigningGroup": {"signs", "shares"},
        "RecoveryGroup": {"rebuilds"},
    }


def test_what_cannot_be_used_is_not_can(inventory: Inventory) -> None:
    """A group that is New signs nothing, whoever takes part."""
    (new,) = [group for group in inventory.groups if group.status == "New"]
    everybody = [*PEOPLE, COBO]
    answer = inventory.can(everybody, new)
    assert not answer
    assert all(ability.enough for ability in answer.abilities)
    assert {ability.power.state for ability in answer.abilities} == {"New"}


def test_how_many_more(inventory: Inventory) -> None:
    """What is missing is the fewest others with whom it is enough."""
    for person in PEOPLE:
        for ability in inventory.what_can({person}):
            people = ability.power.held_by({**inventory.people.persons})
            assert people is not None
            assert ability.more is not None
            others = [each for each in people.ids if each != person]
            fewest = next(
                size
                for size in range(len(others) + 1)
                if any(
                    people.can_sign({person, *some})
                    for some in itertools.combinations(others, size)
                )
            )
            assert ability.more == fewest


def test_a_wallet_by_its_parts(inventory: Inventory) -> None:
    """Of a wallet the owner's quorum and each additional signer's stand apart; without an owner the app secret decides."""
    wallet = inventory.wallets[0]
    parts = {who.part for who in inventory.who_can(wallet)}
    assert "owner" in parts
    unowned = privy.Wallet(id="w", address="a", chain_type="ethereum", created_at=1)
    bare = Inventory(
        0, 0, inventory.origins, wallets=(unowned,), seen_by={"w": inventory.origins[1].identity}
    )
    (who,) = bare.who_can("w")
    assert who.part == "app secret"
    assert who.coalitions == (frozenset({app_secret(inventory.origins[1].identity)}),)
    (power,) = bare.powers
    assert power.wallets == 1


def test_by_name_and_by_model(inventory: Inventory) -> None:
    """A thing can be named as people call it, as long as only one is called so."""
    vault = inventory.vaults[0]
    assert (
        inventory.who_can(vault)
        == inventory.who_can(vault.name)
        == inventory.who_can(vault.vault_id)
    )
    twice = Inventory(
        0, 0, vaults=(cobo.MPCVault(vault_id="1", name="x"), cobo.MPCVault(vault_id="2", name="x"))
    )
    with pytest.raises(InputError, match="2 things are called 'x'"):
        twice.who_can("x")


def test_a_wallet_at_cobo(inventory: Inventory) -> None:
    """The groups of its vault are over it, though it is called as its vault is; over one that stands in no vault nobody is, as far as Cobo shows."""
    vault = inventory.vaults[0]
    common = {"wallet_subtype": "Org-Controlled", "name": vault.name or "", "org_id": "o"}
    inside = cobo.WalletInfo(wallet_id="w", wallet_type="MPC", vault_id=vault.vault_id, **common)
    apart = cobo.WalletInfo(wallet_id="c", wallet_type="Custodial", **common | {"name": "Cold"})
    with_both = dataclasses.replace(inventory, cobo_wallets=(inside, apart))
    over = inventory.who_can(vault)
    assert over
    for thing in (inside, "w", vault.name):
        assert with_both.who_can(thing) == over, thing
    assert with_both.who_can("Cold") == with_both.who_can(apart) == ()
    assert not with_both.can(set(), "Cold")


@pytest.mark.parametrize("people", ["Alice", {"Nobody"}])
def test_nobody_is_made_up(inventory: Inventory, people: object) -> None:
    """A name that is neither a person nor a seat is refused, and so is a bare text."""
    with pytest.raises(InputError):
        inventory.can(people, inventory.quorums[0])  # type: ignore[arg-type]


def test_nothing_is_cut_silently() -> None:
    """Where coalitions are too many to list, the answer says so and in words who it is."""
    users = [f"did:privy:{at:04}" for at in range(60)]
    large = privy.KeyQuorum(
        id="q", authorization_keys=[], user_ids=users, authorization_threshold=30
    )
    (who,) = Inventory(0, 0, quorums=(large,)).who_can("q")
    assert who.coalitions is None
    assert "too many to list" in who.words
    assert who.words.startswith("30 of 60")

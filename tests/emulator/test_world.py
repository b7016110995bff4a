"""Worlds: what is there at the start, and that all of it follows from the seed."""

from __future__ import annotations

from typing import Any

import pytest

from toolkit import cobo, frames
from toolkit.emulator import Choices, Emulator
from toolkit.emulator.core import Clock
from toolkit.emulator.world import World
from toolkit.errors import InputError


def test_demo_world(emulator: Emulator) -> None:
    """Two vaults and one that users control; a Valid 2-of-3 main group, a New group, a recovery group; two roles; three quorums, one nested."""
    custody = emulator.cobo_client()
    assert len(custody.send(cobo.list_mpc_vaults()).data) == 2
    (project,) = custody.send(cobo.list_mpc_projects()).data
    users = cobo.list_mpc_vaults("User-Controlled", project_id=project.project_id)
    assert [vault.name for vault in custody.send(users).data] == ["App users"]
    groups = frames.groups(custody.send(cobo.list_key_share_holder_groups(emulator.vault_id)))
    facts = (
        groups[["type", "status", "threshold", "participants"]]
        .astype(str)
        .agg(" ".join, axis=1)
        .tolist()
    )
    assert facts == ["MainGroup Valid 2 3", "RecoveryGroup Valid 2 2", "SigningGroup New 2 3"]
    assert len(custody.send(cobo.get_api_key_info()).role_scopes or []) == 2
    assert [len(quorum.key_quorum_ids or []) for quorum in emulator.privy.quorums.values()] == [
        0,
        0,
        1,
    ]


def test_empty_world() -> None:
    """One vault and the key, nothing else."""
    emulator = Emulator.seeded("empty")
    custody = emulator.cobo_client()
    assert len(custody.send(cobo.list_mpc_vaults()).data) == 1
    assert custody.send(cobo.list_key_share_holder_groups(emulator.vault_id)).data == []
    assert emulator.privy.quorums == {}


def test_seed() -> None:
    """The same seed makes the same ids and keys, another seed others."""
    first, again, other = Emulator.seeded(), Emulator.seeded(), Emulator.seeded(seed=1)
    assert (first.vault_id, first.api_key, first.privy.app_id) == (
        again.vault_id,
        again.api_key,
        again.privy.app_id,
    )
    assert first.vault_id != other.vault_id
    assert first.api_key != other.api_key
    assert first.response_public_key != other.response_public_key


def world(name: str = "demo", **changed: Any) -> World:
    facts: dict[str, Any] = {
        "seed": 5,
        "size": 10,
        "choices": Choices(),
        "clock": Clock(lambda: 1_800_000_000_000),
        "began_ms": 1_700_000_000_000,
        "also_secret": (),
    }
    return World(name, **(facts | changed))


@pytest.mark.parametrize("name", ["demo", "empty", "large"])
def test_made_again(name: str) -> None:
    """The same world again has the same things in it, by the same ids and times."""
    first = world(name)
    first.new_authorization_key("Zoe")
    again = first.again(first.began_ms)
    assert again.cobo.state.groups == first.cobo.state.groups
    assert again.cobo.keys == first.cobo.keys
    assert again.privy.quorums == first.privy.quorums
    assert again.privy.wallets == first.privy.wallets
    assert again.random.getstate() == first.random.getstate()
    assert "Zoe" not in again.authorization_keys


def test_what_it_masks_it_masks_again() -> None:
    """A secret that was told to a world is masked in the next one as well."""
    secret = "a secret of the door"
    first = world(also_secret=["another one, from the start"])
    first.keep_secret(secret)
    for each in (first, first.again(0)):
        kept = each.masks.kept(f'["{secret}", "another one, from the start"]'.encode())
        assert secret.encode() not in kept
        assert b"another" not in kept


@pytest.mark.parametrize("state", ["online", "offline", "changes-phone"])
def test_holders(state: str) -> None:
    """What befalls a holder shows in each of its seats, and in its groups."""
    here = world()
    groups = next(iter(here.cobo.state.groups.values()))
    main = next(iter(groups.values()))
    seats = main.key_share_holders or []
    node = seats[1].tss_node_id or ""
    here.set_holder(node, state)
    main = next(iter(groups.values()))
    seat = (main.key_share_holders or [])[1]
    assert seat.online is (state == "online")
    assert main.status == ("Unavailable" if state == "changes-phone" else "Valid")
    here.set_holder(node, "online")
    assert next(iter(groups.values())).status == "Valid"


def test_spare_nodes() -> None:
    """Those run, and have no seat anywhere."""
    here = world()
    assert len(here.spare_nodes()) == 6
    here.set_holder(here.spare_nodes()[0], "offline")
    assert len(here.spare_nodes()) == 5


def test_no_such_world() -> None:
    """It is refused by name, with what there is."""
    with pytest.raises(InputError, match="demo or empty or large"):
        Emulator.seeded("moon")
    with pytest.raises(InputError, match="no world 'moon'"):
        world("moon")

"""An inventory coded: each distinct text is read once."""

from __future__ import annotations

import numpy as np

from tests.inventory.organisation import World, public_key
from toolkit import Inventory, privy
from toolkit.inventory.coding import columns_of


def test_a_spelling_is_parsed_once() -> None:
    """A key in many quorums is one seat, however it is spelled, and held by one person."""
    world = World()
    public = public_key(77)
    world.held(public.fingerprint, "Ann")
    for text in (public.to_base64(), public.to_pem(), public.to_base64()):
        world.quorum(2, "Ben Cem", keys=[privy.AuthorizationKey(text)])
    columns = columns_of(world.inventory())
    seat = columns.seats.code[public.fingerprint]
    assert np.count_nonzero(columns.quorums.members.codes == seat) == 3
    assert str(columns.seats.called(seat)) == "Ann"


def test_counting_is_linear() -> None:
    """Keys are parsed, and seats made, once each: of ten times the quorums with the same keys there are no more."""
    keys = [privy.AuthorizationKey(public_key(at).to_base64()) for at in range(3)]
    members = []
    for size in (100, 1_000):
        quorums = tuple(privy.KeyQuorum(f"q{at}", keys, f"quorum {at}", 2) for at in range(size))
        columns = columns_of(Inventory(0, 0, quorums=quorums))
        assert len(columns.seats.ids) == 3
        members.append(len(columns.quorums.members.rows))
    assert members == [300, 3_000]

"""Pages: every thing once, in order, to the end, whatever the sizes; never for ever."""

from __future__ import annotations

import httpx
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import Door
from toolkit import Emulator, cobo, frames, privy
from toolkit.emulator import Fault
from toolkit.errors import ContradictingAnswer, InputError, ToolkitError


def test_both_services(door: Door) -> None:
    """Cobo's cursors and Privy's, a list without pages, and tables made of the pages."""
    vault = door.emulator.vault_id
    pages = list(door.custody.iterate(cobo.list_key_share_holder_groups(vault, limit=1)))
    assert [len(page.data) for page in pages] == [1, 1, 1]
    assert len(frames.groups(door.custody.iterate(cobo.list_key_share_holder_groups(vault)))) == 3
    assert [len(holders) for holders in door.custody.iterate(cobo.list_cobo_key_holders())] == [1]
    wallets = len(door.emulator.privy.wallets)
    assert sum(len(page.data) for page in door.app.iterate(privy.list_wallets(limit=1))) == wallets


@given(st.integers(0, 130), st.integers(1, 50))
def test_every_thing_once(count: int, limit: int) -> None:
    """Whatever the number and the size of a page."""
    emulator = Emulator.seeded("empty", choices={"cobo.vault_name": "any"})
    vaults = emulator.cobo.state.vaults
    first = next(iter(vaults.values()))
    for number in range(count):
        vaults[f"v{number}"] = msgspec.structs.replace(first, vault_id=f"v{number}")
    pages = list(emulator.cobo_client().iterate(cobo.list_mpc_vaults(limit=limit)))
    assert [vault.vault_id for page in pages for vault in page.data] == list(vaults)
    assert all(len(page.data) <= limit for page in pages)


def test_from_a_cursor(emulator: Emulator) -> None:
    """It goes on from where the call says, asks for large pages, and does not go backwards."""
    custody = emulator.cobo_client()
    groups = custody.send(cobo.list_key_share_holder_groups(emulator.vault_id)).data
    first = custody.send(
        cobo.list_key_share_holder_groups(emulator.vault_id, limit=1)
    ).pagination.after
    (page,) = custody.iterate(cobo.list_key_share_holder_groups(emulator.vault_id, after=first))
    assert page.data == groups[1:]
    assert "limit=50" in emulator.ledger[-1].target
    with pytest.raises(InputError, match="forwards"):
        list(custody.iterate(cobo.list_mpc_vaults(before="infinity")))


def test_pages_that_never_end(emulator: Emulator) -> None:
    """A cursor that comes again ends it with an error; a page that breaks raises after those before it."""
    answer = b'{"data":[],"next_cursor":"again"}'
    transport = httpx.MockTransport(
        lambda request: httpx.Response(200, stream=httpx.ByteStream(answer))
    )
    app = emulator.privy_client(transport=transport)
    with pytest.raises(ContradictingAnswer, match="never end"):
        list(app.iterate(privy.list_wallets()))
    custody = emulator.cobo_client()
    pages = custody.iterate(cobo.list_key_share_holder_groups(emulator.vault_id, limit=1))
    assert len(next(pages).data) == 1
    emulator.inject(Fault("status-before", times=3))
    with pytest.raises(ToolkitError):
        next(pages)

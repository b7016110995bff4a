"""What the page on asyncio says of tasks that stop waiting."""

from __future__ import annotations

import asyncio

import pytest

from tests.emulated import changes, holding
from tests.samples import QUORUM
from tests.screen import until
from toolkit import Emulator, privy


def test_a_task_that_stops_waiting(emulator: Emulator) -> None:
    """Cancelled while its request is on the way, it leaves the change to its thread; asked again it joins: one quorum."""
    call = privy.create_key_quorum(QUORUM)
    app = emulator.privy_client()

    async def main() -> privy.KeyQuorum:
        with holding(emulator) as (arrived, may_answer):
            waiting = asyncio.create_task(asyncio.to_thread(app.send, call))
            await until(arrived.is_set)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            again = asyncio.create_task(asyncio.to_thread(app.send, call))
            await asyncio.sleep(0)
            may_answer.set()
            return await again

    assert asyncio.run(main()).id
    assert changes(emulator) == ["create_key_quorum"]

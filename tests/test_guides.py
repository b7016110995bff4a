"""The guides of ``docs/`` whose blocks run as they stand, in order, each page in a fresh process."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.emulated import changes, holding
from tests.samples import QUORUM
from tests.screen import until
from toolkit import Emulator, privy

DOCS = Path(__file__).parents[1] / "docs"
PRINTED = {
    "asyncio": ["Ops", "refused"],
    "logs_and_hooks": ["INFO:toolkit.client:get_api_key_info GET /", "'GET 200']"],
}


@pytest.mark.parametrize("page", PRINTED)
def test_blocks_run(page: str, tmp_path: Path) -> None:
    """Every block runs, with warnings as errors, and prints what the page is about."""
    blocks = re.findall(r"```python\n(.*?)```", (DOCS / f"{page}.md").read_text(), re.DOTALL)
    assert blocks
    script = tmp_path / "page.py"
    script.write_text("\n".join(blocks), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-W", "error", script],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(DOCS.parent), "HOME": str(tmp_path)},
    )
    assert done.returncode == 0, done.stderr
    for text in PRINTED[page]:
        assert text in done.stdout + done.stderr


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
